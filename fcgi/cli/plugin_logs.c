/*
 * plugin_logs.c - `mortise plugin logs`: a plugin's log, oldest first, and new lines as they come.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "cli/plugin.h"

#define PAUSE_MS 1000
#define LIMIT 50
#define PAGE 500L /* most lines of an answer */
#define PAGES_MAX 20

static const struct cli_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--limit", "N", "how many lines of the past (50, at most 999)"},
	{"--follow", NULL, "show new lines until Ctrl-C (-f)"},
	{"--json", NULL, "one JSON object a line"},
	{0},
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

/* Of an error in a browser: "Tab 12:34" a line, places in the bundle. */
static void print_stack(const json_t *line, FILE *f)
{
	for (const char *s = json_str(line, "stack", ""); *s; s += strspn(s, "\n")) {
		int n = (int)strcspn(s, "\n");

		fprintf(f, "\n    at %.*s", n, s);
		s += n;
	}
}

/* "08:15:30 warn  the text (GET /hello 500, 3.20 ms)" */
void plugin_print_log(const json_t *line, FILE *f)
{
	const char *at = json_str(line, "time", ""), *method = json_str(line, "method", NULL);

	fprintf(f, "%.8s %-5s %s", strlen(at) > 19 ? at + 11 : "", json_str(line, "level", ""),
		json_str(line, "message", ""));
	if (method)
		fprintf(f, " %s %s %s, %s ms", method, json_str(line, "path", ""),
			json_str(line, "status", ""), json_str(line, "ms", ""));
	if (json_str(line, "how", NULL))
		fprintf(f, ", %s", json_str(line, "how", ""));
	if (json_str(line, "route", NULL))
		fprintf(f, " in %s (request %s)", json_str(line, "route", ""),
			json_str(line, "requestId", "?"));
	if (json_str(line, "detail", NULL))
		fprintf(f, ": %s", json_str(line, "detail", ""));
	if (json_str(line, "error", NULL))
		fprintf(f, "\n    %s", json_str(line, "error", ""));
	if (json_str(line, "trace", NULL))
		fprintf(f, "\n    at %s", json_str(line, "trace", ""));
	print_stack(line, f);
	fputc('\n', f);
}

static void print_lines(const json_t *items, bool as_json)
{
	/* newest first in the answer */
	for (size_t i = json_array_size(items); i-- > 0;) {
		const json_t *line = json_array_get(items, i);

		if (as_json) {
			cli_print_json(line, JSON_COMPACT);
		} else {
			plugin_print_log(line, stdout);
		}
	}
	fflush(stdout);
}

struct reader {
	struct plugin_remote r;
	const char *id;	 /* of the installation */
	char cursor[80]; /* of the newest line that was read */
	bool as_json;
};

static int get_lines(struct reader *d, const char *query, json_t **ret)
{
	return plugin_remote_call(&d->r, "GET",
		arena_printf(d->r.op->arena, "/api/plugins/installations/%s/logs?%s", d->id, query),
		NULL, ret);
}

static void keep_cursor(struct reader *d, const json_t *answer)
{
	snprintf(d->cursor, sizeof(d->cursor), "%s", json_str(answer, "after", ""));
}

/* The past. Where others write a lot, an answer may have few lines: then the page before follows. */
static int print_past(struct reader *d, long limit)
{
	struct arena *p = d->r.op->arena;
	json_t *items = json_array(), *answer;
	const char *before = "";
	int rc;

	json_own(p, items);
	for (int i = 0; i < PAGES_MAX && before && (long)json_array_size(items) < limit; i++) {
		long left = limit - (long)json_array_size(items);

		rc = get_lines(d,
			arena_printf(p, "limit=%ld&before=%s", left < PAGE ? left : PAGE, before),
			&answer);
		if (rc < 0)
			return rc;
		json_array_extend(items, json_object_get(answer, "items"));
		before = json_str(answer, "before", NULL);
		if (i == 0)
			keep_cursor(d, answer);
	}
	print_lines(items, d->as_json);
	return 0;
}

static int print_new(struct reader *d)
{
	json_t *answer;
	int rc = get_lines(
		d, arena_printf(d->r.op->arena, "limit=500&after=%s", d->cursor), &answer);

	if (rc < 0)
		return rc;
	print_lines(json_object_get(answer, "items"), d->as_json);
	keep_cursor(d, answer);
	return 0;
}

static int follow(struct reader *d, struct op *op)
{
	int rc = 0;

	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	while (rc == 0 && !stopped) {
		struct op part = cli_part(op);

		d->r.op = &part;
		poll(NULL, 0, PAUSE_MS);
		rc = cli_part_end(op, &part, stopped ? 0 : print_new(d));
	}
	return rc;
}

static int plugin_logs_run(struct cli *c)
{
	const char *limit = cli_given(c, "--limit");
	long lines = limit ? strtol(limit, NULL, 10) : LIMIT;
	struct reader d = {.as_json = cli_given(c, "--json")};
	int rc;

	if (limit && (strspn(limit, "0123456789") != strlen(limit) || strlen(limit) > 3 || !lines))
		return cli_usage(c);
	if ((rc = plugin_remote_open(c, NULL, &d.r)) < 0 ||
		(rc = plugin_find_id(&d.r, c->word[0], &d.id)) < 0 ||
		(rc = print_past(&d, lines)) < 0)
		return rc;
	return cli_given(c, "--follow") ? follow(&d, &c->op) : 0;
}

const struct cli_command plugin_logs = {
	.name = "logs",
	.usage = "KEY",
	.summary = "show a plugin's log, and the requests it answered",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = plugin_logs_run,
};
