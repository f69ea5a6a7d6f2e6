/*
 * plugin.c - `mortise plugin COMMAND`: an author's tools; those that are one call of the rest are here.
 */
#include "cli/plugin.h"

#include <stdio.h>
#include <sys/stat.h>
#include "base/clock.h"

/* --- check ------------------------------------------------------------------------------------------ */

static int run_check(struct cli *c)
{
	const char *what = c->n > 0 ? c->word[0] : ".";
	struct plugin_build b;
	struct stat st;
	int rc;

	if (stat(what, &st) < 0 || !S_ISDIR(st.st_mode))
		return plugin_check_file(c, what);
	if ((rc = plugin_build_open(&c->op, what, &b)) < 0)
		return rc;
	b.types = true;
	b.budget = cli_given(c, "--budget");
	what = arena_printf(c->op.arena, "%s/%s-%s.zip", b.work, b.key, b.version);
	rc = plugin_build_package(&b, what);
	return rc < 0 ? rc : plugin_check_file(c, what);
}

static const struct cli_option CHECK_OPTIONS[] = {
	{"-p", "KEY.pub", "verify the signature of a package with this key"},
	{"--budget", "KB", "how large the interface may be (300)"},
	{0},
};

static const struct cli_command plugin_check = {
	.name = "check",
	.usage = "[DIR | PACKAGE.zip]",
	.summary = "list everything that an upload would refuse, without a server",
	.help = "Manifest, files, migrations, the library's imports, and a trial load in a sandbox; of a folder\n"
		"the interface's types, exports and weight, too. Migrations run when a version is approved, and\n"
		"at each save of `mortise plugin dev`: what the database refuses is found there.\n",
	.most = 1,
	.options = CHECK_OPTIONS,
	.run = run_check,
};

/* --- test ------------------------------------------------------------------------------------------- */

static int run_test(struct cli *c)
{
	int64_t start = clock_ms();
	struct plugin_build b;
	int n, rc;

	if ((rc = plugin_build_open(&c->op, c->n > 0 ? c->word[0] : ".", &b)) < 0 ||
		(rc = plugin_build_tests(&b, &n)) < 0)
		return rc;
	printf("%s: all tests passed (%d program%s, %.1f s)\n", b.key, n, n == 1 ? "" : "s",
		(double)(clock_ms() - start) / 1000);
	return 0;
}

static const struct cli_command plugin_test = {
	.name = "test",
	.usage = "[DIR]",
	.summary = "compile and run the tests in t/ against the fake host, under ASan and UBSan",
	.help = "Needs gcc and libcmocka-dev, no server. Each t/NAME.c is a program with a main() that\n"
		"includes mt_fake.h and the source it tests.\n",
	.most = 1,
	.run = run_test,
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
	&plugin_test, &plugin_pack, &plugin_keygen, &plugin_sign, &plugin_upload, &plugin_install,
	&plugin_upgrade, &plugin_rollback, &plugin_uninstall, &plugin_delete, &plugin_list,
	&plugin_search, &plugin_logs, &plugin_compat, NULL};

const struct cli_command cli_plugin = {
	.name = "plugin",
	.usage = "COMMAND ...",
	.summary = "make, test, pack, sign, install and watch plugins (mortise plugin --help)",
	.help = "Begin with `mortise plugin new my-plugin`, then `mortise plugin dev my-plugin`.\n",
	.commands = COMMANDS,
};
