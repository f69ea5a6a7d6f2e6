-- statements.sql - what every peer asks PostgreSQL, so that they differ in all but this. Columns have the names of
-- the answer's members. `tenant` goes before each of the others, in the same round trip where the driver can.

-- name: tenant
select set_config('bench.tenant', $1, false)

-- name: ticket
select * from ticket_rows where id = $1

-- "total" ends at 1,001: more than that.
-- name: list
select t.*, (select count(*) from (select from tickets limit 1001) n) as total
from ticket_rows t order by "updatedAt" desc, id desc limit 51

-- $1: keys or categories of states, $2: a pattern.
-- name: search
with f as materialized (select t.* from ticket_rows t
  where t.id = any ((select ticket_matches($2))::uuid[])
    and t.state in (select s.key from ticket_states s where s.key = any ($1) or s.category = any ($1)))
select f.*, (select count(*) from f) as total from f order by "updatedAt" desc, id desc limit 51

-- The same for the limit, which has names of states and people in its memory (`names`).
-- name: plain_ticket
select id, number, title, description, state, priority, assignee_id as "assigneeId",
  created_by as "createdBy", version, created_at as "createdAt", updated_at as "updatedAt",
  closed_at as "closedAt"
from tickets where id = $1

-- name: plain_list
select id, number, title, description, state, priority, assignee_id as "assigneeId",
  created_by as "createdBy", version, created_at as "createdAt", updated_at as "updatedAt",
  closed_at as "closedAt", (select count(*) from (select from tickets limit 1001) n) as total
from tickets order by updated_at desc, id desc limit 51

-- The same where it is known that there are more than 1,000.
-- name: plain_more
select id, number, title, description, state, priority, assignee_id as "assigneeId",
  created_by as "createdBy", version, created_at as "createdAt", updated_at as "updatedAt",
  closed_at as "closedAt", 1001 as total
from tickets order by updated_at desc, id desc limit 51

-- name: plain_search
with f as materialized (select t.* from tickets t
  where t.id = any ((select ticket_matches($2))::uuid[])
    and t.state in (select s.key from ticket_states s where s.key = any ($1) or s.category = any ($1)))
select id, number, title, description, state, priority, assignee_id as "assigneeId",
  created_by as "createdBy", version, created_at as "createdAt", updated_at as "updatedAt",
  closed_at as "closedAt", (select count(*) from f) as total
from f order by updated_at desc, id desc limit 51

-- name: names
select key as id, label as name from ticket_states union all select id::text, name from users

-- $1 user, $2 title, $3 priority
-- name: create
with n as (update counters set value = value + 1 where name = 'ticket' returning value),
t as (insert into tickets (tenant_id, number, title, priority, created_by)
  select bench_tenant(), n.value, $2, $3, $1::uuid from n returning *),
h as (insert into ticket_history (tenant_id, ticket_id, user_id, changes)
  select t.tenant_id, t.id, t.created_by, jsonb_build_object('state', jsonb_build_array(null, t.state),
    'title', jsonb_build_array(null, t.title), 'priority', jsonb_build_array(null, t.priority)) from t),
e as (insert into events (tenant_id, type, payload)
  select t.tenant_id, 'TicketCreated', jsonb_build_object('ticketId', t.id, 'number', t.number,
    'title', t.title, 'state', t.state, 'version', t.version, 'byUserId', u.id, 'byUserName', u.name)
  from t join users u on u.id = t.created_by
  returning pg_notify('events', tenant_id || ' ' || payload))
select t.id, t.number, t.title, t.description, t.state, s.label as "stateLabel", t.priority,
  t.assignee_id as "assigneeId", null::text as "assigneeName", t.created_by as "createdBy",
  u.name as "createdByName", t.version, t.created_at as "createdAt", t.updated_at as "updatedAt",
  t.closed_at as "closedAt"
from t join ticket_states s on s.key = t.state join users u on u.id = t.created_by

-- $1 user, $2 ticket, $3 text
-- name: comment
with t as (select * from tickets where id = $2),
c as (insert into ticket_comments (tenant_id, ticket_id, author_id, body)
  select t.tenant_id, t.id, $1::uuid, $3 from t returning *),
e as (insert into events (tenant_id, type, payload)
  select t.tenant_id, 'TicketCommented', jsonb_build_object('ticketId', t.id, 'number', t.number,
    'title', t.title, 'state', t.state, 'version', t.version, 'byUserId', u.id, 'byUserName', u.name)
  from t join users u on u.id = $1
  returning pg_notify('events', tenant_id || ' ' || payload))
select c.id, c.ticket_id as "ticketId", c.author_id as "authorId", u.name as "authorName", c.body,
  c.version, c.created_at as "createdAt", c.updated_at as "updatedAt", c.archived_at as "archivedAt"
from c join users u on u.id = c.author_id

-- name: me
select u.id, u.email, u.name, t.code as tenant, t.id as "tenantId", t.name as "tenantName",
  t.time_zone as "timeZone", to_json(u.roles) as roles, '{}'::json as "roleNames", (select json_agg(p.permission order by p.position)
    from role_permissions p where p.role = any (u.roles)) as permissions
from users u join tenants t on t.id = u.tenant_id where u.id = $1

-- $1 technician, $2 ticket
-- name: status
select u.id as "technicianId", u.name as "technicianName",
  e.id is not null and e.ticket_id = $2 as "isClockedIn",
  case when e.id is not null then to_json(e) end as "activeEntry",
  (select coalesce(round(sum(extract(epoch from coalesce(h.clock_out, now()) - h.clock_in) / 3600), 2), 0)::float8
    from time_clock_entries h where h.technician_id = u.id and h.ticket_id = $2) as "ticketHours",
  (select coalesce(round(sum(extract(epoch from coalesce(d.clock_out, now())
      - greatest(d.clock_in, date_trunc('day', now()))) / 3600), 2), 0)::float8
    from time_clock_entries d where d.technician_id = u.id
      and coalesce(d.clock_out, now()) > date_trunc('day', now())) as "todayHours"
from users u left join time_clock_entries e on e.technician_id = u.id and e.clock_out is null
where u.id = $1
