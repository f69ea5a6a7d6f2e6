-- 024-audit.sql - the audit log: who did what, when, from where, and what it was before.
--
-- Triggers on the tables that hold people, rights, companies, plugins and keys write it, however their rows are changed,
-- by the API, a command or by hand; what only a function knows (that a session begins because somebody signed in) the
-- function writes by audit_add(). Passwords, tokens, their hashes and the values of secrets never get here.
--
-- Each company has a chain, and the server one of its own (tenant 0): `hash` is over the one before it and all of the row, so a
-- row that was changed, taken out or moved shows (audit_verify()), also when a superuser did it. A row is written within the
-- transaction of its change and takes no lock; the steward puts it at the end of its chain a second later at most
-- (audit_link()). So nobody waits for the chain, and what is committed is never left out of it. Who may replace these
-- functions could write a whole chain anew: `mortise audit verify` prints its end, to be compared with a copy kept elsewhere.
--
-- Who acts is in the setting mortise.source of the transaction (fcgi/auth/source.h), four lines:
--   "<tenant>.<user>" of a person, "c.<name>" of who runs a command, "" = nobody signed in
--   the address; the id of the request; the device, or the command

create table audit (
  tenant_id int not null,
  id uuid not null default gen_random_uuid(),
  at timestamptz not null default clock_timestamp(),
  action text not null check (action ~ '^[a-z]+\.[a-z-]+$'),
  area text not null generated always as (split_part(action, '.', 1)) stored,
  actor_kind text not null check (actor_kind in ('person', 'service', 'command', 'plugin', 'system', 'database', 'nobody')),
  actor_id uuid,
  actor_name text,
  address text check (length(address) <= 64),
  agent text check (length(agent) <= 400),
  target_kind text not null,
  target_id text,
  target_name text,
  before jsonb,
  after jsonb,
  request_id text check (length(request_id) <= 64),
  seq bigint check (seq > 0),
  hash bytea,
  primary key (tenant_id, id),
  unique (tenant_id, seq),
  check ((seq is null) = (hash is null))
);
create index audit_at on audit (tenant_id, at desc, id desc);
create index audit_actor on audit (tenant_id, actor_id, at desc, id desc);
create index audit_waiting on audit (tenant_id, at, id) where seq is null;
comment on table audit is 'The audit log; tenant 0 is the server''s. Policy "tenant" for reading; written by audit_add() alone, and '
  'nobody changes or deletes a row, but those of a company that was deleted (028-company-life.sql).';
comment on column audit.seq is 'Place in the chain; NULL = the steward has not put it there yet.';
comment on column audit.actor_kind is '"service": a service token; "database": somebody with a session of their own.';
alter table audit enable row level security, force row level security;
create policy tenant on audit for select using (tenant_id = (select mortise.tenant()));
create policy auth_read on audit for select to mortise_auth using (true);
create policy auth_add on audit for insert to mortise_auth with check (true);
create policy auth_link on audit for update to mortise_auth using (seq is null) with check (true);
grant select on audit to mortise_api;
grant select, insert, update (seq, hash) on audit to mortise_auth;

create table audit_heads (
  tenant_id int primary key,
  seq bigint not null,
  hash bytea not null
);
comment on table audit_heads is 'The end of each chain. Policy "auth": mortise_auth alone, through audit_link().';
alter table audit_heads enable row level security, force row level security;
create policy auth on audit_heads to mortise_auth using (true) with check (true);
grant select, insert, update on audit_heads to mortise_auth;

create table audit_floods (
  tenant_id int not null,
  action text not null,
  target_id uuid not null,
  began_at timestamptz not null default clock_timestamp(),
  more int not null default 0,
  address text,
  primary key (tenant_id, action, target_id)
);
comment on table audit_floods is 'What fails again and again is written down when it begins, and once more with the number of the '
  'others when a minute is over. Policy "auth": mortise_auth alone, through audit_failed().';
alter table audit_floods enable row level security, force row level security;
create policy auth on audit_floods to mortise_auth using (true) with check (true);
grant select, insert, update, delete on audit_floods to mortise_auth;

-- For everybody, the owner and superusers included, as long as the trigger is there. What a company had goes with it.
set local role mortise_auth;
create function audit_fixed() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' and company_is_gone(old.tenant_id) then
    return old;
  end if;
  -- what is generated isn't there yet
  if tg_op = 'UPDATE' and old.seq is null and new.seq is not null
    and to_jsonb(new) - '{seq,hash,area}'::text[] = to_jsonb(old) - '{seq,hash,area}'::text[] then
    return new;
  end if;
  raise exception 'audit-fixed' using errcode = '42501';
end $$;
grant execute on function audit_fixed() to mortise_owner;
reset role;
create trigger audit_fixed before update or delete on audit for each row execute function audit_fixed();
create trigger audit_kept before truncate on audit for each statement execute function audit_fixed();

set local role mortise_auth;

-- The first functions are called by others of mortise_auth, which have set the search path.
--
-- --- writing ---------------------------------------------------------------------------------------------

create function audit_add(tenant int, action text, kind text, id text, name text, before jsonb, after jsonb,
  self bool default false) returns void
language plpgsql
as $$
declare
  source constant text[] := string_to_array(coalesce(current_setting('mortise.source', true), ''), E'\n');
  who text := coalesce(source[1], '');
  address text := nullif(source[2], '');
  request text := nullif(source[3], '');
  agent text := nullif(source[4], '');
  actor text;
  person uuid;
  title text;
begin
  -- the log of a company that is being deleted ends before its rows do
  if audit_add.tenant > 0 and exists (select from company_deletions d
      where d.tenant_id = audit_add.tenant and d.step <> 'waiting') then
    return;
  end if;
  if session_user like 'p\_%' then
    actor := 'plugin';
    title := replace(substr(session_user, 3), '_', '-');
  elsif who like 'c.%' and session_user = 'mortise_owner' then
    actor := 'command';
    title := left(substr(who, 3), 120);
  elsif session_user = 'mortise_steward' then
    actor := 'system';
  elsif session_user in ('mortise_api', 'mortise_admin') then
    person := case when who ~ '^[0-9]+\.' then split_part(who, '.', 2)::uuid else mortise.user_id() end;
    actor := 'person';
    if person is not null then
      select u.name, u.kind into title, actor from users u
        where u.tenant_id = case when who ~ '^[0-9]+\.' then split_part(who, '.', 1)::int else mortise.tenant() end
          and u.id = person;
      actor := coalesce(actor, 'person'); -- who isn't there any more
    elsif self then
      person := audit_add.id::uuid;
      title := audit_add.name;
    else
      actor := case session_user when 'mortise_admin' then 'system' else 'nobody' end;
    end if;
  else
    actor := 'database';
    title := session_user;
  end if;
  insert into audit (tenant_id, action, actor_kind, actor_id, actor_name, address, agent, target_kind, target_id, target_name,
      before, after, request_id)
    values (audit_add.tenant, audit_add.action, actor, person, title, left(address, 64), left(agent, 400), kind, audit_add.id,
      audit_add.name, audit_add.before, audit_add.after, left(request, 64));
end $$;
comment on function audit_add(int, text, text, text, text, jsonb, jsonb, bool) is
  'Writes a row of the audit log. self: who isn''t signed in yet acts for themself, as with a sign-in.';

-- What differs of two objects, each way; {} = nothing.
create function audit_changed(a jsonb, b jsonb) returns jsonb
language sql immutable
as $$
  select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(a) e
  where b -> e.key is distinct from e.value
$$;

create function audit_person(tenant int, person uuid, action text, after jsonb) returns void
language plpgsql
as $$
begin
  perform audit_add(tenant, audit_person.action, 'user', u.id::text, u.name, null, audit_person.after, true)
    from users u where u.tenant_id = tenant and u.id = person;
end $$;
comment on function audit_person(int, uuid, text, jsonb) is 'What somebody does before they are signed in, or for themself.';

-- Addresses that nobody has are the server's, all together.
create function audit_failed(email text, action text, after jsonb) returns void
language plpgsql
as $$
declare
  who record;
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  others int;
begin
  select l.tenant_id, l.user_id, u.name into who from logins l join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
    where l.email = audit_failed.email;
  insert into audit_floods as f (tenant_id, action, target_id, address)
    values (coalesce(who.tenant_id, 0), audit_failed.action, coalesce(who.user_id, nobody),
      left(split_part(coalesce(current_setting('mortise.source', true), ''), E'\n', 2), 64))
    on conflict on constraint audit_floods_pkey do update set more = f.more + 1, address = excluded.address
    returning f.more into others;
  if others = 0 then
    perform audit_add(coalesce(who.tenant_id, 0), audit_failed.action, 'user', who.user_id::text, who.name, null, audit_failed.after);
  end if;
end $$;
comment on function audit_failed(text, text, jsonb) is
  'Writes down a sign-in that failed; those of an account that follow within a minute are counted and are one row more.';

create function audit_user() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  was constant jsonb := case when tg_op <> 'INSERT' then jsonb_build_object('name', old.name, 'phone', old.phone) end;
  is_now constant jsonb := case when tg_op <> 'DELETE' then jsonb_build_object('name', new.name, 'phone', new.phone) end;
begin
  if coalesce(new.kind, old.kind) = 'service' then -- its token is written down
    return null;
  elsif tg_op = 'INSERT' then
    perform audit_add(new.tenant_id, case when new.pending then 'user.invited' else 'user.created' end, 'user', new.id::text,
      new.name, null, jsonb_build_object('email', new.email, 'roles', new.roles));
    return null;
  elsif tg_op = 'DELETE' or new.kind = 'former' then
    perform audit_add(old.tenant_id, 'user.removed', 'user', old.id::text, old.name,
      jsonb_build_object('email', old.email, 'roles', old.roles), null);
    return null;
  end if;
  if was <> is_now then
    perform audit_add(new.tenant_id, 'user.changed', 'user', new.id::text, new.name, audit_changed(was, is_now),
      audit_changed(is_now, was));
  end if;
  if old.roles <> new.roles then
    perform audit_add(new.tenant_id, 'user.roles', 'user', new.id::text, new.name, jsonb_build_object('roles', old.roles),
      jsonb_build_object('roles', new.roles));
  end if;
  if old.active <> new.active then
    perform audit_add(new.tenant_id, case when new.active then 'user.activated' else 'user.deactivated' end, 'user', new.id::text,
      new.name, null, null);
  end if;
  if old.pending and not new.pending then
    perform audit_add(new.tenant_id, 'user.joined', 'user', new.id::text, new.name, null, null, true);
  end if;
  return null;
end $$;

create function audit_password() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform audit_person(new.tenant_id, new.user_id, 'password.changed', null);
  return null;
end $$;

create function audit_link_made() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform audit_add(new.tenant_id, 'password.link', 'user', u.id::text, u.name, null,
      jsonb_build_object('purpose', new.purpose, 'expires', iso(new.expires_at)))
    from users u where u.tenant_id = new.tenant_id and u.id = new.user_id;
  return null;
end $$;

-- What system admins do with a company is in its chain and in the server's.
create function audit_tenant() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  name constant text := coalesce(new.name, old.name);
  code constant text := coalesce(new.code, old.code);
  was jsonb;
  is_now jsonb;
  chain int;
begin
  if tg_op = 'DELETE' and exists (select from company_deletions d where d.tenant_id = old.id) then
    return null; -- the end of it is written down, with the numbers
  end if;
  foreach chain in array array[coalesce(new.id, old.id), 0] loop
    if tg_op = 'INSERT' then
      perform audit_add(chain, 'company.added', 'company', code, name, null, null);
    elsif tg_op = 'DELETE' then
      perform audit_add(chain, 'company.removed', 'company', code, name, null, null);
    elsif old.state <> new.state then
      perform audit_add(chain, case when old.state = 'pending' and new.state = 'active' then 'company.approved'
          when new.state = 'active' then 'company.activated' when new.state = 'suspended' then 'company.suspended'
          else 'company.pending' end, 'company', code, name, jsonb_build_object('state', old.state),
        jsonb_strip_nulls(jsonb_build_object('state', new.state, 'reason', new.state_reason)));
    end if;
  end loop;
  if tg_op = 'UPDATE' and old.organization_id <> new.organization_id then
    foreach chain in array array[new.id, 0] loop
      perform audit_add(chain, 'company.organization', 'company', code, name,
        (select jsonb_build_object('organization', o.name) from organizations o where o.id = old.organization_id),
        (select jsonb_build_object('organization', o.name) from organizations o where o.id = new.organization_id));
    end loop;
  end if;
  if tg_op = 'UPDATE' then
    was := company_profile(old);
    is_now := company_profile(new);
    if was <> is_now then
      perform audit_add(new.id, 'company.changed', 'company', code, name, audit_changed(was, is_now), audit_changed(is_now, was));
    end if;
  end if;
  return null;
end $$;

create function audit_permissions() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform audit_add(c.tenant_id, 'role.permissions', 'role', c.role, coalesce((select r.label from custom_roles r
      where r.tenant_id = c.tenant_id and r.id = c.role), c.role), c.was, c.is_now) from (
    select n.tenant_id, n.role,
      jsonb_object_agg(n.permission, w.granted) as was, jsonb_object_agg(n.permission, n.granted) as is_now
    from now_rows n join was_rows w using (tenant_id, plugin_key, permission, role)
    where n.granted <> w.granted group by n.tenant_id, n.role order by 1, 2) c;
  return null;
end $$;

-- Packages are the server's; who has them is a company's.
create function audit_package() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  p constant plugin_packages := coalesce(new, old);
  what text;
begin
  what := case
    when tg_op = 'INSERT' then 'uploaded'
    when tg_op = 'DELETE' then 'deleted'
    when old.approved_at is null and new.approved_at is not null then 'approved'
    when old.quarantined_at is null and new.quarantined_at is not null then 'quarantined'
    when old.quarantined_at is not null and new.quarantined_at is null then 'released'
    when old.signature is distinct from new.signature then 'signed' end;
  if what is not null then
    perform audit_add(0, 'package.' || what, 'plugin', p.plugin_key, p.manifest ->> 'displayName', null,
      jsonb_build_object('version', p.version, 'sha256', p.sha256, 'source', p.source));
  end if;
  return null;
end $$;

-- What was done with a company's plugin and how it ended is written down once it ended (013-plugin-life.sql). Approving is the
-- package's, settings and exports have tables of their own.
create function audit_plugin() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  what constant text := case new.op when 'install' then 'installed' when 'enable' then 'enabled' when 'disable' then 'disabled'
    when 'upgrade' then 'upgraded' when 'rollback' then 'rolled-back' when 'uninstall' then 'uninstalled'
    when 'quarantine' then 'quarantined' end;
begin
  if what is not null then
    perform audit_add(new.tenant_id, 'plugin.' || what, 'plugin', new.plugin_key,
      (select p.manifest ->> 'displayName' from plugin_packages p where p.plugin_key = new.plugin_key and p.version = new.version),
      case when new.from_version is not null then jsonb_build_object('version', new.from_version) end,
      jsonb_build_object('version', new.version, 'outcome', new.outcome));
  end if;
  return null;
end $$;

-- Of secrets their names. What a new key of the server seals anew stays what it was.
create function audit_settings() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  was constant jsonb := coalesce(old.settings, '{}');
  is_now constant jsonb := coalesce(new.settings, '{}');
  secrets jsonb;
begin
  if tg_op = 'UPDATE' and old.version = new.version then
    return null;
  end if;
  secrets := (select jsonb_agg(k order by k) from (
    select k from jsonb_object_keys(coalesce(old.secrets, '{}') || coalesce(new.secrets, '{}')) k
    where old.secrets -> k is distinct from new.secrets -> k) c);
  perform audit_add(coalesce(new.tenant_id, old.tenant_id), case tg_op when 'DELETE' then 'plugin.settings-removed'
      else 'plugin.configured' end, 'plugin', coalesce(new.plugin_key, old.plugin_key), null,
    audit_changed(was, is_now), audit_changed(is_now, was)
      || case when secrets is null then '{}' else jsonb_build_object('secrets', secrets) end);
  return null;
end $$;

create function audit_export() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  e constant plugin_exports := coalesce(new, old);
begin
  if tg_op = 'INSERT' or e.expires_at > now() then -- else its time is over
    perform audit_add(e.tenant_id, case tg_op when 'INSERT' then 'export.made' else 'export.deleted' end, 'plugin', e.plugin_key, null,
      null, jsonb_build_object('version', e.version, 'bytes', e.size));
  end if;
  return null;
end $$;

create function audit_key() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform audit_add(0, case
      when tg_op = 'INSERT' then 'key.trusted'
      when tg_op = 'DELETE' then 'key.removed'
      when old.revoked_at is null and new.revoked_at is not null then 'key.revoked'
      else 'key.changed' end, 'key', coalesce(new.id, old.id), coalesce(new.name, old.name),
    case when tg_op = 'UPDATE' and old.name <> new.name then jsonb_build_object('name', old.name) end,
    case when tg_op = 'UPDATE' and old.name <> new.name then jsonb_build_object('name', new.name) end);
  return null;
end $$;

create function audit_setup_link() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform audit_add(0, 'server.link', 'server', null, null, null, jsonb_build_object('expires', iso(new.expires_at)));
  return null;
end $$;

-- --- the chains ------------------------------------------------------------------------------------------

-- Over everything of the row, as a list, so that no text can move from one column into the next.
create function audit_hash(a audit, last bytea) returns bytea
language sql stable
as $$
  select sha256(last || convert_to(jsonb_build_array(a.tenant_id, a.seq, a.id, extract(epoch from a.at), a.action, a.actor_kind,
    a.actor_id, a.actor_name, a.address, a.agent, a.target_kind, a.target_id, a.target_name, a.before, a.after,
    a.request_id)::text, 'UTF8'))
$$;

-- What was counted of a minute that is over.
create function audit_counted(most int) returns void
language plpgsql
as $$
declare
  f audit_floods;
begin
  for f in
    delete from audit_floods d where (d.tenant_id, d.action, d.target_id) in (
      select o.tenant_id, o.action, o.target_id from audit_floods o where o.began_at < now() - interval '1 min'
      order by 1, 2, 3 limit most for update skip locked)
    returning d.*
  loop
    insert into audit (tenant_id, action, actor_kind, address, target_kind, target_id, target_name, after)
      select f.tenant_id, f.action, 'nobody', nullif(f.address, ''), 'user', u.id, u.name, jsonb_build_object('more', f.more)
      from (select) one left join users u on u.tenant_id = f.tenant_id and u.id = f.target_id
      where f.more > 0;
  end loop;
end $$;

-- Two stewards take turns at a chain's end.
create function audit_link(most int) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  chain int;
  head audit_heads;
  a audit;
  n bigint := 0;
begin
  perform audit_counted(most);
  for chain in select distinct w.tenant_id from audit w where w.seq is null and not company_is_gone(w.tenant_id) order by 1 loop
    insert into audit_heads values (chain, 0, '') on conflict do nothing;
    select h.* into head from audit_heads h where h.tenant_id = chain for update;
    for a in select * from audit w where w.tenant_id = chain and w.seq is null order by w.at, w.id limit most loop
      head.seq := head.seq + 1;
      a.seq := head.seq;
      head.hash := audit_hash(a, head.hash);
      update audit w set seq = head.seq, hash = head.hash where w.tenant_id = chain and w.id = a.id;
      n := n + 1;
    end loop;
    update audit_heads h set seq = head.seq, hash = head.hash where h.tenant_id = chain;
  end loop;
  return n;
end $$;
comment on function audit_link(int) is 'Puts rows at the end of their chains, at most so many of each; returns how many.';

-- --- reading ---------------------------------------------------------------------------------------------

-- A system admin reads any company's, and the server's: which chain has this code, '' = the server's; NULL = there is none.
create function audit_chain(code text) returns int
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if not exists (select from users u where u.tenant_id = mortise.tenant() and u.id = mortise.user_id() and u.active
      and u.roles @> array['SystemAdmin']) then
    raise exception 'system-admins-only' using errcode = '42501';
  end if;
  return case audit_chain.code when '' then 0 else (select t.id from tenants t where t.code = audit_chain.code) end;
end $$;

-- The operator's. What a chain is called in commands.
create function audit_chains(code text) returns table (tenant int, name text)
language sql stable
as $$
  select c.* from (
    select 0, 'server' union all select t.id, t.code from tenants t
    union all select h.tenant_id, 'company ' || h.tenant_id from audit_heads h
      where h.tenant_id > 0 and not exists (select from tenants t where t.id = h.tenant_id)
        and not company_is_gone(h.tenant_id)) c (tenant, name)
  where audit_chains.code is null or c.tenant = case audit_chains.code when '' then 0 else tenant_named(audit_chains.code) end
  order by c.tenant
$$;

-- Of each chain how many rows it has and how many wait to be put there, its end, and the first place that isn't as it was
-- written: NULL = it is whole.
create function audit_verify(code text)
returns table (chain text, entries bigint, waiting bigint, head text, bad bigint, why text)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  whose int;
  last audit_heads;
begin
  for whose, chain in select c.tenant, c.name from audit_chains(audit_verify.code) c loop
    last := null;
    select h.* into last from audit_heads h where h.tenant_id = whose;
    head := encode(last.hash, 'hex');
    select count(a.seq), count(*) - count(a.seq) into entries, waiting from audit a where a.tenant_id = whose;
    select f.place, f.fault into bad, why from (
      select case when a.seq > a.n then a.n else a.seq end as place,
        case when a.seq > a.n then 'removed' when a.hash <> audit_hash(a.own, a.last) then 'changed' end as fault
      from (select a as own, a.seq, a.hash, row_number() over w as n, lag(a.hash, 1, ''::bytea) over w as last
        from audit a where a.tenant_id = whose and a.seq is not null window w as (order by a.seq)) a) f
      where f.fault is not null order by f.place limit 1;
    if bad is null and (entries, coalesce(last.seq, 0)) is distinct from (coalesce(last.seq, 0), entries) then
      bad := least(entries, coalesce(last.seq, 0)) + 1;
      why := 'removed';
    end if;
    return next;
  end loop;
end $$;

create function audit_list(code text, most int)
returns table (at timestamptz, action text, actor text, address text, target text, before jsonb, after jsonb, request text)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select a.at, a.action, a.actor_kind || coalesce(' ' || a.actor_name, ''), a.address,
    a.target_kind || coalesce(' ' || coalesce(a.target_name, a.target_id), ''), a.before, a.after, a.request_id
  from audit a where a.tenant_id = (select c.tenant from audit_chains(coalesce(audit_list.code, '')) c)
  order by a.at desc, a.id desc limit most
$$;

grant execute on function audit_chain(text) to mortise_api;
grant execute on function audit_link(int) to mortise_steward, mortise_owner;
grant execute on function audit_verify(text), audit_list(text, int) to mortise_owner;
grant execute on function audit_user(), audit_password(), audit_link_made(), audit_tenant(), audit_permissions(), audit_package(),
  audit_plugin(), audit_settings(), audit_export(), audit_key(), audit_setup_link() to mortise_owner;
reset role;

create trigger audit_user after insert or delete or update of name, phone, roles, active, pending on users
  for each row execute function audit_user();
create trigger audit_password after update of password_hash on logins for each row
  when (old.password_hash is not null) execute function audit_password();
create trigger audit_link_made after insert or update of token_hash on links for each row execute function audit_link_made();
create trigger audit_tenant after insert or delete or update on tenants
  for each row execute function audit_tenant();
create trigger audit_permissions after update on role_permissions
  referencing old table as was_rows new table as now_rows for each statement execute function audit_permissions();
create trigger audit_package after insert or delete or update of approved_at, quarantined_at, signature on plugin_packages
  for each row execute function audit_package();
create trigger audit_plugin after insert on plugin_activity for each row execute function audit_plugin();
create trigger audit_settings after insert or update or delete on plugin_settings for each row execute function audit_settings();
create trigger audit_export after insert or delete on plugin_exports for each row execute function audit_export();
create trigger audit_key after insert or update or delete on trust_keys for each row execute function audit_key();
create trigger audit_setup_link after insert or update on first_run for each row execute function audit_setup_link();
revoke all on audit, audit_heads, audit_floods from mortise_owner;
