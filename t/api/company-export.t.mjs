#!/usr/bin/env -S node --test-reporter=tap
// A whole company in one ZIP: everything of it, nothing of others and no secret, as it was at one moment; made beside, with
// bounded memory, killed and begun again; downloaded in pieces by who may, and gone after its time.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { png } from "../lib/images.mjs";
import { accounts, install, login, psql, remove, signInSystem, status, tenants, until, varDir } from "../lib/mortise.mjs";
import { mortise, refused } from "../lib/people.mjs";
import { unzip } from "../plugins/package.mjs";

const PLUGIN = "time-clock", mark = `exp-${process.pid}`;
const folder = join(varDir, "exports");
const system = await signInSystem();
let admin, other, tenant, made, file;
const PATH = "/api/company/exports";
const items = async (who = admin, path = PATH) => (await who.get(path)).body.items;
const one = async (id, who, path) => (await items(who, path)).find((e) => e.id === id);
const files = () => (existsSync(folder) ? readdirSync(folder) : []);

/** Asks for one, and answers it when it is there. */
async function exporting(who = admin, path = PATH, ms = 60000) {
  const asked = await who.post(path, {});
  assert.equal(asked.status, 202, asked.text);
  return until(async () => {
    const e = await one(asked.body.id, who, path);
    assert.notEqual(e?.state, "failed", JSON.stringify(e));
    return e?.state === "ready" && e;
  }, ms, "the export");
}

before(async () => {
  await remove(PLUGIN);
  psql("delete from mortise.company_exports");
  await install(PLUGIN, 0);
  await install(PLUGIN, 1);
  [admin, other] = [await login("Admin"), await login("Admin", 1)];
  [[tenant]] = psql(`select tenant_id from mortise.users where id = '${admin.who.id}'`);
  for (const [who, title] of [[admin, "=HYPERLINK(1)"], [other, `${mark}-foreign`]]) {
    const res = await who.post("/api/tickets", { title, description: `${mark} Größe "x"\n, 😀` });
    assert.equal(res.status, 201, res.text);
  }
  psql(`insert into x_time_clock.time_clock_entries (tenant_id, id, technician_id, technician_name, ticket_id, ticket_number, clock_in, clock_out, clocked_in_by)
    select t, gen_random_uuid(), gen_random_uuid(), case t when ${tenant} then '${mark}' else '${mark}-foreign' end, gen_random_uuid(), 7, now(), now(), gen_random_uuid() from mortise.tenants c, lateral (select c.id as t) x`);
  await admin.request("PUT", "/api/me/photo", { raw: png(8) });
  await admin.request("PUT", "/api/company/logo", { raw: png(9) });
  const mine = (await admin.get(`/api/tickets?q=${mark}`)).body.items[0];
  file = (await admin.upload(`/api/tickets/${mine.id}/attachments`, png(10), { field: "file", filename: "photo.png" })).body;
});
after(async () => {
  psql(`delete from mortise.pictures; delete from mortise.company_exports; delete from mortise.tickets where title in ('=HYPERLINK(1)', '${mark}-foreign') or title like '${mark}%'`);
  await remove(PLUGIN);
});

test("who may: administrators of the company, and the system administration", async () => {
  for (const role of ["Technician", "Dispatcher"])
    for (const res of [await (await login(role)).get(PATH), await (await login(role)).post(PATH, {})]) assert.equal(res.status, 403, res.text);
  assert.equal((await admin.post(`/api/tenants/${tenants()[0]}/exports`, {})).status, 403);
  assert.deepEqual(await items(), []);
  refused(["tenant", "export", tenants()[0]], /--to FILE/);
  refused(["tenant", "export", "nobody", "--to", "/tmp/x.zip"], /There is no company/);
});

test("it has everything of the company twice, nothing of another, and no secret", async () => {
  psql(`insert into mortise.plugin_kept_files (tenant_id, plugin_key, id, name, type, size, sha256) select tenant_id, '${PLUGIN}', id, name, type, size, sha256 from mortise.ticket_files where id = '${file.id}'`);
  made = await exporting();
  const days = (new Date(made.expiresAt) - Date.now()) / 86400e3;
  assert.ok(days > 6.9 && days < 7.1, made.expiresAt);
  const res = await admin.get(`${PATH}/${made.id}`);
  assert.equal(res.status, 200, res.text);
  assert.match(res.headers["content-disposition"], new RegExp(`^attachment; filename="${tenants()[0]}-\\d{8}-\\d{4}\\.zip"$`));
  assert.deepEqual([res.headers["content-type"], res.bytes.length], ["application/zip", made.size]);
  const zip = unzip(res.bytes);
  const manifest = JSON.parse(zip.get("manifest.json"));
  assert.deepEqual([manifest.format, manifest.company], [1, tenants()[0]]);
  assert.deepEqual(manifest.parts.map((p) => p.file).sort(), [...zip.keys()].filter((f) => f !== "manifest.json").sort());
  for (const p of manifest.parts) {
    const data = zip.get(p.file);
    assert.deepEqual([p.file, p.bytes, p.sha256], [p.file, data.length, createHash("sha256").update(data).digest("hex")]);
    if (p.file.endsWith(".jsonl")) assert.equal(data.toString().split("\n").filter(Boolean).map((l) => JSON.parse(l)).length, p.rows, p.file);
  }
  for (const part of ["tickets", "comments", "ticket-history", "people", "states", "views", "roles", "audit-log", "notifications", "company", "plugins", "plugin-settings", `plugins/${PLUGIN}/time_clock_entries`])
    assert.ok(zip.has(`${part}.jsonl`) && zip.has(`${part}.csv`), part);
  const rows = (file) => zip.get(file).toString().split("\n").filter(Boolean).map((l) => JSON.parse(l));
  assert.equal(rows("tickets.jsonl").length, Number(psql(`select count(*) from mortise.tickets where tenant_id = ${tenant}`)[0][0]));
  const ticket = rows("tickets.jsonl").find((t) => t.title === "=HYPERLINK(1)");
  assert.deepEqual([ticket.description, "words" in ticket, "tenant_id" in ticket], [`${mark} Größe "x"\n, 😀`, false, false]);
  assert.match(zip.get("tickets.csv").toString(), /^id,number,title,/);
  assert.match(zip.get("tickets.csv").toString(), /,"'=HYPERLINK\(1\)","exp-\d+ Größe ""x""\n, 😀",/);
  assert.deepEqual(rows(`plugins/${PLUGIN}/time_clock_entries.jsonl`).map((r) => r.technician_name), [mark]);
  const pictures = rows("pictures.jsonl");
  assert.deepEqual(pictures.map((p) => [p.user_id, p.type, "data" in p]).sort(), [[admin.who.id, "image/png", false], [null, "image/png", false]].sort());
  assert.ok(zip.get(`pictures/${admin.who.id}.png`).equals(png(8)) && zip.get("pictures/logo.png").equals(png(9)));
  assert.deepEqual(rows("files.jsonl").filter((f) => f.id === file.id).map((f) => [f.name, f.size]), [["photo.png", png(10).length]]);
  for (const folder of ["files", `plugins/${PLUGIN}/files`]) assert.ok(zip.get(`${folder}/${file.id}.png`).equals(png(10)), folder);
  assert.ok(rows("people.jsonl").some((u) => u.email === admin.who.email));
  const all = [...zip.values()].map(String).join("\n");
  assert.ok(!all.includes(`${mark}-foreign`) && !all.includes(other.who.email));
  assert.doesNotMatch(all, /argon2|password_hash|token_hash/);
  for (const [secret] of psql(`select password_hash from mortise.logins where tenant_id = ${tenant} and password_hash is not null union all select token_hash from mortise.sessions where tenant_id = ${tenant}`))
    assert.ok(!all.includes(secret));
});

test("a broken download goes on where it was, each piece by who may", async () => {
  const path = `${PATH}/${made.id}`;
  const whole = await admin.get(path);
  const etag = whole.headers.etag;
  assert.ok(etag && whole.headers["accept-ranges"] === "bytes");
  const cut = Math.floor(made.size / 2);
  const rest = await admin.get(path, { headers: { Range: `bytes=${cut}-`, "If-Range": etag } });
  assert.deepEqual([rest.status, rest.headers["content-range"]], [206, `bytes ${cut}-${made.size - 1}/${made.size}`]);
  assert.ok(Buffer.concat([whole.bytes.subarray(0, cut), rest.bytes]).equals(whole.bytes));
  assert.equal((await admin.get(path, { headers: { Range: `bytes=${cut}-`, "If-Range": '"another"' } })).status, 200, "another file is sent whole");
  assert.equal((await admin.get(path, { headers: { Range: `bytes=${made.size}-` } })).status, 416);
  for (const who of [other, await login("Technician")])
    assert.ok([403, 404].includes((await who.get(path, { headers: { Range: "bytes=1-" } })).status));
  assert.equal((await admin.get(`/-/exports/${made.id}.zip`)).status, 404, "not by its file");
  const log = psql(`select action, actor_name, address is not null from mortise.audit where tenant_id = ${tenant} and action like 'company.export-%' order by at`);
  assert.deepEqual(log.map((l) => l[0]).slice(-4), ["company.export-asked", "company.export-made", "company.export-downloaded", "company.export-downloaded"], "pieces are one download");
  assert.deepEqual(log.at(-1).slice(1), [admin.who.name, "t"]);
});

test("one at a time, three kept, also by the system administration; removed it is gone with its file", async () => {
  const path = `/api/tenants/${tenants()[0]}/exports`;
  const both = await Promise.all([system.post(path, {}), admin.post(PATH, {})]);
  assert.deepEqual(both.map((r) => r.status).sort(), [202, 409], both.map((r) => r.text).join());
  await until(async () => (await items()).filter((e) => e.state === "ready").length === 2, 30000, "the second");
  await exporting(system, path);
  const fourth = await admin.post(PATH, {});
  assert.deepEqual([fourth.status, fourth.body.detail], [409, "Three exports of this company are kept: remove one first"]);
  assert.equal((await system.get(`${path}/${made.id}`)).status, 200);
  for (const wrong of ["x", "00000000-0000-7000-8000-000000000000"]) assert.equal((await admin.get(`${PATH}/${wrong}`)).status, 404);
  assert.equal((await other.del(`${PATH}/${made.id}`)).status, 404);
  assert.equal((await admin.del(`${PATH}/${made.id}`)).status, 204);
  assert.ok(!files().some((f) => f.startsWith(made.id)));
  psql(`update mortise.company_exports set expires_at = now() - interval '1 s'`);
  assert.deepEqual(await items(), []);
  psql("delete from mortise.company_exports");
});

test("100,000 tickets: killed on the way it begins again, with bounded memory, as it was at one moment", { timeout: 240000 }, async (t) => {
  psql(`insert into mortise.tickets (tenant_id, id, number, title, description, created_by) select ${tenant}, gen_random_uuid(), 1000000 + n, '${mark} ' || n, repeat('text ', 40), '${admin.who.id}' from generate_series(1, 100000) n`);
  const asked = await admin.post(PATH, {});
  assert.equal(asked.status, 202, asked.text);
  const { id } = asked.body;
  const helpers = () => execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n").filter((l) => l.includes(varDir) && l.includes("--company-export")).map((l) => Number(l.trim().split(/\s+/)[0]));
  await until(async () => (await one(id))?.done > 2000, 60000, "it to be under way");
  for (const pid of helpers()) process.kill(pid, "SIGKILL");
  assert.equal((await one(id)).state, "making", "nobody has said that it failed");
  psql(`update mortise.company_exports set held_until = now() - interval '1 s' where id = '${id}'`); // what a minute does
  let most = 0;
  const began = Date.now();
  const done = await until(async () => {
    for (const pid of helpers())
      try {
        most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
      } catch {
        /* it has ended */
      }
    const e = await one(id);
    assert.notEqual(e.state, "failed", JSON.stringify(e));
    return e.state === "ready" && e;
  }, 180000, "the export");
  t.diagnostic(`${(done.size / 1e6).toFixed(1)} MB in ${((Date.now() - began) / 1000).toFixed(1)} s, the helper had ${most.toFixed(0)} MB at most`);
  assert.ok(most < 400, `${most} MB (with sanitizers)`);
  assert.deepEqual(files(), [`${id}.zip`], "and no rest of the first");
  assert.ok(status().pools.length > 0);
});

test("a command writes it to a file; what is too old goes with its file; a full disk is said", async () => {
  const dir = mkdtempSync(join(tmpdir(), "mortise-export-"));
  psql(`delete from mortise.tickets where tenant_id = ${tenant} and number > 1000000; delete from mortise.company_exports`);
  const r = mortise(["tenant", "export", tenants()[1], "--to", join(dir, "company.zip")]);
  assert.equal(r.status, 0, r.err);
  const manifest = JSON.parse(unzip(readFileSync(join(dir, "company.zip"))).get("manifest.json"));
  assert.equal(manifest.company, tenants()[1]);
  assert.deepEqual(readdirSync(dir), ["company.zip"]);
  rmSync(dir, { recursive: true });
  assert.ok(accounts().length > 0);
  await exporting();
  await until(() => files().length === 1, 5000, "the old file to be gone");
});
