/*
 * routes_catalog.c - the admin pool's routes of packages: upload, versions, approval, documents.
 */
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "install/install.h"
#include "install/lifecycle.h"
#include "install/routes.h"
#include "install/upload.h"
#include "install/steps.h"
#include "install/undo.h"
#include "package/package_shown.h"
#include "package/picture.h"

int routes_reply(struct req *r, int status, json_t *json)
{
	int rc = reply_json(r, status, json);

	json_decref(json);
	return rc;
}

int routes_reply_items(struct req *r, json_t *items)
{
	return routes_reply(r, 200, json_pack("{s:o}", "items", items));
}

int routes_reply_list(struct req *r, const struct stmt *st, const char *const *args, int n_args)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), st, args, n_args, &rows);

	return rc < 0 ? rc
		      : reply_text_json(r, 200,
				arena_printf(r->op.arena, "{\"items\":%s}", row_text(&rows, 0, 0)));
}

const char *routes_key(struct req *r)
{
	const char *key = req_param(r, "key");

	lifecycle_maintain(r->op.app);
	if (id_is_plugin_key(key))
		return key;
	op_fail(&r->op, MT_ENOENT, "There is no package of a plugin \"%.60s\"", key);
	return NULL;
}

static int upload(struct req *r)
{
	lifecycle_maintain(r->op.app);
	return upload_run(r);
}

/* Each package, and the caller's own installation of its plugin, if any. */
static int list_catalog(struct req *r)
{
	struct catalog_installation *installed;
	struct catalog_package *list;
	json_t *items;
	int n, n_installed, rc;

	lifecycle_maintain(r->op.app);
	if ((rc = catalog_packages(&r->op, op_as(&r->op), NULL, &list, &n)) < 0 ||
		(rc = catalog_installations(&r->op, op_as(&r->op), &installed, &n_installed)) < 0)
		return rc;
	items = json_array();
	for (int i = 0; i < n; i++) {
		json_t *item = catalog_package_json(&r->op, &list[i]), *here = json_null();

		for (int j = 0; j < n_installed; j++)
			if (!strcmp(installed[j].key, list[i].key))
				here = json_pack("{s:s, s:s, s:s}", "id", installed[j].id,
					"version", installed[j].package.version, "state",
					installed[j].state);
		json_object_set_new(item, "installation", here);
		json_array_append_new(items, item);
	}
	return routes_reply_items(r, items);
}

/* Not while it is being installed. */
static int delete_locked(struct target *t, const char *version)
{
	int rc = steps_lock(t);

	return rc < 0 ? rc : catalog_delete(t->op, target_as(t), t->key, version);
}

static int delete_from_catalog(struct req *r)
{
	const char *key = routes_key(r), *version = req_param(r, "version");
	struct target t;
	int rc;

	if (!key)
		return r->op.err.code;
	target_init(&t, &r->op, key);
	rc = delete_locked(&t, *version ? version : NULL);
	target_unlock(&t);
	if (rc < 0 || (rc = undo_sweep(&r->op)) < 0) /* what was unpacked of it */
		return rc;
	return reply_empty(r);
}

/* Every version of one plugin, newest first. */
static int list_versions(struct req *r)
{
	const char *key = routes_key(r);
	struct catalog_package *list;
	json_t *items;
	int n, rc = key ? catalog_packages(&r->op, op_as(&r->op), key, &list, &n) : r->op.err.code;

	if (rc < 0)
		return rc;
	if (n == 0)
		return op_fail(&r->op, MT_ENOENT, "There is no package of a plugin \"%.60s\"", key);
	items = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(items, catalog_package_json(&r->op, &list[i]));
	return routes_reply_items(r, items);
}

static int document(struct req *r, const char *name)
{
	const char *key = routes_key(r);
	struct catalog_package pkg;
	char *text;
	size_t n;
	int rc;

	if (!key)
		return r->op.err.code;
	if ((rc = catalog_package(&r->op, op_as(&r->op), key, req_param(r, "version"), &pkg)) < 0 ||
		(rc = catalog_document(&r->op, pkg.sha256, name, &text, &n)) < 0)
		return rc;
	return reply_data(r, 200, "text/markdown; charset=utf-8", text, n);
}

static int readme(struct req *r)
{
	return document(r, PACKAGE_README);
}

static int changelog(struct req *r)
{
	return document(r, PACKAGE_CHANGELOG);
}

static int developers(struct req *r)
{
	return document(r, PACKAGE_DEVELOPERS);
}

/* Also of a version that isn't unpacked for nginx, as nobody has installed it yet. */
static int screenshot(struct req *r)
{
	const char *key = routes_key(r), *file, *type;
	struct catalog_package pkg;
	char *data;
	size_t n;
	int rc;

	if (!key)
		return r->op.err.code;
	if ((rc = catalog_package(&r->op, op_as(&r->op), key, req_param(r, "version"), &pkg)) < 0)
		return rc;
	file = package_screenshot(
		json_object_get(pkg.manifest, "screenshots"), req_param(r, "n"), "file");
	if (!file)
		return op_fail(&r->op, MT_ENOENT, "This plugin has no such screenshot");
	if ((rc = catalog_document(&r->op, pkg.sha256, file, &data, &n)) < 0)
		return rc;
	type = picture_type(data, n);
	if (!type)
		return op_fail(&r->op, MT_ENOENT, "This plugin has no such screenshot");
	reply_header(r, "Content-Security-Policy",
		"default-src 'none'; sandbox; frame-ancestors 'none'");
	reply_header(r, "Cache-Control", "private, max-age=86400");
	return reply_data(r, 200, type, data, n);
}

static const struct field CONSENT_FIELDS[] = {
	{"permissions", FIELD_ARRAY, 0, 0, 100, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

static int approve(struct req *r)
{
	struct catalog_package pkg;
	const char *key = routes_key(r);
	int rc;

	if (!key)
		return r->op.err.code;
	rc = lifecycle_approve(&r->op, key, req_param(r, "version"),
		json_object_get(r->body, "permissions"), &pkg);
	return rc < 0 ? rc : routes_reply(r, 200, catalog_package_json(&r->op, &pkg));
}

static int finish(struct req *r)
{
	const char *key = routes_key(r), *version = req_param(r, "version");
	int rc = key ? lifecycle_finish(&r->op, key, version) : r->op.err.code;

	if (rc < 0)
		return rc;
	return routes_reply(r, 200,
		json_pack("{s:s, s:s, s:b}", "pluginKey", key, "version", version, "finished", 1));
}

static const struct field FINISHED[] = {
	ANSWER("pluginKey", TEXT), ANSWER("version", TEXT), ANSWER("finished", BOOL), ANSWER_END};

#define KEY "/api/plugins/catalog/:key"
#define VERSION KEY "/:version"

static const struct route ROUTES[] = {
	{"POST", "/api/plugins/upload", UPLOAD, NULL, ROUTE_RAW_BODY, 0, upload,
		.answer = answer_package},
	{"GET", "/api/plugins/catalog", MANAGE, NULL, ROUTE_SYSTEM, 0, list_catalog,
		.answer = ANSWER_ITEMS(answer_package)},
	{"GET", KEY, MANAGE, NULL, ROUTE_SYSTEM, 0, list_versions,
		.answer = ANSWER_ITEMS(answer_package)},
	{"DELETE", KEY, UPLOAD, NULL, 0, 0, delete_from_catalog, .answer = answer_none},
	{"DELETE", VERSION, UPLOAD, NULL, 0, 0, delete_from_catalog, .answer = answer_none},
	{"GET", VERSION "/readme", MANAGE, NULL, ROUTE_SYSTEM, 0, readme, .type = "text/markdown"},
	{"GET", VERSION "/changelog", MANAGE, NULL, ROUTE_SYSTEM, 0, changelog,
		.type = "text/markdown"},
	{"GET", VERSION "/developers", MANAGE, NULL, ROUTE_SYSTEM, 0, developers,
		.type = "text/markdown"},
	{"GET", VERSION "/screenshots/:n", MANAGE, NULL, ROUTE_SYSTEM, 0, screenshot,
		.type = "image/*"},
	{"POST", VERSION "/approve", UPLOAD, CONSENT_FIELDS, 0, 0, approve,
		.answer = answer_package},
	{"POST", VERSION "/finish", UPLOAD, NULL, 0, 0, finish, .answer = FINISHED},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table catalog_routes = {"catalog", ROUTES};
