// A second host of the running stack: its own master, pools and nginx, on the same database and memcached.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build, top, varDir } from "./mortise.mjs";
import { freePorts } from "./ports.mjs";

/** Starts it; answers {url, log, status, stop}. Its plugins' users are others, as its processes share this machine.
 * `settings`: of its mortise.conf. */
export async function secondHost(settings = {}) {
  const folder = mkdtempSync("/tmp/mortise-host-");
  const port = await freePorts();
  const env = { ...process.env, MORTISE_VAR: join(folder, "var"), MORTISE_PORT: String(port), MORTISE_BESIDE: varDir, BUILD: build };
  mkdirSync(join(folder, "var/etc"), { recursive: true });
  execFileSync("chmod", ["755", folder]);
  const beside = join(varDir, "etc/local.conf");
  const first = existsSync(beside) && /^plugin_uid_first = (\d+)/m.exec(readFileSync(beside, "utf8"))?.[1];
  const uids = Number(first || 70000) + 5000;
  writeFileSync(join(folder, "var/etc/local.conf"), `plugin_uid_first = ${uids}\nlogin_tries_address = 100000\ninstall_limit_exempt = 127.0.0.1\n` +
      Object.entries(settings).map(([k, v]) => `${k} = ${v}\n`).join(""));
  const server = (...words) => execFileSync(join(top, "scripts/server"), words, { env, stdio: "pipe", timeout: 120000 });
  try {
    server("--detach");
  } catch (e) {
    throw new Error(`the second host did not start: ${e.stderr}`);
  }
  return {
    folder,
    url: `http://127.0.0.1:${port}`,
    systemUrl: `http://127.0.0.1:${port + 1}`,
    log: () => readFileSync(join(folder, "var/log/mortised.log"), "utf8"),
    /** Its master's own view. */
    status: () =>
      JSON.parse(
        execFileSync(join(folder, "var/app/bin/mortise"), ["status", "-c", join(folder, "var/etc/mortise.conf"), "--json"], { encoding: "utf8", stdio: "pipe" }),
      ),
    stop() {
      server("stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
