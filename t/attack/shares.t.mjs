#!/usr/bin/env -S node --test-reporter=tap
// One company's slow requests against another company's quick ones: locks that don't open (A4) and searches
// that take long (B5) hold half of a pool at most, while others wait.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { configure } from "../lib/conf.mjs";
import { median, quantile } from "../lib/measure.mjs";
import { http, login, psql, run, throughout, until, varDir } from "../lib/mortise.mjs";

let back;
// The bounds of a lock, of a search and of a request are attack/database's: here only shares end a wait.
before(async () => {
  back = await configure({ held_ms: 250, api_workers: 4, lock_timeout_ms: 60000, search_timeout_ms: 60000, api_deadline_ms: 60000 });
});
after(() => back());

/** A session that keeps rows locked until it is ended. */
function lock(sql) {
  const child = spawn("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "mortise"], {
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (d) => (said += d));
  child.stdin.write(`begin;\n${sql};\n\\echo locked\n`);
  const end = () => {
    if (child.exitCode === null) child.stdin.end("rollback;\n");
    return new Promise((resolve) => (child.exitCode === null ? child.on("exit", resolve) : resolve()));
  };
  return until(() => said.includes("locked"), 30000, "the lock").then(() => end);
}

/** Sessions of the api pool that wait for a lock. */
const waiting = () => Number(psql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = 'mortise_api'")[0][0]);

async function timed(client, path) {
  const began = performance.now();
  const res = await client.get(path, { headers: { Connection: "close" } });
  return { status: res.status, ms: performance.now() - began, res };
}

test("A4: row locks of one company hold up no read of another", async (t) => {
  const mine = await login("Dispatcher", 0);
  const theirs = await login("Technician", 1);
  const { id, version } = (await mine.post("/api/tickets", { title: "locked" })).body;
  const other = (await theirs.get("/api/tickets?limit=1")).body.items[0].id;
  const unlock = await lock(`select 1 from mortise.tickets where id = '${id}' for update`);
  t.after(unlock);
  const writes = Array.from({ length: 24 }, (_, i) => mine.patch(`/api/tickets/${id}`, { title: `write ${i}` }, { headers: { "If-Match": `"${version}"` } }));
  await until(() => waiting() >= 2, 30000, "writes that wait for the lock");
  const reads = [];
  for (let i = 0; i < 20; i++) reads.push(await timed(theirs, `/api/tickets/${other}`));
  assert.deepEqual([...new Set(reads.map((r) => r.status))], [200]);
  t.diagnostic(`another company's reads: median ${median(reads.map((r) => r.ms)).toFixed(0)} ms, most ${Math.max(...reads.map((r) => r.ms)).toFixed(0)} ms`);
  // Without shares each waits as long as the writes do.
  assert.ok(median(reads.map((r) => r.ms)) < 500);
  assert.ok(quantile(reads.map((r) => r.ms), 0.8) < 3000);
  t.diagnostic(reads.map((r) => r.ms.toFixed(0)).join(" "));
  // Nobody else waits now: what is left of the writes may wait for the lock as long as they like.
  await unlock();
  const done = await Promise.all(writes);
  const gave = done.filter((r) => r.status === 503);
  t.diagnostic(`of 24 writes ${gave.length} gave way, ${done.length - gave.length} waited`);
  assert.ok(gave.length >= 20, `${gave.length}`);
  for (const r of gave) {
    assert.equal(r.body.type, "/problems/share-used-up", r.text);
    assert.match(r.body.detail, /held_ms/);
    assert.ok(Number(r.headers["retry-after"]) > 0);
  }
  // 503 means that nothing was written.
  const rest = done.filter((r) => r.status !== 503).map((r) => r.status);
  assert.equal(rest.filter((s) => s === 200).length, 1, `${rest}`);
  assert.equal((await mine.get(`/api/tickets/${id}`)).body.version, version + 1);
  assert.equal((await mine.get("/api/me")).status, 200);
});

test("B5: slow searches of one company hold up no read of another", async (t) => {
  const mine = await login("Dispatcher", 0);
  const theirs = await login("Technician", 1);
  // As slow as a search over very many tickets, whatever the machine: they wait for a table.
  const unlock = await lock("lock table mortise.tickets in access exclusive mode");
  t.after(unlock);
  const searches = Array.from({ length: 8 }, (_, i) => mine.get(`/api/tickets?q=zzz${i}`));
  await until(() => waiting() >= 2, 30000, "searches that wait");
  const reads = [];
  for (let i = 0; i < 20; i++) reads.push(await timed(theirs, "/api/me"));
  assert.deepEqual([...new Set(reads.map((r) => r.status))], [200]);
  t.diagnostic(`another company: median ${median(reads.map((r) => r.ms)).toFixed(0)} ms, most ${Math.max(...reads.map((r) => r.ms)).toFixed(0)} ms`);
  assert.ok(median(reads.map((r) => r.ms)) < 500);
  await unlock();
  const done = await Promise.all(searches);
  const by = (status) => done.filter((r) => r.status === status).length;
  assert.equal(by(200) + by(503), 8, `${done.map((r) => r.status)}`);
  assert.ok(by(503) >= 4 && by(200) >= 1, `${done.map((r) => r.status)}`);
});

test("one company may use all of a server that nobody else wants", async () => {
  const mine = await login("Dispatcher", 0);
  const unlock = await lock("lock table mortise.tickets in access exclusive mode");
  const searches = Array.from({ length: 4 }, (_, i) => mine.get(`/api/tickets?q=yyy${i}`));
  try {
    await until(() => waiting() === 4, 30000, "all four workers wait");
    await throughout(() => waiting() === 4, 1000, "all four wait four times as long as what counts as held");
  } finally {
    await unlock();
  }
  assert.deepEqual((await Promise.all(searches)).map((r) => r.status), [200, 200, 200, 200]);
  assert.equal((await http("GET", "/api/health")).status, 200);
});
