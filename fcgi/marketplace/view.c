/* view.c - see view.h. */
#include "marketplace/view.h"

#include <stdlib.h>
#include <string.h>

#include "auth/ident.h"
#include "base/json.h"
#include "http/url.h"
#include "registry/catalog.h"
#include "package/manifest.h"
#include "package/semver.h"

#define WORDS_MAX 8

struct view {
	struct op *op;
	const struct market_cache *cache;
	struct catalog_installation *installed;
	int n_installed;
};

static int view_begin(struct op *op, const struct market_cache *s, struct view *ret)
{

	*ret = (struct view){.op = op, .cache = s};
	return catalog_installations(op, op_as(op), &ret->installed, &ret->n_installed);
}

const char *view_unfit(struct op *op, const json_t *entry)
{
	if (!json_object_get(entry, "package") || !json_object_get(entry, "sha256"))
		return message_part(
			op->arena, "The catalogue has no package for it, or not its SHA-256");
	return manifest_unfit(op->arena, entry);
}

static json_t *compatible_json(struct view *v, const json_t *entry)
{
	const char *unfit = view_unfit(v->op, entry);

	return json_pack("{sb ss? so}", "ok", unfit == NULL, "reason", unfit, "reasonText",
		json_message(v->op->arena, unfit));
}

static const struct catalog_installation *find_installed(struct view *v, const char *key)
{
	for (int i = 0; i < v->n_installed; i++)
		if (!strcmp(v->installed[i].key, key))
			return &v->installed[i];
	return NULL;
}

static void set_copy(json_t *to, const char *name, const json_t *entry, json_t *fallback)
{
	json_t *value = json_object_get(entry, name);

	if (value)
		json_object_set(to, name, value);
	else
		json_object_set_new(to, name, json_incref(fallback));
	json_decref(fallback);
}

static void set_icon(struct view *v, json_t *to, const json_t *entry)
{
	const char *hash = json_str(entry, "sha256", json_str(entry, "version", ""));

	if (!json_object_get(entry, "iconUrl")) {
		json_object_set_new(to, "iconUrl", json_null());
		return;
	}
	/* Served by us: browsers contact no foreign server, and our CSP forbids it. */
	json_object_set_new(to, "iconUrl",
		json_string(arena_printf(v->op->arena, "/api/plugins/marketplace/%s/icon?v=%.12s",
			json_str(entry, "key", ""), hash)));
}

static void set_installed(struct view *v, json_t *to, const json_t *entry, bool fits)
{
	const struct catalog_installation *i = find_installed(v, json_str(entry, "key", ""));
	bool newer =
		i && fits && semver_compare(json_str(entry, "version", ""), i->package.version) > 0;

	json_object_set_new(to, "installed",
		i ? json_pack("{ss ss ss}", "id", i->id, "version", i->package.version, "state",
			    i->state)
		  : json_null());
	json_object_set_new(to, "updateAvailable", json_boolean(newer));
}

/* Of the version that is shown; too much for a list of all plugins. */
static void set_details(struct view *v, json_t *to, const json_t *entry)
{
	json_t *shots = json_array(), *shot;
	size_t i;

	json_array_foreach(json_object_get(entry, "screenshots"), i, shot)
		json_array_append_new(shots,
			json_pack("{ss sO}", "url",
				arena_printf(v->op->arena,
					"/api/plugins/marketplace/%s/screenshots/%zu?version=%s",
					json_str(entry, "key", ""), i,
					url_encode(v->op->arena, json_str(entry, "version", ""))),
				"caption", json_object_get(shot, "caption")));
	json_object_set_new(to, "screenshots", shots);
	set_copy(to, "changelog", entry, json_null());
}

/* All versions of a key, which are adjacent; `best` is the one that is shown. */
static json_t *item_json(struct view *v, size_t first, size_t n, const json_t *best)
{
	static const char *const texts[] = {"key", "displayName", "description", "longDescription",
		"version", "author", "category", "license", "homepage", "documentationUrl",
		"supportUrl", "installationType", "host", "sha256", "size", "abi"};
	static const char *const lists[] = {
		"tags", "keywords", "features", "permissions", "definesPermissions"};
	json_t *out = json_object(), *entries = json_object_get(v->cache->listing, "entries");
	json_t *versions = json_array();

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		set_copy(out, texts[i], best, json_null());
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		set_copy(out, lists[i], best, json_array());
	set_copy(out, "isOfficial", best, json_false());
	set_copy(out, "requiresConfiguration", best, json_false());
	json_object_set(out, "name", json_object_get(best, "key"));
	json_object_set_new(out, "compatible", compatible_json(v, best));
	set_icon(v, out, best);
	set_installed(v, out, best, view_unfit(v->op, best) == NULL);
	for (size_t i = first; i < first + n; i++) {
		const json_t *e = json_array_get(entries, i);
		json_t *one = json_object();

		set_copy(one, "version", e, json_null());
		set_copy(one, "size", e, json_null());
		json_object_set_new(one, "compatible", compatible_json(v, e));
		json_array_append_new(versions, one);
	}
	json_object_set_new(out, "versions", versions);
	return out;
}

/* How many entries from `first` on have its key, and which of them is shown. */
static size_t group(struct view *v, size_t first, const json_t **ret_best)
{
	const json_t *entries = json_object_get(v->cache->listing, "entries");
	const char *key = json_str(json_array_get(entries, first), "key", "");
	const json_t *e;
	size_t n = 0;

	*ret_best = NULL;
	while ((e = json_array_get(entries, first + n)) && !strcmp(json_str(e, "key", ""), key)) {
		if (!*ret_best && !view_unfit(v->op, e))
			*ret_best = e;
		n++;
	}
	if (!*ret_best)
		*ret_best = json_array_get(entries, first);
	return n;
}

static bool in_list(const json_t *list, const char *word)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
		if (strcasestr(json_string_value(v), word))
			return true;
	return false;
}

/* Where is the word? 0 = nowhere, higher = a better place. */
static int place_of(const json_t *e, const char *word)
{
	const char *name = json_str(e, "displayName", ""), *key = json_str(e, "key", "");

	if (!strncasecmp(name, word, strlen(word)) || !strncasecmp(key, word, strlen(word)))
		return 4;
	if (strcasestr(name, word) || strcasestr(key, word))
		return 3;
	if (in_list(json_object_get(e, "tags"), word) ||
		in_list(json_object_get(e, "keywords"), word))
		return 2;
	return strcasestr(json_str(e, "description", ""), word) ||
	       strcasestr(json_str(e, "longDescription", ""), word) ||
	       strcasestr(json_str(e, "author", ""), word);
}

/* The sum over all words, or 0 when one of them is nowhere. */
static int match(struct arena *p, const json_t *e, const char *words)
{
	char *copy = arena_strdup(p, words), *save = NULL;
	int sum = 0, n = 0;

	for (char *w = strtok_r(copy, " \t", &save); w && n < WORDS_MAX;
		w = strtok_r(NULL, " \t", &save), n++) {
		int place = place_of(e, w);

		if (!place)
			return 0;
		sum += place;
	}
	return n ? sum : 1;
}

struct hit {
	size_t first, n;
	const json_t *best;
	int score;
	const char *by; /* what it is sorted by, before the name */
};

static int by_order(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;
	int c = y->score - x->score;

	if (!c)
		c = strcasecmp(x->by, y->by);
	if (!c)
		c = strcasecmp(
			json_str(x->best, "displayName", ""), json_str(y->best, "displayName", ""));
	return c ? c : strcmp(json_str(x->best, "key", ""), json_str(y->best, "key", ""));
}

static bool wanted(struct view *v, const struct view_filter *f, struct hit *h)
{
	bool by_name = !f->sort || !strcmp(f->sort, "name");

	if (f->category && strcmp(json_str(h->best, "category", ""), f->category) != 0)
		return false;
	h->by = by_name ? "" : json_str(h->best, f->sort, "");
	h->score = f->words ? match(v->op->arena, h->best, f->words) : 1;
	if (h->score == 0)
		return false;
	if (f->sort)
		h->score = 1; /* a sort order was requested */
	return true;
}

int view_items(
	struct op *op, const struct market_cache *s, const struct view_filter *f, json_t **ret)
{
	size_t total = json_array_size(json_object_get(s->listing, "entries")), n = 0;
	struct hit *hit = arena_alloc(op->arena, (total + 1) * sizeof(*hit));
	struct view v;
	int rc = view_begin(op, s, &v);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < total;) {
		struct hit *h = &hit[n];

		h->first = i;
		h->n = group(&v, i, &h->best);
		i += h->n;
		n += wanted(&v, f, h);
	}
	qsort(hit, n, sizeof(*hit), by_order);
	*ret = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(*ret, item_json(&v, hit[i].first, hit[i].n, hit[i].best));
	return 0;
}

int view_item(struct op *op, const struct market_cache *s, const char *key, json_t **ret)
{
	const json_t *entries = json_object_get(s->listing, "entries"), *best;
	struct view v;
	size_t n;
	int rc = view_begin(op, s, &v);

	*ret = NULL;
	for (size_t i = 0; rc == 0 && i < json_array_size(entries); i += n) {
		n = group(&v, i, &best);
		if (!strcmp(json_str(best, "key", ""), key)) {
			*ret = item_json(&v, i, n, best);
			set_details(&v, *ret, best);
			break;
		}
	}
	return rc;
}

static json_t *find_category(json_t *list, const char *id)
{
	size_t i;
	json_t *c;

	json_array_foreach(list, i, c)
		if (!strcmp(json_str(c, "id", ""), id))
			return c;
	return NULL;
}

json_t *view_categories(const struct market_cache *s)
{
	json_t *out = json_deep_copy(json_object_get(s->listing, "categories")), *c, *e;
	const char *last = "";
	size_t i;

	json_array_foreach(out, i, c) {
		json_object_set_new(c, "count", json_integer(0));
		if (!json_object_get(c, "name"))
			json_object_set(c, "name", json_object_get(c, "id"));
	}
	json_array_foreach(json_object_get(s->listing, "entries"), i, e) {
		const char *id = json_str(e, "category", NULL), *key = json_str(e, "key", "");

		/* Of a key's versions the newest counts, which is the first. */
		if (!id || !strcmp(key, last))
			continue;
		last = key;
		c = find_category(out, id);
		if (!c) {
			c = json_pack("{ss ss si}", "id", id, "name", id, "count", 0);
			json_array_append_new(out, c);
		}
		json_object_set_new(c, "count",
			json_integer(json_integer_value(json_object_get(c, "count")) + 1));
	}
	return out;
}

json_t *view_page(struct op *op, const struct market_cache *s, json_t *items)
{
	json_t *out = json_pack("{so ss ss? sb}", "items", items, "source",
		source_shown(&s->source), "fetchedAt", s->fetched_at, "stale", s->stale);
	const char *error;

	json_object_set_new(out, "ageSeconds", s->age_s < 0 ? json_null() : json_integer(s->age_s));
	/* Details are for who can do something about them. */
	if (ident_may(op->who, "plugins:manage"))
		json_object_set(out, "warnings", json_object_get(s->listing, "warnings"));
	if (!s->error)
		return out;
	error = ident_may(op->who, "plugins:manage")
			? s->error
			: message_part(op->arena, "The marketplace can't be reached at the moment");
	json_object_set_new(out, "error", json_string(error));
	json_object_set_new(out, "errorText", json_message(op->arena, error));
	return out;
}
