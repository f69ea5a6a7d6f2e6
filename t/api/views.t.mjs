#!/usr/bin/env -S node --test-reporter=tap
// Saved views of the ticket list, and the dashboard: each person has their own.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import { login, psql } from "../lib/mortise.mjs";

const tech = await login("Technician");
const dispatcher = await login("Dispatcher");
const mark = `view ${randomUUID()}`;
after(() => psql(`delete from mortise.ticket_views where name like '${mark}%'`));
const names = async (who) => (await who.get("/api/views")).body.items.map((v) => v.name).filter((n) => n.startsWith(mark));

test("a view is saved, renamed and deleted by its owner, and nobody else's business", async () => {
  const made = await tech.post("/api/views", { name: `${mark} mine`, query: "assigneeId=me&sort=priority" });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(Object.keys(made.body), ["id", "ownerId", "name", "query", "createdAt", "updatedAt"]);
  assert.equal(made.body.ownerId, tech.who.id);
  const path = `/api/views/${made.body.id}`;
  assert.deepEqual((await tech.get(path)).body, made.body);
  for (const [method, body] of [["GET"], ["PATCH", { name: "taken" }], ["DELETE"]]) assert.equal((await dispatcher.request(method, path, body ? { body } : {})).status, 404, method);
  assert.deepEqual(await names(dispatcher), []);
  const changed = await tech.patch(path, { name: `${mark} renamed`, query: "state=new,on_hold" });
  assert.deepEqual([changed.status, changed.body.query], [200, "state=new,on_hold"]);
  assert.deepEqual(await names(tech), [`${mark} renamed`]);
  assert.equal((await tech.request("DELETE", path)).status, 204);
  assert.equal((await tech.request("DELETE", path)).status, 404);
  assert.deepEqual(await names(tech), []);
});

test("two views of one person have different names, of two people need not", async () => {
  const body = { name: `${mark} twice`, query: "" };
  assert.equal((await tech.post("/api/views", body)).status, 201);
  const again = await tech.post("/api/views", body);
  assert.equal(again.status, 422);
  assert.equal(again.body.errors[0].pointer, "/name");
  assert.equal((await dispatcher.post("/api/views", body)).status, 201);
  for (const wrong of [{ name: "" }, { name: "x".repeat(61) }, { name: mark, query: "x".repeat(1001) }, { query: "state=new" }])
    assert.equal((await tech.post("/api/views", wrong)).status, 422, JSON.stringify(wrong));
});

test("a person has fifty at most", async () => {
  psql(`insert into mortise.ticket_views (tenant_id, id, owner_id, name, query)
    select ${tech.who.tenantId}, gen_random_uuid(), '${tech.who.id}', '${mark} ' || n, '' from generate_series(1, 50) n`);
  const more = await tech.post("/api/views", { name: `${mark} one more` });
  assert.equal(more.status, 409, more.text);
  assert.match(more.body.detail, /50 views: delete one first/);
});

test("a dashboard is its owner's alone, as it was arranged, until it is taken back", async () => {
  const path = "/api/me/dashboard";
  const widgets = [{ id: "states", size: "wide" }, { id: "parts:low-stock", size: "small" }];
  after(() => psql(`delete from mortise.dashboards where user_id in ('${tech.who.id}', '${dispatcher.who.id}')`));
  assert.deepEqual((await tech.get(path)).body, { widgets: null });
  const saved = await tech.put(path, { widgets });
  assert.deepEqual([saved.status, saved.body], [200, { widgets }], saved.text);
  assert.deepEqual((await tech.get(path)).body, { widgets });
  assert.deepEqual((await dispatcher.get(path)).body, { widgets: null });
  assert.deepEqual((await dispatcher.put(path, { widgets: [] })).body, { widgets: [] });
  assert.deepEqual((await tech.get(path)).body, { widgets });
  const wrong = async (given, pointer) => {
    const res = await tech.put(path, { widgets: given });
    assert.equal(res.status, 422, res.text);
    assert.deepEqual(res.body.errors.map((e) => e.pointer), [pointer]);
  };
  await wrong([{ id: "mine", size: "huge" }], "/widgets/0/size");
  await wrong([{ id: "Not one", size: "small" }], "/widgets/0/id");
  await wrong([widgets[0], widgets[0]], "/widgets/1/id");
  await wrong([{ id: "mine" }], "/widgets/0/size");
  await wrong(Array.from({ length: 41 }, (_, n) => ({ id: `w${n}`, size: "small" })), "/widgets");
  assert.deepEqual((await tech.get(path)).body, { widgets });
  assert.equal((await tech.del(path)).status, 204);
  assert.deepEqual((await tech.get(path)).body, { widgets: null });
});
