-- list.sql - statements of resource/list.c; see scripts/embed-sql.
-- as: mortise_api

-- name: search_time
select set_config('statement_timeout', $1, true)
