-- 031-system-sessions.sql - sessions of the system administration, and when a password was last given.
--
-- A session is of one kind for its life: "cookie" belongs to the people's address (public_url), "system" to
-- the one of the system administration (system_url), where no plugin's code runs, "token" to programs.
-- The doors (fcgi/auth/ident.c) take each only where it belongs.

alter table sessions drop constraint sessions_kind_check;
alter table sessions add constraint sessions_kind_check check (kind in ('cookie', 'token', 'system'));
alter table sessions add column confirmed_at timestamptz not null default now();
comment on column sessions.confirmed_at is 'When its person last gave the password: at sign-in, or when '
  'something that gives rights away asked for it again.';

set local role mortise_auth;

-- "system" is for system administrators alone: others get no session and no hint but this error.
create or replace function login_done(email text, token_hash text, kind text, hours int) returns bigint
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
    raise exception 'nobody signs in with this address' using errcode = 'P0002';
  end if;
  delete from login_attempts a where a.email = lower(login_done.email);
  if login_done.kind = 'system' and not who.roles @> array['SystemAdmin'] then
    return 0;
  end if;
  insert into sessions (token_hash, tenant_id, user_id, kind, expires_at)
    values (login_done.token_hash, who.tenant_id, who.user_id, login_done.kind, until);
  return extract(epoch from until);
end $$;

drop function session_find(text);
create function session_find(token_hash text)
returns table (tenant int, tenant_code text, tenant_name text, user_id uuid, email text, name text,
  roles text, expires bigint, kind text, confirmed bigint)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select u.tenant_id, t.code, t.name, u.id, u.email, u.name, array_to_string(u.roles, ','),
    extract(epoch from s.expires_at)::bigint, s.kind, extract(epoch from s.confirmed_at)::bigint
  from sessions s
  join users u on u.tenant_id = s.tenant_id and u.id = s.user_id and u.active
  join tenants t on t.id = s.tenant_id and t.state = 'active'
  where s.token_hash = session_find.token_hash and s.expires_at > clock_timestamp()
    and (s.kind <> 'system' or u.roles @> array['SystemAdmin'])
$$;

-- The password was right: this session may give rights away for a while. A token's time is its creation.
create function session_confirm(token_hash text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update sessions s set confirmed_at = now()
    where s.token_hash = session_confirm.token_hash and s.kind <> 'token'
$$;

revoke all on function session_find(text), session_confirm(text) from public;
grant execute on function session_find(text) to mortise_api, mortise_admin;
grant execute on function session_confirm(text) to mortise_api;
reset role;
