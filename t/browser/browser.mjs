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

/** Chromium with a fresh profile; its caller closes it. */
export const startChromium = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });

/**
 * A page of its own (own cookies), with `faults`: console errors, exceptions and violations of the
 * policy. The 401 of "am I signed in?" on the first visit is an answer, not a fault.
 */
export async function visitor(browser, { path = "/", base = url, width = 1280, height = 800, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60000); // three lanes share two cores, which stand still at times, and nothing waits so long that works
  page.faults = [];
  page.expected = [/\/api\/me$/, /\/api\/me\/plugin-shows$/]; // the second goes by itself, now and then
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
    window.__toasts = new Map();
    new MutationObserver(() => {
      for (const e of document.querySelectorAll(".toasts .toast")) window.__toasts.set(e, e.textContent);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await page.goto(new URL(path, base).href);
  return page;
}

/** What people chose in the account menu is theirs in every browser, so in those of other tests, too. */
export const forgetChoices = () =>
  psql("update mortise.users set language = null, theme = null where language is not null or theme is not null");

/** Signs in through the form, in whatever language it is. */
export async function signIn(page, who) {
  await page.locator("input[type=email]").fill(who.email);
  await page.locator("input[type=password]").fill(who.password);
  await page.locator("button[type=submit]").click();
  await page.locator(".shell").waitFor();
}

/** A visitor of a role, signed in and connected. */
export async function person(browser, role, { tenant = 0, nth = 0, ...options } = {}) {
  const who = account(role, tenant, nth);
  // The whole list: at "/" technicians begin with their own work.
  const page = await visitor(browser, { path: "/tickets", ...options });
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
    // A phone shows more of a page that is too wide: innerWidth grows with it.
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
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

/** Runs in the page: text that lies outside of its box or is cut without saying so, words broken in two. */
export function misplacedText() {
  const faults = [];
  const hidden = (e) => {
    for (let x = e; x; x = x.parentElement) {
      const s = getComputedStyle(x);
      if (s.visibility === "hidden" || s.opacity === "0" || s.clipPath !== "none" || x.getAttribute("aria-hidden") === "true") return true;
    }
    return e.getClientRects().length === 0;
  };
  const scrolls = (s) => /auto|scroll/.test(s.overflowX);
  const nameOf = (e, text) => `${e.tagName.toLowerCase()}.${String(e.className.baseVal ?? e.className).replace(/\b(mt|p)-[\w-]+\s?/g, "").trim().split(/\s+/).join(".")} "${text.slice(0, 40)}"`;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const text = node.data.trim();
    const e = node.parentElement;
    if (!text || /^(?:SCRIPT|STYLE|NOSCRIPT|TITLE)$/.test(e.tagName) || e.closest("svg, [data-plugin]") || hidden(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const at = range.getBoundingClientRect();
    if (at.width === 0) continue;
    // The nearest box that has a size of its own; what scrolls or ends in an ellipsis may be longer than it.
    for (let box = e; box && box !== document.body; box = box.parentElement) {
      const s = getComputedStyle(box);
      if (s.textOverflow === "ellipsis" && s.overflowX === "hidden") break;
      if (s.webkitLineClamp !== "none" || scrolls(s)) break;
      if (s.display === "inline" || s.display === "contents") continue;
      const r = box.getBoundingClientRect();
      if (at.left < r.left - 1.5 || at.right > r.right + 1.5) {
        // What scrolls farther out shows it.
        let out = box.parentElement;
        while (out && !scrolls(getComputedStyle(out))) out = out.parentElement;
        if (out && out !== document.documentElement && out.scrollWidth > out.clientWidth) break;
        faults.push(`${nameOf(e, text)} sticks out of ${nameOf(box, "")}: ${Math.round(at.left - r.left)}, ${Math.round(at.right - r.right)}`);
        break;
      }
      if (/absolute|fixed/.test(s.position)) break;
    }
    // Addresses and numbers of versions may break; words may not.
    for (const { 0: word, index } of node.data.matchAll(/[\p{L}\p{M}’]{2,24}/gu)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top)));
      if (lines.size > 1 && !e.closest("code, pre") && !/[@/._]/.test(node.data)) faults.push(`${nameOf(e, text)}: "${word}" is broken`);
    }
  }
  return faults;
}

/** Runs in the page: what a finger is to meet and is smaller than 44 pixels. Links inside of a text are as high as it. */
export function smallTargets() {
  const faults = [];
  const controls = "button, a[href], input:not([type=hidden]), textarea, select, summary, [role=button], [role=tab], [role=menuitem], [role=option], [role=switch]";
  for (const e of document.querySelectorAll(controls)) {
    const s = getComputedStyle(e);
    if (e.closest("[data-plugin], svg") || e.disabled || !e.getClientRects().length || s.visibility === "hidden" || e.closest("[aria-hidden=true], .visually-hidden, .skip-link")) continue;
    if (s.display === "inline" && e.parentElement.textContent.trim() !== e.textContent.trim()) continue;
    // Some links fill their row by a box behind the text.
    const fills = getComputedStyle(e, "::after").position === "absolute" && s.position === "static";
    const box = e.closest("label, .row, .MuiInputBase-root, .search") ?? (fills ? e.closest("li") : null) ?? e;
    const r = box.getBoundingClientRect();
    if (r.width < 43.5 || r.height < 43.5)
      faults.push(`${e.tagName.toLowerCase()}.${String(e.className).replace(/\b(mt|p)-[\w-]+\s?/g, "").trim().split(/\s+/).slice(0, 3).join(".")} "${(e.getAttribute("aria-label") ?? e.textContent).trim().slice(0, 30)}": ${Math.round(r.width)}x${Math.round(r.height)}`);
  }
  return faults;
}

export const violations = (page) => page.evaluate(() => window.__violations);

/** Tab through the page from its beginning: each stop can be seen and isn't covered, none holds the focus for ever, and the
 * order is that of the document. Answers what is wrong, and how many stops there are. */
export async function walk(page, max = 150) {
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    window.getSelection()?.removeAllRanges();
    window.__stops = [];
  });
  const faults = [];
  let stops = 0;
  for (; stops < max; stops++) {
    await page.keyboard.press("Tab");
    const fault = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body || window.__stops.includes(e)) return "end";
      const name = `${e.tagName.toLowerCase()} "${(e.getAttribute("aria-label") ?? e.textContent).trim().slice(0, 40)}"`;
      const before = window.__stops.at(-1);
      window.__stops.push(e);
      if (e.tabIndex > 0) return `${name} has a tabindex of its own`;
      if (before && !(before.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)) return `${name} comes before the stop that was before it`;
      const shown = e.closest("label, .MuiSwitch-root, .MuiInputBase-root, .search") ?? e;
      const r = shown.getBoundingClientRect();
      if (r.width < 8 || r.height < 8 || r.right <= 0 || r.bottom <= 0 || r.left >= innerWidth || r.top >= innerHeight) return `${name} can't be seen: ${[r.left, r.top, r.width, r.height].map(Math.round)}`;
      const at = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, r.left + r.width / 2)), Math.min(innerHeight - 1, Math.max(0, r.top + r.height / 2)));
      // A field's own label lies over it while it moves out of the way.
      const own = [...(e.labels ?? [])].some((l) => l.contains(at));
      if (!at || !(own || shown.contains(at) || at.contains(shown))) return `${name} is covered by ${at?.tagName}.${at?.className}`;
      return null;
    });
    if (fault === "end") break;
    if (fault) faults.push(fault);
  }
  if (stops === max) faults.push(`no end after ${max} stops`);
  return { faults, stops };
}

/** The toast with this text. */
export const toast = (page, text) => page.locator(".toast").filter({ hasText: text });

/** Waits until a toast has said all of this; it may have left since, as they do by themselves. Each counts once. */
export const toasted = (page, ...said) =>
  until(
    () =>
      page.evaluate((wanted) => {
        const has = (text, w) => (w instanceof RegExp ? w.test(text) : text.toLowerCase().includes(w.toLowerCase()));
        for (const [e, text] of window.__toasts)
          if (!e.__taken && wanted.every((w) => has(text, w))) return (e.__taken = true);
        return false;
      }, said),
    60000,
    `a toast that says ${said}`,
  );

/** Presses two keys that belong together within a second, until the page shows what they lead to. */
export async function pressBoth(page, one, two, shown) {
  await until(async () => {
    await page.keyboard.press(one);
    await page.keyboard.press(two);
    return shown.waitFor({ timeout: 5000 }).then(() => true, () => false);
  }, 30000, `what ${one} ${two} leads to`);
}

/** Until the focus is where one types: it comes with the dialog, or a moment later. */
export const typing = (page) => until(() => page.evaluate(() => /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName)), 30000, "a field with the focus");

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

/** What axe finds on the page as it is: rule, element, what is wrong. It remembers where elements were, so that one that
 * moved meanwhile seems to lie over another: what it finds counts when everything is where it was before. */
async function findings(page, options) {
  // By the debugger, because the page's policy allows no script but its own.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(async (options) => {
    const places = () => [innerWidth, ...Array.from(document.querySelectorAll("body *"), (e) => Object.values(e.getBoundingClientRect().toJSON()).join())].join(" ");
    const end = performance.now() + 60_000;
    for (;;) {
      const before = places();
      const { violations } = await window.axe.run(document, { ...options, resultTypes: ["violations"] });
      if (violations.length && places() !== before && performance.now() < end) continue;
      const why = (n) => n.any.concat(n.all, n.none).map((c) => c.message).join("; ");
      return violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.join(" ")}: ${why(n)}`));
    }
  }, options);
}

/** As the system that has this theme: the page follows it. Half of a colour's transition is no colour of the theme, and
 * what inherits one begins its own when it ends. */
export async function inTheme(page, colorScheme) {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(async (to) => {
    const frame = () => new Promise(requestAnimationFrame);
    const end = performance.now() + 60_000;
    while (document.documentElement.dataset.theme !== to) {
      if (performance.now() > end) throw new Error(`the page didn't become ${to}`);
      await frame();
    }
    const running = () => document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime !== Infinity);
    // MUI's components are rendered with their colours after the page has its own.
    for (let still = 0; still < 3; still = running().length ? 0 : still + 1) {
      await frame();
      await Promise.allSettled(running().map((a) => a.finished));
    }
  }, colorScheme);
  page.theme = colorScheme;
}

/** As wide as that, and drawn so. */
export async function atWidth(page, width) {
  await page.setViewportSize({ width, height: 900 });
  await page.evaluate(async (wanted) => {
    const frame = () => new Promise(requestAnimationFrame);
    const end = performance.now() + 60_000;
    while (innerWidth !== wanted && performance.now() < end) await frame();
    for (let i = 0; i < 2; i++) await frame();
  }, width);
}

/**
 * What axe finds (WCAG 2.2 A and AA, best practice) on what is open, at the widths of a desk, a tablet and a phone. The
 * dark theme and forced colours have other colours and nothing else, so only these are looked at there. Every element is
 * drawn anew in another theme, which takes longer than axe does: it begins with the one that the last look has left.
 */
export async function axeEverywhere(page, what, { without = [], forced = false } = {}) {
  const found = [];
  const look = async (how, options) => {
    for (const line of await findings(page, options)) found.push(`${what}, ${how}: ${line}`);
  };
  const rules = Object.fromEntries(without.map((r) => [r, { enabled: false }]));
  const contrast = { runOnly: { type: "rule", values: ["color-contrast"] } };
  const themes = { light: { runOnly: RULES, rules }, dark: contrast };
  const widths = Object.entries(WIDTHS);
  for (const theme of page.theme === "dark" ? ["dark", "light"] : ["light", "dark"]) {
    await inTheme(page, theme);
    for (const [name, width] of widths) {
      await atWidth(page, width);
      await look(`${name}, ${theme}`, themes[theme]);
    }
    widths.reverse();
  }
  if (forced) {
    await page.emulateMedia({ forcedColors: "active" });
    await look("forced colours", contrast);
    await page.emulateMedia({ forcedColors: "none" });
  }
  return found;
}

/** Waits until the page shows what it is for. */
export const settled = async (page, what = "h1") => {
  await page.locator(what).first().waitFor();
  await until(async () => (await page.locator(".bars, .row-grey").count()) === 0);
};

/** To another page of the app as a link goes there, without loading the app again. */
export async function go(page, path, what) {
  await page.evaluate(async (to) => {
    // A key of its own, as the router gives each: otherwise the page is scrolled as the one before was.
    const state = { usr: null, key: crypto.randomUUID().slice(0, 8), idx: (history.state?.idx ?? 0) + 1 };
    history.pushState(state, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state }));
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  }, path);
  await settled(page, what);
}

export { until };
