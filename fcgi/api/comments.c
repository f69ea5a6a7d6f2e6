/*
 * comments.c - comments of tickets, oldest first. Their author and administrators may change or
 * delete them; the history has the old text. A text mentions people as "[@Ann Ruiz](mention:<id>)";
 * who is new in it is notified on their own channel.
 */
#include "api/api.h"

#include <string.h>

#include "api/comments.sql.h"
#include "base/id.h"
#include "base/perm.h"
#include "db/db.h"
#include "events/event.h"

/* People whom one text notifies; more are only named. */
#define MENTIONS_MAX 20
#define MENTION "](mention:"

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

/* The id of the next mention from *at on, in small letters; NULL = there is none. */
static const char *next_mention(struct arena *p, const char **at)
{
	while ((*at = strstr(*at, MENTION)) != NULL) {
		const char *id = *at += strlen(MENTION);
		char *copy;

		if (strnlen(id, ID_UUID_LEN + 1) <= ID_UUID_LEN || id[ID_UUID_LEN] != ')')
			continue;
		copy = arena_strndup(p, id, ID_UUID_LEN);
		for (char *c = copy; *c; c++)
			if (*c >= 'A' && *c <= 'F')
				*c += 'a' - 'A';
		if (id_is_uuid(copy))
			return copy;
	}
	return NULL;
}

/* The ids that a text mentions, as an array for a parameter: "{a,b}". */
static const char *mentions_of(struct arena *p, const char *text)
{
	const char *ret = "", *id;
	int n = 0;

	while (text && n < MENTIONS_MAX && (id = next_mention(p, &text)) != NULL)
		if (!strstr(ret, id))
			ret = arena_printf(p, "%s%s%s", ret, n++ ? "," : "", id);
	return arena_printf(p, "{%s}", ret);
}

static int notify_mentioned(struct change *c)
{
	struct op *op = change_op(c);
	const char *now = mentions_of(op->arena, change_new(c, "body"));
	const char *before =
		mentions_of(op->arena, change_creates(c) ? NULL : change_old(c, "body"));
	struct rows rows;
	int rc;

	if (!strcmp(now, "{}") || !strcmp(now, before))
		return 0;
	if ((rc = op_query(op, &COMMENT_MENTIONED,
		     DB_ARGS(now, before, op->who->user, change_new(c, "ticketId")), &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		change_notify(c, "TicketMentioned", event_user(op, row_text(&rows, i, 0)));
	return 0;
}

static int check(struct change *c)
{
	const struct ident *who = change_op(c)->who;

	if (change_creates(c) || !strcmp(change_old(c, "authorId"), who->user) ||
		ident_may(who, "company:manage"))
		return notify_mentioned(c);
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
	.check = check,
	.more = ROUTES,
};
