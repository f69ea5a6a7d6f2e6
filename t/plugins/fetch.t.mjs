#!/usr/bin/env -S node --test-reporter=tap
// mt_fetch(): which servers a plugin reaches, what it never holds, how a call ends, and its log.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { configure } from "../lib/conf.mjs";
import { install, login, psql, remove, status, until } from "../lib/mortise.mjs";

const KEY = "caller";
const SECRET = "key-9Zt4Wq7LmN2x-northwind";
const seen = []; // {method, url, headers, body}
let admin, tech, path, back, server, other, at, elsewhere;

const listen = (handler) =>
  new Promise((resolve) => {
    const s = createServer(handler);
    s.listen(0, "127.0.0.1", () => resolve(s));
  });

/** What other servers do: answer, send elsewhere, dawdle, never end. */
async function serve(req, res) {
  const url = new URL(req.url, "http://x");
  let body = "";
  for await (const part of req) body += part;
  seen.push({ method: req.method, url: req.url, headers: req.headers, body });
  switch (url.pathname) {
    case "/to":
      return res.writeHead(Number(url.searchParams.get("status") ?? 302), { Location: url.searchParams.get("url") }).end("moved");
    case "/loop":
      return res.writeHead(302, { Location: "/loop" }).end();
    case "/slow": {
      const timer = setInterval(() => res.write("."), 100);
      return res.on("close", () => clearInterval(timer));
    }
    case "/silent":
      return undefined;
    case "/endless": {
      const more = () => {
        while (!res.destroyed && res.write(Buffer.alloc(65536)));
        res.once("drain", more);
      };
      return more();
    }
    case "/large":
      return res.end(Buffer.alloc(Number(url.searchParams.get("bytes")), "x"));
    case "/status":
      return res.writeHead(Number(url.searchParams.get("status"))).end("as asked");
    default:
      return res.setHeader("Content-Type", "text/x-echo").end(JSON.stringify({ method: req.method, body }));
  }
}

const call = (body, who = tech) => who.post(`/api/plugins/${KEY}/call`, body);
const pool = () => status().pools.find((p) => p.name === "calls");
const log = () =>
  psql(`select method, host, path, coalesce(status::text, ''), bytes, coalesce(error, '') from mortise.plugin_fetches
    where plugin_key = '${KEY}' order by id`);

before(async () => {
  await remove(KEY);
  server = await listen(serve);
  other = await listen(serve);
  at = `http://127.0.0.1:${server.address().port}`;
  elsewhere = `http://127.0.0.1:${other.address().port}`;
  const old = pool().workers[0].pid;
  back = await configure({ plugin_fetch_allow: `127.0.0.1:${server.address().port}` });
  await until(() => pool().workers.some((w) => w.pid !== old && !w.leaving));
  const made = await install(KEY);
  admin = made.admin;
  tech = await login("Technician");
  path = `/api/plugins/installations/${made.installation.id}/configuration`;
  const res = await admin.put(path, { values: { server: at, api_key: SECRET, other: "another secret" } });
  assert.equal(res.status, 200, res.text);
});
after(async () => {
  await remove(KEY);
  await back?.();
  for (const s of [server, other]) s?.closeAllConnections(), s?.close();
});

test("a call reaches the server that the setting names, and brings its answer back", async () => {
  const res = await call({ url: `${at}/echo?a=1`, method: "put", data: "some text" });
  assert.equal(res.status, 200, res.text);
  assert.equal(res.body.status, 200);
  assert.equal(res.body.type, "text/x-echo");
  assert.deepEqual(JSON.parse(res.body.body), { method: "PUT", body: "some text" });
  assert.equal(seen.at(-1).headers["x-plain"], "yes");
  assert.equal((await call({ url: `${at}/status?status=503` })).body.status, 503);
});

test("a secret is in the request and nowhere in the plugin; others are", async () => {
  const res = await call({ url: `${at}/echo`, secret: "api_key" });
  assert.equal(res.status, 200, res.text);
  assert.equal(seen.at(-1).headers.authorization, `Bearer ${SECRET}`);
  assert.deepEqual((await tech.get(`/api/plugins/${KEY}/show`)).body, { server: at, other: "another secret" });
  const tried = await admin.post(`/api/plugins/${KEY}/test-connection`, { values: { server: at, api_key: `new-${SECRET}` } });
  assert.equal(tried.status, 200, tried.text);
  assert.match(tried.body.message, /^Answered/);
  assert.equal(seen.at(-1).headers.authorization, `Bearer new-${SECRET}`);
  assert.equal((await call({ url: `${at}/echo`, secret: "none" })).status, 409);
});

test("servers and addresses that nobody allowed are refused, also by a redirect", async () => {
  const n = seen.length;
  const refused = async (url, why) => {
    const res = await call({ url });
    assert.equal(res.status, 403, `${url}: ${res.text}`);
    assert.match(res.body.detail, why, url);
  };
  await refused(`${elsewhere}/`, /permissions don't name/);
  await refused("http://localhost:1/", /not public \(loopback\)/);
  await refused(`http://user:word@127.0.0.1:${server.address().port}/`, /without a password/);
  for (const url of ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://api.example.com/", "nonsense"]) await refused(url, /no http/);
  assert.equal(seen.length, n);
  await refused(`${at}/to?url=${encodeURIComponent(elsewhere)}`, /permissions don't name/);
  await refused(`${at}/to?url=${encodeURIComponent("http://localhost:1/")}`, /not public/);
  await refused(`${at}/to?url=${encodeURIComponent("http://169.254.169.254/latest")}`, /permissions don't name/);
  await refused(`${at}/to?url=${encodeURIComponent(`${at}/to?url=${encodeURIComponent("file:///etc/passwd")}`)}`, /.+/);
  assert.equal(seen.slice(n).every((s) => s.url.startsWith("/to")), true);
  // The setting may name a server that the operator doesn't allow.
  assert.equal((await admin.put(path, { values: { server: elsewhere } })).status, 200);
  await refused(`${elsewhere}/`, /not public/);
  assert.equal((await admin.put(path, { values: { server: at } })).status, 200);
});

test("a redirect is followed with what was sent, or without, as browsers do", async () => {
  const to = encodeURIComponent(`${at}/end`);
  for (const [code, method, want, body] of [[302, "POST", "GET", ""], [307, "POST", "POST", "kept"], [303, "PUT", "GET", ""]]) {
    const res = await call({ url: `${at}/to?status=${code}&url=${to}`, method, data: "kept", secret: "api_key" });
    assert.equal(res.status, 200, res.text);
    assert.equal(res.body.url, `${at}/end`);
    assert.deepEqual([seen.at(-1).method, seen.at(-1).body], [want, body], String(code));
    assert.equal(seen.at(-1).headers.authorization, `Bearer ${SECRET}`);
  }
  const loop = await call({ url: `${at}/loop` });
  assert.equal(loop.status, 403, loop.text);
});

test("an answer that is large comes in pieces, and one that is too large not at all", async () => {
  const res = await call({ url: `${at}/large?bytes=3500000` });
  assert.equal(res.status, 200, res.text);
  assert.deepEqual([res.body.bytes, res.body.pieces], [3500000, 4]);
  assert.equal((await call({ url: `${at}/large?bytes=2000`, max: 1000 })).status, 413);
  assert.equal((await call({ url: `${at}/endless`, max: 100000 })).status, 413);
});

test("a server that is slow or silent ends at the deadline", async () => {
  for (const p of ["/slow", "/silent"]) {
    const res = await call({ url: at + p, ms: 600 });
    assert.equal(res.status, 504, res.text);
    assert.match(res.body.detail, /in time/);
  }
});

test("headers that frame a message are the platform's", async () => {
  for (const header of ["Host", "content-length", "Transfer-Encoding", "A\r\nB"])
    assert.equal((await call({ url: `${at}/echo`, header })).status, 400, header);
});

test("without its process a call fails clearly, and the next one works", async () => {
  const n = seen.length;
  const running = call({ url: `${at}/silent` });
  await until(() => seen.length > n);
  process.kill(pool().workers[0].pid, "SIGKILL");
  const res = await running;
  assert.equal(res.status, 502, res.text);
  assert.match(res.body.detail, /try again/);
  assert.equal((await call({ url: `${at}/echo` })).status, 200);
});

test("a company has a quarter of the calls at once, and others go on", async () => {
  const foreign = await install(KEY, 1);
  const res = await foreign.admin.put(`/api/plugins/installations/${foreign.installation.id}/configuration`, { values: { server: at } });
  assert.equal(res.status, 200, res.text);
  assert.equal((await call({ url: `${at}/echo` }, foreign.admin)).status, 200);
  assert.equal(Number(psql(`select count(distinct tenant_id) from mortise.plugin_fetches where plugin_key = '${KEY}'`)[0][0]), 2);
});

test("every call is in the log, whatever became of it, and a plugin can't add to it", async () => {
  const lines = log();
  const has = (...want) => assert.ok(lines.some((l) => want.every((w, i) => (w instanceof RegExp ? w.test(l[i]) : l[i] === w))), String(want));
  const host = at.slice(7);
  has("PUT", host, "/echo", "200", /^\d+$/, "");
  has("GET", host, "/status", "503");
  has("GET", host, "/slow", "200", /^\d+$/, /in time/);
  has("GET", "localhost:1", "/", "", "0", /not public/);
  assert.doesNotMatch(JSON.stringify(lines), /a=1|key-9Zt/);
  const shown = await admin.get(path.replace("configuration", "fetches"));
  assert.equal(shown.status, 200, shown.text);
  assert.ok(shown.body.items.some((x) => x.host === host && x.path === "/echo" && x.status === 200 && x.error === null));
  const res = await tech.post(`/api/plugins/${KEY}/forge`, {});
  assert.equal(res.status, 403, res.text);
});
