-- 042-plugin-presence.sql - who is at what in a plugin's components, and who types there.
--
-- A page holds a lease and renews it; nothing else tells that a browser is gone. What changes is pushed to those who
-- are at the same thing, on their own channels: without a number, so nobody fetches what was missed, as the next renewal
-- answers who is there. A manifest offers it by "presence".

create unlogged table plugin_presence (
  tenant_id int not null,
  plugin_key text not null,
  entity text not null,
  user_id uuid not null,
  conn uuid not null,
  typing_until timestamptz,
  expires_at timestamptz not null,
  primary key (tenant_id, plugin_key, entity, user_id, conn),
  foreign key (tenant_id, user_id) references users on delete cascade
);
create index plugin_presence_user on plugin_presence (tenant_id, user_id, plugin_key);
comment on table plugin_presence is 'Who is at what of a plugin: a lease by page. Policy "auth": mortise_auth alone, through the '
  'functions below; the steward deletes expired ones.';
alter table plugin_presence enable row level security, force row level security;
create policy auth on plugin_presence to mortise_auth using (true) with check (true);
create policy all_tenants on plugin_presence to mortise_steward using (true);
grant select, insert, update, delete on plugin_presence to mortise_auth;
grant select, delete on plugin_presence to mortise_steward;

create unlogged table pushes (
  tenant_id int not null,
  channel text not null,
  message jsonb not null,
  at timestamptz not null default now(),
  xid xid8 not null default pg_current_xact_id()
);
-- Not tenant_id first, as that of events: stewards read "the newest of all companies".
create index pushes_xid on pushes (xid);
comment on table pushes is 'What goes to browsers once and isn''t kept: for some seconds, until the stewards of all hosts have '
  'published it. Policy "auth": written by mortise_auth; "all_tenants": the steward reads and deletes.';
alter table pushes enable row level security, force row level security;
create policy auth on pushes to mortise_auth using (true) with check (true);
create policy all_tenants on pushes to mortise_steward using (true);
grant select, insert, delete on pushes to mortise_auth;
grant select, delete on pushes to mortise_steward;

set local role mortise_auth;

-- Which roles may be there: NULL = all. Refuses who may not.
create function presence_roles(key text) returns text[]
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  offer jsonb;
  ret text[];
begin
  select p.manifest -> 'presence' into offer
    from installations i join plugin_packages p on p.sha256 = i.package_sha256
    where i.tenant_id = mortise.tenant() and i.plugin_key = presence_roles.key and i.state = 'enabled'
      and p.quarantined_at is null and p.refused_at is null;
  if offer is null then
    raise exception 'presence-none: %', left(presence_roles.key, 40) using errcode = 'P0002';
  end if;
  ret := case when offer ? 'permission' then roles_with(mortise.tenant(), offer ->> 'permission') end;
  if not exists (select from users u where u.tenant_id = mortise.tenant() and u.id = mortise.user_id()
      and u.active and u.kind = 'person' and (ret is null or u.roles && ret)) then
    raise exception 'permission-needed: %', coalesce(offer ->> 'permission', presence_roles.key) using errcode = '42501';
  end if;
  return ret;
end $$;

create function presence_list(key text, entity text, roles text[]) returns jsonb
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select jsonb_build_object('people', coalesce(jsonb_agg(jsonb_build_object('userId', w.id, 'name', w.name,
      'typing', w.typing, 'expiresIn', w.seconds) order by w.name, w.id), '[]'))
  from (select u.id, u.name, bool_or(coalesce(p.typing_until > clock_timestamp(), false)) as typing,
      ceil(extract(epoch from max(p.expires_at) - clock_timestamp()))::int as seconds
    from plugin_presence p join users u on u.tenant_id = p.tenant_id and u.id = p.user_id
    where p.tenant_id = mortise.tenant() and p.plugin_key = presence_list.key and p.entity = presence_list.entity
      and p.expires_at > clock_timestamp() and u.active
      and (presence_list.roles is null or u.roles && presence_list.roles)
    group by u.id, u.name order by max(p.expires_at) desc limit 200) w
$$;

create function presence_push(key text, entity text, roles text[], here bool, typing bool) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant int := mortise.tenant();
  me constant uuid := mortise.user_id();
  most constant int := coalesce((select b.value from bounds b where b.name = 'plugin_events_max'), 50) * 60;
  now_is constant timestamptz := date_trunc('minute', clock_timestamp());
  sent int;
  r record;
begin
  insert into pushes (tenant_id, channel, message)
    select mine, 'u.' || w.user_id, jsonb_build_object('type', 'presence', 'plugin', presence_push.key,
      'data', jsonb_build_object('entity', presence_push.entity, 'userId', me,
        'name', (select u.name from users u where u.tenant_id = mine and u.id = me), 'here', here, 'typing', typing))
    from (select distinct p.user_id from plugin_presence p
        join users u on u.tenant_id = p.tenant_id and u.id = p.user_id
        where p.tenant_id = mine and p.plugin_key = presence_push.key and p.entity = presence_push.entity
          and p.expires_at > clock_timestamp() and p.user_id <> me and u.active
          and (presence_push.roles is null or u.roles && presence_push.roles)
        limit 200) w;
  get diagnostics sent = row_count;
  -- a person may change something twice a second, and what a plugin's pages push in a company is bounded as its events are
  for r in select * from (values ('presence of ' || me, 1, 120), ('presence in ' || presence_push.key, sent, most)) v (source, n, most)
  loop
    insert into notification_rates as o (tenant_id, source, minute, n) values (mine, r.source, now_is, r.n)
      on conflict on constraint notification_rates_pkey do update set minute = now_is,
        n = case when o.minute = now_is then o.n + r.n else r.n end
      returning o.n into sent;
    if sent > r.most then
      raise exception 'presence-many: %', r.most using errcode = 'MT429';
    end if;
  end loop;
end $$;

-- A page is there, and its person types or doesn't. Who is: {"people": [...], "pushed"}.
create function presence_renew(key text, entity text, conn uuid, typing bool) returns jsonb
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant int := mortise.tenant();
  me constant uuid := mortise.user_id();
  roles constant text[] := presence_roles(presence_renew.key);
  was_here bool;
  was_typing timestamptz;
  pushed bool;
begin
  select count(*) > 0, max(p.typing_until) into was_here, was_typing from plugin_presence p
    where p.tenant_id = mine and p.plugin_key = presence_renew.key and p.entity = presence_renew.entity and p.user_id = me
      and p.expires_at > clock_timestamp();
  if not was_here and (select count(*) from plugin_presence p where p.tenant_id = mine and p.user_id = me
      and p.plugin_key = presence_renew.key and p.expires_at > clock_timestamp()) >= 50 then
    raise exception 'presence-places: %', 50 using errcode = 'MT429';
  end if;
  insert into plugin_presence as p (tenant_id, plugin_key, entity, user_id, conn, typing_until, expires_at)
    values (mine, presence_renew.key, presence_renew.entity, me, presence_renew.conn,
      case when presence_renew.typing then clock_timestamp() + interval '6 s' end, clock_timestamp() + interval '45 s')
    on conflict on constraint plugin_presence_pkey do update set typing_until = excluded.typing_until,
      expires_at = excluded.expires_at;
  -- Somebody who goes on typing is pushed again before the others take it for over.
  pushed := not was_here or case when presence_renew.typing
    then was_typing is null or was_typing < clock_timestamp() + interval '3 s'
    else coalesce(was_typing > clock_timestamp(), false) end;
  if pushed then
    perform presence_push(presence_renew.key, presence_renew.entity, roles, true, presence_renew.typing);
  end if;
  return presence_list(presence_renew.key, presence_renew.entity, roles) || jsonb_build_object('pushed', pushed);
end $$;

create function presence_read(key text, entity text) returns jsonb
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select presence_list(presence_read.key, presence_read.entity, presence_roles(presence_read.key))
$$;

-- Whether that was the person's last page there.
create function presence_leave(key text, entity text, conn uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant int := mortise.tenant();
  me constant uuid := mortise.user_id();
begin
  delete from plugin_presence p where p.tenant_id = mine and p.plugin_key = presence_leave.key
    and p.entity = presence_leave.entity and p.user_id = me and p.conn = presence_leave.conn;
  if not found or exists (select from plugin_presence p where p.tenant_id = mine and p.plugin_key = presence_leave.key
      and p.entity = presence_leave.entity and p.user_id = me and p.expires_at > clock_timestamp()) then
    return false;
  end if;
  perform presence_push(presence_leave.key, presence_leave.entity, presence_roles(presence_leave.key), false, false);
  return true;
end $$;

grant execute on function presence_renew(text, text, uuid, bool), presence_read(text, text),
  presence_leave(text, text, uuid) to mortise_api;
reset role;
