/* lock.c - see lock.h. */
#include "marketplace/lock.h"

#include <time.h>

#include "auth/app.h"
#include "base/clock.h"
#include "db/db.h"
#include "marketplace/lock.sql.h"

#define PAUSE_MS 50
#define GIVE_MS 3000

int lock_take(struct op *op, const char *name, long wait_ms, struct lock *ret)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	int64_t until = clock_ms() + wait_ms;
	struct rows rows;

	*ret = (struct lock){.name = name};
	for (;;) {
		int rc = op_write(op, NULL, &LOCK_TAKE, DB_ARGS(name), &rows);

		if (rc < 0)
			return rc;
		if (row_bool(&rows, 0, 0)) {
			ret->session = row_text(&rows, 0, 1);
			return 0;
		}
		if (clock_left(until) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
}

void lock_release(struct op *op, struct lock *t)
{
	struct err *e = err_new(op->arena);
	struct rows rows;

	if (t->session && db_is_connected(op->db))
		db_write(op->db, op->arena, clock_ms() + GIVE_MS, NULL, &LOCK_RELEASE,
			DB_ARGS(t->name, t->session), &rows, e);
	t->session = NULL;
}
