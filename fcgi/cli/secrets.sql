-- secrets.sql - statements of cli/secrets.c; see scripts/embed-sql.
-- as: mortise_auth

-- One at a time in the whole cluster.
-- name: secrets_alone
select pg_try_advisory_lock(hashtextextended('mortise.settings.rotate', 0))

-- Keeps prune from changes that seal just now.
-- name: secrets_ring
select pg_advisory_xact_lock(hashtextextended('mortise.settings.ring', 0))

-- name: secrets_count
select coalesce(key_id, 0), count(*) from mortise.plugin_settings where key_id is not null
group by 1 order by 1

-- name: secrets_next
select tenant_id, plugin_key, secrets, key_id from mortise.plugin_settings
where (tenant_id, plugin_key) > ($1::int, $2) and key_id <> $3::int
order by tenant_id, plugin_key limit 100 for update

-- name: secrets_seal
update mortise.plugin_settings set secrets = $3::jsonb, key_id = $4::int
where tenant_id = $1::int and plugin_key = $2
