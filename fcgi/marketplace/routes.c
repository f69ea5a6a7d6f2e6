/* routes.c - the marketplace's routes: see marketplace.h. */
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "base/json.h"
#include "install/install.h"
#include "install/routes.h"
#include "marketplace/admit.h"
#include "marketplace/marketplace.h"
#include "marketplace/view.h"
#include "auth/limit.h"

#define SEARCH_MAX 200
#define REFRESHES_MAX 60 /* an hour and address */

static int reply_page(struct req *r, bool renew, const struct view_filter *f)
{
	struct market_cache s;
	json_t *items;
	int rc;

	if ((rc = market_cache_open(&r->op, renew, &s)) < 0 ||
		(rc = view_items(&r->op, &s, f, &items)) < 0)
		return rc;
	return routes_reply(r, 200, view_page(&r->op, &s, items));
}

/* NULL = not given. */
static const char *given(struct req *r, const char *name)
{
	const char *s = req_query(r, name);

	return s && *s ? s : NULL;
}

static int reply_found(struct req *r, const char *words)
{
	struct view_filter f = {
		.category = given(r, "category"), .sort = given(r, "sort"), .words = words};

	return reply_page(r, false, &f);
}

static int list(struct req *r)
{
	return reply_found(r, NULL);
}

static int search(struct req *r)
{
	return reply_found(r, req_query(r, "q"));
}

static int read_one(struct req *r)
{
	const char *key = req_param(r, "key");
	struct market_cache s;
	json_t *item;
	int rc;

	if ((rc = market_cache_open(&r->op, false, &s)) < 0 ||
		(rc = view_item(&r->op, &s, key, &item)) < 0)
		return rc;
	if (!item)
		return op_fail(&r->op, MT_ENOENT, "The marketplace has no plugin \"%.60s\"", key);
	return routes_reply(r, 200, item);
}

static int categories(struct req *r)
{
	struct market_cache s;
	int rc = market_cache_open(&r->op, false, &s);

	return rc < 0 ? rc : routes_reply_items(r, view_categories(&s));
}

static int refresh(struct req *r)
{
	struct view_filter f = {0};
	int rc = limit_count(&r->op, r->remote, "marketplace-refresh", "refreshes", REFRESHES_MAX);

	return rc < 0 ? rc : reply_page(r, true, &f);
}

static const struct field FETCH_FIELDS[] = {
	{"version", FIELD_STRING, 0, 1, 63, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

static int fetch(struct req *r)
{
	const char *key = req_param(r, "key");
	struct catalog_package pkg;
	json_t *checks, *json;
	bool is_new;
	int rc = admit_package(r, key, json_str(r->body, "version", NULL), &pkg, &checks, &is_new);

	if (rc < 0)
		return rc;
	json = catalog_package_json(&r->op, &pkg);
	if (checks)
		json_object_set(json, "checks", checks);
	return routes_reply(r, is_new ? 201 : 200, json);
}

/* Is it in the catalogue already? Without a version any will do: the install chooses. */
static int check_here(struct op *op, const char *key, const char *version, bool *ret)
{
	struct catalog_package *list;
	int n, rc = catalog_packages(op, op_as(op), key, &list, &n);

	*ret = false;
	if (rc < 0)
		return rc;
	for (int i = 0; i < n; i++)
		*ret = *ret || !version || !strcmp(list[i].version, version);
	return 0;
}

/* A version that the catalogue lacks comes from the marketplace. One that neither has gets the install's own
 * 404. */
static int install(struct req *r)
{
	const char *key = json_str(r->body, "pluginKey", "");
	const char *version = json_str(r->body, "version", NULL);
	struct catalog_package pkg;
	json_t *checks;
	bool here = true, is_new;
	int rc;

	if ((rc = limit_count(&r->op, r->remote, "install", "install_limit",
		     r->op.app->conf.install_limit)) < 0 ||
		(id_is_plugin_key(key) && (rc = check_here(&r->op, key, version, &here)) < 0))
		return rc;
	if (!here && (rc = admit_package(r, key, version, &pkg, &checks, &is_new)) < 0) {
		if (rc != MT_ENOENT)
			return rc;
		op_clear(&r->op);
	}
	return lifecycle_install_route(r);
}

#define MARKET "/api/plugins/marketplace"

#define FILTERS                                                                                    \
	{"category", FIELD_STRING}, {"sort", FIELD_ENUM, .one_of = "name|category|author"},        \
	{                                                                                          \
		.type = FIELD_END                                                                  \
	}
static const struct field LIST[] = {FILTERS};
static const struct field SEARCH[] = {{"q", FIELD_STRING, FIELD_REQUIRED, 0, SEARCH_MAX}, FILTERS};

static const struct field COMPATIBLE[] = {ANSWER("ok", BOOL), ANSWER_NULL("reason", TEXT),
	ANSWER_NULL("reasonText", OBJECT), ANSWER_END};
static const struct field VERSION[] = {ANSWER("version", TEXT), ANSWER_NULL("size", INT),
	ANSWER_OF("compatible", OBJECT, COMPATIBLE), ANSWER_END};
static const struct field OF_VERSION[] = {{"version", FIELD_STRING}, {.type = FIELD_END}};
static const struct field SCREENSHOT[] = {ANSWER("url", TEXT), ANSWER("caption", TEXT), ANSWER_END};
#define ITEM_FIELDS                                                                                \
	ANSWER("key", TEXT), ANSWER("name", TEXT), ANSWER_NULL("displayName", TEXT),               \
		ANSWER_NULL("description", TEXT), ANSWER_NULL("longDescription", TEXT),            \
		ANSWER("version", TEXT), ANSWER_NULL("author", TEXT),                              \
		ANSWER_NULL("category", TEXT), ANSWER_NULL("license", TEXT),                       \
		ANSWER_NULL("homepage", TEXT), ANSWER_NULL("documentationUrl", TEXT),              \
		ANSWER_NULL("supportUrl", TEXT), ANSWER_NULL("installationType", TEXT),            \
		ANSWER_NULL("host", TEXT), ANSWER_NULL("sha256", TEXT), ANSWER_NULL("size", INT),  \
		ANSWER_NULL("abi", INT), ANSWER("tags", ARRAY), ANSWER("keywords", ARRAY),         \
		ANSWER("features", ARRAY), ANSWER("permissions", ARRAY),                           \
		ANSWER("definesPermissions", ARRAY), ANSWER("isOfficial", BOOL),                   \
		ANSWER("requiresConfiguration", BOOL),                                             \
		ANSWER_OF("compatible", OBJECT, COMPATIBLE), ANSWER_NULL("iconUrl", TEXT),         \
		{"installed", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE,                       \
			.of = answer_installed},                                                   \
		ANSWER("updateAvailable", BOOL), ANSWER_OF("versions", ARRAY, VERSION)
static const struct field ITEM[] = {ITEM_FIELDS, ANSWER_END};
static const struct field ONE[] = {ITEM_FIELDS, ANSWER_OF("screenshots", ARRAY, SCREENSHOT),
	ANSWER_NULL("changelog", TEXT), ANSWER_END};
static const struct field PAGE[] = {ANSWER_OF("items", ARRAY, ITEM), ANSWER("source", TEXT),
	ANSWER_NULL("fetchedAt", TIME), ANSWER("stale", BOOL), ANSWER_NULL("ageSeconds", INT),
	{"warnings", FIELD_ARRAY}, {"error", FIELD_TEXT},
	{"errorText", FIELD_OBJECT, FIELD_NULLABLE}, ANSWER_END};
static const struct field CATEGORY[] = {
	ANSWER("id", TEXT), ANSWER("name", TEXT), ANSWER("count", INT), ANSWER_END};

static const struct route ROUTES[] = {
	{"GET", MARKET, NULL, NULL, ROUTE_SYSTEM, 0, list, .query = LIST, .answer = PAGE,
		.scope = SCOPE_PLUGINS},
	{"GET", "/api/plugins", NULL, NULL, ROUTE_SYSTEM, 0, list, .query = LIST, .answer = PAGE,
		.scope = SCOPE_PLUGINS},
	{"GET", MARKET "/search", NULL, NULL, ROUTE_SYSTEM, 0, search, .query = SEARCH,
		.answer = PAGE, .scope = SCOPE_PLUGINS},
	{"POST", MARKET "/refresh", "plugins:manage", NULL, ROUTE_SYSTEM, 0, refresh,
		.answer = PAGE},
	{"GET", MARKET "/:key", NULL, NULL, ROUTE_SYSTEM, 0, read_one, .answer = ONE,
		.scope = SCOPE_PLUGINS},
	{"GET", MARKET "/:key/icon", NULL, NULL, ROUTE_SYSTEM, 0, marketplace_icon,
		.type = "image/*", .scope = SCOPE_PLUGINS},
	{"GET", MARKET "/:key/screenshots/:n", NULL, NULL, ROUTE_SYSTEM, 0, marketplace_screenshot,
		.query = OF_VERSION, .type = "image/*", .scope = SCOPE_PLUGINS},
	{"POST", MARKET "/:key/fetch", "plugins:manage", FETCH_FIELDS, ROUTE_SYSTEM, 0, fetch,
		.answer = answer_package},
	{"POST", "/api/plugins/install", "plugins:manage", lifecycle_install_fields, 0, 0, install,
		.answer = answer_installation},
	{"GET", "/api/plugins/categories", NULL, NULL, ROUTE_SYSTEM, 0, categories,
		.answer = ANSWER_ITEMS(CATEGORY), .scope = SCOPE_PLUGINS},
	{"GET", "/api/plugins/health", NULL, NULL, ROUTE_SYSTEM, 0, marketplace_health,
		.answer = marketplace_health_answer, .scope = SCOPE_PLUGINS},
	{"GET", "/api/plugins/installations/:id/usage", "plugins:manage", NULL, 0, 0,
		marketplace_usage, .query = marketplace_usage_query,
		.answer = marketplace_usage_answer},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table marketplace_routes = {"market", ROUTES};
