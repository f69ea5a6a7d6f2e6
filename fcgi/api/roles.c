/*
 * roles.c - roles and which permissions each has. PUT /api/roles/:id/permissions gives and takes
 * those of plugins, and those of the core where the company made the role itself; the built-in ones
 * keep theirs, and a system admin has all. Who may give what to whom, and that an administrator
 * stays, is in sql/025-roles.sql and 019-people.sql.
 *
 * It also answers who has a permission, and by which role.
 */
#include "api/api.h"

#include <string.h>

#include "auth/rights.h"
#include "base/perm.h"
#include "base/clock.h"
#include "base/json.h"
#include "events/event.h"
#include "api/roles.sql.h"

#define NAMES_MAX 500
#define PAGE 50
#define PAGE_MAX 200
#define OFFSET_MAX 1000000

static const struct field PERMISSION[] = {
	{"name", FIELD_TEXT, FIELD_REQUIRED},
	{"label", FIELD_TEXT, FIELD_REQUIRED},
	{"description", FIELD_TEXT, FIELD_REQUIRED | FIELD_NULLABLE},
	{"source", FIELD_TEXT, FIELD_REQUIRED},
	{"sourceName", FIELD_TEXT, FIELD_REQUIRED},
	{"enabled", FIELD_BOOL, FIELD_REQUIRED},
	{"granted", FIELD_BOOL, FIELD_REQUIRED},
	{"fixed", FIELD_BOOL, FIELD_REQUIRED},
	{.type = FIELD_END},
};

static const struct column COLUMNS[] = {
	{"role", STRING(1, 40), KEY},
	{"label", STRING(1, 60), REQUIRED,
		.about = "its name, once in the company, without commas"},
	{"description", STRING(1, 300), NULLABLE},
	{"builtIn", BOOLEAN, READONLY,
		.about = "every company has it; it is neither renamed nor deleted"},
	{"secondFactor", BOOLEAN, READONLY,
		.about = "its people need two-step sign-in, from their next sign-in on"},
	{"position", INTEGER(0, 0), READONLY | SORT},
	{"version", INTEGER(0, 0), READONLY | NULLABLE, .about = "null where it is built in"},
	{"permissions", ROWS(PERMISSION), READONLY,
		.about = "those of the core, then those of plugins"},
	{0},
};

static bool has_text(const json_t *list, const char *text)
{
	size_t i;
	json_t *one;

	json_array_foreach((json_t *)list, i, one)
		if (json_is_string(one) && !strcmp(json_string_value(one), text))
			return true;
	return false;
}

/* The role of the path, which the caller is about to rename, describe or delete. */
static int own_role(struct req *r, const char **ret)
{
	*ret = req_param(r, "id");
	if (perm_is_role(*ret))
		return api_fault(r, MT_ECONFLICT, "fixed-role",
			"Built-in roles keep their names and stay; a copy can be changed and deleted");
	return perm_is_own_role(*ret) ? 0 : op_fail(&r->op, MT_ENOENT, "There is no such role");
}

/* Locks the role and compares its version. */
static int lock(struct req *r, const char *role, struct rows *ret)
{
	int rc;

	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &ROLE_LOCK, DB_ARGS(role), ret)) < 0)
		return rc;
	return resource_check_version(r, row_int(ret, 0, 0));
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

/* What every page has to know: history, event, COMMIT. changes, grant, revoke: owned by the request. */
static int finish(struct req *r, const char *role, const json_t *changes, const json_t *grant,
	const json_t *revoke)
{
	json_t *payload = api_json(
		r, json_pack("{ss sO sO ss ss}", "role", role, "grant", grant, "revoke", revoke,
			   "byUserId", r->op.who->user, "byUserName", r->op.who->name));
	int rc = resource_add_history(r, role, json_text(r->op.arena, changes, NULL));

	if (rc < 0 ||
		(rc = event_emit(&r->op, event_tenant(&r->op), "RolesChanged", payload)) < 0 ||
		(rc = op_commit(&r->op)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return 0;
}

static int finish_without_permissions(struct req *r, const char *role, json_t *changes)
{
	const json_t *none = api_json(r, json_array());

	return finish(r, role, changes, none, none);
}

/* --- roles of the company's own ------------------------------------------------------------------------ */

/* A fault of the body's field where the statement refused by it. */
static int named_fault(struct req *r, int rc, const char *copy_of)
{
	const char *state = db_sqlstate(r->op.db);

	if (rc == MT_ECONFLICT && !strcmp(state, "23505")) {
		op_clear(&r->op);
		return op_fault(&r->op, "/label", "Another role has this name");
	}
	if (rc == MT_EINVAL && copy_of) {
		op_clear(&r->op);
		return op_fault(&r->op, "/copyOf",
			"Must be a role of your company, other than SystemAdmin");
	}
	return rc;
}

static int check_label(struct req *r, const char *label)
{
	if (label && !label[strspn(label, " ")])
		return op_fault(&r->op, "/label", "Must have more than spaces");
	if (label && strchr(label, ','))
		return op_fault(&r->op, "/label", "Must have no comma, which stands between roles");
	return 0;
}

static int create(struct req *r)
{
	struct op *op = &r->op;
	const char *label = api_body_str(r, "label", NULL), *copy = api_body_str(r, "copyOf", NULL);
	const char *about = api_body_str(r, "description", NULL), *id;
	struct rows rows;
	json_t *changes;
	int rc;

	if ((rc = check_label(r, label)) < 0 || (rc = op_begin(op, op_as(op))) < 0)
		return rc;
	rc = op_query(op, &ROLE_CREATE,
		DB_ARGS(label, about, copy, arena_printf(op->arena, "%d", op->app->conf.roles_max)),
		&rows);
	if (rc < 0)
		return named_fault(r, rc, copy);
	id = row_text(&rows, 0, 0);
	changes = api_json(r, json_pack("{s[ns] s[nO]}", "label", label, "copyOf",
				      api_json(r, text_or_null(copy))));
	if ((rc = finish_without_permissions(r, id, changes)) < 0)
		return rc;
	return resource_reply_new(r, id);
}

static int describe(struct req *r)
{
	struct op *op = &r->op;
	const char *label = api_body_str(r, "label", NULL), *role;
	const char *about = api_body_str(r, "description", NULL);
	bool describes = json_object_get(r->body, "description") != NULL;
	json_t *changes = api_json(r, json_object());
	struct rows rows;
	int rc;

	if ((rc = own_role(r, &role)) < 0 || (rc = check_label(r, label)) < 0 ||
		(rc = lock(r, role, &rows)) < 0)
		return rc;
	if (label && strcmp(label, row_text(&rows, 0, 1)) != 0)
		json_object_set_new(
			changes, "label", json_pack("[ss]", row_text(&rows, 0, 1), label));
	if (describes)
		json_object_set_new(changes, "description",
			json_pack(
				"[oo]", text_or_null(row_text(&rows, 0, 2)), text_or_null(about)));
	if (!json_object_size(changes))
		return resource_reply_one(r);
	if ((rc = op_query(op, &ROLE_DESCRIBE,
		     DB_ARGS(role, label, describes ? "true" : "false", about), &rows)) < 0)
		return named_fault(r, rc, NULL);
	if ((rc = finish_without_permissions(r, role, changes)) < 0)
		return rc;
	return resource_reply_one(r);
}

static int remove_role(struct req *r)
{
	struct op *op = &r->op;
	const char *to = req_query(r, "reassign"), *role;
	struct rows rows;
	json_t *changes;
	int rc;

	if ((rc = own_role(r, &role)) < 0 || (rc = lock(r, role, &rows)) < 0)
		return rc;
	to = to && *to ? to : NULL;
	rc = op_query(op, &ROLE_REMOVE, DB_ARGS(role, to), &rows);
	if (rc == MT_EINVAL) {
		op_clear(op);
		return op_fault(
			op, "?reassign", "Must be another role of your company, not SystemAdmin");
	}
	if (rc < 0)
		return rc;
	changes = api_json(r, json_pack("{s[sn] s[no]}", "label", row_text(&rows, 0, 0), "reassign",
				      text_or_null(to)));
	if ((rc = finish_without_permissions(r, role, changes)) < 0)
		return rc;
	rights_hold(r, clock_ms());
	return reply_empty(r);
}

/* --- permissions ---------------------------------------------------------------------------------------- */

/* body.grant or body.revoke: names of permissions, each once in both. */
static const json_t *names(struct req *r, const char *role, const char *field, const json_t *other)
{
	const json_t *list = json_object_get(r->body, field);
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one) {
		const char *at = arena_printf(r->op.arena, "/%s/%zu", field, i);
		const char *name = json_string_value(one);

		if (!name)
			op_fault(&r->op, at, "Must be the name of a permission");
		else if (perm_is_core(name) && perm_is_role(role))
			op_fault(&r->op, at,
				"%s is Mortise's own and fixed in built-in roles; a copy of the role"
				" can get it and lose it",
				name);
		else if (perm_is_system(name))
			op_fault(&r->op, at,
				"%s reaches beyond the company; only system admins have it", name);
		else if (other && has_text(other, name))
			op_fault(&r->op, at, "%.100s can't be given and taken at once", name);
	}
	return list ? list : api_json(r, json_array());
}

/* Those that the statement did not know, with their place in the body. */
static void unknown(struct req *r, const char *field, const json_t *list, const json_t *bad)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one)
		if (has_text(bad, json_string_value(one)))
			op_fault(&r->op, arena_printf(r->op.arena, "/%s/%zu", field, i),
				"\"%.100s\" is not a permission of an installed plugin;"
				" GET /api/roles lists them",
				json_string_value(one));
}

static int begin(struct req *r, const char *role)
{
	struct rows rows;

	return perm_is_own_role(role) ? lock(r, role, &rows) : op_begin(&r->op, op_as(&r->op));
}

static int change(struct req *r, const char *role, const json_t *grant, const json_t *revoke)
{
	struct arena *p = r->op.arena;
	const char *args[] = {role, json_text(p, grant, NULL), json_text(p, revoke, NULL)};
	struct rows rows;
	json_t *bad;
	int rc;

	if ((rc = begin(r, role)) < 0 ||
		(rc = op_query(&r->op, &ROLE_PERMIT, args, 3, &rows)) < 0 ||
		(rc = row_json(&r->op, &rows, 0, 1, &bad)) < 0)
		return rc;
	unknown(r, "grant", grant, bad);
	unknown(r, "revoke", revoke, bad);
	if (r->op.err.code)
		return r->op.err.code;
	if (row_int(&rows, 0, 0) == 0)
		return (rc = op_commit(&r->op)) < 0 ? rc : resource_reply_one(r);
	if ((rc = finish(r, role, api_json(r, json_pack("{s[OO]}", "permissions", revoke, grant)),
		     grant, revoke)) < 0)
		return rc;
	/* What was taken has ended on every host, also for calls that run. */
	rights_hold(r, clock_ms());
	return resource_reply_one(r);
}

static int permissions_put(struct req *r)
{
	const char *role = req_param(r, "id");
	const json_t *grant, *revoke;

	if (!strcmp(role, "SystemAdmin"))
		return api_fault(r, MT_ECONFLICT, "fixed-role",
			"A system admin has every permission; nothing can be given or taken");
	if (!perm_is_role(role) && !perm_is_own_role(role))
		return op_fail(&r->op, MT_ENOENT, "There is no such role");
	grant = names(r, role, "grant", NULL);
	revoke = names(r, role, "revoke", grant);
	return r->op.err.code ? r->op.err.code : change(r, role, grant, revoke);
}

/* --- two-step sign-in ---------------------------------------------------------------------------- */

static int factor_put(struct req *r)
{
	const char *role = req_param(r, "id");
	bool needed = json_is_true(json_object_get(r->body, "needed"));
	struct rows rows;
	int rc;

	if (!perm_is_role(role) && !perm_is_own_role(role))
		return op_fail(&r->op, MT_ENOENT, "There is no such role");
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &ROLE_FACTOR, DB_ARGS(role, needed ? "true" : "false"),
			 &rows)) < 0)
		return rc;
	if (row_bool(&rows, 0, 0) &&
		(rc = finish_without_permissions(r, role,
			 api_json(r, json_pack("{s[bb]}", "secondFactor", !needed, needed)))) < 0)
		return rc;
	return reply_empty(r);
}

/* --- who can do this, and why ------------------------------------------------------------------ */

static int holders(struct req *r)
{
	long size = req_query_number(r, "limit", PAGE), skip = req_query_number(r, "offset", 0);
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &ROLE_HOLDERS,
		DB_ARGS(req_param(r, "name"), arena_printf(r->op.arena, "%ld", skip),
			arena_printf(r->op.arena, "%ld", size)),
		&rows);

	if (rc < 0)
		return rc;
	return row_text(&rows, 0, 0) ? reply_text_json(r, 200, row_text(&rows, 0, 0))
				     : op_fail(&r->op, MT_ENOENT, "There is no such permission");
}

static const struct field CREATE[] = {
	{.type = FIELD_COLUMNS},
	{"copyOf", FIELD_STRING, FIELD_NULLABLE, 1, 40},
	{.type = FIELD_END},
};
static const struct field DESCRIBE[] = {
	{"label", FIELD_STRING, 0, 1, 60},
	{"description", FIELD_STRING, FIELD_NULLABLE, 1, 300},
	{.type = FIELD_END},
};
static const struct field REMOVE[] = {{"reassign", FIELD_STRING, 0, 1, 40}, {.type = FIELD_END}};
static const struct field CHANGES[] = {
	{"grant", FIELD_ARRAY, 0, 0, NAMES_MAX, NULL},
	{"revoke", FIELD_ARRAY, 0, 0, NAMES_MAX, NULL},
	{.type = FIELD_END},
};
static const struct field NEEDED[] = {
	{"needed", FIELD_BOOL, FIELD_REQUIRED},
	{.type = FIELD_END},
};
static const struct field PAGES[] = {
	{"limit", FIELD_INT, 0, 1, PAGE_MAX},
	{"offset", FIELD_INT, 0, 0, OFFSET_MAX},
	{.type = FIELD_END},
};
static const struct field HOLDER[] = {
	ANSWER("id", UUID),
	ANSWER("name", TEXT),
	ANSWER("email", EMAIL),
	ANSWER("pending", BOOL),
	{"roles", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS},
	ANSWER("ownOnly", BOOL),
	ANSWER_END,
};
static const struct field HOLDERS[] = {
	ANSWER_OF("items", ARRAY, HOLDER),
	ANSWER("total", INT),
	ANSWER_END,
};

#define MAY "roles:manage"
#define ONE "/api/roles/:id"
static const struct route ROUTES[] = {
	{"POST", "/api/roles", MAY, CREATE, ROUTE_CONFIRM, 4096, create},
	{"PATCH", ONE, MAY, DESCRIBE, ROUTE_CONFIRM, 4096, describe},
	{"DELETE", ONE, MAY, NULL, ROUTE_CONFIRM, 0, remove_role, .query = REMOVE,
		.answer = answer_none},
	{"PUT", ONE "/permissions", MAY, CHANGES, ROUTE_CONFIRM, 65536, permissions_put},
	{"PUT", ONE "/second-factor", MAY, NEEDED, ROUTE_CONFIRM, 4096, factor_put,
		.answer = answer_none},
	{"GET", "/api/permissions/:name/people", MAY, NULL, 0, 0, holders, .query = PAGES,
		.answer = HOLDERS},
	{.path = NULL},
};

const struct resource role_resource = {
	.name = "roles",
	.one = P_("role"),
	.type = "Role",
	.path = "/api/roles",
	.table = "mortise.roles",
	.title = "label",
	.order = "position",
	.page = 600, /* roles_max at most, and the built-in ones */
	.page_max = 600,
	.read = MAY,
	.write = MAY,
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_HISTORY,
	.more = ROUTES,
};
