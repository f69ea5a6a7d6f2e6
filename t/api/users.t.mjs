#!/usr/bin/env -S node --test-reporter=tap
// The people of a company.
import assert from "node:assert/strict";
import { test } from "node:test";

import { account, accounts, login } from "../lib/mortise.mjs";

const tech = await login("Technician");
const emails = (res) => res.body.items.map((u) => u.email);

test("everybody of the own company, by name", async () => {
  const res = await tech.get("/api/users");
  assert.equal(res.status, 200);
  const own = accounts().filter((a) => a.tenant === account("Technician").tenant).map((a) => a.email);
  for (const e of own) assert.ok(emails(res).includes(e), e);
  for (const a of accounts().filter((x) => x.tenant !== account("Technician").tenant)) assert.ok(!emails(res).includes(a.email));
  for (const u of res.body.items) assert.deepEqual(Object.keys(u), ["id", "name", "email", "phone", "roles", "active", "pending", "version"]);
  const names = res.body.items.map((u) => u.name.toLowerCase());
  assert.deepEqual(names, [...names].sort());
});

test("by role", async () => {
  const res = await tech.get("/api/users?role=Technician");
  assert.ok(res.body.items.length >= 2);
  for (const u of res.body.items) assert.ok(u.roles.includes("Technician"));
  assert.deepEqual((await tech.get("/api/users?role=King")).body.items, []);
});

test("by a part of name or address", async () => {
  const mine = (await tech.get("/api/me")).body;
  assert.ok(emails(await tech.get(`/api/users?q=${encodeURIComponent(mine.name.slice(1).toUpperCase())}`)).includes(mine.email));
  assert.deepEqual(emails(await tech.get(`/api/users?q=${encodeURIComponent(mine.email)}`)), [mine.email]);
  assert.deepEqual(emails(await tech.get("/api/users?q=%25_%25")), []);
});

test("no password hash comes out", async () => {
  assert.doesNotMatch((await tech.get("/api/users")).text, /argon|hash/i);
});
