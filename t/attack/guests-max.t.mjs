#!/usr/bin/env -S node --test-reporter=tap
// plugin_guests_max: as many guests as the operator allows, never more; the longest idle one makes room.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { Client, consenting, install, login, psql, remove, status, token, until } from "../lib/mortise.mjs";

const KEY = "hello-world", CODE = "guests-max";
let people, back, third;

/** One more company with one admin; straight into the tables. */
function thirdCompany() {
  const text = randomBytes(32).toString("base64url"), user = randomUUID();
  const hash = createHash("sha256").update(text).digest("hex");
  const [[id]] = psql(`select mortise.tenant_create('${CODE}', 'Guests Max') as t \\gset
    select mortise.user_create(:t, '${user}', 'ann@${CODE}.example', 'Ann', '{Admin}', null) \\g /dev/null
    insert into mortise.sessions (token_hash, tenant_id, user_id, kind, expires_at)
      values ('${hash}', :t, '${user}', 'token', now() + interval '1 hour');
    select :t`);
  return { id: Number(id), client: new Client({ Authorization: `Bearer ${text}` }) };
}

/** With everything that names it; the database has no other way to part with a company. */
const removeCompany = () =>
  psql(`set session_replication_role = replica;
    do $$ declare x record; gone int; begin
      select id into gone from mortise.tenants where code = '${CODE}';
      for x in select c.oid::regclass as name from pg_class c join pg_attribute a on a.attrelid = c.oid
          where c.relnamespace = 'mortise'::regnamespace and c.relkind = 'r' and a.attname = 'tenant_id' loop
        execute format('delete from %s where tenant_id = %s', x.name, coalesce(gone, -1));
      end loop;
      delete from mortise.tenants where id = gone;
    end $$;`);

before(async () => {
  await remove(KEY);
  for (const tenant of [0, 1]) await install(KEY, tenant);
  third = thirdCompany();
  const made = await consenting(await token("SystemAdmin"), "/api/plugins/install", { pluginKey: KEY, tenant: CODE });
  assert.equal(made.status, 201, made.text);
  third.installation = made.body.id;
  people = [await login("Technician", 0), await login("Technician", 1), third.client];
  back = await configure({ plugin_guests_max: 2, plugin_workers_max: 1 });
});
after(async () => {
  await back?.();
  const list = await third.client.get("/api/plugins/installations");
  for (const i of list.body?.items ?? []) await third.client.del(`/api/plugins/installations/${i.id}`, { deadline: 60000 });
  await remove(KEY);
  removeCompany();
});

const hosts = () => status().pools.filter((p) => p.name.startsWith(`${KEY}@`)).flatMap((p) => p.workers).filter((w) => !w.leaving);
/** {company: pid} of the guests that serve somebody. */
const serving = () => Object.fromEntries(hosts().flatMap((w) => w.guests).filter((g) => g.tenant > 0).map((g) => [g.tenant, g.pid]));
const ids = () => [...people.slice(0, 2).map((p) => Number(psql(`select id from mortise.tenants where code = '${p.who.tenant}'`)[0][0])), third.id];

async function call(n) {
  await until(async () => (await people[n].get(`/api/plugins/${KEY}/hello/you`)).status === 200, 30000, `company ${n} is answered`);
  for (const w of hosts()) assert.ok(w.guests.length <= 2, `at most two guests: ${JSON.stringify(w.guests)}`);
}

test("a third company is served when two guests are all: the one idle longest makes room, the other stays", async () => {
  const [a, b, c] = ids();
  await call(0);
  await call(1);
  const two = await until(() => {
    const now = serving();
    return hosts().length === 1 && now[a] && now[b] && now;
  }, 30000, "one host with two guests");
  await call(2);
  const serves = (...wanted) => until(() => `${Object.keys(serving()).map(Number).sort()}` === `${wanted.sort()}`, 30000, `guests of ${wanted}`);
  await serves(b, c); // the first company's had been idle longest
  let now = serving();
  assert.equal(now[b], two[b], "the second company's is the same process");

  // Now the second company's was used before the third's.
  await call(1);
  const used = serving();
  await call(0);
  await serves(a, b); // the third company's had been idle longest
  now = serving();
  assert.equal(now[b], used[b]);
});

test("every order of companies is served, with never more than two guests", async () => {
  for (let i = 0; i < 18; i++) await call([0, 1, 2, 2, 1, 0][i % 6]);
  assert.ok(hosts().length > 0);
});
