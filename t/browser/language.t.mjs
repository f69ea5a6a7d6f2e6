#!/usr/bin/env -S node --test-reporter=tap
// Every text in the person's language: chosen in the account menu, at once, and kept for that person.
import assert from "node:assert/strict";
import { test } from "node:test";
import { account } from "../lib/mortise.mjs";
import { launch, live, person, signIn, until, violations, visitor } from "./browser.mjs";

const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true, includeHidden: true }).waitFor();
const language = (page) => page.evaluate(() => document.documentElement.lang);

async function choose(page, label) {
  await page.locator(".rail-account").click();
  await page.getByRole("menu").getByRole("menuitemradio", { name: label, exact: true }).click();
}

test("a language is chosen without a reload, and for one person", async (t) => {
  const browser = await launch(t);
  const page = await person(browser, "Admin", { path: "/people" });
  await heading(page, "People");
  assert.equal(await language(page), "en");
  const requests = [];
  page.on("request", (r) => requests.push(new URL(r.url()).pathname));

  await page.getByLabel("Search people").fill("a");
  await page.evaluate(() => (window.__same = true));
  await choose(page, "Deutsch");
  await heading(page, "Personen");
  assert.equal(await language(page), "de");
  assert.equal(await page.title(), "Personen · Mortise");
  assert.equal(await page.evaluate(() => window.__same), true, "the page wasn't loaded again");
  await page.getByRole("menu", { name: "Konto" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.getByLabel("Personen suchen").inputValue(), "a", "what was typed stays");
  await page.getByRole("link", { name: "Tickets", exact: true }).waitFor();
  assert.ok(requests.every((path) => !path.includes("/en/")), "English isn't loaded again");

  await page.reload();
  await heading(page, "Personen");
  // Who signs in next at this browser has the language of the one before, until choosing another.
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Abmelden" }).click();
  const other = account("Dispatcher");
  await page.getByLabel("E-Mail").fill(other.email);
  await page.getByLabel("Passwort").fill(other.password);
  await page.getByRole("button", { name: "Anmelden" }).click();
  await live(page);
  await choose(page, "English");
  await page.getByRole("link", { name: "People", includeHidden: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Email").waitFor();
  await signIn(page, account("Admin"));
  await until(async () => (await language(page)) === "de", 10000, "the first person's language");
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});

test("the browser's language is the first one, with the locale's numbers and days", async (t) => {
  const page = await visitor(await launch(t), { locale: "de-AT" });
  await page.getByRole("heading", { name: "Bei Mortise anmelden" }).waitFor();
  assert.equal(await language(page), "de");
  const who = account("Technician");
  await page.getByLabel("E-Mail").fill(who.email);
  await page.getByLabel("Passwort").fill("wrong password");
  await page.getByRole("button", { name: "Anmelden" }).click();
  await page.getByRole("alert").getByText("E-Mail oder Passwort ist falsch").waitFor();
  await page.getByLabel("Passwort").fill(who.password);
  await page.getByRole("button", { name: "Anmelden" }).click();
  await heading(page, "Tickets");
  const time = page.locator(".ticket-row time, .row time").first();
  await time.waitFor();
  const shown = await time.getAttribute("title");
  const iso = await time.getAttribute("dateTime");
  const wanted = await page.evaluate(
    (at) => new Intl.DateTimeFormat("de-AT", { dateStyle: "full", timeStyle: "medium" }).format(new Date(at)),
    iso,
  );
  assert.equal(shown, wanted);
});

test("a language that isn't there is English", async (t) => {
  const page = await visitor(await launch(t), { locale: "fr-FR" });
  await page.getByRole("heading", { name: "Sign in to Mortise" }).waitFor();
  assert.equal(await language(page), "en");
});
