#!/usr/bin/env -S node --test-reporter=tap
// Every page on a phone and on a desk, light and dark: nothing sticks out, nothing breaks the policy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { randomUUID } from "node:crypto";
import { account, http, psql, systemUrl, url } from "../lib/mortise.mjs";
import { forgetChoices, go, inTheme, misplacedText, person, settled, signIn, smallTargets, sticksOut, systemPerson, until, violations, visitor, walk } from "./browser.mjs";
import { launch } from "./launch.mjs";
import { differences, misplaced, structureOf } from "./structure.mjs";

const PAGES = ["/tickets", "/tickets?state=closed", "/dashboard", "/inbox", "/people", "/account", "/reports", "/notify", "/plugins", "/plugins?tab=mine", "/settings/roles", "/settings/company", "/settings/tokens", "/settings/webhooks", "/settings/audit", "/plugins/time-clock/manage", "/plugins/time-clock/manage?tab=permissions", "/nowhere"];
const SYSTEM_PAGES = ["/plugins", "/marketplace", "/rollouts", "/companies", "/audit", "/keys", "/nowhere"];
test("the policy allows no inline code and no other server", async () => {
  const res = await http("GET", "/");
  const policy = res.headers["content-security-policy"] ?? "";
  const directive = (name) => policy.split(";").map((d) => d.trim()).find((d) => d.startsWith(`${name} `)) ?? "";
  assert.equal(directive("script-src"), "script-src 'self'");
  assert.match(directive("style-src"), /^style-src 'self' 'nonce-[^']+'$/);
  assert.equal(directive("frame-ancestors"), "frame-ancestors 'none'");
  assert.ok(!/unsafe|\*/.test(policy), policy);
  const nonce = /nonce-([^']+)'/.exec(policy)[1];
  assert.match(res.text, new RegExp(`content="${nonce}"`));
  assert.ok(!res.text.includes("__CSP_NONCE__"));
  const again = await http("GET", "/");
  assert.ok(!again.headers["content-security-policy"].includes(nonce), "each response has its own");
});

/** Each text is in its box, each control large enough for a finger, nothing breaks the policy. */
async function placed(page, path, { isMobile = false }) {
  assert.deepEqual(await sticksOut(page), [], path);
  assert.deepEqual(await page.evaluate(misplacedText), [], path);
  if (isMobile) assert.deepEqual(await page.evaluate(smallTargets), [], path);
  assert.deepEqual(await violations(page), [], path);
  assert.equal(await page.locator("h1").count(), 1, `${path} has one h1`);
}

/** Phones in German, whose words are longer. */
const languageFor = async (page, { isMobile = false }) => {
  if (!isMobile) return;
  await page.evaluate(() => {
    const keys = Object.keys(localStorage).filter((k) => k.startsWith("mt-language.")).concat("mt-language");
    for (const key of keys) {
      localStorage.setItem(key, "de");
      dispatchEvent(new StorageEvent("storage", { key }));
    }
  });
};

const WIDTHS = {
  desk: { width: 1440, height: 900, colorScheme: "light" },
  tablet: { width: 900, height: 1100 },
  phone: { width: 360, height: 720, hasTouch: true, isMobile: true },
};

/** Names for those who hear the page, contrast in both themes for those who see it, every stop in sight for those with keys alone. */
async function accessible(page, path) {
  assert.deepEqual(await page.evaluate(faultsOfAccess), [], path);
  await inTheme(page, "dark");
  assert.deepEqual(await page.evaluate(faultsOfAccess), [], `${path}, dark`);
  await inTheme(page, "light");
  // Rows come and go while keys walk through the list; t/browser/keyboard does that.
  if (!path.startsWith("/tickets")) assert.deepEqual((await walk(page)).faults, [], path);
}

async function everyPage(page, paths, name, options) {
  await languageFor(page, options);
  const faults = await misplaced(page, `${name}: navigation`, "nav");
  for (const path of paths) {
    await go(page, path);
    await placed(page, path, options);
    faults.push(...(await misplaced(page, `${name}: ${path}`, "main")).map((fault) => `${path}: ${fault}`));
    if (name.startsWith("desk")) await accessible(page, path);
  }
  assert.equal(faults.length, 0, faults.join("\n"));
  assert.deepEqual(page.faults, []);
}

for (const [name, options] of Object.entries(WIDTHS)) {
  test(`every page: ${name}`, async (t) => {
    const page = await person(await launch(t), "SystemAdmin", options);
    await everyPage(page, PAGES, name, options);
    if (name === "desk") await ticketIsAccessible(page);
  });

  test(`every page of the system administration: ${name}`, async (t) => {
    const page = await systemPerson(await launch(t), options);
    await everyPage(page, SYSTEM_PAGES, `${name}, system`, options);
  });
}

async function ticketIsAccessible(page) {
  await go(page, "/tickets");
  await page.locator(".row [data-ticket]").first().click();
  await page.locator(".window .fields").waitFor();
  for (const name of ["Comments", "Changes", "All"]) {
    await page.getByRole("group", { name: "Show" }).getByRole("button", { name }).click();
    await settled(page);
    await accessible(page, `/tickets, ${name}`);
  }
}

test("a layout that is broken isn't the one that is kept", async (t) => {
  const page = await person(await launch(t), "Admin", WIDTHS.desk);
  const before = await page.evaluate(structureOf);
  const broken = async (css) => {
    await page.evaluate((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      document.adoptedStyleSheets = [sheet];
    }, css);
    return differences(before, await page.evaluate(structureOf)).join("\n");
  };
  assert.equal(await broken(""), "");
  assert.match(await broken(".rail { display: none !important }"), /gone.*: nav/);
  assert.match(await broken(".shell { direction: rtl !important }"), /nav.*: from 0-/);
  assert.match(await broken(".page-head { padding-top: 80px !important }"), /header.*high/);
  assert.match(await broken(".page-head .button { display: none !important }"), /gone.*: button "New ticket/);
});

test("a page without content says so in its middle", async (t) => {
  const page = await visitor(await launch(t), { width: 1440 });
  await page.context().route("**/api/plugins/installations", (route) => route.fulfill({ json: { items: [] } }));
  await signIn(page, account("Admin"));
  await page.goto(new URL("/reports", url).href);
  const middle = ({ x, width }) => x + width / 2;
  const state = middle(await page.locator(".state").boundingBox());
  const body = middle(await page.locator(".page-body").boundingBox());
  assert.ok(Math.abs(state - body) < 2, `${state} of ${body}`);
});

test("names of companies and people are not cut in the rail", async (t) => {
  const page = await person(await launch(t), "Admin", { width: 1280 });
  await page.evaluate(() => (document.querySelector(".rail-tenant").textContent = "Northwind Heating & Cooling"));
  for (const name of await page.locator(".rail-tenant, .rail-account-text > *").all())
    assert.ok(await name.evaluate((e) => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1), await name.innerText());
});

test("a phone has its navigation below, and the ticket takes the whole screen", async (t) => {
  const page = await person(await launch(t), "Technician", {
    width: 360,
    height: 720,
    hasTouch: true,
    isMobile: true,
  });
  const bar = await page.locator(".rail").boundingBox();
  assert.ok(bar.y > 600 && bar.width === 360, JSON.stringify(bar));
  await page.locator(".row [data-ticket]").first().tap();
  await page.locator(".window .fields").waitFor();
  assert.equal(await page.locator(".list").isVisible(), false);
  const window = await page.locator(".window").boundingBox();
  assert.equal(window.width, 360);
  await page.getByRole("button", { name: "Back to the list" }).tap();
  await page.locator(".list").waitFor();
  // What can be done with tickets says what it is, though filters say their value alone there.
  await page.locator(".row:has([data-ticket]) input[type=checkbox]").first().check();
  const choices = page.locator(".bulk-bar .choice-label");
  await choices.first().waitFor();
  assert.deepEqual(await choices.allInnerTexts(), ["State", "Assignee", "Priority"]);
  for (const choice of await choices.all()) assert.ok((await choice.boundingBox()).width > 10);
  await page.locator(".row:has([data-ticket]) input[type=checkbox]").first().uncheck();
  await page.getByRole("button", { name: "More", exact: true }).tap();
  await page.getByRole("menuitem", { name: "Sign out" }).tap();
  await page.getByRole("heading", { name: "Sign in to Mortise" }).waitFor();
  assert.deepEqual(page.faults, []);
});

test("forced colours keep what is marked by a background, paper is light and has no navigation", async (t) => {
  const page = await person(await launch(t), "Admin", { forcedColors: "active", colorScheme: "dark" });
  const style = (of, name) => page.locator(of).first().evaluate((e, n) => getComputedStyle(e)[n], name);
  const ground = await style("body", "backgroundColor");
  assert.notEqual(await style(".connection[data-state=live] .connection-dot", "backgroundColor"), ground);
  assert.equal(await style(".avatar", "borderTopStyle"), "solid");
  assert.equal(await style(".nav-link[aria-current=page]", "outlineStyle"), "solid");
  assert.equal(await style(".view[aria-current]", "outlineStyle"), "solid");
  assert.notEqual(await style(".button[data-variant=contained]", "backgroundColor"), ground);
  await page.emulateMedia({ forcedColors: "none", media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await style("body", "backgroundColor"), "rgb(255, 255, 255)");
  assert.equal(await page.locator(".rail").isVisible(), false);
  const height = await page.locator(".page-body").evaluate((e) => [e.scrollHeight, e.clientHeight]);
  assert.equal(height[0], height[1], "all of the list is on paper");
  assert.equal(await page.locator(".cell-select").first().isVisible(), false, "nothing is pressed on paper");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.emulateMedia({ media: null });
  await page.locator(".row [data-ticket]").first().click();
  await page.locator(".window .comment-form").waitFor();
  await page.emulateMedia({ media: "print" });
  for (const pressed of [".MuiTabs-root", ".MuiIconButton-root", ".stream-filter", "textarea"])
    assert.equal(await page.locator(`.window ${pressed}`).first().isVisible(), false, `${pressed} on paper`);
  await page.emulateMedia({ media: null });
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
});

test("the theme follows the system until one is chosen, which stays", async (t) => {
  t.after(forgetChoices);
  const page = await person(await launch(t), "Technician", { colorScheme: "dark" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await until(async () => (await theme()) === "light");
  await page.locator(".rail-account").click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await until(async () => (await theme()) === "dark");
  await page.reload();
  await until(async () => (await theme()) === "dark");
});

test("a wrong password is reported and the address stays", async (t) => {
  const page = await visitor(await launch(t), { path: "/people" });
  page.expected.push(/\/api\/auth\/login/);
  await page.getByLabel("Email").fill("nobody-at-all@example.com");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText(/wrong/).waitFor();
  assert.equal(new URL(page.url()).pathname, "/people");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  assert.deepEqual(page.faults, []);
});

test("after many wrong passwords the form counts down instead of inviting more", async (t) => {
  const email = `locked-${randomUUID()}@example.com`;
  t.after(() => psql(`DELETE FROM mortise.login_attempts WHERE email = '${email}'`));
  psql(`INSERT INTO mortise.login_attempts (email, source, failures, locked_until) VALUES ('${email}', 'n:127.0.0.1', 9, now() + interval '1 min')`);
  const page = await visitor(await launch(t));
  page.expected.push(/\/api\/auth\/login/);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  const button = page.getByRole("button", { name: /^Wait \d+ s$/ });
  await button.waitFor();
  assert.ok(await button.isDisabled());
  await page.getByRole("alert").getByText(/\S/).first().waitFor();
  assert.deepEqual(page.faults, []);
});

/** Runs in the page: controls without a name, ids used twice, text below 4.5 : 1. */
function faultsOfAccess() {
  const faults = [];
  const isSeen = (e) => {
    const { width, height } = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    return width > 0 && height > 0 && style.visibility !== "hidden" && style.opacity !== "0";
  };
  const textOf = (id) => document.getElementById(id)?.textContent ?? "";
  const nameOf = (e) =>
    e.getAttribute("aria-label") ||
    (e.getAttribute("aria-labelledby") ?? "").split(" ").map(textOf).join("") ||
    [...(e.labels ?? [])].map((l) => l.textContent).join("") ||
    e.textContent ||
    e.title;
  const controls = "button, a[href], input:not([type=hidden]), textarea, select, [role=button], [role=tab]";
  for (const e of document.querySelectorAll(controls))
    if (isSeen(e) && !e.closest("[aria-hidden=true]") && !nameOf(e)?.trim())
      faults.push(`no name: ${e.outerHTML.slice(0, 120)}`);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((x, i) => ids.indexOf(x) !== i))) faults.push(`two elements are #${id}`);

  const numbers = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = color.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (let x = e; x; x = x.parentElement) {
      const color = numbers(getComputedStyle(x).backgroundColor);
      if (color.length === 3 || color[3] > 0.5) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (!text || !isSeen(e) || e.closest("[aria-hidden=true], :disabled, .Mui-disabled")) continue;
    const [a, b] = [numbers(getComputedStyle(e).color).slice(0, 3), ground(e)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 40)} (${e.className})`);
  }
  return faults;
}
