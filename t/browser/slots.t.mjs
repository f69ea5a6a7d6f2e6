#!/usr/bin/env -S node --test-reporter=tap
// What the host does with any plugin's components: each render type, one that throws, one that is
// not the approved file. The plugins here are made up: their list and their bundles are answered by
// the test, everything else is the real app under its real policy. MORTISE_SHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { http, login, psql, url } from "../lib/mortise.mjs";
import { person, sticksOut, tab, toasted, until, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

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

const shot = async (page, name) => {
  if (process.env.MORTISE_SHOTS) await page.screenshot({ path: join(process.env.MORTISE_SHOTS, `slots-${name}.png`) });
};
const hash = (text, algorithm = "sha256", encoding = "base64") =>
  createHash(algorithm).update(text).digest(encoding);
const address = (text) => `/plugin-assets/${hash(text, "sha256", "hex")}/ui/bundle.iife.js`;

const slot = (slotId, componentName, renderType, props = {}, more = {}) => ({ slotId, componentName, renderType, props, ...more });
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
    await toasted(page, "pressed by 0.1.0");
  });
  await t.test("menuitem opens a modal", async () => {
    await window.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Plugin item" }).click();
    await page.getByRole("dialog").getByText("Plugin dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
  await t.test("tab, with the ticket's and the technician's id", async () => {
    const icon = tab(page, "Good tab").locator(".tab-icon");
    assert.equal(await icon.evaluate((e) => getComputedStyle(e).marginRight), "6px", "it stands off its label");
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
  const { "x-slots": table, "x-slot-props": everywhere } = (await http("GET", "/schemas/plugin-manifest.json")).body;
  assert.ok(table.length >= 5);
  const all = table.flatMap((s) => s.renderTypes.map((r) => ({ slot: s, at: `${s.id} ${r}`, renderType: r })));
  const slots = all.map((p) => slot(p.slot.id, "Probe", p.renderType, { at: p.at, id: p.at, label: p.at, ...(p.slot.id === "dashboard.widgets" && { id: "probe", title: p.at, size: "small", initial: true }), ...(p.renderType === "page" && { path: "/", title: p.at }) }));
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
  await stands("plugin.config inline", "plugin.config card", "plugin.config raw");
  await page.getByRole("link", { name: "Models" }).click();
  await stands("page.models.tabs tab");
  await page.getByRole("link", { name: "Risks" }).click();
  await stands("page.risks.tabs tab", "page.risks.actions button", "page.risks.actions modal");
  await page.getByRole("button", { name: "More actions" }).click();
  await stands("page.risks.actions menuitem");
  await page.goto(new URL("/x/probe", url).href);
  await stands("plugin.page page");
  await page.goto(new URL("/dashboard", url).href);
  await stands("dashboard.widgets widget");
  await page.goto(new URL("/tickets", url).href);
  await stands("tickets.columns raw");
  await page.getByRole("checkbox", { name: /^Select #/ }).first().check();
  await stands("tickets.bulk button", "tickets.bulk modal");
  await page.getByRole("button", { name: "New ticket" }).click();
  await stands("ticket.form inline", "ticket.form card");
  await page.keyboard.press("Escape");
  await page.goto(new URL("/people", url).href);
  await page.getByRole("button", { name: /^Actions/ }).first().click();
  await stands("person.actions menuitem", "person.actions modal");

  assert.deepEqual(Object.keys(seen).sort(), all.map((p) => p.at).sort(), "the places of the table");
  const kind = (type) => (type.includes("=>") ? "function" : /^(Readonly<)?Record<|^ApiServices$|^\{|\[\]$/.test(type) ? "object" : type.startsWith("'") ? "string" : type);
  for (const { slot: s, at, renderType } of all) {
    const { at: _, id, label, title, initial, ...got } = seen[at];
    const props = [...s.props, ...everywhere.shared, ...(renderType === "modal" ? everywhere.modal : [])];
    assert.deepEqual(got, Object.fromEntries(props.map((p) => [p.name, kind(p.type)])), at);
  }
});

const LISTED = `var PluginListed = (function (React, MUI) {
  var h = React.createElement;
  return {
    Cell: function (p) { return h("span", { className: "listed" }, p.ticketId.slice(-4) + " of " + p.ticketIds().length); },
    Archive: function (p) {
      return h(MUI.Button, { onClick: function () { p.onTriggerModal("Ask"); } }, "Archive " + p.ticketIds.length);
    },
    Ask: function (p) {
      return h(MUI.Dialog, { open: p.open, onClose: p.onClose }, h(MUI.DialogTitle, null, "Archive all?"),
        h(MUI.Button, { onClick: function () { p.onClose(); p.onDone(); } }, "Yes, all"));
    },
    Panel: function (p) {
      var fill = function () { p.onChange({ title: p.draft.title + " (urgent)", priority: "urgent", custom: { "listed:floor": 3, odd: 1 } }); };
      return h("p", null, "title is " + (p.draft.title || "empty") + ", floor " + (p.draft.custom["listed:floor"] || "none") + " ",
        h(MUI.Button, { onClick: fill }, "Make urgent"));
    },
    Call: function (p) { return h(MUI.MenuItem, { onClick: function () { p.onMenuClose(); p.onToast({ title: "calling " + p.userId }); } }, "Call"); },
  };
})(React, MUI);`;

test("in the list, its bar, the form and a person's menu a plugin sees what is meant, and changes it", async (t) => {
  const slots = [
    slot("tickets.columns", "Cell", "raw", { id: "c", label: "Listed" }),
    slot("tickets.bulk", "Archive", "button"),
    slot("tickets.bulk", "Ask", "modal"),
    slot("ticket.form", "Panel", "card", { label: "Urgency" }),
    slot("person.actions", "Call", "menuitem"),
  ];
  const page = await withPlugins(t, "Admin", [installation("listed", { ui: ui(LISTED, { globalName: "PluginListed", slots }) })], { [address(LISTED)]: LISTED }, "/tickets");
  const field = { id: "00000000-0000-4000-8000-0000000000f1", resource: "tickets", key: "listed:floor", label: "Floor", help: null, type: "number", options: [], required: false, inList: false, position: 1, version: 1, archivedAt: null, pluginKey: "listed", pluginName: "Listed" };
  await page.context().route("**/api/custom-fields", (route) => route.fulfill({ json: { items: [field] } }));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.reload();
  await page.getByRole("columnheader", { name: "Listed" }).waitFor();
  const first = page.locator(".row:not(.row-head)").first();
  const id = await first.locator("[data-ticket]").getAttribute("data-ticket");
  await until(async () => new RegExp(`^${id.slice(-4)} of [1-9]`).test(await first.locator(".listed").innerText()), 30000, "each cell is of its row");
  assert.equal(await first.locator(".listed").evaluate((e) => e.closest(".row").scrollWidth <= e.closest(".row").clientWidth), true);

  const boxes = page.getByRole("checkbox", { name: /^Select #/ });
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByRole("button", { name: "Archive 2" }).waitFor();
  await shot(page, "list");
  await page.getByRole("button", { name: "Archive 2" }).click();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("dialog").getByRole("button", { name: "Yes, all" }).click();
  await page.locator(".bulk-bar").waitFor({ state: "detached" });
  await page.setViewportSize({ width: 360, height: 780 });
  assert.deepEqual(await sticksOut(page), []);
  await page.setViewportSize({ width: 1440, height: 900 });

  await page.getByRole("button", { name: "New ticket" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("region", { name: "listed" }).getByText("title is empty, floor none").waitFor();
  await dialog.getByRole("textbox", { name: "Title" }).fill("Lift stands");
  await dialog.getByText("title is Lift stands").waitFor();
  await dialog.getByRole("button", { name: "Make urgent" }).click();
  await dialog.getByText("title is Lift stands (urgent), floor 3").waitFor();
  await shot(page, "form");
  assert.deepEqual(await violations(page), []);
  let sent;
  await page.context().route("**/api/tickets", (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    sent = route.request().postDataJSON();
    return route.abort();
  });
  page.expected.push(/\/api\/tickets$/);
  await dialog.getByRole("button", { name: "Create ticket" }).click();
  await until(() => sent, 30000, "it is sent");
  assert.deepEqual(sent, { title: "Lift stands (urgent)", description: "", priority: "urgent", custom: { "listed:floor": 3 } });
  await page.keyboard.press("Escape");

  await page.goto(new URL("/people", url).href);
  await page.getByRole("button", { name: /^Actions/ }).first().click();
  await page.getByRole("menuitem", { name: "Call" }).click();
  await toasted(page, "calling ");
  assert.deepEqual(page.faults, []);
});

const PAGES = `var PluginPages = (function (React, Mortise) {
  var h = React.createElement;
  return {
    Home: function () { return h("p", null, "home ", h(Mortise.PluginLink, { to: "/items/12" }, "Valve")); },
    Item: function (p) {
      var here = Mortise.usePluginPath(), id = p.params.id;
      React.useEffect(function () { p.onTitle("Item " + id); }, [p.onTitle, id]);
      if (id === "13") throw new Error("unlucky");
      var next = function () { here.go("/items/" + (Number(id) + 1) + "?from=" + id); };
      return h("p", null, "item " + id + " at " + here.path + here.query + " ", h("button", { onClick: next }, "Next"));
    },
    Files: function (p) { return h("p", null, "file " + p.params["*"]); },
  };
})(React, Mortise);`;

test("pages of a plugin stand at their addresses, with title, way back and entry", async (t) => {
  const own = (path, componentName, title) => slot("plugin.page", componentName, "page", { path, title });
  const slots = [
    own("/", "Home", "Parts"),
    own("/items/:id", "Item", "Item"),
    own("/files/*", "Files", "Files"),
    own("/none", "Nowhere", "Missing"),
    { slotId: "plugin.page", componentName: "", renderType: "page", allowed: false, props: { path: "/secret" } },
  ];
  const long = "Spare parts of the workshop in the north";
  const navigation = [
    { id: "home", label: long, icon: "Package", path: "/", order: 1 },
    ...Array.from({ length: 9 }, (_, i) => ({ id: `f${i}`, label: `Files ${i}`, icon: "📦", path: `/files/${i}` })),
  ];
  const many = Array.from({ length: 5 }, (_, i) =>
    installation(`many-${i}`, { ui: ui(PAGES, { globalName: "PluginPages", slots: [], navigation: navigation.slice(1) }) }));
  const pages = { globalName: "PluginPages", slots, navigation };
  const parts = installation("spare-parts", { displayName: "Spare parts", ui: ui(PAGES, pages) });
  const items = [parts, ...many];
  const page = await withPlugins(t, "Admin", items, { [address(PAGES)]: PAGES }, "/x/spare-parts/items/11");
  const go = (path) => page.evaluate((to) => window.Mortise.navigate(to), path);
  const heading = (name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();

  await page.getByText("item 11 at /items/11").waitFor();
  await heading("Item 11");
  assert.match(await page.title(), /^Item 11 · /);
  const entry = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: long });
  assert.equal(await entry.getAttribute("aria-current"), "page");
  assert.equal(await page.locator(".nav-link[aria-current]").count(), 1);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("item 12 at /items/12from=11").waitFor();
  await heading("Item 12");
  await page.getByRole("button", { name: "Next" }).click();
  page.faults.length = 0;
  await page.getByRole("alert").getByText("unlucky").waitFor();
  page.faults.length = 0;
  await go("/x/spare-parts/items/14");
  await page.getByText("item 14 at").waitFor();
  await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: "Spare parts" }).click();
  await heading("Parts");
  await page.getByRole("link", { name: "Valve" }).click();
  await page.getByText("item 12 at").waitFor();
  await page.goBack();
  await heading("Parts");
  await go("/x/spare-parts/files/a/b%20c/");
  await page.getByText("file a/b c").waitFor();
  await go("/x/spare-parts/none");
  await page.getByText("has no component Nowhere").waitFor();
  for (const path of ["nothing", "items", "items/a%2Fb", "items/%2e%2e%2fx", "items/%zz", "ITEMS/1"]) {
    await go("/x/spare-parts");
    await heading("Parts");
    await go(`/x/spare-parts/${path}`);
    await page.locator(".state").getByText("Not found").waitFor();
  }
  await go("/x/spare-parts/secret");
  await heading("This page isn’t open to you");

  await t.test("more entries than there is room for are on a page of their own", async () => {
    assert.equal(await page.locator(".nav-link[href^='/x/']").count(), 8);
    await page.getByRole("link", { name: "All apps" }).click();
    await heading("All apps");
    assert.equal(await page.locator(".app-tiles a").count(), 55);
    await page.setViewportSize({ width: 360, height: 780 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "nothing is wider than a phone");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: long }).click();
    await heading("Parts");
    await page.getByRole("link", { name: "Valve" }).click();
    await heading("Item 12");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "nothing is wider than a phone");
    assert.deepEqual(await violations(page), []);
  });
  await t.test("a plugin that is disabled takes its page along, and brings it back", async () => {
    const list = (state) => {
      items.splice(0, 1, { ...parts, state });
      return page.evaluate(() => window.Mortise.invalidate("plugins/"));
    };
    await list("disabled");
    await heading("Spare parts is switched off");
    await list("enabled");
    await page.getByText("item 12 at").waitFor();
    items.splice(0, 1);
    await page.evaluate(() => window.Mortise.invalidate("plugins/"));
    await heading("Not found");
  });
  assert.deepEqual(page.faults, []);
});

// The app's own parts, by the global that @mortise/ui takes them from.
const KIT = `var PluginKit = (function (React, MUI, UI) {
  var h = React.createElement;
  return {
    Kit: function () {
      var s = React.useState(null);
      return h("div", null,
        h(UI.DataTable, {
          label: "Parts", rowKey: function (p) { return p.id; }, onOpen: s[1],
          columns: [{ key: "name", label: "Name", sorts: true }, { key: "stock", label: "Stock", sorts: true, right: true }],
          source: { url: "/api/plugins/kit/parts", limit: 2 }, bulk: function (rows) { return h("span", null, rows.length + " to order"); } }),
        h(UI.Chart, { kind: "donut", title: "Stock by place", labels: ["A", "B"], series: [{ name: "Stock", values: [12, 3] }] }),
        h(UI.Chart, { kind: "line", title: "Orders", overTime: true, labels: ["2026-02-01", "2026-02-02"], series: [{ name: "Orders", values: [2, 5] }] }),
        h(UI.EmptyState, { title: "No orders", text: "They come from the workshop." }),
        s[0] && h(UI.ConfirmDialog, { title: "Order " + s[0].name + "?", text: "It comes tomorrow.", confirm: "Order",
          run: function () { return Promise.resolve(); }, onClose: function () { s[1](null); } }));
    },
  };
})(React, MUI, MortiseUI);`;

const WIDGETS = `var PluginWidgets = (function (React) {
  return {
    Stock: function (p) { return React.createElement("p", null, "stock is " + p.size); },
    Fails: function () { throw new Error("unlucky"); },
  };
})(React);`;

test("people arrange their dashboard, with widgets of plugins", async (t) => {
  const slots = [
    slot("dashboard.widgets", "Stock", "widget", { id: "stock", title: "Stock", size: "small", initial: true }),
    slot("dashboard.widgets", "Fails", "widget", { id: "fails", title: "Broken", size: "small", initial: false }),
  ];
  t.after(() => psql("delete from mortise.dashboards"));
  const page = await withPlugins(
    t,
    "Dispatcher",
    [installation("sample", { ui: ui(WIDGETS, { globalName: "PluginWidgets", slots }) })],
    { [address(WIDGETS)]: WIDGETS },
    "/dashboard",
  );
  page.expected.push(/unlucky/);
  const titles = () => page.locator(".widgets h2").allTextContents();
  const stand = (...wanted) => until(async () => (await titles()).join() === wanted.join(), 30000, `${wanted}`);
  const button = (name) => page.getByRole("button", { name, exact: true });
  const FIRST = ["My open tickets", "Open tickets by state", "Waiting for somebody", "Stock"];
  await page.getByText("stock is small").waitFor();
  await stand(...FIRST);
  await page.locator(".widget-counts a", { hasText: "New" }).waitFor();
  await button("Arrange").click();
  await button("Move “Stock” forward").click();
  await stand(FIRST[0], FIRST[1], "Stock", FIRST[2]);
  await until(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label") === "Move “Stock” forward"), 30000, "the focus stays");
  await page.getByRole("group", { name: "Size of “Stock”" }).getByRole("button", { name: "Wide" }).click();
  await page.getByText("stock is wide").waitFor();
  await button("Remove “My open tickets”").click();
  await button("Add widget").click();
  await page.getByRole("menuitem", { name: "Broken" }).click();
  const mine = [FIRST[1], "Stock", FIRST[2], "Broken"];
  await stand(...mine);
  await page.getByText(/unlucky|isn’t working|failed/).first().waitFor();
  await button("Done").click();
  assert.deepEqual(await violations(page), []);
  await page.reload();
  await stand(...mine);
  await page.getByText("stock is wide").waitFor();
  // What they have arranged is theirs on any device, and can be taken back.
  assert.deepEqual(psql("select jsonb_path_query_array(widgets, '$[*].id') from mortise.dashboards").flat(), ['["states", "sample:stock", "unassigned", "sample:fails"]']);
  await button("Arrange").click();
  await button("Reset").click();
  await stand(...FIRST);
});

test("the app's table, charts and dialogs stand in a plugin's component, and look as they do in the app", async (t) => {
  const shown = ui(KIT, { globalName: "PluginKit", slots: [slot("reports.widgets", "Kit", "widget")] });
  const page = await withPlugins(t, "Admin", [installation("kit", { ui: shown })], { [address(KIT)]: KIT }, "/tickets");
  await page.locator(".row [data-ticket]").first().waitFor();
  assert.equal(await page.evaluate(() => typeof window.MortiseUI), "undefined", "not of the first screen");
  const parts = [["a", "Valve", 3], ["b", "Bolt", 40], ["c", "Nut", 12]].map(([id, name, stock]) => ({ id, name, stock }));
  await page.context().route("**/api/plugins/kit/parts?**", (route) => {
    const { searchParams: asked } = new URL(route.request().url());
    const sorted = asked.get("sort") === "name" ? [...parts].sort((a, b) => (a.name < b.name ? -1 : 1)) : parts;
    const isNext = asked.get("cursor") === "2";
    return route.fulfill({ json: { items: isNext ? sorted.slice(2) : sorted.slice(0, 2), nextCursor: isNext ? null : "2" } });
  });
  await page.goto(new URL("/reports", url).href);
  const table = page.getByRole("table", { name: "Parts" });
  const names = () => table.locator("tbody button").allInnerTexts();
  await table.getByRole("button", { name: "Name" }).click();
  await until(async () => (await names()).join() === "Bolt,Nut");
  await page.getByRole("button", { name: "Show more" }).click();
  await until(async () => (await names()).join() === "Bolt,Nut,Valve");
  const style = (of, what) => of.evaluate((e, name) => getComputedStyle(e)[name], what);
  assert.equal(await style(table.locator("th").last(), "fontSize"), "12px", "the app's own heads");
  await page.getByRole("img", { name: "Stock by place" }).waitFor();
  await page.getByRole("img", { name: "Orders" }).waitFor();

  await page.setViewportSize({ width: 360, height: 780 });
  await until(async () => (await style(table.locator("tbody tr").first(), "display")) === "flex");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "nothing is wider than a phone");
  assert.ok((await table.getByRole("button", { name: "Nut" }).boundingBox()).height >= 44);
  await table.getByLabel("Select Nut").check();
  await page.getByText("1 to order").waitFor();
  await table.getByRole("button", { name: "Nut" }).click();
  const dialog = page.getByRole("dialog", { name: "Order Nut?" });
  await dialog.getByRole("button", { name: "Order" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
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

// Plugins as they are written for this contract elsewhere (compared with those of github.com/bluewave-labs/plugin-marketplace,
// commit 07ed090: jira-assets, mlflow, azure-ai-foundry, slack, risk-import): built by Vite as a function that gets the
// libraries and an object for its exports, requests by apiServices, its own fetch() where there are none, MUI with colours of its
// own, a menu item that opens a modal by name, a panel that pushes defaults and keeps its own copy of the values.
const IMPORTER = `var PluginSampleImport = function (exports, jsx, MUI, React, Emotion, styled, ReactDOM, Router) {
  "use strict";
  var { useState, useEffect, useRef, forwardRef, memo } = React;
  const Upload = forwardRef(({ size = 24, ...rest }, ref) => jsx.jsxs("svg", { ref, width: size, height: size, ...rest, children: [jsx.jsx("path", { d: "M1 1" })] }));
  const Note = styled.default ? styled.default("p")({ margin: 0 }) : styled("p")({ margin: 0 });
  const Item = ({ onMenuClose, onTriggerModal, label }) => jsx.jsxs(MUI.Box, {
    role: "menuitem", tabIndex: 0,
    onClick: () => { onMenuClose && onMenuClose(); onTriggerModal && onTriggerModal("SampleImportModal"); },
    sx: { display: "flex", p: 2, "&:hover": { backgroundColor: "rgba(19, 113, 91, 0.04)" } },
    children: [jsx.jsx(Upload, { size: 20 }), jsx.jsx(MUI.Typography, { children: label })] });
  const Modal = ({ open = false, onClose, onImportComplete, apiServices, onToast }) => {
    const [error, setError] = useState(null), [rows, setRows] = useState(null), file = useRef(null);
    useEffect(() => { open && apiServices.get("/tickets", { params: { limit: 1 } }).then(r => setRows(r.status + " " + r.data.items.length + " " + r.headers["content-type"])); }, [open]);
    const send = async () => {
      try { await apiServices.post("plugins/sample/import", { rows: [] }); onImportComplete(); onClose(); }
      catch (e) { setError(e.response?.data?.message || "failed"); onToast && onToast({ variant: "error", body: "Import failed with " + e.response.status }); }
    };
    return jsx.jsxs(MUI.Dialog, { open, onClose, maxWidth: "md", fullWidth: true, PaperProps: { sx: { borderRadius: "12px" } }, children: [
      jsx.jsxs(MUI.DialogTitle, { sx: { color: "#101828" }, children: ["Import risks", jsx.jsx(MUI.IconButton, { "aria-label": "close", onClick: onClose, children: jsx.jsx(Upload, {}) })] }),
      jsx.jsxs(MUI.DialogContent, { children: [error && jsx.jsx(MUI.Alert, { severity: "error", children: error }), jsx.jsx(Note, { children: rows || "reading" }), jsx.jsx("input", { ref: file, type: "file", hidden: true })] }),
      jsx.jsxs(MUI.DialogActions, { children: [jsx.jsx(MUI.Button, { onClick: send, variant: "contained", sx: { backgroundColor: "#13715B" }, children: "Import" }), jsx.jsx(MUI.Button, { onClick: onImportComplete, children: "Finish" })] })] });
  };
  const Table = memo(({ apiServices }) => {
    const [rows, setRows] = useState([]), theme = MUI.useTheme(), go = Router.useNavigate();
    useEffect(() => { apiServices.get("tickets?limit=2").then(r => setRows(r.data.items)); }, [apiServices]);
    return jsx.jsx(MUI.TableContainer, { component: MUI.Paper, variant: "outlined", children: jsx.jsxs(MUI.Table, { children: [
      jsx.jsx(MUI.TableHead, { children: jsx.jsx(MUI.TableRow, { children: jsx.jsx(MUI.TableCell, { children: "Models in " + theme.palette.mode }) }) }),
      jsx.jsx(MUI.TableBody, { children: rows.map(r => jsx.jsx(MUI.TableRow, { onClick: () => go("/tickets/" + r.id), children: jsx.jsx(MUI.TableCell, { children: r.title }) }, r.id)) })] }) });
  });
  const Panel = ({ configData = {}, onConfigChange, onSaveConfiguration, isSavingConfig = false, installationId }) => {
    const [mine, setMine] = useState({ auth_method: "none", verify_ssl: "true", ...configData });
    useEffect(() => { Object.entries({ auth_method: "none", verify_ssl: "true", timeout: "30" }).forEach(([k, v]) => { configData[k] || onConfigChange?.(k, v); }); }, []);
    const change = (k) => (e) => { setMine(m => ({ ...m, [k]: e.target.value })); onConfigChange?.(k, e.target.value); };
    return jsx.jsxs(MUI.Stack, { spacing: 2, children: [
      jsx.jsx(MUI.TextField, { label: "Server", value: configData.server || "", onChange: change("server"), size: "small" }),
      jsx.jsx(MUI.TextField, { label: "Key", type: "password", value: configData.api_key || "", onChange: change("api_key"), size: "small" }),
      jsx.jsx("code", { children: installationId + " " + mine.auth_method }),
      jsx.jsx(MUI.Button, { onClick: onSaveConfiguration, disabled: isSavingConfig, children: isSavingConfig ? "Saving..." : "Save configuration" })] });
  };
  return exports.SampleImportMenuItem = Item, exports.SampleImportModal = Modal, exports.SampleTable = Table, exports.SamplePanel = Panel, Object.defineProperty(exports, Symbol.toStringTag, { value: "Module" }), exports;
}({}, jsxRuntime, MaterialUI, React, emotionReact, emotionStyled, ReactDOM, ReactRouterDOM);`;

test("a bundle that was written for this contract elsewhere runs unmodified", async (t) => {
  const slots = [
    slot("page.risks.actions", "SampleImportMenuItem", "menuitem", { label: "Import from a file", icon: "FileSpreadsheet" }),
    slot("page.risks.actions", "SampleImportModal", "modal", {}, { trigger: "SampleImportMenuItem" }),
    slot("page.models.tabs", "SampleTable", "tab", { label: "Sample models", icon: "Database" }),
    slot("plugin.config", "SamplePanel", "card"),
  ];
  const shown = ui(IMPORTER, { globalName: "PluginSampleImport", slots });
  const tab = { ...slots[2], props: { label: "Same tab", value: "same", icon: "Box" } };
  const others = ["first", "second"].map((key) => installation(key, { ui: { ...shown, slots: [tab] } }));
  const page = await withPlugins(t, "Admin", [installation("sample", { ui: shown }), ...others], { [address(IMPORTER)]: IMPORTER }, "/tickets");
  const scripts = () => page.evaluate(() => performance.getEntriesByType("resource").filter((e) => e.name.includes("/plugin-assets/") && e.initiatorType === "script").length);
  const ofMui = () => page.evaluate(() => performance.getEntriesByType("resource").map((e) => /\/assets\/(mui-[a-z]+)-/.exec(e.name)?.[1]).filter(Boolean));
  page.expected.push(/plugins\/sample\/import/);

  await t.test("nothing of it is loaded where it has no place", async () => {
    await page.locator(".row [data-ticket]").first().waitFor();
    await page.getByRole("link", { name: "Models" }).waitFor();
    assert.equal(await scripts(), 0);
    assert.equal(await page.evaluate(() => typeof window.MUI), "undefined");
  });
  await t.test("tabs: the same one of two plugins is there once", async () => {
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByText("Models in light").waitFor();
    assert.deepEqual(await page.getByRole("tab").allInnerTexts(), ["Same tab", "Sample models"]);
    // Of MUI it has what it names, and nothing else was fetched.
    const files = await ofMui();
    for (const has of ["mui-table", "mui-fields", "mui-feedback"]) assert.ok(files.includes(has), `${has} of ${files}`);
    for (const no of ["mui-steps", "mui-cards"]) assert.ok(!files.includes(no), `${no} of ${files}`);
    assert.equal(await page.evaluate(() => window.MUI.Table === window.MaterialUI.Table && "SpeedDial" in window.MUI), true);
    await page.getByRole("tab", { name: "Sample models" }).click();
    await page.getByRole("cell").nth(1).click();
    await page.locator(".window").waitFor();
  });
  await t.test("a menu item opens a modal, which imports by apiServices and says what went wrong", async () => {
    await page.getByRole("link", { name: "Risks" }).click();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Import from a file" }).click();
    const dialog = page.getByRole("dialog", { name: "Import risks" });
    await dialog.getByText("200 1 application/json").waitFor();
    await dialog.getByRole("button", { name: "Import" }).click();
    await toasted(page, "Import failed with 404");
    await dialog.getByRole("alert").waitFor();
    await dialog.getByRole("button", { name: "Finish" }).click();
    await dialog.waitFor({ state: "detached" });
  });
  await t.test("its panel starts from what is stored, and a secret is an empty field", async () => {
    const stored = { ...STORED, schema: [...STORED.schema, { key: "timeout", label: "T", type: "number" }, { key: "api_key", label: "K", type: "secret" }],
      values: { auth_method: "token", timeout: null, api_key: { set: true } } };
    const saved = new Promise((resolve) =>
      page.context().route("**/configuration", async (route) => {
        if (route.request().method() === "PUT") resolve(route.request().postDataJSON());
        await route.fulfill({ json: stored });
      }),
    );
    await page.evaluate(() => window.Mortise.navigate("/plugins/sample/manage?tab=settings"));
    await page.getByText(/^[0-9a-f-]{36} token$/).waitFor();
    assert.equal(await page.getByLabel("Key").inputValue(), "");
    await page.getByLabel("Server").fill("https://models.example");
    await page.getByRole("button", { name: "Save configuration" }).click();
    assert.deepEqual(await saved, { values: { auth_method: "token", timeout: 30, verify_ssl: "true", server: "https://models.example" }, version: 3 });
  });
  assert.equal(await scripts(), 1);
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
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

test("styles of the app end at a plugin, a plugin's at itself, and fixed colours have light ground", async (t) => {
  const bundle = `var PluginSample = (function (React, MUI) {
    var h = React.createElement;
    return {
      colorScheme: "light",
      Widget: function () {
        return h(React.Fragment, null,
          h(MUI.GlobalStyles, { styles: { body: { letterSpacing: "7px" }, "h1, .page-head": { color: "rgb(1, 2, 3)" }, ".mine": { color: "rgb(4, 5, 6)" } } }),
          h("p", { className: "danger toast table mine", id: "inside" }, "words of the plugin"),
          h(MUI.Button, { sx: { minHeight: "77px" } }, "its button"));
      },
    };
  })(React, MUI);`;
  const items = [installation("sample", { ui: ui(bundle, { slots: [slot("reports.widgets", "Widget", "widget")] }) })];
  const page = await withPlugins(t, "Admin", items, { [address(bundle)]: bundle }, "/reports");
  await page.locator("#inside").waitFor();
  await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
  const style = (of, name) => page.locator(of).first().evaluate((e, n) => getComputedStyle(e)[n], name);
  // Ours: .toast has a border, .danger a colour.
  assert.equal(await style("#inside", "borderTopWidth"), "0px");
  assert.equal(await style("#inside", "color"), "rgb(4, 5, 6)");
  assert.equal(await style("[data-plugin] button", "minHeight"), "77px");
  // The plugin's: its rules for everything are its own elements' alone.
  assert.equal(await style("#inside", "letterSpacing"), "7px");
  assert.equal(await style("body", "letterSpacing"), "normal");
  assert.notEqual(await style("h1", "color"), "rgb(1, 2, 3)");
  // Light ground in the dark theme, and MUI's colours of it.
  assert.equal(await style("[data-plugin]", "backgroundColor"), "rgb(255, 255, 255)");
  assert.equal(await style("[data-plugin] button", "color"), "rgb(70, 84, 204)");
  assert.notEqual(await style("body", "backgroundColor"), "rgb(255, 255, 255)");
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});
