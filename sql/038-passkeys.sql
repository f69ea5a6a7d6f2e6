-- 038-passkeys.sql - passkeys (WebAuthn): keys on people's devices, which sign in without password and code.
--
-- A passkey is something that one has, opened by a finger or a PIN that the device checks, so it is both steps at once.
-- Who has one needs it, or the app's code, with the password, too: users.second_factor is true for either. Signatures are
-- checked by fcgi/crypt/passkey.h; the database has public keys, and the challenges, each of which is good for one answer.
--
-- A try is one of login_try() of its person's address, so all ways of signing in have the same bounds together. What names
-- no passkey counts as tries of the account '-', which nobody has.

create table passkeys (
  tenant_id int not null,
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  name text not null check (length(name) between 1 and 60),
  credential text not null unique check (length(credential) between 1 and 1364), -- base64url, as browsers name it
  alg int not null check (alg in (-7, -8, -257)), -- ES256, EdDSA, RS256
  public_key text not null check (public_key ~ '^[0-9a-f]+$' and length(public_key) between 64 and 518),
  counter bigint not null check (counter between 0 and 4294967295),
  made_at timestamptz not null default now(),
  used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
create index passkeys_user on passkeys (tenant_id, user_id);
comment on table passkeys is 'Public keys that sign in. Policy "auth": mortise_auth alone; a passkey is found before the '
  'tenant is known.';
comment on column passkeys.counter is 'Of the last signature; devices that share their passkeys stay at 0.';
alter table passkeys enable row level security, force row level security;
create policy auth on passkeys to mortise_auth using (true) with check (true);
grant select, insert, update, delete on passkeys to mortise_auth;

create table passkey_challenges (
  challenge_hash text primary key check (challenge_hash ~ '^[0-9a-f]{64}$'),
  kind text not null check (kind in ('add', 'cookie', 'system')),
  session_hash text references sessions on delete cascade, -- of who adds a passkey
  expires_at timestamptz not null,
  check ((kind = 'add') = (session_hash is not null))
);
-- Not tenant_id first: reached by mortise_auth's functions alone.
create index passkey_challenges_session on passkey_challenges (session_hash);
create index passkey_challenges_expires on passkey_challenges (expires_at);
comment on table passkey_challenges is 'What passkeys are to sign, by its hash, until it was answered or its time is over. '
  'No tenant''s data: nobody is known yet, or a session names who. mortise_auth alone.';
grant select, insert, update, delete on passkey_challenges to mortise_auth; -- update: to lock

set local role mortise_auth;

create function passkey_ask(challenge_hash text, kind text, session_hash text, seconds int) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  until constant timestamptz := date_trunc('second', clock_timestamp()) + seconds * interval '1 s';
begin
  delete from passkey_challenges c where c.challenge_hash in
    (select x.challenge_hash from passkey_challenges x where x.expires_at <= clock_timestamp()
      order by x.expires_at limit 100 for update skip locked);
  delete from passkey_challenges c where c.challenge_hash in
    (select x.challenge_hash from passkey_challenges x where x.session_hash = passkey_ask.session_hash
      order by x.expires_at desc offset 4);
  insert into passkey_challenges (challenge_hash, kind, session_hash, expires_at)
    values (passkey_ask.challenge_hash, passkey_ask.kind, passkey_ask.session_hash, until);
  return extract(epoch from until);
end $$;

-- Uses it up, whatever becomes of the answer.
create function passkey_heard(challenge_hash text, kind text, session_hash text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  until timestamptz;
begin
  delete from passkey_challenges c where c.challenge_hash = passkey_heard.challenge_hash
    and c.kind = passkey_heard.kind and c.session_hash is not distinct from passkey_heard.session_hash
    returning c.expires_at into until;
  return coalesce(until > clock_timestamp(), false);
end $$;

-- A try, counted before the signature is checked. public_key is NULL when no such passkey may sign in.
create function passkey_try(credential text, network text, device text, tries int, tries_account int, tries_address int)
returns table (wait_seconds int, bound text, source text, email text, tenant int, person uuid, id uuid, alg int,
  public_key text)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  p passkeys;
  address text;
  may record;
begin
  select k.* into p from passkeys k where k.credential = passkey_try.credential;
  select l.email into address from logins l where l.tenant_id = p.tenant_id and l.user_id = p.user_id;
  address := coalesce(address, '-');
  select * into may from login_try(address, passkey_try.network, passkey_try.device, passkey_try.tries,
    passkey_try.tries_account, passkey_try.tries_address);
  return query select may.wait_seconds, may.bound, may.source, address, p.tenant_id, p.user_id, p.id, p.alg,
    case when may.wait_seconds = 0 and may.usable then p.public_key end;
end $$;

create function passkey_wrong(email text, source text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform audit_failed(passkey_wrong.email, 'signin.passkey-wrong', null);
  return (select coalesce(max(login_seconds(a.locked_until)), 0) from login_attempts a
    where a.email = passkey_wrong.email and a.source = passkey_wrong.source);
end $$;

-- The signature was right, and the session begins. A counter that doesn't go forward has another device with the same key
-- behind it: used is false. Two answers at once are one behind the other.
create function passkey_use(tenant int, id uuid, counter bigint, kind text, session_hash text, hours int)
returns table (used bool, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  p passkeys;
  who users;
begin
  select k.* into p from passkeys k where k.tenant_id = passkey_use.tenant and k.id = passkey_use.id for no key update;
  used := p.id is not null and (passkey_use.counter > p.counter or passkey_use.counter = 0 and p.counter = 0);
  if used then
    update passkeys k set counter = passkey_use.counter, used_at = now() where k.tenant_id = p.tenant_id and k.id = p.id;
    expires := login_done((select l.email from logins l where l.tenant_id = p.tenant_id and l.user_id = p.user_id),
      passkey_use.session_hash, passkey_use.kind, passkey_use.hours);
  elsif p.id is not null then
    who := factor_person(p.tenant_id, p.user_id);
    perform audit_add(who.tenant_id, 'signin.passkey-copied', 'user', who.id::text, who.name, null,
      jsonb_build_object('passkey', p.name, 'counter', passkey_use.counter, 'last', p.counter), true);
    perform passkey_noted(who, p.name, 'A passkey of your account at {0} was refused',
      'The passkey {1} counted backwards, so somebody may have a copy of it: remove it in your account, and add another one');
  end if;
  return next;
end $$;

-- --- one's own -------------------------------------------------------------------------------------------

create function passkey_noted(who users, name text, title text, message text) returns void
language plpgsql
as $$
begin
  perform outbox_add(who.tenant_id, 'u.' || who.id, 'SystemNotification',
    notice(title, message, jsonb_build_array((select t.name from tenants t where t.id = who.tenant_id), passkey_noted.name))
    || jsonb_build_object('icon', '🔐', 'url', '/account', 'priority', 'high'));
end $$;

create function passkey_list() returns table (id uuid, name text, made timestamptz, used timestamptz, credential text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select p.id, p.name, p.made_at, p.used_at, p.credential from passkeys p
    where p.tenant_id = mortise.tenant() and p.user_id = mortise.user_id() order by p.made_at, p.id
$$;

create function passkey_add(name text, credential text, alg int, public_key text, counter bigint, most int) returns uuid
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  who users;
  made uuid;
begin
  -- One after the other, so that two at once can't be one too many.
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = mortise.user_id() for no key update;
  if (select count(*) from passkeys p where p.tenant_id = who.tenant_id and p.user_id = who.id) >= most then
    raise exception 'passkeys-many: %', most using errcode = 'P0001';
  end if;
  insert into passkeys (tenant_id, user_id, name, credential, alg, public_key, counter)
    values (who.tenant_id, who.id, passkey_add.name, passkey_add.credential, passkey_add.alg, passkey_add.public_key,
      passkey_add.counter)
    on conflict on constraint passkeys_credential_key do nothing returning id into made;
  if made is null then
    raise exception 'passkey-known' using errcode = 'P0001';
  end if;
  perform audit_add(who.tenant_id, 'signin.passkey-added', 'user', who.id::text, who.name, null,
    jsonb_build_object('passkey', passkey_add.name));
  perform mail_add(who, 'factor', gen_random_uuid());
  perform passkey_noted(who, passkey_add.name, 'A passkey was added to your account at {0}',
    'It is called {1} and signs in without your password. If this was not you, remove it and change your password');
  return made;
end $$;

-- False = there is none of this person's.
create function passkey_rename(id uuid, name text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := factor_person(mortise.tenant(), mortise.user_id());
  was text;
begin
  select p.name into was from passkeys p where p.tenant_id = who.tenant_id and p.user_id = who.id
    and p.id = passkey_rename.id for no key update;
  if was is null then
    return false;
  end if;
  if was <> passkey_rename.name then
    update passkeys p set name = passkey_rename.name where p.tenant_id = who.tenant_id and p.id = passkey_rename.id;
    perform audit_add(who.tenant_id, 'signin.passkey-renamed', 'user', who.id::text, who.name,
      jsonb_build_object('passkey', was), jsonb_build_object('passkey', passkey_rename.name));
  end if;
  return true;
end $$;

create function passkey_remove(id uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
  was text;
begin
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = mortise.user_id() for no key update;
  delete from passkeys p where p.tenant_id = who.tenant_id and p.user_id = who.id and p.id = passkey_remove.id
    returning p.name into was;
  if was is null then
    return false;
  end if;
  if exists (select from role_second_factors f where f.tenant_id = who.tenant_id and f.role = any (who.roles))
    and not factor_held(who.tenant_id, who.id) then
    raise exception 'second-factor-required' using errcode = '42501';
  end if;
  perform audit_add(who.tenant_id, 'signin.passkey-removed', 'user', who.id::text, who.name,
    jsonb_build_object('passkey', was), null);
  perform mail_add(who, 'factor', gen_random_uuid());
  perform passkey_noted(who, was, 'A passkey of your account at {0} was removed',
    'The passkey {1} no longer signs in. If this was not you, change your password and ask an administrator of {0} for help');
  return true;
end $$;

grant execute on function passkey_ask(text, text, text, int), passkey_heard(text, text, text),
  passkey_try(text, text, text, int, int, int), passkey_wrong(text, text),
  passkey_use(int, uuid, bigint, text, text, int), passkey_list(), passkey_add(text, text, int, text, bigint, int),
  passkey_rename(uuid, text), passkey_remove(uuid) to mortise_api;
reset role;

create trigger factor_shown after insert or delete on passkeys for each row execute function factor_shown();
