/*
 * confine.c - the system calls that a guest may make: for its descriptor, memory, clocks, and its
 * own end.
 *
 * One filter, entered before the library is loaded and never changed: constructors and IFUNC
 * resolvers run under it, and there is no later step that they could fake. It is written by hand,
 * because it is small, and a library that builds filters would be one more thing in this process.
 *
 * No system call that takes a path reaches the kernel. The loader's openat() and newfstatat() raise
 * SIGSYS, and the handler answers them: with the library's descriptor, which is open already, for
 * that one name, and with ENOENT for all others. Code can be mapped from that descriptor number
 * alone, never writable; once it is closed no file can get its number again. Code that replaces our
 * handler of SIGSYS changes these answers and nothing else.
 */
#include "guest/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include "os/landlock.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define REG(u, n) ((long)(u)->uc_mcontext.gregs[ARGS[n]])
#define RESULT(u) ((u)->uc_mcontext.gregs[REG_RAX])
static const int ARGS[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10};
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#define REG(u, n) ((long)(u)->uc_mcontext.regs[n])
#define RESULT(u) ((u)->uc_mcontext.regs[0])
#else
#error "say in guest/confine.c how this machine passes arguments to its kernel"
#endif

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code of SIGSYS */
#endif
#define X32 0x40000000u
#define MAX_INSNS 300
#define KEY 0x4d4f5254 /* marks our own openat() in a build with sanitizers */

struct filter {
	struct sock_filter insn[MAX_INSNS];
	unsigned short n;
};

static void add(struct filter *f, unsigned short code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (f->n < MAX_INSNS)
		f->insn[f->n++] = (struct sock_filter){.code = code, .jt = jt, .jf = jf, .k = k};
}

#define LOAD(f, member)                                                                            \
	add(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member), 0, 0)
#define IF(f, v, yes, no) add(f, BPF_JMP | BPF_JEQ | BPF_K, v, yes, no)
#define RET(f, what) add(f, BPF_RET | BPF_K, what, 0, 0)
#define ALLOW SECCOMP_RET_ALLOW
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

static void always(struct filter *f, long call)
{
	IF(f, (uint32_t)call, 0, 1);
	RET(f, ALLOW);
}

static void trap(struct filter *f, long call)
{
	IF(f, (uint32_t)call, 0, 1);
	RET(f, SECCOMP_RET_TRAP);
}

/* Descriptors are ints: the kernel uses the low half, which comes first on both machines. */
static void when(struct filter *f, long call, int arg, uint32_t value)
{
	IF(f, (uint32_t)call, 0, 4);
	add(f, BPF_LD | BPF_W | BPF_ABS,
		(uint32_t)(offsetof(struct seccomp_data, args) + 8u * (unsigned)arg), 0, 0);
	IF(f, value, 0, 1);
	RET(f, ALLOW);
	LOAD(f, nr);
}

/* Never memory to run, but what the loader maps of the library: read and run, not written. */
static void mapping(struct filter *f)
{
	IF(f, SYS_mprotect, 0, 4);
	LOAD(f, args[2]);
	add(f, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
	RET(f, ALLOW);
	RET(f, REFUSE);

	IF(f, SYS_mmap, 0, 10);
	LOAD(f, args[2]);
	add(f, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
	RET(f, ALLOW);
	add(f, BPF_JMP | BPF_JSET | BPF_K, PROT_WRITE, 5, 0);
	LOAD(f, args[3]);
	add(f, BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 3, 0);
	LOAD(f, args[4]);
	IF(f, WIRE_LIBRARY_FD, 0, 1);
	RET(f, ALLOW);
	RET(f, REFUSE);
}

static void sanitizers(struct filter *f, bool debug)
{
	(void)f;
#ifdef __SANITIZE_ADDRESS__ /* their reports go to standard error, and read this process's map */
	static const long calls[] = {SYS_readlinkat, SYS_getuid, SYS_geteuid, SYS_getppid,
		SYS_gettid, SYS_sched_getaffinity, SYS_rt_sigaction, SYS_uname, SYS_getrlimit,
		SYS_prlimit64, SYS_writev};

	debug = true;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		always(f, calls[i]);
	when(f, SYS_prctl, 0, 0x53564d41); /* PR_SET_VMA: they name their mappings */
	when(f, SYS_openat, 5, KEY);
	when(f, SYS_read, 0, 4);
#endif
	if (debug)
		when(f, SYS_write, 0, STDERR_FILENO);
}

static void build(struct filter *f, bool debug)
{
	static const long calls[] = {
		SYS_futex,
		SYS_munmap,
		SYS_madvise,
		SYS_brk,
		SYS_mremap,
		SYS_clock_gettime,
		SYS_clock_getres,
		SYS_gettimeofday,
		SYS_nanosleep,
		SYS_clock_nanosleep,
		SYS_getrandom,
		SYS_rt_sigreturn,
		SYS_rt_sigprocmask,
		SYS_sigaltstack,
		SYS_exit,
		SYS_exit_group,
		SYS_restart_syscall,
		SYS_close,
		SYS_lseek,
		SYS_pread64,
		SYS_fstat,
		SYS_getpid,
		SYS_gettid,
		SYS_sched_yield,
#ifdef SYS_time
		SYS_time,
#endif
	};

	LOAD(f, arch);
	IF(f, ARCH, 1, 0);
	RET(f, SECCOMP_RET_KILL_PROCESS);
	LOAD(f, nr);
	add(f, BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1);
	RET(f, REFUSE);
	when(f, SYS_read, 0, STDIN_FILENO);
	when(f, SYS_write, 0, STDIN_FILENO);
	mapping(f);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		always(f, calls[i]);
	when(f, SYS_read, 0, WIRE_LIBRARY_FD);
	when(f, SYS_tgkill, 0, (uint32_t)getpid()); /* abort() */
	sanitizers(f, debug);
	trap(f, SYS_openat);
	trap(f, SYS_newfstatat);
	RET(f, REFUSE);
}

static long answer_open(const char *path)
{
	if (strcmp(path, GUEST_LIBRARY) == 0)
		return WIRE_LIBRARY_FD;
#ifdef __SANITIZE_ADDRESS__
	if (strcmp(path, "/proc/self/maps") == 0) {
		long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0, 0, KEY);

		return fd < 0 ? -errno : fd;
	}
#endif
	return -ENOENT;
}

static void answer(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	int saved = errno;
	long ret = -EPERM;

	(void)sig;
	if (info->si_code != SYS_SECCOMP)
		return;
	if (info->si_syscall == SYS_openat) {
		ret = answer_open((const char *)REG(u, 1));
	} else if (info->si_syscall == SYS_newfstatat) {
		ret = -ENOENT;
		if (*(const char *)REG(u, 1) == '\0')
			ret = syscall(SYS_fstat, REG(u, 0), REG(u, 2)) < 0 ? -errno : 0;
	}
	RESULT(u) = (__typeof__(RESULT(u)))ret;
	errno = saved;
}

/* Limits that the spawner leaves open and this process no longer needs. */
static void give_up_limits(void)
{
	static const struct {
		int what;
		rlim_t value;
	} limits[] = {
#ifndef __SANITIZE_ADDRESS__
		{RLIMIT_NOFILE, WIRE_LIBRARY_FD + 1},
#endif
		{RLIMIT_NPROC, 0}, {RLIMIT_FSIZE, 0}, {RLIMIT_CORE, 0}, {RLIMIT_MSGQUEUE, 0},
		{RLIMIT_MEMLOCK, 0}};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit l = {limits[i].value, limits[i].value};

		setrlimit((__rlimit_resource_t)limits[i].what, &l);
	}
}

static int enter_landlock(struct confine *c, char note[96])
{
	static const char *const none[] = {NULL};
	int abi = landlock_abi();

	if (abi == 0) {
		snprintf(note + strlen(note), 96 - strlen(note), " no-landlock");
		c->lacking = true;
		return c->weak ? 0 : -1;
	}
#ifdef __SANITIZE_ADDRESS__
	static const char *const own[] = {"/proc/self", NULL};

	if (landlock_enter(abi, own) < 0 && landlock_enter(abi, none) < 0)
		return -1;
#else
	if (landlock_enter(abi, none) < 0)
		return -1;
#endif
	snprintf(note + strlen(note), 96 - strlen(note), " landlock-%d", abi);
	return 0;
}

int guest_confine(struct confine *c, char note[96])
{
	struct sigaction sa = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER};
	struct filter f = {.n = 0};
	struct sock_fprog prog;
	bool has_seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;

	give_up_limits();
	if (!c->debug && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sigaction(SIGSYS, &sa, NULL) < 0)
		return -1;
	snprintf(note, 96, "%s", has_seccomp ? "seccomp" : "no-seccomp");
	c->lacking = !has_seccomp;
	if (enter_landlock(c, note) < 0)
		return -1;
	if (!has_seccomp)
		return c->weak ? 0 : -1;
	build(&f, c->debug);
	if (f.n == MAX_INSNS)
		return -1;
	prog = (struct sock_fprog){.len = f.n, .filter = f.insn};
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		return -1;
	c->filtered = true;
	return 0;
}
