/*
 * route.c - from method and path to a route. The most literal path wins whatever the tables' order,
 * so that "/api/plugins/install" is never the plugin named "install".
 */
#include "http/route.h"

#include <limits.h>
#include <string.h>
#include "base/buf.h"

#define PREFIX_RANK 1000

const struct field answer_none[] = {{.type = FIELD_END}};

/* Matches path with pattern; returns the number of parameters, or -1. Fills param when not NULL. */
static int match(struct arena *p, const char *pattern, const char *path, bool prefix,
	struct req_param *param)
{
	int n = 0;

	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/");

		if (pattern[0] == ':') {
			if (have == 0 || n == REQ_PARAMS_MAX)
				return -1;
			if (param != NULL)
				param[n] =
					(struct req_param){arena_strndup(p, pattern + 1, want - 1),
						arena_strndup(p, path, have)};
			n++;
		} else if (want == 0 && prefix) {
			return n; /* "/api/plugins/:key/" and all below */
		} else if (want != have || memcmp(pattern, path, want) != 0) {
			return -1;
		}
		pattern += want;
		path += have;
	}
	return *pattern == '\0' && *path == '\0' ? n : -1;
}

/* False for most routes after a few letters: what is before the first parameter is the path's own. */
static bool may_match(const char *pattern, const char *path)
{
	while (*pattern != '\0' && *pattern != ':' && *pattern == *path) {
		pattern++;
		path++;
	}
	return *pattern == '\0' || *pattern == ':';
}

/* 0 = no parameters; the fewer the better; prefixes come last. -1 = doesn't match. */
static int rank_of(const struct route *rt, const char *path)
{
	bool prefix = (rt->flags & ROUTE_PREFIX) != 0;
	int n = may_match(rt->path, path) ? match(NULL, rt->path, path, prefix, NULL) : -1;

	return n >= 0 && prefix ? n + PREFIX_RANK : n;
}

static bool has_method(const struct route *rt, const char *method)
{
	return strcmp(rt->method, "*") == 0 || strcmp(rt->method, method) == 0 ||
	       (strcmp(method, "HEAD") == 0 && strcmp(rt->method, "GET") == 0);
}

static const char *allowed(
	struct arena *p, const struct route_table *const *tables, const char *path, int rank)
{
	const char *ret;
	struct buf b;

	buf_init(&b, 256);
	for (; *tables != NULL; tables++)
		for (const struct route *rt = (*tables)->routes; rt->path != NULL; rt++)
			if (rank_of(rt, path) == rank && strstr(b.data, rt->method) == NULL)
				buf_addf(&b, "%s%s", b.len > 0 ? ", " : "", rt->method);
	ret = arena_strdup(p, b.data);
	buf_release(&b);
	return ret;
}

int route_find(struct op *op, const struct route_table *const *tables, const char *method,
	const char *path, struct route_match *ret)
{
	const struct route *found = NULL;
	int best = INT_MAX;

	*ret = (struct route_match){0};
	for (const struct route_table *const *t = tables; *t != NULL; t++) {
		for (const struct route *rt = (*t)->routes; rt->path != NULL; rt++) {
			int rank = rank_of(rt, path);

			if (rank < 0 || rank > best)
				continue;
			if (rank < best)
				found = NULL;
			best = rank;
			if (found == NULL && has_method(rt, method))
				found = rt;
		}
	}
	if (best == INT_MAX)
		return op_fail(op, MT_ENOENT, "There is nothing at this address");
	if (found == NULL) {
		ret->allow = allowed(op->arena, tables, path, best);
		return op_fail(op, MT_EMETHOD,
			"This address doesn't take %.20s; the header Allow lists what it takes",
			method);
	}
	ret->route = found;
	ret->n_params =
		match(op->arena, found->path, path, (found->flags & ROUTE_PREFIX) != 0, ret->param);
	return 0;
}

int route_take(struct req *r, const struct route_table *const *tables, const char *path)
{
	struct route_match m;
	int rc = route_find(&r->op, tables, r->method, path, &m);

	if (m.allow != NULL)
		reply_header(r, "Allow", "%s", m.allow);
	if (rc < 0)
		return rc;
	r->route = m.route;
	r->n_params = m.n_params;
	memcpy(r->param, m.param, sizeof(r->param));
	return 0;
}
