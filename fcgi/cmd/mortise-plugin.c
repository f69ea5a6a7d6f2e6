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
#include <libpq-fe.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "host/host.h"
#include "host/usage.h"
#include "http/loop.h"
#include "os/nursery.h"
#include "os/worker.h"

#define CONNECT_MS 2500
#define REQUESTS_MAX 20000 /* then a fresh process: a plugin's leaks are bounded */
#define FDS_MAX 64

static struct host host = {.steward_fd = -1};

/* LeakSanitizer starts a thread and traces, which is what the sandbox forbids. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

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
	return 0;
}

/* The password and, on the second line, the key of hand-overs; -1 = something is missing. */
static int take_secret(char *text, unsigned char ret_key[HANDOVER_KEY])
{
	char *second = strchr(text, '\n');
	size_t n;

	if (!second || second == text)
		return -1;
	*second++ = '\0';
	second[strcspn(second, "\n")] = '\0';
	return id_unhex(ret_key, HANDOVER_KEY, second, &n) == 0 && n == HANDOVER_KEY ? 0 : -1;
}

static void read_database(void)
{
	struct db_opts o = {.host = env_needed("MORTISE_DB_HOST"),
		.port = (int)env_number("MORTISE_DB_PORT", 5432),
		.dbname = env_needed("MORTISE_DB_NAME"),
		.user = env_needed("MORTISE_DB_ROLE"),
		.process = "plugin",
		.set_local = true};
	char secret[256];

	if (read_secret(secret, sizeof(secret)) < 0 || take_secret(secret, host.handover_key) < 0) {
		log_error("MORTISE_SECRET_FD has no database password and key of hand-overs");
		_exit(2);
	}
	o.password = secret;
	host.db = db_new(&o);
	explicit_bzero(secret, sizeof(secret));
}

static bool connect_database(void)
{
	static struct err e; /* large */

	if (!worker_may_connect())
		return false;
	err_clear(&e);
	bool connected = db_connect(host.db, clock_ms() + CONNECT_MS, &e) == 0;

	if (worker_connected(connected))
		log_error("%s: %s", e.message, e.log);
	return connected;
}

static void enter(enum sandbox_mode mode, char note[64])
{
	if (guard_enter(mode, note) < 0) {
		log_error("sandbox: %s", strerror(errno));
		_exit(2);
	}
}

static void load_plugin(const char *so, const char *key)
{
	struct buf faults;
	char note[64];
	int library;

	guard_watch(key);
	buf_init(&faults, 64 * 1024);
	library = host_library(so, env_needed("MORTISE_PLUGIN_SHA256"), &faults);
	if (library >= 0)
		enter(SANDBOX_LOAD, note);
	if (library < 0 || host_load(&host, library, key, &faults) < 0) {
		faults.data[strcspn(faults.data, "\n")] = '\0';
		log_error("plugin %s can't be used: plugin.so %s", key, faults.data);
		_exit(2);
	}
	close(library);
	buf_release(&faults);
	enter(SANDBOX_RUN, note);
	worker_note(note);
}

/* A database that can't be reached is not the plugin's fault, and ending this process would only start
 * the next: it stays, says 503, and tries again with a later request. */
static bool start_plugin(void)
{
	if (!connect_database())
		return false;
	load_plugin(env_needed("MORTISE_PLUGIN_SO"), host.key);
	return true;
}

/* What a first login does once in a process (OpenSSL looks for its algorithms), before there are workers. */
static void warm_up(void)
{
	PGconn *c = PQconnectStart("host=/nonexistent");

	PQfreemem(PQencryptPasswordConn(c, "", "nobody", "scram-sha-256"));
	PQfinish(c);
}

static long tell_usage(struct app *app)
{
	(void)app; /* the struct host */
	return usage_tell(host.steward_fd, false);
}

int main(int argc, char **argv)
{
	struct loop loop = {.process = "plugin",
		.serve = host_serve,
		.done = host_done,
		.quiet = tell_usage,
		.requests_max = REQUESTS_MAX};
	int status;

	log_init("plugin", LOG_LV_INFO);
	tzset(); /* reads a file: not any more later */
	if (argc == 3 && strcmp(argv[1], "--check") == 0)
		_exit(host_trial(argv[2]));
	if (argc > 1 && strcmp(argv[1], "--nursery") == 0) {
		warm_up();
		nursery_serve(argc, argv);
		argc = 1; /* a worker from here on, as if the master had executed it */
	}
	if (argc != 1) {
		fprintf(stderr, "usage: mortise-plugin --check PLUGIN.so\n");
		_exit(2);
	}
	env_needed("MORTISE_PLUGIN_SO");
	host.key = env_needed("MORTISE_PLUGIN_KEY");
	close_rest();
	if (worker_init() < 0) {
		log_error("worker: %s", strerror(errno));
		_exit(2);
	}
	host.pool = env_needed("MORTISE_POOL");
	host.steward_fd = kept_fd("MORTISE_STEWARD_FD");
	loop.app = (struct app *)&host;
	loop.deadline_ms = (int)env_number("MORTISE_DEADLINE_MS", 10000);
	loop.idle_ms = env_number("MORTISE_IDLE_MS", 60000);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* what a plugin prints is for the log */
	host.start = start_plugin;
	read_database();
	start_plugin();
	status = loop_run(&loop);
	usage_tell(host.steward_fd, true);
	fflush(NULL);
	_exit(status);
}
