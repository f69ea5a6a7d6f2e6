-- Events that plugins raise: declared, only in their tenant, to those who have the permission.
\ir lib/start.psql
select plan(26);
create role p_tap_live login in role mortise_plugin;
create role p_tap_none login in role mortise_plugin;
grant execute on function plugin_emit(text, text, text, text, text, jsonb) to p_tap_live;
insert into plugins (key) values ('tap-live'), ('tap-none');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
  values (repeat('a', 64), 'tap-live', '1.0.0', '{"emits": [
    {"name": "Moved", "fields": [{"name": "n", "type": "integer", "required": true}, {"name": "who", "type": "uuid"},
      {"name": "at", "type": "time"}, {"name": "what", "type": "object"}]},
    {"name": "Guarded", "permission": "tap-live:see"}, {"name": "Staff", "permission": "users:write"}]}', '[]', '', 0);
create table tap.t as select a, b, ua, ub, ua2, act(a, ua) as p, act(b, ub) as other from fix;
insert into installations (tenant_id, id, plugin_key, package_sha256, state)
  select a, gen_random_uuid(), 'tap-live', repeat('a', 64), 'enabled' from t;
insert into plugin_permissions values ('tap-live:see', 'tap-live', 'See', null, '{Technician}', now());
insert into role_permissions (tenant_id, plugin_key, permission, role, granted)
  select a, 'tap-live', 'tap-live:see', r, r = 'Technician' from t, unnest('{Technician,Dispatcher,Admin}'::text[]) r;
create function tap.raise_as(role text, whom text, name text, payload jsonb default '{"n": 1}', kind text default 'company',
  target text default null, entity text default 'e1', version text default '1.0.0') returns text language sql as $$
  select tap.attempt(role, whom, format('select mortise.plugin_emit(%L, %L, %L, %L, %L, %L)', version, name, entity, kind, target, payload))
$$;
create function tap.waiting() returns text language sql as $$
  select string_agg(o.channel || ' ' || o.type, ', ' order by o.n) from mortise.outbox o where o.type like 'tap-%' $$;

select is(raise_as('p_tap_live', p, 'Moved'), '1', 'raised for the company') from t;
select is(waiting(), 't.' || a || ' tap-live.Moved', 'under its own name, when the transaction ends') from t;
select is((select payload - 'id' from outbox where type like 'tap-%'), '{"entity": "e1", "data": {"n": 1}}', 'with what it is about');
select is(raise_as('p_tap_live', p, 'Guarded', '{}'), '2', 'what needs a permission: to roles that have it, and system admins') from t;
select is((select string_agg(o.channel, ' ' order by o.n) from outbox o where type = 'tap-live.Guarded'),
  'r.' || a || '.SystemAdmin r.' || a || '.Technician', 'each by its own channel') from t;
select is((select count(distinct payload ->> 'id')::int from outbox where type = 'tap-live.Guarded'), 1, 'with one id');
select is((select count(*)::int from outbox where type = 'tap-live.Staff'), 0, 'none yet');
select is(raise_as('p_tap_live', p, 'Staff', '{}'), '2', 'a permission of the core') from t;
select is((select string_agg(o.channel, ' ' order by o.n) from outbox o where type = 'tap-live.Staff'),
  'r.' || a || '.Admin r.' || a || '.SystemAdmin', 'is its roles''') from t;
select is(raise_as('p_tap_live', p, 'Guarded', '{}', 'role', 'Technician'), '1', 'to one role') from t;
select is(raise_as('p_tap_live', p, 'Guarded', '{}', 'role', 'Admin'), '0', 'that hasn''t the permission: to nobody') from t;
select is(raise_as('p_tap_live', p, 'Guarded', '{}', 'user', ua2::text), '1', 'to a person') from t;
select is(raise_as('p_tap_live', p, 'Guarded', '{}', 'user', ua::text), '0', 'who hasn''t: to nobody') from t;
select is(raise_as('p_tap_live', p, 'Moved', '{"n": 1}', 'user', ub::text), 'P0002 notice-user', 'another company''s people don''t exist') from t;
select is(raise_as('p_tap_live', p, 'Moved', '{"n": 1}', 'role', 'King'), '22023 notice-role: King', 'nor do roles') from t;
select is(raise_as('p_tap_live', p, n, x), e, format('refused: %s %s', n, left(x::text, 40))) from t, (values
  ('TicketUpdated', '{}'::jsonb, '22023 event-undeclared: TicketUpdated'), ('Moved', '{}', '22023 event-field: n'),
  ('Moved', '{"n": "1"}', '22023 event-field: n'), ('Moved', '{"n": 1, "x": 1}', '22023 event-field: x'),
  ('Moved', '{"n": 1, "who": "me"}', '22023 event-field: who'), ('Moved', '[]', '22023 event-payload'),
  ('Moved', jsonb_build_object('n', 1, 'what', jsonb_build_object('x', repeat('x', 5000))), '22023 event-long: Moved')) v (n, x, e);
select is(raise_as('p_tap_live', other, 'Moved'), '22023 event-undeclared: Moved', 'a company without the plugin hears nothing of it') from t;
select is(state_of(raise_as('p_tap_none', p, 'Moved')), '42501', 'nor may a plugin without the permission') from t;
set constraints all immediate;
select is((select string_agg(e.type, ' ' order by e.seq) from events e where e.channel = 't.' || a), 'tap-live.Moved', 'numbered') from t;
update bounds set value = 0 where name = 'plugin_events_max';
insert into bounds select 'plugin_events_max', 0 on conflict do nothing;
select is(raise_as('p_tap_live', p, 'Moved'), 'MT429 events-many: 0', 'at most so many a minute, however they are sent') from t;
select * from finish();
rollback;
