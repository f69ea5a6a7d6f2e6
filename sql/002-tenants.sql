-- 002-tenants.sql - the companies, and the people in them.
--
-- Every table with tenant_id: row-level security forced, so that even its owner sees nothing without a
-- tenant; tenant_id first in every key and index, so that neither a plan nor a unique violation reveals
-- another tenant.

create table tenants (
  id int primary key generated always as identity,
  code text not null unique check (code ~ '^[a-z][a-z0-9-]{1,39}$'),
  name text not null check (length(name) between 1 and 120),
  state text not null default 'active' check (state in ('pending', 'active', 'suspended')),
  created_at timestamptz not null default now()
);
comment on table tenants is 'The companies. Policy "own": the transaction''s tenant alone; '
  'admin, steward and mortise_auth see all.';
alter table tenants enable row level security, force row level security;
create policy own on tenants using (id = (select mortise.tenant()));
create policy all_tenants on tenants for select to mortise_admin, mortise_steward using (true);
create policy auth on tenants to mortise_auth using (true) with check (true);
grant select on tenants to mortise_api, mortise_admin, mortise_steward;
grant select, insert, update on tenants to mortise_auth;

create table users (
  tenant_id int not null references tenants,
  id uuid not null,
  email text not null check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 120),
  roles text[] not null default '{}' check (roles <@ role_names()),
  active bool not null default true,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index users_name on users (tenant_id, name, id);
comment on table users is 'People of a tenant. Policy "tenant": the transaction''s tenant; '
  'the steward reads all (whom to notify), mortise_auth signs people in.';
alter table users enable row level security, force row level security;
create policy tenant on users using (tenant_id = (select mortise.tenant()));
create policy all_tenants on users for select to mortise_steward using (true);
create policy auth on users to mortise_auth using (true) with check (true);
grant select on users to mortise_api, mortise_admin, mortise_steward;
grant select, insert, update on users to mortise_auth;

-- Whom rows can name anew: tickets as their assignee, settings of plugins. Who is named already stays.
create function may_be_chosen(u users) returns bool language sql stable as 'select u.active';
grant execute on function may_be_chosen(users) to mortise_core;

set local role mortise_auth;

-- A company with the states its tickets begin with, and their counter.
create function tenant_create(code text, name text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t int;
begin
  insert into tenants (code, name) values (tenant_create.code, tenant_create.name)
    returning id into t;
  insert into ticket_states (tenant_id, key, label, category, position) values
    (t, 'new', 'New', 'open', 1),
    (t, 'assigned', 'Assigned', 'open', 2),
    (t, 'in_progress', 'In progress', 'open', 3),
    (t, 'on_hold', 'On hold', 'open', 4),
    (t, 'done', 'Done', 'closed', 5),
    (t, 'cancelled', 'Cancelled', 'closed', 6);
  insert into counters (tenant_id, name) values (t, 'ticket');
  return t;
end $$;

create function user_create(tenant int, id uuid, email text, name text, roles text[],
  password_hash text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into users (tenant_id, id, email, name, roles)
    values (tenant, user_create.id, lower(user_create.email), user_create.name, user_create.roles);
  if password_hash is not null then
    insert into logins (email, tenant_id, user_id, password_hash)
      values (lower(user_create.email), tenant, user_create.id, user_create.password_hash);
  end if;
end $$;

grant execute on function tenant_create(text, text) to mortise_admin;
grant execute on function user_create(int, uuid, text, text, text[], text) to mortise_admin;
reset role;
