-- What people may do to each other, and one-time links.
\ir lib/start.psql
select plan(50);
update mortise.users u set roles = '{Admin}' from fix where u.tenant_id = a and u.id = ua;
create function tap.person(n int) returns uuid language sql immutable
  return ('aaaaaaaa-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid;
create function tap.add(actor uuid, n int, roles text) returns text language sql as $$
  select attempt('mortise_api', act(a, actor), format('insert into mortise.users (tenant_id, id, email, name, roles, active)
    values (%s, %L, %L, ''P'', %L, true) returning roles, pending', a, person(n), 'P' || n || '@Tap.example', roles)) from fix $$;
create function tap.change(actor uuid, who uuid, what text) returns text language sql as $$
  select attempt('mortise_api', act(a, actor), format('update mortise.users set %s where id = %L returning roles, active', what, who)) from fix $$;
create function tap.link(actor uuid, who uuid, hash char) returns text language sql as $$
  select attempt('mortise_api', act(a, actor), format('select purpose from mortise.link_make(%L, repeat(%L, 64), 600, 60)', who, hash)) from fix $$;
create function tap.api(s text) returns text language sql as $$ select attempt('mortise_api', null, s) $$;
create function tap.look(hash char) returns text language sql as $$
  select api(format('select purpose, email, company from mortise.link_try(repeat(%L, 64), ''10.9.9.9'', 100)', hash)) $$;
create function tap.redeem(hash char, session char) returns text language sql as $$
  select case when r ~ '^[0-9]{9,}$' then 'session' else r end
  from api(format('select mortise.link_redeem(repeat(%L, 64), ''new'', repeat(%L, 64), ''cookie'', 1)', hash, session)) r $$;

-- roles
select is(add(ua, 1, '{Admin,Technician,Technician}'), '"{Technician,Admin}",t', 'an administrator brings in people with any role of the company, who are pending') from fix;
select is(add(ua, 2, '{SystemAdmin}'), '42501 system-admin-fixed', 'but no system admin') from fix;
select is(add(ua2, 3, '{Technician}'), '{Technician},t', 'whoever is no administrator gives roles of their own') from fix;
select is(add(ua2, 4, '{Dispatcher}'), '42501 role-not-own: Dispatcher', 'and no others') from fix;
select is(add(gen_random_uuid(), 5, '{Technician}'), '42501 role-not-own: Technician', 'somebody who isn''t there gives none');
select is((select string_agg(email, ',' order by email) from logins where email like 'p%@tap.example'), 'p1@tap.example,p3@tap.example', 'each has an address, in lower case');
select is(add(ua, 1, '{Technician}'), '23505 duplicate key value violates unique constraint "users_pkey"', 'an id is used once') from fix;
select is(attempt('mortise_api', act(b, ub), format('insert into mortise.users (tenant_id, id, email, name, roles) values (%s, %L, ''p1@TAP.example'', ''x'', ''{Technician}'')', b, person(9))),
  '23505 email-taken: p1@tap.example', 'an address is used once on the server') from fix;
select is(attempt('mortise_api', act(b, ub), format('update mortise.users set name = ''x'' where id = %L returning 1', ua)), 'none', 'another company''s administrator reaches nobody') from fix;
select is(change(ua2, ua, 'roles = ''{Technician}'''), '42501 role-not-own: Admin', 'nobody takes a role they don''t have') from fix;
select is(change(ua2, person(3), 'name = ''Other'''), '{Technician},t', 'a name is anybody''s with the permission') from fix;
select is(change(ua, ua2, 'roles = ''{Dispatcher,Technician}'''), '"{Technician,Dispatcher}",t', 'roles have one order') from fix;
select is(change(ua, ua2, 'roles = ''{SystemAdmin}'''), '42501 system-admin-fixed', 'nobody becomes a system admin') from fix;
update users set roles = '{SystemAdmin}' where id = person(3);
select is(change(ua, person(3), 'active = false'), '42501 system-admin-fixed', 'and no system admin is deactivated by a company') from fix;
select is(change(ua, person(3), 'roles = ''{Technician}'''), '42501 system-admin-fixed', 'or demoted') from fix;
select is(link(ua, person(3), '9'), '42501 system-admin-fixed', 'or gets a link') from fix;
select is(attempt(r, act(a, ua), f), '42501 permission denied for table users', r || ': ' || f) from fix,
  (values ('mortise_admin', 'update mortise.users set roles = ''{SystemAdmin}'''), ('mortise_api', 'update mortise.users set pending = false'), ('mortise_api', 'delete from mortise.users')) v (r, f);

-- the last administrator: pending ones don't count
select is(change(ua, ua, 'roles = ''{Technician}'''), 'P0001 last-admin', 'the last one stays, also when another is invited') from fix;
select is(change(ua, ua, 'active = false'), 'P0001 own-account', 'nobody deactivates themself') from fix;
select is(link(ua, person(1), '1'), 'invite', 'who is invited gets a link') from fix;
select is(look('1'), 'invite,p1@tap.example,"Tap A"', 'which says whose it is');
select is(link(ua, person(1), '2'), 'invite', 'another one') from fix;
select is(look('1'), 'none', 'ends the first');
select is(redeem('1', 'a'), '', 'for good');
select is(redeem('2', 'a'), 'session', 'the newest makes a session');
select is((select u.pending || ' ' || l.password_hash from users u join logins l on l.user_id = u.id where u.id = person(1)), 'false new', 'and the account');
select is(redeem('2', 'b'), '', 'once');
select is(change(ua, ua, 'roles = ''{Technician}'''), '{Technician},t', 'now there is another administrator') from fix;
select is(change(person(1), ua, 'active = false'), '{Technician},f', 'who deactivates') from fix;
select is(change(ua, person(1), 'active = false'), '42501 role-not-own: Technician', 'whom a deactivated one can''t') from fix;
select is(link(person(1), ua, '3'), 'P0001 user-inactive', 'who is deactivated gets no link') from fix;
select is(change(person(1), ua, 'active = true'), '{Technician},t', 'and is let in again') from fix;

-- resets
select is(link(person(1), ua, '4'), 'reset', 'who has a password gets a link to another') from fix;
select is(api('select mortise.login_done(''ua@tap.example'', repeat(''c'', 64), ''token'', 1) > 0'), 't', 'the old one works until then');
update links set expires_at = now();
select is(look('4') || redeem('4', 'd'), 'none', 'its time over it does nothing');
select is(link(person(1), ua, '5'), 'reset', 'a new one') from fix;
update tenants set state = 'suspended' where code = 'tap-a';
select is(look('5') || redeem('5', 'd'), 'none', 'nor while the company is suspended');
update tenants set state = 'active' where code = 'tap-a';
select is(redeem('5', 'd'), 'session', 'and does again');
select is((select string_agg(left(token_hash, 1), '' order by token_hash) from sessions), 'ad', 'the sessions of before have ended');
select is(link(person(1), ua, '6'), 'reset', 'a link') from fix;
select is(change(person(1), ua, 'active = false') || change(person(1), ua, 'active = true') || look('6'), '{Technician},f{Technician},tnone', 'is gone with its person''s access') from fix;
select is((select string_agg(left(token_hash, 1), '') from sessions), 'a', 'as the sessions are');

-- guessing
select is(api('select count(*) from (select mortise.link_try(repeat(''7'', 64), ''10.0.0.7'', 3) from generate_series(1, 3)) x'), '0', 'unknown ones are not there');
select is(api('select wait_seconds > 500, purpose from mortise.link_try(repeat(''7'', 64), ''10.0.0.7'', 3)'), 't,', 'too many, and the address waits');
select is(api('select wait_seconds from mortise.link_try(repeat(''7'', 64), ''10.0.0.8'', 3)'), 'none', 'others don''t');
select is(state_of(attempt(r, act(a, ua), 'select * from mortise.links')), '42501', r || ' can''t read links') from fix, unnest('{mortise_api,mortise_admin,mortise_steward}'::text[]) r;
select * from finish();
rollback;
