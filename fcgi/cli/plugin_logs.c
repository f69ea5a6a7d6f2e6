/*
 * plugin_logs.c - `mortise plugin logs`: what a plugin wrote, oldest first, and on as it comes.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "cli/plugin.h"

#define LOOK_MS 1000

static const struct plugin_option OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--limit", "N", "how many lines of the past (50, at most 500)"},
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
	if (json_str(line, "detail", NULL))
		fprintf(f, ": %s", json_str(line, "detail", ""));
	if (json_str(line, "error", NULL))
		fprintf(f, "\n    %s", json_str(line, "error", ""));
	fputc('\n', f);
}

static int print_answer(const json_t *answer, bool as_json)
{
	const json_t *items = json_object_get(answer, "items"), *line;
	size_t n = json_array_size(items);

	/* newest first in the answer */
	for (size_t i = n; i-- > 0;) {
		line = json_array_get(items, i);
		if (as_json) {
			json_dumpf(line, stdout, JSON_COMPACT);
			putchar('\n');
		} else {
			plugin_print_log(line, stdout);
		}
	}
	fflush(stdout);
	return 0;
}

static int look(struct plugin_remote *r, const char *id, const char *query, char cursor[80],
	bool as_json, struct err *e)
{
	json_t *answer;
	int rc = plugin_remote_call(r, "GET",
		pool_printf(r->pool, "/api/plugins/installations/%s/logs?%s", id, query), NULL,
		&answer, e);

	if (rc < 0)
		return rc;
	print_answer(answer, as_json);
	snprintf(cursor, 80, "%s", json_str(answer, "after", ""));
	return 0;
}

static int run(struct plugin_args *a)
{
	const char *limit = plugin_given(a, "--limit");
	bool as_json = plugin_given(a, "--json") != NULL, follow = plugin_given(a, "--follow");
	struct plugin_remote r;
	char cursor[80] = "", id[40];
	json_t *found;
	int rc = plugin_remote_open(a, NULL, &r, a->err);

	if (limit && (strspn(limit, "0123456789") != strlen(limit) || strlen(limit) > 3))
		return plugin_usage(a);
	if (rc == 0)
		rc = plugin_find(&r, a->word[0], &found, a->err);
	if (rc == 0 && !found)
		rc = err_set(a->err, MT_ENOENT, "%s is not installed in this company", a->word[0]);
	if (rc < 0)
		return plugin_fail(a);
	snprintf(id, sizeof(id), "%s", json_str(found, "id", ""));
	rc = look(&r, id, pool_printf(a->pool, "limit=%s", limit ? limit : "50"), cursor, as_json,
		a->err);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	while (rc == 0 && follow && !stopped) {
		r.pool = pool_new();
		poll(NULL, 0, LOOK_MS);
		if (!stopped)
			rc = look(&r, id, pool_printf(r.pool, "limit=500&after=%s", cursor), cursor,
				as_json, a->err);
		pool_free(r.pool);
		r.pool = a->pool;
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
	.run = run,
};
