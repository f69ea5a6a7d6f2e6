/*
 * rate.c - a company's limits in one plugin, by the second and over all workers of its pool:
 * notifications, statements, bytes of rows and replies. Loose by design: a company may use all of a
 * server that nobody else needs, and these end what is of no use any more.
 */
#include "host/call.h"

#include "os/worker.h"

static int refuse(struct call *c, enum score_rate what, int most)
{
	switch (what) {
	case RATE_NOTIFICATIONS:
		return call_rate(c,
			"The plugin notifies people more than %d times a second"
			" (plugin_notifications_max)",
			most);
	case RATE_EVENTS:
		return call_rate(c,
			"The plugin sends more than %d live updates a second"
			" (plugin_events_max)",
			most);
	case RATE_STATEMENTS:
		return call_rate(c,
			"The plugin sends more than %d statements a second"
			" (plugin_statements_per_second)",
			most);
	default:
		return call_rate(c,
			"The plugin reads and replies more than %d kB a second"
			" (plugin_mb_per_second)",
			most);
	}
}

int rate_check(struct call *c, enum score_rate what, size_t amount)
{
	int most = c->host->limit.rate[what];

	if (worker_may(what, c->tenant, amount, most))
		return 0;
	snprintf(c->sqlstate, sizeof(c->sqlstate), "53400");
	return refuse(c, what, most);
}
