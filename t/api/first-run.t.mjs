#!/usr/bin/env -S node --test-reporter=tap
// The first run: `mortise setup` prints a link while nobody administers the system, and its page makes the first
// system admin, the first company and its administrator.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { account, http, psql, signInSystem, url, Client } from "../lib/mortise.mjs";
import { linkOf, removeCompanies, setup, withoutSystemAdmins } from "../lib/people.mjs";

const CODE = `first-${process.pid}`;
const at = (name) => `${name}@${CODE}.example`;
const STRONG = "correct horse battery";
let restore = () => {};

const post = (path, body) => http("POST", path, { body, headers: { Origin: url } });
const look = (token) => post("/api/auth/setup", { token });
const finish = (token, more = {}) =>
  post("/api/auth/setup/finish", { token, name: "Ann", email: at("ann"), password: STRONG, companyName: "First & Sons", companyCode: CODE, ...more });
function faultsOf(res) {
  assert.equal(res.status, 422, res.text);
  return res.body.errors.map((e) => e.pointer).sort();
}
function isUsedUp(res) {
  assert.equal(res.status, 404, res.text);
  assert.match(res.body.type, /link-invalid$/);
  assert.match(res.body.detail, /^This link doesn't work any more: .*`mortise setup` prints another while there is none$/);
}
const print = () => {
  const r = setup();
  assert.equal(r.status, 0, r.err);
  return r.out;
};
const newToken = () => {
  const [page, token] = linkOf(print()).split("#");
  assert.equal(page, `${url}/setup`);
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  return token;
};
/** Nobody administers the system once more. */
const demote = () => psql("update mortise.users set roles = array_remove(roles, 'SystemAdmin') where 'SystemAdmin' = any (roles)");
let token;

before(() => (restore = withoutSystemAdmins()));
after(() => {
  demote();
  removeCompanies(CODE);
  psql("delete from mortise.first_run; delete from mortise.login_attempts where email = ''");
  restore();
});

test("a link is printed, of which the newest works", async () => {
  const old = newToken();
  assert.equal((await look(old)).status, 200);
  token = newToken();
  isUsedUp(await look(old));
  const res = await look(token);
  assert.equal(res.status, 200, res.text);
  const minutes = (Date.parse(res.body.expiresAt) - Date.now()) / 60000;
  assert.ok(minutes > 58 && minutes <= 60, res.body.expiresAt);
  assert.equal(res.body.passwordMin, 12);
  assert.deepEqual(psql(`select 1 from mortise.first_run f where f::text like '%${token}%'`), [], "only its hash is stored");
});

test("wrong, missing and hostile values", async () => {
  for (const wrong of ["", "x", "A".repeat(42), 7, null]) assert.deepEqual(faultsOf(await look(wrong)), ["/token"]);
  isUsedUp(await look("A".repeat(43)));
  isUsedUp(await finish("' OR 1=1 --".padEnd(43, "-")));
  assert.deepEqual(faultsOf(await post("/api/auth/setup/finish", {})), ["/companyCode", "/companyName", "/email", "/name", "/password", "/token"]);
  assert.deepEqual(faultsOf(await finish(token, { name: "a\nb", email: "ann", companyName: "", roles: ["Admin"] })), ["/companyName", "/email", "/name", "/roles"]);
  for (const companyCode of ["x", "A-b", "1a", "ä-b", "a b", "a".repeat(41)]) assert.deepEqual(faultsOf(await finish(token, { companyCode })), ["/companyCode"]);
  for (const password of ["short", "first & sons 1", "password1234", at("ann")]) assert.deepEqual(faultsOf(await finish(token, { password })), ["/password"]);
  assert.deepEqual(faultsOf(await finish(token, { otherName: "Bob" })), ["/otherEmail"]);
  assert.deepEqual(faultsOf(await finish(token, { otherEmail: at("bob") })), ["/otherName"]);
  assert.deepEqual(faultsOf(await finish(token, { otherName: "Bob", otherEmail: at("ANN") })), ["/otherEmail"]);
  // What is there already.
  const taken = account("Admin");
  assert.deepEqual(faultsOf(await finish(token, { companyCode: taken.tenant })), ["/companyCode"]);
  assert.deepEqual(faultsOf(await finish(token, { email: taken.email })), ["/email"]);
  assert.deepEqual(faultsOf(await finish(token, { otherName: "Bob", otherEmail: taken.email })), ["/otherEmail"]);
  assert.equal((await http("POST", "/api/auth/setup", { body: { token }, headers: { Origin: "http://evil.example" } })).status, 403);
  assert.deepEqual(psql(`select 1 from mortise.tenants where code like '${CODE}%'`), [], "nothing was made");
  assert.equal((await look(token)).status, 200, "and the link still works");
});

test("of two at once one is the first", async () => {
  const both = await Promise.all([finish(token), finish(token, { name: "Eve", email: at("eve"), companyCode: `${CODE}-2` })]);
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 404], both.map((r) => r.text).join());
  isUsedUp(both.find((r) => r.status === 404));
  isUsedUp(await look(token));
  isUsedUp(await finish(token));
  const done = both.find((r) => r.status === 200);
  assert.deepEqual(done.body.user.roles, ["Admin", "SystemAdmin"]);
  assert.equal(done.body.link, undefined);
  const client = new Client({ Cookie: done.headers["set-cookie"][0].split(";")[0], Origin: url });
  assert.equal((await client.get("/api/me")).body.email, done.body.user.email);
  assert.ok(done.body.user.systemUrl);
  const system = await signInSystem({ email: done.body.user.email, password: STRONG });
  assert.equal((await system.get("/api/me")).status, 200);
  assert.equal(psql(`select count(*) from mortise.tenants where code like '${CODE}%'`)[0][0], "1");
  assert.doesNotMatch(print(), /Link:/, "setup prints no link any more");
});

test("another administrator gets an invitation", async () => {
  demote();
  removeCompanies(CODE);
  token = newToken();
  const res = await finish(token, { otherName: "Bob", otherEmail: at("BOB") });
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body.user.roles, ["SystemAdmin"]);
  assert.equal(res.body.link.purpose, "invite");
  const invited = await post("/api/auth/link", { token: res.body.link.url.split("#")[1] });
  assert.equal(invited.status, 200, invited.text);
  assert.deepEqual([invited.body.name, invited.body.email, invited.body.company], ["Bob", at("bob"), "First & Sons"]);
  assert.deepEqual(psql(`select array_to_string(roles, ',') from mortise.users where email = '${at("bob")}'`), [["Admin"]]);
});

test("a link ends with its time, and when somebody administers the system", async () => {
  demote();
  removeCompanies(CODE);
  token = newToken();
  psql("update mortise.first_run set expires_at = now()");
  isUsedUp(await look(token));
  isUsedUp(await finish(token));
  token = newToken();
  restore();
  try {
    isUsedUp(await look(token));
    isUsedUp(await finish(token));
    assert.doesNotMatch(print(), /Link:/);
  } finally {
    restore = withoutSystemAdmins();
  }
});
