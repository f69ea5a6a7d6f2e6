/*
 * guest.c - what the wall between host and guest costs. `make bench-guest PLUGIN=plugin.so | cat` (the
 * process gives up writing files), as released. MORTISE_TEST_DB_* name a database, else it makes one.
 *
 *	guest PROGRAM PLUGIN.so		PROGRAM: mortise-guest
 *
 * A statement in this process and the same by a guest in a process of its own, side by side in turns; a
 * guest from its order to its first word, looked at; the memory of a hundred.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include "base/clock.h"
#include "../unit/cluster.h"
#include "../unit/guest_thread.h"
#include "host/guests.h"
#include "host/spawner.h"

#define CALLS 1000
#define ROUNDS 15
#define GUESTS 100

static struct host host = {.key = "bench", .steward_fd = -1, .limit = {32, 1000, 20}};
static struct arena *arena;
static struct req r;

static const char SQL[] = "SELECT 'a title', 'open', 'normal', $1::text";

static int one(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req, SQL, MT_ARGS("7"), &rows);

	return rc < 0 ? rc : mt_reply_text(req, 200, mt_text(&rows, 0, 3));
}

static const struct mt_route ROUTES[] = {{.method = "GET", .path = "/one", .run = one}, {0}};
static const struct mt_plugin PLUGIN = {
	MT_PLUGIN, .key = "bench", .version = "1.0.0", .routes = ROUTES};

static char *no_env[] = {NULL};

static void request(struct call *c)
{
	arena_clear(arena);
	memset(&r, 0, sizeof(r));
	op_init(&r.op, arena, clock_ms() + 5000);
	r.envp = no_env;
	r.content_length = -1;
	*c = (struct call){.host = &host, .r = &r, .tenant = 1, .hook = "", .path = "/one"};
	c->as = (struct db_as){1, "01900000-0000-7000-8000-000000000001"};
}

static double direct(void)
{
	int64_t began = clock_us();
	struct call c;
	struct rows rows;

	for (int i = 0; i < CALLS; i++) {
		request(&c);
		if (query_own(&c, SQL, DB_ARGS("7"), &rows) < 0)
			exit(1);
	}
	return (double)(clock_us() - began) / CALLS;
}

static double by_guest(void)
{
	int64_t began = clock_us();
	struct call c;
	bool failed;

	for (int i = 0; i < CALLS; i++) {
		request(&c);
		guest_proc.seq++;
		if (talk(&c, &guest_proc, &failed) < 0 || failed)
			exit(1);
	}
	return (double)(clock_us() - began) / CALLS;
}

static void statements(void)
{
	double best[2] = {1e9, 1e9};
	struct call c;
	pid_t pid;

	cluster_set_local = true;
	if (cluster_start() < 0 || guest_pair() < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		close(guest_proc.fd);
		guest_main((void *)&PLUGIN);
		_exit(0);
	}
	host.db = cluster_db("bench");
	request(&c);
	if (db_connect(host.db, clock_ms() + 10000, &r.op.err) < 0)
		exit(1);
	for (int i = 0; i < ROUNDS; i++) {
		double a = direct(), b = by_guest();

		best[0] = a < best[0] ? a : best[0];
		best[1] = b < best[1] ? b : best[1];
	}
	printf("a call with one statement: in one process %.1f us, host and guest %.1f us (+%.1f)\n",
		best[0], best[1], best[1] - best[0]);
	kill(pid, SIGKILL);
	db_free(host.db);
	cluster_end();
}

static long pss_kb(pid_t pid)
{
	char path[64], line[200];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Pss: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static int by_size(const void *a, const void *b)
{
	return *(const int64_t *)a < *(const int64_t *)b ? -1 : 1;
}

static void guests(const char *program, const char *so)
{
	const struct spawner_opts o = {.program = program,
		.name = "bench",
		.uid = geteuid() ? (uid_t)-1 : 65533,
		.gid = 65533,
		.host_uid = geteuid() ? (uid_t)-1 : 65534,
		.host_gid = 65534,
		.memory_mb = 256};
	static struct proc p[GUESTS];
	static int64_t us[GUESTS];
	struct buf faults;
	int library;
	long kb = 0;
	int fd = spawner_start(&o);

	buf_init(&faults, 4096);
	library = host_library(so, NULL, &faults);
	if (fd < 0 || library < 0)
		exit(1);
	proc_open(fd);
	for (int i = 0; i < GUESTS; i++) {
		int64_t began = clock_us(), until = clock_ms() + 5000;
		struct proc_message m;

		if (proc_start(&p[i], (uint32_t)i + 1, library, until) < 0 ||
			proc_receive(&p[i], 0, -1, until, &m) != PROC_MESSAGE ||
			proc_check(&p[i], until) < 0) {
			printf("no guest: %s\n", p[i].note);
			exit(1);
		}
		us[i] = clock_us() - began;
	}
	for (int i = 0; i < GUESTS; i++)
		kb += pss_kb(p[i].pid);
	qsort(us, GUESTS, sizeof(us[0]), by_size);
	printf("a guest, from its order until it is looked at: median %.2f ms, the slowest %.2f\n",
		(double)us[GUESTS / 2] / 1000, (double)us[GUESTS - 1] / 1000);
	printf("%d guests at once: %.1f MB (PSS)\n", GUESTS, (double)kb / 1024);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: guest PROGRAM PLUGIN.so\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	arena = arena_new();
	statements();
	guests(argv[1], argv[2]);
	return 0;
}
