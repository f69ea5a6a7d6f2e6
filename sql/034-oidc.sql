-- 034-oidc.sql - signing in by OpenID Connect: the providers, who is known there, and sign-ins that have begun.
--
-- A provider is the server's (tenant_id NULL, by `mortise oidc`) or a company's, by its administrators. It decides who is signed
-- in as anybody whom it knows, so a company's reaches no account of another one and no system admin, and only somebody with all
-- permissions of the company makes or changes it.
--
-- A person is known by provider and subject, never by address alone: an address finds an account once, at the first
-- sign-in, when the provider says that it is verified and its domain is one of those listed. A provider keeps its
-- issuer for its life, so a subject keeps its meaning.
--
-- A company may require one of its own (required). People who administer the company are free to sign in otherwise, so that no
-- provider that fails, and no administrator who leaves, locks the company out; so are system admins, whom a company's provider
-- doesn't sign in at all. Others then have the sessions that it made, and no others; API tokens stay.
--
-- A sign-in that has begun is found by the hash of its state and belongs to the browser with the cookie of that hash; nonce
-- and PKCE verifier are made of both secrets (fcgi/oidc/flow.c), so nothing here ends somebody else's sign-in.

create table oidc_providers (
  id uuid primary key,
  tenant_id int references tenants, -- NULL = the server's
  name text not null check (length(name) between 1 and 60),
  issuer text not null check (length(issuer) between 8 and 200),
  client_id text not null check (length(client_id) between 1 and 255),
  secrets jsonb,
  key_id int,
  scopes text not null default 'openid email profile' check (length(scopes) between 6 and 200),
  role_claim text check (length(role_claim) between 1 and 100),
  role_map jsonb not null default '[]',
  default_roles text[] not null default '{}' check (cardinality(default_roles) <= 8),
  creates bool not null default false,
  links bool not null default false,
  domains text[] not null default '{}' check (cardinality(domains) <= 50),
  home_id int references tenants on delete set null, -- of one of the server: where it makes accounts
  enabled bool not null default true,
  required bool not null default false,
  signs_out bool not null default false,
  version int not null default 1,
  document jsonb,
  document_at timestamptz,
  keys jsonb,
  keys_at timestamptz,
  tries int not null default 0,
  tries_at timestamptz not null default now(),
  silent_until timestamptz,
  noted_at timestamptz,
  check ((secrets is null) = (key_id is null)),
  check (tenant_id is null or home_id is null),
  check (tenant_id is not null or not required)
);
create unique index oidc_providers_name on oidc_providers (coalesce(tenant_id, 0), lower(name));
comment on table oidc_providers is 'Providers of OpenID Connect, of a company or (tenant_id NULL) of the server. Policy "auth": mortise_auth '
  'alone, through the functions below.';
comment on column oidc_providers.secrets is 'The client secret, sealed as those of plugins are (crypt/seal.h) by key_id; NULL = a public client.';
comment on column oidc_providers.role_map is '[{"value", "role"}]: who has the value in role_claim has the role.';
comment on column oidc_providers.tries is 'How often the keys were fetched anew since tries_at because a token named another one.';
comment on column oidc_providers.silent_until is 'It did not answer: until then nobody waits for it.';
comment on column oidc_providers.required is 'People of the company sign in by this one only, but those who administer it.';
comment on column oidc_providers.signs_out is 'Signing out here goes on there, where its document has an end_session_endpoint.';
alter table oidc_providers enable row level security, force row level security;
create policy auth on oidc_providers to mortise_auth using (true) with check (true);
grant select, insert, update, delete on oidc_providers to mortise_auth;

create table oidc_identities (
  tenant_id int not null,
  user_id uuid not null,
  provider_id uuid not null references oidc_providers on delete cascade,
  subject text not null check (length(subject) between 1 and 255),
  linked_at timestamptz not null default now(),
  used_at timestamptz not null default now(),
  primary key (provider_id, subject),
  foreign key (tenant_id, user_id) references users on delete cascade
);
create index oidc_identities_person on oidc_identities (tenant_id, user_id);
comment on table oidc_identities is 'As whom a provider knows somebody. Policy "auth": mortise_auth alone.';
alter table oidc_identities enable row level security, force row level security;
create policy auth on oidc_identities to mortise_auth using (true) with check (true);
grant select, insert, update, delete on oidc_identities to mortise_auth;

create table oidc_signins (
  state_hash text primary key check (state_hash ~ '^[0-9a-f]{64}$'),
  browser_hash text not null check (browser_hash ~ '^[0-9a-f]{64}$'),
  provider_id uuid not null references oidc_providers on delete cascade,
  network text not null,
  back text not null check (length(back) between 1 and 1000),
  began_at timestamptz not null default now()
);
create index oidc_signins_began on oidc_signins (began_at);
create index oidc_signins_network on oidc_signins (network);
comment on table oidc_signins is 'Sign-ins that have begun, for ten minutes, by hashes of what the browser has. No tenant''s data; '
  'mortise_auth alone.';
alter table oidc_signins enable row level security, force row level security;
create policy auth on oidc_signins to mortise_auth using (true) with check (true);
grant select, insert, update, delete on oidc_signins to mortise_auth;

set local role mortise_auth;

-- --- which there are -------------------------------------------------------------------------------------

create function oidc_usable(p oidc_providers) returns bool
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select p.enabled and (p.tenant_id is null or exists (select from tenants t where t.id = p.tenant_id and t.state = 'active'))
$$;

-- Those of the company by which somebody with these roles has to sign in, and did not; NULL = none.
create function provider_needed(tenant int, roles text[], provider uuid) returns text
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select string_agg(p.name, ', ' order by p.name) from oidc_providers p
  where p.tenant_id = provider_needed.tenant and p.required and oidc_usable(p)
    and not 'SystemAdmin' = any (provider_needed.roles) and not administers(provider_needed.tenant, provider_needed.roles)
  having not coalesce(bool_or(p.id = provider_needed.provider), false)
$$;

-- The lock is for a session that begins while a provider becomes required: it is refused, or ended.
create function provider_check(tenant int, roles text[], provider uuid) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  names text;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('mortise provider ' || tenant, 0));
  names := provider_needed(tenant, roles, provider);
  if names is not null then
    raise exception 'provider-only: %', names using errcode = '42501';
  end if;
end $$;

-- For the sign-in page: those of the server, and a company's. A code that nobody has is one of a company without.
create function oidc_shown(code text) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name) order by p.tenant_id nulls first, p.name), '[]')
  from oidc_providers p left join tenants t on t.id = p.tenant_id
  where oidc_usable(p) and (p.tenant_id is null or t.code = lower(oidc_shown.code))
$$;

-- What the flow needs of one. fresh_s: how long its document counts as fresh, its keys as well.
create function oidc_provider(id uuid, fresh_s int)
returns table (tenant int, name text, issuer text, client_id text, secrets jsonb, key_id int, scopes text, role_claim text,
  document jsonb, keys jsonb, silent bool)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(p.tenant_id, 0), p.name, p.issuer, p.client_id, p.secrets, p.key_id, p.scopes, p.role_claim,
    case when p.document_at > now() - fresh_s * interval '1 s' then p.document end,
    case when p.keys_at > now() - fresh_s * interval '1 s' then p.keys end, coalesce(p.silent_until > now(), false)
  from oidc_providers p where p.id = oidc_provider.id and oidc_usable(p)
$$;

create function oidc_remember(id uuid, document jsonb, keys jsonb) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update oidc_providers p set document = coalesce(oidc_remember.document, p.document),
      document_at = case when oidc_remember.document is null then p.document_at else now() end,
      keys = coalesce(oidc_remember.keys, p.keys),
      keys_at = case when oidc_remember.keys is null then p.keys_at else now() end, silent_until = null
    where p.id = oidc_remember.id
$$;

-- May the keys be fetched before their time, because a token names one that isn't among them? A few times a minute.
create function oidc_may_renew(id uuid, most int) returns bool
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update oidc_providers p set tries = case when p.tries_at > now() - interval '1 min' then p.tries + 1 else 1 end,
      tries_at = case when p.tries_at > now() - interval '1 min' then p.tries_at else now() end
    where p.id = oidc_may_renew.id returning p.tries <= most
$$;

-- --- a sign-in -------------------------------------------------------------------------------------------

-- Begins one; false = too many have begun, from this network or altogether.
create function oidc_begin(provider uuid, state_hash text, browser_hash text, network text, back text, most int, most_all int)
returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from oidc_signins s where s.state_hash in (select o.state_hash from oidc_signins o
    where o.began_at < now() - interval '10 min' order by o.began_at limit 200 for update skip locked);
  if (select count(*) from oidc_signins s where s.network = oidc_begin.network) >= most
    or (select count(*) from oidc_signins) >= most_all then
    return false;
  end if;
  insert into oidc_signins (state_hash, browser_hash, provider_id, network, back)
    values (oidc_begin.state_hash, oidc_begin.browser_hash, oidc_begin.provider, oidc_begin.network, oidc_begin.back);
  return true;
end $$;

-- Takes one up, once, by the browser that began it.
create function oidc_take(state_hash text, browser_hash text) returns table (provider uuid, back text)
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  delete from oidc_signins s where s.state_hash = oidc_take.state_hash and s.browser_hash = oidc_take.browser_hash
    and s.began_at > now() - interval '10 min'
  returning s.provider_id, s.back
$$;

-- What failed is in the log each time, in the audit log once a minute and provider.
create function oidc_failed(provider uuid, cause text, silent_s int) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  p oidc_providers;
begin
  update oidc_providers o set noted_at = case when o.noted_at > now() - interval '1 min' then o.noted_at else now() end,
      silent_until = case when silent_s > 0 then now() + silent_s * interval '1 s' else o.silent_until end
    where o.id = oidc_failed.provider returning * into p;
  if p.noted_at = now() then
    perform audit_add(coalesce(p.tenant_id, 0), 'signin.failed', 'provider', p.id::text, p.name, null,
      jsonb_build_object('cause', left(oidc_failed.cause, 300)));
  end if;
end $$;

-- The roles that somebody with these values gets, of those that there are.
create function oidc_roles(p oidc_providers, tenant int, groups text[]) returns text[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select roles_in_order(array(select r from unnest(case when g.mapped = '{}' then p.default_roles else g.mapped end) r
    where r <> 'SystemAdmin' and role_exists(oidc_roles.tenant, r) limit 8))
  from (select array(select m ->> 'role' from jsonb_array_elements(p.role_map) m
    where p.role_claim is not null and m ->> 'value' = any (oidc_roles.groups)) as mapped) g
$$;

-- Which account a verified address stands for at this provider, made if it may be; a word says why there is none.
create function oidc_account(p oidc_providers, subject text, email text, verified bool, name text, groups text[], id uuid)
returns table (tenant int, person uuid, refused text)
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  mail constant text := lower(oidc_account.email);
  home constant int := coalesce(p.tenant_id, p.home_id);
  found_tenant int;
  found_person uuid;
  theirs text[];
begin
  if mail is null or mail !~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$' or length(mail) not between 3 and 254 then
    return query select null::int, null::uuid, 'address-missing';
    return;
  elsif oidc_account.verified is not true then
    return query select null::int, null::uuid, 'address-unverified';
    return;
  elsif split_part(mail, '@', 2) = any (p.domains) is not true then
    return query select null::int, null::uuid, 'domain';
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('mortise sign-in ' || mail, 0));
  -- two that sign in for the first time at once
  select i.tenant_id, i.user_id into found_tenant, found_person from oidc_identities i
    where i.provider_id = p.id and i.subject = oidc_account.subject;
  if found then
    return query select found_tenant, found_person, null::text;
    return;
  end if;
  select l.tenant_id, l.user_id, u.roles into found_tenant, found_person, theirs
    from logins l join users u on u.tenant_id = l.tenant_id and u.id = l.user_id where l.email = mail;
  if found then
    if not p.links or found_tenant <> coalesce(p.tenant_id, found_tenant) then
      return query select null::int, null::uuid, 'unknown';
      return;
    end if;
  else
    if not p.creates or home is null or not exists (select from tenants t where t.id = home and t.state = 'active')
      or is_former(home, mail, p.id, oidc_account.subject) then
      return query select null::int, null::uuid, 'unknown';
      return;
    end if;
    theirs := oidc_roles(p, home, groups);
    if theirs = '{}' then
      return query select null::int, null::uuid, 'no-role';
      return;
    end if;
    found_tenant := home;
    found_person := oidc_account.id;
    insert into users (tenant_id, id, email, name, roles)
      values (home, found_person, mail, left(coalesce(nullif(btrim(oidc_account.name), ''), mail), 120), theirs);
  end if;
  insert into oidc_identities (tenant_id, user_id, provider_id, subject)
    values (found_tenant, found_person, p.id, oidc_account.subject);
  perform audit_person(found_tenant, found_person, 'user.linked', jsonb_build_object('provider', p.name));
  return query select found_tenant, found_person, null::text;
end $$;

-- The token was right: who it is, with the roles of now, and a session. refused: why there is none, a word. ended: a right
-- was lost. groups: the values of role_claim; NULL = the provider has none.
create function oidc_sign_in(provider uuid, subject text, email text, verified bool, name text, groups text[], id uuid,
  session_hash text, hours int)
returns table (refused text, expires bigint, tenant int, person text, ended bool)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  p oidc_providers;
  a record;
  who users;
  now_roles text[];
  lost bool := false;
begin
  select * into p from oidc_providers o where o.id = oidc_sign_in.provider and oidc_usable(o) for share;
  if p.id is null then
    return query select 'provider-gone', null::bigint, 0, null::text, false;
    return;
  end if;
  update oidc_identities i set used_at = now() where i.provider_id = p.id and i.subject = oidc_sign_in.subject
    returning i.tenant_id as tenant, i.user_id as person, null::text as refused into a;
  if not found then
    select * into a from oidc_account(p, subject, email, verified, name, groups, id);
  end if;
  if a.refused is not null then
    return query select a.refused, null::bigint, coalesce(p.tenant_id, 0), null::text, false;
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || a.tenant, 0));
  select * into who from users u where u.tenant_id = a.tenant and u.id = a.person for no key update;
  if not who.active or not exists (select from tenants t where t.id = who.tenant_id and t.state = 'active') then
    return query select 'inactive', null::bigint, who.tenant_id, who.id::text, false;
    return;
  elsif 'SystemAdmin' = any (who.roles) then
    if p.tenant_id is not null then
      return query select 'system-admin', null::bigint, who.tenant_id, who.id::text, false;
      return;
    end if;
  elsif p.role_claim is not null then
    now_roles := oidc_roles(p, who.tenant_id, groups);
    if not (now_roles <@ who.roles and who.roles <@ now_roles) then
      if administers(who.tenant_id, who.roles) and not administers(who.tenant_id, now_roles)
        and not administered(who.tenant_id, who.id) then
        perform audit_person(who.tenant_id, who.id, 'user.roles-kept', jsonb_build_object('provider', p.name, 'roles', now_roles));
      else
        lost := not who.roles <@ now_roles;
        update users u set roles = now_roles, version = u.version + 1 where u.tenant_id = who.tenant_id and u.id = who.id;
        if now_roles = '{}' then
          return query select 'no-role', null::bigint, who.tenant_id, who.id::text, lost;
          return;
        end if;
      end if;
    end if;
  end if;
  if who.pending then
    update users u set pending = false, version = u.version + 1 where u.tenant_id = who.tenant_id and u.id = who.id;
    delete from links l where l.tenant_id = who.tenant_id and l.user_id = who.id;
  end if;
  if provider_needed(who.tenant_id, coalesce(now_roles, who.roles), p.id) is not null then
    return query select 'other-provider', null::bigint, who.tenant_id, who.id::text, lost;
    return;
  end if;
  return query select null::text, login_done(who.email, session_hash, 'cookie', hours, p.id), who.tenant_id, who.id::text, lost;
end $$;

-- Where a browser goes that signs out of this session; no row = nowhere.
create function oidc_leave(session_hash text) returns table (endpoint text, client_id text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select p.document ->> 'end_session_endpoint', p.client_id
  from sessions s join oidc_providers p on p.id = s.provider_id
  where s.token_hash = oidc_leave.session_hash and s.kind = 'cookie' and p.signs_out and oidc_usable(p)
    and p.document ? 'end_session_endpoint'
$$;

-- --- managing them ---------------------------------------------------------------------------------------

-- The company of the transaction, whose acting person may set up who signs in.
create function oidc_company() returns int
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if administers(mortise.tenant(), acting_roles(mortise.tenant())) is not true then
    raise exception 'administrator-needed' using errcode = '42501';
  end if;
  return mortise.tenant();
end $$;

create function oidc_json(p oidc_providers) returns json
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select json_build_object('id', p.id, 'name', p.name, 'issuer', p.issuer, 'clientId', p.client_id, 'hasSecret', p.secrets is not null,
    'scopes', p.scopes, 'roleClaim', p.role_claim, 'roleMap', p.role_map, 'defaultRoles', p.default_roles, 'creates', p.creates,
    'links', p.links, 'domains', p.domains, 'enabled', p.enabled, 'required', p.required, 'signsOut', p.signs_out, 'version', p.version,
    'people', (select count(*) from oidc_identities i where i.provider_id = p.id))
$$;

create function oidc_list() returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(json_agg(oidc_json(p) order by p.name), '[]') from oidc_providers p where p.tenant_id = oidc_company()
$$;

-- The version of one that is about to be changed, and with which key its secret is sealed.
create function oidc_lock(id uuid) returns table (version int, key_id int)
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select p.version, p.key_id from oidc_providers p where p.tenant_id = oidc_company() and p.id = oidc_lock.id for update
$$;

-- Where a provider is required, sessions that began otherwise end: nobody keeps for hours what they couldn't begin any more.
create function sessions_otherwise(p oidc_providers) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(hashtextextended('mortise provider ' || p.tenant_id, 0)) where p.required;
  delete from sessions s using users u
  where p.required and s.tenant_id = p.tenant_id and u.tenant_id = s.tenant_id and u.id = s.user_id
    and provider_needed(u.tenant_id, u.roles, s.provider_id) is not null
$$;

-- Nor those of somebody who administered the company until now.
create function sessions_of_roles() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from sessions s where s.tenant_id = new.tenant_id and s.user_id = new.id
    and provider_needed(new.tenant_id, new.roles, s.provider_id) is not null;
  return null;
end $$;

-- t NULL = the server's. what: as oidc_json() has it; the issuer of one that is there stays.
create function oidc_put(t int, home int, id uuid, what jsonb, secrets jsonb, key_id int, keeps_secret bool) returns json
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  p oidc_providers;
begin
  insert into oidc_providers as o (id, tenant_id, home_id, name, issuer, client_id, secrets, key_id, scopes, role_claim, role_map,
      default_roles, creates, links, domains, enabled, required, signs_out)
    values (oidc_put.id, t, home, what ->> 'name', what ->> 'issuer', what ->> 'clientId', oidc_put.secrets, oidc_put.key_id,
      what ->> 'scopes', nullif(what ->> 'roleClaim', ''), what -> 'roleMap',
      array(select jsonb_array_elements_text(what -> 'defaultRoles')), (what ->> 'creates')::bool, (what ->> 'links')::bool,
      array(select distinct lower(d) from jsonb_array_elements_text(what -> 'domains') d order by 1), (what ->> 'enabled')::bool,
      coalesce((what ->> 'required')::bool, false), coalesce((what ->> 'signsOut')::bool, false))
    on conflict on constraint oidc_providers_pkey do update set name = excluded.name, client_id = excluded.client_id,
      secrets = case when keeps_secret then o.secrets else excluded.secrets end,
      key_id = case when keeps_secret then o.key_id else excluded.key_id end,
      scopes = excluded.scopes, role_claim = excluded.role_claim, role_map = excluded.role_map,
      default_roles = excluded.default_roles, creates = excluded.creates, links = excluded.links, domains = excluded.domains,
      enabled = excluded.enabled, required = excluded.required, signs_out = excluded.signs_out, version = o.version + 1
    returning * into p;
  perform sessions_otherwise(p);
  return oidc_json(p);
end $$;

-- Nobody lets others have a role that they couldn't give themselves.
create function oidc_save(id uuid, what jsonb, secrets jsonb, key_id int, keeps_secret bool) returns json
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := oidc_company();
  given constant text[] := array(select r from jsonb_array_elements_text(what -> 'defaultRoles') r
    union select m ->> 'role' from jsonb_array_elements(what -> 'roleMap') m);
  unknown text;
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || t, 0));
  perform people_check(t, given);
  select r into unknown from unnest(given) r where role_exists(t, r) is not true limit 1;
  if found then
    raise exception 'role-unknown: %', left(unknown, 60) using errcode = '22023';
  end if;
  return oidc_put(t, null, id, what, secrets, key_id, keeps_secret);
end $$;

-- Whom it signed in has an account still, and a password if one was chosen.
create function oidc_drop(id uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from oidc_providers p where p.tenant_id = oidc_company() and p.id = oidc_drop.id;
  return found;
end $$;

-- --- whom they know ----------------------------------------------------------------------------------------

create function oidc_links(tenant int, person uuid) returns json
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name, 'linkedAt', iso(i.linked_at), 'usedAt', iso(i.used_at))
    order by p.name), '[]')
  from oidc_identities i join oidc_providers p on p.id = i.provider_id
  where i.tenant_id = oidc_links.tenant and i.user_id = oidc_links.person
$$;

create function oidc_own() returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select oidc_links(mortise.tenant(), mortise.user_id())
$$;

-- Of somebody of the acting person's company; NULL = there is nobody.
create function oidc_person(id uuid) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select oidc_links(u.tenant_id, u.id) from users u
  where u.tenant_id = mortise.tenant() and u.id = oidc_person.id and u.kind = 'person'
$$;

-- Ends a link; false = there is none.
create function oidc_forget(who users, provider uuid) returns bool
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from oidc_identities i where i.tenant_id = who.tenant_id and i.user_id = who.id and i.provider_id = oidc_forget.provider;
  if not found then
    return false;
  end if;
  perform audit_person(who.tenant_id, who.id, 'user.unlinked', jsonb_build_object('provider',
    (select p.name from oidc_providers p where p.id = oidc_forget.provider)));
  return true;
end $$;

-- Only somebody who can sign in without it: with a password, where the company doesn't require a provider. NULL = there is no
-- such link.
create function oidc_unlink(provider uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
begin
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = mortise.user_id();
  if not exists (select from logins l where l.tenant_id = who.tenant_id and l.user_id = who.id and l.password_hash is not null) then
    return false;
  end if;
  perform provider_check(who.tenant_id, who.roles, null);
  return nullif(oidc_forget(who, provider), false);
end $$;

-- By somebody who may manage that person; what they have open by this provider ends.
create function oidc_unlink_person(id uuid, provider uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := link_person(oidc_unlink_person.id);
begin
  if who.id is null or not oidc_forget(who, provider) then
    return false;
  end if;
  delete from sessions s where s.tenant_id = who.tenant_id and s.user_id = who.id and s.provider_id = oidc_unlink_person.provider;
  return true;
end $$;

-- --- the operator's --------------------------------------------------------------------------------------

-- One of the server; code: the company in which it makes accounts, NULL = in none.
create function oidc_add(id uuid, what jsonb, secrets jsonb, key_id int, code text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select oidc_put(null, case when code is not null then tenant_named(code) end, id, what, secrets, key_id, false)
$$;

create function oidc_all()
returns table (tenant text, name text, issuer text, enabled bool, people bigint, home text, required bool)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select t.code, p.name, p.issuer, p.enabled, (select count(*) from oidc_identities i where i.provider_id = p.id), h.code,
    p.required
  from oidc_providers p left join tenants t on t.id = p.tenant_id left join tenants h on h.id = p.home_id
  order by t.code nulls first, p.name
$$;

-- tenant NULL = one of the server.
create function oidc_delete(name text, code text) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from oidc_providers p where lower(p.name) = lower(oidc_delete.name)
    and p.tenant_id is not distinct from case when code is not null then tenant_named(code) end;
  return found;
end $$;

-- Of a company, which then signs in by it alone, or not any more. False = there is none.
create function oidc_require(name text, code text, required bool) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  p oidc_providers;
begin
  update oidc_providers o set required = oidc_require.required, version = o.version + 1
    where lower(o.name) = lower(oidc_require.name) and o.tenant_id = tenant_named(code) returning * into p;
  perform sessions_otherwise(p);
  return p.id is not null;
end $$;

-- Of secrets only that they changed.
create function audit_provider() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  hidden constant text[] := '{id,tenant_id,secrets,key_id,version,document,document_at,keys,keys_at,tries,tries_at,silent_until,noted_at}';
  was constant jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) - hidden end;
  is_now constant jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) - hidden end;
begin
  if tg_op = 'UPDATE' and old.version = new.version then
    return null;
  end if;
  perform audit_add(coalesce(new.tenant_id, old.tenant_id, 0), case tg_op when 'INSERT' then 'company.provider-added'
      when 'UPDATE' then 'company.provider-changed' else 'company.provider-removed' end, 'provider',
    coalesce(new.id, old.id)::text, coalesce(new.name, old.name), nullif(audit_changed(was, is_now), '{}'),
    nullif(audit_changed(is_now, was) || case when new.secrets is distinct from old.secrets
      then '{"secrets": ["client secret"]}' else '{}'::jsonb end, '{}'));
  return null;
end $$;

grant execute on function audit_provider(), sessions_of_roles() to mortise_owner;
grant execute on function oidc_shown(text), oidc_provider(uuid, int), oidc_remember(uuid, jsonb, jsonb), oidc_may_renew(uuid, int),
  oidc_begin(uuid, text, text, text, text, int, int), oidc_take(text, text), oidc_failed(uuid, text, int),
  oidc_sign_in(uuid, text, text, bool, text, text[], uuid, text, int), oidc_leave(text), oidc_list(), oidc_lock(uuid),
  oidc_save(uuid, jsonb, jsonb, int, bool), oidc_drop(uuid), oidc_own(), oidc_person(uuid), oidc_unlink(uuid),
  oidc_unlink_person(uuid, uuid) to mortise_api;
grant execute on function oidc_add(uuid, jsonb, jsonb, int, text), oidc_all(), oidc_delete(text, text), oidc_require(text, text, bool) to mortise_owner;
reset role;

create trigger audit after insert or update or delete on oidc_providers for each row execute function audit_provider();
create trigger sessions_of_roles after update of roles on users for each row when (old.roles <> new.roles)
  execute function sessions_of_roles();
