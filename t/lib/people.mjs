// Companies and people of a test: made by the operator's commands (`mortise tenant`, `mortise user`), removed from the
// tables.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { bin, conf, psql, run, varDir } from "./mortise.mjs";

/** Runs a command; `input` is its standard input. */
export function mortise(args, input = "") {
  const r = spawnSync(bin("mortise"), [...args.slice(0, 2), "-c", conf, ...args.slice(2)], { encoding: "utf8", input });
  return { status: r.status, out: r.stdout, err: r.stderr };
}
export function good(...args) {
  const r = mortise(args);
  assert.equal(r.status, 0, r.err);
  assert.equal(r.err, "", "nothing is open on any host that should have ended");
  return r.out;
}
export function refused(args, why, input) {
  const r = mortise(args, input);
  assert.equal(r.status, 1, `${args}: ${r.out}${r.err}`);
  assert.match(r.err, why);
  assert.equal(r.out, "");
}
export const passwordOf = (out) => /^Password: (\S+)$/m.exec(out)[1];

/** Those whose code begins so, with what they have. */
export function removeCompanies(code) {
  const tables = ["webhooks", "oidc_providers", "company_exports", "history", "ticket_history", "ticket_words", "tickets", "teams", "pictures", "users", "custom_roles", "ticket_states", "counters"];
  psql(tables.map((t) => `delete from mortise.${t} where tenant_id in (select id from mortise.tenants where code like '${code}%');`).join("\n") +
    `delete from mortise.tenants where code like '${code}%'`);
}

/** `mortise setup` once more, on the database that is there. */
export function setup() {
  const superuser = `host=${run}/pg port=5432 user=postgres dbname=postgres passfile=${varDir}/keys/pgpass`;
  const r = spawnSync(bin("mortise"), ["setup", "-c", conf, "--superuser-conn", superuser], { encoding: "utf8" });
  return { status: r.status, out: r.stdout, err: r.stderr };
}

/** As on a new server: nobody administers the system. Returns what brings those back who did. */
export function withoutSystemAdmins() {
  const were = psql("select id from mortise.users where 'SystemAdmin' = any (roles)").flat();
  psql("update mortise.users set roles = array_remove(roles, 'SystemAdmin') where 'SystemAdmin' = any (roles)");
  return () => psql(`update mortise.users set roles = roles || '{SystemAdmin}' where id in (${were.map((id) => `'${id}'`).join(",")}) and not 'SystemAdmin' = any (roles)`);
}

/** The link that a command printed. */
export const linkOf = (out) => /^Link: (\S+)$/m.exec(out)[1];
