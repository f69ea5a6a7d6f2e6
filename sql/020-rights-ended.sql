-- 020-rights-ended.sql - what is open closes when the right to it ends.
--
-- Every event stream has its session's channel s.<name> beside its others. Whatever ends a session, changes
-- a person's roles or stops a company, triggers write which channel's streams have to end; the steward of
-- every host closes them in its own nchan and writes that down. Who answers "signed out" waits for that
-- (fcgi/auth/rights.h). Whoever changes the rows, by whatever way, gets this without asking for it.

create table rights_ended (
  id bigint primary key generated always as identity,
  channel text not null check (channel ~ '^[stu]\.[a-z0-9-]{1,60}$'),
  ended_at timestamptz not null default clock_timestamp()
);
create index rights_ended_at on rights_ended (ended_at);
comment on table rights_ended is 'Channels whose streams have to end, for the stewards of all hosts. No '
  'tenant''s data; no policy: triggers of mortise_auth write it, stewards read it and delete what is old.';

create table stewards (
  host text primary key check (host ~ '^[0-9a-f]{32}$'),
  seen_at timestamptz not null default now()
);
comment on table stewards is 'Hosts whose steward lives, by a name that each made for itself. No tenant''s '
  'data; no policy: each steward writes its row every few seconds.';

create table rights_closed (
  id bigint not null references rights_ended on delete cascade,
  host text not null,
  primary key (id, host)
);
comment on table rights_closed is 'Which host has closed what of rights_ended. No tenant''s data; no policy: '
  'stewards write it.';

grant select, delete on rights_ended to mortise_steward;
grant select, insert, update, delete on stewards to mortise_steward;
grant select, insert on rights_closed to mortise_steward;
grant select, insert on rights_ended to mortise_auth;
grant select on stewards, rights_closed to mortise_auth;

create index if not exists sessions_expires on sessions (expires_at);

-- --- functions of mortise_auth -----------------------------------------------------------------------
set local role mortise_auth;

-- Half of a hash of the hash by which the session is found: it names the session to nobody.
create function session_channel(token_hash text) returns text
language sql immutable parallel safe
return 's.' || left(encode(sha256(convert_to('stream:' || token_hash, 'UTF8')), 'hex'), 32);

create function session_ended() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into rights_ended (channel) select session_channel(g.token_hash) from gone g;
  return null;
end $$;

-- Other roles hear other channels: the streams end and open again with what holds now. Sessions of a
-- deactivated person rest, as those of a suspended company: session_find() doesn't find them.
create function user_changed() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into rights_ended (channel) values ('u.' || new.id);
  return null;
end $$;

create function tenant_changed() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into rights_ended (channel) values ('t.' || new.id);
  return null;
end $$;

create function rights_mark() returns bigint
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(max(id), 0) from rights_ended
$$;
comment on function rights_mark() is 'What has ended so far, for rights_pending().';

-- A host whose steward says nothing for a minute and a half has no stream left: they end when no heartbeat
-- comes for a minute.
create function rights_pending(mark bigint) returns text
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select string_agg(distinct h.host, ',')
  from stewards h cross join rights_ended e
  where h.seen_at > clock_timestamp() - interval '90 s' and e.id <= mark
    and e.ended_at > clock_timestamp() - interval '90 s'
    and not exists (select from rights_closed c where c.id = e.id and c.host = h.host)
$$;
comment on function rights_pending(bigint) is
  'Hosts that have not closed all that ended up to this mark; NULL = all have.';

-- Each second, so that no stream outlives its session by more.
create function sessions_expire() returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n int;
begin
  delete from sessions where token_hash in
    (select s.token_hash from sessions s where s.expires_at <= clock_timestamp()
      order by s.expires_at limit 200 for update skip locked);
  get diagnostics n = row_count;
  return n;
end $$;

-- Whether there was one.
drop function session_end(text);
create function session_end(token_hash text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from sessions s where s.token_hash = session_end.token_hash;
  return found;
end $$;

grant execute on function rights_mark(), rights_pending(bigint), session_end(text)
  to mortise_api, mortise_admin;
grant execute on function sessions_expire() to mortise_steward;
grant execute on function session_ended(), user_changed(), tenant_changed() to mortise_owner;
reset role;

create trigger session_ended after delete on sessions referencing old table as gone
  for each statement execute function session_ended();
create trigger user_changed after update of active, roles on users for each row
  when (old.active and not new.active or old.roles is distinct from new.roles)
  execute function user_changed();
create trigger tenant_changed after update of state on tenants for each row
  when (old.state = 'active' and new.state <> 'active') execute function tenant_changed();
