-- settings.sql - the statement of host/settings.c; see scripts/embed-sql.
-- as: plugin

-- name: host_settings
select settings, secrets, key_id from mortise.plugin_settings($1)
