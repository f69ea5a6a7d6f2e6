-- bounds.sql - statements of relay/bounds.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: bounds_write
insert into mortise.bounds (name, value) values ('notifications_per_minute', $1::int), ('people_max', $2::int),
  ('storage_mb', $3::int), ('plugins_max', $4::int),
  ('plugin_events_max', $5::int), ('plugin_storage_mb', $6::int), ('plugin_files_mb', $7::int)
on conflict (name) do update set value = excluded.value
