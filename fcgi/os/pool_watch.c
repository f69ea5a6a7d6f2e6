/*
 * pool_watch.c - when a pool needs another worker, and which of its workers must end.
 */
#include "os/pool_impl.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/sock.h"

#define STARTING_MS 10000 /* a plugin's constructor that hangs */
#define LEAVING_MS 5000	  /* stopped and idle */

struct head_count {
	int alive;    /* all processes */
	int staying;  /* not stopped */
	int starting; /* of those: not waiting for work yet */
	int idle;     /* of those: waiting for it */
	int current;  /* staying, of the present generation */
	int ready;    /* current and past its start */
	int old;      /* staying, of an earlier generation */
};

static struct head_count count(struct pool *c)
{
	struct head_count n = {0};
	for (int i = 0; i < SCORE_SLOTS; i++) {
		struct pool_worker *w = &c->worker[i];
		if (!w->pid)
			continue;
		n.alive++;
		if (w->stopped_at || w->killed_for)
			continue;
		struct score_slot *s = pool_slot(c, w);
		bool ready = atomic_load(&s->ready) != 0;
		n.staying++;
		n.starting += !ready;
		n.idle += ready && !atomic_load(&s->busy);
		n.current += w->generation == c->env->generation;
		n.ready += ready && w->generation == c->env->generation;
		n.old += w->generation != c->env->generation;
	}
	return n;
}

static void arm(struct pool *c, bool on)
{
	if (c->listener.fd < 0 || c->armed == on)
		return;
	if (watch_change(c->env->epoll, &c->listener, EPOLLONESHOT | (on ? EPOLLIN : 0u)) == 0)
		c->armed = on;
}

static void listen_again(struct pool *c, struct watch *w)
{
	if (w->fd >= 0)
		watch_change(c->env->epoll, w, EPOLLIN | EPOLLONESHOT);
}

void pool_check(struct pool *c)
{
	c->check_at = 0;
	listen_again(c, &c->wake);
	listen_again(c, &c->steward);
	atomic_store(
		&c->score->woken, 0); /* before counting: what happens after it wakes us again */
	if (c->quarantined || c->gone)
		return;
	struct head_count n = count(c);
	if (n.alive == 0)
		atomic_store(&c->score->n_busy, 0);
	bool may_grow =
		c->draining ? n.alive == 0 : n.staying < c->spec.max && n.alive < SCORE_SLOTS;
	atomic_store(&c->score->wake_at, may_grow ? n.staying : 0);
	bool wanted = may_grow && n.starting == 0 && n.idle == 0;
	if (wanted && clock_ms() < c->not_before) {
		c->check_at = c->not_before;
		wanted = false;
	}
	if (!wanted)
		c->waiting_since = 0;
	arm(c, wanted);
}

void pool_check_soon(struct pool *c)
{
	if (!c->check_at)
		c->check_at = clock_ms() + CHECK_MS;
}

void pool_on_listener(struct watch *w, uint32_t events)
{
	struct pool *c = w->owner;
	c->armed = false; /* one shot */
	if (events & (EPOLLHUP | EPOLLERR)) {
		/* Every worker holds this socket, so a plugin can shut it. That is the end of the pool's
		 * service, and of listening here: the event would come for ever. */
		pool_quarantine(c, "listener");
		return;
	}
	struct head_count n = count(c);
	int64_t now = clock_ms();
	bool waits = n.starting == 0 && n.idle == 0 && sock_pending(c->listener.fd);
	if (!waits)
		c->waiting_since = 0;
	else if (!c->waiting_since)
		c->waiting_since = n.staying > 0 ? now : now - CHECK_MS;
	if (!waits || now - c->waiting_since < CHECK_MS) {
		pool_check_soon(c);
		return;
	}
	c->waiting_since = 0;
	if (c->draining && c->drain_starts++ >= DRAIN_STARTS_MAX)
		return;
	if (pool_start_worker(c) == 0)
		pool_check(c);
	else
		pool_check_soon(c);
}

void pool_on_wake(struct watch *w, uint32_t events)
{
	struct pool *c = w->owner;
	char bytes[4096];
	(void)events;
	/* One read: a writer on another core could fill the pipe as fast as a loop empties it. The rest
	 * is read at the next check. */
	(void)!read(w->fd, bytes, sizeof(bytes));
	if (c->spec.kind == POOL_PLUGIN) {
		pool_check_soon(c);
		return;
	}
	listen_again(c, w);
	pool_fill(c); /* a new one is ready: an old one may go */
}

/* A pause of a place counts as a worker that will come. */
static int pausing(const struct pool *c, int64_t now)
{
	int n = 0;
	for (int i = 0; i < SCORE_SLOTS; i++)
		n += c->worker[i].pid == 0 && c->worker[i].due > now;
	return n;
}

static void retire_one(struct pool *c, bool old)
{
	for (int i = SCORE_SLOTS - 1; i >= 0; i--) {
		struct pool_worker *w = &c->worker[i];
		if (w->pid && !w->stopped_at && (w->generation != c->env->generation) == old) {
			pool_retire(c, w);
			return;
		}
	}
}

void pool_fill(struct pool *c)
{
	if (c->draining || c->gone)
		return;
	struct head_count n = count(c);
	if (c->spec.single && n.alive > 0) {
		if (n.old > 0)
			retire_one(c, true);
		return;
	}
	int missing = c->spec.max - n.current - pausing(c, clock_ms());
	for (; missing > 0; missing--) {
		if (n.alive >= SCORE_SLOTS) { /* no room for both generations */
			if (n.old > 0)
				retire_one(c, true);
			return;
		}
		if (pool_start_worker(c) < 0)
			return;
		n.alive++;
	}
	for (; n.current > c->spec.max; n.current--)
		retire_one(c, false);
	/* The old ones go one by one as the new ones take over, so a program that can't start any more
	 * never replaces one that runs. */
	for (int spare = n.ready + n.old - c->spec.max; spare > 0 && n.old > 0; spare--, n.old--)
		retire_one(c, true);
}

static int64_t deadline_of(const struct pool *c, const struct score_slot *s)
{
	int64_t said = atomic_load(&s->deadline_ms);

	if (c->spec.kind == POOL_CORE)
		return said;
	/* A job has more time than a request, and its host says so. */
	int64_t most = c->env->conf.plugin_deadline_ms;
	if (c->env->conf.job_deadline_ms > most)
		most = c->env->conf.job_deadline_ms;
	return said > 0 && said < most ? said : most;
}

/* How long has this worker been at the request that it is at now? A plugin's own word for it would be
 * its way out, so there the master's sight counts, which is a tick late at most. */
static int64_t busy_for(
	const struct pool *c, struct pool_worker *w, struct score_slot *s, int64_t now)
{
	uint64_t requests = atomic_load(&s->requests);
	if (!atomic_load(&s->busy)) {
		w->seen_since = 0;
		return 0;
	}
	if (!w->seen_since || w->seen_requests != requests) {
		w->seen_since = now;
		w->seen_requests = requests;
	}
	return now - (c->spec.kind == POOL_CORE ? atomic_load(&s->busy_since) : w->seen_since);
}

static void check_worker(struct pool *c, struct pool_worker *w, int64_t now)
{
	struct score_slot *s = pool_slot(c, w);
	int64_t limit = deadline_of(c, s);
	int64_t busy = busy_for(c, w, s, now);
	bool plugin = c->spec.kind == POOL_PLUGIN;
	if (w->killed_for)
		return;
	if (limit > 0 && busy > limit)
		pool_kill_worker(w, "killed-deadline");
	else if (plugin && !atomic_load(&s->ready) && now - w->started > STARTING_MS)
		pool_kill_worker(w, "killed-start");
	else if (w->stopped_at && !w->seen_since && now - w->stopped_at > LEAVING_MS)
		pool_kill_worker(w, "killed-leave");
}

static uint64_t requests_said(struct pool *c)
{
	uint64_t n = 0;
	for (int i = 0; i < SCORE_SLOTS; i++)
		n += atomic_load(&c->score->slot[i].requests);
	return n;
}

/* A worker whose slot is "idle" while connections wait and nothing moves is stuck, or lies. */
static void check_stuck(struct pool *c, int64_t now)
{
	struct head_count n = count(c);
	if (n.idle == 0 || !sock_pending(c->listener.fd)) {
		c->stuck_since = 0;
		return;
	}
	uint64_t requests = requests_said(c);
	if (!c->stuck_since || requests != c->stuck_requests) {
		c->stuck_since = now;
		c->stuck_requests = requests;
	}
	if (now - c->stuck_since < c->env->conf.plugin_deadline_ms)
		return;
	c->stuck_since = 0;
	for (int i = 0; i < SCORE_SLOTS; i++) {
		struct pool_worker *w = &c->worker[i];
		struct score_slot *s = pool_slot(c, w);
		if (w->pid && !w->killed_for && atomic_load(&s->ready) && !atomic_load(&s->busy))
			pool_kill_worker(w, "killed-accept");
	}
}

/* A core pool starts no worker for what is queued: it drains when the master stops, and a pool
 * whose workers are all waiting for their next start must not delay that. */
void pool_check_gone(struct pool *c)
{
	if (c->draining && pool_count_alive(c) == 0 &&
		(c->spec.kind == POOL_CORE || c->drain_starts >= DRAIN_STARTS_MAX ||
			!sock_pending(c->listener.fd)))
		c->gone = true;
}

void pool_tick(struct pool *c)
{
	int64_t now = clock_ms();
	logpipe_tick(&c->log);
	for (int i = 0; i < SCORE_SLOTS; i++) {
		struct pool_worker *w = &c->worker[i];
		if (w->pid)
			check_worker(c, w, now);
		if (w->pid && c->spec.kind == POOL_PLUGIN)
			pool_count_guests(c, w, pool_slot(c, w));
	}
	if (c->spec.kind == POOL_CORE) {
		pool_fill(c);
		return;
	}
	check_stuck(c, now);
	if (!c->check_at)
		pool_check(c);
	pool_check_gone(c);
}
