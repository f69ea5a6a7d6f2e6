/*
 * upkeep.h - what has expired goes: leases, sessions, failed sign-ins, old events. Once a minute, a small
 * batch at a time, so that no lock is held for long and events never wait for it.
 */
#ifndef UPKEEP_H
#define UPKEEP_H

#include "relay/relay.h"

#define UPKEEP_MS 60000
#define UPKEEP_EVENT_DAYS 7	 /* longer than a browser sleeps */
#define UPKEEP_EVENTS_KEPT 10000 /* per channel */

struct upkeep {
	int64_t due;
	int64_t round_from;
	int task; /* next of the round */
};

void upkeep_init(struct upkeep *u);
/* One batch when it is due. Returns clock_ms() of its next wish. */
int64_t upkeep_turn(struct upkeep *u, struct relay *r);

#endif
