#!/usr/bin/env -S node --test-reporter=tap
// PostgreSQL and memcached stopped, hung and absent: a clear answer or normal service, and everything
// by itself when they are back - no process of ours is restarted for it.

import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { figure, measured, median, quantile } from "../lib/measure.mjs";
import { account, AWAY, http, login, run, service, servicePid, signIn, status, until, url } from "../lib/mortise.mjs";
import { children } from "../lib/proc.mjs";
import { Follower } from "../lib/stream.mjs";

/** Process ids of the core's own workers. */
const core = () =>
  Object.fromEntries(
    status()
      .pools.filter((p) => p.kind === "core")
      .map((p) => [p.name, p.workers.map((w) => w.pid).sort()]),
  );

const group = (name, signal) => process.kill(-servicePid(name), signal);

/** A problem that says what is wrong, in time. */
async function refused(path, deadline) {
  const began = Date.now();
  const me = await login("Technician");
  const res = await me.get(path, { deadline });
  assert.ok([503, 504].includes(res.status), `${path}: ${res.status} ${res.text}`);
  assert.match(res.headers["content-type"], /problem\+json/);
  assert.equal(res.body.status, res.status);
  assert.equal(res.body.requestId, res.headers["x-request-id"]);
  assert.ok(res.body.detail.length > 5, res.text);
  assert.doesNotMatch(res.text, /postgres|libpq|socket|SELECT|\/run\//i, "the inside of the house is not told");
  return Date.now() - began;
}

const works = async () => (await (await login("Technician")).get("/api/tickets")).status === 200;

/** health says what is down, with 200 or 503, and never takes long. */
async function health(part) {
  const res = await http("GET", "/api/health");
  return res.body?.[part];
}

/** Runs `inside` while something is wrong; afterwards everything must be as before, the same processes. */
async function outage(begin, end, inside) {
  assert.ok(await works());
  const before = core();
  await begin();
  try {
    await inside();
  } finally {
    await end();
  }
  await until(works, 30000, "service is back", AWAY);
  assert.deepEqual(core(), before, "no worker was replaced");
}

after(() => until(works, 30000, "it works", AWAY));

test("PostgreSQL stopped: 503 at once, then service as before", { timeout: 120000 }, async () => {
  const follower = await new Follower(await login("Technician")).start();
  await outage(
    () => service("stop", "postgres"),
    () => service("start", "postgres"),
    async () => {
      for (const path of ["/api/tickets", "/api/me", "/api/users", "/api/ticket-states"]) await refused(path, 9000).catch((e) => assert.ok(path === "/api/me", e)); // the session may be in the cache
      assert.equal((await http("GET", "/")).status, 200, "the page itself needs no database");
      assert.notEqual(await health("database"), "up");
      const { email, password } = account("Technician");
      const res = await http("POST", "/api/auth/login", { body: { email, password }, headers: { Origin: url } });
      assert.equal(res.status, 503);
    },
  );
  // Events flow again through the stream that was open all the time.
  const title = `after the database ${process.pid}`;
  const res = await (await login("Dispatcher")).post("/api/notifications/user", { targetUserId: follower.client.who.id, title, message: "x" });
  assert.equal(res.status, 200);
  await until(() => follower.events.some((e) => e.data.title === title));
  assert.equal(follower.connects, 1);
  await follower.stop();
});

measured("PostgreSQL hung: an answer before the deadline, then service as before", { timeout: 120000 }, async () => {
  // Every backend has a process group of its own.
  const all = () => {
    const pid = servicePid("postgres");
    return [pid, ...children(pid)];
  };
  const frozen = all();
  const before = Object.keys(core());
  for (const pid of frozen) process.kill(pid, "SIGSTOP");
  let took;
  try {
    took = await refused("/api/tickets", 60000);
    assert.equal((await http("GET", "/")).status, 200);
  } finally {
    for (const pid of frozen)
      try {
        process.kill(pid, "SIGCONT");
      } catch {
        /* it ended */
      }
  }
  await until(works, 30000, "it works", AWAY);
  assert.deepEqual(Object.keys(core()), before);
  figure(took < 14000, `an answer after ${took} ms`);
});

test("memcached stopped: normal service", { timeout: 120000 }, async () => {
  await outage(
    () => service("stop", "memcached"),
    () => service("start", "memcached"),
    async () => {
      await normalService();
      await until(async () => (await health("cache")) !== "up");
    },
  );
  await until(async () => (await health("cache")) === "up", 30000, "the cache is in use again");
});

measured("memcached hung: normal service, hardly slower", { timeout: 120000 }, async () => {
  const timed = async () => {
    const times = [];
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      assert.ok(await works());
      times.push(performance.now() - began);
    }
    return times;
  };
  const rest = await timed();
  await outage(
    () => group("memcached", "SIGSTOP"),
    () => group("memcached", "SIGCONT"),
    async () => {
      await normalService();
      // Each worker has noticed by now, and doesn't try again for a while.
      const times = await timed();
      figure(median(times) < Math.max(100, 3 * median(rest)), `median ${median(times)} ms, ${median(rest)} ms with a cache`);
      figure(quantile(times, 0.8) < 1000, `one in five ${quantile(times, 0.8)} ms or more`);
    },
  );
});

test("memcached absent: normal service", { timeout: 120000 }, async () => {
  const sock = join(run, "memcached.sock");
  await outage(
    () => {
      service("stop", "memcached");
      if (existsSync(sock)) renameSync(sock, `${sock}.away`);
    },
    () => service("start", "memcached"),
    normalService,
  );
});

/** Sign-in, reading, writing. */
async function normalService() {
  const me = await signIn(account("Technician", 0, 1));
  assert.equal((await me.get("/api/me")).status, 200);
  const made = await me.post("/api/tickets", { title: "while something was down" });
  assert.equal(made.status, 201, made.text);
  assert.equal((await me.get(`/api/tickets/${made.body.id}`)).status, 200);
  assert.equal((await me.patch(`/api/tickets/${made.body.id}`, { state: "cancelled" })).status, 200);
  assert.equal((await me.post("/api/auth/logout")).status, 204);
  assert.equal((await me.get("/api/me")).status, 401, "a session that ended stays ended");
}
