-- ident.sql - statements of auth/ident.c; see scripts/embed-sql.
-- as: mortise_api, mortise_admin

-- name: session_find
select tenant, tenant_code, tenant_name, user_id, email, name, roles, expires, kind, confirmed, time_zone,
  phone, language, theme, permissions, factor, '', '', organization, noted
from mortise.session_find($1)

-- The same columns: a token's password was never confirmed.
-- name: token_find
select tenant, tenant_code, tenant_name, user_id, email, name, roles, expires, kind, 0, time_zone,
  phone, language, theme, permissions, '', scopes, token_name, organization, noted
from mortise.token_find($1)

-- name: token_note
select mortise.token_note($1, $2)

-- name: session_note
select mortise.session_note($1, $2, $3)
