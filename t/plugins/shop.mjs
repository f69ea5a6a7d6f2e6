// A marketplace of our own: an https server on this machine, and what it has.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Certificates for 127.0.0.1, made in `folder`: {key, cert} of a server and the file of its authority. */
export function certificates(folder, name) {
  const at = (file) => join(folder, `${name}-${file}`);
  const openssl = (...args) => execFileSync("openssl", args, { stdio: "pipe" });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", `/CN=${name}`);
  openssl("req", ...ec, "-keyout", at("key"), "-out", at("csr"), "-subj", "/CN=127.0.0.1");
  writeFileSync(at("ext"), "subjectAltName = IP:127.0.0.1, DNS:localhost\n");
  openssl("x509", "-req", "-in", at("csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
    "-out", at("pem"), "-days", "2", "-extfile", at("ext"));
  chmodSync(at("ca.pem"), 0o644);
  return { key: readFileSync(at("key")), cert: readFileSync(at("pem")), ca: at("ca.pem") };
}

/** An https server whose answers are the function `answer`, and what was asked of it. */
export async function serve(certificate) {
  const s = { asked: [], connections: 0, busy: 0, most: 0, answer: (_, res) => res.end() };
  s.server = createServer(certificate, (req, res) => {
    s.asked.push(req);
    s.most = Math.max(s.most, ++s.busy);
    res.on("close", () => s.busy--);
    s.answer(req, res);
  });
  s.server.on("connection", () => s.connections++);
  s.server.on("tlsClientError", () => {});
  await new Promise((done) => s.server.listen(0, "127.0.0.1", done));
  s.port = s.server.address().port;
  s.close = () => {
    s.server.closeAllConnections?.();
    return new Promise((done) => s.server.close(done));
  };
  return s;
}

/** What a catalogue says of a package of time-clock, and `more`. */
export const entryOf = (bytes, more = {}) => ({
  key: "time-clock", version: "1.0.0", displayName: "Time Clock", description: "From afar", category: "productivity",
  host: ">=0.1.0 <1.0.0", abi: 3, package: "files/clock.zip", sha256: sha256(bytes), size: bytes.length,
  permissions: ["tickets:read"], tags: ["hours"], iconUrl: "files/icon.svg", isPublished: true, ...more,
});

/** A server of files: path -> text or bytes. */
export const files = (of) => (req, res) => {
  const body = of[req.url];
  if (body === undefined) return res.writeHead(404).end("no such file");
  return res.end(body);
};
/** A catalogue's text. */
export const catalogue = (...plugins) => JSON.stringify({ version: "9", plugins, categories: [{ id: "productivity", name: "Productivity" }] });
