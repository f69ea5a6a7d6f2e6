/*
 * status.c - `mortise status`: the master's report on every process.
 */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "os/control.h"

#define ANSWER_MS 3000

static int status_run(int argc, char **argv);

const struct cli_command cli_status = {
	.name = "status",
	.usage = "[-c CONF] [--json]",
	.summary = "show every pool and process",
	.run = status_run,
};

static int read_status(const struct conf *conf, char **ret, struct err *e)
{
	struct control c;
	if (control_open(&c, conf->run_dir) < 0) {
		if (errno == EACCES)
			return err_set(e, MT_EPERM,
				"the control socket in %s is for root and the user of the configuration",
				conf->run_dir);
		if (errno == ENOENT || errno == ECONNREFUSED)
			return err_set(e, MT_EBUSY, "no master is running in %s", conf->run_dir);
		return err_set(e, MT_EBUSY, "%s/control.sock: %s", conf->run_dir, strerror(errno));
	}
	int rc = control_ask(&c, clock_ms() + ANSWER_MS, ret, "status");
	int cause = errno;
	control_close(&c);
	if (rc < 0)
		return err_set(e, MT_ETIMEOUT, "the master does not answer: %s", strerror(cause));
	const char *refused = control_is(*ret, "error");
	if (refused)
		return err_set(e, MT_EPERM, "the master refused: %s", refused);
	return 0;
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
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
				   : "guest, of nobody yet",
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

static int show(const char *answer, struct err *e)
{
	json_error_t why;
	json_t *all = json_loads(answer, JSON_REJECT_DUPLICATES, &why);
	if (!all)
		return err_set(e, MT_EINTERNAL, "the master's answer can't be read: %s", why.text);
	print_table(all);
	json_decref(all);
	return 0;
}

static int status_run(int argc, char **argv)
{
	static struct conf conf;
	struct err e;
	char *answer = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			i++;
		else if (strcmp(argv[i], "--json") != 0)
			return cli_usage(&cli_status);
	}
	err_init(&e, NULL);
	int rc = conf_read(&conf, conf_find(argc, argv), &e);
	if (rc == 0)
		rc = read_status(&conf, &answer, &e);
	if (rc == 0 && cli_flag(argc, argv, "--json"))
		puts(answer);
	else if (rc == 0)
		rc = show(answer, &e);
	free(answer);
	return rc < 0 ? cli_fail(&e) : 0;
}
