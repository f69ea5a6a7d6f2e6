#!/usr/bin/env -S node --test-reporter=tap
// What is open when a right ends, over two hosts on one database: streams, sessions that workers remember, tokens,
// calls that run in a plugin's code, in a statement, in a transaction, requests of the core that wait, guests.
// When the answer comes nothing of it is left on either host, and nobody else's has ended.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { configure } from "../lib/conf.mjs";
import { secondHost } from "../lib/host.mjs";
import { figure, measured, rounds } from "../lib/measure.mjs";
import { account, approve, bin, conf, consenting, http, install, leaseOver, login, psql, remove, run, signIn, status, token, until, url, varDir } from "../lib/mortise.mjs";
import { streamsOn, wereOver } from "../lib/stream.mjs";
import { offer, reversion, uploadSigned } from "../plugins/package.mjs";

const KEY = "lasting";
const HOME = 1; // the company whose rights end
/** A version that was left keeps its pool for two seconds (relay/pools.sql); a host hears of it within another half. */
const LEFT_MS = 4000;
const SLACK_MS = 100; // this process serves many sockets in turn
let host, hosts;
const installed = [];
/** Calls that last leave room for others, and what they and requests that wait may take is more than a machine stands still. */
const settings = { plugin_workers_max: 12, plugin_deadline_ms: 12000, lock_timeout_ms: 8000 };
let back = () => {};
let over = false; // a test that failed may have left requests running

before(async () => {
  back = await configure(settings);
  await remove(KEY);
  for (const tenant of [0, 1]) installed[tenant] = (await install(KEY, tenant)).installation;
  host = await secondHost(settings);
  hosts = [
    { url, status, log: () => readFileSync(join(varDir, "log/mortised.log"), "utf8") },
    host,
  ];
});
after(async () => {
  over = true;
  host?.stop();
  await remove(KEY);
  await back();
});

const pg = { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") };
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const at = (path) => `/api/plugins/${KEY}/${path}`;

/** A request that runs: {base, path, done, ended, status, res}. */
function call(client, base, path, method = "GET", body) {
  const { Origin, ...headers } = client.headers; // which is that of one host
  const one = { base, path, ended: 0 };
  one.done = http(method, path, { base, headers, body, deadline: 30000 }).then((res) => {
    one.ended = performance.now();
    one.status = res.status;
    one.res = res;
  });
  return one;
}

/** Guests of a company on both hosts, by pid. */
const guests = (tenant) =>
  hosts.flatMap((h) =>
    h.status().pools.filter((p) => p.name.startsWith(`${KEY}@`)).flatMap((p) => p.workers.flatMap((w) => w.guests.filter((g) => g.tenant === tenant).map((g) => g.pid))),
  );
/** Killed is gone: the kernel takes a moment for what a process had. */
const alive = (pid) => {
  try {
    return !/^State:\t[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
/** Statements of the plugin that run. */
const statements = () => Number(psql(`select count(*) from pg_stat_activity where usename = 'p_${KEY}' and state <> 'idle' and query like '%generate_series%'`)[0][0]);
/** Calls of its "sleep" that have begun on a host. */
const sleeps = (h) => h.log().split("sleeps").length;
const notes = () => Number(psql(`select count(*) from x_${KEY}.notes`)[0][0]);

/** A plugin that answers on both hosts. */
const ready = (...clients) =>
  until(async () => {
    for (const c of clients)
      for (const h of hosts) {
        const one = call(c, h.url, at("version"));
        await one.done;
        if (one.status !== 200) return false;
      }
    return true;
  }, 30000, "the plugin answers on both hosts", [502, 503]);

const streams = (client) => streamsOn(hosts.map((h) => h.url), client);

/** Asks both hosts for `path` without pause; stop() answers the calls {base, began, status}. */
function asking(client, path) {
  const calls = [];
  let on = true;
  const running = hosts.map(async (h) => {
    while (on && !over) {
      const began = performance.now();
      const one = call(client, h.url, path);
      await one.done;
      calls.push({ base: h.url, began, status: one.status, body: one.res.body });
      await pause(10);
    }
  });
  return { calls, stop: async () => ((on = false), await Promise.all(running), calls) };
}

// Changes without a route yet are made in the rows and waited for as a route does: for the lease and until
// every host reports that it is done.
async function changed(sql) {
  await new Promise((resolve, reject) => {
    // Not psql(), which blocks this process.
    const child = spawn("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "mortise", "-c", sql], { stdio: ["ignore", "ignore", "inherit"], env: pg });
    child.on("exit", (code) => (code ? reject(new Error(`psql: ${code}`)) : resolve()));
  });
  const [[mark]] = psql("select mortise.rights_mark()");
  await leaseOver();
  const began = performance.now();
  await until(() => psql(`select coalesce(mortise.rights_pending(${mark}), '')`).flat().join("") === "", 30000, "all hosts are done");
  const took = performance.now() - began;
  figure(took < 6000, `all hosts were done after ${took} ms`);
}

/**
 * Opens everything that `mine` have, on both hosts; ends the right; looks what is left at the answer. `refused`:
 * what a call that ran is answered with; `path` and `good`: what is asked meanwhile, and its answer before.
 */
async function ends(t, { mine, others, end, refused, path, good = 200, hear = true, all = false }) {
  await ready(...mine, ...others);
  const tenant = await home();
  const before_ = notes();
  const open = hear ? (await Promise.all(mine.map(streams))).flat() : [];
  const witnesses = hear ? await streams(await login("Dispatcher", 1 - HOME)) : [];
  const ask = asking(mine[0], path);
  await until(() => hosts.every((h) => ask.calls.filter((c) => c.base === h.url && c.status === good).length > 3), 30000, "both hosts serve");
  const slept = hosts.map(sleeps);
  const rest = others.flatMap((o) => hosts.map((h) => call(o, h.url, at("sleep?ms=4000"))));
  const running = hosts.flatMap((h) => [call(mine[0], h.url, at("sleep")), call(mine.at(-1), h.url, at("query")), call(mine[0], h.url, at("write"), "POST", {})]);
  await until(() => statements() >= 4 && guests(tenant).length >= 6 && hosts.every((h, i) => sleeps(h) - slept[i] > others.length), 30000, "all of them run");
  assert.deepEqual(running.filter((c) => c.ended).map((c) => [c.path, c.status, c.res.text]), [], "they run");
  const had = guests(tenant);

  const began = performance.now();
  await end();
  const answered = performance.now();
  const left = { statements: statements(), guests: guests(tenant) };

  if (hear) await wereOver(open, witnesses);
  for (const s of witnesses) s.close();
  await Promise.all(running.map((c) => c.done));
  await until(() => ask.calls.filter((c) => c.began > answered).length > 10, 30000, "calls after the answer");
  const calls = await ask.stop();
  const ms = (n) => Math.round(n - began);
  t.diagnostic(
    `answered after ${ms(answered)} ms; calls that ran ended after ${running.map((c) => ms(c.ended)).sort((a, b) => a - b).join(", ")} ms` +
      `; last allowed one began after ${ms(Math.max(...calls.filter((c) => c.status === good).map((c) => c.began)))} ms` +
      (open.length ? `; streams ended after ${open.map((s) => ms(s.ended)).join(", ")} ms` : ""),
  );
  for (const c of running) {
    assert.ok(refused.includes(c.status), `${c.base}${c.path}: ${c.status} ${c.res.text}`);
    assert.match(c.res.headers["content-type"], /problem\+json/);
  }
  assert.deepEqual(calls.filter((c) => c.began > answered && c.status === good), [], "calls that began after the answer");
  assert.equal(notes(), before_, "rows of a transaction that ran");
  const gone = !all || (await until(() => !had.some(alive), 5000).catch(() => false));
  await Promise.all(rest.map((c) => c.done));
  for (const c of rest) assert.equal(c.status, 200, `somebody else's call: ${c.res.text}`);
  // What a process that stands still has not said yet.
  for (const c of running) figure(c.ended < answered + SLACK_MS, `${c.path} of ${c.base} ended ${ms(c.ended) - ms(answered)} ms after the answer`);
  figure(left.statements === 0, `${left.statements} statements run at the answer`);
  if (all) figure(left.guests.length === 0 && gone, `guests of the company at the answer: ${left.guests}`);
  return { calls, answered };
}

const home = async () => (await login("Technician", HOME)).who.tenantId;
const colleague = () => login("Technician", HOME, 0);
const elsewhere = () => login("Technician", 0, 0);
/** By cookie and by token. */
const both = async () => [await signIn(account("Technician", HOME, 1)), await token("Technician", HOME, 1)];

measured("two hosts: what a session has open when it is signed out", {}, async (t) => {
  const [me] = await both();
  await ends(t, {
    mine: [me],
    others: [await colleague()],
    end: async () => assert.equal((await me.post("/api/auth/logout")).status, 204),
    refused: [401],
    path: at("version"),
  });
});

measured("two hosts: what a token has open when its person signs it out from a browser, which stays", {}, async (t) => {
  const [me, script] = await both();
  const { id } = (await script.get("/api/me/sessions")).body.items.find((s) => s.current);
  await ends(t, {
    mine: [script],
    others: [me],
    end: async () => assert.equal((await me.del(`/api/me/sessions/${id}`)).status, 204),
    refused: [401],
    path: at("version"),
  });
});

for (const [what, sql, undo, how] of [
  ["a person has open when deactivated", "update mortise.users set active = false where id = 'USER'", "update mortise.users set active = true where id = 'USER'", { refused: [403], path: at("version") }],
  ["a person has open when a role is taken away", "update mortise.users set roles = '{}' where id = 'USER'", "update mortise.users set roles = '{Technician}' where id = 'USER'", { refused: [403], path: "/api/tickets" }],
])
  measured(`two hosts: what ${what}`, {}, async (t) => {
    const mine = await both();
    const fill = (text) => text.replaceAll("USER", mine[0].who.id);
    try {
      await ends(t, { mine, others: [await colleague()], end: () => changed(fill(sql)), ...how });
    } finally {
      // What ends with this is gone, too, before the next test opens anything.
      await changed(fill(undo));
    }
  });

measured("two hosts: what a person has open of a plugin when their role loses its permission", {}, async (t) => {
  const admin = await login("Admin", HOME);
  const twofold = await colleague(); // whose other role still gives it
  const roles = (list) => changed(`update mortise.users set roles = '{${list}}' where id = '${twofold.who.id}'`);
  const set = async (body) => assert.equal((await admin.put("/api/roles/Technician/permissions", body)).status, 200);
  try {
    await roles("Technician,Dispatcher");
    await ends(t, {
      mine: await both(),
      others: [twofold, await login("Dispatcher", HOME), await elsewhere()],
      end: () => set({ revoke: [`${KEY}:use`] }),
      refused: [403],
      path: at("version"),
      hear: false,
    });
  } finally {
    await set({ grant: [`${KEY}:use`] });
    await roles("Technician");
  }
});

for (const [what, path, end] of [
  ["loses a permission of the core", "/api/tickets", (admin, role) => admin.put(`/api/roles/${role}/permissions`, { revoke: ["tickets:read"] })],
  ["is deleted", at("version"), (admin, role, other) => admin.del(`/api/roles/${role}?reassign=${other}`)],
])
  measured(`two hosts: what a person has open when a role of the company's own ${what}`, {}, async (t) => {
    const admin = await login("Admin", HOME);
    const make = async (label, copyOf) => (await admin.post("/api/roles", { label, copyOf })).body.role;
    const [role, other] = [await make("Copy", "Technician"), await make("Nothing")];
    const mine = await both();
    const roles = (list) => changed(`update mortise.users set roles = '{${list}}' where id = '${mine[0].who.id}'`);
    try {
      await roles(role);
      await ends(t, {
        mine,
        others: [await colleague(), await elsewhere()],
        end: async () => assert.ok((await end(admin, role, other)).status < 300),
        refused: [403],
        path,
      });
    } finally {
      await roles("Technician");
      for (const r of [role, other]) await admin.del(`/api/roles/${r}`);
    }
  });

measured("two hosts: what a person has open goes on when a role and a permission are gained", {}, async (t) => {
  const mine = await both();
  const admin = await login("Admin", HOME);
  const tenant = await home();
  const roles = (list) => changed(`update mortise.users set roles = '{${list}}' where id = '${mine[0].who.id}'`);
  const set = async (body) => assert.equal((await admin.put("/api/roles/Technician/permissions", body)).status, 200);
  await ready(...mine);
  const open = (await Promise.all(mine.map(streams))).flat();
  try {
    const running = hosts.flatMap((h) => mine.map((c) => call(c, h.url, at("sleep?ms=5000"))));
    await until(() => guests(tenant).length >= 4, 30000, "all of them run");
    const began = performance.now();
    await roles("Technician,Dispatcher");
    await set({ grant: [`${KEY}:more`] });
    const answered = performance.now();
    const ran = running.filter((c) => !c.ended).length;
    await Promise.all(running.map((c) => c.done));
    t.diagnostic(`done after ${Math.round(answered - began)} ms; calls ended after ${running.map((c) => Math.round(c.ended - began)).join(", ")} ms; streams after ${open.map((s) => Math.round(s.ended - began)).join(", ")} ms`);
    for (const c of running) assert.equal(c.status, 200, c.res.text);
    figure(ran === running.length, `of ${running.length} calls ${ran} ran when the role was given`);
    for (const s of open) assert.ok(s.ended && s.ended < answered, "a stream ends, and opens again with the channels of the new role");
  } finally {
    await set({ revoke: [`${KEY}:more`] });
    await roles("Technician");
  }
});

measured("two hosts: what a person has open when the password is changed", {}, async (t) => {
  const mine = await both();
  const id = mine[0].who.id;
  const [[hash, tenant]] = psql(`select password_hash, tenant_id from mortise.logins where user_id = '${id}'`);
  await ends(t, {
    mine,
    others: [await colleague()],
    end: () => changed(`set role mortise_admin; select mortise.password_set(${tenant}, '${id}', '${hash}'); reset role`),
    refused: [401],
    path: at("version"),
  });
});

measured("two hosts: what a company has open when it is suspended", {}, async (t) => {
  const mine = await both();
  const tenant = mine[0].who.tenantId;
  try {
    await ends(t, {
      mine,
      others: [await elsewhere()],
      end: () => changed(`update mortise.tenants set state = 'suspended' where id = ${tenant}`),
      refused: [401],
      path: at("version"),
      all: true,
    });
  } finally {
    psql(`update mortise.tenants set state = 'active' where id = ${tenant}`);
  }
});

measured("two hosts: what a company has open of a plugin that is disabled", {}, async (t) => {
  const admin = await login("Admin", HOME);
  const { id } = installed[HOME];
  try {
    await ends(t, {
      mine: await both(),
      others: [await elsewhere()],
      end: async () => assert.equal((await admin.post(`/api/plugins/installations/${id}/disable`)).status, 200),
      refused: [403],
      path: at("version"),
      hear: false,
      all: true,
    });
  } finally {
    assert.equal((await admin.post(`/api/plugins/installations/${id}/enable`)).status, 200);
  }
});

measured("two hosts: what a company has open of a plugin that is uninstalled", {}, async (t) => {
  const admin = await login("Admin", HOME);
  try {
    await ends(t, {
      mine: await both(),
      others: [await elsewhere()],
      end: async () => assert.ok((await admin.del(`/api/plugins/installations/${installed[HOME].id}`, { deadline: 60000 })).status < 300),
      refused: [403],
      path: at("version"),
      hear: false,
      all: true,
    });
  } finally {
    installed[HOME] = (await consenting(admin, "/api/plugins/install", { pluginKey: KEY })).body;
  }
});

/** Another version takes over: calls of the one before may finish, none begins any more. */
async function moves(t, from, to, move) {
  const [me] = await both();
  await ready(me);
  const ask = asking(me, at("version"));
  await until(() => hosts.every((h) => ask.calls.filter((c) => c.base === h.url && c.body?.version === from).length > 3), 30000, `both hosts serve ${from}`);
  const slept = hosts.map(sleeps);
  const running = hosts.map((h) => call(me, h.url, at("sleep?ms=2500")));
  const tenant = await home();
  await until(() => hosts.every((h, i) => sleeps(h) > slept[i]), 30000, "both calls run");
  const old = guests(tenant);
  const began = performance.now();
  await move();
  const answered = performance.now();
  await until(() => hosts.every((h) => ask.calls.filter((c) => c.base === h.url && c.began > answered && c.status === 200).length > 10), 30000, "calls after the answer");
  const calls = await ask.stop();
  await Promise.all(running.map((c) => c.done));
  await until(() => !old.some(alive), 30000, `guests of ${from} have left`);
  const gone = performance.now();
  const last = Math.max(...calls.filter((c) => c.body?.version === from).map((c) => c.began));
  t.diagnostic(
    `answered after ${Math.round(answered - began)} ms; the last call of ${from} began after ${Math.round(last - began)} ms; those that ran ended after ${running.map((c) => Math.round(c.ended - began)).join(" and ")} ms; its guests had left after ${Math.round(gone - began)} ms`,
  );
  assert.deepEqual(calls.filter((c) => c.began > answered && c.status === 200 && c.body.version !== to), [], "calls that began after the answer");
  assert.deepEqual(calls.filter((c) => c.status !== 200).map((c) => [c.base, c.status, c.body]), [], "no call fails, on neither host");
  for (const c of running) assert.deepEqual([c.status, c.res.body?.version], [200, from], "a call that ran may finish");
  return { from, stayed: gone - answered, may: Math.max(LEFT_MS, ...running.map((c) => c.ended + SLACK_MS - answered)) };
}

test("two hosts: what runs of a version when its plugin is upgraded, and rolled back", { timeout: 360000 }, async (t) => {
  // Alone in its version, the company takes the pool with it; beside others its guests there go when idle.
  const admin = await login("Admin", HOME);
  const { id } = installed[HOME];
  assert.ok((await (await login("Admin", 0)).del(`/api/plugins/installations/${installed[0].id}`, { deadline: 60000 })).status < 300);
  await offer(reversion(KEY, "1.1.0"));
  await rounds(t, async (t) => {
    const up = await moves(t, "1.0.0", "1.1.0", async () => {
      const res = await consenting(admin, `/api/plugins/installations/${id}/upgrade`, {});
      assert.equal(res.status, 200, res.text);
    });
    const down = await moves(t, "1.1.0", "1.0.0", async () => {
      const res = await admin.post(`/api/plugins/installations/${id}/rollback`, undefined, { deadline: 60000 });
      assert.equal(res.status, 200, res.text);
    });
    for (const m of [up, down]) figure(m.stayed < m.may, `guests of ${m.from} stayed for ${Math.round(m.stayed)} ms`);
  });
});

measured("two hosts: requests of the core that wait when their session is signed out", {}, async (t) => {
  const me = await signIn(account("Dispatcher", HOME));
  const [[ticket]] = psql(`select id from mortise.tickets where tenant_id = ${await home()} limit 1`);
  // Somebody keeps the row; a request of the core waits for it for lock_timeout_ms.
  const keeper = spawn("psql", ["-XqAt", "-d", "mortise"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: pg,
  });
  try {
    keeper.stdin.write(`begin; select 'kept' from mortise.tickets where id = '${ticket}' for update;\n`);
    await new Promise((r) => keeper.stdout.once("data", r));
    const waiting = hosts.map((h) => call(me, h.url, `/api/tickets/${ticket}`, "PATCH", { title: "Changed by nobody" }));
    await until(() => Number(psql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = 'mortise_api'")[0][0]) >= 2, 30000, "both wait");
    const began = performance.now();
    assert.equal((await me.post("/api/auth/logout")).status, 204);
    const answered = performance.now();
    await Promise.all(waiting.map((c) => c.done));
    t.diagnostic(`answered after ${Math.round(answered - began)} ms; requests that waited ended after ${waiting.map((c) => Math.round(c.ended - began)).join(" and ")} ms`);
    for (const c of waiting) {
      assert.equal(c.status, 401, c.res.text);
      figure(c.ended < answered + SLACK_MS, `one ended ${Math.round(c.ended - answered)} ms after the answer`);
    }
  } finally {
    keeper.kill();
  }
  assert.equal(psql(`select title from mortise.tickets where id = '${ticket}'`)[0][0] === "Changed by nobody", false);
});

measured("two hosts: what runs of a plugin whose signature is revoked", {}, async (t, round) => {
  const dir = mkdtempSync(join(tmpdir(), "mortise-rights-"));
  const mortise = (...words) =>
    new Promise((resolve) => {
      const child = spawn(bin("mortise"), [...words, "-c", conf], { stdio: ["ignore", "ignore", "inherit"] });
      child.on("exit", resolve);
    });
  const minisign = (...words) => execFileSync("minisign", words, { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  try {
    minisign("-G", "-W", "-p", "k.pub", "-s", "k.key");
    assert.equal(await mortise("trust", "add", join(dir, "k.pub"), "--name", "test rights"), 0);
    const version = `1.2.${round}`;
    const bytes = reversion(KEY, version);
    writeFileSync(join(dir, "p.zip"), bytes);
    minisign("-S", "-W", "-s", "k.key", "-m", "p.zip");
    const up = await uploadSigned(bytes, readFileSync(join(dir, "p.zip.minisig")));
    assert.equal(up.status, 201, up.text);
    if (!up.body.approved) await approve(KEY, version);
    const moved = await consenting(await login("Admin", HOME), `/api/plugins/installations/${installed[HOME].id}/upgrade`, {});
    assert.equal(moved.status, 200, moved.text);
    const [[id]] = psql("select id from mortise.trust_keys where name = 'test rights'");
    await ends(t, {
      mine: await both(),
      others: [],
      end: async () => assert.equal(await mortise("trust", "revoke", id), 0),
      refused: [403],
      path: at("version"),
      hear: false,
      all: true,
    });
  } finally {
    psql("delete from mortise.trust_keys where name = 'test rights'");
    rmSync(dir, { recursive: true });
  }
});

// A master that stands still answers nobody, while its steward lives and its workers serve.
test("two hosts: an upgrade that a host can't follow is undone; a host that is gone holds up nobody", { timeout: 120000 }, async (t) => {
  await remove(KEY);
  const { admin, installation } = await install(KEY, HOME);
  const [me] = await both();
  await ready(me);
  await offer(reversion(KEY, "1.1.0"));
  const upgrade = async (status) => {
    const began = performance.now();
    const res = await consenting(admin, `/api/plugins/installations/${installation.id}/upgrade`, {});
    assert.equal(res.status, status, res.text);
    t.diagnostic(`${status} after ${Math.round(performance.now() - began)} ms`);
    return res;
  };
  const served = async (base) => {
    const one = call(me, base, at("version"));
    await one.done;
    return one.res.body?.version;
  };
  const master = host.status().pid;
  process.kill(master, "SIGSTOP");
  try {
    assert.match((await upgrade(503)).body.detail, /every host/);
    for (const h of hosts) assert.equal(await served(h.url), "1.0.0", "it is what it was");
  } finally {
    process.kill(master, "SIGCONT");
  }
  host.stop();
  host = undefined;
  await upgrade(200);
  assert.equal(await served(url), "1.1.0");
});
