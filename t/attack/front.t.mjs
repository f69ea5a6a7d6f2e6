#!/usr/bin/env -S node --test-reporter=tap
// The front nginx under attack by one address: connections that send or take nothing, disk, and the
// answers that nginx gives by itself.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import test, { after } from "node:test";

import { http, install, login, remove, run, servicePid, status, until, url, varDir } from "../lib/mortise.mjs";
import { children, unlinkedBytes } from "../lib/proc.mjs";

const { hostname, port } = new URL(url);
const ATTACKER = "127.0.0.66"; // every address of 127.0.0.0/8 but 127.0.0.1 counts as a client of its own

/** Opens a connection from the attacker's address and sends text; errors are what the attacker expects. */
function half(text, localAddress = ATTACKER) {
  const socket = connect({ port, host: hostname, localAddress }, () => socket.write(text));
  socket.answer = "";
  socket.on("data", (d) => (socket.answer += d.toString("latin1")));
  socket.on("error", () => {});
  return socket;
}

/** How somebody else fares: the slowest of ten new connections, in ms; fails when one is reset. */
async function others() {
  let most = 0;
  for (let i = 0; i < 10; i++) {
    const began = Date.now();
    const res = await http("GET", "/api/health", { headers: { Connection: "close" } });
    assert.equal(res.status, 200, res.text);
    most = Math.max(most, Date.now() - began);
  }
  return most;
}

const connected = (sockets) => sockets.filter((s) => !s.connecting && !s.destroyed).length;

async function flood(n, text) {
  const sockets = [];
  while (sockets.length < n) {
    for (let i = 0; i < 1500 && sockets.length < n; i++) sockets.push(half(text));
    await until(() => sockets.every((s) => !s.connecting), 30000, "connections");
  }
  return sockets;
}

test("B6: 9,500 half-sent heads from one address reset nobody", async (t) => {
  // nginx logs when it has to reset a connection because there is no room for it.
  const full = () => readFileSync(join(varDir, "log/nginx-front-error.log"), "utf8").split("worker_connections are not enough").length;
  const before = full();
  const sockets = await flood(9500, "GET /api/health HTTP/1.1\r\nHost: mortise\r\nX-Slow: ");
  t.after(() => sockets.forEach((s) => s.destroy()));
  t.diagnostic(`${connected(sockets)} half-sent heads are open; the slowest of others: ${await others()} ms`);
  assert.equal(full(), before, "connections that nginx had no room for");
  // The head has ten seconds, not as many as it likes.
  await until(() => connected(sockets) === 0, 30000, "half-sent heads are closed");
});

test("B6: half-sent bodies from one address are bounded, and nobody else waits", async (t) => {
  const text = "POST /api/auth/logout HTTP/1.1\r\nHost: mortise\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{";
  const sockets = await flood(2000, text);
  t.after(() => sockets.forEach((s) => s.destroy()));
  const refused = () => sockets.filter((s) => s.answer.startsWith("HTTP/1.1 429 ")).length;
  await until(() => refused() >= 1800, 30000, "bodies above the bound are refused");
  assert.equal(refused(), 1800, "200 at the same time");
  const answer = sockets.find((s) => s.answer).answer;
  assert.match(answer, /content-type: application\/problem\+json/i);
  assert.match(answer, /retry-after: [1-9]/i);
  t.diagnostic(`the slowest of others: ${await others()} ms`);
});

const temp = (name) => {
  const size = (folder) =>
    readdirSync(folder, { withFileTypes: true }).reduce((sum, e) => {
      const path = join(folder, e.name);
      try {
        return sum + (e.isDirectory() ? size(path) : statSync(path).size);
      } catch {
        return sum;
      }
    }, 0);
  return size(join(varDir, "tmp", name));
};

/** Bytes of nginx's open temporary files: it unlinks them at once, so they are found by descriptor. */
const open = (part) => unlinkedBytes(children(servicePid("nginx-front"))) + temp(part);

test("A8: replies that nobody takes fill no disk", async (t) => {
  const { admin } = await install("flood");
  after(() => remove("flood"));
  assert.equal((await admin.get("/api/plugins/flood/ok")).status, 200);
  const before = open("front-fastcgi");
  const readers = Array.from({ length: 3 }, () => {
    const req = request({ host: hostname, port, path: "/api/plugins/flood/reply?mb=40", headers: admin.headers, agent: false });
    req.on("response", (res) => res.pause());
    req.on("error", () => {});
    req.end();
    return req;
  });
  t.after(() => readers.forEach((r) => r.destroy()));
  // As long as the plugin's deadline and nginx's patience together.
  let most = 0;
  for (const end = Date.now() + 8000; Date.now() < end; ) {
    most = Math.max(most, open("front-fastcgi") - before);
    await new Promise((r) => setTimeout(r, 100));
  }
  t.diagnostic(`three replies of 40 MB: ${(most / 1048576).toFixed(1)} MB on disk`);
  assert.ok(most <= 3 * 2.5 * 1048576, `${most} bytes`);
  await until(async () => (await admin.get("/api/plugins/flood/ok")).status === 200, 30000, "the plugin answers again");
});

test("B9: a redirect doesn't carry the client's Host", async () => {
  for (const path of ["/api", "/assets", "/plugin-assets", "/schemas"]) {
    const res = await http("GET", path, { headers: { Host: "evil.example" } });
    assert.doesNotMatch(res.headers.location ?? "", /evil|^\/\//, path);
  }
});

/** Sends text as it is and answers all that came back. */
function raw(text) {
  return new Promise((resolve, reject) => {
    const socket = half(text, "127.0.0.1");
    const timer = setTimeout(() => reject(new Error(`no end: ${socket.answer}`)), 60000);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(socket.answer);
    });
  });
}

test("B11: nginx's own refusals are problems with our headers", async () => {
  const head = "Host: mortise\r\nConnection: close\r\n";
  const cases = [
    [501, `POST /api/tickets HTTP/1.1\r\n${head}Transfer-Encoding: gzip\r\n\r\n`],
    [505, `GET /api/me HTTP/3.0\r\n${head}\r\n`],
    [505, `GET / HTTP/9.1\r\n${head}\r\n`],
    [400, `GET /api/me HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n`],
    [405, `TRACE / HTTP/1.1\r\n${head}\r\n`],
    [414, `GET /${"a".repeat(9000)} HTTP/1.1\r\n${head}\r\n`],
    [431, `GET / HTTP/1.1\r\n${head}X-Big: ${"a".repeat(9000)}\r\n\r\n`],
    [413, `POST /api/tickets HTTP/1.1\r\n${head}Content-Length: 2000000\r\n\r\n`],
    [416, `GET /index.html HTTP/1.1\r\n${head}Range: bytes=999999-\r\n\r\n`],
    [412, `GET /assets/${/\/assets\/([^"]+\.js)/.exec((await http("GET", "/")).text)[1]} HTTP/1.1\r\n${head}If-Match: "x"\r\n\r\n`],
  ];
  for (const [code, text] of cases) {
    const answer = await raw(text);
    const [top, body] = answer.split("\r\n\r\n");
    if (code === 416 && top.startsWith("HTTP/1.1 200 ")) continue; // a page that is made anew has no ranges
    assert.match(top, new RegExp(`^HTTP/1.1 ${code} `), text.slice(0, 60));
    assert.match(top, /^content-type: application\/problem\+json/im, `${code}`);
    for (const h of [/^x-content-type-options: nosniff/im, /^content-security-policy: default-src 'none'/im, /^x-request-id: [0-9a-f]{32}/im])
      assert.match(top, h, `${code}`);
    const problem = JSON.parse(body);
    assert.equal(problem.status, code);
    assert.ok(problem.detail.length > 15 && problem.detail !== "The request could not be answered", problem.detail);
  }
});

test("B12: logs are for their user and group alone", () => {
  const folder = join(varDir, "log");
  assert.equal(statSync(folder).mode & 0o7777, 0o750);
  const services = ["access", "nginx-front", "nginx-events", "nginx-front-error", "postgres", "memcached", "mortised"];
  for (const name of services.map((s) => `${s}.log`)) {
    let mode;
    try {
      mode = statSync(join(folder, name)).mode & 0o7777;
    } catch {
      continue; // no answer there
    }
    assert.equal(mode & 0o027, 0, `${name}: ${mode.toString(8)}`);
  }
  assert.ok(status().pools.length > 0 && run.length > 0);
});
