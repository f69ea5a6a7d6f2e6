#!/usr/bin/env -S node --test-reporter=tap
// Signing in by OpenID Connect: with a real provider, and with one that sends what it shouldn't.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { after, test } from "node:test";

import { configure } from "../lib/conf.mjs";
import { Client, account, anonymous, http, login, psql, signIn, until, url } from "../lib/mortise.mjs";
import { good, mortise, passwordOf, removeCompanies } from "../lib/people.mjs";
import { Browser, CLIENT, SIGNED_OUT, hostileProvider, logInAt, realProvider, signOutAt } from "../lib/oidc.mjs";

const people = {
  ada: { email: "ada@oidc.example", email_verified: true, name: "Ada", groups: ["staff", "dispatch"] },
  eve: { email: "eve@elsewhere.example", email_verified: true, name: "Eve", groups: ["dispatch"] },
  una: { email: "una@oidc.example", email_verified: false, name: "Una", groups: ["dispatch"] },
  nob: { email: "nob@oidc.example", email_verified: true, name: "Nob", groups: ["nothing"] },
};
const real = await realProvider(people);
const bad = await hostileProvider();
// Takes connections and says nothing.
const held = new Set();
const deaf = createServer((s) => held.add(s.on("error", () => {})));
await new Promise((done) => deaf.listen(0, "127.0.0.1", done));
const deafPort = deaf.address().port;
// Nobody is there.
const down = createServer();
await new Promise((done) => down.listen(0, "127.0.0.1", done));
const downPort = down.address().port;
await new Promise((done) => down.close(done));
const back = await configure({ oidc_allow: `127.0.0.1:${real.port} 127.0.0.1:${bad.port} 127.0.0.1:${deafPort} 127.0.0.1:${downPort}` });
const admin = await login("Admin");
const other = await login("Admin", 1);
const dispatcher = await login("Dispatcher");
const tenant = admin.who.tenantId;
const CODE = account("Admin").tenant;

after(async () => {
  psql(`delete from mortise.oidc_providers; delete from mortise.users where email ~ '@(oidc|elsewhere)\\.example$|^hostile@'`);
  removeCompanies(ONLY);
  for (const s of held) s.destroy();
  deaf.close();
  await Promise.all([real.close(), bad.close()]);
  await back();
});

const form = (more) => ({
  name: "Login", issuer: real.issuer, ...CLIENT, scopes: "openid email profile", roleClaim: "groups",
  roleMap: [{ value: "dispatch", role: "Dispatcher" }, { value: "boss", role: "Admin" }], defaultRoles: [], creates: true, links: true,
  domains: ["oidc.example"], enabled: true, ...more,
});
async function add(more, client = admin) {
  const res = await client.post("/api/company/providers", form(more));
  assert.equal(res.status, 201, res.text);
  return res.body;
}
const change = (p, more) => admin.put(`/api/company/providers/${p.id}`, form({ version: p.version, ...more }));
const word = (res) => (res.to?.startsWith(`${url}/?signin=`) ? new URL(res.to).searchParams.get("signin") : `${res.status} ${res.to} ${res.text}`);
const roles = (email) => psql(`select coalesce(nullif(array_to_string(roles, ','), ''), 'none') from mortise.users where email = '${email}'`)[0]?.[0];
async function enter(provider, who, browser = new Browser(), path = "/") {
  const { to } = await browser.start(provider.id, path);
  return { browser, ...(await browser.go(await logInAt(browser, to, who))) };
}
let provider;

test("an administrator sets a provider up; its secret goes in and not out", async () => {
  provider = await add({ name: "Real" });
  const list = await admin.get("/api/company/providers");
  assert.equal(list.body.redirectUri, `${url}/api/auth/oidc/callback`);
  const mine = list.body.items.find((p) => p.id === provider.id);
  assert.deepEqual([mine.hasSecret, mine.people, "secret" in mine], [true, 0, false]);
  const [[row]] = psql(`select secrets::text || coalesce((select string_agg(x::text, '') from mortise.audit x where x.target_id = '${provider.id}'), '')
    from mortise.oidc_providers where id = '${provider.id}'`);
  assert.ok(!row.includes(CLIENT.secret) && row.includes('"v1.'), row);
  assert.deepEqual((await other.get("/api/company/providers")).body.items, [], "another company sees none");
  const at = `/api/company/providers/${provider.id}`;
  for (const res of [await other.put(at, form({ version: 1 })), await other.del(at)]) assert.equal(res.status, 404, res.text);
  const late = await admin.put(at, form({ version: 7 }));
  assert.equal(late.body.type, "/problems/version-conflict", late.text);
  assert.equal((await dispatcher.get("/api/company/providers")).status, 403);
});

test("what can't be right is refused by its field", async () => {
  const faults = async (more) => (await admin.post("/api/company/providers", form(more))).body.errors?.map((e) => e.pointer);
  assert.deepEqual(await faults({ issuer: "ftp://x.example" }), ["/issuer"]);
  assert.deepEqual(await faults({ issuer: "https://x.example/?a=b" }), ["/issuer"]);
  assert.deepEqual(await faults({ scopes: "email profile" }), ["/scopes"]);
  assert.deepEqual(await faults({ domains: ["@x.example"] }), ["/domains/0"]);
  assert.deepEqual(await faults({ domains: [] }), ["/domains"]);
  assert.deepEqual(await faults({ roleMap: [{ value: "x" }] }), ["/roleMap/0"]);
  assert.deepEqual(await faults({ name: "REAL" }), ["/name"]);
  const system = await admin.post("/api/company/providers", form({ name: "S", roleMap: [{ value: "x", role: "SystemAdmin" }] }));
  assert.equal(system.status, 403, system.text);
  const unknown = await admin.post("/api/company/providers", form({ name: "S", roleMap: [{ value: "x", role: "Nobody" }] }));
  assert.equal(unknown.status, 400, unknown.text);
});

test("the sign-in page shows a company's, and for a code that nobody has what one without has", async () => {
  const shown = async (code) => (await new Browser().go(`${url}/api/sign-in/providers?company=${code}`)).text;
  assert.deepEqual(JSON.parse(await shown(CODE)).items.map((p) => p.name), ["Real"]);
  assert.equal(await shown("nobody-has-this"), await shown(account("Admin", 1).tenant));
});

test("who signs in there gets an account with the roles of the claim, and lands where they wanted", async () => {
  const { browser, status, to, headers } = await enter(provider, "ada", new Browser(), "/tickets?state=open");
  assert.equal(status, 302);
  assert.equal(to, `${url}/tickets?state=open`);
  const cookie = headers.getSetCookie().find((c) => c.startsWith("mortise_session="));
  assert.match(cookie, /HttpOnly; SameSite=Lax/);
  assert.equal(headers.get("cache-control"), "no-store");
  const me = await browser.me();
  assert.deepEqual([me.email, me.name, me.roles, me.tenant], ["ada@oidc.example", "Ada", ["Dispatcher"], CODE]);
  const actions = psql(`select action from mortise.audit where tenant_id = ${tenant} and target_id = '${me.id}' order by at, id`).flat();
  assert.deepEqual([...new Set(actions)].sort(), ["signin.succeeded", "user.created", "user.linked"]);
});

test("roles are those of the claim at each sign-in, and one that is lost ends what is open", async () => {
  people.ada.groups = ["boss"];
  const first = (await enter(provider, "ada")).browser;
  assert.deepEqual((await first.me()).roles, ["Admin"]);
  people.ada.groups = ["dispatch"];
  await enter(provider, "ada");
  assert.deepEqual((await first.me()).roles, ["Dispatcher"], "also in the session of before");
  assert.equal((await first.go(`${url}/api/company/providers`)).status, 403);
  const changed = await change((await admin.get("/api/company/providers")).body.items[0], { name: "Real", roleMap: [{ value: "dispatch", role: "Technician" }] });
  assert.equal(changed.status, 200, changed.text);
  await enter(provider, "ada");
  assert.equal(roles("ada@oidc.example"), "Technician", "a mapping that changed holds at the next");
  people.ada.groups = [];
  assert.equal(word(await enter(provider, "ada")), "no-role");
  assert.equal(roles("ada@oidc.example"), "none");
  people.ada.groups = ["dispatch"];
});

test("nobody comes in by an address that is foreign, unverified or without a role, nor when deactivated", async () => {
  assert.equal(word(await enter(provider, "eve")), "domain");
  assert.equal(word(await enter(provider, "una")), "address-unverified");
  assert.equal(word(await enter(provider, "nob")), "no-role");
  assert.deepEqual(psql(`select email from mortise.users where email ~ '^(eve|una|nob)@'`), []);
  psql(`update mortise.users set active = false where email = 'ada@oidc.example'`);
  const { browser, ...res } = await enter(provider, "ada");
  assert.equal(word(res), "inactive");
  assert.equal(await browser.me(), null);
  psql(`update mortise.users set active = true where email = 'ada@oidc.example'`);
});

test("a sign-in belongs to the browser that began it, and is used once", async () => {
  const mine = new Browser(), thief = new Browser();
  const address = await logInAt(mine, (await mine.start(provider.id)).to, "ada");
  assert.equal(word(await thief.go(address)), "expired", "without the cookie");
  await thief.start(provider.id);
  assert.equal(word(await thief.go(address)), "expired", "with another cookie");
  assert.equal((await mine.go(address)).to, `${url}/`, "which took nothing from its owner");
  assert.equal(word(await mine.go(address)), "expired", "again");
  assert.equal((await thief.me()), null);
});

test("a code is worth nothing in another sign-in, nor once more", async () => {
  const mine = new Browser(), other = new Browser();
  const { searchParams: answer } = new URL(await logInAt(mine, (await mine.start(provider.id)).to, "ada"));
  const elsewhere = async (browser) => word(await browser.back({ ...Object.fromEntries(answer), state: (await browser.start(provider.id)).asked.state }));
  assert.equal(await elsewhere(other), "provider", "the code of somebody else");
  assert.equal(await other.me(), null);
  const came = (await Promise.all([1, 2, 3].map(() => mine.back(answer)))).map((r) => (r.to === `${url}/` ? "in" : word(r)));
  assert.deepEqual(came.sort(), ["expired", "expired", "in"], "three at once");
  assert.equal(await elsewhere(mine), "provider", "a used one, with a state of now");
});

test("two that sign in for the first time at once are one account", async () => {
  people.two = { email: "two@oidc.example", email_verified: true, name: "Two", groups: ["dispatch"] };
  const browsers = [new Browser(), new Browser()];
  const addresses = await Promise.all(browsers.map(async (b) => logInAt(b, (await b.start(provider.id)).to, "two")));
  const came = await Promise.all(addresses.map((a, i) => browsers[i].go(a)));
  assert.deepEqual(came.map((r) => r.status), [302, 302]);
  assert.deepEqual(psql(`select count(*) from mortise.users where email = 'two@oidc.example'`), [["1"]]);
  assert.ok(came.some((r) => r.to === `${url}/`));
});

test("only addresses of this server are gone back to", async () => {
  for (const path of ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y", "/api/auth/logout"])
    assert.equal((await enter(provider, "ada", new Browser(), path)).to, `${url}/`, path);
});

test("the last administrator stays one, whatever the claim says", async () => {
  psql(`update mortise.users set active = false where tenant_id = ${tenant} and roles @> '{Admin}'`);
  psql(`update mortise.users set roles = '{Admin}' where email = 'ada@oidc.example'`);
  try {
    assert.equal((await enter(provider, "ada")).to, `${url}/`);
    assert.equal(roles("ada@oidc.example"), "Admin");
    assert.equal(psql(`select count(*) from mortise.audit where tenant_id = ${tenant} and action = 'user.roles-kept'`)[0][0], "1");
  } finally {
    psql(`update mortise.users set active = true where tenant_id = ${tenant} and roles @> '{Admin}'`);
    psql(`update mortise.users set roles = '{Technician}' where email = 'ada@oidc.example'`);
  }
});

// --- a provider that lies -------------------------------------------------------------------------------------

let liar;
const HOSTILE = { name: "Liar", roleClaim: null, roleMap: [], defaultRoles: ["Technician"], domains: ["example.net"] };
async function attempt(wanted, params = {}) {
  const browser = new Browser();
  const { asked } = await browser.start(liar.id);
  const { ready, ...made } = wanted(asked);
  await ready;
  const code = bad.code(made);
  return { browser, ...(await browser.back({ code, state: asked.state, ...params })) };
}

test("with one that answers as it should it works, by keys of each kind", async () => {
  await bad.addKey("k1");
  await bad.addKey("e1", "ES256");
  await bad.addKey("p1", "PS256");
  await bad.addKey("hidden", "RS256", false);
  liar = await add({ ...HOSTILE, issuer: bad.issuer });
  for (const [kid, alg] of [["k1", "RS256"], ["e1", "ES256"], ["p1", "PS256"]])
    assert.equal((await attempt((asked) => ({ kid, alg, claims: bad.claims(asked) }))).to, `${url}/`, alg);
  const sent = new URLSearchParams(bad.asked.find((a) => a.path === "/token").body);
  assert.equal(sent.get("grant_type"), "authorization_code");
  assert.match(sent.get("code_verifier"), /^[0-9a-f]{64}$/);
  const [id, secret] = Buffer.from(bad.asked.find((a) => a.path === "/token").authorization.slice(6), "base64").toString().split(":").map(decodeURIComponent);
  assert.deepEqual([id, secret], [CLIENT.clientId, CLIENT.secret]);
});

const b64 = (v) => Buffer.from(JSON.stringify(v)).toString("base64url");
const lies = {
  "the key of somebody else": (a) => ({ key: "hidden", claims: bad.claims(a) }),
  "alg none": (a) => ({ raw: `${b64({ alg: "none" })}.${b64(bad.claims(a))}.` }),
  "a signature of nothing": (a) => ({ raw: `${b64({ alg: "RS256", kid: "k1" })}.${b64(bad.claims(a))}.AAAA` }),
  "another issuer": (a) => ({ claims: bad.claims(a, { iss: "https://login.example.org" }) }),
  "another client": (a) => ({ claims: bad.claims(a, { aud: "another" }) }),
  "another sign-in's nonce": (a) => ({ claims: bad.claims(a, { nonce: "x" }) }),
  "a time that is over": (a) => ({ claims: bad.claims(a, { exp: Math.floor(Date.now() / 1000) - 100 }) }),
  "no subject": (a) => ({ claims: bad.claims(a, { sub: "" }) }),
  "no kid among several keys": (a) => ({ claims: bad.claims(a), kid: null, key: "hidden" }),
  "another access token": (a) => ({ claims: bad.claims(a, { at_hash: "77QmUPtjPfzWtF2AnpK9RQ" }) }),
};
for (const [what, wanted] of Object.entries(lies))
  test(`refused: ${what}`, async () => {
    const { browser, ...res } = await attempt(wanted);
    assert.ok(["invalid", "provider"].includes(word(res)), word(res));
    assert.equal(await browser.me(), null);
  });

test("refused: HS256 with the public key as its secret", async () => {
  const { n } = bad.keys[0];
  const raw = await bad.sign({ alg: "HS256", key: new TextEncoder().encode(n), claims: bad.claims({ nonce: "n" }) });
  const { browser, ...res } = await attempt(() => ({ raw }));
  assert.equal(word(res), "invalid");
  assert.equal(await browser.me(), null);
});

test("refused: an answer in the name of another provider, an error, no code", async () => {
  const good = (a) => ({ claims: bad.claims(a) });
  assert.equal(word(await attempt(good, { iss: "https://login.example.org" })), "invalid");
  assert.equal(word(await attempt(good, { error: "access_denied" })), "refused");
  assert.equal(word(await attempt(good, { code: "" })), "invalid");
  assert.equal((await attempt(good, { iss: bad.issuer })).to, `${url}/`);
});

test("after a rotation new keys count at once, and old ones no more", async () => {
  psql(`update mortise.oidc_providers set tries = 0`);
  bad.keys.splice(0);
  await bad.addKey("k2");
  assert.equal((await attempt((a) => ({ kid: "k2", claims: bad.claims(a) }))).to, `${url}/`);
  assert.equal(word(await attempt((a) => ({ kid: "k1", claims: bad.claims(a) }))), "invalid");
  const before = bad.asked.filter((a) => a.path === "/jwks").length;
  for (let i = 0; i < 8; i++) await attempt((a) => ({ kid: "k1", claims: bad.claims(a) }));
  assert.ok(bad.asked.filter((a) => a.path === "/jwks").length - before <= 6, "and nobody makes us fetch them again and again");
});

test("keys that change while somebody is at the provider", async () => {
  psql(`update mortise.oidc_providers set tries = 0`);
  const res = await attempt((a) => {
    bad.keys.splice(0);
    return { kid: "k3", claims: bad.claims(a), ready: bad.addKey("k3") };
  });
  assert.equal(res.to, `${url}/`);
  bad.keys.splice(0);
  await bad.addKey("k2");
});

test("answers that are large, endless, elsewhere or no JSON are refused", async () => {
  const fresh = () => psql(`update mortise.oidc_providers set document_at = null, keys_at = null, silent_until = null, tries = 0`);
  const one = async (path, answer) => {
    fresh();
    bad.answers[path] = answer;
    const browser = new Browser();
    const begun = await browser.start(liar.id);
    const res = begun.asked?.state ? await browser.back({ code: bad.code({ kid: "k2", claims: bad.claims(begun.asked) }), state: begun.asked.state }) : begun;
    delete bad.answers[path];
    return word(res);
  };
  const found = "/.well-known/openid-configuration";
  assert.equal(await one(found, (q, s, json) => json({ ...bad.document(), issuer: real.issuer })), "provider", "it says that it is another");
  assert.equal(await one(found, (q, s, json) => json({ ...bad.document(), token_endpoint: "http://10.0.0.1/t", jwks_uri: "file:///etc/passwd" })), "provider");
  assert.equal(await one(found, (q, s, json) => json({ ...bad.document(), token_endpoint: "http://10.0.0.1/t" })), "provider", "an address within the network");
  assert.equal(await one("/jwks", (q, s) => s.writeHead(302, { location: "/jwks" }).end()), "provider", "a circle");
  assert.equal(await one("/jwks", (q, s, json) => json({ keys: Array.from({ length: 5000 }, () => ({ kty: "RSA", n: "x".repeat(100) })) })), "provider", "500 KB of keys");
  assert.equal(await one("/token", (q, s) => s.end(randomBytes(10 << 20))), "provider", "10 MB");
  assert.equal(await one("/token", (q, s) => s.writeHead(307, { location: `${real.issuer}/x` }).end()), "provider", "the secret is sent nowhere else");
  assert.equal(await one("/token", (q, s) => s.end("<html>")), "provider");
  assert.equal(await one("/nothing"), `302 ${url}/ `, "and then it goes on");
});

test("a private address that nobody allowed isn't connected to", async () => {
  const server = createServer((s) => (server.reached = true, s.destroy()));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const res = await admin.post("/api/auth/oidc/check", { issuer: `https://127.0.0.1:${server.address().port}` });
  assert.equal(res.status, 502, res.text);
  assert.ok(!server.reached);
  server.close();
  const good = await admin.post("/api/auth/oidc/check", { issuer: real.issuer });
  assert.equal(good.status, 200, good.text);
  assert.ok(good.body.keys >= 1);
  assert.equal((await dispatcher.post("/api/auth/oidc/check", { issuer: real.issuer })).status, 403);
});

test("while one doesn't answer others sign in, and soon nobody waits for it", async () => {
  const deafOne = await add({ ...HOSTILE, name: "Deaf", issuer: `http://127.0.0.1:${deafPort}` });
  const waiting = [1, 2, 3, 4].map(() => new Browser().start(deafOne.id));
  await until(() => held.size > 0, 10000, "a sign-in waits for it");
  assert.equal((await signIn(account("Technician"))).who.email, account("Technician").email, "by password meanwhile");
  // Four of one address for two workers: those that waited long may be asked to try again, so that others get in
  const words = (await Promise.all(waiting)).map((res) => (res.status === 503 ? JSON.parse(res.text).type : word(res)));
  assert.ok(words.includes("provider") && words.every((w) => ["provider", "/problems/share-used-up"].includes(w)), words.join());
  assert.ok(held.size <= 4);
  const before = held.size;
  assert.equal(word(await new Browser().start(deafOne.id)), "provider");
  assert.equal(held.size, before, "it isn't asked for a while");
  assert.equal((await enter(provider, "ada")).to, `${url}/`, "by another provider");
  const downOne = await add({ ...HOSTILE, name: "Down", issuer: `http://127.0.0.1:${downPort}` });
  for (const when of ["down", "still down"]) assert.equal(word(await new Browser().start(downOne.id)), "provider", when);
});

test("the operator's provider is everybody's, finds accounts of each company, and outlives a new key for secrets", async () => {
  const add = mortise(["oidc", "add", "Server", real.issuer, CLIENT.clientId, "--domain", "oidc.example"], `${CLIENT.secret}\n`);
  assert.equal(add.status, 0, add.err);
  assert.match(add.out, /redirect URI is http.*\/api\/auth\/oidc\/callback/);
  const [server] = JSON.parse((await new Browser().go(`${url}/api/sign-in/providers`)).text).items;
  assert.equal(server.name, "Server");
  assert.equal((await enter(server, "ada")).to, `${url}/`);
  people.new = { email: "new@oidc.example", email_verified: true, name: "New" };
  assert.equal(word(await enter(server, "new")), "unknown", "it makes none without a company for them");
  const rotated = mortise(["secrets", "rotate"]);
  assert.equal(rotated.status, 0, rotated.err);
  assert.deepEqual(psql("select count(distinct key_id) from mortise.oidc_providers"), [["1"]]);
  assert.equal((await enter(server, "ada")).to, `${url}/`);
  assert.match(mortise(["oidc", "list"]).out, /^Server +http:\/\/127\.0\.0\.1:\d+, of the server, 1 people$/m);
  assert.equal(mortise(["oidc", "delete", "Server"]).status, 0);
  assert.match(mortise(["oidc", "delete", "Server"]).err, /There is no provider/);
});

test("failures are in the audit log with their cause, once a minute and provider", async () => {
  const rows = psql(`select target_name, after ->> 'cause' from mortise.audit where tenant_id = ${tenant} and action = 'signin.failed' and target_kind = 'provider'`);
  assert.ok(rows.some(([name]) => name === "Liar") && rows.some(([name]) => name === "Real"), JSON.stringify(rows));
  assert.ok(rows.length < 12, `${rows.length} rows`);
});

// --- a company that signs in by its provider alone ------------------------------------------------------------------

const ONLY = `only-${process.pid}`;
const bearer = (token) => new Client({ Authorization: `Bearer ${token}` });
const person = (name, role) => {
  const email = `${name.toLowerCase()}@${ONLY}.example`;
  people[name.toLowerCase()] = { email, email_verified: true, name };
  return { email, password: passwordOf(good("user", "add", email, "--tenant", ONLY, "--name", name, "--role", role)) };
};
const bySignIn = (who) => http("POST", "/api/auth/login", { body: { email: who.email, password: who.password }, headers: { Origin: url } });
const byToken = ({ email, password }) => http("POST", "/api/auth/token", { body: { email, password } });
function isOnly(res, what) {
  assert.deepEqual([res.status, res.body?.type], [403, "/problems/provider-only"], `${what}: ${res.text}`);
  assert.match(res.body.detail, /signs in by House login only/);
}
let ann, bob, house, boss;
const houseForm = (more) => form({ name: "House login", roleClaim: null, roleMap: [], defaultRoles: ["Technician"], domains: [`${ONLY}.example`], ...more });
async function put(more) {
  const { body } = await boss.get("/api/company/providers");
  house = body.items.find((p) => p.id === house.id);
  const res = await boss.put(`/api/company/providers/${house.id}`, houseForm({ version: house.version, ...more }));
  assert.equal(res.status, 200, res.text);
}

test("where its provider is required passwords and links are refused by its name, and what they began has ended", async () => {
  good("tenant", "add", ONLY, "Only");
  ann = person("Ann", "Admin");
  bob = person("Bob", "Technician");
  people.kim = { email: `kim@${ONLY}.example`, email_verified: true, name: "Kim" };
  boss = await signIn(ann);
  const his = await signIn(bob), script = bearer((await byToken(bob)).body.access_token);
  const personal = await his.post("/api/tokens", { name: "Script", scopes: ["tickets:read"] });
  assert.equal(personal.status, 201, personal.text);
  const link = await boss.post(`/api/users/${his.who.id}/link`, {});
  assert.equal(link.status, 201, link.text);
  house = await add(houseForm(), boss);
  const kim = (await enter(house, "kim")).browser;
  await put({ required: true });
  for (const [who, what] of [[his, "a session by password"], [script, "a program's by password"]]) assert.equal((await who.get("/api/me")).status, 401, what);
  assert.equal((await bearer(personal.body.token).get("/api/me")).status, 200, "API tokens stay");
  assert.ok(await kim.me(), "and so does who came by the provider");
  isOnly(await bySignIn(bob), "the password");
  isOnly(await byToken(bob), "a program's");
  assert.equal((await bySignIn({ ...bob, password: "wrong" })).status, 401, "who doesn't know it learns nothing");
  const token = (link.body.url ?? "").split("#")[1];
  isOnly(await anonymous.post("/api/auth/link", { token }), "a link");
  isOnly(await anonymous.post("/api/auth/link/password", { token, password: "ein ganz neues 12" }), "its password");
  bob.password = passwordOf(good("user", "reset-password", bob.email));
  isOnly(await bySignIn(bob), "the operator's password for somebody else");
  const { browser, to } = await enter(house, "bob");
  assert.equal(to, `${url}/`, "by the provider, found by address");
  const own = await browser.go(`${url}/api/me/providers/${house.id}`, { method: "DELETE", headers: { origin: url } });
  assert.equal(own.status, 403, "who would be out keeps the link");
  assert.deepEqual(psql(`select count(*) from mortise.oidc_providers where required and tenant_id is null`), [["0"]]);
});

test("who administers the company signs in with a password all the same, and no longer when that is over", async () => {
  psql(`update mortise.oidc_providers set document = jsonb_set(document, '{token_endpoint}', '"http://127.0.0.1:${downPort}/"') where id = '${house.id}'`);
  assert.equal(word(await enter(house, "kim")), "provider", "the provider is broken");
  ann.password = passwordOf(good("user", "reset-password", ann.email));
  boss = await signIn(ann);
  psql(`update mortise.oidc_providers set document_at = null, silent_until = null where id = '${house.id}'`);
  const eva = person("Eva", "Admin");
  const hers = await signIn(eva);
  assert.equal((await boss.patch(`/api/users/${hers.who.id}`, { roles: ["Technician"] })).status, 200);
  assert.equal((await hers.get("/api/me")).status, 401);
  isOnly(await bySignIn(eva), "who doesn't administer it any more");
});

test("a sign-in while it becomes required is refused or ended; switched off, released and removed it is required no more", async () => {
  const passwords = `select count(*) from mortise.sessions s join mortise.users u on u.id = s.user_id where u.email = '${bob.email}' and s.provider_id is null`;
  await put({ required: false });
  await Promise.all([...[1, 2, 3, 4].map(() => bySignIn(bob)), put({ required: true })]);
  assert.deepEqual(psql(passwords), [["0"]]);
  await put({ required: true, enabled: false });
  assert.equal((await bySignIn(bob)).status, 200, "switched off");
  await put({ required: true });
  assert.deepEqual(psql(passwords), [["0"]]);
  good("oidc", "release", "house LOGIN", "--tenant", ONLY);
  assert.equal((await bySignIn(bob)).status, 200, "released by the operator");
  good("oidc", "require", "House login", "--tenant", ONLY);
  assert.deepEqual(psql(passwords), [["0"]]);
  assert.match(mortise(["oidc", "list"]).out, /^House login .*, required$/m);
  assert.match(mortise(["oidc", "require", "Nothing", "--tenant", ONLY]).err, /There is no provider "Nothing"/);
  isOnly(await bySignIn(bob), "required by the operator");
});

test("who manages people sees by which provider somebody signs in, and ends that with what it began", async () => {
  const { browser } = await enter(house, "kim");
  const { id } = await browser.me();
  const at = `/api/users/${id}/providers`;
  assert.deepEqual((await boss.get(at)).body.items.map((p) => p.name), ["House login"]);
  for (const who of [admin, other]) {
    assert.equal((await who.get(at)).status, 404, "of another company");
    assert.equal((await who.del(`${at}/${house.id}`)).status, 404);
  }
  assert.equal((await browser.go(`${url}${at}`)).status, 403);
  assert.equal((await boss.del(`${at}/${house.id}`)).status, 204);
  assert.equal(await browser.me(), null);
  assert.equal((await boss.del(`${at}/${house.id}`)).status, 404);
  assert.deepEqual((await boss.get(at)).body.items, []);
  assert.deepEqual(psql(`select actor_name, after ->> 'provider' from mortise.audit where target_id = '${id}' and action = 'user.unlinked'`), [["Ann", "House login"]]);
});

test("signing out goes on at the provider that wants it, and comes back to the sign-in page", async () => {
  const leave = async (browser) => browser.go(`${url}/api/auth/logout`, { method: "POST", headers: { origin: url } });
  const plain = (await enter(house, "kim")).browser;
  assert.equal((await leave(plain)).status, 204, "not unless it is chosen");
  await put({ required: true, signsOut: true });
  assert.equal((await boss.get("/api/company/providers")).body.signedOutUri, SIGNED_OUT);
  const { browser } = await enter(house, "kim");
  const out = await leave(browser);
  assert.equal(out.status, 200, out.text);
  assert.equal(await browser.me(), null);
  const next = new URL(JSON.parse(out.text).next), asked = Object.fromEntries(next.searchParams);
  assert.deepEqual([next.origin, asked.client_id, asked.post_logout_redirect_uri], [real.issuer, CLIENT.clientId, SIGNED_OUT]);
  const back = await signOutAt(browser, next.href);
  assert.equal(new URL(back).searchParams.get("state"), asked.state);
  assert.equal((await new Browser().go(back)).to, `${url}/`, "another browser is told nothing");
  assert.equal(word(await browser.go(back)), "signed-out");
  assert.equal((await browser.go(back)).to, `${url}/`, "once");
  const begun = await browser.start(house.id);
  assert.notEqual((await browser.go((await browser.go(begun.to)).to)).status, 302, "the provider asks who it is again");
  assert.equal((await boss.post("/api/auth/logout")).status, 204, "who came by password");
});

test("an address to sign out that is none isn't gone to", async () => {
  const found = "/.well-known/openid-configuration";
  bad.answers[found] = (q, s, json) => json({ ...bad.document(), end_session_endpoint: "javascript:alert(1)" });
  psql(`update mortise.oidc_providers set document_at = null, signs_out = true where id = '${liar.id}'`);
  const { browser } = await attempt((a) => ({ kid: "k2", claims: bad.claims(a) }));
  delete bad.answers[found];
  assert.ok(await browser.me());
  assert.equal((await browser.go(`${url}/api/auth/logout`, { method: "POST", headers: { origin: url } })).status, 204);
});

test("a link to a provider ends when there is a password, and a provider goes with its links", async () => {
  const { browser } = await enter(provider, "ada");
  const own = JSON.parse((await browser.go(`${url}/api/me/providers`)).text).items;
  assert.deepEqual(own.map((p) => p.name), ["Real"]);
  const gone = () => browser.go(`${url}/api/me/providers/${provider.id}`, { method: "DELETE", headers: { origin: url } });
  assert.equal((await gone()).status, 409, "the only way to sign in stays");
  psql(`update mortise.logins set password_hash = 'x' where email = 'ada@oidc.example'`);
  assert.equal((await gone()).status, 204);
  assert.equal((await gone()).status, 404);
  assert.equal((await enter(provider, "ada")).to, `${url}/`, "and is found again by address");
  assert.equal((await admin.del(`/api/company/providers/${provider.id}`)).status, 204);
  assert.equal(word(await new Browser().start(provider.id)), "gone");
  assert.deepEqual(psql(`select count(*) from mortise.oidc_identities where provider_id = '${provider.id}'`), [["0"]]);
});
