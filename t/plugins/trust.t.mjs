#!/usr/bin/env -S node --test-reporter=tap
// Whose code may run: signatures by minisign itself and by our own command, keys added and revoked, and
// what each policy lets through.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { approve, bin, conf, consenting, login, pack, psql, remove, until, wordsOf } from "../lib/mortise.mjs";
import { faults, leftNothing, pools, remake, reversion, traces, uploadSigned as upload } from "./package.mjs";

const dir = mkdtempSync(join(tmpdir(), "mortise-trust-"));
const at = (name) => join(dir, name);
const mortise = (...args) => spawnSync(bin("mortise"), args, { encoding: "utf8", input: "" });
const trust = (...args) => mortise("trust", ...args, "-c", conf);
const minisign = (...args) => execFileSync("minisign", args, { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });

/** The bundled packages are core by their bytes; this one is nobody's. */
const mine = (description = "Nobody's.") => remake("time-clock", ({ manifest }) => (manifest.description = description));
let start, theirs, ours, package1;

before(async () => {
  await remove("time-clock");
  start = traces();
  minisign("-G", "-W", "-p", at("theirs.pub"), "-s", at("theirs.key"));
  assert.equal(mortise("plugin", "keygen", "--no-password", at("ours.key")).status, 0);
  theirs = idOf("theirs.pub");
  ours = idOf("ours.key.pub");
  package1 = mine();
});
afterEach(async () => {
  await remove("time-clock");
  psql("DELETE FROM mortise.trust_keys WHERE name LIKE 'test %'");
});
after(() => rmSync(dir, { recursive: true }));

/** Of a key's file; minisign leaves out leading zeros. */
function idOf(file) {
  return readFileSync(at(file), "utf8").split("\n")[0].split(" ").at(-1).padStart(16, "0");
}

/** The signature of minisign (with this key), or of `mortise plugin sign`. */
function signed(bytes, { by = "theirs.key", legacy = false, own = false, comment } = {}) {
  writeFileSync(at("p.zip"), bytes);
  rmSync(at("p.zip.minisig"), { force: true });
  if (own) {
    const res = mortise("plugin", "sign", "-s", at(by), at("p.zip"));
    assert.equal(res.status, 0, res.stderr);
  } else {
    const words = [...(legacy ? ["-l"] : []), ...(comment ? ["-t", comment] : [])];
    minisign("-S", "-W", ...words, "-s", at(by), "-m", at("p.zip"));
  }
  return readFileSync(at("p.zip.minisig"));
}

const shown = async () => (await (await login("SystemAdmin")).get("/api/plugins/catalog")).body.items.find((p) => p.key === "time-clock");
const install = async () => consenting(await login("Admin"), "/api/plugins/install", { pluginKey: "time-clock" });

async function refused(bytes, signature, text) {
  const res = await upload(bytes, signature);
  assert.equal(res.status, 422, res.text);
  assert.ok(faults(res).get("/signature")?.some((d) => text.test(d)), `no ${text} in ${res.text}`);
  await leftNothing(assert, start);
}

test("keys are added, listed, renamed and revoked by who may write the database", async () => {
  assert.match(trust("add", at("theirs.pub"), "--name", "test Theirs").stdout, new RegExp(`Trusted ${theirs} test Theirs`));
  assert.match(trust("add", at("theirs.pub"), "--name", "test Them").stdout, /Renamed/);
  const line = readFileSync(at("ours.key.pub"), "utf8").split("\n")[1];
  assert.equal(trust("add", line, "--name=test Ours").status, 0);
  const list = trust("list").stdout;
  assert.match(list, new RegExp(`${theirs} .*trusted.*test Them`));
  assert.match(list, new RegExp(`${ours} .*${line.replace(/[+]/g, "\\+")} +test Ours`));
  assert.equal(trust("revoke", ours.toLowerCase()).status, 0);
  const seen = await (await login("SystemAdmin")).get("/api/plugins/trust");
  assert.equal(seen.body.policy, "warn");
  assert.deepEqual(
    seen.body.keys.filter((k) => k.name.startsWith("test ")).map((k) => [k.id, k.name, k.revokedAt !== null]),
    [
      [theirs, "test Them", false],
      [ours, "test Ours", true],
    ],
  );
  assert.match(trust("add", line, "--name", "test again").stderr, /revoked/);
  assert.match(trust("revoke", ours).stderr, /no trusted key/);
  assert.match(trust("revoke", "beef").stderr, /16 digits/);
  assert.match(trust("add", at("theirs.key")).stderr, /no public key/);
  assert.match(trust("add", at("nothing.pub")).stderr, /No such file/);
  assert.equal(trust("add").status, 2);
  assert.equal((await (await login("Admin")).get("/api/plugins/trust")).status, 403);
});

test("no role of a server process may write keys", () => {
  for (const role of ["mortise_api", "mortise_admin", "mortise_steward"])
    for (const right of ["INSERT", "UPDATE", "DELETE"])
      assert.deepEqual(psql(`SELECT has_table_privilege('${role}', 'mortise.trust_keys', '${right}')`), [["f"]], `${role} ${right}`);
});

test("unsigned, signed by an unknown key, and by a trusted one", async () => {
  assert.equal((await upload(package1)).body.trust.status, "unsigned");
  const unknown = await upload(package1, signed(package1));
  assert.equal(unknown.status, 200, unknown.text);
  assert.equal(unknown.body.trust.status, "unsigned");
  assert.equal(unknown.body.trust.keyId, theirs);
  assert.match(unknown.body.trust.reason, /not in the trust store/);
  // The signature was stored: trusting the key is enough.
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  const now = await shown();
  assert.equal(now.status, "signed");
  assert.deepEqual([now.trust.status, now.trust.keyName, now.trust.allowed, now.trust.reason, now.trust.reasonText], ["signed", "test Theirs", true, null, null]);
  assert.match(now.trust.comment, /file:p\.zip/);
});

for (const [name, how] of [
  ["minisign", {}],
  ["minisign's legacy format", { legacy: true }],
  ["mortise plugin sign", { by: "ours.key", own: true }],
])
  test(`signed with ${name}`, async () => {
    trust("add", at(how.own ? "ours.key.pub" : "theirs.pub"), "--name", "test Author");
    const signature = signed(package1, how);
    const res = await upload(package1, signature);
    assert.equal(res.status, 201, res.text);
    assert.deepEqual([res.body.trust.status, res.body.trust.keyName], ["signed", "test Author"]);
    assert.ok(res.body.checks.some((c) => c.name === "signature" && /signed by test Author/.test(c.detail)));
    if (how.own) {
      assert.match(res.body.trust.comment, /key:time-clock version:1\.0\.0 sha256:[0-9a-f]{64}/);
      minisign("-V", "-p", at("ours.key.pub"), "-m", at("p.zip")); // throws when it doesn't hold
      assert.match(mortise("check", at("p.zip"), "-p", at("ours.key.pub")).stdout, /signed by/);
    }
    assert.match(mortise("check", at("p.zip"), "-c", conf).stdout, /signature +signed by test Author/);
    assert.equal(res.body.approved, false);
    await approve("time-clock", "1.0.0");
    assert.equal((await install()).status, 201);
  });

test("a bundled package is core, also when it is uploaded", async () => {
  const res = await upload(pack("time-clock"));
  assert.equal(res.status, 201, res.text);
  assert.equal(res.body.trust.status, "core");
  assert.equal(res.body.status, "core");
});

test("a signature for other bytes", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  await refused(package1, signed(mine("Something else.")), /other bytes/);
  await refused(package1, signed(mine("Something else."), { legacy: true }), /other bytes/);
});

test("the signature of an older version, replayed", async () => {
  trust("add", at("ours.key.pub"), "--name", "test Ours");
  const old = signed(reversion("time-clock", "0.9.9"), { by: "ours.key", own: true });
  await refused(package1, old, /made for version 0\.9\.9, and this is 1\.0\.0/);
});

test("an older version with a signature of its own, once a newer one was approved", async () => {
  trust("add", at("ours.key.pub"), "--name", "test Ours");
  const how = { by: "ours.key", own: true };
  const [newer, older] = [reversion("time-clock", "1.0.2"), reversion("time-clock", "1.0.1")];
  assert.equal((await upload(newer, signed(newer, how))).body.trust.status, "signed");
  await approve("time-clock", "1.0.2");
  assert.equal((await upload(older, signed(older, how))).body.trust.status, "signed");
  const res = await consenting(await login("SystemAdmin"), "/api/plugins/catalog/time-clock/1.0.1/approve");
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.type, /downgrade$/);
  const old = await consenting(await login("Admin"), "/api/plugins/install", { pluginKey: "time-clock", version: "1.0.1" });
  assert.equal(old.status, 409, old.text);
});

test("a good signature whose comment names another package", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  await refused(package1, signed(package1, { comment: "key:other-plugin version:1.0.0" }), /made for the plugin other-plugin/);
  await refused(package1, signed(package1, { comment: "version:2.0.0" }), /made for version 2\.0\.0/);
  await refused(package1, signed(package1, { comment: `sha256:${"0".repeat(64)}` }), /another SHA-256/);
});

test("signatures that are cut, changed or no signatures", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  const good = signed(package1).toString();
  await refused(package1, "", /no signature of minisign/);
  await refused(package1, "RWQ", /no signature of minisign/);
  await refused(package1, good.slice(0, -30), /fourth line/);
  await refused(package1, Buffer.concat([Buffer.from(good), Buffer.from([0, 1, 2])]), /./);
  await refused(package1, good.replace(/trusted comment: timestamp:\d/, "trusted comment: timestamp:x"), /comment in it was changed/);
  const lines = good.split("\n");
  const flipped = Buffer.from(lines[1], "base64");
  flipped[40] ^= 1;
  await refused(package1, [lines[0], flipped.toString("base64"), ...lines.slice(2)].join("\n"), /changed/);
  const big = await upload(package1, "x".repeat(100000));
  assert.equal(big.status, 413, big.text);
  const binary = await upload(package1, Buffer.alloc(1000, 255));
  assert.equal(binary.status, 422, binary.text);
});

test("a key that was revoked takes its packages along", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  const signature = signed(package1);
  assert.equal((await upload(package1, signature)).status, 201);
  await approve("time-clock", "1.0.0");
  trust("revoke", theirs);
  const now = await shown();
  assert.deepEqual([now.trust.status, now.trust.allowed], ["invalid", false]);
  assert.match(now.trust.reason, /was revoked at 20/);
  assert.equal(now.trust.reasonText.key, "its key {0} ({1}) was revoked at {2}");
  assert.equal(wordsOf(now.trust.reasonText), now.trust.reason);
  const res = await install();
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.type, /trust-required$/);
  assert.match(res.body.detail, /revoked/);
  await remove("time-clock");
  await refused(package1, signature, /was revoked/);
  await refused(mine("Newer."), signed(mine("Newer.")), /was revoked/);
});

test("revoking a key ends what runs, not only what would be installed", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  assert.equal((await upload(package1, signed(package1))).status, 201);
  await approve("time-clock", "1.0.0");
  assert.equal((await install()).status, 201);
  const ann = await login("Technician");
  const call = async () => (await ann.get("/api/plugins/time-clock/status/00000000-0000-0000-0000-000000000000")).status;
  await until(async () => (await call()) !== 503, 30000, "its processes answer");
  assert.equal(pools("time-clock").length, 1);
  assert.equal(trust("revoke", theirs).stderr, "");
  assert.equal(await call(), 503, "it holds when the command has ended");
  await until(() => pools("time-clock").length === 0, 30000, "its processes are gone");
  assert.equal(await call(), 503);
  const list = await (await login("Admin")).get("/api/plugins/installations");
  const mine_ = list.body.items.find((i) => i.pluginKey === "time-clock");
  assert.deepEqual([mine_.trust.status, mine_.trust.allowed], ["invalid", false]);
});

test("a stored package whose bytes were changed is not loaded as what was signed", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  const res = await upload(package1, signed(package1));
  await approve("time-clock", "1.0.0");
  psql(`UPDATE mortise.plugin_packages SET zip = zip || '\\x00' WHERE sha256 = '${res.body.sha256}'`);
  const installed = await install();
  assert.equal(installed.status, 500, installed.text);
  psql(`UPDATE mortise.plugin_packages SET blake2b = repeat('0', 128) WHERE sha256 = '${res.body.sha256}'`);
  assert.equal((await shown()).trust.status, "modified");
  assert.match((await install()).body.type, /trust-required$/);
});

test("policy required: signed and core ones alone", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  const back = await configure({ trust_policy: "required" });
  try {
    const up = await upload(package1);
    assert.equal(up.status, 201, up.text);
    assert.deepEqual([up.body.trust.status, up.body.trust.allowed], ["unsigned", false]);
    const no = await consenting(await login("SystemAdmin"), "/api/plugins/catalog/time-clock/1.0.0/approve");
    assert.equal(no.status, 409, no.text);
    assert.match(no.body.type, /trust-required$/);
    assert.match((await install()).body.type, /(trust|approval)-required$/);
    // The signature comes later, for the same bytes.
    const again = await upload(package1, signed(package1));
    assert.equal(again.status, 200, again.text);
    assert.deepEqual([again.body.trust.status, again.body.trust.allowed], ["signed", true]);
    await approve("time-clock", "1.0.0");
    assert.equal((await install()).status, 201);
    assert.equal((await (await login("SystemAdmin")).get("/api/plugins/trust")).body.policy, "required");
  } finally {
    await remove("time-clock");
    await back();
  }
});

test("policy off: even what a revoked key signed", async () => {
  trust("add", at("theirs.pub"), "--name", "test Theirs");
  assert.equal((await upload(package1, signed(package1))).status, 201);
  trust("revoke", theirs);
  const back = await configure({ trust_policy: "off" });
  try {
    const now = await shown();
    assert.deepEqual([now.trust.status, now.trust.allowed], ["invalid", true]);
    await approve("time-clock", "1.0.0");
    assert.equal((await install()).status, 201);
  } finally {
    await remove("time-clock");
    await back();
  }
});
