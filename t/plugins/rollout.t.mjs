#!/usr/bin/env -S node --test-reporter=tap
// A share of the tenants moves first; what a version takes away goes when nobody needs it any more.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { consenting, login, pack, psql, remove, tenants, until, token, wordsOf } from "../lib/mortise.mjs";
import { leftNothing, offer, reversion, traces, upload } from "./package.mjs";

const KEY = "versions";
const PERMISSIONS = ["users:read"];
const MORE = 12; // tenants besides the two of the demo
const code = (n) => `rollout-${n}`;
let start, sys, all, third; // the 1.3.n that all came to have

const sql = (name, text) => [`migrations/${name}`, Buffer.from(text)];
const make = (version, ...files) =>
  reversion(KEY, version, (parts) => {
    for (const [name, bytes] of files) parts.files.set(name, bytes);
  });

/** Companies without people: a system admin installs for them. */
function makeTenants() {
  for (let n = 0; n < MORE; n++) psql(`insert into mortise.tenants (code, name) values ('${code(n)}', 'Rollout ${n}') on conflict do nothing`);
}
const dropTenants = () =>
  psql(`delete from mortise.plugin_activity where tenant_id in (select id from mortise.tenants where code like 'rollout-%');
    delete from mortise.events where tenant_id in (select id from mortise.tenants where code like 'rollout-%');
    delete from mortise.channels where tenant_id in (select id from mortise.tenants where code like 'rollout-%');
    delete from mortise.tenants where code like 'rollout-%'`);

before(async () => {
  await remove(KEY);
  sys = await login("SystemAdmin");
  start = traces();
  makeTenants();
  all = [...tenants(), ...Array.from({ length: MORE }, (_, n) => code(n))];
});
after(async () => {
  await clear();
  dropTenants();
});

/** There is no door for a tenant without people: its rows are taken away as the last resort of an operator. */
async function clear() {
  psql(`delete from mortise.installations where tenant_id in (select id from mortise.tenants where code like 'rollout-%')`);
  await remove(KEY);
}

const versions = () =>
  Object.fromEntries(psql(`select t.code, p.version from mortise.installations i join mortise.tenants t on t.id = i.tenant_id
    join mortise.plugin_packages p on p.sha256 = i.package_sha256 where i.plugin_key = '${KEY}'`));
const share = (percent) =>
  psql(`select code from mortise.tenants where mortise.rollout_place(id, '${KEY}') < ${percent}`).map(([c]) => c).filter((c) => all.includes(c)).sort();
const on = (version) => Object.entries(versions()).filter(([, v]) => v === version).map(([c]) => c).sort();
const begin = (version, percent, permissions = PERMISSIONS) => sys.post("/api/plugins/rollouts", { pluginKey: KEY, version, percent, permissions });
const show = async (id) => (await sys.get(`/api/plugins/rollouts/${id}`)).body;
const ended = (id) => until(async () => ["done", "failed"].includes((await show(id)).state) && show(id), 120000, "the end of the rollout");

test("fourteen companies have 1.0.0", async () => {
  await offer(make("1.0.0"));
  for (const tenant of all) {
    const res = await (await token("SystemAdmin")).post("/api/plugins/install", { pluginKey: KEY, tenant, permissions: PERMISSIONS });
    assert.equal(res.status, 201, res.text);
  }
});

test("only a system admin sees and starts rollouts, of a version that may be had", async () => {
  const admin = await login("Admin");
  assert.equal((await admin.get("/api/plugins/rollouts")).status, 403);
  assert.equal((await admin.post("/api/plugins/rollouts", { pluginKey: KEY, version: "1.0.0", percent: 10 })).status, 403);
  assert.equal((await begin("9.9.9", 10)).status, 404);
  for (const percent of [0, 101, "10", 1.5]) assert.equal((await begin("1.0.0", percent)).status, 422);
  assert.equal((await upload(make("1.1.0"))).status, 201);
  const res = await begin("1.1.0", 30, []);
  assert.equal(res.status, 409);
  assert.match(res.body.type, /consent-required$/);
  assert.equal((await sys.get(`/api/plugins/rollouts/${randomUUID()}`)).status, 404);
  assert.equal((await sys.get("/api/plugins/rollouts/x")).status, 404);
});

test("a share moves, and it is the same one every time", async () => {
  const first = share(40);
  assert.ok(first.length > 0 && first.length < all.length);
  const res = await begin("1.1.0", 40);
  assert.equal(res.status, 201, res.text);
  assert.equal(res.body.total, first.length);
  const end = await ended(res.body.id);
  assert.equal(end.state, "done");
  assert.equal(end.done, first.length);
  assert.deepEqual(on("1.1.0"), first);
  const more = share(70);
  assert.ok(first.every((c) => more.includes(c)));
  const again = await ended((await begin("1.1.0", 70)).body.id);
  assert.equal(again.done, more.length - first.length);
  assert.deepEqual(on("1.1.0"), more);
});

test("a tenant where it fails keeps its version, is listed, and holds up nobody", async () => {
  await offer(make("1.2.0", sql("002-notes.tenant.sql", "UPDATE x_versions.things SET note = (1 / (length(note) - 3))::text WHERE note = 'abc';")));
  const [bad] = share(100);
  psql(`insert into x_versions.things select id, gen_random_uuid(), 'abc' from mortise.tenants where code = '${bad}'`);
  const id = (await begin("1.2.0", 100)).body.id;
  const end = await ended(id);
  assert.equal(end.state, "failed");
  assert.deepEqual(end.failures.map((f) => f.tenant), [bad]);
  assert.match(end.failures[0].error, /migration/);
  assert.equal(wordsOf(end.failures[0].errorText), end.failures[0].error);
  assert.equal(end.done, all.length - 1);
  assert.deepEqual(on("1.2.0"), all.filter((c) => c !== bad).sort());
  psql(`update x_versions.things set note = 'abcd'`);
  assert.equal((await sys.post(`/api/plugins/rollouts/${id}/resume`)).status, 200);
  const rest = await ended(id);
  assert.equal(rest.state, "done");
  assert.deepEqual(rest.failures, []);
  assert.equal(on("1.2.0").length, all.length);
});

test("pause, resume, cancel; one rollout of a plugin at a time", async () => {
  let res, paused;
  // All may have moved before it is paused: then another one.
  for (let n = 0; n < 3 && (!paused || paused.status === 409); n++) {
    if (res) await ended(res.body.id);
    third = `1.3.${n}`;
    await offer(make(third));
    res = await begin(third, 100);
    paused = await sys.post(`/api/plugins/rollouts/${res.body.id}/pause`);
  }
  assert.equal(paused.status, 200);
  assert.equal(paused.body.state, "paused");
  const second = await begin(third, 50);
  assert.equal(second.status, 409);
  assert.match(second.body.detail, /Another rollout/);
  const n = on(third).length;
  assert.ok(n < all.length);
  assert.equal((await sys.post(`/api/plugins/rollouts/${res.body.id}/resume`)).status, 200);
  const end = await ended(res.body.id);
  assert.equal(end.state, "done");
  assert.equal(on(third).length, all.length);
  assert.equal((await sys.post(`/api/plugins/rollouts/${res.body.id}/cancel`)).status, 409);
  assert.equal((await sys.get("/api/plugins/rollouts")).body.items[0].id, res.body.id);
});

test("what a version takes away waits until nobody is on an older one", async () => {
  const before_ = on(third);
  await offer(make("1.4.0", sql("003-text.sql", "ALTER TABLE x_versions.things ADD COLUMN body text;"),
    sql("003-text.tenant.sql", "UPDATE x_versions.things SET body = note;"),
    sql("004-note.contract.sql", "ALTER TABLE x_versions.things ALTER COLUMN note DROP NOT NULL;")));
  assert.ok((await ended((await begin("1.4.0", 50)).body.id)).done > 0);
  const some = on("1.4.0").length;
  const early = await sys.post(`/api/plugins/catalog/${KEY}/1.4.0/finish`, undefined, { deadline: 60000 });
  assert.equal(early.status, 409, early.text);
  assert.match(early.body.detail, new RegExp(`\\b${before_.length - some}\\b`));
  await ended((await begin("1.4.0", 100)).body.id);
  const admin = await login("Admin");
  const mine = async () => (await admin.get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === KEY);
  assert.equal((await mine()).canRollback, true);
  const res = await sys.post(`/api/plugins/catalog/${KEY}/1.4.0/finish`, undefined, { deadline: 60000 });
  assert.equal(res.status, 200, res.text);
  assert.equal((await mine()).canRollback, false);
  const back = await admin.post(`/api/plugins/installations/${(await mine()).id}/rollback`);
  assert.equal(back.status, 409, back.text);
  assert.equal(psql("select count(*) from x_versions.things where body = 'abcd'")[0][0], "1");
});

test("or for contract_hours, and then runs automatically", async () => {
  await offer(make("1.5.0", sql("003-text.sql", "ALTER TABLE x_versions.things ADD COLUMN body text;"),
    sql("003-text.tenant.sql", "UPDATE x_versions.things SET body = note;"),
    sql("004-note.contract.sql", "ALTER TABLE x_versions.things ALTER COLUMN note DROP NOT NULL;"),
    sql("005-gone.contract.sql", "ALTER TABLE x_versions.things DROP COLUMN note;")));
  await ended((await begin("1.5.0", 100)).body.id);
  const applied = () => psql("select 1 from mortise.plugin_migrations where plugin_key = 'versions' and name = '005-gone.contract.sql'").length;
  assert.equal(applied(), 0);
  psql("update mortise.installations set left_at = now() - interval '30 hours', installed_at = now() - interval '40 hours' where plugin_key = 'versions'");
  await until(applied, 90000, "the contract by itself");
});

test("the overview shows a system admin who has what", async () => {
  const res = await sys.get("/api/plugins/overview");
  assert.equal(res.status, 200, res.text);
  const mine = res.body.items.find((p) => p.pluginKey === KEY);
  assert.equal(mine.versions[0].version, "1.5.0");
  assert.equal(mine.versions[0].tenants, all.length);
  assert.equal(mine.versions[0].approved, true);
  assert.deepEqual(mine.tenants.map((t) => t.code), [...all].sort());
  assert.ok(mine.tenants.every((t) => t.version === "1.5.0" && t.state === "enabled"));
  assert.equal((await (await login("Admin")).get("/api/plugins/overview")).status, 403);
});

test("at the end nothing is left", async () => {
  await clear();
  await leftNothing(assert, start);
});
