#!/usr/bin/env -S node --test-reporter=tap
// What an administrator changes about the company: its name and the time zone of its days.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { anonymous, login, psql } from "../lib/mortise.mjs";

const isProblem = (res, status) => assert.equal(res.status, status, res.text);
const admin = await login("Admin");
const tech = await login("Technician");
const other = await login("Admin", 1);
const before = (await admin.get("/api/company")).body;
const others = (await other.get("/api/company")).body;

after(() => admin.patch("/api/company", before));

test("everybody of a company sees it, its administrators change it", async () => {
  isProblem(await anonymous.get("/api/company"), 401);
  assert.deepEqual((await tech.get("/api/company")).body, before);
  isProblem(await tech.patch("/api/company", { name: "Mine" }), 403);
  assert.deepEqual(Object.keys(before), ["name", "timeZone", "notificationDays"]);
});

test("a change is everybody's at once, and nobody else's", async () => {
  const changed = { name: "Nördliche Wärme", timeZone: "Europe/Berlin", notificationDays: 30 };
  const res = await admin.patch("/api/company", changed);
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body, changed);
  const me = (await tech.get("/api/me")).body;
  assert.deepEqual([me.tenantName, me.timeZone], [changed.name, changed.timeZone]);
  assert.deepEqual((await other.get("/api/company")).body, others);
  const [[type, zone]] = psql(`select type, payload->>'timeZone' from mortise.events
    where channel = 't.${admin.who.tenantId}' and type = 'TenantUpdated' order by seq desc limit 1`);
  assert.deepEqual([type, zone], ["TenantUpdated", "Europe/Berlin"]);
  const named = await admin.patch("/api/company", { name: "Northern Heat" });
  assert.deepEqual(named.body, { name: "Northern Heat", timeZone: "Europe/Berlin", notificationDays: 30 }, "what isn't sent stays");
});

// PostgreSQL takes some of these for a zone; a browser doesn't.
for (const timeZone of ["Nowhere/Here", "Etc/Foo+5", "EST5EDT,M3.2.0,M11.1.0", "+02:00", "posix/Europe/Berlin", "europe/berlin", "<+02>-2"])
  test(`${timeZone} is no time zone`, async () => {
    const res = await admin.patch("/api/company", { timeZone });
    isProblem(res, 422);
    assert.deepEqual(res.body.errors.map((e) => e.pointer), ["/timeZone"]);
  });

test("a name has letters, and an end", async () => {
  for (const name of ["", "  ", "x".repeat(121), null]) isProblem(await admin.patch("/api/company", { name }), 422);
});
