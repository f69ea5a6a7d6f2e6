-- quarantine.sql - statements of relay/quarantine.c; see scripts/embed-sql.
-- as: mortise_steward

-- Versions that tenants of this package were on before, and that still fit the tables.
-- name: quarantine_before
select distinct b.sha256, b.plugin_key, b.version, b.signature, b.blake2b,
  b.manifest ->> 'host', b.manifest -> 'abi'
from mortise.plugin_packages p
join mortise.installations i on i.package_sha256 = p.sha256
join mortise.plugin_packages b on b.sha256 = i.previous_sha256
where p.plugin_key = $1 and left(p.sha256, length($2)) = $2 and b.quarantined_at is null
  and b.approved_at is not null and mortise.plugin_fit(b.sha256) is null

-- $4 = the versions from before that may run. Installations with a running operation are not changed: that
-- operation fails anyway. The texts are the caller's, with {0} for the name, {1} for the version, {2} for the
-- reason and {3} for the version from before; $5 and $6 where the plugin is off now, $7 and $8 where it went back;
-- $10 and $11 for the system admins, with {2} for the number of companies.
--
-- One row per event, in ascending order of channels, so that two transactions that raise events for several
-- channels never wait for each other.
-- name: quarantine
with hit as (
    update mortise.plugin_packages set quarantined_at = now(), quarantine_reason = $9::jsonb
    where plugin_key = $1 and left(sha256, length($2)) = $2 and quarantined_at is null
    returning sha256, plugin_key, version, coalesce(manifest ->> 'displayName', plugin_key) as name),
  used as (
    select i.tenant_id, i.id, hit.*, b.sha256 as back, b.version as back_version,
      b.manifest -> 'permissions' as back_permissions
    from hit
    join mortise.installations i on i.package_sha256 = hit.sha256
    left join mortise.plugin_packages b on b.sha256 = i.previous_sha256 and b.sha256 = any ($4::text[])
      and i.state in ('enabled', 'disabled')),
  moved as (
    update mortise.installations i set package_sha256 = u.back, previous_sha256 = null,
      left_sha256 = u.sha256, left_at = now(), changed_at = now(),
      consented = array(select jsonb_array_elements_text(coalesce(u.back_permissions, '[]')))
    from used u where u.back is not null and i.tenant_id = u.tenant_id and i.id = u.id),
  noted as (
    insert into mortise.plugin_activity
      (tenant_id, plugin_key, op, from_version, version, user_name, outcome, detail, detail_text)
    select tenant_id, plugin_key, case when back is null then 'quarantine' else 'rollback' end, version,
      coalesce(back_version, version), 'Mortise', 'ok', left($3, 500), $9::jsonb from used),
  raised as (
    select 't.' || tenant_id as channel, 'PluginQuarantined' as type, jsonb_build_object(
      'pluginKey', plugin_key, 'displayName', name, 'installationId', id, 'version', version) as payload
    from used
    union all
    select 't.' || tenant_id, 'PluginRolledBack', jsonb_build_object(
      'pluginKey', plugin_key, 'displayName', name, 'installationId', id,
      'fromVersion', version, 'version', back_version, 'automatic', true)
    from used where back is not null
    union all
    select 'admin', 'SystemAlert', mortise.notice($10, $11, jsonb_build_array(name, version,
      (select count(*) from used))) || jsonb_build_object('icon', '⚠', 'url', '/plugins', 'priority', 'high') from hit
    union all
    select 'r.' || tenant_id || '.Admin', 'Notification', jsonb_set(jsonb_set(mortise.notice(
      case when back is null then $5 else $7 end, case when back is null then $6 else $8 end,
      jsonb_build_array(name, version, $3, back_version)), '{text,title,values,2}', $9::jsonb),
      '{text,message,values,2}', $9::jsonb) || jsonb_build_object(
      'icon', '⚠', 'url', '/plugins/' || plugin_key || '/manage',
      'priority', 'high', 'fromUserId', null, 'fromUserName', 'Mortise', 'pluginKey', plugin_key)
    from used),
  sorted as materialized (select * from raised order by channel collate "C", type desc)
select mortise.emit(channel, type, payload) from sorted
