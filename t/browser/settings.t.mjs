#!/usr/bin/env -S node --test-reporter=tap
// The form of a plugin's settings: every type by mouse and keyboard, faults at their fields, secrets that
// are never shown, a draft that survives. MORTISE_SHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { approve, install, login, psql, remove, until } from "../lib/mortise.mjs";
import { remake, upload } from "../plugins/package.mjs";
import { person, toasted, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

const KEY = "settings-test";
const PATH = `/plugins/${KEY}/manage?tab=settings`;
const TOKEN = "tok-browser-8Kq2Vx";
let admin, path;

before(async () => {
  await remove(KEY);
  const made = await install(KEY);
  admin = made.admin;
  path = `/api/plugins/installations/${made.installation.id}/configuration`;
});
after(() => remove(KEY));

const shot = async (page, name) => {
  if (process.env.MORTISE_SHOTS) await page.screenshot({ path: join(process.env.MORTISE_SHOTS, `settings-${name}.png`) });
};
const stored = async () => (await admin.get(path)).body;
const form = (page) => page.locator(".settings-form");
const field = (page, name) => form(page).locator(".setting").filter({ has: page.locator("label", { hasText: new RegExp(`^${name}`) }) });
const save = (page) => page.getByRole("button", { name: "Save", exact: true });
const choose = async (page, name, option) => {
  await field(page, name).getByRole("combobox").click();
  await page.getByRole("option", { name: option, exact: true }).click();
};

test("settings, from defaults to saved and back", { timeout: 200000 }, async (t) => {
  const browser = await launch(t);
  const page = await person(browser, "Admin", { path: PATH, height: 1400 });
  page.expected.push(/\/configuration/, /\/test-connection/);
  await form(page).waitFor();

  await t.test("fields show their defaults, missing values are marked, nothing is unsaved", async () => {
    assert.equal(await form(page).getByLabel("Name").inputValue(), "Desk");
    assert.equal(await form(page).getByLabel("Count").inputValue(), "3");
    assert.ok(await form(page).getByRole("switch", { name: "Active" }).or(form(page).getByRole("checkbox", { name: "Active" })).isChecked());
    assert.ok(await form(page).getByRole("checkbox", { name: "Monday" }).isChecked());
    assert.match(await field(page, "Level").getByRole("combobox").innerText(), /Middle/);
    await page.getByText(/Required settings are missing/).waitFor();
    assert.ok(await save(page).isDisabled());
    assert.match(await field(page, "Token").innerText(), /Not set/);
    assert.match(await field(page, "Signature").innerText(), /Set/);
    await shot(page, "defaults");
  });

  await t.test("faults stand at their fields, before anything is sent, and the first has the focus", async () => {
    let sent = 0;
    page.on("request", (r) => r.method() === "PUT" && sent++);
    await form(page).getByLabel("Name").fill("desk");
    await form(page).getByLabel("Count").fill("ninety");
    await form(page).getByLabel("Server").fill("example");
    await save(page).click();
    await page.getByText("A name begins with a capital letter.").waitFor();
    assert.match(await field(page, "Count").innerText(), /Enter a number/);
    assert.match(await field(page, "Server").innerText(), /https/);
    assert.match(await field(page, "Token").innerText(), /Enter a value/);
    await page.getByRole("alert").getByText("4 settings need attention.").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-invalid")), "true");
    assert.equal(await page.evaluate(() => document.activeElement?.value), "desk");
    const describedBy = await form(page).getByLabel("Name").getAttribute("aria-describedby");
    const said = await page.evaluate((ids) => ids.split(" ").map((id) => document.getElementById(id)?.textContent).join(" "), describedBy);
    assert.match(said, /capital letter.*top of the page/s);
    assert.equal(sent, 0);
    await shot(page, "faults");
  });

  await t.test("every type is filled in and saved", async () => {
    await form(page).getByLabel("Name").fill("Front Desk");
    await form(page).getByLabel("Note").fill("one\ntwo");
    await form(page).getByLabel("Count").fill("4");
    await page.getByText("Active", { exact: true }).click();
    await choose(page, "Level", "Low");
    await form(page).getByRole("checkbox", { name: "Tuesday" }).check();
    await form(page).getByLabel("Server").fill("https://example.com/");
    await form(page).getByLabel("Contact").fill("me@example.com");
    await form(page).getByLabel("Owner").fill("Marcus");
    await page.getByRole("option", { name: /Marcus/ }).click();
    await choose(page, "Team", "Dispatcher");
    await page.getByRole("button", { name: "Set Token" }).click();
    await form(page).getByLabel("New value for Token").fill(TOKEN);
    await page.getByText("Unsaved changes").waitFor();
    await shot(page, "filled");
    await save(page).click();
    await toasted(page, "Settings saved", "Notified the other side");
    const { values, configured } = await stored();
    assert.equal(configured, true);
    assert.deepEqual({ ...values, owner: typeof values.owner }, { name: "Front Desk", note: "one\ntwo", count: 4, active: false, level: "low",
      days: ["mon", "tue"], server: "https://example.com/", contact: "me@example.com", owner: "string", team: "Dispatcher",
      token: { set: true }, signature: { set: true } });
    await until(async () => (await field(page, "Token").innerText()).includes("Replace"));
    assert.ok(await save(page).isDisabled());
    assert.equal(await page.getByText(/Some required settings/).count(), 0);
    assert.doesNotMatch(await page.content(), new RegExp(TOKEN));
    await shot(page, "saved");
  });

  await t.test("the server's own faults and the plugin's stand at their fields too", async () => {
    await choose(page, "Level", "High");
    await form(page).getByLabel("Count").fill("9");
    await save(page).click();
    await field(page, "Count").getByText("of level high at most 5 are possible").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    assert.equal(await form(page).getByLabel("Count").inputValue(), "4");
  });

  await t.test("the connection is tried with what stands in the form", async () => {
    await page.getByRole("button", { name: "Test connection" }).click();
    await page.getByRole("status").getByText("https://example.com/ answers as test-connection.").waitFor();
    await shot(page, "tested");
    await form(page).getByLabel("Server").fill("https://down.example/");
    await page.getByRole("button", { name: "Test connection" }).click();
    await page.getByText(/The connection doesn’t work/).waitFor();
    assert.doesNotMatch(await page.content(), new RegExp(TOKEN));
    await page.getByRole("button", { name: "Discard" }).click();
  });

  await t.test("a generated secret is shown once", async () => {
    await page.getByRole("button", { name: "Generate new Signature" }).click();
    await page.getByRole("button", { name: "Generate", exact: true }).click();
    const value = await page.getByTestId("generated").innerText();
    assert.match(value, /^[A-Za-z0-9_-]{40}$/);
    await shot(page, "generated");
    await page.keyboard.press("Escape");
    assert.equal(await page.getByTestId("generated").count(), 1, "Escape must not take it away unread");
    await page.getByRole("button", { name: "Done" }).click();
    await until(async () => !(await page.content()).includes(value));
  });

  await t.test("somebody else's change is reported, and mine may stay", async () => {
    await form(page).getByLabel("Note").fill("mine");
    const { values, version } = await stored();
    const { token: _t, signature: _s, ...plain } = values;
    // The event that would bring it at once is held back, as a slow network does.
    await page.route("**/configuration", (route) => (route.request().method() === "GET" ? new Promise((r) => setTimeout(r, 1500)).then(() => route.continue()) : route.continue()));
    assert.equal((await admin.put(path, { values: { ...plain, count: 2 }, version })).status, 200);
    await save(page).click();
    await page.getByText("Someone else has changed these settings.").waitFor();
    await shot(page, "conflict");
    await page.getByRole("button", { name: "Keep mine" }).click();
    await until(async () => (await form(page).getByLabel("Count").inputValue()) === "2");
    assert.equal(await form(page).getByLabel("Note").inputValue(), "mine");
    await page.unroute("**/configuration");
    await save(page).click();
    await until(async () => (await stored()).values.note === "mine");
    assert.equal((await stored()).values.count, 2);
  });

  await t.test("leaving the page needs confirmation; coming back restores the draft, not the secret", async () => {
    await form(page).getByLabel("Note").fill("unsaved");
    await page.getByRole("button", { name: "Replace Token" }).click();
    await form(page).getByLabel("New value for Token").fill("typed-and-left-alone");
    await page.getByRole("link", { name: "Tickets" }).first().click();
    await page.getByRole("dialog").getByText("Leave without saving?").waitFor();
    await shot(page, "leave");
    await page.getByRole("button", { name: "Stay" }).click();
    assert.equal(await form(page).getByLabel("Note").inputValue(), "unsaved");
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByText(/Your unsaved changes are back/).waitFor();
    assert.equal(await form(page).getByLabel("Note").inputValue(), "unsaved");
    assert.equal(await form(page).getByLabel("New value for Token").count(), 0);
    await page.getByRole("link", { name: "Tickets" }).first().click();
    await page.getByRole("button", { name: "Leave" }).click();
    await until(() => !page.url().includes(KEY));
    await page.goBack();
    await form(page).waitFor();
    assert.equal(await form(page).getByLabel("Note").inputValue(), "mine");
  });

  await t.test("Back needs the same confirmation", async () => {
    const here = page.url();
    await page.getByRole("link", { name: "Plugins" }).first().click();
    await page.locator("h1", { hasText: "Plugins" }).waitFor();
    await page.evaluate((to) => window.Mortise.navigate(to), new URL(here).pathname + new URL(here).search);
    await form(page).getByLabel("Note").fill("unsaved");
    await page.evaluate(() => history.back());
    await page.getByRole("dialog").getByText("Leave without saving?").waitFor();
    await page.getByRole("button", { name: "Stay" }).click();
    assert.equal(page.url(), here);
    assert.equal(await form(page).getByLabel("Note").inputValue(), "unsaved");
    await page.evaluate(() => history.back());
    await page.getByRole("button", { name: "Leave" }).click();
    await page.locator("h1", { hasText: "Plugins" }).waitFor();
    await page.goForward();
    await form(page).waitFor();
    assert.equal(await form(page).getByLabel("Note").inputValue(), "mine");
  });

  await t.test("by keyboard alone", async () => {
    await form(page).getByLabel("Name").focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Keyboard");
    await page.keyboard.press("Tab"); // note
    await page.keyboard.press("Tab"); // count
    await page.keyboard.press("Control+a");
    await page.keyboard.type("5");
    await page.keyboard.press("Tab"); // active
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab"); // level
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab"); // Monday
    await page.keyboard.press("Space");
    await page.keyboard.press("Control+Enter");
    await until(async () => (await stored()).values.name === "Keyboard");
    const { values } = await stored();
    assert.deepEqual([values.count, values.active, values.level, values.days], [5, true, "mid", ["tue"]]);
  });

  await t.test("reset needs confirmation, and restores the defaults", async () => {
    await page.getByRole("button", { name: "Reset to defaults" }).click();
    await shot(page, "reset");
    await page.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await form(page).getByLabel("Name").inputValue(), "Keyboard");
    await page.getByRole("button", { name: "Reset to defaults" }).click();
    await page.getByRole("button", { name: "Reset", exact: true }).click();
    await until(async () => (await form(page).getByLabel("Name").inputValue()) === "Desk");
    assert.match(await field(page, "Token").innerText(), /Not set/);
  });

  await t.test("every control has a name, and none is described by nothing", async () => {
    const bad = await page.evaluate(() =>
      [...document.querySelectorAll(".settings-form :is(input, textarea, button, [role=combobox])")]
        .filter((e) => !e.closest("[aria-hidden=true]") && e.getAttribute("aria-hidden") !== "true")
        .filter((e) => {
          const ids = (e.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
          const named = ids.some((id) => document.getElementById(id)?.textContent) || e.getAttribute("aria-label") || e.labels?.length || e.textContent.trim() || e.title;
          const described = (e.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
          return !named || described.some((id) => !document.getElementById(id));
        })
        .map((e) => e.outerHTML.slice(0, 200)),
    );
    assert.deepEqual(bad, []);
  });

  await t.test("dark, and on a phone nothing is wider than the screen", async () => {
    await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
    await shot(page, "dark");
    await page.setViewportSize({ width: 360, height: 740 });
    await form(page).getByLabel("Name").fill("no");
    await save(page).click();
    await page.getByText("A name begins with a capital letter.").waitFor();
    await shot(page, "phone");
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth, ...[...document.querySelectorAll(".settings-form *")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".visually-hidden")).map((e) => e.className)]);
    assert.deepEqual(wide, [360, 360]);
    // The other one is far below: it comes into view, above the foot, and the page itself stays.
    await form(page).getByLabel("Name").fill("Right");
    await save(page).click();
    await page.getByText("1 setting needs attention.").waitFor();
    await shot(page, "phone-end");
    const seen = await page.evaluate(() => {
      const at = document.activeElement.getBoundingClientRect();
      return { text: document.activeElement.textContent, moved: document.scrollingElement.scrollTop,
        visible: at.top > 0 && at.bottom <= document.querySelector(".settings-foot").getBoundingClientRect().top };
    });
    assert.deepEqual(seen, { text: "Set", moved: 0, visible: true });
  });

  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
  assert.equal(psql(`select 1 from mortise.events where payload::text like '%${TOKEN}%'`).length, 0);
});

// A panel as plugins of other platforms bring it: it knows what is set, and hands changes to the host.
const PANEL = `var SettingsPanel = (() => {
  const h = React.createElement;
  const Panel = (p) => h("div", { className: "own-panel" },
    h("pre", null, JSON.stringify(p.configData)),
    h("button", { onClick: () => { p.onConfigChange("name", "Panelled"); p.onConfigChange("token", "${TOKEN}"); p.onConfigChange("extra", "not declared"); p.onConfigChange("list", ["a", "b"]); } }, "Change"),
    h("button", { onClick: () => p.onTestConnection().then((r) => { document.title = r.message; }) }, "Try"),
    h("button", { onClick: p.onSaveConfiguration, disabled: p.isSavingConfig }, "Store"));
  return { Panel };
})();`;

test("a plugin's own panel replaces the form, and stores through the same route", { timeout: 60000 }, async (t) => {
  await remove(KEY);
  const bytes = remake(KEY, ({ files, manifest }) => {
    files.set("ui/bundle.iife.js", Buffer.from(PANEL));
    manifest.ui = { bundle: "ui/bundle.iife.js", globalName: "SettingsPanel", slots: [{ slotId: "plugin.config", componentName: "Panel", renderType: "inline" }] };
  });
  const up = await upload(bytes);
  assert.equal(up.status, 201, up.text);
  const sys = await login("SystemAdmin");
  await approve(KEY, up.body.version);
  const made = await sys.post("/api/plugins/install", { pluginKey: KEY });
  assert.equal(made.status, 201, made.text);
  const where = `/api/plugins/installations/${made.body.id}/configuration`;
  const browser = await launch(t);
  const page = await person(browser, "Admin", { path: PATH });
  const panel = page.locator(".own-panel");
  await panel.waitFor();
  assert.equal(await form(page).count(), 0);
  assert.match(await panel.innerText(), /"token":\{"set":false\}/);
  await panel.getByRole("button", { name: "Change" }).click();
  assert.match(await panel.innerText(), /Panelled/);
  await panel.getByRole("button", { name: "Try" }).click();
  await until(async () => (await page.title()) === "No server is set.");
  await panel.getByRole("button", { name: "Store" }).click();
  await toasted(page, "Settings saved");
  const { values } = (await sys.get(where)).body;
  assert.deepEqual([values.name, values.token], ["Panelled", { set: true }]);
  // What no manifest declares is stored for a plugin with a panel of its own, until it is removed or all is reset.
  assert.deepEqual([values.extra, values.list], ["not declared", ["a", "b"]]);
  const change = async (more) => sys.put(where, { values: { ...values, token: undefined, signature: undefined, list: undefined, ...more } });
  assert.deepEqual((await change({ extra: null })).body.values.list, ["a", "b"], "what isn't sent stays");
  assert.ok(!("extra" in (await sys.get(where)).body.values));
  const wrong = await change({ "a b": 1, deep: { a: 1 } });
  assert.deepEqual([wrong.status, wrong.body.errors.map((e) => e.pointer)], [422, ["/values/a b", "/values/deep"]]);
  const much = await change(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, i])));
  assert.deepEqual([much.status, much.body.errors[0].pointer], [422, "/values"]);
  assert.match(await panel.innerText(), /"token":\{"set":true\}/);
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});
