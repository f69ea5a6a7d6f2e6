/*
 * pool_list.c - which pools there are, and how they come and go when the master starts, reloads and
 * stops.
 */
#include "os/pool_list.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Requests that api and admin sent on to plugins just before they were closed are still on their way in
 * nginx. */
#define FRONT_PAUSE_MS 150

struct pool *pool_list_find(const struct pool_list *l, const char *name)
{
	for (struct pool *c = l->first; c; c = c->next) {
		if (!c->draining && !c->gone && strcmp(c->spec.name, name) == 0)
			return c;
	}
	return NULL;
}

struct pool *pool_list_add(struct pool_list *l, const struct pool_spec *spec)
{
	struct pool *c = pool_open(l->env, spec);
	if (!c)
		return NULL;
	struct pool **end = &l->first;
	while (*end)
		end = &(*end)->next;
	*end = c;
	if (spec->kind == POOL_PLUGIN)
		pool_check(c);
	else
		pool_fill(c);
	return c;
}

/* A password costs 64 MB and some 60 ms of a processor: half of them stay free for everything else. */
static int auth_size(const struct conf *conf)
{
	long half = sysconf(_SC_NPROCESSORS_ONLN) / 2;
	if (conf->auth_workers > 0)
		return conf->auth_workers;
	return half < 1 ? 1 : half > SCORE_SLOTS / 2 ? SCORE_SLOTS / 2 : (int)half;
}

static int core_size(const struct conf *conf, const char *name)
{
	if (strcmp(name, "api") == 0)
		return conf->api_workers;
	if (strcmp(name, "auth") == 0)
		return auth_size(conf);
	if (strcmp(name, "oidc") == 0)
		return conf->oidc_workers;
	if (strcmp(name, "jobs") == 0)
		return conf->job_workers;
	return strcmp(name, "admin") == 0 ? conf->admin_workers : 1;
}

int pool_list_open_core(struct pool_list *l)
{
	const struct pool_spec core[] = {
		{.name = "nursery", .program = "mortise-plugin", .single = true, .nursery = true},
		{.name = "fetch",
			.program = "mortise-fetch",
			.listens = true,
			.own_user = FETCH_UID_BELOW},
		{.name = "calls",
			.program = "mortise-fetch",
			.pool = "calls",
			.listens = true,
			.datagrams = true,
			.own_user = CALLS_UID_BELOW},
		{.name = "steward", .program = "mortise-steward", .single = true},
		{.name = "admin", .program = "mortise-api", .pool = "admin", .listens = true},
		{.name = "auth",
			.program = "mortise-api",
			.pool = "auth",
			.listens = true,
			.backlog = l->env->conf.auth_queue},
		{.name = "oidc",
			.program = "mortise-api",
			.pool = "oidc",
			.listens = true,
			.backlog = l->env->conf.auth_queue},
		{.name = "jobs", .program = "mortise-api", .pool = "jobs", .listens = true},
		{.name = "api", .program = "mortise-api", .listens = true},
	};
	for (size_t i = 0; i < sizeof(core) / sizeof(core[0]); i++) {
		struct pool_spec spec = core[i];
		spec.kind = POOL_CORE;
		spec.max = core_size(&l->env->conf, spec.name);
		if (!pool_list_add(l, &spec))
			return -1;
	}
	return 0;
}

/* Settings that can't change while sockets and the pid file stay where they are. */
static bool same_place(const struct conf *a, const struct conf *b)
{
	return strcmp(a->run_dir, b->run_dir) == 0 && strcmp(a->user, b->user) == 0 &&
	       a->plugin_uid_first == b->plugin_uid_first;
}

void pool_list_reload(struct pool_list *l)
{
	struct conf fresh;
	struct err e;
	err_init(&e, NULL);
	if (conf_read(&fresh, l->env->conf_file, &e) < 0) {
		log_kv(LOG_LV_ERROR, "reload refused, the old configuration stays", "cause",
			e.message, NULL);
		return;
	}
	if (!same_place(&l->env->conf, &fresh)) {
		log_error("reload refused: run_dir, user and plugin_uid_first need a restart");
		return;
	}
	l->env->conf = fresh;
	env_read_keys(l->env);
	l->env->generation++;
	log_info("reloading: configuration read, workers are replaced one by one");
	for (struct pool *c = l->first; c; c = c->next) {
		if (c->spec.kind == POOL_CORE) {
			c->spec.max = core_size(&l->env->conf, c->spec.name);
			atomic_store(&c->score->size, c->spec.max);
			pool_fill(c);
			continue;
		}
		/* On demand: they finish and leave, the next connection starts the new program. */
		pool_retire_all(c);
		pool_check(c);
	}
}

/* api, auth, oidc and admin: they go first. The pool that fetches serves two of them, which may need it to
 * the end. */
static bool is_front(const struct pool *c)
{
	return c->spec.kind == POOL_CORE && c->spec.listens && !c->spec.own_user;
}

static void drain(struct pool_list *l, bool front)
{
	for (struct pool *c = l->first; c; c = c->next) {
		if (!c->gone && is_front(c) == front)
			pool_drain(c);
	}
}

static void kill_all(struct pool_list *l)
{
	for (struct pool *c = l->first; c; c = c->next) {
		for (int i = 0; i < SCORE_SLOTS; i++) {
			if (c->worker[i].pid)
				pool_kill_worker(&c->worker[i], "killed-stop");
		}
		c->drain_starts = DRAIN_STARTS_MAX;
	}
}

static int longest_deadline(const struct conf *conf)
{
	int most = conf->api_deadline_ms;
	if (conf->admin_deadline_ms > most)
		most = conf->admin_deadline_ms;
	if (conf->job_deadline_ms > most)
		most = conf->job_deadline_ms;
	return conf->plugin_deadline_ms > most ? conf->plugin_deadline_ms : most;
}

void pool_list_stop(struct pool_list *l, bool at_once)
{
	int64_t now = clock_ms();
	if (l->stage == LIST_RUN) {
		l->stage = LIST_CLOSE_FRONT;
		l->stage_at = now;
		l->kill_at = now + longest_deadline(&l->env->conf) + 1000;
		log_info("stopping: workers finish what they have");
		drain(l, true);
	}
	if (at_once)
		l->kill_at = now;
}

static bool any_left(const struct pool_list *l, bool front_only)
{
	for (struct pool *c = l->first; c; c = c->next) {
		if (!front_only || is_front(c))
			return true;
	}
	return false;
}

bool pool_list_stopped(struct pool_list *l)
{
	int64_t now = clock_ms();
	if (l->stage == LIST_RUN)
		return false;
	bool late = now >= l->kill_at;
	if (any_left(l, true))
		l->stage_at = now;
	if (l->stage == LIST_CLOSE_FRONT && (late || now - l->stage_at >= FRONT_PAUSE_MS)) {
		l->stage = LIST_CLOSE_REST;
		drain(l, false);
	}
	if (late)
		kill_all(l);
	return l->stage == LIST_CLOSE_REST && !any_left(l, false);
}

void pool_list_sweep(struct pool_list *l)
{
	for (struct pool **at = &l->first; *at;) {
		struct pool *c = *at;
		if (!c->gone) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		log_kv(LOG_LV_INFO, "pool is closed", "pool", c->spec.name, NULL);
		pool_free(c);
	}
}

int64_t pool_list_check_due(struct pool_list *l, int64_t next)
{
	int64_t now = clock_ms();
	for (struct pool *c = l->first; c; c = c->next) {
		if (c->check_at && c->check_at <= now)
			pool_check(c);
		if (c->check_at && c->check_at < next)
			next = c->check_at;
		int64_t log_at = logpipe_check(&c->log, now);
		if (log_at < next)
			next = log_at;
	}
	return next;
}

void pool_list_tick(struct pool_list *l)
{
	for (struct pool *c = l->first; c; c = c->next) {
		if (!c->gone)
			pool_tick(c);
	}
}

bool pool_list_ended(struct pool_list *l, pid_t pid, int status)
{
	for (struct pool *c = l->first; c; c = c->next) {
		struct pool_worker *w = pool_find_worker(c, pid);
		if (w) {
			pool_worker_ended(c, w, status);
			return true;
		}
	}
	return false;
}
