-- 032-teams.sql - teams of a company, what somebody who leaves hands over, and inviting many at once.

-- --- teams ------------------------------------------------------------------------------------------------

-- Ids of people as text, as the engine of resources has lists; the trigger below holds them to what is there.
create table teams (
  tenant_id int not null default mortise.tenant(),
  id uuid not null,
  name text not null check (length(name) between 1 and 60),
  description text check (length(description) between 1 and 300),
  lead_id uuid,
  member_ids text[] not null default '{}' check (cardinality(member_ids) <= 500),
  version int not null default 1,
  primary key (tenant_id, id),
  foreign key (tenant_id) references tenants,
  foreign key (tenant_id, lead_id) references users on delete set null (lead_id)
);
create unique index teams_name on teams (tenant_id, lower(name));
comment on table teams is 'Teams of a company and who is in them. Policy "tenant".';
alter table teams enable row level security, force row level security;
create policy tenant on teams using (tenant_id = (select mortise.tenant()));
create policy auth on teams to mortise_auth using (true) with check (true);
grant select, insert, update, delete on teams to mortise_api, mortise_auth;
grant select on teams to mortise_admin, mortise_steward;

set local role mortise_auth;

-- Everybody once, and of this company; who is new can be chosen. Who was there stays, deactivated or not.
create function team_members() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  had constant text[] := case when tg_op = 'UPDATE' then old.member_ids else '{}' end;
  stranger text;
begin
  new.name := btrim(new.name);
  new.member_ids := array(select m from (select lower(m) as m, min(n) as n
    from unnest(new.member_ids) with ordinality x (m, n) group by lower(m)) x order by n);
  select m into stranger from unnest(new.member_ids) m
    where m <> all (had) and not exists (select from users u where u.tenant_id = new.tenant_id and u.id::text = m
      and u.kind = 'person' and may_be_chosen(u)) limit 1;
  if found then
    raise exception 'team-member: %', left(stranger, 60) using errcode = '22023';
  end if;
  return new;
end $$;
grant execute on function team_members() to mortise_owner;

-- Who can be given work of a team.
create function team_people(tenant int, team uuid) returns uuid[]
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select array(select u.id from teams m join users u on u.tenant_id = m.tenant_id and u.id::text = any (m.member_ids)
    where m.tenant_id = team_people.tenant and m.id = team_people.team and u.active order by u.name, u.id)
$$;

-- --- work of somebody who leaves ---------------------------------------------------------------------------

-- How many tickets more each of these gets: always the one with the fewest open ones is next. The level to which all are
-- filled is found by halving, so it costs the same for a ticket and for a million.
create function work_shares(tenant int, takers uuid[], total bigint)
returns table (taker uuid, place int, has bigint, gets bigint)
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  counts bigint[] := array(select (select count(*) from tickets t where t.tenant_id = work_shares.tenant and t.assignee_id = x.id
    and t.closed_at is null) from unnest(takers) with ordinality x (id, n) order by n);
  low bigint := 0;
  high bigint := total + 1 + (select coalesce(max(c), 0) from unnest(counts) c);
  middle bigint;
begin
  while high - low > 1 loop
    middle := (low + high) / 2;
    if (select sum(greatest(0, middle - c)) from unnest(counts) c) <= total then
      low := middle;
    else
      high := middle;
    end if;
  end loop;
  return query
    select x.id, x.n::int, counts[x.n], greatest(0, low - counts[x.n]) + case when counts[x.n] <= low
        and count(*) filter (where counts[x.n] <= low) over (order by x.n)
          <= total - (select sum(greatest(0, low - c)) from unnest(counts) c) then 1 else 0 end
    from unnest(takers) with ordinality x (id, n);
end $$;

-- Gives the open tickets of somebody to nobody ('nobody'), to a person ('user') or spreads them over a team ('team'), the
-- oldest first, `most` at once; returns how many are left. why: 'deactivated' or 'removed', for the history of each ticket.
-- first: those who get some are notified, once, of all that they will have got in the end.
create function work_hand_over(tenant int, person uuid, kind text, target uuid, why text, most int, first bool)
returns bigint
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant text := (select u.name from users u where u.tenant_id = work_hand_over.tenant and u.id = person);
  actor constant jsonb := event_by(work_hand_over.tenant);
  takers uuid[];
  total bigint;
  shares jsonb;
  given jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || work_hand_over.tenant, 0));
  takers := array_remove(case kind
    when 'user' then array(select u.id from users u where u.tenant_id = work_hand_over.tenant and u.id = target and u.active)
    when 'team' then team_people(work_hand_over.tenant, target) else '{}' end, person);
  if kind <> 'nobody' and takers = '{}' then
    raise exception 'work-takers' using errcode = '22023';
  end if;
  select count(*) into total from tickets t where t.tenant_id = work_hand_over.tenant and t.assignee_id = person
    and t.closed_at is null;
  shares := (select jsonb_agg(jsonb_build_object('taker', s.taker, 'place', s.place, 'has', s.has, 'gets', s.gets) order by s.place)
    from work_shares(work_hand_over.tenant, takers, total) s);
  with mine as (
    select x.id, row_number() over (order by x.number) as n from (
      select t.id, t.number from tickets t where t.tenant_id = work_hand_over.tenant and t.assignee_id = person
        and t.closed_at is null order by t.number limit most for no key update) x
  ), slots as (
    select s.taker, row_number() over (order by s.has + l, s.place) as n
    from jsonb_to_recordset(shares) s (taker uuid, place int, has bigint, gets bigint), generate_series(1, s.gets) l
  ), changed as (
    update tickets t set assignee_id = s.taker, version = t.version + 1, updated_at = clock_timestamp()
      from mine m left join slots s on s.n = m.n
      where t.tenant_id = work_hand_over.tenant and t.id = m.id
      returning t.id, t.number, t.title, t.state, t.version, t.assignee_id
  ), noted as (
    insert into ticket_history (tenant_id, ticket_id, user_id, changes)
      select work_hand_over.tenant, c.id, mortise.user_id(), jsonb_build_object('assigneeId', jsonb_build_array(person, c.assignee_id),
        'reason', jsonb_build_array(null, why)) from changed c
  )
  select jsonb_agg(jsonb_build_object('taker', c.assignee_id, 'data', jsonb_build_object('ticketId', c.id, 'number', c.number,
      'title', c.title, 'state', c.state, 'version', c.version) || actor) order by c.number) into given from changed c;
  if given is null then
    return 0;
  end if;
  -- A page that shows a list reads it anew by one event; few tickets have events of their own as well.
  perform outbox_add(tenant, 't.' || tenant, 'WorkHandedOver', jsonb_build_object('userId', person, 'name', who,
    'count', jsonb_array_length(given)) || actor);
  perform outbox_add(tenant, 't.' || tenant, 'TicketUpdated', g.data)
    from jsonb_to_recordset(given) g (data jsonb) where jsonb_array_length(given) <= 50;
  perform case when s.gets = 1 and jsonb_array_length(given) = total
      then outbox_add(tenant, 'u.' || s.taker, 'TicketAssigned', (select g.data from jsonb_to_recordset(given) g (taker uuid, data jsonb)
        where g.taker = s.taker limit 1))
      else outbox_add(tenant, 'u.' || s.taker, 'Notification', notice('You have {0} more tickets',
          case why when 'removed' then 'They were assigned to {1}, who left the company'
            else 'They were assigned to {1}, whose account was deactivated' end, jsonb_build_array(s.gets, who))
        || jsonb_build_object('icon', '🎫', 'url', '/tickets?assigneeId=me&category=open', 'priority', 'normal',
          'fromUserId', actor -> 'byUserId', 'fromUserName', actor -> 'byUserName')) end
    from jsonb_to_recordset(shares) s (taker uuid, gets bigint)
    where first and s.gets > 0 and s.taker is distinct from mortise.user_id();
  return total - jsonb_array_length(given);
end $$;

-- By a person, who is allowed to change tickets; the account is deactivated in this transaction or was before.
create function user_hand_over(person uuid, kind text, target uuid, most int, first bool) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who users;
begin
  select u.* into who from users u where u.tenant_id = mortise.tenant() and u.id = user_hand_over.person and u.kind = 'person';
  if who.id is null or who.active then
    raise exception 'work-active' using errcode = 'P0001';
  end if;
  perform people_check(who.tenant_id, who.roles);
  return work_hand_over(who.tenant_id, who.id, user_hand_over.kind, target, 'deactivated', most, first);
end $$;

-- As the operator writes it: an address, 'team:' and a name, or 'nobody'.
create function work_target(tenant int, target text) returns table (kind text, id uuid)
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select case when target = 'nobody' then 'nobody' when target like 'team:%' then 'team' else 'user' end,
    case when target like 'team:%' then (select m.id from teams m where m.tenant_id = work_target.tenant
        and lower(m.name) = lower(substr(target, 6)))
      else (select u.id from users u where u.tenant_id = work_target.tenant and u.email = lower(target) and u.kind = 'person') end
$$;

-- The operator's.
create function user_hand_over_named(email text, target text, most int, first bool) returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who constant users := user_named(user_hand_over_named.email);
  taker record;
begin
  select * into taker from work_target(who.tenant_id, target);
  return work_hand_over(who.tenant_id, who.id, taker.kind, taker.id, 'deactivated', most, first);
end $$;

create function user_open_work(person uuid) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select json_build_object('total', coalesce(sum(c.n), 0), 'items', coalesce(json_agg(json_build_object('state', s.key, 'label', s.label,
    'count', c.n) order by s.position), '[]'))
  from (select t.state, count(*) as n from tickets t where t.tenant_id = mortise.tenant() and t.assignee_id = person
      and t.closed_at is null group by t.state) c
    join ticket_states s on s.tenant_id = mortise.tenant() and s.key = c.state
$$;

-- --- many at once -------------------------------------------------------------------------------------------

-- A role as people write it: a built-in one's name, also in German, or a custom one's, in any case.
create function role_written(tenant int, written text) returns text
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce((select r from unnest(role_names()) r where lower(r) = w.name),
    (select c.id from custom_roles c where c.tenant_id = role_written.tenant and (lower(c.label) = w.name or c.id = w.name) limit 1),
    case w.name when 'technik' then 'Technician' when 'techniker' then 'Technician' when 'technikerin' then 'Technician'
      when 'disposition' then 'Dispatcher' when 'disponent' then 'Dispatcher' when 'disponentin' then 'Dispatcher'
      when 'verwaltung' then 'Admin' when 'administrator' then 'Admin' when 'administratorin' then 'Admin' end)
  from (select lower(btrim(written)) as name) w
$$;

create function line_fault(field text, said text) returns jsonb
language sql immutable
return jsonb_build_array(jsonb_build_array(field, said));

-- Invites these, one by one as the page does it: by the triggers of users, so that the rules about roles, addresses and limits
-- are those. What one of them refuses is undone and named, and the next is tried. The caller commits, or rolls everything back
-- where this was to show what would happen. lines: [{line, id, name, email, phone, roles, teams, hash, mail, faults}]; what has
-- faults already is only looked at. by_mail: the outbox sends a link to each, else it is the one with the line's hash.
create function people_invite(tenant int, lines jsonb, by_mail bool, invite_s int)
returns table (line int, person uuid, roles text[], teams text[], faults jsonb, expires bigint)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  l record;
  who users;
  n text;
  found_id text;
  team_ids uuid[];
  seen text[] := '{}';
  actor constant jsonb := event_by(people_invite.tenant);
  may_team constant bool := mortise.user_id() is null
    or 'teams:manage' = any (permissions_of(people_invite.tenant, acting_roles(people_invite.tenant)));
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise people ' || people_invite.tenant, 0));
  for l in select * from jsonb_to_recordset(lines) x (line int, id uuid, name text, email text, phone text, roles jsonb, teams jsonb,
      hash text, mail uuid, faults jsonb) loop
    line := l.line;
    person := null;
    expires := null;
    roles := '{}';
    teams := '{}';
    team_ids := '{}';
    faults := coalesce(l.faults, '[]');
    for n in select jsonb_array_elements_text(l.roles) loop
      found_id := role_written(people_invite.tenant, n);
      if found_id is null then
        faults := faults || line_fault('roles', 'role-unknown: ' || left(n, 60));
      else
        roles := roles || found_id;
      end if;
    end loop;
    for n in select jsonb_array_elements_text(l.teams) loop
      select m.id::text into found_id from teams m where m.tenant_id = people_invite.tenant and lower(m.name) = lower(btrim(n));
      if found_id is null then
        faults := faults || line_fault('teams', 'team-unknown: ' || left(n, 60));
      elsif not may_team then
        faults := faults || line_fault('teams', 'permission-needed: teams:manage');
      else
        team_ids := team_ids || found_id::uuid;
      end if;
    end loop;
    if l.email <> '' and lower(l.email) = any (seen) then
      faults := faults || line_fault('email', 'email-twice: ' || l.email);
    elsif exists (select from users u where u.tenant_id = people_invite.tenant and u.email = lower(l.email) and u.kind = 'person') then
      faults := faults || line_fault('email', 'email-member: ' || l.email);
    end if;
    seen := seen || lower(l.email);
    if faults = '[]' then
      begin
        insert into users as u (tenant_id, id, email, name, roles, phone, pending)
          values (people_invite.tenant, l.id, lower(l.email), l.name, people_invite.roles, l.phone, true) returning u.* into who;
        roles := who.roles;
        update teams m set member_ids = m.member_ids || l.id::text, version = m.version + 1
          where m.tenant_id = people_invite.tenant and m.id = any (team_ids);
        if by_mail then
          perform mail_add(who, 'invite', l.mail);
        else
          expires := (select k.expires from link_add(who, l.hash, invite_s, invite_s) k);
        end if;
        if mortise.user_id() is not null then
          insert into history (tenant_id, resource, row_id, user_id, changes) values (who.tenant_id, 'users', who.id::text,
            mortise.user_id(), jsonb_build_object('name', jsonb_build_array(null, who.name),
              'email', jsonb_build_array(null, who.email), 'roles', jsonb_build_array(null, who.roles)));
          perform outbox_add(who.tenant_id, 't.' || who.tenant_id, 'UserCreated', jsonb_build_object('userId', who.id, 'name', who.name,
            'active', true, 'version', 1) || actor);
        end if;
        person := who.id;
      exception when others then
        -- what isn't about this line ends all of it
        if sqlstate !~ '^(23|22|42501|P0|MT)' or sqlstate = '42501' and sqlerrm !~ '^[a-z-]+(:|$)' then
          raise;
        end if;
        faults := faults || line_fault(case when sqlerrm like 'email-%' then 'email'
          when sqlerrm like 'role%' or sqlerrm like 'system-admin%' then 'roles' else '' end, sqlerrm);
      end;
    end if;
    teams := array(select m.name from teams m where m.tenant_id = people_invite.tenant and m.id = any (team_ids) order by 1);
    return next;
  end loop;
end $$;

create function own_people_invite(lines jsonb, by_mail bool, invite_s int)
returns table (line int, person uuid, roles text[], teams text[], faults jsonb, expires bigint)
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select * from people_invite(mortise.tenant(), lines, by_mail, invite_s)
$$;

-- Each member on their own channel; how many they are. NULL = there is no such team.
create function notify_team(team uuid, payload jsonb) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  who uuid;
  n int := 0;
begin
  perform from teams m where m.tenant_id = mortise.tenant() and m.id = team;
  if not found then
    return null;
  end if;
  foreach who in array (select coalesce(array_agg(p order by p), '{}') from unnest(team_people(mortise.tenant(), team)) p) loop
    n := n + notify('user', who::text, payload);
  end loop;
  return n;
end $$;
grant execute on function notify_team(uuid, jsonb) to mortise_api;

grant execute on function user_hand_over(uuid, text, uuid, int, bool), user_open_work(uuid), own_people_invite(jsonb, bool, int)
  to mortise_api;
grant execute on function user_hand_over_named(text, text, int, bool), people_invite(int, jsonb, bool, int) to mortise_owner;
reset role;

create trigger team_members before insert or update of name, member_ids on teams for each row execute function team_members();
grant execute on function notice(text, text, jsonb) to mortise_auth;
grant update (assignee_id, version, updated_at) on tickets to mortise_auth;
grant insert on history to mortise_auth;
