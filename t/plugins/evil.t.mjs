#!/usr/bin/env -S node --test-reporter=tap
// A plugin that tries what it must not be able to do, from inside: files, sockets, programs, other
// processes, roles and rows of the database, headers that steer nginx or the browser.

import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { http, install, login, psql, remove, run, status, token, until, varDir } from "../lib/mortise.mjs";

const at = (path) => "/api/plugins/evil" + path;
const secrets = ["keys/ticket.key", "keys/role.key", "keys/settings.key", "keys/pgpass", "etc/mortise.conf"].map((f) => join(varDir, f));
const traces = ["/tmp/mortise-evil", "/tmp/mortise-evil-dir", "/tmp/mortise-evil-link"];
let ann, lucia;

before(async () => {
  for (const f of traces) rmSync(f, { force: true, recursive: true });
  await remove("evil");
  await install("evil", 0);
  await install("evil", 1);
  ann = await login("Technician", 0);
  lucia = await login("Technician", 1);
});
after(() => remove("evil"));

const workers = () => status().pools.find((p) => p.name.startsWith("evil@"))?.workers ?? [];

test("nothing that it tries works", async () => {
  for (const f of secrets) assert.ok(existsSync(f), `${f} is there to be read`);
  const res = await ann.get(at(`/try?files=${[...secrets, join(run, "control.sock")].join(",")}`));
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body.worked, []);
  for (const f of traces) assert.ok(!existsSync(f), f);
});

test("with a bearer token it doesn't see that either", async () => {
  const res = await (await token("Technician")).get(at("/try"));
  assert.deepEqual(res.body, { worked: [] });
});

test("it doesn't become another program", async () => {
  const res = await ann.get(at("/exec"));
  assert.deepEqual(res.body, { worked: [] });
});

test("status shows its confinement", () => {
  const notes = workers().map((w) => w.note);
  assert.ok(notes.length > 0);
  for (const note of notes) assert.match(note, /^seccomp (landlock-\d+|no-landlock)/);
});

test("tenants that share the plugin and the table never share a row", async () => {
  assert.equal((await ann.post(at("/things"), {})).status, 201);
  assert.equal((await lucia.post(at("/things"), {})).status, 201);
  assert.equal((await lucia.post(at("/things"), {})).status, 201);
  const [mine, hers] = [(await ann.get(at("/things"))).body.items, (await lucia.get(at("/things"))).body.items];
  assert.equal(mine.length, 1);
  assert.equal(hers.length, 2);
  assert.equal(new Set(hers.map((r) => r.tenant_id)).size, 1);
  assert.notEqual(mine[0].tenant_id, hers[0].tenant_id);
  assert.equal(psql("SELECT count(*) FROM x_evil.things")[0][0], "3");
});

test("A1: it has no connection of nginx's that a reply could be written to", async () => {
  const res = await ann.get(at("/raw"));
  assert.equal(res.status, 409, res.text);
  assert.equal(res.body.detail, "no connection found");
});

test("identity in a client's headers counts for nothing", async () => {
  const forged = { "MT-Tenant": "2", MT_TENANT: "2", "X-Mt-Tenant": "2", "X-Mt-Pool": "other", "MT-Hook": "uninstall" };
  const res = await ann.get(at("/things"), { headers: forged });
  assert.equal(res.status, 200);
  assert.equal(res.body.items.length, 1);
  assert.equal((await http("GET", at("/things"), { headers: forged })).status, 401);
});

test("a worker whose database connection is cut is replaced", async () => {
  await ann.get(at("/things"));
  const before = workers().map((w) => w.pid);
  psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'p_evil'");
  // One that was idle finds out at its next call.
  await until(async () => (await ann.get(at("/things"))).status === 200 && !workers().some((w) => before.includes(w.pid)), 30000, "another one answers", [502, 503]);
  assert.equal(status().pools.find((p) => p.name.startsWith("evil@")).crashes, 0);
});
