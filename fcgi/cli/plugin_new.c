/*
 * plugin_new.c - `mortise plugin new`: a working plugin out of the template.
 *
 * The template is a plugin itself, called my-plugin; its names become the new one's in every file:
 *	my-plugin  key		my_plugin  schema and C		MyPlugin  components	My Plugin  for people
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/id.h"
#include "cli/plugin.h"

#define FILE_MAX (1u << 20)
#define DEPTH_MAX 8

struct names {
	const char *from, *to;
};
#define N_NAMES 5

/* "time-clock" -> "time_clock", "TimeClock", "Time Clock" */
static void make_names(struct op *op, const char *key, struct names ret[N_NAMES])
{
	char *under = arena_strdup(op->arena, key), *joined = arena_zalloc(op->arena, 64),
	     *spaced = arena_zalloc(op->arena, 64);
	size_t n = 0, m = 0;

	for (size_t i = 0; key[i]; i++) {
		bool first = i == 0 || key[i - 1] == '-';
		char c = key[i] == '-' ? ' ' : key[i];

		if (under[i] == '-')
			under[i] = '_';
		if (first && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		spaced[m++] = c;
		if (c != ' ')
			joined[n++] = c;
	}
	ret[0] = (struct names){"my-plugin", key};
	ret[1] = (struct names){"my_plugin", under};
	ret[2] = (struct names){"MyPlugin", joined};
	ret[3] = (struct names){"My Plugin", spaced};
	ret[4] = (struct names){"@SDK@", ""};
}

static void replace(const char *text, const struct names *names, struct buf *out)
{
	while (*text) {
		int i;

		for (i = 0; i < N_NAMES; i++)
			if (strncmp(text, names[i].from, strlen(names[i].from)) == 0)
				break;
		if (i < N_NAMES) {
			buf_adds(out, names[i].to);
			text += strlen(names[i].from);
		} else {
			size_t n = 1 + strcspn(text + 1, "mM@");

			buf_add(out, text, n);
			text += n;
		}
	}
}

static int copy_file(struct op *op, const char *from, const char *to, const struct names *names)
{
	struct buf out;
	char *text;
	int rc = cli_read_file(op, from, &text, NULL);

	if (rc < 0)
		return rc;
	buf_init(&out, FILE_MAX);
	replace(text, names, &out);
	rc = out.full ? op_fail(op, MT_ETOOBIG, "%s is too large", from)
		      : cli_write_new(op, to, out.data, out.len, 0666);
	buf_release(&out);
	return rc;
}

static bool is_left_out(const char *name)
{
	return (name[0] == '.' && strcmp(name, ".gitignore") != 0) ||
	       strcmp(name, "node_modules") == 0 || strcmp(name, "dist") == 0;
}

static int copy_folder(
	struct op *op, const char *from, const char *to, const struct names *names, int depth);

static int copy_entry(struct op *op, const char *from, const char *to, const char *name,
	const struct names *names, int depth)
{
	/* .in keeps the template from being taken for a plugin of the repository */
	size_t n = strlen(name) - (strcmp(name, "manifest.json.in") ? 0 : 3);
	const char *source = arena_printf(op->arena, "%s/%s", from, name);
	const char *target = arena_printf(op->arena, "%s/%.*s", to, (int)n, name);
	struct stat st;

	if (is_left_out(name))
		return 0;
	if (stat(source, &st) == 0 && S_ISDIR(st.st_mode))
		return copy_folder(op, source, target, names, depth + 1);
	return copy_file(op, source, target, names);
}

static int copy_folder(
	struct op *op, const char *from, const char *to, const struct names *names, int depth)
{
	struct dirent *de;
	DIR *d;
	int rc = 0;

	if (depth > DEPTH_MAX || (mkdir(to, 0777) < 0 && errno != EEXIST))
		return cli_errno(op, to);
	if (!(d = opendir(from)))
		return cli_errno(op, from);
	while (rc == 0 && (de = readdir(d)))
		rc = copy_entry(op, from, to, de->d_name, names, depth);
	closedir(d);
	return rc;
}

static int check_target(struct op *op, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	bool empty = true;

	if (!d)
		return errno == ENOENT ? 0 : cli_errno(op, dir);
	while ((de = readdir(d)))
		empty = empty && (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."));
	closedir(d);
	return empty ? 0
		     : op_fail(op, MT_ECONFLICT,
			       "%s is not empty, nothing was written: choose another folder", dir);
}

static int check_key(struct op *op, const char *key)
{
	if (id_is_plugin_key(key))
		return 0;
	return op_fail(op, MT_EINVAL,
		"\"%.60s\" can't be a plugin's key: choose 2 to 40 letters a-z, digits and single "
		"dashes, beginning with a letter, as in \"parts-list\"; some words are the platform's own",
		key);
}

static int plugin_new_run(struct cli *c)
{
	const char *key = c->word[0], *dir = c->n > 1 ? c->word[1] : key;
	struct names names[N_NAMES];
	struct op *op = &c->op;
	struct plugin_home home;
	int rc;

	if ((rc = check_key(op, key)) < 0 || (rc = plugin_home_find(op, &home)) < 0 ||
		(rc = check_target(op, dir)) < 0)
		return rc;
	if (!home.template)
		return op_fail(op, MT_ENOENT,
			"The template is not installed: set MORTISE_HOME to a checkout of Mortise");
	make_names(op, key, names);
	names[4].to = home.sdk ? home.sdk : "";
	if ((rc = copy_folder(op, home.template, dir, names, 0)) < 0)
		return rc;
	printf("Created %s, a plugin with a route, a table, a tab and their tests.\n\n"
	       "  mortise plugin test %s     runs its tests; those that need a demo are skipped without one\n"
	       "  mortise plugin dev %s      loads it into a running demo, again at every save\n\n"
	       "%s/DEVELOPERS.md explains its files.\n",
		dir, dir, dir, dir);
	return 0;
}

const struct cli_command plugin_new = {
	.name = "new",
	.usage = "KEY [DIR]",
	.summary = "make a working plugin: C, SQL, interface, test, manifest",
	.help = "KEY is its name for good: letters a-z, digits and dashes (parts-list). DIR defaults to KEY;\n"
		"files that exist are never overwritten.\n",
	.least = 1,
	.most = 2,
	.run = plugin_new_run,
};
