/* lifecycle_maintain.c - recovers interrupted operations, at most every second: see lifecycle.h. */
#include "base/clock.h"
#include "base/log.h"
#include "http/req.h"
#include "install/company_removal.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "install/rollout.h"
#include "install/routes.h"
#include "install/undo.h"

#define MAINTAIN_MS 1000
#define MAINTAIN_WAIT_MS 1
#define START_WAIT_MS 3000 /* for the database to notice that our predecessor is gone */
#define SWEEP_MS 300000

static void log_failure(const struct op *op, int rc, const char *what)
{
	if (rc < 0)
		log_kv(LOG_LV_ERROR, what, "why", op->err.message, "cause",
			op->err.log[0] ? op->err.log : NULL, NULL);
}

static void maintain_all(struct app *a, long wait_ms)
{
	static int64_t next, next_sweep;
	struct arena *p;
	struct op op;

	if (clock_ms() < next)
		return;
	p = arena_new();
	app_op(a, &op, p, clock_ms() + STEPS_UNDO_MS);
	log_failure(&op, steps_recover_all(&op, wait_ms), "recovery of an operation failed");
	if (clock_ms() >= next_sweep) {
		app_op(a, &op, p, clock_ms() + STEPS_UNDO_MS);
		log_failure(&op, undo_sweep(&op), "the package store can't be swept");
		next_sweep = clock_ms() + SWEEP_MS;
	}
	arena_free(p);
	next = clock_ms() + MAINTAIN_MS;
}

void lifecycle_maintain(struct app *a)
{
	maintain_all(a, MAINTAIN_WAIT_MS);
}

void lifecycle_start(struct app *a)
{
	maintain_all(a, START_WAIT_MS);
}

/* 200 {"more": true} = come back at once. */
int lifecycle_maintain_route(struct req *r)
{
	bool more = false, more_due = false, more_late = false, more_gone = false;
	struct op *op = &r->op;
	struct err kept;
	int rc;

	lifecycle_maintain(op->app);
	rc = rollout_slice(op, &more);
	op_rollback(op);
	if (rc < 0 || (rc = lifecycle_contract_due(op, &more_due)) < 0)
		return rc;
	kept = op_try(op);
	company_removal_slice(op, &more_gone);
	op_rollback(op);
	op_tried(op, kept);
	kept = op_try(op); /* it logs failures, and tries again */
	migrate_late(op, &more_late);
	op_rollback(op);
	op_tried(op, kept);
	return routes_reply(
		r, 200, json_pack("{s:b}", "more", more || more_due || more_late || more_gone));
}
