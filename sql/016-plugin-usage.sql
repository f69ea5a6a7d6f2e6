-- 016-plugin-usage.sql - the resource use of plugins, and how often they were installed and removed.

-- us = microseconds. buckets: calls that took less than 1, 2, 4, ... 1024 ms, and the rest.
create table plugin_usage (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  day date not null,
  calls bigint not null default 0,
  errors bigint not null default 0,
  us bigint not null default 0,
  us_max bigint not null default 0,
  cpu_us bigint not null default 0,
  buckets bigint[] not null default '{0,0,0,0,0,0,0,0,0,0,0,0}',
  installs int not null default 0,
  uninstalls int not null default 0,
  failed_installs int not null default 0,
  primary key (tenant_id, plugin_key, day)
);
comment on table plugin_usage is 'What each plugin did for a tenant, day by day. Policy "tenant"; the steward '
  'writes for all, mortise_auth counts installs.';
alter table plugin_usage enable row level security, force row level security;
create policy tenant on plugin_usage using (tenant_id = (select mortise.tenant()));
create policy all_tenants on plugin_usage to mortise_steward, mortise_auth using (true) with check (true);
grant select on plugin_usage to mortise_admin;
grant select, insert, update, delete on plugin_usage to mortise_steward, mortise_auth;

-- Counts every installation and removal in the same transaction, so an operation that was undone counts
-- correctly. When a plugin leaves the catalogue, its numbers are deleted.
set local role mortise_auth;
create function usage_of_installation() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  t constant int := case when tg_op = 'DELETE' then old.tenant_id else new.tenant_id end;
  k constant text := case when tg_op = 'DELETE' then old.plugin_key else new.plugin_key end;
  today constant date := now() at time zone (select c.time_zone from mortise.tenants c where c.id = t);
  added constant int := (tg_op = 'INSERT')::int;
  failed constant int := (tg_op = 'DELETE' and old.state = 'installing')::int;
begin
  insert into mortise.plugin_usage as u (tenant_id, plugin_key, day, installs, uninstalls, failed_installs)
  values (t, k, today, added, 1 - added - failed, failed)
  on conflict (tenant_id, plugin_key, day) do update set
    installs = u.installs + excluded.installs,
    uninstalls = u.uninstalls + excluded.uninstalls,
    failed_installs = u.failed_installs + excluded.failed_installs;
  return null;
end $$;
grant execute on function usage_of_installation() to mortise_owner;
reset role;
create trigger usage after insert or delete on installations
  for each row execute function usage_of_installation();
