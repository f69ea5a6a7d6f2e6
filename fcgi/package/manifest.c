/* manifest.c - reading manifest.json by its rules: see manifest.h, manifest_rules.h. */
#include <string.h>
#include "base/json.h"
#include "mortise.h"
#include "package/fault.h"
#include "package/manifest.h"
#include "package/manifest_impl.h"
#include "package/manifest_rules.h"
#include "package/manifest_value.h"
#include "package/semver.h"

static void check_object(struct walk *w, const json_t *o, const struct rule *rules, const char *at);

const char *manifest_below(struct walk *w, const char *at, const char *name)
{
	return arena_printf(w->arena, "%s/%s", at, value_pointer_escape(w->arena, name));
}

void manifest_wrong(struct walk *w, const char *at, const json_t *v, const char *want)
{
	fault_add(w->e, at, "Found %s; wanted: %s", value_shown(w->arena, v),
		message_part_plain(w->arena, want));
}

/* A text that isn't one of its kind, and what was probably meant. */
static void wrong_kind(
	struct walk *w, const char *at, const json_t *v, const struct value_kind *kind)
{
	const char *s = json_string_value(v);
	const char *meant = kind->one_of ? value_nearest(s, kind->one_of) : NULL;

	if (kind == &value_slot && !meant)
		manifest_unserved(w, at, value_shown(w->arena, v), kind->want);
	else
		manifest_wrong(w, at, v,
			meant ? message_part(w->arena, "\"%s\"? (%s)", meant,
					message_part_plain(w->arena, kind->want))
			      : kind->want);
}

static bool is_of_kind(const char *s, const struct value_kind *kind)
{
	if (kind->valid)
		return kind->valid(s);
	for (int i = 0; kind->one_of[i]; i++)
		if (!strcmp(s, kind->one_of[i]))
			return true;
	return false;
}

static void check_string(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	long n;

	if (!json_is_string(v)) {
		manifest_wrong(w, at, v, r->value ? r->value->want : P_("text"));
		return;
	}
	n = value_length(json_string_value(v));
	if (strlen(json_string_value(v)) != json_string_length(v) ||
		value_has_control(json_string_value(v), r->flags & RULE_LINES))
		manifest_wrong(w, at, v, P_("text without control characters"));
	else if (r->value && !is_of_kind(json_string_value(v), r->value))
		wrong_kind(w, at, v, r->value);
	else if (!w->stored && (n < r->min || n > r->max))
		fault_add(w->e, at, "Found %ld characters; wanted: %ld to %ld", n, r->min, r->max);
}

static void check_number(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	bool is = r->kind == RULE_INT ? json_is_integer(v) : json_is_number(v);

	if (!is || json_number_value(v) < (double)r->min || json_number_value(v) > (double)r->max)
		manifest_wrong(w, at, v,
			r->kind == RULE_INT
				? message_part(w->arena, "a whole number from %ld to %ld", r->min,
					  r->max)
				: message_part(
					  w->arena, "a number from %ld to %ld", r->min, r->max));
}

/* Arrays of text: entries are there once. */
static void check_strings(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	const struct rule entry = {
		NULL, RULE_STRING, 0, 1, RULE_ENTRY_MAX, r->value, NULL, NULL, NULL, NULL};
	size_t i, j;
	json_t *item;

	json_array_foreach(v, i, item) {
		const char *here = arena_printf(w->arena, "%s/%zu", at, i);

		check_string(w, item, &entry, here);
		for (j = 0; j < i; j++)
			if (json_equal(item, json_array_get(v, j))) {
				fault_add(w->e, here, "Found %s a second time; wanted: once",
					value_shown(w->arena, item));
				break;
			}
	}
}

/* Arrays of objects; one member of each is its own. */
static void check_objects(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	size_t i, j;
	json_t *item;

	json_array_foreach(v, i, item) {
		const char *here = arena_printf(w->arena, "%s/%zu", at, i);
		const json_t *own = r->unique ? json_object_get(item, r->unique) : NULL;

		check_object(w, item, r->sub, here);
		for (j = 0; own && j < i; j++)
			if (json_equal(own, json_object_get(json_array_get(v, j), r->unique))) {
				fault_add(w->e, manifest_below(w, here, r->unique),
					"Found %s a second time; wanted: each %s once",
					value_shown(w->arena, own), r->unique);
				break;
			}
	}
}

static void check_hashes(struct walk *w, const json_t *v, const char *at)
{
	const char *path;
	json_t *hash;

	json_object_foreach((json_t *)v, path, hash) {
		const char *why = value_path_fault(path);

		if (why)
			fault_plain(w->e, manifest_below(w, at, path), why);
		if (!json_is_string(hash) || !value_is_sha256(json_string_value(hash)))
			manifest_wrong(w, manifest_below(w, at, path), hash,
				P_("the file's SHA-256 as 64 digits 0-9 a-f"));
	}
}

static const char *array_want(struct walk *w, const struct rule *r)
{
	return r->kind == RULE_STRINGS
		       ? message_part(w->arena, "an array of %ld to %ld texts", r->min, r->max)
		       : message_part(w->arena, "an array of %ld to %ld objects", r->min, r->max);
}

static void check_array(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	long n = (long)json_array_size(v);

	if (!json_is_array(v))
		manifest_wrong(w, at, v, array_want(w, r));
	else if (n < r->min || n > r->max)
		fault_add(w->e, at, "Found an array of %ld; wanted: %s", n, array_want(w, r));
	else if (r->kind == RULE_STRINGS)
		check_strings(w, v, r, at);
	else
		check_objects(w, v, r, at);
}

static void check_value(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	long n = (long)json_object_size(v);

	switch (r->kind) {
	case RULE_STRING:
		check_string(w, v, r, at);
		return;
	case RULE_INT:
	case RULE_NUMBER:
		check_number(w, v, r, at);
		return;
	case RULE_BOOL:
		if (!json_is_boolean(v))
			manifest_wrong(w, at, v, P_("true or false"));
		return;
	case RULE_STRINGS:
	case RULE_OBJECTS:
		check_array(w, v, r, at);
		return;
	case RULE_OBJECT:
		check_object(w, v, r->sub, at);
		return;
	case RULE_HASHES:
		if (!json_is_object(v) || n < r->min || n > r->max)
			manifest_wrong(w, at, v,
				P_("an object of paths with their SHA-256, 2000 at most"));
		else
			check_hashes(w, v, at);
		return;
	case RULE_ANY_OBJECT:
		if (!json_is_object(v))
			manifest_wrong(w, at, v, P_("an object"));
		return;
	case RULE_ANY:
	case RULE_END:
		return;
	}
}

static const struct rule *find_rule(const struct rule *rules, const char *name)
{
	for (; rules->kind != RULE_END; rules++)
		if (!strcmp(rules->name, name))
			return rules;
	return NULL;
}

/* The field that was probably meant; one that isn't there already before others. */
static const struct rule *near_rule(const struct rule *rules, const json_t *o, const char *name)
{
	const struct rule *found = NULL;
	int best = -1;

	for (; rules->kind != RULE_END; rules++) {
		int d = value_nearness(name, rules->name);

		if (d < 0)
			continue;
		d += json_object_get(o, rules->name) ? 10 : 0;
		if (best < 0 || d < best) {
			best = d;
			found = rules;
		}
	}
	return found;
}

/* All names, when the given one resembles none. */
static const char *all_names(struct walk *w, const struct rule *rules)
{
	const char *list = "";

	for (const struct rule *r = rules; r->kind != RULE_END; r++)
		list = arena_printf(w->arena, "%s%s%s", list, r == rules ? "" : ", ", r->name);
	return list;
}

static void unknown_field(
	struct walk *w, const json_t *o, const struct rule *rules, const char *name, const char *at)
{
	const struct rule *meant = near_rule(rules, o, name);

	if (meant)
		fault_add(w->e, manifest_below(w, at, name),
			"There is no such field; wanted: \"%s\"?", meant->name);
	else if (rules == manifest_rules)
		fault_add(w->e, manifest_below(w, at, name),
			"There is no such field; the list is in /schemas/plugin-manifest.html");
	else
		fault_add(w->e, manifest_below(w, at, name), "There is no such field; wanted: %s",
			all_names(w, rules));
}

static const char *missing(const struct rule *r)
{
	if (r->value)
		return r->value->want;
	switch (r->kind) {
	case RULE_STRING:
		return P_("text");
	case RULE_INT:
		return P_("a whole number");
	case RULE_HASHES:
		return P_("an object of paths and SHA-256");
	default:
		return P_("a value");
	}
}

static void check_object(struct walk *w, const json_t *o, const struct rule *rules, const char *at)
{
	const char *name;
	json_t *v;

	if (!json_is_object(o)) {
		manifest_wrong(w, at, o, P_("an object"));
		return;
	}
	json_object_foreach((json_t *)o, name, v) {
		const struct rule *r = find_rule(rules, name);

		if (r)
			check_value(w, v, r, manifest_below(w, at, name));
		else
			unknown_field(w, o, rules, name, at);
	}
	for (const struct rule *r = rules; r->kind != RULE_END; r++)
		if ((r->flags & RULE_REQUIRED) && !json_object_get(o, r->name))
			fault_add(w->e, manifest_below(w, at, r->name), "Is missing; wanted: %s",
				message_part_plain(w->arena, missing(r)));
}

static int read_manifest(struct arena *p, bool stored, const char *text, size_t len,
	struct manifest *ret, struct err *e)
{
	struct walk w = {p, e, stored};
	struct err why;
	const json_t *ui;

	memset(ret, 0, sizeof(*ret));
	err_init(&why, p);
	if (json_parse(p, text, len, &ret->json, &why) < 0)
		return fault_take(e, MANIFEST_POINTER, &why);
	check_object(&w, ret->json, manifest_rules, MANIFEST_POINTER);
	ret->key = json_str(ret->json, "key", NULL);
	ret->version = json_str(ret->json, "version", NULL);
	ret->display_name = json_str(ret->json, "displayName", NULL);
	ret->description = json_str(ret->json, "description", NULL);
	ret->host = json_str(ret->json, "host", NULL);
	ret->icon = json_str(ret->json, "icon", NULL);
	ret->abi = (int)json_integer_value(json_object_get(ret->json, "abi"));
	ui = json_object_get(ret->json, "ui");
	ret->bundle = json_is_object(ui) ? json_str(ui, "bundle", NULL) : NULL;
	ret->global_name = json_is_object(ui) ? json_str(ui, "globalName", NULL) : NULL;
	manifest_check_whole(&w, ret);
	return fault_any(e);
}

int manifest_read(
	struct arena *p, const char *text, size_t len, struct manifest *ret, struct err *e)
{
	return read_manifest(p, false, text, len, ret, e);
}

int manifest_read_stored(
	struct arena *p, const char *text, size_t len, struct manifest *ret, struct err *e)
{
	return read_manifest(p, true, text, len, ret, e);
}

const char *manifest_unfit(struct arena *p, const json_t *manifest)
{
	const char *host = json_str(manifest, "host", NULL);
	json_int_t abi = json_integer_value(json_object_get(manifest, "abi"));

	if (host && !semver_in_range(MORTISE_VERSION, host))
		return message_part(
			p, "it is for Mortise %.60s, and this is %s", host, MORTISE_VERSION);
	if (abi > MT_ABI)
		return message_part(p, "it is built for plugin ABI %lld, and this host has 1 to %d",
			(long long)abi, MT_ABI);
	return NULL;
}

const char *manifest_permission_array(struct arena *p, const struct manifest *m)
{
	const char *out = "";
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(m->json, "permissions"), i, v)
		out = arena_printf(p, "%s%s\"%s\"", out, i ? "," : "", json_string_value(v));
	return arena_printf(p, "{%s}", out);
}
