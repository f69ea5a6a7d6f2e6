-- store.sql - statements of registry/store.c; see scripts/embed-sql.
-- as: mortise_admin, mortise_steward

-- name: package_piece
select encode(substring(zip from $2::int for $3::int), 'hex')
from mortise.plugin_packages where sha256 = $1
