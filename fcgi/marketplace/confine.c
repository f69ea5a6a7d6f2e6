/* confine.c - the list of system calls as tables: see confine.h. */
#include "marketplace/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "os/landlock.h"
#include "os/syscalls.h"

#define TYPE_MASK (~(SOCK_CLOEXEC | SOCK_NONBLOCK) & UINT32_MAX)
#define SOCKET(name, family, type) RULE_2(name, 0, UINT32_MAX, family, 1, TYPE_MASK, type)

#define MEMORY_MAX (512UL << 20)
#define FILES_MAX 64

/* clang-format off */
static const int ALWAYS[] = {
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	/* descriptors that are open; sockets, once they are (which kinds: below) */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
	SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(shutdown), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	/* files: Landlock restricts which; opening them is decided below */
	SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(getcwd), SCMP_SYS(getdents64),
	/* time, locks, signals of its own */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(futex), SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu),
	SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	/* who and where am I */
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrlimit),
	SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const struct syscall_rule RULES[] = {
	RULE(mmap, 2, PROT_EXEC, 0),
	RULE(mprotect, 2, PROT_EXEC, 0),
	/* the resolver's thread */
	RULE(clone, 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM),
	RULE(fcntl, 1, UINT32_MAX, F_DUPFD_CLOEXEC),
	RULE(fcntl, 1, UINT32_MAX, F_GETFD),
	RULE(fcntl, 1, UINT32_MAX, F_SETFD),
	RULE(fcntl, 1, UINT32_MAX, F_GETFL),
	RULE(fcntl, 1, UINT32_MAX, F_SETFL),
	RULE(ioctl, 1, UINT32_MAX, FIONREAD),
	RULE(ioctl, 1, UINT32_MAX, FIONBIO),
	RULE(ioctl, 1, UINT32_MAX, TCGETS),
	RULE(prctl, 0, UINT32_MAX, PR_SET_NAME),
	RULE(prctl, 0, UINT32_MAX, PR_SET_VMA),
	/* A pair of two nameless ends; a pair of datagrams could be sent from to any name. */
	SOCKET(socket, AF_INET, SOCK_STREAM),
	SOCKET(socket, AF_INET, SOCK_DGRAM),
	SOCKET(socket, AF_INET6, SOCK_STREAM),
	SOCKET(socket, AF_INET6, SOCK_DGRAM),
	SOCKET(socket, AF_NETLINK, SOCK_RAW),
	SOCKET(socketpair, AF_UNIX, SOCK_STREAM),
};

static const char *const FILES[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
	"/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates",
	"/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/localtime",
	"/usr/share/zoneinfo",
#ifdef __SANITIZE_ADDRESS__
	"/proc/self", /* a sanitizer's report reads the process's map */
#endif
	NULL,
};
/* clang-format on */

#define N(list) (sizeof(list) / sizeof((list)[0]))

static int limit(int what, unsigned long most)
{
	struct rlimit l = {.rlim_cur = most, .rlim_max = most};

	return setrlimit((__rlimit_resource_t)what, &l);
}

static int set_limits(const struct confine *c)
{
	unsigned long seconds = (unsigned long)c->seconds + 2;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	alarm((unsigned)seconds);
	if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_CPU, seconds) < 0 ||
		limit(RLIMIT_FSIZE, (unsigned long)c->bytes) < 0 ||
		limit(RLIMIT_NOFILE, FILES_MAX) < 0)
		return -1;
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory takes terabytes of address space */
	return limit(RLIMIT_AS, MEMORY_MAX);
#else
	return 0;
#endif
}

int confine_enter(const struct confine *c, const char **ret_why)
{
	int abi = landlock_abi();

	*ret_why = "its limits can't be set";
	if (set_limits(c) < 0)
		return -1;
	*ret_why = "it can't give up new rights";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -1;
	*ret_why =
		"this kernel has no Landlock, and without root there is no user of its own: fetch "
		"the package elsewhere and upload it";
	if (abi == 0 && c->same_user)
		return -1;
	*ret_why = "Landlock can't be entered";
	if (abi > 0 && landlock_enter_tcp(abi, FILES, c->ports) < 0)
		return -1;
	*ret_why = "this kernel has no seccomp filters: fetch the package elsewhere and upload it";
	return syscalls_enter(&(struct syscall_list){
		.always = ALWAYS,
		.n_always = N(ALWAYS),
		.rules = RULES,
		.n_rules = N(RULES),
		.files = true,
		.threads = true,
	});
}

void confine_note(char ret[64])
{
	int abi = landlock_abi();
	bool seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;

	if (abi > 0)
		snprintf(ret, 64, "%s landlock-%d", seccomp ? "seccomp" : "no-seccomp", abi);
	else
		snprintf(ret, 64, "%s no-landlock", seccomp ? "seccomp" : "no-seccomp");
}
