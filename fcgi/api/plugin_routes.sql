-- plugin_routes.sql - statements of api/plugin_routes.c; see scripts/embed-sql.
-- as: mortise_api

-- name: plugin_routes
select p.routes from mortise.plugin_packages p where p.sha256 = $1
