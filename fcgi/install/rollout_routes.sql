-- rollout_routes.sql - statements of install/rollout_routes.c; see scripts/embed-sql.
-- as: mortise_admin

-- part: json
json_build_object('id', o.id, 'pluginKey', o.plugin_key, 'version', p.version, 'percent',
  o.percent, 'state', o.state, 'total', o.total, 'done', o.done, 'failures', o.failures,
  'startedBy', o.started_by_name, 'startedAt', mortise.iso(o.started_at),
  'changedAt', mortise.iso(o.changed_at))

-- name: rollout_list
select coalesce(json_agg(x.json), '[]') from (select ${json} as json
from mortise.plugin_rollouts o join mortise.plugin_packages p on p.sha256 = o.package_sha256
order by o.started_at desc limit 100) x

-- name: rollout_one
select ${json}
from mortise.plugin_rollouts o
join mortise.plugin_packages p on p.sha256 = o.package_sha256 where o.id = $1::uuid

-- name: rollout_start
insert into mortise.plugin_rollouts (id, plugin_key, package_sha256, percent, permissions, total,
  started_by, started_by_name) select $1::uuid, $2, $3, $4::int,
  array(select jsonb_array_elements_text($5::jsonb)), count(*), $6::uuid, $7
from mortise.installations i where i.plugin_key = $2 and i.package_sha256 = any ($8::text[])
  and mortise.rollout_place(i.tenant_id, i.plugin_key) < $4::int

-- A hundred of the ended ones are shown.
-- name: rollout_old
delete from mortise.plugin_rollouts where state in ('done', 'cancelled', 'failed') and id in
  (select id from mortise.plugin_rollouts order by started_at desc offset 100)

-- name: rollout_pause
update mortise.plugin_rollouts set state = 'paused', changed_at = now()
where id = $1::uuid and state in ('running', 'paused')

-- name: rollout_resume
update mortise.plugin_rollouts set state = 'running', failures = '[]', changed_at = now()
where id = $1::uuid and state in ('running', 'paused', 'failed')

-- name: rollout_cancel
update mortise.plugin_rollouts set state = 'cancelled', changed_at = now()
where id = $1::uuid and state in ('running', 'paused', 'failed', 'cancelled')
