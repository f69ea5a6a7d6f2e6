#!/usr/bin/env -S node --test-reporter=tap
// `mortise tenant` and `mortise user`: from an empty company to people who work in it, and out again.

import { test, after } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { bin, conf, http, psql, url, Client } from "../lib/mortise.mjs";

const CODE = `people-${process.pid}`;
const at = (name) => `${name}@${CODE}.example`;

/** Runs a command; `input` is its standard input. */
function mortise(args, input = "") {
  const r = spawnSync(bin("mortise"), [...args.slice(0, 2), "-c", conf, ...args.slice(2)], { encoding: "utf8", input });
  return { status: r.status, out: r.stdout, err: r.stderr };
}
function good(...args) {
  const r = mortise(args);
  assert.equal(r.status, 0, r.err);
  assert.equal(r.err, "", "nothing is open on any host that should have ended");
  return r.out;
}
function refused(args, why, input) {
  const r = mortise(args, input);
  assert.equal(r.status, 1, `${args}: ${r.out}${r.err}`);
  assert.match(r.err, why);
  assert.equal(r.out, "");
}
const passwordOf = (out) => /^Password: (\S+)$/m.exec(out)[1];
const login = (email, password) => http("POST", "/api/auth/login", { body: { email, password }, headers: { Origin: url } });
async function signIn(email, password) {
  const res = await login(email, password);
  assert.equal(res.status, 200, res.text);
  return new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url });
}
const me = (client) => client.get("/api/me");

after(() => {
  psql(`delete from mortise.users where tenant_id in (select id from mortise.tenants where code like '${CODE}%');
    delete from mortise.ticket_states where tenant_id in (select id from mortise.tenants where code like '${CODE}%');
    delete from mortise.counters where tenant_id in (select id from mortise.tenants where code like '${CODE}%');
    delete from mortise.tenants where code like '${CODE}%'`);
});

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
    refused(add(at("dee"), role), /is no role: give Technician, Dispatcher, Admin or SystemAdmin, several with commas between/);
  refused(add(at("dee"), "Admin", CODE, "x".repeat(121)), /Give --name one line of 1 to 120 characters/);
  for (const verb of ["activate", "deactivate", "reset-password"]) refused(["user", verb, at("dee")], new RegExp(`Nobody signs in with ${at("dee")}; .mortise user list. shows who does`));
  refused(["user", "set-role", at("dee"), "Admin"], /Nobody signs in with/);
  refused(["user", "list", "--tenant", "nobody-there"], /There is no company/);
  for (const args of [["user", "add", at("dee")], ["user", "set-role", at("ann")], ["tenant", "suspend"], ["user", "remove", at("ann")]])
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
