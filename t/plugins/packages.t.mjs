#!/usr/bin/env -S node --test-reporter=tap
// Packages that are wrong in every way: each gets a clear answer and leaves nothing behind.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { approve, bin, consenting, http, login, pack, psql, remove, until, url, varDir, wordsOf } from "../lib/mortise.mjs";
import { faults, leftNothing, offer, remake, reversion, traces, unzip, upload, withMigration, zip } from "./package.mjs";

let start;
before(async () => {
  await remove("time-clock", "brokenhook", "evil");
  start = traces();
});
after(() => remove("time-clock", "brokenhook", "evil"));

/** The upload is refused: 422 with a fault whose pointer and text fit, for each of `wanted`. */
async function refused(bytes, ...wanted) {
  const res = await upload(bytes);
  assert.equal(res.status, 422, res.text);
  assert.match(res.headers["content-type"], /problem\+json/);
  const found = faults(res);
  for (const { detail, text } of res.body.errors) if (text) assert.equal(wordsOf(text), detail);
  for (const [pointer, text] of wanted)
    assert.ok(found.get(pointer)?.some((d) => text.test(d)), `no fault ${pointer} ${text} in ${JSON.stringify([...found])}`);
  await leftNothing(assert, start);
  return found;
}

const files = () => [...unzip(pack("time-clock"))];

test("names that leave the folder", () =>
  refused(
    zip([...files(), ["../evil", "x"], ["/etc/evil", "x"], ["ui\\evil", "x"], ["ui/../../evil", "x"], ["ui/\u202egpj", "x"]]),
    ["/../evil", /\.\./],
    ["//etc/evil", /absolute/],
    ["/ui\\evil", /backslash/],
    ["/ui/../../evil", /\.\./],
    ["/ui/\\xe2\\x80\\xaegpj", /character/],
  ));

test("links and special files", () =>
  refused(
    zip([...files(), ["ui/link", "/etc/passwd", { mode: 0o120777 }], ["ui/dev", "", { mode: 0o060600 }], ["ui/suid", "", { mode: 0o104755 }]]),
    ["/ui/link", /symbolic link/],
    ["/ui/dev", /device/],
    ["/ui/suid", /set-user-id/],
  ));

test("duplicates, by letter case too", async () => {
  await refused(zip([...files(), ["readme.MD", "x"]]), ["/readme.MD", /twice/]);
  await refused(zip([...files(), ["README.md", "x"]]), ["/", /same name/]);
});

test("sizes that lie", async () => {
  await refused(zip([...files(), ["ui/a.js", "x".repeat(100), { size: 10 }]]), ["/", /contradicts|size/]).catch(async () =>
    refused(zip([...files(), ["ui/a.js", "x".repeat(100), { size: 10 }]]), ["/ui/a.js", /./]),
  );
  await refused(zip([...files(), ["ui/a.js", "x", { crc: 7 }]]), ["/ui/a.js", /checksum/]);
});

test("what a manifest wants is a message of its own", async () => {
  const res = await upload(remake("time-clock", ({ manifest }) => Object.assign(manifest, { abi: "two", keywords: [7], version: "1" })));
  const text = Object.fromEntries(res.body.errors.map((e) => [e.pointer, e.text]));
  assert.deepEqual(text["/manifest.json#/abi"], { key: "Found {0}; wanted: {1}", values: ['"two"', { key: "a whole number from {0} to {1}", values: [1, 1000000] }] });
  assert.deepEqual(text["/manifest.json#/keywords/0"].values, [{ key: "the number {0}", values: [7] }, { key: "text", values: [] }]);
  assert.deepEqual(text["/manifest.json#/version"].values[1], { key: "a semantic version such as 1.0.0", values: [] });
});

test("encryption", () => refused(zip([...files(), ["ui/a.js", "x".repeat(20), { flags: 1 }]]), ["/ui/a.js", /encrypted/]));

test("a bomb", () => {
  const dir = mkdtempSync(join(tmpdir(), "mortise-bomb-"));
  try {
    execFileSync("sh", ["-c", "head -c 30000000 /dev/zero > bomb.js && zip -q9 bomb.zip bomb.js"], { cwd: dir });
    const bomb = execFileSync("cat", [join(dir, "bomb.zip")]);
    assert.ok(bomb.length < 40000);
    return refused(bomb, ["/bomb.js", /200 times/]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("3000 entries", () =>
  refused(zip(Array.from({ length: 3000 }, (_, i) => [`ui/${i}.js`, "x"])), ["/", /3000 entries/]));

test("no ZIP at all", async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), Buffer.from("PK\x03\x04"), pack("time-clock").subarray(0, 5000)])
    await refused(bytes, ["/", /ZIP/]);
});

test("no manifest", () =>
  refused(zip(files().filter(([n]) => n !== "manifest.json")), ["/manifest.json", /missing/]));

test("a manifest with ten faults names all ten", async () => {
  const found = await refused(
    remake("time-clock", ({ manifest }) => {
      manifest.key = "Time Clock";
      manifest.version = "1";
      manifest.displayName = "";
      manifest.description = "x".repeat(201);
      delete manifest.author;
      manifest.installationType = "everywhere";
      manifest.host = "any";
      manifest.abi = "1";
      manifest.permissions = ["root"];
      manifest.ui.globalName = "a-b";
      manifest.homePage = "https://example.com";
      manifest.ticketTabs[0].label = 7;
    }),
    ["/manifest.json#/key", /time-clock/],
    ["/manifest.json#/version", /semantic/],
    ["/manifest.json#/displayName", /1 to 80/],
    ["/manifest.json#/description", /Found 201/],
    ["/manifest.json#/author", /missing/],
    ["/manifest.json#/installationType", /tenant_scoped/],
    ["/manifest.json#/host", /range/],
    ["/manifest.json#/abi", /whole number/],
    ["/manifest.json#/permissions/0", /tickets:read/],
    ["/manifest.json#/ui/globalName", /JavaScript/],
    ["/manifest.json#/homePage", /"homepage"/],
    ["/manifest.json#/ticketTabs/0/label", /Found the number 7/],
  );
  assert.equal(found.size, 12);
});

test("a manifest that is no JSON, or has a key twice, or is nested too deep", async () => {
  const with_ = (text) => zip(files().map(([n, d]) => [n, n === "manifest.json" ? text : d]));
  await refused(with_("{"), ["/manifest.json#", /JSON/]);
  await refused(with_('{"key": "a", "key": "b"}'), ["/manifest.json#", /duplicate/i]);
  await refused(with_("[".repeat(5000) + "]".repeat(5000)), ["/manifest.json#", /nested/]);
});

test("files that differ from their hashes, are missing or not listed", async () => {
  await refused(
    remake("time-clock", ({ files }) => {
      files.set("README.md", Buffer.from("changed"));
      files.delete("icon.svg");
      files.set("NOTICE", Buffer.from("new"));
    }, { hashes: false }),
    ["/manifest.json#/files/README.md", /SHA-256 is/],
    ["/manifest.json#/files/icon.svg", /no such file/],
    ["/manifest.json#/files/NOTICE", /Is missing/],
    ["/manifest.json#/icon", /not in the package/],
  );
});

test("files that do not belong there", () =>
  refused(
    remake("time-clock", ({ files }) => {
      files.set("bin/run", Buffer.from("x"));
      files.set("ui/page.html", Buffer.from("<script>"));
      files.set("migrations/later.sql", Buffer.from("x"));
    }),
    ["/bin/run", /Does not belong/],
    ["/ui/page.html", /Does not belong/],
    ["/migrations/later.sql", /Does not belong/],
  ));

/** The head of a PNG with this size, and as many bytes more. */
const png = (width, height, more = 0) => {
  const head = Buffer.from("89504e470d0a1a0a0000000d49484452000000000000000008020000000000000000", "hex");
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, randomBytes(more)]);
};

test("screenshots that are none, too large, without a caption, or missing; texts that are none", async () => {
  const shots = (list, files_, more = {}) =>
    remake("time-clock", ({ files, manifest }) => {
      for (const f of [...files.keys()]) if (f.startsWith("screenshots/")) files.delete(f);
      manifest.screenshots = list.map((name) => ({ file: `screenshots/${name}`, caption: "The tab" }));
      for (const [name, bytes] of Object.entries(files_)) files.set(`screenshots/${name}`, bytes);
      for (const [name, bytes] of Object.entries(more)) files.set(name, bytes);
    });
  const at = (name) => `/screenshots/${name}`;
  await refused(
    shots(["gone.png", "small.png", "wide.png", "fat.png", "page.png", "other.jpg", "bad.webp"], {
      "small.png": png(199, 800),
      "wide.png": png(4097, 800),
      "fat.png": png(800, 800, 1 << 20),
      "page.png": Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
      "other.jpg": png(800, 800),
      "bad.webp": Buffer.from("RIFF\x10\0\0\0WEBPxxxx"),
      "extra.png": png(800, 800),
    }),
    ["/manifest.json#/screenshots/0/file", /not in the package/],
    [at("small.png"), /199 x 800/],
    [at("wide.png"), /4097 x 800/],
    [at("fat.png"), /1024 kB/],
    [at("page.png"), /PNG, JPEG or WebP/],
    [at("other.jpg"), /PNG, JPEG or WebP/],
    [at("bad.webp"), /PNG, JPEG or WebP/],
    [at("extra.png"), /caption/],
  );
  await refused(shots(["a.svg", "../b.png"], { "a.svg": Buffer.from("<svg/>") }), ["/manifest.json#/screenshots/0/file", /\.webp/], ["/manifest.json#/screenshots/1/file", /\.webp/], [at("a.svg"), /Does not belong/]);
  const names = Array.from({ length: 9 }, (_, i) => `${i}.png`);
  await refused(shots(names, Object.fromEntries(names.map((n) => [n, png(800, 500)]))), ["/manifest.json#/screenshots", /8/]);
  await refused(shots([], {}, { "CHANGELOG.md": Buffer.alloc((256 << 10) + 1, "x"), "DEVELOPERS.md": Buffer.from([0xff, 0xfe]) }), ["/CHANGELOG.md", /256 kB/], ["/DEVELOPERS.md", /UTF-8/]);
});

test("a package's documents and screenshots are served as what they are", async (t) => {
  t.after(() => remove("versions"));
  const bytes = reversion("versions", "1.0.0", ({ files, manifest }) => {
    files.set("CHANGELOG.md", Buffer.from("# Changelog\n\n## [1.0.0] - 2026-01-31\n- All\n"));
    files.set("DEVELOPERS.md", Buffer.from("# Routes\n"));
    files.set("screenshots/a.png", png(800, 500));
    manifest.screenshots = [{ file: "screenshots/a.png", caption: "The tab" }];
  });
  const sent = await upload(bytes);
  assert.equal(sent.status, 201, sent.text);
  const said = Object.fromEntries(sent.body.checks.map((c) => [c.name, c.detail]));
  assert.deepEqual([said.changelog, said.screenshots], ["has an entry for 1.0.0", "1, each with its caption"]);
  const admin = await login("Admin");
  const at = (name) => admin.get(`/api/plugins/catalog/versions/1.0.0/${name}`);
  for (const [name, text] of [["changelog", /2026-01-31/], ["developers", /Routes/]]) {
    const res = await at(name);
    assert.equal(res.status, 200);
    assert.match(res.headers["content-type"], /^text\/markdown/);
    assert.match(res.text, text);
  }
  assert.equal((await at("readme")).status, 404);
  assert.equal((await at("screenshots/1")).status, 404);
  const shot = await at("screenshots/0");
  assert.equal(shot.status, 200);
  assert.deepEqual([shot.headers["content-type"], shot.headers["x-content-type-options"]], ["image/png", "nosniff"]);
  assert.match(shot.headers["content-security-policy"], /sandbox/);
});

test("a library for another machine, none at all, or no library", async () => {
  const patched = (fn) => remake("time-clock", ({ files }) => files.set("plugin.so", fn(Buffer.from(files.get("plugin.so")))));
  await refused(patched((so) => (so.writeUInt16LE(so.readUInt16LE(18) === 183 ? 62 : 183, 18), so)), ["/plugin.so", /Is built for (AArch64|x86-64)/]);
  await refused(patched((so) => ((so[4] = 1), so)), ["/plugin.so", /32-bit/]);
  await refused(patched((so) => (so.writeUInt16LE(2, 16), so)), ["/plugin.so", /not a shared object/]);
  await refused(patched(() => Buffer.from("#!/bin/sh\n")), ["/plugin.so", /not an ELF/]);
  await refused(patched((so) => so.subarray(0, 4000)), ["/plugin.so", /./]);
  await refused(remake("time-clock", ({ files }) => files.delete("plugin.so")), ["/plugin.so", /missing/]);
});

test("a library for another ABI, without the symbol, or whose constructor hangs", async () => {
  await refused(pack("badabi"), ["/plugin.so", /ABI 99/]);
  await refused(pack("nosymbol"), ["/plugin.so", /mt_plugin/]);
  await refused(pack("ctor"), ["/plugin.so", /constructor/]); // within the deadline of upload()
});

test("a client that accepts lines gets each check when it was made, and the outcome in the last line", async () => {
  const headers = { Accept: "application/x-ndjson, application/json" };
  const lines = (text) => text.trim().split("\n").map((l) => JSON.parse(l));
  const atOnce = [];
  const res = await upload(pack("ctor"), { headers, onData: (text) => atOnce.push(text) });
  assert.equal(res.status, 200);
  assert.equal(res.headers["content-type"], "application/x-ndjson");
  // Its constructor hangs: all checks but the trial load were reported meanwhile.
  const early = lines(atOnce.findLast((text) => !text.includes('"status"')));
  const names = ["archive", "manifest", "files", "library", "imports", "migrations", "changelog", "screenshots", "signature"];
  assert.deepEqual(early.map((c) => [c.name, c.ok]), names.map((n) => [n, true]));
  assert.deepEqual(lines(res.text).slice(0, -1), early);
  const { status, body } = lines(res.text).at(-1);
  assert.equal(status, 422);
  assert.equal(body.status, 422);
  assert.equal(body.requestId, res.headers["x-request-id"]);
  assert.match(faults({ body }).get("/plugin.so").join(), /constructor/);
  await leftNothing(assert, start);
  const good = lines((await upload(reversion("versions", "1.0.0"), { headers })).text);
  assert.deepEqual(good.map((l) => l.name ?? l.status), [...names, "trial load", 201]);
  assert.deepEqual(good.at(-1).body.checks, good.slice(0, -1));
  await remove("versions");
  await leftNothing(assert, start);
});

test("who leaves while a package is checked has cancelled it", async () => {
  const sys = await login("SystemAdmin");
  const inCatalog = async () => (await sys.get("/api/plugins/catalog")).body.items.some((p) => p.key === "slow");
  const log = () => readFileSync(join(varDir, "log/mortised.log"), "utf8");
  const leave = (text) => {
    if (text.includes('"signature"')) throw new Error("enough");
  };
  const headers = { Accept: "application/x-ndjson" };
  await assert.rejects(upload(pack("slow"), { headers, onData: leave }), /enough/);
  await until(() => log().includes("The client left while the package was checked"), 30000, "the worker notices");
  assert.equal(await inCatalog(), false);
  await leftNothing(assert, start);
  assert.equal((await upload(pack("slow"), { headers })).text.trim().split("\n").length, 11);
  assert.equal(await inCatalog(), true);
  await remove("slow");
});

test("a library that takes what no plugin may have is refused before it is loaded", async () => {
  const found = await refused(
    pack("grasping"),
    ["/plugin.so", /Imports execve, .*starts programs/],
    ["/plugin.so", /Imports fork, .*processes/],
    ["/plugin.so", /Imports socket, .*connections/],
    ["/plugin.so", /Imports ptrace, .*other processes/],
    ["/plugin.so", /Imports syscall, /],
    ["/plugin.so", /Imports dlopen, /],
    ["/plugin.so", /Imports mprotect, /],
  );
  assert.equal(found.get("/plugin.so").length, 7);
});

test("a library's imports are reported", async () => {
  const res = await upload(pack("evil"));
  assert.equal(res.status, 201, res.text);
  assert.ok(res.body.imports.allowed > 0);
  for (const s of ["open", "kill", "getuid"]) assert.ok(res.body.imports.notable.includes(s), s);
  assert.deepEqual(res.body.imports.forbidden, []);
  assert.match(res.body.checks.find((c) => c.name === "imports").detail, /notable: .*kill/);
  await remove("evil");
});

test("statements of another phase than the file's name", () =>
  refused(
    remake("time-clock", ({ files }) => {
      files.set("migrations/002-less.sql", Buffer.from("DROP TABLE x_time_clock.entries;"));
      files.set("migrations/003-moves.tenant.sql", Buffer.from("CREATE TABLE x_time_clock.a (tenant_id int);"));
      files.set("migrations/004-less.contract.sql", Buffer.from("UPDATE x_time_clock.entries SET id = id;"));
      files.set("migrations/005-other.later.sql", Buffer.from("SELECT 1;"));
    }),
    ["/migrations/002-less.sql", /NNN-name\.contract\.sql/],
    ["/migrations/003-moves.tenant.sql", /NNN-name\.sql/],
    ["/migrations/004-less.contract.sql", /DROP TABLE/],
    ["/migrations/005-other.later.sql", /Does not belong/],
  ));

test("a library with another plugin's key", () =>
  refused(
    remake("time-clock", ({ manifest }) => {
      manifest.key = "other-clock";
      manifest.version = "1.0.1";
      manifest.ticketTabs[0].permission = manifest.reportComponents[0].permission = "other-clock:clock";
      manifest.reportComponents[0].endpoint = "/nowhere";
    }),
    ["/plugin.so", /its key is "time-clock"/],
    ["/plugin.so", /its version is "1.0.0"/],
    ["/manifest.json#/reportComponents/0/endpoint", /no route GET/],
  ));

test("another host version", () =>
  refused(remake("time-clock", ({ manifest }) => (manifest.host = ">=9.0.0")), ["/manifest.json#/host", /this is Mortise/]));

test("migrations with statements that are not allowed name each line", async () => {
  await refused(
    withMigration("brokenhook", "CREATE TABLE x_brokenhook.things (tenant_id int NOT NULL);\nGRANT ALL ON mortise.users TO PUBLIC;\nDO $$ BEGIN END $$;\n"),
    ["/migrations/001-things.sql", /Line 2.*GRANT/],
    ["/migrations/001-things.sql", /Line 3.*DO/],
  );
});

test("mortise check reports the same as the upload", async () => {
  const dir = mkdtempSync(join(tmpdir(), "mortise-check-"));
  const file = join(dir, "p.zip");
  const check = () => {
    try {
      return [0, execFileSync(bin("mortise"), ["check", file], { encoding: "utf8", stdio: "pipe" })];
    } catch (e) {
      return [e.status, e.stderr];
    }
  };
  try {
    writeFileSync(file, pack("time-clock"));
    assert.equal(check()[0], 0);
    const bad = remake("time-clock", ({ manifest }) => {
      manifest.version = "1";
      manifest.host = "any";
    });
    writeFileSync(file, bad);
    const [code, text] = check();
    assert.equal(code, 1);
    for (const f of (await upload(bad)).body.errors) assert.ok(text.includes(`${f.pointer}: ${f.detail}`), text);
    writeFileSync(file, pack("badabi"));
    assert.match(check()[1], /ABI 99/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

// --- what passes the upload and fails at install ------------------------------------------------------

const T = "x_brokenhook.things (tenant_id int NOT NULL, id int, PRIMARY KEY (tenant_id, id))";
for (const [name, sql, text, file] of [
  ["makes a table in the core's schema", "CREATE TABLE mortise.evil (tenant_id int NOT NULL);", /permission denied|may not touch/],
  ["makes a table in public", "CREATE TABLE public.evil (tenant_id int NOT NULL);", /permission denied|may not touch/],
  ["changes a core table", "ALTER TABLE mortise.tickets ADD COLUMN evil int;", /permission denied|must be owner|may not/],
  ["drops a core table", "DROP TABLE mortise.tickets;", /permission denied|must be owner|may not/, "migrations/001-things.contract.sql"],
  ["refers to a core table", `CREATE TABLE ${T}; CREATE TABLE x_brokenhook.a (tenant_id int NOT NULL REFERENCES mortise.tenants);`, /./],
  ["forgets tenant_id", "CREATE TABLE x_brokenhook.things (id int);", /tenant_id/],
  ["has an index that begins elsewhere", `CREATE TABLE ${T}; CREATE INDEX i ON x_brokenhook.things (id);`, /tenant_id/],
  ["calls a function in a default", "CREATE TABLE x_brokenhook.things (tenant_id int NOT NULL, a text DEFAULT pg_read_file('/etc/passwd'));", /./],
  ["copies data", `CREATE TABLE ${T}; ALTER TABLE x_brokenhook.things ADD COLUMN c int DEFAULT (1/0);`, /./],
  ["fails at its last statement", `CREATE TABLE ${T}; CREATE INDEX a ON x_brokenhook.things (tenant_id); CREATE INDEX a ON x_brokenhook.things (tenant_id);`, /already exists/],
])
  test(`a migration that ${name} leaves nothing`, async () => {
    const before_ = traces();
    const up = await offer(withMigration("brokenhook", sql, file));
    assert.equal(up.status, 201, up.text);
    const admin = await login("Admin");
    const res = await admin.post("/api/plugins/install", { pluginKey: "brokenhook" });
    assert.ok([409, 422].includes(res.status), res.text);
    const said = [res.body.detail, ...(res.body.errors ?? []).map((e) => `${e.pointer} ${e.detail}`)].join("\n");
    assert.match(said, text);
    await (await login("SystemAdmin")).del("/api/plugins/catalog/brokenhook");
    await leftNothing(assert, before_);
  });

test("a failing hook's words are shown, and what came before it is undone", async () => {
  const admin = await login("Admin");
  assert.equal((await offer(pack("brokenhook"))).status, 201);
  const res = await admin.post("/api/plugins/install", { pluginKey: "brokenhook" });
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.detail, /the enable hook of this plugin always fails/);
  const off = await admin.post("/api/plugins/install", { pluginKey: "brokenhook", enable: false });
  assert.equal(off.status, 201, off.text);
  const on = await admin.post(`/api/plugins/installations/${off.body.id}/enable`);
  assert.equal(on.status, 409);
  assert.equal((await admin.get(`/api/plugins/installations/${off.body.id}`)).body.state, "disabled");
  assert.equal((await admin.del(`/api/plugins/installations/${off.body.id}`)).status, 204);
  await remove("brokenhook");
  await leftNothing(assert, start);
});

// --- the way in ---------------------------------------------------------------------------------------

test("wrong forms are refused", async () => {
  const sys = await login("SystemAdmin");
  const say = async (status, options, text) => {
    const res = await sys.request("POST", "/api/plugins/upload", options);
    assert.equal(res.status, status, res.text);
    assert.match(res.text, text);
  };
  await say(415, { body: {} }, /multipart/);
  await say(415, { raw: "x", headers: { "Content-Type": "multipart/form-data" } }, /boundary|multipart/);
  await say(400, { raw: "x", headers: { "Content-Type": "multipart/form-data; boundary=a" } }, /cut off/);
  await say(422, { raw: "--a--\r\n", headers: { "Content-Type": "multipart/form-data; boundary=a" } }, /no field/);
  assert.equal((await sys.upload("/api/plugins/upload", pack("time-clock"), { field: "file" })).status, 422);
  const foreign = await sys.upload("/api/plugins/upload", pack("time-clock"), { headers: { Origin: "https://evil.example" } });
  assert.ok([400, 403].includes(foreign.status) || foreign.status === 415, foreign.text);
  await leftNothing(assert, start);
});

test("an upload that is too large is refused", async () => {
  const sys = await login("SystemAdmin");
  const res = await sys.upload("/api/plugins/upload", Buffer.alloc(70 << 20)).catch((e) => e);
  assert.ok(res.status === 413 || /EPIPE|ECONNRESET/.test(res.code), String(res.text ?? res));
  await leftNothing(assert, start);
});

test("an upload that is cut off half way leaves nothing", async () => {
  const sys = await login("SystemAdmin");
  const body = pack("time-clock");
  const { hostname, port } = new URL(url);
  await new Promise((done, fail) => {
    const s = connect(Number(port), hostname, () => {
      s.write(
        `POST /api/plugins/upload HTTP/1.1\r\nHost: ${hostname}\r\nCookie: ${sys.headers.Cookie}\r\nOrigin: ${url}\r\n` +
          `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length + 500}\r\n\r\n` +
          `--b\r\nContent-Disposition: form-data; name="package"; filename="p.zip"\r\n\r\n`,
      );
      s.write(body.subarray(0, body.length >> 1), () => s.destroy());
    });
    s.on("close", done);
    s.on("error", fail);
  });
  await leftNothing(assert, start);
  assert.equal((await http("GET", "/api/health")).status, 200);
  assert.equal((await upload(body)).status, 201);
  await remove("time-clock");
});

test("nothing of all this is left, nor in the journal", async () => {
  await until(() => psql("select count(*) from mortise.journal")[0][0] === "0");
  await leftNothing(assert, start);
});

test("a component that the bundle doesn't export", () =>
  refused(
    remake("time-clock", ({ manifest }) => {
      manifest.ticketTabs[0].component = "TicketTimeClok";
    }),
    ["/manifest.json#/ticketTabs/0/component", /"TicketTimeClok".*exports no component of that name/],
  ));

test("an upload of what nothing serves: every place is named, and nothing is stored", () =>
  refused(
    remake("time-clock", ({ manifest }) => {
      manifest.widgets = [{ id: "w", title: "W", component: "TicketTimeClok" }];
      manifest.ui.slots = [{ slotId: "nav.main", componentName: "TicketTimeClock", renderType: "menuitem" }];
    }),
    ["/manifest.json#/widgets/0/component", /"TicketTimeClok".*exports no component of that name/],
    ["/manifest.json#/ui/slots/0/slotId", /"nav.main"/],
  ));

test("a package that was stored before that was refused continues to work, and lists what of it isn't served", async () => {
  const KEY = "hello-world";
  await remove(KEY);
  const sys = await login("SystemAdmin");
  const admin = await login("Admin");
  assert.equal((await upload(pack(KEY))).status, 201);
  // As an older version of Mortise took it: the same files, and a manifest that names more.
  const old = remake(KEY, ({ manifest }) => {
    manifest.ui.slots = [{ slotId: "nav.main", componentName: "HelloTab", renderType: "menuitem" }];
  });
  assert.equal((await upload(old)).status, 422);
  const sha = createHash("sha256").update(old).digest("hex");
  const manifest = unzip(old).get("manifest.json").toString().replaceAll("'", "''");
  psql(`create temporary table was as select sha256 from mortise.plugin_packages where plugin_key = '${KEY}';
    create temporary table files as select f.* from mortise.plugin_files f join was on f.package_sha256 = was.sha256;
    delete from mortise.plugin_files f using was where f.package_sha256 = was.sha256;
    update mortise.plugin_packages set sha256 = '${sha}', zip = decode('${old.toString("base64")}', 'base64'),
      size = ${old.length}, blake2b = null, manifest = '${manifest}' where plugin_key = '${KEY}';
    insert into mortise.plugin_files select '${sha}', path, size, sha256 from files;`);
  try {
    const [kept] = (await sys.get(`/api/plugins/catalog/${KEY}`)).body.items;
    assert.deepEqual(kept.unserved, ["nav.main"]);
    await approve(KEY, kept.version);
    const made = await consenting(admin, "/api/plugins/install", { pluginKey: KEY });
    assert.equal(made.status, 201, made.text);
    assert.equal((await admin.get(`/api/plugins/${KEY}/hello/you`)).status, 200);
    // A host that has lost its files takes them from the database, where the package is read again.
    assert.equal((await admin.post(`/api/plugins/installations/${made.body.id}/disable`)).status, 200);
    for (const folder of ["store", "assets"]) rmSync(join(varDir, folder, sha), { recursive: true });
    assert.equal((await admin.post(`/api/plugins/installations/${made.body.id}/enable`)).status, 200);
    assert.equal((await admin.get(`/api/plugins/${KEY}/hello/you`)).status, 200);
  } finally {
    await remove(KEY);
  }
});

test("pages, entries and components are told to those who may see them", async () => {
  const KEY = "hello-world";
  await remove(KEY);
  const admin = await login("Admin");
  const bytes = remake(KEY, ({ manifest }) => {
    manifest.definesPermissions = [{ name: "look", label: "Look", defaultRoles: ["Dispatcher"] }];
    const permission = `${KEY}:look`;
    manifest.pages = [
      { path: "/", title: "Hello", component: "HelloTab" },
      { path: "/items/:id", title: "Item", component: "HelloTab", permission },
      { path: "/list/*", title: "List", component: "HelloTab", permission },
      { path: "/plugins", title: "Core", component: "HelloTab", permission: "plugins:manage" },
    ];
    const entry = (id, path, more) => ({ id, label: id, path, ...more });
    manifest.navigation = [entry("home", "/", { icon: "Package", order: 3 }), entry("list", "/list"), entry("own", "/plugins", { permission })];
    manifest.ui.slots = [{ slotId: "ticket.details", componentName: "HelloTab", renderType: "card", permission }];
  });
  await refused(
    remake(KEY, ({ manifest }) => (manifest.pages = [{ path: "/", title: "x", component: "Nowhere" }])),
    ["/manifest.json#/pages/0/component", /exports no component/],
  );
  const up = await upload(bytes);
  assert.equal(up.status, 201, up.text);
  await approve(KEY, up.body.version);
  const made = await consenting(admin, "/api/plugins/install", { pluginKey: KEY });
  assert.equal(made.status, 201, made.text);
  try {
    const seen = async (who) => {
      const { ui } = (await who.get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === KEY);
      return {
        open: ui.slots.filter((s) => s.renderType === "page" && s.allowed !== false).map((s) => s.props.path),
        closed: ui.slots.filter((s) => s.renderType === "page" && s.allowed === false),
        others: ui.slots.filter((s) => s.renderType !== "page" && s.allowed !== false).map((s) => s.slotId),
        entries: ui.navigation.map((n) => n.id),
      };
    };
    const closed = (path) => ({ slotId: "plugin.page", componentName: "", renderType: "page", allowed: false, props: { path } });
    assert.deepEqual(await seen(await login("Technician")), {
      open: ["/"],
      closed: [closed("/items/:id"), closed("/list/*"), closed("/plugins")],
      others: ["ticket.tabs"],
      entries: ["home"],
    });
    assert.deepEqual(await seen(await login("Dispatcher")), {
      open: ["/", "/items/:id", "/list/*"],
      closed: [closed("/plugins")],
      others: ["ticket.details", "ticket.tabs"],
      entries: ["home", "list"],
    });
    const all = await seen(await login("SystemAdmin"));
    assert.deepEqual([all.open.length, all.closed, all.entries], [4, [], ["home", "list", "own"]]);
  } finally {
    await remove(KEY);
  }
});

test("mortise-plugin --check writes its answer into a file as well", () => {
  const dir = mkdtempSync(join(tmpdir(), "mortise-check-"));
  try {
    writeFileSync(join(dir, "plugin.so"), unzip(pack("time-clock")).get("plugin.so"));
    const out = openSync(join(dir, "out"), "w");
    const res = spawnSync(bin("mortise-plugin"), ["--check", join(dir, "plugin.so")], { stdio: ["ignore", out, "pipe"] });
    closeSync(out);
    assert.deepEqual([res.signal, res.status], [null, 0], String(res.stderr));
    assert.equal(JSON.parse(readFileSync(join(dir, "out"), "utf8")).key, "time-clock");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
