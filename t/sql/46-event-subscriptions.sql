-- Events that are delivered to plugins: only those they may receive, filtered, not their own, and no more than a bound.
\ir lib/start.psql
select plan(12);
create role p_tap_sub login in role mortise_plugin;
grant execute on function plugin_emit(text, text, text, text, text, jsonb) to p_tap_sub;
insert into plugins (key) values ('tap-sub'), ('tap-open');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size) values
  (repeat('a', 64), 'tap-sub', '1.0.0', '{"permissions": ["tickets:read"], "emits": [{"name": "Moved"}, {"name": "Kept", "permission": "users:read"}],
    "events": [{"type": "TicketUpdated", "filter": {"state": ["closed", "new"], "number": 1}, "attempts": 2, "timeoutSeconds": 7},
      {"type": "UserCreated"}, {"type": "tap-sub.Moved"}]}', '[]', '', 0),
  (repeat('b', 64), 'tap-open', '1.0.0', '{"events": [{"type": "TicketUpdated"}, {"type": "tap-sub.Moved"}, {"type": "tap-sub.Kept"}]}', '[]', '', 0);
create table tap.t as select a, b, ua, ta, act(a, ua) as p from fix;
insert into installations (tenant_id, id, plugin_key, package_sha256, state)
  select a, gen_random_uuid(), k, repeat(h, 64), 'enabled' from t, (values ('tap-sub', 'a'), ('tap-open', 'b')) v (k, h);
create function tap.subscribed() returns text language sql as $$
  select string_agg(s.plugin_key || ' ' || s.type, ', ' order by s.plugin_key, s.type) from mortise.event_subscriptions s where s.plugin_key like 'tap-%' $$;
create function tap.emitted(tenant int, type text, data jsonb) returns text language sql as $$
  select tap.attempt('mortise_steward', null, format('select mortise.emit(%L, %L, %L)', 't.' || tenant, type, data)) $$;
create function tap.queued() returns text language sql as $$
  select string_agg(format('%s %s %s %s', w.plugin_key, w.name, w.key, w.state), ', ' order by w.id) from mortise.plugin_work w
  where w.plugin_key like 'tap-%' $$;

select is(subscribed(), 'tap-open tap-sub.Kept, tap-open tap-sub.Moved, tap-sub TicketUpdated, tap-sub tap-sub.Moved',
  'a plugin receives what its permissions let it see');
select isnt(emitted(b, 'TicketUpdated', '{"ticketId": "x", "state": "closed", "number": 1}'), null, 'another company''s') from t;
select isnt(emitted(a, 'TicketUpdated', '{"ticketId": "x", "state": "open", "number": 1}'), null, 'one that doesn''t pass the filter') from t;
select is(queued(), null, 'neither is delivered');
select isnt(emitted(a, 'TicketUpdated', '{"ticketId": "x", "state": "closed", "number": 1}'), null, 'one that does') from t;
select is(queued(), 'tap-sub TicketUpdated event x due', 'is, by what it is about');
select is((select format('%s %s %s', w.args - 'at' - 'id', w.attempts_max, w.seconds) from plugin_work w where w.plugin_key = 'tap-sub'),
  '{"data": {"state": "closed", "number": 1, "ticketId": "x"}, "type": "TicketUpdated", "entity": "x"} 2 7', 'with what it says');
delete from plugin_work where plugin_key = 'tap-sub';
set constraints all immediate; -- in the plugin's own session, as at its COMMIT
select is(attempt('p_tap_sub', p, 'select mortise.plugin_emit(''1.0.0'', n, ''box'', ''company'', null, ''{}'') from unnest(''{Moved,Kept}''::text[]) n'),
  '1', 'a plugin raises its own') from t;
select is(queued(), 'tap-open tap-sub.Moved event box due', 'others receive it, unless it needs a permission; it doesn''t itself');
insert into plugin_work (tenant_id, plugin_key, kind, name, key, asked_by)
  select a, 'tap-sub', 'event', 'x', 'event y', 'event' from t, generate_series(1, 5000);
select isnt(emitted(a, 'TicketUpdated', '{"ticketId": "z", "state": "closed", "number": 1}'), null, 'behind 5,000 others') from t;
select is((select w.state from plugin_work w where w.key = 'event z'), 'failed', 'it is given up, for an administrator to run again');
update installations set state = 'disabled' where plugin_key = 'tap-sub';
select is(subscribed(), 'tap-open tap-sub.Kept, tap-open tap-sub.Moved', 'one that is switched off receives nothing');
select * from finish();
rollback;
