-- storage.sql - statements of host/storage.c; see scripts/embed-sql. The plugin is the calling role.
-- as: plugin

-- name: host_storage_get
select key, value, data, at_version, size, updated_at, expires_at from mortise.plugin_storage_get(null, $1, $2, $3::jsonb, $4::bool)

-- name: host_storage_set
select key, at_version from mortise.plugin_storage_set(null, $1, $2, $3::jsonb, $4::bytea)

-- name: host_storage_increment
select mortise.plugin_storage_increment(null, $1, $2, $3, $4, $5::bigint)

-- name: host_storage_delete
select mortise.plugin_storage_delete(null, $1, $2, $3::jsonb, $4::bigint)

-- name: host_storage_list
select key, value, size, at_version as version, updated_at, expires_at, updated_by, bytes
from mortise.plugin_storage_list(null, $1, $2, $3, $4, $5, $6::int, $7::int)

-- name: host_storage_size
select keys, bytes, quota from mortise.plugin_storage_size(null, $1, $2)

-- name: host_storage_clear
select mortise.plugin_storage_clear(null, $1, $2)

-- name: host_storage_versions
select at_version as version, value, size, updated_at, updated_by, until, bytes from mortise.plugin_storage_versions(null, $1, $2, $3)

-- name: host_storage_restore
select mortise.plugin_storage_restore(null, $1, $2, $3, $4::bigint)

-- name: host_storage_refused
select mortise.plugin_storage_refused(null)
