-- What ends a right writes which streams have to end; who waits sees which host has not closed them.
\ir lib/start.psql
select plan(30);
-- Nothing of a running stack's.
delete from mortise.rights_ended;
delete from mortise.stewards;
create function tap.ended() returns text[] language sql as
  $$ with gone as (delete from mortise.rights_ended returning id, channel)
    select coalesce(array_agg(channel order by id), '{}') from gone $$;
create function tap.session(n int) returns text language sql as $$ select encode(sha256(convert_to('tap ' || n, 'UTF8')), 'hex') $$;
insert into mortise.sessions (token_hash, tenant_id, user_id, kind, expires_at)
  select session(n), a, ua, 'cookie', now() + interval '1 hour' from fix, generate_series(1, 4) n;

select is(mortise.session_channel(repeat('0', 64)), 's.' || left(encode(sha256(convert_to('stream:' || repeat('0', 64), 'UTF8')), 'hex'), 32),
  'the channel of a session');
select is(attempt('mortise_api', null, format('select mortise.session_end(%L)', session(1))), 't', 'signing out');
select is(ended(), array[mortise.session_channel(session(1))], 'ends the session''s streams');
select is(attempt('mortise_api', null, format('select mortise.session_end(%L)', session(1))), 'f', 'once');
select is(ended(), '{}', 'and only when there was one');
update mortise.sessions set expires_at = now() - interval '1 s' where token_hash = session(2);
select is(attempt('mortise_steward', null, 'select mortise.sessions_expire()'), '1', 'a session whose time is over');
select is(ended(), array[mortise.session_channel(session(2))], 'ends as well');
update mortise.users u set active = false from fix where u.id = ua;
select is(ended(), array['u.' || ua], 'deactivating ends the person''s streams') from fix;
update mortise.users u set active = true from fix where u.id = ua;
select is(ended(), '{}', 'activating ends nothing');
update mortise.users u set roles = '{Dispatcher}' from fix where u.id = ua;
select is(ended(), array['u.' || ua], 'other roles do') from fix;
update mortise.users u set roles = '{Technician,Dispatcher}' from fix where u.id = ua;
select is(ended(), array['h.' || ua], 'one more ends streams alone, which hear other channels then') from fix;
update mortise.users u set roles = '{Dispatcher}' from fix where u.id = ua;
select is(ended(), array['u.' || ua], 'one less ends what runs') from fix;
update mortise.users u set name = 'Another' from fix where u.id = ua;
select is(ended(), '{}', 'another name does not');
update mortise.tenants t set state = 'suspended' from fix where t.id = a;
select is(ended(), array['t.' || a], 'suspending ends the company''s') from fix;

insert into mortise.stewards (host) values (repeat('a', 32)), (repeat('b', 32));
insert into mortise.stewards (host, seen_at) values (repeat('c', 32), now() - interval '1 minute');
insert into mortise.rights_ended (channel) values ('t.1');
select is(attempt('mortise_api', null, 'select mortise.rights_pending(mortise.rights_mark())'),
  '"' || repeat('a', 32) || ',' || repeat('b', 32) || '"', 'hosts that live have to close it');
insert into mortise.rights_closed (id, host) select id, repeat('a', 32) from mortise.rights_ended;
select is(attempt('mortise_api', null, 'select mortise.rights_pending(mortise.rights_mark())'), repeat('b', 32), 'one has');
insert into mortise.rights_closed (id, host) select id, repeat('b', 32) from mortise.rights_ended;
select is(attempt('mortise_api', null, 'select mortise.rights_pending(mortise.rights_mark())'), '', 'all have');
select is(state_of(attempt('mortise_api', null, 'select * from mortise.rights_ended')), '42501', 'the api reads none of it');

-- A permission of a plugin that a role loses: by the roles that people have, as far as none of theirs gives it.
insert into mortise.plugins (key) values ('tap-grants');
insert into mortise.plugin_permissions (name, plugin_key, label, default_roles)
  select 'tap-grants:' || n, 'tap-grants', n, '{}' from unnest(array['see', 'do']) n;
insert into mortise.role_permissions (tenant_id, plugin_key, permission, role, granted)
  select t, 'tap-grants', p.name, r, true from fix, unnest(array[a, b]) t, mortise.plugin_permissions p,
  unnest(array['Technician', 'Dispatcher', 'Admin']) r where p.plugin_key = 'tap-grants';
create function tap.take(permission text, role text, granted bool) returns void language sql as $$
  update mortise.role_permissions p set granted = take.granted from fix
  where p.tenant_id = a and p.permission = 'tap-grants:' || take.permission and p.role = take.role $$;
-- One who has two roles, and colleagues who have one of them each.
create function tap.person(n int, roles text[]) returns void language sql as $$
  insert into mortise.users (tenant_id, id, email, name, roles)
    select a, gen_random_uuid(), 'grants' || n || '@tap.test', 'Grants', person.roles from fix $$;
delete from mortise.rights_ended;
update mortise.users u set roles = '{Admin}' from fix where u.tenant_id = a;
select person(1, '{Technician}');
select person(2, '{Technician,Dispatcher}');
delete from mortise.rights_ended;
select take('see', 'Technician', false);
select is(ended(), array['g.' || a || '.tap-grants.Technician'], 'a permission that a role loses ends calls of who has only that') from fix;
select take('see', 'Technician', false);
select is(ended(), '{}', 'once');
select take('see', 'Dispatcher', false);
select is(ended(), array['g.' || a || '.tap-grants.Technician,Dispatcher'], 'and of who has it by two roles when both lost it') from fix;
select take('see', 'Technician', true);
select is(ended(), '{}', 'giving ends nothing');
update mortise.users u set roles = '{Admin,SystemAdmin}' from fix where u.id = ua;
update mortise.users u set roles = '{SystemAdmin}' from fix where u.tenant_id = a and u.roles = '{Admin}';
delete from mortise.rights_ended;
select take('do', 'Admin', false);
select is(ended(), '{}', 'a system admin has all of them');
delete from mortise.plugin_permissions where plugin_key = 'tap-grants';
select is(ended(), '{}', 'what goes with its version ends nothing: calls of that version may finish');

-- An operation waits for its own notice alone.
insert into mortise.plugins (key) values ('tap-moves');
insert into mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
  values (repeat('7', 64), 'tap-moves', '1.0.0', '{}', '[]', '', 0);
insert into mortise.rights_ended (channel) values ('t.2');
create function tap.wanted() returns bigint language sql as $$ select attempt('mortise_admin', null,
  format('select mortise.pool_wanted(%L)', repeat('7', 64)))::bigint $$;
select wanted() as first \gset
select is(channel, 'w.tap-moves@777777777777', 'a pool that is wanted is told to all hosts')
  from mortise.rights_ended where id = :first;
create function tap.waits() returns text language sql as $$ select attempt('mortise_admin', null,
  format('select mortise.rights_pending(%1$s, %1$s)', (select max(id) from mortise.rights_ended))) $$;
insert into mortise.rights_closed (id, host) select max(id), h from mortise.rights_ended, unnest(array[repeat('a', 32), repeat('b', 32)]) h group by h;
select is(waits(), '', 'and was opened by them, whatever else they have to end');
select isnt(attempt('mortise_api', null, 'select mortise.rights_pending(mortise.rights_mark())'), '', 'which is not done');
select wanted() as second \gset
select isnt(:second, :first, 'the next operation tells them anew');
insert into mortise.installations (id, tenant_id, plugin_key, package_sha256, state)
  select gen_random_uuid(), a, 'tap-moves', repeat('7', 64), 'enabled' from fix;
select is(wanted(), :second::bigint, 'but not of a version that others use');
select is(state_of(attempt('mortise_api', null, format('select mortise.pool_wanted(%L)', repeat('7', 64)))), '42501', 'the api pool says nothing of it');
select * from finish();
rollback;
