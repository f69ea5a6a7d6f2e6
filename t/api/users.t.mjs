#!/usr/bin/env -S node --test-reporter=tap
// The people of a company.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { account, accounts, Client, http, login, psql, url } from "../lib/mortise.mjs";
import { good, mortise, removeCompanies } from "../lib/people.mjs";

const tech = await login("Technician");
const emails = (res) => res.body.items.map((u) => u.email);

test("everybody of the own company, by name", async () => {
  const res = await tech.get("/api/users");
  assert.equal(res.status, 200);
  const own = accounts().filter((a) => a.tenant === account("Technician").tenant).map((a) => a.email);
  for (const e of own) assert.ok(emails(res).includes(e), e);
  for (const a of accounts().filter((x) => x.tenant !== account("Technician").tenant)) assert.ok(!emails(res).includes(a.email));
  for (const u of res.body.items) assert.deepEqual(Object.keys(u), ["id", "name", "email", "phone", "roles", "active", "pending", "secondFactor", "version"]);
  const names = res.body.items.map((u) => u.name.toLowerCase());
  assert.deepEqual(names, [...names].sort());
});

test("by role", async () => {
  const res = await tech.get("/api/users?role=Technician");
  assert.ok(res.body.items.length >= 2);
  for (const u of res.body.items) assert.ok(u.roles.includes("Technician"));
  assert.deepEqual((await tech.get("/api/users?role=King")).body.items, []);
});

test("by a part of name or address", async () => {
  const mine = (await tech.get("/api/me")).body;
  assert.ok(emails(await tech.get(`/api/users?q=${encodeURIComponent(mine.name.slice(1).toUpperCase())}`)).includes(mine.email));
  assert.deepEqual(emails(await tech.get(`/api/users?q=${encodeURIComponent(mine.email)}`)), [mine.email]);
  assert.deepEqual(emails(await tech.get("/api/users?q=%25_%25")), []);
});

test("no password hash comes out", async () => {
  assert.doesNotMatch((await tech.get("/api/users")).text, /argon|hash/i);
});

// --- a company of its own: inviting many, handing over --------------------------------------------------------

const CODE = `users-${process.pid}`;
const at = (name) => `${name}@${CODE}.example`;
const PASSWORD = "correct horse battery";
after(() => removeCompanies(CODE));
const faultsOf = (res) => (assert.equal(res.status, 422, res.text), res.body.errors.map((e) => e.pointer).sort());
async function signIn(email) {
  const res = await http("POST", "/api/auth/login", { body: { email, password: PASSWORD }, headers: { Origin: url } });
  assert.equal(res.status, 200, res.text);
  return new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url }, res.body.user);
}
async function person(name, role = "Technician") {
  const r = mortise(["user", "add", at(name), "--tenant", CODE, "--name", name[0].toUpperCase() + name.slice(1), "--role", role, "--password-stdin"], `${PASSWORD}\n`);
  assert.equal(r.status, 0, r.err);
  return psql(`select id from mortise.users where email = '${at(name)}'`)[0][0];
}
const upload = (client, csv, query = "") =>
  client.request("POST", `/api/users.csv${query}`, { raw: Buffer.from(csv), headers: { "Content-Type": "text/csv" } });
let boss, ids;

test("a CSV file shows what would happen, line by line, and sends nothing", async () => {
  good("tenant", "add", CODE, "Users & Co");
  await person("ann", "Admin");
  boss = await signIn(at("ann"));
  psql(`insert into mortise.teams (tenant_id, id, name) select id, gen_random_uuid(), 'North' from mortise.tenants where code = '${CODE}'`);
  const csv = `\ufeffName;E-Mail;Rolle;Team;Telefon\r\n"O'Neil; Dan";${at("dan")};Technik;north;+49 1\r\nEve;eve;Technician;;\r\nAnn;${at("ANN")};Admin;;\r\n`
    + `Max;${at("max")};King;;\r\nDan;${at("DAN")};Technician;;\r\nSys;${at("sys")};SystemAdmin;;\r\n;${at("noname")};Dispatcher;South;\r\n\r\nToo;few\r\n"=cmd()";${at("cmd")};"Dispatcher,Technician";;`;
  const before = psql("select count(*) from mortise.users")[0][0];
  const res = await upload(boss, csv, "?dryRun=true");
  assert.equal(res.status, 200, res.text);
  const by = Object.fromEntries(res.body.items.map((i) => [i.line, i.faults.map((f) => f.field)]));
  assert.deepEqual(by, { 2: [], 3: ["email"], 4: ["email"], 5: ["roles"], 6: ["email"], 7: ["roles"], 8: ["name", "teams"], 10: [""], 11: [] });
  assert.deepEqual([res.body.done, res.body.ready, res.body.faulty], [false, 2, 7]);
  assert.deepEqual(res.body.items[0], { line: 2, name: "O'Neil; Dan", email: at("dan"), phone: "+49 1", roles: ["Technician"], teams: ["North"], faults: [], id: null });
  assert.match(res.body.items[2].faults[0].detail, /is a member of your company already/);
  assert.ok(res.body.items.every((i) => !i.link && i.faults.every((f) => f.detail)));
  assert.equal(psql("select count(*) from mortise.users")[0][0], before);
  assert.equal((await upload(boss, csv)).body.done, false, "all or nothing");
  assert.equal(psql("select count(*) from mortise.users")[0][0], before);

  const done = await upload(boss, csv, "?skip=true");
  assert.deepEqual([done.body.done, done.body.ready], [true, 2]);
  for (const item of done.body.items) assert.equal(!!item.link, item.faults.length === 0);
  const token = done.body.items[0].link.url.split("#")[1];
  assert.equal((await http("POST", "/api/auth/link", { body: { token }, headers: { Origin: url } })).body.email, at("dan"));
  const people = (await boss.get("/api/users")).body.items;
  assert.deepEqual(people.filter((u) => u.pending).map((u) => [u.name, u.roles, u.phone]).sort(), [["=cmd()", ["Technician", "Dispatcher"], null], ["O'Neil; Dan", ["Technician"], "+49 1"]]);
  assert.deepEqual(psql(`select u.email from mortise.teams m join mortise.users u on u.id::text = any (m.member_ids) where m.tenant_id = u.tenant_id`), [[at("dan")]]);
  const dan = people.find((u) => u.email === at("dan"));
  assert.equal((await boss.get(`/api/users/${dan.id}/history`)).body.items.length, 1);
});

test("two imports of a file at once invite everybody once", async () => {
  const csv = `name,email,role\n${Array.from({ length: 20 }, (_, i) => `P${i},${at(`p${i}`)},Technician`).join("\n")}`;
  const both = await Promise.all([upload(boss, csv, "?skip=true"), upload(boss, csv, "?skip=true")]);
  assert.deepEqual(both.map((r) => r.body.ready).sort((a, b) => a - b), [0, 20]);
  assert.deepEqual(psql(`select count(*), count(distinct email) from mortise.users where email like 'p%@${CODE}.example'`), [["20", "20"]]);
});

test("files that are none", async () => {
  assert.deepEqual(faultsOf(await upload(boss, "name,mail\nA,b@c.de\n")), ["/lines/1"]);
  assert.deepEqual(faultsOf(await upload(boss, "name,email,role,salary\nA,b@c.de,Admin,1\n")), ["/lines/1"]);
  assert.deepEqual(faultsOf(await upload(boss, "name,email,role\n")), ["/lines"]);
  assert.deepEqual(faultsOf(await upload(boss, 'name,email,role\n"A,b@c.de,Admin\n')), ["/lines/2"]);
  assert.equal((await upload(boss, "name,email,role\nA\0,b@c.de,Admin\n")).status, 400);
  assert.equal((await upload(boss, Buffer.from([0x6e, 0xff, 0xfe]))).status, 400);
  const rows = Array.from({ length: 1001 }, (_, i) => `A,a${i}@${CODE}.example,Technician`).join("\n");
  assert.equal((await upload(boss, `name,email,role\n${rows}`)).status, 413);
  assert.equal((await upload(boss, `name,email,role\n${"x".repeat(10_000_000)}`)).status, 413);
  assert.equal((await boss.post("/api/users.csv", {})).status, 415);
  const tech = await person("tess").then(() => signIn(at("tess")));
  assert.equal((await upload(tech, `name,email,role\nA,${at("a")},Admin\n`)).status, 403);
});

test("the same by command", () => {
  const file = `/tmp/people-${process.pid}.csv`;
  writeFileSync(file, `email,name,role\n${at("cli1")},"=Cli; One",Admin\n${at("ann")},Ann,Admin\n`);
  const dry = mortise(["user", "import", file, "--tenant", CODE, "--dry-run"]);
  assert.match(dry.out, /^1 can be invited, 1 lines have faults$/m);
  assert.match(dry.err, /line 3, email: .* is a member of your company already/);
  assert.equal(mortise(["user", "import", file, "--tenant", CODE]).status, 1);
  const out = mortise(["user", "import", file, "--tenant", CODE, "--skip"]).out;
  assert.match(out, new RegExp(`^name,email,link\n"'=Cli; One",${at("cli1")},http.*#.{43}\n$`));
  rmSync(file);
});

const ticketsOf = (id) => Number(psql(`select count(*) from mortise.tickets where assignee_id = '${id}' and closed_at is null`)[0][0]);

test("who is deactivated hands over open tickets: to nobody, somebody, or a team by who has the fewest", async () => {
  ids = {};
  for (const name of ["gus", "hal", "ida", "joe"]) ids[name] = await person(name);
  for (let i = 0; i < 9; i++) await boss.post("/api/tickets", { title: `Of Gus ${i}`, assigneeId: ids.gus });
  for (let i = 0; i < 3; i++) await boss.post("/api/tickets", { title: `Of Hal ${i}`, assigneeId: ids.hal });
  psql(`insert into mortise.teams (tenant_id, id, name, member_ids) select id, '018f0000-0000-7000-8000-0000000000${process.pid % 90 + 10}', 'East',
    '{${ids.gus},${ids.hal},${ids.ida}}' from mortise.tenants where code = '${CODE}'`);
  const [[east]] = psql(`select t.id from mortise.teams t join mortise.tenants c on c.id = t.tenant_id where t.name = 'East' and c.code = '${CODE}'`);
  const path = `/api/users/${ids.gus}`;
  const left = await boss.get(`${path}/open-tickets`);
  assert.deepEqual([left.body.total, left.body.items.map((s) => [s.state, s.count])], [9, [["assigned", 9]]]);

  assert.deepEqual(faultsOf(await boss.patch(path, { reassign: "nobody" })), ["/reassign"]);
  assert.deepEqual(faultsOf(await boss.patch(path, { active: false, reassign: "user" })), ["/reassignTo"]);
  assert.deepEqual(faultsOf(await boss.patch(path, { active: false, reassign: "user", reassignTo: ids.gus })), ["/reassignTo"]);
  assert.deepEqual(faultsOf(await boss.patch(path, { active: false, reassign: "team", reassignTo: ids.hal })), ["/reassignTo"]);
  const [[foreign]] = psql(`select id from mortise.users where email = '${account("Admin", 1).email}'`);
  assert.deepEqual(faultsOf(await boss.patch(path, { active: false, reassign: "user", reassignTo: foreign })), ["/reassignTo"]);
  assert.equal((await boss.get(path)).body.active, true, "nothing of it happened");

  const res = await boss.patch(path, { active: false, reassign: "team", reassignTo: east });
  assert.equal(res.status, 200, res.text);
  assert.deepEqual([res.body.active, res.body.openTickets], [false, 0]);
  assert.deepEqual([ticketsOf(ids.gus), ticketsOf(ids.hal), ticketsOf(ids.ida)], [0, 6, 6]);
  const [[one]] = psql(`select id from mortise.tickets where title = 'Of Gus 0' and assignee_id = '${ids.ida}'`);
  const history = (await boss.get(`/api/tickets/${one}/history`)).body.items;
  assert.deepEqual(history.at(-1).changes, { assigneeId: [ids.gus, ids.ida], reason: [null, "deactivated"] });
  assert.equal(history.at(-1).userName, "Ann");
  const inbox = await (await signIn(at("ida"))).get("/api/notifications?kind=user");
  assert.deepEqual(inbox.body.items.map((n) => [n.title, n.message]), [["You have 6 more tickets", "They were assigned to Gus, whose account was deactivated"]]);
  await boss.patch(path, { active: true });
  assert.equal(ticketsOf(ids.gus), 0, "they don't come back");

  assert.match(good("user", "deactivate", at("ida"), "--reassign", at("joe")), /handed over to/);
  assert.deepEqual([ticketsOf(ids.ida), ticketsOf(ids.joe)], [0, 6]);
  assert.match(mortise(["user", "deactivate", at("joe"), "--reassign", at("ida")]).err, /Nobody there can be given tickets/);
  assert.equal((await boss.get(`/api/users/${ids.joe}`)).body.active, true);
  good("user", "deactivate", at("joe"), "--reassign", "nobody");
  assert.deepEqual(psql(`select count(*) from mortise.tickets t join mortise.tenants c on c.id = t.tenant_id where c.code = '${CODE}' and assignee_id is null and closed_at is null`), [["6"]]);
});

test("thousands are handed over piece by piece, notified once", async () => {
  const kim = await person("kim"), lea = await person("lea");
  psql(`insert into mortise.tickets (tenant_id, id, number, title, state, assignee_id, created_by)
    select u.tenant_id, gen_random_uuid(), 100000 + n, 'Many ' || n, 'assigned', u.id, u.id from mortise.users u, generate_series(1, 4100) n where u.id = '${kim}'`);
  let res = await boss.patch(`/api/users/${kim}`, { active: false, reassign: "user", reassignTo: lea });
  const steps = [res.body.openTickets];
  while (res.body.openTickets > 0) {
    res = await boss.patch(`/api/users/${kim}`, { active: false, reassign: "user", reassignTo: lea, reassignMore: true });
    assert.equal(res.status, 200, res.text);
    steps.push(res.body.openTickets);
  }
  assert.deepEqual(steps, [2100, 100, 0]);
  assert.equal(ticketsOf(lea), 4100);
  const inbox = await (await signIn(at("lea"))).get("/api/notifications?kind=user");
  assert.deepEqual(inbox.body.items.map((n) => n.title), ["You have 4100 more tickets"]);
});

// --- teams -----------------------------------------------------------------------------------------------------------

test("a team: made, changed, listed by member, found by tickets, notified, deleted; tickets stay", async () => {
  const mia = await person("mia"), ned = await person("ned");
  const foreign = psql(`select id from mortise.users where email = '${account("Technician", 1).email}'`)[0][0];
  assert.deepEqual(faultsOf(await boss.post("/api/teams", { name: "South", memberIds: [mia, foreign, "x"] })), ["/memberIds/1", "/memberIds/2"]);
  assert.deepEqual(faultsOf(await boss.post("/api/teams", { name: " " })), ["/name"]);
  const made = await boss.post("/api/teams", { name: "South", description: "Below the river", leadId: mia, memberIds: [mia, ned, mia] });
  assert.equal(made.status, 201, made.text);
  const { id } = made.body;
  assert.deepEqual(made.body, { id, name: "South", description: "Below the river", leadId: mia, leadName: "Mia", memberIds: [mia, ned], version: 1 });
  assert.deepEqual(faultsOf(await boss.post("/api/teams", { name: "SOUTH" })), ["/name"]);
  assert.deepEqual((await boss.get(`/api/teams?member=${ned}`)).body.items.map((t) => t.name), ["South"]);

  const nedIn = await signIn(at("ned"));
  assert.equal((await nedIn.get(`/api/teams/${id}`)).status, 200, "everybody sees them");
  for (const res of [await nedIn.post("/api/teams", { name: "X" }), await nedIn.patch(`/api/teams/${id}`, { name: "X" }), await nedIn.del(`/api/teams/${id}`)]) assert.equal(res.status, 403);

  const of = (await boss.post("/api/tickets", { title: "Of Ned", assigneeId: ned })).body.id;
  await boss.post("/api/tickets", { title: "Of nobody" });
  const listed = async (query) => (await boss.get(`/api/tickets?${query}`)).body.items.map((t) => t.id);
  assert.deepEqual(await listed(`assigneeId=team:${id}`), [of]);
  assert.ok((await listed(`assigneeId=team:${id},none`)).length > 1);
  assert.equal((await boss.get(`/api/tickets?assigneeId=team:${randomUUID()}`)).body.total, 0);
  assert.deepEqual(faultsOf(await boss.get("/api/tickets?assigneeId=team:x")), ["?assigneeId"]);

  const sent = await boss.post("/api/notifications/team", { teamId: id, title: "Hello", message: "South" });
  assert.deepEqual(sent.body, { success: true, sentCount: 2 });
  assert.equal((await nedIn.get("/api/notifications?kind=user")).body.items[0].title, "Hello");
  assert.deepEqual(faultsOf(await boss.post("/api/notifications/team", { teamId: randomUUID(), title: "Hello", message: "x" })), ["/teamId"]);

  await boss.patch(`/api/users/${mia}`, { active: false });
  const changed = await boss.patch(`/api/teams/${id}`, { name: "South side" }, { headers: { "If-Match": made.headers.etag } });
  assert.deepEqual([changed.status, changed.body.memberIds], [200, [mia, ned]], "who was deactivated stays listed");
  assert.equal((await boss.patch(`/api/teams/${id}`, { name: "Lost" }, { headers: { "If-Match": made.headers.etag } })).status, 409);
  assert.equal((await boss.del(`/api/teams/${id}`)).status, 204);
  assert.equal((await boss.del(`/api/teams/${id}`)).status, 404);
  assert.equal((await boss.get(`/api/tickets/${of}`)).body.assigneeId, ned);
  assert.deepEqual(await listed(`assigneeId=team:${id}`), []);
});
