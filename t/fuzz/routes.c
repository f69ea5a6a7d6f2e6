/* A request target: decoding of path and query, and the route that it finds in the core's tables. */
#include "fuzz.h"

#include "api/api.h"
#include "http/url.h"

static const struct route_table *const MORE[] = {
	&auth_routes, &me_routes, &event_routes, &plugin_routes, &health_routes, NULL};
static const struct route_table *const *tables;

static void check_path(const char *path)
{
	fuzz_check(path[0] == '/' && !strstr(path, "//"));
	fuzz_check(!strstr(path, "/../") && !strstr(path, "/./"));
	for (const char *c = path; *c; c++)
		fuzz_check((unsigned char)*c >= ' ' && *c != 0x7f);
}

/* Encoded and decoded it is the same. */
static void round_trip(struct req *r, const char *value)
{
	struct err e;
	struct req_param *list;
	int n;

	err_init(&e, r->op.arena);
	if (!*value)
		return;
	fuzz_check(url_query(r->op.arena,
			   arena_printf(r->op.arena, "a=%s", url_encode(r->op.arena, value)), &list,
			   &n, &e) == 0);
	fuzz_check(n == 1 && strcmp(list[0].value, value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const METHODS[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
	struct arena *p = arena_new();
	struct req *r = malloc(sizeof(*r));
	const uint8_t *at = n > 0 ? data + 1 : data;
	char *target = fuzz_text(at, n > 0 ? n - 1 : 0), *query = strchr(target, '?');

	if (!tables)
		tables = resource_tables(api_resources, MORE);
	fuzz_req(r, p, NULL, NULL);
	r->method = METHODS[n > 0 ? data[0] % 6 : 0];
	if (url_path(p, target, &r->path, &r->op.err) == 0) {
		check_path(r->path);
		if (route_take(r, tables, r->path) == 0) {
			fuzz_check(r->n_params >= 0 && r->n_params <= REQ_PARAMS_MAX);
			for (int i = 0; i < r->n_params; i++)
				fuzz_check(!strchr(r->param[i].value, '/') && r->param[i].value[0]);
		} else {
			fuzz_check(r->op.err.code == MT_ENOENT || r->op.err.code == MT_EMETHOD);
		}
	}
	op_clear(&r->op);
	if (url_query(p, query ? query + 1 : NULL, &r->query, &r->n_query, &r->op.err) == 0)
		for (int i = 0; i < r->n_query; i++)
			round_trip(r, r->query[i].value);
	free(target);
	free(r);
	arena_free(p);
	return 0;
}
