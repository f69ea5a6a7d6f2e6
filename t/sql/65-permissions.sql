-- Permissions that plugins define: registered, granted once, unchanged by updates, removed with the last
-- version.
\ir lib/start.psql
select plan(56);
create function tap.admin(statement text) returns text language sql as $$ select attempt('mortise_admin', null, statement) $$;
create function tap.package(key text, version text, defines jsonb) returns text language sql as $$
  insert into mortise.plugins (key) values (key) on conflict do nothing;
  insert into mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
    values (encode(sha256(convert_to(key || version, 'UTF8')), 'hex'), key, version,
      jsonb_build_object('key', key, 'displayName', 'Tap', 'definesPermissions', defines), '[]', '', 0)
    returning sha256
$$;
create function tap.hash(version text, key text default 'tap-perm') returns text language sql immutable as
  $$ select encode(sha256(convert_to(key || version, 'UTF8')), 'hex') $$;
-- What a tenant's roles have: "clock:Technician" given, "clock-Admin" not.
create function tap.grants(tenant int, key text default 'tap-perm') returns text language sql as $$
  select string_agg(split_part(permission, ':', 2) || case when granted then ':' else '-' end || role, ' '
      order by permission, array_position(mortise.role_names(), role))
    from mortise.role_permissions where tenant_id = tenant and plugin_key = key
$$;
create function tap.known(key text default 'tap-perm') returns text language sql as $$
  select string_agg(name, ' ' order by name) from mortise.plugin_permissions where plugin_key = key
$$;
create function tap.has(tenant int, version text) returns text language sql as $$
  select tap.admin(format('insert into mortise.installations (tenant_id, id, plugin_key, package_sha256, state)
    values (%s, gen_random_uuid(), ''tap-perm'', %L, ''enabled'')', tenant, tap.hash(version)))
$$;
create function tap.grant_defaults(tenant int, version text) returns text language sql as $$
  select tap.admin(format('select mortise.permissions_grant_defaults(%s, ''tap-perm'', %L)', tenant, tap.hash(version)))
$$;
create function tap.moves(tenant int, version text, previous text) returns text language sql as $$
  select tap.admin(format('update mortise.installations set package_sha256 = %L, previous_sha256 = %L
    where tenant_id = %s and plugin_key = ''tap-perm''', tap.hash(version), tap.hash(previous), tenant))
$$;
create function tap.door(ticket text) returns text language sql as $$
  select tap.attempt('mortise_api', ticket, 'select string_agg(g, '' '' order by substring(g from ''[a-z]*$''),
    array_position(mortise.role_names(), substring(g from ''^[A-Za-z]+'')))
    from mortise.plugin_calls d, string_to_table(d.grants, '','') g where plugin_key = ''tap-perm''')
$$;
set constraints mortise.permissions_follow immediate;

select package('tap-perm', '1.0.0', '[{"name": "clock", "label": "Clock", "defaultRoles": ["Technician", "Admin"]},
  {"name": "old", "label": "Old", "defaultRoles": []}]') \g /dev/null
select package('tap-perm', '2.0.0', '[{"name": "clock", "label": "Clock in", "defaultRoles": ["Dispatcher"]},
  {"name": "manage", "label": "Manage", "defaultRoles": ["Admin", "SystemAdmin", "Nobody"]}, {"name": "bare"}]') \g /dev/null
select package('tap-perm', '3.0.0', 'null') \g /dev/null
select package('tap-other', '1.0.0', '[{"name": "clock", "label": "Other", "defaultRoles": ["Technician"]}]') \g /dev/null

-- rights
select is(state_of(attempt(r, null, s)), '42501', r || ' may not: ' || left(s, 45)) from
  unnest(array['mortise_api', 'mortise_steward', 'mortise_owner']) r,
  unnest(array['select mortise.permissions_register(''tap-perm'', ''x'')',
    'select mortise.permissions_grant_defaults(1, ''tap-perm'', ''x'')', 'select mortise.permissions_remove(1, ''tap-perm'')']) s;
select is(state_of(attempt('mortise_api', act(a, ua), s)), '42501', 'the api pool may not: ' || left(s, 45)) from fix, (values
  ('insert into mortise.role_permissions values (1, ''tap-perm'', ''tap-perm:clock'', ''Admin'', true)'),
  ('delete from mortise.role_permissions'), ('update mortise.role_permissions set role = ''Admin'''),
  ('update mortise.role_permissions set permission = ''x'''), ('insert into mortise.plugin_permissions values (''x:y'', ''x'', ''l'', null, ''{}'')'),
  ('delete from mortise.plugin_permissions')) v (s);

-- registered
select is(admin(format('select mortise.permissions_register(''tap-perm'', %L)', hash('1.0.0'))), '', 'registered');
select is(known(), 'tap-perm:clock tap-perm:old', 'under their full names');
select is(admin(format('select mortise.permissions_register(''tap-perm'', %L)', hash('1.0.0'))), '', 'twice is fine');
select is(admin(format('select mortise.permissions_register(''tap-perm'', %L)', hash('1.0.0', 'tap-other'))), '', 'another plugin''s package');
select is(known() || coalesce(known('tap-other'), ''), 'tap-perm:clock tap-perm:old', 'registers nothing under this name');
select is(state_of(admin('insert into mortise.plugin_permissions values (''tap-perm:x'', ''tap-perm'', ''x'', null, ''{}'')')), '42501', 'but by the functions nothing');
select is(state_of(attempt('mortise_auth', null, 'insert into mortise.plugin_permissions values (''tickets:x'', ''tap-perm'', ''x'', null, ''{}'')')),
  '23514', 'a name begins with its plugin''s key');

-- given
select is(has(a, '1.0.0') || has(b, '1.0.0'), 'okok', 'two tenants install') from fix;
select is(grant_defaults(a, '1.0.0') || grant_defaults(b, '1.0.0'), '""""', 'defaults') from fix;
select is(grants(a), 'clock:Technician clock-Dispatcher clock:Admin old-Technician old-Dispatcher old-Admin', 'as the manifest says') from fix;
select is(attempt('mortise_api', act(a, ua), 'update mortise.role_permissions set granted = true'),
  '42501 permission denied for table role_permissions', 'nobody changes the rows themselves') from fix;
create function tap.permit(tenant int, who uuid, role text, give text[], take text[]) returns text language sql as $$
  select attempt('mortise_api', act(tenant, who), format('select changed, unknown from mortise.role_permit(%L, %L, %L)', role, give, take)) $$;
select is(permit(a, ua, 'Technician', '{}', '{tap-perm:clock}') || permit(a, ua, 'Dispatcher', '{tap-perm:clock}', '{}'), '1,{}1,{}',
  'an administrator changes') from fix;
select is(grants(a), 'clock-Technician clock:Dispatcher clock:Admin old-Technician old-Dispatcher old-Admin', 'their own') from fix;
select is(grants(b), 'clock:Technician clock-Dispatcher clock:Admin old-Technician old-Dispatcher old-Admin', 'and nobody else''s') from fix;
select is(grant_defaults(a, '1.0.0'), '""', 'defaults again') from fix;
select is(grants(a), 'clock-Technician clock:Dispatcher clock:Admin old-Technician old-Dispatcher old-Admin', 'change nothing') from fix;
select is(attempt('mortise_api', act(a, ua), 'select string_agg(distinct tenant_id::text, '','') = mortise.tenant()::text
  from mortise.role_permissions'), 't', 'a tenant sees its own rows') from fix;
select is(attempt('mortise_api', null, 'select count(*) from mortise.role_permissions'), '0', 'and none without a ticket');

-- the view of the api pool
select is(door(act(a, ua)),
  '"Technician-clock Dispatcher+clock Admin+clock Technician-old Dispatcher-old Admin-old"', 'what the api pool sees of A') from fix;
select is(door(act(b, ub)),
  '"Technician+clock Dispatcher-clock Admin+clock Technician-old Dispatcher-old Admin-old"', 'and of B') from fix;
select is(attempt('mortise_api', null, 'select count(*) from mortise.plugin_calls') || attempt('mortise_api', null, 'select count(*) from mortise.plugin_grants')
    || attempt('mortise_api', null, 'select count(*) from mortise.plugin_permissions_held'),
  '000', 'and without a ticket');

-- upgraded
select is(grant_defaults(a, '2.0.0') || moves(a, '2.0.0', '1.0.0'), '""ok', 'A moves to 2') from fix;
select is(grants(a), 'bare-Technician bare-Dispatcher bare:Admin clock-Technician clock:Dispatcher clock:Admin manage-Technician '
  'manage-Dispatcher manage:Admin old-Technician old-Dispatcher old-Admin', 'what is new gets its defaults, what was changed stays') from fix;
select is(attempt('mortise_api', act(a, ua), 'select string_agg(distinct permission, '' '') from mortise.plugin_grants'),
  '"tap-perm:bare tap-perm:clock tap-perm:manage"', 'shown is what the version defines') from fix;
select is(attempt('mortise_api', act(a, ua), 'select string_agg(permission || granted || role, '' '' order by permission, role) from mortise.plugin_permissions_held'),
  attempt('mortise_api', act(a, ua), 'select string_agg(permission || granted || role, '' '' order by permission, role) from mortise.plugin_grants where enabled'),
  'what /api/me reads is the same') from fix;
select is(label || ' ' || default_roles::text, 'Clock in {Dispatcher}', 'words and defaults are the newest''s') from plugin_permissions where name = 'tap-perm:clock';
select permit(a, ua, r, '{tap-perm:manage}', '{}') from fix, unnest('{Technician,Dispatcher,Admin}'::text[]) r \g /dev/null
select is(moves(a, '1.0.0', '2.0.0'), 'ok', 'A rolls back') from fix;
select is(attempt('mortise_api', act(a, ua), 'select string_agg(distinct permission, '' '') from mortise.plugin_permissions_held'),
  '"tap-perm:clock tap-perm:old"', 'and nobody has what 2 defines') from fix;
select is(grants(a) ~ 'manage:Technician', true, 'and keeps what was changed for the way forward') from fix;
select is(grant_defaults(a, '2.0.0') || moves(a, '2.0.0', '1.0.0'), '""ok', 'forward again') from fix;
select is(grants(a) ~ 'manage:Technician manage:Dispatcher manage:Admin', true, 'it is as it was left') from fix;

-- dropped
select is(moves(a, '3.0.0', '2.0.0'), 'ok', 'A moves to 3, which defines nothing') from fix;
select is(known(), 'tap-perm:bare tap-perm:clock tap-perm:manage tap-perm:old', 'B still has 1, A can go back to 2') from fix;
select is(moves(b, '3.0.0', '2.0.0'), 'ok', 'B as well') from fix;
select is(known(), 'tap-perm:bare tap-perm:clock tap-perm:manage', 'what no version in use defines is gone');
select is(grants(b), 'clock:Technician clock-Dispatcher clock:Admin', 'from roles too') from fix;

-- uninstalled
select is(admin(format('delete from mortise.installations where tenant_id = %s and plugin_key = ''tap-perm''', b)), 'ok', 'B uninstalls') from fix;
select is(coalesce(grants(b), ''), '', 'nothing is left in B''s roles') from fix;
select is(grants(a) is not null and known() is not null, true, 'A''s stays') from fix;
select is(admin(format('select mortise.permissions_remove(%s, ''tap-perm'')', a)), '""', 'A removes') from fix;
select is(coalesce(grants(a), '') || coalesce(known(), ''), '', 'with the last tenant the registrations go') from fix;
select * from finish();
rollback;
