/* Files, sockets, programs, processes, memory, users. */
#include "evil.h"
#include "../../raw.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Files that the test names: keys, other plugins, the database. */
static void named_files(struct mt_req *req, json_t *list)
{
	const char *s = mt_query_param(req, "files");

	while (s && *s) {
		size_t n = strcspn(s, ",");
		const char *path = mt_printf(req, "%.*s", (int)n, s);

		worked(list, can_open(path, O_RDONLY), mt_printf(req, "read %s", path));
		s += n + (s[n] == ',');
	}
}

static void files(struct mt_req *req, json_t *list)
{
	static const char *const secret[] = {"/etc/shadow", "/etc/passwd", "/root", "/home", "/tmp",
		"/proc", "/proc/self/mem", "/proc/self/environ", "/proc/1/environ", "/dev/mem"};

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		worked(list, can_open(secret[i], O_RDONLY), mt_printf(req, "read %s", secret[i]));
	worked(list, can_open(mt_printf(req, "/proc/%d/environ", getppid()), O_RDONLY),
		"read the master's environment");
	worked(list, can_open(mt_printf(req, "/proc/%d/mem", getppid()), O_RDONLY),
		"read the master's memory");
	worked(list, can_open("/tmp/mortise-evil", O_CREAT | O_WRONLY), "create a file");
	worked(list, can_open("/tmp", O_TMPFILE | O_RDWR), "create a nameless file");
	worked(list, mkdir("/tmp/mortise-evil-dir", 0700) == 0, "make a folder");
	worked(list, unlink("/tmp/mortise-evil") == 0, "remove a file");
	worked(list, symlink("/etc", "/tmp/mortise-evil-link") == 0, "make a link");
	worked(list, chmod("/tmp", 0777) == 0, "chmod");
}

static bool can_connect(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = (int)RAW(socket, AF_UNIX, SOCK_STREAM, 0, 0, 0, 0), rc;

	if (fd < 0)
		return false;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	rc = (int)RAW(connect, fd, &a, sizeof(a), 0, 0, 0);
	close(fd);
	return rc == 0;
}

static void sockets(json_t *list)
{
	static const int family[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
	static const char *const name[] = {
		"inet socket", "inet6 socket", "unix socket", "netlink socket"};
	int pair[2];

	for (int i = 0; i < 4; i++) {
		int fd = (int)RAW(socket, family[i],
			family[i] == AF_NETLINK ? SOCK_RAW : SOCK_STREAM, 0, 0, 0, 0);

		worked(list, fd >= 0, name[i]);
		if (fd >= 0)
			close(fd);
	}
	worked(list, can_connect("/run/mortise/control.sock"), "connect to a socket");
	worked(list, RAW(socketpair, AF_UNIX, SOCK_STREAM, 0, pair, 0, 0) == 0, "socket pair");
}

static void *nothing(void *arg)
{
	return arg;
}

static void processes(json_t *list)
{
	struct iovec own = {&own, 8}, other = {(void *)0x400000, 8};
	pthread_t thread;
	pid_t pid = (pid_t)RAW(clone, SIGCHLD, 0, 0, 0, 0, 0); /* fork */

	if (pid == 0)
		_exit(0);
	worked(list, pid > 0, "fork");
	if (pid > 0)
		waitpid(pid, NULL, 0);
	worked(list, pthread_create(&thread, NULL, nothing, NULL) == 0, "thread");
	worked(list, RAW(ptrace, PTRACE_ATTACH, getppid(), 0, 0, 0, 0) == 0, "trace the master");
	worked(list, RAW(process_vm_readv, getppid(), &own, 1, &other, 1, 0) >= 0,
		"read foreign memory");
	worked(list, kill(getppid(), 0) == 0, "signal the master");
	worked(list, kill(1, 0) == 0, "signal process 1");
	worked(list, RAW(unshare, CLONE_NEWUSER, 0, 0, 0, 0, 0) == 0, "new user namespace");
	worked(list, RAW(pidfd_open, getppid(), 0, 0, 0, 0, 0) >= 0, "pidfd of the master");
}

static void rights(json_t *list)
{
	void *p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	worked(list, p != MAP_FAILED, "memory to write and run");
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	worked(list, p != MAP_FAILED && RAW(mprotect, p, 4096, PROT_READ | PROT_EXEC, 0, 0, 0) == 0,
		"make memory run");
	worked(list, RAW(memfd_create, "evil", 0, 0, 0, 0, 0) >= 0, "file in memory");
	/* only a change counts: to itself is no gain */
	worked(list,
		getuid() != 0 &&
			(RAW(setuid, 0, 0, 0, 0, 0, 0) == 0 || RAW(setgid, 0, 0, 0, 0, 0, 0) == 0),
		"become root");
	worked(list, prctl(PR_SET_DUMPABLE, 1) == 0, "become dumpable");
	worked(list, RAW(bpf, 0, 0, 0, 0, 0, 0) >= 0 || RAW(perf_event_open, 0, 0, 0, 0, 0, 0) >= 0,
		"bpf or perf");
	worked(list, RAW(io_uring_setup, 1, 0, 0, 0, 0, 0) >= 0, "io_uring");
}

void try_kernel(struct mt_req *req, json_t *list)
{
	named_files(req, list);
	files(req, list);
	sockets(list);
	processes(list);
	rights(list);
}
