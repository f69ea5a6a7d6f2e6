#!/usr/bin/env -S node --test-reporter=tap
// `mortise setup`, `migrate` and `demo` on a database that is in use.

import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bin, conf, psql, run, top, varDir } from "../lib/mortise.mjs";
import { setup } from "../lib/people.mjs";

const superuser = `host=${run}/pg port=5432 user=postgres dbname=postgres passfile=${varDir}/keys/pgpass`;
const mortise = (...args) => {
  const r = spawnSync(bin("mortise"), args, { encoding: "utf8" });
  return { status: r.status, out: r.stdout, err: r.stderr };
};
const secrets = () =>
  ["ticket.key", "role.key", "settings.key", "pgpass"].map((f) => createHash("sha256").update(readFileSync(join(varDir, "keys", f))).digest("hex"));
let dir, other; // a configuration with a sql_dir of its own

before(() => {
  dir = mkdtempSync(join(tmpdir(), "mortise-setup-"));
  cpSync(join(top, "sql"), join(dir, "sql"), { recursive: true });
  other = join(dir, "mortise.conf");
  writeFileSync(other, readFileSync(conf, "utf8").replace(/^sql_dir = .*$/m, `sql_dir = ${dir}/sql`));
});
after(() => {
  psql(`drop table if exists mortise.migrate_test, mortise.migrate_half; delete from mortise.migrations where name ~ '^9'`);
  rmSync(dir, { recursive: true });
});

test("setup again changes nothing", () => {
  const state = () => psql(`select rolname, rolpassword from pg_authid where rolname like 'mortise%' union all
    select name, sha256 from mortise.migrations order by 1`);
  const before = [secrets(), state()];
  const r = setup();
  assert.equal(r.status, 0, r.err);
  assert.match(r.out, /is ready/);
  assert.deepEqual([secrets(), state()], before);
});

test("setup finds the server of mortise.conf by itself, and takes PGPASSWORD", () => {
  const PGPASSWORD = /^.*:postgres:(.*)$/m.exec(readFileSync(join(varDir, "keys/pgpass"), "utf8"))[1];
  const { PGPASSFILE, ...env } = { ...process.env, PGPASSWORD };
  const before = secrets();
  for (const more of [["--dry-run"], []]) {
    const r = spawnSync(bin("mortise"), ["setup", "-c", conf, ...more], { encoding: "utf8", env });
    assert.equal(r.status, 0, r.err);
    assert.match(r.stdout, more.length ? /Nothing was changed\n$/ : /is ready\n/);
    assert.doesNotMatch(r.stdout, /^  (?:folders|keys|roles|database|migrations|files) /m, "nothing is missing");
  }
  assert.deepEqual(secrets(), before);
  const wrong = spawnSync(bin("mortise"), ["setup", "-c", conf], { encoding: "utf8", env: { ...env, PGPASSWORD: "wrong" } });
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /Can't connect to PostgreSQL as superuser: run setup as root.*PGPASSWORD/);
});

test("keys are for their owner alone", () => {
  assert.equal(statSync(join(varDir, "keys")).mode & 0o777, 0o700);
  for (const f of ["ticket.key", "role.key", "settings.key", "pgpass"]) assert.equal(statSync(join(varDir, "keys", f)).mode & 0o777, 0o600, f);
});

test("setup heals a plugin's role that changed its own password", () => {
  const role = "p_setup_test";
  const password = createHmac("sha256", readFileSync(join(varDir, "keys/role.key"))).update(role).digest("hex");
  const login = (pw) => psql("select 1", { user: role, env: { PGPASSWORD: pw } })[0][0];
  try {
    psql(`select mortise.plugin_prepare('setup-test', repeat('o', 32)); select mortise.plugin_handover('setup-test', '${password}', '{}')`, {
      user: "mortise_admin",
    });
    psql(`alter role ${role} password 'mine'`, { user: role, env: { PGPASSWORD: password } });
    assert.throws(() => login(password));
    assert.equal(setup().status, 0);
    assert.equal(login(password), "1");
    assert.throws(() => login("mine"));
  } finally {
    psql("select mortise.plugin_drop('setup-test')", { user: "mortise_admin" });
  }
});

test("a migration that changed after it ran is refused", () => {
  appendFileSync(join(dir, "sql/001-rules.sql"), "-- changed\n");
  const r = mortise("migrate", "-c", other);
  assert.equal(r.status, 1);
  assert.match(r.err, /001-rules\.sql changed since it was applied/);
  cpSync(join(top, "sql/001-rules.sql"), join(dir, "sql/001-rules.sql"));
});

test("a database made by a newer version is left alone", () => {
  rmSync(join(dir, "sql/001-rules.sql"));
  const r = mortise("migrate", "-c", other);
  assert.equal(r.status, 1);
  assert.match(r.err, /newer Mortise/);
  cpSync(join(top, "sql/001-rules.sql"), join(dir, "sql/001-rules.sql"));
});

test("a database of before the first release is refused, and nothing is changed", () => {
  psql("insert into mortise.migrations (name, sha256) values ('005-event-order.sql', 'x'); alter function mortise.tenant() cost 7");
  try {
    for (const r of [setup(), mortise("migrate", "-c", conf)]) {
      assert.equal(r.status, 1);
      assert.match(r.err, /Database mortise was made before the first release.*drop it.*`mortise setup`/s);
    }
    assert.deepEqual(psql("select procost from pg_proc where oid = 'mortise.tenant()'::regprocedure"), [["7"]]);
  } finally {
    psql("delete from mortise.migrations where name = '005-event-order.sql'; alter function mortise.tenant() cost 100");
  }
});

test("a migration that fails leaves nothing", () => {
  const file = join(dir, "sql/900-half.sql");
  for (const [text, why] of [
    ["create table migrate_half (i int); select 1 / 0;", /division by zero/],
    ["create table migrate_half (i int); commit;", /ends its transaction/],
  ]) {
    writeFileSync(file, text);
    const r = mortise("migrate", "-c", other);
    assert.equal(r.status, 1);
    assert.match(r.err, why);
    assert.equal(psql("select count(*) from mortise.migrations where name ~ '^900'")[0][0], "0");
    psql("drop table if exists mortise.migrate_half");
  }
  rmSync(file);
});

test("two runners at once run a migration once", async () => {
  writeFileSync(join(dir, "sql/901-once.sql"), "create table migrate_test (i int); insert into migrate_test values (1);");
  const runs = await Promise.all([1, 2, 3].map(() => promisify(execFile)(bin("mortise"), ["migrate", "-c", other])));
  assert.equal(runs.filter((r) => /Applied 901-once\.sql/.test(r.stdout)).length, 1);
  assert.equal(runs.filter((r) => /up to date/.test(r.stdout)).length, 2);
  assert.deepEqual(psql("select i from mortise.migrate_test"), [["1"]]);
  rmSync(join(dir, "sql/901-once.sql"));
});

test("the demo is loaded once", () => {
  const accounts = join(varDir, "demo-accounts.json");
  const before = readFileSync(accounts, "utf8");
  const r = mortise("demo", "-c", conf, "--accounts", accounts);
  assert.equal(r.status, 0, r.err);
  assert.match(r.out, /already loaded/);
  assert.equal(readFileSync(accounts, "utf8"), before);
});

test("a second database in the same cluster is refused", () => {
  const file = join(dir, "second.conf");
  writeFileSync(file, readFileSync(conf, "utf8").replace(/^db_name = .*$/m, "db_name = second"));
  const r = mortise("setup", "-c", file, "--superuser-conn", superuser);
  assert.equal(r.status, 1);
  assert.match(r.err, /has a Mortise already/);
  assert.equal(psql("select count(*) from pg_database where datname = 'second'")[0][0], "0");
});

test("wrong usage prints the right one", () => {
  assert.equal(mortise("setup", "-c", conf, "twice").status, 2);
  assert.equal(mortise("demo", "-c", conf).status, 2);
  assert.equal(mortise("nonsense").status, 2);
  const r = mortise("setup", "-c", conf, "--superuser-conn", `host=${run}/pg user=mortise_api dbname=mortise passfile=${varDir}/keys/pgpass`);
  assert.equal(r.status, 1);
  assert.match(r.err, /not a superuser/);
  const gone = mortise("migrate", "-c", join(dir, "gone.conf"));
  assert.equal(gone.status, 1);
  assert.match(gone.err, /gone\.conf/);
});
