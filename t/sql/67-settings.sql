-- Settings of plugins: their tenant, who may read them, and what the plugin itself gets.
\ir lib/start.psql
select plan(24);
create function tap.admin(statement text, tenant int default null) returns text language sql as $$
  select attempt('mortise_admin', case when tenant is not null then (select act(tenant, ua) from fix) end, statement) $$;
create function tap.plugin(key text, tenant int, version text default '1.0.0') returns text language sql as $$
  select attempt('p_' || replace(key, '-', '_'), (select act(tenant, ua) from fix),
    format('select settings, secrets, key_id from mortise.plugin_settings(%L)', version)) $$;
create function tap.package(key text, version text, settings jsonb) returns text language sql as $$
  insert into mortise.plugins (key) values (key) on conflict do nothing;
  insert into mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
    values (encode(sha256(convert_to(key || version, 'UTF8')), 'hex'), key, version,
      jsonb_build_object('key', key, 'displayName', 'Tap', 'settings', settings), '[]', '', 0)
    returning sha256
$$;
create function tap.installed(tenant int, key text) returns void language sql as $$
  insert into mortise.installations (tenant_id, id, plugin_key, package_sha256, state)
    values (tenant, gen_random_uuid(), key, encode(sha256(convert_to(key || '1.0.0', 'UTF8')), 'hex'), 'enabled')
$$;
select package('tap-one', '1.0.0', '[{"key": "name", "default": "Desk"}, {"key": "on", "default": false}, {"key": "none"}]'),
  package('tap-one', '2.0.0', '[{"key": "name", "default": "Table"}, {"key": "more", "default": [1]}]'),
  package('tap-two', '1.0.0', '"no list"') \g /dev/null
select installed(a, 'tap-one'), installed(b, 'tap-one'), installed(a, 'tap-two') from fix \g /dev/null
create role p_tap_one login in role mortise_plugin;
create role p_tap_two login in role mortise_plugin;
create role p_tap_none login in role mortise_plugin;

-- the admin pool, under the ticket
select is(admin(format($$insert into mortise.plugin_settings (tenant_id, plugin_key, settings, secrets, key_id) values
  (%s, 'tap-one', '{"name": "A", "left": 1}', '{"token": "v1.aaa"}', 1)$$, a), a), 'ok', 'an admin stores') from fix;
select is(state_of(admin(format($$insert into mortise.plugin_settings (tenant_id, plugin_key) values (%s, 'tap-one')$$, b), a)), '42501',
  'not for another tenant') from fix;
insert into mortise.plugin_settings (tenant_id, plugin_key, settings) select b, 'tap-one', '{"name": "B"}' from fix;
select is(admin('select string_agg(settings ->> ''name'', '','') from mortise.plugin_settings', a), 'A', 'and sees A''s alone') from fix;
select is(admin('select count(*) from mortise.plugin_settings'), '0', 'nobody''s without a ticket');
select is(attempt('mortise_owner', null, 'select count(*) from mortise.plugin_settings'), '0', 'nor does the owner');
select is(attempt('mortise_api', act(a, ua), 'select key_id from mortise.plugin_settings'), '1', 'the api pool sees which key') from fix;
select is(state_of(attempt('mortise_api', act(a, ua), format('select %s from mortise.plugin_settings', c))), '42501',
  'but no ' || c) from fix, unnest(array['settings', 'secrets']) c;
select is(state_of(attempt('mortise_steward', act(a, ua), 'select secrets from mortise.plugin_settings')), '42501', 'the steward no secrets') from fix;
select is(state_of(admin(format('update mortise.plugin_settings set %s', x), a)), '23514', 'refused: ' || x)
  from fix, unnest(array['key_id = null', 'secrets = ''{}''', 'settings = ''[]''', 'secrets = ''7''', 'key_id = 0']) x;

-- the plugin
select is(plugin('tap-one', a)::text, '"{""on"": false, ""left"": 1, ""name"": ""A""}","{""token"": ""v1.aaa""}",1',
  'the plugin has its own, with defaults') from fix;
select is(plugin('tap-one', b), '"{""on"": false, ""name"": ""B""}",{},', 'in each tenant that tenant''s') from fix;
select is(plugin('tap-one', b, '2.0.0'), '"{""more"": [1], ""name"": ""B""}",{},', 'each version has its own defaults') from fix;
select is(plugin('tap-one', b, '9.0.0'), '"{""name"": ""B""}",{},', 'a version that isn''t there has none') from fix;
select is(plugin('tap-two', a), '{},{},', 'another plugin nothing of it, and no list is no list') from fix;
select is(plugin('tap-two', b), 'none', 'where it isn''t installed there is nothing') from fix;
select is(plugin('tap-none', a), 'none', 'nor for a plugin that isn''t installed at all') from fix;
select is(state_of(attempt('p_tap_one', act(a, ua), 'select 1 from mortise.plugin_settings')), '42501',
  'the table itself is closed') from fix;
select is(state_of(attempt('mortise_api', act(a, ua), 'select 1 from mortise.plugin_settings(''1.0.0'')')), '42501',
  'and the function for others') from fix;

-- the end
select admin(format('select mortise.settings_remove(%s, ''tap-one'')', a)) from fix \g /dev/null
select is((select string_agg(settings ->> 'name', ',') from mortise.plugin_settings where plugin_key = 'tap-one'), 'B', 'gone in A alone');
select * from finish();
rollback;
