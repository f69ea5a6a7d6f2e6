#!/usr/bin/env -S node --test-reporter=tap
// What an administrator changes about the company: its name, its clock, where it is and when it is open.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { png, jpeg } from "../lib/images.mjs";
import { anonymous, login, psql } from "../lib/mortise.mjs";

const isProblem = (res, status) => assert.equal(res.status, status, res.text);
const admin = await login("Admin");
const tech = await login("Technician");
const other = await login("Admin", 1);
const before = (await admin.get("/api/company")).body;
const others = (await other.get("/api/company")).body;
const { version: _v, code: _c, organization, ...profile } = before;

after(async () => {
  await admin.patch("/api/company", profile);
  psql("delete from mortise.pictures");
});

test("everybody of a company sees it, its administrators change it", async () => {
  isProblem(await anonymous.get("/api/company"), 401);
  assert.deepEqual((await tech.get("/api/company")).body, before);
  isProblem(await tech.patch("/api/company", { name: "Mine" }), 403);
  assert.deepEqual(Object.keys(before).sort(), ["city", "code", "country", "currency", "email", "holidays", "hours", "locale", "name", "notificationDays", "organization", "phone",
    "postalCode", "street", "taxNumber", "timeZone", "version", "website"]);
  assert.equal(before.code, admin.who.tenant);
});

test("a change is everybody's at once, and nobody else's", async () => {
  const changed = { name: "Nördliche Wärme", timeZone: "Europe/Berlin", notificationDays: 30 };
  const res = await admin.patch("/api/company", changed);
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(res.body, { ...before, ...changed, version: before.version + 1 });
  const me = (await tech.get("/api/me")).body;
  assert.deepEqual([me.tenantName, me.timeZone], [changed.name, changed.timeZone]);
  assert.deepEqual((await other.get("/api/company")).body, others);
  const [[type, zone]] = psql(`select type, payload->>'timeZone' from mortise.events
    where channel = 't.${admin.who.tenantId}' and type = 'TenantUpdated' order by seq desc limit 1`);
  assert.deepEqual([type, zone], ["TenantUpdated", "Europe/Berlin"]);
  const named = await admin.patch("/api/company", { name: "Northern Heat" });
  assert.deepEqual([named.body.name, named.body.timeZone, named.body.notificationDays], ["Northern Heat", "Europe/Berlin", 30], "what isn't sent stays");
});

// PostgreSQL takes some of these for a zone; a browser doesn't.
for (const timeZone of ["Nowhere/Here", "Etc/Foo+5", "EST5EDT,M3.2.0,M11.1.0", "+02:00", "posix/Europe/Berlin", "europe/berlin", "<+02>-2"])
  test(`${timeZone} is no time zone`, async () => {
    const res = await admin.patch("/api/company", { timeZone });
    isProblem(res, 422);
    assert.deepEqual(res.body.errors.map((e) => e.pointer), ["/timeZone"]);
  });

test("a name has letters, and an end", async () => {
  for (const name of ["", "  ", "x".repeat(121), null]) isProblem(await admin.patch("/api/company", { name }), 422);
});

const faults = (res) => {
  isProblem(res, 422);
  return res.body.errors.map((e) => e.pointer).sort();
};
const PROFILE = {
  locale: "de-AT", currency: "EUR", street: "Getreidegasse 9\n2. Stock", postalCode: "A-5020", city: "Salzburg", country: "AT", taxNumber: "ATU 12.345/678",
  phone: "+43 (662) 84-43/13", email: "office@heat.example", website: "https://heat.example/",
  hours: [{ day: 1, from: "13:00", to: "17:00" }, { day: 7, from: "22:00", to: "24:00" }, { day: 1, from: "08:00", to: "12:00" }],
  holidays: [{ date: "2026-12-25", name: "Weihnachten", yearly: true }, { date: "2026-04-06", name: "Ostermontag", yearly: false }],
};

test("a whole profile comes back in its order, and is in the audit log with what was before", async () => {
  const res = await admin.patch("/api/company", PROFILE);
  assert.equal(res.status, 200, res.text);
  const hours = [PROFILE.hours[2], PROFILE.hours[0], PROFILE.hours[1]];
  const { version, code, name, timeZone, notificationDays, organization, ...rest } = (await tech.get("/api/company")).body;
  assert.deepEqual(rest, { ...PROFILE, hours, holidays: [...PROFILE.holidays].reverse() });
  assert.equal(res.headers.etag, `"${version}"`);
  assert.equal((await tech.get("/api/me")).body.tenantLocale, "de-AT");
  const [[was, now]] = psql(`select before, after from mortise.audit where tenant_id = ${admin.who.tenantId} and action = 'company.changed' order by at desc, id desc limit 1`);
  assert.deepEqual([JSON.parse(was).city, JSON.parse(now).city, JSON.parse(now).hours], [profile.city, "Salzburg", hours]);
  assert.equal((await admin.patch("/api/company", { city: "Salzburg", hours })).body.version, version, "nothing new is no change");
  const bare = await admin.patch("/api/company", { city: null, hours: [] });
  assert.deepEqual([bare.body.city, bare.body.hours, bare.body.version], [null, [], version + 1]);
});

test("of two who change the same version one is told", async () => {
  const { version } = (await admin.get("/api/company")).body;
  const headers = { "If-Match": `"${version}"` };
  const both = await Promise.all(["Graz", "Wien"].map((city) => admin.patch("/api/company", { city }, { headers })));
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 409]);
  const lost = both.find((r) => r.status === 409);
  assert.match(lost.body.type, /version-conflict$/);
  assert.equal(lost.body.detail, `The company was changed meanwhile: it is at version ${version + 1} now`);
  isProblem(await admin.patch("/api/company", { city: "Linz" }, { headers: { "If-Match": "x" } }), 400);
});

test("each wrong value is named at its place", async () => {
  const wrong = (body) => admin.patch("/api/company", body).then(faults);
  const wrongs = { locale: "fr-FR", currency: "EU", street: "x".repeat(201), postalCode: "x".repeat(21), city: "", country: "XXX", taxNumber: "1", phone: "", email: "office", website: "", code: "other", version: 9 };
  assert.deepEqual(await wrong(wrongs), Object.keys(wrongs).map((k) => `/${k}`).sort());
  assert.deepEqual(await wrong({ currency: "EUX", country: "XX", taxNumber: "12;34", website: "javascript:alert(1)", phone: "call me" }), ["/country", "/currency", "/phone", "/taxNumber", "/website"]);
  assert.deepEqual(await wrong({ currency: "eur", country: "de", taxNumber: "x y z", website: "https://", phone: "+ ( )" }), ["/country", "/currency", "/phone", "/taxNumber", "/website"]);
  for (const website of ["https://a b", "ftp://a.example", "https:///x", 'https://a"b', "//a.example"]) assert.deepEqual(await wrong({ website }), ["/website"]);
  const day = (from, to, day = 1) => ({ day, from, to });
  for (const [hours, where] of [
    [[day("08:00", "12:00"), day("11:59", "13:00")], "/hours/1"], [[day("11:59", "13:00"), day("08:00", "12:00")], "/hours/0"],
    [[day("08:00", "08:00")], "/hours/0/to"], [[day("22:00", "06:00")], "/hours/0/to"], [[day("24:00", "24:00")], "/hours/0/from"],
    [[day("8:00", "12:00")], "/hours/0/from"], [[day("08:60", "12:00")], "/hours/0/from"], [[day("08:00", "24:01")], "/hours/0/to"],
    [[day("08:00", "12:00", 0)], "/hours/0/day"], [[day("08:00", "12:00", 8)], "/hours/0/day"], [[7], "/hours/0"], [[{ day: 1, from: "08:00" }], "/hours/0/to"],
    [[{ ...day("08:00", "12:00"), note: "x" }], "/hours/0/note"], [{}, "/hours"], [null, "/hours"], [Array(71).fill(day("08:00", "09:00")), "/hours"],
  ]) assert.deepEqual(await wrong({ hours }), [where], JSON.stringify(hours).slice(0, 80));
  const feast = (date, name = "Feast", yearly = false) => ({ date, name, yearly });
  for (const [holidays, where] of [
    [[feast("2026-02-30")], "/holidays/0/date"], [[feast("2026-01-01", "")], "/holidays/0/name"], [[feast("2026-01-01", "x".repeat(81))], "/holidays/0/name"],
    [[feast("2026-01-01"), feast("2026-01-02"), feast("2026-01-01")], "/holidays/2"], [[feast("2026-01-01", "x", "yes")], "/holidays/0/yearly"], [Array(201).fill(feast("2026-01-01")), "/holidays"],
  ]) assert.deepEqual(await wrong({ holidays }), [where], JSON.stringify(holidays).slice(0, 80));
});

// --- the logo, and photos of people ------------------------------------------------------------------------

const image = (data, type = "image/png") => ({ raw: data, headers: { "Content-Type": type } });
const put = (who, path, data, type) => who.request("PUT", path, image(data, type));

test("a logo: shown to the company alone, by its hash, for good, and as nothing but an image", async () => {
  isProblem(await put(tech, "/api/company/logo", png(64)), 403);
  const res = await put(admin, "/api/company/logo", png(64));
  assert.equal(res.status, 200, res.text);
  const path = `/api/company/logo/${res.body.hash}`;
  assert.equal((await tech.get("/api/me")).body.tenantLogo, res.body.hash);
  const shown = await tech.get(path);
  assert.equal(shown.status, 200, shown.text);
  assert.ok(shown.bytes.equals(png(64)));
  assert.deepEqual([shown.headers["content-type"], shown.headers["x-content-type-options"], shown.headers["cache-control"]], ["image/png", "nosniff", "private, max-age=31536000, immutable"]);
  assert.match(shown.headers["content-security-policy"], /sandbox/);
  isProblem(await other.get(path), 404);
  isProblem(await anonymous.get(path), 401);
  const [[was, now]] = psql(`select before ->> 'logo', after ->> 'logo' from mortise.audit where tenant_id = ${admin.who.tenantId} and action = 'company.changed' order by at desc, id desc limit 1`);
  assert.deepEqual([was, now], ["", res.body.hash.slice(0, 12)]);
  assert.equal(psql(`select type from mortise.events where channel = 't.${admin.who.tenantId}' order by seq desc limit 1`)[0][0], "TenantUpdated");
  assert.notEqual((await put(admin, "/api/company/logo", png(32))).body.hash, res.body.hash);
  isProblem(await tech.get(path), 404);
  isProblem(await tech.del("/api/company/logo"), 403);
  assert.equal((await admin.del("/api/company/logo")).status, 204);
  assert.ok(!("tenantLogo" in (await tech.get("/api/me")).body));
});

test("a photo is one's own, and everybody of the company finds it with others in one request", async () => {
  const own = await put(tech, "/api/me/photo", jpeg(300, 200), "text/html");
  assert.equal(own.status, 200, own.text);
  const ids = [tech.who.id, admin.who.id, other.who.id];
  await put(other, "/api/me/photo", png(16));
  const list = await admin.get(`/api/photos?ids=${ids}`);
  assert.deepEqual(list.body, { items: [{ userId: tech.who.id, hash: own.body.hash }] });
  const path = `/api/photos/${tech.who.id}/${own.body.hash}`;
  assert.equal((await admin.get(path)).headers["content-type"], "image/jpeg", "by its bytes, not by what was said");
  isProblem(await other.get(path), 404);
  isProblem(await admin.get(`/api/photos/${admin.who.id}/${own.body.hash}`), 404);
  assert.deepEqual((await other.get(`/api/photos?ids=${tech.who.id}`)).body, { items: [] });
  const [[event]] = psql(`select payload from mortise.events where type = 'UserUpdated' and payload ->> 'userId' = '${tech.who.id}' order by seq desc limit 1`);
  assert.equal(JSON.parse(event).photo, own.body.hash);
  for (const query of ["", "?ids=", "?ids=x", `?ids=${ids},x`, `?ids=${Array(101).fill(tech.who.id)}`]) isProblem(await admin.get(`/api/photos${query}`), 422);
  assert.equal((await tech.get("/api/me")).body.photo, own.body.hash);
  assert.equal((await tech.del("/api/me/photo")).status, 204);
  assert.equal((await tech.del("/api/me/photo")).status, 204);
  isProblem(await admin.get(path), 404);
  assert.ok((await other.get("/api/me")).body.photo, "nobody else's");
});

test("what is no image, a bomb, or too large is refused, and nothing is kept", async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  for (const [data, status] of [
    [svg, 415], [Buffer.from("GIF89a\x01\x00\x01\x00"), 415], [Buffer.from("<html><img>"), 415], [Buffer.from("BM    "), 415], [Buffer.alloc(0), 415],
    [png(8).subarray(0, 20), 415], [jpeg(10, 10).subarray(0, 15), 415], [Buffer.concat([svg, png(8)]), 415], [Buffer.from("RIFF0000WEBPVP8 "), 415],
    [png(8, undefined, 65535), 400], [jpeg(65535, 65535), 400], [png(8, undefined, 0), 400], [png(8, undefined, 1025), 400], [jpeg(1025, 1), 400],
    [Buffer.concat([png(8), Buffer.alloc(256 * 1024)]), 413],
  ]) {
    const res = await put(tech, "/api/me/photo", data);
    assert.equal(res.status, status, `${data.subarray(0, 20).toString("latin1")} ${res.text}`);
  }
  assert.ok(!("photo" in (await tech.get("/api/me")).body));
  // One that is also something else stays an image for browsers.
  const both = await put(tech, "/api/me/photo", Buffer.concat([png(8), Buffer.from("<script>alert(1)</script>")]));
  const shown = await tech.get(`/api/photos/${tech.who.id}/${both.body.hash}`);
  assert.deepEqual([shown.headers["content-type"], shown.headers["x-content-type-options"]], ["image/png", "nosniff"]);
  isProblem(await tech.get(`/api/photos/${tech.who.id}/${both.body.hash}`, { headers: { "Sec-Fetch-Dest": "script" } }), 403);
  isProblem(await tech.request("PUT", "/api/me/photo", { ...image(png(8)), headers: { Origin: "http://evil.example" } }), 403);
  const two = await Promise.all([png(9), png(10)].map((p) => put(tech, "/api/me/photo", p)));
  const { photo } = (await tech.get("/api/me")).body;
  assert.ok(two.map((r) => r.body.hash).includes(photo), "one of the two");
});
