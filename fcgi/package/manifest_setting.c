/* manifest_setting.c - one entry of "settings": what its type lets it have, its pattern, its default. */
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/valid.h"
#include "package/fault.h"
#include "package/manifest_impl.h"
#include "package/manifest_value.h"

#define REPEATS_MAX 10000 /* of a pattern, multiplied: what it may grow to in memory */

#define TEXTUAL 1u /* has a length and a pattern */
#define NUMERIC 2u
#define CHOICE 4u   /* has options */
#define HIDDEN 8u   /* a default would be no secret */
#define MADE 16u    /* has a length that is made */
#define TENANTS 32u /* a value of one tenant's */

static const struct type {
	const char *name;
	unsigned flags;
} TYPES[] = {{"text", TEXTUAL}, {"number", NUMERIC}, {"boolean", 0}, {"select", CHOICE},
	{"multi-select", CHOICE}, {"url", TEXTUAL}, {"email", TEXTUAL}, {"textarea", TEXTUAL},
	{"secret", TEXTUAL | HIDDEN}, {"generated-secret", HIDDEN | MADE}, {"user", TENANTS},
	{"role", 0}};

static const struct type *find_type(const json_t *setting)
{
	const char *name = json_str(setting, "type", "");

	for (size_t i = 0; i < sizeof(TYPES) / sizeof(*TYPES); i++)
		if (!strcmp(TYPES[i].name, name))
			return &TYPES[i];
	return NULL; /* named as a fault already */
}

/* Members that only some types have. */
static const struct {
	const char *name;
	unsigned of;
	const char *want;
} MEMBERS[] = {
	{"pattern", TEXTUAL, P_("it only with text, textarea, url, email or secret")},
	{"patternHelp", TEXTUAL, P_("it only with a pattern")},
	{"min", TEXTUAL | NUMERIC, P_("it only with numbers and texts")},
	{"max", TEXTUAL | NUMERIC, P_("it only with numbers and texts")},
	{"options", CHOICE, P_("it only with select or multi-select")},
	{"use", HIDDEN, P_("it only with secret or generated-secret")},
	{"length", MADE, P_("it only with generated-secret")},
};

static void check_members(
	struct walk *w, const struct type *t, const json_t *setting, const char *at)
{
	for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(*MEMBERS); i++)
		if (!(t->flags & MEMBERS[i].of) && json_object_get(setting, MEMBERS[i].name))
			fault_add(w->e, manifest_below(w, at, MEMBERS[i].name),
				"Found with the type %s; wanted: %s", t->name,
				message_part_plain(w->arena, MEMBERS[i].want));
	if ((t->flags & CHOICE) && !json_object_get(setting, "options"))
		fault_add(w->e, manifest_below(w, at, "options"),
			"Is missing; wanted: an array of objects with value and label");
	if (json_object_get(setting, "patternHelp") && !json_object_get(setting, "pattern"))
		fault_add(w->e, manifest_below(w, at, "patternHelp"),
			"Found without a pattern; wanted: both or none");
}

static void check_limits(
	struct walk *w, const struct type *t, const json_t *setting, const char *at)
{
	const json_t *least = json_object_get(setting, "min"),
		     *most = json_object_get(setting, "max");

	if (json_is_number(least) && json_is_number(most) &&
		json_number_value(least) > json_number_value(most))
		manifest_wrong(w, manifest_below(w, at, "max"), most,
			message_part(w->arena, "at least %g, which is \"min\"",
				json_number_value(least)));
	for (int i = 0; i < 2 && (t->flags & TEXTUAL); i++) {
		const json_t *v = i ? most : least;

		if (json_is_number(v) && (!json_is_integer(v) || json_integer_value(v) < i ||
						 json_integer_value(v) > 10000))
			manifest_wrong(w, manifest_below(w, at, i ? "max" : "min"), v,
				P_("a length of 0 to 10000 characters"));
	}
}

/* The product of all {n,m} of a pattern, or -1 when one can't be read. */
static long repeats(const char *s)
{
	long product = 1;

	for (; *s && product >= 0 && product <= REPEATS_MAX; s++) {
		int most = 0, from = 0, n = 0;

		if (*s == '\\' && s[1])
			s++;
		else if (*s == '{')
			product = sscanf(s, "{%4d,%4d}%n", &from, &most, &n) == 2 && n
					  ? product * (most + 1)
				  : sscanf(s, "{%4d}%n", &from, &n) == 1 && n ? product * (from + 1)
				  : sscanf(s, "{%4d,}%n", &from, &n) == 1 && n
					  ? product * (from + 1)
					  : -1;
	}
	return product;
}

/* The fault in a pattern, which POSIX and JavaScript must read alike; NULL = it has none. */
static const char *pattern_fault(struct arena *p, const char *pattern)
{
	char why[120];
	regex_t re;
	bool set = false;
	int rc;

	for (const char *s = pattern; *s; s++) {
		if ((unsigned char)*s >= 0x80)
			return P_(
				"only ASCII: letters of other scripts are counted differently by both");
		if (set && *s == '\\')
			return P_("no backslash between [ and ]: POSIX takes it for itself");
		if (set && *s == '[' && s[1] && strchr(":.=", s[1]))
			return P_("no [:class:]: JavaScript doesn't know it; write A-Z or 0-9");
		if (*s == '[' && !set) {
			set = true;
			s += s[1] == '^';
			if (s[1] == ']')
				return P_(
					"no \"]\" as the first in [ ]: JavaScript takes it for the end");
		} else if (*s == ']') {
			set = false;
		} else if (*s == '\\' && !set) {
			if (!s[1] || !strchr("^$\\.*+?()[]{}|/", s[1]))
				return message_part(p,
					"a backslash only before one of %s; \\d is [0-9], \\w is "
					"[A-Za-z0-9_]",
					"^$\\.*+?()[]{}|/");
			s++;
		} else if (!set && *s == '(' && s[1] == '?') {
			return P_("no (?...): POSIX doesn't know it");
		} else if (!set && strchr("*+?}", *s) && s[1] && strchr("*+?{", s[1])) {
			return message_part(p, "no second %s behind one: it means different things",
				"* + ? {}");
		}
	}
	if (repeats(pattern) < 0 || repeats(pattern) > REPEATS_MAX)
		return message_part(p,
			"repetitions such as %s or %s that multiply to 10000 at most", "{2}",
			"{1,20}");
	rc = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc == 0) {
		regfree(&re);
		return NULL;
	}
	regerror(rc, NULL, why, sizeof(why));
	return message_part(p, "a pattern that compiles (%s)", why);
}

/* Does the whole text match? */
static bool matches(struct arena *p, const char *pattern, const char *text)
{
	regex_t re;
	bool ok;

	if (regcomp(&re, arena_printf(p, "^(%s)$", pattern), REG_EXTENDED | REG_NOSUB) != 0)
		return true; /* named as a fault already */
	ok = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

static bool is_option(const json_t *setting, const json_t *v)
{
	size_t i;
	json_t *o;

	json_array_foreach(json_object_get(setting, "options"), i, o)
		if (json_is_string(v) && json_equal(json_object_get(o, "value"), v))
			return true;
	return false;
}

static bool are_options(const json_t *setting, const json_t *list)
{
	size_t i;
	json_t *v;

	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, v)
		if (!is_option(setting, v))
			return false;
	return true;
}

static const char *text_fault(
	struct arena *p, const struct type *t, const json_t *setting, const json_t *v)
{
	const json_t *least = json_object_get(setting, "min"),
		     *most = json_object_get(setting, "max");
	const char *s = json_string_value(v), *pattern = json_str(setting, "pattern", NULL);
	long n = s ? value_length(s) : 0;

	if (!s || strlen(s) != json_string_length(v))
		return P_("text");
	if (value_has_control(s, !strcmp(t->name, "textarea")))
		return P_("text without control characters");
	if (json_is_integer(least) && n < json_integer_value(least))
		return message_part(p, "at least %lld characters, as \"min\" says",
			(long long)json_integer_value(least));
	if (json_is_integer(most) && n > json_integer_value(most))
		return message_part(p, "at most %lld characters, as \"max\" says",
			(long long)json_integer_value(most));
	if (!strcmp(t->name, "url") && *s && !value_is_url(s))
		return WANT_URL;
	if (!strcmp(t->name, "email") && *s && !valid_email(s))
		return P_("an address such as name@example.com");
	if (pattern && !matches(p, pattern, s))
		return P_("a text that matches the setting's own pattern");
	return NULL;
}

static const char *number_fault(struct arena *p, const json_t *setting, const json_t *v)
{
	const json_t *least = json_object_get(setting, "min"),
		     *most = json_object_get(setting, "max");

	if (!json_is_number(v))
		return P_("a number");
	if (json_is_number(least) && json_number_value(v) < json_number_value(least))
		return message_part(p, "at least %g, as \"min\" says", json_number_value(least));
	if (json_is_number(most) && json_number_value(v) > json_number_value(most))
		return message_part(p, "at most %g, as \"max\" says", json_number_value(most));
	return NULL;
}

/* The rule that a default breaks, in words; NULL = none. */
static const char *default_fault(
	struct walk *w, const struct type *t, const json_t *setting, const json_t *v)
{
	if (t->flags & HIDDEN)
		return P_("none: a default secret is known to everyone who has the package");
	if (t->flags & TENANTS)
		return P_("none: nobody knows a tenant's users beforehand");
	if (t->flags & TEXTUAL)
		return text_fault(w->arena, t, setting, v);
	if (t->flags & NUMERIC)
		return number_fault(w->arena, setting, v);
	if (!strcmp(t->name, "boolean"))
		return json_is_boolean(v) ? NULL : P_("true or false");
	if (!strcmp(t->name, "select"))
		return is_option(setting, v) ? NULL : P_("the value of one of the options");
	if (!strcmp(t->name, "multi-select"))
		return are_options(setting, v) ? NULL : P_("an array of values of the options");
	for (int i = 0; value_role.one_of[i]; i++)
		if (!strcmp(json_is_string(v) ? json_string_value(v) : "", value_role.one_of[i]))
			return NULL;
	return value_role.want;
}

void manifest_check_setting(struct walk *w, const json_t *setting, const char *at)
{
	const struct type *t = find_type(setting);
	const json_t *pattern = json_object_get(setting, "pattern");
	const json_t *value = json_object_get(setting, "default");
	const char *why;

	if (!t)
		return;
	check_members(w, t, setting, at);
	check_limits(w, t, setting, at);
	if (json_is_string(pattern) &&
		(why = pattern_fault(w->arena, json_string_value(pattern)))) {
		manifest_wrong(w, manifest_below(w, at, "pattern"), pattern, why);
		return;
	}
	if (value && (why = default_fault(w, t, setting, value)))
		manifest_wrong(w, manifest_below(w, at, "default"), value, why);
}
