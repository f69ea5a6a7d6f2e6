-- 023-first-run.sql - the first system admin and the first company, by a one-time link that `mortise setup` prints
-- while nobody administers the system.

create table first_run (
  one bool primary key default true check (one),
  token_hash text not null check (token_hash ~ '^[0-9a-f]{64}$'),
  expires_at timestamptz not null
);
comment on table first_run is 'The link to the set-up page, at most one, by the hash of its token. No tenant''s data; '
  'mortise_auth alone.';
grant select, insert, update, delete on first_run to mortise_auth;

set local role mortise_auth;

-- Invited ones don't count before they have a password, nor do those of a company that is suspended.
create function has_system_admin() returns bool
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select exists (select from users u join tenants t on t.id = u.tenant_id and t.state = 'active'
    where u.active and not u.pending and 'SystemAdmin' = any (u.roles))
$$;

-- The operator's. False = there is a system admin, and no link.
create function first_run_begin(token_hash text, seconds int) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if has_system_admin() then
    delete from first_run;
    return false;
  end if;
  insert into first_run as f (token_hash, expires_at)
    values (first_run_begin.token_hash, date_trunc('second', now()) + seconds * interval '1 s')
    on conflict (one) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at;
  return true;
end $$;

-- As link_try(): those that don't work count as mistakes of their address. 0 and no time = it doesn't work.
create function first_run_try(token_hash text, network text, tries int)
returns table (wait_seconds int, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  address login_attempts := login_counter('', 'n:' || first_run_try.network);
begin
  if address.failures >= tries then
    return query select greatest(1, login_seconds(address.began_at + interval '10 min')), null::bigint;
    return;
  end if;
  return query select 0, extract(epoch from f.expires_at)::bigint from first_run f
    where f.token_hash = first_run_try.token_hash and f.expires_at > clock_timestamp() and not has_system_admin();
  if not found then
    perform login_count(address, tries + 1, 0, 0);
  end if;
end $$;

-- Makes the company and its system admin, who is its administrator as well unless another is named (form -> 'other'),
-- and a session. Of two that use the link at once the second waits for the first's row and finds none. fault: the
-- value that can't be, and nothing was made; 'token' = the link doesn't work any more.
create function first_run_finish(token_hash text, form jsonb, session_hash text, hours int, invite_s int)
returns table (fault text, expires bigint, link_expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  other constant jsonb := form -> 'other';
  tenant int;
begin
  perform from first_run f where f.token_hash = first_run_finish.token_hash and f.expires_at > clock_timestamp()
    for update;
  fault := case
    when not found or has_system_admin() then 'token'
    when exists (select from tenants t where t.code = form ->> 'companyCode') then 'companyCode'
    when exists (select from logins l where l.email = lower(form ->> 'email')) then 'email'
    when exists (select from logins l where l.email = lower(other ->> 'email')) then 'otherEmail'
  end;
  if fault is not null then
    return next;
    return;
  end if;
  tenant := tenant_create(form ->> 'companyCode', form ->> 'companyName');
  perform user_create(tenant, (form ->> 'id')::uuid, form ->> 'email', form ->> 'name',
    case when other is null then '{Admin,SystemAdmin}' else '{SystemAdmin}' end::text[], form ->> 'passwordHash');
  if other is not null then
    perform user_create(tenant, (other ->> 'id')::uuid, other ->> 'email', other ->> 'name', '{Admin}', null);
    select l.expires into link_expires from users u, link_add(u, other ->> 'linkHash', invite_s, 0) l
      where u.tenant_id = tenant and u.id = (other ->> 'id')::uuid;
  end if;
  delete from first_run;
  perform audit_add(0, 'server.set-up', 'user', form ->> 'id', form ->> 'name', null,
    jsonb_build_object('company', form ->> 'companyCode'), true);
  expires := login_done(form ->> 'email', session_hash, 'cookie', hours);
  return next;
end $$;

grant execute on function first_run_begin(text, int) to mortise_owner;
grant execute on function first_run_try(text, text, int), first_run_finish(text, jsonb, text, int, int) to mortise_api;
reset role;
