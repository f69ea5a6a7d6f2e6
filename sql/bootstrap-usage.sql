-- bootstrap-usage.sql - the size of a tenant's rows in a plugin's tables, and its limit.
--
-- The superuser's, because no role of the core may read plugins' tables. Like bootstrap-plugin.sql it takes a
-- key, never a name, and calls nothing that mortise_owner could replace. It returns two numbers.
create or replace function mortise.plugin_weight(key text, tenant int, out row_count bigint, out bytes bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  x text := 'x_' || mortise_guard.plugin_name(key);
  r record;
  n bigint;
  size bigint;
begin
  row_count := 0;
  bytes := 0;
  for r in select c.oid::regclass::text as name from pg_class c join pg_attribute a
        on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relnamespace = to_regnamespace(x) and c.relkind = 'r' loop
    execute format('select count(*), coalesce(sum(pg_column_size(t.*)), 0) from %s t where t.tenant_id = $1',
      r.name) into n, size using tenant;
    row_count := row_count + n;
    bytes := bytes + size;
  end loop;
end $$;
revoke all on function mortise.plugin_weight(text, int) from public;
grant execute on function mortise.plugin_weight(text, int) to mortise_admin;
comment on function mortise.plugin_weight(text, int) is
  'Rows of a tenant in a plugin''s tables, and their bytes without indexes.';

-- --- a company's share --------------------------------------------------------------------------------
create table if not exists mortise_guard.full_tenants (
  plugin text not null, -- x_<plugin>
  tenant int not null,
  excess bigint not null, -- bytes above the share, when it was measured last
  since timestamptz not null default now(),
  primary key (plugin, tenant)
);
revoke all on mortise_guard.full_tenants from public;
comment on table mortise_guard.full_tenants is 'Companies whose rows in a plugin''s tables are above their share, '
  'and which therefore may not insert or update there. Superusers only, no policy needed.';

create or replace function mortise_guard.plugin_excess(name text) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(f.excess), 0)::bigint from mortise_guard.full_tenants f where f.plugin = name
$$;

-- Bytes of each company with their part of the indexes, a row for each table. Some 4,000 pages of all tables
-- are sampled (10 of each at least), so a plugin of any size takes less than a second; a quarter of it is
-- estimated to within 3 %. Deleted rows don't count; long values count as stored and aren't fetched.
create or replace function mortise_guard.schema_bytes(place regnamespace) returns table (tenant int, bytes numeric)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  pages constant numeric := 4000;
  r record;
  part numeric;
begin
  for r in
    select c.oid::regclass as rel, heap / current_setting('block_size')::int as own,
      sum(heap) over () / current_setting('block_size')::int as total,
      pg_total_relation_size(c.oid)::numeric / (heap + toast) as whole,
      (select string_agg(format('coalesce(pg_column_size(t.%I), 0)', v.attname), ' + ')
        from pg_attribute v where v.attrelid = c.oid and v.attnum > 0 and not v.attisdropped) as width
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    cross join lateral (select pg_relation_size(c.oid) as heap,
      coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) as toast) s
    where c.relnamespace = place and c.relkind = 'r' and heap > 0
  loop
    part := least(100, greatest(100 * pages / r.total, 1000.0 / r.own));
    return query execute format('select t.tenant_id, sum(%s + 36) * $1 from %s t tablesample system ($2) group by 1',
      r.width, r.rel) using r.whole * 100 / part, part::real;
  end loop;
end $$;

create or replace function mortise_guard.tenant_bytes(name text) returns table (tenant int, bytes numeric)
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select * from mortise_guard.schema_bytes(to_regnamespace('x_' || name))
$$;

-- What each company stores, in the core's tables and in those of plugins.
create or replace function mortise.company_bytes() returns table (tenant int, bytes numeric)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select w.tenant, sum(w.bytes) from pg_namespace n
  cross join lateral mortise_guard.schema_bytes(n.oid::regnamespace) w
  where n.nspname = 'mortise' or n.nspname ~ '^x_'
  group by 1
$$;
revoke all on function mortise.company_bytes() from public;
grant execute on function mortise.company_bytes() to mortise_auth;
comment on function mortise.company_bytes() is 'Bytes of each company with their part of the indexes, estimated.';

-- The policy "room" exists on a plugin's tables only while a company is above its share, so companies below
-- pay nothing for it. It refuses rows that those companies would insert or change, and can't make rows
-- visible.
create or replace function mortise_guard.plugin_room(name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  full_ones text := (select array_agg(f.tenant order by f.tenant)::text from mortise_guard.full_tenants f
    where f.plugin = name);
  wanted text := format('((select mortise.tenant()) <> all (%L::int[]))', full_ones);
  r record;
begin
  for r in
    select c.oid::regclass as rel, p.oid is not null as stands, pg_get_expr(p.polwithcheck, c.oid) as old
    from pg_class c left join pg_policy p on p.polrelid = c.oid and mortise_guard.is_room(p)
    where c.relnamespace = to_regnamespace('x_' || name) and c.relkind = 'r' order by c.oid
  loop
    if full_ones is null then
      if r.stands then
        execute format('drop policy room on %s', r.rel);
      end if;
    elsif not r.stands then
      execute format('create policy room on %s as restrictive using (true) with check %s', r.rel, wanted);
    elsif strpos(r.old, quote_literal(full_ones)) = 0 then
      execute format('alter policy room on %s with check %s', r.rel, wanted);
    end if;
  end loop;
end $$;

-- Plugins that plugin_tenants_check() has to measure: those where one company could be above its share.
create or replace function mortise.plugin_tenants_due(share bigint) returns setof text
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select replace(substr(n.nspname, 3), '_', '-')
  from pg_namespace n
  where n.nspname ~ '^x_' and mortise_guard.in_use(substr(n.nspname, 3))
    and (mortise_guard.plugin_bytes(substr(n.nspname, 3)) > share
      or exists (select from mortise_guard.full_tenants f where f.plugin = substr(n.nspname, 3)))
  order by 1
$$;
comment on function mortise.plugin_tenants_due(bigint) is
  'Plugins whose tables hold more than so many bytes, and those where a company was stopped.';

-- A company above its share of a plugin's tables may delete there, but neither insert nor update, until it is
-- below nine tenths of it. Others don't notice. Answers what changed; nothing when somebody is in the way, and
-- the next turn tries again.
create or replace function mortise.plugin_tenants_check(key text, share bigint)
returns table (tenant int, bytes bigint, may_write bool)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $$
declare
  name text := mortise_guard.plugin_name(key);
  changed jsonb := '[]';
  r record;
begin
  if not mortise_guard.in_use(name)
      or not pg_try_advisory_xact_lock(hashtextextended('mortise.plugin', 0)) then
    return;
  end if;
  begin
    for r in
      select coalesce(m.tenant, f.tenant) as tenant, coalesce(m.bytes, 0) as size, f.tenant is not null as full
      from (select t.tenant, sum(t.bytes)::bigint as bytes from mortise_guard.tenant_bytes(name) t group by 1) m
      full join (select * from mortise_guard.full_tenants f where f.plugin = name) f on f.tenant = m.tenant
      where f.tenant is not null or m.bytes > share
    loop
      if not r.full then
        insert into mortise_guard.full_tenants (plugin, tenant, excess) values (name, r.tenant, r.size - share);
      elsif r.size < share / 10 * 9 then
        delete from mortise_guard.full_tenants f where f.plugin = name and f.tenant = r.tenant;
      else
        update mortise_guard.full_tenants f set excess = greatest(0, r.size - share)
          where f.plugin = name and f.tenant = r.tenant;
        continue;
      end if;
      changed := changed || jsonb_build_object('tenant', r.tenant, 'bytes', r.size, 'may_write', r.full);
    end loop;
    perform mortise_guard.plugin_room(name);
  exception when lock_not_available or deadlock_detected then
    return;
  end;
  return query select c.tenant, c.bytes, c.may_write
    from jsonb_to_recordset(changed) c (tenant int, bytes bigint, may_write bool);
end $$;
comment on function mortise.plugin_tenants_check(text, bigint) is
  'Takes INSERT and UPDATE in a plugin''s tables from companies that keep more than so many bytes there.';

-- The bound, by its name in mortise.conf, that stops this session's plugin from writing as this company; NULL
-- = none. Its host calls this when a statement was refused.
create or replace function mortise.plugin_stopped_by() returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when exists (select from mortise_guard.full_plugins f where 'p_' || f.plugin = session_user)
      then 'plugin_tables_mb'
    when exists (select from mortise_guard.full_tenants f
        where 'p_' || f.plugin = session_user and f.tenant = mortise.tenant())
      then 'plugin_tenant_tables_mb' end
$$;
comment on function mortise.plugin_stopped_by() is
  'The bound of storage that the session''s plugin is above, for all companies or for the session''s.';
revoke all on function mortise.plugin_stopped_by() from public;
grant execute on function mortise.plugin_stopped_by() to mortise_plugin;

revoke all on all functions in schema mortise_guard from public;
revoke all on function mortise.plugin_tenants_due(bigint), mortise.plugin_tenants_check(text, bigint) from public;
grant execute on function mortise.plugin_tenants_due(bigint), mortise.plugin_tenants_check(text, bigint)
  to mortise_steward;
