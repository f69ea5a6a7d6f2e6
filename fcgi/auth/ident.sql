-- ident.sql - statements of auth/ident.c; see scripts/embed-sql.
-- as: mortise_api, mortise_admin

-- name: session_find
select tenant, tenant_code, tenant_name, user_id, email, name, roles, expires, kind, confirmed
from mortise.session_find($1)
