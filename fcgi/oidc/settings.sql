-- settings.sql - statements of oidc/settings.c; see scripts/embed-sql.
-- as: mortise_api

-- name: settings_shown
select json_build_object('items', mortise.oidc_shown($1))

-- name: settings_list
select json_build_object('redirectUri', $1::text, 'signedOutUri', $2::text, 'items', mortise.oidc_list())

-- name: settings_lock
select version, key_id from mortise.oidc_lock($1::uuid)

-- Keeps `mortise secrets prune` from what is sealed just now.
-- name: settings_ring
select pg_advisory_xact_lock(hashtextextended('mortise.settings.ring', 0))

-- name: settings_save
select mortise.oidc_save($1::uuid, $2::jsonb, $3::jsonb, $4::int, $5::bool)

-- name: settings_drop
select mortise.oidc_drop($1::uuid)

-- name: settings_person
select case when p is not null then json_build_object('items', p) end from mortise.oidc_person($1::uuid) p

-- name: settings_unlink_person
select mortise.oidc_unlink_person($1::uuid, $2::uuid)

-- name: settings_own
select json_build_object('items', mortise.oidc_own())

-- name: settings_unlink
select mortise.oidc_unlink($1::uuid)
