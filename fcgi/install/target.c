/* target.c - lock, journal and transactions of a lifecycle operation: see target.h. */
#include "install/target.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "install/hook.h"
#include "install/steps.h"
#include "os/control.h"
#include "os/steward.h"
#include "install/target.sql.h"

#define LOCK_PAUSE_MS 20
#define UNLOCK_MS 5000
#define RELEASE_MS 2000

void target_init(struct target *t, struct op *op, const char *key)
{
	const struct ident *who = op->who;

	*t = (struct target){.op = op, .key = key, .user = "-", .name = "Mortise"};
	if (!who)
		return;
	t->tenant = who->tenant;
	t->tenant_code = who->tenant_code;
	t->user = who->user;
	t->name = who->name;
	t->roles = who->roles;
}

int target_lock(struct target *t, long wait_ms)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	int64_t deadline = clock_ms() + wait_ms;
	struct rows rows;

	for (;;) {
		int rc = op_write(t->op, NULL, &TARGET_LOCK, DB_ARGS(t->key), &rows);

		if (rc < 0)
			return rc;
		if (row_bool(&rows, 0, 0))
			break;
		if (clock_left(deadline) == 0 || clock_left(t->op->deadline) == 0)
			return op_fail(t->op, MT_ECONFLICT,
				"Another change to the plugin %s is under way; try again", t->key);
		nanosleep(&pause, NULL);
	}
	t->session = row_text(&rows, 0, 1);
	return 0;
}

void target_unlock(struct target *t)
{
	struct err kept = op_try(t->op);
	struct rows rows;

	/* A session that is gone has released it, and a new one never held it. */
	if (t->session) {
		op_rollback(t->op);
		if (db_is_connected(t->op->db))
			db_write(t->op->db, t->op->arena, clock_ms() + UNLOCK_MS, NULL,
				&TARGET_UNLOCK, DB_ARGS(t->session), &rows, &t->op->err);
	}
	t->session = NULL;
	op_tried(t->op, kept);
}

int target_begin(struct target *t, const char *what, json_t *detail)
{
	struct arena *p = t->op->arena;
	struct rows rows;
	int rc;

	json_own(p, detail);
	t->detail = detail;
	rc = op_write(t->op, NULL, &TARGET_BEGIN, DB_ARGS(t->key, what, json_text(p, detail, NULL)),
		&rows);
	if (rc < 0)
		return rc;
	t->journal = row_text(&rows, 0, 0);
	return 0;
}

/* The row as it was seen just now. */
static int still_ours(struct target *t, const struct rows *row)
{
	if (row->n == 0)
		return op_fail(
			t->op, MT_EBUSY, "The change to the plugin was interrupted; try again");
	if (t->settled || !row_bool(row, 0, 0))
		return 0;
	return op_refuse(
		t->op, MT_ECONFLICT, TARGET_CANCELLED, "The change to %s was cancelled", t->key);
}

int target_progress(struct target *t, int n, int of, const char *words)
{
	struct arena *p = t->op->arena;
	struct rows rows;
	int rc = op_write(t->op, NULL, &TARGET_PROGRESS,
		DB_ARGS(t->journal, t->session, arena_printf(p, "%d", n), arena_printf(p, "%d", of),
			words),
		&rows);

	return rc < 0 ? rc : still_ours(t, &rows);
}

int target_transaction(struct target *t)
{
	struct rows rows;
	int rc;

	if ((rc = op_begin(t->op, target_as(t))) < 0 ||
		(rc = op_query(t->op, &TARGET_OWN, DB_ARGS(t->journal, t->session), &rows)) < 0)
		return rc;
	return still_ours(t, &rows);
}

int target_done(struct target *t)
{
	return op_queue(t->op, &TARGET_DONE, DB_ARGS(t->journal));
}

int target_becomes(struct target *t, const char *what, json_t *detail)
{
	struct arena *p = t->op->arena;

	json_own(p, detail);
	return op_queue(
		t->op, &TARGET_BECOMES, DB_ARGS(t->journal, what, json_text(p, detail, NULL)));
}

int target_state(struct target *t, const char *state, bool lift_quarantine)
{
	const char *id = json_str(t->detail, "installationId", "");
	struct rows rows;
	int rc = op_query(t->op, &TARGET_STATE, DB_ARGS(target_tenant(t), id, state), &rows);

	if (rc < 0)
		return rc;
	if (rows.changed != 1)
		return op_fail(t->op, MT_ECONFLICT, "The installation is gone");
	return lift_quarantine ? op_queue(t->op, &TARGET_LIFT, DB_ARGS(t->pkg.sha256)) : 0;
}

int target_emit(struct target *t, const char *type, json_t *data)
{
	struct arena *p = t->op->arena;

	json_own(p, data);
	return op_queue(t->op, &TARGET_EMIT,
		DB_ARGS(arena_printf(p, "t.%d", t->tenant), type, json_text(p, data, NULL)));
}

int target_emit_change(struct target *t, const char *type)
{
	json_t *data = json_pack("{s:s, s:s, s:s, s:s?}", "pluginKey", t->key, "displayName",
		json_str(t->pkg.manifest, "displayName", t->key), "installationId",
		json_str(t->detail, "installationId", ""), "byUserId", t->user);

	if (t->from_version) {
		json_object_set_new(data, "fromVersion", json_string(t->from_version));
		json_object_set_new(data, "version", json_string(t->pkg.version));
	}
	return target_emit(t, type, data);
}

int target_record(struct target *t)
{
	if (t->tenant <= 0) /* Mortise itself, for no person */
		return 0;
	return op_queue(t->op, &TARGET_ACTIVITY,
		DB_ARGS(target_tenant(t), t->key, t->what->name, t->from_version, t->pkg.version,
			t->user, t->name, "ok", NULL, NULL));
}

int target_record_end(struct target *t, const char *what, const char *outcome, const char *detail)
{
	struct rows rows;

	if (t->tenant <= 0)
		return 0;
	return op_write(t->op, NULL, &TARGET_ACTIVITY,
		DB_ARGS(target_tenant(t), t->key, what, json_str(t->detail, "fromVersion", NULL),
			json_str(t->detail, "version", NULL), t->user,
			json_str(t->detail, "userName", NULL), outcome, detail,
			arena_noted(t->op->arena, detail)),
		&rows);
}

int target_commit(struct target *t)
{
	int rc = op_commit(t->op);

	if (!t->what->only_gives)
		t->op->ended_at = clock_ms();
	app_wake_steward(t->op->app, WAKE_REGISTRY);
	app_wake_steward(t->op->app, WAKE_EVENTS);
	return rc;
}

void target_release_pool(struct target *t)
{
	struct control c;
	char *answer = NULL;

	if (control_open(&c, t->op->app->conf.run_dir) < 0)
		return; /* no master: no quarantine in its memory either */
	if (control_ask(&c, clock_ms() + RELEASE_MS, &answer, "release\t%s@%.12s", t->key,
		    t->pkg.sha256) == 0)
		free(answer); /* a pool that it doesn't know needs no release */
	control_close(&c);
}

void target_try_hook(struct target *t, const char *sha256, const char *hook)
{
	struct err kept = op_try(t->op), why;
	int rc = hook_call(t, sha256, hook);

	why = op_tried(t->op, kept);
	if (rc < 0)
		log_kv(LOG_LV_WARN, "a hook failed; going on without it", "plugin", t->key, "hook",
			hook, "why", why.message, NULL);
}

void target_wait_pool_gone(struct target *t, const char *sha256)
{
	struct err kept = op_try(t->op);
	struct rows rows;

	if (op_read(t->op, NULL, &TARGET_IN_USE, DB_ARGS(sha256), &rows) == 0 && rows.n == 0)
		hook_gone(t, sha256);
	op_tried(t->op, kept);
}

const char *target_tenant(const struct target *t)
{
	return arena_printf(t->op->arena, "%d", t->tenant);
}

const struct db_as *target_as(const struct target *t)
{
	struct db_as *as = arena_alloc(t->op->arena, sizeof(*as));

	*as = (struct db_as){t->tenant, t->user};
	return as;
}
