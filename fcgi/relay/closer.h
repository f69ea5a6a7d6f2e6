/*
 * closer.h - ends the event streams of people who lost the right to them (sql/017-rights.sql), in
 * the nchan of this host, and records that; the stewards of other hosts do the same in theirs.
 *
 * A stream that was allowed a moment before the right ended may reach nchan a moment later. So each
 * channel is closed three times: at once; when no worker allows it any more (auth/lease.h), after
 * which the row counts as done here; and once more some seconds later, for requests that a slow
 * nginx still held. Closing is by channel and harmless when nobody is there, so a new steward
 * begins with whatever isn't marked as done. Requests that run by the right end the same way, by
 * the master of this host (os/revoked.h); so do calls of plugins signed by a revoked key
 * (relay/pools.h).
 *
 * It also answers operations that wait until a pool is open on every host (install/hosts.h).
 */
#ifndef CLOSER_H
#define CLOSER_H

#include "relay/pools.h"

#define CLOSER_LOOK_MS 100 /* rows of other hosts come without a notice */
#define CLOSER_LAST_MS 5000
#define CLOSER_MAX 1024

struct closing {
	char id[24];
	char channel[200]; /* g. with a plugin's key and all roles that a person can have */
	int64_t seen_at;
	int times; /* it was closed */
};

struct closer {
	char host[33]; /* names this host among the stewards of one database */
	int64_t look_at, renew_at, expire_at;
	struct pools *pools;
	int n;
	struct closing closing[CLOSER_MAX];
};

/* Makes the host's name, or reads it from run_dir/host.id: 0, or -1 with errno. */
int closer_init(struct closer *c, struct pools *pools, const char *run_dir);
/* A request waits: check at once. */
void closer_hurry(struct closer *c);
/* Returns clock_ms() of when it wants to be called again. */
int64_t closer_tick(struct closer *c, struct relay *r);

#endif
