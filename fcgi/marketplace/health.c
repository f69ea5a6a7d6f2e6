/*
 * health.c - GET /api/plugins/health: how the tenant's plugins and the marketplace are, in a few words.
 * (Up or down for load balancers is GET /api/health.)
 */
#include "auth/app.h"
#include "db/db.h"
#include "install/routes.h"
#include "marketplace/marketplace.h"
#include "marketplace/cache.h"
#include "marketplace/health.sql.h"

static const char *marketplace_word(const struct market_cache *s)
{
	if (s->error)
		return "offline";
	return s->source.kind == SOURCE_HTTPS ? "connected" : "local";
}

static const char *cache_word(const struct market_cache *s)
{
	if (s->source.kind != SOURCE_NONE && !s->fetched_at)
		return "empty";
	return s->stale ? "stale" : "valid";
}

int marketplace_health(struct req *r)
{
	struct market_cache s;
	struct rows rows;
	bool well;
	int rc;

	if ((rc = market_cache_open(&r->op, false, &s)) < 0 ||
		(rc = op_read(&r->op, op_as(&r->op), &HEALTH_PLUGINS, DB_NOARGS, &rows)) < 0)
		return rc;
	well = !s.error && row_int(&rows, 0, 1) == 0;
	return routes_reply(r, 200,
		json_pack("{ss ss ss sI sI}", "status", well ? "healthy" : "degraded",
			"marketplace", marketplace_word(&s), "cache", cache_word(&s),
			"installedPlugins", (json_int_t)row_int(&rows, 0, 0), "quarantined",
			(json_int_t)row_int(&rows, 0, 1)));
}

const struct field marketplace_health_answer[] = {ANSWER("status", TEXT),
	ANSWER("marketplace", TEXT), ANSWER("cache", TEXT), ANSWER("installedPlugins", INT),
	ANSWER("quarantined", INT), ANSWER_END};
