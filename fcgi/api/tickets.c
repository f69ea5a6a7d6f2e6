/*
 * tickets.c - tickets: their columns, the states they go through, who hears of an assignment.
 */
#include "api/api.h"

#include <string.h>

#include "events/event.h"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY | PLUGIN_READ},
	{"number", INTEGER(1, 2147483647), SEARCH | SORT_DOWN | IN_EVENT | PLUGIN_READ,
		.counter = "ticket"},
	{"title", STRING(1, 200), REQUIRED | SEARCH | IN_EVENT | PLUGIN_READ},
	{"description", TEXT(0, 20000), SEARCH, .fallback = ""},
	{"state", REF_KEY(&state_resource), FILTER | IN_EVENT | PLUGIN_READ | PLUGIN_WRITE,
		.shown = "stateLabel", .also = "category", .fetch = "category"},
	{"priority", ENUM("low|normal|high|urgent"),
		FILTER | SORT_DOWN | PLUGIN_READ | PLUGIN_WRITE, .fallback = "normal"},
	{"assigneeId", REF(&user_resource), NULLABLE | FILTER | PLUGIN_READ | PLUGIN_WRITE,
		.shown = "assigneeName"},
	{"createdBy", REF(&user_resource), BY_AUTHOR, .shown = "createdByName"},
	{"version", INTEGER(0, 0), READONLY},
	{"createdAt", TIME, READONLY | SORT_DOWN | PLUGIN_READ, .sort = "created"},
	{"updatedAt", TIME, TOUCHED | SORT_DOWN | PLUGIN_READ, .sort = "updated"},
	{"closedAt", TIME, NULLABLE | BY_CODE},
	{0},
};

/* Who gets a new ticket, or one that is still new, has it assigned; a state that was given counts more.
 * */
static int fill(struct change *c)
{
	bool has_assignee = change_new(c, "assigneeId") && change_differs(c, "assigneeId");

	if (change_given(c, "state"))
		return 0;
	if (change_creates(c))
		change_set(c, "state", has_assignee ? "assigned" : "new");
	else if (has_assignee && !strcmp(change_old(c, "state"), "new"))
		change_set(c, "state", "assigned");
	return 0;
}

static int check(struct change *c)
{
	const char *category = change_fetched(c, "state"), *closed_at = change_old(c, "closedAt");
	bool closes = category && !strcmp(category, "closed");

	if (!category && change_creates(c)) /* of a company without the states that fill() knows */
		return change_fault(c, "state", "%s", state_resource.refer_fault);
	if (!category)
		change_set(c, "state", change_old(c, "state"));
	if (closes && closed_at && change_is_any(c))
		return api_fault(change_req(c), MT_ECONFLICT, "state-conflict",
			"the ticket is closed: reopen it by setting an open state");
	change_set(c, "closedAt", !closes ? NULL : closed_at ? closed_at : "now");
	return 0;
}

static int after(struct change *c)
{
	const char *assignee = change_new(c, "assigneeId");

	if (!assignee || !change_differs(c, "assigneeId"))
		return 0;
	return change_emit(c, event_user(change_req(c), assignee), "TicketAssigned");
}

const struct resource ticket_resource = {
	.name = "tickets",
	.one = "ticket",
	.type = "Ticket",
	.path = "/api/tickets",
	.table = "mortise.tickets",
	.title = "title",
	.read = "tickets:read",
	.write = "tickets:write",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE | OFFERS_HISTORY | OFFERS_BULK |
		  OFFERS_CSV | COUNTED,
	.order = "updatedAt",
	.matches = "mortise.ticket_matches",
	.events = "Ticket",
	.history = "mortise.ticket_history",
	.history_row = "ticket_id",
	.fill = fill,
	.check = check,
	.after = after,
};
