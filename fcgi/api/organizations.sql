-- organizations.sql - statements of api/organizations.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: organizations_page
select total, items from mortise.organization_page($1, $2::int, $3::int)

-- name: organizations_rename
select mortise.organization_rename($1::int, null, $2)
