/*
 * status.c - the master's state as one JSON object, for `mortise status`.
 */
#include "os/status.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ended.h"

/* Resident kilobytes; 0 when the process is gone. */
static long rss_kb(pid_t pid)
{
	char path[40], text[128];
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	long total, resident;
	if (sscanf(text, "%ld %ld", &total, &resident) != 2)
		return 0;
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static json_t *guests_json(struct score_slot *s, int64_t now)
{
	json_t *list = json_array();
	for (int i = 0; i < SCORE_GUESTS; i++) {
		struct score_guest *g = &s->guest[i];
		int pid = atomic_load(&g->pid);
		if (pid <= 0)
			continue;
		json_array_append_new(list,
			json_pack("{s:i, s:i, s:I, s:I, s:I}", "pid", pid, "tenant",
				(int)atomic_load(&g->tenant), "requests",
				(json_int_t)(atomic_load(&g->requests) & INT64_MAX), "idleSeconds",
				(json_int_t)((now - atomic_load(&g->used_at)) / 1000), "rssKb",
				(json_int_t)rss_kb(pid)));
	}
	return list;
}

static json_t *worker_json(struct pool *c, struct pool_worker *w, int64_t now)
{
	struct score_slot *s = pool_slot(c, w);
	char id[40], note[96];
	bool busy = atomic_load(&s->busy) != 0;
	score_text(id, sizeof(id), s->request_id, sizeof(s->request_id));
	score_text(note, sizeof(note), s->note, sizeof(s->note));
	return json_pack("{s:i, s:i, s:b, s:I, s:s, s:I, s:I, s:s, s:b, s:o}", "pid", (int)w->pid,
		"slot", (int)(w - c->worker), "busy", busy, "requests",
		(json_int_t)(atomic_load(&s->requests) & INT64_MAX), "requestId", busy ? id : "",
		"uptimeSeconds", (json_int_t)((now - w->started) / 1000), "rssKb",
		(json_int_t)rss_kb(w->pid), "note", note, "leaving", w->stopped_at != 0, "guests",
		guests_json(s, now));
}

/* Of plugins: has each company guests of its own? */
static const char *isolation(const struct pool *c)
{
	if (c->spec.kind == POOL_CORE)
		return NULL;
	return pool_is_shared(c) ? "shared" : "tenant";
}

static json_t *pool_json(struct pool *c, int64_t now)
{
	json_t *workers = json_array();
	char reason[2 * ENDED_MAX];
	uint64_t requests = c->requests_ended;
	for (int i = 0; i < SCORE_SLOTS; i++) {
		struct pool_worker *w = &c->worker[i];
		if (!w->pid)
			continue;
		requests += atomic_load(&pool_slot(c, w)->requests);
		json_array_append_new(workers, worker_json(c, w, now));
	}
	return json_pack("{s:s, s:s, s:s?, s:i, s:s, s:i, s:i, s:I, s:s, s:o}", "name",
		c->spec.name, "kind", c->spec.kind == POOL_CORE ? "core" : "plugin", "isolation",
		isolation(c), "max", c->spec.max, "state", pool_state(c), "restarts",
		(int)c->restarts, "crashes", (int)c->crashes, "requests",
		(json_int_t)(requests & INT64_MAX), "reason",
		ended_words(reason, sizeof(reason), c->reason), "workers", workers);
}

char *status_json(const struct pool_list *l, int64_t started)
{
	int64_t now = clock_ms();
	json_t *pools = json_array();
	for (struct pool *c = l->first; c; c = c->next) {
		if (!c->gone)
			json_array_append_new(pools, pool_json(c, now));
	}
	json_t *all = json_pack("{s:s, s:i, s:I, s:I, s:s, s:o}", "version", MORTISE_VERSION, "pid",
		(int)getpid(), "uptimeSeconds", (json_int_t)((now - started) / 1000), "rssKb",
		(json_int_t)rss_kb(getpid()), "memoryLimit",
		l->env->cgroup[0] ? "cgroup" : "rlimit", "pools", pools);
	char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	return text;
}
