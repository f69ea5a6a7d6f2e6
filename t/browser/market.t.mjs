#!/usr/bin/env -S node --test-reporter=tap
// The marketplace as people use it: searching, consent when installing, more of it when updating, the way
// back, a package with faults, what waits for approval, and the view across tenants.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { account, consenting, login, pack, psql, remove, systemUrl, url, varDir } from "../lib/mortise.mjs";
import { offer, remake, reversion, upload } from "../plugins/package.mjs";
import { catalogue, certificates, entryOf, files, serve } from "../plugins/shop.mjs";
import { person, systemPerson, tab, toasted, until, violations, visitor } from "./browser.mjs";
import { launch } from "./launch.mjs";

const KEY = "versions";
const folder = mkdtempSync(join(tmpdir(), "mortise-market-"));
chmodSync(folder, 0o755); // the admin pool reads an authority there
const file = (name, bytes) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const asksMore = ({ manifest }) => {
  manifest.permissions = [...(manifest.permissions ?? []), "tickets:write"];
};

before(() => remove(KEY));
after(async () => {
  await remove(KEY);
  rmSync(folder, { recursive: true });
});

const card = (page, name) => page.getByRole("listitem", { name, exact: true });
const running = async (tenant = 0) =>
  (await (await login("Technician", tenant)).get(`/api/plugins/${KEY}/version`)).body?.version;
const query = (page) => new URL(page.url()).search;

test("the marketplace is searched, filtered and sorted, and the address keeps it", async (t) => {
  const page = await person(await launch(t), "Admin", { path: "/plugins" });
  await card(page, "Time Clock").waitFor();
  await card(page, "Hello World").waitFor();

  await t.test("words narrow it down while one types", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("clock");
    await card(page, "Hello World").waitFor({ state: "detached" });
    await until(() => query(page) === "?q=clock");
  });
  await t.test("an empty result is explained and offers the way out", async () => {
    await page.getByLabel("Search plugins").fill("no such thing");
    await page.getByText("No matching plugins").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await card(page, "Hello World").waitFor();
  });
  await t.test("by category", async () => {
    await page.getByRole("button", { name: /^Category/ }).click();
    await page.getByRole("option", { name: /Productivity/ }).click();
    await card(page, "Hello World").waitFor({ state: "detached" });
    await page.reload();
    await card(page, "Time Clock").waitFor();
    assert.equal(await card(page, "Hello World").count(), 0);
  });
  await t.test("the other tab and back again", async () => {
    await tab(page, /My plugins/).click();
    await page.getByRole("button", { name: /^State/ }).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Category: Productivity (1)" }).waitFor();
  });
  await t.test("its age is shown, and it can be refreshed", async () => {
    await page.getByText(/^Updated /).first().waitFor();
    await page.getByRole("button", { name: "Refresh" }).click();
    await toasted(page, "up to date");
  });
  await t.test("the last catalogue stays when its source is gone, marked as old", async () => {
    const list = join(varDir, "app/share/mortise/marketplace/plugins.json");
    page.expected.push(/\/marketplace\/refresh$/);
    renameSync(list, `${list}.away`);
    try {
      await page.getByRole("button", { name: "Refresh" }).click();
      await page.getByText(/marketplace can’t be reached/).waitFor();
      await card(page, "Time Clock").waitFor();
    } finally {
      renameSync(`${list}.away`, list);
    }
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText(/marketplace can’t be reached/).waitFor({ state: "detached" });
  });
  await t.test("the old address leads here", async () => {
    await page.goto(new URL("/settings/plugins", url).href);
    await until(() => new URL(page.url()).pathname === "/plugins");
  });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});

test("a package with faults is refused with each fault beside its check", async (t) => {
  const page = await systemPerson(await launch(t));
  page.expected.push(/\/api\/plugins\/upload/);
  const bad = remake(KEY, ({ manifest, files }) => {
    manifest.version = "one";
    manifest.colour = "red";
    files.set("migrations/009-drop.sql", Buffer.from("DROP DATABASE mortise;"));
  });
  await page.getByRole("button", { name: "Upload a package" }).click();
  const dialog = page.getByRole("dialog");
  await page.setInputFiles("input[type=file]", file("picture.txt", "no zip"));
  await dialog.getByText("Choose a package: a file that ends in .zip.").waitFor();
  await page.setInputFiles("input[type=file]", file("bad.zip", bad));
  await dialog.getByText(/bad\.zip was rejected: 3 problems/).waitFor();
  const check = (name) => dialog.locator(".checks > li").filter({ hasText: name });
  await check("Manifest").getByText("/manifest.json#/version").waitFor();
  await check("Manifest").getByText("/manifest.json#/colour").waitFor();
  await check("Migrations").getByText(/009-drop\.sql/).waitFor();
  assert.equal(await check("Manifest").getAttribute("data-state"), "failed");
  assert.equal(await check("Test run").getAttribute("data-state"), "skipped");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
});

test("checks are shown while they are made", async (t) => {
  const page = await systemPerson(await launch(t));
  await page.getByRole("button", { name: "Upload a package" }).click();
  const dialog = page.getByRole("dialog");
  // Its constructor hangs until the trial load's deadline.
  await page.setInputFiles("input[type=file]", file("slow.zip", pack("ctor")));
  await dialog.locator('.checks > li[data-state="running"]').filter({ hasText: "Test run" }).waitFor();
  assert.equal(await dialog.locator('.checks > li[data-state="ok"]').count(), 9);
  await dialog.getByText(/files, .* bytes unpacked/).waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog.getByText(/slow\.zip was rejected: 1 problem/).waitFor();
  await dialog.locator('.checks > li[data-state="failed"]').getByText(/constructor/).waitFor();
  assert.deepEqual(page.faults, []);
});

test("one sees how a package comes from a slow marketplace", async (t) => {
  const bytes = remake("time-clock", ({ files }) => files.set("README.md", Buffer.from("# From afar\n")));
  const shop = await serve(certificates(folder, "shop"));
  const there = files({
    "/plugins.json": catalogue(entryOf(bytes)),
    "/files/icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
  });
  let rest;
  shop.answer = (req, res) => {
    if (!req.url.endsWith(".zip")) return there(req, res);
    res.writeHead(200, { "Content-Length": bytes.length });
    res.write(bytes.subarray(0, bytes.length >> 1));
    rest = () => res.end(bytes.subarray(bytes.length >> 1));
  };
  const back = await configure({
    marketplace: `https://127.0.0.1:${shop.port}/plugins.json`,
    marketplace_ca: join(folder, "shop-ca.pem"),
    marketplace_allow: `127.0.0.1:${shop.port}`,
  });
  t.after(async () => {
    await back();
    await shop.close();
    await remove("time-clock");
    psql("delete from mortise.marketplace_cache where source like 'https:%'; delete from mortise.marketplace_images");
  });
  await remove("time-clock");
  const page = await person(await launch(t), "Admin", { path: "/plugins" });
  await page.getByRole("button", { name: "Install Time Clock" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Downloading Time Clock").waitFor();
  await dialog.getByText(/kB of .* kB/).waitFor();
  assert.equal(await dialog.locator('.checks > li[data-state="waiting"]').count(), 10);
  rest();
  await dialog.getByRole("button", { name: "Allow and install" }).waitFor();
  await dialog.getByText("See tickets").waitFor();
  assert.deepEqual(page.faults, []);
});

test("what was uploaded waits for approval, also on another day", async (t) => {
  assert.equal((await upload(reversion(KEY, "1.0.0"))).body.approved, false);
  const browser = await launch(t);
  const admin = await person(browser, "Admin", { path: "/plugins" });
  await card(admin, "Versions").getByText("Waiting for approval").waitFor();
  assert.ok(await admin.getByRole("button", { name: "Install Versions" }).isDisabled());

  const sys = await systemPerson(browser);
  const waiting = sys.getByRole("region", { name: /Waiting for approval/ });
  await waiting.getByRole("button", { name: "Review Versions 1.0.0" }).click();
  const dialog = sys.getByRole("dialog");
  await dialog.getByText("Not signed by anyone").waitFor();
  await dialog.getByText("See people").waitFor();
  await dialog.getByRole("button", { name: "Approve for all companies" }).click();
  await dialog.getByText("Versions 1.0.0 can now be installed.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await waiting.waitFor({ state: "detached" });
  assert.deepEqual([...admin.faults, ...sys.faults], []);
});

test("installed, updated after new consent, rolled back: two admins see the same", async (t) => {
  const browser = await launch(t);
  const admin = await person(browser, "Admin", { path: "/plugins?q=versions" });
  const other = await person(browser, "SystemAdmin", { path: `/plugins/${KEY}/manage?tab=versions` });

  await t.test("installing needs no more than two clicks", async () => {
    await admin.getByRole("button", { name: "Install Versions" }).click();
    const dialog = admin.getByRole("dialog", { name: "Install Versions" });
    await dialog.getByText("See people").waitFor();
    await dialog.getByRole("button", { name: "Allow and install" }).click();
    await dialog.getByText("Versions 1.0.0 is installed.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    assert.equal(await running(), "1.0.0");
    await other.getByText("Running").waitFor();
  });
  await t.test("an update requires consent for new permissions only", async () => {
    assert.ok((await offer(reversion(KEY, "1.1.0", asksMore))).status < 300);
    await tab(admin, /My plugins/).click();
    await admin.reload();
    await admin.getByRole("button", { name: "Update to 1.1.0: Versions" }).click();
    const dialog = admin.getByRole("dialog", { name: "Update Versions" });
    await dialog.getByText("1.0.0 → 1.1.0").waitFor();
    await dialog.getByText("Create and change tickets", { exact: true }).waitFor();
    assert.equal(await dialog.getByText("See people").count(), 0);
    await dialog.getByRole("button", { name: "Allow and update" }).click();
    await dialog.getByText("Versions 1.1.0 is running.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    assert.equal(await running(), "1.1.0");
  });
  await t.test("the other admin sees it without a reload, and rolls back", async () => {
    const now = other.locator(".versions > li[data-running=true]");
    await now.getByText("1.1.0").waitFor();
    await now.getByText(/New permissions: Create and change tickets/).waitFor();
    await other.getByRole("button", { name: "Roll back to 1.0.0" }).click();
    const dialog = other.getByRole("alertdialog");
    await dialog.getByText(/No data is lost/).waitFor();
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await dialog.waitFor({ state: "detached" });
    await now.getByText("1.0.0").waitFor();
    assert.equal(await running(), "1.0.0");
    await card(admin, "Versions").getByText("1.0.0", { exact: false }).first().waitFor();
  });
  await t.test("all of it is in the activity", async () => {
    await tab(other, "Activity").click();
    for (const did of ["Rolled back", "Updated", "Installed"]) await other.locator(".activity").getByText(did).waitFor();
  });
  await t.test("the later of two admins gets an explanation", async () => {
    other.expected.push(/\/installations\//);
    await other.getByRole("button", { name: "More actions for Versions" }).click();
    await other.getByRole("menuitem", { name: "Uninstall" }).click();
    const dialog = other.getByRole("alertdialog", { name: "Uninstall Versions" });
    await dialog.getByText("No one in your company will be able to use it").waitFor();
    const all = await (await login("Admin")).get("/api/plugins/installations");
    const { id } = all.body.items.find((i) => i.pluginKey === KEY);
    assert.equal((await (await login("Admin")).del(`/api/plugins/installations/${id}`, { deadline: 60000 })).status, 204);
    const field = dialog.getByLabel(/to confirm/);
    if (await field.count()) await field.fill("Versions");
    await dialog.getByRole("button", { name: "Uninstall" }).click();
    await dialog.getByRole("alert").getByText(/\S/).first().waitFor();
    await other.keyboard.press("Escape");
  });
  for (const page of [admin, other]) {
    assert.deepEqual(page.faults, []);
    assert.deepEqual(await violations(page), []);
  }
});

test("a long step shows how it goes, is found again after a reload and can be cancelled", async (t) => {
  await remove(KEY);
  // Within what a plugin may have (200 relations, 1,000 statements a file), and some seconds' work.
  const table = (i) => `CREATE TABLE x_versions.t${i} (tenant_id integer NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));\n`;
  const comments = (i) => `COMMENT ON TABLE x_versions.t${i} IS 'one of many';\n`.repeat(12);
  const all = (text) => Buffer.from(Array.from({ length: 80 }, (_, i) => text(i)).join(""));
  const slow = reversion(KEY, "1.0.0", ({ files }) => {
    files.set("migrations/002-many.sql", all(table));
    for (const n of [3, 4, 5, 6]) files.set(`migrations/00${n}-comments.sql`, all(comments));
  });
  assert.ok((await offer(slow)).status < 300);
  const page = await person(await launch(t), "Admin", { path: "/plugins" });
  page.expected.push(/\/api\/plugins\/install$/);
  await page.getByRole("button", { name: "Install Versions" }).click();
  const dialog = page.getByRole("dialog", { name: "Install Versions" });
  await dialog.getByRole("button", { name: "Allow and install" }).click();
  await dialog.getByRole("status").getByText("Installing: creating its tables").waitFor();
  await dialog.getByText(/Step \d of \d/).waitFor();
  await dialog.getByRole("button", { name: "Continue in the background" }).click();
  await dialog.waitFor({ state: "detached" });
  await card(page, "Versions").getByText(/^Installing/).waitFor();
  await page.goto(new URL(`/plugins/${KEY}/manage`, url).href);
  const progress = page.locator(".manage-step");
  await progress.getByText("Installing: creating its tables").waitFor();
  await progress.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Install", exact: true }).and(page.locator(":enabled")).waitFor();
  const list = await (await login("Admin")).get("/api/plugins/installations");
  assert.deepEqual(list.body.items.filter((i) => i.pluginKey === KEY), []);
  assert.deepEqual(page.faults, []);
  await remove(KEY);
});

test("the view across tenants: who runs what, a version is deleted, the policy is shown", async (t) => {
  await offer(reversion(KEY, "1.0.0"));
  await offer(reversion(KEY, "1.1.0", asksMore));
  const page = await systemPerson(await launch(t));
  await t.test("a version that nobody uses can be deleted", async () => {
    await page.getByLabel("Search plugins and companies").fill("versions");
    await page.getByRole("button", { name: "Delete version Versions 1.0.0" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete version Versions 1.0.0" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Delete version Versions 1.1.0" }).waitFor();
  });
  await t.test("a rollout moves every company, then the older version can be finished with", async () => {
    for (const tenant of [0, 1]) {
      const admin = await login("Admin", tenant);
      const res = await consenting(admin, "/api/plugins/install", { pluginKey: KEY, version: "1.1.0" });
      assert.equal(res.status, 201, res.text);
    }
    await offer(reversion(KEY, "1.2.0", asksMore));
    await page.reload();
    await page.getByRole("button", { name: "Companies that use Versions" }).click();
    await page.getByText("Harbor", { exact: false }).first().waitFor();
    await page.getByRole("button", { name: "Roll out Versions 1.2.0" }).click();
    const dialog = page.getByRole("dialog", { name: "Roll out Versions 1.2.0" });
    await dialog.getByText("Create and change tickets", { exact: true }).waitFor();
    await dialog.getByRole("slider").press("End");
    await dialog.getByText("100%").first().waitFor();
    await dialog.getByRole("button", { name: "Start" }).click();
    const row = page.locator(".rollout").filter({ hasText: "1.2.0" }).first();
    await row.getByText("2 of 2 companies").waitFor({ timeout: 60000 });
    await row.getByText("Done").waitFor();
    assert.deepEqual([await running(0), await running(1)], ["1.2.0", "1.2.0"]);
    await page.getByRole("link", { name: "Plugins" }).click();
    await page.getByRole("button", { name: "Finish Versions 1.2.0" }).click();
    const sure = page.getByRole("alertdialog");
    await sure.getByRole("button", { name: "Finish" }).click();
    await sure.waitFor({ state: "detached" });
  });
  await t.test("rollouts and keys have their pages, by the keyboard as well", async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("k");
    await page.getByText("mortise trust add").waitFor();
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Plugins of all companies" }).waitFor();
    await page.getByRole("link", { name: "Marketplace" }).click();
    await page.getByRole("row", { name: /Time Clock/ }).waitFor();
  });
  await t.test("only system admins have it, and find it from a company's page", async () => {
    const browser = await launch(t);
    const admin = await person(browser, "Admin", { path: "/system/plugins" });
    await admin.getByRole("heading", { level: 1, name: "Plugins" }).waitFor();
    assert.equal(await admin.getByRole("link", { name: "Open system administration" }).count(), 0);
    const stranger = await visitor(browser, { base: systemUrl });
    stranger.expected.push(/\/api\/auth\/login/);
    const { email, password } = account("Admin");
    await stranger.getByLabel("Email").fill(email);
    await stranger.getByLabel("Password").fill(password);
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await stranger.getByText(/does not administer the system/).waitFor();
    const sys = await person(browser, "SystemAdmin", { path: "/plugins" });
    const link = sys.getByRole("link", { name: "Open system administration" });
    assert.equal(new URL(await link.getAttribute("href")).origin, systemUrl);
    assert.equal(await sys.getByRole("button", { name: "Upload a package" }).count(), 0);
  });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});
