// What the tests share: a client of the running stack, its accounts, its database, polling.
//
// The stack is the one that MORTISE_URL and MORTISE_VAR name (scripts/test starts one; scripts/server
// of your own works as well). Nothing here is a mock.

import { AsyncLocalStorage } from "node:async_hooks";
import { execFile, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";

export const top = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const url = process.env.MORTISE_URL ?? "http://127.0.0.1:8080";
/** The origin of the system administration: scripts/server gives it the next port. */
export const systemUrl = process.env.MORTISE_SYSTEM_URL ?? url.replace(/:(\d+)$/, (_, n) => `:${Number(n) + 1}`);
export const varDir = process.env.MORTISE_VAR ?? join(top, "var");
export const build = process.env.MORTISE_BUILD ?? join(top, "build");
export const run = execFileSync("readlink", ["-f", join(varDir, "run")], { encoding: "utf8" }).trim();
export const conf = join(varDir, "etc/mortise.conf");
export const bin = (name) =>
  join(varDir, "app", name === "mortise" ? "bin" : name === "mortised" ? "sbin" : "libexec/mortise", name);

/** MB that a process of ours may hold longer than it needs: AddressSanitizer keeps so much of what was freed
 * (its quarantine_size_mb), and hosts have no bound of memory then. */
export const sanitizerMb = () => (readFileSync(bin("mortise-plugin")).includes("__asan_init") ? 256 : 0);

/** All demo accounts: {tenant, email, role, password}. */
export const accounts = () => JSON.parse(readFileSync(join(varDir, "demo-accounts.json"), "utf8"));

/** The codes of the two tenants, the SystemAdmin's home tenant first. */
export function tenants() {
  const all = accounts();
  const home = all.find((a) => a.role === "SystemAdmin").tenant;
  return [home, ...new Set(all.map((a) => a.tenant).filter((t) => t !== home))];
}

/** The nth account of a role in a tenant (0 or 1). */
export function account(role, tenant = 0, nth = 0) {
  const found = accounts().filter((a) => a.role === role && a.tenant === tenants()[tenant]);
  if (!found[nth]) throw new Error(`no demo account ${role} ${nth} in tenant ${tenant}`);
  return found[nth];
}

/** As Debian's Node 18 does by default: nginx may close a kept connection at the moment it is used again. */
const oneRequest = new Agent({ keepAlive: false });

/**
 * One HTTP request. Unlike fetch() it sends every header as given (Origin, Cookie, Host, odd lengths)
 * and any body. Answers {status, headers, text, body} where body is parsed when it is JSON. onData hears
 * what has come so far, whenever more comes; when it throws, the client leaves.
 */
export function http(method, path, { headers = {}, body, raw, deadline = 60000, onData = () => {}, base = url } = {}) {
  const faults = polling.getStore();
  return new Promise((resolve, reject) => {
    const target = new URL(path, base);
    const sent = { ...headers };
    let data = raw;
    if (body !== undefined) {
      data = JSON.stringify(body);
      sent["Content-Type"] ??= "application/json";
    }
    if (data !== undefined && sent["Content-Length"] === undefined && sent["Transfer-Encoding"] === undefined)
      sent["Content-Length"] = Buffer.byteLength(data);
    const req = httpRequest(
      // The path as given, so that odd ones reach the server.
      { agent: oneRequest, host: target.hostname, port: target.port, path: path.startsWith("/") ? path : target.pathname, method, headers: sent },
      (res) => {
        const parts = [];
        res.on("data", (d) => {
          parts.push(d);
          try {
            onData(Buffer.concat(parts).toString());
          } catch (e) {
            req.destroy(e);
          }
        });
        res.on("error", reject);
        res.on("end", () => {
          clearTimeout(timer);
          const bytes = Buffer.concat(parts);
          const text = (res.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
          let parsed = null;
          if (/[/+]json/.test(res.headers["content-type"] ?? "")) parsed = JSON.parse(text);
          if (res.statusCode >= 500) faults?.push({ method, path, status: res.statusCode, text });
          resolve({ status: res.statusCode, headers: res.headers, text, bytes, body: parsed });
        });
      },
    );
    const timer = setTimeout(() => req.destroy(new Error(`${method} ${path}: no answer in ${deadline} ms`)), deadline);
    req.on("error", (e) => {
      clearTimeout(timer);
      reject(e);
    });
    if (data !== undefined) req.write(data);
    req.end();
  });
}

/** A client that is somebody: by cookie (as a browser) or by bearer token (as a script). */
export class Client {
  constructor(headers = {}, who = null, base = url) {
    this.headers = headers;
    this.who = who;
    this.base = base;
  }
  request(method, path, options = {}) {
    return http(method, path, { base: this.base, ...options, headers: { ...this.headers, ...options.headers } });
  }
  get(path, options) {
    return this.request("GET", path, options);
  }
  post(path, body, options) {
    return this.request("POST", path, { body, ...options });
  }
  patch(path, body, options) {
    return this.request("PATCH", path, { body, ...options });
  }
  put(path, body, options) {
    return this.request("PUT", path, { body, ...options });
  }
  del(path, options) {
    return this.request("DELETE", path, options);
  }
  /** multipart/form-data with one file in `field`. */
  upload(path, bytes, { field = "package", filename = "package.zip", ...options } = {}) {
    const boundary = "----mortise" + randomUUID();
    const raw = Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\n` +
          "Content-Type: application/zip\r\n\r\n",
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return this.request("POST", path, {
      raw,
      ...options,
      headers: { "Content-Type": `multipart/form-data; boundary=${boundary}`, ...options.headers },
    });
  }
}

export const anonymous = new Client();

/** What is done at the origin of the system administration, and nowhere else by cookie. */
const SYSTEM_PATHS = /^\/api\/(tenants|organizations|registrations|mail)|^\/api\/plugins\/((upload|catalog|rollouts|trust|overview|steps)(\/|\?|$)|marketplace\/[^/]+\/fetch)/;

/** A system admin with both pages open: of the company, and of the system administration. */
export class SystemClient extends Client {
  constructor(company, system) {
    super(company.headers, company.who);
    this.system = system;
  }
  request(method, path, options = {}) {
    return SYSTEM_PATHS.test(path) ? this.system.request(method, path, options) : super.request(method, path, options);
  }
}

async function signInAt(base, who) {
  const res = await http("POST", "/api/auth/login", {
    body: { email: who.email, password: who.password },
    headers: { Origin: base },
    base,
  });
  if (res.status !== 200) throw new Error(`sign-in of ${who.email}: ${res.status} ${res.text}`);
  const cookie = res.headers["set-cookie"][0].split(";")[0];
  return new Client({ Cookie: cookie, Origin: base }, { ...who, ...res.body.user }, base);
}

/** Signs an account in by cookie; a system admin's at both addresses. */
export async function signIn(who) {
  const company = await signInAt(url, who);
  return who.role === "SystemAdmin" ? new SystemClient(company, await signInAt(systemUrl, who)) : company;
}

/** By cookie at the system administration alone. */
export const signInSystem = (who = account("SystemAdmin")) => signInAt(systemUrl, who);

const signedIn = new Map();

/** A signed-in client of a role; kept for the life of the test file. */
export async function login(role, tenant = 0, nth = 0) {
  const key = `${role} ${tenant} ${nth}`;
  if (!signedIn.has(key)) signedIn.set(key, signIn(account(role, tenant, nth)));
  return signedIn.get(key);
}

/** A bearer client of a role. */
export async function token(role, tenant = 0, nth = 0) {
  const who = account(role, tenant, nth);
  const res = await http("POST", "/api/auth/token", { body: { email: who.email, password: who.password } });
  if (res.status !== 200) throw new Error(`token of ${who.email}: ${res.status} ${res.text}`);
  return new Client({ Authorization: `Bearer ${res.body.access_token}` }, who);
}

/** Rows of a query as the superuser (or another role of keys/pgpass): arrays of strings, null = "". */
export function psql(sql, { user = "postgres", db = "mortise", env = {} } = {}) {
  const out = execFileSync("psql", ["-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", db, "-f", "-"], {
    input: sql,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: user, PGPASSFILE: join(varDir, "keys/pgpass"), ...env },
  });
  // A row of one null is an empty line, and a row.
  return out.split("\n").slice(0, -1).map((line) => line.split("\t"));
}

/** The master's own view. */
export const status = () =>
  JSON.parse(execFileSync(bin("mortise"), ["status", "-c", conf, "--json"], { encoding: "utf8", stdio: "pipe" }));

/** The English text of a message's key and values, which may be messages as well. */
export const wordsOf = ({ key, values }) => key.replace(/\{(\d)\}/g, (_, n) => (values[n]?.key ? wordsOf(values[n]) : values[n]));

/** Half a second, after which nobody believes what psql() has changed (fcgi/auth/lease.h). */
export const leaseOver = () => new Promise((r) => setTimeout(r, 550));

/** Holds a table so that requests for it wait; answers what lets go. */
export async function hold(table) {
  const psql = spawn("psql", ["-XqAt", "-d", "mortise", "-f", "-"], {
    env: { ...process.env, PGHOST: join(run, "pg"), PGPORT: "5432", PGUSER: "postgres", PGPASSFILE: join(varDir, "keys/pgpass") },
  });
  const held = new Promise((resolve, reject) => {
    psql.stdout.on("data", (d) => String(d).includes("held") && resolve());
    psql.on("exit", () => reject(new Error(`psql ended before it held ${table}`)));
  });
  psql.stdin.write(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n`);
  await held;
  return () => new Promise((resolve) => psql.on("exit", resolve) && psql.stdin.end("ROLLBACK;\n"));
}

const serverCommand = (action, name) => [
  join(top, "scripts/server"),
  [action, name],
  { env: { ...process.env, MORTISE_VAR: varDir }, stdio: "pipe" },
];

/** Stops or starts one service of the stack: postgres memcached nginx-events nginx-front mortised. */
export const service = (action, name) => void execFileSync(...serverCommand(action, name));

/** The same, while this process goes on with its requests. */
export const serviceMeanwhile = async (action, name) => void (await promisify(execFile)(...serverCommand(action, name)));

/** The process id of a service. */
export const servicePid = (name) => Number(readFileSync(join(varDir, "services", `${name}.svc`), "utf8"));

/** The 5xx answers that http() got since until() began to look, for each until() by itself. */
const polling = new AsyncLocalStorage();

/** For until(): what nginx and the api pool answer while a process that was ended or stopped is away. */
export const AWAY = [502, 503, 504];
/** What status() says while there is no master. */
export const NO_MASTER = /Mortise is not running in|The master does not answer/;
/** What http() says while the front nginx is away. */
export const NO_NGINX = /ECONNREFUSED|ECONNRESET|socket hang up/;
/** What psql() says while PostgreSQL is away or starting. */
export const NO_DATABASE = /could not connect|connection to server|the database system is|server closed the connection/;

const allows = (meanwhile, what) => meanwhile.some((m) => (m instanceof RegExp ? m.test(String(what)) : m === what));

/**
 * Polls until fn answers something true, and answers that. What goes wrong on the way fails the test, unless
 * `meanwhile` names it: a status (5xx that http() was answered with) or a pattern of an error's text. So a 500
 * that heals by itself doesn't pass for "not yet". The deadline is no bound of the server's: it is long, because the
 * machine may stand still for seconds. How soon something has to be there is measured by itself (measure.mjs).
 */
export async function until(fn, ms = 30000, what = fn.toString(), meanwhile = []) {
  const end = Date.now() + ms;
  for (;;) {
    const faults = [];
    const began = Date.now();
    let last;
    try {
      last = await polling.run(faults, fn);
      if (last) return last;
    } catch (e) {
      if (!allows(meanwhile, e)) throw new Error(`while waiting for: ${what}`, { cause: e });
      last = e;
    }
    const fault = faults.find((f) => !allows(meanwhile, f.status));
    if (fault) throw new Error(`while waiting for: ${what}: ${fault.method} ${fault.path} answered ${fault.status} ${fault.text}`);
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}; last: ${last?.stack ?? last}`);
    // What starts a process to look, such as psql(), takes a third of a core at most from what it waits for.
    await new Promise((r) => setTimeout(r, Math.max(25, 2 * (Date.now() - began))));
  }
}

/** Asserts that fn returns something true for so long, polling all the time. */
export async function throughout(fn, ms, what = fn.toString()) {
  const began = Date.now();
  do {
    if (!(await fn())) throw new Error(`no longer after ${Date.now() - began} ms: ${what}`);
    await new Promise((r) => setTimeout(r, 25));
  } while (Date.now() - began < ms);
}

/** The package of a plugin: of plugins/ or of t/plugins/bad/. */
export function pack(key) {
  for (const folder of ["plugins", "test-plugins"]) {
    try {
      return readFileSync(join(build, folder, `${key}.zip`));
    } catch {
      /* in the other one */
    }
  }
  throw new Error(`no package ${key} in ${build}: make plugins test-plugins`);
}

/** Confirms all that it asks for: does a request whose body takes `permissions`, as a person who has read them. */
export async function consenting(client, path, body = {}, options = {}) {
  const res = await client.post(path, body, { deadline: 60000, ...options });
  if (res.status !== 409 || !res.body?.type?.endsWith("/consent-required")) return res;
  return client.post(path, { ...body, permissions: res.body.permissions }, { deadline: 60000, ...options });
}

/** Lets tenants have an uploaded version. */
export async function approve(key, version) {
  const res = await consenting(await login("SystemAdmin"), `/api/plugins/catalog/${key}/${version}/approve`);
  if (res.status !== 200) throw new Error(`approval of ${key} ${version}: ${res.status} ${res.text}`);
  return res;
}

/** Uploads (as system admin), approves and installs a package; answers {admin, sys, installation}. */
export async function install(key, tenant = 0) {
  const sys = await login("SystemAdmin");
  const admin = await login("Admin", tenant);
  const up = await sys.upload("/api/plugins/upload", pack(key));
  if (up.status !== 201 && up.status !== 200) throw new Error(`upload of ${key}: ${up.status} ${up.text}`);
  if (!up.body.approved) await approve(key, up.body.version);
  const res = await consenting(admin, "/api/plugins/install", { pluginKey: key });
  if (res.status !== 201) throw new Error(`install of ${key}: ${res.status} ${res.text}`);
  return { admin, sys, installation: res.body };
}

/** Takes plugins away everywhere, with their packages, whatever state a test left them in. */
export async function remove(...keys) {
  const sys = await login("SystemAdmin");
  for (const tenant of [0, 1]) {
    const admin = await login("Admin", tenant);
    const list = await admin.get("/api/plugins/installations");
    if (list.status !== 200) throw new Error(`installations: ${list.status} ${list.text}`);
    for (const i of list.body.items.filter((x) => keys.includes(x.pluginKey)))
      await admin.del(`/api/plugins/installations/${i.id}`, { deadline: 60000 });
  }
  for (const key of keys) await sys.del(`/api/plugins/catalog/${key}`);
}
