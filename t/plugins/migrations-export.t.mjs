#!/usr/bin/env -S node --test-reporter=tap
// What an uninstall keeps: all rows of one company, of nobody else, in a ZIP that any tool reads.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { consenting, login, psql, remove } from "../lib/mortise.mjs";
import { leftNothing, offer, reversion, traces, unzip } from "./package.mjs";

const KEY = "versions";
const MORE = `ALTER TABLE x_versions.things ADD COLUMN money numeric(10,2), ADD COLUMN doc jsonb, ADD COLUMN raw bytea, ADD COLUMN at timestamptz;
CREATE TABLE x_versions."Odd/../Name" (tenant_id integer NOT NULL PRIMARY KEY, "a ""b" text[]);
CREATE TABLE x_versions.empty (tenant_id integer NOT NULL PRIMARY KEY);
`;
const NOTE = `Größe "x"\n\\ {} \t😀`;
let start, admin, other, tenant, otherTenant;

const tenantOf = (who) => psql(`select tenant_id from mortise.users where email = '${who.who.email}'`)[0][0];
const mine = async (who = admin) => (await who.get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === KEY);
async function install(who = admin) {
  const res = await consenting(who, "/api/plugins/install", { pluginKey: KEY });
  assert.equal(res.status, 201, res.text);
  return res.body.id;
}
const uninstall = (id, data, who = admin) => who.del(`/api/plugins/installations/${id}?data=${data}`, { deadline: 90000 });
const exported = async (who = admin) => (await who.get("/api/plugins/exports")).body.items;
const lines = (files, name) => files.get(name).toString().split("\n").filter(Boolean).map((l) => JSON.parse(l));

before(async () => {
  await remove(KEY);
  start = traces();
  [admin, other] = [await login("Admin"), await login("Admin", 1)];
  [tenant, otherTenant] = [tenantOf(admin), tenantOf(other)];
  await offer(reversion(KEY, "1.1.0", ({ files }) => files.set("migrations/002-more.sql", Buffer.from(MORE))));
});
after(async () => {
  psql("delete from mortise.plugin_exports");
  await remove(KEY);
});

let made;
test("an uninstall with an export deletes the rows and answers where they are", async () => {
  const id = await install();
  await install(other);
  psql(`insert into x_versions.things (tenant_id, id, note, money, doc, raw, at)
    select t, gen_random_uuid(), $q$${NOTE}$q$, 12.50, '{"a": [1, null]}', decode('00ff', 'hex'), '2026-01-02 03:04:05+00' from unnest(array[${tenant}, ${otherTenant}]) t;
    insert into x_versions.things (tenant_id, id, note) select ${tenant}, gen_random_uuid(), n::text from generate_series(1, 2500) n;
    insert into x_versions."Odd/../Name" values (${tenant}, '{x,NULL}');
    insert into x_versions."Odd/../Name" values (${otherTenant}, '{secret}')`);
  const res = await uninstall(id, "export");
  assert.equal(res.status, 200, res.text);
  made = res.body;
  assert.match(made.url, /^\/api\/plugins\/exports\/[0-9a-f-]{36}$/);
  assert.equal(made.url.split("/").pop(), made.exportId);
  const days = (new Date(made.expiresAt) - Date.now()) / 86400e3;
  assert.ok(days > 6.9 && days < 7.1, made.expiresAt);
  assert.equal(await mine(), undefined);
  assert.deepEqual(psql("select distinct tenant_id from x_versions.things"), [[otherTenant]]);
});

test("the ZIP has every row of the company and none of another", async () => {
  const res = await admin.get(made.url);
  assert.equal(res.status, 200, res.text);
  assert.equal(res.headers["content-type"], "application/zip");
  assert.match(res.headers["content-disposition"], /^attachment; filename="versions-1\.1\.0-\d{8}-\d{4}\.zip"$/);
  assert.equal(res.bytes.length, made.size);
  const files = unzip(res.bytes);
  assert.deepEqual([...files.keys()].sort(), ["manifest.json", "tables/#1.jsonl", "tables/empty.jsonl", "tables/things.jsonl"]);
  const manifest = JSON.parse(files.get("manifest.json"));
  assert.deepEqual([manifest.format, manifest.plugin, manifest.version], [1, KEY, "1.1.0"]);
  assert.ok(Math.abs(new Date(manifest.exportedAt) - Date.now()) < 60000);
  assert.deepEqual(
    manifest.tables.map((t) => [t.name, t.file, t.rows]),
    [
      ["Odd/../Name", "tables/#1.jsonl", 1],
      ["empty", "tables/empty.jsonl", 0],
      ["things", "tables/things.jsonl", 2501],
    ],
  );
  assert.deepEqual(manifest.tables[2].columns.slice(2, 4), [
    { name: "note", type: "text" },
    { name: "money", type: "numeric(10,2)" },
  ]);
  const rows = lines(files, "tables/things.jsonl");
  assert.equal(rows.length, 2501);
  assert.deepEqual([...new Set(rows.map((r) => String(r.tenant_id)))], [tenant]);
  const full = rows.find((r) => r.money !== null);
  assert.deepEqual([full.note, full.money, full.doc, full.raw], [NOTE, 12.5, { a: [1, null] }, "\\x00ff"]);
  assert.equal(new Date(full.at).toISOString(), "2026-01-02T03:04:05.000Z");
  assert.deepEqual(lines(files, "tables/#1.jsonl"), [{ tenant_id: Number(tenant), 'a "b': ["x", null] }]);
});

test("it is the company's: others don't see, read or delete it, and technicians neither", async () => {
  assert.deepEqual((await exported()).map((x) => [x.id, x.pluginKey, x.version, x.size, x.url]), [[made.exportId, KEY, "1.1.0", made.size, made.url]]);
  assert.ok((await exported())[0].createdBy);
  assert.deepEqual(await exported(other), []);
  assert.equal((await other.get(made.url)).status, 404);
  assert.equal((await other.del(made.url)).status, 404);
  const technician = await login("Technician");
  for (const res of [await technician.get("/api/plugins/exports"), await technician.get(made.url), await technician.del(made.url)])
    assert.equal(res.status, 403, res.text);
});

test("wrong words are named", async () => {
  const id = await install();
  const res = await uninstall(id, "keep");
  assert.equal(res.status, 422, res.text);
  assert.ok(await mine());
  for (const wrong of ["x", "00000000-0000-7000-8000-000000000000"]) {
    assert.equal((await admin.get(`/api/plugins/exports/${wrong}`)).status, 404);
    assert.equal((await admin.del(`/api/plugins/exports/${wrong}`)).status, 404);
  }
  assert.equal((await uninstall(id, "delete")).status, 204);
  assert.equal((await exported()).length, 1);
});

test("many megabytes come whole", async () => {
  const id = await install();
  psql(`insert into x_versions.things (tenant_id, id, note)
    select ${tenant}, gen_random_uuid(), (select string_agg(md5(n::text || m), '') from generate_series(1, 16384) m) from generate_series(1, 12) n`);
  const res = await uninstall(id, "export");
  assert.equal(res.status, 200, res.text);
  assert.ok(res.body.size > 3e6, `${res.body.size}`);
  const zip = await admin.get(res.body.url, { deadline: 60000 });
  assert.equal(zip.bytes.length, res.body.size);
  assert.equal(lines(unzip(zip.bytes), "tables/things.jsonl").length, 12);
  assert.equal((await admin.del(res.body.url)).status, 204);
  assert.equal((await admin.get(res.body.url)).status, 404);
  assert.deepEqual(psql(`select count(*) from mortise.plugin_export_parts where export_id = '${res.body.exportId}'`), [["0"]]);
});

test("too many rows, or too many exports: nothing is deleted", async () => {
  const id = await install();
  psql(`insert into x_versions.things (tenant_id, id, note) select ${tenant}, gen_random_uuid(), repeat('x', 15000000) from generate_series(1, 19)`);
  const big = await uninstall(id, "export");
  assert.equal(big.status, 413, big.text);
  assert.match(big.body.detail, /256 MB/);
  assert.equal((await mine())?.state, "enabled");
  assert.deepEqual(psql(`select count(*) from x_versions.things where tenant_id = ${tenant}`), [["19"]]);
  psql(`delete from x_versions.things where tenant_id = ${tenant};
    insert into mortise.plugin_exports (tenant_id, id, plugin_key, version, expires_at, size)
    select ${tenant}, gen_random_uuid(), '${KEY}', '1.0.0', now() + interval '1 h', 1 from generate_series(1, 19)`);
  const many = await uninstall(id, "export");
  assert.equal(many.status, 409, many.text);
  assert.match(many.body.detail, /^20 exports/);
  assert.equal((await mine())?.state, "enabled");
  assert.equal((await uninstall(id, "delete")).status, 204);
});

test("an export that is too old is gone, and its plugin leaves nothing else", async () => {
  psql("update mortise.plugin_exports set expires_at = now() - interval '1 s'");
  assert.deepEqual(await exported(), []);
  assert.equal((await admin.get(made.url)).status, 404);
  psql("delete from mortise.plugin_exports");
  await remove(KEY);
  await leftNothing(assert, start);
});
