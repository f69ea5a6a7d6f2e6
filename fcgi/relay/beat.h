/*
 * beat.h - heartbeats: every 15 seconds the latest number of each channel with somebody present.
 *
 * A browser with a lower number has missed something and fetches it, and a stream without a
 * heartbeat for a while is dead. "all" always gets one, so that every stream has some traffic.
 * Heartbeats are sent a page at a time between events, which never wait for them.
 */
#ifndef BEAT_H
#define BEAT_H

#include "relay/relay.h"

#define BEAT_MS 15000

struct beat {
	int64_t due;	    /* clock_ms() of the next round or page */
	int64_t round_from; /* when the current round began */
	bool under_way;
	char place[2][128]; /* tenant and channel that the last page ended with */
};

void beat_init(struct beat *b);
/* The next round begins now: somebody may have missed something. */
void beat_hurry(struct beat *b);
/* One page when it is due. Returns clock_ms() of when it wants to be called again. */
int64_t beat_tick(struct beat *b, struct relay *r);

#endif
