#!/usr/bin/env -S node --test-reporter=tap
// API tokens of people and services: shown once, what their scopes allow and nothing else, whose right ends how.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { account, anonymous, Client, http, install, leaseOver, login, psql, remove, token as passwordToken, until, url } from "../lib/mortise.mjs";
import { good, mortise, passwordOf, refused, removeCompanies } from "../lib/people.mjs";
import { eventSource } from "../lib/stream.mjs";

const CODE = `tok-${process.pid}`;
const KEY = "time-clock";
const FORM = /^mt[ps]_[0-9A-Za-z]{49}$/;
const at = (name) => `${name}@${CODE}.example`;
const boss = await person("boss", "Admin", () => good("tenant", "add", CODE, "Tokens"));

/** Somebody new in the company, signed in by cookie. */
async function person(name, roles, first = () => {}) {
  first();
  const password = passwordOf(good("user", "add", at(name), "--tenant", CODE, "--name", name, "--role", roles));
  const res = await http("POST", "/api/auth/login", { body: { email: at(name), password }, headers: { Origin: url } });
  assert.equal(res.status, 200, res.text);
  const client = new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url });
  return Object.assign(client, { id: res.body.user.id, tenantId: res.body.user.tenantId, password });
}
before(async () => {
  assert.equal((await install(KEY, 0)).installation.pluginKey, KEY);
});
after(async () => {
  await remove(KEY);
  psql(`delete from mortise.tokens where tenant_id = ${boss.tenantId} or name like '${CODE}%';
    delete from mortise.presence where tenant_id = ${boss.tenantId}`);
  removeCompanies(CODE);
  psql(`delete from mortise.users where kind = 'service' and name like 'Service: ${CODE}%'`);
});

const bearer = (text) => new Client({ Authorization: `Bearer ${text}` });
function problem(res, code, type) {
  assert.equal(res.status, code, res.text);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
  return res.body;
}
const pointers = (res) => problem(res, 422).errors.map((e) => e.pointer);
/** A client by a new token; its row is in .made. */
async function made(who, scopes, { name = CODE, service = false, days } = {}) {
  const res = await who.post(service ? "/api/company/tokens" : "/api/tokens", { name, scopes, ...(days && { days }) });
  assert.equal(res.status, 201, res.text);
  assert.match(res.body.token, FORM);
  return Object.assign(bearer(res.body.token), { made: res.body });
}
const me = async (who) => (await who.get("/api/me")).body;
const ended = async (...clients) => {
  for (const c of clients) assert.match(problem(await c.get("/api/me"), 401).detail, /^This token doesn't work/);
};
async function stream(client) {
  const res = await eventSource(`/events?conn=${randomUUID()}`, client.headers);
  assert.equal(res.status, 200, res.body);
  return Object.assign(res.stream, { closed: new Promise((r) => res.stream.on("close", () => r(true))) });
}

test("a token is shown once, stored as a hash, and acts as its person", async () => {
  const tech = await person("tech", "Technician");
  const by = await made(tech, ["tickets:read", "tickets:write", "tickets:read"], { name: "Import  script" });
  const { id, preview, token } = by.made;
  assert.equal(preview, `mtp_...${token.slice(-4)}`);
  const [row] = (await tech.get("/api/tokens")).body.items;
  assert.deepEqual([row.id, row.name, row.scopes, row.preview, row.expired, row.lastUsedAt], [id, "Import  script", ["tickets:read", "tickets:write"], preview, false, null]);
  assert.ok(Math.abs(new Date(row.expiresAt) - Date.now() - 90 * 864e5) < 36e5, "90 days when nothing was chosen");
  assert.ok(!(await tech.get("/api/tokens")).text.includes(token));
  const stored = psql(`select t::text from mortise.tokens t where id = '${id}'`)[0].join();
  assert.ok(!stored.includes(token.slice(4, -4)) && stored.includes(preview));
  assert.equal(psql(`select count(*) from mortise.audit a where a::text like '%${token}%'`)[0][0], "0");

  const who = await me(by);
  assert.deepEqual([who.id, who.permissions], [tech.id, ["tickets:read", "tickets:read:own", "tickets:write", "tickets:write:own"]]);
  const ticket = (await by.post("/api/tickets", { title: "By a script" })).body;
  assert.equal(ticket.createdBy ?? ticket.createdById ?? tech.id, tech.id);
  const used = (await tech.get("/api/tokens")).body.items[0];
  assert.ok(["127.0.0.1", "::1"].includes(used.lastAddress) && Date.now() - new Date(used.lastUsedAt) < 6e4);
  psql(`update mortise.tokens set seen_at = now() - interval '50 s' where id = '${id}'`);
  const seen = () => psql(`select seen_at < now() - interval '40 s' from mortise.tokens where id = '${id}'`)[0][0];
  await leaseOver();
  await by.get("/api/me");
  assert.equal(seen(), "t", "at most once a minute");
  psql(`update mortise.tokens set seen_at = now() - interval '61 s' where id = '${id}'`);
  await leaseOver();
  await by.get("/api/me");
  assert.equal(seen(), "f");
  const entries = (await boss.get(`/api/audit?area=token&targetId=${id}`)).body.items;
  assert.deepEqual(entries.map((e) => [e.action, e.actorName, e.targetName, e.after.scopes]), [["token.made", "tech", "Import  script", ["tickets:read", "tickets:write"]]]);
});

test("what isn't among its scopes is refused by name, and what a person does at the screen always", async () => {
  const by = await made(boss, ["tickets:read"]);
  assert.equal((await by.get("/api/tickets")).status, 200);
  for (const [method, path, body, scope] of [
    ["POST", "/api/tickets", { title: "No" }, "tickets:write:own"], ["GET", "/api/users", , "users:read"], ["GET", "/api/audit", , "audit:read"],
    ["POST", "/api/notifications/company", { title: "t", message: "m" }, "notifications:send"], ["GET", "/api/notifications", , "notifications:read"],
    ["GET", "/api/events", , "notifications:read"], ["GET", "/events", , "notifications:read"], ["GET", "/api/plugins/installations", , "plugins:call"],
    ["GET", "/api/plugins/catalog", , "plugins:manage"], ["GET", "/api/company/tokens", , "tokens:manage"], ["GET", "/api/roles", , "roles:manage"], ["GET", "/api/tenants", , "tenants:manage"],
  ]) {
    const res = await by.request(method, path, { body });
    assert.match(problem(res, 403, "scope-needed").detail, new RegExp(`token with the scope ${scope}$`), path);
  }
  const wide = await made(boss, (await boss.get("/api/tokens/scopes")).body.items.map((s) => s.name));
  for (const [method, path, body] of [
    ["PATCH", "/api/me", { phone: "1" }], ["GET", "/api/me/sessions"], ["DELETE", "/api/me/sessions"], ["GET", "/api/tokens"], ["GET", "/api/tokens/scopes"], ["DELETE", "/api/tokens"],
    ["POST", "/api/tokens", { name: "More", scopes: ["tickets:read"] }], ["POST", "/api/company/tokens", { name: "More", scopes: ["tickets:read"] }],
    ["POST", "/api/users", { name: "X", email: at("x"), roles: ["Technician"] }], ["PATCH", `/api/users/${boss.id}`, { name: "X" }], ["POST", `/api/users/${boss.id}/link`, {}],
    ["POST", "/api/roles", { label: "X" }], ["PUT", "/api/roles/Technician/permissions", { grant: [] }],
    ["POST", "/api/auth/password", { old: boss.password, new: "correct horse battery" }], ["POST", "/api/auth/confirm", { password: boss.password }], ["POST", "/api/auth/logout"],
    ["POST", "/api/tenants", {}],
  ]) problem(await wide.request(method, path, { body }), 403, "person-needed");
  assert.equal((await wide.get("/api/company")).status, 200);
  assert.equal((await wide.get("/api/openapi.json")).body.components.securitySchemes.token.scheme, "bearer");
  assert.equal((await wide.patch("/api/company", { name: "Tokens 2" })).status, 200, "what a scope allows");
});

test("what can be chosen is what the person has at the screen where it is chosen", async () => {
  const tech = await person("narrow", "Technician");
  const names = async (who) => (await who.get("/api/tokens/scopes")).body.items.map((s) => s.name);
  assert.deepEqual(await names(tech), ["plugins:call", "notifications:read", "tickets:read", "tickets:read:own", "tickets:write", "tickets:write:own", "users:read"]);
  assert.deepEqual((await names(boss)).filter((n) => /:manage$|^users|^plugins:upload/.test(n)), ["users:read", "plugins:manage", "company:manage", "teams:manage", "webhooks:manage"]);
  const make = (who, scopes, more = {}) => who.post("/api/tokens", { name: CODE, scopes, ...more });
  assert.deepEqual(pointers(await make(tech, ["tickets:read", "audit:read", "users:write", "", "'; drop table tokens --"])), ["/scopes/1", "/scopes/2", "/scopes/3", "/scopes/4"]);
  assert.deepEqual(pointers(await make(boss, ["roles:manage", "tokens:manage", "plugins:upload"])), ["/scopes/0", "/scopes/1", "/scopes/2"]);
  for (const scopes of [[], null, "tickets:read", {}, Array(101).fill("tickets:read")]) assert.deepEqual(pointers(await make(boss, scopes)), ["/scopes"], JSON.stringify(scopes));
  assert.deepEqual(pointers(await make(boss, [7, "tickets:read"])), ["/scopes/0"]);
  for (const name of ["", "  ", "x".repeat(61), "two\nlines", "\u0000", 7, null]) assert.deepEqual(pointers(await make(boss, ["tickets:read"], { name })), ["/name"], JSON.stringify(name));
  for (const days of [0, -1, 366, 1.5, "90", 1e12]) assert.deepEqual(pointers(await make(boss, ["tickets:read"], { days })), ["/days"], days);
  assert.deepEqual(pointers(await make(boss, ["tickets:read"], { kind: "service", userId: tech.id })).sort(), ["/kind", "/userId"]);
  problem(await tech.post("/api/company/tokens", { name: CODE, scopes: ["tickets:read"] }), 403);
  problem(await tech.get("/api/company/tokens"), 403);
  assert.equal((await tech.get("/api/tokens")).body.items.length, 0);
  // The page needs the password just given: a bundle on it can't make a token by itself.
  psql(`update mortise.sessions set confirmed_at = now() - interval '5 min' where user_id = '${boss.id}'`);
  await leaseOver();
  problem(await make(boss, ["tickets:read"]), 403, "password-needed");
  psql(`update mortise.sessions set confirmed_at = now() + interval '1 hour' where user_id = '${boss.id}'`);
  await leaseOver();
});

test("what only looks like one, or comes another way, is nobody's", async () => {
  const { made: own } = await made(boss, ["tickets:read"]);
  const flipped = own.token.slice(0, 10) + (own.token[10] === "x" ? "y" : "x") + own.token.slice(11);
  for (const text of [flipped, own.token.slice(0, -1), `${own.token}a`, own.token.replace("mtp_", "mts_"), own.token.toUpperCase(), "mtp_", `${own.token},`]) problem(await bearer(text).get("/api/me"), 401);
  for (const headers of [{ Cookie: `mortise_session=${own.token}` }, { Authorization: `Basic ${own.token}` }, { "X-Api-Key": own.token }, { Cookie: boss.headers.Cookie, Authorization: `Bearer ${flipped}` }])
    problem(await anonymous.get("/api/me", { headers }), 401);
  problem(await anonymous.get(`/api/me?access_token=${own.token}`), 401);
  problem(await bearer(boss.headers.Cookie.split("=")[1]).get("/api/me"), 401);
  const foreign = await bearer(own.token).get("/api/tickets", { headers: { Origin: "https://elsewhere.example" } });
  assert.equal(foreign.status, 200, "no cookie, no forged request");
  assert.equal(foreign.headers["access-control-allow-origin"], undefined);
});

test("a revoked token ends at once, with what it has open", async () => {
  const tech = await person("revokes", "Technician");
  const [a, b, c, d] = await Promise.all([1, 2, 3, 4].map(() => made(tech, ["notifications:read", "tickets:read"])));
  const open = await Promise.all([a, b].map(stream));
  problem(await boss.del(`/api/tokens/${a.made.id}`), 404);
  problem(await tech.del(`/api/company/tokens/${a.made.id}`), 403);
  problem(await tech.del("/api/tokens/nonsense"), 404);
  assert.equal((await tech.del(`/api/tokens/${a.made.id}`)).status, 204);
  await ended(a);
  assert.ok(await open[0].closed);
  problem(await tech.del(`/api/tokens/${a.made.id}`), 404);
  assert.equal((await b.get("/api/me")).status, 200, "the others stay");
  assert.equal((await boss.del(`/api/company/tokens/${b.made.id}`)).status, 204, "by an administrator");
  await ended(b);
  assert.ok(await open[1].closed);
  assert.deepEqual((await tech.del("/api/tokens")).body, { ended: 2 });
  await ended(c, d);
  assert.equal((await me(tech)).id, tech.id, "the session stays");
  const entries = (await boss.get("/api/audit?action=token.revoked")).body.items.filter((e) => e.before.owner === "revokes");
  assert.deepEqual(entries.map((e) => e.actorName).sort(), ["boss", "revokes", "revokes", "revokes"]);
});

test("a token whose time is over ends, is listed as such, and later goes", async () => {
  const by = await made(boss, ["notifications:read"], { days: 1 });
  const open = await stream(by);
  psql(`update mortise.tokens set expires_at = now() where id = '${by.made.id}'`);
  assert.ok(await open.closed);
  await leaseOver();
  await ended(by);
  const find = async () => (await boss.get("/api/tokens")).body.items.find((t) => t.id === by.made.id);
  assert.equal((await find()).expired, true);
  psql(`update mortise.tokens set expires_at = now() - interval '31 days' where id = '${by.made.id}'`);
  await until(async () => !(await find()), 10000, "it is gone");
  assert.equal((await boss.get(`/api/audit?targetId=${by.made.id}`)).body.items.length, 1, "nobody revoked it");
});

test("it may never more than its person at the moment, and ends with the person", async () => {
  const ann = await person("ann", "Admin,Technician");
  const by = await made(ann, ["audit:read", "tickets:read", "notifications:read"]);
  assert.equal((await by.get("/api/audit")).status, 200);
  let open = await stream(by);
  good("user", "set-role", at("ann"), "Technician");
  assert.ok(await open.closed, "with other channels it opens again");
  assert.match(problem(await by.get("/api/audit"), 403).detail, /permission audit:read$/);
  assert.deepEqual((await me(by)).permissions, ["tickets:read", "tickets:read:own"]);
  good("user", "set-role", at("ann"), "Admin");
  assert.equal((await by.get("/api/audit")).status, 200, "with the role it is there again");
  open = await stream(by);
  assert.equal((await boss.patch(`/api/users/${ann.id}`, { active: false })).status, 200);
  await ended(by);
  assert.ok(await open.closed);
  assert.equal((await boss.patch(`/api/users/${ann.id}`, { active: true })).status, 200);
  await ended(by);
  const again = passwordOf(good("user", "reset-password", at("ann")));
  const signedIn = await http("POST", "/api/auth/login", { body: { email: at("ann"), password: again }, headers: { Origin: url } });
  const back = new Client({ Cookie: signedIn.headers["set-cookie"][0].split(";")[0], Origin: url });
  assert.deepEqual((await back.get("/api/tokens")).body.items, []);
  // A password change leaves tokens alone, unless the person says so.
  const [kept, gone] = [await made(back, ["tickets:read"]), "staple crown of copper 7"];
  assert.equal((await back.post("/api/auth/password", { old: again, new: gone })).status, 204);
  assert.equal((await kept.get("/api/me")).status, 200);
  assert.equal((await back.post("/api/auth/password", { old: gone, new: "correct horse battery", endTokens: true })).status, 204);
  await ended(kept);
});

test("a suspended company's tokens rest", async () => {
  const [own, service] = [await made(boss, ["notifications:read"]), await made(boss, ["notifications:read"], { service: true })];
  const open = await Promise.all([own, service].map(stream));
  good("tenant", "suspend", CODE);
  await ended(own, service);
  assert.ok(await open[0].closed && (await open[1].closed));
  good("tenant", "activate", CODE);
  assert.equal((await own.get("/api/me")).status, 200);
  assert.equal((await service.get("/api/me")).status, 200);
});

test("a service token is the company's and acts under its own name", async () => {
  const maker = await person("maker", "Admin");
  const by = await made(maker, ["tickets:read", "tickets:write", "notifications:read"], { name: "Night import", service: true });
  assert.match(by.made.token, /^mts_/);
  const self = await me(by);
  assert.deepEqual([self.name, self.roles, self.permissions], ["Service: Night import", [], ["tickets:read", "tickets:read:own", "tickets:write", "tickets:write:own"]]);
  const ticket = (await by.post("/api/tickets", { title: "By a service" })).body;
  const history = (await boss.get(`/api/tickets/${ticket.id}/history`)).body.items;
  assert.deepEqual(history.map((h) => h.userName), ["Service: Night import"]);
  assert.equal((await by.post(`/api/tickets/${ticket.id}/comments`, { body: "Imported" })).status, 201);
  assert.equal((await boss.get(`/api/tickets/${ticket.id}/comments`)).body.items[0].authorName, "Service: Night import");
  // It isn't one of the people.
  const { body } = await boss.get("/api/users");
  assert.ok(body.items.every((u) => u.id !== self.id && !u.name.startsWith("Service")));
  problem(await boss.get(`/api/users/${self.id}`), 404);
  problem(await boss.patch(`/api/users/${self.id}`, { active: true }), 404);
  problem(await boss.post(`/api/users/${self.id}/link`, {}), 404);
  assert.deepEqual(pointers(await boss.patch(`/api/tickets/${ticket.id}`, { assigneeId: self.id })), ["/assigneeId"]);
  assert.deepEqual(pointers(await by.post("/api/tickets", { title: "Mine", assigneeId: self.id })), ["/assigneeId"]);
  assert.doesNotMatch(good("user", "list", "--tenant", CODE), /Service/);
  refused(["user", "activate", self.email], /Nobody signs in with/);
  problem(await http("POST", "/api/auth/login", { body: { email: self.email, password: "x" }, headers: { Origin: url } }), 401);
  const count = (await boss.post("/api/notifications/company", { title: "t", message: "m" })).body.sentCount;
  assert.equal(count, body.items.filter((u) => u.active).length, "nor notified");
  // It stays when its maker leaves, and goes when an administrator says so.
  assert.equal((await boss.patch(`/api/users/${maker.id}`, { active: false })).status, 200);
  assert.equal((await by.get("/api/tickets")).status, 200);
  const open = await stream(by);
  const [row] = (await boss.get("/api/company/tokens?kind=service&q=night")).body.items;
  assert.deepEqual([row.id, row.ownerId, row.ownerName, row.madeByName], [by.made.id, null, null, "maker"]);
  assert.equal((await boss.del(`/api/company/tokens/${by.made.id}`)).status, 204);
  await ended(by);
  assert.ok(await open.closed);
  assert.equal((await boss.get(`/api/tickets/${ticket.id}/history`)).body.items[0].userName, "Service: Night import");
});

test("what a service does is in the audit log under its name; nobody makes one with more than they have", async () => {
  const by = await made(boss, ["company:manage"], { name: "Namer", service: true });
  const res = await by.patch("/api/company", { name: "By a service" }, { headers: { "User-Agent": "curl/8" } });
  assert.equal(res.status, 200, res.text);
  const [entry] = (await boss.get(`/api/audit?requestId=${res.headers["x-request-id"]}`)).body.items;
  assert.deepEqual([entry.action, entry.actorKind, entry.actorName, entry.agent], ["company.changed", "service", "Service: Namer", 'token "Namer", curl/8']);
  const role = (await boss.post("/api/roles", { label: "Token keeper" })).body.role;
  await boss.put(`/api/roles/${role}/permissions`, { grant: ["tokens:manage", "tickets:read"], revoke: [] });
  const keeper = await person("keeper", "Token keeper");
  const make = (scopes) => keeper.post("/api/company/tokens", { name: CODE, scopes });
  assert.deepEqual(pointers(await make(["tickets:read", "tickets:write", "audit:read"])), ["/scopes/1", "/scopes/2"]);
  assert.equal((await make(["tickets:read"])).status, 201);
  // The permission is taken while the page is open.
  psql(`update mortise.users set roles = '{Technician}' where id = '${keeper.id}'`);
  problem(await make(["tickets:read"]), 403);
});

test("calls of plugins keep to the scopes", async () => {
  const admin = await login("Admin", 0);
  psql(`update mortise.sessions set confirmed_at = now() + interval '1 hour' where user_id = '${admin.who.id}'`);
  await leaseOver();
  const [none, call, clock, all] = await Promise.all([["tickets:read"], ["plugins:call"], [`${KEY}:clock`], [`${KEY}:clock`, `${KEY}:manage`]].map((scopes) => made(admin, scopes)));
  const service = await made(admin, [`${KEY}:clock`], { service: true });
  const res = await none.get(`/api/plugins/${KEY}/report`);
  const needed = /scope (\S+)$/.exec(problem(res, 403, "scope-needed").detail)[1];
  assert.match(needed, new RegExp(`^${KEY}:`));
  problem(await call.get(`/api/plugins/${KEY}/report`), 403, "scope-needed");
  assert.equal((await all.get(`/api/plugins/${KEY}/report`)).status, 200);
  assert.deepEqual((await me(clock)).permissions, [`${KEY}:clock`]);
  assert.deepEqual((await me(service)).permissions, [`${KEY}:clock`]);
  for (const c of [clock, service]) {
    const status = await c.get(`/api/plugins/${KEY}/status/${randomUUID()}`);
    assert.notEqual(status.status, 403, status.text);
    assert.equal((await c.get(`/api/plugins/${KEY}/report`)).status, needed === `${KEY}:clock` ? 200 : 403);
  }
  // A permission that is taken from the role is gone from the token at once.
  const tech = await login("Technician", 0);
  psql(`update mortise.sessions set confirmed_at = now() + interval '1 hour' where user_id = '${tech.who.id}'`);
  await leaseOver();
  const own = await made(tech, [`${KEY}:clock`]);
  assert.notEqual((await own.get(`/api/plugins/${KEY}/status/${randomUUID()}`)).status, 403);
  assert.equal((await admin.put("/api/roles/Technician/permissions", { grant: [], revoke: [`${KEY}:clock`] })).status, 200);
  problem(await own.get(`/api/plugins/${KEY}/status/${randomUUID()}`), 403);
  assert.equal((await admin.put("/api/roles/Technician/permissions", { grant: [`${KEY}:clock`], revoke: [] })).status, 200);
});

test("own tickets alone, where that was chosen: by the database, also for a service", async () => {
  const [one, service] = [await made(boss, ["tickets:read:own"]), await made(boss, ["tickets:write:own"], { service: true })];
  const tech = await person("other", "Technician");
  const theirs = (await tech.post("/api/tickets", { title: "Of another" })).body.id;
  const own = (await boss.post("/api/tickets", { title: "Own" })).body.id;
  assert.equal((await one.get(`/api/tickets/${own}`)).status, 200);
  problem(await one.get(`/api/tickets/${theirs}`), 404);
  assert.ok(!(await one.get("/api/tickets?limit=200")).text.includes(theirs));
  const made2 = (await service.post("/api/tickets", { title: "By the service" })).body.id;
  assert.deepEqual((await service.get("/api/tickets?limit=200")).body.items.map((t) => t.id), [made2]);
});

test("another company's tokens aren't there", async () => {
  const admin = await login("Admin", 0);
  const by = await made(boss, ["tickets:read", "users:read"], { service: true });
  for (const path of [`/api/company/tokens/${by.made.id}`, `/api/tokens/${by.made.id}`]) problem(await admin.del(path), 404);
  for (const query of ["", `?ownerId=${boss.id}`, `?q=${by.made.preview}`, `?tenantId=${boss.tenantId}`]) assert.ok(!(await admin.get(`/api/company/tokens${query}`)).text.includes(by.made.id));
  const foreign = (await admin.post("/api/tickets", { title: "Of another" })).body;
  problem(await by.get(`/api/tickets/${foreign.id}`), 404);
  assert.ok((await by.get("/api/users")).body.items.every((u) => u.email.endsWith(`@${CODE}.example`)));
  assert.equal((await me(by)).tenant, CODE);
  assert.equal((await by.get("/api/me", { headers: { "x-company-code": admin.who.tenant, "X-Mt-Tenant": String(admin.who.tenantId) } })).body.tenant, CODE);
});

test("no more than tokens_per_person and tokens_per_company, whatever comes at once", async () => {
  const many = await person("many", "Technician");
  const make = () => many.post("/api/tokens", { name: CODE, scopes: ["tickets:read"] });
  for (let i = 0; i < 18; i++) assert.equal((await make()).status, 201);
  const answers = await Promise.all(Array.from({ length: 6 }, make));
  assert.deepEqual(answers.map((r) => r.status).sort(), [201, 201, 409, 409, 409, 409]);
  assert.match(answers.find((r) => r.status === 409).body.detail, /20 API tokens \(tokens_per_person\)/);
  const [one] = (await many.get("/api/tokens")).body.items;
  const ends = await Promise.all([1, 2, 3].map(() => many.del(`/api/tokens/${one.id}`)));
  assert.deepEqual(ends.map((r) => r.status).sort(), [204, 404, 404]);
  assert.equal((await make()).status, 201);
  psql(`insert into mortise.tokens (tenant_id, id, user_id, kind, name, scopes, token_hash, preview, expires_at)
    select ${boss.tenantId}, gen_random_uuid(), '${boss.id}', 'service', '${CODE} x', '{tickets:read}', encode(sha256(convert_to('${CODE}' || n, 'UTF8')), 'hex'), 'mts_...' || lpad(n::text, 4, '0'), now() + interval '1 day'
    from generate_series(1, 500) n`);
  assert.match(problem(await boss.post("/api/company/tokens", { name: CODE, scopes: ["tickets:read"] }), 409).detail, /500 API tokens \(tokens_per_company\)/);
  const seen = new Set();
  let cursor = null, pages = 0;
  do {
    const { body } = await boss.get(`/api/company/tokens?kind=service&q=${CODE}%20x&limit=200${cursor ? `&cursor=${cursor}` : ""}`);
    for (const t of body.items) seen.add(t.id);
    cursor = body.nextCursor;
    pages++;
  } while (cursor);
  assert.deepEqual([seen.size, pages], [500, 3]);
  assert.ok((await boss.get(`/api/company/tokens?ownerId=${many.id}`)).body.items.every((t) => t.ownerName === "many"));
  assert.deepEqual((await boss.get("/api/company/tokens?scope=audit:read&expired=true")).body.items, []);
  psql(`delete from mortise.tokens where name = '${CODE} x'`);
});

test("mortise token: add, list, revoke; a system admin's can upload packages", async () => {
  assert.equal((await boss.del("/api/tokens")).status, 200);
  const add = (...args) => mortise(["token", "add", ...args]);
  const own = add("Nightly", "--user", at("boss"), "--scope", "tickets:read,plugins:call", "--days", "7");
  assert.deepEqual([own.status, FORM.test(own.out.trim())], [0, true], own.err);
  const service = add("Nightly", "--tenant", CODE, "--scope", "tickets:read");
  assert.equal((await me(bearer(own.out.trim()))).id, boss.id);
  assert.equal((await me(bearer(service.out.trim()))).name, "Service: Nightly");
  const listed = good("token", "list", "--tenant", CODE);
  assert.match(listed, new RegExp(`${at("boss")}.*Nightly.*plugins:call,tickets:read`));
  assert.match(listed, /service .*Nightly/);
  refused(["token", "add", "X", "--user", at("boss"), "--scope", "tickets:read,tenants:manage,plugins:upload"], /can't be chosen: tenants:manage, plugins:upload/);
  refused(["token", "add", "X", "--user", at("nobody"), "--scope", "tickets:read"], /Nobody signs in with/);
  refused(["token", "add", "X", "--tenant", CODE, "--scope", "tickets:read", "--days", "400"], /1 to 365/);
  assert.equal(add("X", "--scope", "tickets:read").status, 2);
  const [, id] = new RegExp(`(\\S{36})  ${CODE} +service .*Nightly`).exec(listed);
  assert.match(good("token", "revoke", id), /Revoked Nightly/);
  await ended(bearer(service.out.trim()));
  refused(["token", "revoke", id], /There is no token/);
  refused(["token", "revoke", "' or 1=1"], /There is no token/);

  const upload = add(CODE, "--user", account("SystemAdmin").email, "--scope", "plugins:upload");
  const by = bearer(upload.out.trim());
  const res = await by.upload("/api/plugins/upload", Buffer.from("no package"));
  assert.ok([400, 415, 422].includes(res.status), `${res.status}: looked at, not refused: ${res.text}`);
  problem(await by.get("/api/tenants"), 403, "scope-needed");
  // What is chosen on a page of the company stays in the company; a program with the password may choose it.
  const admin = await passwordToken("SystemAdmin");
  assert.ok((await admin.get("/api/tokens/scopes")).body.items.some((s) => s.name === "plugins:upload"));
  const page = await login("SystemAdmin");
  assert.ok((await page.get("/api/tokens/scopes")).body.items.every((s) => s.name !== "plugins:upload"));
});
