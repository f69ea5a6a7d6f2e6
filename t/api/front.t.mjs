#!/usr/bin/env -S node --test-reporter=tap
// The front nginx: its own errors, headers, limits, and files that it must not serve.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import test from "node:test";

import { account, anonymous, http, login, url, varDir, wordsOf } from "../lib/mortise.mjs";

const { hostname, port } = new URL(url);

/** Sends text as it is; answers {status, headers, text}, even when more than that was to be sent. */
function raw(text) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, hostname, () => socket.write(text));
    let got = "";
    const done = () => {
      const [top, body] = got.split("\r\n\r\n");
      const lines = top.split("\r\n");
      const headers = Object.fromEntries(lines.slice(1).map((l) => [l.split(":")[0].toLowerCase(), l.split(": ")[1]]));
      if (body === undefined || body.length < Number(headers["content-length"] ?? 0)) return;
      socket.destroy();
      resolve({ status: Number(lines[0].split(" ")[1]), headers, text: body });
    };
    socket.setEncoding("latin1");
    socket.setTimeout(60000, () => socket.destroy(new Error(`no answer in 60 s: ${got}`)));
    socket.on("data", (d) => {
      got += d;
      done();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`half an answer: ${got}`)));
  });
}

function isProblem(res, status) {
  assert.equal(res.status, status, res.text);
  assert.match(res.headers["content-type"], /^application\/problem\+json/);
  const p = JSON.parse(res.text);
  assert.equal(p.status, status);
  assert.match(p.type, /^\/problems\/[a-z-]+$/);
  assert.equal(p.requestId, res.headers["x-request-id"]);
  assert.ok(p.title && p.detail);
  assert.equal(wordsOf(p.text), p.detail);
}

const head = "Host: mortise\r\nConnection: close\r\n";

test("what isn't HTTP, or too much of it, is a problem with a request id", async () => {
  const cases = [
    [400, `GET /api/me HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`],
    [400, `GET /api/me HTTP/1.1\r\nConnection: close\r\n\r\n`],
    [400, `POST /api/auth/login HTTP/1.1\r\n${head}Content-Length: x\r\n\r\n`],
    [400, `POST /api/auth/login HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
    [414, `GET /api/me?${"a".repeat(9000)} HTTP/1.1\r\n${head}\r\n`],
    [431, `GET /api/me HTTP/1.1\r\n${head}X-Big: ${"a".repeat(9000)}\r\n\r\n`],
    [431, `GET /api/me HTTP/1.1\r\n${head}${"X-Many: 12345678901234567890\r\n".repeat(1200)}\r\n`],
    [413, `POST /api/tickets HTTP/1.1\r\n${head}Content-Length: 2000000\r\n\r\n`],
    [405, `TRACE /api/me HTTP/1.1\r\n${head}\r\n`],
  ];
  for (const [status, text] of cases) isProblem(await raw(text), status);
});

test("many small headers still reach the worker", async () => {
  // Every header is a FastCGI parameter; all together must stay under 64 kB.
  const headers = Array.from({ length: 700 }, (_, i) => `x${i.toString(36)}: 123456789\r\n`).join("");
  const res = await raw(`GET /api/me HTTP/1.1\r\n${head}${headers}\r\n`);
  assert.equal(res.status, 401);
  assert.match(res.text, /Sign in first/, "the worker answered");
});

test("every answer has a request id and can't be run as a page", async () => {
  for (const path of ["/api/me", "/api/nothing", "/api/plugins/nothing/x", "/events", "/plugin-assets/x"]) {
    const res = await anonymous.get(path);
    assert.match(res.headers["x-request-id"], /^[0-9a-f]{32}$/, path);
    assert.equal(res.headers["x-content-type-options"], "nosniff", path);
    assert.match(res.headers["content-security-policy"], /default-src 'none'/, path);
    assert.equal(res.headers["x-powered-by"], undefined);
    assert.equal(res.headers.server, "nginx", "the version is nobody's business");
  }
});

test("the page carries a policy with a nonce of its own", async () => {
  const pages = await Promise.all(["/", "/tickets/1", "/index.html"].map((p) => http("GET", p)));
  const nonces = pages.map((p) => {
    assert.equal(p.status, 200);
    const policy = p.headers["content-security-policy"];
    const nonce = /style-src 'self' 'nonce-([0-9a-f]{32})'/.exec(policy)[1];
    assert.doesNotMatch(policy, /unsafe/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(p.text, /__CSP_NONCE__/);
    assert.ok(p.text.includes(nonce), "the page names its nonce");
    assert.equal(p.headers["cache-control"], "no-cache");
    assert.equal(p.headers.etag, undefined, "a 304 would pair a new policy with an old page");
    return nonce;
  });
  assert.equal(new Set(nonces).size, 3);
});

test("built files are immutable, missing ones are 404", async () => {
  const page = await http("GET", "/");
  const [asset] = /\/assets\/app-[^"]+\.js/.exec(page.text); // the entry is too small to be compressed
  const res = await http("GET", asset, { headers: { "Accept-Encoding": "gzip" } });
  assert.equal(res.status, 200);
  assert.match(res.headers["cache-control"], /immutable/);
  assert.equal(res.headers["content-encoding"], "gzip");
  isProblem(await http("GET", "/assets/none.js"), 404);
});

test("what a ticket list needs before it is shown is at most 158 kB", async () => {
  const gzip = { headers: { "Accept-Encoding": "gzip" } };
  const page = await http("GET", "/", gzip);
  const files = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map((m) => m[1]);
  assert.ok(files.length >= 4, files.join(" "));
  const sizes = { "/": page.bytes.length };
  for (const file of files) sizes[file] = (await http("GET", file, gzip)).bytes.length;
  // One language's texts are fetched as well, by the app: the larger ones count.
  const sources = await Promise.all(files.filter((f) => f.endsWith(".js")).map((f) => http("GET", f)));
  const texts = new Set(sources.flatMap((s) => s.text.match(/\bcore-[\w-]+\.js/g) ?? []));
  assert.equal(texts.size, 2, "English and German");
  const lengths = await Promise.all([...texts].map(async (f) => (await http("GET", `/assets/${f}`, gzip)).bytes.length));
  sizes.texts = Math.max(...lengths);
  const total = Object.values(sizes).reduce((a, b) => a + b);
  console.log(`# ${total} bytes: ${JSON.stringify(sizes)}`);
  assert.ok(total <= 158_000, JSON.stringify(sizes));
});

test("a list in JSON is compressed for those who accept it, a sign-in never", async () => {
  const admin = await login("Admin");
  const plain = await admin.get("/api/tickets?limit=50");
  assert.equal(plain.headers["content-encoding"], undefined);
  const small = await admin.get("/api/tickets?limit=50", { headers: { "Accept-Encoding": "gzip" } });
  assert.equal(small.headers["content-encoding"], "gzip");
  assert.match(small.headers.vary, /Accept-Encoding/i);
  assert.ok(small.bytes.length < plain.bytes.length / 2, `${plain.bytes.length} and ${small.bytes.length} bytes`);
  assert.deepEqual(small.body, plain.body);
  const me = await http("POST", "/api/auth/login", { body: { email: account("Admin").email, password: account("Admin").password }, headers: { "Accept-Encoding": "gzip" } });
  assert.equal(me.headers["content-encoding"], undefined);
});

test("of a package's folder only files for browsers are served", async (t) => {
  const sha = "ab".repeat(32);
  const folder = join(varDir, "assets", sha);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "ui"), { recursive: true });
  writeFileSync(join(folder, "ui/bundle.iife.js"), "1;");
  writeFileSync(join(folder, "icon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>");
  writeFileSync(join(folder, "plugin.so"), "ELF");
  writeFileSync(join(folder, ".hidden"), "x");
  symlinkSync("/etc/passwd", join(folder, "link.json"));
  symlinkSync("/etc", join(folder, "etc"));
  const at = `/plugin-assets/${sha}`;
  const bundle = await http("GET", `${at}/ui/bundle.iife.js`);
  assert.equal(bundle.status, 200);
  assert.match(bundle.headers["content-type"], /javascript/);
  assert.match(bundle.headers["cache-control"], /immutable/);
  const icon = await http("GET", `${at}/icon.svg`);
  assert.match(icon.headers["content-security-policy"], /sandbox/);
  for (const path of ["plugin.so", ".hidden", "link.json", "etc/passwd", "etc/ld.so.conf.d/x.json", "", "ui", "ui/", "ui/none.js", "%2e%2e/x.js", "ui/..%2f..%2fetc/x.json"]) {
    const res = await http("GET", `${at}/${path}`);
    assert.ok([403, 404].includes(res.status), `${path}: ${res.status}`);
  }
  assert.equal((await http("GET", `/plugin-assets/${sha.toUpperCase()}/icon.svg`)).status, 404);
  assert.equal((await http("POST", `${at}/icon.svg`)).status, 405);
});

test("locations for errors and pools can't be asked for", async () => {
  for (const path of ["/_problem", "/_problem_plugin"]) isProblem(await http("GET", path), 404);
  for (const path of ["/@plugin", "/@events"]) assert.match((await http("GET", path)).headers["content-type"], /html/);
});

test("headers that look like ours from outside change nothing", async () => {
  const me = await login("Technician");
  const res = await me.get("/api/me", {
    headers: { "X-Mt-User": "x", "X-Accel-Redirect": "@events", "X-Request-Id": "mine", MT_HANDOVER: "x", "X-Forwarded-For": "1.2.3.4" },
  });
  assert.equal(res.status, 200);
  assert.equal(res.body.id, me.who.id);
  assert.notEqual(res.headers["x-request-id"], "mine");
});

test("a flood of sign-ins from one address is 429 with Retry-After", async () => {
  // From an address of its own, so that no other test meets the limit. The bodies are faulty: the limit
  // is before the password check.
  const one = () =>
    new Promise((resolve, reject) => {
      const req = request(
        { hostname, port, path: "/api/auth/login", method: "POST", localAddress: "127.0.0.77", agent: false, headers: { "Content-Type": "application/json", "Content-Length": 2 } },
        (res) => {
          let text = "";
          res.on("data", (d) => (text += d));
          res.on("end", () => resolve({ status: res.statusCode, headers: res.headers, text }));
        },
      );
      req.on("error", reject);
      req.end("{}");
    });
  const all = await Promise.all(Array.from({ length: 200 }, one));
  const limited = all.filter((r) => r.status === 429);
  assert.ok(limited.length > 50 && limited.length < 200, `${limited.length} of 200`);
  isProblem(limited[0], 429);
  assert.match(JSON.parse(limited[0].text).detail, /mt_login/);
  assert.ok(Number(limited[0].headers["retry-after"]) > 0);
});
