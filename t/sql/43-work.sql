-- The queue of what plugins do without a person: what a plugin may put into it, schedules that follow the version, and whose it is.
\ir lib/start.psql
select plan(15);
create role p_tap_work login in role mortise_plugin;
create role p_tap_none login in role mortise_plugin;
insert into plugins (key) values ('tap-work');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size) values
  (repeat('a', 64), 'tap-work', '1.0.0', '{"jobs": [{"name": "daily", "label": "D", "schedule": "0 6 * * *"},
    {"name": "other", "label": "O", "schedule": "0 7 * * *"}, {"name": "code", "label": "C", "attempts": 2}]}', '[]', '', 0),
  (repeat('b', 64), 'tap-work', '1.1.0', '{"jobs": [{"name": "daily", "label": "D", "schedule": "0 8 * * *"}]}', '[]', '', 0),
  (repeat('c', 64), 'tap-work', '1.2.0', '{"jobs": "none"}', '[]', '', 0);
create table tap.t as select a, b, ua, act(a, null) as p, act(b, null) as other from fix;
insert into installations (tenant_id, id, plugin_key, package_sha256, state) select a, gen_random_uuid(), 'tap-work', repeat('a', 64), 'enabled' from t;
create function tap.start_as(role text, whom text, name text, args text default '{}', key text default null, after_ms bigint default 0)
  returns text language sql as $$
  select tap.attempt(role, whom, format('select mortise.job_start(%L, %L, %L, %L, %L) > 0', '1.0.0', name, key, args, after_ms)) $$;
create function tap.scheduled() returns text language sql as $$
  select string_agg(s.job || ' ' || s.cron || case when s.paused_at is not null then ' paused' else '' end, ', ' order by s.job)
  from mortise.plugin_schedules s $$;

select is(scheduled(), 'daily 0 6 * * *, other 0 7 * * *', 'what has a schedule has a row once it is enabled');
select is(start_as('p_tap_work', p, 'code'), 't', 'a job of the manifest is queued') from t;
select is((select (kind, name, key, asked_by, attempts_max, state, tenant_id)::text from plugin_work), format('(job,code,"job code",plugin,2,due,%s)', a),
  'as the calling plugin''s, in its company') from t;
select is(start_as('p_tap_work', p, n, x, k, ms), e, format('refused: %s', e)) from t, (values
  ('nothing', '{}', null, 0::bigint, '22023 job-undeclared: nothing'),
  ('code', to_json(repeat('x', 70000))::text, null, 0, '22023 job-long: code'),
  ('code', '{}', repeat('k', 101), 0, '22023 job-when: code'), ('code', '{}', null, -1, '22023 job-when: code')) v (n, x, k, ms, e);
select is(start_as('p_tap_work', other, 'code'), '22023 job-undeclared: code', 'a company without the plugin has no jobs of it') from t;
select is(start_as('p_tap_none', p, 'code'), '22023 job-undeclared: code', 'nor has another plugin') from t;
update plugin_work set state = 'running', request_id = 'r1';
select is(attempt('p_tap_none', p, 'select mortise.job_progress(''r1'', 10, ''x'')'), 'f', 'nobody else says how far it is') from t;
select is(attempt('p_tap_work', p, 'select mortise.job_progress(''r1'', 200, ''x'')'), 't', 'the plugin does') from t;
select is((select progress from plugin_work), 100, 'within a hundred');
update plugin_schedules set paused_at = now(), next_at = now() where job = 'daily';
update tenants set time_zone = 'Asia/Kolkata' where id = (select a from t);
select is((select count(next_at)::int from plugin_schedules), 0, 'another zone of the company is another time');
update installations set package_sha256 = repeat('b', 64) where plugin_key = 'tap-work';
select is(scheduled(), 'daily 0 8 * * * paused', 'another version''s schedules replace them, what is paused stays so');
insert into plugin_work (tenant_id, plugin_key, kind, name, key, asked_by) select a, 'tap-work', 'job', 'code', 'x', 'plugin' from t, generate_series(1, 999);
select is(start_as('p_tap_work', p, 'code'), 'MT429 job-many: 1000', 'a thousand wait at most') from t;
select * from finish();
rollback;
