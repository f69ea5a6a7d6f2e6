/*
 * pool_worker.c - one process of a pool: starts it with what it needs, stops it, kills it.
 */
#include "os/pool_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "os/nursery.h"
#include "crypt/role.h"
#include "os/sock.h"
#include "os/spawn.h"

#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS 30000

/* The child's descriptors */
enum { FD_LISTEN = 3, FD_SCORE, FD_WAKE, FD_SECRET, FD_STEWARD, FD_END };

int pool_next_pause(int pause_ms)
{
	if (pause_ms == 0)
		return PAUSE_LEAST_MS;
	return pause_ms * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : pause_ms * 2;
}

/* The database password of a plugin's role and, on a second line, the key that hand-overs to it are
 * signed with; readable once; -1 = none. */
static int secret_fd(struct pool *c)
{
	char role[ROLE_MAX], password[65], handover[65], text[140];
	int fd[2];
	if (!c->env->has_keys || pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	role_name(role, c->spec.key);
	role_password(password, c->env->role_key, role);
	role_handover_hex(handover, c->env->ticket_key, c->spec.key);
	int len = snprintf(text, sizeof(text), "%s\n%s\n", password, handover);
	ssize_t n = write(fd[1], text, (size_t)len);
	explicit_bzero(password, sizeof(password));
	explicit_bzero(handover, sizeof(handover));
	explicit_bzero(text, sizeof(text));
	close(fd[1]);
	if (n == len)
		return fd[0];
	close(fd[0]);
	return -1;
}

/* It can't read mortise.conf, which names what it must not know. */
static void calls_env(struct pool *c, struct spawn_env *e)
{
	const struct conf *conf = &c->env->conf;
	spawn_env_add(e, "MORTISE_CALLS_ALLOW=%s", conf->plugin_fetch_allow);
	spawn_env_add(e, "MORTISE_HOOKS_ALLOW=%s", conf->webhook_allow);
	spawn_env_add(e, "MORTISE_CALLS_CA=%s", conf->plugin_fetch_ca);
	spawn_env_add(e, "MORTISE_CALLS_PROXY=%s", conf->plugin_fetch_proxy);
	spawn_env_add(e, "MORTISE_CALLS_MAX=%d", conf->plugin_fetch_max);
}

static void common_env(struct pool *c, struct spawn_env *e, int place)
{
	static const char *const core[] = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", NULL};
	static const char *const plugin[] = {"PATH", NULL};
	spawn_env_pass(e, c->spec.kind == POOL_PLUGIN ? plugin : core);
#ifdef __SANITIZE_ADDRESS__
	static const char *const sanitizer[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", NULL};
	spawn_env_pass(e, sanitizer);
#endif
	if (c->spec.datagrams)
		calls_env(c, e);
	if (c->spec.listens)
		spawn_env_add(e, "MORTISE_LISTEN_FD=%d", FD_LISTEN);
	spawn_env_add(e, "MORTISE_SCORE_FD=%d", FD_SCORE);
	spawn_env_add(e, "MORTISE_WAKE_FD=%d", FD_WAKE);
	spawn_env_add(e, "MORTISE_SLOT=%d", place);
}

bool pool_is_shared(const struct pool *c)
{
	const char *s = c->env->conf.plugin_shared, *key = c->spec.key;
	size_t n = strlen(key);
	while (*s) {
		size_t len = strcspn(s, " ");
		if (len == n && strncmp(s, key, n) == 0)
			return true;
		s += len + (s[len] == ' ');
	}
	return false;
}

static void plugin_env(struct pool *c, struct spawn_env *e)
{
	const struct conf *conf = &c->env->conf;
	char role[ROLE_MAX];
	role_name(role, c->spec.key);
	spawn_env_add(e, "MORTISE_PLUGIN_SO=%s", c->spec.so);
	spawn_env_add(e, "MORTISE_PLUGIN_SHA256=%s", c->spec.so_sha256);
	spawn_env_add(e, "MORTISE_PLUGIN_KEY=%s", c->spec.key);
	spawn_env_add(e, "MORTISE_POOL=%s", c->spec.name);
	spawn_env_add(e, "MORTISE_DB_HOST=%s", conf->db_host);
	spawn_env_add(e, "MORTISE_DB_PORT=%d", conf->db_port);
	spawn_env_add(e, "MORTISE_DB_NAME=%s", conf->db_name);
	spawn_env_add(e, "MORTISE_DB_ROLE=%s", role);
	spawn_env_add(e, "MORTISE_SECRET_FD=%d", FD_SECRET);
	spawn_env_add(e, "MORTISE_STEWARD_FD=%d", FD_STEWARD);
	spawn_env_add(e, "MORTISE_IDLE_MS=%d", conf->plugin_idle_ms);
	spawn_env_add(e, "MORTISE_DEADLINE_MS=%d", conf->plugin_deadline_ms);
	spawn_env_add(e, "MORTISE_JOB_DEADLINE_MS=%d", conf->job_deadline_ms);
	spawn_env_add(e, "MORTISE_MEMORY_MB=%d", conf->plugin_memory_mb);
	spawn_env_add(e, "MORTISE_GUESTS_MAX=%d", conf->plugin_guests_max);
	spawn_env_add(e, "MORTISE_GUESTS_SHARED=%d", pool_is_shared(c));
	spawn_env_add(e, "MORTISE_REPLY_MAX_MB=%d", conf->plugin_reply_max_mb);
	spawn_env_add(e, "MORTISE_ROWS_MAX_MB=%d", conf->plugin_rows_max_mb);
	spawn_env_add(e, "MORTISE_STATEMENTS_MAX=%d", conf->plugin_statements_max);
	spawn_env_add(e, "MORTISE_NOTIFICATIONS_MAX=%d", conf->plugin_notifications_max);
	spawn_env_add(e, "MORTISE_EVENTS_MAX=%d", conf->plugin_events_max);
	spawn_env_add(e, "MORTISE_STATEMENTS_RATE=%d", conf->plugin_statements_per_second);
	spawn_env_add(e, "MORTISE_MB_RATE=%d", conf->plugin_mb_per_second);
	spawn_env_add(e, "MORTISE_SANDBOX=%s", conf->plugin_sandbox);
	spawn_env_add(e, "MORTISE_PLUGIN_DEBUG=%s", conf->plugin_debug);
	char calls[512];
	if (env_run_path(c->env, calls, sizeof(calls), "calls.sock") == 0)
		spawn_env_add(e, "MORTISE_CALLS=%s", calls);
	spawn_env_add(e, "MORTISE_FETCH_MB=%d", conf->plugin_fetch_mb);
	/* The host starts as the master's user, makes its spawner of guests, and becomes its own. */
	if (c->env->is_root) {
		int first = conf->plugin_uid_first + 2 * c->spec.number;
		spawn_env_add(e, "MORTISE_GUEST_UID=%d", first);
		spawn_env_add(e, "MORTISE_HOST_UID=%d", first + 1);
	}
}

/* A free place; in a core pool the one with the longest pause, so that a pause can't be avoided by
 * moving to a fresh place. */
static struct pool_worker *free_place(struct pool *c)
{
	struct pool_worker *best = NULL;
	int64_t now = clock_ms();
	for (int i = 0; i < SCORE_SLOTS; i++) {
		struct pool_worker *w = &c->worker[i];
		if (w->pid == 0 && w->due <= now && (!best || w->pause_ms > best->pause_ms))
			best = w;
	}
	return best;
}

/* A process in SIGSTOP would stay, and occupy its place. */
static void kill_nursery(struct pool *c)
{
	for (int i = 0; c && i < SCORE_SLOTS; i++) {
		if (c->worker[i].pid)
			pool_kill_worker(&c->worker[i], "killed-silent");
	}
}

static pid_t spawn_plugin(struct pool *c, struct spawn *s, int *fds)
{
	struct env *env = c->env;
	fds[FD_SECRET] = secret_fd(c);
	fds[FD_STEWARD] = c->steward_fd;
	s->memory_mb = env->conf.plugin_memory_mb;
	s->files_max = 64;
	s->no_file_writes = true;
	s->first_to_go = true;
	s->cgroup = c->cgroup[0] ? c->cgroup : NULL;
	bool had_nursery = env->nursery.ready;
	pid_t pid = nursery_spawn(&env->nursery, s);
	if (pid < 0 && had_nursery)
		kill_nursery(env->nursery_pool);
	if (pid < 0)
		pid = spawn_start(s);
	if (fds[FD_SECRET] >= 0)
		close(fds[FD_SECRET]);
	return pid;
}

/* As the master itself: it gives its children their users. The last word of its command line is room for
 * a pool's name. */
static pid_t spawn_nursery(struct pool *c, struct spawn *s)
{
	static char room[] = "                                                                ";
	char *argv[] = {s->argv[0], (char *)"--nursery", room, NULL};
	int fds[NURSERY_FD + 1] = {-1, c->log.write_fd, c->log.write_fd, -1};
	if (nursery_open(&c->env->nursery, &fds[NURSERY_FD]) < 0)
		return -1;
	c->env->nursery_pool = c;
	s->argv = argv;
	s->fds = fds;
	s->n_fds = NURSERY_FD + 1;
	pid_t pid = spawn_start(s);
	close(fds[NURSERY_FD]);
	return pid;
}

static pid_t spawn_core(struct pool *c, struct spawn *s)
{
	struct env *env = c->env;
	if (c->spec.own_user && env->is_root) {
		s->uid = (uid_t)(env->conf.plugin_uid_first - c->spec.own_user);
		s->gid = (gid_t)s->uid;
		s->first_to_go = true;
	} else if (env->is_root && env->conf.user[0]) {
		s->uid = env->uid;
		s->gid = env->gid;
		s->user = env->conf.user;
	}
	s->files_max = (long)env->files.rlim_cur;
	return spawn_start(s);
}

static pid_t spawn_worker(struct pool *c, int place)
{
	char program[400];
	struct spawn_env vars;
	snprintf(program, sizeof(program), "%s/%s", c->env->conf.lib_dir, c->spec.program);
	char *core_argv[] = {program, (char *)"-c", c->env->conf_file, NULL, NULL, NULL};
	char *plugin_argv[] = {program, NULL};
	if (c->spec.pool) {
		core_argv[3] = (char *)"--pool";
		core_argv[4] = (char *)c->spec.pool;
	}
	int fds[FD_END] = {-1, c->log.write_fd, c->log.write_fd, c->listener.fd, c->score_fd,
		c->wake_fd, -1, -1};
	bool plugin = c->spec.kind == POOL_PLUGIN;
	spawn_env_init(&vars);
	common_env(c, &vars, place);
	if (plugin)
		plugin_env(c, &vars);
	struct spawn s = {
		.argv = plugin ? plugin_argv : core_argv,
		.envp = vars.vars,
		.fds = fds,
		.n_fds = plugin ? FD_END : FD_WAKE + 1,
		.uid = SPAWN_STAY,
		.gid = (gid_t)-1,
	};
	if (vars.full) {
		errno = E2BIG;
		return -1;
	}
	if (c->spec.nursery)
		return spawn_nursery(c, &s);
	return plugin ? spawn_plugin(c, &s, fds) : spawn_core(c, &s);
}

int pool_start_worker(struct pool *c)
{
	struct pool_worker *w = free_place(c);
	if (!w)
		return -1;
	int pause_ms = w->pause_ms;
	int place = (int)(w - c->worker);
	memset(pool_slot(c, w), 0, sizeof(struct score_slot));
	pid_t pid = spawn_worker(c, place);
	if (pid < 0) {
		log_kv(LOG_LV_ERROR, "no process for a pool", "pool", c->spec.name, "cause",
			strerror(errno), NULL);
		w->pause_ms = pool_next_pause(pause_ms);
		w->due = clock_ms() + w->pause_ms;
		c->not_before = w->due;
		return -1;
	}
	*w = (struct pool_worker){
		.pid = pid,
		.started = clock_ms(),
		.generation = c->env->generation,
		.pause_ms = pause_ms,
	};
	return 0;
}

void pool_retire(struct pool *c, struct pool_worker *w)
{
	if (c->spec.nursery)
		nursery_close(&c->env->nursery); /* no orders any more */
	if (!w->stopped_at)
		w->stopped_at = clock_ms();
	kill(w->pid, SIGTERM);
}

void pool_kill_worker(struct pool_worker *w, const char *why)
{
	w->killed_for = why;
	kill(w->pid, SIGKILL);
}

struct pool_worker *pool_find_worker(struct pool *c, pid_t pid)
{
	for (int i = 0; i < SCORE_SLOTS; i++) {
		if (c->worker[i].pid == pid)
			return &c->worker[i];
	}
	return NULL;
}

int pool_count_alive(const struct pool *c)
{
	int n = 0;
	for (int i = 0; i < SCORE_SLOTS; i++)
		n += c->worker[i].pid != 0;
	return n;
}

void pool_retire_all(struct pool *c)
{
	for (int i = 0; i < SCORE_SLOTS; i++) {
		if (c->worker[i].pid)
			pool_retire(c, &c->worker[i]);
	}
}
