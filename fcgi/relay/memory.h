/*
 * memory.h - bounds the memory of the events nginx, which has no bound itself. Its worker is
 * replaced when it has more than events_memory_mb: the master of that nginx starts another at once,
 * browsers reconnect and fetch what they missed. It has to run on this host, as the steward's user,
 * with nginx-events.pid in run_dir, as in nginx/events.conf.
 */
#ifndef RELAY_MEMORY_H
#define RELAY_MEMORY_H

#include "relay/relay.h"

#define MEMORY_MS 1000

struct memory {
	int64_t due;
	int ended; /* a worker that was sent SIGTERM */
	bool unseen;
};

/* Returns clock_ms() of its next turn. */
int64_t memory_tick(struct memory *m, struct relay *r);

#endif
