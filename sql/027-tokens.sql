-- 027-tokens.sql - API tokens, by which programs ask without a password.
--
-- A token is found by its hash like a session (003-sign-in.sql), and ends like one: its channel is that of its hash, its row
-- goes, and triggers record what has to end (017-rights.sql). What it may is the scopes that were chosen for it, permissions by
-- name, and no more than that:
--   personal   acts as its person, who must still have the permission; ends with the person
--   service    belongs to the company and acts under a name of its own, which is a row of users (kind "service"); it keeps its
--              scopes when its maker leaves, so nobody makes one with more than they have
--
-- What a person does at the screen no token does: people, roles, tokens, companies, mails. Of what reaches beyond the company
-- there is one exception, so that a script can upload packages: the scope plugins:upload of a system admin's personal token.

create table tokens (
  tenant_id int not null,
  id uuid not null,
  user_id uuid not null,
  kind text not null check (kind in ('personal', 'service')),
  name text not null check (length(name) between 1 and 60 and name !~ '[[:cntrl:]]'),
  scopes text[] not null check (cardinality(scopes) between 1 and 100),
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  preview text not null check (preview ~ '^mt[ps]_\.\.\.[A-Za-z0-9]{4}$'),
  made_by uuid, -- NULL = the operator
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended bool not null default false,
  seen_at timestamptz,
  address text check (length(address) <= 64),
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  foreign key (tenant_id, made_by) references users on delete set null (made_by)
);
create index tokens_person on tokens (tenant_id, user_id);
create index tokens_expires on tokens (ended, expires_at); -- as that of sessions
comment on table tokens is 'API tokens by their hash. Policy "auth": mortise_auth alone, through token_find(); shown by the views '
  'own_tokens and company_tokens.';
comment on column tokens.user_id is 'As whom it acts.';
comment on column tokens.preview is 'The beginning and the end of the token, by which people know it.';
comment on column tokens.ended is 'Its time is over, and what it had open was closed.';
comment on column tokens.seen_at is 'Its last use, to a minute; NULL = none yet. The address is of that use.';
alter table tokens enable row level security, force row level security;
create policy auth on tokens to mortise_auth using (true) with check (true);
grant select, insert, update, delete on tokens to mortise_auth;

set local role mortise_auth;

-- --- scopes ----------------------------------------------------------------------------------------------

-- What everybody may who is signed in, and a token only when it was chosen.
create function token_scopes() returns table (place int, name text, label text)
language sql immutable parallel safe
begin atomic
  values (1, 'plugins:call', 'Use plugins'), (2, 'notifications:read', 'Receive notifications and live events');
end;

-- What can be chosen by somebody with these roles, of the company of the transaction. beyond: also what reaches beyond it.
create function scopes_of(roles text[], beyond bool)
returns table (name text, label text, source text, source_name text, enabled bool, part int, place int)
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select distinct g.permission, g.label, g.source, g.source_name, g.enabled, g.part + 1, g.position
  from role_gives g where g.role = any (scopes_of.roles) and (g.part = 2
    or g.permission <> all ('{users:write,roles:manage,tokens:manage,tenants:manage,mail:manage}')
      and (g.permission <> 'plugins:upload' or scopes_of.beyond))
  union all select s.name, s.label, 'core', 'Mortise', true, 1, s.place from token_scopes() s
$$;

create function own_scopes(beyond bool) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(json_agg(json_build_object('name', s.name, 'label', s.label, 'source', s.source, 'sourceName', s.source_name,
    'enabled', s.enabled) order by s.source <> 'core', s.source_name, s.source, s.part, s.place), '[]')
  from scopes_of(acting_roles(mortise.tenant()), own_scopes.beyond) s
$$;
comment on function own_scopes(bool) is 'What the acting person can choose for a token.';

-- --- who asks --------------------------------------------------------------------------------------------

-- As session_find(), and the scopes with what they imply.
create function token_find(token_hash text)
returns table (tenant int, tenant_code text, tenant_name text, user_id uuid, email text, name text,
  roles text, expires bigint, kind text, time_zone text, phone text, language text, theme text,
  permissions text, scopes text, token_name text, organization int, noted bool)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  return query
  select u.tenant_id, t.code, t.name, u.id, u.email, u.name, array_to_string(u.roles, ','),
    extract(epoch from k.expires_at)::bigint, k.kind, t.time_zone, u.phone, u.language, u.theme,
    array_to_string(array(select p.name from core_permissions() p where p.name = any (s.scopes)
      and (k.kind = 'service' and p.roles <> '{}' or p.name = any (core_of(u.tenant_id, u.roles))) order by p.place), ','),
    array_to_string(s.scopes, ','), k.name, t.organization_id, coalesce(k.seen_at > clock_timestamp() - interval '1 min', false)
  from tokens k
  join users u on u.tenant_id = k.tenant_id and u.id = k.user_id and (u.active or u.kind = 'service')
  join tenants t on t.id = k.tenant_id and t.state = 'active'
  cross join lateral (select k.scopes || array(select distinct i from core_permissions() p, unnest(p.implies) i
    where p.name = any (k.scopes) order by i) as scopes) s
  where k.token_hash = token_find.token_hash and k.expires_at > clock_timestamp();
end $$;

create function token_note(token_hash text, address text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update tokens k set address = token_note.address, seen_at = clock_timestamp()
    where k.token_hash = token_note.token_hash and (k.seen_at > clock_timestamp() - interval '1 min') is not true
$$;

-- --- making and ending -----------------------------------------------------------------------------------

-- Those of the scopes that can't be chosen; when there is none, the token is made. person: whose it is, or who makes a service
-- token, with these roles. most, most_all: tokens_per_person, tokens_per_company.
create function token_make(t int, kind text, person uuid, roles text[], id uuid, name text, scopes text[], token_hash text,
  preview text, days int, beyond bool, most int, most_all int) returns text[]
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  wrong constant text[] := array(select s from unnest(token_make.scopes) s
    where s not in (select o.name from scopes_of(token_make.roles, beyond and token_make.kind = 'personal') o));
  acts uuid := person;
begin
  if wrong <> '{}' then
    return wrong;
  end if;
  if token_make.kind = 'personal' and (select count(*) from tokens k where k.tenant_id = t and k.user_id = person
      and k.expires_at > now()) >= most then
    raise exception 'tokens-many: %', most using errcode = 'P0001';
  elsif (select count(*) from tokens k where k.tenant_id = t and k.expires_at > now()) >= most_all then
    raise exception 'tokens-many-company: %', most_all using errcode = 'P0001';
  end if;
  if token_make.kind = 'service' then
    acts := gen_random_uuid();
    insert into users (tenant_id, id, email, name, active, kind)
      values (t, acts, acts || '@service.invalid', 'Service: ' || token_make.name, false, 'service');
  end if;
  insert into tokens (tenant_id, id, user_id, kind, name, scopes, token_hash, preview, made_by, expires_at)
    values (t, token_make.id, acts, token_make.kind, token_make.name,
      array(select distinct s from unnest(token_make.scopes) s order by s), token_make.token_hash, token_make.preview,
      mortise.user_id(), now() + days * interval '1 day');
  return '{}';
end $$;

-- Takes turns with changes of people and roles (025-roles.sql): the rights of the acting person are those of now.
create function token_add(kind text, id uuid, name text, scopes text[], token_hash text, preview text, days int, beyond bool,
  most int, most_all int) returns text[]
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := mortise.tenant();
  own text[];
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || t, 0));
  own := acting_roles(t);
  if own is null or token_add.kind = 'service' and 'tokens:manage' <> all (core_of(t, own)) then
    raise exception 'permission-needed: %', 'tokens:manage' using errcode = '42501';
  end if;
  return token_make(t, token_add.kind, mortise.user_id(), own, token_add.id, token_add.name, token_add.scopes,
    token_add.token_hash, token_add.preview, days, beyond, most, most_all);
end $$;

-- How many it ended: the one with this id, or all. Of the acting person.
create function own_tokens_drop(id uuid) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n bigint;
begin
  delete from tokens k where k.tenant_id = mortise.tenant() and k.user_id = mortise.user_id()
    and (own_tokens_drop.id is null or k.id = own_tokens_drop.id);
  get diagnostics n = row_count;
  return n;
end $$;

-- Of anybody in the company.
create function company_token_drop(id uuid) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := mortise.tenant();
  n bigint;
begin
  if 'tokens:manage' = any (core_of(t, acting_roles(t))) is not true then
    raise exception 'permission-needed: %', 'tokens:manage' using errcode = '42501';
  end if;
  delete from tokens k where k.tenant_id = t and k.id = company_token_drop.id;
  get diagnostics n = row_count;
  return n;
end $$;

-- A deactivated person makes new ones when active again.
create function tokens_of_deactivated() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from tokens k where k.tenant_id = new.tenant_id and k.user_id = new.id;
  return null;
end $$;

-- Each second, with sessions_expire(). People see for 30 days what ended.
create function tokens_expire() returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n int;
begin
  with late as (
    update tokens k set ended = true where (k.tenant_id, k.id) in
      (select o.tenant_id, o.id from tokens o where not o.ended and o.expires_at <= clock_timestamp()
        order by o.expires_at limit 200 for update skip locked)
    returning k.token_hash)
  insert into rights_ended (channel) select session_channel(l.token_hash) from late l;
  get diagnostics n = row_count;
  delete from tokens where (tenant_id, id) in
    (select o.tenant_id, o.id from tokens o where o.ended and o.expires_at < now() - interval '30 days'
      order by o.expires_at limit 200 for update skip locked);
  return n;
end $$;

create function audit_token() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  k constant tokens := coalesce(new, old);
  said constant jsonb := jsonb_build_object('kind', k.kind, 'scopes', k.scopes, 'preview', k.preview, 'expires', iso(k.expires_at))
    || case when k.kind = 'personal' then jsonb_build_object('owner',
      (select u.name from users u where u.tenant_id = k.tenant_id and u.id = k.user_id)) else '{}' end;
begin
  if tg_op = 'INSERT' then
    perform audit_add(k.tenant_id, 'token.made', 'token', k.id::text, k.name, null, said);
  elsif not k.ended then
    perform audit_add(k.tenant_id, 'token.revoked', 'token', k.id::text, k.name, said, null);
  end if;
  return null;
end $$;

-- --- the operator's --------------------------------------------------------------------------------------

-- Of the person with this address, else a service token of the company with this code.
create function token_issue(email text, code text, id uuid, name text, scopes text[], token_hash text, preview text, days int,
  most int, most_all int) returns text[]
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
  t int;
begin
  if token_issue.email is null then
    t := tenant_named(token_issue.code);
  else
    who := user_named(token_issue.email);
    t := who.tenant_id;
    if not who.active then
      raise exception 'user-inactive' using errcode = 'P0001';
    end if;
  end if;
  perform set_config('mortise.tenant', t::text, true);
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || t, 0));
  return token_make(t, case when who.id is null then 'service' else 'personal' end, who.id,
    coalesce(who.roles, '{Admin}'), token_issue.id, token_issue.name, token_issue.scopes, token_issue.token_hash,
    token_issue.preview, days, true, most, most_all);
end $$;

create function token_list(code text, email text)
returns table (id uuid, tenant text, kind text, name text, owner text, preview text, scopes text[], expires timestamptz,
  seen timestamptz, address text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select k.id, t.code, k.kind, k.name, case k.kind when 'personal' then u.email end, k.preview, k.scopes, k.expires_at, k.seen_at, k.address
  from tokens k join tenants t on t.id = k.tenant_id join users u on u.tenant_id = k.tenant_id and u.id = k.user_id
  where (token_list.code is null or k.tenant_id = tenant_named(token_list.code))
    and (token_list.email is null or u.email = lower(token_list.email))
  order by t.code, k.kind, k.created_at, k.id
$$;

create function token_revoke(id uuid) returns text
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  delete from tokens k where k.id = token_revoke.id returning k.name
$$;

grant execute on function token_find(text), token_note(text, text) to mortise_api, mortise_admin;
grant execute on function own_scopes(bool), token_add(text, uuid, text, text[], text, text, int, bool, int, int),
  own_tokens_drop(uuid), company_token_drop(uuid) to mortise_api;
grant execute on function tokens_expire() to mortise_steward;
grant execute on function token_issue(text, text, uuid, text, text[], text, text, int, int, int), token_list(text, text),
  token_revoke(uuid), audit_token(), tokens_of_deactivated() to mortise_owner;

-- --- what the api pool shows -----------------------------------------------------------------------------

create view company_tokens with (security_barrier) as
  select k.tenant_id, k.id, k.kind, k.name, k.scopes, k.preview, case k.kind when 'personal' then k.user_id end as owner_id,
    case k.kind when 'personal' then u.name end as owner_name, m.name as made_by_name, k.created_at, k.expires_at, k.seen_at,
    k.address, k.expires_at <= now() as expired
  from tokens k
  join users u on u.tenant_id = k.tenant_id and u.id = k.user_id
  left join users m on m.tenant_id = k.tenant_id and m.id = k.made_by
  where k.tenant_id = (select tenant());
comment on view company_tokens is 'Tokens of the request''s tenant, without their hashes; guarded by its own condition.';

create view own_tokens with (security_barrier) as
  select k.tenant_id, k.id, k.name, k.scopes, k.preview, k.created_at, k.expires_at, k.seen_at, k.address, k.expired
  from company_tokens k where k.owner_id = (select user_id());
comment on view own_tokens is 'Personal tokens of the person of the transaction.';
revoke all on company_tokens, own_tokens from public;
grant select on company_tokens, own_tokens to mortise_api;
reset role;

-- 017-rights.sql: a token has a session's channel.
create trigger token_ended after delete on tokens referencing old table as gone
  for each statement execute function session_ended();
create trigger user_tokens after update of active on users for each row
  when (old.active and not new.active) execute function tokens_of_deactivated();
create trigger audit_token after insert or delete on tokens for each row execute function audit_token();
