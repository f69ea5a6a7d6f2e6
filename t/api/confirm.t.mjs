#!/usr/bin/env -S node --test-reporter=tap
// Changing the rights of others requires the password again when it was entered too long ago (confirm_minutes).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { account, anonymous, http, install, psql, remove, signIn, throughout, token, until, url } from "../lib/mortise.mjs";

const KEY = "time-clock";
const PUT = "/api/roles/Technician/permissions";
const who = account("Admin", 1);
let admin;

/** Sets how long ago the password of these sessions was entered. */
const age = (text, id = admin.who.id) =>
  psql(`UPDATE mortise.sessions SET confirmed_at = now() - interval '${text}' WHERE user_id = '${id}'`);
const change = (client = admin) => client.put(PUT, { grant: [`${KEY}:manage`] });
const confirm = (password, client = admin, options) => client.post("/api/auth/confirm", { password }, options);
function isProblem(res, status, type) {
  assert.equal(res.status, status, res.text);
  if (type) assert.match(res.body.type, new RegExp(`/${type}$`));
}
const asks = () => until(async () => (await change()).status === 403);

before(async () => {
  await remove(KEY);
  await install(KEY, 1);
  admin = await signIn(who);
});
after(async () => {
  await remove(KEY);
  psql(`DELETE FROM mortise.login_attempts`);
});

test("the password is required again an hour after signing in, not before", async () => {
  assert.equal((await change()).status, 200);
  age("59 minutes");
  await throughout(async () => (await change()).status === 200, 600, "it may be changed, with the lease and without");
  age("61 minutes");
  await asks();
  const res = await change();
  isProblem(res, 403, "password-needed");
  assert.match(res.body.detail, /password/);
  assert.equal((await admin.get("/api/roles")).status, 200, "looking is free");
  assert.equal((await admin.get("/api/tickets")).status, 200);
});

test("a wrong password changes nothing and ends nothing", async () => {
  isProblem(await confirm("not it"), 403, "wrong-password");
  isProblem(await change(), 403, "password-needed");
  isProblem(await admin.post("/api/auth/confirm", {}), 422);
  isProblem(await admin.post("/api/auth/confirm", { password: who.password, email: "x" }), 422);
});

test("only the person's own page confirms", async () => {
  isProblem(await confirm(who.password, anonymous), 401);
  isProblem(await confirm(who.password, admin, { headers: { Origin: "https://evil.example" } }), 403, "foreign-origin");
  const bearer = await token("Admin", 1);
  isProblem(await confirm(who.password, bearer), 403);
  isProblem(await change(), 403, "password-needed");
  // Another session of the same person is as old as it was.
  const other = await signIn(who);
  assert.equal((await change(other)).status, 200);
  isProblem(await change(), 403, "password-needed");
});

test("the right one holds at once, in every worker", async () => {
  assert.equal((await confirm(who.password)).status, 204);
  const all = await Promise.all(Array.from({ length: 12 }, () => change()));
  assert.deepEqual(all.map((r) => r.status), all.map(() => 200));
});

test("a token counts from its beginning", async () => {
  const bearer = await token("Admin", 1);
  assert.equal((await change(bearer)).status, 200);
  age("61 minutes");
  await until(async () => (await change(bearer)).status === 403);
  const res = await change(bearer);
  isProblem(res, 403, "password-needed");
  assert.match(res.body.detail, /new token/);
});

test("guesses are counted as at signing in", async () => {
  let res;
  for (let i = 0; i < 8; i++) {
    res = await confirm(`guess ${i}`);
    if (res.status === 429) break;
  }
  isProblem(res, 429);
  assert.ok(Number(res.headers["retry-after"]) > 0);
  const refused = await http("POST", "/api/auth/login", { headers: { Origin: url }, body: { email: who.email, password: "guess" } });
  assert.equal(refused.status, 429, "one counter for both");
});
