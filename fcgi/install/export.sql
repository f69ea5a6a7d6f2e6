-- export.sql - statements of install/export.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: export_room
select count(*), coalesce(sum(size), 0) from mortise.plugin_exports
where tenant_id = $1::int and expires_at > now()

-- name: export_tables
select c.relname, format('%I.%I', x.nspname, c.relname), (select jsonb_agg(jsonb_build_object(
  'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
from pg_class c join pg_namespace x on x.oid = c.relnamespace
where x.nspname = 'x_' || replace($1, '-', '_') and c.relkind = 'r'
union all
select 'storage by key', '(select * from mortise.plugin_storage_rows())', '[{"name": "namespace", "type": "text"},
  {"name": "key", "type": "text"}, {"name": "value", "type": "jsonb"}, {"name": "data", "type": "bytea"},
  {"name": "version", "type": "bigint"}, {"name": "updated_at", "type": "timestamp with time zone"},
  {"name": "updated_by", "type": "uuid"}, {"name": "expires_at", "type": "timestamp with time zone"}]'::jsonb
where has_function_privilege(to_regrole('p_' || replace($1, '-', '_'))::oid, 'mortise.plugin_storage_rows()', 'execute')
order by 1

-- name: export_insert
insert into mortise.plugin_exports (tenant_id, id, plugin_key, version, created_by, expires_at, size)
values ($1::int, $2::uuid, $3, $4, nullif($5, '-')::uuid, now() + $7::int * interval '1 day', $6::bigint)
returning mortise.iso(expires_at)

-- name: export_insert_part
insert into mortise.plugin_export_parts (tenant_id, export_id, n, data)
values ($1::int, $2::uuid, $3::int, decode($4, 'hex'))
