#!/usr/bin/env -S node --test-reporter=tap
// B6: half-sent heads of one address: with the kernel's rules of nginx/mortise.nft, with nginx/mortise-stream.conf in
// front, and with neither. In a network namespace of its own, so that no rule of this machine is touched; needs
// root and nft, and nginx's stream module for its part.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { figure, measured } from "../lib/measure.mjs";

const top = join(fileURLToPath(import.meta.url), "../../..");
const RULES = join(top, "nginx/mortise.nft");
const MODULE = process.env.MORTISE_NGINX_STREAM ?? "/usr/lib/nginx/modules/ngx_stream_module.so";

/** One request of its own connection, and how long it took; fails when the connection does. */
function get(host, localAddress) {
  return new Promise((resolve, reject) => {
    const began = Date.now();
    const socket = connect({ host, port: 80, localAddress }, () => socket.write("GET / HTTP/1.0\r\n\r\n"));
    let text = "";
    socket.setTimeout(5000, () => socket.destroy(new Error("no answer in 5 s")));
    socket.on("data", (d) => (text += d));
    socket.on("error", reject);
    socket.on("close", () => (/^HTTP\/1.1 200/.test(text) ? resolve(Date.now() - began) : reject(new Error(`no answer: ${text}`))));
  });
}

/** In the namespace: keeps `n` half heads open from one address, while another tries; says what came of it. */
async function attack([n, host, mine, other]) {
  const sockets = new Set();
  const open = () => {
    const s = connect({ host, port: 80, localAddress: mine }, () => s.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "));
    s.on("error", () => {});
    s.on("close", () => sockets.delete(s));
    sockets.add(s);
    return s;
  };
  for (let i = 0; i < Number(n); i += 500) {
    const some = Array.from({ length: 500 }, open);
    await Promise.all(some.map((s) => new Promise((r) => s.on("connect", r).on("close", r))));
  }
  const again = setInterval(() => {
    for (let i = 0; i < 100 && sockets.size < Number(n); i++) open();
  }, 20);
  let slowest = 0, failed = 0;
  for (let i = 0; i < 40; i++) await get(host, other).then((ms) => (slowest = Math.max(slowest, ms)), () => failed++);
  clearInterval(again);
  // What was refused is closed a moment later.
  do await new Promise((r) => setTimeout(r, 100));
  while ([...sockets].some((s) => s.connecting));
  console.log(JSON.stringify({ open: sockets.size, slowest, failed }));
  process.exit(0);
}

/** Without root or nft, why the test can't be done. */
function lacking() {
  if (process.getuid() !== 0) return "needs root, for a network namespace";
  const has = spawnSync("unshare", ["-n", "nft", "-c", "-f", RULES], { encoding: "utf8" });
  return has.status === 0 ? null : `no nft or no namespaces here: ${has.error ?? has.stderr}`;
}

// As many connections as a worker of nginx has without our files: enough for 300 people, not for an attacker.
const CONF = (dir, stream) => `
${stream ? `load_module ${MODULE};
${streamConf(dir)}` : ""}
worker_processes 1;
worker_rlimit_nofile 4096;
pid ${dir}/pid;
error_log stderr crit;
daemon off;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path ${dir}/a; fastcgi_temp_path ${dir}/b; proxy_temp_path ${dir}/c;
  uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
  client_header_timeout 10s;
  server {
    ${stream ? `listen unix:${dir}/front.sock backlog=1024 proxy_protocol;` : "listen 80 backlog=1024; listen [::]:80 backlog=1024;"}
    return 200 "here\\n";
  }
}`;

/** The file as it is, but for port and folder, and a bound that 2,048 connections have room for. */
function streamConf(dir) {
  const text = readFileSync(join(top, "nginx/mortise-stream.conf"), "utf8").replaceAll("@RUN@", dir);
  return text.replace("listen 443 backlog=1024;", "listen 80 backlog=1024; listen [::]:80 backlog=1024;").replace("mt_connections 1000", "mt_connections 400");
}

const SCRIPT = (dir, rules, args) => `
set -e
ip link set lo up
for i in 1 2; do ip -6 addr add fd00:$i::1/128 dev lo nodad; done
${rules ? `nft -f ${RULES}` : ""}
nginx -e stderr -c ${dir}/nginx.conf & server=$!
trap 'kill $server; wait $server' EXIT
until [ -s ${dir}/pid ]; do sleep 0.05; done
${process.execPath} ${fileURLToPath(import.meta.url)} attack ${args.join(" ")}`;

function inNamespace(t, { rules = false, stream = false }, ...args) {
  const dir = mkdtempSync(join(tmpdir(), "mortise-heads-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  chmodSync(dir, 0o755); // nginx's worker is another user
  writeFileSync(join(dir, "nginx.conf"), CONF(dir, stream));
  return new Promise((resolve, reject) => {
    const child = spawn("unshare", ["-n", "sh", "-c", SCRIPT(dir, rules, args)], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "", err = "";
    child.stdout.on("data", (d) => (out += d));
    child.stderr.on("data", (d) => (err += d));
    child.on("close", () => (out.startsWith("{") ? resolve(JSON.parse(out)) : reject(new Error(`${out}${err}`))));
  });
}

if (process.argv[2] === "attack") await attack(process.argv.slice(3));
else {
  const skip = lacking() ?? false;
  measured("B6: 5,000 half heads of one address: a thousand are let in, and others are served", { skip, timeout: 90000 }, async (t) => {
    const without = await inNamespace(t, {}, 5000, "127.0.0.1", "127.0.0.66", "127.0.0.67");
    figure(without.open > 1800, `without the rules nearly all that nginx has room for: ${without.open}`);
    for (const addresses of [["127.0.0.1", "127.0.0.66", "127.0.0.67"], ["::1", "fd00:1::1", "fd00:2::1"]]) {
      const withRules = await inNamespace(t, { rules: true }, 5000, ...addresses);
      t.diagnostic(`${addresses[0]}: without rules ${JSON.stringify(without)}, with them ${JSON.stringify(withRules)}`);
      assert.ok(withRules.open <= 1000, `${withRules.open}`);
      figure(withRules.failed === 0, `${withRules.failed} of 40 failed with the rules`);
    }
  });
  const module = skip || existsSync(MODULE) ? skip : "nginx has no stream module here (libnginx-mod-stream)";
  measured("B6: the same with mortise-stream.conf and no rules", { skip: module, timeout: 90000 }, async (t) => {
    for (const addresses of [["127.0.0.1", "127.0.0.66", "127.0.0.67"], ["::1", "fd00:1::1", "fd00:2::1"]]) {
      const counted = await inNamespace(t, { stream: true }, 5000, ...addresses);
      t.diagnostic(`${addresses[0]}: ${JSON.stringify(counted)}`);
      assert.ok(counted.open <= 400, `${counted.open}`);
      figure(counted.failed === 0, `${counted.failed} of 40 failed`);
    }
  });
}
