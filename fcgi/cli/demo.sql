-- demo.sql - statements of cli/demo.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: demo_alone
select pg_advisory_xact_lock(hashtextextended('mortise.demo', 0))

-- name: demo_there
select from mortise.tenants where code in ('northwind', 'harbor')

-- name: demo_tenant
select id from mortise.tenants where code = $1

-- name: demo_add_tenant
select mortise.tenant_create($1, $2)

-- name: demo_add_person
select mortise.user_create($1::int, $2::uuid, $3, $4, $5::text[], $6)

-- From here on the transaction is in this tenant, as the core would be: row-level security holds.
-- name: demo_enter
select set_config('mortise.tenant', $1, true)

-- name: demo_password
select mortise.password_set(tenant_id, id, $2) from mortise.users where email = $1
