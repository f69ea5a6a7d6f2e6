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
    (1, 'sign_in_challenges', 'tenant', null, '{}'),
    (1, 'recovery_codes', 'tenant', null, '{}'),
    (1, 'passkeys', 'tenant', null, '{}'),
    (2, 'second_factors', 'tenant', null, '{}'),
    (2, 'links', 'tenant', null, '{}'),
    (2, 'oidc_identities', 'tenant', null, '{}'),
    (2, 'former_marks', 'tenant', null, '{}'),
    (3, 'mails', 'tenant', null, '{}'),
    (3, 'plugin_storage', 'tenant', 'plugin-storage', '{kept}'),
    (4, 'plugin_storage_history', 'tenant', null, '{}'), -- deleting the values makes some
    (5, 'plugin_storage_changes', 'tenant', null, '{}'), -- as deleting both does
    (5, 'plugin_storage_marks', 'tenant', null, '{}'),
    (4, 'presence', 'tenant', null, '{}'),
    (4, 'plugin_presence', 'tenant', null, '{}'),
    (4, 'pushes', 'tenant', null, '{}'),
    (5, 'notification_reads', 'tenant', null, '{}'),
    (5, 'notice_marks', 'tenant', null, '{}'),
    (5, 'notification_preferences', 'tenant', null, '{}'),
    (6, 'ticket_views', 'tenant', 'views', '{}'),
    (6, 'dashboards', 'tenant', 'dashboards', '{}'),
    (6, 'webhook_deliveries', 'tenant', null, '{}'),
    (6, 'webhook_secrets', 'tenant', null, '{}'),
    (6, 'company_exports', 'tenant', null, '{}'),
    (6, 'plugin_kept_files', 'tenant', 'plugin-files', '{}'),
    (7, 'plugin_export_parts', 'tenant', null, '{}'),
    (8, 'plugin_exports', 'tenant', null, '{}'),
    (9, 'plugin_moves', 'tenant', null, '{}'),
    (10, 'event_subscriptions', 'tenant', null, '{}'),
    (10, 'plugin_tenant_migrations', 'tenant', null, '{}'),
    (10, 'plugin_work', 'tenant', null, '{}'),
    (10, 'plugin_schedules', 'tenant', null, '{}'),
    (10, 'plugin_turns', 'tenant', null, '{}'),
    (11, 'installations', 'tenant', 'plugins', '{}'),
    (12, 'plugin_settings', 'tenant', 'plugin-settings', '{secrets,key_id}'),
    (13, 'role_permissions', 'tenant', 'plugin-permissions', '{short}'),
    (14, 'plugin_activity', 'tenant', 'plugin-activity', '{}'),
    (15, 'plugin_usage', 'tenant', 'plugin-usage', '{}'),
    (15, 'plugin_shows', 'tenant', 'plugin-shows', '{}'),
    (15, 'plugin_fetches', 'tenant', 'plugin-calls', '{}'),
    (16, 'ticket_comments', 'tenant', 'comments', '{}'),
    (16, 'ticket_files', 'tenant', 'files', '{}'), -- each is a file as well
    (17, 'ticket_history', 'tenant', 'ticket-history', '{}'),
    (18, 'history', 'tenant', 'history', '{}'),
    (19, 'tickets', 'tenant', 'tickets', '{words}'),
    (20, 'ticket_words', 'tenant', null, '{}'),
    (20, 'file_removals', 'tenant', null, '{}'),
    (21, 'outbox', 'tenant', null, '{}'),
    (22, 'events', 'tenant', null, '{}'),
    (22, 'notices', 'tenant', 'notifications', '{}'),
    (23, 'channels', 'tenant', null, '{}'),
    (24, 'notification_rates', 'tenant', null, '{}'),
    (24, 'pictures', 'tenant', 'pictures', '{data}'), -- each is a file as well
    (25, 'login_attempts', 'address', null, '{}'),
    (26, 'login_sources', 'address', null, '{}'),
    (27, 'logins', 'tenant', null, '{}'),
    (27, 'teams', 'tenant', 'teams', '{}'),
    (27, 'custom_fields', 'tenant', 'custom-fields', '{}'),
    (27, 'webhooks', 'tenant', 'webhooks', '{next_at,busy_until}'),
    (28, 'users', 'tenant', 'people', '{}'),
    (28, 'oidc_providers', 'tenant', null, '{}'),
    (29, 'custom_roles', 'tenant', 'roles', '{}'),
    (29, 'role_second_factors', 'tenant', 'roles-two-step', '{}'),
    (30, 'ticket_states', 'tenant', 'states', '{}'),
    (31, 'counters', 'tenant', null, '{}'),
    (32, 'audit_floods', 'tenant', null, '{}'),
    (32, 'company_limits', 'tenant', null, '{}'),
    (33, 'tenants', 'self', 'company', '{organization_id}'),
    (34, 'audit_heads', 'tenant', null, '{}'),
    (35, 'audit', 'tenant', 'audit-log', '{area}'),
    (36, 'company_deletions', 'tenant', null, '{}');
end;
comment on function company_parts() is 'What belongs to a company: the tables of the core with rows of it.';
grant execute on function company_parts() to mortise_auth, mortise_steward;

-- Exports of a whole company: files in export_dir, made by a helper of the steward (fcgi/relay/company_export.c) that holds
-- one for a while and renews that as it gets on. One at a time for a company.
create table company_exports (
  tenant_id int not null references tenants,
  id uuid not null,
  state text not null default 'waiting' check (state in ('waiting', 'making', 'ready', 'failed')),
  asked_by text not null,
  asked_at timestamptz not null default now(),
  tries int not null default 0,
  held_until timestamptz,
  part text, -- what is written just now
  done bigint not null default 0,
  total bigint not null default 0,
  size bigint,
  fault jsonb, -- a message
  fault_text text,
  ended_at timestamptz,
  expires_at timestamptz,
  primary key (tenant_id, id)
);
create unique index company_exports_one on company_exports (tenant_id) where state in ('waiting', 'making');
comment on table company_exports is 'Exports of a whole company, the files beside. Policy "auth": mortise_auth alone, through the functions below.';
alter table company_exports enable row level security, force row level security;
create policy auth on company_exports to mortise_auth using (true) with check (true);
grant select, insert, update, delete on company_exports to mortise_auth;

create function company_columns(name text, without text[]) returns text
language sql stable
as $$
  select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
  where a.attrelid = to_regclass('mortise.' || company_columns.name) and a.attnum > 0 and not a.attisdropped
    and a.attname <> all (company_columns.without)
$$;
grant execute on function company_columns(text, text[]) to mortise_steward;

-- mortise_auth deletes in each; in the audit log only what the policy below shows it. Tables of later files have these
-- grants there.
do $$
declare
  p record;
begin
  for p in select * from company_parts() loop
    continue when to_regclass('mortise.' || p.name) is null; -- of a later file, which grants it
    execute format('grant select, delete on %I to mortise_auth', p.name);
    -- exports are read by the steward, in the company's transaction, column by column
    if p.part is not null then
      execute format('grant select (%s) on %I to mortise_steward', company_columns(p.name, p.without), p.name);
    end if;
  end loop;
end $$;
grant select (data) on pictures to mortise_steward;
create policy company on ticket_views to mortise_auth, mortise_steward using (tenant_id = (select mortise.tenant()));
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

-- --- exports --------------------------------------------------------------------------------------------

-- A code is the system administration's or the operator's; NULL = the transaction's company.
create function company_meant(code text) returns int
language plpgsql stable
as $$
begin
  if company_meant.code is null then
    return mortise.tenant();
  elsif session_user = 'mortise_api' then
    raise exception 'system-admins-only' using errcode = '42501';
  end if;
  return tenant_named(company_meant.code);
end $$;

create function company_export_json(e company_exports) returns json
language sql stable
as $$
  select json_build_object('id', e.id, 'state', e.state, 'askedBy', e.asked_by, 'askedAt', iso(e.asked_at), 'part', e.part,
    'done', e.done, 'total', e.total, 'size', e.size, 'fault', e.fault_text, 'faultText', e.fault, 'endedAt', iso(e.ended_at),
    'expiresAt', iso(e.expires_at))
$$;

-- code NULL = of the transaction's company.
create function company_exports_of(code text) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(json_agg(company_export_json(e) order by e.asked_at desc), '[]') from company_exports e
  where e.tenant_id = company_meant(company_exports_of.code)
    and (e.expires_at is null or e.expires_at > now())
$$;

create function company_export_audit(e company_exports, action text) returns void
language plpgsql
as $$
declare
  t tenants;
begin
  select * into t from tenants o where o.id = e.tenant_id;
  perform audit_add(t.id, 'company.export-' || action, 'company', t.code, t.name, null,
    jsonb_strip_nulls(jsonb_build_object('bytes', e.size, 'reason', e.fault_text)));
end $$;

create function company_export_ask(code text, id uuid, who text) returns json
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := company_meant(company_export_ask.code);
  e company_exports;
begin
  perform from tenants o where o.id = t for no key update; -- one after the other
  if exists (select from company_exports o where o.tenant_id = t and o.state in ('waiting', 'making')) then
    raise exception 'export-runs' using errcode = 'P0001';
  elsif (select count(*) from company_exports o where o.tenant_id = t and o.state = 'ready' and o.expires_at > now()) >= 3 then
    raise exception 'exports-kept' using errcode = 'P0001';
  end if;
  delete from company_exports o where o.tenant_id = t and o.state = 'failed';
  insert into company_exports (tenant_id, id, asked_by) values (t, company_export_ask.id, left(who, 120)) returning * into e;
  perform company_export_audit(e, 'asked');
  return company_export_json(e);
end $$;

-- The file's name, when it is there. Each download is written down; of the pieces of one, which begin anywhere, those of
-- the same person and address once in an hour.
create function company_export_open(code text, id uuid, piece bool) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := company_meant(company_export_open.code);
  e company_exports;
begin
  select * into e from company_exports o where o.tenant_id = t and o.id = company_export_open.id and o.state = 'ready' and o.expires_at > now();
  if e.id is null then
    return null;
  end if;
  if not piece or not exists (select from audit a where a.tenant_id = t and a.action = 'company.export-downloaded'
      and a.at > now() - interval '1 hour' and a.actor_id = mortise.user_id()
      and a.address = split_part(current_setting('mortise.source', true), E'\n', 2)) then
    perform company_export_audit(e, 'downloaded');
  end if;
  return (select o.code || to_char(e.asked_at at time zone 'UTC', '-YYYYMMDD-HH24MI') from tenants o where o.id = t);
end $$;

-- False = there is none. What is being made stops with the next sign of life.
create function company_export_drop(code text, id uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := company_meant(company_export_drop.code);
  e company_exports;
begin
  delete from company_exports o where o.tenant_id = t and o.id = company_export_drop.id returning * into e;
  if e.id is null then
    return false;
  end if;
  perform company_export_audit(e, 'removed');
  return true;
end $$;

-- The steward's. Is one waiting, or left behind by a helper that is gone?
create function company_export_due() returns bool
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select exists (select from company_exports e where e.state = 'waiting' or e.state = 'making' and e.held_until < now())
$$;

-- One that is begun for the fourth time ends its helper, by its size or otherwise: it is given up.
create function company_export_take(hold_s int) returns table (tenant int, id uuid, code text, name text)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  e company_exports;
begin
  update company_exports o set state = 'failed', ended_at = now(), fault_text = 'It was interrupted three times'
    where o.state = 'making' and o.held_until < now() and o.tries >= 3;
  select o.* into e from company_exports o where o.state = 'waiting' or o.state = 'making' and o.held_until < now()
    order by o.asked_at limit 1 for update skip locked;
  if e.id is null then
    return;
  end if;
  update company_exports o set state = 'making', tries = o.tries + 1, held_until = now() + hold_s * interval '1 s', done = 0, part = null
    where o.tenant_id = e.tenant_id and o.id = e.id;
  return query select e.tenant_id, e.id, t.code, t.name from tenants t where t.id = e.tenant_id;
end $$;

-- False = nobody wants it any more, or another helper has it.
create function company_export_note(tenant int, id uuid, part text, done bigint, total bigint, hold_s int) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update company_exports e set part = company_export_note.part, done = company_export_note.done, total = company_export_note.total,
      held_until = now() + hold_s * interval '1 s'
    where e.tenant_id = company_export_note.tenant and e.id = company_export_note.id and e.state = 'making';
  return found;
end $$;

-- size NULL: it failed, and why.
create function company_export_end(tenant int, id uuid, size bigint, days int, why text, fault jsonb) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  e company_exports;
begin
  update company_exports o set state = case when company_export_end.size is null then 'failed' else 'ready' end, size = company_export_end.size,
      ended_at = now(), expires_at = now() + days * interval '1 day', part = null, held_until = null, fault_text = left(why, 500),
      fault = company_export_end.fault
    where o.tenant_id = company_export_end.tenant and o.id = company_export_end.id and o.state = 'making' returning * into e;
  if e.id is null then
    return false;
  end if;
  perform company_export_audit(e, case e.state when 'ready' then 'made' else 'failed' end);
  return true;
end $$;

create function company_exports_expire() returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  e company_exports;
begin
  for e in delete from company_exports o where o.expires_at < now() returning o.* loop
    perform company_export_audit(e, 'removed');
  end loop;
end $$;

-- Of these, the ones whose file stays.
create function company_exports_known(ids uuid[]) returns setof uuid
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select e.id from company_exports e where e.id = any (ids) and e.state in ('making', 'ready')
$$;

-- What is in an export, in its order: the part, its table, and its columns with whether they are numbers.
create function company_export_parts() returns table (part text, name text, whose text, columns jsonb)
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select p.part, p.name, p.whose, (select jsonb_agg(jsonb_build_array(a.attname, t.typcategory in ('N', 'B')) order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = to_regclass('mortise.' || p.name) and a.attnum > 0
        and not a.attisdropped and a.attname not in ('tenant_id') and a.attname <> all (p.without))
  from company_parts() p where p.part is not null order by p.part
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
grant execute on function company_exports_of(text), company_export_ask(text, uuid, text), company_export_open(text, uuid, bool),
  company_export_drop(text, uuid) to mortise_api, mortise_admin, mortise_owner;
grant execute on function company_export_due(), company_export_take(int), company_export_note(int, uuid, text, bigint, bigint, int),
  company_export_end(int, uuid, bigint, int, text, jsonb), company_exports_expire(), company_exports_known(uuid[]),
  company_export_parts(), company_rows(text) to mortise_steward;
grant execute on function company_exports_known(uuid[]) to mortise_admin;
grant execute on function company_removal_next(), company_removal_failed(int, text), company_removal_begin(int, bigint),
  company_removal_plugins(int, bigint), company_remove(int) to mortise_admin;
reset role;

create trigger company_kept before update of state on tenants for each row
  when (old.state <> 'active' and new.state = 'active') execute function company_kept();
create policy auth_remove on audit for delete to mortise_auth using (company_is_gone(tenant_id));
