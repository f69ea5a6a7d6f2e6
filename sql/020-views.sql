-- 020-views.sql - filters of the ticket list that a person has saved under a name: fcgi/api/views.c.

create table ticket_views (
  tenant_id int not null default mortise.tenant(),
  id uuid not null,
  owner_id uuid not null,
  name text not null check (length(name) between 1 and 60),
  query text not null check (length(query) <= 1000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, owner_id, name),
  foreign key (tenant_id, owner_id) references users on delete cascade
);
comment on table ticket_views is 'Saved filters of the ticket list, each of one person. Policy "own": the person of the '
  'transaction alone.';
alter table ticket_views enable row level security, force row level security;
create policy own on ticket_views
  using (tenant_id = (select mortise.tenant()) and owner_id = (select mortise.user_id()));
grant select, insert, update, delete on ticket_views to mortise_api;
