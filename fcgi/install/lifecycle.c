/* lifecycle.c - installing a plugin: see lifecycle.h. The other steps: lifecycle_switch.c. */
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "install/configure.h"
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "registry/recover.h"
#include "registry/store.h"
#include "install/lifecycle.sql.h"

#define STEPS 4

static int undo_install(struct step *s, const json_t *detail, struct err *e)
{
	return recover_remove(s, detail, false, e);
}

static int choose(struct operation *d, const struct lifecycle_order *o, struct catalog_package *ret)
{
	struct rows rows;
	int rc = choose_version(d, o->version, ret);

	if (rc == 0)
		rc = db_read(d->r->op.db, d->r->op.arena, d->step.deadline, d->cat.as,
			&LIFECYCLE_HAS, DB_ARGS(step_tenant(&d->step), d->step.key), &rows,
			&d->r->op.err);
	if (rc == 0 && rows.n > 0)
		rc = op_fail(&d->r->op, MT_ECONFLICT, "%s is already installed", d->step.key);
	if (rc == 0)
		rc = choose_newest(d, ret);
	if (rc == 0)
		rc = choose_consent(d, ret, NULL, o->permissions);
	return rc;
}

static int insert(struct operation *d, const struct catalog_package *pkg)
{
	int rc = step_transaction(&d->step, &d->r->op.err);

	if (rc == 0)
		rc = op_queue(&d->r->op, &LIFECYCLE_INSERT,
			DB_ARGS(step_tenant(&d->step), json_str(d->detail, "installationId", ""),
				d->step.key, pkg->sha256, d->step.user));
	if (rc == 0)
		rc = op_queue(&d->r->op, &LIFECYCLE_GRANT,
			DB_ARGS(step_tenant(&d->step), d->step.key, pkg->sha256));
	if (rc == 0)
		rc = configure_begin(&d->step, pkg->manifest, &d->r->op.err);
	if (rc == 0) /* from now on its pool is wanted */
		rc = operation_state(d, "installing", true);
	if (rc == 0)
		rc = operation_commit(d);
	if (rc == 0 && pkg->quarantined)
		operation_release_pool(d, pkg);
	return rc;
}

static int finish(struct operation *d, const struct catalog_package *pkg, bool enable)
{
	int rc = step_transaction(&d->step, &d->r->op.err);

	if (rc == 0)
		rc = operation_state(d, enable ? "enabled" : "disabled", false);
	if (rc == 0)
		rc = step_done(&d->step, &d->r->op.err);
	if (rc == 0 && !pkg->approved_at)
		rc = approve_queue(d, pkg);
	if (rc == 0)
		rc = operation_record(d);
	if (rc == 0)
		rc = operation_emit(d, "PluginInstalled", pkg);
	if (rc == 0 && enable)
		rc = operation_emit(d, "PluginEnabled", pkg);
	return rc == 0 ? operation_commit(d) : rc;
}

/* Everything between the journal row's coming and going. */
static int work(struct operation *d, const struct catalog_package *pkg, bool enable)
{
	struct err *e = &d->r->op.err;
	struct package files;
	int rc = step_progress(&d->step, 1, STEPS, "reading the package", e);

	if (rc == 0)
		rc = operation_fetch(d, pkg->sha256, &files);
	if (rc == 0)
		rc = step_progress(&d->step, 2, STEPS, "making its tables", e);
	if (rc == 0)
		rc = migrate_expand(&d->step, &files, e);
	if (rc == 0)
		rc = step_progress(&d->step, 3, STEPS, "putting its files in place", e);
	/* The files come before the row, so that the steward finds them when it wants the pool. */
	if (rc == 0)
		rc = store_put(d->r->op.arena, &d->r->op.app->conf, &files, e);
	if (rc == 0)
		rc = insert(d, pkg);
	if (rc == 0)
		rc = step_progress(&d->step, 4, STEPS, "starting the plugin", e);
	if (rc == 0)
		rc = hook_call(&d->step, pkg->sha256, "install", e);
	if (rc == 0 && enable)
		rc = hook_call(&d->step, pkg->sha256, "enable", e);
	return rc == 0 ? finish(d, pkg, enable) : rc;
}

int lifecycle_install(
	struct req *r, const struct lifecycle_order *o, struct catalog_installation *ret)
{
	struct catalog_package pkg;
	char id[ID_UUID_LEN + 1];
	struct operation d;
	int rc;

	operation_init(&d, r, o->tenant, o->tenant_code, o->key);
	id_uuid7(id);
	rc = operation_lock(&d);
	if (rc == 0)
		rc = choose(&d, o, &pkg);
	if (rc == 0)
		rc = operation_begin(&d, "install", id, NULL, &pkg);
	if (rc == 0) {
		rc = work(&d, &pkg, o->enable);
		if (rc < 0)
			operation_undo(&d, rc, undo_install);
		if (rc < 0 || !o->enable)
			operation_wait_pool_gone(&d, pkg.sha256);
	}
	if (rc == 0)
		rc = operation_result(&d, id, ret);
	return operation_end(&d, rc);
}
