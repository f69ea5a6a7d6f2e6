-- Channels, numbers, notifications.
\ir lib/start.psql
select plan(61);
create role p_tap_one login in role mortise_plugin;
delete from channels where tenant_id = 0;
delete from events where tenant_id = 0;
grant execute on function notify(text, text, jsonb) to p_tap_one;
create table tap.t as select a, b, ua, ub, ua2, ta, tb, act(a, ua) as api, act(a, ua) as p from fix;
create function tap.emit_as(role text, ticket text, channel text) returns text language sql as
  $$ select tap.attempt(role, ticket, format('select mortise.emit(%L, ''T'', ''{"n":1}'')', channel)) $$;

select is(emit_as('mortise_api', api, 't.' || a), '1', 'the first event of a channel is number 1') from t;
select is(emit_as('mortise_api', api, 't.' || a), '2', 'the next is 2') from t;
select is(emit_as('mortise_api', api, 'u.' || ua2), '1', 'each channel counts by itself') from t;
select is(emit_as('mortise_api', api, 'r.' || a || '.Admin'), '1', 'a role''s too') from t;
savepoint s;
select is(emit_as('mortise_api', api, 't.' || a), '3', 'a number is given') from t;
rollback to s;
select is(emit_as('mortise_api', api, 't.' || a), '3', 'and taken back with its transaction') from t;
select is((select array_agg(seq order by seq) from events e join t on e.channel = 't.' || a), '{1,2,3}'::bigint[],
  'events have the numbers that channels gave');
select is(state_of(emit_as('mortise_api', api, c)), s, format('the api with A''s ticket may not raise on %s', c))
  from t, lateral (values ('t.' || b, '42501'), ('r.' || b || '.Admin', '42501'), ('u.' || ub, '22023'), ('admin', '42501'),
    ('all', '42501'), ('t.0', '22023'), ('t.01', '22023'), ('t.' || a || ' ', '22023'), ('T.' || a, '22023'),
    ('r.' || a || '.Nobody', '22023'), ('o.999999999', '22023'), ('o.' || (select organization_id from mortise.tenants x where x.id = a), '42501'), ('', '22023'), ('u.x', '22023'),
    ('u.' || upper(ua::text), '22023')) v (c, s);
select is(state_of(emit_as('mortise_api', null, c)), s, format('nobody without a ticket on %s', c))
  from t, lateral (values ('t.' || a, '42501'), ('u.' || ua, '22023'), ('all', '42501')) v (c, s);
select is(state_of(emit_as('mortise_api', api, null)), '22023', 'nor on no channel at all') from t;
select is(emit_as('mortise_admin', null, 'admin'), '1', 'the admin pool raises for administrators');
select is(emit_as('mortise_steward', null, c), n, format('the steward on %s', c))
  from t, lateral (values ('t.' || b, '1'), ('u.' || ub, '1'), ('r.' || b || '.Admin', '1')) v (c, n);
select is(state_of(emit_as('p_tap_one', p, 't.' || a)), '42501', 'a plugin raises no events itself') from t;
select is(attempt('mortise_api', api, 'select string_agg(distinct left(channel, 2), '','') from mortise.events'), '"ad,r.,t.,u."',
  'one reads one''s own tenant''s events and everybody''s') from t;
select is(attempt('mortise_api', api, format('select count(*) from mortise.events where tenant_id = %s', b)), '0',
  'not B''s') from t;
select is(state_of(attempt('mortise_api', api, 'insert into mortise.events values (1, ''t.1'', 9, ''T'', ''{}'')')), '42501',
  'nobody writes an event by hand') from t;

-- notifications
create function tap.send(role text, ticket text, kind text, target text, extra jsonb default '{}') returns text
language sql as $$
  select tap.attempt(role, ticket, format('select mortise.notify(%L, %L, %L)', kind, target,
    '{"title": "Hi", "message": "there"}'::jsonb || extra))
$$;
select is(send('mortise_api', api, 'company', null), '2', 'a company''s people are counted') from t;
update users set active = false from fix where id = ua2;
select is(send('mortise_api', api, 'company', null), '1', 'active ones') from t;
select is(send('mortise_api', api, 'user', ua2::text), '0', 'an inactive user is addressed by none') from t;
select is(send('mortise_api', api, 'role', 'Admin'), '1', 'a role''s people are counted') from t;
select is(state_of(send('mortise_api', api, 'user', ub::text)), 'P0002', 'B''s user is unknown') from t;
select is(state_of(send('mortise_api', api, 'user', 'x')), 'P0002', 'so is rubbish') from t;
select is(state_of(send('mortise_api', api, 'role', 'King')), '22023', 'an unknown role is told') from t;
select is(state_of(send('mortise_api', api, 'galaxy', null)), '22023', 'so is an unknown kind') from t;
select is(state_of(send('mortise_api', null, 'company', null)), '42501', 'a ticket is needed');
select is(state_of(send('mortise_api', api, 'company', null, x)), '22023', format('refused: %s', left(x::text, 60)))
  from t, (values ('{"title": ""}'::jsonb), (jsonb_build_object('message', repeat('x', 1001))), ('{"url": "javascript:alert(1)"}'),
    ('{"url": "//evil.example"}'), ('{"priority": "loud"}')) v (x);
-- a plugin's waits for COMMIT and can't lie about its sender
select is(send('p_tap_one', p, 'user', ua::text, jsonb_build_object('fromUserId', ub, 'pluginKey', 'core', 'odd', 1)), '1',
  'a plugin notifies a user') from t;
select is((select count(*)::int from outbox where type = 'Notification'), 1, 'which waits for the end of its transaction');
set constraints mortise.outbox_flush immediate;
select is((select payload - 'icon' - 'priority' - 'url' from events e join t on channel = 'u.' || ua
    order by seq desc limit 1),
  (select jsonb_build_object('title', 'Hi', 'message', 'there', 'fromUserId', ua, 'fromUserName', 'Una A',
    'pluginKey', 'tap-one') from t), 'and says who sent it, and what');
select is((select count(*)::int from outbox), 0, 'nothing waits any longer');

-- who has a permission, each once, by whichever role
update users set active = true from fix where id = ua2;
insert into plugins (key) values ('tap-one'), ('tap-two');
insert into plugin_permissions (name, plugin_key, label, default_roles)
  values ('tap-one:stock', 'tap-one', 'Stock', '{}'), ('tap-two:stock', 'tap-two', 'Stock', '{}');
insert into role_permissions (tenant_id, plugin_key, permission, role, granted)
  select a, 'tap-one', 'tap-one:stock', role, role = 'Technician' from fix, unnest('{Technician,Admin}'::text[]) role;
create table tap.before as select channel, max(seq) as seq from events group by 1;
select is(send('p_tap_one', p, 'permission', 'tap-one:stock'), '1', 'a plugin''s own permission addresses who has it') from t;
select is((select string_agg(e.channel, ' ') from events e left join before x using (channel) where e.seq > coalesce(x.seq, 0)),
  'u.' || ua2, 'on their own channel') from t;
select is(send('p_tap_one', p, 'permission', 'plugins:manage'), '1', 'so does one of the core') from t;
select is(send('p_tap_one', p, 'permission', 'tickets:read'), '2', 'one that all have') from t;
select is((select e.seq - x.seq from events e join before x using (channel) where channel = 't.' || a order by e.seq desc limit 1), 1::bigint,
  'goes to the company at once') from t;
select is(state_of(send(r, p, 'permission', x)), '22023', format('%s may not address %s', r, x))
  from t, (values ('p_tap_one', 'tap-two:stock'), ('p_tap_one', 'king'), ('p_tap_one', null), ('mortise_api', 'tap-one:stock')) v (r, x);
select * from finish();
rollback;
