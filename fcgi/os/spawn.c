/*
 * spawn.c - fork, arrange, exec.
 */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "os/file.h"

#define EXIT_SETUP 126
#define EXIT_EXEC 127
/* Address space counts what is mapped but never touched: code of shared libraries, reserved arenas. */
#define LIBRARIES_MB 256

void spawn_env_init(struct spawn_env *e)
{
	e->n_vars = 0;
	e->used = 0;
	e->full = false;
	e->vars[0] = NULL;
}

void spawn_env_add(struct spawn_env *e, const char *fmt, ...)
{
	size_t room = sizeof(e->text) - e->used;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(e->text + e->used, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room || e->n_vars + 1 >= sizeof(e->vars) / sizeof(e->vars[0])) {
		e->full = true;
		return;
	}
	e->vars[e->n_vars++] = e->text + e->used;
	e->vars[e->n_vars] = NULL;
	e->used += (size_t)n + 1;
}

void spawn_env_pass(struct spawn_env *e, const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		const char *value = getenv(names[i]);
		if (value)
			spawn_env_add(e, "%s=%s", names[i], value);
	}
}

static void give_up(const struct spawn *s, const char *what, int status)
{
	log_kv(LOG_LV_ERROR, "a process can't start", "program", s->argv[0], "step", what, "cause",
		strerror(errno), NULL);
	_exit(status);
}

/* Copies above all targets first, so that no dup2() lands on a descriptor still to be copied. */
static int arrange_fds(const struct spawn *s)
{
	int high[SPAWN_FDS_MAX];
	for (size_t i = 0; i < s->n_fds; i++) {
		int from = s->fds[i];
		if (from < 0 && i > 2) {
			high[i] = -1;
			continue;
		}
		int null = from < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
		high[i] = fcntl(from < 0 ? null : from, F_DUPFD_CLOEXEC, SPAWN_FDS_MAX);
		if (high[i] < 0)
			return -1;
	}
	for (size_t i = 0; i < s->n_fds; i++) {
		if (high[i] >= 0 && dup2(high[i], (int)i) < 0)
			return -1;
		if (high[i] < 0)
			close((int)i);
	}
	return close_range((unsigned)s->n_fds, ~0u, 0);
}

static int limit(int what, rlim_t value)
{
	struct rlimit now;
	if (getrlimit((__rlimit_resource_t)what, &now) < 0)
		return -1;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
		value = now.rlim_max;
	struct rlimit r = {.rlim_cur = value, .rlim_max = value};
	return setrlimit((__rlimit_resource_t)what, &r);
}

/* The host may still copy the library into memory that counts as a file; then it gives that up too
 * (host/library.c). */
static int no_files_for_now(void)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_FSIZE, &now) < 0)
		return -1;
	now.rlim_cur = 0;
	return setrlimit(RLIMIT_FSIZE, &now);
}

static int set_limits(const struct spawn *s)
{
#ifdef __SANITIZE_ADDRESS__ /* its shadow memory takes terabytes of address space */
	rlim_t mb = 0;
#else
	rlim_t mb = (rlim_t)s->memory_mb;
#endif
	const struct {
		__rlimit_resource_t what;
		bool wanted;
		rlim_t most;
	} limits[] = {
		{RLIMIT_CORE, true, 0},
		{RLIMIT_DATA, mb > 0, mb << 20},
		{RLIMIT_AS, mb > 0, (mb + LIBRARIES_MB) << 20},
		{RLIMIT_NOFILE, s->files_max > 0, (rlim_t)s->files_max},
		{RLIMIT_NPROC, s->processes_max > 0 && s->uid != SPAWN_STAY,
			(rlim_t)s->processes_max},
		{RLIMIT_CPU, s->cpu_s > 0, (rlim_t)s->cpu_s},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (limits[i].wanted && limit(limits[i].what, limits[i].most) < 0)
			return -1;
	return s->no_file_writes ? no_files_for_now() : 0;
}

static int change_user(const struct spawn *s)
{
	if (s->uid == SPAWN_STAY)
		return 0;
	if ((s->user ? initgroups(s->user, s->gid) : setgroups(0, NULL)) < 0)
		return -1;
	return setresgid(s->gid, s->gid, s->gid) < 0 || setresuid(s->uid, s->uid, s->uid) < 0 ? -1
											      : 0;
}

int spawn_drop(uid_t uid, gid_t gid, pid_t master)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) /* the change of user has cleared it */
		return -1;
	if (getppid() == master)
		return 0;
	errno = ESRCH;
	return -1;
}

static void default_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL); /* refused for KILL, STOP and libc's own: fine */
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void spawn_become(const struct spawn *s, pid_t master)
{
	if (arrange_fds(s) < 0)
		give_up(s, "descriptors", EXIT_SETUP);
	default_signals();
	setpgid(0, 0);
	if (s->first_to_go)
		file_write("/proc/self", "oom_score_adj", "500"); /* best effort */
	if (s->cgroup && file_write(s->cgroup, "cgroup.procs", "0") < 0)
		give_up(s, "cgroup", EXIT_SETUP);
	if (set_limits(s) < 0)
		give_up(s, "limits", EXIT_SETUP);
	if (change_user(s) < 0)
		give_up(s, "user", EXIT_SETUP);
	/* After the change of user, which clears it; and the master may have died before this line. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != master)
		_exit(EXIT_SETUP);
}

pid_t spawn_start(const struct spawn *s)
{
	if (s->n_fds > SPAWN_FDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	pid_t master = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		spawn_become(s, master);
		execve(s->argv[0], s->argv, s->envp);
		give_up(s, "exec", EXIT_EXEC);
	}
	return pid;
}
