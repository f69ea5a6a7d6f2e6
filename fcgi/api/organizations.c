/*
 * organizations.c - the organizations of this server, for the system administration: list and rename.
 *
 * One is made when the first company joins it, by its name, and goes with the last (tenants.c,
 * registrations.c). `mortise organization` and `mortise tenant move` do the same from a terminal.
 */
#include "api/api.h"

#include <string.h>

#include "api/organizations.sql.h"

#define MANAGE "tenants:manage"
#define PATH "/api/organizations"
#define PAGE 50
#define PAGE_MAX 200
#define ID_DIGITS 9

static int list(struct req *r)
{
	struct arena *p = r->op.arena;
	struct rows rows;
	int rc = op_read(&r->op, NULL, &ORGANIZATIONS_PAGE,
		DB_ARGS(req_query(r, "search"),
			arena_printf(p, "%ld", req_query_number(r, "limit", PAGE)),
			arena_printf(p, "%ld", req_query_number(r, "offset", 0))),
		&rows);

	if (rc < 0)
		return rc;
	return reply_text_json(r, 200,
		arena_printf(p, "{\"items\":%s,\"total\":%s}", row_text(&rows, 0, 1),
			row_text(&rows, 0, 0)));
}

static int none(struct req *r)
{
	op_clear(&r->op);
	return op_fail(
		&r->op, MT_ENOENT, "There is no such organization: its last company left it");
}

static int rename_one(struct req *r)
{
	const char *id = req_param(r, "id"), *name = api_body_str(r, "name", "");
	size_t n = strspn(id, "0123456789");
	struct rows rows;
	int rc;

	if (!n || id[n] || n > ID_DIGITS)
		return none(r);
	rc = op_write(&r->op, NULL, &ORGANIZATIONS_RENAME, DB_ARGS(id, name), &rows);
	if (rc == MT_ENOENT)
		return none(r);
	if (rc == MT_ECONFLICT) {
		op_clear(&r->op);
		return op_fault(&r->op, "/name", "Another organization has this name already");
	}
	if (rc < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_text_json(r, 200, row_text(&rows, 0, 0));
}

static const struct field QUERY[] = {
	{"search", FIELD_STRING, 0, 1, 120},
	{"limit", FIELD_INT, 0, 1, PAGE_MAX},
	{"offset", FIELD_INT, 0, 0, 1000000},
	{.type = FIELD_END},
};

static const struct field RENAME[] = {
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, 120},
	{.type = FIELD_END},
};

const struct field organization_answer[] = {
	ANSWER("id", INT),
	ANSWER("name", TEXT),
	ANSWER("companies", INT),
	ANSWER_END,
};

static const struct field ORGANIZATIONS[] = {
	ANSWER_OF("items", ARRAY, organization_answer),
	ANSWER("total", INT),
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", PATH, MANAGE, NULL, 0, 0, list, .query = QUERY, .answer = ORGANIZATIONS},
	{"PUT", PATH "/:id", MANAGE, RENAME, ROUTE_CONFIRM, 4096, rename_one,
		.answer = organization_answer},
	{.path = NULL},
};

const struct route_table organization_routes = {"organizations", ROUTES};
