/* FastCGI parameters into a request; a line is a parameter. */
#include "fuzz.h"

#include "http/fcgi.h"

#define PARAMS_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	struct req *r = malloc(sizeof(*r));
	char *envp[PARAMS_MAX + 1];
	int count = 0, rc;

	while (n > 0 && count < PARAMS_MAX)
		envp[count++] = fuzz_until(&data, &n, '\n');
	envp[count] = NULL;
	fuzz_req(r, p, NULL, NULL);
	rc = fcgi_fill(r, envp);
	fuzz_check(rc <= 0 && (rc < 0) == (r->op.err.code != 0));
	fuzz_check(strlen(r->op.id) >= 8 && strlen(r->op.id) <= 39 && r->remote && r->method);
	if (rc == 0) {
		fuzz_check(r->path[0] == '/' && r->content_length >= -1);
		fuzz_check(r->method[strspn(r->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0');
		for (int i = 0; i < r->n_query; i++)
			fuzz_check(r->query[i].name && r->query[i].value);
	}
	for (int i = 0; i < count; i++)
		free(envp[i]);
	free(r);
	arena_free(p);
	return 0;
}
