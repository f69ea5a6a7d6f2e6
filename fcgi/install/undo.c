/* undo.c - undoing what lifecycle operations did, and the end of an uninstall: see undo.h. */
#include "install/undo.h"

#include <dirent.h>
#include <string.h>
#include "base/json.h"
#include "package/manifest_value.h"
#include "registry/store.h"
#include "install/undo.sql.h"

#define DROP_PIECE 100 /* tables in a transaction */

static const char *detail(const struct target *t, const char *name)
{
	return json_str(t->detail, name, NULL);
}

static const char *installation(const struct target *t)
{
	return json_str(t->detail, "installationId", "");
}

/* Statements of the last transaction; *ret_used = somebody still has this package. */
static int remove_rows(struct target *t, const char *sha256, bool *ret_used)
{
	struct rows rows;
	int rc;

	if ((rc = op_queue(t->op, &UNDO_FORGET, DB_ARGS(target_tenant(t), installation(t)))) < 0 ||
		(rc = op_queue(t->op, &UNDO_SETTINGS, DB_ARGS(target_tenant(t), t->key))) < 0 ||
		(rc = op_query(t->op, &UNDO_USERS, DB_ARGS(t->key, sha256), &rows)) < 0)
		return rc;
	*ret_used = row_int(&rows, 0, 1) > 0;
	if (row_int(&rows, 0, 0) > 0)
		return op_queue(t->op, &UNDO_PURGE, DB_ARGS(t->key, target_tenant(t)));
	/* Without a schema there are no roles either: plugin_prepare() makes all or nothing. */
	if (row_bool(&rows, 0, 2) && (rc = op_queue(t->op, &UNDO_DROP, DB_ARGS(t->key))) < 0)
		return rc;
	return op_queue(t->op, &UNDO_FORGET_MIGRATIONS, DB_ARGS(t->key));
}

/* Failure and cancellation both restore a quarantine that was lifted. */
static int requarantine(struct target *t)
{
	return op_queue(t->op, &UNDO_REQUARANTINE,
		DB_ARGS(detail(t, "sha256"), detail(t, "quarantinedAt"),
			json_text(t->op->arena, json_object_get(t->detail, "quarantineReason"),
				NULL)));
}

/* Deletes the row, or leaves it for the remaining files. */
static int done_but_files(struct target *t, bool used)
{
	return used ? target_done(t)
		    : target_becomes(
			      t, "files", json_pack("{s:s?}", "sha256", detail(t, "sha256")));
}

/* In the transaction of the change; clients get an event. */
static int record_removed(struct target *t, const char *display)
{
	int rc = op_queue(t->op, &UNDO_ACTIVITY,
		DB_ARGS(target_tenant(t), t->key, "uninstall", NULL, detail(t, "version"),
			detail(t, "user"), detail(t, "userName"), "ok", NULL, NULL));

	return rc < 0 ? rc
		      : target_emit(t, "PluginUninstalled",
				json_pack("{s:s, s:s?, s:s}", "pluginKey", t->key, "displayName",
					display, "installationId", installation(t)));
}

/* More tables than one transaction has locks for go in pieces first; nothing brings them back. */
static int drop_pieces(struct target *t)
{
	struct rows left;
	int rc = op_read(t->op, NULL, &UNDO_TABLES,
		DB_ARGS(t->key, target_tenant(t), installation(t)), &left);

	while (rc == 0 && row_int(&left, 0, 0) > DROP_PIECE)
		rc = op_write(t->op, NULL, &UNDO_DROP_SOME, DB_ARGS(t->key, DB_NUMBER(DROP_PIECE)),
			&left);
	return rc;
}

static int remove_all(struct target *t, bool recorded)
{
	const char *sha256 = json_str(t->detail, "sha256", "");
	struct rows display;
	bool used = false;
	int rc;

	if ((rc = drop_pieces(t)) < 0 || (rc = target_transaction(t)) < 0 ||
		(rc = op_query(t->op, &UNDO_DISPLAY, DB_ARGS(sha256), &display)) < 0 ||
		(rc = remove_rows(t, sha256, &used)) < 0 || (rc = requarantine(t)) < 0 ||
		(rc = done_but_files(t, used)) < 0 ||
		(recorded && (rc = record_removed(
				      t, display.n ? row_text(&display, 0, 0) : t->key)) < 0) ||
		(rc = op_commit(t->op)) < 0)
		return rc;
	app_wake_steward(t->op->app, WAKE_REGISTRY);
	app_wake_steward(t->op->app, WAKE_EVENTS);
	return used ? 0 : undo_files(t);
}

int undo_install(struct target *t)
{
	return remove_all(t, false);
}

int undo_remove(struct target *t)
{
	return remove_all(t, true);
}

/* Under the plugin's lock nobody begins to use what is unused. */
int undo_files(struct target *t)
{
	struct rows unused;
	int rc;

	if ((rc = store_remove(t->op, json_str(t->detail, "sha256", ""))) < 0 ||
		(rc = op_read(t->op, NULL, &UNDO_UNUSED, DB_ARGS(t->key), &unused)) < 0)
		return rc;
	for (int i = 0; i < unused.n; i++)
		if ((rc = store_remove(t->op, row_text(&unused, i, 0))) < 0)
			return rc;
	return undo_nothing(t);
}

int undo_nothing(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 || (rc = target_done(t)) < 0)
		return rc;
	return op_commit(t->op);
}

int undo_export(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 ||
		(rc = op_queue(
			 t->op, &UNDO_UNEXPORT, DB_ARGS(target_tenant(t), t->key, t->journal))) < 0)
		return rc;
	return op_commit(t->op);
}

int undo_restore(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 ||
		(rc = op_queue(t->op, &UNDO_RESTORE,
			 DB_ARGS(target_tenant(t), installation(t),
				 json_str(t->detail, "state", "disabled")))) < 0 ||
		(rc = requarantine(t)) < 0 || (rc = target_done(t)) < 0 ||
		(rc = op_commit(t->op)) < 0)
		return rc;
	app_wake_steward(t->op->app, WAKE_REGISTRY);
	return 0;
}

int undo_forget(struct target *t)
{
	struct rows used;
	int rc;

	if ((rc = target_transaction(t)) < 0 ||
		(rc = op_query(t->op, &UNDO_OTHERS, DB_ARGS(detail(t, "sha256"), t->journal),
			 &used)) < 0 ||
		(rc = requarantine(t)) < 0 || (rc = done_but_files(t, used.n > 0)) < 0 ||
		(rc = op_commit(t->op)) < 0)
		return rc;
	app_wake_steward(t->op->app, WAKE_REGISTRY);
	return used.n > 0 ? 0 : undo_files(t);
}

/* A folder that existed before this operation, and that nobody uses now. If it is being installed
 * again at this moment, the steward refills it. */
static int sweep_one(struct op *op, const char *name)
{
	struct rows rows;
	int rc;

	if (!value_is_sha256(name))
		return 0;
	if ((rc = op_read(op, NULL, &UNDO_USED, DB_ARGS(name), &rows)) < 0)
		return rc;
	return rows.n == 0 ? store_remove(op, name) : 0;
}

static int sweep_folder(struct op *op, const char *root)
{
	DIR *d = opendir(root);
	struct dirent *de;
	int rc = 0;

	while (d && rc == 0 && (de = readdir(d)))
		rc = sweep_one(op, arena_strdup(op->arena, de->d_name));
	if (d)
		closedir(d);
	return rc;
}

int undo_sweep(struct op *op)
{
	const struct conf *c = &op->app->conf;
	int rc;

	store_sweep(c);
	rc = sweep_folder(op, c->store_dir);
	return rc < 0 ? rc : sweep_folder(op, c->asset_dir);
}
