/*
 * routes.c - the admin pool's routes of installations. Packages: routes_catalog.c; progress and
 * history: routes_watch.c.
 */
#include <string.h>
#include "auth/ident.h"
#include "auth/limit.h"
#include "base/id.h"
#include "base/json.h"
#include "events/event.h"
#include "install/install.h"
#include "install/lifecycle.h"
#include "install/routes.h"
#include "install/routes.sql.h"

static int reply_installation(struct req *r, int status, struct catalog_installation *i)
{
	int rc = catalog_complete(&r->op, op_as(&r->op), i, 1);

	return rc < 0 ? rc : routes_reply(r, status, catalog_installation_full(&r->op, i));
}

/* A system admin may name another tenant. */
static int find_tenant(struct req *r, const char *code, int *ret)
{
	struct rows rows;
	int rc;

	if (!r->op.who->is_system)
		return op_fail(
			&r->op, MT_EPERM, "Only a system admin may install for another tenant");
	rc = op_read(&r->op, op_as(&r->op), &INSTALL_TENANT, DB_ARGS(code), &rows);
	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fault(&r->op, "/tenant", "There is no active tenant \"%.60s\"", code);
	*ret = (int)row_int(&rows, 0, 0);
	return 0;
}

const struct field lifecycle_install_fields[] = {
	{"permissions", FIELD_ARRAY, 0, 0, 100, NULL},
	{"pluginKey", FIELD_STRING, FIELD_REQUIRED, 1, 40, NULL},
	{"version", FIELD_STRING, 0, 1, 63, NULL},
	{"tenant", FIELD_STRING, 0, 1, 63, NULL},
	{"enable", FIELD_BOOL, 0, 0, 0, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

int lifecycle_install_route(struct req *r)
{
	const json_t *enable = json_object_get(r->body, "enable");
	const char *tenant = json_string_value(json_object_get(r->body, "tenant"));
	struct lifecycle_order o = {
		.tenant = r->op.who->tenant,
		.tenant_code = r->op.who->tenant_code,
		.key = json_string_value(json_object_get(r->body, "pluginKey")),
		.version = json_string_value(json_object_get(r->body, "version")),
		.enable = !enable || json_is_true(enable),
		.permissions = json_object_get(r->body, "permissions"),
	};
	struct catalog_installation i;
	int rc;

	lifecycle_maintain(r->op.app);
	if (!id_is_plugin_key(o.key))
		return op_fail(
			&r->op, MT_ENOENT, "There is no package of a plugin \"%.60s\"", o.key);
	if (tenant && strcmp(tenant, r->op.who->tenant_code) != 0) {
		o.tenant_code = tenant;
		if ((rc = find_tenant(r, tenant, &o.tenant)) < 0)
			return rc;
	}
	if ((rc = lifecycle_install(&r->op, &o, &i)) < 0)
		return rc;
	reply_header(r, "Location", "/api/plugins/installations/%s", i.id);
	return reply_installation(r, 201, &i);
}

static int list_installations(struct req *r)
{
	struct catalog_installation *list;
	json_t *items;
	int n, rc;

	lifecycle_maintain(r->op.app);
	if ((rc = catalog_installations(&r->op, op_as(&r->op), &list, &n)) < 0 ||
		(rc = catalog_complete(&r->op, op_as(&r->op), list, n)) < 0)
		return rc;
	items = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(items, catalog_installation_full(&r->op, &list[i]));
	return routes_reply_items(r, items);
}

const char *routes_installation(struct req *r)
{
	const char *id = req_param(r, "id");

	lifecycle_maintain(r->op.app);
	if (id_is_uuid(id))
		return id;
	op_fail(&r->op, MT_ENOENT, "There is no such installation");
	return NULL;
}

static int read_installation(struct req *r)
{
	const char *id = routes_installation(r);
	struct catalog_installation i;
	int rc = id ? catalog_installation(&r->op, op_as(&r->op), id, NULL, &i) : r->op.err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static int change_installation(
	struct req *r, int (*change)(struct op *, const char *id, struct catalog_installation *))
{
	const char *id = routes_installation(r);
	struct catalog_installation i;
	int rc = id ? change(&r->op, id, &i) : r->op.err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static int enable(struct req *r)
{
	return change_installation(r, lifecycle_enable);
}

static int disable(struct req *r)
{
	return change_installation(r, lifecycle_disable);
}

static const struct field UPGRADE_FIELDS[] = {
	{"version", FIELD_STRING, 0, 1, 63, NULL},
	{"permissions", FIELD_ARRAY, 0, 0, 100, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

static int upgrade(struct req *r)
{
	const struct lifecycle_order o = {
		.version = json_string_value(json_object_get(r->body, "version")),
		.permissions = json_object_get(r->body, "permissions"),
	};
	const char *id = routes_installation(r);
	struct catalog_installation i;
	int rc = id ? lifecycle_upgrade(&r->op, id, &o, &i) : r->op.err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static int roll_back(struct req *r)
{
	return change_installation(r, lifecycle_rollback);
}

/* ?data=export keeps the tenant's rows for a while; without a word they go. */
static int uninstall(struct req *r)
{
	const char *id = routes_installation(r), *data = req_query(r, "data");
	bool keep = data && !strcmp(data, "export");
	struct export_result x;
	int rc;

	if (data && !*data)
		return op_fault(&r->op, "?data", "Must be delete or export");
	rc = id ? lifecycle_uninstall(&r->op, id, keep ? &x : NULL) : r->op.err.code;
	if (rc < 0)
		return rc;
	if (!keep)
		return reply_empty(r);
	return routes_reply(r, 200,
		json_pack("{s:s, s:s, s:I, s:s}", "exportId", x.id, "url", x.url, "size",
			(json_int_t)x.size, "expiresAt", x.expires_at));
}

#define RELOADS_MAX 120 /* an hour and address: every page of the company fetches bundles for it */

static const struct field RELOAD_FIELDS[] = {
	{"pluginKey", FIELD_STRING, FIELD_NULLABLE, 1, 40, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

/* Without a key all of them. */
static int check_is_here(struct req *r, const char *key)
{
	struct catalog_installation *list;
	int n, rc = key ? catalog_installations(&r->op, op_as(&r->op), &list, &n) : 0;

	for (int i = 0; key && rc == 0 && i < n; i++)
		if (!strcmp(list[i].key, key))
			return 0;
	return rc < 0 || !key ? rc
			      : op_fault(&r->op, "/pluginKey",
					"Must be the key of a plugin that your company has");
}

/* Open pages fetch the interfaces anew, after what went astray in one of them. */
static int reload(struct req *r)
{
	const char *key = json_str(r->body, "pluginKey", NULL);
	json_t *data = json_pack("{s:s?, s:s}", "pluginKey", key, "byUserId", r->op.who->user);
	int rc;

	json_own(r->op.arena, data);
	if ((rc = limit_count(&r->op, r->remote, "reload", "reloads", RELOADS_MAX)) < 0 ||
		(rc = check_is_here(r, key)) < 0)
		return rc;
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = event_emit(&r->op, event_tenant(&r->op), "PluginsReloaded", data)) < 0 ||
		(rc = op_commit(&r->op)) < 0) {
		op_rollback(&r->op);
		return rc;
	}
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

#define ONE "/api/plugins/installations/:id"

static const struct field DATA[] = {
	{"data", FIELD_ENUM, .one_of = "delete|export"}, {.type = FIELD_END}};

static const struct route ROUTES[] = {
	{"GET", "/api/plugins/installations", NULL, NULL, 0, 0, list_installations,
		.answer = ANSWER_ITEMS(answer_installation), .scope = SCOPE_PLUGINS},
	{"GET", "/api/plugins/installed", NULL, NULL, 0, 0, list_installations,
		.answer = ANSWER_ITEMS(answer_installation), .scope = SCOPE_PLUGINS},
	{"POST", "/api/plugins/reload", MANAGE, RELOAD_FIELDS, 0, 0, reload, .answer = answer_none},
	{"GET", ONE, NULL, NULL, 0, 0, read_installation, .answer = answer_installation,
		.scope = SCOPE_PLUGINS},
	{"DELETE", ONE, MANAGE, NULL, 0, 0, uninstall, .query = DATA, .answer = answer_export},
	{"POST", ONE "/enable", MANAGE, NULL, 0, 0, enable, .answer = answer_installation},
	{"POST", ONE "/disable", MANAGE, NULL, 0, 0, disable, .answer = answer_installation},
	{"POST", ONE "/upgrade", MANAGE, UPGRADE_FIELDS, 0, 0, upgrade,
		.answer = answer_installation},
	{"POST", ONE "/rollback", MANAGE, NULL, 0, 0, roll_back, .answer = answer_installation},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table install_routes = {"install", ROUTES};

void install_start(struct app *a)
{
	lifecycle_start(a);
}
