/* Queries of lists: cursors, search patterns, numbers. */
#include "fuzz.h"

#include "api/api.h"
#include "base/id.h"
#include "http/url.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	struct req *r = malloc(sizeof(*r));
	char *query = fuzz_text(data, n);
	const char *value, *id, *like;
	long number;

	fuzz_req(r, p, NULL, NULL);
	if (url_query(p, query, &r->query, &r->n_query, &r->op.err) == 0) {
		if (api_cursor_read(r, 'u', &value, &id) == 0 && value) {
			struct req_param again = {"cursor", api_cursor(r, 'u', value, id)};
			const char *value2, *id2;

			fuzz_check(id_is_uuid(id) && strspn(value, "-0123456789") == strlen(value));
			r->query = &again;
			r->n_query = 1;
			fuzz_check(api_cursor_read(r, 'u', &value2, &id2) == 0);
			fuzz_check(!strcmp(value, value2) && !strcmp(id, id2));
			r->n_query = 0;
		} else if (api_query_like(r, "q", &like) == 0 && like) {
			check_like(like, req_query(r, "q"));
		}
		if (req_query_int(r, "limit", 1, 200, 50, &number) == 0)
			fuzz_check(number >= 1 && number <= 200);
	}
	free(query);
	free(r);
	arena_free(p);
	return 0;
}
