/*
 * health.c - GET /api/health, for load balancers and people: up or down, and no detail.
 */
#include "api/api.h"

#include <string.h>

#include "cache/cache.h"
#include "api/health.sql.h"

static int health_get(struct req *r)
{
	struct rows rows;
	const char *cache = "none";
	bool up = op_read(&r->op, NULL, &HEALTH_PING, DB_NOARGS, &rows) == 0;

	if (*r->op.app->conf.memcached) {
		size_t n;

		cache_get(r->op.app->cache, r->op.arena, 0, "health", &n);
		cache = cache_is_open(r->op.app->cache) ? "up" : "down";
	}
	if (!up)
		op_clear(&r->op);
	/* Without memcached everything works, a little slower: that is no reason to be taken out. */
	return reply_json(r, up ? 200 : 503,
		api_json(r, json_pack("{ss ss ss}", "status", up ? "ok" : "down", "database",
				    up ? "up" : "down", "cache", cache)));
}

static const struct field HEALTH[] = {
	{"status", FIELD_ENUM, FIELD_REQUIRED, .one_of = "ok|down"},
	{"database", FIELD_TEXT, FIELD_REQUIRED},
	{"cache", FIELD_TEXT, FIELD_REQUIRED},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", "/api/health", NULL, NULL, ROUTE_PUBLIC, 0, health_get, .answer = HEALTH},
	{"GET", "/api/admin/health", NULL, NULL, ROUTE_PUBLIC, 0, health_get, .answer = HEALTH},
	{.path = NULL},
};

const struct route_table health_routes = {"health", ROUTES};
