#!/usr/bin/env -S node --test-reporter=tap
// A7 and A1 in a browser: a version without permissions is shown to a system admin, who has the system
// administration open beside it, in the same browser. Its bundle tries everything that a page can do to approve
// its successor, which requests four permissions, and to stay after it was removed.
//
// The last test shows what remains: the bundle runs with the person's rights, so it can do what that person can
// do in the company, and read a password that is typed on its page. It can't gain a right from it that reaches
// further.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { account, approve, consenting, login, psql, remove, systemUrl, until } from "../lib/mortise.mjs";
import { person, signIn, startChromium } from "../browser/browser.mjs";
import { reversion, upload } from "../plugins/package.mjs";

const KEY = "versions";
const NEXT = "1.1.0";
const APPROVE = `/api/plugins/catalog/${KEY}/${NEXT}/approve`;
const WANTS = ["tickets:read", "tickets:write", "users:read", "notifications:send"];

// As its author would write it; `now` runs as soon as the bundle is loaded, the rest when the test starts it.
const BUNDLE = `
var HostileVersions = (() => {
  const SYSTEM = ${JSON.stringify(systemUrl)}, APPROVE = ${JSON.stringify(APPROVE)};
  const BODY = JSON.stringify({ permissions: ${JSON.stringify(WANTS)} });
  const nap = (ms) => new Promise((r) => setTimeout(r, ms));
  const answerOf = async (p) => { try { const r = await p; return { status: r.status, type: r.type, text: await r.text() }; } catch (e) { return { error: String(e) }; } };
  const post = (to, more) => answerOf(fetch(to, { method: "POST", headers: { "Content-Type": "application/json" }, body: BODY, ...more }));
  const now = (async () => ({
    own: await post(APPROVE),
    trust: await answerOf(fetch("/api/plugins/overview")),
  }))();
  const ways = {
    now: () => now,
    async fetch() {
      return {
        cors: await post(SYSTEM + APPROVE, { credentials: "include" }),
        simple: await answerOf(fetch(SYSTEM + APPROVE, { method: "POST", mode: "no-cors", credentials: "include", body: BODY })),
        read: await answerOf(fetch(SYSTEM + "/api/plugins/overview", { credentials: "include" })),
        beacon: navigator.sendBeacon(SYSTEM + APPROVE, new Blob([BODY], { type: "text/plain" })),
        host: await post(APPROVE, { headers: { "Content-Type": "application/json", Host: new URL(SYSTEM).host, Origin: SYSTEM, "Sec-Fetch-Site": "same-origin" } }),
      };
    },
    async window() {
      const w = window.open(SYSTEM + "/plugins", "system");
      for (const end = Date.now() + 30000; w && !w.closed && Date.now() < end; ) await nap(50);
      const out = { opened: Boolean(w), closed: w ? w.closed : null };
      try { out.text = w.document.body.innerText; } catch (e) { out.document = String(e); }
      try { w.eval("fetch('" + APPROVE + "')"); out.ran = true; } catch (e) { out.eval = String(e); }
      try { w.postMessage({ approve: true }, "*"); } catch (e) { out.message = String(e); }
      try { w.location = "javascript:document.querySelector('button').click()"; await nap(300); } catch (e) { out.script = String(e); }
      return out;
    },
    async frame() {
      const out = {};
      for (const [name, src] of Object.entries({ page: SYSTEM + "/plugins", own: "/plugins", plugin: "/api/plugins/${KEY}/ui/dist/bundle.iife.js" })) {
        const f = document.createElement("iframe");
        f.src = src;
        const loaded = new Promise((r) => (f.onload = r));
        document.body.append(f);
        await Promise.race([loaded, nap(10000)]);
        try { out[name] = f.contentDocument ? f.contentDocument.body.innerText : "not ours"; } catch (e) { out[name] = String(e); }
        f.remove();
      }
      return out;
    },
    async form(target) {
      const f = document.createElement("form");
      Object.assign(f, { action: SYSTEM + APPROVE, method: "POST", enctype: "text/plain", target: target || "_blank" });
      const i = document.createElement("input");
      i.name = BODY.slice(0, -1) + ',"x":"';
      i.value = '"}';
      f.append(i);
      document.body.append(f);
      f.submit();
      await nap(1500);
      return {};
    },
    async worker() {
      const out = {};
      const code = "fetch('" + SYSTEM + APPROVE + "',{method:'POST',mode:'no-cors',credentials:'include'})";
      const sources = { blob: URL.createObjectURL(new Blob([code], { type: "text/javascript" })), route: "/api/plugins/${KEY}/x.js", asset: document.querySelector("script[src*='/plugin-assets/']").getAttribute("src"), ours: document.querySelector("script[type=module]").getAttribute("src") };
      for (const [name, src] of Object.entries(sources)) {
        for (const Kind of [Worker, SharedWorker]) {
          out[Kind.name + " " + name] = await new Promise((resolve) => {
            try { const w = new Kind(src); w.onerror = () => resolve("refused"); setTimeout(() => resolve("runs"), 15000); } catch (e) { resolve("refused"); }
          });
        }
        out["ServiceWorker " + name] = await navigator.serviceWorker.register(src, { scope: "/" }).then(() => "runs", () => "refused");
        out["ServiceWorker below " + name] = await navigator.serviceWorker.register(src).then(() => "runs", () => "refused");
      }
      out.registered = (await navigator.serviceWorker.getRegistrations()).length;
      return out;
    },
    async cookie() {
      return { seen: document.cookie, stores: await (window.cookieStore ? cookieStore.getAll().then((l) => l.map((c) => c.name)) : []) };
    },
    async password(password) {
      return {
        token: await post("/api/auth/token", { body: JSON.stringify({ email: ${JSON.stringify(account("SystemAdmin").email)}, password }) }),
        system: await post(SYSTEM + "/api/auth/login", { credentials: "include", body: JSON.stringify({ email: ${JSON.stringify(account("SystemAdmin").email)}, password }) }),
        confirm: await post("/api/auth/confirm", { body: JSON.stringify({ password }) }),
        again: await post(APPROVE),
      };
    },
  };
  window.__hostile = ways;
  return { Nothing: () => null };
})();
`;

const hostile = (version, change = () => {}) =>
  reversion(KEY, version, (parts) => {
    parts.files.set("ui/bundle.iife.js", Buffer.from(BUNDLE));
    parts.manifest.ui = { bundle: "ui/bundle.iife.js", globalName: "HostileVersions", slots: [] };
    parts.manifest.permissions = [];
    change(parts);
  });

const approved = () => psql(`SELECT approved_at IS NOT NULL FROM mortise.plugin_packages WHERE plugin_key = '${KEY}' AND version = '${NEXT}'`)[0][0];
const stays = () => assert.equal(approved(), "f", "the successor was approved");

let browser, page, system;
const closing = [];
before(async () => {
  await remove(KEY);
  const first = await upload(hostile("1.0.0"));
  assert.equal(first.status, 201, first.text);
  await approve(KEY, "1.0.0");
  const made = await consenting(await login("Admin"), "/api/plugins/install", { pluginKey: KEY });
  assert.equal(made.status, 201, made.text);
  const next = await upload(hostile(NEXT, ({ manifest }) => { manifest.permissions = WANTS; }));
  assert.equal(next.status, 201, next.text);
  browser = await startChromium();
  closing.push(() => browser.close());
  page = await person(browser, "SystemAdmin");
  // The system administration in another tab of the same browser: its cookie is in the same jar.
  system = await page.context().newPage();
  await system.goto(systemUrl);
  await signIn(system, account("SystemAdmin"));
  await until(() => page.evaluate(() => Boolean(window.__hostile)), 30000, "the bundle");
});
after(async () => {
  await Promise.all(closing.map((f) => f()));
  await remove(KEY);
});

const attack = (way, ...args) => page.evaluate(([w, a]) => window.__hostile[w](...a), [way, args]);

test("A7: by being looked at", async () => {
  const { own, trust } = await attack("now");
  for (const res of [own, trust]) {
    assert.equal(res.status, 403, JSON.stringify(res));
    assert.match(res.text, /system-origin/);
  }
  stays();
});

test("A7: by fetch to the other address", async () => {
  const out = await attack("fetch");
  for (const way of ["cors", "simple", "read"]) assert.match(out[way].error ?? "", /TypeError/, `${way}: ${JSON.stringify(out[way])}`);
  assert.equal(out.host.status, 403);
  stays();
});

test("A7: by an opened window", async () => {
  const out = await attack("window");
  assert.equal(out.text, undefined, "its page can't be read");
  assert.notEqual(out.ran, true);
  assert.equal(out.closed, true, "another group of windows: there is nothing left to hold");
  stays();
});

test("A7: by a frame", async () => {
  const out = await attack("frame");
  for (const [name, text] of Object.entries(out)) assert.ok(text === "" || /not ours|SecurityError/.test(text), `${name}: ${text}`);
  stays();
});

test("A7: by a form, here and in a new window", async () => {
  await attack("form", "_blank");
  stays();
  await attack("form", "_self");
  await until(() => page.evaluate(() => Boolean(window.__hostile)));
  stays();
});

test("A7: by a form of a page without a policy, on another port of the same host", async (t) => {
  // The cookie is sent (ports are one site); the Origin differs.
  const asked = [];
  const server = createServer((req, res) => {
    res.setHeader("Content-Type", "text/html");
    res.end(`<form action="${systemUrl}${APPROVE}" method="POST" enctype="text/plain"><input name='{"permissions":[],"x":"' value='"}'></form>
      <script>document.forms[0].submit()</script>`);
  });
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  t.after(() => server.close());
  const tab = await page.context().newPage();
  tab.on("response", (r) => r.url().includes("/approve") && asked.push(r.status()));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  await until(() => asked.length > 0);
  assert.deepEqual(asked, [403]);
  await tab.close();
  stays();
});

test("A1, A7: by a worker, a shared worker, a service worker", async () => {
  const out = await attack("worker");
  assert.equal(out.registered, 0);
  for (const [name, state] of Object.entries(out)) if (name !== "registered") assert.equal(state, "refused", name);
  stays();
});

test("A7: by the cookie", async () => {
  const out = await attack("cookie");
  assert.doesNotMatch(out.seen, /mortise/);
  assert.ok(!out.stores.some((n) => /mortise/.test(n)));
  const jar = await page.context().cookies(systemUrl);
  const mine = jar.find((c) => c.name === "mortise_system");
  assert.deepEqual([mine.httpOnly, mine.sameSite], [true, "Strict"], "it is in this browser, out of reach");
});

test("a bundle can read what is typed on its page, and its password opens nothing that reaches further", async () => {
  const { password } = account("SystemAdmin");
  const out = await attack("password", password);
  assert.equal(out.confirm.status, 204, "the dialog's request: this remains, and the consent says so");
  assert.equal(out.token.status, 403);
  assert.match(out.token.text, /foreign-use/);
  assert.match(out.system.error ?? "", /TypeError/);
  assert.equal(out.again.status, 403);
  stays();
});

test("the system admin's own page approves it by a click, after what it asks for was shown", async () => {
  await system.goto(`${systemUrl}/plugins`);
  assert.equal(await system.evaluate(() => typeof window.__hostile), "undefined");
  assert.equal(await system.locator("script[src*='/plugin-assets/']").count(), 0);
  await system.getByRole("button", { name: /^Review .* 1\.1\.0$/ }).click();
  const dialog = system.getByRole("dialog");
  await dialog.getByText("Create and change tickets", { exact: true }).waitFor();
  await dialog.getByText(/can do whatever that person can do in your company/).waitFor();
  await dialog.getByRole("button", { name: "Approve for all companies" }).click();
  await dialog.getByText(/can now be installed/).waitFor();
  assert.equal(approved(), "t");
});
