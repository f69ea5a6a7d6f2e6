/*
 * pool.c - the life of a pool: open, quarantine, drain, free.
 */
#include "os/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/cgroup.h"
#include "os/master.h"
#include "os/sock.h"
#include "os/steward.h"

#define BACKLOG 511

static int fail(struct pool *c, const char *what)
{
	log_kv(LOG_LV_ERROR, "a pool can't be opened", "pool", c->spec.name, "step", what, "cause",
		strerror(errno), NULL);
	return -1;
}

static int listen_here(struct pool *c)
{
	/* nginx's workers and the core are conf.user; a plugin's own uid has no business here. */
	struct sock_owner owner = {
		.uid = c->m->is_root ? c->m->uid : (uid_t)-1, .gid = c->m->gid, .mode = 0660};
	int backlog = c->spec.backlog > 0 ? c->spec.backlog : BACKLOG;
	int fd = sock_listen(c->path, SOCK_STREAM, backlog, &owner);
	if (fd < 0)
		return fail(c, c->path);
	c->listener.fd = fd;
	c->armed = false;
	/* ONESHOT without EPOLLIN = in the set, disarmed */
	if (c->spec.kind == POOL_PLUGIN && watch_add(c->m->epoll, &c->listener, EPOLLONESHOT) < 0) {
		close(fd);
		c->listener.fd = -1;
		return fail(c, "watch");
	}
	return 0;
}

static void close_listener(struct pool *c)
{
	int fd = c->listener.fd;
	if (fd < 0)
		return;
	if (c->spec.kind == POOL_PLUGIN)
		watch_remove(c->m->epoll, &c->listener);
	c->listener.fd = -1;
	c->armed = false;
	close(fd);
}

static void close_watch(struct pool *c, struct watch *w)
{
	int fd = w->fd;
	watch_remove(c->m->epoll, w);
	if (fd >= 0)
		close(fd);
}

/* What the plugin's workers did for whom goes on to the steward with the pool's name before it, which a
 * plugin can't choose, to a socket of its own, where it delays no event. So many a second, then they are
 * dropped: a plugin that floods loses its own numbers. */
void pool_pass_usage(struct pool *c, const char *text, size_t n)
{
	char path[512], line[sizeof(c->spec.name) + USAGE_MAX + 2];
	int64_t second = clock_ms() / 1000;

	if (c->usage_second != second) {
		c->usage_second = second;
		c->n_usage = 0;
	}
	if (c->n_usage++ >= USAGE_PER_SECOND ||
		master_run_path(c->m, path, sizeof(path), "usage.sock") < 0)
		return;
	snprintf(line, sizeof(line), "%s\n%.*s", c->spec.name, (int)n, text);
	sock_send(c->m->dgram, path, line);
}

/* Datagrams from a plugin's workers: "u" and what they did, anything else says "events were written";
 * the steward hears both from us. A socket of its own per pool, because whoever holds an end can also
 * shut it. */
static void on_steward_message(struct watch *w, uint32_t events)
{
	struct pool *c = w->owner;
	char text[USAGE_MAX + 1];
	ssize_t n = 1;
	bool any = false;
	(void)events;
	for (int i = 0; i < 64 && n > 0; i++) {
		n = recv(w->fd, text, USAGE_MAX, MSG_DONTWAIT);
		if (n > 1 && text[0] == 'u')
			pool_pass_usage(c, text + 1, (size_t)n - 1);
		else
			any = any || n > 0;
	}
	if (n == 0) { /* shut by the other side: the steward looks every second anyway */
		close_watch(c, w);
		return;
	}
	pool_check_soon(c);
	if (any)
		steward_wake(c->m->dgram, c->m->conf.run_dir, WAKE_EVENTS);
}

static int open_steward(struct pool *c)
{
	int fd[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0)
		return fail(c, "steward's socket");
	c->steward = (struct watch){.fd = fd[0], .ready = on_steward_message, .owner = c};
	c->steward_fd = fd[1];
	return watch_add(c->m->epoll, &c->steward, EPOLLIN | EPOLLONESHOT) < 0 ? fail(c, "watch")
									       : 0;
}

/* A pipe and not an eventfd: of that, both sides share one open file, and a plugin could make the
 * master's read() of it block. */
static int open_wake(struct pool *c)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail(c, "pipe");
	c->wake.fd = fd[0];
	c->wake_fd = fd[1];
	return watch_add(c->m->epoll, &c->wake, EPOLLIN | EPOLLONESHOT) < 0 ? fail(c, "watch") : 0;
}

static int open_parts(struct pool *c)
{
	struct master *m = c->m;
	bool plugin = c->spec.kind == POOL_PLUGIN;
	if (score_new(c->spec.name, &c->score, &c->score_fd) < 0)
		return fail(c, "scoreboard");
	atomic_store(&c->score->size, c->spec.max);
	if (open_wake(c) < 0)
		return -1;
	if (logpipe_open(&c->log, m->epoll, plugin ? c->spec.name : NULL) < 0)
		return fail(c, "log pipe");
	if (plugin && open_steward(c) < 0)
		return -1;
	if (plugin)
		cgroup_make(m->cgroup, c->spec.name, m->conf.plugin_memory_mb * c->spec.max,
			c->cgroup, sizeof(c->cgroup));
	return c->spec.listens ? listen_here(c) : 0;
}

struct pool *pool_open(struct master *m, const struct pool_spec *spec)
{
	struct pool *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->m = m;
	c->spec = *spec;
	c->listener = (struct watch){.fd = -1, .ready = pool_on_listener, .owner = c};
	c->wake = (struct watch){.fd = -1, .ready = pool_on_wake, .owner = c};
	c->steward.fd = c->steward_fd = c->wake_fd = c->score_fd = c->log.in.fd = -1;
	char name[100];
	snprintf(name, sizeof(name), "%s%s.sock", spec->kind == POOL_PLUGIN ? "plugins/" : "",
		spec->name);
	if (master_run_path(m, c->path, sizeof(c->path), name) < 0) {
		errno = ENAMETOOLONG;
		fail(c, name);
		pool_free(c);
		return NULL;
	}
	if (open_parts(c) < 0) {
		pool_free(c);
		return NULL;
	}
	struct pool **end = &m->pools;
	while (*end)
		end = &(*end)->next;
	*end = c;
	if (spec->kind == POOL_PLUGIN)
		pool_check(c);
	else
		pool_fill(c);
	return c;
}

int pool_count_alive(const struct pool *c)
{
	int n = 0;
	for (int i = 0; i < SCORE_SLOTS; i++)
		n += c->worker[i].pid != 0;
	return n;
}

static void tell_all(struct pool *c)
{
	for (int i = 0; i < SCORE_SLOTS; i++) {
		if (c->worker[i].pid)
			pool_retire(c, &c->worker[i]);
	}
}

void pool_drain(struct pool *c)
{
	if (c->draining)
		return;
	c->draining = true;
	/* The name goes first: what connects from here on is another pool's or nobody's business, so the
	 * queue can only get shorter. */
	if (c->listener.fd >= 0)
		unlink(c->path);
	atomic_store(&c->score->draining, 1);
	tell_all(c);
	log_kv(LOG_LV_INFO, "pool is closing", "pool", c->spec.name, NULL);
	if (c->spec.kind == POOL_PLUGIN)
		pool_check(c);
	/* A core pool starts nobody for what is queued: it drains when the master stops, and a pool whose
	 * workers are all waiting for their next start must not hold that up. */
	if (pool_count_alive(c) == 0 &&
		(c->spec.kind == POOL_CORE || !sock_pending(c->listener.fd)))
		c->gone = true;
}

void pool_quarantine(struct pool *c, const char *reason)
{
	if (c->quarantined)
		return;
	if (c->draining) { /* it is on its way out; another may have its name by now */
		close_listener(c);
		return;
	}
	c->quarantined = true;
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	log_kv(LOG_LV_ERROR, "pool is in quarantine", "pool", c->spec.name, "reason", reason, NULL);
	unlink(c->path);
	close_listener(c);
	tell_all(c);
	control_tell_quarantine(c->m, c->spec.name, reason);
}

int pool_release(struct pool *c)
{
	if (!c->quarantined)
		return 0;
	c->n_crash_at = c->next_crash_at = 0;
	c->pause_ms = 0;
	c->not_before = 0;
	if (listen_here(c) < 0)
		return -1;
	c->quarantined = false;
	c->reason[0] = '\0';
	log_kv(LOG_LV_INFO, "pool is out of quarantine", "pool", c->spec.name, NULL);
	pool_check(c);
	return 0;
}

void pool_free(struct pool *c)
{
	close_listener(c);
	close_watch(c, &c->wake);
	close_watch(c, &c->steward);
	logpipe_close(&c->log);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	if (c->steward_fd >= 0)
		close(c->steward_fd);
	if (c->score_fd >= 0)
		close(c->score_fd);
	score_free(c->score);
	cgroup_drop(c->cgroup);
	free(c);
}

const char *pool_state(const struct pool *c)
{
	int alive = pool_count_alive(c);
	if (c->draining)
		return "draining";
	if (c->quarantined)
		return "quarantine";
	if (c->spec.kind == POOL_PLUGIN)
		return c->not_before > clock_ms() ? "backoff" : alive ? "running" : "idle";
	for (int i = 0; i < SCORE_SLOTS && alive < c->spec.max; i++) {
		if (!c->worker[i].pid && c->worker[i].due > clock_ms())
			return "backoff";
	}
	return "running";
}
