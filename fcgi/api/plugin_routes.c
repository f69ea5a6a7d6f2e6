/* plugin_routes.c - see plugin_routes.h. */
#include "api/plugin_routes.h"

#include <string.h>

#include "api/api.h"
#include "base/json.h"
#include "api/plugin_routes.sql.h"

#define SHA_LEN 64
#define VERSION_MAX 20

static struct kept {
	char sha256[SHA_LEN + 1];
	char row_version[VERSION_MAX + 1];
	struct arena *arena; /* NULL = free */
	struct route_table table;
	unsigned long used;
} kept[PLUGIN_ROUTES_KEPT];
static unsigned long uses;

static struct kept *find(const char *sha256, const char *row_version)
{
	for (int i = 0; i < PLUGIN_ROUTES_KEPT; i++)
		if (kept[i].arena && !strcmp(kept[i].sha256, sha256) &&
			!strcmp(kept[i].row_version, row_version))
			return &kept[i];
	return NULL;
}

/* A free place, or that of the package that was used longest ago. */
static struct kept *place(void)
{
	struct kept *ret = &kept[0];

	for (int i = 0; i < PLUGIN_ROUTES_KEPT; i++) {
		if (!kept[i].arena)
			return &kept[i];
		if (kept[i].used < ret->used)
			ret = &kept[i];
	}
	return ret;
}

static const struct route *parse(struct arena *p, const json_t *list)
{
	struct route *routes = arena_zalloc(p, (json_array_size(list) + 1) * sizeof(*routes));
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one) {
		routes[i].method = arena_strdup(p, json_str(one, "method", "GET"));
		routes[i].path = arena_strdup(p, json_str(one, "path", "/"));
		routes[i].permission = arena_strdup(p, json_str(one, "permission", NULL));
	}
	return routes;
}

static int load(struct req *r, const char *sha256, const char *row_version, struct kept **ret)
{
	const char *text;
	struct rows rows;
	struct kept *k;
	json_t *list;
	int rc = op_read(&r->op, op_as(&r->op), &PLUGIN_ROUTES, DB_ARGS(sha256), &rows);

	if (rc < 0)
		return rc;
	text = rows.n ? row_text(&rows, 0, 0) : NULL;
	if (!text || strlen(sha256) != SHA_LEN || strlen(row_version) > VERSION_MAX ||
		json_parse(r->op.arena, text, strlen(text), &list, &r->op.err) < 0)
		return op_fail(&r->op, MT_EINTERNAL, "The package's routes can't be read");
	k = place();
	arena_free(k->arena);
	k->arena = arena_new();
	memcpy(k->sha256, sha256, SHA_LEN + 1);
	memcpy(k->row_version, row_version, strlen(row_version) + 1);
	k->table = (struct route_table){"plugin", parse(k->arena, list)};
	*ret = k;
	return 0;
}

int plugin_route_find(struct req *r, const char *sha256, const char *row_version, const char *path,
	const char **ret_permission)
{
	struct route_match m;
	struct kept *k = find(sha256, row_version);
	int rc;

	if (!k && (rc = load(r, sha256, row_version, &k)) < 0)
		return rc;
	k->used = ++uses;

	const struct route_table *const tables[] = {&k->table, NULL};

	rc = route_find(&r->op, tables, r->method, path, &m);
	if (m.allow)
		reply_header(r, "Allow", "%s", m.allow);
	if (rc < 0)
		return rc;
	*ret_permission = m.route->permission;
	return 0;
}
