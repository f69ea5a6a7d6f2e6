/* rights.c - see rights.h. */
#include "auth/rights.h"

#include <time.h>

#include "auth/app.h"
#include "auth/lease.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"

#define CHECK_MS 25

static const struct stmt MARK = {"rights_mark", "SELECT mortise.rights_mark()"};
static const struct stmt PENDING = {"rights_pending", "SELECT mortise.rights_pending($1::bigint)"};

static void pause_ms(int ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

void rights_wait(struct req *r, int64_t committed_at)
{
	int64_t until = clock_ms() + RIGHTS_WAIT_MS;
	const char *mark, *hosts;
	struct rows rows;
	struct err *e = err_new(r->op.arena);

	err_init(e, r->op.arena);
	app_wake_steward(r->op.app, WAKE_CLOSER);
	if (until > r->op.deadline)
		until = r->op.deadline;
	if (db_read(r->op.db, r->op.arena, until, NULL, &MARK, DB_NOARGS, &rows, e) < 0) {
		log_warn("what has ended can't be read: %s", e->message);
		lease_wait(committed_at);
		return;
	}
	mark = row_text(&rows, 0, 0);
	lease_wait(committed_at);
	for (;;) {
		if (db_read(r->op.db, r->op.arena, until, NULL, &PENDING, DB_ARGS(mark), &rows, e) <
			0) {
			log_warn("what has ended can't be read: %s", e->message);
			return;
		}
		hosts = row_text(&rows, 0, 0);
		if (!hosts)
			return;
		if (clock_left(until) <= CHECK_MS) {
			log_kv(LOG_LV_WARN, "streams of a right that ended are not closed yet",
				"hosts", hosts, NULL);
			return;
		}
		pause_ms(CHECK_MS);
	}
}
