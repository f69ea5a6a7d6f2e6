-- routes_guests.sql - statements of install/routes_guests.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: guests_names
select id, code, name from mortise.tenants where id = any ($1::int[])
