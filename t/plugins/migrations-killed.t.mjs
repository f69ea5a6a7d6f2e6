#!/usr/bin/env -S node --test-reporter=tap
// Killed in the middle of a migration: the tables and what is written down about them always agree, the
// version in use works, and the next try does it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { consenting, login, psql, remove, run, until, varDir } from "../lib/mortise.mjs";
import { dropGate, makeGate } from "./gate.mjs";
import { adminsKilled, adminsKilledAt, mayKill } from "./kill.mjs";
import { leftNothing, offer, reversion, traces, upload } from "./package.mjs";

const KEY = "versions";
let start, admin, sys, id;

/** Version 1.n.0: up to 5 each adds a column and a table and fills them; from 6 on each takes one of them away. */
const column = (n) => `letters${n}`;
const make = (n) =>
  reversion(KEY, `1.${n}.0`, ({ files }) => {
    const set = (name, text) => files.set(`migrations/${name}`, Buffer.from(text));
    for (let i = 1; i <= Math.min(n, 5); i++) {
      set(`01${i}-l.sql`, `ALTER TABLE x_versions.things ADD COLUMN ${column(i)} integer;\nCREATE TABLE x_versions.more${i} (tenant_id integer NOT NULL PRIMARY KEY);\n`);
      set(`01${i}-l.tenant.sql`, `UPDATE x_versions.things SET ${column(i)} = length(note) WHERE ${column(i)} IS NULL;\nINSERT INTO x_versions.more${i} DEFAULT VALUES ON CONFLICT DO NOTHING;\n`);
    }
    for (let i = 6; i <= n; i++)
      set(`01${i}-z.contract.sql`, `ALTER TABLE x_versions.things DROP COLUMN ${column(i - 5)};\nDROP TABLE x_versions.more${i - 5};\n`);
  });

before(async () => {
  await remove(KEY);
  dropGate();
  makeGate();
  start = traces();
  [admin, sys] = [await login("Admin"), await login("SystemAdmin")];
  await offer(reversion(KEY, "1.0.0"));
  const res = await consenting(admin, "/api/plugins/install", { pluginKey: KEY });
  assert.equal(res.status, 201, res.text);
  id = res.body.id;
  for (let i = 0; i < 3; i++) await add();
});
after(async () => {
  await remove(KEY);
  dropGate();
});

const add = async () => {
  const res = await (await login("Technician")).post(`/api/plugins/${KEY}/things`);
  assert.equal(res.status, 201, res.text);
};
const approval = (n) => consenting(sys, `/api/plugins/catalog/${KEY}/1.${n}.0/approve`);
const has = (n) =>
  psql(`select count(*) filter (where attname = '${column(n)}') from pg_attribute where attrelid = 'x_versions.things'::regclass`)[0][0] === "1" &&
  psql(`select to_regclass('x_versions.more${n}') is not null`)[0][0] === "t";
const ran = (name) => psql(`select 1 from mortise.plugin_migrations where plugin_key = '${KEY}' and name = '${name}'`).length === 1;

test("while it waits for a table: nothing is left, and the lock is nobody's", mayKill, async () => {
  assert.equal((await upload(make(1))).status, 201);
  const lock = spawn("psql", ["-XqAt", "-d", "mortise", "-c", "begin; select 1 from x_versions.things limit 1; select pg_sleep(30)"], {
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") },
  });
  const ended = new Promise((done) => lock.on("exit", done));
  await until(() => psql("select 1 from pg_stat_activity where query like 'begin; select 1 from x_versions%'").length > 0);
  await adminsKilled(
    () => until(() => psql("select 1 from pg_stat_activity where usename = 'o_versions' and wait_event_type = 'Lock'").length > 0),
    () => approval(1),
  );
  psql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; select 1 from x_versions%' and pid <> pg_backend_pid()");
  await ended;
  assert.deepEqual([has(1), ran("011-l.sql")], [false, false]);
  assert.deepEqual(psql("select * from mortise_guard.openings"), []);
  assert.deepEqual(psql("select rolcanlogin from pg_authid where rolname = 'o_versions'"), [["f"]]);
  assert.deepEqual(psql("select 1 from pg_stat_activity where usename = 'o_versions'"), []);
  await add();
  assert.equal((await approval(1)).status, 200);
  assert.deepEqual([has(1), ran("011-l.sql")], [true, true]);
});

for (const [n, table, at] of [[2, "journal", 1], [3, "plugin_migrations", 1], [4, "journal", 2], [5, "plugin_packages", 1]])
  test(`killed at change ${at} of ${table} in an approval: added and written down, or neither`, mayKill, async () => {
    assert.equal((await upload(make(n))).status, 201);
    await adminsKilledAt(table, at, () => approval(n));
    assert.equal(has(n), ran(`01${n}-l.sql`));
    await add();
    assert.equal((await approval(n)).status, 200);
    assert.deepEqual([has(n), ran(`01${n}-l.sql`)], [true, true]);
    assert.deepEqual(psql("select * from mortise_guard.openings"), []);
  });

for (const [n, table, at] of [[1, "journal", 1], [2, "plugin_tenant_migrations", 1], [3, "installations", 1], [4, "journal", 2]])
  test(`killed at change ${at} of ${table} in an upgrade: rows moved and written down, or neither`, mayKill, async () => {
    const upgrade = () => consenting(admin, `/api/plugins/installations/${id}/upgrade`, { version: `1.${n}.0` });
    await adminsKilledAt(table, at, upgrade);
    const moved = psql(`select count(*) from x_versions.more${n}`)[0][0] === "1";
    assert.equal(moved, psql(`select 1 from mortise.plugin_tenant_migrations where name = '01${n}-l.tenant.sql'`).length === 1);
    await add();
    const res = await upgrade();
    assert.equal(res.status, 200, res.text);
    assert.equal(res.body.version, `1.${n}.0`);
    assert.equal(psql(`select count(*) from x_versions.more${n}`)[0][0], "1");
  });

for (const [n, table, at] of [[6, "journal", 1], [7, "plugin_migrations", 1], [8, "journal", 2]])
  test(`killed at change ${at} of ${table} in a contract: taken away and written down, or neither`, mayKill, async () => {
    const finish = () => sys.post(`/api/plugins/catalog/${KEY}/1.${n}.0/finish`, undefined, { deadline: 60000 });
    const contract = `01${n}-z.contract.sql`;
    assert.equal((await upload(make(n))).status, 201);
    assert.equal((await approval(n)).status, 200);
    const up = await consenting(admin, `/api/plugins/installations/${id}/upgrade`, { version: `1.${n}.0` });
    assert.equal(up.status, 200, up.text);
    await adminsKilledAt(table, at, finish);
    assert.equal(has(n - 5), !ran(contract));
    await add();
    const res = await finish();
    assert.equal(res.status, 200, res.text);
    assert.deepEqual([has(n - 5), ran(contract)], [false, true]);
    assert.deepEqual(psql("select * from mortise_guard.openings"), []);
  });

test("all of it leaves nothing", async () => {
  await remove(KEY);
  await leftNothing(assert, start);
});
