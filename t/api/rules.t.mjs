#!/usr/bin/env -S node --test-reporter=tap
// Rules that both C and the database check are the same: one checks people's input, the other plugins' changes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { login, psql } from "../lib/mortise.mjs";

const dispatcher = await login("Dispatcher");
const admin = await login("Admin");

const notification = (fields) => ({ title: "T", message: "M", ...fields });
const long = (n, c = "x") => c.repeat(n);
const NOTIFICATIONS = [
  {},
  { title: long(120) }, { title: long(121) }, { title: long(120, "ü") }, { title: "" },
  { message: long(1000) }, { message: long(1001) }, { message: "" },
  { icon: long(16) }, { icon: long(17) },
  { priority: "low" }, { priority: "normal" }, { priority: "high" }, { priority: "urgent" }, { priority: "" },
  { url: null },
  ...["/", "/tab/Tickets", "/a?b=c#d", "//example.com", "/\\example.com", "/a b", "/a\u2003b", "tab", "",
    "https://example.com", "https://", "https:///x", "http://example.com", "http:///x", "ftp://example.com",
    "javascript:alert(1)", "/" + long(499), "/" + long(500), "https://e.example/" + long(482), "https://e.example/" + long(483),
  ].map((url) => ({ url })),
];

for (const fields of NOTIFICATIONS) {
  const payload = notification(fields);
  test(`a notification with ${JSON.stringify(fields).slice(0, 60)}`, async () => {
    const res = await dispatcher.post("/api/notifications/user", { targetUserId: dispatcher.who.id, ...payload });
    let refused = "";
    try {
      psql(`select mortise.notification($json$${JSON.stringify(payload)}$json$)`);
    } catch (e) {
      refused = e.stderr.toString();
      assert.match(refused, /ERROR: {2}notice-(title|message|icon|priority|url)\b/);
    }
    assert.equal(res.status, refused ? 422 : 200, `${res.text} ${refused}`);
  });
}

test("the roles of people", async () => {
  const { body } = await admin.get("/api/roles");
  const names = psql("select unnest(mortise.role_names())").map(([r]) => r);
  assert.deepEqual(body.items.filter((r) => r.builtIn).map((r) => r.role), names);
});

test("the core's permissions", async () => {
  const c = readFileSync(new URL("../../fcgi/base/perm.c", import.meta.url), "utf8").split("perm_services")[0];
  const known = [...c.matchAll(/^\t\{"([a-z]+:[a-z:]+)", (true|false), /gm)].map((m) => [m[1], m[2]]);
  assert.deepEqual(psql("select name, roles = '{}' from mortise.core_permissions() order by place").map(([n, s]) => [n, s === "t" ? "true" : "false"]), known);
});

test("times as the API writes them", async () => {
  const { body } = await admin.get("/api/tickets?limit=1");
  const [t] = body.items;
  assert.equal(t.createdAt, psql(`select mortise.iso(created_at) from mortise.tickets where id = '${t.id}'`)[0][0]);
  assert.equal(psql("select mortise.iso(to_timestamp(1793088930.123))")[0][0], new Date(1793088930123).toISOString());
});
