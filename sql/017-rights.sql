-- 017-rights.sql - ends streams, calls and processes with the right to them.
--
-- Triggers on ending a session, changing a person's roles, taking a plugin's permission from a role, stopping a
-- company, disabling or removing a plugin and revoking a key write a row, however the rows are changed:
--   s.<name>, u.<user>, t.<tenant>   ends event streams with this channel, in the nchan of every host, and requests
--                                    that run by it
--   r.<tenant>.<role>                the same of everybody with a role of the company's own, which was deleted or has
--                                    less permissions of the core
--   h.<user>                         ends only the streams of u.<user>, which has one more role: they open again
--   q.<tenant>.<role>                the same of everybody with a role whose people see all tickets from now on
--   o.<tenant>                       the same of everybody of a company, which belongs to another organization
--   p.<tenant>.<key>                 ends what the plugin runs for that tenant, on every host
--   g.<tenant>.<key>.<roles>         ends what it runs there for people with exactly these roles
--   k.<key id>                       ends what runs of packages that the trust policy allows no longer
-- The steward of every host does that and records it in rights_closed. The operation that ended the right waits for
-- it before it answers (fcgi/auth/rights.h). By the same rows an operation waits until every host can serve the
-- version that it is about to switch to (fcgi/install/hosts.h):
--   w.<pool>                         the pool of this version is wanted; done = it is open on the host

create table rights_ended (
  id bigint primary key generated always as identity,
  channel text not null check
    (channel ~ '^([hostu]\.[a-z0-9-]{1,60}|p\.[0-9]{1,10}\.[a-z0-9-]{1,40}|k\.[0-9A-F]{16}'
      '|g\.[0-9]{1,10}\.[a-z0-9-]{1,40}\.[A-Za-z0-9,]{1,120}|[qr]\.[0-9]{1,10}\.r[0-9a-f]{12}|w\.[a-z0-9-]{1,40}@[0-9a-f]{12})$'),
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

-- For a trigger on each row: its arguments are the kind of channel and the columns that make up the rest.
create function right_ended() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  gone constant jsonb := to_jsonb(old);
  name text := tg_argv[0];
begin
  for i in 1 .. tg_nargs - 1 loop
    name := name || '.' || (gone ->> tg_argv[i]);
  end loop;
  insert into rights_ended (channel) values (name);
  return null;
end $$;

-- A permission of a plugin was taken from a role. A call knows the roles that its person has, so it ends by
-- these, unless another of them still gives the permission. What goes with the version that defined it is
-- deleted: calls of that version may finish. The lock serialises changes of a company's grants: two that
-- take from two roles at once would each rely on the other's.
create function permissions_lost() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise grants ' || n.tenant_id, 0))
    from (select distinct tenant_id from now_rows order by 1) n;
  insert into rights_ended (channel)
    select distinct 'g.' || l.tenant_id || '.' || l.plugin_key || '.' || array_to_string(u.roles, ',')
    from was_rows l
    join now_rows n using (tenant_id, plugin_key, permission, role)
    join (select distinct tenant_id, roles from users where tenant_id in (select tenant_id from now_rows)) u on u.tenant_id = l.tenant_id and l.role = any (u.roles)
    where l.granted and not n.granted and not 'SystemAdmin' = any (u.roles)
      and not exists (select from role_permissions r where r.tenant_id = l.tenant_id
        and r.plugin_key = l.plugin_key and r.permission = l.permission and r.granted and r.role = any (u.roles));
  return null;
end $$;

create function rights_mark() returns bigint
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(max(id), 0) from rights_ended
$$;
comment on function rights_mark() is 'What has ended so far, for rights_pending().';

-- A host whose steward hasn't reported for ten seconds is down or can't do it: nobody waits for it, and its
-- open streams end when they get no heartbeat for a minute.
create function rights_pending(mark bigint, first bigint default 0) returns text
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select string_agg(distinct h.host, ',')
  from stewards h cross join rights_ended e
  where h.seen_at > clock_timestamp() - interval '10 s' and e.id between first and mark
    and e.ended_at > clock_timestamp() - interval '90 s'
    and not exists (select from rights_closed c where c.id = e.id and c.host = h.host)
$$;
comment on function rights_pending(bigint, bigint) is
  'Hosts that have not closed all that ended up to this mark, or from the first to it; NULL = all have.';

-- Those who use the version already were waited for: their row counts, so a rollout over many companies doesn't
-- wait for each.
create function pool_wanted(sha256 text) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  name constant text := (select 'w.' || p.plugin_key || '@' || left(p.sha256, 12) from plugin_packages p
    where p.sha256 = pool_wanted.sha256);
  ret bigint;
begin
  select max(e.id) into ret from rights_ended e where e.channel = name and exists (select from installations i
    where i.package_sha256 = pool_wanted.sha256 and i.state = 'enabled');
  if ret is null then
    insert into rights_ended (channel) values (name) returning id into ret;
  end if;
  return ret;
end $$;
comment on function pool_wanted(text) is
  'Notifies the stewards of all hosts that this package''s pool is wanted; returns the row for rights_pending().';

grant execute on function rights_mark(), rights_pending(bigint, bigint) to mortise_api, mortise_admin,
  mortise_owner;
grant execute on function pool_wanted(text) to mortise_admin;
grant execute on function session_ended(), right_ended(), permissions_lost() to mortise_owner;
reset role;

create trigger session_ended after delete on sessions referencing old table as gone
  for each statement execute function session_ended();
-- Sessions of a deactivated person are suspended, like those of a suspended company: session_find() doesn't find
-- them.
-- Where a role is deleted, what is open of its people ends by its name.
create trigger user_lost after update of active, roles on users for each row
  when (old.active and not new.active
    or not old.roles <@ new.roles and current_setting('mortise.role_removed', true) is distinct from 'yes')
  execute function right_ended('u', 'id');
-- More roles receive more channels: the streams end and are opened again with the current ones. Calls go on.
create trigger user_gained after update of roles on users for each row
  when (old.roles <@ new.roles and not new.roles <@ old.roles)
  execute function right_ended('h', 'id');
create trigger custom_role_lost after update of permissions on custom_roles for each row
  when (not old.permissions <@ new.permissions) execute function right_ended('r', 'tenant_id', 'id');
create trigger custom_role_widened after update of permissions on custom_roles for each row
  when (new.permissions && '{tickets:read,tickets:write}' and not old.permissions && '{tickets:read,tickets:write}')
  execute function right_ended('q', 'tenant_id', 'id');
create trigger custom_role_removed after delete on custom_roles for each row
  execute function right_ended('r', 'tenant_id', 'id');
create trigger permissions_lost after update on role_permissions
  referencing old table as was_rows new table as now_rows for each statement execute function permissions_lost();
create trigger tenant_changed after update of state on tenants for each row
  when (old.state = 'active' and new.state <> 'active') execute function right_ended('t', 'id');
create trigger tenant_moved after update of organization_id on tenants for each row
  when (old.organization_id <> new.organization_id) execute function right_ended('o', 'id');
-- Not when an installation begins to be removed, because hooks run then; and not when its version changes,
-- because calls of the old version may finish.
create trigger installation_disabled after update of state on installations for each row
  when (old.state <> 'disabled' and new.state = 'disabled')
  execute function right_ended('p', 'tenant_id', 'plugin_key');
create trigger installation_removed after delete on installations for each row
  execute function right_ended('p', 'tenant_id', 'plugin_key');
create trigger key_revoked after update of revoked_at on trust_keys for each row
  when (old.revoked_at is null and new.revoked_at is not null) execute function right_ended('k', 'id');
