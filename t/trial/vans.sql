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
