/* manifest_value.c - checks of single values of a manifest: see manifest_value.h. */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/outbound.h"
#include "base/perm.h"
#include "base/cron.h"
#include "base/id.h"
#include "package/archive.h"
#include "package/manifest_value.h"
#include "package/semver.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

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

bool value_is_screenshot(const char *s)
{
	return !archive_name_fault(s) && !strncmp(s, "screenshots/", 12) && !strchr(s + 12, '/') &&
	       (ends_with(s, ".png") || ends_with(s, ".jpg") || ends_with(s, ".jpeg") ||
		       ends_with(s, ".webp"));
}

bool value_is_identifier(const char *s)
{
	return !isdigit((unsigned char)*s) && only(s, LOWER UPPER DIGIT "_$");
}

bool value_is_slug(const char *s)
{
	return only(s, LOWER UPPER DIGIT "-_");
}

bool value_is_schedule(const char *s)
{
	struct cron c;

	return cron_parse(&c, s) == 0;
}

bool value_is_zone(const char *s)
{
	return only(s, LOWER UPPER DIGIT "_+/-") && cron_has_zone(s);
}

bool value_is_route(const char *s)
{
	return *s == '/' && only(s, LOWER UPPER DIGIT "-_./:") && !strstr(s, "//") &&
	       !strstr(s, "..");
}

bool value_is_page_path(const char *s)
{
	static const char FIRST[] = LOWER DIGIT "_-";
	size_t n;

	if (!strcmp(s, "/"))
		return true;
	do {
		if (*s++ != '/')
			return false;
		if (!strcmp(s, "*"))
			return true;
		n = *s == ':' ? 1 + strspn(s + 1, LOWER UPPER DIGIT "_")
			      : strspn(s, LOWER DIGIT "._-");
		if (*s == ':' ? n < 2 || isdigit((unsigned char)s[1]) : !*s || !strchr(FIRST, *s))
			return false;
		s += n;
	} while (*s);
	return true;
}

bool value_is_permission_name(const char *s)
{
	size_t n = strspn(s, LOWER DIGIT "-");

	/* "tickets:read:own" of the core has a part more. */
	return n > 0 && s[n] == ':' && only(s + n + 1, LOWER DIGIT "-:");
}

bool value_is_plugin_permission(const char *s)
{
	for (int i = 0; perm_plugins[i]; i++)
		if (strcmp(perm_plugins[i], s) == 0)
			return true;
	return strncmp(s, "network:", 8) == 0 && outbound_word_ok(s + 8);
}

bool value_is_short_name(const char *s)
{
	return islower((unsigned char)*s) && only(s, LOWER DIGIT "-");
}

bool value_is_table(const char *s)
{
	return islower((unsigned char)*s) && only(s, LOWER DIGIT "_");
}

bool value_is_event_name(const char *s)
{
	return isupper((unsigned char)*s) && only(s, UPPER LOWER DIGIT);
}

bool value_is_field_name(const char *s)
{
	return islower((unsigned char)*s) && only(s, UPPER LOWER DIGIT);
}

bool value_is_option(const char *s)
{
	return s[strspn(s, " ")] && value_length(s) <= 60 && !strchr(s, '|');
}

const char *const value_core_events[] = {"TicketCreated", "TicketUpdated", "TicketCommented",
	"TicketCommentUpdated", "TicketCommentArchived", "UserCreated", "UserUpdated",
	"UserDeleted", "AccountSuspended", "AccountActivated", NULL};

bool value_is_subscribed(const char *s)
{
	const char *dot = strchr(s, '.');
	char key[64];

	for (int i = 0; !dot && value_core_events[i]; i++)
		if (!strcmp(s, value_core_events[i]))
			return true;
	if (!dot || dot - s >= (ptrdiff_t)sizeof(key))
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)(dot - s), s);
	return value_is_key(key) && value_is_event_name(dot + 1);
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

/* But for case, "-" and "_". */
static bool names_alike(const char *a, const char *b)
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

#define NEAR_MAX 40 /* characters of names that are compared */

/* Slips of the finger from a to b: letters left out, put in, changed or swapped; case doesn't count. */
static int slips(const char *a, const char *b)
{
	int row[3][NEAR_MAX + 1], *last = row[0], *now = row[1], *before = row[2];
	int n = (int)strlen(b);

	for (int j = 0; j <= n; j++)
		now[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int *old = before;

		before = last;
		last = now;
		now = old;
		now[0] = i;
		for (int j = 1; j <= n; j++) {
			char x = (char)tolower((unsigned char)a[i - 1]);
			char y = (char)tolower((unsigned char)b[j - 1]);
			int best = last[j - 1] + (x != y);

			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
				y == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return now[n];
}

int value_nearness(const char *typed, const char *meant)
{
	size_t n = strlen(typed), m = strlen(meant);
	int d;

	if (names_alike(typed, meant))
		return 0;
	if (n < 2 || n > NEAR_MAX || m > NEAR_MAX)
		return -1;
	d = slips(typed, meant);
	if (d <= (n < 4 ? 1 : n < 8 ? 2 : 3) && d < (int)m / 2 + 1)
		return d;
	return n >= 3 && (!strncasecmp(typed, meant, n) || !strncasecmp(typed, meant, m)) ? 4 : -1;
}

const char *value_nearest(const char *typed, const char *const *list)
{
	const char *found = NULL;
	int best = -1;

	for (; *list; list++) {
		int d = value_nearness(typed, *list);

		if (d >= 0 && (best < 0 || d < best)) {
			best = d;
			found = *list;
		}
	}
	return found;
}

const char *value_path_fault(const char *path)
{
	const char *why = archive_name_fault(path);

	if (why)
		return why;
	return path[strlen(path) - 1] == '/' ? N_("Names a folder; only files are listed") : NULL;
}

/* At most 40 code points; control characters as '?'. */
static const char *quoted(struct arena *p, const char *s)
{
	char *copy = arena_strdup(p, s);
	size_t i = 0;
	int n = 0;

	for (; copy[i]; i++) {
		if (((unsigned char)copy[i] & 0xc0) != 0x80 && n++ == 40)
			break;
		if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
			copy[i] = '?';
	}
	return arena_printf(p, "\"%.*s\"%s", (int)i, copy, s[i] ? "…" : "");
}

const char *value_shown(struct arena *p, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		return quoted(p, json_string_value(v));
	case JSON_INTEGER:
		return message_part(p, "the number %lld", (long long)json_integer_value(v));
	case JSON_REAL:
		return message_part(p, "the number %g", json_real_value(v));
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		return "null";
	case JSON_ARRAY:
		return message_part(p, "an array of %zu", json_array_size(v));
	case JSON_OBJECT:
		return message_part(p, "an object");
	}
	return message_part(p, "something else");
}

const char *value_pointer_escape(struct arena *p, const char *name)
{
	char *out = arena_alloc(p, 2 * strlen(name) + 1);
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
