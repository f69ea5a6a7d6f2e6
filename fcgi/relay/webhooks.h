/*
 * webhooks.h - the deliveries of sql/048-webhooks.sql, sent to the servers of companies by a
 * helper of the steward.
 *
 * The helper has no network either: each delivery is a stream to a process of mortise-fetch, as a
 * call of a plugin is (base/outbound.h), to the very server of the webhook's address, and no
 * redirect is followed. Up to SLOTS run at once, of a company OF_COMPANY, so a server that
 * dawdles delays its own company at most. A helper that dies leaves deliveries that are due
 * again, with the same id.
 */
#ifndef RELAY_WEBHOOKS_H
#define RELAY_WEBHOOKS_H

#include "relay/relay.h"

#define WEBHOOKS_SECONDS 60 /* a helper's; it takes nothing new in the last third */

struct webhooks {
	int64_t due, looked;
	struct helper helper;
};

void webhooks_init(struct webhooks *w);
/* Does what is due. Returns clock_ms() of when it wants to be called again. */
int64_t webhooks_tick(struct webhooks *w, struct relay *r);
/* An event was committed. */
void webhooks_hurry(struct webhooks *w);
/* In the helper: sends what is due; 0, or -1 when nothing can be sent. */
int webhooks_round(struct app *a);

/* What a stream said, for its delivery; texts are in the arena. Pure, for the tests. */
struct webhook_outcome {
	int status;		     /* 0 = no answer, and */
	const char *fault;	     /* a word for why; else NULL */
	const char *detail, *answer; /* in words; the beginning of the answer's body; NULL = none */
	int again_s;		     /* Retry-After, 0 = not said */
};
void webhook_outcome(struct arena *p, const char *said, size_t n, struct webhook_outcome *ret);

#endif
