-- webhooks.sql - statements of api/webhooks.c; see scripts/embed-sql.
-- as: mortise_api

-- name: webhook_key
select key_id, generation from mortise.webhook_key($1::uuid)

-- name: webhook_secret_set
select mortise.webhook_secret_set($1::uuid, $2, $3::int)

-- name: webhook_delete
delete from mortise.webhooks where id = $1::uuid returning 1

-- name: webhook_test
select mortise.webhook_test($1::uuid)

-- name: webhook_retry
select mortise.webhook_retry($1::uuid)

-- Events that the company's plugins raise for everybody in it.
-- name: webhook_plugin_events
select i.plugin_key || '.' || (e ->> 'name'), i.plugin_key, p.manifest ->> 'name'
from mortise.installations i
join mortise.plugin_packages p on p.sha256 = i.package_sha256
cross join lateral jsonb_array_elements(case jsonb_typeof(p.manifest -> 'emits') when 'array' then p.manifest -> 'emits'
  else '[]' end) e
where i.state = 'enabled' and not e ? 'permission'
order by 2, 1
