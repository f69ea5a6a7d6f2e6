#!/usr/bin/env -S node --test-reporter=tap
// The inbox: what came while somebody was away is there, once, and stays read. MORTISE_SHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, test } from "node:test";
import { login, url } from "../lib/mortise.mjs";
import { axeEverywhere, live, person, pressBoth, record, removeTickets, sticksOut, toast, toasted, until, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

const TITLE = "Browser test: inbox";
after(() => removeTickets(TITLE));

const dispatcher = await login("Dispatcher");
const technician = await login("Technician");
// What other files sent is read: otherwise there may be more than are counted.
await technician.post("/api/notifications/read", { until: new Date().toISOString() });
const word = () => randomUUID().slice(0, 8);
const notify = async (title, more = {}) => {
  const res = await dispatcher.post("/api/notifications/user", { targetUserId: technician.who.id, title, message: `about ${title}`, ...more });
  assert.equal(res.status, 200, res.text);
};
const shot = async (page, name) => {
  if (process.env.MORTISE_SHOTS) await page.screenshot({ path: join(process.env.MORTISE_SHOTS, `inbox-${name}.png`) });
};
const sticksOutNowhere = async (page) => assert.deepEqual(await sticksOut(page), []);
const badge = (page) => page.locator('.nav-link[href="/inbox"] .nav-badge');
const bell = (page) => page.getByRole("dialog", { name: "Newest notifications" });
const openInbox = async (page) => {
  await page.locator('.nav-link[href="/inbox"]').click();
  await bell(page).getByRole("link", { name: "Open the inbox" }).click();
  await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
};
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
  await t.test("is in the menu of its entry, by keyboard, and stays unread there", async () => {
    const entry = page.locator('.nav-link[href="/inbox"]');
    const count = await badge(page).innerText();
    await entry.focus();
    await page.keyboard.press("Enter");
    for (const text of [sent, assigned]) await bell(page).locator("li[data-new=true]").filter({ hasText: text }).waitFor();
    await bell(page).getByText(`${count} unread notifications`).waitFor();
    assert.equal(await entry.getAttribute("aria-expanded"), "true");
    assert.deepEqual(await axeEverywhere(page, "bell", { without: ["region"] }), []);
    await shot(page, "bell");
    await page.keyboard.press("Escape");
    await bell(page).waitFor({ state: "detached" });
    await until(() => entry.evaluate((e) => e === document.activeElement), 30000, "the focus to be back");
    assert.equal(await badge(page).innerText(), count);
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
    await openInbox(page);
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

test("one by one, on two devices: kept as unread, removed, found by filters; who sent it sees that it was seen", async (t) => {
  const [one, two] = [`${word()} one`, `${word()} two`];
  await notify(one);
  await notify(two, { priority: "high" });
  const browser = await launch(t);
  const [desk, phone] = [await person(browser, "Technician", { path: "/inbox" }), await person(browser, "Technician", { path: "/tickets" })];
  await item(desk, two).waitFor();
  await badge(phone).waitFor({ state: "detached" });
  const act = async (text, action) => {
    await item(desk, text).getByRole("button", { name: /^Actions for/ }).click();
    await desk.getByRole("menuitem", { name: action }).click();
  };
  await act(one, "Mark as unread");
  await until(async () => (await badge(phone).innerText()) === "1", 30000, "the other device to count it");
  await desk.getByRole("button", { name: /^Show: / }).click();
  await desk.getByRole("option", { name: "Unread" }).click();
  await item(desk, two).waitFor({ state: "detached" });
  await item(desk, one).waitFor();
  await act(one, "Mark as read");
  await badge(phone).waitFor({ state: "detached" });
  await desk.goto(new URL("/inbox?priority=high&period=7", url).href);
  await item(desk, two).waitFor();
  assert.equal(await item(desk, one).count(), 0);
  await act(two, "Remove");
  await item(desk, two).waitFor({ state: "detached" });
  assert.deepEqual(await axeEverywhere(desk, "inbox"), []);
  await phone.goto(new URL("/inbox", url).href);
  await item(phone, one).waitFor();
  assert.equal(await item(phone, two).count(), 0);

  const sender = await person(browser, "Dispatcher", { path: "/inbox?tab=sent" });
  await item(sender, one).getByText("1 person, 1 has seen it").waitFor();
  const three = `${word()} three`;
  await notify(three);
  await item(phone, three).waitFor();
  await sender.reload();
  await item(sender, three).getByText("1 person, 1 has seen it").waitFor();
  await item(sender, three).getByRole("button", { name: /^Who/ }).click();
  await item(sender, three).getByText(technician.who.name, { exact: true }).waitFor();
  await shot(sender, "sent");
  for (const page of [desk, phone, sender]) assert.deepEqual(page.faults, []);
});

test("switched off or in quiet hours nothing appears, on any device; what is urgent does; the page keeps what it would have said", async (t) => {
  const browser = await launch(t);
  const [page, other] = [await person(browser, "Technician", { path: "/account", width: 360, height: 720, colorScheme: "dark" }), await person(browser, "Technician")];
  const saved = (change) => until(async () => Object.entries(change).every(([k, v]) => JSON.stringify(v) === JSON.stringify(settings[k])) || ((settings = (await technician.get("/api/me/notifications")).body), false), 30000, JSON.stringify(change));
  let settings = {};
  await live(other); // else it may have read its preferences before the change, and connected behind it
  try {
    await page.getByRole("switch", { name: "Messages from people: On the page" }).click();
    await saved({ toastOff: ["person"] });
    const heard = await record(other);
    const off = `${word()} off`;
    await notify(off);
    await until(async () => (await heard()).length > 0);
    const quietDays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    await technician.patch("/api/me/notifications", { toastOff: [], quiet: true, quietFrom: "00:00", quietTo: "00:00", quietDays });
    await page.getByRole("switch", { name: "Urgent ones come anyway" }).waitFor();
    await sticksOutNowhere(page);
    await shot(page, "preferences-phone");
    assert.deepEqual(await axeEverywhere(page, "account"), []);
    const [quiet, urgent] = [`${word()} quiet`, `${word()} urgent`];
    await notify(quiet);
    await notify(urgent, { priority: "high" });
    await toasted(other, urgent);
    for (const text of [off, quiet]) assert.equal(await toast(other, text).count(), 0);
    await openInbox(other);
    await other.getByRole("tab", { name: "On this page" }).click();
    for (const text of [off, quiet, urgent]) await item(other, text).waitFor();
    await other.getByRole("tab", { name: "Received" }).click();
    for (const text of [off, quiet, urgent]) await item(other, text).waitFor();
  } finally {
    await technician.patch("/api/me/notifications", { toastOff: [], quiet: false, quietFrom: "20:00", quietTo: "07:00" });
  }
  for (const p of [page, other]) assert.deepEqual(p.faults, []);
});

test("the menu marks all as read, follows one and marks it alone, and says when it can't be read", async (t) => {
  const [one, two, three] = [`${word()} one`, `${word()} two`, `${word()} three`];
  await notify(one, { url: "/tab/People" });
  const page = await person(await launch(t), "Technician");
  const open = async () => {
    await page.locator('.nav-link[href="/inbox"]').click();
    await bell(page).waitFor();
  };
  await notify(two);
  await open();
  await bell(page).locator("li[data-new=true]").filter({ hasText: two }).waitFor();
  await bell(page).getByRole("link", { name: one }).click();
  await until(() => new URL(page.url()).pathname === "/people", 30000, "the page that it is about");
  await until(async () => (await badge(page).innerText()) === "1", 30000, "the other to be unread still");
  await open();
  await notify(three);
  await bell(page).locator("li[data-new=true]").filter({ hasText: three }).waitFor();
  await bell(page).getByRole("button", { name: "Mark all as read" }).click();
  await bell(page).getByText("Nothing unread").waitFor();
  await badge(page).waitFor({ state: "detached" });
  await bell(page).locator("li[data-new=false]").filter({ hasText: three }).waitFor();
  await page.keyboard.press("Escape");
  await bell(page).waitFor({ state: "detached" });

  page.expected.push(/api\/notifications/);
  await page.route(/\/api\/notifications\?limit=/, (route) => route.fulfill({ status: 500, contentType: "application/problem+json",
    body: JSON.stringify({ type: "/problems/internal", title: "Internal error", status: 500, detail: "It went wrong." }) }));
  await page.reload();
  await open();
  const height = () => bell(page).evaluate((e) => e.offsetHeight); // while it opens it is drawn smaller
  const before = await height();
  await bell(page).getByText("It went wrong.").waitFor();
  assert.equal(await height(), before, "nothing moves");
  await page.unroute(/\/api\/notifications\?limit=/);
  await bell(page).getByRole("button", { name: "Try again" }).click();
  await bell(page).locator("li").filter({ hasText: three }).waitFor();
  assert.deepEqual(page.faults, []);
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
  await bell(page).locator("li, .state").first().waitFor();
  await sticksOutNowhere(page);
  await shot(page, "bell-phone");
  await bell(page).getByRole("link", { name: "Open the inbox" }).tap();
  await page.locator(".inbox-item, .state").first().waitFor();
  await shot(page, "phone");
  await page.getByRole("button", { name: "More", exact: true }).tap();
  await shot(page, "more");
  await page.getByRole("menuitem", { name: "Roles" }).tap();
  await page.getByRole("heading", { level: 1, name: "Roles" }).waitFor();
  assert.deepEqual(page.faults, []);
});
