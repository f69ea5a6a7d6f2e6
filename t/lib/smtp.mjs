// A real SMTP server (smtp-server of npm) that tests can make refuse, hang or break off, and the mails that it took.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { top } from "./mortise.mjs";

const { SMTPServer } = createRequire(join(top, "public/package.json"))("smtp-server");

export const USER = "mortise";
export const PASSWORD = "s3cret of the server";

/** A certificate for 127.0.0.1, which is its own authority: {key, cert, file}. */
function certificate() {
  const dir = mkdtempSync("/tmp/mortise-smtp-");
  const [key, file] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", file], { stdio: "pipe" });
  execFileSync("chmod", ["755", dir]);
  return { key: readFileSync(key), cert: readFileSync(file), file };
}

/** Words of a header, decoded by RFC 2047. */
const decoded = (text) =>
  text.replace(/\r\n[ \t]/g, " ").replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, b) => Buffer.from(b, "base64").toString("latin1"));
const utf8 = (text) => Buffer.from(text, "latin1").toString("utf8");
const unquoted = (text) => utf8(text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16))));

/** {headers (lower case), subject, to, text, html, link} of a mail as it came. */
function parse(raw) {
  const [head] = raw.split("\r\n\r\n", 1);
  const headers = Object.fromEntries(head.replace(/\r\n[ \t]/g, (m) => `\r\n${m[2]}`).split(/\r\n(?![ \t])/).map((l) => [l.slice(0, l.indexOf(":")).toLowerCase(), l.slice(l.indexOf(":") + 2)]));
  const boundary = /boundary="?([^";\s]+)/.exec(headers["content-type"])[1];
  const parts = raw.split(`--${boundary}`).slice(1, -1).map((p) => unquoted(p.slice(p.indexOf("\r\n\r\n") + 4)));
  return {
    raw, headers, subject: utf8(decoded(headers.subject)), to: utf8(decoded(headers.to)), text: parts[0], html: parts[1],
    link: /^(http\S+#\S+)$/m.exec(parts[0].replace(/\r/g, ""))?.[1],
  };
}

/** Listens on `port`. `box.how` = {rcpt(address) and data(mail): an Error to refuse with, "hang" or "cut"}. */
export async function mailbox(port) {
  const tls = certificate();
  const box = { mails: [], tried: 0, how: {}, ca: tls.file, server: null, waiting: [] };
  const answer = (what, callback, session) => {
    if (what === "hang") return void box.waiting.push(callback);
    if (what === "cut") return void box.cut();
    callback(what instanceof Error ? what : null, what ? undefined : "fine");
  };
  box.start = (options = {}) =>
    new Promise((resolve) => {
      box.server = new SMTPServer({
        key: tls.key, cert: tls.cert, authMethods: ["PLAIN", "LOGIN"], logger: false, closeTimeout: 100, ...options,
        onAuth: (auth, _, callback) =>
          auth.username === USER && auth.password === PASSWORD ? callback(null, { user: USER }) : callback(new Error("Wrong password")),
        onRcptTo: (address, session, callback) => {
          box.tried++;
          answer(box.how.rcpt?.(address.address), callback, session);
        },
        onData: (stream, session, callback) => {
          const chunks = [];
          stream.on("data", (c) => chunks.push(c));
          stream.on("end", () => {
            const mail = { ...parse(Buffer.concat(chunks).toString("latin1")), rcpt: session.envelope.rcptTo.map((r) => r.address), from: session.envelope.mailFrom.address };
            const what = box.how.data?.(mail);
            if (!(what instanceof Error)) box.mails.push(mail);
            answer(what, callback, session);
          });
        },
      });
      box.server.on("error", () => {}); // a client that is gone
      box.server.listen(port, "127.0.0.1", resolve);
    });
  box.cut = () => box.server.connections.forEach((c) => (c._socket ?? c.socket).destroy());
  box.stop = () => new Promise((resolve) => {
    box.cut();
    box.server.close(resolve);
  });
  /** What came for this address since it was asked last. */
  box.of = (address) => box.mails.filter((m) => m.rcpt[0] === address);
  await box.start();
  return box;
}
