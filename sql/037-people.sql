-- 037-people.sql - removing somebody for good: what was theirs alone goes, what they wrote stays, by "Former member 3".
--
-- The row of users stays as kind "former", because tickets, comments and histories name it. Tables whose rows belong to a
-- person refer to users with ON DELETE CASCADE, and by that they are found: a new one needs nothing here but rights
-- for mortise_auth, which t/sql/36-removal.sql checks. Names that were copied into other rows are replaced one by one;
-- the same test looks for them in every table. The audit log keeps them: it is chained, and says who did what.

create table former_marks (
  tenant_id int not null,
  user_id uuid not null,
  mark text not null check (mark ~ '^[0-9a-f]{64}$'),
  primary key (tenant_id, user_id, mark),
  foreign key (tenant_id, user_id) references users on delete cascade
);
comment on table former_marks is 'By which address and accounts at providers a removed person was known, hashed with their id: no sign-in '
  'makes them an account again, an invitation does. Policy "auth": mortise_auth alone.';
alter table former_marks enable row level security, force row level security;
create policy auth on former_marks to mortise_auth using (true) with check (true);
grant select, insert, delete on former_marks to mortise_auth;

create policy auth on ticket_views to mortise_auth using (true);
create policy auth on ticket_comments to mortise_auth using (true) with check (true);
create policy auth on history to mortise_auth using (true) with check (true);
create policy auth on plugin_activity to mortise_auth using (true) with check (true);
create policy auth_delete on presence for delete to mortise_auth using (true);
grant select, delete on ticket_views to mortise_auth;
grant delete on presence, notification_reads to mortise_auth;
grant select (tenant_id, user_id), delete on pictures to mortise_auth;
grant select, update (body) on ticket_comments to mortise_auth;
grant select, delete, update (changes) on history to mortise_auth;
grant select, update (user_name) on plugin_activity to mortise_auth;
grant update (payload), delete on events to mortise_auth;

set local role mortise_auth;

create function former_mark(person uuid, what text) returns text
language sql immutable
return encode(sha256(convert_to(person || ':' || what, 'UTF8')), 'hex');

-- Is this address, or this subject of a provider, that of somebody who was removed here?
create function is_former(tenant int, email text, provider uuid, subject text) returns bool
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select exists (select from former_marks f where f.tenant_id = is_former.tenant
    and f.mark in (former_mark(f.user_id, lower(is_former.email)), former_mark(f.user_id, provider || ' ' || subject)))
$$;

-- What happened, with another name for somebody: as a name, and among the values of a message, which is then written anew.
create function renamed(v jsonb, was text, is_now text) returns jsonb
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  ret jsonb := v;
  e record;
begin
  if jsonb_typeof(v) = 'array' then
    return (select coalesce(jsonb_agg(renamed(x, was, is_now) order by n), '[]') from jsonb_array_elements(v) with ordinality a (x, n));
  elsif jsonb_typeof(v) <> 'object' then
    return v;
  end if;
  for e in select * from jsonb_each(v) loop
    ret := jsonb_set(ret, array[e.key], case
      when e.key ~* 'name$' and e.value = to_jsonb(was) then to_jsonb(is_now)
      when e.key = 'values' and jsonb_typeof(e.value) = 'array' then (select coalesce(jsonb_agg(case when x = to_jsonb(was) then to_jsonb(is_now)
        else renamed(x, was, is_now) end order by n), '[]') from jsonb_array_elements(e.value) with ordinality a (x, n))
      else renamed(e.value, was, is_now) end);
  end loop;
  if ret -> 'text' <> v -> 'text' and ret #> '{text,title,key}' is not null then
    ret := ret || notice(ret #>> '{text,title,key}', ret #>> '{text,message,key}', ret #> '{text,title,values}');
  end if;
  return ret;
end $$;

-- The caller has checked that it may, and locked the row.
create function user_forget(who users) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t constant int := who.tenant_id;
  is_now constant text := 'Former member ' || (select count(*) + 1 from users u where u.tenant_id = who.tenant_id and u.kind = 'former');
  marks constant text[] := array(select former_mark(who.id, lower(who.email))
    union select former_mark(who.id, i.provider_id || ' ' || i.subject) from oidc_identities i
      where i.tenant_id = who.tenant_id and i.user_id = who.id);
  -- A name that others have too is replaced only where the person's id is with it.
  shared constant bool := exists (select from users u where u.tenant_id = who.tenant_id and u.id <> who.id and u.name = who.name);
  quoted constant text := to_jsonb(who.name)::text;
  mention constant text := 'mention:' || who.id;
  part record;
begin
  for part in select c.conrelid::regclass as name, a.attname as person from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[2]
      where c.confrelid = 'users'::regclass and c.contype = 'f' and c.confdeltype = 'c' order by c.conrelid::regclass::text loop
    execute format('delete from %s where tenant_id = $1 and %I = $2', part.name, part.person) using t, who.id;
  end loop;
  perform plugin_references_end(t, 'people', array[who.id]); -- bootstrap-plugin.sql
  insert into former_marks (tenant_id, user_id, mark) select t, who.id, m from unnest(marks) m;
  delete from login_attempts a where a.email = who.email;
  delete from history h where h.tenant_id = t and h.resource = 'users' and h.row_id = who.id::text;
  delete from notices n where n.tenant_id = t and n.channel = 'u.' || who.id;
  delete from events e where e.tenant_id = t and e.channel = 'u.' || who.id;
  update teams m set member_ids = array_remove(m.member_ids, who.id::text), lead_id = nullif(m.lead_id, who.id), version = m.version + 1
    where m.tenant_id = t and (who.id::text = any (m.member_ids) or m.lead_id = who.id);
  update users u set kind = 'former', name = is_now, email = who.id || '@former.invalid', phone = null, roles = '{}', active = false,
      pending = false, second_factor = false, language = null, theme = null, time_zone = null, locale = null, version = u.version + 1
    where u.tenant_id = t and u.id = who.id;

  update notices n set payload = renamed(n.payload, who.name, is_now) where n.tenant_id in (t, 0) and strpos(n.payload::text, quoted) > 0
    and (strpos(n.payload::text, who.id::text) > 0 or n.tenant_id = t and not shared);
  update events e set payload = renamed(e.payload, who.name, is_now) where e.tenant_id in (t, 0) and strpos(e.payload::text, quoted) > 0
    and (strpos(e.payload::text, who.id::text) > 0 or e.tenant_id = t and not shared);
  update ticket_comments c set body = regexp_replace(c.body, '\[@(?:(?!\]\()[^\n])*\]\(' || mention || '\)', format('[@%s](%s)', is_now, mention), 'gi')
    where c.tenant_id = t and strpos(lower(c.body), mention) > 0;
  update history h set changes = regexp_replace(h.changes::text, '\[@(?:(?!\]\()[^\n])*\]\(' || mention || '\)', format('[@%s](%s)', is_now, mention),
      'gi')::jsonb
    where h.tenant_id = t and h.resource = 'comments' and strpos(lower(h.changes::text), mention) > 0;
  update plugin_activity a set user_name = is_now where a.tenant_id = t and a.user_id = who.id;
  update plugin_rollouts r set started_by_name = is_now where r.started_by = who.id;
  update company_exports e set asked_by = is_now where e.tenant_id = t and e.asked_by = who.name and not shared;
end $$;

-- What is open goes to nobody, somebody or a team as where an account is deactivated, `most` at once; returns how many are left,
-- for which it is called again.
create function user_leave(who users, kind text, target uuid, most int) returns bigint
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || who.tenant_id, 0));
  if who.kind = 'person' then
    if who.active and not who.pending and administers(who.tenant_id, array_remove(who.roles, 'SystemAdmin'))
      and not administered(who.tenant_id, who.id) then
      raise exception 'last-admin' using errcode = 'P0001';
    end if;
    perform user_forget(who);
  end if;
  return work_hand_over(who.tenant_id, who.id, user_leave.kind, target, 'removed', most, who.kind = 'person');
end $$;

-- By a person. NULL = there is nobody, or nothing left of somebody who was removed before.
create function user_remove(person uuid, kind text, target uuid, most int) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
begin
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = person and u.kind in ('person', 'former')
    for no key update;
  if who.id is null or who.kind = 'former' and user_open_tickets(person) = 0 then
    return null;
  elsif who.id = mortise.user_id() then
    raise exception 'own-removal' using errcode = 'P0001';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || who.tenant_id, 0));
  perform people_check(who.tenant_id, who.roles);
  return user_leave(who, user_remove.kind, target, most);
end $$;

-- The operator's; target as that of user_hand_over_named(). Again by the person, whose address is gone then.
create function user_remove_named(email text, person uuid, target text, most int)
returns table (id uuid, rest bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  who users;
  taker record;
begin
  if person is null then
    who := user_named(user_remove_named.email);
  else
    select u.* into who from users u where u.id = person and u.kind = 'former' for no key update;
  end if;
  select * into taker from work_target(who.tenant_id, target);
  return query select who.id, user_leave(who, taker.kind, taker.id, most);
end $$;

grant execute on function user_remove(uuid, text, uuid, int) to mortise_api;
grant execute on function user_remove_named(text, uuid, text, int) to mortise_owner;
reset role;
