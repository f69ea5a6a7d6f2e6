-- bootstrap-usage.sql - how much a tenant keeps in a plugin's tables.
--
-- The superuser's, because no role of the core may read plugins' tables. Like bootstrap-plugin.sql it
-- takes a key, never a name, and calls nothing that mortise_owner could replace. It tells two numbers.
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
