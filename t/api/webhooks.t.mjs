#!/usr/bin/env -S node --test-reporter=tap
// Webhooks: what is sent and how it is signed, what happens when it isn't taken, the log, and whose they are.
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { configure } from "../lib/conf.mjs";
import { Client, conf, http, install, login, psql, remove, status, throughout, until, url } from "../lib/mortise.mjs";
import { good, passwordOf, refused, removeCompanies } from "../lib/people.mjs";
import { mayKill } from "../plugins/kill.mjs";

const CODE = `hook-${process.pid}`;
const OTHER = `${CODE}-b`;
const seen = []; // {path, headers, body, at}
const answers = new Map(); // path -> what it does with the next ones
let server, at, back, boss, tech, other;

/** What the server of a webhook does: takes it, or as `answers` has it for the path. */
async function serve(req, res) {
  let body = "";
  for await (const part of req) body += part;
  const path = req.url;
  seen.push({ path, headers: req.headers, body, method: req.method });
  const answer = answers.get(path) ?? { status: 200 };
  if (answer.silent) return;
  res.writeHead(answer.status, answer.headers).end(answer.text ?? "taken");
}

async function person(name, role, code = CODE) {
  const email = `${name}@${code}.example`;
  const password = passwordOf(good("user", "add", email, "--tenant", code, "--name", name, "--role", role));
  const res = await http("POST", "/api/auth/login", { body: { email, password }, headers: { Origin: url } });
  assert.equal(res.status, 200, res.text);
  const client = new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url });
  return Object.assign(client, { id: res.body.user.id, tenantId: res.body.user.tenantId, password });
}
const confirm = async (who) => assert.equal((await who.post("/api/auth/confirm", { password: who.password })).status, 204);

before(async () => {
  server = createServer(serve);
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  at = `http://127.0.0.1:${server.address().port}`;
  const pool = () => status().pools.find((p) => p.name === "calls");
  const old = pool().workers[0].pid;
  back = await configure({ webhook_allow: `127.0.0.1:${server.address().port}`, plugin_fetch_allow: "localhost:8443" });
  await until(() => pool().workers.some((w) => w.pid !== old && !w.leaving));
  good("tenant", "add", CODE, "Hooks");
  good("tenant", "add", OTHER, "Other hooks");
  boss = await person("boss", "Admin");
  tech = await person("tech", "Technician");
  other = await person("other", "Admin", OTHER);
});
after(async () => {
  server?.closeAllConnections();
  server?.close();
  await back?.();
  removeCompanies(CODE, OTHER);
});

/** A webhook at a path of the server. */
async function hook(path, events = ["TicketCreated"], { who = boss, ...more } = {}) {
  await confirm(who);
  const res = await who.post("/api/webhooks", { name: path.slice(0, 60), url: `${at}${path}`, events, ...more });
  assert.equal(res.status, 201, res.text);
  return res.body;
}
async function change(of, body) {
  await confirm(boss);
  const { version } = (await boss.get(`/api/webhooks/${of.id}`)).body;
  const res = await boss.patch(`/api/webhooks/${of.id}`, body, { headers: { "If-Match": `"${version}"` } });
  assert.equal(res.status, 200, res.text);
  return res.body;
}
async function ticket(title = randomUUID(), who = boss) {
  const res = await who.post("/api/tickets", { title });
  assert.equal(res.status, 201, res.text);
  return res.body;
}
const drop = async (of) => assert.equal((await boss.del(`/api/webhooks/${of.id}`)).status, 204);
const log = async (of, who = boss) => (await who.get(`/api/webhooks/${of.id}/deliveries`)).body.items;
const of = (path) => seen.filter((s) => s.path === path);
const settled = (h, state, n = 1) =>
  until(async () => {
    const list = (await log(h)).filter((d) => d.state === state);
    return list.length >= n && list;
  }, 30000, `${n} ${state} at ${h.name}`);
/** Those that wait are due now. */
const hurry = (h) => psql(`update mortise.webhook_deliveries set due_at = now() where webhook_id = '${h.id}' and state = 'waiting'; ${due(h)}`);
const due = (h) => `update mortise.webhooks set next_at = now(), busy_until = now() where id = '${h.id}'`;
/** Signatures of a request by this secret, as Standard Webhooks computes them. */
const signature = (s, secret) =>
  `v1,${createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(`${s.headers["webhook-id"]}.${s.headers["webhook-timestamp"]}.${s.body}`).digest("base64")}`;

test("an event reaches the server, signed, and is in the log", async () => {
  const h = await hook("/plain");
  assert.match(h.secret, /^whsec_[A-Za-z0-9+/]{32}$/);
  assert.equal((await boss.get(`/api/webhooks/${h.id}`)).text.includes("whsec"), false);
  const made = await ticket("Ärger & \"Anführung\"");
  await until(() => of("/plain").length);
  const [got] = of("/plain");
  assert.equal(got.method, "POST");
  assert.equal(got.headers["content-type"], "application/json");
  assert.match(got.headers["user-agent"], /^Mortise\//);
  assert.equal(got.headers["webhook-signature"], signature(got, h.secret));
  assert.ok(Math.abs(Number(got.headers["webhook-timestamp"]) - Date.now() / 1000) < 60);
  const body = JSON.parse(got.body);
  assert.equal(body.type, "TicketCreated");
  assert.equal(body.data.ticketId, made.id);
  assert.ok(Math.abs(Date.parse(body.timestamp) - Date.now()) < 60000);
  const [d] = await settled(h, "delivered");
  assert.deepEqual([d.id, d.type, d.status, d.attempts, d.answer, d.fault], [got.headers["webhook-id"], "TicketCreated", 200, 1, "taken", null]);
  assert.equal(d.body, got.body);
  assert.ok(d.ms >= 0 && d.endedAt);
  assert.ok((await boss.get(`/api/webhooks/${h.id}`)).body.deliveredAt);
  await boss.patch(`/api/tickets/${made.id}`, { priority: "high" }, { headers: { "If-Match": `"${made.version}"` } });
  await drop(h);
  assert.deepEqual(psql(`select (select count(*) from mortise.webhook_deliveries where webhook_id = '${h.id}')
    + (select count(*) from mortise.webhook_secrets where webhook_id = '${h.id}')`), [["0"]]);
  assert.equal(of("/plain").length, 1, "it asked for TicketCreated alone");
});

test("what is wrong with one is named by field, and there are twenty at most", async () => {
  const wrong = async (body, ...pointers) => {
    await confirm(boss);
    const res = await boss.post("/api/webhooks", { name: "x", url: `${at}/x`, events: ["TicketCreated"], ...body });
    assert.equal(res.status, 422, `${JSON.stringify(body)}: ${res.text}`);
    assert.deepEqual(res.body.errors.map((e) => e.pointer), pointers, res.text);
  };
  for (const bad of ["http://example.com/hook", "https://", "ftp://example.com/", "https://me:word@example.com/", "https://*.example.com/",
    "https://example.com/a b", "https://exämple.com/", "javascript:alert(1)"]) await wrong({ url: bad }, "/url");
  await wrong({ events: [] }, "/events");
  await wrong({ events: ["TicketCreated", "Nothing", "*"] }, "/events/1");
  await wrong({ name: "  " }, "/name");
  await wrong({ name: "", url: "x", events: "*" }, "/name", "/url", "/events");
  await confirm(boss);
  assert.equal((await boss.post("/api/webhooks", { name: "x", url: `${at}/x`, events: ["*"], secret: "whsec_mine" })).status, 422);
  const made = [];
  for (let i = 0; i < 20; i++) made.push(await hook(`/many${i}`, ["UserCreated"]));
  const res = await boss.post("/api/webhooks", { name: "one more", url: `${at}/x`, events: ["*"] });
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.detail, /at most 20 webhooks/);
  for (const h of made) await drop(h);
});

test("none but who manages them sees or changes them, and not without the password of this minute", async () => {
  const h = await hook("/mine");
  await ticket();
  const [d] = await settled(h, "delivered");
  for (const [who, code] of [[tech, 403], [other, 404]]) {
    await confirm(who);
    for (const res of [
      await who.get(`/api/webhooks/${h.id}`), await who.get(`/api/webhooks/${h.id}/deliveries`), await who.get(`/api/webhook-deliveries/${d.id}`),
      await who.del(`/api/webhooks/${h.id}`), await who.post(`/api/webhooks/${h.id}/test`), await who.post(`/api/webhooks/${h.id}/secret`),
      await who.post(`/api/webhook-deliveries/${d.id}/retry`),
    ]) assert.equal(res.status, code, res.text);
  }
  assert.deepEqual((await other.get("/api/webhooks")).body.items, []);
  psql(`update mortise.sessions set confirmed_at = now() - interval '2 minutes' where user_id = '${boss.id}'`);
  await until(async () => (await boss.post("/api/webhooks", { name: "x", url: `${at}/x`, events: ["*"] })).status === 403, 5000, "the password is asked for");
  assert.equal((await boss.post(`/api/webhooks/${h.id}/secret`)).status, 403);
  assert.equal((await boss.patch(`/api/webhooks/${h.id}`, { url: `${at}/y` }, { headers: { "If-Match": '"1"' } })).status, 403);
  await drop(h);
});

test("a failure is tried again with the same id, and a server may ask for a pause", async () => {
  const h = await hook("/fails");
  answers.set("/fails", { status: 500, text: "sorry" });
  await ticket();
  let [d] = await until(async () => (await log(h)).filter((x) => x.attempts === 1 && x.state === "waiting").length && log(h));
  assert.deepEqual([d.status, d.fault, d.answer], [500, "status", "sorry"]);
  const wait = (x) => (Date.parse(x.dueAt) - Date.parse(x.triedAt)) / 1000;
  assert.ok(wait(d) >= 5 && wait(d) < 40, `${wait(d)} s`);
  assert.ok((await boss.get(`/api/webhooks/${h.id}`)).body.failingSince);
  answers.set("/fails", { status: 503, headers: { "Retry-After": "3600" } });
  hurry(h);
  [d] = await until(async () => (await log(h)).filter((x) => x.attempts === 2 && x.state === "waiting").length && log(h));
  assert.ok(wait(d) >= 3600 && wait(d) < 4400, `${wait(d)} s`);
  answers.delete("/fails");
  hurry(h);
  [d] = await settled(h, "delivered");
  assert.deepEqual([d.attempts, d.status, d.fault], [3, 200, null]);
  assert.equal((await boss.get(`/api/webhooks/${h.id}`)).body.failingSince, null);
  const got = of("/fails");
  assert.equal(new Set(got.map((s) => s.headers["webhook-id"])).size, 1);
  assert.equal(new Set(got.map((s) => s.body)).size, 1);
  for (const s of got) assert.equal(s.headers["webhook-signature"], signature(s, h.secret));
  await drop(h);
});

test("given up after ten tries, it can be sent once more by hand", async () => {
  const h = await hook("/never");
  answers.set("/never", { status: 404 });
  await ticket();
  for (let n = 1; n <= 9; n++) {
    await until(async () => (await log(h)).some((x) => x.attempts === n && x.state === "waiting"), 30000, `try ${n}`);
    hurry(h);
  }
  const [d] = await settled(h, "failed");
  assert.deepEqual([d.attempts, d.status], [10, 404]);
  assert.equal((await boss.get(`/api/webhooks/${h.id}`)).body.active, true, "it has failed for a moment only");
  answers.delete("/never");
  const again = await boss.post(`/api/webhook-deliveries/${d.id}/retry`);
  assert.equal(again.status, 200, again.text);
  await settled(h, "delivered");
  assert.equal(of("/never").at(-1).headers["webhook-id"], d.id);
  assert.equal((await boss.post(`/api/webhook-deliveries/${randomUUID()}/retry`)).status, 404);
  await drop(h);
});

test("one that has failed for long is switched off, with a notification; so is one whose server is gone", async () => {
  const notes = async (name) => (await boss.get("/api/notifications?limit=50")).body.items.filter((n) => n.title === `The webhook ${name} was switched off`);
  const long = await hook("/long"), gone = await hook("/gone");
  answers.set("/long", { status: 500 });
  answers.set("/gone", { status: 410 });
  await ticket();
  await settled(gone, "failed");
  await until(async () => (await log(long)).some((x) => x.attempts === 1 && x.state === "waiting"));
  psql(`update mortise.webhook_deliveries set attempts = 9 where webhook_id = '${long.id}';
    update mortise.webhooks set failing_since = now() - interval '2 days' where id = '${long.id}'`);
  hurry(long);
  await settled(long, "failed");
  for (const [h, why] of [[long, "failing"], [gone, "gone"]]) {
    const now = (await boss.get(`/api/webhooks/${h.id}`)).body;
    assert.deepEqual([now.active, now.stopped], [false, why]);
    const [note] = await until(async () => (await notes(h.name)).length && notes(h.name));
    assert.equal(note.url, `/settings/webhooks?id=${h.id}`);
    assert.equal((await boss.post(`/api/webhooks/${h.id}/test`)).status, 409);
  }
  const n = seen.length;
  await ticket();
  await throughout(() => seen.length === n, 1500, "nothing is sent while they are off");
  answers.clear();
  assert.deepEqual([(await change(long, { active: true })).stopped, (await change(gone, { active: true })).active], [null, true]);
  await ticket();
  await settled(long, "delivered");
  await settled(gone, "delivered");
  await drop(long);
  await drop(gone);
});

test("what waits rests while a webhook is off, and goes out when it is on again", async () => {
  const h = await hook("/rests");
  answers.set("/rests", { status: 500 });
  await ticket();
  await until(async () => (await log(h)).some((x) => x.state === "waiting" && x.attempts === 1));
  await change(h, { active: false });
  assert.equal((await log(h))[0].state, "paused");
  answers.clear();
  await change(h, { active: true });
  await settled(h, "delivered");
  await drop(h);
});

test("a redirect isn't followed, and no address that isn't public is reached", async () => {
  const h = await hook("/moved"), inner = await hook("/inner");
  answers.set("/moved", { status: 307, headers: { Location: `${at}/elsewhere` } });
  await change(inner, { url: "https://localhost:8443/hook" });
  await ticket();
  const failed = async (x) => (await until(async () => (await log(x)).filter((d) => d.attempts === 1 && d.state === "waiting").length && log(x)))[0];
  assert.deepEqual([(await failed(h)).status, (await failed(h)).fault], [307, "status"]);
  assert.equal(of("/elsewhere").length, 0);
  const d = await failed(inner);
  assert.deepEqual([d.status, d.fault], [null, "refused"]);
  assert.match(d.detail, /not public \(loopback\)/);
  await change(inner, { url: "https://169.254.169.254/latest" });
  hurry(inner);
  const [meta] = await until(async () => (await log(inner)).filter((x) => x.attempts === 2 && x.state === "waiting").length && log(inner));
  assert.equal(meta.fault, "refused");
  answers.clear();
  await drop(h);
  await drop(inner);
});

test("a server that never answers delays nobody, and says so in the log", async () => {
  const slow = await hook("/silent"), quick = await hook("/quick"), theirs = await hook("/theirs", ["TicketCreated"], { who: other });
  answers.set("/silent", { silent: true });
  for (let i = 0; i < 6; i++) await ticket();
  await until(() => of("/quick").length >= 6, 10000, "the company's other one");
  await ticket("theirs", other);
  await until(() => of("/theirs").length, 10000, "another company's");
  assert.equal(of("/silent").length, 1, "one at a time");
  const [d] = await until(async () => (await log(slow)).filter((x) => x.fault === "timeout").length && (await log(slow)).filter((x) => x.fault));
  assert.ok(d.ms >= 14000 && d.status === null, JSON.stringify(d));
  answers.clear();
  await drop(slow);
  await drop(quick);
  assert.equal((await other.del(`/api/webhooks/${theirs.id}`)).status, 204);
});

test("events of one webhook arrive in their order", async () => {
  const h = await hook("/order");
  const made = [];
  for (let i = 0; i < 25; i++) made.push((await ticket()).id);
  await until(() => of("/order").length >= 25);
  assert.deepEqual(of("/order").map((s) => JSON.parse(s.body).data.ticketId), made);
  await drop(h);
});

test("a new secret signs beside the old one for a day", async () => {
  const h = await hook("/secret");
  await confirm(boss);
  const res = await boss.post(`/api/webhooks/${h.id}/secret`);
  assert.equal(res.status, 200, res.text);
  assert.notEqual(res.body.secret, h.secret);
  await ticket();
  await until(() => of("/secret").length);
  let [got] = of("/secret");
  assert.equal(got.headers["webhook-signature"], `${signature(got, res.body.secret)} ${signature(got, h.secret)}`);
  psql(`update mortise.webhook_secrets set former_until = now() where webhook_id = '${h.id}'`);
  await ticket();
  await until(() => of("/secret").length === 2);
  got = of("/secret")[1];
  assert.equal(got.headers["webhook-signature"], signature(got, res.body.secret));
  const stored = psql(`select secrets::text from mortise.webhook_secrets where webhook_id = '${h.id}'`)[0][0];
  for (const secret of [h.secret, res.body.secret]) assert.equal(stored.includes(secret.slice(6)), false);
  good("secrets", "rotate");
  await ticket();
  await until(() => of("/secret").length === 3);
  got = of("/secret")[2];
  assert.equal(got.headers["webhook-signature"], signature(got, res.body.secret), "sealed by another key now");
  await drop(h);
});

test("a test arrives, and five wait at most", async () => {
  const h = await hook("/test", ["UserDeleted"]);
  const res = await boss.post(`/api/webhooks/${h.id}/test`);
  assert.equal(res.status, 202, res.text);
  await until(() => of("/test").length);
  assert.deepEqual(JSON.parse(of("/test")[0].body).data, { webhookId: h.id, name: "/test" });
  assert.equal((await settled(h, "delivered"))[0].id, res.body.deliveryId);
  answers.set("/test", { status: 500 });
  for (let i = 0; i < 5; i++) assert.equal((await boss.post(`/api/webhooks/${h.id}/test`)).status, 202);
  assert.equal((await boss.post(`/api/webhooks/${h.id}/test`)).status, 409);
  answers.clear();
  await drop(h);
});

/** Processes of the steward that send. */
function helpers() {
  const ret = [];
  for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n)))
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
      if (words.includes("--webhooks") && words.includes(conf)) ret.push(Number(pid));
    } catch {
      // ended meanwhile
    }
  return ret;
}

test("a helper that is killed loses nothing: the event is sent again with its id", mayKill, async () => {
  const h = await hook("/killed");
  answers.set("/killed", { silent: true });
  await ticket();
  await until(() => of("/killed").length);
  const [pid] = helpers();
  process.kill(pid, "SIGKILL");
  assert.equal((await log(h))[0].state, "sending");
  answers.clear();
  psql(`update mortise.webhook_deliveries set due_at = now() where webhook_id = '${h.id}'; ${due(h)}`);
  const [d] = await settled(h, "delivered");
  assert.equal(d.attempts, 2);
  assert.deepEqual(of("/killed").map((s) => s.headers["webhook-id"]), [d.id, d.id]);
  await drop(h);
});

test("where 5,000 wait the next is given up at once, and what ended is kept to 500", async () => {
  const h = await hook("/full");
  await change(h, { active: false });
  psql(`insert into mortise.webhook_deliveries (tenant_id, webhook_id, type, body, state, due_at)
    select ${boss.tenantId}, '${h.id}', 'TicketCreated', '{}', 'paused', now() + interval '1 day' from generate_series(1, 5100)`);
  await change(h, { active: true });
  psql(`update mortise.webhook_deliveries set due_at = now() + interval '1 day' where webhook_id = '${h.id}'`);
  await ticket();
  const [d] = await settled(h, "failed");
  assert.deepEqual([d.fault, d.attempts], ["too-many", 0]);
  psql(`delete from mortise.webhook_deliveries where webhook_id = '${h.id}' and state in ('waiting', 'sending');
    insert into mortise.webhook_deliveries (tenant_id, webhook_id, type, body, state, ended_at)
    select ${boss.tenantId}, '${h.id}', 'TicketCreated', '{}', 'delivered', now() from generate_series(1, 700)`);
  for (let i = 0; i < 50; i++) psql(`insert into mortise.webhook_deliveries (tenant_id, webhook_id, type, body) values (${boss.tenantId}, '${h.id}', 'WebhookTest', '{}')`);
  psql(due(h));
  const count = () => Number(psql(`select count(*) from mortise.webhook_deliveries where webhook_id = '${h.id}'`)[0][0]);
  await until(() => count() <= 551, 30000, "the log is cut");
  assert.ok(count() >= 500);
  await drop(h);
});

test("changes are in the audit log, without the address's path", async () => {
  const h = await hook("/audit?token=hidden", ["*"], { name: "In the log" });
  await change(h, { name: "Renamed" });
  await drop(h);
  const entries = (await boss.get(`/api/audit?targetId=${h.id}`)).body.items ?? [];
  assert.deepEqual(entries.map((e) => e.action).sort(), ["company.webhook-added", "company.webhook-changed", "company.webhook-deleted"]);
  assert.equal(JSON.stringify(entries).includes("hidden"), false);
});

test("events of plugins can be asked for", async () => {
  const list = (await boss.get("/api/webhook-events")).body.items;
  assert.ok(list.some((e) => e.type === "TicketCreated" && e.source === "core"));
  assert.equal((await tech.get("/api/webhook-events")).status, 403);
  const h = await hook("/plugin", ["time-clock.EntryAdded"]);
  assert.deepEqual(h.events, ["time-clock.EntryAdded"]);
  await drop(h);
});
