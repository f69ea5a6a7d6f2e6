/*
 * rate.c - what a company may have of one plugin in a second, over all workers of its pool: notifications,
 * statements, bytes of rows and replies. Loose by design: a company may use all of a server that nobody else
 * wants, and these end what is no use any more.
 */
#include "host/call.h"

#include "os/worker.h"

static const struct {
	const char *does, *unit;
} TEXT[SCORE_RATES] = {
	[RATE_NOTIFICATIONS] = {"notifies people", "times a second (plugin_notifications_max)"},
	[RATE_STATEMENTS] = {"sends", "statements a second (plugin_statements_per_second)"},
	[RATE_KB] = {"reads and replies", "kB a second (plugin_mb_per_second)"},
};

int rate_check(struct call *c, enum score_rate what, size_t amount)
{
	int most = c->host->limit.rate[what];
	char text[140];

	if (worker_may(what, c->tenant, amount, most))
		return 0;
	snprintf(text, sizeof(text), "the plugin %s more than %d %s", TEXT[what].does, most,
		TEXT[what].unit);
	op_log(&c->r->op, "plugin %s: %s", c->host->key, text);
	snprintf(c->sqlstate, sizeof(c->sqlstate), "53400");
	call_fail(c, MT_ERATE, text);
	c->r->op.err.retry_after = 1;
	return MT_ERATE;
}
