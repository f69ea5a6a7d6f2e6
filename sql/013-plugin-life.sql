-- 013-plugin-life.sql - steps in flight, rollouts, and a record of what was done with a plugin.

create table journal (
  id bigint primary key generated always as identity,
  plugin_key text not null,
  op text not null,
  detail jsonb not null default '{}',
  started_at timestamptz not null default now(),
  step int not null default 0,
  steps int not null default 0,
  label text not null default '',
  cancelled_at timestamptz
);
comment on table journal is 'Steps of a plugin''s life that are not finished, for recovery. The row '
  'goes when the step is done. Reached by the admin pool and the steward; detail may name a tenant.';
comment on column journal.label is 'What is being done now, for people; step of steps.';
comment on column journal.cancelled_at is 'Somebody wants it undone: seen by its next transaction.';
grant select, insert, update, delete on journal to mortise_admin, mortise_steward;

create table plugin_rollouts (
  id uuid primary key,
  plugin_key text not null references plugins on delete cascade,
  package_sha256 text not null references plugin_packages on delete cascade,
  percent int not null check (percent between 1 and 100),
  state text not null default 'running'
    check (state in ('running', 'paused', 'done', 'cancelled', 'failed')),
  permissions text[] not null default '{}',
  total int not null default 0,
  done int not null default 0,
  failures jsonb not null default '[]',
  started_by uuid not null,
  started_by_name text not null,
  started_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  claimed_until timestamptz
);
comment on column plugin_rollouts.claimed_until is 'Until when a worker of the admin pool has it in hand; '
  'another one takes it over when that one died.';
create unique index plugin_rollouts_one on plugin_rollouts (plugin_key)
  where state in ('running', 'paused');
comment on table plugin_rollouts is 'Moving a share of the tenants to another version of a plugin, by a '
  'system admin. Failures name tenants: the admin pool alone reads it, for system admins.';
grant select, insert, update, delete on plugin_rollouts to mortise_admin;

-- Which tenants are among the first n percent: the same ones at 20 that were at 10, for one plugin; others
-- for another plugin, so that nobody is always the first.
create function rollout_place(tenant int, key text) returns int
language sql immutable parallel safe
return (('x' || substr(md5(tenant || ':' || key), 1, 7))::bit(28)::int) % 100;
comment on function rollout_place(int, text) is 'A number from 0 to 99 that stays a tenant''s own.';
grant execute on function rollout_place(int, text) to mortise_admin;

create table plugin_activity (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  id bigint not null generated always as identity,
  at timestamptz not null default now(),
  op text not null,
  from_version text,
  version text,
  user_id uuid,
  user_name text,
  outcome text not null check (outcome in ('ok', 'failed', 'undone')),
  detail text,
  detail_text jsonb,
  primary key (tenant_id, plugin_key, id)
);
comment on table plugin_activity is 'What was done with a tenant''s plugins, by whom and how it ended; the '
  'newest 500 of each plugin. Policy "tenant"; the admin pool and the steward write for all.';
comment on column plugin_activity.detail_text is 'The detail as a message, its key and values; null = somebody '
  'else''s words.';
alter table plugin_activity enable row level security, force row level security;
create policy tenant on plugin_activity using (tenant_id = (select mortise.tenant()));
create policy all_tenants on plugin_activity to mortise_admin, mortise_steward
  using (true) with check (true);
grant select, insert, delete on plugin_activity to mortise_admin, mortise_steward;

create function plugin_activity_add(tenant int, key text, op text, from_version text, version text,
  user_id uuid, user_name text, outcome text, detail text, detail_text jsonb) returns void
language sql
begin atomic
  insert into plugin_activity (tenant_id, plugin_key, op, from_version, version, user_id, user_name,
      outcome, detail, detail_text)
    select plugin_activity_add.tenant, plugin_activity_add.key, plugin_activity_add.op,
      plugin_activity_add.from_version, plugin_activity_add.version, plugin_activity_add.user_id,
      plugin_activity_add.user_name, plugin_activity_add.outcome, left(plugin_activity_add.detail, 500),
      plugin_activity_add.detail_text
    where exists (select from plugins p where p.key = plugin_activity_add.key);
  delete from plugin_activity a where a.tenant_id = plugin_activity_add.tenant
    and a.plugin_key = plugin_activity_add.key
    and a.id <= (select o.id from plugin_activity o where o.tenant_id = plugin_activity_add.tenant
      and o.plugin_key = plugin_activity_add.key order by o.id desc offset 500 limit 1);
end;
comment on function plugin_activity_add(int, text, text, text, text, uuid, text, text, text, jsonb) is
  'Writes down what was done with a tenant''s plugin; the oldest of more than 500 goes.';
grant execute on function plugin_activity_add(int, text, text, text, text, uuid, text, text, text, jsonb)
  to mortise_admin, mortise_steward;
