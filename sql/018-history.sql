-- 018-history.sql - what happened to rows of resources that have no table of history of their own.

-- id is the time in microseconds, as in ticket_history: gaps in a sequence would reveal other tenants'
-- activity.
create table history (
  tenant_id int not null default mortise.tenant(),
  resource text not null check (length(resource) between 1 and 60),
  row_id text not null check (length(row_id) between 1 and 200),
  id bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint,
  user_id uuid,
  at timestamptz not null default now(),
  changes changes not null,
  primary key (tenant_id, resource, row_id, id),
  foreign key (tenant_id, user_id) references users
);
comment on table history is 'Who changed what of a row of a resource: {"name": ["old", "new"], ...}. Policy "tenant".';
alter table history enable row level security, force row level security;
create policy tenant on history using (tenant_id = (select mortise.tenant()));
grant select, insert on history to mortise_api, mortise_admin;
