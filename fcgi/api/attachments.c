/*
 * attachments.c - files of tickets: added by who may write there, read by who reads it.
 *
 * nginx sends the bytes: we decide for each request, also for each range. The steward removes bytes that
 * no row names (sql/045-files.sql).
 */
#include "api/api.h"

#include <string.h>

#include "api/attachment_store.h"
#include "base/id.h"
#include "base/perm.h"
#include "api/attachments.sql.h"

#define READ "tickets:read:own"
#define WRITE "tickets:write:own"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"ticketId", REF(&ticket_resource), READONLY},
	{"authorId", REF(&user_resource), READONLY, .shown = "authorName"},
	{"name", STRING(1, 200), READONLY},
	{"type", STRING(3, 120), READONLY, .about = "by its bytes"},
	{"size", INTEGER(0, 0), READONLY, .about = "bytes"},
	{"width", INTEGER(0, 0), NULLABLE | READONLY, .about = "pixels, of a picture"},
	{"height", INTEGER(0, 0), NULLABLE | READONLY},
	{"thumbnail", BOOLEAN, READONLY, .about = "is there one"},
	{"createdAt", TIME, READONLY | SORT},
	{0},
};

static int no_ticket(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such ticket");
}

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such file");
}

/* Before the body is read. */
static int check_ticket(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return no_ticket(r);
	rc = op_read(&r->op, op_as(&r->op), &ATTACHMENT_TICKET, DB_ARGS(id), &rows);
	if (rc < 0)
		return rc;
	if (!rows.n)
		return no_ticket(r);
	return row_bool(&rows, 0, 0)
		       ? 0
		       : op_fail(&r->op, MT_EPERM,
				 "Files can be added to your own tickets: assigned to you, or created by you");
}

static int add_row(struct req *r, struct stored *s, const char *id)
{
	struct op *op = &r->op;
	struct arena *p = op->arena;
	struct rows rows;
	int rc;

	if ((rc = attachment_begin(r, s)) < 0 ||
		(rc = op_query(op, &ATTACHMENT_ADD,
			 DB_ARGS(id, req_param(r, "id"), op->who->user, s->name, s->type,
				 arena_printf(p, "%zu", s->size), s->sha256,
				 arena_printf(p, "%u", s->width), arena_printf(p, "%u", s->height),
				 s->thumbnail ? "t" : "f"),
			 &rows)) < 0)
		return rc;
	return op_commit(op);
}

static int add(struct req *r)
{
	char id[ID_UUID_LEN + 1];
	struct stored s;
	int rc;

	if ((rc = check_ticket(r)) < 0 || (rc = attachment_receive(r, &s)) < 0)
		return rc;
	id_uuid7(id);
	if ((rc = add_row(r, &s, id)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return resource_reply_new(r, arena_strdup(r->op.arena, id));
}

static int send_file(struct req *r, bool thumbnail)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	rc = op_read(&r->op, op_as(&r->op), &ATTACHMENT_GET, DB_ARGS(id), &rows);
	if (rc < 0)
		return rc;
	if (!rows.n || (thumbnail && !row_bool(&rows, 0, 3)))
		return none(r);
	return attachment_send(
		r, row_text(&rows, 0, 0), row_text(&rows, 0, 1), row_text(&rows, 0, 2), thumbnail);
}

static int content(struct req *r)
{
	return send_file(r, false);
}

static int thumbnail(struct req *r)
{
	return send_file(r, true);
}

static int drop(struct req *r)
{
	const char *id = req_param(r, "id");
	const struct ident *who = r->op.who;
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	rc = op_write(&r->op, op_as(&r->op), &ATTACHMENT_DROP,
		DB_ARGS(id, who->user, ident_may(who, "tickets:write") ? "t" : "f"), &rows);
	if (rc < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return row_bool(&rows, 0, 1)
			       ? op_fail(&r->op, MT_EPERM,
					 "Only who added a file, or may change all tickets, can delete it")
			       : none(r);
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static const struct field SHOW[] = {{"show", FIELD_BOOL}, {.type = FIELD_END}};

/* nginx bounds the body by attachment_max_mb (nginx/snippets/files-upload.conf). */
static const struct route ROUTES[] = {
	{"POST", "/api/tickets/:id/attachments", WRITE, NULL, ROUTE_RAW_BODY, 0, add},
	{"GET", "/api/attachments/:id/content", READ, .run = content, .query = SHOW, .type = "*/*"},
	{"GET", "/api/attachments/:id/thumbnail", READ, .run = thumbnail, .type = "image/jpeg"},
	{"DELETE", "/api/attachments/:id", WRITE, .run = drop, .answer = answer_none},
	{.path = NULL},
};

const struct resource attachment_resource = {
	.name = "attachments",
	.one = P_("file"),
	.type = "Attachment",
	.path = "/api/tickets/:id/attachments",
	.one_path = "/api/attachments",
	.table = "mortise.ticket_files",
	.title = "name",
	.read = READ,
	.columns = COLUMNS,
	.offers = OFFERS_ONE,
	.order = "createdAt",
	.page = 100,
	.page_max = 100,
	.parent = &ticket_resource,
	.parent_column = "ticketId",
	.more = ROUTES,
};
