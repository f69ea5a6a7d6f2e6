#!/usr/bin/env node
// Runs a plugin's tests in Chromium, t/*.page.mjs, in a demo that has the plugin. `mortise plugin test` starts it, with
// MORTISE_URL, MORTISE_ACCOUNTS and MORTISE_COMPANY:
//
//   node public/scripts/test-plugin-page.mjs plugins/time-clock t/tab.page.mjs ...
//
// A file exports tests by their names: `export default { 'a note is added': async ({ signIn, call, assert }) => ... }`.
//   signIn(role, path)              a page of somebody with that role, with `faults`: errors in its console
//   call(role, method, path, body)  a request of theirs, the answer as JSON; a refusal is an error
//   assert                          node:assert/strict
//
// Ends with 77 and a line with the reason when there is no Chromium or no playwright-core.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const WAIT_MS = 60_000; // no bound of ours: the machine may stand still for seconds

function skip(why) {
  console.log(why);
  process.exit(77);
}

const [folder, ...files] = process.argv.slice(2);
const plugin = resolve(folder);
const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const tools = [plugin, top].find((at) => existsSync(join(at, 'node_modules/playwright-core')));
if (!tools)
  skip(
    `playwright-core is missing: run \`npm install --save-dev playwright-core\` in ${folder}, or use a checkout`,
  );
const executablePath = process.env.CHROMIUM ?? BROWSERS.find(existsSync);
if (!executablePath || !existsSync(executablePath))
  skip('there is no Chromium: apt install chromium, or name one with CHROMIUM');

const url = process.env.MORTISE_URL;
const company = process.env.MORTISE_COMPANY;
const accounts = JSON.parse(readFileSync(process.env.MORTISE_ACCOUNTS, 'utf8'));
const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core');
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});

/** A context of a browser in which somebody of the company is signed in. */
async function somebody(role) {
  const who = accounts.find((a) => a.role === role && (!company || a.tenant === company));
  if (!who) throw new Error(`the demo has no account with the role ${role}`);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const { email, password } = who;
  const answer = await context.request.post(`${url}/api/auth/login`, {
    data: { email, password },
    headers: { Origin: url },
  });
  if (!answer.ok()) throw new Error(`${email} can't sign in: ${await answer.text()}`);
  return context;
}

async function signIn(role, path = '/') {
  const context = await somebody(role);
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.stack ?? error.message));
  page.on('console', (m) => m.type() === 'error' && page.faults.push(m.text()));
  await page.goto(`${url}${path}`);
  return page;
}

async function call(role, method, path, body) {
  const context = await somebody(role);
  const options = {
    method,
    headers: { Origin: url },
    ...(body === undefined ? {} : { data: body }),
  };
  const answer = await context.request.fetch(`${url}${path}`, options);
  const text = await answer.text();
  await context.close();
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${text}`);
  return text ? JSON.parse(text) : null;
}

let failed = 0;
for (const file of files) {
  const { default: tests } = await import(pathToFileURL(join(plugin, file)).href);
  for (const [name, run] of Object.entries(tests)) {
    try {
      await run({ signIn, call, assert });
      console.log(`${file}: ok: ${name}`);
    } catch (error) {
      failed += 1;
      console.error(`${file}: failed: ${name}\n${error.stack ?? error}`);
    }
    for (const context of browser.contexts()) await context.close();
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
