-- Files of plugins: their rows, quotas, and what becomes of bytes that tickets' files have as well.
\ir lib/start.psql
select plan(17);
insert into plugins (key) values ('tap-files'), ('tap-other');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size) select repeat(x, 64), k, '1.0.0',
  '{"displayName": "F", "permissions": ["files"], "uploads": {"read": "tickets:read"}}', '[]', '', 0 from (values ('c', 'tap-files'), ('d', 'tap-other')) v (x, k);
select mortise.plugin_prepare(k, repeat('o', 32)), mortise.plugin_handover(k, repeat('p', 64), '{files}')
  from unnest('{tap-files,tap-other}'::text[]) k \g /dev/null
insert into installations (tenant_id, id, plugin_key, package_sha256, state)
  select v.t, gen_random_uuid(), v.k, repeat(v.x, 64), 'enabled' from fix, lateral (values (a, 'tap-files', 'c'), (a, 'tap-other', 'd'),
    (b, 'tap-files', 'c')) v (t, k, x);
create function tap.f(n int) returns uuid language sql as $$ select format('ffffffff-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid $$;
create function tap.add(who text, n int, size bigint, hash text, name text default 'a.txt', k text default 'tap-files') returns text language sql as $$
  select attempt('mortise_api', who, format('select mortise.plugin_file_add(%L, %L, %L, ''text/plain'', %s, repeat(%L, 64), 0, 0, false)',
    k, tap.f(n), name, size, hash)) $$;
create function tap.p(who text, s text, role text default 'p_tap_files') returns text language sql as $$ select attempt(role, who, s) $$;
create table tap.t as select a, b, ua, ub, ta, act(a, ua) as in_a, act(b, ub) as in_b from fix;
create function tap.weighs() returns bigint language sql as $$ select file_bytes from company_limits join tap.t on tenant_id = a $$;

select is(state_of(add(in_a, 9, 1, 'a', n)), '23514', format('no name: %s', n)) from t, (values ('../x'), ('a' || chr(10)), ('a\b')) v (n);
select add(in_a, 1, 100, 'a'), add(in_a, 2, 100, 'a'), add(in_a, 3, 100, 'a', 'o', 'tap-other'), add(in_b, 4, 100, 'a') from t \g /dev/null
select is(weighs(), 100::bigint, 'the same bytes of two plugins count once in a company');
select is(p(in_a, 'select count(*) from mortise.plugin_file_list(null, null, null)'), '2', 'a plugin lists its own') from t;
select is(p(in_a, 'select count(*) from mortise.plugin_file_list(''tap-other'', null, null)'), '2', 'whatever it names') from t;
select is(p(in_b, 'select id from mortise.plugin_file_list(null, null, null)'), f(4)::text, 'of the company') from t;
select is(p(in_a, format('select mortise.plugin_file_delete(null, %L)', f(n))), 'f', 'it deletes no other''s') from t, (values (3), (4)) v (n);
select is(state_of(p(in_a, s)), '42501', 'it gains nothing by ' || left(s, 40)) from t, (values ('select * from mortise.plugin_kept_files'),
  (format('select mortise.plugin_file_add(null, %L, ''x'', ''text/plain'', 1, repeat(''b'', 64), 0, 0, false)', f(8))),
  ('select * from mortise.plugin_file_get(''tap-other'', null)')) v (s);
insert into ticket_files (tenant_id, id, ticket_id, author_id, name, type, size, sha256) select a, f(5), ta, ua, 'f', 'text/plain', 100, repeat('a', 64) from t;
select is(p(in_a, 'select concat_ws(''|'', read, coalesce(write, ''-''), max_mb) from mortise.plugin_file_rights(''tap-files'')', 'mortise_api'), 'tickets:read|-|25', 'who reads them in pages') from t;
delete from plugin_kept_files using t where tenant_id = a;
select is(weighs(), 100::bigint, 'bytes stay while a ticket has them');
delete from ticket_files where id = f(5);
select is((weighs(), (select count(*) from file_removals join t on tenant_id = a)), (0::bigint, 1::bigint), 'and are removed with the last row');
insert into bounds values ('plugin_files_mb', 1) on conflict (name) do update set value = 1;
select is(add(in_a, 6, 1048577, 'e'), '53100 plugin-files-full: 1', 'the quota') from t;
delete from installations using t where tenant_id = b and plugin_key = 'tap-files';
select is((select count(*)::int from plugin_kept_files), 0, 'nothing stays of a plugin that was uninstalled');
select * from finish();
rollback;
