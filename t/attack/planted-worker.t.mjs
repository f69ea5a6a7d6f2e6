#!/usr/bin/env -S node --test-reporter=tap
// A1: a service worker that was planted once (by an answer that got past everything) stands between every
// page and the server, for the next person at that browser too. The next visit ends it: the browser asks
// for its file from time to time, past the worker itself, and gets a refusal that clears the site's storage.

import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { test } from "node:test";
import { until, url } from "../lib/mortise.mjs";
import { launch } from "../browser/launch.mjs";

const PLANTED = `self.addEventListener("fetch", (e) => e.respondWith(e.request.mode === "navigate"
  ? new Response("<h1>planted</h1>", { headers: { "Content-Type": "text/html" } }) : fetch(e.request)));`;

test("A1: a planted service worker goes with the next visit", async (t) => {
  // An origin that was taken over for a moment, and is Mortise's from then on.
  const target = new URL(url);
  let taken = true;
  const server = createServer((req, res) => {
    if (taken) {
      const script = req.url === "/sw.js";
      res.writeHead(200, { "Content-Type": script ? "text/javascript" : "text/html" });
      return res.end(script ? PLANTED : "<h1>taken</h1>");
    }
    const on = request({ host: target.hostname, port: target.port, path: req.url, method: req.method, headers: req.headers }, (from) => {
      res.writeHead(from.statusCode, from.rawHeaders);
      from.pipe(res);
    });
    on.on("error", () => res.destroy());
    req.pipe(on);
  });
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  t.after(() => server.close());
  const at = `http://127.0.0.1:${server.address().port}/`;
  const browser = await launch(t);
  const page = await browser.newPage();
  await page.goto(at);
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
  });
  await page.goto(`${at}tickets`);
  assert.equal(await page.innerText("h1"), "planted");

  taken = false;
  await page.goto(`${at}tickets`);
  assert.equal(await page.innerText("h1"), "planted", "the worker answers this visit as well");
  await until(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length === 0));
  await page.goto(`${at}tickets`);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});
