-- routes.sql - statements of install/routes.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: install_tenant
select id from mortise.tenants where code = $1 and state = 'active'
