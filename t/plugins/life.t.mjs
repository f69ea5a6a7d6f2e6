#!/usr/bin/env -S node --test-reporter=tap
// The life of time-clock by the API: upload, install, use, disable, enable, uninstall, in two tenants.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { anonymous, consenting, http, login, pack, psql, remove, status, tenants, until, varDir, token } from "../lib/mortise.mjs";
import { leftNothing, offer, pools, remake, reversion, traces, upload } from "./package.mjs";

const KEY = "time-clock";
let start, uploaded;

before(async () => {
  await remove(KEY);
  start = traces();
});
after(() => remove(KEY));

const events = async (client, type) => {
  const heads = (await client.get("/api/events")).body.heads;
  const channel = Object.keys(heads).find((c) => c.startsWith("t."));
  return { since: `${channel}:${heads[channel]}`, next: async () =>
    (await client.get(`/api/events?since=${channel}:${heads[channel]}`)).body.events.filter((e) => e.type === type) };
};
const install = (client, body = {}) => consenting(client, "/api/plugins/install", { pluginKey: KEY, ...body });

test("upload answers what the package is and what was checked", async () => {
  const res = await upload(pack(KEY));
  assert.equal(res.status, 201, res.text);
  uploaded = res.body;
  assert.equal(uploaded.key, KEY);
  assert.equal(uploaded.version, "1.0.0");
  assert.match(uploaded.sha256, /^[0-9a-f]{64}$/);
  assert.equal(uploaded.status, "core"); // one that came with Mortise
  assert.ok(uploaded.files.some((f) => f.path === "plugin.so" && f.size > 0 && /^[0-9a-f]{64}$/.test(f.sha256)));
  assert.ok(uploaded.checks.length >= 6 && uploaded.checks.every((c) => c.ok && c.name && c.detail));
});

test("the same bytes again are the same package", async () => {
  const res = await upload(pack(KEY));
  assert.equal(res.status, 200);
  assert.deepEqual(res.body, uploaded);
});

test("the same version with other bytes is a conflict", async () => {
  const res = await upload(remake(KEY, ({ files }) => files.set("CHANGELOG.md", Buffer.from("x"))));
  assert.equal(res.status, 409);
  assert.match(res.body.detail, /new version/);
});

test("an upload alone makes no schema, role, file or pool", () => {
  const now = traces();
  for (const what of ["schemas", "roles", "store", "assets", "temporary", "sockets"]) assert.deepEqual(now[what], start[what]);
});

test("open pages fetch interfaces anew when an administrator asks for it", async () => {
  const admin = await login("Admin"), { next } = await events(admin, "PluginsReloaded");
  assert.equal((await (await login("Technician")).post("/api/plugins/reload", {})).status, 403);
  const unknown = await admin.post("/api/plugins/reload", { pluginKey: "nobody" });
  assert.equal(unknown.status, 422);
  assert.equal(unknown.body.errors[0].pointer, "/pluginKey");
  for (const pluginKey of [undefined, null]) assert.equal((await admin.post("/api/plugins/reload", { pluginKey })).status, 204);
  assert.deepEqual((await next()).map((e) => e.data.pluginKey), [null, null]);
});

test("only a system admin uploads and deletes, only admins manage", async () => {
  for (const role of ["Admin", "Dispatcher", "Technician"]) {
    const c = await login(role);
    assert.equal((await c.upload("/api/plugins/upload", pack(KEY))).status, 403);
    assert.equal((await c.del(`/api/plugins/catalog/${KEY}`)).status, 403);
  }
  for (const role of ["Dispatcher", "Technician"]) {
    const c = await login(role);
    assert.equal((await install(c)).status, 403);
    assert.equal((await c.get("/api/plugins/catalog")).status, 403);
  }
  assert.equal((await install(anonymous)).status, 401);
  assert.equal((await anonymous.get("/api/plugins/installations")).status, 401);
  assert.equal((await install(await login("Admin"), { tenant: tenants()[1] })).status, 403);
});

test("a tenant's admin can't install before a system admin approved it with its permissions", async () => {
  const admin = await login("Admin");
  const early = await admin.post("/api/plugins/install", { pluginKey: KEY });
  assert.equal(early.status, 409);
  assert.match(early.body.type, /approval-required$/);
  const path = `/api/plugins/catalog/${KEY}/1.0.0/approve`;
  assert.equal((await admin.post(path, {})).status, 403);
  const sys = await login("SystemAdmin");
  for (const permissions of [undefined, [], ["tickets:read"], [...uploaded.permissions, "storage"]]) {
    const res = await sys.post(path, { permissions });
    assert.equal(res.status, 409, res.text);
    assert.match(res.body.type, /consent-required$/);
    assert.deepEqual(res.body.permissions, uploaded.permissions);
  }
  assert.equal((await sys.post(`/api/plugins/catalog/${KEY}/9.9.9/approve`, {})).status, 404);
  const res = await sys.post(path, { permissions: [...uploaded.permissions].reverse() });
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.approved, true);
  assert.equal((await sys.post(path, {})).status, 200); // it is already
});

test("an admin confirms exactly the permissions that the plugin requests", async () => {
  const admin = await login("Admin");
  for (const permissions of [undefined, [], ["tickets:read"], [...uploaded.permissions, "storage"], [1]]) {
    const res = await admin.post("/api/plugins/install", { pluginKey: KEY, permissions });
    assert.equal(res.status, 409, res.text);
    assert.match(res.body.type, /consent-required$/);
    assert.deepEqual(res.body.permissions, uploaded.permissions);
  }
  assert.equal((await admin.post("/api/plugins/install", { pluginKey: KEY, permissions: "all" })).status, 422);
});

test("install brings state, bundle and tab, and an event", async () => {
  const admin = await login("Admin");
  const seen = await events(admin, "PluginInstalled");
  const res = await install(admin);
  assert.equal(res.status, 201, res.text);
  const i = res.body;
  assert.equal(res.headers.location, `/api/plugins/installations/${i.id}`);
  assert.deepEqual([i.state, i.status, i.trust.status], ["enabled", "installed", "core"]);
  assert.equal(i.pluginKey, KEY);
  assert.deepEqual(i.permissions, uploaded.permissions);
  assert.match(i.ui.integrity, /^sha(256|384|512)-/);
  assert.ok(i.ui.slots.some((s) => s.slotId === "ticket.tabs" && s.renderType === "tab" && s.props.label === "Time Clock"));
  assert.equal(i.reportComponents[0].endpoint, "/report");
  assert.deepEqual((await seen.next()).map((e) => e.data), [{ pluginKey: KEY, displayName: "Time Clock", installationId: i.id, byUserId: admin.who.id }]);
  const bundle = await http("GET", i.ui.bundleUrl);
  assert.equal(bundle.status, 200);
  assert.match(bundle.headers["cache-control"], /immutable/);
  assert.equal((await http("GET", i.icon)).status, 200);
});

test("the bundle matches its integrity hash", async () => {
  const { createHash } = await import("node:crypto");
  const [i] = (await (await login("Technician")).get("/api/plugins/installations")).body.items;
  const [algorithm, hash] = i.ui.integrity.split(/-(.*)/);
  const bundle = await http("GET", i.ui.bundleUrl);
  assert.equal(createHash(algorithm).update(bundle.bytes).digest("base64"), hash);
});

test("the catalogue and what is installed answer at their short addresses, too", async () => {
  const c = await login("Technician");
  const [i] = (await c.get("/api/plugins/installed")).body.items;
  assert.deepEqual([i.status, i.errorMessage, i.metadata.category, i.metadata.installationType],
    ["installed", null, "productivity", "tenant_scoped"]);
  const [offer] = (await c.get("/api/plugins")).body.items.filter((p) => p.key === KEY);
  assert.equal(offer.installed.id, i.id);
});

test("libraries and migrations are not served to browsers", async () => {
  for (const f of ["plugin.so", "manifest.json", "migrations/001-entries.sql", "../store", ""])
    assert.notEqual((await http("GET", `/plugin-assets/${uploaded.sha256}/${f}`)).status, 200, f);
});

test("its routes answer, once installed, in this tenant only", async () => {
  assert.equal((await (await login("Dispatcher")).get(`/api/plugins/${KEY}/report`)).status, 200);
  assert.equal((await (await login("Dispatcher", 1)).get(`/api/plugins/${KEY}/report`)).status, 404);
  assert.deepEqual((await (await login("Admin", 1)).get("/api/plugins/installations")).body.items, []);
});

test("a second install is a conflict", async () => {
  const res = await install(await login("Admin"));
  assert.equal(res.status, 409);
  assert.match(res.body.detail, /already installed/);
});

test("what is installed can't be deleted from the catalogue", async () => {
  const sys = await login("SystemAdmin");
  assert.equal((await sys.del(`/api/plugins/catalog/${KEY}`)).status, 409);
  const mine = (await sys.get("/api/plugins/catalog")).body.items.find((p) => p.key === KEY);
  assert.equal(mine.installation.state, "enabled");
});

test("another tenant's admin can't touch or see the installation", async () => {
  const [mine] = (await (await login("Admin")).get("/api/plugins/installations")).body.items;
  const other = await login("Admin", 1);
  for (const [method, path] of [["GET", ""], ["POST", "/enable"], ["POST", "/disable"], ["DELETE", ""]])
    assert.equal((await other.request(method, `/api/plugins/installations/${mine.id}${path}`)).status, 404);
  assert.equal((await other.get("/api/plugins/installations/nonsense")).status, 404);
});

test("disabled, it answers 403 and its processes end; enabled again it works", async () => {
  const admin = await login("Admin");
  const [i] = (await admin.get("/api/plugins/installations")).body.items;
  const seen = await events(admin, "PluginDisabled");
  for (let n = 0; n < 2; n++) {
    const off = await admin.post(`/api/plugins/installations/${i.id}/disable`);
    assert.equal(off.status, 200);
    assert.equal(off.body.state, "disabled");
  }
  assert.equal((await seen.next()).length, 1); // the second time nothing happened
  const res = await admin.get(`/api/plugins/${KEY}/report`);
  assert.equal(res.status, 403);
  assert.equal(res.body.detail, "The plugin is disabled; an administrator can enable it");
  await until(() => pools(KEY).length === 0);
  for (let n = 0; n < 2; n++) {
    const on = await admin.post(`/api/plugins/installations/${i.id}/enable`);
    assert.equal(on.status, 200, on.text);
    assert.equal(on.body.state, "enabled");
  }
  assert.equal((await admin.get(`/api/plugins/${KEY}/report`)).status, 200);
});

test("on and off quickly never leaves it half way", async () => {
  const admin = await login("Admin");
  const [i] = (await admin.get("/api/plugins/installations")).body.items;
  for (let n = 0; n < 8; n++) {
    assert.equal((await admin.post(`/api/plugins/installations/${i.id}/disable`)).status, 200);
    const on = await admin.post(`/api/plugins/installations/${i.id}/enable`);
    assert.equal(on.status, 200, on.text);
    assert.equal((await admin.get(`/api/plugins/${KEY}/report`)).status, 200);
  }
});

test("a system admin installs for another tenant; both share tables, not rows", async () => {
  assert.equal((await install(await login("SystemAdmin"), { tenant: tenants()[1] })).status, 403, "not from a company's page");
  const sys = await token("SystemAdmin");
  assert.equal((await install(sys, { tenant: "nobody" })).status, 422);
  const res = await install(sys, { tenant: tenants()[1] });
  assert.equal(res.status, 201, res.text);
  for (const tenant of [0, 1]) {
    const tech = await login("Technician", tenant);
    const ticket = (await tech.get("/api/tickets?limit=1")).body.items[0];
    const me = (await tech.get("/api/me")).body.id;
    const clock = await tech.post(`/api/plugins/${KEY}/clock-in`, { technicianId: me, ticketId: ticket.id });
    assert.ok(clock.status < 300, clock.text);
  }
  const rows = psql("select tenant_id, count(*) from x_time_clock.time_clock_entries group by 1 order by 1");
  assert.equal(rows.length, 2);
});

test("uninstall takes one tenant's rows and leaves the other's", async () => {
  const admin = await login("Admin");
  const [i] = (await admin.get("/api/plugins/installations")).body.items;
  const seen = await events(admin, "PluginUninstalled");
  assert.equal((await admin.del(`/api/plugins/installations/${i.id}`)).status, 204);
  assert.equal((await admin.del(`/api/plugins/installations/${i.id}`)).status, 404);
  assert.equal((await seen.next())[0].data.installationId, i.id);
  const tenant = psql(`select id from mortise.tenants where code = '${tenants()[0]}'`)[0][0];
  assert.equal(psql(`select count(*) from x_time_clock.time_clock_entries where tenant_id = ${tenant}`)[0][0], "0");
  assert.equal(psql("select count(*) from x_time_clock.time_clock_entries")[0][0], "1");
  assert.equal((await (await login("Technician", 1)).get(`/api/plugins/${KEY}/report`)).status !== 404, true);
  assert.equal((await admin.get(`/api/plugins/${KEY}/report`)).status, 404);
});

test("a newer version that nobody approved is nobody's", async () => {
  const sys = await login("SystemAdmin");
  const admin = await login("Admin");
  const next = reversion(KEY, "1.0.1", ({ files }) =>
    files.set("migrations/002-more.sql", Buffer.from("CREATE TABLE x_time_clock.more (tenant_id int NOT NULL);")));
  const up = await sys.upload("/api/plugins/upload", next);
  assert.equal(up.status, 201, up.text);
  const early = await install(admin, { version: "1.0.1" });
  assert.equal(early.status, 409);
  assert.match(early.body.type, /approval-required$/);
  const res = await install(admin);
  assert.equal(res.status, 201, res.text);
  assert.equal(res.body.version, "1.0.0");
  assert.equal(psql("select count(*) from pg_tables where schemaname = 'x_time_clock'")[0][0], "1");
  assert.equal((await install(await login("Admin", 1), { version: "9.9.9" })).status, 404);
  assert.equal((await admin.del(`/api/plugins/installations/${res.body.id}`)).status, 204);
  assert.equal((await sys.del(`/api/plugins/catalog/${KEY}/1.0.1`)).status, 204);
});

test("the last tenant's uninstall and the catalogue's delete leave nothing", async () => {
  const admin = await login("Admin", 1);
  const [i] = (await admin.get("/api/plugins/installations")).body.items;
  assert.equal((await admin.del(`/api/plugins/installations/${i.id}`)).status, 204);
  assert.ok(!existsSync(join(varDir, "store", uploaded.sha256)));
  assert.ok(!existsSync(join(varDir, "assets", uploaded.sha256)));
  assert.equal(psql("select count(*) from pg_roles where rolname ~ 'time_clock'")[0][0], "0");
  assert.equal((await (await login("SystemAdmin")).del(`/api/plugins/catalog/${KEY}`)).status, 204);
  assert.equal((await (await login("SystemAdmin")).del(`/api/plugins/catalog/${KEY}`)).status, 404);
  await leftNothing(assert, start);
});

test("installed but not enabled, it waits", async () => {
  await offer(pack(KEY));
  const admin = await login("Admin");
  const res = await install(admin, { enable: false });
  assert.equal(res.status, 201, res.text);
  assert.equal(res.body.state, "disabled");
  assert.equal((await admin.get(`/api/plugins/${KEY}/report`)).status, 403);
  assert.equal((await admin.post(`/api/plugins/installations/${res.body.id}/enable`)).body.state, "enabled");
  await remove(KEY);
  await leftNothing(assert, start);
});

