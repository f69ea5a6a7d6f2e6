// Requests made by chance out of an OpenAPI document: what it allows must never be answered with 500, what it
// doesn't allow is refused with a problem that names the field. Chance comes from random.mjs: MORTISE_SEED.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

import { top } from "./mortise.mjs";
import { pick, random } from "./random.mjs";

const require = createRequire(join(top, "public/package.json"));
const Ajv = require("ajv/dist/2020.js").default;
const addFormats = require("ajv-formats").default;

const int = (least, most) => least + Math.floor(random() * (most - least + 1));
const hex = (n) => Array.from({ length: n }, () => "0123456789abcdef"[int(0, 15)]).join("");
const uuid = () => `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
const CHARACTERS = [..."abcXYZ 0129.,;:'\"\\/%_&?#<>=+-@(){}[]$äßéЖ漢字😀‮\u00a0"];
const two = (n) => String(n).padStart(2, "0");
const date = () => `${int(1990, 2090)}-${two(int(1, 12))}-${two(int(1, 28))}`;
const moment = () => `${date()}T${two(int(0, 23))}:${two(int(0, 59))}:${two(int(0, 59))}${pick(["Z", ".5Z", "+05:30", "-11:00"])}`;

function text({ minLength = 0, maxLength = 40, pattern }) {
  const n = Math.min(maxLength, pick([minLength, minLength + 1, int(minLength, minLength + 30), int(0, 9) ? 10 : maxLength]));
  const s = Array.from({ length: Math.max(n, minLength) }, () => pick(CHARACTERS));
  // What must not be blank begins with a letter.
  if (s.length && minLength > 0) s[0] = "a";
  const all = s.join("");
  if (!pattern || new RegExp(pattern, "u").test(all)) return all;
  return pattern.startsWith("^(-?") ? pick(["5", "-3..", "..12", "1..9"]) : `a${hex(Math.max(0, Math.min(8, maxLength - 1)))}`;
}

/** A value that the schema allows; known: ids of rows that are there, which some uuids are. */
export function valid(schema, known = []) {
  const type = Array.isArray(schema.type) ? pick(schema.type) : schema.type;
  if (type === "null") return null;
  if (schema.enum) return pick(schema.enum.filter((v) => v !== null));
  switch (type) {
    case "integer":
      return int(schema.minimum ?? -1000, Math.min(schema.maximum ?? 1000, (schema.minimum ?? -1000) + 100000));
    case "number":
      return pick([schema.minimum ?? 0, schema.maximum ?? 1, Math.round(random() * 1000) / 100]);
    case "boolean":
      return random() < 0.5;
    case "array": {
      const least = schema.minItems ?? 0;
      return Array.from({ length: int(least, Math.min(schema.maxItems ?? 4, least + 3)) }, () => valid(schema.items ?? {}, known));
    }
    case "object": {
      const o = {};
      for (const [name, s] of Object.entries(schema.properties ?? {}))
        if (schema.required?.includes(name) || random() < 0.6) o[name] = valid(s, known);
      if (!schema.properties && random() < 0.7) o[text({ maxLength: 8 })] = pick([1, null, "x", [], { a: 1.5 }]);
      return o;
    }
    case "string":
      if (schema.format === "uuid") return known.length && random() < 0.5 ? pick(known) : uuid();
      if (schema.format === "date") return date();
      if (schema.format === "date-time") return moment();
      if (schema.format === "email") return `${hex(8)}@example.com`;
      return text(schema);
    default:
      return pick([1, "x", null, {}, []]);
  }
}

const types = (schema) => [schema.type].flat();

/** Values that the schema doesn't allow. */
export function invalid(schema) {
  const bad = [];
  const of = types(schema);
  if (!schema.type) return bad;
  if (!of.includes("string")) bad.push("text");
  if (!of.includes("integer") && !of.includes("number")) bad.push(7);
  if (!of.includes("object")) bad.push({ a: 1 });
  if (!of.includes("array")) bad.push([1]);
  if (!of.includes("null")) bad.push(null);
  if (schema.maxLength) bad.push("x".repeat(schema.maxLength + 1));
  if (schema.minLength) bad.push("", " ");
  if (schema.pattern && of.includes("string")) bad.push("a\u0001b");
  if (schema.enum || schema.format) bad.push("no such thing");
  if (schema.format === "date") bad.push("2023-02-29");
  if (schema.format === "date-time") bad.push("2026-01-01T25:00:00Z", "2026-01-01T00:00:00");
  if (schema.minimum !== undefined) bad.push(schema.minimum - 1, schema.maximum + 1);
  if (of.includes("integer")) bad.push(1.5);
  if (schema.maxItems) bad.push(Array(schema.maxItems + 1).fill(schema.items?.enum?.[0] ?? "x"));
  if (schema.items?.enum) bad.push(["no such thing"]);
  // Several texts may be out of a pattern that only our own texts have; what the schema allows after all stays out.
  const check = new Ajv({ strict: false, formats: { uuid: true } });
  addFormats(check);
  const allows = check.compile(schema);
  return bad.filter((v) => !allows(v));
}

/** Parameters of paths that are no ids: texts that lead to the route's own checks. */
const PLACES = { key: ["time-clock", "no-such-plugin"], role: ["Technician"], version: ["1.0.0"], file: ["none.js"], path: ["none"] };

const asQuery = (v) => (Array.isArray(v) ? v.map((one) => encodeURIComponent(String(one).replaceAll(",", ""))).join(",") : encodeURIComponent(String(v)));

/** Every operation of a document: {method, path, op}. */
export const operations = (doc) =>
  Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).map(([method, op]) => ({ method: method.toUpperCase(), path, op })));

/** Validators of what the operations answer, by status. */
export function answerChecks(doc) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: "doc", ...doc }, "doc");
  return (op, res) => {
    const key = [res.status, `${Math.floor(res.status / 100)}XX`].find((k) => op.responses[k]) ?? "default";
    const schema = op.responses[key]?.content?.["application/json"]?.schema;
    if (!schema || res.status >= 400 || res.status === 204) return;
    const inside = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/'));
    const check = ajv.compile(inside);
    assert.ok(check(res.body), `${op.operationId}: ${ajv.errorsText(check.errors)}: ${res.text.slice(0, 300)}`);
  };
}

/** One request with what the document allows; odd: with ids that can't name anything as well. */
export function validRequest({ path, op }, known, odd = true) {
  const query = [];
  let target = path;
  for (const p of op.parameters) {
    if (p.in === "path") target = target.replace(`{${p.name}}`, encodeURIComponent(pick(PLACES[p.name] ?? [uuid(), odd ? "x" : uuid(), ...known])));
    else if (p.name !== "cursor" && random() < 0.3) query.push(`${p.name}=${asQuery(valid(p.schema, known))}`);
  }
  const content = op.requestBody?.content ?? {};
  const json = content["application/json"]?.schema;
  const options = {};
  if (json) options.body = valid(json, known);
  else if (content["text/csv"]) Object.assign(options, { raw: text({ maxLength: 60 }), headers: { "Content-Type": "text/csv" } });
  return { uri: target + (query.length ? `?${query.join("&")}` : ""), options };
}

/** Requests with one thing wrong each: {uri, options, pointer}. */
export function invalidRequests(operation, known) {
  const { op } = operation;
  const schema = op.requestBody?.content?.["application/json"]?.schema;
  const ret = [];
  const plain = () => {
    const { uri, options } = validRequest(operation, known, false);
    return { uri: uri.split("?")[0], options };
  };
  const must = () => Object.fromEntries((schema.required ?? []).map((name) => [name, valid(schema.properties[name], known)]));
  for (const [name, one] of Object.entries(schema?.properties ?? {}))
    for (const value of invalid(one)) ret.push({ ...plain(), options: { body: { ...must(), [name]: value } }, pointer: `/${name}` });
  for (const name of schema?.required ?? []) {
    const body = must();
    delete body[name];
    if (Object.keys(body).length) ret.push({ ...plain(), options: { body }, pointer: `/${name}` });
  }
  if (schema) ret.push({ ...plain(), options: { body: { ...must(), "no/such~thing": 1 } }, pointer: "/no~1such~0thing" });
  for (const p of op.parameters.filter((x) => x.in === "query" && x.name !== "dryRun")) {
    const of = p.schema.items ?? p.schema;
    const bad = of.enum || of.format || of.type === "integer" || of.type === "boolean" ? "no such thing"
      : of.pattern && !new RegExp(of.pattern, "u").test("a b") ? "a b" : of.maxLength || p.name === "q" ? "x".repeat((of.maxLength ?? 50) + 151) : null;
    if (bad) ret.push({ uri: `${plain().uri}?${p.name}=${encodeURIComponent(bad)}`, options: plain().options, pointer: `?${p.name}` });
  }
  return ret;
}

const isProblem = (res) => /^application\/problem\+json/.test(res.headers["content-type"] ?? "");

/** Asks every operation: `rounds` times with what is allowed, once with each thing that isn't. */
export async function fuzz(doc, request, { skip = () => false, known = [], rounds = 6 } = {}) {
  const check = answerChecks(doc);
  let asked = 0;
  const ask = async (operation, { uri, options }) => {
    asked++;
    const res = await request(operation.method, uri, options);
    const what = `${operation.method} ${uri} ${JSON.stringify(options.body ?? options.raw ?? "").slice(0, 300)}: ${res.status} ${res.text.slice(0, 300)}`;
    assert.notEqual(res.status, 500, what);
    if (res.status >= 400) assert.ok(isProblem(res), what);
    if ([401, 422].includes(res.status)) assert.ok(operation.op.responses[res.status], `${what}: not described`);
    return { res, what };
  };
  for (const operation of operations(doc).filter((o) => !skip(o))) {
    for (let i = 0; i < rounds; i++) {
      const { res } = await ask(operation, validRequest(operation, known));
      check(operation.op, res);
    }
    for (const one of invalidRequests(operation, known)) {
      const { res, what } = await ask(operation, one);
      assert.ok([400, 422].includes(res.status), `${one.pointer} is wrong: ${what}`);
      assert.ok(res.body.errors?.some((e) => e.pointer === one.pointer || e.pointer.startsWith(`${one.pointer}/`)), `${one.pointer} isn't named: ${what}`);
    }
  }
  return asked;
}
