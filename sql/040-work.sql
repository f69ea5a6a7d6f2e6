-- 040-work.sql - what plugins do without a person waiting: jobs, by schedule or from code, and events that are delivered to them.
--
-- One queue for all. The steward finds that something is due and calls the pool "jobs", whose workers take an item each,
-- run it as a hook of the plugin ("job:low-stock"), and write down how it ended (fcgi/install/work.c). An item is done at
-- least once: a worker that dies loses it when its lease is over, and it is tried again.
--
-- Items of one key run one after the other, in the order in which they came: a job's by its name unless the
-- plugin says otherwise, an event's by what it is about. One that failed holds up those behind it until its next try, or until
-- it is given up.

create table plugin_schedules (
  tenant_id int not null,
  plugin_key text not null,
  job text not null,
  cron text not null,
  zone text, -- NULL = the company's
  next_at timestamptz, -- NULL = not computed yet: by the next worker
  paused_at timestamptz,
  paused_by text,
  primary key (tenant_id, plugin_key, job),
  foreign key (tenant_id, plugin_key) references installations (tenant_id, plugin_key) on delete cascade
);
comment on table plugin_schedules is 'When jobs of a manifest run next in a company, and which are paused. Policy "tenant"; the '
  'admin and jobs pools see all.';
create index plugin_schedules_next on plugin_schedules (next_at) where paused_at is null;

create table plugin_work (
  tenant_id int not null,
  id bigint generated always as identity,
  plugin_key text not null,
  kind text not null check (kind in ('job', 'event')),
  name text not null,
  key text not null check (length(key) between 1 and 200),
  args jsonb not null default '{}',
  asked_by text not null check (asked_by in ('schedule', 'plugin', 'person', 'event')),
  asked_name text, -- of that person
  state text not null default 'due' check (state in ('due', 'running', 'done', 'failed', 'cancelled')),
  attempts int not null default 0,
  attempts_max int not null default 5 check (attempts_max between 1 and 20),
  seconds int not null default 60 check (seconds between 1 and 3600),
  created_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  lease_until timestamptz,
  ended_at timestamptz,
  request_id text, -- of the last try: its lines in the log have it
  progress int check (progress between 0 and 100),
  progress_text text,
  fault jsonb, -- why the last try failed: a message
  fault_text text,
  primary key (tenant_id, id),
  foreign key (tenant_id, plugin_key) references installations (tenant_id, plugin_key) on delete cascade
);
comment on table plugin_work is 'Jobs and events for plugins: waiting, running, done and given up ("failed"). Policy "tenant"; '
  'the admin and jobs pools see all.';
create index plugin_work_due on plugin_work (tenant_id, plugin_key, due_at, id) where state = 'due';
create index plugin_work_running on plugin_work (lease_until) where state = 'running';
-- Whatever two workers see, one of a key runs.
create unique index plugin_work_one on plugin_work (tenant_id, plugin_key, key) where state = 'running';
create index plugin_work_line on plugin_work (tenant_id, plugin_key, key, id) where state in ('due', 'running');
create index plugin_work_history on plugin_work (tenant_id, plugin_key, id desc);
create index plugin_work_ended on plugin_work (ended_at) where ended_at is not null;

-- When a company's turn was: of companies with as many running items, the one whose turn is longest ago is next.
create table plugin_turns (
  tenant_id int primary key references tenants (id) on delete cascade,
  at timestamptz not null
);
comment on table plugin_turns is 'When an item of a company was taken last. Policy "tenant"; the admin and jobs pools see all.';

alter table plugin_turns enable row level security, force row level security;
alter table plugin_schedules enable row level security, force row level security;
alter table plugin_work enable row level security, force row level security;
create policy tenant on plugin_turns using (tenant_id = (select mortise.tenant()));
create policy tenant on plugin_schedules using (tenant_id = (select mortise.tenant()));
create policy tenant on plugin_work using (tenant_id = (select mortise.tenant()));
create policy all_tenants on plugin_turns to mortise_admin using (true) with check (true);
create policy all_tenants on plugin_schedules to mortise_admin using (true) with check (true);
create policy all_tenants on plugin_work to mortise_admin using (true) with check (true);
create policy auth on plugin_schedules to mortise_auth using (true) with check (true);
create policy auth on plugin_work to mortise_auth using (true) with check (true);
grant select, insert, update, delete on plugin_turns, plugin_schedules, plugin_work to mortise_admin, mortise_auth;

-- Jobs of a manifest. What isn't a list counts as none.
create function manifest_jobs(manifest jsonb) returns table (name text, cron text, zone text, seconds int, attempts int)
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select j ->> 'name', j ->> 'schedule', j ->> 'timeZone', coalesce((j ->> 'timeoutSeconds')::int, 60),
    coalesce((j ->> 'attempts')::int, 5)
  from jsonb_array_elements(case jsonb_typeof(manifest -> 'jobs') when 'array' then manifest -> 'jobs' else '[]' end) j
$$;
grant execute on function manifest_jobs(jsonb) to mortise_auth, mortise_admin;

set local role mortise_auth;

-- Schedules follow the version that a company runs, in the transaction that changes it. A paused job stays paused.
create function installation_schedules() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  wanted jsonb := (select p.manifest from plugin_packages p where p.sha256 = new.package_sha256);
begin
  delete from plugin_schedules s where s.tenant_id = new.tenant_id and s.plugin_key = new.plugin_key
    and not exists (select from manifest_jobs(wanted) j where j.name = s.job and j.cron is not null);
  insert into plugin_schedules as s (tenant_id, plugin_key, job, cron, zone)
    select new.tenant_id, new.plugin_key, j.name, j.cron, j.zone from manifest_jobs(wanted) j where j.cron is not null
    on conflict (tenant_id, plugin_key, job) do update set cron = excluded.cron, zone = excluded.zone, next_at = null
      where (s.cron, coalesce(s.zone, '')) <> (excluded.cron, coalesce(excluded.zone, ''));
  -- What was missed while it was off isn't made up for.
  update plugin_schedules s set next_at = null where tg_op = 'UPDATE' and old.state <> 'enabled'
    and s.tenant_id = new.tenant_id and s.plugin_key = new.plugin_key;
  return null;
end $$;
grant execute on function installation_schedules() to mortise_owner;

-- A schedule without a zone of its own is meant in the company's.
create function company_schedules() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  update plugin_schedules s set next_at = null where s.tenant_id = new.id and s.zone is null and s.next_at is not null;
  return null;
end $$;
grant execute on function company_schedules() to mortise_owner;

-- For a plugin's worker (session_user), in the transaction's tenant. A queue of one plugin in one company has so many items at most.
create function job_start(version text, name text, key text, args jsonb, after_ms bigint) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant int := mortise.tenant();
  plugin constant text := replace(substr(session_user, 3), '_', '-');
  job record;
  ret bigint;
begin
  select j.* into job from installations i
    join plugin_packages p on p.plugin_key = i.plugin_key and p.version = job_start.version
    cross join lateral manifest_jobs(p.manifest) j
    where i.tenant_id = mine and i.plugin_key = plugin and left(session_user, 2) = 'p_' and j.name = job_start.name;
  if job.name is null then
    raise exception 'job-undeclared: %', left(job_start.name, 60) using errcode = '22023';
  elsif octet_length(args::text) > 65536 then
    raise exception 'job-long: %', job.name using errcode = '22023';
  elsif after_ms not between 0 and 31622400000 or length(coalesce(key, '')) > 100 then
    raise exception 'job-when: %', job.name using errcode = '22023';
  end if;
  if (select count(*) from (select from plugin_work w where w.tenant_id = mine and w.plugin_key = plugin
      and w.state in ('due', 'running') limit 1000) waiting) >= 1000 then
    raise exception 'job-many: %', 1000 using errcode = 'MT429';
  end if;
  insert into plugin_work (tenant_id, plugin_key, kind, name, key, args, asked_by, attempts_max, seconds, due_at)
    values (mine, plugin, 'job', job.name, 'job ' || job.name || coalesce(' ' || nullif(key, ''), ''), coalesce(args, '{}'),
      'plugin', job.attempts, job.seconds, clock_timestamp() + after_ms * interval '1 ms')
    returning id into ret;
  return ret;
end $$;
comment on function job_start(text, text, text, jsonb, bigint) is 'Queues a job of the calling plugin in the transaction''s '
  'tenant, with its COMMIT. Items of the same name and key run one after the other.';

-- Of the item whose try has this request id.
create function job_progress(request text, percent int, words text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  update plugin_work w set progress = greatest(0, least(100, percent)), progress_text = left(words, 200)
    where w.tenant_id = mortise.tenant() and w.plugin_key = replace(substr(session_user, 3), '_', '-')
      and left(session_user, 2) = 'p_' and w.state = 'running' and w.request_id = request;
  return found;
end $$;
comment on function job_progress(text, int, text) is 'What a running job of the calling plugin says of itself, to the page of its history.';

-- Installations that have something to run now. It goes from one to the next by the index: what a flood has queued isn't
-- looked through.
create function work_ready() returns table (tenant_id int, plugin_key text)
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  with recursive queued as (
    (select w.tenant_id, w.plugin_key from plugin_work w where w.state = 'due' order by w.tenant_id, w.plugin_key limit 1)
    union all
    select n.* from queued q cross join lateral (select w.tenant_id, w.plugin_key from plugin_work w
      where w.state = 'due' and (w.tenant_id, w.plugin_key) > (q.tenant_id, q.plugin_key)
      order by w.tenant_id, w.plugin_key limit 1) n)
  select q.tenant_id, q.plugin_key from queued q
  join installations i on i.tenant_id = q.tenant_id and i.plugin_key = q.plugin_key
  join plugin_packages p on p.sha256 = i.package_sha256
  join tenants t on t.id = q.tenant_id
  where i.state = 'enabled' and t.state = 'active' and p.quarantined_at is null and p.refused_at is null
    and exists (select from plugin_work w where w.state = 'due' and w.tenant_id = q.tenant_id and w.plugin_key = q.plugin_key
      and w.due_at <= now())
$$;
grant execute on function work_ready() to mortise_auth, mortise_admin;

-- Is there something to do, and how much, up to a bound: for the steward, which asks every second.
create function work_waiting(most int) returns int
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select count(*)::int from (
    (select 1 from work_ready() limit most)
    union all (select 1 from plugin_work w where w.state = 'running' and w.lease_until < now() limit most)
    union all (select 1 from plugin_schedules s join installations i using (tenant_id, plugin_key) join tenants t on t.id = s.tenant_id
      where s.paused_at is null and coalesce(s.next_at, '-infinity') <= now() and i.state = 'enabled' and t.state = 'active' limit 1)
  ) waiting
$$;
comment on function work_waiting(int) is 'How many installations have something to run, items were lost, and schedules have come.';
grant execute on function work_waiting(int) to mortise_steward;
revoke all on function job_start(text, text, text, jsonb, bigint), job_progress(text, int, text) from public;
grant execute on function job_start(text, text, text, jsonb, bigint), job_progress(text, int, text) to mortise_plugin;

reset role;

create trigger schedules after insert or update of state, package_sha256 on installations
  for each row when (new.state = 'enabled') execute function installation_schedules();
create trigger schedules_zone after update of time_zone on tenants
  for each row when (old.time_zone is distinct from new.time_zone) execute function company_schedules();
