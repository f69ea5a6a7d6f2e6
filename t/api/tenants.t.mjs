#!/usr/bin/env -S node --test-reporter=tap
// The companies of the server, as system admins see and change them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { account, Client, http, login, psql, signInSystem, systemUrl, token, until, url } from "../lib/mortise.mjs";
import { removeCompanies } from "../lib/people.mjs";
import { eventSource, streamsOn, wereOver } from "../lib/stream.mjs";

const CODE = `firm-${process.pid}`;
const STRONG = "correct horse battery";
const at = (name, code = CODE) => `${name}@${code}.example`;
const system = await signInSystem();
const add = (body, code = CODE) =>
  system.post("/api/tenants", { code, name: "Firm & Sons", adminName: "Ann Äåß", adminEmail: at("Ann", code), ...body });
const pointers = (res) => {
  assert.equal(res.status, 422, res.text);
  assert.match(res.headers["content-type"], /problem\+json/);
  return res.body.errors.map((e) => e.pointer);
};
const one = async (code = CODE) => (await system.get(`/api/tenants/${code}`)).body;
const welcome = (link) =>
  http("POST", "/api/auth/link/password", { body: { token: link.url.split("#")[1], password: STRONG }, headers: { Origin: url } });
const clientOf = (res) => new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url }, res.body.user);
after(() => removeCompanies(CODE));

let ann; // the first administrator, signed in

test("only system admins, and only at the address of the system administration or by token", async () => {
  const bodies = [["get", "/api/tenants"], ["get", `/api/tenants/${account("Admin").tenant}`], ["post", "/api/tenants", {}],
    ["post", `/api/tenants/${account("Admin", 1).tenant}/suspend`, {}], ["post", `/api/tenants/${account("Admin", 1).tenant}/activate`, {}]];
  const page = await login("SystemAdmin");
  const ofCompany = new Client(page.headers); // the same person in the company's page, where plugins' code runs
  for (const [verb, path, body] of bodies) {
    for (const role of ["Technician", "Dispatcher", "Admin"]) assert.equal((await (await login(role))[verb](path, body)).status, 403, `${role} ${path}`);
    assert.equal((await ofCompany[verb](path, body)).status, 403, path);
    assert.equal((await (await token("Admin"))[verb](path, body)).status, 403, path);
  }
  assert.equal((await http("GET", "/api/tenants", { base: systemUrl })).status, 401);
  assert.equal((await (await token("SystemAdmin")).get("/api/tenants")).status, 200);
});

test("a company with its first administrator, who chooses a password by the link", async () => {
  const res = await add();
  assert.equal(res.status, 201, res.text);
  assert.equal(res.headers.location, `/api/tenants/${CODE}`);
  assert.deepEqual([res.body.code, res.body.name, res.body.state, res.body.people, res.body.invited, res.body.lastSignInAt],
    [CODE, "Firm & Sons", "active", 0, 1, null]);
  assert.equal(res.body.link.purpose, "invite");
  const redeemed = await welcome(res.body.link);
  assert.equal(redeemed.status, 200, redeemed.text);
  assert.deepEqual([redeemed.body.user.name, redeemed.body.user.roles, redeemed.body.user.tenantName], ["Ann Äåß", ["Admin"], "Firm & Sons"]);
  ann = clientOf(redeemed);
  const made = await ann.post("/api/tickets", { title: "The first one" });
  assert.deepEqual([made.status, made.body.number, made.body.state], [201, 1, "new"]);
  const now = await one();
  assert.deepEqual([now.people, now.invited, now.tickets, now.plugins], [1, 0, 1, 0]);
});

test("what is wrong is named, and nothing is half done", async () => {
  assert.deepEqual(pointers(await system.post("/api/tenants", {})), ["/code", "/name", "/adminName", "/adminEmail"]);
  for (const code of ["Firm", "1firm", "a", "fi rm", "firm_1", "-firm", "ä-firm"]) assert.deepEqual(pointers(await add({ adminEmail: at("bea") }, code)), ["/code"], code);
  assert.deepEqual(pointers(await add({ adminEmail: "nobody" }, `${CODE}-x`)), ["/adminEmail"]);
  assert.deepEqual(pointers(await add({ adminEmail: account("Admin").email }, `${CODE}-x`)), ["/adminEmail"]);
  assert.equal((await system.get(`/api/tenants/${CODE}-x`)).status, 404, "the company went with its administrator");
  assert.deepEqual(pointers(await add({ adminEmail: at("bea") })), ["/code"]);
  assert.deepEqual(psql(`select count(*) from mortise.logins where email = '${at("bea")}'`), [["0"]]);
  assert.deepEqual(pointers(await system.post(`/api/tenants/${CODE}/suspend`, { reason: "" })), ["/reason"]);
  for (const verb of ["suspend", "activate"]) {
    const res = await system.post(`/api/tenants/nobody-there/${verb}`, {});
    assert.deepEqual([res.status, res.body.detail], [404, "There is no company with the code nobody-there"]);
  }
});

test("two who add the same company at once: one does", async () => {
  const both = await Promise.all([add({ adminEmail: at("one") }, `${CODE}-twice`), add({ adminEmail: at("two") }, `${CODE}-twice`)]);
  assert.deepEqual(both.map((r) => r.status).sort(), [201, 422], both.map((r) => r.text).join());
  assert.deepEqual([(await one(`${CODE}-twice`)).invited], [1]);
});

test("the list is searched, filtered, sorted and paged", async () => {
  const list = async (query) => {
    const res = await system.get(`/api/tenants?${query}`);
    assert.equal(res.status, 200, res.text);
    return res.body;
  };
  const codes = async (query) => (await list(query)).items.map((t) => t.code);
  assert.deepEqual((await codes(`search=${CODE}`)).sort(), [CODE, `${CODE}-twice`]);
  assert.deepEqual(await codes(`search=${at("ANN")}`), [CODE], "by somebody's address");
  assert.deepEqual(await codes("search=%25_%25"), []);
  assert.deepEqual(await codes(`search=${CODE}&sort=-people`), [CODE, `${CODE}-twice`]);
  assert.deepEqual(await codes(`search=${CODE}&sort=people`), [`${CODE}-twice`, CODE]);
  assert.deepEqual(await codes(`search=${CODE}&sort=-created`), [`${CODE}-twice`, CODE]);
  const page = await list(`search=${CODE}&sort=created&limit=1&offset=1`);
  assert.deepEqual([page.total, page.items.map((t) => t.code)], [2, [`${CODE}-twice`]]);
  const all = await list("limit=200");
  const names = all.items.map((t) => t.name.toLowerCase());
  assert.deepEqual(names, psql(`select unnest(array(select lower(name) from mortise.tenants order by lower(name), code limit 200))`).flat());
  assert.deepEqual(pointers(await system.get("/api/tenants?limit=0&state=closed&sort=size&offset=-1")).sort(), ["?limit", "?offset", "?sort", "?state"]);
});

test("a suspended company: sessions and streams end, the reason stands in the list, its data stays", async () => {
  const streams = await streamsOn([url], ann);
  const others = await streamsOn([url], await login("Dispatcher"));
  const res = await system.post(`/api/tenants/${CODE}/suspend`, { reason: "Unpaid since May" });
  assert.equal(res.status, 200, res.text);
  assert.deepEqual([res.body.state, res.body.stateReason], ["suspended", "Unpaid since May"]);
  assert.equal((await ann.get("/api/me")).status, 401, "no lease outlives the answer");
  await wereOver(streams, others);
  for (const s of others) s.close();
  assert.deepEqual((await system.get(`/api/tenants?state=suspended&search=${CODE}`)).body.items.map((t) => t.code), [CODE]);
  const since = (await one()).stateSince;
  const again = await system.post(`/api/tenants/${CODE}/suspend`, {});
  assert.deepEqual([again.status, again.body.stateReason, again.body.stateSince], [200, null, since], "twice is as once");
  const active = await system.post(`/api/tenants/${CODE}/activate`, {});
  assert.deepEqual([active.status, active.body.state, active.body.stateReason], [200, "active", null]);
  assert.equal((await ann.get("/api/tickets")).body.items[0].title, "The first one");
});

test("nobody suspends the company in which they work", async () => {
  const res = await system.post(`/api/tenants/${account("SystemAdmin").tenant}/suspend`, {});
  assert.deepEqual([res.status, res.body.detail], [409, "You can't suspend your own company: you would be signed out yourself"]);
});

test("system admins hear of companies, and nothing of what is in one", async (t) => {
  const { stream } = await eventSource("/events", system.headers, { base: systemUrl });
  t.after(() => stream.close());
  const heard = [];
  stream.on("message", (text) => heard.push(JSON.parse(text)));
  await ann.post("/api/tickets", { title: "Not of the server" });
  for (const verb of ["suspend", "activate"]) assert.equal((await system.post(`/api/tenants/${CODE}/${verb}`, { })).status, 200);
  await until(() => heard.some((e) => e.type === "TenantActivated" && e.data.code === CODE), 10000, "its activation");
  assert.ok(heard.some((e) => e.type === "TenantSuspended" && e.data.code === CODE));
  assert.deepEqual([...new Set(heard.map((e) => e.channel))].filter((c) => !["admin", "all"].includes(c)), []);
  const heads = (client) => client.get("/api/events").then((res) => Object.keys(res.body.heads));
  assert.deepEqual(await heads(system), ["admin", "all"]);
  const page = await login("SystemAdmin");
  assert.ok(!(await heads(new Client(page.headers))).includes("admin"), "a company's page isn't the place");
});

test("everybody on the server is notified by system admins alone", async (t) => {
  const body = { title: `Upgrade tonight ${process.pid}`, message: "From 22:00 for an hour", priority: "high" };
  const path = "/api/notifications/everyone";
  for (const role of ["Technician", "Admin", "SystemAdmin"]) assert.equal((await (await login(role)).post(path, body)).status, 403, role);
  assert.deepEqual(pointers(await system.post(path, { ...body, title: "", url: "javascript:alert(1)" })), ["/title"]);
  assert.deepEqual(pointers(await system.post(path, { ...body, url: "javascript:alert(1)" })), ["/url"]);
  const other = await login("Technician", 1);
  const { stream } = await eventSource(`/events?conn=${randomUUID()}`, other.headers);
  t.after(() => stream.close());
  const heard = [];
  stream.on("message", (text) => heard.push(JSON.parse(text)));
  const res = await system.post(path, body);
  assert.equal(res.status, 200, res.text);
  assert.ok(res.body.sentCount > 3, `${res.body.sentCount}`);
  const event = await until(() => heard.find((e) => e.data.title === body.title), 10000, "the notification");
  assert.deepEqual([event.type, event.channel, event.data.fromUserName], ["SystemNotification", "all", "Mortise"]);
  const [newest] = (await other.get("/api/notifications?limit=1")).body.items;
  assert.deepEqual([newest.title, newest.kind, newest.priority, newest.read], [body.title, "everyone", "high", false]);
});

test("suspending and activating at once ends in one of the two, whole", async () => {
  const both = await Promise.all(["suspend", "activate", "suspend", "activate"].map((v) => system.post(`/api/tenants/${CODE}/${v}`, {})));
  for (const res of both) assert.equal(res.status, 200, res.text);
  assert.ok(["active", "suspended"].includes((await one()).state));
});

test("what gives rights asks for the password again", async () => {
  const { who } = system;
  psql(`update mortise.sessions set confirmed_at = now() - interval '1 day' where user_id = '${who.id}' and kind = 'system'`);
  const refused = await until(async () => {
    const res = await system.post(`/api/tenants/${CODE}/activate`, {});
    return res.status === 403 && res;
  }, 30000, "the lease of the session to end");
  assert.match(refused.body.type, /password-needed$/);
  assert.equal((await http("POST", "/api/auth/confirm", { body: { password: who.password }, headers: system.headers, base: systemUrl })).status, 204);
  assert.equal((await system.post(`/api/tenants/${CODE}/activate`, {})).status, 200);
});
