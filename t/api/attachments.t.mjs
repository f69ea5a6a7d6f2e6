#!/usr/bin/env -S node --test-reporter=tap
// Files of tickets: added, read in pieces, shown, deleted; what isn't accepted; what stays on the disk.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { png } from "../lib/images.mjs";
import { anonymous, bin, conf, login, psql, varDir } from "../lib/mortise.mjs";

const tech = await login("Technician");
const other = await login("Technician", 1);
const tenant = tech.who.tenantId;
let ticket, path;
const add = (bytes, filename, at = path, who = tech) => who.upload(at, bytes, { field: "file", filename });
const added = async (bytes, filename) => {
  const res = await add(bytes, filename);
  assert.equal(res.status, 201, res.text);
  return res.body;
};
const list = async (who = tech) => (await who.get(path)).body.items;
const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex");
const onDisk = (hash) => join(varDir, "files", String(tenant), hash.slice(0, 2), hash);
const upkeep = () => promisify(execFile)(bin("mortise-steward"), ["-c", conf, "--upkeep"]);

before(async () => {
  ticket = (await tech.post("/api/tickets", { title: "for files" })).body;
  path = `/api/tickets/${ticket.id}/attachments`;
});
after(() => psql(`delete from mortise.tickets where id = '${ticket.id}'; delete from mortise.company_limits where tenant_id = ${tenant}`));

test("a picture is added, listed, sent back, whole and in pieces, and shown small", async () => {
  const bytes = png(640);
  const channel = `t.${tenant}`;
  const head = (await tech.get("/api/events")).body.heads[channel];
  const res = await add(bytes, "Größe \u202egnp %22a%22;x=.png");
  assert.equal(res.status, 201, res.text);
  const { id, createdAt, ...rest } = res.body;
  assert.deepEqual(rest, { ticketId: ticket.id, authorId: tech.who.id, authorName: tech.who.name, name: 'Größe gnp "a";x=.png', type: "image/png",
    size: bytes.length, width: 640, height: 640, thumbnail: true });
  assert.equal(res.headers.location, `/api/attachments/${id}`);
  assert.deepEqual((await tech.get(res.headers.location)).body, res.body);
  assert.deepEqual(await list(), [res.body]);

  const got = await tech.get(`/api/attachments/${id}/content`);
  assert.deepEqual([got.status, got.headers["content-type"], got.bytes.equals(bytes)], [200, "image/png", true]);
  assert.equal(got.headers["content-disposition"], `attachment; filename="Gr____e gnp _a_;x=.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20gnp%20%22a%22%3Bx%3D.png`);
  assert.deepEqual([got.headers["x-content-type-options"], got.headers["cache-control"]], ["nosniff", "private, no-cache"]);
  assert.match(got.headers["content-security-policy"], /^default-src 'none';.*; sandbox$/);
  const shown = await tech.get(`/api/attachments/${id}/content?show=true`);
  assert.match(shown.headers["content-disposition"], /^inline; /);
  const piece = await tech.get(`/api/attachments/${id}/content`, { headers: { Range: "bytes=10-19", "If-Range": got.headers.etag } });
  assert.deepEqual([piece.status, piece.headers["content-range"], piece.bytes.equals(bytes.subarray(10, 20))], [206, `bytes 10-19/${bytes.length}`, true]);
  assert.equal((await tech.get(`/api/attachments/${id}/content`, { headers: { "If-None-Match": got.headers.etag } })).status, 304);
  const small = await tech.get(`/api/attachments/${id}/thumbnail`);
  assert.deepEqual([small.status, small.headers["content-type"], small.bytes.subarray(0, 3).toString("hex")], [200, "image/jpeg", "ffd8ff"]);
  const frame = small.bytes.indexOf(Buffer.from([0xff, 0xc0]));
  assert.deepEqual([small.bytes.readUInt16BE(frame + 5), small.bytes.readUInt16BE(frame + 7)], [320, 320]);
  assert.equal((await tech.get(`/-/files/${tenant}/${hashOf(bytes).slice(0, 2)}/${hashOf(bytes)}`)).status, 404, "not by its place");

  const { events } = (await tech.get(`/api/events?since=${channel}:${head}`)).body;
  assert.deepEqual(events.filter((e) => e.data.ticketId === ticket.id).map((e) => [e.type, e.data.fileId]), [["TicketFileAdded", id]]);
  assert.deepEqual((await tech.get(`/api/tickets/${ticket.id}/history`)).body.items.at(-1).changes, { attachment: [null, rest.name] });
});

test("what a file is says its content; what isn't a whole picture is kept without a thumbnail", async () => {
  const kinds = [
    ["page.png", Buffer.from("<!doctype html><html><script>alert(1)</script>"), "text/html", false],
    ["drawing.svg", Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'), "image/svg+xml", false],
    ["cut.png", png(300).subarray(0, 60), "image/png", false],
    ["bomb.png", png(8, [0, 0, 0], 30000), "image/png", false],
    ["report.txt", Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"), "application/pdf", false],
    ["../../etc/passwd", randomBytes(64), undefined, false],
  ];
  for (const [name, bytes, type, thumbnail] of kinds) {
    const file = await added(bytes, name);
    assert.deepEqual([file.name, file.type, file.thumbnail], [name.replace(/.*\//, ""), type ?? file.type, thumbnail], name);
    const res = await tech.get(`/api/attachments/${file.id}/content?show=true`);
    assert.ok(res.status === 200 && res.bytes.equals(bytes), name);
    assert.equal(/^inline/.test(res.headers["content-disposition"]), /png|pdf/.test(file.type), `${name} ${file.type}`);
    assert.equal(/sandbox/.test(res.headers["content-security-policy"]), file.type !== "application/pdf", name);
    assert.equal((await tech.get(`/api/attachments/${file.id}/thumbnail`)).status, 404);
  }
});

test("what isn't right is refused, by who it is before the body is taken, and leaves nothing", async () => {
  const before = (await list()).length;
  const files = () => readdirSync(join(varDir, "files/tmp")).length;
  const reader = await login("Dispatcher");
  const cases = [
    [401, await anonymous.request("POST", path, { raw: "x", headers: { "Content-Type": "multipart/form-data; boundary=x", "Content-Length": 20 << 20 } })],
    [413, await tech.request("POST", path, { raw: "x", headers: { "Content-Type": "multipart/form-data; boundary=x", "Content-Length": 40 << 20 } })],
    [413, await add(Buffer.alloc((25 << 20) + 1), "zeros")],
    [422, await add(Buffer.alloc(0), "empty")],
    [422, await tech.upload(path, Buffer.from("x"), { field: "package" })],
    [415, await tech.post(path, {})],
    [404, await add(Buffer.from("x"), "x", path, other)],
    [404, await add(Buffer.from("x"), "x", `/api/tickets/${randomUUID()}/attachments`)],
    [404, await other.get(path)],
    [405, await reader.request("PUT", path, { body: {} })],
    [404, await tech.del(`/api/attachments/${randomUUID()}`)],
    [404, await tech.get("/api/attachments/x/content")],
  ];
  for (const [i, [status, res]] of cases.entries()) {
    assert.equal(res.status, status, `${i}: ${res.text}`);
    assert.equal(res.body.status, status, `${i}: a problem`);
  }
  const [one] = await list();
  for (const [method, end] of [["GET", ""], ["GET", "/content"], ["GET", "/thumbnail"], ["DELETE", ""]])
    assert.equal((await other.request(method, `/api/attachments/${one.id}${end}`)).status, 404, `${method} ${end} of another company`);
  assert.deepEqual([(await list()).length, files()], [before, 0]);
});

test("a company's storage is a limit, and bytes that are there already need no more of it", async () => {
  const limit = (mb) => psql(`insert into mortise.company_limits (tenant_id, storage_mb) values (${tenant}, ${mb}) on conflict (tenant_id) do update set storage_mb = ${mb}, bytes = 0`);
  const bytes = randomBytes(700 << 10);
  limit(2);
  const first = await added(bytes, "one");
  await added(bytes, "the same");
  await added(randomBytes(700 << 10), "two");
  const res = await add(randomBytes(700 << 10), "three");
  assert.deepEqual([res.status, /stores its 2 MB/.test(res.body.detail)], [409, true], res.text);
  await tech.del(`/api/attachments/${first.id}`);
  assert.equal((await add(randomBytes(700 << 10), "three")).status, 409, "the same bytes are still somebody's");
  limit(0);
  await added(randomBytes(700 << 10), "three");
});

test("bytes are kept once, as long as a row names them, and no longer", async () => {
  const bytes = png(401);
  const disk = onDisk(hashOf(bytes));
  const both = await Promise.all([added(bytes, "a.png"), added(bytes, "b.png")]);
  assert.ok(readFileSync(disk).equals(bytes) && existsSync(`${disk}.jpg`));
  assert.equal((await tech.del(`/api/attachments/${both[0].id}`)).status, 204);
  // A killed upload leaves bytes without a row; its intent is due after an hour. Here it also names bytes in use.
  const orphan = hashOf("orphan");
  const used = hashOf(png(640));
  await add(Buffer.from("orphan"), "orphan");
  psql(`set session_replication_role = replica; delete from mortise.ticket_files where sha256 = '${orphan}'`);
  psql(`insert into mortise.file_removals values (${tenant}, '${orphan}', now()), (${tenant}, '${used}', now()) on conflict (tenant_id, sha256) do update set due_at = now()`);
  await upkeep();
  assert.deepEqual([existsSync(disk), existsSync(onDisk(orphan)), existsSync(onDisk(used))], [true, false, true]);
  assert.equal((await tech.get(`/api/attachments/${both[1].id}/content`)).status, 200);
  assert.equal((await tech.del(`/api/attachments/${both[1].id}`)).status, 204);
  assert.deepEqual([(await tech.get(`/api/attachments/${both[1].id}/content`)).status, (await tech.del(`/api/attachments/${both[1].id}`)).status], [404, 404]);
  await upkeep();
  assert.deepEqual([existsSync(disk), existsSync(`${disk}.jpg`)], [false, false]);
  assert.deepEqual((await tech.get(`/api/tickets/${ticket.id}/history`)).body.items.at(-1).changes, { attachment: ["b.png", null] });
  // It comes again, and a file that is lost is said to be.
  const again = await added(bytes, "again.png");
  const kept = readFileSync(disk);
  rmSync(disk);
  assert.equal((await tech.get(`/api/attachments/${again.id}/content`)).status, 500);
  writeFileSync(disk, kept);
});
