-- comments.sql - statements of api/comments.c; see scripts/embed-sql.
-- as: mortise_api

-- Who is notified of a text: active people who may read the ticket and whom the text before didn't mention, in the
-- order of their channels. Nobody notifies themselves.
-- name: comment_mentioned
select u.id from mortise.users u
where u.id = any ($1::uuid[]) and not u.id = any ($2::uuid[]) and u.active and u.id <> $3::uuid
  and 'tickets:read' = any (mortise.core_of(u.tenant_id, u.roles))
order by u.id::text
