-- bootstrap-plugin.sql - a plugin's roles and schema, from nothing to nothing.
--
-- Called by the admin pool only. Only superusers can create roles (CREATEROLE is nearly as much in PostgreSQL
-- 15), so these functions are the superuser's and take a key, never a name: anything but a plugin key is
-- refused, every identifier is quoted, and a role that Mortise did not create is never touched.
--
--   plugin_prepare    roles o_ and p_, schema x_; o_ may log in for five minutes
--   plugin_open       the same for an existing plugin, to expand or to contract
--   plugin_pending    the migrations of that opening, for the record
--   plugin_handover   the migration is over, see bootstrap-handover.sql
--   plugin_settle     ends an interrupted opening; returns the plugin's state
--   plugin_purge      deletes one tenant's rows
--   plugin_purge_some so many rows of a tenant, of whichever plugin
--   plugin_references_end  ends rows that name what was removed
--   plugin_drop       drops everything
--   plugin_sessions_end  ends sessions that outlive their deadline
--   plugin_tables_check  revokes writing above the quota

create or replace function mortise_guard.plugin_name(key text) returns text
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
as $$
begin
  if key !~ '^[a-z][a-z0-9-]{1,39}$' or key like '%--%' or key like '%-' then
    raise exception 'plugin-key: %', left(key, 60) using errcode = '22023';
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
    raise exception 'role-foreign: %', role;
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
      raise exception 'sessions-open: %', role using errcode = '55P03';
    end if;
    perform pg_sleep(0.01);
  end loop;
end $$;

-- Ends those sessions of a role that have had a transaction open for so long.
create or replace function mortise_guard.end_transactions(role text, age interval) returns int
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  n int;
begin
  perform pg_stat_clear_snapshot();
  perform pg_terminate_backend(a.pid) from pg_stat_activity a
    where a.usename = role and a.xact_start < clock_timestamp() - age;
  get diagnostics n = row_count;
  return n;
end $$;

-- Grants of two plugins at once would meet on the same catalogue rows ("tuple concurrently updated"):
-- one after the other, each until the end of its transaction.
create or replace function mortise_guard.one_at_a_time() returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(hashtextextended('mortise.plugin', 0))
$$;

-- Lets the owner role log in for a while. An expand is compared with the schema as it is now. `migrations`
-- ([{name, sha256, phase}]) is stored for plugin_pending().
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
    raise exception 'plugin-password' using errcode = '22023';
  end if;
  if jsonb_typeof(migrations) is distinct from 'array' then
    raise exception 'migration-list' using errcode = '22023';
  end if;
  if not mortise_guard.plugin_role(o) or x is null then
    raise exception 'plugin-schema: %', replace(name, '_', '-') using errcode = 'P0002';
  end if;
  perform mortise_guard.end_sessions(o);
  if exists (select from mortise_guard.openings n where n.plugin = name and n.ran) then
    raise exception 'migration-waits: %', replace(name, '_', '-')
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

-- Settings of a worker's sessions. Nothing else is set for the role: settings that it made itself in a
-- session of its own (ALTER ROLE) are reset at every hand-over and every setup. The time-outs are the second
-- line, longer than any deadline of a host; the connection limit and the space for temporary files always
-- hold.
create or replace function mortise_guard.role_settings(p text, x text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter role %I reset all', p);
  execute format('alter role %I in database %I reset all', p, current_database());
  execute format('alter role %I connection limit 24 valid until ''infinity''', p);
  execute format('alter role %I set temp_file_limit = ''256MB''', p);
  execute format('alter role %I set statement_timeout = ''30s''', p);
  execute format('alter role %I set lock_timeout = ''10s''', p);
  execute format('alter role %I set idle_in_transaction_session_timeout = ''60s''', p);
  execute format('alter role %I set search_path = %I', p, x);
  -- Errors quote values, and a plugin's may be its secrets: the plugin's own log has them, masked.
  execute format('alter role %I set log_min_messages = ''fatal''', p);
end $$;
do $$
declare
  r record;
begin
  for r in select a.rolname as p, 'x_' || substr(a.rolname, 3) as x from pg_auth_members m
      join pg_roles a on a.oid = m.member
      where m.roleid = 'mortise_plugin'::regrole and a.rolname ~ '^p_' loop
    perform mortise_guard.role_settings(r.p, r.x);
  end loop;
  for r in select a.rolname as o, 'x_' || substr(a.rolname, 3) as x from pg_auth_members m
      join pg_roles a on a.oid = m.member
      where m.roleid = 'mortise_plugin'::regrole and a.rolname ~ '^o_' loop
    execute format('alter role %I reset all', r.o);
    execute format('alter role %I set search_path = %I', r.o, r.x);
    execute format('alter role %I set lock_timeout = ''10s''', r.o);
  end loop;
end $$;

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
  perform mortise_guard.role_settings(p, x);
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
    raise exception 'migration-phase' using errcode = '22023';
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

-- The tables of all plugins that have rows of tenants.
create or replace function mortise_guard.plugin_tables() returns table (name text, rel regclass, own name)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select substr(x.nspname, 3), c.oid::regclass, c.relname
  from pg_namespace x join pg_class c on c.relnamespace = x.oid and c.relkind = 'r'
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
  where x.nspname ~ '^x_' order by 1, 3
$$;

create or replace function mortise.plugin_purge(key text, tenant int) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Foreign keys begin with tenant_id on both sides, so a tenant's rows are deleted together and the order does
-- not matter: the triggers that check them needn't run.
set session_replication_role = replica
set lock_timeout = '1s'
as $$
declare
  name text := mortise_guard.plugin_name(key);
  r record;
  n bigint;
  total bigint := 0;
begin
  for r in select c.oid::regclass::text as name from pg_class c join pg_attribute a
        on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relnamespace = to_regnamespace('x_' || name) and c.relkind = 'r' loop
    -- Only the plugin itself holds a lock for so long: its open transactions are ended, of any company, so
    -- that it can't keep a company from uninstalling it.
    for attempt in 1..5 loop
      begin
        execute format('delete from %s where tenant_id = $1', r.name) using tenant;
        get diagnostics n = row_count;
        exit;
      exception when lock_not_available then
        if attempt = 5 then
          raise;
        end if;
        perform mortise_guard.end_transactions('p_' || name, interval '0.5 s');
      end;
    end loop;
    total := total + n;
  end loop;
  return total;
end $$;

-- How many rows a tenant has in the tables of all plugins; and so many of the first table that has any are deleted, of a
-- tenant that is deleted itself. Returns how many.
create or replace function mortise.plugin_count(tenant int) returns bigint
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  r record;
  n bigint;
  total bigint := 0;
begin
  for r in select * from mortise_guard.plugin_tables() loop
    execute format('select count(*) from %s where tenant_id = $1', r.rel) into n using tenant;
    total := total + n;
  end loop;
  return total;
end $$;

create or replace function mortise.plugin_purge_some(tenant int, most int) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set session_replication_role = replica -- as plugin_purge()
set lock_timeout = '1s'
as $$
declare
  r record;
  n bigint;
begin
  for r in select * from mortise_guard.plugin_tables() loop
    begin
      execute format('delete from %s where ctid = any (array(select ctid from %1$s where tenant_id = $1 limit $2))', r.rel)
        using tenant, most;
      get diagnostics n = row_count;
    exception when lock_not_available then
      perform mortise_guard.end_transactions('p_' || r.name, interval '0.5 s');
      return 1; -- once more
    end;
    if n > 0 then
      return n;
    end if;
  end loop;
  for r in delete from mortise_guard.full_tenants f where f.tenant = plugin_purge_some.tenant returning f.plugin as name loop
    perform mortise_guard.plugin_room(r.name);
  end loop;
  return 0;
end $$;

-- What the plugins of a tenant have of tickets or people that were removed, by the references that their manifests declare: rows
-- go, or only forget. A plugin's own tables never keep anybody from being removed: a column that can't be NULL takes its row
-- with it, and a row that the plugin's foreign keys hold stays.
create or replace function mortise.plugin_references_end(tenant int, entity text, gone uuid[]) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $$
declare
  r record;
  n bigint;
  total bigint := 0;
begin
  for r in
    select distinct replace(i.plugin_key, '-', '_') as name, c.oid::regclass as rel, a.attname as col,
      ref ->> 'onDelete' = 'null' as forgets
    from mortise.installations i
    join mortise.plugin_packages p on p.sha256 in (i.package_sha256, i.previous_sha256)
    cross join jsonb_array_elements(case jsonb_typeof(p.manifest -> 'references') when 'array'
      then p.manifest -> 'references' else '[]' end) ref
    join pg_class c on c.relnamespace = to_regnamespace('x_' || replace(i.plugin_key, '-', '_')) and c.relkind = 'r'
      and c.relname = ref ->> 'table'
    join pg_attribute a on a.attrelid = c.oid and a.attname = ref ->> 'column' and a.atttypid = 'uuid'::regtype
      and not a.attisdropped
    where i.tenant_id = tenant and ref ->> 'to' = entity
  loop
    for attempt in 1..5 loop
      begin
        begin
          if r.forgets then
            execute format('update %s set %I = null where tenant_id = $1 and %2$I = any ($2)', r.rel, r.col) using tenant, gone;
          else
            execute format('delete from %s where tenant_id = $1 and %I = any ($2)', r.rel, r.col) using tenant, gone;
          end if;
        exception when not_null_violation or check_violation or unique_violation then
          execute format('delete from %s where tenant_id = $1 and %I = any ($2)', r.rel, r.col) using tenant, gone;
        end;
        get diagnostics n = row_count;
        total := total + n;
        exit;
      exception when lock_not_available then -- as plugin_purge()
        if attempt = 5 then
          raise;
        end if;
        perform mortise_guard.end_transactions('p_' || r.name, interval '0.5 s');
      when integrity_constraint_violation then
        raise log 'plugin %: rows of % stay, though % were removed: %', r.name, r.rel, entity, sqlerrm;
        exit;
      end;
    end loop;
  end loop;
  return total;
end $$;

-- For the export of a company: the tables of all plugins with their columns, and the rows of one in the transaction's company.
create or replace function mortise.plugin_parts() returns table (key text, own name, columns jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select replace(p.name, '_', '-'), p.own, (select jsonb_agg(jsonb_build_array(a.attname, t.typcategory in ('N', 'B')) order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = p.rel and a.attnum > 0 and not a.attisdropped and a.attname <> 'tenant_id')
  from mortise_guard.plugin_tables() p
$$;

create or replace function mortise.plugin_rows(key text, own name) returns setof json
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  r record;
begin
  for r in select p.rel from mortise_guard.plugin_tables() p
      where p.name = mortise_guard.plugin_name(plugin_rows.key) and p.own = plugin_rows.own loop
    return query execute format('select row_to_json(t) from %s t where t.tenant_id = $1', r.rel) using mortise.tenant();
  end loop;
end $$;

-- Ends sessions of plugins with a transaction that has been open longer than any call may take: their host is
-- gone or doesn't end it. Exports and moves of rows, which the admin pool runs as the same role, have longer, and so have
-- sessions of a plugin while a job or an event of it runs.
-- The steward calls it every few seconds.
create or replace function mortise.plugin_sessions_end(call_s int, step_s int, job_s int) returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  n int;
begin
  perform pg_terminate_backend(s.pid)
    from pg_stat_activity s join pg_auth_members m on m.member = s.usesysid
    where m.roleid = 'mortise_plugin'::regrole and s.xact_start < clock_timestamp() - interval '1 s'
      * greatest(1, case when s.application_name = 'mortise-migration' then step_s
        when exists (select from mortise.plugin_work w where w.state = 'running'
          and s.usename = 'p_' || replace(w.plugin_key, '-', '_')) then greatest(job_s, call_s)
        else call_s end);
  get diagnostics n = row_count;
  return n;
end $$;

-- --- how much a plugin keeps -------------------------------------------------------------------------
create table if not exists mortise_guard.full_plugins (
  plugin text primary key, -- x_<plugin>
  since timestamptz not null default now()
);
revoke all on mortise_guard.full_plugins from public;
comment on table mortise_guard.full_plugins is 'Plugins whose tables are above the quota, and which therefore '
  'may not insert or update. No tenant''s data; superusers only, no policy needed.';

-- Bytes of a plugin's tables with their indexes. A file doesn't shrink when rows are deleted, so where
-- there are statistics what is alive counts, if that is less: rows of the usual width, long values in
-- pieces of 2 kB, indexes in the same proportion.
create or replace function mortise_guard.plugin_bytes(name text) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(case when v.width is null then v.whole
    else least(v.whole, (v.whole * least(1, v.alive / greatest(v.heap, 1)))::bigint) end), 0)::bigint
  from (
    select pg_total_relation_size(c.oid) as whole,
      (pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0))::numeric as heap,
      s.width, (pg_stat_get_live_tuples(c.oid) * (coalesce(s.width, 0) + 36)
        + coalesce(pg_stat_get_live_tuples(nullif(c.reltoastrelid, 0)), 0) * 2050)::numeric as alive
    from pg_class c left join lateral (
      select sum(t.stawidth) as width from pg_statistic t where t.starelid = c.oid) s on true
    where c.relnamespace = to_regnamespace('x_' || name) and c.relkind = 'r') v
$$;

-- Takes INSERT and UPDATE of all columns from a plugin's role, or gives back what a hand-over grants.
create or replace function mortise_guard.plugin_writes(name text, may bool) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  r record;
  columns text;
begin
  for r in select c.oid::regclass as rel from pg_class c
      where c.relnamespace = to_regnamespace('x_' || name) and c.relkind = 'r' loop
    if may then
      perform mortise_guard.table_handover(r.rel, 'p_' || name);
    else
      select string_agg(quote_ident(a.attname), ', ') into columns from pg_attribute a
        where a.attrelid = r.rel and a.attnum > 0 and not a.attisdropped;
      execute format('revoke insert (%s), update (%s) on %s from %I', columns, columns, r.rel, 'p_' || name);
    end if;
  end loop;
end $$;

-- Measures every plugin. One above the quota may delete, but neither insert nor update, until it is below
-- nine tenths of it. A company's bytes above its own share, for which it is stopped, don't count: they stop
-- nobody else. Returns the changes.
create or replace function mortise.plugin_tables_check(quota bigint)
returns table (key text, bytes bigint, may_write bool)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  r record;
begin
  for r in
    select substr(n.nspname, 3) as name,
      mortise_guard.plugin_bytes(substr(n.nspname, 3)) - mortise_guard.plugin_excess(substr(n.nspname, 3)) as size,
      exists (select from mortise_guard.full_plugins f where f.plugin = substr(n.nspname, 3)) as full
    from pg_namespace n
    where n.nspname ~ '^x_' and mortise_guard.in_use(substr(n.nspname, 3))
  loop
    continue when r.full and r.size >= quota / 10 * 9 or not r.full and r.size <= quota;
    begin
      perform mortise_guard.plugin_writes(r.name, r.full);
    exception when lock_not_available then
      continue; -- next time
    end;
    if r.full then
      delete from mortise_guard.full_plugins f where f.plugin = r.name;
    else
      insert into mortise_guard.full_plugins (plugin) values (r.name);
    end if;
    key := replace(r.name, '_', '-');
    bytes := r.size;
    may_write := r.full;
    return next;
  end loop;
end $$;
comment on function mortise.plugin_tables_check(bigint) is
  'Takes INSERT and UPDATE from plugins whose tables are above so many bytes, and gives it back below.';

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
  delete from mortise_guard.full_plugins n where n.plugin = name;
  delete from mortise_guard.full_tenants n where n.plugin = name;
  foreach role in array array['p_' || name, 'o_' || name] loop
    if mortise_guard.plugin_role(role) then
      execute format('drop owned by %I cascade', role);
      execute format('drop role %I', role);
    end if;
  end loop;
end $$;

-- Drops so many of a plugin's tables and answers how many are left: each call is a transaction of its own, so
-- that a plugin with thousands of them (of before there was a bound) doesn't need all locks at once.
create or replace function mortise.plugin_drop_some(key text, n int) returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set lock_timeout = '15s'
as $$
declare
  name text := mortise_guard.plugin_name(key);
  x oid := to_regnamespace('x_' || name);
  r record;
begin
  perform mortise_guard.one_at_a_time();
  if mortise_guard.plugin_role('p_' || name) then
    execute format('alter role %I nologin', 'p_' || name);
    perform mortise_guard.end_sessions('p_' || name);
  end if;
  for r in select c.oid::regclass as rel from pg_class c
      where c.relnamespace = x and c.relkind = 'r' order by c.oid limit n loop
    execute format('drop table %s cascade', r.rel);
  end loop;
  return (select count(*) from pg_class c where c.relnamespace = x and c.relkind = 'r');
end $$;

revoke all on all functions in schema mortise_guard from public;
do $$
declare
  f text;
begin
  foreach f in array array['plugin_prepare(text, text, jsonb)', 'plugin_open(text, text, text, jsonb)',
    'plugin_pending(text)', 'plugin_settle(text)', 'plugin_handover(text, text, text[])',
    'plugin_purge(text, int)', 'plugin_purge_some(int, int)', 'plugin_count(int)', 'plugin_drop(text)', 'plugin_drop_some(text, int)'] loop
    execute format('revoke all on function mortise.%s from public', f);
    execute format('grant execute on function mortise.%s to mortise_admin', f);
  end loop;
  foreach f in array array['plugin_sessions_end(int, int, int)', 'plugin_tables_check(bigint)', 'plugin_parts()', 'plugin_rows(text, name)'] loop
    execute format('revoke all on function mortise.%s from public', f);
    execute format('grant execute on function mortise.%s to mortise_steward', f);
  end loop;
  revoke all on function mortise.plugin_references_end(int, text, uuid[]) from public;
  grant execute on function mortise.plugin_references_end(int, text, uuid[]) to mortise_auth;
end $$;
