#!/usr/bin/env -S node --test-reporter=tap
// A package may have 64 MB. A sender without the right is refused by the head of the request: nginx stores
// nothing of the body, neither in memory nor on its disk.

import assert from "node:assert/strict";
import { connect } from "node:net";
import test, { after } from "node:test";

import { anonymous, login, pack, remove, servicePid, signInSystem, systemUrl, until, url } from "../lib/mortise.mjs";
import { children, unlinkedBytes } from "../lib/proc.mjs";

after(() => remove("hello-world"));
const MB = 1 << 20;

/** Bytes of temporary files that the front nginx has open; it unlinks them at once. */
const onDisk = () => unlinkedBytes(children(servicePid("nginx-front")));

/** Sends the head and then a body of 65,000,000 bytes, as far as it is taken, watching the disk. */
async function upload(base, headers) {
  const at = new URL(base);
  const socket = connect(Number(at.port), at.hostname);
  const seen = { answer: "", most: 0, sent: 0, answeredAfter: null };
  socket.on("error", () => {});
  socket.on("data", (d) => {
    seen.answer += d;
    seen.answeredAfter ??= seen.sent;
  });
  const lines = Object.entries(headers).map(([k, v]) => `${k}: ${v}\r\n`).join("");
  socket.write(`POST /api/plugins/upload HTTP/1.1\r\nHost: ${at.host}\r\n${lines}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 65000000\r\n\r\n`);
  const piece = Buffer.alloc(MB / 4, "x");
  const before = onDisk();
  while (seen.sent + piece.length < 65000000 && !socket.destroyed && seen.sent < 24 * MB) {
    await new Promise((r) => socket.write(piece, r));
    await new Promise((r) => setImmediate(r));
    seen.sent += piece.length;
    seen.most = Math.max(seen.most, onDisk() - before);
  }
  await until(() => seen.answer.includes("\r\n\r\n"), 30000, "an answer").catch(() => {});
  socket.destroy();
  return seen;
}

test("a package of nobody's, or of somebody who may not bring one, is refused before its body", async (t) => {
  const admin = await login("Admin");
  const system = await signInSystem();
  const { Cookie } = system.headers;
  for (const [what, base, headers, status, type] of [
    ["nobody", url, {}, 401, "not-signed-in"],
    ["nobody at the system's address", systemUrl, {}, 401, "not-signed-in"],
    ["a company's admin", url, { ...admin.headers }, 403, "not-allowed"],
    ["a system admin from a foreign page", systemUrl, { Cookie, Origin: "https://evil.example" }, 403, "foreign-origin"],
    ["a wrong token", url, { Authorization: "Bearer wrong" }, 401, "not-signed-in"],
  ]) {
    const seen = await upload(base, headers);
    assert.match(seen.answer, new RegExp(`^HTTP/1.1 ${status} `), `${what}: ${seen.answer.slice(0, 300)}`);
    const [head, body] = seen.answer.split("\r\n\r\n");
    assert.match(head, /content-type: application\/problem\+json/i, what);
    assert.match(head, /x-request-id: [0-9a-f]{32}/i, what);
    const problem = JSON.parse(body);
    assert.equal(problem.status, status, what);
    assert.equal(problem.type.split("/").pop(), type, what);
    assert.equal(problem.requestId, /x-request-id: ([0-9a-f]+)/i.exec(head)[1], what);
    t.diagnostic(`${what}: ${status} after ${(seen.answeredAfter / MB).toFixed(2)} MB; ${(seen.most / MB).toFixed(1)} MB on disk of ${(seen.sent / MB).toFixed(0)} sent`);
    assert.equal(seen.most, 0, `${what}: bytes on disk`);
  }
});

test("a package of somebody who may is taken, at both addresses; one that is too large is not", async () => {
  const system = await signInSystem();
  const res = await system.upload("/api/plugins/upload", pack("hello-world"));
  assert.ok([200, 201].includes(res.status), res.text);
  const bare = await system.post("/api/plugins/upload", { no: "package" });
  assert.ok([400, 415, 422].includes(bare.status), `what is wrong with it is said as ever: ${bare.text}`);
  const large = await system.request("POST", "/api/plugins/upload", { headers: { "Content-Length": String(70 * MB) }, raw: "" }).catch((e) => e);
  assert.equal(large.status, 413, large.text);
  assert.match(large.body.detail, /upload_max_mb/);
  const method = await anonymous.get("/api/plugins/upload");
  assert.equal(method.status, 405, method.text);
  assert.equal(method.headers.allow, "POST");
});
