/* lifecycle_approve.c - a system admin lets tenants have a version: see lifecycle.h. */
#include "auth/ident.h"
#include "base/json.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "registry/recover.h"
#include "install/lifecycle_approve.sql.h"

#define STEPS 2

int approve_queue(struct operation *d, const struct catalog_package *pkg)
{
	int rc = op_queue(&d->r->op, &APPROVE, DB_ARGS(pkg->sha256, d->step.user));

	/* choose_no_downgrade() has seen, under the plugin's lock, that it is the highest. */
	return rc < 0 ? rc : op_queue(&d->r->op, &APPROVE_TOP, DB_ARGS(pkg->key, pkg->version));
}

/* Tables that nobody has are made by the first install. */
static int expand(struct operation *d, const struct catalog_package *pkg, bool in_use)
{
	struct package files;
	int rc = in_use ? operation_fetch(d, pkg->sha256, &files) : 0;

	if (rc == 0 && in_use)
		rc = step_progress(&d->step, 2, STEPS, "adding to its tables", &d->r->op.err);
	return rc == 0 && in_use ? migrate_expand(&d->step, &files, &d->r->op.err) : rc;
}

static int work(struct operation *d, const struct catalog_package *pkg)
{
	struct err *e = &d->r->op.err;
	struct rows rows;
	int rc = step_progress(&d->step, 1, STEPS, "reading the package", e);
	bool in_use;

	if (rc == 0)
		rc = db_read(d->r->op.db, d->r->op.arena, d->step.deadline, NULL, &APPROVE_IN_USE,
			DB_ARGS(pkg->key), &rows, e);
	in_use = rc == 0 && rows.n > 0;
	if (rc == 0)
		rc = expand(d, pkg, in_use);
	if (rc == 0)
		rc = step_transaction(&d->step, e);
	if (rc == 0)
		rc = approve_queue(d, pkg);
	if (rc == 0 && in_use)
		rc = db_queue(d->r->op.db, &APPROVE_REGISTER, DB_ARGS(pkg->key, pkg->sha256), e);
	if (rc == 0)
		rc = operation_record(d);
	if (rc == 0)
		rc = step_done(&d->step, e);
	return rc == 0 ? operation_commit(d) : rc;
}

int lifecycle_approve_held(
	struct operation *d, const json_t *permissions, struct catalog_package *pkg)
{
	int rc = choose_no_downgrade(d, pkg);

	if (rc == 0)
		rc = choose_consent(d, pkg, NULL, permissions);
	if (rc == 0)
		rc = operation_begin(d, "approve", NULL, NULL, pkg);
	if (rc == 0 && (rc = work(d, pkg)) < 0)
		rc = operation_undo(d, rc, recover_forget);
	return rc < 0 ? rc : catalog_by_hash(&d->cat, pkg->sha256, pkg);
}

int lifecycle_approve(struct req *r, const char *key, const char *version,
	const json_t *permissions, struct catalog_package *ret)
{
	struct operation d;
	int rc;

	operation_init(&d, r, r->op.who->tenant, r->op.who->tenant_code, key);
	rc = operation_lock(&d);
	if (rc == 0)
		rc = choose_version(&d, version, ret);
	if (rc == 0 && !ret->approved_at)
		rc = lifecycle_approve_held(&d, permissions, ret);
	return operation_end(&d, rc);
}

int lifecycle_approve_by_conf(
	struct req *r, const char *key, const char *sha256, struct catalog_package *ret)
{
	struct operation d;
	int rc;

	operation_init(&d, r, r->op.who->tenant, r->op.who->tenant_code, key);
	rc = operation_lock(&d);
	if (rc == 0)
		rc = catalog_by_hash(&d.cat, sha256, ret);
	if (rc == 0 && !ret->approved_at) {
		rc = choose_allowed(&d, ret);
		if (rc == 0)
			rc = lifecycle_approve_held(
				&d, json_object_get(ret->manifest, "permissions"), ret);
	}
	return operation_end(&d, rc);
}
