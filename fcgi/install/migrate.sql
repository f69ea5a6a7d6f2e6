-- migrate.sql - statements of install/migrate.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: migrate_settle
select mortise.plugin_settle($1) from mortise.journal
where id = $2::bigint and pg_backend_pid() = $3::int

-- name: migrate_applied
select name, sha256 from mortise.plugin_migrations where plugin_key = $1

-- name: migrate_prepare
select mortise.plugin_prepare($1, $2, $3::jsonb)

-- name: migrate_open
select mortise.plugin_open($1, $2, $3, $4::jsonb)

-- name: migrate_note
insert into mortise.plugin_migrations (plugin_key, name, sha256, phase)
select $1, name, sha256, phase from mortise.plugin_pending($1) on conflict do nothing

-- name: migrate_handover
select mortise.plugin_handover($1, $2, $3::text[])

-- Permissions of the versions in use, including those that a rollback may return to, and $2. Are all of $2
-- among those of the others?
-- name: migrate_permissions
with used as (select distinct jsonb_array_elements_text(
    coalesce(k.manifest -> 'permissions', '[]')) as p
  from mortise.plugin_packages k where k.sha256 in (
    select i.package_sha256 from mortise.installations i where i.plugin_key = $1
    union select i.previous_sha256 from mortise.installations i where i.plugin_key = $1
      and mortise.plugin_fit(i.previous_sha256) is null))
select array(select p from used union select unnest($2::text[]) order by 1),
  $2::text[] <@ array(select p from used)

-- name: migrate_without
select count(*) from mortise.installations i where i.plugin_key = $1 and exists (
select from jsonb_to_recordset($2::jsonb) as m (name text) where not exists (
  select from mortise.plugin_files f where f.package_sha256 = i.package_sha256
    and f.path = 'migrations/' || m.name))

-- name: migrate_fit
select mortise.plugin_fit($1)
