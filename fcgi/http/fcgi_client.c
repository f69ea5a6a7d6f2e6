/* fcgi_client.c - see fcgi_client.h. */
#include "http/fcgi_client.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "mt_err.h"
#include "os/share.h"

#define VERSION 1
#define BEGIN_REQUEST 1
#define END_REQUEST 3
#define PARAMS 4
#define STDIN 5
#define STDOUT 6
#define RESPONDER 1
#define HEAD 8
#define CONTENT_MAX 65528

static void record(struct buf *b, int type, const void *data, size_t n)
{
	const unsigned char head[HEAD] = {VERSION, (unsigned char)type, 0, 1,
		(unsigned char)(n >> 8), (unsigned char)n, 0, 0};

	buf_add(b, head, sizeof(head));
	buf_add(b, data, n);
}

/* As many records as it takes, and the empty one that ends them. */
static void stream(struct buf *b, int type, const void *data, size_t n)
{
	const char *at = data;

	while (n > 0) {
		size_t piece = n > CONTENT_MAX ? CONTENT_MAX : n;

		record(b, type, at, piece);
		at += piece;
		n -= piece;
	}
	record(b, type, "", 0);
}

static void length(struct buf *b, size_t n)
{
	const unsigned char four[4] = {(unsigned char)(n >> 24 | 0x80), (unsigned char)(n >> 16),
		(unsigned char)(n >> 8), (unsigned char)n};
	const unsigned char one = (unsigned char)n;

	if (n < 128)
		buf_add(b, &one, 1);
	else
		buf_add(b, four, 4);
}

void fcgi_param(struct buf *params, const char *name, const char *value)
{
	length(params, strlen(name));
	length(params, strlen(value));
	buf_adds(params, name);
	buf_adds(params, value);
}

void fcgi_request(struct buf *out, const struct buf *params, const void *body, size_t n)
{
	static const unsigned char begin[HEAD] = {0, RESPONDER};

	record(out, BEGIN_REQUEST, begin, sizeof(begin));
	stream(out, PARAMS, params->data, params->len);
	stream(out, STDIN, body, n);
}

static int await(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n = share_poll(&p, 1, deadline);

	if (n > 0)
		return 0;
	return n < 0 && errno == EBUSY ? MT_EBUSY : MT_ETIMEOUT;
}

/* A responder may answer before it has read everything, and close: its answer counts. */
static int send_all(int fd, const struct buf *b, int64_t deadline)
{
	size_t at = 0;
	int rc;

	while (at < b->len) {
		ssize_t n = send(fd, b->data + at, b->len - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			at += (size_t)n;
		else if (errno == EPIPE || errno == ECONNRESET)
			return 0;
		else if (errno != EAGAIN && errno != EINTR)
			return MT_EUPSTREAM;
		else if ((rc = await(fd, POLLOUT, deadline)) < 0)
			return rc;
	}
	return 0;
}

int fcgi_take(struct buf *in, struct buf *out)
{
	size_t at = 0;
	int ended = 0;

	while (!ended && in->len - at >= HEAD) {
		const unsigned char *h = (unsigned char *)in->data + at;
		size_t n = (size_t)h[4] << 8 | h[5], whole = HEAD + n + h[6];

		if (in->len - at < whole)
			break;
		if (h[1] == STDOUT)
			buf_add(out, h + HEAD, n);
		ended = h[1] == END_REQUEST;
		at += whole;
	}
	memmove(in->data, in->data + at, in->len - at);
	in->len -= at;
	return ended;
}

static int receive(int fd, struct buf *out, int64_t deadline)
{
	struct buf in;
	char chunk[8192];
	int rc;

	buf_init(&in, 4 * CONTENT_MAX);
	for (;;) {
		ssize_t n;

		if ((rc = await(fd, POLLIN, deadline)) < 0)
			break;
		n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		rc = MT_EUPSTREAM;
		if (n <= 0 || buf_add(&in, chunk, (size_t)n) < 0)
			break;
		if (fcgi_take(&in, out)) {
			rc = out->full ? MT_EUPSTREAM : 0;
			break;
		}
	}
	buf_release(&in);
	return rc;
}

int fcgi_ask(int fd, const struct buf *request, struct buf *ret, int64_t deadline)
{
	int rc = request->full ? MT_EUPSTREAM : send_all(fd, request, deadline);

	return rc < 0 ? rc : receive(fd, ret, deadline);
}

/* Three digits; another text is an answer that nobody can use. */
static int status_of(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (end - s < 3 || s[0] < '1' || s[0] > '9' || !isdigit((unsigned char)s[1]) ||
		!isdigit((unsigned char)s[2]) || (end - s > 3 && isdigit((unsigned char)s[3])))
		return 502;
	return (s[0] - '0') * 100 + (s[1] - '0') * 10 + s[2] - '0';
}

int fcgi_status(const struct buf *answer, const char **ret_body, size_t *ret_len)
{
	const char *body = memmem(answer->data, answer->len, "\r\n\r\n", 4), *end;

	end = body ? body : answer->data + answer->len;
	*ret_body = body ? body + 4 : "";
	*ret_len = body ? answer->len - (size_t)(body + 4 - answer->data) : 0;
	for (const char *at = answer->data; at < end;) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		if (end - at >= 7 && !strncasecmp(at, "Status:", 7))
			return status_of(at + 7, nl ? nl : end);
		at = nl ? nl + 1 : end;
	}
	return 200;
}
