-- 007-notifications.sql - the content of notifications, their recipients, and how many a minute.
--
-- Every notification goes to every open stream of its recipients, so an endless sender would use up the
-- events of all companies: a company's people, and each of its plugins, have a limit.

create table bounds (
  name text primary key,
  value int not null check (value > 0)
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
  channel text;
  n int;
begin
  if mine is null then
    raise exception 'notice-tenant' using errcode = '42501';
  end if;
  case kind
  when 'user' then
    if target !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
        or target is null or not exists (select from users u
          where u.tenant_id = mine and u.id = target::uuid) then
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
  else
    raise exception 'notice-kind' using errcode = '22023';
  end case;
  if session_user like 'p\_%' then
    perform outbox_add(mine, channel, 'Notification', notification(notify.payload));
  else
    perform event_add(mine, channel, 'Notification', notification(notify.payload));
  end if;
  return n;
end $$;
comment on function notify(text, text, jsonb) is
  'Notifies a user, a role or the company of the transaction''s tenant; returns how many active people '
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

create table notification_reads (
  tenant_id int not null default mortise.tenant(),
  user_id uuid not null default mortise.user_id(),
  read_at timestamptz not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table notification_reads is 'Up to which moment a person has read their notifications. Policy "own": the '
  'person of the transaction alone.';
alter table notification_reads enable row level security, force row level security;
create policy own on notification_reads
  using (tenant_id = (select mortise.tenant()) and user_id = (select mortise.user_id()));
grant select, insert, update on notification_reads to mortise_api;

-- What came to the person of the transaction: of their own channel, their roles', the company's and everybody's,
-- tickets that somebody else assigned to them, and comments that mention them. The titles of the latter two are messages of
-- Mortise, with a key; scripts/messages finds them. The browser has milliseconds, so up to which one was read does as well.
create view notifications with (security_invoker) as
  select u.tenant_id, e.channel || '.' || e.seq as id,
    case when said.key is null then e.payload ->> 'title'
      else replace(said.key, '{0}', e.payload ->> 'number') end as title,
    case when said.key is null then e.payload ->> 'message' else e.payload ->> 'title' end as message,
    case e.type when 'TicketMentioned' then '💬' when 'TicketAssigned' then '🎫' else e.payload ->> 'icon' end as icon,
    case when said.key is null then e.payload ->> 'url'
      else '/tickets/' || (e.payload ->> 'ticketId') end as url,
    coalesce(e.payload ->> 'priority', 'normal') as priority,
    case left(e.channel, 1) when 'u' then 'user' when 'r' then 'role' when 'a' then 'everyone' else 'company' end as kind,
    coalesce(e.payload ->> 'fromUserId', e.payload ->> 'byUserId')::uuid as from_user_id,
    coalesce(e.payload ->> 'fromUserName', e.payload ->> 'byUserName') as from_user_name,
    e.payload ->> 'pluginKey' as plugin_key,
    case when said.key is null then e.payload -> 'text'
      else jsonb_build_object('title', jsonb_build_object('key', said.key, 'values', jsonb_build_array(e.payload -> 'number')))
      end as text,
    date_trunc('milliseconds', e.created_at) <= coalesce(r.read_at, '-infinity') as read, e.created_at as sent_at
  from users u
  left join notification_reads r on r.tenant_id = u.tenant_id and r.user_id = u.id
  join events e on e.tenant_id = any (array[u.tenant_id, 0])
    and e.type in ('Notification', 'TicketAssigned', 'TicketMentioned', 'SystemNotification')
    and e.channel = any (array['all', 'u.' || u.id, 't.' || u.tenant_id]
      || array(select 'r.' || u.tenant_id || '.' || r from unnest(u.roles) r))
    and (e.type not like 'Ticket%' or e.payload ->> 'byUserId' is distinct from u.id::text)
  cross join lateral (select case e.type when 'TicketMentioned' then 'You were mentioned in ticket #{0}'
    when 'TicketAssigned' then 'Ticket #{0} is yours' end as key) said
  where u.tenant_id = (select tenant()) and u.id = (select user_id());
comment on view notifications is 'The notifications of the person of the transaction, as long as events exist; '
  'guarded by the policies of events and users, and by its own condition.';
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
