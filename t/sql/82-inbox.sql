-- Quiet hours and digests by the clock of a zone; what a notification becomes; who may.
\ir lib/start.psql
select plan(40);
create table tap.t as select a, b, ua, ub, ua2, act(a, ua) as api, act(a, ua2) as tech from fix;

create function tap.quiet(hours text, days int[], at text, zone text default 'Europe/Berlin') returns text language sql as $$
  select to_char(quiet_until(p, zone, at::timestamptz) at time zone zone, 'DD. HH24:MI') from (
    select (jsonb_populate_record(preferences_of(1, null), jsonb_build_object('quiet', true, 'quiet_days', days,
      'quiet_from', split_part(hours, '-', 1), 'quiet_to', split_part(hours, '-', 2)))).*) p
$$;
-- 2026-11-23 is a Monday
select is(quiet('22:00-06:00', '{1}', '2026-11-23 21:59+01'), null, 'a minute before');
select is(quiet('22:00-06:00', '{1}', '2026-11-23 22:00+01'), '24. 06:00', 'over midnight');
select is(quiet('22:00-06:00', '{1}', '2026-11-24 05:59+01'), '24. 06:00', 'the next morning belongs to the day on which it began');
select is(quiet('22:00-06:00', '{1}', '2026-11-24 06:00+01'), null, 'it is over');
select is(quiet('22:00-06:00', '{2}', '2026-11-24 05:00+01'), null, 'and not before its day');
select is(quiet('22:00-06:00', '{7}', '2026-11-23 03:00+01'), '23. 06:00', 'Sunday into Monday');
select is(quiet('12:00-13:30', '{1}', '2026-11-23 13:00+01'), '23. 13:30', 'within a day');
select is(quiet('00:00-00:00', '{6,7}', '2026-11-22 15:00+01'), '23. 00:00', 'a whole day');
select is(quiet('00:00-00:00', '{6,7}', '2026-11-23 00:00+01'), null, 'and not the next');
select is(quiet('22:00-06:00', '{1}', '2026-11-23 22:00+01', 'America/New_York'), null, 'by the clock of another zone');
-- the clock goes forward in the night to 2026-03-29, back in the one to 2026-10-25
select is(quiet('22:00-06:00', '{6}', '2026-03-29 03:30+00'), '29. 06:00', 'an hour less');
select is(quiet('22:00-06:00', '{6}', '2026-03-29 04:00+00'), null, 'six o''clock is six o''clock');
select is(quiet('22:00-06:00', '{6}', '2026-10-25 04:59+00'), '25. 06:00', 'an hour more');
select is(quiet('02:30-03:00', '{7}', '2026-10-25 01:45+00'), '25. 03:00', 'an hour that comes twice');
select is(quiet('20:00-21:00', '{1}', '2026-11-23 20:30+01', 'UTC'), null, 'UTC');

create function tap.due(given text, at text, zone text default 'Europe/Berlin') returns text language sql as $$
  select to_char(digest_next(p, zone, at::timestamptz) at time zone zone, 'DD. HH24:MI') from (
    select (jsonb_populate_record(preferences_of(1, null), given::jsonb)).*) p
$$;
select is(due('{}', '2026-11-23 12:00+01'), null, 'no digest unless one wants it');
select is(due('{"digest": "hourly"}', '2026-11-23 12:10+01'), '23. 13:00', 'each hour');
select is(due('{"digest": "daily", "digest_at": "08:00"}', '2026-11-23 08:00+01'), '24. 08:00', 'each day');
select is(due('{"digest": "daily", "digest_at": "08:00"}', '2026-03-28 09:00+01'), '29. 08:00', 'also after the clock changed');
select is(due('{"digest": "hourly", "quiet": true}', '2026-11-23 19:30+01'), '24. 07:00', 'not in quiet hours');
select is(due('{"digest": "daily", "digest_at": "06:00", "quiet": true}', '2026-11-23 19:30+01'), '24. 07:00', 'but when they are over');

-- preferences are one's own
select is(attempt('mortise_api', api, 'select mortise.own_preferences_set(''{"quiet": true, "toastOff": ["person", "person"]}'') ->> ''toastOff'''), '"[""person""]"', 'set') from t;
select is(attempt('mortise_api', api, 'select quiet from mortise.notification_preferences'), 't', 'one''s own') from t;
select is(attempt('mortise_api', tech, 'select count(*) from mortise.notification_preferences'), '0', 'not others''') from t;
select is(state_of(attempt('mortise_api', tech, 'select mortise.own_preferences_set(''{"mailOff": ["security"]}'')')), '23514', 'what is about the account always comes') from t;
select is(state_of(attempt('mortise_api', api, 'delete from mortise.notice_marks')), '42501', 'nobody changes marks by hand') from t;
select is(state_of(attempt(r, api, s)), '42501', r || ': ' || s) from t, (values ('mortise_api', 'select mortise.notices_expire(1)'),
  ('mortise_admin', 'select 1 from mortise.notices'), ('mortise_api', 'update mortise.notices set recipients = 1')) v (r, s);

-- what becomes a notification
create function tap.inbox(who text) returns text language sql as $$
  select attempt('mortise_api', who, 'select string_agg(topic || '' '' || title, '', '' order by sent_at) from mortise.notifications') $$;
delete from notices;
delete from outbox;
update users set created_at = now() - interval '1 day' where tenant_id = (select a from t);
select event_add(a, 'u.' || ua, 'TicketAssigned', jsonb_build_object('ticketId', ta, 'number', 1, 'title', 'T', 'byUserId', ua)),
  event_add(a, 'u.' || ua, 'TicketAssigned', jsonb_build_object('ticketId', ta, 'number', 2, 'title', 'T', 'byUserId', ua2)),
  event_add(a, 'u.' || ua, 'PasswordChanged', '{}'), event_add(a, 't.' || a, 'TicketUpdated', '{}') from fix \g /dev/null
select is(inbox(api), '"assigned Ticket #2 is yours, security Your password was changed"', 'not what one did to one''s own ticket') from t;
select is(inbox(tech), '', 'each has their own') from t;
-- a plugin that changes a ticket's state is somebody else unless a person acts by it
create function tap.rule(who text, given jsonb) returns text language sql as $$
  select attempt('mortise_api', who, format('select mortise.ticket_rule(x, %L) ->> ''events'' from mortise.tickets x where x.id = %L', given, ta)) from fix $$;
update tickets set assignee_id = (select ua2 from t) where id = (select ta from fix);
select is(rule(api, '{"state": "on_hold"}'), format('"{""TicketNewState"": [""u.%s""]}"', ua2), 'the other one hears of a state') from t;
select is(rule(act(a, null), '{"state": "on_hold"}'), (select format('"{""TicketNewState"": [%s]}"', string_agg(format('""u.%s""', x), ', ' order by x::text))
  from unnest(array[ua, ua2]) x), 'both, of what nobody did') from t;
select is(rule(api, '{"priority": "low"}'), '{}', 'and nobody of anything else') from t;
update users set created_at = now() + interval '1 hour' where id = (select ua from t);
select is(inbox(api), '', 'nothing of the time before one was there') from t;
update users set created_at = now() - interval '1 day' where id = (select ua from t);
select is(attempt('mortise_api', tech, format('select mortise.notice_seen_by(%L, 50)', 'u.' || ua || '.2')), '', 'who didn''t send it learns nothing') from t;
select is(attempt('mortise_api', api, 'select mortise.notifications_read(''2999-01-01'', true) is not null'), 't', 'all is read') from t;
select ok((select read_at <= clock_timestamp() from notification_reads r join t on r.user_id = ua), 'and nothing that is still to come');
select is((select string_agg(channel || ' ' || type, ', ') from outbox), 'u.' || ua || ' NotificationsRead', 'other devices hear of it') from t;
select is(attempt('mortise_api', tech, format('select mortise.notice_seen(%s, %L, 2)', a, 'u.' || ua)), '0', 'nobody counts others'' receipts') from t;
select * from finish();
rollback;
