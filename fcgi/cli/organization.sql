-- organization.sql - statements of cli/organization.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: organization_list
select o ->> 'name', o ->> 'companies' from mortise.organization_page(null, 1000000, 0) p, json_array_elements(p.items) o

-- name: organization_rename_one
select mortise.organization_rename(null, $1, $2)
