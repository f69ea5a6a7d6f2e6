#!/usr/bin/env -S node --test-reporter=tap
// A thousand streams end at one moment and are opened again: a refusal says when to come again, and
// everybody has every event once.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import test from "node:test";

import { account, Client, psql, service, until } from "../lib/mortise.mjs";
import { eventSource, Follower } from "../lib/stream.mjs";

const PEOPLE = 50;
const STREAMS = 20; // of each: as many as a person may have

test(`${PEOPLE * STREAMS} streams of a company come back after the events nginx`, { timeout: 280000 }, async (t) => {
  const [[tenant]] = psql(`select tenant_id from mortise.users where email = '${account("Admin", 1).email}'`);
  const mark = randomUUID();
  const people = Array.from({ length: PEOPLE }, () => ({ id: randomUUID(), token: randomBytes(32).toString("base64url") }));
  t.after(() => psql(`delete from mortise.users where email like '%@storm-${mark}.example'`));
  for (const { id, token } of people)
    psql(`insert into mortise.users (tenant_id, id, email, name, roles) values (${tenant}, '${id}', '${id}@storm-${mark}.example', 'Storm', '{Technician}');
      insert into mortise.sessions (token_hash, tenant_id, user_id, kind, expires_at)
        values ('${createHash("sha256").update(token).digest("hex")}', ${tenant}, '${id}', 'token', now() + interval '1 h')`);

  const refused = {};
  /** Counts what is refused; a refusal says when to come again. */
  const checked = (answer, what) => {
    if (answer.status === 200) return answer;
    const name = `${what} ${answer.status}`;
    refused[name] = (refused[name] ?? 0) + 1;
    if (!(Number(answer.headers["retry-after"]) > 0)) assert.fail(`${name} without Retry-After: ${answer.body ?? answer.text}`);
    return answer;
  };
  const faults = [];
  const watched = (work) => work.catch((e) => (faults.push(e), null));
  const followers = people.flatMap(({ token }, p) => {
    const client = new Client({ Authorization: `Bearer ${token}` });
    const asking = { headers: client.headers, get: (path) => watched(client.get(path).then((a) => checked(a, "since"))) };
    // An address has at most 200 streams.
    const localAddress = `127.0.2.${1 + Math.floor(p / 5)}`;
    const how = (path, headers) => watched(eventSource(path, headers, { localAddress }).then((a) => checked(a, "stream")));
    return Array.from({ length: STREAMS }, () => new Follower(asking, how));
  });
  t.after(() => Promise.all(followers.map((f) => f.stop())));
  for (let i = 0; i < followers.length; i += 25) await Promise.all(followers.slice(i, i + 25).map((f) => f.start()));

  let n = 0;
  const emit = (count) => {
    psql(`select count(mortise.emit('t.${tenant}', 'Storm', jsonb_build_object('title', '${mark}', 'n', n))) from generate_series(${n + 1}, ${n + count}) n`, {
      user: "mortise_steward",
    });
    n += count;
  };
  const heard = (f) => f.events.filter((e) => e.data.title === mark).map((e) => e.data.n);
  const all = (what) => until(() => followers.every((f) => heard(f).length >= n), 90000, what);
  emit(5);
  await all("all hear before");
  const began = Date.now();
  service("stop", "nginx-events");
  emit(5);
  service("start", "nginx-events");
  emit(5);
  await until(() => followers.every((f) => f.connects >= 2 && f.isOpen), 90000, "all streams are open again");
  const opened = Date.now() - began;
  emit(5);
  await all("all hear after");
  const right = Array.from({ length: n }, (_, i) => i + 1);
  for (const f of followers) assert.deepEqual(heard(f), right);
  assert.deepEqual(faults, []);
  t.diagnostic(`open again after ${opened} ms; refused meanwhile: ${JSON.stringify(refused)}`);
});
