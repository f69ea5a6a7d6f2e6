#!/usr/bin/env -S node --test-reporter=tap
// plugins/README.md takes a newcomer from nothing to hello-world: its commands, literally, in a folder
// that looks like this one.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { approve, build, login, remove, top } from "../lib/mortise.mjs";

const text = readFileSync(join(top, "plugins/README.md"), "utf8");
const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((m) => m[1]);
let folder;

before(async () => {
  await remove("hello-world");
  folder = mkdtempSync(join(tmpdir(), "mortise-readme-"));
  for (const name of ["fcgi", "scripts", "public"]) symlinkSync(join(top, name), join(folder, name));
  mkdirSync(join(folder, "build"));
  symlinkSync(join(build, "bin"), join(folder, "build/bin"));
});
after(async () => {
  await remove("hello-world");
  rmSync(folder, { recursive: true });
});

test("its commands make a package that passes the check", () => {
  let out = "";
  for (const block of blocks) out = execFileSync("sh", ["-eu"], { cwd: folder, input: block, encoding: "utf8" });
  const contract = JSON.parse(out);
  assert.equal(contract.key, "hello-world");
  assert.deepEqual(contract.routes, [{ method: "GET", path: "/hello/:whom", permission: null }]);
});

test("uploaded and installed, it says hello", async () => {
  const zip = readFileSync(join(folder, "build/plugins/hello-world.zip"));
  const up = await (await login("SystemAdmin")).upload("/api/plugins/upload", zip);
  assert.equal(up.status, 201, up.text);
  await approve("hello-world", up.body.version);
  const res = await (await login("Admin")).post("/api/plugins/install", { pluginKey: "hello-world" });
  assert.equal(res.status, 201, res.text);
  const ann = await login("Technician");
  const hello = await ann.get("/api/plugins/hello-world/hello/w%C3%B6rld");
  assert.deepEqual(hello.body, { hello: "wörld", from: ann.who.name });
});
