// Rows of scripts/bench about the life of plugins: how long its steps take, what fifty of them cost, and
// whether a thousand tenants make a call slower than ten do.

import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { person, startChromium } from "../browser/browser.mjs";
import * as m from "../lib/mortise.mjs";
import { remake, reversion } from "../plugins/package.mjs";

const median = (a) => [...a].sort((x, y) => x - y)[Math.floor(a.length / 2)];
const ms = (n) => `${n.toFixed(0)} ms`;

async function took(work) {
  const began = process.hrtime.bigint();
  const value = await work();
  return { value, ms: Number(process.hrtime.bigint() - began) / 1e6 };
}

/** Uploads and approves; answers the package. */
async function offer(zip) {
  const sys = await m.login("SystemAdmin");
  const up = await sys.upload("/api/plugins/upload", zip);
  if (up.status > 201) throw new Error(`upload: ${up.status} ${up.text}`);
  const { key, version, permissions } = up.body;
  const ok = await sys.post(`/api/plugins/catalog/${key}/${version}/approve`, { permissions });
  if (ok.status !== 200) throw new Error(`approve of ${key}: ${ok.status} ${ok.text}`);
  return up.body;
}

async function expect(status, promise, what) {
  const res = await promise;
  if (res.status !== status) throw new Error(`${what}: ${res.status} ${res.text}`);
  return res.body;
}

/** Install, upgrade, rollback, uninstall of time-clock: the request's time. Every round has a version of its
 * own, because what is older than an approved one can't be installed. */
async function steps() {
  const admin = await m.login("Admin", 1);
  const times = { install: [], upgrade: [], rollback: [], uninstall: [] };
  let { permissions } = await offer(m.pack("time-clock"));
  for (let i = 1; i <= 9; i++) {
    const one = await took(() => expect(201, admin.post("/api/plugins/install", { pluginKey: "time-clock", permissions }), "install"));
    const at = `/api/plugins/installations/${one.value.id}`;
    times.install.push(one.ms);
    ({ permissions } = await offer(reversion("time-clock", `1.${i}.0`)));
    times.upgrade.push((await took(() => expect(200, admin.post(`${at}/upgrade`, { permissions }), "upgrade"))).ms);
    times.rollback.push((await took(() => expect(200, admin.post(`${at}/rollback`, {}), "rollback"))).ms);
    times.uninstall.push((await took(() => expect(204, admin.del(at), "uninstall"))).ms);
  }
  console.log(`\ntime-clock, request to answer: ${Object.entries(times).map(([k, t]) => `${k} ${ms(median(t))}`).join(", ")}`);
  await m.remove("time-clock");
}

/** From the click on "Install" in one browser to the tab in another one's open ticket. */
async function clickToTab() {
  const ended = [];
  const browser = await startChromium();
  ended.push(() => browser.close());
  try {
    const tech = await person(browser, "Technician", { tenant: 1 });
    const admin = await person(browser, "Admin", { tenant: 1, path: "/plugins" });
    for (const page of [tech, admin]) page.setDefaultTimeout(60000);
    const ticket = (await (await m.login("Technician", 1)).get("/api/tickets?limit=1")).body.items[0];
    await tech.goto(`${m.url}/tickets/${ticket.id}`);
    await tech.locator(".stream").waitFor();
    const times = [];
    for (let i = 0; i < 5; i++) {
      await admin.goto(`${m.url}/plugins`);
      await admin.getByRole("button", { name: "Install Time Clock" }).click();
      const dialog = admin.getByRole("dialog", { name: "Install Time Clock" });
      const confirm = dialog.getByRole("button", { name: /^(Allow and install|Install)$/ });
      await confirm.waitFor().catch(async (e) => {
        throw new Error(`nothing to confirm: ${await dialog.innerText()}`, { cause: e });
      });
      const tab = tech.getByRole("tab", { name: "Time Clock" });
      times.push((await took(async () => Promise.all([confirm.click(), tab.waitFor()]))).ms);
      const here = (await (await m.login("Admin", 1)).get("/api/plugins/installations")).body.items;
      for (const x of here) await (await m.login("Admin", 1)).del(`/api/plugins/installations/${x.id}`);
      await tab.waitFor({ state: "detached" });
    }
    console.log(`time-clock, click on "Install" to the tab in a ticket that is open elsewhere: ${ms(median(times))}`);
  } finally {
    for (const fn of ended) await fn();
  }
}

/** The n-th plugin of many: time-clock under another key of the same length. */
function nth(n) {
  const key = `bench-${String(n).padStart(4, "0")}`;
  const names = [["time-clock", key], ["x_time_clock", `x_${key.replace("-", "_")}`]];
  const renamed = (text) => names.reduce((t, [from, to]) => t.replaceAll(from, to), text);
  return remake("time-clock", ({ files, manifest }) => {
    for (const [name, bytes] of files)
      if (name === "plugin.so" || name.startsWith("migrations/"))
        files.set(name, Buffer.from(renamed(bytes.toString("latin1")), "latin1"));
    Object.assign(manifest, JSON.parse(renamed(JSON.stringify(manifest))));
  });
}

/** Of the master and everything that it started; pages that are shared count by their share. */
function memory() {
  const pids = [m.servicePid("mortised"), ...m.status().pools.flatMap((p) => p.workers.map((w) => w.pid))];
  const kb = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]));
  return kb.reduce((a, b) => a + b, 0) / 1024;
}

async function noWorkers() {
  const plugins = () => m.status().pools.filter((p) => p.kind === "plugin");
  for (const pool of plugins()) for (const w of pool.workers) process.kill(w.pid, "SIGTERM");
  await m.until(() => plugins().every((p) => !p.workers.length), 20000);
}

/** Stopped to "every pool is open": what a restart of the machine or of the master takes. */
async function startUp(pools) {
  m.service("stop", "mortised");
  const time = await took(async () => {
    // Not until(): it polls ten times a second, which is too seldom here.
    spawn(join(m.top, "scripts/server"), ["start", "mortised"], { env: { ...process.env, MORTISE_VAR: m.varDir }, stdio: "ignore" });
    await m.until(() => m.status().pools.filter((p) => p.kind === "plugin").length === pools, 60000, `${pools} pools`, [m.NO_MASTER]);
  });
  m.service("start", "mortised");
  return time;
}

function wrk(url, { auth, script, connections = 8, seconds }) {
  const how = script ? ["-s", script] : ["-H", `Authorization: ${auth}`];
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...how, url];
  const out = execFileSync("wrk", args, { encoding: "utf8" });
  if (/Non-2xx/.test(out)) throw new Error(`${url}: ${/Non-2xx.*/.exec(out)[0]}`);
  const [, n, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(out);
  return { p99: Number(n) * { us: 1e-3, ms: 1, s: 1e3 }[unit], rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]) };
}

/** p99 of a ticket's read, as it is and against two hops that were taken in turn with it. */
async function coreP99({ base, seconds }) {
  const tech = await m.token("Technician");
  const ticket = (await tech.get("/api/tickets?limit=1")).body.items[0];
  const auth = tech.headers.Authorization;
  const times = { read: [], two: [] };
  for (let i = 0; i < 5; i++) {
    times.read.push(wrk(`${base}/api/tickets/${ticket.id}`, { auth, seconds }).p99);
    times.two.push(wrk(`${base}/two`, { auth, seconds }).p99);
  }
  return { p99: median(times.read), ratio: median(times.read) / median(times.two) };
}

/** Installs that many plugins in a company of the demo; answers the installations' ids. */
export async function installMany(count, tenant = 0) {
  const admin = await m.login("Admin", tenant);
  const ids = [];
  for (let n = 1; n <= count; n++) {
    const { key, permissions } = await offer(nth(n));
    ids.push((await expect(201, admin.post("/api/plugins/install", { pluginKey: key, permissions }), key)).id);
  }
  return ids;
}

async function fifty(bench) {
  const admin = await m.login("Admin");
  const empty = { mb: memory(), start: (await startUp(0)).ms };
  const before = await coreP99(bench);
  const ids = await installMany(50);
  await noWorkers();
  const mb = memory();
  const { ms: start } = await startUp(50);
  const after = await coreP99(bench);
  console.log(
    `\n50 plugins enabled, idle: ${mb.toFixed(1)} MB (none: ${empty.mb.toFixed(1)}); all pools open ${ms(start)} after the start (none: ${ms(empty.start)})` +
      `\np99 of a ticket read with 50 plugins ${after.p99.toFixed(2)} ms, ${after.ratio.toFixed(2)} of two hops; with none ${before.p99.toFixed(2)} ms, ${before.ratio.toFixed(2)}`,
  );
  const sys = await m.login("SystemAdmin");
  for (const id of ids) await expect(204, admin.del(`/api/plugins/installations/${id}`), "uninstall");
  for (let n = 1; n <= 50; n++) await sys.del(`/api/plugins/catalog/bench-${String(n).padStart(4, "0")}`);
}

/** Tenants with one user and one session each; answers their tokens. Straight into the tables, because a
 * sign-in takes 50 ms on purpose. */
function manyTenants(n) {
  const rows = Array.from({ length: n }, (_, i) => {
    const token = randomBytes(32).toString("base64url");
    return { token, code: `bench${i}`, user: randomUUID(), hash: createHash("sha256").update(token).digest("hex") };
  });
  const sql = rows.map(
    (r) => `select mortise.tenant_create('${r.code}', '${r.code}') as t \\gset
      select mortise.user_create(:t, '${r.user}', '${r.code}@bench.example', '${r.code}', '{Admin}', null);
      insert into mortise.sessions (token_hash, tenant_id, user_id, kind, expires_at)
        values ('${r.hash}', :t, '${r.user}', 'token', now() + interval '1 hour');`,
  );
  m.psql(`begin;\n${sql.join("\n")}\ncommit;`);
  return rows;
}

async function thousand({ base, work, seconds }) {
  const sys = await m.token("SystemAdmin"); // a program's: for all companies
  const { permissions } = await offer(m.pack("time-clock"));
  const tenants = manyTenants(1000);
  const { ms: all } = await took(async () => {
    for (const t of tenants)
      await expect(201, sys.post("/api/plugins/install", { pluginKey: "time-clock", tenant: t.code, permissions }), t.code);
  });
  const times = { 10: [], 1000: [] };
  for (const n of [10, 1000]) {
    const list = tenants.slice(0, n).map((t) => `"${t.token}"`).join(",");
    writeFileSync(
      join(work, `tenants-${n}.lua`),
      `local t, i = {${list}}, 0
       request = function()
         i = i % #t + 1
         return wrk.format("GET", nil, {Authorization = "Bearer " .. t[i]})
       end`,
    );
  }
  for (let i = 0; i < 6; i++)
    for (const n of [10, 1000]) {
      const run = wrk(`${base}/api/plugins/time-clock/report`, { script: join(work, `tenants-${n}.lua`), seconds });
      if (i > 0) times[n].push(run); // the first round fills the session cache
    }
  const p99 = (n) => median(times[n].map((t) => t.p99));
  const rate = (n) => median(times[n].map((t) => t.rate));
  console.log(
    `\n1,000 tenants with time-clock: installing took ${ms(all / 1000)} each; p99 of its report ${p99(1000).toFixed(2)} ms with requests of 1,000 tenants, ` +
      `${p99(10).toFixed(2)} ms with those of 10: ${(p99(1000) / p99(10)).toFixed(2)} (requests/s ${(rate(1000) / rate(10)).toFixed(2)})`,
  );
}

/** In the order of printing; each takes { base: a front without limits, work: a folder, seconds: of a round }. */
export const rows = { steps, clickToTab, fifty, thousand };
