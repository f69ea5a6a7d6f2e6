-- registrations.sql - statements of api/registrations.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: registrations_page
select total, waiting, items from mortise.registration_page($1, $2::int, $3::int)

-- name: registrations_approve
select fault, company, address, expires
from mortise.registration_approve($1::uuid, $2, $3::uuid, $4::uuid, $5, $6::int, $7)

-- name: registrations_refuse
select mortise.registration_refuse($1::uuid, $2, $3::uuid, $4)

-- name: registrations_invite
select mortise.registration_invite($1::uuid, $2, $3::int, $4, $5, $6)
