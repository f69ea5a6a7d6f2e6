/*
 * master.c - the loop: one epoll set, signals through a signalfd, a tick.
 */
#include "os/master.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/cgroup.h"
#include "os/pidfile.h"
#include "os/rights.h"
#include "os/sock.h"

static int fail(const char *what, const char *where)
{
	log_kv(LOG_LV_ERROR, "the master can't start", "step", what, "where", where, "cause",
		strerror(errno), NULL);
	return -1;
}

static int make_folder(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : fail("folder", path);
	return uid != (uid_t)-1 && lchown(path, uid, gid) < 0 ? fail("owner", path) : 0;
}

/* The run folder is conf.user's: nginx and others make their sockets there. The plugins' folder below
 * is the master's own, so that nobody else can put a socket in a pool's place. */
static int make_folders(struct master *m)
{
	char path[512];
	uid_t uid = m->is_root ? m->uid : (uid_t)-1;
	if (make_folder(m->conf.run_dir, uid, m->gid, 0755) < 0 ||
		make_folder(m->conf.log_dir, uid, m->gid, 0750) < 0)
		return -1;
	if (master_run_path(m, path, sizeof(path), "plugins") < 0) {
		errno = ENAMETOOLONG;
		return fail("folder", m->conf.run_dir);
	}
	return make_folder(path, (uid_t)-1, m->gid, 0755);
}

/* Sockets of pools that a killed master left: nobody listens there any more, and a name that exists
 * means "the pool is there" to others. */
static void remove_leftovers(struct master *m)
{
	char path[512];
	if (master_run_path(m, path, sizeof(path), "plugins") < 0)
		return;
	DIR *d = opendir(path);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		size_t n = strlen(e->d_name);
		if (n > 5 && strcmp(e->d_name + n - 5, ".sock") == 0)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
}

static int take_pid_file(struct master *m)
{
	char path[512];
	pid_t holder = 0;
	if (master_run_path(m, path, sizeof(path), "mortised.pid") < 0)
		return -1;
	m->pid_fd = pidfile_take(path, &holder);
	if (m->pid_fd >= 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return fail("pid file", path);
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)holder);
	log_kv(LOG_LV_ERROR, "another master is running here", "pid", pid, "file", path, NULL);
	return -1;
}

static void drop_pid_file(struct master *m)
{
	char path[512];
	if (master_run_path(m, path, sizeof(path), "mortised.pid") == 0)
		pidfile_drop(path, m->pid_fd);
}

static void reopen_log(struct master *m)
{
	char path[512];
	if (m->foreground) {
		log_info("in the foreground the log is standard error: nothing to reopen");
		return;
	}
	snprintf(path, sizeof(path), "%s/mortised.log", m->conf.log_dir);
	int fd = open(
		path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	if (fd < 0) {
		log_kv(LOG_LV_ERROR, "the log can't be opened; the old one is kept", "file", path,
			"cause", strerror(errno), NULL);
		return;
	}
	if (m->is_root && fchown(fd, m->uid, m->gid) < 0)
		log_warn("the log stays root's: %s", strerror(errno));
	dup2(fd, STDERR_FILENO);
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

static void reap(struct master *m)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (trial_ended(m, pid, status))
			continue;
		for (struct pool *c = m->pools; c; c = c->next) {
			struct pool_worker *w = pool_find_worker(c, pid);
			if (w) {
				pool_worker_ended(c, w, status);
				break;
			}
		}
	}
}

static void on_signal(struct watch *w, uint32_t events)
{
	struct master *m = w->owner;
	struct signalfd_siginfo si;
	(void)events;
	if (read(w->fd, &si, sizeof(si)) != sizeof(si))
		return;
	switch (si.ssi_signo) {
	case SIGCHLD:
		reap(m);
		break;
	case SIGHUP:
		if (m->stage == MASTER_RUN)
			master_reload(m);
		break;
	case SIGUSR1:
		reopen_log(m);
		log_info("log opened again");
		break;
	default: /* SIGTERM, SIGINT; the second one doesn't wait */
		master_stop(m, m->stage != MASTER_RUN);
	}
}

static int open_signals(struct master *m)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* An inherited "ignore" would lose the ends of workers. */
	signal(SIGCHLD, SIG_DFL);
	m->signals = (struct watch){.ready = on_signal, .owner = m};
	m->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signals.fd < 0 || watch_add(m->epoll, &m->signals, EPOLLIN) < 0)
		return fail("signals", "signalfd");
	return 0;
}

/* Every pool takes seven descriptors; the usual soft limit of 1024 is for programs with select(). */
static void raise_files(struct master *m)
{
	getrlimit(RLIMIT_NOFILE, &m->files);
	struct rlimit most = {.rlim_cur = m->files.rlim_max, .rlim_max = m->files.rlim_max};
	setrlimit(RLIMIT_NOFILE, &most);
}

static int master_open(struct master *m)
{
	m->is_root = geteuid() == 0;
	m->started = clock_ms();
	m->control.fd = m->signals.fd = m->pid_fd = m->nursery.fd = -1;
	umask(022);
	if (master_user(m) < 0 || make_folders(m) < 0 || take_pid_file(m) < 0)
		return -1;
	if (!m->foreground)
		reopen_log(m);
	raise_files(m);
	master_read_keys(m);
	remove_leftovers(m);
	cgroup_probe("/sys/fs/cgroup", "/proc/self/cgroup", m->cgroup, sizeof(m->cgroup));
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	m->dgram = sock_dgram();
	if (m->epoll < 0 || m->dgram < 0)
		return fail("epoll", "");
	/* Nothing below a master ever gains rights by exec; and the master keeps few of root's. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (m->is_root && m->conf.user[0])
		rights_trim();
	if (open_signals(m) < 0 || control_server_open(m) < 0 || master_open_core(m) < 0)
		return -1;
	return 0;
}

static void sweep(struct master *m)
{
	for (struct pool **at = &m->pools; *at;) {
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

static int64_t look_when_due(struct master *m, int64_t next)
{
	int64_t now = clock_ms();
	for (struct pool *c = m->pools; c; c = c->next) {
		if (c->check_at && c->check_at <= now)
			pool_check(c);
		if (c->check_at && c->check_at < next)
			next = c->check_at;
	}
	return next;
}

static void tick(struct master *m)
{
	for (struct pool *c = m->pools; c; c = c->next) {
		if (!c->gone)
			pool_tick(c);
	}
	trial_tick(m);
}

static void loop(struct master *m)
{
	int64_t next_tick = clock_ms() + TICK_MS;
	while (!master_stopped(m)) {
		int64_t until = look_when_due(m, next_tick);
		if (watch_wait(m->epoll, clock_left(until)) < 0) {
			fail("epoll_wait", "");
			return;
		}
		if (clock_ms() >= next_tick) {
			tick(m);
			next_tick = clock_ms() + TICK_MS;
		}
		sweep(m);
	}
}

int master_run(struct master *m, int ready_fd)
{
	if (master_open(m) < 0) {
		if (m->pid_fd >= 0)
			drop_pid_file(m);
		return 1;
	}
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	log_kv(LOG_LV_INFO, "master is ready", "pid", pid, "version", MORTISE_VERSION, NULL);
	if (ready_fd >= 0) {
		if (write(ready_fd, "1", 1) < 0)
			log_warn("nobody waits for readiness any more");
		close(ready_fd);
	}
	loop(m);
	control_server_close(m);
	drop_pid_file(m);
	log_info("master has stopped");
	return 0;
}
