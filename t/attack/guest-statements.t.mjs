#!/usr/bin/env -S node --test-reporter=tap
// What a plugin does to its host by statements: they take for ever, or bring more than memory holds. The host
// has them cancelled, and keeps its session and itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { figure, measured, rounds } from "../lib/measure.mjs";
import { install, login, psql, remove, sanitizerMb, status, until, varDir } from "../lib/mortise.mjs";
import { residentMb } from "../lib/proc.mjs";

const at = (path) => "/api/plugins/hostile" + path;
let ann;

before(async () => {
  await remove("hostile");
  await install("hostile", 0);
  ann = await login("Technician", 0);
  await until(async () => (await ann.get(at("/ok"))).status === 200);
});
after(() => remove("hostile"));

const hosts = () => status().pools.find((p) => p.name.startsWith("hostile@"))?.workers ?? [];
const guests = () => hosts().flatMap((w) => w.guests);
const log = () => readFileSync(join(varDir, "log/mortised.log"), "utf8");

/** The plugin's sessions: pid and state. */
const sessions = () => psql("SELECT pid, state, query FROM pg_stat_activity WHERE usename = 'p_hostile'");

test("a statement past the deadline is cancelled: 504, a new guest, the same session", async (t) => {
  const had = guests().map((g) => g.pid);
  const asked = ann.get(at("/endless"), { deadline: 30000 });
  const [pid] = await until(() => sessions().find(([, state, query]) => state === "active" && query.includes("1000000")), 30000, "it runs");
  const host = hosts().find((w) => w.busy);
  const res = await asked;
  assert.equal(res.status, 504, res.text);
  assert.match(res.body.detail, /database did not answer in time/);
  await until(() => sessions().find((s) => s[0] === pid)?.[1] === "idle", 30000, "its session is idle");
  for (let n = 0; n < 3; n++) assert.equal((await ann.get(at("/ok"))).status, 200);
  assert.ok(hosts().some((w) => w.pid === host.pid), "its host is still there");
  await until(() => had.some((g) => !guests().some((x) => x.pid === g)), 30000, "its guest is not");
  await rounds(t, async () => {
    const { status } = await ann.get(at("/statements"));
    figure(status !== 504, "a thousand statements met the deadline");
    assert.equal(status, 429);
  });
  assert.ok(sessions().some((s) => s[0] === pid && s[2].includes("SELECT 1") || s[0] === pid && /ROLLBACK|COMMIT/.test(s[2])), "the session has served again");
});

for (const mb of [1, 20, 60, 80])
  test(`one value of ${mb} MB takes no more of the host's memory than its bound`, { timeout: 120000 }, async (t) => {
    const rss = (pid) => residentMb(pid, "VmHWM");
    assert.equal((await ann.get(at("/ok"))).status, 200);
    const had = hosts().map((w) => [w.pid, rss(w.pid)]);
    const from = log().length;
    const asked = ann.get(at(`/value?mb=${mb}`), { deadline: 30000 });
    let done = false, grew = 0;
    void asked.finally(() => (done = true)).catch(() => {});
    // A host that loses its session ends: it is measured while it works.
    while (!done) {
      for (const [pid, was] of had)
        try {
          grew = Math.max(grew, rss(pid) - was);
        } catch {
          /* it has made room for one with a session */
        }
      await new Promise((r) => setTimeout(r, 5));
    }
    const res = await asked;
    t.diagnostic(`${mb} MB: ${res.status}, the host grew by ${grew.toFixed(0)} MB`);
    assert.ok(grew < 96 + sanitizerMb(), `${grew} MB`);
    if (mb === 1) return assert.ok(res.status < 300, res.text);
    // A slow machine needs all of the request's time to make such a value.
    assert.ok(res.status === 504 || (res.status === 413 && /more than 16 MB: ask for fewer/.test(res.body.detail)), res.text);
    if (res.status === 413) await until(() => log().slice(from).includes("plugin_rows_max_mb"));
    await until(async () => (await ann.get(at("/ok"))).status === 200, 30000, "the plugin serves");
  });

measured("rows without end don't fill the host's memory", {}, async () => {
  const rss = residentMb;
  const had = hosts().map((w) => [w.pid, rss(w.pid)]);
  const from = log().length;
  const before_ = sessions().map((s) => s[0]);
  const res = await ann.get(at("/rows"), { deadline: 30000 });
  figure(res.status !== 504, "they met the deadline");
  assert.equal(res.status, 413, res.text);
  assert.match(res.body.detail, /more than 16 MB: ask for fewer/);
  for (const [pid, mb] of had) assert.ok(rss(pid) < mb + 120 + sanitizerMb(), `${pid}: ${mb} MB, then ${rss(pid)} MB`);
  await until(() => log().slice(from).includes("plugin_rows_max_mb"));
  for (const pid of before_) assert.ok(sessions().some((s) => s[0] === pid), "its session is still there");
  assert.equal((await ann.get(at("/ok"))).status, 200);
});

test("statements and bytes of a plugin have bounds a second for one company: 429 that names the bound, and another company is served", { timeout: 120000 }, async (t) => {
  const lucia = await login("Technician", 1);
  await install("hostile", 1);
  const pids = hosts().map((w) => w.pid);
  const back = await configure({ plugin_statements_per_second: 100, plugin_mb_per_second: 2 });
  t.after(back);
  await until(async () => (await ann.get(at("/ok"))).status === 200 && !hosts().some((w) => pids.includes(w.pid)), 30000, "hosts with these bounds");
  await install("flood", 0);
  t.after(() => remove("flood"));
  // A second may end in between, which resets the count.
  const refused = (path, name) =>
    until(async () => {
      const all = await Promise.all([0, 1, 2].map(() => ann.get(path, { deadline: 30000 })));
      return all.find((r) => r.status === 429 && r.body.detail.includes(name));
    }, 30000, `${path} is refused with ${name}`);
  for (const [path, name] of [[at("/statements"), "plugin_statements_per_second"], ["/api/plugins/flood/reply?mb=5", "plugin_mb_per_second"]]) {
    assert.ok(Number((await refused(path, name)).headers["retry-after"]) > 0);
    assert.equal((await lucia.get(at("/ok"))).status, 200);
    assert.ok((await lucia.get(at("/value?mb=1"))).status < 300);
  }
});
