#!/usr/bin/env -S node --test-reporter=tap
// Roles and permissions: what the core's roles have, what plugins bring, who gives and takes it, and that
// a change holds from the next request on. And that each of the three places which enforce permissions
// (the api pool, the plugin's database role, its sandbox) refuses on its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { anonymous, consenting, install, login, psql, remove, status, until } from "../lib/mortise.mjs";
import { offer, remake, reversion } from "../plugins/package.mjs";

const KEY = "time-clock";
const at = (below) => `/api/plugins/${KEY}${below}`;
const CLOCK = `${KEY}:clock`;
const MANAGE = `${KEY}:manage`;
let admin, dispatcher, tech, sys, foreign, foreignAdmin, installation;

before(async () => {
  await remove(KEY);
  ({ admin, sys, installation } = await install(KEY, 0));
  await install(KEY, 1);
  [dispatcher, tech] = [await login("Dispatcher"), await login("Technician")];
  [foreign, foreignAdmin] = [await login("Technician", 1), await login("Admin", 1)];
});
after(() => remove(KEY));

function problem(res, code, type) {
  assert.equal(res.status, code, res.text);
  assert.match(res.headers["content-type"], /^application\/problem\+json/);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
  return res.body;
}
const pointers = (res) => problem(res, 422).errors.map((e) => e.pointer);
const put = (who, role, grant, revoke) => who.put(`/api/roles/${role}/permissions`, { grant, revoke });
const mine = async (who) => (await who.get("/api/me")).body.permissions;
const roles = async (who = admin) => {
  const res = await who.get("/api/roles");
  assert.equal(res.status, 200, res.text);
  return Object.fromEntries(res.body.items.map((r) => [r.role, Object.fromEntries(r.permissions.map((p) => [p.name, p]))]));
};
const having = async (permission, who = admin) => {
  const all = await roles(who);
  return Object.keys(all).filter((r) => all[r][permission]?.granted);
};
const events = () =>
  psql(`select payload->>'role', payload->'grant', payload->'revoke', payload->>'byUserId' from mortise.events
    where channel = 't.${admin.who.tenantId}' and type = 'RolesChanged' order by seq`);

test("roles are for administrators", async () => {
  problem(await anonymous.get("/api/roles"), 401);
  for (const who of [tech, dispatcher]) {
    problem(await who.get("/api/roles"), 403);
    problem(await put(who, "Technician", [MANAGE]), 403);
    for (const below of ["", "/history"]) problem(await who.get(`/api/roles/Technician${below}`), 403);
  }
  assert.equal((await sys.get("/api/roles")).status, 200);
});

test("the core's permissions are told and fixed, and say what /api/me says", async () => {
  const all = await roles();
  assert.deepEqual(Object.keys(all), ["Technician", "Dispatcher", "Admin", "SystemAdmin"]);
  for (const [who, role] of [[tech, "Technician"], [dispatcher, "Dispatcher"], [admin, "Admin"], [sys, "SystemAdmin"]]) {
    const core = Object.values(all[role]).filter((p) => p.source === "core");
    assert.ok(core.length >= 9);
    for (const p of core) assert.deepEqual([p.fixed, p.enabled, p.label.length > 3], [true, true, true]);
    const own = await mine(who);
    // What reaches beyond the company a role has, but no session of a company's page.
    const wanted = core.filter((p) => p.granted && !["plugins:upload", "tenants:manage", "mail:manage"].includes(p.name)).map((p) => p.name);
    assert.deepEqual(own.filter((n) => !n.startsWith(KEY)), wanted);
  }
});

test("what a plugin brings is there for its default roles", async () => {
  assert.deepEqual(await having(CLOCK), ["Technician", "Dispatcher", "Admin", "SystemAdmin"]);
  assert.deepEqual(await having(MANAGE), ["Dispatcher", "Admin", "SystemAdmin"]);
  const one = (await roles()).Technician[MANAGE];
  assert.deepEqual({ ...one, label: "", description: "" }, {
    name: MANAGE, label: "", description: "", source: KEY, sourceName: "Time Clock", enabled: true, granted: false, fixed: false,
  });
  assert.ok(one.label && one.description);
  assert.equal((await roles()).SystemAdmin[MANAGE].fixed, true);
  assert.deepEqual((await mine(tech)).filter((n) => n.startsWith(KEY)), [CLOCK]);
  assert.deepEqual((await mine(dispatcher)).filter((n) => n.startsWith(KEY)), [CLOCK, MANAGE]);
});

test("what is taken is gone with the next request, what is given there", async () => {
  const before = events().length;
  assert.equal((await tech.get(at("/status/me"))).status, 200); // its identity is in the cache now
  const res = await put(admin, "Technician", [MANAGE], [CLOCK]);
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.role, "Technician");
  const own = res.body.permissions.filter((p) => p.source === KEY).map((p) => [p.name, p.granted]);
  assert.deepEqual(own, [[CLOCK, false], [MANAGE, true]]);
  assert.match(problem(await tech.get(at("/status/me")), 403, "not-allowed").detail, /time-clock:clock/);
  assert.deepEqual((await mine(tech)).filter((n) => n.startsWith(KEY)), [MANAGE]);
  assert.equal((await sys.get(at("/status/me"))).status, 200);
  assert.deepEqual(events().slice(before), [["Technician", `["${MANAGE}"]`, `["${CLOCK}"]`, admin.who.id]]);
  assert.deepEqual((await admin.get("/api/roles/Technician")).body, res.body);
  const last = async (who) => (await who.get("/api/roles/Technician/history")).body.items.at(-1);
  const { userId, changes } = await last(admin);
  assert.deepEqual([userId, changes], [admin.who.id, { permissions: [[CLOCK], [MANAGE]] }]);
  assert.notEqual((await last(foreignAdmin))?.userId, admin.who.id, "another company's history is its own");

  // Another company's roles are its own.
  assert.equal((await foreign.get(at("/status/me"))).status, 200);
  assert.deepEqual(await having(MANAGE, foreignAdmin), ["Dispatcher", "Admin", "SystemAdmin"]);

  assert.equal((await put(admin, "Technician", [CLOCK])).status, 200);
  assert.equal((await tech.get(at("/status/me"))).status, 200);
  const ticket = (await tech.get("/api/tickets?limit=1")).body.items[0].id;
  const other = dispatcher.who.id;
  assert.equal((await tech.post(at("/clock-in"), { ticketId: ticket, technicianId: other })).status, 201, "manage reaches the plugin");
  assert.equal((await put(admin, "Technician", [], [MANAGE])).status, 200);
  problem(await tech.post(at("/clock-out"), { technicianId: other }), 403);
  assert.equal((await dispatcher.post(at("/clock-out"), {})).status, 200);
  assert.equal(events().length, before + 3);
  assert.equal((await put(admin, "Technician", [CLOCK], [MANAGE])).status, 200);
  assert.equal(events().length, before + 3, "nothing changed, nothing is told");
});

test("every wrong field is named, and nothing is changed", async () => {
  const was = await roles();
  assert.deepEqual(pointers(await put(admin, "Technician", ["tickets:read", 7, null, MANAGE], [MANAGE, "plugins:upload"])),
    ["/grant/0", "/grant/1", "/grant/2", "/revoke/0", "/revoke/1"]);
  assert.deepEqual(pointers(await put(admin, "Technician", [MANAGE, "time-clock:none", "none:clock", "clock"], ["' or 1=1 --", ""])),
    ["/grant/1", "/grant/2", "/grant/3", "/revoke/0", "/revoke/1"]);
  assert.deepEqual(pointers(await put(admin, "Technician", MANAGE, {})), ["/grant", "/revoke"]);
  assert.deepEqual(pointers(await admin.put("/api/roles/Technician/permissions", { grant: [], tenantId: 2 })), ["/tenantId"]);
  assert.deepEqual(pointers(await put(admin, "Technician", Array(501).fill(MANAGE))), ["/grant"]);
  for (const role of ["technician", "Nobody", "Admin%00", "Technician%20", "%27"]) problem(await put(admin, role, [MANAGE]), role.includes("%00") ? 400 : 404);
  problem(await put(admin, "SystemAdmin", [], [MANAGE]), 409, "fixed-role");
  problem(await admin.request("PUT", "/api/roles/Technician/permissions", { raw: "{", headers: { "Content-Type": "application/json" } }), 400);
  problem(await admin.request("PUT", "/api/roles/Technician/permissions", { raw: `{"grant":["${"x".repeat(70000)}"]}`, headers: { "Content-Type": "application/json" } }), 413);
  problem(await admin.request("PUT", "/api/roles/Technician/permissions", { body: { grant: [MANAGE] }, headers: { Origin: "http://evil.example" } }), 403, "foreign-origin");
  assert.deepEqual(await roles(), was);
});

test("two administrators at once: each answer is true, none waits for the other for ever", async () => {
  const names = [CLOCK, MANAGE];
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    put(i % 3 ? admin : sys, "Dispatcher", i % 2 ? names : [], i % 2 ? [] : [...names].reverse())));
  for (const r of all) assert.equal(r.status, 200, r.text);
  const now = (await roles()).Dispatcher;
  assert.equal(now[CLOCK].granted, now[MANAGE].granted, "one of the changes as a whole");
  assert.equal((await put(admin, "Dispatcher", names)).status, 200);
});

test("of a plugin that is off they are shown and marked, and allow nothing", async () => {
  assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/disable`)).status, 200);
  try {
    assert.equal((await roles()).Technician[CLOCK].enabled, false);
    assert.deepEqual((await mine(admin)).filter((n) => n.startsWith(KEY)), []);
    assert.equal((await put(admin, "Technician", [MANAGE])).status, 200, "it can be decided meanwhile");
  } finally {
    assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/enable`)).status, 200);
  }
  assert.deepEqual((await mine(tech)).filter((n) => n.startsWith(KEY)), [CLOCK, MANAGE]);
  assert.equal((await put(admin, "Technician", [], [MANAGE])).status, 200);
});

test("an upgrade adds what is new and keeps what was changed, a rollback loses nothing", async () => {
  assert.equal((await put(admin, "Technician", [MANAGE], [CLOCK])).status, 200);
  const next = reversion(KEY, "1.0.9", ({ manifest }) => {
    manifest.definesPermissions = [
      { ...manifest.definesPermissions[0], label: "Use the clock" },
      { name: "approve", label: "Approve hours", defaultRoles: ["Dispatcher"] },
    ];
  });
  const up = await offer(next);
  assert.ok([200, 201].includes(up.status), up.text);
  const move = (what, body = {}) => consenting(admin, `/api/plugins/installations/${installation.id}/${what}`, body);
  try {
    assert.equal((await move("upgrade", { version: "1.0.9" })).status, 200);
    assert.deepEqual(await having(CLOCK), ["Dispatcher", "Admin", "SystemAdmin"]);
    assert.deepEqual(await having(`${KEY}:approve`), ["Dispatcher", "SystemAdmin"]);
    assert.equal((await roles()).Admin[CLOCK].label, "Use the clock");
    assert.equal((await roles()).Admin[MANAGE], undefined, "1.0.9 has no such permission");
    assert.deepEqual((await mine(tech)).filter((n) => n.startsWith(KEY)), []);
    assert.equal((await put(admin, "Technician", [`${KEY}:approve`])).status, 200);
    assert.equal((await move("rollback")).status, 200);
    assert.deepEqual(await having(MANAGE), ["Technician", "Dispatcher", "Admin", "SystemAdmin"]);
    assert.deepEqual(await having(CLOCK), ["Dispatcher", "Admin", "SystemAdmin"]);
    assert.deepEqual(pointers(await put(admin, "Technician", [`${KEY}:approve`])), ["/grant/0"]);
  } finally {
    if ((await admin.get(`/api/plugins/installations/${installation.id}`)).body.version !== "1.0.0") await move("rollback");
  }
  assert.equal((await put(admin, "Technician", [CLOCK], [MANAGE])).status, 200);
});

test("uninstalled, they are gone from this company and stay in the other; after the last one altogether", async () => {
  const rows = () => psql(`select tenant_id, count(*) from mortise.role_permissions where plugin_key = '${KEY}' group by 1 order by 1`);
  assert.equal(rows().length, 2);
  assert.equal((await admin.del(`/api/plugins/installations/${installation.id}`)).status, 204);
  assert.deepEqual(rows().map((r) => r[0]), [String(foreignAdmin.who.tenantId)]);
  assert.equal((await roles()).Admin[CLOCK], undefined);
  assert.deepEqual((await mine(sys)).filter((n) => n.startsWith(KEY)), []);
  assert.equal((await roles(foreignAdmin)).Admin[CLOCK].granted, true);
  await remove(KEY);
  assert.deepEqual(rows(), []);
  assert.deepEqual(psql(`select name from mortise.plugin_permissions where plugin_key = '${KEY}'`), []);
});

// --- three places -----------------------------------------------------------------------------------

const workers = (key) => status().pools.filter((p) => p.name.startsWith(`${key}@`)).flatMap((p) => p.workers);

/** Installs a changed package, does something with it, takes it away. */
async function installed(key, bytes, fn) {
  const up = await offer(bytes);
  assert.ok([200, 201].includes(up.status), up.text);
  const res = await consenting(admin, "/api/plugins/install", { pluginKey: key });
  assert.equal(res.status, 201, res.text);
  try {
    await fn(res.body);
  } finally {
    await remove(key);
  }
}

test("the api pool refuses on its own: the plugin is not even started", () =>
  installed(KEY, remake(KEY, () => {}), async () => {
    assert.equal((await put(admin, "Technician", [], [CLOCK])).status, 200);
    for (const w of workers(KEY)) process.kill(w.pid, "SIGTERM");
    await until(() => workers(KEY).length === 0, 30000, "no worker");
    problem(await tech.get(at("/report")), 403, "not-allowed");
    problem(await tech.post(at("/clock-in"), {}), 403, "not-allowed");
    for (const path of ["/undeclared", "/report/x", "/status"]) problem(await sys.get(at(path)), 404);
    problem(await sys.del(at("/report")), 405);
    assert.equal(workers(KEY).length, 0, "none of these started it");
    assert.equal((await sys.get(at("/report"))).status, 200);
    assert.equal(workers(KEY).length, 1, "a call that is allowed does");
  }));

test("the database refuses on its own: what wasn't asked for isn't granted", () =>
  installed(KEY, remake(KEY, ({ manifest }) => (manifest.permissions = ["tickets:read", "notifications:send"])), async () => {
    const ticket = (await tech.get("/api/tickets?limit=1")).body.items[0].id;
    const res = await tech.post(at("/clock-in"), { ticketId: ticket });
    assert.doesNotMatch(problem(res, 403).detail, /time-clock/, "the api pool let it pass");
    assert.equal((await tech.get(at(`/ticket-summary/${ticket}`))).status, 200, "what was asked for is");
    assert.deepEqual(psql(`select has_column_privilege('p_time_clock', 'mortise.users', 'name', 'select'),
      has_column_privilege('p_time_clock', 'mortise.tickets', 'title', 'select')`), [["f", "t"]]);
  }));

test("the sandbox refuses on its own: whatever is declared and confirmed", async () => {
  const asked = ["tickets:read", "users:read"];
  await installed("evil", remake("evil", ({ manifest }) => (manifest.permissions = asked)), async (made) => {
    assert.deepEqual(made.permissions, asked);
    const res = await tech.get("/api/plugins/evil/try");
    assert.equal(res.status, 200, res.text);
    assert.deepEqual(res.body.worked, []);
  });
});
