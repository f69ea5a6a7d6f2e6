/* fetch.c - the admin pool's side of mortise-fetch: see fetch.h. */
#include "marketplace/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "os/sock.h"
#include "base/temp.h"

#define OUTPUT_MAX 65536 /* some four lines a second, and the last */
#define GRACE_MS 2000	 /* for starting and ending, beside its own seconds */

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int) * 2)];
};

/* One message: what to fetch, the file for it, and the authorities, if there are some. 0 or -1. */
static int send_order(int to, const char *text, size_t n, int file, int ca)
{
	int fds[] = {file, ca};
	size_t size = sizeof(int) * (ca < 0 ? 1 : 2);
	union control control = {0};
	struct iovec iov = {.iov_base = (char *)text, .iov_len = n};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = CMSG_SPACE(size)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), fds, size);
	return sendmsg(to, &msg, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static char *order_text(struct op *op, const struct fetch_order *o, int seconds, size_t *ret_len)
{
	json_t *v = json_pack("{ss ss ss ss ss* sb ss* ss* ss* sI si}", "url", o->url, "base",
		o->base, "allow", o->allow ? o->allow : op->app->conf.marketplace_allow, "etag",
		o->etag, "rule", o->allow ? "oidc_allow" : NULL, "plain", o->allow != NULL, "post",
		o->post, "basic", o->basic, "bearer", o->bearer, "max", (json_int_t)o->max,
		"seconds", seconds);

	json_own(op->arena, v);
	return v ? json_text(op->arena, v, ret_len) : NULL;
}

/* The file of marketplace_ca is opened here: mortise-fetch need not be able to. -1 = none. */
static int open_ca(struct op *op, int *ret)
{
	const char *file = op->app->conf.marketplace_ca;

	*ret = file[0] ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	if (!file[0] || *ret >= 0)
		return 0;
	return op_refuse(op, MT_EUPSTREAM, "marketplace", "Can't read marketplace_ca %s: %s", file,
		strerror(errno));
}

struct download {
	struct arena *arena;
	const struct fetch_order *order;
	size_t at;	/* of the line that comes next */
	json_t *result; /* of the download; NULL = none yet */
	bool cancelled; /* the client disconnected */
};

/* Lines come without news, too, so that the other side notices when this one has gone. */
static int read_line(struct download *d, const char *text, size_t n)
{
	struct err why;
	json_t *answer;
	long got;

	err_init(&why, d->arena);
	if (json_parse(d->arena, text, n, &answer, &why) < 0)
		return -1;
	if (json_object_get(answer, "status")) {
		d->result = answer;
		return -1;
	}
	got = (long)json_integer_value(json_object_get(answer, "got"));
	d->cancelled = got > 0 && d->order->progress && d->order->progress(d->order->arg, got) < 0;
	return d->cancelled ? -1 : 0;
}

static int read_lines(void *arg, const struct buf *out)
{
	struct download *d = arg;
	const char *end;

	while ((end = memchr(out->data + d->at, '\n', out->len - d->at))) {
		const char *text = out->data + d->at;

		d->at = (size_t)(end - out->data) + 1;
		if (read_line(d, text, (size_t)(end - text)) < 0)
			return -1;
	}
	return 0;
}

static int refuse(struct op *op, const struct fetch_order *o, const json_t *result)
{
	if (!result)
		return op_refuse(op, MT_EUPSTREAM, "marketplace",
			"%.200s could not be fetched in time", o->url);
	op_log(op, "fetch: %s", json_str(result, "reason", ""));
	return op_refuse(op, MT_EUPSTREAM, "marketplace", "%.200s could not be fetched: %.250s",
		o->url, json_str(result, "message", "no reason given"));
}

/* A connection to mortise-fetch with the order sent, or -1 with the reason in the log. */
static int start(struct op *op, const struct fetch_order *o, int seconds, int file, int ca)
{
	const char *path = arena_printf(op->arena, "%s/fetch.sock", op->app->conf.run_dir);
	size_t n;
	char *text = order_text(op, o, seconds, &n);
	int fd = text ? sock_connect(path, SOCK_STREAM) : -1;

	if (fd >= 0 && send_order(fd, text, n, file, ca) == 0)
		return fd;
	op_log(op, "%s: %s", path, text ? strerror(errno) : "its address is not UTF-8");
	if (fd >= 0)
		close(fd);
	return -1;
}

int fetch_file(struct op *op, const struct fetch_order *o, struct fetch *ret)
{
	int left = clock_left(op->deadline) / 1000, seconds = left < o->seconds ? left : o->seconds;
	struct download d = {.arena = op->arena, .order = o};
	struct temp *t;
	struct buf out;
	int rc, fd, ca;

	*ret = (struct fetch){0};
	if (seconds < 1)
		return op_fail(op, MT_ETIMEOUT, "No time was left to fetch %.200s", o->url);
	if ((rc = temp_file(op, op->app->conf.store_dir, 0600, &t)) < 0 ||
		(rc = open_ca(op, &ca)) < 0)
		return rc;
	fd = start(op, o, seconds, t->fd, ca);
	if (ca >= 0)
		close(ca);
	if (fd < 0)
		return op_refuse(op, MT_EUPSTREAM, "marketplace",
			"%.200s could not be fetched because mortise-fetch is not running: try again",
			o->url);
	buf_init(&out, OUTPUT_MAX);
	child_hear(fd, clock_ms() + seconds * 1000L + GRACE_MS, &out, read_lines, &d);
	buf_release(&out);
	close(fd); /* which ends what still runs */
	if (d.cancelled)
		return op_fail(
			op, MT_EINVAL, "The client disconnected while %.200s was fetched", o->url);
	ret->status = (int)json_integer_value(json_object_get(d.result, "status"));
	ret->bytes = (long)json_integer_value(json_object_get(d.result, "bytes"));
	ret->etag = json_str(d.result, "etag", "");
	ret->path = t->path;
	ret->reason = json_str(d.result, "reason", "timeout");
	if (!ret->status && json_integer_value(json_object_get(d.result, "http")) == 404)
		ret->status = 404;
	return ret->status ? 0 : refuse(op, o, d.result);
}

int fetch_text(struct op *op, const struct fetch *f, char **ret)
{
	size_t n = (size_t)f->bytes;
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	bool whole;

	*ret = arena_alloc(op->arena, n + 1);
	whole = fd >= 0 && read(fd, *ret, n) == (ssize_t)n;
	(*ret)[n] = '\0';
	if (fd >= 0)
		close(fd);
	return whole ? 0 : op_fail(op, MT_EINTERNAL, "Can't read the fetched file %s", f->path);
}
