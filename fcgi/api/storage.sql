-- storage.sql - statements of api/storage.c; see scripts/embed-sql.
-- as: mortise_api

-- name: storage_rights
select read, write from mortise.plugin_storage_rights($1, $2)

-- name: storage_spaces
select json_build_object('items', coalesce(json_agg(json_build_object('name', s.name, 'description', s.description,
    'history', s.history, 'ttl', s.ttl, 'quotaMb', s.quota, 'read', s.read, 'write', s.write, 'declared', s.declared,
    'keys', s.keys, 'bytes', s.bytes)), '[]'),
  'bytes', coalesce(sum(s.bytes), 0), 'quota', mortise.plugin_storage_quota())
from mortise.plugin_storage_spaces($1) s

-- $6: how many characters of a value, NULL = whole values.
-- name: storage_list
select json_build_object('items', coalesce(json_agg(json_build_object('key', l.key,
    'value', case when $6::int is null then l.value::json end, 'preview', case when $6::int is not null then l.value end,
    'data', replace(encode(l.data, 'base64'), E'\n', ''), 'bytes', l.bytes, 'size', l.size, 'version', l.at_version::bigint,
    'updatedAt', l.updated_at, 'updatedBy', u.name, 'expiresAt', l.expires_at) order by l.key collate "C"), '[]'),
  'nextCursor', case when count(*) = $7::int or ($6::int is null and sum(l.size) > 3145728) then max(l.key collate "C") end)
from mortise.plugin_storage_list($1, null, $2, $3, $4, $5, $7::int, $6::int) l
left join mortise.users u on u.tenant_id = (select mortise.tenant()) and u.id = l.updated_by::uuid

-- name: storage_value
select json_build_object('key', g.key, 'value', g.value::json, 'data', replace(encode(g.data, 'base64'), E'\n', ''),
  'bytes', g.data is not null, 'size', g.size, 'version', g.at_version::bigint, 'updatedAt', g.updated_at, 'expiresAt', g.expires_at)
from mortise.plugin_storage_get($1, null, $2, jsonb_build_array($3::text), false) g

-- name: storage_put
select key, at_version from mortise.plugin_storage_set($1, null, $2, jsonb_build_array(jsonb_build_object('key', $3::text,
  'value', $4::jsonb, 'ttl', $5::bigint, 'version', $6::bigint)), null)

-- name: storage_put_many
select key, at_version from mortise.plugin_storage_set($1, null, $2, $3::jsonb, null)

-- name: storage_increment
select mortise.plugin_storage_increment($1, null, $2, $3, $4, $5::bigint)

-- name: storage_delete
select mortise.plugin_storage_delete($1, null, $2, jsonb_build_array($3::text), $4::bigint)

-- name: storage_clear
select mortise.plugin_storage_clear($1, null, $2)

-- name: storage_versions
select json_build_object('items', coalesce(json_agg(json_build_object('version', v.at_version::bigint, 'value', v.value::json,
  'bytes', v.bytes, 'size', v.size, 'updatedAt', v.updated_at, 'updatedBy', u.name, 'until', v.until)
  order by v.at_version::bigint desc), '[]'))
from mortise.plugin_storage_versions($1, null, $2, $3) v
left join mortise.users u on u.tenant_id = (select mortise.tenant()) and u.id = v.updated_by::uuid

-- name: storage_deleted
select json_build_object('items', coalesce(json_agg(json_build_object('key', d.key, 'version', d.at_version::bigint,
  'size', d.size, 'deletedAt', d.until)), '[]'))
from mortise.plugin_storage_deleted($1, $2) d

-- name: storage_restore
select mortise.plugin_storage_restore($1, null, $2, $3, $4::bigint)

-- name: storage_noted
select mortise.plugin_storage_noted($1, $2, $3, $4, $5::jsonb, $6::jsonb)

-- name: storage_refused
select mortise.plugin_storage_refused($1)
