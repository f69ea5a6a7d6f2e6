/* lifecycle_approve.c - a system admin lets tenants have a version: see lifecycle.h. */
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "install/undo.h"
#include "install/lifecycle_approve.sql.h"

int approve_queue(struct target *t)
{
	int rc = op_queue(t->op, &APPROVE, DB_ARGS(t->pkg.sha256, t->user));

	/* choose_no_downgrade() has seen, under the plugin's lock, that it is the highest. */
	return rc < 0 ? rc : op_queue(t->op, &APPROVE_TOP, DB_ARGS(t->key, t->pkg.version));
}

/* Tables that nobody has are made by the first install. */
static int read_if_in_use(struct target *t)
{
	struct rows rows;
	int rc = op_read(t->op, NULL, &APPROVE_IN_USE, DB_ARGS(t->key), &rows);

	t->in_use = rc == 0 && rows.n > 0;
	return t->in_use ? step_read_package(t) : rc;
}

static int add_if_in_use(struct target *t)
{
	return t->in_use ? migrate_expand(t, &t->files) : 0;
}

static int approve(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 || (rc = approve_queue(t)) < 0 ||
		(t->in_use && (rc = op_queue(t->op, &APPROVE_REGISTER,
				       DB_ARGS(t->key, t->pkg.sha256))) < 0) ||
		(rc = target_record(t)) < 0 || (rc = target_done(t)) < 0)
		return rc;
	return target_commit(t);
}

static const struct step APPROVAL[] = {
	{P_("reading the package"), read_if_in_use, undo_forget, false},
	{P_("adding to its tables"), add_if_in_use, NULL, false}, /* additions may stay */
	{NULL, approve, NULL, false},
	{0},
};
const struct operation operation_approve = {
	.name = "approve", .steps = APPROVAL, .only_gives = true};

int lifecycle_approve_held(struct target *t, const json_t *permissions)
{
	int rc;

	if ((rc = choose_no_downgrade(t)) < 0 || (rc = choose_consent(t, NULL, permissions)) < 0 ||
		(rc = steps_run(t, &operation_approve)) < 0)
		return rc;
	return catalog_by_hash(t->op, target_as(t), t->pkg.sha256, &t->pkg);
}

static int approve_version(struct target *t, const char *version, const json_t *permissions)
{
	int rc;

	if ((rc = steps_lock(t)) < 0 || (rc = choose_version(t, version)) < 0)
		return rc;
	return t->pkg.approved_at ? 0 : lifecycle_approve_held(t, permissions);
}

static int approve_hash(struct target *t, const char *sha256)
{
	int rc;

	if ((rc = steps_lock(t)) < 0 ||
		(rc = catalog_by_hash(t->op, target_as(t), sha256, &t->pkg)) < 0)
		return rc;
	if (t->pkg.approved_at)
		return 0;
	if ((rc = choose_allowed(t)) < 0)
		return rc;
	return lifecycle_approve_held(t, json_object_get(t->pkg.manifest, "permissions"));
}

int lifecycle_approve(struct op *op, const char *key, const char *version,
	const json_t *permissions, struct catalog_package *ret)
{
	struct target t;
	int rc;

	target_init(&t, op, key);
	rc = approve_version(&t, version, permissions);
	*ret = t.pkg;
	return steps_end(&t, rc);
}

int lifecycle_approve_by_conf(
	struct op *op, const char *key, const char *sha256, struct catalog_package *ret)
{
	struct target t;
	int rc;

	target_init(&t, op, key);
	rc = approve_hash(&t, sha256);
	*ret = t.pkg;
	return steps_end(&t, rc);
}
