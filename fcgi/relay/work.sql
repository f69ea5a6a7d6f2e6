-- work.sql - the statement of relay/work.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: work_waiting
select mortise.work_waiting($1::int)
