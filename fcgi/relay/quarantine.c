/*
 * quarantine.c - see quarantine.h.
 */
#include "relay/quarantine.h"

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"

/* One row per event, in ascending order of channels, so that two transactions that raise events for
 * several channels never wait for each other. */
static const struct stmt QUARANTINE = {"quarantine",
	"WITH hit AS (UPDATE mortise.plugin_packages SET quarantined_at = now(), quarantine_reason = $3"
	"  WHERE plugin_key = $1 AND left(sha256, length($2)) = $2 AND quarantined_at IS NULL"
	"  RETURNING sha256, plugin_key, coalesce(manifest->>'displayName', plugin_key) AS name),"
	" used AS (SELECT i.tenant_id, i.id, hit.* FROM hit JOIN mortise.installations i"
	"  ON i.package_sha256 = hit.sha256),"
	" raised AS (SELECT 't.' || tenant_id AS channel, 'PluginQuarantined' AS type,"
	"   jsonb_build_object('pluginKey', plugin_key, 'displayName', name, 'installationId', id)"
	"     AS payload FROM used"
	"  UNION ALL SELECT 'r.' || tenant_id || '.Admin', 'Notification',"
	"   jsonb_build_object('title', left(name || ' was switched off', 120), 'message',"
	"    left('The plugin crashed again and again: ' || $3 || '. It stays off until you enable it.',"
	"     1000), 'icon', '⚠', 'url', '/settings/plugins', 'priority', 'high', 'fromUserId', null,"
	"    'fromUserName', 'Mortise', 'pluginKey', plugin_key) FROM used),"
	" sorted AS MATERIALIZED (SELECT * FROM raised ORDER BY channel COLLATE \"C\")"
	" SELECT mortise.emit(channel, type, payload) FROM sorted"};

int quarantine_package(struct relay *r, const char *key, const char *hash, const char *reason)
{
	struct pool *p = pool_new();
	struct rows rows;
	struct err e;
	int rc;

	err_clear(&e);
	rc = db_write(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &QUARANTINE,
		DB_ARGS(key, hash, reason), &rows, &e);
	relay_db_result(r, rc, &e, "putting a plugin in quarantine");
	if (rc == 0 && rows.n > 0)
		log_kv(LOG_LV_WARN, "plugin is in quarantine", "plugin", key, "package", hash,
			"reason", reason, NULL);
	pool_free(p);
	return rc;
}
