/*
 * plugin_search.c - `mortise plugin search`: what the marketplace has.
 */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "cli/plugin.h"

#define PATH "/api/plugins/marketplace"
#define WORDS_MAX 200 /* characters that the route takes, with room for their escapes */

static const struct plugin_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--refresh", NULL, "ask the marketplace now, whatever the age of what we have"},
	{"--json", NULL, "as the API answers it"},
	{0},
};

/* The words with blanks between, as a query's value. */
static const char *query(const struct plugin_args *a)
{
	char *out = arena_alloc(a->arena, 3 * WORDS_MAX + 4), *to = out;

	for (int i = 0; i < a->n; i++) {
		if (i > 0)
			to += snprintf(to, 4, "%%20");
		for (const char *s = a->word[i]; *s && to - out < 3 * WORDS_MAX - 6; s++)
			to += snprintf(to, 4, "%%%02X", (unsigned char)*s);
	}
	*to = '\0';
	return out;
}

static const char *state_of(const json_t *o)
{
	const json_t *installed = json_object_get(o, "installed");

	if (json_is_true(json_object_get(o, "updateAvailable")))
		return "update";
	if (json_is_object(installed))
		return "installed";
	return json_is_true(json_object_get(json_object_get(o, "compatible"), "ok"))
		       ? "available"
		       : "incompatible";
}

static void print_table(const json_t *page)
{
	const char *error = json_str(page, "error", NULL);
	const json_t *age = json_object_get(page, "ageSeconds");
	json_t *o;
	size_t i;

	printf("%-24s %-16s %-14s %-16s %s\n", "PLUGIN", "VERSION", "STATE", "CATEGORY", "NAME");
	json_array_foreach(json_object_get(page, "items"), i, o)
		printf("%-24s %-16s %-14s %-16s %s\n", json_str(o, "key", ""),
			json_str(o, "version", ""), state_of(o), json_str(o, "category", ""),
			json_str(o, "displayName", ""));
	printf("\nfrom: %s", json_str(page, "source", ""));
	if (json_is_integer(age))
		printf(", %lld hours old", (long long)json_integer_value(age) / 3600);
	printf("%s\n", json_is_true(json_object_get(page, "stale")) ? ", stale" : "");
	if (error)
		fprintf(stderr, "mortise: the marketplace couldn't be asked: %s\n", error);
}

static int plugin_search_run(struct plugin_args *a)
{
	struct plugin_remote r;
	json_t *page;
	int rc = plugin_remote_open(a, NULL, &r, a->err);

	if (rc == 0 && plugin_given(a, "--refresh"))
		rc = plugin_remote_call(&r, "POST", PATH "/refresh", json_object(), &page, a->err);
	if (rc == 0)
		rc = plugin_remote_call(&r, "GET",
			a->n ? arena_printf(a->arena, PATH "/search?q=%s", query(a)) : PATH, NULL,
			&page, a->err);
	if (rc < 0)
		return plugin_fail(a);
	if (plugin_given(a, "--json")) {
		json_dumpf(page, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_table(page);
	}
	return 0;
}

const struct plugin_command plugin_search = {
	.name = "search",
	.usage = "[WORD...]",
	.summary = "show what the marketplace of a running Mortise has",
	.most = PLUGIN_WORDS_MAX,
	.options = OPTIONS,
	.run = plugin_search_run,
};
