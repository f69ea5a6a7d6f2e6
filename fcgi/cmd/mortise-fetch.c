/*
 * mortise-fetch - downloads files of marketplaces for the admin pool, sends what a sign-in by OpenID
 * Connect has to send, and calls other servers for plugins.
 *
 *	mortise-fetch		the pool's one process: accepts, and starts itself once for each download
 *	mortise-fetch --one	one download: connection on descriptor 0
 *	mortise-fetch --pool calls	the same for calls of plugins: a host sends each one's stream (base/outbound.h)
 *	mortise-fetch --call	one such call: its stream on descriptor 0
 *
 * A connection carries one message: {"url", "base", "allow", "etag", "max", "seconds"}, for a provider of
 * OpenID Connect with {"rule", "plain", "post", "basic", "bearer"}, and one or two descriptors, the file to
 * write and marketplace_ca. It gets lines of JSON: progress, {"got":
 * 100}, and last the outcome, {"status": 200, "bytes": 123, "etag": "..."} or {"status": 0,
 * "reason": "...", "message": "..."[, "http": 404]}. Closing it ends the download.
 *
 * Only conf.user may connect, by the socket's mode. The process that talks to a foreign server is
 * confined (marketplace/confine.h) and ends with this process, at its deadline or at its limits. It
 * is executed and not only forked, so that no two downloads have one layout of memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "marketplace/confine.h"
#include "marketplace/get.h"
#include "marketplace/outbound.h"
#include "os/sock.h"
#include "os/worker.h"

#define AT_ONCE_MAX 8	 /* the admin pool runs one or two at a time */
#define REAP_MS 200	 /* how soon an ended download's place is free again */
#define LEAVE_MS 300000	 /* downloads running when this process is stopped */
#define SECONDS_MAX 3600 /* of one download */
#define BYTES_MAX (1L << 31)
#define ORDER_MAX 16384
#define PORTS_MAX 16
#define DNS_PORT 53
#define CALLS_MAX 1024 /* of plugins at once: conf's bound of plugin_fetch_max */

/* LeakSanitizer starts a thread and traces, which is forbidden to a download. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

/* --- one download: descriptor 0 is the connection, 3 the file, 4 the authorities ------------------- */

enum { CONNECTION = 0, OUT_FD = 3, CA_FD = 4 };

static int print_line(const char *line)
{
	char text[2048];
	int n = snprintf(text, sizeof(text), "%s\n", line);

	return send(CONNECTION, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) == n ? 0 : -1;
}

static int progress(long bytes)
{
	char line[64];

	snprintf(line, sizeof(line), "{\"got\":%ld}", bytes);
	return print_line(line);
}

static int send_answer(const struct get_answer *a)
{
	json_t *said = json_pack("{ss sI si si ss* ss*}", "etag", a->etag, "bytes",
		(json_int_t)a->bytes, "status", a->status, "http", a->http, "reason",
		a->status ? NULL : a->reason, "message", a->status ? NULL : a->message);
	char *text = said ? json_dumps(said, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	/* A header that is no UTF-8 can't be put into JSON: then only the failure is reported. */
	print_line(
		text ? text
		     : "{\"status\":0,\"reason\":\"broken\",\"message\":\"its answer is not text\"}");
	free(text);
	json_decref(said);
	return a->status ? 0 : 1;
}

static int send_failure(const char *reason, const char *message)
{
	struct get_answer a = {.status = 0};

	snprintf(a.reason, sizeof(a.reason), "%s", reason);
	snprintf(a.message, sizeof(a.message), "%s", message);
	return send_answer(&a);
}

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int) * 2)];
};

/* The message and its descriptors, which become OUT_FD and CA_FD; how many there were, or -1. */
static int take_order(char *text, size_t n)
{
	union control control;
	struct iovec iov = {.iov_base = text, .iov_len = n - 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	struct timeval patience = {.tv_sec = 5};
	struct cmsghdr *c;
	int fds[2], count;
	ssize_t got;

	setsockopt(CONNECTION, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	got = recvmsg(CONNECTION, &msg, MSG_CMSG_CLOEXEC);
	c = got > 0 && !(msg.msg_flags & MSG_CTRUNC) ? CMSG_FIRSTHDR(&msg) : NULL;
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -1;
	text[got] = '\0';
	count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(fds, CMSG_DATA(c), (size_t)count * sizeof(int));
	for (int i = count - 1; i >= 0; i--) {
		int high = fcntl(fds[i], F_DUPFD_CLOEXEC, CA_FD + 1);

		if (high < 0 || dup2(high, OUT_FD + i) < 0)
			return -1;
	}
	close_range((unsigned)(OUT_FD + count), ~0U, 0);
	return count;
}

static bool read_order(struct arena *p, const char *text, struct get_order *ret)
{
	struct err e;
	json_t *o;

	err_init(&e, p);
	if (json_parse(p, text, strlen(text), &o, &e) < 0)
		return false;
	ret->url = json_str(o, "url", "");
	ret->base = json_str(o, "base", "");
	ret->allow = json_str(o, "allow", "");
	ret->etag = json_str(o, "etag", "");
	ret->rule = json_str(o, "rule", NULL);
	ret->plain = json_is_true(json_object_get(o, "plain"));
	ret->post = json_str(o, "post", NULL);
	ret->basic = json_str(o, "basic", NULL);
	ret->bearer = json_str(o, "bearer", NULL);
	ret->max = (long)json_integer_value(json_object_get(o, "max"));
	ret->seconds = (int)json_integer_value(json_object_get(o, "seconds"));
	return ret->max > 0 && ret->max <= BYTES_MAX && ret->seconds > 0 &&
	       ret->seconds <= SECONDS_MAX;
}

static int fetch_one(void)
{
	struct arena *p = arena_new();
	char text[ORDER_MAX];
	int fds = take_order(text, sizeof(text));
	struct get_order o = {.fd = OUT_FD, .ca_fd = fds > 1 ? CA_FD : -1, .progress = progress};
	unsigned short ports[PORTS_MAX] = {DNS_PORT};
	struct confine c = {.ports = ports};
	struct get_answer answer;
	const char *why;
	uid_t peer;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (fds < 1 || !read_order(p, text, &o))
		return send_failure("order", "the order could not be read");
	get_ports(&o, ports + 1, PORTS_MAX - 2);
	c.bytes = o.max;
	c.seconds = o.seconds;
	c.same_user = sock_peer_uid(CONNECTION, &peer) < 0 || peer == getuid();
	if (confine_enter(&c, &why) < 0)
		return send_failure("confine", why);
	get_url(&o, &answer);
	return send_answer(&answer);
}

/* --- one call of a plugin: descriptor 0 is the stream ------------------------------------------------ */

static bool read_all(char *to, size_t n)
{
	while (n > 0) {
		ssize_t k = read(CONNECTION, to, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		to += k;
		n -= (size_t)k;
	}
	return true;
}

static char *read_bytes(struct arena *p, size_t n)
{
	char *ret = arena_alloc(p, n + 1);

	ret[n] = '\0';
	return read_all(ret, n) ? ret : NULL;
}

static bool read_call(struct arena *p, struct outbound_call *ret, long *ret_ms)
{
	unsigned char head[OUTBOUND_FRAME];
	enum outbound_type type;
	struct err e;
	json_t *o;
	size_t n;
	long body;
	char *text;

	err_init(&e, p);
	if (!read_all((char *)head, sizeof(head)) || !outbound_read(head, &type, &n) ||
		type != OUTBOUND_ORDER || !(text = read_bytes(p, n)) ||
		json_parse(p, text, n, &o, &e) < 0)
		return false;
	body = (long)json_integer_value(json_object_get(o, "length"));
	*ret_ms = (long)json_integer_value(json_object_get(o, "ms"));
	ret->order = o;
	return body >= 0 && body <= OUTBOUND_BODY_MAX && *ret_ms > 0 &&
	       *ret_ms <= SECONDS_MAX * 1000L && (ret->body = read_bytes(p, (size_t)body));
}

static const char *env_text(const char *name)
{
	const char *s = getenv(name);

	return s ? s : "";
}

static int call_one(void)
{
	struct arena *p = arena_new();
	const char *ca = env_text("MORTISE_CALLS_CA"), *why;
	struct outbound_call call = {
		.fd = CONNECTION, .proxy = env_text("MORTISE_CALLS_PROXY"), .ca_fd = -1};
	struct timeval patience = {.tv_sec = 5};
	unsigned short ports[PORTS_MAX + 30] = {DNS_PORT};
	struct confine c = {.ports = ports, .bytes = 1};
	uid_t peer;
	long ms;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	fcntl(CONNECTION, F_SETFL, fcntl(CONNECTION, F_GETFL) & ~O_NONBLOCK);
	setsockopt(CONNECTION, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!read_call(p, &call, &ms))
		return outbound_refuse(CONNECTION, "order", "the order could not be read");
	call.operator_allow = env_text(json_is_true(json_object_get(call.order, "webhook"))
					       ? "MORTISE_HOOKS_ALLOW"
					       : "MORTISE_CALLS_ALLOW");
	call.deadline = clock_ms() + ms;
	patience = (struct timeval){.tv_sec = ms / 1000 + 1};
	setsockopt(CONNECTION, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (*ca && (call.ca_fd = open(ca, O_RDONLY | O_CLOEXEC)) < 0)
		return outbound_refuse(CONNECTION, "tls", "plugin_fetch_ca can't be read");
	outbound_ports(&call, ports + 1, PORTS_MAX + 28);
	c.seconds = (int)(ms / 1000) + 1;
	c.same_user = sock_peer_uid(CONNECTION, &peer) < 0 || peer == getuid();
	if (confine_enter(&c, &why) < 0)
		return outbound_refuse(CONNECTION, "confine", why);
	outbound_run(&call);
	return 0;
}

/* --- the pool's process ---------------------------------------------------------------------------- */

static pid_t start_one(char *program, const char *what, int fd)
{
	char *argv[] = {program, (char *)what, NULL};
	pid_t pid = fork();

	if (pid < 0)
		log_error("can't start a download: %s", strerror(errno));
	if (pid != 0)
		return pid;
	if (dup2(fd, CONNECTION) == CONNECTION) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
		execv(program, argv);
	}
	_exit(127);
}

static int reap(int count, int options)
{
	while (count > 0 && waitpid(-1, NULL, options) > 0)
		count--;
	return count;
}

static int serve(char *program)
{
	char note[64];
	int count = 0, rc;

	if (worker_init() < 0 || worker_listen_fd() < 0) {
		log_error("only mortised can start mortise-fetch");
		return 2;
	}
	confine_note(note);
	worker_note(note);
	while ((rc = worker_wait(count > 0 ? REAP_MS : -1)) >= 0) {
		int fd = -1;

		count = reap(count, WNOHANG);
		/* Those that wait in the socket's queue have their own deadline. */
		if (rc > 0 && count < AT_ONCE_MAX)
			fd = accept4(worker_listen_fd(), NULL, NULL, SOCK_CLOEXEC);
		else if (rc > 0)
			usleep(REAP_MS * 1000);
		if (fd < 0)
			continue;
		start_one(program, "--one", fd);
		close(fd);
		count++;
	}
	worker_busy("downloads", LEAVE_MS);
	reap(count, 0);
	worker_idle();
	return 0;
}

/* --- the process of calls: who has how many ---------------------------------------------------------- */

static struct running {
	pid_t pid; /* 0 = a free place */
	int tenant;
	char key[64];
} running[CALLS_MAX];

static void reap_calls(int options)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, options)) > 0)
		for (int i = 0; i < CALLS_MAX; i++)
			if (running[i].pid == pid)
				running[i].pid = 0;
}

/* Half of the calls are a plugin's at most and a quarter a company's, so others find a place. NULL, and
 * why. */
static struct running *find_place(int most, int tenant, const char *key, const char **ret_why)
{
	int all = 0, plugins = 0, tenants = 0;
	struct running *place = NULL;

	for (int i = 0; i < most; i++) {
		struct running *r = &running[i];

		if (!r->pid) {
			place = place ? place : r;
			continue;
		}
		all++;
		plugins += strcmp(r->key, key) == 0;
		tenants += r->tenant == tenant;
	}
	*ret_why = all >= most ? "too many calls of plugins run (plugin_fetch_max)"
		   : plugins >= most / 2
			   ? "too many calls of this plugin run (half of plugin_fetch_max)"
		   : tenants >= most / 4
			   ? "too many calls of this company run (a quarter of plugin_fetch_max)"
			   : NULL;
	return *ret_why ? NULL : place;
}

/* A host's datagram: "TENANT KEY" and the stream. */
static int take_stream(int *ret_tenant, char key[64])
{
	union control control;
	char text[128];
	struct iovec iov = {.iov_base = text, .iov_len = sizeof(text) - 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	ssize_t n = recvmsg(worker_listen_fd(), &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	int fds[2], count;

	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -1;
	count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(fds, CMSG_DATA(c), (size_t)count * sizeof(int));
	text[n] = '\0';
	for (int i = 1; i < count; i++)
		close(fds[i]);
	if (sscanf(text, "%d %63s", ret_tenant, key) == 2)
		return fds[0];
	close(fds[0]);
	return -1;
}

static void start_call(char *program, int most)
{
	struct running *r;
	char key[64];
	int tenant, fd = take_stream(&tenant, key);
	const char *why;

	if (fd < 0)
		return;
	r = find_place(most, tenant, key, &why);
	if (r) {
		r->tenant = tenant;
		snprintf(r->key, sizeof(r->key), "%s", key);
		r->pid = start_one(program, "--call", fd);
		r->pid = r->pid < 0 ? 0 : r->pid;
	} else {
		outbound_refuse(fd, "busy", why);
	}
	close(fd);
}

static int serve_calls(char *program)
{
	const char *s = env_text("MORTISE_CALLS_MAX");
	int most = (int)strtol(s, NULL, 10), rc;
	char note[64];

	most = most < 4 ? 4 : most > CALLS_MAX ? CALLS_MAX : most;
	if (worker_init() < 0 || worker_listen_fd() < 0) {
		log_error("only mortised can start mortise-fetch");
		return 2;
	}
	confine_note(note);
	worker_note(note);
	while ((rc = worker_wait(REAP_MS * 5)) >= 0) {
		reap_calls(WNOHANG);
		if (rc > 0)
			start_call(program, most);
	}
	worker_busy("calls", LEAVE_MS);
	reap_calls(0);
	worker_idle();
	return 0;
}

int main(int argc, char **argv)
{
	log_init("fetch", LOG_LV_INFO);
	if (argc > 1 && strcmp(argv[1], "--call") == 0)
		return call_one();
	if (argc > 2 && strcmp(argv[argc - 1], "calls") == 0)
		return serve_calls(argv[0]);
	/* Like all programs of the core it is started with -c FILE, but needs nothing of it: orders
	 * carry everything. */
	return argc > 1 && strcmp(argv[1], "--one") == 0 ? fetch_one() : serve(argv[0]);
}
