-- 012-plugin-permissions.sql - permissions that plugins bring, and which roles of a tenant have them.
--
-- The core's permissions are a table in fcgi/base/perm.c and the same for everybody. A plugin's own
-- ("time-clock:clock") are registered from its manifest; each tenant gives them to its roles. A tenant
-- has one row for every built-in role and permission, given or not: so what an administrator took away is known
-- from what is new, and default roles count once. A role of its own has rows of what it was ever given.

create table plugin_permissions (
  name text primary key,
  plugin_key text not null references plugins on delete cascade,
  label text not null,
  description text,
  default_roles text[] not null check (default_roles <@ role_names()),
  registered_at timestamptz not null default now(),
  check (left(name, length(plugin_key) + 1) = plugin_key || ':')
);
comment on table plugin_permissions is 'Permissions that the versions in use of plugins define, by full '
  'name. No tenant''s data: nothing of who has what.';
grant select on plugin_permissions to mortise_api, mortise_admin, mortise_steward;
grant select, insert, update, delete on plugin_permissions to mortise_auth;

create table role_permissions (
  tenant_id int not null references tenants,
  plugin_key text not null,
  permission text not null references plugin_permissions on delete cascade,
  role text not null check (role = any (role_names()) and role <> 'SystemAdmin' or role ~ '^r[0-9a-f]{12}$'),
  granted bool not null,
  changed_at timestamptz,
  changed_by uuid,
  -- "Technician+clock", "Technician-manage": what the api pool wants at each call, and putting it together
  -- each time was a third of its statement
  short text not null generated always as
    (role || case when granted then '+' else '-' end || substr(permission, length(plugin_key) + 2)) stored,
  primary key (tenant_id, plugin_key, permission, role)
);
comment on table role_permissions is 'Which roles of a tenant have which permission of a plugin; a system '
  'admin has all. Policy "tenant"; rows come and go by the functions of mortise_auth below.';
comment on column role_permissions.changed_at is 'NULL = by the plugin''s default roles.';
alter table role_permissions enable row level security, force row level security;
create policy tenant on role_permissions using (tenant_id = (select mortise.tenant()));
create policy auth on role_permissions to mortise_auth using (true) with check (true);
grant select on role_permissions to mortise_api, mortise_admin;
grant select, insert, update, delete on role_permissions to mortise_auth;

-- --- functions of mortise_auth -----------------------------------------------------------------------
set local role mortise_auth;

-- What a package's manifest defines. Without defaultRoles it is the administrators'; an empty list is
-- nobody's until one of them gives it.
create function permissions_defined(package text)
returns table (name text, plugin_key text, label text, description text, default_roles text[])
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select p.plugin_key || ':' || (d->>'name'), p.plugin_key, coalesce(d->>'label', d->>'name'),
    d->>'description',
    case when jsonb_typeof(d->'defaultRoles') = 'array' then array(
      select r from unnest(role_names()) r where d->'defaultRoles' ? r and r <> 'SystemAdmin')
    else '{Admin}' end
  from plugin_packages p, jsonb_array_elements(case
    when jsonb_typeof(p.manifest->'definesPermissions') = 'array'
    then p.manifest->'definesPermissions' else '[]' end) d
  where p.sha256 = package and d->>'name' is not null
$$;

create function permissions_register(key text, sha256 text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  insert into plugin_permissions as o (name, plugin_key, label, description, default_roles)
    select d.name, d.plugin_key, d.label, d.description, d.default_roles
    from permissions_defined(permissions_register.sha256) d
    where d.plugin_key = permissions_register.key order by d.name
    on conflict on constraint plugin_permissions_pkey do update set label = excluded.label,
      description = excluded.description, default_roles = excluded.default_roles
      where (o.label, o.description, o.default_roles)
        is distinct from (excluded.label, excluded.description, excluded.default_roles)
$$;
comment on function permissions_register(text, text) is
  'Makes the permissions of a package known; those of other versions in use stay. May be repeated.';

create function permissions_grant_defaults(tenant int, key text, sha256 text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform permissions_register(key, permissions_grant_defaults.sha256);
  insert into role_permissions (tenant_id, plugin_key, permission, role, granted)
    select tenant, d.plugin_key, d.name, r.role, r.role = any (d.default_roles)
    from permissions_defined(permissions_grant_defaults.sha256) d
    cross join (select r as role from unnest(role_names()) r where r <> 'SystemAdmin') r
    where d.plugin_key = permissions_grant_defaults.key
      and not exists (select from role_permissions o where o.tenant_id = tenant
        and o.plugin_key = d.plugin_key and o.permission = d.name)
    on conflict on constraint role_permissions_pkey do nothing;
end $$;
comment on function permissions_grant_defaults(int, text, text) is
  'Gives a tenant''s roles what is new to the tenant in this package; what is known stays as it is.';

-- Registrations that no version in use defines go, and with them (on delete cascade) all that roles have
-- of them. A version is in use while a tenant has it or can roll back to it.
create function permissions_prune(key text) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  delete from plugin_permissions o where o.plugin_key = permissions_prune.key and not exists (
    select from (
      select i.package_sha256 as sha256 from installations i
        where i.plugin_key = permissions_prune.key
      union select i.previous_sha256 from installations i
        where i.plugin_key = permissions_prune.key) used,
      permissions_defined(used.sha256) d
    where d.name = o.name)
$$;

create function permissions_remove(tenant int, key text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from role_permissions r where r.tenant_id = tenant
    and r.plugin_key = permissions_remove.key;
  -- the tenant's own installation may still exist in this transaction
  if not exists (select from installations i where i.plugin_key = permissions_remove.key
      and i.tenant_id <> tenant) then
    delete from plugin_permissions p where p.plugin_key = permissions_remove.key;
  end if;
end $$;
comment on function permissions_remove(int, text) is
  'Takes everything of a plugin from a tenant''s roles; after the last tenant its registrations too.';

-- Whatever moves an installation (an upgrade, an uninstall, a recovery, the steward), permissions follow
-- at the end of its transaction. Not on a rollback: the version that was left may come back, and what
-- an administrator changed is still to hold then.
create function permissions_follow() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    if not exists (select from installations i where i.tenant_id = old.tenant_id
        and i.plugin_key = old.plugin_key) then
      perform permissions_remove(old.tenant_id, old.plugin_key);
    end if;
  elsif new.package_sha256 is distinct from old.previous_sha256 then
    perform permissions_prune(new.plugin_key);
  end if;
  return null;
end $$;

grant execute on function permissions_register(text, text),
  permissions_grant_defaults(int, text, text), permissions_remove(int, text) to mortise_admin;
grant execute on function permissions_follow() to mortise_owner;

-- What the api pool reads of plugins and their permissions: views that belong to mortise_auth, which row-level
-- security lets through, so their own conditions are the guard.

-- Everything that decides about one call of a plugin: `grants` has every role and permission, beside the id
-- of the key that seals the tenant's secrets, NULL when there are none. Subselects are cheaper than joins
-- here. By row_version a worker knows that its parsed routes are current.
create view plugin_calls with (security_barrier) as
  select i.plugin_key, i.state, p.sha256, p.quarantined_at is not null as quarantined, p.routes,
    (select string_agg(r.short, ',') from role_permissions r
      where r.tenant_id = i.tenant_id and r.plugin_key = i.plugin_key) as grants,
    (select s.key_id from plugin_settings s
      where s.tenant_id = i.tenant_id and s.plugin_key = i.plugin_key) as secrets_key,
    p.refused_at is not null as refused, p.xmin::text as row_version
  from installations i
  join plugin_packages p on p.sha256 = i.package_sha256
  where i.tenant_id = (select tenant());
comment on view plugin_calls is 'Plugins of the request''s tenant as the api pool needs them for each '
  'call; guarded by its own condition on mortise.tenant().';
revoke all on plugin_calls from public;
grant select on plugin_calls to mortise_api;

-- One row for each permission of the version that the tenant has, and each role.
create view plugin_grants with (security_barrier) as
  select i.plugin_key, coalesce(p.manifest->>'displayName', i.plugin_key) as plugin_name,
    i.state = 'enabled' and p.quarantined_at is null as enabled,
    i.plugin_key || ':' || (d.value->>'name') as permission,
    coalesce(d.value->>'label', d.value->>'name') as label, d.value->>'description' as description,
    d.n::int as position, r.role, coalesce(g.granted, false) as granted
  from installations i
  join plugin_packages p on p.sha256 = i.package_sha256
  cross join lateral jsonb_array_elements(case
    when jsonb_typeof(p.manifest->'definesPermissions') = 'array'
    then p.manifest->'definesPermissions' else '[]' end) with ordinality d (value, n)
  cross join lateral (select unnest(role_names()) union all
    select c.id from custom_roles c where c.tenant_id = i.tenant_id) r (role)
  left join role_permissions g on g.tenant_id = i.tenant_id and g.plugin_key = i.plugin_key
    and g.permission = i.plugin_key || ':' || (d.value->>'name') and g.role = r.role
  where r.role <> 'SystemAdmin' and i.tenant_id = (select tenant());
comment on view plugin_grants is 'Permissions of the plugins that the request''s tenant has, by role; '
  'guarded by its own condition on mortise.tenant().';
revoke all on plugin_grants from public;
grant select on plugin_grants to mortise_api;

-- What /api/me shows: what enabled plugins define, by role. Subselects are cheaper here, too.
create view plugin_permissions_held with (security_barrier) as
  select r.permission, r.role, r.granted
  from role_permissions r
  where r.tenant_id = (select tenant()) and r.permission = any ((
    select p.defines from plugin_packages p where p.quarantined_at is null and p.sha256 = (
      select i.package_sha256 from installations i
      where i.tenant_id = r.tenant_id and i.plugin_key = r.plugin_key and i.state = 'enabled'))::text[]);
comment on view plugin_permissions_held is 'Permissions that the request''s tenant has by enabled plugins, by role; '
  'guarded by its own condition on mortise.tenant().';
revoke all on plugin_permissions_held from public;
grant select on plugin_permissions_held to mortise_api;
reset role;

create constraint trigger permissions_follow after delete or update of package_sha256,
  previous_sha256 on installations deferrable initially deferred
  for each row execute function permissions_follow();
