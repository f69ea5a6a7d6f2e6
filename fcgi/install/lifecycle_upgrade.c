/*
 * lifecycle_upgrade.c - from one version to another, and back: see lifecycle.h.
 *
 * The installation stays what it is until one transaction at the end switches it, so nobody waits and
 * whatever ends the step before leaves the version that was there. The journal row names the new package:
 * while it stands, the steward wants its pool beside the old one. The version that is left keeps its pool
 * for a few seconds (installations.left_sha256), for requests that the api pool sent there a moment ago.
 */
#include <stdio.h>
#include <string.h>
#include "auth/ident.h"
#include "base/json.h"
#include "base/log.h"
#include "install/configure.h"
#include "install/hook.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "registry/recover.h"
#include "package/semver.h"
#include "registry/store.h"
#include "install/lifecycle_upgrade.sql.h"

#define STEPS 6

/* One move of an installation. */
struct move {
	const struct catalog_installation *i;
	struct catalog_package to;
	bool back;
};

static int typed(struct operation *d, const char *type)
{
	d->r->op.err.type = type;
	return d->r->op.err.code;
}

/* A rollback is the way out of a version that went wrong: the plugin may not stand in it. */
static int call_hook(struct operation *d, const struct move *m)
{
	struct err *why = m->back ? arena_alloc(d->r->op.arena, sizeof(*why)) : &d->r->op.err;
	int rc;

	if (m->back)
		err_init(why, d->r->op.arena);
	rc = hook_call(&d->step, m->to.sha256, m->back ? "rollback" : "upgrade", why);
	if (rc == MT_ECONFLICT && m->back) {
		log_kv(LOG_LV_WARN, "a hook failed; going on without it", "plugin", d->step.key,
			"hook", "rollback", "why", why->message, NULL);
		return 0;
	}
	/* A pool that doesn't answer at all would not answer requests either. */
	if (rc < 0 && m->back)
		op_fail(&d->r->op, rc, "%s", why->message);
	return rc;
}

static int prepare(struct operation *d, const struct move *m)
{
	struct err *e = &d->r->op.err;
	struct package files;
	int rc = step_progress(&d->step, 1, STEPS, "reading the package", e);

	if (rc == 0)
		rc = operation_fetch(d, m->to.sha256, &files);
	if (rc == 0)
		rc = step_progress(&d->step, 2, STEPS, "adding to its tables", e);
	if (rc == 0)
		rc = migrate_expand(&d->step, &files, e);
	if (rc == 0)
		rc = step_progress(&d->step, 3, STEPS, "putting its files in place", e);
	if (rc == 0)
		rc = store_put(d->r->op.arena, &d->r->op.app->conf, &files, e);
	app_wake_steward(d->r->op.app, WAKE_REGISTRY);
	if (rc == 0)
		rc = step_progress(&d->step, 4, STEPS, "moving the company's rows", e);
	if (rc == 0 && !m->back)
		rc = migrate_tenant(&d->step, &files, e);
	if (rc == 0 && !m->back)
		rc = configure_prepare(&d->step, m->to.manifest, e);
	if (rc == 0)
		rc = step_progress(
			&d->step, 5, STEPS, "starting the version beside the old one", e);
	if (rc == 0)
		rc = call_hook(d, m);
	/* And what the old version, which still answers, has written meanwhile. */
	if (rc == 0 && !m->back)
		rc = migrate_tenant(&d->step, &files, e);
	return rc;
}

static int switch_over(struct operation *d, const struct move *m)
{
	struct db *db = d->r->op.db;
	struct err *e = &d->r->op.err;
	struct rows rows;
	int rc = step_progress(&d->step, STEPS, STEPS, "switching over", e);

	if (rc == 0)
		rc = step_transaction(&d->step, e);
	if (rc == 0)
		rc = db_query(db, &UPGRADE_SWITCH,
			DB_ARGS(step_tenant(&d->step), m->i->id, m->i->sha256, m->to.sha256,
				m->back ? "f" : "t"),
			&rows, e);
	if (rc == 0 && rows.changed != 1)
		rc = err_set(e, MT_ECONFLICT,
			"%s was changed meanwhile, or version %s went into quarantine", d->step.key,
			m->to.version);
	if (rc == 0)
		rc = db_queue(db, &UPGRADE_GRANT,
			DB_ARGS(step_tenant(&d->step), d->step.key, m->to.sha256), e);
	if (rc == 0)
		rc = operation_record(d);
	if (rc == 0)
		rc = step_done(&d->step, e);
	if (rc == 0)
		rc = operation_emit(d, m->back ? "PluginRolledBack" : "PluginUpgraded", &m->to);
	return rc == 0 ? operation_commit(d) : rc;
}

static int move(struct operation *d, const struct move *m)
{
	int rc;

	d->from = m->i->sha256;
	d->from_version = d->step.previous_version = m->i->package.version;
	rc = operation_begin(d, m->back ? "rollback" : "upgrade", m->i->id, m->i->state, &m->to);
	if (rc < 0)
		return rc;
	rc = prepare(d, m);
	if (rc == 0)
		rc = switch_over(d, m);
	return rc < 0 ? operation_undo(d, rc, recover_forget) : 0;
}

static int choose_newer(struct operation *d, const struct lifecycle_order *o, struct move *m)
{
	int rc = choose_version(d, o->version, &m->to), age;

	if (rc < 0)
		return rc;
	age = semver_compare(m->to.version, m->i->package.version);
	if (age < 0) {
		op_fail(&d->r->op, MT_ECONFLICT,
			"%s %s is older than %s, which is installed: an older version comes back by a "
			"rollback only",
			d->step.key, m->to.version, m->i->package.version);
		return typed(d, "downgrade");
	}
	if (age == 0 && strcmp(m->to.sha256, m->i->sha256) != 0)
		return op_fail(&d->r->op, MT_ECONFLICT, "%s counts as the same version as %s",
			m->to.version, m->i->package.version);
	if (age > 0 && m->to.quarantined)
		return op_fail(&d->r->op, MT_ECONFLICT, "%s %s is in quarantine: %s", d->step.key,
			m->to.version, m->to.quarantine_reason);
	return age > 0 ? choose_consent(d, &m->to, m->i->consented, o->permissions) : 0;
}

/* Somebody must have approved it; a system admin who upgrades the own company does so by that. */
static int approve_if_needed(struct operation *d, const struct lifecycle_order *o, struct move *m)
{
	if (m->to.approved_at)
		return 0;
	return lifecycle_approve_held(d, o->permissions, &m->to);
}

int lifecycle_upgrade(struct req *r, const char *id, const struct lifecycle_order *o,
	struct catalog_installation *ret)
{
	struct move m = {.i = ret};
	struct operation d;
	int rc = operation_take(&d, r, id, ret);

	if (rc == 0)
		rc = choose_newer(&d, o, &m);
	if (rc < 0 || !strcmp(m.to.sha256, ret->sha256))
		return operation_end(&d, rc);
	rc = approve_if_needed(&d, o, &m);
	if (rc == 0)
		rc = move(&d, &m);
	if (rc == 0)
		rc = operation_result(&d, id, ret);
	return operation_end(&d, rc);
}

int lifecycle_rollback(struct req *r, const char *id, struct catalog_installation *ret)
{
	struct move m = {.i = ret, .back = true};
	struct operation d;
	int rc = operation_take(&d, r, id, ret);

	if (rc == 0 && !ret->previous)
		rc = op_fail(&r->op, MT_ECONFLICT, "%s has no earlier version here to go back to",
			ret->key);
	if (rc == 0)
		rc = catalog_by_hash(&d.cat, ret->previous, &m.to);
	if (rc == 0 && m.to.quarantined)
		rc = op_fail(&r->op, MT_ECONFLICT, "%s %s is in quarantine: %s", ret->key,
			m.to.version, m.to.quarantine_reason);
	if (rc == 0)
		rc = choose_allowed(&d, &m.to);
	if (rc == 0)
		rc = migrate_usable(&d.step, m.to.sha256, &r->op.err);
	if (rc == 0)
		rc = move(&d, &m);
	if (rc == 0)
		rc = operation_result(&d, id, ret);
	return operation_end(&d, rc);
}
