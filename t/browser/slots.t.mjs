#!/usr/bin/env -S node --test-reporter=tap
// What the host does with any plugin's components: each render type, one that throws, one that is
// not the approved file. The plugins here are made up: their list and their bundles are answered by
// the test, everything else is the real app under its real policy.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { http, login, url } from "../lib/mortise.mjs";
import { launch, person, tab, until, violations } from "./browser.mjs";

const BUNDLE = `var PluginSample = (function (React, MUI, jsxRuntime, Mortise, Router) {
  var h = React.createElement;
  return {
    Tab: function (p) { return h("p", null, "tab of " + p.ticketId + " for " + p.technicianId + ", " + p.label); },
    Throws: function () { throw new Error("broken on purpose"); },
    Inline: function (p) {
      return h("p", null, "inline " + p.ticketId + " at " + Router.useLocation().pathname + " ",
        h(Router.Link, { to: "/people" }, "Plugin link"));
    },
    Card: function () { return jsxRuntime.jsx(MUI.Chip, { label: "inside the card" }); },
    Button: function () {
      return h(MUI.Button, { onClick: function () { Mortise.toast({ title: "pressed by " + Mortise.version }); } }, "Plugin button");
    },
    Item: function (p) {
      return h(MUI.MenuItem, { onClick: function () { p.onMenuClose(); window.dispatchEvent(new Event("sample-open")); } }, "Plugin item");
    },
    Modal: function () {
      var s = React.useState(false);
      React.useEffect(function () {
        var open = function () { s[1](true); };
        window.addEventListener("sample-open", open);
        return function () { window.removeEventListener("sample-open", open); };
      }, []);
      return h(MUI.Dialog, { open: s[0], onClose: function () { s[1](false); } }, h(MUI.DialogTitle, null, "Plugin dialog"));
    },
    Widget: function () { return h("p", null, "widget for " + Mortise.useMe().name); },
    Raw: function (p) { return h("p", { id: "raw" }, "raw for " + p.pluginKey); },
  };
})(React, MUI, jsxRuntime, Mortise, ReactRouterDOM);`;

const hash = (text, algorithm = "sha256", encoding = "base64") =>
  createHash(algorithm).update(text).digest(encoding);
const address = (text) => `/plugin-assets/${hash(text, "sha256", "hex")}/ui/bundle.iife.js`;

const slot = (slotId, componentName, renderType, props = {}) => ({ slotId, componentName, renderType, props });
const SLOTS = [
  slot("ticket.tabs", "Tab", "tab", { id: "good", label: "Good tab", icon: "x" }),
  slot("ticket.tabs", "Throws", "tab", { id: "bad", label: "Bad tab" }),
  slot("ticket.tabs", "Nowhere", "tab", { id: "none", label: "Missing tab" }),
  slot("ticket.details", "Inline", "inline"),
  slot("ticket.details", "Card", "card", { label: "Plugin card" }),
  slot("ticket.actions", "Button", "button"),
  slot("ticket.actions", "Item", "menuitem"),
  slot("ticket.actions", "Modal", "modal"),
  slot("reports.widgets", "Widget", "widget"),
  slot("plugin.config", "Raw", "raw"),
];

const installation = (key, more) => ({
  id: `00000000-0000-4000-8000-${key.padStart(12, "0").replace(/[^0-9a-f]/g, "0")}`,
  pluginKey: key,
  version: "1.0.0",
  displayName: key,
  description: "made up by a test",
  state: "enabled",
  status: "installed",
  trust: { status: "unsigned", allowed: true },
  quarantined: false,
  quarantineReason: null,
  icon: null,
  installedAt: "2026-01-01T00:00:00.000Z",
  installedBy: null,
  permissions: [],
  reportComponents: [],
  ...more,
});

const STORED = {
  schema: [{ key: "auth_method", label: "Sign-in", type: "string" }],
  values: { auth_method: "token" },
  version: 3,
  missing: [],
  updatedAt: null,
  updatedBy: null,
};

/** A person for whom these plugins are installed. */
async function withPlugins(t, role, items, bundles, path) {
  const browser = await launch(t);
  const page = await person(browser, role);
  await page.context().route("**/api/plugins/installations", (route) => route.fulfill({ json: { items } }));
  await page.context().route("**/plugin-assets/**", (route) => {
    const body = bundles[new URL(route.request().url()).pathname];
    return body === undefined
      ? route.fulfill({ status: 404 })
      : route.fulfill({ contentType: "text/javascript", body });
  });
  await page.context().route("**/api/plugins/installations/*/configuration", (route) => route.fulfill({ json: STORED }));
  await page.goto(new URL(path, url).href);
  return page;
}

const ui = (text, more = {}) => ({
  bundleUrl: address(text),
  integrity: `sha256-${hash(text)}`,
  globalName: "PluginSample",
  slots: SLOTS,
  ...more,
});

const ticket = (await (await login("Admin")).get("/api/tickets?limit=1")).body.items[0];

test("each render type stands in its place", async (t) => {
  const page = await withPlugins(
    t,
    "Admin",
    [installation("sample", { ui: ui(BUNDLE) })],
    { [address(BUNDLE)]: BUNDLE },
    `/tickets/${ticket.id}`,
  );
  const window = page.locator(".window");

  await t.test("inline and card, below the fields", async () => {
    await window.getByText(`inline ${ticket.id} at /tickets/${ticket.id}`).waitFor();
    const card = window.getByRole("region", { name: "sample" });
    await card.getByRole("heading", { name: "Plugin card" }).waitFor();
    await card.getByText("inside the card").waitFor();
  });
  await t.test("button, which may raise a toast", async () => {
    await window.getByRole("button", { name: "Plugin button" }).click();
    await page.locator(".toast", { hasText: "pressed by 0.1.0" }).waitFor();
  });
  await t.test("menuitem opens a modal", async () => {
    await window.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Plugin item" }).click();
    await page.getByRole("dialog").getByText("Plugin dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
  await t.test("tab, with the ticket's and the technician's id", async () => {
    await tab(page, "Good tab").click();
    await window.getByText(`tab of ${ticket.id} for ${page.who.id}, Good tab`).waitFor();
    assert.match(page.url(), /tab=sample(:|%3A)good/);
  });
  await t.test("a tab's address can be opened", async () => {
    await page.reload();
    await window.getByText(`tab of ${ticket.id}`).waitFor();
  });
  await t.test("widget, on the reports page", async () => {
    await page.goto(new URL("/reports", url).href);
    await page.getByText(`widget for ${page.who.name}`).waitFor();
  });
  await t.test("raw, in the plugin's own settings", async () => {
    await page.goto(new URL("/plugins/sample/manage?tab=settings", url).href);
    await page.locator("#raw").getByText("raw for sample").waitFor();
  });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});

// Shows its slot and its props.
const PROBE = `var PluginProbe = (function (React) {
  return {
    Probe: function (p) {
      (window.__got = window.__got || {})[p.at] = Object.fromEntries(Object.entries(p).map(function (e) { return [e[0], typeof e[1]]; }));
      return React.createElement("span", { "data-at": p.at }, p.at);
    },
  };
})(React);`;

test("every slot of the published table is in the app and gives the props of the table", async (t) => {
  const table = (await http("GET", "/schemas/plugin-manifest.json")).body["x-slots"];
  assert.ok(table.length >= 5);
  const all = table.flatMap((s) => s.renderTypes.map((r) => ({ slot: s, at: `${s.id} ${r}`, renderType: r })));
  const slots = all.map((p) => slot(p.slot.id, "Probe", p.renderType, { at: p.at, id: p.at, label: p.at }));
  const page = await withPlugins(
    t,
    "Admin",
    [installation("probe", { ui: ui(PROBE, { globalName: "PluginProbe", slots }) })],
    { [address(PROBE)]: PROBE },
    `/tickets/${ticket.id}`,
  );
  const seen = {};
  const stands = async (...places) => {
    for (const at of places) await page.locator(`[data-at="${at}"]`).first().waitFor({ state: "attached" });
    Object.assign(seen, await page.evaluate(() => window.__got));
  };
  await stands("ticket.details inline", "ticket.details card", "ticket.actions button", "ticket.actions modal");
  await page.locator(".window").getByRole("button", { name: "More actions" }).click();
  await stands("ticket.actions menuitem");
  await page.keyboard.press("Escape");
  await tab(page, "ticket.tabs tab").click();
  await stands("ticket.tabs tab");
  await page.goto(new URL("/reports", url).href);
  await stands("reports.widgets widget", "reports.widgets card");
  await page.goto(new URL("/plugins/probe/manage?tab=settings", url).href);
  await stands("plugin.config inline", "plugin.config raw");

  assert.deepEqual(Object.keys(seen).sort(), all.map((p) => p.at).sort(), "the places of the table");
  const kind = (type) => (type.includes("=>") ? "function" : type.startsWith("Record<") ? "object" : type);
  for (const { slot: s, at } of all) {
    const { at: _, id, label, ...got } = seen[at];
    assert.deepEqual(got, Object.fromEntries(s.props.map((p) => [p.name, kind(p.type)])), at);
  }
});

// Does what panels out there do: starts from what it is given, and pushes its defaults at once.
const PANEL = `var PluginPanel = (function (React) {
  var h = React.createElement;
  return {
    Panel: function (p) {
      var method = React.useState(p.configData.auth_method || "none")[0];
      React.useEffect(function () { p.onConfigChange("auth_method", method); }, []);
      return h("button", { onClick: function () { p.onSaveConfiguration(); } }, "Keep " + method);
    },
  };
})(React);`;

test("a settings panel is shown when the stored settings are there, so that it can't save its defaults over them", async (t) => {
  const panel = ui(PANEL, { globalName: "PluginPanel", slots: [slot("plugin.config", "Panel", "raw")] });
  const page = await withPlugins(t, "Admin", [installation("sample", { ui: panel })], { [address(PANEL)]: PANEL }, "/");
  let answer;
  const asked = new Promise((resolve) => (answer = resolve));
  const saved = new Promise((resolve) =>
    page.context().route("**/configuration", async (route) => {
      if (route.request().method() === "PUT") resolve(route.request().postDataJSON());
      else await asked;
      await route.fulfill({ json: STORED });
    }),
  );
  await page.goto(new URL("/plugins/sample/manage?tab=settings", url).href);
  await until(() => page.evaluate(() => Boolean(window.PluginPanel)));
  await page.getByRole("status", { name: "Loading settings" }).waitFor();
  assert.equal(await page.getByRole("button", { name: /^Keep/ }).count(), 0);
  answer();
  await page.getByRole("button", { name: "Keep token" }).click();
  assert.deepEqual(await saved, { values: { auth_method: "token" }, version: 3 });
  assert.deepEqual(page.faults, []);
});

const LAZY = `var PluginLazy = (function (React) {
  var h = React.createElement;
  return {
    Tab: React.lazy(function () {
      return new Promise(function (resolve) {
        window.__arrive = function () { resolve({ default: function () { return h("p", null, "here at last"); } }); };
      });
    }),
  };
})(React);`;

test("a component that suspends leaves everything around it in place", async (t) => {
  const lazy = ui(LAZY, { globalName: "PluginLazy", slots: [slot("ticket.tabs", "Tab", "tab", { label: "Lazy tab" })] });
  const page = await withPlugins(t, "Technician", [installation("sample", { ui: lazy })], { [address(LAZY)]: LAZY }, `/tickets/${ticket.id}`);
  await tab(page, "Lazy tab").click();
  await until(() => page.evaluate(() => Boolean(window.__arrive)));
  await page.locator(".window").getByRole("status", { name: "Loading sample" }).waitFor();
  assert.ok(await tab(page, "Lazy tab").isVisible(), "the ticket");
  assert.ok(await page.locator(".row [data-ticket]").first().isVisible(), "the list");
  await page.evaluate(() => window.__arrive());
  await page.getByText("here at last").waitFor();
  assert.deepEqual(page.faults, []);
});

test("a component that throws takes down its own place only", async (t) => {
  const page = await withPlugins(
    t,
    "Technician",
    [installation("sample", { ui: ui(BUNDLE) })],
    { [address(BUNDLE)]: BUNDLE },
    `/tickets/${ticket.id}`,
  );
  page.expected.push(/broken on purpose/, /Throws/);
  await tab(page, "Bad tab").click();
  const fault = page.locator(".plugin-fault");
  await fault.getByText("broken on purpose").waitFor();
  await fault.getByRole("button", { name: "Try again" }).click();
  await fault.getByText("broken on purpose").waitFor();
  await tab(page, "Missing tab").click();
  await page.getByText("The bundle has no component Nowhere.").waitFor();
  await tab(page, "Good tab").click();
  await page.getByText(`tab of ${ticket.id}`).waitFor();
  await page.getByRole("link", { name: /Tickets/ }).first().click();
  await page.locator(".row [data-ticket]").first().waitFor();
});

test("a bundle that is not the approved file does not run", async (t) => {
  const forged = BUNDLE.replace("tab of", "forged tab of");
  const page = await withPlugins(
    t,
    "Technician",
    [installation("sample", { ui: ui(BUNDLE) })],
    { [address(BUNDLE)]: forged },
    `/tickets/${ticket.id}`,
  );
  page.expected.push(/integrity|plugin-assets/);
  await tab(page, "Good tab").click();
  await page.locator(".plugin-fault").getByText(/not the approved one/).first().waitFor();
  assert.equal(await page.evaluate(() => typeof window.PluginSample), "undefined");
});

test("a bundle from anywhere but a package's address is not loaded", async (t) => {
  const page = await withPlugins(
    t,
    "Technician",
    [installation("sample", { ui: ui(BUNDLE, { bundleUrl: "https://evil.example/x.js" }) })],
    {},
    `/tickets/${ticket.id}`,
  );
  await tab(page, "Good tab").click();
  await page.locator(".plugin-fault").getByText(/not one of a package/).first().waitFor();
  assert.deepEqual(page.faults, []);
});

test("two versions with one global name keep apart", async (t) => {
  const second = BUNDLE.replace("tab of", "second tab of");
  const only = (id) => [slot("ticket.tabs", "Tab", "tab", { id, label: `Tab ${id}` })];
  const page = await withPlugins(
    t,
    "Technician",
    [
      installation("one", { ui: ui(BUNDLE, { slots: only("one") }) }),
      installation("two", { ui: ui(second, { slots: only("two") }) }),
    ],
    { [address(BUNDLE)]: BUNDLE, [address(second)]: second },
    `/tickets/${ticket.id}`,
  );
  await tab(page, "Tab one").click();
  await page.getByText(`tab of ${ticket.id}`).waitFor();
  assert.equal(await page.getByText("second tab").count(), 0);
  await tab(page, "Tab two").click();
  await page.getByText(`second tab of ${ticket.id}`).waitFor();
  assert.deepEqual(page.faults, []);
});

test("a plugin in quarantine shows the reason and can be tried again", async (t) => {
  const stopped = { quarantined: true, quarantineReason: "five crashes in a minute" };
  const page = await withPlugins(t, "Admin", [installation("sample", stopped)], {}, "/plugins?tab=mine");
  const card = page.getByRole("listitem", { name: "sample" });
  await card.getByText(/five crashes in a minute/).waitFor();
  await card.getByRole("button", { name: "More actions for sample" }).click();
  await page.getByRole("menuitem", { name: "Enable" }).waitFor();
  await page.keyboard.press("Escape");
  await card.getByRole("link", { name: "sample" }).click();
  await page.getByText(/five crashes in a minute/).first().waitFor();
});

test("a view that fails shows an error, and the others stay reachable", async (t) => {
  const page = await person(await launch(t), "Technician");
  page.expected.push(/people-page|a view failed|Failed to fetch/);
  await page.context().route("**/assets/people-page-*.js", (route) => route.fulfill({ status: 404 }));
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.getByText("Something went wrong").waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page.locator(".row [data-ticket]").first().waitFor();
});
