-- query.sql - the statement of host/query.c; see scripts/embed-sql.
-- as: plugin

-- name: host_storage
select mortise.plugin_stopped_by()
