/*
 * lifecycle_uninstall.c - a tenant leaves a plugin, with its rows or without: see lifecycle.h.
 *
 * With an export the step begins as "export", which can still be undone; when the rows are safe it becomes
 * "uninstall", which knows only one way.
 */
#include <string.h>
#include "base/json.h"
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "registry/recover.h"

#define STEPS 3

static int undo(struct step *s, const json_t *detail, struct err *e)
{
	return recover_restore(s, detail, e);
}

static int undo_export(struct step *s, const json_t *detail, struct err *e)
{
	return recover_export(s, detail, e);
}

static int set_removing(struct operation *d)
{
	int rc = step_progress(&d->step, 1, STEPS, "closing its doors", &d->r->op.err);

	if (rc == 0)
		rc = step_transaction(&d->step, &d->r->op.err);
	if (rc == 0)
		rc = operation_state(d, "removing", false);
	return rc == 0 ? operation_commit(d) : rc;
}

static int export(
	struct operation *d, const struct catalog_installation *i, struct export_result *ret)
{
	struct err *e = &d->r->op.err;
	int rc = step_progress(&d->step, 2, STEPS, "writing down the company's rows", e);

	if (rc == 0)
		rc = export_rows(&d->step, i->package.version, ret, e);
	if (rc == 0)
		rc = step_transaction(&d->step, e);
	if (rc == 0)
		rc = step_becomes(&d->step, "uninstall", json_incref(d->detail), e);
	return rc == 0 ? db_commit(d->r->op.db, e) : rc;
}

static int finish(struct operation *d, const struct catalog_installation *i)
{
	int rc;

	d->op = "uninstall";
	d->step.settled = true;
	/* From here on there is only forward: also when nobody can say so any more. */
	(void)!step_progress(&d->step, STEPS, STEPS, "taking it away", &d->r->op.err);
	op_clear(&d->r->op);
	if (!i->package.quarantined) {
		if (!strcmp(i->state, "enabled"))
			operation_try_hook(d, i->sha256, "disable");
		operation_try_hook(d, i->sha256, "uninstall");
	}
	d->step.deadline = d->r->op.deadline;
	rc = recover_remove(&d->step, d->detail, true, &d->r->op.err);
	if (rc < 0)
		op_rollback(&d->r->op);
	return rc;
}

int lifecycle_uninstall(struct req *r, const char *id, struct export_result *ret)
{
	struct catalog_installation i;
	struct operation d;
	int rc = operation_take(&d, r, id, &i);

	if (rc == 0)
		rc = operation_begin(&d, ret ? "export" : "uninstall", i.id, i.state, &i.package);
	if (rc < 0)
		return operation_end(&d, rc);
	rc = set_removing(&d);
	if (rc == 0 && ret)
		rc = export(&d, &i, ret);
	if (rc < 0)
		return operation_end(&d, operation_undo(&d, rc, ret ? undo_export : undo));
	rc = finish(&d, &i);
	if (rc == 0)
		operation_wait_pool_gone(&d, i.sha256);
	return operation_end(&d, rc);
}
