/* recover.c - finishing and undoing steps of a plugin's life: see recover.h. */
#include <dirent.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "package/manifest_value.h"
#include "registry/recover.h"
#include "registry/store.h"
#include "registry/recover.sql.h"

#define DROP_PIECE 100 /* tables in a transaction */

/* Statements of the last transaction; *ret_used = somebody still has this package. */
static int remove_rows(
	struct step *s, const char *installation, const char *sha256, bool *ret_used, struct err *e)
{
	struct db *db = s->app->db;
	struct rows rows;
	int rc = db_queue(db, &RECOVER_FORGET, DB_ARGS(step_tenant(s), installation), e);

	if (rc == 0)
		rc = db_queue(db, &RECOVER_SETTINGS, DB_ARGS(step_tenant(s), s->key), e);

	if (rc == 0)
		rc = db_query(db, &RECOVER_USERS, DB_ARGS(s->key, sha256), &rows, e);
	if (rc < 0)
		return rc;
	*ret_used = row_int(&rows, 0, 1) > 0;
	if (row_int(&rows, 0, 0) > 0)
		return db_queue(db, &RECOVER_PURGE, DB_ARGS(s->key, step_tenant(s)), e);
	/* Without a schema there are no roles either: plugin_prepare() makes all or nothing. */
	if (row_bool(&rows, 0, 2))
		rc = db_queue(db, &RECOVER_DROP, DB_ARGS(s->key), e);
	if (rc == 0)
		rc = db_queue(db, &RECOVER_FORGET_MIGRATIONS, DB_ARGS(s->key), e);
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
		rc = db_read(s->app->db, s->arena, s->deadline, NULL, &RECOVER_UNUSED,
			DB_ARGS(s->key), &unused, e);
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
	return db_queue(s->app->db, &RECOVER_REQUARANTINE,
		DB_ARGS(json_str(detail, "sha256", ""), json_str(detail, "quarantinedAt", NULL),
			json_str(detail, "quarantineReason", NULL)),
		e);
}

static int note_removed(struct step *s, const json_t *detail, struct err *e)
{
	return db_queue(s->app->db, &RECOVER_ACTIVITY,
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
	int rc = db_read(db, s->arena, s->deadline, NULL, &RECOVER_TABLES,
		DB_ARGS(s->key, step_tenant(s), installation), &left, e);

	while (rc == 0 && row_int(&left, 0, 0) > DROP_PIECE)
		rc = db_write(db, s->arena, s->deadline, NULL, &RECOVER_DROP_SOME,
			DB_ARGS(s->key, DB_NUMBER(DROP_PIECE)), &left, e);
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
		rc = db_query(db, &RECOVER_DISPLAY, DB_ARGS(sha256), &display, e);
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
		rc = db_queue(
			db, &RECOVER_UNEXPORT, DB_ARGS(step_tenant(s), s->key, s->journal), e);
	if (rc == 0)
		rc = db_queue(db, &RECOVER_RESTORE,
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
		rc = db_query(s->app->db, &RECOVER_OTHERS, DB_ARGS(sha256, s->journal), &used, e);
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
	return db_write(s->app->db, s->arena, s->deadline, NULL, &RECOVER_ACTIVITY,
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

	log_kv(LOG_LV_WARN, "an operation on a plugin was interrupted; recovering", "plugin",
		s->key, "step", op, "installation", json_str(detail, "installationId", NULL), NULL);
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
	int rc = db_read(
		s->app->db, s->arena, s->deadline, NULL, &RECOVER_LEFT, DB_ARGS(s->key), &rows, e);

	if (rc == 0 && rows.n > 0) {
		struct rows none;

		rc = db_write(s->app->db, s->arena, s->deadline, NULL, &RECOVER_SETTLE,
			DB_ARGS(s->key), &none, e);
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
	int rc = db_read(a->db, p, deadline, NULL, &RECOVER_LEFT_ALL, DB_NOARGS, &rows, e),
	    all = rc;

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
	rc = db_read(a->db, p, deadline, NULL, &RECOVER_USED, DB_ARGS(name), &rows, e);
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
