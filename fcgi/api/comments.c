/*
 * comments.c - what people wrote at a ticket, oldest first.
 */
#include "api/api.h"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"ticketId", REF(&ticket_resource), BY_CODE},
	{"authorId", REF(&user_resource), BY_AUTHOR, .shown = "authorName"},
	{"body", TEXT(1, 10000), REQUIRED},
	{"createdAt", TIME, READONLY | SORT},
	{0},
};

const struct resource comment_resource = {
	.name = "comments",
	.one = "comment",
	.type = "Comment",
	.path = "/api/tickets/:id/comments",
	.table = "mortise.ticket_comments",
	.title = "body",
	.read = "tickets:read",
	.write = "tickets:write",
	.columns = COLUMNS,
	.offers = OFFERS_CREATE,
	.order = "createdAt",
	.page = 500,
	.page_max = 1000,
	.parent = &ticket_resource,
	.parent_column = "ticketId",
	.parent_event = "TicketCommented",
};
