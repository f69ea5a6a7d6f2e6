/*
 * chains.h - puts what was written into the audit log at the end of its chain (sql/024-audit.sql),
 * every second.
 */
#ifndef CHAINS_H
#define CHAINS_H

#include "relay/relay.h"

struct chains {
	int64_t due;
};

/* Returns clock_ms() of when it wants to be called again. */
int64_t chains_tick(struct chains *c, struct relay *r);

#endif
