/*
 * pool_ended.c - a process of a pool has ended: decides whether it was a crash, and what follows.
 */
#include "os/pool_impl.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/ended.h"
#include "base/log.h"
#include "os/nursery.h"
#include "os/tally.h"

#define PAUSE_MOST_PLUGIN_MS 2000 /* someone waits, and its crashes are limited otherwise */
#define GOOD_LIFE_MS 10000
#define LOST_MS_MAX 600000 /* larger numbers in a slot are nonsense */

/* As in base/ended.h. */
static void describe(char *ret, size_t n, const struct pool_worker *w, int status, bool was_busy)
{
	const char *when = was_busy ? "-in-request" : "";
	if (w->killed_for)
		snprintf(ret, n, "%s", w->killed_for);
	else if (WIFSIGNALED(status))
		snprintf(ret, n, "signal%s %d %s", when, WTERMSIG(status),
			sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
	else
		snprintf(ret, n, "status%s %d", when, WEXITSTATUS(status));
}

/* A stopped worker may end by the signal itself when it had no time to block it. */
static bool is_crash(const struct pool_worker *w, int status, bool was_busy)
{
	if (w->no_crash)
		return false;
	if (w->killed_for)
		return !w->stopped_at || was_busy;
	if (WIFSIGNALED(status))
		return !(w->stopped_at &&
			 (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL));
	return WEXITSTATUS(status) != 0 || was_busy;
}

static void plugin_ended(struct pool *c, bool crash, bool idle_end, const char *how)
{
	if (crash && pool_count_crash(c) >= c->env->conf.crash_limit)
		pool_quarantine(c, how);
	/* A worker that ends before it served anything would be started again at once for the
	 * connection that still waits: the pause prevents a loop. */
	if (idle_end) {
		c->pause_ms = pool_next_pause(c->pause_ms);
		if (c->pause_ms > PAUSE_MOST_PLUGIN_MS)
			c->pause_ms = PAUSE_MOST_PLUGIN_MS;
		c->not_before = clock_ms() + c->pause_ms;
	} else {
		c->pause_ms = 0;
	}
}

static void place_ended(struct pool *c, struct pool_worker *w, int64_t life_ms, bool stopped)
{
	int pause_ms = w->pause_ms;
	*w = (struct pool_worker){0};
	if (stopped)
		return;
	c->restarts++;
	if (life_ms >= GOOD_LIFE_MS)
		return;
	w->pause_ms = pool_next_pause(pause_ms);
	w->due = clock_ms() + w->pause_ms;
}

/* The master counts it, because the worker is dead. The slot is written by the plugin's process, so
 * it can only falsify its own numbers. */
static void count_lost_call(struct pool *c, struct score_slot *slot)
{
	struct tally t = {.tenant = atomic_load(&slot->tenant)};
	int64_t ms = clock_ms() - atomic_load(&slot->busy_since);
	char line[TALLY_LINE_MAX];
	size_t n;

	if (t.tenant <= 0)
		return;
	tally_count(&t, (uint64_t)(ms > 0 && ms < LOST_MS_MAX ? ms * 1000 : 0), 0, true);
	n = tally_print(line, sizeof(line), &t);
	pool_pass_usage(c, line, n);
}

void pool_worker_ended(struct pool *c, struct pool_worker *w, int status)
{
	struct score_slot *slot = pool_slot(c, w);
	bool was_busy = atomic_load(&slot->busy) != 0;
	uint64_t requests = atomic_load(&slot->requests);
	int64_t life = clock_ms() - w->started;
	bool stopped = w->stopped_at != 0;
	bool crash = is_crash(w, status, was_busy);
	char how[ENDED_MAX], words[2 * ENDED_MAX], id[40], pid[16];

	describe(how, sizeof(how), w, status, was_busy);
	score_text(id, sizeof(id), slot->request_id, sizeof(slot->request_id));
	snprintf(pid, sizeof(pid), "%d", (int)w->pid);
	log_kv(crash ? LOG_LV_WARN : LOG_LV_INFO, crash ? "worker crashed" : "worker left", "pool",
		c->spec.name, "pid", pid, "how", ended_words(words, sizeof(words), how), "request",
		was_busy && id[0] ? id : NULL, NULL);

	if (c->spec.nursery)
		nursery_close(&c->env->nursery);
	if (c->spec.kind == POOL_PLUGIN)
		pool_count_guests(c, w, slot);
	if (was_busy)
		atomic_fetch_sub(&c->score->n_busy, 1);
	if (was_busy && c->spec.kind == POOL_PLUGIN)
		count_lost_call(c, slot);
	memset(slot, 0, sizeof(*slot));
	c->requests_ended += requests;
	c->crashes += crash;
	if (c->spec.kind == POOL_CORE) {
		place_ended(c, w, life, stopped);
	} else {
		*w = (struct pool_worker){0};
		c->restarts += crash;
		bool nothing_done = requests == 0 && life < c->env->conf.plugin_idle_ms && !stopped;
		plugin_ended(c, crash, nothing_done, how);
	}
	pool_check_gone(c);
	if (c->gone)
		return;
	if (c->spec.kind == POOL_PLUGIN)
		pool_check(c);
	else
		pool_fill(c);
}
