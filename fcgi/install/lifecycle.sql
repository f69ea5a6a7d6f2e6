-- lifecycle.sql - statements of install/lifecycle.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: lifecycle_has
select 1 from mortise.installations where tenant_id = $1::int and plugin_key = $2

-- name: lifecycle_insert
insert into mortise.installations (tenant_id, id, plugin_key, package_sha256, state,
  installed_by, consented) select $1::int, $2::uuid, $3, $4, 'installing', $5::uuid,
  array(select jsonb_array_elements_text(coalesce(p.manifest -> 'permissions', '[]')))
from mortise.plugin_packages p where p.sha256 = $4

-- name: lifecycle_grant
select mortise.permissions_grant_defaults($1::int, $2, $3)
