-- 034-sign-in-place.sql - a right password forgets the mistakes of the place that it came from, no others.
--
-- It used to clear every counter of the account: whoever guesses from elsewhere got new tries with each of the
-- owner's own sign-ins.

set local role mortise_auth;

-- The password was right: this try was no mistake, and place and device are known from now on. The counter of all
-- unknown places keeps the tries of others; where this try was the one that made them wait, they don't.
create or replace function login_right(email text, network text, device text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant text := left(lower(login_right.email), 254);
  place constant text := 'n:' || login_right.network;
  known text;
  tried timestamptz;
begin
  select s.source into known from login_sources s
    where s.email = who and s.source in ('d:' || login_right.device, place) order by s.source limit 1;
  delete from login_attempts a where a.email = who and a.source = coalesce(known, place)
    returning a.last_at into tried;
  if known is null and tried is not null then
    update login_attempts a set failures = a.failures - 1,
        locked_until = case when a.last_at is distinct from tried then a.locked_until end
      where a.email = who and a.source = '*';
    delete from login_attempts a where a.email = who and a.source = '*' and a.failures <= 0;
  end if;
  update login_attempts a set failures = a.failures - 1
    where a.email = '' and a.source = place and a.failures > 0;
  insert into login_sources as s (email, source)
    select l.email, v from logins l,
      unnest(array[place, 'd:' || nullif(login_right.device, '')]) v
    where l.email = who and v is not null
    on conflict on constraint login_sources_pkey do update set seen_at = now();
  delete from login_sources s where s.email = who and s.source in
    (select o.source from login_sources o where o.email = who order by o.seen_at desc, o.source offset 20);
end $$;

create or replace function login_done(email text, token_hash text, kind text, hours int) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who record;
  until timestamptz := date_trunc('second', now()) + hours * interval '1 hour';
begin
  select l.tenant_id, l.user_id, u.roles into who
    from logins l
    join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active
    join tenants t on t.id = l.tenant_id and t.state = 'active'
    where l.email = lower(login_done.email);
  if not found then
    raise exception 'nobody signs in with this address' using errcode = 'P0002';
  end if;
  if login_done.kind = 'system' and not who.roles @> array['SystemAdmin'] then
    return 0;
  end if;
  insert into sessions (token_hash, tenant_id, user_id, kind, expires_at)
    values (login_done.token_hash, who.tenant_id, who.user_id, login_done.kind, until);
  return extract(epoch from until);
end $$;

reset role;
