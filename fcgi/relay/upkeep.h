/*
 * upkeep.h - deletes what has expired: leases, sessions, failed sign-ins, old events. Once a
 * minute, by a helper (helper.h), a small batch at a time: no lock is held for long, and events
 * wait for none.
 */
#ifndef UPKEEP_H
#define UPKEEP_H

#include "relay/helper.h"
#include "relay/relay.h"

#define UPKEEP_MS 60000
#define UPKEEP_SECONDS 50 /* for a round */

struct upkeep {
	int64_t due;
	struct helper helper;
};

void upkeep_init(struct upkeep *u);
/* Starts a round when it is due. Returns clock_ms() of when it wants to be called again. */
int64_t upkeep_tick(struct upkeep *u, struct relay *r);
/* In the helper: one round; 0 or -1. */
int upkeep_round(struct app *a);

#endif
