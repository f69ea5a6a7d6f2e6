#!/usr/bin/env -S node --test-reporter=tap
// The inbox: what came while somebody was away is there, once, and stays read. MORTISE_SHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, test } from "node:test";
import { login, url } from "../lib/mortise.mjs";
import { person, pressBoth, removeTickets, toast, toasted, until, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

const TITLE = "Browser test: inbox";
after(() => removeTickets(TITLE));

const dispatcher = await login("Dispatcher");
const technician = await login("Technician");
const word = () => randomUUID().slice(0, 8);
const notify = async (title, more = {}) => {
  const res = await dispatcher.post("/api/notifications/user", { targetUserId: technician.who.id, title, message: `about ${title}`, ...more });
  assert.equal(res.status, 200, res.text);
};
const shot = async (page, name) => {
  if (process.env.MORTISE_SHOTS) await page.screenshot({ path: join(process.env.MORTISE_SHOTS, `inbox-${name}.png`) });
};
const badge = (page) => page.locator('.nav-link[href="/inbox"] .nav-badge');
const item = (page, text) => page.locator(".inbox-item").filter({ hasText: text });

test("what came while somebody was away", async (t) => {
  const [sent, assigned] = [`${word()} while away`, `${TITLE} ${word()}`];
  await notify(sent, { url: "/tab/People" });
  const made = (await dispatcher.post("/api/tickets", { title: assigned, assigneeId: technician.who.id })).body;
  const page = await person(await launch(t), "Technician");

  await t.test("is counted in the rail, for the eye and the ear", async () => {
    await badge(page).waitFor();
    const count = parseInt(await badge(page).innerText(), 10);
    assert.ok(count >= 2, String(count));
    await page.getByRole("link", { name: new RegExp(`^Inbox.*\\b${count} unread notifications$`) }).waitFor();
  });
  await t.test("is in the inbox, marked as new", async () => {
    await pressBoth(page, "g", "i", page.getByRole("heading", { level: 1, name: "Inbox" }));
    for (const text of [sent, assigned]) assert.equal(await item(page, text).getAttribute("data-new"), "true");
    assert.match(await item(page, sent).innerText(), new RegExp(`From ${dispatcher.who.name}`));
    await page.getByRole("heading", { level: 2, name: `New: ${sent}` }).waitFor();
    await shot(page, "desk");
  });
  await t.test("counts as read, and stays so", async () => {
    await badge(page).waitFor({ state: "detached" });
    await page.reload();
    await item(page, sent).waitFor();
    assert.equal(await item(page, sent).getAttribute("data-new"), "false");
    assert.equal(await badge(page).count(), 0);
  });
  await t.test("leads to its place by keyboard", async () => {
    await page.getByRole("link", { name: `Ticket #${made.number} is yours` }).focus();
    await page.keyboard.press("Enter");
    await until(() => new URL(page.url()).pathname === `/tickets/${made.id}`);
    await page.locator(".window").getByText(assigned).first().waitFor();
  });
  await t.test("one that comes now is counted at once, and new in an inbox that is open", async () => {
    const now = `${word()} now`;
    await notify(now);
    await until(async () => (await badge(page).innerText()) === "1");
    await page.locator('.nav-link[href="/inbox"]').click();
    const later = `${word()} later`;
    await notify(later);
    await item(page, later).waitFor();
    for (const text of [now, later]) assert.equal(await item(page, text).getAttribute("data-new"), "true");
  });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});

test("an important one stays on the screen until it is dismissed", async (t) => {
  const page = await person(await launch(t), "Technician");
  const [high, low] = [`${word()} high`, `${word()} low`];
  await notify(high, { priority: "high" });
  await notify(low, { priority: "low" });
  await toasted(page, low);
  await toast(page, low).waitFor({ state: "detached" });
  await page.waitForTimeout(4000); // longer than any other stays: this is what is tested
  await toast(page, high).getByRole("button", { name: "Dismiss" }).click();
  await toast(page, high).waitFor({ state: "detached" });
});

test("an inbox without notifications, and one that can't be read", async (t) => {
  const page = await person(await launch(t), "Technician");
  page.expected.push(/api\/notifications/);
  let answer = { json: { items: [], nextCursor: null } };
  await page.route(/\/api\/notifications\?/, (route) => route.fulfill(answer));
  await page.goto(new URL("/inbox", url).href);
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  await shot(page, "empty");
  answer = { status: 500, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/internal", title: "Internal error", status: 500, detail: "It went wrong." }) };
  await page.reload();
  await page.getByText("It went wrong.").waitFor();
  await page.unroute(/\/api\/notifications\?/);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".inbox-item, .state").first().waitFor();
  assert.deepEqual(page.faults, []);
});

test("on a phone the bar has five places, the other pages are in its menu", async (t) => {
  const page = await person(await launch(t), "Admin", { width: 360, height: 720, hasTouch: true, isMobile: true, colorScheme: "dark" });
  const places = page.locator(".rail-items > li:visible");
  await until(async () => (await places.count()) === 5);
  for (const place of await places.all()) assert.ok((await place.boundingBox()).height >= 44);
  await page.locator('.nav-link[href="/inbox"]').tap();
  await page.locator(".inbox-item, .state").first().waitFor();
  await shot(page, "phone");
  await page.getByRole("button", { name: "More", exact: true }).tap();
  await shot(page, "more");
  await page.getByRole("menuitem", { name: "Roles" }).tap();
  await page.getByRole("heading", { level: 1, name: "Roles" }).waitFor();
  assert.deepEqual(page.faults, []);
});
