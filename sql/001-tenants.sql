-- 001-tenants.sql - tenants, the people in them, and how they sign in.
--
-- Every table with tenant_id: row-level security forced, so that even its owner sees nothing without
-- a ticket; tenant_id first in every key and index, so that neither a plan nor a unique violation
-- tells of another tenant. sessions, logins and login_attempts are found by a secret or an address
-- before the tenant is known; nobody reaches them but the functions of mortise_auth below.

create table tenants (
  id int primary key generated always as identity,
  code text not null unique check (code ~ '^[a-z][a-z0-9-]{1,39}$'),
  name text not null check (length(name) between 1 and 120),
  state text not null default 'active' check (state in ('pending', 'active', 'suspended')),
  created_at timestamptz not null default now()
);
comment on table tenants is 'The companies. Policy "own": the ticket''s tenant alone; '
  'admin, steward and mortise_auth see all.';
alter table tenants enable row level security, force row level security;
create policy own on tenants using (id = (select mortise.tenant()));
create policy all_tenants on tenants for select to mortise_admin, mortise_steward using (true);
create policy auth on tenants to mortise_auth using (true) with check (true);
grant select on tenants to mortise_api, mortise_admin, mortise_steward;
grant select, insert, update on tenants to mortise_auth;

-- The roles of people; the permissions of each are a table in fcgi/base/perm.c.
create function role_names() returns text[]
language sql immutable parallel safe
return array['Technician', 'Dispatcher', 'Admin', 'SystemAdmin'];
grant execute on function role_names() to mortise_core;

create table users (
  tenant_id int not null references tenants,
  id uuid not null,
  email text not null check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 120),
  roles text[] not null default '{}' check (roles <@ role_names()),
  active bool not null default true,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index users_name on users (tenant_id, name, id);
comment on table users is 'People of a tenant. Policy "tenant": the ticket''s tenant; '
  'the steward reads all (whom to notify), mortise_auth signs people in.';
alter table users enable row level security, force row level security;
create policy tenant on users using (tenant_id = (select mortise.tenant()));
create policy all_tenants on users for select to mortise_steward using (true);
create policy auth on users to mortise_auth using (true) with check (true);
grant select on users to mortise_api, mortise_admin, mortise_steward;
grant select, insert, update on users to mortise_auth;

create table logins (
  email text primary key check (email = lower(email)),
  tenant_id int not null,
  user_id uuid not null,
  password_hash text not null,
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table logins is 'Who signs in with which address. Policy "auth": mortise_auth alone, '
  'through login_find(); the address is found before the tenant is known.';
alter table logins enable row level security, force row level security;
create policy auth on logins to mortise_auth using (true) with check (true);
grant select, insert, update, delete on logins to mortise_auth;

create table login_attempts (
  email text primary key,
  failures int not null,
  locked_until timestamptz,
  last_at timestamptz not null default now()
);
comment on table login_attempts is 'Failures in a row by address, known or not, so that a wait tells '
  'nothing of who exists. No tenant''s data; mortise_auth alone.';
grant select, insert, update, delete on login_attempts to mortise_auth;

create table sessions (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  tenant_id int not null,
  user_id uuid not null,
  kind text not null check (kind in ('cookie', 'token')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table sessions is 'Signed-in sessions by the hash of their token. Policy "auth": '
  'mortise_auth alone, through session_find().';
alter table sessions enable row level security, force row level security;
create policy auth on sessions to mortise_auth using (true) with check (true);
grant select, insert, update, delete on sessions to mortise_auth;

-- --- functions of mortise_auth -----------------------------------------------------------------------
set local role mortise_auth;

create function login_wait(email text) returns int
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce((select greatest(0, ceil(extract(epoch from a.locked_until - clock_timestamp())))
    from login_attempts a where a.email = lower(login_wait.email)), 0)::int
$$;
comment on function login_wait(text) is 'Seconds until this address may try again; unknown ones too.';

create function login_find(email text)
returns table (tenant_id int, user_id uuid, password_hash text, wait_seconds int, usable bool)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select l.tenant_id, l.user_id, l.password_hash, login_wait(login_find.email),
    u.active and t.state = 'active'
  from logins l
  join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
  join tenants t on t.id = l.tenant_id
  where l.email = lower(login_find.email)
$$;

-- Four mistakes are free; from the fifth on 2, 4, 8, ... seconds, at most 15 minutes. A day of rest
-- forgets them.
create function login_failed(email text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n int;
  wait int;
begin
  insert into login_attempts as a (email, failures)
    values (left(lower(login_failed.email), 254), 1)
    on conflict on constraint login_attempts_pkey do update set
      failures = case when a.last_at < now() - interval '1 day' then 1 else a.failures + 1 end,
      last_at = now()
    returning a.failures into n;
  wait := case when n < 5 then 0 else least(900, 2 ^ least(n - 4, 10)) end;
  update login_attempts a set locked_until = clock_timestamp() + wait * interval '1 s'
    where a.email = left(lower(login_failed.email), 254);
  return wait;
end $$;

create function login_done(email text, token_hash text, kind text, hours int) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who record;
  until timestamptz := date_trunc('second', now()) + hours * interval '1 hour';
begin
  select l.tenant_id, l.user_id into who
    from logins l
    join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active
    join tenants t on t.id = l.tenant_id and t.state = 'active'
    where l.email = lower(login_done.email);
  if not found then
    raise exception 'nobody signs in with this address' using errcode = 'P0002';
  end if;
  delete from login_attempts a where a.email = lower(login_done.email);
  insert into sessions (token_hash, tenant_id, user_id, kind, expires_at)
    values (login_done.token_hash, who.tenant_id, who.user_id, login_done.kind, until);
  return extract(epoch from until);
end $$;

create function session_find(token_hash text)
returns table (tenant int, tenant_code text, tenant_name text, user_id uuid, email text, name text,
  roles text, expires bigint)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select u.tenant_id, t.code, t.name, u.id, u.email, u.name, array_to_string(u.roles, ','),
    extract(epoch from s.expires_at)::bigint
  from sessions s
  join users u on u.tenant_id = s.tenant_id and u.id = s.user_id and u.active
  join tenants t on t.id = s.tenant_id and t.state = 'active'
  where s.token_hash = session_find.token_hash and s.expires_at > clock_timestamp()
$$;

create function session_end(token_hash text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  delete from sessions s where s.token_hash = session_end.token_hash
$$;

create function user_create(tenant int, id uuid, email text, name text, roles text[],
  password_hash text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into users (tenant_id, id, email, name, roles)
    values (tenant, user_create.id, lower(user_create.email), user_create.name, user_create.roles);
  if password_hash is not null then
    insert into logins (email, tenant_id, user_id, password_hash)
      values (lower(user_create.email), tenant, user_create.id, user_create.password_hash);
  end if;
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
    raise exception 'no such login' using errcode = 'P0002';
  end if;
  delete from sessions s where s.tenant_id = tenant and s.user_id = password_set.id;
end $$;

grant execute on function login_wait(text), login_find(text), login_failed(text),
  login_done(text, text, text, int) to mortise_api;
grant execute on function session_find(text), session_end(text) to mortise_api, mortise_admin;
grant execute on function user_create(int, uuid, text, text, text[], text),
  password_set(int, uuid, text) to mortise_admin;
reset role;
