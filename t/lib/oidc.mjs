// Providers of OpenID Connect on this machine: a real one (oidc-provider of npm), and one that does what it is made to do.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { top, url } from "./mortise.mjs";

const require = createRequire(join(top, "public/package.json"));
const load = (name) => import(require.resolve(name));
export const CALLBACK = `${url}/api/auth/oidc/callback`;
export const SIGNED_OUT = `${url}/api/auth/oidc/signed-out`;
export const CLIENT = { clientId: "mortise", secret: "a secret: with / and +" };

const listen = (server, port = 0) =>
  new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server.address().port)));
const closed = (server) => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));

/** A browser as far as this needs one: cookies by origin, redirects by hand. */
export class Browser {
  jar = new Map();
  async go(to, options = {}) {
    const { origin } = new URL(to);
    const cookies = this.jar.get(origin) ?? this.jar.set(origin, new Map()).get(origin);
    const res = await fetch(to, {
      redirect: "manual", ...options,
      headers: { cookie: [...cookies].map((c) => c.join("=")).join("; "), ...options.headers },
    });
    for (const line of res.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      if (value && !/max-age=0/i.test(line)) cookies.set(name, value);
      else cookies.delete(name);
    }
    const next = res.headers.get("location");
    return { status: res.status, headers: res.headers, text: await res.text(), to: next && new URL(next, to).href };
  }
  /** To the provider: what its authorization endpoint is asked. */
  async start(id, back = "/") {
    const res = await this.go(`${url}/api/auth/oidc/${id}/start?return=${encodeURIComponent(back)}`);
    return { ...res, asked: res.to && Object.fromEntries(new URL(res.to).searchParams) };
  }
  back(params) {
    return this.go(`${CALLBACK}?${new URLSearchParams(params)}`);
  }
  async me() {
    const res = await this.go(`${url}/api/me`);
    return res.status === 200 ? JSON.parse(res.text) : null;
  }
}

/** people: login -> claims. Their consent is asked for, as at a real one. */
export async function realProvider(people) {
  const { default: Provider } = await load("oidc-provider");
  const server = createServer((req, res) => handler(req, res));
  const port = await listen(server);
  const issuer = `http://127.0.0.1:${port}`;
  const silent = console.warn;
  console.warn = console.info = () => {};
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.clientId, client_secret: CLIENT.secret, redirect_uris: [CALLBACK], post_logout_redirect_uris: [SIGNED_OUT] }],
    claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    pkce: { required: () => true },
    cookies: { keys: ["k"] },
  });
  const handler = provider.callback();
  return { issuer, port, close: () => ((console.warn = silent), closed(server)) };
}

/** Through the provider's own forms, to the address that it sends the browser back to. */
export async function logInAt(browser, to, login) {
  for (let hops = 0; hops < 12; hops++) {
    if (to.startsWith(CALLBACK)) return to;
    const res = await browser.go(to);
    if (res.to) {
      to = res.to;
      continue;
    }
    const form = /<form[^>]*action="([^"]+)"/.exec(res.text)?.[1];
    const prompt = /name="prompt" value="([^"]+)"/.exec(res.text)?.[1];
    if (!form) throw new Error(`no form at ${to}: ${res.status} ${res.text.slice(0, 300)}`);
    const sent = await browser.go(new URL(form, to).href, {
      method: "POST", body: new URLSearchParams({ prompt, login, password: "any" }),
    });
    to = sent.to;
  }
  throw new Error("the provider sends the browser around");
}

/** Through the form that asks whether to sign out there, too; to the address that the browser is sent back to. */
export async function signOutAt(browser, to) {
  const page = await browser.go(to);
  const [, action] = /<form[^>]*action="([^"]+)"/.exec(page.text) ?? [];
  const [, xsrf] = /name="xsrf" value="([^"]+)"/.exec(page.text) ?? [];
  if (!action) throw new Error(`no form at ${to}: ${page.status} ${page.text.slice(0, 300)}`);
  return (await browser.go(action, { method: "POST", body: new URLSearchParams({ xsrf, logout: "yes" }) })).to;
}

/**
 * One that signs what it is given: the code is JSON, {claims, alg, kid, key, raw}. `answers` replaces what a path answers:
 * (req, res) => ... . Keys: `keys` is the set as published, `signers` by kid.
 */
export async function hostileProvider() {
  const jose = await load("jose");
  const answers = {}, asked = [];
  const signers = {};
  const provider = { answers, asked, signers, keys: [], jose };
  const server = createServer(async (req, res) => {
    const path = req.url.split("?")[0];
    let body = "";
    for await (const part of req) body += part;
    asked.push({ path, body, authorization: req.headers.authorization });
    const json = (v, status = 200) => res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(v));
    if (answers[path]) return answers[path](req, res, json);
    if (path === "/.well-known/openid-configuration") return json(provider.document());
    if (path === "/jwks") return json({ keys: provider.keys });
    if (path === "/token") {
      const wanted = JSON.parse(Buffer.from(new URLSearchParams(body).get("code"), "base64url").toString());
      return json({ access_token: "at", token_type: "Bearer", id_token: wanted.raw ?? (await provider.sign(wanted)) });
    }
    json({ error: "not_found" }, 404);
  });
  const port = await listen(server);
  const issuer = (provider.issuer = `http://127.0.0.1:${port}`);
  Object.assign(provider, {
    port,
    document: () => ({
      issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
    }),
    async addKey(kid, alg = "RS256", published = true) {
      const pair = await jose.generateKeyPair(alg, { extractable: true });
      signers[kid] = pair.privateKey;
      if (published) provider.keys.push({ ...(await jose.exportJWK(pair.publicKey)), kid, use: "sig", alg });
    },
    sign: ({ claims, alg = "RS256", kid = "k1", key = kid, header = {} }) =>
      new jose.SignJWT(claims).setProtectedHeader({ alg, ...(kid ? { kid } : {}), ...header }).sign(
        key instanceof Uint8Array ? key : signers[key]),
    /** Claims as they should be, of a browser's start(). */
    claims: (asked, more = {}) => {
      const now = Math.floor(Date.now() / 1000);
      return { iss: issuer, aud: CLIENT.clientId, sub: "u-1", nonce: asked.nonce, iat: now, exp: now + 300, email: "hostile@example.net",
        email_verified: true, name: "Hostile", ...more };
    },
    code: (wanted) => Buffer.from(JSON.stringify(wanted)).toString("base64url"),
    close: () => closed(server),
  });
  return provider;
}
