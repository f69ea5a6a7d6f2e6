#!/usr/bin/env -S node --test-reporter=tap
// From one version to the next and back: nobody waits, no request fails, two versions serve two tenants, and
// what goes wrong leaves the version that was there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { approve, consenting, login, psql, remove, status, until, wordsOf } from "../lib/mortise.mjs";
import { pick } from "../lib/random.mjs";
import { leftNothing, offer, pools, reversion, traces, upload } from "./package.mjs";

const KEY = "versions";
const make = (version, change) => reversion(KEY, version, change);
let start, admin, sys, id;

before(async () => {
  await remove(KEY);
  start = traces();
  admin = await login("Admin");
  sys = await login("SystemAdmin");
});
after(() => remove(KEY));

const get = async (path, tenant = 0) => (await login("Technician", tenant)).get(`/api/plugins/${KEY}/${path}`);
const running = async (tenant = 0) => (await get("version", tenant)).body?.version;
const mine = async (tenant = 0) =>
  (await (await login("Admin", tenant)).get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === KEY);
const upgrade = (body, who = admin, which = id) => consenting(who, `/api/plugins/installations/${which}/upgrade`, body);
const rollback = (who = admin, which = id) =>
  who.post(`/api/plugins/installations/${which}/rollback`, undefined, { deadline: 60000 });
const activity = async () => (await admin.get(`/api/plugins/installations/${id}/activity`)).body.items;

/** Asks all the time that `work` takes, and until `last` answered, from several clients. */
async function whileAsking(work, last, paths = ["version", "slow", "things"]) {
  let over = false;
  const seen = new Set();
  const bad = [];
  let n = 0;
  const ask = async (path, nth) => {
    const who = await login("Technician", 0, nth % 2);
    while (!over) {
      const res = await who.get(`/api/plugins/${KEY}/${path}`);
      n++;
      if (res.status !== 200) bad.push(`${path}: ${res.status} ${res.text}`);
      else if (res.body.version) seen.add(res.body.version);
    }
  };
  const asking = paths.flatMap((p, i) => [ask(p, i), ask(p, i + 1)]);
  try {
    await work();
    await until(() => n > 10 && (!last || seen.has(last)), 30000, `eleven requests, answers of ${last}`); // the work may be over in no time
  } finally {
    over = true;
    await Promise.all(asking);
  }
  assert.deepEqual(bad, []);
}

test("installed is 1.0.0; a newer version is offered once it is approved", async () => {
  await offer(make("1.0.0"));
  const res = await consenting(admin, "/api/plugins/install", { pluginKey: KEY });
  assert.equal(res.status, 201, res.text);
  id = res.body.id;
  assert.equal(await running(), "1.0.0");
  assert.equal(res.body.availableVersion, null);
  assert.equal(res.body.previousVersion, null);
  assert.equal(res.body.canRollback, false);
  assert.deepEqual(res.body.consented, ["users:read"]);
  assert.equal((await upload(make("1.1.0"))).status, 201);
  assert.equal((await mine()).availableVersion, null);
  const early = await upgrade({ version: "1.1.0" });
  assert.equal(early.status, 409);
  assert.match(early.body.type, /approval-required$/);
  await approve(KEY, "1.1.0");
  assert.equal((await mine()).availableVersion, "1.1.0");
});

test("not one request fails during an upgrade", async () => {
  assert.equal((await (await login("Technician")).post(`/api/plugins/${KEY}/things`)).status, 201);
  await whileAsking(async () => {
    const res = await upgrade({});
    assert.equal(res.status, 200, res.text);
    assert.equal(res.body.version, "1.1.0");
    assert.equal(res.body.state, "enabled");
    assert.equal(res.body.previousVersion, "1.0.0");
    assert.equal(res.body.canRollback, true);
    assert.equal(res.body.availableVersion, null);
    await until(async () => (await running()) === "1.1.0");
  }, "1.1.0");
  assert.deepEqual((await get("things")).body.items, [{ note: "1.0.0" }]);
  await until(() => pools(KEY).length === 1, 30000, "the old pool goes");
});

test("nor during a rollback, which keeps the rows of both versions", async () => {
  assert.equal((await (await login("Technician")).post(`/api/plugins/${KEY}/things`)).status, 201);
  await whileAsking(async () => {
    const res = await rollback();
    assert.equal(res.status, 200, res.text);
    assert.equal(res.body.version, "1.0.0");
    assert.equal(res.body.canRollback, false);
    assert.equal(res.body.availableVersion, "1.1.0");
    await until(async () => (await running()) === "1.0.0");
  }, "1.0.0");
  assert.deepEqual((await get("things")).body.items, [{ note: "1.0.0" }, { note: "1.1.0" }]);
  const again = await rollback();
  assert.equal(again.status, 409);
  assert.match(again.body.detail, /no earlier version/);
});

test("two tenants on two versions at the same time", async () => {
  const other = await login("Admin", 1);
  const old = await consenting(other, "/api/plugins/install", { pluginKey: KEY, version: "1.0.0" });
  assert.equal(old.status, 409, old.text);
  assert.match(old.body.type, /downgrade$/);
  const res = await consenting(other, "/api/plugins/install", { pluginKey: KEY });
  assert.equal(res.status, 201, res.text);
  assert.equal(res.body.version, "1.1.0");
  for (let n = 0; n < 5; n++) assert.deepEqual([await running(0), await running(1)], ["1.0.0", "1.1.0"]);
  assert.equal(pools(KEY).length, 2);
  assert.deepEqual((await get("things", 1)).body.items, []);
});

test("a step back is no upgrade", async () => {
  assert.equal((await upgrade({ version: "1.1.0" })).status, 200);
  const res = await upgrade({ version: "1.0.0" });
  assert.equal(res.status, 409);
  assert.match(res.body.type, /downgrade$/);
  assert.equal((await upgrade({ version: "1.1.0" })).status, 200); // it is there already
  assert.equal((await upgrade({ version: "9.9.9" })).status, 404);
  const older = await upload(make("1.0.5"));
  assert.equal(older.status, 201, older.text);
  const approval = await consenting(sys, `/api/plugins/catalog/${KEY}/1.0.5/approve`);
  assert.equal(approval.status, 409);
  assert.match(approval.body.type, /downgrade$/);
  assert.equal((await sys.del(`/api/plugins/catalog/${KEY}/1.0.5`)).status, 204);
});

test("another tenant's admin can't upgrade or roll back", async () => {
  const other = await login("Admin", 1);
  for (const act of ["upgrade", "rollback"])
    assert.equal((await other.post(`/api/plugins/installations/${id}/${act}`, act === "upgrade" ? {} : undefined)).status, 404);
  const tech = await login("Technician");
  assert.equal((await upgrade({}, tech)).status, 403);
  assert.equal((await rollback(tech)).status, 403);
});

test("a step can be watched and cancelled by its own company", async () => {
  await offer(make("1.1.9"));
  const other = await login("Admin", 1);
  const { pid } = status().pools.find((p) => p.name === "steward").workers[0];
  process.kill(pid, "SIGSTOP"); // without pools the step waits
  let res;
  try {
    const doing = upgrade({ version: "1.1.9" });
    const steps = async (who) => (await who.get("/api/plugins/steps")).body.items;
    const [step] = await until(async () => (await steps(admin)).some((s) => /starting/.test(s.label)) && steps(admin));
    assert.equal(step.pluginKey, KEY);
    assert.equal(step.op, "upgrade");
    assert.equal(step.cancellable, true);
    assert.ok(step.step >= 1 && step.step <= step.of);
    assert.deepEqual(await steps(other), []);
    assert.equal((await other.post(`/api/plugins/steps/${step.id}/cancel`)).status, 404);
    assert.equal((await admin.post("/api/plugins/steps/x/cancel")).status, 404);
    for (let n = 0; n < 2; n++) assert.equal((await admin.post(`/api/plugins/steps/${step.id}/cancel`)).status, 204);
    assert.equal((await steps(sys)).find((s) => s.id === step.id).cancelled, true);
    process.kill(pid, "SIGCONT");
    res = await doing;
    assert.equal((await admin.post(`/api/plugins/steps/${step.id}/cancel`)).status, 404);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.type, /step-cancelled$/);
  assert.equal((await mine()).version, "1.1.0");
  assert.equal((await activity())[0].outcome, "undone");
  assert.equal((await sys.del(`/api/plugins/catalog/${KEY}/1.1.9`)).status, 204);
});

test("additional permissions of an upgrade need consent, and only they", async () => {
  await offer(make("1.2.0", ({ manifest }) => manifest.permissions.push("tickets:read")));
  const path = `/api/plugins/installations/${id}/upgrade`;
  for (const permissions of [undefined, [], ["users:read"], ["tickets:read", "storage"]]) {
    const res = await admin.post(path, { permissions });
    assert.equal(res.status, 409, res.text);
    assert.match(res.body.type, /consent-required$/);
    assert.deepEqual(res.body.permissions, ["tickets:read"]);
  }
  assert.equal(await running(), "1.1.0");
  const res = await admin.post(path, { permissions: ["tickets:read"] });
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body.consented.sort(), ["tickets:read", "users:read"]);
  const had = () =>
    psql(`select count(*) from information_schema.column_privileges where grantee = 'p_versions' and table_name = 'tickets'`)[0][0] !== "0";
  assert.ok(had());
});

for (const [version, what, detail] of [
  ["1.3.6", "says no", /does not want to/],
  ["1.3.7", "crashes", /failed in its upgrade hook: The plugin crashed/],
])
  test(`a version whose upgrade hook ${what} changes nothing, and nobody notices`, async () => {
    await offer(make(version));
    await whileAsking(async () => {
      const res = await upgrade({ version });
      assert.ok([409, 502].includes(res.status), res.text);
      assert.match(res.body.detail, detail);
    });
    assert.equal((await mine()).version, "1.2.0");
    assert.equal(await running(), "1.2.0");
    assert.deepEqual(psql("select * from mortise.journal"), []);
    const [last] = await activity();
    assert.equal(last.op, "upgrade");
    assert.equal(last.outcome, "failed");
    assert.equal(wordsOf(last.detailText), last.detail);
    assert.equal(last.fromVersion, "1.2.0");
    assert.equal(last.version, version);
    assert.equal((await sys.del(`/api/plugins/catalog/${KEY}/${version}`)).status, 204);
  });

test("a migration that fails at its last statement leaves tables and version alone", async () => {
  const before_ = traces();
  const sql = "ALTER TABLE x_versions.things ADD COLUMN more text; CREATE TABLE x_versions.things (tenant_id int NOT NULL);";
  assert.equal((await upload(make("1.4.0", ({ files }) => files.set("migrations/002-more.sql", Buffer.from(sql))))).status, 201);
  const res = await consenting(sys, `/api/plugins/catalog/${KEY}/1.4.0/approve`);
  assert.equal(res.status, 422, res.text);
  assert.match(JSON.stringify(res.body.errors), /002-more\.sql.*already exists/);
  assert.equal((await sys.get(`/api/plugins/catalog/${KEY}`)).body.items.find((p) => p.version === "1.4.0").approved, false);
  assert.equal((await sys.del(`/api/plugins/catalog/${KEY}/1.4.0`)).status, 204);
  await leftNothing(assert, before_);
  assert.equal(await running(), "1.2.0");
});

test("an upgrade of a disabled plugin leaves it disabled", async () => {
  await admin.post(`/api/plugins/installations/${id}/disable`);
  await offer(make("1.5.0"));
  const res = await upgrade({});
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.state, "disabled");
  assert.equal((await get("version")).status, 403);
  assert.equal((await rollback()).body.version, "1.2.0");
  assert.equal((await admin.post(`/api/plugins/installations/${id}/enable`)).status, 200);
  assert.equal(await running(), "1.2.0");
});

test("versions are listed newest first; one in use can't be deleted, one to go back to is then gone", async () => {
  const items = (await sys.get(`/api/plugins/catalog/${KEY}`)).body.items;
  assert.deepEqual(items.map((p) => p.version), ["1.5.0", "1.2.0", "1.1.0", "1.0.0"]);
  assert.equal((await sys.get("/api/plugins/catalog/no-such")).status, 404);
  assert.equal((await sys.del(`/api/plugins/catalog/${KEY}/1.2.0`)).status, 409);
  assert.equal((await upgrade({})).body.version, "1.5.0");
  assert.equal((await mine()).canRollback, true);
  assert.equal((await sys.del(`/api/plugins/catalog/${KEY}/1.2.0`)).status, 204);
  assert.equal((await mine()).canRollback, false);
  assert.equal((await rollback()).status, 409);
});

test("tenants leave a version that crashes again and again automatically, and the admins are notified", async () => {
  await offer(make("1.6.8"));
  assert.equal((await upgrade({})).body.version, "1.6.8");
  const heads = (await admin.get("/api/events")).body.heads;
  const since = Object.entries(heads).map(([c, n]) => `${c}:${n}`).join(",");
  await until(async () => (await running()) === "1.5.0", 90000, "back on 1.5.0", [502, 503]);
  const i = await mine();
  assert.equal(i.version, "1.5.0");
  assert.equal(i.state, "enabled");
  assert.equal(i.quarantined, false);
  const seen = await until(async () => {
    const all = (await admin.get(`/api/events?since=${since}`)).body.events;
    return all.some((e) => e.type === "PluginRolledBack") && all.some((e) => e.type === "Notification") && all;
  });
  const event = seen.find((e) => e.type === "PluginRolledBack").data;
  assert.equal(event.fromVersion, "1.6.8");
  assert.equal(event.version, "1.5.0");
  assert.match(JSON.stringify(seen.find((e) => e.type === "Notification").data), /1\.5\.0/);
  assert.ok((await activity()).some((a) => a.op === "rollback" && a.userName === "Mortise" && a.fromVersion === "1.6.8"));
  const again = await upgrade({ version: "1.6.8" });
  assert.equal(again.status, 409);
  assert.match(again.body.detail, /quarantine/);
});

test("everything is in the tenant's record, newest first", async () => {
  const list = await activity();
  const ops = new Set(list.map((a) => a.op));
  for (const op of ["install", "upgrade", "rollback", "disable", "enable"]) assert.ok(ops.has(op), op);
  for (const a of list) assert.ok(["ok", "failed", "undone"].includes(a.outcome) && a.at && a.userName, JSON.stringify(a));
  assert.deepEqual(list.map((a) => a.at), list.map((a) => a.at).sort().reverse());
  assert.equal((await (await login("Admin", 1)).get(`/api/plugins/installations/${id}/activity`)).status, 404);
});

test("admins who install, upgrade, roll back and remove at once end in a state that works", async () => {
  await remove(KEY);
  const offered = ["1.0.0", "1.1.0"];
  for (const version of offered) await offer(make(version));
  const acts = [
    (who, i) => upgrade({}, who, i.id),
    (who, i) => rollback(who, i.id),
    (who, i) => who.post(`/api/plugins/installations/${i.id}/disable`, undefined, { deadline: 60000 }),
    (who, i) => who.post(`/api/plugins/installations/${i.id}/enable`, undefined, { deadline: 60000 }),
    (who, i) => who.del(`/api/plugins/installations/${i.id}`, { deadline: 60000 }),
  ];
  const one = async (who, tenant) => {
    const i = await mine(tenant);
    if (!i) return consenting(who, "/api/plugins/install", { pluginKey: KEY });
    return pick(acts)(who, i);
  };
  const other = await login("Admin", 1);
  for (let round = 0; round < 12; round++)
    for (const r of await Promise.all([one(admin, 0), one(sys, 0), one(other, 1), one(admin, 0)])) assert.ok(r.status < 500, `${r.status} ${r.text}`);
  for (const [tenant, who] of [[0, admin], [1, other]]) {
    const i = await mine(tenant);
    if (!i) continue;
    assert.ok(["enabled", "disabled"].includes(i.state), i.state);
    if (i.state === "enabled") assert.equal(await running(tenant), i.version);
    assert.equal((await who.del(`/api/plugins/installations/${i.id}`, { deadline: 60000 })).status, 204);
  }
  assert.deepEqual(psql("select op from mortise.journal"), []);
  assert.deepEqual(psql("select pid from pg_locks where locktype = 'advisory'"), []);
});

test("uninstalled everywhere, nothing is left", async () => {
  await remove(KEY);
  await until(() => pools(KEY).length === 0);
  await leftNothing(assert, start);
});
