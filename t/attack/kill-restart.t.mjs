#!/usr/bin/env -S node --test-reporter=tap
// C1, C2: what everybody meets. A stack that has plugins is stopped and started, set up again, and made from
// its dump with roles that have no passwords; a plugin's database session can't be opened for a while.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { AWAY, bin, conf, install, login, NO_DATABASE, NO_NGINX, psql, remove, run, service, top, until, varDir } from "../lib/mortise.mjs";
import { kill, pids } from "../plugins/kill.mjs";

const KEYS = ["time-clock", "hello-world", "settings-test"];
const pg = { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") };
const sh = (file, args, options) => execFileSync(file, args, { env: pg, stdio: "pipe", encoding: "utf8", maxBuffer: 1 << 28, ...options });
const setup = () => sh(bin("mortise"), ["setup", "-c", conf, "--superuser-conn", `host=${join(run, "pg")} user=postgres dbname=postgres`]);
const poolOf = (key) => psql(`select '${key}@' || left(package_sha256, 12) from mortise.installations where plugin_key = '${key}' limit 1`)[0][0];

// Those that everyRoute() meets while the stack comes back.
const STARTING = [...AWAY, NO_NGINX, NO_DATABASE, /: 50[234] /];

/** Every route that the plugins' packages declare, in both kinds of plugin process: none may miss its database. */
async function everyRoute() {
  const admin = await login("Admin");
  let n = 0;
  for (const key of KEYS) {
    const [[routes]] = psql(`select k.routes from mortise.plugin_packages k join mortise.installations i on i.package_sha256 = k.sha256 where k.plugin_key = '${key}' limit 1`);
    for (const { method, path } of JSON.parse(routes)) {
      const at = `/api/plugins/${key}${path.replace(/:\w+/g, randomUUID())}`;
      const res = await admin.request(method, at, method === "GET" ? {} : { body: {} });
      assert.ok(res.status < 500, `${method} ${at}: ${res.status} ${res.text}`);
      n++;
    }
  }
  assert.ok(n > 5, `${n} routes`);
  assert.equal((await admin.get("/api/plugins/time-clock/report")).status, 200);
  return true;
}

before(async () => {
  for (const key of KEYS) await install(key);
  await everyRoute();
});
after(() => remove(...KEYS));

test("C1: a stack that was stopped and started serves every route of its plugins", { timeout: 240000 }, async () => {
  // Detached from our pipes, which what it starts would keep open.
  const log = openSync(join(varDir, "log/restart.log"), "a");
  sh(join(top, "scripts/server"), ["stop"], { env: process.env });
  execFileSync(join(top, "scripts/server"), ["--detach"], { env: process.env, stdio: ["ignore", log, log] });
  closeSync(log);
  await until(everyRoute, 30000, "every route", STARTING);
});

test("C1: setup of a running stack changes nothing for its plugins", { timeout: 180000 }, async () => {
  setup();
  for (const key of KEYS) kill(pids(poolOf(key))); // new workers log in again
  await until(everyRoute, 30000, "every route", STARTING);
});

test("C1: roles made from nothing get their passwords from the keys alone", { timeout: 240000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), "mortise-roles-"));
  service("stop", "mortised");
  try {
    sh("pg_dumpall", ["--roles-only", "--no-role-passwords", "-f", join(dir, "roles.sql")]);
    sh("pg_dump", ["-Fc", "-f", join(dir, "mortise.dump"), "mortise"]);
    psql("drop database mortise with (force)", { db: "postgres" });
    const ours = psql("select quote_ident(rolname) from pg_roles where rolname ~ '^(mortise_|[op]_)'", { db: "postgres" }).flat();
    psql(ours.map((r) => `drop role ${r};`).join("\n"), { db: "postgres" });
    // the only error is that the superuser exists already
    sh("psql", ["-XqAt", "-d", "postgres", "-f", join(dir, "roles.sql")]);
    assert.equal(psql("select count(*) from pg_authid where rolname ~ '^(mortise_|[op]_)' and rolpassword is not null", { db: "postgres" })[0][0], "0");
    sh("pg_restore", ["--create", "--exit-on-error", "-d", "postgres", join(dir, "mortise.dump")]);
    setup();
  } finally {
    service("start", "mortised");
    rmSync(dir, { recursive: true });
  }
  await until(everyRoute, 30000, "every route", STARTING);
});

test("C2: without a database session a plugin's pool tries once a second, says so in one line, and recovers", { timeout: 180000 }, async () => {
  const log = join(varDir, "log/mortised.log");
  const from = statSync(log).size;
  const since = () => readFileSync(log).subarray(from).toString().split("\n");
  const tech = await login("Technician");
  const [[verifier]] = psql("select rolpassword from pg_authid where rolname = 'p_time_clock'");
  const call = () => tech.get("/api/plugins/time-clock/report");
  psql("alter role p_time_clock password 'another one'");
  let n = 0, began;
  try {
    kill(pids(poolOf("time-clock")));
    await until(async () => (await call()).status === 503, 30000, "no session", [502]);
    began = Date.now();
    const stop = began + 3000;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (Date.now() < stop || n <= 20) {
          const res = await call();
          assert.equal(res.status, 503, res.text);
          assert.ok(Number(res.headers["retry-after"]) >= 1);
          n++;
        }
      }),
    );
  } finally {
    psql(`alter role p_time_clock password '${verifier}'`);
  }
  const seconds = (Date.now() - began) / 1000;
  const lines = since().filter((l) => /password authentication failed/.test(l));
  assert.ok(lines.length >= 1 && lines.length <= seconds + 2, `${lines.length} lines in ${seconds} s`);
  const started = since().filter((l) => /worker (left|crashed)/.test(l) && l.includes("time-clock@")).length;
  assert.ok(started <= 4 * seconds, `${started} workers ended in ${seconds} s`);
  await until(async () => (await call()).status === 200, 30000, "it recovers", [503]);
});
