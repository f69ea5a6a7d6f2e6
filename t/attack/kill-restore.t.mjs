#!/usr/bin/env -S node --test-reporter=tap
// A backup is worth what can be restored from it: dumps of a stack with plugins are restored into a fresh
// PostgreSQL cluster, as in INSTALL, and everything answers as before.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync, chownSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { AWAY, bin, conf, install, login, psql, remove, run, service, until, varDir } from "../lib/mortise.mjs";

const KEYS = ["time-clock", "settings-test"];
const PGBIN = "/usr/lib/postgresql/15/bin";
const data = join(varDir, "pg"), kept = join(varDir, "pg-before");
const pg = { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") };
const sh = (file, args, options) => execFileSync(file, args, { env: pg, stdio: "pipe", encoding: "utf8", maxBuffer: 1 << 28, ...options });

/** Rows of every table of the core and of plugins: "schema.table" -> how many. */
const counted = () => {
  const tables = psql("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'mortise' or schemaname like 'x\\_%' order by 1").flat();
  return Object.fromEntries(psql(tables.map((t) => `select '${t}', count(*) from ${t};`).join("\n")));
};
/** Who may do what with what, and what guards it. */
const rights = () =>
  psql(`select 'table', n.nspname || '.' || c.relname, c.relacl::text, pg_get_userbyid(c.relowner), c.relrowsecurity and c.relforcerowsecurity
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where (n.nspname = 'mortise' or n.nspname like 'x\\_%') and c.relkind in ('r', 'v', 'S')
    union all select 'function', p.oid::regprocedure::text, p.proacl::text, pg_get_userbyid(p.proowner), p.prosecdef
      from pg_proc p where p.pronamespace = 'mortise'::regnamespace
    union all select 'policy', polrelid::regclass::text || ' ' || polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), polpermissive from pg_policy
    union all select 'trigger', evtname, evtenabled::text, evtevent, true from pg_event_trigger
    union all select 'role', rolname, array_to_string(rolconfig, ' '), rolconnlimit::text, rolcanlogin from pg_roles where rolname ~ '^(mortise_|[op]_)'
    order by 1, 2, 3`).map((row) => row.join(" | "));

let admin, tech, ticket, uid;

before(async () => {
  for (const key of KEYS) await install(key);
  [admin, tech] = [await login("Admin"), await login("Technician")];
  ticket = (await tech.get("/api/tickets?limit=1")).body.items[0].id;
  assert.equal((await tech.post("/api/plugins/time-clock/clock-in", { ticketId: ticket })).status, 201);
  uid = statSync(data).uid;
});
after(() => remove(...KEYS));

function freshCluster(dir) {
  const pw = join(dir, "pw"), as = { uid, gid: statSync(data).gid, cwd: "/" };
  const password = /:([^:\n]+)\n?$/m.exec(execFileSync("grep", [":postgres:", join(varDir, "keys/pgpass")], { encoding: "utf8" }))[1];
  writeFileSync(pw, `${password}\n`, { mode: 0o600 });
  chownSync(pw, uid, as.gid);
  renameSync(data, kept);
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, uid, as.gid);
  execFileSync(join(PGBIN, "initdb"), ["-D", data, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${pw}`, "-E", "UTF8", "--locale=C.UTF-8"], { ...as, stdio: "pipe" });
  for (const file of ["postgresql.conf", "pg_hba.conf"]) {
    copyFileSync(join(kept, file), join(data, file));
    chownSync(join(data, file), uid, as.gid);
  }
}

/** As INSTALL says it. */
function restore(dir) {
  sh("psql", ["-Xq", "-d", "postgres", "-f", join(dir, "roles.sql")]);
  sh("pg_restore", ["--create", "--exit-on-error", "-d", "postgres", join(dir, "mortise.dump")]);
  sh(bin("mortise"), ["setup", "-c", conf, "--superuser-conn", `host=${join(run, "pg")} user=postgres dbname=postgres`]);
}

test("dumps of a stack with plugins, restored into a fresh cluster, are the same stack", { timeout: 240000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), "mortise-restore-"));
  execFileSync("chmod", ["755", dir]);
  service("stop", "mortised");
  const rows = counted(), may = rights();
  sh("pg_dumpall", ["--roles-only", "--no-role-passwords", "-f", join(dir, "roles.sql")]);
  sh("pg_dump", ["-Fc", "-f", join(dir, "mortise.dump"), "mortise"]);
  service("stop", "postgres");
  try {
    freshCluster(dir);
    service("start", "postgres");
    restore(dir);
    assert.deepEqual(counted(), rows);
    assert.deepEqual(rights(), may);
  } catch (e) {
    if (existsSync(kept)) {
      service("stop", "postgres");
      rmSync(data, { recursive: true, force: true });
      renameSync(kept, data);
      service("start", "postgres");
    }
    throw e;
  } finally {
    service("start", "mortised");
    rmSync(dir, { recursive: true, force: true });
  }
  rmSync(kept, { recursive: true, force: true });
  await until(async () => (await tech.get("/api/me")).status === 200, 30000, "it works", AWAY);
});

test("people, tickets, plugins, settings and events go on where they were", { timeout: 120000 }, async () => {
  const clock = await until(async () => {
    const res = await tech.get(`/api/plugins/time-clock/status/me?ticketId=${ticket}`);
    return res.status === 200 && res.body;
  }, 30000, "the clock", AWAY);
  assert.equal(clock.isClockedIn, true);
  assert.equal((await tech.post("/api/plugins/time-clock/clock-out", {})).status, 200);
  const id = (await admin.get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === "settings-test").id;
  assert.equal((await admin.get(`/api/plugins/installations/${id}/configuration`)).status, 200);
  const made = await admin.post("/api/tickets", { title: "after the restore" });
  assert.equal(made.status, 201, made.text);
  const [[events]] = psql(`select count(*) from mortise.events where payload::text like '%${made.body.id}%'`);
  assert.ok(Number(events) > 0, "its event is there");
});
