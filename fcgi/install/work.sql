-- work.sql - statements of install/work.c; see scripts/embed-sql.
-- as: mortise_admin

-- Schedules that have come, or were never computed; nobody else computes these meanwhile.
-- name: work_schedules
select s.tenant_id, s.plugin_key, s.job, s.cron, coalesce(s.zone, t.time_zone), s.next_at is not null
from mortise.plugin_schedules s
join mortise.installations i on i.tenant_id = s.tenant_id and i.plugin_key = s.plugin_key
join mortise.tenants t on t.id = s.tenant_id
where s.paused_at is null and coalesce(s.next_at, '-infinity') <= now() and i.state = 'enabled' and t.state = 'active'
order by s.next_at nulls first limit 50 for update of s skip locked

-- Several times that were missed are one run, and none while one waits.
-- name: work_schedule_next
with next as (update mortise.plugin_schedules set next_at = to_timestamp($4::float8)
  where tenant_id = $1::int and plugin_key = $2 and job = $3)
insert into mortise.plugin_work (tenant_id, plugin_key, kind, name, key, asked_by, attempts_max, seconds)
select i.tenant_id, i.plugin_key, 'job', j.name, 'job ' || j.name, 'schedule', j.attempts, j.seconds
from mortise.installations i join mortise.plugin_packages p on p.sha256 = i.package_sha256
cross join lateral mortise.manifest_jobs(p.manifest) j
where $5::bool and i.tenant_id = $1::int and i.plugin_key = $2 and j.name = $3
  and not exists (select from mortise.plugin_work w where w.tenant_id = i.tenant_id and w.plugin_key = i.plugin_key
    and w.key = 'job ' || j.name and w.state = 'due')

-- Workers that died with an item, or hang behind its lease.
-- name: work_lost
update mortise.plugin_work set state = case when attempts < attempts_max then 'due' else 'failed' end,
  due_at = now() + $1::int * interval '1 ms', lease_until = null,
  ended_at = case when attempts < attempts_max then null else now() end, fault = $2::jsonb, fault_text = $3
where (tenant_id, id) in (select tenant_id, id from mortise.plugin_work
  where state = 'running' and lease_until < now() limit 100 for update skip locked)

-- Of those who take, one at a time: the limits below are of what others have taken.
-- name: work_turn
select pg_advisory_xact_lock(hashtext('mortise work'))

-- The next item: of the company with the fewest that run, then of the one whose turn is longest ago, within what a
-- company and a plugin may run at a time. A job that waits for its time holds up none of its key, an event does.
-- name: work_take
with running as (select tenant_id, plugin_key, count(*) as n from mortise.plugin_work where state = 'running' group by 1, 2),
  loads as (select tenant_id, sum(n) as n from running group by 1),
  chosen as (select w.tenant_id, w.id from mortise.work_ready() r
    left join loads l on l.tenant_id = r.tenant_id
    left join mortise.plugin_turns turn on turn.tenant_id = r.tenant_id
    cross join lateral (select w.tenant_id, w.id, w.due_at from mortise.plugin_work w
      where w.tenant_id = r.tenant_id and w.plugin_key = r.plugin_key and w.state = 'due' and w.due_at <= now()
        and not exists (select from mortise.plugin_work b where b.tenant_id = w.tenant_id and b.plugin_key = w.plugin_key
          and b.key = w.key and (b.state = 'running' or b.state = 'due' and b.id < w.id and (w.kind = 'event' or b.due_at <= now())))
      order by w.due_at, w.id limit 1) w
    where coalesce(l.n, 0) < $3::int
      and coalesce((select sum(o.n) from running o where o.plugin_key = r.plugin_key), 0) < $4::int
    order by coalesce(l.n, 0), turn.at nulls first, w.due_at, w.id limit 1),
  turned as (insert into mortise.plugin_turns (tenant_id, at) select tenant_id, clock_timestamp() from chosen
    on conflict (tenant_id) do update set at = excluded.at)
update mortise.plugin_work w set state = 'running', attempts = w.attempts + 1, started_at = clock_timestamp(),
  lease_until = clock_timestamp() + (least(w.seconds, $2::int) + 30) * interval '1 s', request_id = $1,
  progress = null, progress_text = null
from chosen c, mortise.installations i, mortise.tenants t
where w.tenant_id = c.tenant_id and w.id = c.id and w.state = 'due' and i.tenant_id = w.tenant_id
  and i.plugin_key = w.plugin_key and t.id = w.tenant_id
returning w.tenant_id, w.id, t.code, w.plugin_key, i.package_sha256, w.kind, w.name, w.args,
  least(w.seconds, $2::int), w.attempts, w.attempts_max

-- name: work_done
update mortise.plugin_work set state = 'done', ended_at = clock_timestamp(), lease_until = null, fault = null, fault_text = null,
  progress = case when progress is not null then 100 end
where tenant_id = $1::int and id = $2::bigint and state = 'running' and request_id = $3

-- name: work_failed
update mortise.plugin_work set state = case when $4::bool then 'due' else 'failed' end, attempts = attempts - $8::int,
  due_at = clock_timestamp() + $5::int * interval '1 ms', lease_until = null,
  ended_at = case when $4::bool then null else clock_timestamp() end, fault = $6::jsonb, fault_text = $7
where tenant_id = $1::int and id = $2::bigint and state = 'running' and request_id = $3

-- What ended stays for two weeks, what was given up for two months.
-- name: work_forget
delete from mortise.plugin_work where (tenant_id, id) in (select tenant_id, id from mortise.plugin_work
  where ended_at < now() - case state when 'failed' then interval '60 days' else interval '14 days' end
  order by ended_at limit 500)
