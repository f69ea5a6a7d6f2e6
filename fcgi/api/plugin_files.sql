-- plugin_files.sql - statements of api/plugin_files.c; see scripts/embed-sql.
-- as: mortise_api

-- name: plugin_file_rights
select read, write, max_mb from mortise.plugin_file_rights($1)

-- name: plugin_file_list
select json_build_object('items', coalesce(json_agg(json_build_object('id', f.id, 'name', f.name, 'type', f.type,
    'size', f.size, 'width', f.width, 'height', f.height, 'thumbnail', f.thumbnail, 'authorId', f.created_by,
    'createdAt', f.created_at) order by f.id), '[]'),
  'nextCursor', case when count(*) = 100 then max(f.id::text) end)
from mortise.plugin_file_list($1, $2::uuid, 100) f

-- name: plugin_file_add
select mortise.plugin_file_add($1, $2::uuid, $3, $4, $5::bigint, $6, $7::int, $8::int, $9::bool)

-- name: plugin_file_get
select name, type, sha256, thumbnail from mortise.plugin_file_get($1, $2::uuid)

-- name: plugin_file_delete
select mortise.plugin_file_delete($1, $2::uuid)
