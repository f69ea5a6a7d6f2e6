-- registration.sql - statements of api/registration.c; see scripts/embed-sql.
-- as: mortise_api

-- name: registration_link
select wait_seconds, expires from mortise.registration_link_try($1, $2, $3::int)

-- name: registration_add
select fault, wait_seconds from mortise.registration_add($1::jsonb, $2, $3, $4::int, $5::int)
