-- Sign-in: lockout, sessions, passwords.
\ir lib/start.psql
select plan(47);
create function tap.api(statement text) returns text language sql as
  $$ select tap.attempt('mortise_api', null, statement) $$;

create function tap.try(who text, network text, device text default '') returns text language sql as
  $$ select tap.attempt('mortise_api', null, format(
    'select wait_seconds, bound, password_hash, usable from mortise.login_try(%L, %L, %L, 5, 20, 100)', who, network, device)) $$;
create function tap.wait(who text, source text) returns text language sql as
  $$ select tap.attempt('mortise_api', null, format('select mortise.login_wrong(%L, %L)', who, source)) $$;
-- The clock is turned, not waited for.
create function tap.later() returns void language sql as
  $$ update mortise.login_attempts set locked_until = null $$;

select is(tap.try('UA@tap.example', '10.0.0.1'), '0,"",hash-a,t', 'an address is found whatever its case');
select is(tap.try('nobody@tap.example', '10.0.0.1'), '0,"",,f', 'an unknown one is counted, and has no hash');
select is(array(select tap.try('ua@tap.example', '10.0.0.1') from generate_series(1, 4)),
  array_fill('0,"",hash-a,t'::text, array[4]), 'five tries are free');
select is(tap.wait('ua@tap.example', 'n:10.0.0.1'), '2', 'the fifth makes the next wait');
select is(tap.try('ua@tap.example', '10.0.0.1'), '2,account,,f', 'while it waits there is no hash to look at');
select tap.later() \g /dev/null
select is(tap.try('ua@tap.example', '10.0.0.1') || tap.wait('ua@tap.example', 'n:10.0.0.1'), '0,"",hash-a,t4',
  'waits grow');
update mortise.login_attempts set failures = 60;
select tap.later() \g /dev/null
select is(tap.try('ua@tap.example', '10.0.0.1') || tap.wait('ua@tap.example', 'n:10.0.0.1'), '0,"",hash-a,t900',
  'up to a quarter of an hour');
select is(tap.try('ua@tap.example', '10.0.0.2'), '300,everywhere,,f', 'other places wait up to five minutes');
select is(api('select mortise.login_right(''ua@tap.example'', ''10.0.0.3'', repeat(''d'', 32))'), '""', 'a right password');
select is(tap.wait('ua@tap.example', 'n:10.0.0.1'), '900', 'forgets no mistakes of another place');
select is((select failures from mortise.login_attempts where email = 'ua@tap.example' and source = '*'), 61, 'nor those of all unknown ones');
select tap.later() \g /dev/null
select is(tap.try('ua@tap.example', '10.0.0.1') || api('select mortise.login_right(''ua@tap.example'', ''10.0.0.1'', '''')') ||
  tap.wait('ua@tap.example', 'n:10.0.0.1'), '0,"",hash-a,t""0', 'those of its own place are forgotten');
select is((select failures || coalesce(' ' || locked_until, '') from mortise.login_attempts where email = 'ua@tap.example' and source = '*'),
  '61', 'and its try is taken back from all unknown ones');
delete from mortise.login_attempts where email = 'ua@tap.example';
delete from mortise.login_sources where email = 'ua@tap.example' and source = 'n:10.0.0.1';
select is(array(select tap.try('ua@tap.example', '10.0.1.' || n) from generate_series(1, 20) n),
  array_fill('0,"",hash-a,t'::text, array[20]), 'twenty from places that are new');
select is(tap.try('ua@tap.example', '10.0.2.1'), '30,everywhere,,f', 'then those wait');
select is(tap.try('ua@tap.example', '10.0.0.3'), '0,"",hash-a,t', 'but not the one that is known');
select is(tap.try('ua@tap.example', '10.0.2.1', repeat('d', 32)), '0,"",hash-a,t', 'nor the device, wherever it is');
select is(tap.try('ua2@tap.example', '10.0.2.1', repeat('d', 32)), '0,"",hash-a2,t', 'another account has its own counters');
select is((select count(*)::int from generate_series(1, 120) n
  where tap.try('spray' || n || '@tap.example', '10.0.9.9') like '0,%'), 100, 'a hundred accounts from one address in ten minutes');
select matches(tap.try('ua2@tap.example', '10.0.9.9'), '^(5[0-9][0-9]|600),address,,f$', 'then it waits for their end, at most ten minutes');
update mortise.login_attempts set began_at = now() - interval '11 min' where email = '';
select is(tap.try('ua2@tap.example', '10.0.9.9'), '0,"",hash-a2,t', 'which comes');
select is((select count(api(format('select mortise.login_right(''ub@tap.example'', ''10.1.0.%s'', '''')', n)))::int
  from generate_series(1, 30) n), 30, 'thirty places of one person');
select is((select count(*)::int from mortise.login_sources where email = 'ub@tap.example'), 20, 'are remembered as twenty');
select is(api('select mortise.login_done(''ua@tap.example'', repeat(''a'', 64), ''cookie'', 12)'),
  (extract(epoch from date_trunc('second', now()))::bigint + 12 * 3600)::text, 'a session lives its hours');
select is(api('select tenant, tenant_code, user_id, name, roles from mortise.session_find(repeat(''a'', 64))'),
  a || ',tap-a,' || ua || ',"Una A",Admin', 'it says who') from fix;
select is(api('select * from mortise.session_find(repeat(''b'', 64))'), 'none', 'another token is nobody');
update sessions set expires_at = now() - interval '1 s';
select is(api('select * from mortise.session_find(repeat(''a'', 64))'), 'none', 'an expired one is nobody');
update sessions set expires_at = now() + interval '1 h';
update users set active = false from fix where id = ua;
select is(api('select * from mortise.session_find(repeat(''a'', 64))'), 'none', 'an inactive person is nobody');
select is(tap.try('ua@tap.example', '10.0.0.3'), '0,"",hash-a,f', 'and can''t sign in');
select is(state_of(api('select mortise.login_done(''ua@tap.example'', repeat(''c'', 64), ''cookie'', 12)')), 'P0002',
  'by no way');
update users set active = true from fix where id = ua;
update tenants set state = 'suspended' where code = 'tap-a';
select is(api('select * from mortise.session_find(repeat(''a'', 64))'), 'none', 'a suspended company''s people are nobody');
update tenants set state = 'active' where code = 'tap-a';
select is(state_of(attempt('mortise_api', null, format('select mortise.password_set(%s, %L, ''x'')', a, ua))), '42501',
  'the api can''t set passwords') from fix;
select is(attempt('mortise_admin', null, format('select mortise.password_set(%s, %L, ''new'')', a, ua)), '""',
  'the admin pool can') from fix;
select is(api('select * from mortise.session_find(repeat(''a'', 64))'), 'none', 'and that ends sessions');
select is(state_of(api('insert into mortise.sessions values (repeat(''d'', 64), 1, gen_random_uuid(), ''cookie'', now(), now())')),
  '42501', 'nobody writes a session by hand');
select is(state_of(api('select mortise.user_create(1, gen_random_uuid(), ''x@y.z'', ''x'', ''{}'', null)')), '42501',
  'the api makes no users');
select is(state_of(attempt(r, null, 'select mortise.' || f)), '42501', r || ' may not ' || f)
  from unnest('{mortise_api,mortise_admin,mortise_steward}'::text[]) r, unnest(array['user_set_password(''ua@tap.example'', ''x'')',
    'user_set_roles(''ua@tap.example'', ''{SystemAdmin}'')', 'tenant_list()']) f;
-- The system administration suspends companies, by the admin pool.
select is(state_of(attempt(r, null, 'select mortise.tenant_set_state(''tap-a'', ''suspended'', null)')), '42501',
  r || ' suspends no company') from unnest(array['mortise_api', 'mortise_steward']) r;
select * from finish();
rollback;
