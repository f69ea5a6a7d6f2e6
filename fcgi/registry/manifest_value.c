/* manifest_value.c - checks of single values of a manifest: see manifest_value.h. */
#include <ctype.h>
#include <string.h>
#include "base/id.h"
#include "registry/archive.h"
#include "registry/manifest_value.h"
#include "registry/semver.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

static bool only(const char *s, const char *set)
{
	return *s && s[strspn(s, set)] == '\0';
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

bool value_is_key(const char *s)
{
	return id_is_plugin_key(s);
}

bool value_is_version(const char *s)
{
	struct semver v;

	return semver_parse(&v, s) == 0;
}

bool value_is_range(const char *s)
{
	return semver_range_valid(s);
}

bool value_is_url(const char *s)
{
	size_t n = !strncmp(s, "https://", 8) ? 8 : !strncmp(s, "http://", 7) ? 7 : 0;

	if (n == 0 || !isalnum((unsigned char)s[n]))
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || strchr("\"<>\\^`{|}", *s))
			return false;
	return true;
}

bool value_is_icon(const char *s)
{
	return !archive_name_fault(s) && (ends_with(s, ".svg") || ends_with(s, ".png"));
}

bool value_is_bundle(const char *s)
{
	return !archive_name_fault(s) && !strncmp(s, "ui/", 3) && ends_with(s, ".js");
}

bool value_is_identifier(const char *s)
{
	return !isdigit((unsigned char)*s) && only(s, LOWER UPPER DIGIT "_$");
}

bool value_is_slug(const char *s)
{
	return only(s, LOWER UPPER DIGIT "-_");
}

bool value_is_slot(const char *s)
{
	return only(s, LOWER UPPER DIGIT "-_.:");
}

bool value_is_route(const char *s)
{
	return *s == '/' && only(s, LOWER UPPER DIGIT "-_./:") && !strstr(s, "//") &&
	       !strstr(s, "..");
}

bool value_is_installation(const char *s)
{
	static const char *const KINDS[] = {"standard", "tenant_scoped", NULL};

	return one_of(s, KINDS);
}

bool value_is_render_type(const char *s)
{
	static const char *const TYPES[] = {
		"inline", "tab", "modal", "menuitem", "card", "button", "widget", "raw", NULL};

	return one_of(s, TYPES);
}

bool value_is_permission(const char *s)
{
	static const char *const KNOWN[] = {
		"tickets:read", "tickets:write", "users:read", "notifications:send", NULL};

	return one_of(s, KNOWN);
}

bool value_is_sha256(const char *s)
{
	return strlen(s) == 64 && only(s, DIGIT "abcdef");
}

long value_length(const char *s)
{
	long n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

bool value_has_control(const char *s, bool lines_allowed)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 || *s == 0x7f) &&
			!(lines_allowed && (*s == '\n' || *s == '\t')))
			return true;
	return false;
}

bool value_names_alike(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, "-_ ");
		b += strspn(b, "-_ ");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

const char *value_path_fault(const char *path)
{
	const char *why = archive_name_fault(path);

	if (why)
		return why;
	return path[strlen(path) - 1] == '/' ? "names a folder; only files are listed" : NULL;
}

/* At most 40 code points; control characters as '?'. */
static const char *quoted(struct pool *p, const char *s)
{
	char *copy = pool_strdup(p, s);
	size_t i = 0;
	int n = 0;

	for (; copy[i]; i++) {
		if (((unsigned char)copy[i] & 0xc0) != 0x80 && n++ == 40)
			break;
		if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
			copy[i] = '?';
	}
	return pool_printf(p, "\"%.*s\"%s", (int)i, copy, s[i] ? "…" : "");
}

const char *value_shown(struct pool *p, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		return quoted(p, json_string_value(v));
	case JSON_INTEGER:
		return pool_printf(p, "the number %lld", (long long)json_integer_value(v));
	case JSON_REAL:
		return pool_printf(p, "the number %g", json_real_value(v));
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		return "null";
	case JSON_ARRAY:
		return pool_printf(p, "an array of %zu", json_array_size(v));
	case JSON_OBJECT:
		return "an object";
	}
	return "something else";
}

const char *value_pointer_escape(struct pool *p, const char *name)
{
	char *out = pool_alloc(p, 2 * strlen(name) + 1);
	size_t at = 0;
	int n = 0;

	for (; *name; name++) {
		if (((unsigned char)*name & 0xc0) != 0x80 && n++ == 60)
			break;
		if (*name == '~' || *name == '/') {
			out[at++] = '~';
			out[at++] = *name == '~' ? '0' : '1';
		} else {
			out[at++] = (unsigned char)*name < 0x20 ? '?' : *name;
		}
	}
	out[at] = '\0';
	return out;
}
