/*
 * plugin_logs.c - `mortise plugin logs`: a plugin's log lines, oldest first, and new ones with -f.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "cli/plugin.h"

#define LOOK_MS 1000
#define LIMIT 50
#define PAGE 500L /* the most that an answer has */
#define PAGES_MAX 20

static const struct plugin_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--limit", "N", "how many lines of the past (50, at most 999)"},
	{"--follow", NULL, "go on until Ctrl-C (-f)"},
	{"--json", NULL, "one JSON object a line"},
	{0},
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
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
	if (json_str(line, "detail", NULL))
		fprintf(f, ": %s", json_str(line, "detail", ""));
	if (json_str(line, "error", NULL))
		fprintf(f, "\n    %s", json_str(line, "error", ""));
	fputc('\n', f);
}

static void print_lines(const json_t *items, bool as_json)
{
	/* newest first in the answer */
	for (size_t i = json_array_size(items); i-- > 0;) {
		const json_t *line = json_array_get(items, i);

		if (as_json) {
			json_dumpf(line, stdout, JSON_COMPACT);
			putchar('\n');
		} else {
			plugin_print_log(line, stdout);
		}
	}
	fflush(stdout);
}

static int get_lines(
	struct plugin_remote *r, const char *id, const char *query, json_t **ret, struct err *e)
{
	return plugin_remote_call(r, "GET",
		arena_printf(r->arena, "/api/plugins/installations/%s/logs?%s", id, query), NULL,
		ret, e);
}

static void keep_place(char cursor[80], const json_t *answer)
{
	snprintf(cursor, 80, "%s", json_str(answer, "after", ""));
}

/* The past. An answer may have few lines where others log a lot: then the page before it is
 * fetched. */
static int look_back(struct plugin_remote *r, const char *id, long limit, char cursor[80],
	bool as_json, struct err *e)
{
	json_t *items = json_array(), *answer;
	const char *before = "";
	int rc = 0;

	json_own(r->arena, items);
	for (int i = 0; i < PAGES_MAX && before && (long)json_array_size(items) < limit; i++) {
		long left = limit - (long)json_array_size(items);

		rc = get_lines(r, id,
			arena_printf(
				r->arena, "limit=%ld&before=%s", left < PAGE ? left : PAGE, before),
			&answer, e);
		if (rc < 0)
			return rc;
		json_array_extend(items, json_object_get(answer, "items"));
		before = json_str(answer, "before", NULL);
		if (i == 0)
			keep_place(cursor, answer);
	}
	print_lines(items, as_json);
	return rc;
}

static int look_on(
	struct plugin_remote *r, const char *id, char cursor[80], bool as_json, struct err *e)
{
	json_t *answer;
	int rc = get_lines(r, id, arena_printf(r->arena, "limit=500&after=%s", cursor), &answer, e);

	if (rc < 0)
		return rc;
	print_lines(json_object_get(answer, "items"), as_json);
	keep_place(cursor, answer);
	return 0;
}

static int plugin_logs_run(struct plugin_args *a)
{
	const char *limit = plugin_given(a, "--limit");
	bool as_json = plugin_given(a, "--json") != NULL, follow = plugin_given(a, "--follow");
	struct plugin_remote r;
	char cursor[80] = "", id[40];
	json_t *found;
	int rc = plugin_remote_open(a, NULL, &r, a->err);

	if (limit && (strspn(limit, "0123456789") != strlen(limit) || strlen(limit) > 3 ||
			     strtol(limit, NULL, 10) == 0))
		return plugin_usage(a);
	if (rc == 0)
		rc = plugin_find(&r, a->word[0], &found, a->err);
	if (rc == 0 && !found)
		rc = err_set(a->err, MT_ENOENT, "%s is not installed in this company", a->word[0]);
	if (rc < 0)
		return plugin_fail(a);
	snprintf(id, sizeof(id), "%s", json_str(found, "id", ""));
	rc = look_back(&r, id, limit ? strtol(limit, NULL, 10) : LIMIT, cursor, as_json, a->err);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	while (rc == 0 && follow && !stopped) {
		r.arena = arena_new();
		poll(NULL, 0, LOOK_MS);
		if (!stopped)
			rc = look_on(&r, id, cursor, as_json, a->err);
		arena_free(r.arena);
		r.arena = a->arena;
	}
	return rc < 0 ? plugin_fail(a) : 0;
}

const struct plugin_command plugin_logs = {
	.name = "logs",
	.usage = "KEY",
	.summary = "show what a plugin wrote, and the requests it answered",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = plugin_logs_run,
};
