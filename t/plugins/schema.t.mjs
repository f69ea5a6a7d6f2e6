#!/usr/bin/env -S node --test-reporter=tap
// The JSON Schema that editors use and the code that checks packages must agree: each field of a manifest that
// has them all is replaced by values of every kind, and both results are compared.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bin, http, install, remove, top } from "../lib/mortise.mjs";

const dir = mkdtempSync(join(tmpdir(), "mortise-schema-"));
after(() => rmSync(dir, { recursive: true }));

const FULL = {
  $schema: "https://mortise.example.com/schemas/plugin-manifest.json",
  key: "full-clock",
  name: "full-clock",
  version: "1.2.3-rc.1+build.5",
  displayName: "Full",
  description: "Has every field.",
  longDescription: "Two\nlines.",
  author: "A. Uthor",
  category: "demo",
  keywords: ["one", "two"],
  tags: ["three"],
  homepage: "https://example.com/?a=b",
  documentationUrl: "http://example.com/docs",
  supportUrl: "https://example.com",
  license: "MIT",
  icon: "icon.svg",
  features: [{ name: "n", description: "d", displayOrder: 1 }],
  screenshots: [{ file: "screenshots/a.png", caption: "c" }],
  isOfficial: false,
  isPublished: true,
  requiresConfiguration: true,
  installationType: "tenant_scoped",
  host: "^0.1.0 || >=0.2.0 <1.0.0 || *",
  abi: 3,
  permissions: ["tickets:read", "users:read", "events:emit", "network:api.example.com:8443", "network:setting:one"],
  definesPermissions: [{ name: "clock", label: "Clock", description: "d", defaultRoles: ["Technician", "Admin"] }],
  references: [{ table: "moves", column: "ticket_id", to: "tickets", onDelete: "delete" }, { table: "moves", column: "moved_by", to: "people", onDelete: "null" }],
  jobs: [{ name: "low-stock", label: "L", schedule: "*/15 6-18 * jan-mar mon-fri", timeZone: "America/Argentina/Buenos_Aires", timeoutSeconds: 5, attempts: 2 }, { name: "n", label: "L" }],
  dependencies: [{ key: "other", version: ">=1.2.0 <2.0.0 || ^3.0.0" }],
  settings: [
    { key: "one", label: "A", type: "text", help: "h", placeholder: "p", required: true, default: "AB", pattern: "[A-Z]+", patternHelp: "h", min: 1, max: 5 },
    { key: "two", label: "B", type: "select", options: [{ value: "x", label: "X" }], default: "x" },
    { key: "three", label: "C", type: "generated-secret", length: 20, use: "fetch" },
  ],
  events: [{ type: "TicketUpdated", filter: { state: ["closed"] }, timeoutSeconds: 5, attempts: 2 }],
  emits: [{ name: "Moved", description: "d", permission: "full-clock:clock", fields: [{ name: "n", type: "integer", required: true }] }],
  storage: [{ name: "drafts", description: "Drafts", history: 10, ttl: 60, quota: 1, read: "full-clock:clock", write: "tickets:write", fields: [{ name: "n", type: "integer", required: true }] }],
  uploads: { read: "full-clock:clock", write: "tickets:write", maxMb: 5 },
  presence: { permission: "full-clock:clock" },
  ticketTabs: [{ id: "t", label: "T", icon: "⏰", component: "Tab", permission: "full-clock:clock" }],
  pages: [{ path: "/", title: "P", component: "P", permission: "full-clock:clock" }, { path: "/items/:id/*", title: "P", component: "P" }],
  navigation: [{ id: "n", label: "N", icon: "Package", path: "/", order: 1, permission: "full-clock:clock" }],
  widgets: [{ id: "w", title: "W", component: "W", size: "wide", initial: true, permission: "full-clock:clock" }],
  customFields: [{ resource: "tickets", name: "floor", label: "Floor", help: "h", type: "number" }, { resource: "tickets", name: "kind", label: "K", type: "choice", options: ["A", "B c"] }],
  reportComponents: [{ id: "r", title: "R", description: "d", endpoint: "/report", permission: "full-clock:clock" }],
  ui: {
    bundle: "ui/b.js",
    globalName: "Full",
    slots: [
      { slotId: "ticket.actions", componentName: "X", renderType: "menuitem", props: { any: [1] }, permission: "full-clock:clock" },
      { slotId: "ticket.actions", componentName: "Y", renderType: "modal", trigger: "X" },
    ],
  },
  files: { "plugin.so": "0".repeat(64), "ui/b.js": "a".repeat(64) },
};

/** What the schema finds wrong: JSON pointers. Knows the words that our schema uses and no other. */
function validate(s, v, at = "") {
  if (s === true) return [];
  if (s === false) return [at];
  const out = [];
  const bad = (when, where = at) => when && out.push(where);
  const isObject = v !== null && typeof v === "object" && !Array.isArray(v);
  const length = typeof v === "string" ? [...v].length : 0;
  const holds = (sub) => validate(sub, v, at).length === 0;
  const words = {
    type: (t) => bad(!(t === "integer" ? Number.isInteger(v) : t === "array" ? Array.isArray(v) : t === "object" ? isObject : typeof v === t)),
    enum: (list) => bad(!list.includes(v)),
    const: (c) => bad(v !== c),
    not: (sub) => bad(holds(sub)),
    anyOf: (subs) => bad(!subs.some(holds)),
    minLength: (n) => bad(typeof v === "string" && length < n),
    maxLength: (n) => bad(typeof v === "string" && length > n),
    pattern: (p) => bad(typeof v === "string" && !new RegExp(p, "u").test(v)),
    minimum: (n) => bad(typeof v === "number" && v < n),
    maximum: (n) => bad(typeof v === "number" && v > n),
    minItems: (n) => bad(Array.isArray(v) && v.length < n),
    maxItems: (n) => bad(Array.isArray(v) && v.length > n),
    uniqueItems: () => bad(Array.isArray(v) && new Set(v.map((x) => JSON.stringify(x))).size < v.length),
    items: (sub) => Array.isArray(v) && v.forEach((x, i) => out.push(...validate(sub, x, `${at}/${i}`))),
    maxProperties: (n) => bad(isObject && Object.keys(v).length > n),
    required: (names) => isObject && names.forEach((n) => bad(!(n in v), `${at}/${n}`)),
    properties: (subs) => isObject && Object.keys(subs).forEach((n) => n in v && out.push(...validate(subs[n], v[n], `${at}/${n}`))),
    additionalProperties: (sub) =>
      isObject &&
      Object.keys(v).forEach((n) => {
        if (!(n in (s.properties ?? {}))) out.push(...validate(sub, v[n], `${at}/${n.replaceAll("/", "~1")}`));
      }),
    propertyNames: (sub) => isObject && Object.keys(v).forEach((n) => bad(validate(sub, n).length > 0, `${at}/${n}`)),
    allOf: (subs) => subs.forEach((sub) => out.push(...validate(sub, v, at))),
    if: (sub) => out.push(...validate((holds(sub) ? s.then : s.else) ?? true, v, at)),
  };
  const silent = ["$schema", "$id", "$defs", "x-slots", "x-slot-props", "title", "description", "examples", "then", "else"];
  for (const [word, value] of Object.entries(s)) {
    if (silent.includes(word)) continue;
    assert.ok(word in words, `the schema uses "${word}", which this test doesn't know`);
    words[word](value);
  }
  return out;
}

/** What the code finds wrong with each: JSON pointers. */
function check(...manifests) {
  const names = manifests.map((m, i) => {
    writeFileSync(join(dir, `${i}.json`), JSON.stringify(m));
    return join(dir, `${i}.json`);
  });
  const res = spawnSync(bin("mortise"), ["check", ...names], { encoding: "utf8" });
  const found = manifests.map(() => []);
  let now;
  for (const line of res.stderr.split("\n").filter(Boolean)) {
    const fault = line.match(/^ {2}\/manifest\.json#(\S*): /);
    if (fault) now.push(fault[1]);
    else now = found[Number(line.match(/\/(\d+)\.json: The package is faulty:$/)[1])];
  }
  assert.equal(res.stdout.split("is valid").length - 1, found.filter((f) => !f.length).length, `${res.signal} ${res.stdout} ${res.stderr}`);
  return found;
}

/** Every place of a value, and a setter of a changed copy. */
function* places(v, path = []) {
  for (const k of Object.keys(v)) {
    const here = [...path, k];
    yield here;
    if (v[k] !== null && typeof v[k] === "object") yield* places(v[k], here);
  }
}
function changed(path, fn) {
  const copy = structuredClone(FULL);
  let o = copy;
  for (const k of path.slice(0, -1)) o = o[k];
  fn(o, path.at(-1));
  return copy;
}

/** Rules that a schema can't say; where the code alone refuses, its faults are of these. */
const BEYOND = [
  /^\/name$/, // the same as key
  /\/permission$|^\/(storage\/\d+|uploads)\/(read|write)$/, // declared somewhere
  /^\/(key|definesPermissions)/, // permissions are named with them
  /^\/settings\/\d+\/(default|pattern|min|max|options|type)/, // rules of their own
  /^\/requiresConfiguration$/,
  /^\/ui$/, // where components are
  /^\/(pages|navigation)\/\d+\/path$/, // one page at each address, an entry for each at most
  /\/trigger$/, // a component of the same slot
  /\/timeZone$/, // the zones of this machine
];

const VALUES = [null, true, 7, 1.5, "", "a", "A b/../c", "a\u0007", "x".repeat(10001), [], [[]], {}, { a: 1 }];

let schema;
before(async () => {
  const res = await http("GET", "/schemas/plugin-manifest.json");
  assert.equal(res.status, 200);
  assert.match(res.headers["content-type"], /^application\/schema\+json/);
  assert.equal(res.headers["access-control-allow-origin"], "*");
  schema = JSON.parse(res.text);
});

test("both take a manifest that has every field", () => {
  assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.deepEqual(Object.keys(FULL).sort(), Object.keys(schema.properties).sort());
  assert.deepEqual(validate(schema, FULL), []);
  assert.deepEqual(check(FULL), [[]]);
});

test("both take the manifests that we have", () => {
  for (const key of ["time-clock", "hello-world"]) {
    const manifest = JSON.parse(readFileSync(join(top, "plugins", key, "manifest.json"), "utf8"));
    assert.deepEqual(validate(schema, manifest), [], key);
    assert.deepEqual(check(manifest), [[]], key);
  }
});

/** The code alone may refuse what a schema can't say. */
function agree(a, b, says) {
  if (a.length) assert.ok(b.length > 0, `${says}: the schema alone refuses it at ${a}`);
  else assert.ok(b.every((p) => BEYOND.some((r) => r.test(p))), `${says}: the code alone refuses it at ${b}`);
}

test("both refuse the same values in every field", () => {
  let refused = 0;
  for (const path of places(FULL)) {
    const manifests = VALUES.map((value) => changed(path, (o, k) => (o[k] = value)));
    check(...manifests).forEach((b, i) => {
      const a = validate(schema, manifests[i]);
      agree(a, b, `/${path.join("/")} = ${JSON.stringify(VALUES[i]).slice(0, 40)}`);
      refused += a.length > 0;
    });
  }
  assert.ok(refused > 500, `${refused}`);
});

test("both refuse a field that is missing or spelt wrong", () => {
  let required = 0;
  for (const path of places(FULL)) {
    if (!Number.isNaN(Number(path.at(-1))) || path[0] === "files" || ["props", "filter"].some((free) => path.slice(0, -1).includes(free))) continue;
    const pointer = `/${path.join("/")}`;
    const gone = changed(path, (o, k) => delete o[k]);
    const typo = changed(path, (o, k) => ((o[k + "x"] = o[k]), delete o[k]));
    const [without, misspelt] = check(gone, typo);
    agree(validate(schema, gone), without, `${pointer} missing`);
    required += validate(schema, gone).includes(pointer);
    assert.ok(validate(schema, typo).includes(`${pointer}x`), `${pointer}x`);
    assert.ok(misspelt.includes(`${pointer}x`), `${pointer}x`);
  }
  assert.ok(required > 25, `${required}`);
});

/** The details of what the code finds wrong: JSON pointer -> text. */
function details(manifest) {
  writeFileSync(join(dir, "one.json"), JSON.stringify(manifest));
  const res = spawnSync(bin("mortise"), ["check", join(dir, "one.json")], { encoding: "utf8" });
  return Object.fromEntries([...res.stderr.matchAll(/^ {2}\/manifest\.json#(\S*): (.*)$/gm)].map(([, pointer, text]) => [pointer, text]));
}

test("what nothing serves is refused by its name", () => {
  const withSlot = (slotId, renderType) => ({ ...FULL, ui: { ...FULL.ui, slots: [{ slotId, componentName: "X", renderType }] } });
  for (const [slotId, renderType, at, words] of [
    ["nav.main", "menuitem", "slotId", /^This version of Mortise doesn't serve "nav\.main" yet; wanted: .*ticket\.tabs/],
    ["page.datasets.actions", "button", "slotId", /^This version of Mortise doesn't serve/],
    ["plugin.page", "inline", "slotId", /^This version of Mortise doesn't serve/],
    ["ticket.tab", "tab", "slotId", /"ticket\.tabs"\?/],
    ["ticket.tabs", "widget", "renderType", /^This version of Mortise doesn't serve "widget" in ticket\.tabs yet; wanted: tab$/],
    ["ticket.tabs", "menu-item", "renderType", /^This version of Mortise doesn't serve "menuitem" in ticket\.tabs yet; wanted: tab$/],
    ["ticket.actions", "menuitm", "renderType", /"menuitem"\?/],
    ["plugin-config", "widget", "renderType", /^This version of Mortise doesn't serve "widget" in plugin\.config yet/],
  ]) {
    const found = details(withSlot(slotId, renderType));
    assert.deepEqual(Object.keys(found), [`/ui/slots/0/${at}`]);
    assert.match(found[`/ui/slots/0/${at}`], words);
    assert.ok(validate(schema, withSlot(slotId, renderType)).includes(`/ui/slots/0/${at}`), `${slotId} ${renderType}`);
  }
  for (const s of schema["x-slots"].filter(({ field }) => !field))
    for (const name of [s.id, ...s.aliases])
      for (const type of s.renderTypes) assert.deepEqual(details(withSlot(name, type)), {}, `${name} ${type}`);
  for (const alias of ["page.plugin.config", "plugin-config", "project-risks-tab", "risk-dropdown-menu"])
    assert.ok(schema["x-slots"].some((s) => s.aliases.includes(alias)), alias);
  assert.deepEqual(details(withSlot("risk-dropdown-menu", "menu-item")), {});
  assert.deepEqual(validate(schema, withSlot("risk-dropdown-menu", "menu-item")), []);
});

test("a modal's trigger is a component of the same slot", () => {
  const entry = (slotId, componentName, renderType, more) => ({ slotId, componentName, renderType, ...more });
  const faults = (...slots) => details({ ...FULL, ui: { ...FULL.ui, slots } });
  const item = entry("risk-dropdown-menu", "Item", "menu-item");
  assert.deepEqual(faults(item, entry("page.risks.actions", "Import", "modal", { trigger: "Item" })), {}, "by another name of the slot");
  assert.match(faults(item, entry("ticket.actions", "Import", "modal", { trigger: "Item" }))["/ui/slots/1/trigger"], /in the same slot/);
  assert.match(faults(item, entry("page.risks.actions", "Other", "button", { trigger: "Item" }))["/ui/slots/1/trigger"], /only a modal/);
});

test("the types of @mortise/sdk are made of the same tables", () => {
  const { stdout } = spawnSync(bin("mortise"), ["schema", "--types"], { encoding: "utf8" });
  assert.equal(readFileSync(join(top, "public/sdk/src/slots.ts"), "utf8"), stdout, "`make types` writes it");
});

test("a report's answer matches the schema, and the page describes it", async () => {
  const KEY = "time-clock";
  await remove(KEY);
  try {
    const { admin } = await install(KEY);
    const res = await admin.get(`/api/plugins/${KEY}/report`);
    assert.equal(res.status, 200, res.text);
    assert.deepEqual(validate(schema.$defs.report, res.body), []);
    assert.ok(validate(schema.$defs.report, { columns: [], rows: [] }).length > 0);
    const page = (await http("GET", "/schemas/plugin-manifest.html")).text;
    for (const word of ["summary", "charts", "charts.data"]) assert.ok(page.includes(`<code>${word}</code>`) || page.includes(word), word);
    assert.ok(!/columns, rows|as tables/.test(page));
  } finally {
    await remove(KEY);
  }
});

test("the page has every slot, how it shows components, and what they get", async () => {
  const { text } = await http("GET", "/schemas/plugin-manifest.html");
  for (const s of schema["x-slots"]) {
    assert.ok(text.includes(`id="slot-${s.id}"`), s.id);
    for (const p of s.props) assert.ok(text.includes(`<code>${p.name}</code>`), `${s.id}: ${p.name}`);
  }
});

test("the page lists every field, without scripts", async () => {
  const res = await http("GET", "/schemas/plugin-manifest.html");
  assert.equal(res.status, 200);
  assert.match(res.headers["content-security-policy"], /default-src 'none'/);
  for (const name of Object.keys(schema.properties)) assert.ok(res.text.includes(`<code>${name}</code>`), name);
  assert.ok(!/<script/i.test(res.text));
  assert.match(res.text, /prefers-color-scheme:dark/);
  const ids = [...res.text.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, to] of res.text.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.includes(to), to);
});
