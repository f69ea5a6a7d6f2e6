/*
 * wakeups.c - waking the steward by datagram; see wakeups.h.
 */
#include "relay/wakeups.h"

#include <errno.h>
#include <sys/socket.h>

#include "os/sock.h"
#include "os/steward.h"

int wakeups_open(const char *run_dir)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/steward.sock", run_dir);
	return sock_listen(path, SOCK_DGRAM, 0, NULL);
}

void wakeups_take(int fd, struct wakeups *ret)
{
	char what[16];
	ssize_t n;

	/* Bounded, so that a flood of datagrams can't keep the steward from its work. */
	for (int i = 0; i < 1000; i++) {
		n = recv(fd, what, sizeof(what), MSG_DONTWAIT);
		if (n < 0)
			return;
		for (ssize_t c = 0; c < n; c++) {
			ret->events = ret->events || what[c] == WAKE_EVENTS;
			ret->pushes = ret->pushes || what[c] == WAKE_PUSHES;
			ret->registry = ret->registry || what[c] == WAKE_REGISTRY;
			ret->rollout = ret->rollout || what[c] == WAKE_ROLLOUT;
			ret->mail = ret->mail || what[c] == WAKE_MAIL;
			ret->close = ret->close || what[c] == WAKE_CLOSER;
		}
	}
}
