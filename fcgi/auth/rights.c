/* rights.c - see rights.h. */
#include "auth/rights.h"

#include <time.h>
#include "auth/app.h"
#include "auth/lease.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "os/revoked.h"
#include "auth/rights.sql.h"

#define CHECK_MS 25
#define CHECK_DB_MS 1000

struct hold {
	const char *mark; /* what has ended so far */
	int64_t until;
};

static int64_t send_now(struct req *r)
{
	(void)r;
	return 0;
}

/* Have all hosts ended it? 0, or when to check again. */
static int64_t check_hosts(struct req *r)
{
	const struct hold *h = r->held_by;
	struct err *e = err_new(r->op.arena);
	const char *hosts;
	struct rows rows;

	if (db_read(r->op.db, r->op.arena, clock_ms() + CHECK_DB_MS, NULL, &RIGHTS_PENDING,
		    DB_ARGS(h->mark), &rows, e) < 0) {
		log_warn("what has ended can't be read: %s", e->message);
		return 0;
	}
	hosts = row_text(&rows, 0, 0);
	if (!hosts)
		return 0;
	if (clock_left(h->until) > CHECK_MS)
		return clock_ms() + CHECK_MS;
	log_kv(LOG_LV_WARN, "what a right that ended has open is not ended yet", "hosts", hosts,
		NULL);
	return 0;
}

void rights_hold_lease(struct req *r, int64_t committed_at)
{
	revoked_leave(); /* somebody who gives up a right of their own still gets the answer */
	r->held = send_now;
	r->held_at = lease_over(committed_at);
}

void rights_hold(struct req *r, int64_t committed_at)
{
	struct hold *h = arena_alloc(r->op.arena, sizeof(*h));
	struct err *e = err_new(r->op.arena);
	struct rows rows;

	rights_hold_lease(r, committed_at);
	app_wake_steward(r->op.app, WAKE_CLOSER);
	if (db_read(r->op.db, r->op.arena, r->op.deadline, NULL, &RIGHTS_MARK, DB_NOARGS, &rows,
		    e) < 0) {
		log_warn("what has ended can't be read: %s", e->message);
		return;
	}
	h->mark = row_text(&rows, 0, 0);
	h->until = committed_at + RIGHTS_WAIT_MS;
	r->held = check_hosts;
	r->held_by = h;
}

int rights_wait(struct op *op, const char **ret)
{
	const struct timespec pause = {.tv_nsec = CHECK_MS * 1000000L};
	int64_t lease = lease_over(clock_ms()), until = clock_ms() + RIGHTS_WAIT_MS;
	struct rows mark, hosts;
	int rc;

	*ret = NULL;
	if ((rc = op_read(op, NULL, &RIGHTS_MARK, DB_NOARGS, &mark)) < 0)
		return rc;
	for (;; nanosleep(&pause, NULL)) {
		rc = op_read(op, NULL, &RIGHTS_PENDING, DB_ARGS(row_text(&mark, 0, 0)), &hosts);
		if (rc < 0)
			return rc;
		*ret = row_text(&hosts, 0, 0);
		if ((!*ret && clock_left(lease) == 0) || clock_left(until) == 0)
			return 0;
	}
}
