-- Companies that register themselves: what is kept, how many, what approving and refusing them does.
\ir lib/start.psql
select plan(30);
create function tap.register(code text, email text default 'new@reg.example', token text default null, more jsonb default '{}') returns text language sql as $$
  select attempt('mortise_api', null, format('select coalesce(fault, ''kept'') from mortise.registration_add(%L, %L, ''192.0.2.1'', 7, 3)',
    jsonb_build_object('id', gen_random_uuid(), 'companyName', 'Company ' || code, 'companyCode', code, 'name', 'Nia', 'email', email) || more, token))
$$;
create function tap.codes(of_state text default 'waiting') returns text language sql as $$
  select string_agg(company_code, ',' order by company_code) from registrations where state = of_state $$;
create function tap.id_of(wanted text) returns uuid language sql as $$ select id from registrations where company_code = wanted $$;
create function tap.approve(wanted text, code text default null, mail uuid default null) returns text language sql as $$
  select trim(both '"' from attempt('mortise_admin', null, format('select concat_ws('' '', fault, company, address, expires > 0) from mortise.registration_approve(%L, %L, %L, %L, %L, 60)',
    id_of(wanted), code, gen_random_uuid(), mail, encode(sha256(wanted::bytea), 'hex')))) $$;

delete from outbox;
select is(register('tap-one', 'New@Reg.example'), 'kept', 'a company registers');
select is((select email from registrations where company_code = 'tap-one'), 'new@reg.example', 'addresses compare as text');
select is((select string_agg(channel || ' ' || type || ' ' || (payload ->> 'code'), ',') from outbox), 'admin TenantRegistered tap-one', 'system admins hear it');
select is((select action || ' ' || actor_kind || ' ' || target_id from audit where tenant_id = 0 order by at desc, id desc limit 1),
  'company.registered nobody tap-one', 'it is written down');
select is((select count(*)::int from tenants where code = 'tap-one') + (select count(*)::int from logins where email = 'new@reg.example'), 0, 'and is nothing else yet');
select is(register('tap-one', 'other@reg.example'), 'code', 'its code waits');
select is(register('tap-a', 'other@reg.example'), 'code', 'the code of a company');
select is(register('tap-two'), 'kept', 'an address that waits is answered alike');
select is(codes(), 'tap-one', 'and is not kept twice');
select is(register('tap-two', 'two@reg.example', null, '{"timeZone": "Mars/Olympus"}'), 'timeZone', 'no such zone');
select is(register('tap-two', 'two@reg.example'), 'kept', 'another');
select is(register('tap-three', 'three@reg.example'), 'kept', 'and another');
select is(register('tap-four', 'four@reg.example'), 'limit', 'a network has so many an hour');
update rate_limits set began_at = now() - interval '61 min' where route = 'registration';
select is(register('tap-four', 'four@reg.example'), 'full', 'and all together');

-- links
select attempt('mortise_admin', null, format('select mortise.registration_invite(%L, %L, 60, null, null, ''Sys'') > 0', gen_random_uuid(), repeat('a', 64))) \g /dev/null
delete from registrations where company_code = 'tap-three';
select is(register('tap-a', 'l@reg.example', repeat('a', 64)), 'code', 'what is wrong doesn''t use a link up');
select is(register('tap-link', 'l@reg.example', repeat('a', 64)), 'kept', 'a link opens the form');
delete from registrations where company_code = 'tap-link';
select is(register('tap-more', 'm@reg.example', repeat('a', 64)), 'token', 'once');

-- approving and refusing
delete from outbox;
insert into tenants (code, name) values ('tap-one', 'Faster');
select is(approve('tap-one'), 'code tap-one', 'the code was taken meanwhile');
select is(approve('tap-one', 'tap-first'), 'tap-first new@reg.example t', 'another is chosen');
select is(approve('tap-one', 'tap-again'), 'P0002 registration-decided', 'once');
select is((select t.state || ' ' || u.email || ' ' || u.roles::text || ' ' || u.pending from tenants t join users u on u.tenant_id = t.id where t.code = 'tap-first'),
  'active new@reg.example {Admin} true', 'a company with an invited administrator');
select is((select string_agg(type, ',' order by n) from outbox where tenant_id = 0 and payload ->> 'code' = 'tap-first'), 'TenantCreated,TenantApproved', 'and its events');
update registrations set email = (select email from logins where tenant_id = (select a from fix) limit 1) where company_code = 'tap-two';
select is(split_part(approve('tap-two'), ' ', 1), 'email', 'an address that somebody has by now');
select is(attempt('mortise_admin', null, format('select mortise.registration_refuse(%L, ''Not ours'', %L, ''Sys'')', id_of('tap-two'), gen_random_uuid())) is not null, true, 'refused');
select is((select kind || ' ' || reason || ' ' || tenant_id from mails where kind = 'refused'), 'refused Not ours 0', 'with a mail');
update mails set due_at = now() + interval '1 hour' where kind <> 'refused';
create function tap.take(letter text) returns text language sql as $$
  select attempt('mortise_steward', null, format('select concat_ws('' '', kind, address, company, reason, until is null) from mortise.mail_take(60, %L, 60, 60)', repeat(letter, 64))) $$;
select is(take('c'), format('"refused %s Company tap-two Not ours t"', email), 'the steward sends it') from registrations where company_code = 'tap-two';
select attempt('mortise_admin', null, format('select mortise.registration_invite(%L, %L, 60, ''Guest@Reg.example'', ''de'', ''Sys'') > 0', gen_random_uuid(), repeat('e', 64))) \g /dev/null
select is(take('d'), '"register guest@reg.example  f"', 'and an invitation to register');
select is((select string_agg(left(token_hash, 1), '') from registration_links), 'd', 'whose link is made then');
update registrations set decided_at = now() - interval '31 days';
select is(attempt('mortise_steward', null, 'select mortise.registrations_expire(10) > 0') || coalesce(codes('refused'), ''), 't', 'which goes after a month');
select is(state_of(attempt('mortise_api', null, 'select mortise.registration_page(''waiting'', 1, 0)')), '42501', 'no process of a company reads them');
select * from finish();
rollback;
