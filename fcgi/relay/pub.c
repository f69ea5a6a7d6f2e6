/*
 * pub.c - publishing to nchan; see pub.h.
 */
#include "relay/pub.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/sock.h"

/* A publish waits for the delivery to every subscriber's socket: 40 ms for a thousand. */
#define PUBLISH_MS 3000
#define ANSWER_MAX (16 * 1024)

void pub_init(struct pub *p, const char *run_dir)
{
	memset(p, 0, sizeof(*p));
	/* A path that is too long for a socket was refused with the configuration (run_dir). */
	snprintf(p->path, sizeof(p->path), "%.90s/events/pub.sock", run_dir);
	p->fd = -1;
	p->backoff = (struct backoff){.least_ms = 20, .most_ms = 250};
	buf_init(&p->out, PUB_MESSAGE_MAX + 1024);
	buf_init(&p->in, ANSWER_MAX);
}

static void hang_up(struct pub *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void pub_release(struct pub *p)
{
	hang_up(p);
	buf_release(&p->out);
	buf_release(&p->in);
}

/* The value of a header within the head [b, end), or NULL. name is lower case with its colon. */
static const char *header(const char *b, const char *end, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = b; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		if ((size_t)(end - line) > n && strncasecmp(line, name, n) == 0)
			return line + n + strspn(line + n, " \t");
		if (!next)
			return NULL;
		line = next + 1;
	}
	return NULL;
}

int pub_parse(const struct buf *b, int *ret_keep)
{
	const char *end = strstr(b->data, "\r\n\r\n");
	const char *length, *connection;
	char *after;
	unsigned long body = 0;
	long status;

	if (b->len >= 9 && strncmp(b->data, "HTTP/1.1 ", 9) != 0)
		return -1;
	if (!end)
		return b->full ? -1 : 0;
	if (end - b->data < 12)
		return -1;
	status = strtol(b->data + 9, &after, 10);
	if (after != b->data + 12 || status < 100 || status > 599)
		return -1;
	length = header(b->data, end, "content-length:");
	connection = header(b->data, end, "connection:");
	*ret_keep = !(connection && strncasecmp(connection, "close", 5) == 0);
	if (length) {
		if (*length < '0' || *length > '9')
			return -1;
		body = strtoul(length, &after, 10);
		if ((*after != '\r' && *after != ' ') || body > ANSWER_MAX)
			return -1;
	} else if (status != 204 && status != 304) {
		*ret_keep = 0; /* its end is the connection's end; nobody needs the body */
	}
	if (b->len < (size_t)(end + 4 - b->data) + body)
		return b->full ? -1 : 0;
	if (b->len > (size_t)(end + 4 - b->data) + body)
		*ret_keep = 0; /* more than expected */
	return (int)status;
}

static int wait_for(int fd, short what, int64_t deadline)
{
	struct pollfd f = {.fd = fd, .events = what};
	int n;

	do
		n = poll(&f, 1, clock_left(deadline));
	while (n < 0 && errno == EINTR && clock_left(deadline) > 0);
	if (n == 0)
		errno = ETIMEDOUT;
	return n == 1 ? 0 : -1;
}

static int send_all(struct pub *p, int64_t deadline)
{
	for (size_t at = 0; at < p->out.len;) {
		ssize_t n = send(p->fd, p->out.data + at, p->out.len - at, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
		else if (wait_for(p->fd, POLLOUT, deadline) < 0)
			return -1;
	}
	return 0;
}

/* Status of the answer, -1 with errno. */
static int receive(struct pub *p, int64_t deadline, int *ret_keep)
{
	char part[4096];

	buf_clear(&p->in);
	for (;;) {
		ssize_t n = recv(p->fd, part, sizeof(part), 0);
		int status;

		if (n == 0) {
			errno = ECONNRESET;
			return -1;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n < 0 && wait_for(p->fd, POLLIN, deadline) < 0)
			return -1;
		if (n < 0)
			continue;
		buf_add(&p->in, part, (size_t)n);
		status = pub_parse(&p->in, ret_keep);
		if (status > 0)
			return status;
		if (status < 0) {
			errno = EPROTO;
			return -1;
		}
	}
}

static int exchange(struct pub *p, int64_t deadline)
{
	int keep = 0, status;

	if (p->fd < 0)
		p->fd = sock_connect(p->path, SOCK_STREAM);
	if (p->fd < 0)
		return -1;
	status = send_all(p, deadline) < 0 ? -1 : receive(p, deadline, &keep);
	if (status < 0 || !keep) {
		int cause = errno;

		hang_up(p);
		errno = cause;
	}
	return status;
}

static bool channel_is_fine(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

	return n > 0 && n <= PUB_CHANNEL_MAX && s[n] == '\0';
}

/* Sends p->out and reads the answer; *ret_status is nchan's. */
static int request(struct pub *p, int64_t now, int *ret_status, struct err *e)
{
	bool kept = p->fd >= 0;
	int status = exchange(p, now + PUBLISH_MS);

	if (status < 0 && kept && errno != ETIMEDOUT)
		status = exchange(p, now + PUBLISH_MS);
	if (status < 0 || status >= 500) {
		int cause = status < 0 ? errno : EPROTO;

		backoff_failed(&p->backoff, clock_ms());
		err_log(e, "%s: %s", p->path, status < 0 ? strerror(cause) : "status 5xx");
		errno = cause;
		return err_set(e, MT_EBUSY, "The events nginx is down");
	}
	backoff_worked(&p->backoff);
	*ret_status = status;
	return 0;
}

int pub_send(struct pub *p, const char *channel, const char *message, size_t len, struct err *e)
{
	int64_t now = clock_ms();
	int status, rc;

	if (!channel_is_fine(channel) || len > PUB_MESSAGE_MAX)
		return err_set(
			e, MT_EINVAL, "Channel %.120s: %zu bytes can't be published", channel, len);
	if (!backoff_may_try(&p->backoff, now))
		return err_set(e, MT_EBUSY, "The events nginx is down");
	buf_clear(&p->out);
	buf_addf(&p->out,
		"POST /pub/%s HTTP/1.1\r\nHost: events\r\nContent-Type: application/json\r\n"
		"Accept: application/json\r\nContent-Length: %zu\r\n\r\n",
		channel, len);
	buf_add(&p->out, message, len);
	if ((rc = request(p, now, &status, e)) < 0)
		return rc;
	if (status >= 300)
		return err_set(e, MT_EINVAL, "Channel %s: nchan answers %d", channel, status);
	p->published++;
	return 0;
}

int pub_delete(struct pub *p, const char *channel, struct err *e)
{
	int64_t now = clock_ms();
	int status, rc;

	if (!channel_is_fine(channel))
		return err_set(e, MT_EINVAL, "Channel %.120s: no name of a channel", channel);
	buf_clear(&p->out);
	buf_addf(&p->out,
		"DELETE /pub/%s HTTP/1.1\r\nHost: events\r\nAccept: application/json\r\n\r\n",
		channel);
	if ((rc = request(p, now, &status, e)) < 0)
		return errno == ECONNREFUSED || errno == ENOENT ? MT_ENOENT : rc;
	if (status >= 300 && status != 404)
		return err_set(e, MT_EINVAL, "Channel %s: nchan answers %d", channel, status);
	return 0;
}
