// scripts/bench growth [TICKETS]: what a request costs in a small and in a large company, with few and many companies
// beside it, without plugins and with fifty.
//
// Three stacks run side by side: one with 10 companies, the same with 50 plugins installed, and one with 10,000
// companies, of which one has TICKETS (1,000,000). t/bench/growth/rows.sql makes their rows. So two that are compared
// differ in one thing, and get the same requests, one after the other, in turn, so that a noisy moment hits both. A row
// prints wall time and the processor time of all processes of the stack, by the kernel's own clock (schedstat), which
// other work on the machine changes little; the ratio is that of the medians of processor time. Words that are searched
// for are drawn from the small company's tickets, so often ones are drawn often.

import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { below } from "./peers.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const SMALL = 1000;
const REQUESTS = 200; // of a row and company
const WARM = 20; // before them, for plans and caches
const SEARCH_MS = 50; // the aim of a search's p99, by the clock
const median = (a) => [...a].sort((x, y) => x - y)[Math.floor(a.length / 2)];
const p99 = (a) => [...a].sort((x, y) => x - y)[Math.ceil(a.length * 0.99) - 1];

/** TICKETS of the words after "growth"; null after saying how to use it. */
export function choose(args) {
  const tickets = args.length ? Number(args[0]) : 1000000;
  if (args.length < 2 && Number.isInteger(tickets) && tickets >= 10000 && tickets <= 5000000) return { tickets };
  console.error("scripts/bench growth [TICKETS, 10000 to 5000000]");
  return null;
}

// --- rows ------------------------------------------------------------------------------------------------

const list = (query) => ({ path: () => `/api/tickets?limit=50${query && `&${query}`}` });
const search = (q, more = "") => ({ path: (c, i) => `/api/tickets?limit=50&q=${encodeURIComponent(q(i))}${more}`, searches: true });
const found = (q) => ({ ...search(() => q), finds: true });
/** Of the nth text of the small company: a word, or two. */
const drawn = {};
const without = (w, i) => w.slice(0, i) + w.slice(i + 1);
const swapped = (w, i) => w.slice(0, i) + w[i + 1] + w[i] + w.slice(i + 2);

const READS = {
  "ticket read": { path: (c, i) => `/api/tickets/${c.ids[i % c.ids.length]}` },
  "list, page 1": list(""),
  "list, page 1,000 (10 of the small)": { path: (c) => `/api/tickets?limit=50&cursor=${c.cursor}` },
  "list of a state": list("state=on_hold"),
  "list of what is open": list("state=open"),
  "list of a person": { path: (c) => `/api/tickets?limit=50&assigneeId=${c.person}` },
  "list of nobody's": list("assigneeId=none"),
  "list of a priority": list("priority=high"),
  "list of a priority that none has": list("priority=urgent"),
  "list of a person and a state": { path: (c) => `/api/tickets?limit=50&state=on_hold&assigneeId=${c.person}` },
  "the same, of a person who has none": list("state=on_hold&assigneeId=me"),
  "list of what is open by number": list("state=open&sort=number"),
  "list of what none is, by number": list("state=waiting&sort=number"),
  "list by number": list("sort=-number"),
  "list by creation": list("sort=-created"),
  "list by priority": list("sort=priority"),
  "list with its exact total": list("total=exact"), // counts all there are
  "/api/me": { path: () => "/api/me" },
  create: { method: "POST", path: () => "/api/tickets", body: () => ({ title: "Boiler leaks", description: "Since this morning." }), status: 201 },
};

const SEARCHES = {
  "search: a word in every other": found("water"),
  "search: a word in one of a hundred": found("greenhouse"),
  "search: the same, open, by priority": { ...list("q=greenhouse&state=open&sort=priority"), searches: true, finds: true },
  "search: a word in one": found("sn-1eef"),
  "search: words as they occur": search((i) => drawn.words[i].one),
  "search: the same by number": search((i) => drawn.words[i].one, "&sort=number"),
  "search: the same, open": search((i) => drawn.words[i].one, "&state=open"),
  "search: fragments of them": search((i) => drawn.words[i].one.slice(1, -1)),
  "search: two words of a ticket": search((i) => `${drawn.words[i].one} ${drawn.words[i].other}`),
  "search: numbers": search((i) => `#${1 + ((i * 7) % SMALL)}`),
  "search: a letter too few": search((i) => without(drawn.words[i].one, 3)),
  "search: two letters exchanged": search((i) => swapped(drawn.words[i].one, 2)),
  "search: three letters": search((i) => drawn.words[i].one.slice(0, 3)),
  "search: nothing": search(() => "kkkkkkkk"),
};

const SHARED = ["ticket read", "list, page 1", "list of what is open", "/api/me", "create"];
const SHARED_SEARCHES = ["search: words as they occur", "search: a letter too few"];
const some = (names) => Object.fromEntries(names.map((n) => [n, READS[n] ?? SEARCHES[n]]));

// --- measuring -------------------------------------------------------------------------------------------

/** Milliseconds of a processor that all threads of these processes have had. */
function processorMs(pids) {
  let ns = 0;
  for (const pid of pids)
    try {
      for (const task of readdirSync(`/proc/${pid}/task`))
        ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // it has ended
    }
  return ns / 1e6;
}

/** For each company {wall: [ms], cpu: [ms], refused} of the same requests, in turn; refused: searches that took too
 * long for the server, as they may on a busy machine. */
async function measure(companies, { method = "GET", path, body, status = 200, finds, searches, times = REQUESTS, as = (c) => c.client }) {
  const pids = companies.map((c) => below(["postgres", "mortised", "nginx-front", "memcached"].map(c.m.servicePid)));
  const results = companies.map(() => ({ wall: [], cpu: [], refused: 0 }));
  for (let i = 0; i < times + WARM; i++)
    for (const [n, c] of companies.entries()) {
      const before = processorMs(pids[n]);
      const began = performance.now();
      const res = await as(c).request(method, path(c, i), { body: body?.(c) });
      const took = performance.now() - began;
      const refused = searches && res.status === 503;
      if (!refused) assert.equal(res.status, status, `${path(c, i)}: ${res.text}`);
      if (finds && !refused) assert.ok(res.body.items.length, `${path(c, i)} finds nothing`);
      if (i < WARM) continue;
      results[n].refused += refused ? 1 : 0;
      results[n].wall.push(took);
      results[n].cpu.push(processorMs(pids[n]) - before);
    }
  return results;
}

export async function compare(a, b, [nameA, nameB], rows) {
  const cells = (r) => [median(r.wall), p99(r.wall), median(r.cpu), p99(r.cpu)].map((x) => x.toFixed(2).padStart(8)).join("");
  console.log(`\n${"".padEnd(38)}${nameA.padStart(32)}${nameB.padStart(32)}`);
  console.log(`${"ms: p50, p99; of a processor p50, p99".padEnd(102)}   ratio`);
  for (const [name, row] of Object.entries(rows)) {
    const [x, y] = await measure([a, b], row);
    const late = row.searches && p99(y.wall) > SEARCH_MS ? `  over ${SEARCH_MS} ms` : "";
    const refused = x.refused + y.refused ? `  refused: ${x.refused}, ${y.refused}` : "";
    console.log(`${name.padEnd(38)}${cells(x)}${cells(y)}${(median(y.cpu) / median(x.cpu)).toFixed(2).padStart(8)}${late}${refused}`);
  }
}

// --- companies -------------------------------------------------------------------------------------------

async function company(m, nth, pages) {
  const client = await m.token("Dispatcher", nth);
  const [[tenant]] = m.psql(`select tenant_id from mortise.users where email = '${client.who.email}'`);
  const rows = (what) => m.psql(`select ${what} from mortise.tickets where tenant_id = ${tenant} and description like '% SN-%' order by number limit 200`).flat();
  const c = { m, client, tenant, ids: rows("id"), person: rows("assignee_id").find(Boolean), cursor: "" };
  for (let i = 0; i < pages / 4; i++)
    c.cursor = (await client.get(`/api/tickets?limit=200${c.cursor && `&cursor=${c.cursor}`}`)).body.nextCursor ?? c.cursor;
  return c;
}

/** A stack with so many companies, in which northwind has so many tickets, and harbor a thousand. */
async function place(startStack, name, companies, tickets) {
  const m = await startStack("", { MORTISE_THROWAWAY: "yes" }, name);
  const began = performance.now();
  m.psql("alter system set autovacuum = off;\nselect pg_reload_conf();", { db: "postgres" });
  m.psql(`\\set large ${tickets}\n\\set tenants ${companies - 3}\n${readFileSync(join(here, "growth/rows.sql"), "utf8")}`);
  console.log(`${companies} companies, one with ${tickets} tickets: made in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return m;
}

function draw(c) {
  const texts = c.m.psql(`select words from mortise.tickets where tenant_id = ${c.tenant} and words like '% sn-%' order by md5(number::text)`);
  const pairs = texts.map(([t]) => [...new Set(t.match(/[a-z]{5,}/g))]).filter((words) => words.length > 4);
  drawn.words = Array.from({ length: REQUESTS + WARM }, (_, i) => {
    const words = pairs[i % pairs.length];
    return { one: words[(i * 7) % words.length], other: words[(i * 7 + 2) % words.length] };
  });
}

/** kit: what scripts/bench has. */
export async function run({ tickets }, { startStack }) {
  // The first is the one that plugins.mjs knows.
  const plugged = await place(startStack, "plugged", 10, SMALL);
  await (await import("./plugins.mjs")).installMany(50, 1);
  const few = await company(await place(startStack, "few", 10, SMALL), 1, 10);
  const many = await place(startStack, "many", 10000, tickets);
  const [small, large, fifty] = [await company(many, 1, 10), await company(many, 0, 1000), await company(plugged, 1, 10)];
  draw(small);
  const count = (n) => n.toLocaleString("en-GB");
  await compare(small, large, [`${count(SMALL)} tickets`, `${count(tickets)} tickets`], { ...READS, ...SEARCHES });
  await compare(few, small, ["10 companies", "10,000 companies"], some([...SHARED, ...SHARED_SEARCHES]));
  await compare(few, fifty, ["no plugin", "50 plugins"], some(SHARED));
}
