/*
 * lifecycle_contract.c - what a version takes away goes when nobody needs it any more: see lifecycle.h.
 */
#include <string.h>
#include "auth/ident.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "registry/recover.h"
#include "install/lifecycle_contract.sql.h"

#define AGAIN_MS 600000 /* after one that failed */

static int work(struct operation *d, const struct catalog_package *pkg)
{
	struct err *e = &d->r->op.err;
	struct package files;
	int rc = step_progress(&d->step, 1, 2, "reading the package", e);

	if (rc == 0)
		rc = operation_fetch(d, pkg->sha256, &files);
	if (rc == 0)
		rc = step_progress(&d->step, 2, 2, "taking away what no version needs", e);
	if (rc == 0)
		rc = migrate_contract(&d->step, &files, e);
	if (rc == 0)
		rc = step_transaction(&d->step, e);
	if (rc == 0)
		rc = operation_record(d);
	if (rc == 0)
		rc = step_done(&d->step, e);
	return rc == 0 ? operation_commit(d) : rc;
}

/* sha256 or version, the other NULL. */
static int contract(struct req *r, const char *key, const char *sha256, const char *version)
{
	struct catalog_package pkg;
	struct operation d;
	int rc;

	operation_init(&d, r, r->op.who->tenant, r->op.who->tenant_code, key);
	rc = operation_lock(&d);
	if (rc == 0)
		rc = sha256 ? catalog_by_hash(&d.cat, sha256, &pkg)
			    : catalog_package(&d.cat, key, version, &pkg);
	if (rc == 0)
		rc = operation_begin(&d, "contract", NULL, NULL, &pkg);
	if (rc == 0 && (rc = work(&d, &pkg)) < 0)
		rc = operation_undo(&d, rc, recover_forget);
	return operation_end(&d, rc);
}

int lifecycle_finish(struct req *r, const char *key, const char *version)
{
	return contract(r, key, NULL, version);
}

int lifecycle_contract_due(struct req *r, bool *ret_more)
{
	static int64_t not_before;
	static const struct ident MORTISE = {.tenant_code = "",
		.tenant_name = "",
		.user = "-",
		.email = "",
		.name = "Mortise",
		.roles = "SystemAdmin",
		.is_system = true};
	struct req sub = {.op = r->op, .method = r->method, .path = r->path};
	struct rows due;
	int rc;

	*ret_more = false;
	if (clock_ms() < not_before)
		return 0;
	rc = op_read(&r->op, NULL, &CONTRACT_DUE,
		DB_ARGS(arena_printf(r->op.arena, "%d", r->op.app->conf.contract_hours)), &due);
	if (rc < 0 || due.n == 0)
		return rc;
	op_clear(&sub.op);
	sub.op.who = &MORTISE;
	rc = contract(&sub, row_text(&due, 0, 0), row_text(&due, 0, 1), NULL);
	op_rollback(&r->op);
	if (rc < 0) {
		log_kv(LOG_LV_ERROR, "what a plugin's version takes away could not be taken away",
			"plugin", row_text(&due, 0, 0), "why", sub.op.err.message, "cause",
			sub.op.err.log[0] ? sub.op.err.log : NULL, NULL);
		not_before = clock_ms() + AGAIN_MS;
	}
	*ret_more = rc == 0;
	return 0;
}
