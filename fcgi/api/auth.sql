-- auth.sql - statements of api/auth.c; see scripts/embed-sql.
-- as: mortise_api

-- name: login_try
select wait_seconds, bound, source, password_hash, usable, second_factor
from mortise.login_try($1, $2, $3, $4::int, $5::int, $6::int)

-- name: login_wrong
select mortise.login_wrong($1, $2)

-- name: login_right
select mortise.login_right($1, $2, $3, $4::bool)

-- name: login_done
select mortise.login_done($1, $2, $3, $4::int)

-- name: session_confirm
select mortise.session_confirm($1)

-- name: session_provider
select endpoint, client_id from mortise.oidc_leave($1)

-- name: session_end
select mortise.session_end($1)
