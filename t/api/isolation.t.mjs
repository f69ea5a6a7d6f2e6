#!/usr/bin/env -S node --test-reporter=tap
// Every route of both pools, with every role of tenant A, against ids of tenant B: no row, no existence
// (the answer is the one that a random id gets), no event, no file, and nothing of B changes.
//
// The routes come from `mortise-api --routes`; one that no case below covers fails the test.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { png } from "../lib/images.mjs";
import { account, anonymous, bin, http, install, login, pack, psql, remove, run, tenants, until } from "../lib/mortise.mjs";
import { eventSource } from "../lib/stream.mjs";

const PLUGIN = "time-clock";
const ROLES = ["Technician", "Dispatcher", "Admin", "SystemAdmin"];
const mark = `iso-${randomUUID()}`;
const routes = execFileSync(bin("mortise-api"), ["--routes"], { encoding: "utf8" }).trim().split("\n").map((l) => JSON.parse(l));

const B = {}; // what tenant B has
let secrets = []; // texts that only B's answers may hold

before(async () => {
  const admin = await login("Admin", 1);
  const tech = await login("Technician", 1);
  B.tenant = admin.who.tenantId;
  B.code = tenants()[1];
  [[B.organizationId, B.organization]] = psql(`select o.id, o.name from mortise.organizations o join mortise.tenants t on t.organization_id = o.id where t.id = ${B.tenant}`);
  B.user = tech.who.id;
  B.ticket = (await admin.post("/api/tickets", { title: mark, description: `${mark} description`, assigneeId: B.user })).body;
  B.comment = (await admin.post(`/api/tickets/${B.ticket.id}/comments`, { body: `${mark} comment` })).body;
  B.file = (await admin.upload(`/api/tickets/${B.ticket.id}/attachments`, png(9), { field: "file", filename: `${mark}.png` })).body.id;
  await admin.patch(`/api/tickets/${B.ticket.id}`, { priority: "high" });
  B.view = (await tech.post("/api/views", { name: mark, query: "state=new" })).body;
  B.token = (await admin.post("/api/company/tokens", { name: mark, scopes: ["tickets:read"] })).body.id;
  B.role = (await admin.post("/api/roles", { label: mark })).body.role;
  B.team = (await admin.post("/api/teams", { name: mark, memberIds: [B.user] })).body.id;
  B.field = (await admin.post("/api/custom-fields", { key: `f${randomUUID().slice(0, 8)}`, label: mark, type: "text" })).body.id;
  B.hook = (await admin.post("/api/webhooks", { name: mark, url: "https://hooks.example.org/x", events: ["*"], active: false })).body.id;
  [[B.delivery]] = psql(`insert into mortise.webhook_deliveries (tenant_id, webhook_id, type, body, state) values (${B.tenant}, '${B.hook}', 'WebhookTest', '${mark}', 'failed') returning id`);
  B.conn = randomUUID();
  await tech.get(`/api/events?conn=${B.conn}`);
  B.session = (await tech.get("/api/me/sessions")).body.items.find((s) => s.current).id;
  B.installation = (await install(PLUGIN, 1)).installation;
  B.calls = Number(psql(`select coalesce(sum(calls), 0) from mortise.plugin_usage where tenant_id = ${B.tenant} and day >= current_date - 1`)[0][0]);
  B.hash = (await tech.request("PUT", "/api/me/photo", { raw: png(8) })).body.hash;
  B.export = randomUUID();
  B.companyExport = randomUUID();
  B.passkey = randomUUID(); // without what it means for the password of its person
  psql(`set session_replication_role = replica; insert into mortise.passkeys (tenant_id, id, user_id, name, credential, alg, public_key, counter)
    values (${B.tenant}, '${B.passkey}', '${B.user}', '${mark}', '${mark}', -7, repeat('00', 64), 0)`);
  B.provider = randomUUID();
  psql(`insert into mortise.oidc_providers (id, tenant_id, name, issuer, client_id) values ('${B.provider}', ${B.tenant}, '${mark}', 'https://login.example.org', 'iso')`);
  psql(`insert into mortise.company_exports (tenant_id, id, state, asked_by, size, expires_at) values (${B.tenant}, '${B.companyExport}', 'ready', 'iso', 1, now() + interval '1 hour')`);
  psql(`insert into mortise.plugin_exports (tenant_id, id, plugin_key, version, expires_at, size)
    values (${B.tenant}, '${B.export}', '${PLUGIN}', '1.0.0', now() + interval '1 hour', 0)`);
  const users = psql(`select id, email from mortise.users where tenant_id = ${B.tenant}`);
  secrets = [mark, B.ticket.id, B.comment.id, B.file, B.view.id, B.token, B.team, B.field, B.hook, B.delivery, B.session, B.conn, B.installation.id, B.export, B.companyExport, B.passkey, B.provider, B.hash, `"${B.code}"`, ...users.flat()];
});

after(async () => {
  await remove(PLUGIN);
  psql(`delete from mortise.passkeys where id = '${B.passkey}'; delete from mortise.oidc_providers where id = '${B.provider}'; delete from mortise.pictures; delete from mortise.tokens where name = '${mark}'; delete from mortise.webhooks where name = '${mark}' or name = 'iso'; delete from mortise.custom_fields where label = '${mark}' or label = 'iso'; delete from mortise.teams where name = '${mark}' or name like 'iso %'; delete from mortise.users where name = 'Service: ${mark}'; delete from mortise.custom_roles where label = '${mark}' or label like 'iso %'; delete from mortise.tickets where title = '${mark}'; delete from mortise.ticket_views where name = '${mark}' or name like 'iso %'; delete from mortise.presence where conn = '${B.conn}';
    delete from mortise.plugin_exports where id = '${B.export}'; delete from mortise.company_exports where id = '${B.companyExport}'`);
});

/** Everything that B has, table by table: rows and a hash of them. Reading alone is not a change; the
 * steward counts what B itself called a moment later. */
function snapshot() {
  const tables = psql(`select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'mortise'::regnamespace and c.relkind = 'r' and a.attname = 'tenant_id' and c.relname <> 'plugin_usage'
      and c.relname !~ '^audit' order by 1`).flat(); // who tries B's passwords is written down in B
  return tables.map((t) => [t, ...psql(`select count(*), md5(string_agg(r::text, '|' order by r::text)) from mortise.${t} r where tenant_id = ${B.tenant}`)[0]].join(" "));
}

const message = { title: "t", message: "m" };

/**
 * Route -> requests that name something of B. Each is a function of ids, called with B's and with
 * random ones: both answers must be the same. `{}` = {path, body?, headers?, differs?: roles for which
 * the difference is meant, because they look after all tenants}.
 */
const CASES = {
  "POST /api/auth/login": [() => ({ body: { email: account("Admin", 1).email, password: randomUUID() } })],
  "POST /api/auth/token": [() => ({ body: { email: account("Admin", 1).email, password: randomUUID() } })],
  "POST /api/auth/confirm": [() => ({ skip: "the caller's own session and password; names nothing" })],
  "POST /api/auth/second-factor": [() => ({ skip: "whose challenge the cookie names; names nothing" })],
  "POST /api/auth/second-factor/setup": [() => ({ skip: "the caller's own" })],
  "POST /api/auth/second-factor/activate": [() => ({ skip: "the same" })],
  "POST /api/auth/second-factor/codes": [() => ({ skip: "the same" })],
  "POST /api/auth/second-factor/remove": [() => ({ skip: "the same" })],
  "GET /api/me/second-factor": [() => ({})],
  "POST /api/auth/passkeys/challenge": [() => ({ skip: "nobody's yet; names nothing" })],
  "POST /api/auth/passkeys/sign-in": [() => ({ skip: "whose passkey it is; t/api/passkeys.t.mjs tries others'" })],
  "POST /api/auth/passkeys/setup": [() => ({ skip: "the caller's own" })],
  "POST /api/auth/passkeys": [() => ({ skip: "the same" })],
  "GET /api/me/passkeys": [() => ({})],
  "PATCH /api/me/passkeys/:id": [(x) => ({ path: `/api/me/passkeys/${x.passkey}`, body: { name: "taken" } })],
  "DELETE /api/me/passkeys/:id": [(x) => ({ path: `/api/me/passkeys/${x.passkey}` })],
  "POST /api/auth/link": [() => ({ skip: "whoever has the token is its person; names nothing" })],
  "POST /api/auth/link/password": [() => ({ skip: "the same" })],
  "POST /api/auth/setup": [() => ({ skip: "the same, while nobody administers the system" })],
  "POST /api/auth/setup/finish": [() => ({ skip: "the same" })],
  "GET /api/auth/ways": [() => ({ skip: "the server's, the same for everybody" })],
  "POST /api/registration": [() => ({ skip: "nobody is signed in; there is no company yet" })],
  "POST /api/registration/link": [() => ({ skip: "whoever has the token may register; names nothing" })],
  "GET /api/auth/oidc/:id/start": [() => ({ skip: "begins at the provider for whom it is meant, as the sign-in page of each company does" })],
  "GET /api/auth/oidc/callback": [() => ({ skip: "whoever has state and cookie began it; names nothing" })],
  "GET /api/auth/oidc/signed-out": [() => ({ skip: "says that the browser signed out; names nothing" })],
  "POST /api/auth/oidc/check": [() => ({ skip: "an address of the internet; names nothing" })],
  "GET /api/sign-in/providers": [() => ({ skip: "who knows a company's code sees the names of its buttons, signed in or not" })],
  "POST /api/auth/forgotten": [(x) => ({ body: { email: x.email } })],
  "POST /api/auth/password": [() => ({ skip: "the caller's own password; names nothing" })],
  "POST /api/auth/logout": [() => ({ skip: "ends the caller's own session; names nothing" })],
  "GET /api/me": [(x) => ({ headers: { "x-company-code": x.code, "x-user-id": x.user, "X-Mt-Tenant": String(x.tenant), "X-Mt-User": x.user } })],
  "PATCH /api/me": [
    (x) => ({ body: { id: x.user, name: "taken" } }),
    (x) => ({ body: { tenantId: x.tenant, name: "taken" } }),
  ],
  "GET /api/me/sessions": [() => ({ skip: "the caller's own; names nothing" })],
  "DELETE /api/me/sessions": [() => ({ skip: "the same" })],
  "GET /api/me/providers": [() => ({ skip: "the same" })],
  "DELETE /api/me/providers/:id": [(x) => ({ path: `/api/me/providers/${x.provider}` })],
  "GET /api/users/:id/providers": [(x) => ({ path: `/api/users/${x.user}/providers` })],
  "DELETE /api/users/:id/providers/:provider": [(x) => ({ path: `/api/users/${x.user}/providers/${x.provider}` })],
  "DELETE /api/me/sessions/:id": [(x) => ({ path: `/api/me/sessions/${x.session}` })],
  "GET /api/tickets": [
    (x) => ({ path: `/api/tickets?assigneeId=${x.user}&limit=200` }),
    (x) => ({ path: `/api/tickets?q=${x.mark}` }),
    (x) => ({ path: `/api/tickets?assigneeId=team:${x.team}` }),
    (x) => ({ path: `/api/tickets?limit=200&cursor=${Buffer.from(`u:4000000000000000:${x.ticket}`).toString("base64url")}` }),
    (x) => ({ path: `/api/tickets?tenant=${x.code}&tenantId=${x.tenant}&limit=200` }),
  ],
  "POST /api/tickets": [
    (x) => ({ body: { title: "iso", assigneeId: x.user } }),
    (x) => ({ body: { title: "iso", tenantId: x.tenant } }),
    (x) => ({ body: { title: "iso", id: x.ticket } }),
  ],
  "POST /api/tickets/bulk": [
    (x) => ({ body: { items: [{ id: x.ticket, change: { title: "taken" } }] } }),
    (x) => ({ body: { items: [{ id: x.ticket, version: 1, change: { assigneeId: x.user } }] } }),
    (x) => ({ body: { items: [{ create: { title: "iso", assigneeId: x.user } }] } }),
  ],
  "GET /api/tickets.csv": [(x) => ({ path: `/api/tickets.csv?assigneeId=${x.user}` }), (x) => ({ path: `/api/tickets.csv?q=${x.mark}&tenant=${x.code}` })],
  "POST /api/tickets.csv": [
    (x) => ({ raw: `id,title\n${x.ticket},taken\n`, headers: { "Content-Type": "text/csv" } }),
    (x) => ({ raw: `title,assigneeId\niso,${x.user}\n`, headers: { "Content-Type": "text/csv" } }),
  ],
  "GET /api/openapi.json": [(x) => ({ path: `/api/openapi.json?tenant=${x.code}` })],
  "GET /api/tickets/:id": [(x) => ({ path: `/api/tickets/${x.ticket}` })],
  "PATCH /api/tickets/:id": [
    (x) => ({ path: `/api/tickets/${x.ticket}`, body: { title: "taken" } }),
    (x) => ({ path: `/api/tickets/${x.ticket}`, body: { title: "taken" }, headers: { "If-Match": '"1"' } }),
    (x) => ({ path: `/api/tickets/${x.ticket}`, body: { state: "nonsense", assigneeId: x.user } }),
    (x) => ({ path: `/api/tickets/${A.ticket}`, body: { assigneeId: x.user } }),
  ],
  "GET /api/tickets/:id/comments": [(x) => ({ path: `/api/tickets/${x.ticket}/comments` })],
  "POST /api/tickets/:id/comments": [
    (x) => ({ path: `/api/tickets/${x.ticket}/comments`, body: { body: "hello" } }),
    (x) => ({ path: `/api/tickets/${A.ticket}/comments`, body: { body: "hello", ticketId: x.ticket } }),
  ],
  "GET /api/tickets/:id/history": [(x) => ({ path: `/api/tickets/${x.ticket}/history` })],
  "GET /api/ticket-states": [(x) => ({ path: `/api/ticket-states?tenant=${x.code}` })],
  "GET /api/users": [(x) => ({ path: `/api/users?q=${encodeURIComponent(x.email)}` }), (x) => ({ path: `/api/users?tenant=${x.code}` })],
  "POST /api/users": [
    (x) => ({ body: { name: mark, email: "none", roles: ["Technician"], tenantId: x.tenant } }),
    (x) => ({ body: { id: x.user, name: mark, email: "none", roles: ["Technician"] } }),
  ],
  "GET /api/users/:id": [(x) => ({ path: `/api/users/${x.user}` })],
  "PATCH /api/users/:id": [
    (x) => ({ path: `/api/users/${x.user}`, body: { name: "taken" } }),
    (x) => ({ path: `/api/users/${x.user}`, body: { active: false }, headers: { "If-Match": '"1"' } }),
  ],
  "POST /api/users.csv": [
    (x) => ({ raw: `name,email,role\niso,none,${x.role}\n`, headers: { "Content-Type": "text/csv" } }),
  ],
  "GET /api/users/:id/open-tickets": [(x) => ({ path: `/api/users/${x.user}/open-tickets` })],
  "GET /api/teams": [(x) => ({ path: `/api/teams?member=${x.user}` }), (x) => ({ path: `/api/teams?q=${x.mark}&tenant=${x.code}` })],
  "POST /api/teams": [
    (x) => ({ body: { name: `iso ${randomUUID()}`, memberIds: [x.user] } }),
    (x) => ({ body: { name: `iso ${randomUUID()}`, leadId: x.user } }),
    (x) => ({ body: { name: "", id: x.team } }),
  ],
  "GET /api/teams/:id": [(x) => ({ path: `/api/teams/${x.team}` })],
  "PATCH /api/teams/:id": [(x) => ({ path: `/api/teams/${x.team}`, body: { name: "taken" } })],
  "DELETE /api/teams/:id": [(x) => ({ path: `/api/teams/${x.team}` })],
  "GET /api/teams/:id/history": [(x) => ({ path: `/api/teams/${x.team}/history` })],
  "GET /api/custom-fields": [(x) => ({ path: `/api/custom-fields?tenant=${x.code}` })],
  "POST /api/custom-fields": [(x) => ({ body: { key: `f${randomUUID().slice(0, 8)}`, label: "", type: "text", id: x.field } })],
  "GET /api/custom-fields/:id": [(x) => ({ path: `/api/custom-fields/${x.field}` })],
  "PATCH /api/custom-fields/:id": [(x) => ({ path: `/api/custom-fields/${x.field}`, body: { label: "taken" } })],
  "DELETE /api/custom-fields/:id": [(x) => ({ path: `/api/custom-fields/${x.field}` })],
  "POST /api/custom-fields/:id/restore": [(x) => ({ path: `/api/custom-fields/${x.field}/restore` })],
  "GET /api/custom-fields/:id/history": [(x) => ({ path: `/api/custom-fields/${x.field}/history` })],
  "POST /api/notifications/team": [(x) => ({ body: { ...message, teamId: x.team } })],
  "GET /api/users/:id/history": [(x) => ({ path: `/api/users/${x.user}/history` })],
  "POST /api/users/:id/mail": [(x) => ({ path: `/api/users/${x.user}/mail`, body: {} })],
  "POST /api/users/:id/link": [(x) => ({ path: `/api/users/${x.user}/link`, body: {} })],
  "POST /api/notifications/user": [(x) => ({ body: { ...message, targetUserId: x.user } })],
  "POST /api/notifications/company": [(x) => ({ body: { ...message, tenant: x.code } })],
  "POST /api/notifications/role": [(x) => ({ body: { ...message, role: `Admin`, tenantId: x.tenant } })],
  "POST /api/notifications/read": [(x) => ({ body: { until: "2026-01-01T00:00:00Z", userId: x.user, tenantId: x.tenant } })],
  "PATCH /api/notifications/:id": [(x) => ({ path: `/api/notifications/u.${x.user}.1`, body: { read: true } }), (x) => ({ path: `/api/notifications/t.${x.tenant}.1`, body: { read: false } })],
  "DELETE /api/notifications/:id": [(x) => ({ path: `/api/notifications/u.${x.user}.1` }), (x) => ({ path: `/api/notifications/t.${x.tenant}.1` })],
  "POST /api/notifications/unsubscribe": [(x) => ({ path: `/api/notifications/unsubscribe?key=${x.tenant}.${x.user}.${"0".repeat(64)}` })],
  "GET /api/notifications/sent": [(x) => ({ path: `/api/notifications/sent?q=${x.mark}&fromUserId=${x.user}` })],
  "GET /api/notifications/sent/:id/people": [(x) => ({ path: `/api/notifications/sent/u.${x.user}.1/people` })],
  "GET /api/me/notifications": [(x) => ({ path: `/api/me/notifications?userId=${x.user}` })],
  "GET /api/webhooks": [(x) => ({ path: `/api/webhooks?tenant=${x.code}` })],
  "POST /api/webhooks": [(x) => ({ body: { name: "iso", url: "https://hooks.example.org/x", events: ["None"], id: x.hook, tenantId: x.tenant } })],
  "GET /api/webhooks/:id": [(x) => ({ path: `/api/webhooks/${x.hook}` })],
  "PATCH /api/webhooks/:id": [(x) => ({ path: `/api/webhooks/${x.hook}`, body: { name: "taken" } })],
  "DELETE /api/webhooks/:id": [(x) => ({ path: `/api/webhooks/${x.hook}` })],
  "POST /api/webhooks/:id/secret": [(x) => ({ path: `/api/webhooks/${x.hook}/secret` })],
  "POST /api/webhooks/:id/test": [(x) => ({ path: `/api/webhooks/${x.hook}/test` })],
  "GET /api/webhook-events": [(x) => ({ path: `/api/webhook-events?tenant=${x.code}` })],
  "GET /api/webhooks/:id/deliveries": [(x) => ({ path: `/api/webhooks/${x.hook}/deliveries` })],
  "GET /api/webhook-deliveries/:id": [(x) => ({ path: `/api/webhook-deliveries/${x.delivery}` })],
  "POST /api/webhook-deliveries/:id/retry": [(x) => ({ path: `/api/webhook-deliveries/${x.delivery}/retry` })],
  "GET /api/me/dashboard": [(x) => ({ path: `/api/me/dashboard?userId=${x.user}` })],
  "PUT /api/me/dashboard": [(x) => ({ body: { widgets: [{ id: "mine", size: "wide" }], userId: x.user, tenantId: x.tenant } })],
  "POST /api/me/plugin-shows": [(x) => ({ body: { items: [{ pluginKey: PLUGIN, component: x.mark, shows: 1, renderMs: 1, renderMax: 1, firsts: 0, firstMs: 0, firstMax: 0 }], tenantId: x.tenant } })],
  "DELETE /api/me/dashboard": [(x) => ({ path: `/api/me/dashboard?userId=${x.user}` })],
  "PATCH /api/me/notifications": [(x) => ({ body: { quiet: true, userId: x.user, tenantId: x.tenant } })],
  "GET /api/notifications/active-users": [(x) => ({ path: `/api/notifications/active-users?tenant=${x.code}` })],
  "GET /api/notifications/stats": [(x) => ({ path: `/api/notifications/stats?tenant=${x.code}`, tellsAll: ["SystemAdmin"] })],
  "GET /events": [() => ({ skip: "a stream: see the test below" })],
  "GET /api/events": [
    (x) => ({ path: `/api/events?since=t.${x.tenant}:0,u.${x.user}:0,r.${x.tenant}.Admin:0` }),
    (x) => ({ path: `/api/events?since=o.${x.organizationId}:0` }),
    (x) => ({ path: `/api/events?channels=t.${x.tenant}`, headers: { "X-Mt-Channels": `t.${x.tenant}` } }),
  ],
  "PUT /api/presence/:plugin": [(x) => ({ path: `/api/presence/${PLUGIN}`, body: { entity: x.ticket, conn: x.conn } })],
  "GET /api/presence/:plugin": [(x) => ({ path: `/api/presence/${PLUGIN}?entity=${x.ticket}` })],
  "POST /api/presence/:plugin/leave": [(x) => ({ path: `/api/presence/${PLUGIN}/leave?entity=e&conn=${x.conn}` })],
  "GET /api/files/:plugin": [(x) => ({ path: `/api/files/${x.plugin}?tenant=${x.code}` })],
  "POST /api/files/:plugin": [(x) => ({ path: `/api/files/${x.plugin}`, body: {} })],
  "GET /api/files/:plugin/:id/content": [(x) => ({ path: `/api/files/${x.plugin}/${x.installation}/content` })],
  "GET /api/files/:plugin/:id/thumbnail": [(x) => ({ path: `/api/files/${x.plugin}/${x.installation}/thumbnail` })],
  "DELETE /api/files/:plugin/:id": [(x) => ({ path: `/api/files/${x.plugin}/${x.installation}` })],
  "GET /api/storage/:plugin": [(x) => ({ path: `/api/storage/${x.plugin}?tenant=${x.code}` })],
  "GET /api/storage/:plugin/:space": [(x) => ({ path: `/api/storage/${x.plugin}/default?tenant=${x.code}` })],
  "POST /api/storage/:plugin/:space": [(x) => ({ path: `/api/storage/${x.plugin}/default`, body: { items: [{ key: "iso", value: x.tenant }] } })],
  "DELETE /api/storage/:plugin/:space": [(x) => ({ path: `/api/storage/${x.plugin}/default` })],
  "GET /api/storage/:plugin/:space/deleted": [(x) => ({ path: `/api/storage/${x.plugin}/default/deleted` })],
  "GET /api/storage/:plugin/:space/value": [(x) => ({ path: `/api/storage/${x.plugin}/default/value?key=k` })],
  "PUT /api/storage/:plugin/:space/value": [(x) => ({ path: `/api/storage/${x.plugin}/default/value?key=iso`, body: { tenant: x.tenant } })],
  "DELETE /api/storage/:plugin/:space/value": [(x) => ({ path: `/api/storage/${x.plugin}/default/value?key=k` })],
  "POST /api/storage/:plugin/:space/increment": [(x) => ({ path: `/api/storage/${x.plugin}/default/increment`, body: { key: "iso-n", by: 1 } })],
  "GET /api/storage/:plugin/:space/value/versions": [(x) => ({ path: `/api/storage/${x.plugin}/default/value/versions?key=k` })],
  "POST /api/storage/:plugin/:space/value/restore": [(x) => ({ path: `/api/storage/${x.plugin}/default/value/restore?key=k&version=1` })],
  "POST /api/events/leave": [(x) => ({ path: `/api/events/leave?conn=${x.conn}` })],
  "* /api/plugins/:key/": ["GET", "POST", "PUT", "PATCH", "DELETE"].flatMap((method) =>
    ["/report", "/status/x", "/ticket-summary/x", "/"].map((below) => (x) => ({ method, path: `/api/plugins/${x.plugin}${below}` })),
  ),
  "GET /api/plugins/:key/ui/dist/:file": ["bundle.iife.js", "none.js"].map((file) => (x) => ({ path: `/api/plugins/${x.plugin}/ui/dist/${file}` })),
  "GET /api/tickets/:id/without-access": [(x) => ({ path: `/api/tickets/${x.ticket}/without-access` })],
  "GET /api/tickets/:id/attachments": [(x) => ({ path: `/api/tickets/${x.ticket}/attachments` })],
  "POST /api/tickets/:id/attachments": [
    (x) => ({ path: `/api/tickets/${x.ticket}/attachments`, raw: '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\na\r\n--x--\r\n', headers: { "Content-Type": "multipart/form-data; boundary=x" } }),
  ],
  "GET /api/attachments/:id": [(x) => ({ path: `/api/attachments/${x.file}` })],
  "DELETE /api/attachments/:id": [(x) => ({ path: `/api/attachments/${x.file}` })],
  "GET /api/attachments/:id/content": [(x) => ({ path: `/api/attachments/${x.file}/content` })],
  "GET /api/attachments/:id/thumbnail": [(x) => ({ path: `/api/attachments/${x.file}/thumbnail` })],
  "GET /api/comments/:id": [(x) => ({ path: `/api/comments/${x.comment}` })],
  "PATCH /api/comments/:id": [(x) => ({ path: `/api/comments/${x.comment}`, body: { body: "taken" } })],
  "DELETE /api/comments/:id": [(x) => ({ path: `/api/comments/${x.comment}` })],
  "POST /api/comments/:id/restore": [(x) => ({ path: `/api/comments/${x.comment}/restore`, body: {} })],
  "GET /api/comments/:id/history": [(x) => ({ path: `/api/comments/${x.comment}/history` })],
  "GET /api/notifications": [(x) => ({ path: `/api/notifications?fromUserId=${x.user}` }), (x) => ({ path: `/api/notifications?q=${x.mark}&tenant=${x.code}` })],
  "GET /api/notifications/:id": [(x) => ({ path: `/api/notifications/u.${x.user}.1` }), (x) => ({ path: `/api/notifications/t.${x.tenant}.1` })],
  "GET /api/company": [(x) => ({ path: `/api/company?tenant=${x.code}&tenantId=${x.tenant}` })],
  "GET /api/company/limits": [(x) => ({ path: `/api/company/limits?tenant=${x.code}` })],
  "PATCH /api/company": [(x) => ({ body: { name: "taken", tenantId: x.tenant } }), (x) => ({ path: `/api/company?tenant=${x.code}`, body: { timeZone: "nowhere" } })],
  "PUT /api/company/logo": [(x) => ({ path: `/api/company/logo?tenant=${x.code}`, body: { tenantId: x.tenant } })],
  "DELETE /api/company/logo": [(x) => ({ path: `/api/company/logo?tenant=${x.code}&tenantId=${x.tenant}` })],
  "GET /api/company/logo/:hash": [(x) => ({ path: `/api/company/logo/${x.hash}?tenant=${x.code}` })],
  "PUT /api/me/photo": [(x) => ({ path: `/api/me/photo?userId=${x.user}`, body: { userId: x.user } })],
  "DELETE /api/me/photo": [(x) => ({ path: `/api/me/photo?userId=${x.user}` })],
  "GET /api/photos": [(x) => ({ path: `/api/photos?ids=${x.user}` })],
  "GET /api/photos/:id/:hash": [(x) => ({ path: `/api/photos/${x.user}/${x.hash}` })],
  "GET /api/views": [(x) => ({ path: `/api/views?ownerId=${x.user}&tenant=${x.code}` })],
  "POST /api/views": [(x) => ({ body: { name: `iso ${randomUUID()}`, ownerId: x.user, tenantId: x.tenant } })],
  "GET /api/views/:id": [(x) => ({ path: `/api/views/${x.view}` })],
  "PATCH /api/views/:id": [(x) => ({ path: `/api/views/${x.view}`, body: { name: "taken" } })],
  "DELETE /api/views/:id": [(x) => ({ path: `/api/views/${x.view}` })],
  "GET /api/audit": [(x) => ({ path: `/api/audit?company=${x.code}` }), (x) => ({ path: `/api/audit?actorId=${x.user}&tenantId=${x.tenant}` }), () => ({ path: "/api/audit?chain=server" })],
  "GET /api/audit.csv": [(x) => ({ path: `/api/audit.csv?company=${x.code}` }), (x) => ({ path: `/api/audit.csv?targetId=${x.user}` })],
  "POST /api/roles": [(x) => ({ body: { label: `iso ${randomUUID()}`, copyOf: x.role } }), (x) => ({ body: { label: `iso ${randomUUID()}`, tenantId: x.tenant } })],
  "PATCH /api/roles/:id": [(x) => ({ path: `/api/roles/${x.role}`, body: { label: "taken" } })],
  "DELETE /api/roles/:id": [(x) => ({ path: `/api/roles/${x.role}` }), (x) => ({ path: `/api/roles/${x.role}?reassign=Technician` })],
  "GET /api/permissions/:name/people": [(x) => ({ path: `/api/permissions/tickets:read/people?tenant=${x.code}&limit=200` })],
  "DELETE /api/users/:id": [
    (x) => ({ path: `/api/users/${x.user}` }),
    (x) => ({ path: `/api/users/${x.user}?reassign=nobody`, headers: { "If-Match": '"1"' } }),
  ],
  "DELETE /api/users/:id/second-factor": [(x) => ({ path: `/api/users/${x.user}/second-factor` })],
  "GET /api/users/:id/permissions": [(x) => ({ path: `/api/users/${x.user}/permissions` })],
  "GET /api/roles/:id": [(x) => ({ path: `/api/roles/${x.role}` }), (x) => ({ path: `/api/roles/Technician?tenant=${x.code}` })],
  "GET /api/roles/:id/history": [(x) => ({ path: `/api/roles/Technician/history?tenant=${x.code}` })],
  "GET /api/roles": [(x) => ({ path: `/api/roles?tenant=${x.code}` })],
  "PUT /api/roles/:id/second-factor": [() => ({ path: "/api/roles/r0123456789ab/second-factor", body: { needed: true } })],
  "PUT /api/roles/:id/permissions": [
    (x) => ({ path: "/api/roles/Technician/permissions", body: { grant: [`${x.plugin}:clock`] } }),
    (x) => ({ path: "/api/roles/Technician/permissions", body: { revoke: [`${x.plugin}:clock`] } }),
    (x) => ({ path: "/api/roles/Technician/permissions", body: { grant: [], tenantId: x.tenant } }),
    (x) => ({ path: `/api/roles/${x.mark}/permissions`, body: { grant: [] } }),
    (x) => ({ path: `/api/roles/${x.role}/permissions`, body: { grant: ["tickets:read"] } }),
  ],
  "GET /api/tokens": [(x) => ({ path: `/api/tokens?ownerId=${x.user}&tenantId=${x.tenant}` })],
  "POST /api/tokens": [(x) => ({ body: { name: "iso", scopes: ["none"], ownerId: x.user, tenantId: x.tenant } })],
  "DELETE /api/tokens": [() => ({ skip: "the caller's own; names nothing" })],
  "GET /api/tokens/scopes": [(x) => ({ path: `/api/tokens/scopes?tenant=${x.code}` })],
  "DELETE /api/tokens/:id": [(x) => ({ path: `/api/tokens/${x.token}` })],
  "GET /api/company/providers": [(x) => ({ path: `/api/company/providers?tenant=${x.code}` })],
  "POST /api/company/providers": [(x) => ({ body: { name: "iso", tenantId: x.tenant } })],
  "PUT /api/company/providers/:id": [(x) => ({ path: `/api/company/providers/${x.provider}`, body: { name: "taken", issuer: "https://login.example.org", clientId: "x", scopes: "openid", roleClaim: null, roleMap: [], defaultRoles: [], creates: false, links: false, domains: [], enabled: true, version: 1 } })],
  "DELETE /api/company/providers/:id": [(x) => ({ path: `/api/company/providers/${x.provider}` })],
  "GET /api/company/tokens": [(x) => ({ path: `/api/company/tokens?ownerId=${x.user}` }), (x) => ({ path: `/api/company/tokens?q=${x.mark}&tenant=${x.code}` })],
  "POST /api/company/tokens": [(x) => ({ body: { name: "iso", scopes: ["none"], tenantId: x.tenant } })],
  "DELETE /api/company/tokens/:id": [(x) => ({ path: `/api/company/tokens/${x.token}` })],
  "GET /api/health": [() => ({})],
  "GET /api/admin/health": [() => ({})],
  "POST /api/plugins/upload": [() => ({ body: { package: "none" } })],
  "GET /api/plugins/catalog": [(x) => ({ path: `/api/plugins/catalog?tenant=${x.code}` })],
  "DELETE /api/plugins/catalog/:key": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}`, differs: ["SystemAdmin"] })],
  "POST /api/plugins/install": [
    (x) => ({ body: { pluginKey: `none-${mark.slice(4, 12)}`, tenant: x.code }, differs: ["SystemAdmin"] }),
    (x) => ({ body: { pluginKey: `none-${mark.slice(4, 12)}`, tenantId: x.tenant } }),
  ],
  "GET /api/plugins": [(x) => ({ path: `/api/plugins?tenant=${x.code}&tenantId=${x.tenant}` })],
  "GET /api/plugins/marketplace": [(x) => ({ path: `/api/plugins/marketplace?tenant=${x.code}&tenantId=${x.tenant}` })],
  "GET /api/plugins/marketplace/search": [(x) => ({ path: `/api/plugins/marketplace/search?q=clock&tenant=${x.code}` })],
  "GET /api/plugins/marketplace/:key": [(x) => ({ path: `/api/plugins/marketplace/${PLUGIN}?tenant=${x.code}` })],
  "GET /api/plugins/marketplace/:key/icon": [(x) => ({ path: `/api/plugins/marketplace/${PLUGIN}/icon?tenant=${x.code}` })],
  "GET /api/plugins/marketplace/:key/screenshots/:n": [(x) => ({ path: `/api/plugins/marketplace/${PLUGIN}/screenshots/0?tenant=${x.code}` })],
  "POST /api/plugins/marketplace/refresh": [(x) => ({ path: `/api/plugins/marketplace/refresh?tenant=${x.code}` })],
  "POST /api/plugins/marketplace/:key/fetch": [
    (x) => ({ path: `/api/plugins/marketplace/none-${mark.slice(4, 12)}/fetch?tenant=${x.code}`, body: {} }),
    (x) => ({ path: `/api/plugins/marketplace/none-${mark.slice(4, 12)}/fetch`, body: { tenant: x.code } }),
  ],
  "GET /api/plugins/categories": [(x) => ({ path: `/api/plugins/categories?tenant=${x.code}` })],
  "GET /api/plugins/health": [(x) => ({ path: `/api/plugins/health?tenant=${x.code}&tenantId=${x.tenant}` })],
  "GET /api/plugins/installations/:id/usage": [(x) => ({ path: `/api/plugins/installations/${x.installation}/usage` })],
  "GET /api/plugins/installations/:id/guests": [(x) => ({ path: `/api/plugins/installations/${x.installation}/guests` })],
  "GET /api/plugins/overview/:key/guests": [(x) => ({ path: `/api/plugins/overview/${x.plugin}/guests`, differs: ["SystemAdmin"], tellsAll: ["SystemAdmin"] })],
  "GET /api/plugins/installations": [(x) => ({ path: `/api/plugins/installations?tenant=${x.code}` })],
  "GET /api/plugins/installed": [(x) => ({ path: `/api/plugins/installed?tenant=${x.code}` })],
  "POST /api/plugins/reload": [(x) => ({ path: "/api/plugins/reload", body: { pluginKey: x.plugin } })],
  "GET /api/plugins/installations/:id": [(x) => ({ path: `/api/plugins/installations/${x.installation}` })],
  "GET /api/plugins/installations/:id/logs": [(x) => ({ path: `/api/plugins/installations/${x.installation}/logs` })],
  "POST /api/plugins/installations/:id/dev": [(x) => ({ path: `/api/plugins/installations/${x.installation}/dev`, body: { state: "error", text: "t" } })],
  "POST /api/plugins/installations/:id/dev/faults": [(x) => ({ path: `/api/plugins/installations/${x.installation}/dev/faults`, body: { message: "t" } })],
  "GET /api/plugins/installations/:id/jobs": [(x) => ({ path: `/api/plugins/installations/${x.installation}/jobs` })],
  "POST /api/plugins/installations/:id/jobs/:job/run": [(x) => ({ path: `/api/plugins/installations/${x.installation}/jobs/any/run` })],
  "POST /api/plugins/installations/:id/jobs/:job/pause": [(x) => ({ path: `/api/plugins/installations/${x.installation}/jobs/any/pause` })],
  "POST /api/plugins/installations/:id/jobs/:job/resume": [(x) => ({ path: `/api/plugins/installations/${x.installation}/jobs/any/resume` })],
  "GET /api/plugins/installations/:id/work": [(x) => ({ path: `/api/plugins/installations/${x.installation}/work` })],
  "POST /api/plugins/installations/:id/work/:item/retry": [(x) => ({ path: `/api/plugins/installations/${x.installation}/work/1/retry` })],
  "DELETE /api/plugins/installations/:id/work/:item": [(x) => ({ path: `/api/plugins/installations/${x.installation}/work/1` })],
  "POST /api/plugins/installations/:id/enable": [(x) => ({ path: `/api/plugins/installations/${x.installation}/enable` })],
  "POST /api/plugins/installations/:id/disable": [(x) => ({ path: `/api/plugins/installations/${x.installation}/disable` })],
  "DELETE /api/plugins/installations/:id": [
    (x) => ({ path: `/api/plugins/installations/${x.installation}` }),
    (x) => ({ path: `/api/plugins/installations/${x.installation}?data=export` }),
  ],
  "POST /api/plugins/installations/:id/upgrade": [(x) => ({ path: `/api/plugins/installations/${x.installation}/upgrade`, body: {} })],
  "POST /api/plugins/installations/:id/rollback": [(x) => ({ path: `/api/plugins/installations/${x.installation}/rollback`, body: {} })],
  "GET /api/plugins/installations/:id/fetches": [(x) => ({ path: `/api/plugins/installations/${x.installation}/fetches` })],
  "GET /api/plugins/installations/:id/activity": [(x) => ({ path: `/api/plugins/installations/${x.installation}/activity` })],
  "GET /api/plugins/installations/:id/configuration": [(x) => ({ path: `/api/plugins/installations/${x.installation}/configuration` })],
  "PUT /api/plugins/installations/:id/configuration": [(x) => ({ path: `/api/plugins/installations/${x.installation}/configuration`, body: { values: {} } })],
  "POST /api/plugins/installations/:id/configuration/reset": [(x) => ({ path: `/api/plugins/installations/${x.installation}/configuration/reset`, body: {} })],
  "POST /api/plugins/installations/:id/configuration/generate": [(x) => ({ path: `/api/plugins/installations/${x.installation}/configuration/generate`, body: { key: "k" } })],
  "POST /api/plugins/:key/test-connection": [(x) => ({ path: `/api/plugins/${x.plugin}/test-connection`, body: {} })],
  // The catalogue is everybody's: that a package is there, and which version, is no secret of B's.
  "GET /api/plugins/catalog/:key": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}?tenant=${x.code}`, differs: ["Admin", "SystemAdmin"] })],
  "GET /api/plugins/catalog/:key/:version/readme": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}/1.0.0/readme`, differs: ["Admin", "SystemAdmin"] })],
  "GET /api/plugins/catalog/:key/:version/changelog": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}/1.0.0/changelog`, differs: ["Admin", "SystemAdmin"] })],
  "GET /api/plugins/catalog/:key/:version/developers": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}/1.0.0/developers`, differs: ["Admin", "SystemAdmin"] })],
  "GET /api/plugins/catalog/:key/:version/screenshots/:n": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}/1.0.0/screenshots/0`, differs: ["Admin", "SystemAdmin"] })],
  "DELETE /api/plugins/catalog/:key/:version": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}/1.0.0`, differs: ["SystemAdmin"] })],
  "POST /api/plugins/catalog/:key/:version/approve": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}/9.9.9/approve`, body: { permissions: [] }, differs: ["SystemAdmin"] })],
  "POST /api/plugins/catalog/:key/:version/finish": [(x) => ({ path: `/api/plugins/catalog/${x.plugin}/9.9.9/finish`, body: {}, differs: ["SystemAdmin"] })],
  "GET /api/plugins/trust": [(x) => ({ path: `/api/plugins/trust?tenant=${x.code}` })],
  "GET /api/plugins/overview": [(x) => ({ path: `/api/plugins/overview?tenant=${x.code}`, tellsAll: ["SystemAdmin"] })],
  "GET /api/plugins/steps": [(x) => ({ path: `/api/plugins/steps?tenant=${x.code}`, tellsAll: ["SystemAdmin"] })],
  "POST /api/plugins/steps/:id/cancel": [() => ({ path: "/api/plugins/steps/999999999/cancel", body: {} })],
  "GET /api/plugins/exports": [(x) => ({ path: `/api/plugins/exports?tenant=${x.code}` })],
  "GET /api/plugins/exports/:id": [(x) => ({ path: `/api/plugins/exports/${x.export}` })],
  "DELETE /api/plugins/exports/:id": [(x) => ({ path: `/api/plugins/exports/${x.export}` })],
  "GET /api/plugins/rollouts": [(x) => ({ path: `/api/plugins/rollouts?tenant=${x.code}`, tellsAll: ["SystemAdmin"] })],
  "POST /api/plugins/rollouts": [(x) => ({ body: { pluginKey: x.plugin, version: "9.9.9", percent: 1 }, differs: ["SystemAdmin"] })],
  "GET /api/plugins/rollouts/:id": [(x) => ({ path: `/api/plugins/rollouts/${x.installation}` })],
  ...Object.fromEntries(["pause", "resume", "cancel"].map((op) =>
    [`POST /api/plugins/rollouts/:id/${op}`, [(x) => ({ path: `/api/plugins/rollouts/${x.installation}/${op}`, body: {} })]])),
  "POST /api/notifications/everyone": [() => ({ body: { title: "" } })],
  "POST /api/notifications/organization": [(x) => ({ body: { organization: x.organization, title: "" } })],
  "POST /api/notifications/one-company": [(x) => ({ body: { company: x.code, title: "" } })],
  "GET /api/organizations": [(x) => ({ path: `/api/organizations?search=${encodeURIComponent(x.organization)}`, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "PUT /api/organizations/:id": [(x) => ({ path: `/api/organizations/${x.organizationId}`, body: { name: "" } })],
  "GET /api/tenants": [(x) => ({ path: `/api/tenants?search=${x.code}`, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "GET /api/tenants/:code": [(x) => ({ path: `/api/tenants/${x.code}`, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  // Refused, as what isn't would make a company, and suspend B.
  "POST /api/tenants": [(x) => ({ body: { code: x.code, name: "iso", adminName: "iso", adminEmail: "iso" } })],
  "POST /api/tenants/:code/suspend": [(x) => ({ path: `/api/tenants/${x.code}/suspend`, body: { reason: "" } })],
  "POST /api/tenants/:code/activate": [(x) => ({ path: `/api/tenants/${x.code}/activate`, body: {}, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "PUT /api/tenants/:code/organization": [(x) => ({ path: `/api/tenants/${x.code}/organization`, body: { organization: "" } })],
  "PUT /api/tenants/:code/limits": [(x) => ({ path: `/api/tenants/${x.code}/limits`, body: { people: -1 } })],
  "POST /api/tenants/:code/deletion": [(x) => ({ path: `/api/tenants/${x.code}/deletion`, body: { code: "iso" }, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "GET /api/company/exports": [() => ({})],
  "POST /api/company/exports": [() => ({ skip: "makes one of the own company; company-export.t.mjs reads what is in it" })],
  "GET /api/company/exports/:id": [(x) => ({ path: `/api/company/exports/${x.companyExport}` })],
  "DELETE /api/company/exports/:id": [(x) => ({ path: `/api/company/exports/${x.companyExport}` })],
  "GET /api/tenants/:code/exports": [(x) => ({ path: `/api/tenants/${x.code}/exports`, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "POST /api/tenants/:code/exports": [(x) => ({ path: `/api/tenants/${x.code}/exports`, body: { x: 1 }, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "GET /api/tenants/:code/exports/:id": [(x) => ({ path: `/api/tenants/${x.code}/exports/${randomUUID()}`, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "DELETE /api/tenants/:code/exports/:id": [(x) => ({ path: `/api/tenants/${x.code}/exports/${randomUUID()}`, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  "DELETE /api/tenants/:code/deletion": [(x) => ({ path: `/api/tenants/${x.code}/deletion`, tellsAll: ["SystemAdmin"], differs: ["SystemAdmin"] })],
  // Of all companies; a mail's id is found by system admins alone.
  "GET /api/registrations": [() => ({ path: "/api/registrations" })],
  "POST /api/registrations/links": [() => ({ body: { email: "iso" } })],
  "POST /api/registrations/:id/approve": [(x) => ({ path: `/api/registrations/${x.user}/approve`, body: {} })],
  "POST /api/registrations/:id/refuse": [(x) => ({ path: `/api/registrations/${x.user}/refuse`, body: { reason: "iso" } })],
  "GET /api/mail": [() => ({ path: "/api/mail", tellsAll: ["SystemAdmin"] })],
  "POST /api/mail/test": [() => ({ skip: "to the caller" })],
  "POST /api/mail/:id/again": [(x) => ({ path: `/api/mail/${x.user}/again`, body: {} })],
  "DELETE /api/mail/:id": [(x) => ({ path: `/api/mail/${x.user}` })],
  "POST /-/work": [(x) => ({ body: { tenant: x.code } })],
  "POST /-/maintain": [(x) => ({ body: { tenant: x.code } })],
};
const A = {};

const theirs = () => ({
  tenant: B.tenant, code: B.code, user: B.user, session: B.session, conn: B.conn, email: account("Technician", 1).email, ticket: B.ticket.id, comment: B.comment.id, file: B.file, view: B.view.id, mark,
  organization: B.organization, organizationId: B.organizationId, plugin: PLUGIN, installation: B.installation.id, export: B.export, role: B.role, team: B.team, field: B.field, token: B.token, provider: B.provider, hash: B.hash,
});
const nobodys = () => ({
  tenant: 999999, code: "nobody-at-all", user: randomUUID(), session: randomUUID().replaceAll("-", ""), conn: randomUUID(), email: "nobody@nowhere.example", ticket: randomUUID(), comment: randomUUID(), file: randomUUID(), view: randomUUID(), mark: randomUUID(),
  organization: "nobodys", organizationId: 999999, plugin: "no-such-plugin", installation: randomUUID(), export: randomUUID(), companyExport: randomUUID(), provider: randomUUID(), token: randomUUID(), team: randomUUID(), field: randomUUID(), role: `r${randomUUID().slice(-12)}`, hash: randomUUID().replaceAll("-", "").repeat(2),
});

/** What an answer says, without what is different each time. */
const said = (res) => ({
  status: res.status,
  headers: Object.keys(res.headers).sort(),
  text: res.text.replace(/"ageSeconds":\d+/, "").replace(/"fetchedAt":"[^"]*"/, "").replace(/[0-9a-f]{32}/g, "ID").replace(/r[0-9a-f]{12}/g, "ROLE").replace(/no-such-plugin/g, PLUGIN),
});

function tellsNothing(res, what) {
  for (const s of secrets)
    assert.ok(!res.text.includes(s) && !JSON.stringify(res.headers).includes(s), `${what} tells ${s}: ${res.text.slice(0, 400)}`);
}

test("every route has a case here, and every case a route", () => {
  const known = routes.map((r) => `${r.method} ${r.path}`);
  assert.ok(known.length > 20);
  assert.deepEqual(known.filter((k) => !CASES[k]), [], "routes without a case: add what they could leak");
  assert.deepEqual(Object.keys(CASES).filter((k) => !known.includes(k)), [], "cases without a route");
});

test("tenant B itself sees all that the walk looks for", async () => {
  const admin = await login("Admin", 1);
  const x = theirs();
  for (const path of [`/api/tickets/${x.ticket}`, `/api/tickets/${x.ticket}/comments`, `/api/tickets/${x.ticket}/history`, `/api/tickets/${x.ticket}/attachments`, `/api/tickets?q=${mark}`,
    `/api/users?q=${x.email}`, `/api/plugins/installations/${x.installation}`, `/api/plugins/${PLUGIN}/report`, "/api/notifications/active-users"]) {
    const res = await admin.get(path);
    assert.equal(res.status, 200, `${path}: ${res.text}`);
    if (!path.endsWith("/report")) assert.throws(() => tellsNothing(res, path), path);
  }
  // The steward writes B's own call down a moment later; that is no change by A.
  await until(() => Number(psql(`select coalesce(sum(calls), 0) from mortise.plugin_usage where tenant_id = ${B.tenant} and day >= current_date - 1`)[0][0]) > B.calls);
});

test("every route with a session is closed to nobody", async () => {
  for (const r of routes.filter((x) => !x.public)) {
    const method = r.method === "*" ? "POST" : r.method;
    const res = await anonymous.request(method, r.path.replace(/:key\/$/, `${PLUGIN}/report`).replace(/:[a-z]+/g, randomUUID()), method === "GET" ? {} : { body: {} });
    assert.equal(res.status, 401, `${method} ${r.path}: ${res.text}`);
    tellsNothing(res, `${method} ${r.path} for nobody`);
  }
});

for (const role of ROLES) {
  test(`${role} of A reads, changes and learns nothing of B on any route`, async () => {
    const client = await login(role);
    // For what needs a password that was entered just now.
    psql("update mortise.sessions set confirmed_at = now() + interval '1 hour'");
    const dispatcher = await login("Dispatcher");
    await (await login("Technician", 1)).get(`/api/events?conn=${B.conn}`); // it is there for another minute
    A.ticket = (await dispatcher.post("/api/tickets", { title: `of A ${mark.slice(4)}` })).body.id;
    const was = snapshot();
    try {
      for (const route of routes) {
        for (const make of CASES[`${route.method} ${route.path}`] ?? []) {
          const one = make(theirs());
          if (one.skip) continue;
          const other = make(nobodys());
          const method = one.method ?? route.method;
          const what = `${role}: ${method} ${one.path ?? route.path}`;
          const ask = (c) => client.request(method, c.path ?? route.path, { body: c.body, raw: c.raw, headers: c.headers });
          const res = await ask(one);
          assert.ok(res.status < 500 && res.status !== 429, `${what}: ${res.status} ${res.text}`);
          if (one.tellsAll?.includes(role)) continue;
          tellsNothing(res, what);
          if (one.differs?.includes(role)) continue;
          assert.deepEqual(said(res), said(await ask(other)), what);
        }
      }
      assert.deepEqual(snapshot(), was);
    } finally {
      psql(`delete from mortise.tickets where id = '${A.ticket}'; delete from mortise.tickets where title in ('iso');
        delete from mortise.login_attempts where email = lower('${account("Admin", 1).email}')`);
    }
  });

  test(`${role} of A gets nothing of B, whatever is requested`, async () => {
    const client = await login(role);
    const dispatcher = await login("Dispatcher");
    const theirAdmin = await login("Admin", 1);
    const ws = await eventSource(`/events?channels=t.${B.tenant},o.${B.organizationId},u.${B.user}&conn=${randomUUID()}`, {
      ...client.headers, "X-Mt-Channels": `t.${B.tenant},o.${B.organizationId}`, "X-Accel-Redirect": "@events",
    });
    assert.equal(ws.status, 200);
    const heard = [];
    ws.stream.on("message", (m) => heard.push(String(m)));
    await theirAdmin.post(`/api/tickets/${B.ticket.id}/comments`, { body: mark });
    await theirAdmin.post("/api/notifications/company", { title: mark, message: "m" });
    await theirAdmin.post("/api/notifications/role", { role, title: mark, message: "m" });
    psql(`select mortise.emit('o.${B.organizationId}', 'SystemNotification', '{"title": "${mark}", "message": "m"}')`, { user: "mortise_steward" });
    // What is A's own comes after, on one channel: when it is here, B's would have been.
    const own = `own ${randomUUID()}`;
    await dispatcher.post("/api/notifications/company", { title: own, message: "m" });
    await until(() => heard.some((m) => m.includes(own)), 30000, "A's own event");
    for (const m of heard) for (const s of [mark, B.ticket.id, `"t.${B.tenant}"`, `"o.${B.organizationId}"`]) assert.ok(!m.includes(s), m);
    ws.stream.close();
  });
}

test("events and sockets can't be reached around the api pool", async () => {
  const { headers } = await login("Admin");
  for (const path of [`/sub/t.${B.tenant}`, `/pub/t.${B.tenant}`, "/@events", "/@plugin"]) {
    const res = await http("GET", path, { headers });
    tellsNothing(res, path);
    assert.ok(!/event-stream/.test(res.headers["content-type"] ?? ""), path);
  }
  for (const path of ["/events/", "/events/t.1"]) assert.notEqual((await http("GET", path, { headers })).status, 101);
});

test("no file of a package but its public assets", async () => {
  const client = await login("Admin");
  const [[sha]] = psql(`select sha256 from mortise.plugin_packages where plugin_key = '${PLUGIN}'`);
  const none = ["plugin.so", "manifest.sql", "package.zip", "../plugin.so", "..%2f..%2fstore%2f" + sha + "%2fplugin.so", "migrations/001-entries.sql", ""];
  for (const f of none) {
    const res = await client.get(`/plugin-assets/${sha}/${f}`);
    assert.ok([400, 403, 404].includes(res.status) || /text\/html/.test(res.headers["content-type"]), `${f}: ${res.status}`);
    assert.ok(!res.text.startsWith("\x7fELF") && !res.text.startsWith("PK"), f);
  }
  for (const path of ["/keys/pgpass", "/var/keys/ticket.key", "/etc/passwd", "/..%2fkeys%2fpgpass", "/assets/..%2f..%2fkeys%2fpgpass"]) {
    const res = await client.get(path);
    assert.ok(res.status >= 400 || /text\/html/.test(res.headers["content-type"]), path);
    assert.doesNotMatch(res.text, /mortise_api:/);
  }
  assert.ok(pack(PLUGIN).length > 0 && run);
});
