#!/usr/bin/env -S node --test-reporter=tap
// Roles that a company makes for itself: made, named, copied, given permissions, given to people, deleted; who may do
// that; that a company keeps an administrator whatever two of them do at once; and who can do what, and why.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { anonymous, Client, http, install, leaseOver, login, psql, remove, until, url } from "../lib/mortise.mjs";
import { good, passwordOf, refused, removeCompanies } from "../lib/people.mjs";

const CODE = `roles-${process.pid}`;
const at = (name) => `${name}@${CODE}.example`;
const KEY = "time-clock";
const [CLOCK, MANAGE] = [`${KEY}:clock`, `${KEY}:manage`];
const COMPANY = ["tickets:read", "tickets:read:own", "tickets:write", "tickets:write:own", "users:read", "users:write", "notifications:send", "stats:read", "plugins:manage", "roles:manage", "company:manage", "audit:read", "tokens:manage", "company:export", "teams:manage", "webhooks:manage"];
let boss, foreign;

/** Somebody new in the company, signed in; roles as the operator writes them. */
async function person(name, roles) {
  const password = passwordOf(good("user", "add", at(name), "--tenant", CODE, "--name", name, "--role", roles));
  const res = await http("POST", "/api/auth/login", { body: { email: at(name), password }, headers: { Origin: url } });
  assert.equal(res.status, 200, res.text);
  const client = new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url });
  client.id = res.body.user.id;
  return client;
}
before(async () => {
  good("tenant", "add", CODE, "Roles");
  boss = await person("boss", "Admin");
  foreign = await login("Admin", 0);
});
after(async () => {
  await remove(KEY);
  for (const { role, builtIn } of (await foreign.get("/api/roles")).body.items) if (!builtIn) await foreign.del(`/api/roles/${role}?reassign=Technician`);
  removeCompanies(CODE);
});

function problem(res, code, type) {
  assert.equal(res.status, code, res.text);
  assert.match(res.headers["content-type"], /^application\/problem\+json/);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
  return res.body;
}
const pointers = (res) => problem(res, 422).errors.map((e) => e.pointer);
async function make(label, more = {}, who = boss) {
  const res = await who.post("/api/roles", { label, ...more });
  assert.equal(res.status, 201, res.text);
  assert.equal(res.headers.location, `/api/roles/${res.body.role}`);
  return res.body;
}
const one = async (role, who = boss) => (await who.get(`/api/roles/${role}`)).body;
const permit = (who, role, grant, revoke = []) => who.put(`/api/roles/${role}/permissions`, { grant, revoke });
const held = (role) => role.permissions.filter((p) => p.granted).map((p) => p.name);
const give = (who, id, roles) => who.patch(`/api/users/${id}`, { roles });
const mine = async (who) => (await who.get("/api/me")).body;

test("made empty or as a copy, renamed, described, deleted", async () => {
  const empty = await make("  Night   shift ", { description: "Weekends" });
  assert.match(empty.role, /^r[0-9a-f]{12}$/);
  assert.deepEqual([empty.label, empty.description, empty.builtIn, empty.version, held(empty)], ["Night shift", "Weekends", false, 1, []]);
  assert.deepEqual(empty.permissions.filter((p) => p.fixed).map((p) => p.name), ["plugins:upload", "tenants:manage", "mail:manage"], "what reaches beyond the company");
  const copy = await make("Desk", { copyOf: "Dispatcher" });
  assert.deepEqual(held(copy), held(await one("Dispatcher")));
  assert.deepEqual(held(await make("Copy of the copy", { copyOf: copy.role })), held(copy));
  const list = (await boss.get("/api/roles")).body.items;
  assert.deepEqual(list.map((r) => r.label), ["Technician", "Dispatcher", "Admin", "System admin", "Copy of the copy", "Desk", "Night shift"], "the built-in ones first");
  assert.deepEqual(list.filter((r) => r.builtIn).map((r) => r.version), [null, null, null, null]);

  const path = `/api/roles/${copy.role}`;
  const res = await boss.patch(path, { label: "desk", description: "Calls" });
  assert.deepEqual([res.status, res.body.label, res.body.description, res.body.version, res.headers.etag], [200, "desk", "Calls", 2, '"2"']);
  assert.equal((await boss.patch(path, { description: null })).body.description, null);
  assert.equal((await boss.patch(path, {})).body.version, 3, "nothing to change");
  for (const [method, body] of [["PATCH", { label: "Old" }], ["DELETE", undefined]])
    problem(await boss.request(method, path, { body, headers: { "If-Match": '"2"' } }), 409, "version-conflict");
  problem(await boss.request("PUT", `${path}/permissions`, { body: { grant: ["stats:read"] }, headers: { "If-Match": '"2"' } }), 409, "version-conflict");
  assert.equal((await boss.request("PATCH", path, { body: { label: "Desk" }, headers: { "If-Match": '"3"' } })).status, 200);
  const changes = (await boss.get(`${path}/history`)).body.items.map((h) => h.changes);
  assert.deepEqual(changes[1], { label: ["Desk", "desk"], description: [null, "Calls"] });
  assert.equal((await boss.del(path)).status, 204);
  problem(await boss.get(path), 404);
  problem(await boss.del(path), 404);
  const [type, gone] = psql(`select type, payload->>'role' from mortise.events where channel = 't.${(await mine(boss)).tenantId}' order by seq desc limit 1`)[0];
  assert.deepEqual([type, gone], ["RolesChanged", copy.role]);
  assert.deepEqual(Object.values((await mine(boss)).roleNames), ["Copy of the copy", "Night shift"]);
});

test("wrong, missing and hostile values", async () => {
  const { role } = await make("Values");
  const path = `/api/roles/${role}`;
  assert.deepEqual(pointers(await boss.post("/api/roles", {})), ["/label"]);
  for (const label of ["", "   ", "a,b", "x".repeat(61), "two\nlines", "\u0000", 7, null, ["x"]]) {
    assert.deepEqual(pointers(await boss.post("/api/roles", { label })), ["/label"], JSON.stringify(label));
    assert.deepEqual(pointers(await boss.patch(path, { label })), ["/label"], JSON.stringify(label));
  }
  for (const label of ["values", " VALUES ", "technician", "SystemAdmin", "system  admin"]) assert.deepEqual(pointers(await boss.post("/api/roles", { label })), ["/label"], label);
  assert.equal((await boss.patch(path, { label: "VALUES" })).status, 200, "its own name in other letters");
  const hostile = "'; drop table custom_roles --<b>\"";
  assert.equal((await boss.patch(path, { label: hostile, description: hostile })).body.label, hostile);
  for (const copyOf of ["SystemAdmin", "Nobody", "rffffffffffff", "' or 1=1 --", ""]) assert.deepEqual(pointers(await boss.post("/api/roles", { label: "C", copyOf })), ["/copyOf"], copyOf);
  assert.deepEqual(pointers(await boss.post("/api/roles", { label: "C", permissions: ["roles:manage"], builtIn: true, role: "Admin" })).sort(), ["/builtIn", "/permissions", "/role"]);
  assert.deepEqual(pointers(await permit(boss, role, ["tenants:manage", "plugins:upload", "none:none", 7], ["' or 1=1"])), ["/grant/0", "/grant/1", "/grant/3"]);
  assert.deepEqual(pointers(await permit(boss, role, ["tickets:read", "none:none"], ["' or 1=1"])), ["/grant/1", "/revoke/0"]);
  assert.deepEqual(held(await one(role)), [], "nothing of it was given");
  for (const built of ["Technician", "Admin", "SystemAdmin"]) {
    problem(await boss.patch(`/api/roles/${built}`, { label: "X" }), 409, "fixed-role");
    problem(await boss.del(`/api/roles/${built}?reassign=Technician`), 409, "fixed-role");
  }
  for (const id of ["rffffffffffff", "r", "R0123456789AB", "r0123456789ab%27", "nobody"]) {
    problem(await boss.patch(`/api/roles/${id}`, { label: "X" }), 404);
    problem(await boss.del(`/api/roles/${id}`), 404);
    problem(await permit(boss, id, ["tickets:read"]), 404);
  }
  const ann = await person("ann", "Technician");
  assert.deepEqual(pointers(await give(boss, ann.id, ["Technician", "rffffffffffff", "King"])), ["/roles/1", "/roles/2"]);
  assert.deepEqual(pointers(await give(boss, ann.id, ["Technician", 7])), ["/roles/1"]);
  assert.deepEqual(pointers(await give(boss, ann.id, Array(9).fill("Technician"))), ["/roles"]);
  assert.deepEqual(pointers(await boss.post("/api/users", { name: "X", email: at("x"), roles: ["rffffffffffff"] })), ["/roles/0"]);
  for (const reassign of ["rffffffffffff", "SystemAdmin", role, "' or 1=1"]) assert.deepEqual(pointers(await boss.del(`${path}?reassign=${encodeURIComponent(reassign)}`)), ["?reassign"], reassign);
  assert.equal((await boss.del(path)).status, 204);
});

test("another company's roles aren't there", async () => {
  const theirs = await make("Theirs", {}, foreign);
  const { role } = await make("Theirs");
  for (const res of [await boss.get(`/api/roles/${theirs.role}`), await boss.get(`/api/roles/${theirs.role}/history`), await boss.patch(`/api/roles/${theirs.role}`, { label: "Mine" }), await boss.del(`/api/roles/${theirs.role}`),
    await permit(boss, theirs.role, ["tickets:read"])]) problem(res, 404);
  assert.deepEqual(pointers(await boss.post("/api/roles", { label: "Mine", copyOf: theirs.role })), ["/copyOf"]);
  assert.deepEqual(pointers(await give(boss, boss.id, ["Admin", theirs.role])), ["/roles/1"]);
  assert.deepEqual(pointers(await boss.del(`/api/roles/${role}?reassign=${theirs.role}`)), ["?reassign"]);
  assert.deepEqual(pointers(await boss.post("/api/notifications/role", { role: theirs.role, title: "T", message: "M" })), ["/role"]);
  assert.equal((await one(theirs.role, foreign)).label, "Theirs");
  problem(await foreign.get(`/api/users/${boss.id}/permissions`), 404);
  refused(["user", "set-role", at("boss"), theirs.role], /There is no role/);
  assert.equal((await boss.del(`/api/roles/${role}`)).status, 204);
});

test("people have it, by page and by command; its permissions hold and go with it", async () => {
  const { role } = await make("Shift lead", { copyOf: "Technician" });
  const bob = await person("bob", "shift LEAD");
  assert.match(good("user", "list", "--tenant", CODE), /bob@.* Shift lead /);
  assert.deepEqual((await mine(bob)).roles, [role]);
  assert.deepEqual((await mine(bob)).permissions, ["tickets:read", "tickets:read:own", "tickets:write", "tickets:write:own", "users:read"]);
  problem(await bob.post("/api/notifications/role", { role, title: "T", message: "M" }), 403);
  assert.equal((await permit(boss, role, ["notifications:send"], ["tickets:write"])).status, 200);
  const sent = await bob.post("/api/notifications/role", { role, title: "T", message: "M" });
  assert.deepEqual([sent.status, sent.body.sentCount], [200, 1]);
  assert.equal((await bob.get("/api/notifications")).body.items[0].kind, "role");
  problem(await bob.post("/api/tickets", { title: "No" }), 403);
  assert.deepEqual((await boss.get(`/api/users?role=${role}`)).body.items.map((u) => u.id), [bob.id]);
  assert.equal((await give(boss, bob.id, ["Dispatcher", role])).status, 200);
  const many = problem(await boss.del(`/api/roles/${role}`), 409);
  assert.match(many.detail, /still has people \(1\)/);
  assert.equal((await boss.del(`/api/roles/${role}?reassign=Technician`)).status, 204);
  assert.deepEqual((await mine(bob)).roles, ["Technician", "Dispatcher"]);
  good("user", "set-role", at("bob"), "Technician");
});

test("plugins' permissions: a copy has them, an uninstall takes them, and after it the built-in roles alone have them", async () => {
  const { admin } = await install(KEY, 0);
  const copy = await make("Clock", { copyOf: "Dispatcher" }, admin);
  const plain = await make("No clock", {}, admin);
  const of = async ({ role }) => held(await one(role, admin)).filter((n) => n.startsWith(KEY));
  assert.deepEqual([await of(copy), await of(plain)], [[CLOCK, MANAGE], []]);
  assert.equal((await permit(admin, plain.role, [CLOCK])).status, 200);
  assert.equal((await permit(admin, copy.role, [], [MANAGE])).status, 200);
  assert.deepEqual([await of(copy), await of(plain)], [[CLOCK], [CLOCK]]);
  await remove(KEY);
  assert.deepEqual([await of(copy), await of(plain)], [[], []]);
  await install(KEY, 0);
  assert.deepEqual([await of(copy), await of(plain), await of({ role: "Dispatcher" })], [[], [], [CLOCK, MANAGE]]);
  const dispatcher = await login("Dispatcher", 0);
  const { items, total } = (await admin.get(`/api/permissions/${CLOCK}/people`)).body;
  assert.equal(items.length, total);
  assert.deepEqual(items.find((p) => p.id === dispatcher.who.id).roles, ["Dispatcher"]);
});

test("nobody gives what they don't have", async () => {
  const { role: lead } = await make("Lead");
  assert.equal((await permit(boss, lead, ["users:read", "users:write", "roles:manage", "tickets:read"])).status, 200);
  const cem = await person("cem", "Lead");
  const own = await make("Helper", {}, cem);
  problem(await cem.post("/api/roles", { label: "Up", copyOf: "Technician" }), 403);
  problem(await permit(cem, own.role, ["company:manage"]), 403);
  problem(await permit(cem, own.role, ["tickets:read", "stats:read"]), 403);
  assert.deepEqual(held(await one(own.role)), []);
  assert.equal((await permit(cem, own.role, ["tickets:read"])).status, 200);
  problem(await permit(cem, lead, ["stats:read"]), 403);
  for (const roles of [["Admin"], [lead, "Technician"], [lead, "Dispatcher"]]) problem(await give(cem, cem.id, roles), 403);
  problem(await cem.post("/api/users", { name: "Up", email: at("up"), roles: ["Admin"] }), 403);
  problem(await give(cem, boss.id, ["Technician"]), 403);
  problem(await cem.patch(`/api/users/${boss.id}`, { active: false }), 403);
  problem(await cem.post(`/api/users/${boss.id}/link`, {}), 403);
  const invited = await cem.post("/api/users", { name: "Dan", email: at("dan"), roles: [own.role] });
  assert.equal(invited.status, 201, invited.text);
  problem(await cem.del(`/api/roles/${own.role}?reassign=Technician`), 403);
  assert.equal((await cem.del(`/api/roles/${own.role}?reassign=${lead}`)).status, 204);
  // Who loses the permission has lost it also for what comes next, and can't take it back.
  assert.equal((await permit(boss, lead, [], ["roles:manage"])).status, 200);
  problem(await permit(cem, lead, ["roles:manage"]), 403);
  problem(await cem.get("/api/roles"), 403);
  for (const who of [anonymous, cem]) for (const [method, path, body] of [["POST", "", { label: "x" }], ["PATCH", `/${lead}`, { label: "x" }], ["DELETE", `/${lead}`], ["GET", `/${lead}`]])
    problem(await who.request(method, `/api/roles${path}`, { body }), who === cem ? 403 : 401);
  assert.equal((await boss.del(`/api/roles/${lead}?reassign=Technician`)).status, 204);
});

test("who can do this, and why", async () => {
  const { role } = await make("Watch");
  await permit(boss, role, ["stats:read"]);
  const eva = await person("eva", "Dispatcher,Watch");
  const people = async (name, query = "") => (await boss.get(`/api/permissions/${name}/people${query}`)).body;
  assert.deepEqual((await people("stats:read")).items.map((p) => [p.name, p.roles]), [["boss", ["Admin"]], ["eva", [role]]].map(([n, r]) => [n, r]));
  const all = await people("tickets:read");
  assert.deepEqual(all.items.find((p) => p.id === eva.id).roles, ["Dispatcher"]);
  const paged = [await people("tickets:read", "?limit=2"), await people("tickets:read", "?limit=200&offset=2")];
  assert.deepEqual(paged.flatMap((p) => p.items), all.items);
  assert.deepEqual(paged.map((p) => p.total), [all.total, all.total]);
  assert.equal(all.items.length, all.total);
  assert.deepEqual((await people("tenants:manage")).items, [], "no system admin is here");
  for (const name of ["none:none", "stats", "%27", "tickets:read,users:read"]) problem(await boss.get(`/api/permissions/${name}/people`), 404);
  assert.deepEqual(pointers(await boss.get("/api/permissions/stats:read/people?limit=0&offset=-1")).sort(), ["?limit", "?offset"]);
  const may = (await boss.get(`/api/users/${eva.id}/permissions`)).body.items;
  assert.deepEqual(may.map((p) => p.name), (await mine(eva)).permissions, "what they say they may");
  assert.deepEqual([may.find((p) => p.name === "stats:read").roles, may.find((p) => p.name === "notifications:send").roles], [[role], ["Dispatcher"]]);
  assert.deepEqual((await boss.get(`/api/users/${boss.id}/permissions`)).body.items.map((p) => p.name), COMPANY);
  for (const id of ["x", "00000000-0000-7000-8000-000000000000"]) problem(await boss.get(`/api/users/${id}/permissions`), 404);
  problem(await eva.get(`/api/users/${eva.id}/permissions`), 403);
  problem(await eva.get("/api/permissions/stats:read/people"), 403);
  assert.equal((await boss.patch(`/api/users/${eva.id}`, { active: false })).status, 200);
  assert.deepEqual((await people("stats:read")).items.map((p) => p.name), ["boss"], "who is deactivated may nothing");
  assert.equal((await boss.del(`/api/roles/${role}?reassign=Technician`)).status, 204);
});

test("the last administrator stays, whatever two of them do at once", async () => {
  const [a, b] = [await make("Chief A", { copyOf: "Admin" }), await make("Chief B", { copyOf: "Admin" })];
  const fay = await person("fay", "Chief A");
  const gil = await person("gil", "Chief B");
  const whose = `tenant_id = (select id from mortise.tenants where code = '${CODE}')`;
  const left = () => psql(`select count(*) from mortise.users u where u.${whose} and u.active and mortise.administers(u.tenant_id, u.roles)`)[0][0];
  const reset = () => {
    psql(`update mortise.custom_roles set permissions = '{${COMPANY}}' where ${whose} and id in ('${a.role}', '${b.role}');
      update mortise.users set roles = case id when '${fay.id}' then '{${a.role}}' when '${gil.id}' then '{${b.role}}' else '{Technician}' end::text[] where ${whose}`);
    return leaseOver();
  };
  const demote = (who, id) => give(who, id, ["Technician"]);
  for (const [what, both] of [
    ["each takes the other's role", () => [demote(fay, gil.id), demote(gil, fay.id)]],
    ["each gives up their own", () => [demote(fay, fay.id), demote(gil, gil.id)]],
    ["each takes a permission from the other's role", () => [permit(fay, b.role, [], ["users:write"]), permit(gil, a.role, [], ["roles:manage"])]],
    ["each takes a permission from their own role", () => [permit(fay, a.role, [], ["stats:read"]), permit(gil, b.role, [], ["company:manage"])]],
    ["one takes the role, the other a permission of it", () => [demote(fay, gil.id), permit(gil, a.role, [], ["users:write"])]],
    ["each deletes the other's role", () => [fay.del(`/api/roles/${b.role}?reassign=Technician`), gil.del(`/api/roles/${a.role}?reassign=Technician`)]],
  ]) {
    await reset();
    const answers = await Promise.all(both());
    assert.equal(answers.filter((r) => r.status < 300).length, 1, `${what}: ${answers.map((r) => r.text).join()}`);
    for (const r of answers) assert.ok([200, 204, 403, 409].includes(r.status), `${what}: ${r.text}`);
    assert.equal(left(), "1", what);
  }
  psql(`update mortise.users set roles = '{Admin}' where id = '${boss.id}'`);
  // What runs while its person gets other roles is stopped.
  await leaseOver();
  await until(async () => (await boss.get("/api/roles")).status === 200, 30000, "the administrator's new role");
});

test("a company makes as many as it may", async () => {
  let n = (await boss.get("/api/roles")).body.items.filter((r) => !r.builtIn).length;
  for (; n < 50; n++) await make(`Number ${n}`);
  assert.match(problem(await boss.post("/api/roles", { label: "Too many" }), 409).detail, /50 roles \(roles_max\)/);
});
