#!/usr/bin/env -S node --test-reporter=tap
// plugin_shared: companies share a guest only where the operator lists the plugin, and only of that plugin.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { install, login, remove, status, until } from "../lib/mortise.mjs";

const KEYS = ["hostile", "hello-world"];
let people, sys, admin, installation;

before(async () => {
  await remove(...KEYS);
  for (const key of KEYS) for (const tenant of [0, 1]) {
    const made = await install(key, tenant);
    if (key === "hostile" && tenant === 0) ({ installation, admin } = made);
  }
  people = [await login("Technician", 0), await login("Technician", 1)];
  sys = await login("SystemAdmin");
});
after(() => remove(...KEYS));

const pools = (key) => status().pools.filter((p) => p.name.startsWith(`${key}@`));
const used = (key) => pools(key).flatMap((p) => p.workers).flatMap((w) => w.guests).filter((g) => g.requests > 0);
const path = { hostile: "/ok", "hello-world": "/hello/you" };

/** Both companies call it, by turns. */
async function callBoth(key) {
  for (let i = 0; i < 6; i++)
    await until(async () => (await people[i % 2].get(`/api/plugins/${key}${path[key]}`)).status === 200, 30000, `${key} answers`);
}

/** The hosts that began before the configuration changed have left. */
const isolated = (key, how) => until(() => pools(key).every((p) => p.isolation === how), 30000, `${key}: ${how}`);

async function perCompany(key) {
  await isolated(key, "tenant");
  await callBoth(key);
  await until(() => used(key).every((g) => g.tenant > 0), 30000, "no guest of all companies is left");
  await callBoth(key);
  assert.equal(new Set(used(key).map((g) => g.tenant)).size, 2, JSON.stringify(used(key)));
}

test("without a word of the operator each company has guests of its own", async () => {
  for (const key of KEYS) await perCompany(key);
});

test("the operator lets one plugin share: one guest serves both, and the others' are still apart", async (t) => {
  const back = await configure({ plugin_shared: "hostile-two hostile" });
  t.after(back);
  await isolated("hostile", "shared");
  await until(async () => {
    await callBoth("hostile");
    return used("hostile").length > 0 && used("hostile").every((g) => g.tenant === 0);
  }, 30000, "guests of all companies");
  const hosts = pools("hostile").flatMap((p) => p.workers);
  for (const w of hosts) assert.ok(w.guests.length <= 1, `one guest a host: ${JSON.stringify(w.guests)}`);
  assert.ok(used("hostile").some((g) => g.requests >= 2), "it has served both");
  await perCompany("hello-world");

  const all = (await sys.get("/api/plugins/overview/hostile/guests")).body.items;
  assert.ok(all.length > 0 && all.every((g) => g.isolation === "shared" && g.company === null && g.requests !== null));
  const own = (await admin.get(`/api/plugins/installations/${installation.id}/guests`)).body.items;
  assert.ok(own.length > 0, "a company sees that its requests go to a shared guest");
  for (const g of own) assert.deepEqual([g.isolation, g.company, g.requests, g.idleSeconds], ["shared", null, null, null]);
});

test("and apart again when the operator takes the word back", () => perCompany("hostile"));
