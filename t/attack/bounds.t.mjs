#!/usr/bin/env -S node --test-reporter=tap
// A request above a bound is refused with the status of fcgi/README.md's table, with Retry-After for 429 and
// 503, and with the bound's name. Bounds with an attack of their own are checked there.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { configure } from "../lib/conf.mjs";
import { hold, install, login, psql, remove, servicePid, until, varDir } from "../lib/mortise.mjs";
import { eventSource } from "../lib/stream.mjs";

const PLUGINS = ["hostile", "time-clock"];
after(() => remove(...PLUGINS));

const log = () => readFileSync(join(varDir, "log/mortised.log"), "utf8");
const tenantId = (client) => Number(psql(`select id from mortise.tenants where code = '${client.who.tenant}'`)[0][0]);

/** A write that waits for a row of somebody else's. */
async function lockedWrite() {
  const dispatcher = await login("Dispatcher");
  // A bound of half a second may be met by this one, too, when the machine stands still.
  const { id, version } = await until(async () => {
    const res = await dispatcher.post("/api/tickets", { title: "locked" });
    return res.status === 201 && res.body;
  }, 30000, "a ticket", [503, 504]);
  const free = await hold("mortise.tickets");
  try {
    return await dispatcher.patch(`/api/tickets/${id}`, { title: "changed" }, { headers: { "If-Match": `"${version}"` } });
  } finally {
    await free();
  }
}

async function lockedSearch() {
  const dispatcher = await login("Dispatcher");
  const free = await hold("mortise.tickets");
  try {
    return await dispatcher.get("/api/tickets?q=zzz");
  } finally {
    await free();
  }
}

async function csvOut() {
  return (await login("Dispatcher")).get("/api/tickets.csv");
}

async function csvIn() {
  const raw = "title\none\ntwo\nthree\n";
  return (await login("Dispatcher")).request("POST", "/api/tickets.csv", { raw, headers: { "Content-Type": "text/csv" } });
}

async function pluginHangs() {
  await install("hostile");
  return (await login("Technician")).get("/api/plugins/hostile/endless", { deadline: 30000 });
}

/** Work entries of a company, written past the plugin; answers its next clock-in or -out that is refused. */
async function fullTables() {
  await install("time-clock");
  const ann = await login("Technician");
  const ticketId = (await ann.get("/api/tickets?limit=1")).body.items[0].id;
  psql(`insert into x_time_clock.time_clock_entries (tenant_id, id, technician_id, technician_name, ticket_id, ticket_number,
      clock_in, clock_out, clocked_in_by)
    select ${tenantId(ann)}, gen_random_uuid(), gen_random_uuid(), repeat('x', 200), gen_random_uuid(), 1, now(), now(), gen_random_uuid()
    from generate_series(1, 10000)`);
  const steps = [() => ann.post("/api/plugins/time-clock/clock-in", { ticketId }), () => ann.post("/api/plugins/time-clock/clock-out", {})];
  return until(async () => {
    for (const step of steps) {
      const res = await step();
      if (res.status === 503) return res;
    }
    return null;
  }, 60000, "the guard has measured");
}

/** With its time clock full a company reads and deletes, and others write. */
async function othersWrite() {
  const lucia = await login("Technician", 1);
  await install("time-clock", 1);
  const ticketId = (await lucia.get("/api/tickets?limit=1")).body.items[0].id;
  const there = await lucia.post("/api/plugins/time-clock/clock-in", { ticketId });
  assert.equal(there.status, 201, there.text);
  await lucia.post("/api/plugins/time-clock/clock-out", {});
  assert.equal((await (await login("Technician")).get("/api/plugins/time-clock/status/me")).status < 500, true);
}

/** Another text for a file of the front nginx; resolves when its workers, who have closed idle connections, leave. */
async function configureFront(file, text) {
  const pid = servicePid("nginx-front");
  const workers = () => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const old = workers();
  writeFileSync(file, text);
  process.kill(pid, "SIGHUP");
  const stays = (worker) => old.includes(worker) && !readFileSync(`/proc/${worker}/cmdline`, "utf8").includes("shutting down");
  await until(() => workers().some((w) => !old.includes(w)) && !workers().some(stays), 30000, "nginx has read its files again", [/ENOENT/]);
}

/** nginx counts streams: its file has the number in it. */
async function tooManyStreams() {
  const file = join(varDir, "etc/nginx/snippets/events.conf");
  const was = readFileSync(file, "utf8");
  const people = [await login("Admin"), await login("Dispatcher"), await login("Technician")];
  const stranger = await login("Technician", 1);
  const open = [];
  await configureFront(file, was.replace(/limit_conn mt_events_tenant \d+/, "limit_conn mt_events_tenant 2"));
  try {
    const refused = await until(async () => {
      const one = await eventSource("/events", people[open.length % 3].headers);
      if (!one.stream) return one;
      open.push(one.stream);
      return null;
    }, 30000, "a stream too many");
    const other = await eventSource("/events", stranger.headers);
    assert.ok(other.stream, `another company listens: ${other.status} ${other.body}`);
    other.stream.close();
    return { ...refused, text: refused.body, body: JSON.parse(refused.body) };
  } finally {
    for (const stream of open) stream.close();
    await configureFront(file, was);
  }
}

const BOUNDS = [
  { bound: "events_streams_per_tenant", status: 429, meet: tooManyStreams },
  { bound: "lock_timeout_ms", value: 400, status: 503, meet: lockedWrite },
  { bound: "search_timeout_ms", value: 100, status: 503, meet: lockedSearch },
  { bound: "csv_export_rows", value: 1, status: 413, meet: csvOut },
  { bound: "csv_import_rows", value: 2, status: 413, meet: csvIn },
  { bound: "api_deadline_ms", value: 500, status: 504, meet: lockedWrite },
  { bound: "plugin_deadline_ms", value: 1500, status: 504, meet: pluginHangs },
  { bound: "plugin_tenant_tables_mb", value: 1, status: 503, meet: fullTables, then: othersWrite },
  { bound: "plugin_tables_mb", value: 1, status: 503, meet: fullTables },
];

for (const { bound, value, status, meet, then } of BOUNDS)
  test(`${bound}: ${status} by its name`, { timeout: 120000 }, async (t) => {
    await remove(...PLUGINS);
    if (value) t.after(await configure({ [bound]: value }));
    const from = log().length;
    const res = await meet();
    assert.equal(res.status, status, res.text);
    assert.match(res.headers["content-type"], /^application\/problem\+json/);
    if ([429, 503].includes(status)) assert.ok(Number(res.headers["retry-after"]) > 0, "Retry-After");
    if (!res.text.includes(bound)) await until(() => log().slice(from).includes(bound), 30000, "the log names it");
    await then?.();
  });
