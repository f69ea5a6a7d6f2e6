#!/usr/bin/env -S node --test-reporter=tap
// A client that reads a stream or an answer drop by drop never reaches a time-out between two pieces. Its
// backlog is limited nevertheless, and nobody else waits for it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { quantile } from "../lib/measure.mjs";
import { http, install, login, psql, remove, run, servicePid, status, top, until, url, varDir } from "../lib/mortise.mjs";
import { children, residentMb } from "../lib/proc.mjs";
import { eventSource, Follower } from "../lib/stream.mjs";

const folder = mkdtempSync(join(tmpdir(), "mortise-drip-"));
const DRIP = join(folder, "drip");
before(() => execFileSync("cc", ["-o", DRIP, join(top, "t/attack/drip.c")]));
after(() => rmSync(folder, { recursive: true }));

const worker = (name) => children(servicePid(name))[0];

/** Readers of a path for a signed-in client; open() and taken() are what they last said. */
function drip(t, n, bytes, every, path, client) {
  const child = spawn(DRIP, [new URL(url).port, n, bytes, every].map(String), { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const d = { open: null, taken: 0 };
  child.stdout.on("data", (text) => {
    const said = [...String(text).matchAll(/open (\d+) taken (\d+)/g)].at(-1);
    if (said) [d.open, d.taken] = [Number(said[1]), Number(said[2])];
  });
  child.stdin.end(`GET ${path} HTTP/1.1\r\nHost: mortise\r\nAccept: text/event-stream\r\nCookie: ${client.headers.Cookie}\r\n\r\n`);
  return d;
}

/** Figures of the events nginx, from the socket that only the steward has. */
function figures() {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath: join(run, "events/pub.sock"), path: "/status" }, async (res) => {
      let text = "";
      for await (const part of res) text += part;
      resolve(Object.fromEntries([...text.matchAll(/^(.+?): (\d+)/gm)].map((m) => [m[1], Number(m[2])])));
    });
    req.on("error", reject);
    req.end();
  });
}

test("B3: sixty readers that take a stream drop by drop are cut, and nothing piles up for them", { timeout: 120000 }, async (t) => {
  const people = [await login("Technician"), await login("Dispatcher"), await login("Admin")];
  const quiet = await login("Technician", 1);
  const sender = await login("Dispatcher", 1);
  const follower = await new Follower(await login("Technician", 0, 1)).start();
  const heard = [];
  const answer = await eventSource("/events", quiet.headers);
  answer.stream.on("message", (text) => heard.push(JSON.parse(text).data?.title));
  t.after(() => answer.stream.close());
  const others = (await figures()).subscribers;
  // 400 bytes ten times a second: never still, and a hundredth of what comes.
  const readers = people.map((who) => drip(t, 20, 400, 100, "/events", who));
  await until(async () => (await figures()).subscribers === others + 60, 30000, "all of them hear");
  const pid = worker("nginx-events");
  const least = residentMb(pid);
  const [[tenant]] = psql(`select tenant_id from mortise.users where id = '${people[0].who.id}'`);
  const mark = randomUUID();
  let most = 0, n = 0, cut = null;
  const waits = [];
  // Until they are cut, and some more.
  for (let began = Date.now(), after = 0; after < 10 && Date.now() - began < 60000; after += cut === null ? 0 : 1) {
    psql(`select mortise.emit('t.${tenant}', 'Drip', jsonb_build_object('title', '${mark}', 'n', n, 'fill', repeat('x', 3000)))
      from generate_series(${n + 1}, ${n + 40}) n`, { user: "mortise_steward" });
    n += 40;
    const title = randomUUID();
    const sent = Date.now();
    assert.equal((await sender.post("/api/notifications/user", { targetUserId: quiet.who.id, title, message: "m" })).status, 200);
    await until(() => heard.includes(title), 30000, "an event of another company");
    waits.push(Date.now() - sent);
    most = Math.max(most, residentMb(pid));
    if (cut === null && (await figures()).subscribers === others) cut = Date.now() - began;
    await new Promise((r) => setTimeout(r, 200));
  }
  await until(() => follower.events.filter((e) => e.data.title === mark).length === n, 30000, "who reads has all of them");
  await follower.stop();
  t.diagnostic(`${n} events of 3 kB; cut after ${cut} ms; memory ${least.toFixed(0)} to ${most.toFixed(0)} MB; another company's events: ${waits.join(", ")} ms`);
  t.diagnostic(`they took ${readers.map((r) => r.taken).join(", ")} bytes, and have ${readers.map((r) => r.open).join(", ")} connections`);
  assert.ok(cut !== null, "the events nginx has ended their streams");
  assert.equal(worker("nginx-events"), pid);
  assert.ok(most - least < 40, `${least} to ${most} MB`);
  assert.ok(quantile(waits, 0.8) < 2500, `another company's events took ${waits.join(", ")} ms`);
  assert.equal((await http("GET", "/api/health")).status, 200);
});

test("A8: readers that take a plugin's reply drop by drop hold its workers until the deadline, and are no fault of its", { timeout: 120000 }, async (t) => {
  const { admin } = await install("flood");
  t.after(() => remove("flood"));
  const log = () => readFileSync(join(varDir, "log/mortised.log"), "utf8");
  await until(async () => (await admin.get("/api/plugins/flood/ok")).status === 200, 30000, "the plugin answers");
  const pool = () => status().pools.find((p) => p.name.startsWith("flood@"));
  const from = log().length;
  const crashes = pool().crashes;
  // 40 kB a second of 30 MB, four at a time, three times: more than the crashes that mean quarantine.
  for (let i = 0; i < 3; i++) {
    const began = Date.now();
    const readers = drip(t, 4, 4000, 100, "/api/plugins/flood/reply?mb=30", admin);
    const lines = () => log().slice(from).split("\n").filter((l) => l.includes("the client took"));
    await until(() => lines().length >= 4 * (i + 1), 30000, "the replies are given up");
    t.diagnostic(`given up after ${Date.now() - began} ms, with ${readers.taken} bytes taken`);
  }
  assert.doesNotMatch(log().slice(from), /killed|did not finish/);
  assert.equal(pool().state, "running");
  assert.equal(pool().crashes, crashes);
  assert.equal((await admin.get("/api/plugins/flood/ok")).status, 200);
});
