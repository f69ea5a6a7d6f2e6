/*
 * etag.c - If-Match against a row's version: "3", W/"3", 3, a list of those, or *.
 */
#include "resource/impl.h"

#include <stdio.h>
#include <string.h>

/* One entity tag at *at; moves *at behind it; false when malformed. */
static bool one_tag(const char **at, const char *version, bool *match)
{
	const char *s = *at, *tag;
	size_t n;

	if (!strncmp(s, "W/\"", 3))
		s += 2;
	if (*s == '"') {
		tag = ++s;
		n = strcspn(s, "\"");
		if (s[n] != '"')
			return false;
		*at = s + n + 1;
	} else {
		tag = s;
		n = strspn(s, "0123456789");
		if (!n)
			return false;
		*at = s + n;
	}
	if (strlen(version) == n && !memcmp(tag, version, n))
		*match = true;
	return true;
}

static bool read_tags(const char *at, const char *version, bool *match)
{
	for (;;) {
		at += strspn(at, " \t");
		if (!one_tag(&at, version, match))
			return false;
		at += strspn(at, " \t");
		if (!*at)
			return true;
		if (*at++ != ',')
			return false;
	}
}

int etag_check(struct op *op, const char *tags, const char *what, long version)
{
	const char *now = arena_printf(op->arena, "%ld", version);
	bool match = false;

	if (!strcmp(tags, "*"))
		return 0;
	if (!read_tags(tags, now, &match))
		return op_fail(
			op, MT_EINVAL, "If-Match must be the ETag of a %s, such as \"3\"", what);
	if (match)
		return 0;
	return op_refuse(op, MT_ECONFLICT, "version-conflict",
		"The %s was changed meanwhile: it is at version %s now", what, now);
}

int resource_check_version(struct req *r, long version)
{
	const char *tags = req_header(r, "If-Match");

	return tags ? etag_check(&r->op, tags, one_part(&r->op, model_of(r)->res), version) : 0;
}
