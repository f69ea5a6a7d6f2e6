// Packages for the tests: real ones, taken apart and put together again with one thing changed.

import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { approve, login, pack, psql, run, status, until, varDir } from "../lib/mortise.mjs";

const table = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});
const crc32 = (bytes) => {
  let c = 0xffffffff;
  for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8);
  return ~c >>> 0;
};

/** name -> bytes, in the order of the ZIP's directory. */
export function unzip(zip) {
  const files = new Map();
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const method = zip.readUInt16LE(at + 10);
    const packed = zip.readUInt32LE(at + 20);
    const name = zip.toString("utf8", at + 46, at + 46 + zip.readUInt16LE(at + 28));
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(from, from + packed);
    files.set(name, method === 8 ? inflateRawSync(data) : Buffer.from(data));
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}

/** A ZIP of [name, bytes, {mode, method, flags, size}] entries; what is given lies, the rest is true. */
export function zip(entries) {
  const parts = [];
  const dir = [];
  let at = 0;
  for (const [name, content, lie = {}] of entries) {
    const data = Buffer.from(content);
    const n = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(lie.flags ?? 0, 2);
    common.writeUInt16LE(lie.method ?? 0, 4);
    common.writeUInt32LE(0x5021000, 6);
    common.writeUInt32LE(lie.crc ?? crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(lie.size ?? data.length, 18);
    common.writeUInt16LE(n.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((lie.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(at, 10);
    parts.push(Buffer.from("PK\x03\x04"), common, n, data);
    dir.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, rest, n);
    at += 30 + n.length + data.length;
  }
  const directory = Buffer.concat(dir);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

/**
 * The package of a plugin with a change: change({files, manifest}) edits both; hashes are made anew.
 * `hashes: false` leaves the manifest's "files" as it is.
 */
export function remake(key, change, { hashes = true } = {}) {
  const files = unzip(pack(key));
  const manifest = JSON.parse(files.get("manifest.json"));
  files.delete("manifest.json");
  change({ files, manifest });
  if (hashes)
    manifest.files = Object.fromEntries([...files].map(([n, d]) => [n, createHash("sha256").update(d).digest("hex")]));
  return zip([["manifest.json", JSON.stringify(manifest)], ...files]);
}

/** The same plugin as another version: the library's own text is changed with it (same length). */
export function reversion(key, version, change = () => {}) {
  return remake(key, (parts) => {
    const so = parts.files.get("plugin.so");
    so.write(version, so.indexOf(Buffer.from("1.0.0\0")), "latin1");
    parts.manifest.version = version;
    change(parts);
  });
}

/** The same plugin with other tables. */
export const withMigration = (key, sql, name = "migrations/001-things.sql") =>
  remake(key, ({ files }) => {
    for (const f of [...files.keys()]) if (f.startsWith("migrations/")) files.delete(f);
    files.set(name, Buffer.from(sql));
  });

const folder = (path) => (existsSync(path) ? readdirSync(path, { recursive: false }).sort() : []);

/** Everything that a plugin could leave: rows, schemas, roles, files, sockets, pools. */
export function traces() {
  return {
    rows: psql(`select 'plugins', key from mortise.plugins union all
      select 'packages', sha256 from mortise.plugin_packages union all
      select 'files', package_sha256 || path from mortise.plugin_files union all
      select 'migrations', plugin_key || name from mortise.plugin_migrations union all
      select 'installations', tenant_id || plugin_key || state from mortise.installations union all
      select 'roles', tenant_id || permission || role || granted from mortise.role_permissions union all
      select 'journal', op || plugin_key from mortise.journal order by 1, 2`),
    schemas: psql("select nspname from pg_namespace where nspname !~ '^pg_' order by 1"),
    roles: psql("select rolname, rolcanlogin from pg_roles where rolname !~ '^pg_' order by 1"),
    relations: psql("select relnamespace::regnamespace, count(*) from pg_class where relkind <> 't' group by 1 order by 1"),
    store: folder(join(varDir, "store")).filter((f) => f !== "tmp"),
    assets: folder(join(varDir, "assets")).filter((f) => f !== "tmp"),
    temporary: [...folder(join(varDir, "store/tmp")), ...folder(join(varDir, "assets/tmp"))],
    sockets: folder(join(run, "plugins")),
  };
}

/** Uploads and answers the response. */
export const upload = async (bytes, options) => (await login("SystemAdmin")).upload("/api/plugins/upload", bytes, options);

/** With the text of its detached signature; undefined = none. */
export async function uploadSigned(bytes, signature) {
  const mark = randomUUID();
  const part = (name, data) => [
    Buffer.from(`--${mark}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n`),
    Buffer.from(data),
    Buffer.from("\r\n"),
  ];
  const raw = Buffer.concat([
    ...part("package", bytes),
    ...(signature === undefined ? [] : part("signature", signature)),
    Buffer.from(`--${mark}--\r\n`),
  ]);
  const headers = { "Content-Type": `multipart/form-data; boundary=${mark}` };
  return (await login("SystemAdmin")).request("POST", "/api/plugins/upload", { raw, headers, deadline: 30000 });
}

/** Uploads and approves, so that tenants may have it; answers the upload's response. */
export async function offer(bytes) {
  const res = await upload(bytes);
  if (res.status < 300 && !res.body.approved) await approve(res.body.key, res.body.version);
  return res;
}

/** pointer -> details of a problem document. */
export const faults = (res) =>
  (res.body?.errors ?? []).reduce((m, f) => m.set(f.pointer, [...(m.get(f.pointer) ?? []), f.detail]), new Map());

/** Waits until traces() is what it was, and fails with the difference. */
export async function leftNothing(assert, before) {
  let now;
  await until(() => {
    now = traces();
    return JSON.stringify(now) === JSON.stringify(before);
  }).catch(() => {});
  assert.deepEqual(now, before);
}

/** The master's view of a plugin's pools. */
export const pools = (key) => status().pools.filter((p) => p.name.startsWith(`${key}@`));
