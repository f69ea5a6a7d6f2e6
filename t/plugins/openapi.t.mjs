#!/usr/bin/env -S node --test-reporter=tap
// What the routes of plugins answer, through one plugin's life, is what GET /api/openapi.json says of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { login, pack, remove, token } from "../lib/mortise.mjs";
import { answerChecks, operations } from "../lib/schema.mjs";
import { reversion } from "./package.mjs";

const KEY = "settings-test";
const ONE = "/api/plugins/installations/{id}";
const VERSION = "/api/plugins/catalog/{key}/{version}";
const deadline = 60000;
/** Operations that share another one's answer, which is asked: a rollout of one company may have ended before. */
const SHARED = ["pause", "resume", "cancel"].map((what) => `POST /api/plugins/rollouts/{id}/${what}`);
const seen = new Set();
let doc, check, sys, admin;

before(async () => {
  await remove(KEY, "time-clock");
  [sys, admin] = [await login("SystemAdmin"), await login("Admin")];
  doc = (await (await token("SystemAdmin")).get("/api/openapi.json")).body;
  check = answerChecks(doc);
});
after(() => remove(KEY, "time-clock"));

function checked(method, path, res) {
  assert.ok(res.status < 300, `${method} ${path}: ${res.status} ${res.text}`);
  check(doc.paths[path][method.toLowerCase()], res);
  seen.add(`${method} ${path}`);
  return res.body ?? res;
}

/** Asks an operation of the description, and compares its answer with it. */
async function ask(who, method, path, { params = {}, query = "", body } = {}) {
  const uri = path.replace(/\{(\w+)\}/g, (_, name) => params[name]);
  return checked(method, path, await who.request(method, uri + query, { body, deadline }));
}

const upload = async (bytes) => checked("POST", "/api/plugins/upload", await sys.upload("/api/plugins/upload", bytes, { deadline }));

async function offer(bytes) {
  const { version, permissions } = await upload(bytes);
  return ask(sys, "POST", `${VERSION}/approve`, { params: { key: KEY, version }, body: { permissions } });
}

test("what a marketplace answers", async () => {
  const M = "/api/plugins/marketplace";
  const params = { key: "time-clock" };
  assert.ok((await ask(admin, "GET", M)).items.length > 0);
  await ask(admin, "GET", `${M}/search`, { query: "?q=clock" });
  await ask(admin, "POST", `${M}/refresh`);
  await ask(admin, "GET", `${M}/{key}`, { params });
  await ask(sys, "POST", `${M}/{key}/fetch`, { params, body: {} });
  assert.ok((await ask(admin, "GET", "/api/plugins/categories")).items.length > 0);
  await ask(admin, "GET", "/api/plugins/health");
  await ask(sys, "GET", "/api/plugins/trust");
});

test("what packages and an installation answer", async () => {
  const { permissions } = await offer(pack(KEY));
  const { id } = await ask(admin, "POST", "/api/plugins/install", { body: { pluginKey: KEY, permissions } });
  const params = { id, key: KEY, version: "1.0.0" };
  const catalog = await ask(admin, "GET", "/api/plugins/catalog");
  assert.equal(catalog.items.find((p) => p.key === KEY).installation.id, id);
  await ask(admin, "GET", "/api/plugins/catalog/{key}", { params });
  await ask(admin, "GET", "/api/plugins/installations");
  await ask(admin, "GET", "/api/plugins/installed");
  await ask(admin, "GET", ONE, { params });
  const values = { name: "Desk", server: "https://example.com", level: "low", token: "tok-7Qz9LmX2vR4s" };
  await ask(admin, "GET", `${ONE}/configuration`, { params });
  await ask(admin, "PUT", `${ONE}/configuration`, { params, body: { values } });
  await ask(admin, "POST", `${ONE}/configuration/generate`, { params, body: { key: "signature" } });
  await ask(admin, "POST", "/api/plugins/{key}/test-connection", { params, body: {} });
  await ask(admin, "POST", `${ONE}/configuration/reset`, { params, body: {} });
  assert.ok((await ask(admin, "GET", `${ONE}/guests`, { params })).items.length > 0);
  assert.ok((await ask(sys, "GET", "/api/plugins/overview/{key}/guests", { params })).items.length > 0);
  const overview = await ask(sys, "GET", "/api/plugins/overview");
  assert.ok(overview.items.find((p) => p.pluginKey === KEY).tenants.length > 0);
  assert.ok((await ask(admin, "GET", `${ONE}/activity`, { params })).items.length > 0);
  await ask(admin, "GET", `${ONE}/logs`, { params });
  await ask(admin, "GET", `${ONE}/usage`, { params });
  await ask(admin, "GET", `${ONE}/fetches`, { params });
  await ask(admin, "GET", "/api/plugins/steps");
  await ask(admin, "POST", `${ONE}/disable`, { params });
  await ask(admin, "POST", `${ONE}/enable`, { params });
});

test("what other versions, rollouts and exports answer", async () => {
  const { items } = await ask(admin, "GET", "/api/plugins/installations");
  const { id } = items.find((i) => i.pluginKey === KEY);
  await ask(admin, "GET", `${ONE}/jobs`, { params: { id } });
  await ask(admin, "GET", `${ONE}/work`, { params: { id } });
  const { permissions } = await offer(reversion(KEY, "1.0.1"));
  await ask(admin, "POST", `${ONE}/upgrade`, { params: { id }, body: { version: "1.0.1", permissions } });
  await ask(admin, "POST", `${ONE}/rollback`, { params: { id } });
  await ask(sys, "POST", `${VERSION}/finish`, { params: { key: KEY, version: "1.0.1" } });
  const rollout = await ask(sys, "POST", "/api/plugins/rollouts", { body: { pluginKey: KEY, version: "1.0.1", percent: 100, permissions } });
  await ask(sys, "GET", "/api/plugins/rollouts/{id}", { params: { id: rollout.id } });
  assert.ok((await ask(sys, "GET", "/api/plugins/rollouts")).items.length > 0);
  await sys.post(`/api/plugins/rollouts/${rollout.id}/cancel`);
  const exported = await ask(admin, "DELETE", ONE, { params: { id }, query: "?data=export" });
  assert.ok((await ask(admin, "GET", "/api/plugins/exports")).items.length > 0);
  assert.equal((await admin.del(`/api/plugins/exports/${exported.exportId}`)).status, 204);
});

test("so every answer of these routes that is JSON was compared", () => {
  const json = (op) => Object.entries(op.responses).some(([status, r]) => status.startsWith("2") && r.content?.["application/json"]);
  const all = operations(doc).filter((o) => o.path.startsWith("/api/plugins/") && json(o.op)).map((o) => `${o.method} ${o.path}`);
  assert.deepEqual(all.filter((o) => !seen.has(o)), SHARED);
});
