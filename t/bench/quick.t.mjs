#!/usr/bin/env -S node --test-reporter=tap
// The warning of scripts/bench quick, with figures that are given: nothing here is timed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { compared } from "./quick.mjs";

const NAMES = { ticket: "ticket read", list: "list of 50", me: "/api/me" };
const KEPT = { ticket: { rate: 1, processor: 0.9 }, list: { rate: 0.8, processor: 0.5 }, me: { rate: 0.9, processor: 0.9 } };
const run = (changed) => compared(NAMES, { ...structuredClone(KEPT), ...changed }, KEPT);

test("a run like the kept one is not worse", () => {
  const { lines, worse } = run({});
  assert.deepEqual(worse, []);
  assert.equal(lines.length, 5);
  assert.ok(!lines.some((l) => /WORSE/.test(l)), lines.join("\n"));
  assert.equal(lines.at(-1), "no row got more than 15 % worse");
});

test("a row that is 16 % worse is named with its figure, the others are not", () => {
  const { lines, worse } = run({ list: { rate: 0.8, processor: 0.42 }, me: { rate: 0.75, processor: 0.7 } });
  assert.deepEqual(worse, ["list", "me"]);
  assert.match(lines[2], /^list of 50 .*0\.80 .*0\.80 .*0\.42 .*0\.50 {2}WORSE: processor$/);
  assert.match(lines[3], /WORSE: requests\/s, processor$/);
  assert.ok(!/WORSE/.test(lines[1]), lines[1]);
  assert.equal(lines.at(-1), "2 of 3 rows got more than 15 % worse");
});

test("14 % worse is noise, better is good, and a new row is compared with nothing", () => {
  assert.deepEqual(run({ list: { rate: 0.8 * 0.86, processor: 0.5 * 0.86 }, ticket: { rate: 3, processor: 2 } }).worse, []);
  assert.deepEqual(compared({ ...NAMES, call: "plugin" }, { ...KEPT, call: { rate: 0.1, processor: 0.1 } }, KEPT).worse, []);
});

test("the kept run has two ratios for each row", () => {
  const kept = JSON.parse(readFileSync(new URL("quick.json", import.meta.url), "utf8"));
  assert.ok(Object.keys(kept).length >= 9);
  for (const [row, figures] of Object.entries(kept))
    for (const figure of ["rate", "processor"]) assert.ok(figures[figure] > 0, `${row}: ${figure}`);
});
