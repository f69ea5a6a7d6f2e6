-- Custom fields that plugins bring: as the version that a company runs has them, and gone with the plugin.
\ir lib/start.psql
select plan(14);
insert into plugins (key) values ('tap-fields');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
  select repeat(v.x, 64), 'tap-fields', v.version, jsonb_build_object('displayName', 'Fields', 'customFields', v.fields::jsonb), '[]', '', 0
  from (values ('c', '1.0.0', '[{"resource": "tickets", "name": "floor", "label": "Floor", "type": "number"},
      {"resource": "tickets", "name": "kind", "label": "Kind", "type": "choice", "options": ["A", "B"]}]'),
    ('d', '1.1.0', '[{"resource": "tickets", "name": "floor", "label": "Storey", "type": "text", "help": "From the street"},
      {"resource": "tickets", "name": "door", "label": "Door", "type": "text"}]')) v (x, version, fields);
create table tap.t as select a, b, ua, ub, ta, act(a, ua) as in_a, act(b, ub) as in_b from fix;
create function tap.fields(whose int) returns text language sql as $$
  select string_agg(format('%s %s %s%s', replace(key, 'tap-fields:', ''), label, type, case when options <> '{}' then options::text else '' end), ', ' order by key)
  from custom_fields where tenant_id = whose and plugin_key = 'tap-fields' and archived_at is null $$;
create function tap.moves(to_state text, x text default 'c') returns text language sql as $$
  update installations i set state = to_state, package_sha256 = repeat(x, 64) from tap.t where i.tenant_id = t.a and plugin_key = 'tap-fields';
  select tap.fields(a) from tap.t $$;
create function tap.api(sql text) returns text language sql as $$
  select attempt('mortise_api', in_a, format(sql, 'where key = ''tap-fields:floor''')) from tap.t $$;

insert into installations (tenant_id, id, plugin_key, package_sha256, state)
  select v.t, gen_random_uuid(), 'tap-fields', repeat('c', 64), 'installing' from t, unnest(array[a, b]) v (t);
select is(fields(a), null, 'none while it is being installed') from t;
select is(moves('enabled'), 'floor Floor number, kind Kind choice{A,B}', 'the fields of its version');
select is(fields(b), null, 'of the company that enabled it') from t;
update tickets k set custom = '{"tap-fields:floor": 3, "own": "x"}' from t where k.tenant_id = t.a and k.id = t.ta;

select is(api('update mortise.custom_fields set required = true, in_list = true %s returning label'), 'Floor', 'whether it is required and a column is for the company');
select is(state_of(api('update mortise.custom_fields set ' || s || ' %s')), 'P0001', 'not for the company: ' || s) from
  (values ('label = ''x'''), ('options = ''{x}'''), ('archived_at = now()')) v (s);
select is(moves('enabled', 'd'), 'door Door text, floor Storey number', 'those of another version: a type stays, what it hasn''t is archived');
select is(moves('enabled', 'c'), 'floor Floor number, kind Kind choice{A,B}', 'and back');
select is(moves('disabled'), null, 'none while it is disabled');
insert into custom_fields (tenant_id, id, resource, key, label, type, in_list)
  select a, gen_random_uuid(), 'tickets', 'mine' || n, 'Mine', 'text', n <= 3 from t, generate_series(1, 30) n;
select is(moves('enabled'), 'floor Floor number, kind Kind choice{A,B}', 'beside as many as a company may make');
select is((select (required, in_list)::text from custom_fields where key = 'tap-fields:floor'), '(t,t)', 'as the company had it');
select is((select custom from tickets k join t on k.id = t.ta), '{"tap-fields:floor": 3, "own": "x"}'::jsonb, 'with its values');
delete from installations using t where tenant_id = a and plugin_key = 'tap-fields';
select is((select custom || (select jsonb_build_object('fields', count(*)) from custom_fields where plugin_key is not null)
  from tickets k join t on k.id = t.ta), '{"own": "x", "fields": 0}'::jsonb, 'and none of it when it is uninstalled');
select * from finish();
rollback;
