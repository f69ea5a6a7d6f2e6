-- passkeys.sql - statements of api/passkeys.c; see scripts/embed-sql.
-- as: mortise_api

-- name: passkey_ask
select mortise.passkey_ask($1, $2, $3, $4::int)

-- name: passkey_heard
select mortise.passkey_heard($1, $2, $3)

-- name: passkey_try
select wait_seconds, bound, source, email, tenant, person, id, alg, public_key
from mortise.passkey_try($1, $2, $3, $4::int, $5::int, $6::int)

-- name: passkey_wrong
select mortise.passkey_wrong($1, $2)

-- name: passkey_use
select used, coalesce(expires, 0) from mortise.passkey_use($1::int, $2::uuid, $3::bigint, $4, $5, $6::int)

-- name: passkey_list
select id, name, mortise.iso(made), mortise.iso(used), credential from mortise.passkey_list()

-- name: passkey_add
select mortise.passkey_add($1, $2, $3::int, $4, $5::bigint, $6::int)

-- name: passkey_rename
select mortise.passkey_rename($1::uuid, $2)

-- name: passkey_remove
select mortise.passkey_remove($1::uuid)
