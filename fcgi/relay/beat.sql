-- beat.sql - statements of relay/beat.c; see scripts/embed-sql.
-- as: mortise_steward

-- Role and tenant channels of tenants where somebody is present, user channels of those who are.
-- name: beat_heads
with here as materialized (select distinct tenant_id, user_id from mortise.presence
  where expires_at > now())
select tenant_id, name, json_build_object('channel', name, 'seq', seq, 'type', 'heartbeat')::text
  from mortise.channels c where (tenant_id, name) > ($1::int, $2::text) and name <> 'all'
  and (tenant_id = 0 or (name not like 'u.%' and tenant_id in (select tenant_id from here))
      or (tenant_id, name) in (select tenant_id, 'u.' || user_id from here))
  order by tenant_id, name limit $3::int

-- name: beat_all
select json_build_object('channel', 'all', 'seq', coalesce(max(seq), 0), 'type', 'heartbeat')::text
  from mortise.channels where tenant_id = 0 and name = 'all'
