#!/usr/bin/env -S node --test-reporter=tap
// axe over a ticket, and over the main dialogs and menus: no violation, as on the pages (axe.t.mjs).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { install, login, remove } from "../lib/mortise.mjs";
import { atWidth, axeEverywhere, go, person, removeTickets, systemPerson } from "./browser.mjs";
import { launch } from "./launch.mjs";

before(async () => {
  await remove("time-clock");
  await install("time-clock");
});
after(() => remove("time-clock"));

const still = { reducedMotion: "reduce" };
const TITLE = "Axe: the boiler in the cellar drips";

// A menu stands outside of the landmarks while it is open, as the pattern for menus has it.
const MENU = { without: ["region"] };
const button = (name) => (p) => p.getByRole("button", { name }).first().click();
const menuOf = (name, item) => async (p) => {
  await p.getByRole("button", { name }).first().click();
  await p.getByRole("menuitem", { name: item }).click();
};
const OVER = {
  "a new ticket": ["/tickets", (p) => p.keyboard.press("c"), "dialog"],
  "the keys": ["/tickets", (p) => p.keyboard.press("?"), "dialog"],
  "the palette": ["/tickets", (p) => p.keyboard.press("Control+k"), "dialog"],
  "the account": ["/tickets", (p) => p.locator(".rail-account").click(), "menu", MENU],
  "a choice": ["/tickets", button(/^State/), "listbox", MENU],
  "a choice of people": ["/tickets", button(/^Assignee/), "dialog", MENU],
  "an invitation": ["/people", button("Invite"), "dialog"],
  "a person": ["/people", menuOf("Actions for Marcus Webb", "Edit"), "dialog"],
  "another password": ["/account", button("Change password"), "dialog"],
  "an uninstall": ["/plugins/time-clock/manage", menuOf(/^More actions for/, /Uninstall/), "dialog"],
};
const OVER_SYSTEM = {
  "an upload": ["/plugins", button("Upload a package"), "dialog"],
  "another company": ["/companies", button("Add company"), "dialog"],
};

/** What axe finds on each of these while it is open. Buttons are where a desk has them. */
async function looked(page, over) {
  const found = [];
  for (const [name, [path, open, role, options]] of Object.entries(over)) {
    await atWidth(page, 1440);
    await go(page, path);
    await open(page);
    const opened = page.locator(`[role=${role}], [role=alert${role}]`).last();
    await opened.waitFor();
    found.push(...(await axeEverywhere(page, name, { forced: true, ...options })));
    await page.keyboard.press("Escape");
    await opened.waitFor({ state: "detached" });
  }
  assert.equal(found.length, 0, found.join("\n"));
}

test("a ticket with its tabs", async (t) => {
  t.after(() => removeTickets(TITLE));
  const admin = await login("Admin");
  const { body: ticket } = await admin.post("/api/tickets", { title: TITLE, description: "Since Monday.", priority: "high" });
  await admin.post(`/api/tickets/${ticket.id}/comments`, { body: "I am on my way." });
  const page = await person(await launch(t), "Admin", still);
  const found = [];
  for (const tab of ["", "?tab=comments", "?tab=history"]) {
    await go(page, `/tickets/${ticket.id}${tab}`, "#window-title");
    found.push(...(await axeEverywhere(page, `a ticket ${tab}`)));
  }
  assert.equal(found.length, 0, found.join("\n"));
});

test("dialogs and menus over the pages", async (t) => {
  await looked(await person(await launch(t), "Admin", still), OVER);
});

test("dialogs of the system administration", async (t) => {
  await looked(await systemPerson(await launch(t), still), OVER_SYSTEM);
});
