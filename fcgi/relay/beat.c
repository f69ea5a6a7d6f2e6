/*
 * beat.c - heartbeats; see beat.h.
 */
#include "relay/beat.h"

#include "base/clock.h"
#include "db/db.h"
#include "relay/beat.sql.h"

#define PAGE_ROWS 200
#define RETRY_MS 1000

void beat_init(struct beat *b)
{
	memset(b, 0, sizeof(*b));
}

void beat_hurry(struct beat *b)
{
	if (!b->under_way)
		b->due = 0;
}

static int publish_page(struct beat *b, struct relay *r, const struct rows *rows)
{
	for (int i = 0; i < rows->n; i++) {
		const char *message = row_text(rows, i, 2);

		if (relay_publish(r, row_text(rows, i, 1), message, strlen(message)) < 0)
			return MT_EBUSY;
		for (int c = 0; c < 2; c++)
			snprintf(b->place[c], sizeof(b->place[c]), "%s", row_text(rows, i, c));
	}
	return 0;
}

static int begin_round(struct beat *b, struct relay *r, struct op *op)
{
	struct rows rows;
	int rc;

	b->round_from = clock_ms();
	snprintf(b->place[0], sizeof(b->place[0]), "-1");
	b->place[1][0] = '\0';
	rc = op_read(op, NULL, &BEAT_ALL, DB_NOARGS, &rows);
	if (relay_db_result(r, rc, &op->err, "reading the heads") < 0)
		return rc;
	rc = relay_publish(r, "all", row_text(&rows, 0, 0), strlen(row_text(&rows, 0, 0)));
	b->under_way = rc == 0;
	return rc;
}

/* 1 = the round continues, 0 = it is over. */
static int one_page(struct beat *b, struct relay *r, struct op *op)
{
	struct rows rows;
	int rc;

	if (!b->under_way && (rc = begin_round(b, r, op)) < 0)
		return rc;
	rc = op_read(op, NULL, &BEAT_HEADS, DB_ARGS(b->place[0], b->place[1], DB_NUMBER(PAGE_ROWS)),
		&rows);
	if (relay_db_result(r, rc, &op->err, "reading the heads") < 0)
		return rc;
	rc = publish_page(b, r, &rows);
	return rc < 0 ? rc : rows.n == PAGE_ROWS;
}

int64_t beat_tick(struct beat *b, struct relay *r)
{
	int64_t now = clock_ms();

	if (now < b->due)
		return b->due;
	if (!relay_db_ready(r) || !backoff_may_try(&r->pub.backoff, now))
		return b->due = now + 100;

	struct arena *p = arena_new();
	struct op op;
	int rc;

	relay_op(r, &op, p);
	rc = one_page(b, r, &op);
	arena_free(p);
	if (rc == 1)
		return b->due = now; /* the rest after the events that were raised since */
	b->under_way = false;
	b->due = rc < 0 ? now + RETRY_MS : b->round_from + BEAT_MS;
	return b->due;
}
