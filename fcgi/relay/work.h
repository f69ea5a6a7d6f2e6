/*
 * work.h - has the pool "jobs" run what is due of plugins: jobs and events (install/work.h). The
 * steward has the clock; the worker takes the next item itself.
 */
#ifndef WORK_H
#define WORK_H

#include "relay/ask.h"
#include "relay/relay.h"

#define WORK_WORKERS_MAX 16 /* job_workers */

struct work {
	struct ask ask[WORK_WORKERS_MAX];
	int64_t due; /* the next look */
	int64_t looked;
};

void work_init(struct work *w);
/* When the fd of ask[i] can be read. */
void work_news(struct work *w, int i);
/* Something may have been queued. */
void work_hurry(struct work *w);
/* Sends a request for each item that is due, as many as there are workers. Returns clock_ms() of
 * when it wants to be called again. */
int64_t work_tick(struct work *w, struct relay *r);

#endif
