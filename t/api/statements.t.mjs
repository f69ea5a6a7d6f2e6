#!/usr/bin/env -S node --test-reporter=tap
// Every named statement (fcgi/<room>/<file>.sql) is used, and can run: the database that setup made has its
// tables, columns and functions, and the role that sends it has the rights.

import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { top } from "../lib/mortise.mjs";

const fcgi = join(top, "fcgi");
const files = readdirSync(fcgi, { recursive: true }).filter((f) => f.endsWith(".sql"));
const sources = new Map(
  readdirSync(fcgi, { recursive: true })
    .filter((f) => /\.[ch]$/.test(f))
    .map((f) => [f, readFileSync(join(fcgi, f), "utf8")]),
);

/** What the build embeds: {file, roles, name, sql}. */
const STATEMENT = /\/\* as (.*) \*\/\nstatic const struct stmt ([A-Z0-9_]+) = \{"([a-z0-9_]+)",((?:\n\t"(?:[^"\\]|\\.)*")+)\};/g;
function statements(file) {
  const header = execFileSync(join(top, "scripts/embed-sql"), [join(fcgi, file)], { encoding: "utf8" });
  return [...header.matchAll(STATEMENT)].map(([, roles, constant, name, text]) => ({
    file,
    roles: roles.split(",").map((r) => r.trim()),
    constant,
    name,
    sql: text.trim().split("\n").map((line) => JSON.parse(line)).join(""),
  }));
}
const all = files.flatMap(statements);

/** Prepares statements as a role and explains them, which checks the same rights as running them. Returns faults. */
function faults(role, list) {
  const as = role === "plugin" ? "p_statements" : role;
  const script = ["begin;"];
  if (role === "plugin")
    script.push(
      "select mortise.plugin_prepare('statements', repeat('o', 32));",
      "select mortise.plugin_handover('statements', repeat('p', 64), '{tickets:read,tickets:write,users:read,notifications:send,events:emit,storage,files,network:api.example.com}');",
    );
  script.push(`set session authorization ${as};`, "set plan_cache_mode = force_generic_plan;");
  for (const { name, sql } of list) {
    const n = Math.max(0, ...[...sql.matchAll(/\$([0-9]+)/g)].map((m) => Number(m[1])));
    const values = n ? `(${Array(n).fill("null").join(", ")})` : "";
    script.push(`\\warn @${name}`, `prepare ${name} as ${sql};`, `explain execute ${name}${values};`, `deallocate ${name};`);
  }
  script.push("reset session authorization;", "rollback;");
  const r = spawnSync("psql", ["-X", "-q", "-v", "ON_ERROR_ROLLBACK=on", "-v", "VERBOSITY=terse"], { input: script.join("\n"), encoding: "utf8" });
  assert.equal(r.status, 0, r.stderr);
  const ret = [];
  let name = `as ${role}`;
  for (const line of r.stderr.split("\n"))
    if (line.startsWith("@")) name = line.slice(1);
    else if (/ERROR/.test(line) && !/prepared statement ".*" does not exist/.test(line)) ret.push(`${name} as ${role}: ${line}`);
  return ret;
}

test("statements have names of their own", () => {
  assert.ok(all.length > 0);
  const seen = new Map();
  for (const s of all) {
    assert.ok(!seen.has(s.name), `${s.name} stands in ${s.file} and in ${seen.get(s.name)}`);
    seen.set(s.name, s.file);
  }
});

test("every statement is used", () => {
  for (const file of files) {
    const header = `#include "${join(dirname(file), basename(file))}.h"`;
    const users = [...sources.values()].filter((text) => text.includes(header));
    for (const s of all.filter((x) => x.file === file))
      assert.ok(users.some((text) => new RegExp(`\\b${s.constant}\\b`).test(text)), `nobody uses ${s.name} of ${file}`);
  }
});

test("the check finds what is wrong", () => {
  const of = (sql) => faults("mortise_steward", [{ name: "trial", sql }]).join();
  assert.equal(of("select id from mortise.tenants where id = $1"), "");
  assert.match(of("select nothing from mortise.tenants"), /does not exist/);
  assert.match(of("select password_hash from mortise.logins"), /permission denied/);
  assert.match(of("select mortise.password_set($1, $2, $3)"), /permission denied/);
});

for (const role of [...new Set(all.flatMap((s) => s.roles))].sort())
  test(`the database runs the statements of ${role}`, () => {
    assert.deepEqual(faults(role, all.filter((s) => s.roles.includes(role))), []);
  });
