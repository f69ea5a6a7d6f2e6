-- 002-tenants.sql - the companies, and the people in them.
--
-- Every table with tenant_id: row-level security forced, so that even its owner sees nothing without a
-- tenant; tenant_id first in every key and index, so that neither a plan nor a unique violation reveals
-- another tenant.

-- One customer's companies, mostly one. An organization is there as long as a company belongs to it.
create table organizations (
  id int primary key generated always as identity,
  name text not null check (length(name) between 1 and 120 and name !~ '[[:cntrl:]]'),
  created_at timestamptz not null default now()
);
create unique index organizations_name on organizations (lower(name));
comment on table organizations is 'Companies that belong together: they receive what is sent to their organization, and see nothing else '
  'of each other. No tenant''s data. Policy "own": that of the transaction''s company; mortise_auth all.';
grant select, insert, update, delete on organizations to mortise_auth;

create table tenants (
  id int primary key generated always as identity,
  organization_id int not null references organizations, -- by tenant_organized()
  code text not null unique check (code ~ '^[a-z][a-z0-9-]{1,39}$'),
  name text not null check (length(name) between 1 and 120),
  time_zone text not null default 'UTC' check (is_time_zone(time_zone)),
  state text not null default 'active' check (state in ('pending', 'active', 'suspended')),
  state_since timestamptz not null default now(),
  state_reason text check (length(state_reason) between 1 and 500), -- what the system admins read about it
  created_at timestamptz not null default now(),
  notification_days int not null default 90 check (notification_days between 7 and 730),
  version int not null default 1, -- of what company_profile() shows
  locale text check (locale ~ '^[a-z]{2}-[A-Z]{2}$'),
  currency text check (currency ~ '^[A-Z]{3}$'),
  street text check (length(street) between 1 and 200),
  postal_code text check (length(postal_code) between 1 and 20),
  city text check (length(city) between 1 and 100),
  country text check (country ~ '^[A-Z]{2}$'),
  tax_number text check (length(tax_number) between 4 and 30),
  phone text check (length(phone) between 1 and 40),
  email text check (length(email) between 3 and 254),
  website text check (length(website) between 1 and 200),
  hours jsonb not null default '[]' check (jsonb_typeof(hours) = 'array' and jsonb_array_length(hours) <= 70),
  holidays jsonb not null default '[]' check (jsonb_typeof(holidays) = 'array' and jsonb_array_length(holidays) <= 200)
);
comment on table tenants is 'The companies. Policy "own": the transaction''s tenant alone; '
  'admin, steward and mortise_auth see all.';
comment on column tenants.notification_days is 'How long notifications are kept that were read; unread ones twice as long.';
comment on column tenants.time_zone is 'IANA name of the zone in which the company''s days begin and end.';
comment on column tenants.locale is 'Of its mails, and of dates and numbers; NULL = each browser has its own. People can choose another.';
comment on column tenants.hours is '[{"day": 1, "from": "08:00", "to": "17:00"}], 1 = Monday, 24:00 = the end of a day, by the company''s clock; '
  'none = around the clock. 031-profiles.sql reads it, with the holidays: [{"date", "name", "yearly"}].';
alter table tenants enable row level security, force row level security;
create policy own on tenants using (id = (select mortise.tenant()));
create policy all_tenants on tenants for select to mortise_admin, mortise_steward using (true);
create policy auth on tenants to mortise_auth using (true) with check (true);
grant select on tenants to mortise_api, mortise_admin, mortise_steward;
grant update (name, time_zone, notification_days, version, locale, currency, street, postal_code, city, country, tax_number, phone, email, website,
  hours, holidays) on tenants to mortise_api;
grant select, insert, update on tenants to mortise_auth;

create index tenants_organization on tenants (organization_id);

-- The organization of the transaction's company, and its channel.
create function organization() returns int
language sql stable
as 'select t.organization_id from mortise.tenants t where t.id = (select mortise.tenant())';
create function organization_channel() returns text
language sql stable
as 'select ''o.'' || mortise.organization()';
grant execute on function organization(), organization_channel() to mortise_core;
alter table organizations enable row level security, force row level security;
create policy own on organizations for select using (id = (select mortise.organization()));
create policy auth on organizations to mortise_auth using (true) with check (true);
grant select on organizations to mortise_api;

-- What a company says about itself, as fcgi/api/company.c shows and changes it, and the audit log.
create function company_profile(t tenants) returns jsonb
language sql immutable
return jsonb_build_object('name', t.name, 'timeZone', t.time_zone, 'locale', t.locale, 'currency', t.currency,
  'street', t.street, 'postalCode', t.postal_code, 'city', t.city, 'country', t.country, 'taxNumber', t.tax_number,
  'phone', t.phone, 'email', t.email, 'website', t.website, 'hours', t.hours, 'holidays', t.holidays,
  'notificationDays', t.notification_days);
grant execute on function company_profile(tenants) to mortise_core;

-- Also for plugins, which can't read the companies: (select mortise.time_zone()) is read once in a statement.
create function time_zone() returns text
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce((select t.time_zone from tenants t where t.id = mortise.tenant()), 'UTC')
$$;
comment on function time_zone() is 'Time zone of the transaction''s company; UTC without one.';
grant execute on function time_zone() to mortise_core, mortise_plugin;

-- Beside the built-in ones (role_names()), which every company has. Ids stand in lists with commas, in names of
-- channels and before the + or - of a permission that a role has, so they are letters and digits; names stand in
-- lists with commas.
create table custom_roles (
  tenant_id int not null references tenants,
  id text not null check (id ~ '^r[0-9a-f]{12}$'),
  label text not null check (length(label) between 1 and 60 and label !~ '[,[:cntrl:]]'),
  description text check (length(description) between 1 and 300),
  permissions text[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create unique index custom_roles_label on custom_roles (tenant_id, lower(label));
comment on table custom_roles is 'Roles that a company made for itself. Policy "tenant"; they are made and changed by '
  'the functions of 025-roles.sql alone.';
comment on column custom_roles.permissions is 'Of the core; those of plugins are in role_permissions.';
alter table custom_roles enable row level security, force row level security;
create policy tenant on custom_roles using (tenant_id = (select mortise.tenant()));
create policy auth on custom_roles to mortise_auth using (true) with check (true);
grant select on custom_roles to mortise_api, mortise_admin;
grant select, insert, update, delete on custom_roles to mortise_auth;

create table role_second_factors (
  tenant_id int not null references tenants,
  role text not null check (length(role) <= 40),
  since timestamptz not null default now(),
  primary key (tenant_id, role)
);
comment on table role_second_factors is 'Roles, built-in ones and others, whose people need two-step sign-in. Policy "tenant"; '
  'written by role_factor() alone.';
comment on column role_second_factors.since is 'Sessions from before are left alone until they end.';
alter table role_second_factors enable row level security, force row level security;
create policy tenant on role_second_factors using (tenant_id = (select mortise.tenant()));
create policy auth on role_second_factors to mortise_auth using (true) with check (true);
grant select on role_second_factors to mortise_api;
grant select, insert, delete on role_second_factors to mortise_auth;

create function role_exists(tenant int, role text) returns bool
language sql stable
return role_exists.role = any (role_names())
  or exists (select from custom_roles c where c.tenant_id = role_exists.tenant and c.id = role_exists.role);

-- The core's permissions that these roles of a company give together. PL/pgSQL, as session_find(): each session keeps
-- the plan, where an SQL function is planned for each call.
create function core_of(tenant int, roles text[]) returns text[]
language plpgsql stable
as $$ begin
  return array(select p.name from mortise.core_permissions() p
    where p.roles && core_of.roles or 'SystemAdmin' = any (core_of.roles)
      or p.name in (select unnest(g.name || g.implies) from mortise.custom_roles c join mortise.core_permissions() g
          on g.name = any (c.permissions)
        where c.tenant_id = core_of.tenant and c.id = any (core_of.roles))
    order by p.place);
end $$;
grant execute on function role_exists(int, text), core_of(int, text[]) to mortise_core;

create table users (
  tenant_id int not null references tenants,
  id uuid not null,
  email text not null check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 120),
  roles text[] not null default '{}' check (cardinality(roles) <= 8),
  active bool not null default true,
  pending bool not null default false,
  phone text check (length(phone) between 1 and 40),
  language text check (language ~ '^[a-z]{2}$'),
  theme text check (theme in ('light', 'dark', 'system')),
  time_zone text check (is_time_zone(time_zone)),
  locale text check (locale ~ '^[a-z]{2}-[A-Z]{2}$'),
  version int not null default 1,
  created_at timestamptz not null default now(),
  kind text not null default 'person' check (kind in ('person', 'service', 'former')),
  second_factor bool not null default false,
  primary key (tenant_id, id),
  check (kind = 'person' or not active and not pending and roles = '{}')
);
comment on column users.kind is '"service": as whom a service token acts (027-tokens.sql), the author of what it writes. "former": who was '
  'removed (037-people.sql), the author of what they wrote. Nobody who signs in, is chosen, notified or counted: they are never active.';
comment on column users.pending is 'Invited, and has not chosen a password yet.';
comment on column users.second_factor is 'Whether signing in takes a second step; written with second_factors (033-second-factor.sql).';
comment on column users.language is 'Of the pages; NULL = each browser has its own choice. So is theme.';
comment on column users.time_zone is 'Of the times that this person is shown and sent; NULL = the company''s. So is locale.';
create index users_name on users (tenant_id, lower(name), id); -- as their list is sorted
comment on table users is 'People of a tenant. Policy "tenant": the transaction''s tenant; '
  'the steward reads all (whom to notify), mortise_auth signs people in. What people do to each other passes '
  'the triggers of 019-people.sql.';
alter table users enable row level security, force row level security;
create policy tenant on users using (tenant_id = (select mortise.tenant()));
create policy all_tenants on users for select to mortise_steward using (true);
create policy auth on users to mortise_auth using (true) with check (true);
grant select on users to mortise_api, mortise_admin, mortise_steward;
grant insert (tenant_id, id, email, name, roles, active, version, phone),
  update (name, roles, active, version, phone, language, theme, time_zone, locale) on users to mortise_api;
grant select, insert, update on users to mortise_auth;

create table pictures (
  tenant_id int not null references tenants,
  user_id uuid, -- NULL = the company's logo
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  type text not null check (type in ('image/png', 'image/jpeg', 'image/webp')),
  data bytea not null check (length(data) between 1 and 262144),
  unique nulls not distinct (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table pictures is 'Photos of people and the logos of companies, one each, by their SHA-256. Policy "tenant": everybody of the '
  'company sees them; "own": a person changes their own, and the logo, for which the API asks for company:manage.';
alter table pictures enable row level security, force row level security;
create policy tenant on pictures for select using (tenant_id = (select mortise.tenant()));
create policy own on pictures to mortise_api using (tenant_id = (select mortise.tenant())
  and (user_id is null or user_id = (select mortise.user_id())));
create policy auth on pictures to mortise_auth using (true) with check (true);
grant select, insert, update, delete on pictures to mortise_api;

-- What the acting person and the company chose: times, dates and numbers, pictures.
create function own_choices() returns table (name text, value text)
language sql stable
as $$
  select v.name, v.value from mortise.users u join mortise.tenants t on t.id = u.tenant_id,
    lateral (values ('ownTimeZone', u.time_zone), ('locale', u.locale), ('tenantLocale', t.locale),
      ('photo', (select p.hash from mortise.pictures p where p.tenant_id = u.tenant_id and p.user_id = u.id)),
      ('tenantLogo', (select p.hash from mortise.pictures p where p.tenant_id = u.tenant_id and p.user_id is null))) v (name, value)
  where u.tenant_id = (select mortise.tenant()) and u.id = (select mortise.user_id()) and v.value is not null
$$;
grant execute on function own_choices() to mortise_api;

-- Whom rows can name anew: tickets as their assignee, settings of plugins. Who is named already stays.
create function may_be_chosen(u users) returns bool language sql stable as 'select u.active';
grant execute on function may_be_chosen(users) to mortise_core;

set local role mortise_auth;

-- Each role is one of the company's. One that is given can't be deleted before the end of the transaction.
create function user_roles() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  unknown text;
begin
  perform from custom_roles c where c.tenant_id = new.tenant_id and c.id = any (new.roles) for key share;
  select r into unknown from unnest(new.roles) r where role_exists(new.tenant_id, r) is not true limit 1;
  if found then
    raise exception 'role-unknown: %', left(unknown, 60) using errcode = '22023';
  end if;
  return new;
end $$;
grant execute on function user_roles() to mortise_owner;

-- A new one, never one that is there: what it is called is no proof of belonging to it. Where the name is taken, the company's
-- code is added.
create function organization_add(name text, code text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  called constant text := regexp_replace(organization_add.name, '[[:cntrl:]]', ' ', 'g');
  ret int;
  more text := '';
begin
  for i in 1 .. 100 loop
    insert into organizations (name) values (left(called, 120 - length(more)) || more)
      on conflict (lower(organizations.name)) do nothing returning id into ret;
    exit when ret is not null;
    more := format(' (%s)', organization_add.code || case when i = 1 then '' else '-' || i end);
  end loop;
  return ret;
end $$;

-- The one of this name, in any case; it is made where there is none. It stays until the end of the transaction.
create function organization_named(name text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  ret int;
begin
  loop
    select o.id into ret from organizations o where lower(o.name) = lower(organization_named.name) for key share;
    exit when ret is not null;
    insert into organizations (name) values (organization_named.name) on conflict (lower(organizations.name)) do nothing
      returning id into ret;
    exit when ret is not null; -- else somebody made it at this moment
  end loop;
  return ret;
end $$;

create function tenant_organized() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  new.organization_id := organization_add(new.name, new.code);
  return new;
end $$;

-- Two that leave it at once come one after the other, so that one of them is the last. What was on its channel goes with it.
create function organization_left() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  its constant text := 'o.' || old.organization_id;
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise organizations', 0));
  perform from organizations o where o.id = old.organization_id for update;
  delete from organizations o where o.id = old.organization_id
    and not exists (select from tenants t where t.organization_id = o.id);
  if found then
    delete from notices n where n.tenant_id = 0 and n.channel = its;
    delete from events e where e.tenant_id = 0 and e.channel = its;
    delete from channels c where c.tenant_id = 0 and c.name = its;
  end if;
  return null;
end $$;

-- A company with the states its tickets begin with, and their counter; organization NULL = one of its own.
create function tenant_create(code text, name text, state text default 'active', organization text default null) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t int;
begin
  insert into tenants (code, name, state, organization_id) values (tenant_create.code, tenant_create.name, tenant_create.state,
    case when tenant_create.organization is not null then organization_named(tenant_create.organization) end)
    returning id into t;
  insert into ticket_states (tenant_id, key, label, category, position) values
    (t, 'new', 'New' /* message */, 'open', 1),
    (t, 'assigned', 'Assigned' /* message */, 'open', 2),
    (t, 'in_progress', 'In progress' /* message */, 'open', 3),
    (t, 'on_hold', 'On hold' /* message */, 'open', 4),
    (t, 'done', 'Done' /* message */, 'closed', 5),
    (t, 'cancelled', 'Cancelled' /* message */, 'closed', 6);
  insert into counters (tenant_id, name) values (t, 'ticket');
  return t;
end $$;

-- Roles as the operator writes them: a built-in one's name, a custom one's name in any case, or its id.
create function roles_named(tenant int, names text[]) returns text[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select array_agg(coalesce((select c.id from custom_roles c where c.tenant_id = roles_named.tenant
    and lower(c.label) = lower(n)), n)) from unnest(names) n
$$;

create function user_create(tenant int, id uuid, email text, name text, roles text[],
  password_hash text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into users (tenant_id, id, email, name, roles, pending)
    values (tenant, user_create.id, lower(user_create.email), user_create.name,
      roles_named(tenant, user_create.roles), user_create.password_hash is null);
  update logins l set password_hash = user_create.password_hash
    where l.tenant_id = tenant and l.user_id = user_create.id;
end $$;

grant execute on function tenant_create(text, text, text, text) to mortise_admin;
grant execute on function tenant_organized(), organization_left() to mortise_owner;
grant execute on function user_create(int, uuid, text, text, text[], text) to mortise_admin;
reset role;

create trigger user_roles before insert or update of roles on users for each row execute function user_roles();
create trigger tenant_organized before insert on tenants for each row when (new.organization_id is null)
  execute function tenant_organized();
create trigger organization_left after delete or update of organization_id on tenants for each row execute function organization_left();
