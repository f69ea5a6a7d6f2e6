-- mail.sql - statements of relay/mail.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: mail_next
select ceil(extract(epoch from mortise.mail_next() - clock_timestamp()) * 1000)::bigint

-- name: mail_take
select tenant_id, id, kind, address, name, company, language, tries, age_s, until, reason,
  n, items, stop, agent, origin
from mortise.mail_take($1::int, $2, $3::int, $4::int)

-- name: mail_give
select mortise.mail_give($1::int, $2::uuid, $3::int)

-- name: mail_done
select mortise.mail_done($1::int, $2::uuid, $3::int, $4, $5, $6::int)

-- name: mail_alert
select mortise.alert($1, $2, jsonb_build_array($3::text), '/mail')
