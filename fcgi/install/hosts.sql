-- hosts.sql - statements of install/hosts.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: hosts_want
select mortise.pool_wanted($1)

-- name: hosts_pending
select mortise.rights_pending($1::bigint, $1::bigint)
