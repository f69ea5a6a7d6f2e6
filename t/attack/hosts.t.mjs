#!/usr/bin/env -S node --test-reporter=tap
// Two hosts on one database: what one host ends has ended on the other when the answer arrives. All the while
// requests are sent to the other without pause, so that whatever it caches is fresh.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";

import { secondHost } from "../lib/host.mjs";
import { account, AWAY, consenting, http, install, leaseOver, login, psql, remove, signIn, throughout, token, until, url } from "../lib/mortise.mjs";
import { eventSource } from "../lib/stream.mjs";

const KEY = "time-clock";
let host;
let clock;

before(async () => {
  await remove(KEY);
  clock = await install(KEY);
  host = await secondHost();
  await until(async () => (await http("GET", `/api/plugins/${KEY}/report`, { base: host.url, headers: (await login("Admin")).headers })).status === 200, 20000, "the other host serves the plugin", AWAY);
});
after(async () => {
  host?.stop();
  await remove(KEY);
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

async function streams(client) {
  const { Origin, ...headers } = client.headers; // which is that of one host
  const ret = [];
  for (const base of [url, host.url]) {
    const answer = await eventSource("/events", headers, { base });
    assert.equal(answer.status, 200, answer.body);
    const one = { base, ended: 0 };
    answer.stream.on("close", () => (one.ended = performance.now()));
    ret.push(one);
  }
  return ret;
}

/** Ends a right by end(), which resolves when it was answered; what held before holds no longer, on both. */
async function ends(t, client, path, good, end, { open = [] } = {}) {
  const ask = asking(client, path);
  await until(() => [url, host.url].every((b) => ask.calls.filter((c) => c.base === b && c.status === good).length > 5), 10000, "both hosts serve");
  const began = performance.now();
  await end();
  const answered = performance.now();
  await until(() => ask.calls.filter((c) => c.began > answered).length > 20, 20000, "calls after the answer");
  await until(() => open.every((s) => s.ended), 1000, "streams have ended").catch(() => {});
  const calls = await ask.stop();
  const late = calls.filter((c) => c.began > answered && c.status === good);
  const last = Math.max(...calls.filter((c) => c.status === good).map((c) => c.began));
  t.diagnostic(
    `answered after ${(answered - began).toFixed(0)} ms; last call that was allowed began ${(last - began).toFixed(0)} ms after the request` +
      (open.length ? `; streams ended after ${open.map((s) => (s.ended - began).toFixed(0)).join(" and ")} ms` : ""),
  );
  assert.deepEqual(late, [], "calls that began after the answer");
  // The end of a socket is read in turn with everything else that this process does.
  for (const s of open) assert.ok(s.ended && s.ended < answered + 100, `a stream of ${s.base} ended ${s.ended - answered} ms after the answer`);
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
  await until(() => psql(`select coalesce(mortise.rights_pending(${mark}), '')`).flat().join("") === "", 4000, "all hosts are done");
}
for (const [what, change, back] of [
  ["a person who was deactivated", "update mortise.users set active = false where id = 'USER'", "update mortise.users set active = true where id = 'USER'"],
  ["a company that was suspended", "update mortise.tenants set state = 'suspended' where id = TENANT", "update mortise.tenants set state = 'active' where id = TENANT"],
])
  test(`two hosts: ${what}`, async (t) => {
    const me = await signIn(account("Technician", 1, 1));
    const sql = (text) => text.replaceAll("USER", me.who.id).replaceAll("TENANT", me.who.tenantId);
    try {
      await ends(t, me, "/api/me", 200, () => changed(sql(change)), { open: await streams(me) });
    } finally {
      psql(sql(back));
    }
  });

test("two hosts: a role that was taken", async (t) => {
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
  await until(async () => (await http("GET", `/api/plugins/${KEY}/report`, { base: host.url, headers: admin.headers })).status === 200, 20000, "it is back", AWAY);
  await ends(t, admin, `/api/plugins/${KEY}/report`, 200, async () =>
    assert.ok((await admin.del(`/api/plugins/installations/${clock.installation.id}`, { deadline: 60000 })).status < 300),
  );
  clock = { installation: (await consenting(admin, "/api/plugins/install", { pluginKey: KEY })).body };
});

test("two hosts: calls that run when their plugin is disabled for their company end, and no other company's", { timeout: 120000 }, async (t) => {
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
      for (const c of [mine, theirs]) await until(async () => { const one = call(c, base, "ok"); await one.done; return one.status === 200; }, 20000, "the plugin answers", AWAY);
    const others = [url, host.url].map((base) => call(theirs, base, "sleep?ms=3500"));
    const running = [url, host.url].map((base) => call(mine, base, "sleep?ms=4500"));
    await throughout(() => running.every((c) => !c.ended), 200, "the calls run");
    const began = performance.now();
    assert.equal((await mine.post(`/api/plugins/installations/${installation.id}/disable`, undefined, { deadline: 60000 })).status, 200);
    const answered = performance.now();
    await Promise.all(running.map((c) => c.done));
    t.diagnostic(`answered after ${(answered - began).toFixed(0)} ms; running calls ended after ${running.map((c) => (c.ended - began).toFixed(0)).join(" and ")} ms`);
    for (const c of running) {
      assert.equal(c.status, 403);
      assert.ok(c.ended < answered + 100, `a call of ${c.base} ended ${c.ended - answered} ms after the answer`);
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
