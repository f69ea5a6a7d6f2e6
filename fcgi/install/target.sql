-- target.sql - statements of install/target.c; see scripts/embed-sql.
-- as: mortise_admin

-- Tried again and again instead of waited for: a wait that lock_timeout ends in the moment of its
-- success leaves the session with a lock that it doesn't know of.
-- name: target_lock
select pg_try_advisory_lock(hashtextextended('mortise plugin ' || $1, 0)), pg_backend_pid()

-- A worker holds one lock at most.
-- name: target_unlock
select pg_advisory_unlock_all() where pg_backend_pid() = $1::int

-- name: target_begin
insert into mortise.journal (plugin_key, op, detail) values ($1, $2, $3::jsonb) returning id

-- name: target_own
select cancelled_at is not null from mortise.journal
where id = $1::bigint and pg_backend_pid() = $2::int for update

-- name: target_progress
update mortise.journal set step = $3::int, steps = $4::int, label = $5
where id = $1::bigint and pg_backend_pid() = $2::int returning cancelled_at is not null

-- name: target_done
delete from mortise.journal where id = $1::bigint

-- name: target_becomes
update mortise.journal set op = $2, detail = $3::jsonb where id = $1::bigint

-- name: target_emit
select mortise.emit($1, $2, $3::jsonb)

-- name: target_activity
select mortise.plugin_activity_add($1::int, $2, $3, $4, $5, $6::uuid, $7, $8, $9,
  $10::jsonb)

-- name: target_state
update mortise.installations set state = $3, changed_at = now()
where tenant_id = $1::int and id = $2::uuid

-- name: target_in_use
select 1 from mortise.installations where package_sha256 = $1
  and state in ('installing', 'enabled', 'removing') limit 1

-- name: target_lift
update mortise.plugin_packages set quarantined_at = null, quarantine_reason = null
where sha256 = $1 and quarantined_at is not null
