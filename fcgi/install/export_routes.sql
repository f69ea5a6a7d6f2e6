-- export_routes.sql - statements of install/export_routes.c; see scripts/embed-sql.
-- as: mortise_admin

-- Row-level security shows the tenant's own; the role has no other way to see any.
-- name: export_list
select coalesce(json_agg(to_json(v) order by v."createdAt" desc, v.id), '[]') from (
  select e.id, e.plugin_key as "pluginKey", e.version, e.size, mortise.iso(e.created_at) as "createdAt",
    mortise.iso(e.expires_at) as "expiresAt", u.name as "createdBy", '/api/plugins/exports/' || e.id as url
  from mortise.plugin_exports e
  left join mortise.users u on u.tenant_id = e.tenant_id and u.id = e.created_by
  where e.expires_at > now()) v

-- name: export_one
select plugin_key, version, size, to_char(created_at at time zone 'UTC', 'YYYYMMDD-HH24MI')
from mortise.plugin_exports where id = $1::uuid and expires_at > now()

-- name: export_part
select encode(data, 'hex') from mortise.plugin_export_parts
where export_id = $1::uuid and n = $2::int

-- name: export_delete
delete from mortise.plugin_exports where id = $1::uuid
