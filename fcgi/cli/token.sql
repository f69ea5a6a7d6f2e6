-- token.sql - statements of cli/token.c; see scripts/embed-sql.
-- as: mortise_owner

-- $5: scopes with commas. Answers those that can't be chosen; it is made when there is none.
-- name: token_issue
select array_to_string(mortise.token_issue($1, $2, $3::uuid, $4, string_to_array($5, ','), $6, $7, $8::int, $9::int, $10::int), ', ')

-- name: token_list
select id, tenant, coalesce(owner, 'service'), name, preview, array_to_string(scopes, ','),
  case when expires > now() then 'until ' else 'expired ' end || to_char(expires at time zone 'UTC', 'YYYY-MM-DD'),
  to_char(seen at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), address
from mortise.token_list($1, $2)

-- name: token_revoke
select mortise.token_revoke($1::uuid)
