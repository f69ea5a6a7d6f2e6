#!/usr/bin/env -S node --test-reporter=tap
// A7, over HTTP: what reaches beyond a company requires a session of the system administration, sent to its own
// address by its own page, or a token. A bundle runs at public_url with the session of the signed-in person.

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { account, anonymous, Client, http, login, psql, signIn, signInSystem, systemUrl, token, url } from "../lib/mortise.mjs";

const WANTED = [
  ["GET", "/api/plugins/overview"],
  ["GET", "/api/plugins/overview/none/guests"],
  ["GET", "/api/plugins/trust"],
  ["GET", "/api/plugins/rollouts"],
  ["POST", "/api/plugins/rollouts", { pluginKey: "none", version: "1.0.0", percent: 1, permissions: [] }],
  ["POST", "/api/plugins/upload"],
  ["POST", "/api/plugins/catalog/none/1.0.0/approve", { permissions: [] }],
  ["POST", "/api/plugins/catalog/none/1.0.0/finish", {}],
  ["DELETE", "/api/plugins/catalog/none"],
  ["DELETE", "/api/plugins/catalog/none/1.0.0"],
];
const { host } = new URL(url);
const systemHost = new URL(systemUrl).host;

function isProblem(res, status, type, what) {
  assert.equal(res.status, status, `${what}: ${res.status} ${res.text.slice(0, 200)}`);
  if (type) assert.match(res.body.type, new RegExp(`/${type}$`), what);
}
/** It was let in: what it says is about the thing that isn't there. */
const isHeard = (res, what) =>
  assert.ok(![401, 403].includes(res.status) && res.status < 500, `${what}: ${res.status} ${res.text.slice(0, 200)}`);

test("A7: a system admin's ordinary session does nothing beyond the company", async () => {
  const me = await signIn(account("SystemAdmin"));
  const company = new Client(me.headers);
  for (const [method, path, body] of WANTED) {
    const res = await company.request(method, path, { body });
    isProblem(res, 403, "system-origin", `${method} ${path}`);
    assert.ok(res.body.detail.includes(systemUrl), "it says where to go");
  }
  const who = (await company.get("/api/me")).body;
  assert.ok(!who.permissions.includes("plugins:upload"));
  assert.ok(who.permissions.includes("plugins:manage"));
  assert.equal(who.systemUrl, systemUrl);
  // Nor by the same words elsewhere: another company, all companies' numbers, an approval by installing.
  const other = (await login("Admin", 1)).who.tenant;
  isProblem(await company.post("/api/plugins/install", { pluginKey: "hello-world", tenant: other }), 403, null, "install elsewhere");
  const stats = (await company.get("/api/notifications/stats")).body;
  const own = (await (await login("Admin")).get("/api/notifications/stats")).body;
  assert.deepEqual(Object.keys(stats).sort(), Object.keys(own).sort());
});

test("A7: a system session does it, where it belongs", async () => {
  const system = await signInSystem();
  for (const [method, path, body] of WANTED) isHeard(await system.request(method, path, { body }), `${method} ${path}`);
  const who = (await system.get("/api/me")).body;
  assert.ok(who.permissions.includes("plugins:upload"));
  assert.equal(who.systemUrl, undefined);
});

test("A7: the cookie of one address is nobody at the other, under either name", async () => {
  const me = await signIn(account("SystemAdmin"));
  const value = (client) => client.headers.Cookie.split("=")[1];
  const [company, system] = [value(me), value(me.system)];
  assert.equal(me.headers.Cookie.split("=")[0], "mortise_session");
  assert.equal(me.system.headers.Cookie.split("=")[0], "mortise_system");
  const tries = [
    [systemUrl, { Cookie: `mortise_session=${company}` }],
    [systemUrl, { Cookie: `mortise_system=${company}` }],
    [systemUrl, { Cookie: `__Host-mortise_system=${company}` }],
    [systemUrl, { Cookie: `mortise_session=${system}` }],
    [systemUrl, { Cookie: `mortise_system=${company}; mortise_system=${system}` }],
    [url, { Cookie: `mortise_system=${system}` }],
    [url, { Cookie: `mortise_session=${system}` }],
    // The token of a cookie is no bearer token, at neither.
    [url, { Authorization: `Bearer ${system}` }],
    [url, { Authorization: `Bearer ${company}` }],
    [systemUrl, { Authorization: `Bearer ${system}` }],
    [systemUrl, { Authorization: `Bearer ${company}` }],
  ];
  for (const [base, headers] of tries) {
    const what = `${base} ${JSON.stringify(headers)}`;
    isProblem(await http("GET", "/api/me", { base, headers: { Origin: base, ...headers } }), 401, null, what);
    const res = await http("GET", "/api/plugins/overview", { base, headers: { Origin: base, ...headers } });
    isProblem(res, 401, null, what);
  }
  // Both are still good where they belong, and both cookies side by side as a browser sends them on one host.
  const both = { Cookie: `mortise_session=${company}; mortise_system=${system}` };
  assert.equal((await http("GET", "/api/plugins/overview", { base: systemUrl, headers: both })).status, 200);
  isProblem(await http("GET", "/api/plugins/overview", { headers: both }), 403, "system-origin", "both cookies");
  assert.equal((await http("GET", "/api/tickets", { headers: both })).status, 200);
});

test("A7: only its own page, at its own address", async () => {
  const system = await signInSystem();
  const { Cookie } = system.headers;
  const approve = (headers, base = systemUrl) =>
    http("POST", "/api/plugins/catalog/none/1.0.0/approve", { base, headers: { Cookie, ...headers }, body: { permissions: [] } });
  isHeard(await approve({ Origin: systemUrl }), "its own");
  isHeard(await approve({ Origin: systemUrl, "Sec-Fetch-Site": "same-origin" }), "its own");
  for (const Origin of [
    url, "null", "", "https://evil.example", systemUrl.replace("http:", "https:"), `${systemUrl}/`, `${systemUrl}.evil.example`,
    `http://x@${systemHost}`, systemUrl.replace("127.0.0.1", "localhost"), `${systemUrl} ${url}`, systemHost,
  ])
    isProblem(await approve({ Origin }), 403, "foreign-origin", `Origin ${Origin}`);
  isProblem(await approve({}), 403, "foreign-origin", "no Origin");
  for (const site of ["same-site", "cross-site", "SAME-ORIGIN", "x"])
    for (const path of ["/api/plugins/overview", "/api/me"])
      isProblem(
        await http("GET", path, { base: systemUrl, headers: { Cookie, "Sec-Fetch-Site": site } }),
        403, "foreign-origin", `${path} ${site}`,
      );
  for (const Host of [host, "localhost", "evil.example", `${systemHost}.evil.example`, `127.0.0.1`, `x@${systemHost}`]) {
    const res = await approve({ Origin: systemUrl, Host });
    assert.ok([400, 403].includes(res.status), `Host ${Host}: ${res.status}`);
    isHeardNever(res);
    const read = await http("GET", "/api/plugins/overview", { base: systemUrl, headers: { Cookie, Host } });
    assert.ok([400, 403].includes(read.status), `Host ${Host}: ${read.status}`);
  }
  // The people's port with the other address's Host stays the people's.
  for (const headers of [{ Host: systemHost }, { Host: systemHost, Origin: systemUrl }, { "X-Forwarded-Host": systemHost }, { MT_SITE: "system", "Mt-Site": "system" }])
    isProblem(await http("GET", "/api/plugins/overview", { headers: { Cookie, ...headers } }), 401, null, JSON.stringify(headers));
});

function isHeardNever(res) {
  assert.ok(!/none|version|package/i.test(res.body?.detail ?? ""), res.text);
}

test("A7: who is no system admin gets no system session", async () => {
  for (const role of ["Admin", "Dispatcher"]) {
    const who = account(role);
    const res = await http("POST", "/api/auth/login", {
      base: systemUrl, headers: { Origin: systemUrl }, body: { email: who.email, password: who.password },
    });
    isProblem(res, 403, "no-system-admin", role);
    assert.equal(res.headers["set-cookie"], undefined);
  }
  // An existing session ends with the role, even if its cookie was copied.
  const system = await signInSystem();
  const id = system.who.id;
  psql(`UPDATE mortise.users SET roles = '{Admin}' WHERE id = '${id}'`);
  try {
    assert.equal(psql(`SELECT count(*) FROM mortise.sessions s WHERE s.kind = 'system' AND s.user_id = '${id}'
      AND EXISTS (SELECT 1 FROM mortise.session_find(s.token_hash))`)[0][0], "0");
  } finally {
    psql(`UPDATE mortise.users SET roles = '{SystemAdmin}' WHERE id = '${id}'`);
  }
});

test("A7: signing in there takes its own page, and gives a cookie that no other site sends", async () => {
  const who = account("SystemAdmin");
  const body = { email: who.email, password: who.password };
  for (const headers of [{}, { Origin: url }, { Origin: "null" }, { Origin: systemUrl, "Sec-Fetch-Site": "same-site" }])
    isProblem(await http("POST", "/api/auth/login", { base: systemUrl, headers, body }), 403, "foreign-origin", JSON.stringify(headers));
  const res = await http("POST", "/api/auth/login", { base: systemUrl, headers: { Origin: systemUrl }, body });
  assert.equal(res.status, 200, res.text);
  const cookie = res.headers["set-cookie"][0];
  assert.match(cookie, /^mortise_system=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
  const out = await http("POST", "/api/auth/logout", { base: systemUrl, headers: { Origin: systemUrl, Cookie: cookie.split(";")[0] } });
  assert.equal(out.status, 204);
  assert.match(out.headers["set-cookie"][0], /^mortise_system=; /);
  isProblem(await http("GET", "/api/me", { base: systemUrl, headers: { Cookie: cookie.split(";")[0] } }), 401, null, "signed out");
});

test("A7: a token that a program got with the password works anywhere, and no page gets one", async () => {
  const sys = await token("SystemAdmin");
  for (const base of [url, systemUrl])
    for (const Origin of [undefined, "https://evil.example"])
      assert.equal((await sys.get("/api/plugins/overview", { base, headers: Origin ? { Origin } : {} })).status, 200);
  const who = account("SystemAdmin");
  for (const headers of [{ Origin: url }, { "Sec-Fetch-Site": "same-origin" }, { "Sec-Fetch-Site": "none" }])
    isProblem(
      await http("POST", "/api/auth/token", { headers, body: { email: who.email, password: who.password } }),
      403, "foreign-use", JSON.stringify(headers),
    );
  const admin = await token("Admin");
  for (const [method, path, body] of WANTED) isProblem(await admin.request(method, path, { body }), 403, null, `Admin ${path}`);
});

test("A7: nothing of a plugin is served there, and nothing of a company", async () => {
  const system = await signInSystem();
  const sha = "ab".repeat(32);
  for (const path of [
    "/api/plugins/time-clock/report", "/api/plugins/time-clock/ui/dist/bundle.iife.js", "/api/tickets", "/api/users", "/api/roles",
    "/api/plugins/installations", "/api/plugins/install", "/api/plugins/exports", "/api/notifications/stats", "/api/notifications", "/api/notifications/company",
    "/api/auth/token", "/api/", "/api/nothing",
  ])
    isProblem(await system.get(path), 404, null, path);
  for (const path of [`/plugin-assets/${sha}/ui/bundle.iife.js`, "/-/plugin-ui/x", "/index.html", "/x/y", "/schemas/plugin-manifest.json"]) {
    const res = await system.get(path);
    assert.equal(res.status, 200, path);
    assert.match(res.headers["content-type"], /^text\/html/, `${path} is the page like any other address`);
    assert.match(res.text, /<title>System administration/, path);
  }
  isProblem(await anonymous.get("/system.html"), 404, null, "the page at the people's address");
  assert.deepEqual(Object.keys((await system.get("/api/events")).body.heads), ["admin", "all"]);
  for (const Origin of [url, "null", "https://evil.example"])
    isProblem(await system.get("/events", { headers: { Origin } }), 403, "foreign-origin", `a stream for ${Origin}`);
});

test("A7: its page has the same strict policy, and opens alone", async () => {
  const res = await http("GET", "/plugins", { base: systemUrl });
  assert.match(res.headers["content-security-policy"], /script-src 'self'; .*worker-src 'none'; frame-src 'none'.*frame-ancestors 'none'/);
  assert.equal(res.headers["cross-origin-opener-policy"], "same-origin");
  assert.equal(res.headers["cross-origin-resource-policy"], "same-origin");
  assert.equal((await http("GET", "/", { base: systemUrl, headers: { "Service-Worker": "script" } })).status, 403);
});

test("A7: without system_url nobody does it from a browser", async () => {
  const me = await signIn(account("SystemAdmin"));
  const program = await token("SystemAdmin");
  const back = await configure({ system_url: "" });
  try {
    const res = await new Client(me.headers).get("/api/plugins/overview");
    isProblem(res, 403, "system-origin", "a company's page");
    assert.match(res.body.detail, /set system_url in mortise\.conf/);
    isProblem(await me.system.get("/api/plugins/overview"), 403, "system-origin", "the system's page");
    assert.equal((await new Client(me.headers).get("/api/me")).body.systemUrl, undefined);
    assert.equal((await program.get("/api/plugins/overview")).status, 200);
  } finally {
    await back();
  }
  assert.equal((await me.system.get("/api/plugins/overview")).status, 200);
});
