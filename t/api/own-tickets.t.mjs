#!/usr/bin/env -S node --test-reporter=tap
// "Own tickets only": what somebody sees and changes whose role has that scope, by each way to a ticket; what they hear
// of others' (nothing); that another scope holds at once, open streams included; and that nobody gives more than they have.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { Client, http, install, login, psql, remove, until, url } from "../lib/mortise.mjs";
import { good, passwordOf, removeCompanies } from "../lib/people.mjs";
import { eventSource } from "../lib/stream.mjs";

const CODE = `own-${process.pid}`;
const FIELD = ["tickets:read:own", "tickets:write:own", "users:read"];
let boss, ann, bob, role, t1, t2, t3, t4, t5;

async function person(name, roles) {
  const email = `${name}@${CODE}.example`;
  const password = passwordOf(good("user", "add", email, "--tenant", CODE, "--name", name, "--role", roles));
  const res = await http("POST", "/api/auth/login", { body: { email, password }, headers: { Origin: url } });
  assert.equal(res.status, 200, res.text);
  const client = new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url });
  return Object.assign(client, { id: res.body.user.id, tenant: res.body.user.tenantId });
}
const ok = (res, status = 200) => (assert.equal(res.status, status, res.text), res.body);
const make = async (who, title, more = {}) => ok(await who.post("/api/tickets", { title, ...more }), 201);
const makeRole = async (label, permissions, who = boss) => {
  const { role: id } = ok(await who.post("/api/roles", { label }), 201);
  ok(await who.put(`/api/roles/${id}/permissions`, { grant: permissions }));
  return id;
};
const permit = (grant, revoke = []) => boss.put(`/api/roles/${role}/permissions`, { grant, revoke });
const numbers = (list) => list.items.map((t) => t.number).sort((a, b) => a - b);
const seen = async (who, query = "") => ok(await who.get(`/api/tickets?${query}`));
const none = (res) => {
  assert.equal(res.status, 404, res.text);
  const { requestId, instance, ...rest } = res.body;
  return rest;
};

before(async () => {
  good("tenant", "add", CODE, "Own");
  boss = await person("boss", "Admin");
  role = await makeRole("Field", FIELD);
  [ann, bob] = [await person("ann", "Field"), await person("bob", "Technician")];
  t1 = await make(boss, "Pump one leaks", { assigneeId: ann.id });
  t2 = await make(boss, "Pump two rattles", { description: "zephyrine" });
  t3 = await make(ann, "Pump three stands", { assigneeId: bob.id });
  t4 = await make(boss, "Pump four", { assigneeId: bob.id, priority: "urgent" });
  t5 = await make(ann, "Valve", { assigneeId: ann.id, priority: "high" });
});
after(async () => {
  await remove("time-clock");
  removeCompanies(CODE);
});

test("files are those of one's own tickets, and only who may change all deletes others'", async () => {
  const add = (who, t) => who.upload(`/api/tickets/${t.id}/attachments`, Buffer.from("x"), { field: "file", filename: "x.txt" });
  const theirs = ok(await add(boss, t4), 201);
  const shared = ok(await add(boss, t1), 201);
  assert.equal((await add(ann, t4)).status, 404);
  for (const end of ["", "/content", "/thumbnail"]) assert.equal((await ann.get(`/api/attachments/${theirs.id}${end}`)).status, 404);
  assert.equal((await ann.get(`/api/tickets/${t4.id}/attachments`)).status, 404);
  assert.equal((await ann.del(`/api/attachments/${theirs.id}`)).status, 404);
  assert.equal((await ann.get(`/api/attachments/${shared.id}/content`)).text, "x");
  assert.equal((await ann.del(`/api/attachments/${shared.id}`)).status, 403);
  const own = ok(await add(ann, t1), 201);
  assert.equal((await ann.del(`/api/attachments/${own.id}`)).status, 204);
  await boss.put(`/api/roles/${role}/permissions`, { revoke: ["tickets:write:own"] });
  assert.equal((await add(ann, t1)).status, 403);
  await boss.put(`/api/roles/${role}/permissions`, { grant: ["tickets:write:own"] });
});

test("lists, totals, sorts, filters, searches and files have one's own alone", async () => {
  const mine = [t1, t3, t5].map((t) => t.number);
  for (const query of ["", "sort=-updated", "sort=created", "sort=-number", "sort=priority", "total=exact", "state=new,assigned", "state=open&sort=number", "priority=normal,high&sort=-priority", "limit=200"]) {
    const list = await seen(ann, query);
    assert.deepEqual([numbers(list), list.total, list.nextCursor], [mine, 3, null], query);
  }
  const sorts = { number: [t5, t3, t1], "-number": [t1, t3, t5], "-created": [t1, t3, t5], "-updated": [t1, t3, t5] };
  for (const [sort, wanted] of Object.entries(sorts)) assert.deepEqual((await seen(ann, `sort=${sort}`)).items.map((t) => t.id), wanted.map((t) => t.id), sort);
  assert.deepEqual([numbers(await seen(ann, "assigneeId=me")), numbers(await seen(ann, "assigneeId=none")), numbers(await seen(ann, `assigneeId=${bob.id}`)), numbers(await seen(ann, "priority=urgent"))],
    [[t1.number, t5.number], [], [t3.number], []]);
  for (const sort of ["", "sort=-created&", "sort=number&"]) {
    const paged = [];
    for (let cursor = ""; cursor !== null; ) {
      const page = await seen(ann, `${sort}limit=1${cursor && `&cursor=${cursor}`}`);
      paged.push(...page.items.map((t) => t.number));
      cursor = page.nextCursor;
      assert.ok(paged.length <= 3);
    }
    assert.deepEqual(paged.sort((a, b) => a - b), mine, sort);
  }
  assert.deepEqual([numbers(await seen(ann, "q=pump")), (await seen(ann, "q=pump")).total], [[t1.number, t3.number], 2]);
  for (const q of ["rattles", "zephyrine", "zephirine", `%23${t2.number}`, "pump%20four", "four%20pump", "%23999"]) {
    const list = await seen(ann, `q=${q}`);
    assert.deepEqual([list.items, list.total, list.corrected], [[], 0, undefined], q);
  }
  assert.equal((await seen(ann, "q=leeks")).corrected, "leaks");
  assert.equal((await seen(ann, "q=valve&state=assigned&sort=number")).total, 1);
  const csv = await ann.get("/api/tickets.csv");
  assert.equal(csv.text.trim().split("\n").length, 4);
  assert.doesNotMatch(csv.text, /two|four/);
  assert.equal((await seen(boss)).total, 5);
});

test("others' tickets are not there, whatever is asked of them", async () => {
  const there = `/api/tickets/${t2.id}`;
  const nowhere = `/api/tickets/${randomUUID()}`;
  const comment = ok(await boss.post(`${there}/comments`, { body: "between us" }), 201);
  const both = async (method, more, body) => assert.deepEqual(none(await ann.request(method, there + more, { body })), none(await ann.request(method, nowhere + more, { body })), `${method} ${more}`);
  for (const more of ["", "/history", "/comments", "/without-access"]) await both("GET", more);
  await both("PATCH", "", { title: "Mine now" });
  await both("PATCH", "", { assigneeId: ann.id });
  await both("POST", "/comments", { body: "x" });
  for (const [method, more, body] of [["GET", ""], ["GET", "/history"], ["PATCH", "", { body: "x" }], ["DELETE", ""], ["POST", "/restore", {}]])
    none(await ann.request(method, `/api/comments/${comment.id}${more}`, { body }));
  const bulk = await ann.post("/api/tickets/bulk", { items: [{ id: t1.id, change: { priority: "low" } }, { id: t2.id, change: { priority: "low" } }] });
  assert.deepEqual([bulk.status, bulk.body.errors.map((e) => e.pointer)], [422, ["/items/1/change/id"]], bulk.text);
  assert.equal(ok(await ann.get(`/api/tickets/${t1.id}`)).priority, "normal", "all or none");
  assert.equal(ok(await boss.get(there)).version, t2.version, "untouched");
});

test("one's own are read and written, commented, and given away", async () => {
  const path = `/api/tickets/${t1.id}`;
  assert.equal(ok(await ann.patch(path, { priority: "high" })).priority, "high");
  const comment = ok(await ann.post(`${path}/comments`, { body: "On my way" }), 201);
  assert.equal(ok(await ann.get(`/api/comments/${comment.id}/history`)).items.length, 1);
  assert.ok(ok(await ann.get(`${path}/history`)).items.length >= 2);
  const given = await make(boss, "Given away", { assigneeId: ann.id });
  const res = await ann.patch(`/api/tickets/${given.id}`, { assigneeId: bob.id });
  assert.equal(ok(res).assigneeId, bob.id, "the answer is still theirs");
  none(await ann.get(`/api/tickets/${given.id}`));
  assert.deepEqual(ok(await bob.get(`/api/tickets/${given.id}/history`)).items.at(-1).changes.assigneeId, [ann.id, bob.id]);
  const many = [await make(boss, "G1", { assigneeId: ann.id }), await make(boss, "G2", { assigneeId: ann.id })];
  ok(await ann.post("/api/tickets/bulk", { items: many.map((t) => ({ id: t.id, change: { assigneeId: null } })) }));
  for (const t of many) none(await ann.get(`/api/tickets/${t.id}`));
  ok(await ann.patch(`/api/tickets/${t3.id}`, { priority: "low" }), 200);
});

test("who can't read a ticket is neither offered for a mention nor notified of it", async () => {
  const blind = async (t) => ok(await boss.get(`/api/tickets/${t.id}/without-access`)).items;
  assert.deepEqual([await blind(t1), await blind(t2), await blind(t3)], [[], [ann.id], []]);
  const messages = async () => ok(await ann.get("/api/notifications")).items.filter((n) => /mentioned/.test(n.title)).map((n) => n.message);
  const body = `[@ann](mention:${ann.id})`;
  ok(await bob.post(`/api/tickets/${t2.id}/comments`, { body }), 201);
  ok(await bob.post(`/api/tickets/${t1.id}/comments`, { body }), 201);
  assert.deepEqual(await messages(), [t1.title]);
});

test("live: nothing of others' tickets; one that is assigned comes, one that is assigned away goes", async () => {
  const t = `t.${ann.tenant}`;
  const { heads } = ok(await ann.get("/api/events"));
  assert.ok(`${t}.own` in heads && !(t in heads), Object.keys(heads).join());
  assert.deepEqual(ok(await ann.get(`/api/events?since=${t}:0`)).events, []);
  const { stream } = await eventSource("/events", ann.headers);
  const heard = [];
  stream.on("message", (text) => heard.push(JSON.parse(text)));
  const last = (type) => heard.findLast((m) => m.type === type);
  try {
    ok(await boss.patch(`/api/tickets/${t2.id}`, { title: "Others alone read this" }));
    ok(await boss.post(`/api/tickets/${t2.id}/comments`, { body: "or this" }), 201);
    const other = await make(boss, "Nor this");
    ok(await boss.patch(`/api/tickets/${t1.id}`, { priority: "urgent" }));
    const own = await until(() => heard.find((m) => m.type === "TicketUpdated"), 10000, "a change of one's own");
    assert.deepEqual([own.channel, own.data.ticketId, own.data.title], [`u.${ann.id}`, t1.id, t1.title]);
    ok(await boss.patch(`/api/tickets/${other.id}`, { assigneeId: ann.id, title: "Yours now" }));
    await until(() => last("TicketAssigned")?.data.ticketId === other.id && last("TicketUpdated").data.ticketId === other.id, 10000, "a ticket that is one's own now");
    assert.equal(last("TicketNewState"), undefined, "an assignment is one thing");
    ok(await boss.patch(`/api/tickets/${other.id}`, { state: "on_hold" }));
    await until(() => last("TicketNewState"), 10000, "its new state");
    const [state] = ok(await ann.get("/api/notifications?topic=state")).items;
    assert.deepEqual([state.title, state.message, state.url], [`Ticket #${other.number} is now: On hold`, "Yours now", `/tickets/${other.id}`]);
    ok(await boss.patch(`/api/tickets/${other.id}`, { assigneeId: bob.id, title: "A name that is no longer theirs" }));
    const gone = await until(() => last("TicketUpdated").data.version > 3 && last("TicketUpdated"), 10000, "that it is gone");
    assert.deepEqual(Object.keys(gone.data).sort(), ["gone", "ticketId", "version"]);
    const [kept] = ok(await ann.get("/api/notifications?topic=assigned")).items;
    assert.deepEqual([kept.title, kept.message, kept.url], [`Ticket #${other.number} is yours`, "You can't open this ticket any more", null], "its notification keeps the number alone");
    assert.deepEqual(ok(await ann.get("/api/notifications?topic=state")).items.map((n) => [n.title, n.text.title.values]), [[`Ticket #${other.number} has another state`, [other.number]]]);
    ok(await boss.post("/api/notifications/company", { title: "All of you", message: "M" }));
    const all = await until(() => last("Notification"), 10000, "what is for the company");
    assert.equal(all.channel, `${t}.own`);
    assert.ok(ok(await ann.get("/api/notifications")).items.some((n) => n.title === "All of you"));
    assert.deepEqual(heard.filter((m) => [t2.id].includes(m.data?.ticketId) || /Others|Nor this|no longer/.test(JSON.stringify(m))), [], "nothing of the others");
    const missed = ok(await ann.get(`/api/events?since=u.${ann.id}:0,${t}.own:0`)).events;
    assert.ok(missed.length >= 4);
    assert.deepEqual(missed.filter((e) => e.data.ticketId === t2.id || /Others|no longer/.test(JSON.stringify(e))), []);
  } finally {
    stream.close();
  }
});

test("another scope holds when it is answered, and ends what is open", async () => {
  for (const [grant, revoke, total] of [[["tickets:read"], [], "all"], [["tickets:read:own"], ["tickets:read"], "own"]]) {
    const { stream } = await eventSource("/events", ann.headers);
    let closed = false;
    stream.on("close", () => (closed = true));
    ok(await permit(grant, revoke));
    const { heads } = ok(await ann.get("/api/events"));
    assert.equal(`t.${ann.tenant}` in heads, total === "all", "channels");
    assert.equal((await seen(ann, "total=exact")).total === (await seen(boss, "total=exact")).total, total === "all", "tickets");
    await until(() => closed, 10000, "the stream ended");
  }
  const changes = ok(await boss.get(`/api/audit?targetId=${role}`)).items;
  assert.ok(changes.some((c) => /tickets:read:own/.test(JSON.stringify(c))), "the audit log has the scope");
});

test("all seen and own ones changed", async () => {
  ok(await permit(["tickets:read"]));
  try {
    assert.equal(ok(await ann.get(`/api/tickets/${t2.id}`)).id, t2.id);
    for (const res of [await ann.patch(`/api/tickets/${t2.id}`, { priority: "low" }), await ann.post(`/api/tickets/${t2.id}/comments`, { body: "x" }),
      await ann.post("/api/tickets/bulk", { items: [{ id: t2.id, change: { priority: "low" } }] })]) {
      assert.equal(res.status, 403, res.text);
      assert.match(res.body.detail, /your own tickets only/);
    }
    ok(await ann.patch(`/api/tickets/${t1.id}`, { priority: "low" }));
  } finally {
    ok(await permit(["tickets:read:own"], ["tickets:read"]));
  }
});

test("nobody gives more than they have, a wider permission has the narrower, several roles have the widest", async () => {
  const lead = await makeRole("Lead", [...FIELD, "roles:manage", "users:write"]);
  const cem = await person("cem", "Lead");
  const helper = await makeRole("Helper", ["tickets:read:own"], cem);
  for (const wide of ["tickets:read", "tickets:write"]) assert.equal((await cem.put(`/api/roles/${helper}/permissions`, { grant: [wide] })).status, 403, wide);
  assert.equal((await cem.patch(`/api/users/${ann.id}`, { roles: [role, "Technician"] })).status, 403);
  const held = async (id) => ok(await boss.get(`/api/roles/${id}`)).permissions.filter((p) => p.granted).map((p) => p.name);
  const put = async (grant, revoke = []) => (ok(await boss.put(`/api/roles/${helper}/permissions`, { grant, revoke })), held(helper));
  assert.deepEqual(await put(["tickets:write"]), ["tickets:read", "tickets:read:own", "tickets:write", "tickets:write:own"], "nobody changes what they don't see");
  assert.deepEqual(await put(["tickets:read:own", "tickets:write:own"], ["tickets:read"]), ["tickets:read:own", "tickets:write:own"]);
  assert.deepEqual(await put([], ["tickets:read:own"]), []);
  assert.equal((await cem.del(`/api/roles/${helper}`)).status, 204);
  const both = await person("dan", "Field,Dispatcher");
  assert.equal((await seen(both, "total=exact")).total, (await seen(boss, "total=exact")).total);
  const who = ok(await boss.get("/api/permissions/tickets:read/people")).items;
  assert.deepEqual(who.map((p) => [p.name, p.ownOnly]), [["ann", true], ["bob", false], ["boss", false], ["cem", true], ["dan", false]]);
  const nothing = await makeRole("Desk", ["users:read"]);
  const eva = await person("eva", "Desk");
  for (const path of ["/api/tickets", `/api/tickets/${t1.id}`, "/api/ticket-states"]) assert.equal((await eva.get(path)).status, 403, path);
  assert.ok(!(`t.${ann.tenant}` in ok(await eva.get("/api/events")).heads), "who sees no tickets hears of none");
  assert.ok(nothing && lead);
});

test("a plugin reads and changes with its caller's scope", { timeout: 120000 }, async () => {
  const { admin } = await install("time-clock", 0);
  const tech = await login("Technician", 0);
  const made = ok(await admin.post("/api/roles", { label: `Field ${process.pid}` }), 201).role;
  ok(await admin.put(`/api/roles/${made}/permissions`, { grant: [...FIELD, "time-clock:clock"] }));
  const summary = (t) => tech.get(`/api/plugins/time-clock/ticket-summary/${t.id}`);
  const [own, other] = [await make(admin, "Mine", { assigneeId: tech.who.id }), await make(admin, "Theirs")];
  ok(await summary(other));
  try {
    psql(`update mortise.users set roles = '{${made}}' where id = '${tech.who.id}'`);
    await until(async () => (await summary(other)).status === 404, 10000, "others' tickets are gone");
    ok(await summary(own));
    assert.equal((await tech.post("/api/plugins/time-clock/clock-in", { ticketId: other.id, technicianId: tech.who.id })).status, 404);
  } finally {
    psql(`update mortise.users set roles = '{Technician}' where id = '${tech.who.id}'`);
    await admin.del(`/api/roles/${made}`);
    psql(`delete from mortise.tickets where id in ('${own.id}', '${other.id}')`);
  }
});
