-- Two-step sign-in: what uses a code up, what a password alone takes back, and who gets at any of it.
\ir lib/start.psql
select plan(53);
create function tap.api(statement text) returns text language sql as
  $$ select tap.attempt('mortise_api', null, statement) $$;
create function tap.own(statement text) returns text language sql as
  $$ select tap.attempt('mortise_api', tap.act(a, ua2), statement) from tap.fix $$;
create function tap.try(device text default '') returns text language sql as
  $$ select tap.api(format('select wait_seconds, second_factor from mortise.login_try(''ua2@tap.example'', ''10.0.0.1'', %L, 5, 20, 100)', device)) $$;
create function tap.half(mark text) returns text language sql as
  $$ select tap.api(format('select mortise.login_half(''ua2@tap.example'', ''10.0.0.1'', '''', repeat(%L, 64), ''cookie'', 300) > 0', mark)) $$;
create function tap.done(mark text, step bigint, code text default null) returns text language sql as
  $$ select tap.api(format('select used, expires > 0 from mortise.login_second(repeat(%L, 64), ''cookie'', %s, %L, repeat(%L, 64), 12)',
    mark, coalesce(step::text, 'null'), code, mark)) $$;

select is(state_of(attempt(r, act(a, ua), 'select * from mortise.' || t)), '42501', r || ' does not read ' || t)
  from fix, unnest('{mortise_api,mortise_steward,mortise_admin}'::text[]) r, unnest('{second_factors,recovery_codes,sign_in_challenges,passkeys,passkey_challenges}'::text[]) t;

-- setting it up
select is(own('select mortise.factor_begin(''v1.one'', 1)'), '""', 'a secret');
select is(try(), '0,f', 'holds for nothing');
select is(own('select mortise.factor_begin(''v1.two'', 1)'), '""', 'and another one takes its place');
select is(own(format('select mortise.factor_confirm(100, array[%L, %L])', repeat('1', 64), repeat('2', 64))), 't', 'until a code has come');
select is(own('select mortise.factor_confirm(101, ''{}'')'), 'f', 'once');
select is(state_of(own('select mortise.factor_begin(''v1.three'', 1)')), 'P0001', 'then nothing takes its place');
select is((select string_agg(f.secret || ' ' || f.last_step || ' ' || u.second_factor, ',') from second_factors f join users u on u.id = f.user_id where u.id = (select ua2 from fix)), 'v1.two 100 true', 'it is shown');

-- the password alone
delete from login_attempts;
select is(array(select try() from generate_series(1, 3)), '{"0,t","0,t","0,t"}'::text[], 'three tries');
select is(half('a'), 't', 'the last one is right');
select is((select array_agg(failures order by source, email) from login_attempts), '{2,2,2}', 'and taken back; those before it stay');
select is(done('a', 100), 'f,', 'the code of before');
select is(done('a', 101), 't,t', 'a later one');
select is(done('a', 102), 'f,', 'makes one session of a challenge');
select is((select count(*)::int from sessions where user_id = (select ua2 from fix)), 1, 'which is there');
select is(half('b') || done('b', null, repeat('2', 64)) || half('c') || done('c', null, repeat('2', 64)), 'tt,ttf,', 'a recovery code works once');
select is((select e.payload ->> 'message' from outbox e where e.channel = 'u.' || (select ua2 from fix) order by e.n desc limit 1),
  'Recovery codes left: 1. If this was not you, change your password and make new codes', 'and the person hears of it');

-- what ends a challenge
update sign_in_challenges set expires_at = now() - interval '1 s';
select is(done('c', 110), 'f,', 'its time');
select is(half('d'), 't', 'the next one clears it away');
update logins set password_hash = 'hash-new' where email = 'ua2@tap.example';
select is((select count(*)::int from sign_in_challenges), 0, 'a new password');
select is(half('e'), 't', 'again');
update users set active = false where id = (select ua2 from fix);
select is((select count(*)::int from sign_in_challenges), 0, 'the end of the account');
update users set active = true where id = (select ua2 from fix);

-- passkeys
create function tap.ask(mark text, kind text default 'cookie') returns text language sql as
  $$ select tap.api(format('select mortise.passkey_ask(repeat(%L, 64), %L, null, 300) > 0', mark, kind)) $$;
create function tap.heard(mark text, kind text default 'cookie') returns text language sql as
  $$ select tap.api(format('select mortise.passkey_heard(repeat(%L, 64), %L, null)', mark, kind)) $$;
create function tap.add(credential text, most int default 20) returns text language sql as
  $$ select tap.own(format('select mortise.passkey_add(''Phone'', %L, -7, repeat(''00'', 64), 5, %s) is not null', credential, most)) $$;
create function tap.use(n bigint, mark text) returns text language sql as
  $$ select tap.api(format('select used, expires > 0 from mortise.passkey_use(%s, %L, %s, ''cookie'', repeat(%L, 64), 12)',
    p.tenant_id, p.id, n, mark)) from passkeys p where p.credential = 'one' $$;
select is(ask('a') || heard('a', 'system') || heard('a') || heard('a'), 'tftf', 'a challenge is of its kind, and has one answer');
select is(ask('b'), 't', 'another one');
update passkey_challenges set expires_at = now() - interval '1 s';
select is(ask('c') || heard('b'), 'tf', 'its time; the next one clears it away');
select is(state_of(tap.api('select mortise.passkey_ask(repeat(''d'', 64), ''add'', null, 300)')), '23514', 'adding one is of a session');
delete from second_factors;
select is((select second_factor from users where id = (select ua2 from fix)), false, 'without an app');
select is(add('one'), 't', 'a passkey');
select is((select second_factor from users where id = (select ua2 from fix)), true, 'is a second factor');
select is(state_of(add('one')), 'P0001', 'of one person');
select is(state_of(add('two', 1)), 'P0001', 'of whom each has so many');
select is(use(5, 'e') || use(6, 'e') || use(6, 'f'), 'f,t,tf,', 'a counter goes forward');
select is((select count(*)::int from audit where action = 'signin.passkey-copied' and target_id = (select ua2::text from fix)), 2, 'what does not is written down');
update passkeys set counter = 0;
select is(use(0, '0') || use(0, '1'), 't,tt,t', 'a device may have none');
select is((select string_agg(bound || coalesce(public_key, 'no key') || email, ',') from passkey_try('none', '10.0.0.9', '', 5, 20, 100)), 'no key-', 'an unknown one is nobody''s');
select is(tap.own(format('select mortise.passkey_rename(%L, ''Key'')', (select id from passkeys where credential = 'one'))), 't', 'a name');
insert into role_second_factors (tenant_id, role) select u.tenant_id, u.roles[1] from users u where u.id = (select ua2 from fix);
select is(state_of(tap.own(format('select mortise.passkey_remove(%L)', (select id from passkeys where credential = 'one')))), '42501', 'a role that needs it keeps the last one');
delete from role_second_factors;
select is(tap.own(format('select mortise.passkey_remove(%L)', (select id from passkeys where credential = 'one'))), 't', 'else it goes');
select is((select second_factor from users where id = (select ua2 from fix)), false, 'and the second factor with it');
select * from finish();
rollback;
