#!/usr/bin/env -S node --test-reporter=tap
// /api/plugins/:key/...: who may call a plugin's routes, decided before the plugin is called.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { anonymous, http, install, leaseOver, login, psql, remove, until } from "../lib/mortise.mjs";

const KEY = "time-clock";
const at = (below) => `/api/plugins/${KEY}${below}`;
let admin, tech, foreign, installation;

before(async () => {
  ({ admin, installation } = await install(KEY, 0));
  tech = await login("Technician");
  foreign = await login("Technician", 1);
});
after(() => remove(KEY));

function problem(res, status, type) {
  assert.equal(res.status, status, res.text);
  assert.match(res.headers["content-type"], /^application\/problem\+json/);
  assert.match(res.body.requestId, /^[0-9a-f]{32}$/);
  if (type) assert.equal(res.body.type, `/problems/${type}`);
  return res.body;
}

test("a route answers the people of a tenant that has the plugin", async () => {
  const res = await tech.get(at("/report"));
  assert.equal(res.status, 200, res.text);
  for (const h of Object.keys(res.headers)) assert.doesNotMatch(h, /^x-(mt|accel)/i);
});

test("nobody and other tenants don't reach it", async () => {
  problem(await anonymous.get(at("/report")), 401);
  problem(await foreign.get(at("/report")), 404);
});

test("unknown plugins and unknown routes are 404, other methods 405", async () => {
  for (const path of ["/api/plugins/none/report", "/api/plugins/Time-Clock/report", "/api/plugins/time_clock/report", "/api/plugins/time-clock-/report", at(""), at("/"),
    at("/nothing"), at("/report/"), at("/report/x"), at("/status/"), at("/status/a/b")])
    problem(await tech.get(path), 404);
  const res = await tech.del(at("/report"));
  problem(res, 405);
  assert.equal(res.headers.allow, "GET");
});

test("odd paths reach nothing else", async () => {
  for (const below of ["//report", "/%0d%0aX-Mt-Roles:%20Admin", "/status/%00", "/status/..%2f..%2freport", "/%2e%2e/%2e%2e/tickets", "/status/%0a"]) {
    const res = await tech.get(at(below));
    assert.ok(res.status >= 400 && res.status < 500, `${below}: ${res.status} ${res.text.slice(0, 200)}`);
  }
});

test("a body arrives at the plugin, and the identity is the session's", async () => {
  const ticket = (await tech.post("/api/tickets", { title: "for the clock" })).body;
  try {
    const res = await tech.post(at("/clock-in"), { ticketId: ticket.id }, {
      headers: { "X-Mt-User": foreign.who.id, "X-Mt-Tenant": "2", "X-Mt-Handover": "x", "x-user-id": foreign.who.id, "x-company-code": "harbor", "X-Mt-Path": "/report", "X-Mt-Hook": "uninstall" },
    });
    assert.ok(res.status < 300, res.text);
    assert.ok(res.text.includes(tech.who.id) && !res.text.includes(foreign.who.id), res.text);
    await tech.post(at("/clock-out"), { ticketId: ticket.id });
  } finally {
    psql(`delete from mortise.tickets where id = '${ticket.id}'`);
  }
});

test("unsafe methods from a foreign page are refused before the plugin runs", async () => {
  const res = await http("POST", at("/clock-in"), { headers: { Cookie: tech.headers.Cookie, Origin: "http://evil.example" }, body: { ticketId: randomUUID() } });
  problem(res, 403, "foreign-origin");
});

/** Changes what packages declare, and waits until no worker believes in what they declared before. */
async function declared(sql) {
  psql(sql);
  await leaseOver();
}

test("a route's permission is the package's word, not the plugin's", async () => {
  const routes = (perm) => declared(`update mortise.plugin_packages p set routes = (select jsonb_agg(r || jsonb_build_object('permission', ${perm}))
    from jsonb_array_elements(p.routes) r) where plugin_key = '${KEY}'`);
  const was = psql(`select routes from mortise.plugin_packages where plugin_key = '${KEY}'`)[0][0];
  try {
    await routes("'plugins:manage'");
    assert.match(problem(await tech.get(at("/report")), 403, "not-allowed").detail, /plugins:manage/);
    assert.equal((await admin.get(at("/report"))).status, 200);
    await routes("null");
    assert.notEqual((await tech.get(at("/report"))).status, 404);
  } finally {
    await declared(`update mortise.plugin_packages set routes = '${was}' where plugin_key = '${KEY}'`);
  }
});

test("of two routes that fit, the more literal one's permission counts", async () => {
  const was = psql(`select routes from mortise.plugin_packages where plugin_key = '${KEY}'`)[0][0];
  try {
    await declared(`update mortise.plugin_packages set routes =
      '[{"method":"GET","path":"/:any","permission":null},{"method":"GET","path":"/report","permission":"plugins:manage"}]' where plugin_key = '${KEY}'`);
    problem(await tech.get(at("/report")), 403);
  } finally {
    await declared(`update mortise.plugin_packages set routes = '${was}' where plugin_key = '${KEY}'`);
  }
});

test("a plugin's own permission opens its own routes only, and by its full name", async () => {
  const was = psql(`select routes from mortise.plugin_packages where plugin_key = '${KEY}'`)[0][0];
  const report = (permission) => declared(`update mortise.plugin_packages set routes =
    '[{"method":"GET","path":"/report","permission":"${permission}"}]' where plugin_key = '${KEY}'`);
  const sys = await login("SystemAdmin");
  try {
    await report("time-clock:manage");
    assert.match(problem(await tech.get(at("/report")), 403, "not-allowed").detail, /time-clock:manage/);
    assert.equal((await admin.get(at("/report"))).status, 200);
    for (const none of ["manage", "clock", "time-clock:", "time-clock:man", "time-clock:manage,", "time-clock:clock,manage", "time-clock:none", "other:manage", "time-clock", "Admin+manage"]) {
      await report(none);
      problem(await admin.get(at("/report")), 403, "not-allowed");
      assert.equal((await sys.get(at("/report"))).status, 200, `${none}: a system admin has every permission`);
    }
    await report("time-clock:clock");
    assert.equal((await tech.get(at("/report"), { headers: { "X-Mt-Permissions": "none", "Mt-Permissions": "" } })).status, 200);
  } finally {
    await declared(`update mortise.plugin_packages set routes = '${was}' where plugin_key = '${KEY}'`);
  }
});

test("a plugin named like the core gives nobody the core's permissions", async () => {
  const key = "users"; // its own "write" would be "users:write"
  const sha = "f".repeat(64);
  psql(`insert into mortise.plugins (key) values ('${key}');
    insert into mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size) values ('${sha}', '${key}', '1.0.0',
      '{"key":"users","displayName":"Users","definesPermissions":[{"name":"write","label":"w","defaultRoles":["Technician"]},
        {"name":"other","label":"o","defaultRoles":["Technician"]}]}', '[{"method":"GET","path":"/x","permission":"users:write"}]', '', 0);
    insert into mortise.installations (tenant_id, id, plugin_key, package_sha256, state)
      values (${tech.who.tenantId}, '${randomUUID()}', '${key}', '${sha}', 'enabled');
    select mortise.permissions_grant_defaults(${tech.who.tenantId}, '${key}', '${sha}')`);
  try {
    problem(await tech.get(`/api/plugins/${key}/x`), 404); // no package can have the name, only a row made by hand
    const mine = (await tech.get("/api/me")).body.permissions;
    assert.ok(mine.includes("users:other") && !mine.includes("users:write"), mine.join(" "));
  } finally {
    psql(`delete from mortise.installations where plugin_key = '${key}'; delete from mortise.plugin_packages where plugin_key = '${key}';
      delete from mortise.plugins where key = '${key}'`);
  }
});

test("a client's own claims don't reach the plugin as permissions", async () => {
  const ticket = (await tech.get("/api/tickets?limit=1")).body.items[0].id;
  const forged = { "X-Mt-Permissions": "clock,manage", "MT-PERMISSIONS": "manage", MT_PERMISSIONS: "manage", "X-Mt-Roles": "Admin", "X-Mt-Settings-Key": "1:00" };
  const res = await tech.post(at("/clock-in"), { ticketId: ticket, technicianId: admin.who.id }, { headers: forged });
  assert.match(problem(res, 403).detail, /time-clock:manage/);
});

test("files of the interface have an address that outlives the version", async () => {
  const [{ ui }] = (await tech.get("/api/plugins/installations")).body.items.filter((i) => i.pluginKey === KEY);
  const file = ui.bundleUrl.split("/").at(-1);
  const res = await tech.get(at(`/ui/dist/${file}`));
  assert.equal(res.status, 200, res.text.slice(0, 200));
  assert.match(res.headers["content-type"], /^application\/javascript/);
  assert.equal(res.headers["cache-control"], "private, no-cache");
  assert.equal(res.headers["x-content-type-options"], "nosniff");
  for (const h of Object.keys(res.headers)) assert.doesNotMatch(h, /^x-(mt|accel)/i);
  assert.equal(`sha256-${createHash("sha256").update(res.bytes).digest("base64")}`, ui.integrity);
  assert.equal((await tech.get(at(`/ui/dist/${file}`), { headers: { "If-None-Match": res.headers.etag } })).status, 304);
  assert.equal((await tech.request("HEAD", at(`/ui/dist/${file}`))).status, 200);
  problem(await tech.post(at(`/ui/dist/${file}`), {}), 405);

  for (const none of ["none.js", "plugin.so", "manifest.json", "..%2fplugin.so", "..%2f..%2fplugin.so", "%2e%2e", "icon.svg", "..%2ficon.svg", "%00.js", `${file}%00`, `${file}%0d%0aX-A: b`.replace(" ", "%20"), `${file}.map`, "a%20b.js", "ui%2fbundle.iife.js"]) {
    const r = await tech.get(at(`/ui/dist/${none}`));
    assert.ok(r.status === 404 || r.status === 400, `${none}: ${r.status}`);
    assert.match(r.headers["content-type"], /json|html/);
  }
  problem(await foreign.get(at(`/ui/dist/${file}`)), 404);
  problem(await anonymous.get(at(`/ui/dist/${file}`)), 401);
  const [, , sha] = ui.bundleUrl.split("/");
  const direct = await tech.get(`/-/plugin-ui/${sha}/${ui.bundleUrl.split("/").slice(3).join("/")}`);
  assert.ok(direct.status === 404 || /html/.test(direct.headers["content-type"]), "the inner address isn't anybody's");
});

test("while it is disabled: 403 The plugin is disabled; enabled again it answers", async () => {
  assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/disable`)).status, 200);
  for (const path of [at("/report"), at("/nothing"), at("/ui/dist/bundle.iife.js")])
    assert.equal(problem(await tech.get(path), 403, "plugin-disabled").detail, "The plugin is disabled; an administrator can enable it");
  problem(await foreign.get(at("/report")), 404);
  assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/enable`)).status, 200);
  assert.equal((await tech.get(at("/report"))).status, 200);
});

test("what the trust policy stops: a clear 503, and it comes back when the policy lets it", async () => {
  const key = "evil"; // not one of the bundled, whose bytes are known
  const call = () => tech.get(`/api/plugins/${key}/things`);
  const sign = (sql) => psql(`update mortise.plugin_packages set signature = ${sql} where plugin_key = '${key}'`);
  await install(key, 0);
  try {
    assert.equal((await call()).status, 200);
    sign("'not a signature'");
    const res = await until(async () => {
      const r = await call();
      return r.body?.type === "/problems/plugin-untrusted" && r;
    }, 30000, "the steward sees that the signature isn't one", [502, 503]); // calls that it meets are ended
    assert.match(problem(res, 503, "plugin-untrusted").detail, /trust policy/);
    problem(await tech.get(`/api/plugins/${key}/ui/dist/bundle.iife.js`), 503, "plugin-untrusted");
    problem(await foreign.get(`/api/plugins/${key}/things`), 404);
    sign("null");
    await until(async () => (await call()).status === 200, 30000, "it runs again", [503]);
  } finally {
    await remove(key);
  }
});

test("in quarantine: a clear 503; half-way in or out: 503 with Retry-After", async () => {
  const set = (sql) => psql(`update mortise.plugin_packages set ${sql} where plugin_key = '${KEY}'`);
  const state = (s) => psql(`update mortise.installations set state = '${s}' where id = '${installation.id}'`);
  try {
    set("quarantined_at = now(), quarantine_reason = '{\"key\": \"ended with status {0}\", \"values\": [\"1\"]}'");
    await leaseOver();
    problem(await tech.get(at("/report")), 503, "plugin-quarantined");
    problem(await foreign.get(at("/report")), 404);
  } finally {
    set("quarantined_at = null, quarantine_reason = null");
  }
  try {
    state("removing");
    await leaseOver();
    const res = await tech.get(at("/report"));
    problem(res, 503, "plugin-unavailable");
    assert.ok(res.headers["retry-after"]);
  } finally {
    state("enabled");
  }
});
