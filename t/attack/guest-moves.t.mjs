#!/usr/bin/env -S node --test-reporter=tap
// Guests that answer twice, never, out of turn or with lengths that lie, while their host is drained, upgraded and
// rolled back: the move is done in its time, each of these calls fails by itself, and nobody else's does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { consenting, install, login, remove, status, until } from "../lib/mortise.mjs";
import { offer, reversion } from "../plugins/package.mjs";

const KEY = "hostile";
const HOW = ["twice", "never", "other-call", "type?more=3", "lying-total", "lying-place", "lying-text", "huge-reply", "short", "drip", "logs", "spin"];
const at = (path) => `/api/plugins/${KEY}/${path}`;
let ann, lucia, admin, id;
let back = () => {};

before(async () => {
  back = await configure({ crash_limit: 1000, plugin_workers_max: 16, plugin_deadline_ms: 5000 });
  await remove(KEY);
  id = (await install(KEY, 0)).installation.id;
  await install(KEY, 1);
  ann = await login("Technician", 0);
  lucia = await login("Technician", 1);
  admin = await login("Admin", 0);
  await offer(reversion(KEY, "1.1.0"));
});
after(async () => {
  await back();
  await remove(KEY);
});

const workers = () => status().pools.filter((p) => p.name.startsWith(`${KEY}@`)).flatMap((p) => p.workers);
const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const moves = {
  "disabled and enabled": async () => {
    assert.equal((await admin.post(`/api/plugins/installations/${id}/disable`, undefined, { deadline: 60000 })).status, 200);
    assert.equal((await admin.post(`/api/plugins/installations/${id}/enable`, undefined, { deadline: 60000 })).status, 200);
  },
  upgraded: async () => {
    const res = await consenting(admin, `/api/plugins/installations/${id}/upgrade`, {});
    assert.equal(res.status, 200, res.text);
    assert.equal(res.body.version, "1.1.0");
  },
  "rolled back": async () => {
    const res = await admin.post(`/api/plugins/installations/${id}/rollback`, undefined, { deadline: 60000 });
    assert.equal(res.status, 200, res.text);
    assert.equal(res.body.version, "1.0.0");
  },
};

for (const [what, move] of Object.entries(moves))
  test(`guests that break the protocol while their plugin is ${what}`, { timeout: 120000 }, async (t) => {
    for (const who of [ann, lucia]) await until(async () => (await who.get(at("ok"))).status === 200, 30000, "it works", [502, 503]);
    let over = false;
    const others = [];
    const asking = (async () => {
      while (!over) others.push((await lucia.get(at("ok"))).status);
    })();
    const bad = HOW.map((how) => ann.get(at(`say/${how}`)));
    // More of them come while it moves; each begins in whichever version has it then.
    const more = (async () => {
      const all = [];
      while (!over) {
        for (const how of ["twice", "other-call", "lying-total", "short"]) all.push(await ann.get(at(`say/${how}`)));
      }
      return all;
    })();
    await until(() => workers().filter((w) => w.busy).length >= 3, 30000, "some of them run");
    const old = workers().flatMap((w) => [w.pid, ...w.guests.map((g) => g.pid)]);
    const began = performance.now();
    await move();
    const moved = performance.now() - began;
    over = true;
    await asking;
    const answers = [...(await Promise.all(bad)), ...(await more)];
    for (const a of answers) {
      assert.ok([200, 403, 502, 503, 504].includes(a.status), `${a.status} ${a.text}`);
      if (a.status === 200) assert.equal(a.text, "raw"); // the one that answers twice
      else assert.match(a.headers["content-type"], /problem\+json/);
    }
    assert.deepEqual([...new Set(others)], [200], "another company's calls");
    await until(async () => (await ann.get(at("ok"))).status === 200, 30000, "it works afterwards", [502, 503]);
    for (let i = 0; i < 20; i++) assert.equal((await ann.get(at("ok"))).body?.ok, true, "and answers what was asked");
    const by = [...new Set(answers.map((a) => a.status))].map((s) => `${answers.filter((a) => a.status === s).length} of ${s}`);
    t.diagnostic(`moved in ${Math.round(moved)} ms; answers: ${by.join(", ")}; ${old.filter(alive).length} of ${old.length} processes of before are there still`);
    // A worker that hangs in such a call is gone at its deadline at the latest, whatever pool it was of.
    await until(() => workers().every((w) => !w.busy), 30000, "nothing hangs");
  });
