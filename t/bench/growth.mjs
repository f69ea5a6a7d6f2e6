// scripts/bench growth [TICKETS]: what a request costs in a small and in a large company, with few and many companies
// beside it, without plugins and with fifty.
//
// t/bench/growth/rows.sql makes the data: a company with TICKETS (1,000,000), one with 1,000, one with a tenth of
// TICKETS, and 10,000 with ten each. Requests go one after the other, in turn to the small and the large company, so
// that a noisy moment hits both. A row prints wall time (p50, p99) and the processor time of all processes of the
// stack; the ratio is that of the large company to the small one. Data in place of 10,000 companies and plugins are
// compared with the same requests before they were there.

import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { processorTime } from "./peers.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const REQUESTS = 200; // of a row and company
const median = (a) => [...a].sort((x, y) => x - y)[Math.floor(a.length / 2)];
const p99 = (a) => [...a].sort((x, y) => x - y)[Math.ceil(a.length * 0.99) - 1];

/** TICKETS of the words after "growth"; null after saying how to use it. */
export function choose(args) {
  const tickets = args.length ? Number(args[0]) : 1000000;
  if (args.length < 2 && Number.isInteger(tickets) && tickets >= 10000 && tickets <= 5000000) return { tickets };
  console.error("scripts/bench growth [TICKETS, 10000 to 5000000]");
  return null;
}

/** {wall: [ms], cpu: us a request} of requests of each company, in turn. */
async function measure(m, companies, { method = "GET", path, body, status = 200, finds }) {
  const roots = ["postgres", "mortised", "nginx-front", "memcached"].map(m.servicePid);
  const results = Object.fromEntries(companies.map((c) => [c.name, { wall: [], ticks: 0 }]));
  const GROUP = 20;
  for (let i = 0; i < REQUESTS + GROUP; i += GROUP)
    for (const c of companies) {
      const before = processorTime(roots);
      for (let k = 0; k < GROUP; k++) {
        const began = performance.now();
        const res = await c.client.request(method, path(c, i + k), { body });
        const took = performance.now() - began;
        assert.equal(res.status, status, `${path(c, i + k)}: ${res.text}`);
        if (finds && c.name === "large") assert.ok(res.body.items.length, `${path(c, i + k)} finds nothing`);
        if (i) results[c.name].wall.push(took); // the first group is for plans and caches
      }
      if (i) results[c.name].ticks += processorTime(roots) - before;
    }
  return Object.fromEntries(
    Object.entries(results).map(([name, r]) => [name, { p50: median(r.wall), p99: p99(r.wall), cpu: r.ticks / REQUESTS }]),
  );
}

const list = (query) => ({ path: () => `/api/tickets?limit=50&${query}` });
const found = (q) => ({ ...list(`q=${encodeURIComponent(q)}`), finds: true });

const ROWS = {
  "ticket read": { path: (c, i) => `/api/tickets/${c.ids[i % c.ids.length]}` },
  "list, page 1": list(""),
  "list, page 1,000 (10 of the small)": { path: (c) => `/api/tickets?limit=50&cursor=${c.cursor}` },
  "list of a state": list("state=on_hold"),
  "list of what is open": list("state=open"),
  "list by priority": list("sort=priority"),
  "/api/me": { path: () => "/api/me" },
  create: { method: "POST", path: () => "/api/tickets", body: { title: "Boiler leaks", description: "Since this morning." }, status: 201 },
  "search: a word in every other": found("water"),
  "search: a word in one of a hundred": found("greenhouse"),
  "search: a word in a few": found("xanbaroro"),
  "search: a word in one": found("sn-1eef"),
  "search: a fragment": found("reenhous"),
  "search: two words": found("boiler greenhouse"),
  "search: a number": { ...list("q=%231500"), finds: true },
  "search: a typing error": found("grenhouse"),
  "search: letters exchanged": found("boielr"),
  "search: nothing": list("q=kkkkkkkk"),
};

function print(name, [a, b], results) {
  const cells = (r) => `${r.p50.toFixed(1).padStart(8)}${r.p99.toFixed(1).padStart(8)}${(r.cpu / 1000).toFixed(2).padStart(8)}`;
  const [x, y] = [results[a], results[b]];
  console.log(`${name.padEnd(38)}${cells(x)}${cells(y)}${(y.cpu / x.cpu).toFixed(2).padStart(8)}`);
}

async function company(m, name, nth) {
  const client = await m.token("Dispatcher", nth);
  const [[tenant]] = m.psql(`select tenant_id from mortise.users where email = '${client.who.email}'`);
  return { name, client, tenant };
}

async function prepare(m, c, pages) {
  c.ids = m.psql(`select id from mortise.tickets where tenant_id = ${c.tenant} order by number limit 200`).flat();
  c.cursor = "";
  for (let i = 0; i < pages / 4; i++)
    c.cursor = (await c.client.get(`/api/tickets?limit=200${c.cursor && `&cursor=${c.cursor}`}`)).body.nextCursor ?? c.cursor;
}

/** kit: what scripts/bench has. */
export async function run({ tickets }, { startStack }) {
  const m = await startStack("", { MORTISE_THROWAWAY: "yes" });
  const large = await company(m, "large", 0);
  const small = await company(m, "small", 1);
  const COMMON = ["ticket read", "list, page 1", "/api/me"];
  const alone = {};
  await prepare(m, small, 1);
  for (const name of COMMON) alone[name] = (await measure(m, [small], ROWS[name])).small;

  console.log(`making ${tickets} tickets and 10,000 companies ...`);
  const began = performance.now();
  m.psql("alter system set autovacuum = off;\nselect pg_reload_conf();", { db: "postgres" });
  m.psql(`\\set large ${tickets}\n\\set tenants 10000\n${readFileSync(join(here, "growth/rows.sql"), "utf8")}`);
  console.log(`... in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const c of [large, small]) // nginx has closed what was kept open
    await m.until(async () => (await c.client.get("/api/me")).status === 200, 10000, "it answers", [m.NO_NGINX, /EPIPE/]);
  await prepare(m, large, 1000);
  await prepare(m, small, 10);

  const head = (a, b) =>
    `\n${"ms: p50, p99, processor time".padEnd(38)}${a.padStart(24)}${b.padStart(24)}   ratio of processor time`;
  console.log(head("1,000 tickets", `${tickets} tickets`));
  for (const [name, row] of Object.entries(ROWS)) print(name, ["small", "large"], await measure(m, [small, large], row));

  console.log(head("2 companies", "10,003 companies"));
  const among = {};
  for (const name of COMMON) {
    among[name] = (await measure(m, [small], ROWS[name])).small;
    print(name, ["a", "b"], { a: alone[name], b: among[name] });
  }
  const { installMany } = await import("./plugins.mjs"); // which needs the stack
  await installMany(50, small.client.who.tenant === m.tenants()[0] ? 0 : 1);
  console.log(head("no plugin", "50 plugins"));
  for (const name of COMMON) print(name, ["a", "b"], { a: among[name], b: (await measure(m, [small], ROWS[name])).small });
}
