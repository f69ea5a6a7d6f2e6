/*
 * event.h - raising an event inside the transaction of its change.
 *
 * Every event belongs to one channel and gets that channel's next number as the last statement
 * before COMMIT (mortise.emit), gapless and in commit order. After the commit call
 * app_wake_steward(app, WAKE_EVENTS). Channels: "t.<tenant>", "u.<user>", "r.<tenant>.<Role>",
 * "o.<organization>", "admin", "all"; who doesn't see all tickets has "t.<tenant>.own" in place of the first
 * (sql/006-events.sql).
 */
#ifndef EVENT_H
#define EVENT_H

#include <jansson.h>
#include "base/op.h"

/* Queues one event; payload is an object, owned by the caller. Call after all other statements and
 * in ascending order of channel names, so that two transactions never wait for each other. */
int event_emit(struct op *op, const char *channel, const char *type, const json_t *payload);
/* The same with the object as JSON text. */
int event_emit_text(struct op *op, const char *channel, const char *type, const char *payload);

const char *event_tenant(struct op *op);		 /* the caller's tenant channel */
const char *event_user(struct op *op, const char *user); /* a user of the caller's tenant */
const char *event_role(struct op *op, const char *role);
/* All channels of the caller, ascending, comma separated: for /events and ?since=. */
const char *event_channels(struct op *op);

#endif
