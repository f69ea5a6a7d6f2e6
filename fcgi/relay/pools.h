/*
 * pools.h - which plugin pools there should be: read from the database, sent to the master.
 *
 * The whole set is sent whenever it may have changed, every few seconds (sooner while a plugin
 * changes its version, pools.sql), and to every new master; the master opens what is missing and
 * drains what is gone. Packages that the trust policy forbids are left out, even if they are
 * installed, and their calls end. In the other direction the master reports pools whose workers
 * crashed too often: the package is put in quarantine, with an event to every tenant that uses it.
 */
#ifndef POOLS_H
#define POOLS_H

#include "os/control.h"
#include "relay/relay.h"

#define POOLS_MS 5000

#define POOLS_FILL_SECONDS 30 /* for unpacking one package */

struct pools {
	struct control control; /* .fd is -1 when there is no connection */
	struct backoff backoff;
	struct helper filler; /* unpacks a package that is wanted and not on this machine yet */
	int64_t fill_at;      /* after one that failed: not before */
	int64_t due;
	int wanted;  /* pools in the last set that the master took; -1 = none yet */
	int refused; /* packages that the policy doesn't let run, so they were left out of it */
	int ending;  /* those of them whose calls have not ended yet */
};

void pools_init(struct pools *p);
/* In the helper: unpacks one package here; 0 or -1. */
int pools_fill(struct app *a, const char *sha256);
/* Something changed: check at once. */
void pools_hurry(struct pools *p);
/* Checks at once whether the pool of this name, which is wanted, takes calls on this host. */
bool pools_open(struct pools *p, struct relay *r, const char *pool);
/* Checks at once whether all calls of packages that the policy refuses have ended on this host. */
bool pools_refused_ended(struct pools *p, struct relay *r);
/* Reads messages that the master sent unasked. Call when control.fd is readable. */
void pools_news(struct pools *p, struct relay *r);
/* Returns clock_ms() of when it wants to be called again. */
int64_t pools_tick(struct pools *p, struct relay *r);

#endif
