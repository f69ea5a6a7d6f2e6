/*
 * pool_quarantine.c - the listener of a pool, and when it is taken away: too many abnormal ends.
 */
#include "os/pool_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ended.h"
#include "base/log.h"
#include "os/sock.h"

#define BACKLOG 511

int pool_fail(const struct pool *c, const char *what)
{
	log_kv(LOG_LV_ERROR, "a pool can't be opened", "pool", c->spec.name, "step", what, "cause",
		strerror(errno), NULL);
	return -1;
}

int pool_listen(struct pool *c)
{
	/* nginx's workers and the core are conf.user; a plugin's own uid has no business here. */
	struct sock_owner owner = {
		.uid = c->env->is_root ? c->env->uid : (uid_t)-1, .gid = c->env->gid, .mode = 0660};
	int backlog = c->spec.backlog > 0 ? c->spec.backlog : BACKLOG;
	int fd =
		sock_listen(c->path, c->spec.datagrams ? SOCK_DGRAM : SOCK_STREAM, backlog, &owner);
	if (fd < 0)
		return pool_fail(c, c->path);
	c->listener.fd = fd;
	c->armed = false;
	/* ONESHOT without EPOLLIN = in the set, disarmed */
	if (c->spec.kind == POOL_PLUGIN &&
		watch_add(c->env->epoll, &c->listener, EPOLLONESHOT) < 0) {
		close(fd);
		c->listener.fd = -1;
		return pool_fail(c, "watch");
	}
	return 0;
}

void pool_unlisten(struct pool *c)
{
	int fd = c->listener.fd;
	if (fd < 0)
		return;
	if (c->spec.kind == POOL_PLUGIN)
		watch_remove(c->env->epoll, &c->listener);
	c->listener.fd = -1;
	c->armed = false;
	close(fd);
}

void pool_quarantine(struct pool *c, const char *reason)
{
	if (c->quarantined)
		return;
	if (c->draining) { /* it is ending; another may have its name by now */
		pool_unlisten(c);
		return;
	}
	c->quarantined = true;
	char words[2 * ENDED_MAX];
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	log_kv(LOG_LV_ERROR, "pool is in quarantine", "pool", c->spec.name, "reason",
		ended_words(words, sizeof(words), reason), NULL);
	unlink(c->path);
	pool_unlisten(c);
	pool_retire_all(c);
	c->env->on_quarantine(c->env->owner, c->spec.name, reason);
}

/* How many abnormal ends are there in the window, this one included? */
int pool_count_crash(struct pool *c)
{
	int64_t now = clock_ms();
	int64_t since = now - (int64_t)c->env->conf.crash_window_s * 1000;
	c->crash_at[c->next_crash_at] = now;
	c->next_crash_at = (c->next_crash_at + 1) % POOL_CRASHES_MAX;
	if (c->n_crash_at < POOL_CRASHES_MAX)
		c->n_crash_at++;
	int n = 0;
	for (int i = 0; i < c->n_crash_at; i++)
		n += c->crash_at[i] >= since;
	return n;
}

/* A guest that crashed has cost its request and nothing else, but it is the plugin's crash all the
 * same. */
void pool_count_guests(struct pool *c, struct pool_worker *w, struct score_slot *slot)
{
	uint32_t n = atomic_load(&slot->guests_failed);
	char how[sizeof(slot->guest_how)];
	if (n == w->seen_failed)
		return;
	uint32_t more = n - w->seen_failed;
	w->seen_failed = n;
	score_text(how, sizeof(how), slot->guest_how, sizeof(slot->guest_how));
	for (uint32_t i = 0; i < more && i < POOL_CRASHES_MAX; i++) {
		c->crashes++;
		if (pool_count_crash(c) >= c->env->conf.crash_limit && !w->stopped_at)
			pool_quarantine(c, how);
	}
}
