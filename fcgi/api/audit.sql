-- audit.sql - statements of api/audit.c; see scripts/embed-sql.
-- as: mortise_api

-- name: audit_chain
select mortise.audit_chain($1)
