-- company_exports.sql - statements of api/company_exports.c; see scripts/embed-sql.
-- as: mortise_api, mortise_admin

-- name: company_exports_of
select mortise.company_exports_of($1)

-- name: company_exports_ask
select mortise.company_export_ask($1, $2::uuid, $3)

-- name: company_exports_open
select mortise.company_export_open($1, $2::uuid, $3::bool)

-- name: company_exports_drop
select mortise.company_export_drop($1, $2::uuid)
