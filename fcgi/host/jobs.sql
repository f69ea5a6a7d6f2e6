-- jobs.sql - the statements of host/jobs.c; see scripts/embed-sql.
-- as: plugin

-- name: host_job_start
select mortise.job_start($1, $2, $3, $4::jsonb, $5::bigint)

-- name: host_job_progress
select mortise.job_progress($1, $2::int, $3)
