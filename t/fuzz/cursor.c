/* Queries of lists against the columns of tickets: filters, ranges, cursors, search patterns, numbers. */
#include "fuzz.h"

#include "api/api.h"
#include "auth/ident.h"
#include "base/id.h"
#include "http/url.h"
#include "resource/impl.h"

/* In a pattern for ILIKE only the two ends may be wildcards. */
static void check_like(const char *like, const char *q)
{
	size_t n = strlen(like), at = 1;

	fuzz_check(n >= 2 && like[0] == '%' && like[n - 1] == '%');
	for (; *q; q++) {
		if (like[at] == '\\')
			at++;
		else
			fuzz_check(like[at] != '%' && like[at] != '_');
		fuzz_check(like[at++] == *q);
	}
	fuzz_check(at == n - 1);
}

static const struct resource *const LIST[] = {&ticket_resource, NULL};
static const struct route_table *const NONE[] = {NULL};

static void check_cursor(struct req *r, const struct query *q)
{
	struct req_param again = {"cursor", cursor_text(r, q->letter, q->value, q->id)};
	const char *value, *id;

	fuzz_check(id_is_uuid(q->id) && strspn(q->value, "-0123456789") == strlen(q->value));
	r->query = &again;
	r->n_query = 1;
	fuzz_check(cursor_read(r, q->letter, q->sort->kind.type, true, &value, &id) == 0);
	fuzz_check(!strcmp(value, q->value) && !strcmp(id, q->id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct route_table *const *tables;
	static const struct ident who = {.user = "00000000-0000-7000-8000-000000000000"};
	struct arena *p = arena_new();
	struct req *r = malloc(sizeof(*r));
	char *query = fuzz_text(data, n);
	struct query q;

	if (!tables)
		tables = resource_tables(LIST, NONE);
	fuzz_req(r, p, NULL, NULL);
	r->op.who = &who;
	r->route = &tables[0]->routes[0];
	if (url_query(p, query, &r->query, &r->n_query, &r->op.err) == 0 &&
		query_read(r, model_of(r), &q) == 0) {
		fuzz_check(q.limit >= 1 && q.limit <= 200 && q.sort && q.n_filters <= FILTERS_MAX);
		if (q.like)
			check_like(q.like, req_query(r, "q"));
		if (q.value)
			check_cursor(r, &q);
	}
	free(query);
	free(r);
	arena_free(p);
	return 0;
}
