/* memory.c - see memory.h. */
#include "relay/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/file.h"

static long resident_mb(int pid)
{
	char path[64], text[128];
	const char *second;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	if (file_read(path, text, sizeof(text)) < 0 || !(second = strchr(text, ' ')))
		return 0;
	return strtol(second, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
}

/* The process id of the events nginx's master, and its workers as "12 34 "; -1 when there is none. */
static int find_workers(const char *run_dir, char *ret_workers, size_t size)
{
	char path[400], text[32];
	int master;

	snprintf(path, sizeof(path), "%s/nginx-events.pid", run_dir);
	if (file_read(path, text, sizeof(text)) < 0 || (master = (int)strtol(text, NULL, 10)) <= 1)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/comm", master);
	if (file_read(path, text, sizeof(text)) < 0 || strcmp(text, "nginx\n") != 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", master, master);
	return file_read(path, ret_workers, size) < 0 || !*ret_workers ? -1 : master;
}

/* SIGTERM first, SIGKILL when it is still there a second later. */
static void replace(struct memory *m, int pid, long mb, int most)
{
	bool again = m->ended == pid;
	char text[160];

	snprintf(text, sizeof(text),
		"the events nginx has %ld MB, more than %d (events_memory_mb): its worker %d is %s",
		mb, most, pid, again ? "killed" : "replaced");
	m->ended = pid;
	if (kill(pid, again ? SIGKILL : SIGTERM) < 0)
		log_kv(LOG_LV_ERROR, text, "cause", strerror(errno), NULL);
	else
		log_kv(LOG_LV_WARN, text, "because",
			"browsers connect again and ask for what they missed", NULL);
}

int64_t memory_tick(struct memory *m, struct relay *r)
{
	int64_t now = clock_ms();
	char workers[256];
	bool seen;

	if (now < m->due)
		return m->due;
	m->due = now + MEMORY_MS;
	seen = find_workers(r->app.conf.run_dir, workers, sizeof(workers)) > 0;
	if (!seen && !m->unseen && !r->pub_is_down)
		log_kv(LOG_LV_WARN, "the memory of the events nginx is not watched", "cause",
			"nginx-events.pid in run_dir names no nginx of this host", NULL);
	m->unseen = !seen;
	for (char *at = workers; seen && *at;) {
		int pid = (int)strtol(at, &at, 10);
		long mb = pid > 1 ? resident_mb(pid) : 0;

		if (pid <= 0)
			break;
		if (mb > r->app.conf.events_memory_mb)
			replace(m, pid, mb, r->app.conf.events_memory_mb);
		at += strspn(at, " \n");
	}
	return m->due;
}
