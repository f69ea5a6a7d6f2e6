-- lifecycle_upgrade.sql - statements of install/lifecycle_upgrade.c; see scripts/embed-sql.
-- as: mortise_admin

-- Quarantine may have moved the installation in between, and switched the new package off.
-- name: upgrade_switch
update mortise.installations i set package_sha256 = $4,
  previous_sha256 = case when $5::bool then i.package_sha256 end,
  left_sha256 = i.package_sha256, left_at = clock_timestamp(), changed_at = now(),
  consented = array(select jsonb_array_elements_text(coalesce(p.manifest -> 'permissions', '[]')))
from mortise.plugin_packages p where p.sha256 = $4 and p.quarantined_at is null
  and i.tenant_id = $1::int and i.id = $2::uuid and i.package_sha256 = $3

-- name: upgrade_grant
select mortise.permissions_grant_defaults($1::int, $2, $3)
