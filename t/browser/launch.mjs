// One Chromium for a test file: starting it takes a second, which every test would pay.
import { after } from "node:test";
import { startChromium } from "./browser.mjs";

let started;
after(async () => (await started)?.close());

/** The file's Chromium. What a test opens in it, with cookies and a store of its own, closes with the test. */
export async function launch(t) {
  const browser = await (started ??= startChromium());
  const others = new Set(browser.contexts());
  t.after(() => Promise.all(browser.contexts().filter((c) => !others.has(c)).map((c) => c.close())));
  return browser;
}
