-- events.sql - the statement of host/events.c; see scripts/embed-sql.
-- as: plugin

-- name: host_emit
select mortise.plugin_emit($1, $2, $3, $4, $5, $6::jsonb)
