/* hook.c - hooks over FastCGI: see hook.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "install/hook.h"
#include "os/role.h"
#include "os/sock.h"

#define VERSION 1
#define BEGIN_REQUEST 1
#define END_REQUEST 3
#define PARAMS 4
#define STDIN 5
#define STDOUT 6
#define RESPONDER 1
#define HEAD 8

#define ANSWER_MAX 65536
#define GRACE_MS 1000 /* the plugin's own deadline comes first */
#define REACH_MS 5000 /* until the pool is there */
#define GONE_MS 3000
#define WAIT_STEP_MS 3

static const char *socket_path(struct step *s, const char *sha256)
{
	return pool_printf(
		s->pool, "%s/plugins/%s@%.12s.sock", s->app->conf.run_dir, s->key, sha256);
}

static void pause_a_little(void)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* The steward tells the master, the master makes the socket: some milliseconds. A file without a
 * listener is one that a dead master left. */
static int reach(const char *path, int64_t deadline)
{
	for (;;) {
		int fd = sock_connect(path, SOCK_STREAM);

		if (fd >= 0 || clock_left(deadline) == 0 ||
			(errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN &&
				errno != EACCES))
			return fd;
		pause_a_little();
	}
}

void hook_gone(struct step *s, const char *sha256)
{
	const char *path = socket_path(s, sha256);
	int64_t deadline = clock_ms() + GONE_MS;

	while (access(path, F_OK) == 0 && clock_left(deadline) > 0)
		pause_a_little();
}

static void record(struct buf *b, int type, const void *data, size_t n)
{
	const unsigned char head[HEAD] = {VERSION, (unsigned char)type, 0, 1,
		(unsigned char)(n >> 8), (unsigned char)n, 0, 0};

	buf_add(b, head, sizeof(head));
	buf_add(b, data, n);
}

static void length(struct buf *b, size_t n)
{
	const unsigned char four[4] = {(unsigned char)(n >> 24 | 0x80), (unsigned char)(n >> 16),
		(unsigned char)(n >> 8), (unsigned char)n};
	const unsigned char one = (unsigned char)n;

	if (n < 128)
		buf_add(b, &one, 1);
	else
		buf_add(b, four, 4);
}

static void param(struct buf *b, const char *name, const char *value)
{
	length(b, strlen(name));
	length(b, strlen(value));
	buf_adds(b, name);
	buf_adds(b, value);
}

static void build(struct step *s, const char *hook, struct buf *out)
{
	static const unsigned char begin[HEAD] = {0, RESPONDER};
	char role[ROLE_MAX], id[ID_TOKEN_LEN + 1], hash[65];
	struct buf params;

	role_name(role, s->key);
	id_token(id);
	id_sha256_hex(hash, id, ID_TOKEN_LEN);
	buf_init(&params, 16384);
	param(&params, "REQUEST_METHOD", "POST");
	param(&params, "REQUEST_URI", pool_printf(s->pool, "/api/plugins/%s/", s->key));
	param(&params, "SERVER_PROTOCOL", "HTTP/1.1");
	param(&params, "CONTENT_LENGTH", "0");
	param(&params, "QUERY_STRING", "");
	param(&params, "REMOTE_ADDR", "127.0.0.1");
	param(&params, "REQUEST_ID", pool_printf(s->pool, "%.32s", hash));
	param(&params, "MT_HOOK", hook);
	param(&params, "MT_TICKET", step_ticket(s, role));
	param(&params, "MT_TENANT", step_tenant(s));
	param(&params, "MT_TENANT_CODE", s->tenant_code ? s->tenant_code : "");
	param(&params, "MT_USER", s->user);
	param(&params, "MT_USER_NAME", s->user_name ? s->user_name : "");
	param(&params, "MT_ROLES", s->roles ? s->roles : "");
	param(&params, "MT_PATH", "/");
	record(out, BEGIN_REQUEST, begin, sizeof(begin));
	record(out, PARAMS, params.data, params.len);
	record(out, PARAMS, "", 0);
	record(out, STDIN, "", 0);
	buf_release(&params);
}

static bool ready(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;

	do {
		n = poll(&p, 1, clock_left(deadline));
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static int send_all(int fd, const struct buf *b, int64_t deadline)
{
	size_t at = 0;

	while (at < b->len) {
		ssize_t n = send(fd, b->data + at, b->len - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			at += (size_t)n;
		else if ((errno != EAGAIN && errno != EINTR) || !ready(fd, POLLOUT, deadline))
			return -1;
	}
	return 0;
}

/* Takes whole records off the front of in: STDOUT's content to out. True at END_REQUEST. */
static bool take_records(struct buf *in, struct buf *out)
{
	size_t at = 0;
	bool ended = false;

	while (!ended && in->len - at >= HEAD) {
		const unsigned char *h = (unsigned char *)in->data + at;
		size_t n = (size_t)h[4] << 8 | h[5], whole = HEAD + n + h[6];

		if (in->len - at < whole)
			break;
		if (h[1] == STDOUT)
			buf_add(out, h + HEAD, n);
		ended = h[1] == END_REQUEST;
		at += whole;
	}
	memmove(in->data, in->data + at, in->len - at);
	in->len -= at;
	return ended;
}

/* 0 whole answer, MT_EUPSTREAM broken off, MT_ETIMEOUT. */
static int receive(int fd, struct buf *out, int64_t deadline)
{
	struct buf in;
	char chunk[8192];
	int rc = MT_EUPSTREAM;

	buf_init(&in, 2 * ANSWER_MAX);
	for (;;) {
		ssize_t n;

		if (!ready(fd, POLLIN, deadline)) {
			rc = MT_ETIMEOUT;
			break;
		}
		n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0 || buf_add(&in, chunk, (size_t)n) < 0)
			break;
		if (take_records(&in, out)) {
			rc = out->full ? MT_EUPSTREAM : 0;
			break;
		}
	}
	buf_release(&in);
	return rc;
}

/* The number of the "Status:" header; without one it is 200. */
static int status_of(const char *head, size_t n)
{
	for (const char *at = head, *end = head + n; at < end;) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		if (end - at > 10 && !strncasecmp(at, "Status:", 7))
			return (int)strtol(at + 7, NULL, 10);
		at = nl ? nl + 1 : end;
	}
	return 200;
}

/* The plugin's own words from its problem document. */
static int refused(
	struct step *s, const char *hook, int status, const char *body, size_t n, struct err *e)
{
	struct err *why = pool_alloc(s->pool, sizeof(*why));
	const char *said = NULL;
	json_t *problem;

	err_clear(why);
	if (n > 0 && json_parse(s->pool, body, n, &problem, why) == 0)
		said = json_str(problem, "detail", json_str(problem, "title", NULL));
	err_log(e, "hook %s of %s: status %d", hook, s->key, status);
	if (status >= 500)
		return err_set(e, MT_EUPSTREAM, "the plugin's %s hook failed%s%.200s", hook,
			said ? ": " : "", said ? said : "");
	return err_set(e, MT_ECONFLICT, "the plugin's %s hook says no%s%.200s", hook,
		said ? ": " : "", said ? said : "");
}

static int judge(struct step *s, const char *hook, const struct buf *out, struct err *e)
{
	const char *body = memmem(out->data, out->len, "\r\n\r\n", 4);
	size_t head = body ? (size_t)(body - out->data) : out->len;
	int status = status_of(out->data, head);

	if (out->len == 0)
		return err_set(e, MT_EUPSTREAM, "the plugin's %s hook gave no answer", hook);
	if (status >= 200 && status < 300)
		return 0;
	return refused(s, hook, status, body ? body + 4 : "", body ? out->len - head - 4 : 0, e);
}

static int talk(struct step *s, const char *hook, int fd, struct err *e)
{
	int64_t deadline = clock_ms() + s->app->conf.plugin_deadline_ms + GRACE_MS;
	struct buf request, out;
	int rc = MT_EUPSTREAM;

	if (deadline > s->deadline)
		deadline = s->deadline;
	buf_init(&request, 32768);
	buf_init(&out, ANSWER_MAX);
	build(s, hook, &request);
	if (send_all(fd, &request, deadline) == 0)
		rc = receive(fd, &out, deadline);
	if (rc == 0)
		rc = judge(s, hook, &out, e);
	else if (rc == MT_ETIMEOUT)
		err_set(e, rc, "the plugin's %s hook did not end in time", hook);
	else
		err_set(e, rc, "the plugin's process ended during its %s hook", hook);
	buf_release(&request);
	buf_release(&out);
	return rc;
}

int hook_call(struct step *s, const char *sha256, const char *hook, struct err *e)
{
	const char *path = socket_path(s, sha256);
	int64_t deadline = clock_ms() + REACH_MS;
	int fd, rc;

	fd = reach(path, deadline < s->deadline ? deadline : s->deadline);
	if (fd < 0) {
		err_log(e, "%s: %s", path, strerror(errno));
		e->retry_after = 5;
		return err_set(e, MT_EBUSY,
			"the plugin's processes can't be started now: the steward or the master is away");
	}
	rc = talk(s, hook, fd, e);
	close(fd);
	return rc;
}
