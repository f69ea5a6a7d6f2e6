#!/usr/bin/env -S node --test-reporter=tap
// The companies of the server, as system admins see and change them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { png } from "../lib/images.mjs";
import { account, Client, http, login, psql, signInSystem, systemUrl, token, until, url } from "../lib/mortise.mjs";
import { good, linkOf, refused, removeCompanies } from "../lib/people.mjs";
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
after(() => {
  removeCompanies(CODE);
  psql(`delete from mortise.registrations where company_code like '${CODE}%'`);
});

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

test("an organization: its companies' people receive what is sent to it, and nobody else; one that moves loses it at once", async (t) => {
  const GROUP = `Group ${CODE}`;
  const made = await add({ adminEmail: at("gus"), organization: GROUP }, `${CODE}-g`);
  assert.deepEqual([made.status, made.body.organization?.name, made.body.organization?.companies], [201, GROUP, 1], made.text);
  const gus = clientOf(await welcome(made.body.link));
  const own = (await one()).organization;
  assert.deepEqual([own.name, own.companies], ["Firm & Sons", 1], "a company has one of its own");
  const move = (organization, code = CODE) => system.put(`/api/tenants/${code}/organization`, { organization });
  assert.deepEqual(pointers(await move("")), ["/organization"]);
  assert.equal((await move(GROUP, "nobody-there")).status, 404);
  assert.deepEqual((await move(GROUP.toUpperCase())).body.organization, { id: made.body.organization.id, name: GROUP, companies: 2 });
  assert.deepEqual((await system.get(`/api/organizations?search=${encodeURIComponent(own.name)}`)).body.items.filter((o) => o.id === own.id), [], "the one without companies is no more");
  assert.deepEqual((await system.get(`/api/tenants?search=${encodeURIComponent(GROUP)}`)).body.items.map((c) => c.code).sort(), [CODE, `${CODE}-g`]);

  const channel = `o.${made.body.organization.id}`;
  const opened = async (client) => {
    const { stream } = await eventSource("/events", client.headers);
    t.after(() => stream.close());
    const one = { heard: [], over: false };
    stream.on("message", (text) => one.heard.push(JSON.parse(text)));
    stream.on("close", () => (one.over = true));
    return one;
  };
  const send = async (title) => {
    const res = await system.post("/api/notifications/organization", { organization: GROUP, title, message: "m" });
    assert.equal(res.status, 200, res.text);
    return res.body.sentCount;
  };
  const titles = (s) => s.heard.filter((e) => e.type === "SystemNotification").map((e) => e.data.title);
  const stranger = await login("Admin", 1);
  const [a, b, other] = [await opened(ann), await opened(gus), await opened(stranger)];
  assert.equal(await send("To both"), 2);
  for (const s of [a, b]) await until(() => titles(s).includes("To both"), 10000, "the notification");
  assert.equal(a.heard.find((e) => e.data.title === "To both").channel, channel);
  const [inbox] = (await ann.get("/api/notifications?limit=1")).body.items;
  assert.deepEqual([inbox.title, inbox.kind, inbox.topic], ["To both", "organization", "system"]);
  // What was missed is the own organization's as well, whatever is asked for.
  const missed = async (client) => (await client.get(`/api/events?since=${channel}:0`)).body.events.filter((e) => e.channel === channel).map((e) => e.data.title);
  assert.deepEqual([await missed(gus), await missed(stranger)], [["To both"], []]);
  for (const role of ["Technician", "Admin", "SystemAdmin"])
    assert.equal((await (await login(role)).post("/api/notifications/organization", { organization: GROUP, title: "x", message: "m" })).status, 403, role);
  assert.deepEqual(pointers(await system.post("/api/notifications/organization", { organization: "Nobody's", title: "x", message: "m" })), ["/organization"]);

  // A company that leaves: its streams ended before the answer, and open again without the channel.
  assert.match(good("tenant", "move", CODE, "Firm & Sons"), new RegExp(`^${CODE} belongs to the organization Firm & Sons, which has 1 company$`, "m"));
  await until(() => a.over, 10000, "its streams to end");
  assert.equal(b.over, false, "others stay open");
  const again = await opened(ann);
  assert.deepEqual(await missed(ann), []);
  assert.equal((await ann.get("/api/notifications?limit=1")).body.items.some((n) => n.kind === "organization"), false);
  assert.equal(await send("To one"), 1);
  assert.equal((await system.post("/api/notifications/one-company", { company: CODE, title: "To Ann", message: "m" })).body.sentCount, 1);
  await until(() => titles(b).includes("To one") && titles(again).includes("To Ann"), 10000, "both notifications");
  assert.deepEqual([titles(again), titles(b), titles(other)], [["To Ann"], ["To both", "To one"], []]);
  assert.deepEqual(pointers(await system.post("/api/notifications/one-company", { company: "nobody-there", title: "x", message: "m" })), ["/company"]);

  // Its name; commands; what is written down.
  const rename = (name, id = made.body.organization.id) => system.put(`/api/organizations/${id}`, { name });
  assert.deepEqual(pointers(await rename("Firm & SONS")), ["/name"]);
  for (const id of ["999999", "x", "1e3"]) assert.equal((await rename("x", id)).status, 404, id);
  assert.equal((await rename(`${GROUP} & Co`)).body.name, `${GROUP} & Co`);
  await until(() => b.heard.some((e) => e.type === "OrganizationUpdated" && e.channel === channel && e.data.name === `${GROUP} & Co`), 10000, "its new name");
  assert.match(good("organization", "rename", `${GROUP} & co`, GROUP), /^Renamed /);
  refused(["organization", "rename", "Nobody's", "x"], /There is no organization "Nobody's"/);
  assert.match(good("organization", "list"), new RegExp(`^ +1 companies  ${GROUP}$`, "m"));
  assert.match(good("tenant", "list"), new RegExp(`^${CODE}-g .*\\(${GROUP}\\)$`, "m"));
  assert.match(good("tenant", "add", `${CODE}-h`, "Third", "--organization", GROUP), /^Added /);
  const both = await Promise.all([move("Elsewhere", `${CODE}-g`), move("Elsewhere", `${CODE}-h`)]);
  assert.deepEqual(both.map((r) => r.status), [200, 200], both.map((r) => r.text).join());
  assert.deepEqual((await system.get(`/api/organizations?search=${encodeURIComponent(GROUP)}`)).body.total, 0, "two that leave at once leave none behind");
  assert.deepEqual(psql(`select count(*) from mortise.events where channel = '${channel}'`), [["0"]]);
  const written = psql(`select action || ' ' || actor_kind || ' ' || (after ->> 'organization') from mortise.audit where tenant_id = 0 and target_id = '${CODE}' and action = 'company.organization' order by at`).flat();
  assert.deepEqual(written, [`company.organization person ${GROUP}`, "company.organization command Firm & Sons"]);
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

test("limits: what would be more is refused, two at once don't pass it, and it is said once", async () => {
  const limits = (body, code = CODE) => system.put(`/api/tenants/${code}/limits`, { people: null, storageMb: null, plugins: null, ...body });
  const invite = (name) => ann.post("/api/users", { name, email: at(name), roles: ["Technician"] });
  assert.deepEqual(pointers(await limits({ people: -1, storageMb: "1", plugins: 1.5 })), ["/people", "/storageMb", "/plugins"]);
  assert.equal((await limits({}, "nobody-there")).status, 404);
  for (const role of ["Technician", "Dispatcher"]) assert.equal((await (await login(role)).get("/api/company/limits")).status, 403);
  const had = (await ann.get("/api/company/limits")).body.people.used;
  const set = await limits({ people: had + 1 });
  assert.deepEqual([set.status, set.body.limits.people], [200, { used: had, most: had + 1, own: had + 1 }], set.text);
  const both = await Promise.all(["lia", "leo"].map(invite));
  assert.deepEqual(both.map((r) => r.status).sort(), [201, 409], both.map((r) => r.text).join());
  assert.match(both.find((r) => r.status === 409).body.detail, new RegExp(`^The company has its ${had + 1} people, .* higher limit \\(people_max\\)$`));
  const said = await until(async () => (await ann.get("/api/notifications?limit=10")).body.items.filter((n) => / people/.test(n.title)), 10000, "a notification");
  assert.equal(said[0].title, `The limit of ${had + 1} people is reached`);
  assert.ok(said[0].text.title.values.includes(had + 1));
  assert.deepEqual((await system.get(`/api/tenants?near=true&search=${CODE}`)).body.items.map((c) => c.code), [CODE]);
  refused(["user", "invite", at("kim"), "--tenant", CODE, "--name", "Kim", "--role", "Admin"], /The company has its/);
  assert.match(good("tenant", "limits", CODE, "--people", "0", "--plugins", "1"), /^people +\d+ of any number\nstorageMb +\S+ of any number\nplugins +0 of 1$/m);
  refused(["tenant", "limits", CODE, "--people", "many"], /is no limit/);
  assert.equal((await invite("kai")).status, 201);
  psql(`insert into mortise.company_limits (tenant_id, storage_mb, bytes) select id, 1, 2000000 from mortise.tenants where code = '${CODE}'
    on conflict (tenant_id) do update set storage_mb = 1, bytes = 2000000; select mortise.company_limit_note(id, 'storage') from mortise.tenants where code = '${CODE}'`);
  const full = await ann.post("/api/tickets", { title: "One more" });
  assert.deepEqual([full.status, /^The company stores its 1 MB/.test(full.body.detail)], [409, true], full.text);
  const picture = (path) => ann.request("PUT", path, { raw: png(8) });
  for (const path of ["/api/me/photo", "/api/company/logo"]) assert.deepEqual([(await picture(path)).status, path], [409, path]);
  assert.equal((await limits({})).status, 200);
  assert.equal((await picture("/api/me/photo")).status, 200);
  assert.equal((await ann.post("/api/tickets", { title: "One more" })).status, 201);
});

const registration = (code, body = {}) => http("POST", "/api/registration", {
  body: { companyName: `Company ${code}`, companyCode: `${CODE}-${code}`, name: "Nia Newe", email: at("nia", `${CODE}-${code}`), ...body }, headers: { Origin: url },
});
const waiting = async () => (await system.get("/api/registrations?limit=200")).body.items.filter((r) => r.companyCode.startsWith(CODE));
const waitingOf = async (code) => (await waiting()).find((r) => r.companyCode === `${CODE}-${code}`);
const tokenOf = (link) => link.split("#")[1];

test("where registration is closed there is no form", async () => {
  assert.equal((await http("GET", "/api/auth/ways")).body.registration, "closed");
  const res = await registration("shut");
  assert.deepEqual([res.status, res.body.detail], [403, "Companies can't register here: ask the operator of this server to add yours"]);
  assert.equal((await http("POST", "/api/registration/link", { body: { token: "x".repeat(43) }, headers: { Origin: url } })).status, 403);
  assert.equal((await system.post("/api/registrations/links", {})).status, 409);
  refused(["tenant", "invite"], /set registration in mortise.conf/);
});

test("a company registers, and waits until a system admin approves or refuses it", async (t) => {
  const before = Number(psql("select count(*) from mortise.registrations where state = 'waiting'")[0][0]);
  t.after(await configure({ registration: "open", registration_limit: "1000", registration_waiting: String(before + 4) }));
  assert.equal((await http("GET", "/api/auth/ways")).body.registration, "open");
  const hearing = async (client, base) => {
    const { stream } = await eventSource("/events", client.headers, { base });
    t.after(() => stream.close());
    const heard = [];
    stream.on("message", (text) => heard.push(JSON.parse(text)));
    return heard;
  };
  const [heard, others] = [await hearing(system, systemUrl), await hearing(await login("Admin"), url)];

  assert.deepEqual(pointers(await http("POST", "/api/registration", { body: {}, headers: { Origin: url } })), ["/companyName", "/companyCode", "/name", "/email"]);
  for (const [body, where] of [[{ companyCode: "Ä b" }, "/companyCode"], [{ email: "nobody" }, "/email"], [{ timeZone: "Mars/Olympus" }, "/timeZone"], [{ name: "a\u0000b" }, "/name"],
    [{ companyCode: account("Admin").tenant }, "/companyCode"], [{ language: "xx" }, "/language"], [{ password: "no" }, "/password"]])
    assert.deepEqual(pointers(await registration("one", body)), [where]);
  assert.equal((await registration("one", { companyName: "<b>One</b> '); drop", timeZone: "Europe/Vienna", language: "de", organization: "Group" })).status, 204);
  assert.deepEqual(pointers(await registration("one", { email: at("other") })), ["/companyCode"]);
  assert.equal((await registration("again", { email: at("NIA", `${CODE}-one`) })).status, 204, "an address that waits is answered alike");
  assert.equal((await registration("known", { email: account("Admin").email })).status, 204, "and one that has an account");
  const one = await waitingOf("one");
  assert.deepEqual([one.companyName, one.organization, one.timeZone, one.language, one.codeTaken, one.emailTaken], ["<b>One</b> '); drop", "Group", "Europe/Vienna", "de", false, false]);
  assert.equal(one.organizationTaken, false);
  assert.deepEqual((await waiting()).map((r) => r.companyCode).sort(), [`${CODE}-known`, `${CODE}-one`]);
  await until(() => heard.find((e) => e.type === "TenantRegistered" && e.data.code === `${CODE}-one`), 10000, "its event");
  assert.equal((await system.get(`/api/tenants/${CODE}-one`)).status, 404, "nothing of it is there yet");
  assert.equal((await http("POST", "/api/auth/login", { body: { email: one.email, password: STRONG }, headers: { Origin: url } })).status, 401);

  // At once; the code taken meanwhile; an address that somebody has.
  const two = (await Promise.all([registration("two"), registration("two", { email: at("b") })])).map((r) => r.status).sort();
  assert.deepEqual(two, [204, 422]);
  const both = await Promise.all([1, 2].map(() => system.post(`/api/registrations/${one.id}/approve`, {})));
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 404], both.map((r) => r.text).join());
  const approved = both.find((r) => r.status === 200).body;
  const now = (await system.get(`/api/tenants/${CODE}-one`)).body;
  assert.deepEqual([now.state, now.organization.name], ["active", "Group"]);
  const signedIn = await welcome(approved.link);
  assert.deepEqual([signedIn.status, signedIn.body.user.roles, signedIn.body.user.timeZone, signedIn.body.user.language], [200, ["Admin"], "Europe/Vienna", "de"]);
  await until(() => heard.find((e) => e.type === "TenantApproved" && e.data.code === `${CODE}-one`), 10000, "its approval");
  assert.equal(others.some((e) => /^Tenant/.test(e.type)), false, "nobody else hears of it");
  assert.equal((await add({ adminEmail: at("faster") }, `${CODE}-two`)).status, 201);
  const taken = await waitingOf("two");
  assert.equal(taken.codeTaken, true);
  assert.deepEqual(pointers(await system.post(`/api/registrations/${taken.id}/approve`, {})), ["/code"]);
  assert.equal((await system.post(`/api/registrations/${taken.id}/approve`, { code: `${CODE}-second` })).body.code, `${CODE}-second`);
  const known = await waitingOf("known");
  assert.equal(known.emailTaken, true);
  assert.equal((await system.post(`/api/registrations/${known.id}/approve`, {})).status, 409);
  assert.deepEqual(pointers(await system.post(`/api/registrations/${known.id}/refuse`, { reason: "" })), ["/reason"]);
  assert.deepEqual((await system.post(`/api/registrations/${known.id}/refuse`, { reason: "Unknown to us" })).body, { address: account("Admin").email, mailed: false });
  assert.equal((await system.post(`/api/registrations/${known.id}/approve`, {})).status, 404, "what was refused stays so");
  const kept = (await system.get("/api/registrations?state=refused")).body.items.find((r) => r.id === known.id);
  assert.deepEqual([kept.reason, kept.state], ["Unknown to us", "refused"]);
  const written = psql(`select action from mortise.audit where tenant_id = 0 and target_id like '${CODE}-%' order by at, id`).flat();
  for (const action of ["company.registered", "company.approved", "company.refused"]) assert.ok(written.includes(action), `${action} of ${written}`);

  // Links, which work once; commands.
  const made = await system.post("/api/registrations/links", {});
  assert.equal(made.status, 201, made.text);
  assert.ok(made.body.url.startsWith(`${url}/register#`), made.body.url);
  const look = (link) => http("POST", "/api/registration/link", { body: { token: tokenOf(link) }, headers: { Origin: url } });
  assert.deepEqual((await look(made.body.url)).body, { expiresAt: made.body.expiresAt });
  assert.equal((await registration("linked", { token: tokenOf(made.body.url) })).status, 204);
  assert.equal((await look(made.body.url)).status, 404, "used");
  assert.equal((await registration("linked-again", { token: tokenOf(made.body.url) })).status, 404);
  const late = linkOf(good("tenant", "invite"));
  psql("update mortise.registration_links set expires_at = now()");
  assert.equal((await registration("late", { token: tokenOf(late) })).status, 404, "too old");
  assert.match(good("tenant", "list", "--state", "pending"), new RegExp(`^${CODE}-linked .*Nia Newe <nia@${CODE}-linked.example>$`, "m"));
  refused(["tenant", "refuse", `${CODE}-linked`], /Give --reason/);
  refused(["tenant", "approve", `${CODE}-nobody`], /No registration with the code/);
  assert.match(good("tenant", "approve", `${CODE}-linked`), new RegExp(`^Approved ${CODE}-linked\nLink: `));
  for (const n of [1, 2, 3, 4]) assert.equal((await registration(`full-${n}`)).status, 204);
  assert.equal((await registration("full-5")).status, 503, "no more than so many wait");
  assert.match(good("tenant", "refuse", `${CODE}-full-1`, "--reason", "No room"), /^Refused /);
  psql("update mortise.rate_limits set count = 1000 where route = 'registration'");
  const flood = await registration("full-5");
  assert.equal(flood.status, 429, flood.text);
  assert.match(flood.headers["retry-after"], /^\d+$/);
  psql("delete from mortise.rate_limits where route = 'registration'");
});

test("by invitation, the form needs a link", async (t) => {
  t.after(await configure({ registration: "invitation" }));
  const res = await registration("uninvited");
  assert.deepEqual([res.status, res.body.detail], [403, "Companies register here by invitation: ask the operator of this server for a link"]);
  psql(`delete from mortise.registrations where company_code like '${CODE}-full-%'`);
  assert.equal((await registration("invited", { token: tokenOf(linkOf(good("tenant", "invite"))) })).status, 204);
});
