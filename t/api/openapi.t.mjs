#!/usr/bin/env -S node --test-reporter=tap
// GET /api/openapi.json: an independent validator accepts it, it has every route, and random requests made from
// it are answered as it declares.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";

import { anonymous, bin, login, psql, token, top } from "../lib/mortise.mjs";
import { fuzz, operations } from "../lib/schema.mjs";

const require = createRequire(join(top, "public/package.json"));
const { Validator } = await import(pathToFileURL(require.resolve("@seriousme/openapi-schema-validator")));

let sys, doc, since, known, own, company, roles;

before(async () => {
  sys = await token("SystemAdmin");
  const res = await sys.get("/api/openapi.json");
  assert.equal(res.status, 200, res.text);
  doc = res.body;
  const user = (await login("SystemAdmin")).who.id;
  since = psql("select now()")[0][0];
  own = (await sys.get("/api/me")).body.name;
  company = (await sys.get("/api/company")).body;
  roles = (await sys.get("/api/roles")).body.items.map((r) => r.role);
  // Somebody whom the requests may rename, demote and deactivate.
  const colleague = await sys.post("/api/users", { name: "Fuzzed", email: `fuzzed-${process.pid}@openapi.example`, roles: ["Technician"] });
  assert.equal(colleague.status, 201, colleague.text);
  known = [user, colleague.body.id];
  known.push(...(await sys.get("/api/tickets?limit=3")).body.items.map((t) => t.id));
});
// What the requests changed that other files read.
after(async () => {
  const { code: _c, version: _v, organization: _o, ...profile } = company;
  const back = await sys.patch("/api/company", profile);
  assert.equal(back.status, 200, back.text);
  for (const { role } of (await sys.get("/api/roles")).body.items.filter((r) => !roles.includes(r.role)))
    assert.equal((await sys.del(`/api/roles/${role}?reassign=Technician`)).status, 204);
  for (const { id } of (await sys.get("/api/teams")).body.items) assert.equal((await sys.del(`/api/teams/${id}`)).status, 204);
  for (const { id } of (await sys.get("/api/views")).body.items) assert.equal((await sys.del(`/api/views/${id}`)).status, 204);
  assert.equal((await sys.del("/api/me/dashboard")).status, 204);
  psql(`update mortise.users set name = '${own}', phone = null, language = null, theme = null, time_zone = null, locale = null where id = '${known[0]}';
  update mortise.users set active = false
    where created_at >= '${since}' and tenant_id = (select tenant_id from mortise.users where id = '${known[0]}');
  delete from mortise.tickets where created_at >= '${since}' and created_by = '${known[0]}';
  delete from mortise.custom_fields; delete from mortise.webhooks;
  delete from mortise.events where type = 'Notification' and created_at >= '${since}'`);
});

test("it is for who is signed in", async () => assert.equal((await anonymous.get("/api/openapi.json")).status, 401));

test("a foreign validator accepts it as OpenAPI 3.1", async () => {
  const validator = new Validator();
  const res = await validator.validate(structuredClone(doc));
  assert.deepEqual(res, { valid: true });
  assert.equal(validator.version, "3.1");
});

test("every route is in it, and nothing else", () => {
  const routes = execFileSync(bin("mortise-api"), ["--routes"], { encoding: "utf8" }).trim().split("\n").map((l) => JSON.parse(l));
  const wanted = new Set();
  for (const r of routes.filter((x) => !x.path.startsWith("/-/"))) {
    const path = (r.prefix ? `${r.path}:path` : r.path).replace(/:([a-zA-Z]+)/g, "{$1}");
    for (const method of r.method === "*" ? ["GET", "POST", "PUT", "PATCH", "DELETE"] : [r.method]) wanted.add(`${method} ${path}`);
  }
  assert.deepEqual(operations(doc).map((o) => `${o.method} ${o.path}`).sort(), [...wanted].sort());
  const ids = operations(doc).map((o) => o.op.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const r of routes.filter((x) => x.permission && x.method !== "*" && !x.path.startsWith("/-/")))
    assert.equal(doc.paths[r.path.replace(/:([a-zA-Z]+)/g, "{$1}")][r.method.toLowerCase()]["x-permission"], r.permission, r.path);
});

test("queries, replies and refusals of routes that are no resources' are described, too", () => {
  const of = (method, path) => doc.paths[path][method];
  const query = (op) => Object.fromEntries(op.parameters.filter((p) => p.in === "query").map((p) => [p.name, p]));
  assert.deepEqual(query(of("get", "/api/events")).limit.schema, { type: "integer", minimum: 1, maximum: 1000 });
  assert.deepEqual(query(of("get", "/api/plugins/marketplace/search")).sort.schema.enum, ["name", "category", "author"]);
  assert.equal(query(of("get", "/api/plugins/marketplace/search")).q.required, true);
  assert.deepEqual(query(of("delete", "/api/plugins/installations/{id}")).data.schema.enum, ["delete", "export"]);
  assert.equal(of("get", "/api/tickets").responses[200].content["application/json"].schema.properties.corrected.type, "string");
  assert.ok(of("get", "/api/me").responses[200].content["application/json"].schema.required.includes("permissions"));
  assert.equal(of("get", "/api/roles").responses[200].content["application/json"].schema.properties.items.items.$ref, "#/components/schemas/Role");
  assert.ok(doc.components.schemas.Role.properties.permissions.items.required.includes("granted"));
  for (const { method, path, op } of operations(doc)) {
    const what = `${method} ${path}`;
    assert.deepEqual(op.responses.default, { $ref: "#/components/responses/Problem" }, what);
    // A request without a session that has a body is a sign-in: it can be refused, too.
    assert.equal(!!op.responses[401], !op.security || !!op.requestBody, what);
    if (op["x-permission"]) assert.ok(op.responses[403], what);
    if (op.requestBody) for (const status of [400, 413, 415, 422]) assert.ok(op.responses[status], `${what}: ${status}`);
    if (op.parameters.some((p) => p.in === "path")) assert.ok(op.responses[404], what);
  }
});

test("each answer has a schema, or no body", () => {
  for (const { method, path, op } of operations(doc)) {
    const good = Object.entries(op.responses).filter(([status]) => status.startsWith("2"));
    assert.ok(good.length, `${method} ${path}`);
    for (const [status, { content }] of good) {
      if (status === "204") continue;
      assert.ok(content, `${method} ${path}: ${status} isn't described`);
      for (const [type, { schema }] of Object.entries(content)) {
        assert.ok(schema, `${method} ${path}: ${status}`);
        if (type === "application/json") assert.ok(schema.$ref || Object.keys(schema.properties ?? {}).length, `${method} ${path}: ${status} has no members`);
      }
    }
  }
});

/** What is not asked here: a stream, and what ends the session that asks, or those of other files. */
const SKIP = ["GET /events", "POST /api/auth/logout", "DELETE /api/me/sessions"];

test("what it allows is never 500, what it doesn't allow is refused by name", async () => {
  const asked = await fuzz(doc, (method, uri, options) => sys.request(method, uri, options), { known, skip: (o) => SKIP.includes(`${o.method} ${o.path}`) });
  assert.ok(asked > 500, `${asked} requests`);
});

test("a session that was given away for it ends", async () => {
  const own = await token("Technician");
  assert.equal((await own.post("/api/auth/logout", {})).status, 204);
});
