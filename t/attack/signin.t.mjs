#!/usr/bin/env -S node --test-reporter=tap
// Passwords under attack: what sign-ins cost everybody else (B4), whom they lock out (B8), how many guesses a
// password gets (B13), and whether times reveal which accounts exist. Every address of 127.0.0.0/8 but
// 127.0.0.1 counts as a client of its own.
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { request } from "node:http";
import test, { after } from "node:test";

import { configure } from "../lib/conf.mjs";
import { figure, measured, median, quantile, rounds } from "../lib/measure.mjs";
import { account, http, login, psql, url } from "../lib/mortise.mjs";

const { hostname, port } = new URL(url);
const stranger = () => `nobody-${randomUUID()}@attack.example`;

/** A try at a password from an address; answers {status, headers, body, ms}. */
function attempt(email, password, localAddress, { headers = {}, path = "/api/auth/login" } = {}) {
  const text = JSON.stringify({ email, password });
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const req = request(
      { hostname, port, path, method: "POST", localAddress, agent: false, timeout: 60000, headers: { "Content-Type": "application/json", "Content-Length": text.length, ...headers } },
      (res) => {
        let got = "";
        res.on("data", (d) => (got += d));
        res.on("end", () => resolve({ status: res.statusCode, headers: res.headers, body: JSON.parse(got), ms: performance.now() - began }));
      },
    );
    req.on("error", reject);
    req.on("timeout", () => req.destroy(new Error("no answer in 60 s")));
    req.end(text);
  });
}

/** Five wrong passwords, then one that has to wait; two seconds, which a machine that stands still has waited. */
const lockedAfterFive = (t, email, from, options) =>
  rounds(t, async () => {
    forget(email);
    for (let i = 0; i < 5; i++) assert.equal((await attempt(email, "wrong", from, options)).status, 401);
    const locked = await attempt(email, "wrong", from);
    figure(locked.status === 429, `the sixth: ${locked.status}`);
    return locked;
  });

const forget = (...emails) =>
  psql(`delete from mortise.login_attempts where email in (${emails.map((e) => `lower('${e}')`).join(",")}) or email like '%@attack.example' or email = '' and source <> 'n:127.0.0.1'`);
after(() => forget(""));

test("B4: sign-ins by nobody don't hold up a ticket read", async (t) => {
  const tech = await login("Technician");
  const id = (await tech.get("/api/tickets?limit=1")).body.items[0].id;
  const read = async () => {
    const began = performance.now();
    assert.equal((await tech.get(`/api/tickets/${id}`)).status, 200);
    return performance.now() - began;
  };
  const rest = [];
  for (let i = 0; i < 20; i++) rest.push(await read());
  const answers = [];
  const times = [];
  // 40 a second, each from an address of its own, so that only the pool itself can hold them back.
  for (let i = 0; i < 160; i++) {
    answers.push(attempt(stranger(), "wrong", `127.0.1.${1 + (i % 200)}`));
    if (i % 4 === 0) times.push(await read());
    await new Promise((r) => setTimeout(r, 25));
  }
  const done = await Promise.all(answers);
  const by = (status) => done.filter((a) => a.status === status).length;
  t.diagnostic(`ticket read: ${median(rest).toFixed(1)} ms alone, ${median(times).toFixed(1)} with 40 sign-ins a second (most ${Math.max(...times).toFixed(0)})`);
  t.diagnostic(`sign-ins: ${by(401)} were wrong, ${by(503)} found the queue full`);
  assert.equal(by(401) + by(503), 160);
  assert.ok(median(times) < 300, `${median(times)} ms`);
  const full = done.find((a) => a.status === 503);
  if (full) {
    assert.match(full.headers["content-type"], /^application\/problem\+json/);
    assert.equal(full.body.type, "/problems/sign-in-busy");
    assert.match(full.body.detail, /auth_queue/);
    assert.ok(Number(full.headers["retry-after"]) > 0);
  }
  assert.ok(by(401) > 0, "some were looked at");
});

test("B8: wrong passwords of others lock nobody out", async (t) => {
  const who = account("Technician", 1, 1);
  forget(who.email);
  psql(`delete from mortise.login_sources where email = lower('${who.email}')`);
  // Home is where the owner signed in before; the browser keeps a mark.
  const first = await attempt(who.email, who.password, "127.0.0.41");
  assert.equal(first.status, 200);
  const mark = first.headers["set-cookie"].find((c) => c.startsWith("mortise_device=")).split(";")[0];

  const locked = await lockedAfterFive(t, who.email, "127.0.0.40");
  assert.ok(Number(locked.headers["retry-after"]) > 0);
  assert.match(locked.body.detail, /Too many failed attempts for this account from your network \(login_tries\)/);
  assert.equal((await attempt(who.email, who.password, "127.0.0.42")).status, 200, "another network is not locked");

  // From many networks: a slow bound for all that are new to the account, and only for those.
  for (let i = 0; i < 20; i++) await attempt(who.email, "wrong", `127.0.2.${i + 1}`);
  const wide = await attempt(who.email, who.password, "127.0.2.100");
  assert.equal(wide.status, 429);
  assert.match(wide.body.detail, /places where it never signed in \(login_tries_account\)/);
  assert.equal((await attempt(who.email, who.password, "127.0.2.101", { headers: { Cookie: mark } })).status, 200, "the owner's browser elsewhere");
  for (let i = 0; i < 20; i++) await attempt(who.email, "wrong", `127.0.3.${i + 1}`);
  assert.equal((await attempt(who.email, who.password, "127.0.3.100")).status, 429);
  assert.equal((await attempt(who.email, who.password, "127.0.0.41")).status, 200, "home");
  forget(who.email);
});

test("B8: a mark of one account is nothing for another, and a forged one nothing at all", async (t) => {
  const [one, two] = [account("Technician", 1, 1), account("Technician", 1, 0)];
  const first = await attempt(one.email, one.password, "127.0.0.43");
  const mark = first.headers["set-cookie"].find((c) => c.startsWith("mortise_device=")).split(";")[0];
  for (const Cookie of [mark, "mortise_device=" + "A".repeat(43), "mortise_device=x", "mortise_device="]) await lockedAfterFive(t, two.email, "127.0.0.44", { headers: { Cookie } });
  forget(one.email, two.email);
});

test("B8: the owner's own sign-ins give a guesser no new tries", async () => {
  const who = account("Technician", 1, 1);
  forget(who.email);
  psql(`delete from mortise.login_sources where email = lower('${who.email}')`);
  const counters = () => Object.fromEntries(psql(`select source, failures, locked_until from mortise.login_attempts where email = lower('${who.email}')`).map(([source, ...rest]) => [source, rest.join(" ")]));
  const right = async (from) => assert.equal((await attempt(who.email, who.password, from)).status, 200);
  await right("127.0.0.51");
  for (let i = 0; i < 5; i++) assert.equal((await attempt(who.email, "wrong", "127.0.0.50")).status, 401);
  assert.equal((await attempt(who.email, "wrong", "127.0.0.51")).status, 401, "a slip at home");
  const { "n:127.0.0.51": slip, ...guesser } = counters();
  assert.equal(slip, "1 ");
  assert.match(guesser["n:127.0.0.50"], /^5 .*:/, "it has to wait");
  assert.equal(guesser["*"], "5 ");
  await right("127.0.0.51");
  assert.deepEqual(counters(), guesser, "after one from home");
  await right("127.0.0.52");
  assert.deepEqual(counters(), guesser, "after one from a place that is new");
  forget(who.email);
});

test("B13: five tries before the first wait, however many workers there are", async (t) => {
  const back = await configure({ auth_workers: 6 });
  after(back);
  for (const email of [stranger(), account("Technician", 0, 1).email])
    await rounds(t, async (t) => {
      forget(email);
      const all = await Promise.all(Array.from({ length: 14 }, () => attempt(email, "wrong", "127.0.0.45")));
      const of = (status) => all.filter((a) => a.status === status).length;
      t.diagnostic(`14 at once: ${of(401)} were looked at, ${of(429)} have to wait`);
      forget(email);
      assert.ok(all.every((a) => [401, 429, 503].includes(a.status)), JSON.stringify(all.map((a) => a.status)));
      // Fewer where some waited longer than auth_deadline_ms, one more where the first wait, of two seconds, was over
      // before the last came.
      figure(of(401) === 5 && of(429) === 9, `${of(401)} were looked at`);
    });
});

test("one password tried on many accounts from one address is bounded", async () => {
  const back = await configure({ login_tries_address: 8 });
  try {
    forget("");
    const all = [];
    for (let i = 0; i < 12; i++) all.push(await attempt(stranger(), "Winter2026!", "127.0.0.46"));
    assert.deepEqual(all.map((a) => a.status), [...Array(8).fill(401), ...Array(4).fill(429)]);
    assert.match(all[11].body.detail, /Too many failed attempts from your network \(login_tries_address\)/);
    assert.ok(Number(all[11].headers["retry-after"]) > 60);
    // A correct sign-in doesn't count as a mistake of that address.
    const tech = account("Technician", 0, 1);
    for (let i = 0; i < 10; i++) assert.equal((await attempt(tech.email, tech.password, "127.0.0.47")).status, 200);
  } finally {
    await back();
    forget("");
  }
});

measured("fifty sign-outs at once hold up nobody", { timeout: 60000 }, async (t) => {
  const tech = await login("Technician");
  const id = (await tech.get("/api/tickets?limit=1")).body.items[0].id;
  const read = async () => {
    const began = performance.now();
    assert.equal((await tech.get(`/api/tickets/${id}`)).status, 200);
    return performance.now() - began;
  };
  // Sessions of another company, made where sign-ins make them: fifty passwords would take their time.
  const who = (await login("Technician", 1, 1)).who;
  const tokens = Array.from({ length: 50 }, () => randomBytes(32).toString("base64url"));
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  psql(`insert into mortise.sessions (token_hash, tenant_id, user_id, kind, expires_at) values ${tokens.map((x) => `('${hash(x)}', ${who.tenantId}, '${who.id}', 'cookie', now() + interval '1 hour')`).join(",")}`);
  const rest = [];
  for (let i = 0; i < 20; i++) rest.push(await read());
  const times = [];
  const outs = [];
  const began = performance.now();
  let done = 0;
  const all = tokens.map(async (x) => {
    const res = await http("POST", "/api/auth/logout", { headers: { Cookie: `mortise_session=${x}`, Origin: url } });
    outs.push(performance.now() - began);
    done++;
    assert.equal(res.status, 204, res.text);
    assert.equal((await http("GET", "/api/me", { headers: { Cookie: `mortise_session=${x}` } })).status, 401);
  });
  while (done < tokens.length) times.push(await read());
  await Promise.all(all);
  t.diagnostic(`ticket read: ${median(rest).toFixed(1)} ms alone, ${median(times).toFixed(1)} with 50 sign-outs at once (most ${Math.max(...times).toFixed(0)}, of ${times.length})`);
  t.diagnostic(`sign-outs were answered after ${Math.min(...outs).toFixed(0)} to ${Math.max(...outs).toFixed(0)} ms`);
  // One that is held by a worker is answered half a second late, and fifty of them by four workers seven seconds: most
  // reads would wait for them, and most sign-outs for each other.
  assert.ok(quantile(times, 0.8) < 500, `one read in five took ${quantile(times, 0.8)} ms or more, of ${times.length}`);
  figure(median(outs) < 2500 && quantile(outs, 0.9) < 5000, `half of the sign-outs took ${median(outs)} ms, one in ten ${quantile(outs, 0.9)} ms or more`);
  assert.ok(Math.min(...outs) >= 500, "answered before every worker has forgotten");
});

measured("times don't tell who exists", {}, async (t) => {
  const known = [];
  const unknown = [];
  const tech = account("Technician", 0, 1);
  for (let i = 0; i < 9; i++) {
    forget(tech.email);
    known.push((await attempt(tech.email, "wrong", "127.0.0.48")).ms);
    unknown.push((await attempt(stranger(), "wrong", "127.0.0.48")).ms);
  }
  forget(tech.email);
  t.diagnostic(`known ${median(known).toFixed(1)} ms, unknown ${median(unknown).toFixed(1)} ms`);
  figure(median(known) < 2 * median(unknown) && median(unknown) < 2 * median(known), `known ${median(known)} ms, unknown ${median(unknown)} ms`);
});
