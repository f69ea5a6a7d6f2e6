/* manifest.c - what manifest.json may say: see manifest.h. Checks of single values: manifest_value.c. */
#include <string.h>
#include "base/json.h"
#include "mortise.h"
#include "registry/fault.h"
#include "registry/manifest.h"
#include "registry/manifest_value.h"
#include "registry/semver.h"

#define REQUIRED 1u

enum kind { END, STRING, INT, BOOL, STRINGS, OBJECT, OBJECTS, HASHES, ANY_OBJECT };

struct rule {
	const char *name;
	enum kind kind;
	unsigned flags;
	long min, max; /* characters, value, or entries of an array */
	bool (*valid)(const char *value);
	const char *want; /* what would be right, when `valid` says no */
	const struct rule *sub;
};

static const struct rule FEATURE[] = {
	{"name", STRING, REQUIRED, 1, 80, NULL, NULL, NULL},
	{"description", STRING, REQUIRED, 1, 300, NULL, NULL, NULL},
	{"displayOrder", INT, 0, 0, 10000, NULL, NULL, NULL},
	{NULL, END, 0, 0, 0, NULL, NULL, NULL},
};

static const struct rule TICKET_TAB[] = {
	{"id", STRING, REQUIRED, 1, 60, value_is_slug, WANT_SLUG, NULL},
	{"label", STRING, REQUIRED, 1, 40, NULL, NULL, NULL},
	{"icon", STRING, 0, 1, 40, NULL, NULL, NULL},
	{"component", STRING, REQUIRED, 1, 60, value_is_identifier, WANT_IDENTIFIER, NULL},
	{NULL, END, 0, 0, 0, NULL, NULL, NULL},
};

static const struct rule REPORT[] = {
	{"id", STRING, REQUIRED, 1, 60, value_is_slug, WANT_SLUG, NULL},
	{"title", STRING, REQUIRED, 1, 80, NULL, NULL, NULL},
	{"description", STRING, 0, 0, 300, NULL, NULL, NULL},
	{"endpoint", STRING, REQUIRED, 1, 200, value_is_route, WANT_ROUTE, NULL},
	{NULL, END, 0, 0, 0, NULL, NULL, NULL},
};

static const struct rule SLOT[] = {
	{"slotId", STRING, REQUIRED, 1, 60, value_is_slot, WANT_SLOT, NULL},
	{"componentName", STRING, REQUIRED, 1, 60, value_is_identifier, WANT_IDENTIFIER, NULL},
	{"renderType", STRING, REQUIRED, 1, 20, value_is_render_type, WANT_RENDER_TYPE, NULL},
	{"props", ANY_OBJECT, 0, 0, 0, NULL, NULL, NULL},
	{NULL, END, 0, 0, 0, NULL, NULL, NULL},
};

static const struct rule UI[] = {
	{"bundle", STRING, REQUIRED, 1, 200, value_is_bundle, WANT_BUNDLE, NULL},
	{"globalName", STRING, REQUIRED, 1, 60, value_is_identifier, WANT_IDENTIFIER, NULL},
	{"slots", OBJECTS, 0, 0, 50, NULL, NULL, SLOT},
	{NULL, END, 0, 0, 0, NULL, NULL, NULL},
};

/* The whole closed schema. */
static const struct rule MANIFEST[] = {
	{"key", STRING, REQUIRED, 1, 40, value_is_key, WANT_KEY, NULL},
	{"name", STRING, 0, 1, 40, value_is_key, WANT_KEY, NULL},
	{"version", STRING, REQUIRED, 1, 63, value_is_version, WANT_VERSION, NULL},
	{"displayName", STRING, REQUIRED, 1, 80, NULL, NULL, NULL},
	{"description", STRING, REQUIRED, 1, 200, NULL, NULL, NULL},
	{"longDescription", STRING, 0, 0, 10000, NULL, NULL, NULL},
	{"author", STRING, REQUIRED, 1, 120, NULL, NULL, NULL},
	{"category", STRING, REQUIRED, 1, 40, NULL, NULL, NULL},
	{"keywords", STRINGS, 0, 0, 30, NULL, NULL, NULL},
	{"tags", STRINGS, 0, 0, 30, NULL, NULL, NULL},
	{"homepage", STRING, 0, 1, 300, value_is_url, WANT_URL, NULL},
	{"documentationUrl", STRING, 0, 1, 300, value_is_url, WANT_URL, NULL},
	{"supportUrl", STRING, 0, 1, 300, value_is_url, WANT_URL, NULL},
	{"license", STRING, 0, 1, 60, NULL, NULL, NULL},
	{"icon", STRING, 0, 1, 200, value_is_icon, WANT_ICON, NULL},
	{"features", OBJECTS, 0, 0, 50, NULL, NULL, FEATURE},
	{"isOfficial", BOOL, 0, 0, 0, NULL, NULL, NULL},
	{"isPublished", BOOL, 0, 0, 0, NULL, NULL, NULL},
	{"requiresConfiguration", BOOL, 0, 0, 0, NULL, NULL, NULL},
	{"installationType", STRING, REQUIRED, 1, 20, value_is_installation, WANT_INSTALLATION,
		NULL},
	{"host", STRING, REQUIRED, 1, 120, value_is_range, WANT_RANGE, NULL},
	{"abi", INT, REQUIRED, 1, 1000000, NULL, NULL, NULL},
	{"permissions", STRINGS, 0, 0, 30, value_is_permission, WANT_PERMISSION, NULL},
	{"ticketTabs", OBJECTS, 0, 0, 10, NULL, NULL, TICKET_TAB},
	{"reportComponents", OBJECTS, 0, 0, 20, NULL, NULL, REPORT},
	{"ui", OBJECT, 0, 0, 0, NULL, NULL, UI},
	{"files", HASHES, REQUIRED, 1, 2000, NULL, NULL, NULL},
	{NULL, END, 0, 0, 0, NULL, NULL, NULL},
};

struct walk {
	struct pool *pool;
	struct err *e;
};

static void check_object(struct walk *w, const json_t *o, const struct rule *rules, const char *at);

static const char *below(struct walk *w, const char *at, const char *name)
{
	return pool_printf(w->pool, "%s/%s", at, value_pointer_escape(w->pool, name));
}

static void wrong(struct walk *w, const char *at, const json_t *v, const char *want)
{
	fault_add(w->e, at, "found %s; wanted: %s", value_shown(w->pool, v), want);
}

static void check_string(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	long n;

	if (!json_is_string(v)) {
		wrong(w, at, v, r->want ? r->want : "text");
		return;
	}
	n = value_length(json_string_value(v));
	if (n < r->min || n > r->max)
		fault_add(w->e, at, "found %ld characters; wanted: %ld to %ld", n, r->min, r->max);
	else if (strlen(json_string_value(v)) != json_string_length(v) ||
		 value_has_control(json_string_value(v), r->max > 1000))
		wrong(w, at, v, "text without control characters");
	else if (r->valid && !r->valid(json_string_value(v)))
		wrong(w, at, v, r->want);
}

static void check_int(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	if (!json_is_integer(v) || json_integer_value(v) < r->min || json_integer_value(v) > r->max)
		wrong(w, at, v,
			pool_printf(w->pool, "a whole number from %ld to %ld", r->min, r->max));
}

/* Arrays of text: entries have 1 to 60 characters and are there once. */
static void check_strings(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	const struct rule entry = {NULL, STRING, 0, 1, 60, r->valid, r->want, NULL};
	size_t i, j;
	json_t *item;

	json_array_foreach(v, i, item) {
		const char *here = pool_printf(w->pool, "%s/%zu", at, i);

		check_string(w, item, &entry, here);
		for (j = 0; j < i; j++)
			if (json_equal(item, json_array_get(v, j))) {
				fault_add(w->e, here, "found %s a second time; wanted: once",
					value_shown(w->pool, item));
				break;
			}
	}
}

/* Arrays of objects; their "id" is unique. */
static void check_objects(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	size_t i, j;
	json_t *item;

	json_array_foreach(v, i, item) {
		const char *here = pool_printf(w->pool, "%s/%zu", at, i);
		const json_t *id = json_object_get(item, "id");

		check_object(w, item, r->sub, here);
		for (j = 0; id && j < i; j++)
			if (json_equal(id, json_object_get(json_array_get(v, j), "id"))) {
				fault_add(w->e, below(w, here, "id"),
					"found %s a second time; wanted: an id of its own",
					value_shown(w->pool, id));
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
			fault_add(w->e, below(w, at, path), "the path %s", why);
		if (!json_is_string(hash) || !value_is_sha256(json_string_value(hash)))
			wrong(w, below(w, at, path), hash,
				"the file's SHA-256 as 64 digits 0-9 a-f");
	}
}

static const char *array_want(struct walk *w, const struct rule *r)
{
	return pool_printf(w->pool, "an array of %ld to %ld %s", r->min, r->max,
		r->kind == STRINGS ? "texts" : "objects");
}

static void check_value(struct walk *w, const json_t *v, const struct rule *r, const char *at)
{
	size_t n = json_is_array(v) ? json_array_size(v) : json_object_size(v);

	switch (r->kind) {
	case STRING:
		check_string(w, v, r, at);
		return;
	case INT:
		check_int(w, v, r, at);
		return;
	case BOOL:
		if (!json_is_boolean(v))
			wrong(w, at, v, "true or false");
		return;
	case STRINGS:
	case OBJECTS:
		if (!json_is_array(v) || (long)n < r->min || (long)n > r->max)
			wrong(w, at, v, array_want(w, r));
		else if (r->kind == STRINGS)
			check_strings(w, v, r, at);
		else
			check_objects(w, v, r, at);
		return;
	case OBJECT:
		check_object(w, v, r->sub, at);
		return;
	case HASHES:
		if (!json_is_object(v) || (long)n < r->min || (long)n > r->max)
			wrong(w, at, v, "an object of 1 to 2000 paths with their SHA-256");
		else
			check_hashes(w, v, at);
		return;
	case ANY_OBJECT:
		if (!json_is_object(v))
			wrong(w, at, v, "an object");
		return;
	case END:
		return;
	}
}

static const struct rule *find_rule(const struct rule *rules, const char *name)
{
	for (; rules->kind != END; rules++)
		if (!strcmp(rules->name, name))
			return rules;
	return NULL;
}

/* The rule whose name differs only in case, '-' or '_': a typo worth naming. */
static const struct rule *near_rule(const struct rule *rules, const char *name)
{
	for (; rules->kind != END; rules++)
		if (value_names_alike(rules->name, name))
			return rules;
	return NULL;
}

static void check_object(struct walk *w, const json_t *o, const struct rule *rules, const char *at)
{
	const char *name;
	json_t *v;

	if (!json_is_object(o)) {
		wrong(w, at, o, "an object");
		return;
	}
	json_object_foreach((json_t *)o, name, v) {
		const struct rule *r = find_rule(rules, name), *meant;

		if (r) {
			check_value(w, v, r, below(w, at, name));
			continue;
		}
		meant = near_rule(rules, name);
		fault_add(w->e, below(w, at, name),
			meant ? "there is no such field; wanted: \"%s\"?"
			      : "there is no such field%s",
			meant ? meant->name : "");
	}
	for (const struct rule *r = rules; r->kind != END; r++)
		if ((r->flags & REQUIRED) && !json_object_get(o, r->name))
			fault_add(w->e, below(w, at, r->name), "is missing; wanted: %s",
				r->want		    ? r->want
				: r->kind == STRING ? "text"
				: r->kind == INT    ? "a whole number"
						    : "an object of paths and SHA-256");
}

/* What one field says about another. */
static void check_whole(struct walk *w, const struct manifest *m)
{
	const json_t *name = json_object_get(m->json, "name");
	const json_t *tabs = json_object_get(m->json, "ticketTabs");

	if (m->key && name && json_is_string(name) && strcmp(json_string_value(name), m->key) != 0)
		wrong(w, MANIFEST_POINTER "/name", name,
			"the same as \"key\" (\"name\" is another word for it), or leave it out");
	if (tabs && json_array_size(tabs) > 0 && !json_object_get(m->json, "ui"))
		fault_add(w->e, MANIFEST_POINTER "/ui",
			"is missing; wanted: the bundle that holds the components of ticketTabs");
}

int manifest_read(struct pool *p, const char *text, size_t len, struct manifest *ret, struct err *e)
{
	struct walk w = {p, e};
	struct err why;
	const json_t *ui;

	memset(ret, 0, sizeof(*ret));
	err_clear(&why);
	if (json_parse(p, text, len, &ret->json, &why) < 0)
		return fault_add(e, MANIFEST_POINTER, "%s", why.message);
	check_object(&w, ret->json, MANIFEST, MANIFEST_POINTER);
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
	check_whole(&w, ret);
	return fault_any(e);
}

const char *manifest_unfit(struct pool *p, const json_t *manifest)
{
	const char *host = json_str(manifest, "host", NULL);
	json_int_t abi = json_integer_value(json_object_get(manifest, "abi"));

	if (host && !semver_in_range(MORTISE_VERSION, host))
		return pool_printf(
			p, "it is for Mortise %.60s, and this is %s", host, MORTISE_VERSION);
	if (abi > MT_ABI)
		return pool_printf(p, "it is built for plugin ABI %lld, and this host has 1 to %d",
			(long long)abi, MT_ABI);
	return NULL;
}

bool manifest_knows_permission(const char *name)
{
	return value_is_permission(name);
}

const char *manifest_permissions(void)
{
	return WANT_PERMISSION;
}

const char *manifest_permission_array(struct pool *p, const struct manifest *m)
{
	const char *out = "";
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(m->json, "permissions"), i, v)
		out = pool_printf(p, "%s%s\"%s\"", out, i ? "," : "", json_string_value(v));
	return pool_printf(p, "{%s}", out);
}
