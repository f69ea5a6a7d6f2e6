/*
 * pokes.h - $RUN/steward.sock: one datagram of a letter from whoever committed something.
 *
 *	e   event rows
 *	c   a right ended: streams have to be closed
 *	r   the registry of plugins
 *	t   a rollout: the admin pool has work
 *
 * Nothing depends on their arrival: the steward also looks by itself. Senders name the path each time
 * (the master sends on for the workers of plugin pools), so a new steward simply takes the name over.
 */
#ifndef POKES_H
#define POKES_H

#include <stdbool.h>

struct pokes {
	bool events;
	bool registry;
	bool tend;
	bool close;
};

/* A descriptor to poll for reading, or -1 with errno. */
int pokes_open(const char *run_dir);
/* Takes all that has come; many of a kind are one. */
void pokes_take(int fd, struct pokes *ret);

#endif
