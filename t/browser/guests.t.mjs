#!/usr/bin/env -S node --test-reporter=tap
// Which processes serve whom: on the page of a plugin, and in the system administration for all companies; on
// a desk and a phone, light and dark, with none and with an error. MORTISE_SHOTS names a folder for pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { install, login, psql, remove, tenants } from "../lib/mortise.mjs";
import { person, sticksOut, systemPerson, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

const KEY = "hello-world";
const GUESTS = /\/guests$/;
let people;

before(async () => {
  await remove(KEY);
  for (const tenant of [0, 1]) await install(KEY, tenant);
  people = [await login("Technician", 0), await login("Technician", 1)];
});
after(() => remove(KEY));

const callBoth = async () => {
  for (const p of people) assert.equal((await p.get(`/api/plugins/${KEY}/hello/you`)).status, 200);
};
const nameOf = (n) => psql(`SELECT name FROM mortise.tenants WHERE code = '${tenants()[n]}'`)[0][0];
const shot = async (page, name) => {
  if (process.env.MORTISE_SHOTS) await page.screenshot({ path: join(process.env.MORTISE_SHOTS, `guests-${name}.png`) });
};
const part = (page) => page.getByRole("region", { name: "Processes now" });
const rows = (page) => part(page).locator("tbody tr");

async function fits(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${wide} pixels too wide`);
  // Whatever scrolls inside would hide a column.
  const inner = await part(page).evaluate((e) => e.scrollWidth - e.clientWidth);
  assert.ok(inner <= 0, `${inner} pixels of the list stick out`);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(page.faults, []);
}

for (const [name, options] of Object.entries({
  desk: { width: 1280, height: 1000 },
  dark: { width: 1280, height: 1000, colorScheme: "dark" },
  phone: { width: 360, height: 900, hasTouch: true, isMobile: true, colorScheme: "dark" },
})) {
  test(`a company's admin sees the company's processes (${name})`, async (t) => {
    await callBoth();
    const page = await person(await launch(t), "Admin", { path: `/plugins/${KEY}/manage?tab=usage`, ...options });
    await rows(page).first().waitFor();
    const text = await part(page).innerText();
    assert.match(text, /Per company/);
    assert.match(text, /seccomp landlock-\d/);
    assert.match(text, /\d+, host \d+/);
    assert.ok(!text.includes(nameOf(1)), text);
    await part(page).scrollIntoViewIfNeeded();
    await shot(page, `company-${name}`);
    await fits(page);
  });

  test(`the system administration sees whom each process serves (${name})`, async (t) => {
    await callBoth();
    const page = await systemPerson(await launch(t), { path: "/plugins", ...options });
    await page.getByRole("button", { name: "Companies that use Hello World" }).waitFor();
    await shot(page, `plugins-${name}`);
    assert.deepEqual(await sticksOut(page), []);
    await page.getByRole("button", { name: "Companies that use Hello World" }).click();
    await rows(page).first().waitFor();
    for (const n of [0, 1]) assert.ok((await rows(page).filter({ hasText: nameOf(n) }).count()) > 0, nameOf(n));
    await part(page).scrollIntoViewIfNeeded();
    await shot(page, `system-${name}`);
    await fits(page);
  });
}

test("none, an error and the next try", async (t) => {
  const page = await person(await launch(t), "Admin", { path: "/plugins" });
  page.expected.push(GUESTS);
  let answer = { status: 200, json: { items: [] } };
  await page.route(GUESTS, (route) => (answer ? route.fulfill(answer) : route.continue()));
  await page.goto(new URL(`/plugins/${KEY}/manage?tab=usage`, page.url()).href);
  await part(page).getByText("Nothing is running").waitFor();
  answer = {
    status: 503,
    contentType: "application/problem+json",
    json: { type: "/problems/busy", title: "Busy", status: 503, detail: "The process that starts plugins doesn't answer: try again" },
  };
  await part(page).getByRole("button", { name: "Refresh" }).click();
  await part(page).getByRole("alert").getByText("doesn't answer").waitFor();
  await shot(page, "error");
  answer = null;
  await callBoth();
  await part(page).getByRole("button", { name: "Try again" }).click();
  await rows(page).first().waitFor();
  await fits(page);
});
