-- schema.sql - the tables of Mortise that the bench's peers need, for one database of each. The rows are
-- Mortise's own (rows.sql made them): t/bench/peers.mjs copies them. Each table has row-level security by the
-- tenant that a connection has set; the programs are the role bench_peer, which owns nothing.

create function bench_tenant() returns int language sql stable parallel safe
return nullif(current_setting('bench.tenant', true), '')::int;

create table tenants (id int primary key, code text not null, name text not null, time_zone text not null default 'UTC');

create table users (
  tenant_id int not null references tenants,
  id uuid not null,
  email text not null,
  name text not null,
  roles text[] not null,
  primary key (tenant_id, id)
);

-- What a role may, the core's and the plugins' permissions, in the order in which they are shown.
create table role_permissions (
  tenant_id int not null references tenants,
  role text not null,
  position int not null,
  permission text not null,
  primary key (tenant_id, role, position)
);

create table ticket_states (
  tenant_id int not null references tenants,
  key text not null,
  label text not null,
  category text not null,
  primary key (tenant_id, key)
);

create table counters (
  tenant_id int not null references tenants,
  name text not null,
  value bigint not null,
  primary key (tenant_id, name)
) with (fillfactor = 50);

-- What Mortise checks, as domains, which cost less than checks of a table. As in Mortise, that the company exists follows
-- from the ticket's author.
create domain ticket_title as text check (length(value) between 1 and 200);
create domain ticket_description as text check (length(value) <= 20000);
create domain ticket_priority as text check (value in ('low', 'normal', 'high', 'urgent'));
create domain comment_body as text check (length(value) between 1 and 10000);
create domain changes as jsonb check (jsonb_typeof(value) = 'object');

create table tickets (
  tenant_id int not null,
  id uuid not null default gen_random_uuid(),
  number int not null,
  title ticket_title not null,
  description ticket_description not null default '',
  state text not null default 'new',
  priority ticket_priority not null default 'normal',
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
create index on tickets (tenant_id, updated_at desc, id desc);
create index on tickets (tenant_id, created_at desc, id desc);
create index on tickets (tenant_id, (case priority when 'low' then 1 when 'normal' then 2 when 'high' then 3
  when 'urgent' then 4 end), id) include (priority);
create index on tickets (tenant_id, state, updated_at desc, id desc);
create index on tickets (tenant_id, assignee_id, updated_at desc, id desc);

create table ticket_comments (
  tenant_id int not null,
  id uuid not null default gen_random_uuid(),
  ticket_id uuid not null,
  author_id uuid not null,
  body comment_body not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, ticket_id) references tickets,
  foreign key (tenant_id, author_id) references users
);
create index on ticket_comments (tenant_id, ticket_id, created_at, id);

create table ticket_history (
  tenant_id int not null,
  id bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint,
  ticket_id uuid not null,
  user_id uuid,
  at timestamptz not null default now(),
  changes changes not null,
  primary key (tenant_id, ticket_id, id),
  foreign key (tenant_id, ticket_id) references tickets,
  foreign key (tenant_id, user_id) references users
);

create table events (
  tenant_id int not null,
  id bigint generated always as identity,
  type text not null,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);

create table time_clock_entries (
  tenant_id int not null,
  id uuid not null,
  technician_id uuid not null,
  technician_name text not null,
  ticket_id uuid not null,
  ticket_number int not null,
  clock_in timestamptz not null,
  clock_out timestamptz,
  clocked_in_by uuid not null,
  clocked_out_by uuid,
  primary key (tenant_id, id)
);
create unique index on time_clock_entries (tenant_id, technician_id) where clock_out is null;
create index on time_clock_entries (tenant_id, ticket_id, clock_in);
create index on time_clock_entries (tenant_id, technician_id, clock_in);

do $$
declare
  t text;
begin
  foreach t in array array['users', 'role_permissions', 'ticket_states', 'counters', 'tickets',
    'ticket_comments', 'ticket_history', 'events', 'time_clock_entries'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy tenant on %I using (tenant_id = (select bench_tenant()))', t);
  end loop;
  alter table tenants enable row level security;
  create policy tenant on tenants using (id = (select bench_tenant()));
end $$;

-- A ticket as it is answered, column by column.
create view ticket_rows with (security_invoker = true) as
  select t.id, t.number, t.title, t.description, t.state, s.label as "stateLabel", t.priority,
    t.assignee_id as "assigneeId", a.name as "assigneeName",
    t.created_by as "createdBy", c.name as "createdByName", t.version,
    t.created_at as "createdAt", t.updated_at as "updatedAt", t.closed_at as "closedAt"
  from tickets t
  join ticket_states s on s.tenant_id = t.tenant_id and s.key = t.state
  left join users a on a.tenant_id = t.tenant_id and a.id = t.assignee_id
  join users c on c.tenant_id = t.tenant_id and c.id = t.created_by;

-- A search finds words by an index. ILIKE isn't leakproof, so under row-level security no index would be asked:
-- the function sees all rows, and its own condition is the guard.
create extension pg_trgm;
create extension btree_gin;
create index on tickets using gin (tenant_id, title gin_trgm_ops, description gin_trgm_ops);
create function ticket_matches(pattern text) returns uuid[]
language plpgsql stable security definer set search_path = public, pg_temp set enable_seqscan = off
as $$
begin
  return array(select t.id from tickets t where t.tenant_id = bench_tenant()
    and (t.title ilike pattern or t.description ilike pattern) limit 1001);
end $$;

grant select, insert, update on all tables in schema public to bench_peer;
