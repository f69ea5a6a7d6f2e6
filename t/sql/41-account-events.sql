-- What companies and people raise, whatever changes them; what everybody and the system admins hear.
\ir lib/start.psql
select plan(25);
create function tap.raised() returns text language sql as $$
  with gone as (delete from mortise.outbox returning *)
  select string_agg(channel || ' ' || type || ' ' || coalesce(payload ->> 'code', payload ->> 'name', payload ->> 'userId')
    || coalesce(' by ' || (payload ->> 'byUserName'), ''), ', ' order by tenant_id, n) from gone
$$;
create table tap.t as select a, b, ua, ub, ua2, act(a, ua) as api from fix;
delete from outbox;
insert into tenants (code, name) values ('tap-new', 'New');
select is(raised(), 'admin TenantCreated tap-new', 'a new company');
update tenants set state = 'pending' where code = 'tap-new';
update tenants set state = 'active' where code = 'tap-new';
update tenants set state = 'suspended', state_reason = 'Why' where code = 'tap-new';
select ok(not exists (select from outbox where payload::text like '%Why%'), 'no reason of the operator is in it');
update tenants set state = 'active' where code = 'tap-new';
select is(raised(), 'admin TenantUpdated tap-new, admin TenantApproved tap-new, admin TenantSuspended tap-new, admin TenantActivated tap-new',
  'is approved, suspended and activated');
select is(attempt('mortise_api', api, 'update mortise.tenants set time_zone = ''Asia/Tokyo'' returning 1'), '1', 'a company changes itself') from t;
select is(raised(), format('admin TenantUpdated tap-a, t.%s TenantUpdated tap-a by Una A', a), 'which it is told, and the system admins') from t;
update tenants set name = name where code = 'tap-a';
select is(raised(), null, 'what stays as it was is no event');
update users set active = false from t where id = ua2;
select is(raised(), (select format('t.%s AccountSuspended %s', a, u.name) from t join users u on u.id = ua2), 'an account is deactivated by a command');
update users set active = true from t where id = ua2;
update users set name = name from t where id = ua2;
select is(raised(), (select format('t.%s AccountActivated %s', a, u.name) from t join users u on u.id = ua2), 'activated');
select attempt('mortise_owner', null, 'select mortise.user_set_roles(''ua2@tap.example'', ''{Dispatcher}'')') \g /dev/null
select is(raised(), (select format('t.%s UserUpdated %s', a, u.name) from t join users u on u.id = ua2), 'a command gives other roles');
select attempt('mortise_owner', null, 'select mortise.user_set_roles(''ua2@tap.example'', ''{Dispatcher}'')') \g /dev/null
select is(raised(), null, 'the same ones are none');
select is(attempt('mortise_api', api, format('update mortise.users set phone = ''1'', name = ''Udo'' where id = %L returning name', ua2)), 'Udo', 'a page changes somebody') from t;
select is(raised(), null, 'which it raises itself');
select attempt('mortise_owner', null, format('select mortise.user_create(%s, ''aaaaaaaa-0000-7000-8000-0000000000aa'', ''new@tap.example'', ''New'', ''{Admin}'', null)', a)) from t \g /dev/null
select is(raised(), format('t.%s UserCreated New', a), 'a command invites somebody') from t;
select attempt('mortise_api', null, format('select mortise.password_set(%s, ''aaaaaaaa-0000-7000-8000-0000000000aa'', ''h'')', a)) from t \g /dev/null
select is(raised(), null, 'a password is set by the admin pool alone');
select attempt('mortise_admin', null, format('select mortise.password_set(%s, ''aaaaaaaa-0000-7000-8000-0000000000aa'', ''h'')', a)) from t \g /dev/null
select is(raised(), format('t.%s UserUpdated New by New', a), 'who accepts is no news to others') from t;
update logins set password_hash = 'other' from t where user_id = ua;
select is(raised(), format('u.%s PasswordChanged %s', ua, ua), 'a password is its person''s alone') from t;
update logins set password_hash = null from t where user_id = ua2;
update logins set password_hash = 'first' from t where user_id = ua2;
select is((select string_agg(type, ',') from outbox), 'PasswordChanged', 'and the first one no news');
delete from outbox;
update tenants set state = 'suspended' where code = 'tap-b';
update users set active = false from t where id = ub;
select is(raised(), 'admin TenantSuspended tap-b', 'nobody of a suspended company listens');
delete from tenants where code = 'tap-new';
select is(raised(), 'admin TenantDeleted tap-new', 'a company that is deleted');

-- to everybody, and to the system admins
select is(state_of(attempt('mortise_api', api, 'select mortise.announce(''{"title": "T", "message": "M"}'')')), '42501', 'a company tells nobody else') from t;
select is(attempt('mortise_admin', null, 'select mortise.announce(''{"title": "T", "message": "M"}'') >= 2'), 't', 'the admin pool all');
select is(attempt('mortise_api', api, 'select kind || '' '' || title || '' '' || coalesce(from_user_id::text, from_user_name) from mortise.notifications'),
  '"everyone T Mortise"', 'who have it in their inbox') from t;
create function tap.alerted(n int) returns text language sql as $$
  select attempt('mortise_steward', null, format('select mortise.alert(''Title {0}'', ''Text'', ''[%s]'', ''/mail'') is not null', n)) $$;
select is(alerted(1), 't', 'system admins are alerted');
select is(alerted(1), 'f', 'once about the same');
select is(alerted(2), 't', 'and about something else as well');
select * from finish();
rollback;
