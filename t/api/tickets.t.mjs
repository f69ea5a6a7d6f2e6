#!/usr/bin/env -S node --test-reporter=tap
// Tickets: create, read, list with every filter, page, change, and who wins when two change one.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import { leaseOver, login, psql, until } from "../lib/mortise.mjs";

const dispatcher = await login("Dispatcher");
const tech = await login("Technician");
const tech2 = await login("Technician", 0, 1);
const mark = `t${randomUUID().slice(0, 8)}`; // in every title of this file
const made = [];

async function create(fields = {}, client = dispatcher) {
  const res = await client.post("/api/tickets", { title: `${mark} ${fields.title ?? "ticket"}`, ...fields, ...(fields.title ? { title: `${mark} ${fields.title}` } : {}) });
  assert.equal(res.status, 201, res.text);
  made.push(res.body.id);
  return res;
}
const patch = (id, body, headers = {}) => dispatcher.patch(`/api/tickets/${id}`, body, { headers });
const list = async (query, word = mark) => {
  const res = await dispatcher.get(`/api/tickets?q=${encodeURIComponent(word)}&${query}`);
  assert.equal(res.status, 200, res.text);
  return res.body;
};
const titles = (page) => page.items.map((t) => t.title.slice(mark.length + 1)).sort();

after(() => {
  if (made.length) psql(`delete from mortise.tickets where id in (${made.map((id) => `'${id}'`).join(",")})`);
});

function problem(res, status, type) {
  assert.equal(res.status, status, res.text);
  assert.match(res.headers["content-type"], /^application\/problem\+json/);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
  return res.body;
}

test("a new ticket has a number, defaults, an address and a version", async () => {
  const res = await create({ title: "first" });
  const t = res.body;
  assert.deepEqual(Object.keys(t), ["id", "number", "title", "description", "state", "stateLabel", "priority", "assigneeId",
    "assigneeName", "createdBy", "createdByName", "version", "createdAt", "updatedAt", "closedAt", "custom"]);
  assert.equal(res.headers.location, `/api/tickets/${t.id}`);
  assert.equal(res.headers.etag, '"1"');
  assert.equal(t.version, 1);
  assert.equal(t.state, "new");
  assert.equal(t.stateLabel, "New");
  assert.equal(t.priority, "normal");
  assert.equal(t.description, "");
  assert.equal(t.assigneeId, null);
  assert.equal(t.closedAt, null);
  assert.equal(t.createdBy, dispatcher.who.id);
  assert.equal(t.createdByName, dispatcher.who.name);
  assert.match(t.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const read = await dispatcher.get(res.headers.location);
  assert.equal(read.status, 200);
  assert.equal(read.headers.etag, '"1"');
  assert.deepEqual(read.body, t);
});

test("numbers follow each other, also when many create at once", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, i) => create({ title: `number ${i}` })));
  const numbers = all.map((r) => r.body.number).sort((a, b) => a - b);
  for (let i = 1; i < numbers.length; i++) assert.equal(numbers[i], numbers[i - 1] + 1);
});

test("a refused ticket takes no number", async () => {
  const a = (await create()).body.number;
  problem(await dispatcher.post("/api/tickets", { title: mark, assigneeId: randomUUID() }), 422);
  problem(await dispatcher.post("/api/tickets", { title: mark, state: "nonsense" }), 422);
  assert.equal((await create()).body.number, a + 1);
});

test("a ticket with an assignee starts assigned", async () => {
  const t = (await create({ assigneeId: tech.who.id, priority: "urgent", description: "Zeile 1\nline 2 😀" })).body;
  assert.equal(t.state, "assigned");
  assert.equal(t.assigneeId, tech.who.id);
  assert.equal(t.assigneeName, tech.who.name);
  assert.equal(t.description, "Zeile 1\nline 2 😀");
  assert.equal((await create({ assigneeId: tech.who.id.toUpperCase(), state: "on_hold" })).body.state, "on_hold");
});

test("unknown state and unknown assignee are faults of their fields, both told", async () => {
  const body = problem(await dispatcher.post("/api/tickets", { title: mark, assigneeId: randomUUID(), state: "x" }), 422);
  assert.deepEqual(body.errors.map((e) => e.pointer).sort(), ["/assigneeId", "/state"]);
  const t = (await create()).body;
  const change = problem(await patch(t.id, { assigneeId: randomUUID(), state: "x" }), 422);
  assert.deepEqual(change.errors.map((e) => e.pointer).sort(), ["/assigneeId", "/state"]);
  assert.equal((await dispatcher.get(`/api/tickets/${t.id}`)).body.version, 1);
});

test("a deactivated person can't become assignee, but stays one", async () => {
  const t = (await create({ assigneeId: tech2.who.id })).body;
  const other = (await create()).body;
  const active = (v) => psql(`update mortise.users set active = ${v} where id = '${tech2.who.id}'`);
  try {
    active(false);
    problem(await patch(other.id, { assigneeId: tech2.who.id }), 422);
    assert.equal((await patch(t.id, { assigneeId: tech2.who.id, priority: "low" })).status, 200);
  } finally {
    active(true);
  }
});

test("setting an assignee moves a new ticket to assigned, unless a state is given", async () => {
  const a = (await create()).body;
  assert.equal((await patch(a.id, { assigneeId: tech.who.id })).body.state, "assigned");
  const b = (await create()).body;
  assert.equal((await patch(b.id, { assigneeId: tech.who.id, state: "new" })).body.state, "new");
  const c = (await create({ state: "in_progress" })).body;
  assert.equal((await patch(c.id, { assigneeId: tech.who.id })).body.state, "in_progress");
  const d = (await patch(a.id, { assigneeId: null })).body;
  assert.equal(d.assigneeId, null);
  assert.equal(d.assigneeName, null);
});

test("every field can be changed; the version counts", async () => {
  const t = (await create()).body;
  const res = await patch(t.id, { title: `${mark} renamed`, description: "new", priority: "high", state: "in_progress" });
  assert.equal(res.status, 200);
  assert.equal(res.headers.etag, '"2"');
  const { title, description, priority, state, version, updatedAt } = res.body;
  assert.deepEqual({ title, description, priority, state, version }, { title: `${mark} renamed`, description: "new", priority: "high", state: "in_progress", version: 2 });
  assert.ok(updatedAt > t.updatedAt);
});

test("what changes nothing writes nothing", async () => {
  const t = (await create({ assigneeId: tech.who.id })).body;
  for (const body of [{}, { title: t.title }, { assigneeId: tech.who.id.toUpperCase() }, { state: t.state, priority: t.priority }]) {
    const res = await patch(t.id, body);
    assert.equal(res.status, 200);
    assert.deepEqual(res.body, t);
    assert.equal(res.headers.etag, '"1"');
  }
  assert.equal((await dispatcher.get(`/api/tickets/${t.id}/history`)).body.items.length, 1);
});

test("If-Match: the right version in every spelling passes, another is 409, nonsense 400", async () => {
  const t = (await create()).body;
  let version = 1;
  for (const tag of ['"V"', 'W/"V"', "V", "*", '"77", "V"', '"x" , W/"V"']) {
    const res = await patch(t.id, { description: `${tag} ${version}` }, { "If-Match": tag.replace("V", version) });
    assert.equal(res.status, 200, `${tag}: ${res.text}`);
    version++;
  }
  for (const tag of ['"1"', 'W/"1"', "1", '"abc"', '""', '"1", "2"']) {
    const body = problem(await patch(t.id, { description: "lost" }, { "If-Match": tag }), 409, "version-conflict");
    assert.ok(body.detail.includes(String(version)), body.detail);
  }
  for (const tag of ["x", '"1', "W/1", '"1"x', "1 2", ",", '"1",', "**"])
    problem(await patch(t.id, { description: "lost" }, { "If-Match": tag }), 400);
  assert.notEqual((await dispatcher.get(`/api/tickets/${t.id}`)).body.description, "lost");
});

test("of many who change one version at once, one wins", async () => {
  const t = (await create()).body;
  const all = await Promise.all(Array.from({ length: 8 }, (_, i) => patch(t.id, { description: `by ${i}` }, { "If-Match": '"1"' })));
  assert.equal(all.filter((r) => r.status === 200).length, 1);
  for (const r of all.filter((x) => x.status !== 200)) problem(r, 409, "version-conflict");
  assert.equal((await dispatcher.get(`/api/tickets/${t.id}`)).body.version, 2);
});

test("a closed ticket can only be reopened", async () => {
  const t = (await create({ assigneeId: tech.who.id })).body;
  const closed = (await patch(t.id, { state: "done" })).body;
  assert.ok(closed.closedAt);
  for (const body of [{ title: "x" }, { assigneeId: null }, { state: "cancelled" }, { priority: "low", state: "cancelled" }])
    problem(await patch(t.id, body), 409, "state-conflict");
  assert.equal((await patch(t.id, { state: "done" })).status, 200);
  const open = (await patch(t.id, { state: "in_progress", priority: "high" })).body;
  assert.equal(open.closedAt, null);
  assert.equal(open.priority, "high");
  assert.equal(open.version, 3);
});

test("a ticket can be created closed", async () => {
  const t = (await create({ state: "cancelled" })).body;
  assert.ok(t.closedAt);
});

test("companies with the same keys of states each see their own labels, read in turn by the same workers", async () => {
  const foreign = await login("Dispatcher", 1);
  const theirs = (await foreign.post("/api/tickets", { title: `${mark} theirs` })).body;
  made.push(theirs.id);
  const mine = (await create()).body;
  const label = (text) => psql(`update mortise.ticket_states set label = '${text}' where key = 'new'
    and tenant_id = (select tenant_id from mortise.users where id = '${foreign.who.id}')`);
  const shown = async (client, id) => (await client.get(`/api/tickets/${id}`)).body.stateLabel;
  try {
    label("Just in");
    // by hand nobody waits for what the workers have in memory
    await until(async () => (await Promise.all(Array.from({ length: 8 }, () => shown(foreign, theirs.id)))).every((x) => x === "Just in"), 30000, "the new label");
    await leaseOver(); // of a worker that was not asked
    for (let i = 0; i < 40; i++) {
      const both = await Promise.all([shown(dispatcher, mine.id), shown(foreign, theirs.id)]);
      assert.deepEqual(both, ["New", "Just in"]);
    }
    assert.equal((await foreign.patch(`/api/tickets/${theirs.id}`, { priority: "low" })).body.stateLabel, "Just in");
    assert.equal((await patch(mine.id, { assigneeId: tech.who.id })).body.assigneeName, tech.who.name);
  } finally {
    label("New");
  }
});

test("history has every change with old and new, oldest first", async () => {
  const t = (await create({ priority: "low" })).body;
  await tech.patch(`/api/tickets/${t.id}`, { assigneeId: tech.who.id });
  await patch(t.id, { title: `${mark} other`, description: "d", state: "done" });
  const { items } = (await dispatcher.get(`/api/tickets/${t.id}/history`)).body;
  assert.equal(items.length, 3);
  assert.deepEqual(items[0].changes, { title: [null, t.title], state: [null, "new"], priority: [null, "low"] });
  assert.deepEqual(items[1].changes, { assigneeId: [null, tech.who.id], state: ["new", "assigned"] });
  assert.equal(items[1].userId, tech.who.id);
  assert.equal(items[1].userName, tech.who.name);
  assert.deepEqual(items[2].changes, { title: [t.title, `${mark} other`], description: ["", "d"], state: ["assigned", "done"] });
  for (const i of items) assert.match(i.at, /Z$/);
});

test("filters", async () => {
  const id = { assigneeId: tech2.who.id };
  await create({ title: "fa", priority: "low", state: "on_hold", ...id });
  await create({ title: "fb", priority: "urgent", state: "on_hold", ...id });
  await create({ title: "fc", priority: "urgent", state: "done", ...id });
  await create({ title: "fd", priority: "high", state: "cancelled", ...id });
  const of = `assigneeId=${tech2.who.id}`;
  const find = async (query) => titles(await list(query, `${mark} f`));
  assert.deepEqual(await find(`${of}&state=on_hold`), ["fa", "fb"]);
  assert.deepEqual(await find(`${of}&state=on_hold,done`), ["fa", "fb", "fc"]);
  assert.deepEqual(await find(`${of}&state=done&state=cancelled`), ["fc", "fd"]);
  assert.deepEqual(await find(`${of}&state=closed`), ["fc", "fd"]);
  assert.deepEqual(await find(`${of}&state=closed,on_hold&priority=urgent`), ["fb", "fc"]);
  assert.deepEqual(await find(`${of}&priority=low,high`), ["fa", "fd"]);
  assert.deepEqual(await find("state=unknown"), []);
  assert.ok((await list("assigneeId=none&limit=200")).items.every((t) => t.assigneeId === null));
  const mine = (await tech2.get(`/api/tickets?q=${mark}&assigneeId=me&limit=200`)).body;
  assert.ok(mine.items.length >= 4 && mine.items.every((t) => t.assigneeId === tech2.who.id));
  const open = await list("state=open&limit=200");
  assert.ok(open.items.length && open.items.every((t) => !["done", "cancelled"].includes(t.state)));
  assert.equal(open.total, open.items.length);
  assert.deepEqual(await find(`${of}&state=on_hold&state=`), ["fa", "fb"]);
});

test("search finds words of title and description in any case, and a number", async () => {
  const word = randomUUID();
  const t = (await create({ title: `Heizung ${word}`, description: "100%_Ölstand \\ 'x'" })).body;
  const find = async (q) => (await dispatcher.get(`/api/tickets?limit=200&q=${encodeURIComponent(q)}`)).body.items.map((i) => i.id);
  assert.deepEqual(await find(word.toUpperCase()), [t.id]);
  for (const q of ["100%_ölstand", "%_Ö", "\\ 'x'"]) assert.ok((await find(q)).includes(t.id), q);
  assert.ok((await find(String(t.number))).includes(t.id));
  assert.ok((await find(`#${t.number}`)).includes(t.id));
  assert.deepEqual(await find(`${word}%`), []);
  assert.deepEqual(await find("100__lstand"), []);
});

test("a search that found a similar word says which", async () => {
  const word = `quill${randomUUID().replace(/[^a-f]/g, "").slice(0, 8)}works`;
  const typed = word.replace("work", "wrk");
  const made = [];
  for (const i of [1, 2]) made.push((await create({ title: `Roof ${word}`, description: `part ${i}` })).body.id);
  const get = async (q, more = "", who = dispatcher) => (await who.get(`/api/tickets?q=${encodeURIComponent(q)}&${more}`)).body;
  const page = await get(typed, "limit=1");
  assert.deepEqual([page.items[0].id, page.corrected], [made[1], word]);
  const next = await get(typed, `limit=1&cursor=${page.nextCursor}`);
  assert.deepEqual([next.items[0].id, next.corrected], [made[0], word]);
  assert.equal((await get(`ROOF ${typed.toUpperCase()}`)).corrected, `roof ${word}`);
  for (const q of [word, word.slice(2), `${word} roof`, `${typed} kkkkkkkk`]) assert.ok(!("corrected" in (await get(q))), q);
  const elsewhere = await get(typed, "", await login("Dispatcher", 1));
  assert.deepEqual([elsewhere.items, "corrected" in elsewhere], [[], false]);
});

for (const sort of ["updated", "created", "number", "priority"]) {
  test(`pages by ${sort} hold every ticket once, in order`, async () => {
    const word = `p${randomUUID().slice(0, 8)}`;
    const priorities = ["low", "normal", "high", "urgent"];
    const all = [];
    for (let i = 0; i < 11; i++) all.push((await create({ title: `${word} ${i}`, priority: priorities[(i * 7) % 4] })).body);
    for (const i of [3, 5, 1]) await patch(all[i].id, { description: "later" });
    // Equal sort values, so that the id decides.
    psql(`update mortise.tickets set updated_at = '2026-01-01 00:00:00.123456Z', created_at = '2026-01-01Z'
      where id in ('${all[7].id}', '${all[8].id}', '${all[9].id}')`);
    const seen = [];
    let cursor = "";
    for (let pages = 0; ; pages++) {
      const res = await dispatcher.get(`/api/tickets?q=${word}&sort=${sort}&limit=3${cursor && `&cursor=${cursor}`}`);
      assert.equal(res.status, 200, res.text);
      assert.equal(res.body.total, 11);
      assert.ok(res.body.items.length <= 3);
      seen.push(...res.body.items);
      cursor = res.body.nextCursor;
      if (cursor === null) break;
      assert.match(cursor, /^[A-Za-z0-9_-]+$/);
      assert.ok(pages < 5);
    }
    assert.deepEqual(seen.map((t) => t.id).sort(), all.map((t) => t.id).sort());
    const key = { updated: (t) => t.updatedAt, created: (t) => t.createdAt, number: (t) => t.number, priority: (t) => priorities.indexOf(t.priority) }[sort];
    for (let i = 1; i < seen.length; i++) {
      assert.ok(key(seen[i - 1]) >= key(seen[i]), `${key(seen[i - 1])} before ${key(seen[i])}`);
      if (key(seen[i - 1]) === key(seen[i])) assert.ok(seen[i - 1].id > seen[i].id);
    }
  });
}

test("a page's edge: exactly limit rows have no next page", async () => {
  const word = `e${randomUUID().slice(0, 8)}`;
  for (let i = 0; i < 3; i++) await create({ title: word });
  assert.equal((await dispatcher.get(`/api/tickets?q=${word}&limit=3`)).body.nextCursor, null);
  assert.notEqual((await dispatcher.get(`/api/tickets?q=${word}&limit=2`)).body.nextCursor, null);
});

test("a cursor is bound to its sort, and forged ones are refused", async () => {
  const { nextCursor } = await list("limit=1");
  assert.equal((await dispatcher.get(`/api/tickets?cursor=${nextCursor}`)).status, 200);
  problem(await dispatcher.get(`/api/tickets?sort=number&cursor=${nextCursor}`), 422);
  const b64 = (s) => Buffer.from(s).toString("base64url");
  const uuid = randomUUID();
  for (const c of ["x", "====", b64("u:1"), b64("u::"), b64(`u:x:${uuid}`), b64(`u:1:${uuid}x`), b64(`u:1:${uuid}\0x`), b64(`u:99999999999999999999:${uuid}`), b64(`:1:${uuid}`), b64("u:1:' or 1=1"), "A".repeat(3000)])
    problem(await dispatcher.get(`/api/tickets?cursor=${c}`), 422);
  assert.equal((await dispatcher.get(`/api/tickets?cursor=${b64(`u:-5:${uuid}`)}`)).status, 200);
  assert.equal((await dispatcher.get(`/api/tickets?cursor=${b64(`u:999999999999999999:${uuid}`)}`)).status < 500, true);
});

test("states in their order", async () => {
  const { items } = (await tech.get("/api/ticket-states")).body;
  assert.deepEqual(items.map((s) => s.key), ["new", "assigned", "in_progress", "on_hold", "done", "cancelled"]);
  assert.deepEqual(items.map((s) => s.category), ["open", "open", "open", "open", "closed", "closed"]);
  for (const s of items) assert.ok(s.label && Number.isInteger(s.position));
});

test("a change, its history and its events come together", async () => {
  const heads = (await dispatcher.get("/api/events")).body.heads;
  const channel = `t.${dispatcher.who.tenantId}`;
  const t = (await create({ assigneeId: tech.who.id })).body;
  await patch(t.id, { assigneeId: tech2.who.id });
  const since = `${channel}:${heads[channel]}`;
  const { events } = (await dispatcher.get(`/api/events?since=${since}`)).body;
  const mine = events.filter((e) => e.data.ticketId === t.id);
  assert.deepEqual(mine.map((e) => e.type), ["TicketCreated", "TicketUpdated"]);
  assert.deepEqual(mine[1].data, { ticketId: t.id, number: t.number, title: t.title, state: "assigned", version: 2, byUserId: dispatcher.who.id, byUserName: dispatcher.who.name });
  for (const [who, version] of [[tech, 1], [tech2, 2]]) {
    const own = `u.${who.who.id}`;
    const head = (await who.get("/api/events")).body.heads[own];
    const last = (await who.get(`/api/events?since=${own}:${head - 1}`)).body.events.at(-1);
    assert.equal(last.type, "TicketAssigned");
    assert.equal(last.data.ticketId, t.id);
    assert.equal(last.data.version, version);
  }
});

test("a refused change raises no event", async () => {
  const t = (await create()).body;
  const heads = (await dispatcher.get("/api/events")).body.heads;
  await patch(t.id, { title: "x" }, { "If-Match": '"9"' });
  await patch(t.id, { state: "nonsense" });
  await patch(t.id, {});
  assert.deepEqual((await dispatcher.get("/api/events")).body.heads, heads);
});

test("fields of the company's own: defined by administrators, checked, joined, in the history", async () => {
  const admin = await login("Admin");
  const key = (name) => `${name}${mark}`;
  const fields = [];
  const define = async (body) => {
    const res = await admin.post("/api/custom-fields", { label: "Label", ...body });
    if (res.status === 201) fields.push(res.body);
    return res;
  };
  try {
    for (const [name, type] of Object.entries({ po: "text", notes: "longtext", floor: "number", price: "decimal", due: "date", owner: "person", paid: "boolean" }))
      assert.equal((await define({ key: key(name), type })).status, 201, name);
    assert.equal((await define({ key: key("kind"), type: "choice", options: ["Repair", "Survey"] })).status, 201);
    for (const [body, pointer] of [
      [{ key: "Big", type: "text" }, "/key"], [{ key: key("a b"), type: "text" }, "/key"], [{ key: key("x"), type: "choice" }, "/options"],
      [{ key: key("x"), type: "text", options: ["a"] }, "/options"], [{ key: key("x"), type: "choice", options: ["a", "a"] }, "/options/1"],
      [{ key: key("x"), type: "choice", options: ["a|b"] }, "/options/0"], [{ key: key("x"), type: "odd" }, "/type"],
    ])
      assert.equal(problem(await define(body), 422).errors[0].pointer, pointer);
    problem(await define({ key: key("po"), type: "text" }), 409);
    problem(await tech.post("/api/custom-fields", { key: key("mine"), label: "x", type: "text" }), 403);
    assert.ok((await tech.get("/api/custom-fields")).body.items.some((f) => f.key === key("po")));

    const { body: ticket } = await create();
    assert.deepEqual(ticket.custom, {});
    const values = { [key("po")]: "A-1", [key("notes")]: "two\nlines", [key("floor")]: -2, [key("price")]: 0.1, [key("due")]: "2026-11-21", [key("owner")]: tech.who.id, [key("paid")]: true, [key("kind")]: "Survey" };
    const set = await patch(ticket.id, { custom: values });
    assert.deepEqual(set.body.custom, values, set.text);
    const wrong = { [key("po")]: 1, [key("notes")]: "\u0001", [key("floor")]: 1.5, [key("price")]: "1", [key("due")]: "2026-02-30", [key("owner")]: randomUUID(), [key("paid")]: 1, [key("kind")]: "Other", [key("none")]: 1 };
    const faults = problem(await patch(ticket.id, { custom: { ...wrong, [key("owner")]: "x" } }), 422).errors.map((e) => e.pointer).sort();
    assert.deepEqual(faults, Object.keys(wrong).map((k) => `/custom/${k}`).sort());
    assert.equal(problem(await patch(ticket.id, { custom: { [key("owner")]: randomUUID() } }), 422).errors[0].pointer, `/custom/${key("owner")}`);
    problem(await patch(ticket.id, { custom: [1] }), 422);
    const one = await patch(ticket.id, { custom: { [key("po")]: "A-2", [key("paid")]: null, [key("notes")]: "" } });
    assert.equal(one.body.custom[key("po")], "A-2");
    assert.equal(one.body.custom[key("floor")], -2, "what isn't given stays");
    assert.deepEqual([key("paid") in one.body.custom, key("notes") in one.body.custom], [false, false]);
    const history = (await dispatcher.get(`/api/tickets/${ticket.id}/history`)).body.items;
    assert.deepEqual(history.at(-1).changes.custom, [{ [key("po")]: "A-1", [key("paid")]: true, [key("notes")]: "two\nlines" }, { [key("po")]: "A-2" }]);
    assert.equal(history.filter((h) => h.changes.custom).length, 2, "a ticket without them has no word about them");
    assert.equal((await patch(ticket.id, { custom: { [key("po")]: "A-2" } })).body.version, one.body.version, "the same value changes nothing");
    problem(await patch(ticket.id, { custom: { [key("po")]: "x" } }, { "If-Match": '"1"' }), 409, "version-conflict");
    const csv = await dispatcher.get(`/api/tickets.csv?q=${mark}`);
    assert.match(csv.text, /A-2/);

    const other = (await create({ custom: { [key("floor")]: 7, [key("kind")]: "Repair", [key("due")]: "2027-01-05", [key("po")]: "100%_b" } })).body;
    const found = async (filters, path = "/api/tickets") => {
      const query = new URLSearchParams(Object.entries(filters).map(([name, value]) => [`custom[${key(name)}]`, value]));
      const res = await tech.get(`${path}?${query}&limit=10`);
      return res.status === 200 ? res.body.items.map((t) => (t.id === ticket.id ? "a" : t.id === other.id ? "b" : "?")).sort().join("") : res;
    };
    for (const [filters, want] of [
      [{ po: "a-" }, "a"], [{ po: "%_" }, "b"], [{ po: "zz" }, ""], [{ floor: "-2" }, "a"], [{ floor: "-3..7" }, "ab"], [{ floor: "8.." }, ""], [{ floor: "-2,7" }, "ab"],
      [{ price: "0.10" }, "a"], [{ due: "2026-12-01.." }, "b"], [{ due: "..2026-12-01" }, "a"], [{ due: "2027-01-05" }, "b"], [{ kind: "Survey|Repair" }, "ab"],
      [{ kind: "Repair", floor: "-2" }, ""], [{ owner: "me" }, "a"], [{ owner: tech.who.id.toUpperCase() }, "a"],
    ])
      assert.equal(await found(filters), want, JSON.stringify(filters));
    assert.match(await found({ owner: "none", floor: "..100" }), /^b$/);
    assert.equal((await tech.get(`/api/tickets?custom[${key("po")}]=A-2&q=${mark}`)).body.total, 1, "beside a search");
    assert.match((await dispatcher.get(`/api/tickets.csv?custom[${key("floor")}]=7`)).text, /100%_b/);
    for (const [name, value, detail] of [["floor", "x", /number/], ["due", "soon", /date/], ["kind", "Other", /Repair, Survey/], ["owner", "x", /id/], ["paid", "1", /true or false/], ["odd", "1", /no such field/]]) {
      const fault = problem(await found({ [name]: value }), 422).errors[0];
      assert.equal(fault.pointer ?? fault.parameter ?? fault.name, `?custom[${key(name)}]`, JSON.stringify(fault));
      assert.match(fault.detail, detail);
    }
    const made = fields.find((f) => f.key === key("po"));
    assert.equal((await admin.patch(`/api/custom-fields/${made.id}`, { inList: true })).body.inList, true);
    for (const f of fields.slice(1, 3)) assert.equal((await admin.patch(`/api/custom-fields/${f.id}`, { inList: true })).status, 200);
    assert.match(problem(await admin.patch(`/api/custom-fields/${fields[3].id}`, { inList: true }), 409).detail, /at most 3/);
    const audit = async () => (await admin.get(`/api/audit?area=company&limit=50`)).body.items.filter((e) => e.targetId === made.id).map((e) => [e.action, e.before, e.after?.in_list]);
    assert.deepEqual(await audit(), [["company.field-changed", { in_list: false }, true], ["company.field-added", null, false]]);
    const bulk = await dispatcher.post("/api/tickets/bulk", { items: [{ id: ticket.id, change: { custom: { [key("floor")]: "x" } } }] });
    assert.equal(problem(bulk, 422).errors[0].pointer, `/items/0/change/custom/${key("floor")}`);

    const must = (await define({ key: key("must"), type: "text", required: true })).body;
    await leaseOver();
    assert.equal(problem(await dispatcher.post("/api/tickets", { title: `${mark} none` }), 422).errors[0].pointer, `/custom/${key("must")}`);
    problem(await dispatcher.post("/api/tickets", { title: `${mark} empty`, custom: { [key("must")]: " " } }), 422);
    assert.equal((await create({ custom: { [key("must")]: "here" } })).body.custom[key("must")], "here");
    problem(await patch(ticket.id, { custom: { [key("must")]: null } }), 422);
    assert.equal((await patch(ticket.id, { priority: "low" })).status, 200, "an older ticket goes on without it");
    assert.equal((await admin.del(`/api/custom-fields/${must.id}`)).status, 204);
    await leaseOver();
    assert.equal((await create()).status, 201);
    assert.equal(problem(await patch(ticket.id, { custom: { [key("must")]: "x" } }), 422).errors[0].pointer, `/custom/${key("must")}`);
  } finally {
    psql(`delete from mortise.custom_fields where key like '%${mark}'`);
  }
});
