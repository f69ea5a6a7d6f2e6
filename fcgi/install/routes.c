/*
 * routes.c - the admin pool's doors to packages and installations.
 */
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "install/install.h"
#include "install/life.h"
#include "install/upload.h"
#include "registry/recover.h"

static struct catalog catalog_of(struct req *r)
{
	return (struct catalog){.app = r->app,
		.pool = r->pool,
		.deadline = r->deadline,
		.ticket = app_ticket(r),
		.err = &r->err};
}

static int reply_installation(struct req *r, int status, const struct catalog_installation *i)
{
	struct catalog c = catalog_of(r);
	json_t *json = catalog_installation_json(&c, i);
	int rc = reply_json(r, status, json);

	json_decref(json);
	return rc;
}

static int reply_items(struct req *r, json_t *items)
{
	json_t *json = json_pack("{s:o}", "items", items);
	int rc = reply_json(r, 200, json);

	json_decref(json);
	return rc;
}

static int upload(struct req *r)
{
	life_tend(r->app);
	return upload_run(r);
}

/* Each package, and the caller's own installation of its plugin, if any. */
static int list_catalog(struct req *r)
{
	struct catalog c = catalog_of(r);
	struct catalog_installation *installed;
	struct catalog_package *list;
	json_t *items;
	int n, n_installed, rc;

	life_tend(r->app);
	rc = catalog_packages(&c, NULL, &list, &n);
	if (rc == 0)
		rc = catalog_installations(&c, &installed, &n_installed);
	if (rc < 0)
		return rc;
	items = json_array();
	for (int i = 0; i < n; i++) {
		json_t *item = catalog_package_json(&list[i]), *here = json_null();

		for (int j = 0; j < n_installed; j++)
			if (!strcmp(installed[j].key, list[i].key))
				here = json_pack("{s:s, s:s, s:s}", "id", installed[j].id,
					"version", installed[j].package.version, "state",
					installed[j].state);
		json_object_set_new(item, "installation", here);
		json_array_append_new(items, item);
	}
	return reply_items(r, items);
}

static int delete_from_catalog(struct req *r)
{
	const char *key = req_param(r, "key"), *version = req_param(r, "version");
	struct catalog c = catalog_of(r);
	struct step s = {.app = r->app,
		.pool = r->pool,
		.deadline = r->deadline,
		.key = key,
		.tenant = r->who->tenant,
		.user = r->who->user};
	int rc;

	if (!id_is_plugin_key(key))
		return err_set(
			&r->err, MT_ENOENT, "there is no package of a plugin \"%.60s\"", key);
	rc = step_lock(&s, STEP_WAIT_MS, &r->err); /* not while it is being installed */
	if (rc == 0)
		rc = recover_plugin(&s, &r->err);
	if (rc == 0)
		rc = catalog_delete(&c, key, *version ? version : NULL);
	step_unlock(&s);
	return rc < 0 ? rc : reply_empty(r);
}

/* A system admin may name another tenant. */
static int find_tenant(struct req *r, const char *code, int *ret)
{
	static const struct stmt TENANT = {"install_tenant",
		"SELECT id FROM mortise.tenants WHERE code = $1 AND state = 'active'"};
	struct rows rows;
	int rc;

	if (!ident_has_role(r->who, "SystemAdmin"))
		return err_set(
			&r->err, MT_EPERM, "only a system admin may install for another tenant");
	rc = db_read(r->app->db, r->pool, r->deadline, app_ticket(r), &TENANT, DB_ARGS(code), &rows,
		&r->err);
	if (rc == 0 && rows.n == 0)
		return err_addfield(
			&r->err, "/tenant", "there is no active tenant \"%.60s\"", code);
	if (rc == 0)
		*ret = (int)row_int(&rows, 0, 0);
	return rc;
}

static const struct field CONSENT_FIELDS[] = {
	{"permissions", FIELD_ARRAY, 0, 0, 100, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

static int approve(struct req *r)
{
	struct catalog_package pkg;
	const char *key = req_param(r, "key");
	json_t *json;
	int rc;

	life_tend(r->app);
	if (!id_is_plugin_key(key))
		return err_set(
			&r->err, MT_ENOENT, "there is no package of a plugin \"%.60s\"", key);
	rc = life_approve(
		r, key, req_param(r, "version"), json_object_get(r->body, "permissions"), &pkg);
	if (rc < 0)
		return rc;
	json = catalog_package_json(&pkg);
	rc = reply_json(r, 200, json);
	json_decref(json);
	return rc;
}

const struct field life_install_fields[] = {
	{"permissions", FIELD_ARRAY, 0, 0, 100, NULL},
	{"pluginKey", FIELD_STRING, FIELD_REQUIRED, 1, 40, NULL},
	{"version", FIELD_STRING, 0, 1, 63, NULL},
	{"tenant", FIELD_STRING, 0, 1, 63, NULL},
	{"enable", FIELD_BOOL, 0, 0, 0, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

int life_install_route(struct req *r)
{
	const json_t *enable = json_object_get(r->body, "enable");
	const char *tenant = json_string_value(json_object_get(r->body, "tenant"));
	struct life_order o = {
		.tenant = r->who->tenant,
		.tenant_code = r->who->tenant_code,
		.key = json_string_value(json_object_get(r->body, "pluginKey")),
		.version = json_string_value(json_object_get(r->body, "version")),
		.enable = !enable || json_is_true(enable),
		.permissions = json_object_get(r->body, "permissions"),
	};
	struct catalog_installation i;
	int rc = 0;

	life_tend(r->app);
	if (!id_is_plugin_key(o.key))
		return err_set(
			&r->err, MT_ENOENT, "there is no package of a plugin \"%.60s\"", o.key);
	if (tenant && strcmp(tenant, r->who->tenant_code) != 0) {
		o.tenant_code = tenant;
		rc = find_tenant(r, tenant, &o.tenant);
	}
	if (rc == 0)
		rc = life_install(r, &o, &i);
	if (rc == 0)
		reply_header(r, "Location", "/api/plugins/installations/%s", i.id);
	return rc < 0 ? rc : reply_installation(r, 201, &i);
}

static int list_installations(struct req *r)
{
	struct catalog c = catalog_of(r);
	struct catalog_installation *list;
	json_t *items;
	int n, rc;

	life_tend(r->app);
	rc = catalog_installations(&c, &list, &n);
	if (rc < 0)
		return rc;
	items = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(items, catalog_installation_json(&c, &list[i]));
	return reply_items(r, items);
}

/* The id of the path, or NULL with the error that a foreign one gets as well. */
static const char *installation_id(struct req *r)
{
	const char *id = req_param(r, "id");

	life_tend(r->app);
	if (id_is_uuid(id))
		return id;
	err_set(&r->err, MT_ENOENT, "there is no such installation");
	return NULL;
}

static int read_installation(struct req *r)
{
	const char *id = installation_id(r);
	struct catalog c = catalog_of(r);
	struct catalog_installation i;
	int rc = id ? catalog_installation(&c, id, NULL, &i) : r->err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static int enable(struct req *r)
{
	const char *id = installation_id(r);
	struct catalog_installation i;
	int rc = id ? life_enable(r, id, &i) : r->err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static int disable(struct req *r)
{
	const char *id = installation_id(r);
	struct catalog_installation i;
	int rc = id ? life_disable(r, id, &i) : r->err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static const struct field UPGRADE_FIELDS[] = {
	{"version", FIELD_STRING, 0, 1, 63, NULL},
	{"permissions", FIELD_ARRAY, 0, 0, 100, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

static int upgrade(struct req *r)
{
	const struct life_order o = {
		.version = json_string_value(json_object_get(r->body, "version")),
		.permissions = json_object_get(r->body, "permissions"),
	};
	const char *id = installation_id(r);
	struct catalog_installation i;
	int rc = id ? life_upgrade(r, id, &o, &i) : r->err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static int roll_back(struct req *r)
{
	const char *id = installation_id(r);
	struct catalog_installation i;
	int rc = id ? life_rollback(r, id, &i) : r->err.code;

	return rc < 0 ? rc : reply_installation(r, 200, &i);
}

static int uninstall(struct req *r)
{
	const char *id = installation_id(r);
	int rc = id ? life_uninstall(r, id) : r->err.code;

	return rc < 0 ? rc : reply_empty(r);
}

#define MANAGE "plugins:manage"
#define UPLOAD "plugins:upload"
#define VERSION "/api/plugins/catalog/:key/:version"
#define ONE "/api/plugins/installations/:id"

static const struct route ROUTES[] = {
	{"POST", "/api/plugins/upload", UPLOAD, NULL, ROUTE_RAW_BODY, 0, upload},
	{"GET", "/api/plugins/catalog", MANAGE, NULL, 0, 0, list_catalog},
	{"DELETE", "/api/plugins/catalog/:key", UPLOAD, NULL, 0, 0, delete_from_catalog},
	{"DELETE", VERSION, UPLOAD, NULL, 0, 0, delete_from_catalog},
	{"POST", VERSION "/approve", UPLOAD, CONSENT_FIELDS, 0, 0, approve},
	{"GET", "/api/plugins/installations", NULL, NULL, 0, 0, list_installations},
	{"GET", ONE, NULL, NULL, 0, 0, read_installation},
	{"DELETE", ONE, MANAGE, NULL, 0, 0, uninstall},
	{"POST", ONE "/enable", MANAGE, NULL, 0, 0, enable},
	{"POST", ONE "/disable", MANAGE, NULL, 0, 0, disable},
	{"POST", ONE "/upgrade", MANAGE, UPGRADE_FIELDS, 0, 0, upgrade},
	{"POST", ONE "/rollback", MANAGE, NULL, 0, 0, roll_back},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table install_routes = {"install", ROUTES};

void install_start(struct app *a)
{
	life_start(a);
}
