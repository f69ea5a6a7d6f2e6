#!/usr/bin/env -S node --test-reporter=tap
// Which processes of a plugin serve whom: the system administration sees all, a company its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { anonymous, install, login, remove, status, tenants, until } from "../lib/mortise.mjs";

const KEY = "hostile";
const call = async (client) => assert.equal((await client.get(`/api/plugins/${KEY}/ok`)).status, 200);
let own = [], admins = [], people = [], sys;

before(async () => {
  await remove(KEY);
  for (const tenant of [0, 1]) {
    const made = await install(KEY, tenant);
    own.push(`/api/plugins/installations/${made.installation.id}/guests`);
    admins.push(made.admin);
    people.push(await login("Technician", tenant));
  }
  sys = await login("SystemAdmin");
});
after(() => remove(KEY));

const all = () => sys.get(`/api/plugins/overview/${KEY}/guests`);
const known = () => status().pools.filter((p) => p.name.startsWith(`${KEY}@`)).flatMap((p) => p.workers);

test("before the first call the list has no guest that serves somebody", async () => {
  const res = await all();
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body.items.filter((g) => g.company), []);
});

test("the system administration sees each company's guests, with their hosts and what is in force", async () => {
  await call(people[0]);
  await call(people[1]);
  await call(people[1]);
  const { items } = (await all()).body;
  for (const code of tenants()) {
    const mine = items.filter((g) => g.company?.code === code);
    assert.ok(mine.length > 0, `${code}: ${JSON.stringify(items)}`);
    for (const g of mine) {
      const host = known().find((w) => w.pid === g.host);
      assert.ok(host?.guests.some((x) => x.pid === g.pid), `the master knows ${g.pid} at ${g.host}`);
      assert.equal(g.isolation, "tenant");
      assert.equal(typeof g.version, "string");
      assert.ok(g.requests > 0 && g.idleSeconds >= 0 && g.rssKb > 0, JSON.stringify(g));
      assert.match(g.sandbox, /^seccomp landlock-\d/);
    }
  }
  const pids = items.map((g) => g.pid);
  assert.equal(new Set(pids).size, pids.length);
});

test("a company's admin sees that company's guests and nobody else's", async () => {
  await call(people[0]);
  await call(people[1]);
  const everybody = (await all()).body.items;
  for (const [n, code] of tenants().slice(0, 2).entries()) {
    const res = await admins[n].get(own[n]);
    assert.equal(res.status, 200, res.text);
    assert.ok(res.body.items.length > 0);
    for (const g of res.body.items) assert.equal(g.company.code, code);
    const others = everybody.filter((g) => g.company?.code !== code);
    assert.ok(others.length > 0);
    for (const g of others) assert.ok(!res.body.items.some((x) => x.pid === g.pid));
    assert.ok(!res.text.includes(tenants()[1 - n]), "the other company's code is nowhere");
  }
});

test("neither the other company's list nor everybody's is had by asking for it", async () => {
  assert.equal((await admins[0].get(own[1])).status, 404);
  assert.equal((await admins[1].get(own[0])).status, 404);
  assert.equal((await admins[0].get(`/api/plugins/overview/${KEY}/guests`)).status, 403);
  assert.equal((await people[0].get(own[0])).status, 403);
  assert.equal((await anonymous.get(own[0])).status, 401);
});

test("a plugin that isn't installed is 404", async () => {
  assert.equal((await sys.get("/api/plugins/overview/none-such/guests")).status, 404);
  assert.equal((await admins[0].get("/api/plugins/installations/nonsense/guests")).status, 404);
});

test("a guest that was idle for longer shows it", async () => {
  await call(people[0]);
  const idle = async () => (await admins[0].get(own[0])).body.items.map((g) => g.idleSeconds);
  await until(async () => (await idle()).some((s) => s >= 1), 30000, "a second of idling");
});
