-- 007-notifications.sql - the content of notifications, their recipients, how many a minute, what each person has read of
-- them and how they want to hear of them.
--
-- Every notification goes to every open stream of its recipients, so an endless sender would use up the
-- events of all companies: a company's people, and each of its plugins, have a limit.

create table bounds (
  name text primary key,
  value int not null check (value >= 0)
);
comment on table bounds is 'Bounds of mortise.conf that functions here keep; the steward writes them at its '
  'start. No tenant''s data; no policy: functions of mortise_auth read it.';
grant select, insert, update on bounds to mortise_steward;
grant select on bounds to mortise_auth;

create unlogged table notification_rates (
  tenant_id int not null,
  source text not null,
  minute timestamptz not null,
  n int not null,
  primary key (tenant_id, source)
);
comment on table notification_rates is 'Notifications of this minute by company and source: a plugin''s key, '
  'or nothing for people. Policy "auth": mortise_auth alone, through its trigger.';
alter table notification_rates enable row level security, force row level security;
create policy auth on notification_rates to mortise_auth using (true) with check (true);
grant select, insert, update on notification_rates to mortise_auth;

-- --- functions of mortise_auth -----------------------------------------------------------------------
set local role mortise_auth;

-- A notification's payload from the input: known fields only, checked; the sender is the transaction's user.
create function notification(payload jsonb) returns jsonb
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  title constant text := payload ->> 'title';
  message constant text := payload ->> 'message';
  icon constant text := coalesce(payload ->> 'icon', '🔔');
  url constant text := payload ->> 'url';
  priority constant text := coalesce(payload ->> 'priority', 'normal');
  sender record;
  ret jsonb;
begin
  if length(coalesce(title, '')) not between 1 and 120 then
    raise exception 'notice-title' using errcode = '22023';
  elsif length(coalesce(message, '')) not between 1 and 1000 then
    raise exception 'notice-message' using errcode = '22023';
  elsif length(icon) > 16 then
    raise exception 'notice-icon' using errcode = '22023';
  elsif priority not in ('low', 'normal', 'high') then
    raise exception 'notice-priority' using errcode = '22023';
  elsif url is not null and (length(url) > 500 or url ~ '[[:cntrl:][:space:]\\]'
      or url !~ '^(/([^/].*)?|https?://[^/].*)$') then
    raise exception 'notice-url' using errcode = '22023';
  end if;
  select u.id, u.name into sender from users u
    where u.tenant_id = mortise.tenant() and u.id = mortise.user_id();
  ret := jsonb_build_object('title', title, 'message', message, 'icon', icon, 'url', url,
    'priority', priority, 'fromUserId', sender.id, 'fromUserName', sender.name);
  if session_user like 'p\_%' then
    return ret || jsonb_build_object('pluginKey', replace(substr(session_user, 3), '_', '-'));
  elsif payload ? 'pluginKey' then
    return ret || jsonb_build_object('pluginKey', payload ->> 'pluginKey');
  end if;
  return ret;
end $$;

create function notify(kind text, target text, payload jsonb) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
  mine constant int := mortise.tenant();
  plugin constant text := case when session_user like 'p\_%' then replace(substr(session_user, 3), '_', '-') end;
  channel text;
  people uuid[];
  n int;
begin
  if mine is null then
    raise exception 'notice-tenant' using errcode = '42501';
  end if;
  case kind
  when 'user' then
    if target !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
        or target is null or not exists (select from users u
          where u.tenant_id = mine and u.id = target::uuid and u.kind = 'person') then
      raise exception 'notice-user' using errcode = 'P0002';
    end if;
    channel := 'u.' || lower(target);
    select count(*) into n from users u
      where u.tenant_id = mine and u.id = target::uuid and u.active;
  when 'role' then
    if role_exists(mine, target) is not true then
      raise exception 'notice-role: %', left(target, 60) using errcode = '22023';
    end if;
    channel := format('r.%s.%s', mine, target);
    select count(*) into n from users u
      where u.tenant_id = mine and u.active and u.roles @> array[target];
  when 'company' then
    channel := format('t.%s', mine);
    select count(*) into n from users u where u.tenant_id = mine and u.active;
  when 'permission' then
    if not exists (select from core_permissions() p where p.name = target) and not exists (select from plugin_permissions p
        where p.name = target and p.plugin_key = plugin) then
      raise exception 'notice-permission: %', left(target, 80) using errcode = '22023';
    end if;
    people := array(select u.id from users u join (
        select g.roles from (select distinct x.roles from users x where x.tenant_id = mine and x.active) g
        where g.roles @> '{SystemAdmin}' or target = any (core_of(mine, g.roles)) or exists (select from role_permissions r
          where r.tenant_id = mine and r.plugin_key = plugin and r.permission = target and r.granted and r.role = any (g.roles))
      ) g on g.roles = u.roles where u.tenant_id = mine and u.active order by u.id);
    n := cardinality(people);
    -- A person may have it by several roles and is to hear of it once, so roles' channels don't do.
    if n = (select count(*) from users u where u.tenant_id = mine and u.active) then
      return notify('company', '', notify.payload);
    elsif n > 1000 then
      raise exception 'notice-many: %', n using errcode = '22023';
    end if;
    for channel in select 'u.' || p from unnest(people) p loop
      if plugin is null then
        perform notice_sent(mine, channel, event_add(mine, channel, 'Notification', notification(notify.payload)), 1);
      else
        perform outbox_add(mine, channel, 'Notification', notification(notify.payload));
      end if;
    end loop;
    return n;
  else
    raise exception 'notice-kind' using errcode = '22023';
  end case;
  if plugin is not null then
    perform outbox_add(mine, channel, 'Notification', notification(notify.payload));
  else
    perform notice_sent(mine, channel, event_add(mine, channel, 'Notification', notification(notify.payload)), n);
  end if;
  return n;
end $$;
comment on function notify(text, text, jsonb) is
  'Notifies a user, a role, who has a permission, or the company of the transaction''s tenant; returns how many active people '
  'that addresses. A plugin''s comes out at its COMMIT.';

-- Plugins are counted where their transaction writes it down, people where the event is made. The row is
-- locked until the transaction ends, which only the same source of the same company waits for.
create function notification_count(tenant int, source text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  most constant int := coalesce((select b.value from bounds b where b.name = 'notifications_per_minute'), 600);
  now_is constant timestamptz := date_trunc('minute', clock_timestamp());
  had int;
begin
  insert into notification_rates as r (tenant_id, source, minute, n)
    values (notification_count.tenant, notification_count.source, now_is, 1)
    on conflict on constraint notification_rates_pkey do update set minute = now_is,
      n = case when r.minute = now_is then r.n + 1 else 1 end
    returning r.n into had;
  if had > most then
    raise exception 'notices-too-many: %', most
      using errcode = 'MT429';
  end if;
end $$;

create function notification_counted() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform notification_count(new.tenant_id, coalesce(new.payload ->> 'pluginKey', ''));
  return new;
end $$;

grant execute on function notify(text, text, jsonb) to mortise_api, mortise_admin;
grant execute on function notification_counted() to mortise_owner;
reset role;

create trigger notification_counted before insert on outbox for each row
  when (new.type = 'Notification') execute function notification_counted();

-- Notifications outlive the events that carried them. One row for all its recipients: who they are is its channel.
create table notices (
  tenant_id int not null,
  channel text not null,
  seq bigint not null,
  topic text not null check (topic in ('assigned', 'mentioned', 'commented', 'state', 'person', 'plugin', 'system', 'security')),
  type text not null,
  payload jsonb not null,
  sender_id uuid, -- the person who sent it, who sees how many have seen it
  recipients int,
  created_at timestamptz not null,
  primary key (tenant_id, channel, seq)
);
create index notices_age on notices (tenant_id, created_at);
create index notices_newest on notices (tenant_id, channel, created_at);
create index notices_sent on notices (tenant_id, sender_id, created_at) where sender_id is not null;
comment on table notices is 'Notifications by channel and number, as their events. Policy "tenant" for reading, with tenant 0 '
  '(everybody''s), and "organization": those to other organizations for who sent them alone; written by event_add() alone; notices_expire() deletes what is too old for the company.';
alter table notices enable row level security, force row level security;
create policy tenant on notices for select using (tenant_id = any (array[0, (select mortise.tenant())]));
create policy organization on notices as restrictive for select to mortise_api
  using (left(channel, 2) <> 'o.' or channel = (select mortise.organization_channel()) or sender_id = (select mortise.user_id()));
create policy auth on notices to mortise_auth using (true) with check (true);
grant select on notices to mortise_api;
grant select, insert, update, delete on notices to mortise_auth;

create table notification_reads (
  tenant_id int not null default mortise.tenant(),
  user_id uuid not null default mortise.user_id(),
  read_at timestamptz not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table notification_reads is 'Up to which moment a person has read their notifications. Policy "own": the '
  'person of the transaction alone; "auth": how many have read one, for who sent it.';
alter table notification_reads enable row level security, force row level security;
create policy own on notification_reads
  using (tenant_id = (select mortise.tenant()) and user_id = (select mortise.user_id()));
create policy auth on notification_reads to mortise_auth using (true) with check (true);
grant select on notification_reads to mortise_api;
grant select, insert, update on notification_reads to mortise_auth;

create table notice_marks (
  tenant_id int not null default mortise.tenant(),
  user_id uuid not null default mortise.user_id(),
  channel text not null,
  seq bigint not null,
  state text not null check (state in ('read', 'unread', 'gone')),
  sent_at timestamptz not null,
  primary key (tenant_id, user_id, channel, seq),
  foreign key (tenant_id, user_id) references users on delete cascade
);
create index notice_marks_sent on notice_marks (tenant_id, sent_at);
comment on table notice_marks is 'What a person did with a single notification: read it before older ones, keeps it as unread, removed '
  'it. Policy "own": the person of the transaction alone; "auth": as of notification_reads.';
alter table notice_marks enable row level security, force row level security;
create policy own on notice_marks for select
  using (tenant_id = (select mortise.tenant()) and user_id = (select mortise.user_id()));
create policy auth on notice_marks to mortise_auth using (true) with check (true);
grant select on notice_marks to mortise_api;
grant select, insert, update, delete on notice_marks to mortise_auth;

-- What is switched off, so that a kind that is new is on. What is about one's account ("security") always comes.
create table notification_preferences (
  tenant_id int not null,
  user_id uuid not null,
  toast_off text[] not null,
  desktop_off text[] not null,
  mail_off text[] not null,
  quiet bool not null,
  quiet_from time not null,
  quiet_to time not null, -- the next day where it isn't later; the same time is a whole day
  quiet_days int[] not null -- on which it begins; 1 = Monday
    check (cardinality(quiet_days) between 1 and 7 and quiet_days <@ '{1,2,3,4,5,6,7}'),
  urgent_anyway bool not null,
  digest text not null check (digest in ('never', 'hourly', 'daily')),
  digest_at time not null,
  digest_due timestamptz, -- NULL = never
  digest_until timestamptz, -- up to when notifications were in one
  digest_key text, -- ends the digests without signing in; no account opens with it
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  check ((toast_off || desktop_off || mail_off) <@ '{assigned,mentioned,commented,state,person,plugin,system}')
);
-- The steward's question, of all companies.
create index notification_preferences_due on notification_preferences (digest_due) where digest_due is not null;
comment on table notification_preferences is 'How somebody hears of notifications; no row = as preferences_of() says. Policy "own": the person of '
  'the transaction alone; "auth": digests.';
alter table notification_preferences enable row level security, force row level security;
create policy own on notification_preferences
  using (tenant_id = (select mortise.tenant()) and user_id = (select mortise.user_id()));
create policy auth on notification_preferences to mortise_auth using (true) with check (true);
grant select on notification_preferences to mortise_api;
grant select, insert, update, delete on notification_preferences to mortise_auth;

set local role mortise_auth;

-- Called by event_add(), as mortise_auth. Times are those of the channel's lock, not of the transaction's begin, so that
-- what was read up to a moment has nothing in it that comes later. What people do to their own tickets is no notification.
create function notice_add(tenant int, channel text, seq bigint, type text, payload jsonb) returns void
language sql
as $$
  insert into notices (tenant_id, channel, seq, type, payload, created_at, topic)
    select notice_add.tenant, notice_add.channel, notice_add.seq, notice_add.type, notice_add.payload, clock_timestamp(),
      case notice_add.type when 'TicketAssigned' then 'assigned' when 'TicketMentioned' then 'mentioned'
        when 'TicketNewComment' then 'commented' when 'TicketNewState' then 'state'
        when 'PasswordChanged' then 'security'
        when 'SystemNotification' then case when notice_add.channel like 'u.%' then 'security' else 'system' end
        else case when notice_add.payload ? 'pluginKey' then 'plugin'
          when notice_add.payload ->> 'fromUserId' is null then 'system' else 'person' end end
    where notice_add.channel not like '%.own'
      and (notice_add.type not like 'Ticket%' or notice_add.channel is distinct from 'u.' || (notice_add.payload ->> 'byUserId'))
$$;

-- Of the acting person, to so many.
create function notice_sent(tenant int, channel text, seq bigint, n int) returns void
language sql
as $$
  update notices x set sender_id = mortise.user_id(), recipients = notice_sent.n
    where x.tenant_id = notice_sent.tenant and x.channel = notice_sent.channel and x.seq = notice_sent.seq
$$;

-- The zone of a person's hours.
create function person_zone(tenant int, person uuid) returns text
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce((select u.time_zone from users u where u.tenant_id = t.id and u.id = person_zone.person), t.time_zone)
  from tenants t where t.id = person_zone.tenant
$$;

-- When the quiet hours end that this moment is in; NULL = it is in none. Each begins and ends by the clock of the zone.
create function quiet_until(p notification_preferences, zone text, at timestamptz) returns timestamptz
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select max(h.ends) from (
    select (d.day + p.quiet_from) at time zone zone as begins,
      (d.day + case when p.quiet_to > p.quiet_from then 0 else 1 end + p.quiet_to) at time zone zone as ends
    from (select (quiet_until.at at time zone zone)::date - ago as day from unnest(array[0, 1]) ago) d
    where extract(isodow from d.day) = any (p.quiet_days)) h
  where p.quiet and quiet_until.at >= h.begins and quiet_until.at < h.ends
$$;

grant execute on function person_zone(int, uuid) to mortise_api;
reset role;

-- What came to the person of the transaction: of their own channel, their roles', the company's, its organization's and
-- everybody's, since they are there. What Mortise itself says is messages with a key; scripts/messages finds them. The browser has milliseconds, so up to
-- which one was read does as well. Of a ticket that is no longer theirs to see the number stays, which they know.
create view notifications with (security_invoker) as
  select u.tenant_id, n.channel || '.' || n.seq as id,
    case when said.key is null then n.payload ->> 'title'
      else replace(replace(said.key, '{0}', coalesce(n.payload ->> 'number', '')), '{1}', coalesce(s.label, '')) end as title,
    case when said.more is not null then said.more when said.key is null then n.payload ->> 'message'
      else n.payload ->> 'title' end as message,
    case n.type when 'TicketMentioned' then '💬' when 'TicketNewComment' then '💬' when 'TicketAssigned' then '🎫'
      when 'TicketNewState' then '🔄' when 'PasswordChanged' then '🔒'
      else n.payload ->> 'icon' end as icon,
    case when n.type = 'PasswordChanged' then '/account' when said.key is null then n.payload ->> 'url'
      when k.id is not null then '/tickets/' || k.id end as url,
    coalesce(n.payload ->> 'priority', 'normal') as priority,
    case left(n.channel, 1) when 'u' then 'user' when 'r' then 'role' when 'a' then 'everyone' when 'o' then 'organization'
      else 'company' end as kind,
    n.topic,
    coalesce(n.payload ->> 'fromUserId', n.payload ->> 'byUserId')::uuid as from_user_id,
    coalesce(n.payload ->> 'fromUserName', n.payload ->> 'byUserName') as from_user_name,
    n.payload ->> 'pluginKey' as plugin_key,
    case when said.key is null then n.payload -> 'text'
      else jsonb_build_object('title', jsonb_build_object('key', said.key, 'values',
          coalesce('[]' || nullif(n.payload -> 'number', 'null'), '[]')
            || case when s.label is null then '[]' else jsonb_build_object('key', s.label, 'values', jsonb_build_array()) end))
        || case when said.more is null then '{}' else jsonb_build_object('message', jsonb_build_object('key', said.more,
          'values', jsonb_build_array())) end
      end as text,
    seen.read, n.created_at as sent_at
  from users u
  join tenants t on t.id = u.tenant_id
  left join notification_reads r on r.tenant_id = u.tenant_id and r.user_id = u.id
  join notices n on n.tenant_id = any (array[u.tenant_id, 0]) and n.created_at >= u.created_at
    and n.channel = any (array['all', 'u.' || u.id, 't.' || u.tenant_id, 'o.' || t.organization_id]
      || array(select 'r.' || u.tenant_id || '.' || r from unnest(u.roles) r))
  left join notice_marks m on m.tenant_id = u.tenant_id and m.user_id = u.id and m.channel = n.channel and m.seq = n.seq
  left join tickets k on n.type like 'Ticket%' and k.tenant_id = n.tenant_id and k.id = (n.payload ->> 'ticketId')::uuid
  left join ticket_states s on n.type = 'TicketNewState' and s.tenant_id = k.tenant_id and s.key = n.payload ->> 'state'
  cross join lateral (select case n.type when 'TicketMentioned' then 'You were mentioned in ticket #{0}'
      when 'TicketAssigned' then 'Ticket #{0} is yours'
      when 'TicketNewComment' then 'New comment on ticket #{0}'
      when 'TicketNewState' then case when s.key is null then 'Ticket #{0} has another state' else 'Ticket #{0} is now: {1}' end
      when 'PasswordChanged' then 'Your password was changed' /* message */ end as key,
    case when n.type = 'PasswordChanged' then 'If it wasn''t you, choose a new password and inform an administrator' /* message */
      when n.type like 'Ticket%' and k.id is null then 'You can''t open this ticket any more' /* message */ end as more) said
  cross join lateral (select case m.state when 'read' then true when 'unread' then false
    else date_trunc('milliseconds', n.created_at) <= coalesce(r.read_at, '-infinity') end as read) seen
  where u.tenant_id = (select tenant()) and u.id = (select user_id()) and m.state is distinct from 'gone'
    and n.created_at > now() - case when seen.read then 1 else 2 end * t.notification_days * interval '1 day';
comment on view notifications is 'The notifications of the person of the transaction, as long as the company keeps them; '
  'guarded by the policies of notices, users and tickets, and by its own condition.';
grant select on notifications to mortise_api;

-- What Mortise itself notifies of. A text is a message as the API's problems carry it (fcgi/base/message.h): its
-- key, with {0}, {1} for its values, of which there are at most four.
create function notice(title text, message text, vals jsonb) returns jsonb
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select jsonb_build_object('title', left(m.said[1], 120), 'message', left(m.said[2], 1000),
    'text', jsonb_build_object('title', jsonb_build_object('key', title, 'values', vals),
      'message', jsonb_build_object('key', message, 'values', vals)))
  from (select array_agg(format(replace(replace(replace(replace(replace(t.key, '%', '%%'),
      '{0}', '%1$s'), '{1}', '%2$s'), '{2}', '%3$s'), '{3}', '%4$s'),
      vals ->> 0, vals ->> 1, vals ->> 2, vals ->> 3) order by t.i) as said
    from unnest(array[title, message]) with ordinality t (key, i)) m
$$;
revoke all on function notice(text, text, jsonb) from public;
grant execute on function notice(text, text, jsonb) to mortise_steward;

-- To the system admins, once an hour at most about the same: what has to be looked after on this server.
create function alert(title text, message text, vals jsonb, url text) returns bigint
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  select emit('admin', 'SystemAlert', notice(alert.title, alert.message, alert.vals)
      || jsonb_build_object('icon', '⚠', 'url', alert.url, 'priority', 'high'))
    where not exists (select from events e where e.tenant_id = 0 and e.channel = 'admin' and e.type = 'SystemAlert'
      and e.payload ->> 'url' = alert.url and e.payload #> '{text,title}' = notice(alert.title, '', alert.vals) #> '{text,title}'
      and e.created_at > now() - interval '1 hour')
$$;
revoke all on function alert(text, text, jsonb, text) from public;
grant execute on function alert(text, text, jsonb, text) to mortise_steward;
