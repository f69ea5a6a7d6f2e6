/* confine.c - the list of system calls as tables: see confine.h. */
#include "marketplace/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
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

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41 /* glibc and the sanitizers name their mappings */
#endif
#define TMPFILE_BIT 020000000 /* O_TMPFILE without O_DIRECTORY */
#define OPEN_WRITES ((scmp_datum_t)(O_ACCMODE | O_CREAT | O_TRUNC | TMPFILE_BIT))
#define TYPE_MASK ((scmp_datum_t) ~(SOCK_CLOEXEC | SOCK_NONBLOCK) & UINT32_MAX)

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
	/* files: Landlock says which; opening them is decided below */
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

/* Fine with certain arguments: (argument & mask) == value. */
static const struct {
	int call;
	unsigned arg;
	scmp_datum_t mask, value;
} WITH_ARGUMENT[] = {
	{SCMP_SYS(openat), 2, OPEN_WRITES, 0},
	{SCMP_SYS(open), 1, OPEN_WRITES, 0},
	{SCMP_SYS(mmap), 2, PROT_EXEC, 0},
	{SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
	/* the resolver's thread */
	{SCMP_SYS(clone), 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM},
	{SCMP_SYS(fcntl), 1, UINT32_MAX, F_DUPFD_CLOEXEC},
	{SCMP_SYS(fcntl), 1, UINT32_MAX, F_GETFD},
	{SCMP_SYS(fcntl), 1, UINT32_MAX, F_SETFD},
	{SCMP_SYS(fcntl), 1, UINT32_MAX, F_GETFL},
	{SCMP_SYS(fcntl), 1, UINT32_MAX, F_SETFL},
	{SCMP_SYS(ioctl), 1, UINT32_MAX, FIONREAD},
	{SCMP_SYS(ioctl), 1, UINT32_MAX, FIONBIO},
	{SCMP_SYS(ioctl), 1, UINT32_MAX, TCGETS},
	{SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_NAME},
	{SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_VMA},
};

/* A pair of two nameless ends; a pair of datagrams could be sent from to any name. */
static const struct {
	int call;
	int family, type;
} SOCKETS[] = {
	{SCMP_SYS(socket), AF_INET, SOCK_STREAM},
	{SCMP_SYS(socket), AF_INET, SOCK_DGRAM},
	{SCMP_SYS(socket), AF_INET6, SOCK_STREAM},
	{SCMP_SYS(socket), AF_INET6, SOCK_DGRAM},
	{SCMP_SYS(socket), AF_NETLINK, SOCK_RAW},
	{SCMP_SYS(socketpair), AF_UNIX, SOCK_STREAM},
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

static int add_rules(scmp_filter_ctx f)
{
	scmp_datum_t self = (scmp_datum_t)getpid();
	int rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	for (size_t i = 0; rc == 0 && i < N(ALWAYS); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, ALWAYS[i], 0);
	for (size_t i = 0; rc == 0 && i < N(WITH_ARGUMENT); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, WITH_ARGUMENT[i].call, 1,
			SCMP_CMP64(WITH_ARGUMENT[i].arg, SCMP_CMP_MASKED_EQ, WITH_ARGUMENT[i].mask,
				WITH_ARGUMENT[i].value));
	for (size_t i = 0; rc == 0 && i < N(SOCKETS); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SOCKETS[i].call, 2,
			SCMP_CMP64(
				0, SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)SOCKETS[i].family),
			SCMP_CMP64(
				1, SCMP_CMP_MASKED_EQ, TYPE_MASK, (scmp_datum_t)SOCKETS[i].type));
	/* abort(); reading its limits. glibc goes back to clone() when there is no clone3(), whose flags
	 * a filter can't see. */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
			SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, self));
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
			SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, 0),
			SCMP_CMP64(2, SCMP_CMP_EQ, 0));
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return rc;
}

static int enter_seccomp(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = f ? add_rules(f) : -ENOMEM;

	if (rc == 0)
		rc = seccomp_load(f);
	if (f)
		seccomp_release(f);
	errno = -rc;
	return rc < 0 ? -1 : 0;
}

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
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is terabytes of address space */
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
	return enter_seccomp();
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
