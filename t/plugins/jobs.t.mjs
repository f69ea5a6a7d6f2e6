#!/usr/bin/env -S node --test-reporter=tap
// Jobs of a plugin: by schedule, from code and by hand; one after the other, tried again, given up, ended at their deadline.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { person, violations } from "../browser/browser.mjs";
import { launch } from "../browser/launch.mjs";
import { install, login, psql, remove, status, until } from "../lib/mortise.mjs";
import { faults, remake, upload } from "./package.mjs";

const KEY = "worker";
let admin, id;
const at = (path) => `/api/plugins/installations/${id}/${path}`;
const start = (body) => admin.post(`/api/plugins/${KEY}/start`, { args: {}, ...body });
const ran = async () => (await admin.get(`/api/plugins/${KEY}/ran`)).body.items;
const work = async (query = "") => (await admin.get(at(`work${query}`))).body.items;
const job = async (name) => (await admin.get(at("jobs"))).body.items.find((j) => j.name === name);
const ended = (name, state) => until(async () => (await work(`?job=${name}`)).find((w) => w.state === state), 30000, `${name} is ${state}`);

before(async () => {
  await remove(KEY);
  ({ admin, installation: { id } } = await install(KEY));
});
after(() => remove(KEY));

test("a manifest's jobs and the library's are the same, and schedules are schedules", async () => {
  const res = await upload(remake(KEY, ({ manifest }) => {
    manifest.version = "1.0.1";
    manifest.jobs[0].schedule = "61 * * * *";
    manifest.jobs[1].timeZone = "/etc";
  }));
  assert.equal(res.status, 422);
  const said = faults(res);
  assert.match(said.get("/manifest.json#/jobs/0/schedule")[0], /five fields as in crontab/);
  assert.match(said.get("/manifest.json#/jobs/1/timeZone")[0], /Europe\/Berlin/);
});

test("a schedule that has come runs once, and is computed anew", async () => {
  await until(async () => (await job("tick")).nextAt, 30000, "it is computed");
  const next = (await job("tick")).nextAt;
  assert.match(next, /-01-01T|-12-31T/);
  psql("update mortise.plugin_schedules set next_at = now() - interval '3 days'");
  await until(async () => (await ran()).length === 1, 30000, "it ran");
  await ended("tick", "done");
  assert.equal((await ran())[0].job, "job:tick");
  assert.equal((await job("tick")).nextAt, next);
  const [w] = await work("?job=tick");
  assert.deepEqual([w.askedBy, w.attempts, w.progress, w.fault], ["schedule", 1, 100, null]);
});

test("paused it doesn't run; by hand it does", async () => {
  assert.equal((await admin.post(at("jobs/tick/pause"))).status, 204);
  assert.equal((await job("tick")).nextAt, null);
  assert.ok((await job("tick")).pausedBy);
  assert.equal((await admin.post(at("jobs/tick/run"))).status, 204);
  await until(async () => (await ran()).length === 2, 30000, "it ran");
  assert.equal((await work("?job=tick"))[0].askedBy, "person");
  assert.equal((await admin.post(at("jobs/tick/resume"))).status, 204);
  await until(async () => (await job("tick")).nextAt, 30000, "it is computed again");
  assert.equal((await admin.post(at("jobs/nothing/pause"))).status, 404);
  assert.equal((await (await login("Technician")).post(at("jobs/tick/run"))).status, 403);
  assert.equal((await (await login("Admin", 1)).get(at("jobs"))).status, 404);
});

test("from code: with arguments, with its transaction, never two of a key at once", async () => {
  assert.equal((await start({ name: "note", undo: 1 })).status, 202);
  assert.equal((await start({ name: "nothing" })).status, 400);
  assert.equal((await start({ name: "note", key: "k", afterMs: 86400000 })).status, 202, "waits, and holds up nobody");
  assert.equal((await start({ name: "note", times: 3, key: "k", args: { slow: true } })).status, 202);
  await until(async () => (await ran()).filter((r) => r.job === "job:note").length >= 3, 30000, "all ran");
  const mine = (await ran()).filter((r) => r.job === "job:note");
  assert.equal(mine.length, 3, "what was rolled back was never there");
  assert.deepEqual(mine[0].args, { slow: true });
  for (const [i, r] of mine.entries()) if (i) assert.ok(Date.parse(r.began_at) >= Date.parse(mine[i - 1].ended_at), JSON.stringify(mine));
});

test("what fails is tried again, later, and given up with its reason; then a person may try", async () => {
  assert.equal((await start({ name: "fail" })).status, 202);
  await until(async () => (await work("?job=fail"))[0].attempts === 1 && (await work("?job=fail"))[0].state === "due", 30000, "it failed once");
  let [w] = await work("?job=fail");
  assert.match(w.fault, /out of order/);
  assert.ok(Date.parse(w.dueAt) > Date.now(), "not at once");
  psql("update mortise.plugin_work set due_at = now() where name = 'fail'");
  w = await ended("fail", "failed");
  assert.equal(w.attempts, 2);
  assert.equal((await admin.post(at(`work/${w.id}/retry`))).status, 204);
  assert.equal((await admin.post(at(`work/${w.id}/retry`))).status, 409);
  await until(async () => { const [x] = await work("?job=fail"); return x.attempts === 1 && x.state === "due"; }, 30000, "it was tried again");
  assert.equal((await admin.del(at(`work/${w.id}`))).status, 204);
  assert.equal((await work("?job=fail"))[0].state, "cancelled");
});

test("one that hangs and one that crashes end, are given up, and harm nobody", async () => {
  assert.equal((await start({ name: "hang" })).status, 202);
  assert.equal((await start({ name: "crash" })).status, 202);
  await until(async () => (await work("?job=hang"))[0].state === "running", 30000, "it hangs");
  assert.equal((await ran()).length > 0, true, "requests are answered meanwhile");
  assert.match((await ended("hang", "failed")).fault, /in time/);
  assert.match((await ended("crash", "failed")).fault, /crashed|ended/);
  assert.equal((await start({ name: "note", args: { after: 1 } })).status, 202);
  await until(async () => (await ran()).some((r) => r.args.after === 1), 30000, "work goes on");
});

test("a company that queues much doesn't hold up another", async () => {
  const { admin: other, installation } = await install(KEY, 1);
  assert.equal((await start({ name: "note", times: 200 })).status, 202);
  assert.equal((await other.post(`/api/plugins/${KEY}/start`, { name: "note", args: {} })).status, 202);
  const theirs = async () => (await other.get(`/api/plugins/installations/${installation.id}/work?job=note`)).body.items[0];
  await until(async () => (await theirs()).state === "done", 60000, "the other company's ran");
  const started = Date.parse((await theirs()).startedAt);
  const [[before, all]] = psql(`select count(*) filter (where w.started_at < to_timestamp(${started / 1000})), count(*)
    from mortise.plugin_work w join mortise.installations i using (tenant_id, plugin_key) where i.id = '${id}' and w.name = 'note'
      and w.created_at > now() - interval '1 minute'`);
  assert.ok(Number(before) < 100 && Number(all) >= 200, `${before} of ${all} ran before it`);
  assert.equal((await other.del(`/api/plugins/installations/${installation.id}`)).status, 204);
  psql("delete from mortise.plugin_work where name = 'note' and state = 'due'");
});

test("a worker that is killed in the middle loses the item, which is done again", async () => {
  assert.equal((await start({ name: "note", args: { slow: true, killed: 1 } })).status, 202);
  await until(async () => (await work("?job=note"))[0].state === "running" || (await work("?job=note"))[0].state === "done", 30000, "it runs");
  for (const p of status().pools.find((x) => x.name === "jobs").workers) process.kill(p.pid, "SIGKILL");
  psql("update mortise.plugin_work set lease_until = now() - interval '1 s' where state = 'running'");
  await until(async () => (await work("?job=note"))[0].state !== "running", 30000, "it was lost, or done");
  psql("update mortise.plugin_work set due_at = now() where state = 'due'");
  await until(async () => (await ran()).some((r) => r.args.killed === 1), 30000, "at least once");
});

test("an administrator sees what ran and why it failed, pauses, runs and tries again", async (t) => {
  const browser = await launch(t);
  const page = await person(browser, "Admin", { path: `/plugins/${KEY}/manage?tab=jobs` });
  const line = (name) => page.locator(".jobs > li", { hasText: name });
  const first = page.locator(".runs > li").first();
  await line("Tick").getByRole("button", { name: "Pause" }).click();
  await line("Tick").getByText("Paused by").waitFor();
  await line("Tick").getByRole("button", { name: "Resume" }).click();
  await line("Tick").getByText("Next:").waitFor();
  await line("Fail").getByRole("button", { name: "Run now" }).click();
  await first.getByText("out of order").waitFor();
  await first.getByRole("button", { name: "Run again" }).click();
  await first.getByText("Given up").waitFor();
  await page.getByRole("button", { name: "State:" }).click();
  await page.getByRole("option", { name: "Cancelled" }).click();
  await page.locator(".runs > li").filter({ hasNotText: "Cancelled" }).waitFor({ state: "detached" });
  assert.deepEqual(await violations(page), []);
});

test("disabled it does nothing, uninstalled nothing is left", async () => {
  assert.equal((await admin.post(at("disable"))).status, 200);
  assert.equal((await admin.post(at("jobs/tick/run"))).status, 409);
  assert.equal((await admin.post(at("enable"))).status, 200);
  assert.equal((await start({ name: "note", afterMs: 3600000 })).status, 202);
  assert.equal((await admin.del(`/api/plugins/installations/${id}`)).status, 204);
  assert.equal(psql("select (select count(*) from mortise.plugin_work) + (select count(*) from mortise.plugin_schedules)")[0][0], "0");
});
