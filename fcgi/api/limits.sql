-- limits.sql - statements of api/limits.c; see scripts/embed-sql.
-- as: mortise_api

-- name: limits_own
select mortise.company_limits_own()
