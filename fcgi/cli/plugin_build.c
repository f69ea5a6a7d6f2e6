/*
 * plugin_build.c - from a plugin's folder to its package: the compiler, the front end's builder, the ZIP.
 *
 * Compiler and tests run in the plugin's folder with relative names, so that "src/plugin.c:12:5: error"
 * is what an editor understands, and no folder of this machine gets into the library. Symbols that
 * nobody provides are found here (-z defs) and not on somebody's server.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/id.h"
#include "base/json.h"
#include "cli/plugin.h"
#include "package/semver.h"

#define COMPILE_MS 120000
#define UI_MS 180000
#define TEST_MS 120000
#define TEXT_MAX (1 << 20)
#define SOURCES_MAX 200
#define ARGV_MAX 300
#define COMPILER "apt install gcc libc6-dev libjansson-dev"

struct words {
	const char *v[ARGV_MAX];
	int n;
};

static void add(struct words *w, const char *s)
{
	if (w->n < ARGV_MAX - 1)
		w->v[w->n++] = s;
}

static void add_all(struct words *w, const char *const *list)
{
	for (; *list; list++)
		add(w, *list);
}

/* Words of an environment variable, as make would split them. */
static void add_env(struct arena *p, struct words *w, const char *name, const char *fallback)
{
	const char *value = getenv(name);
	char *save = NULL, *copy = arena_strdup(p, value && *value ? value : fallback);

	for (char *s = strtok_r(copy, " \t\n", &save); s; s = strtok_r(NULL, " \t\n", &save))
		add(w, s);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int plugin_build_list(
	struct plugin_build *b, const char *folder, const char *ending, const char **ret, int max)
{
	struct arena *p = b->op->arena;
	DIR *d = opendir(arena_printf(p, "%s/%s", b->dir, folder));
	size_t len = strlen(ending);
	struct dirent *de;
	int n = 0;

	if (!d)
		return -1;
	while ((de = readdir(d)) && n < max) {
		size_t k = strlen(de->d_name);

		if (de->d_name[0] != '.' && k > len && !strcmp(de->d_name + k - len, ending))
			ret[n++] = arena_printf(p, "%s/%s", folder, de->d_name);
	}
	closedir(d);
	qsort(ret, (size_t)n, sizeof(*ret), by_name);
	return n;
}

static bool has(const struct plugin_build *b, const char *name)
{
	return access(arena_printf(b->op->arena, "%s/%s", b->dir, name), F_OK) == 0;
}

static int read_manifest(struct plugin_build *b)
{
	const char *file = arena_printf(b->op->arena, "%s/manifest.json", b->dir);
	json_error_t why;

	if (access(file, R_OK) < 0)
		return op_fail(b->op, MT_ENOENT, "%s: %s (is %s a plugin's folder?)", file,
			strerror(errno), b->dir);
	b->manifest = json_load_file(file, JSON_REJECT_DUPLICATES, &why);
	if (!b->manifest)
		return op_fail(b->op, MT_EINVAL, "manifest.json:%d:%d: %s", why.line, why.column,
			why.text);
	json_own(b->op->arena, b->manifest);
	b->key = json_str(b->manifest, "key", "");
	b->version = json_str(b->manifest, "version", "");
	return 0;
}

int plugin_build_open(struct op *op, const char *dir, struct plugin_build *ret)
{
	char real[PATH_MAX];
	struct semver v;
	int rc;

	*ret = (struct plugin_build){.op = op};
	if (!realpath(dir, real))
		return cli_errno(op, dir);
	ret->dir = arena_strdup(op->arena, real);
	if ((rc = plugin_home_find(op, &ret->home)) < 0 || (rc = read_manifest(ret)) < 0)
		return rc;
	if (!id_is_plugin_key(ret->key))
		return op_fail(op, MT_EINVAL,
			"manifest.json: /key: found \"%.60s\"; wanted: 2 to 40 letters a-z, digits and "
			"single dashes, beginning with a letter, and none of the platform's own keys",
			ret->key);
	if (semver_parse(&v, ret->version) < 0)
		return op_fail(op, MT_EINVAL,
			"manifest.json: /version: found \"%.60s\"; wanted: a version such as 1.0.0",
			ret->version);
	return cli_temp(op, &ret->work);
}

static void add_common(struct plugin_build *b, struct words *w)
{
	static const char *const FLAGS[] = {
		"-std=gnu17", "-Wall", "-Wextra", "-D_GNU_SOURCE", NULL};

	add_env(b->op->arena, w, "CC", "cc");
	add_all(w, FLAGS);
	add(w, arena_printf(b->op->arena, "-DMT_PLUGIN_KEY=\"%s\"", b->key));
	add(w, arena_printf(b->op->arena, "-DMT_PLUGIN_VERSION=\"%s\"", b->version));
	add(w, "-I");
	add(w, b->home.include);
	add_env(b->op->arena, w, "PLUGIN_CFLAGS", "");
	add(w, "-fmax-errors=20"); /* what follows from the first ones helps nobody */
	if (!b->lenient)
		add(w, "-Werror");
}

/* Runs a tool whose failure is the author's to read: its output was printed or is in b->out. advice: how to
 * install what it needs. */
static int run_tool(
	struct plugin_build *b, struct words *w, long ms, const char *what, const char *advice)
{
	int rc;

	w->v[w->n] = NULL;
	rc = plugin_run(b->op, b->dir, w->v, ms, b->out);
	if (rc == MT_ENOENT)
		op_log(b->op, "%s", advice);
	if (rc <= 0)
		return rc;
	return err_verbatim(
		&b->op->err, MT_EINVAL, arena_printf(b->op->arena, "%s: %s", b->key, what));
}

static int compile(struct plugin_build *b, const char *so)
{
	static const char *const FLAGS[] = {
		"-shared", "-fPIC", "-fvisibility=hidden", "-fstack-protector-strong", "-o", NULL};
	const char *source[SOURCES_MAX];
	int n = plugin_build_list(b, "src", ".c", source, SOURCES_MAX);
	struct words w = {.n = 0};

	if (n <= 0)
		return op_fail(
			b->op, MT_ENOENT, "%s has no src/*.c: add the plugin's source", b->dir);
	add_common(b, &w);
	add_all(&w, FLAGS);
	add(&w, so);
	/* A debugger finds every variable; checked copies need an optimizer. */
	add(&w, b->debug ? "-O0" : "-O2");
	if (!b->debug)
		add(&w, "-D_FORTIFY_SOURCE=2");
	for (int i = 0; i < n; i++)
		add(&w, source[i]);
	if (b->map)
		add(&w, "-g");
	/* Names of functions stay, for the backtraces of crashes. */
	add(&w, b->map ? "-Wl,-z,relro,-z,now,-z,defs,--as-needed"
		       : "-Wl,-z,relro,-z,now,-z,defs,--as-needed,--build-id=none,-S");
	add(&w, "-ljansson");
	return run_tool(b, &w, COMPILE_MS, "src/ doesn't compile", COMPILER);
}

/* The front end's own tools build the interface; without them the last build has to do. */
static int build_ui(struct plugin_build *b)
{
	struct words w = {.n = 0};

	if (!has(b, "ui/src") || (b->reuse_ui && has(b, "ui/dist/bundle.iife.js")))
		return 0;
	if (!b->home.ui_builder)
		return op_fail(b->op, MT_ENOENT,
			"The builder of interfaces is not installed: install Mortise with its front end");
	add(&w, "node");
	add(&w, b->home.ui_builder);
	add(&w, b->dir);
	if (b->types)
		add(&w, "--check");
	if (b->budget) {
		add(&w, "--budget");
		add(&w, b->budget);
	}
	if (!b->types && b->map)
		add(&w, "--map");
	return run_tool(b, &w, UI_MS, "ui/src doesn't build",
		arena_printf(
			b->op->arena, "apt install nodejs npm, then `npm install` in %s", b->dir));
}

static void take(struct plugin_build *b, struct plugin_file *file, int *n, const char *from,
	const char *name)
{
	if (has(b, from))
		file[(*n)++] = (struct plugin_file){
			name, arena_printf(b->op->arena, "%s/%s", b->dir, from)};
}

const char *plugin_dev_library(struct arena *p, const char *dir)
{
	mkdir(arena_printf(p, "%s/.mortise", dir), 0755);
	return arena_printf(p, "%s/.mortise/plugin.so", dir);
}

int plugin_build_package(struct plugin_build *b, const char *zip)
{
	static const char *const TOP[] = {"README.md", "DEVELOPERS.md", "CHANGELOG.md", "LICENSE",
		"icon.svg", "icon.png", NULL};
	static const char *const FOLDERS[][2] = {{"migrations", ".sql"}, {"screenshots", ".png"},
		{"screenshots", ".jpg"}, {"screenshots", ".jpeg"}, {"screenshots", ".webp"}};
	const char *so = b->keep_so ? plugin_dev_library(b->op->arena, b->dir)
				    : arena_printf(b->op->arena, "%s/plugin.so", b->work);
	const char *found[SOURCES_MAX];
	struct plugin_file file[5 * SOURCES_MAX + 16];
	int n = 0, n_found, rc;

	if ((rc = compile(b, so)) < 0 || (rc = build_ui(b)) < 0)
		return rc;
	file[n++] = (struct plugin_file){"plugin.so", so};
	take(b, file, &n, "ui/dist/bundle.iife.js", "ui/bundle.iife.js");
	for (int i = 0; TOP[i]; i++)
		take(b, file, &n, TOP[i], TOP[i]);
	for (size_t f = 0; f < sizeof(FOLDERS) / sizeof(*FOLDERS); f++) {
		n_found = plugin_build_list(b, FOLDERS[f][0], FOLDERS[f][1], found, SOURCES_MAX);
		for (int i = 0; i < n_found; i++)
			take(b, file, &n, found[i], found[i]);
	}
	json_object_set_new(b->manifest, "version", json_string(b->version));
	b->version = json_str(b->manifest, "version", "");
	return plugin_zip(b->op, zip, b->manifest, file, n);
}

/* Its output tells whether a library is missing. */
static int compile_test(struct plugin_build *b, struct words *w, const char *source)
{
	struct buf out;
	int rc;

	buf_init(&out, TEXT_MAX);
	b->out = &out;
	rc = run_tool(b, w, COMPILE_MS, arena_printf(b->op->arena, "%s doesn't compile", source),
		COMPILER);
	b->out = NULL;
	fputs(out.data, stderr);
	if (rc < 0 && (strstr(out.data, "cmocka.h: No such file") || strstr(out.data, "-lcmocka")))
		op_log(b->op, "Tests need cmocka: apt install libcmocka-dev");
	buf_release(&out);
	return rc;
}

/* One program for each .c file of t/, which includes what it tests. */
static int test_one(struct plugin_build *b, const char *source)
{
	static const char *const FLAGS[] = {"-g", "-O1", "-fsanitize=address,undefined",
		"-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-o", NULL};
	const char *program = arena_printf(b->op->arena, "%s/test", b->work);
	struct words w = {.n = 0}, t = {.n = 0};
	int rc;

	add_common(b, &w);
	add_all(&w, FLAGS);
	add(&w, program);
	add(&w, source);
	add(&w, "-lcmocka");
	add(&w, "-ljansson");
	if ((rc = compile_test(b, &w, source)) < 0)
		return rc;
	add(&t, program);
	return run_tool(b, &t, TEST_MS, arena_printf(b->op->arena, "%s failed", source), "");
}

int plugin_build_tests(struct plugin_build *b, const char *const *source, int n)
{
	int rc = 0;

	for (int i = 0; i < n && rc == 0; i++)
		rc = test_one(b, source[i]);
	return rc;
}
