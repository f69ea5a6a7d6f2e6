/*
 * quarantine.c - see quarantine.h.
 */
#include "relay/quarantine.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "db/db.h"
#include "package/manifest.h"
#include "registry/trust.h"

/* Versions that tenants of this package were on before, and that still fit the tables. */
static const struct stmt BEFORE = {"quarantine_before",
	"SELECT DISTINCT b.sha256, b.plugin_key, b.version, b.signature, b.blake2b,"
	" b.manifest ->> 'host', b.manifest -> 'abi'"
	" FROM mortise.plugin_packages p"
	" JOIN mortise.installations i ON i.package_sha256 = p.sha256"
	" JOIN mortise.plugin_packages b ON b.sha256 = i.previous_sha256"
	" WHERE p.plugin_key = $1 AND left(p.sha256, length($2)) = $2 AND b.quarantined_at IS NULL"
	" AND b.approved_at IS NOT NULL AND mortise.plugin_fit(b.sha256) IS NULL"};

/* One row per event, in ascending order of channels, so that two transactions that raise events for
 * several channels never wait for each other. $4 = the versions from before that may run. Installations
 * that a step has in its hands stay where they are: that step fails by itself. */
static const struct stmt QUARANTINE = {"quarantine",
	"WITH hit AS (UPDATE mortise.plugin_packages SET quarantined_at = now(), quarantine_reason = $3"
	"  WHERE plugin_key = $1 AND left(sha256, length($2)) = $2 AND quarantined_at IS NULL"
	"  RETURNING sha256, plugin_key, version, coalesce(manifest->>'displayName', plugin_key) AS name),"
	" used AS (SELECT i.tenant_id, i.id, hit.*, b.sha256 AS back, b.version AS back_version,"
	"  b.manifest -> 'permissions' AS back_permissions FROM hit JOIN mortise.installations i"
	"  ON i.package_sha256 = hit.sha256 LEFT JOIN mortise.plugin_packages b"
	"  ON b.sha256 = i.previous_sha256 AND b.sha256 = ANY ($4::text[])"
	"  AND i.state IN ('enabled', 'disabled')),"
	" moved AS (UPDATE mortise.installations i SET package_sha256 = u.back, previous_sha256 = NULL,"
	"  left_sha256 = u.sha256, left_at = now(), changed_at = now(), consented ="
	"  ARRAY(SELECT jsonb_array_elements_text(coalesce(u.back_permissions, '[]')))"
	"  FROM used u WHERE u.back IS NOT NULL AND i.tenant_id = u.tenant_id AND i.id = u.id),"
	" noted AS (INSERT INTO mortise.plugin_activity (tenant_id, plugin_key, op, from_version,"
	"  version, user_name, outcome, detail) SELECT tenant_id, plugin_key,"
	"  CASE WHEN back IS NULL THEN 'quarantine' ELSE 'rollback' END, version,"
	"  coalesce(back_version, version), 'Mortise', 'ok', left($3, 500) FROM used),"
	" raised AS (SELECT 't.' || tenant_id AS channel, 'PluginQuarantined' AS type,"
	"   jsonb_build_object('pluginKey', plugin_key, 'displayName', name, 'installationId', id,"
	"     'version', version) AS payload FROM used"
	"  UNION ALL SELECT 't.' || tenant_id, 'PluginRolledBack',"
	"   jsonb_build_object('pluginKey', plugin_key, 'displayName', name, 'installationId', id,"
	"     'fromVersion', version, 'version', back_version, 'automatic', true)"
	"   FROM used WHERE back IS NOT NULL"
	"  UNION ALL SELECT 'r.' || tenant_id || '.Admin', 'Notification',"
	"   jsonb_build_object('title', left(name || CASE WHEN back IS NULL THEN ' was switched off'"
	"     ELSE ' went back to ' || back_version END, 120), 'message',"
	"    left('Version ' || version || ' crashed again and again: ' || $3 || '. ' ||"
	"     CASE WHEN back IS NULL THEN 'The plugin stays off until you enable it.'"
	"     ELSE 'Version ' || back_version || ', which worked before, is in use again.' END,"
	"     1000), 'icon', '⚠', 'url', '/plugins/' || plugin_key || '/manage',"
	"    'priority', 'high', 'fromUserId', null, 'fromUserName', 'Mortise', 'pluginKey', plugin_key)"
	"   FROM used),"
	" sorted AS MATERIALIZED (SELECT * FROM raised ORDER BY channel COLLATE \"C\", type DESC)"
	" SELECT mortise.emit(channel, type, payload) FROM sorted"};

/* May this version run here: made for this host, and allowed by the trust policy? */
static int usable(struct arena *p, struct trust_store *store, const struct rows *rows, int i,
	bool *ret, struct err *e)
{
	const struct trust_facts facts = {.sha256 = row_text(rows, i, 0),
		.key = row_text(rows, i, 1),
		.version = row_text(rows, i, 2),
		.signature = row_text(rows, i, 3),
		.blake2b = row_text(rows, i, 4)};
	json_t *head = json_pack("{s:s?, s:I}", "host", row_text(rows, i, 5), "abi",
		(json_int_t)row_int(rows, i, 6));
	struct trust t;
	int rc = trust_judge(store, &facts, &t, e);

	json_own(p, head);
	*ret = rc == 0 && t.allowed && !manifest_unfit(p, head);
	return rc;
}

/* The hashes as a text[]: hex digits need no quotes. */
static int good_ones(struct relay *r, struct arena *p, const char *key, const char *hash,
	const char **ret, struct err *e)
{
	struct trust_store *store;
	struct rows rows;
	char *list = arena_strdup(p, "");
	int rc = db_read(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &BEFORE, DB_ARGS(key, hash),
		&rows, e);

	if (rc == 0)
		rc = trust_load(r->app.db, p, clock_ms() + RELAY_DB_MS, &r->app.conf, &store, e);
	for (int i = 0; rc == 0 && i < rows.n; i++) {
		bool good;

		rc = usable(p, store, &rows, i, &good, e);
		if (rc == 0 && good)
			list = arena_printf(
				p, "%s%s%s", list, *list ? "," : "", row_text(&rows, i, 0));
	}
	*ret = arena_printf(p, "{%s}", list);
	return rc;
}

int quarantine_package(struct relay *r, const char *key, const char *hash, const char *reason)
{
	struct arena *p = arena_new();
	const char *good;
	struct rows rows;
	struct err e;
	int rc;

	err_init(&e, p);
	rc = good_ones(r, p, key, hash, &good, &e);
	if (rc == 0)
		rc = db_write(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &QUARANTINE,
			DB_ARGS(key, hash, reason, good), &rows, &e);
	relay_db_result(r, rc, &e, "putting a plugin in quarantine");
	if (rc == 0 && rows.n > 0)
		log_kv(LOG_LV_WARN, "plugin is in quarantine", "plugin", key, "package", hash,
			"reason", reason, NULL);
	arena_free(p);
	return rc;
}
