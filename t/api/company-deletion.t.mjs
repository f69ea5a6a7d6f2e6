#!/usr/bin/env -S node --test-reporter=tap
// A company is deleted with everything that belongs to it: counted by what the database itself says has a company, before
// and after, while the workers that do it are killed; other companies keep what they have.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { png } from "../lib/images.mjs";
import { Client, consenting, http, install, login, psql, remove, signInSystem, status, until, url, varDir, account } from "../lib/mortise.mjs";
import { good, mortise, refused, removeCompanies } from "../lib/people.mjs";

const CODE = `gone-${process.pid}`, PLUGIN = "time-clock", TICKETS = 12000;
const system = await signInSystem();
const at = (name) => `${name}@${CODE}.example`;
let admin, tenant, people;

/** Rows by table, of every table of the core and of plugins that has a company. */
function count(id) {
  const tables = psql(`select table_schema, table_name, column_name from information_schema.columns
    where (table_schema in ('mortise', 'mortise_guard') or table_schema like 'x\\_%') and column_name in ('tenant_id', 'tenant')
      and (table_schema, table_name) in (select schemaname, tablename from pg_tables) order by 1, 2`);
  assert.ok(tables.length > 30);
  const rows = psql(tables.map(([s, t, c]) => `select '${s}.${t}', count(*) from ${s}."${t}" where ${c} = ${id}`).join(" union all "));
  return Object.fromEntries(rows.map(([t, n]) => [t, Number(n)]).filter(([, n]) => n > 0));
}
/** Tables with a row in which one of these words stands: nothing that only refers to the company by its name stays either. */
function named(words) {
  const tables = psql("select schemaname, tablename from pg_tables where schemaname in ('mortise', 'mortise_guard') or schemaname like 'x\\_%'");
  const like = (t) => words.map((w) => `strpos(${t}::text, '${w}') > 0`).join(" or ");
  return psql(tables.map(([s, t]) => `select '${t}' from ${s}."${t}" r where ${like("r")} having count(*) > 0`).join(" union all ")).flat().sort();
}
const others = () => psql(`select t.code, (select count(*) from mortise.tickets k where k.tenant_id = t.id), (select count(*) from mortise.users u where u.tenant_id = t.id),
  (select count(*) from mortise.installations i where i.tenant_id = t.id), (select count(*) from mortise.ticket_states s where s.tenant_id = t.id)
  from mortise.tenants t where t.code <> '${CODE}' order by 1`);

/** With an administrator who is signed in, by the ordinary way. */
async function company() {
  const made = await system.post("/api/tenants", { code: CODE, name: `Company ${CODE}`, adminName: "Ada", adminEmail: at("ada") });
  assert.equal(made.status, 201, made.text);
  const redeemed = await http("POST", "/api/auth/link/password", { body: { token: made.body.link.url.split("#")[1], password: "correct horse battery" }, headers: { Origin: url } });
  assert.equal(redeemed.status, 200, redeemed.text);
  return new Client({ Cookie: redeemed.headers["set-cookie"][0].split(";")[0], Origin: url }, redeemed.body.user);
}

before(async () => {
  await remove(PLUGIN);
  await install(PLUGIN); // another company's: the plugin stays
  admin = await company();
  [[tenant]] = psql(`select id from mortise.tenants where code = '${CODE}'`);
});
after(async () => {
  await remove(PLUGIN);
  removeCompanies(CODE);
});

test("a company at work has rows nearly everywhere", async () => {
  const ok = (res) => assert.ok(res.status < 300, res.text) ?? res.body;
  const ticket = ok(await admin.post("/api/tickets", { title: "One" }));
  ok(await admin.post(`/api/tickets/${ticket.id}/comments`, { body: "A comment" }));
  ok(await admin.post("/api/views", { name: "Mine", query: "state=new" }));
  ok(await admin.put("/api/me/dashboard", { widgets: [{ id: "mine", size: "small" }] }));
  const hook = ok(await admin.post("/api/webhooks", { name: "Hook", url: "https://hooks.example.org/x", events: ["*"], active: false }));
  ok(await admin.post("/api/roles", { label: "Helpers" }));
  ok(await admin.post("/api/company/tokens", { name: "Robot", scopes: ["tickets:read"] }));
  ok(await admin.request("PUT", "/api/me/photo", { raw: png(8) }));
  ok(await admin.request("PUT", "/api/company/logo", { raw: png(9) }));
  ok(await admin.upload(`/api/tickets/${ticket.id}/attachments`, png(7), { field: "file", filename: "x.png" }));
  ok(await admin.post("/api/users", { name: "Ben", email: at("ben"), roles: ["Technician"] }));
  ok(await consenting(admin, "/api/plugins/install", { pluginKey: PLUGIN }));
  await http("POST", "/api/auth/login", { body: { email: at("ada"), password: "wrong" }, headers: { Origin: url } });
  psql(`insert into x_time_clock.time_clock_entries (tenant_id, id, technician_id, technician_name, ticket_id, ticket_number, clock_in, clock_out, clocked_in_by)
      select ${tenant}, gen_random_uuid(), gen_random_uuid(), 'x', gen_random_uuid(), n, now(), now(), gen_random_uuid() from generate_series(1, 7000) n;
    insert into mortise.tickets (tenant_id, id, number, title, created_by) select ${tenant}, gen_random_uuid(), n + 10, 'Ticket ' || n, '${admin.who.id}' from generate_series(1, ${TICKETS}) n;
    insert into mortise.plugin_exports (tenant_id, id, plugin_key, version, expires_at, size) values (${tenant}, gen_random_uuid(), '${PLUGIN}', '1.0.0', now() + interval '1 h', 1);
    insert into mortise.plugin_export_parts (tenant_id, export_id, n, data) select tenant_id, id, 0, 'x' from mortise.plugin_exports where tenant_id = ${tenant};
    insert into mortise.webhook_deliveries (tenant_id, webhook_id, type, body, state) select ${tenant}, '${hook.id}', 'WebhookTest', '{}', 'failed' from generate_series(1, 6000) n;
    insert into mortise.mails (tenant_id, id, user_id, kind, address) values (${tenant}, gen_random_uuid(), '${admin.who.id}', 'reset', '${at("ada")}')`);
  people = psql(`select id from mortise.users where tenant_id = ${tenant}`).flat();
  const has = count(tenant);
  for (const table of ["tickets", "ticket_comments", "ticket_views", "dashboards", "webhooks", "webhook_secrets", "webhook_deliveries", "users", "logins", "sessions", "links", "mails", "custom_roles", "ticket_words", "ticket_files", "pictures", "events", "channels",
    "installations", "role_permissions", "plugin_activity", "plugin_export_parts", "audit", "audit_floods"])
    assert.ok(has[`mortise.${table}`] > 0, `${table}: ${JSON.stringify(has)}`);
  assert.equal(has["x_time_clock.time_clock_entries"], 7000);
});

test("it is deleted by who types its code, at the address of the system administration, not the own one", async () => {
  const path = `/api/tenants/${CODE}/deletion`;
  const wrong = await system.post(path, { code: "other" });
  assert.deepEqual([wrong.status, wrong.body.errors?.[0].pointer], [422, "/code"], wrong.text);
  const own = account("SystemAdmin").tenant;
  assert.equal((await system.post(`/api/tenants/${own}/deletion`, { code: own })).status, 409);
  assert.equal((await system.post("/api/tenants/nobody/deletion", { code: "nobody" })).status, 404);
  assert.equal((await (await login("Admin")).post(path, { code: CODE })).status, 403);
  assert.equal((await system.del(path)).status, 404, "nothing to take back");
  refused(["tenant", "delete", CODE], /confirm with --confirm/);
});

test("it is suspended at once, and can be taken back until then", async () => {
  const res = await system.post(`/api/tenants/${CODE}/deletion`, { code: CODE });
  assert.equal(res.status, 200, res.text);
  const days = (new Date(res.body.deletion.dueAt) - Date.now()) / 86400e3;
  assert.ok(days > 29.9 && days < 30.1, res.text);
  assert.deepEqual([res.body.state, res.body.deletion.began, res.body.deletion.askedBy], ["suspended", false, system.who.name]);
  assert.equal((await admin.get("/api/me")).status, 401, "nobody is signed in any more");
  const active = await system.post(`/api/tenants/${CODE}/activate`, {});
  assert.equal(active.status, 409, active.text);
  assert.match(active.body.detail, /take the deletion back first/);
  const back = await system.del(`/api/tenants/${CODE}/deletion`);
  assert.deepEqual([back.status, back.body.state, back.body.deletion], [200, "active", null]);
  assert.equal((await admin.get("/api/tickets?limit=1")).status, 200, "all is as it was");
  assert.match(good("tenant", "delete", CODE, "--confirm", CODE), /^Suspended .* mortise tenant keep/);
  assert.equal(good("tenant", "keep", CODE), `${CODE} is not deleted; it is active\n`);
});

test("not a row is left of it, though the workers that delete are killed at every step", { timeout: 120000 }, async () => {
  const had = others();
  psql(`select mortise.company_delete('${CODE}', 0, 'The test')`);
  const steps = new Set(), kills = new Set();
  await until(() => {
    const [row] = psql(`select step, removed from mortise.company_deletions where tenant_id = ${tenant}`);
    if (!row) return true;
    const seen = `${row[0]} ${Object.keys(JSON.parse(row[1])).length >> 2}`;
    steps.add(row[0]);
    if (!kills.has(seen) && kills.size < 8) {
      kills.add(seen);
      for (const w of status().pools.find((p) => p.name === "admin").workers)
        try {
          process.kill(w.pid, "SIGKILL");
        } catch {
          /* it has left */
        }
    }
    return false;
  }, 90000, "the company to be gone");
  assert.ok(kills.size >= 2, `${[...steps]}: ${[...kills]}`);
  assert.deepEqual(count(tenant), {});
  assert.ok(!existsSync(join(varDir, "files", tenant)), "nor a file");
  assert.deepEqual(others(), had, "all others have what they had");
  // Names of what had to end stay for ten minutes, for other hosts; what system admins heard of it as long as events
  // do; the server's own log has who deleted it.
  assert.deepEqual(named([CODE, ...people]).filter((t) => t !== "rights_ended"), ["audit", "events"]);
  assert.deepEqual(psql(`select distinct channel from mortise.events e where strpos(e::text, '${CODE}') > 0`), [["admin"]]);
  assert.deepEqual(psql(`select distinct tenant_id from mortise.audit r where strpos(r::text, '${CODE}') > 0`), [["0"]]);
  const [[after]] = psql(`select after from mortise.audit where tenant_id = 0 and action = 'company.deleted' and target_id = '${CODE}'`);
  const said = JSON.parse(after);
  assert.ok(said.byTable.tickets >= TICKETS && said.byTable.plugins >= 7000 && said.rows > 2 * TICKETS, after);
  assert.match(good("audit", "verify"), /server/);
  assert.equal((await system.get(`/api/tenants/${CODE}`)).status, 404);
  assert.equal((await admin.get("/api/me")).status, 401);
});

test("other companies work, with the plugin; the code is free and has nothing of the old one", async () => {
  assert.equal((await (await login("Admin")).get(`/api/plugins/${PLUGIN}/entries`)).status < 500, true);
  const again = await company();
  const list = await again.get("/api/tickets");
  assert.deepEqual([list.status, list.body.items], [200, []]);
  const first = await again.post("/api/tickets", { title: "The first" });
  assert.deepEqual([first.status, first.body.number], [201, 1]);
  assert.deepEqual((await again.get("/api/plugins/installations")).body.items, []);
  const log = (await again.get("/api/audit")).body.items;
  assert.ok(log.length > 0 && log.every((e) => !/Ben|Helpers/.test(JSON.stringify(e))));
});

test("a command deletes at once, waits for it, and the last company with a plugin leaves no table of it", async () => {
  const [[id]] = psql(`select id from mortise.tenants where code = '${CODE}'`);
  const r = mortise(["tenant", "delete", CODE, "--confirm", CODE, "--now"]);
  assert.equal(r.status, 0, r.err);
  assert.equal(r.out, `Deleted ${CODE}\n`);
  assert.deepEqual(count(id), {});
});
