#!/usr/bin/env -S node --test-reporter=tap
// The audit log: every action is in it with who, from where and in which request, no secret is, others read nothing of
// it, and what is changed behind Mortise's back shows.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { account, Client, consenting, hold, http, install, login, psql, remove, signInSystem, systemUrl, token, until, url } from "../lib/mortise.mjs";
import { good, mortise, passwordOf, removeCompanies } from "../lib/people.mjs";

const CODE = `aud-${process.pid}`;
const PLUGIN = "time-clock";
const STRONG = "correct horse battery";
const FRESH = "staple crown of copper 7";
const at = (name) => `${name}@${CODE}.example`;
const system = await signInSystem();
let admin, tenant; // of the company of this test
const secrets = [STRONG, FRESH];
after(async () => {
  psql(`delete from mortise.plugin_exports where tenant_id = ${tenant}; delete from mortise.plugin_activity where tenant_id = ${tenant};
    delete from mortise.role_permissions where tenant_id = ${tenant}; delete from mortise.installations where tenant_id = ${tenant}`);
  await remove(PLUGIN);
  removeCompanies(CODE);
});

const clientOf = (res) => new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url }, res.body.user);
const signInAs = async (email, password) => http("POST", "/api/auth/login", { body: { email, password }, headers: { Origin: url, "User-Agent": "Tester/1.0 (audit)" } });
const list = async (query = "", who = admin) => {
  const res = await who.get(`/api/audit?${query}`);
  assert.equal(res.status, 200, res.text);
  return res.body.items;
};
/** What a request left: its entries by its id, oldest first. */
const entriesOf = async (res, who = admin) => (await list(`requestId=${res.headers["x-request-id"]}`, who)).reverse();
const of = (entries) => entries.map((e) => e.action);
async function does(res, status, actions, who = admin) {
  assert.equal(res.status, status, res.text);
  const found = await entriesOf(res, who);
  assert.deepEqual(of(found), actions);
  for (const e of found) assert.ok(["127.0.0.1", "::1"].includes(e.address), JSON.stringify(e));
  return found;
}
const verify = (...args) => mortise(["audit", "verify", ...args]);
const linked = () => until(() => Number(psql("select count(*) from mortise.audit where seq is null")[0][0]) === 0, 30000, "the steward links");
const tokenOf = (link) => link.url.split("#")[1];

before(async () => {
  const made = await system.post("/api/tenants", { code: CODE, name: "Audited", adminName: "Ada Admin", adminEmail: at("ada") });
  assert.equal(made.status, 201, made.text);
  secrets.push(tokenOf(made.body.link));
  const redeemed = await http("POST", "/api/auth/link/password", { body: { token: tokenOf(made.body.link), password: STRONG }, headers: { Origin: url } });
  assert.equal(redeemed.status, 200, redeemed.text);
  admin = clientOf(redeemed);
  tenant = admin.who.tenantId;
  const server = await entriesOf(made, system);
  assert.deepEqual([of(server), server[0].actorName, server[0].targetId], [["company.added"], system.who.name, CODE]);
  const own = await does(made, 201, ["company.added", "user.invited", "password.link"]);
  assert.deepEqual(own.map((e) => [e.actorKind, e.actorName]), Array(3).fill(["person", system.who.name]), "the system admin, in the company's own log");
  const joined = await does(redeemed, 200, ["user.joined", "signin.succeeded"]);
  assert.deepEqual(joined.map((e) => e.actorName), ["Ada Admin", "Ada Admin"]);
});

test("signing in, failing to, and out", async () => {
  const wrong = await signInAs(at("ada"), "wrong");
  const [failed] = await does(wrong, 401, ["signin.failed"]);
  assert.deepEqual([failed.actorKind, failed.actorId, failed.targetName, failed.agent], ["nobody", null, "Ada Admin", "Tester/1.0 (audit)"]);
  const right = await signInAs(at("ada"), STRONG);
  const [done] = await does(right, 200, ["signin.succeeded"]);
  assert.deepEqual([done.actorKind, done.actorName, done.after], ["person", "Ada Admin", { kind: "cookie" }]);
  await does(await clientOf(right).post("/api/auth/logout"), 204, ["session.signed-out"]);
  const elsewhere = await signInAs(at("ada"), STRONG);
  const other = (await clientOf(elsewhere).get("/api/me/sessions")).body.items.find((s) => s.current).id;
  await does(await admin.del(`/api/me/sessions/${other}`), 204, ["session.ended"]);
  for (let i = 0; i < 8; i++) await signInAs(at("ada"), `wrong ${i}`);
  const [limited] = await list("action=signin.limited");
  assert.equal(limited.after.bound, "account");
  assert.equal((await list("action=signin.failed")).length, 1, "a minute's failures are one entry, and one more with their number");
  psql(`delete from mortise.login_attempts where email = '${at("ada")}'; update mortise.audit_floods set began_at = now() - interval '2 min' where tenant_id = ${tenant}`);
  const more = await until(async () => (await list("action=signin.failed")).find((e) => e.after?.more), 30000, "the number of the others");
  assert.ok(more.after.more >= 3, JSON.stringify(more));
});

test("people, their roles and passwords", async () => {
  const made = await admin.post("/api/users", { name: "Ben", email: at("ben"), roles: ["Technician"] });
  const [invited, link] = await does(made, 201, ["user.invited", "password.link"]);
  assert.deepEqual([invited.after, invited.targetId, link.after.purpose], [{ email: at("ben"), roles: ["Technician"] }, made.body.id, "invite"]);
  secrets.push(tokenOf(made.body.link));
  const path = `/api/users/${made.body.id}`;
  const [roles] = await does(await admin.patch(path, { roles: ["Technician", "Dispatcher"] }), 200, ["user.roles"]);
  assert.deepEqual([roles.before, roles.after], [{ roles: ["Technician"] }, { roles: ["Technician", "Dispatcher"] }]);
  const [renamed] = await does(await admin.patch(path, { name: "Benno" }), 200, ["user.changed"]);
  assert.deepEqual([renamed.before, renamed.after, renamed.actorName], [{ name: "Ben" }, { name: "Benno" }, "Ada Admin"]);
  await does(await admin.patch(path, { active: false }), 200, ["user.deactivated"]);
  await does(await admin.patch(path, { active: true }), 200, ["user.activated"]);
  const again = await admin.post(`${path}/link`, {});
  await does(again, 201, ["password.link"]);
  secrets.push(tokenOf(again.body));
  await does(await admin.post("/api/auth/password", { old: STRONG, new: FRESH }), 204, ["password.changed"]);
});

test("the company, permissions and plugins", async () => {
  const [company] = await does(await admin.patch("/api/company", { name: "Audited Ltd" }), 200, ["company.changed"]);
  assert.deepEqual([company.before, company.after], [{ name: "Audited" }, { name: "Audited Ltd" }]);
  await install(PLUGIN); // somewhere, so that the package is approved
  const installed = await consenting(admin, "/api/plugins/install", { pluginKey: PLUGIN });
  assert.equal(installed.status, 201, installed.text);
  const [plugin] = await list(`targetId=${PLUGIN}&action=plugin.installed`);
  assert.deepEqual([plugin.actorName, plugin.after.outcome, plugin.requestId], ["Ada Admin", "ok", installed.headers["x-request-id"]]);
  const taken = await admin.put("/api/roles/Technician/permissions", { revoke: [`${PLUGIN}:clock`] });
  const [permission] = await does(taken, 200, ["role.permissions"]);
  assert.deepEqual([permission.targetId, permission.before, permission.after], ["Technician", { [`${PLUGIN}:clock`]: true }, { [`${PLUGIN}:clock`]: false }]);
  const gone = await admin.del(`/api/plugins/installations/${installed.body.id}?data=export`);
  assert.ok(gone.status < 300, gone.text);
  const left = of(await entriesOf(gone));
  assert.ok(left.includes("plugin.uninstalled") && left.includes("export.made"), left.join());
});

test("a secret of a plugin is named and not shown", () => {
  psql(`insert into mortise.plugin_settings (tenant_id, plugin_key, settings, secrets, key_id) values (${tenant}, '${PLUGIN}', '{"every": 5}', '{"apiKey": "sealed-value"}', 1)`);
  secrets.push("sealed-value");
  const [[after]] = psql(`select after from mortise.audit where tenant_id = ${tenant} and action = 'plugin.configured' order by at desc limit 1`);
  assert.deepEqual(JSON.parse(after), { every: 5, secrets: ["apiKey"] });
  psql(`delete from mortise.plugin_settings where tenant_id = ${tenant}`);
});

test("commands: by whom, and which", async () => {
  const out = good("user", "add", at("cli"), "--tenant", CODE, "--name", "Cleo", "--role", "Technician");
  secrets.push(passwordOf(out));
  secrets.push(passwordOf(good("user", "reset-password", at("cli"))));
  good("tenant", "suspend", CODE, "--reason", "Unpaid");
  good("tenant", "activate", CODE);
  const found = await until(async () => {
    const res = await admin.get("/api/audit?actorKind=command");
    return res.status === 200 && res.body.items;
  });
  const me = process.env.SUDO_USER || execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
  assert.deepEqual(found.map((e) => [e.action, e.agent, e.actorName]).reverse().filter(([a]) => !/^password/.test(a)), [
    ["user.created", "mortise user add", me], ["company.suspended", "mortise tenant suspend", me], ["company.activated", "mortise tenant activate", me]]);
  assert.equal(found.find((e) => e.action === "company.suspended").after.reason, "Unpaid");
  const listed = good("audit", "list", "--company", CODE);
  assert.match(listed, /company\.activated +command .*company Audited Ltd/);
});

test("filters, search, pages and CSV", async () => {
  const all = await list("limit=200");
  assert.ok(all.length > 15);
  assert.deepEqual(all.map((e) => e.at), all.map((e) => e.at).sort().reverse(), "the newest first");
  const mine = await list(`actorId=${admin.who.id}&limit=200`);
  assert.ok(mine.length > 5 && mine.every((e) => e.actorName === "Ada Admin"));
  assert.ok((await list("area=user")).every((e) => e.action.startsWith("user.")));
  assert.deepEqual(of(await list("q=benno")).filter((a) => !/^(user|password)/.test(a)), []);
  const from = all.at(-3).at;
  assert.equal((await list(`at=${encodeURIComponent(from)}..&limit=200`)).length, all.filter((e) => e.at >= from).length);
  const ids = [];
  for (let cursor = ""; cursor !== null; ) {
    const { body } = await admin.get(`/api/audit?limit=7${cursor && `&cursor=${cursor}`}`);
    ids.push(...body.items.map((e) => e.id));
    cursor = body.nextCursor;
  }
  assert.deepEqual(ids, all.map((e) => e.id));
  const csv = await admin.get("/api/audit.csv?area=company");
  assert.match(csv.headers["content-type"], /text\/csv/);
  assert.match(csv.text, /^id,at,action,[^\r]*\r\n[^\r]*company\.activated/);
});

test("who may read it", async () => {
  for (const path of ["/api/audit", "/api/audit.csv"]) {
    for (const role of ["Technician", "Dispatcher"]) assert.equal((await (await login(role)).get(path)).status, 403, role);
    assert.equal((await admin.get(`${path}?company=${account("Admin").tenant}`)).status, 403);
    assert.equal((await admin.get(`${path}?chain=server`)).status, 403);
    assert.equal((await http("GET", path, { base: systemUrl })).status, 401);
  }
  const others = await (await login("Admin")).get("/api/audit?limit=200");
  assert.ok(!others.text.includes(CODE), "another company's administrator");
  const theirs = await list(`company=${CODE}&limit=200`, system);
  assert.deepEqual(theirs.map((e) => e.id), (await list("limit=200")).map((e) => e.id), "a system admin reads a company's");
  assert.equal((await system.get("/api/audit?company=nobody-there")).status, 404);
  assert.ok((await list("area=company", system)).some((e) => e.targetId === CODE), "and the server's");
  const program = await token("SystemAdmin");
  assert.deepEqual((await program.get("/api/audit?chain=server&limit=5")).body.items.map((e) => e.targetKind.length > 0), Array(5).fill(true));
  assert.equal((await admin.post("/api/audit", {})).status, 405);
});

test("no secret is in it", () => {
  const text = psql(`select string_agg(a::text, ' ') from mortise.audit a`)[0][0];
  for (const secret of secrets) assert.ok(!text.includes(secret), secret);
  assert.doesNotMatch(text, /argon2/);
  for (const [hash] of psql("select password_hash from mortise.logins where password_hash is not null limit 5 ")) assert.ok(!text.includes(hash));
});

test("requests at once, and a steward that was away: nothing is lost and the chain is whole", async () => {
  const { body: user } = await admin.post("/api/users", { name: "Cora", email: at("cora"), roles: ["Technician"] });
  const letGo = await hold("mortise.audit_heads"); // the steward waits for it
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) => admin.patch(`/api/users/${user.id}`, { name: `Cora ${i}` })));
  const done = all.filter((r) => r.status === 200).map((r) => r.headers["x-request-id"]);
  assert.ok(done.length > 0);
  for (const id of done) assert.deepEqual(of(await list(`requestId=${id}`)), ["user.changed"]);
  await letGo();
  await linked();
  const seq = psql(`select seq from mortise.audit where tenant_id = ${tenant} order by seq`).flat().map(Number);
  assert.deepEqual(seq, seq.map((_, i) => i + 1));
  assert.equal(verify().status, 0, verify().out);
});

test("verify finds what was changed, removed and swapped", async () => {
  await linked();
  const broken = (change) => {
    // In a transaction that ends with the check: the log of the other tests stays whole.
    const [row] = psql(`begin; set local session_replication_role = replica; ${change.replaceAll("OWN", `tenant_id = ${tenant}`)};
      select bad || ' ' || why from mortise.audit_verify('${CODE}'); rollback`).filter((r) => r[0] !== "");
    return row[0];
  };
  assert.equal(broken("update mortise.audit set target_name = 'Somebody' where OWN and seq = 3"), "3 changed");
  assert.equal(broken("delete from mortise.audit where OWN and seq = 4"), "4 removed");
  assert.equal(broken("update mortise.audit set seq = -seq + 2007 where OWN and seq in (3, 4); update mortise.audit set seq = seq - 2000 where OWN and seq > 2000"), "3 changed");
  const whole = verify("--company", CODE);
  assert.match(whole.out, new RegExp(`^${CODE}: whole, entries: \\d+, ends with [0-9a-f]{64}$`, "m"));
  psql(`begin; set local session_replication_role = replica; update mortise.audit set request_id = request_id || 'x' where tenant_id = ${tenant} and seq = 2; commit`);
  try {
    const bad = verify("--company", CODE);
    assert.deepEqual([bad.status, bad.out], [1, `${CODE}: BROKEN at entry 2, which was changed\n`], bad.err);
  } finally {
    psql(`begin; set local session_replication_role = replica; update mortise.audit set request_id = left(request_id, -1) where tenant_id = ${tenant} and seq = 2; commit`);
  }
  assert.equal(verify("--company", CODE).status, 0);
  assert.match(verify("--company", "nobody-there").err, /There is no company "nobody-there"/);
  for (const role of ["mortise_api", "mortise_admin", "mortise_steward"])
    assert.throws(() => psql("delete from mortise.audit", { user: role }), /permission denied|authentication/);
});
