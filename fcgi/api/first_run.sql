-- first_run.sql - statements of api/first_run.c; see scripts/embed-sql.
-- as: mortise_api

-- name: first_run_try
select wait_seconds, expires from mortise.first_run_try($1, $2, $3::int)

-- name: first_run_finish
select fault, expires, link_expires from mortise.first_run_finish($1, $2::jsonb, $3, $4::int, $5::int)
