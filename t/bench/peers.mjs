// scripts/bench peers [SECONDS] [ROW...]: what Mortise costs beside three systems that answer the same.
//
// limit    nginx, libfcgi, libpq, a plain policy and C: what the shape can do (peers/limit.c)
// go       net/http and pgx behind nginx (peers/go.go)
// express  Express and pg behind nginx, a process for each core (peers/express.js)
//
// All use one PostgreSQL cluster with the same rows, row-level security, and statements in one file for the peers
// (peers/statements.sql). The limit keeps names, and that there are more than 1,000 tickets, in memory, as Mortise
// does. Their nginx has Mortise's log; people are known by JSON web tokens. Before anything is
// measured all answers are compared. The rows of a round run one after the other, each for all systems in turn,
// so that a noisy moment hits all of them; a ratio is taken within a round, and the median of the rounds counts.
// The disk doesn't wait (fsync = off), or it would hide what the programs cost.
//
// SECONDS is how long wrk runs for one figure (2); BENCH_ROUNDS how many rounds there are (5). All rows take about
// 25 minutes so. event-10000 runs when it is named, with more connections than nginx is configured for otherwise.
// event-others is about Mortise alone: what one company's events cost another's (events.mjs).

import assert from "node:assert";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { buildStreams, event, EVENTS, keepCommitTimes, others, OTHERS, printEvents, printOthers, widen } from "./events.mjs";
import { compared } from "./quick.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "peers");
const top = join(here, "../../..");
const CONNECTIONS = [1, 8, 64];
const SYSTEMS = ["mortise", "limit", "go", "express"];
const NAMES = { mortise: "Mortise", limit: "the limit", go: "Go", express: "Express" };
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const median = (a) => [...a].sort((x, y) => x - y)[Math.floor(a.length / 2)];

// Requests: `paths` of what rowsThereAre() found, asked in turn; who asks; what the answer's status is.
const REQUESTS = {
  ticket: { name: "ticket read", paths: (x) => x.tickets.map((id) => `/api/tickets/${id}`) },
  list: { name: "list of 50", paths: () => ["/api/tickets?limit=50"] },
  search: { name: "list, filter and search", paths: () => ["/api/tickets?state=open&q=Boiler&limit=50"] },
  create: {
    name: "create a ticket",
    who: "writer",
    status: 201,
    paths: () => ["/api/tickets"],
    body: { title: "Boiler leaks", priority: "high" },
  },
  comment: {
    name: "comment",
    who: "writer",
    status: 201,
    paths: (x) => x.writersTickets.map((id) => `/api/tickets/${id}/comments`),
    body: { body: "The part comes tomorrow." },
  },
  me: { name: "/api/me", paths: () => ["/api/me"] },
  // A good token and an address at which there is no row to read: who asks is all that is looked at.
  signin: { name: "sign-in check (404)", status: 404, paths: () => ["/api/tickets/none"] },
  plugin: {
    name: "plugin, one statement",
    paths: (x) => x.clocked.map((id) => `/api/plugins/time-clock/status/${x.reader.id}?ticketId=${id}`),
  },
  hello: { name: "plugin, no statement", paths: () => ["/api/plugins/hello-world/hello/you"] },
};

/** {seconds, rows} from the words after "peers"; null after saying how to use it. */
export function choose(args) {
  const seconds = Number.isFinite(Number(args[0])) ? Number(args.shift()) : 2;
  const known = [...Object.keys(REQUESTS), ...Object.keys(EVENTS), OTHERS];
  const wrong = args.find((a) => !known.includes(a));
  if (wrong || !(seconds >= 1 && seconds <= 60) || !(rounds >= 1 && rounds <= 50)) {
    console.error("scripts/bench peers [SECONDS, 1 to 60] [ROW...], BENCH_ROUNDS from 1 to 50; rows:", known.join(" "));
    return null;
  }
  return { seconds, rows: args.length ? args : known.filter((k) => k !== "event-10000") };
}

// --- systems ---------------------------------------------------------------------------------------

function buildPeers({ sh, work }, names) {
  const include = ["-I", sh("pg_config", ["--includedir"]).trim()];
  const libraries = ["-lfcgi", "-lpq", "-ljansson", "-lsodium"];
  sh("gcc", [
    "-O2",
    "-Wall",
    "-Wextra",
    "-D_GNU_SOURCE",
    ...include,
    "-o",
    join(work, "limit"),
    join(here, "limit.c"),
    ...libraries,
  ]);
  if (!names.includes("go")) return;
  const cache = join(top, "build/bench/go");
  mkdirSync(cache, { recursive: true });
  const env = { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOCACHE: cache, GOPROXY: "off" };
  sh("go", ["build", "-o", join(work, "go"), join(here, "go.go")], { env });
  const installed = join(here, "node_modules/.package-lock.json");
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(here, "package-lock.json")).mtimeMs)
    sh("npm", ["ci", "--silent", "--no-audit", "--no-fund", "--prefix", here]);
}

/** A database of each peer's, with Mortise's rows. */
function makeDatabases(m, sh, env, reader, password) {
  // Its processor time would be counted for the system that is measured at that moment.
  m.psql("alter system set autovacuum = off;\nselect pg_reload_conf();", { db: "postgres" });
  m.psql(readFileSync(join(here, "rows.sql"), "utf8"));
  m.psql(`create role bench_peer login password '${password}'`, { db: "postgres" });
  m.psql("create database peer_limit", { db: "postgres" });
  m.psql(readFileSync(join(here, "schema.sql"), "utf8"), { db: "peer_limit" });
  const tables = {
    tenants: "select id, code, name, time_zone from mortise.tenants",
    users: "select tenant_id, id, email, name, roles from mortise.users",
    ticket_states: "select tenant_id, key, label, category from mortise.ticket_states",
    counters: "select tenant_id, name, value from mortise.counters",
    tickets:
      "select tenant_id, id, number, title, description, state, priority, assignee_id, created_by, version, created_at, updated_at, closed_at from mortise.tickets",
    time_clock_entries: "select * from x_time_clock.time_clock_entries",
  };
  for (const [table, rows] of Object.entries(tables))
    sh("sh", ["-euc", `psql -Xqd mortise -c "copy ($1) to stdout" | psql -Xqd peer_limit -c "copy $0 from stdin"`, table, rows], {
      env,
    });
  const granted = reader.permissions.map((p, i) => `(${reader.tenantId}, 'Technician', ${i}, '${p}')`);
  m.psql(`insert into role_permissions values ${granted.join(",")}; vacuum analyze;`, { db: "peer_limit" });
  for (const other of ["peer_go", "peer_express"]) m.psql(`create database ${other} template peer_limit`, { db: "postgres" });
}

/** {name: {base, roots: {kind: [pid]}, db}}: what to ask, and whose processes to look at. */
async function startSystems(m, { work, sh, start, asService, freePort }, key, password, names) {
  const statements = join(here, "statements.sql");
  const env = (db) => ({
    ...process.env,
    PEER_KEY: key,
    PGHOST: join(m.run, "pg"),
    PGPORT: "5432",
    PGUSER: "bench_peer",
    PGPASSWORD: password,
    PGDATABASE: db,
    PGTZ: "UTC",
    NODE_ENV: "production",
  });
  const ports = {};
  for (const name of ["GO", "EXPRESS", "LIMIT_FRONT", "GO_FRONT", "EXPRESS_FRONT"]) ports[name] = String(await freePort());
  const apiWorkers = m.status().pools.find((p) => p.name === "api").max;
  const programs = {
    limit: [join(work, "limit"), [join(work, "limit.sock"), String(apiWorkers), statements]],
    go: [join(work, "go"), [ports.GO, statements]],
    express: [process.execPath, [join(here, "express.js"), ports.EXPRESS]],
  };
  const worker = {};
  for (const name of names.filter((n) => programs[n])) worker[name] = start(...programs[name], { env: env(`peer_${name}`) });
  const words = { ...ports, WORK: work, CONF: join(m.varDir, "etc/nginx") };
  const conf = readFileSync(join(here, "nginx.conf"), "utf8").replace(/@([A-Z_]+)@/g, (_, word) => words[word]);
  writeFileSync(join(work, "nginx.conf"), conf);
  const nginx = start(...asService(["nginx", "-e", "stderr", "-c", join(work, "nginx.conf"), "-g", "daemon off;"]));
  const postgres = [m.servicePid("postgres")];
  const systems = {
    mortise: {
      base: m.url,
      db: "mortise",
      roots: {
        PostgreSQL: postgres,
        nginx: [m.servicePid("nginx-front"), m.servicePid("nginx-events")],
        worker: [m.servicePid("mortised")],
        memcached: [m.servicePid("memcached")],
      },
    },
  };
  for (const [name, child] of Object.entries(worker))
    systems[name] = {
      base: `http://127.0.0.1:${ports[`${name.toUpperCase()}_FRONT`]}`,
      db: `peer_${name}`,
      roots: { PostgreSQL: postgres, nginx: [nginx.pid], worker: [child.pid] },
    };
  const answers = (s) => m.http("GET", "/api/me", { base: s.base }).then((res) => res.status === 401);
  for (const s of Object.values(systems)) await m.until(() => answers(s), 20000, `${s.base} answers`, [m.NO_NGINX, 502]);
  return systems;
}

function jwt(key, claims) {
  const part = (x) => Buffer.from(JSON.stringify(x)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ ...claims, exp: Math.floor(Date.now() / 1000) + 6 * 3600 })}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

// --- the same answers --------------------------------------------------------------------------------

/** Without what differs by nature: names and times of what was just made, the words of a refusal. */
function content(body, row) {
  if (row.status >= 400) return { type: body.type, status: body.status };
  const one = { ...body };
  if (row.body) for (const member of ["id", "createdAt", "updatedAt"].filter((k) => k in one)) one[member] = typeof one[member];
  return one;
}

async function compare(m, systems, row) {
  const path = row.paths[Math.floor(row.paths.length / 2)];
  const answers = {};
  for (const name of Object.keys(systems)) {
    const { base, auth } = systems[name];
    const res = await m.http(row.body ? "POST" : "GET", path, {
      base,
      headers: { Authorization: auth[row.who ?? "reader"] },
      body: row.body,
    });
    assert.equal(res.status, row.status ?? 200, `${row.name}: ${NAMES[name]} answered ${res.status} ${res.text}`);
    answers[name] = content(res.body, row);
  }
  for (const name of Object.keys(systems))
    assert.deepEqual(
      answers[name],
      answers.mortise,
      `${row.name}: ${NAMES[name]} and Mortise answer otherwise:\n${JSON.stringify(answers[name])}\n${JSON.stringify(answers.mortise)}`,
    );
  if (path.startsWith("/api/tickets?")) assert(answers.mortise.items.length > 10, `${row.name}: there is too little to answer`);
}

/** The newest ticket has the same history and the same event everywhere. */
function compareWritten(m, systems) {
  const written = (name) => {
    const own = name === "mortise";
    const schema = own ? "mortise" : "public";
    return m.psql(
      `select (select changes from ${schema}.ticket_history where tenant_id = t.tenant_id and ticket_id = t.id),
         (select payload - 'ticketId' from ${schema}.events where tenant_id = t.tenant_id and type = 'TicketCreated'
           and payload ->> 'ticketId' = t.id::text)
       from ${schema}.tickets t where t.title = 'Boiler leaks' and number = 2001 order by tenant_id desc limit 1`,
      { db: systems[name].db },
    );
  };
  const right = written("mortise");
  assert.equal(right.length, 1, "Mortise has written no history or no event");
  for (const name of Object.keys(systems)) assert.deepEqual(written(name), right, `${NAMES[name]} writes another history or event`);
}

// --- what it costs -----------------------------------------------------------------------------------

const TICK_US = 10000; // USER_HZ is 100 on every Linux
const REST = /mortise-steward|mortise-fetch|--pool (admin|auth)|--nursery|mortised/;
const PLUGIN = /mortise-plugin|mortise-guest/;

/** [pid] below and with the roots. */
export function below(roots) {
  const children = new Map();
  for (const pid of readdirSync("/proc").filter((f) => /^\d/.test(f))) {
    const s = stat(pid);
    if (s) children.set(s.ppid, [...(children.get(s.ppid) ?? []), Number(pid)]);
  }
  const found = [...roots];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** null when it has ended. Ticks are its own and those of children that have ended and been waited for. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    return { ppid: fields[1], ticks: fields[11] + fields[12] + fields[13] + fields[14] };
  } catch {
    return null;
  }
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/** {kind: [pid]}; what Mortise has beside its workers: hosts and guests are "plugin", master, steward, other pools "rest". */
function processes(system) {
  const kinds = {};
  for (const [kind, roots] of Object.entries(system.roots)) kinds[kind] = below(roots);
  if (system.db === "mortise") {
    const commands = new Map(kinds.worker.map((pid) => [pid, commandOf(pid)]));
    const is = (re) => kinds.worker.filter((pid) => re.test(commands.get(pid)));
    kinds.rest = is(REST);
    kinds.plugin = is(PLUGIN).filter((pid) => !kinds.rest.includes(pid));
    kinds.worker = kinds.worker.filter((pid) => !kinds.rest.includes(pid) && !kinds.plugin.includes(pid));
  }
  return kinds;
}

/** {pid: {kind, ppid, ticks}} */
function ticks(system) {
  const found = {};
  for (const [kind, pids] of Object.entries(processes(system)))
    for (const pid of pids) {
      const s = stat(pid);
      if (s) found[pid] = { kind, ...s };
    }
  return found;
}

/** {kind: ticks} from one ticks() to another. What an ended process had is its parent's afterwards. */
function spent(before, after) {
  const sum = {};
  const add = (kind, n) => (sum[kind] = (sum[kind] ?? 0) + n);
  for (const [pid, p] of Object.entries(after)) add(p.kind, p.ticks - (before[pid]?.ticks ?? 0));
  for (const [pid, p] of Object.entries(before)) if (!after[pid] && after[p.ppid]) add(after[p.ppid].kind, -p.ticks);
  return sum;
}

function load(sh, system, row, connections, seconds) {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", join(here, "requests.lua")];
  const auth = ["-H", `Authorization: ${system.auth[row.who ?? "reader"]}`];
  const what = ["--", row.body ? "POST" : "GET", row.file, ...(row.body ? [JSON.stringify(row.body)] : [])];
  const before = ticks(system);
  const out = JSON.parse(/^@(.*)$/m.exec(sh("wrk", [...args, ...auth, system.base, ...what]))[1]);
  const after = ticks(system);
  const refused = (row.status ?? 200) >= 400 ? out.requests - out.refused : out.refused;
  if (refused || out.lost || !out.requests)
    throw new Error(`${row.name} at ${connections} connections, ${system.base}: ${JSON.stringify(out)}`);
  const cpu = {};
  for (const [kind, n] of Object.entries(spent(before, after))) cpu[kind] = (n * TICK_US) / out.requests;
  return { rate: (out.requests * 1e6) / out.us, p50: out.p50, p99: out.p99, cpu };
}

/** {kind: {mb, n}} by proportional share; of PostgreSQL the sessions in the system's database. */
function memory(system) {
  const kinds = processes(system);
  kinds.PostgreSQL = kinds.PostgreSQL.filter((pid) => ` ${commandOf(pid)} `.includes(` ${system.db} `));
  const kb = (pid) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, pids]) => [
      kind,
      { n: pids.length, mb: pids.reduce((sum, pid) => sum + kb(pid), 0) / 1024 },
    ]),
  );
}

// --- tables ------------------------------------------------------------------------------------------

const cells = (values, width, digits = 0) =>
  values.map((v) => (v === undefined ? "" : v.toFixed(digits)).padStart(width)).join("");

/** The median of the rounds of what is `of` a measured cell, against another system's in the same round. */
function ratio(results, key, connections, other, of) {
  const own = results[key].mortise[connections];
  return median(own.map((x, round) => of(x) / of(results[key][other][connections][round])));
}

function printRatios(results) {
  const keys = Object.keys(results);
  if (!keys.length) return;
  console.log("\nMortise as a share of         the limit, requests/s      Go, requests/s           Go, p99 (less is better)");
  console.log(
    `connections             ${CONNECTIONS.map((c) => String(c).padStart(8))
      .join("")
      .repeat(3)}`,
  );
  for (const key of keys) {
    const of = (other, what) =>
      cells(
        CONNECTIONS.map((c) => ratio(results, key, c, other, what)),
        8,
        2,
      );
    console.log(
      `${REQUESTS[key].name.padEnd(24)}${of("limit", (x) => x.rate)}${of("go", (x) => x.rate)}${of("go", (x) => x.p99)}`,
    );
  }
}

function printFigures(results) {
  const kinds = ["PostgreSQL", "nginx", "worker", "plugin", "memcached", "rest"];
  for (const [key, systems] of Object.entries(results)) {
    console.log(
      `\n${REQUESTS[key].name.padEnd(25)}requests/s     p50, us                 p99, us                 processor time a request at 8, us`,
    );
    console.log(
      `connections  ${CONNECTIONS.map((c) => String(c).padStart(8))
        .join("")
        .repeat(3)}${kinds.map((k) => k.padStart(11)).join("")}`,
    );
    for (const [name, cell] of Object.entries(systems)) {
      const of = (what) =>
        cells(
          CONNECTIONS.map((c) => median(cell[c].map(what))),
          8,
        );
      const cpu = kinds.map((k) => (cell[8].every((x) => x.cpu[k] === undefined) ? undefined : median(cell[8].map((x) => x.cpu[k] ?? 0))));
      console.log(`${NAMES[name].padEnd(13)}${of((x) => x.rate)}${of((x) => x.p50)}${of((x) => x.p99)}${cells(cpu, 11)}`);
    }
  }
}

function printMemory(systems) {
  console.log("\nmemory after all this, MB by proportional share (processes)");
  for (const [name, system] of Object.entries(systems)) {
    const parts = Object.entries(memory(system)).map(([kind, { mb, n }]) => `${kind} ${mb.toFixed(1)} (${n})`);
    console.log(`${NAMES[name].padEnd(13)}${parts.join(", ")}`);
  }
}

// --- the run -----------------------------------------------------------------------------------------

/** The systems that are named, with the same rows and answers, and what to ask them for. kit: what scripts/bench has. */
async function prepare(names, kit) {
  const { work, sh, startStack } = kit;
  buildPeers(kit, names);
  const m = await startStack("events_streams_per_user = 10000\nevents_streams_per_tenant = 20000\n", {
    MORTISE_THROWAWAY: "yes",
  });
  await keepCommitTimes(m);
  await m.install("time-clock");
  await m.install("hello-world");
  const clients = { reader: await m.token("Technician"), writer: await m.token("Dispatcher", 1) };
  const me = {};
  for (const [who, client] of Object.entries(clients)) me[who] = (await client.get("/api/me")).body;

  const key = randomBytes(32).toString("hex");
  const password = randomBytes(16).toString("hex");
  const env = {
    ...process.env,
    PGHOST: join(m.run, "pg"),
    PGPORT: "5432",
    PGUSER: "postgres",
    PGPASSFILE: join(m.varDir, "keys/pgpass"),
  };
  makeDatabases(m, sh, env, me.reader, password);
  const systems = await startSystems(m, kit, key, password, names);
  for (const [name, system] of Object.entries(systems)) {
    const token = (who) => jwt(key, { sub: me[who].id, tenant: me[who].tenantId, name: me[who].name });
    const header = (who) => (name === "mortise" ? clients[who].headers.Authorization : `Bearer ${token(who)}`);
    system.auth = { reader: header("reader"), writer: header("writer") };
  }

  const ids = (tenant, more = "") =>
    m.psql(`select id from mortise.tickets where tenant_id = ${tenant} ${more} order by number`).flat();
  const found = {
    reader: me.reader,
    tickets: ids(me.reader.tenantId),
    clocked: ids(me.reader.tenantId, "and number between 101 and 150"),
    writersTickets: ids(me.writer.tenantId),
  };
  const requests = {};
  for (const [k, row] of Object.entries(REQUESTS)) {
    requests[k] = { ...row, paths: row.paths(found), file: join(work, `${k}.paths`) };
    writeFileSync(requests[k].file, `${requests[k].paths.join("\n")}\n`);
    await compare(m, systems, requests[k]);
  }
  compareWritten(m, systems);
  return { m, systems, requests };
}

const loadOf = () => os.loadavg()[0].toFixed(1);

/** {row: {system: {connections: [what load() answers]}}} */
function measure({ systems, requests }, asked, connections, times, seconds, sh) {
  const names = Object.keys(systems);
  const results = Object.fromEntries(
    asked.map((k) => [k, Object.fromEntries(names.map((s) => [s, Object.fromEntries(connections.map((c) => [c, []]))]))]),
  );
  for (const k of asked) for (const name of names) load(sh, systems[name], requests[k], 8, 1); // plans, caches
  for (let round = 0; round < times; round++)
    for (const k of asked)
      for (const c of connections)
        for (const name of names) results[k][name][c].push(load(sh, systems[name], requests[k], c, seconds));
  return results;
}

const KEPT = join(here, "../quick.json");

/** Whether Mortise's share of the limit got worse than in the run that was kept, row by row; keep: writes that. */
export async function quick(keep, kit) {
  if (!keep && !existsSync(KEPT)) throw new Error("there is no kept run: scripts/bench quick --keep makes one");
  const place = await prepare(["mortise", "limit"], kit);
  const rows = Object.keys(place.requests);
  const before = loadOf();
  const results = measure(place, rows, [8], 3, 1, kit.sh);
  const cpu = (x) => Object.values(x.cpu).reduce((a, b) => a + b, 0);
  const now = Object.fromEntries(
    rows.map((k) => [
      k,
      { rate: ratio(results, k, 8, "limit", (x) => x.rate), processor: 1 / ratio(results, k, 8, "limit", cpu) },
    ]),
  );
  const kept = keep ? now : JSON.parse(readFileSync(KEPT, "utf8"));
  if (keep) writeFileSync(KEPT, `${JSON.stringify(now, (_, v) => (typeof v === "number" ? Number(v.toFixed(3)) : v), 2)}\n`);
  console.log(`of the limit (1 = as good), at 8 connections; load ${before} before`);
  const { lines, worse } = compared(Object.fromEntries(rows.map((k) => [k, place.requests[k].name])), now, kept);
  console.log(lines.join("\n"));
  return worse.length === 0;
}

/** kit: what scripts/bench has. */
export async function run({ seconds, rows }, kit) {
  const { sh } = kit;
  buildStreams(kit);
  const place = await prepare(SYSTEMS, kit);
  const { m, systems, requests } = place;
  const asked = rows.filter((k) => requests[k]);
  console.log(
    `the same answers from all four; ${os.cpus().length} cores, load ${loadOf()} before; ${rounds} rounds of ${seconds} s a figure`,
  );
  const results = measure(place, asked, CONNECTIONS, rounds, seconds, sh);

  const events = {};
  for (const k of rows.filter((r) => EVENTS[r])) {
    if (EVENTS[k] > 1000) await widen(m, systems);
    events[k] = { mortise: [], go: [], express: [] };
    for (let round = 0; round < rounds; round++)
      for (const name of Object.keys(events[k])) events[k][name].push(await event(m, kit, systems[name], EVENTS[k], { ticks, spent }));
  }
  const disturbed = [];
  if (rows.includes(OTHERS)) for (let round = 0; round < rounds; round++) disturbed.push(await others(m, kit, systems.mortise));
  printRatios(results);
  printFigures(results);
  printEvents(events, NAMES);
  printOthers(disturbed);
  printMemory(systems);
  console.log(`load ${loadOf()} after`);
}
