-- Tries at a password are counted before it is looked at, by account and by where they come from: nobody
-- locks somebody else out, and no number of workers adds a try.
--
-- A try belongs to a source: 'd:<hash>' when the browser has a device mark of that account, else 'n:<address>'
-- (of IPv6 the /64). Three counters, each one row:
--   account, source   four mistakes are free, then waits of 2, 4, 8 s ... up to a quarter of an hour
--   account, '*'      all sources that the account never signed in from, together: 20 are free, then waits of
--                     30 s ... up to 5 min
--   '', source        all accounts from one address, which is one password tried on many: 100 in ten minutes
-- A source that the account signed in from before has its own counter alone. Unknown accounts have the same
-- counters, so that neither words nor times tell who exists. The numbers are login_tries, login_tries_account
-- and login_tries_address of mortise.conf.

delete from login_attempts;
alter table login_attempts drop constraint login_attempts_pkey;
alter table login_attempts add source text not null default '*';
alter table login_attempts add began_at timestamptz not null default now();
alter table login_attempts add constraint login_attempts_pkey primary key (email, source);
comment on table login_attempts is 'Mistakes in a row by address and source, known or not, so that a wait '
  'tells nothing of who exists. No tenant''s data; mortise_auth alone.';

create table login_sources (
  email text not null references logins on update cascade on delete cascade,
  source text not null,
  seen_at timestamptz not null default now(),
  primary key (email, source)
);
comment on table login_sources is 'Where somebody signed in from: devices and networks, the last twenty. '
  'Policy "auth": mortise_auth alone.';
alter table login_sources enable row level security, force row level security;
create policy auth on login_sources to mortise_auth using (true) with check (true);
grant select, insert, update, delete on login_sources to mortise_auth;

set local role mortise_auth;

drop function login_find(text);
drop function login_wait(text);
drop function login_failed(text);

-- A counter's row, locked. A day of rest forgets mistakes, ten minutes those of an address.
create function login_counter(email text, source text) returns login_attempts
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  a login_attempts;
begin
  insert into login_attempts as t (email, source, failures)
    values (login_counter.email, login_counter.source, 0)
    on conflict on constraint login_attempts_pkey do update set last_at = t.last_at
    returning t.* into a;
  if a.email = '' and a.began_at <= now() - interval '10 min' or a.last_at < now() - interval '1 day' then
    a.failures := 0;
    a.began_at := now();
    a.locked_until := null;
  end if;
  return a;
end $$;

-- One mistake more in it; from the one after `free` on, the next has to wait.
create function login_count(a login_attempts, free int, least_s int, most_s int) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update login_attempts t set failures = a.failures + 1, began_at = a.began_at, last_at = now(),
      locked_until = case when a.failures >= free
        then clock_timestamp() + least(most_s, least_s * 2 ^ least(a.failures - free, 12)) * interval '1 s' end
    where t.email = a.email and t.source = a.source
$$;

create function login_seconds(until timestamptz) returns int
language sql stable
as $$
  select coalesce(greatest(0, ceil(extract(epoch from until - clock_timestamp()))), 0)::int
$$;

-- A try at an account's password, before the password is looked at: how long it has to wait, by which bound
-- ('account', 'everywhere', 'address'), and else against which hash. Every try locks its rows in the same
-- order, so tries wait for each other, but never in a circle.
create function login_try(email text, network text, device text, tries int, tries_account int,
  tries_address int)
returns table (wait_seconds int, bound text, source text, password_hash text, usable bool)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  who constant text := left(lower(login_try.email), 254);
  place constant text := 'n:' || login_try.network;
  here text;
  own login_attempts;
  everywhere login_attempts;
  address login_attempts;
  wait int;
  why text := 'account';
begin
  select s.source into here from login_sources s
    where s.email = who and s.source in ('d:' || login_try.device, place) order by s.source limit 1;
  own := login_counter(who, coalesce(here, place));
  wait := login_seconds(own.locked_until);
  if here is null then
    everywhere := login_counter(who, '*');
    if wait = 0 then
      wait := login_seconds(everywhere.locked_until);
      why := 'everywhere';
    end if;
  end if;
  if coalesce(here, place) = place then
    address := login_counter('', place);
    if wait = 0 and address.failures >= login_try.tries_address then
      wait := greatest(1, login_seconds(address.began_at + interval '10 min'));
      why := 'address';
    end if;
  end if;
  if wait > 0 then
    return query select wait, why, own.source, null::text, false;
    return;
  end if;
  perform login_count(own, login_try.tries - 1, 2, 900);
  if everywhere.email is not null then
    perform login_count(everywhere, login_try.tries_account - 1, 30, 300);
  end if;
  if address.email is not null then
    perform login_count(address, login_try.tries_address + 1, 0, 0);
  end if;
  return query select 0, '', own.source, l.password_hash, coalesce(u.active and t.state = 'active', false)
    from (select) one
    left join logins l on l.email = who
    left join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
    left join tenants t on t.id = l.tenant_id;
end $$;
comment on function login_try(text, text, text, int, int, int) is 'Counts a try at a password and says '
  'whether it may be made, and against which hash.';

-- After a mistake: how long the next try from there has to wait.
create function login_wait(email text, source text) returns int
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(max(login_seconds(a.locked_until)), 0) from login_attempts a
  where a.email = left(lower(login_wait.email), 254) and a.source = login_wait.source
$$;

-- The password was right: this try was no mistake, and place and device are known from now on.
create function login_right(email text, network text, device text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant text := lower(login_right.email);
begin
  delete from login_attempts a where a.email = who;
  update login_attempts a set failures = a.failures - 1
    where a.email = '' and a.source = 'n:' || login_right.network and a.failures > 0;
  insert into login_sources as s (email, source)
    select l.email, v from logins l,
      unnest(array['n:' || login_right.network, 'd:' || nullif(login_right.device, '')]) v
    where l.email = who and v is not null
    on conflict on constraint login_sources_pkey do update set seen_at = now();
  delete from login_sources s where s.email = who and s.source in
    (select o.source from login_sources o where o.email = who order by o.seen_at desc, o.source offset 20);
end $$;

grant execute on function login_try(text, text, text, int, int, int), login_wait(text, text),
  login_right(text, text, text) to mortise_api;
reset role;
