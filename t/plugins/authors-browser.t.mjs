#!/usr/bin/env -S node --test-reporter=tap
// What people of a demo see while an author works: the tab comes, changes with each save, a mistake stands
// over the page and goes when it is mended; nobody reloads. And hello-world, as it is bundled.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, install, login, remove, top, until, url, varDir } from "../lib/mortise.mjs";
import { person, removeTickets, tab, violations } from "../browser/browser.mjs";
import { launch } from "../browser/launch.mjs";

const KEY = "seen-live";
const TITLE = "Browser test: authors";
const env = { ...process.env, MORTISE_HOME: top, MORTISE_URL: url, MORTISE_VAR: varDir };
let work;
let dir;
let dev;
let said = "";
let ticket;

before(async () => {
  await remove(KEY);
  await remove("hello-world");
  work = mkdtempSync(join(tmpdir(), "mortise-authors-"));
  dir = join(work, KEY);
  ticket = (await (await login("Dispatcher")).post("/api/tickets", { title: TITLE })).body;
});
after(async () => {
  dev?.kill("SIGINT");
  await remove(KEY);
  await remove("hello-world");
  removeTickets(TITLE);
  rmSync(work, { recursive: true });
});

const edit = (file, from, to) => {
  const text = readFileSync(join(dir, file), "utf8");
  assert.ok(text.includes(from), `${file} has no "${from}"`);
  writeFileSync(join(dir, file), text.replace(from, to));
};
const isMarked = (page) => page.evaluate(() => window.__mark === true);

test("an author's saves in the browser", async (t) => {
  const made = spawnSync(join(build, "bin/mortise"), ["plugin", "new", KEY, dir], { env, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const browser = await launch(t);
  const page = await person(browser, "Admin", { path: `/tickets/${ticket.id}` });
  const technician = await person(browser, "Technician", { path: `/tickets/${ticket.id}` });
  await page.locator(".window .fields").waitFor();
  await page.evaluate(() => (window.__mark = true));

  await t.test("the tab comes with the first version, and works", async () => {
    dev = spawn(join(build, "bin/mortise"), ["plugin", "dev", dir], { env });
    dev.stdout.on("data", (d) => (said += d));
    dev.stderr.on("data", (d) => (said += d));
    await tab(page, /Seen Live/).click();
    await page.getByText("Nobody has noted anything on this ticket yet.").waitFor();
    await page.getByLabel("A note").fill("seen in a browser");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("seen in a browser").waitFor();
    assert.equal(await page.getByLabel("A note").inputValue(), "");
  });

  await t.test("pages are tested in Chromium, with what dev has loaded", () => {
    const r = spawnSync(join(build, "bin/mortise"), ["plugin", "test", "--only", "pages", dir], { env, encoding: "utf8" });
    assert.equal(r.status, 0, r.stdout + r.stderr);
    assert.match(r.stdout, /pages: with seen-live 1\.0\.0-dev\.\d at [\s\S]*pages: passed/);
  });

  await t.test("the console shows the author's files and lines", async () => {
    const admin = await login("Admin");
    const { ui } = (await admin.get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === KEY);
    const [, map] = (await admin.get(ui.bundleUrl)).text.match(/\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)/);
    const { sources, sourcesContent } = JSON.parse(Buffer.from(map, "base64"));
    const at = sources.findIndex((file) => file.endsWith("src/tab.tsx"));
    assert.match(sourcesContent[at], /useAction/);
  });

  await t.test("a save shows in the open tab; the notes are still there", async () => {
    edit("ui/src/tab.tsx", 'label="A note"', 'label="Another note"');
    await page.getByLabel("Another note").waitFor();
    await page.getByText("seen in a browser").waitFor();
  });

  await t.test("a mistake stands over the page of who manages plugins, and of nobody else", async () => {
    edit("src/plugin.c", "return rc;", "return rc");
    const overlay = page.getByRole("alert", { name: /Seen Live does not build/ });
    await overlay.getByText(/src\/plugin\.c:\d+:\d+: error: expected/).waitFor();
    assert.equal(await technician.getByText(/src\/plugin\.c/).count(), 0);
    edit("src/plugin.c", "return rc\n", "return rc;\n");
    await overlay.waitFor({ state: "detached" });
  });

  await t.test("an error in a browser is in the terminal, with the author's file and line", async () => {
    edit("ui/src/tab.tsx", "  return (\n    <Stack spacing={2}>", '  if (text === "boom") throw new Error("boom in render");\n  return (\n    <Stack spacing={2}>');
    await until(() => /dev\.4 runs/.test(said), 90000, said);
    technician.expected.push(/boom in render/);
    await technician.goto(`${url}/tickets/${ticket.id}`);
    await tab(technician, /Seen Live/).click();
    await technician.getByLabel("Another note").fill("boom");
    await technician.getByText("boom in render").waitFor();
    const line = readFileSync(join(dir, "ui/src/tab.tsx"), "utf8").split("\n").findIndex((l) => l.includes("boom in render")) + 1;
    await until(() => new RegExp(`failed in a browser\\n +Error: boom in render\\n +at .*ui/src/tab\\.tsx:${line}:`).test(said), 90000, said);
  });

  await t.test("nobody reloaded, nothing broke a rule", async () => {
    assert.equal(await isMarked(page), true);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(page.faults, []);
    assert.match(said, /1\.0\.0-dev\.3 runs/);
  });
});

test("hello-world says hello in a ticket", async (t) => {
  await install("hello-world");
  const browser = await launch(t);
  const page = await person(browser, "Technician", { path: `/tickets/${ticket.id}` });
  await tab(page, /Hello/).click();
  await page.getByText(`Hello, world! says ${(await login("Technician")).who.name}.`).waitFor();
  assert.deepEqual(page.faults, []);
  const list = (await (await login("Admin")).get("/api/plugins/installations")).body.items;
  const { ui } = list.find((i) => i.pluginKey === "hello-world");
  const bundle = (await (await login("Admin")).get(ui.bundleUrl)).text;
  assert.ok(bundle.length < 8000, `${bundle.length} bytes: nothing of React or MUI is in it`);
  assert.doesNotMatch(bundle, /sourceMappingURL/, "a package has none");
});
