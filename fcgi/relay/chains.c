/* chains.c - see chains.h. */
#include "relay/chains.h"

#include "base/clock.h"
#include "db/db.h"
#include "relay/chains.sql.h"

#define EVERY_MS 1000
#define BATCH 500 /* of a chain */

int64_t chains_tick(struct chains *c, struct relay *r)
{
	int64_t now = clock_ms();
	struct arena *p;
	struct rows rows;
	struct op op;
	int rc;

	if (now < c->due)
		return c->due;
	c->due = now + EVERY_MS;
	if (!relay_db_ready(r))
		return c->due;
	p = arena_new();
	relay_op(r, &op, p);
	rc = op_write(&op, NULL, &CHAINS_LINK, DB_ARGS(DB_NUMBER(BATCH)), &rows);
	if (relay_db_result(r, rc, &op.err, "linking the audit log") == 0 &&
		row_int(&rows, 0, 0) >= BATCH)
		c->due = now;
	arena_free(p);
	return c->due;
}
