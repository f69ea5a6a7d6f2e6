// Event streams for tests: WebSocket and EventSource over plain sockets (Node 18 has neither), and a
// follower that keeps a whole history across breaks, as the browser's client does.
//
// Written by hand, so that a test can send what a browser never would: foreign origins, odd message ids.

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { request } from "node:http";

import { url } from "./mortise.mjs";

/** Opens an HTTP stream: resolves with {status, headers, res | socket, head} once the answer's head is here. */
function open(path, headers, target = url, socketPath, localAddress) {
  return new Promise((resolve, reject) => {
    const at = new URL(target);
    const where = socketPath ? { socketPath } : { host: at.hostname, port: at.port, localAddress };
    const req = request({ ...where, path, headers, agent: false });
    const timer = setTimeout(() => req.destroy(new Error(`${path}: no stream in 10 s`)), 10000);
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

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** One frame from a client: masked, as the protocol wants. */
function frame(opcode, payload) {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((b, i) => b ^ mask[i % 4]));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]);
}

/** Reads server frames; answers pings; emits "message" with text, "close" at the end. */
class Frames {
  constructor(stream, socket) {
    this.stream = stream;
    this.socket = socket;
    this.rest = Buffer.alloc(0);
    this.parts = [];
  }
  take(data) {
    this.rest = this.rest.length ? Buffer.concat([this.rest, data]) : data;
    while (this.one());
  }
  one() {
    const b = this.rest;
    if (b.length < 2) return false;
    let len = b[1] & 0x7f;
    let at = 2;
    if (len === 126) {
      if (b.length < 4) return false;
      len = b.readUInt16BE(2);
      at = 4;
    } else if (len === 127) {
      if (b.length < 10) return false;
      len = Number(b.readBigUInt64BE(2));
      at = 10;
    }
    if (b.length < at + len) return false;
    const payload = b.subarray(at, at + len);
    const opcode = b[0] & 0x0f;
    this.rest = b.subarray(at + len);
    if (opcode === 9) this.socket.write(frame(10, payload));
    else if (opcode === 8) this.socket.end();
    else if (opcode <= 2) {
      this.parts.push(payload);
      if (b[0] & 0x80) {
        this.stream.emit("message", Buffer.concat(this.parts).toString());
        this.parts = [];
      }
    }
    return true;
  }
}

/**
 * WebSocket of /events. Resolves with {status, headers, body?} and, when it is open, an EventEmitter
 * `stream` ("message", "close") with close() and send(text).
 */
export async function webSocket(path, headers = {}, { socketPath, localAddress } = {}) {
  const key = randomBytes(16).toString("base64");
  const answer = await open(
    path,
    { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", ...headers },
    url,
    socketPath,
    localAddress,
  );
  if (answer.status !== 101) return { status: answer.status, headers: answer.headers, body: await bodyOf(answer.res) };
  const want = createHash("sha1").update(key + GUID).digest("base64");
  if (answer.headers["sec-websocket-accept"] !== want) {
    answer.socket.destroy();
    throw new Error("not the WebSocket we asked for");
  }
  const stream = new EventEmitter();
  const frames = new Frames(stream, answer.socket);
  answer.socket.on("data", (d) => frames.take(d));
  answer.socket.on("error", () => answer.socket.destroy());
  answer.socket.on("close", () => stream.emit("close"));
  stream.close = () => answer.socket.destroy();
  stream.send = (text) => answer.socket.write(frame(1, Buffer.from(text)));
  // After the caller had the chance to listen.
  if (answer.head.length) setImmediate(() => frames.take(answer.head));
  return { status: 101, headers: answer.headers, stream };
}

/** EventSource of /events, the same shape; messages carry `lastId` of the stream. */
export async function eventSource(path, headers = {}, { socketPath, localAddress } = {}) {
  const answer = await open(path, { Accept: "text/event-stream", ...headers }, url, socketPath, localAddress);
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
      const data = lines.filter((l) => l.startsWith("data:")).map((l) => l.slice(5).trimStart());
      if (data.length) stream.emit("message", data.join("\n"));
    }
  });
  answer.res.on("error", () => {});
  answer.res.on("close", () => stream.emit("close"));
  stream.close = () => answer.res.destroy();
  return { status: 200, headers: answer.headers, stream };
}

const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/**
 * Follows the channels of a signed-in client and keeps every event once, in order, whatever breaks:
 * after each connect, on a gap and on a heartbeat that names a higher number it asks ?since=.
 */
export class Follower {
  constructor(client, how = webSocket) {
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

  /** One at a time; a wish that comes meanwhile is served by another round. */
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
