/* recover.c - finishing and undoing steps of a plugin's life: see recover.h. */
#include <dirent.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "package/manifest_value.h"
#include "registry/recover.h"
#include "registry/store.h"

#define DROP_PIECE 100 /* tables in a transaction */
#define DROP_PIECE_TEXT "100"

static const struct stmt DISPLAY = {"recover_display",
	"SELECT manifest ->> 'displayName' FROM mortise.plugin_packages WHERE sha256 = $1"};
static const struct stmt FORGET = {"recover_forget",
	"DELETE FROM mortise.installations WHERE tenant_id = $1::int AND id = $2::uuid"};
static const struct stmt USERS = {"recover_users",
	"SELECT count(*), count(*) FILTER (WHERE $2 IN (package_sha256, previous_sha256)),"
	" to_regnamespace('x_' || replace($1, '-', '_')) IS NOT NULL"
	" FROM mortise.installations WHERE plugin_key = $1"};
static const struct stmt DROP = {"recover_drop", "SELECT mortise.plugin_drop($1)"};
/* Tables of a plugin that nobody else has. */
static const struct stmt TABLES = {"recover_tables",
	"SELECT count(*) FROM pg_class c"
	" WHERE c.relnamespace = to_regnamespace('x_' || replace($1, '-', '_')) AND c.relkind = 'r'"
	" AND NOT EXISTS (SELECT FROM mortise.installations i WHERE i.plugin_key = $1"
	"  AND NOT (i.tenant_id = $2::int AND i.id = $3::uuid))"};
static const struct stmt DROP_SOME = {
	"recover_drop_some", "SELECT mortise.plugin_drop_some($1, " DROP_PIECE_TEXT ")"};
static const struct stmt FORGET_MIGRATIONS = {
	"recover_forget_migrations", "DELETE FROM mortise.plugin_migrations WHERE plugin_key = $1"};
static const struct stmt SETTINGS = {
	"recover_settings", "SELECT mortise.settings_remove($1::int, $2)"};
static const struct stmt PURGE = {"recover_purge", "SELECT mortise.plugin_purge($1, $2::int)"};
static const struct stmt RESTORE = {"recover_restore",
	"UPDATE mortise.installations SET state = $3, changed_at = now()"
	" WHERE tenant_id = $1::int AND id = $2::uuid"};
static const struct stmt REQUARANTINE = {"recover_requarantine",
	"UPDATE mortise.plugin_packages SET quarantined_at = $2::timestamptz, quarantine_reason = $3"
	" WHERE sha256 = $1 AND quarantined_at IS NULL AND $2::text IS NOT NULL"};
static const struct stmt LEFT = {"recover_left",
	"SELECT id, op, detail FROM mortise.journal WHERE plugin_key = $1 ORDER BY id"};
static const struct stmt LEFT_ALL = {
	"recover_left_all", "SELECT DISTINCT plugin_key FROM mortise.journal"};
#define IN_USE                                                                                     \
	"SELECT 1 FROM mortise.installations WHERE $1 IN (package_sha256, previous_sha256)"        \
	" OR (left_sha256 = $1 AND left_at > now() - interval '1 min')"                            \
	" UNION ALL SELECT 1 FROM mortise.journal WHERE detail ->> 'sha256' = $1"
static const struct stmt USED = {"recover_used", IN_USE " LIMIT 1"};
static const struct stmt UNUSED = {"recover_unused",
	"SELECT p.sha256 FROM mortise.plugin_packages p WHERE p.plugin_key = $1 AND NOT EXISTS"
	" (SELECT FROM mortise.installations i"
	"  WHERE p.sha256 IN (i.package_sha256, i.previous_sha256)"
	"   OR (i.left_sha256 = p.sha256 AND i.left_at > now() - interval '1 min'))"};
static const struct stmt OTHERS = {"recover_others", IN_USE " AND id <> $2::bigint LIMIT 1"};
static const struct stmt UNEXPORT = {"recover_unexport",
	"DELETE FROM mortise.plugin_exports x USING mortise.journal j WHERE x.tenant_id = $1::int"
	" AND x.plugin_key = $2 AND j.id = $3::bigint AND x.created_at >= j.started_at"};
static const struct stmt ACTIVITY = {"recover_activity",
	"SELECT mortise.plugin_activity_add($1::int, $2, $3, $4, $5, $6::uuid, $7, $8, $9)"};

/* A migration that was cut off is over. One that was committed is written down at once, because it decides
 * which versions can run; its hand-over follows with the next one (install/migrate.c). */
static const struct stmt SETTLE = {"recover_settle",
	"WITH plugin AS (SELECT mortise.plugin_settle($1) AS state)"
	" INSERT INTO mortise.plugin_migrations (plugin_key, name, sha256, phase)"
	" SELECT $1, m.name, m.sha256, m.phase FROM plugin, mortise.plugin_pending($1) m"
	" WHERE plugin.state = 'ran' ON CONFLICT DO NOTHING"};

/* Statements of the last transaction; *ret_used = somebody still has this package. */
static int remove_rows(
	struct step *s, const char *installation, const char *sha256, bool *ret_used, struct err *e)
{
	struct db *db = s->app->db;
	struct rows rows;
	int rc = db_queue(db, &FORGET, DB_ARGS(step_tenant(s), installation), e);

	if (rc == 0)
		rc = db_queue(db, &SETTINGS, DB_ARGS(step_tenant(s), s->key), e);

	if (rc == 0)
		rc = db_query(db, &USERS, DB_ARGS(s->key, sha256), &rows, e);
	if (rc < 0)
		return rc;
	*ret_used = row_int(&rows, 0, 1) > 0;
	if (row_int(&rows, 0, 0) > 0)
		return db_queue(db, &PURGE, DB_ARGS(s->key, step_tenant(s)), e);
	/* Without a schema there are no roles either: plugin_prepare() makes all or nothing. */
	if (row_bool(&rows, 0, 2))
		rc = db_queue(db, &DROP, DB_ARGS(s->key), e);
	if (rc == 0)
		rc = db_queue(db, &FORGET_MIGRATIONS, DB_ARGS(s->key), e);
	return rc;
}

static int notify_admins(
	struct step *s, const char *installation, const char *display, struct err *e)
{
	return step_emit(s, "PluginUninstalled",
		json_pack("{s:s, s:s?, s:s}", "pluginKey", s->key, "displayName", display,
			"installationId", installation),
		e);
}

/* Under the plugin's lock nobody begins to use what is unused. */
static int end_files(struct step *s, const char *sha256, struct err *e)
{
	struct rows unused;
	int rc = store_remove(&s->app->conf, sha256, e);

	if (rc == 0)
		rc = db_read(s->app->db, s->arena, s->deadline, NULL, &UNUSED, DB_ARGS(s->key),
			&unused, e);
	for (int i = 0; rc == 0 && i < unused.n; i++)
		rc = store_remove(&s->app->conf, row_text(&unused, i, 0), e);
	if (rc == 0)
		rc = step_transaction(s, e);
	if (rc == 0)
		rc = step_done(s, e);
	return rc == 0 ? db_commit(s->app->db, e) : rc;
}

/* Both ways of ending a step badly give a quarantine back that it had lifted. */
static int requarantine(struct step *s, const json_t *detail, struct err *e)
{
	return db_queue(s->app->db, &REQUARANTINE,
		DB_ARGS(json_str(detail, "sha256", ""), json_str(detail, "quarantinedAt", NULL),
			json_str(detail, "quarantineReason", NULL)),
		e);
}

static int note_removed(struct step *s, const json_t *detail, struct err *e)
{
	return db_queue(s->app->db, &ACTIVITY,
		DB_ARGS(step_tenant(s), s->key, "uninstall", NULL,
			json_str(detail, "version", NULL), json_str(detail, "user", NULL),
			json_str(detail, "userName", NULL), "ok", NULL),
		e);
}

/* More tables than one transaction has locks for go in pieces first; nothing brings this step back. */
static int drop_pieces(struct step *s, const char *installation, struct err *e)
{
	struct db *db = s->app->db;
	struct rows left;
	int rc = db_read(db, s->arena, s->deadline, NULL, &TABLES,
		DB_ARGS(s->key, step_tenant(s), installation), &left, e);

	while (rc == 0 && row_int(&left, 0, 0) > DROP_PIECE)
		rc = db_write(
			db, s->arena, s->deadline, NULL, &DROP_SOME, DB_ARGS(s->key), &left, e);
	return rc;
}

int recover_remove(struct step *s, const json_t *detail, bool told, struct err *e)
{
	const char *installation = json_str(detail, "installationId", "");
	const char *sha256 = json_str(detail, "sha256", "");
	struct db *db = s->app->db;
	struct rows display;
	bool used = false;
	int rc = drop_pieces(s, installation, e);

	if (rc == 0)
		rc = step_transaction(s, e);
	if (rc == 0)
		rc = db_query(db, &DISPLAY, DB_ARGS(sha256), &display, e);
	if (rc == 0)
		rc = remove_rows(s, installation, sha256, &used, e);
	if (rc == 0)
		rc = requarantine(s, detail, e);
	if (rc == 0 && used)
		rc = step_done(s, e);
	else if (rc == 0)
		rc = step_becomes(s, "files", json_pack("{s:s}", "sha256", sha256), e);
	if (rc == 0 && told)
		rc = note_removed(s, detail, e);
	if (rc == 0 && told)
		rc = notify_admins(
			s, installation, display.n ? row_text(&display, 0, 0) : s->key, e);
	if (rc == 0)
		rc = db_commit(db, e);
	if (rc < 0)
		return rc;
	app_wake_steward(s->app, WAKE_REGISTRY);
	app_wake_steward(s->app, WAKE_EVENTS);
	return used ? 0 : end_files(s, sha256, e);
}

static int restore(struct step *s, const json_t *detail, bool exported, struct err *e)
{
	struct db *db = s->app->db;
	int rc = step_transaction(s, e);

	if (rc == 0 && exported)
		rc = db_queue(db, &UNEXPORT, DB_ARGS(step_tenant(s), s->key, s->journal), e);
	if (rc == 0)
		rc = db_queue(db, &RESTORE,
			DB_ARGS(step_tenant(s), json_str(detail, "installationId", ""),
				json_str(detail, "state", "disabled")),
			e);
	if (rc == 0)
		rc = requarantine(s, detail, e);
	if (rc == 0)
		rc = step_done(s, e);
	if (rc == 0)
		rc = db_commit(db, e);
	if (rc == 0)
		app_wake_steward(s->app, WAKE_REGISTRY);
	return rc;
}

int recover_restore(struct step *s, const json_t *detail, struct err *e)
{
	return restore(s, detail, false, e);
}

int recover_export(struct step *s, const json_t *detail, struct err *e)
{
	return restore(s, detail, true, e);
}

int recover_forget(struct step *s, const json_t *detail, struct err *e)
{
	const char *sha256 = json_str(detail, "sha256", "");
	struct rows used;
	int rc = step_transaction(s, e);

	if (rc == 0)
		rc = db_query(s->app->db, &OTHERS, DB_ARGS(sha256, s->journal), &used, e);
	if (rc == 0)
		rc = requarantine(s, detail, e);
	if (rc == 0 && used.n > 0)
		rc = step_done(s, e);
	else if (rc == 0)
		rc = step_becomes(s, "files", json_pack("{s:s}", "sha256", sha256), e);
	if (rc == 0)
		rc = db_commit(s->app->db, e);
	if (rc < 0)
		return rc;
	app_wake_steward(s->app, WAKE_REGISTRY);
	return used.n > 0 ? 0 : end_files(s, sha256, e);
}

/* The tenant's record says that it was not finished, or was. */
static int record_outcome(struct step *s, const char *op, const json_t *detail, struct err *e)
{
	struct rows rows;

	if (s->tenant <= 0 || !strcmp(op, "files") || !strcmp(op, "uninstall"))
		return 0;
	return db_write(s->app->db, s->arena, s->deadline, NULL, &ACTIVITY,
		DB_ARGS(step_tenant(s), s->key, op, json_str(detail, "fromVersion", NULL),
			json_str(detail, "version", NULL), json_str(detail, "user", NULL),
			json_str(detail, "userName", NULL), "undone",
			"the process that did it ended; it was put right afterwards"),
		&rows, e);
}

static int end_row(struct step *s, const char *op, const json_t *detail, struct err *e)
{
	if (!strcmp(op, "install"))
		return recover_remove(s, detail, false, e);
	if (!strcmp(op, "uninstall"))
		return recover_remove(s, detail, true, e);
	if (!strcmp(op, "enable") || !strcmp(op, "disable"))
		return recover_restore(s, detail, e);
	if (!strcmp(op, "upgrade") || !strcmp(op, "rollback") || !strcmp(op, "approve") ||
		!strcmp(op, "contract"))
		return recover_forget(s, detail, e);
	if (!strcmp(op, "export"))
		return recover_export(s, detail, e);
	if (!strcmp(op, "files"))
		return end_files(s, json_str(detail, "sha256", ""), e);
	return err_set(e, MT_EINTERNAL, "the journal has an unknown step");
}

/* One row that was left behind. */
static int recover_row(struct step *s, const char *op, const json_t *detail, struct err *e)
{
	int rc;

	log_kv(LOG_LV_WARN, "a plugin's life was interrupted; putting it right", "plugin", s->key,
		"step", op, "installation", json_str(detail, "installationId", NULL), NULL);
	s->tenant = (int)json_integer_value(json_object_get(detail, "tenant"));
	s->user = json_str(detail, "user", "-");
	s->settled = true;
	rc = end_row(s, op, detail, e);
	return rc < 0 ? rc : record_outcome(s, op, detail, e);
}

int recover_plugin(struct step *s, struct err *e)
{
	struct step old = *s;
	struct rows rows;
	int rc = db_read(s->app->db, s->arena, s->deadline, NULL, &LEFT, DB_ARGS(s->key), &rows, e);

	if (rc == 0 && rows.n > 0) {
		struct rows none;

		rc = db_write(s->app->db, s->arena, s->deadline, NULL, &SETTLE, DB_ARGS(s->key),
			&none, e);
	}
	for (int i = 0; rc == 0 && i < rows.n; i++) {
		const char *text = row_text(&rows, i, 2);
		json_t *detail;

		old.journal = row_text(&rows, i, 0);
		rc = json_parse(s->arena, text, strlen(text), &detail, e);
		if (rc == 0)
			rc = recover_row(&old, row_text(&rows, i, 1), detail, e);
		if (rc < 0)
			db_rollback(s->app->db);
	}
	return rc;
}

int lifecycle_recover(struct app *a, struct arena *p, int64_t deadline, long wait_ms, struct err *e)
{
	struct rows rows;
	int rc = db_read(a->db, p, deadline, NULL, &LEFT_ALL, DB_NOARGS, &rows, e), all = rc;

	for (int i = 0; rc == 0 && i < rows.n; i++) {
		struct step s = {.app = a,
			.arena = p,
			.deadline = deadline,
			.key = row_text(&rows, i, 0),
			.user = "-"};
		struct err *why = err_new(p);

		err_init(why, p);
		if (step_lock(&s, wait_ms, why) < 0)
			continue; /* somebody is at work */
		all = recover_plugin(&s, why);
		step_unlock(&s);
		if (all < 0) {
			err_log(e, "%s: %s %s", s.key, why->message, why->log);
			err_set(e, all, "%s", why->message);
		}
	}
	return rc < 0 ? rc : e->code;
}

/* A folder that was there before we asked, and that nobody has a use for now. One that is installed in
 * this very moment again is filled again by the steward. */
static int sweep_one(
	struct app *a, struct arena *p, int64_t deadline, const char *name, struct err *e)
{
	struct rows rows;
	int rc;

	if (!value_is_sha256(name))
		return 0;
	rc = db_read(a->db, p, deadline, NULL, &USED, DB_ARGS(name), &rows, e);
	return rc == 0 && rows.n == 0 ? store_remove(&a->conf, name, e) : rc;
}

static int sweep_folder(
	struct app *a, struct arena *p, int64_t deadline, const char *root, struct err *e)
{
	DIR *d = opendir(root);
	struct dirent *de;
	int rc = 0;

	while (d && rc == 0 && (de = readdir(d)))
		rc = sweep_one(a, p, deadline, arena_strdup(p, de->d_name), e);
	if (d)
		closedir(d);
	return rc;
}

int recover_sweep(struct app *a, struct arena *p, int64_t deadline, struct err *e)
{
	int rc;

	store_sweep(&a->conf);
	rc = sweep_folder(a, p, deadline, a->conf.store_dir, e);
	return rc < 0 ? rc : sweep_folder(a, p, deadline, a->conf.asset_dir, e);
}
