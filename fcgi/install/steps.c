/* steps.c - the loop that runs, undoes and recovers lifecycle operations: see steps.h. */
#include "install/steps.h"

#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "install/undo.h"
#include "registry/store.h"
#include "install/steps.sql.h"

#define AGAIN_WAIT_MS 1

/* Left behind by other operations: unpacked packages that nobody uses. */
static const struct operation FILES = {.name = "files", .recover = undo_files};

static const struct operation *const OPERATIONS[] = {&operation_install, &operation_enable,
	&operation_disable, &operation_upgrade, &operation_rollback, &operation_uninstall,
	&operation_export, &operation_approve, &operation_contract, &operation_configure, &FILES};

static const struct operation *find_operation(const char *name)
{
	for (size_t i = 0; i < sizeof(OPERATIONS) / sizeof(*OPERATIONS); i++)
		if (!strcmp(OPERATIONS[i]->name, name))
			return OPERATIONS[i];
	return NULL;
}

int steps_lock(struct target *t)
{
	int rc = target_lock(t, TARGET_WAIT_MS);

	return rc < 0 ? rc : steps_recover(t);
}

int steps_lock_installation(struct target *t, struct op *op, const char *id)
{
	int rc;

	target_init(t, op, NULL);
	if ((rc = catalog_installation(op, target_as(t), id, NULL, &t->was)) < 0)
		return rc;
	t->key = t->was.key;
	/* It may have changed before the lock was taken. */
	if ((rc = steps_lock(t)) < 0 ||
		(rc = catalog_installation(op, target_as(t), id, NULL, &t->was)) < 0)
		return rc;
	t->id = t->was.id;
	t->pkg = t->was.package;
	return 0;
}

int steps_end(struct target *t, int rc)
{
	target_unlock(t);
	return rc;
}

/* --- running ---------------------------------------------------------------------------------------- */

static int begin(struct target *t)
{
	const struct catalog_package *pkg = &t->pkg;

	return target_begin(t, t->what->name,
		json_pack("{s:s?, s:s, s:s?, s:i, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:O?}",
			"installationId", t->id, "sha256", pkg->sha256, "from", t->from, "tenant",
			t->tenant, "user", t->user, "userName", t->name, "version", pkg->version,
			"fromVersion", t->from_version, "state", t->was.state, "quarantinedAt",
			pkg->quarantined_at, "quarantineReason", pkg->quarantine_text));
}

static int count_words(const struct step *s)
{
	int n = 0;

	for (; s->run; s++)
		n += s->words != NULL;
	return n;
}

/* Backwards; at = the last one that was begun. */
static int undo_steps(struct target *t, const struct step *steps, int at)
{
	int rc = 0;

	for (; at >= 0 && rc == 0; at--)
		if (steps[at].undo)
			rc = steps[at].undo(t);
	return rc;
}

static void log_left(const struct target *t, const struct err *why)
{
	log_kv(LOG_LV_ERROR, "an operation could not be undone; recovery will do it", "plugin",
		t->key, "why", why->message, "cause", why->log[0] ? why->log : NULL, NULL);
}

/* With what is left of the time. The error stays that of what failed. */
static void undo(struct target *t, int at)
{
	struct op *op = t->op;
	bool cancelled = !strcmp(op->err.type, TARGET_CANCELLED);
	struct err failed = op_try(op), why;
	int rc;

	op_rollback(op);
	op->deadline = t->until;
	t->settled = true;
	rc = undo_steps(t, t->what->steps, at);
	if (rc == 0) { /* that it can't be recorded changes nothing */
		target_record_end(t, t->what->name, cancelled ? "undone" : "failed",
			err_part(op->arena, &failed));
		op_tried(op, failed);
		return;
	}
	why = op_tried(op, failed);
	log_left(t, &why);
	/* The session that held the lock is gone, perhaps: then anybody may recover it, so do we. */
	target_unlock(t);
	failed = op_try(op);
	rc = steps_recover_all(op, AGAIN_WAIT_MS);
	why = op_tried(op, failed);
	if (rc < 0)
		log_left(t, &why);
}

static int run_step(struct target *t, const struct step *s, int n, int of)
{
	int rc;

	t->settled = t->settled || s->settles;
	rc = s->words ? target_progress(t, n, of, s->words) : 0;
	if (rc < 0 && !t->settled)
		return rc;
	if (rc < 0) /* even when it can't be reported any more */
		op_clear(t->op);
	return s->run(t);
}

static int run_steps(struct target *t)
{
	const struct step *steps = t->what->steps;
	int of = count_words(steps), n = 0, rc;

	for (int i = 0; steps[i].run; i++) {
		n += steps[i].words != NULL;
		if ((rc = run_step(t, &steps[i], n, of)) == 0)
			continue;
		if (t->settled)
			op_rollback(t->op);
		else
			undo(t, i);
		return rc;
	}
	return 0;
}

int steps_run(struct target *t, const struct operation *what)
{
	struct op *op = t->op;
	int64_t left = clock_left(op->deadline);
	int rc;

	t->what = what;
	t->until = op->deadline;
	op->deadline -= left > 2 * STEPS_UNDO_MS ? STEPS_UNDO_MS : left / 2;
	if ((rc = begin(t)) == 0)
		rc = run_steps(t);
	op->deadline = t->until;
	return rc;
}

int step_read_package(struct target *t)
{
	return store_read(t->op, t->pkg.sha256, &t->files);
}

int step_store_files(struct target *t)
{
	return store_put(t->op, &t->files);
}

/* --- recovery --------------------------------------------------------------------------------------- */

static int recover_row(struct target *t, const char *name)
{
	const struct operation *what = find_operation(name);
	int rc, last = -1;

	log_kv(LOG_LV_WARN, "an operation on a plugin was interrupted; recovering", "plugin",
		t->key, "operation", name, "installation",
		json_str(t->detail, "installationId", NULL), NULL);
	if (!what)
		return op_fail(t->op, MT_EINTERNAL, "The journal has an unknown operation");
	t->tenant = (int)json_integer_value(json_object_get(t->detail, "tenant"));
	t->user = json_str(t->detail, "user", "-");
	t->settled = true;
	if (what->recover)
		return what->recover(t);
	while (what->steps[last + 1].run)
		last++;
	if ((rc = undo_steps(t, what->steps, last)) < 0)
		return rc;
	return target_record_end(t, name, "undone",
		message_part(
			t->op->arena, "the process that ran it ended; it was undone afterwards"));
}

int steps_recover(struct target *t)
{
	struct rows rows, none;
	int rc;

	if ((rc = op_read(t->op, NULL, &STEPS_LEFT, DB_ARGS(t->key), &rows)) < 0 || rows.n == 0)
		return rc;
	if ((rc = op_write(t->op, NULL, &STEPS_SETTLE, DB_ARGS(t->key), &none)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		struct target left = {.op = t->op,
			.key = t->key,
			.session = t->session,
			.journal = row_text(&rows, i, 0)};
		json_t *detail = NULL;

		if ((rc = row_json(t->op, &rows, i, 2, &detail)) < 0)
			return rc;
		left.detail = detail;
		if ((rc = recover_row(&left, row_text(&rows, i, 1))) < 0) {
			op_rollback(t->op);
			return rc;
		}
	}
	return 0;
}

/* An operation that can't be recovered doesn't block the others. */
int steps_recover_all(struct op *op, long wait_ms)
{
	struct rows rows;
	int rc = op_read(op, NULL, &STEPS_LEFT_ALL, DB_NOARGS, &rows);

	if (rc < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		struct target t;
		struct err kept = op_try(op), why;

		target_init(&t, op, row_text(&rows, i, 0));
		rc = 0;
		if (target_lock(&t, wait_ms) == 0) /* else somebody is at work */
			rc = steps_recover(&t);
		target_unlock(&t);
		why = op_tried(op, kept);
		if (rc < 0) {
			op_log(op, "%s: %s", t.key, why.message);
			err_take(&op->err, rc, &why);
		}
	}
	return op->err.code;
}
