#!/usr/bin/env -S node --test-reporter=tap
// A plugin that was built with the header of an earlier ABI (t/plugins/abi1/include, unchanged since) is
// checked, installed and called on this host: everything in its table of functions still exists.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, login, remove, top, tenants } from "../lib/mortise.mjs";

const KEY = "abi-one";
const PATH = `/api/plugins/${KEY}`;
let work;
let zip;
let ann;

before(async () => {
  await remove(KEY);
  work = mkdtempSync(join(tmpdir(), "mortise-abi-"));
  // A Mortise of then, as far as a plugin's build sees one.
  mkdirSync(join(work, "include"));
  symlinkSync(join(top, "t/plugins/abi1/include"), join(work, "include/mortise"));
  zip = join(work, "abi-one.zip");
  ann = await login("Technician");
});
after(async () => {
  await remove(KEY);
  rmSync(work, { recursive: true });
});

const mortise = (args, home) =>
  execFileSync(join(build, "bin/mortise"), ["plugin", ...args], {
    encoding: "utf8",
    stdio: "pipe",
    env: { ...process.env, MORTISE_HOME: home },
  });

test("the header of today is a later one", () => {
  const abi = (file) => Number(/#define MT_ABI (\d+)/.exec(readFileSync(join(top, file), "utf8"))[1]);
  assert.equal(abi("t/plugins/abi1/include/mortise.h"), 1);
  assert.ok(abi("fcgi/include/mortise.h") > 1);
});

test("the header names the ABI of each call", () => {
  const header = readFileSync(join(top, "fcgi/include/mortise.h"), "utf8");
  const latest = Number(/#define MT_ABI (\d+)/.exec(header)[1]);
  const calls = [...header.matchAll(/(\/\*(?:(?!\*\/)[\s\S])*\*\/\n)?(?:__attribute__\(\(.*\)\) )?static inline [^{;]*?\b(mt_\w+)\(/g)];
  assert.ok(calls.length > 50, `${calls.length} calls`);
  for (const [, comment, name] of calls) {
    const since = /\bSince (\d+)/.exec(comment ?? "");
    assert.ok(since && Number(since[1]) <= latest, `${name}: ${comment}`);
  }
});

test("a plugin of ABI 1 is good for this host", () => {
  mortise(["pack", join(top, "t/plugins/abi1"), zip], work);
  assert.match(mortise(["check", zip], top), /abi-one 1\.0\.0 is valid/);
});

test("it is installed", async () => {
  const sys = await login("SystemAdmin");
  const up = await sys.upload("/api/plugins/upload", readFileSync(zip));
  assert.equal(up.status, 201, up.text);
  const permissions = ["users:read", "notifications:send"];
  const approved = await sys.post(`/api/plugins/catalog/${KEY}/1.0.0/approve`, { permissions });
  assert.equal(approved.status, 200, approved.text);
  const res = await (await login("Admin")).post("/api/plugins/install", { pluginKey: KEY, permissions });
  assert.equal(res.status, 201, res.text);
  assert.equal(res.body.state, "enabled");
});

test("its calls about a request are answered", async () => {
  const res = await ann.get(`${PATH}/request/a%20b?q=c&n=3`, { headers: { "X-Asked": "yes" } });
  assert.equal(res.status, 200, res.text);
  assert.equal(res.headers["x-abi"], "1");
  const { id, user, ...rest } = res.body;
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(user, ann.who.id);
  assert.deepEqual(rest, {
    method: "GET",
    path: "/request/a b",
    name: ann.who.name,
    tenant: tenants()[0],
    technician: true,
    param: "a b",
    query: "c",
    header: "yes",
    n: 3,
    hasTenant: true,
    hasTime: true,
    isUuid: true,
  });
});

test("its statements, transactions and notifications work", async () => {
  const res = await ann.post(`${PATH}/things`, { name: "valve" });
  assert.equal(res.status, 201, res.text);
  assert.deepEqual(res.body, [{ name: "valve", n: 7, b: true }]);
});

test("its fields, faults and raw bodies work", async () => {
  const bad = await ann.post(`${PATH}/things`, { name: "" });
  assert.equal(bad.status, 422);
  assert.equal(bad.body.errors[0].pointer, "/name");
  const wrong = await ann.post(`${PATH}/wrong`, {});
  assert.equal(wrong.status, 422, wrong.text);
  assert.equal(wrong.body.errors[0].detail, "divides 1 by nothing");
  const raw = await ann.request("PUT", `${PATH}/raw`, { raw: "bytes", headers: { "Content-Type": "text/plain" } });
  assert.equal(raw.text, "bytes");
  const large = await ann.request("PUT", `${PATH}/raw`, { raw: "x".repeat(101), headers: { "Content-Type": "text/plain" } });
  assert.equal(large.status, 413);
});
