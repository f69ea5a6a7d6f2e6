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
--   plugin_handover   the migration is over, see bootstrap-handover.sql
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
