/*
 * status.c - `mortise status`: what the master reports of every process.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "os/control.h"

#define ANSWER_MS 3000

static int read_status(struct op *op, char **ret)
{
	const char *dir = op->app->conf.run_dir, *refused;
	struct control c;
	int rc, cause;

	if (control_open(&c, dir) < 0) {
		if (errno == EACCES)
			return op_fail(op, MT_EPERM,
				"Only root and the `user` of mortise.conf may use the control socket in "
				"%s: run it as one of them",
				dir);
		if (errno == ENOENT || errno == ECONNREFUSED)
			return op_fail(op, MT_EBUSY, "Mortise is not running in %s", dir);
		return op_fail(op, MT_EBUSY, "%s/control.sock: %s", dir, strerror(errno));
	}
	rc = control_ask(&c, clock_ms() + ANSWER_MS, ret, "status");
	cause = errno;
	control_close(&c);
	if (rc < 0)
		return op_fail(op, MT_ETIMEOUT, "The master does not answer: %s", strerror(cause));
	arena_cleanup(op->arena, free, *ret);
	refused = control_is(*ret, "error");
	return refused ? op_fail(op, MT_EPERM, "The master refused: %s", refused) : 0;
}

static const char *text(const json_t *o, const char *key)
{
	return json_str(o, key, "");
}

static long long number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *age(char ret[24], long long seconds)
{
	if (seconds < 120)
		snprintf(ret, 24, "%llds", seconds);
	else if (seconds < 7200)
		snprintf(ret, 24, "%lldm", seconds / 60);
	else if (seconds < 172800)
		snprintf(ret, 24, "%lldh", seconds / 3600);
	else
		snprintf(ret, 24, "%lldd", seconds / 86400);
	return ret;
}

/* The line of a pool, also when it has no process now. */
static void print_pool(const json_t *pool)
{
	const json_t *workers = json_object_get(pool, "workers"), *w;
	char size[32];
	long long kb = 0;
	size_t i;
	json_array_foreach(workers, i, w)
		kb += number(w, "rssKb");
	snprintf(size, sizeof(size), "%zu of %lld", json_array_size(workers), number(pool, "max"));
	printf("%-32s %-7s %-10s %8s %9lld %8lld %7lld %7.1f  %s\n", text(pool, "name"),
		text(pool, "kind"), text(pool, "state"), size, number(pool, "requests"),
		number(pool, "restarts"), number(pool, "crashes"), (double)kb / 1024.0,
		text(pool, "reason"));
}

static void print_worker(const json_t *pool, const json_t *w)
{
	char up[24];
	bool busy = json_is_true(json_object_get(w, "busy"));
	bool leaving = json_is_true(json_object_get(w, "leaving"));
	printf("%-32s %8lld %-8s %8s %9lld %24.1f  %s%s%s\n", text(pool, "name"), number(w, "pid"),
		leaving ? "leaving"
		: busy	? "busy"
			: "idle",
		age(up, number(w, "uptimeSeconds")), number(w, "requests"),
		(double)number(w, "rssKb") / 1024.0, text(w, "note"),
		*text(w, "requestId") ? " request " : "", text(w, "requestId"));
}

/* Which company a process with a plugin's code in it works for. */
static void print_guests(const json_t *pool, const json_t *w)
{
	const json_t *list = json_object_get(w, "guests"), *g;
	bool shared = strcmp(text(pool, "isolation"), "shared") == 0;
	char idle[24], whose[32];
	size_t i;

	json_array_foreach(list, i, g) {
		long long tenant = number(g, "tenant");
		snprintf(whose, sizeof(whose),
			tenant > 0 ? "guest of company %lld"
			: shared   ? "guest of all companies"
				   : "guest, no company yet",
			tenant);
		printf("%-32s %8lld %-8s %8s %9lld %24.1f  %s\n", text(pool, "name"),
			number(g, "pid"), "guest", age(idle, number(g, "idleSeconds")),
			number(g, "requests"), (double)number(g, "rssKb") / 1024.0, whose);
	}
}

static void print_table(const json_t *all)
{
	char up[24];
	const json_t *pools = json_object_get(all, "pools"), *pool, *w;
	size_t i, k;
	printf("mortised %s, pid %lld, up %s, %.1f MB, memory limits by %s\n\n",
		text(all, "version"), number(all, "pid"), age(up, number(all, "uptimeSeconds")),
		(double)number(all, "rssKb") / 1024.0, text(all, "memoryLimit"));
	printf("%-32s %-7s %-10s %8s %9s %8s %7s %7s\n", "POOL", "KIND", "STATE", "WORKERS",
		"REQUESTS", "RESTARTS", "CRASHES", "MB");
	json_array_foreach(pools, i, pool)
		print_pool(pool);
	printf("\n%-32s %8s %-8s %8s %9s %24s  %s\n", "PROCESS", "PID", "NOW", "UP", "REQUESTS",
		"MB", "NOTE");
	json_array_foreach(pools, i, pool) {
		const json_t *workers = json_object_get(pool, "workers");
		json_array_foreach(workers, k, w) {
			print_worker(pool, w);
			print_guests(pool, w);
		}
	}
}

static int status_run(struct cli *c)
{
	struct op *op = &c->op;
	char *answer = NULL;
	json_t *all;
	int rc;

	if ((rc = cli_conf(c)) < 0 || (rc = read_status(op, &answer)) < 0)
		return rc;
	if (cli_given(c, "--json")) {
		puts(answer);
		return 0;
	}
	if ((rc = json_parse(op->arena, answer, strlen(answer), &all, &op->err)) < 0)
		return cli_about(op, "the master's answer", rc);
	print_table(all);
	return 0;
}

static const struct cli_option OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--json", NULL, "one JSON document"},
	{0},
};

const struct cli_command cli_status = {
	.name = "status",
	.usage = "",
	.summary = "show every pool and process",
	.options = OPTIONS,
	.run = status_run,
};
