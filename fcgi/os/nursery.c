/*
 * nursery.c - one request is one message: what a worker needs, its environment, its descriptors. The
 * answer is its process id.
 *
 * The new process waits for the end of a pipe called "go" before it does anything. When the master gave
 * up waiting for the answer, it has closed that pipe without a byte, and the process leaves: there is
 * never a worker that the master doesn't know.
 */
#include "os/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define ANSWER_MS 1000
#define ENV_MAX 6144

struct order {
	uint32_t uid, gid;
	int64_t memory_mb, files_max, processes_max, cpu_s;
	uint8_t no_file_writes, first_to_go;
	uint8_t n_fds, n_env;
	uint8_t has_fd[SPAWN_FDS_MAX]; /* whether descriptor i is sent with the message, in order */
	char cgroup[300];
	char env[ENV_MAX]; /* n_env texts, each with its NUL */
};

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int) * (SPAWN_FDS_MAX + 1))];
};

/* --- the master's side ---------------------------------------------------------------------------- */

int nursery_open(struct nursery *n, int *ret_child_end)
{
	int fd[2];
	nursery_close(n);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		return -1;
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	n->fd = fd[0];
	*ret_child_end = fd[1];
	return 0;
}

void nursery_close(struct nursery *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
	n->ready = false;
}

static int fill(struct order *o, const struct spawn *s)
{
	memset(o, 0, offsetof(struct order, env));
	o->uid = s->uid;
	o->gid = s->gid;
	o->memory_mb = s->memory_mb;
	o->files_max = s->files_max;
	o->processes_max = s->processes_max;
	o->cpu_s = s->cpu_s;
	o->no_file_writes = s->no_file_writes;
	o->first_to_go = s->first_to_go;
	if (snprintf(o->cgroup, sizeof(o->cgroup), "%s", s->cgroup ? s->cgroup : "") >=
		(int)sizeof(o->cgroup))
		return -1;
	size_t used = 0;
	for (char *const *e = s->envp; *e; e++) {
		size_t len = strlen(*e) + 1;
		if (used + len > sizeof(o->env) || o->n_env == UINT8_MAX)
			return -1;
		memcpy(o->env + used, *e, len);
		used += len;
		o->n_env++;
	}
	return (int)(offsetof(struct order, env) + used);
}

static int send_order(int to, const struct spawn *s, int go)
{
	struct order o;
	int n_bytes = fill(&o, s);
	int fds[SPAWN_FDS_MAX + 1];
	size_t n = 0;
	if (n_bytes < 0 || s->n_fds > SPAWN_FDS_MAX)
		return -1;
	o.n_fds = (uint8_t)s->n_fds;
	for (size_t i = 0; i < s->n_fds; i++) {
		o.has_fd[i] = s->fds[i] >= 0;
		if (s->fds[i] >= 0)
			fds[n++] = s->fds[i];
	}
	fds[n++] = go;
	union control control = {0};
	struct iovec iov = {.iov_base = &o, .iov_len = (size_t)n_bytes};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = CMSG_SPACE(sizeof(int) * n)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	return sendmsg(to, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* The next number that it sends; 0 = none in time. */
static pid_t listen_to(struct nursery *n, int wait_ms)
{
	int32_t said = 0;
	struct pollfd p = {.fd = n->fd, .events = POLLIN};
	int64_t until = clock_ms() + wait_ms;
	int rc;
	do {
		rc = poll(&p, 1, clock_left(until));
	} while (rc < 0 && errno == EINTR);
	if (rc != 1 || recv(n->fd, &said, sizeof(said), MSG_DONTWAIT) != sizeof(said))
		return 0;
	return said;
}

pid_t nursery_spawn(struct nursery *n, const struct spawn *s)
{
	int go[2];
	if (n->fd >= 0 && !n->ready)
		n->ready = listen_to(n, 0) != 0; /* its first message: it is ready */
	if (!n->ready || pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = send_order(n->fd, s, go[0]) == 0 ? listen_to(n, ANSWER_MS) : 0;
	close(go[0]);
	if (pid > 0 && write(go[1], "g", 1) != 1)
		log_warn("the order to start can't be sent to a new worker");
	close(go[1]);
	if (pid > 0)
		return pid;
	log_warn("the nursery does not answer; workers are started without it");
	nursery_close(n);
	return -1;
}

/* --- the nursery's side ---------------------------------------------------------------------------- */

/* 0, or -1 when the master is gone. fds: as many as the order names, then "go". */
static int take_order(struct order *o, int *fds, size_t *ret_n)
{
	union control control;
	struct iovec iov = {.iov_base = o, .iov_len = sizeof(*o)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	ssize_t n;
	do {
		n = recvmsg(NURSERY_FD, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < (ssize_t)offsetof(struct order, env) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -1;
	*ret_n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), *ret_n * sizeof(int));
	return 0;
}

static void set_environment(const struct order *o)
{
	const char *at = o->env;
	clearenv();
	for (int i = 0; i < o->n_env; i++, at += strlen(at) + 1)
		putenv(strdup(at)); /* for life */
}

/* For `ps`: the words of the command line lie one behind the other in memory. */
static void set_title(int argc, char **argv)
{
	const char *pool = getenv("MORTISE_POOL");
	char *end = argv[argc - 1] + strlen(argv[argc - 1]);
	if (argc < 2 || !pool)
		return;
	size_t room = (size_t)(end - argv[1]), n = strlen(pool);
	memset(argv[1], 0, room);
	memcpy(argv[1], pool, n < room ? n : room);
	prctl(PR_SET_NAME, pool);
}

static void become_worker(const struct order *o, const int *fds, pid_t master, char **argv)
{
	char byte;
	int mine[SPAWN_FDS_MAX];
	size_t next = 0;
	for (size_t i = 0; i < o->n_fds; i++)
		mine[i] = o->has_fd[i] ? fds[next++] : -1;
	if (read(fds[next], &byte, 1) != 1)
		_exit(0); /* the master doesn't wait for us any more */
	char *name[] = {argv[0], NULL};
	struct spawn s = {
		.argv = name,
		.fds = mine,
		.n_fds = o->n_fds,
		.uid = o->uid,
		.gid = o->gid,
		.memory_mb = (long)o->memory_mb,
		.files_max = (long)o->files_max,
		.processes_max = (long)o->processes_max,
		.cpu_s = (long)o->cpu_s,
		.no_file_writes = o->no_file_writes,
		.first_to_go = o->first_to_go,
		.cgroup = o->cgroup[0] ? o->cgroup : NULL,
	};
	spawn_become(&s, master);
	set_environment(o);
}

/* No vfork or posix_spawn does this: the new process is the master's child, our brother. */
static pid_t clone_brother(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void send_number(int32_t number)
{
	if (send(NURSERY_FD, &number, sizeof(number), MSG_NOSIGNAL) < 0)
		_exit(0);
}

void nursery_serve(int argc, char **argv)
{
	struct order o;
	int fds[SPAWN_FDS_MAX + 1];
	size_t n;
	pid_t master = getppid();
	send_number(1);
	while (take_order(&o, fds, &n) == 0) {
		pid_t pid = clone_brother();
		if (pid == 0) {
			become_worker(&o, fds, master, argv);
			set_title(argc, argv);
			return;
		}
		send_number(pid > 0 ? pid : 0);
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
	}
	_exit(0);
}
