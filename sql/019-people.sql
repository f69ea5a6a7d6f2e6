-- 019-people.sql - what people and the operator do with people.
--
-- Administrators change people of their company by the api pool, as rows of users: triggers here have the
-- rules. The operator's commands (fcgi/cli/tenant.c, user.c) are functions of mortise_owner, whose password is in
-- key_dir, so no process of the server can call them; the rules don't bind these, which act as nobody. They find
-- everybody by the address with which they sign in, which is unique on the server. Triggers of 017-rights.sql
-- end what is open of a right that goes.
--
-- Nobody sets another's password: an invitation and a reset are a one-time link to a page where the person
-- chooses one. Each has one link at most, so a newer one ends the older.

create table links (
  tenant_id int not null,
  user_id uuid not null,
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  purpose text not null check (purpose in ('invite', 'reset')),
  made_by uuid, -- NULL = the operator
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  foreign key (tenant_id, made_by) references users on delete set null (made_by)
);
comment on table links is 'One-time links with which people choose a password, by the hash of their token. '
  'Policy "auth": mortise_auth alone; a link is found before the tenant is known.';
alter table links enable row level security, force row level security;
create policy auth on links to mortise_auth using (true) with check (true);
grant select, insert, update, delete on links to mortise_auth;

set local role mortise_auth;

-- --- what people do to each other ----------------------------------------------------------------------

-- What these roles of a company give together, of the core and of its plugins.
create function permissions_of(tenant int, roles text[]) returns text[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select core_of(tenant, permissions_of.roles) || array(select distinct r.permission from role_permissions r
    where r.tenant_id = permissions_of.tenant and r.role = any (permissions_of.roles) and r.granted)
$$;

-- Do these roles make somebody an administrator? Those have every permission of the core that a company can give,
-- by whichever roles.
create function administers(tenant int, roles text[]) returns bool
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select array(select p.name from core_permissions() p where p.roles <> '{}') <@ core_of(tenant, administers.roles)
$$;

-- Has the company an administrator who can sign in, beside this person? A system admin is the operator's.
create function administered(tenant int, beside uuid) returns bool
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  -- Materialized, or each person is asked for instead of each set of roles.
  with o as materialized (select distinct array_remove(u.roles, 'SystemAdmin') as roles from users u
    where u.tenant_id = administered.tenant and u.id is distinct from administered.beside and u.active
      and not u.pending)
  select exists (select from o where administers(administered.tenant, o.roles))
$$;

-- Roles of the acting person as they are now; NULL = nobody's.
create function acting_roles(tenant int) returns text[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select u.roles from users u where u.tenant_id = acting_roles.tenant and u.id = mortise.user_id() and u.active
$$;

-- Which of these the acting person may neither give nor take; NULL = none. Nobody gives what they don't have; an
-- administrator has all of the company's, also what a plugin brings for nobody.
create function permission_not_own(tenant int, permissions text[]) returns text
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  own constant text[] := acting_roles(tenant);
begin
  if administers(tenant, own) then
    return null;
  end if;
  return (select p from unnest(permissions) p where p = any (permissions_of(tenant, own)) is not true limit 1);
end $$;

-- May the acting person give and take these roles? System admins reach beyond a company: only the operator makes and
-- changes them.
create function people_check(tenant int, roles text[]) returns void
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  role text;
begin
  if 'SystemAdmin' = any (people_check.roles) then
    raise exception 'system-admin-fixed' using errcode = '42501';
  end if;
  foreach role in array people_check.roles loop
    if acting_roles(tenant) is null or permission_not_own(tenant, permissions_of(tenant, array[role])) is not null then
      raise exception 'role-not-own: %', coalesce((select c.label from custom_roles c
        where c.tenant_id = tenant and c.id = role), role) using errcode = '42501';
    end if;
  end loop;
end $$;

-- How many open tickets somebody leaves behind; also for those who manage people and see own tickets only.
create function user_open_tickets(person uuid) returns bigint
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select count(*) from tickets t where t.tenant_id = mortise.tenant() and t.assignee_id = person and t.closed_at is null
$$;
grant execute on function user_open_tickets(uuid) to mortise_api;

-- Each once, the built-in ones first.
create function roles_in_order(roles text[]) returns text[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select array(select r from (select distinct unnest(roles_in_order.roles) as r) x
    order by array_position(role_names(), r), r)
$$;

-- Two administrators who demote each other wait for each other here; then the second one's rights are read anew.
create function user_by_person() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || new.tenant_id, 0));
  new.roles := roles_in_order(new.roles);
  if tg_op = 'INSERT' then
    perform people_check(new.tenant_id, new.roles);
    new.email := lower(new.email);
    new.pending := true;
    return new;
  end if;
  if new.roles <@ old.roles and old.roles <@ new.roles then
    new.roles := old.roles;
    if new.active = old.active then
      return new;
    end if;
  end if;
  perform people_check(new.tenant_id, old.roles || new.roles);
  if not new.active and new.id = mortise.user_id() then
    raise exception 'own-account' using errcode = 'P0001';
  end if;
  if old.active and not old.pending and administers(old.tenant_id, old.roles)
    and not (new.active and administers(new.tenant_id, new.roles)) and not administered(new.tenant_id, new.id) then
    raise exception 'last-admin' using errcode = 'P0001';
  end if;
  return new;
end $$;

-- A deactivated person signs in anew when active again.
create function user_end(tenant int, id uuid) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  delete from sessions s where s.tenant_id = tenant and s.user_id = user_end.id;
  delete from links l where l.tenant_id = tenant and l.user_id = user_end.id;
$$;

create function user_ended_by_person() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform user_end(new.tenant_id, new.id);
  return null;
end $$;

-- --- one-time links ------------------------------------------------------------------------------------

-- For somebody whose row the caller has locked.
create function link_add(who users, token_hash text, invite_s int, reset_s int)
returns table (purpose text, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  kind constant text := case when who.pending then 'invite' else 'reset' end;
  until constant timestamptz := date_trunc('second', now())
    + case when who.pending then invite_s else reset_s end * interval '1 s';
begin
  if not who.active then
    raise exception 'user-inactive' using errcode = 'P0001';
  end if;
  insert into links as l (tenant_id, user_id, token_hash, purpose, made_by, expires_at)
    values (who.tenant_id, who.id, link_add.token_hash, kind, mortise.user_id(), until)
    on conflict on constraint links_pkey do update set token_hash = excluded.token_hash,
      purpose = excluded.purpose, made_by = excluded.made_by, made_at = now(), expires_at = excluded.expires_at;
  return query select kind, extract(epoch from until)::bigint;
end $$;

-- Somebody of the acting person's company to whom that person may give a link; locked. NULL = there is nobody.
create function link_person(id uuid) returns users
language plpgsql
as $$
declare
  who users;
begin
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = link_person.id
    and u.kind = 'person' for no key update;
  if who.id is not null then
    perform people_check(who.tenant_id, who.roles);
  end if;
  return who;
end $$;

create function link_make(id uuid, token_hash text, invite_s int, reset_s int)
returns table (purpose text, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := link_person(link_make.id);
begin
  if who.id is null then
    return;
  end if;
  return query select * from link_add(who, link_make.token_hash, invite_s, reset_s);
end $$;
comment on function link_make(uuid, text, int, int) is 'A link for somebody of the acting person''s company; '
  'no row when there is nobody.';

-- Looks at a link. Those that don't work count as mistakes of their address, as wrong passwords do.
create function link_try(token_hash text, network text, tries int)
returns table (wait_seconds int, purpose text, email text, name text, company text, expires bigint, second_factor bool)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  address login_attempts := login_counter('', 'n:' || link_try.network);
begin
  perform provider_check(u.tenant_id, u.roles, null) from links l
    join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active
    where l.token_hash = link_try.token_hash and l.expires_at > clock_timestamp() and address.failures < tries;
  if address.failures >= tries then
    return query select greatest(1, login_seconds(address.began_at + interval '10 min')), null::text, null::text,
      null::text, null::text, null::bigint, null::bool;
    return;
  end if;
  return query select 0, l.purpose, u.email, u.name, t.name, extract(epoch from l.expires_at)::bigint,
      factor_app(u.tenant_id, u.id)
    from links l
    join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active
    join tenants t on t.id = l.tenant_id and t.state = 'active'
    where l.token_hash = link_try.token_hash and l.expires_at > clock_timestamp();
  if not found then
    perform login_count(address, tries + 1, 0, 0);
  end if;
end $$;
comment on function link_try(text, text, int) is 'What a link is for; no row when it doesn''t work.';

-- Uses a link up: the password is set, every session ends, and one begins. NULL = it doesn't work any more; 0 = none began,
-- as somebody who has a passkey signs in with that: others may read the mail with the link.
create function link_redeem(token_hash text, password_hash text, session_hash text, kind text, hours int)
returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
begin
  select u.* into who from links l
    join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active
    join tenants t on t.id = l.tenant_id and t.state = 'active'
    where l.token_hash = link_redeem.token_hash for no key update of u;
  delete from links l where l.tenant_id = who.tenant_id and l.user_id = who.id
    and l.token_hash = link_redeem.token_hash and l.expires_at > clock_timestamp();
  if not found then
    return null;
  end if;
  perform provider_check(who.tenant_id, who.roles, null);
  perform password_set(who.tenant_id, who.id, link_redeem.password_hash);
  delete from login_attempts a where a.email = who.email;
  if who.pending then
    perform event_add(who.tenant_id, 't.' || who.tenant_id, 'UserUpdated', jsonb_build_object('userId', who.id,
      'name', who.name, 'active', true, 'byUserId', who.id, 'byUserName', who.name));
  end if;
  if who.second_factor and not factor_app(who.tenant_id, who.id) then
    return 0;
  end if;
  return login_done(who.email, link_redeem.session_hash, link_redeem.kind, link_redeem.hours);
end $$;

-- Of the session's person: every other session ends, and so does a link that somebody made for them. Their API tokens
-- stay, as nobody typed the password for them, unless the person wants them to end, too.
create function password_change(session_hash text, password_hash text, ends_tokens bool) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  own sessions;
begin
  select s.* into own from sessions s where s.token_hash = password_change.session_hash;
  update logins l set password_hash = password_change.password_hash
    where l.tenant_id = own.tenant_id and l.user_id = own.user_id;
  if not found then
    raise exception 'sign-in-unknown' using errcode = 'P0002';
  end if;
  delete from sessions s where s.tenant_id = own.tenant_id and s.user_id = own.user_id
    and s.token_hash <> own.token_hash;
  delete from tokens k where ends_tokens and k.tenant_id = own.tenant_id and k.user_id = own.user_id;
  delete from links l where l.tenant_id = own.tenant_id and l.user_id = own.user_id;
end $$;

-- --- the operator's ------------------------------------------------------------------------------------

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

create function tenant_set_state(code text, state text, reason text) returns text
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update tenants t set state = tenant_set_state.state, state_reason = tenant_set_state.reason,
    state_since = case when t.state = tenant_set_state.state then t.state_since else now() end
  where t.id = tenant_named(tenant_set_state.code)
  returning t.name
$$;
comment on function tenant_set_state(text, text, text) is 'Sessions of a company that isn''t active rest: '
  'session_find() finds them again when it is. Returns its name.';

create function tenant_list()
returns table (code text, name text, state text, people bigint, created timestamptz, organization text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select t.code, t.name, t.state, count(*) filter (where u.active), t.created_at, o.name
  from tenants t join organizations o on o.id = t.organization_id left join users u on u.tenant_id = t.id
  group by t.id, o.id order by t.code
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
    where l.email = lower(user_named.email) for no key update of u;
  if ret.id is null then
    raise exception 'user-unknown: %', user_named.email using errcode = 'P0002';
  end if;
  return ret;
end $$;

create function user_list(code text)
returns table (tenant text, email text, name text, roles text[], active bool, pending bool, seen timestamptz)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select t.code, u.email, u.name, array(select coalesce(c.label, r) from unnest(u.roles) with ordinality x (r, n)
      left join custom_roles c on c.tenant_id = u.tenant_id and c.id = r order by n),
    u.active, u.pending,
    (select max(s.seen_at) from logins l join login_sources s on s.email = l.email
      where l.tenant_id = u.tenant_id and l.user_id = u.id)
  from users u join tenants t on t.id = u.tenant_id
  where u.kind = 'person' and (user_list.code is null or t.id = tenant_named(user_list.code))
  order by t.code, u.name, u.id
$$;

create function user_set_active(email text, active bool) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := user_named(user_set_active.email);
begin
  update users u set active = user_set_active.active, version = u.version + 1
    where u.tenant_id = who.tenant_id and u.id = who.id;
  if not user_set_active.active then
    perform user_end(who.tenant_id, who.id);
  end if;
end $$;

create function user_set_roles(email text, roles text[]) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := user_named(user_set_roles.email);
begin
  update users u set roles = roles_named(who.tenant_id, user_set_roles.roles), version = u.version + 1
    where u.tenant_id = who.tenant_id and u.id = who.id;
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

create function user_link(email text, token_hash text, invite_s int, reset_s int)
returns table (purpose text, expires bigint)
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select * from link_add(user_named(user_link.email), user_link.token_hash, invite_s, reset_s)
$$;

grant execute on function user_by_person(), user_ended_by_person(), user_link(text, text, int, int) to mortise_owner;
grant execute on function link_make(uuid, text, int, int), link_try(text, text, int),
  link_redeem(text, text, text, text, int), password_change(text, text, bool) to mortise_api;
grant execute on function tenant_named(text), tenant_set_state(text, text, text), tenant_list(), user_list(text),
  user_set_active(text, bool), user_set_roles(text, text[]), user_set_password(text, text),
  tenant_create(text, text, text, text), user_create(int, uuid, text, text, text[], text) to mortise_owner;
reset role;

create trigger users_by_person before insert or update on users for each row
  when (new.kind = 'person' and mortise.user_id() is not null
    and current_setting('mortise.role_removed', true) is distinct from 'yes')
  execute function user_by_person();
create trigger users_ended_by_person after update of active on users for each row
  when (mortise.user_id() is not null and old.active and not new.active) execute function user_ended_by_person();
