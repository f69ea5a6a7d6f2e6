/*
 * roles.c - GET /api/roles: which role has which permission; PUT /api/roles/:role/permissions gives and
 * takes those that plugins bring. The core's are the same everywhere (base/perm.c), and a system admin
 * has all.
 */
#include "api/api.h"

#include <string.h>

#include "auth/rights.h"
#include "base/perm.h"
#include "base/clock.h"
#include "base/json.h"
#include "events/event.h"
#include "api/roles.sql.h"

#define ROLES "roles:manage"
#define NAMES_MAX 500

static bool has_text(const json_t *list, const char *text)
{
	size_t i;
	json_t *one;

	json_array_foreach((json_t *)list, i, one)
		if (json_is_string(one) && !strcmp(json_string_value(one), text))
			return true;
	return false;
}

static const char *role_label(const char *role)
{
	return strcmp(role, "SystemAdmin") ? role : "System admin";
}

/* One role: the core's permissions, then those of plugins, all of one shape. */
static json_t *role_json(const char *role, const json_t *plugins)
{
	bool all = !strcmp(role, "SystemAdmin");
	json_t *list = json_array(), *p;
	size_t i;

	for (int k = 0; perm_core[k].name; k++)
		json_array_append_new(list,
			json_pack("{ss ss sn ss ss sb sb sb}", "name", perm_core[k].name, "label",
				perm_label(perm_core[k].name), "description", "source", "core",
				"sourceName", "Mortise", "enabled", 1, "granted",
				perm_granted(role, perm_core[k].name), "fixed", 1));
	json_array_foreach((json_t *)plugins, i, p) {
		json_t *one = json_copy(p);

		json_object_set_new(one, "granted",
			json_boolean(all || has_text(json_object_get(p, "roles"), role)));
		json_object_set_new(one, "fixed", json_boolean(all));
		json_object_del(one, "roles");
		json_array_append_new(list, one);
	}
	return json_pack(
		"{ss ss so}", "role", role, "label", role_label(role), "permissions", list);
}

static int read_list(struct req *r, const struct rows *rows, int col, json_t **ret)
{
	const char *text = row_text(rows, 0, col);

	return json_parse(r->op.arena, text, strlen(text), ret, &r->op.err);
}

static int roles_get(struct req *r)
{
	json_t *plugins, *items = api_json(r, json_array());
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &ROLE_LIST, DB_NOARGS, &rows);

	if (rc < 0 || (rc = read_list(r, &rows, 0, &plugins)) < 0)
		return rc;
	for (int i = 0; perm_roles[i]; i++)
		json_array_append_new(items, role_json(perm_roles[i], plugins));
	return reply_json(r, 200, api_json(r, json_pack("{sO}", "items", items)));
}

/* The role of the path: one of those that a company can change. */
static int role_param(struct req *r, const char **ret)
{
	*ret = req_param(r, "role");
	if (!strcmp(*ret, "SystemAdmin"))
		return api_fault(r, MT_ECONFLICT, "fixed-role",
			"a system admin has every permission; nothing can be given or taken");
	return perm_is_role(*ret) ? 0 : op_fail(&r->op, MT_ENOENT, "no such role");
}

/* body.grant or body.revoke: names of plugins' permissions, each once in both. */
static const json_t *names(struct req *r, const char *field, const json_t *other)
{
	const json_t *list = json_object_get(r->body, field);
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one) {
		const char *at = arena_printf(r->op.arena, "/%s/%zu", field, i);
		const char *name = json_string_value(one);

		if (!name)
			op_fault(&r->op, at, "must be the name of a permission");
		else if (perm_is_core(name))
			op_fault(&r->op, at,
				"%s is Mortise's own and fixed; only permissions of plugins can be"
				" given and taken",
				name);
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
				"\"%.100s\" is no permission of a plugin that is installed here;"
				" GET /api/roles lists them",
				json_string_value(one));
}

static int emit_changed(struct req *r, const char *role, const json_t *grant, const json_t *revoke)
{
	json_t *payload = api_json(
		r, json_pack("{ss sO sO ss ss}", "role", role, "grant", grant, "revoke", revoke,
			   "byUserId", r->op.who->user, "byUserName", r->op.who->name));

	return event_emit(r, event_tenant(r), "RolesChanged", payload);
}

static int change(struct req *r, const char *role, const json_t *grant, const json_t *revoke)
{
	struct db *db = r->op.db;
	json_t *bad, *plugins;
	struct rows rows;
	long changed;
	int rc = db_begin(db, r->op.arena, r->op.deadline, op_as(&r->op), &r->op.err);

	if (rc == 0)
		rc = op_query(&r->op, &ROLE_CHANGE,
			DB_ARGS(role, json_text(r->op.arena, grant, NULL),
				json_text(r->op.arena, revoke, NULL)),
			&rows);
	if (rc < 0 || (rc = read_list(r, &rows, 1, &bad)) < 0)
		return rc;
	unknown(r, "grant", grant, bad);
	unknown(r, "revoke", revoke, bad);
	if (r->op.err.code)
		return r->op.err.code;
	changed = row_int(&rows, 0, 0);
	if ((rc = op_query(&r->op, &ROLE_LIST, DB_NOARGS, &rows)) < 0 ||
		(rc = read_list(r, &rows, 0, &plugins)) < 0)
		return rc;
	if (changed > 0 && (rc = emit_changed(r, role, grant, revoke)) < 0)
		return rc;
	if ((rc = op_commit(&r->op)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	/* Calls of the plugins are decided by what workers remember; from the answer on they know. */
	if (changed > 0)
		rights_hold_lease(r, clock_ms());
	return reply_json(r, 200, api_json(r, role_json(role, plugins)));
}

static int permissions_put(struct req *r)
{
	const json_t *grant, *revoke;
	const char *role;
	int rc = role_param(r, &role);

	if (rc < 0)
		return rc;
	grant = names(r, "grant", NULL);
	revoke = names(r, "revoke", grant);
	return r->op.err.code ? r->op.err.code : change(r, role, grant, revoke);
}

static const struct field CHANGES[] = {
	{"grant", FIELD_ARRAY, 0, 0, NAMES_MAX, NULL},
	{"revoke", FIELD_ARRAY, 0, 0, NAMES_MAX, NULL},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", "/api/roles", ROLES, NULL, 0, 0, roles_get},
	{"PUT", "/api/roles/:role/permissions", ROLES, CHANGES, ROUTE_CONFIRM, 65536,
		permissions_put},
	{.path = NULL},
};

const struct route_table role_routes = {"roles", ROUTES};
