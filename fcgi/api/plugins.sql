-- plugins.sql - statements of api/plugins.c; see scripts/embed-sql.
-- as: mortise_api

-- name: plugin_find
select d.state, d.sha256, d.quarantined, d.refused, d.grants, d.secrets_key, d.row_version
from mortise.plugin_calls d where d.plugin_key = $1

-- name: plugin_find_file
select d.state, d.sha256, d.quarantined, d.refused, (select f.path from mortise.plugin_files f
  where f.package_sha256 = d.sha256 and f.path in ('ui/dist/' || $2, 'ui/' || $2)
  order by length(f.path) desc limit 1)
from mortise.plugin_calls d where d.plugin_key = $1
