-- 019-people.sql - what an operator does with companies and people: fcgi/cli/tenant.c and user.c. mortise_owner
-- alone may, whose password is in key_dir, so no process of the server can.
--
-- Everybody is found by the address with which they sign in, which is unique on the server. Triggers of
-- 017-rights.sql end what is open of a right that goes.

set local role mortise_auth;

create function tenant_named(code text) returns int
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t int;
begin
  select id into t from tenants where tenants.code = tenant_named.code;
  if t is null then
    raise exception 'tenant-unknown: %', tenant_named.code using errcode = 'P0002';
  end if;
  return t;
end $$;

create function tenant_set_state(code text, state text) returns text
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update tenants set state = tenant_set_state.state where id = tenant_named(tenant_set_state.code)
  returning name
$$;
comment on function tenant_set_state(text, text) is 'Sessions of a company that isn''t active rest: '
  'session_find() finds them again when it is. Returns its name.';

create function tenant_list()
returns table (code text, name text, state text, people bigint, created timestamptz)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select t.code, t.name, t.state, count(*) filter (where u.active), t.created_at
  from tenants t left join users u on u.tenant_id = t.id group by t.id order by t.code
$$;

-- Locked: who changes it next waits.
create function user_named(email text) returns users
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  ret users;
begin
  select u.* into ret from logins l join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
    where l.email = lower(user_named.email) for update of u;
  if ret.id is null then
    raise exception 'user-unknown: %', user_named.email using errcode = 'P0002';
  end if;
  return ret;
end $$;

create function user_list(code text)
returns table (tenant text, email text, name text, roles text[], active bool, seen timestamptz)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select t.code, u.email, u.name, u.roles, u.active,
    (select max(s.seen_at) from logins l join login_sources s on s.email = l.email
      where l.tenant_id = u.tenant_id and l.user_id = u.id)
  from users u join tenants t on t.id = u.tenant_id
  where user_list.code is null or t.id = tenant_named(user_list.code)
  order by t.code, u.name, u.id
$$;

create function user_set_active(email text, active bool) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := user_named(user_set_active.email);
begin
  update users u set active = user_set_active.active where u.tenant_id = who.tenant_id and u.id = who.id;
  if not user_set_active.active then
    delete from sessions s where s.tenant_id = who.tenant_id and s.user_id = who.id;
  end if;
end $$;
comment on function user_set_active(text, bool) is 'Who is deactivated has no session any more, and signs '
  'in anew once active again.';

create function user_set_roles(email text, roles text[]) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := user_named(user_set_roles.email);
begin
  update users u set roles = user_set_roles.roles where u.tenant_id = who.tenant_id and u.id = who.id;
end $$;

create function user_set_password(email text, password_hash text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := user_named(user_set_password.email);
begin
  perform password_set(who.tenant_id, who.id, user_set_password.password_hash);
  delete from login_attempts a where a.email = lower(user_set_password.email);
end $$;
comment on function user_set_password(text, text) is 'Ends every session, and the waits that mistakes with the '
  'old password brought.';

grant execute on function tenant_named(text), tenant_set_state(text, text), tenant_list(), user_list(text),
  user_set_active(text, bool), user_set_roles(text, text[]), user_set_password(text, text),
  tenant_create(text, text), user_create(int, uuid, text, text, text[], text) to mortise_owner;
reset role;
