/* proc.c - see proc.h. */
#include "host/trace.h"
#include "host/proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "host/spawner.h"
#include "os/share.h"

#define AUTOPSY_MS 500
#define PATIENCE_MS 100 /* of a read that nothing else is watched beside */
#define KEEP (1024u * 1024)

static int spawner = -1;
static struct proc *(*find_guest)(uint32_t id);
static bool spawner_gone;
static unsigned char *buffer; /* a message of a guest */
static size_t buffer_size;

void proc_open(int spawner_fd, struct proc *(*find)(uint32_t id))
{
	spawner = spawner_fd;
	find_guest = find;
}

/* --- the spawner ------------------------------------------------------------------------------------ */

static void ended(const struct spawner_report *r)
{
	struct proc *p = find_guest(r->id);

	if (!p)
		return;
	p->ended = true;
	p->status = r->status;
}

/* The next report, of ends too; false when there is none by then. */
static bool next_report(struct spawner_report *r, int64_t deadline)
{
	struct pollfd pfd = {.fd = spawner, .events = POLLIN};
	int rc;

	do
		rc = poll(&pfd, 1, clock_left(deadline));
	while (rc < 0 && errno == EINTR);
	if (rc <= 0)
		return false;
	if (recv(spawner, r, sizeof(*r), MSG_DONTWAIT) != sizeof(*r)) {
		spawner_gone = true;
		return false;
	}
	r->note[sizeof(r->note) - 1] = '\0';
	if (r->op == SPAWNER_ENDED)
		ended(r);
	return true;
}

static bool await_report(uint32_t op, uint32_t id, struct spawner_report *r, int64_t deadline)
{
	while (next_report(r, deadline))
		if (r->op == op && r->id == id)
			return true;
	return false;
}

bool proc_listen(void)
{
	struct spawner_report r;

	while (!spawner_gone && next_report(&r, 0))
		;
	return !spawner_gone;
}

static int order(uint32_t op, uint32_t id, const int *fds)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int) * 2)];
	} control = {0};
	struct spawner_order o = {.op = op, .id = id};
	struct iovec iov = {&o, sizeof(o)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fds) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int) * 2);
		memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * 2);
	}
	return sendmsg(spawner, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(o) ? 0 : -1;
}

/* Most answers come within the read's own patience: that is one system call where poll() and a read are
 * three. */
int proc_pair(int fd[2])
{
	struct timeval patience = {.tv_usec = PATIENCE_MS * 1000};

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		return -1;
	if (setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0)
		return 0;
	close(fd[0]);
	close(fd[1]);
	return -1;
}

int proc_start(struct proc *p, uint32_t id, int library, int64_t deadline)
{
	struct spawner_report r = {.note = "the spawner doesn't answer"};
	int pair[2], fds[2], rc;

	*p = (struct proc){.id = id, .fd = -1, .started_at = clock_ms(), .used_at = clock_ms()};
	if (proc_pair(pair) < 0) {
		snprintf(p->note, sizeof(p->note), "%s", strerror(errno));
		return -1;
	}
	fds[0] = pair[1];
	fds[1] = library;
	rc = order(SPAWNER_MAKE, id, fds);
	close(pair[1]);
	if (rc < 0 || !await_report(SPAWNER_MADE, id, &r, deadline) || r.pid <= 0) {
		close(pair[0]);
		order(SPAWNER_END, id, NULL); /* should it come after all */
		snprintf(p->note, sizeof(p->note), "%s", r.note);
		return -1;
	}
	p->fd = pair[0];
	p->pid = r.pid;
	if (clock_getcpuclockid(p->pid, &p->clock) != 0)
		p->clock = -1;
	snprintf(p->note, sizeof(p->note), "%s", r.note);
	return 0;
}

int proc_check(struct proc *p, int64_t deadline)
{
	struct spawner_report r;

	if (order(SPAWNER_CHECK, p->id, NULL) < 0 ||
		!await_report(SPAWNER_CHECKED, p->id, &r, deadline)) {
		snprintf(p->note, sizeof(p->note), "the spawner doesn't answer");
		return -1;
	}
	if (r.status == 0)
		return 0;
	snprintf(p->note, sizeof(p->note), "%s", r.note);
	return -1;
}

void proc_kill(struct proc *p)
{
	order(SPAWNER_END, p->id, NULL);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void proc_ask_where(struct proc *p)
{
	order(SPAWNER_WHERE, p->id, NULL);
}

void proc_last_words(struct proc *p, const char *text)
{
	size_t n = strcspn(text, " ");

	snprintf(p->last_word, sizeof(p->last_word), "%.*s", (int)n, text);
	snprintf(p->trace, sizeof(p->trace), "%s", text[n] ? text + n + 1 : "");
}

void proc_autopsy(struct proc *p, char *ret, size_t n)
{
	int64_t until = clock_ms() + AUTOPSY_MS;
	struct spawner_report r;

	while (!p->ended && next_report(&r, until))
		;
	if (p->last_word[0])
		snprintf(ret, n, "%s %s",
			p->last_word[0] != 'S'		    ? "guest-call"
			: trace_has(p->trace, TRACE_MEMORY) ? "guest-memory"
							    : "guest-crash",
			p->last_word);
	else if (!p->ended)
		snprintf(ret, n, "guest-closed");
	else if (WIFSIGNALED(p->status))
		snprintf(ret, n, "guest-signal %d SIG%s", WTERMSIG(p->status),
			sigabbrev_np(WTERMSIG(p->status)) ? sigabbrev_np(WTERMSIG(p->status))
							  : "?");
	else
		snprintf(ret, n, "status %d", WEXITSTATUS(p->status));
}

int64_t proc_cpu(const struct proc *p)
{
	struct timespec t;

	if (clock_gettime(p->clock, &t) < 0)
		return -1;
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* --- messages --------------------------------------------------------------------------------------- */

/* 1 = it can be written or read, 0 = late, -1 = the client has left, -2 = the right has ended */
static int await(int fd, short events, int client, int64_t deadline)
{
	struct pollfd p[2] = {{.fd = fd, .events = events}, {.fd = client}};
	int rc;

	do
		rc = share_poll(p, client >= 0 ? 2 : 1, deadline);
	while (rc < 0 && errno == EINTR);
	if (rc < 0 && errno == EACCES)
		return -2;
	if (rc > 0 && !p[0].revents)
		return -1;
	return rc > 0;
}

bool proc_send(struct proc *p, struct wire_out *out, uint32_t type, int64_t deadline)
{
	const void *packet;
	size_t at = 0, n;

	while (wire_next(out, type, p->seq, &at, &packet, &n)) {
		ssize_t k = send(p->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		while (k < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (await(p->fd, POLLOUT, -1, deadline) <= 0)
				return false;
			k = send(p->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		}
		if (k != (ssize_t)n)
			return false;
	}
	return !out->failed;
}

static void make_room(size_t n)
{
	if (buffer_size > KEEP && n <= KEEP) {
		free(buffer);
		buffer = NULL;
		buffer_size = 0;
	}
	if (buffer_size >= n)
		return;
	buffer = realloc(buffer, n);
	if (!buffer)
		abort();
	buffer_size = n;
}

/* Head and bytes are read into their places; the kernel closes descriptors that are sent along. */
static ssize_t read_packet(struct proc *p, struct wire_head *h, size_t at, int flags)
{
	struct iovec iov[2] = {{h, sizeof(*h)}, {buffer + at, WIRE_PACKET}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n = recvmsg(p->fd, &msg, flags | MSG_CMSG_CLOEXEC);

	if (n > 0 && (msg.msg_flags & MSG_TRUNC))
		return 0;
	return n;
}

static enum proc_news broken(struct proc_message *m, const char *why)
{
	m->why = why;
	return PROC_BROKEN;
}

static uint32_t limit_of(uint32_t type, uint32_t done_max)
{
	return type == WIRE_DONE ? done_max : wire_limit(type);
}

enum proc_news proc_receive(
	struct proc *p, uint32_t done_max, int client, int64_t deadline, struct proc_message *ret)
{
	struct wire_head h;
	int rc = 0;

	*ret = (struct proc_message){.why = ""};
	make_room(WIRE_PACKET + 1);
	while (rc == 0) {
		int flags = clock_left(deadline) > PATIENCE_MS ? 0 : MSG_DONTWAIT;
		ssize_t n = read_packet(p, &h, ret->head.have, flags);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			int ready = await(p->fd, POLLIN, client, deadline);

			if (ready <= 0)
				return ready == 0    ? PROC_LATE
				       : ready == -1 ? PROC_CLIENT
						     : PROC_REVOKED;
			continue;
		}
		if (n < 0)
			return PROC_GONE;
		if (n == 0) { /* its end, or a packet that is empty or too long */
			struct pollfd end = {.fd = p->fd, .events = POLLIN};

			return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP)
				       ? PROC_GONE
				       : broken(ret, "is no packet of this protocol");
		}
		if (n < (ssize_t)sizeof(h))
			return broken(ret, "is shorter than a head");
		rc = wire_take(&ret->head, &h, (size_t)n - sizeof(h), limit_of(h.type, done_max),
			&ret->why);
		if (rc < 0)
			return PROC_BROKEN;
		/* A slow drip must not outlive the deadline. */
		if (rc == 0 && clock_left(deadline) == 0)
			return PROC_LATE;
		if (rc == 0)
			make_room((size_t)ret->head.total + WIRE_PACKET + 1);
	}
	if (ret->head.seq != p->seq)
		return broken(ret, "is of another call");
	buffer[ret->head.total] = 0; /* a reply of text is a string, too */
	ret->data = buffer;
	ret->n = ret->head.total;
	return PROC_MESSAGE;
}

bool proc_speaks(const struct proc *p)
{
	struct pollfd pfd = {.fd = p->fd, .events = POLLIN};

	return poll(&pfd, 1, 0) != 0;
}

bool proc_rests(const struct proc *p)
{
	struct pollfd both[2] = {
		{.fd = p->fd, .events = POLLIN}, {.fd = spawner, .events = POLLIN}};

	return poll(both, 2, 0) == 0;
}
