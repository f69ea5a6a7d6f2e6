-- bootstrap-plugin.sql - a plugin's roles and schema, from nothing to nothing.
--
-- Called by the admin pool only. Roles can be made by superusers (CREATEROLE is nearly as much in
-- PostgreSQL 15), so these functions are the superuser's and take a key, never a name: what isn't a
-- plugin key is refused, every identifier is quoted, and a role that Mortise did not make is never
-- touched.
--
--   plugin_prepare    roles o_ and p_, schema x_; o_ may log in for five minutes
--   plugin_open       the same for a plugin that is there already (upgrade)
--   plugin_handover   the migration is over: check, guard, grant; o_ is locked out, p_ may log in
--   plugin_purge      one tenant's rows leave
--   plugin_drop       everything leaves

create or replace function mortise_guard.plugin_name(key text) returns text
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
as $$
begin
  if key !~ '^[a-z][a-z0-9-]{1,39}$' or key like '%--%' or key like '%-' then
    raise exception '"%" is not a plugin key', left(key, 60) using errcode = '22023';
  end if;
  return replace(key, '-', '_');
end $$;

-- True when the role exists and is one of ours; an error when it is somebody else's.
create or replace function mortise_guard.plugin_role(role text) returns bool
language plpgsql stable strict
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regrole(role) is null then
    return false;
  end if;
  if not exists (select from pg_auth_members
      where roleid = 'mortise_plugin'::regrole and member = to_regrole(role)) then
    raise exception 'role % exists and does not belong to Mortise', role;
  end if;
  return true;
end $$;

-- Ends the sessions of a role and waits until they are gone.
create or replace function mortise_guard.end_sessions(role text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  until timestamptz := clock_timestamp() + interval '5 s';
begin
  loop
    perform pg_stat_clear_snapshot();
    perform pg_terminate_backend(pid) from pg_stat_activity where usename = role;
    if not found then
      return;
    end if;
    if clock_timestamp() > until then
      raise exception 'sessions of % do not end', role using errcode = '55P03';
    end if;
    perform pg_sleep(0.01);
  end loop;
end $$;

-- Grants of two plugins at once would meet on the same catalogue rows ("tuple concurrently updated"):
-- one after the other, each until the end of its transaction.
create or replace function mortise_guard.one_at_a_time() returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(hashtextextended('mortise.plugin', 0))
$$;

create or replace function mortise.plugin_prepare(key text, o_password text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set lock_timeout = '15s'
as $$
declare
  name text := mortise_guard.plugin_name(key);
  o text := 'o_' || name;
  p text := 'p_' || name;
  x text := 'x_' || name;
begin
  perform mortise_guard.one_at_a_time();
  if not mortise_guard.plugin_role(o) then
    execute format('create role %I nologin', o);
    execute format('grant mortise_plugin to %I', o);
  end if;
  if not mortise_guard.plugin_role(p) then
    execute format('create role %I nologin', p);
    execute format('grant mortise_plugin to %I', p);
  end if;
  -- What a worker may take; those it could change itself are conveniences, the connection limit and
  -- the space for temporary files are not.
  execute format('alter role %I connection limit 24', p);
  execute format('alter role %I set temp_file_limit = ''256MB''', p);
  execute format('alter role %I set statement_timeout = ''30s''', p);
  execute format('alter role %I set idle_in_transaction_session_timeout = ''60s''', p);
  execute format('alter role %I set search_path = %I', p, x);
  execute format('alter role %I set search_path = %I', o, x);
  execute format('alter role %I set lock_timeout = ''10s''', o);
  execute format('create schema if not exists %I', x);
  execute format('revoke all on schema %I from public', x);
  execute format('comment on schema %I is %L', x, 'Tables of plugin ' || key
    || '; every one under forced row-level security, policy "tenant".');
  perform mortise_guard.open(key, o_password);
end $$;

-- plugin_prepare ends with the same; it must not call a function that the schema's owner can replace.
create or replace function mortise.plugin_open(key text, o_password text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform mortise_guard.open(key, o_password);
end $$;

create or replace function mortise_guard.open(key text, o_password text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  name text := mortise_guard.plugin_name(key);
  o text := 'o_' || name;
  x text := 'x_' || name;
begin
  if length(coalesce(o_password, '')) < 16 then
    raise exception 'password is too short' using errcode = '22023';
  end if;
  if not mortise_guard.plugin_role(o) or to_regnamespace(x) is null then
    raise exception 'plugin % has no schema', key using errcode = 'P0002';
  end if;
  execute format('grant usage, create on schema %I to %I', x, o);
  execute format('alter role %I login connection limit 1 password %L valid until %L', o, o_password,
    clock_timestamp() + interval '5 min');
end $$;

-- Every fault of what stands in the plugin's schema or belongs to its owner role.
create or replace function mortise_guard.plugin_faults(name text) returns setof text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  o oid := to_regrole('o_' || name);
  x oid := to_regnamespace('x_' || name);
  r record;
begin
  -- what the owner has anywhere
  for r in
    select pg_describe_object(d.classid, d.objid, d.objsubid) as what
    from pg_shdepend d
    where d.refclassid = 'pg_authid'::regclass and d.refobjid = o and d.deptype = 'o'
      and (d.dbid = (select oid from pg_database where datname = current_database()) or d.dbid = 0)
      and not (d.classid = 'pg_class'::regclass
        and exists (select from pg_class c where c.oid = d.objid and c.relnamespace = x))
  loop
    return next format('%s does not belong to a plugin', r.what);
  end loop;
  -- what stands in the schema: relations and their row types, nothing else
  for r in
    select pg_describe_object(d.classid, d.objid, 0) as what
    from pg_depend d
    where d.refclassid = 'pg_namespace'::regclass and d.refobjid = x
      and d.classid <> 'pg_class'::regclass
      and not (d.classid = 'pg_type'::regclass and exists (
        select from pg_type t where t.oid = d.objid and (t.typtype = 'c' and t.typrelid <> 0
          or t.typelem <> 0 and exists (select from pg_type e where e.oid = t.typelem
            and e.typtype = 'c'))))
  loop
    return next format('%s does not belong in a plugin''s schema', r.what);
  end loop;
  for r in
    select c.oid, c.relname, c.relowner from pg_class c where c.relnamespace = x order by c.relname
  loop
    if r.relowner <> o then
      return next format('%I belongs to another role', r.relname);
    end if;
    return query select mortise_guard.relation_faults(r.oid, true);
  end loop;
end $$;

create or replace function mortise.plugin_handover(key text, p_password text, permissions text[])
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set lock_timeout = '15s'
as $$
declare
  name text := mortise_guard.plugin_name(key);
  o text := 'o_' || name;
  p text := 'p_' || name;
  x text := 'x_' || name;
  r record;
  bad text;
begin
  perform mortise_guard.one_at_a_time();
  if not mortise_guard.plugin_role(o) or not mortise_guard.plugin_role(p)
      or to_regnamespace(x) is null then
    raise exception 'plugin % has no schema', key using errcode = 'P0002';
  end if;
  if length(coalesce(p_password, '')) < 32 then
    raise exception 'password is too short' using errcode = '22023';
  end if;
  execute format('alter role %I nologin password null', o);
  execute format('revoke create on schema %I from %I', x, o);
  perform mortise_guard.end_sessions(o);

  select string_agg(f, E'\n') into bad from mortise_guard.plugin_faults(name) f;
  if bad is not null then
    raise exception 'the plugin''s migrations left what is not allowed: %', bad;
  end if;

  execute format('grant usage on schema %I to %I', x, p);
  perform mortise_guard.table_handover(c.oid, p), mortise_guard.forget_statistics(c.oid)
    from pg_class c where c.relnamespace = x::regnamespace and c.relkind = 'r';
  for r in select c.oid::regclass::text as name from pg_class c
      where c.relnamespace = x::regnamespace and c.relkind = 'S' loop
    perform mortise_guard.revoke_all(r.name::regclass);
    execute format('grant usage on sequence %s to %I', r.name, p);
  end loop;
  perform mortise_guard.plugin_permissions(p, permissions);
  execute format('alter role %I login password %L', p, p_password);
end $$;

-- Nobody but its owner has anything on a table or sequence, whoever was given it.
create or replace function mortise_guard.revoke_all(rel regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  r record;
begin
  for r in
    select case when e.grantee = 0 then 'public' else e.grantee::regrole::text end as grantee
    from pg_class c, aclexplode(c.relacl) e where c.oid = rel and e.grantee <> c.relowner
    union
    select case when e.grantee = 0 then 'public' else e.grantee::regrole::text end
    from pg_attribute t, aclexplode(t.attacl) e where t.attrelid = rel
  loop
    execute format('revoke all on %s from %s', rel, r.grantee);
  end loop;
end $$;

-- One table passes from the migration to the workers. Grants are by column, so that neither system
-- columns (where a row lies) nor LOCK TABLE in the modes of SELECT and UPDATE come with them.
create or replace function mortise_guard.table_handover(rel regclass, p text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  columns text;
  stored text;
  changing text;
begin
  perform mortise_guard.revoke_all(rel);
  execute format('alter table %s alter tenant_id set default mortise.tenant()', rel);
  execute format('alter table %s enable row level security, force row level security', rel);
  execute format('drop policy if exists tenant on %s', rel);
  execute format('drop policy if exists watched on %s', rel);
  execute format('create policy watched on %s as restrictive using ((select mortise.unwatched())) '
    'with check (true)', rel);
  execute format('create policy tenant on %s using (tenant_id = (select mortise.tenant())) '
    'with check (tenant_id = (select mortise.tenant()))', rel);
  select string_agg(quote_ident(attname), ', ' order by attnum),
      string_agg(quote_ident(attname), ', ' order by attnum) filter (where attgenerated = ''),
      string_agg(quote_ident(attname), ', ' order by attnum)
        filter (where attgenerated = '' and attname <> 'tenant_id')
    into columns, stored, changing
    from pg_attribute where attrelid = rel and attnum > 0 and not attisdropped;
  execute format('grant select (%s), insert (%s), delete on %s to %I', columns, stored, rel, p);
  if changing is not null then
    execute format('grant update (%s) on %s to %I', changing, rel, p);
  end if;
end $$;

-- Statistics are of all tenants' values, and row estimates give them away (text comparison is
-- leakproof): none are kept, for columns and for index expressions.
create or replace function mortise_guard.forget_statistics(rel regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  a record;
begin
  for a in
    select c.oid::regclass as name, c.relkind, t.attname, t.attnum
    from pg_class c join pg_attribute t on t.attrelid = c.oid
    where (c.oid = rel
        or c.oid in (select indexrelid from pg_index where indrelid = rel and indexprs is not null))
      and t.attnum > 0 and not t.attisdropped and t.attstattarget <> 0
  loop
    if a.relkind = 'r' then
      execute format('alter table %s alter %I set statistics 0', a.name, a.attname);
    elsif exists (select from pg_index where indexrelid = a.name and indkey[a.attnum - 1] = 0) then
      execute format('alter index %s alter %s set statistics 0', a.name, a.attnum);
    end if;
  end loop;
  delete from pg_statistic where starelid = rel
    or starelid in (select indexrelid from pg_index where indrelid = rel);
end $$;

-- What the manifest asks for becomes grants on the core's tables; what it no longer asks for goes.
create or replace function mortise_guard.plugin_permissions(p text, permissions text[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  perm text;
  r record;
begin
  -- Only what there is: a revoke writes the catalogue, and every session would look at the table anew.
  for r in
    select format('table %s', c.oid::regclass) as what
    from pg_class c
    where c.relnamespace = 'mortise'::regnamespace and (
      exists (select from aclexplode(c.relacl) e where e.grantee = p::regrole)
      or exists (select from pg_attribute t, aclexplode(t.attacl) e
        where t.attrelid = c.oid and e.grantee = p::regrole))
    union all
    select format('function %s', f.oid::regprocedure)
    from pg_proc f, aclexplode(f.proacl) e
    where f.pronamespace = 'mortise'::regnamespace and e.grantee = p::regrole
  loop
    execute format('revoke all on %s from %I', r.what, p);
  end loop;
  foreach perm in array coalesce(permissions, '{}') loop
    case perm
    when 'tickets:read' then
      execute format('grant select (id, tenant_id, number, title, state, priority, assignee_id, '
        'created_at, updated_at) on mortise.tickets to %I', p);
    when 'tickets:write' then
      -- version, times, history and event follow by triggers
      execute format('grant select (id, tenant_id), update (state, priority, assignee_id) '
        'on mortise.tickets to %I', p);
    when 'users:read' then
      execute format('grant select (id, tenant_id, name, roles, active) on mortise.users to %I', p);
    when 'notifications:send' then
      execute format('grant execute on function mortise.notify(text, text, jsonb) to %I', p);
    else
      raise exception 'a plugin can''t have permission "%"', left(perm, 60) using errcode = '22023';
    end case;
  end loop;
end $$;

create or replace function mortise.plugin_purge(key text, tenant int) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Foreign keys begin with tenant_id on both sides, so a tenant's rows go as a whole and the order
-- does not matter: no need to ask the triggers that check it.
set session_replication_role = replica
as $$
declare
  x text := 'x_' || mortise_guard.plugin_name(key);
  r record;
  n bigint;
  total bigint := 0;
begin
  for r in select c.oid::regclass::text as name from pg_class c join pg_attribute a
        on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relnamespace = to_regnamespace(x) and c.relkind = 'r' loop
    execute format('delete from %s where tenant_id = $1', r.name) using tenant;
    get diagnostics n = row_count;
    total := total + n;
  end loop;
  return total;
end $$;

create or replace function mortise.plugin_drop(key text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set lock_timeout = '15s'
as $$
declare
  name text := mortise_guard.plugin_name(key);
  role text;
begin
  perform mortise_guard.one_at_a_time();
  foreach role in array array['p_' || name, 'o_' || name] loop
    if mortise_guard.plugin_role(role) then
      execute format('alter role %I nologin', role);
      perform mortise_guard.end_sessions(role);
    end if;
  end loop;
  execute format('drop schema if exists %I cascade', 'x_' || name);
  foreach role in array array['p_' || name, 'o_' || name] loop
    if mortise_guard.plugin_role(role) then
      execute format('drop owned by %I cascade', role);
      execute format('drop role %I', role);
    end if;
  end loop;
end $$;

revoke all on all functions in schema mortise_guard from public;
revoke all on function mortise.plugin_prepare(text, text), mortise.plugin_open(text, text),
  mortise.plugin_handover(text, text, text[]), mortise.plugin_purge(text, int),
  mortise.plugin_drop(text) from public;
grant execute on function mortise.plugin_prepare(text, text), mortise.plugin_open(text, text),
  mortise.plugin_handover(text, text, text[]), mortise.plugin_purge(text, int),
  mortise.plugin_drop(text) to mortise_admin;
