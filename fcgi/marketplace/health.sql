-- health.sql - statements of marketplace/health.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: health_plugins
select count(*), count(p.quarantined_at) from mortise.installations i
join mortise.plugin_packages p on p.sha256 = i.package_sha256
where i.tenant_id = (select mortise.tenant())
