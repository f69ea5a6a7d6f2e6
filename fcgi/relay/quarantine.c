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
#include "relay/quarantine.sql.h"

/* A notification for administrators, for format() of PostgreSQL: the plugin's name, the version,
 * the reason, and the version from before. */
#define OFF_TITLE "%1$s was switched off"
#define BACK_TITLE "%1$s went back to %4$s"
#define OFF_TEXT                                                                                   \
	"Version %2$s crashed again and again: %3$s. The plugin stays off until you enable it."
#define BACK_TEXT                                                                                   \
	"Version %2$s crashed again and again: %3$s. Version %4$s, which worked before, is in use " \
	"again."

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
	int rc = db_read(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &QUARANTINE_BEFORE,
		DB_ARGS(key, hash), &rows, e);

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
			DB_ARGS(key, hash, reason, good, OFF_TITLE, OFF_TEXT, BACK_TITLE,
				BACK_TEXT),
			&rows, &e);
	relay_db_result(r, rc, &e, "putting a plugin in quarantine");
	if (rc == 0 && rows.n > 0)
		log_kv(LOG_LV_WARN, "plugin is in quarantine", "plugin", key, "package", hash,
			"reason", reason, NULL);
	arena_free(p);
	return rc;
}
