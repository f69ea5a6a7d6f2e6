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
grant insert on counters to mortise_auth;

create table tickets (
  tenant_id int not null default mortise.tenant() references tenants,
  id uuid not null,
  number int not null,
  title text not null check (length(title) between 1 and 200),
  description text not null default '' check (length(description) <= 20000),
  state text not null default 'new',
  priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
  assignee_id uuid,
  created_by uuid not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  closed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, number),
  foreign key (tenant_id, state) references ticket_states,
  foreign key (tenant_id, assignee_id) references users,
  foreign key (tenant_id, created_by) references users
);
create index tickets_updated on tickets (tenant_id, updated_at desc, id desc);
create index tickets_created on tickets (tenant_id, created_at desc, id desc);
create index tickets_state on tickets (tenant_id, state, updated_at desc, id desc);
create index tickets_assignee on tickets (tenant_id, assignee_id, updated_at desc, id desc);
comment on table tickets is 'A tenant''s tickets. Policy "tenant". Search is ILIKE within the tenant: '
  'a word index over all tenants would tell of theirs. Plugins get columns by permission.';
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
  body text not null check (length(body) between 1 and 10000),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, ticket_id) references tickets on delete cascade,
  foreign key (tenant_id, author_id) references users
);
create index ticket_comments_ticket on ticket_comments (tenant_id, ticket_id, created_at, id);
comment on table ticket_comments is 'What people wrote at a ticket. Policy "tenant".';
alter table ticket_comments enable row level security, force row level security;
create policy tenant on ticket_comments using (tenant_id = (select mortise.tenant()));
grant select, insert on ticket_comments to mortise_api, mortise_admin;

-- id is the time in microseconds, not a sequence: gaps in one would tell each tenant how much goes on
-- at the others. Rows of a ticket are written under the ticket's row lock, one a statement.
create table ticket_history (
  tenant_id int not null default mortise.tenant(),
  id bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint,
  ticket_id uuid not null,
  user_id uuid,
  at timestamptz not null default now(),
  changes jsonb not null check (jsonb_typeof(changes) = 'object'),
  primary key (tenant_id, ticket_id, id),
  foreign key (tenant_id, ticket_id) references tickets on delete cascade,
  foreign key (tenant_id, user_id) references users
);
comment on table ticket_history is 'Who changed what: {"state": ["new", "assigned"], ...}; user_id is '
  'NULL when the transaction stood for nobody. Policy "tenant".';
alter table ticket_history enable row level security, force row level security;
create policy tenant on ticket_history using (tenant_id = (select mortise.tenant()));
create policy auth on ticket_history to mortise_auth using (true) with check (true);
grant select, insert on ticket_history to mortise_api, mortise_admin;
grant select, insert on ticket_history to mortise_auth;

set local role mortise_auth;

-- A plugin with tickets:write changes columns; what the core's own handlers do beside that follows here:
-- version, times, history, event; an assignee is active and is told; an assignee given to a new ticket, with
-- no other state asked for, makes it assigned, where the tenant has that state (api/tickets.c does the
-- same). Setting what is set already changes nothing.
create function ticket_touched() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  closed bool;
  changes jsonb := '{}';
  data jsonb;
begin
  if tg_when = 'BEFORE' and new.state = 'new' and old.state = 'new' and new.assignee_id is not null
      and new.assignee_id is distinct from old.assignee_id and exists (select from ticket_states s
        where s.tenant_id = new.tenant_id and s.key = 'assigned') then
    new.state := 'assigned';
  end if;
  if new.state <> old.state then
    changes := changes || jsonb_build_object('state', jsonb_build_array(old.state, new.state));
  end if;
  if new.priority <> old.priority then
    changes := changes
      || jsonb_build_object('priority', jsonb_build_array(old.priority, new.priority));
  end if;
  if new.assignee_id is distinct from old.assignee_id then
    changes := changes
      || jsonb_build_object('assigneeId', jsonb_build_array(old.assignee_id, new.assignee_id));
  end if;
  if changes = '{}' then
    return new;
  end if;

  if tg_when = 'BEFORE' then
    select s.category = 'closed' into closed from ticket_states s
      where s.tenant_id = new.tenant_id and s.key = new.state;
    if old.closed_at is not null and closed then
      raise exception 'ticket is closed; it can only be reopened' using errcode = 'P0001';
    end if;
    if changes ? 'assigneeId' and new.assignee_id is not null and not exists (select from users u
        where u.tenant_id = new.tenant_id and u.id = new.assignee_id and u.active) then
      raise exception 'assignee must be an active user of the company' using errcode = 'P0001';
    end if;
    new.version := old.version + 1;
    new.updated_at := now();
    new.closed_at := case when closed then now() end;
    return new;
  end if;

  data := jsonb_build_object('ticketId', new.id, 'number', new.number, 'title', new.title,
    'state', new.state, 'version', new.version, 'byUserId', mortise.user_id(), 'byUserName', (select u.name from users u
      where u.tenant_id = new.tenant_id and u.id = mortise.user_id()));
  insert into ticket_history (tenant_id, ticket_id, user_id, changes)
    values (new.tenant_id, new.id, mortise.user_id(), changes);
  perform outbox_add('t.' || new.tenant_id, 'TicketUpdated', data);
  if changes ? 'assigneeId' and new.assignee_id is not null then
    perform outbox_add('u.' || new.assignee_id, 'TicketAssigned', data);
  end if;
  return null;
end $$;
grant execute on function ticket_touched() to mortise_owner;
reset role;

create trigger tickets_by_plugin before update on tickets for each row
  when (session_user like 'p\_%') execute function ticket_touched();
create trigger tickets_by_plugin_after after update on tickets for each row
  when (session_user like 'p\_%') execute function ticket_touched();
