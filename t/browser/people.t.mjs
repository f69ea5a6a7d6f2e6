#!/usr/bin/env -S node --test-reporter=tap
// People's accounts: their own page, an administrator's, and the first run. MORTISE_SHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { http, leaseOver, psql, signIn as clientOf, url, Client } from "../lib/mortise.mjs";
import { CLIENT, realProvider } from "../lib/oidc.mjs";
import { code } from "../lib/totp.mjs";
import { good, linkOf, passwordOf, removeCompanies, setup, withoutSystemAdmins } from "../lib/people.mjs";
import { png } from "../lib/images.mjs";
import { live, signIn, smallTargets, sticksOut, toasted, until, visitor, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

const CODE = `walls-${process.pid}`;
const STRONG = "correct horse battery";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const shot = async (page, name) => {
  if (process.env.MORTISE_SHOTS) await page.screenshot({ path: join(process.env.MORTISE_SHOTS, `people-${name}.png`) });
};
const add = (name, role) => {
  const email = `${name.toLowerCase()}@${CODE}.example`;
  return { email, name, password: passwordOf(good("user", "add", email, "--tenant", CODE, "--name", name, "--role", role)) };
};
let ann, bob;

before(() => {
  good("tenant", "add", CODE, "Wall & Sons");
  ann = add("Ann", "Admin");
  bob = add("Bob", "Technician");
});
after(() => removeCompanies(CODE));

async function enter(t, who, path = "/people", options = {}) {
  const page = await visitor(await launch(t), { path, ...options });
  await signIn(page, who);
  await live(page);
  return page;
}
const openAccount = async (page) => {
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await page.getByRole("heading", { level: 1, name: "Your account" }).waitFor();
};
const rows = (page) => page.locator(".own-session");

test("signing out there: that page is at the sign-in, this one goes on", async (t) => {
  const there = await enter(t, bob, "/account", { userAgent: IPHONE });
  there.expected.push(/\/api\//, /\/events/); // its session ends while it shows something
  const here = await enter(t, bob);
  await openAccount(here);
  await rows(here).nth(1).waitFor();
  assert.match(await rows(here).nth(0).innerText(), /Chrome · Linux[^]*This browser[^]*127\.0\.0\.1[^]*Signed in just now/);
  assert.match(await rows(here).nth(1).innerText(), /Safari · iPhone[^]*Last used just now/);
  await shot(here, "account");
  const began = Date.now();
  await here.getByRole("button", { name: "Sign out Safari · iPhone" }).click();
  await there.getByText("Your session has ended").waitFor();
  t.diagnostic(`the other page was at the sign-in after ${Date.now() - began} ms`);
  await toasted(here, "Safari · iPhone is signed out");
  await until(async () => (await rows(here).count()) === 1, 30000, "one session is left");
  assert.deepEqual(here.faults, []);
  assert.deepEqual(await violations(here), []);
});

test("signing out: an answer that comes late neither shows the sign-in before the session's cookie is gone nor brings the page back", async (t) => {
  const page = await enter(t, bob, "/account");
  page.expected.push(/\/api\//); // requests in a session that the server has ended
  const held = [];
  const hold = async (path) => {
    const h = { first: true };
    h.arrived = new Promise((resolve) => (h.arrive = resolve));
    h.released = new Promise((resolve) => (h.release = resolve));
    held.push(h);
    await page.route(path, async (route) => {
      if (!h.first) return route.continue();
      h.first = false;
      const response = await route.fetch();
      h.arrive(response.status());
      await h.released;
      await route.fulfill({ response });
    });
    return h;
  };
  t.after(() => held.forEach((h) => h.release()));
  const me = await hold("**/api/me");
  await page.evaluate(() => new BroadcastChannel("mortise-session").postMessage("changed"));
  assert.equal(await me.arrived, 200);
  const out = await hold("**/api/auth/logout");
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  assert.equal(await out.arrived, 204);
  const refused = page.waitForResponse((r) => r.status() === 401);
  await page.getByRole("link", { name: "Tickets" }).first().click();
  await (await refused).finished();
  const email = page.getByRole("textbox", { name: "Email" });
  await email.or(page.getByRole("button", { name: "Try again" })).first().waitFor();
  assert.equal(await email.count(), 0, "no sign-in yet");
  out.release();
  await email.waitFor();
  assert.equal(await page.getByText("Your session has ended").count(), 0);
  const answered = page.waitForResponse("**/api/me");
  me.release();
  await (await answered).finished();
  await signIn(page, bob);
  await live(page);
  assert.deepEqual(page.faults, []);
});

test("two-step sign-in: set up with an app, signed in with its code and with a recovery code, taken away by an administrator", async (t) => {
  const ines = add("Ines", "Technician");
  const page = await enter(t, ines, "/account");
  page.expected.push(/\/api\/auth\/second-factor$/);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Set up", exact: true }).click();
  await dialog.getByRole("img", { name: "QR code for an authenticator app" }).waitFor();
  const secret = (await dialog.locator(".factor-secret").innerText()).replaceAll(" ", "");
  await shot(page, "factor-set-up");
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole("textbox", { name: "Code of the app" }).fill(code(secret, -1));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("dialog", { name: "Your recovery codes" }).waitFor();
  const codes = await dialog.locator(".factor-codes code").allInnerTexts();
  assert.equal(codes.length, 10);
  await shot(page, "factor-codes");
  const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Download" }).click()]);
  assert.equal(file.suggestedFilename(), "recovery-codes.txt");
  await dialog.getByRole("button", { name: "I have saved them" }).click();
  await page.getByText("10 recovery codes are left").waitFor();
  await shot(page, "factor-on");
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  const field = (name) => page.getByRole("textbox", { name });
  const password = async () => {
    await field("Email").fill(ines.email);
    await page.getByLabel("Password").fill(ines.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "One more step" }).waitFor();
  };
  await password();
  assert.equal(await field("Code of the app").getAttribute("autocomplete"), "one-time-code");
  assert.equal(await field("Code of the app").getAttribute("inputmode"), "numeric");
  await shot(page, "factor-step");
  assert.deepEqual(await violations(page), []);
  await field("Code of the app").fill("12345");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Is wrong, too old, or was used already").waitFor();
  await field("Code of the app").fill(code(secret));
  await page.getByRole("button", { name: "Sign in" }).click();
  await live(page);
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await password();
  await page.getByRole("button", { name: "Use a recovery code instead" }).click();
  await field("Recovery code").fill(codes[0]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await live(page);
  const admin = await enter(t, ann, "/people");
  await admin.getByRole("searchbox").fill("two-step");
  await admin.getByText("Ines", { exact: true }).waitFor();
  assert.equal(await admin.locator("table.people tbody tr").count(), 1);
  await shot(admin, "factor-list");
  page.expected.push(/\/api\//, /\/events/);
  await admin.getByRole("button", { name: "Actions for Ines" }).click();
  await admin.getByRole("menuitem", { name: "Take two-step sign-in away" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Take two-step sign-in away" }).click();
  await page.getByText("Your session has ended").waitFor();
  await field("Email").fill(ines.email);
  await page.getByLabel("Password").fill(ines.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await live(page);
  // and now that the role needs it
  const needed = `mortise.role_second_factors where tenant_id = (select id from mortise.tenants where code = '${CODE}')`;
  t.after(() => psql(`delete from ${needed}`));
  await admin.goto(new URL("/settings/roles", url).href);
  admin.expected.push(/\/second-factor$/); // the password of the administrator may be wanted
  await admin.getByRole("button", { name: "Actions for Technician" }).click();
  await admin.getByRole("menuitemcheckbox", { name: "Require two-step sign-in" }).click();
  await until(async () => psql(`select 1 from ${needed}`).length === 1, 30000, "it is required");
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await field("Email").fill(ines.email);
  await page.getByLabel("Password").fill(ines.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Set up two-step sign-in" }).waitFor();
  await shot(page, "factor-enrol");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Set up", exact: true }).click();
  const key = (await dialog.locator(".factor-secret").innerText()).replaceAll(" ", "");
  await dialog.getByRole("textbox", { name: "Code of the app" }).fill(code(key, -1));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await dialog.getByRole("button", { name: "I have saved them" }).click();
  await live(page);
  assert.deepEqual(page.faults, []);
  assert.deepEqual(admin.faults, []);
});

test("a passkey: added, renamed, signed in with alone and behind the password, removed", async (t) => {
  const base = url.replace("127.0.0.1", "localhost"); // browsers have passkeys for names alone
  t.after(await configure({ public_url: base }));
  const kay = add("Kay", "Technician");
  const page = await visitor(await launch(t), { base, path: "/account" });
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await signIn(page, kay);
  const dialog = page.getByRole("dialog");
  const name = dialog.getByRole("textbox", { name: "Name" });
  await page.getByRole("button", { name: "Add passkey" }).click();
  await name.fill("Kay's phone");
  await shot(page, "passkey-add");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Not used yet").waitFor();
  const { credentials } = await device.send("WebAuthn.getCredentials", { authenticatorId });
  assert.deepEqual(credentials.map((c) => [c.isResidentCredential, c.rpId]), [[true, "localhost"]]);
  await page.getByRole("button", { name: "Rename Kay's phone" }).click();
  await name.fill("Kay's old phone");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await page.getByText("Kay's old phone", { exact: true }).waitFor();
  await page.setViewportSize({ width: 360, height: 720 });
  assert.deepEqual(await sticksOut(page), []);
  await shot(page, "passkeys");
  await page.setViewportSize({ width: 1280, height: 800 });
  const out = async () => {
    await page.locator(".rail-account").click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
  };
  await out();
  await shot(page, "passkey-sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await live(page);
  await out();
  await page.getByRole("textbox", { name: "Email" }).fill(kay.email);
  await page.getByLabel("Password").fill(kay.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("Your account has a passkey: use it.").waitFor();
  await shot(page, "passkey-step");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await live(page);
  await page.getByText(/^Last used /).first().waitFor();
  await page.getByRole("button", { name: "Remove Kay's old phone" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await toasted(page, "Kay's old phone is removed");
  assert.deepEqual(page.faults, []);
});

test("the company's profile, and a clock of one's own", async (t) => {
  const page = await enter(t, ann, "/settings/company");
  const field = (name) => page.getByLabel(name, { exact: true });
  const pick = async (name, typed, found) => {
    await page.getByRole("combobox", { name }).fill(typed);
    await page.getByRole("option", { name: found }).click();
  };
  const save = async () => {
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await toasted(page, "Company saved");
  };
  await field("City").fill("Salzburg");
  await pick("Country", "Austr", "Austria");
  await pick("Time zone", "vienna", "Europe/Vienna");
  await page.getByText("No hours set: open at all times, but for holidays.").waitFor();
  await page.getByRole("button", { name: "Add hours on Monday" }).click();
  await field("Monday, to").fill("07:00");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Monday: hours must end after they begin").waitFor();
  await field("Monday, to").fill("16:30");
  await page.getByRole("button", { name: "Copy Monday to Monday to Friday" }).click();
  await page.getByRole("button", { name: "Add holiday" }).click();
  await field("Date").fill("2026-12-25");
  await page.getByRole("group", { name: "holiday" }).getByLabel("Name").fill("Christmas");
  await save();
  await page.reload();
  await live(page);
  assert.deepEqual([await field("City").inputValue(), await field("Friday, to").inputValue()], ["Salzburg", "16:30"]);
  assert.equal(await page.getByRole("group", { name: "Saturday" }).getByText("Closed").count(), 1);
  assert.deepEqual(await violations(page), []);
  await shot(page, "company");

  // Somebody else is quicker: what was typed stays until one looks at theirs.
  page.expected.push(/\/api\/company/);
  await field("City").fill("Graz");
  psql(`update mortise.tenants set city = 'Linz', version = version + 1 where code = '${CODE}'`);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Somebody else saved changes meanwhile.").waitFor();
  assert.equal(await field("City").inputValue(), "Graz");
  await page.getByRole("button", { name: "Discard mine and show theirs" }).click();
  await until(async () => (await field("City").inputValue()) === "Linz", 30000, "theirs are shown");
  await page.setViewportSize({ width: 360, height: 780 });
  assert.deepEqual(await page.evaluate(smallTargets), []);
  await shot(page, "company-phone");
  await page.setViewportSize({ width: 1280, height: 800 });
  const file = { name: "photo.png", mimeType: "image/png", buffer: png(700) };
  await page.locator('input[type=file][aria-label="Logo"]').setInputFiles(file);
  await page.locator('.rail-head img[src^="/api/company/logo/"]').waitFor();

  await page.goto(`${url}/account`);
  await live(page);
  await pick("Time zone", "kiritimati", "Pacific/Kiritimati");
  await until(() => psql(`select time_zone from mortise.users where email = '${ann.email}'`)[0][0] === "Pacific/Kiritimati", 30000, "the choice to be stored");
  await pick("Dates and numbers", "kingdom", /United Kingdom/);
  await page.getByText(/^For example \d\d\/\d\d\/\d{4}, \d\d:\d\d and 12,345.6$/).waitFor();

  const input = page.locator('input[type=file][aria-label="Photo"]');
  await input.setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("no image") });
  await page.getByText("This file can’t be read as an image").waitFor();
  await input.setInputFiles(file);
  await page.locator(".rail-account .avatar img").waitFor();
  await shot(page, "account-clock");
  const there = await enter(t, bob);
  const photos = there.locator("tbody .avatar img");
  await photos.waitFor();
  assert.deepEqual([await photos.count(), await photos.evaluate((i) => i.decode().then(() => [i.naturalWidth, i.clientWidth]))], [1, [384, 24]]);
  await page.getByRole("button", { name: "Remove image" }).click();
  await photos.waitFor({ state: "detached" });
  assert.deepEqual(there.faults, []);
  assert.deepEqual(page.faults, []);
});

test("API tokens: made, shown once, used, revoked; those of services by an administrator", async (t) => {
  const page = await enter(t, bob, "/account");
  page.expected.push(/\/api\/tokens$/); // the password was given too long ago
  const field = (name) => page.getByRole("textbox", { name });
  const dialog = page.getByRole("dialog");
  const make = async (open, name, scope) => {
    await page.getByRole("button", { name: open, exact: true }).click();
    await field("Name").fill(name);
    await dialog.getByRole("searchbox", { name: "Search permissions" }).fill(scope);
    await dialog.getByRole("checkbox", { name: /^See tickets/ }).press("Space");
    await dialog.getByRole("searchbox", { name: "Search permissions" }).fill("");
    await dialog.getByText("One permission chosen").waitFor();
    await shot(page, `token-${name}`);
    await dialog.getByRole("button", { name: "Make token" }).click();
  };
  psql(`update mortise.sessions s set confirmed_at = now() - interval '5 min' from mortise.users u where u.id = s.user_id and u.email = '${bob.email}'`);
  await leaseOver();
  await make("New token", "Nightly import", "see tickets");
  await page.getByRole("dialog", { name: "Confirm with your password" }).getByLabel("Password").fill(bob.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  const text = await field("Token").inputValue();
  assert.match(text, /^mtp_\w{49}$/);
  assert.match(await page.locator(".shown-once-example").innerText(), new RegExp(`Bearer ${text}" http`));
  await shot(page, "token-shown");
  await page.keyboard.press("Escape");
  await field("Token").waitFor(); // what is shown only once isn't closed by chance
  await dialog.getByRole("button", { name: "Done" }).click();
  const script = new Client({ Authorization: `Bearer ${text}` });
  assert.equal((await script.get("/api/tickets")).status, 200);
  const row = page.locator(".token", { hasText: "Nightly import" });
  assert.ok((await row.innerText()).includes(`mtp_...${text.slice(-4)}`));
  assert.ok(!(await page.content()).includes(text));
  await page.setViewportSize({ width: 360, height: 720 });
  await shot(page, "tokens-phone");
  assert.deepEqual(await page.evaluate(smallTargets), []);
  await page.setViewportSize({ width: 1280, height: 800 });
  await row.getByRole("button", { name: "Revoke Nightly import" }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await toasted(page, "Nightly import is revoked");
  assert.equal((await script.get("/api/me")).status, 401);
  await row.waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);

  const boss = await enter(t, ann, "/settings/tokens");
  await boss.getByText("No tokens yet").waitFor();
  await boss.getByRole("button", { name: "New service token" }).click();
  await boss.getByRole("textbox", { name: "Name" }).fill("Robot");
  await boss.getByRole("dialog").getByRole("button", { name: "Make token" }).click();
  await boss.getByRole("alert").filter({ hasText: /\S/ }).first().waitFor(); // nothing was chosen
  await boss.getByRole("checkbox", { name: /^Create and change tickets/ }).check();
  await boss.getByRole("dialog").getByRole("button", { name: "Make token" }).click();
  assert.match(await boss.getByRole("textbox", { name: "Token" }).inputValue(), /^mts_/);
  await boss.getByRole("button", { name: "Done" }).click();
  await boss.locator(".token", { hasText: /Robot[^]*Service[^]*Made by Ann[^]*Never used/ }).waitFor();
  await boss.getByRole("searchbox", { name: "Search tokens" }).fill("nothing has this name");
  await boss.getByText("No matches").waitFor();
  await boss.getByRole("searchbox", { name: "Search tokens" }).fill("robot");
  await boss.locator(".token", { hasText: "Robot" }).getByRole("button", { name: "Revoke Robot" }).click();
  await boss.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await boss.getByText("No matches").waitFor();
  assert.deepEqual(boss.faults, []);
});

test("signing out everywhere else, and another password", async (t) => {
  const elsewhere = async () => {
    const res = await http("POST", "/api/auth/token", { body: { email: bob.email, password: bob.password } });
    assert.equal(res.status, 200, res.text);
    return new Client({ Authorization: `Bearer ${res.body.access_token}` });
  };
  const script = await elsewhere();
  const page = await enter(t, bob, "/account");
  page.expected.push(/\/api\/auth\/password$/); // a wrong one is tried
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere else" }).click();
  await toasted(page, /sessions? ha/);
  assert.equal((await script.get("/api/me")).status, 401);

  const again = await elsewhere();
  await page.getByRole("button", { name: "Change password" }).click();
  const dialog = page.getByRole("dialog");
  const send = async (old, fresh) => {
    await dialog.getByLabel("Current password").fill(old);
    await dialog.getByLabel("New password").fill(fresh);
    await dialog.getByRole("button", { name: "Change password" }).click();
  };
  await send("not this one", STRONG);
  await dialog.getByText("The password is wrong; try again").waitFor();
  await send(bob.password, "bob@walls bob bob");
  await dialog.getByText("Is too easy to guess: add words that have nothing to do with you").waitFor();
  await shot(page, "password");
  await send(bob.password, STRONG);
  await toasted(page, "Password changed");
  bob.password = STRONG;
  assert.equal((await again.get("/api/me")).status, 401);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Your account" }).waitFor();
  assert.deepEqual(page.faults, []);
});

test("what somebody chooses of themselves is there in another browser", async (t) => {
  const page = await enter(t, bob, "/account");
  await page.getByLabel("Name").fill("Bob Ünal");
  await page.getByLabel("Phone").fill("+47 22 00 00 00");
  await page.getByRole("button", { name: "Save" }).click();
  await toasted(page, "Saved");
  await page.locator(".rail-account").getByText("Bob Ünal").waitFor();
  await page.getByRole("combobox", { name: "Language" }).click();
  const stored = page.waitForResponse((r) => r.request().method() === "PATCH" && r.request().postDataJSON().theme === "dark");
  await page.getByRole("option", { name: "Deutsch" }).click();
  await page.getByRole("heading", { level: 1, name: "Ihr Konto" }).waitFor();
  await page.getByRole("combobox", { name: "Darstellung" }).click();
  await page.getByRole("option", { name: "Dunkel" }).click();
  assert.equal((await stored).status(), 200);
  await shot(page, "account-dark");

  const other = await enter(t, bob, "/account");
  await other.getByRole("heading", { level: 1, name: "Ihr Konto" }).waitFor();
  await until(() => other.evaluate(() => document.documentElement.dataset.theme === "dark"), 30000, "dark");
  assert.equal(await other.getByLabel("Telefon").inputValue(), "+47 22 00 00 00");
  await other.setViewportSize({ width: 360, height: 740 });
  await shot(other, "account-phone");
  assert.deepEqual([...page.faults, ...other.faults], []);
});

test("an administrator brings somebody in, takes the access away, and gives it back", async (t) => {
  const page = await enter(t, ann);
  page.expected.push(/\/api\/users\//); // the password is asked for
  const dialog = page.getByRole("dialog");
  const row = page.getByRole("row").filter({ hasText: `dan@${CODE}.example` });
  const act = async (action) => {
    await row.getByRole("button", { name: /^Actions for Dan/ }).click();
    await page.getByRole("menuitem", { name: action, exact: true }).click();
  };
  const visit = async (link) => {
    const guest = await visitor(await launch(t), { path: link.slice(url.length) });
    guest.expected.push(/\/api\//, /\/events/); // links that don't work, and a session that ends
    return guest;
  };
  const isInvalid = async (link) => (await visit(link)).getByText("This link doesn’t work any more").waitFor();
  const choose = async (link, password) => {
    const guest = await visit(link);
    await guest.getByLabel("New password").fill(password);
    await guest.locator("button[type=submit]").click();
    await guest.locator(".shell").waitFor();
    await live(guest);
    return guest;
  };

  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await dialog.getByLabel(/^Name/).fill("Dan");
  await dialog.getByLabel(/^Email/).fill(`dan@${CODE}.example`);
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  const invitation = await dialog.getByLabel("Link", { exact: true }).inputValue();
  await dialog.getByRole("button", { name: "Done" }).click();
  await row.getByText("Invited").waitFor();
  const dan = await choose(invitation, STRONG);
  await isInvalid(invitation);
  await row.getByText("Invited").waitFor({ state: "detached" });

  await act("Edit");
  await dialog.getByLabel(/^Name/).fill("Dan Ferrer");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("Dan Ferrer").waitFor();

  // A phone has no room for the heads of all columns: it sorts by a choice.
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("button", { name: "Sort by: Name" }).click();
  await page.getByRole("option", { name: "Role" }).click();
  await page.getByRole("button", { name: "Descending order" }).click();
  await until(async () => /^Bob/.test(await page.locator(".person-name").first().innerText()), 30000, "technicians come first");
  assert.deepEqual(await page.evaluate(smallTargets), []);
  await shot(page, "sort-phone");
  await page.setViewportSize({ width: 1280, height: 800 });

  // A link to another password: for each the own one is asked for. A newer one ends the older.
  psql(`update mortise.sessions set confirmed_at = now() - interval '2 minutes' where user_id in (select id from mortise.users where email = '${ann.email}')`);
  await leaseOver();
  await act("Link to a new password");
  await dialog.getByRole("button", { name: "Make link" }).click();
  const confirm = page.getByRole("dialog", { name: "Confirm with your password" });
  await confirm.getByLabel(/^Password/).fill(ann.password);
  await confirm.getByRole("button", { name: "Confirm" }).click();
  const old = await dialog.getByLabel("Link", { exact: true }).inputValue();
  await dialog.getByRole("button", { name: "Done" }).click();
  await act("Link to a new password");
  await dialog.getByRole("button", { name: "Make link" }).click();
  const fresh = await dialog.getByLabel("Link", { exact: true }).inputValue();
  await dialog.getByRole("button", { name: "Done" }).click();
  await isInvalid(old);

  await act("Deactivate");
  const began = Date.now();
  await dialog.getByRole("button", { name: "Deactivate" }).click();
  await dan.getByText("Your session has ended").waitFor();
  t.diagnostic(`their page was at the sign-in after ${Date.now() - began} ms`);
  await row.getByText("Inactive").waitFor();
  await isInvalid(fresh);

  await act("Activate");
  await dialog.getByRole("button", { name: "Activate" }).click();
  await row.getByText("Inactive").waitFor({ state: "detached" });
  await signIn(dan, { email: `dan@${CODE}.example`, password: STRONG });
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);
});

test("a CSV file is checked before anybody is invited; who is deactivated hands over open tickets; who is removed is gone; teams", async (t) => {
  const page = await enter(t, ann);
  await page.getByRole("button", { name: "Import" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Or paste the table").fill(`name;email;role\nKim;kim@${CODE}.example;Technik\nBad;bad;King\n`);
  await dialog.getByRole("button", { name: "Check" }).click();
  await dialog.getByText("1 person can be invited; 1 line has faults").waitFor();
  await dialog.getByText("email: Must be an e-mail address").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog.getByLabel("Leave out lines with faults").check();
  await dialog.getByRole("button", { name: "Invite 1 person" }).click();
  await dialog.getByRole("button", { name: "Save links as CSV" }).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();

  psql(`insert into mortise.tickets (tenant_id, id, number, title, state, assignee_id, created_by)
    select u.tenant_id, gen_random_uuid(), 9000 + n, 'Of Kim ' || n, 'assigned', u.id, u.id from mortise.users u, generate_series(1, 2) n where u.email = 'kim@${CODE}.example'`);
  await page.getByRole("button", { name: "Actions for Kim" }).click();
  await page.getByRole("menuitem", { name: "Deactivate" }).click();
  await dialog.getByText("2 open tickets: 2 Assigned.").waitFor();
  await dialog.getByLabel("Give all to one person").check();
  await dialog.getByRole("button", { name: "Deactivate" }).click();
  await dialog.getByText("Choose who gets the tickets.").waitFor();
  await dialog.getByLabel("Unassign them").check();
  await dialog.getByRole("button", { name: "Deactivate" }).click();
  await page.locator("tr", { hasText: "Kim" }).getByText("Inactive").waitFor();
  assert.deepEqual(psql("select count(*) from mortise.tickets where title like 'Of Kim %' and assignee_id is null"), [["2"]]);

  await page.getByRole("button", { name: "Actions for Kim" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  const typed = dialog.getByRole("textbox", { name: `Type kim@${CODE}.example to confirm` });
  await typed.fill("kim");
  await dialog.getByRole("button", { name: "Remove for good" }).click();
  await dialog.getByText(`Type kim@${CODE}.example exactly`).waitFor();
  await page.setViewportSize({ width: 360, height: 780 });
  await shot(page, "remove-phone");
  assert.deepEqual(await page.evaluate(smallTargets), []);
  await page.setViewportSize({ width: 1280, height: 800 });
  assert.deepEqual(await violations(page), []);
  await shot(page, "remove");
  await typed.fill(`kim@${CODE}.example`);
  await typed.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.locator("tr", { hasText: "Kim" }).waitFor({ state: "detached" });

  // Teams, on the same page: made, shown with their people, changed, notified, deleted.
  await page.getByRole("tab", { name: "Teams" }).click();
  await page.getByText("No teams yet").waitFor();
  await page.getByRole("button", { name: "New team" }).click();
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText("Enter a value.").waitFor();
  await dialog.getByRole("textbox", { name: "Name" }).fill("North");
  await dialog.getByRole("button", { name: "Add people" }).click();
  await page.getByRole("option", { name: "Bob" }).click();
  await page.getByRole("option", { name: "Bob", selected: true }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: /^Take Bob.* out$/ }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.setViewportSize({ width: 360, height: 780 });
  await shot(page, "team-phone");
  assert.deepEqual(await page.evaluate(smallTargets), []);
  await dialog.getByRole("button", { name: "Create" }).click();
  const north = page.locator("tr", { hasText: "North" });
  await north.waitFor();
  await shot(page, "teams-phone");
  assert.deepEqual(await page.evaluate(smallTargets), []);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: "Actions for North" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await dialog.getByRole("textbox", { name: "Name" }).fill("North & South");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.locator("tr", { hasText: "North & South" }).getByText("Bob").last().waitFor();
  assert.deepEqual(await violations(page), []);
  await page.emulateMedia({ colorScheme: "dark" });
  await shot(page, "teams");
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("tab", { name: "People" }).click();
  await page.locator("tr", { hasText: "Bob" }).getByText("North & South").last().waitFor();
  await shot(page, "people-teams");
  await page.locator("a[href='/notify']").first().click();
  await page.getByRole("button", { name: "Team", exact: true }).click();
  await page.getByRole("button", { name: /Choose a team/ }).click();
  await page.getByRole("option", { name: "North & South" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("For the north");
  await page.getByRole("textbox", { name: "Message" }).fill("Tea");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await toasted(page, "Sent to 1");
  await page.goto(`${url}/people?tab=teams`);
  await page.getByRole("button", { name: "Actions for North & South" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("No teams yet").waitFor();
  assert.deepEqual(page.faults, []);
});

test("by the provider's own form: refused by password, signed in there, linked, and signed out there", async (t) => {
  const provider = await realProvider({ cara: { email: `cara@${CODE}.example`, email_verified: true, name: "Cara Provided" } });
  const back = await configure({ oidc_allow: `127.0.0.1:${provider.port}` });
  t.after(async () => {
    psql(`delete from mortise.oidc_providers where name = 'Wall login'`);
    await provider.close();
    await back();
  });
  const boss = await clientOf(ann);
  const made = await boss.post("/api/company/providers", { name: "Wall login", issuer: provider.issuer, ...CLIENT, scopes: "openid email profile", roleClaim: null,
    roleMap: [], defaultRoles: ["Technician"], creates: true, links: true, domains: [`${CODE}.example`], enabled: true, required: true, signsOut: true });
  assert.equal(made.status, 201, made.text);
  const page = await visitor(await launch(t), { path: "/tickets" });
  page.expected.push(/\/api\//, /\/events/, new RegExp(provider.issuer)); // its pages have no icon
  await page.route(/fonts\.googleapis\.com/, (route) => route.fulfill({ contentType: "text/css", body: "" })); // of the provider's pages
  await page.getByRole("textbox", { name: "Email" }).fill(bob.email);
  await page.getByLabel("Password").fill(bob.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("Your company signs in by Wall login only").waitFor();
  await page.getByRole("button", { name: "Use your company’s account" }).click();
  await page.getByLabel("Company code").fill(CODE);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("link", { name: "Sign in with Wall login" }).waitFor();
  await shot(page, "provider-only");
  await page.getByRole("link", { name: "Sign in with Wall login" }).click();
  await page.getByPlaceholder("Enter any login").fill("cara");
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click(); // the provider's question what it may say
  await page.waitForURL(`${url}/tickets`);
  await live(page);
  await openAccount(page);
  await page.getByRole("list", { name: "Linked accounts" }).getByText("Wall login").waitFor();
  assert.match(await page.locator(".rail-account").innerText(), /Cara/);
  await shot(page, "provider-linked");
  await page.locator(".rail-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await page.getByText("You are signed out here and at the provider").waitFor();
  assert.deepEqual(page.faults, []);

  await signIn(page, ann); // who administers the company
  await page.goto(`${url}/settings/company`);
  await page.getByText("Required", { exact: false }).first().waitFor();
  await page.getByRole("region", { name: "Sign-in by OpenID Connect" }).getByRole("button", { name: "Edit" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit Wall login" });
  await dialog.getByRole("button", { name: "Check provider" }).click();
  await dialog.getByText("The provider answers and has").waitFor();
  assert.equal(await dialog.getByRole("checkbox", { name: "Require it" }).isChecked(), true);
  await shot(page, "provider-edit");
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole("checkbox", { name: "Require it" }).uncheck();
  await dialog.getByRole("button", { name: "Save" }).click();
  await toasted(page, "Wall login is saved");
  await page.goto(`${url}/people?q=cara`);
  await page.getByRole("button", { name: "Actions for Cara Provided" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await page.getByRole("button", { name: "Remove the link to Wall login" }).waitFor();
  await shot(page, "provider-person");
  await page.getByRole("button", { name: "Remove the link to Wall login" }).click();
  await toasted(page, "The link to Wall login is removed");
  assert.deepEqual(page.faults, []);
});

test("the first run: from the link of setup to a company at work", async (t) => {
  const restore = withoutSystemAdmins();
  t.after(() => {
    psql(`update mortise.users set roles = '{Admin}' where email like '%@${CODE}.example'`);
    restore();
  });
  const r = setup();
  assert.equal(r.status, 0, r.err);
  const page = await visitor(await launch(t), { path: linkOf(r.out).slice(url.length) });
  page.expected.push(/\/api\/auth\/setup/); // a wrong password is tried, and a used link
  await page.getByRole("heading", { name: "Set up Mortise" }).waitFor();
  await page.getByLabel(/^Name/).fill("Eve Root");
  await page.getByLabel(/^Email/).fill(`eve@${CODE}.example`);
  await page.getByLabel("New password").fill("eve root 1234");
  await page.getByLabel(/^Company/).fill("Zäh & Sons");
  assert.equal(await page.getByLabel(/^Code/).inputValue(), "zah-sons");
  await page.getByLabel(/^Code/).fill(`${CODE}-first`);
  await page.getByRole("checkbox").uncheck();
  await page.getByLabel("Administrator’s name").fill("Adam");
  await page.getByLabel("Administrator’s email").fill(`adam@${CODE}.example`);
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByText("Is too easy to guess").waitFor();
  await page.getByLabel("New password").fill(STRONG);
  await shot(page, "setup");
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByRole("heading", { name: "Mortise is set up" }).waitFor();
  const invitation = await page.getByLabel("Link", { exact: true }).inputValue();
  await shot(page, "setup-done");
  await page.getByRole("button", { name: "Open Zäh & Sons" }).click();
  await page.locator(".shell").waitFor();
  assert.deepEqual(page.faults, []);
  assert.deepEqual(await violations(page), []);

  const adam = await visitor(await launch(t), { path: invitation.slice(url.length) });
  await adam.getByRole("heading", { name: "Welcome to Zäh & Sons" }).waitFor();
  await adam.getByLabel("New password").fill(STRONG);
  await adam.getByRole("button", { name: "Set password and sign in" }).click();
  await adam.locator(".shell").waitFor();
  const late = await visitor(await launch(t), { path: linkOf(r.out).slice(url.length) });
  late.expected.push(/\/api\/auth\/setup/);
  await late.getByText("This link doesn’t work any more").waitFor();
  await late.getByText("“mortise setup” prints another").waitFor();
});
