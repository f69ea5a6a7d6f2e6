#include "http/req.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"

#define CHUNK 16384

const char *req_param(const struct req *r, const char *name)
{
	for (int i = 0; i < r->n_params; i++)
		if (strcmp(r->param[i].name, name) == 0)
			return r->param[i].value;
	return "";
}

const char *req_query(const struct req *r, const char *name)
{
	for (int i = 0; i < r->n_query; i++)
		if (strcmp(r->query[i].name, name) == 0)
			return r->query[i].value;
	return NULL;
}

const char *req_env(const struct req *r, const char *name)
{
	size_t n = strlen(name);

	for (char **v = r->envp; v != NULL && *v != NULL; v++)
		if (**v == *name && strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	return NULL;
}

const char *req_header(const struct req *r, const char *name)
{
	char env[80] = "HTTP_";
	size_t n = strlen(name);

	if (strcasecmp(name, "Content-Type") == 0)
		return req_env(r, "CONTENT_TYPE");
	if (n + 6 > sizeof(env))
		return NULL;
	for (size_t i = 0; i <= n; i++)
		env[5 + i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
	return req_env(r, env);
}

long req_query_number(const struct req *r, const char *name, long fallback)
{
	const char *s = req_query(r, name);

	return s != NULL && *s != '\0' ? strtol(s, NULL, 10) : fallback;
}

int req_query_int(struct req *r, const char *name, long least, long most, long fallback, long *ret)
{
	const char *s = req_query(r, name);
	char pointer[128];
	char *end;
	long n;

	*ret = fallback;
	if (s == NULL)
		return 0;
	errno = 0;
	n = strtol(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || isspace((unsigned char)s[0]) || n < least ||
		n > most) {
		snprintf(pointer, sizeof(pointer), "?%s", name);
		return op_fault(
			&r->op, pointer, "Must be a whole number from %ld to %ld", least, most);
	}
	*ret = n;
	return 0;
}

static int too_big(struct req *r, size_t max)
{
	return op_fail(
		&r->op, MT_ETOOBIG, "The body of this request may have at most %zu bytes", max);
}

static void release(void *b)
{
	buf_release(b);
}

int req_body(struct req *r, size_t max, char **ret, size_t *ret_len)
{
	struct buf *b;
	char *chunk;
	long n;

	if (r->content_length >= 0 && (size_t)r->content_length > max)
		return too_big(r, max);
	b = arena_alloc(r->op.arena, sizeof(*b));
	buf_init(b, max);
	arena_cleanup(r->op.arena, release, b);
	chunk = arena_alloc(r->op.arena, CHUNK);
	/* To the end: only there it is known whether the body was cut off. */
	while ((n = r->read(r, chunk, CHUNK)) > 0)
		if (buf_add(b, chunk, (size_t)n) < 0)
			return too_big(r, max);
	if (n < 0)
		return (int)n;
	*ret = b->data;
	*ret_len = b->len;
	return 0;
}
