-- user.sql - statements of cli/user.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: user_add
select mortise.user_create(mortise.tenant_named($1), $2::uuid, $3, $4, string_to_array($5, ','), $6)

-- name: user_list
select tenant, email, name, array_to_string(roles, ','), active, to_char(seen, 'YYYY-MM-DD HH24:MI')
from mortise.user_list($1)

-- name: user_set_active
select mortise.user_set_active($1, $2::bool)

-- name: user_set_roles
select mortise.user_set_roles($1, string_to_array($2, ','))

-- name: user_set_password
select mortise.user_set_password($1, $2)
