#!/usr/bin/env -S node --test-reporter=tap
// Defect 1: what downloads from a marketplace is taken to be taken over. It has a user that is nobody here, a
// list of system calls, and no way to the master (what it may still do itself: t/unit/marketplace_confine.c).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { configure } from "../lib/conf.mjs";
import { conf, login, run, status, until, varDir } from "../lib/mortise.mjs";
import { catalogue, certificates, files, serve } from "../plugins/shop.mjs";

const M = "/api/plugins/marketplace";
const folder = mkdtempSync(join(tmpdir(), "mortise-fetch-"));
chmodSync(folder, 0o755);
const isRoot = process.getuid() === 0;
const firstUid = Number(/^\s*plugin_uid_first\s*=\s*(\d+)/m.exec(readFileSync(conf, "utf8"))?.[1] ?? 70000);
const UID = isRoot ? firstUid - 2 : process.getuid();
let shop, back, sys, hold;

const admins = () => status().pools.find((p) => p.name === "admin").workers;
const pool = () => status().pools.find((p) => p.name === "fetch");
/** The fields of /proc/PID/status. */
const about = (pid) => Object.fromEntries(readFileSync(`/proc/${pid}/status`, "utf8").split("\n").map((l) => l.split(/:\s*/)));
const downloads = () => {
  const parents = new Set(pool().workers.map((w) => String(w.pid)));
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && parents.has(about(pid).PPid);
    } catch {
      return false; // ended meanwhile
    }
  });
};

before(async () => {
  sys = await login("SystemAdmin");
  const made = certificates(folder, "fetch");
  // A file that only its owner may read: the admin pool opens it, not who fetches.
  chmodSync(made.ca, 0o600);
  if (isRoot) chownSync(made.ca, Number(coreUser()), -1);
  shop = await serve({ key: made.key, cert: made.cert });
  back = await configure({
    marketplace: `https://127.0.0.1:${shop.port}/plugins.json`,
    marketplace_ca: made.ca,
    marketplace_allow: `127.0.0.1:${shop.port}`,
  });
});

/** The user of the core's processes. */
function coreUser() {
  return about(admins()[0].pid).Uid.split("\t")[0];
}

after(async () => {
  hold?.();
  await back?.();
  await shop?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a download runs as a user of its own, under seccomp, without rights and with no descriptor but its own", async () => {
  const waits = new Promise((done) => (hold = done));
  shop.answer = async (req, res) => {
    await waits;
    files({ "/plugins.json": catalogue() })(req, res);
  };
  const asked = sys.post(`${M}/refresh`, {}, { deadline: 60000 });
  const [pid] = await until(() => shop.busy > 0 && downloads());
  const is = about(pid);
  assert.deepEqual(is.Uid.split("\t"), Array(4).fill(String(UID)));
  if (isRoot) {
    assert.deepEqual(is.Gid.split("\t"), Array(4).fill(String(UID)));
    assert.equal(is.Groups.trim(), "");
    assert.notEqual(is.Uid.split("\t")[0], coreUser());
  }
  assert.equal(is.CapEff, "0000000000000000");
  assert.equal(is.NoNewPrivs, "1");
  assert.equal(is.Seccomp, "2");
  // Connection, output, log, file, authorities, and what libcurl opened: no listener, no control socket.
  if (isRoot) assert.ok(readdirSync(`/proc/${pid}/fd`).length <= 12, readdirSync(`/proc/${pid}/fd`).join(" "));
  hold();
  assert.equal((await asked).status, 200, (await asked).text);
  await until(() => downloads().length === 0);
});

test("status says what confines it", () => {
  assert.match(pool().workers[0].note, /^seccomp /);
});

test("its user can connect neither to the master nor to another pool", { skip: isRoot ? false : "without root it has no user of its own" }, () => {
  const script = `
    const fs = require("fs"), net = require("net");
    const paths = process.argv.slice(1);
    const one = (p) => new Promise((done) => {
      const s = net.connect(p);
      s.on("connect", () => { s.destroy(); done(p + " connected"); });
      s.on("error", (e) => done(p + " " + e.code));
    });
    Promise.all(paths.map(one)).then((l) => console.log(l.join("\\n")));`;
  const paths = ["control.sock", "fetch.sock", "admin.sock", "api.sock"].map((s) => join(run, s));
  const said = execFileSync(
    "setpriv", [`--reuid=${UID}`, `--regid=${UID}`, "--clear-groups", "--no-new-privs", process.execPath, "-e", script, ...paths],
    { encoding: "utf8", cwd: "/" },
  );
  assert.equal(said.trim(), paths.map((p) => `${p} EACCES`).join("\n"));
  const keys = execFileSync(
    "setpriv", [`--reuid=${UID}`, `--regid=${UID}`, "--clear-groups", "sh", "-c", 'cat "$0"/* 2>/dev/null | wc -c', join(varDir, "keys")],
    { encoding: "utf8", cwd: "/" },
  );
  assert.equal(keys.trim(), "0");
});

test("when the worker that wanted it has gone, the download ends", async () => {
  shop.answer = () => {}; // never
  const broken = sys.post(`${M}/refresh`, {}, { deadline: 60000 });
  await until(() => shop.busy > 0 && downloads().length > 0);
  process.kill(admins().find((w) => w.busy).pid, "SIGKILL");
  assert.equal((await broken).status, 502);
  await until(() => downloads().length === 0);
});
