#!/usr/bin/env -S node --test-reporter=tap
// Hooks that hang: they may hold half of the admin pool, and nobody else waits for them.
import assert from "node:assert/strict";
import test, { after } from "node:test";

import { configure } from "../lib/conf.mjs";
import { figure, rounds } from "../lib/measure.mjs";
import { install, login, remove, status, until } from "../lib/mortise.mjs";

const KEY = "settings-test";

test("six hanging hooks hold up nobody else's administration", async (t) => {
  const back = await configure({ held_ms: 250, plugin_workers_max: 8 });
  after(async () => {
    await remove(KEY);
    await back();
  });
  const { admin } = await install(KEY);
  const other = await login("Admin", 1);
  // Its processes are there, so that a hook's time is the hook's own.
  await until(async () => (await admin.get(`/api/plugins/${KEY}/show`)).status < 500, 30000, "the plugin answers");
  await rounds(t, async (t) => {
    const began = Date.now();
    const hooks = Array.from({ length: 6 }, () =>
      admin.post(`/api/plugins/${KEY}/test-connection`, { values: { server: "https://slow.example/", token: "123456789" } }, { deadline: 60000 }).then((r) => ({ r, ms: Date.now() - began })),
    );
    await until(() => status().pools.find((p) => p.name === "admin").workers.filter((w) => w.busy).length >= 2, 30000, "hooks that hang");
    const times = [];
    for (let i = 0; i < 10; i++) {
      const one = Date.now();
      const res = await other.get("/api/plugins/installations", { headers: { Connection: "close" } });
      assert.equal(res.status, 200, res.text);
      times.push(Date.now() - one);
    }
    t.diagnostic(`another company's administrator waited ${Math.max(...times)} ms at most`);
    const done = await Promise.all(hooks);
    const gave = done.filter((d) => d.r.status === 503);
    t.diagnostic(`hooks: ${done.map((d) => `${d.r.status} after ${d.ms} ms`).join(", ")}`);
    for (const d of gave) {
      assert.equal(d.r.body.type, "/problems/share-used-up", d.r.text);
      assert.ok(Number(d.r.headers["retry-after"]) > 0);
    }
    assert.ok(gave.length >= 1 && gave.length <= 4, `${gave.length} gave way`);
    // The first would wait for a hook's end, when others come out of it.
    figure(Math.max(...times) < 2500, `another company's administrator waited ${times} ms`);
  });
  assert.equal((await admin.get("/api/plugins/installations")).status, 200);
});
