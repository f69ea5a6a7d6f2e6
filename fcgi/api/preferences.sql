-- preferences.sql - statements of api/preferences.c; see scripts/embed-sql.
-- as: mortise_api

-- name: preferences_get
select mortise.own_preferences()

-- name: preferences_set
select mortise.own_preferences_set($1::jsonb)

-- name: digest_stop
select mortise.digest_stop($1)
