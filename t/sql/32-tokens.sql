-- API tokens: what they may is what was chosen and their person still has; who ends, makes and sees them; what that writes.
\ir lib/start.psql
select plan(39);
delete from mortise.rights_ended; -- of a running stack
create function tap.ended() returns text[] language sql as
  $$ with gone as (delete from mortise.rights_ended returning id, channel)
    select coalesce(array_agg(channel order by id), '{}') from gone $$;
create function tap.hash(n int) returns text language sql as $$ select encode(sha256(convert_to('token ' || n, 'UTF8')), 'hex') $$;
create function tap.id(n int) returns uuid language sql as $$ select lpad(n::text, 32, '0')::uuid $$;
create function tap.add(who text, kind text, n int, scopes text, days int default 1, beyond bool default false, most int default 9, most_all int default 9)
returns text language sql as $$ select attempt('mortise_api', who, format('select mortise.token_add(%L, %L, %L, %L, %L, %L, %s, %L, %s, %s)',
  kind, id(n), 'Token ' || n, scopes, hash(n), 'mtp_...' || lpad(n::text, 4, '0'), days, beyond, most, most_all)) $$;
create function tap.found(n int, what text default 'permissions') returns text language sql as
  $$ select attempt('mortise_api', null, format('select coalesce(%s, '''') from mortise.token_find(%L)', what, hash(n))) $$;
create function tap.audited() returns text language sql as $$
  select concat_ws(' ', x.action, x.actor_name, x.target_name) from mortise.audit x where x.target_kind = 'token' order by at desc, id desc limit 1 $$;

-- what can be chosen
select is(add(act(a, ua2), 'personal', 1, '{tickets:read,audit:read,users:write,none,plugins:call}'), '"{audit:read,users:write,none}"', 'what the person lacks, and what no token has') from fix;
select is(found(1), 'none', 'is not made then');
select is(add(act(a, ua), 'personal', 1, '{roles:manage,tokens:manage,tenants:manage,mail:manage,plugins:upload}', beyond => true),
  '"{roles:manage,tokens:manage,tenants:manage,mail:manage,plugins:upload}"', 'nor by an administrator') from fix;
select is(add(act(a, ua), 'service', 1, '{plugins:upload}', beyond => true), '{plugins:upload}', 'nor for a service') from fix;
select is(state_of(add(act(a, ua2), 'service', 1, '{tickets:read}')), '42501', 'services are administrators''') from fix;
select is(state_of(add(act(b, ua), 'personal', 1, '{tickets:read}')), '42501', 'somebody of another company is nobody') from fix;
select is(state_of(add(act(a, null), 'service', 1, '{tickets:read}')), '42501', 'nor is nobody somebody') from fix;

-- what it may
select is(add(act(a, ua2), 'personal', 1, '{tickets:write,tickets:read,tickets:read}'), '{}', 'a personal token') from fix;
select is(found(1), '"tickets:read,tickets:read:own,tickets:write,tickets:write:own"', 'has what was chosen');
select is(found(1, 'user_id::text'), ua2::text, 'and is its person') from fix;
select is(audited(), 'token.made Udo A Token 1', 'it is written down');
update mortise.users set roles = '{}' from fix where id = ua2;
select is(found(1), '""', 'and nothing that the person has no more');
update mortise.users set roles = '{SystemAdmin}' from fix where id = ua2;
select is(found(1), '"tickets:read,tickets:read:own,tickets:write,tickets:write:own"', 'nor more than was chosen');
select is(add(act(a, ua2), 'personal', 2, '{plugins:upload}', beyond => true), '{}', 'what reaches beyond is chosen where it can be done') from fix;
select is(found(2), 'plugins:upload', 'by a system admin');
update mortise.users set roles = '{Technician}' from fix where id = ua2;
select is(found(2), '""', 'as long as there is one');
select is(add(act(a, ua), 'service', 3, '{audit:read,notifications:read}'), '{}', 'a service token') from fix;
select is(found(3, 'concat_ws('' '', name, kind, permissions, roles)'), '"Service: Token 3 service audit:read "', 'acts under its name, without roles');
select is((select concat_ws(' ', count(*), bool_or(active), string_agg(roles::text, '')) from mortise.users, fix where tenant_id = a and kind = 'service'), '1 f {}', 'as nobody active');
select is(fixed, '23514', 'who can''t become active') from (select state_of(attempt('mortise_auth', null, 'update mortise.users set active = true where kind = ''service''')) as fixed) x;
select is((select count(*) from mortise.logins where email like '%service.invalid'), 0::bigint, 'and never signs in');

-- bounds
select is(add(act(a, ua2), 'personal', 4, '{tickets:read}', most => 2), 'P0001 tokens-many: 2', 'of a person') from fix;
select is(add(act(a, ua), 'service', 4, '{tickets:read}', most_all => 3), 'P0001 tokens-many-company: 3', 'of a company') from fix;
select is(state_of(add(act(a, ua), 'personal', 1, '{tickets:read}')), '23505', 'an id is one token''s') from fix;

-- who sees and ends them
select is(attempt('mortise_api', act(a, ua2), 'select string_agg(name, '','' order by name) from mortise.own_tokens'), '"Token 1,Token 2"', 'one''s own') from fix;
select is(attempt('mortise_api', act(a, ua), 'select count(*) from mortise.company_tokens'), '3', 'all of the company') from fix;
select is(attempt('mortise_api', act(b, ub), 'select count(*) from mortise.company_tokens'), '0', 'none of another') from fix;
select is(state_of(attempt('mortise_api', act(a, ua), 'select token_hash from mortise.tokens')), '42501', 'and no hash') from fix;
select is(attempt('mortise_api', act(a, ua), format('select mortise.own_tokens_drop(%L)', id(1))), '0', 'nobody else''s is one''s own') from fix;
select is(attempt('mortise_api', act(b, ub), format('select mortise.company_token_drop(%L)', id(1))), '0', 'nor another company''s') from fix;
select is(state_of(attempt('mortise_api', act(a, ua2), format('select mortise.company_token_drop(%L)', id(1)))), '42501', 'administrators end any') from fix;
select is(ended(), array['u.' || ua2, 'h.' || ua2, 'u.' || ua2], 'nothing ended but roles')
  from fix;
select is(attempt('mortise_api', act(a, ua), format('select mortise.company_token_drop(%L)', id(1))), '1', 'here one') from fix;
select is(ended(), array[mortise.session_channel(hash(1))], 'with what it has open');
select is(audited(), 'token.revoked Una A Token 1', 'which is written down');
update mortise.tokens set expires_at = now() where id = id(3);
select is(attempt('mortise_steward', null, 'select mortise.tokens_expire()'), '1', 'a token whose time is over');
select is(ended(), array[mortise.session_channel(hash(3))], 'ends as well, once');
update mortise.users set active = false from fix where tenant_id = a and users.id = ua2;
select is((select string_agg(name, ',') from mortise.tokens), 'Token 3', 'with a person their tokens end');
select is(found(3), 'none', 'and what is over finds nobody');
select * from finish();
rollback;
