-- 031-profiles.sql - when a company is open, and what is raised when a picture changes. Profile, pictures and the person's
-- own choices are columns and rows of 002-tenants.sql.

set local role mortise_auth;

-- Pictures in the events and the audit log of what they belong to.
create function picture_changed() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  p constant pictures := case when tg_op = 'DELETE' then old else new end;
  was constant text := case when tg_op <> 'INSERT' then left(old.hash, 12) end;
  is_now constant text := case when tg_op <> 'DELETE' then left(new.hash, 12) end;
  t tenants;
  u users;
begin
  select * into t from tenants o where o.id = p.tenant_id and o.state = 'active';
  if t.id is null then
    return null; -- the company is on its way out
  elsif p.user_id is null then
    perform audit_add(t.id, 'company.changed', 'company', t.code, t.name, jsonb_build_object('logo', was), jsonb_build_object('logo', is_now));
    perform outbox_add(t.id, 't.' || t.id, 'TenantUpdated', jsonb_build_object('code', t.code, 'name', t.name, 'state', t.state,
      'timeZone', t.time_zone) || event_by(t.id));
    return null;
  end if;
  select * into u from users o where o.tenant_id = p.tenant_id and o.id = p.user_id;
  if u.id is not null then
    perform audit_add(t.id, 'user.changed', 'user', u.id::text, u.name, jsonb_build_object('photo', was), jsonb_build_object('photo', is_now));
    perform outbox_add(t.id, 't.' || t.id, 'UserUpdated', jsonb_build_object('userId', u.id, 'version', u.version, 'name', u.name,
      'active', u.active, 'photo', case when tg_op <> 'DELETE' then new.hash end) || event_by(t.id));
  end if;
  return null;
end $$;
grant execute on function picture_changed() to mortise_owner;

-- --- business time ---------------------------------------------------------------------------------------
--
-- Hours are of the company's clock, so a night in which it goes back has an hour more and the other one less. A time that
-- the clock leaves out is the one an hour later. A company without any hours is open around the clock, but for its holidays.

-- The intervals between two moments in which a company is open, not cut to them.
create function open_intervals(zone text, hours jsonb, holidays jsonb, after timestamptz, until timestamptz)
returns table (opens timestamptz, closes timestamptz)
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select i.opens, i.closes
  from generate_series(((open_intervals.after at time zone zone)::date - 1)::timestamp,
    ((until at time zone zone)::date + 1)::timestamp, interval '1 day') g (at)
  cross join lateral (select g.at::date as day) d
  cross join lateral jsonb_to_recordset(case when hours = '[]' then '[{"from": "00:00", "to": "24:00"}]' else hours end)
    as h (day int, "from" time, "to" time)
  cross join lateral (select (d.day + h."from") at time zone zone as opens, (d.day + h."to") at time zone zone as closes) i
  where coalesce(h.day, 0) in (0, extract(isodow from d.day))
    and not exists (select from jsonb_to_recordset(holidays) as f (date date, yearly bool)
      where f.date = d.day or f.yearly and to_char(f.date, 'MM-DD') = to_char(d.day, 'MM-DD'))
    and i.closes > i.opens and i.closes > open_intervals.after and i.opens < until
$$;

-- Of the transaction's company. It is looked ahead for 400 days: a later opening is none.
create function business_intervals(after timestamptz, until timestamptz) returns table (opens timestamptz, closes timestamptz)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select i.opens, i.closes from tenants t, open_intervals(t.time_zone, t.hours, t.holidays, business_intervals.after, until) i
  where t.id = mortise.tenant()
$$;

create function business_open(at timestamptz) returns bool
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select exists (select from business_intervals(at, at + interval '1 us') i where i.opens <= at and at < i.closes)
$$;
comment on function business_open(timestamptz) is 'Is the transaction''s company open at this moment?';

create function business_opens(at timestamptz) returns timestamptz
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select greatest(min(i.opens), at) from business_intervals(at, at + interval '400 days') i having count(*) > 0
$$;
comment on function business_opens(timestamptz) is 'This moment when the company is open, else the next at which it opens; NULL = never.';

create function business_minutes(after timestamptz, until timestamptz) returns numeric
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select round(coalesce(sum(extract(epoch from least(i.closes, until) - greatest(i.opens, business_minutes.after))), 0) / 60, 3)
  from business_intervals(business_minutes.after, until) i
$$;
comment on function business_minutes(timestamptz, timestamptz) is 'Minutes between two moments in which the company is open.';

create function business_due(at timestamptz, minutes numeric) returns timestamptz
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select i.opens + (business_due.minutes * 60 - (i.sum - i.seconds)) * interval '1 s' from (
    select s.opens, s.seconds, sum(s.seconds) over (order by s.opens) as sum from (
      select greatest(o.opens, at) as opens, extract(epoch from o.closes - greatest(o.opens, at)) as seconds
      from business_intervals(at, at + interval '400 days') o) s) i
  where i.sum >= business_due.minutes * 60 order by i.opens limit 1
$$;
comment on function business_due(timestamptz, numeric) is 'When so many minutes in which the company is open are over; NULL = never.';

grant execute on function open_intervals(text, jsonb, jsonb, timestamptz, timestamptz), business_intervals(timestamptz, timestamptz),
  business_open(timestamptz), business_opens(timestamptz), business_minutes(timestamptz, timestamptz),
  business_due(timestamptz, numeric) to mortise_core;
reset role;

create trigger picture_changed after insert or update or delete on pictures for each row execute function picture_changed();
