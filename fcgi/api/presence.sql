-- presence.sql - statements of api/presence.c; see scripts/embed-sql.
-- as: mortise_api

-- name: presence_here
select r - 'pushed', (r ->> 'pushed')::bool from mortise.presence_renew($1, $2, $3::uuid, $4::bool) r

-- name: presence_people
select mortise.presence_read($1, $2)

-- name: presence_gone
select mortise.presence_leave($1, $2, $3::uuid)
