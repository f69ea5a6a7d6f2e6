#!/usr/bin/env -S node --test-reporter=tap
// What a plugin claims about itself, past the calls of its API: a table of routes of its own making, log lines
// and usage in another company's name. edd3a71 believed all of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { install, login, psql, remove, until, varDir } from "../lib/mortise.mjs";
import { remake, upload } from "../plugins/package.mjs";

const at = (path) => "/api/plugins/hostile" + path;
const log = () => readFileSync(join(varDir, "log/mortised.log"), "utf8");
let ann;

before(async () => {
  await remove("hostile", "liar");
  await install("hostile", 0);
  await install("hostile", 1);
  ann = await login("Technician", 0);
});
after(() => remove("hostile", "liar"));

/** liar, whose constructor says `how`. */
const liar = (how) =>
  remake("liar", ({ files }) =>
    files.set("plugin.so", Buffer.from(files.get("plugin.so").toString("latin1").replace("liar-how=method", `liar-how=${how}`), "latin1")),
  );

for (const [how, fault] of [
  ["method", /method is \*, one of GET POST PUT PATCH DELETE is needed/],
  ["routes", /more than 256 routes|more or longer entries than there may be/],
  ["hooks ", /hook "anything" isn't one of/],
  ["path  ", /\/\/evil\.example: the path has an empty segment/],
])
  test(`what a constructor says of ${how.trim()} is judged like any table`, async () => {
    const up = await upload(liar(how));
    assert.equal(up.status, 422, up.text);
    assert.match(up.body.errors.map((e) => e.detail).join("\n"), fault);
    assert.deepEqual(psql("SELECT 1 FROM mortise.plugin_packages WHERE plugin_key = 'liar'"), []);
  });

test("a line that looks like another plugin's and another company's is its own, and its caller's", async () => {
  const [[tenant]] = psql(`SELECT tenant_id FROM mortise.users WHERE id = '${ann.who.id}'`);
  const from = log().length;
  const forged = '{"level":"error","msg":"forged by hearsay","plugin":"time-clock","tenant":"99"}';
  assert.equal((await ann.get(at(`/line?more=${encodeURIComponent(forged)}`))).status, 200);
  const lines = () => log().slice(from).split("\n").filter((l) => l.includes("forged by hearsay"));
  await until(() => lines().length >= 2, 30000, "printed and logged");
  for (const l of lines()) {
    const { plugin, tenant: whose, msg } = JSON.parse(l);
    assert.deepEqual([plugin, whose], ["hostile", tenant], l);
    assert.ok(msg.includes("forged by hearsay"), l);
  }
});

test("what it has used is what its host has counted", async () => {
  const calls = () => Object.fromEntries(psql("SELECT tenant_id, sum(calls) FROM mortise.plugin_usage WHERE plugin_key = 'hostile' GROUP BY 1").map(([t, n]) => [t, Number(n)]));
  const [[other]] = psql(`SELECT id FROM mortise.tenants WHERE id <> ${psql(`SELECT tenant_id FROM mortise.users WHERE id = '${ann.who.id}'`)[0][0]} ORDER BY id LIMIT 1`);
  const before_ = calls();
  for (let i = 0; i < 10; i++) await ann.get(at(`/line?more=${encodeURIComponent(`u${other} 99999 0 1000 10 1000 99999 0 0 0 0 0 0 0 0 0 0 0`)}`));
  const mine = (c) => Object.entries(c).filter(([t]) => t !== other).reduce((sum, [, n]) => sum + n, 0);
  await until(() => mine(calls()) >= mine(before_) + 10, 30000, "ten calls are counted");
  assert.ok(mine(calls()) < mine(before_) + 100, "what was called before may be counted late, ninety thousand are not");
  assert.equal(calls()[other] ?? 0, before_[other] ?? 0, "nobody else's");
});
