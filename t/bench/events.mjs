// The rows of scripts/bench peers that are about events: from sending a ticket to its event at subscribers.
//
// Who receives is a program in C of its own process (streams.c), as 10,000 streams would cost Node more than what
// is measured. Times mean little on a machine with other work; the processor time of an event doesn't depend on it.

import assert from "node:assert";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// Events: how many subscribers there are.
export const EVENTS = { "event-1": 1, "event-1000": 1000, "event-10000": 10000 };
// Mortise alone: one company's events while another publishes as many as it may.
export const OTHERS = "event-others";
const TIMES = 10; // events of a figure
const TIME_MS = 30000; // for all subscribers of one
const median = (a) => [...a].sort((x, y) => x - y)[Math.floor(a.length / 2)];
const ms = (began) => Number(process.hrtime.bigint() - began) / 1e6;
const pause = (n) => new Promise((r) => setTimeout(r, n));

export function buildStreams({ sh, work }) {
  const source = join(dirname(fileURLToPath(import.meta.url)), "streams.c");
  sh("gcc", ["-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-o", join(work, "streams"), source]);
}

/** n open streams of somebody. */
async function openStreams({ work }, base, auth, n) {
  // A front lets an address have 200 streams: every hundred come from one of their own.
  const child = spawn(join(work, "streams"), [new URL(base).port, String(n), "100"], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    assert(!done, "the streams have ended");
    return value;
  };
  child.stdin.write(`GET /events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\nAuthorization: ${auth}\r\n\r\n`);
  assert.equal(await line(), `open ${n}`);
  return {
    /** Sends by send(title) what all have to receive: milliseconds until the first and the last had it, and the moment
     * of the last by the database's clock, in microseconds. */
    async heard(send) {
      const title = `Event ${randomUUID()}`;
      child.stdin.write(`${title}\n`);
      assert.equal(await line(), "ready");
      const began = process.hrtime.bigint();
      const late = setTimeout(() => child.kill(), TIME_MS);
      const [times] = await Promise.all([line(), send(title)]);
      clearTimeout(late);
      const [first, last] = times.split(" ").slice(1);
      const ago = process.hrtime.bigint() - BigInt(last);
      const at = (performance.timeOrigin + performance.now()) * 1e3 - Number(ago) / 1e3;
      return { title, first: Number(BigInt(first) - began) / 1e6, last: Number(BigInt(last) - began) / 1e6, at };
    },
    close: () => child.kill(),
  };
}

const sender = (m, base, auth) => async (title) => {
  const res = await m.http("POST", "/api/tickets", { base, headers: { Authorization: auth }, body: { title } });
  assert.equal(res.status, 201, res.text);
};

/** PostgreSQL records when what was committed; it has to be restarted for that. */
export async function keepCommitTimes(m) {
  m.psql("alter system set track_commit_timestamp = on", { db: "postgres" });
  m.service("stop", "postgres");
  m.service("start", "postgres");
  await m.until(async () => (await m.anonymous.get("/api/health")).status === 200, 20000, "the database is back", m.AWAY);
}

/** When the transaction that made this ticket was committed, in microseconds (track_commit_timestamp). */
function committed(m, { db }, title) {
  const tickets = `${db === "mortise" ? "mortise" : "public"}.tickets`;
  const [[at]] = m.psql(`select extract(epoch from pg_xact_commit_timestamp(xmin)) * 1e6 from ${tickets} where title = '${title}'`, { db });
  return Number(at);
}

/** {first, last, commit, cpu: {kind: ms}} of an event at n subscribers; commit: the last, since it was committed; spent():
 * 10 ms of processor time by kind. */
export async function event(m, kit, system, n, { ticks, spent }) {
  const streams = await openStreams(kit, system.base, system.auth.writer, n);
  try {
    const times = [];
    const before = ticks(system);
    for (let i = 0; i < TIMES; i++) times.push(await streams.heard(sender(m, system.base, system.auth.writer)));
    const cpu = Object.fromEntries(Object.entries(spent(before, ticks(system))).map(([k, n]) => [k, (n * 10) / TIMES]));
    const commit = median(times.map((t) => (t.at - committed(m, system, t.title)) / 1e3));
    return { first: median(times.map((t) => t.first)), last: median(times.map((t) => t.last)), commit, cpu };
  } finally {
    streams.close();
  }
}

/** {quiet, busy, sent}: a company's event at its one subscriber, alone and while another publishes to a thousand. */
export async function others(m, kit, system) {
  const loud = await m.token("Dispatcher", 0);
  const many = await openStreams(kit, m.url, loud.headers.Authorization, 1000);
  const one = await openStreams(kit, m.url, system.auth.writer, 1);
  const figure = async () => {
    const times = [];
    for (let i = 0; i < 5 * TIMES; i++) {
      times.push((await one.heard(sender(m, m.url, system.auth.writer))).last);
      await pause(20);
    }
    return times;
  };
  try {
    const quiet = await figure();
    const began = process.hrtime.bigint();
    let going = true;
    let sent = 0;
    const flood = (async () => {
      for (const send = sender(m, m.url, loud.headers.Authorization); going; sent++) {
        await send(`Loud ${randomUUID()}`);
        await pause(Math.max(0, 8 * sent - ms(began)));
      }
    })();
    const busy = await figure();
    going = false;
    await flood;
    return { quiet, busy, sent: sent / (ms(began) / 1000) };
  } finally {
    many.close();
    one.close();
  }
}

/** For 10,000 streams both nginx need more connections than they have by default. */
export async function widen(m, systems) {
  for (const [file, name] of [
    ["events", "nginx-events"],
    ["front", "nginx-front"],
  ]) {
    const path = join(m.varDir, `etc/nginx/${file}.conf`);
    writeFileSync(path, readFileSync(path, "utf8").replace(/(worker_connections|worker_rlimit_nofile) \d+/g, "$1 30000"));
    m.service("stop", name);
    m.service("start", name);
  }
  systems.mortise.roots.nginx = [m.servicePid("nginx-front"), m.servicePid("nginx-events")];
}

export function printEvents(events, names) {
  if (!Object.keys(events).length) return;
  console.log("\nfrom sending a ticket to its event at   first, ms   last, ms   last since COMMIT   processor time of an event, ms");
  for (const [key, systems] of Object.entries(events))
    for (const [name, times] of Object.entries(systems)) {
      const of = (what) => median(times.map(what)).toFixed(1);
      const cpu = Object.keys(times[0].cpu).map((k) => `${k} ${of((t) => t.cpu[k] ?? 0)}`);
      console.log(
        `${String(EVENTS[key]).padStart(6)} subscribers, ${names[name].padEnd(18)}${of((t) => t.first).padStart(11)}${of((t) => t.last).padStart(11)}${of((t) => t.commit).padStart(20)}   ${cpu.join(", ")}`,
      );
    }
}

export function printOthers(rounds) {
  if (!rounds.length) return;
  const p95 = (a) => [...a].sort((x, y) => x - y)[Math.floor(a.length * 0.95)];
  const of = (what) => median(rounds.map(what));
  console.log(
    `\na company's event at its one subscriber, ms: p50 ${of((r) => median(r.quiet)).toFixed(1)}, p95 ${of((r) => p95(r.quiet)).toFixed(1)}; ` +
      `while another raises ${of((r) => r.sent).toFixed(0)} a second for 1,000 subscribers: ` +
      `p50 ${of((r) => median(r.busy)).toFixed(1)}, p95 ${of((r) => p95(r.busy)).toFixed(1)} ` +
      `(${of((r) => median(r.busy) / median(r.quiet)).toFixed(1)} and ${of((r) => p95(r.busy) / p95(r.quiet)).toFixed(1)} times)`,
  );
}
