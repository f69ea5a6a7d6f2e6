/*
 * dashboard.c - which widgets somebody has on their dashboard, in their order. Ids are the page's: those of
 * plugins are <key>:<id> of the manifest. What isn't there (any more) or isn't theirs to see, the page
 * leaves out.
 */
#include "api/api.h"

#include <string.h>

#include "base/json.h"
#include "api/dashboard.sql.h"

#define PATH "/api/me/dashboard"
#define WIDGETS_MAX 40 /* sql/047-dashboards.sql */
#define ID_MAX 101     /* of a plugin's key, a colon and an id */

static int dashboard_get(struct req *r)
{
	struct rows rows;
	json_t *widgets = NULL;
	int rc = op_read(&r->op, op_as(&r->op), &DASHBOARD_GET, DB_NOARGS, &rows);

	if (rc == 0 && rows.n > 0)
		rc = row_json(&r->op, &rows, 0, 0, &widgets);
	if (rc < 0)
		return rc;
	return reply_json(r, 200,
		api_json(r, json_pack("{s:O}", "widgets", widgets ? widgets : json_null())));
}

static bool is_id(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-:") == strlen(s);
}

static int check(struct op *op, const json_t *widgets)
{
	size_t i, j;
	json_t *v;
	int rc = 0;

	json_array_foreach((json_t *)widgets, i, v) {
		const char *id = json_str(v, "id", "");

		if (!is_id(id))
			rc = op_fault(op, arena_printf(op->arena, "/widgets/%zu/id", i),
				"Must be the name of a widget, such as mine or parts:low-stock");
		for (j = 0; j < i; j++)
			if (!strcmp(json_str(json_array_get(widgets, j), "id", ""), id))
				rc = op_fault(op, arena_printf(op->arena, "/widgets/%zu/id", i),
					"Must differ from those before it");
	}
	return rc;
}

static int dashboard_put(struct req *r)
{
	const json_t *widgets = json_object_get(r->body, "widgets");
	struct rows rows;
	int rc = check(&r->op, widgets);

	if (rc == 0)
		rc = op_write(&r->op, op_as(&r->op), &DASHBOARD_SET,
			DB_ARGS(json_text(r->op.arena, widgets, NULL)), &rows);
	return rc < 0 ? rc : dashboard_get(r);
}

static int dashboard_delete(struct req *r)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &DASHBOARD_RESET, DB_NOARGS, &rows);

	return rc < 0 ? rc : reply_empty(r);
}

static const struct field WIDGET[] = {
	{"id", FIELD_STRING, FIELD_REQUIRED, 1, ID_MAX},
	{"size", FIELD_ENUM, FIELD_REQUIRED, .one_of = "small|wide"},
	{.type = FIELD_END},
};
static const struct field WIDGET_ENTRY = {.type = FIELD_OBJECT, .of = WIDGET};

static const struct field CHANGES[] = {
	{"widgets", FIELD_ARRAY, FIELD_REQUIRED, .max = WIDGETS_MAX, .of = WIDGET,
		.entry = &WIDGET_ENTRY},
	{.type = FIELD_END},
};

/* null = as it is for everybody who hasn't arranged theirs. */
static const struct field DASHBOARD[] = {
	{"widgets", FIELD_ARRAY, FIELD_REQUIRED | FIELD_NULLABLE, .of = WIDGET},
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", PATH, NULL, .run = dashboard_get, .answer = DASHBOARD},
	{"PUT", PATH, NULL, CHANGES, 0, 16384, dashboard_put, .answer = DASHBOARD},
	{"DELETE", PATH, NULL, .run = dashboard_delete, .answer = answer_none},
	{.path = NULL},
};

const struct route_table dashboard_routes = {"dashboard", ROUTES};
