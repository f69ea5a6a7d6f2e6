-- work_routes.sql - statements of install/work_routes.c; see scripts/embed-sql.
-- as: mortise_admin

-- The installation of the caller's company.
-- part: mine
i.tenant_id = (select mortise.tenant()) and i.id = $1::uuid

-- name: jobs_list
select coalesce(json_agg(json_build_object('name', j ->> 'name', 'label', j ->> 'label', 'schedule', j ->> 'schedule',
  'timeZone', coalesce(j ->> 'timeZone', mortise.time_zone()), 'nextAt', mortise.iso(s.next_at),
  'pausedAt', mortise.iso(s.paused_at), 'pausedBy', s.paused_by,
  'waiting', (select count(*) from mortise.plugin_work w where w.tenant_id = i.tenant_id and w.plugin_key = i.plugin_key
    and w.kind = 'job' and w.name = j ->> 'name' and w.state in ('due', 'running')),
  'lastState', l.state, 'lastAt', mortise.iso(l.ended_at)) order by n), '[]')
from mortise.installations i join mortise.plugin_packages p on p.sha256 = i.package_sha256
cross join lateral jsonb_array_elements(case jsonb_typeof(p.manifest -> 'jobs') when 'array' then p.manifest -> 'jobs' else '[]' end)
  with ordinality x (j, n)
left join mortise.plugin_schedules s on s.tenant_id = i.tenant_id and s.plugin_key = i.plugin_key and s.job = j ->> 'name'
left join lateral (select w.state, w.ended_at from mortise.plugin_work w where w.tenant_id = i.tenant_id
  and w.plugin_key = i.plugin_key and w.kind = 'job' and w.name = j ->> 'name' and w.ended_at is not null
  order by w.id desc limit 1) l on true
where ${mine}

-- Newest first.
-- name: work_list
select coalesce(json_agg(x order by x.id desc), '[]') from (select w.id, w.kind, w.name, w.state, w.attempts,
  w.attempts_max as "attemptsMax", w.asked_by as "askedBy", w.asked_name as "askedName", w.args, w.key,
  mortise.iso(w.created_at) as "createdAt", mortise.iso(w.due_at) as "dueAt", mortise.iso(w.started_at) as "startedAt",
  mortise.iso(w.ended_at) as "endedAt", w.progress, w.progress_text as "progressText", w.request_id as "requestId",
  w.fault_text as fault, w.fault as "faultText"
from mortise.installations i join mortise.plugin_work w on w.tenant_id = i.tenant_id and w.plugin_key = i.plugin_key
where ${mine} and ($2::bigint is null or w.id < $2::bigint) and ($3::text is null or w.state = $3)
  and ($4::text is null or w.kind = 'job' and w.name = $4)
order by w.id desc limit $5::int) x

-- One more while one waits is that one.
-- name: jobs_run
insert into mortise.plugin_work (tenant_id, plugin_key, kind, name, key, asked_by, asked_name, attempts_max, seconds)
select i.tenant_id, i.plugin_key, 'job', j.name, 'job ' || j.name, 'person', $3, 1, j.seconds
from mortise.installations i join mortise.plugin_packages p on p.sha256 = i.package_sha256
cross join lateral mortise.manifest_jobs(p.manifest) j
where ${mine} and i.state = 'enabled' and j.name = $2 and not exists (select from mortise.plugin_work w
  where w.tenant_id = i.tenant_id and w.plugin_key = i.plugin_key and w.key = 'job ' || j.name and w.state = 'due'
    and w.due_at <= now())

-- What was missed isn't made up for.
-- name: jobs_pause
update mortise.plugin_schedules s set paused_at = case when $3::bool then coalesce(s.paused_at, now()) end,
  paused_by = case when $3::bool then coalesce(s.paused_by, $4) end, next_at = null
from mortise.installations i where ${mine} and s.tenant_id = i.tenant_id and s.plugin_key = i.plugin_key and s.job = $2

-- name: work_retry
update mortise.plugin_work w set state = 'due', attempts = 0, due_at = clock_timestamp(), ended_at = null
from mortise.installations i where ${mine} and w.tenant_id = i.tenant_id and w.plugin_key = i.plugin_key
  and w.id = $2::bigint and (w.state in ('failed', 'cancelled') or w.kind = 'event' and w.state = 'done')

-- name: work_cancel
update mortise.plugin_work w set state = 'cancelled', ended_at = clock_timestamp()
from mortise.installations i where ${mine} and w.tenant_id = i.tenant_id and w.plugin_key = i.plugin_key
  and w.id = $2::bigint and w.state = 'due'

-- name: work_is_there
select i.state, (select w.state from mortise.plugin_work w where w.tenant_id = i.tenant_id
  and w.plugin_key = i.plugin_key and w.id = $2::bigint)
from mortise.installations i where ${mine}
