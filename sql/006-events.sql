-- 006-events.sql - channels and their numbered events, presence, what plugins raise.
--
-- Who doesn't see all tickets of a company receives t.<tenant>.own instead of t.<tenant>: what is raised there, without
-- tickets. Events of such people's own tickets are raised on their own channel as well. Companies where nobody is limited
-- like that don't have this channel, and pay one look-up.
--
-- A channel's next number comes from UPDATE ... SET seq = seq + 1 as the last statement before COMMIT: the
-- row lock makes numbers gapless and in commit order. Tenant 0 has the channels 'admin' and 'all', and o.<organization>, which
-- its companies read and others don't.

create table channels (
  tenant_id int not null,
  name text not null,
  seq bigint not null,
  primary key (tenant_id, name)
) with (fillfactor = 50);
comment on table channels is 'The last number given on each channel. Policy "tenant" for reading, with '
  'tenant 0 (admin, all), and "organization": of others than the own none; written by emit() alone. The steward reads all.';
alter table channels enable row level security, force row level security;
create policy tenant on channels for select
  using (tenant_id = any (array[0, (select mortise.tenant())]));
create policy organization on channels as restrictive for select to mortise_api, mortise_admin
  using (left(name, 2) <> 'o.' or name = (select mortise.organization_channel()));
create policy all_tenants on channels for select to mortise_steward using (true);
create policy auth on channels to mortise_auth using (true) with check (true);
grant select on channels to mortise_api, mortise_admin, mortise_steward;
grant select, insert, update on channels to mortise_auth;

-- The steward remembers a snapshot: events of transactions that it could not see then, and can see now,
-- are what it has to publish. The default of xid is the top-level transaction, also inside of functions.
create table events (
  tenant_id int not null,
  channel text not null,
  seq bigint not null,
  type text not null,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, channel, seq)
);
-- Not tenant_id first: queries read "the newest of all tenants". Only mortise_auth, the core's own roles and
-- the steward can access this table; no plugin can be granted it.
create index events_xid on events (xid);
comment on table events is 'What happened, by channel and number. Policy "tenant" for reading, with '
  'tenant 0 (admin, all), "own_read": no tickets of the company for who sees own ones only, and "organization": none of other '
  'organizations; written by emit() alone. The steward reads all and deletes old ones.';
comment on column events.xid is 'The transaction that raised it. The steward finds new events by it.';
alter table events enable row level security, force row level security;
create policy tenant on events for select
  using (tenant_id = any (array[0, (select mortise.tenant())]));
create policy own_read on events as restrictive for select to mortise_api, mortise_admin
  using (case when (select mortise.own_tickets()) = 'read'
    then (channel not like 't.%' or type not like 'Ticket%')::int else 1 end <> 0);
create policy organization on events as restrictive for select to mortise_api, mortise_admin
  using (left(channel, 2) <> 'o.' or channel = (select mortise.organization_channel()));
create policy all_tenants on events to mortise_steward using (true);
create policy auth on events to mortise_auth using (true) with check (true);
grant select on events to mortise_api, mortise_admin;
grant select, delete on events to mortise_steward;
grant select, insert on events to mortise_auth;

create table presence (
  tenant_id int not null default mortise.tenant(),
  user_id uuid not null,
  conn text not null check (length(conn) between 1 and 64),
  since timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, user_id, conn),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table presence is 'Who has a browser open: a lease by tab. Policy "tenant"; the steward '
  'reads all and deletes expired ones; presence_all() for system admins.';
alter table presence enable row level security, force row level security;
create policy tenant on presence using (tenant_id = (select mortise.tenant()));
create policy all_tenants on presence to mortise_steward using (true);
create policy auth on presence for select to mortise_auth using (true);
grant select, insert, update, delete on presence to mortise_api, mortise_admin;
grant select, delete on presence to mortise_steward;
grant select on presence to mortise_auth;

-- What a plugin's transaction raises waits here until its COMMIT, so that a plugin that dawdles in a
-- transaction doesn't hold a channel that the whole tenant needs.
create table outbox (
  tenant_id int not null,
  txid xid8 not null default pg_current_xact_id(),
  n int not null,
  channel text not null,
  type text not null,
  payload jsonb not null,
  primary key (tenant_id, txid, n)
);
comment on table outbox is 'Events of plugins between statement and COMMIT. Policy "auth": written by '
  'notify() and the ticket triggers, emptied by its own trigger; nobody reads it.';
alter table outbox enable row level security, force row level security;
create policy auth on outbox to mortise_auth using (true) with check (true);
grant select, insert, delete on outbox to mortise_auth;

-- --- functions of mortise_auth -----------------------------------------------------------------------
set local role mortise_auth;

-- Gives the next number and writes the event; the caller has checked that it may, runs as mortise_auth, and has set
-- the search path. What would be a CHECK or a trigger of the table stands here, because PostgreSQL parses their
-- conditions anew for every statement, and nobody else can write events.
create function event_add(tenant int, channel text, type text, payload jsonb) returns bigint
language plpgsql
as $$
declare
  n bigint;
begin
  assert length(event_add.type) between 1 and 60, 'the type of an event has 1 to 60 letters';
  -- Those of plugins were counted when their transaction wrote them down.
  if event_add.type = 'Notification' and event_add.tenant > 0 and not event_add.payload ? 'pluginKey' then
    perform notification_count(event_add.tenant, '');
  end if;
  update channels c set seq = c.seq + 1
    where c.tenant_id = event_add.tenant and c.name = event_add.channel
    returning c.seq into n;
  if not found then
    insert into channels as c (tenant_id, name, seq) values (event_add.tenant, event_add.channel, 1)
      on conflict on constraint channels_pkey do update set seq = c.seq + 1
      returning c.seq into n;
  end if;
  insert into events (tenant_id, channel, seq, type, payload)
    values (event_add.tenant, event_add.channel, n, event_add.type, event_add.payload);
  if event_add.type in ('Notification', 'TicketAssigned', 'TicketMentioned', 'TicketNewComment', 'TicketNewState',
      'SystemNotification', 'PasswordChanged') then
    perform notice_add(event_add.tenant, event_add.channel, n, event_add.type, event_add.payload);
  end if;
  if event_add.channel = 't.' || event_add.tenant and exists (select from event_subscriptions s
      where s.tenant_id = event_add.tenant and s.type = event_add.type) then
    perform event_deliver(event_add.tenant, event_add.channel, n, event_add.type, event_add.payload);
  end if;
  if event_add.channel = 't.' || event_add.tenant and exists (select from webhooks w
      where w.tenant_id = event_add.tenant and w.active and w.events && array[event_add.type, '*']) then
    perform webhook_queue(event_add.tenant, event_add.type, event_add.payload);
  end if;
  if event_add.channel = 't.' || event_add.tenant and exists (select from channels c
      where c.tenant_id = event_add.tenant and c.name = event_add.channel || '.own') then
    perform event_add_own(event_add.tenant, event_add.channel, event_add.type, event_add.payload);
  end if;
  return n;
end $$;

-- The same for people who don't see all tickets; see above. Who had the ticket until this transaction hears that it
-- changed, and finds it gone. Behind the company's channel, so those who raise several wait there for each other.
create function event_add_own(tenant int, channel text, type text, payload jsonb) returns void
language plpgsql
as $$
declare
  ticket constant uuid := (event_add_own.payload ->> 'ticketId')::uuid;
  who record;
begin
  if event_add_own.type not like 'Ticket%' then
    perform event_add(event_add_own.tenant, event_add_own.channel || '.own', event_add_own.type, event_add_own.payload);
    return;
  end if;
  for who in
    select u.id, bool_or(p.is_own) as is_own, core_of(event_add_own.tenant, u.roles) as may from (
        select unnest(array[t.assignee_id, t.created_by]), true from tickets t
          where t.tenant_id = event_add_own.tenant and t.id = ticket
      union all
        select (h.changes -> 'assigneeId' ->> 0)::uuid, false from ticket_history h
          where h.tenant_id = event_add_own.tenant and h.ticket_id = ticket and h.at = now()) p (id, is_own)
    join users u on u.tenant_id = event_add_own.tenant and u.id = p.id and u.active and not u.roles && role_names()
    group by u.id, u.roles
    order by u.id
  loop
    if 'tickets:read' = any (who.may) or 'tickets:read:own' <> all (who.may) then
      continue;
    elsif not who.is_own then
      perform event_add(event_add_own.tenant, 'u.' || who.id, 'TicketUpdated', jsonb_build_object('ticketId', ticket,
        'version', event_add_own.payload -> 'version', 'gone', true));
    else
      perform event_add(event_add_own.tenant, 'u.' || who.id, event_add_own.type, event_add_own.payload);
    end if;
  end loop;
end $$;

-- The tenant of a channel; 0 for admin, all and organizations; NULL for an invalid name. For u.<user> only the calling
-- tenant's people are searched, and everybody's for the steward, which calls without a tenant.
create function channel_tenant(channel text, asking int) returns int
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  part text[];
begin
  if channel in ('admin', 'all') then
    return 0;
  end if;
  part := regexp_match(channel, '^o\.([1-9][0-9]{0,8})$');
  if part is not null then
    return (select 0 from organizations o where o.id = part[1]::int);
  end if;
  part := regexp_match(channel, '^t\.([1-9][0-9]{0,8})(\.own)?$');
  if part is not null then
    return part[1]::int;
  end if;
  part := regexp_match(channel, '^r\.([1-9][0-9]{0,8})\.([A-Za-z0-9]{1,40})$');
  if part is not null then
    return case when role_exists(part[1]::int, part[2]) then part[1]::int end;
  end if;
  part := regexp_match(channel,
    '^u\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$');
  if part is null then
    return null;
  elsif asking is not null then
    return (select u.tenant_id from users u where u.tenant_id = asking and u.id = part[1]::uuid);
  else
    return (select u.tenant_id from users u where u.id = part[1]::uuid limit 1);
  end if;
end $$;

create function emit(channel text, type text, payload jsonb) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant int := mortise.tenant();
  theirs int;
begin
  theirs := case when emit.channel = 't.' || mine then mine -- most by far: nothing to look up
    else channel_tenant(emit.channel, case when session_user <> 'mortise_steward' then coalesce(mine, 0) end) end;
  if theirs is null then
    raise exception 'channel-unknown: %', left(emit.channel, 80) using errcode = '22023';
  end if;
  -- without a tenant `mine` is NULL: what isn't plainly true is refused
  if (session_user = 'mortise_steward'
      or theirs = 0 and session_user = 'mortise_admin'
      or theirs > 0 and theirs = mine) is not true then
    raise exception 'channel-foreign: %', left(emit.channel, 80)
      using errcode = '42501';
  end if;
  return event_add(theirs, emit.channel, emit.type, coalesce(emit.payload, '{}'));
end $$;
comment on function emit(text, text, jsonb) is
  'Raises an event on a channel of the transaction''s tenant; the last statement before COMMIT.';

-- The caller has checked that the channel is the tenant's.
create function outbox_add(tenant int, channel text, type text, payload jsonb) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  insert into outbox (tenant_id, n, channel, type, payload)
    select outbox_add.tenant, (select coalesce(max(o.n), 0) + 1 from outbox o
      where o.tenant_id = outbox_add.tenant and o.txid = pg_current_xact_id()), outbox_add.channel, outbox_add.type,
      outbox_add.payload
$$;

-- At COMMIT. The first row takes all of its transaction, by channel in the one order everybody uses,
-- so that two transactions never wait for each other.
create function outbox_flush() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform event_add(o.tenant_id, o.channel, o.type, o.payload)
    from (select * from outbox where tenant_id = new.tenant_id and txid = new.txid
      order by channel, n) o;
  delete from outbox where tenant_id = new.tenant_id and txid = new.txid;
  return null;
end $$;

-- For system admins: the people present in every company. The caller must be one.
create function presence_all()
returns table (tenant_code text, user_id uuid, roles text[], connections int)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if not exists (select from users u where u.tenant_id = mortise.tenant()
      and u.id = mortise.user_id() and u.active and u.roles @> array['SystemAdmin']) then
    raise exception 'system-admins-only' using errcode = '42501';
  end if;
  return query
    select t.code, u.id, u.roles, count(*)::int
    from presence p
    join users u on u.tenant_id = p.tenant_id and u.id = p.user_id
    join tenants t on t.id = p.tenant_id
    where p.expires_at > clock_timestamp()
    group by t.code, u.id, u.roles;
end $$;

-- Every built-in role sees all tickets; somebody who has none may not, sooner or later.
create function user_narrow() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if not new.roles && role_names() then
    insert into channels (tenant_id, name, seq) values (new.tenant_id, 't.' || new.tenant_id || '.own', 0)
      on conflict do nothing;
  end if;
  return null;
end $$;
grant execute on function user_narrow() to mortise_owner;

grant execute on function emit(text, text, jsonb) to mortise_api, mortise_admin, mortise_steward;
grant execute on function presence_all() to mortise_api, mortise_admin;
grant execute on function outbox_flush() to mortise_owner;
reset role;

create constraint trigger outbox_flush after insert on outbox
  deferrable initially deferred for each row execute function outbox_flush();
create trigger user_narrow after insert or update of roles on users for each row execute function user_narrow();
