#!/usr/bin/env -S node --test-reporter=tap
// A plugin's life as people see it: uploaded, installed, used, disabled, enabled, uninstalled; and
// never does anybody reload a page.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { login, pack, psql, remove, url } from "../lib/mortise.mjs";
import { person, systemPerson, removeTickets, tab, toasted, until, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

const TITLE = "Browser test: plugins";
const folder = mkdtempSync(join(tmpdir(), "mortise-browser-"));
const file = (name, bytes) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

before(() => remove("time-clock"));
after(async () => {
  await remove("time-clock");
  removeTickets(TITLE);
  rmSync(folder, { recursive: true });
});

/** A page that is marked can tell whether it was loaded again. */
const mark = (page) => page.evaluate(() => (window.__mark = true));
const isMarked = (page) => page.evaluate(() => window.__mark === true);

test("time-clock, from the package to nothing left", async (t) => {
  const dispatcher = await login("Dispatcher");
  const technician0 = await login("Technician");
  const ticket = (
    await dispatcher.post("/api/tickets", { title: `${TITLE} clock`, assigneeId: technician0.who.id })
  ).body;
  const browser = await launch(t);
  const technician = await person(browser, "Technician", { path: `/tickets/${ticket.id}` });
  const stranger = await person(browser, "Technician", { tenant: 1 });
  const sys = await systemPerson(browser);
  const admin = await person(browser, "Admin", { path: "/plugins" });
  await technician.locator(".window .fields").waitFor();
  await mark(technician);
  const clockTab = tab(technician, /Time Clock/);
  const card = (page, name) => page.getByRole("listitem", { name, exact: true });

  await t.test("a file that is no package is refused with every fault", async () => {
    sys.expected.push(/\/api\/plugins\/upload/);
    await sys.getByRole("button", { name: "Upload a package" }).click();
    await sys.setInputFiles("input[type=file]", file("broken.zip", "this is no zip"));
    await sys.locator(".faults").getByText(/broken\.zip was rejected/).waitFor();
  });

  await t.test("only a system admin is offered the upload", async () => {
    await card(admin, "Time Clock").waitFor();
    assert.equal(await admin.getByRole("button", { name: "Upload a package" }).count(), 0);
  });

  await t.test("the package is uploaded, checked and approved after its permissions were shown", async () => {
    const dialog = sys.getByRole("dialog");
    await dialog.getByRole("button", { name: "Choose another file" }).click();
    await sys.setInputFiles("input[type=file]", file("time-clock.zip", pack("time-clock")));
    await dialog.getByText("All checks passed").waitFor();
    await dialog.getByText("Send notifications").waitFor();
    const yes = dialog.getByRole("button", { name: "Approve for all companies" });
    if (await yes.count()) {
      await yes.click();
      await dialog.getByText(/can now be installed/).waitFor();
    }
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await dialog.waitFor({ state: "detached" });
  });

  await t.test("an admin reads what it may do, then installs it", async () => {
    await admin.getByRole("button", { name: "Install Time Clock" }).click();
    const dialog = admin.getByRole("dialog", { name: "Install Time Clock" });
    await dialog.getByText("See tickets").waitFor();
    await dialog.getByText("Clock in and out").waitFor();
    const reads = [];
    const read = (r) => r.method() === "GET" && reads.push(new URL(r.url()).pathname);
    admin.on("request", read);
    await dialog.getByRole("button", { name: "Allow and install" }).click();
    await dialog.getByText(/Time Clock \S+ is installed/).waitFor();
    await until(() => reads.includes("/api/plugins/installations"));
    admin.off("request", read);
    // Its progress is read often, and the catalogue once more if the package was fetched for this dialog; beside that
    // what is installed, and nothing that an installation doesn't change.
    const others = reads.filter((p) => p.startsWith("/api/plugins/") && !["/api/plugins/steps", "/api/plugins/catalog"].includes(p));
    assert.ok(reads.filter((p) => p === "/api/plugins/catalog").length <= 1);
    assert.deepEqual([...new Set(others)], ["/api/plugins/installations"]);
    assert.ok(others.length <= 3, others.join(" "));
    await dialog.getByRole("button", { name: "Manage" }).click();
    await dialog.waitFor({ state: "detached" });
    await admin.getByRole("heading", { level: 1, name: "Time Clock" }).waitFor();
    await admin.locator(".manage-head").getByText("Enabled").first().waitFor();
  });

  await t.test("its tab appears in the open ticket without a reload", async () => {
    await clockTab.waitFor();
    assert.ok(await isMarked(technician));
    await toasted(technician, "Time Clock was");
  });

  await t.test("the technician clocks in and out", async () => {
    await clockTab.click();
    await technician.getByText("Nobody has worked on this ticket yet").waitFor();
    await technician.getByRole("button", { name: "Clock in" }).click();
    await technician.getByText(/Clocked in since/).waitFor();
    await until(async () => /0:00:0[1-9]/.test(await technician.getByRole("timer").innerText()));
    await technician.getByRole("button", { name: "Clock out" }).click();
    await technician.locator('[data-entry="completed"]').waitFor();
    await technician.getByRole("button", { name: "Clock in" }).waitFor();
  });

  await t.test("the bundle came from the package's own address with its hash", async () => {
    const script = technician.locator("script[src^='/plugin-assets/']");
    assert.match(await script.getAttribute("src"), /^\/plugin-assets\/[0-9a-f]{64}\//);
    assert.match(await script.getAttribute("integrity"), /^sha(256|384|512)-/);
    const ms = await technician.evaluate(() => window.Mortise.loadTimes.PluginTimeClock);
    assert.ok(ms >= 0 && ms < 800, `${ms} ms`);
  });

  await t.test("its report is drawn", async () => {
    const page = await person(browser, "Dispatcher", { path: "/reports" });
    await page.getByRole("heading", { name: "Time Clock Report" }).waitFor();
    await page.getByText("Total entries").waitFor();
    const chart = page.getByRole("figure", { name: "Hours by technician" });
    await chart.getByRole("img", { name: "Hours by technician" }).waitFor();
    await chart.locator("svg text").getByText("min").first().waitFor();
    await chart.getByRole("button", { name: "Table: Hours by technician" }).click();
    await chart.getByRole("cell", { name: /^\d+:\d\d h$/ }).first().waitFor();
    assert.equal(await chart.locator("svg[role=img]").count(), 0);

    // The period goes to the endpoint, and so does the one before it where they are compared.
    const asked = [];
    page.on("request", (r) => /\/report\?/.test(r.url()) && asked.push(new URL(r.url()).searchParams.get("from")));
    await page.getByRole("checkbox", { name: "Compare with the period before" }).click();
    await page.getByText(/^(Before: |.* compared with )/).first().waitFor();
    await page.getByRole("button", { name: /^Period/ }).click();
    await page.getByRole("option", { name: "Last 7 days" }).click();
    await until(() => asked.length >= 3);
    const days = new Set(asked.map((d) => Math.round((Date.now() - Date.parse(d)) / 86400e3)));
    assert.ok([6, 13].every((n) => days.has(n) || days.has(n + 1)), JSON.stringify(asked));

    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save Time Clock Report as CSV" }).click()]);
    assert.match(file.suggestedFilename(), /^time-clock-report-.*\.csv$/);
    assert.match(readFileSync(await file.path(), "utf8"), /^\ufeffPart,Name,Value,Period before,Unit\r\nSummary,Total hours,/);
    assert.deepEqual(page.faults, []);
    assert.deepEqual(await violations(page), []);
    await page.context().close();
  });

  await t.test("another company sees nothing of it", async () => {
    await stranger.locator(".row [data-ticket]").first().click();
    await stranger.locator(".window .fields").waitFor();
    assert.equal(await tab(stranger, /Time Clock/).count(), 0);
  });

  await t.test("disabling takes the tab away, enabling brings it back", async () => {
    await admin.getByLabel("Enabled: Time Clock").click();
    await clockTab.waitFor({ state: "detached" });
    await technician.locator(".stream").waitFor();
    const res = await technician0.get(`/api/plugins/time-clock/status/${technician0.who.id}`);
    assert.equal(res.status, 403);
    assert.equal(res.body.type, "/problems/plugin-disabled");
    await admin.getByLabel("Enabled: Time Clock").click();
    await clockTab.waitFor();
    await clockTab.click();
    await technician.getByRole("button", { name: "Clock in" }).waitFor();
  });

  await t.test("its page shows versions, activity, usage and logs", async () => {
    for (const [name, text] of [
      ["Readme", "One technician works in one place"],
      ["Changelog", "A tab in every ticket that starts and stops the clock."],
      ["For developers", "Routes, below"],
      ["Permissions", "Granted to"],
      ["Settings", /set/i],
      ["Versions", "Running"],
      ["Activity", "Installed"],
      ["Where it appears", "Tab of a ticket"],
      ["Usage", "Rows"],
      ["Logs", /returned \d+ in/],
    ]) {
      await tab(admin, name).click();
      await admin.getByRole("tabpanel").getByText(text).first().waitFor();
    }
    await admin.goBack();
    await tab(admin, "Usage").and(admin.locator('[aria-selected="true"]')).waitFor();
  });

  await t.test("and how fast its components were on people's screens", async () => {
    await until(() => psql("select 1 from mortise.plugin_shows where component = 'TicketTimeClock' and firsts > 0").length > 0, 60000, "a browser sent what it measured");
    await admin.goto(new URL("/plugins/time-clock/manage?tab=usage", url).href);
    const row = admin.getByRole("region", { name: "On people’s screens" }).getByRole("row", { name: /^TicketTimeClock/ });
    assert.match(await row.innerText(), /TicketTimeClock\s+\d+\s+\S+ ms, at most \S+ ms/);
    assert.deepEqual(await violations(admin), []);
  });

  await t.test("its interface can be loaded once more", async () => {
    await admin.getByRole("button", { name: "More actions for Time Clock" }).click();
    await admin.getByRole("menuitem", { name: "Reload its interface" }).click();
    await toasted(admin, "interface was loaded again");
  });

  await t.test("uninstalling with rows exports them, deletes for good only after the name was typed, and leaves nothing", async () => {
    await admin.getByRole("button", { name: "More actions for Time Clock" }).click();
    await admin.getByRole("menuitem", { name: "Uninstall" }).click();
    const dialog = admin.getByRole("alertdialog", { name: "Uninstall Time Clock" });
    const yes = dialog.getByRole("button", { name: "Uninstall" });
    await dialog.getByText(/stores \d+ row/).waitFor();
    assert.ok(await dialog.getByLabel(/Export and delete/).isChecked(), "what can't be brought back isn't chosen");
    await dialog.getByLabel(/Delete permanently/).check();
    assert.ok(await yes.isDisabled());
    await dialog.getByLabel(/to confirm/).fill("Time");
    assert.ok(await yes.isDisabled());
    await dialog.getByLabel(/Export and delete/).check();
    await yes.click();
    const done = admin.getByRole("dialog", { name: "Uninstall Time Clock" });
    const link = done.getByRole("link", { name: "Download" });
    await link.waitFor();
    const path = await link.getAttribute("href");
    const zip = await (await login("Admin")).get(path);
    assert.equal(zip.status, 200);
    assert.equal(zip.bytes.toString("latin1", 0, 2), "PK");
    await done.getByRole("button", { name: "Close" }).click();
    await tab(admin, /My plugins/).and(admin.locator('[aria-selected="true"]')).waitFor();
    await card(admin, "Time Clock").waitFor({ state: "detached" });
    assert.equal(await admin.getByRole("link", { name: "Download the data of time-clock" }).first().getAttribute("href"), path);
    await admin.getByRole("button", { name: "Delete the exported data of time-clock" }).first().click();
    const sure = admin.getByRole("alertdialog");
    await sure.getByRole("button", { name: "Delete" }).click();
    await sure.waitFor({ state: "detached" });
    assert.equal((await (await login("Admin")).get(path)).status, 404);
    await clockTab.waitFor({ state: "detached" });
    const res = await technician0.get(`/api/plugins/time-clock/status/${technician0.who.id}`);
    assert.equal(res.status, 404);
    assert.deepEqual(psql("SELECT nspname FROM pg_namespace WHERE nspname = 'x_time_clock'"), []);
    assert.ok(await isMarked(technician));
  });

  await t.test("installed again it comes back, still without a reload", async () => {
    const scripts = technician.locator("script[src^='/plugin-assets/']");
    const before = await scripts.count();
    await tab(admin, "Marketplace").click();
    await admin.getByRole("button", { name: "Install Time Clock" }).click();
    await admin.getByRole("dialog").getByRole("button", { name: "Allow and install" }).click();
    await clockTab.waitFor();
    await clockTab.click();
    await technician.getByText("Nobody has worked on this ticket yet").waitFor();
    assert.equal(await scripts.count(), before, "the bundle that is known isn't fetched again");
    assert.ok(await isMarked(technician));
  });

  await t.test("leaves no faults behind", async () => {
    for (const page of [technician, admin, sys, stranger]) {
      assert.deepEqual(page.faults, []);
      assert.deepEqual(await violations(page), []);
    }
  });
});
