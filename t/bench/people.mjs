// scripts/bench people [PEOPLE]: what people cost. A sign-in and the check of a session; lists, searches and changed
// roles in a company of 10,000 people beside one with the demo's few; a role that all of them have; the export of a company
// with 100,000 tickets.
//
// Both companies are on one stack and get the same requests in turn, as in growth.mjs, whose rows these are like. The
// answer to a change that takes a right away comes when the right has ended on every host (fcgi/auth/rights.h), so its
// wall time is the time until that holds.

import { readdirSync, readFileSync } from "node:fs";

import { compare } from "./growth.mjs";

const TICKETS = 100000;
const ROLE_MAX_MS = 60000;

/** PEOPLE of the words after "people"; null after saying how to use it. */
export function choose(args) {
  const people = args.length ? Number(args[0]) : 10000;
  if (args.length < 2 && Number.isInteger(people) && people >= 100 && people <= 100000) return { people };
  console.error("scripts/bench people [PEOPLE, 100 to 100000]");
  return null;
}

const ROWS = {
  "sign-in": {
    method: "POST",
    path: () => "/api/auth/login",
    as: (c) => c.visitor, // signing in ends the session that a request comes with
    body: (c) => ({ email: c.signs.email, password: c.signs.password }),
    times: 20,
  },
  "session check (404)": { path: () => "/api/tickets/none", status: 404 },
  "people, page 1": { path: () => "/api/users?limit=50" },
  "people, page 100 (1 of the small)": { path: (c) => `/api/users?limit=50&cursor=${c.cursor}` },
  "people of a role": { path: () => "/api/users?limit=50&role=Technician" },
  "people, search: one": { path: (c) => `/api/users?limit=50&q=${encodeURIComponent(c.one)}` },
  "people, search: a common name": { path: () => "/api/users?limit=50&q=an" },
  "people, search: nobody": { path: () => "/api/users?limit=50&q=kkkkkk" },
  "who can do this": { path: () => "/api/permissions/tickets:read/people?limit=50" },
};
const now = () => performance.now();

/** {given, taken}: milliseconds of n changes of a person's roles, in order of size. */
async function changed(c, n) {
  const ms = { given: [], taken: [] };
  for (let i = 0; i < n; i++)
    for (const [what, roles] of [["given", ["Technician", "Dispatcher"]], ["taken", ["Technician"]]]) {
      const began = now();
      await change(c.client, `/api/users/${c.person}`, { roles });
      ms[what].push(now() - began);
    }
  for (const list of Object.values(ms)) list.sort((a, b) => a - b);
  return ms;
}

async function change(client, path, body, method = "PATCH") {
  const res = await client.request(method, path, { body, deadline: ROLE_MAX_MS });
  if (res.status >= 300) throw new Error(`${method} ${path}: ${res.status} ${res.text}`);
  return res.body;
}

/** Mb of this stack's largest process of this name, now. */
function residentMb(name, folder) {
  const mb = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).map((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (!words[0].endsWith(name) || !words.some((w) => w.startsWith(folder))) return 0;
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    } catch {
      return 0; // it has ended
    }
  });
  return Math.max(0, ...mb);
}

async function exported(m, client) {
  const began = now();
  const { id } = await change(client, "/api/company/exports", {}, "POST");
  let most = 0;
  const made = await m.until(async () => {
    most = Math.max(most, residentMb("mortise-steward", m.varDir));
    const one = (await client.get("/api/company/exports")).body.items.find((e) => e.id === id);
    if (one.state === "failed") throw new Error("the export failed");
    return one.state === "ready" && one;
  }, 600000, "the export");
  return { seconds: (now() - began) / 1000, mb: made.size / 2 ** 20, most };
}

async function company(m, nth) {
  const client = await m.login("Admin", nth);
  const [[tenant]] = m.psql(`select tenant_id from mortise.users where id = '${client.who.id}'`);
  const [[person, name]] = m.psql(`select id, name from mortise.users where tenant_id = ${tenant} and id <> '${client.who.id}' order by id desc limit 1`);
  const c = { m, client, visitor: new m.Client({ Origin: client.base }, null, client.base), signs: m.account("Dispatcher", nth), tenant, person, one: name, cursor: "" };
  for (let i = 0; i < 25; i++) c.cursor = (await client.get(`/api/users?limit=200${c.cursor && `&cursor=${c.cursor}`}`)).body.nextCursor ?? c.cursor;
  return c;
}

/** kit: what scripts/bench has. */
export async function run({ people }, { startStack }) {
  const m = await startStack("login_tries_address = 100000\n", { MORTISE_THROWAWAY: "yes" });
  const [[tenant]] = m.psql(`select id from mortise.tenants where code = '${m.tenants()[0]}'`);
  const began = now();
  m.psql(`
    create temp table names as select g, (array['Ann', 'Ben', 'Cem', 'Dana', 'Eva', 'Fay', 'Gus', 'Hana'])[1 + g % 8] || ' '
      || (array['Adler', 'Berg', 'Costa', 'Dahl', 'Ek', 'Falk', 'Grant'])[1 + g % 7] || ' ' || to_hex(g * 7919) as name
      from generate_series(1, ${people}) g;
    select mortise.user_create(${tenant}, gen_random_uuid(), 'person' || g || '@large.example', name, '{Technician}', 'x') from names \\g /dev/null
    set session_replication_role = replica;
    insert into mortise.tickets (tenant_id, id, number, title, description, words, created_by)
      select ${tenant}, gen_random_uuid(), 100000 + g, 'Boiler ' || g, repeat('It leaks since this morning. ', 8), 'boiler',
        (select id from mortise.users where tenant_id = ${tenant} limit 1) from generate_series(1, ${TICKETS}) g;
    vacuum analyze;`);
  const [large, small] = [await company(m, 0), await company(m, 1)];
  const all = people.toLocaleString("en-GB");
  console.log(`a company with ${all} people and ${TICKETS.toLocaleString("en-GB")} tickets: made in ${((now() - began) / 1000).toFixed(0)} s`);

  await compare(small, large, ["the demo's people", `${all} people`], ROWS);

  console.log(`\n${"until it holds everywhere, ms: median, slowest of 20".padEnd(58)}given             taken`);
  for (const [name, c] of [["a role, the demo's people", small], [`a role, ${all} people`, large]]) {
    const { given, taken } = await changed(c, 20);
    console.log(`${name.padEnd(46)}${[given, taken].map((ms) => `${ms[9].toFixed(0).padStart(8)}${ms[19].toFixed(0).padStart(8)}`).join("  ")}`);
  }
  const { role } = await change(large.client, "/api/roles", { label: "Everybody" }, "POST");
  const permission = async (what) => {
    const start = now();
    await change(large.client, `/api/roles/${role}/permissions`, { [what]: ["users:read"] }, "PUT");
    return (now() - start).toFixed(0).padStart(8);
  };
  // Not by triggers, whose 10,000 ends of streams the next answer would wait for.
  m.psql(`set session_replication_role = replica; update mortise.users set roles = roles || array['${role}'] where tenant_id = ${tenant}`);
  const figures = [await permission("grant"), await permission("revoke")];
  console.log(`${`a permission of ${all} people`.padEnd(46)}${figures.join("          ")}`);

  const e = await exported(m, large.client);
  console.log(`\nexport of that company: ${e.seconds.toFixed(1)} s, ${e.mb.toFixed(1)} MB, at most ${e.most.toFixed(0)} MB resident`);
}
