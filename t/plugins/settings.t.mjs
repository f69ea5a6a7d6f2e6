#!/usr/bin/env -S node --test-reporter=tap
// What a tenant's admin sets for a plugin: every type, every wrong value, hooks, versions, other tenants,
// and secrets that are nowhere to be found.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { approve, AWAY, bin, conf, http, install, login, psql, remove, run, status, until, varDir } from "../lib/mortise.mjs";
import { leftNothing, reversion, traces, upload } from "./package.mjs";

const KEY = "settings-test";
const TOKEN = "tok-7Qz9LmX2vR4s-northwind";
const OTHER = "tok-1Hj5Kp8Wd3Bn-harbor";
const seen = []; // every answer of the admin pool, for the search at the end
let start, admin, id, path, owner;

const keep = (res) => {
  seen.push(JSON.stringify(res.headers) + res.text);
  assert.ok(!Object.keys(res.headers).some((h) => h.startsWith("x-mt-")), "what is between nginx and the pools stays there");
  return res;
};
const get = async (client = admin, p = path) => keep(await client.get(p));
const put = async (values, more = {}, client = admin, p = path) => keep(await client.put(p, { values, ...more }));
const test_ = async (values, client = admin) =>
  keep(await client.post(`/api/plugins/${KEY}/test-connection`, values ? { values } : {}));
const show = async (client = admin) => keep(await client.get(`/api/plugins/${KEY}/show`));
const faults = (res) => Object.fromEntries((res.body.errors ?? []).map((e) => [e.pointer, e.detail]));
const about = (s) => ({ length: s.length, sum: [...Buffer.from(s)].reduce((n, b) => (Math.imul(n, 31) + b) >>> 0, 0) });
const GOOD = { name: "Front Desk", note: "two\nlines", count: 7, active: false, level: "low", days: ["tue", "wed"],
  server: "https://example.com/x?y=1", contact: "me@example.com", team: "Dispatcher" };
// What a form does: all values as they are, secrets left out.
const current = async () => {
  const { values } = (await get()).body;
  return Object.fromEntries(Object.entries(values).filter(([k]) => !["token", "signature", "second"].includes(k)));
};

before(async () => {
  await remove(KEY);
  start = traces();
  const made = await install(KEY);
  admin = made.admin;
  id = made.installation.id;
  path = `/api/plugins/installations/${id}/configuration`;
  owner = (await admin.get("/api/users")).body.items.find((u) => u.roles.includes("Dispatcher")).id;
  GOOD.owner = owner;
});
after(async () => {
  await remove(KEY);
});

test("before anything is set: schema, defaults, a generated secret, not configured", async () => {
  const res = await get();
  assert.equal(res.status, 200, res.text);
  const { schema, values, version, configured, testable } = res.body;
  assert.equal(schema.length, 12);
  assert.deepEqual(values, { name: "Desk", note: null, count: 3, active: true, level: "mid", days: ["mon"], server: null,
    contact: null, owner: null, team: null, token: { set: false }, signature: { set: true } });
  assert.equal(version, 1);
  assert.equal(configured, false);
  assert.equal(testable, true);
});

test("the plugin sees defaults and its generated secret before anybody has set anything", async () => {
  const res = await show();
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.name, "Desk");
  assert.equal(res.body.countInt, 3);
  assert.equal(res.body.activeBool, true);
  assert.equal(res.body.token, null);
  assert.equal(res.body.signature.length, 40);
});

test("every type is stored and comes back, to browser and plugin; secrets only to the plugin", async () => {
  const res = await put({ ...GOOD, token: TOKEN });
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.message, "Notified the other side.");
  assert.equal(res.body.configured, true);
  assert.equal(res.body.version, 2);
  assert.deepEqual(res.body.values, { ...GOOD, token: { set: true }, signature: { set: true } });
  assert.deepEqual((await get()).body.values, res.body.values);
  const { body } = await show();
  for (const [k, v] of Object.entries(GOOD)) assert.deepEqual(body[k], v, k);
  assert.deepEqual(body.token, about(TOKEN));
  assert.equal(body.countInt, 7);
  assert.equal(body.activeBool, false);
  assert.equal(body.onTuesday, true);
});

test("the last change's author and time are shown", async () => {
  const { changedAt, changedBy } = (await get()).body;
  assert.ok(Date.now() - Date.parse(changedAt) < 60000);
  assert.equal(changedBy, admin.who.name);
});

test("a change is an event of the company, without values", async () => {
  const heads = (await admin.get("/api/events")).body.heads;
  const channel = Object.keys(heads).find((c) => c.startsWith("t."));
  assert.equal((await put({ ...GOOD, note: "said" })).status, 200);
  const events = (await admin.get(`/api/events?since=${channel}:${heads[channel]}`)).body.events;
  const [event] = events.filter((e) => e.type === "PluginConfigured");
  assert.equal(event.data.pluginKey, KEY);
  assert.equal(event.data.installationId, id);
  assert.doesNotMatch(JSON.stringify(event), /said|tok-/);
});

const WRONG = {
  name: [[7, /text/], ["", null], ["desk", /capital/], ["D" + "e".repeat(30), /31 characters/], ["De\u0001sk", /control/], ["De\nsk", /line break/],
    [["a"], /text/], [{}, /text/], [true, /text/]],
  note: [[1, /text/], ["x".repeat(10001), /10000/], ["a\u0000b", null], ["a\u0007", /control/]],
  count: [["7", /number/], [0, /1 to 10/], [10.5, /1 to 10/], [-1e300, /1 to 10/], [true, /number/], [[1], /number/]],
  active: [["true", /true or false/], [1, /true or false/], ["", null]],
  level: [["none", /low, mid, high/], ["LOW", /low, mid/], [1, /option/], [["low"], /option/]],
  days: [["mon", /list/], [["sun"], /mon, tue, wed/], [["mon", "mon"], /twice/], [[1], /texts/], [{}, /list/]],
  server: [["example.com", /https/], ["javascript:alert(1)", /https/], ["https://", /https/], ["https://a b", /https/], [5, /address/],
    ["https://x/" + "a".repeat(2000), /2000/], ["file:///etc/passwd", /https/]],
  contact: [["me", /name@/], ["a@b@c", /name@/], ["a b@c", /name@/], ["a@" + "b".repeat(260), /254/], [5, /address/]],
  owner: [["not-a-uuid", /active user/], ["00000000-0000-4000-8000-000000000000", /active user/], [3, /user/]],
  team: [["Boss", /Technician/], ["admin", /Technician/], [1, /role/]],
  token: [[5, /text/], ["", /null to remove/], ["short", /8 to 4096/], ["x".repeat(4097), /4096/], [["abcdefgh"], /text/], [null, /needed/],
    ["abc\u0001defgh", /control/]],
  signature: [["own", /server makes it/], [7, /server makes it/]],
};
for (const [key, cases] of Object.entries(WRONG))
  test(`${key} of the wrong kind is named at its place`, async () => {
    const version = (await get()).body.version;
    for (const [value, says] of cases) {
      if (says === null) continue;
      const res = await put({ ...GOOD, [key]: value });
      assert.equal(res.status, 422, `${JSON.stringify(value)}: ${res.text}`);
      assert.deepEqual(Object.keys(faults(res)), [`/values/${key}`], res.text);
      assert.match(faults(res)[`/values/${key}`], says);
    }
    assert.equal((await get()).body.version, version);
  });

test("all faults come in one answer, unknown names among them", async () => {
  const res = await put({ name: "x", count: 99, days: "mon", server: "x", nonsense: 1, "a/b~c": 2, token: null });
  assert.equal(res.status, 422);
  assert.deepEqual(Object.keys(faults(res)).sort(), ["/values/a~1b~0c", "/values/count", "/values/days", "/values/name", "/values/nonsense",
    "/values/server", "/values/token"]);
});

test("bodies that aren't a change are refused", async () => {
  const c = admin;
  for (const [body, status] of [[{}, 422], [{ values: [] }, 422], [{ values: {}, other: 1 }, 422], [{ values: null }, 422], [{ values: {}, version: "1" }, 422]])
    assert.equal((await c.put(path, body)).status, status, JSON.stringify(body));
  assert.equal((await c.request("PUT", path, { raw: '{"values":{"name":"A","name":"B"}}', headers: { "Content-Type": "application/json" } })).status, 400);
  assert.equal((await c.request("PUT", path, { raw: '{"values":{"name":"A\\u0000"}}', headers: { "Content-Type": "application/json" } })).status, 422);
  assert.equal((await c.request("PUT", path, { raw: "{", headers: { "Content-Type": "application/json" } })).status, 400);
  assert.equal((await c.request("PUT", path, { raw: "values=1", headers: { "Content-Type": "text/plain" } })).status, 415);
  assert.equal((await c.put(path, { values: { note: "x".repeat(300 * 1024) } })).status, 413);
  assert.equal((await c.put("/api/plugins/installations/nonsense/configuration", { values: {} })).status, 404);
});

test("what is left out takes its default; a secret that is left out stays", async () => {
  const res = await put({ name: "Only" });
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.values.count, 3);
  assert.equal(res.body.values.note, null);
  assert.equal(res.body.values.token.set, true);
  assert.deepEqual((await show()).body.token, about(TOKEN));
});

test("a user who has left and a foreign one are no owners", async () => {
  const foreign = (await (await login("Admin", 1)).get("/api/users")).body.items[0].id;
  assert.match(faults(await put({ ...GOOD, owner: foreign }))["/values/owner"], /active user of your company/);
  psql(`update mortise.users set active = false where id = '${owner}'`);
  try {
    assert.match(faults(await put({ ...GOOD, owner }))["/values/owner"], /active user/);
  } finally {
    psql(`update mortise.users set active = true where id = '${owner}'`);
  }
  assert.equal((await put({ ...GOOD, owner: owner.toUpperCase() })).status, 200);
});

test("of two admins who began from the same version the second gets a conflict", async () => {
  const { version } = (await get()).body;
  const [a, b] = await Promise.all([put({ ...GOOD, note: "first" }, { version }), put({ ...GOOD, note: "second" }, { version })]);
  assert.deepEqual([a.status, b.status].sort(), [200, 409]);
  const lost = a.status === 409 ? a : b;
  assert.match(lost.body.type, /version-conflict$/);
  assert.equal((await get()).body.version, version + 1);
  assert.equal((await get()).body.values.note, a.status === 200 ? "first" : "second");
});

test("ten at once without a version: one after the other, none lost", async () => {
  const { version } = (await get()).body;
  const all = await Promise.all(Array.from({ length: 10 }, (_, i) => put({ ...GOOD, count: i + 1, level: "mid" })));
  assert.ok(all.every((r) => r.status === 200), all.map((r) => r.status + r.text).join());
  assert.equal((await get()).body.version, version + 10);
});

test("the validate hook judges what would be, at the right field, and nothing is stored", async () => {
  const { version } = (await get()).body;
  const res = await put({ ...GOOD, level: "high", count: 9, token: "wrong-and-secret-value" });
  assert.equal(res.status, 422, res.text);
  assert.match(faults(res)["/values/count"], /at most 5/);
  assert.match(faults(res)["/values/token"], /\[secret\] isn't a token/);
  assert.doesNotMatch(res.text, /wrong-and-secret/);
  assert.equal((await get()).body.version, version);
});

test("a configure hook that refuses or crashes leaves the old settings", async () => {
  const old = (await get()).body;
  const no = await put({ ...GOOD, name: "Refuse" });
  assert.equal(no.status, 422, no.text);
  assert.match(no.body.detail, /other side is closed/);
  const crash = await put({ ...GOOD, name: "Crash", token: "another-token-value" });
  assert.equal(crash.status, 502, crash.text);
  const now = (await get()).body;
  assert.deepEqual(now.values, old.values);
  assert.equal(now.version, old.version);
  assert.deepEqual((await until(async () => { const r = await show(); return r.status === 200 && r; }, 30000, "it runs again", [502, 503])).body.token, about(TOKEN));
});

test("test connection tries what stands in the form, or what is stored", async () => {
  const good = await test_({ ...GOOD });
  assert.equal(good.status, 200, good.text);
  assert.deepEqual([good.body.success, good.body.message], [true, "https://example.com/x?y=1 answers as test-connection."]);
  const bad = await test_({ ...GOOD, server: null });
  assert.deepEqual([bad.body.success, bad.body.message], [false, "No server is set."]);
  const down = await test_({ ...GOOD, server: "https://down.example" });
  assert.equal(down.body.success, false);
  assert.match(down.body.message, /\[secret\]/);
  assert.equal((await test_()).body.success, true);
  assert.equal((await test_({ ...GOOD, server: "nowhere" })).status, 422);
  assert.equal((await get()).body.values.server, GOOD.server);
});

test("a new generated secret is shown once and nowhere after", async () => {
  const before_ = (await show()).body.signature;
  const res = await admin.post(`${path}/generate`, { key: "signature" });
  assert.equal(res.status, 200, res.text);
  assert.match(res.body.value, /^[A-Za-z0-9_-]{40}$/);
  assert.deepEqual((await show()).body.signature, about(res.body.value));
  assert.notDeepEqual((await show()).body.signature, before_);
  assert.doesNotMatch((await get()).text, new RegExp(res.body.value));
  for (const key of ["token", "name", "nothing", ""]) assert.equal((await admin.post(`${path}/generate`, { key })).status, 422, key);
});

test("only people who manage plugins may read settings or change them", async () => {
  for (const role of ["Dispatcher", "Technician"]) {
    const c = await login(role);
    assert.equal((await get(c)).status, 403);
    assert.equal((await put(GOOD, {}, c)).status, 403);
    assert.equal((await c.post(`${path}/reset`, {})).status, 403);
    assert.equal((await c.post(`${path}/generate`, { key: "signature" })).status, 403);
    assert.equal((await test_(GOOD, c)).status, 403);
  }
  assert.equal((await http("GET", path)).status, 401);
  const foreign = await http("PUT", path, { body: { values: GOOD }, headers: { Cookie: admin.headers.Cookie, Origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
});

test("another tenant has settings of its own and doesn't see these", async () => {
  const there = await login("Admin", 1);
  for (const res of [await get(there), await put(GOOD, {}, there), keep(await there.post(`${path}/reset`, {}))]) assert.equal(res.status, 404);
  assert.equal((await test_(GOOD, there)).status, 404);
  const made = await install(KEY, 1);
  const own = `/api/plugins/installations/${made.installation.id}/configuration`;
  assert.equal((await get(there, own)).body.values.name, "Desk");
  const theirOwner = (await there.get("/api/users")).body.items[0].id;
  assert.equal((await put({ ...GOOD, name: "Harbor", owner: theirOwner, token: OTHER }, {}, there, own)).status, 200);
  assert.deepEqual((await show(there)).body.token, about(OTHER));
  assert.deepEqual((await show()).body.token, about(TOKEN));
  assert.equal((await current()).name, "Front Desk");
});

test("rows of one tenant that are put in another's place don't open", async () => {
  const rows = psql(`select tenant_id, secrets, key_id from mortise.plugin_settings where plugin_key = '${KEY}' order by 1`);
  const [mine, theirs] = rows;
  psql(`update mortise.plugin_settings set secrets = '${mine[1]}' where plugin_key = '${KEY}' and tenant_id = ${theirs[0]}`);
  try {
    assert.equal((await show(await login("Admin", 1))).status, 500);
  } finally {
    psql(`update mortise.plugin_settings set secrets = '${theirs[1]}' where plugin_key = '${KEY}' and tenant_id = ${theirs[0]}`);
  }
  assert.equal((await show(await login("Admin", 1))).status, 200);
});

test("a careless plugin's log line and error don't have the secret", async () => {
  for (const q of ["", "?sql=1"]) {
    const res = keep(await admin.post(`/api/plugins/${KEY}/leak${q}`, {}));
    assert.ok(res.status >= 400, res.text);
    assert.doesNotMatch(res.text, /tok-7Qz9/);
  }
  await until(() => /the token is \[secret\], all right/.test(logs()));
});

test("a disabled plugin keeps its settings and can be set; its hooks wait", async () => {
  assert.equal((await admin.post(`/api/plugins/installations/${id}/disable`, {})).status, 200);
  const res = await put({ ...GOOD, level: "high", count: 9 });
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.testable, false);
  assert.equal((await test_(GOOD)).status, 409);
  assert.equal((await put({ ...GOOD, count: 99 })).status, 422);
  assert.equal((await admin.post(`/api/plugins/installations/${id}/enable`, {})).status, 200);
  assert.equal((await show()).body.countInt, 9);
  assert.deepEqual((await show()).body.token, about(TOKEN));
});

test("reset brings defaults back, takes secrets away and makes generated ones anew", async () => {
  const old = (await show()).body.signature;
  assert.equal((await admin.post(`${path}/reset`, { version: 1 })).status, 409);
  const res = keep(await admin.post(`${path}/reset`, {}));
  assert.equal(res.status, 200, res.text);
  assert.deepEqual([res.body.values.name, res.body.values.count, res.body.values.token, res.body.values.signature, res.body.configured],
    ["Desk", 3, { set: false }, { set: true }, false]);
  assert.notDeepEqual((await show()).body.signature, old);
  assert.equal((await show()).body.token, null);
  assert.equal((await put({ ...GOOD, token: TOKEN })).status, 200);
});

test("a worker that is killed while the plugin's hook runs leaves the old settings, and the next change works", async () => {
  const old = (await get()).body;
  const change = put({ ...GOOD, name: "Slow", token: "never-stored-token" }).catch((e) => e);
  const busy = await until(() => psql(`select pid from pg_locks where locktype = 'advisory' and granted
    and objid = (hashtextextended('mortise plugin ${KEY}', 0) & 4294967295)::oid`)[0]);
  assert.ok(busy);
  for (const w of status().pools.find((p) => p.name === "admin").workers) process.kill(w.pid, "SIGKILL");
  const res = await change;
  assert.ok(!res.status || res.status >= 500, String(res.status));
  const now = await until(async () => { const r = await get(); return r.status === 200 && r.body; }, 30000, "the settings", AWAY);
  assert.deepEqual([now.values, now.version], [old.values, old.version]);
  await until(async () => (await put({ ...GOOD, note: "after" })).status === 200, 30000, "the next change", AWAY);
  assert.deepEqual((await show()).body.token, about(TOKEN));
});

test("an upgrade brings new settings and a new generated secret, a rollback the old ones again", async () => {
  assert.equal((await put({ ...GOOD, note: "of the old version" })).status, 200);
  const up = await upload(reversion(KEY, "1.1.0", ({ manifest }) => {
    manifest.settings = manifest.settings.filter((s) => s.key !== "note");
    manifest.settings.find((s) => s.key === "count").type = "text";
    for (const k of ["min", "max", "default"]) delete manifest.settings.find((s) => s.key === "count")[k];
    manifest.settings.push({ key: "extra", label: "Extra", type: "text", default: "new here" },
      { key: "second", label: "Second", type: "generated-secret" });
  }));
  assert.equal(up.status, 201, up.text);
  const sys = await login("SystemAdmin");
  await approve(KEY, "1.1.0");
  const moved = await sys.post(`/api/plugins/installations/${id}/upgrade`, { version: "1.1.0" });
  assert.equal(moved.status, 200, moved.text);
  await until(() => /upgrade from 1\.0\.0 with Front Desk and a second secret/.test(logs()));
  const after_ = (await get()).body.values;
  assert.deepEqual([after_.extra, after_.second, after_.token, after_.name, "note" in after_, after_.count],
    ["new here", { set: true }, { set: true }, "Front Desk", false, null]);
  const seen_ = (await show()).body;
  assert.deepEqual([seen_.extra, seen_.token.sum], ["new here", about(TOKEN).sum]);
  assert.equal((await put({ ...(await current()), second: undefined, count: "five", name: "Newer" })).status, 200);
  const back = await sys.post(`/api/plugins/installations/${id}/rollback`, {});
  assert.equal(back.status, 200, back.text);
  await until(() => /rollback from 1\.1\.0 with Newer/.test(logs()));
  const { values } = (await get()).body;
  assert.deepEqual([values.note, values.name, values.count, values.token, "second" in values], ["of the old version", "Newer", 3, { set: true }, false]);
  assert.deepEqual((await show()).body.token, about(TOKEN));
  assert.equal((await put(GOOD)).status, 200);
});

test("time-clock rounds as its company has set, and another company's stays exact", async () => {
  await remove("time-clock");
  try {
    const hours = [];
    for (const tenant of [0, 1]) {
      const made = await install("time-clock", tenant);
      const where = `/api/plugins/installations/${made.installation.id}/configuration`;
      assert.deepEqual((await made.admin.get(where)).body.values, { rounding: 0, notify: true });
      if (tenant === 0) assert.equal((await made.admin.put(where, { values: { rounding: 15, notify: false } })).status, 200);
      const tech = await login("Technician", tenant);
      const ticket = (await tech.get("/api/tickets?limit=1")).body.items[0];
      assert.equal((await tech.post("/api/plugins/time-clock/clock-in", { ticketId: ticket.id })).status, 201);
      psql(`update x_time_clock.time_clock_entries set clock_in = clock_in - interval '20 min' where technician_id = '${tech.who.id}'`);
      hours.push((await tech.post("/api/plugins/time-clock/clock-out", {})).body.totalHours);
    }
    assert.equal(hours[0], 0.25);
    assert.ok(hours[1] >= 0.33 && hours[1] < 0.4, String(hours[1]));
  } finally {
    await remove("time-clock");
  }
});

/* --- keys --- */

const secrets = (...args) => execFileSync(bin("mortise"), ["secrets", ...args, "-c", conf], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const keyIds = () => psql(`select key_id from mortise.plugin_settings where plugin_key = '${KEY}' order by tenant_id`).flat().map(Number);
const ids = () => JSON.parse(secrets("status", "--json")).keys.map((k) => k.id);
// Returns {said, kill, end}; `end` is the exit status.
function rotate(...args) {
  const child = spawn(bin("mortise"), ["secrets", "rotate", ...args, "-c", conf]);
  const r = { said: "", kill: () => child.kill("SIGKILL") };
  for (const out of [child.stdout, child.stderr]) out.on("data", (d) => (r.said += d));
  r.end = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  return r;
}
const bothOpen = async () => {
  assert.deepEqual((await show()).body.token, about(TOKEN));
  assert.deepEqual((await show(await login("Admin", 1))).body.token, about(OTHER));
};

test("rotation under load: no request fails, no value changes, a killed one goes on", { timeout: 120000 }, async () => {
  const there = await login("Admin", 1);
  const old = ids().at(-1);
  assert.deepEqual(keyIds(), [old, old]);
  let stop = false;
  const wrong = [];
  const reader = async (client, token) => {
    let n = 0;
    while (!stop) {
      const res = await client.get(`/api/plugins/${KEY}/show`);
      if (res.status !== 200 || res.body.token?.sum !== about(token).sum) wrong.push(res.text);
      n++;
      await new Promise((r) => setTimeout(r, 5));
    }
    return n;
  };
  const writer = async () => {
    let n = 0;
    while (!stop) {
      const res = await put({ ...GOOD, count: (n % 5) + 1 });
      if (res.status !== 200) wrong.push(res.text);
      n++;
      await new Promise((r) => setTimeout(r, 50));
    }
    return n;
  };
  const load = [reader(admin, TOKEN), reader(there, OTHER), writer()];
  try {
    const first = rotate();
    await until(() => /Waiting/.test(first.said));
    const busy = rotate();
    assert.equal(await busy.end, 1);
    assert.match(busy.said, /Another `mortise secrets` is running/);
    first.kill(); // the key is there, nothing is sealed by it
    await first.end;
    assert.deepEqual(keyIds(), [old, old]);
    await bothOpen();
    const second = rotate();
    assert.equal(await second.end, 0, second.said);
    assert.match(second.said, new RegExp(`Continuing with key ${old + 1}`));
    assert.match(second.said, /Sealed 2 of 2/);
    assert.deepEqual(keyIds(), [old + 1, old + 1]);
  } finally {
    stop = true;
  }
  const counts = await Promise.all(load);
  assert.deepEqual(wrong, []);
  assert.ok(counts.every((n) => n > 10), counts.join());
  await bothOpen();
});

test("half sealed by one key and half by another: all can be read, prune takes no key in use", async () => {
  const newest = ids().at(-1);
  secrets("rotate", "--add");
  // What a rotation leaves that was killed between two batches.
  const [before_] = psql(`select tenant_id, secrets::text from mortise.plugin_settings where plugin_key = '${KEY}' order by 1`);
  const done = rotate();
  assert.equal(await done.end, 0, done.said);
  psql(`update mortise.plugin_settings set secrets = '${before_[1]}', key_id = ${newest} where plugin_key = '${KEY}' and tenant_id = ${before_[0]}`);
  assert.deepEqual(keyIds(), [newest, newest + 1]);
  await bothOpen();
  assert.match(secrets("prune"), /kept 2/);
  await bothOpen();
  assert.equal((await put({ ...GOOD, note: "between keys" })).status, 200);
  await bothOpen();
  const again = rotate();
  assert.equal(await again.end, 0, again.said);
  assert.match(again.said, /Sealed 1 of 1/);
  assert.match(secrets("prune"), /kept 1/);
  await bothOpen();
  assert.deepEqual(ids(), [newest + 1]);
});

test("without the key nothing can be decrypted, every part reports it, and new secrets can be set", async () => {
  const file = join(varDir, "keys/settings.key");
  const ring = readFileSync(file, "utf8");
  const [[tenant, sealed, key]] = psql(`select tenant_id, secrets::text, key_id from mortise.plugin_settings where plugin_key = '${KEY}' order by 1`);
  const lost = (k) => psql(`update mortise.plugin_settings set key_id = ${k} where plugin_key = '${KEY}' and tenant_id = ${tenant}`);
  lost(999);
  try {
    assert.equal((await show()).status, 503);
    assert.equal((await put(GOOD)).status, 500);
    assert.throws(() => secrets("status"), (e) => /Key 999 sealed 1 rows/.test(String(e.stderr)));
    assert.equal((await get()).status, 200);
    assert.equal(keep(await admin.post(`${path}/reset`, {})).status, 200);
    assert.equal((await put({ ...GOOD, token: TOKEN })).status, 200);
    await bothOpen();
  } finally {
    assert.equal(readFileSync(file, "utf8"), ring);
    assert.ok(sealed && key);
  }
});

/* --- nowhere --- */

const files = (dir) => readdirSync(dir, { recursive: true, encoding: "utf8" }).map((f) => join(dir, f)).filter((f) => statSync(f, { throwIfNoEntry: false })?.isFile());
const logs = () => files(join(varDir, "log")).map((f) => readFileSync(f, "latin1")).join("\n");

test("secrets are in no answer, no log, no event and no dump of the database", async () => {
  await show();
  const dump = execFileSync("pg_dump", ["-d", "mortise", "--no-owner"], { encoding: "latin1", maxBuffer: 1 << 28,
    env: { ...process.env, PGHOST: join(run, "pg"), PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") } });
  assert.match(dump, /v1\.[A-Za-z0-9_-]{40}/); // the sealed ones are
  const hay = { answers: seen.join("\n"), logs: logs(), dump };
  for (const secret of [TOKEN, OTHER, "wrong-and-secret-value", "another-token-value", "never-stored-token"])
    for (const form of [secret, Buffer.from(secret).toString("base64").replace(/=+$/, ""), Buffer.from(secret).toString("hex")])
      for (const [where, text] of Object.entries(hay)) assert.ok(!text.includes(form), `${where} has a secret`);
  assert.doesNotMatch(hay.logs, /X-Mt-Settings-Key/i);
  const ring = readFileSync(join(varDir, "keys/settings.key"), "utf8").trim().split("\n").map((l) => l.split(" ")[1]);
  for (const key of ring) for (const text of Object.values(hay)) assert.ok(!text.includes(key));
});

test("uninstalling takes the settings along", async () => {
  assert.ok(psql(`select 1 from mortise.plugin_settings where plugin_key = '${KEY}'`).length);
  await remove(KEY);
  assert.equal(psql("select 1 from mortise.plugin_settings").length, 0);
  await leftNothing(assert, start);
});
