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
#include <unistd.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/plugin.h"
#include "cli/plugin_watch.h"
#include "install/migrate.h"
#include "package/semver.h"

#define LOOK_MS 1000
#define TEXT_MAX 7900
#define KEEP 2 /* development versions: the one that runs and the one before */

struct dev {
	struct plugin_args *a;
	const char *dir;
	struct plugin_remote r;
	struct plugin_watch watch;
	bool reset;
	bool ui_is_built;
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
static int choose_version(struct dev *d, const char *manifest, struct err *e)
{
	struct semver v;
	json_t *list, *one;
	size_t i;
	int rc = plugin_versions(&d->r, d->key, &list, e);

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

/* Removes versions that nobody uses; a refusal (another company has it) is no fault of this run. */
static void remove_old(struct dev *d, struct err *e)
{
	json_t *list, *one;
	size_t i;
	long seen = 0;

	if (plugin_versions(&d->r, d->key, &list, e) < 0)
		return err_init(e, e->arena);
	json_array_foreach(list, i, one) {
		const char *version = json_str(one, "version", "");

		if (dev_number(version) < 0 || ++seen <= KEEP)
			continue;
		(void)plugin_remote_call(&d->r, "DELETE",
			arena_printf(d->r.arena, "/api/plugins/catalog/%s/%s", d->key, version),
			NULL, NULL, e);
		err_init(e, e->arena);
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

/* To the browsers; before the first version is installed there are none to notify. */
static void send_progress(
	struct dev *d, const char *state, const char *stage, const char *text, int64_t ms)
{
	struct err e;

	if (!d->id[0])
		return;
	err_init(&e, d->r.arena);
	(void)plugin_remote_call(&d->r, "POST",
		arena_printf(d->r.arena, "/api/plugins/installations/%s/dev", d->id),
		json_pack("{ss ss ss sI}", "state", state, "stage", stage, "text",
			presentable(d->r.arena, text), "ms", (json_int_t)ms),
		NULL, &e);
}

static const char *text_of(struct arena *p, const struct err *e)
{
	const char *text = e->message;

	for (int i = 0; i < e->n_fields; i++)
		text = arena_printf(p, "%s\n%s: %s", text, e->field[i].pointer, e->field[i].detail);
	return e->log[0] ? arena_printf(p, "%s\n%s", text, e->log) : text;
}

static bool says(const struct err *e, const char *part)
{
	if (strstr(e->message, part))
		return true;
	for (int i = 0; i < e->n_fields; i++)
		if (strstr(e->field[i].detail, part) || strstr(e->field[i].pointer, part))
			return true;
	return false;
}

/* By the problem's type: what a reset follows from takes rows away. */
static bool is_edited_migration(const struct err *e)
{
	return strcmp(e->type, MIGRATE_CHANGED) == 0;
}

/* Advice for the author, for faults that we know. */
static const char *advice(const struct dev *d, const struct err *e)
{
	if (is_edited_migration(e))
		return d->reset
			       ? NULL
			       : "A migration that ran is not run again. Put the change into a new file "
				 "(migrations/NNN-....sql), or, while it is only yours, start "
				 "`mortise plugin dev --reset`: it uninstalls the plugin with all its rows "
				 "and installs it anew.";
	if (strcmp(e->type, "trust-required") == 0)
		return "This Mortise runs signed packages only. Develop with a demo of your own, whose "
		       "trust_policy is warn or off.";
	if (says(e, "says its version is"))
		return "Write .version = MT_PLUGIN_VERSION (and .key = MT_PLUGIN_KEY): the build hands in "
		       "the manifest's.";
	return NULL;
}

static void failed(struct dev *d, const char *stage, const char *output, struct err *e)
{
	const char *more = advice(d, e), *text = text_of(d->r.arena, e);

	if (output && *output)
		fputs(output, stdout);
	print_line("%s", text);
	if (more)
		print_line("%s", more);
	print_line("waiting for the next save; %s",
		d->id[0] ? "what ran before goes on" : "nothing runs yet");
	text = output && *output ? output : text;
	send_progress(
		d, "error", stage, more ? arena_printf(d->r.arena, "%s\n%s", text, more) : text, 0);
}

static int uninstall(struct dev *d, struct err *e)
{
	json_t *found;
	int rc = plugin_find(&d->r, d->key, &found, e);

	if (rc == 0 && found)
		rc = plugin_remote_call(&d->r, "DELETE",
			arena_printf(d->r.arena, "/api/plugins/installations/%s",
				json_str(found, "id", "")),
			NULL, NULL, e);
	if (rc == 0 && found)
		print_line("%s is uninstalled, with its rows", d->key);
	d->id[0] = '\0';
	return rc;
}

/* A version that could not be loaded is of no use to anybody. */
static void take_back(struct dev *d)
{
	struct err e;

	err_init(&e, d->r.arena);
	(void)plugin_remote_call(&d->r, "DELETE",
		arena_printf(d->r.arena, "/api/plugins/catalog/%s/%s", d->key, d->version), NULL,
		NULL, &e);
}

static int switch_to(struct dev *d, const json_t *pkg, struct err *e)
{
	json_t *found = NULL, *body, *got;
	int rc = plugin_approve(&d->r, pkg, true, e);

	if (rc == 0)
		rc = plugin_find(&d->r, d->key, &found, e);
	if (rc < 0)
		return rc;
	body = json_pack("{s:s}", "version", json_str(pkg, "version", ""));
	if (!found)
		json_object_set_new(body, "pluginKey", json_string(d->key));
	rc = plugin_post_agreed(&d->r,
		found ? arena_printf(d->r.arena, "/api/plugins/installations/%s/upgrade",
				json_str(found, "id", ""))
		      : "/api/plugins/install",
		body, true, &got, e);
	if (rc < 0)
		return rc;
	snprintf(d->id, sizeof(d->id), "%s", json_str(got, "id", ""));
	if (strcmp(json_str(got, "state", ""), "enabled") != 0)
		print_line(
			"it is %s: nobody sees it until it is enabled", json_str(got, "state", ""));
	return 0;
}

static int load(struct dev *d, const char *zip, struct err *e)
{
	json_t *pkg;
	int rc = plugin_remote_upload(&d->r, zip, NULL, &pkg, e);

	if (rc < 0)
		return rc;
	rc = switch_to(d, pkg, e);
	if (rc < 0)
		take_back(d);
	return rc;
}

static int try_load(struct dev *d, const char *zip, struct err *e)
{
	int rc = load(d, zip, e);

	if (rc == 0 || !d->reset || !is_edited_migration(e))
		return rc;
	err_init(e, e->arena);
	rc = uninstall(d, e);
	return rc < 0 ? rc : load(d, zip, e);
}

/* Builds and loads; errors are printed, and the next save tries again. */
static void round_once(struct dev *d, bool ui_changed)
{
	struct arena *p = arena_new();
	struct err *e = d->a->err;
	struct plugin_build b = {0};
	int64_t start = clock_ms(), built;
	struct buf out;
	int rc;

	err_init(e, p);
	buf_init(&out, 1 << 20);
	d->r.arena = p;
	rc = plugin_build_open(p, d->dir, &b, e);
	if (rc == 0 && (strcmp(b.version, d->manifest) != 0 || strcmp(b.key, d->key) != 0)) {
		snprintf(d->key, sizeof(d->key), "%s", b.key);
		rc = choose_version(d, b.version, e);
		snprintf(d->manifest, sizeof(d->manifest), "%s", rc == 0 ? b.version : "");
	}
	if (rc == 0) {
		b.version = arena_printf(p, "%s-dev.%ld", d->base, d->last + 1);
		b.lenient = true;
		b.reuse_ui = d->ui_is_built && !ui_changed;
		b.out = &out;
		rc = plugin_build_package(&b, arena_printf(p, "%s/dev.zip", b.work), e);
	}
	if (rc < 0) {
		d->ui_is_built = d->ui_is_built && !ui_changed;
		failed(d, "build", out.data, e);
		goto out;
	}
	if (out.len && strstr(out.data, "warning:"))
		fputs(out.data, stdout);
	d->ui_is_built = true;
	d->last++;
	built = clock_ms();
	snprintf(d->version, sizeof(d->version), "%s", b.version);
	rc = try_load(d, arena_printf(p, "%s/dev.zip", b.work), e);
	if (rc < 0) {
		failed(d, "load", NULL, e);
		goto out;
	}
	print_line("%s %s runs (built in %.2f s, loaded in %.2f s)", d->key, d->version,
		(double)(built - start) / 1000, (double)(clock_ms() - built) / 1000);
	send_progress(d, "reloaded", "load", "", clock_ms() - start);
	remove_old(d, e);
out:
	buf_release(&out);
	d->r.arena = d->a->arena;
	arena_free(p);
}

/* Log lines of the plugin since the last call. */
static void show_logs(struct dev *d)
{
	struct arena *p;
	struct err *e = d->a->err;
	json_t *answer, *items;

	if (!d->id[0])
		return;
	p = arena_new();
	d->r.arena = p;
	err_init(e, p);
	if (plugin_remote_call(&d->r, "GET",
		    arena_printf(p, "/api/plugins/installations/%s/logs?limit=100&after=%s", d->id,
			    d->log_place),
		    NULL, &answer, e) == 0) {
		items = json_object_get(answer, "items");
		for (size_t i = json_array_size(items); d->log_place[0] && i-- > 0;)
			plugin_print_log(json_array_get(items, i), stdout);
		snprintf(d->log_place, sizeof(d->log_place), "%s", json_str(answer, "after", ""));
	}
	fflush(stdout);
	d->r.arena = d->a->arena;
	arena_free(p);
}

static void watch(struct dev *d)
{
	struct sigaction sa = {.sa_handler = on_signal}; /* no SA_RESTART: a wait ends */
	struct plugin_change c;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	round_once(d, true);
	while (!stopped) {
		plugin_watch_wait(&d->watch, LOOK_MS, &c);
		if (stopped)
			break;
		if (c.any) {
			print_line("%s was saved", c.name);
			round_once(d, c.ui);
		}
		show_logs(d);
	}
}

static int plugin_dev_run(struct plugin_args *a)
{
	struct dev *d = arena_zalloc(a->arena, sizeof(*d));
	struct plugin_build b;
	int rc = plugin_build_open(a->arena, a->n > 0 ? a->word[0] : ".", &b, a->err);

	d->a = a;
	d->reset = plugin_given(a, "--reset") != NULL;
	if (rc == 0)
		rc = plugin_remote_open(a, b.dir, &d->r, a->err);
	if (rc == 0) {
		d->dir = b.dir;
		snprintf(d->key, sizeof(d->key), "%s", b.key);
		if (d->reset)
			rc = uninstall(d, a->err);
	}
	if (rc == 0)
		rc = plugin_watch_open(&d->watch, d->dir, a->err);
	if (rc < 0)
		return plugin_fail(a);
	print_line("%s at %s%s%s; a save reloads it, Ctrl-C ends this", d->key, d->r.url,
		d->r.tenant ? ", company " : "", d->r.tenant ? d->r.tenant : "");
	watch(d);
	plugin_watch_close(&d->watch);
	if (d->id[0])
		print_line("%s %s stays; `mortise plugin uninstall --yes %s` takes it away", d->key,
			d->version, d->key);
	return 0;
}

static const struct plugin_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--reset", NULL, "uninstall it first, with its rows; also when a migration was edited"},
	{0},
};

const struct plugin_command plugin_dev = {
	.name = "dev",
	.usage = "[DIR]",
	.summary = "load a plugin into a running demo, again at every save",
	.help = "Approves what the manifest asks for by itself: use it with a demo of your own. Errors are\n"
		"shown here and in the demo's browsers, and what the plugin logs follows here. What runs is\n"
		"X.Y.Z-dev.N; the last two of them are kept.\n",
	.most = 1,
	.options = OPTIONS,
	.run = plugin_dev_run,
};
