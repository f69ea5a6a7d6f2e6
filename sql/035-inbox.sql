-- 035-inbox.sql - what people do with their notifications, on every device at once; who has seen those that one sent; how
-- one wants to hear of them; digests; and how long all that is kept.

set local role mortise_auth;

-- --- reading and receipts --------------------------------------------------------------------------------

-- Who gets a notification, of those who were there then and still are, and whether they have seen it: what they marked or removed
-- they have.
create function notice_people(n notices) returns table (user_id uuid, name text, seen bool)
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select u.id, u.name, m.state is not null or coalesce(r.read_at >= date_trunc('milliseconds', n.created_at), false)
  from (
      select * from users u where u.tenant_id = n.tenant_id
        and u.id = case when left(n.channel, 1) = 'u' then substr(n.channel, 3)::uuid end
    union all
      select * from users u where left(n.channel, 1) <> 'u' and (u.tenant_id = n.tenant_id or n.tenant_id = 0)
        and (left(n.channel, 1) <> 'r' or u.roles @> array[split_part(n.channel, '.', 3)])
        and (left(n.channel, 1) <> 'o' or u.tenant_id in (select t.id from tenants t where 'o.' || t.organization_id = n.channel))) u
  left join notification_reads r on r.tenant_id = u.tenant_id and r.user_id = u.id
  left join notice_marks m on m.tenant_id = u.tenant_id and m.user_id = u.id and m.channel = n.channel and m.seq = n.seq
  where u.active and u.created_at <= n.created_at
$$;

create function notice_seen(tenant int, channel text, seq bigint) returns int
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select count(*)::int from notices n, notice_people(n) p
  where n.tenant_id = notice_seen.tenant and n.channel = notice_seen.channel and n.seq = notice_seen.seq
    and n.sender_id = mortise.user_id() and p.seen
$$;

-- By name: to who sent it, of people of the own company, when they are few. NULL = there is no such notification.
create function notice_seen_by(id text, most int) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select case when n.tenant_id = 0 or n.recipients > most then '{"items": [], "hidden": true}'::json
    else json_build_object('hidden', false, 'items', (select coalesce(json_agg(json_build_object('userId', p.user_id, 'name', p.name,
      'seen', p.seen) order by p.seen desc, lower(p.name), p.user_id), '[]') from notice_people(n) p)) end
  from notices n where n.tenant_id = any (array[mortise.tenant(), 0]) and n.sender_id = mortise.user_id()
    and n.channel || '.' || n.seq = notice_seen_by.id
$$;

-- Other pages of the person, and pages of those who sent it.
create function notices_touched(senders uuid[]) returns void
language sql
as $$
  select outbox_add(mortise.tenant(), 'u.' || mortise.user_id(), 'NotificationsRead', '{}');
  select outbox_add(u.tenant_id, 'u.' || u.id, 'NotificationSeen', '{}') from users u
    where u.tenant_id = mortise.tenant() and u.id = any (senders) and u.id <> mortise.user_id() order by u.id;
$$;

-- Everything up to a moment, which can't be to come. What is kept as unread stays so, unless all is read. What is read once stays
-- read, whatever a browser with an older list says later.
create function notifications_read(until timestamptz, everything bool) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := mortise.tenant();
  me constant uuid := mortise.user_id();
  till constant timestamptz := least(notifications_read.until, clock_timestamp());
  was timestamptz;
  n int := 0;
begin
  perform from users u where u.tenant_id = t and u.id = me for no key update; -- one after the other
  select r.read_at into was from notification_reads r where r.tenant_id = t and r.user_id = me;
  if everything then
    delete from notice_marks m where m.tenant_id = t and m.user_id = me and m.state = 'unread'
      and date_trunc('milliseconds', m.sent_at) <= till;
    get diagnostics n = row_count;
  end if;
  if was >= till and n = 0 then
    return;
  end if;
  insert into notification_reads as r (tenant_id, user_id, read_at) values (t, me, till)
    on conflict (tenant_id, user_id) do update set read_at = greatest(r.read_at, excluded.read_at);
  perform notices_touched(array(select distinct n.sender_id from notices n join users u on u.tenant_id = t and u.id = me
    where n.tenant_id = t and n.sender_id is not null and n.created_at > coalesce(was, '-infinity')
      and date_trunc('milliseconds', n.created_at) <= till
      and n.channel = any (array['u.' || me, 't.' || t] || array(select 'r.' || t || '.' || r from unnest(u.roles) r)) limit 20));
end $$;

-- One that is in the person's list: 'read', 'unread' or 'gone'.
create function notice_mark(id text, state text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  n notices;
begin
  select x.* into n from notices x where x.tenant_id = any (array[mortise.tenant(), 0])
    and x.channel = substring(notice_mark.id from '^(.*)[.][0-9]+$')
    and x.seq = substring(notice_mark.id from '[.]([0-9]{1,18})$')::bigint;
  insert into notice_marks as m (tenant_id, user_id, channel, seq, state, sent_at)
    values (mortise.tenant(), mortise.user_id(), n.channel, n.seq, notice_mark.state, n.created_at)
    on conflict (tenant_id, user_id, channel, seq) do update set state = excluded.state;
  perform notices_touched(case when n.tenant_id > 0 then array[n.sender_id] end);
  return true;
end $$;

-- So many of each company that are too old for it; its people have not seen them any more since they were read.
create function notices_expire(most int) returns setof int
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with old as (
    select x.* from (select id, notification_days from tenants union all select 0, max(notification_days) from tenants) t
    cross join lateral (select n.tenant_id, n.channel, n.seq from notices n where n.tenant_id = t.id
      and n.created_at < now() - 2 * t.notification_days * interval '1 day' order by n.created_at limit most) x
    limit most
  ), marks as (
    delete from notice_marks m using tenants t where t.id = m.tenant_id
      and m.sent_at < now() - 2 * t.notification_days * interval '1 day'
  )
  delete from notices n using old where n.tenant_id = old.tenant_id and n.channel = old.channel and n.seq = old.seq returning 1
$$;

-- --- how one wants to hear of them -------------------------------------------------------------------------

create function preferences_of(tenant int, person uuid) returns notification_preferences
language sql stable
as $$
  select coalesce((select p from notification_preferences p where p.tenant_id = tenant and p.user_id = person),
    row(tenant, person, '{}', '{}', '{}', false, '20:00', '07:00', '{1,2,3,4,5,6,7}', true, 'never', '08:00', null, null,
      null)::notification_preferences)
$$;

create function day_words() returns text[] language sql immutable return array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

create function own_preferences() returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select json_build_object('toastOff', p.toast_off, 'desktopOff', p.desktop_off, 'mailOff', p.mail_off, 'quiet', p.quiet,
    'quietFrom', to_char(p.quiet_from, 'HH24:MI'), 'quietTo', to_char(p.quiet_to, 'HH24:MI'),
    'quietDays', (select json_agg((day_words())[d] order by d) from unnest(p.quiet_days) d), 'urgentAnyway', p.urgent_anyway,
    'digest', p.digest, 'digestAt', to_char(p.digest_at, 'HH24:MI'), 'timeZone', person_zone(p.tenant_id, p.user_id))
  from preferences_of(mortise.tenant(), mortise.user_id()) p
$$;

-- When the next digest after this moment is due: by the clock of the zone, and not in quiet hours.
create function digest_next(p notification_preferences, zone text, at timestamptz) returns timestamptz
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(quiet_until(p, zone, d.due), d.due) from (
    select case p.digest when 'hourly' then date_trunc('hour', digest_next.at) + interval '1 hour'
      when 'daily' then (select min(x.due) from (
          select ((digest_next.at at time zone zone)::date + i + p.digest_at) at time zone zone as due from unnest(array[0, 1, 2]) i) x
        where x.due > digest_next.at) end as due) d
$$;

create function words_of(list jsonb) returns text[]
language sql immutable
return array(select distinct w from jsonb_array_elements_text(list) w order by w);

-- What isn't given stays.
create function own_preferences_set(given jsonb) returns json
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  p notification_preferences;
  was text;
begin
  perform from users u where u.tenant_id = mortise.tenant() and u.id = mortise.user_id() for no key update;
  p := preferences_of(mortise.tenant(), mortise.user_id());
  was := p.digest;
  p.toast_off := case when given ? 'toastOff' then words_of(given -> 'toastOff') else p.toast_off end;
  p.desktop_off := case when given ? 'desktopOff' then words_of(given -> 'desktopOff') else p.desktop_off end;
  p.mail_off := case when given ? 'mailOff' then words_of(given -> 'mailOff') else p.mail_off end;
  p.quiet := coalesce((given ->> 'quiet')::bool, p.quiet);
  p.quiet_from := coalesce((given ->> 'quietFrom')::time, p.quiet_from);
  p.quiet_to := coalesce((given ->> 'quietTo')::time, p.quiet_to);
  if given ? 'quietDays' then
    p.quiet_days := array(select array_position(day_words(), w) from unnest(words_of(given -> 'quietDays')) w order by 1);
  end if;
  p.urgent_anyway := coalesce((given ->> 'urgentAnyway')::bool, p.urgent_anyway);
  p.digest := coalesce(given ->> 'digest', p.digest);
  p.digest_at := coalesce((given ->> 'digestAt')::time, p.digest_at);
  p.digest_due := digest_next(p, person_zone(p.tenant_id, p.user_id), clock_timestamp());
  if was = 'never' and p.digest <> 'never' then
    p.digest_until := clock_timestamp(); -- not what came before one wanted it
    p.digest_key := coalesce(p.digest_key, replace(gen_random_uuid()::text || gen_random_uuid(), '-', ''));
  end if;
  delete from notification_preferences x where x.tenant_id = p.tenant_id and x.user_id = p.user_id;
  insert into notification_preferences select p.*;
  perform outbox_add(p.tenant_id, 'u.' || p.user_id, 'NotificationPreferencesUpdated', '{}');
  return own_preferences();
end $$;

-- --- digests ---------------------------------------------------------------------------------------------------

-- What somebody hasn't read of the kinds they want, up to this moment and since the last digest: how many, and a line for each of
-- the first twenty. Of tickets it says the number alone, as somebody may not see them any more. No row = nothing, or no
-- digest is wanted.
create function digest_of(who users, till timestamptz) returns table (n int, items text, stop text)
language sql stable
as $$
  select count(*)::int, string_agg(format('- %s%s', f.title, ' (' || f.sender || ')'), E'\n' order by f.created_at)
      filter (where f.place <= 20), format('%s.%s.%s', f.tenant_id, f.user_id, f.digest_key)
  from (
    select p.tenant_id, p.user_id, p.digest_key, n.created_at, row_number() over (order by n.created_at) as place,
      coalesce(n.payload ->> 'fromUserName', n.payload ->> 'byUserName') as sender,
      case n.type when 'TicketAssigned' then format(case coalesce(who.language, left(t.locale, 2)) when 'de' then 'Ticket #%s gehört Ihnen'
            else 'Ticket #%s is yours' end, n.payload ->> 'number')
        when 'TicketMentioned' then format(case coalesce(who.language, left(t.locale, 2)) when 'de' then 'Sie wurden in Ticket #%s erwähnt'
            else 'You were mentioned in ticket #%s' end, n.payload ->> 'number')
        when 'TicketNewComment' then format(case coalesce(who.language, left(t.locale, 2)) when 'de' then 'Neuer Kommentar zu Ticket #%s'
            else 'New comment on ticket #%s' end, n.payload ->> 'number')
        when 'TicketNewState' then format(case coalesce(who.language, left(t.locale, 2)) when 'de' then 'Ticket #%s hat einen anderen Status'
            else 'Ticket #%s has another state' end, n.payload ->> 'number')
        else n.payload ->> 'title' end as title
    from preferences_of(who.tenant_id, who.id) p
    join tenants t on t.id = p.tenant_id
    join notices n on n.tenant_id = any (array[p.tenant_id, 0]) and n.channel = any (array['all', 'u.' || who.id, 't.' || p.tenant_id,
        'o.' || t.organization_id]
      || array(select 'r.' || p.tenant_id || '.' || r from unnest(who.roles) r))
    left join notification_reads r on r.tenant_id = p.tenant_id and r.user_id = p.user_id
    left join notice_marks m on m.tenant_id = p.tenant_id and m.user_id = p.user_id and m.channel = n.channel and m.seq = n.seq
    where p.digest <> 'never' and n.topic <> 'security' and n.topic <> all (p.mail_off) and n.created_at <= till
      and n.created_at > greatest(p.digest_until, who.created_at, now() - 2 * t.notification_days * interval '1 day')
      and case m.state when 'unread' then true when 'read' then false when 'gone' then false
        else date_trunc('milliseconds', n.created_at) > coalesce(r.read_at, '-infinity') end) f
  group by f.tenant_id, f.user_id, f.digest_key
$$;

-- Of those that are due, by whichever steward comes first. In quiet hours they wait; who is deactivated, or whose company is
-- suspended, gets none.
create function digests_make(most int) returns void
language plpgsql
as $$
declare
  p notification_preferences;
  who users;
  zone text;
  awake timestamptz; -- when quiet hours end
begin
  for p in select * from notification_preferences x where x.digest_due <= now() order by x.digest_due limit most
      for update skip locked loop
    zone := person_zone(p.tenant_id, p.user_id);
    awake := quiet_until(p, zone, now());
    select u.* into who from users u join tenants t on t.id = u.tenant_id and t.state = 'active'
      where u.tenant_id = p.tenant_id and u.id = p.user_id and u.active and not u.pending;
    if awake is null and who.id is not null and exists (select from digest_of(who, now())) then
      perform mail_add(who, 'digest', gen_random_uuid());
    end if;
    update notification_preferences x set digest_due = coalesce(awake, digest_next(p, zone, now()))
      where x.tenant_id = p.tenant_id and x.user_id = p.user_id;
  end loop;
end $$;

-- By the key in a digest, by the one who has the mail. False = there is none with this key.
create function digest_stop(key text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  part constant text[] := regexp_match(digest_stop.key, '^([1-9][0-9]{0,8})[.]([0-9a-f-]{36})[.]([0-9a-f]{64})$');
  p notification_preferences;
begin
  update notification_preferences x set digest = 'never', digest_due = null
    where x.tenant_id = part[1]::int and x.user_id = part[2]::uuid and x.digest_key = part[3] returning * into p;
  if p.user_id is null then
    return false;
  end if;
  perform outbox_add(p.tenant_id, 'u.' || p.user_id, 'NotificationPreferencesUpdated', '{}');
  return true;
end $$;

grant execute on function digest_stop(text) to mortise_api;
grant execute on function notice_seen(int, text, bigint), notice_seen_by(text, int), notifications_read(timestamptz, bool),
  notice_mark(text, text), own_preferences(), own_preferences_set(jsonb) to mortise_api;
grant execute on function notices_expire(int) to mortise_steward;
reset role;

-- What the person of the transaction sent, as long as the company keeps it.
create view notifications_sent with (security_invoker) as
  select n.tenant_id, n.channel || '.' || n.seq as id, n.payload ->> 'title' as title, n.payload ->> 'message' as message,
    n.payload ->> 'icon' as icon, n.payload ->> 'url' as url, coalesce(n.payload ->> 'priority', 'normal') as priority,
    case left(n.channel, 1) when 'u' then 'user' when 'r' then 'role' when 'a' then 'everyone' when 'o' then 'organization'
      else 'company' end as kind,
    (select u.name from users u where u.tenant_id = n.tenant_id and 'u.' || u.id = n.channel) as to_user_name,
    case when left(n.channel, 1) = 'r' then split_part(n.channel, '.', 3) end as role,
    n.recipients, least(n.recipients, notice_seen(n.tenant_id, n.channel, n.seq)) as seen, n.created_at as sent_at
  from notices n join tenants t on t.id = (select tenant())
  where n.tenant_id = any (array[t.id, 0]) and n.sender_id = (select user_id())
    and n.created_at > now() - t.notification_days * interval '1 day';
comment on view notifications_sent is 'What the person of the transaction sent, and how many have seen it; guarded by the policy of '
  'notices and its own condition.';
grant select on notifications_sent to mortise_api;
