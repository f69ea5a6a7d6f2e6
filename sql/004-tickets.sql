-- 004-tickets.sql - tickets, their states, comments and history; the rules that a plugin's changes follow.

create table ticket_states (
  tenant_id int not null references tenants,
  key text not null check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
  label text not null check (length(label) between 1 and 60),
  category text not null check (category in ('open', 'closed')),
  position int not null,
  primary key (tenant_id, key)
);
comment on table ticket_states is 'The states a tenant''s tickets go through. Policy "tenant".';
alter table ticket_states enable row level security, force row level security;
create policy tenant on ticket_states using (tenant_id = (select mortise.tenant()));
create policy auth on ticket_states to mortise_auth using (true) with check (true);
grant select on ticket_states to mortise_api, mortise_admin;
grant select, insert on ticket_states to mortise_auth;

create table counters (
  tenant_id int not null references tenants,
  name text not null,
  value bigint not null default 0,
  primary key (tenant_id, name)
) with (fillfactor = 50);
comment on table counters is 'Numbers given out in order, such as the next ticket''s: '
  'update counters set value = value + 1 where name = ''ticket'' returning value. Policy "tenant".';
alter table counters enable row level security, force row level security;
create policy tenant on counters using (tenant_id = (select mortise.tenant()));
create policy auth on counters to mortise_auth using (true) with check (true);
grant select, insert, update on counters to mortise_api, mortise_admin;
grant select, insert on counters to mortise_auth;

-- PostgreSQL parses the checks of a table anew for every statement, those of a domain once for each session.
create domain ticket_title as text check (length(value) between 1 and 200);
create domain ticket_description as text check (length(value) <= 20000);
create domain ticket_priority as text check (value in ('low', 'normal', 'high', 'urgent'));
create domain comment_body as text check (length(value) between 1 and 10000);
create domain changes as jsonb check (jsonb_typeof(value) = 'object');

-- That the company exists follows from created_by: the author is one of its people. words is what the ticket is
-- searched by, written by a trigger (005-search.sql). A search follows the order of the newest by an index alone, as long
-- as these were vacuumed: after each fiftieth part that is new, not each fifth.
create table tickets (
  tenant_id int not null default mortise.tenant(),
  id uuid not null,
  number int not null,
  title ticket_title not null,
  description ticket_description not null default '',
  words text not null default '',
  state text not null default 'new',
  priority ticket_priority not null default 'normal',
  assignee_id uuid,
  created_by uuid not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  closed_at timestamptz,
  custom jsonb not null default '{}', -- values of custom_fields (045-custom-fields.sql) by key
  primary key (tenant_id, id),
  unique (tenant_id, number),
  foreign key (tenant_id, state) references ticket_states,
  foreign key (tenant_id, assignee_id) references users,
  foreign key (tenant_id, created_by) references users
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
create index tickets_updated on tickets (tenant_id, updated_at desc, id desc);
create index tickets_created on tickets (tenant_id, created_at desc, id desc);
create index tickets_priority on tickets (tenant_id, (case priority when 'low' then 1 when 'normal' then 2
  when 'high' then 3 when 'urgent' then 4 end), id) include (priority); -- or its rows are read to count them
create index tickets_state on tickets (tenant_id, state, updated_at desc, id desc);
create index tickets_assignee on tickets (tenant_id, assignee_id, updated_at desc, id desc);
create index tickets_author on tickets (tenant_id, created_by, updated_at desc, id desc);
comment on table tickets is 'A tenant''s tickets. Policy "tenant", and "own_read" and "own_write": who is allowed own ones '
  'only. Plugins get columns by permission.';
alter table tickets enable row level security, force row level security;
create policy tenant on tickets using (tenant_id = (select mortise.tenant()));
create policy auth on tickets to mortise_auth using (true) with check (true);
grant select, insert, update on tickets to mortise_api, mortise_admin;
grant select on tickets to mortise_auth;

create table ticket_comments (
  tenant_id int not null default mortise.tenant(),
  id uuid not null,
  ticket_id uuid not null,
  author_id uuid not null,
  body comment_body not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, ticket_id) references tickets on delete cascade,
  foreign key (tenant_id, author_id) references users
);
create index ticket_comments_ticket on ticket_comments (tenant_id, ticket_id, created_at, id);
comment on table ticket_comments is 'What people wrote at a ticket; with archived_at it was taken away. Policy "tenant", '
  '"own_read", "own_add" and "own_change" as the ticket''s.';
alter table ticket_comments enable row level security, force row level security;
create policy tenant on ticket_comments using (tenant_id = (select mortise.tenant()));
grant select, insert, update on ticket_comments to mortise_api, mortise_admin;

-- id is the time in microseconds, not a sequence: gaps in one would reveal to each tenant how active the
-- others are. Rows of a ticket are written under the ticket's row lock, one a statement.
create table ticket_history (
  tenant_id int not null default mortise.tenant(),
  id bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint,
  ticket_id uuid not null,
  user_id uuid,
  at timestamptz not null default now(),
  changes changes not null,
  primary key (tenant_id, ticket_id, id),
  foreign key (tenant_id, ticket_id) references tickets on delete cascade,
  foreign key (tenant_id, user_id) references users
);
comment on table ticket_history is 'Who changed what: {"state": ["new", "assigned"], ...}; user_id is '
  'NULL when the transaction stood for nobody. Policy "tenant", and "own_read" as the ticket''s.';
alter table ticket_history enable row level security, force row level security;
create policy tenant on ticket_history using (tenant_id = (select mortise.tenant()));
create policy auth on ticket_history to mortise_auth using (true) with check (true);
grant select, insert on ticket_history to mortise_api, mortise_admin;
grant select, insert on ticket_history to mortise_auth;

-- --- own tickets only -----------------------------------------------------------------------------------
-- Somebody's own are those that are assigned to them, and those that they created. Restrictive policies hold it: a
-- row of a transaction without that scope costs them one comparison, because CASE stops there. "<> 0" is what the planner
-- takes to be true of nearly every row, so no plan changes. What one gives away is one's own to the end of that
-- transaction, or it could neither be written nor answered.

create function ticket_is_mine(id uuid, assignee_id uuid, created_by uuid) returns bool
language sql stable parallel safe
return coalesce(mortise.user_id() in (ticket_is_mine.created_by, coalesce(ticket_is_mine.assignee_id,
    ticket_is_mine.created_by)), false)
  or ticket_is_mine.id::text = any (string_to_array(current_setting('mortise.given_away', true), ','));
grant execute on function ticket_is_mine(uuid, uuid, uuid) to mortise_core, mortise_plugin;

create policy own_read on tickets as restrictive for select to mortise_api, mortise_admin, mortise_plugin
  using (case when (select mortise.own_tickets()) = 'read'
    then ticket_is_mine(id, assignee_id, created_by)::int else 1 end <> 0);
create policy own_write on tickets as restrictive for update to mortise_api, mortise_admin, mortise_plugin
  using (case when (select mortise.own_tickets()) is not null
    then ticket_is_mine(id, assignee_id, created_by)::int else 1 end <> 0) with check (true);

set local role mortise_auth;

create function ticket_mine(ticket uuid) returns bool
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  return exists (select from tickets t where t.tenant_id = mortise.tenant() and t.id = ticket_mine.ticket
    and ticket_is_mine(t.id, t.assignee_id, t.created_by));
end $$;
grant execute on function ticket_mine(uuid) to mortise_core, mortise_plugin;

-- The channels of these people, but for the acting one and those in `but`; of people who are there and may read own
-- tickets at least.
create function ticket_channels(people uuid[], variadic but uuid[] default '{}') returns jsonb
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if array_remove(array_remove(people, null), mortise.user_id()) = '{}' then
    return '[]';
  end if;
  return (select coalesce(jsonb_agg('u.' || u.id order by u.id::text), '[]') from users u
    where u.tenant_id = mortise.tenant() and u.id = any (people) and u.id is distinct from mortise.user_id()
      and u.id = any (but) is not true and u.active and u.kind = 'person'
      and core_of(u.tenant_id, u.roles) && '{tickets:read,tickets:read:own}');
end $$;

create function mentions_of(body text) returns uuid[]
language sql immutable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce(array_agg(f.id), '{}') from (
    select lower(m.found[1])::uuid as id
    from regexp_matches(body, '\]\(mention:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)', 'g') with ordinality m (found, n)
    group by 1 order by min(m.n) limit 20) f
$$;

-- What a change of a ticket implies, for people (api/tickets.c sends it with the change's lookups) and for
-- plugins (the trigger below). was: NULL for a new one; given: the values, by the API's names. An
-- assignee given to a new ticket without a state makes it assigned, where the tenant has that state. The new
-- assignee hears of it on their own channel, and of another state those whose ticket it is, but for the one who changed
-- it. Returns NULL when the ticket is closed and can only be reopened, {} when there is no such state.
create function ticket_rule(was tickets, given jsonb) returns jsonb
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  assignee constant uuid := (given ->> 'assigneeId')::uuid;
  assigned constant bool := coalesce(assignee is distinct from was.assignee_id and assignee is not null, false);
  state text := coalesce(given ->> 'state', was.state, 'new');
  closed bool;
  events jsonb := '{}';
begin
  if assigned and state = 'new' and not given ? 'state' then
    if exists (select from ticket_states s where s.tenant_id = mortise.tenant() and s.key = 'assigned') then
      state := 'assigned';
    end if;
  end if;
  select s.category = 'closed' into closed from ticket_states s
    where s.tenant_id = mortise.tenant() and s.key = state;
  if closed and was.closed_at is not null then
    return null;
  elsif closed is null then
    return '{}';
  end if;
  if assigned then
    events := jsonb_build_object('TicketAssigned', array['u.' || assignee]);
  end if;
  if state <> was.state then
    events := events || jsonb_build_object('TicketNewState', ticket_channels(array[was.created_by,
      case when assigned then null when given ? 'assigneeId' then assignee else was.assignee_id end],
      case when assigned then assignee end));
  end if;
  return jsonb_build_object('state', state, 'closedAt', case when closed then now() end, 'events', events);
end $$;

-- What a comment implies, for api/comments.c: whom its text mentions for the first time ("[@Ann Ruiz](mention:<id>)"; more
-- than twenty are only named) hears of that, and of a new comment those whose ticket it is, each of one thing alone.
create function comment_rule(was ticket_comments, given jsonb) returns jsonb
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t tickets;
  mentioned uuid[] := '{}';
begin
  if not given ? 'body' then
    return '{}';
  end if;
  select * into t from tickets x where x.tenant_id = mortise.tenant() and x.id = (given ->> 'ticketId')::uuid;
  if given ->> 'body' like '%](mention:%' then
    mentioned := array(select u.id from users u
      where u.tenant_id = mortise.tenant() and u.id = any (mentions_of(given ->> 'body'))
        and u.id <> all (mentions_of(coalesce(was.body, ''))) and (core_of(u.tenant_id, u.roles) @> '{tickets:read}'
          or u.id in (t.created_by, coalesce(t.assignee_id, t.created_by))));
  end if;
  return jsonb_build_object('events', jsonb_build_object('TicketMentioned', ticket_channels(mentioned))
    || case when was.id is null then jsonb_build_object('TicketNewComment',
      ticket_channels(array[t.created_by, t.assignee_id], variadic mentioned)) else '{}' end);
end $$;

-- What an event says of a ticket, as the engine of resources has it.
create function ticket_event(t tickets, by_user uuid) returns jsonb
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  select jsonb_build_object('ticketId', t.id, 'number', t.number, 'title', t.title, 'state', t.state, 'version', t.version,
    'byUserId', by_user, 'byUserName', (select u.name from users u where u.tenant_id = t.tenant_id and u.id = by_user))
$$;

-- A plugin with tickets:write changes columns; this trigger adds what the engine of resources does beside
-- that: version, times, history, events. Setting equal values changes nothing.
create function ticket_touched() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  changes constant jsonb := (select jsonb_object_agg(v.name, jsonb_build_array(v.was, v.wanted))
    from (values ('title', to_jsonb(old.title), to_jsonb(new.title)),
      ('description', to_jsonb(old.description), to_jsonb(new.description)),
      ('state', to_jsonb(old.state), to_jsonb(new.state)),
      ('priority', to_jsonb(old.priority), to_jsonb(new.priority)),
      ('assigneeId', to_jsonb(old.assignee_id), to_jsonb(new.assignee_id))) v (name, was, wanted)
    where v.was is distinct from v.wanted);
  follows jsonb;
  author uuid;
  data jsonb;
begin
  if changes is null then
    return new;
  end if;

  follows := ticket_rule(old, (select jsonb_object_agg(c.key, c.value -> 1) from jsonb_each(changes) c));
  if tg_when = 'BEFORE' then
    if follows is null then
      raise exception 'ticket-closed' using errcode = 'P0001';
    end if;
    new.state := coalesce(follows ->> 'state', new.state);
    new.closed_at := follows ->> 'closedAt';
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
  end if;

  author := plugin_author(); -- 044-plugin-data.sql
  data := ticket_event(new, author);
  insert into ticket_history (tenant_id, ticket_id, user_id, changes)
    values (new.tenant_id, new.id, author, changes);
  perform outbox_add(new.tenant_id, 't.' || new.tenant_id, 'TicketUpdated', data);
  perform outbox_add(new.tenant_id, c.name, e.key, data)
    from jsonb_each(follows -> 'events') e, jsonb_array_elements_text(e.value) c (name);
  return null;
end $$;

-- A ticket is assigned to people who can be chosen, whatever program writes it; one who is there already stays. The
-- trigger has no WHEN: PostgreSQL parses one anew for every statement, which costs twice what this costs. Who has own
-- tickets only may give one away.
create function ticket_assignee() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and new.assignee_id is distinct from old.assignee_id and own_tickets() = 'read' then
    perform set_config('mortise.given_away', concat_ws(',', nullif(current_setting('mortise.given_away', true), ''),
      new.id), true);
  end if;
  if new.assignee_id is null or (tg_op = 'UPDATE' and new.assignee_id is not distinct from old.assignee_id) then
    return new;
  elsif exists (select from users u where u.tenant_id = new.tenant_id and u.id = new.assignee_id
      and not may_be_chosen(u)) then
    raise exception 'assignee-inactive' using errcode = 'P0001';
  end if;
  return new;
end $$;
grant execute on function ticket_channels(uuid[], uuid[]), mentions_of(text), ticket_rule(tickets, jsonb),
  comment_rule(ticket_comments, jsonb) to mortise_api;
grant execute on function ticket_touched(), ticket_assignee() to mortise_owner;
reset role;

create policy own_read on ticket_comments as restrictive for select to mortise_api, mortise_admin, mortise_plugin
  using (case when (select mortise.own_tickets()) = 'read' then ticket_mine(ticket_id)::int else 1 end <> 0);
create policy own_add on ticket_comments as restrictive for insert to mortise_api, mortise_admin, mortise_plugin
  with check (case when (select mortise.own_tickets()) is not null then ticket_mine(ticket_id)::int else 1 end <> 0);
create policy own_change on ticket_comments as restrictive for update to mortise_api, mortise_admin, mortise_plugin
  using (case when (select mortise.own_tickets()) is not null then ticket_mine(ticket_id)::int else 1 end <> 0);
create policy own_read on ticket_history as restrictive for select to mortise_api, mortise_admin
  using (case when (select mortise.own_tickets()) = 'read' then ticket_mine(ticket_id)::int else 1 end <> 0);

create trigger tickets_assignee before insert or update of assignee_id on tickets for each row
  execute function ticket_assignee();

create trigger tickets_by_plugin before update on tickets for each row
  when (session_user like 'p\_%') execute function ticket_touched();
create trigger tickets_by_plugin_after after update on tickets for each row
  when (session_user like 'p\_%') execute function ticket_touched();
