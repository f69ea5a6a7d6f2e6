-- audit.sql - statements of cli/audit.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: audit_verify
select chain, entries, waiting, head, bad, why from mortise.audit_verify($1)

-- name: audit_list
select to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), action, actor, coalesce(address, ''), target, before, after, request
from mortise.audit_list($1, $2::int)
