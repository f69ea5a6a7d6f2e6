#!/usr/bin/env -S node --test-reporter=tap
// Event streams: nothing outlives its right, and nobody's stream costs another's events.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import test from "node:test";

import { figure, measured, quantile } from "../lib/measure.mjs";
import { account, login, psql, servicePid, signIn, status, token, until, url } from "../lib/mortise.mjs";
import { children, residentMb } from "../lib/proc.mjs";
import { eventSource, Follower, webSocket } from "../lib/stream.mjs";

const title = (what) => `${what} ${randomUUID()}`;

/** A stream that keeps what it hears, and when it ended. */
async function listen(client, path = "/events", options = {}) {
  const answer = await eventSource(path, client.headers, options);
  assert.ok(answer.stream, `no stream: ${answer.status} ${answer.body}`);
  const l = { heard: [], comments: [], ended: 0, close: () => answer.stream.close() };
  answer.stream.on("message", (text) => l.heard.push(JSON.parse(text)));
  answer.stream.on("comment", (text) => l.comments.push(text));
  answer.stream.on("close", () => (l.ended = Date.now()));
  return l;
}

const hears = (l, wanted) => l.heard.some((m) => m.data?.title === wanted);

async function notify(from, target, wanted) {
  const res = await from.post("/api/notifications/user", { targetUserId: target, title: wanted, message: "m" });
  assert.equal(res.status, 200, res.text);
}

/** Milliseconds from now until a notification is at the stream. */
async function delay(from, target, l) {
  const t = title("delay");
  const began = Date.now();
  await notify(from, target, t);
  await until(() => hears(l, t), 30000, "an event arrives");
  return Date.now() - began;
}

const eventsWorker = () => children(servicePid("nginx-events"))[0];

test("B1: no stream outlives its session: signed out, and the answer comes when it holds", async () => {
  const me = await signIn(account("Technician", 0, 1));
  const other = await signIn(account("Technician", 0, 1));
  const mine = [await listen(me), await listen(me), await listen(me)];
  const others = await listen(other);
  assert.equal((await me.post("/api/auth/logout")).status, 204);
  // What is raised after the answer reaches none of them: they were over before it.
  const t = title("still here");
  await notify(await login("Dispatcher"), other.who.id, t);
  await until(() => hears(others, t), 30000, "another session of the same person hears");
  await until(() => mine.every((l) => l.ended), 30000, "all streams of the session end");
  for (const l of mine) assert.ok(!hears(l, t), "it was open after the answer");
  for (const l of mine) assert.ok(l.comments.some((c) => /410/.test(c)), `told why: ${l.comments}`);
  assert.equal(others.ended, 0);
  others.close();
});

for (const [what, change, back] of [
  ["deactivated", "update mortise.users set active = false where id = 'USER'", "update mortise.users set active = true where id = 'USER'"],
  ["role taken", "update mortise.users set roles = '{}' where id = 'USER'", "update mortise.users set roles = '{Technician}' where id = 'USER'"],
  ["company suspended", "update mortise.tenants set state = 'suspended' where id = TENANT", "update mortise.tenants set state = 'active' where id = TENANT"],
  ["session deleted", "delete from mortise.sessions where user_id = 'USER'", null],
  ["session expired", "update mortise.sessions set expires_at = now() where user_id = 'USER'", null],
])
  measured(`B1: no stream outlives its right: ${what}`, {}, async () => {
    const me = await signIn(account("Technician", 1, 1));
    const stranger = await login("Technician", 0);
    const mine = await listen(me);
    const script = await listen(await token("Technician", 1, 1));
    const theirs = await listen(stranger);
    const sql = (text) => text && psql(text.replaceAll("USER", me.who.id).replaceAll("TENANT", me.who.tenantId));
    try {
      sql(change);
      const began = Date.now();
      await until(() => mine.ended && script.ended, 30000, "the streams end");
      figure(Math.max(mine.ended, script.ended) - began < 2500, `they ended ${Math.max(mine.ended, script.ended) - began} ms after the change`);
      assert.equal(theirs.ended, 0, "and nobody else's");
    } finally {
      sql(back);
      theirs.close();
    }
  });

test("B1: a steward that dies with work in hand closes it when it is back", async () => {
  const me = await signIn(account("Technician", 1, 1));
  const mine = await listen(me);
  const [pid] = status().pools.find((p) => p.name === "steward").workers.map((w) => w.pid);
  process.kill(pid, "SIGSTOP");
  psql(`delete from mortise.sessions where user_id = '${me.who.id}'`);
  process.kill(pid, "SIGKILL");
  await until(() => mine.ended, 30000, "the stream ends");
});

measured("B2: pings of one client don't stop everybody's events", {}, async () => {
  const me = await login("Technician");
  const quiet = await listen(me);
  const answer = await webSocket("/events", (await login("Dispatcher")).headers);
  const ping = Buffer.from([0x89, 0x80, 1, 2, 3, 4]);
  const flood = Buffer.concat(Array.from({ length: 110000 }, () => ping));
  if (answer.socket) answer.socket.write(flood);
  // The same bytes on a stream that a client does get.
  const raw = connect(Number(new URL(url).port), "127.0.0.1");
  raw.on("error", () => {});
  raw.resume();
  raw.write(`GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nCookie: ${(await login("Dispatcher")).headers.Cookie}\r\n\r\n`);
  raw.write(flood);
  const ms = await delay(await login("Dispatcher"), me.who.id, quiet);
  raw.destroy();
  answer.socket?.destroy();
  quiet.close();
  assert.equal(answer.status, 400);
  figure(ms < 3000, `an event took ${ms} ms`);
});

test("B3: streams that nobody reads don't stop everybody's events, nor fill the memory", { timeout: 120000 }, async () => {
  const dispatcher = await login("Dispatcher");
  const reader = await login("Technician", 1);
  const quiet = await listen(reader);
  const worker = eventsWorker();
  const before = residentMb(worker);
  // As many as an address may have, of all accounts of a company; none reads a byte.
  const deaf = [];
  const roles = ["Technician", "Dispatcher", "Admin"];
  for (let i = 0; i < 190; i++) {
    const who = await login(roles[i % 3]);
    const s = connect(Number(new URL(url).port), "127.0.0.1");
    s.on("error", () => {});
    s.pause();
    s.write(`GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nCookie: ${who.headers.Cookie}\r\n\r\n`);
    deaf.push(s);
  }
  let most = 0;
  const delays = [];
  const other = await login("Dispatcher", 1);
  const end = Date.now() + 25000;
  let sent = 0;
  let refused = 0;
  const flood = async () => {
    while (Date.now() < end) {
      const res = await dispatcher.post("/api/notifications/company", { title: title("flood"), message: "\u00e4".repeat(1000), url: "/" + "x".repeat(450) });
      if (res.status === 200) sent++;
      else refused++;
      await new Promise((r) => setTimeout(r, 40));
    }
  };
  const floods = [flood(), flood(), flood(), flood()];
  while (Date.now() < end) {
    delays.push(await delay(other, reader.who.id, quiet));
    most = Math.max(most, residentMb(worker));
    await new Promise((r) => setTimeout(r, 500));
  }
  await Promise.all(floods);
  for (const s of deaf) s.destroy();
  quiet.close();
  console.log(`# ${sent} notifications, ${refused} refused; delays ${delays.join(", ")} ms; memory ${before.toFixed(0)} to ${most.toFixed(0)} MB`);
  assert.equal(eventsWorker(), worker, "the worker of the events nginx is the same");
  assert.ok(quantile(delays, 0.8) < 2500, `events of another company took ${delays.join(", ")} ms`);
  assert.ok(most - before < 40, `the events nginx grew from ${before} to ${most} MB`);
});

test("B3: a company's people and each plugin raise so many notifications a minute, then 429 with the bound's name", async () => {
  const who = await login("Dispatcher", 1);
  const was = psql("select value from mortise.bounds where name = 'notifications_per_minute'")[0][0];
  try {
    psql("update mortise.bounds set value = 5 where name = 'notifications_per_minute'; delete from mortise.notification_rates");
    // A minute may end in between, which resets the count: eleven are more than two minutes' worth.
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push(await who.post("/api/notifications/company", { title: "t", message: "m" }));
    const refused = answers.find((a) => a.status !== 200);
    assert.equal(refused.status, 429, refused.text);
    assert.match(refused.body.detail, /notifications_per_minute/);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    const others = await (await login("Dispatcher", 0)).post("/api/notifications/company", { title: "t", message: "m" });
    assert.equal(others.status, 200, "another company isn't concerned");
  } finally {
    psql(`update mortise.bounds set value = ${was} where name = 'notifications_per_minute'; delete from mortise.notification_rates`);
  }
});

measured("B3: ten thousand events of one company don't hold up another's, and none is lost", { timeout: 90000 }, async () => {
  const one = await login("Technician", 0, 1);
  const reader = await login("Technician", 1);
  const sender = await login("Dispatcher", 1);
  const follower = await new Follower(one).start();
  const quiet = await listen(reader);
  const mark = randomUUID();
  psql(`select count(mortise.emit('u.${one.who.id}', 'Flood', jsonb_build_object('title', '${mark}', 'n', n, 'fill', repeat('x', 1000))))
    from generate_series(1, 10000) n`, { user: "mortise_steward" });
  // Three in a row: the first may still come before the flood.
  const delays = [];
  for (let i = 0; i < 3; i++) delays.push(await delay(sender, reader.who.id, quiet));
  const mine = () => follower.events.filter((e) => e.data.title === mark);
  await until(() => mine().length >= 10000, 60000, "all have arrived");
  await follower.stop();
  quiet.close();
  console.log(`# delays of another company's event: ${delays.join(", ")} ms`);
  assert.deepEqual(mine().map((e) => e.data.n), Array.from({ length: 10000 }, (_, i) => i + 1));
  figure(Math.max(...delays) < 2500, `another company's events took ${delays.join(", ")} ms`);
});

test("B7: one token, 25 addresses, 500 tries: as many streams as a person may have", { timeout: 60000 }, async () => {
  const script = await token("Technician", 0, 1);
  const open = (i) => eventSource("/events", script.headers, { localAddress: `127.0.1.${1 + (i % 25)}` }).catch((e) => ({ status: 0, e }));
  const answers = [];
  for (let i = 0; i < 500; i += 25) answers.push(...(await Promise.all(Array.from({ length: 25 }, (_, n) => open(i + n)))));
  const opened = answers.filter((a) => a.stream);
  const refused = answers.filter((a) => a.status === 429);
  for (const a of opened) a.stream.close();
  assert.equal(opened.length, 20);
  assert.equal(refused.length, 480);
  assert.ok(Number(refused[0].headers["retry-after"]) > 0);
  assert.match(refused[0].body, /events_streams_per_user/);
  const next = await listen(await login("Technician", 0, 0));
  next.close();
});

test("B10: a client that names ever new connections has as many as a person may have", { timeout: 60000 }, async () => {
  const me = await signIn(account("Technician", 0, 1));
  const ask = () => me.get(`/api/events?conn=${randomUUID()}`);
  for (let i = 0; i < 400; i += 20) await Promise.all(Array.from({ length: 20 }, ask));
  const [[rows]] = psql(`select count(*) from mortise.presence where user_id = '${me.who.id}'`);
  // Workers that count at the same moment may each let one in.
  assert.ok(Number(rows) <= 20 + 4, `${rows} connections`);
});
