-- registration.sql - statements of cli/registration.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: registration_rows
select r ->> 'companyCode', r ->> 'companyName', r ->> 'name', r ->> 'email',
  to_char((r ->> 'madeAt')::timestamptz at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
from mortise.registration_page('waiting', 100000, 0) p, json_array_elements(p.items) r

-- name: registration_approve_one
select fault, company, address, to_char(to_timestamp(expires) at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
from mortise.registration_approve(mortise.registration_named($1), $2, $3::uuid, $4::uuid, $5, $6::int, $7)

-- name: registration_refuse_one
select mortise.registration_refuse(mortise.registration_named($1), $2, $3::uuid, $4)

-- name: registration_invite_one
select to_char(to_timestamp(mortise.registration_invite($1::uuid, $2, $3::int, $4, null, $5)) at time zone 'UTC',
  'YYYY-MM-DD HH24:MI')
