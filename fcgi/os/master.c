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
	uid_t uid = m->env.is_root ? m->env.uid : (uid_t)-1;
	if (make_folder(m->env.conf.run_dir, uid, m->env.gid, 0755) < 0 ||
		make_folder(m->env.conf.log_dir, uid, m->env.gid, 0750) < 0)
		return -1;
	if (env_run_path(&m->env, path, sizeof(path), "plugins") < 0) {
		errno = ENAMETOOLONG;
		return fail("folder", m->env.conf.run_dir);
	}
	return make_folder(path, (uid_t)-1, m->env.gid, 0755);
}

/* Sockets of pools that a killed master left: nobody listens there any more, and a name that exists
 * means "the pool is there" to others. */
static void remove_leftovers(struct master *m)
{
	char path[512];
	if (env_run_path(&m->env, path, sizeof(path), "plugins") < 0)
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
	if (env_run_path(&m->env, path, sizeof(path), "mortised.pid") < 0)
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
	if (env_run_path(&m->env, path, sizeof(path), "mortised.pid") == 0)
		pidfile_drop(path, m->pid_fd);
}

static void reopen_log(struct master *m)
{
	char path[512];
	if (m->foreground) {
		log_info("in the foreground the log is standard error: nothing to reopen");
		return;
	}
	snprintf(path, sizeof(path), "%s/mortised.log", m->env.conf.log_dir);
	int fd = open(
		path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	if (fd < 0) {
		log_kv(LOG_LV_ERROR, "the log can't be opened; the old one is kept", "file", path,
			"cause", strerror(errno), NULL);
		return;
	}
	if (m->env.is_root && fchown(fd, m->env.uid, m->env.gid) < 0)
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
		if (!trial_ended(&m->trials, pid, status))
			pool_list_ended(&m->list, pid, status);
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
		if (m->list.stage == LIST_RUN)
			pool_list_reload(&m->list);
		break;
	case SIGUSR1:
		reopen_log(m);
		log_info("log opened again");
		break;
	default: /* SIGTERM, SIGINT; the second one doesn't wait */
		pool_list_stop(&m->list, m->list.stage != LIST_RUN);
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
	if (m->signals.fd < 0 || watch_add(m->env.epoll, &m->signals, EPOLLIN) < 0)
		return fail("signals", "signalfd");
	return 0;
}

/* Every pool takes seven descriptors; the usual soft limit of 1024 is for programs with select(). */
static void raise_files(struct master *m)
{
	getrlimit(RLIMIT_NOFILE, &m->env.files);
	struct rlimit most = {.rlim_cur = m->env.files.rlim_max, .rlim_max = m->env.files.rlim_max};
	setrlimit(RLIMIT_NOFILE, &most);
}

static int master_open(struct master *m)
{
	m->env.is_root = geteuid() == 0;
	m->list.env = &m->env;
	m->trials.env = &m->env;
	m->control = (struct control_server){
		.list = &m->list, .trials = &m->trials, .started = clock_ms()};
	m->env.on_quarantine = control_server_quarantine;
	m->env.owner = &m->control;
	m->control.in.fd = m->signals.fd = m->pid_fd = m->env.nursery.fd = -1;
	umask(022);
	if (env_read_user(&m->env) < 0 || make_folders(m) < 0 || take_pid_file(m) < 0)
		return -1;
	if (!m->foreground)
		reopen_log(m);
	raise_files(m);
	env_read_keys(&m->env);
	if (!m->env.has_keys) {
		/* Every worker would end at once, and be started again. */
		log_kv(LOG_LV_ERROR, "the master can't start: run `mortise setup` first", "keys",
			m->env.conf.key_dir, NULL);
		return -1;
	}
	remove_leftovers(m);
	cgroup_probe("/sys/fs/cgroup", "/proc/self/cgroup", m->env.cgroup, sizeof(m->env.cgroup));
	m->env.epoll = epoll_create1(EPOLL_CLOEXEC);
	m->env.dgram = sock_dgram();
	if (m->env.epoll < 0 || m->env.dgram < 0)
		return fail("epoll", "");
	/* Nothing below a master ever gains rights by exec; and the master keeps few of root's. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (m->env.is_root && m->env.conf.user[0])
		rights_trim();
	if (open_signals(m) < 0 || control_server_open(&m->control) < 0 ||
		pool_list_open_core(&m->list) < 0)
		return -1;
	return 0;
}

static void loop(struct master *m)
{
	int64_t next_tick = clock_ms() + TICK_MS;
	while (!pool_list_stopped(&m->list)) {
		int64_t until = pool_list_check_due(&m->list, next_tick);
		if (watch_wait(m->env.epoll, clock_left(until)) < 0) {
			fail("epoll_wait", "");
			return;
		}
		if (clock_ms() >= next_tick) {
			pool_list_tick(&m->list);
			trial_tick(&m->trials);
			next_tick = clock_ms() + TICK_MS;
		}
		pool_list_sweep(&m->list);
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
	control_server_close(&m->control);
	drop_pid_file(m);
	log_info("master has stopped");
	return 0;
}
