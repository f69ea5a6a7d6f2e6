#!/usr/bin/env -S node --test-reporter=tap
// Two-step sign-in: setting it up, codes and recovery codes, and what a password alone still opens.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { configure } from "../lib/conf.mjs";
import { account, anonymous, http, leaseOver, psql, signIn, systemUrl, token, until, url } from "../lib/mortise.mjs";
import { good, passwordOf } from "../lib/people.mjs";
import { code, wrongCode } from "../lib/totp.mjs";

let who, me, secret, recovery, admin;

/** The person's tries and used codes are forgotten: a test takes less time than the codes of it. */
const fresh = () =>
  psql(`delete from mortise.login_attempts; update mortise.second_factors set last_step = 0 where user_id = '${me.who.id}'`);
const cookieOf = (res, name) => res.headers["set-cookie"]?.map((c) => c.split(";")[0]).find((c) => c.startsWith(`${name}=`));
const password = (options = {}) =>
  http("POST", "/api/auth/login", { body: { email: who.email, password: options.password ?? who.password }, headers: { Origin: url } });
const step = (cookie, typed, headers = {}) =>
  http("POST", "/api/auth/second-factor", { body: { code: typed }, headers: { Origin: url, Cookie: cookie, ...headers } });
async function challenge() {
  const res = await password();
  assert.equal(res.status, 200, res.text);
  return cookieOf(res, "mortise_step");
}
function isProblem(res, status, type) {
  assert.equal(res.status, status, res.text);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
}
const isWrong = (res) => {
  isProblem(res, 422);
  assert.deepEqual(res.body.errors.map((e) => e.pointer ?? e.field ?? e.path), ["/code"]);
};
/** The password of this minute, whatever the machine did before. */
async function confirmed(client, password) {
  const res = await client.post("/api/auth/confirm", { password });
  assert.equal(res.status, 204, res.text);
}
const actions = () => psql(`select action from mortise.audit where target_id = '${me.who.id}' order by at`).map(([a]) => a);

before(async () => {
  admin = await signIn(account("Admin", 0));
  const email = `second-${randomUUID()}@example.com`;
  const out = good("user", "add", email, "--tenant", account("Admin", 0).tenant, "--name", "Ada Zwei", "--role", "Technician");
  who = { email, password: passwordOf(out), role: "Technician" };
  me = await signIn(who);
});
after(() => {
  psql("delete from mortise.login_attempts");
  if (me) psql(`delete from mortise.users where id = '${me.who.id}'`);
});

test("it holds when a code of the app has come, and not before", async () => {
  assert.deepEqual((await me.get("/api/me/second-factor")).body, { since: null, recoveryCodes: 0 });
  const first = await me.post("/api/auth/second-factor/setup", {});
  assert.equal(first.status, 200, first.text);
  const again = await me.post("/api/auth/second-factor/setup", {});
  secret = again.body.secret;
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.notEqual(secret, first.body.secret);
  assert.match(again.body.uri, new RegExp(`^otpauth://totp/[^?]+\\?secret=${secret}&issuer=[^&]+&digits=6&period=30$`));
  const [[stored]] = psql(`select secret from mortise.second_factors where user_id = '${me.who.id}'`);
  assert.ok(stored.startsWith("v1.") && !stored.includes(secret));
  assert.equal((await password()).body.user?.email, who.email, "the password alone is enough so far");
  isWrong(await me.post("/api/auth/second-factor/activate", { code: code(first.body.secret) }));
  isWrong(await me.post("/api/auth/second-factor/activate", { code: "abcd-efgh-ijkl-mnop" }));
  const res = await me.post("/api/auth/second-factor/activate", { code: code(secret) });
  assert.equal(res.status, 200, res.text);
  recovery = res.body.recoveryCodes;
  assert.equal(new Set(recovery).size, 10);
  for (const c of recovery) assert.match(c, /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
  const { since, recoveryCodes } = (await me.get("/api/me/second-factor")).body;
  assert.ok(Date.parse(since) > Date.now() - 60000);
  assert.equal(recoveryCodes, 10);
  isProblem(await me.post("/api/auth/second-factor/setup", {}), 409);
  isProblem(await me.post("/api/auth/second-factor/activate", { code: code(secret, 1) }), 409);
  const row = (await admin.get(`/api/users/${me.who.id}`)).body;
  assert.equal(row.secondFactor, true, "who manages people sees it");
  assert.ok((await admin.get("/api/users?secondFactor=true")).body.items.some((u) => u.id === me.who.id));
});

test("the password alone opens nothing", async () => {
  fresh();
  const res = await password();
  assert.equal(res.status, 200);
  assert.deepEqual(Object.keys(res.body), ["secondFactor"]);
  assert.ok(Date.parse(res.body.secondFactor.expiresAt) > Date.now() + 240000);
  assert.equal(cookieOf(res, "mortise_session"), undefined);
  const [set] = res.headers["set-cookie"];
  assert.match(set, /^mortise_step=[A-Za-z0-9_-]{43}; Path=\/api\/auth\/; Max-Age=300; HttpOnly; SameSite=Lax$/);
  const cookie = cookieOf(res, "mortise_step");
  isProblem(await http("GET", "/api/me", { headers: { Cookie: cookie.replace("mortise_step", "mortise_session") } }), 401);
  isProblem(await http("POST", "/api/auth/token", { body: { email: who.email, password: who.password } }), 422);
  const script = await http("POST", "/api/auth/token", { body: { email: who.email, password: who.password, code: code(secret) } });
  assert.equal(script.status, 200, script.text);
});

test("a code makes the session, once", async () => {
  fresh();
  const cookie = await challenge();
  const both = await Promise.all([step(cookie, code(secret)), step(cookie, code(secret))]);
  assert.deepEqual(both.map((r) => r.status).sort(), [200, both.find((r) => r.status !== 200)?.status], "of two at once one is in");
  const good = both.find((r) => r.status === 200);
  assert.equal(good.body.user.id, me.who.id);
  assert.equal((await http("GET", "/api/me", { headers: { Cookie: cookieOf(good, "mortise_session") } })).status, 200);
  isProblem(await step(cookie, code(secret, 1)), 401, "sign-in-again");
  psql("delete from mortise.login_attempts");
  isWrong(await step(await challenge(), code(secret)));
});

test("codes of yesterday, of others, of nobody are wrong", async () => {
  fresh();
  const cookie = await challenge();
  isWrong(await step(cookie, code(secret, -2880)));
  isWrong(await step(cookie, code(secret, 3)));
  isWrong(await step(cookie, "no code at all"));
  isProblem(await step(cookie, "x".repeat(41)), 422);
  isProblem(await step("mortise_step=" + "A".repeat(43), code(secret)), 401, "sign-in-again");
  isProblem(await step("", code(secret)), 401, "sign-in-again");
  isProblem(await step(cookie, code(secret), { Origin: "https://evil.example" }), 403, "foreign-origin");
  fresh();
  assert.equal((await step(cookie, ` ${code(secret).slice(0, 3)} ${code(secret).slice(3)}`)).status, 200, "blanks don't matter");
});

test("a clock that is a little late or early is no matter, one that jumped back opens nothing", async () => {
  for (const off of [-1, 1]) {
    fresh();
    assert.equal((await step(await challenge(), code(secret, off))).status, 200);
  }
  isWrong(await step(await challenge(), code(secret, 0)), "older than the one that was used");
});

test("wrong codes count with wrong passwords, and the password alone clears nothing", async () => {
  fresh();
  const cookie = await challenge();
  for (let i = 0; i < 2; i++) isWrong(await step(cookie, wrongCode(secret)));
  const other = await challenge();
  for (let i = 0; i < 2; i++) isWrong(await step(other, wrongCode(secret)));
  const fifth = await step(other, wrongCode(secret));
  assert.ok(fifth.status === 429 || Number(fifth.headers["retry-after"]) > 0, fifth.text);
  assert.ok([401, 429].includes((await password({ password: "wrong" })).status));
  const [[failures]] = psql(`select max(failures) from mortise.login_attempts where email = lower('${who.email}')`);
  assert.ok(Number(failures) >= 5, failures);
});

test("a challenge has five tries", async () => {
  fresh();
  const cookie = await challenge();
  for (let i = 0; i < 5; i++) {
    isWrong(await step(cookie, wrongCode(secret)));
    psql("delete from mortise.login_attempts");
  }
  isProblem(await step(cookie, code(secret)), 401, "sign-in-again");
  for (let i = 0; i < 7; i++) await challenge();
  const [[n]] = psql(`select count(*) from mortise.sign_in_challenges where user_id = '${me.who.id}'`);
  assert.equal(n, "5");
});

test("a recovery code works once, however it is typed", async () => {
  fresh();
  assert.equal((await step(await challenge(), recovery[0].toUpperCase().replaceAll("-", " "))).status, 200);
  isWrong(await step(await challenge(), recovery[0]));
  assert.equal((await me.get("/api/me/second-factor")).body.recoveryCodes, 9);
  const { items } = await until(async () => {
    const { body } = await me.get("/api/notifications");
    return body.items.some((n) => /recovery code/.test(n.title)) && body;
  });
  assert.match(items.find((n) => /recovery code/.test(n.title)).message, /9/);
  fresh();
  await confirmed(me, who.password);
  const anew = await me.post("/api/auth/second-factor/codes", { code: code(secret) });
  assert.equal(anew.status, 200, anew.text);
  isWrong(await step(await challenge(), recovery[1]));
  recovery = anew.body.recoveryCodes;
});

test("a link to a new password wants the code as well, and leaves it on", async () => {
  fresh();
  await confirmed(admin, account("Admin", 0).password);
  const link = await admin.post(`/api/users/${me.who.id}/link`, {});
  assert.equal(link.status, 201, link.text);
  const body = { token: link.body.url.split("#")[1] };
  assert.equal((await anonymous.post("/api/auth/link", body)).body.secondFactor, true);
  const next = `Ein ganz neues ${Date.now()}`;
  isWrong(await anonymous.post("/api/auth/link/password", { ...body, password: next }));
  isWrong(await anonymous.post("/api/auth/link/password", { ...body, password: next, code: wrongCode(secret) }));
  const waits = await challenge();
  const done = await anonymous.post("/api/auth/link/password", { ...body, password: next, code: code(secret) });
  assert.equal(done.status, 200, done.text);
  who.password = next;
  isProblem(await step(waits, recovery[0]), 401, "sign-in-again");
  fresh();
  me = await signInWith(code(secret));
});

async function signInWith(typed) {
  const res = await step(await challenge(), typed);
  assert.equal(res.status, 200, res.text);
  const client = Object.assign(Object.create(Object.getPrototypeOf(me)), me);
  client.headers = { Cookie: cookieOf(res, "mortise_session"), Origin: url };
  return client;
}

test("who is deactivated between the steps stays out", async () => {
  fresh();
  const gone = await challenge();
  good("user", "deactivate", who.email);
  isProblem(await step(gone, code(secret)), 401, "sign-in-again");
  good("user", "activate", who.email);
  isProblem(await step(gone, code(secret)), 401, "sign-in-again");
  me = await signInWith(code(secret));
});

test("it is for people at the screen, with password and code", async () => {
  fresh();
  isProblem(await me.post("/api/auth/second-factor/remove", {}), 422);
  isWrong(await me.post("/api/auth/second-factor/remove", { code: wrongCode(secret) }));
  psql(`update mortise.sessions set confirmed_at = now() - interval '2 min' where user_id = '${me.who.id}'`);
  await leaseOver();
  isProblem(await me.post("/api/auth/second-factor/remove", { code: code(secret) }), 403, "password-needed");
  isProblem(await me.post("/api/auth/second-factor/setup", {}), 403, "password-needed");
  assert.equal((await me.post("/api/auth/confirm", { password: who.password })).status, 204);
  assert.equal((await me.post("/api/auth/second-factor/remove", { code: recovery[2] })).status, 204);
  assert.equal((await password()).body.user?.id, me.who.id);
});

test("who manages people takes it away from who lost the phone; every session ends", async () => {
  fresh();
  await confirmed(me, who.password);
  await confirmed(admin, account("Admin", 0).password);
  secret = (await me.post("/api/auth/second-factor/setup", {})).body.secret;
  assert.equal((await me.post("/api/auth/second-factor/activate", { code: code(secret) })).status, 200);
  const path = `/api/users/${me.who.id}/second-factor`;
  isProblem(await me.del(path), 403);
  isProblem(await (await signIn(account("Admin", 1))).del(path), 404);
  const sys = account("SystemAdmin");
  const [[sysId]] = psql(`select user_id from mortise.logins where email = '${sys.email}'`);
  isProblem(await admin.del(`/api/users/${sysId}/second-factor`), 403);
  assert.equal((await admin.del(path)).status, 204);
  isProblem(await me.get("/api/me"), 401);
  isProblem(await admin.del(path), 409, "no-second-factor");
  me = await signIn(who);
  for (const a of ["signin.factor-set", "signin.code-wrong", "signin.recovery-used", "signin.recovery-made", "signin.factor-removed", "signin.factor-reset"])
    assert.ok(actions().includes(a), a);
});

test("the system administration asks as well, by a challenge of its own; the operator takes it away", async () => {
  const sys = account("SystemAdmin");
  const own = await signIn(sys);
  const set = (await own.post("/api/auth/second-factor/setup", {})).body.secret;
  assert.equal((await own.post("/api/auth/second-factor/activate", { code: code(set, -1) })).status, 200);
  try {
    const at = (path, body, cookie = "") =>
      http("POST", path, { body, base: systemUrl, headers: { Origin: systemUrl, Cookie: cookie } });
    const half = await at("/api/auth/login", { email: sys.email, password: sys.password });
    assert.deepEqual(Object.keys(half.body), ["secondFactor"]);
    const cookie = cookieOf(half, "mortise_system_step");
    isProblem(await step(cookie.replace("system_step", "step"), code(set)), 401, "sign-in-again");
    const res = await at("/api/auth/second-factor", { code: code(set) }, cookie);
    assert.equal(res.status, 200, res.text);
    assert.ok(cookieOf(res, "mortise_system"));
  } finally {
    assert.match(good("user", "reset-second-factor", sys.email), /all sessions ended/);
  }
  isProblem(await own.get("/api/me"), 401);
  assert.equal((await token("SystemAdmin")).who.email, sys.email);
});

test("rotating the keys seals it again", async () => {
  fresh();
  await confirmed(me, who.password);
  secret = (await me.post("/api/auth/second-factor/setup", {})).body.secret;
  assert.equal((await me.post("/api/auth/second-factor/activate", { code: code(secret, -1) })).status, 200);
  const [[was]] = psql(`select key_id from mortise.second_factors where user_id = '${me.who.id}'`);
  good("secrets", "rotate");
  const [[is]] = psql(`select key_id from mortise.second_factors where user_id = '${me.who.id}'`);
  assert.equal(Number(is), Number(was) + 1);
  assert.equal((await step(await challenge(), code(secret))).status, 200);
});

test("a role that needs it: from the next sign-in on nothing else works before it is set up", async () => {
  fresh();
  const eve = { email: `role-${randomUUID()}@example.com`, role: "Dispatcher" };
  eve.password = passwordOf(good("user", "add", eve.email, "--tenant", account("Admin", 0).tenant, "--name", "Eve Rolle", "--role", "Dispatcher"));
  const earlier = await signIn(eve);
  const need = (needed, client = admin) => client.put("/api/roles/Dispatcher/second-factor", { needed });
  isProblem(await need(true, earlier), 403);
  isProblem(await admin.put("/api/roles/SystemAdmin/second-factor", { needed: true }), 403);
  try {
    assert.equal((await need(true)).status, 204);
    assert.equal((await admin.get("/api/roles/Dispatcher")).body.secondFactor, true);
    assert.equal((await earlier.get("/api/tickets?limit=1")).status, 200, "a session of before is left alone");
    const limited = await signIn(eve);
    assert.equal((await limited.get("/api/me")).body.needsSecondFactor, true);
    for (const path of ["/api/tickets", "/api/users", "/api/me/sessions", "/api/tokens", "/api/events", "/api/plugins/time-clock/entries"])
      isProblem(await limited.get(path), 403, "second-factor-needed");
    assert.equal((await limited.get("/events")).status, 403, "nor is a stream opened");
    isProblem(await limited.post("/api/auth/password", { old: eve.password, new: "something else entirely" }), 403, "second-factor-needed");
    const bearer = await http("POST", "/api/auth/token", { body: { email: eve.email, password: eve.password } });
    isProblem(await http("GET", "/api/tickets", { headers: { Authorization: `Bearer ${bearer.body.access_token}` } }), 403, "second-factor-needed");
    const own = (await limited.post("/api/auth/second-factor/setup", {})).body.secret;
    assert.equal((await limited.post("/api/auth/second-factor/activate", { code: code(own, -1) })).status, 200);
    const all = await Promise.all(Array.from({ length: 8 }, () => limited.get("/api/tickets?limit=1")));
    assert.deepEqual(all.map((r) => r.status), all.map(() => 200), "then everything does, in every worker");
    isProblem(await limited.post("/api/auth/second-factor/remove", { code: code(own) }), 403);
    assert.equal((await limited.get("/api/me/second-factor")).body.recoveryCodes, 10);
    good("user", "reset-second-factor", eve.email);
    isProblem(await limited.get("/api/me"), 401);
    assert.equal((await (await signIn(eve)).get("/api/me")).body.needsSecondFactor, true);
  } finally {
    assert.equal((await need(false)).status, 204);
    psql(`delete from mortise.users where name = 'Eve Rolle'`);
  }
});

test("the system administration may require it: no session there and no token that reaches beyond a company without", async () => {
  const sys = account("SystemAdmin");
  const own = await signIn(sys); // at both
  const wide = await token("SystemAdmin");
  assert.equal((await wide.get("/api/tenants")).status, 200);
  const back = await configure({ system_second_factor: "required" });
  try {
    isProblem(await own.get("/api/tenants"), 401);
    isProblem(await wide.get("/api/tenants"), 403);
    assert.equal((await own.get("/api/me")).status, 200, "inside of the company all is as before");
    const half = await http("POST", "/api/auth/login", { body: { email: sys.email, password: sys.password }, base: systemUrl, headers: { Origin: systemUrl } });
    isProblem(half, 403, "second-factor-needed");
    assert.ok(half.body.detail.includes(url));
  } finally {
    await back();
  }
  assert.equal((await own.get("/api/tenants")).status, 200);
});
