-- user.sql - statements of cli/user.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: user_add
select mortise.user_create(mortise.tenant_named($1), $2::uuid, $3, $4, string_to_array($5, ','), $6)

-- name: user_list
select tenant, email, name, array_to_string(roles, ','),
  case when not active then 'deactivated' when pending then 'invited' else 'active' end, to_char(seen, 'YYYY-MM-DD HH24:MI')
from mortise.user_list($1)

-- name: user_set_active
select mortise.user_set_active($1, $2::bool)

-- name: user_hand_over_named
select mortise.user_hand_over_named($1, $2, $3::int, $4::bool)

-- name: user_remove_named
select id, rest from mortise.user_remove_named($1, $2::uuid, $3, $4::int)

-- name: user_set_roles
select mortise.user_set_roles($1, string_to_array($2, ','))

-- name: user_set_password
select mortise.user_set_password($1, $2)

-- name: user_link
select to_char(to_timestamp(expires) at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
from mortise.user_link($1, $2, $3::int, $4::int)

-- name: user_sessions
select id, kind, agent, address, to_char(created at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
  to_char(seen at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
from mortise.user_sessions($1)

-- name: user_sessions_drop
select mortise.user_sessions_drop($1, $2)

-- name: user_factor_reset
select mortise.user_factor_reset($1)
