-- undo.sql - statements of install/undo.c; see scripts/embed-sql.
-- as: mortise_admin

-- part: in_use
select 1 from mortise.installations where $1 in (package_sha256, previous_sha256)
  or (left_sha256 = $1 and left_at > now() - interval '1 min')
union all select 1 from mortise.journal where detail ->> 'sha256' = $1

-- name: undo_display
select manifest ->> 'displayName' from mortise.plugin_packages where sha256 = $1

-- name: undo_forget
delete from mortise.installations where tenant_id = $1::int and id = $2::uuid

-- name: undo_users
select count(*), count(*) filter (where $2 in (package_sha256, previous_sha256)),
  to_regnamespace('x_' || replace($1, '-', '_')) is not null
from mortise.installations where plugin_key = $1

-- name: undo_drop
select mortise.plugin_drop($1)

-- Tables of a plugin that nobody else has.
-- name: undo_tables
select count(*) from pg_class c
where c.relnamespace = to_regnamespace('x_' || replace($1, '-', '_')) and c.relkind = 'r'
  and not exists (select from mortise.installations i where i.plugin_key = $1
  and not (i.tenant_id = $2::int and i.id = $3::uuid))

-- name: undo_drop_some
select mortise.plugin_drop_some($1, $2::int)

-- name: undo_forget_migrations
delete from mortise.plugin_migrations where plugin_key = $1

-- name: undo_settings
select mortise.settings_remove($1::int, $2)

-- name: undo_purge
select mortise.plugin_purge($1, $2::int)

-- name: undo_restore
update mortise.installations set state = $3, changed_at = now()
where tenant_id = $1::int and id = $2::uuid

-- name: undo_requarantine
update mortise.plugin_packages set quarantined_at = $2::timestamptz, quarantine_reason = $3::jsonb
where sha256 = $1 and quarantined_at is null and $2::text is not null

-- name: undo_used
${in_use}
limit 1

-- name: undo_unused
select p.sha256 from mortise.plugin_packages p where p.plugin_key = $1 and not exists
  (select from mortise.installations i
  where p.sha256 in (i.package_sha256, i.previous_sha256)
    or (i.left_sha256 = p.sha256 and i.left_at > now() - interval '1 min'))

-- name: undo_others
${in_use} and id <> $2::bigint limit 1

-- name: undo_unexport
delete from mortise.plugin_exports x using mortise.journal j where x.tenant_id = $1::int
  and x.plugin_key = $2 and j.id = $3::bigint and x.created_at >= j.started_at

-- name: undo_activity
select mortise.plugin_activity_add($1::int, $2, $3, $4, $5, $6::uuid, $7, $8, $9,
  $10::jsonb)
