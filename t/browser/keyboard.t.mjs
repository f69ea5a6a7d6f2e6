#!/usr/bin/env -S node --test-reporter=tap
// Everything by keyboard.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { person, pressBoth, removeTickets, toasted, typing, until } from "./browser.mjs";
import { launch } from "./launch.mjs";

const TITLE = "Browser test: keyboard";
after(() => removeTickets(TITLE));

const focused = (page, attribute) =>
  page.evaluate((a) => document.activeElement?.getAttribute(a) ?? null, attribute);

test("the keyboard map", async (t) => {
  const page = await person(await launch(t), "Admin");
  await page.locator(".row [data-ticket]").first().waitFor();

  await t.test("? lists the keys, Escape closes the list", async () => {
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  await t.test("g and a letter goes to a page, whose heading has the focus", async () => {
    for (const [key, path, name] of [
      ["p", "/people", "People"],
      ["r", "/reports", "Reports"],
      ["n", "/notify", "Notify"],
      ["s", "/plugins", "Plugins"],
      ["d", "/dashboard", "Dashboard"],
      ["t", "/tickets", "Tickets"],
    ]) {
      await pressBoth(page, "g", key, page.getByRole("heading", { level: 1, name }));
      assert.equal(new URL(page.url()).pathname, path);
    }
  });

  await t.test("j and k walk through the rows, Enter opens, Escape closes and gives the focus back", async () => {
    await page.locator(".row [data-ticket]").first().waitFor();
    const [first, second] = await page.locator(".row [data-ticket]").evaluateAll((all) => all.map((e) => e.dataset.ticket));
    const goes = async (key, to) => {
      await page.keyboard.press(key);
      await until(async () => (await focused(page, "data-ticket")) === to, 30000, `${key} to ${to}`);
    };
    await goes("j", first);
    await goes("j", second);
    await goes("k", first);
    await page.keyboard.press("Enter");
    await page.locator(".window .fields").waitFor();
    assert.equal(new URL(page.url()).pathname, `/tickets/${first}`);
    await until(() => page.evaluate(() => document.activeElement?.id === "window-title"));
    await page.keyboard.press("j");
    await until(() => new URL(page.url()).pathname === `/tickets/${second}`);
    await page.keyboard.press("Escape");
    await until(async () => (await focused(page, "data-ticket")) === second);
  });

  await t.test("/ searches, and letters typed there are no shortcuts", async () => {
    await page.keyboard.press("/");
    await typing(page);
    await page.keyboard.type("cgt?");
    assert.equal(await page.getByLabel("Search tickets").inputValue(), "cgt?");
    assert.equal(await page.getByRole("dialog").count(), 0);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    assert.equal(await page.getByLabel("Search tickets").inputValue(), "");
  });

  await t.test("Ctrl K finds pages, people, tickets and commands", async () => {
    const box = page.getByRole("combobox", { name: "Search or run a command" });
    const active = () => box.evaluate((e) => document.getElementById(e.getAttribute("aria-activedescendant"))?.textContent);
    const open = async (typed) => {
      await page.keyboard.press("Control+k");
      await until(() => box.evaluate((e) => e === document.activeElement).catch(() => false));
      await page.keyboard.type(typed);
    };
    await open("");
    await page.keyboard.press("ArrowDown");
    assert.match(await active(), /^Dashboard/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    assert.match(await active(), /^Sign out/);
    await page.keyboard.press("Escape");
    await box.waitFor({ state: "detached" });

    await open("repo");
    await until(async () => /^Reports/.test(await active()));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Reports" }).waitFor();
    await until(() => page.evaluate(() => document.activeElement?.tagName === "H1"));

    // From another page, where the list with the ticket isn't.
    await open("new ticket");
    await until(async () => /^New ticket/.test(await active()));
    await page.keyboard.press("Enter");
    const create = page.getByRole("dialog", { name: "New ticket" });
    await create.waitFor();
    // Escape closes it also when something is written, which is there the next time.
    for (const [before, now] of [["", "The tap"], ["The tap", ""]]) {
      assert.equal(await create.getByLabel("Title").inputValue(), before);
      await create.getByLabel("Title").fill(now);
      await page.keyboard.press("Escape");
      await create.waitFor({ state: "detached" });
      if (now) await page.keyboard.press("c");
    }

    const row = page.locator(".row [data-ticket]").first();
    const title = (await row.textContent()).trim();
    await open(title);
    await page.getByRole("option", { name: title }).first().waitFor();
    await until(async () => (await active()).includes(title));
    await page.keyboard.press("Enter");
    await page.locator(".window .fields").waitFor();
    await page.keyboard.press("Escape");

    await open(page.who.name);
    const person = page.getByRole("group", { name: "Tickets of a person" }).getByRole("option");
    await person.first().click();
    await until(() => new URL(page.url()).searchParams.get("assigneeId") === page.who.id);

    await open("qwertzuiop");
    await page.getByText("Nothing matches “qwertzuiop”.").waitFor();
    await page.keyboard.press("Escape");
    await box.waitFor({ state: "detached" });
    await page.goto(new URL("/tickets", page.url()).href);
    await page.locator(".row [data-ticket]").first().waitFor();
  });

  await t.test("Escape closes a new ticket and keeps its draft, Discard throws it away", async () => {
    const dialog = page.getByRole("dialog");
    await page.keyboard.press("c");
    await dialog.waitFor();
    await typing(page);
    await page.keyboard.type("half a title");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await toasted(page, "Draft saved");
    await page.keyboard.press("c");
    await dialog.getByText("Your draft was restored.").waitFor();
    assert.equal(await dialog.getByLabel("Title").inputValue(), "half a title");
    await dialog.getByRole("button", { name: "Discard" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("c");
    await dialog.waitFor();
    assert.equal(await dialog.getByLabel("Title").inputValue(), "");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  await t.test("c creates a ticket without a pointer", async () => {
    await page.keyboard.press("c");
    await page.getByRole("dialog").waitFor();
    await typing(page);
    await page.keyboard.type(`${TITLE} created`);
    await page.keyboard.press("Control+Enter");
    await page.locator(".window .fields").waitFor();
  });

  await t.test("a field is changed without a pointer", async () => {
    await page.locator(".window").getByRole("button", { name: /^State:/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("option", { name: "On hold" }).waitFor();
    await until(() => page.evaluate(() => document.activeElement?.getAttribute("role") === "option"));
    await page.keyboard.press("o");
    await page.keyboard.press("Enter");
    await page.locator(".window").getByRole("button", { name: "State: On hold" }).waitFor();
  });

  await t.test("the first Tab offers to skip the navigation", async () => {
    await page.goto(new URL("/tickets", page.url()).href);
    await page.locator(".row [data-ticket]").first().waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focused(page, "class"), "skip-link");
    await page.keyboard.press("Enter");
    assert.equal(await focused(page, "id"), "main");
  });

  assert.deepEqual(page.faults, []);
});
