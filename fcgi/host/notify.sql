-- notify.sql - the statement of host/notify.c; see scripts/embed-sql.
-- as: plugin

-- name: host_notify
select mortise.notify($1, $2, $3::jsonb)
