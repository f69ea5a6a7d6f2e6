-- sessions.sql - statements of api/sessions.c; see scripts/embed-sql.
-- as: mortise_api

-- name: own_sessions
select id, kind, agent, address, mortise.iso(created), mortise.iso(seen), mortise.iso(expires) from mortise.own_sessions()

-- name: own_sessions_drop
select mortise.own_sessions_drop($1, $2)
