/*
 * attachments.c - files of tickets: added by who may write there, read by who reads it.
 *
 * nginx sends the bytes: we decide for each request, also for each range. A browser shows only what it
 * draws without running anything (SHOWN); everything else it saves. The steward removes bytes that no row
 * names (sql/045-files.sql).
 */
#include "api/api.h"

#include <string.h>
#include <unistd.h>

#include "api/attachment_store.h"
#include "base/files.h"
#include "base/id.h"
#include "base/perm.h"
#include "http/url.h"
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

static const char *const SHOWN[] = {
	"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", NULL};

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

	if ((rc = op_write(op, op_as(op), &ATTACHMENT_BEGIN, DB_ARGS(s->sha256), &rows)) < 0 ||
		(rc = op_begin(op, op_as(op))) < 0 ||
		(rc = op_query(op, &ATTACHMENT_HOLD, DB_ARGS(s->sha256), &rows)) < 0 ||
		(rc = attachment_keep(r, s)) < 0 ||
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

static bool is_shown(const char *type)
{
	for (int i = 0; SHOWN[i]; i++)
		if (!strcmp(type, SHOWN[i]))
			return true;
	return false;
}

/* A name in both forms of RFC 6266: clients that don't know the second get the ASCII of the first. */
static void name_it(struct req *r, const char *name, bool inside)
{
	char *plain = arena_strdup(r->op.arena, name);

	for (char *c = plain; *c; c++)
		if ((unsigned char)*c >= 0x7f || *c == '"' || *c == '\\' || *c == '%')
			*c = '_';
	reply_header(r, "Content-Disposition", "%s; filename=\"%s\"; filename*=UTF-8''%s",
		inside ? "inline" : "attachment", plain, url_encode(r->op.arena, name));
}

static int send_file(struct req *r, bool thumbnail)
{
	const char *id = req_param(r, "id"), *type, *sha256;
	int tenant = r->op.who->tenant, rc;
	char path[FILES_PATH_MAX];
	struct rows rows;

	if (!id_is_uuid(id))
		return none(r);
	rc = op_read(&r->op, op_as(&r->op), &ATTACHMENT_GET, DB_ARGS(id), &rows);
	if (rc < 0)
		return rc;
	if (!rows.n || (thumbnail && !row_bool(&rows, 0, 3)))
		return none(r);
	type = thumbnail ? "image/jpeg" : row_text(&rows, 0, 1);
	sha256 = row_text(&rows, 0, 2);
	files_path(&r->op.app->conf, tenant, sha256, thumbnail, path);
	if (access(path, R_OK) < 0) {
		op_log(&r->op, "%s is missing", path);
		return op_fail(&r->op, MT_EINTERNAL,
			"The file is missing on the server: the operator has to restore files_dir");
	}
	if (!thumbnail)
		name_it(r, row_text(&rows, 0, 0), req_query(r, "show") && is_shown(type));
	files_name(tenant, sha256, thumbnail, path);
	reply_header(r, "X-Accel-Redirect", "/-/files/%s", path);
	return reply_data(r, 200, type, "", 0);
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
