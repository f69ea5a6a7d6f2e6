-- step.sql - statements of registry/step.c; see scripts/embed-sql.
-- as: mortise_admin

-- Tried again and again instead of waited for: a wait that lock_timeout ends in the moment of its
-- success leaves the session with a lock that it doesn't know of.
-- name: step_lock
select pg_try_advisory_lock(hashtextextended('mortise plugin ' || $1, 0)), pg_backend_pid()

-- A worker holds one lock at most.
-- name: step_unlock
select pg_advisory_unlock_all() where pg_backend_pid() = $1::int

-- name: step_begin
insert into mortise.journal (plugin_key, op, detail) values ($1, $2, $3::jsonb) returning id

-- name: step_own
select cancelled_at is not null from mortise.journal
where id = $1::bigint and pg_backend_pid() = $2::int for update

-- name: step_progress
update mortise.journal set step = $3::int, steps = $4::int, label = $5
where id = $1::bigint and pg_backend_pid() = $2::int returning cancelled_at is not null

-- name: step_done
delete from mortise.journal where id = $1::bigint

-- name: step_becomes
update mortise.journal set op = $2, detail = $3::jsonb where id = $1::bigint

-- name: step_emit
select mortise.emit($1, $2, $3::jsonb)
