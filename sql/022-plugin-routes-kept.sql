-- 022-plugin-routes-kept.sql - by what a worker knows that the routes which it parsed are still these.

set local role mortise_auth;
create or replace view plugin_doors with (security_barrier) as
  select i.plugin_key, i.state, p.sha256, p.quarantined_at is not null as quarantined, p.routes,
    (select string_agg(r.short, ',') from role_permissions r
      where r.tenant_id = i.tenant_id and r.plugin_key = i.plugin_key) as grants,
    (select s.key_id from plugin_settings s
      where s.tenant_id = i.tenant_id and s.plugin_key = i.plugin_key) as secrets_key,
    p.refused_at is not null as refused, p.xmin::text as row_version
  from installations i
  join plugin_packages p on p.sha256 = i.package_sha256
  where i.tenant_id = (select tenant());
reset role;
