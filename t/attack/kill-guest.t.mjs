#!/usr/bin/env -S node --test-reporter=tap
// Host, spawner and guest of a plugin are killed or stopped at every moment of a request. A request may
// fail, cleanly and in time; what it changed is whole or not there; the next one works.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configure } from "../lib/conf.mjs";
import { AWAY, hold, install, login, psql, remove, status, until } from "../lib/mortise.mjs";
import { children, isGone } from "../lib/proc.mjs";
import { mayKill } from "../plugins/kill.mjs";

const at = (path) => "/api/plugins/evil" + path;
let ann, admin;
let back = () => {};

before(async () => {
  if (!mayKill.skip) back = await configure({ crash_limit: 1000 }); // quarantine is tried in guest.t.mjs
  await remove("evil");
  await install("evil", 0);
  ann = await login("Technician", 0);
  admin = await login("Admin", 0);
});
after(async () => {
  await back();
  await remove("evil");
});

const hosts = () => status().pools.filter((p) => p.name.startsWith("evil@")).flatMap((p) => p.workers);
const signal = (pid, name) => {
  try {
    process.kill(pid, name);
  } catch (e) {
    assert.equal(e.code, "ESRCH");
  }
};

/** Crashes in a row bring it into quarantine: out again. */
async function works() {
  await until(async () => {
    if ((await ann.get(at("/things"))).status === 200) return true;
    const i = (await admin.get("/api/plugins/installations")).body.items.find((x) => x.pluginKey === "evil");
    if (i.quarantined) await admin.post(`/api/plugins/installations/${i.id}/enable`);
  }, 30000, "it works again", AWAY);
}

const whose = {
  host: () => hosts().map((w) => w.pid),
  spawner: () => hosts().flatMap((w) => children(w.pid)),
  guest: () => hosts().flatMap((w) => w.guests.map((g) => g.pid)),
};

for (const [what, find] of Object.entries(whose))
  for (const name of ["SIGKILL", "SIGSTOP"])
    test(`${what}s that get ${name} at any moment of a request cost that request at most`, { ...mayKill, timeout: 240000 }, async () => {
      for (let round = 0; round < (name === "SIGKILL" ? 8 : 2); round++) {
        await works();
        const n = Number(psql("SELECT count(*) FROM x_evil.things")[0][0]);
        /* crashes are counted a tick behind the request that met them: quarantine may end all of them again */
        const victims = await until(async () => (find().length ? find() : (await works(), false)), 30000, `there is a ${what}`);
        /* in turn: as the requests come, and when the first of them stands in its statement */
        const release = round % 2 ? await hold("x_evil.things") : null;
        const calls = [0, 1, 2].map(() => ann.post(at("/things"), {}, { deadline: 30000 }));
        if (release) await until(() => psql("select 1 from pg_locks where relation = 'x_evil.things'::regclass and not granted").length > 0, 30000, "it stands in its statement");
        for (const pid of victims) signal(pid, name);
        await release?.();
        const answers = await Promise.all(calls);
        for (const pid of victims) signal(pid, "SIGCONT");
        for (const a of answers) {
          assert.ok([201, 502, 503, 504].includes(a.status), `${a.status} ${a.text}`);
          if (a.status !== 201) assert.match(a.headers["content-type"], /problem\+json/);
        }
        const made = answers.filter((a) => a.status === 201).length;
        const now = Number(psql("SELECT count(*) FROM x_evil.things")[0][0]);
        assert.ok(now >= n + made && now <= n + 3, `${made} acknowledged, ${now - n} there`);
      }
      await works();
    });

test("with a host go its spawner and its guests", mayKill, async () => {
  await works();
  const [host] = hosts();
  const all = [host.pid, ...children(host.pid), ...host.guests.map((g) => g.pid)];
  assert.ok(all.length >= 3);
  signal(host.pid, "SIGKILL");
  await until(() => all.every(isGone), 30000, "all of them");
  await works();
});
