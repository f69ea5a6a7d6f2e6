/*
 * lifecycle_contract.c - drops what old versions used once nobody needs it any more: see
 * lifecycle.h.
 */
#include "base/clock.h"
#include "base/log.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "install/undo.h"
#include "install/lifecycle_contract.sql.h"

#define AGAIN_MS 600000 /* after one that failed */

static int take_away(struct target *t)
{
	return migrate_contract(t, &t->files);
}

static int finish(struct target *t)
{
	int rc;

	if ((rc = target_transaction(t)) < 0 || (rc = target_record(t)) < 0 ||
		(rc = target_done(t)) < 0)
		return rc;
	return target_commit(t);
}

static const struct step CONTRACT[] = {
	{P_("reading the package"), step_read_package, undo_forget, false},
	{P_("removing what no version needs"), take_away, NULL, false},
	{NULL, finish, NULL, false},
	{0},
};
const struct operation operation_contract = {
	.name = "contract", .steps = CONTRACT, .only_gives = true};

/* sha256 or version, the other NULL. */
static int contract_locked(struct target *t, const char *sha256, const char *version)
{
	int rc;

	if ((rc = steps_lock(t)) < 0 ||
		(rc = sha256 ? catalog_by_hash(t->op, target_as(t), sha256, &t->pkg)
			     : catalog_package(t->op, target_as(t), t->key, version, &t->pkg)) < 0)
		return rc;
	return steps_run(t, &operation_contract);
}

static int contract(struct op *op, const char *key, const char *sha256, const char *version)
{
	struct target t;

	target_init(&t, op, key);
	return steps_end(&t, contract_locked(&t, sha256, version));
}

int lifecycle_finish(struct op *op, const char *key, const char *version)
{
	return contract(op, key, NULL, version);
}

int lifecycle_contract_due(struct op *op, bool *ret_more)
{
	static int64_t not_before;
	struct err kept, why;
	struct rows due;
	int rc;

	*ret_more = false;
	if (clock_ms() < not_before)
		return 0;
	rc = op_read(op, NULL, &CONTRACT_DUE,
		DB_ARGS(arena_printf(op->arena, "%d", op->app->conf.contract_hours)), &due);
	if (rc < 0 || due.n == 0)
		return rc;
	kept = op_try(op);
	rc = contract(op, row_text(&due, 0, 0), row_text(&due, 0, 1), NULL);
	op_rollback(op);
	why = op_tried(op, kept);
	if (rc < 0) {
		log_kv(LOG_LV_ERROR, "what a plugin's version takes away could not be taken away",
			"plugin", row_text(&due, 0, 0), "why", why.message, "cause",
			why.log[0] ? why.log : NULL, NULL);
		not_before = clock_ms() + AGAIN_MS;
	}
	*ret_more = rc == 0;
	return 0;
}
