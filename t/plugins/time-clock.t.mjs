#!/usr/bin/env -S node --test-reporter=tap
// Time Clock from end to end: its routes, its one rule, its report, its permissions.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { install, login, psql, remove } from "../lib/mortise.mjs";

const at = (path) => "/api/plugins/time-clock" + path;
let admin, dispatcher, ann, bob, foreign, installation, first, second, theirs;

before(async () => {
  await remove("time-clock");
  ({ admin, installation } = await install("time-clock"));
  dispatcher = await login("Dispatcher");
  [ann, bob, foreign] = [await login("Technician", 0, 0), await login("Technician", 0, 1), await login("Technician", 1)];
  [first, second] = (await ann.get("/api/tickets?limit=2")).body.items;
  [theirs] = (await foreign.get("/api/tickets?limit=1")).body.items;
});
after(() => remove("time-clock"));

const problem = (res, code, detail) => {
  assert.equal(res.status, code, res.text);
  assert.match(res.headers["content-type"], /application\/problem\+json/);
  assert.match(res.body.detail, detail);
};

test("at first nobody is clocked in", async () => {
  const res = await ann.get(at(`/status/${ann.who.id}?ticketId=${first.id}`));
  assert.deepEqual(res.body, {
    technicianId: ann.who.id,
    technicianName: ann.who.name,
    isClockedIn: false,
    activeEntry: null,
    ticketHours: 0,
    todayHours: 0,
  });
});

test("of ten clock-ins at once one succeeds, nine name its ticket", async () => {
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, i) => ann.post(at("/clock-in"), { ticketId: i % 2 ? first.id : second.id })),
  );
  const made = all.filter((r) => r.status === 201);
  assert.equal(made.length, 1, all.map((r) => r.status).join(" "));
  for (const r of all.filter((x) => x !== made[0])) problem(r, 409, /clocked in on ticket #\d+|clocking in elsewhere/);
  assert.equal(made[0].body.status, "active");
  assert.equal(made[0].body.clockOutTime, null);
  const status = (await ann.get(at(`/status/me?ticketId=${made[0].body.ticketId}`))).body;
  assert.equal(status.isClockedIn, true);
  assert.equal(status.activeEntry.id, made[0].body.id);
  assert.equal((await ann.post(at("/clock-out"), {})).status, 200);
  problem(await ann.post(at("/clock-out"), {}), 409, /not clocked in/);
});

test("clocked in there is not clocked in here", async () => {
  assert.equal((await ann.post(at("/clock-in"), { ticketId: first.id, technicianId: ann.who.id })).status, 201);
  const there = (await ann.get(at(`/status/me?ticketId=${second.id}`))).body;
  assert.equal(there.isClockedIn, false);
  assert.equal(there.activeEntry.ticketNumber, first.number);
  assert.equal((await ann.get(at("/status/me"))).body.isClockedIn, true);
  problem(await ann.post(at("/clock-out"), { ticketId: second.id }), 409, new RegExp(`on ticket #${first.number}, not`));
  const out = await ann.post(at("/clock-out"), { ticketId: first.id });
  assert.equal(out.body.status, "completed");
  assert.ok(out.body.clockOutTime >= out.body.clockInTime);
});

test("a technician clocks nobody else, a dispatcher does, and the other is notified", async () => {
  problem(await ann.post(at("/clock-in"), { ticketId: first.id, technicianId: bob.who.id }), 403, /only for yourself/);
  const res = await dispatcher.post(at("/clock-in"), { ticketId: first.id, technicianId: bob.who.id });
  assert.equal(res.status, 201);
  assert.equal(res.body.technicianName, bob.who.name);
  const sent = psql(
    `SELECT payload->>'title', payload->>'pluginKey', payload->>'fromUserName' FROM mortise.events
     WHERE channel = 'u.${bob.who.id}' ORDER BY seq DESC LIMIT 1`,
  );
  assert.deepEqual(sent, [["Clocked in", "time-clock", dispatcher.who.name]]);
  assert.equal((await bob.post(at("/clock-out"), {})).status, 200);
});

test("tickets and people must exist, in this tenant", async () => {
  for (const ticketId of [randomUUID(), theirs.id]) {
    problem(await ann.post(at("/clock-in"), { ticketId }), 404, /no such ticket/);
    problem(await ann.get(at(`/ticket-summary/${ticketId}`)), 404, /no such ticket/);
  }
  for (const technicianId of [randomUUID(), foreign.who.id]) {
    problem(await dispatcher.post(at("/clock-in"), { ticketId: first.id, technicianId }), 404, /no such technician/);
    problem(await ann.get(at(`/status/${technicianId}`)), 404, /no such technician/);
  }
  problem(await ann.get(at("/status/1%20OR%201=1")), 404, /no such technician/);
});

test("every wrong field is named", async () => {
  const res = await ann.post(at("/clock-in"), { technicianId: 7, hours: 3 });
  assert.equal(res.status, 422);
  assert.deepEqual(res.body.errors.map((e) => e.pointer).sort(), ["/hours", "/technicianId", "/ticketId"]);
  const days = await ann.get(at("/report?from=2026-02-30&to=yesterday"));
  assert.equal(days.status, 422);
  assert.deepEqual(days.body.errors.map((e) => e.pointer).sort(), ["?from", "?to"]);
});

test("hours add up in summary and report", async () => {
  psql(`UPDATE x_time_clock.time_clock_entries SET clock_in = now() - interval '90 minutes', clock_out = now()
    WHERE technician_id = '${bob.who.id}'`);
  const summary = (await ann.get(at(`/ticket-summary/${first.id}`))).body;
  assert.equal(summary.ticketNumber, first.number);
  assert.equal(summary.activeCount, 0);
  assert.equal(summary.technicians.find((t) => t.technicianId === bob.who.id).totalHours, 1.5);
  assert.ok(summary.totalHours >= 1.5);
  assert.ok(summary.entries.length >= 2);

  const all = (await admin.get(at("/report"))).body;
  assert.equal(all.summary.technicians, 2);
  assert.ok(all.summary.totalHours >= 1.5);
  assert.deepEqual(all.charts.map((c) => c.id), ["hours-by-technician", "hours-by-day", "hours-by-ticket"]);
  assert.deepEqual(all.charts[0].data[0], { label: bob.who.name, value: 1.5 });
  assert.equal(all.charts[1].data.length, 30);
  const own = (await bob.get(at("/report"))).body;
  assert.equal(own.summary.technicians, 1);
  assert.equal(own.summary.totalHours, 1.5);
  const past = (await admin.get(at("/report?from=2020-01-01&to=2020-01-31"))).body;
  assert.deepEqual([past.summary.totalEntries, past.charts[1].data.length], [0, 31]);
});

test("a day is the company's, also when its clocks change", async (t) => {
  const { timeZone } = (await admin.get("/api/company")).body;
  t.after(() => admin.patch("/api/company", { timeZone }));
  assert.equal((await admin.patch("/api/company", { timeZone: "Europe/Berlin" })).status, 200);
  // In Berlin 28 March 23:30, 29 March 0:30, and after an hour was left out 29 March 23:30, 30 March 0:30.
  const entries = [["2026-03-28T22:30Z", 1], ["2026-03-28T23:30Z", 2], ["2026-03-29T21:30Z", 4], ["2026-03-29T22:30Z", 8]];
  psql(`INSERT INTO x_time_clock.time_clock_entries (tenant_id, id, technician_id, technician_name, ticket_id, ticket_number, clock_in, clock_out, clocked_in_by)
    SELECT ${bob.who.tenantId}, gen_random_uuid(), '${bob.who.id}', 'Bob', '${first.id}', ${first.number}, t::timestamptz, t::timestamptz + h * interval '1 hour', '${bob.who.id}'
    FROM (VALUES ${entries.map(([at, h]) => `('${at}', ${h})`).join()}) v (t, h)`);
  const { summary } = (await admin.get(at("/report?from=2026-03-29&to=2026-03-29"))).body;
  assert.equal(summary.totalHours, 6);
  const { charts } = (await admin.get(at("/report?from=2026-03-28&to=2026-03-30"))).body;
  assert.deepEqual(charts[1].data.map((d) => d.value), [1, 6, 8]);
});

test("disabling closes what is open", async () => {
  assert.equal((await ann.post(at("/clock-in"), { ticketId: first.id })).status, 201);
  assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/disable`, {})).status, 200);
  assert.equal(psql("SELECT count(*) FROM x_time_clock.time_clock_entries WHERE clock_out IS NULL")[0][0], "0");
  problem(await ann.get(at("/status/me")), 403, /plugin is disabled/);
  assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/enable`, {})).status, 200);
  assert.equal((await ann.get(at("/status/me"))).body.isClockedIn, false);
});
