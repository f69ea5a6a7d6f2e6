#!/usr/bin/env -S node --test-reporter=tap
// The clock jumps, two hours ahead and back again, while everything runs. The database's is the one that sessions, leases,
// links and due times are measured by: PostgreSQL runs with libfaketime, which reads how far it is off from a file.
// Deadlines of requests are monotonic and know nothing of it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { account, bin, conf, AWAY, http, login, NO_DATABASE, psql, service, servicePid, signIn, until, url, varDir } from "../lib/mortise.mjs";
import { Follower } from "../lib/stream.mjs";

const LIBRARY = ["x86_64", "aarch64"].map((m) => `/usr/lib/${m}-linux-gnu/faketime/libfaketime.so.1`).find(existsSync);
const HOURS = 2;
const dir = mkdtempSync(join(tmpdir(), "mortise-clock-"));
const file = join(dir, "offset");
let postgres, admin, technician, follower;

const works = async () => (await technician.get("/api/tickets")).status === 200;
const off = () => Number(psql("select round(extract(epoch from clock_timestamp()))")[0][0]) - Date.now() / 1000;

/** The clock jumps: the next that anybody asks for is another time. */
async function jump(hours) {
  writeFileSync(file, `${hours < 0 ? "-" : "+"}${Math.abs(hours)}h\n`);
  await until(() => Math.abs(off() - hours * 3600) < 60, 30000, "another time");
}

before(async () => {
  assert.ok(LIBRARY, "Debian's package libfaketime is there");
  [admin, technician] = [await login("Admin"), await login("Technician", 0, 1)];
  follower = await new Follower(technician).start();
  const pid = servicePid("postgres");
  const [command, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  const { uid, gid } = statSync(join(varDir, "pg/PG_VERSION"));
  chmodSync(dir, 0o755);
  writeFileSync(file, "+0\n");
  service("stop", "postgres");
  const env = { ...process.env, LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  delete env.ASAN_OPTIONS;
  postgres = spawn(command, args, { uid, gid, cwd: "/", env, stdio: "ignore" });
  await until(works, 30000, "service with that database", AWAY);
});
after(async () => {
  await follower?.stop();
  const gone = new Promise((resolve) => postgres.on("exit", resolve));
  postgres.kill("SIGINT");
  await gone;
  service("start", "postgres");
  await until(works, 30000, "service is back", [...AWAY, NO_DATABASE]);
  psql("delete from mortise.users where email like '%@clock.example'; delete from mortise.login_attempts where email = 'who@clock.example'; delete from mortise.sessions where created_at > now() + interval '1 min'");
  rmSync(dir, { recursive: true });
});

/** A sign-in with a wrong password. */
const wrong = async () => (await http("POST", "/api/auth/login", { body: { email: "who@clock.example", password: "wrong" }, headers: { Origin: url } })).status;

/** What has to work whatever time it is. */
async function everyday(name) {
  assert.ok(await works(), "a session from before goes on");
  assert.equal((await (await signIn(account("Dispatcher"))).get("/api/me")).status, 200, "people sign in");

  const title = `clock ${name}`;
  const ticket = await admin.post("/api/tickets", { title });
  assert.equal(ticket.status, 201, ticket.text);
  const sent = await admin.post("/api/notifications/user", { targetUserId: technician.who.id, title, message: "x" });
  assert.equal(sent.status, 200, sent.text);
  await until(() => follower.events.some((e) => e.data.title === title), 30000, "an event");
  assert.equal((await technician.get("/api/notifications?limit=5")).body.items.filter((n) => n.title === title).length, 1, "it is in the inbox");

  const invited = await admin.post("/api/users", { name: "Clock", email: `${name}@clock.example`, roles: ["Technician"] });
  assert.equal(invited.status, 201, invited.text);
  const chosen = await http("POST", "/api/auth/link/password", { body: { token: invited.body.link.url.split("#")[1], password: "correct horse battery" }, headers: { Origin: url } });
  assert.equal(chosen.status, 200, chosen.text);

  // Its answer comes when the right has ended on every host.
  const person = `/api/users/${psql(`select id from mortise.users where email = '${name}@clock.example'`)[0][0]}`;
  assert.equal((await admin.patch(person, { roles: ["Dispatcher"] })).status, 200, "another role");

  const made = await admin.post("/api/company/exports", {});
  assert.equal(made.status, 202, made.text);
  await until(async () => (await admin.get("/api/company/exports")).body.items.find((e) => e.id === made.body.id)?.state === "ready", 60000, "the steward's work is done");
  assert.equal((await admin.del(`/api/company/exports/${made.body.id}`)).status, 204);
  psql(`delete from mortise.tickets where id = '${ticket.body.id}'`);
}

test("before", { timeout: 120000 }, () => everyday("before"));

test("two hours ahead: sessions, events, links and the steward's work go on; a link of an hour is over", { timeout: 120000 }, async () => {
  const made = await admin.post(`/api/users/${technician.who.id}/link`, {});
  assert.equal(made.status, 201, made.text);
  await jump(HOURS);
  await everyday("ahead");
  const used = await http("POST", "/api/auth/link/password", { body: { token: made.body.url.split("#")[1], password: "correct horse battery" }, headers: { Origin: url } });
  assert.equal(used.status, 404, used.text);
  assert.match(used.body.detail, /its time is over/);
  await until(async () => (await wrong()) === 429, 60000, "it has to wait");
});

test("back again: what was made in the future holds up nothing", { timeout: 120000 }, async () => {
  await jump(0);
  // A process looks at the file once a second.
  await until(async () => (await wrong()) === 401, 30000, "nobody waits until that time comes");
  await everyday("back");
  execFileSync(bin("mortise"), ["audit", "verify", "-c", conf]);
});
