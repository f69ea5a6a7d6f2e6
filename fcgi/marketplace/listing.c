/* listing.c - see listing.h. */
#include "marketplace/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "package/manifest_value.h"
#include "package/semver.h"

enum kind { TEXT, LINK, NUMBER, FLAG, TEXTS, FEATURES, SCREENSHOTS, OWN_PERMISSIONS, REFERENCE };

#define NEEDED 1u /* without it the entry is of no use */

struct known {
	const char *name;
	enum kind kind;
	unsigned flags;
	long max; /* characters, entries, or value */
	bool (*valid)(const char *value);
	const char *want;
};

static const struct known FIELDS[] = {
	{"key", TEXT, NEEDED, 40, value_is_key, WANT_KEY},
	{"version", TEXT, NEEDED, 63, value_is_version, WANT_VERSION},
	{"displayName", TEXT, NEEDED, 80, NULL, NULL},
	{"description", TEXT, 0, 300, NULL, NULL},
	{"longDescription", TEXT, 0, 10000, NULL, NULL},
	{"author", TEXT, 0, 120, NULL, NULL},
	{"category", TEXT, 0, 40, NULL, NULL},
	{"tags", TEXTS, 0, 30, NULL, NULL},
	{"keywords", TEXTS, 0, 30, NULL, NULL},
	{"features", FEATURES, 0, 50, NULL, NULL},
	{"screenshots", SCREENSHOTS, 0, 8, NULL, NULL},
	{"changelog", TEXT, 0, 20000, NULL, NULL},
	{"documentationUrl", LINK, 0, 300, value_is_url, WANT_URL},
	{"supportUrl", LINK, 0, 300, value_is_url, WANT_URL},
	{"homepage", LINK, 0, 300, value_is_url, WANT_URL},
	{"license", TEXT, 0, 60, NULL, NULL},
	{"isOfficial", FLAG, 0, 0, NULL, NULL},
	{"isPublished", FLAG, 0, 0, NULL, NULL},
	{"requiresConfiguration", FLAG, 0, 0, NULL, NULL},
	{"installationType", TEXT, 0, 20, NULL, NULL},
	{"host", TEXT, 0, 120, value_is_range, WANT_RANGE},
	{"abi", NUMBER, 0, 1000000, NULL, NULL},
	{"permissions", TEXTS, 0, 60, NULL, NULL},
	{"definesPermissions", OWN_PERMISSIONS, 0, 60, NULL, NULL},
	{"sha256", TEXT, 0, 64, value_is_sha256, P_("the package's SHA-256 as 64 digits 0-9 a-f")},
	{"size", NUMBER, 0, 1L << 31, NULL, NULL},
	{"package", REFERENCE, 0, 1500, NULL, NULL},
	{"iconUrl", REFERENCE, 0, 1500, NULL, NULL},
	{"signatureUrl", REFERENCE, 0, 1500, NULL, NULL},
};
#define N_FIELDS (sizeof(FIELDS) / sizeof(FIELDS[0]))

struct reading {
	struct arena *arena;
	const struct source *source;
	json_t *warnings;
};

/* detail: a part of a message. */
static void warn(
	struct reading *rd, size_t i, const char *key, const char *field, const char *detail)
{
	if (json_array_size(rd->warnings) >= LISTING_WARNINGS_MAX)
		return;
	json_array_append_new(rd->warnings,
		json_pack("{ss? ss ss so}", "entry", key, "pointer",
			arena_printf(rd->arena, "/plugins/%zu%s%s", i, field ? "/" : "",
				field ? field : ""),
			"detail", detail, "detailText", json_message(rd->arena, detail)));
}

static bool is_text(const json_t *v, long max)
{
	const char *s = json_string_value(v);

	return s && strlen(s) == json_string_length(v) && value_length(s) >= 0 &&
	       value_length(s) <= max && !value_has_control(s, true);
}

static json_t *copy_texts(const json_t *v, long most)
{
	json_t *out = json_array(), *item;
	size_t i;

	json_array_foreach(v, i, item)
		if ((long)json_array_size(out) < most && is_text(item, 60))
			json_array_append(out, item);
	return out;
}

/* Objects of texts; those without the first of `names` don't count. */
static json_t *copy_objects(const json_t *v, long most, const char *const *names)
{
	json_t *out = json_array(), *item;
	size_t i;

	json_array_foreach(v, i, item) {
		json_t *one;

		if ((long)json_array_size(out) >= most ||
			!is_text(json_object_get(item, names[0]), 80))
			continue;
		one = json_object();
		for (int n = 0; names[n]; n++)
			if (is_text(json_object_get(item, names[n]), 300))
				json_object_set(one, names[n], json_object_get(item, names[n]));
		json_array_append_new(out, one);
	}
	return out;
}

/* Those whose address is one of this source's. */
static json_t *copy_screenshots(struct reading *rd, const json_t *v, long most)
{
	json_t *out = json_array(), *item;
	size_t i;

	json_array_foreach(v, i, item) {
		const json_t *url = json_object_get(item, "url");
		const json_t *caption = json_object_get(item, "caption");

		if ((long)json_array_size(out) < most && is_text(url, 1500) &&
			source_has_reference(rd->source, json_string_value(url)) &&
			is_text(caption, 200))
			json_array_append_new(
				out, json_pack("{sO sO}", "url", url, "caption", caption));
	}
	return out;
}

/* A new reference, or NULL when it can't be used. */
static json_t *copy_value(struct reading *rd, const struct known *k, json_t *v)
{
	static const char *const feature[] = {"name", "description", NULL};
	static const char *const own[] = {"name", "label", "description", NULL};
	const char *s = json_string_value(v);

	switch (k->kind) {
	case TEXT:
	case LINK:
		return is_text(v, k->max) && (!k->valid || k->valid(s)) ? json_incref(v) : NULL;
	case REFERENCE:
		return is_text(v, k->max) && source_has_reference(rd->source, s) ? json_incref(v)
										 : NULL;
	case NUMBER:
		return json_is_integer(v) && json_integer_value(v) > 0 &&
				       json_integer_value(v) <= k->max
			       ? json_incref(v)
			       : NULL;
	case FLAG:
		return json_is_boolean(v) ? json_incref(v) : NULL;
	case TEXTS:
		return json_is_array(v) ? copy_texts(v, k->max) : NULL;
	case FEATURES:
		return json_is_array(v) ? copy_objects(v, k->max, feature) : NULL;
	case SCREENSHOTS:
		return json_is_array(v) ? copy_screenshots(rd, v, k->max) : NULL;
	case OWN_PERMISSIONS:
		return json_is_array(v) ? copy_objects(v, k->max, own) : NULL;
	}
	return NULL;
}

/* Other words for the same thing, as other catalogues have them. */
static json_t *find_value(const json_t *entry, const char *name)
{
	json_t *v = json_object_get(entry, name);

	if (!v && !strcmp(name, "displayName"))
		v = json_object_get(entry, "name");
	if (!v && !strcmp(name, "package"))
		v = json_object_get(entry, "packageUrl");
	return v;
}

/* skipped: the entry, else the field is left out. */
static const char *found(struct arena *p, const struct known *k, const json_t *v, bool skipped)
{
	const char *shown = v ? value_shown(p, v) : message_part_plain(p, P_("nothing"));
	const char *want = k->want ? k->want
			   : k->kind == REFERENCE
				   ? P_("an https:// link or a path below the catalogue")
				   : P_("text, a number or a list of the right kind and length");

	want = message_part_plain(p, want);
	return skipped ? message_part(p, "Found %s; wanted: %s; skipped", shown, want)
		       : message_part(p, "Found %s; wanted: %s; left out", shown, want);
}

/* An entry as we know it, a new reference; NULL = skipped. */
static json_t *read_entry(struct reading *rd, size_t i, const json_t *entry)
{
	const char *key = json_str(entry, "key", NULL);
	json_t *out;

	if (!key || !value_is_key(key))
		key = NULL;
	if (!json_is_object(entry)) {
		warn(rd, i, NULL, NULL, message_part(rd->arena, "Not an object: skipped"));
		return NULL;
	}
	out = json_object();
	for (size_t f = 0; f < N_FIELDS; f++) {
		const struct known *k = &FIELDS[f];
		json_t *v = find_value(entry, k->name);
		json_t *good = v && !json_is_null(v) ? copy_value(rd, k, v) : NULL;
		/* A hash that is none must not make the package one that needs no hash. */
		bool needed = (k->flags & NEEDED) || (v && !strcmp(k->name, "sha256"));

		if (good)
			json_object_set_new(out, k->name, good);
		else if (v || needed)
			warn(rd, i, key, k->name, found(rd->arena, k, v, needed));
		if (!good && needed) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static int by_key_then_newest(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int c = strcmp(json_str(x, "key", ""), json_str(y, "key", ""));

	return c ? c : semver_compare(json_str(y, "version", ""), json_str(x, "version", ""));
}

static bool is_same(const json_t *x, const json_t *y)
{
	return x && !strcmp(json_str(x, "key", ""), json_str(y, "key", "")) &&
	       semver_compare(json_str(x, "version", ""), json_str(y, "version", "")) == 0;
}

static json_t *sort_entries(struct reading *rd, json_t *entries)
{
	size_t n = json_array_size(entries);
	json_t **list = arena_alloc(rd->arena, (n + 1) * sizeof(*list)), *out = json_array();

	for (size_t i = 0; i < n; i++)
		list[i] = json_array_get(entries, i);
	qsort(list, n, sizeof(*list), by_key_then_newest);
	for (size_t i = 0; i < n; i++) {
		if (!is_same(i ? list[i - 1] : NULL, list[i]))
			json_array_append(out, list[i]);
		else
			warn(rd, i, json_str(list[i], "key", NULL), NULL,
				message_part(rd->arena,
					"Listed twice with the same version: one entry is left out"));
	}
	return out;
}

static json_t *read_entries(struct reading *rd, const json_t *plugins)
{
	json_t *entries = json_array(), *sorted, *entry, *one;
	size_t i;

	json_array_foreach(plugins, i, entry) {
		if (i >= LISTING_ENTRIES_MAX) {
			warn(rd, i, NULL, NULL,
				message_part(rd->arena,
					"The catalogue has %zu entries, of which %d are read",
					json_array_size(plugins), LISTING_ENTRIES_MAX));
			break;
		}
		one = read_entry(rd, i, entry);
		if (one && json_is_false(json_object_get(one, "isPublished")))
			json_decref(one);
		else if (one)
			json_array_append_new(entries, one);
	}
	sorted = sort_entries(rd, entries);
	json_decref(entries);
	return sorted;
}

int listing_read(struct arena *p, const struct source *s, const char *text, size_t len,
	json_t **ret, struct err *e)
{
	static const char *const category[] = {"id", "name", "description", NULL};
	struct reading rd = {.arena = p, .source = s};
	const json_t *plugins;
	struct err why;
	json_t *all;

	err_init(&why, p);
	if (json_parse(p, text, len, &all, &why) < 0)
		return err_set(
			e, MT_EUPSTREAM, "plugins.json is not valid JSON: %.250s", why.message);
	plugins = json_is_array(all) ? all : json_object_get(all, "plugins");
	if (!json_is_array(plugins))
		return err_set(e, MT_EUPSTREAM, "plugins.json has no list \"plugins\"");
	rd.warnings = json_array();
	*ret = json_object();
	json_own(p, *ret);
	json_object_set_new(*ret, "warnings", rd.warnings);
	json_object_set_new(*ret, "entries", read_entries(&rd, plugins));
	json_object_set_new(*ret, "categories",
		copy_objects(json_is_object(all) ? json_object_get(all, "categories") : NULL,
			LISTING_CATEGORIES_MAX, category));
	return 0;
}
