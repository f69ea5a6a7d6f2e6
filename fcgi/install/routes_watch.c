/*
 * routes_watch.c - what is being done with plugins, what was done, and who has which version.
 */
#include <string.h>
#include "auth/ident.h"
#include "base/json.h"
#include "install/install.h"
#include "install/lifecycle.h"
#include "install/routes.h"
#include "install/routes_watch.sql.h"

static const char *is_sys(const struct req *r)
{
	return r->op.who->is_system ? "t" : "f";
}

static int list_of(struct req *r, const struct stmt *s)
{
	const char *id = routes_installation(r);
	struct catalog_installation i;
	long limit = req_query_number(r, "limit", 100);
	int rc;

	if (!id)
		return r->op.err.code;
	if ((rc = catalog_installation(&r->op, op_as(&r->op), id, NULL, &i)) < 0)
		return rc;
	return routes_reply_list(r, s, DB_ARGS(i.key, arena_printf(r->op.arena, "%ld", limit)));
}

static int activity(struct req *r)
{
	return list_of(r, &WATCH_ACTIVITY);
}

/* Its calls to other servers (sql/042-plugin-fetch.sql). */
static int fetches(struct req *r)
{
	return list_of(r, &WATCH_FETCHES);
}

static int list_steps(struct req *r)
{
	lifecycle_maintain(r->op.app);
	return routes_reply_list(r, &WATCH_STEPS,
		DB_ARGS(is_sys(r), arena_printf(r->op.arena, "%d", r->op.who->tenant)));
}

static int mark_cancelled(struct req *r, const char *id)
{
	const char *tenant = arena_printf(r->op.arena, "%d", r->op.who->tenant);
	struct op *op = &r->op;
	struct rows rows;
	int rc;

	rc = op_write(op, op_as(op), &WATCH_CANCEL, DB_ARGS(is_sys(r), tenant, id), &rows);
	if (rc < 0 || rows.changed > 0)
		return rc;
	rc = op_read(op, op_as(op), &WATCH_THERE, DB_ARGS(is_sys(r), tenant, id), &rows);
	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(op, MT_ENOENT, "There is no such step: it is over");
	return row_bool(&rows, 0, 0)
		       ? 0 /* it was already cancelled */
		       : op_fail(op, MT_ECONFLICT, "This step can't be cancelled any more");
}

/* The operation notices it with its next transaction, and its worker undoes it; one without a
 * worker is undone at once. */
static int cancel(struct req *r)
{
	const char *id = req_param(r, "id");
	int rc;

	if (!*id || strlen(id) > 18 || id[strspn(id, "0123456789")])
		return op_fail(&r->op, MT_ENOENT, "There is no such step");
	rc = mark_cancelled(r, id);
	lifecycle_maintain(r->op.app);
	return rc < 0 ? rc : reply_empty(r);
}

static json_t *version_json(
	const struct arena *arena, const struct catalog_package *p, const struct rows *counts)
{
	long n = 0;

	for (int i = 0; i < counts->n; i++)
		if (!strcmp(row_text(counts, i, 0), p->sha256))
			n = row_int(counts, i, 1);
	return json_pack("{s:s, s:I, s:s, s:o, s:b, s:b, s:s, s:s?, s:o}", "version", p->version,
		"tenants", (json_int_t)n, "status", p->status, "trust",
		trust_json(arena, &p->trust), "approved", p->approved_at != NULL, "quarantined",
		p->quarantined, "sha256", p->sha256, "unfit", p->unfit, "unfitText",
		json_message(arena, p->unfit));
}

/* Packages are sorted by key and version, tenants by key. */
static json_t *overview_json(const struct arena *arena, const struct catalog_package *list, int n,
	const struct rows *counts, const struct rows *tenants)
{
	json_t *items = json_array();
	int at = 0;

	for (int i = 0; i < n;) {
		const struct catalog_package *first = &list[i];
		json_t *versions = json_array(), *who = json_array();

		for (; i < n && !strcmp(list[i].key, first->key); i++)
			json_array_append_new(versions, version_json(arena, &list[i], counts));
		for (; at < tenants->n && strcmp(row_text(tenants, at, 0), first->key) <= 0; at++)
			if (!strcmp(row_text(tenants, at, 0), first->key))
				json_array_append_new(
					who, json_pack("{s:s, s:s, s:s, s:s}", "code",
						     row_text(tenants, at, 1), "name",
						     row_text(tenants, at, 2), "version",
						     row_text(tenants, at, 3), "state",
						     row_text(tenants, at, 4)));
		json_array_append_new(items,
			json_pack("{s:s, s:s, s:o, s:o}", "pluginKey", first->key, "displayName",
				json_str(first->manifest, "displayName", first->key), "versions",
				versions, "tenants", who));
	}
	return items;
}

/* Every plugin, its versions and who has them; ?key= for one plugin with all its tenants. */
static int overview(struct req *r)
{
	const char *key = req_query(r, "key");
	struct rows counts, tenants;
	struct catalog_package *list;
	int n, rc;

	lifecycle_maintain(r->op.app);
	if ((rc = catalog_packages(&r->op, op_as(&r->op), key, &list, &n)) < 0 ||
		(rc = op_read(&r->op, op_as(&r->op), &WATCH_COUNTS, DB_NOARGS, &counts)) < 0 ||
		(rc = op_read(&r->op, op_as(&r->op), &WATCH_TENANTS, DB_ARGS(key), &tenants)) < 0)
		return rc;
	return routes_reply_items(r, overview_json(r->op.arena, list, n, &counts, &tenants));
}

static const struct field ACTIVITY_QUERY[] = {{"limit", FIELD_INT, 0, 1, 500}, {.type = FIELD_END}};
static const struct field OVERVIEW_QUERY[] = {{"key", FIELD_STRING}, {.type = FIELD_END}};

static const struct route ROUTES[] = {
	{"GET", "/api/plugins/installations/:id/activity", MANAGE, NULL, 0, 0, activity,
		.query = ACTIVITY_QUERY, .answer = ANSWER_ITEMS(answer_activity)},
	{"GET", "/api/plugins/installations/:id/fetches", MANAGE, NULL, 0, 0, fetches,
		.query = ACTIVITY_QUERY, .answer = ANSWER_ITEMS(answer_fetch)},
	{"GET", "/api/plugins/steps", MANAGE, NULL, ROUTE_SYSTEM, 0, list_steps,
		.answer = ANSWER_ITEMS(answer_step)},
	{"POST", "/api/plugins/steps/:id/cancel", MANAGE, NULL, ROUTE_SYSTEM, 0, cancel,
		.answer = answer_none},
	{"GET", "/api/plugins/overview", UPLOAD, NULL, 0, 0, overview, .query = OVERVIEW_QUERY,
		.answer = ANSWER_ITEMS(answer_overview)},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table watch_routes = {"watch", ROUTES};
