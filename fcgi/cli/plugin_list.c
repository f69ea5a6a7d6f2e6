/*
 * plugin_list.c - `mortise plugin list`: installed plugins and the catalogue.
 */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "cli/plugin.h"

static const struct cli_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--json", NULL, "the API's answers"},
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

static int plugin_list_run(struct cli *c)
{
	struct plugin_remote r;
	json_t *installed, *catalog;
	int rc;

	if ((rc = plugin_remote_open(c, NULL, &r)) < 0 ||
		(rc = plugin_remote_call(
			 &r, "GET", "/api/plugins/installations", NULL, &installed)) < 0 ||
		(rc = plugin_remote_call(&r, "GET", "/api/plugins/catalog", NULL, &catalog)) < 0)
		return rc;
	installed = json_object_get(installed, "items");
	catalog = json_object_get(catalog, "items");
	if (cli_given(c, "--json")) {
		json_t *all =
			json_pack("{s:O, s:O}", "installations", installed, "catalog", catalog);

		cli_print_json(all, JSON_INDENT(2));
		json_decref(all);
	} else {
		print_table(installed, catalog);
	}
	return 0;
}

const struct cli_command plugin_list = {
	.name = "list",
	.usage = "",
	.summary = "show the plugins that a running Mortise has, installed or not",
	.options = OPTIONS,
	.run = plugin_list_run,
};
