-- vans.sql - the table of the trial resource, as a migration would make it.
create table mortise.vans (
  tenant_id int not null references mortise.tenants,
  id uuid not null,
  number int not null,
  name text not null check (length(name) between 1 and 80),
  plate text not null check (length(plate) between 2 and 12),
  kind text not null check (kind in ('small', 'large', 'crane')),
  seats int not null check (seats between 1 and 9),
  cost_per_day numeric(8, 2) check (cost_per_day between 0 and 100000),
  bought date,
  inspection timestamptz,
  driver_id uuid,
  towed_by_id uuid,
  tools text[] not null check (tools <@ '{drill,ladder,pump}' and cardinality(tools) <= 3),
  extra jsonb not null check (jsonb_typeof(extra) = 'object'),
  winter_tyres bool not null,
  notes text not null check (length(notes) <= 2000),
  handed_over_at timestamptz,
  washed_at timestamptz,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, plate),
  foreign key (tenant_id, driver_id) references mortise.users,
  foreign key (tenant_id, towed_by_id) references mortise.vans
);
alter table mortise.vans enable row level security, force row level security;
create policy tenant on mortise.vans using (tenant_id = (select mortise.tenant()));
grant select, insert, update on mortise.vans to mortise_api;
insert into mortise.counters (tenant_id, name) select id, 'van' from mortise.tenants on conflict do nothing;

-- A crane stays; when a driver gets the van, the time is noted and the driver hears of it.
create function mortise.van_rule(was mortise.vans, given jsonb) returns jsonb language sql stable as $$
  select case when was.kind = 'crane' and given ->> 'kind' <> 'crane' then null
    when given ? 'driverId' and (given ->> 'driverId')::uuid is distinct from was.driver_id then
      jsonb_build_object('handedOverAt', case when given ->> 'driverId' is not null then now() end,
        'events', case when given ->> 'driverId' is null then '{}'
          else jsonb_build_object('VanHandedOver', array['u.' || (given ->> 'driverId')::uuid]) end)
    else '{}' end $$;
grant execute on function mortise.van_rule(mortise.vans, jsonb) to mortise_api;

create table mortise.van_trips (
  tenant_id int not null default mortise.tenant(),
  id uuid not null,
  van_id uuid not null,
  place text not null check (length(place) between 1 and 80),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, van_id) references mortise.vans
);
alter table mortise.van_trips enable row level security, force row level security;
create policy tenant on mortise.van_trips using (tenant_id = (select mortise.tenant()));
grant select, insert on mortise.van_trips to mortise_api;

create view mortise.van_kinds with (security_invoker) as
  select tenant_id, kind, json_agg(json_build_object('plate', plate, 'driverId', driver_id) order by plate) as vans
  from mortise.vans where driver_id is not null group by tenant_id, kind;
grant select on mortise.van_kinds to mortise_api;
