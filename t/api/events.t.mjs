#!/usr/bin/env -S node --test-reporter=tap
// Event streams: the channels of a person, requests that a client can't make, and attacks that change nothing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { account, anonymous, http, login, psql, run, servicePid, signIn, until, url, varDir } from "../lib/mortise.mjs";
import { children } from "../lib/proc.mjs";
import { eventSource, Follower, webSocket } from "../lib/stream.mjs";

const title = (what) => `${what} ${randomUUID()}`;

/** Opens a stream and keeps what arrives. */
async function listen(how, client, path = "/events", headers = {}) {
  const answer = await how(path, { ...client.headers, ...headers });
  assert.ok(answer.stream, `no stream: ${answer.status} ${answer.body}`);
  const heard = [];
  answer.stream.on("message", (text) => heard.push(JSON.parse(text)));
  return { heard, headers: answer.headers, stream: answer.stream, close: () => answer.stream.close() };
}

const find = (listener, wanted) => listener.heard.find((m) => m.data?.title === wanted);

async function notify(from, path, body) {
  const res = await from.post(`/api/notifications/${path}`, { message: "for a test", ...body });
  assert.equal(res.status, 200, res.text);
  return res.body;
}

/** The events nginx's worker: a crash would give it another process id. */
const eventsWorker = () => String(children(servicePid("nginx-events")));

{
  const [name, how] = ["EventSource", eventSource];
  test(`${name}: a notification arrives as the since-API returns it`, async () => {
    const sender = await login("Dispatcher");
    const me = await login("Technician");
    const listener = await listen(how, me);
    const t = title(name);
    await notify(sender, "user", { targetUserId: me.who.id, title: t, priority: "high" });
    const m = await until(() => find(listener, t));
    listener.close();
    assert.equal(m.channel, `u.${me.who.id}`);
    assert.equal(m.type, "Notification");
    assert.equal(m.data.priority, "high");
    assert.equal(m.data.fromUserId, sender.who.id);
    assert.match(m.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const res = await me.get(`/api/events?since=${m.channel}:${m.seq - 1}`);
    assert.deepEqual(
      res.body.events.find((e) => e.seq === m.seq),
      m,
    );
  });

  test(`${name}: other origins get nothing, and nothing allows them`, async () => {
    const me = await login("Technician");
    for (const origin of ["https://evil.example", "null", `${url}.evil.example`, "http://127.0.0.1:1"]) {
      const answer = await how("/events", { Cookie: me.headers.Cookie, Origin: origin });
      assert.equal(answer.status, 403, `Origin ${origin}`);
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
    }
    const own = await listen(how, me);
    own.close();
    assert.equal(own.headers["access-control-allow-origin"], undefined);
  });

  test(`${name}: nobody without a session listens`, async () => {
    for (const headers of [{}, { Cookie: "mortise_session=nonsense" }, { Authorization: "Bearer nonsense" }]) {
      const answer = await how("/events", headers);
      assert.equal(answer.status, 401);
      assert.match(answer.headers["content-type"], /problem\+json/);
    }
  });

  test(`${name}: hostile message ids don't reach nchan`, async () => {
    const me = await login("Technician");
    const before = eventsWorker();
    const values = [
      "0:0",
      "1:0,0,0,0",
      "-1:-1",
      "1795227784:0201",
      "1795227784:[0],-,-,-",
      "999999999999999999999:9",
      "1:[99999],[-1],[1],[1]",
      ":",
      ",,,,",
      "]][[",
      "%00",
      "\u00e4\u00f6",
      "a".repeat(1000),
      "1:" + "0,".repeat(200),
    ];
    for (const value of values) {
      for (const header of ["Last-Event-ID", "If-None-Match", "If-Modified-Since", "Etag"]) {
        const l = await listen(how, me, "/events", { [header]: Buffer.from(value).toString("latin1") });
        l.close();
      }
      const q = encodeURIComponent(value);
      const l = await listen(how, me, `/events?last_event_id=${q}&id=${q}&msgid=${q}&tag=${q}&time=${q}`);
      l.close();
    }
    const still = await listen(how, me);
    const t = title("still there");
    await notify(await login("Dispatcher"), "user", { targetUserId: me.who.id, title: t });
    await until(() => find(still, t));
    still.close();
    assert.equal(eventsWorker(), before, "the worker of the events nginx was replaced");
  });
}

test("only one's own channels arrive", async () => {
  const admin = await login("Admin", 0);
  const technician = await login("Technician", 0);
  const stranger = await login("Technician", 1);
  const [hers, his, theirs] = await Promise.all([admin, technician, stranger].map((c) => listen(eventSource, c)));
  const toUser = title("user");
  const toRole = title("role");
  const toAll = title("company");
  await notify(admin, "user", { targetUserId: technician.who.id, title: toUser });
  await notify(admin, "role", { role: "Admin", title: toRole });
  await notify(admin, "company", { title: toAll });
  // The last in each listener's own channel: what would have come before it has come.
  const end = title("end");
  await notify(await login("Admin", 1), "user", { targetUserId: stranger.who.id, title: end });
  await notify(admin, "user", { targetUserId: technician.who.id, title: end });
  await notify(admin, "user", { targetUserId: admin.who.id, title: end });
  for (const l of [hers, his, theirs]) await until(() => find(l, end));
  for (const l of [hers, his, theirs]) l.close();

  const titles = (l) => [toUser, toRole, toAll].filter((t) => find(l, t));
  assert.deepEqual(titles(his), [toUser, toAll]);
  assert.deepEqual(titles(hers), [toRole, toAll]);
  assert.deepEqual(titles(theirs), []);
});

test("a client can't name channels, nor publish", async () => {
  const me = await login("Technician", 0);
  const admin = await login("Admin", 1);
  const other = admin.who.tenantId;
  const paths = [
    `/events?channel=t.${other}`,
    `/events?channels=t.${other}&id=t.${other}`,
    `/events?X-Mt-Channels=t.${other}`,
  ];
  const listeners = [];
  for (const path of paths)
    listeners.push(await listen(eventSource, me, path, { "X-Mt-Channels": `t.${other}`, "X-Accel-Redirect": "@events" }));
  const hidden = title("hidden");
  await notify(admin, "company", { title: hidden });
  const seen = title("seen");
  await notify(await login("Admin", 0), "user", { targetUserId: me.who.id, title: seen });
  for (const l of listeners) {
    await until(() => find(l, seen));
    assert.equal(find(l, hidden), undefined);
    l.close();
  }
  for (const path of [`/events/t.${other}`, `/sub/t.${other}`, `/events%2ft.${other}`]) {
    const res = await me.get(path, { headers: { Accept: "text/event-stream" } });
    assert.doesNotMatch(res.headers["content-type"], /event-stream/, path);
  }
  for (const path of [`/pub/t.${other}`, "/events", `/sub/t.${other}`, "/status"]) {
    const res = await me.post(path, { channel: `t.${other}` });
    assert.ok([403, 404, 405].includes(res.status), `POST ${path}: ${res.status}`);
  }
});

test("other users of the machine can't reach nchan's sockets", () => {
  // nginx makes unix sockets for everybody; their folder is what keeps others out.
  assert.equal(statSync(join(run, "events")).mode & 0o007, 0);
});

test("what a client sends on its stream harms nobody", async () => {
  const me = await login("Technician");
  const before = eventsWorker();
  const loud = await listen(eventSource, me);
  const quiet = await listen(eventSource, me);
  loud.stream.socket.write("hello\r\n\r\n");
  loud.stream.socket.write(Buffer.alloc(300000, 0x89));
  const t = title("after noise");
  await notify(await login("Dispatcher"), "user", { targetUserId: me.who.id, title: t });
  await until(() => find(quiet, t));
  loud.close();
  quiet.close();
  assert.equal(eventsWorker(), before);
});

test("a WebSocket is refused, whatever its handshake says", async () => {
  const me = await login("Technician");
  const before = eventsWorker();
  for (const headers of [{}, { "Sec-WebSocket-Version": "1" }, { "Sec-WebSocket-Key": "" }, { "Sec-WebSocket-Key": "x".repeat(3000) }]) {
    const answer = await webSocket("/events", { ...me.headers, ...headers });
    assert.equal(answer.status, 400, JSON.stringify(headers));
    assert.match(JSON.parse(answer.body).detail, /EventSource/);
  }
  assert.equal(eventsWorker(), before);
});

test("the since-API answers garbage clearly", async () => {
  const me = await login("Technician");
  for (const since of ["x", "t.1", "t.1:", ":", ":1", "t.1:x", "t.1:-1", "t.1:1;", "t.1:99999999999999999999", `${"t.1:1,".repeat(100)}t.1:1`, "%00:1", "t.1:1e3"]) {
    const res = await me.get(`/api/events?since=${since}`);
    assert.ok([400, 422].includes(res.status), `since=${since}: ${res.status} ${res.text}`);
    assert.match(res.headers["content-type"], /problem\+json/);
  }
  for (const query of ["limit=0", "limit=-1", "limit=x", "limit=1000000", "conn=x"]) {
    const res = await me.get(`/api/events?${query}`);
    assert.ok([400, 422].includes(res.status), `${query}: ${res.status}`);
  }
  assert.equal((await anonymous.get("/api/events")).status, 401);
});

test("the since-API knows no foreign channel", async () => {
  const me = await login("Technician", 0);
  const stranger = await login("Admin", 1);
  const t = stranger.who.tenantId;
  await notify(stranger, "company", { title: title("foreign") });
  const foreign = [`t.${t}`, `u.${stranger.who.id}`, `r.${t}.Admin`, "admin", `r.${me.who.tenantId}.Admin`];
  const res = await me.get(`/api/events?since=${foreign.map((c) => `${c}:0`).join(",")}`);
  assert.equal(res.status, 200);
  assert.deepEqual(res.body.events, []);
  assert.deepEqual(res.body.lost, []);
  for (const c of foreign) assert.ok(!(c in res.body.heads), c);
});

test("the since-API pages without a gap, and reports a number that never was", async () => {
  const me = await login("Technician");
  const sender = await login("Dispatcher");
  const channel = `u.${me.who.id}`;
  const from = (await me.get("/api/events")).body.heads[channel] ?? 0;
  const titles = [];
  for (let i = 0; i < 7; i++) {
    titles.push(title(`page ${i}`));
    await notify(sender, "user", { targetUserId: me.who.id, title: titles[i] });
  }
  const heard = [];
  for (let at = from, more = true; more; ) {
    const { body } = await me.get(`/api/events?since=${channel}:${at}&limit=3`);
    assert.ok(body.events.length <= 3);
    heard.push(...body.events);
    at = heard.at(-1).seq;
    more = body.more;
  }
  assert.deepEqual(
    heard.map((e) => e.data.title),
    titles,
  );
  assert.deepEqual(
    heard.map((e) => e.seq),
    titles.map((_, i) => from + 1 + i),
  );
  const { body } = await me.get(`/api/events?since=${channel}:${from + 1000000}`);
  assert.deepEqual(body.lost, [channel]);
});

test("numbers have no holes and arrive in order when many write at once", async () => {
  const me = await login("Technician", 0, 1);
  const sender = await login("Dispatcher");
  const follower = await new Follower(me).start();
  await Promise.all(Array.from({ length: 60 }, (_, i) => notify(sender, "user", { targetUserId: me.who.id, title: title(`many ${i}`) })));
  const mine = () => follower.events.filter((e) => e.channel === `u.${me.who.id}` && e.data.title.startsWith("many"));
  await until(() => mine().length >= 60);
  await follower.stop();
  assert.equal(new Set(mine().map((e) => e.data.title)).size, 60);
  mine().forEach((e, i) => assert.equal(e.seq, mine()[0].seq + i));
});

test("an event too large for the stream is fetched", async () => {
  const me = await login("Technician");
  const follower = await new Follower(me).start();
  const tag = randomUUID();
  // Raised without a wake-up, as if the datagram were lost: the steward polls.
  psql(`select mortise.emit('u.${me.who.id}', 'Test', jsonb_build_object('title', '${tag}', 'big', repeat('x', 70000)))`, {
    user: "mortise_steward",
  });
  const e = await until(() => follower.events.find((x) => x.data.title === tag));
  await follower.stop();
  assert.equal(e.data.big.length, 70000);
});

test("every stream gets a heartbeat", async () => {
  const me = await login("Technician");
  const l = await listen(eventSource, me, `/events?conn=${randomUUID()}`);
  const beat = await until(() => l.heard.find((m) => m.type === "heartbeat" && m.channel === "all"));
  assert.equal(typeof beat.seq, "number");
  await until(() => l.heard.find((m) => m.type === "heartbeat" && m.channel === `u.${me.who.id}`));
  l.close();
});

test("a person holds 20 streams, not more, and a place that gets free can be taken", async () => {
  const me = await signIn(account("Technician", 0, 1));
  const open = () => eventSource("/events", me.headers);
  // Those that earlier tests have left may still be counted.
  const streams = await Promise.all(Array.from({ length: 20 }, () => until(async () => (await open()).stream, 30000, "a stream")));
  const refused = await open();
  assert.equal(refused.status, 429);
  assert.match(refused.headers["content-type"], /problem\+json/);
  assert.ok(Number(refused.headers["retry-after"]) > 0);
  assert.match(JSON.parse(refused.body).detail, /events_streams_per_user/);
  streams[0].close();
  const again = await until(async () => (await open()).stream, 30000, "a place is free again");
  again.close();
  for (const s of streams) s.close();
});

test("a page that is left counts no more, and nobody else's is concerned", async () => {
  const me = await login("Technician", 0, 1);
  const stranger = await login("Technician", 1);
  const [left, kept, foreign] = [randomUUID(), randomUUID(), randomUUID()];
  const of = (...conns) => psql(`select conn from mortise.presence where conn in ('${conns.join("','")}') order by 1`).flat();
  for (const conn of [left, kept]) (await listen(eventSource, me, `/events?conn=${conn}`)).close();
  await stranger.get(`/api/events?conn=${foreign}`);
  for (const conn of [left, foreign]) assert.equal((await me.post(`/api/events/leave?conn=${conn}`)).status, 204);
  assert.deepEqual(of(left, kept, foreign), [kept, foreign].sort());
  assert.equal((await me.post("/api/events/leave")).status, 422);
  assert.equal((await http("POST", `/api/events/leave?conn=${kept}`, { headers: { ...me.headers, Origin: "https://evil.example" } })).status, 403);
  assert.deepEqual(of(kept), [kept]);
  psql(`delete from mortise.presence where conn in ('${kept}', '${foreign}')`);
});

test("connections that open at once don't wait for each other's leases, and the oldest ones go", async (t) => {
  const me = await signIn(account("Technician", 0, 1));
  t.after(() => psql(`delete from mortise.presence where user_id = '${me.who.id}'`));
  psql(`delete from mortise.presence where user_id = '${me.who.id}';
    insert into mortise.presence (tenant_id, user_id, conn, expires_at)
      select ${me.who.tenantId}, '${me.who.id}', gen_random_uuid(), now() + n * interval '3 s' from generate_series(1, 30) n`);
  // Somebody else's transaction holds the ones that have to go.
  const held = spawn("psql", ["-XqAt", "-d", "mortise", "-f", "-"], {
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") },
  });
  const ended = new Promise((r) => held.on("exit", r));
  held.stdin.write(`begin; select 'held' from mortise.presence where user_id = '${me.who.id}' for update;\n`);
  await new Promise((r) => held.stdout.once("data", r));
  const answers = await Promise.all(Array.from({ length: 4 }, () => me.get(`/api/events?conn=${randomUUID()}`)));
  assert.deepEqual(answers.map((a) => a.status), [200, 200, 200, 200]);
  held.stdin.end("rollback;\n");
  await ended;
  const conn = randomUUID();
  assert.equal((await me.get(`/api/events?conn=${conn}`)).status, 200);
  const [[rows, soonest]] = psql(`select count(*), min(expires_at) > now() + interval '30 s' from mortise.presence where user_id = '${me.who.id}'`);
  assert.equal(rows, "20");
  assert.equal(soonest, "t");
});

test("after signing out no stream opens", async () => {
  const me = await signIn(account("Technician", 1));
  (await listen(eventSource, me)).close();
  assert.equal((await me.post("/api/auth/logout")).status, 204);
  assert.equal((await eventSource("/events", me.headers)).status, 401);
});

test("other methods are refused", async () => {
  const me = await login("Technician");
  for (const method of ["POST", "PUT", "DELETE"]) {
    const res = await http(method, "/events", { headers: me.headers });
    assert.equal(res.status, 405);
    assert.match(res.headers["content-type"], /problem\+json/);
  }
});
