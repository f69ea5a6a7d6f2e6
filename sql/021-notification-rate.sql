-- 021-notification-rate.sql - how many notifications a company's people, and each of its plugins, may raise
-- a minute. Every notification goes to every open stream of those it is for, so whoever raises them without
-- end takes the events of all companies.

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

set local role mortise_auth;

-- Plugins are counted where their transaction writes it down, people where the event is made. The row is
-- locked until the transaction ends, which only the same source of the same company waits for.
create function notification_counted() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  most constant int := coalesce((select b.value from bounds b where b.name = 'notifications_per_minute'), 600);
  now_is constant timestamptz := date_trunc('minute', clock_timestamp());
  had int;
begin
  insert into notification_rates as r (tenant_id, source, minute, n)
    values (new.tenant_id, coalesce(new.payload ->> 'pluginKey', ''), now_is, 1)
    on conflict on constraint notification_rates_pkey do update set minute = now_is,
      n = case when r.minute = now_is then r.n + 1 else 1 end
    returning r.n into had;
  if had > most then
    raise exception 'more than % notifications in a minute (notifications_per_minute): wait for the next one', most
      using errcode = 'MT429';
  end if;
  return new;
end $$;
grant execute on function notification_counted() to mortise_owner;
reset role;

create trigger notification_counted before insert on outbox for each row
  when (new.type = 'Notification') execute function notification_counted();
create trigger notification_counted before insert on events for each row
  when (new.type = 'Notification' and new.tenant_id > 0 and not new.payload ? 'pluginKey')
  execute function notification_counted();
