-- chains.sql - statements of relay/chains.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: chains_link
select mortise.audit_link($1::int)
