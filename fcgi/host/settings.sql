-- settings.sql - the statement of host/settings.c; see scripts/embed-sql.
-- as: plugin

-- name: host_settings
select s.settings, s.secrets, s.key_id, n.words, n.fetch_only
from mortise.plugin_settings($1) s left join mortise.plugin_network($1) n on true
