-- secrets.sql - statements of cli/secrets.c; see scripts/embed-sql.
-- as: mortise_auth

-- One at a time in the whole cluster.
-- name: secrets_alone
select pg_try_advisory_lock(hashtextextended('mortise.settings.rotate', 0))

-- Keeps prune from changes that seal just now.
-- name: secrets_ring
select pg_advisory_xact_lock(hashtextextended('mortise.settings.ring', 0))

-- Secrets of plugins; of authenticator apps, whose place has the person's id (api/second_factor.c); of providers by which
-- people sign in, those of the server in no tenant (oidc/provider.c); of webhooks (api/webhooks.c).
-- name: secrets_count
select coalesce(key_id, 0), count(*) from (select key_id from mortise.plugin_settings where key_id is not null
  union all select key_id from mortise.second_factors
  union all select key_id from mortise.oidc_providers where key_id is not null
  union all select key_id from mortise.webhook_secrets) s
group by 1 order by 1

-- name: secrets_next
select tenant_id, place, secrets, key_id from (select tenant_id, plugin_key as place, secrets, key_id
  from mortise.plugin_settings where (tenant_id, plugin_key) > ($1::int, $2) and key_id <> $3::int
  order by tenant_id, plugin_key limit 100 for update) plugin
union all
select tenant_id, place, secrets, key_id from (select tenant_id, 'second factor ' || user_id as place,
    jsonb_build_object('totp', secret) as secrets, key_id
  from mortise.second_factors where (tenant_id, 'second factor ' || user_id) > ($1::int, $2) and key_id <> $3::int
  order by tenant_id, user_id limit 100 for update) factor
union all
select tenant_id, place, secrets, key_id from (select coalesce(tenant_id, 0) as tenant_id, 'oidc:' || id as place, secrets, key_id
  from mortise.oidc_providers where (coalesce(tenant_id, 0), 'oidc:' || id) > ($1::int, $2) and key_id <> $3::int
  order by 1, 2 limit 100 for update) provider
union all
select tenant_id, place, secrets, key_id from (select tenant_id, 'webhook:' || webhook_id as place, secrets, key_id
  from mortise.webhook_secrets where (tenant_id, 'webhook:' || webhook_id) > ($1::int, $2) and key_id <> $3::int
  order by 1, 2 limit 100 for update) webhook
order by 1, 2 limit 100

-- name: secrets_seal
with plugin as (update mortise.plugin_settings set secrets = $3::jsonb, key_id = $4::int
  where tenant_id = $1::int and plugin_key = $2),
provider as (update mortise.oidc_providers set secrets = $3::jsonb, key_id = $4::int
  where coalesce(tenant_id, 0) = $1::int and 'oidc:' || id = $2),
webhook as (update mortise.webhook_secrets set secrets = $3::jsonb, key_id = $4::int
  where tenant_id = $1::int and 'webhook:' || webhook_id = $2)
update mortise.second_factors set secret = $3::jsonb ->> 'totp', key_id = $4::int
where tenant_id = $1::int and 'second factor ' || user_id = $2
