/*
 * pushes.h - what goes to browsers once and isn't kept (table pushes): every host's steward publishes what
 * was committed since it last looked. Without nchan or the database it is lost, as nobody waits for it.
 */
#ifndef PUSHES_H
#define PUSHES_H

#include "relay/relay.h"

struct pushes {
	char *seen; /* the last snapshot; NULL = not begun */
	int64_t due;
	int64_t clear_due; /* when old ones are deleted again */
};

void pushes_hurry(struct pushes *p);
/* clock_ms() of the next turn. */
int64_t pushes_tick(struct pushes *p, struct relay *r);

#endif
