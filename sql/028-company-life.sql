-- 028-company-life.sql - what belongs to a company: exporting all of it, and deleting all of it.
--
-- company_parts() is the one list of the tables of a company, for both; t/sql/85-company-life.sql compares it with the
-- tables that have a tenant_id. Tables of plugins are found in their schemas (bootstrap-plugin.sql).
--
-- Deleting, by the admin pool, a piece in a transaction (fcgi/install/company_removal.c):
--   waiting   until due_at; the company is suspended, and everything can be taken back
--   plugins   its rows in the tables of plugins, then each installation, as an uninstall does it
--   rows      the tables below in their order, the company's own row as the last; its code is free from then on
--   audit     what came late, and its audit log: rows of a company that is no more are the only ones that can be deleted
-- In the end the server's audit log has one entry with the numbers.

-- place: rows refer to what has a higher one. whose: 'tenant' by tenant_id, 'address' by an address of its people, 'self'.
-- part: its name in an export, without these columns; NULL = it isn't in one, because it is a secret, of a moment, or made
-- of the rest.
create function company_parts() returns table (place int, name text, whose text, part text, without text[])
language sql immutable
begin atomic
  values
    (1, 'sessions', 'tenant', null::text, '{}'::text[]),
    (1, 'tokens', 'tenant', null, '{}'),
    (2, 'links', 'tenant', null, '{}'),
    (3, 'mails', 'tenant', null, '{}'),
    (4, 'presence', 'tenant', null, '{}'),
    (5, 'notification_reads', 'tenant', null, '{}'),
    (6, 'ticket_views', 'tenant', 'views', '{}'),
    (7, 'plugin_export_parts', 'tenant', null, '{}'),
    (8, 'plugin_exports', 'tenant', null, '{}'),
    (9, 'plugin_moves', 'tenant', null, '{}'),
    (10, 'plugin_tenant_migrations', 'tenant', null, '{}'),
    (11, 'installations', 'tenant', 'plugins', '{}'),
    (12, 'plugin_settings', 'tenant', 'plugin-settings', '{secrets,key_id}'),
    (13, 'role_permissions', 'tenant', 'plugin-permissions', '{short}'),
    (14, 'plugin_activity', 'tenant', 'plugin-activity', '{}'),
    (15, 'plugin_usage', 'tenant', 'plugin-usage', '{}'),
    (16, 'ticket_comments', 'tenant', 'comments', '{}'),
    (17, 'ticket_history', 'tenant', 'ticket-history', '{}'),
    (18, 'history', 'tenant', 'history', '{}'),
    (19, 'tickets', 'tenant', 'tickets', '{words}'),
    (20, 'ticket_words', 'tenant', null, '{}'),
    (21, 'outbox', 'tenant', null, '{}'),
    (22, 'events', 'tenant', 'notifications', '{xid}'),
    (23, 'channels', 'tenant', null, '{}'),
    (24, 'notification_rates', 'tenant', null, '{}'),
    (25, 'login_attempts', 'address', null, '{}'),
    (26, 'login_sources', 'address', null, '{}'),
    (27, 'logins', 'tenant', null, '{}'),
    (28, 'users', 'tenant', 'people', '{}'),
    (29, 'custom_roles', 'tenant', 'roles', '{}'),
    (30, 'ticket_states', 'tenant', 'states', '{}'),
    (31, 'counters', 'tenant', null, '{}'),
    (32, 'audit_floods', 'tenant', null, '{}'),
    (33, 'tenants', 'self', 'company', '{}'),
    (34, 'audit_heads', 'tenant', null, '{}'),
    (35, 'audit', 'tenant', 'audit-log', '{area}'),
    (36, 'company_deletions', 'tenant', null, '{}');
end;
comment on function company_parts() is 'What belongs to a company: the tables of the core with rows of it.';
grant execute on function company_parts() to mortise_auth, mortise_steward;

-- mortise_auth deletes in each; in the audit log only what the policy below shows it.
do $$
declare
  p record;
begin
  for p in select * from company_parts() loop
    execute format('grant select, delete on %I to mortise_auth', p.name);
  end loop;
end $$;
create policy company on ticket_views to mortise_auth using (tenant_id = (select mortise.tenant()));
create policy company on notification_reads to mortise_auth using (tenant_id = (select mortise.tenant()));
create policy company on history to mortise_auth using (tenant_id = (select mortise.tenant()));
grant select, update on plugin_rollouts to mortise_auth;
grant select on journal to mortise_auth;

set local role mortise_auth;

-- The condition of a part, as a part of a statement with the company as $1.
create function company_rows(whose text) returns text
language sql immutable
return case whose when 'tenant' then 'tenant_id = $1' when 'self' then 'id = $1'
  else 'email in (select l.email from mortise.logins l where l.tenant_id = $1)' end;

create function company_kept() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if exists (select from company_deletions d where d.tenant_id = new.id) then
    raise exception 'deletion-waits: %', new.code;
  end if;
  return new;
end $$;

-- --- asking for it, and taking it back -------------------------------------------------------------------

-- The time from which on it is deleted. Asked for again it is another time.
create function company_delete(code text, days int, who text) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t tenants;
  due timestamptz := now() + days * interval '1 day';
  chain int;
  had text;
begin
  select * into t from tenants o where o.id = tenant_named(company_delete.code) for update;
  select d.step into had from company_deletions d where d.tenant_id = t.id for update;
  if had <> 'waiting' then
    raise exception 'deletion-began: %', t.code;
  end if;
  if exists (select from users u where u.tenant_id = t.id and u.active and 'SystemAdmin' = any (u.roles))
    and not exists (select from users u where u.tenant_id <> t.id and u.active and 'SystemAdmin' = any (u.roles)) then
    raise exception 'last-system-admins: %', t.code;
  end if;
  update tenants o set state = 'suspended', state_since = now() where o.id = t.id and o.state <> 'suspended';
  insert into company_deletions as d (tenant_id, code, name, was, due_at, asked_by)
    values (t.id, t.code, t.name, t.state, due, left(company_delete.who, 120))
    on conflict on constraint company_deletions_pkey do update set due_at = excluded.due_at;
  foreach chain in array array[t.id, 0] loop
    perform audit_add(chain, 'company.deletion-asked', 'company', t.code, t.name, null, jsonb_build_object('due', iso(due)));
  end loop;
  return iso(due);
end $$;

create function company_keep(code text) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := tenant_named(company_keep.code);
  d company_deletions;
  chain int;
begin
  select * into d from company_deletions o where o.tenant_id = t for update;
  if d.tenant_id is null then
    raise exception 'deletion-none: %', company_keep.code using errcode = 'P0002';
  elsif d.step <> 'waiting' then
    raise exception 'deletion-began: %', company_keep.code;
  end if;
  delete from company_deletions o where o.tenant_id = t;
  update tenants o set state = d.was, state_since = now() where o.id = t and o.state <> d.was;
  foreach chain in array array[t, 0] loop
    perform audit_add(chain, 'company.deletion-cancelled', 'company', d.code, d.name, null, null);
  end loop;
  return d.was;
end $$;

-- How far it is, for a command; no row = it is over, or there is none.
create function company_deletion(code text) returns table (step text, removed bigint, total bigint, fault text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select d.step, company_removed(d), d.total, d.fault from company_deletions d
  where d.code = company_deletion.code and (d.step = 'audit' or exists (select from tenants t where t.id = d.tenant_id))
  order by d.asked_at desc limit 1
$$;

-- --- doing it --------------------------------------------------------------------------------------------

-- One that is due; those that failed come last, after a minute.
create function company_removal_next() returns table (tenant int, code text, step text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select d.tenant_id, d.code, d.step from company_deletions d
  where d.due_at <= now() and (d.failed_at is null or d.failed_at < now() - interval '1 min')
  order by d.failed_at nulls first, d.due_at limit 1
$$;

create function company_removal_failed(tenant int, why text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update company_deletions d set fault = left(why, 500), failed_at = now() where d.tenant_id = company_removal_failed.tenant
$$;

create function company_removal_add(tenant int, name text, n bigint) returns void
language sql
as $$
  update company_deletions d set fault = null, failed_at = null,
    removed = d.removed || jsonb_build_object(company_removal_add.name, coalesce((d.removed ->> company_removal_add.name)::bigint, 0) + n)
  where d.tenant_id = company_removal_add.tenant
$$;

-- Its sessions and links go with the first step, so nobody waits for the rest. What it will be is counted once.
create function company_removal_begin(tenant int, of_plugins bigint) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  p record;
  n bigint;
  sum bigint := of_plugins;
begin
  for p in select * from company_parts() loop
    execute format('select count(*) from mortise.%I where %s', p.name, company_rows(p.whose)) into n
      using company_removal_begin.tenant;
    sum := sum + n;
  end loop;
  update company_deletions d set step = 'plugins', total = sum
    where d.tenant_id = company_removal_begin.tenant and d.step = 'waiting' and d.due_at <= now();
  if found then
    delete from sessions s where s.tenant_id = company_removal_begin.tenant;
    delete from tokens k where k.tenant_id = company_removal_begin.tenant;
    delete from links l where l.tenant_id = company_removal_begin.tenant;
  end if;
end $$;

-- Rows of plugins that were deleted; none = that step is over, once no operation on its plugins is left either.
create function company_removal_plugins(tenant int, n bigint) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if n > 0 then
    perform company_removal_add(company_removal_plugins.tenant, 'plugins', n);
  elsif not exists (select from installations i where i.tenant_id = company_removal_plugins.tenant)
    and not exists (select from journal j where j.detail ->> 'tenant' = company_removal_plugins.tenant::text) then
    update company_deletions d set step = 'rows' where d.tenant_id = company_removal_plugins.tenant and d.step = 'plugins';
  end if;
end $$;

-- So many rows of the first table that has any: how many that were. In the tables before the audit log, or in all.
create function company_remove_rows(tenant int, places int4range, most int) returns bigint
language plpgsql
as $$
declare
  p record;
  n bigint;
begin
  for p in select * from company_parts() o where o.place <@ places order by o.place loop
    execute format('delete from mortise.%I where ctid = any (array(select ctid from mortise.%1$I where %s limit %s))',
      p.name, company_rows(p.whose), most) using company_remove_rows.tenant;
    get diagnostics n = row_count;
    if n > 0 then
      perform company_removal_add(company_remove_rows.tenant, p.name, n);
      return n;
    end if;
  end loop;
  return 0;
end $$;

-- A piece of it, in the transaction's company. False = there is nothing left.
create function company_remove(most int) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := mortise.tenant();
  d company_deletions;
begin
  select * into d from company_deletions o where o.tenant_id = t for update;
  if d.tenant_id is null or d.step not in ('rows', 'audit') then
    return false;
  end if;
  if d.step = 'rows' then
    if company_remove_rows(t, '[1,32]', most) = 0 then
      update company_deletions o set step = 'audit' where o.tenant_id = t;
      perform company_remove_rows(t, '[33,34]', most), company_remove_rows(t, '[33,34]', most);
      update plugin_rollouts r set failures = (select coalesce(jsonb_agg(f), '[]') from jsonb_array_elements(r.failures) f
          where f ->> 'tenant' <> d.code)
        where r.failures @> jsonb_build_array(jsonb_build_object('tenant', d.code));
    end if;
    return true;
  end if;
  if company_remove_rows(t, '[1,35]', most) > 0 then
    return true;
  end if;
  select * into d from company_deletions o where o.tenant_id = t;
  delete from company_deletions o where o.tenant_id = t;
  perform audit_add(0, 'company.deleted', 'company', d.code, d.name, null,
    jsonb_build_object('askedBy', d.asked_by, 'rows', company_removed(d), 'byTable', d.removed));
  return false;
end $$;

grant execute on function company_kept() to mortise_owner;
grant execute on function company_delete(text, int, text), company_keep(text) to mortise_admin, mortise_owner;
grant execute on function company_deletion(text) to mortise_owner;
grant execute on function company_removal_next(), company_removal_failed(int, text), company_removal_begin(int, bigint),
  company_removal_plugins(int, bigint), company_remove(int) to mortise_admin;
reset role;

create trigger company_kept before update of state on tenants for each row
  when (old.state <> 'active' and new.state = 'active') execute function company_kept();
create policy auth_remove on audit for delete to mortise_auth using (company_is_gone(tenant_id));
