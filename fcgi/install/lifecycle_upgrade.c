/*
 * lifecycle_upgrade.c - from one version to another, and back: see lifecycle.h.
 *
 * The installation stays unchanged until one transaction at the end switches it, so no request
 * waits and a failure leaves the old version. The journal row names the new package: while it
 * exists, the stewards of all hosts want its pool beside the old one, and the switch waits until
 * it is open on each (hosts.h). The old version keeps its pool for two seconds
 * (installations.left_sha256), for requests that the api pools sent there a moment ago.
 */
#include <string.h>
#include "base/log.h"
#include "install/configure.h"
#include "install/hook.h"
#include "install/hosts.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "install/undo.h"
#include "package/semver.h"
#include "install/lifecycle_upgrade.sql.h"

static int add_to_tables(struct target *t)
{
	return migrate_expand(t, &t->files);
}

static int store_files(struct target *t)
{
	int rc = step_store_files(t);

	/* The journal row makes the stewards want the pool; the files are here by now. */
	return rc < 0 ? rc : hosts_want_pool(t);
}

static int move_rows(struct target *t)
{
	return migrate_tenant(t, &t->files);
}

static int prepare_settings(struct target *t)
{
	return configure_prepare(t, t->pkg.manifest);
}

static int start(struct target *t)
{
	return hook_call(t, t->pkg.sha256, "upgrade");
}

/* A rollback is the way out of a broken version, so the plugin may not prevent it. A pool that
 * doesn't answer at all would not answer requests either. */
static int start_back(struct target *t)
{
	int rc = hook_call(t, t->pkg.sha256, "rollback");

	if (rc != MT_ECONFLICT)
		return rc;
	log_kv(LOG_LV_WARN, "a hook failed; going on without it", "plugin", t->key, "hook",
		"rollback", "why", t->op->err.message, NULL);
	op_clear(t->op);
	return 0;
}

static int set_version(struct target *t, bool back)
{
	struct rows rows;
	int rc;

	if ((rc = target_transaction(t)) < 0 ||
		(rc = op_query(t->op, &UPGRADE_SWITCH,
			 DB_ARGS(target_tenant(t), t->id, t->from, t->pkg.sha256, back ? "f" : "t"),
			 &rows)) < 0)
		return rc;
	if (rows.changed != 1)
		return op_fail(t->op, MT_ECONFLICT,
			"%s was changed meanwhile, or version %s went into quarantine", t->key,
			t->pkg.version);
	if ((rc = needs_met(t, true)) < 0 || (rc = needs_kept(t, t->pkg.version, true)) < 0 ||
		(rc = op_queue(t->op, &UPGRADE_GRANT,
			 DB_ARGS(target_tenant(t), t->key, t->pkg.sha256))) < 0 ||
		(rc = target_record(t)) < 0 || (rc = target_done(t)) < 0 ||
		(rc = target_emit_change(t, back ? "PluginRolledBack" : "PluginUpgraded")) < 0)
		return rc;
	return target_commit(t);
}

static int switch_over(struct target *t)
{
	return set_version(t, false);
}

static int switch_back(struct target *t)
{
	return set_version(t, true);
}

/* Additions to the tables stay: every version runs on them. */
static const struct step UPGRADE[] = {
	{P_("reading the package"), step_read_package, undo_forget, false},
	{P_("adding to its tables"), add_to_tables, NULL, false},
	{P_("copying its files"), store_files, NULL, false},
	{P_("moving the company's rows"), move_rows, NULL, false},
	{NULL, prepare_settings, NULL, false},
	{P_("starting the version beside the old one"), start, NULL, false},
	{P_("waiting until every host has it"), hosts_wait, NULL, false},
	/* Also moves what the old version, which still answers, has written since. */
	{NULL, move_rows, NULL, false},
	{P_("switching over"), switch_over, NULL, false},
	{0},
};
const struct operation operation_upgrade = {.name = "upgrade", .steps = UPGRADE};

static const struct step ROLLBACK[] = {
	{P_("reading the package"), step_read_package, undo_forget, false},
	{P_("adding to its tables"), add_to_tables, NULL, false},
	{P_("copying its files"), store_files, NULL, false},
	{P_("starting the version beside the old one"), start_back, NULL, false},
	{P_("waiting until every host has it"), hosts_try_wait, NULL, false},
	{P_("switching over"), switch_back, NULL, false},
	{0},
};
const struct operation operation_rollback = {.name = "rollback", .steps = ROLLBACK};

static int move(struct target *t, const struct operation *what)
{
	t->from = t->was.sha256;
	t->from_version = t->was.package.version;
	return steps_run(t, what);
}

static int in_quarantine(struct target *t)
{
	return op_fail(t->op, MT_ECONFLICT, "%s %s is in quarantine: %s", t->key, t->pkg.version,
		t->pkg.quarantine_reason);
}

static int choose_newer(struct target *t, const struct lifecycle_order *o)
{
	const char *was = t->was.package.version;
	int rc = choose_version(t, o->version), age;

	if (rc < 0)
		return rc;
	age = semver_compare(t->pkg.version, was);
	if (age < 0)
		return op_refuse(t->op, MT_ECONFLICT, "downgrade",
			"%s %s is older than %s, which is installed: an older version comes back by a "
			"rollback only",
			t->key, t->pkg.version, was);
	if (age == 0 && strcmp(t->pkg.sha256, t->was.sha256) != 0)
		return op_fail(t->op, MT_ECONFLICT, "%s counts as the same version as %s",
			t->pkg.version, was);
	if (age > 0 && t->pkg.quarantined)
		return in_quarantine(t);
	if (age == 0)
		return 0;
	if ((rc = needs_met(t, false)) < 0 || (rc = needs_kept(t, t->pkg.version, false)) < 0)
		return rc;
	return choose_consent(t, t->was.consented, o->permissions);
}

static int upgrade(struct target *t, const struct lifecycle_order *o)
{
	int rc;

	if ((rc = choose_newer(t, o)) < 0)
		return rc;
	if (!strcmp(t->pkg.sha256, t->was.sha256))
		return 0;
	/* Somebody must have approved it; a system admin who upgrades the own company does so by that. */
	if (!t->pkg.approved_at && (rc = lifecycle_approve_held(t, o->permissions)) < 0)
		return rc;
	return move(t, &operation_upgrade);
}

int lifecycle_upgrade(struct op *op, const char *id, const struct lifecycle_order *o,
	struct catalog_installation *ret)
{
	struct target t;
	int rc;

	if ((rc = steps_lock_installation(&t, op, id)) == 0 && (rc = upgrade(&t, o)) == 0)
		rc = catalog_installation(op, target_as(&t), id, NULL, ret);
	return steps_end(&t, rc);
}

static int roll_back(struct target *t)
{
	int rc;

	if (!t->was.previous)
		return op_fail(t->op, MT_ECONFLICT, "%s has no earlier version here to go back to",
			t->key);
	if ((rc = catalog_by_hash(t->op, target_as(t), t->was.previous, &t->pkg)) < 0)
		return rc;
	if (t->pkg.quarantined)
		return in_quarantine(t);
	if ((rc = choose_allowed(t)) < 0 || (rc = migrate_usable(t, t->pkg.sha256)) < 0 ||
		(rc = needs_met(t, false)) < 0 || (rc = needs_kept(t, t->pkg.version, false)) < 0)
		return rc;
	return move(t, &operation_rollback);
}

int lifecycle_rollback(struct op *op, const char *id, struct catalog_installation *ret)
{
	struct target t;
	int rc;

	if ((rc = steps_lock_installation(&t, op, id)) == 0 && (rc = roll_back(&t)) == 0)
		rc = catalog_installation(op, target_as(&t), id, NULL, ret);
	return steps_end(&t, rc);
}
