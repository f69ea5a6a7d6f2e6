-- 026-mail.sql - mails to people, until the operator's server has taken them.
--
-- A mail stands here without its text, and no secret is in it: the steward of a host that takes it makes the one-time
-- link of an invitation or a reset just before it sends it, so each try has a link of its own and ends the one
-- before. From 'sending' a mail goes back to 'waiting' when its steward was killed; 'given' is a mail of which the server
-- has the whole text and hasn't answered. What is found in that state later may have arrived, and is not sent
-- again by itself ('unknown'): nobody gets a mail twice. 'failed' is what the server refused, was tried for too long, or,
-- without a fault, what nobody needs any more.

create table mails (
  tenant_id int not null,
  id uuid not null,
  user_id uuid, -- NULL, and tenant 0: somebody who has no account (030-tenancy.sql), of whom the next four are
  name text,
  company text,
  language text,
  reason text,
  agent text check (length(agent) <= 400), -- of 'device': with what somebody signed in, and from where
  origin text check (length(origin) <= 64),
  kind text not null check (kind in ('invite', 'reset', 'test', 'refused', 'register', 'password', 'factor', 'digest', 'device')),
  address text not null,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'given', 'sent', 'failed', 'unknown')),
  tries int not null default 0,
  fault text check (length(fault) <= 400),
  made_by uuid, -- NULL = nobody who is signed in, or the operator
  made_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  foreign key (tenant_id, made_by) references users on delete set null (made_by),
  check ((user_id is null) = (tenant_id = 0))
);
-- One of a kind waits for a person: asking twice sends one.
create unique index mails_open on mails (tenant_id, user_id, kind) where state in ('waiting', 'sending', 'given');
-- The steward's question, of all companies.
create index mails_due on mails (due_at) where state in ('waiting', 'sending', 'given');
comment on table mails is 'Mails and what became of them. Policy "auth": mortise_auth alone; the steward takes those '
  'of all companies, and the system administration lists them.';
alter table mails enable row level security, force row level security;
create policy auth on mails to mortise_auth using (true) with check (true);
grant select, insert, update, delete on mails to mortise_auth;

set local role mortise_auth;

-- --- asking for one ------------------------------------------------------------------------------------

-- To somebody whose row the caller has locked.
create function mail_add(who users, kind text, id uuid) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  insert into mails as m (tenant_id, id, user_id, kind, address, made_by)
    values (who.tenant_id, mail_add.id, who.id, mail_add.kind, who.email, mortise.user_id())
    on conflict (tenant_id, user_id, kind) where state in ('waiting', 'sending', 'given') do nothing;
end $$;

-- To somebody who signs in on a device that is new to them. The server's times are those of the mail's row.
create function mail_device(email text) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  insert into mails (tenant_id, id, user_id, kind, address, agent, origin)
    select u.tenant_id, gen_random_uuid(), u.id, 'device', u.email, left(nullif(s.part[4], ''), 400), left(nullif(s.part[2], ''), 64)
    from logins l join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active and u.kind = 'person'
    cross join (select string_to_array(coalesce(current_setting('mortise.source', true), ''), E'\n') as part) s
    where l.email = mail_device.email
    on conflict (tenant_id, user_id, kind) where state in ('waiting', 'sending', 'given') do nothing
$$;

-- The link of an invitation or a reset, to somebody of the acting person's company: which of the two, and where to. No
-- row when there is nobody.
create function mail_link(id uuid, mail uuid)
returns table (purpose text, address text)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  who constant users := link_person(mail_link.id);
begin
  if who.id is null then
    return;
  end if;
  if not who.active then
    raise exception 'user-inactive' using errcode = 'P0001';
  end if;
  purpose := case when who.pending then 'invite' else 'reset' end;
  address := who.email;
  -- What the one who asks for it could copy so far ends here.
  delete from links l where l.tenant_id = who.tenant_id and l.user_id = who.id;
  perform mail_add(who, purpose, mail_link.mail);
  return next;
end $$;

-- From the sign-in, where nobody is signed in: says nothing of who has an account. Each counts as a mistake of its
-- network; a person gets one in two minutes and five in an hour at most. How many seconds to wait
-- when there were too many mistakes, else 0.
create function mail_forgotten(email text, mail uuid, network text, tries int) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  place login_attempts := login_counter('', 'n:' || mail_forgotten.network);
  who users;
begin
  if place.failures >= tries then
    return greatest(1, login_seconds(place.began_at + interval '10 min'));
  end if;
  perform login_count(place, tries + 1, 0, 0);
  select u.* into who from logins l
    join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.active
    join tenants t on t.id = l.tenant_id and t.state = 'active'
    where l.email = left(lower(mail_forgotten.email), 254) for no key update of u;
  if who.id is not null and not exists (select from mails m where m.tenant_id = who.tenant_id and m.user_id = who.id
      and m.kind in ('invite', 'reset') and m.made_at > now() - interval '2 min')
    and (select count(*) from mails m where m.tenant_id = who.tenant_id and m.user_id = who.id
      and m.made_at > now() - interval '1 hour') < 5 then
    perform mail_add(who, case when who.pending then 'invite' else 'reset' end, mail_forgotten.mail);
  end if;
  -- Whether there was a mail to add doesn't show in the time: COMMIT waits for the disk either way.
  perform pg_sleep(greatest(0, 0.02 - extract(epoch from clock_timestamp() - statement_timestamp())));
  return 0;
end $$;

-- To the acting person.
create function mail_test(mail uuid) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
begin
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = mortise.user_id();
  perform mail_add(who, 'test', mail_test.mail);
  return who.email;
end $$;

-- --- the steward's -------------------------------------------------------------------------------------

-- When the next is due, or a digest; NULL = none waits.
create function mail_next() returns timestamptz
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select least((select min(m.due_at) from mails m where m.state in ('waiting', 'sending', 'given')),
    (select min(p.digest_due) from notification_preferences p where p.digest_due is not null))
$$;

-- Up to when notifications were in a digest: one that was sent, or may have been, isn't repeated.
create function digest_ended(m mails) returns void
language sql
as $$
  update notification_preferences p set digest_until = m.made_at
    where m.kind = 'digest' and p.tenant_id = m.tenant_id and p.user_id = m.user_id
$$;

-- The one that is due longest, for so many seconds: until then nobody else takes it. Its link works
-- from now on, when it is one. A person who was deactivated meanwhile gets none, nor one who has read meanwhile what a digest
-- would have said; and what is news of yesterday isn't sent. No row: nothing is due.
create function mail_take(hold_s int, token_hash text, invite_s int, reset_s int)
returns table (tenant_id int, id uuid, kind text, address text, name text, company text, language text, tries int,
  age_s int, until text, reason text, n int, items text, stop text, agent text, origin text)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  m mails;
  who users;
  ends timestamptz;
  unread int; -- of a digest, and its lines
  lines text;
  key text;
begin
  for m in update mails set state = 'unknown', ended_at = now(), fault = null where state = 'given' and due_at <= now()
      returning * loop
    perform digest_ended(m);
  end loop;
  perform digests_make(50);
  loop
    select x.* into m from mails x where x.state in ('waiting', 'sending') and x.due_at <= now()
      order by x.due_at limit 1 for update skip locked;
    if m.id is null then
      return;
    end if;
    if m.user_id is null then
      who := null;
      ends := case m.kind when 'register' then registration_link_renew(m.id, mail_take.token_hash) else 'infinity' end;
      exit when ends is not null;
    end if;
    select u.* into who from users u join tenants t on t.id = u.tenant_id and t.state = 'active'
      where u.tenant_id = m.tenant_id and u.id = m.user_id and u.active for no key update of u;
    select d.n, d.items, d.stop into unread, lines, key from digest_of(who, m.made_at) d where m.kind = 'digest';
    exit when who.id is not null and (m.kind <> 'invite' or who.pending) and (m.kind <> 'digest' or unread > 0)
      and (m.kind not in ('password', 'factor', 'digest', 'device') or m.made_at > now() - interval '1 day');
    update mails x set state = 'failed', ended_at = now(), fault = null
      where x.tenant_id = m.tenant_id and x.id = m.id;
  end loop;
  if m.kind in ('invite', 'reset') then
    select l.purpose, to_timestamp(l.expires) into m.kind, ends from link_add(who, mail_take.token_hash, invite_s, reset_s) l;
  elsif m.kind = 'device' then
    ends := m.made_at;
  end if;
  update mails x set state = 'sending', tries = x.tries + 1, due_at = now() + hold_s * interval '1 s'
    where x.tenant_id = m.tenant_id and x.id = m.id;
  return query select m.tenant_id, m.id, m.kind, m.address, coalesce(who.name, m.name), coalesce(t.name, m.company),
    said.language, m.tries + 1, extract(epoch from now() - m.made_at)::int,
    to_char(ends at time zone coalesce(who.time_zone, t.time_zone, 'UTC'), case said.language when 'de'
      then 'DD.MM.YYYY HH24:MI' else 'YYYY-MM-DD HH24:MI' end) || case when t.id is null then ' UTC' else '' end, m.reason,
    unread, lines, key, m.agent, m.origin
    from (select 1) one left join tenants t on t.id = m.tenant_id
    cross join lateral (select coalesce(who.language, m.language, left(t.locale, 2)) as language) said;
end $$;

-- The server is about to have all of it. False = somebody else took it meanwhile.
create function mail_give(tenant int, id uuid, tries int) returns bool
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update mails m set state = 'given' where m.tenant_id = mail_give.tenant and m.id = mail_give.id
    and m.state = 'sending' and m.tries = mail_give.tries returning true
$$;

-- What became of it; 'waiting' again in so many seconds.
create function mail_done(tenant int, id uuid, tries int, state text, fault text, again_s int) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  x mails;
begin
  update mails m set state = mail_done.state, fault = left(mail_done.fault, 400),
      due_at = now() + again_s * interval '1 s',
      ended_at = case when mail_done.state <> 'waiting' then now() end
    where m.tenant_id = mail_done.tenant and m.id = mail_done.id and m.state in ('sending', 'given')
      and m.tries = mail_done.tries
    returning m.* into x;
  if x.state in ('sent', 'unknown') then
    perform digest_ended(x);
  end if;
end $$;

-- Those that ended a month ago, and news that nobody sends (a server without mails); at most so many.
create function mails_expire(most int) returns bigint
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with gone as (
    delete from mails m where (m.tenant_id, m.id) in (select x.tenant_id, x.id from mails x
      where x.ended_at < now() - interval '30 days' or x.ended_at is null and x.kind in ('password', 'factor', 'digest', 'device')
        and x.made_at < now() - interval '2 days' limit mails_expire.most) returning 1)
  select count(*) from gone
$$;

-- --- the system administration's -----------------------------------------------------------------------

create function mail_page(state text, sort text, size int, skip int)
returns table (total bigint, waiting bigint, items json)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with found as (
    select m.* from mails m where mail_page.state is null
      or case when m.state in ('sending', 'given') then 'waiting' else m.state end = mail_page.state
  ), page as (
    select f.*, coalesce(t.name, f.company) as of_company, coalesce(t.code, '') as code, row_number() over (order by
        case mail_page.sort when 'to' then f.address when 'company' then lower(coalesce(t.name, f.company)) when 'state' then f.state end,
        case mail_page.sort when '-to' then f.address when '-company' then lower(coalesce(t.name, f.company)) when '-state' then f.state end desc,
        case mail_page.sort when 'tries' then f.tries when '-tries' then -f.tries end,
        case mail_page.sort when 'made' then f.made_at end, f.made_at desc, f.id) as place
    from found f left join tenants t on t.id = f.tenant_id order by place limit size offset skip
  )
  select (select count(*) from found),
    (select count(*) from mails m where m.state in ('waiting', 'sending', 'given')),
    coalesce((select json_agg(json_build_object('id', p.id, 'kind', p.kind, 'address', p.address,
      'company', p.of_company, 'companyCode', p.code, 'state', p.state, 'tries', p.tries, 'fault', p.fault,
      'madeAt', iso(p.made_at), 'dueAt', case when p.state = 'waiting' then iso(p.due_at) end,
      'endedAt', iso(p.ended_at)) order by p.place) from page p), '[]')
$$;

-- Now, whatever became of it; NULL = there is no such mail, or it is being sent. One that waits as well is left.
create function mail_again(id uuid) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  m mails;
begin
  select x.* into m from mails x where x.id = mail_again.id and x.state not in ('sending', 'given') for update;
  if m.id is null then
    return null;
  end if;
  if m.state <> 'waiting' and exists (select from mails x where x.tenant_id = m.tenant_id and x.user_id = m.user_id
      and x.kind = m.kind and x.state in ('waiting', 'sending', 'given')) then
    raise exception 'mail-waits' using errcode = 'P0001';
  end if;
  update mails x set state = 'waiting', due_at = now(), ended_at = null, fault = null, made_at = now()
    where x.tenant_id = m.tenant_id and x.id = m.id;
  return m.address;
end $$;

-- Takes it out of the list; NULL as above.
create function mail_drop(id uuid) returns text
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  delete from mails m where m.id = mail_drop.id and m.state not in ('sending', 'given') returning m.address
$$;

grant execute on function mail_link(uuid, uuid), mail_forgotten(text, uuid, text, int) to mortise_api;
grant execute on function mail_test(uuid), mail_page(text, text, int, int), mail_again(uuid), mail_drop(uuid) to mortise_admin;
grant execute on function mail_next(), mail_take(int, text, int, int), mail_give(int, uuid, int),
  mail_done(int, uuid, int, text, text, int), mails_expire(int) to mortise_steward;
reset role;
