#!/usr/bin/env -S node --test-reporter=tap
// plugins/README.md takes a newcomer from nothing to hello world: its commands, literally, in a folder
// that has what a checkout has. `plugin dev` stays in the background, as in a terminal of its own.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, login, remove, top, until, url, varDir } from "../lib/mortise.mjs";

const KEY = "hello-you";
const text = readFileSync(join(top, "plugins/README.md"), "utf8");
const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((m) => m[1]);
const env = { ...process.env, MORTISE_HOME: top, MORTISE_URL: url, MORTISE_VAR: varDir };
let folder;
let dev;
let said = "";

before(async () => {
  await remove(KEY);
  folder = mkdtempSync(join(tmpdir(), "mortise-readme-"));
  mkdirSync(join(folder, "build"));
  symlinkSync(join(build, "bin"), join(folder, "build/bin"));
});
after(async () => {
  dev?.kill("SIGINT");
  await remove(KEY);
  rmSync(folder, { recursive: true });
});

const path = `export PATH="$PWD/build/bin:$PATH"\n`; // a terminal keeps what the first block exports
const runs = (n) => until(() => said.split(" runs (").length > n, 90000, `${n} versions run; ${said}`);

test("its commands take a newcomer to a plugin that says hello", async (t) => {
  const start = Date.now();
  const [make, develop, route, tab] = blocks;
  assert.equal(blocks.length, 4);
  execFileSync("sh", ["-eu"], { cwd: folder, env, input: make, encoding: "utf8", stdio: "pipe" });

  dev = spawn("sh", ["-euc", `${path}exec ${develop}`], { cwd: folder, env });
  dev.stdout.on("data", (d) => (said += d));
  dev.stderr.on("data", (d) => (said += d));
  await runs(1);
  for (const [i, block] of [route, tab].entries()) {
    execFileSync("sh", ["-eu"], { cwd: folder, env, input: block });
    await runs(2 + i);
  }
  const ann = await login("Technician");
  const hello = await ann.get(`/api/plugins/${KEY}/hello/w%C3%B6rld`);
  assert.deepEqual(hello.body, { hello: "wörld", from: ann.who.name });
  const list = (await ann.get("/api/plugins/installations")).body.items;
  const { ui } = list.find((i) => i.pluginKey === KEY);
  assert.match((await ann.get(ui.bundleUrl)).text, /Hello, /);
  t.diagnostic(`from nothing to hello world in ${((Date.now() - start) / 1000).toFixed(1)} s`);
});
