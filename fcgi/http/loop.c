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
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/fcgi.h"
#include "os/worker.h"

#define HEAD_MAX 60000 /* nginx's own buffers are far smaller */
#define HEAD_MS 2000   /* for each read of a request's parameters: nginx has them all */
#define IO_MS 5000     /* for each read or write behind them: nginx has buffered the body */
#define PIECE 16384    /* of a reply; between two the clock is read */
#define KEEP_FREE (1024 * 1024)

#define HELD_MAX 64 /* replies that a worker holds back at a time; one more is waited for */

struct io {
	FCGX_Stream *in;
	FCGX_Stream *out;
	long got;
	bool ended;
};

/* A request from its first byte to the last of its reply. */
struct job {
	struct job *next;
	FCGX_Request fr;
	struct req r;
	struct io io;
	struct arena *arena;
};

/* A worker's state. */
struct jobs {
	struct job *now;  /* the one that is served, or will be */
	struct job *held; /* their replies wait (req.h) */
	int n_held;
};

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{507, "Insufficient Storage"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].text;
	return "Status";
}

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

static bool has_header(const struct req *r, const char *name)
{
	for (int i = 0; i < r->n_headers; i++)
		if (strcasecmp(r->header[i].name, name) == 0)
			return true;
	return false;
}

/*
 * An X-Accel-Redirect is passed to another process whose reply has its own Cache-Control; nginx
 * would send ours beside it.
 */
static void write_head(struct buf *b, const struct req *r)
{
	bool redirect = has_header(r, "X-Accel-Redirect");

	buf_addf(b, "Status: %d %s\r\n", r->status, reason(r->status));
	if (r->out_len > 0) {
		const char *type =
			r->content_type == NULL ? "application/octet-stream" : r->content_type;

		buf_addf(b, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, r->out_len);
	}
	if (!redirect && !has_header(r, "Cache-Control"))
		buf_adds(b, "Cache-Control: no-store\r\n");
	for (int i = 0; i < r->n_headers; i++)
		if (!redirect || strcasecmp(r->header[i].name, "Cache-Control") != 0)
			buf_addf(b, "%s: %s\r\n", r->header[i].name, r->header[i].value);
	buf_adds(b, "\r\n");
}

static void fix_status(struct req *r)
{
	if (r->status == 0)
		r->status = r->out_len > 0 ? 200 : 204;
	if (r->status < 200 || r->status > 599) {
		op_log(&r->op, "a handler answered with status %d", r->status);
		r->status = 500;
	}
	if (r->status == 204 || r->status == 304)
		r->out_len = 0;
}

/* nginx would keep the lines until it has many. */
static int send_line(struct req *r, const char *text, size_t n)
{
	FCGX_Stream *out = ((struct io *)r->io)->out;

	if (!r->in_lines)
		FCGX_PutS("Status: 200 OK\r\nContent-Type: application/x-ndjson\r\n"
			  "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n\r\n",
			out);
	r->in_lines = true;
	FCGX_PutStr(text, (int)n, out);
	FCGX_PutChar('\n', out);
	FCGX_FFlush(out);
	return FCGX_GetError(out) == 0 ? 0 : -1;
}

static void last_line(struct req *r, FCGX_Stream *out)
{
	FCGX_FPrintF(out, "{\"status\":%d,\"body\":", r->status);
	if (r->out_len > 0)
		FCGX_PutStr(r->out, (int)r->out_len, out);
	else
		FCGX_PutS("null", out);
	FCGX_PutS("}\n", out);
}

static void set_timeout(int fd, int which, int ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	setsockopt(fd, SOL_SOCKET, which, &tv, sizeof(tv));
}

/* nginx keeps what its client is slow to take, up to a bound; then it takes no more of the reply than
 * the client does, and drop by drop no write is ever late. The whole reply has to be gone by the
 * request's deadline, or the master would end a worker for what is its client's fault. */
static int send_body(struct req *r, FCGX_Stream *out)
{
	size_t sent = 0;

	while (sent < r->out_len && FCGX_GetError(out) == 0) {
		size_t n = r->out_len - sent > PIECE ? PIECE : r->out_len - sent;
		int left = clock_left(r->op.deadline);

		if (sent > 0 && left == 0)
			break;
		if (sent > 0)
			set_timeout(r->client_fd, SO_SNDTIMEO, left < IO_MS ? left : IO_MS);
		if (FCGX_PutStr(r->out + sent, (int)n, out) < 0)
			break;
		sent += n;
	}
	if (sent == r->out_len && FCGX_GetError(out) == 0)
		return 0;
	op_log(&r->op, "the client took %zu of %zu bytes in time", sent, r->out_len);
	set_timeout(r->client_fd, SO_SNDTIMEO, 1); /* for libfcgi's last words */
	return -1;
}

/* 0, or -1 when nobody is there to read it. */
static int send_reply(struct req *r, FCGX_Stream *out)
{
	struct buf b;

	fix_status(r);
	if (r->in_lines) {
		last_line(r, out);
		return FCGX_GetError(out) == 0 ? 0 : -1;
	}
	buf_init(&b, HEAD_MAX);
	write_head(&b, r);
	if (b.full) {
		op_log(&r->op, "the headers of the reply are too long");
		buf_clear(&b);
		buf_adds(&b, "Status: 500 Internal Server Error\r\n\r\n");
		r->status = 500;
		r->out_len = 0;
	}
	FCGX_PutStr(b.data, (int)b.len, out);
	buf_release(&b);
	return send_body(r, out);
}

/* Sends what is buffered and the end of the request in one write; true when nobody was there. */
static bool end_reply(FCGX_Request *fr)
{
	FCGX_FClose(fr->err);
	FCGX_FClose(fr->out);
	return FCGX_GetError(fr->out) != 0;
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
	fr->keepConnection = 0; /* an idle connection would pin this worker */
	FCGX_Finish_r(fr);
}

static void log_request(const struct req *r, bool gone)
{
	char status[12], ms[32], bytes[24], tenant[12];

	snprintf(status, sizeof(status), "%d", r->status);
	snprintf(ms, sizeof(ms), "%.2f", (double)(clock_us() - r->started_us) / 1000.0);
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
	struct req *r = &j->r;
	int rc;

	j->io = (struct io){.in = fr->in, .out = fr->out};
	memset(r, 0, sizeof(*r));
	op_init(&r->op, j->arena, own_deadline(l->deadline_ms));
	r->op.app = l->app;
	r->started_us = clock_us();
	r->started_ms = clock_ms();
	r->read = body_read;
	r->line = send_line;
	r->io = &j->io;
	r->client_fd = fr->ipcFd;
	rc = fcgi_fill(r, fr->envp);
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
	gone = send_reply(&j->r, j->fr.out) < 0;
	gone = end_reply(&j->fr) || gone;
	if (l->done != NULL)
		l->done(&j->r);
	log_request(&j->r, gone);
	log_request_id(NULL);
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
static int accept_request(const struct loop *l, FCGX_Request *fr)
{
	int fd = accept4(worker_listen_fd(), NULL, NULL, SOCK_CLOEXEC);
	int wait_ms = l->deadline_ms / 2 < IO_MS ? l->deadline_ms / 2 : IO_MS;

	if (fd < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
				       errno == ECONNABORTED
			       ? 0
			       : -1;
	set_timeout(fd, SO_RCVTIMEO, HEAD_MS);
	/* FCGX_Accept_r() reads from an open connection when it is marked as kept. */
	fr->ipcFd = fd;
	fr->keepConnection = 1;
	FCGX_Detach(fr); /* what is no request is closed without waiting for its client */
	if (FCGX_Accept_r(fr) != 0)
		return 0;
	FCGX_Attach(fr);
	set_timeout(fr->ipcFd, SO_RCVTIMEO, wait_ms);
	set_timeout(fr->ipcFd, SO_SNDTIMEO, wait_ms);
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
		ready = accept_request(l, &jobs->now->fr);
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
