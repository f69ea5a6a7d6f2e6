-- Sign-in: lockout, sessions, passwords.
\ir lib/start.psql
select plan(21);
create function tap.api(statement text) returns text language sql as
  $$ select tap.attempt('mortise_api', null, statement) $$;

select is(api('select tenant_id, user_id, password_hash, usable from mortise.login_find(''UA@tap.example'')'),
  a || ',' || ua || ',hash-a,t', 'an address is found whatever its case') from fix;
select is(api('select * from mortise.login_find(''nobody@tap.example'')'), 'none', 'an unknown one is not');
select is(api('select array_agg(mortise.login_failed(v)) from (select ''ua@tap.example'' v from generate_series(1, 9)) x'),
  '"{0,0,0,0,2,4,8,16,32}"', 'waits grow from the fifth mistake');
select is(api('select array_agg(mortise.login_failed(v)) from (select ''Who@tap.example'' v from generate_series(1, 6)) x'),
  '"{0,0,0,0,2,4}"', 'for unknown addresses too');
select is(api('select mortise.login_wait(''who@tap.example'')'), '4', 'and are told');
select is(api('select wait_seconds from mortise.login_find(''ua@tap.example'')'), '32', 'also with the address');
select is(api('select max(mortise.login_failed(v)) from (select ''ua@tap.example'' v from generate_series(1, 30)) x'),
  '900', 'at most a quarter of an hour');
select is(api('select mortise.login_done(''ua@tap.example'', repeat(''a'', 64), ''cookie'', 12)'),
  (extract(epoch from date_trunc('second', now()))::bigint + 12 * 3600)::text, 'a session lives its hours');
select is(api('select mortise.login_wait(''ua@tap.example'')'), '0', 'and forgets the mistakes');
select is(api('select tenant, tenant_code, user_id, name, roles from mortise.session_find(repeat(''a'', 64))'),
  a || ',tap-a,' || ua || ',"Una A",Admin', 'it says who') from fix;
select is(api('select * from mortise.session_find(repeat(''b'', 64))'), 'none', 'another token is nobody');
update sessions set expires_at = now() - interval '1 s';
select is(api('select * from mortise.session_find(repeat(''a'', 64))'), 'none', 'an expired one is nobody');
update sessions set expires_at = now() + interval '1 h';
update users set active = false from fix where id = ua;
select is(api('select * from mortise.session_find(repeat(''a'', 64))'), 'none', 'an inactive person is nobody');
select is(api('select usable from mortise.login_find(''ua@tap.example'')'), 'f', 'and can''t sign in');
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
select * from finish();
rollback;
