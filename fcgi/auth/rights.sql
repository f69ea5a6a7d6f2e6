-- rights.sql - statements of auth/rights.c; see scripts/embed-sql.
-- as: mortise_api, mortise_admin, mortise_owner

-- name: rights_mark
select mortise.rights_mark()

-- name: rights_pending
select mortise.rights_pending($1::bigint)
