/*
 * plugin_search.c - `mortise plugin search`: plugins of the marketplace.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "cli/plugin.h"

#define PATH "/api/plugins/marketplace"
#define WORDS_MAX 200 /* characters that the route accepts */

static const struct cli_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--refresh", NULL, "fetch the marketplace's catalogue now, whatever the age of the cache"},
	{"--json", NULL, "the API's answer"},
	{0},
};

/* The words with spaces between, as a query's value. */
static const char *query(const struct cli *c)
{
	char *out = arena_alloc(c->op.arena, 3 * WORDS_MAX + 4), *to = out;

	for (int i = 0; i < c->n; i++) {
		if (i > 0)
			to += snprintf(to, 4, "%%20");
		for (const char *s = c->word[i]; *s && to - out < 3 * WORDS_MAX - 6; s++)
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
	printf("\nSource: %s", json_str(page, "source", ""));
	if (json_is_integer(age))
		printf(", %lld hours old", (long long)json_integer_value(age) / 3600);
	printf("%s\n", json_is_true(json_object_get(page, "stale")) ? ", stale" : "");
	if (error)
		fprintf(stderr, "mortise: Can't refresh the catalogue: %s\n", error);
}

static int plugin_search_run(struct cli *c)
{
	const char *path = c->n ? arena_printf(c->op.arena, PATH "/search?q=%s", query(c)) : PATH;
	struct plugin_remote r;
	json_t *page;
	int rc;

	if ((rc = plugin_remote_open(c, NULL, &r)) < 0 ||
		(cli_given(c, "--refresh") && (rc = plugin_remote_call(&r, "POST", PATH "/refresh",
						       json_object(), NULL)) < 0) ||
		(rc = plugin_remote_call(&r, "GET", path, NULL, &page)) < 0)
		return rc;
	if (cli_given(c, "--json"))
		cli_print_json(page, JSON_INDENT(2));
	else
		print_table(page);
	return 0;
}

const struct cli_command plugin_search = {
	.name = "search",
	.usage = "[WORD...]",
	.summary = "search the marketplace of a running Mortise",
	.most = INT_MAX,
	.options = OPTIONS,
	.run = plugin_search_run,
};
