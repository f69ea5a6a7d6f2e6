/*
 * tickets.c - tickets: their columns. The rule of their states and who hears of an assignment are in
 * sql/004-tickets.sql, because plugins change tickets as well.
 */
#include "api/api.h"
#include "api/custom.h"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY | PLUGIN_READ},
	{"number", INTEGER(1, 2147483647), SEARCH | SORT_DOWN | IN_EVENT | PLUGIN_READ,
		.counter = "ticket"},
	{"title", STRING(1, 200), REQUIRED | SEARCH | IN_EVENT | PLUGIN_READ | PLUGIN_WRITE},
	{"description", TEXT(0, 20000), SEARCH | PLUGIN_READ | PLUGIN_WRITE, .fallback = ""},
	{"state", REF_KEY(&state_resource),
		FILTER | BY_INDEX | IN_EVENT | PLUGIN_READ | PLUGIN_WRITE, .shown = "stateLabel",
		.also = "category"},
	{"priority", ENUM("low|normal|high|urgent"),
		FILTER | BY_INDEX | SORT_DOWN | PLUGIN_READ | PLUGIN_WRITE, .fallback = "normal"},
	{"assigneeId", REF(&user_resource),
		NULLABLE | FILTER | BY_INDEX | PLUGIN_READ | PLUGIN_WRITE, .shown = "assigneeName"},
	{"createdBy", REF(&user_resource), BY_AUTHOR | PLUGIN_READ, .shown = "createdByName"},
	{"version", INTEGER(0, 0), READONLY | PLUGIN_READ},
	{"createdAt", TIME, READONLY | SORT_DOWN | PLUGIN_READ, .sort = "created"},
	{"updatedAt", TIME, TOUCHED | SORT_DOWN | PLUGIN_READ, .sort = "updated"},
	{"closedAt", TIME, NULLABLE | BY_CODE | PLUGIN_READ},
	{"custom", OBJECT, FILTER | PLUGIN_READ, .fallback = "{}",
		.about =
			"values of /api/custom-fields by key; those that aren't given stay, null takes one away"},
	{0},
};

static int check(struct change *c)
{
	return custom_check(c, "tickets");
}

static int member(struct op *op, const char *name, struct column *ret)
{
	return custom_member(op, "tickets", name, ret);
}

const struct resource ticket_resource = {
	.name = "tickets",
	.one = P_("ticket"),
	.type = "Ticket",
	.path = "/api/tickets",
	.table = "mortise.tickets",
	.title = "title",
	.read = "tickets:read:own",
	.write = "tickets:write:own",
	.read_all = "tickets:read",
	.own = "assigneeId|createdBy",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE | OFFERS_HISTORY | OFFERS_BULK |
		  OFFERS_CSV | COUNTED,
	.order = "updatedAt",
	.matches = "mortise.ticket_search",
	.match_key = "number",
	.match_text = "t.words",
	.events = "Ticket",
	.history = "mortise.ticket_history",
	.history_row = "ticket_id",
	.rule = "mortise.ticket_rule",
	.rule_reads = "state|assigneeId",
	.check = check,
	.member = member,
	.refused = "state-conflict",
	.refusal = N_("The ticket is closed: reopen it by setting an open state"),
};
