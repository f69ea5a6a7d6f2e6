-- health.sql - statements of api/health.c; see scripts/embed-sql.
-- as: mortise_api

-- name: health_ping
select 1
