-- guard.sql - statements of relay/guard.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: guard_sessions
select mortise.plugin_sessions_end($1::int, $2::int, $3::int)

-- Notifies the administrators of every company that has the plugin of a change. The texts are the caller's,
-- with {0} for the name, {1} for the bound and {2} for what there is in MB. $2 and $3 when it may not write
-- any more, $4 and $5 when it may.
-- name: guard_tables
with hit as materialized (
    select key, bytes / 1048576 as mb, may_write from mortise.plugin_tables_check($1::bigint * 1048576)),
  used as (
    select i.tenant_id, h.*, coalesce(k.manifest ->> 'displayName', h.key) as name
    from hit h
    join mortise.installations i on i.plugin_key = h.key
    join mortise.plugin_packages k on k.sha256 = i.package_sha256),
  said as (
    select mortise.emit('r.' || tenant_id || '.Admin', 'Notification', mortise.notice(
      case when may_write then $4 else $2 end, case when may_write then $5 else $3 end,
      jsonb_build_array(name, $1::bigint, mb)) || jsonb_build_object(
      'icon', case when may_write then '✅' else '⚠' end, 'url', '/plugins/' || key || '/manage',
      'priority', 'high', 'fromUserId', null, 'fromUserName', 'Mortise', 'pluginKey', key))
    from (select * from used order by tenant_id) as sorted)
select h.key, h.mb, h.may_write, (select count(*) from said) from hit h

-- name: guard_due
select mortise.plugin_tenants_due($1::bigint * 1048576)

-- The same for one company in one plugin ($6), to its administrators alone.
-- name: guard_share
with hit as materialized (
    select tenant, bytes / 1048576 as mb, may_write
    from mortise.plugin_tenants_check($6, $1::bigint * 1048576)),
  used as (
    select h.*, coalesce(k.manifest ->> 'displayName', i.plugin_key) as name
    from hit h
    join mortise.installations i on i.plugin_key = $6 and i.tenant_id = h.tenant
    join mortise.plugin_packages k on k.sha256 = i.package_sha256),
  said as (
    select mortise.emit('r.' || tenant || '.Admin', 'Notification', mortise.notice(
      case when may_write then $4 else $2 end, case when may_write then $5 else $3 end,
      jsonb_build_array(name, $1::bigint, mb)) || jsonb_build_object(
      'icon', case when may_write then '✅' else '⚠' end, 'url', '/plugins/' || $6 || '/manage',
      'priority', 'high', 'fromUserId', null, 'fromUserName', 'Mortise', 'pluginKey', $6))
    from (select * from used order by tenant) as sorted)
select h.tenant, h.mb, h.may_write, (select count(*) from said) from hit h
