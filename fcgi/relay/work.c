/* work.c - see work.h. */
#include "relay/work.h"

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "relay/work.sql.h"

#define LOOK_MS 1000
#define AGAIN_MS 20
#define HURRY_MS 50    /* between looks, however often it is woken */
#define MARGIN_MS 2000 /* the worker's own deadline comes first */

void work_init(struct work *w)
{
	*w = (struct work){0};
	for (int i = 0; i < WORK_WORKERS_MAX; i++)
		ask_init(&w->ask[i]);
}

void work_news(struct work *w, int i)
{
	struct ask *a = &w->ask[i];
	enum ask_news news = a->fd < 0 ? ASK_WAITING : ask_news(a);

	if (news == ASK_WAITING)
		return;
	/* Its next look comes soon where there was something. One that died is found by its lease. */
	if (news == ASK_ANSWERED && ask_wants_more(a, "work of the jobs pool"))
		w->due = clock_ms() + AGAIN_MS;
	ask_end(a);
}

void work_hurry(struct work *w)
{
	int64_t soon = clock_ms() > w->looked + HURRY_MS ? clock_ms() : w->looked + HURRY_MS;

	if (soon < w->due)
		w->due = soon;
}

static int waiting(struct relay *r, int most)
{
	struct arena *p = arena_new();
	struct rows rows;
	struct op op;
	int rc, ret = 0;

	relay_op(r, &op, p);
	rc = op_read(&op, NULL, &WORK_WAITING, DB_ARGS(arena_printf(p, "%d", most)), &rows);
	if (relay_db_result(r, rc, &op.err, WORK_WAITING.name) == 0 && rows.n > 0)
		ret = (int)row_int(&rows, 0, 0);
	arena_free(p);
	return ret;
}

int64_t work_tick(struct work *w, struct relay *r)
{
	int64_t now = clock_ms(), deadline = now + r->app.conf.job_deadline_ms + MARGIN_MS;
	int n = r->app.conf.job_workers, left;

	for (int i = 0; i < WORK_WORKERS_MAX; i++) {
		if (w->ask[i].fd >= 0 && now >= w->ask[i].deadline) {
			log_warn("the jobs pool gives no answer");
			ask_end(&w->ask[i]);
		}
	}
	if (now < w->due || !relay_db_ready(r))
		return now < w->due ? w->due : now + LOOK_MS;
	w->due = now + LOOK_MS;
	w->looked = now;
	left = waiting(r, n);
	for (int i = 0; i < n && left > 0; i++)
		if (w->ask[i].fd < 0 &&
			ask_send(&w->ask[i], r->app.conf.run_dir, "jobs", "/-/work", deadline))
			left--;
	return w->due;
}
