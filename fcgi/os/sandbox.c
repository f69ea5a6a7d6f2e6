/*
 * sandbox.c - the list of system calls, as const tables (syscalls.h).
 */
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/landlock.h"
#include "os/syscalls.h"

/* clang-format off */
static const int always[] = {
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	/* descriptors that are open */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2),
	SCMP_SYS(dup3), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(shutdown), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
	/* stat and the like (opening files is decided below) */
	SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
	/* time, sleep, locks, signals of its own */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(alarm), SCMP_SYS(setitimer),
	SCMP_SYS(getitimer), SCMP_SYS(pause), SCMP_SYS(futex), SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu), SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigaltstack),
	/* who and where am I */
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo),
	SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(getrlimit), SCMP_SYS(getrandom),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};
/* clang-format on */

static const struct syscall_rule rules[] = {
	RULE(fcntl, 1, UINT32_MAX, F_DUPFD),
	RULE(fcntl, 1, UINT32_MAX, F_DUPFD_CLOEXEC),
	RULE(fcntl, 1, UINT32_MAX, F_GETFD),
	RULE(fcntl, 1, UINT32_MAX, F_SETFD),
	RULE(fcntl, 1, UINT32_MAX, F_GETFL),
	RULE(fcntl, 1, UINT32_MAX, F_SETFL),
	RULE(ioctl, 1, UINT32_MAX, FIONREAD),
	RULE(ioctl, 1, UINT32_MAX, FIONBIO),
	RULE(ioctl, 1, UINT32_MAX, TCGETS),
	/* no new executable memory, no socket but a pair, and datagrams only to their connected
	 * peer */
	RULE(mmap, 2, PROT_EXEC, 0),
	RULE(mprotect, 2, PROT_EXEC, 0),
	RULE(socketpair, 0, UINT32_MAX, AF_UNIX),
	RULE(sendto, 4, UINT64_MAX, 0),
	RULE(prctl, 0, UINT32_MAX, PR_SET_NAME),
	RULE(prctl, 0, UINT32_MAX, PR_GET_NAME),
	RULE(prctl, 0, UINT32_MAX, PR_SET_VMA),
};

void sandbox_default_paths(const char **paths, size_t n)
{
	static const char *const needed[] = {
		"/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime",
		"/usr/share/zoneinfo",
#ifdef __SANITIZE_ADDRESS__
		"/proc/self", /* a sanitizer's report reads the process's map */
#endif
	};
	size_t i = 0;
	while (i + 1 < n && paths[i])
		i++;
	for (size_t k = 0; k < sizeof(needed) / sizeof(needed[0]) && i + 1 < n; k++)
		paths[i++] = needed[k];
	paths[i] = NULL;
}

int sandbox_enter(const char *const *read_only, char note[64])
{
	int abi = landlock_abi();
	bool has_seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	if (abi > 0 && landlock_enter(abi, read_only) < 0)
		return -1;
	const struct syscall_list list = {
		.always = always,
		.n_always = sizeof(always) / sizeof(always[0]),
		.rules = rules,
		.n_rules = sizeof(rules) / sizeof(rules[0]),
		.files = abi > 0,
	};
	if (has_seccomp && syscalls_enter(&list) < 0)
		return -1;
	char landlock[24] = "no-landlock";
	if (abi > 0)
		snprintf(landlock, sizeof(landlock), "landlock-%d", abi);
	snprintf(note, 64, "%s %s", has_seccomp ? "seccomp" : "no-seccomp", landlock);
	return has_seccomp && abi > 0 ? 0 : 1;
}
