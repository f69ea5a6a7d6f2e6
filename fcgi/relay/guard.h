/*
 * guard.h - what the steward enforces in the database for everybody: sessions of plugins that
 * outlive their deadline are ended; a plugin whose tables are above plugin_tables_mb may not insert
 * or update until it is below again, nor may a company that is above its share of them. This is the
 * second line: a host ends its own statements and counts nothing here.
 */
#ifndef RELAY_GUARD_H
#define RELAY_GUARD_H

#include "relay/relay.h"

#define GUARD_SESSIONS_MS 5000
#define GUARD_TABLES_MS 10000
#define GUARD_SHARES_SECONDS 50 /* for all plugins */

struct guard {
	int64_t sessions_due, tables_due, shares_due;
	struct helper helper;
};

void guard_init(struct guard *g);
/* Does what is due. Returns clock_ms() of when it wants to be called again. */
int64_t guard_tick(struct guard *g, struct relay *r);
/* In the helper: what companies keep in plugins; 0 or -1. */
int guard_shares(struct app *a);

#endif
