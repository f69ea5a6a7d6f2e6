-- 030-tenancy.sql - companies that register themselves.
--
-- Who registers a company is nobody yet: a row here, until a system admin approves it, which makes the company with its
-- administrator, or refuses it. So nothing of a company works before, no address of a person is taken, and none is
-- named to somebody who asks for one. mortise.conf says whether there is a form at all (registration), for everybody
-- or for those with a link.

create table registrations (
  id uuid primary key,
  state text not null default 'waiting' check (state in ('waiting', 'refused')),
  company_name text not null check (length(company_name) between 1 and 120),
  company_code text not null check (company_code ~ '^[a-z][a-z0-9-]{1,39}$'),
  organization text check (length(organization) between 1 and 120),
  name text not null check (length(name) between 1 and 120),
  email text not null check (length(email) between 3 and 254 and email = lower(email)),
  time_zone text not null default 'UTC' check (is_time_zone(time_zone)),
  language text check (language ~ '^[a-z]{2}$'),
  network text not null, -- from where it came
  reason text check (length(reason) between 1 and 500),
  decided_by text,
  decided_at timestamptz,
  made_at timestamptz not null default now()
);
create unique index registrations_code on registrations (company_code) where state = 'waiting';
create unique index registrations_email on registrations (email) where state = 'waiting';
comment on table registrations is 'Companies that somebody asks for. No tenant''s data yet. Policy "auth": mortise_auth alone, '
  'through the functions below. Refused ones go after 30 days.';
alter table registrations enable row level security, force row level security;
create policy auth on registrations to mortise_auth using (true) with check (true);
grant select, insert, update, delete on registrations to mortise_auth;

create table registration_links (
  id uuid primary key, -- also of the mail with it
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  made_by text not null,
  expires_at timestamptz not null
);
comment on table registration_links is 'One-time links to the form, by the hash of their token. No tenant''s data. Policy "auth": '
  'mortise_auth alone.';
alter table registration_links enable row level security, force row level security;
create policy auth on registration_links to mortise_auth using (true) with check (true);
grant select, insert, update, delete on registration_links to mortise_auth;
grant select, insert, update on rate_limits to mortise_auth;

set local role mortise_auth;

-- Does this link open the form? One that doesn't counts as a mistake of its network, as link_try().
create function registration_link_try(token_hash text, network text, tries int)
returns table (wait_seconds int, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  address login_attempts := login_counter('', 'n:' || registration_link_try.network);
begin
  if address.failures >= tries then
    return query select greatest(1, login_seconds(address.began_at + interval '10 min')), null::bigint;
    return;
  end if;
  return query select 0, extract(epoch from l.expires_at)::bigint from registration_links l
    where l.token_hash = registration_link_try.token_hash and l.expires_at > clock_timestamp();
  if not found then
    perform login_count(address, tries + 1, 0, 0);
  end if;
end $$;

-- token_hash NULL: the form is open. A fault is returned, not raised, so that what was counted stays: 'limit' (with the
-- seconds to wait), 'full', 'token', 'timeZone', 'code'. An address that somebody signs in with, or that waits already, is
-- answered as any other.
create function registration_add(form jsonb, token_hash text, network text, per_hour int, most int)
returns table (fault text, wait_seconds int)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  hour constant interval := '1 hour';
  had rate_limits;
  link registration_links;
begin
  insert into rate_limits as l (route, address) values ('registration', registration_add.network)
    on conflict on constraint rate_limits_pkey do update set
      count = case when rate_over(l.began_at, hour) then 1 else least(l.count, per_hour) + 1 end,
      began_at = case when rate_over(l.began_at, hour) then now() else l.began_at end
    returning * into had;
  if had.count > per_hour then
    return query select 'limit', greatest(1, ceil(extract(epoch from had.began_at + hour - now())))::int;
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('mortise registrations', 0));
  if registration_add.token_hash is not null then
    select * into link from registration_links l
      where l.token_hash = registration_add.token_hash and l.expires_at > clock_timestamp();
    if link.id is null then
      return query select 'token', 0;
      return;
    end if;
  end if;
  if not is_time_zone(coalesce(form ->> 'timeZone', 'UTC')) then
    return query select 'timeZone', 0;
    return;
  elsif exists (select from tenants t where t.code = form ->> 'companyCode')
    or exists (select from registrations r where r.state = 'waiting' and r.company_code = form ->> 'companyCode') then
    return query select 'code', 0;
    return;
  elsif (select count(*) from registrations r where r.state = 'waiting') >= most then
    return query select 'full', 0;
    return;
  end if;
  insert into registrations (id, company_name, company_code, organization, name, email, time_zone, language, network)
    values ((form ->> 'id')::uuid, form ->> 'companyName', form ->> 'companyCode', form ->> 'organization', form ->> 'name',
      lower(form ->> 'email'), coalesce(form ->> 'timeZone', 'UTC'), form ->> 'language', registration_add.network)
    on conflict (email) where state = 'waiting' do nothing;
  if found then
    perform audit_add(0, 'company.registered', 'company', form ->> 'companyCode', form ->> 'companyName', null,
      jsonb_build_object('name', form ->> 'name', 'email', lower(form ->> 'email')));
    perform outbox_add(0, 'admin', 'TenantRegistered', jsonb_build_object('code', form ->> 'companyCode', 'name', form ->> 'companyName'));
  end if;
  delete from registration_links l where l.id = link.id;
  -- Whether it was kept doesn't show in the time.
  perform pg_sleep(greatest(0, 0.02 - extract(epoch from clock_timestamp() - statement_timestamp())));
  return query select null::text, 0;
end $$;
comment on function registration_add(jsonb, text, text, int, int) is 'Somebody registers a company; at most so many an hour from a '
  'network, and so many that wait.';

-- --- the system administration's, and the operator's ------------------------------------------------------

-- With what stands in the way of approving it.
create function registration_json(r registrations) returns json
language sql stable
as $$
  select json_build_object('id', r.id, 'state', r.state, 'companyName', r.company_name, 'companyCode', r.company_code,
    'organization', r.organization, 'name', r.name, 'email', r.email, 'timeZone', r.time_zone, 'language', r.language,
    'address', r.network, 'madeAt', iso(r.made_at), 'reason', r.reason, 'decidedBy', r.decided_by, 'decidedAt', iso(r.decided_at),
    'organizationTaken', exists (select from organizations o where lower(o.name) = lower(coalesce(r.organization, r.company_name))),
    'codeTaken', exists (select from tenants t where t.code = r.company_code),
    'emailTaken', exists (select from logins l where l.email = r.email))
$$;

create function registration_page(state text, size int, skip int)
returns table (total bigint, waiting bigint, items json)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with page as (
    select r as found, row_number() over (order by coalesce(r.decided_at, r.made_at) desc, r.id) as place from registrations r
    where r.state = registration_page.state order by place limit size offset skip
  )
  select (select count(*) from registrations r where r.state = registration_page.state),
    (select count(*) from registrations r where r.state = 'waiting'),
    coalesce((select json_agg(registration_json(p.found) order by p.place) from page p), '[]')
$$;

-- For commands, which name it by its code.
create function registration_named(code text) returns uuid
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  ret uuid;
begin
  select r.id into ret from registrations r where r.state = 'waiting' and r.company_code = registration_named.code;
  if ret is null then
    raise exception 'registration-unknown: %', left(registration_named.code, 60) using errcode = 'P0002';
  end if;
  return ret;
end $$;

create function registration_waiting(id uuid) returns registrations
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  r registrations;
begin
  select o.* into r from registrations o where o.id = registration_waiting.id and o.state = 'waiting' for update;
  if r.id is null then
    raise exception 'registration-decided' using errcode = 'P0002';
  end if;
  return r;
end $$;

-- The company with its administrator, who gets a link: by the mail of this id, or where no mails are sent by the
-- answer. code NULL = the one that was asked for; organization NULL = a new one, with the name that was asked for. Who registers joins
-- none that is there, unless it is named here. A fault: 'code' or 'email' are taken.
create function registration_approve(id uuid, code text, person uuid, mail uuid, token_hash text, invite_s int, organization text default null)
returns table (fault text, company text, address text, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  r constant registrations := registration_waiting(registration_approve.id);
  wanted constant text := coalesce(registration_approve.code, r.company_code);
  joined int;
  t int;
  who users;
begin
  if exists (select from tenants o where o.code = wanted) then
    return query select 'code', wanted, null::text, null::bigint;
    return;
  elsif exists (select from logins l where l.email = r.email) then
    return query select 'email', wanted, r.email, null::bigint;
    return;
  end if;
  if registration_approve.organization is null and r.organization is not null then
    joined := organization_add(r.organization, wanted);
  end if;
  t := tenant_create(wanted, r.company_name, 'pending', coalesce(registration_approve.organization,
    (select o.name from organizations o where o.id = joined)));
  update tenants o set time_zone = r.time_zone, state = 'active', state_since = now() where o.id = t;
  perform user_create(t, person, r.email, r.name, '{Admin}', null);
  update users u set language = r.language where u.tenant_id = t and u.id = person returning * into who;
  if registration_approve.mail is not null then
    perform mail_add(who, 'invite', registration_approve.mail);
    return query select null::text, wanted, r.email, null::bigint;
  else
    return query select null::text, wanted, r.email, l.expires
      from link_add(who, registration_approve.token_hash, invite_s, invite_s) l;
  end if;
  delete from registrations o where o.id = r.id;
end $$;

-- mail NULL = no mails are sent: the applicant hears it otherwise.
create function registration_refuse(id uuid, reason text, mail uuid, who text) returns text
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  r constant registrations := registration_waiting(registration_refuse.id);
begin
  update registrations o set state = 'refused', reason = registration_refuse.reason, decided_at = now(), decided_by = left(who, 120)
    where o.id = r.id;
  if registration_refuse.mail is not null then
    insert into mails (tenant_id, id, kind, address, name, company, language, reason)
      values (0, registration_refuse.mail, 'refused', r.email, r.name, r.company_name, r.language, registration_refuse.reason);
  end if;
  perform audit_add(0, 'company.refused', 'company', r.company_code, r.company_name, null,
    jsonb_build_object('email', r.email, 'reason', registration_refuse.reason));
  perform outbox_add(0, 'admin', 'TenantRefused', jsonb_build_object('code', r.company_code, 'name', r.company_name));
  return r.email;
end $$;

-- A link to the form; with an address it goes there by mail, whose sender makes the token.
create function registration_invite(id uuid, token_hash text, valid_s int, address text, language text, who text) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  ends constant timestamptz := date_trunc('second', now()) + valid_s * interval '1 s';
begin
  insert into registration_links (id, token_hash, made_by, expires_at)
    values (registration_invite.id, registration_invite.token_hash, left(who, 120), ends);
  if registration_invite.address is not null then
    insert into mails (tenant_id, id, kind, address, name, company, language)
      values (0, registration_invite.id, 'register', lower(registration_invite.address), lower(registration_invite.address), '', registration_invite.language);
  end if;
  perform audit_add(0, 'server.registration-link', 'server', null, registration_invite.address, null,
    jsonb_build_object('expires', iso(ends)));
  return extract(epoch from ends)::bigint;
end $$;

-- The token of a mail's link, made just before it is sent. NULL = the link was used, or its time is over.
create function registration_link_renew(id uuid, token_hash text) returns timestamptz
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  update registration_links l set token_hash = registration_link_renew.token_hash
    where l.id = registration_link_renew.id and l.expires_at > clock_timestamp() returning l.expires_at
$$;

-- Refused a month ago, and links whose time is over.
create function registrations_expire(most int) returns bigint
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with gone as (delete from registrations r where r.id in (select x.id from registrations x
      where x.state = 'refused' and x.decided_at < now() - interval '30 days' limit registrations_expire.most) returning 1),
    over as (delete from registration_links l where l.id in (select x.id from registration_links x
      where x.expires_at < now() limit registrations_expire.most) returning 1)
  select (select count(*) from gone) + (select count(*) from over)
$$;

grant execute on function registration_link_try(text, text, int), registration_add(jsonb, text, text, int, int) to mortise_api;
grant execute on function registration_page(text, int, int), registration_approve(uuid, text, uuid, uuid, text, int, text),
  registration_refuse(uuid, text, uuid, text), registration_invite(uuid, text, int, text, text, text) to mortise_admin, mortise_owner;
grant execute on function registration_named(text) to mortise_owner;
grant execute on function registrations_expire(int) to mortise_steward;
reset role;

-- --- limits -------------------------------------------------------------------------------------------------
--
-- How many people and plugins a company may have, and how much it may store: mortise.conf has it for all (table
-- bounds), company_limits for one (022-companies.sql). People and plugins are counted where one is added, storage once an hour
-- (storage_measure()), so what is written in between isn't stopped. Nothing is deleted by a limit: what would be
-- more is refused.

grant execute on function notice(text, text, jsonb) to mortise_auth;

set local role mortise_auth;

-- Once when 80 % are passed and once when all is used: the company's administrators in their inbox, and the system
-- admins. Below, it can happen again.
create function company_limit_note(tenant int, what text) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  most constant int := company_limit(tenant, what);
  used constant bigint := case when most = 0 then 0 else coalesce(company_use(tenant, what), 0) end;
  is_now constant int := case when most = 0 then 0 when used >= most then 100 when used * 5 >= most::bigint * 4 then 80 else 0 end;
  had int;
  t tenants;
  said jsonb;
  title constant text := case when is_now = 100 then case what when 'people' then 'The limit of {0} people is reached'
      when 'plugins' then 'The limit of {0} plugins is reached' else 'The limit of {0} MB of storage is reached' end
    else case what when 'people' then 'In use: {1} of {0} people' when 'plugins' then 'In use: {1} of {0} plugins'
      else 'In use: {1} of {0} MB of storage' end end;
begin
  select coalesce((l.said ->> what)::int, 0) into had from company_limits l where l.tenant_id = tenant;
  if is_now = coalesce(had, 0) then
    return;
  end if;
  insert into company_limits as l (tenant_id, said) values (tenant, jsonb_build_object(what, is_now))
    on conflict (tenant_id) do update set said = l.said || excluded.said;
  if is_now <= coalesce(had, 0) then
    return;
  end if;
  select * into t from tenants o where o.id = tenant;
  said := jsonb_build_object('icon', '⚠', 'priority', case is_now when 100 then 'high' else 'normal' end);
  perform outbox_add(0, 'admin', 'SystemAlert', notice(title, 'Company: {2}', jsonb_build_array(most, used, t.name)) || said || '{"url": "/companies"}');
  if t.state = 'active' then
    perform outbox_add(tenant, format('r.%s.Admin', tenant), 'Notification',
      notice(title, case is_now when 100 then 'Nothing is deleted, but no more than {0} can be added: ask the operator of this server for a higher limit'
        else 'No more than {0} can be added: ask the operator of this server for a higher limit in time' end, jsonb_build_array(most, used)) || said
      || '{"url": "/settings/company", "fromUserId": null, "fromUserName": "Mortise"}');
  end if;
end $$;

-- For what takes turns: two at once can't pass the limit.
create function company_limit_check(tenant int, what text) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  most constant int := company_limit(tenant, what);
begin
  if most = 0 then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('mortise limit ' || tenant, 0));
  if company_use(tenant, what) >= most then
    if what = 'people' then
      raise exception 'limit-people: %', most using errcode = 'P0001';
    end if;
    raise exception 'limit-plugins: %', most using errcode = 'P0001';
  end if;
end $$;

-- Whatever makes an account or activates one; invited people count.
create function user_limited() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if tg_when = 'BEFORE' then
    perform company_limit_check(new.tenant_id, 'people');
    return new;
  end if;
  perform company_limit_note(coalesce(new.tenant_id, old.tenant_id), 'people');
  return null;
end $$;

create function plugin_limited() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if tg_when = 'BEFORE' then
    perform company_limit_check(new.tenant_id, 'plugins');
    return new;
  end if;
  perform company_limit_note(coalesce(new.tenant_id, old.tenant_id), 'plugins');
  return null;
end $$;

-- Once a statement, so that a row costs nothing.
create function storage_limited() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant int := mortise.tenant();
  most int;
begin
  if exists (select from company_limits l where l.tenant_id = mine and l.said ->> 'storage' = '100') then
    most := company_limit(mine, 'storage');
    if most > 0 and company_use(mine, 'storage') >= most then
      raise exception 'limit-storage: %', most using errcode = 'P0001';
    end if;
  end if;
  return null;
end $$;

-- Of all companies, unless somebody did it within this time. How many.
create function storage_measure(age interval) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t record;
  n bigint := 0;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('mortise storage', 0))
    or exists (select from company_limits l where l.measured_at > now() - age) then
    return 0;
  end if;
  for t in select o.id, coalesce(b.bytes, 0)::bigint as bytes from tenants o
      left join (select w.tenant, sum(w.bytes) as bytes from mortise.company_bytes() w group by 1) b on b.tenant = o.id order by 1 loop
    insert into company_limits as l (tenant_id, bytes, measured_at) values (t.id, t.bytes, now())
      on conflict (tenant_id) do update set bytes = excluded.bytes, measured_at = excluded.measured_at;
    perform company_limit_note(t.id, 'storage');
    n := n + 1;
  end loop;
  return n;
end $$;
comment on function storage_measure(interval) is 'Estimates what each company stores.';

-- Of the transaction's company, for its administrators.
create function company_limits_own() returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select company_limits_json(mortise.tenant())
$$;

-- NULL = as for all companies.
create function company_limits_set(code text, people int, storage_mb int, plugins int) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  t constant int := tenant_named(company_limits_set.code);
  was company_limits;
  is_now company_limits;
  title constant text := (select o.name from tenants o where o.id = t);
  chain int;
begin
  select l.* into was from company_limits l where l.tenant_id = t for update;
  insert into company_limits as l (tenant_id, people, storage_mb, plugins)
    values (t, company_limits_set.people, company_limits_set.storage_mb, company_limits_set.plugins)
    on conflict (tenant_id) do update set people = excluded.people, storage_mb = excluded.storage_mb, plugins = excluded.plugins
    returning * into is_now;
  if (was.people, was.storage_mb, was.plugins) is distinct from (is_now.people, is_now.storage_mb, is_now.plugins) then
    foreach chain in array array[t, 0] loop
      perform audit_add(chain, 'company.limits', 'company', company_limits_set.code, title,
        jsonb_build_object('people', was.people, 'storageMb', was.storage_mb, 'plugins', was.plugins),
        jsonb_build_object('people', is_now.people, 'storageMb', is_now.storage_mb, 'plugins', is_now.plugins));
    end loop;
    perform company_limit_note(t, w) from unnest(array['people', 'plugins', 'storage']) w;
  end if;
end $$;

create function company_limits_of(code text) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select company_limits_json(tenant_named(code))
$$;

grant execute on function user_limited(), plugin_limited(), storage_limited() to mortise_owner;
grant execute on function company_limits_own() to mortise_api;
grant execute on function company_limits_set(text, int, int, int), company_limits_of(text) to mortise_admin, mortise_owner;
grant execute on function storage_measure(interval) to mortise_steward;
reset role;

create trigger user_limited before insert on users for each row when (new.active and new.kind = 'person')
  execute function user_limited();
create trigger user_limited_again before update of active on users for each row
  when (new.active and not old.active and new.kind = 'person') execute function user_limited();
create trigger user_limit_note after insert or delete or update of active on users for each row execute function user_limited();
create trigger plugin_limited before insert on installations for each row execute function plugin_limited();
create trigger plugin_limit_note after insert or delete on installations for each row execute function plugin_limited();
create trigger storage_limited before insert on tickets for each statement execute function storage_limited();
create trigger storage_limited before insert on pictures for each statement execute function storage_limited();
create trigger storage_limited before insert on ticket_comments for each statement execute function storage_limited();
