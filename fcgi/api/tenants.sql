-- tenants.sql - statements of api/tenants.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: tenants_page
select total, items from mortise.tenant_page($1, $2, $3::bool, $4, $5::int, $6::int)

-- name: tenants_one
select mortise.tenant_show($1)

-- name: tenants_add
select mortise.tenant_create($1, $2, 'active', $3)

-- name: tenants_add_admin
select mortise.user_create($1::int, $2::uuid, $3, $4, '{Admin}', null)

-- name: tenants_admin_link
select purpose, expires from mortise.user_link($1, $2, $3::int, $4::int)

-- name: tenants_set_state
select mortise.tenant_set_state($1, $2, $3)

-- name: tenants_delete
select mortise.company_delete($1, $2::int, $3)

-- name: tenants_keep
select mortise.company_keep($1)

-- name: tenants_limits
select mortise.company_limits_set($1, $2::int, $3::int, $4::int)

-- name: tenants_organize
select mortise.tenant_organize($1, $2)
