-- event.sql - statements of events/event.c; see scripts/embed-sql.
-- as: mortise_api, mortise_admin, mortise_steward

-- name: event_emit
select mortise.emit($1, $2, $3::jsonb)
