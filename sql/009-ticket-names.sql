-- 009-ticket-names.sql - a ticket with the words that people read.
--
-- Every table that a statement names costs one more verification of the request's ticket (some 30 us).
-- This view verifies once: it belongs to mortise_auth, which row-level security lets through, so its own
-- condition is the guard. It shows the rows of the request's tenant, and none without a valid ticket.

set local role mortise_auth;

create view tickets_named with (security_barrier) as
  select t.id, t.number, t.title, t.description, t.state, s.label as state_label, t.priority,
    t.assignee_id, a.name as assignee_name, t.created_by, c.name as creator_name, t.version,
    t.created_at, t.updated_at, t.closed_at
  from tickets t
  join ticket_states s on s.tenant_id = t.tenant_id and s.key = t.state
  left join users a on a.tenant_id = t.tenant_id and a.id = t.assignee_id
  left join users c on c.tenant_id = t.tenant_id and c.id = t.created_by
  where t.tenant_id = (select tenant());
comment on view tickets_named is
  'Tickets of the request''s tenant with names; guarded by its own condition on mortise.tenant().';
revoke all on tickets_named from public;
grant select on tickets_named to mortise_api;

reset role;
