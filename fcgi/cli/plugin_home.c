/*
 * plugin_home.c - where header, template and tools are: relative to this program, installed or in
 * a checkout. $MORTISE_HOME names a checkout or a prefix when this program is elsewhere.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/plugin.h"

/* Where files are, relative to a prefix and to a checkout. */
struct place {
	const char *installed, *checkout;
};
static const struct place INCLUDE = {"include/mortise", "fcgi/include"},
			  TEMPLATE = {"share/mortise/template", "plugins/template"},
			  BUILDER = {"share/mortise/front/scripts/build-plugin-ui.mjs",
				  "public/scripts/build-plugin-ui.mjs"},
			  UI_TESTS = {"share/mortise/front/scripts/test-plugin-ui.mjs",
				  "public/scripts/test-plugin-ui.mjs"},
			  PAGE_TESTS = {"share/mortise/front/scripts/test-plugin-page.mjs",
				  "public/scripts/test-plugin-page.mjs"},
			  SDK = {"share/mortise/front/sdk", "public/sdk"};

/* dir/name when it exists. */
static const char *at(struct arena *p, const char *dir, const char *name)
{
	char real[PATH_MAX];
	const char *path = arena_printf(p, "%s/%s", dir, name);

	return realpath(path, real) ? arena_strdup(p, real) : NULL;
}

static const char *find(struct arena *p, const char *root, const struct place *where)
{
	const char *path = at(p, root, where->installed);

	return path ? path : at(p, root, where->checkout);
}

static const char *own_folder(struct arena *p)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return ".";
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	return arena_strdup(p, self);
}

int plugin_home_find(struct op *op, struct plugin_home *ret)
{
	static const char *const PROGRAMS[] = {"mortise-plugin",
		"../libexec/mortise/mortise-plugin", "../lib/mortise/mortise-plugin", NULL};
	struct arena *p = op->arena;
	const char *self = own_folder(p), *home = getenv("MORTISE_HOME");
	/* PREFIX/bin, build/bin of a checkout, and the configured prefix */
	const char *roots[] = {home && *home ? home : arena_printf(p, "%s/..", self),
		arena_printf(p, "%s/../..", self), conf_prefix(), NULL};

	memset(ret, 0, sizeof(*ret));
	for (int i = 0; roots[i] && !ret->include; i++) {
		if (!(ret->include = find(p, roots[i], &INCLUDE)))
			continue;
		ret->template = find(p, roots[i], &TEMPLATE);
		ret->ui_builder = find(p, roots[i], &BUILDER);
		ret->ui_tests = find(p, roots[i], &UI_TESTS);
		ret->page_tests = find(p, roots[i], &PAGE_TESTS);
		ret->sdk = find(p, roots[i], &SDK);
	}
	for (int i = 0; PROGRAMS[i] && !ret->program; i++)
		ret->program = at(p, self, PROGRAMS[i]);
	if (!ret->include)
		return op_fail(op, MT_ENOENT,
			"Can't find mortise.h, neither in %s/include/mortise nor in a checkout around "
			"%s: set MORTISE_HOME to a prefix or a checkout",
			conf_prefix(), self);
	return 0;
}

int plugin_home_program(struct op *op, const struct plugin_home *home)
{
	if (home->program)
		return 0;
	return op_fail(op, MT_ENOENT,
		"Can't find mortise-plugin beside this program, so no library can be loaded: install "
		"it");
}
