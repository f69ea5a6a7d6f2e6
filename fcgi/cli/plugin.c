/*
 * plugin.c - `mortise plugin COMMAND`: an author's tools; those that are one call of the rest are here.
 */
#include "cli/plugin.h"

#include <stdio.h>
#include <sys/stat.h>

/* --- check ------------------------------------------------------------------------------------------ */

static int run_check(struct cli *c)
{
	const char *what = c->n > 0 ? c->word[0] : ".";
	struct plugin_build b;
	struct stat st;
	int rc;

	if (stat(what, &st) < 0 || !S_ISDIR(st.st_mode))
		return plugin_check_file(c, what, true, NULL);
	if ((rc = plugin_build_open(&c->op, what, &b)) < 0)
		return rc;
	b.types = true;
	b.budget = cli_given(c, "--budget");
	what = arena_printf(c->op.arena, "%s/%s-%s.zip", b.work, b.key, b.version);
	rc = plugin_build_package(&b, what);
	return rc < 0 ? rc : plugin_check_file(c, what, true, b.dir);
}

static const struct cli_option CHECK_OPTIONS[] = {
	{"-p", "KEY.pub", "verify the signature of a package with this key"},
	{"-c", "CONF",
		"mortise.conf of the Mortise on this machine that runs the migrations; else the demo's"},
	{"--budget", "KB", "how large the interface may be (300)"},
	{0},
};

static const struct cli_command plugin_check = {
	.name = "check",
	.usage = "[DIR | PACKAGE.zip]",
	.summary = "list everything that an upload and an approval would refuse",
	.help = "Manifest, files, the library's imports, and a trial load in a sandbox; of a folder the\n"
		"interface's types, exports and weight, too. Migrations run in a scratch schema of a demo\n"
		"on this machine, as at an approval, and everything is dropped; without one that is said.\n",
	.most = 1,
	.options = CHECK_OPTIONS,
	.run = run_check,
};

/* --- pack ------------------------------------------------------------------------------------------- */

static const struct cli_option PACK_OPTIONS[] = {
	{"--version", "X.Y.Z", "another version than the manifest's"},
	{"--lenient", NULL, "accept the compiler's warnings"},
	{0},
};

static int run_pack(struct cli *c)
{
	const char *version = cli_given(c, "--version"), *zip;
	struct plugin_build b;
	int rc;

	if ((rc = plugin_build_open(&c->op, c->n > 0 ? c->word[0] : ".", &b)) < 0)
		return rc;
	b.lenient = cli_given(c, "--lenient");
	b.version = version ? version : b.version;
	zip = c->n > 1 ? c->word[1]
		       : arena_printf(c->op.arena, "%s/%s-%s.zip", b.dir, b.key, b.version);
	if ((rc = plugin_build_package(&b, zip)) < 0)
		return rc;
	if (c->n < 2)
		puts(zip);
	return 0;
}

static const struct cli_command plugin_pack = {
	.name = "pack",
	.usage = "[DIR] [OUT.zip]",
	.summary = "compile, build the interface and make the package",
	.help = "DIR is the plugin's folder (the current one), OUT.zip defaults to DIR/KEY-VERSION.zip.\n"
		"The same input gives the same bytes. CC and PLUGIN_CFLAGS are taken from the environment.\n",
	.most = 2,
	.options = PACK_OPTIONS,
	.run = run_pack,
};

/* --- all of them ------------------------------------------------------------------------------------ */

static const struct cli_command *const COMMANDS[] = {&plugin_new, &plugin_dev, &plugin_check,
	&plugin_test, &plugin_seed, &plugin_pack, &plugin_keygen, &plugin_sign, &plugin_upload,
	&plugin_install, &plugin_upgrade, &plugin_rollback, &plugin_uninstall, &plugin_delete,
	&plugin_list, &plugin_search, &plugin_logs, &plugin_compat, NULL};

const struct cli_command cli_plugin = {
	.name = "plugin",
	.usage = "COMMAND ...",
	.summary = "make, test, pack, sign, install and watch plugins (mortise plugin --help)",
	.help = "Begin with `mortise plugin new my-plugin`, then `mortise plugin dev my-plugin`.\n",
	.commands = COMMANDS,
};
