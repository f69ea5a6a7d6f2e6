#!/usr/bin/env -S node --test-reporter=tap
// `mortise plugin compat`: what a host upgrade would break, reported before it is done.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { bin, conf, consenting, login, remove } from "../lib/mortise.mjs";
import { offer, reversion } from "./package.mjs";

const KEY = "versions";

before(() => remove(KEY));
after(() => remove(KEY));

const compat = (...options) => {
  const run = spawnSync(bin("mortise"), ["plugin", "compat", "-c", conf, ...options], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, error: run.stderr };
};
const line = (out) => out.split("\n").find((l) => l.startsWith(`${KEY} `));

test("packages that aren't installed are not checked", async () => {
  await offer(reversion(KEY, "1.0.0"));
  const { status, out } = compat();
  assert.equal(status, 0, out);
  assert.equal(line(out), undefined);
});

test("what is installed is loaded with this build, and named with its tenants", async () => {
  for (const tenant of [0, 1]) assert.equal((await consenting(await login("Admin", tenant), "/api/plugins/install", { pluginKey: KEY })).status, 201);
  const { status, out, error } = compat();
  assert.equal(status, 0, out + error);
  assert.match(line(out), /1\.0\.0 +2 +ok$/);
});

test("another host version is out of its range", () => {
  const { status, out } = compat("--host", "1.0.0");
  assert.equal(status, 1);
  assert.match(line(out), /WOULD NOT LOAD: .*>=0\.1\.0 <1\.0\.0/);
  assert.match(out, /would not load/);
  assert.equal(compat("--host", "0.9.3").status, 0);
});

test("so is a host that doesn't know its ABI any more", () => {
  const { status, out } = compat("--abi", "1", "--json");
  assert.equal(status, 1);
  const mine = JSON.parse(out).items.find((i) => i.pluginKey === KEY);
  assert.equal(mine.ok, false);
  assert.equal(mine.tenants, 2);
  assert.match(mine.reason, /ABI 3/);
});

test("words that make no sense are refused", () => {
  for (const options of [["--host", "one"], ["--abi", "0"], ["--abi", "x"], ["--nonsense"], ["word"]]) {
    const { status, error } = compat(...options);
    assert.ok(status > 0, options.join(" "));
    assert.ok(error, options.join(" "));
  }
});
