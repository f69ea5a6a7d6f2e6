-- A10: tables above plugin_tables_mb can be emptied, not filled, until they are below; a company above its
-- share of them stops itself alone.
\ir lib/start.psql
select plan(39);
select mortise.plugin_prepare('tap-full', repeat('o', 32)) \g /dev/null
select attempt('o_tap_full', null, 'create table x_tap_full.notes (tenant_id int not null, id int, note text, primary key (tenant_id, id))') \g /dev/null
select mortise.plugin_handover('tap-full', repeat('p', 64), '{}') \g /dev/null
create function tap.plugin(statement text) returns text language sql as
  $$ select tap.attempt('p_tap_full', tap.act(a, ua), statement) from fix $$;
create function tap.check(mb int) returns text language sql as
  $$ select tap.attempt('mortise_steward', null, format('select may_write from mortise.plugin_tables_check(%s * 1048576::bigint) where key = ''tap-full''', mb)) $$;

select is(plugin('insert into x_tap_full.notes (id, note) select i, repeat(md5(i::text), 30) from generate_series(1, 5000) i'), 'ok', 'it fills a table');
select is(tap.check(1000), 'none', 'below the quota nothing changes');
select is(tap.check(1), 'f', 'above it, writing is taken away');
select is(tap.check(1), 'none', 'once');
select is(state_of(plugin(s)), '42501', 'refused: ' || s) from (values ('insert into x_tap_full.notes (id) values (0)'),
  ('update x_tap_full.notes set note = repeat(note, 100)'),
  ('insert into x_tap_full.notes (id) values (1) on conflict (tenant_id, id) do update set note = ''x'''),
  ('merge into x_tap_full.notes n using (values (1)) v (id) on n.id = v.id when matched then update set note = ''x''')) v (s);
select is(plugin('select count(*) from x_tap_full.notes'), '5000', 'it still reads');
select mortise.plugin_handover('tap-full', repeat('p', 64), '{}') \g /dev/null
select is(state_of(plugin('insert into x_tap_full.notes (id) values (0)')), '42501', 'a hand-over does not give it back');
select is(plugin('delete from x_tap_full.notes where id > 10'), 'ok', 'it deletes');
select is(tap.check(1000), 't', 'below nine tenths of the quota it is given back');
select is(plugin('insert into x_tap_full.notes (id) values (0)'), 'ok', 'and it inserts');
select is(plugin('update x_tap_full.notes set note = ''x'' where id = 1'), 'ok', 'and updates');
select is(state_of(plugin('update x_tap_full.notes set tenant_id = 1')), '42501', 'but tenant_id, as before');
select is(state_of(attempt(r, null, 'select * from mortise.plugin_tables_check(1)')), '42501', r || ' may not') from unnest('{mortise_api}'::text[]) r;
select is(state_of(attempt('mortise_admin', null, 'select * from mortise.plugin_tenants_check(''tap-full'', 1)')), '42501', 'nor ask for companies');

-- a company's share
create function tap.two(statement text) returns text language sql as
  $$ select tap.attempt('p_tap_full', tap.act(b, ub), statement) from fix $$;
create function tap.shares(kb int) returns text language sql as
  $$ select replace(tap.attempt('mortise_steward', null, format('select string_agg(tenant || '' '' || may_write, '','') from mortise.plugin_tenants_check(''tap-full'', %s * 1024::bigint)', kb)),
    (select a::text from tap.fix), 'A') $$;
create function tap.rooms() returns int language sql as
  $$ select count(*)::int from pg_policy p join pg_class c on c.oid = p.polrelid
     where c.relnamespace = 'x_tap_full'::regnamespace and p.polname = 'room' $$;
select is(plugin('insert into x_tap_full.notes (id, note) select i, repeat(md5(i::text), 30) from generate_series(1000, 3000) i'), 'ok', 'one company fills a table');
select is(two('insert into x_tap_full.notes (id, note) values (1, ''b'')'), 'ok', 'another writes a row');
select is(attempt('mortise_steward', null, 'select count(*) from mortise.plugin_tenants_due(1000000000) d where d = ''tap-full'''), '0', 'a small plugin is not looked at');
select is(attempt('mortise_steward', null, 'select count(*) from mortise.plugin_tenants_due(100000) d where d = ''tap-full'''), '1', 'one above a share is');
select is(tap.shares(100000), '', 'below its share nothing changes');
select is(tap.rooms(), 0, 'and no policy stands there');
select is(tap.shares(1000), '"A false"', 'above it, writing is taken away');
select is(tap.shares(1000), '', 'once');
select is(state_of(plugin(s)), '42501', 'refused: ' || s) from (values ('insert into x_tap_full.notes (id) values (0)'),
  ('update x_tap_full.notes set note = repeat(note, 100)'),
  ('insert into x_tap_full.notes (id) values (1001) on conflict (tenant_id, id) do update set note = ''x''')) v (s);
select is(two('insert into x_tap_full.notes (id, note) values (2, ''b'')'), 'ok', 'the other company inserts');
select is(two('update x_tap_full.notes set note = ''c'''), 'ok', 'and updates');
select is(two('select count(*) from x_tap_full.notes'), '2', 'and sees its own rows alone');
select is(attempt('mortise_steward', null, format('select may_write from mortise.plugin_tables_check(%s) where key = ''tap-full''',
  mortise_guard.plugin_bytes('tap_full') - 1000)), 'none', 'what is above the share does not stop the plugin');
select mortise.plugin_open('tap-full', repeat('o', 32), 'expand', '[]') \g /dev/null
select is(attempt('o_tap_full', null, 'create table x_tap_full.more (tenant_id int not null, id int, primary key (tenant_id, id))'), 'ok', 'a migration may run meanwhile');
select mortise.plugin_handover('tap-full', repeat('p', 64), '{}') \g /dev/null
select is(state_of(plugin('insert into x_tap_full.more (id) values (0)')), '42501', 'what it made is closed as well');
select is(two('insert into x_tap_full.more (id) values (0)'), 'ok', 'to nobody else');
select is(plugin('delete from x_tap_full.notes where id > 1100'), 'ok', 'it deletes');
select is(tap.shares(1000), '"A true"', 'below nine tenths of its share it is given back');
select is(plugin('insert into x_tap_full.notes (id) values (-1)'), 'ok', 'and it inserts');
select is(tap.rooms(), 0, 'the policy is gone');
select * from finish();
rollback;
