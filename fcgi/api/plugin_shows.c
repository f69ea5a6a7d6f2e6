/*
 * plugin_shows.c - what browsers measured of plugins' components: how long they took to show. Anybody who is
 * signed in sends it, so it is a hint for administrators and decides nothing.
 */
#include "api/api.h"

#include "base/json.h"
#include "api/plugin_shows.sql.h"

#define ITEMS_MAX 50
#define MS_MAX 600000
#define SHOWS_MAX 10000

static int shows_add(struct req *r)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &SHOWS_ADD,
		DB_ARGS(json_text(r->op.arena, json_object_get(r->body, "items"), NULL)), &rows);

	return rc < 0 ? rc : reply_empty(r);
}

/* Sums and the longest, since the page sent them last. */
static const struct field SHOWN[] = {
	{"pluginKey", FIELD_STRING, FIELD_REQUIRED, 1, 40},
	{"component", FIELD_STRING, FIELD_REQUIRED, 1, 60},
	{"shows", FIELD_INT, FIELD_REQUIRED, 1, SHOWS_MAX},
	{"renderMs", FIELD_INT, FIELD_REQUIRED, 0, MS_MAX},
	{"renderMax", FIELD_INT, FIELD_REQUIRED, 0, MS_MAX},
	{"firsts", FIELD_INT, FIELD_REQUIRED, 0, SHOWS_MAX},
	{"firstMs", FIELD_INT, FIELD_REQUIRED, 0, MS_MAX},
	{"firstMax", FIELD_INT, FIELD_REQUIRED, 0, MS_MAX},
	{.type = FIELD_END},
};
static const struct field SHOWN_ENTRY = {.type = FIELD_OBJECT, .of = SHOWN};

static const struct field GIVEN[] = {
	{"items", FIELD_ARRAY, FIELD_REQUIRED, 1, ITEMS_MAX, .of = SHOWN, .entry = &SHOWN_ENTRY},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"POST", "/api/me/plugin-shows", NULL, GIVEN, 0, 16384, shows_add, .answer = answer_none},
	{.path = NULL},
};

const struct route_table plugin_show_routes = {"plugin shows", ROUTES};
