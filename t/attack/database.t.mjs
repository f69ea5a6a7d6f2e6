#!/usr/bin/env -S node --test-reporter=tap
// What a plugin did to the database and so to everybody else: sessions, locks, memory, tables, its own role,
// and what a company with many tickets does by searching. The attacker is p_<key> with a session of its own,
// the second line: plugin code itself has none. The quota of all companies together (A10) is in
// t/sql/76-plugin-quota.sql, because the steward of a running stack measures as well.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { median, quantile } from "../lib/measure.mjs";
import { login, psql, run, tenants, until, varDir } from "../lib/mortise.mjs";
import { residentMb } from "../lib/proc.mjs";

const password = (role) => createHmac("sha256", readFileSync(join(varDir, "keys/role.key"))).update(role).digest("hex");
const SPY = "p_db_spy", OWNER = "o".repeat(32);
const as = (sql, user = SPY) => psql(sql, { user, env: { PGPASSWORD: password(user) } });
const admin = (sql) => psql(sql, { user: "mortise_admin" });
const steward = (sql) => psql(sql, { user: "mortise_steward" });
let a, b;

/** A psql that stays; `said` is what it has written. */
function session(user = SPY, env = { PGPASSWORD: password(user) }) {
  const child = spawn("psql", ["-XqAt", "-h", join(run, "pg"), "-U", user, "-d", "mortise"], { env: { ...process.env, ...env } });
  const s = { child, said: "", ended: false };
  for (const out of [child.stdout, child.stderr]) out.on("data", (d) => (s.said += d));
  child.on("exit", () => (s.ended = true));
  child.stdin.on("error", () => {}); // it has ended: `ended` tells
  s.send = (sql) => child.stdin.write(sql + "\n");
  return s;
}

function make(key, tables, permissions = "tickets:read,tickets:write") {
  const name = key.replaceAll("-", "_");
  admin(`select mortise.plugin_prepare('${key}', '${OWNER}')`);
  psql(tables, { user: `o_${name}`, env: { PGPASSWORD: OWNER } });
  admin(`select mortise.plugin_handover('${key}', '${password(`p_${name}`)}', '{${permissions}}')`);
}

before(() => {
  [[a], [b]] = tenants().slice(0, 2).map((code) => psql(`select id from mortise.tenants where code = '${code}'`)[0]);
  admin("select mortise.plugin_drop('db-spy')");
  make("db-spy", "create table notes (tenant_id int not null, id int not null, note text, primary key (tenant_id, id))");
});
after(() => {
  admin("select mortise.plugin_drop('db-spy')");
  psql("delete from mortise.tickets where title like 'B5 %'");
});

test("A3: a session that outlives every deadline is ended by the steward", { timeout: 120000 }, async () => {
  const s = session();
  s.send("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set client_connection_check_interval = 0;");
  s.send(`set mortise.tenant = ${a}; begin; select 'begun';`);
  await until(() => /begun/.test(s.said));
  s.send("select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b;");
  await until(() => s.ended, 60000, "the session ends");
  assert.match(s.said, /terminating connection|server closed/);
});

test("A4: rows that a plugin keeps locked cost others a second, not their deadline", { timeout: 120000 }, async (t) => {
  const dispatcher = await login("Dispatcher");
  const other = await login("Dispatcher", 1);
  const ticket = (await dispatcher.post("/api/tickets", { title: "A4 locked" })).body;
  const s = session();
  try {
    s.send(`set mortise.tenant = ${a}; begin; update mortise.tickets set priority = 'low' where id = '${ticket.id}' returning 'locked';`);
    await until(() => /locked/.test(s.said));
    const began = Date.now();
    const patches = Array.from({ length: 8 }, () => dispatcher.patch(`/api/tickets/${ticket.id}`, { priority: "high" }, { deadline: 60000 }));
    const res = await Promise.all(patches);
    const took = Date.now() - began;
    for (const r of res) assert.ok([503, 429].includes(r.status) && r.headers["retry-after"], `${r.status} ${r.text}`);
    t.diagnostic(`${took} ms for eight changes`);
    // Two seconds, with some for a machine that stands still; by their deadlines they take twenty.
    assert.ok(took < 15000, `${took} ms for eight changes`);
    assert.equal((await other.get("/api/tickets?limit=1")).status, 200);
  } finally {
    s.child.stdin.end("rollback;\n");
    psql(`delete from mortise.tickets where id = '${ticket.id}'`);
  }
});

test("A5: a plugin that locks its own table doesn't keep a company from leaving", { timeout: 60000 }, async () => {
  as(`set mortise.tenant = ${b}; insert into notes (id, note) values (1, 'x')`);
  const s = session();
  // the strongest lock that its grants allow, on every row, of the company that leaves
  s.send(`set mortise.tenant = ${b}; begin; update notes set note = 'kept'; select 'locked';`);
  await until(() => /locked/.test(s.said));
  assert.equal(admin(`select mortise.plugin_purge('db-spy', ${b})`)[0][0], "1");
  await until(() => s.ended || (s.send("select 1;"), false), 30000, "its session is ended");
  assert.equal(psql(`select count(*) from x_db_spy.notes where tenant_id = ${b}`)[0][0], "0");
});

test("A6: a statement that wants all memory fails instead of growing", { timeout: 120000 }, async () => {
  const s = session();
  s.send("set statement_timeout = 0; select pg_backend_pid();");
  const pid = await until(() => /^\d+$/m.exec(s.said)?.[0]);
  s.send("select length(repeat('x', 500000000) || repeat('y', 500000000) || repeat('z', 20000000)); select 'over';"); // 2.5 GB
  let most = 0;
  await until(() => {
    if (!s.ended) most = Math.max(most, residentMb(pid));
    return /out of memory|over|closed/.test(s.said);
  }, 90000);
  assert.match(s.said, /out of memory|invalid memory alloc/);
  assert.ok(most < 900, `${most} MB`);
  s.send("select 'alive';");
  await until(() => /alive/.test(s.said), 30000, "and its session goes on");
  s.child.stdin.end();
});

test("A10: a company that fills a plugin's tables stops itself, not the others", { timeout: 180000 }, async () => {
  const write = (tenant, id) => as(`set mortise.tenant = ${tenant}; insert into x_db_spy.notes (id, note) values (${id}, 'x')`);
  const refused = (tenant, id) => { try { write(tenant, id); return false; } catch (e) { return /"room"/.test(String(e)); } };
  const eventsOf = (tenant) => psql(`select payload from mortise.events where tenant_id = ${tenant} and payload::text like '%db-spy%'`).length;
  const sha = "d".repeat(64);
  psql(`insert into mortise.plugins (key) values ('db-spy');
    insert into mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
      values ('${sha}', 'db-spy', '1.0.0', '{}', '[]', 'zip', 3);
    insert into mortise.installations (tenant_id, id, plugin_key, package_sha256, state)
      select t, gen_random_uuid(), 'db-spy', '${sha}', 'disabled' from unnest(array[${a}, ${b}]) t`);
  try {
    const before = [eventsOf(a), eventsOf(b)];
    as(`set mortise.tenant = ${a}; insert into x_db_spy.notes (id, note) select i, repeat(md5(i::text), 30) from generate_series(1, 60000) i`);
    let id = 100000;
    await until(() => refused(a, ++id), 60000, "the company is refused");
    write(b, 1);
    assert.throws(() => as(`set mortise.tenant = ${a}; update x_db_spy.notes set note = 'y' where id = 1`), /"room"/);
    assert.deepEqual([eventsOf(a), eventsOf(b)], [before[0] + 1, before[1]], "its administrators are told, once, and nobody else");
    as(`set mortise.tenant = ${a}; delete from x_db_spy.notes where id <> 1`);
    await until(() => !refused(a, ++id), 60000, "it may write again");
    assert.deepEqual([eventsOf(a), eventsOf(b)], [before[0] + 2, before[1]]);
  } finally {
    psql(`delete from mortise.installations where plugin_key = 'db-spy'; delete from mortise.plugin_packages where plugin_key = 'db-spy';
      delete from mortise.plugins where key = 'db-spy'`);
  }
});

test("A12: what a role has set for itself goes at the next hand-over and at every setup", () => {
  const set = () => psql("select coalesce(string_agg(x, ','), 'none') from pg_db_role_setting s, unnest(setconfig) x where setrole = 'p_db_spy'::regrole and x ~ 'default_transaction|session_preload|work_mem'")[0][0];
  try {
    as("alter role p_db_spy set default_transaction_read_only = on; alter role p_db_spy in database mortise set work_mem = '1GB'");
  } catch {
    /* all the better */
  }
  admin(`select mortise.plugin_handover('db-spy', '${password(SPY)}', '{}')`);
  assert.equal(set(), "none");
  as(`set mortise.tenant = ${a}; insert into notes (id) values (5); delete from notes`);
});

test("A13: 200 tables, indexes and sequences are the most, and thousands can be dropped", { timeout: 120000 }, () => {
  admin("select mortise.plugin_drop('db-many')");
  admin(`select mortise.plugin_prepare('db-many', '${OWNER}')`);
  const tables = (from, to) => Array.from({ length: to - from }, (_, i) => `create table t${from + i} (tenant_id int not null);`).join("\n");
  const migrate = (sql) => psql(`begin; ${sql} commit;`, { user: "o_db_many", env: { PGPASSWORD: OWNER } });
  assert.throws(() => migrate(tables(0, 201)), /migration-relations: 200/);
  migrate(tables(0, 200));
  assert.throws(() => migrate("create index on t1 (tenant_id);"), /migration-relations: 200/);
  // as it was possible before
  psql(`do $$ begin for i in 200..1500 loop execute format('create table x_db_many.t%s (tenant_id int not null)', i); end loop; end $$`);
  let left = 2000;
  while (left > 100) left = Number(admin("select mortise.plugin_drop_some('db-many', 300)")[0][0]);
  admin("select mortise.plugin_drop('db-many')");
  assert.deepEqual(psql("select 1 from pg_namespace where nspname = 'x_db_many' union all select 1 from pg_roles where rolname in ('o_db_many', 'p_db_many')"), []);
});

test("157 MB of notification queue: a plugin's role can't call pg_notify", () => {
  assert.throws(() => as("select pg_notify('a', repeat('x', 7000)) from generate_series(1, 20000)"), /permission denied for function pg_notify/);
});

test("B5: four searches in a company with many tickets leave another company's read fast", { timeout: 180000 }, async () => {
  const N = 100000;
  psql(`insert into mortise.tickets (tenant_id, id, number, title, description, created_by)
    select ${a}, gen_random_uuid(), 1000000 + i, 'B5 ' || left(md5(i::text), 10), left(md5(i || 'x'), 10) || ' the boiler ',
      (select id from mortise.users where tenant_id = ${a} limit 1) from generate_series(1, ${N}) i; analyze mortise.tickets`);
  const many = await login("Dispatcher");
  const other = await login("Dispatcher", 1);
  const read = async () => {
    const began = Date.now();
    assert.equal((await other.get("/api/tickets?limit=5")).status, 200);
    return Date.now() - began;
  };
  const rare = await many.get(`/api/tickets?q=${psql(`select substr(title, 4) from mortise.tickets where tenant_id = ${a} and number = 1000777`)[0][0]}`);
  assert.equal(rare.body.items.length, 1);
  assert.equal(rare.body.total, 1);
  assert.ok((await many.get("/api/tickets?limit=1")).body.total <= 1001, "nothing counts them all");
  const words = ["boiler", "zzzz", "e", "md5", "the boiler ", "0 the boiler a", "qq", "%", "ab"];
  let stop = false, n = 0, slowest = 0;
  const searching = Array.from({ length: 4 }, async (_, k) => {
    for (let i = k; !stop; i++, n++) {
      const began = Date.now();
      const res = await many.get(`/api/tickets?q=${encodeURIComponent(words[i % words.length])}&sort=${["updated", "priority", "created"][i % 3]}`);
      slowest = Math.max(slowest, Date.now() - began);
      assert.ok(res.status === 200 || ([503, 429].includes(res.status) && res.headers["retry-after"]), `${res.status} ${res.text}`);
    }
  });
  const times = [];
  for (let i = 0; i < 40; i++) times.push(await read());
  stop = true;
  await Promise.all(searching);
  console.log(`# ${n} searches, the slowest ${slowest} ms; another company's read: median ${median(times)} ms, worst ${Math.max(...times)} ms`);
  assert.ok(n >= 4);
  assert.ok(median(times) < 500 && quantile(times, 0.9) < 2400, `median ${median(times)} ms, one in ten ${quantile(times, 0.9)} ms or more`);
});
