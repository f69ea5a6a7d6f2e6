#!/usr/bin/env -S node --test-reporter=tap
// Notifications in a browser: toasts, reconnecting, nothing lost or doubled.
import assert from "node:assert/strict";
import { test } from "node:test";
import { figure, rounds } from "../lib/measure.mjs";
import { login, service } from "../lib/mortise.mjs";
import { live, person, record, toast, toasted, until } from "./browser.mjs";
import { launch } from "./launch.mjs";

const dispatcher = await login("Dispatcher");

const notify = async (page, title, more = {}) => {
  const res = await dispatcher.post("/api/notifications/user", {
    targetUserId: page.who.id,
    title,
    message: `about ${title}`,
    ...more,
  });
  assert.equal(res.status, 200, res.text);
};

const titles = (events) => events.filter((e) => e.type === "Notification").map((e) => e.data.title);
const numbered = (name, n) => Array.from({ length: n }, (_, i) => `${name} ${i + 1}`);

test("toasts", async (t) => {
  const browser = await launch(t);
  const page = await person(browser, "Technician");

  await t.test("one leaves by itself after five seconds", (t) =>
    rounds(t, async (_, n) => {
      await notify(page, `short-lived ${n}`);
      await toasted(page, `short-lived ${n}`);
      const from = Date.now();
      await toast(page, `short-lived ${n}`).waitFor({ state: "detached" });
      const stayed = Date.now() - from;
      figure(stayed > 3500 && stayed < 7000, `${stayed} ms`);
    }));

  await t.test("one stays while the pointer is on it, and can be dismissed", (t) =>
    rounds(t, async (_, n) => {
      const held = toast(page, `held ${n}`);
      await notify(page, `held ${n}`);
      const reached = await held.hover({ timeout: 10000 }).then(() => true, () => false);
      figure(reached, "it had left before the pointer came");
      await page.waitForTimeout(6000); // as long as it would have stayed: this is what is tested
      assert.equal(await held.count(), 1);
      await held.getByRole("button", { name: "Dismiss" }).click();
      await held.waitFor({ state: "detached" });
      await page.mouse.move(200, 400);
    }));

  await t.test("a tab's url leads to the page in the app", async () => {
    await notify(page, "to people", { url: "/tab/People" });
    await toast(page, "to people").getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/people");
  });

  await t.test("another site opens in a window of its own that knows nothing of ours", async () => {
    await page.context().route("https://example.com/**", (route) =>
      route.fulfill({ contentType: "text/html", body: "<title>elsewhere</title>" }),
    );
    await notify(page, "outside", { url: "https://example.com/x" });
    const [popup] = await Promise.all([
      page.waitForEvent("popup"),
      toast(page, "outside").getByRole("link").click(),
    ]);
    await popup.waitForLoadState();
    assert.equal(popup.url(), "https://example.com/x");
    assert.equal(await popup.evaluate(() => window.opener), null);
    assert.equal(new URL(page.url()).pathname, "/people");
  });

  await t.test("they are announced to those who can't see them", async () => {
    assert.equal(await page.locator(".toasts [role=log]").getAttribute("aria-live"), "polite");
  });
  assert.deepEqual(page.faults, []);
});

test("a storm arrives whole and in order", async (t) => {
  const page = await person(await launch(t), "Technician");
  const events = await record(page);
  const sent = numbered("storm", 60);
  for (const title of sent) await notify(page, title);
  await until(async () => titles(await events()).length >= sent.length);
  assert.deepEqual(titles(await events()), sent);
  assert.ok((await page.locator(".toast").count()) <= 5);
  assert.deepEqual(page.faults, []);
});

test("what is sent while the stream is down arrives once when it is back", async (t) => {
  const page = await person(await launch(t), "Technician");
  page.expected.push(/\/events/, /EventSource/);
  const events = await record(page);
  await notify(page, "gap 1");
  await until(async () => titles(await events()).length === 1);
  service("stop", "nginx-events");
  let started = false;
  try {
    await until(() => page.evaluate(() => window.Mortise.events.state() !== "live"));
    for (const title of ["gap 2", "gap 3", "gap 4"]) await notify(page, title);
    // Without any stream events are fetched, only later.
    await until(async () => titles(await events()).length === 4, 40000);
    service("start", "nginx-events");
    started = true;
    await live(page);
  } finally {
    if (!started) service("start", "nginx-events");
  }
  await notify(page, "gap 5");
  await until(async () => titles(await events()).length >= 5);
  assert.deepEqual(titles(await events()), numbered("gap", 5));
  assert.deepEqual(page.faults, []);
});

test("offline is shown, and mended when the network is back", async (t) => {
  const page = await person(await launch(t), "Technician");
  page.expected.push(/.*/);
  const events = await record(page);
  await page.context().setOffline(true);
  await page.locator('.connection[data-state="offline"]').waitFor();
  await notify(page, "while away");
  await page.context().setOffline(false);
  await live(page);
  await toasted(page, "while away");
  await page.locator('.connection[data-state="live"]').waitFor();
  assert.deepEqual(titles(await events()), ["while away"]);
});

test("a page that signs out is counted no more before its session ends", async (t) => {
  const page = await person(await launch(t), "Technician");
  await live(page);
  const order = [];
  await page.route("**/api/events/leave?*", async (route) => {
    const res = await route.fetch();
    // Whatever the page would send without waiting for the answer, it sends now.
    await new Promise((done) => setTimeout(done, 300));
    order.push(`leave ${res.status()}`);
    await route.fulfill({ response: res });
  });
  page.on("request", (req) => req.url().endsWith("/api/auth/logout") && order.push("logout"));
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Mortise" }).waitFor();
  assert.deepEqual(order, ["leave 204", "logout"]);
  assert.deepEqual(page.faults, []);
});

test("the page to send notifications", async (t) => {
  const browser = await launch(t);
  const sender = await person(browser, "Dispatcher", { path: "/notify" });
  const one = await person(browser, "Technician");
  const two = await person(browser, "Technician", { nth: 1 });
  const admin = await person(browser, "Admin");
  const stranger = await person(browser, "Technician", { tenant: 1 });

  const compose = async (title) => {
    await sender.getByLabel("Title").fill(title);
    await sender.getByLabel("Message").fill("Read me.");
    await sender.getByRole("button", { name: "Send", exact: true }).click();
    await toasted(sender, "Sent to");
  };
  await t.test("says what is missing where it is missing", async () => {
    await sender.getByRole("button", { name: "Send", exact: true }).click();
    await sender.getByText("Select one of the choices.").waitFor();
    assert.equal(await sender.getByText("Enter a value.").count(), 2);
    await sender.locator(":focus").getByText("Choose a person").waitFor();
  });
  await t.test("to a person", async () => {
    await sender.getByRole("button", { name: /Choose a person/ }).click();
    await sender.getByRole("option", { name: new RegExp(one.who.name) }).click();
    await compose("for one");
    await toasted(one, "for one");
    assert.equal(await toast(two, "for one").count(), 0);
  });
  await t.test("to a role", async () => {
    await sender.getByRole("button", { name: "Role", exact: true }).click();
    await compose("for technicians");
    await Promise.all([one, two].map((p) => toasted(p, "for technicians")));
    assert.equal(await toast(admin, "for technicians").count(), 0);
  });
  await t.test("to everybody in the company, and to no other company", async () => {
    await sender.getByRole("button", { name: "Everyone" }).click();
    await compose("for all");
    await Promise.all([one, two, admin].map((p) => toasted(p, "for all")));
    for (const title of ["for one", "for technicians", "for all"])
      assert.equal(await toast(stranger, title).count(), 0);
  });
  await t.test("shows who is there", async () => {
    await sender.locator(".active-users").getByText(one.who.name).waitFor();
    assert.equal(await sender.locator(".active-users").getByText(stranger.who.name).count(), 0);
  });
  await t.test("one company isn't compared with others", async () => {
    await admin.goto(new URL("/notify", admin.url()).href);
    await admin.getByRole("heading", { name: "By role" }).waitFor();
    assert.equal(await admin.getByRole("heading", { name: "By company" }).count(), 0);
  });
  assert.deepEqual(sender.faults, []);
});
