#!/usr/bin/env -S node --test-reporter=tap
// Tickets in two browsers: what one does the other sees without reloading.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { account, login } from "../lib/mortise.mjs";
import { launch, person, removeTickets, signIn, tab, toast, until, violations } from "./browser.mjs";

const TITLE = "Browser test: tickets";
after(() => removeTickets(TITLE));

async function createTicket(page, title) {
  await page.keyboard.press("c");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill(title);
  await dialog.getByLabel("Description").fill("Water on the floor.");
  await dialog.getByRole("button", { name: "Create ticket" }).click();
  await page.locator(".window .fields").waitFor();
  return new URL(page.url()).pathname.split("/")[2];
}

async function choose(page, field, option) {
  await page.locator(".window").getByRole("button", { name: new RegExp(`^${field}:`) }).click();
  await page.getByRole("option", { name: option }).click();
}

test("a ticket that a dispatcher creates and assigns", async (t) => {
  const browser = await launch(t);
  const dispatcher = await person(browser, "Dispatcher");
  const technician = await person(browser, "Technician");
  const other = await person(browser, "Technician", { nth: 1 });
  const stranger = await person(browser, "Technician", { tenant: 1 });
  const title = `${TITLE} assign`;
  const id = await createTicket(dispatcher, title);

  await t.test("appears in the list of the others", async () => {
    await technician.getByRole("link", { name: title }).waitFor();
    await other.getByRole("link", { name: title }).waitFor();
  });

  await t.test("brings the assignee a toast, and nobody else", async () => {
    await choose(dispatcher, "Assignee", technician.who.name);
    await toast(technician, title).waitFor();
    assert.equal(await toast(other, title).count(), 0);
    assert.equal(await toast(dispatcher, "is yours").count(), 0);
  });

  await t.test("opens from the toast beside the list", async () => {
    await toast(technician, title).getByRole("link").click();
    await technician.locator(".window").getByText("Water on the floor.").waitFor();
    assert.equal(new URL(technician.url()).pathname, `/tickets/${id}`);
    assert.ok(await technician.locator(".list").isVisible());
  });

  await t.test("shows a comment while it is open", async () => {
    await dispatcher.getByRole("tab", { name: "Comments" }).click();
    await technician.getByRole("tab", { name: "Comments" }).click();
    await dispatcher.getByLabel("Write a comment").fill("The key is at the neighbour's.");
    await dispatcher.keyboard.press("Control+Enter");
    await technician.getByText("The key is at the neighbour's.").waitFor();
  });

  await t.test("shows a change of state, and its history", async () => {
    await technician.getByRole("tab", { name: "Details" }).click();
    await choose(technician, "State", "In progress");
    await dispatcher.locator(".row", { hasText: title }).getByText("In progress").waitFor();
    await dispatcher.getByRole("tab", { name: "History" }).click();
    await dispatcher.locator(".history").getByText("In progress").waitFor();
  });

  await t.test("is unknown in another company", async () => {
    await stranger.goto(new URL(`/tickets/${id}`, stranger.url()).href);
    stranger.expected.push(new RegExp(id));
    await stranger.getByText("Ticket not found").waitFor();
    assert.equal(await stranger.getByText(title).count(), 0);
  });

  await t.test("leaves no faults behind", async () => {
    for (const page of [dispatcher, technician, other]) {
      assert.deepEqual(page.faults, []);
      assert.deepEqual(await violations(page), []);
    }
  });
});

test("two people who edit one ticket", async (t) => {
  const browser = await launch(t);
  const dispatcher = await person(browser, "Dispatcher");
  const title = `${TITLE} conflict`;
  const id = await createTicket(dispatcher, title);
  const technician = await person(browser, "Technician", { path: `/tickets/${id}` });
  await technician.locator(".window .fields").waitFor();
  for (const page of [dispatcher, technician]) page.expected.push(new RegExp(id));

  const edit = async (page, text) => {
    await page.getByRole("button", { name: "Edit description" }).click();
    await page.getByRole("textbox", { name: "Description" }).fill(text);
  };

  await t.test("may change different fields", async () => {
    await edit(technician, "From the technician");
    await choose(dispatcher, "Priority", "Urgent");
    await until(() => technician.locator(".row", { hasText: title }).locator("[data-priority=urgent]").count());
    await technician.keyboard.press("Control+Enter");
    await dispatcher.getByText("From the technician").waitFor();
    assert.equal(await technician.locator(".conflict").count(), 0);
  });

  await t.test("are asked when both changed the same one", async () => {
    await edit(technician, "From the roof");
    await edit(dispatcher, "From the office");
    await dispatcher.keyboard.press("Control+Enter");
    await dispatcher.locator(".editable-description", { hasText: "From the office" }).waitFor();
    await technician.keyboard.press("Control+Enter");
    const conflict = technician.locator(".conflict");
    await conflict.getByText("From the office", { exact: true }).waitFor();
    await conflict.getByText("From the roof", { exact: true }).waitFor();
    await conflict.getByRole("button", { name: "Keep mine" }).click();
    await dispatcher.locator(".editable-description", { hasText: "From the roof" }).waitFor();
  });
});

test("a comment is edited and deleted by its author, with its history and a way back", async (t) => {
  const browser = await launch(t);
  const dispatcher = await person(browser, "Dispatcher");
  const id = await createTicket(dispatcher, `${TITLE} comments`);
  const technician = await person(browser, "Technician", { path: `/tickets/${id}?tab=comments` });
  await dispatcher.getByRole("tab", { name: "Comments" }).click();
  await dispatcher.getByLabel("Write a comment").fill("The key is under the mat.");
  await dispatcher.keyboard.press("Control+Enter");
  const shown = (page, text) => page.locator(".comments li", { hasText: text });
  const act = async (page, text, action) => {
    await shown(page, text).getByRole("button", { name: /^Actions for the comment/ }).click();
    await page.getByRole("menuitem", { name: action }).click();
  };
  await shown(technician, "under the mat").waitFor();

  await t.test("others have no button for it, an administrator has", async () => {
    assert.equal(await technician.getByRole("button", { name: /^Actions for the comment/ }).count(), 0);
    const admin = await person(browser, "Admin", { path: `/tickets/${id}?tab=comments` });
    await shown(admin, "under the mat").getByRole("button", { name: /^Actions for the comment/ }).waitFor();
    await admin.context().close();
  });
  await t.test("editing by keyboard changes it for everybody", async () => {
    await act(dispatcher, "under the mat", "Edit comment");
    const field = dispatcher.getByRole("textbox", { name: "Edit comment" });
    await field.fill("No, Escape");
    await dispatcher.keyboard.press("Escape");
    await shown(dispatcher, "under the mat").waitFor();
    await act(dispatcher, "under the mat", "Edit comment");
    await field.fill("The key is at the neighbour's.");
    await dispatcher.keyboard.press("Control+Enter");
    await shown(technician, "at the neighbour's").waitFor();
  });
  await t.test("what it said before can be read", async () => {
    const one = shown(technician, "at the neighbour's");
    await one.getByRole("button", { name: "Edited" }).click();
    await one.getByRole("list", { name: "Earlier versions" }).getByText("The key is under the mat.").waitFor();
    await one.getByText(`Edited by ${dispatcher.who.name}`).waitFor();
  });
  await t.test("deleting takes it from everybody, Undo brings it back", async () => {
    await act(dispatcher, "at the neighbour's", "Delete comment");
    await dispatcher.getByText("Comment deleted.").waitFor();
    await shown(technician, "at the neighbour's").waitFor({ state: "detached" });
    await until(() => dispatcher.evaluate(() => document.activeElement?.textContent === "Undo"));
    await dispatcher.keyboard.press("Enter");
    await shown(technician, "at the neighbour's").waitFor();
    await shown(dispatcher, "at the neighbour's").waitFor();
    assert.equal(await dispatcher.getByText("Comment deleted.").count(), 0);
  });
  await t.test("a change by somebody else is shown before it is overwritten", async () => {
    dispatcher.expected.push(/api\/comments/);
    await act(dispatcher, "at the neighbour's", "Edit comment");
    await dispatcher.getByRole("textbox", { name: "Edit comment" }).fill("Mine");
    const admin = await login("Admin");
    const [comment] = (await admin.get(`/api/tickets/${id}/comments`)).body.items;
    assert.equal((await admin.patch(`/api/comments/${comment.id}`, { body: "Theirs" })).status, 200);
    await dispatcher.keyboard.press("Control+Enter");
    await dispatcher.getByRole("alert").getByText("Theirs").waitFor();
    await dispatcher.getByRole("button", { name: "Save" }).click();
    await shown(technician, "Mine").waitFor();
  });
  for (const page of [dispatcher, technician]) {
    assert.deepEqual(page.faults, []);
    assert.deepEqual(await violations(page), []);
  }
});

test("search, filters and an empty result", async (t) => {
  const page = await person(await launch(t), "Dispatcher");
  await page.locator(".row [data-ticket]").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("no such ticket anywhere");
  await page.getByText("No ticket matches").waitFor();
  assert.match(page.url(), /q=no\+such/);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator(".row [data-ticket]").first().waitFor();
  const { id } = (await (await login("Dispatcher")).post("/api/tickets", { title: `${TITLE} zeppelinkabine` })).body;
  await page.keyboard.press("/");
  await page.keyboard.type("zepelinkabine");
  await page.getByRole("status").getByText("Showing results for “zeppelinkabine”").waitFor();
  await page.locator(`.row [data-ticket="${id}"]`).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("searchbox").fill("");
  await page.getByText("Showing results for").waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^State:/ }).click();
  await page.getByRole("option", { name: "Closed" }).click();
  await until(async () => (await page.locator(".row[data-closed=false]:not(.row-head)").count()) === 0);
  await page.goBack();
  assert.deepEqual(page.faults, []);
});

test("a long list grows as one scrolls, and keeps its place when tickets change", async (t) => {
  const dispatcher = await login("Dispatcher");
  const name = `${TITLE} long`;
  const made = [];
  for (let i = 0; i < 120; i++)
    made.push((await dispatcher.post("/api/tickets", { title: `${name} ${i}`, priority: "low" })).body);
  const page = await person(await launch(t), "Dispatcher", { path: `/tickets?q=${encodeURIComponent(name)}` });
  const rows = page.locator(".row [data-ticket]");
  await until(async () => (await rows.count()) >= 50);
  assert.ok((await rows.count()) < 120, "not all at once");
  await until(async () => {
    await page.locator(".page-body").evaluate((el) => el.scrollTo(0, el.scrollHeight));
    return (await rows.count()) === 120;
  });
  const ids = await rows.evaluateAll((all) => all.map((a) => a.dataset.ticket));
  assert.equal(new Set(ids).size, 120);
  assert.deepEqual(ids, made.map((m) => m.id).reverse());
  const top = await page.locator(".page-body").evaluate((el) => el.scrollTop);
  await dispatcher.patch(`/api/tickets/${made[5].id}`, { priority: "urgent" });
  await page.locator(`.row:has([data-ticket="${made[5].id}"]) [data-priority=urgent]`).waitFor();
  assert.equal(await rows.count(), 120);
  const now = await page.locator(".page-body").evaluate((el) => el.scrollTop);
  assert.ok(Math.abs(now - top) < 60, `${top} -> ${now}`);
  // Going back finds the list where it was left.
  await page.locator(".page-body").evaluate((el) => el.scrollTo(0, 900));
  await page.getByRole("link", { name: "Inbox" }).first().click();
  await page.locator("h1", { hasText: "Inbox" }).waitFor();
  await page.goBack();
  await until(async () => Math.abs((await page.locator(".page-body").evaluate((el) => el.scrollTop)) - 900) < 60);
  assert.deepEqual(page.faults, []);
});

test("a server that does not answer is reported, with a button to try again", async (t) => {
  const page = await person(await launch(t), "Technician");
  page.expected.push(/api\/users/);
  let broken = true;
  await page.route("**/api/users**", (route) =>
    broken
      ? route.fulfill({
          status: 503,
          contentType: "application/problem+json",
          body: JSON.stringify({ type: "/problems/busy", title: "Busy", status: 503, detail: "The database is away.", requestId: "abc123" }),
        })
      : route.continue(),
  );
  await page.goto(new URL("/people", page.url()).href);
  await page.getByText("The database is away.").waitFor();
  await page.getByText("Request abc123").waitFor();
  broken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("td.people-email", { hasText: page.who.email }).waitFor();
  assert.deepEqual(page.faults, []);
});

test("what was opened without a network is read when the network is back", async (t) => {
  const page = await person(await launch(t), "Technician");
  page.expected.push(/.*/);
  const row = page.locator(".row [data-ticket]").first();
  await row.waitFor();
  const title = await row.innerText();
  await page.context().setOffline(true);
  await row.click();
  await page.locator(".window").getByText("No connection").waitFor();
  await page.context().setOffline(false);
  await page.locator(".window .fields").waitFor();
  await page.locator(".window").getByText(title).first().waitFor();
});

test("a session that ends elsewhere leads to signing in and back to the same place", async (t) => {
  const page = await person(await launch(t), "Technician", { path: "/people" });
  page.expected.push(/401/);
  await page.context().clearCookies();
  await page.getByRole("link", { name: /Tickets/ }).first().click();
  await page.getByText("Your session has ended").waitFor();
  assert.equal(new URL(page.url()).pathname, "/tickets");
  await signIn(page, account("Technician"));
  assert.equal(new URL(page.url()).pathname, "/tickets");
});

test("the title of an open ticket stays in sight on each of its tabs", async (t) => {
  const browser = await launch(t);
  const title = `${TITLE} in sight ${randomUUID().slice(0, 8)}`;
  const session = await login("Dispatcher");
  const made = await session.post("/api/tickets", { title });
  assert.equal(made.status, 201);
  for (const width of [1280, 900, 360]) {
    const page = await person(browser, "Dispatcher", { path: `/tickets/${made.body.id}`, width, height: 740 });
    for (const name of ["Details", "Comments", "History"]) {
      await tab(page, name).click();
      const heading = page.locator("#window-title");
      await page.getByRole("heading", { level: 2, name: title }).waitFor();
      const box = await heading.getByText(title).boundingBox();
      assert.ok(box.width > 60 && box.y < 60, `${name} at ${width}: ${JSON.stringify(box)}`);
    }
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, `one h1 at ${width}`);
    assert.deepEqual(await violations(page), []);
    await page.context().close();
  }
});
