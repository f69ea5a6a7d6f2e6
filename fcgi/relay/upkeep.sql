-- upkeep.sql - statements of relay/upkeep.c; see scripts/embed-sql.
-- as: mortise_steward

-- At most so many of each ($1); called again when that many were deleted.
-- name: upkeep_presence
delete from mortise.presence where (tenant_id, user_id, conn) in
  (select tenant_id, user_id, conn from mortise.presence where expires_at < now() limit $1::int)

-- name: upkeep_plugin_presence
delete from mortise.plugin_presence where (tenant_id, plugin_key, entity, user_id, conn) in
  (select tenant_id, plugin_key, entity, user_id, conn from mortise.plugin_presence where expires_at < now() limit $1::int)

-- Events stay a week, longer than a browser sleeps. By transaction, which is nearly by age, so that only the
-- oldest are read.
-- name: upkeep_events_old
delete from mortise.events where (tenant_id, channel, seq) in
  (select tenant_id, channel, seq from (select * from mortise.events order by xid limit $1::int) oldest
  where created_at < now() - interval '7 days')

-- And 10,000 of each channel.
-- name: upkeep_events_many
delete from mortise.events where (tenant_id, channel, seq) in
  (select e.tenant_id, e.channel, e.seq from mortise.channels c
  cross join lateral (select * from mortise.events where tenant_id = c.tenant_id and channel = c.name
    and seq <= c.seq - 10000 order by seq limit $1::int) e
  where c.seq > 10000 limit $1::int)

-- name: upkeep_rights
delete from mortise.rights_ended where id in
  (select id from mortise.rights_ended where ended_at < now() - interval '10 minutes' limit $1::int)

-- name: upkeep_stewards
delete from mortise.stewards where host in
  (select host from mortise.stewards where seen_at < now() - interval '1 day' limit $1::int)

-- name: upkeep_login_attempts
select mortise.login_attempts_expire() where $1::int > 0

-- Exports of uninstalls.
-- name: upkeep_exports
select mortise.exports_expire() where $1::int > 0

-- name: upkeep_rate_limits
delete from mortise.rate_limits where (route, address) in
  (select route, address from mortise.rate_limits where began_at < now() - interval '2 hours'
  limit $1::int)

-- name: upkeep_images
delete from mortise.marketplace_images where (source, address) in
  (select source, address from mortise.marketplace_images where fetched_at < now() - interval '30 days'
  limit $1::int)

-- name: upkeep_mails
select mortise.mails_expire($1::int)

-- Notifications that are too old for their company.
-- name: upkeep_notices
select mortise.notices_expire($1::int)

-- name: upkeep_storage
select mortise.storage_measure('1 hour') where $1::int > 0

-- Bytes of files that no row names; `used` = one does after all.
-- name: upkeep_files
select tenant, hash, used from mortise.file_removals_take($1::int)

-- Values of plugins that have ended, and what was before deleted ones.
-- name: upkeep_plugin_storage
select n from generate_series(1::bigint, (select mortise.plugin_storage_expire($1::int))) n

-- name: upkeep_webhooks
select n from generate_series(1::bigint, (select mortise.webhooks_expire($1::int))) n

-- name: upkeep_registrations
select mortise.registrations_expire($1::int)
