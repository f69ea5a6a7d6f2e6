/*
 * maintain.h - calls POST /-/maintain over the admin pool's own socket; nginx doesn't route it.
 *
 * Only that pool may make roles, run migrations and move tenants, and it has no clock of its own.
 * The steward has one; it sends the request and continues with its own work until the answer
 * arrives.
 */
#ifndef MAINTAIN_H
#define MAINTAIN_H

#include "relay/ask.h"
#include "relay/relay.h"

#define MAINTAIN_MS 15000

struct maintain {
	struct ask ask;
	int64_t due;
	bool again; /* requested while one was running */
};

void maintain_init(struct maintain *t);
/* There is work: send at once. */
void maintain_hurry(struct maintain *t);
/* When the fd of ask can be read. */
void maintain_news(struct maintain *t);
/* Sends the request when it is due. Returns clock_ms() of when it wants to be called again. */
int64_t maintain_tick(struct maintain *t, struct relay *r);

#endif
