// Ends a process at every step of every operation of a plugin's life. A trigger on the journal, which every
// operation writes before and after each of its parts, stops the operation at its nth change; then the victim is
// killed, and the operation may go on. Afterwards the state must be the old one or the new one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AWAY, login, psql, remove, status, until } from "../lib/mortise.mjs";
import { configure } from "../lib/conf.mjs";
import { dropGate, makeGate, passed, setGate, shut, waiting } from "./gate.mjs";
import { kill, mayKill, pids, rest, restart } from "./kill.mjs";
import { leftNothing, offer, pools, reversion, traces, upload } from "./package.mjs";

const KEY = "versions";
const column = (n) => [`migrations/00${n}-more.sql`, Buffer.from(`ALTER TABLE x_versions.things ADD COLUMN more${n} text;`)];
const LESS = "004-less.contract.sql";
const less = [`migrations/${LESS}`, Buffer.from("ALTER TABLE x_versions.things DROP COLUMN more2;")];
const settings = [{ key: "word", label: "Word", type: "text", default: "none" }];
const packages = {
  "1.0.0": () => reversion(KEY, "1.0.0"),
  "1.1.0": () =>
    reversion(KEY, "1.1.0", ({ files, manifest }) => {
      manifest.settings = settings;
      files.set(...column(2));
    }),
  "1.2.0": () => reversion(KEY, "1.2.0", ({ files }) => files.set(...column(2)).set(...column(3))),
  "1.3.0": () => reversion(KEY, "1.3.0", ({ files }) => files.set(...column(2)).set(...column(3)).set(...less)),
};

// --- victims --------------------------------------------------------------------------------------------

export const victims = {
  /** The worker that does it. */
  admin: () => kill(pids("admin")),
  /** Its database session. */
  backend: () => psql(`select pg_terminate_backend(pid) from unnest(array[${waiting().join() || 0}]) pid`),
  /** Who asks for the pools. */
  steward: () => kill(pids("steward")),
  /** The plugin's own processes, of both versions. */
  plugin: () => kill(pools(KEY).flatMap((p) => p.workers.map((w) => w.pid))),
  /** The master, and with it everything that it watches. */
  master: () => {
    kill([status().pid]);
    restart();
  },
};

// --- operations -----------------------------------------------------------------------------------------

const installation = async () =>
  (await (await login("Admin")).get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === KEY);
const one = async (act, body) => {
  const { id } = await installation();
  return (await login("Admin")).post(`/api/plugins/installations/${id}/${act}`, body, { deadline: 60000 });
};
const acts = {
  install: async () => (await login("Admin")).post("/api/plugins/install", { pluginKey: KEY, permissions: ["users:read"] }, { deadline: 60000 }),
  enable: () => one("enable"),
  disable: () => one("disable"),
  upgrade: () => one("upgrade", {}),
  rollback: () => one("rollback"),
  uninstall: async () => (await login("Admin")).del(`/api/plugins/installations/${(await installation()).id}`, { deadline: 60000 }),
  export: async () => (await login("Admin")).del(`/api/plugins/installations/${(await installation()).id}?data=export`, { deadline: 60000 }),
  approve: async () =>
    (await login("SystemAdmin")).post(`/api/plugins/catalog/${KEY}/1.2.0/approve`, { permissions: ["users:read"] }, { deadline: 60000 }),
  configure: () => say("two"),
  contract: async () => (await login("SystemAdmin")).post(`/api/plugins/catalog/${KEY}/1.3.0/finish`, undefined, { deadline: 60000 }),
};
const say = async (word) =>
  (await login("Admin")).put(`/api/plugins/installations/${(await installation()).id}/configuration`, { values: { word } }, { deadline: 60000 });
/** [old, new] as state() says them. */
const operations = {
  install: ["gone", "1.1.0 enabled"],
  disable: ["1.1.0 enabled", "1.1.0 disabled"],
  enable: ["1.1.0 disabled", "1.1.0 enabled"],
  upgrade: ["1.0.0 enabled", "1.1.0 enabled"],
  rollback: ["1.1.0 enabled back", "1.0.0 enabled"],
  uninstall: ["1.1.0 enabled", "gone"],
  export: ["1.1.0 enabled", "gone"],
  approve: ["waits", "approved"],
  configure: ["one", "two"],
  contract: ["waits", "taken away"],
};

const approved = () => psql(`select approved_at is not null from mortise.plugin_packages where plugin_key = '${KEY}' and version = '1.2.0'`)[0]?.[0] === "t";

async function state(operation) {
  if (operation === "approve") return approved() ? "approved" : "waits";
  if (operation === "configure") return psql(`select settings ->> 'word' from mortise.plugin_settings where plugin_key = '${KEY}'`)[0]?.[0] ?? "none";
  if (operation === "contract" && (await installation())?.version !== "1.3.0") return "elsewhere";
  if (operation === "contract") return psql(`select 1 from mortise.plugin_migrations where plugin_key = '${KEY}' and name = '${LESS}'`).length ? "taken away" : "waits";
  const i = await installation();
  if (!i) return "gone";
  return `${i.version} ${i.state}${operation === "rollback" && i.canRollback ? " back" : ""}`;
}

const ok = (res) => assert.ok(res.status < 300, `${res.status} ${res.text}`);

/** Brings everything to the state in which the operation begins, whatever there was. */
async function reach(operation) {
  const want = operations[operation][0];
  if (psql(`select 1 from mortise.plugin_packages where plugin_key = '${KEY}' and quarantined_at is not null`).length) await fresh();
  if ((await state(operation)) === want) return;
  if (operation === "approve") return fresh("1.0.0");
  if (operation === "configure") {
    if (!(await installation())) ok(await acts.install());
    return ok(await say("one"));
  }
  if (operation === "contract") {
    await fresh("1.0.0");
    ok(await offer(packages["1.3.0"]()));
    return ok(await acts.upgrade());
  }
  if (operation === "upgrade" || operation === "rollback") {
    if (want === "1.0.0 enabled" && (await installation())?.canRollback) ok(await acts.rollback());
    else if (want === "1.1.0 enabled back" && (await installation())?.version === "1.0.0") ok(await acts.upgrade());
    else await fresh("1.0.0");
    if ((await state(operation)) !== want) ok(await acts.upgrade());
    return;
  }
  const now = await state(operation);
  if (want === "gone") ok(await acts.uninstall());
  else if (now === "gone") ok(await acts.install());
  if (want.endsWith("disabled")) ok(await acts.disable());
  else if (want.endsWith("enabled") && (await state(operation)).endsWith("disabled")) ok(await acts.enable());
  assert.equal(await state(operation), want);
}

/** All versions anew; installed is 1.0.0 when asked for. */
async function fresh(installed) {
  await remove(KEY);
  ok(await offer(packages["1.0.0"]()));
  if (installed) ok(await acts.install());
  ok(await offer(packages["1.1.0"]()));
  ok(await upload(packages["1.2.0"]()));
}

const works = async () => {
  const i = await installation();
  if (i?.state !== "enabled") return true;
  const res = await (await login("Technician")).get(`/api/plugins/${KEY}/version`);
  return res.status === 200 && res.body.version === i.version;
};

/** Rows that stay for good or come and go by themselves are not asked about. */
const shape = () => {
  const { rows, schemas, roles, temporary } = traces();
  return JSON.stringify({ rows: rows.filter(([what]) => !["migrations"].includes(what)), schemas, roles, temporary });
};

/** The operation is stopped at its nth change, the victim ends, and all comes to rest. */
async function interrupted(operation, n, victim) {
  const open = await shut();
  let res;
  try {
    setGate(n);
    const doing = acts[operation]().catch((e) => ({ status: 0, text: String(e) }));
    await until(() => waiting().length > 0, 30000, `change ${n} of ${operation}`);
    victims[victim]();
    await open();
    res = await doing;
  } finally {
    setGate(0);
    await open();
  }
  await rest("admin", "steward");
  return res;
}

async function steps(operation, victim) {
  const [old, next] = operations[operation];
  await fresh(["upgrade", "rollback", "approve"].includes(operation) ? "1.0.0" : undefined);
  await reach(operation);
  const before_ = shape();
  setGate(0);
  ok(await acts[operation]());
  const n = passed();
  assert.ok(n >= 2, `${n} changes`);
  assert.equal(await state(operation), next);
  const after_ = shape();
  for (let at = 1; at <= n; at++) {
    const where = `${operation}, ${victim} killed at change ${at} of ${n}`;
    await reach(operation);
    const res = await interrupted(operation, at, victim);
    const end = await state(operation);
    assert.ok([old, next].includes(end), `${where}: ${end}; ${res.status} ${res.text}`);
    if (res.status >= 200 && res.status < 300) assert.equal(end, next, where);
    await until(works, 30000, `${where}: it works`, AWAY);
    /* The steward may be unpacking what was still wanted when it began; it takes it away when it has seen the end. */
    let now;
    const same = (a) => now.replaceAll(/[0-9a-f-]{36}/g, "") === a.replaceAll(/[0-9a-f-]{36}/g, "");
    const settled = () => ((now = shape()), same(before_) || same(after_));
    await until(settled, 30000, "one of both states").catch(() =>
      assert.fail(`${where}: ${end}\n${now}\nbefore ${before_}\nafter ${after_}`));
    /* A master counts how often processes end, and waits longer before it starts them: not what is tried here. */
    if ((victim === "plugin" && at % 2 === 0) || (victim === "steward" && at % 3 === 0)) restart();
  }
  return n;
}

/** A test for each operation, or for some of them. */
export function everyStep(victim, only = Object.keys(operations)) {
  let start, back;
  before(async () => {
    /* Quarantine is tried in crash.t.mjs; here a plugin ends more often than any real one. */
    back = victim === "plugin" && !mayKill.skip ? await configure({ crash_limit: 1000 }) : () => {};
    dropGate();
    await remove(KEY);
    start = traces();
    makeGate();
  });
  after(async () => {
    dropGate();
    await remove(KEY);
    await back();
  });
  for (const operation of only)
    test(`${operation}: the ${victim} killed at every change of the journal`, mayKill, async (t) => {
      t.diagnostic(`${await steps(operation, victim)} changes`);
    });
  test("at the end nothing is left", async () => {
    dropGate();
    await remove(KEY);
    await until(() => pools(KEY).length === 0);
    psql("delete from mortise.plugin_exports where plugin_key = 'versions'");
    await leftNothing(assert, start);
  });
}
