#!/usr/bin/env -S node --test-reporter=tap
// Two hosts on one database: what one host ends has ended on the other when the answer arrives. All the while
// requests are sent to the other without pause, so that whatever it caches is fresh.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";

import { configure } from "../lib/conf.mjs";
import { secondHost } from "../lib/host.mjs";
import { figure, measured } from "../lib/measure.mjs";
import { account, AWAY, consenting, http, install, leaseOver, login, psql, remove, signIn, throughout, token, until, url } from "../lib/mortise.mjs";
import { streamsOn, wereOver } from "../lib/stream.mjs";

const KEY = "time-clock";
/** Calls that sleep have room beside a machine that stands still for a while. */
const settings = { plugin_deadline_ms: 15000 };
let host, clock;
let back = () => {};

before(async () => {
  await remove(KEY);
  clock = await install(KEY);
  back = await configure(settings);
  host = await secondHost(settings);
  await until(async () => (await http("GET", `/api/plugins/${KEY}/report`, { base: host.url, headers: (await login("Admin")).headers })).status === 200, 30000, "the other host serves the plugin", AWAY);
});
after(async () => {
  host?.stop();
  await remove(KEY);
  await back();
});

/**
 * Asks both hosts for `path` as this client until stopped; each call is {host, began, ended, status}. Calls that
 * nobody answered because their worker was ended count as they are.
 */
function asking(client, path) {
  const calls = [];
  let on = true;
  const one = async (base) => {
    while (on) {
      const began = performance.now();
      const { status } = await http("GET", path, { base, headers: client.headers });
      calls.push({ base, began, ended: performance.now(), status });
      await new Promise((r) => setTimeout(r, 5));
    }
  };
  const running = [url, host.url, host.url].map(one);
  return {
    calls,
    async stop() {
      on = false;
      await Promise.all(running);
      return calls;
    },
  };
}

const streams = (client) => streamsOn([url, host.url], client);

/** Ends a right by end(), which resolves when it was answered; what held before holds no longer, on both. */
async function ends(t, client, path, good, end, { open = [] } = {}) {
  const others = open.length ? await streams(await login("Dispatcher")) : []; // who keep what they have
  const ask = asking(client, path);
  await until(() => [url, host.url].every((b) => ask.calls.filter((c) => c.base === b && c.status === good).length > 5), 30000, "both hosts serve");
  const began = performance.now();
  await end();
  const answered = performance.now();
  if (open.length) await wereOver(open, others);
  for (const s of others) s.close();
  await until(() => ask.calls.filter((c) => c.began > answered).length > 20, 30000, "calls after the answer");
  const calls = await ask.stop();
  const late = calls.filter((c) => c.began > answered && c.status === good);
  const last = Math.max(...calls.filter((c) => c.status === good).map((c) => c.began));
  t.diagnostic(
    `answered after ${(answered - began).toFixed(0)} ms; last call that was allowed began ${(last - began).toFixed(0)} ms after the request` +
      (open.length ? `; streams ended after ${open.map((s) => (s.ended - began).toFixed(0)).join(" and ")} ms` : ""),
  );
  assert.deepEqual(late, [], "calls that began after the answer");
}

test("two hosts: a session that was signed out on one", async (t) => {
  const me = await signIn(account("Technician", 0, 1));
  await ends(t, me, "/api/me", 200, async () => assert.equal((await me.post("/api/auth/logout")).status, 204), { open: await streams(me) });
});

test("two hosts: a token that was signed out on one", async (t) => {
  const script = await token("Technician", 0, 1);
  const open = await streams(script);
  await ends(t, script, "/api/me", 200, async () => assert.equal((await script.post("/api/auth/logout")).status, 204), { open });
});

test("two hosts: calls of a plugin by a session that was signed out", async (t) => {
  const me = await signIn(account("Admin", 0));
  await ends(t, me, `/api/plugins/${KEY}/report`, 200, async () => assert.equal((await me.post("/api/auth/logout")).status, 204));
});

// Changes without a route yet are made in the rows and waited for as a route would: for the lease and until
// every host reports that it is done.
async function changed(sql) {
  psql(sql);
  const [[mark]] = psql("select mortise.rights_mark()");
  await leaseOver();
  const began = performance.now();
  await until(() => psql(`select coalesce(mortise.rights_pending(${mark}), '')`).flat().join("") === "", 30000, "all hosts are done");
  const took = performance.now() - began;
  figure(took < 4000, `all hosts were done after ${took} ms`);
}
for (const [what, change, back] of [
  ["a person who was deactivated", "update mortise.users set active = false where id = 'USER'", "update mortise.users set active = true where id = 'USER'"],
  ["a company that was suspended", "update mortise.tenants set state = 'suspended' where id = TENANT", "update mortise.tenants set state = 'active' where id = TENANT"],
])
  measured(`two hosts: ${what}`, {}, async (t) => {
    const me = await signIn(account("Technician", 1, 1));
    const sql = (text) => text.replaceAll("USER", me.who.id).replaceAll("TENANT", me.who.tenantId);
    try {
      await ends(t, me, "/api/me", 200, () => changed(sql(change)), { open: await streams(me) });
    } finally {
      psql(sql(back));
    }
  });

measured("two hosts: a role that was taken", {}, async (t) => {
  const me = await signIn(account("Technician", 1, 1));
  try {
    await ends(t, me, "/api/tickets", 200, () => changed(`update mortise.users set roles = '{}' where id = '${me.who.id}'`), { open: await streams(me) });
  } finally {
    psql(`update mortise.users set roles = '{Technician}' where id = '${me.who.id}'`);
  }
});

test("two hosts: a permission of a plugin that was taken from a role", async (t) => {
  const admin = await login("Admin");
  const tech = await login("Technician");
  const set = (body) => admin.put("/api/roles/Technician/permissions", body);
  const name = "time-clock:clock";
  try {
    await ends(t, tech, `/api/plugins/${KEY}/report`, 200, async () => assert.equal((await set({ revoke: [name] })).status, 200));
  } finally {
    assert.equal((await set({ grant: [name] })).status, 200);
  }
});

test("two hosts: a plugin that was disabled", async (t) => {
  const id = clock.installation.id;
  const admin = await login("Admin");
  try {
    await ends(t, admin, `/api/plugins/${KEY}/report`, 200, async () => assert.equal((await admin.post(`/api/plugins/installations/${id}/disable`)).status, 200));
  } finally {
    assert.equal((await admin.post(`/api/plugins/installations/${id}/enable`)).status, 200);
  }
});

test("two hosts: a plugin that was uninstalled", async (t) => {
  const admin = await login("Admin");
  await until(async () => (await http("GET", `/api/plugins/${KEY}/report`, { base: host.url, headers: admin.headers })).status === 200, 30000, "it is back", AWAY);
  await ends(t, admin, `/api/plugins/${KEY}/report`, 200, async () =>
    assert.ok((await admin.del(`/api/plugins/installations/${clock.installation.id}`, { deadline: 60000 })).status < 300),
  );
  clock = { installation: (await consenting(admin, "/api/plugins/install", { pluginKey: KEY })).body };
});

measured("two hosts: calls that run when their plugin is disabled for their company end, and no other company's", {}, async (t) => {
  await remove("hang");
  const { installation } = await install("hang", 0);
  await install("hang", 1);
  try {
    const mine = await login("Admin", 0);
    const theirs = await login("Admin", 1);
    const call = (client, base, path) => {
      const one = { base, ended: 0 };
      one.done = http("GET", `/api/plugins/hang/${path}`, { base, headers: client.headers }).then((res) => {
        one.ended = performance.now();
        one.status = res.status;
      });
      return one;
    };
    // Both hosts have a guest for both companies before it begins.
    for (const base of [url, host.url])
      for (const c of [mine, theirs]) await until(async () => { const one = call(c, base, "ok"); await one.done; return one.status === 200; }, 30000, "the plugin answers", AWAY);
    const others = [url, host.url].map((base) => call(theirs, base, "sleep?ms=2500"));
    const running = [url, host.url].map((base) => call(mine, base, "sleep?ms=12000"));
    await throughout(() => running.every((c) => !c.ended), 200, "the calls run");
    const began = performance.now();
    assert.equal((await mine.post(`/api/plugins/installations/${installation.id}/disable`, undefined, { deadline: 60000 })).status, 200);
    const answered = performance.now();
    await Promise.all(running.map((c) => c.done));
    t.diagnostic(`answered after ${(answered - began).toFixed(0)} ms; running calls ended after ${running.map((c) => (c.ended - began).toFixed(0)).join(" and ")} ms`);
    for (const c of running) {
      assert.equal(c.status, 403);
      figure(c.ended < answered + 100, `a call of ${c.base} ended ${c.ended - answered} ms after the answer`);
    }
    await Promise.all(others.map((c) => c.done));
    for (const c of others) assert.equal(c.status, 200, "another company's call");
    // Being ended is no crash of the plugin.
    assert.equal((await mine.post(`/api/plugins/installations/${installation.id}/enable`, undefined, { deadline: 60000 })).status, 200);
    for (const base of [url, host.url]) {
      const again = call(mine, base, "ok");
      await again.done;
      assert.equal(again.status, 200);
    }
  } finally {
    await remove("hang");
  }
});
