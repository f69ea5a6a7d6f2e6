-- 003-sign-in.sql - accounts and passwords, limits of sign-in attempts, and sessions.
--
-- logins, login_attempts, login_sources and sessions are found by a secret or an address before the tenant is
-- known; only the functions of mortise_auth below can access them.
--
-- Attempts are counted before the password is checked, by account and by source: nobody can lock somebody
-- else out, and more workers allow no more attempts.
--
-- An attempt belongs to a source: 'd:<hash>' when the browser has a device mark of that account, else
-- 'n:<address>' (of IPv6 the /64). Three counters, each one row:
--   account, source   four mistakes are free, then waits of 2, 4, 8 s ... up to a quarter of an hour
--   account, '*'      all sources that the account never signed in from, together: 20 are free, then waits of
--                     30 s ... up to 5 min
--   '', source        all accounts from one address, which is one password tried on many: 100 in ten minutes
-- A source from which the account signed in before has only its own counter. Unknown accounts have the same
-- counters, so that neither texts nor times reveal which accounts exist. The numbers are login_tries,
-- login_tries_account and login_tries_address of mortise.conf.

create table logins (
  email text primary key check (email = lower(email)),
  tenant_id int not null,
  user_id uuid not null,
  password_hash text, -- NULL = none was chosen yet
  foreign key (tenant_id, user_id) references users on delete cascade
);
create index logins_user on logins (tenant_id, user_id);
comment on table logins is 'Who signs in with which address. Policy "auth": mortise_auth alone, '
  'through login_try(); the address is found before the tenant is known.';
alter table logins enable row level security, force row level security;
create policy auth on logins to mortise_auth using (true) with check (true);
grant select, insert, update, delete on logins to mortise_auth;

create table login_attempts (
  email text,
  failures int not null,
  locked_until timestamptz,
  last_at timestamptz not null default now(),
  source text not null default '*',
  began_at timestamptz not null default now(),
  primary key (email, source)
);
-- Not tenant_id first: reached by mortise_auth's functions alone.
create index login_attempts_age on login_attempts (last_at);
comment on table login_attempts is 'Mistakes in a row by address and source, known or not, so that a wait '
  'does not reveal which accounts exist. No tenant''s data; mortise_auth alone.';
grant select, insert, update, delete on login_attempts to mortise_auth;

create table login_sources (
  email text not null references logins on update cascade on delete cascade,
  source text not null,
  seen_at timestamptz not null default now(),
  primary key (email, source)
);
comment on table login_sources is 'Where somebody signed in from: devices and networks, the last twenty. '
  'Policy "auth": mortise_auth alone.';
alter table login_sources enable row level security, force row level security;
create policy auth on login_sources to mortise_auth using (true) with check (true);
grant select, insert, update, delete on login_sources to mortise_auth;

-- A session is of one kind for its life: "cookie" belongs to public_url, "system" to the system
-- administration (system_url), where no plugin's code runs, "token" to programs. fcgi/auth/ident.c accepts
-- each only where it belongs.
create table sessions (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  tenant_id int not null,
  user_id uuid not null,
  kind text not null check (kind in ('cookie', 'token', 'system')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  confirmed_at timestamptz not null default now(),
  agent text check (length(agent) <= 400),
  address text check (length(address) <= 64),
  seen_at timestamptz,
  provider_id uuid,
  foreign key (tenant_id, user_id) references users on delete cascade
);
create index sessions_expires on sessions (expires_at); -- as that of login_attempts
create index sessions_person on sessions (tenant_id, user_id);
comment on table sessions is 'Signed-in sessions by the hash of their token. Policy "auth": '
  'mortise_auth alone, through session_find().';
comment on column sessions.confirmed_at is 'The last entry of the password: at sign-in, or for '
  'changing the rights of others.';
comment on column sessions.seen_at is 'Its last use, to five minutes; NULL = none yet. Browser (agent) and address '
  'are those of that use.';
alter table sessions enable row level security, force row level security;
create policy auth on sessions to mortise_auth using (true) with check (true);
grant select, insert, update, delete on sessions to mortise_auth;

comment on column sessions.provider_id is 'The provider of OpenID Connect by which it began, which may be gone (034-oidc.sql); NULL = by password, passkey or link.';

-- --- functions of mortise_auth -----------------------------------------------------------------------
set local role mortise_auth;

-- Everybody signs in with an address, which one person has on the whole server.
create function login_add() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into logins (email, tenant_id, user_id) values (lower(new.email), new.tenant_id, new.id)
    on conflict do nothing;
  if not found then
    raise exception 'email-taken: %', new.email using errcode = '23505';
  end if;
  return null;
end $$;

-- A counter's row, locked. A day of rest forgets mistakes, ten minutes those of an address.
create function login_counter(email text, source text) returns login_attempts
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  a login_attempts;
begin
  insert into login_attempts as t (email, source, failures)
    values (login_counter.email, login_counter.source, 0)
    on conflict on constraint login_attempts_pkey do update set last_at = t.last_at
    returning t.* into a;
  -- A clock that was ahead has left a time to come, until which nobody has to wait.
  if a.email = '' and a.began_at <= now() - interval '10 min' or a.last_at < now() - interval '1 day'
    or a.last_at > now() + interval '1 min' then
    a.failures := 0;
    a.began_at := now();
    a.locked_until := null;
  end if;
  return a;
end $$;

-- One mistake more in it; from the one after `free` on, the next has to wait.
create function login_count(a login_attempts, free int, least_s int, most_s int) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update login_attempts t set failures = a.failures + 1, began_at = a.began_at, last_at = now(),
      locked_until = case when a.failures >= free
        then clock_timestamp() + least(most_s, least_s * 2 ^ least(a.failures - free, 12)) * interval '1 s' end
    where t.email = a.email and t.source = a.source
$$;

create function login_seconds(until timestamptz) returns int
language sql stable
as $$
  select coalesce(greatest(0, ceil(extract(epoch from until - clock_timestamp()))), 0)::int
$$;

-- An attempt at an account's password, before the password is checked: how long it has to wait, by which
-- bound ('account', 'everywhere', 'address'), and else the hash to check. Every attempt locks its rows in the
-- same order, so attempts wait for each other, but never in a circle.
create function login_try(email text, network text, device text, tries int, tries_account int,
  tries_address int)
returns table (wait_seconds int, bound text, source text, password_hash text, usable bool, second_factor bool)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  who constant text := left(lower(login_try.email), 254);
  place constant text := 'n:' || login_try.network;
  here text;
  own login_attempts;
  everywhere login_attempts;
  address login_attempts;
  wait int;
  why text := 'account';
begin
  select s.source into here from login_sources s
    where s.email = who and s.source in ('d:' || login_try.device, place) order by s.source limit 1;
  own := login_counter(who, coalesce(here, place));
  wait := login_seconds(own.locked_until);
  if here is null then
    everywhere := login_counter(who, '*');
    if wait = 0 then
      wait := login_seconds(everywhere.locked_until);
      why := 'everywhere';
    end if;
  end if;
  if coalesce(here, place) = place then
    address := login_counter('', place);
    if wait = 0 and address.failures >= login_try.tries_address then
      wait := greatest(1, login_seconds(address.began_at + interval '10 min'));
      why := 'address';
    end if;
  end if;
  if wait > 0 then
    perform audit_failed(who, 'signin.limited', jsonb_build_object('bound', why));
    return query select wait, why, own.source, null::text, false, false;
    return;
  end if;
  perform login_count(own, login_try.tries - 1, 2, 900);
  if everywhere.email is not null then
    perform login_count(everywhere, login_try.tries_account - 1, 30, 300);
  end if;
  if address.email is not null then
    perform login_count(address, login_try.tries_address + 1, 0, 0);
  end if;
  return query select 0, '', own.source, l.password_hash, coalesce(u.active and t.state = 'active', false),
      coalesce(u.second_factor, false)
    from (select) one
    left join logins l on l.email = who
    left join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
    left join tenants t on t.id = l.tenant_id;
end $$;
comment on function login_try(text, text, text, int, int, int) is 'Counts an attempt at a password; returns '
  'whether it may be made, and the hash to check.';

-- After a mistake: how long the next try from there has to wait.
create function login_wrong(email text, source text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant text := left(lower(login_wrong.email), 254);
begin
  perform audit_failed(who, 'signin.failed', null);
  return (select coalesce(max(login_seconds(a.locked_until)), 0) from login_attempts a
    where a.email = who and a.source = login_wrong.source);
end $$;

-- The password was right: this try was no mistake, and place and device are known from now on. The counter of all
-- unknown places keeps the tries of others; where this try was the one that made them wait, they don't. signs_in: it is for
-- a session, of which the person hears by mail when the device is new to them: a browser by its mark, a program, which has
-- none, by its network. The first place that is known is where they chose their password.
create function login_right(email text, network text, device text, signs_in bool default false) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant text := left(lower(login_right.email), 254);
  place constant text := 'n:' || login_right.network;
  known text;
  tried timestamptz;
begin
  select s.source into known from login_sources s
    where s.email = who and s.source in ('d:' || login_right.device, place) order by s.source limit 1;
  if signs_in and (known is null or known = place and login_right.device <> '')
    and exists (select from login_sources s where s.email = who) then
    perform mail_device(who);
  end if;
  delete from login_attempts a where a.email = who and a.source = coalesce(known, place)
    returning a.last_at into tried;
  if known is null and tried is not null then
    update login_attempts a set failures = a.failures - 1,
        locked_until = case when a.last_at is distinct from tried then a.locked_until end
      where a.email = who and a.source = '*';
    delete from login_attempts a where a.email = who and a.source = '*' and a.failures <= 0;
  end if;
  update login_attempts a set failures = a.failures - 1
    where a.email = '' and a.source = place and a.failures > 0;
  insert into login_sources as s (email, source)
    select l.email, v from logins l,
      unnest(array[place, 'd:' || nullif(login_right.device, '')]) v
    where l.email = who and v is not null
    on conflict on constraint login_sources_pkey do update set seen_at = now();
  delete from login_sources s where s.email = who and s.source in
    (select o.source from login_sources o where o.email = who order by o.seen_at desc, o.source offset 20);
end $$;

-- "system" is for system administrators alone: others get no session and no hint but this error. Every way of signing in ends
-- here, so here is where a company's provider is the only one (provider_needed() of 034-oidc.sql).
create function login_done(email text, token_hash text, kind text, hours int, provider uuid default null) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who record;
  until timestamptz := date_trunc('second', now()) + hours * interval '1 hour';
begin
  select l.tenant_id, l.user_id, u.roles into who
    from logins l
    join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active
    join tenants t on t.id = l.tenant_id and t.state = 'active'
    where l.email = lower(login_done.email);
  if not found then
    raise exception 'sign-in-unknown' using errcode = 'P0002';
  end if;
  if login_done.kind = 'system' and not who.roles @> array['SystemAdmin'] then
    perform audit_failed(lower(login_done.email), 'signin.refused', null);
    return 0;
  end if;
  perform provider_check(who.tenant_id, who.roles, login_done.provider);
  insert into sessions (token_hash, tenant_id, user_id, kind, expires_at, provider_id)
    values (login_done.token_hash, who.tenant_id, who.user_id, login_done.kind, until, login_done.provider);
  perform audit_person(who.tenant_id, who.user_id, 'signin.succeeded', jsonb_build_object('kind', login_done.kind));
  return extract(epoch from until);
end $$;

-- permissions: the core's. factor: 'set', 'needed' = a role needs one, and this session is for setting it up, or ''; who never
-- had a password signs in elsewhere, where a second step is that provider's matter. noted: whether its use was, in the last
-- minutes.
create function session_find(token_hash text)
returns table (tenant int, tenant_code text, tenant_name text, user_id uuid, email text, name text,
  roles text, expires bigint, kind text, confirmed bigint, time_zone text, phone text, language text, theme text,
  permissions text, factor text, organization int, noted bool)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  return query
  select u.tenant_id, t.code, t.name, u.id, u.email, u.name, array_to_string(u.roles, ','),
    extract(epoch from s.expires_at)::bigint, s.kind, extract(epoch from s.confirmed_at)::bigint,
    t.time_zone, u.phone, u.language, u.theme, array_to_string(core_of(u.tenant_id, u.roles), ','),
    case when u.second_factor then 'set'
      when exists (select from role_second_factors f where f.tenant_id = u.tenant_id and f.role = any (u.roles)
          and f.since <= s.created_at)
        and exists (select from logins l where l.tenant_id = u.tenant_id and l.user_id = u.id and l.password_hash is not null)
      then 'needed' else '' end, t.organization_id,
    coalesce(s.seen_at > clock_timestamp() - interval '5 min', false)
  from sessions s
  join users u on u.tenant_id = s.tenant_id and u.id = s.user_id and u.active
  join tenants t on t.id = s.tenant_id and t.state = 'active'
  where s.token_hash = session_find.token_hash and s.expires_at > clock_timestamp()
    and (s.kind <> 'system' or u.roles @> array['SystemAdmin']);
end $$;

-- The password was right: this session may give rights away for a while. A token's time is its creation.
create function session_confirm(token_hash text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update sessions s set confirmed_at = now()
    where s.token_hash = session_confirm.token_hash and s.kind <> 'token'
$$;

-- Each second, so that no stream outlives its session by more.
create function sessions_expire() returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n int;
begin
  delete from sessions where token_hash in
    (select s.token_hash from sessions s where s.expires_at <= clock_timestamp()
      order by s.expires_at limit 200 for update skip locked);
  get diagnostics n = row_count;
  return n;
end $$;

-- At most so many; the steward calls again when that many were deleted.
create function login_attempts_expire() returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n bigint;
begin
  delete from login_attempts where ctid in (
    select a.ctid from login_attempts a where a.last_at < now() - interval '1 day' limit 500);
  get diagnostics n = row_count;
  return n;
end $$;
comment on function login_attempts_expire() is 'Deletes mistakes that a day has passed over, at most 500.';

-- Whether there was one.
create function session_end(token_hash text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  own sessions;
begin
  delete from sessions s where s.token_hash = session_end.token_hash returning s.* into own;
  if own.token_hash is null then
    return false;
  end if;
  perform audit_person(own.tenant_id, own.user_id, 'session.signed-out', null);
  return true;
end $$;

-- A new password ends every session; the caller makes a new one where that is wanted.
create function password_set(tenant int, id uuid, password_hash text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  update logins l set password_hash = password_set.password_hash
    where l.tenant_id = tenant and l.user_id = password_set.id;
  if not found then
    raise exception 'sign-in-unknown' using errcode = 'P0002';
  end if;
  update users u set pending = false, version = u.version + 1
    where u.tenant_id = tenant and u.id = password_set.id and u.pending;
  delete from sessions s where s.tenant_id = tenant and s.user_id = password_set.id;
end $$;

grant execute on function login_try(text, text, text, int, int, int), login_wrong(text, text),
  login_right(text, text, text, bool), login_done(text, text, text, int, uuid), session_confirm(text) to mortise_api;
grant execute on function session_find(text), session_end(text) to mortise_api, mortise_admin;
grant execute on function password_set(int, uuid, text) to mortise_admin;
grant execute on function sessions_expire(), login_attempts_expire() to mortise_steward;
grant execute on function login_add() to mortise_owner;
reset role;

create trigger users_login after insert on users for each row when (new.kind = 'person') execute function login_add();
