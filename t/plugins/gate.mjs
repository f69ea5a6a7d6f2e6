// A gate in the database: the session that makes the nth change of a table waits there until the test lets it
// continue. So a fault hits an operation at a named point, however fast the machine is.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { psql, run, until, varDir } from "../lib/mortise.mjs";

const LOCK = 424242;

/** The tables that the life of a plugin changes. */
const TABLES = ["journal", "installations", "plugin_packages", "plugin_files", "plugin_migrations", "plugin_tenant_migrations", "role_permissions"];

/** Made before and dropped after all of a file's tests: both lock those tables. */
export function makeGate() {
  psql(`create schema test_gate;
    create sequence test_gate.n;
    create table test_gate.stop (name text, at bigint);
    insert into test_gate.stop values ('journal', 0);
    create function test_gate.pass() returns trigger language plpgsql security definer as $$
    begin
      if tg_table_name <> (select name from test_gate.stop) then
        return null;
      end if;
      if nextval('test_gate.n') = (select at from test_gate.stop) then
        perform pg_advisory_lock(${LOCK});
        perform pg_advisory_unlock(${LOCK});
      end if;
      return null;
    end $$;`);
  for (const table of TABLES)
    psql(`create trigger test_gate after insert or update or delete on mortise.${table}
      for each row execute function test_gate.pass();`);
}
export const dropGate = () => psql("drop schema if exists test_gate cascade");
/** Stops the nth change of a table from now on; 0 = none. */
export const setGate = (n, table = "journal") => psql(`update test_gate.stop set name = '${table}', at = ${n}; select setval('test_gate.n', 1, false);`);
/** Changes since setGate(). */
export const passed = () => Number(psql("select case when is_called then last_value else 0 end from test_gate.n")[0][0]);

/** A session that holds the gate shut until the function that it answers is called. */
export async function shut() {
  const child = spawn("psql", ["-XqAt", "-d", "mortise"], {
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let out = "";
  child.stdout.on("data", (d) => (out += d));
  child.stdin.on("error", () => {}); // the server may have been stopped meanwhile
  child.stdin.write(`select 'shut' from pg_advisory_lock(${LOCK});\n`);
  await until(() => out.includes("shut"));
  return async () => {
    child.stdin.end(`select pg_advisory_unlock(${LOCK});\n`);
    if (child.exitCode === null) await new Promise((r) => child.on("exit", r));
  };
}

/** Sessions that stand at the gate. */
export const waiting = () =>
  psql(`select pid from pg_locks where locktype = 'advisory' and not granted and objid = ${LOCK}`).map(([pid]) => Number(pid));

/**
 * Does act(), stops it at its nth change of the table, does fault(), lets it go on; answers what act() came to.
 * mend() comes when act() has ended.
 */
export async function stoppedAt(table, n, act, fault, mend = () => {}) {
  const open = await shut();
  try {
    setGate(n, table);
    const doing = act().catch((e) => ({ status: 0, text: String(e) }));
    await until(() => waiting().length > 0, 30000, `change ${n} of ${table}`);
    await fault();
    await open();
    return await doing;
  } finally {
    await open();
    await mend();
    setGate(0);
  }
}
