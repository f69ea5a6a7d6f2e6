#!/usr/bin/env -S node --test-reporter=tap
// The events nginx, through which everybody's events pass: limited in memory, and in the events of one company.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import test from "node:test";

import { configure } from "../lib/conf.mjs";
import { login, psql, run, servicePid, status, until, url, varDir } from "../lib/mortise.mjs";
import { children, residentMb } from "../lib/proc.mjs";
import { eventSource, Follower } from "../lib/stream.mjs";

const log = () => readFileSync(join(varDir, "log/mortised.log"), "utf8");
const tenantOf = (who) => psql(`select tenant_id from mortise.users where id = '${who.who.id}'`)[0][0];
const emit = (channel, mark, from, to) =>
  psql(`select count(mortise.emit('${channel}', 'TicketUpdated', jsonb_build_object('title', '${mark}', 'n', n)))
    from generate_series(${from}, ${to}) n`, { user: "mortise_steward" });

/** The messages of a person's stream as they come. */
async function whole(client) {
  const messages = [];
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    messages.push(...lines.filter((l) => l.startsWith("data:")).map((l) => JSON.parse(l.slice(5))));
  });
  socket.write(`GET /events HTTP/1.0\r\nHost: mortise\r\nAccept: text/event-stream\r\nCookie: ${client.headers.Cookie}\r\n\r\n`);
  await new Promise((r) => socket.once("data", r));
  return { messages, close: () => socket.destroy() };
}

/** Sets names of mortise.conf; resolves when a steward works by them. */
async function configured(settings) {
  const steward = () => status().pools.find((p) => p.name === "steward").workers.map((w) => w.pid);
  const was = steward();
  const back = await configure(settings);
  await until(() => steward().length === 1 && !was.includes(steward()[0]), 30000, "a new steward");
  return back;
}

test("B3: above events_per_second a company's browsers hear how far it is, once a second, and lose nothing", { timeout: 90000 }, async (t) => {
  const back = await configured({ events_per_second: 10 });
  t.after(back);
  const me = await login("Technician"), channel = `t.${tenantOf(me)}`;
  const answer = await eventSource("/events", me.headers);
  const heard = [];
  answer.stream.on("message", (text) => heard.push(JSON.parse(text)));
  t.after(() => answer.stream.close());
  const follower = await new Follower(await login("Technician", 0, 1)).start();
  t.after(() => follower.stop());
  const mark = randomUUID();
  // 500 a second for five seconds, a few in each transaction.
  let n = 0;
  const began = Date.now();
  while (Date.now() - began < 5000) {
    emit(channel, mark, n + 1, n + 50);
    n += 50;
    await new Promise((r) => setTimeout(r, 100 - ((Date.now() - began) % 100)));
  }
  await until(() => follower.events.filter((e) => e.data.title === mark).length === n, 30000, "all have arrived");
  const seconds = (Date.now() - began) / 1000;
  assert.deepEqual(follower.events.filter((e) => e.data.title === mark).map((e) => e.data.n), Array.from({ length: n }, (_, i) => i + 1));
  const whole = heard.filter((m) => m.data?.title === mark).length;
  const heads = heard.filter((m) => m.type === "heartbeat" && m.channel === channel).length;
  t.diagnostic(`${n} events in ${seconds.toFixed(1)} s: ${whole} said one by one, ${heads} times how far it is; ${follower.recoveries} times asked`);
  assert.ok(whole <= 10 * (seconds + 2), `${whole} of ${n} in ${seconds} s`);
  assert.ok(heads >= 2 && heads <= seconds + 4, `${heads} in ${seconds} s`);
});

test("B3: above events_percent a company's events come together once a second, and another's at once", { timeout: 90000 }, async (t) => {
  const me = await login("Technician"), channel = `t.${tenantOf(me)}`;
  const stranger = await login("Technician", 1), theirs = `u.${stranger.who.id}`;
  // A hundredth of a second: some few messages, however fast the machine is.
  const back = await configured({ events_percent: 1 });
  t.after(back);
  const follower = await new Follower(me).start();
  t.after(() => follower.stop());
  const other = await new Follower(stranger).start();
  t.after(() => other.stop());
  const raw = await whole(me);
  t.after(raw.close);
  const mark = randomUUID();
  let n = 0;
  const together = () => raw.messages.filter((m) => m.type === "events" && m.channel === channel);
  const heard = () => follower.events.filter((e) => e.data.title === mark).map((e) => e.data.n);
  // So many at a time take longer one by one, and are still fewer than events_per_second.
  await until(async () => {
    emit(channel, mark, n + 1, n + 90);
    n += 90;
    await until(() => heard().length === n, 30000, "all have arrived");
    return together().length >= 2;
  }, 40000, "some come together");
  emit(theirs, mark, 1, 1);
  await until(() => other.events.some((e) => e.data.title === mark), 30000, "another company's event");
  assert.deepEqual(heard(), Array.from({ length: n }, (_, i) => i + 1));
  t.diagnostic(`${n} events; ${together().length} messages with ${together().map((m) => m.events.length).join(", ")}`);
  for (const m of together()) {
    assert.deepEqual(m.events.map((e) => e.seq), m.events.map((_, i) => m.seq - m.events.length + 1 + i));
    assert.ok(m.events.every((e) => e.channel === channel));
  }
});

test("the events nginx above events_memory_mb gets a new worker; who listens connects again and has lost nothing", { timeout: 120000 }, async (t) => {
  const worker = () => children(servicePid("nginx-events"))[0];
  const me = await login("Technician", 0, 1), channel = `u.${me.who.id}`;
  const follower = await new Follower(me).start();
  t.after(() => follower.stop());
  const first = worker(), least = residentMb(first);
  const back = await configured({ events_memory_mb: Math.max(32, Math.ceil(least) + 12) });
  t.after(back);
  const from = log().length;
  const mark = randomUUID();
  // Streams are what takes its memory; these come by the socket that only the front nginx has.
  const sockets = [];
  t.after(() => sockets.forEach((s) => s.destroy()));
  let n = 0, most = 0;
  for (let i = 0; i < 4000 && worker() === first; i++) {
    const s = connect(join(run, "events/sub.sock"));
    s.on("error", () => {});
    s.resume();
    s.write(`GET /sub/all,t.999999,u.${i},s.${i} HTTP/1.1\r\nHost: events\r\nAccept: text/event-stream\r\n\r\n`);
    sockets.push(s);
    if (i % 100) continue;
    await new Promise((r) => s.once("data", r).once("close", r));
    emit(channel, mark, n + 1, ++n);
    if (worker() === first) most = Math.max(most, residentMb(first));
  }
  await until(() => /events_memory_mb/.test(log().slice(from)), 30000, "a line that names the bound");
  await until(() => worker() && worker() !== first, 30000, "another worker");
  sockets.forEach((s) => s.destroy());
  emit(channel, mark, n + 1, ++n);
  await until(() => follower.events.filter((e) => e.data.title === mark).length === n, 30000, "all have arrived");
  assert.deepEqual(follower.events.filter((e) => e.data.title === mark).map((e) => e.data.n), Array.from({ length: n }, (_, i) => i + 1));
  assert.ok(follower.connects >= 2, `${follower.connects} connects`);
  t.diagnostic(`${least.toFixed(0)} MB, ${most.toFixed(0)} with ${sockets.length} streams, then ${residentMb(worker()).toFixed(0)}`);
});
