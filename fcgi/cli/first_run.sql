-- first_run.sql - statements of cli/setup.c that the owner runs; see scripts/embed-sql.
-- as: mortise_owner

-- name: first_run_begin
select made, to_char(now() at time zone 'UTC' + $2::int * interval '1 s', 'YYYY-MM-DD HH24:MI')
from mortise.first_run_begin($1, $2::int) made
