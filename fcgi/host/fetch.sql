-- fetch.sql - statements of host/fetch.c; see scripts/embed-sql.
-- as: plugin

-- name: host_network
select words, fetch_only from mortise.plugin_network($1)

-- name: host_fetch_log
select mortise.fetch_log($1, $2)
