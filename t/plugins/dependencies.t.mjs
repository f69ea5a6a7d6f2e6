#!/usr/bin/env -S node --test-reporter=tap
// A plugin that depends on another: it comes after it, and the other one can't go before it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { consenting, login, psql, remove } from "../lib/mortise.mjs";
import { offer, remake, reversion } from "./package.mjs";

const BASE = "hello-world", KEY = "time-clock";
const wiped = async () => {
  await remove(KEY);
  await remove(BASE);
};
const needing = (range, version = "1.0.0") =>
  reversion(KEY, version, ({ manifest }) => (manifest.dependencies = [{ key: BASE, version: range }]));
let admin;
const install = (body) => consenting(admin, "/api/plugins/install", body);
const change = async (key, what, body) => {
  const i = (await admin.get("/api/plugins/installed")).body.items.find((p) => p.pluginKey === key);
  return what === "uninstall"
    ? admin.del(`/api/plugins/installations/${i.id}`)
    : consenting(admin, `/api/plugins/installations/${i.id}/${what}`, body);
};
const refused = (res, type, detail) => {
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.type, new RegExp(`${type}$`));
  assert.match(res.body.detail, detail);
};

before(async () => {
  await wiped();
  admin = await login("Admin");
});
after(wiped);

test("a manifest names other plugins and ranges of their versions", async () => {
  const sys = await login("SystemAdmin");
  const res = await sys.upload("/api/plugins/upload", remake(KEY, ({ manifest }) => {
    manifest.dependencies = [{ key: KEY, version: "*" }, { key: BASE, version: "newest" }, { key: BASE, version: "*" }];
  }));
  assert.equal(res.status, 422);
  const wrong = (part) => res.body.errors.filter((e) => e.pointer.startsWith(`/manifest.json#/dependencies/${part}`));
  assert.match(wrong("0/key")[0].detail, /another plugin/);
  assert.match(wrong("1/version")[0].detail, /a range of its versions/);
  assert.equal(wrong("2/key").length, 1);
});

test("what it depends on has to be enabled, in a version that it takes", async () => {
  await offer(needing(">=1.0.0 <2.0.0"));
  refused(await install({ pluginKey: KEY }), "dependency-missing", /needs the plugin hello-world in a version >=1.0.0 <2.0.0: install/);
  await offer(remake(BASE, () => {}));
  assert.equal((await install({ pluginKey: BASE, enable: false })).status, 201);
  refused(await install({ pluginKey: KEY }), "dependency-missing", /install and enable it first/);
  // Without enabling it may come first, and waits.
  assert.equal((await install({ pluginKey: KEY, enable: false })).status, 201);
  refused(await change(KEY, "enable"), "dependency-missing", /hello-world/);
  assert.equal((await change(BASE, "enable")).status, 200);
  assert.equal((await change(KEY, "enable")).status, 200);
});

test("what is depended on stays while it is", async () => {
  refused(await change(BASE, "disable"), "needed-by-another", /Time Clock needs this plugin: disable or uninstall Time Clock first/);
  refused(await change(BASE, "uninstall"), "needed-by-another", /Time Clock/);
  await offer(reversion(BASE, "1.1.0"));
  assert.equal((await change(BASE, "upgrade", { version: "1.1.0" })).status, 200);
  await offer(needing(">=1.1.0 <2.0.0", "1.0.1"));
  assert.equal((await change(KEY, "upgrade", { version: "1.0.1" })).status, 200);
  refused(await change(BASE, "rollback"), "needed-by-another", /in a version >=1.1.0 <2.0.0, not 1.0.0/);
  await offer(reversion(BASE, "2.0.0"));
  refused(await change(BASE, "upgrade", { version: "2.0.0" }), "needed-by-another", /in a version >=1.1.0 <2.0.0, not 2.0.0/);
  const [mine] = (await admin.get("/api/plugins/installed")).body.items.filter((p) => p.pluginKey === KEY);
  assert.deepEqual(mine.dependencies, [{ key: BASE, version: ">=1.1.0 <2.0.0" }]);
  assert.equal(psql("select count(*) from mortise.journal")[0][0], "0");
});

test("both at once: one of them is refused, whichever it is", async () => {
  assert.equal((await change(KEY, "disable")).status, 200);
  const [on, off] = await Promise.all([change(KEY, "enable"), change(BASE, "disable")]);
  assert.deepEqual([on.status, off.status].sort(), [200, 409], `${on.text} ${off.text}`);
  const states = (await admin.get("/api/plugins/installed")).body.items.map((p) => `${p.pluginKey} ${p.state}`).sort();
  assert.ok(!(states.includes(`${KEY} enabled`) && states.includes(`${BASE} disabled`)), states.join());
  await change(BASE, "enable");
  await change(KEY, "disable");
  assert.equal((await change(BASE, "uninstall")).status, 204);
});
