-- rollout.sql - statements of install/rollout.c; see scripts/embed-sql.
-- as: mortise_admin

-- For a minute, which is longer than a tenant takes. A package in quarantine is no longer a target.
-- name: rollout_claim
update mortise.plugin_rollouts o set claimed_until = now() + interval '60 s'
where o.id = (select id from mortise.plugin_rollouts where state = 'running'
    and (claimed_until is null or claimed_until < now())
  order by changed_at limit 1 for update skip locked)
returning o.id, o.plugin_key, o.package_sha256, o.percent, o.started_by, o.started_by_name,
  to_json(o.permissions), (select p.version from mortise.plugin_packages p
    where p.sha256 = o.package_sha256 and p.quarantined_at is null)

-- name: rollout_renew
update mortise.plugin_rollouts set claimed_until = now() + interval '60 s'
where id = $1::uuid and state = 'running'

-- name: rollout_next
select i.tenant_id, i.id, t.code from mortise.installations i
join mortise.tenants t on t.id = i.tenant_id
join mortise.plugin_rollouts o on o.id = $1::uuid and o.plugin_key = i.plugin_key
where i.package_sha256 = any ($2::text[]) and i.state in ('enabled', 'disabled')
  and mortise.rollout_place(i.tenant_id, i.plugin_key) < o.percent
  and not o.failures @> jsonb_build_array(jsonb_build_object('tenant', t.code))
order by i.tenant_id limit 1

-- name: rollout_done
update mortise.plugin_rollouts set done = done + 1, changed_at = now() where id = $1::uuid

-- name: rollout_failed
update mortise.plugin_rollouts set changed_at = now(), failures = failures ||
  jsonb_build_array(jsonb_build_object('tenant', $2::text, 'error', left($3::text, 300),
    'errorText', $4::jsonb)),
  state = case when jsonb_array_length(failures) + 1 >= 1000 then 'failed' else state end
where id = $1::uuid

-- name: rollout_end
update mortise.plugin_rollouts set claimed_until = null, changed_at = now(), state =
  case when state <> 'running' then state when $2::bool or failures <> '[]' then 'failed'
  else 'done' end where id = $1::uuid

-- name: rollout_let_go
update mortise.plugin_rollouts set claimed_until = null where id = $1::uuid
