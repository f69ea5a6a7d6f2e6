/*
 * feed.h - every committed event row to nchan, in each channel's order.
 *
 * New events are found by snapshots: an event row knows its transaction, and a row is new that the
 * last snapshot could not see and this one can. That needs no table of channels in memory, and the
 * cost is the number of new events, not of channels. Within a channel a number is given while its
 * row in `channels` is locked until the commit, so a snapshot that sees number n+1 sees n.
 *
 * One company's flood doesn't hold up the others, nor fill the events nginx: each company gets
 * events_per_second published one by one, and events_percent of the time, as everybody waits while a
 * message goes to thousands of streams. What is above that each channel gets once a second, in one
 * message of type "events"; where that is too much only its highest number, like a heartbeat, and its
 * browsers fetch what is before.
 *
 * The feed starts at the present: browsers fetch ?since= for what was before. While nchan is down,
 * rows are held back for a while and then dropped: browsers whose connection broke reconnect and
 * fetch, and the next heartbeat shows the gap to those whose connection only stalled.
 */
#ifndef FEED_H
#define FEED_H

#include "base/arena.h"
#include "db/db.h"
#include "relay/relay.h"

#define FEED_COMPANIES 1024
#define FEED_BEHIND 256

/* A company's events of a second. Two companies in one place reset each other's count: then the
 * bounds are looser. */
struct feed_pace {
	int tenant, n;
	int64_t second, us; /* us: how long publishing them took */
};

struct feed {
	struct arena *arena; /* of the current page */
	struct rows page;
	int at;		    /* next row of the page */
	char *seen;	    /* up to this snapshot all is published; NULL = not begun */
	char *target;	    /* snapshot at the end of the current pages; NULL = there are none */
	char place[3][128]; /* tenant, channel, seq of the last row of the last page */
	struct feed_pace pace[FEED_COMPANIES];
	int behind[FEED_BEHIND], n_behind; /* companies with events above their bounds */
	char *behind_from;		   /* what was published when the first of them was */
	int64_t heads_due;		   /* clock_ms(): when their channels publish them */
	int64_t stuck_since;		   /* clock_ms(); 0 = not stuck */
	bool let_go; /* rows were not published: heartbeats are due at once; read by beat */
};

void feed_init(struct feed *f);
/* Publishes what is new, at most one page. True = there may be more right now. */
bool feed_tick(struct feed *f, struct relay *r);

#endif
