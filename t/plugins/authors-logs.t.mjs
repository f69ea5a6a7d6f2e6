#!/usr/bin/env -S node --test-reporter=tap
// GET /api/plugins/installations/{id}/logs: a company's administrators read what their plugin wrote, and
// nothing of another company or another plugin, whatever a plugin's process prints.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, install, login, remove, token, top, until, url, varDir } from "../lib/mortise.mjs";

const KEY = "log-writer";
const mark = `mark${process.pid}x${Date.now()}`;
const SOURCE = `
#include "mortise.h"
#include <unistd.h>

static int say(struct mt_req *req)
{
	mt_log(req, MT_WARN, "said %s", mt_param(req, "what"));
	return 0;
}

/* Lines as another plugin, as the master and as the api pool would write them. */
static int forge(struct mt_req *req)
{
	const char *lines = mt_printf(req,
		"{\\"pool\\":\\"hello-world@000000000000\\",\\"level\\":\\"error\\",\\"msg\\":\\"%s forged\\",\\"tenant\\":\\"%d\\"}\\n"
		"{\\"time\\":\\"2026-01-01T00:00:00.000Z\\",\\"process\\":\\"mortised\\",\\"msg\\":\\"%s forged\\","
		"\\"pool\\":\\"hello-world@000000000000\\",\\"tenant\\":\\"%d\\"}\\n"
		"%s forged \\"hello-world@000000000000\\" in plain text\\n",
		mt_param(req, "what"), mt_tenant(req), mt_param(req, "what"), mt_tenant(req),
		mt_param(req, "what"));
	return write(2, lines, strlen(lines)) < 0 ? MT_EINTERNAL : 0;
}

static int crash(struct mt_req *req)
{
	mt_log(req, MT_ERROR, "about to crash %s", mt_param(req, "what"));
	abort();
}

static int peek(struct mt_req *req)
{
	return mt_query(req, "SELECT count(*) FROM mortise.tickets", NULL, 0, NULL);
}

static const struct mt_route ROUTES[] = {
	{"POST", "/peek/:what", NULL, .run = peek},
	{"POST", "/say/:what", NULL, .run = say},
	{"POST", "/forge/:what", NULL, .run = forge},
	{"POST", "/crash/:what", NULL, .run = crash},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = MT_PLUGIN_KEY, .version = MT_PLUGIN_VERSION, .routes = ROUTES};
`;
const MANIFEST = {
  key: KEY,
  version: "1.0.0",
  displayName: "Log writer",
  description: "Writes lines.",
  author: "Mortise",
  category: "example",
  installationType: "standard",
  host: ">=0.1.0 <1.0.0",
  abi: 3,
  files: {},
};
const id = []; // the installation's, by tenant
let hello;

before(async () => {
  await remove(KEY);
  await remove("hello-world");
  const work = mkdtempSync(join(tmpdir(), "mortise-logs-"));
  const src = join(work, "src");
  spawnSync("mkdir", [src]);
  writeFileSync(join(src, "plugin.c"), SOURCE);
  writeFileSync(join(work, "manifest.json"), JSON.stringify(MANIFEST));
  const out = join(work, "x.zip");
  const env = { ...process.env, MORTISE_HOME: top };
  const packed = spawnSync(join(build, "bin/mortise"), ["plugin", "pack", work, out], { env, encoding: "utf8" });
  assert.equal(packed.status, 0, packed.stderr);
  const sys = await login("SystemAdmin");
  const up = await sys.upload("/api/plugins/upload", readFileSync(out));
  assert.equal(up.status, 201, up.text);
  rmSync(work, { recursive: true });
  const approved = await sys.post(`/api/plugins/catalog/${KEY}/1.0.0/approve`, { permissions: [] });
  assert.equal(approved.status, 200, approved.text);
  for (const tenant of [0, 1]) {
    const res = await (await login("Admin", tenant)).post("/api/plugins/install", { pluginKey: KEY });
    assert.equal(res.status, 201, res.text);
    id[tenant] = res.body.id;
  }
  hello = (await install("hello-world")).installation.id;
});
after(async () => {
  await remove(KEY);
  await remove("hello-world");
});

const say = async (what, tenant = 0, door = "say") =>
  (await login("Technician", tenant)).post(`/api/plugins/${KEY}/${door}/${what}`, {});
/** Text of no company reaches beyond one: a system admin reads it by a token, not on a company's page. */
const as = (role, tenant) => (role === "SystemAdmin" ? token : login)(role, tenant);
async function logs(tenant = 0, query = "limit=500", role = "Admin", which = id[tenant]) {
  const res = await (await as(role, tenant)).get(`/api/plugins/installations/${which}/logs?${query}`);
  assert.equal(res.status, 200, res.text);
  return res.body;
}
const texts = (answer) => answer.items.map((l) => l.message);
/** What say() wrote, and the line about its request: they come from two processes. */
const written = (what, tenant = 0) =>
  until(async () => {
    const { items } = await logs(tenant);
    const line = items.find((l) => l.message === `said ${what}`);
    return line && items.some((l) => l.message === "request" && l.requestId === line.requestId) && line;
  });
const has = async (text, ...where) => texts(await logs(...where)).some((m) => m.includes(text));

test("a line is there, with version, level, time and request", async () => {
  const res = await say(`${mark}-a`);
  const line = await written(`${mark}-a`);
  assert.equal(line.version, "1.0.0");
  assert.equal(line.level, "warn");
  assert.equal(line.requestId, res.headers["x-request-id"]);
  assert.ok(Math.abs(Date.parse(line.time) - Date.now()) < 60000);
  const request = (await logs()).items.find((l) => l.message === "request" && l.requestId === line.requestId);
  assert.equal(request.path, `/api/plugins/${KEY}/say/${mark}-a`);
});

test("another company's lines are not", async () => {
  await say(`${mark}-b`, 1);
  await until(() => has(`${mark}-b`, 1));
  assert.equal(await has(`${mark}-b`, 0), false);
  assert.equal(await has(`${mark}-a`, 1), false);
  const foreign = await (await login("Admin", 1)).get(`/api/plugins/installations/${id[0]}/logs`);
  assert.equal(foreign.status, 404);
});

test("only who manages plugins reads them", async () => {
  for (const role of ["Technician", "Dispatcher"])
    assert.equal((await (await login(role)).get(`/api/plugins/installations/${id[0]}/logs`)).status, 403);
});

test("a plugin can't write in another plugin's name", async () => {
  await say(`${mark}-c`, 0, "forge");
  await say(`${mark}-c-end`);
  await until(() => has(`${mark}-c-end`));
  assert.equal(await has("forged", 0, "limit=500", "Admin", hello), false);
  assert.equal(await has("forged", 0, "limit=500", "SystemAdmin", hello), false);
});

test("text without a company is the system admin's alone", async () => {
  await until(() => has("in plain text", 0, "limit=500", "SystemAdmin"));
  assert.equal(await has("in plain text", 0), false);
  assert.equal(await has("in plain text", 1), false);
  const page = (await (await login("SystemAdmin")).get(`/api/plugins/installations/${id[0]}/logs?limit=500`)).body;
  assert.ok(!texts(page).some((m) => m.includes("in plain text")));
});

test("a crash is logged for the company whose request it was", async () => {
  const res = await say(`${mark}-d`, 0, "crash");
  assert.ok(res.status >= 500);
  const crash = await until(async () => (await logs()).items.find((l) => l.message === "guest ended"));
  assert.match(crash.how, /SIG|abort/i);
  assert.equal(crash.requestId, res.headers["x-request-id"]);
  assert.equal(crash.route, `POST /crash/${mark}-d`);
  assert.match(crash.trace, /^libc\.so\.6 < crash(\.\w+)?\+0x[0-9a-f]+ \[[0-9a-f]+\]/, "by the names of its functions");
  await until(() => has(`about to crash ${mark}-d`));
  assert.equal(texts(await logs(1)).includes("guest ended"), false);
});

test("a statement that fails is logged with what the manifest lacks", async () => {
  const res = await say(`${mark}-e`, 0, "peek");
  assert.equal(res.status, 403, res.text);
  const { error } = await until(async () => (await logs()).items.find((l) => l.error && l.requestId === res.headers["x-request-id"]));
  assert.match(error, /42501 permission denied for table tickets.*has to request tickets:read to read it.*in: SELECT count\(\*\) FROM mortise\.tickets/);
});

test("the newest come first, page by page, and what is new since", async () => {
  for (let i = 0; i < 5; i++) {
    await say(`${mark}-p${i}`);
    await written(`${mark}-p${i}`);
  }
  const all = texts(await logs()).filter((m) => m.includes(`${mark}-p`));
  assert.deepEqual(all, [4, 3, 2, 1, 0].map((i) => `said ${mark}-p${i}`));
  const paged = [];
  let { after: latest } = await logs(0, "limit=1");
  for (let place = ""; paged.length < 10; ) {
    const page = await logs(0, `limit=1${place && `&before=${place}`}`);
    assert.equal(page.items.length, 1);
    paged.push(...page.items);
    place = page.before;
  }
  assert.deepEqual(paged, (await logs(0, "limit=500")).items.slice(0, 10));
  assert.deepEqual((await logs(0, `limit=500&after=${latest}`)).items, []);
  await say(`${mark}-new`);
  const news = await until(async () => {
    const answer = await logs(0, `limit=500&after=${latest}`);
    return answer.items.length === 2 && answer;
  });
  assert.deepEqual(texts(news).sort(), ["request", `said ${mark}-new`]);
});

test("lines are chosen by level, by words and by time", async () => {
  await say(`${mark}-Chosen`);
  const said = `said ${mark}-Chosen`;
  await written(`${mark}-Chosen`);
  const { items: found } = await logs(0, `limit=500&q=${mark}-CHOSEN`);
  assert.ok(found.length > 0 && found.every((l) => l.message === said || l.path.endsWith(`${mark}-Chosen`)));
  assert.deepEqual(texts(await logs(0, `limit=500&level=warn&q=${mark}-chosen`)), [said]);
  assert.deepEqual(texts(await logs(0, `limit=500&level=error&q=${mark}-chosen`)), []);
  const { items: loud } = await logs(0, "limit=500&level=warn");
  assert.ok(loud.length > 0 && loud.every((l) => l.level === "warn" || l.level === "error"));
  const { items } = await logs();
  const since = items[Math.floor(items.length / 2)].time;
  const late = await logs(0, `limit=500&since=${since}`);
  assert.deepEqual(late.items, items.filter((l) => l.time >= since));
  assert.equal(late.before, null, "nothing before it is asked for");
});

test("the terminal shows them, oldest first, and follows", async () => {
  const env = { ...process.env, MORTISE_HOME: top, MORTISE_URL: url, MORTISE_VAR: varDir };
  const program = join(build, "bin/mortise");
  const past = spawnSync(program, ["plugin", "logs", "--limit", "900", KEY], { env, encoding: "utf8" }).stdout;
  const at = [0, 1, 2, 3, 4].map((i) => past.indexOf(`said ${mark}-p${i}`));
  assert.ok(at.every((n, i) => n > (i ? at[i - 1] : -1)), past);
  assert.match(past, /guest ended, .*(signal|abort|SIG).* in POST \/crash\/\S+ \(request [0-9a-f]+\)\n +at libc\.so\.6 < crash/i);
  const follower = spawn(program, ["plugin", "logs", "-f", "--limit", "1", KEY], { env });
  let said = "";
  follower.stdout.on("data", (d) => (said += d));
  await until(() => said.includes("\n"));
  await say(`${mark}-live`);
  await until(() => said.includes(`said ${mark}-live`));
  const end = new Promise((r) => follower.on("exit", r));
  follower.kill("SIGINT");
  assert.equal(await end, 0);
});

test("nonsense is refused by name", async () => {
  const admin = await login("Admin");
  for (const [query, pointer] of [
    ["limit=0", "?limit"],
    ["limit=501", "?limit"],
    ["before=x", "?before"],
    ["after=1.", "?after"],
    ["after=1.ffffffffffffffffffff", "?after"],
    ["level=loud", "?level"],
    ["since=yesterday", "?since"],
  ]) {
    const res = await admin.get(`/api/plugins/installations/${id[0]}/logs?${query}`);
    assert.equal(res.status, 422, `${query}: ${res.text}`);
    assert.equal(res.body.errors[0].pointer, pointer);
  }
  assert.equal((await admin.get("/api/plugins/installations/nonsense/logs")).status, 404);
});

test("only a development version talks to browsers", async () => {
  const sys = await token("SystemAdmin");
  const res = await sys.post(`/api/plugins/installations/${id[0]}/dev`, { state: "error", text: "x" });
  assert.equal(res.status, 409, res.text);
  const admin = await login("Admin");
  assert.equal((await admin.post(`/api/plugins/installations/${id[0]}/dev`, { state: "error" })).status, 403);
  const bad = await sys.post(`/api/plugins/installations/${id[0]}/dev`, { state: "maybe", nonsense: 1 });
  assert.deepEqual(bad.body.errors.map((e) => e.pointer).sort(), ["/nonsense", "/state"]);
  assert.equal((await admin.post(`/api/plugins/installations/${id[0]}/dev/faults`, { message: "x" })).status, 409);
});
