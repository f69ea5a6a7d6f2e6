// scripts/bench services [ROUNDS]: what the services of plugins cost. Values by key beside a statement of the plugin's
// own, a call to another server beside curl's, how soon a job and an event reach their function.
//
// One client asks one thing after the other; rounds go over all rows in turn. A row's figure is the median of the rounds'
// medians. The time until a job begins is the database's: from the commit's row to the worker that took it.

import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";

const CALLS = 50;
const FEW = 20;

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** ROUNDS of the words after "services"; null after saying how to use it. */
export function choose(args) {
  const rounds = args.length ? Number(args[0]) : 5;
  if (args.length < 2 && Number.isInteger(rounds) && rounds >= 1 && rounds <= 50) return rounds;
  console.error("scripts/bench services [ROUNDS]");
  return null;
}

async function timed(n, ask) {
  const list = [];
  for (let i = 0; i < n; i++) {
    const began = performance.now();
    const res = await ask(i);
    if (res && res.status >= 300) throw new Error(`${res.status} ${res.text}`);
    list.push(performance.now() - began);
  }
  return median(list);
}

/** What curl says of its own time, with the connection that a call of the broker makes, too. */
async function curl(url, n) {
  const loop = `for i in $(seq ${n}); do curl -s -o /dev/null -w '%{time_total}\\n' "$0"; done`;
  const { stdout } = await promisify(execFile)("sh", ["-c", loop, url], { timeout: 60000 });
  return median(stdout.trim().split("\n").map((s) => Number(s) * 1000));
}

/** Milliseconds until items of the queue were taken, when each came alone. */
async function begun(m, name, ask) {
  const from = m.psql("select coalesce(max(id), 0) from mortise.plugin_work")[0][0];
  for (let i = 0; i < FEW; i++) {
    await ask(i);
    await m.until(() => m.psql(`select count(*) from mortise.plugin_work where id > ${from} and name = '${name}' and state = 'done'`)[0][0] === String(i + 1), 20000, `${name} ran`);
  }
  const rows = m.psql(`select extract(epoch from started_at - created_at) * 1000, extract(epoch from ended_at - created_at) * 1000
    from mortise.plugin_work where id > ${from} and name = '${name}'`);
  return { taken: median(rows.map((r) => Number(r[0]))), ended: median(rows.map((r) => Number(r[1]))) };
}

function rowsOf(m, c) {
  const keeper = (body) => () => c.tech.post("/api/plugins/keeper/do", body);
  const batch = Array.from({ length: 50 }, (_, i) => ({ key: `b${i}`, value: { n: i } }));
  let version = 0;
  return {
    "a statement of the plugin's own": () => timed(CALLS, keeper({ op: "sql", text: "select 1 as n" })),
    "storage: get": () => timed(CALLS, keeper({ op: "get", key: "k" })),
    "storage: set": () => timed(CALLS, keeper({ op: "set", key: "k", value: { n: 1 } })),
    "storage: compare and set": () =>
      timed(CALLS, async () => {
        const res = await c.tech.post("/api/plugins/keeper/do", { op: "set", key: "cas", value: 1, version });
        version = res.body.got;
        return res;
      }),
    "storage: 50 set at once": () => timed(FEW, keeper({ op: "set_many", value: batch })),
    "storage: 50 read at once": () => timed(FEW, keeper({ op: "get_many", keys: batch.map((b) => b.key) })),
    "a route of the plugin that calls nobody": () => timed(CALLS, () => c.tech.get("/api/plugins/caller/show")),
    "a call to another server": () => timed(CALLS, () => c.tech.post("/api/plugins/caller/call", { url: c.server })),
    "the same by curl": () => curl(c.server, CALLS),
    "a route that starts a job": () => timed(FEW, () => c.admin.post("/api/plugins/worker/start", { name: "note", args: {} })),
  };
}

/** From a ticket to the server of a webhook: one by one, and a burst of them to one and to four. */
async function webhooks(m, c) {
  await c.admin.post("/api/webhooks", { name: "Bench", url: `${c.server}hook`, events: ["TicketCreated"] });
  const sent = async (n) => {
    const mine = `mortise.webhook_deliveries where webhook_id in (select id from mortise.webhooks where name = 'Bench')`;
    await m.until(() => Number(m.psql(`select count(*) from ${mine} and state = 'delivered'`)[0][0]) === n, 120000, "all are delivered");
    const [row] = m.psql(`select percentile_cont(0.5) within group (order by extract(epoch from tried_at - at) * 1000),
      percentile_cont(0.5) within group (order by ms), count(*) / extract(epoch from max(ended_at) - min(tried_at)) from ${mine}`);
    m.psql(`delete from ${mine}`);
    return row.map(Number);
  };
  const burst = (n) => Promise.all(Array.from({ length: n }, (_, i) => c.admin.post("/api/tickets", { title: `Bench ${i}` })));
  const each = [];
  for (let i = 0; i < 20; i++) {
    await burst(1);
    each.push(await sent(1));
  }
  console.log(`webhook: from its row to its request ${median(each.map(([taken]) => taken)).toFixed(1)} ms, answered and written down in ${median(each.map(([, ms]) => ms)).toFixed(1)} ms`);
  await burst(100);
  console.log(`webhook: 100 at once to one server ${(await sent(100))[2].toFixed(0)} a second`);
  for (let i = 0; i < 3; i++) await c.admin.post("/api/webhooks", { name: "Bench", url: `${c.server}hook`, events: ["TicketCreated"] });
  await burst(100);
  console.log(`webhook: 400 at once to four ${(await sent(400))[2].toFixed(0)} a second`);
  m.psql("delete from mortise.webhooks where name = 'Bench'");
}

export async function run(m, conf, rounds) {
  const server = createServer((q, s) => s.end("ok"));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const c = { server: `http://127.0.0.1:${server.address().port}/` };
  const allow = `127.0.0.1:${server.address().port}`;
  const back = await conf.configure({ plugin_fetch_allow: allow, webhook_allow: allow });
  for (const key of ["keeper", "worker", "live", "caller"]) {
    const made = await m.install(key);
    if (key === "caller")
      await made.admin.put(`/api/plugins/installations/${made.installation.id}/configuration`, { values: { server: c.server.slice(0, -1), api_key: "key", other: "other" } });
  }
  [c.admin, c.tech] = [await m.login("Admin"), await m.login("Technician")];
  const rows = rowsOf(m, c);
  const ms = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  for (let i = 0; i <= rounds; i++)
    for (const [name, row] of Object.entries(rows)) {
      const one = await row();
      if (i) ms[name].push(one); // the first round warms up
    }
  const base = median(ms["a statement of the plugin's own"]);
  for (const [name, list] of Object.entries(ms)) console.log(`${name.padEnd(42)} ${median(list).toFixed(2).padStart(8)} ms  ${(median(list) / base).toFixed(2).padStart(6)}`);
  await m.until(() => m.psql("select count(*) from mortise.plugin_work where state in ('due', 'running')")[0][0] === "0", 60000, "nothing waits");
  const job = await begun(m, "note", () => c.admin.post("/api/plugins/worker/start", { name: "note", args: {} }));
  const event = await begun(m, "TicketCreated", (i) => c.admin.post("/api/tickets", { title: `Bench ${i}` }));
  for (const [name, x] of [["job", job], ["event of a ticket", event]])
    console.log(`${name}: from its row to its function ${x.taken.toFixed(1)} ms, to its end ${x.ended.toFixed(1)} ms`);
  await webhooks(m, c);
  await back();
  server.closeAllConnections();
  server.close();
}
