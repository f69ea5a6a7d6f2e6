-- 017-permission-views.sql - what the api pool reads of plugins and their permissions, each with one
-- verification of the ticket (see 009-ticket-names.sql).

alter table plugin_packages add column refused_at timestamptz;
comment on column plugin_packages.refused_at is 'Since when the trust policy doesn''t let it run though '
  'somebody has it enabled; the steward writes it when it looks which pools are wanted, because the api '
  'pool neither knows the operator''s keys nor judges signatures.';

set local role mortise_auth;

-- Everything that decides about one call of a plugin: `grants` has every role and permission, and by which
-- key the tenant's secrets are sealed stands beside it, NULL when there are none. Subselects are cheaper
-- than joins here.
create view plugin_doors with (security_barrier) as
  select i.plugin_key, i.state, p.sha256, p.quarantined_at is not null as quarantined, p.routes,
    (select string_agg(r.short, ',') from role_permissions r
      where r.tenant_id = i.tenant_id and r.plugin_key = i.plugin_key) as grants,
    (select s.key_id from plugin_settings s
      where s.tenant_id = i.tenant_id and s.plugin_key = i.plugin_key) as secrets_key,
    p.refused_at is not null as refused
  from installations i
  join plugin_packages p on p.sha256 = i.package_sha256
  where i.tenant_id = (select tenant());
comment on view plugin_doors is 'Plugins of the request''s tenant as the api pool needs them for each '
  'call; guarded by its own condition on mortise.tenant().';
revoke all on plugin_doors from public;
grant select on plugin_doors to mortise_api;

-- One row for each permission of the version that the tenant has, and each role.
create view plugin_grants with (security_barrier) as
  select i.plugin_key, coalesce(p.manifest->>'displayName', i.plugin_key) as plugin_name,
    i.state = 'enabled' and p.quarantined_at is null as enabled, r.permission,
    coalesce(d.value->>'label', d.value->>'name') as label, d.value->>'description' as description,
    d.n::int as position, r.role, r.granted
  from installations i
  join plugin_packages p on p.sha256 = i.package_sha256
  cross join lateral jsonb_array_elements(case
    when jsonb_typeof(p.manifest->'definesPermissions') = 'array'
    then p.manifest->'definesPermissions' else '[]' end) with ordinality d (value, n)
  join role_permissions r on r.tenant_id = i.tenant_id and r.plugin_key = i.plugin_key
    and r.permission = i.plugin_key || ':' || (d.value->>'name')
  where i.tenant_id = (select tenant());
comment on view plugin_grants is 'Permissions of the plugins that the request''s tenant has, by role; '
  'guarded by its own condition on mortise.tenant().';
revoke all on plugin_grants from public;
grant select on plugin_grants to mortise_api;

reset role;
