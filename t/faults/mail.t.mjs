#!/usr/bin/env -S node --test-reporter=tap
// Mails: invitations and new passwords, through a real SMTP server that refuses, hangs, breaks off, and is killed.
// They are asked for at a second host, the only one whose mortise.conf names the server.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { promisify } from "node:util";

import { axeEverywhere, person, removeTickets, sticksOut, systemPerson, toasted, visitor } from "../browser/browser.mjs";
import { launch } from "../browser/launch.mjs";
import { secondHost } from "../lib/host.mjs";
import { account, http, login, psql, signInSystem, token, until, url, varDir } from "../lib/mortise.mjs";
import { freePorts } from "../lib/ports.mjs";
import { mailbox, PASSWORD, USER } from "../lib/smtp.mjs";

const NAME = `mail-${process.pid}`;
const at = (name) => `${name}@${NAME}.example`;
const STRONG = "correct horse battery";
let box, host, admin, system;

const on = (method, path, client, body) => http(method, path, { base: host.url, headers: client.headers, body });
const rows = (address, kinds = "'invite', 'reset', 'test'") => psql(`select state, tries, coalesce(fault, '') from mortise.mails where address = '${address}' and kind in (${kinds}) order by made_at, id`);
const ends = (address, state) => until(() => rows(address).at(-1)?.[0] === state, 30000, `the mail to ${address} to be ${state}, is ${rows(address)}`);
/** Now, as if the time had come. */
const hurry = () => psql("update mortise.mails set due_at = now() where state in ('waiting', 'sending', 'given')");
const invite = async (name, more = {}) => {
  const res = await on("POST", "/api/users", admin, { name: "Zoë O'Neill, \"Jr\" <b>", email: at(name), roles: ["Technician"], ...more });
  assert.equal(res.status, 201, res.text);
  return res.body;
};
const choose = (link, password = STRONG) =>
  http("POST", "/api/auth/link/password", { body: { token: link.split("#")[1], password }, headers: { Origin: url } });
const forgotten = (email) => http("POST", "/api/auth/forgotten", { base: host.url, body: { email }, headers: { Origin: host.url } });
/** The process of the second host that sends. */
const sender = () =>
  readdirSync("/proc").filter((p) => /^\d+$/.test(p)).find((p) => {
    try {
      const words = readFileSync(`/proc/${p}/cmdline`, "utf8").split("\0");
      return words.includes("--mail") && words.some((w) => w.startsWith(host.folder));
    } catch {
      return false; // it ended meanwhile
    }
  });

before(async () => {
  const port = await freePorts();
  box = await mailbox(port);
  writeFileSync(join(varDir, "keys/smtp.password"), `${PASSWORD}\n`, { mode: 0o600 });
  execFileSync("chown", ["--reference", join(varDir, "keys/settings.key"), join(varDir, "keys/smtp.password")]);
  host = await secondHost({ smtp_url: `smtp://127.0.0.1:${port}`, smtp_ca: box.ca, smtp_user: USER, smtp_from: "mortise@example.org" });
  admin = await token("Admin");
  system = await token("SystemAdmin");
});
after(async () => {
  host?.stop();
  await box?.stop();
  rmSync(join(varDir, "keys/smtp.password"), { force: true });
  removeTickets("A secret title");
  psql(`delete from mortise.mails; delete from mortise.users where email like '%@${NAME}.example'`);
});

test("without a server nothing is promised, and links are handed over as before", async () => {
  const asked = await http("POST", "/api/auth/forgotten", { body: { email: account("Admin").email }, headers: { Origin: url } });
  assert.equal(asked.status, 409, asked.text);
  assert.match(asked.body.type, /mail-off$/);
  assert.equal(asked.body.detail, "This server sends no mails: an administrator of the company can make a link to hand over");
  const page = await signInSystem();
  assert.deepEqual((await page.get("/api/mail")).body.server, null);
  assert.match((await page.post("/api/mail/test", {})).body.detail, /name it in mortise.conf/);
  assert.equal((await (await token("Admin")).post(`/api/users/${(await login("Technician")).who.id}/mail`, {})).status, 409);
});

test("an invitation: both texts, the sender's headers, and a link that works", async () => {
  const made = await invite("zoe");
  assert.equal(made.link, undefined, "only the invited person gets it");
  assert.deepEqual(made.mail, { purpose: "invite", address: at("zoe") });
  await ends(at("zoe"), "sent");
  const [mail, ...more] = box.of(at("zoe"));
  assert.deepEqual(more, []);
  assert.equal(mail.from, "mortise@example.org");
  assert.equal(mail.to, `Zoë O'Neill, "Jr" <b> <${at("zoe")}>`);
  assert.match(mail.headers.to, /^=\?UTF-8\?B\?\S+\?= <\S+>$/, "as one encoded word, so no character of a name is read as an address");
  assert.match(mail.subject, /^Northwind Heating invites you to Mortise$/);
  assert.equal(mail.headers["auto-submitted"], "auto-generated");
  assert.match(mail.headers["message-id"], /^<[0-9a-f-]{36}@example\.org>$/);
  assert.match(mail.headers["content-type"], /^multipart\/alternative/);
  assert.match(mail.text, /^Hello Zoë O'Neill, "Jr" <b>,/);
  assert.match(mail.html, /Hello Zoë O'Neill, &quot;Jr&quot; &lt;b&gt;,/);
  assert.ok(mail.html.includes(`href="${mail.link}"`));
  assert.ok(mail.link.startsWith(`${host.url}/welcome#`), mail.link);
  assert.equal((await choose(mail.link)).status, 200);
  assert.equal((await choose(mail.link)).status, 404, "once");
});

test("a new password: the same answer for everybody, one mail, in the person's language", async () => {
  psql(`update mortise.users set language = 'de', name = 'Zoë' where email = '${at("zoe")}';
    update mortise.mails set made_at = made_at - interval '3 min'`);
  const known = await forgotten(at("ZOE"));
  const unknown = await forgotten(at("nobody"));
  assert.deepEqual([known.status, known.text, unknown.status, unknown.text], [204, "", 204, ""]);
  await until(() => box.of(at("zoe")).length === 2, 30000, "the mail");
  assert.equal((await forgotten(at("zoe"))).status, 204);
  assert.deepEqual(rows(at("zoe")).length, 2, "asked again within two minutes");
  assert.deepEqual(rows(at("nobody")), []);
  const mail = box.of(at("zoe"))[1];
  assert.equal(mail.subject, "Neues Passwort wählen");
  assert.equal(mail.to, `Zoë <${at("zoe")}>`);
  assert.match(mail.text, /bis \d\d\.\d\d\.\d{4} \d\d:\d\d:/);
  assert.equal((await choose(mail.link, "another horse battery")).status, 200);
  for (const email of ["nobody", "a@b@c", 7, undefined]) assert.equal((await forgotten(email)).status, 422, String(email));
});

test("what was refused for good is not tried again, what was refused for now is", async () => {
  box.how.rcpt = (address) =>
    address === at("gone") ? Object.assign(new Error("no such mailbox"), { responseCode: 550 }) :
    address === at("full") ? Object.assign(new Error("try later"), { responseCode: 451 }) : undefined;
  await invite("gone");
  await invite("full");
  await ends(at("gone"), "failed");
  assert.match(rows(at("gone"))[0][2], /550/);
  await until(() => rows(at("full"))[0][1] === "1" && rows(at("full"))[0][0] === "waiting", 30000, "the other to wait");
  const [[, , fault]] = rows(at("full"));
  assert.match(fault, /451/);
  assert.ok(Number(psql(`select extract(epoch from due_at - now()) from mortise.mails where address = '${at("full")}'`)[0][0]) > 30);
  box.how = {};
  hurry();
  await ends(at("full"), "sent");
  assert.equal(box.of(at("full")).length, 1);
  assert.equal((await choose(box.of(at("full"))[0].link)).status, 200);
});

test("a server without TLS gets nothing, and is asked again", async () => {
  await box.stop();
  await box.start({ disabledCommands: ["STARTTLS"] });
  await invite("tls");
  await until(() => rows(at("tls"))[0][2] !== "", 30000, "the fault");
  assert.deepEqual(box.of(at("tls")), []);
  assert.equal(rows(at("tls"))[0][0], "waiting");
  const list = await on("GET", "/api/mail?state=waiting", system);
  assert.deepEqual(list.body.items.filter((m) => m.address === at("tls")).map((m) => [m.kind, m.company, m.state, m.tries]), [["invite", "Northwind Heating", "waiting", 1]]);
  assert.equal(list.body.server.user, USER);
  assert.ok(!list.text.includes(PASSWORD));
  await box.stop();
  await box.start();
  hurry();
  await until(() => (hurry(), rows(at("tls")).at(-1)[0] === "sent"), 60000, "the mail, when the pause is over");
  assert.equal(box.of(at("tls")).length, 1);
});

test("killed before the server had it all: sent again, once", async () => {
  box.how.rcpt = (address) => (address === at("kill") ? "hang" : undefined);
  const tried = box.tried;
  await invite("kill");
  await until(() => box.tried > tried, 30000, "the server to be told of it");
  assert.equal(rows(at("kill"))[0][0], "sending");
  process.kill(Number(sender()), "SIGKILL");
  box.how = {};
  await until(() => (hurry(), rows(at("kill"))[0][0] === "sent"), 60000, "the mail");
  assert.equal(box.of(at("kill")).length, 1);
});

test("killed or cut off when the server had it all: nobody knows, and it is sent again by hand alone", async () => {
  for (const [name, how] of [["cut", "cut"], ["given", "hang"]]) {
    box.how.data = (mail) => (mail.rcpt[0] === at(name) ? how : undefined);
    await invite(name);
    await until(() => box.of(at(name)).length === 1, 30000, "the server to have it");
    if (how === "hang") {
      assert.equal(rows(at(name))[0][0], "given");
      process.kill(Number(sender()), "SIGKILL");
    }
    await until(() => (how === "hang" && hurry(), rows(at(name))[0][0] === "unknown"), 30000, `${name} to be unknown, is ${rows(at(name))}`);
    box.how = {};
    hurry();
    const { id } = (await on("GET", "/api/mail?state=unknown", system)).body.items.find((m) => m.address === at(name));
    assert.equal((await on("POST", `/api/mail/${id}/again`, system, {})).status, 204);
    await until(() => (hurry(), rows(at(name))[0][0] === "sent"), 60000, "again");
    const [first, second, ...more] = box.of(at(name));
    assert.deepEqual(more, []);
    assert.equal(first.headers["message-id"], second.headers["message-id"]);
    assert.equal((await choose(first.link)).status, 404, "the newer link replaced it");
    assert.equal((await choose(second.link)).status, 200);
  }
});

test("who is deactivated meanwhile gets none, and a link that is copied instead ends the mailed one", async () => {
  box.how.rcpt = () => Object.assign(new Error("later"), { responseCode: 421 });
  const { id } = await invite("left");
  await until(() => rows(at("left"))[0][2] !== "", 30000, "the first try");
  psql(`update mortise.users set active = false where id = '${id}'`);
  box.how = {};
  await until(() => (hurry(), rows(at("left"))[0][0] === "failed"), 60000, "the mail to be over");
  assert.equal(rows(at("left"))[0][2], "");
  assert.deepEqual(box.of(at("left")), []);
  const refused = await on("POST", `/api/users/${id}/mail`, admin, {});
  assert.match(refused.body.detail, /deactivated/);

  const eve = await invite("eve");
  await ends(at("eve"), "sent");
  const copied = await on("POST", `/api/users/${eve.id}/link`, admin, {});
  assert.equal(copied.status, 201, copied.text);
  assert.equal((await choose(box.of(at("eve"))[0].link)).status, 404);
  const again = await on("POST", `/api/users/${eve.id}/mail`, admin, {});
  assert.deepEqual([again.status, again.body], [202, { purpose: "invite", address: at("eve") }]);
  await until(() => box.of(at("eve")).length === 2, 30000, "another mail");
  assert.equal((await choose(copied.body.url)).status, 404);
  assert.equal((await choose(box.of(at("eve"))[1].link)).status, 200);
});

test("digests: what is unread of the kinds one wants, once, at the time one wants; ended by the mail program; and the news of a password", async () => {
  const { id } = await invite("dora", { name: "Dora" });
  await ends(at("dora"), "sent");
  assert.equal((await choose(box.of(at("dora"))[0].link)).status, 200);
  const signedIn = await http("POST", "/api/auth/token", { body: { email: at("dora"), password: STRONG } });
  const dora = { headers: { Authorization: `Bearer ${signedIn.body.access_token}` } };
  const me = (method, body) => on(method, "/api/me/notifications", dora, body);
  const digests = () => box.of(at("dora")).filter((m) => /^Unread/.test(m.subject));
  const boss = await login("Admin");
  const send = async (title) => assert.equal((await boss.post("/api/notifications/user", { targetUserId: id, title, message: "m" })).status, 200);
  /** As if the time had come; true when it was dealt with. */
  const due = async (what) => {
    psql(`update mortise.notification_preferences set digest_due = now() where user_id = '${id}'`);
    await until(() => psql(`select digest_due > now() from mortise.notification_preferences where user_id = '${id}'`)[0][0] === "t", 30000, what);
  };
  await send("before one wanted any");
  const on1 = await me("PATCH", { digest: "hourly", mailOff: ["system"] });
  assert.deepEqual([on1.status, on1.body.mail], [200, true], on1.text);
  await due("nothing to say");
  assert.deepEqual(digests(), []);
  await send("Bring <ladder>");
  const ticket = (await boss.post("/api/tickets", { title: "A secret title", assigneeId: id })).body;
  await due("the first digest");
  await until(() => digests().length === 1, 30000, "the mail");
  const [first] = digests();
  assert.equal(first.subject, "Unread in your inbox at Northwind Heating: 2");
  for (const line of [`- Bring <ladder> (${boss.who.name})`, `- Ticket #${ticket.number} is yours (${boss.who.name})`, `${host.url}/inbox`, `${host.url}/account`]) assert.ok(first.text.includes(line), line);
  assert.ok(first.html.includes("Bring &lt;ladder&gt;"));
  assert.ok(!/before one wanted|secret title/.test(first.text));
  await until(() => rows(at("dora"), "'digest'")[0]?.[0] === "sent", 30000, "its end");
  await due("nothing new");
  assert.equal(rows(at("dora"), "'digest'").length, 1, "not sent twice");
  // read, quiet and deactivated
  await send("read at once");
  await on("POST", "/api/notifications/read", dora, { until: new Date(Date.now() + 60000).toISOString() });
  await due("what was read");
  await send("at night");
  await me("PATCH", { quiet: true, quietFrom: "00:00", quietTo: "00:00" });
  await due("the quiet hours");
  await me("PATCH", { quiet: false });
  psql(`update mortise.users set active = false where id = '${id}'`);
  await due("somebody who is not there");
  assert.equal(rows(at("dora"), "'digest'").length, 1);
  psql(`update mortise.users set active = true, language = 'de' where id = '${id}'`);
  await due("it is over");
  await until(() => box.of(at("dora")).some((m) => m.subject === "Ungelesen in Ihrem Eingang bei Northwind Heating: 1"), 30000, "the German one");
  // ended without signing in
  const [, link] = /^<(\S+)>$/.exec(first.headers["list-unsubscribe"]);
  assert.equal(first.headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
  const oneClick = (path) => http("POST", path, { base: host.url, raw: "List-Unsubscribe=One-Click", headers: { "Content-Type": "application/x-www-form-urlencoded" } });
  const path = link.slice(host.url.length);
  for (const bad of [path.slice(0, -1) + "z", path.replace(/key=.*/, "key="), path.replace(/key=.*/, "key=1.x.'")]) assert.notEqual((await oneClick(bad)).status, 204, bad);
  const ended = await oneClick(path);
  assert.equal(ended.status, 204, ended.text);
  assert.equal(psql(`select digest from mortise.notification_preferences where user_id = '${id}'`)[0][0], "never");
  // the password
  assert.deepEqual(rows(at("dora"), "'password'"), [], "the first password is no news");
  psql(`update mortise.users set language = null where id = '${id}'; update mortise.logins set password_hash = password_hash || ' ' where user_id = '${id}'`);
  await until(() => box.of(at("dora")).some((m) => m.subject === "Your password was changed"), 30000, "the news");
  assert.match(box.of(at("dora")).find((m) => m.subject === "Your password was changed").text, /If it wasn't:/);
  // and what else signs in
  psql(`insert into mortise.mails (tenant_id, id, user_id, kind, address)
    select tenant_id, gen_random_uuid(), id, 'factor', email from mortise.users where id = '${id}'`); // t/api/passkeys.t.mjs has what makes one
  await until(() => box.of(at("dora")).some((m) => m.subject === "Your two-step sign-in was changed"), 30000, "that news");
});

test("two stewards and more at one digest send it once; killed when the server had it, it isn't sent again", async () => {
  const { id } = await invite("dan", { name: "Dan" });
  await ends(at("dan"), "sent");
  assert.equal((await choose(box.of(at("dan"))[0].link)).status, 200);
  const signedIn = await http("POST", "/api/auth/token", { body: { email: at("dan"), password: STRONG } });
  const dan = { headers: { Authorization: `Bearer ${signedIn.body.access_token}` } };
  const boss = await login("Admin");
  const digests = () => box.of(at("dan")).filter((m) => /^Unread/.test(m.subject));
  const state = () => rows(at("dan"), "'digest'").at(-1)?.[0];
  const send = async (title) => assert.equal((await boss.post("/api/notifications/user", { targetUserId: id, title, message: "m" })).status, 200);
  const due = () => psql(`update mortise.notification_preferences set digest_due = now() where user_id = '${id}'`);
  const conf = join(host.folder, "var/etc/mortise.conf");
  const [, folder] = /^lib_dir\s*=\s*(\S+)/m.exec(readFileSync(conf, "utf8")) ?? [];
  assert.equal((await on("PATCH", "/api/me/notifications", dan, { digest: "hourly" })).status, 200);

  await send("First");
  due();
  await Promise.all([1, 2, 3].map(() => promisify(execFile)(join(folder, "mortise-steward"), ["-c", conf, "--mail"])));
  await until(() => state() === "sent", 30000, "the digest");
  assert.deepEqual([digests().length, rows(at("dan"), "'digest'").length], [1, 1]);

  box.how.data = (mail) => (mail.rcpt[0] === at("dan") ? "hang" : undefined);
  await send("Second");
  due();
  await until(() => digests().length === 2, 30000, "the server to have it");
  process.kill(Number(sender()), "SIGKILL");
  await until(() => (hurry(), state() === "unknown"), 30000, "nobody to know");
  box.how = {};
  await send("Third");
  due();
  await until(() => digests().length === 3, 30000, "the next");
  assert.deepEqual(digests().map((m) => m.text.match(/First|Second|Third/g)), [["First"], ["Second"], ["Third"]]);
});

test("signing in on a device that is new: a mail says which and where, once; nothing at the first sign-in", async () => {
  const sign = (agent, cookie) => http("POST", "/api/auth/login", { base: host.url, body: { email: at("zoe"), password: "another horse battery" },
    headers: { Origin: host.url, "User-Agent": agent, ...(cookie && { Cookie: cookie }) } });
  const news = () => box.of(at("zoe")).filter((m) => /sign-in|Anmeldung/.test(m.subject));
  assert.deepEqual(rows(at("zoe"), "'device'"), [], "where the password was chosen is known");
  const token = await http("POST", "/api/auth/token", { body: { email: at("zoe"), password: "another horse battery" } });
  assert.equal(token.status, 200, token.text);
  assert.deepEqual(rows(at("zoe"), "'device'"), [], "a program in the same network");
  psql(`update mortise.users set language = null where email = '${at("zoe")}'`);
  const res = await sign("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0");
  assert.equal(res.status, 200, res.text);
  await until(() => news().length === 1, 30000, "the mail");
  const [mail] = news();
  assert.equal(mail.subject, "New sign-in to your account");
  for (const line of ["Device:  Firefox, Windows", "Address: 127.0.0.1", `${host.url}/account`, "at Northwind Heating"]) assert.ok(mail.text.includes(line), `${line} in ${mail.text}`);
  assert.match(mail.text, /^Time: {4}\d{4}-\d\d-\d\d \d\d:\d\d$/m);
  assert.ok(mail.html.includes(`href="${host.url}/account"`));
  const mark = /mortise_device=[^;]+/.exec([res.headers["set-cookie"]].flat().join())[0];
  await until(() => rows(at("zoe"), "'device'")[0][0] === "sent", 30000, "its end");
  assert.equal((await sign("Mozilla/5.0 <b>", mark)).status, 200);
  assert.equal(rows(at("zoe"), "'device'").length, 1, "it is known from then on");
  assert.equal((await sign("Mozilla/5.0 <b>", "mortise_device=" + "x".repeat(43))).status, 200);
  await until(() => news().length === 2, 30000, "another device");
  assert.match(news()[1].text, /^Device: {2}\?$/m);
});

test("the list is the system administration's, which tests the server and clears away", async () => {
  for (const role of ["Technician", "Dispatcher", "Admin"])
    for (const [verb, path] of [["GET", "/api/mail"], ["POST", "/api/mail/test"], ["DELETE", `/api/mail/${crypto.randomUUID()}`]])
      assert.equal((await on(verb, path, await token(role), verb === "POST" ? {} : undefined)).status, 403, `${role} ${path}`);
  const tested = await on("POST", "/api/mail/test", system, {});
  assert.deepEqual([tested.status, tested.body.address], [202, account("SystemAdmin").email]);
  await until(() => box.of(tested.body.address).some((m) => m.subject === "Mortise can send mails"), 30000, "the test mail");
  const { items, total } = (await on("GET", "/api/mail?limit=3", system)).body;
  assert.deepEqual([items.length, total >= 8, items[0].kind], [3, true, "test"]);
  for (const [by, of] of [["to", (m) => m.address], ["company", (m) => m.company.toLowerCase()], ["state", (m) => m.state], ["tries", (m) => m.tries], ["made", (m) => m.madeAt]]) {
    const up = (await on("GET", `/api/mail?sort=${by}&limit=200`, system)).body.items.map(of);
    const down = (await on("GET", `/api/mail?sort=-${by}&limit=200`, system)).body.items.map(of);
    assert.deepEqual([up, down], [[...up].sort((a, b) => (a < b ? -1 : Number(a > b))), [...up].reverse()], by);
  }
  assert.equal((await on("DELETE", `/api/mail/${items[0].id}`, system)).status, 204);
  assert.equal((await on("DELETE", `/api/mail/${items[0].id}`, system)).status, 404);
  assert.equal((await on("POST", "/api/mail/no-id/again", system, {})).status, 404);
  assert.equal((await on("GET", "/api/mail?state=lost", system)).status, 422);
  assert.ok(!psql("select mails::text from mortise.mails").flat().some((r) => r.includes("#")), "no link is stored");
});

const fine = async (page) => {
  await axeEverywhere(page, "mail");
  assert.deepEqual(await sticksOut(page), []);
  assert.deepEqual(page.faults, []);
};

test("in a browser: invited by mail, the password forgotten on a phone, the list of the system administration", async (t) => {
  const browser = await launch(t);
  const boss = await person(browser, "Admin", { base: host.url, path: "/people" });
  await boss.getByRole("button", { name: "Invite", exact: true }).click();
  const dialog = boss.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Paula Post");
  await dialog.getByLabel("Email").fill(at("paula"));
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await dialog.getByText(`An invitation is on its way to ${at("paula")}.`).waitFor();
  assert.equal(await dialog.getByLabel("Link", { exact: true }).count(), 0);
  await fine(boss);
  await dialog.getByRole("button", { name: "Done" }).click();
  await ends(at("paula"), "sent");
  assert.equal((await choose(box.of(at("paula"))[0].link)).status, 200);

  const phone = await visitor(browser, { base: host.url, path: "/tickets", width: 360, height: 720, isMobile: true, hasTouch: true });
  await phone.getByRole("button", { name: "Forgot your password?" }).click();
  await phone.getByRole("button", { name: "Send link" }).click();
  await phone.locator("[aria-invalid=true]").waitFor();
  await phone.getByLabel("Email").fill(at("paula"));
  psql("update mortise.mails set made_at = made_at - interval '3 min'");
  await phone.getByRole("button", { name: "Send link" }).click();
  await phone.getByText("Check your mail").waitFor();
  await fine(phone);
  await until(() => box.of(at("paula")).length === 2, 30000, "the mail");
  await phone.goto(box.of(at("paula"))[1].link);
  await phone.getByLabel("New password").fill("another horse battery");
  await phone.getByRole("button", { name: "Save password and sign in" }).click();
  await phone.locator(".shell").waitFor();

  const desk = await systemPerson(browser, { base: host.systemUrl, path: "/mail" });
  await desk.getByRole("button", { name: "Send a test mail" }).click();
  await toasted(desk, "is on its way");
  const row = desk.getByRole("row", { name: new RegExp(at("paula")) });
  await row.nth(2).waitFor(); // invitation, new password, and that it was changed
  await row.first().getByText("Sent").waitFor();
  await fine(desk);
  await row.first().getByRole("button").click();
  await desk.getByRole("menuitem", { name: "Remove" }).click();
  await until(async () => (await row.count()) === 2, 30000, "one of the three to be gone");
});
