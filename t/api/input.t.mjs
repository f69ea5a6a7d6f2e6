#!/usr/bin/env -S node --test-reporter=tap
// Bad input: each kind gets a clear answer, and nothing is left behind.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, test } from "node:test";

import { http, login, psql, url, wordsOf } from "../lib/mortise.mjs";

const client = await login("Dispatcher");
const count = () => psql("select count(*) from mortise.tickets")[0][0];
const before = count();
after(() => assert.equal(count(), before, "a ticket was left behind"));

const send = (raw, headers = {}) =>
  client.request("POST", "/api/tickets", { raw, headers: { "Content-Type": "application/json", ...headers } });

/** Key and values make up the English text. */
function translatable({ detail, text }) {
  assert.equal(wordsOf(text), detail);
}

async function refused(res, status) {
  res = await res;
  assert.equal(res.status, status, res.text.slice(0, 500));
  assert.match(res.headers["content-type"], /^application\/problem\+json/);
  assert.equal(res.body.status, status);
  translatable(res.body);
  for (const e of res.body.errors ?? []) translatable(e);
  return res.body;
}

test("broken JSON is 400 and says where", async () => {
  for (const raw of ["{", "{]", '{"title":}', '{"title":"x"', "title=x", "{'title':'x'}", '{"title":"x"}}', "\u0000", '"', "nul"])
    await refused(send(raw), 400);
  assert.match((await refused(send('{"title": "a",\n "b" }'), 400)).detail, /line 2/);
});

test("no body is 400, a body that is no object too", async () => {
  for (const raw of ["", "[]", '"x"', "7", "null"]) await refused(send(raw), 400);
});

test("invalid UTF-8 is 400", async () => {
  await refused(send(Buffer.from([0x7b, 0x22, 0x74, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0x22, 0x7d])), 400);
});

test("duplicate keys are 400", async () => {
  await refused(send('{"title":"one","title":"two"}'), 400);
  await refused(send('{"title":"one","description":{"a":1,"a":2}}'), 400);
});

test("deep nesting is 400", async () => {
  for (const depth of [40, 2000, 100000])
    await refused(send(`{"title":${"[".repeat(depth)}${"]".repeat(depth)}}`), 400);
});

test("wrong types and unknown fields are listed all at once", async () => {
  const body = await refused(
    send(JSON.stringify({ title: 7, description: [], priority: "later", assigneeId: "me", state: {}, colour: "red", tenantId: 2 })),
    422,
  );
  assert.deepEqual(
    body.errors.map((e) => e.pointer).sort(),
    ["/assigneeId", "/colour", "/description", "/priority", "/state", "/tenantId", "/title"],
  );
  for (const e of body.errors) assert.ok(e.detail.length > 5);
});

test("lengths are counted in characters", async () => {
  await refused(send(JSON.stringify({ title: "é".repeat(201) })), 422);
  await refused(send(JSON.stringify({ title: "" })), 422);
  await refused(send(JSON.stringify({ title: "   " })), 422);
  await refused(send(JSON.stringify({ title: "x", description: "y".repeat(20001) })), 422);
  await refused(send(JSON.stringify({ title: "a\u0000b" })), 422);
  await refused(send(JSON.stringify({ title: "a\nb" })), 422);
});

test("null is no title", async () => {
  await refused(send('{"title":null}'), 422);
});

test("other content types are 415", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "application/json; charset=latin1", "application/jsonx"])
    await refused(send('{"title":"x"}', { "Content-Type": type }), 415);
});

test("a body that is too large is 413 as a problem", async () => {
  await refused(send(JSON.stringify({ title: "x", description: "y".repeat(1100000) })), 413);
});

test("a body of 100 MB is 413 before it was sent", async () => {
  const { hostname, port } = new URL(url);
  const answer = await new Promise((resolve, reject) => {
    const s = connect(Number(port), hostname);
    let text = "";
    s.setTimeout(60000, () => s.destroy(new Error("no answer")));
    s.on("data", (d) => {
      text += d;
      if (text.includes("\r\n\r\n") && text.includes("}")) s.destroy();
    });
    s.on("error", reject);
    s.on("close", () => resolve(text));
    s.write(
      `POST /api/tickets HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${client.headers.Cookie}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${100 * 1024 * 1024}\r\n\r\n{`,
    );
  });
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /application\/problem\+json/);
});

test("a body that is cut off leaves nothing", async () => {
  const { hostname, port } = new URL(url);
  await new Promise((resolve, reject) => {
    const s = connect(Number(port), hostname, () => {
      s.end(
        `POST /api/tickets HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${client.headers.Cookie}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"title":"cut off"}',
      );
    });
    s.resume();
    s.on("error", reject);
    s.on("close", resolve);
  });
  assert.deepEqual(psql("select 1 from mortise.tickets where title = 'cut off'"), []);
});

test("bad query parameters are listed all at once", async () => {
  const body = await refused(client.get("/api/tickets?limit=0&sort=colour&priority=later&assigneeId=x&cursor=!!&state=a%20b"), 422);
  assert.deepEqual(
    body.errors.map((e) => e.pointer).sort(),
    ["?assigneeId", "?cursor", "?limit", "?priority", "?sort", "?state"],
  );
  for (const q of ["limit=201", "limit=x", "limit=1e2", "limit=-1", "limit=99999999999999999999"])
    await refused(client.get(`/api/tickets?${q}`), 422);
});

test("odd search texts find nothing and break nothing", async () => {
  for (const q of ["%25", "_", "\\", "'", "%00", "%ff%fe", "😀", "a".repeat(200), "%27%20OR%201=1--", "$1", "%5C%5C%25"]) {
    const res = await client.get(`/api/tickets?q=${encodeURI(q).replace(/%25(?=[0-9a-fA-F]{2})/g, "%")}`);
    assert.ok([200, 400, 422].includes(res.status), `${q}: ${res.status} ${res.text}`);
  }
  await refused(client.get(`/api/tickets?q=${"a".repeat(201)}`), 422);
});

test("an id that is no uuid is 404, whatever it is", async () => {
  for (const id of ["1", "x", "%00", "' or 1=1", "%27", "0190a1b2-0000-7000-8000-00000000000g", "a".repeat(3000)])
    for (const path of ["", "/comments", "/history"]) {
      const res = await client.get(`/api/tickets/${id.replaceAll(" ", "%20")}${path}`);
      assert.ok([400, 404].includes(res.status), `${id}${path}: ${res.status}`);
      assert.match(res.headers["content-type"], /problem\+json/);
    }
});

test("unknown paths are 404 and other methods 405 with Allow, as problems", async () => {
  await refused(client.get("/api/"), 404);
  await refused(client.get("/api/nothing"), 404);
  await refused(client.get("/api/tickets/"), 404);
  const res = await client.del("/api/tickets");
  await refused(Promise.resolve(res), 405);
  assert.deepEqual(res.headers.allow.split(", ").sort(), ["GET", "POST"]);
});

test("health is public and says up or down", async () => {
  const res = await http("GET", "/api/health");
  assert.equal(res.status, 200);
  assert.equal(res.body.status, "ok");
  assert.equal(res.body.database, "up");
});
