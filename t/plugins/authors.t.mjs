#!/usr/bin/env -S node --test-reporter=tap
// An author's day with the command line tool: a plugin from the template, tested, checked, packed, signed,
// installed; then `plugin dev`, which loads every save and reports errors in the terminal and to the demo's
// browsers.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bin, build, login, psql, remove, top, until, url, varDir } from "../lib/mortise.mjs";

const KEY = "parts-list";
const env = { ...process.env, MORTISE_HOME: top, MORTISE_URL: url, MORTISE_VAR: varDir };
let work;
let dir;
let dev;
let said = "";

before(async () => {
  await remove(KEY);
  work = mkdtempSync(join(tmpdir(), "mortise-authors-"));
  env.TMPDIR = mkdtempSync(join(tmpdir(), "mortise-authors-tmp-"));
  dir = join(work, KEY);
});
after(async () => {
  dev?.kill("SIGKILL");
  await remove(KEY);
  rmSync(work, { recursive: true });
  rmSync(env.TMPDIR, { recursive: true });
});

const program = join(build, "bin/mortise");
/** {status, out, err} of `mortise plugin ...`. */
function mortise(args, options = {}) {
  const r = spawnSync(program, ["plugin", ...args], { cwd: work, env, encoding: "utf8", ...options });
  return { status: r.status, out: r.stdout, err: r.stderr };
}
function good(args, options) {
  const r = mortise(args, options);
  assert.equal(r.status, 0, `${args.join(" ")}: ${r.out}${r.err}`);
  return r.out;
}
function refused(args, pattern, status = 1) {
  const r = mortise(args);
  assert.equal(r.status, status, `${args.join(" ")}: ${r.out}${r.err}`);
  assert.match(r.err, pattern);
}
const edit = (file, change) => {
  const path = join(dir, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
};

test("every command prints its usage", () => {
  const overview = good(["--help"]);
  const names = [...overview.matchAll(/^ {2}(\w+) +\S/gm)].map((m) => m[1]);
  for (const name of "new dev test seed pack check keygen sign upload install upgrade rollback uninstall list logs".split(" "))
    assert.ok(names.includes(name), name);
  for (const name of names) assert.match(good([name, "--help"]), new RegExp(`^usage: mortise plugin ${name}`));
});

test("wrong usage and failures have different exit statuses", () => {
  refused(["nonsense"], /Unknown command `mortise plugin nonsense`/, 2);
  refused(["new"], /usage: mortise plugin new/, 2);
  refused(["pack", "--nonsense"], /Unknown option --nonsense\nusage: mortise plugin pack/, 2);
  refused(["pack", "--version"], /--version needs a value/, 2);
  refused(["pack", "a", "b", "c"], /usage/, 2);
});

test("a key that can't be one is refused, with what would be right", () => {
  for (const key of ["Parts", "1parts", "a", "parts--list", "parts-", "parts_list", "../x", "x".repeat(41), "install"])
    refused(["new", key], /can't be a plugin's key: choose 2 to 40 letters a-z/);
  assert.deepEqual(readdirSync(work), []);
});

test("new makes a plugin and never overwrites", () => {
  good(["new", KEY]);
  for (const file of ["manifest.json", "src/plugin.c", "migrations/001-notes.sql", "ui/src/tab.tsx", "t/plugin.c", "t/notes.sql", "t/notes.page.mjs", "ui/test/tab.test.tsx", "seed/001-notes.sql", "README.md", "DEVELOPERS.md", "CHANGELOG.md", "icon.svg", ".gitignore"])
    assert.ok(existsSync(join(dir, file)), file);
  const left = spawnSync("grep", ["-rliE", "my.?plugin|@SDK@", dir], { encoding: "utf8" });
  assert.equal(left.stdout, "", "names of the template are left");
});

test("what is there stays", () => {
  const before = readFileSync(join(dir, "README.md"), "utf8");
  refused(["new", KEY], /is not empty, nothing was written: choose another folder/);
  refused(["new", "other", dir], /is not empty/);
  assert.equal(readFileSync(join(dir, "README.md"), "utf8"), before);
});

test("its tests run without a server, under the sanitizers; what needs one is skipped, and said", () => {
  const alone = { env: { ...env, MORTISE_URL: "http://127.0.0.1:1", MORTISE_VAR: work } };
  const out = good(["test", KEY], alone);
  assert.match(out, /units: passed[\s\S]*sql: skipped .*no Mortise runs here[\s\S]*components: passed[\s\S]*pages: skipped/);
  assert.match(out, /all tests passed, but for those that were skipped/);
  assert.match(mortise(["test", "--strict", "--only", "sql", KEY], alone).err, /1 kind of tests could not run/);
  refused(["test", "--only", "nonsense", KEY], /choose units, sql, components or pages/);
  edit("src/plugin.c", (s) => s.replace("\tif (!mt_is_uuid(ticket))", "\tchar one[2];\n\tmemset(one, 0, strlen(ticket) / 9);\n\t(void)one;\n\tif (!mt_is_uuid(ticket))"));
  const r = mortise(["test", KEY]);
  assert.equal(r.status, 1);
  assert.match(r.err, /AddressSanitizer|runtime error/);
  edit("src/plugin.c", (s) => s.replace("\tchar one[2];\n\tmemset(one, 0, strlen(ticket) / 9);\n\t(void)one;\n", ""));
});

const scratches = () => psql("select count(*) from pg_namespace where nspname ~ '^x_scratch_'")[0][0];

test("SQL is tested in a scratch schema, as the plugin in a company, and all is dropped", () => {
  assert.match(good(["test", "--only", "sql", KEY]), /t\/notes\.sql: 4 tests passed/);
  edit("t/notes.sql", (s) => s.replace("'harbor'", "'northwind'"));
  refused(["test", "--only", "sql", KEY], /not ok 4 - another company sees none of it[\s\S]*1 of 4 tests failed/);
  edit("t/notes.sql", (s) => s.replace("'northwind'", "'harbor'").replace("count(*)::int", "cuont(*)::int"));
  refused(["test", "--only", "sql", KEY], /t\/notes\.sql:7: error: 42883 function cuont\(\) does not exist/);
  edit("t/notes.sql", (s) => s.replace("cuont(*)::int", "count(*)::int").replace("FROM finish()", "FROM finish(); COMMIT"));
  refused(["test", "--only", "sql", KEY], /ends its transaction/);
  edit("t/notes.sql", (s) => s.replace("; COMMIT", ""));
  assert.equal(scratches(), "0");
  assert.equal(psql("select count(*) from pg_roles where rolname ~ '^._scratch_'")[0][0], "0");
});

test("check runs the migrations, and what the database refuses has file, line, hint and statement", () => {
  const bare = join(work, "bare");
  cpSync(dir, bare, { recursive: true });
  rmSync(join(bare, "ui"), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(bare, "manifest.json")));
  delete manifest.ui;
  delete manifest.ticketTabs;
  writeFileSync(join(bare, "manifest.json"), JSON.stringify(manifest));
  const second = (name, text) => writeFileSync(join(bare, "migrations", name), text);
  assert.match(good(["check", bare]), /tables +1 ran in a scratch schema, in company northwind/);
  for (const [name, text, pattern] of [
    ["002-more.sql", "CREATE INDEX more ON x_parts_list.notes\n\t(tenant_id, txet);\n", /\/migrations\/002-more\.sql: Line \d: column "txet" does not exist[\s\S]*in CREATE INDEX more/],
    ["002-more.sql", "CREATE TABLE x_parts_list.more (id uuid PRIMARY KEY);\n", /table more has no plain column tenant_id/],
    ["002-more.sql", "ALTER TABLE x_parts_list.notes ADD COLUMN more texxt;\n", /type "texxt" does not exist/],
    ["002-more.tenant.sql", "UPDATE x_parts_list.notes\n\tSET text = notes.txet;\n", /Line 2: column notes\.txet does not exist \(hint: Perhaps you meant/],
    ["002-more.tenant.sql", "UPDATE mortise.tickets SET title = 'x';\n", /permission denied for table tickets/],
  ]) {
    second(name, text);
    refused(["check", bare], pattern);
    rmSync(join(bare, "migrations", name));
  }
  assert.equal(scratches(), "0");
  // What a killed one leaves is nobody's, and goes with the next.
  psql("select mortise.plugin_prepare('scratch-0123abcd', repeat('o', 32))");
  good(["check", bare]);
  assert.equal(scratches(), "0");
});

test("pack gives the same bytes for the same input", () => {
  const zip = join(work, "a.zip");
  good(["pack", KEY, zip]);
  good(["pack", KEY, join(work, "b.zip")]);
  assert.ok(readFileSync(zip).equals(readFileSync(join(work, "b.zip"))));
  const printed = good(["pack"], { cwd: dir }).trim();
  assert.equal(printed, join(dir, `${KEY}-1.0.0.zip`));
  assert.ok(readFileSync(zip).equals(readFileSync(printed)));
});

test("check finds the package good, and a type error of the interface", () => {
  assert.match(good(["check", KEY]), new RegExp(`${KEY} 1\\.0\\.0 is valid`));
  edit("ui/src/tab.tsx", (s) => s.replace("note.author}", "note.autor}"));
  refused(["check", KEY], /ui\/src\/tab\.tsx\(\d+,\d+\): error TS2\d+: Property 'autor'/);
  edit("ui/src/tab.tsx", (s) => s.replace("note.autor}", "note.author}"));
  edit("manifest.json", (s) => s.replace('"author": "You",', '"author": "You", "definesPermissions": [{ "name": "idle", "label": "Idle", "description": "Nothing.", "defaultRoles": [] }],'));
  assert.match(good(["check", KEY]), /note +parts-list:idle is asked for by no route[\s\S]*tables +1 ran/);
  edit("manifest.json", (s) => s.replace(/ "definesPermissions": .*\],$/m, ""));
  refused(["check", "--budget", "1", KEY], /^error: the bundle has [\d.]+ kB, its budget is 1 kB \(.*ui\/src [\d.]+ kB/m);
});

test("a mistake is named by file, line and column", () => {
  edit("src/plugin.c", (s) => s.replace("return rc;", "return rx;"));
  refused(["pack", KEY, join(work, "c.zip")], /^src\/plugin\.c:\d+:\d+: error: .*rx/m);
  assert.ok(!existsSync(join(work, "c.zip")), "no half package");
  edit("src/plugin.c", (s) => s.replace("return rx;", "return rc;"));
  edit("ui/src/tab.tsx", (s) => s.replace("<Stack spacing={2}>", "<Stack spacing={2}"));
  refused(["pack", KEY, join(work, "c.zip")], /^ui\/src\/tab\.tsx:\d+:\d+: error: /m);
  edit("ui/src/tab.tsx", (s) => s.replace("<Stack spacing={2}\n", "<Stack spacing={2}>\n"));
  edit("manifest.json", (s) => s.replace('"author": "You",', '"author": "You"'));
  refused(["pack", KEY, join(work, "c.zip")], /manifest\.json:\d+:\d+: /);
  edit("manifest.json", (s) => s.replace('"author": "You"', '"author": "You",'));
});

test("a signature by our keys is one for minisign", () => {
  const zip = join(work, "a.zip");
  good(["keygen", "--no-password", "k"]);
  assert.equal(good(["sign", "-s", "k", zip]).trim(), `${zip}.minisig`);
  execFileSync("minisign", ["-Vqm", zip, "-p", join(work, "k.pub")]);
});

test("upload leaves the approval to somebody else", () => {
  assert.match(good(["upload", join(work, "a.zip")]), /Uploaded parts-list 1\.0\.0 \(unsigned, not approved yet\)/);
  refused(["upload", "nonsense"], /nonsense is neither a folder nor a package/);
  refused(["delete", KEY], /Name the version as well: parts-list@1\.0\.0/);
  assert.match(good(["delete", `${KEY}@1.0.0`]), /Deleted parts-list 1\.0\.0/);
  refused(["delete", `${KEY}@1.0.0`], /./);
  good(["upload", join(work, "a.zip")]);
});

test("install shows the permissions and waits for a yes", async () => {
  refused(["install", join(work, "a.zip")], /Nothing was changed: add --yes to grant these permissions/);
  const out = good(["install", "--yes", join(work, "a.zip")]);
  assert.match(out, /Installed parts-list 1\.0\.0 \(enabled\)/);
  assert.match(good(["list"]), /^parts-list +1\.0\.0 +enabled/m);
  refused(["install", "--yes", join(work, "a.zip")], /already installed[\s\S]*`mortise plugin upgrade /);
});

test("a wrong address and wrong accounts have different messages", () => {
  const at = (more) => mortise(["list"], { env: { ...env, ...more } });
  assert.match(at({ MORTISE_URL: "http://127.0.0.1:1" }).err, /Start Mortise there/);
  assert.match(at({ MORTISE_ACCOUNTS: join(work, "none.json") }).err, /none\.json: No such file/);
  assert.match(at({ MORTISE_TOKEN: "nonsense" }).err, /^mortise: /);
  assert.match(at({ MORTISE_URL: "http://192.0.2.1" }).err, /is another machine and not encrypted: use https/);
  refused(["list", "--as", "Emperor"], /has no account with the role Emperor: choose another with --as/);
});

const runs = (n) => until(() => [...said.matchAll(/parts-list (\S+) runs \(/g)][n - 1]?.[1], 90000, `version ${n} runs; ${said}`);
const answer = async () => {
  const ann = await login("Technician");
  return (await ann.get(`/api/plugins/${KEY}/notes/nonsense`)).body.detail;
};
/** The events of the company since `since`, of these types. */
async function events(since, type) {
  const ann = await login("Technician");
  const all = (await ann.get(`/api/events?since=${since}`)).body.events;
  return all.filter((e) => e.type === type);
}
const channel = async () => `t.${(await login("Technician")).who.tenantId}`;
async function head() {
  const c = await channel();
  return `${c}:${(await (await login("Technician")).get("/api/events")).body.heads[c]}`;
}

test("dev loads a development version in place of what runs", async () => {
  dev = spawn(program, ["plugin", "dev", dir], { cwd: work, env });
  dev.stdout.on("data", (d) => (said += d));
  dev.stderr.on("data", (d) => (said += d));
  assert.equal(await runs(1), "1.0.1-dev.1", "1.0.0 is released: what follows is its next version's");
  assert.equal(await answer(), "there is no such ticket");
});

test("a save is loaded, and browsers are notified", async () => {
  const since = await head();
  edit("src/plugin.c", (s) => s.replaceAll("there is no such ticket", "what ticket is that?"));
  assert.equal(await runs(2), "1.0.1-dev.2");
  assert.equal(await answer(), "what ticket is that?");
  const [event] = await until(async () => (await events(since, "PluginDevReloaded")).length && events(since, "PluginDevReloaded"));
  assert.equal(event.data.pluginKey, KEY);
  assert.equal(event.data.version, "1.0.1-dev.2");
});

test("a syntax error is in the terminal and an event; what ran goes on", async () => {
  const since = await head();
  said = "";
  edit("src/plugin.c", (s) => s.replace("return rc;", "return rc"));
  await until(() => /src\/plugin\.c:\d+:\d+: error: expected/.test(said), 90000, said);
  const [event] = await until(async () => (await events(since, "PluginDevError")).length && events(since, "PluginDevError"));
  assert.match(event.data.text, /src\/plugin\.c:\d+:\d+: error: expected/);
  assert.equal(event.data.stage, "build");
  assert.equal(await answer(), "what ticket is that?");
  said = "";
  edit("src/plugin.c", (s) => s.replace("return rc\n", "{ int unused; return rc; }\n"));
  await until(() => /error: unused variable/.test(said), 90000, said);
  edit("src/plugin.c", (s) => s.replace("{ int unused; return rc; }\n", "return rc\n"));
  said = "";
  edit("src/plugin.c", (s) => s.replace("return rc\n", "return rc;\n").replaceAll("what ticket is that?", "fixed again"));
  assert.equal(await runs(1), "1.0.1-dev.3");
  assert.equal(await answer(), "fixed again");
});

test("a long error with odd bytes reaches browsers as well", async () => {
  const since = await head();
  const path = join(dir, "src/plugin.c");
  const good = readFileSync(path);
  said = "";
  const odd = Array.from({ length: 19 }, () => Buffer.concat([Buffer.from("int \x80\x01" + "\u2603".repeat(300) + " = "), Buffer.from([0xff, 0x1b]), Buffer.from(";\n")]));
  writeFileSync(path, Buffer.concat([good, ...odd]));
  await until(() => /waiting for the next save/.test(said), 90000, said);
  const [event] = await until(async () => (await events(since, "PluginDevError")).length && events(since, "PluginDevError"));
  assert.match(event.data.text, /src\/plugin\.c:\d+:\d+: error/);
  said = "";
  writeFileSync(path, good);
  await runs(1);
});

test("an interface is built again when it was saved", async () => {
  const url = async () => {
    const list = (await (await login("Technician")).get("/api/plugins/installations")).body.items;
    return list.find((i) => i.pluginKey === KEY).ui.bundleUrl;
  };
  said = "";
  edit("ui/src/tab.tsx", (s) => s.replace('label="A note"', 'label="A brand new note"'));
  await runs(1);
  assert.match((await (await login("Technician")).get(await url())).text, /A brand new note/);
  said = "";
  edit("ui/src/tab.tsx", (s) => s.replace("note.author}", "note.autor}"));
  await until(() => /error TS2\d+: Property 'autor'[\s\S]*has faults that `mortise plugin check` refuses/.test(said), 90000, said);
  edit("ui/src/tab.tsx", (s) => s.replace("note.autor}", "note.author}"));
  await runs(2);
});

test("a migration that ran is not edited in silence", async () => {
  said = "";
  edit("migrations/001-notes.sql", (s) => s.replace("text text NOT NULL", "text text"));
  await until(() => /waiting for the next save/.test(said), 90000, said);
  assert.match(said, /\/migrations\/001-notes\.sql: Ran before with other content/);
  assert.match(said, /`mortise plugin dev --reset`/);
  said = "";
  edit("migrations/001-notes.sql", (s) => s.replace("text text", "text text NOT NULL"));
  await runs(1);
});

test("a library of another version than the manifest is refused, with what to write", async () => {
  said = "";
  edit("src/plugin.c", (s) => s.replace(".version = MT_PLUGIN_VERSION", '.version = "9.9.9"'));
  await until(() => /waiting for the next save/.test(said), 90000, said);
  assert.match(said, /\/plugin\.so: .*"9\.9\.9"/);
  assert.match(said, /Write \.version = MT_PLUGIN_VERSION and \.key = MT_PLUGIN_KEY/);
  said = "";
  edit("src/plugin.c", (s) => s.replace('.version = "9.9.9"', ".version = MT_PLUGIN_VERSION"));
  await runs(1);
});

test("rows of seed/ become the company's, as the plugin, and of nobody without it", () => {
  const notes = () => psql("select string_agg(t.code || ' ' || n.text, ', ') from x_parts_list.notes n join mortise.tenants t on t.id = n.tenant_id where n.author = 'Seed'")[0][0];
  assert.match(good(["seed", "--company", "northwind", KEY]), /1 file of seed\/ written in northwind/);
  good(["seed", "--company", "northwind", KEY]);
  assert.match(notes(), /^(northwind Ring twice, the bell is quiet(, |$)){1,3}$/);
  refused(["seed", KEY], /usage: mortise plugin seed/, 2);
  refused(["seed", "--company", "harbor", KEY], /parts-list is not installed in harbor/);
  refused(["seed", "--company", "none", KEY], /There is no company with the code none/);
  const second = join(dir, "seed/002-more.sql");
  writeFileSync(second, "DELETE FROM x_parts_list.notes;\nUPDATE mortise.tickets\n\tSET title = 'x';\n");
  refused(["seed", "--company", "northwind", KEY], /nothing was written[\s\S]*\/seed\/002-more\.sql: Line 2: permission denied for table tickets/);
  assert.match(notes(), /northwind/, "nothing of it stays");
  rmSync(second);
  const conf = join(work, "people.conf");
  writeFileSync(conf, readFileSync(join(varDir, "etc/mortise.conf"), "utf8").replace(/^(public|system)_url = .*$/gm, "$1_url = https://$1.example.com"));
  refused(["seed", "--company", "northwind", "-c", conf, KEY], /public\.example\.com is no development: add --yes/);
  good(["seed", "--company", "northwind", "-c", conf, "--yes", KEY]);
});

test("a crash is shown with its route, request, files and lines", async () => {
  said = "";
  edit("src/plugin.c", (s) => s.replace("\tif (!mt_is_uuid(ticket))", "\tif (!strcmp(ticket, \"crash\"))\n\t\tabort();\n\tif (!mt_is_uuid(ticket))"));
  await runs(1);
  assert.equal((await (await login("Technician")).get(`/api/plugins/${KEY}/notes/crash`)).status, 502);
  await until(() => /guest ended, crashed: SIGABRT in GET \/notes\/crash \(request [0-9a-f]+\)\n +at libc\.so\.6 < get_notes[\s\S]*get_notes at src\/plugin\.c:\d+/.test(said), 90000, said);
  for (let i = 0; i < 5; i++) await (await login("Technician")).get(`/api/plugins/${KEY}/notes/crash`);
  await until(() => /dev\.\d+ crashed too often and is in quarantine: 1\.0\.1-dev\.\d+ runs in its place until the next save/.test(said), 90000, said);
  said = "";
  edit("src/plugin.c", (s) => s.replace("\tif (!strcmp(ticket, \"crash\"))\n\t\tabort();\n", ""));
  await runs(1);
});

test("old development versions are taken away", async () => {
  const sys = await login("SystemAdmin");
  const versions = async () => (await sys.get(`/api/plugins/catalog/${KEY}`)).body.items.map((i) => i.version);
  await until(async () => (await versions()).filter((v) => v.includes("-dev.")).length === 2);
  assert.ok((await versions()).includes("1.0.0"));
});

test("Ctrl-C ends it and leaves nothing behind", async () => {
  const end = new Promise((r) => dev.on("exit", r));
  dev.kill("SIGINT");
  assert.equal(await end, 0);
  assert.match(said, /stays installed; `mortise plugin uninstall --yes parts-list` removes it/);
  assert.deepEqual(readdirSync(env.TMPDIR), []);
  dev = undefined;
});

test("--reset begins with an empty table", async () => {
  const ann = await login("Technician");
  const ticket = (await ann.get("/api/tickets?limit=1")).body.items[0].id;
  assert.equal((await ann.post(`/api/plugins/${KEY}/notes/${ticket}`, { text: "old" })).status, 201);
  said = "";
  dev = spawn(program, ["plugin", "dev", "--reset", dir], { cwd: work, env });
  dev.stdout.on("data", (d) => (said += d));
  dev.stderr.on("data", (d) => (said += d));
  await runs(1);
  assert.match(said, /Uninstalled parts-list and deleted its rows/);
  assert.deepEqual((await ann.get(`/api/plugins/${KEY}/notes/${ticket}`)).body, { items: [] });
  // Any other fault of a migration takes nothing away, whatever words are in it (defect 15).
  assert.equal((await ann.post(`/api/plugins/${KEY}/notes/${ticket}`, { text: "new" })).status, 201);
  said = "";
  const second = join(dir, "migrations/002-more.sql");
  writeFileSync(second, "ALTER TABLE changed_migrations ADD COLUMN other int;\n");
  await until(() => /waiting for the next save/.test(said), 90000, said);
  assert.match(said, /changed_migrations/);
  assert.doesNotMatch(said, /Uninstalled/);
  assert.equal((await ann.get(`/api/plugins/${KEY}/notes/${ticket}`)).body.items[0].text, "new");
  said = "";
  rmSync(second);
  await runs(1);
  // An edited one does.
  said = "";
  edit("migrations/001-notes.sql", (s) => s.replace("text text NOT NULL", "text text"));
  await runs(1);
  assert.match(said, /Uninstalled parts-list and deleted its rows/);
  said = "";
  edit("migrations/001-notes.sql", (s) => s.replace("text text", "text text NOT NULL"));
  await runs(1);
  dev.kill("SIGINT");
  await new Promise((r) => dev.on("exit", r));
  dev = undefined;
});

test("rollback and uninstall work from the terminal", () => {
  refused(["uninstall", KEY], /Its rows are deleted with it: confirm with --yes/);
  refused(["upgrade", "--yes", `${KEY}@1.0.0`], /an older version comes back by a rollback only/);
  good(["pack", "--version", "1.1.0", KEY, join(work, "d.zip")]);
  assert.match(good(["upgrade", "--yes", join(work, "d.zip")]), /Upgraded to parts-list 1\.1\.0 \(enabled\)/);
  assert.match(good(["list"]), /^parts-list +1\.1\.0 +enabled/m);
  assert.match(good(["rollback", KEY]), /Rolled back to parts-list 1\.0\.\d-dev\.\d+ \(enabled\)/);
  assert.match(good(["uninstall", "--yes", KEY]), /Uninstalled parts-list/);
  refused(["logs", KEY], /parts-list is not installed in this company/);
});

test("an installed Mortise is enough: nothing of a checkout is needed", () => {
  const { MORTISE_HOME: _, ...alone } = env;
  const installed = (args, more) =>
    spawnSync(bin("mortise"), ["plugin", ...args], { cwd: work, env: alone, encoding: "utf8", ...more });
  assert.equal(installed(["new", "far-away"]).status, 0);
  assert.equal(installed(["test", "far-away"]).status, 0);
  const noTools = installed(["pack", "far-away"]);
  assert.match(noTools.stderr, /tools are missing: run `npm install` in/);
  rmSync(join(work, "far-away/ui/src"), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(work, "far-away/manifest.json")));
  delete manifest.ui;
  delete manifest.ticketTabs;
  writeFileSync(join(work, "far-away/manifest.json"), JSON.stringify(manifest));
  const packed = installed(["check", "far-away"]);
  assert.equal(packed.status, 0, packed.stderr);
});
