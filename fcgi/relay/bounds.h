/*
 * bounds.h - bounds of mortise.conf that the database keeps (sql/007-notifications.sql): written once,
 * when the steward has a database for the first time.
 */
#ifndef BOUNDS_H
#define BOUNDS_H

#include "relay/relay.h"

struct bounds {
	bool written;
	int64_t due;
};

/* Returns clock_ms() of when it wants to be called again. */
int64_t bounds_tick(struct bounds *b, struct relay *r);

#endif
