#!/usr/bin/env -S node --test-reporter=tap
// What a request reads of a company with many tickets and people: the plans of the statements that it really sends, as
// auto_explain writes them into PostgreSQL's log, those inside functions with them. No plan reads a table from end
// to end, and no node of one touches more rows than a search may find.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { AWAY, leaseOver, login, psql, until, varDir } from "../lib/mortise.mjs";

const MANY = 10500;
const TOUCHED = 6000; // rows of a node: a search finds at most 5,000 by its index
const TABLES = ["tickets", "ticket_words"];
const log = join(varDir, "log/postgres.log");
const settings = {
  session_preload_libraries: "auto_explain",
  "auto_explain.log_min_duration": "0",
  "auto_explain.log_analyze": "on",
  "auto_explain.log_timing": "off",
  "auto_explain.log_nested_statements": "on",
  "auto_explain.log_format": "json",
};
let client, tenant, first, own;

const ROLES = ["mortise_api", "mortise_steward"];
const ROLE = "r00000000abcd";

/** New sessions of the api pool and the steward have what was set. */
async function reconnect() {
  psql(`select pg_terminate_backend(pid) from pg_stat_activity where usename in ('${ROLES.join("', '")}')`);
  for (let i = 0; i < 20; i++) await until(async () => (await client.get("/api/tickets?limit=1")).status === 200, 30000, "the api answers", AWAY);
}

before(async () => {
  client = await login("Dispatcher");
  [[tenant]] = psql(`select tenant_id from mortise.users where id = '${client.who.id}'`);
  [[first]] = psql(`update mortise.counters set value = value + ${MANY} where tenant_id = ${tenant} and name = 'ticket' returning value - ${MANY}`);
  // A word in a hundred tickets, one in a fifth of them, one in each, one in the 1,500 that changed last and in no new one; a
  // number of the largest company.
  psql(`insert into mortise.tickets (tenant_id, id, number, title, description, created_by, state, priority, created_at, updated_at)
    select ${tenant}, gen_random_uuid(), ${first} + i, 'Plan w' || i,
      'everywhere ' || case when i <= 1500 then 'venerable ' else '' end || case when i % 5 = 0 then 'quintessence ' else '' end || case when i % 105 = 0 then 'zephyrine' else '' end,
      '${client.who.id}', (array['new', 'done', 'on_hold'])[1 + i % 3], (array['low', 'normal', 'high'])[1 + i % 3],
      now() - i * interval '1 minute', now() - i * interval '1 minute'
    from generate_series(1, ${MANY}) i`);
  own = await login("Technician");
  psql(`set session_replication_role = replica;
    insert into mortise.users (tenant_id, id, email, name, active) select ${tenant}, gen_random_uuid(), 'plan' || i || '@plans.example', 'Plan ' || i, false from generate_series(1, ${MANY}) i;
    analyze mortise.users`);
  psql(`update mortise.tickets set assignee_id = '${own.who.id}' where tenant_id = ${tenant} and number > ${first} and number % 105 in (1, 2);
    update mortise.tickets set created_by = '${own.who.id}' where tenant_id = ${tenant} and number > ${first} and number % 105 in (2, 3);
    insert into mortise.custom_roles (tenant_id, id, label, permissions) values (${tenant}, '${ROLE}', 'Plans', '{tickets:write:own}')`);
  // Row security hides the company from the planner, which takes each to be as large as the average of many.
  for (const table of TABLES) psql(`alter table mortise.${table} alter tenant_id set (n_distinct = 300)`);
  // Whole: pages that a test before this one left empty make other plans look cheap.
  psql("vacuum (full, analyze) mortise.tickets, mortise.ticket_words");
  for (const role of ROLES)
    for (const [name, value] of Object.entries(settings)) psql(`alter role ${role} in database mortise set ${name} = '${value}'`);
  await reconnect();
});

after(async () => {
  // Nothing refers to them: each would be looked for in all tables.
  psql("set session_replication_role = replica; delete from mortise.users where email like '%@plans.example'");
  for (const role of ROLES) for (const name of Object.keys(settings)) psql(`alter role ${role} in database mortise reset ${name}`);
  psql(`delete from mortise.tickets where tenant_id = ${tenant} and title like 'Plan w%'; delete from mortise.custom_roles where id = '${ROLE}'`);
  for (const table of TABLES) psql(`alter table mortise.${table} alter tenant_id reset (n_distinct)`);
  psql("analyze mortise.tickets, mortise.ticket_words");
  await reconnect();
});

/** [{user, text, plan}] of what PostgreSQL logs while `work` runs. */
async function plansOf(work) {
  const from = statSync(log).size;
  await work();
  const found = [];
  const written = readFileSync(log).subarray(from).toString(); // from is in bytes, and not all characters before it have one
  const parts = written.split(/^.*\] (\w*) LOG: {2}duration: .* plan:$/m).slice(1);
  for (let i = 0; i < parts.length; i += 2) {
    const [user, part] = parts.slice(i, i + 2);
    const end = part.search(/^\t?\}$/m);
    const { "Query Text": text, Plan: plan } = JSON.parse(part.slice(0, end).replace(/^\t/gm, "") + "}");
    found.push({ user, text, plan });
  }
  return found;
}

/** Not the steward's, which measures each hour what companies store, and on a busy machine has yet to publish what before() made. */
const plansOfRequests = async (work) => (await plansOf(work)).filter((p) => p.user === "mortise_api");

function* nodes(plan) {
  yield plan;
  for (const p of plan.Plans ?? []) yield* nodes(p);
}

/** What is wrong with a plan, in words. */
function faults({ text, plan }) {
  const wrong = [];
  for (const n of nodes(plan)) {
    const touched = (n["Actual Rows"] + (n["Rows Removed by Filter"] ?? 0) + (n["Rows Removed by Index Recheck"] ?? 0)) * n["Actual Loops"];
    const what = `${n["Node Type"]} ${n["Relation Name"] ?? ""} ${n["Index Name"] ?? ""}`;
    if (n["Node Type"] === "Seq Scan" && /^ticket/.test(n["Relation Name"]) && n["Relation Name"] !== "ticket_states") wrong.push(`${what} in ${text}`);
    if (touched > TOUCHED) wrong.push(`${what} touches ${touched} rows in ${text}`);
  }
  return wrong;
}

async function cursorOf(query, pages) {
  let cursor = "";
  for (let i = 0; i < pages; i++) cursor = (await client.get(`/api/tickets?limit=200&${query}${cursor && `&cursor=${cursor}`}`)).body.nextCursor;
  return cursor;
}

const REQUESTS = {
  "a ticket": async () => `/api/tickets/${psql(`select id from mortise.tickets where tenant_id = ${tenant} and number = ${first} + 777`)[0][0]}`,
  "its history": async () => `/api/tickets/${psql(`select id from mortise.tickets where tenant_id = ${tenant} and number = ${first} + 777`)[0][0]}/history`,
  "the first page": () => "/api/tickets?limit=50",
  "page 100": async () => `/api/tickets?limit=50&cursor=${await cursorOf("sort=updated", 25)}`,
  "by a state": () => "/api/tickets?limit=50&state=on_hold",
  "by a category": () => "/api/tickets?limit=50&state=open",
  "by a person": () => "/api/tickets?limit=50&assigneeId=me",
  "by a priority": () => "/api/tickets?limit=50&priority=high",
  "by a priority that none has": () => "/api/tickets?limit=50&priority=urgent",
  "nobody's": () => "/api/tickets?limit=50&assigneeId=none",
  "by a state and a person": () => "/api/tickets?limit=50&state=on_hold&assigneeId=me",
  "by a state and a priority": () => "/api/tickets?limit=50&state=on_hold&priority=high",
  "by a state, oldest first": () => "/api/tickets?limit=50&state=on_hold&sort=-created",
  "by a state that none has, by number": () => "/api/tickets?limit=50&state=cancelled&sort=number",
  "by filters that many have, by number": () => "/api/tickets?limit=50&state=new,done,on_hold&assigneeId=none&sort=number",
  "a word in all, by a state and priority": () => "/api/tickets?limit=50&q=everywhere&state=on_hold&sort=priority",
  "sorted by number": () => "/api/tickets?limit=50&sort=number",
  "sorted by creation": () => "/api/tickets?limit=50&sort=-created",
  "sorted by priority": () => "/api/tickets?limit=50&sort=priority",
  "a word in all": () => "/api/tickets?limit=50&q=everywhere",
  "a word in a fifth": () => "/api/tickets?limit=50&q=quintessence&sort=priority",
  "a word in a hundred": () => "/api/tickets?limit=50&q=zephyrine",
  "a word too many have to read all": () => "/api/tickets?limit=50&q=venerable",
  "its page 9": async () => `/api/tickets?limit=50&q=venerable&cursor=${await cursorOf("q=venerable", 2)}`,
  "the same word by priority": () => "/api/tickets?limit=50&q=venerable&sort=priority",
  "a fragment": () => "/api/tickets?limit=50&q=phyrin",
  "two words in a row": () => "/api/tickets?limit=50&q=everywhere%20quintessence",
  "two words apart": () => "/api/tickets?limit=50&q=zephyrine%20everywhere",
  "a word in one": () => "/api/tickets?limit=50&q=w7771",
  "a number": () => `/api/tickets?limit=50&q=%23${Number(first) + 777}`,
  "a number of one digit": () => "/api/tickets?limit=50&q=%231",
  "a typing error": () => "/api/tickets?limit=50&q=zephirine",
  "a page of people": () => "/api/users?limit=50",
  "two letters exchanged": () => "/api/tickets?limit=50&q=zephryine",
};

for (const [name, path] of Object.entries(REQUESTS))
  test(`${name}: by an index`, { timeout: 120000 }, async () => {
    const url = await path();
    await leaseOver(); // a total that was just counted would not be again
    const plans = await plansOfRequests(async () => {
      // Six times: by then PostgreSQL has chosen whether to keep a plan for all values.
      for (let i = 0; i < 6; i++) {
        const res = await client.get(url);
        assert.equal(res.status, 200, res.text);
        if (/q=/.test(url)) assert.ok(res.body.items.length, "it finds something");
      }
    });
    assert.ok(plans.length, "plans were logged");
    assert.deepEqual([...new Set(plans.flatMap(faults))], []);
  });

test("of somebody who sees own tickets only: by the indexes of their columns, page, total and search", { timeout: 120000 }, async () => {
  psql(`update mortise.users set roles = '{${ROLE}}' where id = '${own.who.id}'`);
  try {
    await leaseOver();
    const count = Number(psql(`select count(*) from mortise.tickets where tenant_id = ${tenant} and '${own.who.id}' in (assignee_id, created_by)`)[0][0]);
    for (const query of ["", "state=on_hold", "state=open&sort=priority", "sort=number", "sort=-created", "assigneeId=none", "priority=high&sort=number", "total=exact", "q=everywhere", "q=w106&sort=number"]) {
      const plans = await plansOfRequests(async () => {
        for (let i = 0; i < 6; i++) {
          const res = await own.get(`/api/tickets?limit=50&${query}`);
          assert.equal(res.status, 200, res.text);
          if (!query) assert.equal(res.body.total, count);
        }
      });
      const wrong = plans.flatMap(({ text, plan }) => [...nodes(plan)].filter((n) => n["Relation Name"] === "tickets").map((n) => [n, text]))
        .filter(([n]) => (n["Actual Rows"] + (n["Rows Removed by Filter"] ?? 0)) * n["Actual Loops"] > count).map(([n, text]) => `${n["Node Type"]} ${n["Index Name"]} in ${text}`);
      assert.deepEqual([...new Set([...wrong, ...plans.flatMap(faults)])], [], query);
      assert.ok(plans.some(({ plan }) => [...nodes(plan)].some((n) => /tickets_(assignee|author)/.test(n["Index Name"]))), query);
    }
  } finally {
    psql(`update mortise.users set roles = '{Technician}' where id = '${own.who.id}'`);
  }
});

/** What PostgreSQL logs while tickets are created, once for each worker's plans and once more. */
const creating = (body, plans = plansOfRequests) =>
  plans(async () => {
    for (let i = 0; i < 12; i++) assert.equal((await client.post("/api/tickets", { title: "Plan w of a new ticket", ...body })).status, 201);
  });

test("a new ticket touches no other tickets, and plans no function of its triggers anew", async () => {
  // What an SQL function runs has no text of its own; it is planned for each call. A session plans some anew for the first
  // calls that it gets, and twelve tickets don't reach each worker so often: one round without is enough.
  let anew;
  for (let round = 0; round < 10 && anew?.length !== 0; round++) {
    const plans = await creating();
    assert.ok(plans.some((p) => p.text.includes("INSERT INTO mortise.tickets")), "plans were logged");
    if (round > 0) assert.deepEqual([...new Set(plans.flatMap(faults))], []);
    anew = plans.filter((p) => !p.text);
  }
  assert.deepEqual(anew, []);
});

test("the rule of tickets is asked once in a lease for what is everybody's, and each time for what isn't", async () => {
  const asked = (plans) => plans.filter((p) => p.text.includes("mortise.ticket_rule(")).length;
  const workers = 4;
  const began = performance.now();
  const n = asked(await creating());
  assert.ok(n <= workers * (1 + (performance.now() - began) / 500), `asked ${n} times`);
  const each = asked(await creating({ state: "done" }));
  assert.ok(each > 2 * workers, `asked ${each} times for twelve tickets`);
});

test("the steward finds new events by their index, few as they are", async () => {
  const found = [];
  await until(async () => {
    found.push(...(await creating({}, plansOf)).filter((p) => p.text.includes("fresh as materialized")));
    return found.length > 6;
  }, 30000, "the steward's plans");
  const used = found.flatMap((p) => [...nodes(p.plan)].map((n) => n["Index Name"] ?? (n["Node Type"] === "Seq Scan" && "none"))).filter(Boolean);
  assert.deepEqual([...new Set(used)], ["events_xid"]);
});

// Where one filter has few rows they are read, else the order is followed: both find the same as plain SQL.
for (const [query, where, order] of [
  ["priority=high", "priority = 'high'", "updated_at desc, id desc"],
  ["state=on_hold&sort=number", "state = 'on_hold'", "number desc, id desc"],
  ["state=on_hold&priority=high,low&sort=-created", "state = 'on_hold' and priority in ('high', 'low')", "created_at, id"],
  ["assigneeId=none&sort=-number", "assignee_id is null", "number, id"],
  ["assigneeId=none&state=new,done,on_hold", "assignee_id is null and state in ('new', 'done', 'on_hold')", "updated_at desc, id desc"],
  ["assigneeId=me,none&state=done", "state = 'done' and (assignee_id is null or assignee_id = '$me')", "updated_at desc, id desc"],
  ["priority=urgent&assigneeId=none&sort=priority", "priority = 'urgent' and assignee_id is null", "id desc"],
  ["q=venerable", "description ~ 'venerable'", "updated_at desc, id desc"],
  ["q=venerabl&sort=-updated", "description ~ 'venerable'", "updated_at, id"],
  ["q=venerable&sort=number", "description ~ 'venerable'", "number desc"],
  ["q=venerable&sort=-number", "description ~ 'venerable'", "number"],
  ["q=venarable&sort=-created", "description ~ 'venerable'", "created_at, id"],
  ["q=venerable&sort=priority", "description ~ 'venerable'", "array_position(array['low', 'normal', 'high'], priority::text) desc, id desc"],
  ["q=zephyrine&sort=-priority", "description ~ 'zephyrine'", "array_position(array['low', 'normal', 'high'], priority::text), id"],
  ["q=everywhere%20venerable&sort=number", "description ~ 'everywhere venerable'", "number desc"],
  ["q=quintessence&state=on_hold&sort=number", "state = 'on_hold' and description ~ 'quintessence'", "number desc, id desc"],
])
  test(`pages of ${query} are those of plain SQL`, async () => {
    const from = `from mortise.tickets where tenant_id = ${tenant} and ${where.replace("$me", client.who.id)}`;
    const right = psql(`select id ${from} order by ${order} limit 350`).flat();
    const ids = [];
    for (let page = 0, cursor = ""; page < 7 && cursor !== null; page++) {
      const res = await client.get(`/api/tickets?limit=50&${query}${cursor && `&cursor=${cursor}`}`);
      assert.equal(res.status, 200, res.text);
      ids.push(...res.body.items.map((t) => t.id));
      assert.equal(res.body.total, Math.min(Number(psql(`select count(*) ${from}`)[0][0]), 1001), "the total");
      cursor = res.body.nextCursor;
    }
    assert.deepEqual(ids, right);
  });

test("a search finds what there is, whichever way it takes", async () => {
  const find = async (q) => (await client.get(`/api/tickets?limit=200&q=${encodeURIComponent(q)}`)).body;
  assert.equal((await find("zephyrine")).total, MANY / 105);
  assert.equal((await find("phyrin")).total, MANY / 105);
  assert.equal((await find("ZEPHIRINE")).total, MANY / 105);
  assert.equal((await find("quintessence zephyrine")).total, MANY / 105);
  // In this order they are in no text, and the words by themselves are in too many to look for that.
  assert.equal((await find("everywhere plan")).total, 1001);
  assert.equal((await find("quintessence")).total, 1001);
  assert.ok((await find("quintessence")).items.every((t) => /quintessence/.test(t.description)));
  assert.deepEqual((await find(`#${Number(first) + 777}`)).items.map((t) => t.title), ["Plan w777"]);
  assert.deepEqual((await find("kkkkkkkk")).items, []);
});

test("another company's words are neither found nor meant", async () => {
  const other = await login("Dispatcher", 1);
  for (const q of ["zephyrine", "zephirine", "phyrin", "quintessence", "w7771"]) {
    const res = await other.get(`/api/tickets?q=${q}`);
    assert.deepEqual([res.status, res.body.items.filter((t) => t.title.startsWith("Plan "))], [200, []], q);
    assert.equal(res.body.total, 0, q);
  }
});

test("without the index the same check fails", { timeout: 120000 }, async () => {
  // In one transaction that is undone: sessions of the api pool don't see it.
  const out = psql(`begin; drop index mortise.tickets_priority; set local role mortise_api; set local mortise.tenant = '${tenant}';
    explain (analyze, timing off, format json) select * from mortise.tickets t order by
      (case t.priority when 'low' then 1 when 'normal' then 2 when 'high' then 3 when 'urgent' then 4 end) desc, t.id desc limit 51;
    rollback;`)
    .flat()
    .join("\n");
  assert.ok(faults({ text: "by priority", plan: JSON.parse(out)[0].Plan }).length);
});
