#!/usr/bin/env -S node --test-reporter=tap
// Where the kernel lacks Landlock or seccomp no plugin runs, unless the operator sets plugin_sandbox = weak.
// lacking.c makes this kernel such a one for the processes of a plugin.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bin, build, run, top, until, varDir } from "../lib/mortise.mjs";

let dir, lacking, so, secret;

before(() => {
  dir = mkdtempSync(join(tmpdir(), "mortise-lacking-"));
  chmodSync(dir, 0o755);
  lacking = join(dir, "lacking");
  so = join(dir, "plugin.so");
  secret = join(dir, "secret");
  execFileSync("cc", ["-o", lacking, join(top, "t/attack/lacking.c")]);
  writeFileSync(so, execFileSync("unzip", ["-p", join(build, "plugins/hello-world.zip"), "plugin.so"]));
  const line = readFileSync(join(varDir, "keys/pgpass"), "utf8").split("\n").find((l) => l.split(":")[3] === "postgres");
  writeFileSync(secret, `${line.split(":")[4]}\n${"00".repeat(32)}\n`, { mode: 0o600 });
});
after(() => rmSync(dir, { recursive: true }));

const LACKING = {
  landlock: /seccomp no-landlock/,
  seccomp: /no-seccomp landlock-\d/,
  both: /no-seccomp no-landlock/,
};

/** A trial load, as before a package is taken. */
const trial = (what, sandbox) =>
  spawnSync(lacking, [what, bin("mortise-plugin"), "--check", so], {
    encoding: "utf8",
    env: { ...process.env, MORTISE_SANDBOX: sandbox },
    timeout: 60000,
  });

/** A host, as the master would start it: {code, said} when it has ended or, unless it `refuses`, has a guest that lives. */
async function host(what, sandbox, refuses = false) {
  const fd = openSync(secret, "r");
  const child = spawn(lacking, [what, bin("mortise-plugin")], {
    stdio: ["ignore", "pipe", "pipe", fd],
    env: {
      ...process.env,
      MORTISE_SANDBOX: sandbox,
      MORTISE_PLUGIN_SO: so,
      MORTISE_PLUGIN_SHA256: createHash("sha256").update(readFileSync(so)).digest("hex"),
      MORTISE_PLUGIN_KEY: "hello-world",
      MORTISE_POOL: "hello-world@lacking",
      MORTISE_DB_HOST: join(run, "pg"),
      MORTISE_DB_NAME: "mortise",
      MORTISE_DB_ROLE: "postgres",
      MORTISE_SECRET_FD: "3",
    },
  });
  closeSync(fd);
  let said = "", code = null;
  const hear = (d) => (said += d);
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  child.on("exit", (status, signal) => (code = status ?? signal));
  const guest = () => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes("mortise-guest hello-world@lacking");
  try {
    await until(() => code !== null || (!refuses && guest()), 30000, "it refuses, or starts a guest").catch((e) => (said += e));
    // A guest that can't be used takes its host with it.
    if (code === null && !refuses) await until(() => code !== null, 1500).catch(() => {});
    return { code, said };
  } finally {
    child.kill("SIGKILL");
    await until(() => !guest(), 30000, "its guest is gone");
  }
}

test("where nothing lacks a plugin is loaded", async () => {
  const res = trial("nothing", "strict");
  assert.equal(res.status, 0, res.stdout + res.stderr);
  assert.equal(JSON.parse(res.stdout).key, "hello-world");
  const { code, said } = await host("nothing", "strict");
  assert.ok(!/can't confine plugins|can't be used/.test(said) && code !== 2, `${code}: ${said}`);
});

for (const [what, note] of Object.entries(LACKING)) {
  test(`without ${what} no package is taken, and it says what lacks and what can be done`, () => {
    const { status, stdout, stderr } = trial(what, "strict");
    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout, /can't be confined/);
    assert.match(stdout, note);
    assert.match(stdout, /plugin_sandbox = weak/);
  });

  test(`without ${what} a host refuses to start, and it says so`, async () => {
    const { code, said } = await host(what, "strict", true);
    assert.equal(code, 2, said);
    assert.match(said, /this kernel can't confine plugins/);
    assert.match(said, note);
    assert.match(said, /plugin_sandbox = weak/);
  });

  test(`without ${what} and with plugin_sandbox = weak plugins run all the same`, async () => {
    const res = trial(what, "weak");
    assert.equal(res.status, 0, res.stdout + res.stderr);
    assert.equal(JSON.parse(res.stdout).key, "hello-world");
    const { code, said } = await host(what, "weak");
    assert.ok(!/can't confine plugins|can't be used/.test(said) && code !== 2, `${code}: ${said}`);
  });
}
