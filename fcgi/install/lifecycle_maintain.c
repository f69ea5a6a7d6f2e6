/* lifecycle_maintain.c - recovers interrupted operations, at most every second: see lifecycle.h. */
#include "base/clock.h"
#include "base/log.h"
#include "install/lifecycle_impl.h"
#include "install/migrate.h"
#include "install/rollout.h"
#include "registry/recover.h"

#define MAINTAIN_MS 1000
#define MAINTAIN_WAIT_MS 1
#define START_WAIT_MS 3000 /* for the database to notice that our predecessor is gone */
#define SWEEP_MS 300000

static void maintain_all(struct app *a, long wait_ms)
{
	static int64_t next, next_sweep;
	struct arena *p;
	struct err *e;

	if (clock_ms() < next)
		return;
	p = arena_new();
	e = arena_alloc(p, sizeof(*e));
	err_init(e, p);
	if (lifecycle_recover(a, p, clock_ms() + STEP_UNDO_MS, wait_ms, e) < 0)
		log_kv(LOG_LV_ERROR, "recovery of a plugin's life failed", "why", e->message,
			"cause", e->log[0] ? e->log : NULL, NULL);
	if (clock_ms() >= next_sweep) {
		err_init(e, p);
		if (recover_sweep(a, p, clock_ms() + STEP_UNDO_MS, e) < 0)
			log_kv(LOG_LV_ERROR, "the package store can't be swept", "why", e->message,
				"cause", e->log[0] ? e->log : NULL, NULL);
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

int lifecycle_maintain_route(struct req *r)
{
	bool more = false, more_due = false, more_late = false;
	struct err *why = err_new(r->op.arena);
	json_t *json;
	int rc;

	lifecycle_maintain(r->op.app);
	rc = rollout_slice(r, &more);
	op_rollback(&r->op);
	if (rc == 0)
		rc = lifecycle_contract_due(r, &more_due);
	if (rc < 0)
		return rc;
	err_init(why, r->op.arena); /* it says itself what went wrong, and tries again */
	migrate_late(r->op.app, r->op.arena, r->op.deadline, &more_late, why);
	op_rollback(&r->op);
	json = json_pack("{s:b}", "more", more || more_due || more_late);
	rc = reply_json(r, 200, json);
	json_decref(json);
	return rc;
}
