/*
 * states.c - GET /api/ticket-states: the states that tickets of this tenant go through.
 */
#include "api/api.h"

#include <string.h>

static const struct stmt LIST = {"state_list",
	"SELECT json_build_object('items', coalesce(json_agg(json_build_object("
	"'key', s.key, 'label', s.label, 'category', s.category, 'position', s.position)"
	" ORDER BY s.position, s.key), '[]')) FROM mortise.ticket_states s"};

static int states_get(struct req *r)
{
	return api_read_json(r, &LIST, DB_NOARGS, "states");
}

static const struct route ROUTES[] = {
	{"GET", "/api/ticket-states", "tickets:read", NULL, 0, 0, states_get},
	{.path = NULL},
};

const struct route_table state_routes = {"ticket-states", ROUTES};
