-- catalog_versions.sql - statements of registry/catalog_versions.c; see scripts/embed-sql.
-- as: mortise_admin

-- Approved versions of what the tenant has; "settings" that must have a value before it is configured.
-- name: catalog_offered
select p.sha256, p.plugin_key, p.version, p.signature, p.blake2b, p.manifest ->> 'host',
  p.manifest -> 'abi' from mortise.plugin_packages p
where p.approved_at is not null and p.quarantined_at is null and p.plugin_key in
  (select i.plugin_key from mortise.installations i
  where i.tenant_id = (select mortise.tenant()))

-- name: catalog_settings
select plugin_key, settings, array_to_json(array(select jsonb_object_keys(secrets)))
from mortise.plugin_settings where tenant_id = (select mortise.tenant())
