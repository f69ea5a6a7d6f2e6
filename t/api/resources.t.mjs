#!/usr/bin/env -S node --test-reporter=tap
// Resources as data: what one table in C gives, shown with the trial resource of t/trial (vans: a table, a rule
// and a migration), and that the core's tables agree with PostgreSQL.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { bin, login, psql, token, top, until } from "../lib/mortise.mjs";
import { fuzz } from "../lib/schema.mjs";
import { startTrial, trialProgram } from "../lib/trial.mjs";

const lines = (file, ...args) => execFileSync(file, args, { encoding: "utf8" }).trim().split("\n").map((l) => JSON.parse(l));
const core = lines(bin("mortise-api"), "--tables");
const trial = lines(trialProgram, "--tables");
let vans, admin, dispatcher, foreign;

before(async () => {
  psql(`drop table if exists mortise.vans cascade; drop table if exists mortise.van_trips; ${readFileSync(join(top, "t/trial/vans.sql"), "utf8")}`);
  vans = startTrial();
  const somebody = async (...who) => vans.as({ headers: (await token(...who)).headers, who: (await login(...who)).who });
  admin = await somebody("Admin");
  dispatcher = await somebody("Dispatcher");
  foreign = await somebody("Dispatcher", 1);
});
after(() => {
  vans.stop();
  psql("drop table mortise.vans cascade; drop table mortise.van_trips; delete from mortise.counters where name = 'van'; delete from mortise.history where resource = 'vans'");
});

let plates = 0;
const van = (fields = {}) => ({ name: "Van", plate: `MT-${(plates += 1)}`, ...fields });
const made = (res) => {
  assert.equal(res.status, 201, res.text);
  return res.body;
};
const create = async (fields, who = dispatcher) => made(await who.post("/api/vans", van(fields)));
const faults = (res) => {
  assert.equal(res.status, 422, res.text);
  assert.match(res.headers["content-type"], /problem\+json/);
  return res.body.errors.map((e) => e.pointer).sort();
};
const refused = (res, status) => {
  assert.equal(res.status, status, res.text);
  assert.match(res.headers["content-type"], /problem\+json/);
  return res.body;
};
const names = async (query, who = dispatcher) => {
  const res = await who.get(`/api/vans?${query}`);
  assert.equal(res.status, 200, res.text);
  return res.body.items.map((v) => v.name);
};

test("a row is created with what is given, defaults and a number, and read back", async () => {
  const driverId = dispatcher.who.id;
  const res = await dispatcher.post("/api/vans", van({ name: "One", kind: "large", bought: "2024-02-29", inspection: "2026-11-21T08:15:30.5+01:00", driverId: driverId.toUpperCase(), tools: ["drill"], extra: { a: [1, { b: null }] }, winterTyres: true }));
  const v = made(res);
  assert.equal(res.headers.location, `/api/vans/${v.id}`);
  assert.equal(res.headers.etag, '"1"');
  assert.deepEqual(Object.keys(v), ["id", "number", "name", "plate", "kind", "seats", "bought", "inspection", "driverId", "driverName",
    "towedById", "towedByName", "tools", "extra", "winterTyres", "notes", "handedOverAt", "washedAt", "version", "createdAt", "updatedAt", "archivedAt"]);
  assert.equal(v.number, 1);
  assert.equal(v.seats, 2);
  assert.equal(v.bought, "2024-02-29");
  assert.equal(v.inspection, "2026-11-21T07:15:30.500Z");
  assert.equal(v.driverId, driverId);
  assert.equal(v.driverName, dispatcher.who.name);
  assert.deepEqual([v.tools, v.extra, v.winterTyres, v.notes], [["drill"], { a: [1, { b: null }] }, true, ""]);
  const read = await dispatcher.get(res.headers.location);
  assert.deepEqual(read.body, v);
  assert.equal(read.headers.etag, '"1"');
  refused(await dispatcher.get(`/api/vans/${randomUUID()}`), 404);
  refused(await foreign.get(res.headers.location), 404);
});

test("every wrong field is named", async () => {
  assert.deepEqual(faults(await dispatcher.post("/api/vans", {})), ["/name", "/plate"]);
  assert.deepEqual(faults(await dispatcher.post("/api/vans", {
    name: "", plate: "x".repeat(13), kind: "huge", seats: 10, bought: "2023-02-29", inspection: "2026-11-21T08:15:30", driverId: "me",
    tools: ["saw"], extra: [], winterTyres: "yes", notes: null, number: 7, id: randomUUID(), colour: "red",
  })), ["/bought", "/colour", "/driverId", "/extra", "/id", "/inspection", "/kind", "/name", "/notes", "/number", "/plate", "/seats", "/tools/0", "/winterTyres"]);
  assert.deepEqual(faults(await dispatcher.post("/api/vans", van({ driverId: randomUUID() }))), ["/driverId"]);
  assert.deepEqual(faults(await dispatcher.post("/api/vans", van({ driverId: foreign.who.id }))), ["/driverId"], "of another company");
  assert.deepEqual(faults(await dispatcher.post("/api/vans", van({ kind: "crane", seats: 3 }))), ["/seats"], "the resource's own rule");
  const { plate } = await create();
  refused(await dispatcher.post("/api/vans", van({ plate })), 409);
});

/** Types of the newest events of a channel. */
const events = (channel) => psql(`select type from mortise.events where channel = '${channel}' order by seq desc limit 2`).flat();

test("a rule in SQL sets columns, names who hears of a change, and refuses", async () => {
  const v = await create({ kind: "crane", driverId: dispatcher.who.id });
  assert.ok(v.handedOverAt);
  assert.equal(events(`u.${dispatcher.who.id}`)[0], "VanHandedOver");
  const stays = refused(await dispatcher.patch(`/api/vans/${v.id}`, { kind: "small" }), 409);
  assert.deepEqual([stays.type, stays.detail], ["/problems/crane-stays", "A crane stays on its van"]);
  const gone = (await dispatcher.patch(`/api/vans/${v.id}`, { driverId: null })).body;
  assert.equal(gone.handedOverAt, null);
  const { id } = (await login("Technician", 0, 1)).who;
  psql(`update mortise.users set active = false where id = '${id}'`);
  try {
    assert.deepEqual(faults(await dispatcher.patch(`/api/vans/${v.id}`, { driverId: id })), ["/driverId"], "who has left can't be chosen");
  } finally {
    psql(`update mortise.users set active = true where id = '${id}'`);
  }
});

test("a route of its own answers with the row and adds to its history", async () => {
  const v = await create();
  const res = await dispatcher.post(`/api/vans/${v.id}/wash`);
  assert.equal(res.status, 200, res.text);
  assert.ok(res.body.washedAt);
  const { items } = (await dispatcher.get(`/api/vans/${v.id}/history`)).body;
  assert.deepEqual(items.at(-1).changes, { washed: [false, true] });
  refused(await dispatcher.post(`/api/vans/${randomUUID()}/wash`), 404);
  refused(await foreign.post(`/api/vans/${v.id}/wash`), 404);
});

test("a child is made and listed below its parent, which hears of it", async () => {
  const v = await create();
  const trip = made(await dispatcher.post(`/api/vans/${v.id}/trips`, { place: "Quarry" }));
  assert.deepEqual([trip.vanId, trip.place], [v.id, "Quarry"]);
  assert.equal(events(`t.${psql(`select tenant_id from mortise.vans where id = '${v.id}'`)[0][0]}`)[0], "VanTripAdded");
  await create({});
  assert.deepEqual((await dispatcher.get(`/api/vans/${v.id}/trips`)).body.items, [trip]);
  assert.deepEqual((await dispatcher.get(`/api/trips/${trip.id}`)).body, trip);
  assert.deepEqual(faults(await dispatcher.post(`/api/vans/${v.id}/trips`, { vanId: v.id })), ["/place", "/vanId"]);
  refused(await dispatcher.post(`/api/vans/${randomUUID()}/trips`, { place: "Nowhere" }), 404);
  refused(await foreign.get(`/api/vans/${v.id}/trips`), 404);
  refused(await foreign.get(`/api/trips/${trip.id}`), 404);
});

test("a view has rows in its rows", async () => {
  const v = await create({ kind: "large", driverId: dispatcher.who.id });
  const { items } = (await dispatcher.get("/api/van-kinds")).body;
  const large = items.find((k) => k.kind === "large");
  assert.ok(large.vans.some((x) => x.plate === v.plate && x.driverId === dispatcher.who.id));
  assert.deepEqual((await dispatcher.get("/api/van-kinds/large")).body, large);
  assert.ok(!JSON.stringify((await foreign.get("/api/van-kinds")).body.items).includes(v.plate));
});

test("a column with permissions of its own is hidden and closed to others", async () => {
  assert.deepEqual(faults(await dispatcher.post("/api/vans", van({ costPerDay: 12.5 }))), ["/costPerDay"]);
  const v = await create({ costPerDay: 12.5 }, admin);
  assert.equal(v.costPerDay, 12.5);
  assert.equal("costPerDay" in (await dispatcher.get(`/api/vans/${v.id}`)).body, false);
  assert.deepEqual(faults(await dispatcher.get("/api/vans?costPerDay=1..20")), ["?costPerDay"]);
  assert.equal((await admin.get("/api/vans?costPerDay=12..13")).body.items.length, 1);
  assert.ok(!(await dispatcher.get("/api/vans.csv")).text.includes("costPerDay"));
  const last = async (who) => (await who.get(`/api/vans/${v.id}/history`)).body.items.at(-1).changes;
  assert.deepEqual((await last(admin)).costPerDay, [null, 12.5]);
  assert.equal("costPerDay" in (await last(dispatcher)), false);
});

test("a change: ETag, If-Match, history, events, nothing written when nothing changes", async () => {
  const v = await create({ name: "Old", driverId: dispatcher.who.id });
  const path = `/api/vans/${v.id}`;
  const channel = `t.${psql(`select tenant_id from mortise.users where id = '${dispatcher.who.id}'`)[0][0]}`;
  const heard = () => psql(`select type, payload from mortise.events where channel = '${channel}' and payload->>'vanId' = '${v.id}' order by seq`).map(([type, p]) => [type, JSON.parse(p)]);
  const same = await dispatcher.patch(path, { name: "Old", tools: [], extra: {}, driverId: v.driverId });
  assert.deepEqual([same.status, same.headers.etag], [200, '"1"']);
  const res = await dispatcher.patch(path, { name: "New", driverId: null, extra: { n: 1 } }, { headers: { "If-Match": '"1"' } });
  assert.deepEqual([res.status, res.headers.etag, res.body.name, res.body.driverName], [200, '"2"', "New", null]);
  assert.equal(refused(await dispatcher.patch(path, { name: "Lost" }, { headers: { "If-Match": '"1"' } }), 409).type, "/problems/version-conflict");
  refused(await dispatcher.patch(path, {}, { headers: { "If-Match": "x" } }), 400);
  assert.deepEqual(faults(await dispatcher.patch(path, { plate: "XX" })), ["/plate"], "given once");
  const { items } = (await dispatcher.get(`${path}/history`)).body;
  assert.equal(items.length, 2);
  assert.deepEqual(items[1].changes, { name: ["Old", "New"], driverId: [dispatcher.who.id, null], extra: [{}, { n: 1 }] });
  assert.equal(items[1].userName, dispatcher.who.name);
  assert.deepEqual(heard().map(([type, p]) => [type, p.name, p.version, p.number, p.byUserId]), [
    ["VanCreated", "Old", 1, v.number, dispatcher.who.id], ["VanUpdated", "New", 2, v.number, dispatcher.who.id]]);
});

test("archived it is out of the list, closed to changes, and can be restored", async () => {
  const v = await create({ name: "Archived" });
  const path = `/api/vans/${v.id}`;
  assert.equal((await dispatcher.del(path, { headers: { "If-Match": '"1"' } })).status, 204);
  assert.equal((await dispatcher.del(path)).status, 204);
  assert.deepEqual(await names("q=Archived"), []);
  assert.deepEqual(await names("q=Archived&archived=true"), ["Archived"]);
  assert.deepEqual(await names("q=Archived&archived=any"), ["Archived"]);
  refused(await dispatcher.patch(path, { name: "x" }), 409);
  const back = await dispatcher.post(`${path}/restore`, {});
  assert.deepEqual([back.status, back.body.archivedAt, back.body.version], [200, null, 3]);
  assert.deepEqual(await names("q=Archived"), ["Archived"]);
  const types = psql(`select type from mortise.events where payload->>'vanId' = '${v.id}' and channel = 't.' || tenant_id order by seq`).flat();
  assert.deepEqual(types, ["VanCreated", "VanArchived", "VanRestored"]);
});

test("filters with several values, ranges, none and me; search; faults of the query", async () => {
  const q = `f${randomUUID().slice(0, 8)}`;
  const all = [
    { name: `${q} a`, kind: "small", seats: 2, bought: "2020-01-01", tools: ["drill", "pump"], winterTyres: true },
    { name: `${q} b`, kind: "large", seats: 5, bought: "2021-06-30", driverId: dispatcher.who.id },
    { name: `${q} c`, kind: "crane", inspection: "2026-05-01T00:00:00Z", tools: ["pump"], notes: "50%_off" },
  ];
  for (const v of all) await create(v);
  const find = async (query) => (await names(`q=${q}&sort=title&${query}`)).map((n) => n.slice(-1)).join("");
  for (const [query, found] of [
    ["", "abc"], ["kind=small,crane", "ac"], ["kind=small&kind=large", "ab"], ["seats=5", "b"], ["seats=3..9", "b"], ["seats=..2", "ac"],
    ["bought=2020-01-01..2020-12-31", "a"], ["bought=none", "c"], ["bought=none,2020-01-01", "ac"], ["inspection=2026-04-01..", "c"],
    ["driverId=me", "b"], ["driverId=none", "ac"], [`driverId=${dispatcher.who.id}`, "b"], ["tools=pump", "ac"], ["tools=drill,ladder", "a"],
    ["winterTyres=true", "a"], [`name=${q}%20b`, "b"], ["kind=", "abc"], ["unknown=1", "abc"],
  ]) assert.equal(await find(query), found, query);
  assert.deepEqual(await names(`q=${encodeURIComponent("50%_o")}`), [`${q} c`]);
  const { number } = (await dispatcher.get(`/api/vans?q=${q}%20b`)).body.items[0];
  assert.ok((await names(`q=%23${number}`)).includes(`${q} b`));
  assert.deepEqual(faults(await dispatcher.get(
    `/api/vans?kind=x&seats=a&bought=1..2&inspection=2026-05-01T00:00:00&driverId=x&tools=saw&winterTyres=1&sort=plate&limit=0&cursor=x&archived=maybe&q=${"x".repeat(201)}`)),
  ["?archived", "?bought", "?cursor", "?driverId", "?inspection", "?kind", "?limit", "?q", "?seats", "?sort", "?tools", "?winterTyres"]);
});

for (const sort of ["number", "-number", "title", "-title", "kind", "bought", "-bought", "inspected", "createdAt", "-updatedAt"])
  test(`pages by ${sort} hold every row once, in order`, async () => {
    const q = `p${randomUUID().slice(0, 8)}`;
    for (let i = 0; i < 7; i++)
      await create({ name: `${q} ${"äBaCb:"[i % 6]}`, kind: ["small", "large", "crane"][i % 3], bought: i % 3 ? `2020-01-0${1 + (i % 4)}` : null, inspection: i % 2 ? null : `2026-01-01T00:00:0${i % 3}.123456Z` });
    const seen = [];
    for (let cursor = ""; cursor !== null; ) {
      const res = await dispatcher.get(`/api/vans?q=${q}&sort=${sort}&limit=2${cursor && `&cursor=${cursor}`}`);
      assert.equal(res.status, 200, res.text);
      assert.equal(res.body.total, 7);
      seen.push(...res.body.items);
      cursor = res.body.nextCursor;
      assert.ok(seen.length <= 7);
    }
    assert.equal(new Set(seen.map((v) => v.id)).size, 7);
    const column = sort.replace("-", "").replace("title", "name").replace("inspected", "inspection");
    // "createdAt" begins with the newest, so that "-createdAt" is the oldest first; others the other way.
    const down = sort.startsWith("-") !== ["number", "createdAt", "updatedAt"].includes(column);
    const rank = (v) => (column === "kind" ? ["small", "large", "crane"].indexOf(v.kind) : column === "name" ? null : (v[column] ?? "9999"));
    for (let i = 1; i < seen.length; i++) {
      const [a, b] = [rank(seen[i - 1]), rank(seen[i])];
      if (a !== null) assert.ok(down ? a >= b : a <= b, `${a} before ${b}`);
    }
    const { nextCursor } = (await dispatcher.get(`/api/vans?q=${q}&sort=${sort}&limit=2`)).body;
    assert.deepEqual(faults(await dispatcher.get(`/api/vans?sort=${sort === "kind" ? "title" : "kind"}&cursor=${nextCursor}`)), ["?cursor"]);
  });

test("bulk: all or nothing, faults name the item", async () => {
  const [a, b] = [await create({ name: "bulk a" }), await create({ name: "bulk b" })];
  const bulk = (items) => dispatcher.post("/api/vans/bulk", { items });
  const res = await bulk([{ create: van({ name: "bulk c" }) }, { id: a.id, version: 1, change: { seats: 3 } }, { id: b.id, archive: true }]);
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body.items.map((v) => [v.name, v.seats, v.version, v.archivedAt !== null]), [["bulk c", 2, 1, false], ["bulk a", 3, 2, false], ["bulk b", 2, 2, true]]);
  const count = () => psql("select count(*), sum(version) from mortise.vans")[0].join();
  const was = count();
  assert.deepEqual(faults(await bulk([{ create: van() }, { create: { name: "" } }, { id: a.id, change: { seats: 0, x: 1 } }, { id: "x", change: {} }, {}, 7, { id: randomUUID(), change: { seats: 1 } }])),
    ["/items/1/create/name", "/items/1/create/plate", "/items/2/change/seats", "/items/2/change/x", "/items/3/id", "/items/4", "/items/5"]);
  assert.deepEqual(faults(await bulk([{ create: van() }, { id: randomUUID(), change: { seats: 1 } }, { id: a.id, change: { kind: "crane" } }])), ["/items/1/change/id", "/items/2/change/seats"]);
  const stale = refused(await bulk([{ create: van() }, { id: a.id, version: 1, change: { seats: 4 } }]), 409);
  assert.deepEqual([stale.type, stale.item], ["/problems/version-conflict", 1]);
  refused(await bulk([{ create: van({ plate: a.plate }) }]), 409);
  assert.deepEqual(faults(await bulk([])), ["/items"]);
  assert.deepEqual(faults(await bulk(Array(201).fill({}))), ["/items"]);
  assert.equal(count(), was);
});

test("CSV out has what the list has; CSV in reads it, with a dry run and faults by line", async () => {
  const q = `c${randomUUID().slice(0, 8)}`;
  await create({ name: `${q} "x", y`, notes: "=1+1\nline 2", tools: ["drill"], driverId: dispatcher.who.id });
  await create({ name: `${q} b`, notes: "'quoted", winterTyres: true });
  const out = await dispatcher.get(`/api/vans.csv?q=${q}&sort=title`);
  assert.equal(out.status, 200, out.text);
  assert.equal(out.headers["content-type"], "text/csv; charset=utf-8");
  assert.match(out.headers["content-disposition"], /vans\.csv/);
  assert.ok(out.text.includes(`"${q} ""x"", y"`), out.text);
  assert.ok(out.text.includes(`"'=1+1\nline 2"`), "no formula for a spreadsheet");
  const put = (raw, dry = "") => dispatcher.request("POST", `/api/vans.csv${dry}`, { raw, headers: { "Content-Type": "text/csv" } });
  assert.deepEqual((await put(out.text)).body, { dryRun: false, created: 0, changed: 0, unchanged: 2 }, "what went out is what is there");
  const edited = `${out.text.replace(`${q} b`, `${q} c`)},,${q} new,NEW-1${",".repeat(out.text.split("\r\n")[0].split(",").length - 4)}\r\n`;
  const dry = await put(edited, "?dryRun=true");
  assert.deepEqual(dry.body, { dryRun: true, created: 1, changed: 1, unchanged: 1 }, dry.text);
  assert.equal((await names(`q=${q}`)).includes(`${q} new`), false);
  assert.deepEqual((await put(`\ufeff${edited}`)).body, { dryRun: false, created: 1, changed: 1, unchanged: 1 });
  assert.deepEqual((await names(`q=${q}&sort=title`)).sort(), [`${q} "x", y`, `${q} c`, `${q} new`]);
  assert.deepEqual(faults(await put("name;plate;seats\nok;A-1;2\n;A-2;x\nno;A-3;99\nshort;A-4\n")), ["/lines/3/name", "/lines/3/seats", "/lines/4/seats", "/lines/5"]);
  assert.deepEqual(faults(await put("name,plate,colour\n")), ["/lines/1/colour"]);
  assert.deepEqual(faults(await put('name,plate\n"open,A-9\n')), ["/lines/2"]);
  assert.deepEqual(faults(await put(`id,seats\n${randomUUID()},3\nx,3\n`)), ["/lines/3/id"]);
  assert.deepEqual(faults(await put(`id,seats\n${randomUUID()},3\n`)), ["/lines/2/id"]);
  refused(await put(""), 400);
  refused(await dispatcher.request("POST", "/api/vans.csv", { raw: "name\n", headers: { "Content-Type": "text/plain" } }), 415);
  const same = refused(await put("name,plate\na,SAME-1\nb,SAME-1\n"), 409);
  assert.equal(same.line, 3);
});

/** Reads `path` in another worker without pause; stop() answers [{began, shown}], shown by `name of`. */
function reading(client, path, shown) {
  const calls = [];
  let on = true;
  const running = (async () => {
    while (on) {
      const began = performance.now();
      const res = await client.get(path);
      assert.equal(res.status, 200, res.text);
      calls.push({ began, shown: shown(res.body) });
    }
  })();
  return { calls, stop: () => ((on = false), running) };
}

test("a title that changes: after the answer no worker shows the old one, neither in rows nor in lists", async () => {
  const tower = await create({ name: "Title 0" });
  const towed = await create({ name: "Towed", towedById: tower.id });
  const other = startTrial();
  const there = other.as({ headers: (await token("Dispatcher")).headers, who: dispatcher.who });
  try {
    const one = `/api/vans/${towed.id}`;
    const list = "/api/vans?name=Towed";
    const ways = [
      ["PATCH", (name) => dispatcher.patch(`/api/vans/${tower.id}`, { name }), one, (v) => v.towedByName],
      ["bulk", (name) => dispatcher.post("/api/vans/bulk", { items: [{ id: tower.id, change: { name } }] }), list, (l) => l.items[0].towedByName],
      ["CSV", (name) => dispatcher.request("POST", "/api/vans.csv", { raw: `id,name\r\n${tower.id},${name}\r\n`, headers: { "Content-Type": "text/csv" } }), one, (v) => v.towedByName],
    ];
    for (const [i, [way, rename, path, shown]] of ways.entries()) {
      const reader = reading(there, path, shown);
      await until(() => reader.calls.length > 20, 30000, "it is read");
      const began = performance.now();
      const res = await rename(`Title ${i + 1}`);
      assert.equal(res.status, 200, res.text);
      const answered = performance.now();
      await until(() => reader.calls.filter((c) => c.began > answered).length > 20, 30000, "it is read after the answer");
      await reader.stop();
      assert.ok(reader.calls[0].shown === `Title ${i}` && answered - began >= 500, `${way} was answered after ${answered - began} ms`);
      for (const c of reader.calls.filter((x) => x.began > answered)) assert.equal(c.shown, `Title ${i + 1}`, way);
    }
    // What nobody is shown the title of, or is not its title, is answered at once.
    const took = [];
    for (const seats of [2, 4, 3]) {
      const began = performance.now();
      await dispatcher.patch(`/api/vans/${tower.id}`, { seats });
      took.push(performance.now() - began);
    }
    assert.ok(Math.min(...took) < 500, `${took} ms`); // an answer that waits always takes so long
    assert.equal((await dispatcher.patch(one, { notes: "towed" })).body.towedByName, "Title 3");
    assert.match((await dispatcher.get(`/api/vans.csv?name=Towed`)).text, /Title 3/);
  } finally {
    other.stop();
  }
});

test("totals: exact on request, else up to 1,000", async () => {
  const all = await dispatcher.get("/api/vans?archived=any&limit=1");
  assert.equal((await dispatcher.get("/api/vans?archived=any&total=exact&limit=1")).body.total, all.body.total);
  psql(`insert into mortise.vans (tenant_id, id, number, name, plate, kind, seats, tools, extra, winter_tyres, notes)
    select tenant_id, gen_random_uuid(), 5000 + g, 'Many', 'M-' || g, 'small', 2, '{}', '{}', false, ''
    from generate_series(1, 1234) g, mortise.users where id = '${dispatcher.who.id}'`);
  const total = async (query, who = dispatcher) => (await who.get(`/api/vans?${query}`)).body.total;
  try {
    assert.equal(await total("name=Many&limit=10"), 1001);
    assert.equal(await total("name=Many&limit=10"), 1001, "under its lease");
    assert.equal(await total("name=Many&limit=10&total=exact"), 1234);
    assert.equal(await total("name=Many&limit=10", foreign), 0, "another company's");
    assert.equal(await total("name=Many&q=M-12&total=exact&limit=10"), 46);
    assert.equal(await total("name=Many&q=M-123&limit=10"), 6);
    const first = (await dispatcher.get("/api/vans?name=Many&limit=200&total=exact")).body;
    assert.equal((await dispatcher.get(`/api/vans?name=Many&limit=200&total=exact&cursor=${first.nextCursor}`)).body.total, 1234);
    psql("delete from mortise.vans where number > 5040");
    assert.equal(await total("name=Many&limit=50"), 40, "a page that isn't full");
    await until(async () => (await total("name=Many&limit=10")) === 40, 6000, "what was known of a longer list is over");
    assert.equal(await total("name=None&limit=10"), 0);
  } finally {
    psql("delete from mortise.vans where number > 5000");
  }
  assert.deepEqual(faults(await dispatcher.get("/api/vans?total=all")), ["?total"]);
});

test("the description has all of it", async () => {
  const { paths, components } = (await dispatcher.get("/api/openapi.json")).body;
  assert.deepEqual(Object.keys(paths).sort(), ["/api/openapi.json", "/api/trips/{id}", "/api/van-kinds", "/api/van-kinds/{id}",
    "/api/vans", "/api/vans.csv", "/api/vans/bulk", "/api/vans/{id}", "/api/vans/{id}/history", "/api/vans/{id}/restore", "/api/vans/{id}/trips", "/api/vans/{id}/wash"]);
  assert.deepEqual(Object.keys(paths["/api/vans/{id}"]).sort(), ["delete", "get", "patch"]);
  const body = paths["/api/vans"].post.requestBody.content["application/json"].schema;
  assert.deepEqual(body.required, ["name", "plate"]);
  assert.deepEqual(body.properties.kind.enum, ["small", "large", "crane"]);
  assert.deepEqual([body.properties.seats.minimum, body.properties.seats.maximum], [1, 9]);
  assert.deepEqual(components.schemas.Van.properties.driverName.type, ["string", "null"]);
  assert.equal(paths["/api/vans"].post["x-permission"], "tickets:write");
  assert.match(execFileSync(trialProgram, ["--types"], { encoding: "utf8" }), /kind: 'small' \| 'large' \| 'crane';\n/);
});

test("requests made by chance out of the description are answered as it says", async () => {
  const doc = (await admin.get("/api/openapi.json")).body;
  const known = [dispatcher.who.id, ...(await admin.get("/api/vans?limit=3")).body.items.map((v) => v.id)];
  const asked = await fuzz(doc, admin.request, { known, rounds: 40 });
  assert.ok(asked > 300, `${asked} requests`);
});

test("permissions: who may only read can't write", async () => {
  const nobody = vans.as({ headers: {} });
  for (const [method, path] of [["GET", "/api/vans"], ["POST", "/api/vans"], ["GET", "/api/vans.csv"], ["POST", "/api/vans/bulk"]])
    refused(await nobody.request(method, path), 401);
});

// --- tables in C and in PostgreSQL -------------------------------------------------------------------

/** Columns that a resource doesn't show, each with its reason. */
const HIDDEN = { "mortise.users": ["created_at", "kind", "language", "theme", "time_zone", "locale"], "mortise.tickets": ["words"], "mortise.ticket_files": ["sha256"], "mortise.audit": ["hash"], "mortise.webhooks": ["busy_until", "next_at"], "mortise.webhook_deliveries": ["n"] };
/** Views have neither constraints nor "not null": what is behind them does. */
const VIEWS = psql("select oid::regclass from pg_class where relkind = 'v' and relnamespace = 'mortise'::regnamespace").map(([v]) => v.replace(/^(?!mortise\.)/, "mortise."));
const TYPES = {
  string: ["text"], text: ["text"], email: ["text"], enum: ["text"], integer: ["integer", "bigint"], boolean: ["boolean"], uuid: ["uuid"],
  time: ["timestamp with time zone"], date: ["date"], array: ["text[]"], object: ["jsonb"], rows: ["json"],
};

for (const r of [...core, ...trial])
  test(`${r.table} is what the table of ${r.name} says`, () => {
    const rows = psql(`select attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), atttypmod), not attnotnull
      from pg_attribute join pg_type t on t.oid = atttypid
      where attrelid = '${r.table}'::regclass and attnum > 0 and not attisdropped order by attnum`);
    // Its own, and those of its columns' domains.
    const checks = psql(`select replace(pg_get_constraintdef(oid), E'\\n', ' ') from pg_constraint where conrelid = '${r.table}'::regclass and contype = 'c'
      union all select replace(replace(pg_get_constraintdef(c.oid), E'\\n', ' '), 'VALUE', a.attname) from pg_attribute a
      join pg_constraint c on c.contypid = a.atttypid where a.attrelid = '${r.table}'::regclass`).flat();
    const real = new Map(rows.map(([name, type, nullable]) => [name, { type, nullable: nullable === "t" }]));
    const hidden = ["tenant_id", ...(HIDDEN[r.table] ?? [])];
    assert.deepEqual([...real.keys()].filter((c) => !hidden.includes(c)).sort(), r.columns.map((c) => c.sql).sort());
    for (const c of r.columns) {
      const { type, nullable } = real.get(c.sql);
      if (c.type === "decimal") assert.match(type, /^numeric/, c.sql);
      else assert.ok(TYPES[c.type].includes(type), `${c.sql}: ${type} for ${c.type}`);
      if (VIEWS.includes(r.table)) continue;
      assert.equal(nullable, c.nullable, `${c.sql}: null`);
      const about = checks.filter((d) => new RegExp(`\\b${c.sql}\\b`).test(d));
      if ((c.type === "string" || c.type === "text") && c.writable && !c.refers) {
        const said = about.map((d) => [...d.matchAll(/length\(\w+\) (<=|>=) (\d+)/g)].map((m) => [m[1], Number(m[2])])).flat();
        assert.ok(said.some(([op, n]) => op === "<=" && n === c.max), `${c.sql}: at most ${c.max}: ${about}`);
        if (c.min) assert.ok(said.some(([op, n]) => op === ">=" && n === c.min), `${c.sql}: at least ${c.min}: ${about}`);
      }
      if (c.type === "enum") assert.deepEqual([...about.join().matchAll(/'(\w+)'::text/g)].map((m) => m[1]).sort(), c.oneOf.split("|").sort(), c.sql);
      if (c.refers) assert.equal(psql(`select count(*) from pg_constraint where conrelid = '${r.table}'::regclass and contype = 'f'
        and confrelid = '${c.refers}'::regclass and (select attnum from pg_attribute where attrelid = conrelid and attname = '${c.sql}') = any (conkey)`)[0][0], "1", `${c.sql} refers to ${c.refers}`);
    }
  });

test("what plugins are granted is what the columns say", () => {
  const wanted = [];
  for (const r of core)
    for (const c of r.columns) {
      if (c.pluginReads) wanted.push([r.read.replace(/:own$/, ""), "SELECT", r.table, c.sql].join(" "));
      if (c.pluginWrites) wanted.push([r.write.replace(/:own$/, ""), "UPDATE", r.table, c.sql].join(" "));
    }
  const tables = core.filter((r) => r.columns.some((c) => c.pluginReads)).map((r) => r.table);
  const granted = [];
  for (const permission of new Set(core.flatMap((r) => [r.read, r.write].map((p) => p?.replace(/:own$/, ""))).filter((p) => ["tickets:read", "tickets:write", "users:read"].includes(p))))
    granted.push(...grantsOf(permission, tables));
  assert.deepEqual(granted.sort(), wanted.sort());
});

/** What a plugin's role gets with one permission, but for what finds a row: tenant and key. */
function grantsOf(permission, tables) {
  const rows = psql(`begin;
    create role p_trial_grants nologin;
    select mortise_guard.plugin_permissions('p_trial_grants', array['${permission}']);
    select 'grant', e.privilege_type, c.oid::regclass, t.attname from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) e
      where e.grantee = 'p_trial_grants'::regrole and c.oid = any ('{${tables}}'::regclass[]);
    rollback`).filter(([what]) => what === "grant").map(([, privilege, table, column]) => [permission, privilege, table.replace(/^(?!mortise\.)/, "mortise."), column]);
  const writes = rows.some(([, privilege]) => privilege === "UPDATE");
  // what a new row is given is what may be changed, its id, and to what it belongs
  return rows.filter(([, privilege, , column]) => column !== "tenant_id" && privilege !== "INSERT" && !(writes && privilege === "SELECT")).map((r) => r.join(" "));
}

test("the front end's types are those of the tables", () => {
  const now = execFileSync(bin("mortise-api"), ["--types"], { encoding: "utf8" });
  assert.equal(readFileSync(join(top, "public/src/api/resources.ts"), "utf8"), now, "mortise-api --types > public/src/api/resources.ts");
});
