// Other settings for the running stack, for the length of a test.

import { readFileSync, writeFileSync } from "node:fs";

import { conf, status, until } from "./mortise.mjs";

/** The master reads the configuration again; resolves when new workers of all core pools have taken over. */
export async function reload() {
  const core = () => status().pools.filter((p) => ["api", "auth", "oidc", "jobs", "admin"].includes(p.name));
  const old = new Set(core().flatMap((p) => p.workers.map((w) => w.pid)));
  process.kill(status().pid, "SIGHUP");
  await until(
    () => core().every((p) => p.workers.length === p.max && p.workers.every((w) => !old.has(w.pid) && !w.leaving)),
    30000,
    "new workers after a reload",
  );
}

/** Sets `name: value` in mortise.conf instead of what it says of them; answers how to put it back. */
export async function configure(settings) {
  const before = readFileSync(conf, "utf8");
  const others = before.split("\n").filter((line) => !(line.split("=")[0].trim() in settings));
  const back = async () => {
    writeFileSync(conf, before);
    await reload();
  };
  writeFileSync(conf, others.concat(Object.entries(settings).map(([k, v]) => `${k} = ${v}`), "").join("\n"));
  try {
    await reload();
  } catch (e) {
    await back();
    throw e;
  }
  return back;
}
