/*
 * os_sandbox.c - what a plugin's process can't do any more. Every try runs in a child of its own that
 * has entered the sandbox and reports by its exit status; a refusal is EPERM (seccomp) or EACCES
 * (Landlock).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/landlock.h"
#include "os/sandbox.h"

#ifdef __SANITIZE_ADDRESS__
/* LeakSanitizer starts a thread and traces at exit: just what is forbidden here. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

enum { REFUSED = 0, ALLOWED = 1, OTHER = 2, NO_SANDBOX = 3 };

static pid_t parent;
static int inherited_socket = -1; /* a unix stream pair's end, as the listener would be */

static void enter(void)
{
	const char *paths[16] = {NULL};
	char note[64];
	sandbox_default_paths(paths, 16);
	if (sandbox_enter(paths, note) < 0)
		_exit(NO_SANDBOX);
}

static int outcome(long rc)
{
	if (rc >= 0)
		return ALLOWED;
	return errno == EPERM || errno == EACCES ? REFUSED : OTHER;
}

/* Runs `try` sandboxed in a child and returns its exit status, or 128 + the signal. */
static int in_sandbox(int (*try)(void))
{
	parent = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		enter();
		_exit(try());
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int try_exec(void)
{
	char *argv[] = {(char *)"/bin/true", NULL};
	return outcome(execve(argv[0], argv, NULL));
}

static int try_fork(void)
{
	return outcome(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int try_clone3(void)
{
	struct {
		uint64_t f[11];
	} args = {{0}};
	return outcome(syscall(SYS_clone3, &args, sizeof(args)));
}

static int try_socket_inet(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_socket_unix(void)
{
	return outcome(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int try_connect(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/tmp/nobody-listens-here"};
	return outcome(connect(inherited_socket, (struct sockaddr *)&a, sizeof(a)));
}

static int try_open_for_writing(void)
{
	return outcome(open("/tmp/os-sandbox-written", O_WRONLY | O_CREAT, 0600));
}

static int try_unnamed_file(void)
{
	return outcome(open("/tmp", O_TMPFILE | O_WRONLY, 0600));
}

static int try_read_outside(void)
{
	return outcome(open("/etc/passwd", O_RDONLY));
}

static int try_read_inside(void)
{
	return outcome(open("/etc/ld.so.cache", O_RDONLY));
}

static int try_kill_parent(void)
{
	return outcome(kill(parent, 0));
}

static int try_kill_everybody(void)
{
	return outcome(kill(-1, 0));
}

static int try_raise(void)
{
	signal(SIGUSR1, SIG_IGN);
	return outcome(raise(SIGUSR1));
}

static int try_ptrace(void)
{
	return outcome(ptrace(PTRACE_ATTACH, parent, NULL, NULL));
}

static int try_read_memory(void)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)&parent, 1};
	return outcome(process_vm_readv(parent, &here, 1, &there, 1, 0));
}

static int try_executable_memory(void)
{
	void *p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return outcome(p == MAP_FAILED ? -1 : 0);
}

static int try_make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return outcome(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int try_outlive_master(void)
{
	return outcome(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
}

static int try_limits(void)
{
	struct rlimit r = {RLIM_INFINITY, RLIM_INFINITY};
	return outcome(prlimit(0, RLIMIT_CORE, &r, NULL));
}

static int try_io_uring(void)
{
	struct io_uring_params p = {0};
	return outcome(syscall(SYS_io_uring_setup, 4, &p));
}

static int try_memfd(void)
{
	return outcome(memfd_create("x", 0));
}

static int try_setuid(void)
{
	return outcome(syscall(SYS_setuid, 12345));
}

static int try_sigio_to_others(void)
{
	return outcome(fcntl(inherited_socket, F_SETOWN, parent));
}

static int try_chmod(void)
{
	return outcome(chmod("/tmp/os-sandbox-no-such-file", 0600));
}

static int try_unlink(void)
{
	return outcome(unlink("/tmp/os-sandbox-no-such-file"));
}

/* What a handler does all day. */
static int ordinary_work(void)
{
	time_t now = 0;
	struct tm tm;
	char text[64];
	int fd[2];
	for (int i = 0; i < 50; i++) {
		char *p = malloc(1u << (i % 22));
		if (!p)
			return OTHER;
		memset(p, 1, 1u << (i % 22));
		free(p);
	}
	time(&now);
	if (!localtime_r(&now, &tm) || strftime(text, sizeof(text), "%H:%M:%S", &tm) == 0)
		return OTHER;
	if (pipe(fd) < 0 || write(fd[1], "x", 1) != 1 || read(fd[0], text, 1) != 1)
		return OTHER;
	if (getpid() == 0 || clock_gettime(CLOCK_MONOTONIC, &(struct timespec){0}) < 0)
		return OTHER;
	return ALLOWED;
}

static int abort_works(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* A2: to any datagram socket that lets this user write. */
static int try_send_to_address(void)
{
	struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	return outcome(
		(int)sendto(inherited_socket, "x", 1, 0, (struct sockaddr *)&log, sizeof(log)));
}

static int loosen(void)
{
	return outcome(prctl(PR_SET_SECCOMP, 2, NULL, 0, 0));
}

static void refused(void **state)
{
	assert_int_equal(in_sandbox((int (*)(void)) * state), REFUSED);
}

static void reading_is_for_listed_paths(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(try_read_outside), REFUSED);
	/* Without Landlock nothing can be opened at all. */
	assert_int_equal(in_sandbox(try_read_inside), landlock_abi() ? ALLOWED : REFUSED);
}

static void ordinary_work_goes_on(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(ordinary_work), ALLOWED);
	assert_int_equal(in_sandbox(try_raise), ALLOWED);
}

static void a_crash_is_a_crash(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(abort_works), 128 + SIGABRT);
}

static int says_what_is_in_force(void)
{
	char note[64], expected[64];
	static const char *const none[] = {NULL};
	snprintf(expected, sizeof(expected),
		landlock_abi() ? "seccomp landlock-%d" : "seccomp no-landlock", landlock_abi());
	if (sandbox_enter(none, note) < 0)
		return NO_SANDBOX;
	return strcmp(note, expected) == 0 ? ALLOWED : OTHER;
}

static void the_note_tells_the_truth(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0)
		_exit(says_what_is_in_force());
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), ALLOWED);
}

#define REFUSES(name, fn)                                                                          \
	{                                                                                          \
		"refuses to " name, refused, NULL, NULL, (void *)(fn)                              \
	}

int main(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 1;
	inherited_socket = pair[0];
	const struct CMUnitTest tests[] = {
		REFUSES("run a program", try_exec),
		REFUSES("fork", try_fork),
		REFUSES("fork by clone3", try_clone3),
		REFUSES("make an internet socket", try_socket_inet),
		REFUSES("make a unix socket", try_socket_unix),
		REFUSES("connect a socket that it has", try_connect),
		REFUSES("open a file for writing", try_open_for_writing),
		REFUSES("make an unnamed file", try_unnamed_file),
		REFUSES("signal the parent", try_kill_parent),
		REFUSES("signal everybody", try_kill_everybody),
		REFUSES("trace the parent", try_ptrace),
		REFUSES("read the parent's memory", try_read_memory),
		REFUSES("map executable memory", try_executable_memory),
		REFUSES("make memory executable", try_make_executable),
		REFUSES("outlive the master", try_outlive_master),
		REFUSES("change its limits", try_limits),
		REFUSES("use io_uring", try_io_uring),
		REFUSES("make a memory file", try_memfd),
		REFUSES("change its user", try_setuid),
		REFUSES("send SIGIO to others", try_sigio_to_others),
		REFUSES("change a mode", try_chmod),
		REFUSES("remove a file", try_unlink),
		REFUSES("loosen the filter", loosen),
		REFUSES("send to an address", try_send_to_address),
		cmocka_unit_test(reading_is_for_listed_paths),
		cmocka_unit_test(ordinary_work_goes_on),
		cmocka_unit_test(a_crash_is_a_crash),
		cmocka_unit_test(the_note_tells_the_truth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
