#!/usr/bin/env -S node --test-reporter=tap
// Tickets in two browsers: what one does the other sees without reloading.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { png } from "../lib/images.mjs";
import { account, login, psql, url } from "../lib/mortise.mjs";
import { person, removeTickets, signIn, toast, toasted, until, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

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
    await toasted(technician, title);
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
    await dispatcher.getByLabel("Write a comment").fill("The **key** is at the neighbour's.");
    await dispatcher.keyboard.press("Control+Enter");
    const body = technician.locator(".comment-body", { hasText: "The key is at the neighbour's." });
    await body.locator("strong", { hasText: "key" }).waitFor();
  });

  await t.test("has files, which the others see at once, and a question before one is deleted", async () => {
    const file = (page) => page.locator(".file", { hasText: "valve.png" });
    await dispatcher.getByLabel("Add files").setInputFiles({ name: "valve.png", mimeType: "image/png", buffer: png(640) });
    await until(() => file(technician).locator("img").evaluate((img) => img.naturalWidth === 320));
    assert.equal(await file(technician).getByRole("link", { name: "valve.png", exact: true }).getAttribute("target"), "_blank");
    await dispatcher.getByRole("button", { name: "Delete valve.png" }).click();
    await dispatcher.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await file(technician).waitFor({ state: "detached" });
    await technician.locator(".history-change", { hasText: "valve.png" }).nth(1).waitFor();
  });

  await t.test("@ offers people by keyboard, and whom a comment mentions hears of it", async () => {
    const field = dispatcher.getByLabel("Write a comment");
    await field.fill("Ask ");
    await field.pressSequentially(`@${other.who.name.slice(0, 4)}`);
    await dispatcher.getByRole("option", { name: other.who.name }).waitFor();
    await dispatcher.keyboard.press("Enter");
    await until(async () => (await field.inputValue()) === `Ask @${other.who.name} `);
    await dispatcher.keyboard.press("Control+Enter");
    await technician.locator(".mention", { hasText: `@${other.who.name}` }).waitFor();
    await toasted(other, `${dispatcher.who.name} mentioned you`);
  });

  await t.test("shows a change of state, and its history", async () => {
    await choose(technician, "State", "In progress");
    await dispatcher.locator(".row", { hasText: title }).getByText("In progress").waitFor();
    await dispatcher.locator(".history").getByText("In progress").waitFor();
    const filter = dispatcher.getByRole("group", { name: "Show" });
    await filter.getByRole("button", { name: "Changes" }).click();
    await until(async () => (await dispatcher.locator(".comment-body").count()) === 0);
    assert.match(dispatcher.url(), /tab=history/);
    await filter.getByRole("button", { name: "Comments" }).click();
    await dispatcher.locator(".comment-body").first().waitFor();
    assert.equal(await dispatcher.locator(".history").count(), 0);
    await filter.getByRole("button", { name: "All" }).click();
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
  await t.test("of a long story the end is there, and earlier comments when they are wanted", async () => {
    psql(`insert into mortise.ticket_comments (tenant_id, id, ticket_id, author_id, body, created_at)
      select t.tenant_id, gen_random_uuid(), t.id, '${technician.who.id}', 'Note ' || n, now() - interval '1 day' + n * interval '1 second'
      from mortise.tickets t, generate_series(1, 120) n where t.id = '${id}'`);
    await technician.reload();
    await shown(technician, "Mine").waitFor();
    const notes = () => technician.locator(".comment-body").allInnerTexts();
    assert.equal((await notes())[0].trim(), "Note 22");
    await technician.getByRole("button", { name: "Show earlier comments" }).click();
    await until(async () => (await notes()).length === 121);
    assert.deepEqual([(await notes())[0].trim(), (await notes())[120].trim()], ["Note 1", "Mine"]);
    assert.equal(await technician.getByRole("button", { name: "Show earlier comments" }).count(), 0);
    assert.equal(await technician.evaluate(() => document.activeElement?.className), "comments");
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
  await page.keyboard.press("Escape");
  await until(async () => (await page.locator(".row[data-closed=false]:not(.row-head)").count()) === 0);
  assert.match(page.url(), /state=closed/);

  await t.test("a filter has several values, found by typing, each a chip to take away", async () => {
    await page.getByRole("button", { name: /^Priority:/ }).click();
    await page.keyboard.type("urg");
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "Find: Priority" }).fill("hig");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await until(() => new URL(page.url()).searchParams.get("priority") === "urgent,high");
    await until(async () => (await page.locator(".row [data-priority=low], .row [data-priority=normal]").count()) === 0);
    await until(() => page.evaluate(() => /^Priority:/.test(document.activeElement?.textContent ?? "")));
    await page.getByRole("button", { name: "Priority: Urgent, remove filter" }).click();
    await until(() => new URL(page.url()).searchParams.get("priority") === "high");
  });
  await t.test("a head orders the list by its column, and the other way at the next click", async () => {
    const head = page.getByRole("columnheader", { name: "No." });
    await head.getByRole("button").click();
    await page.locator('[role=columnheader][aria-sort="descending"]', { hasText: "No." }).waitFor();
    assert.match(page.url(), /sort=number/);
    await head.getByRole("button").click();
    await page.locator('[role=columnheader][aria-sort="ascending"]', { hasText: "No." }).waitFor();
    const numbers = async () => (await page.locator(".row:not(.row-head) .cell-number").allInnerTexts()).map(Number);
    await until(async () => {
      const all = await numbers();
      return all.length > 1 && all.every((n, i) => i === 0 || n > all[i - 1]);
    });
  });
  await page.getByRole("button", { name: "Clear filters" }).click();
  await until(async () => (await page.locator(".filter-chip").count()) === 0);
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
  const area = page.locator(".page-body");
  await rows.first().waitFor();
  // Only rows in sight are in the page: one scrolls through all of them and notes each at its place.
  const seen = new Map();
  await until(async () => {
    const now = await page.locator(".rows > .row").evaluateAll((all) => all.map((r) => [Number(r.getAttribute("aria-rowindex")), r.querySelector("[data-ticket]").dataset.ticket]));
    assert.ok(now.length < 60, `${now.length} rows in the page`);
    for (const [index, id] of now) seen.set(index, id);
    await area.evaluate((el) => el.scrollBy(0, 400));
    return seen.size === 120;
  });
  const ids = [...seen.keys()].sort((a, b) => a - b).map((index) => seen.get(index));
  assert.deepEqual([Math.min(...seen.keys()), Math.max(...seen.keys())], [2, 121]);
  assert.deepEqual(ids, made.map((m) => m.id).reverse());
  const top = await area.evaluate((el) => {
    el.scrollTo(0, el.scrollHeight);
    return el.scrollTop;
  });
  await dispatcher.patch(`/api/tickets/${made[5].id}`, { title: `${name} another`, priority: "urgent" });
  // It moved to the top, out of sight.
  await page.locator(`.row:has([data-ticket="${made[5].id}"])`).waitFor({ state: "detached" });
  const now = await area.evaluate((el) => el.scrollTop);
  assert.ok(Math.abs(now - top) < 60, `${top} -> ${now}`);
  await page.keyboard.press("Home");
  await until(() => page.evaluate((id) => document.activeElement?.dataset.ticket === id, made[5].id));
  assert.equal(await page.locator(`.row:has([data-ticket="${made[5].id}"]) [data-priority=urgent]`).count(), 1);
  await page.keyboard.press("End");
  await until(() => page.evaluate((id) => document.activeElement?.dataset.ticket === id, made[0].id));
  // Going back finds the list where it was left.
  await page.locator(".page-body").evaluate((el) => el.scrollTo(0, 900));
  await page.getByRole("link", { name: "Reports" }).first().click();
  await page.locator("h1", { hasText: "Reports" }).waitFor();
  await page.goBack();
  await until(async () => Math.abs((await page.locator(".page-body").evaluate((el) => el.scrollTop)) - 900) < 60);
  assert.deepEqual(page.faults, []);
});

test("many tickets are changed at once, by keyboard, with a way back", async (t) => {
  const api = await login("Dispatcher");
  const name = `${TITLE} bulk ${randomUUID().slice(0, 8)}`;
  const made = [];
  for (let i = 0; i < 4; i++) made.push((await api.post("/api/tickets", { title: `${name} ${i}`, priority: "low" })).body);
  await api.patch(`/api/tickets/${made[0].id}`, { state: "done" });
  const page = await person(await launch(t), "Dispatcher", { path: `/tickets?state=all&sort=number&q=${encodeURIComponent(name)}` });
  page.expected.push(/api\/tickets\/bulk/);
  const priorities = async () => Object.values((await api.get(`/api/tickets?sort=number&q=${encodeURIComponent(name)}`)).body.items).map((x) => x.priority);
  await until(async () => (await page.locator(".row [data-ticket]").count()) === 4);
  const selected = () => page.locator(".row[data-selected=true]").count();

  await t.test("x selects a row, Shift all up to another", async () => {
    await page.keyboard.press("Home");
    await until(() => page.evaluate((id) => document.activeElement?.dataset.ticket === id, made[3].id));
    await page.keyboard.press("x");
    await page.getByText("1 selected").waitFor();
    await page.getByRole("checkbox", { name: `Select #${made[0].number}`, exact: true }).click({ modifiers: ["Shift"] });
    await until(async () => (await selected()) === 4);
  });
  await t.test("what the server refuses stays selected, with the reason", async () => {
    const bar = page.getByRole("group", { name: "Change selected tickets" });
    await bar.getByRole("button", { name: /^Priority/ }).click();
    await page.getByRole("option", { name: "Urgent" }).click();
    await toasted(page, "3 tickets changed");
    await toasted(page, "1 ticket was not changed", `#${made[0].number}: The ticket is closed`);
    assert.deepEqual(await priorities(), ["urgent", "urgent", "urgent", "low"]);
    await until(async () => (await selected()) === 1);
    await until(async () => (await page.locator(".rows [data-priority=urgent]").count()) === 3);
  });
  await t.test("Undo brings back what was, but not what somebody changed since", async () => {
    await api.patch(`/api/tickets/${made[2].id}`, { priority: "high" });
    await toast(page, "3 tickets changed").getByRole("button", { name: "Undo" }).click();
    await toasted(page, "Changes to 2 tickets undone");
    await toasted(page, "Change to 1 ticket not undone", `#${made[2].number}`);
    assert.deepEqual(await priorities(), ["low", "high", "low", "low"]);
  });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});

test("technicians begin with their work, and a view is saved, used and deleted", async (t) => {
  const page = await person(await launch(t), "Technician", { path: "/" });
  const views = page.getByRole("navigation", { name: "Views" });
  await views.locator("[aria-current=true]", { hasText: "My work" }).waitFor();
  assert.equal(new URL(page.url()).search, "?assigneeId=me&sort=priority");
  await views.getByRole("link", { name: "Open tickets" }).click();
  await until(() => new URL(page.url()).search === "");
  await page.goto(new URL("/tickets?state=new,on_hold&priority=urgent", page.url()).href);
  const name = `View ${randomUUID().slice(0, 8)}`;
  await views.getByRole("button", { name: "Save view" }).click();
  await page.getByLabel("Name of the view").fill(name);
  await page.keyboard.press("Enter");
  await views.locator("[aria-current=true]", { hasText: name }).waitFor();
  await views.getByRole("link", { name: "My work" }).click();
  await page.reload();
  await views.getByRole("link", { name }).click();
  await until(() => new URL(page.url()).search === "?state=new%2Con_hold&priority=urgent");
  await views.getByRole("button", { name: `Delete view “${name}”` }).click();
  await views.getByRole("link", { name }).waitFor({ state: "detached" });
  await toast(page, "deleted").getByRole("button", { name: "Undo" }).click();
  await views.getByRole("link", { name }).waitFor();
  await views.getByRole("button", { name: `Delete view “${name}”` }).click();
  await views.getByRole("link", { name }).waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
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
  // Another one first: what draws a window is loaded when it is wanted.
  await page.locator(".row [data-ticket]").nth(1).click();
  await page.locator(".window .fields").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".window").waitFor({ state: "detached" });
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
  const ended = page.getByText("Your session has ended").waitFor();
  // A request of the page's own may find out first: then nobody can click any more.
  await Promise.race([page.getByRole("link", { name: /Tickets/ }).first().click().catch(() => {}), ended]);
  await ended;
  const place = new URL(page.url()).pathname;
  assert.match(place, /^\/(tickets|people)$/);
  await signIn(page, account("Technician"));
  assert.equal(new URL(page.url()).pathname, place);
});

test("the title of an open ticket stays in sight, and is the page's heading where there is no list", async (t) => {
  const browser = await launch(t);
  const title = `${TITLE} in sight ${randomUUID().slice(0, 8)}`;
  const session = await login("Dispatcher");
  const made = await session.post("/api/tickets", { title });
  assert.equal(made.status, 201);
  for (const width of [1280, 900, 360]) {
    const page = await person(browser, "Dispatcher", { path: `/tickets/${made.body.id}`, width, height: 740 });
    for (const name of ["Comments", "Changes", "All"]) {
      await page.getByRole("group", { name: "Show" }).getByRole("button", { name }).click();
      const heading = page.locator("#window-title");
      await page.getByRole("heading", { level: width > 1000 ? 2 : 1, name: title }).waitFor();
      const box = await heading.getByText(title).boundingBox();
      assert.ok(box.width > 60 && box.y < 60, `${name} at ${width}: ${JSON.stringify(box)}`);
    }
    if (width === 360) {
      // Where one writes stands at the lower edge, above the end of the stream.
      const box = await page.getByLabel("Write a comment").boundingBox();
      assert.ok(box.y > 500 && box.y + box.height <= 740, JSON.stringify(box));
      // Cards are selected as rows are; the box takes a finger that is up to 22 pixels off.
      await page.goto(new URL(`/tickets?q=${encodeURIComponent(title)}`, url).href);
      const checkbox = page.getByRole("checkbox", { name: `Select #${made.body.number}`, exact: true });
      const select = await until(() => checkbox.boundingBox(), 30000, "the box of the row, which is drawn anew once");
      await page.mouse.click(select.x + select.width / 2 + 20, select.y + select.height / 2 - 20);
      await page.locator(".bulk-bar").getByText("1 selected").waitFor();
      await page.goBack();
      await page.locator("#window-title").waitFor();
    }
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, `one h1 at ${width}`);
    assert.deepEqual(await violations(page), []);
    await page.context().close();
  }
});
