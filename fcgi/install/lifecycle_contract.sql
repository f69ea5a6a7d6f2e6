-- lifecycle_contract.sql - statements of install/lifecycle_contract.c; see scripts/embed-sql.
-- as: mortise_admin

-- A package in use whose contracts are not applied, while every version in use has them and no tenant
-- switched for so many hours (time to roll back).
-- name: contract_due
with used as (select plugin_key, package_sha256,
  max(greatest(coalesce(left_at, installed_at), installed_at)) as moved_at
  from mortise.installations group by 1, 2),
  pending as (select u.plugin_key, u.package_sha256, f.path from used u
  join mortise.plugin_files f on f.package_sha256 = u.package_sha256
    and f.path like 'migrations/%.contract.sql'
  where not exists (select from mortise.plugin_migrations m
    where m.plugin_key = u.plugin_key and 'migrations/' || m.name = f.path))
select p.plugin_key, p.package_sha256 from (select distinct plugin_key, package_sha256
  from pending) p
where (select max(moved_at) from used u where u.plugin_key = p.plugin_key)
    < now() - $1::int * interval '1 hour'
  and not exists (select from mortise.journal j where j.plugin_key = p.plugin_key)
  and not exists (select from pending c join used u on u.plugin_key = c.plugin_key
  where c.package_sha256 = p.package_sha256 and not exists (select from mortise.plugin_files f
    where f.package_sha256 = u.package_sha256 and f.path = c.path))
order by 1, 2 limit 1
