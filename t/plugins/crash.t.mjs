#!/usr/bin/env -S node --test-reporter=tap
// Plugins that crash, hang, flood memory or leave in a request harm that request and nothing else; what
// crashes again and again is quarantined, and an administrator brings it back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { install, login, psql, remove, status, until, wordsOf } from "../lib/mortise.mjs";
import { leftNothing, pools, traces } from "./package.mjs";

const KEYS = ["crash", "hang", "flood", "exit", "time-clock"];
let start;
const ids = {};

before(async () => {
  await remove(...KEYS);
  start = traces();
  for (const key of KEYS) ids[key] = (await install(key)).installation.id;
});
after(() => remove(...KEYS));

const get = async (path, options) => (await login("Technician")).get(`/api/plugins/${path}`, options);

/** Other plugins and the core answer at once, all the time that `work` takes. Answers the slowest, in ms. */
async function othersAnswerWhile(work) {
  let over = false;
  let slowest = 0;
  const watch = (async () => {
    while (!over) {
      for (const path of ["/api/plugins/time-clock/report", "/api/tickets?limit=1"]) {
        const began = Date.now();
        const res = await (await login("Technician", 0, 1)).get(path);
        slowest = Math.max(slowest, Date.now() - began);
        assert.ok(res.status < 500, `${path}: ${res.status} ${res.text}`);
      }
    }
  })();
  try {
    return await work();
  } finally {
    over = true;
    await watch;
    // Who waited for a plugin that hangs would do so until its deadline, five seconds.
    assert.ok(slowest < 4500, `another request took ${slowest} ms`);
  }
}

const isProblem = (res, ...statuses) => {
  assert.ok(statuses.includes(res.status), `${res.status} ${res.text}`);
  assert.match(res.headers["content-type"], /problem\+json/);
  assert.ok(res.body.requestId, res.text);
};

for (const path of ["crash/crash", "crash/abort", "exit/exit", "exit/exit-now"])
  test(`${path} costs its own request, the next one works`, () =>
    othersAnswerWhile(async () => {
      const key = path.split("/")[0];
      assert.equal((await get(`${key}/ok`)).status, 200);
      isProblem(await get(path), 502, 503);
      await until(async () => (await get(`${key}/ok`)).status === 200);
    }));

test("a flood of memory costs its own request", () =>
  othersAnswerWhile(async () => {
    isProblem(await get("flood/flood", { deadline: 30000 }), 500, 502, 503, 504);
    await until(async () => (await get("flood/ok")).status === 200);
  }));

test("a hang is ended at its deadline, and others of the same plugin answer meanwhile", () =>
  othersAnswerWhile(async () => {
    const hang = get("hang/hang", { deadline: 30000 });
    await until(() => pools("hang").some((p) => p.workers.some((w) => w.busy)));
    assert.equal((await get("hang/ok")).status, 200);
    isProblem(await hang, 502, 503, 504);
    assert.equal((await get("hang/ok")).status, 200);
    const lines = async () => (await (await login("Admin")).get(`/api/plugins/installations/${ids.hang}/logs?level=error&limit=100`)).body.items;
    const { route, how, trace } = await until(async () => (await lines()).find((l) => l.message === "guest ended"));
    assert.equal(route, "GET /hang");
    assert.match(how, /passed its deadline/);
    assert.match(trace, /^hang\+0x[0-9a-f]+ \[/, "where it was");
  }));

test("the calls that ended a worker are in the plugin's usage, as errors", async () => {
  const admin = await login("Admin");
  for (const [key, errors] of [["crash", 2], ["exit", 2], ["hang", 1]]) {
    const today = await until(async () => {
      const day = (await admin.get(`/api/plugins/installations/${ids[key]}/usage`)).body.days.at(-1);
      return day?.errors >= errors && day;
    }, 30000, `errors of ${key}`);
    assert.equal(today.errors, errors, key);
    assert.ok(today.calls > errors && today.calls >= today.errors);
    if (key === "hang") assert.ok(today.msMax >= 1000, `${today.msMax} ms`);
  }
});

test("as many hangs as the pool has places: the plugin is busy, the house is not", () =>
  othersAnswerWhile(async () => {
    const hangs = await Promise.all(Array.from({ length: 3 }, () => get("hang/sleep?ms=1500", { deadline: 30000 })));
    for (const h of hangs) assert.equal(h.status, 200, h.text);
  }));

test("after repeated crashes it is in quarantine: a clear 503, and the admins are notified", async () => {
  const admin = await login("Admin");
  const heads = (await admin.get("/api/events")).body.heads;
  const since = Object.entries(heads).map(([c, n]) => `${c}:${n}`).join(",");
  await othersAnswerWhile(() =>
    until(async () => {
      await get("crash/crash");
      return psql("select 1 from mortise.plugin_packages where plugin_key = 'crash' and quarantined_at is not null").length;
    }, 60000, "quarantine", [502, 503]),
  );
  const res = await until(async () => {
    const r = await get("crash/ok");
    return r.status === 503 && r.body.type.endsWith("plugin-quarantined") && r;
  }, 30000, "it says so", [502, 503]);
  assert.match(res.body.detail, /crash_limit/);
  assert.ok(Number(res.headers["retry-after"]) > 0);
  const mine = (await admin.get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === "crash");
  assert.equal(mine.quarantined, true);
  const why = mine.quarantineReasonText;
  assert.equal(why.key, "crashed: {0}");
  assert.equal(wordsOf(why), mine.quarantineReason);
  const seen = await until(async () => {
    const all = (await admin.get(`/api/events?since=${since}`)).body.events;
    return all.some((e) => e.type === "PluginQuarantined") && all.some((e) => e.type === "Notification") && all;
  });
  assert.equal(seen.find((e) => e.type === "PluginQuarantined").data.pluginKey, "crash");
  const { title, message, text } = seen.find((e) => e.type === "Notification").data;
  assert.match(title, /Crash/);
  assert.deepEqual([wordsOf(text.title), wordsOf(text.message)], [title, message]);
  assert.deepEqual(text.message.values[2], why, "the reason has a key of its own there, too");
  const done = (await admin.get(`/api/plugins/installations/${ids.crash}/activity`)).body.items[0];
  assert.deepEqual([done.op, done.detail, done.detailText], ["quarantine", mine.quarantineReason, why]);
  await until(() => !status().pools.some((p) => p.name.startsWith("crash@") && p.workers.length), 30000, "its workers have left");
});

test("enabling lets it out, and it works again", async () => {
  const admin = await login("Admin");
  const res = await admin.post(`/api/plugins/installations/${ids.crash}/enable`);
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.quarantined, false);
  assert.equal((await get("crash/ok")).status, 200);
  isProblem(await get("crash/crash"), 502, 503);
  await until(async () => (await get("crash/ok")).status === 200, 30000, "it works", [502, 503]);
});

test("one in quarantine can be disabled and uninstalled", async () => {
  const admin = await login("Admin");
  await until(async () => {
    await get("crash/crash");
    return (await get("crash/ok")).body?.type?.endsWith("plugin-quarantined");
  }, 60000, "quarantine", [502, 503]);
  assert.equal((await admin.post(`/api/plugins/installations/${ids.crash}/disable`)).body.state, "disabled");
  assert.equal((await get("crash/ok")).status, 403);
  assert.equal((await admin.del(`/api/plugins/installations/${ids.crash}`)).status, 204);
});

test("all of them go without a trace", async () => {
  for (const key of KEYS) await remove(key);
  await leftNothing(assert, start);
});
