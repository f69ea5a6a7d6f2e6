/* routes.c - the marketplace's routes: see marketplace.h. */
#include <string.h>
#include "auth/ident.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "install/install.h"
#include "marketplace/admit.h"
#include "marketplace/marketplace.h"
#include "marketplace/view.h"
#include "auth/limit.h"

#define SEARCH_MAX 200
#define REFRESHES_MAX 60 /* an hour and address */

static int reply_own(struct req *r, int status, json_t *json)
{
	int rc = reply_json(r, status, json);

	json_decref(json);
	return rc;
}

static int reply_page(struct req *r, const struct market_cache *s, const struct view_filter *f)
{
	json_t *items;
	int rc = view_items(r, s, f, &items);

	return rc < 0 ? rc : reply_own(r, 200, view_page(r, s, items));
}

/* ?category= and ?sort=; a wrong one is named. */
static int read_filter(struct req *r, struct view_filter *ret)
{
	static const char *const sorts[] = {"name", "category", "author"};

	ret->category = req_query(r, "category");
	ret->sort = req_query(r, "sort");
	if (ret->category && !*ret->category)
		ret->category = NULL;
	if (!ret->sort || !*ret->sort) {
		ret->sort = NULL;
		return 0;
	}
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (!strcmp(ret->sort, sorts[i]))
			return 0;
	return op_fault(
		&r->op, "?sort", "found \"%.40s\"; wanted: name, category or author", ret->sort);
}

static int list(struct req *r)
{
	struct view_filter f = {0};
	struct market_cache s;
	int rc = read_filter(r, &f);

	if (rc == 0)
		rc = market_cache_open(r, false, &s);
	return rc < 0 ? rc : reply_page(r, &s, &f);
}

static int search(struct req *r)
{
	struct view_filter f = {0};
	struct market_cache s;
	int rc = read_filter(r, &f);

	f.words = req_query(r, "q");
	if (!f.words)
		rc = op_fault(&r->op, "?q", "is missing; wanted: words to look for");
	else if (utf8_length(f.words, strlen(f.words)) > SEARCH_MAX)
		rc = op_fault(
			&r->op, "?q", "is too long; wanted: at most %d characters", SEARCH_MAX);
	if (rc == 0)
		rc = market_cache_open(r, false, &s);
	return rc < 0 ? rc : reply_page(r, &s, &f);
}

static int read_one(struct req *r)
{
	const char *key = req_param(r, "key");
	struct market_cache s;
	json_t *item;
	int rc = market_cache_open(r, false, &s);

	if (rc == 0)
		rc = view_item(r, &s, key, &item);
	if (rc < 0)
		return rc;
	if (!item)
		return op_fail(&r->op, MT_ENOENT, "the marketplace has no plugin \"%.60s\"", key);
	return reply_own(r, 200, item);
}

static int categories(struct req *r)
{
	struct market_cache s;
	int rc = market_cache_open(r, false, &s);

	return rc < 0 ? rc : reply_own(r, 200, json_pack("{so}", "items", view_categories(&s)));
}

static int refresh(struct req *r)
{
	struct view_filter f = {0};
	struct market_cache s;
	int rc = limit_count(r, "marketplace-refresh", "refreshes", REFRESHES_MAX);

	if (rc == 0)
		rc = market_cache_open(r, true, &s);
	return rc < 0 ? rc : reply_page(r, &s, &f);
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
	json = catalog_package_json(&pkg);
	if (checks)
		json_object_set(json, "checks", checks);
	return reply_own(r, is_new ? 201 : 200, json);
}

/* In the catalogue already? Without a version any will do: which one, the install decides. */
static int is_here(struct req *r, const char *key, const char *version, bool *ret)
{
	struct catalog_package *list;
	int n, rc = catalog_packages(&r->op, op_as(&r->op), key, &list, &n);

	*ret = false;
	for (int i = 0; rc == 0 && i < n; i++)
		*ret = *ret || !version || !strcmp(list[i].version, version);
	return rc;
}

/* A version that neither has gets the install's own 404. */
static int install(struct req *r)
{
	const char *key = json_str(r->body, "pluginKey", "");
	const char *version = json_str(r->body, "version", NULL);
	struct catalog_package pkg;
	json_t *checks;
	bool here = true, is_new;
	int rc = limit_install(r);

	if (rc == 0 && id_is_plugin_key(key))
		rc = is_here(r, key, version, &here);
	if (rc == 0 && !here) {
		rc = admit_package(r, key, version, &pkg, &checks, &is_new);
		if (rc == MT_ENOENT) {
			op_clear(&r->op);
			rc = 0;
		}
	}
	return rc < 0 ? rc : lifecycle_install_route(r);
}

#define MARKET "/api/plugins/marketplace"

static const struct route ROUTES[] = {
	{"GET", MARKET, NULL, NULL, ROUTE_SYSTEM, 0, list},
	{"GET", MARKET "/search", NULL, NULL, ROUTE_SYSTEM, 0, search},
	{"POST", MARKET "/refresh", "plugins:manage", NULL, ROUTE_SYSTEM, 0, refresh},
	{"GET", MARKET "/:key", NULL, NULL, ROUTE_SYSTEM, 0, read_one},
	{"GET", MARKET "/:key/icon", NULL, NULL, ROUTE_SYSTEM, 0, marketplace_icon},
	{"POST", MARKET "/:key/fetch", "plugins:manage", FETCH_FIELDS, ROUTE_SYSTEM, 0, fetch},
	{"POST", "/api/plugins/install", "plugins:manage", lifecycle_install_fields, 0, 0, install},
	{"GET", "/api/plugins/categories", NULL, NULL, ROUTE_SYSTEM, 0, categories},
	{"GET", "/api/plugins/health", NULL, NULL, ROUTE_SYSTEM, 0, marketplace_health},
	{"GET", "/api/plugins/installations/:id/usage", "plugins:manage", NULL, 0, 0,
		marketplace_usage},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table marketplace_routes = {"market", ROUTES};
