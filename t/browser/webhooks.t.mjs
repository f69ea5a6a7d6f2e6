#!/usr/bin/env -S node --test-reporter=tap
// Webhooks as an administrator uses them: made, its secret shown once, tested, looked at, switched off, deleted.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { Client, http, leaseOver, psql, status, until as untilTrue, url } from "../lib/mortise.mjs";
import { good, passwordOf, removeCompanies } from "../lib/people.mjs";
import { live, signIn, smallTargets, sticksOut, toasted, visitor, violations } from "./browser.mjs";
import { launch } from "./launch.mjs";

const CODE = `hooks-${process.pid}`;
const shot = async (page, name) => {
  if (process.env.MORTISE_SHOTS) await page.screenshot({ path: join(process.env.MORTISE_SHOTS, `webhooks-${name}.png`) });
};
const add = (name, role) => {
  const email = `${name.toLowerCase()}@${CODE}.example`;
  return { email, name, password: passwordOf(good("user", "add", email, "--tenant", CODE, "--name", name, "--role", role)) };
};
let ann, tom, server, at, back;
let answer = 200;

before(async () => {
  server = createServer((req, res) => req.resume().on("end", () => res.writeHead(answer).end("so it is")));
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  at = `127.0.0.1:${server.address().port}`;
  const pool = () => status().pools.find((p) => p.name === "calls");
  const old = pool().workers[0].pid;
  back = await configure({ webhook_allow: at });
  await untilTrue(() => pool().workers.some((w) => w.pid !== old && !w.leaving));
  good("tenant", "add", CODE, "Hooks & Sons");
  ann = add("Ann", "Admin");
  tom = add("Tom", "Technician");
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await back();
  removeCompanies(CODE);
});

async function enter(t, who) {
  const page = await visitor(await launch(t), { path: "/settings/webhooks" });
  await signIn(page, who);
  await live(page);
  return page;
}
async function client(who) {
  const res = await http("POST", "/api/auth/login", { body: { email: who.email, password: who.password }, headers: { Origin: url } });
  return new Client({ Cookie: res.headers["set-cookie"][0].split(";")[0], Origin: url });
}

test("an administrator makes a webhook, sees what became of its events, and ends it", async (t) => {
  const page = await enter(t, ann);
  page.expected.push(/\/api\/webhooks$/); // the password was given too long ago
  const field = (name) => page.getByRole("textbox", { name });
  const button = (name) => page.getByRole("button", { name, exact: true });
  const dialog = page.getByRole("dialog");
  await page.getByText("No webhooks yet").waitFor();
  await button("New webhook").click();
  await field("Name").fill("Chat of dispatch");
  await field("Address").fill("http://hooks.example.com/x");
  await button("Make webhook").click();
  await dialog.getByRole("alert").filter({ hasText: /\S/ }).first().waitFor(); // no event was chosen
  await dialog.getByRole("checkbox", { name: /^Ticket created/ }).check();
  await dialog.getByText("One event").waitFor();
  await shot(page, "dialog");
  assert.deepEqual(await violations(page), []);
  await button("Make webhook").click();
  await dialog.getByText(/Must begin with https:/).waitFor();
  await field("Address").fill(`http://${at}/hook`);
  psql(`update mortise.sessions s set confirmed_at = now() - interval '5 min' from mortise.users u where u.id = s.user_id and u.email = '${ann.email}'`);
  await leaseOver();
  await button("Make webhook").click();
  await page.getByRole("dialog", { name: "Confirm with your password" }).getByLabel("Password").fill(ann.password);
  await button("Confirm").click();
  const secret = await field("Secret").inputValue();
  assert.match(secret, /^whsec_/);
  await shot(page, "secret");
  await page.keyboard.press("Escape");
  await field("Secret").waitFor(); // what is shown only once isn't closed by chance
  await button("Done").click();
  assert.ok(!(await page.content()).includes(secret));
  await page.locator(".hooks li", { hasText: /Chat of dispatch[^]*On[^]*Ticket created[^]*Nothing delivered yet/ }).waitFor();

  await page.getByRole("link", { name: "Chat of dispatch" }).click();
  await page.getByText("Nothing sent yet").waitFor();
  await button("Send a test").click();
  await toasted(page, "The test is on its way");
  const row = (text) => page.locator(".hook-log > li", { hasText: text });
  await row(/Test[^]*Delivered · answered 200/).waitFor();
  const ticket = await (await client(ann)).post("/api/tickets", { title: "Pump 7 leaks" });
  assert.equal(ticket.status, 201);
  const line = row(/Ticket created[^]*Delivered/);
  await line.waitFor(); // by itself
  await line.getByText("What was sent").click();
  await line.getByText(`"ticketId": "${ticket.body.id}"`).waitFor();
  await line.getByText("so it is").waitFor();
  await shot(page, "log");
  assert.deepEqual(await violations(page), []);
  answer = 503;
  await line.getByRole("button", { name: "Send Ticket created again" }).click();
  await row(/Ticket created[^]*Waiting · answered 503[^]*next try/).waitFor();
  answer = 200;

  await page.setViewportSize({ width: 360, height: 720 });
  await shot(page, "phone");
  assert.deepEqual(await page.evaluate(smallTargets), []);
  assert.deepEqual(await sticksOut(page), []);
  await page.setViewportSize({ width: 1280, height: 800 });

  await button("Change").click();
  await dialog.getByRole("checkbox", { name: "All events" }).check();
  await button("Save").click();
  await page.locator(".hook-facts", { hasText: "All events" }).waitFor();
  await button("New secret").click();
  await dialog.getByRole("button", { name: "New secret" }).click();
  assert.notEqual(await field("Secret").inputValue(), secret);
  await button("Done").click();
  await button("Switch off").click();
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await page.getByText("Nothing is sent while it’s off").waitFor();
  assert.equal(await button("Send a test").isDisabled(), true);
  await row(/Ticket created[^]*Paused/).waitFor();
  await button("Switch on").click();
  await dialog.getByRole("button", { name: "Switch on" }).click();
  await row(/Ticket created[^]*Delivered/).waitFor();
  await button("Delete").click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await toasted(page, "“Chat of dispatch” was deleted");
  await page.getByText("No webhooks yet").waitFor();
  assert.deepEqual(page.faults, []);
});

test("for others there is no such page", async (t) => {
  const page = await enter(t, tom);
  await page.getByRole("heading", { name: "Not found", level: 1 }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Webhooks" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "New webhook" }).count(), 0);
});
