-- plugin_sql.sql - statements of cli/plugin_sql.c; see scripts/embed-sql.
-- as: mortise_admin

-- A company, its installation of a plugin and who installed it.
-- name: plugin_sql_installed
select t.id, i.id, i.installed_by from mortise.tenants t
left join mortise.installations i on i.tenant_id = t.id and i.plugin_key = $2
where t.code = $1
