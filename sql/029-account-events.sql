-- 029-account-events.sql - events about companies and people, whatever changes them: a page, a command, a function.
--
-- They wait in the outbox until COMMIT, as a plugin's do, so that no statement holds a channel that others need;
-- the server's channel comes first in each transaction. What a page shows elsewhere isn't in the data: no addresses,
-- no roles, no reasons of the operator on a company's channel.

set local role mortise_auth;

-- Who did it, of the transaction's company; nobody for the operator and the steward.
create function event_by(tenant int) returns jsonb
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce((select jsonb_build_object('byUserId', u.id, 'byUserName', u.name) from users u
    where u.tenant_id = event_by.tenant and u.tenant_id = mortise.tenant() and u.id = mortise.user_id()),
    '{"byUserId": null, "byUserName": null}')
$$;

create function tenant_raised() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant tenants := case when tg_op = 'DELETE' then old else new end;
  data constant jsonb := jsonb_build_object('code', t.code, 'name', t.name, 'state', t.state, 'timeZone', t.time_zone);
  changed bool;
begin
  if tg_op <> 'UPDATE' then
    perform outbox_add(0, 'admin', case tg_op when 'INSERT' then 'TenantCreated' else 'TenantDeleted' end, data);
    return null;
  end if;
  changed := company_profile(new) <> company_profile(old);
  if new.state <> old.state then
    perform outbox_add(0, 'admin', case when new.state = 'suspended' then 'TenantSuspended'
      when old.state = 'pending' and new.state = 'active' then 'TenantApproved'
      when new.state = 'active' then 'TenantActivated' else 'TenantUpdated' end, data);
  elsif changed or new.organization_id <> old.organization_id then
    perform outbox_add(0, 'admin', 'TenantUpdated', data);
  end if;
  if changed or new.organization_id <> old.organization_id then
    perform outbox_add(new.id, 't.' || new.id, 'TenantUpdated', data || event_by(new.id));
  end if;
  return null;
end $$;

-- What a page of people changes is raised by its resource, with the row's version; here is what else happens to them.
create function user_raised() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  u constant users := case when tg_op = 'DELETE' then old else new end;
begin
  if not exists (select from tenants t where t.id = u.tenant_id and t.state = 'active') then
    return null; -- nobody listens, and the company may be on its way out
  end if;
  perform outbox_add(u.tenant_id, 't.' || u.tenant_id, case when tg_op = 'DELETE' or u.kind = 'former' then 'UserDeleted'
      when u.active then 'AccountActivated' else 'AccountSuspended' end,
    jsonb_build_object('userId', u.id, 'name', u.name) || event_by(u.tenant_id));
  return null;
end $$;

-- What no person of the company does: a command, an accepted invitation, which is its person's own doing, a sign-in by which a
-- provider makes an account or gives roles. What people do is raised where they do it.
create function user_row_raised() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if exists (select from tenants t where t.id = new.tenant_id and t.state = 'active') then
    perform outbox_add(new.tenant_id, 't.' || new.tenant_id, case tg_op when 'INSERT' then 'UserCreated' else 'UserUpdated' end,
      jsonb_build_object('userId', new.id, 'name', new.name, 'active', new.active, 'version', new.version,
        'byUserId', null, 'byUserName', null)
      || case when tg_op = 'UPDATE' and old.pending and not new.pending then jsonb_build_object('byUserId', new.id, 'byUserName', new.name)
        else '{}' end);
  end if;
  return null;
end $$;

-- The first password is an invitation that was accepted. The mail reaches whose account it is also when it was somebody else.
create function password_raised() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform outbox_add(new.tenant_id, 'u.' || new.user_id, 'PasswordChanged', jsonb_build_object('userId', new.user_id)
    || event_by(new.tenant_id));
  insert into mails (tenant_id, id, user_id, kind, address)
    select u.tenant_id, gen_random_uuid(), u.id, 'password', u.email from users u
      where u.tenant_id = new.tenant_id and u.id = new.user_id and u.active
    on conflict (tenant_id, user_id, kind) where state in ('waiting', 'sending', 'given') do nothing;
  return null;
end $$;

-- Its companies' pages show the name.
create function organization_raised() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform outbox_add(0, c, 'OrganizationUpdated', jsonb_build_object('id', new.id, 'name', new.name))
    from unnest(array['admin', 'o.' || new.id]) c;
  return null;
end $$;

-- To everybody of an organization (its name) or of a company (its code), or else on this server.
create function announce(payload jsonb, organization text default null, company text default null) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := case when announce.company is not null then tenant_named(announce.company) end;
  org constant int := (select o.id from organizations o where lower(o.name) = lower(announce.organization));
  channel constant text := case when t is not null then 't.' || t when org is not null then 'o.' || org else 'all' end;
  home constant int := coalesce(t, 0);
  n int;
begin
  if announce.organization is not null and org is null then
    raise exception 'organization-unknown: %', announce.organization using errcode = 'P0002';
  end if;
  perform audit_add(0, 'announcement.sent', 'server', null, payload ->> 'title', null, jsonb_strip_nulls(
    jsonb_build_object('message', payload ->> 'message', 'priority', payload ->> 'priority', 'organization', announce.organization,
      'company', announce.company)));
  select count(*) into n from users u join tenants o on o.id = u.tenant_id and o.state = 'active'
    where u.active and not u.pending and (t is null or o.id = t)
      and (org is null or o.organization_id = org);
  perform notice_sent(home, channel, event_add(home, channel, 'SystemNotification', notification(payload)
    || '{"fromUserId": null, "fromUserName": "Mortise"}'), n);
  return n;
end $$;
comment on function announce(jsonb, text, text) is 'Notifies everybody of all companies, of an organization or of one company; returns how '
  'many people that addresses.';

grant execute on function tenant_raised(), organization_raised(), user_raised(), user_row_raised(), password_raised() to mortise_owner;
grant execute on function announce(jsonb, text, text) to mortise_admin;
reset role;

create trigger tenant_raised after insert or delete or update on tenants
  for each row execute function tenant_raised();
create trigger organization_raised after update of name on organizations for each row when (old.name <> new.name)
  execute function organization_raised();
create trigger user_raised after update of active, kind on users for each row when (old.active <> new.active or old.kind <> new.kind)
  execute function user_raised();
create trigger user_row_added after insert on users for each row
  when (new.active and new.kind = 'person' and mortise.user_id() is null and session_user like 'mortise\_%')
  execute function user_row_raised();
create trigger user_row_changed after update of name, roles, pending on users for each row
  when ((old.name, old.roles, old.pending) <> (new.name, new.roles, new.pending) and new.active and new.kind = 'person'
    and mortise.user_id() is null and session_user like 'mortise\_%')
  execute function user_row_raised();
create trigger user_removed after delete on users for each row execute function user_raised();
create trigger password_raised after update of password_hash on logins for each row
  when (old.password_hash is not null) execute function password_raised();
