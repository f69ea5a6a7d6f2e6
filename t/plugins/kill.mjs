// Ends processes of the stack, and waits until what is left has come to rest.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { AWAY, login, NO_MASTER, psql, service, status, until, varDir } from "../lib/mortise.mjs";
import { stoppedAt } from "./gate.mjs";

/** For a test's options: skipped where the processes are another user's. */
export const mayKill = {
  skip: process.getuid() === 0 || statSync(varDir).uid === process.getuid() ? false : "may not kill the processes",
};

/** Of a pool's workers. */
export const pids = (name) => status().pools.filter((p) => p.name === name).flatMap((p) => p.workers.map((w) => w.pid));

/** Those that have ended meanwhile are no fault. */
export function kill(list) {
  for (const pid of list)
    try {
      process.kill(pid, "SIGKILL");
    } catch (e) {
      assert.equal(e.code, "ESRCH");
    }
}

/** A master waits longer and longer before it starts what ends so often; a new one has no such memory. */
export function restart() {
  service("stop", "mortised");
  service("start", "mortised");
}

/** Until the pools are back, no step is under way and every installation is in a state that lasts. */
export async function rest(...names) {
  const there = () => names.every((name) => pids(name).length);
  await until(there, 1500, "pools", [NO_MASTER]).catch(restart);
  await until(async () => {
    const r = await (await login("Admin")).get("/api/plugins/installations");
    return r.status === 200 && r.body.items.every((i) => ["enabled", "disabled"].includes(i.state)) &&
      psql("select 1 from mortise.journal").length === 0;
  }, 60000, "recovery", AWAY);
}

/** Kills the admin workers when `when` says so while `act` is under way; answers what act came to, when all rests. */
export async function adminsKilled(when, act) {
  const doomed = await until(() => pids("admin").length && pids("admin"), 40000);
  const doing = act().catch((e) => e);
  await when();
  kill(doomed);
  const res = await doing;
  await rest("admin");
  return res;
}

/** Kills them at the nth change that `act` makes of a table. */
export async function adminsKilledAt(table, n, act) {
  const doomed = await until(() => pids("admin").length && pids("admin"), 40000);
  const res = await stoppedAt(table, n, act, () => kill(doomed));
  await rest("admin");
  return res;
}
