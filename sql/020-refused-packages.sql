-- 020-refused-packages.sql - which packages the trust policy keeps from running, so that the api pool can
-- say so: it neither knows the operator's keys nor judges signatures.

alter table plugin_packages add column refused_at timestamptz;
comment on column plugin_packages.refused_at is 'Since when the trust policy doesn''t let it run though '
  'somebody has it enabled; the steward writes it when it looks which pools are wanted.';

set local role mortise_auth;

-- As in 018, and whether it is refused.
create or replace view plugin_doors with (security_barrier) as
  select i.plugin_key, i.state, p.sha256, p.quarantined_at is not null as quarantined, p.routes,
    (select string_agg(r.short, ',') from role_permissions r
      where r.tenant_id = i.tenant_id and r.plugin_key = i.plugin_key) as grants,
    (select s.key_id from plugin_settings s
      where s.tenant_id = i.tenant_id and s.plugin_key = i.plugin_key) as secrets_key,
    p.refused_at is not null as refused
  from installations i
  join plugin_packages p on p.sha256 = i.package_sha256
  where i.tenant_id = (select tenant());

reset role;
