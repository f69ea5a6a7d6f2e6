#!/usr/bin/env -S node --test-reporter=tap
// An author mistypes: each field of the template's manifest misspelt, left out or given another type. The
// answer names the field by its JSON pointer and what would be right.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, top } from "../lib/mortise.mjs";
import { unzip, zip } from "./package.mjs";

const env = { ...process.env, MORTISE_HOME: top };
let work;
let files;
let manifest;

const mortise = (...args) => spawnSync(join(build, "bin/mortise"), args, { cwd: work, env, encoding: "utf8" });

/** The faults of a package with this manifest: [{pointer, detail}]. */
function check(changed) {
  const entries = [["manifest.json", JSON.stringify(changed)], ...files];
  writeFileSync(join(work, "x.zip"), zip(entries));
  const r = mortise("check", "x.zip");
  assert.equal(r.status, 1, `${JSON.stringify(changed)} passes: ${r.stdout}`);
  return [...r.stderr.matchAll(/^ {2}(\/\S*): (.*)$/gm)].map(([, pointer, detail]) => ({ pointer, detail }));
}

before(() => {
  work = mkdtempSync(join(tmpdir(), "mortise-typos-"));
  assert.equal(mortise("plugin", "new", "typo-test").status, 0);
  const packed = mortise("plugin", "pack", "typo-test", "good.zip");
  assert.equal(packed.status, 0, packed.stderr);
  files = unzip(readFileSync(join(work, "good.zip")));
  manifest = JSON.parse(files.get("manifest.json"));
  files.delete("manifest.json");
});
after(() => rmSync(work, { recursive: true }));

/** Every place in the manifest: [pointer, parent, name]; files are hashes, which no author writes. */
function* places(value, pointer = "") {
  for (const name of Object.keys(value)) {
    const here = `${pointer}/${name}`;
    if (here === "/files") continue;
    yield [here, name];
    if (value[name] && typeof value[name] === "object") yield* places(value[name], here);
  }
}
const parentOf = (root, pointer) =>
  pointer.split("/").slice(1, -1).reduce((at, name) => at[name], root);
const at = (pointer) => `/manifest.json#${pointer}`;

function changed(pointer, change) {
  const copy = structuredClone(manifest);
  const name = pointer.split("/").pop();
  change(parentOf(copy, pointer), name);
  return copy;
}

test("a misspelt field is named, and what would be right", () => {
  for (const [pointer, name] of places(manifest)) {
    if (/^\d+$/.test(name)) continue;
    const typo = name.slice(0, -1) + "x";
    const faults = check(
      changed(pointer, (o) => {
        o[typo] = o[name];
        delete o[name];
      }),
    );
    const where = at(pointer.slice(0, pointer.length - name.length) + typo);
    const fault = faults.find((f) => f.pointer === where);
    assert.ok(fault, `${pointer} as ${typo}: ${JSON.stringify(faults)}`);
    assert.match(fault.detail, new RegExp(`\\b${name}\\b`), `${pointer}: the right name is said`);
  }
});

test("another type is named, with what was found and what is wanted", () => {
  const wrong = (v) => (typeof v === "number" ? "two" : typeof v === "string" ? 7 : "none");
  for (const [pointer] of places(manifest)) {
    const faults = check(changed(pointer, (o, name) => (o[name] = wrong(o[name]))));
    const fault = faults.find((f) => f.pointer === at(pointer));
    assert.ok(fault, `${pointer}: ${JSON.stringify(faults)}`);
    assert.match(fault.detail, /Found .+; .+/, `${pointer}: ${fault.detail}`);
  }
});

test("a field that is needed and missing is named", () => {
  const needed = ["key", "version", "displayName", "description", "author", "category", "installationType", "host", "abi"];
  for (const name of needed) {
    const faults = check(changed(`/${name}`, (o) => delete o[name]));
    assert.ok(faults.some((f) => f.pointer === at(`/${name}`)), `${name}: ${JSON.stringify(faults)}`);
  }
});

test("a value that can't be is named, with what was found", () => {
  const cases = {
    "/key": "Typo_Test",
    "/version": "1.0",
    "/icon": "../icon.svg",
    "/installationType": "tenant-scoped",
    "/host": ">=0.1.0 <",
    "/abi": 99,
    "/permissions/0": "ticket:read",
    "/ticketTabs/0/component": "Typo-Tab",
    "/ticketTabs/0/id": "No Tes",
    "/ui/bundle": "ui/bundle.js",
    "/ui/globalName": "Plugin-Typo",
    "/license": "",
  };
  for (const [pointer, value] of Object.entries(cases)) {
    const faults = check(changed(pointer, (o, name) => (o[name] = value)));
    const fault = faults.find((f) => f.pointer === at(pointer));
    assert.ok(fault, `${pointer}: ${JSON.stringify(faults)}`);
    assert.ok(fault.detail.length > 10, fault.detail);
  }
});

test("several typos are in one answer", () => {
  const copy = structuredClone(manifest);
  copy.verison = copy.version;
  delete copy.version;
  copy.abi = "2";
  copy.ticketTabs[0].lable = "x";
  const pointers = check(copy).map((f) => f.pointer);
  for (const p of ["/verison", "/version", "/abi", "/ticketTabs/0/lable"]) assert.ok(pointers.includes(at(p)), pointers.join(" "));
});
