#!/usr/bin/env -S node --test-reporter=tap
// A1, from the browser's side: what a plugin answers is never taken as a page, a frame, a script or a
// worker of our origin, because a browser that wants it for that is refused before the plugin is called.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { anonymous, install, login, remove } from "../lib/mortise.mjs";

const KEY = "time-clock";
const ROUTE = `/api/plugins/${KEY}/report?from=2026-01-01&to=2026-01-31`;
let asset;

before(async () => {
  await remove(KEY);
  const { installation } = await install(KEY);
  asset = installation.ui.bundleUrl;
});
after(() => remove(KEY));

const as = (dest, more = {}) => ({ headers: { "Sec-Fetch-Dest": dest, "Sec-Fetch-Site": "same-origin", ...more } });

function isRefused(res, what) {
  assert.equal(res.status, 403, `${what}: ${res.status} ${res.text.slice(0, 200)}`);
  assert.match(res.headers["content-type"], /^application\/problem\+json/, what);
  assert.match(res.body.type, /\/foreign-use$/, what);
}

test("A1: a plugin's routes answer data only", async () => {
  const me = await login("Dispatcher");
  const plain = await me.get(ROUTE);
  assert.equal(plain.status, 200, plain.text);
  for (const dest of ["empty", "image"]) assert.equal((await me.get(ROUTE, as(dest))).status, 200, dest);
  for (const dest of [
    "document", "frame", "iframe", "fencedframe", "embed", "object", "script", "style", "worker", "sharedworker",
    "serviceworker", "audioworklet", "paintworklet", "manifest", "xslt", "report", "something-new", "Document",
  ]) {
    isRefused(await me.get(ROUTE, as(dest)), dest);
    isRefused(await me.post(`/api/plugins/${KEY}/clock-in`, {}, as(dest)), `POST ${dest}`);
  }
  // Without a sign-in the answers reveal no more.
  isRefused(await anonymous.get(ROUTE, as("document")), "nobody");
});

test("A1: nothing of this site is a worker", async () => {
  const me = await login("Dispatcher");
  for (const path of [ROUTE, "/", "/tickets/1", "/api/me", asset, "/assets/x.js", "/events", "/api/auth/login"]) {
    for (const dest of ["worker", "sharedworker", "serviceworker"]) isRefused(await me.get(path, as(dest)), `${path} ${dest}`);
    const res = await me.get(path, { headers: { "Service-Worker": "script" } });
    isRefused(res, `${path} Service-Worker`);
    assert.equal(res.headers["clear-site-data"], '"storage"', "one that was planted before goes");
    assert.equal(res.headers["service-worker-allowed"], undefined);
  }
  assert.equal((await anonymous.get("/_refused_worker")).status, 404, "only from inside");
  assert.equal((await anonymous.get("/_refused_frame")).status, 404, "only from inside");
});

test("A1: a plugin's files are scripts, styles and pictures, and stand in no frame", async () => {
  const me = await login("Dispatcher");
  const stable = `/api/plugins/${KEY}/ui/dist/${asset.split("/").at(-1)}`;
  for (const path of [asset, stable]) {
    for (const dest of ["script", "style", "image", "empty", "font"]) {
      const res = await me.get(path, as(dest));
      assert.equal(res.status, 200, `${path} ${dest}: ${res.text.slice(0, 200)}`);
      assert.match(res.headers["content-security-policy"], /sandbox/);
    }
    for (const dest of ["frame", "iframe", "embed", "object"]) isRefused(await me.get(path, as(dest)), `${path} ${dest}`);
  }
  isRefused(await me.get(stable, as("document")), "a page of it");
});

test("our own pages and files are served as before", async () => {
  const me = await login("Admin");
  for (const path of ["/", "/plugins", "/api/me", "/api/plugins/exports"]) assert.equal((await me.get(path, as("document"))).status, 200, path);
  for (const dest of ["iframe", "script", "object"]) isRefused(await me.get("/api/me", as(dest)), dest);
});

test("the page's policy names what it needs, and nothing for workers and frames", async () => {
  for (const path of ["/", "/tickets/1"]) {
    const res = await anonymous.get(path);
    const policy = Object.fromEntries(
      res.headers["content-security-policy"].split(";").map((d) => d.trim().split(/ (.*)/s).slice(0, 2)),
    );
    for (const name of ["default-src", "worker-src", "frame-src", "object-src", "base-uri", "frame-ancestors"])
      assert.equal(policy[name], "'none'", name);
    assert.equal(policy["script-src"], "'self'");
    assert.equal(policy["form-action"], "'self'");
  }
  for (const path of ["/", "/api/me", asset, "/api/nothing"]) {
    const res = await anonymous.get(path);
    assert.equal(res.headers["cross-origin-opener-policy"], "same-origin", path);
    assert.equal(res.headers["cross-origin-resource-policy"], "same-origin", path);
  }
});
