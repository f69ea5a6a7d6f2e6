-- Which version fits the tables, whose rows were moved, and the exports of an uninstall.
\ir lib/start.psql
select plan(38);
create function tap.sha(n text) returns text language sql immutable return encode(sha256(convert_to(n, 'UTF8')), 'hex');
create function tap.admin(who int, statement text) returns text language sql as
  $$ select tap.attempt('mortise_admin', tap.act(who, null), statement) $$;

insert into mortise.plugins (key) values ('tap-x');
insert into mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
  select sha(v), 'tap-x', v, '{}', '[]', '', 0 from unnest(array['1.0.0', '2.0.0', '3.0.0']) v;
insert into mortise.plugin_files (package_sha256, path, size, sha256)
  select sha(v), 'migrations/' || name, 1, sha(bytes) from (values
    ('1.0.0', '001-a.sql', 'a'), ('2.0.0', '001-a.sql', 'a'), ('2.0.0', '002-b.sql', 'b'), ('2.0.0', '002-b.tenant.sql', 'bt'),
    ('2.0.0', '002-b.contract.sql', 'bc'), ('3.0.0', '001-a.sql', 'changed')) f (v, name, bytes);
insert into mortise.plugin_files (package_sha256, path, size, sha256) select sha('1.0.0'), 'plugin.so', 1, sha('so');

-- versions and tables
select is(plugin_fit(sha('1.0.0')), 'fit-not-run: 001-a.sql', 'nothing ran yet');
insert into mortise.plugin_migrations (plugin_key, name, sha256, phase) values ('tap-x', '001-a.sql', sha('a'), 'expand');
select is(plugin_fit(sha('1.0.0')), null, 'version 1 fits its tables');
select is(plugin_fit(sha('2.0.0')), 'fit-not-run: 002-b.sql', 'version 2 not yet');
select is(plugin_fit(sha('3.0.0')), 'fit-other: 001-a.sql', 'nor one whose bytes changed');
select is(plugin_fit('x'), 'fit-no-package', 'nor one that isn''t there');
select is(plugin_fit(null), 'fit-no-package', 'nor none');
insert into mortise.plugin_migrations (plugin_key, name, sha256, phase) values ('tap-x', '002-b.sql', sha('b'), 'expand');
select is(plugin_fit(sha('1.0.0')), null, 'version 1 fits what version 2 added');
select is(plugin_fit(sha('2.0.0')), null, 'version 2 fits before it takes away');
insert into mortise.plugin_migrations (plugin_key, name, sha256, phase) values ('tap-x', '002-b.contract.sql', sha('bc'), 'contract');
select is(plugin_fit(sha('2.0.0')), null, 'and afterwards');
select is(plugin_fit(sha('1.0.0')), 'fit-taken: 002-b.contract.sql', 'version 1 doesn''t');
select is(attempt(r, null, format('select mortise.plugin_fit(%L)', sha('2.0.0'))), '', r || ' may ask')
  from unnest(array['mortise_api', 'mortise_admin', 'mortise_steward']) r;

-- moving rows: the record belongs to the transaction, and a plugin can't make one
select mortise.plugin_prepare('tap-x', repeat('o', 32)), mortise.plugin_prepare('tap-y', repeat('o', 32)) \g /dev/null
insert into mortise.installations (tenant_id, id, plugin_key, package_sha256, state)
  select t, gen_random_uuid(), 'tap-x', sha('1.0.0'), 'enabled' from fix, unnest(array[a, b]) t;
create function tap.move(role text, tenant int, token text) returns text language sql as
  $$ select tap.attempt(role, tap.act(tenant, null), format('select mortise.plugin_moved(%L)', token)) $$;
select is(state_of(move('p_tap_x', a, 'tok')), '42501', 'no move was announced') from fix;
select is(admin(a, format('insert into mortise.plugin_moves values (%s, ''tap-x'', sha256(''tok''), ''[{"name": "002-b.tenant.sql", "sha256": "%s"}]'')',
  a, sha('bt'))), 'ok', 'the admin pool announces one') from fix;
select is(state_of(admin(b, format('insert into mortise.plugin_moves values (%s, ''tap-x'', sha256(''tok''), ''[]'')', a))), '42501',
  'for the ticket''s tenant only') from fix;
select is(state_of(move(role, tenant, token)), '42501', 'refused: ' || why) from fix, lateral (values
  ('another token', 'p_tap_x', a, 'tik'), ('another tenant', 'p_tap_x', b, 'tok'), ('another plugin', 'p_tap_y', a, 'tok'),
  ('no token', 'p_tap_x', a, null), ('the owner''s role', 'o_tap_x', a, 'tok'), ('the api pool', 'mortise_api', a, 'tok')) v (why, role, tenant, token);
select is(state_of(attempt('p_tap_x', act(a, null), 'select * from mortise.plugin_moves')), '42501', 'a plugin reads no tokens') from fix;
select is(state_of(attempt('p_tap_x', act(a, null), 'insert into mortise.plugin_tenant_migrations (tenant_id) values (1)')), '42501',
  'and writes no records') from fix;
select is(move('p_tap_x', a, 'tok'), '1', 'with the token it is recorded') from fix;
select is(state_of(move('p_tap_x', a, 'tok')), '42501', 'once') from fix;
select is(admin(a, 'select name from mortise.plugin_tenant_migrations'), '002-b.tenant.sql', 'the admin pool sees it') from fix;
select is(admin(b, 'delete from mortise.plugin_tenant_migrations returning name'), 'none', 'with another tenant''s ticket it changes nothing') from fix;
delete from mortise.installations using fix where tenant_id = a;
select is((select count(*)::int from mortise.plugin_tenant_migrations), 0, 'records go with the installation');

-- exports
select is(admin(a, format('insert into mortise.plugin_exports (tenant_id, id, plugin_key, version, expires_at, size) values
  (%s, %L, ''tap-x'', ''1.0.0'', now() + interval ''1 s'', 3), (%s, %L, ''tap-x'', ''1.0.0'', now() - interval ''1 s'', 3)', a, ta, a, tb)), 'ok', 'kept') from fix;
select is(admin(a, format('insert into mortise.plugin_export_parts values (%s, %L, 0, ''abc'')', a, ta)), 'ok', 'with its bytes') from fix;
select is(admin(a, format('insert into mortise.plugin_export_parts select %s, %L, 0, decode(repeat(''00'', 1048577), ''hex'')', a, tb)),
  '23514 new row for relation "plugin_export_parts" violates check constraint "plugin_export_parts_data_check"', 'a megabyte at a time') from fix;
select is(state_of(attempt(r, act(a, null), 'select data from mortise.plugin_export_parts')), '42501', 'not for ' || r)
  from fix, unnest(array['mortise_api', 'mortise_steward', 'p_tap_x']) r;
select is(attempt('mortise_steward', null, 'select mortise.exports_expire()'), '1', 'the steward takes old ones away');
select is((select string_agg(id::text, ',') from mortise.plugin_exports), (select ta::text from fix), 'and no others');
select is(state_of(admin(null, 'select mortise.exports_expire()')), '42501', 'nobody else does');
select * from finish();
rollback;
