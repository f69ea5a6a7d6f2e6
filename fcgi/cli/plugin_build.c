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
#include <unistd.h>
#include "base/id.h"
#include "base/json.h"
#include "cli/plugin.h"
#include "package/semver.h"

#define COMPILE_MS 120000
#define UI_MS 180000
#define TEST_MS 120000
#define SOURCES_MAX 200
#define ARGV_MAX 300

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

/* "folder/x.c" of all names with this ending, in order; -1 when there is no such folder. */
static int list_files(struct arena *p, const char *dir, const char *folder, const char *ending,
	const char **ret, int max)
{
	DIR *d = opendir(arena_printf(p, "%s/%s", dir, folder));
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
	return access(arena_printf(b->arena, "%s/%s", b->dir, name), F_OK) == 0;
}

static void free_json(void *v)
{
	json_decref(v);
}

static int read_manifest(struct plugin_build *b, struct err *e)
{
	const char *file = arena_printf(b->arena, "%s/manifest.json", b->dir);
	json_error_t why;

	if (access(file, R_OK) < 0)
		return err_set(e, MT_ENOENT, "%s: %s (is %s a plugin's folder?)", file,
			strerror(errno), b->dir);
	b->manifest = json_load_file(file, JSON_REJECT_DUPLICATES, &why);
	if (!b->manifest)
		return err_set(
			e, MT_EINVAL, "manifest.json:%d:%d: %s", why.line, why.column, why.text);
	arena_cleanup(b->arena, free_json, b->manifest);
	b->key = json_str(b->manifest, "key", NULL);
	b->version = json_str(b->manifest, "version", NULL);
	return 0;
}

int plugin_build_open(struct arena *p, const char *dir, struct plugin_build *ret, struct err *e)
{
	char real[PATH_MAX];
	struct semver v;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (!realpath(dir, real))
		return err_set(e, MT_ENOENT, "%s: %s", dir, strerror(errno));
	ret->arena = p;
	ret->dir = arena_strdup(p, real);
	if ((rc = plugin_home_find(p, &ret->home, e)) < 0 || (rc = read_manifest(ret, e)) < 0)
		return rc;
	if (!ret->key || !id_is_plugin_key(ret->key))
		return err_set(e, MT_EINVAL,
			"manifest.json: /key: found \"%.60s\"; a key has 2 to 40 letters a-z, digits "
			"and single dashes, begins with a letter and is none of the platform's",
			ret->key ? ret->key : "");
	if (!ret->version || semver_parse(&v, ret->version) < 0)
		return err_set(e, MT_EINVAL,
			"manifest.json: /version: found \"%.60s\", a version such as 1.0.0 is needed",
			ret->version ? ret->version : "");
	if (!(ret->work = plugin_temp(p, e)))
		return e->code;
	return 0;
}

static void add_common(struct plugin_build *b, struct words *w)
{
	static const char *const FLAGS[] = {
		"-std=gnu17", "-Wall", "-Wextra", "-D_GNU_SOURCE", NULL};

	add_env(b->arena, w, "CC", "cc");
	add_all(w, FLAGS);
	add(w, arena_printf(b->arena, "-DMT_PLUGIN_KEY=\"%s\"", b->key));
	add(w, arena_printf(b->arena, "-DMT_PLUGIN_VERSION=\"%s\"", b->version));
	add(w, "-I");
	add(w, b->home.include);
	add_env(b->arena, w, "PLUGIN_CFLAGS", "");
	add(w, "-fmax-errors=20"); /* what follows from the first ones helps nobody */
	if (!b->lenient)
		add(w, "-Werror");
}

/* Runs a tool whose errors are for the author: they are printed or in b->out. */
static int run_tool(
	struct plugin_build *b, struct words *w, long ms, const char *what, struct err *e)
{
	int rc;

	w->v[w->n] = NULL;
	rc = plugin_run(b->dir, w->v, ms, b->out, e);
	if (rc == MT_ENOENT && strcmp(w->v[0], "node") != 0)
		err_log(e, "apt install gcc libc6-dev libjansson-dev");
	if (rc > 0)
		return err_set(e, MT_EINVAL, "%s: %s", b->key, what);
	return rc;
}

static int compile(struct plugin_build *b, const char *so, struct err *e)
{
	static const char *const FLAGS[] = {"-shared", "-fPIC", "-O2", "-fvisibility=hidden",
		"-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-o", NULL};
	const char *source[SOURCES_MAX];
	int n = list_files(b->arena, b->dir, "src", ".c", source, SOURCES_MAX);
	struct words w = {.n = 0};

	if (n <= 0)
		return err_set(e, MT_ENOENT, "%s: there is no src/*.c", b->dir);
	add_common(b, &w);
	add_all(&w, FLAGS);
	add(&w, so);
	for (int i = 0; i < n; i++)
		add(&w, source[i]);
	add(&w, "-Wl,-z,relro,-z,now,-z,defs,--as-needed,--build-id=none,-s");
	add(&w, "-ljansson");
	return run_tool(b, &w, COMPILE_MS, "src/ doesn't compile", e);
}

/* The front end's own tools build the interface; where they are not, what was built before must do. */
static int build_ui(struct plugin_build *b, struct err *e)
{
	struct words w = {.n = 0};
	int rc;

	if (!has(b, "ui/src") || (b->reuse_ui && has(b, "ui/dist/bundle.iife.js")))
		return 0;
	if (!b->home.ui_builder)
		return err_set(
			e, MT_ENOENT, "the builder of interfaces is not installed with Mortise");
	add(&w, "node");
	add(&w, b->home.ui_builder);
	add(&w, b->dir);
	if (b->types)
		add(&w, "--check");
	rc = run_tool(b, &w, UI_MS, "ui/src doesn't build", e);
	if (rc == MT_ENOENT)
		err_log(e, "apt install nodejs npm, then `npm install` in %s", b->dir);
	return rc;
}

static void take(struct plugin_build *b, struct plugin_file *file, int *n, const char *from,
	const char *name)
{
	if (has(b, from))
		file[(*n)++] =
			(struct plugin_file){name, arena_printf(b->arena, "%s/%s", b->dir, from)};
}

int plugin_build_package(struct plugin_build *b, const char *zip, struct err *e)
{
	static const char *const TOP[] = {
		"README.md", "CHANGELOG.md", "LICENSE", "icon.svg", "icon.png", NULL};
	const char *so = arena_printf(b->arena, "%s/plugin.so", b->work);
	const char *sql[SOURCES_MAX];
	struct plugin_file file[SOURCES_MAX + 16];
	int n = 0, n_sql, rc;

	if ((rc = compile(b, so, e)) < 0 || (rc = build_ui(b, e)) < 0)
		return rc;
	file[n++] = (struct plugin_file){"plugin.so", so};
	take(b, file, &n, "ui/dist/bundle.iife.js", "ui/bundle.iife.js");
	for (int i = 0; TOP[i]; i++)
		take(b, file, &n, TOP[i], TOP[i]);
	n_sql = list_files(b->arena, b->dir, "migrations", ".sql", sql, SOURCES_MAX);
	for (int i = 0; i < n_sql; i++)
		take(b, file, &n, sql[i], sql[i]);
	json_object_set_new(b->manifest, "version", json_string(b->version));
	b->version = json_str(b->manifest, "version", "");
	return plugin_zip(b->arena, zip, b->manifest, file, n, e);
}

/* One program for each .c file of t/, which includes what it tests. */
static int test_one(struct plugin_build *b, const char *source, struct err *e)
{
	static const char *const FLAGS[] = {"-g", "-O1", "-fsanitize=address,undefined",
		"-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-o", NULL};
	const char *program = arena_printf(b->arena, "%s/test", b->work);
	struct words w = {.n = 0}, t = {.n = 0};
	int rc;

	add_common(b, &w);
	add_all(&w, FLAGS);
	add(&w, program);
	add(&w, source);
	add(&w, "-lcmocka");
	add(&w, "-ljansson");
	rc = run_tool(b, &w, COMPILE_MS, arena_printf(b->arena, "%s doesn't compile", source), e);
	if (rc < 0) {
		err_log(e, "tests need libcmocka-dev and gcc's sanitizers");
		return rc;
	}
	add(&t, program);
	return run_tool(b, &t, TEST_MS, arena_printf(b->arena, "%s failed", source), e);
}

int plugin_build_tests(struct plugin_build *b, int *ret_n, struct err *e)
{
	const char *source[SOURCES_MAX];
	int n = list_files(b->arena, b->dir, "t", ".c", source, SOURCES_MAX);

	if (n <= 0)
		return err_set(e, MT_ENOENT, "%s: there is no t/*.c", b->dir);
	*ret_n = n;
	for (int i = 0; i < n; i++) {
		int rc = test_one(b, source[i], e);

		if (rc < 0)
			return rc;
	}
	return 0;
}
