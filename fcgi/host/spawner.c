/* spawner.c - see spawner.h. */
#include "host/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/log.h"
#include "guest/wire.h"

#define CPU_S 900	 /* of one guest in its life: the host replaces it long before */
#define LIBRARIES_MB 256 /* address space of code that is mapped and never touched */
#define BIRTH_STACK 65536

struct child {
	uint32_t id; /* 0 = free */
	pid_t pid;
};

struct birth {
	int sock, library;
};

static struct {
	const struct spawner_opts *o;
	int host;    /* socket to it */
	int program; /* descriptor of mortise-guest */
	int filters; /* seccomp filters that this process has itself */
	int flags;   /* namespaces of a guest, as clone() has them */
	bool own_net, own_users;
	struct child child[SPAWNER_GUESTS_MAX];
} s;

/* --- what it may ------------------------------------------------------------------------------------ */

/* Without a user namespace it stays what the master is, with few of root's rights. The kernel's own call,
 * because libcap would be one more library for the sake of one structure. */
static int keep_rights(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};
	uint32_t keep = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL | 1u << CAP_SYS_ADMIN;

	if (s.own_users || geteuid() != 0)
		return 0;
	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[0].effective = data[0].permitted = data[0].permitted & keep;
	data[1].effective = data[1].permitted = 0;
	data[0].inheritable = data[1].inheritable = 0;
	return (int)syscall(SYS_capset, &head, data);
}

/* /proc/PID/status: "" when there is none. */
struct status {
	char text[4096];
};

static void status_read(struct status *st, pid_t pid)
{
	char path[40];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, st->text, sizeof(st->text) - 1);
		close(fd);
	}
	st->text[len > 0 ? len : 0] = '\0';
}

/* The value of a line; false when there is none. */
static bool status_line(const struct status *st, const char *name, char *ret, size_t n)
{
	const char *at = strstr(st->text, name);

	if (!at || (at != st->text && at[-1] != '\n'))
		return false;
	at += strlen(name);
	at += strspn(at, ":\t ");
	snprintf(ret, n, "%.*s", (int)strcspn(at, "\n"), at);
	return true;
}

static int status_number(const struct status *st, const char *name)
{
	char text[64];

	return status_line(st, name, text, sizeof(text)) ? (int)strtol(text, NULL, 10) : -1;
}

/* --- a guest's beginning ----------------------------------------------------------------------------- */

static int limit(int what, rlim_t value)
{
	struct rlimit now, l;

	if (getrlimit((__rlimit_resource_t)what, &now) < 0)
		return -1;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
		value = now.rlim_max;
	l = (struct rlimit){.rlim_cur = value, .rlim_max = value};
	return setrlimit((__rlimit_resource_t)what, &l);
}

static int set_limits(void)
{
	if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_CPU, CPU_S) < 0)
		return -1;
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory takes terabytes of address space */
	rlim_t mb = (rlim_t)s.o->memory_mb;

	if (mb && (limit(RLIMIT_DATA, mb << 20) < 0 ||
			  limit(RLIMIT_AS, (mb + LIBRARIES_MB) << 20) < 0))
		return -1;
#endif
	return 0;
}

static int change_user(void)
{
	if (s.o->uid == (uid_t)-1)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(s.o->gid, s.o->gid, s.o->gid) < 0)
		return -1;
	return setresuid(s.o->uid, s.o->uid, s.o->uid);
}

/* Guests that load at the same time must not share one place in the file. */
static int open_anew(int fd)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Descriptors 0 and 3 and no others; standard error stays for who debugs. */
static int arrange(int sock, int library)
{
	bool keep_stderr = s.o->debug;
	int own = open_anew(library);
	int high[3] = {fcntl(sock, F_DUPFD, 10), fcntl(own, F_DUPFD, 10),
		fcntl(s.program, F_DUPFD_CLOEXEC, 10)};

#ifdef __SANITIZE_ADDRESS__
	keep_stderr = true;
#endif
	if (high[0] < 0 || high[1] < 0 || high[2] < 0)
		return -1;
	if (dup2(high[0], 0) < 0 || dup2(high[1], WIRE_LIBRARY_FD) < 0)
		return -1;
	close(1);
	if (!keep_stderr)
		close(2);
	close_range(WIRE_LIBRARY_FD + 1, (unsigned)high[2] - 1, 0);
	close_range((unsigned)high[2] + 1, ~0u, 0);
	return high[2];
}

/* In this process's memory, as behind vfork(): it writes to its own stack alone, and this process stands
 * still until it is another program. With its change of user the kernel lets nobody trace either. */
static int become_guest(void *arg)
{
	const struct birth *b = arg;
	char flags[3] = "";
	char *argv[] = {(char *)"mortise-guest", (char *)s.o->name, flags, NULL};
	char *envp[3] = {NULL};
	sigset_t none;
	int program, n = 0;

#ifdef __SANITIZE_ADDRESS__
	static char options[512];

	snprintf(options, sizeof(options), "ASAN_OPTIONS=%s",
		getenv("ASAN_OPTIONS") ? getenv("ASAN_OPTIONS") : "");
	envp[0] = options;
#endif
	if (s.o->weak)
		flags[n++] = 'w';
	if (s.o->debug)
		flags[n++] = 'd';
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	program = arrange(b->sock, b->library);
	if (program < 0 || set_limits() < 0 || change_user() < 0)
		_exit(126);
	/* After the change of user, which clears it. Should the spawner have died before this line, the
	 * host is dead, too, and the guest finds its socket at its end. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
	syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
	_exit(127);
}

/* Does this kernel give a guest these namespaces? Tried once, with a child that does nothing. */
static bool can(int flags)
{
	pid_t pid =
		(pid_t)syscall(SYS_clone, (unsigned long)flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return pid > 0;
}

/* A debugger finds a process by its number. */
static void find_namespaces(void)
{
	if (!s.own_net)
		s.own_net = unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0;
	if (!s.o->debug && can(CLONE_NEWPID))
		s.flags = CLONE_NEWPID;
}

static struct child *child_of(uint32_t id)
{
	for (int i = 0; i < SPAWNER_GUESTS_MAX; i++)
		if (s.child[i].id == id)
			return &s.child[i];
	return NULL;
}

static void report(const struct spawner_report *r)
{
	if (send(s.host, r, sizeof(*r), MSG_NOSIGNAL) < 0)
		_exit(0);
}

/* A copy of this process's mappings, which the child would give up at once, was a third of a
 * guest's price. */
static void make(uint32_t id, int sock, int library)
{
	static char stack[BIRTH_STACK] __attribute__((aligned(16)));
	struct birth b = {sock, library};
	struct spawner_report r = {.op = SPAWNER_MADE, .id = id};
	struct child *c = child_of(0);
	pid_t pid = -1;

	errno = EAGAIN;
	if (c && id && !child_of(id))
		pid = clone(become_guest, stack + sizeof(stack),
			s.flags | CLONE_VM | CLONE_VFORK | SIGCHLD, &b);
	if (pid < 0) {
		snprintf(r.note, sizeof(r.note), "%s", strerror(errno));
	} else {
		*c = (struct child){.id = id, .pid = pid};
		r.pid = pid;
		snprintf(r.note, sizeof(r.note), "%s%s%s",
			s.o->uid == (uid_t)-1 ? " same-user" : "",
			s.flags & CLONE_NEWPID ? " pid-ns" : "", s.own_net ? " net-ns" : "");
	}
	report(&r);
}

/* --- what it says of a guest ------------------------------------------------------------------------- */

static const char *fault_of(pid_t pid)
{
	char uids[64], wanted[64];
	unsigned uid = s.o->uid == (uid_t)-1 ? geteuid() : s.o->uid;
	struct status st;

	status_read(&st, pid);
	if (status_number(&st, "Pid") != pid)
		return "it is gone";
	if (status_number(&st, "NoNewPrivs") != 1)
		return "it could gain rights";
	snprintf(wanted, sizeof(wanted), "%u\t%u\t%u\t%u", uid, uid, uid, uid);
	if (!status_line(&st, "Uid", uids, sizeof(uids)) || strcmp(uids, wanted) != 0)
		return "it isn't the user that it has to be";
	if (status_number(&st, "Seccomp") == 2 &&
		status_number(&st, "Seccomp_filters") == s.filters + 1)
		return NULL;
	if (s.o->weak && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return NULL;
	return "its filter of system calls isn't in force";
}

static void check(uint32_t id)
{
	struct child *c = child_of(id);
	const char *why = c ? fault_of(c->pid) : "it is gone";
	struct spawner_report r = {.op = SPAWNER_CHECKED, .id = id, .status = why != NULL};

	snprintf(r.note, sizeof(r.note), "%s", why ? why : "");
	report(&r);
}

static void reap(void)
{
	struct rusage use;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0) {
		for (int i = 0; i < SPAWNER_GUESTS_MAX; i++) {
			struct child *c = &s.child[i];

			if (!c->id || c->pid != pid)
				continue;
			report(&(struct spawner_report){.op = SPAWNER_ENDED,
				.id = c->id,
				.pid = pid,
				.status = status,
				.cpu_us = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000L +
					  use.ru_utime.tv_usec + use.ru_stime.tv_usec});
			*c = (struct child){0};
		}
	}
}

static void kill_all(void)
{
	for (int i = 0; i < SPAWNER_GUESTS_MAX; i++)
		if (s.child[i].id)
			kill(s.child[i].pid, SIGKILL);
}

/* --- its loop ---------------------------------------------------------------------------------------- */

/* False when the host is gone. */
static bool take_order(void)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int) * 2)];
	} control;
	struct spawner_order o;
	struct iovec iov = {&o, sizeof(o)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	int fd[2] = {-1, -1};
	ssize_t n = recvmsg(s.host, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;
	struct child *child;

	if (n < 0 && errno == EINTR)
		return true;
	if (n != sizeof(o))
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(fd, CMSG_DATA(c), sizeof(fd));
	if (o.op == SPAWNER_MAKE && fd[0] >= 0)
		make(o.id, fd[0], fd[1]);
	else if (o.op == SPAWNER_CHECK)
		check(o.id);
	else if (o.op == SPAWNER_END && o.id && (child = child_of(o.id)))
		kill(child->pid, SIGKILL);
	else if (o.op == SPAWNER_WHERE && o.id && (child = child_of(o.id)))
		kill(child->pid, SIGXCPU);
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	return true;
}

static _Noreturn void serve(pid_t host)
{
	sigset_t set;
	struct pollfd p[2] = {{.fd = s.host, .events = POLLIN}, {.events = POLLIN}};
	struct status own;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p[1].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	find_namespaces();
	if (p[1].fd < 0 || keep_rights() < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != host) {
		log_error("the plugin's guests can't be made: %s", strerror(errno));
		_exit(2);
	}
	status_read(&own, getpid());
	s.filters = status_number(&own, "Seccomp_filters");
	if (s.filters < 0)
		s.filters = 0;
	report(&(struct spawner_report){.op = SPAWNER_READY});
	for (;;) {
		struct signalfd_siginfo info;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		while (read(p[1].fd, &info, sizeof(info)) > 0)
			;
		reap();
		if (p[0].revents && !take_order())
			break;
	}
	kill_all();
	_exit(0);
}

/* --- the host's side --------------------------------------------------------------------------------- */

/* Descriptors of the host are none of its business; standard error is. */
static void close_others(void)
{
	int host = fcntl(s.host, F_DUPFD_CLOEXEC, 10);
	int program = fcntl(s.program, F_DUPFD_CLOEXEC, host + 1);

	if (host < 0 || program < 0)
		_exit(2);
	close_range(3, (unsigned)host - 1, 0);
	if (program > host + 1)
		close_range((unsigned)host + 1, (unsigned)program - 1, 0);
	close_range((unsigned)program + 1, ~0u, 0);
	s.host = host;
	s.program = program;
}

static bool write_map(pid_t pid, const char *file, const char *text)
{
	char path[40];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

/* In its user namespace there are the users that it needs, under the numbers they have here: none of them
 * is root, so that what it may in there is nothing to anybody else. */
static bool write_maps(pid_t pid, const struct spawner_opts *o)
{
	char users[64], groups[64];
	unsigned uid = geteuid() ? geteuid() : o->host_uid,
		 gid = geteuid() ? getegid() : o->host_gid;

	if (o->uid == (uid_t)-1) {
		snprintf(users, sizeof(users), "%u %u 1", uid, uid);
		snprintf(groups, sizeof(groups), "%u %u 1", gid, gid);
		write_map(pid, "setgroups", "deny");
	} else {
		snprintf(users, sizeof(users), "%u %u 1\n%u %u 1\n", uid, uid, o->uid, o->uid);
		snprintf(groups, sizeof(groups), "%u %u 1\n%u %u 1\n", gid, gid, o->gid, o->gid);
	}
	return write_map(pid, "uid_map", users) && write_map(pid, "gid_map", groups);
}

/* The child's: waits for its users, becomes the host's. */
static void enter_namespace(int go)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(3);
	s.own_users = s.own_net = true;
	if (s.o->uid == (uid_t)-1)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(s.o->host_gid, s.o->host_gid, s.o->host_gid) < 0 ||
		setresuid(s.o->host_uid, s.o->host_uid, s.o->host_uid) < 0 || !can(CLONE_NEWPID))
		_exit(3);
}

/* The socket to it, once it is ready; -1 when this way of making it doesn't work here. */
static int try_start(const struct spawner_opts *o, int flags)
{
	struct spawner_report r;
	pid_t host = getpid(), pid;
	int fd[2], go[2];
	bool ok;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		return -1;
	if (pipe2(go, O_CLOEXEC) < 0) {
		close(fd[0]);
		close(fd[1]);
		return -1;
	}
	pid = (pid_t)syscall(SYS_clone, (unsigned long)flags | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		s.o = o;
		s.host = fd[1];
		close(go[1]);
		close(fd[0]);
		if (flags)
			enter_namespace(go[0]);
		close_others();
		serve(host);
	}
	close(fd[1]);
	close(go[0]);
	ok = pid > 0 && (!flags || (write_maps(pid, o) && write(go[1], "g", 1) == 1));
	close(go[1]);
	ok = ok && recv(fd[0], &r, sizeof(r), 0) == sizeof(r) && r.op == SPAWNER_READY;
	if (ok)
		return fd[0];
	close(fd[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return -1;
}

int spawner_start(const struct spawner_opts *o)
{
	int fd = -1;

	s.program = open(o->program, O_PATH | O_CLOEXEC);
	if (s.program < 0)
		return -1;
	if (o->uid == (uid_t)-1 || o->host_uid != (uid_t)-1)
		fd = try_start(o, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC);
	if (fd < 0)
		fd = try_start(o, 0);
	close(s.program);
	return fd;
}
