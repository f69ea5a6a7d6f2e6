-- 039-plugin-storage.sql - what plugins keep by key: values as JSON, or bytes, in namespaces that the manifest declares
-- ("storage"; "default" needs no line there), of one company each.
--
-- Plugins call functions with their permission "storage", in their own transaction; the api pool calls the same ones for
-- pages, by the namespace's permissions. Nobody reads the tables. Everything that has to hold however a row is changed is
-- a trigger: former versions, and the sum of bytes.
--
-- The sum is a ledger: each statement adds a row with what it changed, and some of these are replaced by their sum now
-- and then. One row for all would make every writer of a plugin wait for the commit of the one before.

create table plugin_storage (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  namespace text collate "C" not null check (length(namespace) between 1 and 40),
  key text collate "C" not null check (octet_length(key) between 1 and 400),
  value jsonb,
  data bytea,
  size int not null,
  version bigint not null,
  kept int not null default 0, -- former versions
  updated_at timestamptz not null default clock_timestamp(),
  updated_by uuid,
  expires_at timestamptz,
  primary key (tenant_id, plugin_key, namespace, key),
  check (num_nonnulls(value, data) = 1)
);
create index plugin_storage_expires on plugin_storage (expires_at) where expires_at is not null;
comment on table plugin_storage is 'Values of plugins by key. Policy "auth": mortise_auth alone, through the functions below; '
  'a version is a moment in microseconds, so one of before a deletion never comes back.';

create table plugin_storage_history (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  namespace text collate "C" not null,
  key text collate "C" not null,
  version bigint not null,
  value jsonb,
  data bytea,
  size int not null,
  updated_at timestamptz not null,
  updated_by uuid,
  until timestamptz not null default clock_timestamp(),
  primary key (tenant_id, plugin_key, namespace, key, version)
);
create index plugin_storage_history_until on plugin_storage_history (until);
comment on table plugin_storage_history is 'Former versions of values, as many as the namespace keeps. Policy "auth", as plugin_storage.';

create table plugin_storage_changes (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  namespace text collate "C" not null,
  id bigint generated always as identity,
  bytes bigint not null,
  primary key (tenant_id, plugin_key, namespace, id)
);
comment on table plugin_storage_changes is 'Bytes that a namespace has, as a sum of changes. Policy "auth".';

create table plugin_storage_marks (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  warned_at timestamptz,
  refused_at timestamptz,
  primary key (tenant_id, plugin_key)
);
comment on table plugin_storage_marks is 'That people were notified of a plugin''s storage being nearly full, and full. Policy "auth".';

do $$
declare
  t text;
begin
  foreach t in array '{plugin_storage,plugin_storage_history,plugin_storage_changes,plugin_storage_marks}'::text[] loop
    execute format('alter table %I enable row level security, force row level security', t);
    execute format('create policy auth on %I to mortise_auth using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to mortise_auth', t);
  end loop;
end $$;
-- an export of the company
grant select (tenant_id, plugin_key, namespace, key, value, data, size, version, updated_at, updated_by, expires_at)
  on plugin_storage to mortise_steward;
create policy company on plugin_storage to mortise_steward using (tenant_id = (select mortise.tenant()));

set local role mortise_auth;

-- --- bytes ------------------------------------------------------------------------------------------------

create function plugin_storage_quota() returns bigint
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
return coalesce((select b.value from bounds b where b.name = 'plugin_storage_mb'), 64)::bigint << 20;

create function plugin_storage_bytes(tenant int, plugin text, space text) returns bigint
language sql stable
return coalesce((select sum(c.bytes) from plugin_storage_changes c where c.tenant_id = tenant and c.plugin_key = plugin
  and (space is null or c.namespace = space)), 0)::bigint;

-- To those who manage plugins, by their roles.
create function plugin_storage_say(tenant int, plugin text, title text, message text, vals jsonb, priority text) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform outbox_add(tenant, format('r.%s.%s', tenant, r), 'Notification', notice(title, message, vals) || jsonb_build_object(
      'icon', '⚠', 'url', '/plugins/' || plugin || '/manage?tab=storage', 'priority', priority, 'fromUserId', null,
      'fromUserName', 'Mortise', 'pluginKey', plugin))
    from unnest(roles_with(tenant, 'plugins:manage')) r where r <> 'SystemAdmin';
end $$;

create function plugin_storage_name(tenant int, plugin text) returns text
language sql stable
return coalesce((select p.manifest ->> 'displayName' from installations i join plugin_packages p on p.sha256 = i.package_sha256
  where i.tenant_id = tenant and i.plugin_key = plugin), plugin);

-- What a statement changed. Above 80 % of the quota writers take turns, so that two at once don't pass it. A row has 100
-- bytes beside its key and value.
create function plugin_storage_counted() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  quota constant bigint := plugin_storage_quota();
  r record;
begin
  if tg_op = 'INSERT' then
    for r in select n.tenant_id, n.plugin_key, n.namespace, sum(n.size + octet_length(n.key) + 100) as bytes
        from added n group by 1, 2, 3 loop
      perform plugin_storage_count(r.tenant_id, r.plugin_key, r.namespace, r.bytes, quota);
    end loop;
  elsif tg_op = 'DELETE' then
    for r in select o.tenant_id, o.plugin_key, o.namespace, -sum(o.size + octet_length(o.key) + 100) as bytes
        from gone o group by 1, 2, 3 loop
      perform plugin_storage_count(r.tenant_id, r.plugin_key, r.namespace, r.bytes, quota);
    end loop;
  else
    for r in select c.tenant_id, c.plugin_key, c.namespace, sum(c.bytes) as bytes from (
          select n.tenant_id, n.plugin_key, n.namespace, n.size as bytes from added n
          union all select o.tenant_id, o.plugin_key, o.namespace, -o.size from gone o) c group by 1, 2, 3 loop
      perform plugin_storage_count(r.tenant_id, r.plugin_key, r.namespace, r.bytes, quota);
    end loop;
  end if;
  return null;
end $$;

create function plugin_storage_count(tenant int, plugin text, space text, bytes bigint, quota bigint) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  used bigint;
  n int;
begin
  if plugin_storage_count.bytes = 0 then
    return;
  end if;
  insert into plugin_storage_changes (tenant_id, plugin_key, namespace, bytes) values (tenant, plugin, space, plugin_storage_count.bytes);
  select count(*) filter (where c.namespace = space), sum(c.bytes) into n, used from plugin_storage_changes c
    where c.tenant_id = tenant and c.plugin_key = plugin;
  if n > 50 then
    -- Rows that another one replaces just now are left alone, so nobody waits here.
    with old as (
        delete from plugin_storage_changes c using (
          select x.id from plugin_storage_changes x where x.tenant_id = tenant and x.plugin_key = plugin and x.namespace = space
            order by x.id limit 1000 for update skip locked) l
        where c.tenant_id = tenant and c.plugin_key = plugin and c.namespace = space and c.id = l.id returning c.bytes)
      insert into plugin_storage_changes (tenant_id, plugin_key, namespace, bytes)
        select tenant, plugin, space, sum(o.bytes) from old o having count(*) > 0;
  end if;
  if plugin_storage_count.bytes < 0 then
    if used < quota / 10 * 7 then
      delete from plugin_storage_marks m where m.tenant_id = tenant and m.plugin_key = plugin;
    end if;
    return;
  elsif used <= quota / 10 * 8 then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('plugin_storage ' || tenant || ' ' || plugin, 0));
  used := plugin_storage_bytes(tenant, plugin, null);
  if used > quota then
    raise exception 'storage-full: %', quota >> 20 using errcode = '53100';
  end if;
  insert into plugin_storage_marks as m (tenant_id, plugin_key, warned_at) values (tenant, plugin, now())
    on conflict on constraint plugin_storage_marks_pkey do nothing;
  if found then
    perform plugin_storage_say(tenant, plugin, 'The storage of {0} is nearly full',
      'It has {1} MB for your company, of which four fifths are in use: delete what is not needed there',
      jsonb_build_array(plugin_storage_name(tenant, plugin), quota >> 20), 'normal');
  end if;
end $$;

-- The version that a row had, if its namespace keeps some; what had ended by itself isn't one.
create function plugin_storage_former() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if old.expires_at <= clock_timestamp() then
    return null;
  end if;
  insert into plugin_storage_history (tenant_id, plugin_key, namespace, key, version, value, data, size, updated_at, updated_by)
    values (old.tenant_id, old.plugin_key, old.namespace, old.key, old.version, old.value, old.data, old.size, old.updated_at,
      old.updated_by);
  delete from plugin_storage_history h where h.tenant_id = old.tenant_id and h.plugin_key = old.plugin_key
    and h.namespace = old.namespace and h.key = old.key and h.version <= (
      select o.version from plugin_storage_history o where o.tenant_id = old.tenant_id and o.plugin_key = old.plugin_key
        and o.namespace = old.namespace and o.key = old.key order by o.version desc offset old.kept limit 1);
  return null;
end $$;

-- With the installation goes what it stored: the former versions last, as deleting makes some.
create function plugin_storage_uninstalled() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  update plugin_storage s set kept = 0 where s.tenant_id = old.tenant_id and s.plugin_key = old.plugin_key and s.kept > 0;
  delete from plugin_storage s where s.tenant_id = old.tenant_id and s.plugin_key = old.plugin_key;
  delete from plugin_storage_history h where h.tenant_id = old.tenant_id and h.plugin_key = old.plugin_key;
  delete from plugin_storage_changes c where c.tenant_id = old.tenant_id and c.plugin_key = old.plugin_key;
  delete from plugin_storage_marks m where m.tenant_id = old.tenant_id and m.plugin_key = old.plugin_key;
  return null;
end $$;

grant execute on function plugin_storage_counted(), plugin_storage_former(), plugin_storage_uninstalled() to mortise_owner;
reset role;
create trigger counted_added after insert on plugin_storage referencing new table as added
  for each statement execute function plugin_storage_counted();
create trigger counted_changed after update on plugin_storage referencing new table as added old table as gone
  for each statement execute function plugin_storage_counted();
create trigger counted_gone after delete on plugin_storage referencing old table as gone
  for each statement execute function plugin_storage_counted();
create trigger counted_added after insert on plugin_storage_history referencing new table as added
  for each statement execute function plugin_storage_counted();
create trigger counted_gone after delete on plugin_storage_history referencing old table as gone
  for each statement execute function plugin_storage_counted();
create trigger former_changed after update on plugin_storage
  for each row when (old.kept > 0 and new.version <> old.version) execute function plugin_storage_former();
create trigger former_gone after delete on plugin_storage
  for each row when (old.kept > 0) execute function plugin_storage_former();
create trigger storage_gone after delete on installations for each row execute function plugin_storage_uninstalled();
set local role mortise_auth;

-- --- whose, and what is declared ------------------------------------------------------------------------------

-- A plugin's worker is that plugin, whatever it names; the core names one.
create function plugin_storage_whose(plugin text) returns text
language sql stable
return case when left(session_user, 2) = 'p_' then replace(substr(session_user, 3), '_', '-') else plugin end;

-- The namespace as the plugin's version declares it; without a version the installed one. NULL = "default", undeclared.
create function plugin_storage_declared(plugin text, version text, space text) returns jsonb
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  manifest jsonb;
  declared jsonb;
begin
  select p.manifest into manifest from installations i
    join plugin_packages p on p.plugin_key = i.plugin_key
      and case when plugin_storage_declared.version is null then p.sha256 = i.package_sha256
        else p.version = plugin_storage_declared.version end
    where i.tenant_id = mortise.tenant() and i.plugin_key = plugin;
  if manifest is null or coalesce(manifest -> 'permissions' ? 'storage', false) is not true then
    raise exception 'storage-none: %', left(plugin, 40) using errcode = 'P0002';
  end if;
  select d into declared from jsonb_array_elements(case jsonb_typeof(manifest -> 'storage')
      when 'array' then manifest -> 'storage' else '[]' end) d where d ->> 'name' = plugin_storage_declared.space;
  if declared is null and plugin_storage_declared.space is distinct from 'default' then
    raise exception 'storage-namespace: %', left(coalesce(plugin_storage_declared.space, ''), 40) using errcode = 'P0002';
  end if;
  return declared;
end $$;

-- "parts/*" as a pattern of LIKE: * is any text, ? a character, and nothing else means anything.
create function plugin_storage_like(pattern text) returns text
language sql immutable
set standard_conforming_strings = on
return replace(replace(regexp_replace(pattern, '([\\%_])', '\\\1', 'g'), '*', '%'), '?', '_');

create function plugin_storage_key(key text) returns text
language plpgsql immutable
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if key is null or octet_length(key) not between 1 and 400 or key ~ '[[:cntrl:]]' then
    raise exception 'storage-key: %', left(regexp_replace(coalesce(key, ''), '[[:cntrl:]]', '?', 'g'), 60) using errcode = '22023';
  end if;
  return key;
end $$;

-- --- one by one, and many -------------------------------------------------------------------------------------

-- Those of `keys` that are there, in their order. Bytes of a single one alone. without: of each only that it is there.
create function plugin_storage_get(plugin text, version text, namespace text, keys jsonb, without bool)
returns table (key text, value text, data bytea, at_version text, size int, updated_at text, expires_at text)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_get.plugin);
begin
  perform plugin_storage_declared(mine, plugin_storage_get.version, plugin_storage_get.namespace);
  if jsonb_typeof(keys) is distinct from 'array' or jsonb_array_length(keys) > 100 then
    raise exception 'storage-many: %', 100 using errcode = '22023';
  end if;
  return query select s.key::text, case when not without then s.value::text end, case when not without and jsonb_array_length(keys) = 1 then s.data end,
      s.version::text, s.size, iso(s.updated_at), iso(s.expires_at)
    from jsonb_array_elements_text(keys) with ordinality k (key, i)
    join plugin_storage s on s.tenant_id = mortise.tenant() and s.plugin_key = mine and s.namespace = plugin_storage_get.namespace
      and s.key = k.key and (s.expires_at is null or s.expires_at > clock_timestamp())
    order by k.i;
end $$;

-- Stores one: its version, or NULL when it isn't the one that was expected (0: none at all).
create function plugin_storage_put(mine text, namespace text, declared jsonb, key text, value jsonb, data bytea, ttl bigint,
  expected bigint) returns bigint
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  now_is constant timestamptz := clock_timestamp();
  stamp constant bigint := (extract(epoch from now_is) * 1000000)::bigint;
  n_bytes constant int := coalesce(octet_length(data), octet_length(value::text));
  ends constant timestamptz := now_is + coalesce(plugin_storage_put.ttl, (declared ->> 'ttl')::bigint) * interval '1 s';
  keep constant int := coalesce((declared ->> 'history')::int, 0);
  fault text;
  ret bigint;
begin
  if n_bytes > 1048576 then
    raise exception 'storage-large: %', left(key, 60) using errcode = '54000';
  elsif plugin_storage_put.ttl not between 1 and 315360000 then
    raise exception 'storage-ttl' using errcode = '22023';
  end if;
  if declared ? 'fields' then
    if jsonb_typeof(plugin_storage_put.value) is distinct from 'object' then
      raise exception 'storage-object: %', left(key, 60) using errcode = '22023';
    end if;
    fault := plugin_event_fault(declared -> 'fields', plugin_storage_put.value);
    if fault is not null then
      raise exception 'storage-field: %', left(fault, 60) using errcode = '22023';
    end if;
  end if;
  if expected > 0 then
    update plugin_storage s set value = plugin_storage_put.value, data = plugin_storage_put.data, size = n_bytes,
        version = greatest(stamp, s.version + 1), kept = keep, updated_at = now_is, updated_by = mortise.user_id(),
        expires_at = ends
      where s.tenant_id = mortise.tenant() and s.plugin_key = mine and s.namespace = plugin_storage_put.namespace
        and s.key = plugin_storage_put.key and s.version = expected and (s.expires_at is null or s.expires_at > now_is)
      returning s.version into ret;
    return ret;
  end if;
  insert into plugin_storage as s (tenant_id, plugin_key, namespace, key, value, data, size, version, kept, updated_at, updated_by,
      expires_at)
    values (mortise.tenant(), mine, plugin_storage_put.namespace, plugin_storage_put.key, plugin_storage_put.value,
      plugin_storage_put.data, n_bytes, stamp, keep, now_is, mortise.user_id(), ends)
    on conflict on constraint plugin_storage_pkey do update set value = excluded.value, data = excluded.data,
      size = excluded.size, version = greatest(excluded.version, s.version + 1), kept = excluded.kept,
      updated_at = excluded.updated_at, updated_by = excluded.updated_by, expires_at = excluded.expires_at
      where expected is null or s.expires_at <= now_is
    returning s.version into ret;
  return ret;
end $$;

create function plugin_storage_room(mine text, namespace text, declared jsonb) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if plugin_storage_bytes(mortise.tenant(), mine, plugin_storage_room.namespace) > (declared ->> 'quota')::bigint << 20 then
    raise exception 'storage-full-namespace: %', plugin_storage_room.namespace using errcode = '53100';
  end if;
end $$;

-- Stores all items, {"key", "value", "ttl", "version"}, or none: then the answer is the first key that isn't at the version
-- that was expected, with version 0. In the order of keys, so that two batches don't wait for each other in a circle.
-- data: instead of the value of a single one; "data" of an item is the same as base64.
create function plugin_storage_set(plugin text, version text, namespace text, items jsonb, data bytea)
returns table (key text, at_version text)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_set.plugin);
  declared constant jsonb := plugin_storage_declared(mine, plugin_storage_set.version, plugin_storage_set.namespace);
  r record;
  one bigint;
begin
  if jsonb_typeof(items) is distinct from 'array' or jsonb_array_length(items) > (case when data is null then 100 else 1 end) then
    raise exception 'storage-many: %', 100 using errcode = '22023';
  end if;
  begin
    for r in select plugin_storage_key(e ->> 'key') as key, e -> 'value' as value, (e ->> 'ttl')::bigint as ttl,
          (e ->> 'version')::bigint as expected, coalesce(plugin_storage_set.data, decode(e ->> 'data', 'base64')) as bytes
        from jsonb_array_elements(items) e order by e ->> 'key' collate "C" loop
      if r.bytes is null and r.value is null then
        raise exception 'storage-value: %', left(r.key, 60) using errcode = '22023';
      end if;
      one := plugin_storage_put(mine, plugin_storage_set.namespace, declared, r.key,
        case when r.bytes is null then r.value end, r.bytes, r.ttl, r.expected);
      if one is null then
        raise exception 'storage-changed: %', r.key using errcode = 'MT409';
      end if;
      key := r.key;
      at_version := one;
      return next;
    end loop;
    perform plugin_storage_room(mine, plugin_storage_set.namespace, declared);
  exception when sqlstate 'MT409' then
    one := 0;
  end;
  if one = 0 then
    -- rows that were returned before can't be taken back: the caller looks at the last
    key := r.key;
    at_version := 0;
    return next;
  end if;
end $$;

-- Adds to a number, which begins at 0: the sum.
create function plugin_storage_increment(plugin text, version text, namespace text, key text, amount text, ttl bigint) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_increment.plugin);
  declared constant jsonb := plugin_storage_declared(mine, plugin_storage_increment.version, plugin_storage_increment.namespace);
  had plugin_storage;
  ret numeric;
begin
  if amount is null or amount !~ '^-?[0-9]{1,18}([.][0-9]{1,9})?$' then
    raise exception 'storage-number: %', left(coalesce(amount, ''), 60) using errcode = '22023';
  end if;
  -- The row is there before it is locked, so that the first two of many don't both begin.
  insert into plugin_storage (tenant_id, plugin_key, namespace, key, value, size, version, expires_at)
    values (mortise.tenant(), mine, plugin_storage_increment.namespace, plugin_storage_key(plugin_storage_increment.key), '0', 1, 0,
      '-infinity')
    on conflict do nothing;
  select s.* into had from plugin_storage s where s.tenant_id = mortise.tenant() and s.plugin_key = mine
    and s.namespace = plugin_storage_increment.namespace and s.key = plugin_storage_increment.key for update;
  ret := amount::numeric;
  if had.expires_at is null or had.expires_at > clock_timestamp() then
    if jsonb_typeof(had.value) is distinct from 'number' then
      raise exception 'storage-number: %', left(had.key, 60) using errcode = '22023';
    end if;
    ret := ret + (had.value #>> '{}')::numeric;
  end if;
  if abs(ret) >= 1e18 then
    raise exception 'storage-number: %', left(had.key, 60) using errcode = '22023';
  end if;
  perform plugin_storage_put(mine, plugin_storage_increment.namespace, declared, had.key, to_jsonb(ret), null,
    plugin_storage_increment.ttl, null);
  perform plugin_storage_room(mine, plugin_storage_increment.namespace, declared);
  return ret::text;
end $$;

-- How many were there. expected: the version of a single one.
create function plugin_storage_delete(plugin text, version text, namespace text, keys jsonb, expected bigint) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_delete.plugin);
  ret int;
begin
  perform plugin_storage_declared(mine, plugin_storage_delete.version, plugin_storage_delete.namespace);
  if jsonb_typeof(keys) is distinct from 'array' or jsonb_array_length(keys) > (case when expected is null then 100 else 1 end) then
    raise exception 'storage-many: %', 100 using errcode = '22023';
  end if;
  with l as materialized (
      select s.key from plugin_storage s where s.tenant_id = mortise.tenant() and s.plugin_key = mine
        and s.namespace = plugin_storage_delete.namespace and s.key in (select jsonb_array_elements_text(keys))
        and (expected is null or s.version = expected)
      order by s.key for update),
    d as (delete from plugin_storage s using l where s.tenant_id = mortise.tenant() and s.plugin_key = mine
        and s.namespace = plugin_storage_delete.namespace and s.key = l.key
      returning s.expires_at)
    select count(*) filter (where d.expires_at is null or d.expires_at > clock_timestamp()) into ret from d;
  return ret;
end $$;

-- --- finding ------------------------------------------------------------------------------------------------

-- Keys by a pattern (NULL = all) behind `after`, whose value has the text (NULL = any), with so many characters of the
-- value: 0 none, NULL all, as long as they are 4 MB together.
create function plugin_storage_list(plugin text, version text, namespace text, pattern text, search text, after text, most int,
  shown int)
returns table (key text, value text, size int, at_version text, updated_at text, expires_at text, updated_by text, bytes bool,
  data bytea)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_list.plugin);
  likes constant text := plugin_storage_like(plugin_storage_list.pattern);
  -- what a key begins with, for the index
  prefix constant text := coalesce(substring(plugin_storage_list.pattern from '^[^*?]*'), '');
  has constant text := '%' || regexp_replace(plugin_storage_list.search, '([\\%_])', '\\\1', 'g') || '%';
begin
  perform plugin_storage_declared(mine, plugin_storage_list.version, plugin_storage_list.namespace);
  if octet_length(coalesce(plugin_storage_list.pattern, '')) > 400 or octet_length(coalesce(plugin_storage_list.search, '')) > 200 then
    raise exception 'storage-pattern' using errcode = '22023';
  end if;
  return query select l.key::text, case when shown is null then l.value::text when shown > 0 then left(l.value::text, shown) end,
      l.size, l.version::text, iso(l.updated_at), iso(l.expires_at), l.updated_by::text, l.data is not null,
      case when shown is null then l.data end
    from (select s.*, sum(s.size) over (order by s.key) as together from plugin_storage s
    where s.tenant_id = mortise.tenant() and s.plugin_key = mine and s.namespace = plugin_storage_list.namespace
      and s.key > coalesce(plugin_storage_list.after, '') collate "C" and s.key >= prefix collate "C"
      and (prefix = '' or s.key <= (prefix || repeat(chr(1114111), 4)) collate "C")
      and (likes is null or s.key like likes)
      and (has is null or s.key ilike has or s.value::text ilike has)
      and (s.expires_at is null or s.expires_at > clock_timestamp())
    order by s.key limit least(greatest(coalesce(most, 100), 1), 1000)) l
    where shown is not null or l.together <= 4194304
    order by l.key;
end $$;

-- Keys of a namespace, or of all when it is NULL, bytes with former versions, and what fits. A namespace has no bound of
-- its own unless it is declared.
create function plugin_storage_size(plugin text, version text, namespace text)
returns table (keys bigint, bytes bigint, quota bigint)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_size.plugin);
  declared constant jsonb := plugin_storage_declared(mine, plugin_storage_size.version, coalesce(plugin_storage_size.namespace, 'default'));
begin
  return query select (select count(*) from plugin_storage s where s.tenant_id = mortise.tenant() and s.plugin_key = mine
      and (plugin_storage_size.namespace is null or s.namespace = plugin_storage_size.namespace)
      and (s.expires_at is null or s.expires_at > clock_timestamp())),
    plugin_storage_bytes(mortise.tenant(), mine, plugin_storage_size.namespace),
    coalesce(case when plugin_storage_size.namespace is not null then (declared ->> 'quota')::bigint << 20 end, plugin_storage_quota());
end $$;

-- Everything of a namespace, former versions too: how many keys there were.
create function plugin_storage_clear(plugin text, version text, namespace text) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_clear.plugin);
  ret bigint;
begin
  perform plugin_storage_declared(mine, plugin_storage_clear.version, plugin_storage_clear.namespace);
  perform from plugin_storage s where s.tenant_id = mortise.tenant() and s.plugin_key = mine
    and s.namespace = plugin_storage_clear.namespace order by s.key for update;
  update plugin_storage s set kept = 0 where s.tenant_id = mortise.tenant() and s.plugin_key = mine
    and s.namespace = plugin_storage_clear.namespace and s.kept > 0;
  with d as (delete from plugin_storage s where s.tenant_id = mortise.tenant() and s.plugin_key = mine
      and s.namespace = plugin_storage_clear.namespace returning s.expires_at)
    select count(*) filter (where d.expires_at is null or d.expires_at > clock_timestamp()) into ret from d;
  delete from plugin_storage_history h where h.tenant_id = mortise.tenant() and h.plugin_key = mine
    and h.namespace = plugin_storage_clear.namespace;
  return ret;
end $$;

-- --- former versions --------------------------------------------------------------------------------------------

-- The newest first, with the present one; `until` is when it was replaced or deleted.
create function plugin_storage_versions(plugin text, version text, namespace text, key text)
returns table (at_version text, value text, size int, updated_at text, updated_by text, until text, bytes bool)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_versions.plugin);
begin
  perform plugin_storage_declared(mine, plugin_storage_versions.version, plugin_storage_versions.namespace);
  return query select v.version::text, v.value::text, v.size, iso(v.updated_at), v.updated_by::text, iso(v.until), v.data is not null
    from (select s.version, s.value, s.data, s.size, s.updated_at, s.updated_by, null::timestamptz as until from plugin_storage s
        where s.tenant_id = mortise.tenant() and s.plugin_key = mine and s.namespace = plugin_storage_versions.namespace
          and s.key = plugin_storage_versions.key and (s.expires_at is null or s.expires_at > clock_timestamp())
      union all select h.version, h.value, h.data, h.size, h.updated_at, h.updated_by, h.until from plugin_storage_history h
        where h.tenant_id = mortise.tenant() and h.plugin_key = mine and h.namespace = plugin_storage_versions.namespace
          and h.key = plugin_storage_versions.key) v
    order by v.version desc;
end $$;

-- Keys that were deleted and whose last version is still there, the newest 200.
create function plugin_storage_deleted(plugin text, namespace text)
returns table (key text, at_version text, size int, until text)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_deleted.plugin);
begin
  perform plugin_storage_declared(mine, null, plugin_storage_deleted.namespace);
  return query select l.key::text, l.version::text, l.size, iso(l.until) from (
      select distinct on (h.key) h.key, h.version, h.size, h.until from plugin_storage_history h
        where h.tenant_id = mortise.tenant() and h.plugin_key = mine and h.namespace = plugin_storage_deleted.namespace
          and not exists (select from plugin_storage s where s.tenant_id = h.tenant_id and s.plugin_key = h.plugin_key
            and s.namespace = h.namespace and s.key = h.key and (s.expires_at is null or s.expires_at > clock_timestamp()))
        order by h.key, h.version desc) l
    order by l.until desc, l.key limit 200;
end $$;

-- Stores a former version's value anew: its new version.
create function plugin_storage_restore(plugin text, version text, namespace text, key text, former bigint) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_restore.plugin);
  declared constant jsonb := plugin_storage_declared(mine, plugin_storage_restore.version, plugin_storage_restore.namespace);
  h plugin_storage_history;
  ret bigint;
begin
  select x.* into h from plugin_storage_history x where x.tenant_id = mortise.tenant() and x.plugin_key = mine
    and x.namespace = plugin_storage_restore.namespace and x.key = plugin_storage_restore.key and x.version = former;
  if h.version is null then
    raise exception 'storage-version: %', left(plugin_storage_restore.key, 60) using errcode = 'P0002';
  end if;
  ret := plugin_storage_put(mine, h.namespace, declared, h.key, h.value, h.data, null, null);
  perform plugin_storage_room(mine, h.namespace, declared);
  return ret::text;
end $$;

-- --- pages --------------------------------------------------------------------------------------------------------

-- Its namespaces, for people: "default" is the first. What a namespace had that isn't declared any more is named as well.
create function plugin_storage_spaces(plugin text)
returns table (name text, description text, history int, ttl int, quota int, read text, write text, declared bool, keys bigint,
  bytes bigint)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_spaces.plugin);
begin
  perform plugin_storage_declared(mine, null, 'default');
  return query with d as (
      select e ->> 'name' as name, e from installations i join plugin_packages p on p.sha256 = i.package_sha256
        cross join lateral jsonb_array_elements(case jsonb_typeof(p.manifest -> 'storage') when 'array' then p.manifest -> 'storage'
          else '[]' end) e
        where i.tenant_id = mortise.tenant() and i.plugin_key = mine),
    n as (select 'default' as name union select d.name from d
      union select c.namespace from plugin_storage_changes c where c.tenant_id = mortise.tenant() and c.plugin_key = mine)
    select n.name, d.e ->> 'description', coalesce((d.e ->> 'history')::int, 0), (d.e ->> 'ttl')::int, (d.e ->> 'quota')::int,
      d.e ->> 'read', d.e ->> 'write', d.e is not null or n.name = 'default',
      (select count(*) from plugin_storage s where s.tenant_id = mortise.tenant() and s.plugin_key = mine and s.namespace = n.name
        and (s.expires_at is null or s.expires_at > clock_timestamp())),
      plugin_storage_bytes(mortise.tenant(), mine, n.name)
    from n left join d on d.name = n.name
    where d.e is not null or n.name = 'default' or plugin_storage_bytes(mortise.tenant(), mine, n.name) > 0
    order by n.name <> 'default', n.name;
end $$;

-- Who reads and writes a namespace from pages.
create function plugin_storage_rights(plugin text, namespace text) returns table (read text, write text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select d ->> 'read', d ->> 'write'
  from (select plugin_storage_declared(plugin_storage_whose(plugin_storage_rights.plugin), null, plugin_storage_rights.namespace) as d) x
$$;

-- What somebody who manages plugins did with it, by hand.
create function plugin_storage_noted(plugin text, action text, namespace text, key text, before jsonb, after jsonb) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select audit_add(mortise.tenant(), 'plugin.storage-' || action, 'plugin', plugin, plugin_storage_name(mortise.tenant(), plugin),
    coalesce(before, '{}') || jsonb_build_object('namespace', namespace, 'key', key),
    coalesce(after, '{}') || jsonb_build_object('namespace', namespace, 'key', key))
$$;

-- Everything of the calling plugin in the transaction's company, for the export of an uninstall (fcgi/install/export.c).
create function plugin_storage_rows()
returns table (namespace text, key text, value jsonb, data bytea, version bigint, updated_at timestamptz, updated_by uuid,
  expires_at timestamptz)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select s.namespace, s.key, s.value, s.data, s.version, s.updated_at, s.updated_by, s.expires_at from plugin_storage s
  where s.tenant_id = (select mortise.tenant()) and s.plugin_key = plugin_storage_whose(null)
    and (s.expires_at is null or s.expires_at > clock_timestamp())
$$;

-- --- the host's, and the steward's ------------------------------------------------------------------------------

-- A write was refused: called by its host afterwards, as the transaction of the write is undone.
create function plugin_storage_refused(plugin text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin_storage_refused.plugin);
begin
  if left(session_user, 2) = 'p_' and current_setting('mortise.host', true) is distinct from 'yes' then
    raise exception 'storage-none: %', mine using errcode = '42501';
  end if;
  insert into plugin_storage_marks as m (tenant_id, plugin_key, warned_at, refused_at)
    select mortise.tenant(), mine, now(), now() from installations i where i.tenant_id = mortise.tenant() and i.plugin_key = mine
    on conflict on constraint plugin_storage_marks_pkey do update set refused_at = now()
      where m.refused_at is null or m.refused_at < now() - interval '1 day';
  if not found then
    return false;
  end if;
  perform plugin_storage_say(mortise.tenant(), mine, 'The storage of {0} is full',
    'It has {1} MB for your company, and nothing more can be stored: delete what is not needed there',
    jsonb_build_array(plugin_storage_name(mortise.tenant(), mine), plugin_storage_quota() >> 20), 'high');
  return true;
end $$;

-- What has ended by itself, so many; then former versions of keys that were deleted 30 days ago.
create function plugin_storage_expire(most int) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n bigint;
  more bigint;
begin
  delete from plugin_storage s using (
      select x.tenant_id, x.plugin_key, x.namespace, x.key from plugin_storage x where x.expires_at < clock_timestamp()
        order by x.expires_at limit most for update skip locked) old
    where s.tenant_id = old.tenant_id and s.plugin_key = old.plugin_key and s.namespace = old.namespace and s.key = old.key;
  get diagnostics n = row_count;
  delete from plugin_storage_history h using (
      select x.tenant_id, x.plugin_key, x.namespace, x.key, x.version from plugin_storage_history x
        where x.until < now() - interval '30 days' and not exists (select from plugin_storage s where s.tenant_id = x.tenant_id
          and s.plugin_key = x.plugin_key and s.namespace = x.namespace and s.key = x.key)
        order by x.until limit most for update skip locked) old
    where h.tenant_id = old.tenant_id and h.plugin_key = old.plugin_key and h.namespace = old.namespace and h.key = old.key
      and h.version = old.version;
  get diagnostics more = row_count;
  return greatest(n, more);
end $$;

grant execute on function plugin_storage_expire(int) to mortise_steward;
grant execute on function plugin_storage_get(text, text, text, jsonb, bool), plugin_storage_set(text, text, text, jsonb, bytea),
  plugin_storage_delete(text, text, text, jsonb, bigint), plugin_storage_clear(text, text, text),
  plugin_storage_list(text, text, text, text, text, text, int, int), plugin_storage_versions(text, text, text, text),
  plugin_storage_restore(text, text, text, text, bigint), plugin_storage_refused(text), plugin_storage_spaces(text),
  plugin_storage_deleted(text, text),
  plugin_storage_rights(text, text), plugin_storage_noted(text, text, text, text, jsonb, jsonb), plugin_storage_quota(),
  plugin_storage_increment(text, text, text, text, text, bigint) to mortise_api;
reset role;
