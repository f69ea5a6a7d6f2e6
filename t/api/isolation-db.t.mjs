#!/usr/bin/env -S node --test-reporter=tap
// The second line of defence. Plugin code has no database session; here an attacker has one nevertheless, as
// p_<key>, for example after taking over a host, and tries to read, write, count or guess what belongs to
// another tenant, the core or another plugin. sql/README.md lists what remains possible ("With a session").
//
// The plugin "iso-spy" is made by the lifecycle functions that the admin pool calls.

import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { NAMES, NAMES_WITH_SESSION, REFUSED, fill } from "../attack/sql.mjs";
import { psql, run, tenants, until, varDir } from "../lib/mortise.mjs";
import { seed } from "../lib/random.mjs";

const keys = (name) => readFileSync(join(varDir, "keys", name));
const hmac = (key, text) => createHmac("sha256", key).update(text).digest("hex");
const password = (role) => hmac(keys("role.key"), role);
const SPY = "p_iso_spy";
const SECRET = "what only the other company wrote";
let a, b, userA, userB, ticketB; // ids of both tenants

const act = (tenant, user) => `set mortise.tenant = ${tenant}; set mortise.user_id = '${user}';\n`;

/** Statements in one session of a role; answers the last line of output or the error text. */
function as(role, begin, sql, { env = {} } = {}) {
  try {
    const rows = psql((begin ?? "") + sql, { user: role, env: { PGPASSWORD: password(role), ...env } });
    return rows.map((r) => r.join("|")).join("\n");
  } catch (e) {
    return `${e.stderr ?? e}`;
  }
}
const spy = (sql, begin = act(a, userA)) => as(SPY, begin, sql);
const denied = (answer, what) => assert.match(answer, /ERROR: +(permission denied|must be|a plugin|new row violates)/, what);

/** Every statement by itself in one session of the spy: [statement, SQLSTATE, message] each. */
function each(statements, { setup = "" } = {}) {
  const input = `\\set ON_ERROR_STOP 0\n${act(a, userA)}${setup}\n` +
    statements.map((s) => `${s};\n\\echo @@ :SQLSTATE :LAST_ERROR_MESSAGE\nrollback;\n`).join("");
  const lines = psql(input, { user: SPY, env: { PGPASSWORD: password(SPY) } }).map((r) => r.join("\t")).filter((l) => l.startsWith("@@"));
  assert.equal(lines.length, statements.length, "every statement was answered");
  return statements.map((s, i) => [s, lines[i].slice(3, 8), lines[i].slice(9)]);
}
function allDenied(statements, options) {
  for (const [statement, state, message] of each(statements, options)) assert.equal(state, "42501", `${statement}: ${state} ${message}`);
}

function forget() {
  for (const key of ["iso-spy", "iso-other"]) psql(`select mortise.plugin_drop('${key}')`, { user: "mortise_admin" });
}

function makePlugin(key, table, permissions) {
  const name = key.replaceAll("-", "_");
  psql(`select mortise.plugin_prepare('${key}', '${"o".repeat(32)}')`, { user: "mortise_admin" });
  psql(table, { user: `o_${name}`, env: { PGPASSWORD: "o".repeat(32) } });
  psql(`select mortise.plugin_handover('${key}', '${password(`p_${name}`)}', '{${permissions}}')`, { user: "mortise_admin" });
}

before(() => {
  [[a], [b]] = tenants().slice(0, 2).map((code) => psql(`select id from mortise.tenants where code = '${code}'`)[0]);
  [[userA]] = psql(`select id from mortise.users where tenant_id = ${a} and roles @> '{Technician}' order by id limit 1`);
  [[userB]] = psql(`select id from mortise.users where tenant_id = ${b} and roles @> '{Technician}' order by id limit 1`);
  [[ticketB]] = psql(`select id from mortise.tickets where tenant_id = ${b} order by number limit 1`);
  forget();
  makePlugin(
    "iso-spy",
    `create table notes (tenant_id int not null, id int not null, note text, up int, primary key (tenant_id, id),
       unique (tenant_id, note), foreign key (tenant_id, up) references notes);
     create index on notes (tenant_id, lower(note));
     create table things (tenant_id int not null, id int);
     create table counted (tenant_id int not null, id bigint generated always as identity, primary key (tenant_id, id));`,
    "tickets:read,tickets:write,users:read,notifications:send",
  );
  makePlugin("iso-other", "create table theirs (tenant_id int not null, note text);", "");
  psql(`insert into x_iso_spy.notes (tenant_id, id, note) select ${a}, i, 'mine ' || i from generate_series(1, 50) i;
        insert into x_iso_spy.notes (tenant_id, id, note) select ${b}, i, 'theirs ' || i from generate_series(1000, 1200) i;
        insert into x_iso_spy.notes (tenant_id, id, note) values (${b}, 7777, '${SECRET}');
        insert into x_iso_other.theirs values (${a}, 'of another plugin');
        analyze x_iso_spy.notes; analyze mortise.tickets; analyze mortise.users;`);
});
after(forget);

test("the role sees the tenant's rows and no others", () => {
  assert.equal(spy("select count(*), min(note) from notes"), "50|mine 1");
  assert.equal(spy("select count(*) from notes", act(b, userB)), "202");
  assert.equal(spy(`select count(*) from notes where tenant_id = ${b}`), "0");
  assert.equal(spy(`select count(*) from mortise.tickets where id = '${ticketB}'`), "0");
  assert.equal(spy(`select count(distinct tenant_id) from mortise.tickets`), "1");
  assert.equal(spy(`select count(*) from mortise.users where id = '${userB}'`), "0");
});

test("without a tenant there are no rows", () => {
  for (const table of ["notes", "mortise.tickets", "mortise.users"]) assert.equal(spy(`select count(*) from ${table}`, null), "0", table);
  assert.match(spy("insert into notes (id) values (1)", null), /violates/);
});

test("with a session one can be any tenant, in one's own tables and columns only", () => {
  // the list in sql/README.md: this is why plugin code has no session
  assert.equal(spy("select count(*) from notes", act(b, userB)), "202");
  denied(spy("select words from mortise.tickets", act(b, userB)), "columns that were not granted");
  denied(spy("select * from x_iso_other.theirs", act(b, userB)), "another plugin's tables");
});

test("foreign rows can't be written", () => {
  denied(spy(`insert into notes (tenant_id, id) values (${b}, 9)`), "insert");
  denied(spy(`update notes set tenant_id = ${b} where id = 1`), "moving a row");
  for (const s of [
    `with x as (update notes set note = 'x' where id = 7777 returning 1) select count(*) from x`,
    `with x as (delete from notes where id >= 1000 returning 1) select count(*) from x`,
    `with x as (update mortise.tickets set priority = 'low' where id = '${ticketB}' returning 1) select count(*) from x`,
  ])
    assert.equal(spy(s), "0", s);
  denied(spy(`insert into mortise.tickets (tenant_id) values (${b})`), "a ticket");
  denied(spy(`truncate notes`), "truncate");
  denied(spy("update mortise.tickets set number = 1"), "a column that was not granted");
  denied(spy("select words from mortise.tickets"), "reading one");
  for (const t of ["tickets", "ticket_comments", "ticket_states"]) assert.equal(spy(`select count(*) from mortise.${t} where tenant_id = ${b}`), "0", t);
  denied(spy("select email from mortise.users"), "addresses");
  denied(spy("delete from mortise.tickets"), "deleting");
  assert.match(spy(`copy notes (tenant_id, id) from stdin;\n${b}\t5\n\\.\n`), /ERROR.*(row-level|violates)/s, "copy in");
  assert.equal(psql(`select count(*) from x_iso_spy.notes where tenant_id = ${b}`)[0][0], "202", "all of B's rows are there");
});

test("copy out gives one's own rows", () => {
  assert.equal(spy("copy notes (id) to stdout").split("\n").length, 50);
  assert.equal(spy("copy (select tenant_id from notes) to stdout").split("\n").every((x) => x === String(a)), true);
});

test("keys don't reveal foreign rows", () => {
  // taken in B, free in A: both must be accepted
  assert.equal(spy("begin; insert into notes (id, note) values (7777, null) returning id; rollback"), "7777", "primary key");
  assert.equal(spy(`begin; insert into notes (id, note) values (1, '${SECRET}') on conflict (tenant_id, id) do nothing; rollback`), "", "unique");
  assert.equal(spy(`begin; insert into notes (id, note) values (60, '${SECRET}') returning 1; rollback`), "1", "unique note");
  // there in B, absent in A: both fail alike
  const gone = (id) => spy(`insert into notes (id, up) values (70, ${id})`).replaceAll(String(id), "N");
  assert.equal(gone(7777), gone(7778), "foreign key");
  const assign = (id) => spy(`update mortise.tickets set assignee_id = '${id}' where closed_at is null`).replaceAll(id, "N");
  assert.match(spy(`update mortise.tickets set assignee_id = '${userB}' where state = 'new'`), /ERROR/, "a foreign user can't be assigned");
  assert.equal(assign(userB), assign("00000000-0000-4000-8000-000000000000"), "and doesn't differ from nobody");
});

test("A15: names of roles, schemas and tables can be had, and nothing else by them", () => {
  const said = (sql) => spy(fill(sql, { name: "iso_spy", other: "iso_other" }), `\\set VERBOSITY verbose\n${act(a, userA)}`);
  for (const [sql, first] of NAMES) {
    const answer = said(sql), wanted = first.replace("{other}", "iso_other");
    assert.ok(answer === wanted || answer.includes(`ERROR:  ${wanted}:`), `${sql}: ${answer}`);
  }
  for (const sql of NAMES_WITH_SESSION) {
    const warned = spawnSync("psql", ["-XqAt", "-h", join(run, "pg"), "-U", SPY, "-d", "mortise", "-c", sql], {
      encoding: "utf8",
      env: { ...process.env, PGPASSWORD: password(SPY) },
    }).stderr;
    assert.match(warned, /skipping "theirs"/, sql);
  }
});

test("catalogues and statistics are out of reach", () => {
  allDenied(["pg_stats", "pg_statistic", "pg_class", "pg_stat_user_tables", "pg_statio_user_tables", "pg_stat_all_indexes", "pg_locks",
    "pg_stat_activity", "pg_roles", "pg_authid", "pg_database", "pg_namespace", "pg_policies", "pg_proc", "pg_prepared_statements", "pg_cursors",
    "pg_hba_file_rules", "pg_file_settings", "pg_settings", "pg_shdepend", "pg_largeobject", "pg_tables", "pg_sequences", "pg_stat_progress_copy",
    "information_schema.tables", "information_schema.columns"].map((t) => `select * from ${t}`));
  allDenied(["select ctid from notes", "select xmin from mortise.tickets", "select tableoid from mortise.users"]);
});

test("what begins with a word that is allowed is refused by rights", () => {
  allDenied(REFUSED.map(([, sql]) => fill(sql, { name: "iso_spy", other: b })));
});

test("functions of the server are out of reach", () => {
  allDenied(["pg_relation_size('notes')", "pg_total_relation_size('mortise.tickets')", "pg_stat_get_live_tuples('notes'::regclass)",
    "pg_stat_get_xact_tuples_returned('notes'::regclass)", "pg_database_size(current_database())", "pg_stat_get_activity(null)",
    "pg_advisory_lock(1)", "pg_try_advisory_lock(1)", "pg_advisory_xact_lock(1, 2)", "lo_create(0)", "lo_from_bytea(0, 'x')", "lo_get(1)",
    "loread(1, 1)", "txid_current()", "pg_current_xact_id()", "pg_current_snapshot()", "pg_export_snapshot()", "pg_current_wal_lsn()",
    "pg_terminate_backend(pg_backend_pid())", "pg_cancel_backend(1)", "pg_sleep(0)", "pg_notify('a', 'b')", "pg_read_file('/etc/passwd')",
    "pg_ls_dir('/')", "query_to_xml('select 1', true, true, '')", "table_to_xml('notes', true, true, '')", "database_to_xml(true, true, '')",
    "ts_stat('select 1')", "pg_get_viewdef('pg_stats'::regclass)", "pg_get_userbyid(10)", "has_table_privilege('notes', 'select')",
    "row_security_active('notes')", "pg_sequence_last_value('counted_id_seq')", "pg_reload_conf()", "pg_column_compression(1)",
    "currtid2('notes', '(0,1)')", "pg_show_all_settings()", "pg_lock_status()", "pg_describe_object(1259, 1, 0)",
    "set_config('mortise.tenant', '1', false)", "set_config('statement_timeout', '0', false)", "inet_server_addr()", "pg_postmaster_start_time()", "pg_event_trigger_ddl_commands()"].map((f) => `select ${f}`));
});

test("functions of the core are out of reach, but for those that are granted", () => {
  allDenied(["emit('all', 'x', '{}')", `emit('t.${a}', 'x', '{}')`, `event_add(${b}, 't.${b}', 'x', '{}')`, "session_find('x')", "login_try('x', 'x', 'x', 5, 5, 5)",
    "login_done('x', 'y', 'cookie', 1)", "tenant_create('xx-xx', 'x')", "plugin_drop('iso-other')", "plugin_prepare('iso-more', 'x')",
    "plugin_handover('iso-spy', 'x', '{}')", `plugin_purge('iso-other', ${a})`, "presence_all()", "login_attempts_expire()", "outbox_add(0, 'all', 'x', '{}')",
    "password_set(1, null, 'x')"].map((f) => `select mortise.${f}`));
  allDenied(["events", "channels", "outbox", "sessions", "logins", "login_attempts", "login_sources", "presence", "tenants", "ticket_words",
    "ticket_history", "mails", "counters", "plugins", "plugin_packages", "installations", "journal", "migrations"].map((t) => `select * from mortise.${t}`));
  denied(spy("select mortise_guard.plugin_name('x')"), "the guard's schema");
  denied(as("p_iso_other", act(a, userA), `select mortise.notify('company', null, '{"title":"x","message":"y"}')`), "a permission not asked for");
  assert.match(spy(`select mortise.notify('user', '${userB}', '{"title":"x","message":"y"}')`), /notice-user/, "nobody of B is notified");
});

test("another plugin's tables are out of reach", () => {
  allDenied(["select * from x_iso_other.theirs", "insert into x_iso_other.theirs values (1, 'x')", "begin; lock table x_iso_other.theirs"]);
});

test("sequences reveal nothing and core tables can't be locked", () => {
  denied(spy("select last_value from counted_id_seq"), "a sequence's place");
  assert.match(spy("select currval('counted_id_seq')"), /not yet defined/, "another session's number");
  denied(spy("select setval('counted_id_seq', 1)"), "setting it");
  allDenied(["access share", "row exclusive", "exclusive", "access exclusive"].map((mode) => `begin; lock table mortise.tickets in ${mode} mode`));
  allDenied(["begin; lock table mortise.users in access share mode"]);
});

test("one stays who one is, and makes nothing", () => {
  allDenied(["mortise_api", "mortise_owner", "mortise_auth", "mortise_core", "postgres", "o_iso_spy", "p_iso_other", "pg_read_all_data"]
    .map((r) => `set role ${r}`));
  allDenied(["set session authorization postgres", "set session authorization p_iso_other"]);
  denied(spy("set role mortise_plugin; select count(*) from x_iso_spy.notes"), "nor tables");
  assert.match(spy("set row_security = off; select count(*) from notes"), /ERROR: +query would be affected by row-level security/, "row_security off");
  const made = each(["create table x_iso_spy.t (i int)", "create temporary table t (i int)", "create function x_iso_spy.f() returns int language sql as 'select 1'",
    "do $x$ begin end $x$", "create schema s", "alter table notes disable row level security", "drop policy tenant on notes", "drop table notes",
    "create role x", "create extension pgcrypto", "create database x", "alter role p_iso_spy bypassrls", "alter role p_iso_spy connection limit 1000",
    "alter system set work_mem = 1", "set session_replication_role = replica", "set temp_file_limit = -1", "copy notes to '/tmp/x'",
    "copy notes to program 'true'", "copy notes from '/etc/passwd'", "comment on table notes is 'x'",
    "reindex table mortise.tickets", "checkpoint", "load 'auto_explain'", "create publication p",
    "import foreign schema a from server b into c", "create view x_iso_spy.v as select 1", "refresh materialized view m", "cluster mortise.tickets",
    "create cast (int as text) with inout", "reset session_replication_role"]);
  for (const [s, state] of made) assert.notEqual(state, "00000", s);
  for (const db of ["postgres", "template1"]) {
    const answer = (() => {
      try {
        return String(psql("select 1", { user: SPY, db, env: { PGPASSWORD: password(SPY) } }));
      } catch (e) {
        return e.stderr;
      }
    })();
    assert.match(answer, /permission denied for database/, db);
  }
});

test("a login needs the role's own password", () => {
  for (const [role, pw] of [["o_iso_spy", "o".repeat(32)], ["mortise_api", password(SPY)], ["postgres", ""], ["p_iso_other", password(SPY)]])
    assert.throws(() => psql("select 1", { user: role, env: { PGPASSWORD: pw || "x", PGPASSFILE: "/dev/null" } }), /FATAL/, role);
});

test("numbers on a channel are gapless and in commit order, also when some roll back", async () => {
  // four clients emit on one channel and roll every third transaction back; a reader must never see
  // a number without all before it
  const channel = `t.${a}`;
  const dir = mkdtempSync(join(tmpdir(), "mortise-emit-"));
  const script = join(dir, "emit.sql");
  writeFileSync(script, `\\set give_up random(1, 3)\nbegin;\nset local mortise.tenant = ${a};
select mortise.emit('${channel}', 'IsolationTest', '{}');\n\\if :give_up = 1\nrollback;\n\\else\ncommit;\n\\endif\n`);
  const [[from]] = psql(`select coalesce(max(seq), 0) from mortise.events where channel = '${channel}'`);
  const bench = promisify(execFile)("/usr/lib/postgresql/15/bin/pgbench", ["-n", `--random-seed=${seed}`, "-c", "4", "-t", "60", "-f", script, "-U", "mortise_api", "mortise"], {
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGPASSFILE: join(varDir, "keys/pgpass") },
  });
  let done = false;
  const finished = bench.then(() => (done = true));
  const seen = `select count(*), coalesce(max(seq) - ${from}, 0) from mortise.events where channel = '${channel}' and seq > ${from}`;
  do {
    const [[n, highest]] = psql(seen);
    assert.equal(n, highest, "no number is missing below the highest that can be seen");
    await new Promise((r) => setImmediate(r));
  } while (!done);
  await finished;
  const [[n, highest]] = psql(seen);
  assert.equal(n, highest);
  assert.ok(Number(n) > 100 && Number(n) < 240, `${n} of 240 were committed`);
  rmSync(dir, { recursive: true });
});

test("dropping the plugins leaves nothing", () => {
  forget();
  const left = psql(`select rolname from pg_roles where rolname ~ '^[op]_iso_(spy|other)$' union all select nspname from pg_namespace where nspname ~ '^x_iso_(spy|other)$'
    union all select c.relname from pg_class c, aclexplode(c.relacl) e where not exists (select from pg_roles r where r.oid = e.grantee) and e.grantee <> 0
    union all select t.attname from pg_attribute t, aclexplode(t.attacl) e where not exists (select from pg_roles r where r.oid = e.grantee) and e.grantee <> 0`);
  assert.deepEqual(left, []);
  assert.match(spy("select 1"), /FATAL/);
});
