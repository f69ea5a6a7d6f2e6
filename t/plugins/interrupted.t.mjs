#!/usr/bin/env -S node --test-reporter=tap
// Steps of a plugin's life that meet each other, a full disk, or the death of the process that does them:
// the end is the old state or the new one, and nothing in between.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AWAY, login, pack, psql, remove, service, status, until, varDir } from "../lib/mortise.mjs";
import { children, isGone } from "../lib/proc.mjs";
import { pick } from "../lib/random.mjs";
import { dropGate, makeGate, stoppedAt } from "./gate.mjs";
import { adminsKilledAt, mayKill } from "./kill.mjs";
import { leftNothing, pools, offer, traces, upload } from "./package.mjs";

const KEY = "time-clock";
let nothing, uploaded;

before(async () => {
  await remove(KEY);
  dropGate();
  makeGate();
  nothing = traces();
  assert.equal((await offer(pack(KEY))).status, 201);
  uploaded = traces();
});
after(async () => {
  await remove(KEY);
  dropGate();
});

const list = async (tenant = 0) => (await (await login("Admin", tenant)).get("/api/plugins/installations")).body.items;
const PERMISSIONS = ["tickets:read", "users:read", "notifications:send"];
const install = async (tenant = 0) =>
  (await login("Admin", tenant)).post("/api/plugins/install", { pluginKey: KEY, permissions: PERMISSIONS }, { deadline: 60000 });
const uninstall = async (id, tenant = 0) => (await login("Admin", tenant)).del(`/api/plugins/installations/${id}`, { deadline: 60000 });
const works = async () => (await (await login("Technician")).get(`/api/plugins/${KEY}/status?technicianId=me`)).status < 500;

// --- two at once ----------------------------------------------------------------------------------------

test("two installs at once in one tenant: one does it, the other gets 409", async () => {
  for (let n = 0; n < 3; n++) {
    const both = await Promise.all([install(), install()]);
    assert.deepEqual(both.map((r) => r.status).sort(), [201, 409], both.map((r) => r.text).join("\n"));
    const [i] = await list();
    assert.equal((await uninstall(i.id)).status, 204);
    await leftNothing(assert, uploaded);
  }
});

test("two tenants at once: both get it; both leave at once: nothing stays", async () => {
  const both = await Promise.all([install(0), install(1)]);
  assert.deepEqual(both.map((r) => r.status), [201, 201], both.map((r) => r.text).join("\n"));
  const gone = await Promise.all([uninstall(both[0].body.id, 0), uninstall(both[1].body.id, 1)]);
  assert.deepEqual(gone.map((r) => r.status), [204, 204], gone.map((r) => r.text).join("\n"));
  await leftNothing(assert, uploaded);
});

test("the same upload twice at once is one package", async () => {
  await (await login("SystemAdmin")).del(`/api/plugins/catalog/${KEY}`);
  const both = await Promise.all([offer(pack(KEY)), offer(pack(KEY))]);
  for (const r of both) assert.ok([200, 201].includes(r.status), r.text);
  await leftNothing(assert, uploaded);
});

test("everything at once ends in a state that works, and no lock stays", async () => {
  const one = async (tenant) => {
    const admin = await login("Admin", tenant);
    const [i] = (await admin.get("/api/plugins/installations")).body.items;
    const act = i && pick(["enable", "disable", "delete"]);
    if (!i) return install(tenant);
    if (act === "delete") return uninstall(i.id, tenant);
    return admin.post(`/api/plugins/installations/${i.id}/${act}`, undefined, { deadline: 60000 });
  };
  for (let round = 0; round < 12; round++)
    for (const r of await Promise.all([one(0), one(1), one(0), one(1)]))
      assert.ok(r.status < 500, `${r.status} ${r.text}`);
  for (const tenant of [0, 1])
    for (const i of await list(tenant)) {
      assert.ok(["enabled", "disabled"].includes(i.state), i.state);
      assert.equal((await uninstall(i.id, tenant)).status, 204);
    }
  await leftNothing(assert, uploaded);
  assert.deepEqual(psql("select pid from pg_locks where locktype = 'advisory'"), []);
});

// --- a full disk ----------------------------------------------------------------------------------------

/** Runs fn while `folder` has only a few kB; false when this machine lets nobody mount. */
async function full(folder, kilobytes, fn) {
  const path = join(varDir, folder);
  const { uid, gid, mode } = statSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k,uid=${uid},gid=${gid},mode=${(mode & 0o777).toString(8)}`, "tmpfs", path], { stdio: "pipe" });
  } catch {
    return false;
  }
  try {
    await fn();
  } finally {
    execFileSync("umount", ["-l", path]);
  }
  return true;
}

for (const [folder, kilobytes, what, act] of [
  ["store", 8, "an upload", () => upload(pack(KEY))],
  ["assets", 4, "an install whose bundle has no room", () => install()],
  ["store", 28, "an install whose library has no room", () => install()],
])
  test(`a full disk: ${what} gets a 507 and leaves nothing`, async (t) => {
    const could = await full(folder, kilobytes, async () => {
      const res = await act();
      assert.equal(res.status, 507, res.text);
      assert.match(res.body.detail, /no room/);
      const now = traces();
      assert.deepEqual({ ...now, temporary: [] }, uploaded);
      assert.deepEqual(now.temporary, []);
    });
    if (!could) return t.skip("this user may not mount a small tmpfs");
    await leftNothing(assert, uploaded);
    assert.equal((await install()).status, 201);
    await uninstall((await list())[0].id);
  });

// --- kill -9 --------------------------------------------------------------------------------------------

// Each at a named point: the nth change of a table that the operation makes.
for (const [table, n] of [["journal", 1], ["installations", 1], ["plugin_migrations", 1], ["role_permissions", 1], ["installations", 2], ["journal", 3]])
  test(`killed at change ${n} of ${table} in an install: installed or not, nothing else`, mayKill, async () => {
    const res = await adminsKilledAt(table, n, () => install());
    const [i] = await list();
    if (i) {
      assert.equal(i.state, "enabled");
      assert.ok(await works());
      assert.equal((await uninstall(i.id)).status, 204);
    } else assert.notEqual(res.status, 201);
    await leftNothing(assert, uploaded);
  });

for (const [table, n] of [["journal", 1], ["installations", 1], ["role_permissions", 1], ["plugin_migrations", 1]])
  test(`killed at change ${n} of ${table} in an uninstall: there or gone, nothing else`, mayKill, async () => {
    assert.equal((await install()).status, 201);
    const [{ id }] = await list();
    await adminsKilledAt(table, n, () => uninstall(id));
    const [i] = await list();
    if (i) {
      assert.equal(i.state, "enabled");
      assert.ok(await works());
      assert.equal((await uninstall(id)).status, 204);
    }
    await leftNothing(assert, uploaded);
  });

for (const [from, to, table] of [["disable", "enable", "journal"], ["disable", "enable", "installations"], ["enable", "disable", "journal"], ["enable", "disable", "installations"]])
  test(`killed at its first change of ${table} in ${to}: the old state or the new one`, mayKill, async () => {
    assert.equal((await install()).status, 201);
    const admin = await login("Admin");
    const [{ id }] = await list();
    await admin.post(`/api/plugins/installations/${id}/${from}`);
    await adminsKilledAt(table, 1, () => admin.post(`/api/plugins/installations/${id}/${to}`));
    const res = await admin.post(`/api/plugins/installations/${id}/enable`);
    assert.equal(res.status, 200, res.text);
    assert.ok(await works());
    assert.equal((await uninstall(id)).status, 204);
    await leftNothing(assert, uploaded);
  });

for (const table of ["plugin_packages", "plugin_files"])
  test(`killed in an upload at its first change of ${table}: no temporary file stays`, mayKill, async () => {
    await (await login("SystemAdmin")).del(`/api/plugins/catalog/${KEY}`);
    await adminsKilledAt(table, 1, () => upload(pack(KEY)));
    await offer(pack(KEY));
    await leftNothing(assert, uploaded);
  });

for (const table of ["journal", "plugin_migrations", "installations"])
  test(`PostgreSQL goes away at the first change of ${table} in an install: an error in time, and nothing of it is left`, async () => {
    const admin = await login("Admin");
    const res = await stoppedAt(table, 1, () => install(), () => service("stop", "postgres"), () => service("start", "postgres"));
    await until(async () => (await admin.get("/api/plugins/installations")).status === 200, 30000, "it answers", AWAY);
    await until(() => psql("select count(*) from mortise.journal")[0][0] === "0" || list().then(() => false), 30000, "recovery", AWAY);
    const [i] = await list();
    if (i) {
      assert.equal(res.status, 201, res.text);
      assert.equal((await uninstall(i.id)).status, 204);
    } else assert.ok(res.status >= 500, `${res.status} ${res.text}`);
    await leftNothing(assert, uploaded);
  });

test("a steward that hangs: no pool, so a 503 in time, and nothing is left", mayKill, async () => {
  const { pid } = status().pools.find((p) => p.name === "steward").workers[0];
  process.kill(pid, "SIGSTOP");
  try {
    const res = await install();
    assert.equal(res.status, 503, res.text);
    assert.match(res.body.detail, /steward/);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await leftNothing(assert, uploaded);
  assert.equal((await install()).status, 201);
  assert.equal((await uninstall((await list())[0].id)).status, 204);
});

test("a package store that was emptied is filled again from the database", async () => {
  assert.equal((await install()).status, 201);
  const [{ id }] = await list();
  const admin = await login("Admin");
  assert.equal((await admin.post(`/api/plugins/installations/${id}/disable`)).status, 200);
  const sha = psql(`select sha256 from mortise.plugin_packages where plugin_key = '${KEY}'`)[0][0];
  for (const folder of ["store", "assets"]) execFileSync("rm", ["-rf", join(varDir, folder, sha)]);
  assert.equal((await admin.post(`/api/plugins/installations/${id}/enable`)).status, 200);
  assert.ok(existsSync(join(varDir, "store", sha, "plugin.so")));
  assert.ok(existsSync(join(varDir, "assets", sha, "icon.svg")));
  assert.ok(await works());
  assert.equal((await uninstall(id)).status, 204);
});

test("a package that is unpacked while its last company leaves doesn't stay", mayKill, async () => {
  assert.equal((await install()).status, 201);
  const [{ id }] = await list();
  const sha = psql(`select sha256 from mortise.plugin_packages where plugin_key = '${KEY}'`)[0][0];
  const unpacked = () => existsSync(join(varDir, "store", sha));
  const steward = status().pools.find((p) => p.name === "steward").workers[0].pid;
  const filling = () => children(steward).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--fill"));
  let filler;
  // It may be done before it is seen.
  for (let tries = 0; tries < 20 && !filler; tries++) {
    for (const folder of ["store", "assets"]) execFileSync("rm", ["-rf", join(varDir, folder, sha)]);
    for (const end = Date.now() + 30000; !filler && !unpacked() && Date.now() < end; await new Promise((r) => setTimeout(r, 2))) filler = filling();
    if (filler) process.kill(filler, "SIGSTOP");
    if (!filler || !unpacked()) continue;
    process.kill(filler, "SIGCONT");
    filler = undefined;
  }
  assert.ok(filler, "it is being unpacked");
  try {
    assert.equal((await uninstall(id)).status, 204);
  } finally {
    process.kill(filler, "SIGCONT");
  }
  await until(() => isGone(filler), 30000, "the process that unpacks ends");
  await leftNothing(assert, uploaded);
});

test("at the end nothing is left", async () => {
  await remove(KEY);
  await until(() => pools(KEY).length === 0);
  await leftNothing(assert, nothing);
});
