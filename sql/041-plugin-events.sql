-- 041-plugin-events.sql - events that plugins raise themselves, for the components of their own in browsers.
--
-- A manifest declares them ("emits") with the fields of their payload and who receives them. "EntryAdded" of time-clock
-- is raised as "time-clock.EntryAdded", which no event of the core is called. With a permission it goes to the channels
-- of the roles that have it, to each by itself: who has several receives it several times, with the same id.

set local role mortise_auth;

-- Roles of a company whose people have a permission, of the core or of a plugin. System admins have all.
create function roles_with(tenant int, permission text) returns text[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(array_agg(r.role order by r.role), '{}') from (
    select unnest(role_names()) union all select c.id from custom_roles c where c.tenant_id = roles_with.tenant) r (role)
  where r.role = 'SystemAdmin' or roles_with.permission = any (core_of(roles_with.tenant, array[r.role]))
    or exists (select from role_permissions g where g.tenant_id = roles_with.tenant and g.granted
      and g.plugin_key = split_part(roles_with.permission, ':', 1)
      and g.permission = roles_with.permission and g.role = r.role)
$$;

-- What is wrong with a payload: the name of a field. NULL = nothing.
create function plugin_event_fault(fields jsonb, payload jsonb) returns text
language sql immutable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select name from (
    select f.name, case
        when v is null or v = 'null' then f.required
        when f.type in ('text', 'uuid', 'time') and jsonb_typeof(v) <> 'string' then true
        when f.type = 'uuid' then v #>> '{}' !~ '^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$'
        when f.type = 'time' then v #>> '{}' !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$'
        when f.type = 'integer' then jsonb_typeof(v) <> 'number' or v #>> '{}' !~ '^-?[0-9]{1,18}$'
        when f.type = 'number' then jsonb_typeof(v) <> 'number'
        when f.type = 'boolean' then jsonb_typeof(v) <> 'boolean'
        when f.type = 'list' then jsonb_typeof(v) <> 'array'
        when f.type = 'object' then jsonb_typeof(v) <> 'object'
        else false end as wrong
    from (select d ->> 'name' as name, d ->> 'type' as type, coalesce((d ->> 'required')::bool, false) as required,
        payload -> (d ->> 'name') as v
      from jsonb_array_elements(fields) d) f
    union all
    select k, true from jsonb_object_keys(payload) k
      where not exists (select from jsonb_array_elements(fields) d where d ->> 'name' = k)) all_of
  where wrong order by name limit 1
$$;

-- For a plugin's worker (session_user), in the transaction's tenant, as the given version of its manifest declares it;
-- see plugin_settings() about versions and patterns. Raised at COMMIT. On how many channels: none when nobody may
-- receive it.
create function plugin_emit(version text, name text, entity text, kind text, target text, payload jsonb) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
  mine constant int := mortise.tenant();
  key constant text := replace(substr(session_user, 3), '_', '-');
  declared jsonb;
  allowed text[]; -- NULL = everybody
  channels text[];
  fault text;
  what jsonb;
  had int;
begin
  select e into declared
    from installations i
    join plugin_packages p on p.plugin_key = i.plugin_key and p.version = plugin_emit.version
    cross join lateral jsonb_array_elements(case jsonb_typeof(p.manifest -> 'emits')
      when 'array' then p.manifest -> 'emits' else '[]' end) e
    where i.tenant_id = mine and i.plugin_key = key and left(session_user, 2) = 'p_'
      and e ->> 'name' = plugin_emit.name;
  if declared is null then
    raise exception 'event-undeclared: %', left(plugin_emit.name, 60) using errcode = '22023';
  elsif jsonb_typeof(plugin_emit.payload) is distinct from 'object' then
    raise exception 'event-payload' using errcode = '22023';
  elsif octet_length(plugin_emit.payload::text) > 4096 or octet_length(coalesce(plugin_emit.entity, '')) > 100 then
    raise exception 'event-long: %', plugin_emit.name using errcode = '22023';
  end if;
  fault := plugin_event_fault(coalesce(declared -> 'fields', '[]'), plugin_emit.payload);
  if fault is not null then
    raise exception 'event-field: %', left(fault, 60) using errcode = '22023';
  end if;
  allowed := case when declared ? 'permission' then roles_with(mine, declared ->> 'permission') end;
  case plugin_emit.kind
  when 'company' then
    channels := case when allowed is null then array['t.' || mine]
      else array(select format('r.%s.%s', mine, r) from unnest(allowed) r) end;
  when 'role' then
    if role_exists(mine, plugin_emit.target) is not true then
      raise exception 'notice-role: %', left(plugin_emit.target, 60) using errcode = '22023';
    end if;
    channels := case when allowed is null or plugin_emit.target = any (allowed)
      then array[format('r.%s.%s', mine, plugin_emit.target)] else '{}' end;
  when 'user' then
    channels := array(select 'u.' || u.id from users u
      where u.tenant_id = mine and u.id::text = lower(plugin_emit.target) and u.kind = 'person'
        and (allowed is null or u.roles && allowed));
    if channels = '{}' and not exists (select from users u
        where u.tenant_id = mine and u.id::text = lower(plugin_emit.target) and u.kind = 'person') then
      raise exception 'notice-user' using errcode = 'P0002';
    end if;
  else
    raise exception 'notice-kind' using errcode = '22023';
  end case;
  select count(*) into had from outbox o where o.tenant_id = mine and o.txid = pg_current_xact_id();
  if had + cardinality(channels) > 1000 then
    raise exception 'events-many-transaction: %', 1000 using errcode = 'MT429';
  end if;
  what := jsonb_build_object('id', gen_random_uuid(), 'entity', plugin_emit.entity, 'data', plugin_emit.payload);
  perform outbox_add(mine, c, key || '.' || plugin_emit.name, what) from unnest(channels) c;
  return cardinality(channels);
end $$;
comment on function plugin_emit(text, text, text, text, text, jsonb) is
  'Raises an event of the calling plugin in the transaction''s tenant, at its COMMIT: for the company, a role or a person, and '
  'of these only those who have the permission that its manifest names.';

-- A plugin that sends the statement itself passes by its host's limit by the second, so a minute's is kept here, at
-- COMMIT: the row is locked only then.
create function plugin_event_counted() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  most constant int := coalesce((select b.value from bounds b where b.name = 'plugin_events_max'), 50) * 60;
  now_is constant timestamptz := date_trunc('minute', clock_timestamp());
  had int;
begin
  insert into notification_rates as r (tenant_id, source, minute, n)
    values (new.tenant_id, 'events of ' || split_part(new.type, '.', 1), now_is, 1)
    on conflict on constraint notification_rates_pkey do update set minute = now_is,
      n = case when r.minute = now_is then r.n + 1 else 1 end
    returning r.n into had;
  if had > most then
    raise exception 'events-many: %', most using errcode = 'MT429';
  end if;
  return null;
end $$;

grant execute on function plugin_event_counted() to mortise_owner;
reset role;

-- Before outbox_flush, by its name.
create constraint trigger counted_events after insert on outbox
  deferrable initially deferred for each row when (position('.' in new.type) > 0)
  execute function plugin_event_counted();
