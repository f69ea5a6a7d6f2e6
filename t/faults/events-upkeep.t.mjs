#!/usr/bin/env -S node --test-reporter=tap
// What has expired goes, what has not stays. A new steward clears up some seconds after its start.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { login, psql, status, until, varDir } from "../lib/mortise.mjs";

const one = (sql) => Number(psql(sql)[0][0]);
const stewards = () => status().pools.find((p) => p.name === "steward").workers.map((w) => w.pid);
const logged = (task) =>
  readFileSync(join(varDir, "log/mortised.log"), "utf8")
    .split("\n")
    .filter((line) => line.includes(`"while":"${task}"`))
    .map((line) => JSON.parse(line));

test("leases, sessions, failed sign-ins and old events expire", { timeout: 180000 }, async (t) => {
  const me = await login("Technician");
  const { tenantId, id } = me.who;
  // Channels of users who don't exist, so that no browser's numbers are touched.
  const old = `u.${randomUUID()}`;
  const long = `u.${randomUUID()}`;
  const tag = randomUUID();
  const emails = `('old-${tag}@example.org', 'new-${tag}@example.org')`;
  t.after(() =>
    psql(`delete from mortise.channels where tenant_id = ${tenantId} and name in ('${old}', '${long}');
      delete from mortise.events where tenant_id = ${tenantId} and channel in ('${old}', '${long}');
      delete from mortise.login_attempts where email in ${emails};
      delete from mortise.presence where conn like '%${tag}'`),
  );
  psql(`
    insert into mortise.presence (tenant_id, user_id, conn, since, expires_at) values
      (${tenantId}, '${id}', 'old-${tag}', now(), now() - interval '1 s'),
      (${tenantId}, '${id}', 'new-${tag}', now(), now() + interval '1 h');
    insert into mortise.sessions (token_hash, tenant_id, user_id, kind, created_at, expires_at) values
      (encode(sha256('old-${tag}'), 'hex'), ${tenantId}, '${id}', 'token', now(), now() - interval '1 s'),
      (encode(sha256('new-${tag}'), 'hex'), ${tenantId}, '${id}', 'token', now(), now() + interval '1 min');
    insert into mortise.login_attempts (email, failures, last_at) values
      ('old-${tag}@example.org', 3, now() - interval '2 days'), ('new-${tag}@example.org', 3, now());
    insert into mortise.channels (tenant_id, name, seq) values (${tenantId}, '${old}', 3), (${tenantId}, '${long}', 10700);
    -- Raised before everything else that is there: the oldest are looked at first.
    insert into mortise.events (tenant_id, channel, seq, type, payload, created_at, xid) values
      (${tenantId}, '${old}', 1, 'Test', '{}', now() - interval '8 days', '3'),
      (${tenantId}, '${old}', 2, 'Test', '{}', now() - interval '7 days 1 min', '3'),
      (${tenantId}, '${old}', 3, 'Test', '{}', now() - interval '6 days', '3');
    insert into mortise.events (tenant_id, channel, seq, type, payload)
      select ${tenantId}, '${long}', n, 'Test', '{}' from generate_series(1, 10700) n;`);

  for (const pid of stewards()) process.kill(pid, "SIGTERM");

  const count = (channel) => one(`select count(*) from mortise.events where tenant_id = ${tenantId} and channel = '${channel}'`);
  await until(() => count(long) === 10000, 60000, "all but the last 10,000 events of a channel go");
  assert.equal(one(`select min(seq) from mortise.events where channel = '${long}'`), 701);
  await until(() => count(old) === 1, 30000, "events older than a week go");
  await until(() => one(`select count(*) from mortise.presence where conn = 'old-${tag}'`) === 0);
  await until(() => one(`select count(*) from mortise.sessions where token_hash = encode(sha256('old-${tag}'), 'hex')`) === 0);
  await until(() => one(`select count(*) from mortise.login_attempts where email = 'old-${tag}@example.org'`) === 0);
  assert.equal(one(`select count(*) from mortise.presence where conn = 'new-${tag}'`), 1);
  assert.equal(one(`select count(*) from mortise.sessions where token_hash = encode(sha256('new-${tag}'), 'hex')`), 1);
  assert.equal(one(`select count(*) from mortise.login_attempts where email = 'new-${tag}@example.org'`), 1);
});

test("a task of the upkeep that fails is named in the log and holds up no other", { timeout: 180000 }, async (t) => {
  const tag = randomUUID();
  const email = `old-${tag}@example.org`;
  t.after(() =>
    psql(`grant delete on mortise.presence to mortise_steward;
      delete from mortise.login_attempts where email = '${email}'`),
  );
  psql(`revoke delete on mortise.presence from mortise_steward;
    insert into mortise.login_attempts (email, failures, last_at) values ('${email}', 3, now() - interval '2 days')`);
  const before = logged("upkeep_presence").length;

  for (const pid of stewards()) process.kill(pid, "SIGTERM");

  await until(() => logged("upkeep_presence").length > before, 60000, "the log names the task that failed");
  assert.match(logged("upkeep_presence").at(-1).cause, /permission denied for table presence/);
  await until(() => one(`select count(*) from mortise.login_attempts where email = '${email}'`) === 0);
});
