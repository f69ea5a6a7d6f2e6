#!/usr/bin/env -S node --test-reporter=tap
// axe over a ticket, and over the main dialogs and menus: no violation, as on the pages (axe.t.mjs).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { install, login, remove, systemUrl, url } from "../lib/mortise.mjs";
import { axeEverywhere, launch, person, removeTickets, settled, systemPerson } from "./browser.mjs";

before(async () => {
  await remove("time-clock");
  await install("time-clock");
});
after(() => remove("time-clock"));

const still = { reducedMotion: "reduce" };
const TITLE = "Axe: the boiler in the cellar drips";

// A menu stands outside of the landmarks while it is open, as the pattern for menus has it.
const MENU = { without: ["region"] };
const OVER = {
  "a new ticket": ["/tickets", (p) => p.keyboard.press("c"), "dialog"],
  "the keys": ["/tickets", (p) => p.keyboard.press("?"), "dialog"],
  "the account": ["/tickets", (p) => p.locator(".rail-account").click(), "menu", MENU],
  "a choice": ["/tickets", (p) => p.getByRole("button", { name: /^State/ }).click(), "listbox", MENU],
  "an uninstall": [
    "/plugins/time-clock/manage",
    async (p) => {
      await p.getByRole("button", { name: /^More actions for/ }).click();
      await p.getByRole("menuitem", { name: /Uninstall/ }).click();
    },
    "dialog",
  ],
};

async function opened(page, base, path) {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(new URL(path, base).href);
  await settled(page);
}

test("a ticket with its tabs", async (t) => {
  t.after(() => removeTickets(TITLE));
  const admin = await login("Admin");
  const { body: ticket } = await admin.post("/api/tickets", { title: TITLE, description: "Since Monday.", priority: "high" });
  await admin.post(`/api/tickets/${ticket.id}/comments`, { body: "I am on my way." });
  const page = await person(await launch(t), "Admin", still);
  const found = [];
  for (const tab of ["", "?tab=comments", "?tab=history"]) {
    await opened(page, url, `/tickets/${ticket.id}${tab}`);
    await page.locator("#window-title").waitFor();
    found.push(...(await axeEverywhere(page, `a ticket ${tab}`)));
  }
  assert.equal(found.length, 0, found.join("\n"));
});

test("dialogs and menus over the pages", async (t) => {
  const page = await person(await launch(t), "Admin", still);
  const found = [];
  for (const [name, [path, open, role, options]] of Object.entries(OVER)) {
    await opened(page, url, path);
    await open(page);
    await page.locator(`[role=${role}], [role=alert${role}]`).last().waitFor();
    found.push(...(await axeEverywhere(page, name, options)));
  }
  assert.equal(found.length, 0, found.join("\n"));
});

test("an upload", async (t) => {
  const page = await systemPerson(await launch(t), still);
  await opened(page, systemUrl, "/plugins");
  await page.getByRole("button", { name: "Upload a package" }).click();
  await page.getByRole("dialog").waitFor();
  const found = await axeEverywhere(page, "an upload");
  assert.equal(found.length, 0, found.join("\n"));
});
