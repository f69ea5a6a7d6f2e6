-- When a company is open: breaks, nights, holidays, and the days on which the clock changes; and whose the pictures are.
\ir lib/start.psql
select plan(26);

create function tap.at(local text) returns timestamptz language sql as $$ select local::timestamp at time zone 'Europe/Berlin' $$;
create function tap.ask(question text) returns text language plpgsql as $$
begin
  return nullif(trim(both '"' from attempt('mortise_api', act((select a from fix), (select ua from fix)), 'select mortise.' || question)), '');
end $$;
create function tap.opens(at timestamptz) returns text language sql as
$$ select to_char(ask(format('business_opens(%L)', at))::timestamptz at time zone 'Europe/Berlin', 'YYYY-MM-DD HH24:MI') $$;
create function tap.minutes(a timestamptz, b timestamptz) returns numeric language sql as $$ select ask(format('business_minutes(%L, %L)', a, b))::numeric $$;
create function tap.due(a timestamptz, n numeric) returns text language sql as
$$ select to_char(ask(format('business_due(%L, %s)', a, n))::timestamptz at time zone 'Europe/Berlin', 'YYYY-MM-DD HH24:MI') $$;

-- Monday to Friday with a break, and the night to Sunday.
update tenants set time_zone = 'Europe/Berlin',
  hours = (select jsonb_agg(h) from (
    select jsonb_build_object('day', d, 'from', f, 'to', t) as h from generate_series(1, 5) d, (values ('08:00', '12:00'), ('13:00', '17:00')) v (f, t)
    union all values ('{"day": 6, "from": "22:00", "to": "24:00"}'::jsonb), ('{"day": 7, "from": "00:00", "to": "06:00"}')) x),
  holidays = '[{"date": "2020-12-25", "name": "Christmas", "yearly": true}, {"date": "2026-04-06", "name": "Easter Monday", "yearly": false}]'
where id = (select a from fix);

select is(ask(format('business_open(%L)', at(m))), o, m || ': ' || o) from (values
  ('2026-11-20 07:59:59', 'f'), ('2026-11-20 08:00', 't'), ('2026-11-20 12:00', 'f'), ('2026-11-20 16:59:59', 't'), ('2026-11-20 17:00', 'f'),
  ('2026-11-21 23:59', 't'), ('2026-11-22 00:00', 't'), ('2026-12-25 09:00', 'f'), ('2026-04-06 09:00', 'f'), ('2027-04-06 09:00', 't')) v (m, o);
select is(opens(at('2026-11-20 09:15')), '2026-11-20 09:15', 'open already');
select is(opens(at('2026-11-20 12:30')), '2026-11-20 13:00', 'behind the break');
select is(opens(at('2026-11-22 06:00')), '2026-11-23 08:00', 'on Monday');
select is(opens(at('2026-04-05 06:00')), '2026-04-07 08:00', 'behind a holiday');
select is(minutes(at('2026-11-20 11:00'), at('2026-11-23 09:00')), 60 + 240 + 480 + 60.0, 'over a break and a weekend with its night');
select is(minutes(at('2026-11-20 09:00'), at('2026-11-20 08:00')), 0.0, 'backwards is none');
select is(minutes(at('2026-10-25 00:00'), at('2026-10-25 12:00')), 420.0, 'the night in which the clock goes back has an hour more');
select is(minutes(at('2026-03-29 00:00'), at('2026-03-29 12:00')), 300.0, 'and the other one an hour less');
select is(due(at('2026-11-20 16:00'), 90), '2026-11-21 22:30', 'half an hour is left for the night');
select is(due(at('2026-10-25 01:00'), 300), '2026-10-25 05:00', 'through the hour that comes twice');
update tenants set hours = '[]' where id = (select a from fix);
select is(minutes(at('2026-12-24 12:00'), at('2026-12-26 12:00')), 1440.0, 'without hours around the clock, but for holidays');
update tenants set hours = '[{"day": 5, "from": "08:00", "to": "09:00"}]', holidays = (select jsonb_agg(jsonb_build_object('date', d::date, 'name', 'x', 'yearly', false))
  from generate_series('2026-01-01'::date, '2029-01-01', interval '1 day') d where extract(isodow from d) = 5) where id = (select a from fix);
select is(ask('business_opens(''2026-06-01 00:00+00'')'), null, 'a company that never opens');

-- pictures
create function tap.photo(who uuid, whose text) returns text language sql as $$
  select state_of(attempt('mortise_api', act((select a from fix), who), format('insert into mortise.pictures (tenant_id, user_id, hash, type, data)
    values (mortise.tenant(), %s, repeat(''a'', 64), ''image/png'', ''x'') returning 1', whose))) $$;
select is(photo(ua, quote_literal(ub)), '42501', 'nobody puts a photo of somebody else') from fix;
select is(state_of(attempt('mortise_api', act(a, ua), format('insert into mortise.pictures (tenant_id, user_id, hash, type, data)
    values (%s, null, repeat(''a'', 64), ''image/png'', ''x'') returning 1', b))), '42501', 'nor a logo of another company') from fix;
insert into pictures (tenant_id, user_id, hash, type, data) select b, ub, repeat('b', 64), 'image/png', 'x' from fix;
select is(attempt('mortise_api', act(a, ua), 'select count(*) from mortise.pictures'), '0', 'nor sees theirs') from fix;
select is(attempt('mortise_api', act(a, ua), 'delete from mortise.pictures returning 1'), 'none', 'nor deletes them') from fix;
select * from finish();
rollback;
