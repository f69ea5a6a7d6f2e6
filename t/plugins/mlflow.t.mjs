#!/usr/bin/env -S node --test-reporter=tap
// MLflow from end to end, against a real HTTP server that answers as MLflow's REST API 2.0 does.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { install, login, remove, status, until } from "../lib/mortise.mjs";

const KEY = "mlflow";
const TOKEN = "dapi-0123456789abcdef";
const at = (path) => `/api/plugins/${KEY}${path}`;
const api = "/api/2.0/mlflow/";
let server, url, back, admin, dispatcher, tech, foreign, path, models, asked, answer;

const model = (name, version, more = {}) => ({
  name,
  creation_timestamp: 1760000000000,
  last_updated_timestamp: 1760000000000 + version,
  latest_versions: [1, version].map((v) => ({ name, version: String(v), current_stage: v === version ? "Production" : "None", status: "READY", run_id: `run-${v}`, source: `s3://models/${name}/${v}`, creation_timestamp: 1760000000000 + v })),
  ...more,
});

/** Pages of three, whatever is asked for, so that tokens are followed. */
function serve(req, res) {
  const asks = new URL(req.url, "http://x");
  asked.push({ path: asks.pathname, query: Object.fromEntries(asks.searchParams), authorization: req.headers.authorization });
  const json = (code, value) => res.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(value));
  if (answer) return answer(res, json);
  if (asks.pathname === `${api}registered-models/search`) {
    const from = Number((asks.searchParams.get("page_token") ?? "at=0&").match(/\d+/)[0]);
    const page = models.slice(from, from + 3);
    return json(200, { registered_models: page, ...(from + 3 < models.length && { next_page_token: `at=${from + 3}&more` }) });
  }
  if (asks.pathname === `${api}model-versions/search`) {
    const [, name] = asks.searchParams.get("filter").match(/^name=(?:'(.*)'|"(.*)")$/)?.filter((s) => s !== undefined) ?? [];
    return json(200, { model_versions: models.find((m) => m.name === name)?.latest_versions ?? [] });
  }
  return json(404, { error_code: "ENDPOINT_NOT_FOUND", message: "No such endpoint" });
}

before(async () => {
  asked = [];
  models = [];
  await remove(KEY);
  server = await new Promise((resolve) => {
    const s = createServer(serve);
    s.listen(0, "127.0.0.1", () => resolve(s));
  });
  url = `http://127.0.0.1:${server.address().port}`;
  const pool = () => status().pools.find((p) => p.name === "calls");
  const old = pool().workers[0].pid;
  back = await configure({ plugin_fetch_allow: `127.0.0.1:${server.address().port}` });
  await until(() => pool().workers.some((w) => w.pid !== old && !w.leaving));
  const made = await install(KEY);
  admin = made.admin;
  [dispatcher, tech, foreign] = [await login("Dispatcher"), await login("Technician"), await login("Technician", 1)];
  path = `/api/plugins/installations/${made.installation.id}/configuration`;
});
after(async () => {
  await remove(KEY);
  await back?.();
  server?.closeAllConnections();
  server?.close();
});

const problem = (res, code, detail) => {
  assert.equal(res.status, code, res.text);
  assert.match(res.headers["content-type"], /application\/problem\+json/);
  assert.match(res.body.detail, detail);
};
const configured = async (values) => {
  const res = await admin.put(path, { values });
  assert.equal(res.status, 200, res.text);
};
const syncs = async () => (await tech.get(at("/status"))).body.syncs;
/** Waits for the next run to end. */
async function sync() {
  const before = (await syncs())[0]?.id;
  const res = await dispatcher.post(at("/sync"), {});
  assert.equal(res.status, 202, res.text);
  await until(async () => (await syncs())[0]?.id !== before, 60000, "a synchronisation");
  return (await syncs())[0];
}
const names = async (query = "") => (await tech.get(at(`/models${query}`))).body.items.map((m) => m.name);

test("nothing is set at first, and that is said", async () => {
  assert.deepEqual((await tech.get(at("/status"))).body, { models: 0, syncs: [], server: null });
  problem(await dispatcher.post(at("/sync"), {}), 409, /No tracking server is set yet/);
  problem(await tech.post(at("/sync"), {}), 403, /mlflow:sync/);
  const wrong = await admin.put(path, { values: { tracking_server_url: url, auth_method: "basic" } });
  assert.deepEqual([wrong.status, wrong.body.errors[0].pointer], [422, "/values/username"]);
});

test("the connection is tested with the values of the form, and the sign-in goes out as it is set", async () => {
  const tried = async (values) => (await admin.post(at("/test-connection"), { values: { tracking_server_url: url, ...values } })).body;
  const { testedAt, ...first } = await tried({});
  assert.deepEqual(first, { success: true, message: "The tracking server answers; it has no registered models yet" });
  assert.ok(Date.parse(testedAt));
  assert.equal(asked.at(-1).path, `${api}registered-models/search`);
  assert.equal(asked.at(-1).authorization, undefined);
  await tried({ auth_method: "basic", username: "ann", password: "w:ord" });
  assert.equal(asked.at(-1).authorization, `Basic ${Buffer.from("ann:w:ord").toString("base64")}`);
  await tried({ auth_method: "token", api_token: TOKEN });
  assert.equal(asked.at(-1).authorization, `Bearer ${TOKEN}`);
  answer = (res, json) => json(401, {});
  const no = await admin.post(at("/test-connection"), { values: { tracking_server_url: url } });
  assert.match(JSON.stringify(no.body), /refuses the sign-in \(401\)/);
  answer = (res) => res.end("<html>");
  assert.match(JSON.stringify((await admin.post(at("/test-connection"), { values: { tracking_server_url: url } })).body), /not as MLflow does/);
  answer = undefined;
  assert.match(JSON.stringify((await admin.post(at("/test-connection"), { values: { tracking_server_url: "http://127.0.0.1:1" } })).body), /not public|isn.t allowed|refused/i);
});

test("models are read page by page, with their newest version; what is gone there goes here", async () => {
  await configured({ tracking_server_url: `${url}/`, auth_method: "token", api_token: TOKEN });
  models = [model("fraud", 12, { description: "Finds fraud" }), model("churn", 2), model("it's", 9), model("price \"now\"", 10), model("empty", 1, { latest_versions: undefined })];
  const first = await sync();
  assert.deepEqual([first.models, first.removed, first.fault], [5, 0, null]);
  assert.ok(asked.every((a) => a.path.startsWith(api)));
  assert.equal(asked.at(-1).query.page_token, "at=3&more");
  const [fraud] = (await tech.get(at("/models?q=FRAUD"))).body.items;
  const { id, ...rest } = fraud;
  assert.deepEqual(rest, { name: "fraud", description: "Finds fraud", version: "12", stage: "Production", status: "READY", runId: "run-12", source: "s3://models/fraud/12", createdAt: "2025-10-09T08:53:20.000Z", updatedAt: "2025-10-09T08:53:20.012Z", k: "fraud" });
  assert.deepEqual(await names(), ["churn", "empty", "fraud", "it's", 'price "now"']);
  assert.deepEqual(await names("?sort=-updatedAt&limit=2"), ["fraud", 'price "now"']);
  models = [model("fraud", 13), models[2]];
  const second = await sync();
  assert.deepEqual([second.models, second.removed], [2, 3]);
  const [again] = (await tech.get(at("/models?q=fraud"))).body.items;
  assert.deepEqual([again.id, again.version], [id, "13"], "the same row");
  assert.deepEqual((await foreign.get(at("/models"))).status, 404, "not another company's");
});

test("versions are the server's own, whatever is in a name", async () => {
  for (const m of (await tech.get(at("/models"))).body.items) {
    const res = await tech.get(at(`/models/${m.id}/versions`));
    assert.equal(res.status, 200, res.text);
    assert.deepEqual(res.body.items.map((v) => v.version), models.find((x) => x.name === m.name).latest_versions.map((v) => v.version));
    assert.equal(res.body.items[0].createdAt, "2025-10-09T08:53:20.001Z");
  }
  problem(await tech.get(at("/models/x/versions")), 404, /no such model/);
});

test("a server that refuses, or answers nothing, changes nothing, and the page says why", async () => {
  const had = await names();
  answer = (res, json) => json(500, { error_code: "INTERNAL_ERROR", message: "out of cheese" });
  const failed = await sync();
  assert.match(failed.fault, /could not be read/);
  assert.equal(failed.models, null);
  assert.deepEqual(await names(), had);
  const [one] = (await tech.get(at("/models"))).body.items;
  problem(await tech.get(at(`/models/${one.id}/versions`)), 502, /answers 500: out of cheese/);
  answer = () => {};
  problem(await tech.get(at(`/models/${one.id}/versions`)), 504, /in time/);
  answer = undefined;
  // The platform tries again by itself.
  await until(async () => (await syncs())[0].fault === null, 90000, "another try");
  assert.deepEqual(await names(), had);
});
