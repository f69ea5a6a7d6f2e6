#!/usr/bin/env -S node --test-reporter=tap
// What a request costs in system calls, of the worker and of the master: they are most of a worker's time, and one more
// is easily added unseen. Not counted are epoll_wait and accept4, which workers take in vain when a connection wakes
// two of them, and memory, which sanitizers take otherwise. A lease that has to be renewed is a few more.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { install, remove, servicePid, status, token, until } from "../lib/mortise.mjs";
import { field } from "../lib/proc.mjs";

const REQUESTS = 300;
const folder = mkdtempSync(join(tmpdir(), "mortise-calls-"));
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await remove("hello-world", "time-clock");
});
const tech = await token("Technician");
const ticket = (await tech.get("/api/tickets?limit=1")).body.items[0].id;
const me = (await tech.get("/api/me")).body.id;
const workers = () => status().pools.find((p) => p.name === "api").workers.map((w) => w.pid);

/** {name: calls a request} of the processes, while the path is asked for, so many at a time. */
async function calls(pids, path, { wanted = 200, atOnce = 1, follow = true, ask = () => tech.get(path) } = {}) {
  const out = join(folder, "calls");
  const tracer = spawn("strace", ["-c", ...(follow ? ["-f"] : []), "-o", out, ...pids.flatMap((pid) => ["-p", pid])], { stdio: "ignore" });
  const ended = once(tracer, "exit");
  try {
    await until(() => pids.every((pid) => Number(field(pid, "TracerPid")) > 0), 30000, "all are traced");
    for (let i = 0; i < REQUESTS; i += atOnce)
      for (const res of await Promise.all(Array.from({ length: atOnce }, ask))) assert.equal(res.status, wanted);
  } finally {
    tracer.kill("SIGINT");
    await ended;
  }
  const found = {};
  for (const line of readFileSync(out, "utf8").split("\n")) {
    const [, n, name] = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/.exec(line) ?? [];
    if (name && !/^(total|epoll_wait|accept4|mmap|munmap|mremap|madvise|brk|futex)$/.test(name)) found[name] = Number(n) / REQUESTS;
  }
  return found;
}

const sum = (found) => Object.values(found).reduce((a, b) => a + b, 0);
const shown = (found) =>
  Object.entries(found)
    .map(([name, n]) => `${name} ${n.toFixed(2)}`)
    .join(", ");

// setsockopt, read; sendmsg with the whole reply, write of the log's line, close. With a
// statement sendto, poll, recvfrom as well, and of many rows PostgreSQL sends 8 kB at a time.
for (const [name, path, most, wanted] of [
  ["sign-in check", "/api/tickets/none", 5.5, 404], // a good token and no statement
  ["ticket read", `/api/tickets/${ticket}`, 8.7],
  ["/api/me", "/api/me", 8.7],
  ["list of 50", "/api/tickets?limit=50", 12],
])
  test(`${name}: at most ${most} system calls of a worker behind accept4`, async (t) => {
    const found = await calls(workers(), path, { wanted });
    t.diagnostic(`${sum(found).toFixed(1)}: ${shown(found)}`);
    assert.ok(found.sendmsg > 0.99 && found.sendmsg < 1.1, "a reply is sent at once");
    assert.ok(sum(found) <= most, `${sum(found).toFixed(1)} a request: ${shown(found)}`);
  });

// The round trip, the wake-up of the steward; another round trip where the lease of the rule is over.
test("create a ticket: one round trip to the database", async (t) => {
  const dispatcher = await token("Dispatcher");
  const ask = () => dispatcher.post("/api/tickets", { title: "Counted" });
  const found = await calls(workers(), null, { wanted: 201, ask });
  t.diagnostic(`${sum(found).toFixed(1)}: ${shown(found)}`);
  assert.ok(found.sendto < 2.5, shown(found));
});

// The host's own: what it sends to its guest and takes from it are most of them, the guest's are not counted.
for (const [key, name, path, most] of [
  ["hello-world", "no statement", "hello/you", 14],
  ["time-clock", "one statement", `status/${me}?ticketId=${ticket}`, 22],
])
  test(`a call of a plugin, ${name}: at most ${most} system calls of its host`, async (t) => {
    await install(key);
    const url = `/api/plugins/${key}/${path}`;
    assert.equal((await tech.get(url)).status, 200);
    const hosts = status().pools.filter((p) => p.name.startsWith(`${key}@`)).flatMap((p) => p.workers.map((w) => w.pid));
    const found = await calls(hosts, url, { follow: false });
    t.diagnostic(`${sum(found).toFixed(1)}: ${shown(found)}`);
    assert.ok(sum(found) <= most, `${sum(found).toFixed(1)} a request: ${shown(found)}`);
  });

test("the master isn't woken for each request", async (t) => {
  const found = await calls([servicePid("mortised")], "/api/tickets/none", { wanted: 404, atOnce: 50 });
  t.diagnostic(`${sum(found).toFixed(1)}: ${shown(found)}`);
  assert.ok(found.write < 0.5, shown(found));
});
