/*
 * plugin_dev.c - `mortise plugin dev`: build, load into a running demo, again at every save.
 *
 * A development version is X.Y.Z-dev.N, N counting up: a package like any other, uploaded, approved and
 * upgraded to, so that nothing on the server behaves differently from an operator's upgrade. X.Y.Z is the
 * manifest's version, or the next after what the platform has. The one before stays for a rollback, older
 * development versions are removed. Errors are shown here and in the demo's browsers.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/plugin.h"
#include "cli/plugin_types.h"
#include "cli/plugin_watch.h"
#include "install/migrate.h"
#include "package/semver.h"
#include "registry/trial.h"

#define PAUSE_MS 1000
#define TEXT_MAX 7900
#define OUTPUT_MAX (1 << 20)
#define SUSPECT_ROUNDS 30 /* after an error in the log: the plugin may be put into quarantine */
#define PLACES_MAX 24
#define ADDR2LINE_MS 10000
#define KEEP 2 /* development versions: the one that runs and the one before */

struct dev {
	const char *dir;
	struct plugin_remote r; /* its operation is the round's while one runs */
	struct plugin_watch watch;
	struct plugin_home home; /* in the round's arena */
	const char *ui_builder;	 /* build-plugin-ui.mjs; NULL = none */
	struct plugin_types types;
	bool reset, debug;
	bool ui_is_built;
	long guest; /* the process that a debugger was advised to attach to */
	int suspect; /* rounds in which to ask whether the version that was loaded is the one that runs */
	char manifest[SEMVER_MAX]; /* its version, */
	char base[SEMVER_MAX];	   /* and the X.Y.Z that follows from it */
	long last;		   /* N */
	char key[64], version[128], id[40], log_place[80];
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void print_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void print_line(const char *fmt, ...)
{
	time_t now = time(NULL);
	struct tm tm;
	va_list ap;

	localtime_r(&now, &tm);
	printf("%02d:%02d:%02d ", tm.tm_hour, tm.tm_min, tm.tm_sec);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* --- versions --------------------------------------------------------------------------------------- */

/* N of X.Y.Z-dev.N; -1 when it is none. */
static long dev_number(const char *version)
{
	const char *at = strstr(version, "-dev.");
	char *end;
	long n = at ? strtol(at + 5, &end, 10) : -1;

	return at && end != at + 5 && *end == '\0' && n >= 0 ? n : -1;
}

/* Which X.Y.Z, and which N are free: above everything that the platform knows of this plugin. */
static int choose_version(struct dev *d, const char *manifest)
{
	struct semver v;
	json_t *list, *one;
	size_t i;
	int rc = plugin_versions(&d->r, d->key, &list);

	if (rc < 0)
		return rc;
	semver_parse(&v, manifest);
	json_array_foreach(list, i, one) {
		const char *known = json_str(one, "version", "");
		struct semver k;

		if (semver_parse(&k, known) < 0)
			continue;
		if (dev_number(known) > d->last)
			d->last = dev_number(known);
		/* a release can't be followed by its own development */
		k.patch += k.pre[0] == '\0';
		if (k.major > v.major || (k.major == v.major && k.minor > v.minor) ||
			(k.major == v.major && k.minor == v.minor && k.patch > v.patch))
			v = k;
	}
	snprintf(d->base, sizeof(d->base), "%ld.%ld.%ld", v.major, v.minor, v.patch);
	return 0;
}

/* A request whose failure is no fault of this round. */
static void try_call(struct dev *d, const char *method, const char *path, json_t *body)
{
	struct err kept = op_try(d->r.op);

	(void)plugin_remote_call(&d->r, method, path, body, NULL);
	op_tried(d->r.op, kept);
}

static void delete_version(struct dev *d, const char *version)
{
	try_call(d, "DELETE",
		arena_printf(d->r.op->arena, "/api/plugins/catalog/%s/%s", d->key, version), NULL);
}

/* Removes versions that nobody uses; those that another company has are refused and stay. */
static void remove_old(struct dev *d)
{
	json_t *list, *one;
	size_t i;
	long seen = 0;

	if (plugin_versions(&d->r, d->key, &list) < 0)
		return;
	json_array_foreach(list, i, one) {
		const char *version = json_str(one, "version", "");

		if (dev_number(version) >= 0 && ++seen > KEEP)
			delete_version(d, version);
	}
}

/* --- one round -------------------------------------------------------------------------------------- */

/* A compiler quotes the author's file, whatever its bytes are; a request is UTF-8 without control
 * characters, and has an end. */
static const char *presentable(struct arena *p, const char *text)
{
	char *out = arena_alloc(p, TEXT_MAX + 1);
	size_t left = strlen(text), n = 0;
	unsigned c;

	while (left > 0) {
		int k = utf8_next(text, left, &c);

		if (n + (size_t)(k ? k : 1) > TEXT_MAX)
			break;
		if (k == 0 || (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0)) {
			out[n++] = '?';
		} else {
			memcpy(out + n, text, (size_t)k);
			n += (size_t)k;
		}
		text += k ? k : 1;
		left -= (size_t)(k ? k : 1);
	}
	out[n] = '\0';
	return out;
}

/* To the browsers; before the first version is installed there are none. */
static void send_progress(
	struct dev *d, const char *state, const char *stage, const char *text, int64_t ms)
{
	struct arena *p = d->r.op->arena;

	if (d->id[0])
		try_call(d, "POST", arena_printf(p, "/api/plugins/installations/%s/dev", d->id),
			json_pack("{ss ss ss sI}", "state", state, "stage", stage, "text",
				presentable(p, text), "ms", (json_int_t)ms));
}

static const char *text_of(struct arena *p, const struct err *e)
{
	const char *text = e->message;

	for (int i = 0; i < e->n_fields; i++)
		text = arena_printf(p, "%s\n%s: %s", text, e->field[i].pointer, e->field[i].detail);
	return e->log[0] ? arena_printf(p, "%s\n%s", text, e->log) : text;
}

static bool is_type(const struct err *e, const char *type)
{
	return strcmp(e->type, type) == 0;
}

/* Advice for the author, for faults that we know. */
static const char *advice(const struct dev *d, const struct err *e)
{
	if (is_type(e, MIGRATE_CHANGED) && !d->reset)
		return "A migration that ran is not run again. Put the change into a new file "
		       "(migrations/NNN-....sql), or, while only you use the plugin, start `mortise "
		       "plugin dev --reset`: it uninstalls the plugin with all its rows and installs it "
		       "again.";
	if (is_type(e, "trust-required"))
		return "This Mortise runs signed packages only. Develop with a demo of your own, whose "
		       "trust_policy is warn or off.";
	if (is_type(e, TRIAL_IDENTITY))
		return "Write .version = MT_PLUGIN_VERSION and .key = MT_PLUGIN_KEY: the build defines "
		       "them as the manifest's.";
	return NULL;
}

static void print_failure(struct dev *d, const char *stage, const char *output)
{
	const struct err *e = &d->r.op->err;
	const char *more = advice(d, e), *text = text_of(d->r.op->arena, e);

	if (output && *output)
		fputs(output, stdout);
	print_line("%s", text);
	if (more)
		print_line("%s", more);
	print_line("waiting for the next save; %s",
		d->id[0] ? "the version before stays loaded" : "nothing is loaded yet");
	text = output && *output ? output : text;
	send_progress(d, "error", stage,
		more ? arena_printf(d->r.op->arena, "%s\n%s", text, more) : text, 0);
}

static int uninstall(struct dev *d)
{
	json_t *found;
	int rc = plugin_find(&d->r, d->key, &found);

	d->id[0] = '\0';
	if (rc < 0 || !found)
		return rc;
	rc = plugin_remote_call(&d->r, "DELETE",
		arena_printf(
			d->r.op->arena, "/api/plugins/installations/%s", json_str(found, "id", "")),
		NULL, NULL);
	if (rc < 0)
		return rc;
	print_line("Uninstalled %s and deleted its rows", d->key);
	return 0;
}

static int switch_to(struct dev *d, const json_t *pkg)
{
	json_t *found, *body, *got;
	const char *path = "/api/plugins/install";
	int rc;

	if ((rc = plugin_approve(&d->r, pkg, true)) < 0 ||
		(rc = plugin_find(&d->r, d->key, &found)) < 0)
		return rc;
	body = json_pack("{s:s}", "version", json_str(pkg, "version", ""));
	if (found)
		path = arena_printf(d->r.op->arena, "/api/plugins/installations/%s/upgrade",
			json_str(found, "id", ""));
	else
		json_object_set_new(body, "pluginKey", json_string(d->key));
	if ((rc = plugin_post_agreed(&d->r, path, body, true, &got)) < 0)
		return rc;
	snprintf(d->id, sizeof(d->id), "%s", json_str(got, "id", ""));
	if (strcmp(json_str(got, "state", ""), "enabled") != 0)
		print_line("It is %s: enable it to see it", json_str(got, "state", ""));
	return 0;
}

static int load_once(struct dev *d, const char *zip)
{
	json_t *pkg;
	int rc;

	if ((rc = plugin_remote_upload(&d->r, zip, NULL, &pkg)) < 0)
		return rc;
	if ((rc = switch_to(d, pkg)) < 0)
		delete_version(d, d->version); /* nobody can use it */
	return rc;
}

/* By the problem's type: what a reset follows from deletes rows. */
static int load(struct dev *d, const char *zip)
{
	int rc = load_once(d, zip);

	if (rc == 0 || !d->reset || !is_type(&d->r.op->err, MIGRATE_CHANGED))
		return rc;
	op_clear(d->r.op);
	rc = uninstall(d);
	return rc < 0 ? rc : load_once(d, zip);
}

static int build(struct dev *d, const char **ret_zip, bool ui_changed, struct buf *out)
{
	struct op *op = d->r.op;
	struct plugin_build b;
	int rc;

	if ((rc = plugin_build_open(op, d->dir, &b)) < 0)
		return rc;
	if (strcmp(b.version, d->manifest) != 0 || strcmp(b.key, d->key) != 0) {
		snprintf(d->key, sizeof(d->key), "%s", b.key);
		d->manifest[0] = '\0';
		if ((rc = choose_version(d, b.version)) < 0)
			return rc;
		snprintf(d->manifest, sizeof(d->manifest), "%s", b.version);
	}
	b.version = arena_printf(op->arena, "%s-dev.%ld", d->base, d->last + 1);
	b.map = b.keep_so = true;
	b.debug = d->debug;
	b.reuse_ui = d->ui_is_built && !ui_changed;
	b.out = out;
	d->home = b.home;
	*ret_zip = arena_printf(op->arena, "%s/dev.zip", b.work);
	if ((rc = plugin_build_package(&b, *ret_zip)) < 0)
		return rc;
	snprintf(d->version, sizeof(d->version), "%s", b.version);
	return 0;
}

static void build_and_load(struct dev *d, bool ui_changed, struct buf *out)
{
	int64_t start = clock_ms(), built;
	const char *zip;

	if (build(d, &zip, ui_changed, out) < 0) {
		d->ui_is_built = d->ui_is_built && !ui_changed;
		print_failure(d, "build", out->data);
		return;
	}
	if (strstr(out->data, "warning:"))
		fputs(out->data, stdout);
	if (!d->ui_is_built || ui_changed)
		plugin_types_start(&d->types, &d->home, d->dir);
	d->ui_is_built = true;
	d->last++;
	built = clock_ms();
	if (load(d, zip) < 0) {
		print_failure(d, "load", NULL);
		return;
	}
	print_line("%s %s runs (built in %.2f s, loaded in %.2f s)", d->key, d->version,
		(double)(built - start) / 1000, (double)(clock_ms() - built) / 1000);
	send_progress(d, "reloaded", "load", "", clock_ms() - start);
	remove_old(d);
}

/* What the compiler of the interface found meanwhile. What was built runs all the same. */
static void print_types(struct dev *d, struct buf *out)
{
	buf_clear(out);
	if (!plugin_types_failed(&d->types, out))
		return;
	fputs(out->data, stdout);
	print_line("%s %s runs, but ui/src has faults that `mortise plugin check` refuses", d->key,
		d->version);
	send_progress(d, "error", "types", out->data, 0);
}

/* After five crashes in a minute a tenant returns to the version before, or the plugin answers nobody. */
static void print_fallback(struct dev *d)
{
	json_t *found;
	const char *now;

	if (!d->suspect || !d->version[0] || plugin_find(&d->r, d->key, &found) < 0 || !found)
		return;
	d->suspect--;
	now = json_str(found, "version", "");
	if (strcmp(now, d->version) == 0 && !json_is_true(json_object_get(found, "quarantined")))
		return;
	d->suspect = 0;
	if (strcmp(now, d->version) != 0)
		print_line(
			"%s %s crashed too often and is in quarantine: %s runs in its place until the "
			"next save",
			d->key, d->version, now);
	else
		print_line(
			"%s %s crashed too often and is in quarantine: it answers 503 until the next "
			"save, or until somebody enables it",
			d->key, now);
}

/* Files and lines of a backtrace, when it is of the library that was built last. */
static void print_places(struct dev *d, const json_t *line)
{
	struct arena *p = d->r.op->arena;
	const char *so = plugin_dev_library(p, d->dir), *s = json_str(line, "trace", NULL);
	const char *argv[PLACES_MAX + 8] = {"addr2line", "-f", "-p", "-i", "-e", so};
	struct err kept = op_try(d->r.op);
	struct buf out;
	int n = 6;

	buf_init(&out, OUTPUT_MAX);
	for (; s && (s = strchr(s, '[')) && n < PLACES_MAX + 6; s++)
		argv[n++] = arena_printf(p, "0x%.*s", (int)strcspn(s + 1, "]"), s + 1);
	if (n > 6 && !strcmp(json_str(line, "version", ""), d->version) &&
		plugin_run(d->r.op, d->dir, argv, ADDR2LINE_MS, &out) == 0)
		for (char *save = NULL, *at = strtok_r(out.data, "\n", &save); at;
			at = strtok_r(NULL, "\n", &save)) {
			char *own = strstr(at, d->dir);

			if (own)
				memmove(own, own + strlen(d->dir) + 1,
					strlen(own + strlen(d->dir)));
			printf("        %s\n", at);
		}
	buf_release(&out);
	op_tried(d->r.op, kept);
}

/* "Tab 12:34" a line; its places. */
static const char *places_of(struct arena *p, const char *stack)
{
	const char *ret = "";

	for (const char *s = stack; *s; s += strspn(s, "\n")) {
		const char *end = s + strcspn(s, "\n"), *at = end;

		while (at > s && at[-1] != ' ')
			at--;
		ret = arena_printf(p, "%s%s%.*s", ret, *ret ? "," : "", (int)(end - at), at);
		s = end;
	}
	return ret;
}

/* The same with the author's files and lines in place of the bundle's: "Tab ui/src/tab.tsx:8:3". */
static const char *mapped(struct arena *p, const char *stack, char *files)
{
	const char *ret = "";
	char *save = NULL, *file = strtok_r(files, "\n", &save);

	for (const char *s = stack; *s && file; file = strtok_r(NULL, "\n", &save)) {
		const char *end = s + strcspn(s, "\n"), *at = end;

		while (at > s && at[-1] != ' ')
			at--;
		ret = arena_printf(p, "%s%s%.*s%s", ret, *ret ? "\n" : "", (int)(at - s), s, file);
		s = end + strspn(end, "\n");
	}
	return ret;
}

/* An error in a browser, when it is of the bundle that was built last. */
static void map_stack(struct dev *d, json_t *line)
{
	struct arena *p = d->r.op->arena;
	const char *stack = json_str(line, "stack", "");
	const char *const argv[] = {
		"node", d->ui_builder, d->dir, "--places", places_of(p, stack), NULL};
	struct err kept = op_try(d->r.op);
	struct buf out;

	buf_init(&out, OUTPUT_MAX);
	if (*stack && d->ui_builder && !strcmp(json_str(line, "version", ""), d->version) &&
		plugin_run(d->r.op, d->dir, argv, ADDR2LINE_MS, &out) == 0)
		json_object_set_new(line, "stack", json_string(mapped(p, stack, out.data)));
	buf_release(&out);
	op_tried(d->r.op, kept);
}

/* A guest for one's own company is there from the first request on. */
static void print_debugger(struct dev *d)
{
	struct arena *p = d->r.op->arena;
	json_t *answer, *one;
	size_t i;

	if (!d->debug || !d->id[0] ||
		plugin_remote_call(&d->r, "GET",
			arena_printf(p, "/api/plugins/installations/%s/guests", d->id), NULL,
			&answer) < 0)
		return;
	json_array_foreach(json_object_get(answer, "items"), i, one) {
		long pid = (long)json_integer_value(json_object_get(one, "pid"));

		if (strcmp(json_str(one, "version", ""), d->version) != 0)
			continue;
		if (pid != d->guest)
			print_line(
				"gdb -iex 'set solib-search-path %s/.mortise' -p %ld    (as the user "
				"that started Mortise, with plugin_debug = on and a long "
				"plugin_deadline_ms in its mortise.conf)",
				d->dir, pid);
		d->guest = pid;
		return;
	}
}

/* Log lines of the plugin since the last call. */
static void print_logs(struct dev *d)
{
	json_t *answer, *items;

	if (!d->id[0] || plugin_remote_call(&d->r, "GET",
				 arena_printf(d->r.op->arena,
					 "/api/plugins/installations/%s/logs?limit=100&after=%s",
					 d->id, d->log_place),
				 NULL, &answer) < 0)
		return;
	items = json_object_get(answer, "items");
	for (size_t i = json_array_size(items); d->log_place[0] && i-- > 0;) {
		json_t *line = json_array_get(items, i);

		map_stack(d, line);
		plugin_print_log(line, stdout);
		print_places(d, line);
		if (!strcmp(json_str(line, "level", ""), "error"))
			d->suspect = SUSPECT_ROUNDS;
	}
	snprintf(d->log_place, sizeof(d->log_place), "%s", json_str(answer, "after", ""));
	fflush(stdout);
}

/* One round with memory of its own: build and load what changed, and follow the log. Errors are printed,
 * and the next save tries again. */
static void round_once(struct dev *d, const struct plugin_change *c)
{
	struct op *whole = d->r.op, part = cli_part(whole);
	struct buf out;

	d->r.op = &part;
	buf_init(&out, OUTPUT_MAX);
	if (c->any)
		build_and_load(d, c->ui, &out);
	print_types(d, &out);
	print_logs(d);
	print_fallback(d);
	print_debugger(d);
	buf_release(&out);
	d->r.op = whole;
	arena_free(part.arena);
}

static void watch(struct dev *d)
{
	struct sigaction sa = {.sa_handler = on_signal}; /* no SA_RESTART: a wait ends */
	struct plugin_change c = {.any = true, .ui = true};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	while (!stopped) {
		round_once(d, &c);
		plugin_watch_wait(&d->watch, PAUSE_MS, &c);
		if (c.any && !stopped)
			print_line("%s was saved", c.name);
	}
}

static int plugin_dev_run(struct cli *c)
{
	struct dev *d = arena_zalloc(c->op.arena, sizeof(*d));
	struct plugin_build b;
	int rc;

	d->reset = cli_given(c, "--reset");
	d->debug = cli_given(c, "--debug");
	if ((rc = plugin_build_open(&c->op, c->n > 0 ? c->word[0] : ".", &b)) < 0 ||
		(rc = plugin_remote_open(c, b.dir, &d->r)) < 0)
		return rc;
	d->dir = b.dir;
	d->ui_builder = b.home.ui_builder;
	snprintf(d->key, sizeof(d->key), "%s", b.key);
	if ((d->reset && (rc = uninstall(d)) < 0) ||
		(rc = plugin_watch_open(&d->watch, d->dir, &c->op.err)) < 0)
		return rc;
	print_line("%s at %s%s%s; every save reloads it, Ctrl-C ends", d->key, d->r.url,
		d->r.tenant ? ", company " : "", d->r.tenant ? d->r.tenant : "");
	watch(d);
	plugin_types_stop(&d->types);
	plugin_watch_close(&d->watch);
	if (d->id[0])
		print_line("%s %s stays installed; `mortise plugin uninstall --yes %s` removes it",
			d->key, d->version, d->key);
	return 0;
}

static const struct cli_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--reset", NULL, "uninstall it first, with its rows; also when a migration was edited"},
	{"--debug", NULL, "compile for a debugger, and print how to attach gdb"},
	{0},
};

const struct cli_command plugin_dev = {
	.name = "dev",
	.usage = "[DIR]",
	.summary = "load a plugin into a running demo, again at every save",
	.help = "Grants the manifest's permissions without asking: use it with a demo of your own. Errors are\n"
		"shown here and in the demo's browsers, followed by the plugin's log and the files and lines of\n"
		"crashes. The loaded version is X.Y.Z-dev.N; the last two of them are kept.\n",
	.most = 1,
	.options = OPTIONS,
	.run = plugin_dev_run,
};
