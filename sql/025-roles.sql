-- 025-roles.sql - what a company does with roles: makes its own, gives permissions and takes them, deletes.
--
-- Each change is one function. They take turns with changes of the company's people (019-people.sql), so the rights
-- of the acting person are those of now, and of two people who take each other's the second one finds them gone.
-- Nobody gives or takes what they don't have, and a company keeps an administrator. Built-in roles keep the core's
-- permissions, their names, and exist. Triggers of 017-rights.sql end what is open of a right that goes.

set local role mortise_auth;

-- The company whose turn it is; the acting person may still do that.
create function roles_turn() returns int
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := mortise.tenant();
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || t, 0));
  if 'roles:manage' = any (core_of(t, acting_roles(t))) is not true then
    raise exception 'permission-needed: %', 'roles:manage' using errcode = '42501';
  end if;
  return t;
end $$;

create function permissions_check(tenant int, permissions text[]) returns void
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  lacks constant text := permission_not_own(tenant, permissions_check.permissions);
begin
  if lacks is not null then
    raise exception 'permission-not-own: %', lacks using errcode = '42501';
  end if;
end $$;

create function role_taken(tenant int, id text) returns custom_roles
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  ret custom_roles;
begin
  select c.* into ret from custom_roles c where c.tenant_id = tenant and c.id = role_taken.id for update;
  if ret.id is null then
    raise exception 'role-unknown: %', left(role_taken.id, 60) using errcode = 'P0002';
  end if;
  return ret;
end $$;

create function role_label_check(tenant int, id text, label text) returns text
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  ret constant text := regexp_replace(btrim(role_label_check.label), '\s+', ' ', 'g');
begin
  if lower(ret) = any (array(select lower(n) from unnest(role_names() || '{System admin}') n))
    or exists (select from custom_roles c where c.tenant_id = tenant and lower(c.label) = lower(ret)
      and c.id is distinct from role_label_check.id) then
    raise exception 'role-name-taken: %', ret using errcode = '23505';
  end if;
  return ret;
end $$;

-- As they are kept: of "own tickets" and "all tickets" the wider one, so that nothing is left when that is taken.
create function core_kept(permissions text[]) returns text[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select array(select p.name from core_permissions() p where p.name = any (core_kept.permissions)
    and p.name <> all (array(select w || ':own' from unnest(core_kept.permissions) w)) order by p.place)
$$;

-- Empty, or with all permissions of another role. most: roles_max.
create function role_create(label text, description text, copy_of text, most int) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := roles_turn();
  new_id constant text := 'r' || left(md5(gen_random_uuid()::text), 12);
begin
  if (select count(*) from custom_roles c where c.tenant_id = t) >= most then
    raise exception 'roles-many: %', most using errcode = 'P0001';
  end if;
  if copy_of = 'SystemAdmin' or role_exists(t, copy_of) is false then
    raise exception 'role-unknown: %', left(copy_of, 60) using errcode = '22023';
  end if;
  perform permissions_check(t, permissions_of(t, array[copy_of]));
  insert into custom_roles (tenant_id, id, label, description, permissions)
    values (t, new_id, role_label_check(t, null, role_create.label), role_create.description,
      core_kept(core_of(t, array[copy_of])));
  insert into role_permissions (tenant_id, plugin_key, permission, role, granted, changed_at, changed_by)
    select t, r.plugin_key, r.permission, new_id, true, now(), mortise.user_id()
    from role_permissions r where r.tenant_id = t and r.role = copy_of and r.granted;
  return new_id;
end $$;

-- For a change that depends on how the role is now.
create function role_lock(id text) returns table (version int, label text, description text)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  now_is constant custom_roles := role_taken(roles_turn(), role_lock.id);
begin
  return query select now_is.version, now_is.label, now_is.description;
end $$;

-- NULL = the name stays.
create function role_describe(id text, label text, describes bool, description text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := roles_turn();
begin
  update custom_roles c set version = c.version + 1,
    label = case when role_describe.label is null then c.label
      else role_label_check(t, c.id, role_describe.label) end,
    description = case when describes then role_describe.description else c.description end
  where c.tenant_id = t and c.id = role_describe.id;
  if not found then
    raise exception 'role-unknown: %', left(role_describe.id, 60) using errcode = 'P0002';
  end if;
end $$;

-- Whether its people need two-step sign-in. Whether that is new.
create function role_factor(role text, needed bool) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := roles_turn();
begin
  if role_factor.role = 'SystemAdmin' then
    raise exception 'system-admin-fixed' using errcode = '42501';
  elsif not role_exists(t, role_factor.role) then
    raise exception 'role-unknown: %', left(role_factor.role, 60) using errcode = 'P0002';
  end if;
  if needed then
    insert into role_second_factors (tenant_id, role) values (t, role_factor.role) on conflict do nothing;
  else
    delete from role_second_factors f where f.tenant_id = t and f.role = role_factor.role;
  end if;
  if not found then
    return false;
  end if;
  perform audit_add(t, 'role.two-step', 'role', role_factor.role, coalesce((select c.label from custom_roles c
      where c.tenant_id = t and c.id = role_factor.role), role_factor.role), jsonb_build_object('needed', not needed),
    jsonb_build_object('needed', needed));
  return true;
end $$;

-- Gives and takes permissions of a role: what nobody knows here is returned, and nothing is changed then. The core's
-- can be given to roles of the company's own. What implies a permission that is taken goes with it.
create function role_permit(role text, give text[], take text[])
returns table (changed int, unknown text[])
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := roles_turn();
  own constant bool := role_permit.role <> all (role_names());
  core constant text[] := case when own then array(select p.name from core_permissions() p where p.roles <> '{}')
    else '{}' end;
  was custom_roles;
  had bool := false;
  n int := 0;
  more int;
begin
  if own then
    was := role_taken(t, role_permit.role);
  elsif role_permit.role = 'SystemAdmin' then
    raise exception 'system-admin-fixed' using errcode = '42501';
  end if;
  unknown := array(select p from unnest(give || take) p
    where p <> all (core || array(select g.permission from plugin_grants g)));
  changed := 0;
  if unknown <> '{}' then
    return next;
    return;
  end if;
  take := take || array(select p.name from core_permissions() p where own and p.implies && take
    and p.name = any (was.permissions));
  perform permissions_check(t, give || take || array(select unnest(p.implies) from core_permissions() p
    where own and p.name = any (give)));
  if own then
    had := take && core and administered(t, null);
    update custom_roles c set permissions = core_kept(array(select p from unnest(c.permissions || give) p
        where p <> all (take))),
      version = c.version + 1
    where c.tenant_id = t and c.id = was.id;
    n := (select count(*) from custom_roles c, unnest(core) p where c.tenant_id = t and c.id = was.id
      and (p = any (c.permissions)) <> (p = any (was.permissions)));
    insert into role_permissions (tenant_id, plugin_key, permission, role, granted)
      select t, p.plugin_key, p.name, was.id, false from plugin_permissions p where p.name = any (give)
      on conflict on constraint role_permissions_pkey do nothing;
  end if;
  -- in one order, as plugins' operations change them too
  perform from role_permissions r where r.tenant_id = t and r.role = role_permit.role
    and r.permission = any (give || take) order by r.permission for update;
  update role_permissions r set granted = r.permission = any (give), changed_at = now(), changed_by = mortise.user_id()
    where r.tenant_id = t and r.role = role_permit.role and r.permission = any (give || take)
      and r.granted <> (r.permission = any (give));
  get diagnostics more = row_count;
  if had and not administered(t, null) then
    raise exception 'last-admin' using errcode = 'P0001';
  end if;
  changed := n + more;
  if own and changed = 0 then
    update custom_roles c set version = was.version where c.tenant_id = t and c.id = was.id;
  end if;
  return next;
end $$;

-- Its people get the other role at once; without one they are in the way.
create function role_remove(id text, reassign text) returns table (label text, people int)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := roles_turn();
  gone constant custom_roles := role_taken(t, role_remove.id);
  had constant bool := administered(t, null);
begin
  label := gone.label;
  people := (select count(*) from users u where u.tenant_id = t and gone.id = any (u.roles));
  perform permissions_check(t, permissions_of(t, array[gone.id]));
  if people > 0 and reassign is null then
    raise exception 'role-in-use: %', people using errcode = 'P0001';
  end if;
  if reassign is not null then
    if reassign in (gone.id, 'SystemAdmin') or not role_exists(t, reassign) then
      raise exception 'role-unknown: %', left(reassign, 60) using errcode = '22023';
    end if;
    perform permissions_check(t, permissions_of(t, array[reassign]));
  end if;
  -- of the triggers on people, which would check and end one by one what was checked and ends together
  perform set_config('mortise.role_removed', 'yes', true);
  update users u set roles = roles_in_order(array_replace(u.roles, gone.id, reassign)), version = u.version + 1
    where u.tenant_id = t and gone.id = any (u.roles);
  perform set_config('mortise.role_removed', '', true);
  delete from role_permissions r where r.tenant_id = t and r.role = gone.id;
  delete from role_second_factors f where f.tenant_id = t and f.role = gone.id;
  delete from custom_roles c where c.tenant_id = t and c.id = gone.id;
  if had and not administered(t, null) then
    raise exception 'last-admin' using errcode = 'P0001';
  end if;
  return next;
end $$;

grant execute on function role_create(text, text, text, int), role_lock(text), role_describe(text, text, bool, text),
  role_factor(text, bool),  role_permit(text, text[], text[]), role_remove(text, text) to mortise_api;

create function audit_role() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  was constant jsonb := jsonb_build_object('label', old.label, 'description', old.description, 'permissions', old.permissions);
  is_now constant jsonb := jsonb_build_object('label', new.label, 'description', new.description, 'permissions', new.permissions);
begin
  if tg_op = 'INSERT' then
    perform audit_add(new.tenant_id, 'role.created', 'role', new.id, new.label, null, is_now);
  elsif tg_op = 'DELETE' then
    perform audit_add(old.tenant_id, 'role.deleted', 'role', old.id, old.label, was, null);
  elsif was <> is_now then
    perform audit_add(new.tenant_id, case when old.permissions <> new.permissions then 'role.permissions'
      else 'role.changed' end, 'role', new.id, new.label, audit_changed(was, is_now), audit_changed(is_now, was));
  end if;
  return null;
end $$;
grant execute on function audit_role() to mortise_owner;

-- --- what the api pool shows ---------------------------------------------------------------------------

create view roles with (security_barrier) as
  select r.*, exists (select from role_second_factors f where f.tenant_id = r.tenant_id and f.role = r.role) as second_factor,
    (select json_agg(p.said order by p.part, p.source_name, p.source, p.position) from (
      select 1 as part, '' as source_name, '' as source, c.place as position, json_build_object('name', c.name, 'label', c.label,
        'description', null, 'source', 'core', 'sourceName', 'Mortise', 'enabled', true,
        'granted', c.name = any (core_of(r.tenant_id, array[r.role])), 'fixed', r.built_in or c.roles = '{}') as said
      from core_permissions() c
    union all
      select 2, g.plugin_name, g.plugin_key, g.position, json_build_object('name', g.permission, 'label', g.label,
        'description', g.description, 'source', g.plugin_key, 'sourceName', g.plugin_name, 'enabled', g.enabled,
        'granted', r.role = 'SystemAdmin' or g.granted, 'fixed', r.role = 'SystemAdmin')
      from plugin_grants g where g.role = case r.role when 'SystemAdmin' then 'Admin' else r.role end) p)
    as permissions
  from (
      select (select tenant()) as tenant_id, b.role,
        case b.role when 'SystemAdmin' then 'System admin' else b.role end as label, null as description,
        true as built_in, b.n::int as position, null::int as version
      from unnest(role_names()) with ordinality b (role, n)
    union all
      select c.tenant_id, c.id, c.label, c.description, false,
        (cardinality(role_names()) + row_number() over (order by lower(c.label)))::int, c.version
      from custom_roles c where c.tenant_id = (select tenant())) r;
comment on view roles is 'The roles of the request''s tenant with the permissions of core and plugins; guarded by '
  'its own condition and that of plugin_grants.';
revoke all on roles from public;
grant select on roles to mortise_api;

-- Which roles give which permission; a system admin's are all.
create view role_gives with (security_barrier) as
  select r.role, p.name as permission, p.label, 'core' as source, 'Mortise' as source_name, true as enabled,
    p.place as position, 1 as part
  from roles r, core_permissions() p where p.name = any (core_of(r.tenant_id, array[r.role]))
  union all
  select r.role, g.permission, g.label, g.plugin_key, g.plugin_name, g.enabled, g.position, 2
  from unnest(role_names() || array(select c.id from custom_roles c where c.tenant_id = (select tenant()))) r (role)
  join plugin_grants g on g.role = case r.role when 'SystemAdmin' then 'Admin' else r.role end
  where r.role = 'SystemAdmin' or g.granted;
comment on view role_gives is 'Permissions that the roles of the request''s tenant give; guarded by its own condition '
  'and that of plugin_grants.';
revoke all on role_gives from public;
grant select on role_gives to mortise_api;
reset role;

create trigger audit_role after insert or update or delete on custom_roles for each row execute function audit_role();
