/*
 * worker.c - the worker's side of the master.
 *
 * SIGTERM is read through a signalfd in one epoll set with the listener, not by unblocking it in
 * epoll_pwait(): with connections always ready that call returns them without ever delivering the
 * signal, and a worker under load would not stop.
 */
#include "os/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/revoked.h"
#include "os/score.h"
#include "os/share.h"

#define CONNECT_EVERY_MS 1000

static struct {
	int listen_fd;
	int wake_fd;
	int stop_fd;
	int epoll_fd;
	struct score *score;
	struct score_slot *slot;
	bool is_busy;
	bool stops; /* signalled while a connection was there */
} w = {.listen_fd = -1, .wake_fd = -1, .stop_fd = -1, .epoll_fd = -1};

/* The number in an environment variable; -1 when absent or not a number up to `most`. */
static int env_int(const char *name, long most)
{
	const char *s = getenv(name);
	if (!s || !*s)
		return -1;
	char *end;
	errno = 0;
	long n = strtol(s, &end, 10);
	return errno || *end || n < 0 || n > most ? -1 : (int)n;
}

/* The fd that the master passed, from here on not inherited by anything. */
static int env_fd(const char *name)
{
	int fd = env_int(name, INT_MAX);
	if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return fd;
}

static int init_score(void)
{
	int fd = env_fd("MORTISE_SCORE_FD");
	int slot = env_int("MORTISE_SLOT", SCORE_SLOTS - 1);
	if (fd >= 0 && slot >= 0) {
		w.score = score_map(fd);
		close(fd); /* the mapping stays */
	} else {
		void *p = mmap(NULL, sizeof(struct score), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		w.score = p == MAP_FAILED ? NULL : p;
		slot = 0;
	}
	if (!w.score)
		return -1;
	w.slot = &w.score->slot[slot];
	return 0;
}

static int init_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	w.stop_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w.stop_fd < 0 ? -1 : 0;
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return fd >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

static bool connections_wait(void)
{
	return readable(w.listen_fd);
}

int worker_init(void)
{
	if (w.score)
		return 0;
	if (init_score() < 0 || init_signals() < 0)
		return -1;
	share_open(w.score, (int)(w.slot - w.score->slot), connections_wait);
	revoked_open(w.score, (int)(w.slot - w.score->slot));
	w.wake_fd = env_fd("MORTISE_WAKE_FD");
	w.listen_fd = env_fd("MORTISE_LISTEN_FD");
	w.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w.epoll_fd < 0)
		return -1;
	struct epoll_event stop = {.events = EPOLLIN, .data.fd = w.stop_fd};
	if (epoll_ctl(w.epoll_fd, EPOLL_CTL_ADD, w.stop_fd, &stop) < 0)
		return -1;
	if (w.listen_fd < 0)
		return 0;
	int flags = fcntl(w.listen_fd, F_GETFL);
	if (flags < 0 || fcntl(w.listen_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	/* Exclusive: a connection wakes one of the pool's workers, not all. */
	struct epoll_event in = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = w.listen_fd};
	return epoll_ctl(w.epoll_fd, EPOLL_CTL_ADD, w.listen_fd, &in);
}

int worker_listen_fd(void)
{
	return w.listen_fd;
}

int worker_stop_fd(void)
{
	return w.stop_fd;
}

bool worker_stopping(void)
{
	return (w.score && atomic_load(&w.score->draining)) || readable(w.stop_fd);
}

static void wake_master(void)
{
	if (w.wake_fd < 0)
		return;
	/* A full pipe (the master will wake) or a dead master: nothing to do about either. */
	if (write(w.wake_fd, "k", 1) < 0)
		return;
}

void worker_ready(void)
{
	if (!w.slot)
		return;
	if (!atomic_exchange(&w.slot->ready, 1))
		wake_master();
}

/* When the whole pool is stopped, queued requests are served first: nobody else would. When only
 * this process is replaced, others of its pool take the queue. */
static int leave_or_serve(void)
{
	return atomic_load(&w.score->draining) && readable(w.listen_fd) ? 1 : -1;
}

int worker_wait(long idle_ms)
{
	worker_ready();
	int64_t until = idle_ms < 0 ? -1 : clock_ms() + idle_ms;
	for (;;) {
		if (w.stops || atomic_load(&w.score->draining))
			return leave_or_serve();
		struct epoll_event ev[2];
		int n = epoll_wait(w.epoll_fd, ev, 2, 0);
		bool slept = n == 0;
		if (slept)
			n = epoll_wait(w.epoll_fd, ev, 2, until < 0 ? -1 : clock_left(until));
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			return 0;
		bool connected = false;
		for (int i = 0; i < n; i++) {
			if (ev[i].data.fd == w.listen_fd)
				connected = true;
			else
				w.stops = true;
		}
		/* A connection that wakes this process wakes no other (EPOLLEXCLUSIVE): to end now
		 * would leave it waiting. One that was there before belongs to all. */
		if (connected && (slept || !w.stops))
			return 1;
	}
}

void worker_busy(const char *request_id, int deadline_ms)
{
	if (!w.slot)
		return;
	struct score_slot *s = w.slot;
	snprintf(s->request_id, sizeof(s->request_id), "%s", request_id ? request_id : "");
	atomic_store(&s->deadline_ms, deadline_ms);
	atomic_store(&s->tenant, 0);
	atomic_store(&s->busy_since, clock_ms());
	atomic_fetch_add(&s->requests, 1);
	if (w.is_busy)
		return;
	w.is_busy = true;
	atomic_store(&s->busy, 1);
	int busy = atomic_fetch_add(&w.score->n_busy, 1) + 1;
	int wake_at = atomic_load(&w.score->wake_at);
	if (wake_at > 0 && busy >= wake_at && !atomic_exchange(&w.score->woken, 1))
		wake_master();
}

void worker_serves(int tenant)
{
	if (w.slot)
		atomic_store(&w.slot->tenant, tenant);
}

void worker_idle(void)
{
	if (!w.is_busy)
		return;
	w.is_busy = false;
	share_leave();
	revoked_leave();
	atomic_store(&w.slot->busy, 0);
	atomic_fetch_sub(&w.score->n_busy, 1);
	w.slot->request_id[0] = '\0';
}

void worker_note(const char *text)
{
	if (!w.slot)
		return;
	snprintf(w.slot->note, sizeof(w.slot->note), "%s", text ? text : "");
}

bool worker_may_connect(void)
{
	int64_t failed = atomic_load(&w.score->no_database_at), now = clock_ms();

	if (failed == 0)
		return true;
	/* A time ahead of ours is nonsense. */
	return (now - failed >= CONNECT_EVERY_MS || failed > now) &&
	       atomic_compare_exchange_strong(&w.score->no_database_at, &failed, now);
}

bool worker_connected(bool connected)
{
	int64_t now = clock_ms(), said = atomic_load(&w.score->no_database_said_at);

	atomic_store(&w.score->no_database_at, connected ? 0 : now);
	return !connected && (now - said >= CONNECT_EVERY_MS || said > now) &&
	       atomic_compare_exchange_strong(&w.score->no_database_said_at, &said, now);
}

void worker_guest(int place, int32_t pid, int tenant, uint64_t requests)
{
	if (!w.slot || place < 0 || place >= SCORE_GUESTS)
		return;
	struct score_guest *g = &w.slot->guest[place];
	atomic_store(&g->tenant, tenant);
	atomic_store(&g->requests, requests);
	atomic_store(&g->used_at, clock_ms());
	atomic_store(&g->pid, pid);
}

void worker_guest_failed(const char *how)
{
	if (!w.slot)
		return;
	snprintf(w.slot->guest_how, sizeof(w.slot->guest_how), "%s", how);
	atomic_fetch_add(&w.slot->guests_failed, 1);
}

/* Tenant, second and count in one number, of 24, 12 and 28 bits. Two tenants that share a bucket
 * reset each other's count: then the bound is looser, never tighter. */
bool worker_may(enum score_rate what, int tenant, size_t amount, int most)
{
	const uint64_t counts = (1u << 28) - 1;

	if (!w.score || most <= 0)
		return true;
	_Atomic uint64_t *bucket = &w.score->rate[what][(unsigned)tenant % SCORE_BUCKETS];
	uint64_t whose = ((uint64_t)(uint32_t)tenant & 0xffffff) << 40 |
			 (uint64_t)(clock_ms() / 1000 & 0xfff) << 28;
	uint64_t was = atomic_load(bucket);
	for (;;) {
		uint64_t n = (was & ~counts) == whose ? was & counts : 0;
		if (n >= (uint64_t)most)
			return false;
		n = amount < counts - n ? n + amount : counts;
		if (atomic_compare_exchange_weak(bucket, &was, whose | n))
			return true;
	}
}
