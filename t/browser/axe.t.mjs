#!/usr/bin/env -S node --test-reporter=tap
// axe over every page, in both themes, at the widths of a desk, a tablet and a phone: no violation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { install, login, remove } from "../lib/mortise.mjs";
import { axeEverywhere, go, person, removeTickets, systemPerson, visitor } from "./browser.mjs";
import { launch } from "./launch.mjs";

const TITLE = "Axe: one of more than a page";

// A list with more than it shows, and a page that scrolls with nothing on it to take the focus.
async function fill() {
  const admin = await login("SystemAdmin");
  const { body: me } = await admin.get("/api/me");
  for (let i = 0; i < 60; i++) {
    assert.equal((await admin.post("/api/tickets", { title: TITLE })).status, 201);
    if (i % 2) continue;
    const notice = { targetUserId: me.id, title: `Notice ${i}`, message: "It leads nowhere." };
    assert.equal((await admin.post("/api/notifications/user", notice)).status, 200);
  }
}

before(async () => {
  await remove("time-clock");
  await install("time-clock");
  await fill();
});
after(async () => {
  removeTickets(TITLE);
  await remove("time-clock");
});

const still = { reducedMotion: "reduce" };

const PAGES = ["/tickets", "/tickets?q=no+ticket+has+these+words", "/dashboard", "/inbox", "/people", "/account", "/reports", "/notify", "/plugins", "/plugins?tab=mine", "/settings/roles", "/settings/company", "/settings/tokens", "/settings/webhooks", "/settings/audit", "/nowhere"];
for (const tab of ["details", "readme", "changelog", "permissions", "settings", "versions", "activity", "declared", "usage", "logs"])
  PAGES.push(`/plugins/time-clock/manage?tab=${tab}`);

test("every page of a company", async (t) => {
  const page = await person(await launch(t), "SystemAdmin", still);
  const found = [];
  for (const path of PAGES) {
    await go(page, path);
    if (path === "/settings/audit") await page.locator(".audit-entry summary").first().click();
    found.push(...(await axeEverywhere(page, path)));
  }
  assert.equal(found.length, 0, found.join("\n"));
});

test("every page of the system administration", async (t) => {
  const page = await systemPerson(await launch(t), still);
  const found = [];
  for (const path of ["/plugins", "/marketplace", "/rollouts", "/companies", "/audit", "/keys", "/nowhere"]) {
    await go(page, path);
    found.push(...(await axeEverywhere(page, path)));
  }
  assert.equal(found.length, 0, found.join("\n"));
});

test("signing in", async (t) => {
  const page = await visitor(await launch(t), still);
  await page.getByLabel("Email").waitFor();
  const found = await axeEverywhere(page, "signing in");
  assert.equal(found.length, 0, found.join("\n"));
});
