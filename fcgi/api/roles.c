/*
 * roles.c - roles and which permissions each has; PUT /api/roles/:id/permissions gives and takes those that
 * plugins bring. The core's are the same everywhere (base/perm.c), and a system admin has all.
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

/* The core's permissions, in the shape of those of plugins (sql/012-plugin-permissions.sql). */
static const char *core_permissions(struct arena *p, const char *role)
{
	const char *ret = "";

	for (int k = 0; perm_core[k].name; k++)
		ret = arena_printf(p,
			"%s%s{\"name\":\"%s\",\"label\":\"%s\",\"description\":null,\"source\":\"core\","
			"\"sourceName\":\"Mortise\",\"enabled\":true,\"granted\":%s,\"fixed\":true}",
			ret, *ret ? "," : "", perm_core[k].name, perm_core[k].label,
			perm_granted(role, perm_core[k].name) ? "true" : "false");
	return ret;
}

static const struct column COLUMNS[] = {
	{"role", ENUM(PERM_ROLES_FIELD), KEY | SORT},
	{"label", STRING(1, 60), READONLY},
	{"permissions", ROWS(PERMISSION), READONLY, .known = core_permissions,
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

/* The role of the path: one of those that a company can change. */
static int role_param(struct req *r, const char **ret)
{
	*ret = req_param(r, "id");
	if (!strcmp(*ret, "SystemAdmin"))
		return api_fault(r, MT_ECONFLICT, "fixed-role",
			"A system admin has every permission; nothing can be given or taken");
	return perm_is_role(*ret) ? 0 : op_fail(&r->op, MT_ENOENT, "There is no such role");
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
			op_fault(&r->op, at, "Must be the name of a permission");
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
				"\"%.100s\" is not a permission of an installed plugin;"
				" GET /api/roles lists them",
				json_string_value(one));
}

static int add_change(struct req *r, const char *role, const json_t *grant, const json_t *revoke)
{
	json_t *payload = api_json(
		r, json_pack("{ss sO sO ss ss}", "role", role, "grant", grant, "revoke", revoke,
			   "byUserId", r->op.who->user, "byUserName", r->op.who->name));
	json_t *changes = api_json(r, json_pack("{s[OO]}", "permissions", revoke, grant));
	int rc = resource_add_history(r, role, json_text(r->op.arena, changes, NULL));

	return rc < 0 ? rc : event_emit(&r->op, event_tenant(&r->op), "RolesChanged", payload);
}

static int change(struct req *r, const char *role, const json_t *grant, const json_t *revoke)
{
	struct arena *p = r->op.arena;
	const char *args[] = {role, json_text(p, grant, NULL), json_text(p, revoke, NULL)};
	struct rows rows;
	json_t *bad;
	long changed;
	int rc;

	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &ROLE_CHANGE, args, 3, &rows)) < 0 ||
		(rc = row_json(&r->op, &rows, 0, 1, &bad)) < 0)
		return rc;
	unknown(r, "grant", grant, bad);
	unknown(r, "revoke", revoke, bad);
	if (r->op.err.code)
		return r->op.err.code;
	changed = row_int(&rows, 0, 0);
	if ((changed > 0 && (rc = add_change(r, role, grant, revoke)) < 0) ||
		(rc = op_commit(&r->op)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	if (changed > 0) /* what was taken has ended on every host, also for calls that run */
		rights_hold(r, clock_ms());
	return resource_reply_one(r);
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
	{"PUT", "/api/roles/:id/permissions", "roles:manage", CHANGES, ROUTE_CONFIRM, 65536,
		permissions_put},
	{.path = NULL},
};

const struct resource role_resource = {
	.name = "roles",
	.one = P_("role"),
	.type = "Role",
	.path = "/api/roles",
	.table = "mortise.roles",
	.title = "label",
	.read = "roles:manage",
	.write = "roles:manage",
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_HISTORY,
	.more = ROUTES,
};
