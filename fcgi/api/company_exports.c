/*
 * company_exports.c - exports of a whole company: asked for, listed, downloaded and removed, by its
 * administrators and by the system administration.
 *
 * The steward makes them (relay/company_export.h). nginx sends the file: we decide for each request, also
 * for each range of an interrupted download, and write down who began to download it.
 */
#include "api/api.h"

#include <string.h>
#include <unistd.h>

#include "auth/source.h"
#include "base/exports.h"
#include "base/id.h"
#include "base/json.h"
#include "api/company_exports.sql.h"

#define EXPORT "company:export"
#define MANAGE "tenants:manage"

/* NULL = the caller's own. */
static const char *code_of(const struct req *r)
{
	const char *code = req_param(r, "code");

	return *code ? code : NULL;
}

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such export; they are kept for %d days",
		EXPORTS_DAYS);
}

static int list(struct req *r)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &COMPANY_EXPORTS_OF, DB_ARGS(code_of(r)), &rows);

	if (rc < 0)
		return rc;
	return reply_text_json(
		r, 200, arena_printf(r->op.arena, "{\"items\":%s}", row_text(&rows, 0, 0)));
}

static int ask(struct req *r)
{
	char id[ID_UUID_LEN + 1];
	struct rows rows;
	int rc;

	id_uuid7(id);
	rc = op_write(&r->op, op_as(&r->op), &COMPANY_EXPORTS_ASK,
		DB_ARGS(code_of(r), id, r->op.who->name), &rows);
	return rc < 0 ? rc : reply_text_json(r, 202, row_text(&rows, 0, 0));
}

static int download(struct req *r)
{
	const char *id = req_param(r, "id"), *name;
	char path[EXPORTS_PATH_MAX];
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	source_of_download(r);
	rc = op_write(&r->op, op_as(&r->op), &COMPANY_EXPORTS_OPEN,
		DB_ARGS(code_of(r), id, req_header(r, "Range") ? "t" : "f"), &rows);
	if (rc < 0)
		return rc;
	name = row_text(&rows, 0, 0);
	exports_path(&r->op.app->conf, id, path);
	if (!name || access(path, R_OK) < 0)
		return none(r);
	reply_header(r, "Content-Disposition", "attachment; filename=\"%s.zip\"", name);
	reply_header(r, "X-Accel-Redirect", "/-/exports/%s.zip", id);
	return reply_data(r, 200, "application/zip", "", 0);
}

static int drop(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	rc = op_write(&r->op, op_as(&r->op), &COMPANY_EXPORTS_DROP, DB_ARGS(code_of(r), id), &rows);
	if (rc < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return none(r);
	exports_remove(&r->op.app->conf, id);
	return reply_empty(r);
}

static const struct field NOTHING[] = {{.type = FIELD_END}};

static const struct field ONE[] = {
	ANSWER("id", UUID),
	{"state", FIELD_ENUM, FIELD_REQUIRED, .one_of = "waiting|making|ready|failed"},
	ANSWER("askedBy", TEXT),
	ANSWER("askedAt", TIME),
	ANSWER_NULL("part", TEXT), /* that is written just now */
	ANSWER("done", INT),	   /* rows, of */
	ANSWER("total", INT),
	ANSWER_NULL("size", INT),
	ANSWER_NULL("fault", TEXT),
	ANSWER_NULL("faultText", OBJECT),
	ANSWER_NULL("endedAt", TIME),
	ANSWER_NULL("expiresAt", TIME),
	ANSWER_END,
};

static const struct field ALL[] = {ANSWER_OF("items", ARRAY, ONE), ANSWER_END};

#define OWN_PATH "/api/company/exports"
#define SYSTEM_PATH "/api/tenants/:code/exports"

#define ROUTES_AT(at, permission)                                                                  \
	{                                                                                          \
		{"GET", at, permission, NULL, 0, 0, list, .answer = ALL},                          \
			{"POST", at, permission, NOTHING, ROUTE_CONFIRM, 4096, ask,                \
				.answer = ONE},                                                    \
			{"GET", at "/:id", permission, NULL, 0, 0, download,                       \
				.type = "application/zip"},                                        \
			{"DELETE", at "/:id", permission, NULL, 0, 0, drop,                        \
				.answer = answer_none},                                            \
			{.path = NULL},                                                            \
	}

static const struct route OWN[] = ROUTES_AT(OWN_PATH, EXPORT);
static const struct route SYSTEM[] = ROUTES_AT(SYSTEM_PATH, MANAGE);

const struct route_table company_export_routes = {"company exports", OWN};
const struct route_table tenant_export_routes = {"exports of companies", SYSTEM};
