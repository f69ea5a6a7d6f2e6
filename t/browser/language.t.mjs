#!/usr/bin/env -S node --test-reporter=tap
// Every text in the person's language: chosen in the account menu, at once, and kept for that person.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { account, remove } from "../lib/mortise.mjs";
import { forgetChoices, live, person, signIn, systemPerson, tab, until, violations, visitor } from "./browser.mjs";
import { launch } from "./launch.mjs";

const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true, includeHidden: true }).waitFor();
const language = (page) => page.evaluate(() => document.documentElement.lang);

/** Each text of a language by its path; those with values are none that a page shows as they stand. */
function textsOf(of) {
  const folder = new URL(`../../public/src/text/${of}/`, import.meta.url);
  const found = new Map();
  const walk = (node, path) => {
    if (typeof node !== "string") Object.entries(node).forEach(([name, child]) => walk(child, `${path}.${name}`));
    else if (!node.includes("{")) found.set(path, node);
  };
  for (const file of readdirSync(folder).filter((f) => f !== "server.json"))
    walk(JSON.parse(readFileSync(new URL(file, folder), "utf8")), file);
  return found;
}
const german = new Set(textsOf("de").values());
/** What can't be anything but English. */
const english = [...new Set(textsOf("en").values())].filter((text) => !german.has(text));

/** Everything that a person sees or hears of a page. */
const said = (page) =>
  page.evaluate(() => {
    const found = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) found.push(walker.currentNode.data.trim());
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]"))
      for (const name of ["aria-label", "title", "placeholder"]) found.push(element.getAttribute(name) ?? "");
    return found;
  });

async function inGerman(page, where) {
  const words = new Set(await said(page));
  assert.deepEqual(english.filter((text) => words.has(text)), [], `English on ${where}`);
}

async function choose(page, label) {
  await page.locator(".rail-account").click();
  await page.getByRole("menu").getByRole("menuitemradio", { name: label, exact: true }).click();
}

afterEach(forgetChoices);

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
  await until(async () => (await language(page)) === "de", 30000, "the first person's language");
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

const KEY = "hello-world";
before(() => remove(KEY));
after(() => remove(KEY));

test("pages of plugins have no English left", async (t) => {
  const page = await person(await launch(t), "Admin", { path: "/plugins", locale: "de-DE" });
  await page.getByRole("button", { name: "Installieren: Hello World" }).waitFor();
  await inGerman(page, "the marketplace");

  await page.getByRole("button", { name: "Installieren: Hello World" }).click();
  const dialog = page.getByRole("dialog", { name: "Hello World installieren" });
  await dialog.getByText("Es verlangt keinen Zugriff auf Ihre Daten.").waitFor();
  await inGerman(page, "the consent");
  await dialog.getByRole("button", { name: "Installieren", exact: true }).click();
  await dialog.getByText(/Hello World \S+ ist installiert/).waitFor();
  await inGerman(page, "the end of an installation");
  await dialog.getByRole("button", { name: "Verwalten" }).click();
  await page.locator(".manage-head").getByText("Aktiviert").first().waitFor();
  for (const name of ["Details", "Berechtigungen", "Einstellungen", "Versionen", "Aktivität", "Wo es erscheint", "Nutzung", "Protokoll"]) {
    await tab(page, name).click();
    await page.getByRole("tabpanel", { name }).waitFor();
    await page.locator("[role=tabpanel] .bars").waitFor({ state: "detached" });
    await inGerman(page, `the tab ${name}`);
  }
  await page.getByRole("button", { name: "Weitere Aktionen für Hello World" }).click();
  await page.getByRole("menuitem", { name: "Deinstallieren" }).click();
  await page.getByRole("alertdialog", { name: "Hello World deinstallieren" }).waitFor();
  await inGerman(page, "the question before an uninstallation");
  await page.keyboard.press("Escape");

  await page.goto(new URL("/settings/roles", page.url()).href);
  await page.getByRole("rowheader", { name: /Tickets sehen/ }).waitFor();
  await inGerman(page, "the roles");
  await page.locator(".rail-account").click();
  await page.getByRole("menu").getByRole("menuitemradio", { name: "English", exact: true }).click();
  await heading(page, "Roles");
  await page.keyboard.press("Escape");
  await page.getByRole("rowheader", { name: /See tickets/ }).waitFor();
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});

test("the system administration has no English left", async (t) => {
  const page = await systemPerson(await launch(t), { locale: "de-DE" });
  await heading(page, "Plugins aller Unternehmen");
  await page.getByRole("searchbox", { name: "Plugins und Unternehmen suchen" }).waitFor();
  await inGerman(page, "plugins of all companies");
  await page.getByRole("button", { name: "Paket hochladen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Dateien auswählen" }).waitFor();
  await inGerman(page, "uploading");
  await page.keyboard.press("Escape");
  for (const [link, name] of [["Marktplatz", "Marktplatz"], ["Rollouts", "Rollouts"], ["Schlüssel", "Signaturschlüssel"]]) {
    await page.getByRole("link", { name: link, exact: true }).click();
    await heading(page, name);
    await page.locator(".manage table, .manage .state, .manage section").first().waitFor();
    await inGerman(page, name);
  }
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});
