/*
 * feed.c - event rows to nchan; see feed.h.
 */
#include "relay/feed.h"

#include "base/clock.h"
#include "base/log.h"
#include "relay/feed.sql.h"

#define PAGE_ROWS 200
#define HOLD_MS 10000	  /* rows wait so long for nchan */
#define HEADS_MS 1000	  /* between two messages to a channel of a company above its bounds */
#define BATCH_BYTES 16384 /* of a channel's events in one of these */

enum { COL_TARGET, COL_TENANT, COL_CHANNEL, COL_SEQ, COL_MESSAGE };

void feed_init(struct feed *f)
{
	memset(f, 0, sizeof(*f));
	f->arena = arena_new();
}

static void put_away(struct feed *f)
{
	arena_clear(f->arena);
	f->page = (struct rows){0};
	f->at = 0;
}

static void first_place(struct feed *f)
{
	snprintf(f->place[0], sizeof(f->place[0]), "-1");
	f->place[1][0] = '\0';
	snprintf(f->place[2], sizeof(f->place[2]), "0");
}

/* Marks what is before this snapshot as done. NULL = not begun. */
static void begin_at(struct feed *f, const char *snapshot)
{
	char *copy = snapshot ? strdup(snapshot) : NULL;

	free(f->seen);
	free(f->target);
	f->seen = copy;
	f->target = NULL;
	first_place(f);
}

static void forget_behind(struct feed *f)
{
	free(f->behind_from);
	f->behind_from = NULL;
	f->n_behind = 0;
}

static struct feed_pace *pace_of(struct feed *f, int tenant)
{
	struct feed_pace *p = &f->pace[(unsigned)tenant % FEED_COMPANIES];
	int64_t second = clock_ms() / 1000;

	if (p->tenant != tenant || p->second != second)
		*p = (struct feed_pace){.tenant = tenant, .second = second};
	return p;
}

/* Publishing waits until every stream has the message, and everybody else waits meanwhile. */
static int publish_timed(
	struct feed *f, struct relay *r, int tenant, const char *channel, const char *message)
{
	int64_t began = clock_us();
	int rc = relay_publish(r, channel, message, strlen(message));

	pace_of(f, tenant)->us += clock_us() - began;
	return rc;
}

static bool is_above(struct feed *f, const struct relay *r, int tenant)
{
	const struct feed_pace *p = pace_of(f, tenant);

	return p->n >= r->app.conf.events_per_second ||
	       p->us >= r->app.conf.events_percent * (int64_t)10000;
}

static bool is_behind(const struct feed *f, int tenant)
{
	for (int i = 0; i < f->n_behind; i++)
		if (f->behind[i] == tenant)
			return true;
	return false;
}

static int begin(struct feed *f, struct relay *r)
{
	struct rows rows;
	struct op op;
	int rc;

	relay_op(r, &op, f->arena);
	rc = op_read(&op, NULL, &FEED_BEGIN, DB_NOARGS, &rows);
	if (relay_db_result(r, rc, &op.err, "finding the present") < 0)
		return rc;
	begin_at(f, row_text(&rows, 0, 0));
	put_away(f);
	return 0;
}

static int load(struct feed *f, struct relay *r)
{
	struct op op;
	int rc;

	put_away(f);
	relay_op(r, &op, f->arena);
	rc = op_read(&op, NULL, &FEED_PAGE,
		DB_ARGS(f->seen, f->target, f->place[0], f->place[1], f->place[2],
			DB_NUMBER(PAGE_ROWS)),
		&f->page);
	if (relay_db_result(r, rc, &op.err, "reading new events") < 0) {
		put_away(f);
		return rc;
	}
	if (!f->target)
		f->target = strdup(row_text(&f->page, 0, COL_TARGET));
	if (!row_text(&f->page, 0, COL_CHANNEL))
		f->page.n = 0;
	return 0;
}

/* The page is published: remember its end, or the window's when it was the last. */
static void page_done(struct feed *f)
{
	int last = f->page.n - 1;

	if (f->page.n < PAGE_ROWS) {
		char *target = f->target;

		f->target = NULL;
		begin_at(f, target);
		free(target);
	} else {
		for (int i = 0; i < 3; i++)
			snprintf(f->place[i], sizeof(f->place[i]), "%s",
				row_text(&f->page, last, COL_TENANT + i));
		/* The next company: what this one has above its bound needs no reading. */
		if (is_behind(f, (int)row_int(&f->page, last, COL_TENANT)))
			snprintf(f->place[1], sizeof(f->place[1]), "~");
	}
	put_away(f);
}

/* Each channel of a company publishes what is new in one message: the events, or when there are many
 * of them its position alone. */
static int publish_heads(struct feed *f, struct relay *r, int tenant)
{
	struct rows rows;
	struct op op;
	int rc;

	relay_op(r, &op, f->arena);
	rc = op_read(&op, NULL, &FEED_HEADS,
		DB_ARGS(arena_printf(f->arena, "%d", tenant), f->behind_from,
			arena_printf(f->arena, "%d", r->app.conf.events_per_second),
			DB_NUMBER(BATCH_BYTES)),
		&rows);
	if (relay_db_result(r, rc, &op.err, "reading how far a company is") < 0)
		return rc;
	for (int i = 0; i < rows.n; i++) {
		rc = publish_timed(f, r, tenant, row_text(&rows, i, 0), row_text(&rows, i, 1));
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Companies that are behind, from the last on: what can't be published now is tried again. */
static int publish_behind(struct feed *f, struct relay *r)
{
	for (; f->n_behind > 0; f->n_behind--) {
		int rc = publish_heads(f, r, f->behind[f->n_behind - 1]);

		if (rc < 0)
			return rc;
	}
	forget_behind(f);
	f->heads_due = clock_ms() + HEADS_MS;
	return 0;
}

/* Its channels will publish what is new once a second. */
static int fall_behind(struct feed *f, struct relay *r, int tenant)
{
	if (is_behind(f, tenant))
		return 0;
	if (f->n_behind == FEED_BEHIND) {
		int rc = publish_behind(f, r);

		if (rc < 0)
			return rc;
	}
	if (!f->behind_from)
		f->behind_from = strdup(f->seen);
	f->behind[f->n_behind++] = tenant;
	return 0;
}

/* A message that nchan would not accept is replaced by one with its number alone: the browser
 * notices the gap, and fetches it. */
static int publish_row(struct feed *f, struct relay *r)
{
	const char *channel = row_text(&f->page, f->at, COL_CHANNEL);
	const char *message = row_text(&f->page, f->at, COL_MESSAGE);
	int tenant = (int)row_int(&f->page, f->at, COL_TENANT), rc;

	/* A company that is behind stays so until its channels were published: events after a gap
	 * are of no use. */
	if (is_behind(f, tenant) || is_above(f, r, tenant))
		return fall_behind(f, r, tenant);
	if (strlen(message) > PUB_MESSAGE_MAX)
		message = arena_printf(f->arena,
			"{\"channel\":\"%s\",\"seq\":%s,\"type\":\"heartbeat\"}", channel,
			row_text(&f->page, f->at, COL_SEQ));
	if ((rc = publish_timed(f, r, tenant, channel, message)) < 0)
		return rc;
	pace_of(f, tenant)->n++;
	return 0;
}

static void stuck(struct feed *f)
{
	int64_t now = clock_ms();

	if (!f->stuck_since)
		f->stuck_since = now;
	if (now - f->stuck_since < HOLD_MS)
		return;
	log_kv(LOG_LV_WARN, "events are not published any more until the events nginx is back",
		"because", "browsers ask for what they missed", NULL);
	put_away(f);
	begin_at(f, NULL);
	forget_behind(f);
	f->stuck_since = 0;
	f->let_go = true;
}

static bool heads_are_due(const struct feed *f)
{
	return f->n_behind > 0 && clock_ms() >= f->heads_due;
}

bool feed_tick(struct feed *f, struct relay *r)
{
	if (heads_are_due(f) && publish_behind(f, r) < 0) {
		stuck(f);
		return false;
	}
	if (f->at >= f->page.n) {
		if (!relay_db_ready(r) || (!f->seen && begin(f, r) < 0) || load(f, r) < 0)
			return false;
	}
	for (; f->at < f->page.n; f->at++) {
		if (publish_row(f, r) < 0) {
			stuck(f);
			return false;
		}
		f->stuck_since = 0;
	}
	bool full = f->page.n == PAGE_ROWS;

	page_done(f);
	return full || heads_are_due(f);
}
