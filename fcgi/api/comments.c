/*
 * comments.c - comments of tickets, oldest first. Their author and administrators may change or
 * delete them; the history has the old text. Whom one notifies is in sql/004-tickets.sql.
 */
#include "api/api.h"

#include <string.h>

#include "api/comments.sql.h"
#include "base/id.h"
#include "base/perm.h"
#include "db/db.h"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY | PLUGIN_READ},
	{"ticketId", REF(&ticket_resource), BY_CODE | PLUGIN_READ},
	{"authorId", REF(&user_resource), BY_AUTHOR | PLUGIN_READ, .shown = "authorName"},
	{"body", TEXT(1, 10000), REQUIRED | PLUGIN_READ | PLUGIN_WRITE},
	{"version", INTEGER(0, 0), READONLY | PLUGIN_READ},
	{"createdAt", TIME, READONLY | SORT | PLUGIN_READ},
	{"updatedAt", TIME, TOUCHED | PLUGIN_READ},
	{"archivedAt", TIME, NULLABLE | BY_CODE | PLUGIN_READ | PLUGIN_WRITE},
	{0},
};

static int check(struct change *c)
{
	const struct ident *who = change_op(c)->who;

	if (change_creates(c) || !strcmp(change_old(c, "authorId"), who->user) ||
		ident_may(who, "company:manage"))
		return 0;
	return op_fail(
		change_op(c), MT_EPERM, "Only its author or an administrator can change a comment");
}

/* Whom a comment can't mention. */
static int without_access(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return op_fail(&r->op, MT_ENOENT, "There is no such ticket");
	rc = op_read(&r->op, op_as(&r->op), &COMMENT_WITHOUT_ACCESS, DB_ARGS(id), &rows);
	if (rc < 0)
		return rc;
	return rows.n ? reply_text_json(r, 200, row_text(&rows, 0, 0))
		      : op_fail(&r->op, MT_ENOENT, "There is no such ticket");
}

static const struct field WITHOUT_ACCESS[] = {
	{"items", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS}, {.type = FIELD_END}};

static const struct route ROUTES[] = {
	{"GET", "/api/tickets/:id/without-access", "tickets:read:own", .run = without_access,
		.answer = WITHOUT_ACCESS},
	{.path = NULL},
};

const struct resource comment_resource = {
	.name = "comments",
	.one = P_("comment"),
	.type = "Comment",
	.path = "/api/tickets/:id/comments",
	.one_path = "/api/comments",
	.table = "mortise.ticket_comments",
	.title = "body",
	.read = "tickets:read:own",
	.write = "tickets:write:own",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE | OFFERS_ARCHIVE | OFFERS_HISTORY,
	.order = "createdAt",
	.page = 500,
	.page_max = 1000,
	.parent = &ticket_resource,
	.parent_column = "ticketId",
	.parent_event = "TicketCommented",
	.events = "TicketComment",
	.rule = "mortise.comment_rule",
	.rule_reads = "body",
	.check = check,
	.more = ROUTES,
};
