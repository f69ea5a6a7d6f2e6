-- invites.sql - statements of auth/invites.c; see scripts/embed-sql.
-- as: mortise_api

-- name: invites_own
select line, to_json(roles), to_json(teams), faults, expires, person
from mortise.own_people_invite($1::jsonb, $2::bool, $3::int) order by line

-- as: mortise_owner

-- name: invites_named
select line, to_json(roles), to_json(teams), faults, expires, person
from mortise.people_invite(mortise.tenant_named($4), $1::jsonb, $2::bool, $3::int) order by line
