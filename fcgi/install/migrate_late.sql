-- migrate_late.sql - statements of install/migrate_late.c; see scripts/embed-sql.
-- as: mortise_admin

-- Longer than an old pool stays (relay/pools.c) and its last request takes. Rows that could not be moved
-- minutes after the switch won't be now, nor rows whose columns a contract dropped. In random order, so that
-- one that can't be moved doesn't block the others.
-- name: migrate_late
select i.tenant_id, i.plugin_key, i.package_sha256, i.left_sha256 from mortise.installations i
where i.left_at between now() - interval '10 min'
    and now() - interval '6 s' - $1::int * interval '1 ms'
  and i.state in ('enabled', 'disabled') and ($2::text is null or i.plugin_key = $2)
  and exists (select from mortise.plugin_files f where f.package_sha256 = i.package_sha256
  and f.path like 'migrations/%.tenant.sql' and not exists (select from mortise.plugin_files o
    where o.package_sha256 = i.left_sha256 and o.path = f.path))
  and not exists (select from mortise.plugin_tenant_migrations m
  where m.tenant_id = i.tenant_id and m.plugin_key = i.plugin_key and m.applied_at > i.left_at)
  and not exists (select from mortise.plugin_migrations m
  where m.plugin_key = i.plugin_key and m.phase = 'contract' and m.applied_at > i.left_at)
order by random() limit 1
