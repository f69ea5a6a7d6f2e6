#!/usr/bin/env -S node --test-reporter=tap
// People: from an empty company to people who work in it, and out again, by command (`mortise tenant`, `mortise user`)
// and by API.

import { test, after } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { account, http, login as loginAs, psql, until, url, Client } from "../lib/mortise.mjs";
import { good, linkOf, mortise, passwordOf, refused, removeCompanies } from "../lib/people.mjs";
import { eventSource } from "../lib/stream.mjs";

const CODE = `people-${process.pid}`;
const at = (name) => `${name}@${CODE}.example`;

const login = (email, password) => http("POST", "/api/auth/login", { body: { email, password }, headers: { Origin: url } });
async function signIn(email, password) {
  const res = await login(email, password);
  assert.equal(res.status, 200, res.text);
  return new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url });
}
const me = (client) => client.get("/api/me");

after(() => removeCompanies(CODE));

let ann; // her password

test("a company and its first person", async () => {
  assert.match(good("tenant", "add", CODE, "Peoples & Sons"), new RegExp(`^Added ${CODE} \\(Peoples & Sons\\)`));
  const out = good("user", "add", at("ann"), "--tenant", CODE, "--name", "Ann Äåß", "--role", "Admin,Dispatcher");
  ann = passwordOf(out);
  assert.equal(ann.length, 20);
  const res = await me(await signIn(at("Ann"), ann));
  assert.equal(res.status, 200);
  assert.deepEqual([res.body.name, res.body.email, res.body.tenantName, res.body.roles], ["Ann Äåß", at("ann"), "Peoples & Sons", ["Admin", "Dispatcher"]]);
  assert.match(good("tenant", "list"), new RegExp(`^${CODE} +active +1 people  since \\d{4}-\\d\\d-\\d\\d  Peoples & Sons$`, "m"));
});

test("passwords: generated ones differ, others are read from standard input and have a length", async () => {
  const add = (name) => ["user", "add", at(name), "--tenant", CODE, "--name", "Bob", "--role", "Technician", "--password-stdin"];
  refused(add("bob"), /too short: choose at least 12 characters/, "short\n");
  refused(add("bob"), /too short/, "");
  const r = mortise(add("bob"), "correct horse battery\n");
  assert.equal(r.status, 0, r.err);
  assert.doesNotMatch(r.out, /correct|Password/);
  await signIn(at("bob"), "correct horse battery");
  const one = passwordOf(good("user", "add", at("cem"), "--tenant", CODE, "--name", "Cem", "--role", "Technician"));
  assert.notEqual(one, ann);
  assert.deepEqual(psql(`select count(*) from mortise.logins where password_hash like '%${one}%'`), [["0"]]);
});

test("who is there", () => {
  const lines = good("user", "list", "--tenant", CODE).trim().split("\n");
  assert.equal(lines.length, 3);
  assert.match(lines[0], new RegExp(`^${CODE} +ann@.* active +Admin,Dispatcher +\\d{4}-.* Ann Äåß$`));
  assert.match(lines[2], /never signed in +Cem$/);
  assert.ok(good("user", "list").trim().split("\n").length > 3, "of all companies");
});

test("wrong words are refused with what would be right", () => {
  const add = (email, role, tenant = CODE, name = "Name") => ["user", "add", email, "--tenant", tenant, "--name", name, "--role", role];
  refused(["tenant", "add", CODE, "Twice"], new RegExp(`A company has the code ${CODE} already`));
  for (const code of ["A", "x", "1a", "a b", "ä-b", "a".repeat(41)]) refused(["tenant", "add", code, "Name"], /is no code of a company: choose 2 to 40 of a-z/);
  for (const name of ["", "x".repeat(121), "two\nlines"]) refused(["tenant", "add", `${CODE}-x`, name], /one line and 1 to 120 characters/);
  for (const verb of ["suspend", "activate"]) refused(["tenant", verb, "nobody-there"], /There is no company "nobody-there"; `mortise tenant list` shows them/);
  refused(add(at("ann"), "Admin"), new RegExp(`Somebody signs in with ${at("ann")} already`));
  refused(add(at("dee"), "Admin", "nobody-there"), /There is no company "nobody-there"/);
  refused(add("dee", "Admin"), /is no e-mail address such as ann@example\.com/);
  for (const role of ["King", "Admin,", "admin", "Admin, Technician"])
    refused(add(at("dee"), role), /There is no role ".*": give Technician, Dispatcher, Admin or one that the company made/);
  refused(add(at("dee"), "Admin", CODE, "x".repeat(121)), /Give --name one line of 1 to 120 characters/);
  for (const verb of ["activate", "deactivate", "reset-password"]) refused(["user", verb, at("dee")], new RegExp(`Nobody signs in with ${at("dee")}; .mortise user list. shows who does`));
  refused(["user", "set-role", at("dee"), "Admin"], /Nobody signs in with/);
  refused(["user", "list", "--tenant", "nobody-there"], /There is no company/);
  for (const args of [["user", "add", at("dee")], ["user", "set-role", at("ann")], ["tenant", "suspend"], ["user", "remove"]])
    assert.equal(mortise(args).status, 2, args.join(" "));
  assert.deepEqual(psql(`select count(*) from mortise.users where email = '${at("dee")}'`), [["0"]]);
});

test("another role holds at once, in a session that is open", async () => {
  const client = await signIn(at("ann"), ann);
  assert.equal(good("user", "set-role", at("ann"), "Technician"), `${at("ann")} is Technician now\n`);
  assert.deepEqual((await me(client)).body.roles, ["Technician"]);
  good("user", "set-role", at("ann"), "Technician,Admin");
  assert.deepEqual((await me(client)).body.roles, ["Technician", "Admin"]);
});

test("who is deactivated is out at once, and signs in anew when active again", async () => {
  const client = await signIn(at("ann"), ann);
  assert.equal((await me(client)).status, 200);
  good("user", "deactivate", at("ann"));
  assert.equal((await me(client)).status, 401);
  assert.equal((await login(at("ann"), ann)).status, 401);
  assert.match(good("user", "list", "--tenant", CODE), /ann@.* deactivated /);
  good("user", "activate", at("ann"));
  assert.equal((await me(client)).status, 401, "the session of before is gone");
  assert.equal((await me(await signIn(at("ann"), ann))).status, 200);
});

test("a new password ends the sessions of the old one, and the waits of mistakes", async () => {
  const client = await signIn(at("ann"), ann);
  for (let i = 0; i < 6; i++) await login(at("ann"), "wrong");
  assert.equal((await login(at("ann"), ann)).status, 429);
  const fresh = passwordOf(good("user", "reset-password", at("ANN")));
  assert.equal((await me(client)).status, 401);
  assert.equal((await login(at("ann"), ann)).status, 401);
  await signIn(at("ann"), fresh);
  ann = fresh;
});

test("nobody of a suspended company gets in; its sessions go on when it is active again", async () => {
  const client = await signIn(at("ann"), ann);
  good("tenant", "suspend", CODE);
  assert.equal((await me(client)).status, 401);
  assert.equal((await login(at("ann"), ann)).status, 401);
  assert.match(good("tenant", "list"), new RegExp(`^${CODE} +suspended `, "m"));
  good("tenant", "activate", CODE);
  assert.equal((await me(client)).status, 200);
});

// --- by API: what an administrator of the company does ----------------------------------------------------

const STRONG = "correct horse battery";
const look = (token, options) => http("POST", "/api/auth/link", { body: { token }, headers: { Origin: url }, ...options });
const redeem = (token, password = STRONG) => http("POST", "/api/auth/link/password", { body: { token, password }, headers: { Origin: url } });
const tokenOf = (link) => {
  const [page, token] = link.split("#");
  assert.equal(page, `${url}/welcome`);
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  return token;
};
const clientOf = (res) => new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url }, res.body.user);
const isProblem = (res, status, detail) => {
  assert.equal(res.status, status, res.text);
  assert.match(res.headers["content-type"], /problem\+json/);
  if (detail) assert.match(res.body.detail, detail);
};
const faultsOf = (res) => {
  isProblem(res, 422);
  return res.body.errors.map((e) => e.pointer).sort();
};
const isUsedUp = (res) => {
  isProblem(res, 404, /^This link doesn't work any more: it was used, a newer one replaced it, or its time is over; ask for a new one$/);
  assert.match(res.body.type, /link-invalid$/);
};
/** A link for somebody, for which a page enters its person's password just before. */
async function linkFor(client, id, password = ann) {
  const res = await client.post("/api/auth/confirm", { password });
  assert.equal(res.status, 204, res.text);
  return client.post(`/api/users/${id}/link`, {});
}
let boss; // an administrator, as a browser
let invited; // the answer to the first invitation
let dan; // a technician, signed in

test("an administrator brings in somebody, who chooses a password by a link that works once", async () => {
  boss = await signIn(at("ann"), ann);
  const res = await boss.post("/api/users", { name: "Dan O'Neil", email: at("Dan"), roles: ["Technician", "Technician"] });
  assert.equal(res.status, 201, res.text);
  invited = res.body;
  assert.equal(res.headers.location, `/api/users/${invited.id}`);
  assert.equal(res.headers.etag, '"1"');
  const { link, ...row } = invited;
  assert.deepEqual(row, { id: invited.id, name: "Dan O'Neil", email: at("dan"), phone: null, roles: ["Technician"], active: true, pending: true, secondFactor: false, version: 1 });
  assert.equal(link.purpose, "invite");
  const days = (Date.parse(link.expiresAt) - Date.now()) / 86400000;
  assert.ok(days > 6.9 && days <= 7, link.expiresAt);
  const token = tokenOf(link.url);
  assert.deepEqual(psql(`select 1 from mortise.links l where l::text like '%${token}%'`), [], "only its hash is stored");
  assert.equal((await login(at("dan"), STRONG)).status, 401, "there is no password yet");

  const seen = await look(token);
  assert.equal(seen.status, 200, seen.text);
  assert.deepEqual(seen.body, { purpose: "invite", email: at("dan"), name: "Dan O'Neil", company: "Peoples & Sons", expiresAt: link.expiresAt, passwordMin: 12, secondFactor: false });
  assert.equal((await look(token)).status, 200, "looking doesn't use it up");
  for (const [password, why] of [["short", /at least 12 characters/], [at("dan"), /easy to guess/], ["Dan O'Neil dan", /easy to guess/], ["password1234", /easy to guess/], ["peoples sons 1", /easy to guess/]]) {
    const weak = await redeem(token, password);
    assert.deepEqual(faultsOf(weak), ["/password"]);
    assert.match(weak.body.errors[0].detail, why);
  }
  const done = await redeem(token);
  assert.equal(done.status, 200, done.text);
  assert.deepEqual(done.headers["set-cookie"].map((c) => c.split("=")[0]), ["mortise_session", "mortise_device"]);
  assert.match(done.headers["set-cookie"][0], /HttpOnly; SameSite=Lax/);
  assert.equal(done.body.user.email, at("dan"));
  dan = clientOf(done);
  assert.deepEqual((await me(dan)).body.roles, ["Technician"]);
  isUsedUp(await look(token));
  isUsedUp(await redeem(token));
  assert.equal((await login(at("dan"), STRONG)).status, 200);
  assert.equal((await boss.get(`/api/users/${invited.id}`)).body.pending, false);
});

test("wrong, missing and hostile values of a new person", async () => {
  const person = { name: "Eve", email: at("eve"), roles: ["Technician"] };
  assert.deepEqual(faultsOf(await boss.post("/api/users", {})), ["/email", "/name", "/roles"]);
  assert.deepEqual(faultsOf(await boss.post("/api/users", { name: "", email: "eve", roles: [], pending: false, id: "x", password: "x", tenantId: 1 })), ["/email", "/id", "/name", "/password", "/pending", "/roles", "/tenantId"]);
  assert.deepEqual(faultsOf(await boss.post("/api/users", { ...person, roles: ["King", "Technician"] })), ["/roles/0"]);
  assert.deepEqual(faultsOf(await boss.post("/api/users", { ...person, name: "a\nb", roles: "Admin" })), ["/name", "/roles"]);
  isProblem(await boss.post("/api/users", { ...person, roles: ["SystemAdmin"] }), 403, /operator alone/);
  const [[foreignName]] = psql(`select name from mortise.tenants where code = '${account("Admin", 1).tenant}'`);
  for (const email of [at("ann"), at("DAN"), account("Admin", 1).email]) {
    const res = await boss.post("/api/users", { ...person, email });
    isProblem(res, 409, /already: an address belongs to one person of one company/);
    assert.ok(!res.text.includes("Peoples & Sons") && !res.text.includes(foreignName), "not whose");
  }
  for (const token of ["", "x", "A".repeat(42), "A".repeat(44), 7, null]) assert.deepEqual(faultsOf(await look(token)), ["/token"]);
  isUsedUp(await look("A".repeat(43)));
  isUsedUp(await look("' OR 1=1 --".padEnd(43, "-")));
  assert.deepEqual(faultsOf(await http("POST", "/api/auth/link/password", { body: { token: "A".repeat(43) } })), ["/password"]);
  isProblem(await look("A".repeat(43), { headers: { Origin: "http://evil.example" } }), 403);
  assert.deepEqual(psql(`select 1 from mortise.users where email = '${at("eve")}'`), []);
});

test("guessing links makes an address wait, and no other", async () => {
  psql(`insert into mortise.login_attempts (email, source, failures) values ('', 'n:127.0.0.1', 10000000)
    on conflict (email, source) do update set failures = 10000000, began_at = now(), last_at = now()`);
  try {
    const res = await look("A".repeat(43));
    isProblem(res, 429, /login_tries_address/);
    assert.ok(Number(res.headers["retry-after"]) > 0);
  } finally {
    psql("delete from mortise.login_attempts where email = ''");
  }
});

test("only administrators, of this company, with a recent password", async () => {
  const person = { name: "Eve", email: at("eve"), roles: ["Technician"] };
  isProblem(await dan.post("/api/users", person), 403, /users:write/);
  isProblem(await dan.patch(`/api/users/${invited.id}`, { roles: ["Admin"] }), 403);
  isProblem(await dan.post(`/api/users/${invited.id}/link`, {}), 403);
  isProblem(await dan.get(`/api/users/${invited.id}/history`), 403);
  const foreign = await loginAs("Admin", 1);
  isProblem(await foreign.patch(`/api/users/${invited.id}`, { active: false }), 404);
  isProblem(await linkFor(foreign, invited.id, account("Admin", 1).password), 404);
  isProblem(await foreign.get(`/api/users/${invited.id}`), 404);
  const own = (await me(boss)).body.id;
  psql(`update mortise.sessions set confirmed_at = now() - interval '61 minutes' where user_id = '${own}'`);
  await until(async () => (await boss.post(`/api/users/${invited.id}/link`, {})).status === 403);
  for (const res of [await boss.post("/api/users", person), await boss.patch(`/api/users/${invited.id}`, { name: "X" }), await boss.post(`/api/users/${invited.id}/link`, {})]) {
    isProblem(res, 403);
    assert.match(res.body.type, /password-needed$/);
  }
  assert.equal((await boss.get("/api/users")).status, 200, "looking is free");
  assert.equal((await boss.post("/api/auth/confirm", { password: ann })).status, 204);
  const elena = await loginAs("SystemAdmin");
  const [[fellow]] = psql(`select id from mortise.users where email = '${account("SystemAdmin").email}'`);
  const home = await loginAs("Admin");
  for (const [client, role] of [[home, "Admin"], [elena, "SystemAdmin"]]) {
    isProblem(await linkFor(client, fellow, account(role).password), 403, /operator alone/);
    isProblem(await client.patch(`/api/users/${fellow}`, { active: false }), 403);
  }
});

test("a change has a version, a history, an event", async () => {
  const path = `/api/users/${invited.id}`;
  const before = await boss.get(path);
  const res = await boss.patch(path, { name: "Dan Oneil" }, { headers: { "If-Match": before.headers.etag } });
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body, { ...before.body, name: "Dan Oneil", version: before.body.version + 1 });
  isProblem(await boss.patch(path, { name: "Lost" }, { headers: { "If-Match": before.headers.etag } }), 409);
  assert.deepEqual(faultsOf(await boss.patch(path, { email: at("other"), active: "no", roles: [], version: 1 })), ["/active", "/email", "/roles", "/version"]);
  isProblem(await boss.patch(`/api/users/${randomUUID()}`, { name: "X" }), 404);
  isProblem(await boss.post("/api/users/nobody/link", {}), 404);
  const { items } = (await boss.get(`${path}/history`)).body;
  assert.deepEqual(items.at(-1).changes, { name: ["Dan O'Neil", "Dan Oneil"] });
  assert.equal(items.at(-1).userName, "Ann Äåß");
  const [[type, payload]] = psql(`select type, payload from mortise.events where payload ->> 'userId' = '${invited.id}' order by created_at desc limit 1`);
  assert.equal(type, "UserUpdated");
  assert.equal(JSON.parse(payload).name, "Dan Oneil");
  assert.deepEqual((await me(dan)).body.name, "Dan Oneil");
});

test("a page needs the password for each link, a program as for other rights", async () => {
  const path = `/api/users/${invited.id}/link`;
  const own = (await me(boss)).body.id;
  const script = await http("POST", "/api/auth/token", { body: { email: at("ann"), password: ann } });
  const program = new Client({ Authorization: `Bearer ${script.body.access_token}` });
  assert.equal((await linkFor(boss, invited.id)).status, 201);
  psql(`update mortise.sessions set confirmed_at = now() - interval '2 minutes' where user_id = '${own}'`);
  let res;
  await until(async () => (res = await boss.post(path, {})).status === 403, 30000, "what was entered two minutes ago isn't enough");
  isProblem(res, 403, /confirm it with your password/);
  assert.match(res.body.type, /password-needed$/);
  const before = (await boss.get(`/api/users/${invited.id}`)).body;
  assert.equal((await boss.patch(`/api/users/${invited.id}`, { name: before.name })).status, 200, "but for other changes");
  assert.equal((await program.post(path, {})).status, 201);
});

test("of two who use one link at once, one gets in", async () => {
  const { url: link } = (await linkFor(boss, invited.id)).body;
  const token = tokenOf(link);
  const both = await Promise.all([redeem(token, "a first password here"), redeem(token, "another one, not it")]);
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 404]);
  isUsedUp(both.find((r) => r.status === 404));
  assert.equal((await me(dan)).status, 401, "the session of before has ended");
  dan = clientOf(both.find((r) => r.status === 200));
  assert.equal((await me(dan)).status, 200);
});

test("a newer link ends the older, and time ends both", async () => {
  const make = async () => {
    const res = await linkFor(boss, invited.id);
    assert.equal(res.status, 201, res.text);
    assert.equal(res.body.purpose, "reset");
    assert.ok(Date.parse(res.body.expiresAt) - Date.now() <= 3600000);
    return tokenOf(res.body.url);
  };
  const [old, fresh] = [await make(), await make()];
  isUsedUp(await look(old));
  assert.equal((await look(fresh)).body.purpose, "reset");
  psql(`update mortise.links set expires_at = now() where user_id = '${invited.id}'`);
  isUsedUp(await look(fresh));
  isUsedUp(await redeem(fresh));
  assert.equal((await me(dan)).status, 200, "a link alone ends nothing");
  const entries = (await boss.get(`/api/users/${invited.id}/history`)).body.items;
  assert.deepEqual(entries.at(-1).changes, { link: [null, "reset"] });
});

test("who is deactivated is out at once: session, stream and link; open tickets stay theirs (t/attack/rights has calls that run)", async () => {
  const made = await boss.post("/api/tickets", { title: "Dan's", assigneeId: invited.id });
  assert.equal(made.status, 201, made.text);
  const token = tokenOf((await linkFor(boss, invited.id)).body.url);
  const stream = await eventSource(`/events?conn=${randomUUID()}`, dan.headers);
  assert.equal(stream.status, 200);
  let closed = false;
  stream.stream.on("close", () => (closed = true));
  const res = await boss.patch(`/api/users/${invited.id}`, { active: false });
  assert.equal(res.status, 200, res.text);
  assert.equal(closed, true, "the stream is closed when the answer comes");
  assert.equal(res.body.openTickets, 1);
  assert.equal((await boss.get(`/api/tickets/${made.body.id}`)).body.assigneeId, invited.id);
  assert.equal((await me(dan)).status, 401);
  isUsedUp(await look(token));
  isUsedUp(await redeem(token));
  isProblem(await linkFor(boss, invited.id), 409, /deactivated: activate/);
  const back = await boss.patch(`/api/users/${invited.id}`, { active: true });
  assert.equal(back.status, 200);
  assert.equal(back.body.openTickets, undefined);
  assert.equal((await me(dan)).status, 401, "the session of before is gone");
  isUsedUp(await look(token));
});

test("two administrators who demote each other: one stays", async () => {
  const own = (await me(boss)).body.id;
  isProblem(await boss.patch(`/api/users/${own}`, { active: false }), 409, /can't deactivate yourself/);
  isProblem(await boss.patch(`/api/users/${own}`, { roles: ["Technician"] }), 409, /last administrator/);
  const second = await boss.post("/api/users", { name: "Fay", email: at("fay"), roles: ["Admin"] });
  assert.equal(second.status, 201, second.text);
  isProblem(await boss.patch(`/api/users/${own}`, { roles: ["Technician"] }), 409, /last administrator/);
  const fay = clientOf(await redeem(tokenOf(second.body.link.url)));
  const demote = (client, id) => client.patch(`/api/users/${id}`, { roles: ["Technician"] });
  const both = await Promise.all([demote(boss, second.body.id), demote(fay, own)]);
  assert.equal(both.filter((r) => r.status === 200).length, 1, both.map((r) => r.text).join());
  const left = (await (both[0].status === 200 ? boss : fay).get("/api/users?role=Admin")).body.items;
  assert.equal(left.length, 1);
  good("user", "set-role", at("ann"), "Admin");
});

/** Tables with this in any row, but for the audit log, which keeps names. */
const tablesWith = (text) => psql(`select c.oid::regclass from pg_class c where relnamespace = 'mortise'::regnamespace and relkind in ('r', 'p') and relname <> 'audit'
  and (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %s x where strpos(x::text, %L) > 0', c.oid::regclass, '${text}'), false, true, '')))[1]::text <> '0'`).flat();

test("who is removed is gone at once and for good; tickets and comments stay (t/sql/36-removal has every table)", async () => {
  const { id, link } = (await boss.post("/api/users", { name: "Zed Removable", email: at("zed"), roles: ["Technician"] })).body;
  const zed = clientOf(await redeem(tokenOf(link.url)));
  const script = await http("POST", "/api/auth/token", { body: { email: at("zed"), password: STRONG } });
  const program = new Client({ Authorization: `Bearer ${script.body.access_token}` });
  const ticket = (await boss.post("/api/tickets", { title: "Left behind", assigneeId: id })).body;
  const path = `/api/users/${id}`;
  assert.equal((await zed.post(`/api/tickets/${ticket.id}/comments`, { body: "Seen" })).status, 201);
  assert.equal((await zed.patch("/api/me", { phone: "+47 999" })).status, 200);
  const { stream } = await eventSource(`/events?conn=${randomUUID()}`, zed.headers);
  let closed = false;
  stream.on("close", () => (closed = true));

  isProblem(await (await signIn(at("bob"), "correct horse battery")).del(path), 403, /users:write/);
  isProblem(await boss.del(`/api/users/${(await me(boss)).body.id}`), 409, /can't remove yourself/);
  isProblem(await boss.del(path, { headers: { "If-Match": '"77"' } }), 409, /changed meanwhile/);
  assert.deepEqual(faultsOf(await boss.del(`${path}?reassign=user`)), ["?reassignTo"]);
  assert.deepEqual(faultsOf(await boss.del(`${path}?reassign=user&reassignTo=${id}`)), ["?reassignTo"]);
  assert.deepEqual(faultsOf(await boss.del(`${path}?reassign=keep`)), ["?reassign"]);
  assert.equal((await me(zed)).status, 200, "nothing of it happened");
  assert.notDeepEqual(tablesWith("Zed Removable"), []);

  const both = await Promise.all([boss.del(path), boss.del(path)]);
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 404], both.map((r) => r.text).join());
  assert.deepEqual(both.find((r) => r.status === 200).body, { openTickets: 0 });
  assert.equal(closed, true, "the stream is closed when the answer comes");
  assert.deepEqual([(await me(zed)).status, (await me(program)).status], [401, 401]);
  for (const res of [await boss.get(path), await boss.patch(path, { active: true }), await linkFor(boss, id), await boss.get(`${path}/permissions`)]) isProblem(res, 404);
  assert.deepEqual((await boss.get(`${path}/history`)).body.items, []);
  assert.ok(!(await boss.get("/api/users")).body.items.some((u) => u.id === id));
  assert.deepEqual(faultsOf(await boss.post("/api/notifications/user", { targetUserId: id, title: "x", message: "x" })), ["/targetUserId"]);
  assert.deepEqual(faultsOf(await boss.patch(`/api/tickets/${ticket.id}`, { assigneeId: id })), ["/assigneeId"]);
  assert.equal((await boss.get(`/api/tickets/${ticket.id}`)).body.assigneeId, null);
  const [comment] = (await boss.get(`/api/tickets/${ticket.id}/comments`)).body.items;
  assert.match(comment.authorName, /^Former member \d+$/);
  for (const text of ["Zed Removable", at("zed"), "+47 999"]) assert.deepEqual(tablesWith(text), [], text);
  assert.equal((await login(at("zed"), STRONG)).status, 401); // which counts as a try at an address that nobody has
  const [[type, payload]] = psql(`select type, payload from mortise.events where channel like 't.%' and payload ->> 'userId' = '${id}' order by created_at desc limit 1`);
  assert.deepEqual([type, JSON.parse(payload).name], ["UserDeleted", comment.authorName]);
  const log = (await boss.get(`/api/audit?area=user&limit=5`)).body.items[0];
  assert.deepEqual([log.action, log.targetName], ["user.removed", "Zed Removable"]);

  const again = await boss.post("/api/users", { name: "Zed", email: at("zed"), roles: ["Technician"] });
  assert.equal(again.status, 201, "the address is free");
  good("user", "set-role", at("fay"), "Technician");
  refused(["user", "remove", at("zed")], /removed for good.*confirm with --confirm/);
  refused(["user", "remove", at("ann"), "--confirm", at("ann")], /last administrator/);
  assert.match(good("user", "remove", at("zed"), "--confirm", at("zed")), /^Removed zed@.*: all sessions ended, the address is free\n$/);
  refused(["user", "remove", at("zed"), "--confirm", at("zed")], /Nobody signs in with/);
});

test("one's own password: the old one is asked for, every other session ends", async () => {
  const here = await signIn(at("ann"), ann);
  const there = await signIn(at("ann"), ann);
  const change = (body) => here.post("/api/auth/password", body);
  assert.deepEqual(faultsOf(await change({})), ["/new", "/old"]);
  isProblem(await change({ old: "wrong", new: STRONG }), 403, /password is wrong/);
  assert.deepEqual(faultsOf(await change({ old: ann, new: "Ann Äåß Ann 12" })), ["/new"]);
  isProblem(await http("POST", "/api/auth/password", { body: { old: ann, new: STRONG } }), 401);
  assert.equal((await me(there)).status, 200);
  assert.equal((await change({ old: ann, new: STRONG })).status, 204);
  assert.equal((await me(here)).status, 200);
  assert.equal((await me(there)).status, 401);
  assert.equal((await login(at("ann"), ann)).status, 401);
  await signIn(at("ann"), STRONG);
  ann = STRONG;
});

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
/** Signs in with a browser of this name. */
async function signInWith(agent) {
  const res = await http("POST", "/api/auth/login", { body: { email: at("ann"), password: ann }, headers: { Origin: url, "User-Agent": agent } });
  assert.equal(res.status, 200, res.text);
  return clientOf(res);
}
const sessionsOf = async (client) => {
  const res = await client.get("/api/me/sessions");
  assert.equal(res.status, 200, res.text);
  return res.body.items;
};

test("where somebody is signed in: browser, device, address, last use", async () => {
  good("user", "sessions", "--end-all", at("ann"));
  const [here, phone] = [await signInWith(FIREFOX), await signInWith(IPHONE)];
  const script = await http("POST", "/api/auth/token", { body: { email: at("ann"), password: ann }, headers: { "User-Agent": "curl/8.5.0 \xe9" } });
  assert.equal(script.status, 200, script.text);
  const seen = await sessionsOf(here);
  assert.deepEqual(
    seen.map((s) => [s.kind, s.current, s.browser, s.platform, s.address]).sort(),
    [["cookie", false, "Safari", "iPhone", "127.0.0.1"], ["cookie", true, "Firefox", "Linux", "127.0.0.1"], ["token", false, "curl", null, "127.0.0.1"]],
  );
  for (const s of seen) {
    assert.match(s.id, /^[0-9a-f]{32}$/);
    for (const time of [s.createdAt, s.lastUsedAt]) assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60000, time);
    assert.ok(Date.parse(s.expiresAt) > Date.now());
  }
  assert.deepEqual((await sessionsOf(phone)).map((s) => s.current && s.platform).filter((x) => x), ["iPhone"], "this one is the phone there");
  const lines = good("user", "sessions", at("ANN")).trim().split("\n");
  assert.equal(lines.length, 3);
  assert.match(lines.join("\n"), new RegExp(`^${seen.find((s) => s.current).id}  cookie  Firefox on Linux +127\\.0\\.0\\.1 +since \\S+ \\S+  last use 20`, "m"));
  // A use is written down once in five minutes, with where it was.
  const hour = "now() - interval '1 hour'";
  psql(`update mortise.sessions set seen_at = ${hour}, agent = null, address = null where user_id = '${here.who.id}'`);
  await until(async () => (await sessionsOf(here)).find((s) => s.current).address !== null, 30000, "noted again");
  const [own] = (await sessionsOf(here)).filter((s) => s.current);
  assert.ok(Date.now() - Date.parse(own.lastUsedAt) < 60000);
  const [other] = (await sessionsOf(here)).filter((s) => s.kind === "token");
  assert.deepEqual([other.browser, other.platform, other.address], [null, null, null]);
  assert.ok(Date.now() - Date.parse(other.lastUsedAt) > 3500000, "that one wasn't used");
});

test("signing out there: that session, its stream, and nobody else's", async () => {
  const [here, there, third] = [await signInWith(FIREFOX), await signInWith(IPHONE), await signInWith(FIREFOX)];
  const idOf = async (client) => (await sessionsOf(client)).find((s) => s.current).id;
  const [own, id] = [await idOf(here), await idOf(there)];
  isProblem(await boss.del(`/api/me/sessions/${"0".repeat(32)}`), 401);
  const gil = await signIn(at("bob"), "correct horse battery");
  for (const wrong of [id, "0".repeat(32), "x", id.toUpperCase(), "%27", `${id}0`]) isProblem(await gil.del(`/api/me/sessions/${wrong}`), 404);
  assert.equal((await me(there)).status, 200, "somebody else's isn't theirs to end");
  const open = async (client) => {
    const { status, stream } = await eventSource(`/events?conn=${randomUUID()}`, client.headers);
    assert.equal(status, 200);
    const one = { closed: false };
    stream.on("close", () => (one.closed = true));
    return one;
  };
  // What ended before is closed up to three times, the last time five seconds later (relay/closer.h).
  const endedJustNow = () => psql("select count(*) from mortise.rights_ended where ended_at > now() - interval '6 s'")[0][0];
  await until(() => endedJustNow() === "0", 30000, "the last closing of what ended before");
  const streams = [await open(here), await open(there), await open(third)];
  const ended = await Promise.all([here.del(`/api/me/sessions/${id}`), third.del(`/api/me/sessions/${id}`)]);
  assert.deepEqual(ended.map((r) => r.status).sort(), [204, 404], "of two at once one ends it");
  await until(() => streams[1].closed, 30000, "the end of its stream is read");
  assert.deepEqual(streams.map((s) => s.closed), [false, true, false]);
  assert.equal((await me(there)).status, 401);
  assert.equal((await me(third)).status, 200);

  const rest = await here.del("/api/me/sessions");
  assert.equal(rest.status, 200, rest.text);
  assert.ok(rest.body.ended >= 1);
  assert.equal((await me(third)).status, 401);
  assert.deepEqual(streams.map((s) => s.closed), [false, true, true]);
  assert.deepEqual((await sessionsOf(here)).map((s) => s.id), [own]);
  assert.deepEqual((await here.del("/api/me/sessions")).body, { ended: 0 });
  isProblem(await http("DELETE", "/api/me/sessions", { headers: { ...here.headers, Origin: "http://evil.example" } }), 403);
  assert.equal((await here.del(`/api/me/sessions/${own}`)).status, 204, "this one, too");
  assert.equal((await me(here)).status, 401);
});

test("the operator sees and ends sessions", async () => {
  boss = await signInWith(FIREFOX);
  const there = await signInWith(IPHONE);
  const { id } = (await sessionsOf(there)).find((s) => s.current);
  assert.equal(good("user", "sessions", at("ann"), "--end", id), `Ended 1 session of ${at("ann")}\n`);
  assert.equal((await me(there)).status, 401);
  assert.equal((await me(boss)).status, 200);
  refused(["user", "sessions", at("ann"), "--end", id], /has no session "[0-9a-f]{32}"; `mortise user sessions` shows them/);
  refused(["user", "sessions", at("dee")], /Nobody signs in with/);
  assert.equal(mortise(["user", "sessions", at("ann"), "--end", id, "--end-all"]).status, 2);
  assert.match(good("user", "sessions", at("ann"), "--end-all"), /^Ended 1 session of /);
  assert.equal((await me(boss)).status, 401);
  assert.equal(good("user", "sessions", at("ann")), `${at("ann")} is signed in nowhere\n`);
  boss = await signIn(at("ann"), ann);
});

test("what people change of themselves", async () => {
  const bob = await signIn(at("bob"), "correct horse battery");
  const change = (body) => bob.patch("/api/me", body);
  const before = (await me(bob)).body;
  for (const key of ["phone", "language", "theme"]) assert.ok(!(key in before), key);
  const res = await change({ name: "Bob Ü.", phone: "+47 22 00 00 00", language: "de", theme: "dark" });
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body, { ...before, name: "Bob Ü.", phone: "+47 22 00 00 00", language: "de", theme: "dark" });
  assert.deepEqual((await me(bob)).body, res.body, "at once");
  const row = (await boss.get(`/api/users/${before.id}`)).body;
  assert.deepEqual([row.name, row.phone], ["Bob Ü.", "+47 22 00 00 00"]);
  const history = async () => (await boss.get(`/api/users/${before.id}/history`)).body.items;
  const [entry] = (await history()).slice(-1);
  assert.deepEqual([entry.userId, entry.changes], [before.id, { name: ["Bob", "Bob Ü."], phone: [null, "+47 22 00 00 00"] }]);
  const events = () => psql(`select count(*) from mortise.events where type = 'UserUpdated' and payload ->> 'userId' = '${before.id}'`)[0][0];
  const [had, noted] = [events(), (await history()).length];

  // How the pages are is nobody else's business.
  assert.deepEqual((await change({ language: null, theme: "light" })).body.theme, "light");
  assert.equal((await change({})).status, 200);
  assert.equal((await change({ name: "Bob Ü." })).status, 200);
  assert.deepEqual([events(), (await history()).length, (await boss.get(`/api/users/${before.id}`)).body.version], [had, noted, row.version]);
  assert.ok(!("language" in (await me(bob)).body));
  const own = await change({ ownTimeZone: "America/New_York", locale: "en-GB" });
  assert.deepEqual([own.body.ownTimeZone, own.body.locale, own.body.timeZone], ["America/New_York", "en-GB", before.timeZone]);
  for (const ownTimeZone of ["Nowhere/Here", "+02:00", ""]) assert.deepEqual(faultsOf(await change({ ownTimeZone })), ["/ownTimeZone"], ownTimeZone);
  assert.deepEqual(faultsOf(await change({ locale: "fr-FR" })), ["/locale"]);
  assert.deepEqual([(await me(bob)).body.ownTimeZone, (await me(boss)).body.ownTimeZone], ["America/New_York", undefined], "nobody else's");
  assert.ok(!("ownTimeZone" in (await change({ ownTimeZone: null, locale: null })).body));

  assert.deepEqual(faultsOf(await change({ name: "", phone: "", language: "fr", theme: "pink", email: at("x"), roles: ["Admin"], active: false, tenantId: 1 })),
    ["/active", "/email", "/language", "/name", "/phone", "/roles", "/tenantId", "/theme"]);
  assert.deepEqual(faultsOf(await change({ name: null, phone: 7, theme: ["dark"] })), ["/name", "/phone", "/theme"]);
  assert.deepEqual(faultsOf(await change({ name: "a\nb", phone: "1\n2" })), ["/name", "/phone"]);
  assert.deepEqual(faultsOf(await change({ name: "x".repeat(121), phone: "1".repeat(41) })), ["/name", "/phone"]);
  isProblem(await http("PATCH", "/api/me", { body: { name: "X" } }), 401);
  isProblem(await bob.patch("/api/me", { name: "X" }, { headers: { Origin: "http://evil.example" } }), 403);
  const both = await Promise.all([change({ name: "One" }), change({ phone: "2" })]);
  assert.deepEqual(both.map((r) => r.status), [200, 200]);
  const { name, phone } = (await me(bob)).body;
  assert.deepEqual([name, phone], ["One", "2"], "two changes at once are both there");
  assert.equal((await change({ name: "Bob", phone: null })).status, 200);
  assert.deepEqual((await boss.patch(`/api/users/${before.id}`, { phone: "112" })).body.phone, "112", "an administrator can as well");
});

test("commands print links", async () => {
  const out = good("user", "invite", at("gil"), "--tenant", CODE, "--name", "Gil", "--role", "Dispatcher");
  assert.match(good("user", "list", "--tenant", CODE), /gil@\S+ +invited +Dispatcher +never signed in/);
  refused(["user", "invite", at("gil"), "--tenant", CODE, "--name", "Gil", "--role", "Admin"], new RegExp(`Somebody signs in with ${at("gil")} already`));
  const again = good("user", "reset-password", at("gil"), "--link");
  isUsedUp(await look(tokenOf(linkOf(out))));
  assert.equal((await look(tokenOf(linkOf(again)))).body.purpose, "invite");
  const gil = clientOf(await redeem(tokenOf(linkOf(again))));
  assert.deepEqual((await me(gil)).body.roles, ["Dispatcher"]);
  const reset = tokenOf(linkOf(good("user", "reset-password", "--link", at("gil"))));
  assert.equal((await me(gil)).status, 200, "until it is used");
  assert.equal((await look(reset)).body.purpose, "reset");
  refused(["user", "reset-password", "--link", at("dee")], /Nobody signs in with/);
  assert.equal(mortise(["user", "reset-password", "--link", "--password-stdin", at("gil")]).status, 2);
  good("user", "deactivate", at("gil"));
  isUsedUp(await look(reset));
  refused(["user", "reset-password", "--link", at("gil")], /deactivated: activate/);
  refused(["user", "add", at("hal"), "--tenant", CODE, "--name", "Hal", "--role", "Technician", "--password-stdin"], /easy to guess/, "password1234\n");
});
