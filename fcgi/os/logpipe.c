/*
 * logpipe.c - from a pool's pipe to descriptor 2.
 */
#include "os/logpipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define BURST (256 * 1024)
#define PER_SECOND (32 * 1024)
#define PER_TICK (512 * 1024) /* read, dropped or not: a flood must not keep the master busy */
#define REST_MS 10 /* lines gather in the pipe so long: a wake-up for each cost 20 us a request */
#define PIPE_SIZE (256 * 1024) /* what a pool writes meanwhile, at 80,000 lines a second */

/* A full disk must not stop the master: the lines are lost. */
static void copy_whole(struct logpipe *p)
{
	if (p->whole > 0 && write(STDERR_FILENO, p->line, p->whole) < 0)
		errno = 0;
	p->whole = 0;
}

static void copy(const char *head, const char *line, size_t n)
{
	struct iovec v[] = {
		{.iov_base = (char *)head, .iov_len = strlen(head)},
		{.iov_base = (char *)line, .iov_len = n},
		{.iov_base = (char *)"\n", .iov_len = 1},
	};
	if (writev(STDERR_FILENO, v, 3) < 0)
		return;
}

/* Behind those that are kept for the same write; what they leave free is enough for it. */
static void keep(struct logpipe *p, const char *line, size_t n)
{
	memmove(p->line + p->whole, line, n);
	p->whole += n;
	p->line[p->whole++] = '\n';
}

/* A JSON object gets the pool's name as first member; other text becomes a message. */
static void copy_untrusted(const char *pool, char *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	}
	if (n > 3 && line[0] == '{' && line[1] == '"' && line[n - 1] == '}') {
		char head[160];
		snprintf(head, sizeof(head), "{\"pool\":\"%s\",", pool);
		copy(head, line + 1, n - 1);
		return;
	}
	line[n] = '\0';
	log_kv(LOG_LV_WARN, line, "pool", pool, NULL);
}

static bool may_write(struct logpipe *p, size_t n)
{
	int64_t now = clock_ms();
	p->room += (now - p->room_at) * PER_SECOND / 1000;
	p->room_at = now;
	if (p->room > BURST)
		p->room = BURST;
	if (p->room < (int64_t)n) {
		p->dropped++;
		return false;
	}
	p->room -= (int64_t)n;
	if (p->dropped) {
		char count[24];
		snprintf(count, sizeof(count), "%llu", (unsigned long long)p->dropped);
		log_kv(LOG_LV_WARN, "a plugin writes more than it may; lines were dropped", "pool",
			p->pool, "lines", count, NULL);
		p->dropped = 0;
	}
	return true;
}

static void line_done(struct logpipe *p, char *line, size_t n)
{
	if (n == 0)
		return;
	if (!p->pool)
		keep(p, line, n);
	else if (may_write(p, n))
		copy_untrusted(p->pool, line, n);
}

/* One read; lines longer than the buffer are cut into several. Returns what read() returned. */
static ssize_t read_lines(struct logpipe *p)
{
	size_t room = sizeof(p->line) - 1 - p->used;
	ssize_t got = read(p->in.fd, p->line + p->used, room);
	if (got <= 0)
		return got;
	p->used += (size_t)got;
	size_t at = 0; /* what was before it is done; the rest moves once */
	for (;;) {
		char *line = p->line + at;
		char *end = memchr(line, '\n', p->used - at);
		/* Without a line break the text is cut only when the buffer is full of it. */
		if (!end && (at > 0 || p->used < sizeof(p->line) - 1))
			break;
		size_t n = end ? (size_t)(end - line) : p->used;
		/* line_done() may put a NUL behind the text: where the line break was, or the spare. */
		line_done(p, line, n);
		at += end ? n + 1 : n;
	}
	copy_whole(p);
	memmove(p->line, p->line + at, p->used - at);
	p->used -= at;
	return got;
}

static void on_ready(struct watch *w, uint32_t events)
{
	struct logpipe *p = w->owner;
	(void)events;
	for (ssize_t n; p->taken <= PER_TICK && (n = read_lines(p)) > 0;)
		p->taken += (size_t)n;
	p->rests_until = clock_ms() + REST_MS;
}

int64_t logpipe_check(struct logpipe *p, int64_t now)
{
	if (!p->rests_until || (p->pool && p->taken > PER_TICK))
		return INT64_MAX;
	if (p->rests_until > now)
		return p->rests_until;
	p->rests_until = 0;
	if (!p->pool)
		p->taken = 0;
	watch_change(p->epoll, &p->in, EPOLLIN | EPOLLONESHOT);
	return INT64_MAX;
}

void logpipe_tick(struct logpipe *p)
{
	p->taken = 0;
}

int logpipe_open(struct logpipe *p, int epoll, const char *untrusted_pool)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	/* Only the master's end is non-blocking: a worker whose lines don't fit waits, and its
	 * deadline runs. */
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	fcntl(fd[0], F_SETPIPE_SZ, PIPE_SIZE); /* where it may not be, lines wait sooner */
	*p = (struct logpipe){
		.in = {.fd = fd[0], .ready = on_ready, .owner = p},
		.write_fd = fd[1],
		.epoll = epoll,
		.pool = untrusted_pool,
		.room = BURST,
		.room_at = clock_ms(),
	};
	if (watch_add(epoll, &p->in, EPOLLIN | EPOLLONESHOT) < 0) {
		close(fd[0]);
		close(fd[1]);
		p->in.fd = p->write_fd = -1;
		return -1;
	}
	return 0;
}

void logpipe_close(struct logpipe *p)
{
	if (p->in.fd < 0)
		return;
	/* At most what a pipe holds: a writer that never stops must not keep us here. */
	for (size_t i = 0; i < 2 * PIPE_SIZE / sizeof(p->line) && read_lines(p) > 0; i++)
		;
	line_done(p, p->line, p->used);
	copy_whole(p);
	p->used = 0;
	int fd = p->in.fd;
	watch_remove(p->epoll, &p->in);
	close(fd);
	close(p->write_fd);
	p->write_fd = -1;
}
