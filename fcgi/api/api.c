/*
 * api.c - what the resources share; see api.h.
 */
#include "api/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "base/id.h"
#include "base/json.h"

#define CURSOR_MAX 128
#define QUERY_MAX 200

int api_read_json(
	struct req *r, const struct stmt *s, const char *const *args, int n, const char *what)
{
	struct rows rows;
	const char *text;
	int rc = op_read(&r->op, op_as(&r->op), s, args, n, &rows);

	if (rc < 0)
		return rc;
	text = rows.n ? row_text(&rows, 0, 0) : NULL;
	if (!text)
		return op_fail(&r->op, MT_ENOENT, "no such %s", what);
	return reply_text_json(r, 200, text);
}

int api_uuid_param(struct req *r, const char *name, const char *what, const char **ret)
{
	*ret = req_param(r, name);
	if (!id_is_uuid(*ret))
		return op_fail(&r->op, MT_ENOENT, "no such %s", what);
	*ret = api_lower(r, *ret);
	return 0;
}

const char *api_body_str(const struct req *r, const char *name, const char *fallback)
{
	const json_t *v = json_object_get(r->body, name);

	return json_is_string(v) ? json_string_value(v) : fallback;
}

int api_query_like(struct req *r, const char *name, const char **ret)
{
	const char *q = req_query(r, name);
	size_t n = q ? strlen(q) : 0, at = 0;
	char *like;

	*ret = NULL;
	if (!n)
		return 0;
	if (n > QUERY_MAX)
		return op_fault(&r->op, arena_printf(r->op.arena, "?%s", name),
			"must be at most %d bytes long", QUERY_MAX);
	like = arena_alloc(r->op.arena, 2 * n + 3);
	like[at++] = '%';
	for (; *q; q++) {
		if (*q == '%' || *q == '_' || *q == '\\')
			like[at++] = '\\';
		like[at++] = *q;
	}
	like[at++] = '%';
	like[at] = '\0';
	*ret = like;
	return 0;
}

const char *api_lower(struct req *r, const char *s)
{
	char *ret = arena_strdup(r->op.arena, s);

	for (char *c = ret; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return ret;
}

json_t *api_json(struct req *r, json_t *v)
{
	json_own(r->op.arena, v);
	return v;
}

int api_fault(struct req *r, int code, const char *type, const char *fmt, ...)
{
	va_list ap;
	const char *text;

	va_start(ap, fmt);
	text = arena_vprintf(r->op.arena, fmt, ap);
	va_end(ap);
	r->op.err.type = type;
	return op_fail(&r->op, code, "%s", text);
}

const char *api_cursor(struct req *r, char sort, const char *value, const char *id)
{
	const char *text = arena_printf(r->op.arena, "%c:%s:%s", sort, value, id);
	size_t n = strlen(text);
	size_t max = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *ret = arena_alloc(r->op.arena, max);

	return sodium_bin2base64(
		ret, max, (const unsigned char *)text, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* value: digits, perhaps negative, that fit a bigint. */
static bool is_number(const char *s)
{
	size_t n = strspn(s + (*s == '-'), "0123456789");

	return n > 0 && n <= 18 && !s[n + (*s == '-')];
}

int api_cursor_read(struct req *r, char sort, const char **ret_value, const char **ret_id)
{
	const char *cursor = req_query(r, "cursor");
	char text[CURSOR_MAX + 1], *value, *id;
	size_t n = 0;

	*ret_value = *ret_id = NULL;
	if (!cursor || !*cursor)
		return 0;
	if (sodium_base642bin((unsigned char *)text, CURSOR_MAX, cursor, strlen(cursor), NULL, &n,
		    NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0)
		goto bad;
	text[n] = '\0';
	value = strchr(text, ':');
	id = value ? strchr(value + 1, ':') : NULL;
	if (!id || text[0] != sort || value != text + 1)
		goto bad;
	*id++ = '\0';
	value++;
	if (!is_number(value) || !id_is_uuid(id) || strlen(id) + (size_t)(id - text) != n)
		goto bad;
	*ret_value = arena_strdup(r->op.arena, value);
	*ret_id = arena_strdup(r->op.arena, id);
	return 0;
bad:
	return op_fault(&r->op, "?cursor", "must be the nextCursor of a page with the same sort");
}

int api_reply_page(struct req *r, const char *items, const char *cursor, const char *total)
{
	const char *quote = cursor ? "\"" : "";

	return reply_text_json(r, 200,
		arena_printf(r->op.arena, "{\"items\":%s,\"nextCursor\":%s%s%s%s%s}", items, quote,
			cursor ? cursor : "null", quote, total ? ",\"total\":" : "",
			total ? total : ""));
}
