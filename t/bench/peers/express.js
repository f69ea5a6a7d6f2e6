// express.js PORT: the same answers by Express, pg and jsonwebtoken, a process for each core. PEER_KEY has the key of
// the tokens, PG... the way to PostgreSQL.
"use strict";
const cluster = require("node:cluster");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const express = require("express");
const jwt = require("jsonwebtoken");
const { Client, Pool } = require("pg");

const PAGE = 50;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const statements = {};
for (const part of fs.readFileSync(path.join(__dirname, "statements.sql"), "utf8").split("-- name: ").slice(1)) {
  const [, name, text] = /^(\w+)\n([^]*)$/.exec(part);
  statements[name] = text;
}

const pool = new Pool({ max: 4 });

/** The rows of a statement that sees the caller's tenant alone. */
async function ask(user, name, values) {
  const db = await pool.connect();
  try {
    await db.query({ name: "tenant", text: statements.tenant, values: [String(user.tenant)] });
    return (await db.query({ name, text: statements[name], values })).rows;
  } finally {
    db.release();
  }
}

function problem(res, status, type, title, detail) {
  res
    .status(status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: `/problems/${type}`, title, status, detail }));
}

const noTicket = (res) => problem(res, 404, "not-found", "Not found", "no such ticket");

function page(rows) {
  const items = rows.slice(0, PAGE).map(({ total, ...ticket }) => ticket);
  let nextCursor = null;
  if (rows.length > PAGE) {
    const { updatedAt, id } = items[PAGE - 1];
    nextCursor = Buffer.from(`u:${updatedAt.getTime() * 1000}:${id}`).toString("base64url");
  }
  return { items, nextCursor, total: rows.length ? Number(rows[0].total) : 0 };
}

const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use(express.json());
app.use((req, res, next) => {
  try {
    req.user = jwt.verify((req.get("Authorization") ?? "").slice(7), process.env.PEER_KEY, { algorithms: ["HS256"] });
  } catch {
    return problem(res, 401, "sign-in", "Sign in", "sign in first");
  }
  next();
});
app.param("ticket", (req, res, next, id) => (UUID.test(id) ? next() : noTicket(res)));

app.get("/api/tickets", async (req, res) => {
  const { q, state } = req.query;
  res.json(page(await (q ? ask(req.user, "search", [state.split(","), `%${q}%`]) : ask(req.user, "list", []))));
});
app.post("/api/tickets", async (req, res) => {
  const { title, priority } = req.body;
  if (typeof title !== "string" || !title) return problem(res, 422, "invalid", "Not valid", "title is missing");
  const [ticket] = await ask(req.user, "create", [req.user.sub, title, priority ?? "normal"]);
  res.status(201).json(ticket);
});
app.get("/api/tickets/:ticket", async (req, res) => {
  const [ticket] = await ask(req.user, "ticket", [req.params.ticket]);
  return ticket ? res.json(ticket) : noTicket(res);
});
app.post("/api/tickets/:ticket/comments", async (req, res) => {
  const { body } = req.body;
  if (typeof body !== "string" || !body) return problem(res, 422, "invalid", "Not valid", "body is missing");
  const [comment] = await ask(req.user, "comment", [req.user.sub, req.params.ticket, body]);
  return comment ? res.status(201).json(comment) : noTicket(res);
});
app.get("/api/me", async (req, res) => {
  const [me] = await ask(req.user, "me", [req.user.sub]);
  res.json(me);
});
app.get("/api/plugins/hello-world/hello/:whom", (req, res) => {
  res.json({ hello: req.params.whom, from: req.user.name });
});
app.get("/api/plugins/time-clock/status/:technician", async (req, res) => {
  const [status] = await ask(req.user, "status", [req.params.technician, req.query.ticketId]);
  return status ? res.json(status) : problem(res, 404, "not-found", "Not found", "there is no such technician");
});

// Event streams by tenant.
const streams = new Map();
app.get("/events", (req, res) => {
  const { tenant } = req.user;
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  res.write(": hi\n\n");
  if (!streams.has(tenant)) streams.set(tenant, new Set());
  streams.get(tenant).add(res);
  res.on("close", () => streams.get(tenant).delete(res));
});

async function listen() {
  const db = new Client();
  db.on("notification", ({ payload }) => {
    const at = payload.indexOf(" ");
    const text = `data: ${payload.slice(at + 1)}\n\n`;
    for (const res of streams.get(Number(payload.slice(0, at))) ?? []) res.write(text);
  });
  await db.connect();
  await db.query("listen events");
}

if (cluster.isPrimary) {
  for (const _ of os.cpus()) cluster.fork();
  cluster.on("exit", () => process.exit(1));
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill();
    process.exit(0);
  });
} else {
  listen().then(() => app.listen(Number(process.argv[2]), "127.0.0.1"));
}
