// scripts/bench front [ROUNDS]: the ticket list in Chromium whose processor is slowed (CDP's setCPUThrottlingRate), as a
// dispatcher sees it with 50 tickets and with 1,000.
//
// loading    the page with a warm cache: largest contentful paint, blocking time (what long tasks take beyond 50 ms,
//            from the start until two seconds without one), layout shift
// scrolling  from the first row to the last, which reads the pages on the way: time and blocking time
// an event   somebody changes the priority of a ticket: blocking time until the row shows it
// opening    a click on a row until the ticket's title is there: time and blocking time
//
// Each is the median of so many rounds. Times depend on the machine and on what else it does; compare runs of one machine, and
// a change with the state before it in turn.

import { person, startChromium } from "../browser/browser.mjs";
import { login, url } from "../lib/mortise.mjs";

const SLOWED = 4; // times
const SIZES = [50, 1000];
const QUIET_MS = 2000;
const median = (a) => [...a].sort((x, y) => x - y)[Math.floor(a.length / 2)];

/** Notes what the browser reports, from the page's first moment. */
function watch() {
  const m = (window.__front = { lcp: 0, cls: 0, tasks: [] });
  const on = (type, take) => new PerformanceObserver((l) => l.getEntries().forEach(take)).observe({ type, buffered: true });
  on("largest-contentful-paint", (e) => (m.lcp = e.startTime));
  on("layout-shift", (e) => e.hadRecentInput || (m.cls += e.value));
  on("longtask", (e) => m.tasks.push([e.startTime, e.duration]));
}

/** Waits until the page has been quiet, answers its blocking time since then. */
const blocking = (page, since = 0) =>
  page.evaluate(
    async ([from, quiet]) => {
      const last = () => Math.max(from, ...window.__front.tasks.map(([at, ms]) => at + ms));
      while (performance.now() - last() < quiet) await new Promise((r) => setTimeout(r, 100));
      return window.__front.tasks.filter(([at]) => at >= from).reduce((sum, [, ms]) => sum + Math.max(0, ms - 50), 0);
    },
    [since, QUIET_MS],
  );
const now = (page) => page.evaluate(() => performance.now());

async function loading(page) {
  await page.goto(new URL("/tickets", url).href);
  await page.locator(".row [data-ticket]").first().waitFor();
  const tbt = await blocking(page);
  const { lcp, cls } = await page.evaluate(() => window.__front);
  return { lcp, tbt, cls };
}

async function scrolling(page, rows) {
  const from = await now(page);
  const took = await page.evaluate(async (wanted) => {
    const area = document.querySelector(".page-body");
    const began = performance.now();
    const end = began + 120_000;
    // As a wheel does: some rows each frame.
    while (performance.now() < end) {
      area.scrollTop += 400;
      await new Promise(requestAnimationFrame);
      // Of the rows only those in sight are in the page; each has its number, below the row of heads.
      const last = Number([...document.querySelectorAll(".row[aria-rowindex]")].at(-1)?.getAttribute("aria-rowindex"));
      if (last > wanted && area.scrollTop + area.clientHeight >= area.scrollHeight - 50) return performance.now() - began;
    }
    throw new Error("the last row didn't come");
  }, rows);
  return { took, tbt: await blocking(page, from) };
}

async function anEvent(page, client, at) {
  const id = await page.locator(".row [data-ticket]").nth(at).getAttribute("data-ticket");
  const { body } = await client.get(`/api/tickets/${id}`);
  const priority = body.priority === "urgent" ? "low" : "urgent";
  const from = await now(page);
  await client.patch(`/api/tickets/${id}`, { priority });
  await page.locator(`.row:has([data-ticket="${id}"]) [data-priority=${priority}]`).waitFor({ state: "attached" });
  return { tbt: await blocking(page, from) };
}

async function opening(page) {
  const from = await now(page);
  await page.locator(".row [data-ticket]").nth(3).click();
  await page.locator("#window-title .number").filter({ hasText: "#" }).waitFor();
  const took = (await now(page)) - from;
  const tbt = await blocking(page, from);
  await page.keyboard.press("Escape");
  await page.locator(".window").waitFor({ state: "detached" });
  return { took, tbt };
}

const middle = (all) => Object.fromEntries(Object.keys(all[0]).map((k) => [k, median(all.map((a) => a[k]))]));

export async function run(rounds) {
  const client = await login("Dispatcher");
  const ends = [];
  const browser = await startChromium();
  ends.push(() => browser.close());
  try {
    const page = await person(browser, "Dispatcher", { width: 1440, height: 900 });
    await page.addInitScript(watch);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWED });
    console.log(`Chromium ${browser.version()}, a processor ${SLOWED} times slower, medians of ${rounds}\n`);
    const ms = (n) => `${n.toFixed(0)} ms`;
    for (const size of SIZES) {
      let { total } = (await client.get("/api/tickets?limit=1&total=exact&state=any")).body;
      for (; total < size; total++) await client.post("/api/tickets", { title: `Bench ${total}: the heating on floor ${total % 9} makes a noise`, priority: "normal" });
      const of = { loading: [], scrolling: [], event: [], opening: [] };
      for (let i = 0; i < rounds; i++) {
        of.loading.push(await loading(page));
        const shown = Number(/\d[\d,.]*/.exec(await page.locator(".page-note").innerText())?.[0].replace(/\D/g, "") ?? size);
        of.scrolling.push(await scrolling(page, Math.min(size, shown)));
        await page.locator(".page-body").evaluate((el) => el.scrollTo(0, 0));
        of.event.push(await anEvent(page, client, 2 + i));
        of.opening.push(await opening(page));
      }
      const [load, scroll, event, open] = Object.values(of).map(middle);
      console.log(`${size} tickets`);
      console.log(`  loading    largest paint ${ms(load.lcp)}, blocking ${ms(load.tbt)}, layout shift ${load.cls.toFixed(3)}`);
      console.log(`  scrolling  ${ms(scroll.took)}, blocking ${ms(scroll.tbt)}`);
      console.log(`  an event   blocking ${ms(event.tbt)}`);
      console.log(`  opening    ${ms(open.took)}, blocking ${ms(open.tbt)}\n`);
    }
  } finally {
    for (const end of ends) await end();
  }
}
