#!/usr/bin/env -S node --test-reporter=tap
// People and roles in a real browser. Settings -> Roles: a table on a desk, cards on a phone; giving and taking by mouse and
// keyboard; what happens elsewhere shows at once; and what people may not use isn't drawn for them.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { account, install, leaseOver, login, psql, remove, url, varDir } from "../lib/mortise.mjs";
import { person, tab, toasted, until, violations, visitor } from "./browser.mjs";
import { launch } from "./launch.mjs";

const KEY = "time-clock";
const [CLOCK, MANAGE] = [`${KEY}:clock`, `${KEY}:manage`];
const PAGE = "/settings/roles";
const shots = process.env.SHOTS ?? join(varDir, "shots");
let admin, tech, installation;

const put = async (role, grant, revoke) => {
  const res = await admin.put(`/api/roles/${role}/permissions`, { grant, revoke });
  assert.equal(res.status, 200, res.text);
};
const reset = async () => {
  await put("Technician", [CLOCK], [MANAGE]);
  await put("Dispatcher", [CLOCK, MANAGE]);
  await put("Admin", [CLOCK, MANAGE]);
};
const granted = (role, name) =>
  psql(`select granted from mortise.role_permissions where tenant_id = ${admin.who.tenantId} and role = '${role}' and permission = '${name}'`)[0]?.[0] === "t";

before(async () => {
  mkdirSync(shots, { recursive: true });
  await remove(KEY);
  ({ admin, installation } = await install(KEY, 0));
  tech = await login("Technician");
});
after(() => remove(KEY));

const open = async (page) => {
  await page.goto(new URL(PAGE, url).href);
  await page.getByRole("heading", { level: 1, name: "Roles" }).waitFor();
  await page.locator(`[data-permission="${CLOCK}"]`).waitFor();
};
const toggle = (page, label, role) => page.getByRole("switch", { name: `${label}: ${role}`, exact: true });
const isOn = (page, label, role, on = true) => until(async () => (await toggle(page, label, role).isChecked()) === on, 30000, `${label}: ${role} is ${on}`);
const fine = async (page) => {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${wide} pixels too wide`);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(page.faults, []);
};

for (const [name, options] of Object.entries({
  "desk-light": { width: 1280, height: 900, colorScheme: "light" },
  "desk-dark": { width: 1280, height: 900, colorScheme: "dark" },
  tablet: { width: 820, height: 1100 },
  phone: { width: 360, height: 720, hasTouch: true, isMobile: true },
  "phone-dark": { width: 360, height: 720, hasTouch: true, isMobile: true, colorScheme: "dark" },
})) {
  test(`the page: ${name}`, async (t) => {
    const page = await person(await launch(t), "Admin", options);
    await open(page);
    await fine(page);
    await page.screenshot({ path: join(shots, `roles-${name}.png`) });
    const at = page.locator(`[data-permission="${CLOCK}"]`);
    await at.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, `roles-${name}-plugin.png`) });
    assert.equal(await at.getByRole("switch").count(), 3, "a system admin's isn't to be changed");
    for (const s of await at.getByRole("switch").all()) {
      const box = await s.locator("xpath=..").boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= options.width, JSON.stringify(box));
    }
  });
}

test("a table for screen readers: heads of columns, rows and groups, names of switches", async (t) => {
  const page = await person(await launch(t), "Admin");
  await open(page);
  const table = page.getByRole("table", { name: "Permissions by role" });
  assert.deepEqual(await table.getByRole("columnheader").allInnerTexts(), ["Permission", "Technician", "Dispatcher", "Admin", "System admin"]);
  const row = table.getByRole("row", { name: /Clock in and out/ });
  assert.equal(await row.getByRole("rowheader").count(), 1);
  assert.equal(await table.locator('th[scope="rowgroup"]').count(), 2);
  assert.equal(await toggle(page, "Clock in and out", "Technician").isChecked(), true);
  assert.equal(await toggle(page, "Clock others", "Technician").isChecked(), false);
  const core = table.locator('[data-permission="plugins:manage"] td');
  assert.deepEqual((await core.allInnerTexts()).map((s) => s.replace(/[^A-Za-z]/g, "")), ["No", "No", "Yes", "Yes"]);
  assert.equal(await core.getByRole("switch").count(), 0);
});

test("giving and taking, with the mouse and with the keyboard", async (t) => {
  const page = await person(await launch(t), "Admin");
  await open(page);
  try {
    await toggle(page, "Clock others", "Technician").click();
    await isOn(page, "Clock others", "Technician");
    await until(() => granted("Technician", MANAGE));
    await page.getByRole("status").filter({ hasText: "Granted to Technician: Clock others" }).waitFor({ state: "attached" });
    await toggle(page, "Clock in and out", "Technician").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    assert.equal(await toggle(page, "Clock others", "Dispatcher").evaluate((e) => e === document.activeElement), true);
    await page.keyboard.press("Space");
    await isOn(page, "Clock others", "Dispatcher", false);
    await until(() => !granted("Dispatcher", MANAGE));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await toggle(page, "Clock others", "Admin").evaluate((e) => e === document.activeElement), true, "nothing to the right of it");
    await fine(page);
  } finally {
    await reset();
  }
});

test("a switch moves at once, and back when the server refuses", async (t) => {
  const page = await person(await launch(t), "Admin");
  await open(page);
  let answer;
  const asked = new Promise((r) => (answer = r));
  page.expected.push(/permissions/);
  await page.route("**/api/roles/Technician/permissions", async (route) => {
    await asked;
    await route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/busy", title: "Busy", status: 503, detail: "the database is away" }) });
  });
  await toggle(page, "Clock others", "Technician").click();
  assert.equal(await toggle(page, "Clock others", "Technician").isChecked(), true, "before any answer");
  await toggle(page, "Clock others", "Technician").click();
  assert.equal(await toggle(page, "Clock others", "Technician").isChecked(), true, "until there is one");
  answer();
  await toasted(page, "“Clock others” of Technician wasn’t changed", "the database is away");
  await isOn(page, "Clock others", "Technician", false);
  assert.equal(granted("Technician", MANAGE), false);
});

test("what another administrator does shows here, and plugins come and go", async (t) => {
  const page = await person(await launch(t), "Admin");
  await open(page);
  try {
    await put("Technician", [MANAGE]);
    await isOn(page, "Clock others", "Technician");
    assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/disable`)).status, 200);
    await page.getByText("Disabled", { exact: true }).waitFor();
    await page.screenshot({ path: join(shots, "roles-off.png") });
    assert.equal((await admin.post(`/api/plugins/installations/${installation.id}/enable`)).status, 200);
    await page.getByText("Disabled", { exact: true }).waitFor({ state: "detached" });
    assert.equal((await admin.del(`/api/plugins/installations/${installation.id}`)).status, 204);
    await page.locator(`[data-permission="${CLOCK}"]`).waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "No plugin adds permissions" }).waitFor();
    await page.screenshot({ path: join(shots, "roles-none.png") });
    ({ installation } = await install(KEY, 0));
    await toggle(page, "Clock in and out", "Technician").waitFor();
  } finally {
    await reset();
  }
});

test("searching, loading and failing", async (t) => {
  const page = await person(await launch(t), "Admin");
  await open(page);
  await page.keyboard.press("/");
  await page.keyboard.type("clock others");
  await page.locator(`[data-permission="${CLOCK}"]`).waitFor({ state: "detached" });
  assert.equal(await page.locator("[data-permission]").count(), 1);
  await page.keyboard.type(" nothing");
  await page.getByRole("heading", { name: "No matching permissions" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(`[data-permission="${CLOCK}"]`).waitFor();

  page.expected.push(/\/api\/roles/);
  let go;
  const wait = new Promise((r) => (go = r));
  await page.route("**/api/roles", async (route) => {
    await wait;
    await route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/internal", title: "Internal error", status: 500, detail: "see the log" }) });
  });
  await page.goto(new URL(PAGE, url).href);
  await page.getByRole("status", { name: "Loading" }).waitFor();
  go();
  await page.getByRole("alert").getByText("see the log").waitFor();
  await page.unroute("**/api/roles");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(`[data-permission="${CLOCK}"]`).waitFor();
});

test("a role of the company's own: made, copied, given a permission, renamed, deleted with another for its people", async (t) => {
  const browser = await launch(t);
  const page = await person(browser, "Admin");
  page.expected.push(/\/api\/roles$/);
  const head = (name) => page.getByRole("columnheader", { name: new RegExp(`^${name}`) });
  const dialog = page.getByRole("dialog");
  const act = async (role, what) => {
    await page.getByRole("button", { name: `Actions for ${role}`, exact: true }).click();
    await page.getByRole("menuitem", { name: what }).click();
    await dialog.waitFor();
  };
  const own = () => psql(`select id from mortise.custom_roles where tenant_id = ${admin.who.tenantId}`).flat();
  t.after(async () => {
    for (const id of own()) await admin.del(`/api/roles/${id}?reassign=Technician`);
  });
  await open(page);
  await page.getByRole("button", { name: "New role" }).click();
  await dialog.getByLabel("Name").fill("technician");
  await dialog.getByRole("button", { name: "Create role" }).click();
  await dialog.getByText("Another role has this name").waitFor();
  await dialog.getByLabel("Name").fill("Night shift");
  await dialog.getByLabel("Description").fill("Weekends and nights");
  await fine(page);
  await dialog.getByRole("button", { name: "Create role" }).click();
  await head("Night shift").waitFor();
  // Changes of roles take turns: the next one may be refused while this one is being stored.
  const stored = page.waitForResponse((r) => r.request().method() !== "GET");
  await toggle(page, "See statistics", "Night shift").click();
  await isOn(page, "See statistics", "Night shift");
  await stored;
  await act("Dispatcher", "Copy");
  await dialog.getByRole("button", { name: "Create role" }).click();
  await head("Copy of Dispatcher").waitFor();
  assert.equal(await toggle(page, "Clock others", "Copy of Dispatcher").isChecked(), true);
  await act("Copy of Dispatcher", "Edit");
  await dialog.getByLabel("Name").fill("Desk");
  await dialog.getByRole("button", { name: "Save" }).click();
  await head("Desk").waitFor();

  const [[id]] = psql(`select id from mortise.custom_roles where tenant_id = ${admin.who.tenantId} and label = 'Night shift'`);
  const made = await admin.post("/api/users", { name: "Nina Night", email: `night-${process.pid}@northwind.example`, roles: [id] });
  t.after(() => psql(`delete from mortise.users where email = 'night-${process.pid}@northwind.example'`));
  assert.equal(made.status, 201, made.text);
  await page.getByRole("button", { name: "Who can do this: See statistics" }).click();
  await dialog.getByText("Nina Night").waitFor();
  await dialog.getByText("as Night shift").waitFor();
  await fine(page);
  await page.screenshot({ path: join(shots, "roles-who.png") });
  await dialog.getByRole("button", { name: "Close" }).click();
  await act("Night shift", "Delete");
  await dialog.getByText("1 person has this role").waitFor();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText("Choose a role").waitFor();
  await fine(page);
  await page.screenshot({ path: join(shots, "roles-delete.png") });
  await dialog.getByLabel("Role they get instead").click();
  await page.getByRole("option", { name: "Desk" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await head("Night shift").waitFor({ state: "detached" });
  await page.goto(new URL("/people", url).href);
  await page.getByRole("row", { name: /Nina Night.*Desk/ }).waitFor();
  await page.getByRole("button", { name: "Actions for Nina Night" }).click();
  await page.getByRole("menuitem", { name: "Permissions" }).click();
  await dialog.getByText("as Desk").first().waitFor();
  await fine(page);

  for (let i = 0; i < 10; i++) await admin.post("/api/roles", { label: i ? `Role number ${i}` : "Somebody with a verylongnamethathasnospaces", copyOf: i % 2 ? "Technician" : "Dispatcher" });
  for (const [name, options] of Object.entries({
    desk: { width: 1440, height: 900 },
    "desk-dark": { width: 900, height: 900, colorScheme: "dark" },
    phone: { width: 360, height: 720, hasTouch: true, isMobile: true },
  })) {
    const many = await person(browser, "Admin", options);
    await open(many);
    await fine(many);
    await many.screenshot({ path: join(shots, `roles-many-${name}.png`) });
    if (name !== "phone") continue;
    await many.getByRole("button", { name: /^Role:/ }).click();
    await many.getByRole("option", { name: "Desk" }).click();
    await toggle(many, "See statistics", "Desk").click();
    await isOn(many, "See statistics", "Desk");
    await many.getByRole("button", { name: "Actions for Desk" }).waitFor();
    await fine(many);
    await many.screenshot({ path: join(shots, "roles-many-phone-one.png") });
  }
});

test("own tickets only: chosen for a role, and what its people then see on a phone, live", async (t) => {
  const browser = await launch(t);
  const page = await person(browser, "Admin");
  const { role } = (await admin.post("/api/roles", { label: "Field" })).body;
  const make = async (title, assigneeId) => (await admin.post("/api/tickets", { title, assigneeId })).body;
  const [mine, other] = [await make("Field: mine", tech.who.id), await make("Field: another", null)];
  const held = () => psql(`select permissions from mortise.custom_roles where id = '${role}'`)[0][0];
  try {
    await open(page);
    const cell = (label) => page.getByRole("button", { name: `${label}: Field` });
    for (const [label, scope, want] of [["See tickets", "All tickets", "{tickets:read}"], ["Create and change tickets", "All tickets", "{tickets:read,tickets:write}"],
      ["See tickets", "Own tickets only", "{tickets:read:own,tickets:write:own}"]]) {
      await cell(label).click();
      await page.getByRole("option", { name: scope }).click();
      await page.getByRole("status").filter({ hasText: `Granted to Field: ${label} (${scope})` }).waitFor({ state: "attached" });
      assert.equal(held(), want, `${label}: ${scope}`);
    }
    assert.match(await cell("Create and change tickets").innerText(), /Own tickets only/);
    await fine(page);
    await page.screenshot({ path: join(shots, "roles-own.png") });
    psql(`update mortise.users set roles = '{${role}}' where id = '${tech.who.id}'`);
    const phone = await person(browser, "Technician", { width: 360, height: 720, hasTouch: true, isMobile: true });
    const row = (ticket) => phone.getByText(ticket.title, { exact: true });
    await row(mine).waitFor();
    assert.equal(await row(other).count(), 0);
    const give = async (to) => assert.equal((await admin.patch(`/api/tickets/${other.id}`, { assigneeId: to })).status, 200);
    await give(tech.who.id);
    await row(other).first().waitFor();
    await give(null);
    await until(async () => (await phone.locator("main").getByText(other.title, { exact: true }).count()) === 0, 10000, "it is gone");
    await phone.screenshot({ path: join(shots, "own-tickets-phone.png") });
    await fine(phone);
    await page.getByRole("button", { name: "Who can do this: See tickets", exact: true }).click();
    await page.getByRole("dialog").getByText("Own tickets only").waitFor();
    await page.screenshot({ path: join(shots, "roles-own-who.png") });
  } finally {
    psql(`update mortise.users set roles = '{Technician}' where id = '${tech.who.id}'; delete from mortise.tickets where id in ('${mine.id}', '${other.id}')`);
    await admin.del(`/api/roles/${role}`);
  }
});

test("who may not has neither the entry nor the page, nor is told its key", async (t) => {
  const page = await person(await launch(t), "Dispatcher");
  assert.equal(await page.getByRole("link", { name: "Roles" }).count(), 0);
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await keys.getByText("Go to notify").waitFor();
  assert.equal(await keys.getByText("Go to roles").count(), 0);
  await page.goto(new URL(PAGE, url).href);
  await page.getByRole("heading", { name: "Not found" }).first().waitFor();
  assert.deepEqual(page.faults, []);
});

test("a plugin's tab comes and goes with its permission, without a reload", async (t) => {
  const page = await person(await launch(t), "Technician");
  await page.locator(".row [data-ticket]").first().click();
  await tab(page, "Time Clock").waitFor();
  try {
    await put("Technician", [], [CLOCK]);
    await tab(page, "Time Clock").waitFor({ state: "detached" });
    assert.equal((await tech.get(`/api/plugins/${KEY}/status/me`)).status, 403);
    await put("Technician", [CLOCK]);
    await tab(page, "Time Clock").waitFor();
  } finally {
    await reset();
  }
  assert.deepEqual(page.faults, []);
});

test("an hour after the password was entered, a switch requires it again", async (t) => {
  const page = await person(await launch(t), "Admin");
  await open(page);
  const old = () => psql(`UPDATE mortise.sessions SET confirmed_at = now() - interval '61 minutes' WHERE user_id = '${page.who.id}'`);
  const asking = page.getByRole("dialog", { name: "Confirm with your password" });
  const click = () => toggle(page, "Clock others", "Technician").click();
  page.expected.push(/\/api\/roles/, /\/api\/auth\/confirm/);
  old();
  await leaseOver();
  try {
    await t.test("cancelled, nothing has changed, and the reason is shown", async () => {
      await click();
      await asking.waitFor();
      assert.equal(await asking.getByLabel("Password").evaluate((e) => e === document.activeElement), true);
      await page.keyboard.press("Escape");
      await asking.waitFor({ state: "detached" });
      await toasted(page, "confirm it with your password");
      await isOn(page, "Clock others", "Technician", false);
      assert.equal(granted("Technician", MANAGE), false);
    });
    await t.test("a wrong one is reported, the right one lets the change continue", async () => {
      await click();
      await asking.getByLabel("Password").fill("not it");
      await page.keyboard.press("Enter");
      await asking.getByRole("alert").getByText("The password is wrong").waitFor();
      await asking.getByLabel("Password").fill(account("Admin").password);
      // The switch takes no second click before the answer, which comes when the change holds everywhere.
      const saved = page.waitForResponse((r) => r.request().method() === "PUT" && r.ok());
      await page.keyboard.press("Enter");
      await asking.waitFor({ state: "detached" });
      await until(() => granted("Technician", MANAGE));
      await saved;
      await isOn(page, "Clock others", "Technician");
    });
    await t.test("and then it isn't required", async () => {
      await click();
      await until(() => !granted("Technician", MANAGE));
      assert.equal(await asking.count(), 0);
    });
  } finally {
    psql("UPDATE mortise.sessions SET confirmed_at = now()");
    await leaseOver();
    await reset();
  }
  await fine(page);
});

test("an administrator invites somebody, who chooses a password on a phone and is signed in", async (t) => {
  const browser = await launch(t);
  const boss = await person(browser, "Admin");
  const email = `walk-${process.pid}@northwind.example`;
  t.after(() => psql(`delete from mortise.users where email = '${email}'`));
  await boss.goto(new URL("/people", url).href);
  await boss.getByRole("button", { name: "Invite", exact: true }).click();
  boss.expected.push(/\/api\/users$/);
  const dialog = boss.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Walter Walk");
  await dialog.getByLabel("Email").fill(account("Admin", 1).email);
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await dialog.getByText("an address belongs to one person of one company").waitFor();
  await dialog.getByLabel("Email").fill(email);
  await boss.screenshot({ path: join(shots, "invite.png") });
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await dialog.getByRole("heading", { name: "Walter Walk has been invited" }).waitFor();
  const link = await dialog.getByLabel("Link", { exact: true }).inputValue();
  assert.ok(link.startsWith(`${url}/welcome#`), link);
  await boss.screenshot({ path: join(shots, "invite-link.png") });
  await fine(boss);
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = boss.getByRole("row", { name: /Walter Walk/ });
  await row.getByText("Invited").waitFor();

  const path = link.slice(url.length);
  const page = await visitor(browser, { path, width: 360, height: 720, hasTouch: true, isMobile: true });
  page.expected.push(/\/api\/auth\/link/);
  await page.getByRole("heading", { name: "Welcome to Northwind Heating" }).waitFor();
  const password = page.getByLabel("New password");
  await password.fill("walter walk 1");
  await page.getByText("Easy to guess").waitFor();
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByText("Is too easy to guess").waitFor();
  await page.screenshot({ path: join(shots, "welcome-phone.png") });
  await password.fill("correct horse battery");
  await page.getByText("Strong").waitFor();
  await page.getByRole("button", { name: "Show password" }).click();
  assert.equal(await password.getAttribute("type"), "text");
  await fine(page);
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.locator(".shell").waitFor();
  await until(async () => (await page.evaluate(() => window.location.pathname + window.location.hash)) === "/tickets", 30000, "the first page");
  assert.equal(await page.evaluate(() => fetch("/api/me").then((r) => r.json()).then((me) => me.name)), "Walter Walk");
  await fine(boss);
});
