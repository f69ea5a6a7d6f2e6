/*
 * plugin_files.c - files that plugins keep (sql/045-files.sql), for their components and for who manages
 * plugins. Pages reach them by the permissions that the manifest's "uploads" names; who manages plugins
 * sees and deletes all of them.
 */
#include "api/api.h"

#include <string.h>

#include "api/attachment_store.h"
#include "api/plugin_files.sql.h"
#include "api/plugin_rights.h"
#include "base/id.h"

#define MANAGE "plugins:manage"

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such file");
}

/* ret_max_mb: of one file. */
static int enter(struct req *r, bool writes, bool manager_may, long *ret_max_mb)
{
	struct plugin_rights d = {.key = req_param(r, "plugin")};
	const char *reads_by, *writes_by;
	struct rows rows;
	int rc;

	if (!id_is_plugin_key(d.key))
		return op_fail(&r->op, MT_ENOENT, "There is no such plugin");
	rc = op_read(&r->op, op_as(&r->op), &PLUGIN_FILE_RIGHTS, DB_ARGS(d.key), &rows);
	if (rc < 0)
		return rc;
	reads_by = row_text(&rows, 0, 0);
	writes_by = row_text(&rows, 0, 1);
	if (ret_max_mb)
		*ret_max_mb = row_int(&rows, 0, 2);
	if (manager_may && ident_may(r->op.who, MANAGE))
		return 0;
	if ((rc = plugin_rights_find(r, &d)) < 0)
		return rc;
	if ((writes_by && plugin_rights_may(r, &d, writes_by)) ||
		(!writes && reads_by && plugin_rights_may(r, &d, reads_by)))
		return 0;
	return ident_refuse(r, writes || !reads_by ? (writes_by ? writes_by : MANAGE) : reads_by);
}

static int list(struct req *r)
{
	int rc = enter(r, false, true, NULL);

	return rc < 0 ? rc
		      : api_read_json(r, &PLUGIN_FILE_LIST,
				DB_ARGS(req_param(r, "plugin"), req_query(r, "cursor")));
}

static int add(struct req *r)
{
	struct op *op = &r->op;
	char id[ID_UUID_LEN + 1];
	struct stored s;
	struct rows rows;
	long max_mb = 0;
	int rc;

	if ((rc = enter(r, true, false, &max_mb)) < 0 || (rc = attachment_receive(r, &s)) < 0)
		return rc;
	if (s.size > (size_t)max_mb << 20)
		return op_fail(op, MT_ETOOBIG, "The file is larger than %ld MB", max_mb);
	id_uuid7(id);
	if ((rc = attachment_begin(r, &s)) < 0 ||
		(rc = op_query(op, &PLUGIN_FILE_ADD,
			 DB_ARGS(req_param(r, "plugin"), id, s.name, s.type,
				 arena_printf(op->arena, "%zu", s.size), s.sha256,
				 arena_printf(op->arena, "%u", s.width),
				 arena_printf(op->arena, "%u", s.height), s.thumbnail ? "t" : "f"),
			 &rows)) < 0 ||
		(rc = op_commit(op)) < 0)
		return rc;
	app_wake_steward(op->app, WAKE_EVENTS);
	return reply_text_json(r, 201, row_text(&rows, 0, 0));
}

static int send_file(struct req *r, bool thumbnail)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc = enter(r, false, true, NULL);

	if (rc < 0)
		return rc;
	if (!id_is_uuid(id))
		return none(r);
	rc = op_read(&r->op, op_as(&r->op), &PLUGIN_FILE_GET, DB_ARGS(req_param(r, "plugin"), id),
		&rows);
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
	struct rows rows;
	int rc = enter(r, true, true, NULL);

	if (rc < 0)
		return rc;
	if (!id_is_uuid(id))
		return none(r);
	rc = op_write(&r->op, op_as(&r->op), &PLUGIN_FILE_DELETE,
		DB_ARGS(req_param(r, "plugin"), id), &rows);
	if (rc < 0)
		return rc;
	return row_bool(&rows, 0, 0) ? reply_empty(r) : none(r);
}

static const struct field PAGES[] = {{"cursor", FIELD_UUID}, {.type = FIELD_END}};
static const struct field SHOW[] = {{"show", FIELD_BOOL}, {.type = FIELD_END}};
static const struct field FILE_OF_PLUGIN[] = {ANSWER("id", UUID), ANSWER("name", TEXT),
	ANSWER("type", TEXT), ANSWER("size", INT), ANSWER_NULL("width", INT),
	ANSWER_NULL("height", INT), ANSWER("thumbnail", BOOL), ANSWER_NULL("authorId", UUID),
	ANSWER("createdAt", TIME), ANSWER_END};

#define ALL "/api/files/:plugin"

/* nginx bounds the body by attachment_max_mb (nginx/snippets/files-upload.conf). */
static const struct route ROUTES[] = {
	{"GET", ALL, NULL, .run = list, .query = PAGES, .answer = ANSWER_ITEMS(FILE_OF_PLUGIN)},
	{"POST", ALL, NULL, NULL, ROUTE_RAW_BODY, 0, add, .answer = FILE_OF_PLUGIN},
	{"GET", ALL "/:id/content", NULL, .run = content, .query = SHOW, .type = "*/*"},
	{"GET", ALL "/:id/thumbnail", NULL, .run = thumbnail, .type = "image/jpeg"},
	{"DELETE", ALL "/:id", NULL, .run = drop, .answer = answer_none},
	{.path = NULL},
};

const struct route_table plugin_file_routes = {"plugin-files", ROUTES};
