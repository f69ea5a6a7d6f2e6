/* lifecycle_switch.c - enable and disable: see lifecycle.h. */
#include "install/hook.h"
#include "install/hosts.h"
#include "install/lifecycle_impl.h"
#include "install/undo.h"

#include <string.h>

static int want_pool(struct target *t)
{
	int rc;

	if ((rc = choose_allowed(t)) < 0 || (rc = needs_met(t, false)) < 0 ||
		(rc = target_transaction(t)) < 0)
		return rc;
	return hosts_start_pool(t);
}

static int start(struct target *t)
{
	return hook_call(t, t->pkg.sha256, "enable");
}

static int set_enabled(struct target *t)
{
	bool was_on = !strcmp(t->was.state, "enabled") && !t->pkg.quarantined;
	int rc;

	if ((rc = target_transaction(t)) < 0 || (rc = target_state(t, "enabled", false)) < 0 ||
		(rc = needs_met(t, true)) < 0 || (rc = target_done(t)) < 0 ||
		(rc = target_record(t)) < 0 ||
		(!was_on && (rc = target_emit_change(t, "PluginEnabled")) < 0))
		return rc;
	return target_commit(t);
}

static const struct step ENABLE[] = {
	{NULL, want_pool, undo_restore, false},
	{P_("starting the plugin"), start, NULL, false},
	{NULL, hosts_try_wait, NULL, false},
	{NULL, set_enabled, NULL, false},
	{0},
};
const struct operation operation_enable = {.name = "enable", .steps = ENABLE, .only_gives = true};

static int enable(struct target *t)
{
	int rc;

	if (!strcmp(t->was.state, "enabled") && !t->pkg.quarantined)
		return 0;
	if ((rc = steps_run(t, &operation_enable)) < 0)
		target_wait_pool_gone(t, t->pkg.sha256);
	return rc;
}

static int stop(struct target *t)
{
	if (!t->pkg.quarantined)
		target_try_hook(t, t->pkg.sha256, "disable");
	return 0;
}

static int set_disabled(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 || (rc = target_state(t, "disabled", false)) < 0 ||
		(rc = needs_kept(t, NULL, true)) < 0 || (rc = target_done(t)) < 0 ||
		(rc = target_record(t)) < 0 || (rc = target_emit_change(t, "PluginDisabled")) < 0)
		return rc;
	return target_commit(t);
}

static const struct step DISABLE[] = {
	{P_("asking the plugin to stop"), stop, undo_restore, false},
	{NULL, set_disabled, NULL, false},
	{0},
};
const struct operation operation_disable = {.name = "disable", .steps = DISABLE};

static int disable(struct target *t)
{
	int rc;

	if (!strcmp(t->was.state, "disabled"))
		return 0;
	if ((rc = needs_kept(t, NULL, false)) < 0)
		return rc;
	if ((rc = steps_run(t, &operation_disable)) == 0)
		target_wait_pool_gone(t, t->pkg.sha256);
	return rc;
}

static int change(struct op *op, const char *id, int (*run)(struct target *t),
	struct catalog_installation *ret)
{
	struct target t;
	int rc;

	if ((rc = steps_lock_installation(&t, op, id)) == 0 && (rc = run(&t)) == 0)
		rc = catalog_installation(op, target_as(&t), id, NULL, ret);
	return steps_end(&t, rc);
}

int lifecycle_enable(struct op *op, const char *id, struct catalog_installation *ret)
{
	return change(op, id, enable, ret);
}

int lifecycle_disable(struct op *op, const char *id, struct catalog_installation *ret)
{
	return change(op, id, disable, ret);
}
