-- What a plugin reasonably writes still works after all that PUBLIC lost.
\ir lib/start.psql
create table tap.everyday (n int generated always as identity, sql text);
insert into tap.everyday (sql) values
  ('now()'), ('clock_timestamp()'), ('current_date'), ('current_timestamp'), ('localtime'), ('statement_timestamp()'),
  ('now() - interval ''1 day'''), ('date_trunc(''week'', now())'), ('date_trunc(''day'', now(), ''Europe/Berlin'')'),
  ('extract(epoch from now())'), ('extract(dow from current_date)'), ('date_part(''hour'', now())'), ('age(now(), now() - interval ''1 year'')'),
  ('age(timestamp ''2020-01-01'')'), ('now() at time zone ''UTC'''), ('to_char(now(), ''YYYY-MM-DD"T"HH24:MI'')'), ('to_char(12.5, ''FM999.00'')'),
  ('to_date(''2026-01-01'', ''YYYY-MM-DD'')'), ('to_timestamp(0)'), ('to_timestamp(''2026'', ''YYYY'')'), ('to_number(''12'', ''99'')'),
  ('make_date(2026, 1, 1)'), ('make_timestamptz(2026, 1, 1, 0, 0, 0)'), ('make_interval(days => 1)'), ('date_bin(''15 min'', now(), timestamptz ''2000-01-01'')'),
  ('''2026-01-01''::date'), ('''2026-01-01 10:00+02''::timestamptz::date'), ('now()::timestamp'), ('now()::time'), ('now()::text'), ('(now(), now()) overlaps (now(), now())'),
  ('tstzrange(now(), now() + interval ''1 h'') && tstzrange(now(), null)'), ('isfinite(now())'), ('justify_hours(interval ''30 h'')'),
  ('gen_random_uuid()'), ('random()'), ('''0190a0a0-0000-7000-8000-000000000000''::uuid'), ('md5(''x'')'), ('encode(sha256(''x''), ''hex'')'),
  ('concat(''a'', 1, null)'), ('concat_ws('','', ''a'', ''b'')'), ('format(''%s %L'', 1, ''x'')'), ('quote_literal(1)'), ('quote_nullable(null)'), ('quote_ident(''x'')'),
  ('upper(''é'')'), ('lower(''É'')'), ('initcap(''ab'')'), ('length(''é'')'), ('octet_length(''é'')'), ('substring(''abc'' from 2)'), ('substring(''abc'' from ''b.'')'),
  ('trim(both ''x'' from ''xax'')'), ('position(''b'' in ''abc'')'), ('overlay(''abc'' placing ''x'' from 2)'), ('split_part(''a,b'', '','', 2)'), ('string_to_array(''a,b'', '','')'),
  ('array_to_string(array[1, 2], '','')'), ('regexp_replace(''abc'', ''b'', '''')'), ('regexp_match(''abc'', ''(b)'')'), ('''a'' ilike ''A%'''), ('''a'' similar to ''a'''),
  ('convert_to(''x'', ''UTF8'')'), ('convert_from(''x'', ''UTF8'')'), ('normalize(''x'')'), ('reverse(''ab'')'), ('translate(''ab'', ''a'', ''x'')'), ('lpad(''1'', 3, ''0'')'),
  ('round(1.25, 1)'), ('ceil(1.2)'), ('power(2, 3)'), ('width_bucket(5, 0, 10, 5)'), ('greatest(1, 2)'), ('coalesce(null, 1)'), ('nullif(1, 1)'), ('5::numeric(10, 2)'), ('''12''::int'),
  ('to_jsonb(now())'), ('json_build_object(''a'', 1)'), ('jsonb_build_object(''a'', now())'), ('jsonb_build_array(1, ''a''::text)'), ('row_to_json(row(1, 2))'), ('to_json(array[1])'),
  ('''{"a": [1]}''::jsonb -> ''a'' ->> 0'), ('''{"a": 1}''::jsonb @> ''{"a": 1}'''), ('jsonb_set(''{}'', ''{a}'', ''1'')'), ('jsonb_path_query_array(''[1, 2]'', ''$[*] ? (@ > 1)'')'),
  ('jsonb_array_length(''[1]'')'), ('jsonb_typeof(''1'')'), ('jsonb_strip_nulls(''{"a": null}'')'), ('jsonb_pretty(''{}'')'),
  ('array_append(array[1], 2)'), ('2 = any (array[1, 2])'), ('cardinality(array[1])'), ('array_position(array[1, 2], 2)'), ('array[1, 2] && array[2]'), ('(array[1, 2])[1:1]'),
  ('to_tsvector(''simple'', ''a b'') @@ plainto_tsquery(''simple'', ''a'')'), ('ts_rank(to_tsvector(''simple'', ''a''), to_tsquery(''simple'', ''a''))'),
  ('current_user'), ('session_user'), ('current_database()'), ('pg_typeof(1)'), ('pg_column_size(1)'), ('version()'), ('pg_backend_pid()'), ('current_setting(''TimeZone'')'),
  ('(select count(*) filter (where i > 1) from generate_series(1, 3) i)'), ('(select sum(i) from generate_series(1, 3) i)'), ('(select avg(i) from generate_series(1, 3) i)'),
  ('(select string_agg(i::text, '','' order by i) from generate_series(1, 3) i)'), ('(select array_agg(i) from generate_series(1, 3) i)'), ('(select json_agg(i) from generate_series(1, 3) i)'),
  ('(select jsonb_agg(x) from (values (1, now())) x)'), ('(select jsonb_object_agg(i, i) from generate_series(1, 3) i)'), ('(select json_object_agg(i, i) from generate_series(1, 3) i)'),
  ('(select bool_and(i > 0) from generate_series(1, 3) i)'), ('(select percentile_cont(0.5) within group (order by i) from generate_series(1, 3) i)'), ('(select mode() within group (order by i) from generate_series(1, 3) i)'),
  ('(select stddev(i) from generate_series(1, 3) i)'), ('(select corr(i, i) from generate_series(1, 3) i)'), ('(select max(r) from (select rank() over (order by i) as r from generate_series(1, 3) i) x)'),
  ('(select max(l) from (select lag(i, 1, 0) over (order by i) as l from generate_series(1, 3) i) x)'), ('(select sum(s) from (select sum(i) over (order by i range between 1 preceding and current row) as s from generate_series(1, 3) i) x)'),
  ('(select count(*) from generate_series(now(), now() + interval ''3 days'', ''1 day'') d)'), ('(select count(*) from generate_series(date ''2026-01-01'', date ''2026-01-03'', ''1 day'') d)'),
  ('(select count(*) from jsonb_to_recordset(''[{"a": 1}]'') as x (a int))'), ('(select count(*) from jsonb_array_elements(''[1]''))'), ('(select count(*) from jsonb_each_text(''{"a": 1}''))'),
  ('(select count(*) from json_to_record(''{"a": 1}'') as x (a int))'), ('(select count(*) from unnest(array[1, 2], array[3, 4]) with ordinality)'), ('(select count(*) from regexp_split_to_table(''a b'', '' ''))'),
  ('(select count(*) from (values (1), (2)) v group by grouping sets (())) '), ('(with recursive r (n) as (select 1 union all select n + 1 from r where n < 5) select max(n) from r)'),
  ('(select note from x_tap_day.t order by note collate "C" desc nulls last limit 1)'), ('(select count(*) from x_tap_day.t t join mortise.users u on u.id = t.who)'),
  ('(select jsonb_agg(t) from x_tap_day.t t)'), ('(select row_to_json(t) from x_tap_day.t t limit 1)');
create table tap.doing (n int generated always as identity, sql text);
insert into tap.doing (sql) values
  ('insert into x_tap_day.t (note, at) values (''a'', now()) returning *'),
  ('insert into x_tap_day.t (id, note) values (1, ''b'') on conflict (tenant_id, id) do update set note = excluded.note returning id'),
  ('update x_tap_day.t set note = upper(note), at = clock_timestamp() where id > 0 returning *'),
  ('merge into x_tap_day.t t using (values (5, ''m'')) v (id, note) on t.id = v.id when matched then update set note = v.note when not matched then insert (id, note) values (v.id, v.note)'),
  ('with x as (delete from x_tap_day.t where id = 5 returning *) select count(*) from x'),
  ('select * from x_tap_day.t where id = 1 for update'), ('select * from x_tap_day.t for share skip locked'),
  ('set local lock_timeout = ''1s'''), ('set local statement_timeout = ''5s'''),
  ('select mortise.tenant()'), ('select mortise.user_id()'), ('select id, title from mortise.tickets'), ('select id, name, roles from mortise.users where active'),
  ('delete from x_tap_day.t');

select plan((select count(*)::int from everyday) + (select count(*)::int from doing) + 1);
select mortise.plugin_prepare('tap-day', repeat('o', 32)) \g /dev/null
select attempt('o_tap_day', null, 'create table x_tap_day.t (tenant_id int not null, id serial, who uuid, note text, at timestamptz, primary key (tenant_id, id))') \g /dev/null
select mortise.plugin_handover('tap-day', repeat('p', 64), '{tickets:read,users:read}') \g /dev/null
select ok(attempt('p_tap_day', act(a, ua), 'select pg_sleep(0)') ~ '^[0-9A-Z]{5} [a-z]', 'a refusal is seen') from fix;
select ok(attempt('p_tap_day', act(a, ua), 'select ' || sql) !~ '^[0-9A-Z]{5} [a-z]', sql) from everyday, fix order by n;
select ok(attempt('p_tap_day', act(a, ua), sql) !~ '^[0-9A-Z]{5} [a-z]', sql) from doing, fix order by n;
select * from finish();
rollback;
