/*
 * pool_steward.c - what a plugin's workers send to the steward, by way of the master.
 */
#include "os/pool_impl.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/sock.h"
#include "os/steward.h"

void pool_close_watch(struct pool *c, struct watch *w)
{
	int fd = w->fd;
	watch_remove(c->env->epoll, w);
	if (fd >= 0)
		close(fd);
}

/* Passes on what the plugin's workers counted, with the pool's name before it, which a plugin can't
 * choose, to a socket of its own, where it delays no event. More than so many a second are dropped: a
 * plugin that floods loses its own numbers. */
void pool_pass_usage(struct pool *c, const char *text, size_t n)
{
	char path[512], line[sizeof(c->spec.name) + USAGE_MAX + 2];
	int64_t second = clock_ms() / 1000;

	if (c->usage_second != second) {
		c->usage_second = second;
		c->n_usage = 0;
	}
	if (c->n_usage++ >= USAGE_PER_SECOND ||
		env_run_path(c->env, path, sizeof(path), "usage.sock") < 0)
		return;
	snprintf(line, sizeof(line), "%s\n%.*s", c->spec.name, (int)n, text);
	sock_send(c->env->dgram, path, line);
}

/* Datagrams from a plugin's workers: "u" with usage counts, anything else means that events were
 * written; the master passes both on to the steward. Each pool has a socket of its own, because a
 * process with one end can also shut it down. */
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
	if (n == 0) { /* shut by the other side: the steward polls every second anyway */
		pool_close_watch(c, w);
		return;
	}
	pool_check_soon(c);
	if (any)
		steward_wake(c->env->dgram, c->env->conf.run_dir, WAKE_EVENTS);
}

int pool_open_steward(struct pool *c)
{
	int fd[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0)
		return pool_fail(c, "steward's socket");
	c->steward = (struct watch){.fd = fd[0], .ready = on_steward_message, .owner = c};
	c->steward_fd = fd[1];
	return watch_add(c->env->epoll, &c->steward, EPOLLIN | EPOLLONESHOT) < 0
		       ? pool_fail(c, "watch")
		       : 0;
}
