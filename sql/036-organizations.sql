-- 036-organizations.sql - organizations, as system admins and the operator see and change them.
--
-- A company belongs to one organization (002-tenants.sql). What is raised on the channel o.<organization> reaches the people of all
-- its companies and nobody else: 006-events.sql and 007-notifications.sql have the policies. A company that moves to
-- another organization has its streams ended, which open again with the other channel (017-rights.sql).

set local role mortise_auth;

create function organization_page(search text, size int, skip int) returns table (total bigint, items json)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with found as (
    select o as organization, row_number() over (order by lower(o.name)) as place from organizations o
    where organization_page.search is null or strpos(lower(o.name), lower(organization_page.search)) > 0
  )
  select (select count(*) from found), coalesce((select json_agg(organization_json(f.organization) order by f.place) from (
    select * from found order by place limit size offset skip) f), '[]')
$$;

-- By its id, or for commands by its name.
create function organization_rename(id int, was text, name text) returns json
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  o organizations;
  renamed organizations;
begin
  select x.* into o from organizations x
    where x.id = organization_rename.id or lower(x.name) = lower(organization_rename.was) for update;
  if o.id is null then
    raise exception 'organization-unknown: %', coalesce(organization_rename.was, organization_rename.id::text) using errcode = 'P0002';
  elsif exists (select from organizations x where lower(x.name) = lower(organization_rename.name) and x.id <> o.id) then
    raise exception 'organization-taken: %', organization_rename.name using errcode = '23505';
  end if;
  update organizations x set name = organization_rename.name where x.id = o.id returning x.* into renamed;
  if renamed.name <> o.name then
    perform audit_add(0, 'company.organization-renamed', 'organization', o.id::text, o.name, jsonb_build_object('name', o.name),
      jsonb_build_object('name', renamed.name));
  end if;
  return organization_json(renamed);
end $$;

-- A company joins the organization with this name, which is made where there is none; the one it leaves goes with its last
-- company. Behind a lock, so that two that pass each other don't wait for each other.
create function tenant_organize(code text, organization text) returns json
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := tenant_named(tenant_organize.code);
  o int;
begin
  perform from tenants x where x.id = t for no key update;
  perform pg_advisory_xact_lock(hashtextextended('mortise organizations', 0));
  o := organization_named(tenant_organize.organization);
  update tenants x set organization_id = o where x.id = t and x.organization_id <> o;
  return (select organization_json(x) from organizations x where x.id = o);
end $$;

grant execute on function organization_page(text, int, int), organization_rename(int, text, text), tenant_organize(text, text)
  to mortise_admin, mortise_owner;
reset role;
