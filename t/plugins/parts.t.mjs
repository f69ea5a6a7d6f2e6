#!/usr/bin/env -S node --test-reporter=tap
// Parts from end to end: its routes, stock under many hands, what runs low, its report, and what becomes of its rows.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { install, login, psql, remove, until } from "../lib/mortise.mjs";

const KEY = "parts";
const at = (path) => `/api/plugins/${KEY}${path}`;
let admin, dispatcher, ann, bob, foreign, installation, ticket, theirs;

before(async () => {
  await remove(KEY);
  ({ admin, installation } = await install(KEY));
  dispatcher = await login("Dispatcher");
  [ann, bob, foreign] = [await login("Technician", 0, 0), await login("Technician", 0, 1), await login("Technician", 1)];
  [ticket] = (await ann.get("/api/tickets?limit=1")).body.items;
  [theirs] = (await foreign.get("/api/tickets?limit=1")).body.items;
});
after(() => remove(KEY));

const problem = (res, code, detail) => {
  assert.equal(res.status, code, res.text);
  assert.match(res.headers["content-type"], /application\/problem\+json/);
  assert.match(res.body.detail, detail);
  return res.body.errors?.map((e) => e.pointer);
};
const add = async (sku, more = {}) => {
  const res = await dispatcher.post(at("/parts"), { sku, name: `Part ${sku}`, unit: "pcs", ...more });
  assert.equal(res.status, 201, res.text);
  return res.body;
};
const stockOf = async (part) => (await ann.get(at(`/parts/${part.id}`))).body.stock;
const move = (who, part, body) => who.post(at(`/parts/${part.id}/moves`), body);

test("parts are added by those who manage them, and found by all", async () => {
  const valve = await add("A-1", { stock: 12.5, least: 4 });
  assert.deepEqual(valve, { id: valve.id, sku: "A-1", name: "Part A-1", unit: "pcs", stock: 12.5, least: 4, low: false, version: 1 });
  problem(await ann.post(at("/parts"), { sku: "A-2", name: "x", unit: "pcs" }), 403, /parts:manage/);
  assert.deepEqual(problem(await dispatcher.post(at("/parts"), { sku: "A-1", name: "x", unit: "pcs" }), 422, /./), ["/sku"]);
  assert.deepEqual(problem(await dispatcher.post(at("/parts"), { name: "x", unit: "", stock: -1 }), 422, /./).sort(), ["/sku", "/stock", "/unit"]);
  await add("A-2", { stock: 1, least: 4 });
  const names = async (query) => (await ann.get(at(`/parts?${query}`))).body.items.map((p) => p.sku);
  assert.deepEqual(await names("q=a-"), ["A-1", "A-2"]);
  assert.deepEqual(await names("sort=-stock"), ["A-1", "A-2"]);
  assert.deepEqual(await names("sort=stock"), ["A-2", "A-1"]);
  assert.deepEqual(await names("low=true"), ["A-2"]);
  assert.deepEqual(await names("q=%25"), [], "a pattern is no pattern");
  const first = (await ann.get(at("/parts?limit=1&sort=-stock"))).body;
  assert.deepEqual((await ann.get(at(`/parts?limit=1&sort=-stock&cursor=${first.nextCursor}`))).body.items.map((p) => p.sku), ["A-2"]);
  problem(await ann.get(at("/parts?sort=price")), 422, /./);
  const csv = await ann.get(at("/parts/export"));
  assert.match(csv.headers["content-type"], /text\/csv/);
  assert.match(csv.text, /A-1,Part A-1,12\.5,pcs,4/);
});

test("of ten who take the last five, five get one", async () => {
  const part = await add("B-1", { stock: 5 });
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, n) => move(n % 2 ? ann : bob, part, { kind: "take", quantity: 1, ticketId: ticket.id })),
  );
  assert.deepEqual(all.map((r) => r.status).sort(), [201, 201, 201, 201, 201, 409, 409, 409, 409, 409]);
  for (const r of all.filter((x) => x.status === 409)) problem(r, 409, /^Only 0 pcs are there$/);
  assert.equal(await stockOf(part), 0);
  const { items } = (await ann.get(at(`/parts/${part.id}/moves`))).body;
  assert.deepEqual(items.map((m) => m.stock), [0, 1, 2, 3, 4, 5], "the history is whole");
  assert.equal((await ann.get(at(`/tickets/${ticket.id}/moves`))).body.items.filter((m) => m.partId === part.id).length, 5);
});

test("what isn't there or isn't allowed changes nothing", async () => {
  const part = await add("C-1", { stock: 3 });
  problem(await move(ann, part, { kind: "add", quantity: 1 }), 403, /parts:manage/);
  assert.deepEqual(problem(await move(ann, part, { kind: "take", quantity: 0 }), 422, /./), ["/quantity"]);
  assert.deepEqual(problem(await move(ann, part, { kind: "take", quantity: 1, ticketId: randomUUID() }), 422, /./), ["/ticketId"]);
  assert.deepEqual(problem(await move(ann, part, { kind: "take", quantity: 1, ticketId: theirs.id }), 422, /./), ["/ticketId"]);
  assert.deepEqual(problem(await move(ann, part, { kind: "steal", quantity: 1 }), 422, /./), ["/kind"]);
  problem(await move(ann, { id: randomUUID() }, { kind: "take", quantity: 1 }), 404, /no such part/);
  problem(await move(ann, { id: "x" }, { kind: "take", quantity: 1 }), 404, /no such part/);
  assert.equal(await stockOf(part), 3);
  assert.equal(psql(`select count(*) from x_parts.moves where part_id = '${part.id}'`)[0][0], "1");
  for (const id of [theirs.id, randomUUID(), "x"]) problem(await ann.get(at(`/tickets/${id}/moves`)), 404, /no such ticket/);
  assert.equal((await move(dispatcher, part, { kind: "add", quantity: 2.25 })).body.stock, 5.25);
  assert.equal((await move(dispatcher, part, { kind: "count", quantity: 4, note: "after the move" })).body.change, -1.25);
});

test("nobody overwrites what they haven't seen", async () => {
  const part = await add("D-1");
  const patch = (version, body) => dispatcher.patch(at(`/parts/${part.id}`), body, { headers: { "If-Match": `"${version}"` } });
  const changed = await patch(1, { name: "Renamed", least: 7 });
  assert.deepEqual([changed.status, changed.body.name, changed.body.low, changed.headers.etag], [200, "Renamed", true, '"2"']);
  problem(await patch(1, { name: "Again" }), 409, /version 2/);
  assert.deepEqual(problem(await patch(2, { sku: "A-1" }), 422, /./), ["/sku"]);
  assert.equal((await dispatcher.del(at(`/parts/${part.id}`))).status, 204);
  problem(await dispatcher.del(at(`/parts/${part.id}`)), 404, /no such part/);
});

const notified = async (title) => {
  let found;
  await until(async () => (found = (await dispatcher.get("/api/notifications?limit=50")).body.items.find((n) => n.title === title)), 30000, title);
  return found;
};

test("who manages parts hears what runs low: at once, and from the job", async () => {
  const name = `Filter ${randomUUID().slice(0, 8)}`;
  const made = await (await login("Admin")).post("/api/webhooks", { name: "Supplier", url: "https://supplier.example/orders", events: ["parts.RunsLow"] });
  assert.equal(made.status, 201, made.text);
  const hook = made.body.id;
  const part = await add("E-1", { name, stock: 5, least: 4 });
  assert.equal((await move(ann, part, { kind: "take", quantity: 1 })).status, 201);
  assert.equal((await move(ann, part, { kind: "take", quantity: 1 })).status, 201);
  assert.equal((await notified(`${name} runs low`)).url, `/x/parts/items/${part.id}`);
  assert.ok(!(await ann.get("/api/notifications?limit=50")).body.items.some((n) => n.title === `${name} runs low`), "not who takes it");
  const [[type, body]] = psql(`select type, body from mortise.webhook_deliveries where webhook_id = '${hook}' order by n desc limit 1`);
  assert.equal(type, "parts.RunsLow");
  assert.deepEqual(JSON.parse(body).data, { partId: part.id, name, stock: 3, least: 4, unit: part.unit });
  assert.equal((await admin.del(`/api/webhooks/${hook}`)).status, 204);
  const jobs = `/api/plugins/installations/${installation.id}/jobs`;
  const run = await admin.post(`${jobs}/low-stock/run`, {});
  assert.ok(run.status < 300, run.text);
  const low = psql("select count(*) from x_parts.parts p join mortise.tenants t on t.id = p.tenant_id where p.stock < p.least and t.code = '" + ann.who.tenant + "'")[0][0];
  await notified(`${low} parts run low`);
});

test("the report counts what was taken, by the company's days", async () => {
  const res = await ann.get(at("/report"));
  assert.equal(res.status, 200, res.text);
  const { summary, charts, tables } = res.body;
  assert.equal(summary.timesTaken, 7);
  assert.equal(summary.tickets, 1);
  assert.deepEqual(charts[0].data[0], { label: "Part B-1 (pcs)", value: 5 });
  assert.ok(tables[0].rows.some((row) => JSON.stringify(row) === '["Part A-2","A-2",1,3,"pcs"]'), JSON.stringify(tables));
  assert.equal(charts[1].data.length, 30);
  assert.equal(charts[1].data.reduce((n, d) => n + d.value, 0), 7);
  assert.deepEqual(problem(await ann.get(at("/report?from=2026-02-02&to=2026-02-01")), 422, /./), ["?from"]);
  assert.deepEqual(problem(await ann.get(at("/report?from=2020-01-01&to=2026-02-01")), 422, /./), ["?from"]);
  assert.equal((await ann.get(at("/report?from=2026-02-01&to=2026-02-01"))).body.summary.timesTaken, 0);
});

test("its field of tickets is there while it is enabled, follows the company, and goes with it", async () => {
  const name = "parts:machine";
  const boss = await login("Admin");
  const find = async (who = ann) => (await who.get("/api/custom-fields")).body.items.find((f) => f.key === name);
  const field = await find();
  assert.deepEqual([field.label, field.type, field.required, field.inList, field.pluginKey, field.pluginName, field.archivedAt], ["Machine", "text", false, false, KEY, "Parts", null]);
  assert.equal(await find(foreign), undefined, "another company hasn't got it");
  const part = await add("M-1", { stock: 9 });
  const made = (await dispatcher.post("/api/tickets", { title: "The press stands still", custom: { [name]: "Press 7" } })).body;
  assert.deepEqual(made.custom, { [name]: "Press 7" });
  assert.deepEqual(problem(await dispatcher.post("/api/tickets", { title: "x", custom: { [name]: 7 } }), 422, /./), [`/custom/${name}`]);
  assert.deepEqual((await ann.get(`/api/tickets?custom[${name}]=press`)).body.items.map((t) => t.id), [made.id]);
  for (let n = 0; n < 2; n++) assert.equal((await move(ann, part, { kind: "take", quantity: 1, ticketId: made.id })).status, 201);
  assert.deepEqual((await ann.get(at("/report"))).body.tables[1].rows, [["Press 7", 1, 2]]);

  const url = `/api/custom-fields/${field.id}`;
  assert.equal((await boss.patch(url, { required: true, inList: true })).status, 200);
  problem(await boss.patch(url, { label: "Apparatus" }), 409, /comes from the plugin Parts/);
  problem(await boss.del(url), 409, /comes from the plugin Parts/);
  assert.deepEqual(problem(await boss.post("/api/custom-fields", { key: "parts:other", label: "x", type: "text" }), 422, /./), ["/key"]);
  await until(async () => (await dispatcher.post("/api/tickets", { title: "Without a machine" })).status === 422, 30000, "it is required");

  const plugin = `/api/plugins/installations/${installation.id}`;
  assert.ok((await admin.post(`${plugin}/disable`, {})).status < 300);
  await until(async () => (await find()) === undefined, 30000, "it is away with the plugin");
  await until(async () => (await dispatcher.post("/api/tickets", { title: "Without a machine" })).status === 201, 30000, "and not required");
  assert.deepEqual(problem(await dispatcher.post("/api/tickets", { title: "x", custom: { [name]: "x" } }), 422, /./), [`/custom/${name}`]);
  assert.ok((await admin.post(`${plugin}/enable`, {})).status < 300);
  await until(find, 30000, "it is back");
  assert.deepEqual([(await find()).required, (await find()).inList], [true, true], "as the company had it");
  assert.equal((await ann.get(`/api/tickets/${made.id}`)).body.custom[name], "Press 7");
  assert.equal((await boss.patch(url, { required: false, inList: false })).status, 200);

  const other = await install(KEY, 1);
  assert.ok(await find(foreign));
  const dispatch = await login("Dispatcher", 1);
  const there = (await dispatch.post("/api/tickets", { title: "Theirs", custom: { [name]: "Drill" } })).body;
  assert.equal((await other.admin.del(`/api/plugins/installations/${other.installation.id}`)).status, 204);
  assert.equal(await find(foreign), undefined);
  assert.deepEqual((await dispatch.get(`/api/tickets/${there.id}`)).body.custom, {}, "nothing of it is left");
  assert.equal((await ann.get(`/api/tickets/${made.id}`)).body.custom[name], "Press 7", "and everything here");
  psql(`delete from mortise.tickets where id in ('${made.id}', '${there.id}') or title = 'Without a machine'`);
});

test("what browsers measured of its components is added up, and nothing else makes a row", async () => {
  const one = { pluginKey: KEY, component: "TicketParts", shows: 2, renderMs: 30, renderMax: 20, firsts: 1, firstMs: 400, firstMax: 400 };
  const send = (who, ...items) => who.post("/api/me/plugin-shows", { items });
  for (const who of [ann, dispatcher]) assert.equal((await send(who, one, { ...one, component: "PartsPage", firsts: 0, firstMs: 0, firstMax: 0 })).status, 204);
  assert.equal((await send(ann, { ...one, component: "Invented" }, { ...one, pluginKey: "hello-world", component: "HelloTab" })).status, 204);
  assert.equal((await send(foreign, one)).status, 204, "who hasn't got it");
  assert.deepEqual(problem(await send(ann, { ...one, shows: 0 }, { ...one, renderMs: -1 }), 422, /./).sort(), ["/items/0/shows", "/items/1/renderMs"]);
  const usage = async (who) => (await who.get(`/api/plugins/installations/${installation.id}/usage`)).body;
  const shown = (component, firsts) => ({ component, shows: 4, renderMsAvg: 15, renderMsMax: 20, firsts, firstMsAvg: firsts ? 400 : 0, firstMsMax: firsts ? 400 : 0 });
  assert.deepEqual((await usage(admin)).components, [shown("PartsPage", 0), shown("TicketParts", 2)]);
  assert.equal(psql(`select count(*) from mortise.plugin_shows where plugin_key <> '${KEY}'`)[0][0], "0");
});

test("a row forgets its ticket when that is deleted, and a company has its own parts", async () => {
  const made = (await ann.post("/api/tickets", { title: "For a part" })).body;
  const part = await add("F-1", { stock: 2 });
  assert.equal((await move(ann, part, { kind: "take", quantity: 1, ticketId: made.id })).body.ticketNumber, made.number);
  psql(`delete from mortise.tickets where id = '${made.id}'`);
  const [last] = (await ann.get(at(`/parts/${part.id}/moves`))).body.items;
  assert.deepEqual([last.ticketId, last.ticketNumber], [null, made.number]);
  const other = await install(KEY, 1);
  try {
    assert.deepEqual((await foreign.get(at("/parts"))).body.items, []);
    problem(await foreign.get(at(`/parts/${part.id}`)), 404, /no such part/);
    problem(await move(foreign, part, { kind: "take", quantity: 1 }), 404, /no such part/);
  } finally {
    assert.equal((await other.admin.del(`/api/plugins/installations/${other.installation.id}`)).status, 204);
  }
  assert.equal(await stockOf(part), 1);
});
