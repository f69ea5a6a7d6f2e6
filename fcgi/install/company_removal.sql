-- company_removal.sql - statements of install/company_removal.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: company_removal_next
select tenant, code, step from mortise.company_removal_next()

-- name: company_removal_begin
select mortise.company_removal_begin($1::int, mortise.plugin_count($1::int))

-- name: company_removal_purge
select mortise.plugin_purge_some($1::int, $2::int)

-- name: company_removal_plugins
select mortise.company_removal_plugins($1::int, $2::bigint)

-- name: company_removal_installation
select id from mortise.installations where tenant_id = $1::int order by plugin_key limit 1

-- name: company_removal_rows
select mortise.company_remove($1::int)

-- name: company_removal_exports
select json_array_elements(mortise.company_exports_of($1)) ->> 'id'

-- name: company_removal_failed
select mortise.company_removal_failed($1::int, $2)
