// A second host of the running stack: its own master, pools and nginx, on the same database and memcached.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { build, top, varDir } from "./mortise.mjs";

const freePort = () =>
  new Promise((resolve) => {
    const s = createServer().listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

/** Starts it; answers {url, stop}. Its plugins' users are others, as its processes share this machine. */
export async function secondHost() {
  const folder = mkdtempSync("/tmp/mortise-host-");
  const port = await freePort();
  const env = { ...process.env, MORTISE_VAR: join(folder, "var"), MORTISE_PORT: String(port), MORTISE_BESIDE: varDir, BUILD: build };
  mkdirSync(join(folder, "var/etc"), { recursive: true });
  execFileSync("chmod", ["755", folder]);
  const uids = Number(process.env.MORTISE_TEST_UIDS ?? 70000) + 15000;
  writeFileSync(join(folder, "var/etc/local.conf"), `plugin_uid_first = ${uids}\nlogin_tries_address = 100000\ninstall_limit_exempt = 127.0.0.1\n`);
  const server = (...words) => execFileSync(join(top, "scripts/server"), words, { env, stdio: "pipe", timeout: 120000 });
  try {
    server("--detach");
  } catch (e) {
    throw new Error(`the second host did not start: ${e.stderr}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server("stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
