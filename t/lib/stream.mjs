// Event streams for tests: EventSource over plain sockets (Node 18 has none), and a
// follower that keeps a whole history across breaks, as the browser's client does.
//
// Written by hand, so that a test can send what a browser never would: foreign origins, odd message ids.

import { randomBytes, randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { request } from "node:http";

import { psql, until, url } from "./mortise.mjs";

/** Opens an HTTP stream: resolves with {status, headers, res | socket, head} once the answer's head is here. */
function open(path, headers, target = url, socketPath, localAddress) {
  return new Promise((resolve, reject) => {
    const at = new URL(target);
    const where = socketPath ? { socketPath } : { host: at.hostname, port: at.port, localAddress };
    const req = request({ ...where, path, headers, agent: false });
    const timer = setTimeout(() => req.destroy(new Error(`${path}: no stream in 60 s`)), 60000);
    const done = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    req.on("response", (res) => done({ status: res.statusCode, headers: res.headers, res }));
    req.on("upgrade", (res, socket, head) => done({ status: 101, headers: res.headers, socket, head }));
    req.on("error", (e) => {
      clearTimeout(timer);
      reject(e);
    });
    req.end();
  });
}

async function bodyOf(res) {
  const parts = [];
  for await (const d of res) parts.push(d);
  return Buffer.concat(parts).toString();
}

/**
 * Asks for a WebSocket, which nobody gets: {status, headers, body}; where one opens, its `socket` instead of a
 * body.
 */
export async function webSocket(path, headers = {}) {
  const key = randomBytes(16).toString("base64");
  const answer = await open(path, {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
    ...headers,
  });
  if (answer.socket) return { status: answer.status, headers: answer.headers, socket: answer.socket };
  return { status: answer.status, headers: answer.headers, body: await bodyOf(answer.res) };
}

/** What a busy company raised within a second comes in one message: its events. */
function separate(text) {
  const m = text.startsWith("{") && text.includes('"events"') ? JSON.parse(text) : {};
  return m.type === "events" ? m.events.map((e) => JSON.stringify(e)) : [text];
}

/**
 * EventSource of /events. Resolves with {status, headers, body?} and, when it is open, an EventEmitter
 * `stream` ("message" of each event, "comment", "close") with close() and the socket below it.
 */
export async function eventSource(path, headers = {}, { socketPath, localAddress, base = url } = {}) {
  const answer = await open(path, { Accept: "text/event-stream", ...headers }, base, socketPath, localAddress);
  if (answer.status !== 200) return { status: answer.status, headers: answer.headers, body: await bodyOf(answer.res) };
  const stream = new EventEmitter();
  let rest = "";
  answer.res.setEncoding("utf8");
  answer.res.on("data", (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const id = lines.find((l) => l.startsWith("id:"));
      if (id) stream.lastId = id.slice(3).trim();
      for (const l of lines.filter((x) => x.startsWith(":"))) stream.emit("comment", l.slice(1).trim());
      const data = lines.filter((l) => l.startsWith("data:")).map((l) => l.slice(5).trimStart());
      if (data.length) for (const one of separate(data.join("\n"))) stream.emit("message", one);
    }
  });
  answer.res.on("error", () => {});
  answer.res.on("close", () => stream.emit("close"));
  stream.close = () => answer.res.destroy();
  stream.socket = answer.res.socket;
  return { status: 200, headers: answer.headers, stream };
}

/** Streams of a client on these hosts: {base, ended (performance.now()), heard: what they brought, close}. */
export async function streamsOn(bases, client) {
  const { Origin, ...headers } = client.headers; // which is that of one host
  const ret = [];
  for (const base of bases) {
    const answer = await eventSource("/events", headers, { base });
    if (!answer.stream) throw new Error(`no stream of ${base}: ${answer.status} ${answer.body}`);
    const one = { base, ended: 0, heard: "", close: answer.stream.close };
    answer.stream.on("message", (text) => (one.heard += text));
    answer.stream.on("close", () => (one.ended = performance.now()));
    ret.push(one);
  }
  return ret;
}

/**
 * When the end of a right was answered: none of these streams brings what is raised from now on, which `others` on
 * the same hosts hear. That is no matter of time: the end of a stream may be read late.
 */
export async function wereOver(streams, others) {
  const mark = randomUUID();
  psql(`select mortise.emit('all', 'SystemNotification', jsonb_build_object('title', '${mark}'))`, { user: "mortise_steward" });
  await until(() => others.every((s) => s.heard.includes(mark)), 30000, "others hear it");
  await until(() => streams.every((s) => s.ended), 30000, "the streams end");
  for (const s of streams) if (s.heard.includes(mark)) throw new Error(`a stream of ${s.base} brought what was raised after the answer`);
}

const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/**
 * Follows the channels of a signed-in client and keeps every event once, in order, whatever breaks:
 * after each connect, on a gap and on a heartbeat that names a higher number it asks ?since=.
 */
export class Follower {
  constructor(client, how = eventSource) {
    this.client = client;
    this.how = how;
    this.conn = randomUUID();
    this.known = new Map();
    this.events = [];
    this.connects = 0;
    this.recoveries = 0;
    this.repeated = 0;
    this.stopped = false;
  }

  /** Resolves when the stream is open; what happens from now on is kept. */
  async start() {
    const res = await this.client.get("/api/events");
    if (res.status !== 200) throw new Error(`heads: ${res.status} ${res.text}`);
    for (const [channel, seq] of Object.entries(res.body.heads)) this.known.set(channel, seq);
    this.running = this.#keepOpen();
    while (!this.isOpen) await pause(10);
    return this;
  }

  async stop() {
    this.stopped = true;
    this.stream?.close();
    await this.running;
    await this.recovering;
  }

  async #keepOpen() {
    for (let wait = 50; !this.stopped; wait = Math.min(wait * 2, 500)) {
      const answer = await this.how(`/events?conn=${this.conn}`, this.client.headers).catch(() => null);
      if (!answer?.stream) {
        await pause(wait);
        continue;
      }
      this.connects++;
      wait = 50;
      this.stream = answer.stream;
      this.stream.on("message", (text) => this.#message(JSON.parse(text)));
      const closed = new Promise((r) => this.stream.on("close", r));
      if (this.stopped) this.stream.close();
      await this.#recover();
      this.isOpen = true;
      await closed;
      this.isOpen = false;
    }
  }

  #message(m) {
    const known = this.known.get(m.channel) ?? 0;
    if (m.type === "heartbeat") {
      if (m.seq > known) void this.#recover();
      return;
    }
    if (m.seq <= known) this.repeated++;
    else if (m.seq === known + 1) this.#take(m);
    else void this.#recover();
  }

  #take(m) {
    this.known.set(m.channel, m.seq);
    this.events.push(m);
  }

  /** One at a time; a request that arrives meanwhile is served by another round. */
  #recover() {
    this.again = true;
    this.recovering ??= (async () => {
      while (this.again && !this.stopped) {
        this.again = false;
        this.recoveries++;
        const since = [...this.known].map(([c, n]) => `${c}:${n}`).join(",");
        const res = await this.client.get(`/api/events?conn=${this.conn}&since=${since}`).catch(() => null);
        if (res?.status !== 200) {
          this.again = true;
          await pause(100);
          continue;
        }
        for (const e of res.body.events) if (e.seq === (this.known.get(e.channel) ?? 0) + 1) this.#take(e);
        if (res.body.lost?.length) throw new Error(`lost: ${res.body.lost}`);
        if (res.body.more) this.again = true;
      }
      this.recovering = null;
    })();
    return this.recovering;
  }
}
