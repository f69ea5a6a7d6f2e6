/*
 * loop.c - the loop of a worker, around libfcgi's traps: see loop.h.
 *
 * We accept ourselves and hand libfcgi the connection: the time-outs are on the socket before its
 * first byte is read, and nothing in libfcgi waits for a silent client. It has no listener of its
 * own (-1), or it would go on accepting, without time-outs, after a connection that was none.
 */
#include "http/loop.h"

#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "http/fcgi.h"
#include "http/handed.h"
#include "http/send.h"
#include "os/worker.h"

#define HEAD_MS 2000 /* for each read of a request's parameters: nginx has them all */
#define IO_MS 5000   /* for each read behind them: nginx has buffered the body */
#define PIECE 16384  /* of a body that is handed over */
#define KEEP_FREE (1024 * 1024)

#define HELD_MAX 64 /* replies that a worker holds back at a time; one more is waited for */

struct io {
	FCGX_Stream *in;
	long got;
	bool ended;
	int file; /* of a request that was handed over: its body; -1 = there is none */
};

/* A request from its first byte to the last of its reply. */
struct job {
	struct job *next;
	FCGX_Request fr;
	struct req r;
	struct io io;
	struct arena *arena;
	struct handed from; /* it was handed over by another worker; client 0 = libfcgi has it */
};

/* A worker's state. */
struct jobs {
	struct job *now;  /* the one that is served, or will be */
	struct job *held; /* their replies wait (req.h) */
	int n_held;
};

static long body_end(struct req *r, const struct io *io)
{
	int error = FCGX_GetError(io->in);

	if (error == EAGAIN || error == EWOULDBLOCK)
		return op_fail(
			&r->op, MT_ETIMEOUT, "The body of this request did not arrive in time");
	if (error != 0 || (r->content_length >= 0 && io->got != r->content_length)) {
		op_log(&r->op, "body: %ld of %ld bytes, error %d", io->got, r->content_length,
			error);
		return op_fail(&r->op, MT_EINVAL, "The body of this request was cut off");
	}
	return 0;
}

static long body_read(struct req *r, void *buf, size_t n)
{
	struct io *io = r->io;
	int got;

	if (io->ended || n == 0)
		return io->ended ? body_end(r, io) : 0;
	if (clock_left(r->op.deadline) == 0)
		return op_fail(
			&r->op, MT_ETIMEOUT, "The body of this request did not arrive in time");
	got = FCGX_GetStr(buf, n > 65536 ? 65536 : (int)n, io->in);
	if (got > 0) {
		io->got += got;
		/* More than was announced; what follows stays unread and is drained by finish(). */
		if (r->content_length >= 0 && io->got > r->content_length)
			return body_end(r, io);
		return got;
	}
	io->ended = true;
	return body_end(r, io);
}

/* The sender has compared it with its length. */
static long file_read(struct req *r, void *buf, size_t n)
{
	struct io *io = r->io;
	ssize_t got = io->file < 0 ? 0 : read(io->file, buf, n);

	if (got >= 0)
		return got;
	op_log(&r->op, "body: %s", strerror(errno));
	return op_fail(&r->op, MT_EINTERNAL, "The body of this request can't be read");
}

/* The whole body as a file in memory; none for none. */
static int body_file(struct req *r, int *ret)
{
	char *piece = arena_alloc(r->op.arena, PIECE);
	long n;

	*ret = -1;
	while ((n = r->read(r, piece, PIECE)) > 0) {
		if (*ret < 0)
			*ret = memfd_create("body", MFD_CLOEXEC);
		if (*ret >= 0 && write(*ret, piece, (size_t)n) == n)
			continue;
		op_log(&r->op, "body: %s", strerror(errno));
		return op_fail(&r->op, MT_EINTERNAL, "The request can't be passed on");
	}
	if (*ret >= 0)
		lseek(*ret, 0, SEEK_SET);
	return (int)n;
}

static int hand_over(struct req *r, const char *path, const struct buf *params)
{
	struct handed h = {.client = r->client_fd, .id = r->client_id};
	int rc = body_file(r, &h.body);

	if (rc == 0 && handed_send(path, &h, params) < 0) {
		op_log(&r->op, "%s: %s", path, strerror(errno));
		rc = MT_EBUSY;
	}
	if (h.body >= 0)
		close(h.body);
	r->handed_over = rc == 0;
	return rc;
}

/* Of each read of libfcgi's; nothing is written with it. */
static void set_timeout(int fd, int ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/*
 * When all input was taken, the connection is closed at once; otherwise libfcgi drains it first,
 * because closing a unix socket with unread bytes takes the reply away from nginx. The parameters
 * (method, remote, request id) are gone after this.
 */
static void finish(FCGX_Request *fr, struct req *r, struct io *io)
{
	if (!io->ended && r->content_length <= 0)
		io->ended = FCGX_GetChar(fr->in) == EOF;
	if (io->ended && FCGX_GetError(fr->in) == 0)
		FCGX_Detach(fr);
	FCGX_Free(fr, 1); /* libfcgi has nothing to send; a kept connection would pin this worker */
}

/* All input was taken before it was handed over. */
static void finish_handed(struct handed *h)
{
	if (h->body >= 0)
		close(h->body);
	close(h->client);
	h->client = 0;
}

static void log_request(const struct req *r, bool gone)
{
	char status[12], ms[32], bytes[24], tenant[12];
	long us = (long)(clock_us() - r->started_us);

	if (r->handed_over)
		return; /* the worker that has it now logs it with its status */
	snprintf(status, sizeof(status), "%d", r->status);
	snprintf(ms, sizeof(ms), "%ld.%02ld", us / 1000, us % 1000 / 10);
	snprintf(bytes, sizeof(bytes), "%zu", r->out_len);
	snprintf(tenant, sizeof(tenant), "%d", r->log_tenant);
	log_kv(r->status >= 500 ? LOG_LV_ERROR : LOG_LV_INFO, "request", "method", r->method,
		"path", r->path, "status", status, "ms", ms, "bytes", bytes, "remote", r->remote,
		"user", r->log_user, "tenant", r->log_tenant > 0 ? tenant : NULL, "detail",
		r->status >= 400 && r->op.err.message[0] != '\0' ? r->op.err.message : NULL,
		"error", r->op.err.log[0] != '\0' ? r->op.err.log : NULL, "client",
		gone ? "gone" : NULL, NULL);
}

/* Time to answer 504 ourselves before the master ends us at the deadline. */
static int64_t own_deadline(int deadline_ms)
{
	int margin = deadline_ms / 10;

	return clock_ms() + deadline_ms - (margin > 1000 ? 1000 : margin);
}

static void run_request(const struct loop *l, struct job *j)
{
	FCGX_Request *fr = &j->fr;
	bool handed = j->from.client > 0;
	struct req *r = &j->r;
	int rc;

	j->io = (struct io){.in = fr->in, .file = j->from.body};
	memset(r, 0, sizeof(*r));
	op_init(&r->op, j->arena, own_deadline(l->deadline_ms));
	r->op.app = l->app;
	r->started_us = clock_us();
	r->started_ms = clock_ms();
	r->read = handed ? file_read : body_read;
	r->line = send_line;
	r->hand_over = hand_over;
	r->io = &j->io;
	r->client_fd = handed ? j->from.client : fr->ipcFd;
	r->client_id = handed ? j->from.id : fr->requestId;
	rc = fcgi_fill(r, handed ? j->from.envp : fr->envp);
	if (r->content_length > 0 && !handed)
		set_timeout(fr->ipcFd, l->deadline_ms / 2 < IO_MS ? l->deadline_ms / 2 : IO_MS);
	worker_busy(r->op.id, l->deadline_ms);
	log_request_id(r->op.id);
	if (rc == 0)
		rc = l->serve(r);
	if (rc == MT_ETIMEOUT && clock_left(r->op.deadline) == 0)
		op_log(&r->op, "%s_deadline_ms is over", l->process);
	if (rc < 0) {
		err_verbatim(&r->op.err, rc, ""); /* of a handler that gave a code alone */
		reply_problem(r);
	}
	log_request_id(NULL);
}

static void send_and_end(const struct loop *l, struct job *j)
{
	bool gone;

	log_request_id(j->r.op.id);
	gone = !j->r.handed_over && send_reply(&j->r) < 0;
	if (l->done != NULL)
		l->done(&j->r);
	log_request(&j->r, gone);
	log_request_id(NULL);
	if (j->from.client > 0)
		finish_handed(&j->from);
	else
		finish(&j->fr, &j->r, &j->io);
	arena_clear(j->arena);
}

static struct job *job_new(void)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL || FCGX_InitRequest(&j->fr, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		abort();
	j->arena = arena_new();
	return j;
}

static void job_free(struct job *j)
{
	FCGX_Free(&j->fr, 1);
	arena_free(j->arena);
	free(j);
}

/* Sends the held replies that are due. Ms until the next, -1 = there is none. */
static long send_held(const struct loop *l, struct jobs *jobs)
{
	int64_t next = INT64_MAX;

	for (struct job **at = &jobs->held, *j; (j = *at) != NULL;) {
		if (clock_left(j->r.held_at) == 0)
			j->r.held_at = j->r.held(&j->r);
		if (j->r.held_at != 0) {
			next = j->r.held_at < next ? j->r.held_at : next;
			at = &j->next;
			continue;
		}
		*at = j->next;
		jobs->n_held--;
		send_and_end(l, j);
		job_free(j);
	}
	return jobs->held == NULL ? -1 : (long)clock_left(next);
}

static void send_all_held(const struct loop *l, struct jobs *jobs)
{
	long ms;

	while ((ms = send_held(l, jobs)) >= 0)
		nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L},
			NULL);
}

static void serve_one(const struct loop *l, struct jobs *jobs)
{
	struct job *j = jobs->now;

	run_request(l, j);
	if (j->r.held != NULL) {
		j->next = jobs->held;
		jobs->held = j;
		jobs->now = job_new();
		if (++jobs->n_held > HELD_MAX)
			send_all_held(l, jobs);
	} else {
		send_and_end(l, j);
	}
	worker_idle();
}

/* 1 = a request is there, 0 = none (another worker was faster, or it was no FastCGI), -1 = error. */
static int accept_request(const struct loop *l, struct job *j)
{
	FCGX_Request *fr = &j->fr;
	int fd = accept4(worker_listen_fd(), NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
				       errno == ECONNABORTED
			       ? 0
			       : -1;
	set_timeout(fd, HEAD_MS);
	if (l->takes_handed) {
		int rc = handed_take(fd, j->arena, &j->from);

		if (rc != 0) {
			close(fd);
			return rc > 0;
		}
	}
	/* FCGX_Accept_r() reads from an open connection when it is marked as kept. */
	fr->ipcFd = fd;
	fr->keepConnection = 1;
	FCGX_Detach(fr); /* what is no request is closed without waiting for its client */
	if (FCGX_Accept_r(fr) != 0)
		return 0;
	FCGX_Attach(fr);
	return 1;
}

/* worker_wait() with the pauses that `quiet` and held replies need; the idle time is the same. */
static int wait_for_work(const struct loop *l, struct jobs *jobs)
{
	int64_t until = l->idle_ms > 0 ? clock_ms() + l->idle_ms : -1;

	for (;;) {
		long pause = l->quiet ? l->quiet(l->app) : -1;
		long idle = until < 0 ? -1 : (long)clock_left(until);
		long held = send_held(l, jobs);
		int ready;

		if (held >= 0) {
			pause = pause < 0 || held < pause ? held : pause;
			idle = -1;
		}
		if (pause < 0 || (idle >= 0 && idle <= pause))
			return worker_wait(idle);
		ready = worker_wait(pause);
		if (ready != 0)
			return ready;
	}
}

static int request_run(const struct loop *l, struct jobs *jobs)
{
	long served = 0;

	for (;;) {
		int ready = wait_for_work(l, jobs);

		if (ready <= 0)
			return 0;
		ready = accept_request(l, jobs->now);
		if (ready < 0) {
			log_error("accept: %s", strerror(errno));
			return 1;
		}
		if (ready == 0)
			continue;
		serve_one(l, jobs);
		if (l->requests_max > 0 && ++served >= l->requests_max)
			return 0;
	}
}

int loop_run(const struct loop *l)
{
	struct jobs jobs = {0};
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (worker_init() < 0 || worker_listen_fd() < 0) {
		log_error("there is no socket to listen on: start me through mortised");
		return 1;
	}
	if (FCGX_Init() != 0) {
		log_error("libfcgi does not start");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	/* Fixed, so that one large request doesn't make glibc keep its memory for good. */
	mallopt(M_MMAP_THRESHOLD, KEEP_FREE / 4);
	mallopt(M_TRIM_THRESHOLD, KEEP_FREE);
	jobs.now = job_new();
	status = request_run(l, &jobs);
	send_all_held(l, &jobs);
	job_free(jobs.now);
	return status;
}
