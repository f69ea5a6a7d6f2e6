/*
 * mortise-plugin - runs one plugin in a process of its own.
 *
 *	mortise-plugin              as the master starts it: everything comes in MORTISE_* variables
 *	mortise-plugin --check SO   loads SO in the same sandbox, prints its contract as JSON, or every
 *	                            fault on a line of its own and leaves with status 1
 *
 * The order is the protection: take what was handed over, connect to the database, close the door,
 * and only then load the plugin, whose first code runs inside dlopen().
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/host.h"
#include "http/loop.h"
#include "os/sandbox.h"
#include "os/worker.h"

#define CONNECT_MS 2500
#define CHECK_S 4	   /* a trial load; the master's own limit is 5 */
#define REQUESTS_MAX 20000 /* then a fresh process: a plugin's leaks are bounded */
#define FDS_MAX 64
#define STATUS_FAULT 70

static struct host host = {.steward_fd = -1};

/* LeakSanitizer starts a thread and traces, which is what the sandbox forbids. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static void say(const char *why, const char *more)
{
	static char line[512];
	const struct call *c = host_running;
	char now[40];
	int n;

	clock_iso(now, sizeof(now), clock_unix_ms());
	n = snprintf(line, sizeof(line),
		"{\"time\":\"%s\",\"level\":\"error\",\"process\":\"plugin\",\"msg\":\"plugin %s %s%s\","
		"\"route\":\"%s %s\",\"requestId\":\"%s\"}\n",
		now, host.key ? host.key : "", why, more,
		c && c->r->route ? c->r->route->method : "",
		c && c->r->route ? c->r->route->path : "", c && c->r->id ? c->r->id : "");
	if (n > 0)
		(void)!write(STDERR_FILENO, line,
			(size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

/* Our own code leaves with _exit(): whoever comes here is plugin code that called exit(). To end with
 * status 0 in the middle of a request must not look like an orderly end. */
static void left_by_plugin(void)
{
	say("called exit()", "");
	_exit(STATUS_FAULT);
}

static void crashed(int sig)
{
	static volatile sig_atomic_t again;

	if (!again) {
		again = 1;
		say("crashed: ", sig == SIGSEGV	 ? "SIGSEGV"
				 : sig == SIGBUS ? "SIGBUS"
				 : sig == SIGFPE ? "SIGFPE"
				 : sig == SIGILL ? "SIGILL"
						 : "SIGABRT");
	}
	raise(sig); /* the handler was reset: the master sees the signal */
}

static void watch_plugin(void)
{
	static char stack[64 * 1024];
	stack_t alternative = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction sa = {
		.sa_handler = crashed, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};

	atexit(left_by_plugin);
#ifndef __SANITIZE_ADDRESS__
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

	sigaltstack(&alternative, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
#else
	(void)alternative;
	(void)sa;
#endif
}

static int enter_sandbox(enum sandbox_mode mode, const char *so, char note[64])
{
	char folder[PATH_MAX];
	const char *paths[16] = {folder};
	struct sandbox_opts o = {.mode = mode, .read_only = paths};
	char *slash;

	snprintf(folder, sizeof(folder), "%s", so);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	else
		snprintf(folder, sizeof(folder), ".");
	sandbox_default_paths(paths, sizeof(paths) / sizeof(paths[0]));
	return sandbox_enter(&o, note);
}

/* ---- trial load ---- */

static void check_crashed(int sig)
{
	static const char text[] = "crashes while it is loaded\n";
	static const char late[] = "isn't loaded within 4 seconds: a constructor hangs\n";

	if (sig == SIGALRM)
		(void)!write(host.steward_fd, late, sizeof(late) - 1);
	else
		(void)!write(host.steward_fd, text, sizeof(text) - 1);
	_exit(1);
}

static void check_left(void)
{
	static const char text[] = "calls exit() while it is loaded\n";

	(void)!write(host.steward_fd, text, sizeof(text) - 1);
	_exit(1);
}

static int check_print(int out, const char *text, size_t n, int status)
{
	while (n > 0) {
		ssize_t k = write(out, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return 2;
		text += k;
		n -= (size_t)k;
	}
	return status;
}

/* Standard output is ours alone: what a constructor prints goes where errors go. */
static int check(const char *so)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
	struct buf faults;
	char note[64], *text;
	int out = dup(STDOUT_FILENO);

	buf_init(&faults, 64 * 1024);
	if (out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return 2;
	host.steward_fd = out;
	if (enter_sandbox(SANDBOX_LOAD, so, note) < 0) {
		buf_addf(&faults, "can't be tried: the sandbox failed: %s\n", strerror(errno));
		return check_print(out, faults.data, faults.len, 2);
	}
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], check_crashed);
	atexit(check_left);
	alarm(CHECK_S);
	if (host_load(&host, so, NULL, &faults) < 0)
		return check_print(out, faults.data, faults.len, 1);
	text = json_dumps(contract_json(&host), JSON_COMPACT);
	if (!text)
		return check_print(out, "says things that aren't UTF-8\n", 30, 1);
	return check_print(out, text, strlen(text), 0);
}

/* ---- worker ---- */

static long env_number(const char *name, long fallback)
{
	const char *s = getenv(name);
	char *end;
	long v = s ? strtol(s, &end, 10) : 0;

	return s && *s && !*end && v >= 0 && v <= INT_MAX ? v : fallback;
}

static const char *env_needed(const char *name)
{
	const char *s = getenv(name);

	if (!s || !*s) {
		log_error("%s is missing: the master starts this program", name);
		_exit(2);
	}
	return s;
}

static int kept_fd(const char *name)
{
	return (int)env_number(name, -1);
}

/* What the master forgot to close doesn't come along. */
static void close_rest(void)
{
	const int keep[] = {kept_fd("MORTISE_LISTEN_FD"), kept_fd("MORTISE_SCORE_FD"),
		kept_fd("MORTISE_KICK_FD"), kept_fd("MORTISE_STEWARD_FD"),
		kept_fd("MORTISE_SECRET_FD")};

	for (int fd = 3; fd < FDS_MAX; fd++) {
		bool kept = false;

		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			kept = kept || keep[i] == fd;
		if (!kept)
			close(fd);
	}
}

static int read_secret(char *ret, size_t n)
{
	int fd = kept_fd("MORTISE_SECRET_FD");
	size_t len = 0;
	ssize_t k;

	if (fd < 0)
		return -1;
	lseek(fd, 0, SEEK_SET); /* a memfd may stand at its end; a pipe doesn't mind */
	while (len < n - 1 &&
		((k = read(fd, ret + len, n - 1 - len)) > 0 || (k < 0 && errno == EINTR)))
		len += k > 0 ? (size_t)k : 0;
	close(fd);
	ret[len] = '\0';
	ret[strcspn(ret, "\r\n")] = '\0';
	return len > 0 ? 0 : -1;
}

/* A database that can't be reached is not the plugin's fault: said at the first request. */
static int connect_database(void)
{
	struct db_opts o = {.host = env_needed("MORTISE_DB_HOST"),
		.port = (int)env_number("MORTISE_DB_PORT", 5432),
		.dbname = env_needed("MORTISE_DB_NAME"),
		.user = env_needed("MORTISE_DB_ROLE"),
		.process = "plugin"};
	char secret[256];
	static struct err e; /* large */
	int rc;

	if (read_secret(secret, sizeof(secret)) < 0) {
		log_error("MORTISE_SECRET_FD has no database password");
		_exit(2);
	}
	o.password = secret;
	host.db = db_new(&o);
	rc = db_connect(host.db, clock_ms() + CONNECT_MS, &e);
	explicit_bzero(secret, sizeof(secret));
	if (rc < 0)
		log_error("%s: %s", e.message, e.log);
	return rc;
}

static void load_plugin(const char *so, const char *key)
{
	struct buf faults;
	char note[64];

	watch_plugin();
	if (enter_sandbox(SANDBOX_LOAD, so, note) < 0) {
		log_error("sandbox: %s", strerror(errno));
		_exit(2);
	}
	buf_init(&faults, 64 * 1024);
	if (host_load(&host, so, key, &faults) < 0) {
		faults.data[strcspn(faults.data, "\n")] = '\0';
		log_error("plugin %s %s", key, faults.data);
		_exit(2);
	}
	buf_release(&faults);
	if (enter_sandbox(SANDBOX_RUN, so, note) < 0) {
		log_error("sandbox: %s", strerror(errno));
		_exit(2);
	}
	worker_note(note);
}

int main(int argc, char **argv)
{
	struct loop loop = {.process = "plugin",
		.serve = host_serve,
		.done = host_done,
		.requests_max = REQUESTS_MAX};
	const char *so, *key;
	int status;

	log_init("plugin", LOG_LV_INFO);
	tzset(); /* reads a file: not any more later */
	if (argc == 3 && strcmp(argv[1], "--check") == 0)
		_exit(check(argv[2]));
	if (argc != 1) {
		fprintf(stderr, "usage: mortise-plugin --check PLUGIN.so\n");
		_exit(2);
	}
	so = env_needed("MORTISE_PLUGIN_SO");
	key = env_needed("MORTISE_PLUGIN_KEY");
	close_rest();
	if (worker_init() < 0) {
		log_error("worker: %s", strerror(errno));
		_exit(2);
	}
	host.key = key;
	host.steward_fd = kept_fd("MORTISE_STEWARD_FD");
	loop.app = (struct app *)&host;
	loop.deadline_ms = (int)env_number("MORTISE_DEADLINE_MS", 10000);
	loop.idle_ms = env_number("MORTISE_IDLE_MS", 60000);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* what a plugin prints is for the log */
	if (connect_database() == 0)
		load_plugin(so, key);
	status = loop_run(&loop);
	fflush(NULL);
	_exit(status);
}
