// What the browser tests share: Chromium, people in it, and a watch on everything that goes wrong.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { account, psql, systemUrl, top, until, url } from "../lib/mortise.mjs";

const require = createRequire(join(top, "public/package.json"));
const { chromium } = require("playwright-core");

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium with a fresh profile; closes with the test. */
export async function launch(t) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGS,
  });
  t.after(() => browser.close());
  return browser;
}

/**
 * A page of its own (own cookies), with `faults`: console errors, exceptions and violations of the
 * policy. The 401 of "am I signed in?" on the first visit is an answer, not a fault.
 */
export async function visitor(browser, { path = "/", base = url, width = 1280, height = 800, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.faults = [];
  page.expected = [/\/api\/me$/];
  page.on("pageerror", (error) => page.faults.push(`exception: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const { url: from } = message.location();
    if (page.expected.some((e) => e.test(from) || e.test(message.text()))) return;
    page.faults.push(`console: ${message.text()} (${from})`);
  });
  await context.addInitScript(() => {
    window.__violations = [];
    document.addEventListener("securitypolicyviolation", (e) =>
      window.__violations.push(`${e.violatedDirective}: ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`),
    );
  });
  await page.goto(new URL(path, base).href);
  return page;
}

/** Signs in through the form. */
export async function signIn(page, who) {
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".shell").waitFor();
}

/** A visitor of a role, signed in and connected. */
export async function person(browser, role, { tenant = 0, nth = 0, ...options } = {}) {
  const who = account(role, tenant, nth);
  const page = await visitor(browser, options);
  await signIn(page, who);
  await live(page);
  page.who = await page.evaluate(() => fetch("/api/me").then((r) => r.json()));
  return page;
}

/** A system admin at the system administration, which is an origin of its own and hears no events. */
export async function systemPerson(browser, options = {}) {
  const page = await visitor(browser, { base: systemUrl, ...options });
  await signIn(page, account("SystemAdmin"));
  return page;
}

/** Waits until the page hears events. */
export const live = (page) =>
  until(() => page.evaluate(() => window.Mortise?.events.state() === "live"), 40000, "live events");

/** Every event that the page delivers from now on, in the order of delivery. */
export async function record(page) {
  await page.evaluate(() => {
    window.__events = [];
    window.Mortise.events.subscribe((e) => window.__events.push(e));
  });
  return () => page.evaluate(() => window.__events);
}

/** Pixels that the page is too wide; tables that stick out of their place, cells out of
 * theirs, columns without content. */
export const sticksOut = (page) =>
  page.evaluate(() => {
    const out = [];
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide > 0) out.push(`the page: ${wide} pixels`);
    const seen = (e) => e.getClientRects().length > 0;
    for (const table of [...document.querySelectorAll("table")].filter(seen)) {
      const name = table.className;
      const more = table.offsetWidth - table.parentElement.clientWidth;
      if (more > 0) out.push(`${name}: ${more} pixels`);
      for (const cell of table.querySelectorAll("th, td"))
        if (seen(cell) && cell.scrollWidth > cell.clientWidth + 1)
          out.push(`${name}, "${cell.innerText}": ${cell.scrollWidth - cell.clientWidth} pixels`);
      const head = [...(table.tHead?.rows[0]?.cells ?? [])].filter(seen);
      const rows = [...table.tBodies].flatMap((b) => [...b.rows]).map((r) => [...r.cells].filter(seen));
      const whole = rows.filter((r) => r.length === head.length);
      head.forEach((cell, i) => {
        if (whole.length && cell.innerText.trim() && !cell.querySelector(".visually-hidden") && whole.every((r) => !r[i].innerText.trim() && !r[i].querySelector("*")))
          out.push(`${name}: nothing below "${cell.innerText}"`);
      });
    }
    return out;
  });

export const violations = (page) => page.evaluate(() => window.__violations);

/** The toast with this text. */
export const toast = (page, text) => page.locator(".toast").filter({ hasText: text });

export const tab = (page, name) => page.getByRole("tab", { name });

/** Takes away the tickets that a test has made, whose titles begin with this. */
export function removeTickets(prefix) {
  const like = `${prefix.replace(/'/g, "''")}%`;
  psql(`DELETE FROM mortise.ticket_comments c USING mortise.tickets t
          WHERE t.tenant_id = c.tenant_id AND t.id = c.ticket_id AND t.title LIKE '${like}';
        DELETE FROM mortise.ticket_history h USING mortise.tickets t
          WHERE t.tenant_id = h.tenant_id AND t.id = h.ticket_id AND t.title LIKE '${like}';
        DELETE FROM mortise.tickets WHERE title LIKE '${like}';`);
}

// --- axe ---

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = { desk: 1440, tablet: 900, phone: 360 };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/** What axe finds on the page as it is: rule, element, what is wrong. */
async function findings(page, options) {
  // By the debugger, because the page's policy allows no script but its own.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(async (options) => {
    const { violations } = await window.axe.run(document, { ...options, resultTypes: ["violations"] });
    const why = (n) => n.any.concat(n.all, n.none).map((c) => c.message).join("; ");
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.join(" ")}: ${why(n)}`));
  }, options);
}

/**
 * What axe finds (WCAG 2.2 A and AA, best practice) on what is open, at the widths of a desk, a tablet and a phone. The
 * dark theme has other colours and nothing else, so only these are looked at there.
 */
export async function axeEverywhere(page, what, { without = [] } = {}) {
  const found = [];
  const rules = Object.fromEntries(without.map((r) => [r, { enabled: false }]));
  const themes = { light: { runOnly: RULES, rules }, dark: { runOnly: { type: "rule", values: ["color-contrast"] } } };
  for (const [name, width] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width, height: 900 });
    for (const [theme, options] of Object.entries(themes)) {
      await page.evaluate(async (to) => {
        document.documentElement.dataset.theme = to;
        // Half of a colour's transition is no colour of the theme, and what inherits one begins its own when it ends.
        const running = () => document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime !== Infinity);
        do {
          await new Promise(requestAnimationFrame);
          await Promise.allSettled(running().map((a) => a.finished));
        } while (running().length);
      }, theme);
      for (const line of await findings(page, options)) found.push(`${what}, ${name}, ${theme}: ${line}`);
    }
  }
  return found;
}

/** Waits until the page shows what it is for. */
export const settled = async (page) => {
  await page.locator("h1").first().waitFor();
  await until(async () => (await page.locator(".bars, .row-grey").count()) === 0);
};

export { until };
