#!/usr/bin/env -S node --test-reporter=tap
// What takes long in the steward holds up no event: clearing away, and unpacking packages (defect 2).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { median } from "../lib/measure.mjs";
import { install, login, psql, remove, run, status, until, varDir } from "../lib/mortise.mjs";
import { eventSource } from "../lib/stream.mjs";

const steward = () => status().pools.find((p) => p.name === "steward").workers;

/** Sends notifications until that long after `when`; answers how long those after it took to a subscriber, in ms. */
async function latencies(when, ms) {
  const admin = await login("Admin");
  const tech = await login("Technician");
  const { stream } = await eventSource("/events", tech.headers);
  const sent = new Map();
  const took = [];
  let from = Infinity, end = Infinity;
  void when.then(() => ((from = performance.now()), (end = from + ms)), () => (end = 0));
  stream.on("message", (text) => {
    const mark = /mark-(\d+)-x/.exec(text)?.[1];
    if (sent.has(mark)) {
      if (sent.get(mark) > from) took.push(performance.now() - sent.get(mark));
      sent.delete(mark);
    }
  });
  let n = 0;
  try {
    for (let after = 0; performance.now() < end || after < 20; ) {
      const mark = String(++n);
      sent.set(mark, performance.now());
      if (performance.now() > from) after++;
      const res = await admin.post("/api/notifications/user", { targetUserId: tech.who.id, title: "steward", message: `mark-${mark}-x` });
      assert.ok([200, 201, 202].includes(res.status), res.text);
      await new Promise((r) => setTimeout(r, 100));
      if (end === 0) break; // `when` has failed, which is its caller's
    }
    await until(() => sent.size === 0, 30000, "every notification arrives");
  } finally {
    stream.close();
  }
  return took;
}

test("defect 2: clearing away that waits for a lock delays no event", async (t) => {
  const child = spawn("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "mortise"], {
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") },
    stdio: ["pipe", "ignore", "inherit"],
  });
  t.after(() => child.kill());
  child.stdin.write("begin; lock table mortise.marketplace_images in access exclusive mode;\n");
  // A new steward clears away some seconds after its start.
  const old = steward()[0].pid;
  process.kill(old, "SIGKILL");
  await until(() => steward()[0]?.pid !== old && steward().length === 1, 30000, "a new steward");
  const waits = () => psql("select 1 from pg_stat_activity where wait_event_type = 'Lock' and usename = 'mortise_steward'").length > 0;
  const waiting = until(waits, 30000, "the clearing waits for the lock");
  const [took] = await Promise.all([latencies(waiting, 3000), waiting]);
  t.diagnostic(`${took.length} notifications while it waits: median ${median(took).toFixed(0)} ms, most ${Math.max(...took).toFixed(0)} ms`);
  // The clearing gives up after some seconds; if events waited for it, most of them would have taken as long as was left.
  assert.ok(median(took) < 1000, `half of them took ${median(took)} ms or more`);
});

test("defect 2: a package that isn't on this machine is unpacked by another process", async () => {
  const { admin } = await install("flood");
  after(() => remove("flood"));
  await until(async () => (await admin.get("/api/plugins/flood/ok")).status === 200, 30000, "the plugin answers");
  const [[sha]] = psql("select package_sha256 from mortise.installations where plugin_key = 'flood'");
  rmSync(join(varDir, "store", sha), { recursive: true });
  const pid = steward()[0].pid;
  await until(async () => (await admin.get("/api/plugins/flood/ok")).status === 200 && steward()[0].pid === pid, 30000, "it answers again", [503]);
  await until(() => existsSync(join(varDir, "store", sha, "plugin.so")), 30000, "it is unpacked again");
});
