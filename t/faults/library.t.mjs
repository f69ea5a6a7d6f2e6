#!/usr/bin/env -S node --test-reporter=tap
// What was checked is what runs: a library that was changed in the store after its upload is never loaded.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AWAY, install, login, NO_MASTER, psql, remove, service, servicePid, until, varDir } from "../lib/mortise.mjs";
import { pools } from "../plugins/package.mjs";

let file, good, id;
const call = async () => (await login("Dispatcher")).get("/api/plugins/time-clock/report");

before(async () => {
  await remove("time-clock");
  id = (await install("time-clock")).installation.id;
  const [[sha]] = psql("select package_sha256 from mortise.installations where plugin_key = 'time-clock' limit 1");
  file = join(varDir, "store", sha, "plugin.so");
  good = readFileSync(file);
  assert.equal((await call()).status, 200);
});
after(() => {
  if (good) put(good);
  return remove("time-clock");
});

/** Beside the old one and renamed, as an attacker would who doesn't want to be seen by who has it open. */
function put(bytes) {
  copyFileSync(file, `${file}.new`);
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}

/** Every worker of the pool goes, so that the next call needs one that loads the library anew. */
async function restartPool() {
  const before = servicePid("mortised");
  service("stop", "mortised");
  service("start", "mortised");
  await until(() => servicePid("mortised") !== before, 30000, "a new master", [/ENOENT/]);
  await until(() => pools("time-clock").length > 0, 30000, "its pool", [NO_MASTER]);
}

test("a changed library is refused, its plugin goes to quarantine, and the right one works again", async () => {
  const bad = Buffer.from(good);
  bad[bad.length - 1] ^= 1;
  put(bad);
  await restartPool();
  const res = await call();
  assert.ok([502, 503].includes(res.status), `${res.status} ${res.text}`);
  await until(async () => /quarantine/.test((await call()).body?.type ?? ""), 30000, "quarantine", AWAY);
  const log = readFileSync(join(varDir, "log/mortised.log"), "utf8");
  assert.match(log, /is not the library that was checked/);

  put(good);
  const admin = await login("Admin");
  const again = await admin.post(`/api/plugins/installations/${id}/enable`);
  assert.equal(again.status, 200, again.text);
  assert.equal((await call()).status, 200);
});

test("a library that is changed while a worker has it changes nothing for that worker", async () => {
  assert.equal((await call()).status, 200);
  writeFileSync(file, Buffer.alloc(good.length, 0)); /* in place: a mapped file would be zeroes now */
  for (let i = 0; i < 5; i++) assert.equal((await call()).status, 200);
  put(good);
});
