-- routes_watch.sql - statements of install/routes_watch.c; see scripts/embed-sql.
-- as: mortise_admin

-- Ops that end with one transaction, or can be undone before their last.
-- part: cancellable
(j.op in ('install', 'enable', 'disable', 'upgrade', 'rollback', 'approve', 'contract',
  'configure', 'export') and j.cancelled_at is null)

-- $1: the caller is a system admin; $2: the caller's tenant.
-- part: own
($1::bool or (j.detail ->> 'tenant')::int = $2::int)

-- name: watch_activity
select coalesce(json_agg(x order by x.id desc), '[]') from (select id, mortise.iso(at) as at, op,
  from_version as "fromVersion", version, user_id as "userId", user_name as "userName",
  outcome, detail, detail_text as "detailText" from mortise.plugin_activity
where tenant_id = (select mortise.tenant()) and plugin_key = $1 order by id desc
limit $2::int) x

-- name: watch_fetches
select coalesce(json_agg(x order by x.id desc), '[]') from (select id, mortise.iso(at) as at, request_id as "requestId",
  method, host, path, status, bytes_sent as "bytesSent", bytes, ms, error from mortise.plugin_fetches
where tenant_id = (select mortise.tenant()) and plugin_key = $1 order by id desc
limit $2::int) x

-- name: watch_steps
select coalesce(json_agg(json_build_object('id', j.id::text, 'pluginKey', j.plugin_key, 'op', j.op,
  'step', j.step, 'of', j.steps, 'label', j.label, 'startedAt', mortise.iso(j.started_at),
  'cancellable', ${cancellable}, 'cancelled', j.cancelled_at is not null, 'tenant', t.code,
  'userName', j.detail ->> 'userName', 'fromVersion', j.detail ->> 'fromVersion',
  'version', j.detail ->> 'version') order by j.id), '[]')
from mortise.journal j left join mortise.tenants t on t.id = (j.detail ->> 'tenant')::int
where j.op <> 'files' and ${own}

-- name: watch_cancel
update mortise.journal j set cancelled_at = now()
where j.id = $3::bigint and ${own} and ${cancellable}

-- name: watch_there
select j.cancelled_at is not null from mortise.journal j
where j.id = $3::bigint and j.op <> 'files' and ${own}

-- name: watch_counts
select package_sha256, count(*) from mortise.installations group by 1

-- 500 of a plugin in the overview, more for a single plugin.
-- name: watch_tenants
select x.plugin_key, x.code, x.name, x.version, x.state from (select i.plugin_key, t.code,
  t.name, p.version, i.state, row_number() over (partition by i.plugin_key order by t.code) as n
  from mortise.installations i join mortise.tenants t on t.id = i.tenant_id
  join mortise.plugin_packages p on p.sha256 = i.package_sha256
  where $1::text is null or i.plugin_key = $1) x
where x.n <= case when $1::text is null then 500 else 10000 end
order by x.plugin_key collate "C", x.code
