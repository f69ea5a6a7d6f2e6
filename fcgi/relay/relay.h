/*
 * relay.h - what the parts of the steward share: one database connection, one publisher connection.
 *
 * Each part has its own state and a turn that does a bounded piece of work and returns the time of
 * the next one; cmd/mortise-steward.c calls them in turn. Nothing here waits longer than its
 * deadline, and only the feed's place is in memory: the database has the rest.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include "auth/app.h"
#include "base/arena.h"
#include "relay/backoff.h"
#include "relay/helper.h"
#include "relay/pub.h"

#define RELAY_DB_MS 4000 /* for one statement */

struct stmt;

struct relay {
	struct app app; /* database, keys, configuration */
	struct pub pub;
	struct backoff db_backoff;
	bool pub_is_down;      /* logged already */
	struct arena *scratch; /* errors of a message */
};

/* A piece of work: one of the steward's own operations, with RELAY_DB_MS for it. */
void relay_op(struct relay *r, struct op *op, struct arena *p);
/* Logs why a piece of work failed that delays nothing else; about, value: what it was about, or NULL. */
void relay_log(const struct op *op, const char *what, const char *about, const char *value);
/* May the database be queried now? */
bool relay_db_ready(struct relay *r);
/* Records the result of a database call (0 or an error code) and logs changes; returns rc. */
int relay_db_result(struct relay *r, int rc, const struct err *e, const char *what);
/* In how many milliseconds something is due, as the statement's only value says (NULL = nothing), 0 at
 * least and `most` at most. */
int64_t relay_due(struct relay *r, const struct stmt *s, int64_t most);
/* helper_start() of this program. */
int relay_helper(
	struct relay *r, struct helper *h, const char *option, const char *arg, int seconds);
/* pub_send() with a log line when the events nginx goes down or comes back, and for messages it
 * refuses. 0 = done with this message (published or never publishable), MT_EBUSY = try it again
 * later. */
int relay_publish(struct relay *r, const char *channel, const char *message, size_t len);

/* Ends every stream of this host that has the channel. Returns the same. */
int relay_close(struct relay *r, const char *channel);

#endif
