-- Roles: what the built-in ones may, those that a company makes, who may give what, and the last administrator.
\ir lib/start.psql
select plan(85);
update mortise.users u set roles = '{Admin}' from fix where u.tenant_id = a and u.id = ua;
create function tap.api(who uuid, s text, tenant int default null) returns text language sql as $$
  select attempt('mortise_api', act(coalesce(tenant, a), who), s) from fix $$;
create function tap.make(who uuid, label text, copy text default null, most int default 50) returns text language sql as $$
  select api(who, format('select mortise.role_create(%L, null, %L, %s)', label, copy, most)) $$;
create function tap.permit(who uuid, role text, give text[], take text[] default '{}') returns text language sql as $$
  select api(who, format('select changed, unknown from mortise.role_permit(%L, %L, %L)', role, give, take)) $$;
create function tap.remove(who uuid, role text, other text default null) returns text language sql as $$
  select api(who, format('select label, people from mortise.role_remove(%L, %L)', role, other)) $$;
create function tap.role(who uuid, person uuid, roles text) returns text language sql as $$
  select api(who, format('update mortise.users set roles = %L where id = %L returning roles', roles, person)) $$;
create function tap.core(role text) returns text language sql as $$
  select array_to_string(mortise.core_of(a, array[role]), ' ') from fix $$;
create function tap.ended() returns text language sql as $$
  with gone as (delete from mortise.rights_ended returning id, channel)
  select coalesce(string_agg(channel, ' ' order by id), '') from gone $$;
create function tap.id_of(name text) returns text language sql as $$
  select c.id from mortise.custom_roles c, fix where c.tenant_id = a and c.label = name $$;

-- built in
select is(string_agg(case when p.name = any (core_of(1, array[r])) then 'y' else '-' end, '' order by p.place), want, format('what "%s" may', r))
  from (values ('Technician', 'yyyyy--------------'), ('Dispatcher', 'yyyyy-y------------'), ('Admin', 'yyyyyyyyy-yyy--yyyy'),
    ('SystemAdmin', 'yyyyyyyyyyyyyyyyyyy'), ('', '-------------------'), ('admin', '-------------------'), ('Adm', '-------------------')) v (r, want), core_permissions() p group by r, want;
select is(core_of(1, '{Dispatcher,Technician}'), core_of(1, '{Dispatcher}'), 'several add up');
select is(permit(ua, 'Admin', '{}', '{tickets:read}'), '0,{tickets:read}', 'they keep those of the core') from fix;
select is(permit(ua, 'SystemAdmin', '{}'), '42501 system-admin-fixed', 'a system admin all') from fix;
select is(remove(ua, 'Technician'), 'P0002 role-unknown: Technician', 'and they stay') from fix;
select is(role_exists(a, 'Technician')::text || role_exists(a, 'technician') || role_exists(a, 'r0123456789ab'), 'truefalsefalse', 'which there are') from fix;

-- made
select matches(make(ua, '  Night   shift '), '^r[0-9a-f]{12}$', 'a role is made') from fix;
select is((select label || ' ' || version || permissions::text from custom_roles c, fix where c.tenant_id = a), 'Night shift 1{}', 'with its name, and empty');
select is(make(ua, n), '23505 role-name-taken: ' || n, 'whose name is nobody''s: ' || n) from fix, unnest('{NIGHT SHIFT,technician,System admin,SYSTEMADMIN}'::text[]) n;
select matches(make(ub, 'Night shift'), '^42501', 'nobody of another company makes one') from fix;
select matches(api(ub, 'select mortise.role_create(''Night shift'', null, null, 50)', b), '^r', 'whose roles are its own') from fix;
select is(make(ua, 'A,B'), '23514 new row for relation "custom_roles" violates check constraint "custom_roles_label_check"', 'without commas') from fix;
select is(make(ua, 'More', null, 1), 'P0001 roles-many: 1', 'as many as there may be') from fix;
select is(make(ua, 'Desk', 'Dispatcher') ~ '^r', true, 'a copy') from fix;
select is(core(id_of('Desk')), core('Dispatcher'), 'has what it is a copy of');
select is(make(ua, 'System', 'SystemAdmin'), '22023 role-unknown: SystemAdmin', 'but of no system admin') from fix;
select is(make(ua, 'System', 'rffffffffffff'), '22023 role-unknown: rffffffffffff', 'or of what there is not') from fix;
select is(make(ua2, 'Mine'), '42501 permission-needed: roles:manage', 'it takes the permission') from fix;
select is(api(ua, 'select mortise.role_describe(''' || id_of('Desk') || ''', ''desk'', true, ''Calls'')'), '""', 'a new name, in other letters') from fix;
select is((select label || version || description from custom_roles where id = id_of('desk')), 'desk2Calls', 'and what it is about');
select is(api(ua, 'select mortise.role_describe(''' || id_of('desk') || ''', ''night Shift'', false, null)'), '23505 role-name-taken: night Shift', 'not another''s') from fix;
select is(api(ub, format('select mortise.role_describe(%L, ''x'', false, null)', id_of('desk')), b), 'P0002 role-unknown: ' || id_of('desk'), 'not another company''s role') from fix;
select is(remove(ub, id_of('desk')) ~ '^42501', true, 'nor can somebody else delete it') from fix;
select is(api(ub, format('select label from mortise.role_remove(%L, null)', id_of('desk')), b), 'P0002 role-unknown: ' || id_of('desk'), 'or by its id') from fix;
select is(attempt(r, act(a, ua), s), '42501 permission denied for table custom_roles', r || ': ' || left(s, 30)) from fix,
  (values ('mortise_api', 'update mortise.custom_roles set permissions = ''{roles:manage}'''), ('mortise_api', 'delete from mortise.custom_roles'),
    ('mortise_admin', 'insert into mortise.custom_roles (tenant_id, id, label) values (1, ''r0123456789ab'', ''x'')')) v (r, s);

-- people have it
select is(role(ua, ua2, '{' || id_of('desk') || ',Technician}'), '"{Technician,' || id_of('desk') || '}"', 'built-in ones come first') from fix;
select is(role(ua, ua2, '{rffffffffffff}'), '22023 role-unknown: rffffffffffff', 'a role that there is not') from fix;
select is(api(ub, format('update mortise.users set roles = ''{%s}'' where id = %L', id_of('desk'), ub), b), '22023 role-unknown: ' || id_of('desk'), 'or another company''s') from fix;
select is(attempt('mortise_owner', null, 'select mortise.user_set_roles(''ua2@tap.example'', ''{NIGHT shift,Technician}'')'), '""', 'the operator writes names');
select is((select roles::text from users, fix where id = ua2), '{' || id_of('Night shift') || ',Technician}', 'in any case');
select is(attempt('mortise_owner', null, 'select mortise.user_set_roles(''ua2@tap.example'', ''{Nobody}'')'), '22023 role-unknown: Nobody', 'of roles that exist');
select is((select roles from mortise.user_list('tap-a') where email = 'ua2@tap.example')::text, '{"Night shift",Technician}', 'and reads them');

-- given and taken
select is(permit(ua, id_of('Night shift'), '{users:write,tickets:read}'), '2,{}', 'permissions of the core') from fix;
select is((select version || permissions::text from custom_roles where id = id_of('Night shift')), '2{tickets:read,users:write}', 'in one order');
select is(permit(ua, id_of('Night shift'), '{users:write}'), '0,{}', 'twice changes nothing') from fix;
select is((select version from custom_roles where id = id_of('Night shift')), 2, 'nor its version');
select is(permit(ua, id_of('Night shift'), '{stats:read,tenants:manage,x:y}', '{tickets:read}'), '0,"{tenants:manage,x:y}"', 'what reaches beyond the company, or is unknown, changes nothing') from fix;
select is(core(id_of('Night shift')), 'tickets:read tickets:read:own users:write', 'at all');
select ended() \g /dev/null
select is(permit(ua, id_of('Night shift'), '{roles:manage}'), '1,{}', 'more') from fix;
select is(ended(), '', 'ends nothing');
select is(permit(ua, id_of('Night shift'), '{}', '{tickets:read}'), '1,{}', 'less') from fix;
select is(ended(), 'r.' || a || '.' || id_of('Night shift'), 'ends what its people have open') from fix;

-- nobody gives what they don't have: ua2 is Technician and Night shift, so manages people and roles
select is(make(ua2, 'Copy', 'Dispatcher'), '42501 permission-not-own: notifications:send', 'no copy of what is more') from fix;
select is(make(ua2, 'Copy', 'Technician') ~ '^r', true, 'but of what is not') from fix;
select is(permit(ua2, id_of('Copy'), '{company:manage}'), '42501 permission-not-own: company:manage', 'nothing to a role') from fix;
select is(permit(ua2, id_of('Copy'), '{}', '{stats:read}'), '42501 permission-not-own: stats:read', 'or from it') from fix;
select is(permit(ua2, id_of('Copy'), '{users:write}'), '1,{}', 'what is their own') from fix;
select is(role(ua2, ua2, '{Technician,Admin}'), '42501 role-not-own: Admin', 'no role to themself') from fix;
select is(role(ua2, ua2, '{Technician,Dispatcher}'), '42501 role-not-own: Dispatcher', 'that has more') from fix;
select is(role(ua2, ua2, '{Technician,' || id_of('Night shift') || ',' || id_of('desk') || '}'), '42501 role-not-own: desk', 'built in or not') from fix;
select is(role(ua2, ua, '{Technician}'), '42501 role-not-own: Admin', 'and takes none from who has more') from fix;
select is(remove(ua2, id_of('desk')), '42501 permission-not-own: notifications:send', 'deletes no such role') from fix;
select is(role(ua2, ua2, '{' || id_of('Night shift') || ',' || id_of('Copy') || '}') ~ 'r', true, 'a role with what is their own') from fix;
select is(remove(ua2, id_of('Copy'), 'Admin'), '42501 permission-not-own: notifications:send', 'nor puts people into one') from fix;

-- deleted
select is(remove(ua, id_of('Copy')), 'P0001 role-in-use: 1', 'who has people isn''t deleted') from fix;
select is(remove(ua, id_of('Copy'), r), '22023 role-unknown: ' || r, 'nor for ' || r) from fix, unnest(array['SystemAdmin', 'x', id_of('Copy')]) r;
select ended() \g /dev/null
select is(remove(ua, id_of('Copy'), id_of('Night shift')), 'Copy,1', 'they get another') from fix;
select is((select roles::text from users, fix where id = ua2), '{' || id_of('Night shift') || '}', 'once');
select matches(ended(), '^r\.\d+\.r[0-9a-f]{12}$', 'and what they have open ends by the role, not one by one');
select is(remove(ua, id_of('desk')), 'desk,0', 'what has nobody is deleted') from fix;

-- the last administrator
select is(make(ua, 'Boss', 'Admin') ~ '^r', true, 'a copy of the administrator') from fix;
select is(role(ua, ua, '{' || id_of('Boss') || '}') ~ 'r', true, 'is one') from fix;
select is(permit(ua, id_of('Boss'), '{}', '{stats:read}'), 'P0001 last-admin', 'who loses nothing while there is no other') from fix;
select is(core(id_of('Boss')), core('Admin'), 'indeed');
select is(remove(ua, id_of('Boss'), 'Technician'), 'P0001 last-admin', 'is not deleted') from fix;
select is(role(ua, ua, '{Technician}'), 'P0001 last-admin', 'or taken') from fix;
select is(role(ua, ua2, '{Admin}'), '{Admin}', 'with another') from fix;
select is(remove(ua, id_of('Boss'), 'Technician'), 'Boss,1', 'it is') from fix;
select is(role(ua2, ua2, '{Technician,SystemAdmin}'), '42501 system-admin-fixed', 'system admins are the operator''s') from fix;
select is((select string_agg(action, ' ' order by at, id) from audit, fix where tenant_id = a and target_kind = 'role' and target_name = 'Boss'),
  'role.created role.deleted', 'what happened to it is on record');

-- many people have few sets of roles
set local session_replication_role = replica;
insert into users (tenant_id, id, email, name, roles) select a, gen_random_uuid(), 'many' || i || '@tap.example', 'Many', '{Technician}'
  from fix, generate_series(1, 1000) i;
set local session_replication_role = origin;
analyze users;
set local track_functions = 'all';
select ok(administered(a, null), 'somebody administers the company') from fix;
select cmp_ok((select calls from pg_stat_xact_user_functions where funcname = 'administers'), '<', 20::bigint, 'each set of roles is looked at, not each person');
select * from finish();
rollback;
