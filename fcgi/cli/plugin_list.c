/*
 * plugin_list.c - `mortise plugin list`: what is installed, and what could be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "cli/plugin.h"

static const struct plugin_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--json", NULL, "as the API answers it"},
	{0},
};

static void print_line(const json_t *o, const char *name, const char *state)
{
	printf("%-24s %-16s %-14s %-10s %s\n", json_str(o, name, ""), json_str(o, "version", ""),
		state, json_str(json_object_get(o, "trust"), "status", ""),
		json_str(o, "displayName", ""));
}

/* Versions that no installation here uses are offers. */
static void print_table(const json_t *installed, const json_t *catalog)
{
	json_t *o;
	size_t i;

	printf("%-24s %-16s %-14s %-10s %s\n", "PLUGIN", "VERSION", "STATE", "TRUST", "NAME");
	json_array_foreach(installed, i, o)
		print_line(o, "pluginKey", json_str(o, "state", ""));
	json_array_foreach(catalog, i, o) {
		const char *here = json_str(json_object_get(o, "installation"), "version", "");
		const json_t *approved = json_object_get(o, "approved");

		if (strcmp(here, json_str(o, "version", "")) != 0)
			print_line(
				o, "key", json_is_false(approved) ? "not approved" : "available");
	}
}

static int plugin_list_run(struct plugin_args *a)
{
	struct plugin_remote r;
	json_t *installed, *catalog;
	int rc = plugin_remote_open(a, NULL, &r, a->err);

	if (rc == 0)
		rc = plugin_remote_call(
			&r, "GET", "/api/plugins/installations", NULL, &installed, a->err);
	if (rc == 0)
		rc = plugin_remote_call(&r, "GET", "/api/plugins/catalog", NULL, &catalog, a->err);
	if (rc < 0)
		return plugin_fail(a);
	installed = json_object_get(installed, "items");
	catalog = json_object_get(catalog, "items");
	if (plugin_given(a, "--json")) {
		json_t *all =
			json_pack("{s:O, s:O}", "installations", installed, "catalog", catalog);

		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(all);
	} else {
		print_table(installed, catalog);
	}
	return 0;
}

const struct plugin_command plugin_list = {
	.name = "list",
	.usage = "",
	.summary = "show what is installed in a running Mortise, and what could be",
	.options = OPTIONS,
	.run = plugin_list_run,
};
