#!/usr/bin/env -S node --test-reporter=tap
// Files of a plugin: added and fetched in pages by its permissions, listed and deleted by its code, within its quota.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { png } from "../lib/images.mjs";
import { install, login, psql, remove, varDir } from "../lib/mortise.mjs";

const KEY = "filer";
const ALL = `/api/files/${KEY}`;
let admin, adder, viewer, foreign, installation;
const add = (bytes, filename, who = adder, at = ALL) => who.upload(at, bytes, { field: "file", filename });
const onDisk = (bytes, tenant) => {
  const hash = createHash("sha256").update(bytes).digest("hex");
  return existsSync(join(varDir, "files", String(tenant), hash.slice(0, 2), hash));
};

before(async () => {
  await remove(KEY);
  ({ admin, installation } = await install(KEY));
  adder = await login("Dispatcher");
  viewer = await login("Technician");
  foreign = (await install(KEY, 1)).admin;
});
after(async () => {
  psql("update mortise.bounds set value = 256 where name = 'plugin_files_mb'");
  await remove(KEY);
});

test("a file is added in a page, listed by the plugin, fetched in pieces, and gone for both", async () => {
  const bytes = png(400);
  const res = await add(bytes, "../part\u202e.png");
  assert.equal(res.status, 201, res.text);
  const { id, createdAt, ...rest } = res.body;
  assert.deepEqual(rest, { name: "part.png", type: "image/png", size: bytes.length, width: 400, height: 400, thumbnail: true, authorId: adder.who.id });
  const listed = (await viewer.get(`/api/plugins/${KEY}/list`)).body.items;
  assert.deepEqual(listed.map((f) => [f.id, f.name]), [[id, "part.png"]]);
  assert.deepEqual((await viewer.get(ALL)).body, { items: [res.body], nextCursor: null });
  const piece = await viewer.get(`${ALL}/${id}/content`, { headers: { Range: "bytes=10-19" } });
  assert.deepEqual([piece.status, piece.bytes.equals(bytes.subarray(10, 20))], [206, true]);
  assert.match(piece.headers["content-disposition"], /^attachment/);
  assert.match(piece.headers["content-security-policy"], /sandbox/);
  assert.equal((await viewer.get(`${ALL}/${id}/thumbnail`)).headers["content-type"], "image/jpeg");
  assert.ok(onDisk(bytes, admin.who.tenantId));
  assert.equal((await viewer.del(`${ALL}/${id}`)).status, 403, "who sees them adds and deletes none");
  assert.equal((await viewer.del(`/api/plugins/${KEY}/list/${id}`)).status, 200, "the plugin's code decides for itself");
  assert.equal((await viewer.get(`${ALL}/${id}/content`)).status, 404);
  assert.equal((await viewer.del(`/api/plugins/${KEY}/list/${id}`)).status, 404);
});

test("who may not, what is too large, and what belongs to others is refused", async () => {
  assert.equal((await add(Buffer.from("x"), "x.txt", viewer)).status, 403);
  assert.equal((await add(Buffer.alloc((1 << 20) + 1), "x.bin")).status, 413);
  assert.equal((await add(Buffer.from(""), "x.txt")).status, 422);
  assert.equal((await add(Buffer.from("x"), "x.txt", adder, "/api/files/time-clock")).status, 404);
  assert.equal((await add(Buffer.from("x"), "x.txt", adder, "/api/files/..%2Ffiler")).status, 400);
  const svg = (await add(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), "a.svg")).body;
  assert.match((await viewer.get(`${ALL}/${svg.id}/content?show=true`)).headers["content-disposition"], /^attachment/);
  assert.equal((await foreign.get(`${ALL}/${svg.id}/content`)).status, 404);
  assert.equal((await foreign.del(`${ALL}/${svg.id}`)).status, 404);
  assert.deepEqual((await foreign.get(ALL)).body.items, []);
  assert.equal((await viewer.get(`${ALL}/none/content`)).status, 404);
});

test("the same bytes twice at once are one on the disk, and a full quota refuses the next", async () => {
  const bytes = Buffer.alloc(900000, "q");
  const both = await Promise.all([add(bytes, "a.bin"), add(bytes, "b.bin")]);
  assert.deepEqual(both.map((r) => r.status), [201, 201]);
  assert.equal((await adder.del(`${ALL}/${both[0].body.id}`)).status, 204);
  assert.equal((await viewer.get(`${ALL}/${both[1].body.id}/content`)).bytes.length, bytes.length);
  psql("update mortise.bounds set value = 1 where name = 'plugin_files_mb'");
  const full = await add(Buffer.alloc(200000, "r"), "c.bin");
  assert.equal(full.status, 507, full.text);
  assert.match(full.body.detail, /1 MB of files/);
});

test("disabled nobody reaches them, uninstalled none is left", async () => {
  const [file] = (await viewer.get(ALL)).body.items;
  const at = `/api/plugins/installations/${installation.id}`;
  assert.equal((await admin.post(`${at}/disable`)).status, 200);
  assert.notEqual((await viewer.get(`${ALL}/${file.id}/content`)).status, 200);
  assert.equal((await admin.post(`${at}/enable`)).status, 200);
  assert.equal((await viewer.get(`${ALL}/${file.id}/content`)).status, 200);
  assert.equal((await admin.del(at)).status, 204);
  assert.equal(psql(`select count(*) from mortise.plugin_kept_files where tenant_id = ${admin.who.tenantId}`)[0][0], "0");
});
