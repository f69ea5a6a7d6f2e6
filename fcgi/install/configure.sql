-- configure.sql - statements of install/configure.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: configure_users
select coalesce(json_agg(id::text), '[]') from mortise.users
where tenant_id = (select mortise.tenant()) and active and id = any ($1::uuid[])
