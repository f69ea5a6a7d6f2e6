/*
 * plugin_pack.c - `mortise plugin pack`: the package of a plugin's folder.
 */
#include <stdio.h>
#include <string.h>
#include "cli/plugin.h"

static const struct plugin_option OPTIONS[] = {
	{"--version", "X.Y.Z", "another version than the manifest's"},
	{"--lenient", NULL, "let the compiler's warnings pass"},
	{0},
};

static int plugin_pack_run(struct plugin_args *a)
{
	const char *version = plugin_given(a, "--version"), *zip;
	struct plugin_build b;
	int rc = plugin_build_open(a->arena, a->n > 0 ? a->word[0] : ".", &b, a->err);

	if (rc < 0)
		return plugin_fail(a);
	b.lenient = plugin_given(a, "--lenient") != NULL;
	b.version = version ? version : b.version;
	zip = a->n > 1 ? a->word[1]
		       : arena_printf(a->arena, "%s/%s-%s.zip", b.dir, b.key, b.version);
	if (plugin_build_package(&b, zip, a->err) < 0)
		return plugin_fail(a);
	if (a->n < 2)
		puts(zip);
	return 0;
}

const struct plugin_command plugin_pack = {
	.name = "pack",
	.usage = "[DIR] [OUT.zip]",
	.summary = "compile, build the interface and make the package",
	.help = "DIR is the plugin's folder (the current one), OUT.zip is DIR/KEY-VERSION.zip unless said.\n"
		"The same input gives the same bytes. CC and PLUGIN_CFLAGS are taken from the environment.\n",
	.most = 2,
	.options = OPTIONS,
	.run = plugin_pack_run,
};
