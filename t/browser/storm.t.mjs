#!/usr/bin/env -S node --test-reporter=tap
// A thousand notifications to two open pages while what carries them is killed in turn: each page
// delivers every one, once, in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { login, psql, servicePid, status } from "../lib/mortise.mjs";
import { live, person, record, until } from "./browser.mjs";
import { launch } from "./launch.mjs";

const N = 1000;
const EVERY = 100; // a death after so many

const workers = (pool) =>
  status()
    .pools.find((p) => p.name === pool)
    .workers.map((w) => w.pid)
    .filter((pid) => pid > 0);

const VICTIMS = [() => [servicePid("nginx-events")], () => workers("steward"), () => workers("api")];

function kill(pids) {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (e) {
      if (e.code !== "ESRCH") throw e;
    }
  }
}

test(`${N} notifications while nginx-events, steward and api die in turn`, { timeout: 170000 }, async (t) => {
  const browser = await launch(t);
  const one = await person(browser, "Technician");
  const other = await person(browser, "Technician");
  const pages = [one, other];
  const run = `browser storm ${process.pid}`;
  const received = async (page) =>
    (await page.evaluate(() => window.__events))
      .filter((e) => e.type === "Notification" && e.data.title.startsWith(run))
      .map((e) => Number(e.data.title.slice(run.length)));
  for (const page of pages) {
    page.expected.push(/.*/);
    await record(page);
  }
  const sender = await login("Dispatcher");
  const counts = (title) =>
    psql(`SELECT 1 FROM mortise.events WHERE type = 'Notification' AND payload->>'title' = '${title}'`).length > 0;
  const send = (n) =>
    until(async () => {
      const title = `${run} ${n}`;
      const res = await sender.post("/api/notifications/user", {
        targetUserId: one.who.id,
        title,
        message: "one of many",
      });
      // Its worker died in the request: the database knows whether it counts.
      return res.status === 200 || counts(title);
    });

  for (let n = 1; n <= N; n++) {
    await send(n);
    if (n % EVERY) continue;
    kill(VICTIMS[(n / EVERY) % VICTIMS.length]());
    // Every other death hits a house that has not recovered from the one before.
    if ((n / EVERY) % 2 === 0)
      for (const page of pages) await until(async () => (await received(page)).length >= n, 60000);
  }
  const all = Array.from({ length: N }, (_, i) => i + 1);
  for (const page of pages) {
    await until(async () => (await received(page)).length >= N, 60000);
    assert.deepEqual(await received(page), all);
    await live(page);
  }
});
