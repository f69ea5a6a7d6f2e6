/*
 * wakeups.h - $RUN/steward.sock: a one-letter datagram (os/steward.h) for every commit that the
 * steward has to act on.
 *
 * Nothing depends on their arrival: the steward also polls. Senders name the path each time (the
 * master forwards those of plugin pools' workers), so a new steward simply takes the name over.
 */
#ifndef WAKEUPS_H
#define WAKEUPS_H

#include <stdbool.h>

struct wakeups {
	bool events;
	bool pushes;
	bool registry;
	bool rollout;
	bool close;
	bool mail;
};

/* A descriptor to poll for reading, or -1 with errno. */
int wakeups_open(const char *run_dir);
/* Reads all that have arrived; several of a kind count as one. */
void wakeups_take(int fd, struct wakeups *ret);

#endif
