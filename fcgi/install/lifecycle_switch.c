/* lifecycle_switch.c - enable and disable: see lifecycle.h. */
#include <string.h>
#include "auth/ident.h"
#include "base/json.h"
#include "base/log.h"
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "registry/recover.h"

static int undo_enable(struct step *s, const json_t *detail, struct err *e)
{
	return recover_restore(s, detail, e);
}

static int enable_work(struct operation *d, const struct catalog_installation *i)
{
	struct err *e = &d->r->op.err;
	bool was_enabled = !strcmp(i->state, "enabled");
	int rc = choose_allowed(d, &i->package);

	if (rc == 0)
		rc = step_transaction(&d->step, e);
	if (rc == 0)
		rc = operation_state(d, "installing", true);
	if (rc == 0)
		rc = operation_commit(d);
	if (rc == 0 && i->package.quarantined)
		operation_release_pool(d, &i->package);
	if (rc == 0)
		rc = step_progress(&d->step, 1, 1, "starting the plugin", e);
	if (rc == 0)
		rc = hook_call(&d->step, i->sha256, "enable", e);
	if (rc == 0)
		rc = step_transaction(&d->step, e);
	if (rc == 0)
		rc = operation_state(d, "enabled", false);
	if (rc == 0)
		rc = step_done(&d->step, e);
	if (rc == 0)
		rc = operation_record(d);
	if (rc == 0 && (!was_enabled || i->package.quarantined))
		rc = operation_emit(d, "PluginEnabled", &i->package);
	return rc == 0 ? operation_commit(d) : rc;
}

int lifecycle_enable(struct req *r, const char *id, struct catalog_installation *ret)
{
	struct operation d;
	int rc = operation_take(&d, r, id, ret);

	if (rc < 0 || (!strcmp(ret->state, "enabled") && !ret->package.quarantined))
		return operation_end(&d, rc);
	rc = operation_begin(&d, "enable", ret->id, ret->state, &ret->package);
	if (rc == 0 && (rc = enable_work(&d, ret)) < 0) {
		rc = operation_undo(&d, rc, undo_enable);
		operation_wait_pool_gone(&d, ret->sha256);
	}
	if (rc == 0)
		rc = operation_result(&d, id, ret);
	return operation_end(&d, rc);
}

/* One transaction changes the state: no journal row is needed for either side of it. The step's own
 * transactions ask for one, though, so it has one that is over with the change. */
static int disable_work(struct operation *d, const struct catalog_installation *i)
{
	struct err *e = &d->r->op.err;
	int rc = step_progress(&d->step, 1, 1, "asking the plugin to stop", e);

	if (rc == 0 && !i->package.quarantined)
		operation_try_hook(d, i->sha256, "disable");
	if (rc == 0)
		rc = step_transaction(&d->step, e);
	if (rc == 0)
		rc = operation_state(d, "disabled", false);
	if (rc == 0)
		rc = step_done(&d->step, e);
	if (rc == 0)
		rc = operation_record(d);
	if (rc == 0)
		rc = operation_emit(d, "PluginDisabled", &i->package);
	return rc == 0 ? operation_commit(d) : rc;
}

int lifecycle_disable(struct req *r, const char *id, struct catalog_installation *ret)
{
	struct operation d;
	int rc = operation_take(&d, r, id, ret);

	if (rc < 0 || !strcmp(ret->state, "disabled"))
		return operation_end(&d, rc);
	rc = operation_begin(&d, "disable", ret->id, ret->state, &ret->package);
	if (rc == 0 && (rc = disable_work(&d, ret)) < 0)
		rc = operation_undo(&d, rc, undo_enable);
	if (rc == 0) {
		operation_wait_pool_gone(&d, ret->sha256);
		rc = operation_result(&d, id, ret);
	}
	return operation_end(&d, rc);
}
