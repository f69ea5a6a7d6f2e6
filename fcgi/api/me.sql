-- me.sql - statements of api/me.c; see scripts/embed-sql.
-- as: mortise_api

-- Once for each of the caller's roles that has it.
-- name: me_granted
select h.permission from mortise.plugin_permissions_held h
where h.granted and h.role = any (string_to_array($1, ','))

-- All that there is.
-- name: me_all
select h.permission from mortise.plugin_permissions_held h
