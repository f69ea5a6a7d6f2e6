-- 022-companies.sql - the companies of the server, as system admins see and change them.
--
-- The admin pool calls these for the system administration, after it has checked that a system admin asks.
-- Like the operator's commands they act as nobody of a company, so the rules between people (019-people.sql)
-- don't bind them.

-- A company that a system admin or the operator deletes (028-company-life.sql). It outlives its company's row: without a
-- foreign key, and with its code and name.
create table company_deletions (
  tenant_id int primary key,
  code text not null,
  name text not null,
  was text not null, -- the company's state before
  due_at timestamptz not null,
  asked_at timestamptz not null default now(),
  asked_by text not null,
  step text not null default 'waiting' check (step in ('waiting', 'plugins', 'rows', 'audit')),
  total bigint not null default 0,
  removed jsonb not null default '{}', -- rows by table
  fault text,
  failed_at timestamptz
);
comment on table company_deletions is 'Companies that will be deleted, and how far that is. Policy "auth": mortise_auth alone, '
  'through the functions of 028-company-life.sql.';
alter table company_deletions enable row level security, force row level security;
create policy auth on company_deletions to mortise_auth using (true) with check (true);
grant select, insert, update, delete on company_deletions to mortise_auth;

-- How many people and plugins a company may have, and what it may store; enforced by 030-tenancy.sql.
create table company_limits (
  tenant_id int primary key references tenants on delete cascade,
  people int check (people >= 0), -- NULL = as for all, 0 = without a limit
  storage_mb int check (storage_mb >= 0),
  plugins int check (plugins >= 0),
  bytes bigint not null default 0, -- of rows, estimated
  file_bytes bigint not null default 0, -- of files, as they come and go (045-files.sql)
  measured_at timestamptz,
  said jsonb not null default '{}' -- by what: 80 or 100, which the administrators have been notified of
);
comment on table company_limits is 'Limits of one company, and what it stores. Policy "auth": mortise_auth alone, through the '
  'functions below.';
alter table company_limits enable row level security, force row level security;
create policy auth on company_limits to mortise_auth using (true) with check (true);
grant select, insert, update, delete on company_limits to mortise_auth;

set local role mortise_auth;

create function company_limit(tenant int, what text) returns int
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce((select case company_limit.what when 'people' then l.people when 'plugins' then l.plugins else l.storage_mb end
      from company_limits l where l.tenant_id = company_limit.tenant),
    (select b.value from bounds b where b.name = case company_limit.what when 'people' then 'people_max'
      when 'plugins' then 'plugins_max' else 'storage_mb' end), 0)
$$;

create function company_use(tenant int, what text) returns bigint
language sql volatile -- sees what others committed while this transaction waited for them
set search_path = mortise, pg_catalog, pg_temp
as $$
  select case company_use.what
    when 'people' then (select count(*) from users u where u.tenant_id = company_use.tenant and u.active and u.kind = 'person')
    when 'plugins' then (select count(*) from installations i where i.tenant_id = company_use.tenant)
    else (select (l.bytes + l.file_bytes + 1048575) / 1048576 from company_limits l where l.tenant_id = company_use.tenant) end
$$;

create function company_limits_json(tenant int) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select json_build_object(
    'people', json_build_object('used', (select count(*) from users u where u.tenant_id = tenant and u.active and u.kind = 'person'),
      'most', company_limit(tenant, 'people'), 'own', l.people),
    'storageMb', json_build_object('used', case when l.measured_at is not null then (l.bytes + l.file_bytes + 1048575) / 1048576 end, 'most', company_limit(tenant, 'storage'), 'own', l.storage_mb),
    'plugins', json_build_object('used', (select count(*) from installations i where i.tenant_id = tenant),
      'most', company_limit(tenant, 'plugins'), 'own', l.plugins))
  from (select 1) one left join company_limits l on l.tenant_id = company_limits_json.tenant
$$;


create function company_removed(d company_deletions) returns bigint
language sql immutable
return (select coalesce(sum(e.value::bigint), 0) from jsonb_each_text(d.removed) e);

-- Has it come to the audit log of this company, which is no more?
create function company_is_gone(tenant int) returns bool
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select company_is_gone.tenant > 0
    and exists (select from company_deletions d where d.tenant_id = company_is_gone.tenant and d.step = 'audit')
    and not exists (select from tenants t where t.id = company_is_gone.tenant)
$$;

create function organization_json(o organizations) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select json_build_object('id', o.id, 'name', o.name, 'companies', (select count(*) from tenants t where t.organization_id = o.id))
$$;

create function tenant_json(t tenants) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select json_build_object('code', t.code, 'name', t.name, 'state', t.state, 'stateReason', t.state_reason,
    'stateSince', iso(t.state_since), 'createdAt', iso(t.created_at),
    'organization', (select organization_json(o) from organizations o where o.id = t.organization_id),
    'people', (select count(*) from users u where u.tenant_id = t.id and u.active and not u.pending),
    'invited', (select count(*) from users u where u.tenant_id = t.id and u.active and u.pending),
    'plugins', (select count(*) from installations i where i.tenant_id = t.id),
    'tickets', (select c.value from counters c where c.tenant_id = t.id and c.name = 'ticket'),
    'lastSignInAt', (select iso(max(s.seen_at)) from logins l join login_sources s on s.email = l.email
      where l.tenant_id = t.id),
    'limits', company_limits_json(t.id),
    'deletion', (select json_build_object('dueAt', iso(d.due_at), 'askedAt', iso(d.asked_at), 'askedBy', d.asked_by,
        'began', d.step <> 'waiting', 'rows', d.total, 'removed', company_removed(d), 'failedAt', iso(d.failed_at))
      from company_deletions d where d.tenant_id = t.id))
$$;

-- Is four fifths of a limit in use?
create function company_near(tenant int) returns bool
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select exists (select from json_each(company_limits_json(company_near.tenant)) l
    where (l.value ->> 'most')::bigint > 0 and coalesce((l.value ->> 'used')::bigint, 0) * 5 >= (l.value ->> 'most')::bigint * 4)
$$;

-- A company is found by its name, its code, its organization's name, and the addresses of its people.
create function tenant_page(search text, state text, near bool, sort text, size int, skip int)
returns table (total bigint, items json)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with found as (
    select t as tenant,
      case when tenant_page.sort in ('people', '-people') then
        (select count(*) from users u where u.tenant_id = t.id and u.active and not u.pending) end as people
    from tenants t
    where (tenant_page.state is null or t.state = tenant_page.state)
      and (tenant_page.near is not true or company_near(t.id))
      and (tenant_page.search is null or strpos(lower(t.name || ' ' || t.code || ' ' || (select o.name from organizations o
          where o.id = t.organization_id)), lower(tenant_page.search)) > 0
        or t.id = (select l.tenant_id from logins l where l.email = lower(tenant_page.search)))
  ), page as (
    select f.tenant, row_number() over (order by
        case when tenant_page.sort = 'people' then f.people when tenant_page.sort = '-people' then -f.people end,
        case when tenant_page.sort = 'created' then (f.tenant).created_at end,
        case when tenant_page.sort = '-created' then (f.tenant).created_at end desc,
        case when tenant_page.sort = '-name' then lower((f.tenant).name) end desc,
        lower((f.tenant).name), (f.tenant).code) as place
    from found f order by place limit size offset skip
  )
  select (select count(*) from found),
    coalesce((select json_agg(tenant_json(p.tenant) order by p.place) from page p), '[]')
$$;

create function tenant_show(code text) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select tenant_json(t) from tenants t where t.code = tenant_show.code
$$;

grant execute on function tenant_page(text, text, bool, text, int, int), tenant_show(text),
  tenant_set_state(text, text, text), user_link(text, text, int, int) to mortise_admin;
reset role;
