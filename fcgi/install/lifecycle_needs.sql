-- lifecycle_needs.sql - statements of install/lifecycle_needs.c; see scripts/embed-sql.
-- as: mortise_admin

-- What the company has of these plugins; in a transaction they stay so until its end.
-- name: needs_has
select i.plugin_key, p.version, i.state = 'enabled' and p.quarantined_at is null
from mortise.installations i join mortise.plugin_packages p on p.sha256 = i.package_sha256
where i.tenant_id = $1::int and i.plugin_key = any ($2::text[])
order by i.plugin_key for share of i

-- Enabled plugins of the company that depend on this one, with the range that each needs.
-- name: needs_of_others
select i.plugin_key, coalesce(p.manifest ->> 'displayName', i.plugin_key), d ->> 'version'
from mortise.installations i join mortise.plugin_packages p on p.sha256 = i.package_sha256,
  jsonb_array_elements(p.manifest -> 'dependencies') d
where i.tenant_id = $1::int and i.state in ('enabled', 'installing') and d ->> 'key' = $2
  and jsonb_typeof(p.manifest -> 'dependencies') = 'array' and i.plugin_key <> $2
order by 2
