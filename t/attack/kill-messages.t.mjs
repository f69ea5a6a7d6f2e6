#!/usr/bin/env -S node --test-reporter=tap
// Every process of a plugin's call is killed and stopped before each message of it: host, spawner, guest and the
// canceller of the host's statements. PostgreSQL is restarted, and crashes, under calls that run.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { figure, measured, quantile } from "../lib/measure.mjs";
import { http, install, login, psql, remove, service, status, until, url } from "../lib/mortise.mjs";
import { children, field } from "../lib/proc.mjs";
import { mayKill } from "../plugins/kill.mjs";

const KEY = "lasting";
const MESSAGES = ["BEGIN", "QUERY", "QUERY, and in it", "LOG", "SETTINGS", "BODY", "COMMIT", "DONE"];
const at = (path) => `/api/plugins/${KEY}/${path}`;
let ann;
let back = () => {};

before(async () => {
  if (!mayKill.skip) back = await configure({ crash_limit: 1000, plugin_deadline_ms: 2000 }); // quarantine is tried in guest.t.mjs
  await remove(KEY);
  await install(KEY, 0);
  ann = await login("Technician", 0);
});
after(async () => {
  await back();
  await remove(KEY);
});

const hosts = () => status().pools.filter((p) => p.name.startsWith(`${KEY}@`)).flatMap((p) => p.workers);
const signal = (pid, name) => {
  try {
    process.kill(pid, name);
  } catch (e) {
    assert.equal(e.code, "ESRCH");
  }
};
/** Hosts with a call, as long as this call runs; null when it has ended before they were seen. */
async function busy(call, n = 1) {
  let ended = false;
  const end = () => (ended = true);
  void call.then(end, end);
  const found = await until(() => hosts().filter((w) => w.busy).length >= n || ended, 60000, "the call runs");
  return found && !ended ? hosts().filter((w) => w.busy) : null;
}
const notes = () => Number(psql(`select count(*) from x_${KEY}.notes`)[0][0]);
const works = () => until(async () => (await ann.get(at("version"))).status === 200, 30000, "it works again", [502, 503, 504]);
/** While PostgreSQL comes back. */
const AWAY = [/Command failed: psql/];

/** Of the host that has the call. */
const victims = {
  host: (w) => [w.pid],
  spawner: (w) => children(w.pid).filter((p) => field(p, "Name") !== "canceller"),
  canceller: (w) => children(w.pid).filter((p) => field(p, "Name") === "canceller"),
  guest: (w) => w.guests.filter((g) => g.tenant > 0).map((g) => g.pid),
};

for (const [what, find] of Object.entries(victims))
  for (const name of ["SIGKILL", "SIGSTOP"])
    test(`a ${what} that gets ${name} before any message of a call costs that call at most`, { ...mayKill, timeout: 240000 }, async (t) => {
      const seen = [], took = [];
      for (let n = 0; n < MESSAGES.length; n++) {
        await works();
        let before_, running, host;
        do {
          await running;
          before_ = notes();
          running = ann.post(at(`steps?at=${n}&ms=600`), {}, { deadline: 60000 });
          [host] = (await busy(running)) ?? [];
        } while (!host);
        const doomed = find(host);
        assert.ok(doomed.length > 0, `there is a ${what}`);
        for (const pid of doomed) signal(pid, name);
        const began = performance.now();
        const res = await running;
        const ms = performance.now() - began;
        for (const pid of doomed) signal(pid, "SIGCONT");
        const now = notes();
        seen.push(res.status);
        assert.ok([200, 502, 503, 504].includes(res.status), `${MESSAGES[n]}: ${res.status} ${res.text}`);
        if (res.status !== 200) assert.match(res.headers["content-type"], /problem\+json/);
        took.push(ms);
        if (res.status === 200) assert.equal(now, before_ + 1, `${MESSAGES[n]}: what was acknowledged is there`);
        else assert.ok(now === before_ || (now === before_ + 1 && n === MESSAGES.length - 1), `${MESSAGES[n]}: half of it is there`);
      }
      t.diagnostic(MESSAGES.map((m, i) => `${m} ${seen[i]} after ${took[i].toFixed(0)} ms`).join("; "));
      assert.ok(quantile(took, 0.75) < 8000, `answered after ${took} ms`);
      await works();
    });

test("a canceller that is stopped when a statement passes its deadline: the call ends, the session goes, the next works", { ...mayKill, timeout: 180000 }, async () => {
  // A host keeps a tenth of the deadline to answer in, and waits 300 ms of it for its canceller (db/pipe.c).
  const was = new Set(hosts().map((w) => w.pid));
  const shorter = await configure({ plugin_deadline_ms: 5000 });
  try {
    await works();
    await until(() => !hosts().some((w) => was.has(w.pid)), 30000, "hosts with the longer deadline");
    const running = ann.get(at("query"), { deadline: 60000 });
    const [host] = await busy(running);
    const stopped = victims.canceller(host);
    assert.equal(stopped.length, 1);
    signal(stopped[0], "SIGSTOP");
    const res = await running;
    assert.equal(res.status, 504, res.text);
    await works();
    await until(() => !hosts().some((w) => w.pid === host.pid), 30000, "its host has made room");
    await until(() => field(stopped[0], "Name") === undefined, 30000, "and taken the stopped one with it");
    await until(() => psql(`select 1 from pg_stat_activity where usename = 'p_${KEY}' and state = 'active'`).length === 0, 30000, "the statement has ended");
  } finally {
    await shorter();
  }
});

for (const [how, work] of [
  ["is restarted", () => (service("stop", "postgres"), service("start", "postgres"))],
  ["crashes", (backend) => signal(backend, "SIGKILL")],
])
  measured(`PostgreSQL ${how} under calls that run`, mayKill, async (t) => {
    await works();
    const before_ = notes();
    const call = (method, path) => http(method, at(path), { base: url, headers: ann.headers, body: method === "POST" ? {} : undefined, deadline: 30000 });
    const running = [call("GET", "sleep?ms=1500"), call("GET", "query"), call("POST", "write")];
    const all = (await busy(running[0], 3)) && hosts();
    if (!all) await Promise.all(running);
    figure(all, "one had ended before all ran");
    const had = all.flatMap((w) => w.guests.map((g) => g.pid));
    const n_hosts = all.length;
    // Nothing between this and the work: on a slow machine the statements would end meanwhile.
    const backends = await until(() => {
      const pids = psql(`select pid from pg_stat_activity where usename = 'p_${KEY}' and query like '%generate_series%' and state = 'active'`);
      return pids.length >= 2 && pids;
    }, 4000).catch(() => null);
    if (!backends) await Promise.all(running);
    figure(backends, "a statement had ended before both ran");
    work(Number(backends[0][0]));
    const answers = await Promise.all(running);
    t.diagnostic(`sleep ${answers[0].status}, statement ${answers[1].status}, transaction ${answers[2].status}`);
    assert.ok([200, 502, 503, 504].includes(answers[0].status), answers[0].text);
    for (const a of answers.slice(1)) {
      assert.ok([500, 502, 503, 504].includes(a.status), `${a.status} ${a.text}`);
      assert.match(a.headers["content-type"], /problem\+json/);
    }
    await until(() => notes() === before_, 30000, "no row of a transaction that was cut off", AWAY);
    const began = performance.now();
    await works();
    t.diagnostic(`worked again ${Math.round(performance.now() - began)} ms later; ${had.filter((p) => field(p, "Name") !== undefined).length} of ${had.length} guests lived on`);
    // A host that was idle finds its session gone at its next call: that one is refused, and the host makes room.
    const statuses = [];
    while (statuses.filter((x) => x === 200).length < 10 && statuses.length < 20) statuses.push((await ann.post(at("steps?at=0&ms=0"), {})).status);
    const refused = statuses.filter((x) => x !== 200);
    assert.ok(refused.length <= n_hosts && refused.every((x) => x === 503), `${statuses}`);
    assert.equal(notes(), before_ + 10);
  });
