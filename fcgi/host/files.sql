-- files.sql - statements of host/files.c; see scripts/embed-sql. The plugin is the calling role.
-- as: plugin

-- name: host_file_list
select id, name, type, size, width, height, thumbnail, created_by, created_at from mortise.plugin_file_list(null, $1::uuid, 100)

-- name: host_file_delete
select mortise.plugin_file_delete(null, $1::uuid)
