#!/usr/bin/env -S node --test-reporter=tap
// Popup Messenger from end to end: what two people see of each other, what nobody else does, and what becomes of it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { install, login, psql, remove, until } from "../lib/mortise.mjs";
import { eventSource } from "../lib/stream.mjs";

const KEY = "popup-messenger";
const at = (path) => `/api/plugins/${KEY}${path}`;
let admin, installation, ann, bob, eve, foreign;

before(async () => {
  await remove(KEY);
  ({ admin, installation } = await install(KEY));
  [ann, bob, eve, foreign] = [await login("Technician", 0, 0), await login("Technician", 0, 1), await login("Dispatcher"), await login("Technician", 1)];
});
after(() => remove(KEY));

const problem = (res, code, detail) => {
  assert.equal(res.status, code, res.text);
  assert.match(res.headers["content-type"], /application\/problem\+json/);
  assert.match(res.body.detail, detail);
  return res.body.errors?.map((e) => e.pointer);
};
const send = (from, to, message) => from.post(at("/send-message"), { toUserId: to.who.id, message });
const said = async (who, other) => (await who.get(at(`/conversations/${other.who.id}/messages`))).body.items.map((m) => `${m.mine ? "me" : "they"}: ${m.body}`);
const conversation = async (who, other) => (await who.get(at("/conversations"))).body.items.find((c) => c.userId === other.who.id);
const notified = async (who) => (await who.get("/api/notifications?limit=50")).body.items.filter((n) => n.title === `Message from ${ann.who.name}`);

test("a message is there for both at once, and for nobody else", async () => {
  const streams = await Promise.all([ann, bob, eve].map(async (who) => (await eventSource("/events", who.headers)).stream));
  const heard = streams.map((s) => {
    const all = [];
    s.on("message", (text) => all.push(text));
    return all;
  });
  const sent = await send(ann, bob, "Are you\nfree?");
  assert.equal(sent.status, 201, sent.text);
  assert.deepEqual([sent.body.body, sent.body.mine], ["Are you\nfree?", true]);
  const has = (all) => all.some((text) => text.includes(`"${KEY}.Message"`));
  await until(() => has(heard[0]) && has(heard[1]), 30000, "the event for both");
  assert.equal((await send(bob, ann, "Yes")).status, 201);
  assert.deepEqual(await said(ann, bob), ["they: Yes", "me: Are you\nfree?"]);
  assert.deepEqual(await said(bob, ann), ["me: Yes", "they: Are you\nfree?"]);
  assert.ok(!has(heard[2]), "not for a third person");
  assert.deepEqual(await said(eve, ann), []);
  assert.deepEqual(await said(eve, bob), []);
  assert.deepEqual((await eve.get(at("/conversations"))).body.items, []);
  assert.equal((await eve.get(at(`/conversations/${ann.who.id}`))).body.id, null);
  streams.forEach((s) => s.close());
});

test("what is read is known to who wrote it", async () => {
  const mine = await conversation(ann, bob);
  assert.deepEqual([mine.name, mine.last, mine.lastIsMine, mine.unread], [bob.who.name, "Yes", false, 1]);
  const readAt = async (who, other) => Date.parse((await who.get(at(`/conversations/${other.who.id}`))).body.readAt ?? 0);
  const { sentAt } = (await bob.get(at(`/conversations/${ann.who.id}/messages?limit=1`))).body.items[0];
  assert.ok((await readAt(bob, ann)) < Date.parse(sentAt), "not yet");
  for (let i = 0; i < 2; i++) assert.equal((await ann.post(at(`/conversations/${bob.who.id}/read`), {})).status, 204);
  assert.ok((await readAt(bob, ann)) >= Date.parse(sentAt));
  assert.equal((await conversation(ann, bob)).unread, 0);
  assert.equal((await eve.post(at(`/conversations/${bob.who.id}/read`), {})).status, 204, "there is nothing, and nothing comes of it");
});

test("of many at once none is lost, and pages of them have no gaps", async () => {
  const all = await Promise.all(Array.from({ length: 12 }, (_, n) => (n % 2 ? send(ann, bob, `m${n}`) : send(bob, ann, `m${n}`))));
  assert.deepEqual([...new Set(all.map((r) => r.status))], [201]);
  const found = [];
  let cursor = "";
  do {
    const page = (await ann.get(at(`/conversations/${bob.who.id}/messages?limit=5${cursor}`))).body;
    found.push(...page.items.map((m) => m.body));
    cursor = page.nextCursor && `&cursor=${page.nextCursor}`;
  } while (cursor);
  assert.equal(found.length, 14);
  assert.equal(new Set(found).size, 14);
  assert.equal(psql(`select count(*) from x_popup_messenger.conversations`)[0][0], "1");
});

test("what can't be sent says why", async () => {
  assert.deepEqual(problem(await send(ann, ann, "me"), 422, /./), ["/toUserId"]);
  assert.deepEqual(problem(await send(ann, bob, " \n"), 422, /./), ["/message"]);
  assert.deepEqual(problem(await send(ann, bob, ""), 422, /./), ["/message"]);
  assert.deepEqual(problem(await send(ann, bob, "x".repeat(2001)), 422, /./), ["/message"]);
  assert.equal((await send(ann, bob, "ü".repeat(2000))).status, 201);
  assert.deepEqual(problem(await send(ann, { who: { id: randomUUID() } }, "x"), 422, /./), ["/toUserId"]);
  assert.deepEqual(problem(await send(ann, foreign, "x"), 422, /./), ["/toUserId"], "nobody of another company");
  problem(await ann.get(at(`/conversations/${foreign.who.id}`)), 404, /no such person/);
  problem(await foreign.get(at("/conversations")), 404, /./);
});

test("who hasn't read is notified once, who has is not", async () => {
  await bob.post(at(`/conversations/${ann.who.id}/read`), {});
  await until(async () => Number(psql(`select count(*) from mortise.plugin_work where plugin_key = '${KEY}' and state in ('due', 'running')`)[0][0]) === 0, 60000, "earlier jobs");
  const before = (await notified(bob)).length;
  assert.equal((await send(ann, bob, `Where is the van? ${"é".repeat(200)}`)).status, 201);
  assert.equal((await send(ann, bob, "Hello?")).status, 201);
  await until(async () => (await notified(bob)).length > before, 60000, "a notification");
  const [note] = await notified(bob);
  assert.equal(note.url, `/x/${KEY}/with/${ann.who.id}`);
  assert.match(note.message, /^Where is the van\? é+\.\.\.$/);
  // The second one is in the same conversation: no other job waits.
  assert.equal(psql(`select count(*) from mortise.plugin_work where plugin_key = '${KEY}' and state in ('due', 'running')`)[0][0], "0");
  assert.equal((await notified(bob)).length, before + 1);
  await bob.post(at(`/conversations/${ann.who.id}/read`), {});
  assert.equal((await send(ann, bob, "Found it")).status, 201);
  await bob.post(at(`/conversations/${ann.who.id}/read`), {});
  const waits = () => psql(`select count(*) from mortise.plugin_work where plugin_key = '${KEY}' and state in ('due', 'running')`)[0][0];
  await until(() => waits() === "0", 60000, "the job");
  assert.equal((await notified(bob)).length, before + 1);
});

test("old messages go, as the company says", async () => {
  const path = `/api/plugins/installations/${installation.id}/configuration`;
  assert.equal((await admin.put(path, { values: { keep_days: 1 } })).status, 200);
  psql("update x_popup_messenger.messages set sent_at = now() - interval '2 days' where body like 'm%'");
  assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/jobs/forget/run`)).status, 204);
  await until(async () => psql("select count(*) from x_popup_messenger.messages where body like 'm%'")[0][0] === "0", 60000, "the job");
  assert.ok((await said(ann, bob)).length > 0, "the others stay");
});
