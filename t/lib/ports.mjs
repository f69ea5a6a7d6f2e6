// Free TCP ports of the loopback interface, for stacks of tests and benches. As a program it prints one.
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const listen = (port) =>
  new Promise((resolve, reject) => {
    const s = createServer().on("error", reject).listen(port, "127.0.0.1", () => resolve(s));
  });

/**
 * A port that is free, and the next one, which the system administration gets. It is none of those that the kernel
 * gives to outgoing connections: thousands of these come and go while a stack is made, and one could take it before
 * nginx does.
 */
export async function freePorts() {
  const [first, last] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
  const [from, to] = first > 20000 ? [10000, first - 1] : [last + 1, 65535];
  if (to - from < 100) throw new Error(`ports ${first} to ${last} are for outgoing connections, which leaves none to listen on`);
  for (let tries = 0; tries < 1000; tries++) {
    const port = randomInt(from, to);
    const servers = await Promise.all([port, port + 1].map((p) => listen(p).catch(() => null)));
    for (const s of servers) s?.close();
    if (!servers.includes(null)) return port;
  }
  throw new Error(`no two ports of ${from} to ${to} are free`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await freePorts());
