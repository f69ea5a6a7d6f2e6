-- comments.sql - statements of api/comments.c; see scripts/embed-sql.
-- as: mortise_api

-- Active people who may not read this ticket; no row where there is none.
-- name: comment_without_access
with may as materialized (select r.roles, mortise.core_of(mortise.tenant(), r.roles) as core
  from (select distinct roles from mortise.users where active) r)
select json_build_object('items', coalesce((select json_agg(u.id order by u.id) from mortise.users u
  join may m on m.roles = u.roles and not m.core @> '{tickets:read}'
  where u.active and not (m.core @> '{tickets:read:own}'
    and u.id in (t.created_by, coalesce(t.assignee_id, t.created_by)))), '[]'))
from mortise.tickets t where t.id = $1::uuid
