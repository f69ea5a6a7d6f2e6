#!/usr/bin/env -S node --test-reporter=tap
// Sign in and out, tokens, lockout, and where a cookie is accepted.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import { figure, measured } from "../lib/measure.mjs";
import { account, anonymous, http, login, psql, signIn, token, until, url } from "../lib/mortise.mjs";

const tech = account("Technician");
const attempt = (email, password, options) =>
  http("POST", "/api/auth/login", { body: { email, password }, ...options });
const strangers = [];
const stranger = () => strangers[strangers.push(`nobody-${randomUUID()}@example.com`) - 1];

after(() => {
  psql(`delete from mortise.login_attempts where email in (${strangers.map((s) => `'${s}'`).join(",") || "''"})`);
});

function problem(res, status, type) {
  assert.equal(res.status, status, res.text);
  assert.match(res.headers["content-type"], /^application\/problem\+json/);
  assert.equal(res.body.status, status);
  assert.ok(res.body.title && res.body.detail);
  assert.match(res.body.requestId, /^[0-9a-f]{32}$/);
  assert.equal(res.headers["x-request-id"], res.body.requestId);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
}

test("sign-in answers the person and an HttpOnly SameSite cookie", async () => {
  const res = await attempt(tech.email, tech.password);
  assert.equal(res.status, 200);
  assert.equal(res.body.user.email, tech.email);
  assert.equal(res.body.user.tenant, tech.tenant);
  assert.deepEqual(res.body.user.roles, ["Technician"]);
  assert.deepEqual(res.headers["set-cookie"].map((c) => c.split("=")[0]), ["mortise_session", "mortise_device"]);
  assert.match(res.headers["set-cookie"][1], /^mortise_device=[A-Za-z0-9_-]{43}; Path=\/api\/auth\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
  const [value, ...flags] = res.headers["set-cookie"][0].split("; ");
  assert.match(value, /^mortise_session=[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(flags.filter((f) => !f.startsWith("Max-Age=")).sort(), ["HttpOnly", "Path=/", "SameSite=Lax"]);
  assert.ok(Number(flags.find((f) => f.startsWith("Max-Age=")).slice(8)) > 3600);
  assert.equal(res.headers["cache-control"], "no-store");
});

test("the address is not case sensitive", async () => {
  assert.equal((await attempt(tech.email.toUpperCase(), tech.password)).status, 200);
});

test("the database holds the hash of a token, not the token", async () => {
  const res = await attempt(tech.email, tech.password);
  const value = res.headers["set-cookie"][0].split(";")[0].split("=")[1];
  const [[n]] = psql(`select count(*) from mortise.sessions where token_hash = encode(sha256('${value}'), 'hex')`);
  assert.equal(n, "1");
});

test("GET /api/me names tenant, roles and permissions", async () => {
  const me = (await (await login("Dispatcher")).get("/api/me")).body;
  assert.match(me.id, /^[0-9a-f-]{36}$/);
  assert.equal(me.tenant, account("Dispatcher").tenant);
  assert.equal(typeof me.tenantId, "number");
  assert.ok(me.tenantName && me.name);
  assert.deepEqual(me.roles, ["Dispatcher"]);
  assert.deepEqual(me.permissions, ["tickets:read", "tickets:read:own", "tickets:write", "tickets:write:own", "users:read", "notifications:send"]);
});

test("nobody is signed in without a cookie", async () => {
  problem(await anonymous.get("/api/me"), 401, "not-signed-in");
});

test("a wrong password and an unknown address get the same answer", async () => {
  const known = await attempt(account("Technician", 0, 1).email, "wrong");
  const unknown = await attempt(stranger(), "wrong");
  problem(known, 401);
  problem(unknown, 401);
  assert.equal(known.body.detail, unknown.body.detail);
  assert.equal(known.headers["set-cookie"], undefined);
  await signIn(account("Technician", 0, 1)); // forgets the failure
});

// The first waits are of two and four seconds: a machine that stands still so long has waited.
measured("failures make an address wait, longer each time, known or not", {}, async () => {
  const email = stranger();
  for (let i = 0; i < 4; i++) problem(await attempt(email, "wrong"), 401);
  const fifth = await attempt(email, "wrong");
  problem(fifth, 401);
  const first = Number(fifth.headers["retry-after"]);
  figure(first >= 1 && first <= 2, `Retry-After ${first}`);
  const sixth = await attempt(email, "wrong");
  figure(sixth.status === 429, `the sixth: ${sixth.status}`);
  problem(sixth, 429);
  assert.ok(Number(sixth.headers["retry-after"]) >= 1);
  // The wait over, the next failure's is longer. (The clock is turned, not waited for.)
  psql(`update mortise.login_attempts set locked_until = now() where email = '${email}'`);
  const seventh = await attempt(email, "wrong");
  problem(seventh, 401);
  figure(Number(seventh.headers["retry-after"]) > first, `Retry-After ${seventh.headers["retry-after"]} after ${first}`);
  psql(`update mortise.login_attempts set failures = 60, locked_until = now() where email = '${email}'`);
  const longest = Number((await attempt(email, "wrong")).headers["retry-after"]);
  assert.ok(longest > 800 && longest <= 900, `${longest}`);
});

test("while an address waits the right password is refused too; afterwards it forgets", async () => {
  const who = account("Technician", 1, 1);
  try {
    psql(`insert into mortise.login_attempts (email, source, failures, locked_until)
      values (lower('${who.email}'), 'n:127.0.0.1', 6, now() + interval '1 minute')
      on conflict (email, source) do update set failures = 6, locked_until = excluded.locked_until`);
    problem(await attempt(who.email, who.password), 429);
    problem(await http("POST", "/api/auth/token", { body: { email: who.email, password: who.password } }), 429);
  } finally {
    psql(`update mortise.login_attempts set locked_until = now() where email = lower('${who.email}')`);
  }
  assert.equal((await attempt(who.email, who.password)).status, 200);
  assert.deepEqual(psql(`select 1 from mortise.login_attempts where email = lower('${who.email}')`), []);
});

test("sign-in reports missing, unknown and wrong fields all at once", async () => {
  const res = await http("POST", "/api/auth/login", { body: { email: 7, remember: true } });
  problem(res, 422);
  assert.deepEqual(res.body.errors.map((e) => e.pointer).sort(), ["/email", "/password", "/remember"]);
});

test("sign-out ends the session at once, cached or not", async () => {
  const client = await signIn(tech);
  assert.equal((await client.get("/api/me")).status, 200); // in the cache now
  const out = await client.post("/api/auth/logout");
  assert.equal(out.status, 204);
  assert.match(out.headers["set-cookie"][0], /^mortise_session=; .*Max-Age=0/);
  problem(await client.get("/api/me"), 401);
  assert.equal((await client.post("/api/auth/logout")).status, 204);
});

measured("a new sign-in ends the session that the browser had", {}, async () => {
  const client = await signIn(tech);
  await client.get("/api/me");
  const again = await client.post("/api/auth/login", { email: tech.email, password: tech.password });
  assert.equal(again.status, 200);
  // Nobody waits for it as for a sign-out: workers may believe it for half a second more.
  let last;
  const began = performance.now();
  await until(async () => (last = await client.get("/api/me")).status === 401, 30000, "the old session is over");
  figure(performance.now() - began < 1500, `the old session was over after ${performance.now() - began} ms`);
  problem(last, 401);
});

test("an expired session is nobody's", async () => {
  const client = await token("Technician"); // not used yet, so nowhere cached
  const value = client.headers.Authorization.split(" ")[1];
  psql(`update mortise.sessions set expires_at = now() - interval '1 s' where token_hash = encode(sha256('${value}'), 'hex')`);
  problem(await client.get("/api/me"), 401);
});

test("forged cookies are nobody's", async () => {
  const { headers } = await signIn(tech);
  const good = headers.Cookie.split("=")[1];
  const flipped = good.slice(0, -1) + (good.at(-1) === "A" ? "B" : "A");
  const forged = [
    "", "x", flipped, good + "x", good.slice(1), "A".repeat(43), "A".repeat(4000), `"${good}"`,
    "1.0190a1b2-0000-7000-8000-000000000001.9999999999." + "0".repeat(64),
    "' OR 1=1 --", "%00", "../../etc/passwd",
  ];
  for (const f of forged) problem(await http("GET", "/api/me", { headers: { Cookie: `mortise_session=${f}` } }), 401);
  for (const c of [`Mortise_Session=${good}`, `mortise_session2=${good}`, `x=mortise_session=${good}`, ";=;"])
    problem(await http("GET", "/api/me", { headers: { Cookie: c } }), 401);
});

test("headers that claim an identity change nothing", async () => {
  const claims = {
    "x-company-code": account("Admin", 1).tenant,
    "x-user-id": randomUUID(),
    "x-user-role": "SystemAdmin",
    "X-Mt-User": randomUUID(),
    "X-Mt-Tenant": "2",
    "X-Mt-Roles": "SystemAdmin",
  };
  problem(await http("GET", "/api/me", { headers: claims }), 401);
  const client = await login("Technician");
  const me = (await client.get("/api/me", { headers: claims })).body;
  assert.equal(me.id, client.who.id);
  assert.equal(me.tenant, tech.tenant);
  assert.deepEqual(me.roles, ["Technician"]);
});

test("a token works as Bearer, and only there", async () => {
  const res = await http("POST", "/api/auth/token", { body: { email: tech.email, password: tech.password } });
  assert.equal(res.status, 200);
  assert.equal(res.body.token_type, "Bearer");
  assert.ok(res.body.expires_in > 3600);
  assert.equal(res.headers["set-cookie"], undefined);
  const bearer = { Authorization: `Bearer ${res.body.access_token}` };
  assert.equal((await http("GET", "/api/me", { headers: bearer })).body.email, tech.email);
  problem(await http("GET", "/api/me", { headers: { Authorization: `Basic ${res.body.access_token}` } }), 401);
  problem(await http("GET", "/api/me", { headers: { Authorization: "Bearer " + "A".repeat(43) } }), 401);
  assert.equal((await http("POST", "/api/auth/logout", { headers: bearer })).status, 204);
  problem(await http("GET", "/api/me", { headers: bearer }), 401);
});

test("a bad token is not replaced by a good cookie", async () => {
  const client = await login("Technician");
  problem(await client.get("/api/me", { headers: { Authorization: "Bearer nonsense" } }), 401);
});

test("unsafe methods with a cookie from a foreign page are refused", async () => {
  const { headers } = await login("Dispatcher");
  const port = new URL(url).port;
  const foreign = ["null", "http://evil.example", `http://127.0.0.1:${Number(port) + 1}`, `https://127.0.0.1.evil.example`,
    `http://127.0.0.1:${port}.evil.example`, "file://"];
  for (const Origin of foreign) {
    const res = await http("POST", "/api/tickets", { headers: { Cookie: headers.Cookie, Origin }, body: { title: "forged" } });
    problem(res, 403, "foreign-origin");
    problem(await http("POST", "/api/auth/logout", { headers: { Cookie: headers.Cookie, Origin } }), 403, "foreign-origin");
    problem(await attempt(tech.email, tech.password, { headers: { Origin } }), 403, "foreign-origin");
  }
  assert.deepEqual(psql("select 1 from mortise.tickets where title = 'forged'"), []);
  assert.equal((await http("GET", "/api/me", { headers })).status, 200);
});

test("own origins and bearer tokens are not refused", async () => {
  const { headers } = await login("Dispatcher");
  const host = new URL(url).host;
  for (const h of [{ Origin: `http://${host}` }, {}, { Origin: "http://localhost:9", Host: "localhost:9" }])
    assert.equal((await http("POST", "/api/tickets", { headers: { Cookie: headers.Cookie, ...h }, body: {} })).status, 422);
  const script = await token("Dispatcher");
  assert.equal((await script.post("/api/tickets", {}, { headers: { Origin: "http://evil.example" } })).status, 422);
});

test("a deactivated person can't sign in, and sessions end", async () => {
  const who = account("Technician", 1, 0);
  const client = await token("Technician", 1, 0); // not used yet, so nowhere cached
  const user = `from mortise.logins l where l.tenant_id = u.tenant_id and l.user_id = u.id and l.email = lower('${who.email}')`;
  try {
    psql(`update mortise.users u set active = false ${user}`);
    problem(await client.get("/api/me"), 401);
    problem(await attempt(who.email, who.password), 401);
  } finally {
    psql(`update mortise.users u set active = true ${user}`);
    psql(`delete from mortise.login_attempts where email = lower('${who.email}')`);
  }
  assert.equal((await client.get("/api/me")).status, 200);
});
