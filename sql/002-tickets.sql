-- 002-tickets.sql - tickets, their states, comments and history.

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
  'NULL when nobody''s ticket was presented. Policy "tenant".';
alter table ticket_history enable row level security, force row level security;
create policy tenant on ticket_history using (tenant_id = (select mortise.tenant()));
create policy auth on ticket_history to mortise_auth using (true) with check (true);
grant select, insert on ticket_history to mortise_api, mortise_admin;
grant select, insert on ticket_history to mortise_auth;

set local role mortise_auth;

create function tenant_create(code text, name text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  t int;
begin
  insert into tenants (code, name) values (tenant_create.code, tenant_create.name)
    returning id into t;
  insert into ticket_states (tenant_id, key, label, category, position) values
    (t, 'new', 'New', 'open', 1),
    (t, 'assigned', 'Assigned', 'open', 2),
    (t, 'in_progress', 'In progress', 'open', 3),
    (t, 'on_hold', 'On hold', 'open', 4),
    (t, 'done', 'Done', 'closed', 5),
    (t, 'cancelled', 'Cancelled', 'closed', 6);
  insert into counters (tenant_id, name) values (t, 'ticket');
  return t;
end $$;
grant execute on function tenant_create(text, text) to mortise_admin;
reset role;
