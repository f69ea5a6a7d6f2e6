-- configure.sql - statements of install/configure.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: configure_users
select coalesce(json_agg(id::text), '[]') from mortise.users u
where tenant_id = (select mortise.tenant()) and mortise.may_be_chosen(u) and id = any ($1::uuid[])
