/* send.c - see send.h. */
#include "http/send.h"

#include <errno.h>
#include <fastcgi.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "base/buf.h"
#include "base/clock.h"

#define HEAD_MAX 60000	 /* nginx's own buffers are far smaller */
#define RECORD_MAX 65528 /* of a reply, in one write */
#define IO_MS 5000	 /* for each write */

/* --- the head --------------------------------------------------------------------------------------- */

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
	} else if (redirect && r->content_type) {
		buf_addf(b, "Content-Type: %s\r\n", r->content_type);
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

/* --- records ---------------------------------------------------------------------------------------- */

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

static void record_head(unsigned char ret[8], const struct req *r, int type, size_t n)
{
	const unsigned char head[8] = {1, (unsigned char)type, (unsigned char)(r->client_id >> 8),
		(unsigned char)r->client_id, (unsigned char)(n >> 8), (unsigned char)n};

	memcpy(ret, head, sizeof(head));
}

/* Two texts as FastCGI's standard output, without a copy: libfcgi would send 8 kB at a time. `last`: the
 * request ends in the same write. */
static int send_text(struct req *r, const struct iovec text[2], bool last)
{
	struct iovec left[2] = {text[0], text[1]};
	unsigned char head[8], end[32] = {0};

	record_head(end, r, FCGI_STDOUT, 0);
	record_head(end + 8, r, FCGI_END_REQUEST, 8); /* 8 bytes of zeros: all is well */
	for (;;) {
		size_t all = left[0].iov_len + left[1].iov_len;
		size_t n = all > RECORD_MAX ? RECORD_MAX : all;
		size_t first = left[0].iov_len < n ? left[0].iov_len : n;
		struct iovec v[] = {{head, 8}, {left[0].iov_base, first},
			{left[1].iov_base, n - first}, {end, last && n == all ? 24 : 0}};

		record_head(head, r, FCGI_STDOUT, n);
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
int send_line(struct req *r, const char *text, size_t n)
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

int send_reply(struct req *r)
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
