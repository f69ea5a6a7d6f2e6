#!/usr/bin/env -S node --test-reporter=tap
// Nothing that dies between a notification and a browser loses or doubles one.

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout } from "node:timers/promises";

import { median } from "../lib/measure.mjs";
import { AWAY, login, psql, service, servicePid, status, until } from "../lib/mortise.mjs";
import { eventSource, Follower } from "../lib/stream.mjs";

const N = 1000;
const LULL = 20; // notifications between everybody's recovery and the next death

const workers = (pool) =>
  status()
    .pools.find((p) => p.name === pool)
    .workers.map((w) => w.pid)
    .filter((pid) => pid > 0);

/** Who dies, in turn. A service's supervisor and the master start them again. */
const victims = [
  ["nginx-events", () => [servicePid("nginx-events")]],
  ["steward", () => workers("steward")],
  ["api", () => workers("api")],
];

function kill(pids) {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (e) {
      if (e.code !== "ESRCH") throw e;
    }
  }
}

/** Sends one; when its worker was killed in the request, the database tells whether it counts. */
async function send(from, to, title) {
  await until(async () => {
    const res = await from.post("/api/notifications/user", { targetUserId: to, title, message: "one of many" });
    if (res.status === 200) return true;
    assert.ok([502, 503, 504].includes(res.status), `${res.status} ${res.text}`);
    assert.match(res.headers["content-type"], /problem\+json/);
    assert.ok(res.body.requestId);
    return psql(`select 1 from mortise.events where channel = 'u.${to}' and payload->>'title' = '${title}'`).length > 0;
  }, 30000, `"${title}" is sent`, AWAY);
}

const received = (follower, run) => follower.events.filter((e) => e.type === "Notification" && e.data.title.startsWith(run)).map((e) => e.data.title);

test(`${N} notifications while nginx-events, steward and api die in turn`, { timeout: 240000 }, async (t) => {
  const sender = await login("Dispatcher");
  const me = await login("Technician");
  const run = `storm ${process.pid}`;
  const followers = await Promise.all([eventSource, eventSource].map((how) => new Follower(me, how).start()));
  const expected = [];
  const deaths = [];
  // Somebody dies when the streams are open again and what was sent has arrived, so that every death
  // meets a house at work; sending goes on all the time.
  let well = 0;
  let n = 0;
  for (; n < N || (deaths.length < 6 && n < 3 * N); n++) {
    well = followers.every((f) => f.isOpen && received(f, run).length >= n - 2) ? well + 1 : 0;
    if (well > LULL) {
      const [name, pids] = victims[deaths.length % victims.length];
      kill(await until(() => (pids().length ? pids() : null), 30000, `${name} is there to be killed`));
      deaths.push(name);
      well = 0;
    }
    expected.push(`${run} ${n}`);
    await send(sender, me.who.id, expected[n]);
    await setTimeout(8); // the pace of a busy day, not a wait
  }
  for (const f of followers) await until(() => received(f, run).length >= n, 60000, "all have arrived");
  await Promise.all(followers.map((f) => f.stop()));
  for (const f of followers) {
    assert.deepEqual(received(f, run), expected);
    t.diagnostic(`${f.how.name}: ${f.connects} connections, ${f.recoveries} recoveries, ${f.repeated} repeated messages`);
    assert.ok(f.connects > 2, "the stream hardly broke: this run proves nothing");
  }
  t.diagnostic(`killed: ${deaths.join(" ")}`);
  assert.ok(deaths.length >= 6, "too few deaths");
});

test("what is committed while the steward is dead arrives without a reload", { timeout: 180000 }, async () => {
  const me = await login("Technician");
  const sender = await login("Dispatcher");
  const follower = await new Follower(me).start();
  const run = `gap ${process.pid}`;
  kill(workers("steward"));
  for (let i = 0; i < 5; i++) await send(sender, me.who.id, `${run} ${i}`);
  await until(() => received(follower, run).length === 5);
  assert.equal(follower.connects, 1);
  await follower.stop();
});

test("a frozen events nginx costs nothing but time", { timeout: 180000 }, async () => {
  const me = await login("Technician");
  const sender = await login("Dispatcher");
  const follower = await new Follower(me).start();
  const run = `frozen ${process.pid}`;
  const group = servicePid("nginx-events");
  process.kill(-group, "SIGSTOP");
  try {
    const took = [];
    for (let i = 0; i < 21; i++) {
      const began = Date.now();
      await send(sender, me.who.id, `${run} ${i}`);
      took.push(Date.now() - began);
    }
    assert.ok(median(took) < 1000, `requests never wait for it: ${took} ms`);
  } finally {
    process.kill(-group, "SIGCONT");
  }
  await until(() => received(follower, run).length === 21);
  await follower.stop();
  assert.deepEqual(
    received(follower, run),
    Array.from({ length: 21 }, (_, i) => `${run} ${i}`),
  );
});

test("without the events nginx the API works and /events reports the fault", { timeout: 180000 }, async () => {
  const me = await login("Technician");
  service("stop", "nginx-events");
  try {
    const answer = await eventSource("/events", me.headers);
    assert.equal(answer.status, 502);
    assert.match(answer.headers["content-type"], /problem\+json/);
    assert.equal(JSON.parse(answer.body).requestId, answer.headers["x-request-id"]);
    assert.equal((await me.get("/api/tickets")).status, 200);
  } finally {
    service("start", "nginx-events");
  }
  const follower = await new Follower(me).start();
  await send(await login("Dispatcher"), me.who.id, `back ${process.pid}`);
  await until(() => received(follower, `back ${process.pid}`).length === 1);
  await follower.stop();
});
