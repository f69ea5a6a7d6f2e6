#include "http/url.h"

#include <stdbool.h>
#include <string.h>
#include "base/utf8.h"

#define QUERY_MAX 64

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes n bytes to ret, which has room for n + 1. -1 = bad escape, control character, not UTF-8. */
static long decode(char *ret, const char *s, size_t n, bool form)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '%') {
			if (n - i < 3 || hex(s[i + 1]) < 0 || hex(s[i + 2]) < 0)
				return -1;
			c = (unsigned char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
			if (!form && c == '/')
				return -1;
		} else if (c == '+' && form) {
			c = ' ';
		}
		/* A query may carry what a text field may: line breaks and tabs. */
		if (c == 0x7f || (c < 0x20 && !(form && (c == '\n' || c == '\r' || c == '\t'))))
			return -1;
		ret[len++] = (char)c;
	}
	ret[len] = '\0';
	return utf8_length(ret, len) < 0 ? -1 : (long)len;
}

/* Empty segments but the last, and those that mean a place instead of a name. */
static bool has_odd_segment(const char *path)
{
	const char *s = path;

	while (*s == '/') {
		size_t n = strcspn(s + 1, "/");

		if ((n == 0 && s[1] == '/') || (n == 1 && s[1] == '.') ||
			(n == 2 && s[1] == '.' && s[2] == '.'))
			return true;
		s += n + 1;
	}
	return false;
}

int url_path(struct arena *p, const char *target, const char **ret, struct err *e)
{
	size_t n = strcspn(target, "?#");
	char *path = arena_alloc(p, n + 1);

	if (target[0] != '/' || decode(path, target, n, false) < 0 || has_odd_segment(path))
		return err_set(e, MT_EINVAL, "The path of this request is not valid");
	*ret = path;
	return 0;
}

static int add_pair(struct arena *p, const char *s, size_t n, struct req_param *ret)
{
	const char *eq = memchr(s, '=', n);
	size_t name_len = eq == NULL ? n : (size_t)(eq - s);
	size_t value_len = eq == NULL ? 0 : n - name_len - 1;
	char *name = arena_alloc(p, name_len + 1);
	char *value = arena_alloc(p, value_len + 1);

	ret->name = name;
	ret->value = value;
	if (decode(name, s, name_len, true) < 0)
		return -1;
	return decode(value, eq == NULL ? "" : eq + 1, value_len, true) < 0 ? -1 : 0;
}

int url_query(struct arena *p, const char *query, struct req_param **ret, int *ret_n, struct err *e)
{
	struct req_param *list;
	int n = 0;

	*ret_n = 0;
	*ret = NULL;
	if (query == NULL || query[0] == '\0')
		return 0;
	list = arena_alloc(p, sizeof(*list) * QUERY_MAX);
	while (*query != '\0') {
		size_t len = strcspn(query, "&");

		if (len > 0 && n == QUERY_MAX)
			return err_set(e, MT_EINVAL, "More than %d query parameters", QUERY_MAX);
		if (len > 0 && add_pair(p, query, len, &list[n++]) < 0)
			return err_set(e, MT_EINVAL, "The query of this request is not valid");
		query += len + (query[len] == '&');
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

const char *url_encode(struct arena *p, const char *s)
{
	static const char HEX[] = "0123456789ABCDEF";
	char *ret = arena_alloc(p, 3 * strlen(s) + 1), *at = ret;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			strchr("-._~", c)) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = HEX[c >> 4];
		*at++ = HEX[c & 15];
	}
	*at = '\0';
	return ret;
}
