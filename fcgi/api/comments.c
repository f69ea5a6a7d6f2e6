/*
 * comments.c - comments of tickets, oldest first. Their author and administrators may change or
 * delete them; the history has the old text.
 */
#include "api/api.h"

#include <string.h>

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"ticketId", REF(&ticket_resource), BY_CODE},
	{"authorId", REF(&user_resource), BY_AUTHOR, .shown = "authorName"},
	{"body", TEXT(1, 10000), REQUIRED},
	{"version", INTEGER(0, 0), READONLY},
	{"createdAt", TIME, READONLY | SORT},
	{"updatedAt", TIME, TOUCHED},
	{"archivedAt", TIME, NULLABLE | BY_CODE},
	{0},
};

static int check(struct change *c)
{
	const struct ident *who = change_op(c)->who;

	if (change_creates(c) || !strcmp(change_old(c, "authorId"), who->user) ||
		ident_has_role(who, "Admin") || ident_has_role(who, "SystemAdmin"))
		return 0;
	return op_fail(
		change_op(c), MT_EPERM, "Only its author or an administrator can change a comment");
}

const struct resource comment_resource = {
	.name = "comments",
	.one = P_("comment"),
	.type = "Comment",
	.path = "/api/tickets/:id/comments",
	.one_path = "/api/comments",
	.table = "mortise.ticket_comments",
	.title = "body",
	.read = "tickets:read",
	.write = "tickets:write",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE | OFFERS_ARCHIVE | OFFERS_HISTORY,
	.order = "createdAt",
	.page = 500,
	.page_max = 1000,
	.parent = &ticket_resource,
	.parent_column = "ticketId",
	.parent_event = "TicketCommented",
	.events = "TicketComment",
	.check = check,
};
