-- 033-second-factor.sql - two-step sign-in: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.
--
-- After the right password somebody with a second factor has no session yet, but a challenge: a token that only this
-- browser has (a cookie), for one account, a few minutes and a few tries. A code makes the session, by login_done() as
-- everywhere. Each try at a code is a try of login_try(): wrong codes count with wrong passwords, and the password alone
-- takes back its own try and no other (login_half()), so nobody clears the counters without a code.
--
-- The secret is sealed with the keys of plugins' secrets (fcgi/crypt/seal.h); the database has no use for it. A code is
-- checked there, and used up here: each belongs to a step of 30 s, and the last one that was used is kept, so a code
-- works once, however many have seen it. A step is at most one ahead of the server's clock when it is kept, so a clock
-- that was set back makes codes wait as long as it was wrong; recovery codes don't.

create table second_factors (
  tenant_id int not null,
  user_id uuid not null,
  secret text not null,
  key_id int not null check (key_id > 0),
  made_at timestamptz not null default now(),
  confirmed_at timestamptz, -- NULL = no code has shown yet that the person has it
  last_step bigint not null default 0,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table second_factors is 'Secrets of authenticator apps, sealed. Policy "auth": mortise_auth alone.';
comment on column second_factors.last_step is 'The step (of 30 s since 1970) of the last code that was used.';
alter table second_factors enable row level security, force row level security;
create policy auth on second_factors to mortise_auth using (true) with check (true);
grant select, insert, update, delete on second_factors to mortise_auth;

create table recovery_codes (
  tenant_id int not null,
  user_id uuid not null,
  code_hash text not null check (code_hash ~ '^[0-9a-f]{64}$'),
  primary key (tenant_id, user_id, code_hash),
  foreign key (tenant_id, user_id) references second_factors on delete cascade
);
comment on table recovery_codes is 'Codes for who has lost the app, by their hashes; a used one is deleted. Policy "auth": mortise_auth alone.';
alter table recovery_codes enable row level security, force row level security;
create policy auth on recovery_codes to mortise_auth using (true) with check (true);
grant select, insert, update, delete on recovery_codes to mortise_auth;

create table sign_in_challenges (
  tenant_id int not null,
  user_id uuid not null,
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  kind text not null check (kind in ('cookie', 'system')),
  tries int not null default 0,
  made_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  primary key (tenant_id, user_id, token_hash),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table sign_in_challenges is 'Sign-ins between password and code, by the hash of their token, five of a person at most. '
  'Policy "auth": mortise_auth alone; a challenge is found before the tenant is known.';
alter table sign_in_challenges enable row level security, force row level security;
create policy auth on sign_in_challenges to mortise_auth using (true) with check (true);
grant select, insert, update, delete on sign_in_challenges to mortise_auth;
grant execute on function notice(text, text, jsonb) to mortise_auth;

set local role mortise_auth;

-- --- what is written down, and what the person hears of it -----------------------------------------------

create function factor_noted(who users, action text, title text, message text, n bigint default null) returns void
language plpgsql
as $$
declare
  company constant text := (select t.name from tenants t where t.id = who.tenant_id);
begin
  perform audit_add(who.tenant_id, factor_noted.action, 'user', who.id::text, who.name, null,
    case when n is not null then jsonb_build_object('codesLeft', n) end, true);
  perform outbox_add(who.tenant_id, 'u.' || who.id, 'SystemNotification',
    notice(title, message, jsonb_build_array(company, n))
    || jsonb_build_object('icon', '🔐', 'url', '/account', 'priority', 'high'));
  -- The mail reaches whose account it is also when somebody else is signed in, as with a password.
  if action ~ '^signin\.factor-' then
    perform mail_add(who, 'factor', gen_random_uuid());
  end if;
end $$;

create function factor_person(tenant int, person uuid) returns users
language sql stable
as $$
  select u.* from users u where u.tenant_id = tenant and u.id = person
$$;

-- An app, or a passkey (038-passkeys.sql).
create function factor_app(tenant int, person uuid) returns bool
language plpgsql stable
as $$
begin
  return exists (select from second_factors f where f.tenant_id = tenant and f.user_id = person and f.confirmed_at is not null);
end $$;

create function factor_held(tenant int, person uuid) returns bool
language plpgsql stable
as $$
begin
  return factor_app(tenant, person) or exists (select from passkeys p where p.tenant_id = tenant and p.user_id = person);
end $$;

-- --- signing in ------------------------------------------------------------------------------------------

-- The password was right and a code is still to come: takes back this try, and keeps the mistakes before it. A program
-- sends both at once and needs no challenge (token_hash NULL).
create function login_half(email text, network text, device text, token_hash text, kind text, seconds int)
returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant text := left(lower(login_half.email), 254);
  place constant text := 'n:' || login_half.network;
  until constant timestamptz := date_trunc('second', clock_timestamp()) + seconds * interval '1 s';
  known text;
  l logins;
begin
  select s.source into known from login_sources s
    where s.email = who and s.source in ('d:' || login_half.device, place) order by s.source limit 1;
  update login_attempts a set failures = a.failures - 1, locked_until = null
    where a.email = who and (a.source = coalesce(known, place) or known is null and a.source = '*') and a.failures > 0;
  update login_attempts a set failures = a.failures - 1
    where coalesce(known, place) = place and a.email = '' and a.source = place and a.failures > 0;
  if login_half.token_hash is null then
    return null;
  end if;
  select o.* into l from logins o where o.email = who for no key update;
  delete from sign_in_challenges c where c.expires_at <= clock_timestamp() and (c.tenant_id, c.user_id, c.token_hash) in
    (select x.tenant_id, x.user_id, x.token_hash from sign_in_challenges x where x.expires_at <= clock_timestamp()
      limit 100 for update skip locked);
  delete from sign_in_challenges c where c.tenant_id = l.tenant_id and c.user_id = l.user_id and c.token_hash in
    (select x.token_hash from sign_in_challenges x where x.tenant_id = l.tenant_id and x.user_id = l.user_id
      order by x.made_at desc, x.token_hash offset 4);
  insert into sign_in_challenges (tenant_id, user_id, token_hash, kind, expires_at)
    values (l.tenant_id, l.user_id, login_half.token_hash, login_half.kind, until);
  return extract(epoch from until);
end $$;

-- What may come behind the right password.
create function factor_ways(email text) returns table (app bool, passkey bool)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  return query select factor_app(l.tenant_id, l.user_id),
      exists (select from passkeys p where p.tenant_id = l.tenant_id and p.user_id = l.user_id)
    from logins l where l.email = left(lower(factor_ways.email), 254);
end $$;

-- Whose sign-in this is; none when its time or its tries are over, or the account is no more.
create function challenge_find(token_hash text, kind text) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  address text;
begin
  select u.email into address from sign_in_challenges c
    join users u on u.tenant_id = c.tenant_id and u.id = c.user_id and u.active
    join tenants t on t.id = c.tenant_id and t.state = 'active'
    where c.token_hash = challenge_find.token_hash and c.kind = challenge_find.kind
      and c.expires_at > clock_timestamp() and c.tries < 5 for no key update of c;
  return address;
end $$;

-- A try at a code, counted as one at the password. secret is NULL without a second factor.
create function code_try(email text, network text, device text, tries int, tries_account int, tries_address int,
  token_hash text default null)
returns table (wait_seconds int, bound text, source text, tenant int, person uuid, secret text, key_id int,
  last_step bigint, confirmed bool)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  may record;
begin
  select * into may from login_try(code_try.email, code_try.network, code_try.device, code_try.tries,
    code_try.tries_account, code_try.tries_address);
  if may.wait_seconds = 0 then
    update sign_in_challenges c set tries = c.tries + 1 where c.token_hash = code_try.token_hash;
  end if;
  return query select may.wait_seconds, may.bound, may.source, l.tenant_id, l.user_id, f.secret, f.key_id, f.last_step,
      f.confirmed_at is not null
    from (select) one left join logins l on l.email = left(lower(code_try.email), 254)
    left join second_factors f on f.tenant_id = l.tenant_id and f.user_id = l.user_id and may.wait_seconds = 0;
end $$;

create function code_wrong(email text, source text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant text := left(lower(code_wrong.email), 254);
begin
  perform audit_failed(who, 'signin.code-wrong', null);
  return (select coalesce(max(login_seconds(a.locked_until)), 0) from login_attempts a
    where a.email = who and a.source = code_wrong.source);
end $$;

-- Uses a code up: one of the app by its step, or a recovery code by its hash. Of two at once the second one finds it used.
create function code_use(tenant int, person uuid, step bigint, code_hash text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if step is not null then
    update second_factors f set last_step = step where f.tenant_id = tenant and f.user_id = person
      and f.confirmed_at is not null and f.last_step < step;
    return found;
  end if;
  delete from recovery_codes r using second_factors f where f.tenant_id = tenant and f.user_id = person
    and f.confirmed_at is not null and r.tenant_id = f.tenant_id and r.user_id = f.user_id and r.code_hash = code_use.code_hash;
  if not found then
    return false;
  end if;
  perform factor_noted(factor_person(tenant, person), 'signin.recovery-used', 'A recovery code of your account at {0} was used',
    'Recovery codes left: {1}. If this was not you, change your password and make new codes',
    (select count(*) from recovery_codes r where r.tenant_id = tenant and r.user_id = person));
  return true;
end $$;

-- The second step: uses challenge and code up, and makes the session. used: the code was right; expires 0 as of login_done().
create function login_second(token_hash text, kind text, step bigint, code_hash text, session_hash text, hours int)
returns table (used bool, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  address constant text := challenge_find(login_second.token_hash, login_second.kind);
  c sign_in_challenges;
begin
  used := false;
  select x.* into c from sign_in_challenges x where x.token_hash = login_second.token_hash;
  if address is not null and code_use(c.tenant_id, c.user_id, login_second.step, login_second.code_hash) then
    delete from sign_in_challenges x where x.token_hash = login_second.token_hash;
    used := true;
    expires := login_done(address, login_second.session_hash, login_second.kind, login_second.hours);
  end if;
  return next;
end $$;

-- --- one's own -------------------------------------------------------------------------------------------

create function factor_state() returns table (since timestamptz, codes bigint)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select f.confirmed_at, (select count(*) from recovery_codes r where r.tenant_id = f.tenant_id and r.user_id = f.user_id)
  from second_factors f where f.tenant_id = mortise.tenant() and f.user_id = mortise.user_id() and f.confirmed_at is not null
$$;

-- A secret that holds when a code of it has come. The one before it, which never held, is forgotten.
create function factor_begin(secret text, key_id int) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into second_factors as f (tenant_id, user_id, secret, key_id)
    values (mortise.tenant(), mortise.user_id(), factor_begin.secret, factor_begin.key_id)
    on conflict on constraint second_factors_pkey do update set secret = excluded.secret, key_id = excluded.key_id,
      made_at = now(), last_step = 0 where f.confirmed_at is null;
  if not found then
    raise exception 'second-factor-set' using errcode = 'P0001';
  end if;
end $$;

create function factor_codes_set(tenant int, person uuid, hashes text[]) returns void
language sql
as $$
  delete from recovery_codes r where r.tenant_id = tenant and r.user_id = person;
  insert into recovery_codes (tenant_id, user_id, code_hash) select tenant, person, h from unnest(hashes) h
$$;

-- False = somebody else did meanwhile, or there is none to confirm.
create function factor_confirm(step bigint, hashes text[]) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := mortise.tenant();
  who constant uuid := mortise.user_id();
begin
  update second_factors f set confirmed_at = now(), last_step = step
    where f.tenant_id = t and f.user_id = who and f.confirmed_at is null;
  if not found then
    return false;
  end if;
  perform factor_codes_set(t, who, hashes);
  perform factor_noted(factor_person(t, who), 'signin.factor-set', 'Two-step sign-in of your account at {0} is on',
    'If this was not you, ask an administrator of {0} for help');
  return true;
end $$;

create function factor_codes(hashes text[]) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform factor_codes_set(mortise.tenant(), mortise.user_id(), hashes);
  perform factor_noted(factor_person(mortise.tenant(), mortise.user_id()), 'signin.recovery-made',
    'New recovery codes of your account at {0} were made', 'If this was not you, ask an administrator of {0} for help');
end $$;

create function factor_drop(who users, action text, title text, message text) returns bool
language plpgsql
as $$
declare
  held bool;
begin
  delete from second_factors f where f.tenant_id = who.tenant_id and f.user_id = who.id
    returning f.confirmed_at is not null into held;
  if held then
    perform factor_noted(who, factor_drop.action, title, message);
  end if;
  return coalesce(held, false);
end $$;

create function factor_remove() returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := factor_person(mortise.tenant(), mortise.user_id());
begin
  if exists (select from role_second_factors f where f.tenant_id = who.tenant_id and f.role = any (who.roles))
    and not exists (select from passkeys p where p.tenant_id = who.tenant_id and p.user_id = who.id) then
    raise exception 'second-factor-required' using errcode = '42501';
  end if;
  return factor_drop(who, 'signin.factor-removed',
    'Two-step sign-in of your account at {0} is off', 'If this was not you, change your password and ask an administrator of {0} for help');
end $$;

-- --- others' ---------------------------------------------------------------------------------------------

-- Of somebody who has lost app, codes and passkeys: every session ends, as with a new password. False = there was none.
create function factor_take(who users) returns bool
language plpgsql
as $$
begin
  if not factor_held(who.tenant_id, who.id) then
    return false;
  end if;
  delete from second_factors f where f.tenant_id = who.tenant_id and f.user_id = who.id;
  delete from passkeys p where p.tenant_id = who.tenant_id and p.user_id = who.id;
  perform factor_noted(who, 'signin.factor-reset', 'Two-step sign-in of your account at {0} was taken away',
    'Somebody who manages people did that. If you did not ask for it, ask an administrator of {0} for help');
  delete from sessions s where s.tenant_id = who.tenant_id and s.user_id = who.id;
  return true;
end $$;

-- By somebody who may send them a link to a new password. NULL = there is no such person.
create function factor_reset(id uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
begin
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = factor_reset.id
    and u.kind = 'person' for no key update;
  if who.id is null then
    return null;
  end if;
  perform people_check(who.tenant_id, who.roles);
  return factor_take(who);
end $$;

-- The operator's.
create function user_factor_reset(email text) returns bool
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select factor_take(user_named(user_factor_reset.email))
$$;

create function factor_shown() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := coalesce(new.tenant_id, old.tenant_id);
  person constant uuid := coalesce(new.user_id, old.user_id);
begin
  update users u set second_factor = factor_held(t, person), version = u.version + 1
    where u.tenant_id = t and u.id = person and u.second_factor <> factor_held(t, person);
  return null;
end $$;

-- A sign-in that waits for its code ends with the password that began it, and with the account.
create function challenges_ended() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from sign_in_challenges c where c.tenant_id = new.tenant_id
    and c.user_id = (to_jsonb(new) ->> coalesce(tg_argv[0], 'id'))::uuid;
  return null;
end $$;

grant execute on function login_half(text, text, text, text, text, int), factor_ways(text), challenge_find(text, text),
  code_try(text, text, text, int, int, int, text), code_wrong(text, text), code_use(int, uuid, bigint, text),
  login_second(text, text, bigint, text, text, int), factor_state(), factor_begin(text, int),
  factor_confirm(bigint, text[]), factor_codes(text[]), factor_remove(), factor_reset(uuid) to mortise_api;
grant execute on function user_factor_reset(text), factor_shown(), challenges_ended() to mortise_owner;
reset role;

create trigger factor_shown after update of confirmed_at on second_factors for each row
  when (old.confirmed_at is null and new.confirmed_at is not null) execute function factor_shown();
create trigger factor_hidden after delete on second_factors for each row
  when (old.confirmed_at is not null) execute function factor_shown();
create trigger challenges_ended after update of password_hash on logins for each row
  execute function challenges_ended('user_id');
create trigger challenges_left after update of active on users for each row
  when (old.active and not new.active) execute function challenges_ended('id');
