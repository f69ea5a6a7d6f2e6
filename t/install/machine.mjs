// The machine of install.t.mjs: runs in its namespaces, as root, and prints a line of JSON for each step.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, top, until } from "../lib/mortise.mjs";
import { startChromium, visitor } from "../browser/browser.mjs";

const dir = process.argv[2];
const tools = join(dir, "tools");
const SITE = "https://service.example.com";
const CERT = "/etc/ssl/certs/service.example.com.pem", KEY = "/etc/ssl/private/service.example.com.key";
const STRONG = "correct horse battery";

// Of the environment that scripts/test has, only what says which build it is.
const env = { PREFIX: "/opt/mortise", PATH: `${tools}:/opt/mortise/bin:/opt/mortise/sbin:${process.env.PATH}`, HOME: "/root", LANG: "C.UTF-8" };
for (const name of ["SANITIZE", "ASAN_OPTIONS", "UBSAN_OPTIONS", "CC"]) if (process.env[name]) env[name] = process.env[name];
env.BUILD = build;

const shell = (text, cwd = dir) => {
  const r = spawnSync("bash", ["--norc", "-euc", text], { cwd, env, encoding: "utf8", timeout: 120000 });
  return { status: r.status, out: r.stdout, err: r.stderr };
};
const run = (text, cwd) => {
  const r = shell(text, cwd);
  assert.equal(r.status, 0, `${text}\n${r.out}${r.err}`);
  return r;
};

// --- the commands of INSTALL ---------------------------------------------------------------------------

const INSTALL = readFileSync(join(top, "INSTALL"), "utf8");

/** The commands of a section: of its indented blocks those that don't begin with `name =`, a path or a unit's part. */
function commands(number) {
  const section = new RegExp(`^${number}\\. .*\\n-+\\n([^]*?)(?=^\\d+\\. .*\\n-+\\n|$(?![^]))`, "m").exec(INSTALL)[1];
  const ret = [];
  for (const [block] of section.matchAll(/(?:^ {4}.*\n)+/gm)) {
    const lines = block.replace(/^ {4}/gm, "").trimEnd().split("\n");
    if (!/^[a-z][a-z_-]*(?: +(?!=)|$)/.test(lines[0]) || / = /.test(lines[0].replace(/ #.*/, ""))) continue;
    while (lines.length) {
      let command = lines.shift();
      while (command.endsWith("\\")) command += `\n${lines.shift()}`;
      const end = /<<(\w+)/.exec(command)?.[1];
      while (end && !command.endsWith(`\n${end}`)) command += `\n${lines.shift()}`;
      ret.push(command);
    }
  }
  assert.ok(ret.length > 0, `section ${number} has commands`);
  return ret;
}
const follow = (number, take = () => true, cwd) => commands(number).filter(take).map((c) => run(c.replace(/^build\//, `${build}/`), cwd));

// --- the machine as it is before ---------------------------------------------------------------------------

const started = [];
const service = (command, user = "root") => {
  const child = spawn("setpriv", ["--reuid", user, "--regid", user, "--init-groups", ...command], { env: { PATH: env.PATH }, stdio: ["ignore", 2, 2] });
  started.push(child);
  return child;
};
const postgres = (sql) => execFileSync("setpriv", ["--reuid", "postgres", "--regid", "postgres", "--init-groups", "psql", "-XAtc", sql], { cwd: "/", env, encoding: "utf8" }).trim();
const answers = (...args) => spawnSync("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "5", ...args], { env, encoding: "utf8" }).stdout;

function makeMachine() {
  const layers = join(dir, "layers");
  mkdirSync(layers);
  chmodSync(dir, 0o755);
  run(`mount -t tmpfs tmpfs ${layers}
    for d in etc var run usr/local opt; do
      mkdir -p ${layers}/$d/up ${layers}/$d/work
      chmod --reference=/$d ${layers}/$d/up
      mount -t overlay overlay -o lowerdir=/$d,upperdir=${layers}/$d/up,workdir=${layers}/$d/work /$d
    done
    ip link set lo up
    userdel mortise 2>/dev/null || true
    rm -rf /etc/postgresql/15 /var/lib/postgresql/15 /run/postgresql/.s* /etc/mortise /var/lib/mortise /var/log/mortise /run/mortise /opt/mortise /etc/nginx/conf.d/*
    rm -f /run/nginx.pid /run/*.pid
    printf '127.0.0.1 localhost service.example.com system.service.example.com shop.example.com\\n' >/etc/hosts
    mkdir -p ${tools} /var/lib/nginx /var/log/nginx /etc/ssl/private
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=service.example.com \\
      -addext subjectAltName=DNS:service.example.com,DNS:system.service.example.com,DNS:shop.example.com -keyout ${KEY} -out ${CERT} 2>/dev/null
    cat ${CERT} >>/etc/ssl/certs/ca-certificates.crt
    pg_createcluster --locale C.UTF-8 15 main -- -N >/dev/null`);
  writeFileSync("/etc/nginx/sites-available/shop", `server {
    listen 80; listen 443 ssl; server_name shop.example.com;
    ssl_certificate ${CERT}; ssl_certificate_key ${KEY};
    location / { return 200 "shop\\n"; }
}\n`);
  run(`rm -f /etc/nginx/sites-enabled/*
    ln -s ../sites-available/shop /etc/nginx/sites-enabled/shop
    cp -a /var/lib/postgresql/15/main ${layers}/second
    printf 'fsync = off\\n' >>/etc/postgresql/15/main/postgresql.conf
    pg_ctlcluster 15 main start
    nginx`);
  service(["memcached", "-l", "127.0.0.1", "-p", "11211"], "memcache");
  tool("apt", "exit 0");
  tool("systemctl", SYSTEMCTL);
  return layers;
}

const tool = (name, text) => writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

/** enable --now UNIT..., disable --now NAME..., reload NAME...: what systemd would do with these units. */
const SYSTEMCTL = `set -eu
start() { # start UNIT: as its user, with its umask
  (
    umask "$(sed -n 's/^UMask=//p' "$1" | grep . || echo 022)"
    user=$(sed -n 's/^User=//p' "$1")
    as=\${user:+setpriv --reuid $user --regid $user --init-groups}
    pre=$(sed -n 's/^ExecStartPre=//p' "$1")
    [ -z "$pre" ] || $as $pre
    eval "exec setsid $as env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin $(env | grep SAN_OPTIONS= | tr '\\n' ' ') $(sed -n 's/^ExecStart=//p' "$1")" </dev/null >>${dir}/$(basename "$1").log 2>&1 &
  )
}
action=$1
shift
case $action in
enable) shift; for u; do start "$u"; done ;;
disable) shift; for u; do
  case $u in
  mortise) pid=/run/mortise/mortised.pid ;;
  mortise-events) pid=/run/mortise/nginx-events.pid ;;
  esac
  kill "$(cat $pid)"
  for i in $(seq 600); do [ -e $pid ] || break; sleep 0.1; done
done ;;
reload) for u; do
  case $u in
  nginx) nginx -s reload ;;
  mortise) kill -HUP "$(cat /run/mortise/mortised.pid)" ;;
  esac
done ;;
*) echo "systemctl $action: not in this machine" >&2; exit 1 ;;
esac`;

// --- steps -----------------------------------------------------------------------------------------------

const state = () => run("cd /etc/mortise && sha256sum keys/* .made $(find nginx systemd -type f | sort) && stat -c '%n %a %U:%G' keys keys/* /var/lib/mortise/* /run/mortise/events /var/log/mortise").out +
  execFileSync("setpriv", ["--reuid", "postgres", "--regid", "postgres", "--init-groups", "psql", "-XAt", "mortise", "-c",
    "select rolname, rolpassword from pg_authid where rolname ~ '^(mortise|[op])_' union all select name, sha256 from mortise.migrations order by 1"], { cwd: "/", env, encoding: "utf8" });
const exists = (sql) => postgres(`select count(*) from ${sql}`) !== "0";
const healthy = () => until(() => answers(`${SITE}/api/health`) === "200", 60000, "Mortise answers");
/** The status of the plugin's answer to the person. */
const called = () => page.evaluate(async () => (await fetch(`/api/plugins/time-clock/status/${(await (await fetch("/api/me")).json()).id}`)).status);
let layers, page, browser, link;

const steps = {
  "1 to 4: packages, build, user, mortise.conf"() {
    layers = makeMachine();
    follow(1);
    follow(2, undefined, top);
    follow(3);
    commands(4).slice(0, 2).forEach((c) => run(c)); // then come examples
    appendFileSync("/etc/mortise/mortise.conf", `plugin_uid_first = ${Number(process.env.MORTISE_TEST_UIDS ?? 70000) + 9000}\n`);
    assert.equal(run("mortise --version").out, run(`${build}/bin/mortise --version`).out);
  },
  "nothing starts before setup, and it says why"() {
    const r = shell("timeout 20 mortised --foreground");
    assert.equal(r.status, 1, r.err);
    assert.match(r.err, /run `mortise setup` first/);
    assert.doesNotMatch(r.err, /master is ready/);
    rmSync("/run/mortise", { recursive: true });
    rmSync("/var/log/mortise", { recursive: true });
  },
  "5: setup without its line in pg_hba.conf changes nothing and names the line of INSTALL"() {
    for (const command of ["mortise setup", "mortise setup --dry-run"]) {
      const r = shell(command);
      assert.equal(r.status, 1, r.out + r.err);
      assert.match(r.out, /folders .*\/run\/mortise\/events/);
      assert.match(r.out, /migrations +\d+, 001-rules\.sql to /);
      assert.match(r.err, /\/etc\/postgresql\/15\/main\/pg_hba\.conf, before line \d+, `local all all peer`/);
      const line = /^local .*$/m.exec(r.err)[0];
      assert.ok(commands(5).join("\n").includes(line), `INSTALL has this line, too: ${line}`);
    }
    assert.ok(!exists("pg_database where datname = 'mortise'"));
    assert.ok(!exists("pg_roles where rolname ~ '^mortise'"));
    assert.ok(!existsSync("/etc/mortise/keys") && !existsSync("/var/lib/mortise"));
  },
  async "5: of several clusters it takes none"() {
    const bin = "/usr/lib/postgresql/15/bin", at = `${layers}/second`;
    const second = service([`${bin}/postgres`, "-D", at, "-c", "config_file=/etc/postgresql/15/main/postgresql.conf", "-c", `data_directory=${at}`,
      "-c", "port=5433", "-c", "external_pid_file="], "postgres");
    await until(() => existsSync("/run/postgresql/.s.PGSQL.5433") && spawnSync(`${bin}/pg_isready`, ["-q", "-h", "/run/postgresql", "-p", "5433"], { env }).status === 0, 30000, "the second cluster");
    const r = shell("mortise setup");
    assert.equal(r.status, 1);
    assert.match(r.err, /Several PostgreSQL clusters run here: set db_port in \/etc\/mortise\/mortise\.conf .*: 5432 \(15\/main\), 5433\n/);
    const gone = new Promise((resolve) => second.on("exit", resolve));
    second.kill("SIGINT");
    await gone;
  },
  async "5: setup that was killed goes on"() {
    const [line, reload] = commands(5);
    run(line);
    run(reload);
    // At a terminal it asks.
    const asked = shell("printf 'n\\n' | script -qec 'mortise setup' /dev/null");
    assert.match(asked.out, /Go on\? \[y\/N\].*Nothing was changed/s);
    assert.ok(!existsSync("/etc/mortise/keys"));
    const child = spawn("mortise", ["setup"], { env, stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve, reject) => {
      let text = "";
      child.stdout.on("data", (d) => {
        text += d;
        if (/Applied 01/.test(text)) child.kill("SIGKILL");
      });
      child.on("exit", (_, signal) => (signal === "SIGKILL" ? resolve() : reject(new Error(`setup: ${text}`))));
    });
    const r = shell("mortise setup --dry-run");
    assert.equal(r.status, 0, r.err);
    assert.match(r.out, /migrations +\d+, 01\d-.*Nothing was changed\n$/s);
    assert.doesNotMatch(r.out, /^  (?:database|roles|keys|folders) /m);
  },
  "5: the database"() {
    const setup = commands(5).slice(2).map((c) => run(c)).at(-1);
    link = /^Link: (\S+)$/m.exec(setup.out)[1];
    assert.ok(link.startsWith(`${SITE}/setup#`), link);
    assert.doesNotMatch(setup.err, /./);
    assert.equal(postgres("select 1"), "1", "postgres gets in as before");
    for (const [path, mode] of [["/etc/mortise/keys", 0o700], ["/etc/mortise/keys/role.key", 0o600], ["/run/mortise/events", 0o750], ["/var/lib/mortise/exports", 0o750], ["/var/lib/mortise/files", 0o750]]) {
      assert.equal(statSync(path).mode & 0o777, mode, path);
      assert.equal(run(`stat -c %U:%G ${path}`).out, "mortise:mortise\n", path);
    }
  },
  "6: nginx, beside another site"() {
    const rules = spawnSync("nft", ["-c", "-f", "/etc/mortise/nginx/mortise.nft"], { encoding: "utf8" });
    // Its own test is t/attack/half-heads.t.mjs.
    follow(6, (c) => !c.startsWith("nft ") || rules.status === 0);
    assert.equal(run("curl -sS https://shop.example.com/").out, "shop\n");
  },
  async "7: the services run"() {
    const [folders, enable] = commands(7);
    run(folders);
    // A container needs no systemd, but Debian's can say whether it understands the units.
    if (existsSync("/usr/bin/systemd-analyze")) {
      const units = run("systemd-analyze verify --man=no /etc/mortise/systemd/*.service");
      assert.doesNotMatch(units.out + units.err, /mortise/);
    }
    run(enable);
    await healthy();
    await until(() => existsSync("/run/mortise/events/pub.sock"), 30000, "the events nginx");
    assert.match(run("mortise status").out, /api/);
    assert.equal(answers(`${SITE}/`), "200");
    assert.equal(answers("https://system.service.example.com/"), "200");
  },
  async "a person signs in by the link of setup, over TLS"() {
    browser = await startChromium();
    page = await visitor(browser, { base: SITE, path: link.slice(SITE.length), ignoreHTTPSErrors: true });
    await page.getByLabel(/^Name/).fill("Ann Example");
    await page.getByLabel(/^Email/).fill("root@example.com");
    await page.getByLabel("New password").fill(STRONG);
    await page.getByLabel(/^Company/).fill("First & Sons");
    await page.getByRole("button", { name: "Set up and sign in" }).click();
    await page.getByRole("button", { name: "Open First & Sons" }).click();
    await page.locator(".shell").waitFor();
    assert.equal(new URL(page.url()).protocol, "https:");
    const [cookie] = await page.context().cookies();
    assert.ok(cookie.secure && cookie.httpOnly, JSON.stringify(cookie));
    await page.goto(`${SITE}/plugins`);
    assert.deepEqual(page.faults, []);
  },
  async "a plugin of the catalogue is installed and runs"() {
    await page.getByRole("button", { name: "Install Time Clock" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Allow and install" }).click();
    page.expected.push(/\/api\/plugins\/time-clock/); // until it is installed
    await until(async () => (await called()) === 200, 60000, "the plugin answers");
    assert.match(run("mortise status").out, /time-clock/);
  },
  "7: commands for scripts"() {
    const [, , ...rest] = commands(7);
    const isExample = (c) => /^mortise token revoke/.test(c); // of an id that is an example
    const out = rest.filter((c) => !isExample(c)).map((c) => run(c.replace(/^curl /, "curl -fsS "))).map((r) => r.out).join("");
    assert.match(out, /https:\/\/service\.example\.com\/welcome#/);
    assert.match(out, /"items":\[\]/);
  },
  async "the second day: setup again changes nothing"() {
    const was = state();
    const r = run("mortise setup");
    assert.doesNotMatch(r.out, /^  (?:folders|keys|roles|database|migrations|files) |Link:/m);
    assert.equal(state(), was);
  },
  async "8: upgrading"() {
    const was = state();
    follow(8, (c) => !/ --host /.test(c), top);
    assert.equal(state(), was);
    await healthy();
    await page.reload();
    await page.locator(".shell").waitFor();
  },
  "files that were edited stay"() {
    const file = "/etc/mortise/nginx/snippets/client.conf";
    const own = `${readFileSync(file, "utf8")}# ours\n`;
    writeFileSync(file, own);
    assert.equal(run("mortise files").err, "");
    appendFileSync("/opt/mortise/share/mortise/nginx/snippets/client.conf", "# a later version\n");
    assert.match(run("mortise setup").err, /client\.conf was edited and stays as it is.*client\.conf\.new-version/);
    assert.equal(readFileSync(file, "utf8"), own);
    assert.match(readFileSync(`${file}.new-version`, "utf8"), /# a later version/);
    assert.match(shell("cd /etc/mortise && sha256sum -c --quiet .made").out, /client\.conf: FAILED/);
  },
  async "after a boot"() {
    run("systemctl disable --now mortise mortise-events");
    rmSync("/run/mortise", { recursive: true });
    run(existsSync("/usr/bin/systemd-tmpfiles") ? "systemd-tmpfiles --create /etc/tmpfiles.d/mortise.conf" : "mortise setup");
    run(commands(7)[1]);
    await healthy();
    await page.reload();
    await page.locator(".shell").waitFor();
    await until(async () => (await called()) === 200, 60000, "the plugin answers");
  },
  async "9: a backup, restored on a new machine"() {
    const [roles, dump, keys, ...restore] = commands(9);
    for (const c of [roles, dump, keys]) run(c);
    run(`systemctl disable --now mortise mortise-events
      rm -rf /etc/mortise/keys /var/lib/mortise/* /run/mortise
      pg_dropcluster --stop 15 main
      pg_createcluster --locale C.UTF-8 15 main -- -N >/dev/null
      printf 'fsync = off\\n' >>/etc/postgresql/15/main/postgresql.conf
      pg_ctlcluster 15 main start`);
    commands(5).slice(0, 2).forEach((c) => run(c));
    const setup = restore.map((c) => run(c)).at(-1);
    assert.doesNotMatch(setup.out, /^  (?:keys|roles|database|migrations) |Link:/m);
    run(commands(7)[1]);
    await healthy();
    await page.reload();
    await page.locator(".shell").waitFor();
    await until(async () => (await called()) === 200, 60000, "the plugin answers");
  },
  async "10: removing leaves nothing"() {
    const uninstalled = await page.evaluate(async () => {
      const [{ id }] = (await (await fetch("/api/plugins/installations")).json()).items;
      return (await fetch(`/api/plugins/installations/${id}`, { method: "DELETE" })).status;
    });
    assert.equal(uninstalled, 204);
    await browser.close();
    const rules = spawnSync("nft", ["list", "table", "inet", "mortise"]);
    follow(10, (c) => !c.startsWith("nft ") || rules.status === 0);
    assert.equal(run("curl -sS https://shop.example.com/").out, "shop\n");
    assert.ok(!exists("pg_database where datname = 'mortise'"));
    assert.ok(!exists("pg_roles where rolname !~ '^(pg_|postgres$)'"));
    assert.equal(run(`find /etc /var /run -xdev -name '*mortise*'; find /opt/mortise -type f; ps -eo comm | grep mortise || true
      grep -rl --exclude='*-' mortise /etc || true`).out, "");
  },
};

for (const [step, go] of Object.entries(steps)) {
  let fault = null;
  try {
    await go();
  } catch (e) {
    const logs = spawnSync("sh", ["-c", `tail -n 20 ${dir}/*.log /var/log/nginx/error.log /var/log/mortise/*.log`], { encoding: "utf8" }).stdout;
    fault = `${e.stack ?? e}\n${logs}`;
  }
  console.log(JSON.stringify({ step, fault }));
  if (fault) break;
}
await browser?.close();
// What is left ends with the namespace.
process.exit(0);
