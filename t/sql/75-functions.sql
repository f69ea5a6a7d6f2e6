-- What a plugin's role may execute is a reviewed list, and nothing in it changes a session.
\ir lib/start.psql
\ir lib/plugin-functions.psql
select plan(14);
select mortise.plugin_prepare('tap-f', repeat('o', 32)) \g /dev/null
select mortise.plugin_handover('tap-f', repeat('p', 64), '{tickets:read,tickets:write,users:read}') \g /dev/null

create table tap.may as
  select r.rolname as role, p.oid, p.provolatile as kind, p.prosrc, p.prolang, p.pronamespace,
    case when p.pronamespace = 'pg_catalog'::regnamespace then '' else n.nspname || '.' end || p.proname as name
  from pg_roles r, pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where r.rolname in ('p_tap_f', 'o_tap_f') and n.nspname <> 'tap'
    and has_schema_privilege(r.oid, n.oid, 'usage') and has_function_privilege(r.oid, p.oid, 'execute');

select is((select string_agg(distinct m.name, ' ' order by m.name) from may m where m.role = r and m.kind = k
    and not exists (select from reviewed v where v.kind = m.kind and v.name = m.name)), null,
  format('%s may execute no function (%s) that was not reviewed', r, k))
  from unnest('{p_tap_f,o_tap_f}'::text[]) r, unnest('{v,s}'::"char"[]) k;
select is((select string_agg(v.name, ' ' order by v.name) from reviewed v
    where not exists (select from may m where m.role = 'p_tap_f' and m.kind = v.kind and m.name = v.name)), null,
  'and the list names nothing else');
select is((select string_agg(distinct m.name, ' ') from may m join pg_language l on l.oid = m.prolang
    where m.kind = 'i' and not (m.pronamespace = 'pg_catalog'::regnamespace and m.oid < 16384
      and l.lanname in ('internal', 'sql'))
      and not exists (select from pg_proc p where p.oid = m.oid and 'internal'::regtype = any (p.proargtypes))), null, 'all others are PostgreSQL''s own and look at their arguments only');
-- by what is called in the server, whatever name it was given
select is((select string_agg(distinct m.name, ' ') from may m where m.prosrc ~ any (array['^set_config', '^setseed$',
    '^setval', '^pg_notify', '^pg_reload_conf', '^pg_rotate', '^(be_)?lo_', '^pg_(try_)?advisory', '^pg_sleep', '^dblink',
    '^pg_(terminate|cancel)_backend', '^pg_stat_(reset|clear)', '^pg_export_snapshot', '^pg_(read|ls|stat)_', '^pg_logical',
    '^pg_log', '^pg_switch', '^pg_create', '^pg_drop', '^(query|table|schema|database|cursor)_to_xml', '^ts_stat',
    '^pg_prepared', '^pg_cursor', '^pg_replication_', '^binary_upgrade', '^pg_import', '^brin_(summarize|desummarize)_', '^gin_clean'])), null,
  'nothing sets, notifies, locks, waits, signals, or reads what is not its argument');
select is((select string_agg(distinct l.lanname, ' ') from pg_language l where has_language_privilege('p_tap_f', l.oid, 'usage')
    and l.lanname not in ('internal', 'c')), null, 'no language');

-- settings can be changed through a view as well
select ok(not has_table_privilege('p_tap_f', 'pg_settings', p), format('pg_settings: no %s', p)) from unnest('{select,update}'::text[]) p;
select is(state_of(attempt('p_tap_f', act(a, ua), s)), '42501', 'refused: ' || s) from fix, (values
  ('update pg_catalog.pg_settings set setting = ''0'' where name = ''statement_timeout'''),
  ('with x as (select set_config(''mortise.tenant'', ''2'', true)) select * from x'),
  ('select setseed(0.5)'), ('select pg_notify(''a'', repeat(''x'', 7000))')) v (s);
select * from finish();
rollback;
