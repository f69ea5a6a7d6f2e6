/* lifecycle.c - installing a plugin: see lifecycle.h. The others: lifecycle_*.c. */
#include "install/lifecycle_impl.h"

#include "base/id.h"
#include "base/json.h"
#include "install/configure.h"
#include "install/hook.h"
#include "install/hosts.h"
#include "install/migrate.h"
#include "install/undo.h"
#include "install/lifecycle.sql.h"

static int choose(struct target *t, const struct lifecycle_order *o)
{
	struct rows rows;
	int rc;

	if ((rc = choose_version(t, o->version)) < 0 ||
		(rc = op_read(t->op, target_as(t), &LIFECYCLE_HAS,
			 DB_ARGS(target_tenant(t), t->key), &rows)) < 0)
		return rc;
	if (rows.n > 0)
		return op_fail(t->op, MT_ECONFLICT, "%s is already installed", t->key);
	if ((rc = choose_newest(t)) < 0 || (o->enable && (rc = needs_met(t, false)) < 0))
		return rc;
	return choose_consent(t, NULL, o->permissions);
}

static int make_tables(struct target *t)
{
	return migrate_expand(t, &t->files);
}

/* The files come before the row, so that the steward finds them when it wants the pool. */
static int insert(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 ||
		(rc = op_queue(t->op, &LIFECYCLE_INSERT,
			 DB_ARGS(target_tenant(t), t->id, t->key, t->pkg.sha256, t->user))) < 0 ||
		(rc = op_queue(t->op, &LIFECYCLE_GRANT,
			 DB_ARGS(target_tenant(t), t->key, t->pkg.sha256))) < 0 ||
		(rc = configure_begin(t, t->pkg.manifest)) < 0)
		return rc;
	return hosts_start_pool(t);
}

static int start(struct target *t)
{
	int rc = hook_call(t, t->pkg.sha256, "install");

	return rc == 0 && t->enable ? hook_call(t, t->pkg.sha256, "enable") : rc;
}

static int finish(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 ||
		(rc = target_state(t, t->enable ? "enabled" : "disabled", false)) < 0 ||
		(t->enable && (rc = needs_met(t, true)) < 0) || (rc = target_done(t)) < 0 ||
		(!t->pkg.approved_at && (rc = approve_queue(t)) < 0) ||
		(rc = target_record(t)) < 0 ||
		(rc = target_emit_change(t, "PluginInstalled")) < 0 ||
		(t->enable && (rc = target_emit_change(t, "PluginEnabled")) < 0))
		return rc;
	return target_commit(t);
}

static const struct step INSTALL[] = {
	{P_("reading the package"), step_read_package, undo_install, false},
	{P_("creating its tables"), make_tables, NULL, false},
	{P_("copying its files"), step_store_files, NULL, false},
	{NULL, insert, NULL, false},
	{P_("starting the plugin"), start, NULL, false},
	{NULL, hosts_try_wait, NULL, false},
	{NULL, finish, NULL, false},
	{0},
};
const struct operation operation_install = {
	.name = "install", .steps = INSTALL, .only_gives = true};

static int install(struct target *t, const struct lifecycle_order *o)
{
	char id[ID_UUID_LEN + 1];
	int rc;

	if ((rc = steps_lock(t)) < 0 || (rc = choose(t, o)) < 0)
		return rc;
	id_uuid7(id);
	t->id = arena_strdup(t->op->arena, id);
	t->enable = o->enable;
	rc = steps_run(t, &operation_install);
	if (t->journal && (rc < 0 || !o->enable))
		target_wait_pool_gone(t, t->pkg.sha256);
	return rc;
}

int lifecycle_install(
	struct op *op, const struct lifecycle_order *o, struct catalog_installation *ret)
{
	struct target t;
	int rc;

	target_init(&t, op, o->key);
	t.tenant = o->tenant;
	t.tenant_code = o->tenant_code;
	if ((rc = install(&t, o)) == 0)
		rc = catalog_installation(op, target_as(&t), t.id, NULL, ret);
	return steps_end(&t, rc);
}
