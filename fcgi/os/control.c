/*
 * control.c - the client's side of the master's control socket.
 */
#include "os/control.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/sock.h"

int control_open(struct control *c, const char *run_dir)
{
	char path[512];
	*c = (struct control){.fd = -1};
	snprintf(path, sizeof(path), "%s/control.sock", run_dir);
	c->fd = sock_connect(path, SOCK_SEQPACKET);
	return c->fd < 0 ? -1 : 0;
}

void control_close(struct control *c)
{
	for (int i = 0; i < c->n_news; i++)
		free(c->news[i]);
	c->n_news = 0;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static int wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		int n = poll(&p, 1, clock_left(deadline));
		if (n > 0)
			return 0;
		if (n == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (errno != EINTR)
			return -1;
	}
}

static int send_line(struct control *c, int64_t deadline, const char *fmt, va_list ap)
{
	char *line;
	int n = vasprintf(&line, fmt, ap);
	if (n < 0)
		return -1;
	int rc = -1;
	if (n > CONTROL_LINE_MAX) {
		errno = EMSGSIZE;
	} else {
		do {
			rc = send(c->fd, line, (size_t)n, MSG_NOSIGNAL) < 0 ? -1 : 0;
		} while (rc < 0 && (errno == EAGAIN || errno == EINTR) &&
			 wait_for(c->fd, POLLOUT, deadline) == 0);
	}
	if (rc < 0 && (errno == ECONNRESET || errno == ENOTCONN))
		errno = EPIPE;
	int cause = errno;
	free(line);
	errno = cause;
	return rc;
}

/* One message of whatever size, without waiting. */
static char *receive(struct control *c)
{
	char probe;
	ssize_t size = recv(c->fd, &probe, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	if (size <= 0) {
		if (size == 0 || (errno != EAGAIN && errno != EINTR))
			errno = EPIPE;
		return NULL;
	}
	char *line = malloc((size_t)size + 1);
	if (!line)
		return NULL;
	ssize_t n = recv(c->fd, line, (size_t)size, MSG_DONTWAIT);
	if (n != size) {
		free(line);
		errno = EPIPE;
		return NULL;
	}
	line[n] = '\0';
	return line;
}

int control_send(struct control *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = send_line(c, clock_ms() + 2000, fmt, ap);
	va_end(ap);
	return rc;
}

int control_ask(struct control *c, int64_t deadline, char **ret_answer, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = send_line(c, deadline, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return -1;
	for (;;) {
		char *line = receive(c);
		if (line && control_is(line, "quarantine")) {
			/* More than the master's pools can fail in one answer's time; what exceeds
			 * it is sent again after the next want-end. */
			if (c->n_news < CONTROL_NEWS_MAX)
				c->news[c->n_news++] = line;
			else
				free(line);
			continue;
		}
		if (line) {
			*ret_answer = line;
			return 0;
		}
		if ((errno != EAGAIN && errno != EINTR) || wait_for(c->fd, POLLIN, deadline) < 0)
			return -1;
	}
}

char *control_receive(struct control *c)
{
	if (c->n_news > 0) {
		char *line = c->news[0];
		memmove(c->news, c->news + 1, (size_t)--c->n_news * sizeof(c->news[0]));
		return line;
	}
	return receive(c);
}

const char *control_is(const char *answer, const char *word)
{
	size_t n = strlen(word);
	if (strncmp(answer, word, n) != 0)
		return NULL;
	if (answer[n] == '\t')
		return answer + n + 1;
	return answer[n] == '\0' ? answer + n : NULL;
}
