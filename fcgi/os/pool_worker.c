/*
 * pool_worker.c - one process of a pool: start it with what it needs, tell it to leave, bury it.
 */
#include "os/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "os/master.h"
#include "os/nursery.h"
#include "crypt/role.h"
#include "os/sock.h"
#include "os/spawn.h"
#include "os/tally.h"

#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS 30000
#define PAUSE_MOST_PLUGIN_MS 2000 /* someone waits, and its crashes are limited otherwise */
#define GOOD_LIFE_MS 10000
#define LOST_MS_MAX 600000 /* what a slot says beyond that is nonsense */

/* The child's descriptors */
enum { FD_LISTEN = 3, FD_SCORE, FD_WAKE, FD_SECRET, FD_STEWARD, FD_END };

static int pause_next(int pause_ms)
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
	if (!c->m->has_keys || pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	role_name(role, c->spec.key);
	role_password(password, c->m->role_key, role);
	role_handover_hex(handover, c->m->ticket_key, c->spec.key);
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

static void common_env(struct pool *c, struct spawn_env *e, int place)
{
	static const char *const core[] = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", NULL};
	static const char *const plugin[] = {"PATH", NULL};
	spawn_env_pass(e, c->spec.kind == POOL_PLUGIN ? plugin : core);
#ifdef __SANITIZE_ADDRESS__
	static const char *const sanitizer[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", NULL};
	spawn_env_pass(e, sanitizer);
#endif
	if (c->spec.listens)
		spawn_env_add(e, "MORTISE_LISTEN_FD=%d", FD_LISTEN);
	spawn_env_add(e, "MORTISE_SCORE_FD=%d", FD_SCORE);
	spawn_env_add(e, "MORTISE_WAKE_FD=%d", FD_WAKE);
	spawn_env_add(e, "MORTISE_SLOT=%d", place);
}

bool pool_is_shared(const struct pool *c)
{
	const char *s = c->m->conf.plugin_shared, *key = c->spec.key;
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
	const struct conf *conf = &c->m->conf;
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
	spawn_env_add(e, "MORTISE_MEMORY_MB=%d", conf->plugin_memory_mb);
	spawn_env_add(e, "MORTISE_GUESTS_MAX=%d", conf->plugin_guests_max);
	spawn_env_add(e, "MORTISE_GUESTS_SHARED=%d", pool_is_shared(c));
	spawn_env_add(e, "MORTISE_REPLY_MAX_MB=%d", conf->plugin_reply_max_mb);
	spawn_env_add(e, "MORTISE_ROWS_MAX_MB=%d", conf->plugin_rows_max_mb);
	spawn_env_add(e, "MORTISE_STATEMENTS_MAX=%d", conf->plugin_statements_max);
	spawn_env_add(e, "MORTISE_NOTIFICATIONS_MAX=%d", conf->plugin_notifications_max);
	spawn_env_add(e, "MORTISE_SANDBOX=%s", conf->plugin_sandbox);
	spawn_env_add(e, "MORTISE_PLUGIN_DEBUG=%s", conf->plugin_debug);
	/* The host starts as the master's user, makes its spawner of guests, and becomes its own. */
	if (c->m->is_root) {
		int first = conf->plugin_uid_first + 2 * c->spec.number;
		spawn_env_add(e, "MORTISE_GUEST_UID=%d", first);
		spawn_env_add(e, "MORTISE_HOST_UID=%d", first + 1);
	}
}

/* A free place; of a core pool's the one whose pause was longest, so that a pause is not forgotten by
 * moving on to a fresh place. */
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

/* One that is stopped would stay so, and its place with it. */
static void end_nursery(struct master *m)
{
	for (struct pool *c = m->pools; c; c = c->next) {
		for (int i = 0; c->spec.nursery && i < SCORE_SLOTS; i++) {
			if (c->worker[i].pid)
				pool_kill_worker(c, &c->worker[i], "killed: it did not answer");
		}
	}
}

static pid_t spawn_plugin(struct pool *c, struct spawn *s, int *fds)
{
	struct master *m = c->m;
	fds[FD_SECRET] = secret_fd(c);
	fds[FD_STEWARD] = c->steward_fd;
	s->memory_mb = m->conf.plugin_memory_mb;
	s->files_max = 64;
	s->no_file_writes = true;
	s->first_to_go = true;
	s->cgroup = c->cgroup[0] ? c->cgroup : NULL;
	bool had_nursery = m->nursery.ready;
	pid_t pid = nursery_spawn(&m->nursery, s);
	if (pid < 0 && had_nursery)
		end_nursery(m);
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
	if (nursery_open(&c->m->nursery, &fds[NURSERY_FD]) < 0)
		return -1;
	s->argv = argv;
	s->fds = fds;
	s->n_fds = NURSERY_FD + 1;
	pid_t pid = spawn_start(s);
	close(fds[NURSERY_FD]);
	return pid;
}

static pid_t spawn_core(struct pool *c, struct spawn *s)
{
	struct master *m = c->m;
	if (c->spec.own_user && m->is_root) {
		s->uid = (uid_t)(m->conf.plugin_uid_first - FETCH_UID_BELOW);
		s->gid = (gid_t)s->uid;
		s->first_to_go = true;
	} else if (m->is_root && m->conf.user[0]) {
		s->uid = m->uid;
		s->gid = m->gid;
		s->user = m->conf.user;
	}
	s->files_max = (long)m->files.rlim_cur;
	return spawn_start(s);
}

static pid_t spawn_worker(struct pool *c, int place)
{
	struct master *m = c->m;
	char program[400];
	struct spawn_env env;
	snprintf(program, sizeof(program), "%s/%s", m->conf.lib_dir, c->spec.program);
	char *core_argv[] = {program, (char *)"-c", m->conf_file, NULL, NULL, NULL};
	char *plugin_argv[] = {program, NULL};
	if (c->spec.pool) {
		core_argv[3] = (char *)"--pool";
		core_argv[4] = (char *)c->spec.pool;
	}
	int fds[FD_END] = {-1, c->log.write_fd, c->log.write_fd, c->listener.fd, c->score_fd,
		c->wake_fd, -1, -1};
	bool plugin = c->spec.kind == POOL_PLUGIN;
	spawn_env_init(&env);
	common_env(c, &env, place);
	if (plugin)
		plugin_env(c, &env);
	struct spawn s = {
		.argv = plugin ? plugin_argv : core_argv,
		.envp = env.vars,
		.fds = fds,
		.n_fds = plugin ? FD_END : FD_WAKE + 1,
		.uid = SPAWN_STAY,
		.gid = (gid_t)-1,
	};
	if (env.full) {
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
		w->pause_ms = pause_next(pause_ms);
		w->due = clock_ms() + w->pause_ms;
		c->not_before = w->due;
		return -1;
	}
	*w = (struct pool_worker){
		.pid = pid,
		.started = clock_ms(),
		.generation = c->m->generation,
		.pause_ms = pause_ms,
	};
	return 0;
}

void pool_retire(struct pool *c, struct pool_worker *w)
{
	if (c->spec.nursery)
		nursery_close(&c->m->nursery); /* no orders any more */
	if (!w->told_at)
		w->told_at = clock_ms();
	kill(w->pid, SIGTERM);
}

void pool_kill_worker(struct pool *c, struct pool_worker *w, const char *why)
{
	(void)c;
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

static void describe(char *ret, size_t n, const struct pool_worker *w, int status, bool was_busy)
{
	const char *when = was_busy ? " in a request" : "";
	if (w->killed_for)
		snprintf(ret, n, "%s", w->killed_for);
	else if (WIFSIGNALED(status))
		snprintf(ret, n, "ended by signal %d (%s)%s", WTERMSIG(status),
			sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?",
			when);
	else
		snprintf(ret, n, "ended with status %d%s", WEXITSTATUS(status), when);
}

/* Told to leave, it may end by the signal itself when it had no time to arrange for it. */
static bool is_crash(const struct pool_worker *w, int status, bool was_busy)
{
	if (w->no_crash)
		return false;
	if (w->killed_for)
		return !w->told_at || was_busy;
	if (WIFSIGNALED(status))
		return !(
			w->told_at && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL));
	return WEXITSTATUS(status) != 0 || was_busy;
}

/* How many abnormal ends are there in the window, this one included? */
static int count_crash(struct pool *c)
{
	int64_t now = clock_ms();
	int64_t since = now - (int64_t)c->m->conf.crash_window_s * 1000;
	c->crash_at[c->next_crash_at] = now;
	c->next_crash_at = (c->next_crash_at + 1) % POOL_CRASHES_MAX;
	if (c->n_crash_at < POOL_CRASHES_MAX)
		c->n_crash_at++;
	int n = 0;
	for (int i = 0; i < c->n_crash_at; i++)
		n += c->crash_at[i] >= since;
	return n;
}

static void plugin_ended(struct pool *c, bool crash, bool idle_end, const char *how)
{
	if (crash && count_crash(c) >= c->m->conf.crash_limit)
		pool_quarantine(c, how);
	/* One that ends before it served anything would be started again at once for the connection that
	 * still waits: the pause keeps that from becoming a loop. */
	if (idle_end) {
		c->pause_ms = pause_next(c->pause_ms);
		if (c->pause_ms > PAUSE_MOST_PLUGIN_MS)
			c->pause_ms = PAUSE_MOST_PLUGIN_MS;
		c->not_before = clock_ms() + c->pause_ms;
	} else {
		c->pause_ms = 0;
	}
}

static void place_ended(struct pool *c, struct pool_worker *w, int64_t life_ms, bool told)
{
	int pause_ms = w->pause_ms;
	*w = (struct pool_worker){0};
	if (told)
		return;
	c->restarts++;
	if (life_ms >= GOOD_LIFE_MS)
		return;
	w->pause_ms = pause_next(pause_ms);
	w->due = clock_ms() + w->pause_ms;
}

/* Nobody else can: the worker is dead. The slot is the plugin's to write, so it can be wrong about itself. */
static void count_lost_call(struct pool *c, struct score_slot *slot)
{
	struct tally t = {.tenant = atomic_load(&slot->tenant)};
	int64_t ms = clock_ms() - atomic_load(&slot->busy_since);
	char line[TALLY_LINE_MAX];
	size_t n;

	if (t.tenant <= 0)
		return;
	tally_count(&t, (uint64_t)(ms > 0 && ms < LOST_MS_MAX ? ms * 1000 : 0), 0, true);
	n = tally_print(line, sizeof(line), &t);
	pool_pass_usage(c, line, n);
}

/* A guest that crashed has cost its request and nothing else, but it is the plugin's crash all the same. */
void pool_count_guests(struct pool *c, struct pool_worker *w, struct score_slot *slot)
{
	uint32_t n = atomic_load(&slot->guests_failed);
	char how[sizeof(slot->guest_how)];
	if (n == w->seen_failed)
		return;
	uint32_t more = n - w->seen_failed;
	w->seen_failed = n;
	score_text(how, sizeof(how), slot->guest_how, sizeof(slot->guest_how));
	for (uint32_t i = 0; i < more && i < POOL_CRASHES_MAX; i++) {
		c->crashes++;
		if (count_crash(c) >= c->m->conf.crash_limit && !w->told_at)
			pool_quarantine(c, how);
	}
}

void pool_worker_ended(struct pool *c, struct pool_worker *w, int status)
{
	struct score_slot *slot = pool_slot(c, w);
	bool was_busy = atomic_load(&slot->busy) != 0;
	uint64_t requests = atomic_load(&slot->requests);
	int64_t life = clock_ms() - w->started;
	bool told = w->told_at != 0;
	bool crash = is_crash(w, status, was_busy);
	char how[120], id[40], pid[16];

	describe(how, sizeof(how), w, status, was_busy);
	score_text(id, sizeof(id), slot->request_id, sizeof(slot->request_id));
	snprintf(pid, sizeof(pid), "%d", (int)w->pid);
	log_kv(crash ? LOG_LV_WARN : LOG_LV_INFO, crash ? "worker crashed" : "worker left", "pool",
		c->spec.name, "pid", pid, "how", how, "request", was_busy && id[0] ? id : NULL,
		NULL);

	if (c->spec.nursery)
		nursery_close(&c->m->nursery);
	if (c->spec.kind == POOL_PLUGIN)
		pool_count_guests(c, w, slot);
	if (was_busy)
		atomic_fetch_sub(&c->score->n_busy, 1);
	if (was_busy && c->spec.kind == POOL_PLUGIN)
		count_lost_call(c, slot);
	memset(slot, 0, sizeof(*slot));
	c->requests_ended += requests;
	c->crashes += crash;
	if (c->spec.kind == POOL_CORE) {
		place_ended(c, w, life, told);
	} else {
		*w = (struct pool_worker){0};
		c->restarts += crash;
		bool nothing_done = requests == 0 && life < c->m->conf.plugin_idle_ms && !told;
		plugin_ended(c, crash, nothing_done, how);
	}
	if (c->draining && pool_count_alive(c) == 0 &&
		(c->spec.kind == POOL_CORE || !sock_pending(c->listener.fd) ||
			c->drain_starts >= DRAIN_STARTS_MAX))
		c->gone = true;
	else if (c->spec.kind == POOL_PLUGIN)
		pool_check(c);
	else
		pool_fill(c);
}
