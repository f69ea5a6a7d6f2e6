/*
 * valid.c - see valid.h.
 */
#include "base/valid.h"

#include <stddef.h>
#include <string.h>
#include "base/utf8.h"

#define EMAIL_MAX 254 /* RFC 5321 */
#define EMAIL_LOCAL_MAX 64

bool valid_email(const char *s)
{
	const char *at = strchr(s, '@');
	size_t n = strlen(s);

	if (!at || at == s || at - s > EMAIL_LOCAL_MAX || n > EMAIL_MAX || strchr(at + 1, '@'))
		return false;
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr(",;:<>()[]\\\"", *c))
			return false;
	return at[1] && at[1] != '.' && s[n - 1] != '.' && !strstr(at, "..");
}

static bool begins_as_url(const char *s)
{
	if (s[0] == '/')
		return s[1] != '/';
	if (!strncmp(s, "https://", 8))
		return s[8] && s[8] != '/';
	return !strncmp(s, "http://", 7) && s[7] && s[7] != '/';
}

bool valid_tenant_code(const char *s)
{
	size_t n = strlen(s);

	return n >= 2 && n <= 40 && *s >= 'a' && *s <= 'z' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

bool valid_notice_url(const char *s)
{
	size_t n = strlen(s);

	if (!begins_as_url(s) || utf8_length(s, n) > NOTICE_URL_MAX)
		return false;
	for (size_t at = 0, k; at < n; at += k) {
		unsigned c = 0;

		k = (size_t)utf8_next(s + at, n - at, &c);
		if (k == 0 || utf8_is_blank(c) || c == '\\')
			return false;
	}
	return true;
}

bool valid_decimal(const char *s)
{
	static const char digits[] = "0123456789";
	size_t n = strlen(s), whole = strspn(s += *s == '-', digits), rest = 0;

	if (s[whole] == '.')
		rest = 1 + strspn(s + whole + 1, digits);
	return n <= 40 && whole > 0 && rest != 1 && !s[whole + rest];
}

bool valid_one_of(const char *list, const char *s)
{
	size_t n = strlen(s);

	while (*list) {
		size_t len = strcspn(list, "|");

		if (len == n && !memcmp(list, s, n))
			return true;
		list += len + (list[len] == '|');
	}
	return false;
}
