#!/usr/bin/env -S node --test-reporter=tap
// INSTALL, followed literally: its commands are taken from the file and run on a machine of its own, which is a mount,
// network and process namespace whose /etc, /var, /run, /usr/local and /opt are as Debian leaves them, and thrown away
// with it. There are an nginx with another site, a PostgreSQL cluster with Debian's pg_hba.conf, and memcached. It ends
// with a person at work in Chromium over TLS, with a plugin of the catalogue, and with the second day.
//
// What isn't as in the file:
//   apt           does nothing: scripts/test has installed the packages
//   systemctl     namespaces have no systemd: machine.mjs starts what the units name, as their user
//   mortise.conf  gets plugin_uid_first as well, because other runs share this kernel
//   PREFIX        is /opt/mortise, from the environment
//   build/        is the folder of the build that is tested

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, top } from "../lib/mortise.mjs";

const MACHINE = join(top, "t/install/machine.mjs");
const NAMESPACES = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"];

/** Why there can be no such machine here; null = there can. */
function lacking() {
  if (process.getuid() !== 0) return "needs root, for namespaces; so does INSTALL";
  const r = spawnSync("unshare", [...NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { encoding: "utf8" });
  return r.status === 0 ? null : `no namespaces here: ${r.error ?? r.stderr}`;
}
const why = lacking();
let dir, machine;

before(() => {
  dir = mkdtempSync(join(tmpdir(), "mortise-install-"));
  if (why) return;
  const child = spawn("unshare", [...NAMESPACES, "sh", "-c", `${process.execPath} ${MACHINE} ${dir}; exit $?`], { stdio: ["ignore", "pipe", "pipe"] });
  machine = { done: new Map(), text: "", waiting: () => {} };
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (d) => {
    const lines = (rest + d).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const { step, fault } = JSON.parse(line);
      machine.done.set(step, fault);
      machine.waiting();
    }
  });
  child.stderr.setEncoding("utf8").on("data", (d) => (machine.text += d));
  machine.ended = new Promise((resolve) => child.on("close", resolve)).then((code) => {
    machine.code = code;
    machine.waiting();
  });
});
after(async () => {
  await machine?.ended;
  rmSync(dir, { recursive: true, force: true });
});

/** The machine goes through these in order, and stops at the first that fails. */
for (const step of [
  "1 to 4: packages, build, user, mortise.conf",
  "nothing starts before setup, and it says why",
  "5: setup without its line in pg_hba.conf changes nothing and names the line of INSTALL",
  "5: of several clusters it takes none",
  "5: setup that was killed goes on",
  "5: the database",
  "6: nginx, beside another site",
  "7: the services run",
  "a person signs in by the link of setup, over TLS",
  "a plugin of the catalogue is installed and runs",
  "7: commands for scripts",
  "the second day: setup again changes nothing",
  "8: upgrading",
  "files that were edited stay",
  "after a boot",
  "9: a backup, restored on a new machine",
  "10: removing leaves nothing",
])
  test(step, { skip: why ?? false }, async () => {
    while (!machine.done.has(step) && machine.code === undefined) await new Promise((resolve) => (machine.waiting = resolve));
    const fault = machine.done.get(step);
    assert.ok(machine.done.has(step), `the machine has ended (${machine.code})`);
    assert.ok(fault === null, `${fault}\n${machine.text}`);
  });

test("an installation works wherever it is", async () => {
  const prefix = join(dir, "packed/usr/lib/m");
  const run = (program, args, env = {}) => {
    const r = spawnSync(program, args, { cwd: top, encoding: "utf8", env: { ...process.env, ...env } });
    assert.equal(r.status, 0, `${program} ${args.join(" ")}: ${r.stdout}${r.stderr}`);
    return r.stdout;
  };
  run("scripts/install-files", [build, join(dir, "packed"), "/usr/lib/m"]);
  const moved = join(dir, "moved");
  renameSync(prefix, moved);
  const etc = join(dir, "etc"), conf = join(etc, "mortise.conf");
  mkdirSync(etc);
  writeFileSync(conf, `run_dir = ${dir}/run\nupload_max_mb = 7\nuser =\n`);
  const files = () => run(join(moved, "bin/mortise"), ["files", "-c", conf]);
  assert.match(files(), /: \d+ new, 0 changed, 0 edited/);
  const all = readdirSync(etc, { recursive: true }).filter((f) => statSync(join(etc, f)).isFile() && f !== "mortise.conf");
  const text = Object.fromEntries(all.map((f) => [f, readFileSync(join(etc, f), "utf8")]));
  for (const [name, t] of Object.entries(text)) assert.doesNotMatch(t, /@[A-Z_]+@/, name);
  assert.match(text["nginx/snippets/static-assets.conf"], new RegExp(`root ${moved}/share/mortise/dist;`));
  assert.match(text["nginx/snippets/upload.conf"], /client_max_body_size 8m;/);
  assert.match(text["systemd/mortise.service"], new RegExp(`^ExecStart=${moved}/sbin/mortised -c ${conf} --foreground$`, "m"));
  assert.equal(files(), "The files are up to date\n");
  writeFileSync(conf, `run_dir = ${dir}/run\nupload_max_mb = 8\nuser =\n`);
  assert.match(files(), /: 0 new, 1 changed, 0 edited/);
});
