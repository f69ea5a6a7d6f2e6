// A gate in the database: whoever makes the nth change of a table (or of several) waits there until the test
// lets it go on. So a fault meets an operation at a point that has a name, however fast the machine is.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { psql, run, until, varDir } from "../lib/mortise.mjs";

const LOCK = 424242;

export function makeGate(...tables) {
  psql(`create schema test_gate;
    create sequence test_gate.n;
    create table test_gate.stop (at bigint);
    insert into test_gate.stop values (0);
    create function test_gate.pass() returns trigger language plpgsql security definer as $$
    begin
      if nextval('test_gate.n') = (select at from test_gate.stop) then
        perform pg_advisory_lock(${LOCK});
        perform pg_advisory_unlock(${LOCK});
      end if;
      return null;
    end $$;`);
  for (const table of tables)
    psql(`create trigger test_gate after insert or update or delete on mortise.${table}
      for each row execute function test_gate.pass();`);
}
export const dropGate = () => psql("drop schema if exists test_gate cascade");
/** Stops the nth change from now on; 0 = none. */
export const setGate = (n) => psql(`update test_gate.stop set at = ${n}; select setval('test_gate.n', 1, false);`);
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
  makeGate(table);
  const open = await shut();
  try {
    setGate(n);
    const doing = act().catch((e) => ({ status: 0, text: String(e) }));
    await until(() => waiting().length > 0, 20000, `change ${n} of ${table}`);
    await fault();
    await open();
    return await doing;
  } finally {
    await open();
    await mend();
    dropGate();
  }
}
