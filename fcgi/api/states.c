/*
 * states.c - the states that tickets of a company go through.
 */
#include "api/api.h"

static const struct column COLUMNS[] = {
	{"key", STRING(1, 40), KEY | PLUGIN_READ},
	{"label", STRING(1, 60), REQUIRED | PLUGIN_READ},
	{"category", ENUM("open|closed"), REQUIRED | PLUGIN_READ},
	{"position", INTEGER(-1000000, 1000000), REQUIRED | SORT | PLUGIN_READ},
	{0},
};

const struct resource state_resource = {
	.name = "ticket-states",
	.one = P_("state"),
	.type = "TicketState",
	.path = "/api/ticket-states",
	.table = "mortise.ticket_states",
	.title = "label",
	.read = "tickets:read:own",
	.write = "tickets:write:own",
	.columns = COLUMNS,
	.order = "position",
	.page = 1000,
	.page_max = 1000,
	.refer_fault = N_("Must be one of the keys of /api/ticket-states"),
};
