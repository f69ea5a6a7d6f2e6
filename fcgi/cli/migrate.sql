-- migrate.sql - statements of cli/migrate.c; see scripts/embed-sql.
-- as: mortise_owner, postgres

-- name: migrations_there
select to_regclass('mortise.migrations') is not null

-- name: migrations_applied
select name, sha256 from mortise.migrations order by name

-- name: migrations_alone
select pg_advisory_lock(hashtextextended('mortise.migrations', 0))

-- name: migrations_note
insert into mortise.migrations (name, sha256) values ($1, $2)
