#!/usr/bin/env -S node --test-reporter=tap
// A system admin adds a company, hands over the link, suspends and activates it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { account, systemUrl, url } from "../lib/mortise.mjs";
import { removeCompanies } from "../lib/people.mjs";
import { settled, systemPerson, until, visitor } from "./browser.mjs";
import { launch } from "./launch.mjs";

const CODE = `orchard-${process.pid}`;
after(() => removeCompanies(CODE));

test("from an added company to its first administrator at work, out and in again", async (t) => {
  const browser = await launch(t);
  const page = await systemPerson(browser, { path: "/companies" });
  await page.goto(new URL("/companies", systemUrl).href);
  await settled(page);
  await page.getByRole("button", { name: "Add company" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Company").fill("Orchard Élan");
  assert.equal(await dialog.getByLabel("Code").inputValue(), "orchard-elan", "suggested from the name");
  await dialog.getByLabel("Code").fill(CODE);
  await dialog.getByLabel("Company").fill("Orchard Élan & Co");
  assert.equal(await dialog.getByLabel("Code").inputValue(), CODE, "what was typed stays");
  await dialog.getByLabel("Administrator’s name").fill("Noor Haddad");
  await dialog.getByLabel("Administrator’s email").fill(account("Admin").email);
  page.expected.push(/\/api\/tenants$/);
  await dialog.getByRole("button", { name: "Add company" }).click();
  await dialog.getByText(/Somebody signs in with .+ already/).waitFor();
  await dialog.getByLabel("Administrator’s email").fill(`noor@${CODE}.example`);
  await dialog.getByRole("button", { name: "Add company" }).click();
  const link = await dialog.getByLabel("Link", { exact: true }).inputValue();
  assert.ok(link.startsWith(`${url}/welcome#`), link);
  await dialog.getByRole("button", { name: "Done" }).click();

  await page.getByRole("searchbox", { name: "Search companies" }).fill(`noor@${CODE}.example`);
  const row = page.getByRole("row", { name: /Orchard Élan & Co/ });
  await row.waitFor();
  assert.match(await row.innerText(), /0 and 1 invited/);

  const noor = await visitor(browser, { path: link.slice(url.length) });
  await noor.locator("input[type=password]").first().waitFor();
  for (const field of await noor.locator("input[type=password]").all()) await field.fill("correct horse battery");
  await noor.locator("button[type=submit]").click();
  await noor.locator(".shell").waitFor();

  const turn = async (verb, reason) => {
    await row.getByRole("button", { name: /^More actions/ }).click();
    await page.getByRole("menuitem", { name: verb }).click();
    if (reason) await dialog.getByLabel("Reason").fill(reason);
    await dialog.getByRole("button", { name: verb }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await turn("Suspend", "Unpaid since May");
  await row.getByText("Suspended").waitFor();
  assert.match(await row.innerText(), /Unpaid since May/);
  noor.expected.push(/401|\/api\//);
  await until(() => noor.locator("input[type=password]").isVisible(), 30000, "the open page of a suspended company to be at sign-in");
  await turn("Activate");
  await row.getByText("Active", { exact: true }).waitFor();
  await row.getByRole("button", { name: /^More actions/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  page.expected.push(/deletion$/);
  await dialog.getByLabel(/^Type .* to confirm/).fill("other");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText(`Must be the code of the company, ${CODE}`).waitFor();
  await dialog.getByLabel(/^Type .* to confirm/).fill(CODE);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await row.getByText(/^Will be deleted on .* \(requested by/).waitFor();
  await row.getByRole("button", { name: /^More actions/ }).click();
  assert.equal(await page.getByRole("menuitem", { name: "Activate" }).count(), 0);
  await page.getByRole("menuitem", { name: "Take deletion back" }).click();
  await dialog.getByRole("button", { name: "Take deletion back" }).click();
  await dialog.waitFor({ state: "detached" });
  await row.getByRole("button", { name: /^More actions/ }).click();
  await page.getByRole("menuitem", { name: "Export" }).click();
  await dialog.getByRole("button", { name: "Export all data" }).click();
  const offered = dialog.getByRole("link", { name: "Download" });
  await offered.waitFor();
  const [zip] = await Promise.all([page.waitForEvent("download"), offered.click()]);
  assert.match(zip.suggestedFilename(), new RegExp(`^${CODE}-\\d{8}-\\d{4}\\.zip$`));
  await dialog.getByRole("button", { name: "Remove" }).click();
  await dialog.getByRole("listitem").waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Done" }).click();
  await row.getByText("Active", { exact: true }).waitFor();
  assert.equal(await page.getByText("Unpaid since May").count(), 0);
  await page.locator(".toast", { hasText: "Company Orchard Élan & Co is active again" }).waitFor();

  await row.getByRole("button", { name: /^More actions/ }).click();
  await page.getByRole("menuitem", { name: "Audit log" }).click();
  await page.getByRole("heading", { level: 1, name: `Audit log: ${CODE}` }).waitFor();
  const suspended = page.locator(".audit-entry", { hasText: "Company suspended" }).last(); // the newest are above
  await suspended.locator("summary").focus();
  await page.keyboard.press("Enter");
  await suspended.getByRole("row", { name: /Reason None Unpaid since May/ }).waitFor();
  await suspended.getByRole("button", { name: "Copy request ID" }).waitFor();
  await page.getByRole("button", { name: /^About/ }).click();
  await page.getByRole("option", { name: "Passwords and links" }).click();
  await until(async () => (await page.locator(".audit-entry").count()) === 1);
  await page.getByRole("searchbox", { name: "Search the audit log" }).fill("nothing has these words");
  await page.getByText("No matches").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await suspended.waitFor();
  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export CSV" }).click()]);
  assert.equal(csv.suggestedFilename(), "audit.csv");
  await page.getByRole("link", { name: "Show the server’s" }).click();
  await page.getByRole("heading", { level: 1, name: "Audit log of the server" }).waitFor();
  await page.locator(".audit-entry", { hasText: `Company activated Orchard Élan & Co` }).first().waitFor();
  assert.deepEqual(page.faults, []);

  // The company's own, by its administrator.
  await noor.goto(new URL("/settings/audit", url).href);
  const signedIn = noor.locator(".audit-entry", { hasText: "Signed in" });
  await page.goto(new URL("/companies", systemUrl).href);
  await page.getByRole("button", { name: "Notify everyone" }).click();
  await dialog.getByLabel("Title").fill(`Maintenance ${CODE}`);
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.getByText("Enter a value.").first().waitFor();
  await dialog.getByLabel("Message").fill("At 22:00");

  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.waitFor({ state: "detached" });
  await noor.locator(".toast", { hasText: `Maintenance ${CODE}` }).waitFor();
  await signedIn.locator("summary").click();
  await signedIn.getByText("Browser", { exact: true }).waitFor();
  await noor.getByRole("button", { name: /^Person/ }).click();
  await noor.getByRole("option", { name: "Noor Haddad" }).click();
  await until(async () => (await noor.locator(".audit-entry", { hasText: "Company suspended" }).count()) === 0);
  assert.match(noor.url(), /[?&]person=[0-9a-f-]{36}/);
});
