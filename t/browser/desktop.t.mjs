#!/usr/bin/env -S node --test-reporter=tap
// Notifications of the operating system: one of all hidden pages shows it, none while one is in sight.
import assert from "node:assert/strict";
import { test } from "node:test";
import { login, throughout, url } from "../lib/mortise.mjs";
import { live, person, record, toasted, until } from "./browser.mjs";
import { launch } from "./launch.mjs";

/** Stands in for the system: counts what would be shown. Headless browsers have no desktop. */
const fakeDesktop = () => {
  window.__shown = [];
  window.__asked = 0;
  let permission = localStorage.getItem("test-permission") ?? "granted";
  window.Notification = class {
    constructor(title, options) {
      window.__shown.push({ title, ...options });
    }
    close() {}
    static get permission() {
      return permission;
    }
    static async requestPermission() {
      window.__asked++;
      return (permission = "granted");
    }
  };
  Object.defineProperty(document, "visibilityState", { get: () => window.__visibility ?? "visible" });
};

const LONGEST = 800; // more than any hidden page waits before it shows something

const shown = (page) => page.evaluate(() => window.__shown);
const hide = (page, state = "hidden") =>
  page.evaluate((s) => {
    window.__visibility = s;
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);

async function threePages(t) {
  const first = await person(await launch(t), "Technician");
  await first.context().addInitScript(fakeDesktop);
  const pages = [first];
  for (let i = 0; i < 2; i++) {
    const page = await first.context().newPage();
    await page.goto(url);
    pages.push(page);
  }
  await first.reload();
  for (const page of pages) await live(page);
  return { pages, me: first.who };
}

const send = async (me, title) => {
  const dispatcher = await login("Dispatcher");
  const res = await dispatcher.post("/api/notifications/user", {
    targetUserId: me.id,
    title,
    message: "look",
    icon: "!",
  });
  assert.equal(res.status, 200);
};

test("of three hidden pages one shows it", async (t) => {
  const { pages, me } = await threePages(t);
  const all = () => Promise.all(pages.map(shown)).then((x) => x.flat());
  for (const page of pages) await hide(page);
  for (let i = 1; i <= 3; i++) {
    await send(me, `desktop ${i}`);
    await until(async () => (await all()).length >= i, 30000, `notification ${i} is shown`);
  }
  await throughout(async () => (await all()).length === 3, LONGEST, "each is shown once");
  assert.deepEqual((await all()).map((n) => n.title).sort(), ["! desktop 1", "! desktop 2", "! desktop 3"]);
});

test("with one page in sight none is shown, and hidden pages keep their toast", async (t) => {
  const { pages, me } = await threePages(t);
  await hide(pages[1]);
  await hide(pages[2]);
  const events = await record(pages[2]);
  await send(me, "in sight");
  await toasted(pages[0], "in sight");
  await until(async () => (await events()).length === 1);
  await throughout(async () => (await Promise.all(pages.map(shown))).flat().length === 0, LONGEST, "none is shown");
  await pages[0].locator(".toast", { hasText: "in sight" }).waitFor({ state: "detached" });
  assert.equal(await pages[2].locator(".toast", { hasText: "in sight" }).count(), 1);
  await hide(pages[2], "visible");
  await pages[2].locator(".toast", { hasText: "in sight" }).waitFor({ state: "detached" });
});

test("the browser's permission is requested by a click and not before", async (t) => {
  const page = await person(await launch(t), "Technician");
  await page.context().addInitScript(fakeDesktop);
  await page.evaluate(() => localStorage.setItem("test-permission", "default"));
  await page.reload();
  await live(page);
  assert.equal(await page.evaluate(() => window.__asked), 0);
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Turn on desktop notifications" }).click();
  await page.getByRole("menuitem", { name: "Desktop notifications are on" }).waitFor();
  assert.equal(await page.evaluate(() => window.__asked), 1);
});
