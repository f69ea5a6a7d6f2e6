-- comments.sql - statements of api/comments.c; see scripts/embed-sql.
-- as: mortise_api

-- Who is notified of a text: active people who may read the ticket $4 and whom the text before didn't mention, in the
-- order of their channels. Nobody notifies themselves.
-- name: comment_mentioned
select u.id from mortise.users u
where u.id = any ($1::uuid[]) and not u.id = any ($2::uuid[]) and u.active and u.id <> $3::uuid
  and (mortise.core_of(u.tenant_id, u.roles) @> '{tickets:read}' or mortise.core_of(u.tenant_id, u.roles) @>
    '{tickets:read:own}' and exists (select from mortise.tickets t where t.id = $4::uuid
      and u.id in (t.assignee_id, t.created_by)))
order by u.id::text

-- Active people who may not read this ticket; no row where there is none.
-- name: comment_without_access
with may as materialized (select r.roles, mortise.core_of(mortise.tenant(), r.roles) as core
  from (select distinct roles from mortise.users where active) r)
select json_build_object('items', coalesce((select json_agg(u.id order by u.id) from mortise.users u
  join may m on m.roles = u.roles and not m.core @> '{tickets:read}'
  where u.active and not (m.core @> '{tickets:read:own}'
    and u.id in (t.created_by, coalesce(t.assignee_id, t.created_by)))), '[]'))
from mortise.tickets t where t.id = $1::uuid
