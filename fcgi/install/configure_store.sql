-- configure_store.sql - statements of install/configure_store.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: configure_read
select s.settings, s.secrets, coalesce(s.key_id, 0), s.version, mortise.iso(s.changed_at),
  u.name from mortise.plugin_settings s
left join mortise.users u on u.tenant_id = s.tenant_id and u.id = s.changed_by
where s.tenant_id = (select mortise.tenant()) and s.plugin_key = $1

-- name: configure_ring
select pg_advisory_xact_lock_shared(hashtextextended('mortise.settings.ring', 0))

-- name: configure_lock
select 1 from mortise.plugin_settings
where tenant_id = (select mortise.tenant()) and plugin_key = $1 for update

-- name: configure_store
insert into mortise.plugin_settings as s (tenant_id, plugin_key, settings, secrets, key_id,
  changed_by) values (mortise.tenant(), $1, $2::jsonb, $3::jsonb, $4::int, mortise.user_id())
on conflict (tenant_id, plugin_key) do update set settings = excluded.settings,
  secrets = excluded.secrets, key_id = excluded.key_id, version = s.version + 1,
  changed_at = now(), changed_by = excluded.changed_by where s.version = $5::int
