/*
 * tend.h - gives the admin pool its turns: POST /-/tend over its own socket, which nginx has no way to.
 *
 * Only that pool may make roles, run migrations and move tenants, and it has no clock of its own. The steward
 * has; it asks and goes on with its own work until the answer is there.
 */
#ifndef TEND_H
#define TEND_H

#include "base/buf.h"
#include "relay/relay.h"

#define TEND_MS 15000

struct tend {
	int fd; /* a call that is under way; -1 = none */
	int64_t due;
	int64_t deadline; /* of that call */
	bool again;	  /* somebody asked meanwhile */
	struct buf in, answer;
};

void tend_init(struct tend *t);
/* There is work: ask at once. */
void tend_hurry(struct tend *t);
/* Call when fd can be read. */
void tend_news(struct tend *t);
/* Asks when it is due. Returns clock_ms() of its next wish. */
int64_t tend_turn(struct tend *t, struct relay *r);

#endif
