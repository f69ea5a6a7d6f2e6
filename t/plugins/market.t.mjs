#!/usr/bin/env -S node --test-reporter=tap
// The marketplace: the bundled folder, and an https server of our own that serves correctly, lies, stalls,
// floods and redirects.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { configure } from "../lib/conf.mjs";
import { anonymous, bin, consenting, login, pack, psql, remove, top, until, url, varDir, wordsOf } from "../lib/mortise.mjs";
import { offer, remake } from "./package.mjs";
import { catalogue, certificates, entryOf, files, serve, sha256 } from "./shop.mjs";

const KEY = "time-clock";
const M = "/api/plugins/marketplace";
const folder = mkdtempSync(join(tmpdir(), "mortise-market-"));
chmodSync(folder, 0o755);
// Not byte for byte the bundled one, so that its signature counts.
const package_ = remake(KEY, ({ files }) => files.set("README.md", Buffer.from("# From a marketplace\n")));
let tech, admin, sys;

const entry = (more = {}) => entryOf(package_, { somethingNew: { that: ["nobody", "knows"] }, ...more });
const HALF = package_.length >> 1;
const stored = () => psql(`select source, approved_at is not null, signature is not null from mortise.plugin_packages where plugin_key = '${KEY}'`);

before(async () => {
  [tech, admin, sys] = [await login("Technician"), await login("Admin"), await login("SystemAdmin")];
  await remove(KEY);
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe("the bundled folder", () => {
  test("is listed for everybody who is signed in, with what matters before an install", async () => {
    const res = await tech.get(M);
    assert.equal(res.status, 200);
    assert.equal(res.body.source, "bundled");
    assert.equal(res.body.stale, false);
    assert.match(res.body.fetchedAt, /^\d{4}-\d\d-\d\dT/);
    assert.ok(res.body.ageSeconds >= 0);
    const item = res.body.items.find((i) => i.key === KEY);
    assert.equal(item.compatible.ok, true);
    assert.equal(item.installed, null);
    assert.equal(item.updateAvailable, false);
    assert.match(item.sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(item.versions.map((v) => v.version), [item.version]);
    assert.equal((await anonymous.get(M)).status, 401);
  });

  test("search finds words in names, tags and descriptions, the best match first", async () => {
    const keys = async (q) => (await tech.get(`${M}/search?q=${encodeURIComponent(q)}`)).body.items.map((i) => i.key);
    assert.equal((await keys("CLOCK"))[0], KEY);
    assert.deepEqual(await keys("time-tracking technician"), [KEY]);
    assert.deepEqual(await keys("clock nonsense"), []);
    assert.equal((await tech.get(`${M}/search`)).status, 422);
    assert.equal((await tech.get(`${M}/search?q=${"x".repeat(201)}`)).status, 422);
    assert.equal((await tech.get(`${M}/search?q=%27%25_%5C%22`)).status, 200);
  });

  test("a terminal shows the same", () => {
    const search = (...words) =>
      execFileSync(bin("mortise"), ["plugin", "search", "--url", url, "--accounts", join(varDir, "demo-accounts.json"), ...words], { encoding: "utf8" });
    assert.match(search("--refresh", "clock"), /^time-clock +1\.0\.0 +available +productivity +Time Clock$/m);
    assert.doesNotMatch(search("clock", "100% nonsense & more"), /^time-clock/m);
    assert.ok(JSON.parse(search("--json")).items.length >= 1);
  });

  test("categories are counted, filter, and a wrong order is named", async () => {
    const cats = (await tech.get("/api/plugins/categories")).body.items;
    assert.ok(cats.find((c) => c.id === "productivity").count >= 1);
    assert.ok((await tech.get(`${M}?category=productivity&sort=name`)).body.items.every((i) => i.category === "productivity"));
    assert.deepEqual((await tech.get(`${M}?category=none`)).body.items, []);
    const wrong = await tech.get(`${M}?sort=price`);
    assert.equal(wrong.status, 422);
    assert.equal(wrong.body.errors[0].pointer, "?sort");
  });

  test("one plugin by its key has its changelog and screenshots, which we serve", async () => {
    const { changelog, screenshots } = (await tech.get(`${M}/${KEY}`)).body;
    assert.match(changelog, /^## \[1\.0\.0\] - \d{4}-\d\d-\d\d$/m);
    assert.ok(screenshots.length >= 2 && screenshots.every((s) => s.caption));
    for (const { url } of screenshots) {
      const res = await tech.get(url);
      assert.deepEqual([res.status, res.headers["content-type"], res.headers["x-content-type-options"]], [200, "image/png", "nosniff"]);
    }
    for (const n of ["8", "x", "-1", "99"]) assert.equal((await tech.get(`${M}/${KEY}/screenshots/${n}`)).status, 404, n);
    const [first] = (await tech.get(M)).body.items;
    assert.ok(!("changelog" in first) && !("screenshots" in first), "too much for a list");
  });

  test("one plugin by its key, with its icon", async () => {
    const one = await tech.get(`${M}/${KEY}`);
    assert.equal(one.body.displayName, "Time Clock");
    const icon = await tech.get(one.body.iconUrl);
    assert.equal(icon.headers["content-type"], "image/svg+xml");
    assert.match(String(icon.headers["content-security-policy"]), /sandbox/);
    for (const key of ["none-such", "%2e%2e", "a".repeat(300)]) assert.ok([400, 404].includes((await tech.get(`${M}/${key}`)).status));
  });

  test("a technician can neither refresh nor fetch", async () => {
    assert.equal((await tech.post(`${M}/refresh`, {})).status, 403);
    assert.equal((await tech.post(`${M}/${KEY}/fetch`, {})).status, 403);
  });

  test("an install takes what the catalogue hasn't got from there, as core and approved", async () => {
    const res = await consenting(admin, "/api/plugins/install", { pluginKey: KEY });
    assert.equal(res.status, 201, res.text);
    assert.deepEqual([res.body.status, res.body.trust.status], ["installed", "core"]);
    assert.deepEqual(stored(), [["bundled", "t", "f"]]);
    const item = (await tech.get(`${M}/${KEY}`)).body;
    assert.equal(item.installed.id, res.body.id);
    assert.equal((await (await login("Admin", 1)).get(`${M}/${KEY}`)).body.installed, null);
    assert.equal((await tech.get("/api/plugins/health")).body.marketplace, "local");
  });

  test("two companies that install it at once both get it", async () => {
    await remove(KEY);
    const permissions = (await tech.get(`${M}/${KEY}`)).body.permissions;
    const both = await Promise.all(
      [admin, await login("Admin", 1)].map((who) => who.post("/api/plugins/install", { pluginKey: KEY, permissions }, { deadline: 60000 })),
    );
    assert.deepEqual(both.map((r) => r.status), [201, 201], both.map((r) => r.text).join("\n"));
    assert.equal(stored().length, 1);
  });

  test("another build of a bundled version takes the place of the one before, unless that is in use", async () => {
    await remove(KEY);
    await offer(package_);
    psql(`update mortise.plugin_packages set source = 'bundled' where plugin_key = '${KEY}'`);
    const res = await admin.post(`${M}/${KEY}/fetch`, {}, { deadline: 60000 });
    assert.equal(res.status, 201, res.text);
    assert.equal(res.body.sha256, (await tech.get(`${M}/${KEY}`)).body.sha256);
    await remove(KEY);
    await offer(package_);
    psql(`update mortise.plugin_packages set source = 'bundled' where plugin_key = '${KEY}'`);
    assert.equal((await consenting(await login("Admin", 1), "/api/plugins/install", { pluginKey: KEY })).status, 201);
    const kept = await admin.post(`${M}/${KEY}/fetch`, {}, { deadline: 60000 });
    assert.deepEqual([kept.status, kept.body.sha256], [200, sha256(package_)], kept.text);
    await remove(KEY);
    assert.equal((await consenting(admin, "/api/plugins/install", { pluginKey: KEY })).status, 201);
  });

  test("calls, time and rows are counted for the tenant that made them", async () => {
    const [mine] = (await admin.get("/api/plugins/installations")).body.items.filter((i) => i.pluginKey === KEY);
    const usage = () => admin.get(`/api/plugins/installations/${mine.id}/usage`);
    const callsOf = (res) => res.body.days.reduce((n, d) => n + d.calls, 0);
    const earlier = callsOf(await usage());
    for (let i = 0; i < 5; i++) assert.equal((await admin.get(`/api/plugins/${KEY}/report`)).status, 200);
    const res = await until(async () => {
      const now = await usage();
      return callsOf(now) >= earlier + 5 && now; // calls of a moment ago may still have been on their way
    }, 30000, "five calls in the usage");
    const day = res.body.days.at(-1);
    assert.ok(day.msAvg > 0 && day.msMax >= day.msP95 && day.msP95 > 0 && day.cpuMs > 0, res.text);
    assert.equal(day.errors, 0);
    assert.equal(res.body.rows, 0);
    assert.ok(res.body.workers >= 1 && res.body.installs >= 1);
    const theirs = await (await login("Admin", 1)).get(`/api/plugins/installations/${mine.id}/usage`);
    assert.equal(theirs.status, 404);
    assert.equal((await tech.get(`/api/plugins/installations/${mine.id}/usage`)).status, 403);
    await remove(KEY);
  });

  test("a folder of one's own: links don't lead out of it, and it is read again when it changes", async () => {
    const own = mkdtempSync(join(folder, "own-"));
    chmodSync(own, 0o755);
    writeFileSync(join(own, "clock.zip"), package_);
    execFileSync("ln", ["-s", "/etc/hostname", join(own, "icon.svg")]);
    execFileSync("ln", ["-s", "../../../../../../etc/hostname", join(own, "up.zip")]);
    writeFileSync(join(own, "plugins.json"), catalogue(entry({ package: "up.zip", size: undefined, iconUrl: "icon.svg" })));
    const back = await configure({ marketplace: `file://${own}/plugins.json` });
    try {
      assert.equal((await tech.get(M)).body.source, "folder");
      assert.equal((await tech.get(`${M}/${KEY}/icon`)).status, 404);
      assert.equal((await admin.post(`${M}/${KEY}/fetch`, {})).status, 502);
      writeFileSync(join(own, "plugins.json"), catalogue(entry({ package: "clock.zip", displayName: "Changed" })));
      assert.equal((await tech.get(`${M}/${KEY}`)).body.displayName, "Changed");
      assert.equal((await admin.post(`${M}/${KEY}/fetch`, {})).status, 201);
      rmSync(join(own, "plugins.json"));
      const gone = (await admin.get(M)).body;
      assert.equal(gone.items.length, 1);
      assert.equal(gone.stale, true);
      assert.match(gone.error, /No such file/);
    } finally {
      await back();
      await remove(KEY);
    }
  });
});

describe("an https server", () => {
  let main, other, foreign, back, ca;
  const refresh = async (who = admin) => (await who.post(`${M}/refresh`, {}, { deadline: 30000 })).body;
  const good = () =>
    files({
      "/shop/plugins.json": catalogue(entry()),
      "/shop/files/clock.zip": package_,
      "/shop/files/icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    });
  /** A refresh that fails in this way leaves the catalogue of before in its place. */
  async function refused(words, answer) {
    main.answer = answer;
    const page = await refresh();
    assert.match(page.error ?? "no error", words);
    assert.equal(wordsOf(page.errorText), page.error);
    assert.equal(page.stale, true);
    assert.deepEqual(page.items.map((i) => i.key), [KEY]);
    main.answer = good();
    assert.equal((await refresh()).error, undefined);
  }

  before(async () => {
    const own = certificates(folder, "own");
    ca = own.ca;
    [main, other, foreign] = [await serve(own), await serve(own), await serve(certificates(folder, "foreign"))];
    main.answer = good();
    back = await configure({
      marketplace: `https://127.0.0.1:${main.port}/shop/plugins.json`,
      marketplace_ca: ca,
      marketplace_allow: `127.0.0.1:${main.port} 127.0.0.1:${foreign.port}`,
    });
  });
  after(async () => {
    await back?.();
    await Promise.all([main, other, foreign].map((s) => s?.close()));
    await remove(KEY);
    psql("delete from mortise.marketplace_cache where source like 'https:%'; delete from mortise.marketplace_images");
  });

  test("its catalogue is fetched once and then served from here", async () => {
    const res = await tech.get(M);
    assert.equal(res.body.source, `https://127.0.0.1:${main.port}/shop/plugins.json`);
    assert.deepEqual(res.body.items.map((i) => [i.key, i.description]), [[KEY, "From afar"]]);
    const n = main.asked.length;
    for (let i = 0; i < 5; i++) assert.equal((await tech.get(M)).status, 200);
    assert.equal(main.asked.length, n);
    const sent = main.asked[0].headers;
    assert.equal(sent.cookie, undefined);
    assert.equal(sent.authorization, undefined);
    assert.deepEqual((await tech.get("/api/plugins/health")).body, {
      status: "healthy", marketplace: "connected", cache: "valid", installedPlugins: 0, quarantined: 0,
    });
  });

  test("its icons are served by us, and fetched once", async () => {
    const { iconUrl } = (await tech.get(`${M}/${KEY}`)).body;
    assert.match(iconUrl, /^\/api\/plugins\/marketplace\//);
    const n = main.asked.length;
    for (let i = 0; i < 3; i++) assert.equal((await tech.get(iconUrl)).headers["content-type"], "image/svg+xml");
    assert.equal(main.asked.length, n + 1);
  });

  test("entries that can't be used are skipped with a warning, what is unknown is ignored", async () => {
    main.answer = files({
      "/shop/plugins.json": catalogue(
        entry(), entry({ key: "Bad Key" }), entry({ key: "no-hash", sha256: "zz" }), "text", null, 7, entry({ key: "no-name", displayName: 5 }),
        entry({ key: "no-package", sha256: undefined, package: undefined }), entry({ key: "too-new", host: ">=99.0.0" }),
        entry({ key: "other-abi", abi: 4000 }), entry({ key: "hidden", isPublished: false }), entry({ version: "0.9.0" }), entry(),
        entry({ key: "odd-links", homepage: "javascript:alert(1)", iconUrl: "../../etc/passwd", documentationUrl: "file:///etc/passwd" }),
      ),
    });
    const page = await refresh();
    const by = Object.fromEntries(page.items.map((i) => [i.key, i]));
    assert.deepEqual(Object.keys(by).sort(), ["no-package", "odd-links", "other-abi", KEY, "too-new"]);
    assert.equal(by["no-package"].compatible.ok, false);
    assert.match(by["too-new"].compatible.reason, />=99\.0\.0/);
    assert.match(by["other-abi"].compatible.reason, /4000/);
    for (const { compatible: c } of [by["no-package"], by["too-new"], by["other-abi"]]) assert.equal(wordsOf(c.reasonText), c.reason);
    assert.equal(by["odd-links"].compatible.reasonText, null);
    assert.equal(by["odd-links"].homepage, null);
    assert.equal(by["odd-links"].iconUrl, null);
    assert.deepEqual(by[KEY].versions.map((v) => v.version), ["1.0.0", "0.9.0"]);
    for (const w of page.warnings) assert.equal(wordsOf(w.detailText), w.detail);
    const about = page.warnings.map((w) => `${w.pointer} ${w.detail}`).join("\n");
    for (const p of ["/plugins/1/key", "/plugins/2/sha256", "/plugins/3", "/plugins/4", "/plugins/5", "/plugins/6/displayName"])
      assert.ok(about.includes(p), `${p} in\n${about}`);
    assert.match(about, /twice/);
    assert.equal((await tech.get(M)).body.warnings, undefined);
    const late = await admin.post(`${M}/too-new/fetch`, {});
    assert.equal(late.status, 409);
    main.answer = good();
    await refresh();
  });

  test("an unchanged catalogue isn't sent again", async () => {
    main.answer = (req, res) => {
      res.setHeader("ETag", '"one"');
      return req.headers["if-none-match"] === '"one"' ? res.writeHead(304).end() : res.end(catalogue(entry()));
    };
    await refresh();
    const page = await refresh();
    assert.equal(main.asked.at(-1).headers["if-none-match"], '"one"');
    assert.equal(page.error, undefined);
    assert.ok(page.ageSeconds < 30);
    assert.equal(page.items.length, 1);
  });

  test("many at once are one request at a time", async () => {
    main.most = 0;
    main.answer = (req, res) => void setTimeout(() => good()(req, res), 200);
    const pages = await Promise.all(Array.from({ length: 6 }, () => refresh()));
    assert.ok(pages.every((p) => p.items.length === 1));
    assert.equal(main.most, 1);
    main.answer = good();
  });

  test("1 GB is cut off, announced or not", async () => {
    const chunk = Buffer.alloc(1 << 20, 0x20);
    const flood = (announced) => (_, res) => {
      if (announced) res.setHeader("Content-Length", 1 << 30);
      let n = 0;
      const more = () => {
        while (n++ < 1024 && res.write(chunk));
        if (n > 1024) res.end();
      };
      res.on("drain", more);
      res.on("error", () => {});
      more();
    };
    await refused(/larger than/, flood(true));
    await refused(/larger than/, flood(false));
    await refused(/headers/, (_, res) => {
      for (let i = 0; i < 30; i++) res.setHeader(`X-Long-${i}`, "x".repeat(7000));
      res.end("{}");
    });
  });

  test("a slow one is given up, and others are served meanwhile", async () => {
    let drip;
    main.answer = (_, res) => {
      res.write("{");
      drip = setInterval(() => res.write(" "), 300);
      res.on("close", () => clearInterval(drip));
    };
    const page = refresh();
    await until(() => main.busy > 0, 30000, "the slow answer has begun");
    let given = false;
    void page.then(() => (given = true));
    for (let i = 0; i < 5; i++) {
      assert.equal((await tech.get(M)).body.items.length, 1);
      if (i === 0) assert.ok(!given, "served from the cache");
    }
    assert.match((await page).error, /slow|in time/); // within the 30 seconds of refresh()
    main.answer = good();
    await refresh();
  });

  test("it can't send us to other ports, names, protocols, or round and round", async () => {
    const to = (target) => (_, res) => res.writeHead(302, { Location: target }).end();
    const internal = other.connections;
    await refused(/port of its own/, to(`https://127.0.0.1:${other.port}/plugins.json`));
    await refused(/not public \(loopback\)|reached/, to("https://127.0.0.1/plugins.json"));
    await refused(/not public \(loopback\)|reached/, to("https://localhost/plugins.json"));
    await refused(/not public/, to("https://169.254.169.254/latest/meta-data/"));
    await refused(/not public/, to("https://[::ffff:10.0.0.1]/"));
    await refused(/not an https/, to(`http://127.0.0.1:${main.port}/plugins.json`));
    await refused(/not an https|Protocol/, to("file:///etc/passwd"));
    await refused(/not an https/, to(`https://a:b@127.0.0.1:${main.port}/plugins.json`));
    await refused(/more than 5 times/, to(`https://127.0.0.1:${main.port}/shop/plugins.json`));
    assert.equal(other.connections, internal);
  });

  test("what isn't a catalogue doesn't become one", async () => {
    const text = (t, status = 200) => (_, res) => res.writeHead(status).end(t);
    await refused(/not valid JSON/, text("{"));
    await refused(/not valid JSON/, text("[".repeat(100000)));
    await refused(/not valid JSON/, text('{"plugins": [], "plugins": []}'));
    await refused(/no list/, text('{"plugins": 7}'));
    await refused(/no list/, text("7"));
    await refused(/status 500/, text("oh", 500));
    await refused(/404/, text("oh", 404));
    await refused(/not valid JSON/, text(Buffer.from([0xff, 0xfe, 0x00])));
    await refused(/cut off/, (_, res) => {
      res.writeHead(200, { "Content-Length": 5000 });
      res.write(catalogue(entry()));
      setTimeout(() => res.destroy(), 50);
    });
  });

  test("an authority that nobody knows is not believed", async () => {
    foreign.answer = files({ "/plugins.json": catalogue(entry({ key: "evil" })) });
    await refused(/certificate/, (_, res) => res.writeHead(302, { Location: `https://127.0.0.1:${foreign.port}/plugins.json` }).end());
    assert.equal(foreign.asked.length, 0);
  });

  /** Offers this entry with these files, fetches, and expects a refusal that leaves nothing. */
  async function lies(words, more, extra = {}, status = 502) {
    main.answer = files({ "/shop/plugins.json": catalogue(entry(more)), "/shop/files/clock.zip": package_, ...extra });
    await refresh();
    const res = await admin.post(`${M}/${KEY}/fetch`, {}, { deadline: 60000 });
    assert.equal(res.status, status, res.text);
    assert.match(res.text, words);
    assert.deepEqual(stored(), []);
  }

  test("a package that differs from its entry is refused, and nothing of it stays", async () => {
    await lies(/SHA-256/, { sha256: "0".repeat(64) });
    await lies(/SHA-256/, {}, { "/shop/files/clock.zip": Buffer.concat([package_.subarray(0, -1), Buffer.from("x")]) });
    await lies(/size/, { size: package_.length + 1 });
    await lies(/larger than/, { size: package_.length - 1 });
    await lies(/version/, { version: "9.9.9" });
    await lies(/does not exist/, { package: "files/none.zip" });
    await lies(/port of its own/, { package: `https://127.0.0.1:${other.port}/clock.zip` });
    await lies(/signature/, { signatureUrl: "files/none.minisig" });
    await lies(/signature/, {}, { "/shop/files/clock.zip.minisig": "no signature at all" }, 422);
    const html = Buffer.from("<html>");
    await lies(/ZIP/, { sha256: sha256(html), size: html.length }, { "/shop/files/clock.zip": html }, 422);
  });

  test("a correct package is fetched with its signature, approved as configured", async () => {
    execFileSync("minisign", ["-G", "-W", "-f", "-p", join(folder, "k.pub"), "-s", join(folder, "k.sec")], { stdio: "pipe" });
    writeFileSync(join(folder, "p.zip"), package_);
    execFileSync("minisign", ["-S", "-W", "-s", join(folder, "k.sec"), "-m", join(folder, "p.zip")], { stdio: "pipe" });
    main.answer = files({
      "/shop/plugins.json": catalogue(entry()), "/shop/files/clock.zip": package_,
      "/shop/files/clock.zip.minisig": readFileSync(join(folder, "p.zip.minisig")),
    });
    await refresh();
    const res = await admin.post(`${M}/${KEY}/fetch`, { version: "1.0.0" }, { deadline: 60000 });
    assert.equal(res.status, 201, res.text);
    assert.ok(res.body.checks.length > 3);
    assert.deepEqual(stored(), [["marketplace", "t", "t"]]);
    assert.equal((await admin.post(`${M}/${KEY}/fetch`, {})).status, 200);
    assert.equal((await admin.post(`${M}/${KEY}/fetch`, { version: "3.0.0" })).status, 404);
    assert.equal((await admin.post(`${M}/${KEY}/fetch`, { version: 3 })).status, 422);
    await remove(KEY);
  });

  /** The first half of the package; `then` goes on with the answer. */
  const half = (then) => (req, res) => {
    if (!req.url.endsWith(".zip")) return good()(req, res);
    res.writeHead(200, { "Content-Length": package_.length });
    res.write(package_.subarray(0, HALF));
    then(res);
  };
  const fetchInLines = (onData) =>
    admin.post(`${M}/${KEY}/fetch`, {}, { deadline: 60000, headers: { Accept: "application/x-ndjson" }, onData });

  test("a client that accepts lines gets the progress, then each check", async () => {
    main.answer = good();
    await refresh();
    let rest;
    main.answer = half((res) => (rest = () => res.end(package_.subarray(HALF))));
    const res = await fetchInLines((text) => text.includes('"download"') && rest());
    const lines = res.text.trim().split("\n").map((l) => JSON.parse(l));
    assert.equal(lines[0].name, "download");
    assert.ok(lines[0].got > 0 && lines[0].got <= HALF, `${lines[0].got}`);
    assert.equal(lines[0].of, package_.length);
    assert.deepEqual(lines.slice(-2).map((l) => l.name ?? l.status), ["trial load", 201]);
    assert.deepEqual(lines.at(-1).body.checks, lines.filter((l) => l.ok));
    await remove(KEY);
  });

  test("who leaves while a package comes has cancelled it", async () => {
    main.answer = good();
    await refresh();
    const before_ = stored();
    let closed = false;
    main.answer = half((res) => {
      // A trickle, so that there is progress to report.
      const timer = setInterval(() => res.write(package_.subarray(HALF, HALF + 1)), 100);
      res.on("close", () => (clearInterval(timer), (closed = true)));
    });
    await assert.rejects(fetchInLines(() => { throw new Error("enough"); }), /enough/);
    await until(() => closed, 30000, "the download ends");
    assert.deepEqual(stored(), before_);
    main.answer = good();
    assert.equal((await fetchInLines()).text.includes('"status":201'), true);
    await remove(KEY);
  });

  test("two who fetch a package at once are given one that was fetched once", async () => {
    main.answer = good();
    await refresh();
    main.answer = (req, res) => void setTimeout(() => good()(req, res), req.url.endsWith(".zip") ? 500 : 0);
    const n = main.asked.length;
    const both = await Promise.all([admin, await login("Admin", 1)].map((who) => who.post(`${M}/${KEY}/fetch`, {}, { deadline: 60000 })));
    assert.deepEqual(both.map((r) => r.status).sort(), [200, 201], both.map((r) => r.text).join("\n"));
    assert.equal(main.asked.slice(n).filter((q) => q.url.endsWith(".zip")).length, 1);
    await remove(KEY);
  });

  test("when it is down, the cached catalogue is served, and health reports it", async () => {
    main.answer = good();
    await refresh();
    await main.close();
    const page = await refresh();
    assert.match(page.error, /reached/);
    assert.equal(page.stale, true);
    assert.equal(page.items.length, 1);
    const health = (await tech.get("/api/plugins/health")).body;
    assert.deepEqual([health.status, health.marketplace, health.cache], ["degraded", "offline", "stale"]);
    const res = await admin.post("/api/plugins/install", { pluginKey: KEY }, { deadline: 30000 });
    assert.equal(res.status, 502, res.text);
  });
});

test("with manual approval a system admin has to bring packages in", async () => {
  const back = await configure({ marketplace_approval: "manual" });
  try {
    const res = await admin.post("/api/plugins/install", { pluginKey: KEY });
    assert.equal(res.status, 403);
    assert.match(res.body.type, /approval-required/);
    assert.equal((await sys.post(`${M}/${KEY}/fetch`, {})).status, 201);
    assert.deepEqual(stored(), [["bundled", "f", "f"]]);
    assert.equal((await consenting(admin, "/api/plugins/install", { pluginKey: KEY })).status, 409);
  } finally {
    await back();
    await remove(KEY);
  }
});

test("scripts/catalogue lists each version once and keeps earlier builds of it", () => {
  const out = join(folder, "made");
  const make = (...zips) => {
    execFileSync(join(top, "scripts/catalogue"), [out, ...zips.map((bytes, i) => {
      const file = join(folder, `${i}.zip`);
      writeFileSync(file, bytes);
      return file;
    })]);
    return JSON.parse(readFileSync(join(out, "plugins.json"), "utf8"));
  };
  const first = make(package_);
  assert.deepEqual(first.plugins.map((e) => [e.key, e.package, e.sha256, e.size]), [[KEY, `${KEY}-1.0.0.zip`, sha256(package_), package_.length]]);
  assert.ok(readdirSync(out).includes(first.plugins[0].iconUrl));
  assert.ok(first.categories.some((c) => c.id === "productivity"));
  const second = make(pack(KEY));
  assert.deepEqual(second.plugins.map((e) => e.sha256), [sha256(pack(KEY))]);
  const kept = readdirSync(out).filter((f) => f.endsWith(".zip")).map((f) => sha256(readFileSync(join(out, f))));
  assert.deepEqual(kept.sort(), [sha256(package_), sha256(pack(KEY))].sort());
});

test("an address may install 20 times an hour, whichever worker it meets", async () => {
  const clear = () => psql("delete from mortise.rate_limits where address = '127.0.0.2'");
  const ask = () =>
    new Promise((resolve, reject) => {
      const at = new URL(url);
      const body = JSON.stringify({ pluginKey: "none-such" });
      const req = request(
        {
          host: at.hostname, port: at.port, method: "POST", path: "/api/plugins/install", localAddress: "127.0.0.2", agent: false,
          headers: { ...admin.headers, "Content-Type": "application/json", "Content-Length": body.length },
        },
        (res) => {
          res.text = "";
          res.on("data", (d) => (res.text += d));
          res.on("end", () => resolve(res));
        },
      );
      req.on("error", reject);
      req.end(body);
    });
  clear();
  try {
    const many = await Promise.all(Array.from({ length: 25 }, ask));
    const of = (status) => many.filter((r) => r.statusCode === status);
    assert.equal(of(404).length, 20);
    assert.equal(of(429).length, 5);
    for (const r of of(429)) {
      const wait = Number(r.headers["retry-after"]);
      assert.ok(wait > 3500 && wait <= 3600, `Retry-After: ${wait}`);
      assert.match(r.text, /install_limit/);
      assert.match(r.headers["content-type"], /problem\+json/);
    }
    assert.equal((await admin.post("/api/plugins/install", { pluginKey: "none-such" })).status, 404, "another address goes on");
    psql("update mortise.rate_limits set began_at = now() - interval '61 minutes' where address = '127.0.0.2'");
    assert.equal((await ask()).statusCode, 404, "the next hour begins");
  } finally {
    clear();
  }
});
