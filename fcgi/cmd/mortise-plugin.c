/*
 * mortise-plugin - the host of one plugin: FastCGI, its database session, its limits. The plugin's
 * code is in processes of mortise-guest.
 *
 *	mortise-plugin              as the master starts it, configured by MORTISE_* variables
 *	mortise-plugin --check SO   lets a guest load SO, prints its contract as JSON, or one fault a line
 *
 * The order is the protection: as the master's user it only makes the spawner of guests; then it
 * becomes its own user, takes its descriptors, connects to the database and gives up the right to
 * connect.
 */
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "host/guests.h"
#include "host/host.h"
#include "host/spawner.h"
#include "host/usage.h"
#include "http/loop.h"
#include "os/nursery.h"
#include "os/revoked.h"
#include "os/sandbox.h"
#include "os/sock.h"
#include "os/spawn.h"
#include "os/worker.h"

#define CONNECT_MS 2500
#define REQUESTS_MAX 200000 /* then a fresh process; guests are replaced sooner */
#define FDS_MAX 64
#define LOAD_MS 4000
#define NOBODY ((uid_t)65534)
#define OWN_MB 32 /* of memory, beside rows and replies */

static struct host host = {.steward_fd = -1, .calls_fd = -1};

/* LeakSanitizer starts a thread and traces, which is what the sandbox forbids. A limit of data would count
 * the sanitizer's own: here it is one of single pieces (limit_memory()). */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=96";
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

/* Descriptors that the master forgot to close end here. */
static void close_rest(void)
{
	const int keep[] = {kept_fd("MORTISE_LISTEN_FD"), kept_fd("MORTISE_SCORE_FD"),
		kept_fd("MORTISE_WAKE_FD"), kept_fd("MORTISE_STEWARD_FD"),
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
	lseek(fd, 0, SEEK_SET); /* a memfd may be positioned at its end; a pipe ignores it */
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
		.has_canceller = true,
		.rows_max = (size_t)env_number("MORTISE_ROWS_MAX_MB", 16) << 20,
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
	struct err e;

	if (!worker_may_connect())
		return false;
	err_init(&e, NULL);
	bool connected = db_connect(host.db, clock_ms() + CONNECT_MS, &e) == 0;

	if (worker_connected(connected))
		log_error("%s: %s", e.message, e.log);
	return connected;
}

/* mortise-guest is beside this program. */
static const char *guest_program(void)
{
	static char path[512];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("mortise-guest"));
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash ? slash + 1 : path, sizeof("mortise-guest"), "mortise-guest");
	return path;
}

static bool env_is(const char *name, const char *value)
{
	const char *s = getenv(name);

	return s && strcmp(s, value) == 0;
}

/* A check that is run as root and names no user for guests gives them nobody's. */
static uid_t guest_uid(void)
{
	uid_t uid = (uid_t)env_number("MORTISE_GUEST_UID", -1);

	return uid == (uid_t)-1 && geteuid() == 0 ? NOBODY : uid;
}

static void make_spawner(void)
{
	static struct spawner_opts o;
	int fd;

	o = (struct spawner_opts){.program = guest_program(),
		.name = getenv("MORTISE_POOL") ? getenv("MORTISE_POOL") : "check",
		.uid = guest_uid(),
		.gid = (gid_t)guest_uid(),
		.host_uid = (uid_t)env_number("MORTISE_HOST_UID", -1),
		.host_gid = (gid_t)env_number("MORTISE_HOST_UID", -1),
		.memory_mb = env_number("MORTISE_MEMORY_MB", 256),
		.weak = env_is("MORTISE_SANDBOX", "weak"),
		.debug = env_is("MORTISE_PLUGIN_DEBUG", "on")};
	fd = spawner_start(&o);
	if (fd < 0) {
		log_error("the spawner of guests (%s): %s", o.program, strerror(errno));
		_exit(2);
	}
	proc_open(fd, guests_find);
}

/* The master's user may, this plugin's not. Without it the host serves all but calls to other servers. */
static void connect_calls(void)
{
	const char *path = getenv("MORTISE_CALLS");

	host.calls_fd = path ? sock_connect(path, SOCK_DGRAM) : -1;
	if (path && host.calls_fd < 0)
		log_error("%s: %s", path, strerror(errno));
}

static void become_user(void)
{
	long uid = env_number("MORTISE_HOST_UID", -1);

	if (uid >= 0 && spawn_drop((uid_t)uid, (gid_t)uid, getppid()) < 0) {
		log_error("user %ld: %s", uid, strerror(errno));
		_exit(2);
	}
}

/* A second wall: this process has none of the plugin's code, but reads what it writes. */
static void close_door(void)
{
	const char *paths[16] = {NULL};
	char note[64];

	host_no_files();
	sandbox_default_paths(paths, sizeof(paths) / sizeof(paths[0]));
	int lacks = sandbox_enter(paths, note);

	if (lacks < 0) {
		log_error("sandbox: %s", strerror(errno));
		_exit(2);
	}
	if (lacks && !env_is("MORTISE_SANDBOX", "weak")) {
		log_error("this kernel can't confine plugins (%s); plugin_sandbox = weak runs them "
			  "unconfined",
			note);
		_exit(2);
	}
}

static void load_plugin(const char *so, const char *key)
{
	struct guests_opts o = {.most = (int)env_number("MORTISE_GUESTS_MAX", 32),
		.shared = env_number("MORTISE_GUESTS_SHARED", 0) != 0,
		.idle_ms = env_number("MORTISE_IDLE_MS", 60000)};
	struct buf faults;

	buf_init(&faults, 64 * 1024);
	o.library = host_library(so, env_needed("MORTISE_PLUGIN_SHA256"), &faults);
	if (o.library >= 0)
		close_door();
	guests_open(&host, &o);
	if (o.library < 0 || host_check_elf(o.library, &faults) < 0 ||
		guests_first(&host, key, clock_ms() + LOAD_MS, &faults) < 0) {
		faults.data[strcspn(faults.data, "\n")] = '\0';
		log_error("plugin %s can't be used: plugin.so %s", key, faults.data);
		_exit(2);
	}
	buf_release(&faults);
}

/* A database that can't be reached is not the plugin's fault, and ending this process would only
 * start the next one: it stays, answers 503, and tries again with a later request. */
static bool start_plugin(void)
{
	if (!connect_database())
		return false;
	load_plugin(env_needed("MORTISE_PLUGIN_SO"), host.key);
	return true;
}

/* Does what a first login does once in a process (OpenSSL finds its algorithms), before there are
 * workers. */
static void warm_up(void)
{
	PGconn *c = PQconnectStart("host=/nonexistent");

	PQfreemem(PQencryptPasswordConn(c, "", "nobody", "scram-sha-256"));
	PQfinish(c);
}

static long between_requests(struct app *app)
{
	long usage = usage_tell(host.steward_fd, false), guests = guests_tick(&host);

	(void)app; /* the struct host */
	return usage < 0 || (guests >= 0 && guests < usage) ? guests : usage;
}

static void read_limits(void)
{
	host.limit = (struct host_limits){.reply_mb = (int)env_number("MORTISE_REPLY_MAX_MB", 32),
		.fetch_mb = (int)env_number("MORTISE_FETCH_MB", 16),
		.statements = (int)env_number("MORTISE_STATEMENTS_MAX", 1000),
		.rate = {[RATE_NOTIFICATIONS] = (int)env_number("MORTISE_NOTIFICATIONS_MAX", 20),
			[RATE_EVENTS] = (int)env_number("MORTISE_EVENTS_MAX", 50),
			[RATE_STATEMENTS] = (int)env_number("MORTISE_STATEMENTS_RATE", 20000),
			[RATE_KB] = (int)env_number("MORTISE_MB_RATE", 256) * 1024}};
}

/* This process's memory for rows as they arrive, as libpq stores them, as we store them and as the
 * guest gets them; or for a reply, twice. libpq allocates a whole value when it reads its length,
 * so a value that is far too long ends its connection before it arrives (db/pipe.c). */
static void limit_memory(void)
{
	long rows = 4 * env_number("MORTISE_ROWS_MAX_MB", 16),
	     reply = 2 * env_number("MORTISE_REPLY_MAX_MB", 32);
	rlim_t bytes = (rlim_t)(OWN_MB + (rows > reply ? rows : reply)) << 20;
	struct rlimit most = {bytes, bytes};

#ifndef __SANITIZE_ADDRESS__
	if (setrlimit(RLIMIT_DATA, &most) == 0)
		return;
	log_error("setrlimit: %s", strerror(errno));
	_exit(2);
#else
	(void)most;
#endif
}

int main(int argc, char **argv)
{
	struct loop loop = {.process = "plugin",
		.serve = host_serve,
		.done = host_done,
		.quiet = between_requests,
		.takes_handed = true,
		.requests_max = REQUESTS_MAX};
	int status;

	log_init("plugin", LOG_LV_INFO);
	tzset(); /* reads a file: not any more later */
	if (argc == 3 && strcmp(argv[1], "--check") == 0) {
		make_spawner();
		become_user();
		_exit(host_trial(&host, argv[2]));
	}
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
	make_spawner();
	connect_calls();
	become_user();
	if (worker_init() < 0) {
		log_error("worker: %s", strerror(errno));
		_exit(2);
	}
	host.pool = env_needed("MORTISE_POOL");
	host.steward_fd = kept_fd("MORTISE_STEWARD_FD");
	loop.app = (struct app *)&host;
	loop.deadline_ms = (int)env_number("MORTISE_DEADLINE_MS", 10000);
	host.job_deadline_ms = (int)env_number("MORTISE_JOB_DEADLINE_MS", 300000);
	loop.idle_ms = env_number("MORTISE_IDLE_MS", 60000);
	read_limits();
	limit_memory();
	host.start = start_plugin;
	revoked_on_news(guests_revoked);
	read_database();
	start_plugin();
	status = loop_run(&loop);
	usage_tell(host.steward_fd, true);
	fflush(NULL);
	_exit(status);
}
