#!/usr/bin/env -S node --test-reporter=tap
// Comments of a ticket.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import { login, psql } from "../lib/mortise.mjs";

const dispatcher = await login("Dispatcher");
const tech = await login("Technician");
const ticket = (await dispatcher.post("/api/tickets", { title: "for comments" })).body;
const path = `/api/tickets/${ticket.id}/comments`;
after(() => psql(`delete from mortise.tickets where id = '${ticket.id}'`));

test("a comment is answered whole and listed oldest first", async () => {
  const a = await tech.post(path, { body: "first\nline" });
  assert.equal(a.status, 201);
  assert.deepEqual(Object.keys(a.body), ["id", "ticketId", "authorId", "authorName", "body", "version", "createdAt", "updatedAt", "archivedAt"]);
  assert.equal(a.headers.location, `/api/comments/${a.body.id}`);
  assert.deepEqual((await tech.get(a.headers.location)).body, a.body);
  assert.equal(a.body.authorId, tech.who.id);
  assert.equal(a.body.authorName, tech.who.name);
  assert.equal(a.body.ticketId, ticket.id);
  const b = await dispatcher.post(path, { body: "<b>second</b> 😀" });
  const { items, nextCursor } = (await tech.get(path)).body;
  assert.deepEqual(items, [a.body, b.body]);
  assert.equal(nextCursor, null);
});

test("pages hold every comment once", async () => {
  const t = (await dispatcher.post("/api/tickets", { title: "many comments" })).body;
  const at = `/api/tickets/${t.id}/comments`;
  for (let i = 0; i < 7; i++) await tech.post(at, { body: `c${i}` });
  psql(`update mortise.ticket_comments set created_at = '2026-01-01Z' where ticket_id = '${t.id}' and body in ('c2', 'c3', 'c4')`);
  const seen = [];
  for (let cursor = ""; cursor !== null; ) {
    const res = await tech.get(`${at}?limit=2${cursor && `&cursor=${cursor}`}`);
    assert.equal(res.status, 200, res.text);
    seen.push(...res.body.items.map((c) => c.body));
    cursor = res.body.nextCursor;
    assert.ok(seen.length <= 7);
  }
  assert.deepEqual(seen, ["c2", "c3", "c4", "c0", "c1", "c5", "c6"]);
  assert.equal((await tech.get(`${at}?cursor=x`)).status, 422);
  assert.equal((await tech.get(`${at}?limit=0`)).status, 422);
  psql(`delete from mortise.tickets where id = '${t.id}'`);
});

test("a closed ticket can still be commented", async () => {
  await dispatcher.patch(`/api/tickets/${ticket.id}`, { state: "done" });
  assert.equal((await tech.post(path, { body: "thanks" })).status, 201);
});

test("a comment raises TicketCommented and leaves the version", async () => {
  const channel = `t.${tech.who.tenantId}`;
  const head = (await tech.get("/api/events")).body.heads[channel];
  await tech.post(path, { body: "ping" });
  const { events } = (await tech.get(`/api/events?since=${channel}:${head}`)).body;
  const mine = events.filter((e) => e.data.ticketId === ticket.id);
  assert.deepEqual(mine.map((e) => e.type), ["TicketCommented"]);
  assert.equal(mine[0].data.byUserId, tech.who.id);
  assert.equal((await tech.get(`/api/tickets/${ticket.id}`)).body.version, mine[0].data.version);
});

test("its author or an administrator changes a comment or takes it away; the history keeps it", async () => {
  const [admin, foreign] = [await login("Admin"), await login("Admin", 1)];
  const { headers, body: c } = await tech.post(path, { body: "frist" });
  const at = headers.location;
  const raised = async () => psql(`select type, payload->>'commentId' from mortise.events where channel = 't.${tech.who.tenantId}'
    and payload->>'ticketId' = '${ticket.id}' and payload->>'commentId' = '${c.id}' order by seq`);
  assert.equal((await dispatcher.patch(at, { body: "mine" })).status, 403);
  assert.equal((await dispatcher.del(at)).status, 403);
  assert.equal((await foreign.patch(at, { body: "mine" })).status, 404);
  const changed = await tech.patch(at, { body: "first" }, { headers: { "If-Match": '"1"' } });
  assert.deepEqual([changed.status, changed.body.body, changed.body.version, changed.headers.etag], [200, "first", 2, '"2"']);
  assert.equal((await tech.patch(at, { body: "late" }, { headers: { "If-Match": '"1"' } })).status, 409);
  assert.equal((await tech.patch(at, { body: "" })).status, 422);
  assert.equal((await tech.patch(at, { authorId: dispatcher.who.id })).status, 422);
  assert.equal((await admin.del(at)).status, 204);
  const shown = async (query = "") => (await tech.get(`${path}${query}`)).body.items.some((x) => x.id === c.id);
  assert.deepEqual([await shown(), await shown("?archived=true")], [false, true]);
  assert.equal((await tech.patch(at, { body: "again" })).status, 409);
  assert.equal((await tech.post(`${at}/restore`, {})).status, 200);
  assert.equal(await shown(), true);
  const { items } = (await dispatcher.get(`${at}/history`)).body;
  assert.deepEqual(items.map((h) => [h.userId, h.changes.body]), [[tech.who.id, undefined], [tech.who.id, ["frist", "first"]], [admin.who.id, undefined], [tech.who.id, undefined]]);
  assert.deepEqual((await raised()).map(([type]) => type), ["TicketCommented", "TicketCommentUpdated", "TicketCommentArchived", "TicketCommentRestored"]);
});

test("bad comments are refused and unknown tickets are 404", async () => {
  for (const body of [{}, { body: "" }, { body: "  \n" }, { body: 7 }, { body: null }, { body: "x".repeat(10001) }, { body: "x", authorId: randomUUID() }])
    assert.equal((await tech.post(path, body)).status, 422);
  assert.equal((await tech.post(`/api/tickets/${randomUUID()}/comments`, { body: "x" })).status, 404);
  for (const what of ["comments", "history"]) assert.equal((await tech.get(`/api/tickets/${randomUUID()}/${what}`)).status, 404);
});

test("people whom a comment mentions are notified once, if they are active and of the company", async () => {
  const stranger = await login("Technician", 1);
  const admin = await login("Admin");
  const name = (who) => `[@${who.who.name}](mention:${who.who.id})`;
  const clients = { tech, dispatcher, admin, stranger };
  const heads = {};
  for (const [k, c] of Object.entries(clients)) heads[k] = (await c.get("/api/events")).body.heads[`u.${c.who.id}`] ?? 0;
  const heard = async (k) => {
    const c = clients[k];
    const { events } = (await c.get(`/api/events?since=u.${c.who.id}:${heads[k]}`)).body;
    return events.filter((e) => e.type === "TicketMentioned" && e.data.ticketId === ticket.id);
  };
  const made = await dispatcher.post(path, { body: `Ask ${name(tech)}, ${name(tech)} or ${name(stranger)}. ${name(dispatcher)} [@x](mention:nonsense) (mention:${admin.who.id})` });
  assert.equal(made.status, 201, made.text);
  const [event, ...more] = await heard("tech");
  assert.deepEqual(more, []);
  const now = (await dispatcher.get(`/api/tickets/${ticket.id}`)).body;
  assert.deepEqual(event.data, { ticketId: ticket.id, commentId: made.body.id, number: ticket.number, title: ticket.title, state: now.state, version: now.version, byUserId: dispatcher.who.id, byUserName: dispatcher.who.name });
  for (const k of ["dispatcher", "admin", "stranger"]) assert.deepEqual(await heard(k), [], k);

  const [note] = (await tech.get("/api/notifications?limit=1")).body.items;
  assert.deepEqual([note.title, note.message, note.url, note.fromUserId], [`You were mentioned in ticket #${ticket.number}`, ticket.title, `/tickets/${ticket.id}`, dispatcher.who.id]);
  assert.deepEqual(note.text, { title: { key: "You were mentioned in ticket #{0}", values: [ticket.number] } }, "for the reader's language");

  // A change notifies those who are new in the text.
  const changed = await dispatcher.patch(`/api/comments/${made.body.id}`, { body: `Ask ${name(tech)} or ${name(admin)}` });
  assert.equal(changed.status, 200, changed.text);
  assert.equal((await heard("tech")).length, 1);
  assert.equal((await heard("admin")).length, 1);

  psql(`update mortise.users set active = false where id = '${tech.who.id}'`);
  try {
    assert.equal((await dispatcher.post(path, { body: `Again ${name(tech)}` })).status, 201);
    const [[n]] = psql(`select count(*) from mortise.events where channel = 'u.${tech.who.id}' and type = 'TicketMentioned' and payload ->> 'ticketId' = '${ticket.id}'`);
    assert.equal(Number(n), 1);
  } finally {
    psql(`update mortise.users set active = true where id = '${tech.who.id}'`);
  }
});

test("whose ticket it is hears of comments and of another state: of others' acts, of each once, and while they may read it", async () => {
  const admin = await login("Admin");
  const t = (await dispatcher.post("/api/tickets", { title: "news of it", assigneeId: tech.who.id })).body;
  const at = `/api/tickets/${t.id}`;
  const clients = { tech, dispatcher, admin };
  /** Whether only this reached them since, on their own channels. */
  const news = async (what, act) => {
    const heads = {};
    for (const [k, c] of Object.entries(clients)) heads[k] = (await c.get("/api/events")).body.heads[`u.${c.who.id}`] ?? 0;
    const res = await act();
    assert.ok(res.status < 300, res.text);
    const heard = {};
    for (const [k, c] of Object.entries(clients)) {
      const { events } = (await c.get(`/api/events?since=u.${c.who.id}:${heads[k]}`)).body;
      const mine = events.filter((e) => e.data.ticketId === t.id);
      if (mine.length) heard[k] = mine.map((e) => e.type).join();
    }
    assert.deepEqual(heard, what);
    return res.body;
  };
  const name = (who) => `[@${who.who.name}](mention:${who.who.id})`;
  await news({ tech: "TicketNewComment", dispatcher: "TicketNewComment" }, () => admin.post(`${at}/comments`, { body: "both" }));
  const c = await news({ dispatcher: "TicketNewComment" }, () => tech.post(`${at}/comments`, { body: "the other" }));
  await news({ dispatcher: "TicketMentioned", admin: "TicketMentioned" }, () => tech.post(`${at}/comments`, { body: `${name(dispatcher)} and ${name(admin)}` }));
  await news({}, () => tech.patch(`/api/comments/${c.id}`, { body: "a correction" }));
  await news({}, () => admin.patch(at, { priority: "high" }));
  await news({ tech: "TicketNewState", dispatcher: "TicketNewState" }, () => admin.patch(at, { state: "in_progress" }));
  await news({ dispatcher: "TicketNewState" }, () => tech.patch(at, { state: "on_hold" }));
  await news({ dispatcher: "TicketNewState" }, () => tech.patch(at, { state: "new", assigneeId: null }));
  await news({ tech: "TicketAssigned", dispatcher: "TicketNewState" }, () => admin.patch(at, { assigneeId: tech.who.id }));
  await news({ tech: "TicketNewState", dispatcher: "TicketNewState" }, () => admin.post("/api/tickets/bulk", { items: [{ id: t.id, change: { state: "done" } }] }));

  const [moved, , , , , commented] = (await dispatcher.get("/api/notifications?topic=state&topic=commented")).body.items;
  assert.deepEqual([moved.topic, moved.title, moved.message, moved.url, moved.fromUserId], ["state", `Ticket #${t.number} is now: Done`, "news of it", at.slice(4), admin.who.id]);
  assert.deepEqual(moved.text.title, { key: "Ticket #{0} is now: {1}", values: [t.number, { key: "Done", values: [] }] }, "for the reader's language");
  assert.deepEqual([commented.topic, commented.title, commented.fromUserId], ["commented", `New comment on ticket #${t.number}`, tech.who.id]);

  psql(`update mortise.users set active = false where id = '${dispatcher.who.id}'`);
  try {
    assert.equal((await admin.post(`${at}/comments`, { body: "to nobody" })).status, 201);
    assert.deepEqual(psql(`select count(*) from mortise.events where channel = 'u.${dispatcher.who.id}' and type = 'TicketNewComment'
      and payload ->> 'ticketId' = '${t.id}'`), [["2"]]);
  } finally {
    psql(`update mortise.users set active = true where id = '${dispatcher.who.id}'; delete from mortise.tickets where id = '${t.id}'`);
  }
});
