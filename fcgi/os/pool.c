/*
 * pool.c - the life of a pool: open, quarantine, drain, free.
 */
#include "os/pool_impl.h"

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
#include "os/sock.h"

/* A pipe and not an eventfd: of that, both sides share one open file, and a plugin could make the
 * master's read() of it block. */
static int open_wake(struct pool *c)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return pool_fail(c, "pipe");
	c->wake.fd = fd[0];
	c->wake_fd = fd[1];
	return watch_add(c->env->epoll, &c->wake, EPOLLIN | EPOLLONESHOT) < 0
		       ? pool_fail(c, "watch")
		       : 0;
}

static int open_parts(struct pool *c)
{
	struct env *env = c->env;
	bool plugin = c->spec.kind == POOL_PLUGIN;
	if (score_new(c->spec.name, &c->score, &c->score_fd) < 0)
		return pool_fail(c, "scoreboard");
	atomic_store(&c->score->size, c->spec.max);
	if (open_wake(c) < 0)
		return -1;
	if (logpipe_open(&c->log, env->epoll, plugin ? c->spec.name : NULL) < 0)
		return pool_fail(c, "log pipe");
	if (plugin && pool_open_steward(c) < 0)
		return -1;
	if (plugin)
		cgroup_make(env->cgroup, c->spec.name, env->conf.plugin_memory_mb * c->spec.max,
			c->cgroup, sizeof(c->cgroup));
	return c->spec.listens ? pool_listen(c) : 0;
}

struct pool *pool_open(struct env *env, const struct pool_spec *spec)
{
	struct pool *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->env = env;
	c->spec = *spec;
	c->listener = (struct watch){.fd = -1, .ready = pool_on_listener, .owner = c};
	c->wake = (struct watch){.fd = -1, .ready = pool_on_wake, .owner = c};
	c->steward.fd = c->steward_fd = c->wake_fd = c->score_fd = c->log.in.fd = -1;
	char name[100];
	snprintf(name, sizeof(name), "%s%s.sock", spec->kind == POOL_PLUGIN ? "plugins/" : "",
		spec->name);
	if (env_run_path(c->env, c->path, sizeof(c->path), name) < 0) {
		errno = ENAMETOOLONG;
		pool_fail(c, name);
		pool_free(c);
		return NULL;
	}
	if (open_parts(c) < 0) {
		pool_free(c);
		return NULL;
	}
	return c;
}

void pool_drain(struct pool *c)
{
	if (c->draining)
		return;
	c->draining = true;
	/* The socket's name is removed first: later connections go to another pool or fail, so the
	 * queue can only get shorter. */
	if (c->listener.fd >= 0)
		unlink(c->path);
	atomic_store(&c->score->draining, 1);
	pool_retire_all(c);
	log_kv(LOG_LV_INFO, "pool is closing", "pool", c->spec.name, NULL);
	if (c->spec.kind == POOL_PLUGIN)
		pool_check(c);
	pool_check_gone(c);
}

int pool_release(struct pool *c)
{
	if (!c->quarantined)
		return 0;
	c->n_crash_at = c->next_crash_at = 0;
	c->pause_ms = 0;
	c->not_before = 0;
	if (pool_listen(c) < 0)
		return -1;
	c->quarantined = false;
	c->reason[0] = '\0';
	log_kv(LOG_LV_INFO, "pool is out of quarantine", "pool", c->spec.name, NULL);
	pool_check(c);
	return 0;
}

void pool_free(struct pool *c)
{
	pool_unlisten(c);
	pool_close_watch(c, &c->wake);
	pool_close_watch(c, &c->steward);
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
