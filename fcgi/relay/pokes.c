/*
 * pokes.c - "look now", by datagram; see pokes.h.
 */
#include "relay/pokes.h"

#include <errno.h>
#include <sys/socket.h>

#include "os/sock.h"

int pokes_open(const char *run_dir)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/steward.sock", run_dir);
	return sock_listen(path, SOCK_DGRAM, 0, NULL);
}

void pokes_take(int fd, struct pokes *ret)
{
	char what[16];
	ssize_t n;

	/* Bounded, so that a flood of pokes can't keep the steward from its work. */
	for (int i = 0; i < 1000; i++) {
		n = recv(fd, what, sizeof(what), MSG_DONTWAIT);
		if (n < 0)
			return;
		for (ssize_t c = 0; c < n; c++) {
			ret->events = ret->events || what[c] == 'e';
			ret->registry = ret->registry || what[c] == 'r';
			ret->tend = ret->tend || what[c] == 't';
			ret->close = ret->close || what[c] == 'c';
		}
	}
}
