/*
 * quarantine.c - see quarantine.h.
 */
#include "relay/quarantine.h"

#include "base/ended.h"
#include "base/log.h"
#include "db/db.h"
#include "registry/trust.h"
#include "relay/quarantine.sql.h"

/* A notification for administrators, for mortise.notice(): {0} is the plugin's name, {1} the version, {2} the
 * reason, and {3} the version from before. */
#define OFF_TITLE N_("{0} was switched off")
#define BACK_TITLE N_("{0} went back to {3}")
#define OFF_TEXT                                                                                   \
	N_("Version {1} crashed again and again: {2}. The plugin stays off until you enable it")
#define BACK_TEXT                                                                                   \
	N_("Version {1} crashed again and again: {2}. Version {3}, which worked before, is in use " \
	   "again")
#define ALERT_TITLE N_("{0} {1} is in quarantine")
#define ALERT_TEXT                                                                                 \
	N_("It crashed again and again and was stopped for all companies that used it: {2}")

/* Tenants with an earlier version that may run go back to it. */
static int put(struct op *op, const char *key, const char *hash, const char *why, struct rows *ret)
{
	struct trust_store *store;
	struct rows rows;
	const char *list = "";
	int rc;

	if ((rc = op_read(op, NULL, &QUARANTINE_BEFORE, DB_ARGS(key, hash), &rows)) < 0 ||
		(rc = trust_load(op, &store)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		bool usable;

		if ((rc = trust_row(store, &rows, i, &usable)) < 0)
			return rc;
		if (usable)
			list = arena_printf(
				op->arena, "%s%s%s", list, *list ? "," : "", row_text(&rows, i, 0));
	}
	/* the hashes as a text[]: hex digits need no quotes */
	return op_write(op, NULL, &QUARANTINE,
		DB_ARGS(key, hash, why, arena_printf(op->arena, "{%s}", list), OFF_TITLE, OFF_TEXT,
			BACK_TITLE, BACK_TEXT, arena_noted(op->arena, why), ALERT_TITLE,
			ALERT_TEXT),
		ret);
}

int quarantine_package(struct relay *r, const char *key, const char *hash, const char *how)
{
	struct arena *p = arena_new();
	struct rows rows;
	struct op op;
	const char *why;
	int rc;

	relay_op(r, &op, p);
	why = ended_part(p, how);
	rc = put(&op, key, hash, why, &rows);
	relay_db_result(r, rc, &op.err, "putting a plugin in quarantine");
	if (rc == 0 && rows.n > 0)
		log_kv(LOG_LV_WARN, "plugin is in quarantine", "plugin", key, "package", hash,
			"reason", why, NULL);
	arena_free(p);
	return rc;
}
