/*
 * plugin_new.c - `mortise plugin new`: a working plugin out of the template.
 *
 * The template is a plugin itself, called my-plugin; its names become the new one's in every file:
 *	my-plugin  key		my_plugin  schema and C		MyPlugin  components	My Plugin  for people
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/id.h"
#include "cli/cli.h"
#include "cli/plugin.h"

#define FILE_MAX (1u << 20)
#define DEPTH_MAX 8

struct names {
	const char *from, *to;
};
#define N_NAMES 5

/* "time-clock" -> "time_clock", "TimeClock", "Time Clock" */
static void make_names(struct plugin_args *a, const char *key, struct names ret[N_NAMES])
{
	char *under = arena_strdup(a->arena, key), *joined = arena_zalloc(a->arena, 64),
	     *spaced = arena_zalloc(a->arena, 64);
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

static int copy_file(const char *from, const char *to, const struct names *names, struct err *e)
{
	struct buf out;
	char *text;
	int fd, rc = cli_read_file(from, &text, NULL, e);

	if (rc < 0)
		return rc;
	buf_init(&out, FILE_MAX);
	replace(text, names, &out);
	free(text);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0 || out.full || write(fd, out.data, out.len) != (ssize_t)out.len)
		rc = err_set(e, MT_EINTERNAL, "%s: %s", to, strerror(errno));
	if (fd >= 0 && close(fd) < 0 && rc == 0)
		rc = err_set(e, MT_EINTERNAL, "%s: %s", to, strerror(errno));
	buf_release(&out);
	return rc;
}

static bool is_left_out(const char *name)
{
	return (name[0] == '.' && strcmp(name, ".gitignore") != 0) ||
	       strcmp(name, "node_modules") == 0 || strcmp(name, "dist") == 0;
}

static int copy_folder(struct plugin_args *a, const char *from, const char *to,
	const struct names *names, int depth)
{
	DIR *d = opendir(from);
	struct dirent *de;
	int rc = 0;

	if (!d || depth > DEPTH_MAX || (mkdir(to, 0777) < 0 && errno != EEXIST)) {
		rc = err_set(a->err, MT_EINTERNAL, "%s: %s", d ? to : from, strerror(errno));
		if (d)
			closedir(d);
		return rc;
	}
	while (rc == 0 && (de = readdir(d))) {
		/* .in keeps the template from being taken for a plugin of the repository */
		const char *name = de->d_name,
			   *source = arena_printf(a->arena, "%s/%s", from, name),
			   *target = arena_printf(a->arena, "%s/%.*s", to,
				   (int)(strlen(name) - (strcmp(name, "manifest.json.in") ? 0 : 3)),
				   name);
		struct stat st;

		if (is_left_out(name))
			continue;
		if (stat(source, &st) == 0 && S_ISDIR(st.st_mode))
			rc = copy_folder(a, source, target, names, depth + 1);
		else
			rc = copy_file(source, target, names, a->err);
	}
	closedir(d);
	return rc;
}

static int check_target(struct plugin_args *a, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	bool empty = true;

	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		return err_set(a->err, MT_ECONFLICT, "%s: %s", dir, strerror(errno));
	while ((de = readdir(d)))
		empty = empty && (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."));
	closedir(d);
	return empty ? 0
		     : err_set(a->err, MT_ECONFLICT,
			       "%s is there and not empty: nothing was written", dir);
}

static int check_key(struct plugin_args *a, const char *key)
{
	static const char *const RULES =
		"2 to 40 letters a-z, digits and single dashes, beginning with a letter, as in "
		"\"parts-list\"";

	if (id_is_plugin_key(key))
		return 0;
	if (strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(key) && key[0] &&
		strlen(key) <= 40)
		return err_set(a->err, MT_EINVAL,
			"\"%s\" can't be a plugin's key: a key has %s, and some words are the "
			"platform's own",
			key, RULES);
	return err_set(
		a->err, MT_EINVAL, "\"%.60s\" can't be a plugin's key: a key has %s", key, RULES);
}

static int plugin_new_run(struct plugin_args *a)
{
	const char *key = a->word[0], *dir = a->n > 1 ? a->word[1] : key;
	struct names names[N_NAMES];
	struct plugin_home home;
	int rc = check_key(a, key);

	if (rc == 0)
		rc = plugin_home_find(a->arena, &home, a->err);
	if (rc == 0 && !home.template)
		rc = err_set(a->err, MT_ENOENT, "the template is not installed with Mortise");
	if (rc == 0)
		rc = check_target(a, dir);
	if (rc < 0)
		return plugin_fail(a);
	make_names(a, key, names);
	names[4].to = home.sdk ? home.sdk : "";
	if (copy_folder(a, home.template, dir, names, 0) < 0)
		return plugin_fail(a);
	printf("%s is a new plugin: a route, a table, a tab and their test.\n\n"
	       "  mortise plugin test %s     runs its test, without a server\n"
	       "  mortise plugin dev %s      loads it into a running demo, again at every save\n\n"
	       "%s/README.md says what is where.\n",
		dir, dir, dir, dir);
	return 0;
}

const struct plugin_command plugin_new = {
	.name = "new",
	.usage = "KEY [DIR]",
	.summary = "make a working plugin: C, SQL, interface, test, manifest",
	.help = "KEY is its name for good: letters a-z, digits and dashes (parts-list). DIR is KEY unless\n"
		"said; what is there is never overwritten.\n",
	.least = 1,
	.most = 2,
	.run = plugin_new_run,
};
