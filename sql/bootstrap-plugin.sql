-- bootstrap-plugin.sql - a plugin's roles and schema, from nothing to nothing.
--
-- Called by the admin pool only. Roles can be made by superusers (CREATEROLE is nearly as much in
-- PostgreSQL 15), so these functions are the superuser's and take a key, never a name: what isn't a
-- plugin key is refused, every identifier is quoted, and a role that Mortise did not make is never
-- touched.
--
--   plugin_prepare    roles o_ and p_, schema x_; o_ may log in for five minutes
--   plugin_open       the same for a plugin that is there already, to expand or to contract
--   plugin_pending    what that opening is to run, for the record
--   plugin_handover   the migration is over: check, guard, grant; o_ is locked out, p_ may log in
--   plugin_settle     an opening that was cut off is over; how does the plugin stand?
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

-- Lets the owner role in for a while. An expand is measured by what stands there now. `migrations`
-- ([{name, sha256, phase}]) is kept for plugin_pending().
create or replace function mortise_guard.open(name text, o_password text, phase text, migrations jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  o text := 'o_' || name;
  x oid := to_regnamespace('x_' || name);
begin
  if length(coalesce(o_password, '')) < 16 then
    raise exception 'password is too short' using errcode = '22023';
  end if;
  if jsonb_typeof(migrations) is distinct from 'array' then
    raise exception 'migrations are a list' using errcode = '22023';
  end if;
  if not mortise_guard.plugin_role(o) or x is null then
    raise exception 'plugin % has no schema', replace(name, '_', '-') using errcode = 'P0002';
  end if;
  perform mortise_guard.end_sessions(o);
  if exists (select from mortise_guard.openings n where n.plugin = name and n.ran) then
    raise exception 'a migration of % waits for its hand-over', replace(name, '_', '-')
      using errcode = '55000';
  end if;
  delete from mortise_guard.openings n where n.plugin = name;
  insert into mortise_guard.openings (plugin, phase, migrations, shape)
    select name, phase, migrations, case when phase = 'expand'
      then coalesce((select jsonb_object_agg(s.id, jsonb_build_object('what', s.what, 'props', s.props))
        from mortise_guard.shape(x) s), '{}') else '{}' end;
  execute format('grant usage, create on schema %I to %I', 'x_' || name, o);
  execute format('alter role %I login connection limit 1 password %L valid until %L', o, o_password,
    clock_timestamp() + interval '5 min');
end $$;

-- Was this plugin ever handed over? Then tenants may have rows in its tables.
create or replace function mortise_guard.in_use(name text) returns bool
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select rolcanlogin from pg_roles where rolname = 'p_' || name), false)
$$;

create or replace function mortise.plugin_prepare(key text, o_password text,
  migrations jsonb default '[]') returns void
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
  perform mortise_guard.open(name, o_password,
    case when mortise_guard.in_use(name) then 'expand' else 'new' end, migrations);
end $$;

create or replace function mortise.plugin_open(key text, o_password text, phase text,
  migrations jsonb default '[]') returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '15s'
as $$
begin
  if phase is null or phase not in ('expand', 'contract') then
    raise exception 'a migration expands or contracts' using errcode = '22023';
  end if;
  perform mortise_guard.one_at_a_time();
  perform mortise_guard.open(mortise_guard.plugin_name(key), o_password, phase, migrations);
end $$;

create or replace function mortise.plugin_pending(key text)
returns table (name text, sha256 text, phase text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select m.name, m.sha256, m.phase
  from mortise_guard.openings o
  cross join jsonb_to_recordset(o.migrations) as m (name text, sha256 text, phase text)
  where o.plugin = mortise_guard.plugin_name(key)
$$;

-- The owner role is out.
create or replace function mortise_guard.shut(name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter role %I nologin password null', 'o_' || name);
  execute format('revoke create on schema %I from %I', 'x_' || name, 'o_' || name);
  perform mortise_guard.end_sessions('o_' || name);
end $$;

-- Ends an opening that nobody is at work with: the owner role is locked out, its sessions end (what they
-- had not committed is undone). Answers
--   none   there is no schema
--   new    there is one that was never handed over
--   ran    its migrations were committed; plugin_handover() is what is missing
--   ready  workers use it
create or replace function mortise.plugin_settle(key text) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set lock_timeout = '15s'
as $$
declare
  name text := mortise_guard.plugin_name(key);
begin
  perform mortise_guard.one_at_a_time();
  if not mortise_guard.plugin_role('o_' || name) or to_regnamespace('x_' || name) is null then
    return 'none';
  end if;
  if exists (select from mortise_guard.openings n where n.plugin = name)
      or (select rolcanlogin from pg_roles where rolname = 'o_' || name) then
    perform mortise_guard.shut(name);
    delete from mortise_guard.openings n where n.plugin = name and not n.ran;
    if exists (select from mortise_guard.openings n where n.plugin = name) then
      return 'ran';
    end if;
  end if;
  return case when mortise_guard.in_use(name) then 'ready' else 'new' end;
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
begin
  perform mortise_guard.one_at_a_time();
  if not mortise_guard.plugin_role(o) or not mortise_guard.plugin_role(p)
      or to_regnamespace(x) is null then
    raise exception 'plugin % has no schema', key using errcode = 'P0002';
  end if;
  if length(coalesce(p_password, '')) < 32 then
    raise exception 'password is too short' using errcode = '22023';
  end if;
  perform mortise_guard.shut(name);
  perform mortise_guard.require_sound(name);

  execute format('grant usage on schema %I to %I', x, p);
  perform mortise_guard.table_handover(c.oid, p), mortise_guard.forget_statistics(c.oid)
    from pg_class c where c.relnamespace = x::regnamespace and c.relkind = 'r';
  for r in select c.oid::regclass::text as name from pg_class c
      where c.relnamespace = x::regnamespace and c.relkind = 'S' loop
    perform mortise_guard.revoke_all(r.name::regclass);
    execute format('grant usage on sequence %s to %I', r.name, p);
  end loop;
  perform mortise_guard.plugin_permissions(p, permissions);
  -- Errors quote values, and a plugin's may be its secrets: the plugin's own log has them, masked.
  execute format('alter role %I set log_min_messages = ''fatal''', p);
  execute format('alter role %I login password %L', p, p_password);
  delete from mortise_guard.openings n where n.plugin = name;
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

-- Has a table all that table_handover() would put there by ALTER TABLE? A plugin's workers wait while
-- that happens, so it isn't done again to tables in use.
create or replace function mortise_guard.guarded(rel regclass) returns bool
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select c.relrowsecurity and c.relforcerowsecurity
    and exists (select from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid
        and d.adnum = a.attnum where a.attrelid = rel and a.attname = 'tenant_id'
        and pg_get_expr(d.adbin, rel) = 'mortise.tenant()')
    and (select array_agg(concat_ws(' | ', p.polname, p.polpermissive, p.polcmd, p.polroles,
          pg_get_expr(p.polqual, rel), pg_get_expr(p.polwithcheck, rel)) order by p.polname)
        from pg_policy p where p.polrelid = rel) = array[
      'tenant | t | * | {0} | (tenant_id = ( SELECT mortise.tenant() AS tenant)) | '
        '(tenant_id = ( SELECT mortise.tenant() AS tenant))',
      'watched | f | * | {0} | ( SELECT mortise.unwatched() AS unwatched) | true']
  from pg_class c where c.oid = rel
$$;

-- One table passes from the migration to the workers. Grants are by column, so that neither system
-- columns (where a row lies) nor LOCK TABLE in the modes of SELECT and UPDATE come with them. TRUNCATE
-- asks no policy, so not even the owner may.
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
  if not mortise_guard.guarded(rel) then
    execute format('alter table %s alter tenant_id set default mortise.tenant()', rel);
    execute format('alter table %s enable row level security, force row level security', rel);
    execute format('drop policy if exists tenant on %s', rel);
    execute format('drop policy if exists watched on %s', rel);
    execute format('create policy watched on %s as restrictive '
      'using ((select mortise.unwatched())) with check (true)', rel);
    execute format('create policy tenant on %s using (tenant_id = (select mortise.tenant())) '
      'with check (tenant_id = (select mortise.tenant()))', rel);
  end if;
  execute format('revoke truncate on %s from %s', rel,
    (select c.relowner::regrole from pg_class c where c.oid = rel));
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
      -- of the storage service and the sandbox: nothing in the database
      if perm = 'storage' or perm ~ '^network:[A-Za-z0-9.*:_-]{1,255}$' then
        continue;
      end if;
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
  delete from mortise_guard.openings n where n.plugin = name;
  foreach role in array array['p_' || name, 'o_' || name] loop
    if mortise_guard.plugin_role(role) then
      execute format('drop owned by %I cascade', role);
      execute format('drop role %I', role);
    end if;
  end loop;
end $$;

-- of the foundation, without a phase
drop function if exists mortise.plugin_prepare(text, text);
drop function if exists mortise.plugin_open(text, text);

revoke all on all functions in schema mortise_guard from public;
do $$
declare
  f text;
begin
  foreach f in array array['plugin_prepare(text, text, jsonb)', 'plugin_open(text, text, text, jsonb)',
    'plugin_pending(text)', 'plugin_settle(text)', 'plugin_handover(text, text, text[])',
    'plugin_purge(text, int)', 'plugin_drop(text)'] loop
    execute format('revoke all on function mortise.%s from public', f);
    execute format('grant execute on function mortise.%s to mortise_admin', f);
  end loop;
end $$;
