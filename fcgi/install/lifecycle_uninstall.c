/*
 * lifecycle_uninstall.c - a tenant leaves a plugin, with its rows or without: see lifecycle.h.
 *
 * With an export it begins as "export", which can still be undone; when the rows are safe it becomes
 * "uninstall", which knows only one way.
 */
#include <string.h>
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "install/undo.h"

static int set_removing(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 || (rc = target_state(t, "removing", false)) < 0 ||
		(rc = needs_kept(t, NULL, true)) < 0)
		return rc;
	return target_commit(t);
}

static int export(struct target *t)
{
	int rc;

	if ((rc = export_rows(t, t->pkg.version, t->export)) < 0 ||
		(rc = target_transaction(t)) < 0 ||
		(rc = target_becomes(t, "uninstall", json_incref((json_t *)t->detail))) < 0)
		return rc;
	return op_commit(t->op);
}

static int stop(struct target *t)
{
	if (t->pkg.quarantined)
		return 0;
	if (!strcmp(t->was.state, "enabled"))
		target_try_hook(t, t->pkg.sha256, "disable");
	target_try_hook(t, t->pkg.sha256, "uninstall");
	return 0;
}

static int take_away(struct target *t)
{
	t->op->deadline = t->until;
	return undo_remove(t);
}

static const struct step UNINSTALL[] = {
	{P_("closing its routes"), set_removing, undo_restore, false},
	{P_("removing it"), stop, NULL, true},
	{NULL, take_away, NULL, true},
	{0},
};
const struct operation operation_uninstall = {
	.name = "uninstall", .steps = UNINSTALL, .recover = undo_remove};

static const struct step EXPORT[] = {
	{P_("closing its routes"), set_removing, undo_restore, false},
	{P_("exporting the company's rows"), export, undo_export, false},
	{P_("removing it"), stop, NULL, true},
	{NULL, take_away, NULL, true},
	{0},
};
const struct operation operation_export = {.name = "export", .steps = EXPORT};

int lifecycle_uninstall(struct op *op, const char *id, struct export_result *ret)
{
	struct target t;
	int rc;

	if ((rc = steps_lock_installation(&t, op, id)) < 0)
		return steps_end(&t, rc);
	t.export = ret;
	if ((rc = needs_kept(&t, NULL, false)) == 0 &&
		(rc = steps_run(&t, ret ? &operation_export : &operation_uninstall)) == 0)
		target_wait_pool_gone(&t, t.pkg.sha256);
	return steps_end(&t, rc);
}
