/* pushes.c - see pushes.h. */
#include "relay/pushes.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/db.h"
#include "relay/pushes.sql.h"

#define CHECK_MS 1000
#define PACE_MS 20    /* between two turns, however often it is woken */
#define CLEAR_MS 5000 /* between two of deleting what every host has published */
#define MOST 1000     /* of a turn; the others are lost */

void pushes_hurry(struct pushes *p)
{
	int64_t soon = p->due - CHECK_MS + PACE_MS;

	p->due = soon > 0 ? soon : 0;
}

static void publish(struct relay *r, const struct rows *rows)
{
	for (int i = 0; i < rows->n && row_text(rows, i, 1); i++) {
		const char *message = row_text(rows, i, 2);

		if (relay_publish(r, row_text(rows, i, 1), message, strlen(message)) < 0)
			return;
	}
}

static void clear_old(struct pushes *p, struct relay *r, struct arena *a)
{
	struct rows rows;
	struct op op;
	int rc;

	p->clear_due = clock_ms() + CLEAR_MS;
	relay_op(r, &op, a);
	rc = op_write(&op, NULL, &PUSHES_CLEAR, DB_NOARGS, &rows);
	relay_db_result(r, rc, &op.err, "deleting pushes");
}

int64_t pushes_tick(struct pushes *p, struct relay *r)
{
	int64_t now = clock_ms();
	struct arena *a;
	struct rows rows;
	struct op op;
	int rc;

	if (now < p->due)
		return p->due;
	p->due = now + CHECK_MS;
	if (!relay_db_ready(r))
		return p->due;
	a = arena_new();
	relay_op(r, &op, a);
	rc = op_read(&op, NULL, &PUSHES_NEW, DB_ARGS(p->seen, DB_NUMBER(MOST)), &rows);
	if (relay_db_result(r, rc, &op.err, "reading pushes") == 0) {
		publish(r, &rows);
		free(p->seen);
		p->seen = strdup(row_text(&rows, 0, 0));
		if (now >= p->clear_due)
			clear_old(p, r, a);
	}
	arena_free(a);
	return p->due;
}
