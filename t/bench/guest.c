/*
 * guest.c - what the wall between host and guest costs. `make bench-guest | cat` (the process gives up writing
 * files), as released; PLUGIN=plugin.so for another than time-clock's. MORTISE_TEST_DB_* name a database, else it
 * makes one.
 *
 *	guest PROGRAM ONE.so PLUGIN.so	PROGRAM: mortise-guest
 *
 * A statement in this process and the same by a guest as a host has it, filter and all, side by side in
 * turns; a guest from its order until it has served a call; the memory of a hundred that have.
 *
 * On a machine where others work as well, `chrt -f 1` in front of it keeps them out of the figures, and
 * `taskset -c 0` shows what is left when nobody has to wake another processor.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"
#include "../unit/cluster.h"
#include "host/call.h"
#include "host/guests.h"
#include "host/proc.h"
#include "host/spawner.h"

#define CALLS 1000
#define ROUNDS 10
#define GUESTS 100

static struct host host = {.key = "bench", .steward_fd = -1, .limit = {32, 1000, {20}}};
static struct arena *arena;
static struct req r;

static const char SQL[] = "SELECT 'a title', 'open', 'normal', $1::text"; /* one.c has the same */

static char *no_env[] = {NULL};
static struct proc proc[GUESTS];

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
		struct proc *p;

		request(&c);
		p = guests_take(&host, 1, r.op.deadline, &r.op.err);
		if (!p || talk(&c, p, &failed) < 0 || failed)
			exit(1);
		guests_leave(&host, p);
	}
	return (double)(clock_us() - began) / CALLS;
}

/* With its filter: made by the spawner, checked from outside. */
static void make(struct proc *p, int library)
{
	static uint32_t id = 1000; /* beside those of guests.c */
	int64_t until = clock_ms() + 5000;
	struct proc_message m;

	if (proc_start(p, ++id, library, until) < 0 ||
		proc_receive(p, 0, -1, until, &m) != PROC_MESSAGE || proc_check(p, until) < 0) {
		printf("no guest: %s\n", p->note);
		exit(1);
	}
}

/* The file as it is: a host's copy in sealed memory is made once in a process (host/library.c). */
static int library_of(const char *so)
{
	int fd = open(so, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		perror(so);
		exit(1);
	}
	return fd;
}

static void statements(const char *so)
{
	struct guests_opts o = {.library = library_of(so), .most = 2};
	double best[2] = {1e9, 1e9};
	struct buf faults;
	struct call c;

	host.db = cluster_db("bench");
	request(&c);
	if (db_connect(host.db, clock_ms() + 10000, &r.op.err) < 0)
		exit(1);
	buf_init(&faults, 4096);
	guests_open(&host, &o);
	if (guests_first(&host, "bench", clock_ms() + 5000, &faults) < 0) {
		printf("no guest: %s\n", faults.data);
		exit(1);
	}
	buf_release(&faults);
	for (int i = 0; i < ROUNDS; i++) {
		double a = direct(), b = by_guest();

		best[0] = a < best[0] ? a : best[0];
		best[1] = b < best[1] ? b : best[1];
	}
	printf("a call with one statement: in one process %.1f us, host and guest %.1f us (+%.1f)\n",
		best[0], best[1], best[1] - best[0]);
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

static void start(const char *program)
{
	const struct spawner_opts o = {.program = program,
		.name = "bench",
		.uid = geteuid() ? (uid_t)-1 : 65533,
		.gid = 65533,
		.host_uid = geteuid() ? (uid_t)-1 : 65534,
		.host_gid = 65534,
		.memory_mb = 256};
	int fd = spawner_start(&o);

	if (fd < 0)
		exit(1);
	proc_open(fd, guests_find);
}

static long memory(void)
{
	long kb = 0;

	for (int i = 0; i < GUESTS; i++)
		kb += pss_kb(proc[i].pid);
	return kb;
}

/* The plugin may be any: its first route is called, whatever it answers. */
static void guests(const char *so)
{
	static int64_t us[GUESTS];
	int library = library_of(so);
	long idle;

	for (int i = 0; i < GUESTS; i++) {
		int64_t began = clock_us();

		make(&proc[i], library);
		us[i] = clock_us() - began;
	}
	idle = memory();
	qsort(us, GUESTS, sizeof(us[0]), by_size);
	printf("a guest, from its order until it is looked at: median %.2f ms, the slowest %.2f\n",
		(double)us[GUESTS / 2] / 1000, (double)us[GUESTS - 1] / 1000);
	for (int i = 0; i < GUESTS; i++) {
		struct call c;
		bool failed;

		request(&c);
		proc[i].seq++;
		talk(&c, &proc[i], &failed);
		if (failed) {
			printf("guest %d failed: %s\n", i, r.op.err.log);
			exit(1);
		}
	}
	printf("%d guests at once: %.1f MB (PSS), %.1f when each has served a call\n", GUESTS,
		(double)idle / 1024, (double)memory() / 1024);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: guest PROGRAM ONE.so PLUGIN.so\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	arena = arena_new();
	cluster_set_local = true;
	if (cluster_start() < 0)
		exit(1);
	atexit(cluster_end); /* however it ends; children leave by _exit() */
	start(argv[1]);
	statements(argv[2]);
	guests(argv[3]);
	db_free(host.db);
	return 0;
}
