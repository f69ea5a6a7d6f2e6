/*
 * loop.c - the loop of a worker, around libfcgi's traps: see loop.h.
 *
 * We accept ourselves and hand libfcgi the connection: the time-outs are on the socket before its
 * first byte is read, and nothing in libfcgi waits for a silent client. It has no listener of its
 * own (-1), or it would go on accepting, without time-outs, after a connection that was none.
 */
#include "http/loop.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/fcgi.h"
#include "http/handed.h"
#include "os/worker.h"

#define HEAD_MAX 60000	 /* nginx's own buffers are far smaller */
#define HEAD_MS 2000	 /* for each read of a request's parameters: nginx has them all */
#define IO_MS 5000	 /* for each read or write behind them: nginx has buffered the body */
#define RECORD_MAX 65528 /* of a reply, in one write */
#define PIECE 16384	 /* of a body that is handed over */
#define KEEP_FREE (1024 * 1024)

#define HELD_MAX 64 /* replies that a worker holds back at a time; one more is waited for */

struct io {
	FCGX_Stream *in;
	int id; /* of the request on its connection */
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
	const struct io *io = r->io;
	struct handed h = {.client = r->client_fd, .id = io->id};
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

/* Of each read of libfcgi's; nothing is written with it. */
static void set_timeout(int fd, int ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/* Waits for room; -1 with ETIMEDOUT, or why the connection is of no use any more. */
static int await_room(struct req *r)
{
	struct pollfd p = {.fd = r->client_fd, .events = POLLOUT};
	int left = clock_left(r->op.deadline), n;

	if (errno == EINTR)
		return 0;
	if (errno != EAGAIN)
		return -1;
	n = poll(&p, 1, left < IO_MS ? left : IO_MS);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 || (n < 0 && errno == EINTR) ? 0 : -1;
}

/* nginx keeps what its client is slow to take, up to a bound; then it takes no more of the reply than
 * the client does, and drop by drop no write is ever late. The whole reply has to be gone by the
 * request's deadline, or the master would end a worker for what is its client's fault. */
static int send_parts(struct req *r, struct iovec *v, size_t n)
{
	struct msghdr m = {.msg_iov = v, .msg_iovlen = n};

	while (m.msg_iovlen > 0) {
		ssize_t sent = sendmsg(r->client_fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && await_room(r) < 0)
			return -1;
		while (m.msg_iovlen > 0 && sent >= (ssize_t)m.msg_iov->iov_len) {
			sent -= (ssize_t)m.msg_iov->iov_len;
			m.msg_iov++;
			m.msg_iovlen--;
		}
		if (m.msg_iovlen > 0 && sent > 0) {
			m.msg_iov->iov_base = (char *)m.msg_iov->iov_base + sent;
			m.msg_iov->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

static void record_head(unsigned char ret[8], const struct io *io, int type, size_t n)
{
	const unsigned char head[8] = {1, (unsigned char)type, (unsigned char)(io->id >> 8),
		(unsigned char)io->id, (unsigned char)(n >> 8), (unsigned char)n};

	memcpy(ret, head, sizeof(head));
}

/* Two texts as FastCGI's standard output, without a copy: libfcgi would send 8 kB at a time. `last`: the
 * request ends in the same write. */
static int send_text(struct req *r, const struct iovec text[2], bool last)
{
	const struct io *io = r->io;
	struct iovec left[2] = {text[0], text[1]};
	unsigned char head[8], end[32] = {0};

	record_head(end, io, FCGI_STDOUT, 0);
	record_head(end + 8, io, FCGI_END_REQUEST, 8); /* 8 bytes of zeros: all is well */
	for (;;) {
		size_t all = left[0].iov_len + left[1].iov_len;
		size_t n = all > RECORD_MAX ? RECORD_MAX : all;
		size_t first = left[0].iov_len < n ? left[0].iov_len : n;
		struct iovec v[] = {{head, 8}, {left[0].iov_base, first},
			{left[1].iov_base, n - first}, {end, last && n == all ? 24 : 0}};

		record_head(head, io, FCGI_STDOUT, n);
		if (send_parts(r, v + (n == 0), 4 - (n == 0)) < 0) {
			op_log(&r->op, "the client took all but the last %zu bytes: %s", all,
				strerror(errno));
			return -1;
		}
		for (int i = 0; i < 2; i++) {
			size_t gone = i == 0 ? first : n - first;

			left[i].iov_base = (char *)left[i].iov_base + gone;
			left[i].iov_len -= gone;
		}
		if (n == all)
			return 0;
	}
}

#define TEXT(data, n)                                                                              \
	{                                                                                          \
		(void *)(uintptr_t)(data), n                                                       \
	}

/* nginx would keep the lines until it has many. */
static int send_line(struct req *r, const char *text, size_t n)
{
	static const char HEAD[] = "Status: 200 OK\r\nContent-Type: application/x-ndjson\r\n"
				   "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n\r\n";
	const char *line = arena_printf(r->op.arena, "%.*s\n", (int)n, text);
	const struct iovec v[] = {
		TEXT(HEAD, r->in_lines ? 0 : sizeof(HEAD) - 1), TEXT(line, n + 1)};

	r->in_lines = true;
	return send_text(r, v, false);
}

static int send_last_line(struct req *r)
{
	const char *line = arena_printf(r->op.arena, "{\"status\":%d,\"body\":%.*s}\n", r->status,
		r->out_len > 0 ? (int)r->out_len : 4, r->out_len > 0 ? r->out : "null");
	const struct iovec v[] = {TEXT(line, strlen(line)), TEXT("", 0)};

	return send_text(r, v, true);
}

/* 0, or -1 when nobody is there to read it. */
static int send_reply(struct req *r)
{
	struct buf b;
	int rc;

	fix_status(r);
	if (r->in_lines)
		return send_last_line(r);
	buf_init(&b, HEAD_MAX);
	write_head(&b, r);
	if (b.full) {
		op_log(&r->op, "the headers of the reply are too long");
		buf_clear(&b);
		buf_adds(&b, "Status: 500 Internal Server Error\r\n\r\n");
		r->status = 500;
		r->out_len = 0;
	}
	rc = send_text(r, (struct iovec[]){TEXT(b.data, b.len), TEXT(r->out, r->out_len)}, true);
	buf_release(&b);
	return rc;
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
	bool answers = !r->handed_over; /* or the other worker does, and logs it, too */

	snprintf(status, sizeof(status), "%d", r->status);
	snprintf(ms, sizeof(ms), "%ld.%02ld", us / 1000, us % 1000 / 10);
	snprintf(bytes, sizeof(bytes), "%zu", r->out_len);
	snprintf(tenant, sizeof(tenant), "%d", r->log_tenant);
	log_kv(r->status >= 500 ? LOG_LV_ERROR : LOG_LV_INFO, "request", "method", r->method,
		"path", r->path, "status", answers ? status : NULL, "ms", ms, "bytes",
		answers ? bytes : NULL, "remote", r->remote, "user", r->log_user, "tenant",
		r->log_tenant > 0 ? tenant : NULL, "detail",
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

	j->io = (struct io){
		.in = fr->in, .id = handed ? j->from.id : fr->requestId, .file = j->from.body};
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
	if (l->takes_handed && handed_is(fd)) {
		int rc = handed_take(fd, j->arena, &j->from);

		close(fd);
		return rc == 0;
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
