-- Plugins' resource use by tenant: who may see it, what counts, and the limits' windows.
\ir lib/start.psql
select plan(20);

-- rows and bytes in a plugin's tables
create schema x_tap_usage;
create table x_tap_usage.entries (tenant_id int not null, v text);
create table x_tap_usage.more (tenant_id int not null, n int);
insert into x_tap_usage.entries select a, 'of A' from tap.fix union all select a, repeat('x', 100) from tap.fix
  union all select b, repeat('of B', 1000) from tap.fix;
insert into x_tap_usage.more select a, 1 from tap.fix;
create function tap.weight(t int) returns text language sql as
  $$ select tap.attempt('mortise_admin', null, format('select row_count, bytes > 0 from mortise.plugin_weight(''tap-usage'', %s)', t)) $$;
select is(weight(a), '3,t', 'a tenant''s own rows in all tables') from fix;
select is(weight(b), '1,t', 'and another''s') from fix;
select is(weight(0), '0,f', 'and nobody''s');
select is(attempt('mortise_admin', null, 'select row_count from mortise.plugin_weight(''tap-none'', 1)'), '0', 'a plugin without tables weighs nothing');
select is(state_of(attempt('mortise_admin', null, format('select * from mortise.plugin_weight(%L, 1)', k))), '22023', 'no key: ' || k)
  from (values ('x y'), ('a;drop'), ('../a')) v (k);
select is(state_of(attempt(r, null, 'select * from mortise.plugin_weight(''tap-usage'', 1)')), '42501', r || ' may not ask')
  from unnest(array['mortise_api', 'mortise_steward', 'mortise_owner']) r;

-- installs, uninstalls and what failed
insert into plugins (key) values ('tap-usage');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
  values (repeat('a', 64), 'tap-usage', '1.0.0', '{}', '[]', 'zip', 3);
create function tap.install(t int, state text) returns void language sql as $$
  insert into mortise.installations (tenant_id, id, plugin_key, package_sha256, state)
  values (t, gen_random_uuid(), 'tap-usage', repeat('a', 64), state) $$;
select install(a, 'installing') from fix \g /dev/null
delete from installations where plugin_key = 'tap-usage';
select install(a, 'installing') from fix \g /dev/null
select install(b, 'installing') from fix \g /dev/null
update installations set state = 'removing' where plugin_key = 'tap-usage' and tenant_id = (select a from fix);
delete from installations where plugin_key = 'tap-usage' and state = 'removing';
create function tap.usage(role text, ticket text) returns text language sql as $$
  select tap.attempt(role, ticket, 'select sum(installs), sum(uninstalls), sum(failed_installs) from mortise.plugin_usage') $$;
select is(usage('mortise_admin', act(a, ua)), '2,1,1', 'A installed twice, once in vain, and took it away') from fix;
select is(usage('mortise_admin', act(b, ub)), '1,0,0', 'B sees its own alone') from fix;
select is(usage('mortise_admin', null), ',,', 'nobody sees anything without a ticket');
select is(state_of(usage('mortise_api', act(a, ua))), '42501', 'the api pool may not look') from fix;
select is(state_of(attempt('mortise_admin', act(a, ua), 'update mortise.plugin_usage set calls = 0')), '42501',
  'nor may the admin pool write') from fix;
delete from installations where plugin_key = 'tap-usage';
delete from plugin_packages where plugin_key = 'tap-usage';
delete from plugins where key = 'tap-usage';
select is((select count(*) from plugin_usage where plugin_key = 'tap-usage'), 0::bigint, 'a plugin''s numbers leave with it');

-- counted requests and the marketplace's tables belong to the admin pool
select is(state_of(attempt('mortise_api', null, 'select * from mortise.' || t)), '42501', 'the api pool has no ' || t)
  from unnest(array['rate_limits', 'marketplace_cache', 'marketplace_images']) t;
select is(state_of(attempt('mortise_steward', null, 'insert into mortise.rate_limits (route, address) values (''x'', ''y'')')), '42501',
  'the steward only clears windows away');
select * from finish();
rollback;
