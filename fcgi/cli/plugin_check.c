/*
 * plugin_check.c - `mortise plugin check`: what an upload would report about a package or a folder.
 */
#include <sys/stat.h>
#include "cli/cli.h"
#include "cli/plugin.h"

static int plugin_check_run(struct plugin_args *a)
{
	const char *what = a->n > 0 ? a->word[0] : ".", *zip = what;
	struct plugin_build b;
	struct stat st;

	if (stat(what, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (plugin_build_open(a->arena, what, &b, a->err) < 0)
			return plugin_fail(a);
		b.types = true;
		zip = arena_printf(a->arena, "%s/%s-%s.zip", b.work, b.key, b.version);
		if (plugin_build_package(&b, zip, a->err) < 0)
			return plugin_fail(a);
	}
	char *argv[] = {(char *)"check", (char *)zip, NULL};
	return cli_check.run(2, argv);
}

const struct plugin_command plugin_check = {
	.name = "check",
	.usage = "[DIR | PACKAGE.zip]",
	.summary = "say everything that an upload would find wrong, without a server",
	.help = "Manifest, files, migrations, the library's imports, and a trial load in a sandbox; of a folder\n"
		"the interface's types, too.\n",
	.most = 1,
	.run = plugin_check_run,
};
