// Where the landmarks, headings, controls and tables of a screen are, compared with what structure.json keeps: a broken
// layout fails here, without comparing pixels. MORTISE_STRUCTURE=keep writes the file anew.
import { readFileSync, writeFileSync } from "node:fs";
import { after } from "node:test";

import { until } from "../lib/mortise.mjs";

const COMING_MS = 30000;
const file = new URL("structure.json", import.meta.url);
const keep = process.env.MORTISE_STRUCTURE === "keep";
const kept = JSON.parse(readFileSync(file, "utf8"));
const seen = {};

after(() => {
  if (keep) writeFileSync(file, `${JSON.stringify({ ...kept, ...seen }, null, "\t")}\n`);
});

/**
 * Runs in the page: a line for each part, from its beginning to its end: what it is, its name, left, right, top, height.
 * Rows are what the data says, of which there are many or none: they are left out with the heads above them, and what is
 * below them has no top. Neither has the rest of a landmark, because it ends where they end.
 */
export function structureOf(within = "body") {
  const KINDS = {
    landmark: "nav, main, header:not(section *), aside",
    heading: "h1, h2, h3",
    tabs: "[role=tablist]",
    table: "table",
    control: "button, a[href], input:not([type=hidden]), textarea, select, [role=tab], [role=switch], [role=combobox]",
  };
  const ROWS = "main li, tbody tr, [role=row], .row, article, dl, .views, .state, .chart, .toasts, [data-plugin]";
  const isShown = (e) => {
    const r = e.getBoundingClientRect();
    return r.width > 1 && r.height > 1 && getComputedStyle(e).visibility !== "hidden" && !e.closest("[aria-hidden=true], .visually-hidden, .skip-link");
  };
  const kindOf = (e) => Object.keys(KINDS).find((k) => e.matches(KINDS[k]));
  const words = (s) => (s ?? "").trim().replace(/\s+/g, " ").replace(/\d+/g, "#").slice(0, 40);
  const nameOf = (e, kind) => {
    if (kind === "table") return [...(e.tHead?.rows[0]?.cells ?? [])].filter(isShown).map((c) => words(c.innerText)).join(" | ");
    const label = e.getAttribute("aria-label") ?? (e.labels?.[0] ? e.labels[0].textContent : null);
    if (label !== null || kind === "landmark" || kind === "tabs") return words(label);
    // Not what counts something, such as unread notifications, nor an avatar's letters.
    const seen = e.cloneNode(true);
    for (const other of seen.querySelectorAll("[aria-hidden=true], .visually-hidden")) other.remove();
    return words(seen.textContent);
  };
  const lines = [];
  // From here on down the data decides.
  let rows = Infinity;
  for (const e of document.querySelectorAll([...Object.values(KINDS), ROWS].join())) {
    if (!isShown(e) || !e.closest(within)) continue;
    const box = e.getBoundingClientRect();
    if (e.closest("thead")) continue; // as wide as the rows below want it
    if (e.closest(ROWS)) {
      if (e.closest("main")) rows = Math.min(rows, box.top);
      continue;
    }
    const kind = kindOf(e);
    const name = nameOf(e, kind);
    if (name.startsWith("#")) continue; // a number, and with it what is counted in words
    const tag = kind === "landmark" || kind === "heading" ? e.tagName.toLowerCase() : (e.getAttribute("role") ?? e.tagName.toLowerCase());
    const [x, right, y, height] = [box.left, box.right, box.top + scrollY, box.height].map(Math.round);
    const grows = kind === "table" || (kind === "landmark" && e.tagName === "MAIN");
    lines.push(`${tag} "${name}" x ${x}-${right}${box.top > rows ? "" : ` y ${y}`}${grows ? "" : ` h ${height}`}`);
  }
  return lines;
}

const parse = (line) => {
  const [, what, x, right, y, height] = /^(.*) x (-?\d+)-(-?\d+)(?: y (-?\d+))?(?: h (\d+))?$/.exec(line);
  return { what, x: +x, right: +right, y: y && +y, height: height && +height };
};

/** Widths of texts depend on the machine's fonts: one edge of a control or a heading may move, both of a landmark stay. */
const NEAR = 24;
const near = (a, b, by) => a === undefined || b === undefined || Math.abs(a - b) <= by;

const LANDMARK = /^(?:nav|main|header|aside|table) /;
const FIXED = /^(?:nav|main|header|aside|table|h\d) /;

const added = (lines) => lines.filter((l) => FIXED.test(l.what)).map((l) => `new: ${l.what}`);

/** What is not where it was. One more control is none of it: some come with the data. */
export function differences(before, now) {
  const faults = [];
  const rest = now.map(parse);
  for (const line of before) {
    const was = parse(line);
    const at = rest.findIndex((r) => r.what === was.what);
    if (at < 0) {
      faults.push(`gone, or before what it came after: ${line}`);
      continue;
    }
    const passed = rest.splice(0, at + 1);
    const is = passed.pop();
    faults.push(...added(passed));
    const edges = [near(was.x, is.x, NEAR), near(was.right, is.right, NEAR)];
    if (LANDMARK.test(was.what) ? edges.includes(false) : !edges.includes(true)) faults.push(`${was.what}: from ${was.x}-${was.right} to ${is.x}-${is.right}`);
    if (!near(was.y, is.y, NEAR)) faults.push(`${was.what}: from ${was.y} to ${is.y} below the top`);
    if (!near(was.height, is.height, 6 + was.height / 8)) faults.push(`${was.what}: from ${was.height} to ${is.height} high`);
  }
  return [...faults, ...added(rest)];
}

/** What of the page, or of a part of it, is not where structure.json has it, when all of it has come. */
export async function misplaced(page, name, within) {
  const look = () => page.evaluate(structureOf, within);
  if (keep) {
    let before;
    await until(async () => {
      const now = await look();
      const isStill = JSON.stringify(now) === JSON.stringify(before);
      before = now;
      if (!isStill) await new Promise((done) => setTimeout(done, 500));
      return isStill;
    });
    seen[name] = before;
    return [];
  }
  if (!kept[name]) return [`${name} isn't in structure.json: MORTISE_STRUCTURE=keep writes it`];
  let faults;
  await until(async () => (faults = differences(kept[name], await look())).length === 0, COMING_MS).catch(() => {});
  return faults;
}
