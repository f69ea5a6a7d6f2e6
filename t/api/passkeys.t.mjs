#!/usr/bin/env -S node --test-reporter=tap
// Passkeys: adding them, signing in with them, and everything that is to be refused. The device is t/lib/passkey.mjs.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { account, anonymous, http, leaseOver, psql, signIn, systemUrl, until, url } from "../lib/mortise.mjs";
import { Passkey, b64 } from "../lib/passkey.mjs";
import { good, passwordOf, removeCompanies } from "../lib/people.mjs";
import { code } from "../lib/totp.mjs";

const CODE = `keys-${process.pid}`;
let who, me, eve, her, boss, key;

const fresh = () => psql("delete from mortise.login_attempts");
const cookieOf = (res, name) => res.headers["set-cookie"]?.map((c) => c.split(";")[0]).find((c) => c.startsWith(`${name}=`));
const person = (name, role) => {
  const email = `${name}@${CODE}.example`;
  return { email, role, password: passwordOf(good("user", "add", email, "--tenant", CODE, "--name", name, "--role", role)) };
};
function isProblem(res, status, type) {
  assert.equal(res.status, status, res.text);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
}
function isFault(res, field) {
  isProblem(res, 422);
  assert.deepEqual(res.body.errors.map((e) => e.pointer ?? e.field ?? e.path), [field], res.text);
}
const confirmed = async (client) => assert.equal((await client.post("/api/auth/confirm", { password: client.who.password })).status, 204);

async function setup(client) {
  const res = await client.post("/api/auth/passkeys/setup", {});
  assert.equal(res.status, 200, res.text);
  return res.body;
}
/** Adds one, or answers what it is refused with. */
const add = async (client, device, wrong) => client.post("/api/auth/passkeys", device.made(await setup(client), wrong));
async function added(client, options) {
  const device = new Passkey({ origin: url, ...options });
  const res = await add(client, device, options);
  assert.equal(res.status, 201, res.text);
  return Object.assign(device, { row: res.body.id });
}

/** What the sign-in page does, up to the device: the challenge, and the cookie that goes with it. */
async function asked(base = url) {
  const res = await http("POST", "/api/auth/passkeys/challenge", { body: {}, base, headers: { Origin: base } });
  assert.equal(res.status, 200, res.text);
  return { ...res.body, cookie: cookieOf(res, base === url ? "mortise_passkey" : "mortise_system_passkey") };
}
const send = (body, cookie, { base = url, ...headers } = {}) =>
  http("POST", "/api/auth/passkeys/sign-in", { body, base, headers: { Origin: base, Cookie: cookie ?? "", ...headers } });
async function enter(device, wrong = {}) {
  const of = await asked();
  return send(device.signed({ ...of, ...wrong.asked }, wrong), of.cookie);
}
const password = (p) => http("POST", "/api/auth/login", { body: { email: p.email, password: p.password }, headers: { Origin: url } });
const actions = (p) => psql(`select action from mortise.audit where target_id = '${p.who.id}' order by at`).map(([a]) => a);

before(async () => {
  good("tenant", "add", CODE, "Keys & Sons");
  who = person("ada", "Technician");
  eve = person("eve", "Technician");
  [me, her, boss] = await Promise.all([signIn(who), signIn(eve), signIn(person("boss", "Admin"))]);
});
after(() => {
  fresh();
  psql(`delete from mortise.role_second_factors where tenant_id = (select id from mortise.tenants where code = '${CODE}')`);
  removeCompanies(CODE);
});

test("adding one needs the password of this minute, and it signs in without one", async () => {
  psql(`update mortise.sessions set confirmed_at = now() - interval '2 min' where user_id = '${me.who.id}'`);
  await leaseOver();
  isProblem(await me.post("/api/auth/passkeys/setup", {}), 403, "password-needed");
  await confirmed(me);
  const wanted = await setup(me);
  assert.deepEqual([wanted.rpId, wanted.known, wanted.email], [new URL(url).hostname, [], who.email]);
  assert.equal(Buffer.from(wanted.userId, "base64url").toString(), me.who.id);
  key = await added(me, { name: "Ada's phone" });
  assert.deepEqual((await setup(me)).known, [b64(key.id)]);
  assert.deepEqual(psql(`select kind, address from mortise.mails where user_id = '${me.who.id}'`), [["factor", who.email]], "a mail says so");
  const [row] = (await me.get("/api/me/passkeys")).body.items;
  assert.deepEqual({ ...row, createdAt: 0 }, { id: key.row, name: "Ada's phone", createdAt: 0, lastUsedAt: null });
  const res = await enter(key);
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.user.id, me.who.id);
  assert.equal((await http("GET", "/api/me", { headers: { Cookie: cookieOf(res, "mortise_session") } })).status, 200);
  assert.ok((await me.get("/api/me/passkeys")).body.items[0].lastUsedAt);
});

test("EdDSA and RS256 as well, and no other key", async () => {
  for (const kind of ["EdDSA", "RS256"]) {
    const device = await added(me, { kind, name: kind, idLength: kind === "RS256" ? 1023 : 16 });
    assert.equal((await enter(device)).status, 200, kind);
    assert.equal((await me.del(`/api/me/passkeys/${device.row}`)).status, 204);
    isProblem(await enter(device), 401, "passkey-wrong");
  }
  const other = new Passkey({ origin: url });
  for (const alg of [0, -35, -65535])
    isFault(await add(me, other, { key: (k) => k.set(3, alg) }), "/authenticatorData");
  isFault(await add(me, other, { key: () => new Map() }), "/authenticatorData");
});

test("what another page, host or browser made adds nothing", async () => {
  const device = new Passkey({ origin: url });
  isFault(await add(me, device, { client: { origin: "https://evil.example" } }), "/clientDataJSON");
  isFault(await add(me, device, { client: { origin: url.replace(/\d+$/, "1") } }), "/clientDataJSON");
  isFault(await add(me, device, { client: { crossOrigin: true } }), "/clientDataJSON");
  isFault(await add(me, device, { type: "webauthn.get" }), "/clientDataJSON");
  const wanted = await setup(me);
  isFault(await me.post("/api/auth/passkeys", device.made({ ...wanted, rpId: "evil.example" })), "/authenticatorData");
  isProblem(await me.post("/api/auth/passkeys", device.made(wanted)), 409, "passkey-again");
  isProblem(await me.post("/api/auth/passkeys", device.made({ ...wanted, challenge: b64(Buffer.alloc(32)) })), 409, "passkey-again");
  isProblem(await me.post("/api/auth/passkeys", device.made(await setup(her))), 409, "passkey-again");
  const late = await setup(me);
  psql("update mortise.passkey_challenges set expires_at = now()");
  isProblem(await me.post("/api/auth/passkeys", device.made(late)), 409, "passkey-again");
  isProblem(await add(her, Object.assign(new Passkey({ origin: url }), { id: key.id })), 409);
});

test("what is cut off, unchecked or no such thing adds nothing", async () => {
  const device = new Passkey({ origin: url });
  for (const cut of [1, 40, 77, 100, 128]) isFault(await add(me, device, { cut }), "/authenticatorData");
  for (const flags of [0x41, 0x44, 0x05]) isFault(await add(me, device, { flags }), "/authenticatorData");
  const made = device.made(await setup(me));
  isFault(await me.post("/api/auth/passkeys", { ...made, authenticatorData: "not base64!" }), "/authenticatorData");
  isFault(await me.post("/api/auth/passkeys", { ...made, authenticatorData: "A".repeat(4097) }), "/authenticatorData");
  isFault(await me.post("/api/auth/passkeys", { ...made, clientDataJSON: b64("[1]") }), "/clientDataJSON");
  isFault(await me.post("/api/auth/passkeys", { ...made, name: "" }), "/name");
  assert.equal((await me.post("/api/auth/passkeys", { ...made, name: "Ü".repeat(60) })).status, 201);
});

test("an answer signs in once, in the browser that was asked, at this address", async () => {
  fresh();
  const of = await asked(), other = await asked();
  const body = key.signed(of);
  isProblem(await send(body, other.cookie), 401, "sign-in-again");
  isProblem(await send(body), 401, "sign-in-again");
  isProblem(await send(body, of.cookie, { Origin: "https://evil.example" }), 403, "foreign-origin");
  const both = await Promise.all([send(body, of.cookie), send(body, of.cookie)]);
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 401], "of two at once one is in");
  isProblem(await send(body, of.cookie), 401, "sign-in-again");
  psql("update mortise.passkey_challenges set expires_at = now()");
  isProblem(await send(key.signed(other), other.cookie), 401, "sign-in-again");
  isFault(await enter(key, { client: { origin: "https://evil.example" } }), "/clientDataJSON");
  isFault(await enter(key, { type: "webauthn.create" }), "/clientDataJSON");
  isProblem(await enter(key, { asked: { rpId: "evil.example" } }), 401, "passkey-wrong");
});

test("altered signatures, other people's and unknown passkeys, a device that didn't ask", async () => {
  fresh();
  const flip = (s) => (s[s.length - 1] ^= 1, s);
  isProblem(await enter(key, { alter: flip }), 401, "passkey-wrong");
  isProblem(await enter(key, { alter: () => Buffer.from([0]) }), 401, "passkey-wrong");
  isProblem(await enter(key, { flags: 1 }), 401, "passkey-wrong");
  fresh();
  const hers = await added(her);
  isProblem(await enter(key, { id: hers.id, user: hers.user }), 401, "passkey-wrong");
  isProblem(await enter(key, { user: hers.user }), 401, "passkey-wrong");
  isProblem(await enter(key, { id: Buffer.alloc(32) }), 401, "passkey-wrong");
  fresh();
  const res = await enter(hers);
  assert.equal(res.body.user?.id, her.who.id, res.text);
  assert.ok(actions(me).includes("signin.passkey-wrong"));
});

test("tries count with those at passwords", async () => {
  fresh();
  for (let i = 0; i < 5; i++) await enter(key, { alter: () => Buffer.from([0]) });
  isProblem(await enter(key), 429);
  isProblem(await password({ ...who, password: "wrong" }), 429);
  fresh();
  for (let i = 0; i < 6; i++) await enter(new Passkey({ origin: url }), { user: key.user });
  isProblem(await enter(new Passkey({ origin: url }), { user: key.user }), 429);
  assert.equal((await enter(key)).status, 200, "unknown ones lock nobody out");
});

test("a counter goes forward; one that goes back is a copy, and the person hears of it", async () => {
  fresh();
  key.count = 7;
  assert.equal((await enter(key)).status, 200);
  key.count = 9;
  assert.equal((await enter(key)).status, 200);
  for (const count of [9, 8, 0]) {
    key.count = count;
    isProblem(await enter(key), 401, "passkey-copied");
    fresh();
  }
  assert.ok(actions(me).includes("signin.passkey-copied"));
  await until(async () => (await me.get("/api/notifications")).body.items.some((n) => /passkey .* was refused/.test(n.title)), 10000, "a notification");
  key.count = 10;
  assert.equal((await enter(key)).status, 200);
});

test("who has one can't sign in with the password alone", async () => {
  fresh();
  const res = await password(who);
  assert.deepEqual(Object.keys(res.body), ["secondFactor"], res.text);
  assert.deepEqual([res.body.secondFactor.app, res.body.secondFactor.passkey], [false, true]);
  assert.equal(cookieOf(res, "mortise_session"), undefined);
  isProblem(await http("POST", "/api/auth/second-factor", { body: { code: "123456" }, headers: { Origin: url, Cookie: cookieOf(res, "mortise_step") } }), 409, "no-second-factor");
  isProblem(await http("POST", "/api/auth/token", { body: { email: who.email, password: who.password, code: "123456" } }), 409, "no-second-factor");
  fresh();
  await confirmed(boss);
  const link = await boss.post(`/api/users/${me.who.id}/link`, {});
  const body = { token: link.body.url.split("#")[1] };
  assert.equal((await anonymous.post("/api/auth/link", body)).body.secondFactor, false);
  who.password = `Ein ganz neues ${Date.now()}`;
  const chosen = await http("POST", "/api/auth/link/password", { body: { ...body, password: who.password }, headers: { Origin: url } });
  assert.deepEqual(Object.keys(chosen.body), ["secondFactor"], chosen.text);
  assert.equal(cookieOf(chosen, "mortise_session"), undefined);
  isProblem(await me.get("/api/me"), 401);
  me = await back(key);
});

/** The person's client anew, by the passkey. */
async function back(device) {
  if (device.count) device.count++;
  const res = await enter(device);
  assert.equal(res.status, 200, res.text);
  const client = Object.create(Object.getPrototypeOf(me));
  return Object.assign(client, me, { headers: { Cookie: cookieOf(res, "mortise_session"), Origin: url }, who: { ...who, ...res.body.user } });
}

test("names, and an end: one's own alone", async () => {
  const path = `/api/me/passkeys/${key.row}`;
  assert.equal((await me.patch(path, { name: "Ada's new phone" })).status, 204);
  isProblem(await her.patch(path, { name: "mine" }), 404);
  isFault(await me.patch(path, { name: "x".repeat(61) }), "/name");
  isProblem(await me.patch("/api/me/passkeys/none", { name: "x" }), 404);
  await confirmed(her);
  isProblem(await her.del(path), 404);
  assert.ok((await me.get("/api/me/passkeys")).body.items.some((p) => p.name === "Ada's new phone"));
  psql(`update mortise.sessions set confirmed_at = now() - interval '2 min' where user_id = '${me.who.id}'`);
  await leaseOver();
  isProblem(await me.del(path), 403, "password-needed");
  await confirmed(me);
});

test("a person has twenty", async () => {
  psql(`insert into mortise.passkeys (tenant_id, user_id, name, credential, alg, public_key, counter)
    select tenant_id, id, 'p' || n, 'tap-${CODE}-' || n, -7, repeat('00', 64), 0 from mortise.users, generate_series(1, 18) n where id = '${her.who.id}'`);
  const wanted = [await setup(her), await setup(her)];
  const two = await Promise.all(wanted.map((w) => her.post("/api/auth/passkeys", new Passkey({ origin: url }).made(w))));
  assert.deepEqual(two.map((r) => r.status).sort(), [201, 409], "of two at once one is the twentieth");
  psql(`delete from mortise.passkeys where credential like 'tap-${CODE}-%'`);
});

test("a role that needs two steps has them by a passkey, whose last one stays", async () => {
  fresh();
  const jo = person("jo", "Dispatcher");
  await confirmed(boss);
  assert.equal((await boss.put("/api/roles/Dispatcher/second-factor", { needed: true })).status, 204);
  const client = await signIn(jo);
  isProblem(await client.get("/api/tickets"), 403, "second-factor-needed");
  const device = await added(client);
  assert.equal((await client.get("/api/tickets")).status, 200);
  isProblem(await client.del(`/api/me/passkeys/${device.row}`), 403);
  assert.equal((await enter(device)).status, 200);
  const { secret } = (await client.post("/api/auth/second-factor/setup", {})).body;
  assert.equal((await client.post("/api/auth/second-factor/activate", { code: code(secret) })).status, 200);
  assert.equal((await client.del(`/api/me/passkeys/${device.row}`)).status, 204, "the app is enough");
});

test("who manages people takes them away with the rest; deactivated people stay out", async () => {
  fresh();
  good("user", "deactivate", eve.email);
  const hers = await added(me); // of somebody active, for the difference
  psql(`update mortise.passkeys set user_id = '${her.who.id}' where id = '${hers.row}'`);
  isProblem(await enter(hers, { user: b64(her.who.id) }), 401, "passkey-wrong");
  fresh();
  const path = `/api/users/${me.who.id}/second-factor`;
  await confirmed(boss);
  assert.equal((await boss.get(`/api/users/${me.who.id}`)).body.secondFactor, true);
  assert.equal((await boss.del(path)).status, 204);
  isProblem(await me.get("/api/me"), 401);
  isProblem(await enter(key), 401, "passkey-wrong");
  isProblem(await boss.del(path), 409, "no-second-factor");
  fresh();
  assert.equal((await password(who)).body.user?.id, me.who.id);
  for (const a of ["signin.passkey-added", "signin.passkey-renamed", "signin.passkey-removed", "signin.factor-reset"])
    assert.ok(actions(me).includes(a), a);
});

test("at the system administration, by a challenge and a signature of its own", async () => {
  fresh();
  const sys = account("SystemAdmin");
  const own = await signIn(sys);
  const device = await added(own);
  try {
    const of = await asked(systemUrl);
    isProblem(await send(device.signed(of, { client: { origin: systemUrl } }), of.cookie.replace("system_passkey", "passkey")), 422);
    isFault(await send(device.signed(of), of.cookie, { base: systemUrl }), "/clientDataJSON");
    const res = await send(device.signed(of, { client: { origin: systemUrl } }), of.cookie, { base: systemUrl });
    assert.equal(res.status, 200, res.text);
    assert.ok(cookieOf(res, "mortise_system"));
  } finally {
    assert.match(good("user", "reset-second-factor", sys.email), /all sessions ended/);
  }
});
