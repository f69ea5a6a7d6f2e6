/*
 * beat.c - heartbeats; see beat.h.
 */
#include "relay/beat.h"

#include "base/clock.h"
#include "db/db.h"

#define PAGE_ROWS 200
#define RETRY_MS 1000
#define TEXT_OF(x) #x
#define LIMIT(n) " LIMIT " TEXT_OF(n)

/* Role and tenant channels of tenants where somebody is present, user channels of those who are. */
static const struct stmt HEADS = {"beat_heads",
	"WITH here AS MATERIALIZED (SELECT DISTINCT tenant_id, user_id FROM mortise.presence"
	"  WHERE expires_at > now()) "
	"SELECT tenant_id, name, json_build_object('channel', name, 'seq', seq, 'type', 'heartbeat')::text"
	"  FROM mortise.channels c WHERE (tenant_id, name) > ($1::int, $2::text) AND name <> 'all'"
	"  AND (tenant_id = 0 OR (name NOT LIKE 'u.%' AND tenant_id IN (SELECT tenant_id FROM here))"
	"    OR (tenant_id, name) IN (SELECT tenant_id, 'u.' || user_id FROM here))"
	"  ORDER BY tenant_id, name" LIMIT(PAGE_ROWS)};

static const struct stmt HEAD_ALL = {"beat_all",
	"SELECT json_build_object('channel', 'all', 'seq', coalesce(max(seq), 0), 'type', 'heartbeat')::text"
	"  FROM mortise.channels WHERE tenant_id = 0 AND name = 'all'"};

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

static int begin_round(struct beat *b, struct relay *r, struct arena *p, struct err *e)
{
	struct rows rows;
	int rc;

	b->round_from = clock_ms();
	snprintf(b->place[0], sizeof(b->place[0]), "-1");
	b->place[1][0] = '\0';
	rc = db_read(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &HEAD_ALL, DB_NOARGS, &rows, e);
	if (relay_db_result(r, rc, e, "reading the heads") < 0)
		return rc;
	rc = relay_publish(r, "all", row_text(&rows, 0, 0), strlen(row_text(&rows, 0, 0)));
	b->under_way = rc == 0;
	return rc;
}

/* 1 = the round goes on, 0 = it is over. */
static int one_page(struct beat *b, struct relay *r, struct arena *p)
{
	struct rows rows;
	struct err e;
	int rc;

	err_init(&e, p);
	if (!b->under_way && (rc = begin_round(b, r, p, &e)) < 0)
		return rc;
	rc = db_read(r->app.db, p, clock_ms() + RELAY_DB_MS, NULL, &HEADS,
		DB_ARGS(b->place[0], b->place[1]), &rows, &e);
	if (relay_db_result(r, rc, &e, "reading the heads") < 0)
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
	int rc = one_page(b, r, p);

	arena_free(p);
	if (rc == 1)
		return b->due = now; /* the rest after the events that came meanwhile */
	b->under_way = false;
	b->due = rc < 0 ? now + RETRY_MS : b->round_from + BEAT_MS;
	return b->due;
}
