-- Signing in by OpenID Connect: who gets at any of it, whom a provider finds, and where it is the only way in.
\ir lib/start.psql
select plan(59);
create table tap.o as select gen_random_uuid() as pa, gen_random_uuid() as pb, gen_random_uuid() as ps;
create function tap.api(statement text) returns text language sql as
  $$ select tap.attempt('mortise_api', null, statement) $$;
create function tap.by(who uuid, statement text) returns text language sql as
  $$ select tap.attempt('mortise_api', tap.act(case who when f.ub then b else a end, who), statement) from tap.fix f $$;
-- A provider: of the company, 'required', ...
create function tap.form(name text, more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object('name', name, 'issuer', 'https://login.example', 'clientId', 'c', 'scopes', 'openid', 'roleClaim', null,
    'roleMap', '[]'::jsonb, 'defaultRoles', '["Technician"]'::jsonb, 'creates', true, 'links', true,
    'domains', '["Tap.example"]'::jsonb, 'enabled', true) || more $$;
create function tap.save(who uuid, id uuid, more jsonb default '{}') returns text language sql as $$
  select tap.by(who, format('select mortise.oidc_save(%L, %L, null, null, false) ->> ''version''', save.id, tap.form('Tap', more))) $$;
create function tap.enter(provider uuid, subject text, email text, mark text, verified bool default true, groups text default '{}') returns text language sql as $$
  select tap.api(format('select refused, expires > 0 from mortise.oidc_sign_in(%L, %L, %L, %L, ''N'', %L, gen_random_uuid(), repeat(%L, 64), 12)',
    provider, subject, email, verified, groups, mark)) $$;
create function tap.password(email text, mark text) returns text language sql as
  $$ select tap.api(format('select mortise.login_done(%L, repeat(%L, 64), ''cookie'', 12) > 0', email, mark)) $$;

-- who gets at it
select is(state_of(attempt(r, act(a, ua), 'select * from mortise.' || t)), '42501', r || ' does not read ' || t)
  from fix, unnest('{mortise_api,mortise_steward,mortise_admin}'::text[]) r, unnest('{oidc_providers,oidc_identities,oidc_signins}'::text[]) t;
select is(state_of(attempt(r, null, 'select * from mortise.oidc_all()')), '42501', r || ' does not see all')
  from unnest('{mortise_api,mortise_steward,mortise_admin}'::text[]) r;
select is(state_of(attempt('mortise_api', null, s)), '42501', s || ' is within functions only') from unnest(array[
  'select mortise.oidc_require(''x'', ''tap-a'', true)', 'select mortise.provider_needed(1, ''{}'', null)',
  'select mortise.oidc_put(1, null, null, null, null, null, null)', 'select mortise.oidc_links(1, null)']) s;

-- what can't be stored
select is(state_of(attempt('mortise_auth', null, s)), '23514', s) from (select format(
    'insert into mortise.oidc_providers (id, tenant_id, name, issuer, client_id%s) values (gen_random_uuid(), %s, ''X'', ''https://x.example'', ''c''%s)',
    ', ' || c, t, ', ' || v) as s
  from fix, lateral (values ('required', 'null', 'true'), ('home_id', a::text, a::text), ('secrets', a::text, '''{}'''), ('role_claim', a::text, ''''''),
    ('domains', a::text, 'array_fill(''x''::text, array[51])')) x (c, t, v)) q;
select is(state_of(attempt('mortise_auth', null, format('insert into mortise.oidc_signins (state_hash, browser_hash, provider_id, network, back)
  values (''secret'', repeat(''a'', 64), %L, ''n'', ''/'')', pa))), '23514', 'only hashes of secrets') from o;

-- setting one up
select is(state_of(save(ua2, pa)), '42501', 'a technician adds none') from fix, o;
select is(save(ua, pa), '1', 'an administrator does') from fix, o;
select is(by(ua, 'select mortise.oidc_list() -> 0 ->> ''domains'''), '"[""tap.example""]"', 'domains are compared in small letters') from fix;
select is(save(ua, gen_random_uuid(), '{"defaultRoles": ["SystemAdmin"]}') ~ '^42501 (system-admin-fixed|role)', true, 'nobody gives what only the operator gives') from fix;
select is(save(ua, gen_random_uuid(), '{"defaultRoles": ["Nobody"]}'), '22023 role-unknown: Nobody', 'or what is none') from fix;
select is(state_of(save(ua, gen_random_uuid(), '{}')), '23505', 'names are there once') from fix;
select is(by(ub, 'select mortise.oidc_list()'), '[]', 'another company sees none') from fix;
select is(by(ub, format('select mortise.oidc_drop(%L)', pa)), 'f', 'and removes none') from fix, o;
select is(by(ub, format('select count(*) from mortise.oidc_lock(%L)', pa)), '0', 'nor locks it') from fix, o;

-- whom it finds
select is(enter(pa, 's1', 'ua2@tap.example', 'a', false), 'address-unverified,', 'an address has to be verified') from o;
select is(enter(pa, 's1', 'ua2@other.example', 'a'), 'domain,', 'and of a domain') from o;
select is(enter(pa, 's1', 'ub@tap.example', 'a'), 'unknown,', 'of another company it finds nobody') from o;
select is(enter(pa, 's1', 'ua2@tap.example', 'a'), ',t', 'of its own it does') from o;
select is(enter(pa, 's1', 'ub@tap.example', 'b'), ',t', 'and from then on by subject alone') from o;
select is((select string_agg(distinct user_id || ' ' || provider_id, ',') from sessions where token_hash in (repeat('a', 64), repeat('b', 64))),
  ua2 || ' ' || pa, 'whose sessions know by which provider') from fix, o;
select is(enter(pa, 's2', 'new@tap.example', 'c'), ',t', 'an account is made') from o;
select is((select array_to_string(roles, ',') from users where email = 'new@tap.example'), 'Technician', 'with the roles of who has no value');
update users set roles = '{SystemAdmin}' where id = (select ua2 from fix);
select is(enter(pa, 's1', 'ua2@tap.example', 'd'), 'system-admin,', 'a system admin is nobody of a company''s') from o;
update users set roles = '{Technician}' where id = (select ua2 from fix);

-- the only way in
select is(password('ua2@tap.example', 'e') || password('ua@tap.example', 'f'), 'tt', 'not required, passwords do');
select is(save(ua, pa, '{"required": true}'), '2', 'it becomes required') from fix, o;
select is((select string_agg(left(token_hash, 1), '' order by token_hash) from sessions, fix where tenant_id = a), 'abcf', 'what others began by password has ended');
select is(password('ua2@tap.example', '0'), '42501 provider-only: Tap', 'and begins no more');
insert into passkeys (tenant_id, id, user_id, name, credential, alg, public_key, counter) select a, ua2, ua2, 'Key', 'c', -7, repeat('ab', 32), 0 from fix;
select is(api(format('select mortise.passkey_use(%s, %L, 1, ''cookie'', repeat(''9'', 64), 12)', a, ua2)), '42501 provider-only: Tap', 'nor with a passkey') from fix;
select is(password('ua@tap.example', '0'), 't', 'who administers the company is free');
select is(enter(pa, 's1', 'ua2@tap.example', '1'), ',t', 'the provider does') from o;
select is(attempt('mortise_auth', null, format('insert into mortise.oidc_providers (id, name, issuer, client_id, links, domains)
  values (%L, ''Server'', ''https://s.example'', ''c'', true, ''{tap.example}'')', ps)), 'ok', 'one of the server') from o;
select is(enter(ps, 's1', 'ua2@tap.example', '2'), 'other-provider,', 'is another one') from o;
select is(password('ub@tap.example', '3'), 't', 'another company goes on');
update users set roles = '{Technician}' where id = (select ua from fix);
select is((select count(*)::int from sessions where user_id = (select ua from fix)), 0, 'who administers it no more has lost the password''s sessions');
update users set roles = '{Admin}' where id = (select ua from fix);

-- links
select is(by(ua2, format('select mortise.oidc_unlink(%L)', pa)), '42501 provider-only: Tap', 'nobody gives up the only way') from fix, o;
select is(by(ub, format('select mortise.oidc_person(%L)', ua2)), '', 'another company sees no links') from fix;
select is(by(ub, format('select mortise.oidc_unlink_person(%L, %L)', ua2, pa)), 'f', 'and ends none') from fix, o;
select is(by(ua, format('select mortise.oidc_unlink_person(%L, %L)', ua2, pa)), 't', 'an administrator does') from fix, o;
select is((select count(*)::int from sessions where user_id = (select ua2 from fix)), 0, 'with what it began');
select is((select actor_name || ' ' || target_name from audit, fix where tenant_id = a and action = 'user.unlinked'), 'Una A Udo A', 'and it is written down who did that');

-- signing out there
update oidc_providers set signs_out = true, document = '{"end_session_endpoint": "https://login.example/out"}' where id = (select pa from o);
select is(api('select endpoint, client_id from mortise.oidc_leave(repeat(''c'', 64))'), 'https://login.example/out,c', 'where a session of it goes');
select is(api('select endpoint from mortise.oidc_leave(repeat(''3'', 64))'), 'none', 'one by password goes nowhere');
select * from finish();
rollback;
