#!/usr/bin/env -S node --test-reporter=tap
// mt_storage_*(): values by key, their versions, what fits, and that nobody else reaches them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { consenting, install, login, psql, remove, run, until } from "../lib/mortise.mjs";
import { unzip } from "./package.mjs";

const KEY = "keeper";
let admin, tech, foreign, installation;

before(async () => {
  await remove(KEY);
  ({ admin, installation } = await install(KEY));
  tech = await login("Technician");
  foreign = (await install(KEY, 1)).admin;
});
after(async () => {
  psql("update mortise.bounds set value = 64 where name = 'plugin_storage_mb'");
  await remove(KEY);
});

const call = (body, who = tech) => who.post(`/api/plugins/${KEY}/do`, body);
async function got(body, who) {
  const res = await call(body, who);
  assert.equal(res.status, 200, `${JSON.stringify(body).slice(0, 100)}: ${res.text}`);
  return res.body.got;
}
async function refused(code, body, words, who) {
  const res = await call(body, who);
  assert.equal(res.status, code, `${JSON.stringify(body).slice(0, 100)}: ${res.text}`);
  if (words) assert.match(res.body.detail, words);
}
const sum = (where = "true") =>
  Number(psql(`select coalesce(sum(bytes), 0) from mortise.plugin_storage_changes where plugin_key = '${KEY}' and ${where}`)[0][0]);
const weighed = () =>
  Number(psql(`select (select coalesce(sum(size + octet_length(key) + 100), 0) from mortise.plugin_storage where plugin_key = '${KEY}')
    + (select coalesce(sum(size + octet_length(key) + 100), 0) from mortise.plugin_storage_history where plugin_key = '${KEY}')`)[0][0]);

test("a value is read as it was stored, whatever it and its key are", async () => {
  const values = [null, true, 0, -1.5, "", "ü 😀 \\ \" %", [], { a: [1, { b: null }] }, "x".repeat(1000)];
  const keys = ["a", "a/b", "a-b", "..", "%", "_", "\\", "'; drop table x; --", "ключ 😀", "K".repeat(400), "?q=1&*"];
  for (const [i, value] of values.entries()) {
    const version = await got({ op: "set", key: keys[i], value });
    assert.deepEqual(await got({ op: "get", key: keys[i] }), { value, version });
  }
  for (const key of keys) {
    await got({ op: "set", key, value: key });
    assert.equal((await got({ op: "get", key })).value, key);
  }
  assert.deepEqual(await got({ op: "get", key: "none" }), { value: null, version: 0 });
  assert.deepEqual([await got({ op: "has", key: "a" }), await got({ op: "has", key: "A" })], [true, false]);
  assert.deepEqual(await got({ op: "bytes", key: "bin", n: 70000 }), { length: 70000, same: true });
  assert.deepEqual([await got({ op: "delete", key: "bin" }), await got({ op: "delete", key: "bin" })], [1, 0]);
  assert.equal((await got({ op: "size" })).keys, keys.length);
  assert.equal(sum(), weighed());
  await got({ op: "clear" });
  assert.deepEqual([sum(), (await got({ op: "size" })).keys], [0, 0]);
});

test("what can't be a key or a value is refused, and names it", async () => {
  await refused(400, { op: "set", key: "", value: 1 }, /1 to 400 bytes/);
  await refused(400, { op: "set", key: "k".repeat(401), value: 1 }, /1 to 400 bytes/);
  await refused(400, { op: "set", key: "a\nb", value: 1 }, /"a\?b" can't be used/);
  await refused(400, { op: "long", n: 1 << 20 }, /1 to 400 bytes/);
  await refused(413, { op: "wide", key: "k", n: (1 << 20) - 1 }, /"k" is larger than 1 MB/);
  await refused(413, { op: "bytes", key: "k", n: (1 << 20) + 1 }, /1 MB/);
  await refused(400, { op: "set", key: "k", value: 1, ttl: -1 }, /seconds/);
  await refused(400, { op: "set", key: "k", value: "a\u0000b" });
  await refused(400, { op: "set_many", value: Array.from({ length: 101 }, (_, i) => ({ key: `k${i}`, value: i })) }, /at most 100/);
  await refused(400, { op: "set_many", value: [{ key: "k" }] }, /needs a value/);
  for (const [value, words] of [[7, /must be an object/], [{}, /member n/], [{ n: "1" }, /member n/], [{ n: 1, x: 1 }, /member x/], [{ n: 1, at: "now" }, /member at/]])
    await refused(400, { op: "set", space: "typed", key: "k", value }, words);
  await refused(400, { op: "increment", space: "typed", key: "k", by: 1 }, /must be an object/);
  assert.equal((await admin.put(`/api/storage/${KEY}/typed/value?key=k`, { n: "1" })).status, 400);
  await got({ op: "set", space: "typed", key: "k", value: { n: 1 } });
  await got({ op: "clear", space: "typed" });
  await refused(404, { op: "set", space: "other", key: "k", value: 1 }, /no namespace "other"/);
  await refused(404, { op: "get", space: "x'; select 1; --", key: "k" }, /namespace/);
  await refused(400, { op: "find", key: "x".repeat(401) }, /pattern/);
  assert.equal((await got({ op: "size" })).keys, 0);
});

test("compare-and-set lets one of many writers in, also across a deletion", async () => {
  const first = await got({ op: "set", key: "cas", value: 1, version: 0 });
  await refused(409, { op: "set", key: "cas", value: 2, version: 0 }, /Somebody else has changed "cas"/);
  const tries = await Promise.all([1, 2, 3, 4, 5].map((value) => call({ op: "set", key: "cas", value, version: first })));
  assert.deepEqual(tries.map((r) => r.status).sort(), [200, 409, 409, 409, 409]);
  await got({ op: "delete", key: "cas" });
  await got({ op: "set", key: "cas", value: 1 });
  await refused(409, { op: "set", key: "cas", value: 9, version: first });
  assert.equal(await got({ op: "delete", key: "cas", version: first }), 0);
  // A loser goes on in its transaction.
  assert.deepEqual((await got([{ op: "set", key: "cas", value: 9, version: first }, { op: "set", key: "other", value: 3 }]))[0], "conflict");
  assert.equal((await got({ op: "get", key: "other" })).value, 3);
});

test("a batch is stored whole or not at all, and so is a transaction", async () => {
  await got({ op: "set_many", value: [3, 1, 2].map((n) => ({ key: `b${n}`, value: n })) });
  assert.deepEqual(await got({ op: "get_many", keys: ["b1", "b9", "b3"] }), { b1: 1, b3: 3 });
  await refused(409, { op: "set_many", value: [{ key: "b1", value: 10 }, { key: "b2", value: 20, version: 0 }, { key: "b3", value: 30 }] }, /"b2"/);
  await refused(400, { op: "set_many", value: [{ key: "b1", value: 10 }, { key: "", value: 20 }] });
  await refused(400, [{ op: "set", key: "b1", value: 10 }, { op: "set", key: "", value: 1 }]);
  assert.deepEqual(await got({ op: "get_many", keys: ["b1", "b2", "b3"] }), { b1: 1, b2: 2, b3: 3 });
  assert.equal(await got({ op: "delete_many", keys: ["b1", "b2", "b2", "b9"] }), 2);
});

test("keys are found by a pattern, page by page, and by what is in the value", async () => {
  await got({ op: "set_many", value: ["p/1", "p/2", "p/3", "p%4", "q/1", "p_5"].map((key) => ({ key, value: { note: `Note ${key}` } })) });
  const keys = async (q) => (await got({ op: "find", limit: 100, ...q })).map((r) => r.key);
  assert.deepEqual(await keys({ key: "p/*" }), ["p/1", "p/2", "p/3"]);
  assert.deepEqual(await keys({ key: "p/*", limit: 2, after: "p/1" }), ["p/2", "p/3"]);
  assert.deepEqual(await keys({ key: "?/1" }), ["p/1", "q/1"]);
  assert.deepEqual(await keys({ key: "p%*" }), ["p%4"]);
  assert.deepEqual(await keys({ key: "p_*" }), ["p_5"]);
  assert.deepEqual(await keys({ text: "note P/2" }), ["p/2"]);
  assert.deepEqual(await keys({ text: "%" }), ["p%4"]);
  assert.equal((await got({ op: "find", key: "q/*", limit: 1, value: true }))[0].value, '{"note": "Note q/1"}');
});

test("a value with a time is gone when it is over, and the namespace's time is the default", async () => {
  await got({ op: "set", key: "t", value: 1, ttl: 1 });
  await got({ op: "set", space: "brief", key: "t", value: 1 });
  assert.match((await got({ op: "find", space: "brief", limit: 9 }))[0].expires_at, /^20/);
  await until(async () => !(await got({ op: "has", key: "t" })));
  assert.equal(await got({ op: "delete", key: "t" }), 0);
  await got({ op: "set", key: "t", value: 2, version: 0 });
  psql("update mortise.plugin_storage set expires_at = now() - interval '1 s' where namespace = 'brief'");
  assert.deepEqual(await got({ op: "find", space: "brief", limit: 9 }), []);
  psql("set session authorization mortise_steward; select mortise.plugin_storage_expire(500)");
  assert.deepEqual(psql("select count(*) from mortise.plugin_storage where namespace = 'brief'"), [["0"]]);
  assert.equal(sum(), weighed());
});

test("former versions are kept, as many as declared, also of what was deleted; one is restored", async () => {
  for (let n = 1; n <= 5; n++) await got({ op: "set", space: "kept", key: "v", value: n });
  let list = await got({ op: "versions", space: "kept", key: "v" });
  assert.deepEqual(list.map((v) => v.value), ["5", "4", "3", "2"]);
  await got({ op: "delete", space: "kept", key: "v" });
  list = await got({ op: "versions", space: "kept", key: "v" });
  assert.deepEqual(list.map((v) => v.value), ["5", "4", "3"]);
  await got({ op: "restore", space: "kept", key: "v", version: Number(list[1].version) });
  assert.equal((await got({ op: "get", space: "kept", key: "v" })).value, 4);
  await refused(404, { op: "restore", space: "kept", key: "v", version: 1 }, /no such version/);
  assert.equal(sum(), weighed());
  await got({ op: "clear", space: "kept" });
  assert.deepEqual(await got({ op: "versions", space: "kept", key: "v" }), []);
});

test("many writers of one key lose nothing, wait for each other, and never in a circle", async () => {
  const tenant = psql(`select tenant_id from mortise.installations where id = '${installation.id}'`)[0][0];
  const writers = 8, each = 150;
  const script = (n) =>
    `set session authorization p_keeper; set mortise.tenant = '${tenant}';\n` +
    Array.from({ length: each }, (_, i) => {
      const keys = ["d1", "d2", "d3", "d4"].sort(() => ((n + i) % 2 ? 1 : -1));
      return i % 10
        ? `select mortise.plugin_storage_increment(null, '1.0.0', 'default', 'n', '1', null);`
        : `select count(*) from mortise.plugin_storage_set(null, '1.0.0', 'default', '${JSON.stringify(keys.map((key) => ({ key, value: n })))}', null);`;
    }).join("\n");
  const results = await Promise.all(
    Array.from({ length: writers }, (_, n) =>
      new Promise((resolve) => {
        const p = spawn("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "mortise", "-f", "-"], {
          env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres" },
          stdio: ["pipe", "ignore", "pipe"],
        });
        let said = "";
        p.stderr.on("data", (d) => (said += d));
        p.on("close", (code) => resolve(`${code} ${said}`));
        p.stdin.end(script(n));
      }),
    ),
  );
  assert.deepEqual(results, results.map(() => "0 "));
  assert.equal((await got({ op: "get", key: "n" })).value, writers * each * 0.9);
  assert.equal(sum(), weighed());
  assert.ok(Number(psql("select count(*) from mortise.plugin_storage_changes")[0][0]) < 1000, "the ledger is summed up now and then");
  await refused(400, { op: "increment", key: "p/1", by: 1 }, /isn't a number/);
});

test("another company, another plugin, and a statement of the plugin's own reach nothing", async () => {
  await got({ op: "set", key: "mine", value: "secret" });
  assert.deepEqual(await got({ op: "get", key: "mine" }, foreign), { value: null, version: 0 });
  assert.equal((await got({ op: "size", space: "" }, foreign)).bytes, 0);
  const sql = (text) => ({ op: "sql", text });
  await refused(403, sql("select * from mortise.plugin_storage"));
  await refused(403, sql("select mortise.plugin_storage_refused(null)"));
  await refused(403, sql("select mortise.plugin_storage_put('time-clock', 'default', null, 'k', '1', null, null, null)"));
  // Whatever plugin it names: it is itself.
  assert.equal((await got(sql("select value from mortise.plugin_storage_get('time-clock', '1.0.0', 'default', '[\"mine\"]', false)")))[0].value, '"secret"');
});

test("at 80 % the administrators are notified, at 100 % nothing more is stored, not even half a batch", async () => {
  await got({ op: "clear" });
  const noticesOf = (title) =>
    Number(psql(`select count(*) from mortise.notices where payload #>> '{text,title,key}' = '${title}' and payload ->> 'pluginKey' = '${KEY}'
      and channel like 'r.%.Admin'`)[0][0]);
  psql("insert into mortise.bounds values ('plugin_storage_mb', 1) on conflict (name) do update set value = 1");
  const large = (key, kb) => ({ key, value: "x".repeat(kb << 10) });
  await got({ op: "set", ...large("a", 700) });
  assert.equal(noticesOf("The storage of {0} is nearly full"), 0);
  await got({ op: "set", ...large("b", 200) });
  await got({ op: "set", ...large("b", 201) });
  assert.equal(noticesOf("The storage of {0} is nearly full"), 1);
  await refused(507, { op: "set_many", value: [large("c", 50), large("d", 50), large("e", 50)] }, /1 MB for your company are in use/);
  await refused(507, { op: "set", ...large("c", 150) });
  await refused(507, [{ op: "set", ...large("c", 10) }, { op: "set", ...large("d", 150) }]);
  assert.deepEqual((await got({ op: "find", limit: 9 })).map((r) => r.key), ["a", "b"]);
  await until(() => noticesOf("The storage of {0} is full") === 1);
  await got({ op: "delete", key: "a" });
  await got({ op: "set", ...large("c", 150) });
  assert.equal(sum(), weighed());
  psql("update mortise.bounds set value = 64 where name = 'plugin_storage_mb'");
  // A namespace's own bound.
  await got({ op: "set", space: "small", ...large("a", 900) });
  await refused(507, { op: "set", space: "small", ...large("b", 200) }, /"small"/);
});

test("pages reach what the manifest opens to them, by its permissions; who manages plugins all of it", async () => {
  await got({ op: "clear" });
  const disp = await login("Dispatcher");
  const at = (space, rest = "") => `/api/storage/${KEY}/${space}${rest}`;
  const one = (key, more = "") => at("kept", `/value?key=${encodeURIComponent(key)}${more}`);
  const made = await disp.put(one("a/ü?&"), { n: 1 });
  assert.equal(made.status, 200, made.text);
  const seen = await tech.get(one("a/ü?&"));
  assert.deepEqual([seen.body.value, seen.body.version], [{ n: 1 }, made.body.version]);
  assert.equal((await tech.put(one("b"), 1)).status, 403);
  for (const who of [tech, disp]) assert.equal((await who.get(at("default"))).status, 403);
  assert.equal((await foreign.get(one("a/ü?&"))).status, 404);
  assert.equal((await disp.put(one("a/ü?&", "&version=7"), 2)).status, 409);
  assert.equal((await disp.put(one("a/ü?&", `&version=${made.body.version}`), { n: 2 })).status, 200);
  const former = await tech.get(at("kept", "/value/versions?key=a%2F%C3%BC%3F%26"));
  assert.equal(former.status, 200, former.text);
  const list = former.body.items;
  assert.deepEqual(list.map((v) => v.value), [{ n: 2 }, { n: 1 }]);
  assert.equal((await disp.post(one("a/ü?&", `&version=${list[1].version}`).replace("/value?", "/value/restore?"), {})).status, 200);
  assert.equal((await disp.post(at("kept", "/increment"), { key: "n", by: 5 })).body.value, 5);
  for (const [path, body] of [[one(""), 1], [one("k".repeat(401)), 1], [one("x", "&ttl=0"), 1], [one("x\u0000"), 1]])
    assert.ok([400, 422].includes((await disp.put(path, body)).status), path.slice(0, 80));
  assert.equal((await disp.put(one("x"), "a\u0000b")).status, 400);
  const batch = (items) => disp.post(at("kept"), { items });
  assert.equal((await batch([{ key: "x", value: 1 }, { key: "n", value: 1, version: 0 }])).status, 409);
  assert.equal((await tech.get(one("x"))).status, 404);
  assert.equal((await batch([{ key: "x", value: null }, { key: "y", data: "AAEC" }])).status, 200);

  const page = await admin.get(at("kept", "?pattern=*&limit=2"));
  assert.equal(page.status, 200, page.text);
  const found = page.body;
  assert.deepEqual([found.items.map((i) => i.key), found.nextCursor, found.items[0].preview], [["a/ü?&", "n"], "n", '{"n": 1}']);
  assert.ok(found.items[0].updatedBy);
  const whole = await admin.get(at("kept", "?cursor=n&values=true"));
  assert.equal(whole.status, 200, whole.text);
  const rest = whole.body;
  assert.deepEqual(rest.items.map((i) => [i.key, i.value, i.data]), [["x", null, null], ["y", null, "AAEC"]]);
  assert.equal((await admin.get(at("kept", "?q=zzz"))).body.items.length, 0);
  const all = (await admin.get(`/api/storage/${KEY}`)).body;
  assert.deepEqual(all.items.map((s) => [s.name, s.keys]), [["default", 0], ["brief", 0], ["kept", 4], ["small", 1], ["typed", 0]]);
  assert.equal((await tech.get(`/api/storage/${KEY}`)).status, 403);
  assert.equal((await admin.get("/api/storage/no-such-plugin")).status, 404);
  assert.equal((await admin.del(one("x"))).status, 204);
  assert.equal((await admin.del(one("x"))).status, 404);
  const [gone, ...others] = (await admin.get(at("kept", "/deleted"))).body.items;
  assert.deepEqual([gone.key, others], ["x", []]);
  assert.equal((await admin.post(at("kept", `/value/restore?key=x&version=${gone.version}`), {})).status, 200);
  assert.equal((await tech.get(one("x"))).body.value, null);
  assert.deepEqual((await admin.get(at("kept", "/deleted"))).body.items, []);
  assert.equal((await disp.del(at("kept"))).status, 403);
  assert.equal((await admin.del(at("kept"))).status, 204);
  const audit = psql(`select action, after ->> 'key' from mortise.audit where action like 'plugin.storage-%' order by at`);
  assert.deepEqual(audit, [["plugin.storage-deleted", "x"], ["plugin.storage-restored", "x"], ["plugin.storage-deleted", "*"]]);
});

test("an uninstall takes it all, of this company", async () => {
  await got({ op: "set", key: "theirs", value: 1 }, foreign);
  await got({ op: "set", space: "kept", key: "v", value: 1 });
  await got({ op: "set", space: "kept", key: "v", value: 2 });
  const end = await admin.del(`/api/plugins/installations/${installation.id}?data=export`);
  assert.equal(end.status, 200, end.text);
  const files = unzip((await admin.get(end.body.url)).bytes);
  assert.equal((await admin.del(end.body.url)).status, 204);
  const { tables } = JSON.parse(files.get("manifest.json"));
  const rows = files.get(tables.find((f) => f.name === "storage by key").file).toString().trim().split("\n").map((l) => JSON.parse(l));
  assert.deepEqual(rows.filter((r) => r.namespace === "kept").map((r) => [r.key, r.value]), [["v", 2]]);
  assert.ok(rows.every((r) => r.key !== "theirs"));
  const left = () => psql(`select (select count(*) from mortise.plugin_storage), (select count(*) from mortise.plugin_storage_history)`)[0];
  assert.deepEqual(left(), ["1", "0"]);
  assert.deepEqual(sum(), weighed());
  const made = await consenting(admin, "/api/plugins/install", { pluginKey: KEY });
  assert.equal(made.status, 201, made.text);
  assert.equal((await got({ op: "size", space: "" })).bytes, 0);
  assert.equal((await got({ op: "get", key: "theirs" }, foreign)).value, 1);
});
