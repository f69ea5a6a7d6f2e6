#!/usr/bin/env -S node --test-reporter=tap
// All versions of a plugin on one set of tables: what a new one adds, moves and takes away, and that an old one
// works on through all of it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { approve, consenting, login, psql, remove, run, until, varDir } from "../lib/mortise.mjs";
import { faults, leftNothing, offer, reversion, traces, upload } from "./package.mjs";

const KEY = "versions";
const sha = (text) => createHash("sha256").update(text).digest("hex");
const EXPAND = `ALTER TABLE x_versions.things ADD COLUMN letters integer, ADD COLUMN kind text NOT NULL DEFAULT 'thing';
CREATE TABLE x_versions.parts (
  tenant_id integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  thing uuid NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, thing) REFERENCES x_versions.things ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX things_kind ON x_versions.things (tenant_id, kind);
`;
const MOVE = `UPDATE x_versions.things SET letters = length(note) WHERE letters IS NULL;
INSERT INTO x_versions.parts (id, thing) SELECT id, id FROM x_versions.things ON CONFLICT DO NOTHING;
`;
/** A version with more migrations: {"002-more.sql": text}. */
const make = (version, migrations = {}, permissions = ["users:read"]) =>
  reversion(KEY, version, ({ files, manifest }) => {
    manifest.permissions = permissions;
    for (const [name, text] of Object.entries(migrations)) files.set(`migrations/${name}`, Buffer.from(text));
  });
const SECOND = { "002-letters.sql": EXPAND, "002-letters.tenant.sql": MOVE };
let start, admin, other, sys, ids;

before(async () => {
  await remove(KEY);
  start = traces();
  [admin, other, sys] = [await login("Admin"), await login("Admin", 1), await login("SystemAdmin")];
});
after(() => remove(KEY));

const things = (columns) => psql(`select t.code, ${columns} from x_versions.things x join mortise.tenants t on t.id = x.tenant_id order by 1, 2`);
const columns = () =>
  psql(`select attname from pg_attribute where attrelid = 'x_versions.things'::regclass and attnum > 0 and not attisdropped order by attnum`).flat();
const applied = () => psql(`select name, phase from mortise.plugin_migrations where plugin_key = '${KEY}' order by 1`).map((r) => r.join(" "));
const moved = () => psql(`select t.code, m.name from mortise.plugin_tenant_migrations m join mortise.tenants t on t.id = m.tenant_id order by 1, 2`);
const add = async (tenant = 0) => {
  const res = await (await login("Technician", tenant)).post(`/api/plugins/${KEY}/things`);
  assert.equal(res.status, 201, res.text);
};
const version = async (tenant = 0) => (await (await login("Technician", tenant)).get(`/api/plugins/${KEY}/version`)).body?.version;
const approval = (v) => consenting(sys, `/api/plugins/catalog/${KEY}/${v}/approve`);
const upgrade = (v, nth = 0) => consenting(nth ? other : admin, `/api/plugins/installations/${ids[nth]}/upgrade`, { version: v });
const rollback = (nth = 0) => (nth ? other : admin).post(`/api/plugins/installations/${ids[nth]}/rollback`, undefined, { deadline: 60000 });
const drop = (v) => sys.del(`/api/plugins/catalog/${KEY}/${v}`);
/** Nobody may migrate: the owner's role can't log in and no phase stands. */
const shut = () => {
  assert.deepEqual(psql("select rolcanlogin, rolpassword is null from pg_authid where rolname = 'o_versions'"), [["f", "t"]]);
  assert.deepEqual(psql("select * from mortise_guard.openings"), []);
};

test("version 1 is in use by two companies", async () => {
  await offer(make("1.0.0"));
  ids = [];
  for (const who of [admin, other]) {
    const res = await consenting(who, "/api/plugins/install", { pluginKey: KEY });
    assert.equal(res.status, 201, res.text);
    ids.push(res.body.id);
  }
  await add(0);
  await add(1);
  shut();
});

test("a migration that fails at its last statement leaves nothing, and the error names the place", async () => {
  const before = [columns(), applied(), traces().relations];
  const bad = {
    "002-letters.sql": EXPAND,
    "003-late.sql": "CREATE TABLE x_versions.late (tenant_id integer NOT NULL PRIMARY KEY);\n\nALTER TABLE x_versions.things DROP COLUMN note;\n",
  };
  assert.equal((await upload(make("1.1.0", bad))).status, 201);
  const res = await approval("1.1.0");
  assert.equal(res.status, 422, res.text);
  assert.match(faults(res).get("/migrations/003-late.sql").join(), /^Line 3: Not allowed while older versions use the tables: column things\.note was taken away/);
  assert.deepEqual([columns(), applied(), traces().relations], before);
  shut();
  await add(0);
  const list = (await sys.get(`/api/plugins/catalog/${KEY}`)).body.items;
  assert.equal(list.find((p) => p.version === "1.1.0").approved, false);
  await drop("1.1.0");
});

test("what only its end shows is refused by its COMMIT", async () => {
  const before = columns();
  assert.equal((await upload(make("1.1.0", { "002-x.sql": "CREATE TABLE x_versions.x (id integer PRIMARY KEY);" }))).status, 201);
  const res = await approval("1.1.0");
  assert.equal(res.status, 422, res.text);
  assert.match(faults(res).get("/migrations").join(), /has no plain column tenant_id/);
  assert.deepEqual(psql("select to_regclass('x_versions.x') is null"), [["t"]]);
  assert.deepEqual(columns(), before);
  shut();
  await drop("1.1.0");
});

test("an error doesn't quote a company's row", async () => {
  const bad = { "002-x.sql": "CREATE INDEX ON x_versions.things (tenant_id, (note::numeric::integer));" };
  psql("update x_versions.things set note = 'a secret'");
  assert.equal((await upload(make("1.1.0", bad))).status, 201);
  const res = await approval("1.1.0");
  assert.equal(res.status, 422, res.text);
  assert.deepEqual(faults(res).get("/migrations/002-x.sql"), ["Line 1: a row that is there doesn't allow it (SQLSTATE 22P02)"]);
  assert.doesNotMatch(res.text, /secret/);
  shut();
  psql("update x_versions.things set note = '1.0.0'");
  await drop("1.1.0");
});

test("a table that is locked for a moment is waited for, and the old version answers all the while", async () => {
  const lock = spawn("psql", ["-XqAt", "-d", "mortise"], {
    stdio: ["pipe", "ignore", "inherit"],
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") },
  });
  const ended = new Promise((done) => lock.on("exit", done));
  lock.stdin.write("begin; select 'locked' from x_versions.things limit 1;\n");
  await until(() => psql("select 1 from pg_locks l where l.relation = 'x_versions.things'::regclass and l.mode = 'AccessShareLock'").length > 0);
  assert.equal((await upload(make("1.1.0", SECOND))).status, 201);
  let over = false;
  let answers = 0;
  const asking = (async () => {
    const who = await login("Technician");
    while (!over) {
      const res = await who.get(`/api/plugins/${KEY}/things`);
      answers++;
      assert.equal(res.status, 200, res.text);
    }
  })();
  const approving = approval("1.1.0");
  await until(() => psql("select 1 from pg_stat_activity where usename = 'o_versions' and wait_event_type = 'Lock'").length > 0, 30000, "the migration waits");
  // Those that stand behind it are answered before the lock is over: it steps back again and again.
  const had = answers;
  await until(() => answers >= had + 3, 30000, "answers while it waits");
  lock.stdin.end("commit;\n");
  const res = await approving;
  over = true;
  await asking;
  await ended;
  assert.equal(res.status, 200, res.text);
  shut();
});

test("what it added is there for both, and version 1 writes as ever", async () => {
  assert.deepEqual(columns(), ["tenant_id", "id", "note", "letters", "kind"]);
  assert.deepEqual(applied(), ["001-things.sql expand", "002-letters.sql expand"]);
  assert.equal(await version(0), "1.0.0");
  await add(0);
  await add(1);
  assert.deepEqual([...new Set(things("letters, kind").map((r) => r.join(" ")))], ["harbor  thing", "northwind  thing"]);
  assert.deepEqual(moved(), []);
});

test("a company's rows are moved when it switches; another's stay as they were", async () => {
  const res = await upgrade("1.1.0");
  assert.equal(res.status, 200, res.text);
  await until(async () => (await version(0)) === "1.1.0");
  assert.deepEqual([...new Set(things("letters").map((r) => r.join(" ")))], ["harbor ", "northwind 5"]);
  assert.deepEqual(psql("select count(distinct tenant_id), count(*) = (select count(*) from x_versions.things where tenant_id = min(p.tenant_id)) from x_versions.parts p"), [["1", "t"]]);
  assert.deepEqual(moved(), [["northwind", "002-letters.tenant.sql"]]);
  assert.deepEqual(psql("select * from mortise.plugin_moves"), []);
});

test("a rollback loses no row; what the old version wrote is moved at the next switch", async () => {
  await add(0);
  const rows = things("x.id");
  const res = await rollback();
  assert.equal(res.status, 200, res.text);
  await until(async () => (await version(0)) === "1.0.0");
  assert.deepEqual(things("x.id"), rows);
  assert.ok(Number(psql("select count(*) from x_versions.parts")[0][0]) > 0);
  await add(0);
  assert.equal(things("letters").filter(([code, letters]) => code === "northwind" && letters === "").length, 2);
  assert.equal((await upgrade("1.1.0")).status, 200);
  assert.equal(things("letters").filter(([code, letters]) => code === "northwind" && letters === "").length, 0);
});

test("what the old version wrote in its last moments is moved when it has gone", async () => {
  const letters = () => psql("select count(*) from x_versions.things x join mortise.tenants t on t.id = x.tenant_id where t.code = 'northwind' and letters is null");
  await add(0); // version 1's library: it never fills the new column
  assert.deepEqual(letters(), [["1"]]);
  await until(() => letters()[0][0] === "0", 60000, "a second move");
  assert.deepEqual(moved(), [["northwind", "002-letters.tenant.sql"]]);
  assert.ok(things("letters").some(([code, n]) => code === "harbor" && n === ""));
});

test("rows that can't be moved keep their company where it is", async () => {
  const bad = { ...SECOND, "003-more.tenant.sql": `UPDATE x_versions.things SET kind = 'moved';\nINSERT INTO x_versions.parts (id, thing) SELECT id, id FROM x_versions.things;\n` };
  assert.equal((await upload(make("1.2.0", bad))).status, 201);
  assert.equal((await approval("1.2.0")).status, 200);
  const res = await upgrade("1.2.0");
  assert.equal(res.status, 422, res.text);
  assert.match(faults(res).get("/migrations/003-more.tenant.sql").join(), /^Line 2: /);
  assert.equal(await version(0), "1.1.0");
  assert.deepEqual(psql("select count(*) from x_versions.things where kind = 'moved'"), [["0"]]);
  assert.deepEqual(moved(), [["northwind", "002-letters.tenant.sql"]]);
  await add(0);
  await drop("1.2.0");
});

test("a tenant's migration reaches its own rows only, whatever its statements", async () => {
  const grasp = { ...SECOND, "003-all.tenant.sql": "UPDATE x_versions.things SET kind = 'mine' WHERE tenant_id > 0;" };
  assert.equal((await upload(make("1.2.1", grasp))).status, 201);
  assert.equal((await approval("1.2.1")).status, 200);
  assert.equal((await upgrade("1.2.1")).status, 200);
  assert.deepEqual([...new Set(things("kind").map((r) => r.join(" ")))], ["harbor thing", "northwind mine"]);
  assert.equal((await rollback()).status, 200);
});

test("a migration that ran never changes", async () => {
  assert.equal((await upload(make("1.3.0", { ...SECOND, "002-letters.sql": EXPAND + "\n-- another word\n" }))).status, 201);
  const res = await approval("1.3.0");
  assert.equal(res.status, 422, res.text);
  assert.match(faults(res).get("/migrations/002-letters.sql").join(), /Ran before with other content .* next number/);
  shut();
  await drop("1.3.0");
});

const LATE =
  "CREATE TABLE x_versions.late (tenant_id integer NOT NULL PRIMARY KEY, note text);\nALTER TABLE x_versions.things ADD COLUMN late text;\n";
test("a worker that died before its hand-over left something to finish, not something broken", async () => {
  const list = JSON.stringify([{ name: "004-late.sql", sha256: sha(LATE), phase: "expand" }]);
  psql(`begin; select mortise.plugin_open('${KEY}', repeat('o', 32), 'expand', '${list}'); set session authorization o_versions;
    ${LATE} reset session authorization; commit`);
  assert.deepEqual(psql("select ran from mortise_guard.openings"), [["t"]]);
  await add(0);
  await add(1);
  assert.equal((await upload(make("1.4.0", { ...SECOND, "004-late.sql": LATE }))).status, 201);
  const res = await approval("1.4.0");
  assert.equal(res.status, 200, res.text);
  shut();
  assert.ok(applied().includes("004-late.sql expand"));
  assert.deepEqual(psql("select has_column_privilege('p_versions', 'x_versions.things', 'late', 'insert'), has_column_privilege('p_versions', 'x_versions.late', 'note', 'select')"), [["t", "t"]]);
  assert.equal((await upgrade("1.4.0", 1)).status, 200);
});

test("one that died before its COMMIT left nothing at all", async () => {
  psql(`select mortise.plugin_open('${KEY}', repeat('o', 32), 'expand', '[]')`);
  assert.deepEqual(psql("select rolcanlogin from pg_roles where rolname = 'o_versions'"), [["t"]]);
  assert.equal((await upload(make("1.5.0", { ...SECOND, "004-late.sql": "CREATE TABLE x_versions.other (tenant_id integer NOT NULL PRIMARY KEY);" }))).status, 201);
  assert.equal((await approval("1.5.0")).status, 422); // 004 ran with other content
  shut();
  await drop("1.5.0");
});

const TIDY = { ...SECOND, "004-late.sql": LATE, "005-tidy.contract.sql": "DROP TABLE x_versions.parts;\nALTER TABLE x_versions.things DROP COLUMN kind;\n" };
const finish = (v) => sys.post(`/api/plugins/catalog/${KEY}/${v}/finish`, undefined, { deadline: 60000 });
const grants = () => psql("select has_column_privilege('p_versions', 'mortise.users', 'name', 'select')").flat()[0];

test("nothing is taken away while a company needs it", async () => {
  assert.equal((await upload(make("2.0.0", TIDY, []))).status, 201);
  assert.equal((await approval("2.0.0")).status, 200);
  assert.equal((await upgrade("2.0.0", 1)).status, 200);
  const res = await finish("2.0.0");
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.detail, /^1 tenant/);
  assert.ok(columns().includes("kind"));
  assert.equal(grants(), "t");
  await add(0);
  shut();
});

test("when the last has left the older versions it goes, and permissions with it", async () => {
  assert.equal((await upgrade("2.0.0")).status, 200);
  assert.equal((await finish("2.0.0")).status, 200);
  assert.deepEqual(columns(), ["tenant_id", "id", "note", "letters", "late"]);
  assert.deepEqual(psql("select to_regclass('x_versions.parts') is null"), [["t"]]);
  assert.ok(applied().includes("005-tidy.contract.sql contract"));
  assert.equal(grants(), "f");
  await add(0);
  await add(1);
  shut();
});

test("then there is no way back to a version that needs it", async () => {
  const rows = things("x.id");
  const res = await rollback();
  assert.equal(res.status, 409, res.text);
  assert.match(res.body.detail, /005-tidy\.contract\.sql took away what this version needs/);
  const mine = (await admin.get("/api/plugins/installations")).body.items.find((i) => i.pluginKey === KEY);
  assert.deepEqual([mine.version, mine.canRollback], ["2.0.0", false]);
  assert.deepEqual(things("x.id"), rows);
});

test("on a server without the plugin all of it runs in the order of numbers", async () => {
  for (const [nth, who] of [admin, other].entries()) assert.equal((await who.del(`/api/plugins/installations/${ids[nth]}`, { deadline: 60000 })).status, 204);
  assert.deepEqual(psql("select to_regnamespace('x_versions') is null"), [["t"]]);
  const res = await consenting(admin, "/api/plugins/install", { pluginKey: KEY, version: "2.0.0" });
  assert.equal(res.status, 201, res.text);
  assert.deepEqual(columns(), ["tenant_id", "id", "note", "letters", "late"]);
  assert.deepEqual(applied(), ["001-things.sql expand", "002-letters.sql expand", "004-late.sql expand", "005-tidy.contract.sql contract"]);
  assert.deepEqual(moved(), []);
  await add(0);
  ids = [res.body.id, (await consenting(other, "/api/plugins/install", { pluginKey: KEY })).body.id];
});

test("a contract that fails at its end takes nothing away", async () => {
  const before = [columns(), applied()];
  const bad = { ...TIDY, "006-x.contract.sql": "ALTER TABLE x_versions.things DROP COLUMN late;\nCREATE UNIQUE INDEX ON x_versions.things (id);\n" };
  assert.equal((await upload(make("2.1.0", bad, []))).status, 201);
  assert.equal((await approval("2.1.0")).status, 200);
  for (const nth of [0, 1]) assert.equal((await upgrade("2.1.0", nth)).status, 200);
  const res = await finish("2.1.0");
  assert.equal(res.status, 422, res.text);
  assert.match(faults(res).get("/migrations").join(), /does not begin with tenant_id/);
  assert.deepEqual([columns(), applied()], before);
  await add(0);
  shut();
  for (const nth of [0, 1]) assert.equal((await rollback(nth)).status, 200);
  await drop("2.1.0");
});

test("the last uninstall leaves nothing", async () => {
  await remove(KEY);
  await leftNothing(assert, start);
  assert.deepEqual(psql("select count(*) from mortise.plugin_tenant_migrations"), [["0"]]);
});
