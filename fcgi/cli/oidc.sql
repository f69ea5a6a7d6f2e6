-- oidc.sql - statements of cli/oidc.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: oidc_add
select mortise.oidc_add($1::uuid, $2::jsonb, $3::jsonb, $4::int, $5)

-- name: oidc_list
select tenant, name, issuer, enabled, people, home, required from mortise.oidc_all()

-- name: oidc_require
select mortise.oidc_require($1, $2, $3::bool)

-- name: oidc_delete
select mortise.oidc_delete($1, $2)
