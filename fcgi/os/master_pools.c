/*
 * master_pools.c - which pools there are: the core's from the configuration, and how they come and go
 * when the master starts, reloads and stops.
 */
#include "os/master.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* The doors are closed first; what they sent on to plugins a moment ago is still on its way in nginx. */
#define DOORS_PAUSE_MS 150

int master_run_path(const struct master *m, char *ret, size_t n, const char *name)
{
	int len = snprintf(ret, n, "%s/%s", m->conf.run_dir, name);
	return len < 0 || (size_t)len >= n ? -1 : 0;
}

struct pool *master_find_pool(struct master *m, const char *name)
{
	for (struct pool *c = m->pools; c; c = c->next) {
		if (!c->draining && !c->gone && strcmp(c->spec.name, name) == 0)
			return c;
	}
	return NULL;
}

int master_user(struct master *m)
{
	m->uid = geteuid();
	m->gid = getegid();
	if (!m->is_root || !m->conf.user[0])
		return 0;
	struct passwd *pw = getpwnam(m->conf.user);
	if (!pw) {
		log_kv(LOG_LV_ERROR, "the configuration's user does not exist on this machine",
			"user", m->conf.user, NULL);
		return -1;
	}
	m->uid = pw->pw_uid;
	m->gid = pw->pw_gid;
	return 0;
}

static bool read_key(const struct conf *conf, const char *name, unsigned char ret[32])
{
	char path[512];
	unsigned char key[33];
	snprintf(path, sizeof(path), "%s/%s", conf->key_dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, key, sizeof(key));
	const char *cause = n < 0 ? strerror(errno) : "it must have 32 bytes";
	if (fd >= 0)
		close(fd);
	if (n == 32)
		memcpy(ret, key, 32);
	else
		log_kv(LOG_LV_WARN,
			"plugins get no database: a key is missing (run `mortise setup`)", "file",
			path, "cause", cause, NULL);
	explicit_bzero(key, sizeof(key));
	return n == 32;
}

void master_read_keys(struct master *m)
{
	bool role = read_key(&m->conf, "role.key", m->role_key);
	m->has_keys = read_key(&m->conf, "ticket.key", m->ticket_key) && role;
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
	return strcmp(name, "admin") == 0 ? conf->admin_workers : 1;
}

int master_open_core(struct master *m)
{
	const struct pool_spec core[] = {
		{.name = "nursery", .program = "mortise-plugin", .single = true, .nursery = true},
		{.name = "fetch", .program = "mortise-fetch", .listens = true, .own_user = true},
		{.name = "steward", .program = "mortise-steward", .single = true},
		{.name = "admin", .program = "mortise-api", .pool = "admin", .listens = true},
		{.name = "auth",
			.program = "mortise-api",
			.pool = "auth",
			.listens = true,
			.backlog = m->conf.auth_queue},
		{.name = "api", .program = "mortise-api", .listens = true},
	};
	for (size_t i = 0; i < sizeof(core) / sizeof(core[0]); i++) {
		struct pool_spec spec = core[i];
		spec.kind = POOL_CORE;
		spec.max = core_size(&m->conf, spec.name);
		if (!pool_open(m, &spec))
			return -1;
	}
	return 0;
}

/* What can't change while sockets and the pid file stand where they are. */
static bool same_place(const struct conf *a, const struct conf *b)
{
	return strcmp(a->run_dir, b->run_dir) == 0 && strcmp(a->user, b->user) == 0 &&
	       a->plugin_uid_first == b->plugin_uid_first;
}

void master_reload(struct master *m)
{
	struct conf fresh;
	struct err e;
	err_init(&e, NULL);
	if (conf_read(&fresh, m->conf_file, &e) < 0) {
		log_kv(LOG_LV_ERROR, "reload refused, the old configuration stays", "cause",
			e.message, NULL);
		return;
	}
	if (!same_place(&m->conf, &fresh)) {
		log_error("reload refused: run_dir, user and plugin_uid_first need a restart");
		return;
	}
	m->conf = fresh;
	master_read_keys(m);
	m->generation++;
	log_info("reloading: configuration read, workers are replaced one by one");
	for (struct pool *c = m->pools; c; c = c->next) {
		if (c->spec.kind == POOL_CORE) {
			c->spec.max = core_size(&m->conf, c->spec.name);
			atomic_store(&c->score->size, c->spec.max);
			pool_fill(c);
			continue;
		}
		/* On demand: they finish and leave, the next connection starts the new program. */
		for (int i = 0; i < SCORE_SLOTS; i++) {
			if (c->worker[i].pid)
				pool_retire(c, &c->worker[i]);
		}
		pool_check(c);
	}
}

/* Who fetches serves the admin pool, which may need it to the end. */
static bool is_door(const struct pool *c)
{
	return c->spec.kind == POOL_CORE && c->spec.listens && !c->spec.own_user;
}

static void drain(struct master *m, bool doors)
{
	for (struct pool *c = m->pools; c; c = c->next) {
		if (!c->gone && is_door(c) == doors)
			pool_drain(c);
	}
}

static void kill_all(struct master *m)
{
	for (struct pool *c = m->pools; c; c = c->next) {
		for (int i = 0; i < SCORE_SLOTS; i++) {
			if (c->worker[i].pid)
				pool_kill_worker(c, &c->worker[i], "killed: the master stops");
		}
		c->drain_starts = DRAIN_STARTS_MAX;
	}
}

static int longest_deadline(const struct conf *conf)
{
	int most = conf->api_deadline_ms;
	if (conf->admin_deadline_ms > most)
		most = conf->admin_deadline_ms;
	return conf->plugin_deadline_ms > most ? conf->plugin_deadline_ms : most;
}

void master_stop(struct master *m, bool at_once)
{
	int64_t now = clock_ms();
	if (m->stage == MASTER_RUN) {
		m->stage = MASTER_CLOSE_DOORS;
		m->stage_at = now;
		m->kill_at = now + longest_deadline(&m->conf) + 1000;
		log_info("stopping: workers finish what they have");
		drain(m, true);
	}
	if (at_once)
		m->kill_at = now;
}

static bool any_left(struct master *m, bool doors_only)
{
	for (struct pool *c = m->pools; c; c = c->next) {
		if (!doors_only || is_door(c))
			return true;
	}
	return false;
}

bool master_stopped(struct master *m)
{
	int64_t now = clock_ms();
	if (m->stage == MASTER_RUN)
		return false;
	bool late = now >= m->kill_at;
	if (any_left(m, true))
		m->stage_at = now;
	if (m->stage == MASTER_CLOSE_DOORS && (late || now - m->stage_at >= DOORS_PAUSE_MS)) {
		m->stage = MASTER_CLOSE_REST;
		drain(m, false);
	}
	if (late)
		kill_all(m);
	return m->stage == MASTER_CLOSE_REST && !any_left(m, false);
}
