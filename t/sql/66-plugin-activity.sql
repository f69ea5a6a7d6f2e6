-- The record of what was done with a tenant's plugins, and whose turn it is in a rollout.
\ir lib/start.psql
select plan(11);
insert into mortise.plugins (key) values ('tap-act');
create function tap.note(tenant int, op text) returns text language sql as $$
  select attempt('mortise_admin', null, format('select mortise.plugin_activity_add(%s, ''tap-act'', %L, null, ''1.0.0'',
    null, ''Tap'', ''ok'', repeat(''x'', 900), null)', tenant, op))
$$;
create function tap.rows(tenant int) returns bigint language sql as $$
  select count(*) from mortise.plugin_activity where tenant_id = tenant and plugin_key = 'tap-act'
$$;

select isnt(state_of(tap.note(a, 'install')), '42501', 'the admin pool writes the record of a tenant') from fix;
select isnt(state_of(attempt('mortise_steward', null, format('select mortise.plugin_activity_add(%s, ''tap-act'', ''rollback'',
  ''1.1.0'', ''1.0.0'', null, ''Mortise'', ''ok'', ''words'', ''{"key": "words", "values": []}'')', b))), '42501', 'the steward as well') from fix;
select is(tap.rows(a) || ' ' || tap.rows(b), '1 1', 'each in its own') from fix;
select is((select max(length(detail)) from mortise.plugin_activity where plugin_key = 'tap-act'), 500, 'details have an end');
select is(state_of(attempt('mortise_api', act(a, ua), 'select count(*) from mortise.plugin_activity')), '42501',
  'the api pool has no business there') from fix;

select set_config('tap.n', count(tap.note(a, 'enable'))::text, true) from fix, generate_series(1, 510) \gset
select is(tap.rows(a), 500::bigint, 'the newest 500 stay') from fix;
select is((select count(*) from mortise.plugin_activity, fix where tenant_id = a and plugin_key = 'tap-act' and op = 'install'),
  0::bigint, 'and the oldest went');
select is(tap.rows(b), 1::bigint, 'those of others are not counted') from fix;
delete from mortise.plugins where key = 'tap-act';
select is(tap.rows(a) + tap.rows(b), 0::bigint, 'it goes with the plugin') from fix;

select is((select count(*) from generate_series(1, 1000) t where mortise.rollout_place(t, 'tap-act') not between 0 and 99), 0::bigint,
  'every tenant has a place from 0 to 99');
select ok((select count(*) from generate_series(1, 10000) t where mortise.rollout_place(t, 'tap-act') < 20) between 1800 and 2200,
  'and a share is about its size');
select * from finish();
rollback;
