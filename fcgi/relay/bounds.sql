-- bounds.sql - statements of relay/bounds.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: bounds_write
insert into mortise.bounds (name, value) values ('notifications_per_minute', $1::int)
on conflict (name) do update set value = excluded.value
