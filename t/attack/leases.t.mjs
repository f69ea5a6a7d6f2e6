#!/usr/bin/env -S node --test-reporter=tap
// A worker caches an identity no longer than a lease, even if an attacker can write to the cache.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { join } from "node:path";
import test from "node:test";

import { account, leaseOver, login, psql, run, signIn, until } from "../lib/mortise.mjs";

/** One command of memcached's text protocol; answers what comes back within a moment. */
function memcached(command) {
  return new Promise((resolve, reject) => {
    const s = connect(join(run, "memcached.sock"));
    let got = Buffer.alloc(0);
    s.on("data", (d) => {
      got = Buffer.concat([got, d]);
      if (/(END|STORED|DELETED|NOT_FOUND|ERROR)\r\n$/.test(got.toString("latin1"))) s.end();
    });
    s.on("close", () => resolve(got));
    s.on("error", reject);
    s.write(command);
  });
}

const keyOf = (client) => "session:" + createHash("sha256").update(client.headers.Cookie.split("=")[1]).digest("hex");

/** The stored value with its flags, or null. */
async function read(key) {
  const got = await memcached(`get ${key}\r\n`);
  const head = /^VALUE \S+ (\d+) (\d+)\r\n/.exec(got.toString("latin1"));
  if (!head) return null;
  return { flags: head[1], bytes: got.subarray(head[0].length, head[0].length + Number(head[2])) };
}
const write = (key, v) =>
  memcached(Buffer.concat([Buffer.from(`set ${key} ${v.flags} 0 ${v.bytes.length}\r\n`), v.bytes, Buffer.from("\r\n")]));

/** Puts the value there again and again, as somebody does who can write to memcached. */
async function replaying(key, value, work) {
  let on = true;
  const writer = (async () => {
    while (on) await write(key, value);
  })();
  try {
    return await work();
  } finally {
    on = false;
    await writer;
  }
}

test("defect 9: a stored identity that is put back doesn't bring back a session that has ended", async () => {
  const me = await signIn(account("Technician", 0, 1));
  assert.equal((await me.get("/api/me")).status, 200);
  const stored = await until(async () => (await me.get("/api/me")).status === 200 && read(keyOf(me)), 30000, "a value to replay");
  assert.equal((await me.post("/api/auth/logout")).status, 204);
  await replaying(keyOf(me), stored, async () => {
    for (let i = 0; i < 60; i++) assert.equal((await me.get("/api/me")).status, 401);
  });
});

test("defect 9: a stored identity isn't believed after its lease, nor under another session's name", async () => {
  const me = await signIn(account("Technician", 0, 1));
  const admin = await login("Admin");
  const stored = (client) => until(async () => (await client.get("/api/me")).status === 200 && read(keyOf(client)), 30000, "a value to replay");
  const theirs = await stored(admin);
  const mine = await stored(me);
  psql(`update mortise.users set roles = '{}' where id = '${me.who.id}'`);
  try {
    await leaseOver();
    await replaying(keyOf(me), mine, async () => {
      for (let i = 0; i < 40; i++) assert.equal((await me.get("/api/tickets")).status, 403, "the roles of a second ago");
    });
  } finally {
    psql(`update mortise.users set roles = '{Technician}' where id = '${me.who.id}'`);
  }
  await leaseOver();
  await replaying(keyOf(me), theirs, async () => {
    for (let i = 0; i < 40; i++) {
      const res = await me.get("/api/me");
      assert.equal(res.body.id, me.who.id);
    }
  });
});

test("defect 9: a sign-out that races with requests that fill the caches ends the session all the same", async () => {
  for (let round = 0; round < 5; round++) {
    const me = await signIn(account("Technician", 0, 1));
    let out = false;
    let after = 0;
    const asking = Array.from({ length: 8 }, async () => {
      while (!out) {
        const res = await me.get("/api/me");
        assert.ok([200, 401].includes(res.status));
      }
    });
    assert.equal((await me.post("/api/auth/logout")).status, 204);
    for (let i = 0; i < 20; i++) if ((await me.get("/api/me")).status !== 401) after++;
    out = true;
    await Promise.all(asking);
    assert.equal(after, 0, "requests that began after the answer");
  }
});
