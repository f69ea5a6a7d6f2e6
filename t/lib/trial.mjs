// The trial resource of t/trial: a worker with one more resource, which takes requests on its standard input.
// Sign-in, permissions and database are those of the running stack.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { build, conf } from "./mortise.mjs";

export const trialProgram = join(build, "trial/trial");

/** Starts it; answers a function that makes a client like those of mortise.mjs out of their headers. */
export function startTrial() {
  const child = spawn(trialProgram, [conf], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [];
  child.on("exit", (code) => waiting.forEach(([, reject]) => reject(new Error(`the trial's worker ended with ${code}`))));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { status, headers, body } = JSON.parse(line);
    const lower = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v]));
    const parsed = /[/+]json/.test(lower["content-type"] ?? "") ? JSON.parse(body) : null;
    waiting.shift()[0]({ status, headers: lower, text: body, body: parsed });
  });
  const request = (method, uri, { body, raw, headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      waiting.push([resolve, reject]);
      const text = raw ?? (body === undefined ? "" : JSON.stringify(body));
      const all = { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers };
      child.stdin.write(`${JSON.stringify({ method, uri, headers: all, body: text })}\n`);
    });
  const as = ({ headers, who }) => {
    const call = (method, uri, options = {}) => request(method, uri, { ...options, headers: { ...headers, ...options.headers } });
    return {
      who,
      request: call,
      get: (uri, options) => call("GET", uri, options),
      del: (uri, options) => call("DELETE", uri, options),
      post: (uri, body, options) => call("POST", uri, { body, ...options }),
      patch: (uri, body, options) => call("PATCH", uri, { body, ...options }),
    };
  };
  return { as, stop: () => child.stdin.end() };
}
