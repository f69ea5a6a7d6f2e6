/*
 * plugin_test.c - `mortise plugin test`: the kinds of tests that a plugin may have, each where its files
 * are. What can't run here is said, with what it lacks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "cli/plugin_sql.h"

#define FILES_MAX 200
#define NODE_MS 300000
#define OUTPUT_MAX (1 << 20)
#define STATUS_SKIPPED 77 /* of a script of ours that says why */

static int run_units(struct cli *c, struct plugin_build *b, const char *const *file, int n,
	const char **ret_skipped)
{
	(void)c;
	*ret_skipped = NULL;
	return plugin_build_tests(b, file, n);
}

/* A script of the front end's; what it prints when it can't run is the reason. */
static int run_script(struct plugin_build *b, const char *script, const char *const *file, int n,
	const char **ret_skipped)
{
	const char **argv = arena_zalloc(b->op->arena, (size_t)(n + 4) * sizeof(*argv));
	struct buf out;
	int rc, k = 0;

	*ret_skipped = script ? NULL : "Mortise was installed without its front end";
	if (!script)
		return 0;
	argv[k++] = "node";
	argv[k++] = script;
	argv[k++] = b->dir;
	for (int i = 0; i < n; i++)
		argv[k++] = file[i];
	buf_init(&out, OUTPUT_MAX);
	rc = plugin_run(b->op, b->dir, argv, NODE_MS, &out);
	if (rc == MT_ENOENT || rc == STATUS_SKIPPED) {
		op_clear(b->op);
		*ret_skipped = rc == MT_ENOENT ? "it needs node: apt install nodejs"
					       : arena_strndup(b->op->arena, out.data,
							 strcspn(out.data, "\n"));
		rc = 0;
	} else {
		fputs(out.data, stderr);
	}
	buf_release(&out);
	return rc > 0 ? op_fail(b->op, MT_EINVAL, "Tests of %s failed", n == 1 ? file[0] : b->key)
		      : rc;
}

static int run_components(struct cli *c, struct plugin_build *b, const char *const *file, int n,
	const char **ret_skipped)
{
	(void)c;
	return run_script(b, b->home.ui_tests, file, n, ret_skipped);
}

/* In the running Mortise that has the plugin, with the demo's people. */
static int run_pages(struct cli *c, struct plugin_build *b, const char *const *file, int n,
	const char **ret_skipped)
{
	struct err kept = op_try(b->op), why;
	struct plugin_remote r;
	json_t *found = NULL;
	int rc = plugin_remote_open(c, b->dir, &r);

	if (rc == 0)
		rc = plugin_find(&r, b->key, &found);
	why = op_tried(b->op, kept);
	*ret_skipped = NULL;
	if (rc < 0)
		*ret_skipped = why.message;
	else if (!r.accounts)
		*ret_skipped =
			"people of a demo sign in there: it needs the demo's accounts (--accounts)";
	else if (!found)
		*ret_skipped = arena_printf(b->op->arena,
			"%s is not installed in %s: `mortise plugin dev` loads it", b->key,
			r.tenant ? r.tenant : "the company");
	if (*ret_skipped)
		return 0;
	printf("pages: with %s %s at %s\n", b->key, json_str(found, "version", ""), r.url);
	setenv("MORTISE_URL", r.url, 1);
	setenv("MORTISE_ACCOUNTS", r.accounts, 1);
	setenv("MORTISE_COMPANY", r.tenant ? r.tenant : "", 1);
	return run_script(b, b->home.page_tests, file, n, ret_skipped);
}

static const struct kind {
	const char *name, *what, *folder, *ending;
	int (*run)(struct cli *c, struct plugin_build *b, const char *const *file, int n,
		const char **ret_skipped);
} KINDS[] = {
	{"units", "C against the fake host", "t", ".c", run_units},
	{"sql", "SQL in a scratch schema", "t", ".sql", plugin_sql_tests},
	{"components", "components in a DOM", "ui/test", ".test.tsx", run_components},
	{"pages", "pages in Chromium", "t", ".page.mjs", run_pages},
};
#define N_KINDS (sizeof(KINDS) / sizeof(*KINDS))

struct tests {
	struct cli *c;
	struct plugin_build b;
	int n_files, n_skipped;
};

static int run_kind(struct tests *t, const struct kind *k)
{
	const char **file = arena_alloc(t->c->op.arena, FILES_MAX * sizeof(*file)), *skipped;
	int64_t start = clock_ms();
	int n = plugin_build_list(&t->b, k->folder, k->ending, file, FILES_MAX), rc;

	if (n <= 0)
		return 0;
	t->n_files += n;
	if ((rc = k->run(t->c, &t->b, file, n, &skipped)) < 0)
		return rc;
	t->n_skipped += skipped != NULL;
	if (skipped)
		printf("%s: skipped (%s): %s\n", k->name, k->what, skipped);
	else
		printf("%s: passed (%s, %d file%s, %.1f s)\n", k->name, k->what, n,
			n == 1 ? "" : "s", (double)(clock_ms() - start) / 1000);
	return 0;
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (!strcmp(KINDS[i].name, name))
			return &KINDS[i];
	return NULL;
}

static int run_test(struct cli *c)
{
	const char *only = cli_given(c, "--only");
	struct tests t = {.c = c};
	int rc = 0;

	if (only && !find_kind(only))
		return op_fail(&c->op, MT_EINVAL,
			"There are no tests called \"%.40s\": choose units, sql, components or pages",
			only);
	if ((rc = plugin_build_open(&c->op, c->n > 0 ? c->word[0] : ".", &t.b)) < 0)
		return rc;
	for (size_t i = 0; i < N_KINDS && rc == 0; i++)
		if (!only || !strcmp(only, KINDS[i].name))
			rc = run_kind(&t, &KINDS[i]);
	if (rc < 0)
		return rc;
	if (t.n_files == 0)
		return op_fail(&c->op, MT_ENOENT,
			"%s has none of the tests t/*.c, t/*.sql, ui/test/*.test.tsx, t/*.page.mjs: add one",
			t.b.dir);
	if (t.n_skipped > 0 && cli_given(c, "--strict"))
		return op_fail(&c->op, MT_EINVAL,
			"%d kind%s of tests could not run: install or start what is missing, or leave "
			"--strict out",
			t.n_skipped, t.n_skipped == 1 ? "" : "s");
	printf("%s: all tests passed%s\n", t.b.key,
		t.n_skipped ? ", but for those that were skipped" : "");
	return 0;
}

static const struct cli_option OPTIONS[] = {
	{"--only", "KIND", "units, sql, components or pages"},
	{"--strict", NULL, "what can't run here is a failure"},
	{"-c", "CONF", "mortise.conf of the Mortise on this machine; else the demo's"},
	PLUGIN_REMOTE_OPTIONS,
	{0},
};

const struct cli_command plugin_test = {
	.name = "test",
	.usage = "[DIR]",
	.summary = "run the plugin's tests: C, SQL, components, pages",
	.help = "  t/*.c               against the fake host, under ASan and UBSan; no server. Each is a program\n"
		"                      with a main() that includes mt_fake.h and the source it tests\n"
		"  t/*.sql             pgTAP, in a scratch schema with the plugin's tables, as its role, in a\n"
		"                      company of a demo on this machine; rolled back and dropped\n"
		"  ui/test/*.test.tsx  vitest and jsdom, with @mortise/sdk/testing; no server\n"
		"  t/*.page.mjs        Chromium, in a demo that has the plugin (`mortise plugin dev`)\n"
		"A kind that can't run here is skipped, with the reason.\n",
	.most = 1,
	.options = OPTIONS,
	.run = run_test,
};
