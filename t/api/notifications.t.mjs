#!/usr/bin/env -S node --test-reporter=tap
// Notifications to a person, a role, the company; presence.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import { account, accounts, login, token, psql } from "../lib/mortise.mjs";

const dispatcher = await login("Dispatcher");
const tech = await login("Technician");
const admin = await login("Admin");
const sys = await login("SystemAdmin");
const foreign = await login("Technician", 1);
const t = dispatcher.who.tenantId;
const own = accounts().filter((a) => a.tenant === account("Dispatcher").tenant);

const conns = [];
after(() => {
  if (conns.length) psql(`delete from mortise.presence where conn in (${conns.map((c) => `'${c}'`).join(",")})`);
});

/** What a client's channel says after doing something. */
async function heard(client, channel, act) {
  const head = (await client.get("/api/events")).body.heads[channel];
  const res = await act();
  const { events } = (await client.get(`/api/events?since=${channel}:${head}`)).body;
  return { res, events };
}

test("to a person: only they hear it", async () => {
  const { res, events } = await heard(tech, `u.${tech.who.id}`, () =>
    dispatcher.post("/api/notifications/user", { targetUserId: tech.who.id, title: "⚡ Done", message: "Your task is done", icon: "✅", url: "/tab/Tickets", priority: "high" }),
  );
  assert.equal(res.status, 200);
  assert.deepEqual(res.body, { success: true, sentCount: 1 });
  assert.equal(events.length, 1);
  assert.equal(events[0].type, "Notification");
  assert.deepEqual(events[0].data, { title: "⚡ Done", message: "Your task is done", icon: "✅", url: "/tab/Tickets", priority: "high", fromUserId: dispatcher.who.id, fromUserName: dispatcher.who.name });
  const others = (await dispatcher.get(`/api/events?since=u.${tech.who.id}:0`)).body;
  assert.deepEqual(others.events, []);
  assert.equal(others.heads[`u.${tech.who.id}`], undefined);
});

test("what Mortise itself says can be translated; what people say can't", async () => {
  const payload = `mortise.notice('{0} is out of storage', 'Its tables hold {1} MB', '["Clock", 7]')`;
  psql(`set session authorization mortise_steward; select mortise.emit('u.${tech.who.id}', 'Notification', ${payload})`);
  const [ours, theirs] = (await tech.get("/api/notifications?limit=2")).body.items;
  assert.equal(ours.title, "Clock is out of storage");
  assert.deepEqual(ours.text, {
    title: { key: "{0} is out of storage", values: ["Clock", 7] },
    message: { key: "Its tables hold {1} MB", values: ["Clock", 7] },
  });
  assert.deepEqual([theirs.title, theirs.text], ["⚡ Done", null]);
});

test("defaults: bell, no url, normal priority", async () => {
  const { events } = await heard(tech, `u.${tech.who.id}`, () =>
    dispatcher.post("/api/notifications/user", { targetUserId: tech.who.id.toUpperCase(), title: "t", message: "m" }),
  );
  const { icon, url, priority } = events[0].data;
  assert.deepEqual({ icon, url, priority }, { icon: "🔔", url: null, priority: "normal" });
});

test("to the company: everybody counts", async () => {
  const { res, events } = await heard(tech, `t.${t}`, () => admin.post("/api/notifications/company", { title: "📢", message: "Down at 11" }));
  const [[active]] = psql(`select count(*) from mortise.users where tenant_id = ${t} and active`);
  assert.deepEqual(res.body, { success: true, sentCount: Number(active) });
  assert.equal(events.at(-1).data.message, "Down at 11");
});

test("to a role: those who have it", async () => {
  const n = own.filter((a) => a.role === "Technician").length;
  const { res, events } = await heard(tech, `r.${t}.Technician`, () => dispatcher.post("/api/notifications/role", { role: "Technician", title: "New", message: "work" }));
  assert.deepEqual(res.body, { success: true, sentCount: n });
  assert.equal(events.length, 1);
  assert.deepEqual((await dispatcher.get(`/api/events?since=r.${t}.Technician:0`)).body.events, []);
});

test("nobody of another company hears any of it", async () => {
  const before = (await foreign.get("/api/events")).body.heads;
  await admin.post("/api/notifications/company", { title: "ours", message: "only" });
  await admin.post("/api/notifications/role", { role: "Technician", title: "ours", message: "only" });
  assert.deepEqual((await foreign.get("/api/events")).body.heads, before);
});

test("what came to oneself is listed, found and filtered, and nobody else's", async () => {
  const word = randomUUID().slice(0, 8);
  const send = (kind, fields) => admin.post(`/api/notifications/${kind}`, { title: `${word} ${kind}`, message: "m", ...fields });
  await send("user", { targetUserId: tech.who.id, priority: "high" });
  await send("role", { role: "Technician" });
  await send("company");
  const titles = async (who, query = "") => {
    const res = await who.get(`/api/notifications?q=${word}${query}`);
    assert.equal(res.status, 200, res.text);
    return res.body.items.map((n) => n.title.slice(word.length + 1));
  };
  assert.deepEqual(await titles(tech), ["company", "role", "user"], "the newest first");
  assert.deepEqual(await titles(dispatcher), ["company"]);
  assert.deepEqual(await titles(foreign), []);
  assert.deepEqual(await titles(tech, "&priority=high"), ["user"]);
  assert.deepEqual(await titles(tech, "&kind=role,company"), ["company", "role"]);
  assert.deepEqual(await titles(tech, `&fromUserId=${tech.who.id}`), []);
  const seen = [];
  for (let cursor = ""; cursor !== null; ) {
    const res = await tech.get(`/api/notifications?q=${word}&limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    assert.equal(res.status, 200, res.text);
    seen.push(...res.body.items.map((n) => n.title));
    cursor = res.body.nextCursor;
    assert.ok(seen.length <= 3);
  }
  assert.equal(seen.length, 3);
  const [one] = (await tech.get(`/api/notifications?q=${word}&kind=user`)).body.items;
  assert.deepEqual((await tech.get(`/api/notifications/${one.id}`)).body, one);
  assert.equal((await dispatcher.get(`/api/notifications/${one.id}`)).status, 404);
  assert.deepEqual({ ...one, id: 0, sentAt: 0 }, { id: 0, title: `${word} user`, message: "m", icon: "🔔", url: null, priority: "high", kind: "user", topic: "person",
    fromUserId: admin.who.id, fromUserName: admin.who.name, pluginKey: null, text: null, read: false, sentAt: 0 });
});

test("a ticket that somebody else assigned is one's notification as well, one's own choice is not", async () => {
  const word = randomUUID().slice(0, 8);
  const made = (await dispatcher.post("/api/tickets", { title: `${word} leak`, assigneeId: tech.who.id })).body;
  await dispatcher.post("/api/tickets", { title: `${word} mine`, assigneeId: dispatcher.who.id });
  const of = async (who) => (await who.get(`/api/notifications?q=${word}`)).body.items;
  const [one, ...more] = await of(tech);
  assert.deepEqual(more, []);
  assert.deepEqual(await of(dispatcher), []);
  assert.deepEqual({ ...one, id: 0, sentAt: 0 }, { id: 0, title: `Ticket #${made.number} is yours`, message: `${word} leak`, icon: "🎫", url: `/tickets/${made.id}`,
    priority: "normal", kind: "user", topic: "assigned", fromUserId: dispatcher.who.id, fromUserName: dispatcher.who.name, pluginKey: null, text: { title: { key: "Ticket #{0} is yours", values: [made.number] } }, read: false, sentAt: 0 });
});

test("what was read stays read for that person, what comes later isn't", async () => {
  const word = randomUUID().slice(0, 8);
  const send = (n) => admin.post("/api/notifications/company", { title: `${word} ${n}`, message: "m" });
  const of = async (who) => (await who.get(`/api/notifications?q=${word}`)).body.items.map((n) => [n.title.slice(-1), n.read]);
  await send(1);
  const [first] = (await tech.get(`/api/notifications?q=${word}`)).body.items;
  assert.equal((await tech.post("/api/notifications/read", { until: first.sentAt })).status, 204);
  await send(2);
  assert.deepEqual(await of(tech), [["2", false], ["1", true]]);
  assert.deepEqual(await of(dispatcher), [["2", false], ["1", false]], "others have their own");
  const [second] = (await tech.get(`/api/notifications?q=${word}`)).body.items;
  await tech.post("/api/notifications/read", { until: second.sentAt });
  await tech.post("/api/notifications/read", { until: first.sentAt });
  assert.deepEqual(await of(tech), [["2", true], ["1", true]], "an older browser takes nothing back");
  await tech.post("/api/notifications/read", { until: "2999-01-01T00:00:00Z" });
  await send(3);
  assert.deepEqual((await of(tech))[0], ["3", false], "what is still to come can't be read");
  for (const body of [{}, { until: "yesterday" }, { until: null }]) assert.equal((await tech.post("/api/notifications/read", body)).status, 422, JSON.stringify(body));
});

test("one by one: read, kept as unread, removed, on every device of that person alone", async () => {
  const word = randomUUID().slice(0, 8);
  for (const n of [1, 2, 3]) await admin.post("/api/notifications/company", { title: `${word} ${n}`, message: "m" });
  const of = async (who, more = "") => (await who.get(`/api/notifications?q=${word}${more}`)).body.items;
  const said = async (who, more) => (await of(who, more)).map((n) => `${n.title.slice(-1)}${n.read ? "" : "!"}`).join(" ");
  const [third, second, first] = await of(tech);
  const { res, events } = await heard(tech, `u.${tech.who.id}`, () => tech.patch(`/api/notifications/${first.id}`, { read: true }));
  assert.equal(res.status, 204, res.text);
  assert.deepEqual(events.map((e) => e.type), ["NotificationsRead"], "other devices hear of it");
  assert.equal(await said(tech), "3! 2! 1");
  assert.equal(await said(tech, "&read=false"), "3! 2!");
  await tech.post("/api/notifications/read", { until: third.sentAt });
  assert.equal((await tech.patch(`/api/notifications/${second.id}`, { read: false })).status, 204);
  await tech.post("/api/notifications/read", { until: third.sentAt });
  assert.equal(await said(tech), "3 2! 1", "what is kept as unread stays so");
  await tech.post("/api/notifications/read", { until: third.sentAt, all: true });
  assert.equal(await said(tech), "3 2 1", "until all is read");
  assert.equal((await tech.del(`/api/notifications/${third.id}`)).status, 204);
  assert.equal(await said(tech), "2 1");
  assert.equal(await said(dispatcher), "3! 2! 1!", "others have theirs");
  for (const [verb, id] of [["patch", third.id], ["patch", `u.${dispatcher.who.id}.1`], ["patch", "t.1"], ["del", "x.99999999999999999999"]])
    assert.equal((await tech[verb](`/api/notifications/${id}`, verb === "patch" ? { read: true } : undefined)).status, 404, id);
  assert.equal((await tech.patch(`/api/notifications/${first.id}`, { read: "yes" })).status, 422);
  assert.equal((await tech.get("/api/notifications?topic=secret")).status, 422);
  assert.equal(await said(tech, "&topic=person,system"), "2 1");
  assert.equal(await said(tech, "&topic=security"), "");
});

test("who sent one sees how many have seen it, and by name when they are few", async () => {
  const word = randomUUID().slice(0, 8);
  const sent = async () => (await dispatcher.get(`/api/notifications/sent?q=${word}`)).body.items;
  await dispatcher.post("/api/notifications/user", { targetUserId: tech.who.id, title: `${word} one`, message: "m" });
  await dispatcher.post("/api/notifications/role", { role: "Technician", title: `${word} role`, message: "m" });
  const n = own.filter((a) => a.role === "Technician").length;
  assert.deepEqual((await sent()).map((x) => [x.title, x.kind, x.toUserName, x.role, x.recipients, x.seen]), [
    [`${word} role`, "role", null, "Technician", n, 0],
    [`${word} one`, "user", tech.who.name, null, 1, 0],
  ]);
  const [role, one] = (await tech.get(`/api/notifications?q=${word}`)).body.items;
  const { events } = await heard(dispatcher, `u.${dispatcher.who.id}`, () => tech.patch(`/api/notifications/${one.id}`, { read: true }));
  assert.deepEqual(events.map((e) => e.type), ["NotificationSeen"], "at once");
  await tech.post("/api/notifications/read", { until: role.sentAt });
  assert.deepEqual((await sent()).map((x) => x.seen), [1, 1]);
  await tech.patch(`/api/notifications/${one.id}`, { read: false });
  assert.deepEqual((await sent()).map((x) => x.seen), [1, 1], "what was seen once was seen");
  await tech.patch(`/api/notifications/${one.id}`, { read: true });
  const { items, hidden } = (await dispatcher.get(`/api/notifications/sent/${role.id}/people`)).body;
  assert.deepEqual([hidden, items.length, items[0]], [false, n, { userId: tech.who.id, name: tech.who.name, seen: true }]);
  assert.equal((await admin.get(`/api/notifications/sent/${role.id}/people`)).status, 404, "for who sent it alone");
  assert.deepEqual((await admin.get(`/api/notifications/sent?q=${word}`)).body.items, []);
  assert.equal((await tech.get("/api/notifications/sent")).status, 403);
});

test("how one wants to hear of them: per person, in all browsers, with sensible values alone", async () => {
  const path = "/api/me/notifications";
  const start = (await tech.get(path)).body;
  assert.deepEqual(start, { toastOff: [], desktopOff: [], mailOff: [], quiet: false, quietFrom: "20:00", quietTo: "07:00",
    quietDays: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], urgentAnyway: true, digest: "never", digestAt: "08:00", timeZone: start.timeZone, mail: false });
  const { res, events } = await heard(tech, `u.${tech.who.id}`, () =>
    tech.patch(path, { toastOff: ["plugin", "person"], quiet: true, quietFrom: "22:15", quietTo: "06:00", quietDays: ["sun", "mon"], urgentAnyway: false, digest: "daily" }));
  assert.equal(res.status, 200, res.text);
  assert.deepEqual(events.map((e) => e.type), ["NotificationPreferencesUpdated"]);
  assert.deepEqual((await tech.get(path)).body, { ...start, toastOff: ["person", "plugin"], quiet: true, quietFrom: "22:15", quietTo: "06:00", quietDays: ["mon", "sun"], urgentAnyway: false, digest: "daily" });
  assert.equal((await dispatcher.get(path)).body.quiet, false);
  for (const [field, value] of [["toastOff", ["security"]], ["toastOff", "person"], ["mailOff", ["x"]], ["quietDays", []], ["quietDays", ["monday"]], ["quietFrom", "24:00"], ["quietFrom", "7:00"],
    ["quietTo", "07:60"], ["quietTo", null], ["digestAt", "'; --"], ["digest", "always"], ["urgentAnyway", 1], ["userId", dispatcher.who.id]]) {
    const bad = await tech.patch(path, { [field]: value });
    assert.equal(bad.status, 422, `${field} ${JSON.stringify(value)}`);
    assert.deepEqual(bad.body.errors.map((e) => e.pointer.split("/")[1]), [field]);
  }
  const both = await Promise.all([tech.patch(path, { digest: "never" }), tech.patch(path, { toastOff: [], quiet: false }), tech.patch(path, { urgentAnyway: true })]);
  assert.deepEqual(both.map((x) => x.status), [200, 200, 200]);
  const { toastOff, quiet, digest, urgentAnyway } = (await tech.get(path)).body;
  assert.deepEqual({ toastOff, quiet, digest, urgentAnyway }, { toastOff: [], quiet: false, digest: "never", urgentAnyway: true }, "none of three at once is lost");
  const { quietFrom, quietTo, quietDays } = start; // other files find what they expect
  assert.equal((await tech.patch(path, { quietFrom, quietTo, quietDays })).status, 200);
});

test("a company keeps them as long as its administrator says", async () => {
  assert.equal((await tech.patch("/api/company", { notificationDays: 30 })).status, 403);
  for (const days of [6, 731, "30", null, 7.5]) assert.equal((await admin.patch("/api/company", { notificationDays: days })).status, 422, String(days));
  const was = (await admin.get("/api/company")).body.notificationDays;
  const res = await admin.patch("/api/company", { notificationDays: 30 });
  assert.deepEqual([was, res.body.notificationDays], [90, 30]);
  const word = randomUUID().slice(0, 8);
  for (const n of [1, 2, 3]) await admin.post("/api/notifications/company", { title: `${word} ${n}`, message: "m" });
  const of = async (who) => (await who.get(`/api/notifications?q=${word}`)).body.items.map((n) => n.title.slice(-1)).join("");
  const [third] = (await tech.get(`/api/notifications?q=${word}`)).body.items;
  await tech.post("/api/notifications/read", { until: third.sentAt });
  psql(`update mortise.users set created_at = now() - interval '1 year' where tenant_id = ${t};
    update mortise.notices set created_at = now() - case right(payload ->> 'title', 1) when '1' then interval '61 days' else interval '31 days' end
      where payload ->> 'title' in ('${word} 1', '${word} 2')`);
  assert.deepEqual([await of(tech), await of(dispatcher)], ["3", "32"], "read ones as long, unread ones twice");
  psql("set session authorization mortise_steward; select mortise.notices_expire(500)");
  assert.deepEqual(psql(`select right(payload ->> 'title', 1) from mortise.notices where payload ->> 'title' like '${word} %' order by 1`).flat(), ["2", "3"]);
  await admin.patch("/api/company", { notificationDays: was });
});

test("a technician may not send", async () => {
  const m = { title: "t", message: "m" };
  for (const [kind, more] of [["user", { targetUserId: dispatcher.who.id }], ["company", {}], ["role", { role: "Admin" }]]) {
    const res = await tech.post(`/api/notifications/${kind}`, { ...m, ...more });
    assert.equal(res.status, 403);
    assert.match(res.body.detail, /notifications:send/);
  }
});

test("people of another company, unknown ones and unknown roles are faults of the field", async () => {
  const m = { title: "t", message: "m" };
  const a = await dispatcher.post("/api/notifications/user", { ...m, targetUserId: randomUUID() });
  const b = await dispatcher.post("/api/notifications/user", { ...m, targetUserId: foreign.who.id });
  for (const res of [a, b]) {
    assert.equal(res.status, 422, res.text);
    assert.deepEqual(res.body.errors.map((e) => e.pointer), ["/targetUserId"]);
  }
  assert.deepEqual({ ...a.body, requestId: 0 }, { ...b.body, requestId: 0 });
  const c = await dispatcher.post("/api/notifications/role", { ...m, role: "King" });
  assert.deepEqual(c.body.errors.map((e) => e.pointer), ["/role"]);
});

test("addresses: paths and web pages only", async () => {
  const send = (url) => dispatcher.post("/api/notifications/user", { targetUserId: tech.who.id, title: "t", message: "m", url });
  for (const url of [null, "/", "/tab/Tickets", "/tickets/1?x=y#z", "https://example.com", "http://example.com/x"]) assert.equal((await send(url)).status, 200, url);
  for (const url of ["//evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "/\\evil.example", "https:/x", "https://", "http:///x", "ftp://x", "tab/Tickets", "", "/a\tb", "/a b", "/a\u2028b", "/a\u0085b", "/a\u00a0b", "https://x.example/\u3000", "\\\\evil", "https://exam ple", "/" + "x".repeat(500), 7]) {
    const res = await send(url);
    assert.equal(res.status, 422, String(url));
    assert.deepEqual(res.body.errors.map((e) => e.pointer), ["/url"]);
  }
});

test("lengths and priorities", async () => {
  const send = (fields) => dispatcher.post("/api/notifications/company", { title: "t", message: "m", ...fields });
  for (const bad of [{ title: "x".repeat(121) }, { message: "x".repeat(1001) }, { icon: "x".repeat(17) }, { priority: "urgent" }, { title: "" }, { message: "  " }, { colour: "red" }, { fromUserId: randomUUID() }])
    assert.equal((await send(bad)).status, 422, JSON.stringify(bad));
});

test("active users: who has a lease, once each, of the own company", async () => {
  const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
  conns.push(a, b, c);
  await tech.get(`/api/events?conn=${a}`);
  await tech.get(`/api/events?conn=${b}`);
  await foreign.get(`/api/events?conn=${c}`);
  const res = (await tech.get("/api/notifications/active-users")).body;
  assert.equal(res.count, res.users.length);
  const mine = res.users.filter((u) => u.userId === tech.who.id);
  assert.equal(mine.length, 1);
  assert.deepEqual(Object.keys(mine[0]), ["userId", "userName", "role", "connectedAt"]);
  assert.equal(mine[0].role, "Technician");
  assert.ok(!res.users.some((u) => u.userId === foreign.who.id));
  psql(`update mortise.presence set expires_at = now() where user_id = '${tech.who.id}'`);
  const later = (await tech.get("/api/notifications/active-users")).body;
  assert.ok(!later.users.some((u) => u.userId === tech.who.id));
});

test("statistics: an admin sees the own company, a system admin all, others nothing", async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  conns.push(a, b);
  await dispatcher.get(`/api/events?conn=${a}`);
  await foreign.get(`/api/events?conn=${b}`);
  const home = account("Dispatcher").tenant;
  const away = account("Technician", 1).tenant;
  const mine = (await admin.get("/api/notifications/stats")).body;
  assert.deepEqual(Object.keys(mine.byCompany), [home]);
  assert.equal(mine.totalConnections, mine.byCompany[home]);
  assert.ok(mine.byRole.Dispatcher >= 1);
  // All companies' numbers reach beyond one: not by the session of a page.
  assert.deepEqual(Object.keys((await sys.get("/api/notifications/stats")).body.byCompany), [home]);
  const all = (await (await token("SystemAdmin")).get("/api/notifications/stats")).body;
  assert.ok(all.byCompany[home] >= 1 && all.byCompany[away] >= 1);
  assert.equal(all.totalConnections, Object.values(all.byCompany).reduce((x, y) => x + y, 0));
  assert.ok(all.byRole.Technician >= 1);
  for (const client of [tech, dispatcher]) assert.equal((await client.get("/api/notifications/stats")).status, 403);
});

test("a lease needs a uuid, and no more than one row a tab", async () => {
  const conn = randomUUID();
  conns.push(conn);
  for (let i = 0; i < 3; i++) await tech.get(`/api/events?conn=${conn}`);
  await tech.get(`/api/events?conn=${conn.toUpperCase()}`);
  assert.deepEqual(psql(`select count(*) from mortise.presence where conn = '${conn}'`), [["1"]]);
  assert.equal((await tech.get("/api/events?conn=x")).status, 422);
});
