#!/usr/bin/env -S node --test-reporter=tap
// An uninstall that exports the rows writes them as JSON: repetitive values that are small in the database are
// large there. The export is limited in bytes, in memory and on disk.

import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { consenting, login, psql, remove, sanitizerMb, status, until, varDir } from "../lib/mortise.mjs";
import { residentMb } from "../lib/proc.mjs";

const KEY = "time-clock";
const MB = 1 << 20;
let admin, tenant, id;

const workers = () => status().pools.find((p) => p.name === "admin").workers.map((w) => w.pid);

/** Bytes below the package store, where exports are made. */
function onDisk(folder = join(varDir, "store")) {
  let sum = 0;
  for (const e of readdirSync(folder, { withFileTypes: true }))
    try {
      const path = join(folder, e.name);
      sum += e.isDirectory() ? onDisk(path) : statSync(path).size;
    } catch {
      /* gone meanwhile */
    }
  return sum;
}

before(async () => {
  await remove(KEY);
  admin = await login("Admin");
  [[tenant]] = psql(`select tenant_id from mortise.users where id = '${admin.who.id}'`);
  const res = await consenting(admin, "/api/plugins/install", { pluginKey: KEY });
  assert.equal(res.status, 201, res.text);
  id = res.body.id;
});
after(async () => {
  psql("delete from mortise.plugin_exports");
  await remove(KEY);
});

/** Rows of that many bytes each, all of them the letter x. */
function fill(n, bytes) {
  psql(`delete from x_time_clock.time_clock_entries;
    insert into x_time_clock.time_clock_entries (tenant_id, id, technician_id, technician_name, ticket_id, ticket_number, clock_in, clock_out, clocked_in_by)
    select ${tenant}, gen_random_uuid(), gen_random_uuid(), repeat('x', ${bytes}), gen_random_uuid(), n, now(), now(), gen_random_uuid()
    from generate_series(1, ${n}) n; vacuum analyze x_time_clock.time_clock_entries`);
  return Number(psql("select pg_total_relation_size('x_time_clock.time_clock_entries')")[0][0]);
}

/** Uninstalls with an export; answers it, and how much memory and disk that took. */
async function exporting() {
  const had = new Map(workers().map((pid) => [pid, residentMb(pid)]));
  const disk = onDisk();
  const asked = admin.del(`/api/plugins/installations/${id}?data=export`, { deadline: 110000 });
  let done = false, memory = 0, bytes = 0;
  void asked.finally(() => (done = true)).catch(() => {});
  while (!done) {
    for (const [pid, mb] of had) {
      try {
        memory = Math.max(memory, residentMb(pid) - mb);
      } catch {
        /* its end is the test's */
      }
    }
    bytes = Math.max(bytes, onDisk() - disk);
    await new Promise((r) => setTimeout(r, 25));
  }
  return { res: await asked, memory, bytes, left: onDisk() - disk };
}

test("more than 256 MB of JSON in three of tables is refused, before any of it is written", { timeout: 150000 }, async (t) => {
  const size = fill(135, 2 * MB);
  const x = await exporting();
  assert.equal(x.res.status, 413, x.res.text);
  assert.match(x.res.body.detail, /more than 256 MB.*uninstall without an export/);
  t.diagnostic(`${(size / MB).toFixed(1)} MB of table, 270 MB of JSON: ${x.memory.toFixed(0)} MB of memory, ${(x.bytes / MB).toFixed(1)} MB on disk`);
  assert.ok(x.memory < 32, `${x.memory} MB`);
  assert.ok(x.bytes < MB, `${x.bytes} bytes`);
  assert.equal(psql(`select count(*) from x_time_clock.time_clock_entries where tenant_id = ${tenant}`)[0][0], "135", "its rows are there");
});

for (const mb of [40, 100])
  test(`one row of ${mb} MB is refused: it would be in memory whole`, { timeout: 150000 }, async (t) => {
    fill(1, mb * MB);
    const x = await exporting();
    assert.equal(x.res.status, 413, x.res.text);
    assert.match(x.res.body.detail, /A row of .* more than 16 MB/);
    t.diagnostic(`${x.memory.toFixed(0)} MB of memory, ${(x.bytes / MB).toFixed(1)} MB on disk`);
    assert.ok(x.memory < 32, `${x.memory} MB`);
  });

test("60 MB of JSON take neither memory nor a database that is as large", { timeout: 150000 }, async (t) => {
  const size = fill(30, 2 * MB);
  const x = await exporting();
  assert.equal(x.res.status, 200, x.res.text);
  t.diagnostic(`${(size / MB).toFixed(1)} MB of table: ${x.memory.toFixed(0)} MB of memory, ${(x.bytes / MB).toFixed(1)} MB on disk, kept as ${(x.res.body.export?.size ?? x.res.body.size) / 1024} kB`);
  assert.ok(x.memory < 64 + sanitizerMb(), `${x.memory} MB`);
  assert.ok(x.bytes < 70 * MB, `${x.bytes} bytes`);
  await until(() => onDisk() < 20 * MB + x.bytes, 30000, "what was needed for it is gone");
  const [[kept]] = psql(`select coalesce(sum(size), 0) from mortise.plugin_exports where tenant_id = ${tenant}`);
  assert.ok(Number(kept) < 2 * MB, `${kept} bytes are kept`);
});
