-- webhooks.sql - statements of relay/webhooks.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: webhook_next
select ceil(extract(epoch from mortise.webhook_next() - clock_timestamp()) * 1000)::bigint

-- $2: companies that have enough under way, as an array's text.
-- name: webhook_take
select tenant_id, id, webhook_id, url, body, attempts, secret, former, key_id, generation
from mortise.webhook_take($1::int, $2::int[])

-- name: webhook_done
select mortise.webhook_done($1::int, $2::uuid, $3::int, nullif($4::int, 0), $5::int, $6, $7, $8, $9::int)
