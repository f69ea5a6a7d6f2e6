-- 047-dashboards.sql - what people have on their dashboard: fcgi/api/dashboard.c.

create table dashboards (
  tenant_id int not null default mortise.tenant(),
  user_id uuid not null default mortise.user_id(),
  -- In their order: [{"id": "mine", "size": "wide"}, {"id": "parts:low-stock", "size": "small"}]. One whose plugin is gone
  -- stays, and is there again when the plugin is.
  widgets jsonb not null check (jsonb_typeof(widgets) = 'array' and jsonb_array_length(widgets) <= 40
    and octet_length(widgets::text) <= 8000),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table dashboards is 'Who has arranged their dashboard, and how. Policy "own": the person of the transaction alone; "company": '
  'export and deletion of the company; "auth": removal of the person.';
alter table dashboards enable row level security, force row level security;
create policy own on dashboards
  using (tenant_id = (select mortise.tenant()) and user_id = (select mortise.user_id()));
create policy company on dashboards to mortise_auth, mortise_steward using (tenant_id = (select mortise.tenant()));
create policy auth on dashboards to mortise_auth using (true);
grant select, insert, update, delete on dashboards to mortise_api;
grant select, delete on dashboards to mortise_auth;
grant select, delete on dashboards to mortise_steward;
