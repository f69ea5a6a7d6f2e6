-- migrate_tenant.sql - statements of install/migrate_tenant.c; see scripts/embed-sql.
-- as: mortise_admin

-- Migrations that the tenant's version has, or $3; a row without path means that the plugin is installed at
-- all.
-- name: migrate_has
select substr(f.path, length('migrations/') + 1), f.sha256
from mortise.installations i left join mortise.plugin_files f
  on f.package_sha256 = coalesce($3, i.package_sha256) and f.path like 'migrations/%.tenant.sql'
where i.tenant_id = $1::int and i.plugin_key = $2

-- name: migrate_announce
insert into mortise.plugin_moves as m (tenant_id, plugin_key, token_hash, migrations)
values ($1::int, $2, decode($3, 'hex'), $4::jsonb)
on conflict (tenant_id, plugin_key)
  do update set token_hash = excluded.token_hash, migrations = excluded.migrations

-- as: plugin
-- name: migrate_moved
select mortise.plugin_moved($1)
