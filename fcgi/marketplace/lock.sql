-- lock.sql - statements of marketplace/lock.c; see scripts/embed-sql.
-- as: mortise_admin

-- Tried again and again instead of waited for: see step.c.
-- name: lock_take
select pg_try_advisory_lock(hashtextextended('mortise marketplace ' || $1, 0)),
  pg_backend_pid()

-- Only in the session that took it: a new one has nothing to give back.
-- name: lock_release
select pg_advisory_unlock(hashtextextended('mortise marketplace ' || $1, 0))
where pg_backend_pid() = $2::int
