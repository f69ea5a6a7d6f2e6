/* operation.c - what the steps of a plugin's life share: see lifecycle_impl.h. */
#include <stdlib.h>
#include <string.h>
#include "auth/ident.h"
#include "auth/rights.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "http/url.h"
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "os/control.h"
#include "registry/recover.h"
#include "registry/store.h"
#include "install/operation.sql.h"

#define RELEASE_MS 2000
#define MAINTAIN_WAIT_MS 1

void operation_init(
	struct operation *d, struct req *r, int tenant, const char *tenant_code, const char *key)
{
	int64_t left = clock_left(r->op.deadline);

	memset(d, 0, sizeof(*d));
	d->r = r;
	d->step = (struct step){
		.app = r->op.app,
		.arena = r->op.arena,
		.deadline = r->op.deadline - (left > 2 * STEP_UNDO_MS ? STEP_UNDO_MS : left / 2),
		.key = key,
		.tenant = tenant,
		.tenant_code = tenant_code,
		.user = r->op.who->user,
		.user_name = url_encode(r->op.arena, r->op.who->name),
		.roles = r->op.who->roles,
	};
	d->cat = (struct catalog){
		.app = r->op.app,
		.arena = r->op.arena,
		.deadline = d->step.deadline,
		.as = step_as(&d->step),
		.err = &r->op.err,
	};
}

int operation_lock(struct operation *d)
{
	int rc = step_lock(&d->step, STEP_WAIT_MS, &d->r->op.err);

	return rc < 0 ? rc : recover_plugin(&d->step, &d->r->op.err);
}

int operation_take(
	struct operation *d, struct req *r, const char *id, struct catalog_installation *ret)
{
	int rc;

	operation_init(d, r, r->op.who->tenant, r->op.who->tenant_code, NULL);
	rc = catalog_installation(&d->cat, id, NULL, ret);
	if (rc < 0)
		return rc;
	d->step.key = ret->key;
	rc = operation_lock(d);
	/* Read again: it may have changed before the lock was ours. */
	return rc < 0 ? rc : catalog_installation(&d->cat, id, NULL, ret);
}

int operation_fetch(struct operation *d, const char *sha256, struct package *ret)
{
	const char *file;
	int rc = store_fetch(d->r->op.db, d->r->op.arena, d->step.deadline, &d->r->op.app->conf,
		sha256, &file, &d->r->op.err);

	return rc < 0 ? rc : package_read_stored(d->r->op.arena, file, ret, &d->r->op.err);
}

int operation_begin(struct operation *d, const char *op, const char *installation,
	const char *state, const struct catalog_package *pkg)
{
	d->op = op;
	d->version = pkg->version;
	d->detail = json_pack("{s:s?, s:s, s:s?, s:i, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?}",
		"installationId", installation, "sha256", pkg->sha256, "from", d->from, "tenant",
		d->step.tenant, "user", d->step.user, "userName", d->r->op.who->name, "version",
		pkg->version, "fromVersion", d->from_version, "state", state, "quarantinedAt",
		pkg->quarantined_at, "quarantineReason", pkg->quarantine_reason);
	return step_begin(&d->step, op, d->detail, &d->r->op.err);
}

int operation_record(struct operation *d)
{
	if (d->step.tenant <= 0) /* Mortise by itself, for nobody in particular */
		return 0;
	return op_queue(&d->r->op, &OPERATION_ACTIVITY,
		DB_ARGS(step_tenant(&d->step), d->step.key, d->op, d->from_version, d->version,
			d->step.user, d->r->op.who->name, "ok", NULL));
}

/* How it ended badly; that it can't be written down changes nothing. */
static void note_failure(struct operation *d, const char *outcome)
{
	struct err *why = err_new(d->r->op.arena);
	struct rows rows;

	err_init(why, d->r->op.arena);
	if (d->step.tenant > 0)
		db_write(d->r->op.db, d->r->op.arena, d->r->op.deadline, NULL, &OPERATION_ACTIVITY,
			DB_ARGS(step_tenant(&d->step), d->step.key, d->op, d->from_version,
				d->version, d->step.user, d->r->op.who->name, outcome,
				d->r->op.err.message),
			&rows, why);
}

int operation_state(struct operation *d, const char *state, bool lift_quarantine)
{
	struct rows rows;
	int rc = op_query(&d->r->op, &OPERATION_STATE,
		DB_ARGS(step_tenant(&d->step), json_str(d->detail, "installationId", ""), state),
		&rows);

	if (rc == 0 && rows.changed != 1)
		rc = op_fail(&d->r->op, MT_ECONFLICT, "the installation is gone");
	if (rc == 0 && lift_quarantine)
		rc = op_queue(
			&d->r->op, &OPERATION_LIFT, DB_ARGS(json_str(d->detail, "sha256", "")));
	return rc;
}

int operation_emit(struct operation *d, const char *type, const struct catalog_package *pkg)
{
	json_t *data = json_pack("{s:s, s:s, s:s}", "pluginKey", d->step.key, "displayName",
		json_str(pkg->manifest, "displayName", d->step.key), "installationId",
		json_str(d->detail, "installationId", ""));

	if (d->from_version) {
		json_object_set_new(data, "fromVersion", json_string(d->from_version));
		json_object_set_new(data, "version", json_string(pkg->version));
	}
	return step_emit(&d->step, type, data, &d->r->op.err);
}

/* Steps that only give: nobody has to forget anything. */
static bool only_gives(const char *op)
{
	return !strcmp(op, "install") || !strcmp(op, "enable") || !strcmp(op, "approve") ||
	       !strcmp(op, "contract");
}

int operation_commit(struct operation *d)
{
	int rc = op_commit(&d->r->op);

	if (!only_gives(d->op))
		d->ended_at = clock_ms();
	app_wake_steward(d->r->op.app, WAKE_REGISTRY);
	app_wake_steward(d->r->op.app, WAKE_EVENTS);
	return rc;
}

void operation_release_pool(struct operation *d, const struct catalog_package *pkg)
{
	struct control c;
	char *answer = NULL;

	if (control_open(&c, d->r->op.app->conf.run_dir) < 0)
		return; /* no master: no quarantine in its memory either */
	if (control_ask(&c, clock_ms() + RELEASE_MS, &answer, "release\t%s@%.12s", pkg->key,
		    pkg->sha256) == 0)
		free(answer); /* a pool that it doesn't know needs no release */
	control_close(&c);
}

static void undo_failed(struct operation *d, const struct err *why)
{
	log_kv(LOG_LV_ERROR, "a step of a plugin's life could not be undone; recovery will do it",
		"plugin", d->step.key, "why", why->message, "cause", why->log[0] ? why->log : NULL,
		NULL);
}

int operation_undo(struct operation *d, int rc,
	int (*undo)(struct step *s, const json_t *detail, struct err *e))
{
	struct err *why = err_new(d->r->op.arena);

	if (!d->step.journal)
		return rc;
	err_init(why, d->r->op.arena);
	op_rollback(&d->r->op);
	d->step.deadline = d->r->op.deadline;
	d->step.settled = true;
	if (undo(&d->step, d->detail, why) == 0) {
		note_failure(d, strcmp(d->r->op.err.type, "step-cancelled") ? "failed" : "undone");
		return rc;
	}
	undo_failed(d, why);
	/* The session that held the lock is gone, perhaps: then anybody may put it right, so do we. */
	step_unlock(&d->step);
	err_init(why, d->r->op.arena);
	if (lifecycle_recover(
		    d->r->op.app, d->r->op.arena, d->r->op.deadline, MAINTAIN_WAIT_MS, why) < 0)
		undo_failed(d, why);
	return rc;
}

void operation_try_hook(struct operation *d, const char *sha256, const char *hook)
{
	struct err *why = err_new(d->r->op.arena);

	err_init(why, d->r->op.arena);
	if (hook_call(&d->step, sha256, hook, why) < 0)
		log_kv(LOG_LV_WARN, "a hook failed; going on without it", "plugin", d->step.key,
			"hook", hook, "why", why->message, NULL);
}

void operation_wait_pool_gone(struct operation *d, const char *sha256)
{
	struct err *why = err_new(d->r->op.arena);
	struct rows rows;

	err_init(why, d->r->op.arena);
	if (db_read(d->r->op.db, d->r->op.arena, d->r->op.deadline, NULL, &OPERATION_IN_USE,
		    DB_ARGS(sha256), &rows, why) == 0 &&
		rows.n == 0)
		hook_gone(&d->step, sha256);
}

int operation_result(struct operation *d, const char *id, struct catalog_installation *ret)
{
	d->cat.as = step_as(&d->step);
	d->cat.deadline = d->r->op.deadline;
	return catalog_installation(&d->cat, id, NULL, ret);
}

int operation_end(struct operation *d, int rc)
{
	step_unlock(&d->step);
	if (d->ended_at)
		rights_hold(d->r, d->ended_at);
	return rc;
}
