-- second_factor.sql - statements of api/second_factor.c; see scripts/embed-sql.
-- as: mortise_api

-- name: login_half
select mortise.login_half($1, $2, $3, $4, $5, $6::int)

-- name: factor_ways
select app, passkey from mortise.factor_ways($1)

-- name: challenge_find
select mortise.challenge_find($1, $2)

-- name: code_try
select wait_seconds, bound, source, tenant, person, secret, key_id, last_step, confirmed
from mortise.code_try($1, $2, $3, $4::int, $5::int, $6::int, $7)

-- name: code_wrong
select mortise.code_wrong($1, $2)

-- name: code_use
select mortise.code_use($1::int, $2::uuid, $3::bigint, $4)

-- name: login_second
select used, coalesce(expires, 0) from mortise.login_second($1, $2, $3::bigint, $4, $5, $6::int)

-- name: factor_ring
select pg_advisory_xact_lock_shared(hashtextextended('mortise.settings.ring', 0))

-- name: factor_begin
select mortise.factor_begin($1, $2::int)

-- name: factor_confirm
select mortise.factor_confirm($1::bigint, $2::text[])

-- name: factor_codes
select mortise.factor_codes($1::text[])

-- name: factor_remove
select mortise.factor_remove()

-- name: factor_state
select mortise.iso(since), codes from mortise.factor_state()
