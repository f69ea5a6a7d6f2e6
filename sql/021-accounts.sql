-- 021-accounts.sql - what people see and change of their own account, and the operator of theirs: where they are
-- signed in.
--
-- The id of a session is the name of its channel (017-rights.sql), by which no request is let in.

set local role mortise_auth;

-- Of several workers that find a use not noted one notes it.
create function session_note(token_hash text, agent text, address text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update sessions s set agent = session_note.agent, address = session_note.address, seen_at = clock_timestamp()
    where s.token_hash = session_note.token_hash
      and (s.seen_at > clock_timestamp() - interval '5 min') is not true
$$;

create function sessions_of(tenant int, person uuid)
returns table (id text, kind text, agent text, address text, created timestamptz, seen timestamptz, expires timestamptz)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select substr(session_channel(s.token_hash), 3), s.kind, s.agent, s.address, s.created_at, s.seen_at, s.expires_at
  from sessions s where s.tenant_id = sessions_of.tenant and s.user_id = sessions_of.person
    and s.expires_at > clock_timestamp()
  order by coalesce(s.seen_at, s.created_at) desc, s.token_hash limit 200
$$;

-- How many it ended: the one with this id, or all but the one with this hash.
create function sessions_drop(tenant int, person uuid, id text, but text) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n bigint;
begin
  delete from sessions s where s.tenant_id = sessions_drop.tenant and s.user_id = sessions_drop.person
    and (sessions_drop.id is null or session_channel(s.token_hash) = 's.' || sessions_drop.id)
    and s.token_hash is distinct from sessions_drop.but;
  get diagnostics n = row_count;
  if n > 0 then
    perform audit_person(sessions_drop.tenant, sessions_drop.person, 'session.ended', jsonb_build_object('sessions', n));
  end if;
  return n;
end $$;

-- Of the acting person.
create function own_sessions()
returns table (id text, kind text, agent text, address text, created timestamptz, seen timestamptz, expires timestamptz)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select * from sessions_of(mortise.tenant(), mortise.user_id())
$$;

create function own_sessions_drop(id text, but text) returns bigint
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select sessions_drop(mortise.tenant(), mortise.user_id(), own_sessions_drop.id, own_sessions_drop.but)
$$;

-- The operator's.
create function user_sessions(email text)
returns table (id text, kind text, agent text, address text, created timestamptz, seen timestamptz, expires timestamptz)
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select s.* from user_named(user_sessions.email) u, sessions_of(u.tenant_id, u.id) s
$$;

create function user_sessions_drop(email text, id text) returns bigint
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select sessions_drop(u.tenant_id, u.id, user_sessions_drop.id, null) from user_named(user_sessions_drop.email) u
$$;

grant execute on function session_note(text, text, text) to mortise_api, mortise_admin;
grant execute on function own_sessions(), own_sessions_drop(text, text) to mortise_api;
grant execute on function user_sessions(text), user_sessions_drop(text, text) to mortise_owner;
reset role;
