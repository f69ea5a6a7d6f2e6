/* calls.c - see calls.h. */
#include "os/calls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"

#define SLICE_MS 50

int calls_open(int to, int tenant, const char *key, int64_t until)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char text[80];
	struct iovec iov = {.iov_base = text};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&m);
	int pair[2], cause;
	ssize_t k;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	iov.iov_len = (size_t)snprintf(text, sizeof(text), "%d %s", tenant, key);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &pair[1], sizeof(int));
	while ((k = sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0 && errno == EAGAIN &&
		clock_left(until) > 0) {
		struct pollfd p = {.fd = to, .events = POLLOUT};

		poll(&p, 1, SLICE_MS);
	}
	cause = errno;
	close(pair[1]);
	if (k >= 0)
		return pair[0];
	close(pair[0]);
	errno = cause;
	return -1;
}
